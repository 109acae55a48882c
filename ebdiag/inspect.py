"""Built variant → Facts, without training: what it is made of, what takes effect, whether it can run at all."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from . import anatomy, grafts, initial, streams
from .build import Built, build
from .conformance import conformance
from .conformance.repeat import repeat
from .crafts import Steps
from .data import Images, conversion_notes, load_images
from .effects import effects
from .errors import VariantError
from .kernels import quickened
from .making import config_values, optimizer_shown, plain, trainable
from .ranges import ranges
from .reader import KeptState
from .records import DataSpec, Environment, Facts, Line, Recipe, digest
from .sandbox import blame
from .step import Batches, Crashed, Diverged, Trainer, named, total
from .yardsticks import count, yardsticks

TIMED_STEPS = 2
"""Steps tried, fewer where they take longer together: used is seen in the first one, the others are the estimate's."""
PROBE_IMAGES = 512


def inspect(recipe: Recipe, data: DataSpec, environment: Environment) -> Facts:
    """Build a recipe and try everything that training will call, once.

    Raises:
        VariantError: It cannot run: a constructor, `forward` or loss raises, the generator's output is no image
            of the declared shape, a loss has no gradient or is not finite at step 0.
    """
    built = build(recipe, seed=0, device=environment.device, fused=environment.fused)
    spreads = {
        role: {name: initial.spread(p) for name, p in net.named_parameters()}
        for role, net in (("generator", built.generator), ("discriminator", built.discriminator))
    }
    values = config_values(built.config)
    images = load_images(data.name)
    _check_batch(built, len(images.train))
    notes = conversion_notes(data.image_shape, tuple(built.config.image_shape))
    rows = images.train[: max(PROBE_IMAGES, built.config.batch_size)]
    real = built.pixels(rows)
    latents = _latents(built)
    _check_generator(built, latents)
    traces = _traces(built, latents, real[: built.config.batch_size])
    _check_reconstruction(built, real[: built.config.batch_size])
    notes += _notes(built)
    used = {role: trace.parameters for role, trace in traces.items()}
    found = effects(built, latents, real[: built.config.batch_size], used)
    single_pass = _single_pass(built, latents)
    if not single_pass:
        notes.append("the generator draws random numbers or keeps state in forward: it runs once for each update")
    gradients = _check_losses(built, latents, real[: built.config.batch_size])
    layers = {
        role: anatomy.described(built, role, trace, spreads[role], gradients[role]) for role, trace in traces.items()
    }
    start = {
        role: [
            {"name": name, "now": spreads[role][name].__dict__, "constructed": built.constructed[role][name].__dict__}
            for name in trace.parameters
        ]
        for role, trace in traces.items()
    }
    files = frozenset(variant.display(file) for variant in built.variants for file in variant.files)
    wiring = {
        role: grafts.wiring(net, example, built.lines, files)
        for role, net, example in (
            ("generator", built.generator, latents),
            ("discriminator", built.discriminator, real[: built.config.batch_size]),
        )
    }
    start_energy = _first_energy(built, real[: built.config.batch_size])
    limits = ranges(built, latents, real[: built.config.batch_size])
    with quickened(built.nets if environment.kernels == "fast" else {}):
        step_ms = _try_steps(built, real, single_pass)
    conforms = conformance(built, latents, real, single_pass=single_pass)
    conforms["repeat"] = repeat(recipe, real[: built.config.batch_size], environment, single_pass=single_pass)
    return Facts(
        parts=_parts(built, found),
        config={name: plain(value) for name, value in values.items()},
        layers=layers,
        initial={role: {name: row.digest for name, row in found.items()} for role, found in spreads.items()},
        sizes={
            role: {name: p.numel() for name, p in net.named_parameters()}
            for role, net in (("generator", built.generator), ("discriminator", built.discriminator))
        },
        notes=notes,
        start=start,
        rates={
            role: float(max(group["lr"] for group in optimiser.param_groups))
            for role, optimiser in (("generator", built.generator_opt), ("discriminator", built.discriminator_opt))
            if all("lr" in group for group in optimiser.param_groups)
        },
        narrowest=anatomy.narrowest(layers["discriminator"]),
        autoencoder=built.reader.autoencoder,
        single_pass=single_pass,
        step_ms=step_ms,
        yardsticks=_yardsticks(built, images) | start_energy,
        conformance=conforms,
        ranges=limits,
        wiring=wiring,
    )


def _yardsticks(built: Built, images: Images) -> dict[str, float | None]:
    """Energies to measure the margin by; none without a code."""
    config = built.config
    shape = tuple(config.image_shape)
    rows = images.train[: count(math.prod(shape))]
    real = built.pixels(rows)
    with torch.no_grad(), KeptState(built.discriminator), initial.keyed(0, "inspect"):
        _, code = built.reconstruct(real[: config.batch_size])
    if code is None:
        return {}
    own = built.recipe.variant_of("data").parts["data"].code if built.transform is not None else ""
    name = f"{images.digest}-{'x'.join(map(str, shape))}-{len(rows)}"
    return yardsticks(built, real, code.shape[1], name=f"{name}-{digest(own)}" if own else name)


def _first_energy(built: Built, real: Tensor) -> dict[str, float | None]:
    """`start` of the yardsticks: of a batch of real images before the first step; empty for what is no autoencoder."""
    with torch.no_grad(), KeptState(built.discriminator), initial.keyed(0, "inspect"):
        recon, code = built.reconstruct(real)
    if recon is None or code is None:
        return {}
    low, high = built.config.pixel_range
    energy = float((recon - real).double().square().mean()) * (2 / (high - low)) ** 2
    return {"start": energy if math.isfinite(energy) else None}


def _check_batch(built: Built, available: int) -> None:
    if built.config.batch_size <= available:
        return
    variant = built.recipe.variant_of("batch_size")
    place = variant.parts["batch_size"].line or Line(variant.path, 1)
    raise VariantError(
        "batch_size is larger than the training set",
        file=place.file,
        line=place.line,
        expected=f"at most {available}",
        got=str(built.config.batch_size),
    )


def _latents(built: Built) -> Tensor:
    count = built.config.batch_size
    try:
        with initial.keyed(0, "inspect"):
            latents = built.sample_latent(count, streams.generator(0, streams.PROBES, "latents"))
    except Exception as error:
        raise blame(error, [built.recipe.variant_of("latent")], "sample_latent(count, config, rng) raised") from error
    if len(latents) != count:
        line = built.recipe.variant_of("latent").parts["latent"].line
        raise VariantError(
            "sample_latent() must return one latent per sample",
            file=line.file if line else None,
            line=line.line if line else None,
            expected=f"shape ({count}, …)",
            got=str(tuple(latents.shape)),
            docs="docs/variants.md",
        )
    return latents


def _check_generator(built: Built, latents: Tensor) -> None:
    variant = built.recipe.variant_of("generator")
    line = variant.parts["generator"].line or Line(variant.path, 1)
    expected = (len(latents), *built.config.image_shape)
    try:
        with torch.no_grad(), KeptState(built.generator), initial.keyed(0, "inspect"):
            fake = built.generator(latents)
    except Exception as error:
        doing = f"Generator raised on latents of shape {tuple(latents.shape)}:"
        raise blame(error, [variant], doing) from error
    if not isinstance(fake, Tensor) or tuple(fake.shape) != expected:
        raise VariantError(
            "Generator must return images of the declared shape",
            file=line.file,
            line=line.line,
            expected=f"shape {expected}",
            got=str(tuple(fake.shape)) if isinstance(fake, Tensor) else type(fake).__name__,
            hint="image_shape in Config says (channels, height, width)",
            docs="docs/variants.md",
        )
    if not torch.isfinite(fake).all():
        raise VariantError(
            "Generator returns values that are not finite before any training", file=line.file, line=line.line
        )
    if not list(trainable(built.generator)):
        raise VariantError("Generator has no trainable parameters", file=line.file, line=line.line)


def _check_losses(built: Built, latents: Tensor, real: Tensor) -> dict[str, dict[str, float]]:
    """Both losses must be finite and reach the parameters that they are meant to train.

    Returns:
        Net → parameter name → norm of its gradient under the net's own loss; empty where a `train_step` hides it.
    """
    norms: dict[str, dict[str, float]] = {"generator": {}, "discriminator": {}}
    if built.train_step is not None:
        return norms
    if not built.reader.autoencoder:
        for name in ("discriminator_loss", "generator_loss"):
            overridden = (
                built.recipe.variant_of(name).parts[name].line
                or built.recipe.variant_of("objective").parts["objective"].line
            )
            if not overridden:
                line = built.recipe.variant_of("discriminator").parts["discriminator"].line
                raise VariantError(
                    f"Discriminator returns one number a sample, and the default {name} needs a reconstruction",
                    file=line.file if line else None,
                    line=line.line if line else None,
                    hint=f"define {name}() for a discriminator that is not an autoencoder",
                    docs="docs/variants.md",
                )
    config, discriminator, generator = built.config, built.discriminator, built.generator
    with KeptState(generator, discriminator), initial.keyed(0, "inspect"):
        fake = generator(latents)
        for name, net, arguments in (
            ("discriminator_loss", discriminator, (discriminator, real, fake.detach(), config)),
            ("generator_loss", generator, (discriminator, fake, config)),
        ):
            variant = built.recipe.variant_of(name)
            part = variant.parts[name].line or variant.parts["objective"].line
            place = part or variant.parts["discriminator"].line or Line(variant.path, 1)
            try:
                terms = named(getattr(built.objective, name)(*arguments))
                loss = total(terms)
            except Exception as error:
                raise blame(error, built.variants, f"{name} raised") from error
            if loss.numel() != 1:
                raise VariantError(
                    f"{name}() must return a scalar", file=place.file, line=place.line,
                    expected="shape ()", got=str(tuple(loss.shape)),
                    hint="was the mean over the batch forgotten?", docs="docs/variants.md",
                )  # fmt: skip
            if not torch.isfinite(loss):
                bad = next((k for k, v in terms.items() if not torch.isfinite(v).all()), name)
                raise VariantError(
                    f"{name}() is not finite before any training", file=place.file, line=place.line,
                    expected="a finite number", got=f"{bad} = {loss.item()}", docs="docs/variants.md",
                )  # fmt: skip
            role = "discriminator" if net is discriminator else "generator"
            parameters = {key: p for key, p in net.named_parameters() if p.requires_grad}
            if loss.requires_grad:
                found = torch.autograd.grad(loss, list(parameters.values()), retain_graph=True, allow_unused=True)
                norms[role] = {key: g.norm().item() for key, g in zip(parameters, found, strict=True) if g is not None}
            if not norms[role]:
                raise VariantError(
                    f"{name}() has no gradient for the {role}",
                    file=place.file, line=place.line, expected="a loss that depends on its parameters",
                    got="a constant", hint="is there a detach(), .item() or no_grad() on the way?",
                    docs="docs/variants.md",
                )  # fmt: skip
    return norms


def _try_steps(built: Built, real: Tensor, single_pass: bool) -> float:
    """Train a few steps, so that what is used is seen to be used; returns milliseconds a step."""
    config = built.config
    batches = Batches(real, size=config.batch_size, seed=0, shuffle=config.shuffle, drop_last=config.drop_last)
    return timed(Trainer(built, batches, single_pass=single_pass, watching=False), built.recipe.base.path)


def timed(trainer: Steps, path: str) -> float:
    """Milliseconds a step, of a few on nets that nobody keeps; 0 where they diverge.

    Args:
        path: Of the file, for a mistake that no line is known of.

    Raises:
        VariantError: A step raises.
    """
    with streams.preserved_globals():
        try:
            trainer.prepare()
            trainer.step(1)
            took = []
            for number in range(2, 2 + TIMED_STEPS):  # always as many: what is found later is found on these nets
                began = time.perf_counter()
                trainer.step(number)
                took.append(time.perf_counter() - began)
        except Diverged:
            return 0.0
        except Crashed as crash:
            place = crash.line or Line(path, 1)
            raise VariantError(f"a training step raised {crash}", file=place.file, line=place.line) from crash
        return min(took) * 1e3


def _single_pass(built: Built, latents: Tensor) -> bool:
    """Whether two forwards on the same latents are one: no draws, and no state beside BatchNorm's."""
    generator = built.generator
    norms = {
        id(buffer)
        for module in generator.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm)
        for buffer in module.buffers(recurse=False)
    }
    others = [(b, b.detach().clone()) for b in generator.buffers() if id(b) not in norms]
    with torch.no_grad(), KeptState(generator), streams.preserved_globals():
        with initial.SeesDraws() as draws:
            first = generator(latents)
        streams.reseed_globals(1, streams.PROBES, "second look")
        second = generator(latents)
        unchanged = all(torch.equal(buffer, kept) for buffer, kept in others)
    return not draws.seen and torch.equal(first, second) and unchanged


def _notes(built: Built) -> list[str]:
    if not built.reader.code_from:
        return []
    return [f"the discriminator returns no code: its narrowest activation, {built.reader.code_from}, is taken as code"]


def _check_reconstruction(built: Built, real: Tensor) -> None:
    """A reconstruction must have the image's shape, or one that PyTorch repeats to fit."""
    if not built.reader.autoencoder:
        return
    variant = built.recipe.variant_of("discriminator")
    with torch.no_grad(), KeptState(built.discriminator), initial.keyed(0, "inspect"):
        try:
            recon, _ = built.reconstruct(real)
        except Exception as error:
            raise blame(error, [variant], f"Discriminator raised on images of shape {tuple(real.shape)}:") from error
    assert recon is not None
    try:
        np.broadcast_shapes(tuple(recon.shape), tuple(real.shape))
    except ValueError:
        line = variant.parts["discriminator"].line
        raise VariantError(
            "Discriminator's reconstruction has not the shape of the image",
            file=line.file if line else None,
            line=line.line if line else None,
            expected=f"shape {tuple(real.shape)}",
            got=str(tuple(recon.shape)),
            docs="docs/variants.md",
        ) from None


def _traces(built: Built, latents: Tensor, real: Tensor) -> dict[str, anatomy.Trace]:
    """Each net run once on a batch, with what it called."""
    files = frozenset(variant.display(file) for variant in built.variants for file in variant.files)
    found = {}
    for role, net, example in (("generator", built.generator, latents), ("discriminator", built.discriminator, real)):
        try:
            with KeptState(net), initial.keyed(0, "inspect"):
                found[role] = anatomy.trace(net, example, built.lines, files)
        except Exception as error:
            variant = built.recipe.variant_of(role)
            doing = f"{role.capitalize()} raised on a batch of shape {tuple(example.shape)}:"
            raise blame(error, [variant], doing) from error
    return found


def _parts(built: Built, effects: dict[str, str | None]) -> dict[str, dict[str, Any]]:
    """Shown value and whether it takes effect, by part; what ran and was read decides `used`."""
    config, calls, reads = built.config, built.calls, built.reads
    own_step, own_objective = built.train_step is not None, calls["objective"] > 0
    recipe = built.recipe

    def has(part: str) -> bool:
        return recipe.variant_of(part).parts[part].line is not None

    nets = {"generator": built.generator, "discriminator": built.discriminator}
    weight, margin = reads["pull_away_weight"] > 0, reads["margin"] > 0
    rows: dict[str, tuple[str | None, bool]] = {
        **{role: (f"{sum(p.numel() for p in net.parameters()):,} parameters", True) for role, net in nets.items()},
        "initialise": ("own" if has("initialise") else "PyTorch's", True),
        "energy": ("own" if has("energy") else "mean of squares", calls["energy"] > 0),
        "pull_away": ("own" if has("pull_away") else "paper's", calls["pull_away"] > 0),
        "pull_away_weight": (str(config.pull_away_weight), weight),
        "margin": (str(config.margin), margin),
        "discriminator_loss": (
            "own" if has("discriminator_loss") else "paper's hinge", calls["discriminator_loss"] > 0),
        "generator_loss": ("own" if has("generator_loss") else "energy + pull-away", calls["generator_loss"] > 0),
        "objective": ("own" if own_objective else "none", own_objective),
        "latent": (f"own, {config.latent_dim}" if has("latent") and calls["sample_latent"] else
                   f"{config.latent}, {config.latent_dim}", True),
        "optimizer.generator": (optimizer_shown(built.generator_opt), True),
        "optimizer.discriminator": (optimizer_shown(built.discriminator_opt), True),
        "batch_size": (str(config.batch_size), True),
        "pixel_range": (str(tuple(config.pixel_range)), True),
        "data": (_data_value(built), True),
        "schedule": (f"{config.discriminator_steps} D : 1 G", not own_step or reads["discriminator_steps"] > 0),
        "train_step": ("own" if own_step else "standard", own_step),
    }  # fmt: skip
    return {name: {"value": value, "used": used, "effect": effects.get(name)} for name, (value, used) in rows.items()}


ORDERS = {
    (True, True): "shuffled, last batch dropped",
    (True, False): "shuffled, last batch smaller",
    (False, True): "in the order of the data set, last batch dropped",
    (False, False): "in the order of the data set, last batch smaller",
}
"""(shuffle, drop_last) → in what order images come, in which batches."""


def _data_value(built: Built) -> str:
    return "own" if built.transform is not None else ORDERS[bool(built.config.shuffle), bool(built.config.drop_last)]

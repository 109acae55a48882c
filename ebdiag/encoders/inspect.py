"""Built contrastive variant → Facts, without training."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ebdiag import anatomy, grafts, initial, streams
from ebdiag.conformance.fields import unread
from ebdiag.data import Images, conversion_notes, load_images, to_model
from ebdiag.effects import EXAMPLES
from ebdiag.errors import VariantError
from ebdiag.inspect import timed
from ebdiag.kernels import quickened
from ebdiag.making import config_values, optimizer_shown, plain
from ebdiag.reader import KeptState
from ebdiag.records import DataSpec, Environment, Facts, Line, Recipe, rounded
from ebdiag.sandbox import blame
from ebdiag.step import Crashed, Diverged, named, total

from .build import Built, build
from .effects import effects
from .pairs import Pairs
from .response import response
from .step import Trainer, per_epoch

PROBE_IMAGES = 256
UNIT = 1e-3
"""Embeddings whose lengths are so near 1 are normalised by the encoder."""

FROM = {"labels": "by label", "augmentations": "two views", "own": "own"}
"""Source of pairs → what is shown of it."""


def inspect(recipe: Recipe, data: DataSpec, environment: Environment) -> Facts:
    """Build a recipe and try everything that training will call, once.

    Raises:
        VariantError: It cannot run: a constructor, `forward`, the loss, `predict` or `pairs` raises, embeddings are no
            (B, d), the loss has no gradient or is not finite at step 0.
    """
    built = build(recipe, seed=0, device=environment.device, fused=environment.fused)
    spreads = {name: initial.spread(p) for name, p in built.encoder.named_parameters()}
    images = load_images(data.name)
    notes = conversion_notes(data.image_shape, tuple(built.config.image_shape), back=False)
    real = built.pixels(images.train[:PROBE_IMAGES])
    pairs = built.training_pairs(images)
    built.held_out_pairs(images)  # what cannot be judged is said before it is trained
    notes += _notes(built, pairs)
    batch = min(int(built.config.batch_size), len(pairs))
    embedded = _check_encoder(built, real[: max(batch, 2)])
    files = frozenset(variant.display(file) for variant in built.variants for file in variant.files)
    trace = anatomy.trace(built.encoder, real[:batch], built.lines, files)
    plain_images = to_model(images.train[:EXAMPLES], image_shape=built.config.image_shape, pixel_range=(0, 1))
    found = effects(built, plain_images.to(built.device), {"encoder": trace.parameters})
    gradients = _check_losses(built, pairs, batch)
    layers = anatomy.described(built, "encoder", trace, spreads, gradients)
    wiring = grafts.wiring(built.encoder, real[:batch], built.lines, files)
    with quickened(built.nets if environment.kernels == "fast" else {}):
        step_ms = timed(Trainer(built, pairs, watching=False), recipe.base.path)
    own = built.own_held_out_pairs()
    conformance: dict[str, Any] = {
        "response": response(built, embedded.shape[1]),
        "embedding": _lengths(embedded),
        "pairs": _described(built, pairs, own),
        "config": unread(built),
        "repeat": _repeat(recipe, images, environment),
    }
    return Facts(
        parts=_parts(built, pairs, found),
        config={name: plain(value) for name, value in config_values(built.config).items()},
        layers={"encoder": layers},
        initial={"encoder": {name: row.digest for name, row in spreads.items()}},
        sizes={"encoder": {name: p.numel() for name, p in built.encoder.named_parameters()}},
        notes=notes,
        autoencoder=False,
        single_pass=True,
        step_ms=step_ms,
        conformance=conformance,
        start={
            "encoder": [
                {
                    "name": name,
                    "now": spreads[name].__dict__,
                    "constructed": built.constructed["encoder"][name].__dict__,
                }
                for name in trace.parameters
            ]
        },
        rates={
            role: float(max(group["lr"] for group in optimiser.param_groups))
            for role, optimiser in built.optimizers.items()
            if all("lr" in group for group in optimiser.param_groups)
        },
        wiring={"encoder": wiring},
    )


def _notes(built: Built, pairs: Pairs) -> list[str]:
    notes = []
    if built.own_pairs is None and pairs.source == "augmentations" and built.config.pairs_by == "labels":
        notes.append("the data set has no labels: pairs are two augmented views of one image, or of two")
    updates = per_epoch(len(pairs), built.config.batch_size) * int(built.config.epochs)
    notes.append(
        f"its own schedule is {updates:,} updates: {int(built.config.epochs):,} epochs of {len(pairs):,} pairs"
    )
    return notes


def _check_encoder(built: Built, real: Tensor) -> Tensor:
    """Embeddings of a batch."""
    variant = built.recipe.variant_of("encoder")
    line = variant.parts["encoder"].line or Line(variant.path, 1)
    try:
        with torch.no_grad(), KeptState(built.encoder), initial.keyed(0, "inspect"):
            output = built.encoder(real)
    except Exception as error:
        raise blame(error, [variant], f"Encoder raised on images of shape {tuple(real.shape)}:") from error
    if not isinstance(output, Tensor) or output.ndim < 2 or len(output) != len(real):
        raise VariantError(
            "Encoder must return one embedding per image", file=line.file, line=line.line,
            expected=f"shape ({len(real)}, d)",
            got=str(tuple(output.shape)) if isinstance(output, Tensor) else type(output).__name__,
            docs="docs/contrastive.md",
        )  # fmt: skip
    if not bool(output.isfinite().all()):
        raise VariantError(
            "Encoder's embeddings are not finite before any training", file=line.file, line=line.line,
            expected="finite numbers", got="NaN or infinity", docs="docs/contrastive.md",
        )  # fmt: skip
    return output.flatten(1)


def _check_losses(built: Built, pairs: Pairs, batch: int) -> dict[str, float]:
    """Norm of each parameter's gradient under the variant's loss."""
    variant = built.recipe.variant_of("contrastive_loss")
    place = variant.parts["contrastive_loss"].line or Line(variant.path, 1)
    first, second, same = pairs.batch(torch.arange(batch, device=built.device))
    with KeptState(built.encoder), initial.keyed(0, "inspect"):
        embedded = built.embed(first), built.embed(second)
        try:
            given = built.loss(*embedded, same, built.config)
        except Exception as error:
            raise blame(error, [variant], "contrastive_loss(first, second, same, config) raised") from error
        try:
            loss = total(named(given))
        except (TypeError, RuntimeError) as error:
            raise VariantError(
                f"contrastive_loss(): {error}", file=place.file, line=place.line, docs="docs/contrastive.md"
            ) from error
        if loss.ndim:
            raise VariantError(
                "contrastive_loss() must return a scalar", file=place.file, line=place.line, expected="shape ()",
                got=str(tuple(loss.shape)), hint="was the mean over the batch forgotten?", docs="docs/contrastive.md",
            )  # fmt: skip
        if not torch.isfinite(loss):
            raise VariantError(
                "contrastive_loss() is not finite before any training", file=place.file, line=place.line,
                expected="a finite number", got=str(loss.item()), docs="docs/contrastive.md",
            )  # fmt: skip
        parameters = {name: p for name, p in built.encoder.named_parameters() if p.requires_grad}
        norms: dict[str, float] = {}
        if loss.requires_grad:
            found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
            norms = {name: g.norm().item() for name, g in zip(parameters, found, strict=True) if g is not None}
        if not norms:
            raise VariantError(
                "contrastive_loss() has no gradient for the encoder", file=place.file, line=place.line,
                expected="a loss that depends on its parameters", got="a constant",
                hint="is there a detach(), .item() or no_grad() on the way?", docs="docs/contrastive.md",
            )  # fmt: skip
        source = built.recipe.variant_of("predict")
        try:
            with torch.no_grad():
                answer = torch.as_tensor(built.predict(embedded[0].detach(), embedded[1].detach(), built.config))
        except Exception as error:
            raise blame(error, [source], "predict(first, second, config) raised") from error
    if answer.numel() != batch:
        line = source.parts["predict"].line or Line(source.path, 1)
        raise VariantError(
            "predict() must return one answer per pair", file=line.file, line=line.line, expected=f"shape ({batch},)",
            got=str(tuple(answer.shape)), docs="docs/contrastive.md",
        )  # fmt: skip
    return norms


def _lengths(embedded: Tensor) -> dict[str, Any]:
    norms = embedded.norm(dim=1)
    return {
        "size": embedded.shape[1],
        "norm": rounded(float(norms.mean())),
        "normalised": bool(((norms - 1).abs() < UNIT).all()),
    }


def _described(built: Built, pairs: Pairs, own: Pairs | None) -> dict[str, Any]:
    """The training pairs, and how long the variant itself trains on them."""
    config = built.config
    each = per_epoch(len(pairs), config.batch_size)
    return {
        "source": pairs.source,
        "count": len(pairs),
        "same_share": rounded(float(pairs.same.double().mean())),
        "held_out_same_share": None if own is None else rounded(float(own.same.double().mean())),
        "per_epoch": each,
        "updates": each * int(config.epochs),
    }


def _repeat(recipe: Recipe, images: Images, environment: Environment) -> dict[str, Any]:
    """Whether the same seed gives the same weights and pairs twice, and the same after two updates."""
    both = [build(recipe, seed=0, device=environment.device, fused=environment.fused, spreads=False) for _ in range(2)]
    drawn = [built.training_pairs(images) for built in both]
    unlike = _unlike([built.encoder.state_dict() for built in both])
    step = 0
    if unlike is None and not (
        torch.equal(drawn[0].images, drawn[1].images) and torch.equal(drawn[0].same, drawn[1].same)
    ):
        return {"same": False, "step": 0, "nets": ["encoder"], "tensor": "pairs"}
    with streams.preserved_globals():
        trainers = [Trainer(built, pairs, watching=False) for built, pairs in zip(both, drawn, strict=True)]
        while unlike is None and step < 2:
            step += 1
            try:
                for trainer in trainers:
                    trainer.step(step)
            except (Crashed, Diverged) as error:
                return {"unknown": str(error)}
            unlike = _unlike([built.encoder.state_dict() for built in both])
    if unlike is None:
        return {"same": True}
    return {"same": False, "step": step, "nets": ["encoder"], "tensor": unlike}


def _unlike(states: list[dict[str, Any]]) -> str | None:
    """The first tensor that differs."""
    ours, theirs = states
    return next(
        (
            name
            for name, value in ours.items()
            if isinstance(value, Tensor) and not torch.equal(value.nan_to_num(), theirs[name].nan_to_num())
        ),
        None,
    )


def _parts(built: Built, pairs: Pairs, found: dict[str, str | None]) -> dict[str, dict[str, Any]]:
    """Shown value, whether it takes effect, and its effect, by part."""
    config, recipe = built.config, built.recipe

    def own(part: str, function: str) -> bool:
        return f"def {function}" in recipe.variant_of(part).parts[part].code

    count = sum(p.numel() for p in built.encoder.parameters())
    values = {
        "encoder": f"{count:,} parameters",
        "contrastive_loss": "own"
        if own("contrastive_loss", "contrastive_loss")
        else f"logistic, temperature {config.temperature:g}",
        "predict": "own" if own("predict", "predict") else "sigmoid, temperature",
        "pairs": FROM[pairs.source] if built.own_pairs else f"{FROM[pairs.source]}, {config.same_share:.0%} same",
        "data": f"{len(pairs):,} pairs",
        "optimizer": optimizer_shown(built.optimizer),
        "batch_size": str(config.batch_size),
        "schedule": f"{config.epochs} epochs",
    }
    return {name: {"value": value, "used": True, "effect": found[name]} for name, value in values.items()}

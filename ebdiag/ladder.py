"""Built variant → the sanity ladder: short tries of each net alone that tell which one is sick, before any training.

Every rung starts from the initial weights of seed 0 and trains one net for a moment, with the variant's own optimiser,
energy and losses. The thresholds are one rule, not five settings: a rung is passed when at least **half of the way**
is gone from what a useless net reaches to what a perfect one would. docs/ladder.md explains each rung to its reader.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from . import defaults, streams, words
from .build import Built, build
from .data import load_images
from .kinds import optimizer_of
from .kinds.gan import CONFIG_DEFAULTS
from .records import DataSpec, Environment, Recipe, Variant, rounded
from .sandbox import user_frames
from .step import Batches, named, total

HALF = 0.5
"""The share of the way from useless to perfect that passes a rung.

One number for all, taken before any model was tried: the middle, as far from a net that does nothing (0) as from one
that does all (1). What each end is stands beside its rung; both are computed from the images or from the net at its
start, so the rule needs no other constant.
"""

IMAGES = 64
"""Images that the discriminator overfits."""

BATCH = 16
"""Images of one update, and the batch that the generator overfits: small, since a step of a big net costs by it."""

POOL = 256
"""Images of a kind that D is trained on and judged by: chance has an AUROC of .5 ± .026 at this number."""

SEPARATES = ("discriminator-separates-noise", "discriminator-separates-fakes")

UPDATES = {"overfit discriminator": 192, "separate": 48, "lower": 32, "overfit generator": 48}
"""Updates of one round. A cost, not a judgement: nothing fails after one round."""

ROUNDS = 4
"""A net that has not passed goes on for up to so many rounds: one that is slow is not sick."""


class Undecided(Exception):
    """A rung that says nothing about this variant; the message says why."""


class NotFinite(Exception):
    """A net that broke while it was tried; the message is a key of `words.NOT_FINITE`."""


@dataclass(frozen=True)
class Reading:
    """What one rung measures at a moment, and what passes; `details` are further numbers, by name."""

    value: float
    threshold: float
    higher_is_better: bool = False
    details: dict[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether half of the way is gone."""
        return self.value >= self.threshold if self.higher_is_better else self.value <= self.threshold


Readings = dict[str, Reading]


@dataclass(frozen=True)
class Try:
    """A net about to be tried: what an update descends, and what is read before the first and after each round.

    Attributes:
        untried: Rung → why it is not read.
    """

    name: str
    optimizer: torch.optim.Optimizer
    loss: Callable[[int], Tensor]
    read: Callable[[], Readings]
    untried: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Climbed:
    """What came of a try: the first and the last readings, the updates between them, and those after which each rung
    was passed first."""

    start: Readings
    end: Readings
    updates: int
    passed_at: dict[str, int]
    failure: str | None = None
    undecided: str | None = None
    untried: dict[str, str] = field(default_factory=dict)


def climb(
    recipe: Recipe, data: DataSpec, environment: Environment, alive: Callable[[], object] = lambda: None
) -> list[dict[str, Any]]:
    """Try every rung; each is on its own, and one that fails or breaks says nothing of the others.

    Args:
        alive: Called now and then, as a sign of life.

    Returns:
        One row a rung: `rung`, `net`, `value`, `unit`, `threshold`, `passed` (None where it cannot be told), `reason`
        (why it failed, was slow, or cannot be told), `start` (the value before the first update), `updates`,
        `details`, and `part`: what is to blame where it failed: the net or, where the same net passes with Adam at
        ebdiag's default rate, its optimiser. JSON values only; the same bits each time.
    """
    with streams.preserved_globals():
        setting = _Setting(recipe, data, environment, alive)
        return [
            row
            for net, what, names, prepare in (
                ("discriminator", "overfit discriminator", ("discriminator-overfits",), _overfit_discriminator),
                ("discriminator", "separate", SEPARATES, _separate),
                ("generator", "lower", ("generator-lowers-energy",), _lower),
                ("generator", "overfit generator", ("generator-overfits",), _overfit_generator),
            )
            for row in tried(setting, net, names, prepare, usual=UPDATES[what], rate=CONFIG_DEFAULTS[f"{net}_lr"])
        ]


class Setting(Protocol):
    """What all tries of a variant share."""

    @property
    def variants(self) -> Sequence[Variant]:
        """Whose lines a failure may name."""

    @property
    def alive(self) -> Callable[[], object]:
        """Called now and then."""


S = TypeVar("S", bound=Setting)


def tried(
    setting: S,
    net: str,
    names: tuple[str, ...],
    prepare: Callable[[S, bool], Try],
    *,
    usual: int,
    rate: float,
    rounds: int = ROUNDS,
    again: bool = True,
) -> list[dict[str, Any]]:
    """The rows of one try, which is repeated with a plain Adam where it fails: is it the net or its optimiser?

    Args:
        usual: Updates of a round.
        rate: Of the plain Adam.
        rounds: After so many nothing more is tried.
        again: Try the plain Adam.
    """
    own = _attempt(setting, prepare, usual, plain=False, rounds=rounds)
    rows = [_row(name, net, own, usual) for name in names]
    failed = [row for row in rows if row["passed"] is False]
    for row in failed:
        row["part"] = net
    if failed and again:
        other = _attempt(setting, prepare, usual, plain=True, rounds=rounds)
        for row in failed:
            saved = other.end.get(row["rung"])
            if saved is not None and saved.passed:
                row["part"] = optimizer_of(net)
                row["reason"] = words.ladder_optimizer(net, saved.value, rate)
    return rows


def _attempt(setting: S, prepare: Callable[[S, bool], Try], round_updates: int, *, plain: bool, rounds: int) -> Climbed:
    """Train in rounds until every rung of the try is passed, or the rounds are over, or the net breaks."""
    start: Readings = {}
    end: Readings = {}
    passed_at: dict[str, int] = {}
    updates = 0
    try:
        attempt = prepare(setting, plain)
        start = end = attempt.read()
        for _ in range(rounds):
            setting.alive()
            for _ in range(round_updates):
                updates += 1
                _update(attempt, updates)
            end = attempt.read()
            passed_at = {name: passed_at.get(name, updates) for name, reading in end.items() if reading.passed}
            if len(passed_at) == len(end):
                break
    except Undecided as undecided:
        return Climbed(start, {}, updates, {}, undecided=str(undecided))
    except NotFinite as broken:
        return Climbed(start, {}, updates, {}, failure=words.ladder_diverged(str(broken), updates))
    except Exception as error:  # user code, or a mistake of ours: either way it is this rung's alone
        frames = user_frames(error, setting.variants)
        text = " ".join(f"{type(error).__name__}: {error}".split())[:400]
        reason = words.ladder_raised(text, str(frames[-1]) if frames else None)
        return Climbed(start, {}, updates, {}, undecided=reason)
    return Climbed(start, end, updates, passed_at, untried=attempt.untried)


def _update(attempt: Try, number: int) -> None:
    """One update; what user code draws is keyed by its number."""
    streams.reseed_globals(0, streams.PROBES, "ladder", attempt.name, number)
    attempt.optimizer.zero_grad()
    value = attempt.loss(number)
    if not torch.isfinite(value).all():
        raise NotFinite("loss")
    value.backward()
    attempt.optimizer.step()


def _row(name: str, net: str, climbed: Climbed, usual: int) -> dict[str, Any]:
    start, end = climbed.start.get(name), climbed.end.get(name)
    row: dict[str, Any] = {
        "rung": name,
        "net": net,
        "value": None,
        "unit": words.LADDER[name].unit,
        "threshold": None,
        "passed": None if climbed.failure is None else False,
        "reason": climbed.failure or climbed.undecided or climbed.untried.get(name),
        "start": None if start is None else rounded(start.value),
        "updates": climbed.updates,
        "details": {},
        "part": None,
    }
    if end is not None:
        row |= {"value": rounded(end.value), "threshold": rounded(end.threshold), "passed": end.passed}
        row["details"] = {key: rounded(value) for key, value in end.details.items()}
        if end.passed:
            row["updates"] = climbed.passed_at[name]
        if end.passed and row["updates"] > usual:
            row["reason"] = words.ladder_slow(row["updates"], usual)
    return row


class _Setting:
    """What all tries share: the recipe, its images, and the discriminator that the generator is tried under."""

    def __init__(self, recipe: Recipe, data: DataSpec, environment: Environment, alive: Callable[[], object]) -> None:
        self.recipe, self.environment, self.alive = recipe, environment, alive
        self.images = load_images(data.name)
        self.variants = recipe.variants
        self.separated: Built | None = None

    def built(self) -> Built:
        """The variant at step 0 of seed 0, in train mode; fused kernels, as nothing here has to equal a training."""
        return build(self.recipe, seed=0, device=self.environment.device, fused=_fused(self.environment.device))

    def real(self, built: Built, count: int, split: str = "train") -> Tensor:
        """(count, C, H, W) real images in the model's range: the same ones for every variant."""
        images = self.images.train if split == "train" else self.images.held_out
        rng = streams.generator(0, streams.PROBES, "ladder", split)
        rows = torch.randperm(len(images), generator=rng)[:count]
        return built.pixels(images[rows.numpy()])


def _fused(device: str) -> bool:
    return device in ("cpu", "cuda")


def _latents(built: Built, count: int, *key: int | str) -> Tensor:
    return built.sample_latent(count, streams.generator(0, streams.PROBES, "ladder", *key))


def _optimizer(built: Built, net: str, plain: bool) -> torch.optim.Optimizer:
    """The variant's own, or Adam at ebdiag's default rate."""
    if not plain:
        return built.generator_opt if net == "generator" else built.discriminator_opt
    module = built.generator if net == "generator" else built.discriminator
    rate, betas = CONFIG_DEFAULTS[f"{net}_lr"], CONFIG_DEFAULTS["betas"]
    return defaults.optimizer(module, rate, betas, fused=_fused(built.device.type))


def _rows_of(pool: Tensor, update: int) -> Tensor:
    """The batch of an update: the pool in order, again and again."""
    rows = (torch.arange(BATCH) + (update - 1) * BATCH) % len(pool)
    return pool.index_select(0, rows.to(pool.device))


def _energies(built: Built, images: Tensor) -> Tensor:
    """The variant's own energies, in the mode in which its losses see them; whatever shape its energy gives."""
    recon, _ = built.reconstruct(images)
    assert recon is not None  # only autoencoders come here
    return built.energy(recon, images)


def _error(built: Built, images: Tensor) -> float:
    """Mean of squared errors of the reconstructions, in the mode in which the losses see them."""
    with torch.no_grad():
        recon, _ = built.reconstruct(images)
        assert recon is not None  # only autoencoders come here
        return _finite((recon.reshape(images.shape) - images).square().mean().item())


def _mean_energy(built: Built, images: Tensor) -> float:
    with torch.no_grad():
        return _finite(_energies(built, images).mean().item())


def _needs_autoencoder(built: Built) -> None:
    if not built.reader.autoencoder:
        raise Undecided(words.say("ladder no autoencoder"))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise NotFinite("score")
    return value


def _half_way(useless: float, perfect: float) -> float:
    return useless + HALF * (perfect - useless)


# ---- the rungs ------------------------------------------------------------------------------------


def _overfit_discriminator(setting: _Setting, plain: bool) -> Try:
    """D alone learns 64 real images by heart.

    Useless: the energy of their mean image, the best that a D can reach which does not look at its input.
    Perfect: the energy that is left by as many principal components of these images as the code has numbers, which
    is what a linear autoencoder with that code reaches. All in squared errors, whatever energy is descended, so that
    half of the way is equally far for a norm or for absolute errors; values are shares of the first.
    """
    built = setting.built()
    _needs_autoencoder(built)
    images = setting.real(built, IMAGES)
    useless, perfect = _yardsticks(built, images)
    threshold = _half_way(1, perfect / useless)
    return Try(
        "overfit discriminator",
        _optimizer(built, "discriminator", plain),
        lambda update: _energies(built, _rows_of(images, update)).mean(),
        lambda: {"discriminator-overfits": Reading(_error(built, images) / useless, threshold)},
    )


def _yardsticks(built: Built, images: Tensor) -> tuple[float, float]:
    """Energies of the mean image, and of what is left beyond the code's number of principal components."""
    with torch.no_grad():
        recon, code = built.reconstruct(images)
        if recon is None or recon.numel() != images.numel():
            raise Undecided(words.say("ladder no yardstick"))
        size = len(images) if code is None else code.shape[1]
        flat = images.flatten(1).double().cpu()
        mean = flat.mean(0, keepdim=True)
        u, s, v = torch.linalg.svd(flat - mean, full_matrices=False)
        projected = mean + (u[:, :size] * s[:size]) @ v[:size]
        low, high = built.config.pixel_range
        useless, perfect = (
            (guess.clamp(low, high) - flat).square().mean().item() for guess in (mean.expand_as(flat), projected)
        )
    if not (math.isfinite(useless) and useless > max(perfect, 0)):
        raise Undecided(words.say("ladder no yardstick"))
    return useless, perfect


def _separate(setting: _Setting, plain: bool) -> Try:
    """D, trained by its own loss beside a G that stays as it began, tells real images from noise and from fakes.

    Useless: AUROC .5, energies that do not depend on what is shown. Perfect: 1, every real image below all others.
    Judged on held-out images, on uniform noise over the pixel range, which no loss ever showed to D, and on fakes
    of latents that it was not trained on.
    """
    built = setting.built()
    _needs_autoencoder(built)
    low, high = built.config.pixel_range
    shape = (POOL, *built.config.image_shape)
    noise = torch.rand(shape, generator=streams.generator(0, streams.PROBES, "ladder", "noise")) * (high - low) + low
    real, noise = setting.real(built, POOL, "held_out"), noise.to(built.device)
    others, untried = {"noise": noise, "fakes": _fakes(built, "judged")}, {}
    if built.train_step is not None:
        del others["fakes"]
        untried["discriminator-separates-fakes"] = words.say("ladder one piece")
    threshold = _half_way(0.5, 1)

    def read() -> Readings:
        own = _each_energy(built, real)
        found = {}
        for kind, images in others.items():
            energies = _each_energy(built, images)
            details = {"energy_real": own.mean().item(), f"energy_{kind}": energies.mean().item()}
            found[f"discriminator-separates-{kind}"] = Reading(auroc(own, energies), threshold, True, details)
        return found

    loss = _discriminator_loss(setting, built)
    attempt = Try("separate", _optimizer(built, "discriminator", plain), loss, read, untried)
    if not plain:
        setting.separated = built
    return attempt


def _discriminator_loss(setting: _Setting, built: Built) -> Callable[[int], Tensor]:
    """The discriminator's half of the training; on real images alone where the variant's `train_step` is one piece."""
    config, discriminator = built.config, built.discriminator
    real = setting.real(built, max(POOL, config.batch_size))
    if built.train_step is not None:
        return lambda update: _energies(built, _rows_of(real, update)).mean()
    fakes = _fakes(built, "trained on")
    prepare = getattr(built.objective, "before_training", None)
    if prepare is not None:
        streams.reseed_globals(0, streams.PROBES, "ladder", "before training")
        prepare(discriminator, Batches(real, size=config.batch_size, seed=0))

    def loss(update: int) -> Tensor:
        arguments = discriminator, _rows_of(real, update), _rows_of(fakes, update), config
        return total(named(built.objective.discriminator_loss(*arguments)))

    return loss


def _fakes(built: Built, which: str, count: int = POOL) -> Tensor:
    """(count, C, H, W) images of the generator as it stands, without gradients."""
    with torch.no_grad():
        streams.reseed_globals(0, streams.PROBES, "ladder", "fakes", which)
        fakes: Tensor = built.generator(_latents(built, count, which))
    return fakes.detach()


def _each_energy(built: Built, images: Tensor) -> Tensor:
    """(n,) float64 energies, each image among others of its kind."""
    found = []
    with torch.no_grad():
        for batch in images.split(IMAGES):
            energy = _energies(built, batch)
            if energy.shape != (len(batch),):
                raise Undecided(words.say("ladder not per sample"))
            found.append(energy.double().cpu())
    energies = torch.cat(found)
    _finite(energies.sum().item())
    return energies


def auroc(below: Tensor, above: Tensor) -> float:
    """Probability that a random member of `above` is larger than one of `below`, ties counting half; 0..1."""
    difference = above[:, None] - below[None, :]
    return float((difference > 0).double().mean() + (difference == 0).double().mean() / 2)


def _lower(setting: _Setting, plain: bool) -> Try:
    """G, trained by its own loss under the discriminator of the rungs before, which is frozen, finds lower energy.

    Useless: the energy of its images at the start. Perfect: the energy of held-out real images under the same
    frozen D. Values are shares of the first. Nothing can be told where D gives its images no more than real ones.
    """
    judge = setting.separated
    if judge is None:
        raise Undecided(words.say("ladder no autoencoder"))
    built = setting.built()
    discriminator = built.discriminator
    discriminator.load_state_dict(judge.discriminator.state_dict())
    for parameter in discriminator.parameters():
        parameter.requires_grad_(False)
    try:
        real = _mean_energy(built, setting.real(built, IMAGES, "held_out"))
        began = _mean_energy(built, _fakes(built, "lowered", IMAGES))
    except NotFinite:
        raise Undecided(words.say("ladder judge broke")) from None
    if not began > max(real, 0):
        raise Undecided(words.say("ladder nothing to lower"))

    def loss(update: int) -> Tensor:
        fake = built.generator(_latents(built, BATCH, "lower", update))
        if built.train_step is not None:
            return _energies(built, fake).mean()
        return total(named(built.objective.generator_loss(discriminator, fake, built.config)))

    def read() -> Readings:
        value = _mean_energy(built, _fakes(built, "lowered", IMAGES)) / began
        return {"generator-lowers-energy": Reading(value, _half_way(1, real / began))}

    return Try("lower", _optimizer(built, "generator", plain), loss, read)


def _overfit_generator(setting: _Setting, plain: bool) -> Try:
    """G alone learns to draw one batch: fixed latents to as many real images, by squared error.

    No discriminator and no loss of the variant takes part, so what fails here is the generator or its optimiser.
    Useless: the error of the images' mean, the best that a G can reach which does not look at its latents.
    Perfect: 0. Values are shares of the first.
    """
    built = setting.built()
    images, latents = setting.real(built, BATCH), _latents(built, BATCH, "overfit")
    useless = (images - images.mean(0, keepdim=True)).square().mean().item()
    if not useless > 0:
        raise Undecided(words.say("ladder no yardstick"))

    def error(update: int = 0) -> Tensor:
        generated: Tensor = built.generator(latents)
        return (generated - images).square().mean() / useless

    def read() -> Readings:
        with torch.no_grad():
            return {"generator-overfits": Reading(_finite(error().item()), _half_way(1, 0))}

    return Try("overfit generator", _optimizer(built, "generator", plain), error, read)

"""How the two nets stood towards each other while they were trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ebdiag.result import Finding

from .asked import probe
from .case import Case, Seed, Severity, finding, mean, most

CLOSED = 0.05
"""Share of fakes that are still pushed, below which the hinge counts as closed where no reference says what is usual:
one image in twenty. Working models were seen at .50 to .55."""

OF_USUAL = 0.1
"""The same, as a share of the lowest working seed of the reference."""

VANISHED = 0.01
"""Share of its start to which the gradient at the fakes falls when the discriminator no longer teaches."""

COPIES_NOISE = 0.1
"""Error on uniform noise over the noise's own variance, at which a net copies rather than reconstructs: 1 is the error
of an output that ignores its input. Working models were seen far above 1."""

NOISE_VARIANCE = 1 / 3
"""Of uniform noise from −1 to 1, the scale on which errors are kept whatever the model's own."""

COPIES_SHUFFLED = 2.0
"""Energy of pixel-shuffled images over that of real ones, below which it is the same to the net which it is given."""

GAP = 2.0
"""Ratio of train-mode to eval-mode scores at which they no longer describe the same model; by FID
working seeds of the reference lie within 1.11."""

WEAK = 0.01
"""Gradient of the pull-away term over that of the energy, at which it cannot be what decides."""


def margin_saturated(case: Case) -> list[Finding]:
    """The hinge is closed: generated images reach the margin, and the discriminator learns from real ones alone.

    Severity: warning.

    What it measures: The share of generated images with an energy below the margin, over the last third of training,
    in seeds that fail: below a tenth of the lowest working seed of the reference, or below .05 without one.

    How to read it: Where E(fake) ≥ m it is the discriminator that loses the gradient of fakes; the generator still has
    one. Flat energies alone are no failure, so that this is said only where quality fails as well; at the healthy
    optimum about half of the images are still pushed.

    Unit and range: Share of generated images, 0 to 1.

    Known problems: The share needs a hinge that was seen; losses of another form have none.

    Advice: Raise the margin above the energy that real images keep, or slow the discriminator down.

    Cost: None beside the default probes.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), section 2.3.
    """
    usual = [value for seed in case.healthy if (value := seed.late("hinge.active")) is not None]
    limit = OF_USUAL * min(usual) if usual else CLOSED
    shut = most(
        [seed for seed in case.failing if (value := seed.late("hinge.active")) is not None and value < limit],
        case.failing,
    )
    if not shut:
        return []
    return [
        finding(
            case, "margin-saturated", "warning", part="margin", seeds=len(shut), of=len(case.seeds),
            hinge_active=mean([seed.late("hinge.active") for seed in shut]), usual=mean(usual), limit=limit,
            margin=_margin(case, shut),
            energy_real=mean([seed.late("energy.mean_squared.real.mean") for seed in shut]),
            energy_fake=mean([seed.late("energy.mean_squared.fake.mean") for seed in shut]),
        )
    ]  # fmt: skip


def discriminator_died(case: Case) -> list[Finding]:
    """The discriminator has stopped teaching: it reconstructs everything, and the gradient at the fakes is gone.

    Severity: error.

    What it measures: Over the last third of training, in seeds that fail: hinge closed, the energy of real images below
    the PCA residual at the code's size, and the gradient at the generated images below 1 % of its start.

    How to read it: All three together; a closed hinge alone is `margin-saturated`. Nothing moves the generator any
    more.

    Unit and range: Gradient norms per image; energies as mean squares.

    Known problems: None known.

    Advice: Lower the discriminator's learning rate, narrow its code, or raise the margin.

    Cost: None beside the default probes.

    Source: ebdiag's own catalogue of failures (docs/failures.md).
    """
    residual = case.facts.yardsticks.get("pca")
    dead = []
    for seed in case.failing:
        hinge, real = seed.late("hinge.active"), seed.late("energy.mean_squared.real.mean")
        now = seed.late("gradient.fake")
        start = seed.early("gradient.fake")
        if hinge is None or real is None or now is None or start is None or residual is None:
            continue
        if hinge < CLOSED and real < residual and now < VANISHED * start:
            dead.append((seed, now / start))
    dead = most(dead, case.failing)
    if not dead:
        return []
    return [
        finding(
            case, "discriminator-died", "error", part="discriminator", seeds=len(dead), of=len(case.seeds),
            gradient=mean([share for _, share in dead]), pca_residual=residual,
            energy_real=mean([seed.late("energy.mean_squared.real.mean") for seed, _ in dead]),
        )
    ]  # fmt: skip


def identity_autoencoder(case: Case) -> list[Finding]:
    """The discriminator copies whatever it is given, noise as well as images, so that its energy says nothing.

    Severity: warning.

    What it measures: The reconstruction error on uniform noise over the noise's variance, at the end, below .1; and,
    where recorded, the energy of pixel-shuffled images below twice that of real ones.

    How to read it: An output that ignores its input scores 1 on noise; a net that knows images is worse than that on
    noise. Near 0 it is the identity.

    Unit and range: Ratio to the variance of uniform noise over the pixel range; 0 is a perfect copy.

    Known problems: Noise is far from the data; a net can copy it by chance of its width alone and still be of use.

    Advice: Narrow the code below the number of pixels, or give the discriminator fakes to push away.

    Cost: None beside the scoring.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), section 2.3: regularising autoencoders by the generator.
    """
    found = []
    for seed in case.seeds:
        noise = seed.scores.get("energy_noise")
        shuffled, real = seed.late("energy.eval.shuffled"), seed.late("energy.eval.real")
        if noise is None or noise / NOISE_VARIANCE >= COPIES_NOISE:
            continue
        if shuffled is not None and real is not None and shuffled >= COPIES_SHUFFLED * real:
            continue
        found.append(noise / NOISE_VARIANCE)
    found = most(found, case.seeds)
    if not found:
        return []
    return [
        finding(
            case, "identity-autoencoder", "warning", part="discriminator", seeds=len(found), of=len(case.seeds),
            noise=mean(found), code=case.facts.yardsticks.get("code"),
        )
    ]  # fmt: skip


def pull_away_without_effect(case: Case) -> list[Finding]:
    """The pull-away term pulls, but so weakly beside the energy that it decides nothing.

    Severity: note.

    What it measures: The norm of the pull-away term's gradient at the generator over that of the energy, averaged over
    training, below .01 in every seed. Needs `--probes all`.

    How to read it: Its weight, its form or the size of the code makes it small; a form that cannot pull has a finding
    of its own.

    Unit and range: Ratio of gradient norms.

    Known problems: A small gradient in a steady direction can still add up.

    Advice: Compare with a pull-away weight of 0 before you keep it.

    Cost: The probe `terms`.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), section 2.4.
    """
    column = "gradient.ratio.pull_away"
    ratios = [float(np.nanmean(seed.series[column])) for seed in case.seeds if _has(seed, column)]
    if not ratios or max(ratios) >= WEAK:
        return []
    return [
        finding(
            case, "pull-away-without-effect", "note", part="pull_away_weight", ratio=max(ratios),
            weight=case.facts.config.get("pull_away_weight"),
        )
    ]  # fmt: skip


def batchnorm_train_eval_gap(case: Case) -> list[Finding]:
    """A net behaves otherwise in evaluation than in training, as BatchNorm can make it.

    Severity: warning where the generator's images score twice as bad or good in training mode; else deviation, for the
    discriminator's energies.

    What it measures: FID of images drawn in training mode against FID in evaluation mode; and the energy of real images
    in evaluation mode against that in training mode. Told where either ratio is beyond 2 in at least half of the seeds.

    How to read it: What is looked at while training is then not what is scored or used afterwards. In the discriminator
    it means that an image's energy depends on what shares its batch.

    Unit and range: Ratio; 1 is no difference.

    Known problems: Running statistics lag behind fast training; a gap at the start is usual.

    Advice: Look at BatchNorm's arguments (`momentum`, `eps`), keep real and generated images in batches of their own,
    or take BatchNorm out of the discriminator.

    Cost: None beside the scoring.

    Source: Ioffe and Szegedy 2015 (arXiv:1502.03167) on the two modes.
    """
    asked: list[tuple[str, Severity, list[float]]] = [
        ("generator", "warning", _ratios(case, _modes_of_generator)),
        ("discriminator", "deviation", _ratios(case, _modes_of_discriminator) if _normalised(case) else []),
    ]
    return [
        finding(
            case, "batchnorm-train-eval-gap", severity, part=net, wording=f"batchnorm-train-eval-gap.{net}",
            ratio=mean(ratios), seeds=len(ratios), of=len(case.seeds),
        )
        for net, severity, ratios in asked
        if ratios
    ]  # fmt: skip


def _modes_of_generator(seed: Seed) -> tuple[float | None, float | None]:
    return seed.scores.get("fid_train_mode"), seed.scores.get("fid")


def _modes_of_discriminator(seed: Seed) -> tuple[float | None, float | None]:
    return seed.scores.get("energy_real"), seed.late("energy.mean_squared.real.mean")


def _normalised(case: Case) -> bool:
    """Whether the discriminator has BatchNorm at all."""
    return any("BatchNorm" in str(row.get("type")) for row in case.facts.layers.get("discriminator", []))


def _ratios(case: Case, pair: Callable[[Seed], tuple[float | None, float | None]]) -> list[float]:
    """Ratios beyond `GAP` either way, where at least half of the seeds have one."""
    found = []
    for seed in case.seeds:
        first, second = pair(seed)
        if first is not None and second is not None and first > 0 and second > 0:
            found.append(first / second)
    return most([ratio for ratio in found if not 1 / GAP <= ratio <= GAP], case.seeds)


def _margin(case: Case, seeds: Sequence[Seed]) -> float | None:
    """The margin at work: that of the Objective, over the last third of training, where it keeps one of its own."""
    name = probe(case, "state").get("margin")
    if name is not None:
        return mean([seed.late(f"objective.{name}") for seed in seeds])
    return mean([case.facts.config.get("margin")])


def _has(seed: Seed, column: str) -> bool:
    return column in seed.series and bool(np.isfinite(seed.series[column]).any())

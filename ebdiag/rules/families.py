"""How the relatives of the EBGAN fail: the balance of a BEGAN, the margin of a MAGAN, the discriminator of a GAN.

Which family a model is of is seen in what it does: a number of its Objective that weighs generated images in the
discriminator's loss, or at which a hinge ends, or a discriminator that gives one number an image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ebdiag.result import Finding

from .asked import controlled, moving_margin, written
from .case import Case, Seed, Severity, finding, mean, most
from .learning import VANISHED

AT_END = 1e-6
"""Nearer than this to 0 or to 1, k is at the end of its range."""

STUCK = 0.95
"""Share of the last half of training for which k is there, that is no balance any more."""

EPOCHS = 5
"""Passes over the training set after which a margin that adapts has had the chance to."""

RISE = 1e-6
"""Relative rise of a margin that is more than rounding."""

KNOWS = 0.99
"""Share of pairs that a discriminator ranks rightly, at which nearly no generated image is taken for real.
Seeds of `ref:gan` that were still getting better at 500 steps were seen at .96 to .98."""

NEAR_ZERO = 0.05
"""The discriminator's loss over that of its first step, at which it has nothing left to learn."""


def began_k_stuck(case: Case) -> list[Finding]:
    """The control variable k of a BEGAN stays at an end of its range, or never moves: nothing is balanced.

    Severity: warning where at least half of the failing seeds show it, else deviation.

    What it measures: k over the last half of training: 0, 1, one of the two, or one value all the time, for at least
    95 % of the steps, in at least half of the seeds. k is whichever number of the Objective weighs generated images in
    the discriminator's loss.

    How to read it: At 0 the discriminator is a plain autoencoder of real images, which never pushes generated ones
    away: γ L(x) < L(G(z)) all the time, or λ is too small to move k. At 1 generated images count as much as real ones:
    γ asks for more than the generator takes away. Jumping from one to the other is a λ that is too large.

    Unit and range: k, 0 to 1; energies in the variant's own unit.

    Known problems: k starts at 0 and takes hundreds of steps to leave it; hence the last half.

    Advice: Check γ and λ, and that k is moved by γ L(x) − L(G(z)), with that sign.

    Cost: None beside the default probes.

    Source: Berthelot, Schumm, Metz 2017 (arXiv:1703.10717), section 3.4.
    """
    name = controlled(case)
    if name is None:
        return []
    balances = [(seed, _series(seed, f"objective.{name}")) for seed in case.seeds]
    kinds = [(seed, _kind(values)) for seed, values in balances if len(values) > 1]
    for kind in ("zero", "one", "jumps", "still"):
        stuck = most([seed for seed, found in kinds if found == kind], case.seeds)
        if stuck:
            return [
                finding(
                    case, "began-k-stuck", _severity(case, stuck), part=_part(case), wording=f"began-k-stuck.{kind}",
                    seeds=len(stuck), of=len(case.seeds), name=name,
                    k=mean([float(_series(seed, f"objective.{name}")[-1]) for seed in stuck]),
                    energy_real=mean([seed.late("energy.own.real") for seed in stuck]),
                    energy_fake=mean([seed.late("energy.own.fake") for seed in stuck]),
                )
            ]  # fmt: skip
    return []


def began_not_converging(case: Case) -> list[Finding]:
    """A BEGAN's measure of convergence M is no lower at the end than at the start.

    Severity: warning.

    What it measures: M = L(x) + |γ L(x) − L(G(z))|, its mean over the last third of training against that over the
    first twentieth, in seeds that fail.

    How to read it: M falls as real images are reconstructed better and the two energies come into balance. Where it
    does not fall, one of the two does not happen.

    Unit and range: The variant's own energy; ratio > 0.

    Known problems: A collapsed generator can have a small M: real images are reconstructed well, and one image that is
    easy is in balance with them. M says nothing about variety.

    Advice: Look at k and at the learning rates.

    Cost: None beside the default probes.

    Source: Berthelot, Schumm, Metz 2017 (arXiv:1703.10717), section 3.4.1.
    """
    if controlled(case) is None:
        return []
    ratios = []
    for seed in case.failing:
        start, end = seed.early("began.convergence"), seed.late("began.convergence")
        if start is not None and end is not None and end >= start:
            ratios.append((start, end))
    ratios = most(ratios, case.failing)
    if not ratios:
        return []
    return [
        finding(
            case, "began-not-converging", "warning", part=_part(case), seeds=len(ratios), of=len(case.seeds),
            start=mean([start for start, _ in ratios]), end=mean([end for _, end in ratios]),
        )
    ]  # fmt: skip


def magan_margin_stuck(case: Case) -> list[Finding]:
    """The margin of an Objective that can move it is where it began after five epochs and more.

    Severity: warning where at least half of the failing seeds show it, else deviation.

    What it measures: The margin at each step, from the first to the last, where these are at least five passes over the
    training set; all equal in at least half of the seeds. The margin is whichever number of the Objective ends its
    hinge.

    How to read it: A MAGAN lowers its margin to the mean energy of real images after each epoch in which generated ones
    have moved away. One that stays is that of an EBGAN, as high as real images were before the training.

    Unit and range: The variant's own energy.

    Known problems: Where the generator never loses ground the published rule does not move the margin either.

    Advice: Check that `after_epoch` is called so and compares with the epoch before, and that m takes the mean of E(x).

    Cost: None beside the default probes.

    Source: Wang, Cully, Chang, Demiris 2017 (arXiv:1704.03817), algorithm 1.
    """
    name = moving_margin(case)
    if name is None or _epochs(case) < EPOCHS:
        return []
    stuck = []
    for seed in case.seeds:
        values = _series(seed, f"objective.{name}")
        if len(values) > 1 and float(np.ptp(values)) <= RISE * abs(float(values[0])):
            stuck.append(seed)
    stuck = most(stuck, case.seeds)
    if not stuck:
        return []
    return [
        finding(
            case, "magan-margin-stuck", _severity(case, stuck), part=_part(case), seeds=len(stuck),
            of=len(case.seeds), name=name, epochs=int(_epochs(case)),
            margin=mean([float(_series(seed, f"objective.{name}")[-1]) for seed in stuck]),
            energy_real=mean([seed.late("energy.own.real") for seed in stuck]),
        )
    ]  # fmt: skip


def magan_margin_rises(case: Case) -> list[Finding]:
    """The margin of an Objective rises, where the published rule only ever lowers it.

    Severity: warning where at least half of the failing seeds show it, else deviation.

    What it measures: How often the margin is higher than a step before, and its last value over its first, in at least
    half of the seeds; that a margin of 0 is set for the first time does not count.

    How to read it: The margin is to follow the energy of real images down. One that rises asks the discriminator for
    ever worse reconstructions of generated images.

    Unit and range: Number of rises; ratio > 0.

    Known problems: A schedule that raises the margin on purpose is named as well.

    Advice: Set m only where the mean of E(x) is below m: `if mean < self.margin`.

    Cost: None beside the default probes.

    Source: Wang, Cully, Chang, Demiris 2017 (arXiv:1704.03817), algorithm 1.
    """
    name = moving_margin(case)
    if name is None:
        return []
    found = []
    for seed in case.seeds:
        values = _series(seed, f"objective.{name}")
        values = values[np.flatnonzero(values)[0] :] if np.any(values) else values
        rises = int((np.diff(values) > RISE * np.abs(values[:-1])).sum()) if len(values) > 1 else 0
        if rises:
            found.append((seed, rises, float(values[0]), float(values[-1])))
    found = most(found, case.seeds)
    if not found:
        return []
    return [
        finding(
            case, "magan-margin-rises", _severity(case, [seed for seed, *_ in found]), part=_part(case),
            seeds=len(found), of=len(case.seeds), name=name, rises=round(float(np.mean([n for _, n, *_ in found]))),
            first=mean([first for *_, first, _ in found]), last=mean([last for *_, last in found]),
        )
    ]  # fmt: skip


def discriminator_saturated(case: Case) -> list[Finding]:
    """A discriminator that gives one number an image tells all real from all generated ones, and learns no more.

    Severity: warning; error where the generator's gradient is gone as well.

    What it measures: In seeds that fail, over the last third of training: the share of pairs of a real and a generated
    image that it ranks rightly, at least .99, and its loss, below .05 of that of its first step. The gradient at the
    generated images is gone where it is below 1 % of its start.

    How to read it: The discriminator is sure of each image. With a loss that saturates, log(1 − D(G(z))), the generator
    is then told nothing; with the other one, −log D(G(z)), it is told which way to go, but by a discriminator that one
    step cannot fool any more.

    Unit and range: Share of pairs, .5 to 1; the loss over its start; numbers in the discriminator's own unit.

    Known problems: A loss that is not 0 at its best, or below 0 as in a WGAN, is never near 0 and is not named.

    Advice: Lower the discriminator's learning rate, or make it weaker (dropout, fewer features), or use the generator's
    loss that does not saturate.

    Cost: None beside the default probes.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661), section 3; Arjovsky, Bottou 2017 (arXiv:1701.04862).
    """
    if case.facts.autoencoder:
        return []
    sure = []
    for seed in case.failing:
        ranked, losses = seed.late("output.ranked"), _discriminator_losses(seed)
        if ranked is None or ranked < KNOWS or not len(losses) or losses[0] <= 0:
            continue
        late = float(losses[len(losses) * 2 // 3 :].mean())
        if 0 <= late < NEAR_ZERO * float(losses[0]):
            sure.append((seed, ranked, late, float(losses[0])))
    sure = most(sure, case.failing)
    if not sure:
        return []
    shares = [_gradient(seed) for seed, *_ in sure]
    gone = most([share for share in shares if share is not None and share < VANISHED], case.failing)
    return [
        finding(
            case, "discriminator-saturated", "error" if gone else "warning", part="discriminator",
            wording="discriminator-saturated.gone" if gone else None, seeds=len(sure), of=len(case.seeds),
            ranked=mean([ranked for _, ranked, *_ in sure]), loss=mean([late for *_, late, _ in sure]),
            first=mean([first for *_, first in sure]), gradient=mean(gone or shares),
            real=mean([seed.late("output.real.mean") for seed, *_ in sure]),
            fake=mean([seed.late("output.fake.mean") for seed, *_ in sure]),
        )
    ]  # fmt: skip


def _kind(values: NDArray[np.float64]) -> str | None:
    """What k does over the last half of training: at `zero`, at `one`, `jumps` between them, `still`; None: moves."""
    half = values[len(values) // 2 :]
    low, high = float((half < AT_END).mean()), float((half > 1 - AT_END).mean())
    if low >= STUCK:
        return "zero"
    if high >= STUCK:
        return "one"
    if low + high >= STUCK:
        return "jumps"
    return "still" if float(np.ptp(values)) == 0 else None


def _series(seed: Seed, column: str) -> NDArray[np.float64]:
    """A series without its gaps; empty where it was not recorded."""
    values = seed.series.get(column, np.empty(0))
    return values[np.isfinite(values)]


def _discriminator_losses(seed: Seed) -> NDArray[np.float64]:
    """The sum of the terms of the discriminator's loss, by step."""
    columns = [values for name, values in seed.series.items() if name.startswith("loss.discriminator.")]
    total = np.sum(columns, axis=0) if columns else np.empty(0)
    return np.asarray(total[np.isfinite(total)], np.float64)


def _gradient(seed: Seed) -> float | None:
    """The gradient at the generated images over that at its start."""
    start, now = seed.early("gradient.fake"), seed.late("gradient.fake")
    return None if start is None or now is None or start <= 0 else now / start


def _severity(case: Case, shown: Sequence[Seed]) -> Severity:
    failing = case.failing
    named = [seed for seed in shown if any(seed is other for other in failing)]
    return "warning" if named and 2 * len(named) >= len(failing) else "deviation"


def _part(case: Case) -> str:
    return written(case, "objective", "train_step", "discriminator_loss")


def _epochs(case: Case) -> float:
    """Passes over the training set."""
    size, updates = case.facts.config.get("batch_size"), case.facts.config.get("discriminator_steps")
    if not case.seeds or not isinstance(size, int) or not isinstance(updates, int):
        return 0.0
    return case.steps * size * updates / case.seeds[0].run.spec.data.train_count

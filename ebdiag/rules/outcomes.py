"""What became of the runs as a whole."""

from __future__ import annotations

import itertools
import math

from ebdiag import stats
from ebdiag.result import Finding

from .case import Case, Seed, finding

FALLING = 0.8
"""FID at the end over FID at half of the steps, below which a model is still improving: a larger drop than FID wanders
late in one run (42 to 64 was seen, ± 20 %)."""

SLOW = 1.6
"""Delay from which "slower" is said where the reference's seeds do not say more: at 500 and at 1,500 steps those of
`ebgan_pt` lag behind each other by up to 1.53."""


def diverged(case: Case) -> list[Finding]:
    """A value stopped being finite, and training ended there.

    Severity: error.

    What it measures: Runs that ended with NaN or infinity, with the step and the term.

    How to read it: The design blows up, on these seeds and settings; it counts as not working.

    Unit and range: Seeds.

    Known problems: None known.

    Advice: Lower the learning rates; look for a logarithm or division that can reach zero, and for a hinge that is
    missing.

    Cost: None.

    Source: ebdiag's own.
    """
    ended = [seed.run for seed in case.seeds if seed.run.status == "diverged"]
    if not ended:
        return []
    first = min(ended, key=lambda run: run.steps)
    return [
        finding(
            case, "diverged", "error", lines=[run.line for run in ended], seeds=len(ended), of=len(case.seeds),
            step=first.steps, reason=first.reason,
        )
    ]  # fmt: skip


def reference_not_working(case: Case) -> list[Finding]:
    """The reference itself does not work at this budget, so that nothing can be learned from a comparison with it.

    Severity: warning.

    What it measures: Seeds of the reference that do not meet the bar of the data set.

    How to read it: First of all. What is said about mine below is then said against the absolute bar alone.

    Unit and range: Seeds.

    Known problems: None known.

    Advice: Train longer, `--steps auto` until the reference works, or take another reference.

    Cost: None.

    Source: ebdiag's own.
    """
    works = sum(seed.works for seed in case.seeds)
    if case.side != "ref" or not case.seeds or works == len(case.seeds):
        return []
    return [finding(case, "reference-not-working", "warning", works=works, of=len(case.seeds), steps=case.steps)]


def still_improving(case: Case) -> list[Finding]:
    """The model does not work yet, but was still getting better when training ended.

    Severity: note.

    What it measures: FID at the last checkpoint over FID at half of the steps, below .8 in every seed that fails.

    How to read it: A longer training decides; this one does not.

    Unit and range: Ratio of FIDs.

    Known problems: FID wanders; one seed's fall may be chance, so that all are asked.

    Advice: Train on with twice the steps; what is trained is kept.

    Cost: None.

    Source: ebdiag's own.
    """
    ratios = []
    for seed in case.failing:
        scores = _badness(case, seed)
        half = [value for step, value in scores if 2 * step <= case.steps]
        if not half or not half[-1]:
            return []
        ratios.append(scores[-1][1] / half[-1])
    if not ratios or max(ratios) >= FALLING:
        return []
    return [
        finding(
            case, "still-improving", "note", wording=_wording(case, "still-improving"),
            ratio=max(ratios), seeds=len(ratios), of=len(case.seeds), steps=case.steps,
            decides=2 * case.steps,
        )
    ]  # fmt: skip


def slower_than_reference(case: Case) -> list[Finding]:
    """The model goes the reference's way, later: slow is not broken.

    Severity: note.

    What it measures: The factor k for which mine, at its last step T, is where the reference was at T / k, by FID. It
    must be 1.6 or more, and more than any two seeds of the reference lag behind each other; and mine must not have
    been better before by more than what counts as a difference (a factor of 1.25), in every seed: that is not late.

    How to read it: With k times the steps it may get where the reference is.

    Unit and range: Ratio of steps, 1 or more.

    Known problems: Says nothing about where it would end. Where the reference's own FID rises late in training its
    seeds lag behind each other without bound, and nothing is said.

    Advice: Raise the learning rate, or give it k times the steps before you call it broken.

    Cost: None.

    Source: ebdiag's own.
    """
    curves = [_badness(case, seed) for seed in case.healthy]
    lags = [_lag(*pair) for pair in itertools.permutations(curves, 2)]
    usual = max((lag for lag in lags if lag is not None), default=1.0)
    if case.delay_factor is None or case.delay_factor < max(SLOW, usual) or _past_its_best(case):
        return []
    return [
        finding(
            case,
            "slower-than-reference",
            "note",
            wording=_wording(case, "slower-than-reference"),
            factor=case.delay_factor,
            usual=usual,
            steps=case.steps,
        )
    ]


def _past_its_best(case: Case) -> bool:
    """Whether every seed was better before, by more than what counts as a difference."""
    curves = [[value for _, value in _badness(case, seed)] for seed in case.seeds]
    return bool(curves) and all(curve and curve[-1] > math.exp(stats.MINIMUM_EFFECT) * min(curve) for curve in curves)


def _wording(case: Case, rule: str) -> str:
    """The words for a number that is better low, or for a share."""
    return rule if case.decides.lower_is_better else f"{rule}.share"


def _lag(ahead: list[tuple[int, float]], behind: list[tuple[int, float]]) -> float | None:
    return stats.delay(ahead, behind)


def _badness(case: Case, seed: Seed) -> list[tuple[int, float]]:
    """(step, what is wrong) at the checkpoints: of GANs the FID, of encoders what AUROC lacks of 1."""
    decides = case.decides
    found = [(step, decides.badness(value)) for step, value in seed.at(decides.metric)]
    return [(step, value) for step, value in found if value is not None]

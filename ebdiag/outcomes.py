"""What became of a hybrid: whether it works, and if not, whether it fails as mine does. Loads without torch.

Decided by one number alone, as every verdict is (of GANs the FID), with the manner of failing beside it: a hybrid that
breaks in another way than mine tells that parts do not fit together, not which of them broke mine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from . import stats
from .kinds import Decides, of
from .records import Run

HybridOutcome = Literal["works", "fails_like_mine", "fails_otherwise", "slow"]
Manner = Literal["diverged", "collapsed", "slow", "other"]

GRADUAL = ("slow", "other")
"""Manners of failing that differ by degrees, which FID tells better."""

ALIKE = 0.05
"""Variety (of GANs the pixel spread over latents), over that of the reference at its end, below which all that a model
makes is one."""

FALLING = 0.8
"""Of a run that is only slow what is wrong at the end is below this share of what it was two checkpoints before."""

LAST = 3

CLEAR = math.log(2)
"""Distance from the middle at which every seed of ref and mine must be before hybrids may be judged there: so far apart
that nobody would take one for the other. A choice; whether hybrids end as they are judged then is not measured yet."""


@dataclass(frozen=True)
class Known:
    """What ref and mine did, as the measure for hybrids.

    Attributes:
        ref, mine: Their runs, one a seed.
        bar: The absolute bar of the data set.
        both_work: Mine works as well, only worse: then the middle between both decides, not the bar.
        decides: The number that is looked at.
    """

    ref: Sequence[Run]
    mine: Sequence[Run]
    bar: Mapping[str, float]
    both_work: bool = False
    decides: Decides = of("gan").decides

    @property
    def steps(self) -> int:
        """Steps of the comparison."""
        return self.ref[0].spec.steps

    def badness(self, run: Run, step: int) -> float | None:
        """Log of what is wrong at a checkpoint, of GANs the FID; at the end over the last three, as the score is.

        Of a run that ends before, the last checkpoint is one like any other: only so does it compare with what ref and
        mine had there.
        """
        places = run.spec.scored if step == self.steps else (step,)
        values = [self.decides.badness(m.values.get(self.decides.metric)) for m in run.measures if m.step in places]
        known = [v for v in values if v is not None]
        return math.log(math.fsum(known) / len(known)) if len(known) == len(places) else None

    def score(self, run: Run, step: int) -> float | None:
        """The number itself, as results show it."""
        value = self.badness(run, step)
        if value is None:
            return None
        return math.exp(value) if self.decides.lower_is_better else 1 - math.exp(value)

    def middle(self, step: int) -> float:
        """Log badness half-way between ref and mine at a checkpoint; where mine has none, the bar stands for it."""
        ref, mine = (
            [v for run in runs if (v := self.badness(run, step)) is not None] for runs in (self.ref, self.mine)
        )
        bar = math.log(self.decides.limit(self.bar))
        return ((_mean(ref) if ref else bar) + (_mean(mine) if mine else bar)) / 2

    def decided_at(self) -> int:
        """The first checkpoint from which on every seed of both is clearly on the side on which it ends.

        A search may look at hybrids there in place of the end; a confirmation may not.
        """
        first = self.steps
        for step in reversed(self.ref[0].spec.checkpoints):
            middle = self.middle(step)
            ref = [v is not None and v < middle - CLEAR for v in (self.badness(run, step) for run in self.ref)]
            mine = [v is None or v > middle + CLEAR for v in (self.badness(run, step) for run in self.mine)]
            if not all(ref + mine):
                break
            first = step
        return first

    def failing(self) -> int:
        """Seeds on which mine fails; all where it works, but worse."""
        return len(self._failed())

    def _failed(self) -> list[Run]:
        """Mine's runs that fail at the end."""
        return [run for run in self.mine if self.both_work or not stats.works(stats.score(run), self.bar)]

    def manners(self, step: int) -> list[Manner]:
        """How those of mine's seeds that fail do so, seen at a checkpoint."""
        return [manner(run, self.ref, step, self.decides) for run in self._failed()]

    def manner(self) -> Manner:
        """How mine fails at the end, in most of its seeds."""
        manners = self.manners(self.steps)
        return max(set(manners), key=lambda found: (manners.count(found), found))

    def outcome(self, run: Run) -> HybridOutcome:
        """What became of a hybrid, at the last step of its run.

        It fails like mine where it diverges or collapses as one of mine's seeds does, or does neither and is as bad as
        such a seed: among images that are no digits whether FID still falls says nothing of a cause.
        """
        step = run.spec.steps
        if run.status != "diverged" and self._works(run, step):
            return "works"
        own = manner(run, self.ref, step, self.decides)
        theirs = self.manners(step)
        if own not in GRADUAL:
            return "fails_like_mine" if own in theirs else "fails_otherwise"
        if not set(theirs).isdisjoint(GRADUAL) and self._as_bad(run, step):
            return "fails_like_mine"
        return "slow" if own == "slow" else "fails_otherwise"

    def _works(self, run: Run, step: int) -> bool:
        if step < self.steps or self.both_work:
            value = self.badness(run, step)
            return value is not None and value < self.middle(step)
        return stats.works(stats.score(run), self.bar)

    def _as_bad(self, run: Run, step: int) -> bool:
        value = self.badness(run, step)
        return value is None or value > self.middle(step)


def manner(run: Run, ref: Sequence[Run], step: int, decides: Decides) -> Manner:
    """How a run that does not work fails, seen at a checkpoint.

    `slow` where it stands where the reference stood before, without having collapsed, and still gets better.
    """
    seen = [m for m in run.measures if m.step <= step]
    if not seen or (run.status == "diverged" and run.steps < step):
        return "diverged"
    usual = [v for other in ref if other.measures and (v := other.measures[-1].values.get(decides.variety)) is not None]
    spread = seen[-1].values.get(decides.variety)
    if spread is not None and usual and spread < ALIKE * _mean(usual):
        return "collapsed"
    known = [v for m in seen if (v := decides.badness(m.values.get(decides.metric))) is not None]
    if len(known) < LAST or known[-1] > FALLING * known[-LAST]:
        return "other"
    passed = [decides.badness(m.values.get(decides.metric)) for other in ref for m in other.measures if m.step < step]
    return "slow" if any(v is not None and v >= known[-1] for v in passed) else "other"


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)

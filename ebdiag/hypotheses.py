"""What may be to blame among some changes, and how probable each is after what hybrids did. Loads without torch.

A hypothesis says which sets of changes break. Single: every set that holds the one. Joint: those that hold both of a
pair. Redundant: those that hold either. Beside these stands what none of them describes, triples and other
interactions, of which nothing is predicted.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Kind = Literal["single", "joint", "redundant", "other"]
Tally = tuple[int, int]

MASS: Mapping[Kind, float] = {"single": 0.82, "joint": 0.06, "redundant": 0.06, "other": 0.06}
"""What is expected of each kind as a whole, shared alike within it; it orders experiments and decides nothing. Planted
and published faults are single ones with few exceptions."""

BREAKS, HOLDS = (19.0, 1.0), (1.0, 19.0)
"""Beta distribution of the share of seeds that fail like mine where the hypothesis says that a hybrid breaks, and where
it says that it does not: one seed in twenty otherwise. Assumed; the share among real hybrids is not measured yet."""

ODD = 0.05
"""Share of hybrids that come out against the hypothesis on all seeds: parts that do not fit together. So further seeds
of one hybrid can never prove what other hybrids would have to show."""


@dataclass(frozen=True)
class Hypothesis:
    """A kind of cause, and the changes that it blames."""

    kind: Kind
    changes: frozenset[int]

    def breaks(self, taken: frozenset[int]) -> bool | None:
        """Whether a hybrid with these changes of mine fails; None where nothing is predicted."""
        if self.kind == "other":
            return None
        return bool(self.changes & taken) if self.kind == "redundant" else self.changes <= taken


class Beliefs:
    """Probabilities of all hypotheses about `count` changes.

    Args:
        weights: How much each change is put forward; all alike if left out.

    Attributes:
        prior: What is expected, by kind and weight; `flat`, all hypotheses alike.
        members: (hypotheses, count), 1 where a hypothesis blames a change.
    """

    def __init__(self, count: int, weights: Sequence[float] | None = None) -> None:
        self.count = count
        pairs = [frozenset(pair) for pair in itertools.combinations(range(count), 2)]
        single = [Hypothesis("single", frozenset([place])) for place in range(count)]
        joint, redundant = [Hypothesis("joint", p) for p in pairs], [Hypothesis("redundant", p) for p in pairs]
        other = [Hypothesis("other", frozenset())] if count > 2 else []  # of two changes all cases are named above
        self.hypotheses = [*single, *joint, *redundant, *other]
        weight = np.asarray(weights if weights is not None else np.ones(count), dtype=np.float64)
        self.prior = np.concatenate([_shared(group, weight) for group in (single, joint, redundant, other) if group])
        self.prior /= self.prior.sum()
        self.flat = np.full(len(self.hypotheses), 1 / len(self.hypotheses))
        self.members = indicators([h.changes for h in self.hypotheses], count).astype(np.float64)
        self._joint = np.array([h.kind != "redundant" for h in self.hypotheses])
        self._other = np.array([h.kind == "other" for h in self.hypotheses])

    def broken(self, sets: NDArray[np.bool_]) -> Array:
        """(hypotheses, sets): 1 where a hybrid is said to break, 0 where not, NaN where nothing is said.

        Args:
            sets: (sets, count), which changes each holds.
        """
        held = self.members @ sets.T
        needed = np.where(self._joint, self.members.sum(1), 1)[:, None]
        found = (held >= needed).astype(np.float64)
        found[self._other] = np.nan
        return found

    def posterior(self, tallies: Mapping[frozenset[int], Tally], *, prior: Array) -> Array:
        """Probability of each hypothesis.

        Args:
            tallies: Changes taken → seeds that failed like mine, seeds that worked; seeds that did neither say nothing.
        """
        logs = np.log(prior)
        if tallies:
            broken = self.broken(indicators(tallies, self.count))
            for column, (failed, worked) in enumerate(tallies.values()):
                logs += np.log(likelihood(broken[:, column], failed, worked))
        found: Array = np.exp(logs - logs.max())
        found /= found.sum()
        return found


def _shared(group: Sequence[Hypothesis], weight: Array) -> Array:
    """The prior of a kind, shared by the weights of the changes that each hypothesis blames."""
    shares: Array = np.array([float(np.prod(weight[sorted(h.changes)])) for h in group])
    shares *= MASS[group[0].kind] / shares.sum()
    return shares


def indicators(sets: Mapping[frozenset[int], object] | Sequence[frozenset[int]], count: int) -> NDArray[np.bool_]:
    """(sets, count): which changes each holds."""
    return np.array([[place in taken for place in range(count)] for taken in sets], dtype=bool).reshape(-1, count)


def likelihood(broken: Array, failed: int, worked: int) -> Array:
    """Probability that so many seeds of one hybrid fail and so many work, in this order.

    Source: beta-binomial, mixed with that of the opposite for hybrids that go their own way; of a uniform share where
    nothing is predicted.
    """
    breaks, holds = _beta(failed, worked, BREAKS), _beta(failed, worked, HOLDS)
    regular, odd = np.where(broken == 1, breaks, holds), np.where(broken == 1, holds, breaks)
    return np.where(np.isnan(broken), _beta(failed, worked, (1.0, 1.0)), (1 - ODD) * regular + ODD * odd)


def _beta(failed: int, worked: int, shape: tuple[float, float]) -> float:
    """Probability of a given order of failures under a share that is Beta distributed."""
    a, b = shape
    chances = [(a + place) for place in range(failed)] + [(b + place) for place in range(worked)]
    return float(np.prod(chances) / np.prod([a + b + place for place in range(failed + worked)]))

"""Which hybrid to look at next, and when it is clear which change is to blame. Loads without torch.

Knows nothing of models: changes are numbers, a hybrid is the set of those that are mine's. The same answers lead to the
same questions on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .hypotheses import Array, Beliefs, Hypothesis, Kind, Tally, indicators, likelihood

Outcome = Literal["works", "fails_like_mine", "fails_otherwise", "slow", "skipped"]
Role = Literal["sufficient", "necessary", "both"]
Purpose = Literal["search", "confirmation"]

BAYES_FACTOR = 20.0
"""What the runs have to add to the odds of a culprit, against all else together, before it may be named; and its odds
themselves, while there is more to learn."""

LIKELY = 0.8
"""Probability from which on a hypothesis is put to the proof; with the proof it may be named when nothing is left to
learn, as among two or three changes, where few hybrids exist."""

SEEDS = 2
"""Seeds that have to show it, of each hybrid of a proof."""

ROUND = 2
"""Hybrids of one round: fixed, so that it does not matter how many run side by side."""

LEAST = 0.02
"""Expected information, in nats, below which no further hybrid is worth its training."""

CHEAPEST = 0.25
"""A hybrid counts at least so much of the reference's training, for its measuring takes time as well."""

CLIMBS = 3
ALL_SETS = 10
"""Changes up to which all sets are considered; among more the best are sought from good starts."""


@dataclass(frozen=True)
class Experiment:
    """A hybrid to train: the changes that are mine's, and a seed."""

    taken: frozenset[int]
    seed: int
    purpose: Purpose


@dataclass(frozen=True)
class Blamed:
    """A cause with its proof.

    Attributes:
        role: Of redundant ones each is sufficient, and none necessary.
        breaks: Of ref with it, (failed like mine, tried).
        restores: Of mine without it, of redundant ones without any of them, (worked, tried).
    """

    changes: frozenset[int]
    together: bool
    role: Role
    probability: float
    breaks: tuple[int, int]
    restores: tuple[int, int]


@dataclass(frozen=True)
class Possible:
    """What may be to blame."""

    changes: frozenset[int]
    manner: Kind
    probability: float


@dataclass(frozen=True)
class Conclusion:
    """What a search found: culprits, alternatives being separate ones; and what is possible, the likeliest first."""

    status: Literal["found", "undetermined"]
    culprits: tuple[Blamed, ...]
    candidates: tuple[Possible, ...]


class Search:
    """Asks for hybrids until one cause is proved, or nothing more can be learnt.

    Args:
        count: Changes to choose from.
        costs: What a hybrid costs that has this change of mine's, over one that has not.
        hints: How much each change is put forward; decides about the order alone.
        seeds: All seeds that there are runs of ref and mine for.
        failing: On how many of them mine fails; all if left out.
        max_runs: Hybrids after which it gives up.
    """

    def __init__(
        self,
        count: int,
        *,
        costs: Sequence[float] | None = None,
        hints: Sequence[float] | None = None,
        seeds: Sequence[int] = (0, 1, 2),
        failing: int | None = None,
        max_runs: int | None = None,
    ) -> None:
        self.count, self.seeds, self.max_runs = count, tuple(seeds), max_runs
        self.failing = len(self.seeds) if failing is None else failing
        self.costs = np.asarray(costs if costs is not None else np.ones(count), dtype=np.float64)
        self.beliefs = Beliefs(count, hints)
        self.everything = frozenset(range(count))
        self.blocked = set[frozenset[int]]()
        self.answers: dict[tuple[frozenset[int], int], tuple[Outcome, Purpose]] = {}
        self.asked = 0
        self.ended = False

    def tell(self, experiment: Experiment, outcome: Outcome) -> None:
        """What became of a hybrid; a confirmation takes the place of an earlier look at the same one."""
        if outcome == "skipped":
            self.blocked.add(experiment.taken)
            return
        self.asked += 1
        known = self.answers.get((experiment.taken, experiment.seed))
        if known is None or known[1] == "search" or experiment.purpose == "confirmation":
            self.answers[experiment.taken, experiment.seed] = outcome, experiment.purpose

    def next_round(self) -> list[Experiment]:
        """The hybrids to train now; empty when there is nothing left to learn, or no run left."""
        left = None if self.max_runs is None else self.max_runs - self.asked
        if (left is not None and left <= 0) or self.conclusion().status == "found":
            return []
        asked = self._confirmations(self.posterior(eager=True)) or self._questions()
        if not asked:  # nothing is left to learn but whether what runs alone say can be proved, however unexpected
            asked = self._confirmations(self.posterior())
        self.ended = not asked
        return asked[: ROUND if left is None else min(ROUND, left)]

    def sure(self) -> list[float]:
        """How probable it is of each change that it has a part in the cause."""
        found: list[float] = (self.posterior() @ self.beliefs.members).tolist()
        return found

    def posterior(self, *, eager: bool = False) -> Array:
        """Probability of each hypothesis from the runs alone, or with what is expected and put forward."""
        return self.beliefs.posterior(self._tallies(), prior=self.beliefs.prior if eager else self.beliefs.flat)

    def conclusion(self) -> Conclusion:
        """What is known by now."""
        posterior = self.posterior()
        order = np.argsort(-posterior, kind="stable")
        hypotheses = self.beliefs.hypotheses
        best, probability = hypotheses[order[0]], float(posterior[order[0]])
        possible = tuple(
            Possible(hypotheses[place].changes, hypotheses[place].kind, round(float(posterior[place]), 4))
            for place in order[:10]
        )
        named = best.kind != "other" and self._clear(probability) and self._proved(best)
        return Conclusion(
            "found" if named else "undetermined", tuple(self._blamed(best, probability)) if named else (), possible
        )

    def _clear(self, probability: float) -> bool:
        """Whether a cause is probable enough to be named, its proof aside."""
        odds, before = _odds(probability), _odds(1 / len(self.beliefs.hypotheses))
        if odds < BAYES_FACTOR * before:
            return False
        return odds >= (_odds(LIKELY) if self.ended else BAYES_FACTOR)

    def _blamed(self, cause: Hypothesis, probability: float) -> Iterator[Blamed]:
        """The culprits of a cause: redundant ones are one each, for each alone breaks the reference."""
        restores = self._seen(self.everything - cause.changes, "works")
        for changes in (
            [frozenset([one]) for one in sorted(cause.changes)] if cause.kind == "redundant" else [cause.changes]
        ):
            breaks = self._seen(changes, "fails_like_mine")
            role: Role = "sufficient" if cause.kind == "redundant" else "both"
            yield Blamed(changes, len(changes) > 1, role, round(probability, 4), breaks, restores)

    def _proof(self, cause: Hypothesis) -> list[tuple[frozenset[int], Outcome]]:
        """What has to be seen, on two seeds each, before a cause is named."""
        everything, changes = self.everything, cause.changes
        alone = [frozenset([one]) for one in sorted(changes)]
        proof: list[tuple[frozenset[int], Outcome]] = [(everything - changes, "works")]
        if cause.kind == "redundant":
            proof += [(one, "fails_like_mine") for one in alone]
            proof += [(everything - one, "fails_like_mine") for one in alone]
        else:
            proof.insert(0, (changes, "fails_like_mine"))
        if cause.kind == "joint":
            proof += [(everything - one, "works") for one in alone] + [(one, "works") for one in alone]
        return [(taken, outcome) for taken, outcome in dict.fromkeys(proof) if taken and taken != everything]

    def _proved(self, cause: Hypothesis) -> bool:
        for taken, outcome in self._proof(cause):
            seen, tried = self._seen(taken, outcome)
            if seen < SEEDS or 2 * seen <= tried:
                return False
        return True

    def _seen(self, taken: frozenset[int], outcome: Outcome) -> tuple[int, int]:
        """Confirming runs of a hybrid that came out so, and all of them; ref and mine themselves are known."""
        if taken in (frozenset(), self.everything):
            return self.failing if taken else len(self.seeds), len(self.seeds)
        found = [
            known
            for (other, _), (known, purpose) in self.answers.items()
            if other == taken and purpose == "confirmation"
        ]
        return sum(one == outcome for one in found), len(found)

    def _confirmations(self, posterior: Array) -> list[Experiment]:
        """Runs that are still missing to the proof of the likeliest cause, where it is likely enough."""
        place = int(np.argmax(posterior))
        cause = self.beliefs.hypotheses[place]
        if cause.kind == "other" or posterior[place] < LIKELY:
            return []
        missing = []
        for taken, outcome in self._proof(cause):
            seen, tried = self._seen(taken, outcome)
            done = {seed for (other, seed), (_, why) in self.answers.items() if other == taken and why != "search"}
            free = [seed for seed in self.seeds if seed not in done]
            lacking = SEEDS - seen if seen < SEEDS else int(2 * seen <= tried)
            if taken in self.blocked or lacking > len(free):
                return []  # it cannot be proved; other hybrids may still tell
            missing += [Experiment(taken, seed, "confirmation") for seed in free[:lacking]]
        return missing

    def _questions(self) -> list[Experiment]:
        """The hybrids that are expected to tell most about the cause for their cost."""
        chosen: list[frozenset[int]] = []
        for beliefs in (self.posterior(eager=True), self.posterior()):  # what is expected first, then what is possible
            while len(chosen) < ROUND and (best := self._best(beliefs, chosen)) is not None:
                chosen.append(best)
        return [Experiment(taken, self._seed(taken, place), "search") for place, taken in enumerate(chosen)]

    def _best(self, beliefs: Array, chosen: Sequence[frozenset[int]]) -> frozenset[int] | None:
        """The set that tells most beside those chosen; None where none tells enough."""
        sets = self._sets(beliefs)
        gains = self._gains(beliefs, sets, chosen)
        if not len(gains):
            return None
        for _ in range(0 if self.count <= ALL_SETS else CLIMBS):  # from the best on, one change more or less
            best = sets[int(np.argmax(gains))]
            sets = np.concatenate([sets, self._open(best ^ np.eye(self.count, dtype=bool))])
            gains = self._gains(beliefs, sets, chosen)
        place = int(np.argmax(gains))
        return frozenset(np.flatnonzero(sets[place]).tolist()) if gains[place] >= LEAST else None

    def _sets(self, beliefs: Array) -> NDArray[np.bool_]:
        """Sets to choose from: all, or of many changes the likeliest ones, and all but these."""
        if self.count <= ALL_SETS:
            numbers = np.arange(1, 2**self.count - 1)[:, None]
            every: NDArray[np.bool_] = (numbers >> np.arange(self.count)) & 1 == 1
        else:
            order = np.argsort(-(beliefs @ self.beliefs.members), kind="stable")
            starts = [frozenset(order[:size].tolist()) for size in range(1, self.count)]
            starts += [frozenset(order[::2].tolist()), *(frozenset([place]) for place in range(self.count))]
            starts += [self.everything - one for one in starts]
            every = indicators(list(dict.fromkeys(starts)), self.count)
        return self._open(every)

    def _open(self, sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Those that can be built and have a seed that nobody has looked at; neither ref nor mine itself."""
        looked = [one for one in dict.fromkeys(taken for taken, _ in self.answers)
                  if all((one, seed) in self.answers for seed in self.seeds)]  # fmt: skip
        closed = indicators([frozenset(), self.everything, *self.blocked, *looked], self.count)
        found: NDArray[np.bool_] = sets[~(sets[:, None, :] == closed[None, :, :]).all(2).any(1)]
        return found

    def _gains(self, beliefs: Array, sets: NDArray[np.bool_], chosen: Sequence[frozenset[int]]) -> Array:
        """Information that one more seed of each set adds about the cause beside those chosen, over its cost, in nats.

        Source: Lindley 1956, expected reduction of entropy.
        """
        if not len(sets):
            return np.zeros(0)
        fails = self._predicted(sets)
        worlds = [(beliefs, 1.0)]
        for other in chosen:
            [chance] = self._predicted(indicators([other], self.count)).T
            split = [(world * side, 1.0) for world, _ in worlds for side in (chance, 1 - chance)]
            worlds = [(world / world.sum(), float(world.sum())) for world, _ in split if world.sum() > 0]
        total = np.zeros(len(sets))
        for world, share in worlds:
            mean = world @ fails
            total += share * (_entropy(mean) - world @ _entropy(fails))
        taken_again = (sets[:, None, :] == indicators(chosen, self.count)[None, :, :]).all(2).any(1)
        return np.where(taken_again, 0.0, total / np.maximum(1 + sets @ (self.costs - 1), CHEAPEST))

    def _predicted(self, sets: NDArray[np.bool_]) -> Array:
        """(hypotheses, sets): probability that the next seed of a hybrid fails, given its seeds so far."""
        broken = self.beliefs.broken(sets)
        found = likelihood(broken, 1, 0)
        for taken, (failed, worked) in self._tallies().items():
            for column in np.flatnonzero((sets == indicators([taken], self.count)).all(1)):
                before = likelihood(broken[:, column], failed, worked)
                found[:, column] = likelihood(broken[:, column], failed + 1, worked) / before
        return found

    def _seed(self, taken: frozenset[int], place: int) -> int:
        """The next seed in turn that this hybrid has not been looked at with."""
        free = [seed for seed in self.seeds if (taken, seed) not in self.answers]
        return free[(self.asked + place) % len(free)]

    def _tallies(self) -> dict[frozenset[int], Tally]:
        """Hybrid → (seeds that failed like mine, seeds that worked)."""
        found: dict[frozenset[int], Tally] = {}
        for (taken, _), (outcome, _) in self.answers.items():
            failed, worked = found.get(taken, (0, 0))
            found[taken] = failed + (outcome == "fails_like_mine"), worked + (outcome == "works")
        return found


def _entropy(chance: Array) -> Array:
    """Of a yes or no, in nats."""
    inside = np.clip(chance, 1e-12, 1 - 1e-12)
    found: Array = -inside * np.log(inside) - (1 - inside) * np.log(1 - inside)
    return found


def _odds(probability: float) -> float:
    return probability / (1 - probability) if probability < 1 else float("inf")

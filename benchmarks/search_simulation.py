"""The search of `ebdiag trace` alone, against known causes and known rates of failure: no training.

    python benchmarks/search_simulation.py [--trials 1000] [--first 100000] [--out docs/search.md]

Each setting gives the kind of cause, the number of changes, and how hybrids come out: the share of seeds that fail
where the cause is there, that fail where it is not, of hybrids that go their own way on all seeds, of those that fail
in another manner, and of those that are only slow. Trials are numbered; those below 1,000 were looked at while the
search was written, and what is reported is from other ones.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from ebdiag.search import Conclusion, Experiment, Outcome, Search


@dataclass(frozen=True)
class Setting:
    """How hybrids come out.

    Attributes:
        cause: `single`, `joint`, `redundant`, or what no hypothesis names: `triple`, three that break only together;
            `none`, hybrids work wherever they are taken; `coin`, each set of changes breaks with one chance in two.
        fails: Share of seeds that fail like mine where the cause is there; `chance`, where it is not.
        odd: Share of hybrids without the cause that fail like mine on all seeds, and of those with it that work.
        otherwise, slow: Shares of hybrids that come out so on all seeds.
    """

    name: str
    cause: str = "single"
    count: int = 8
    fails: float = 0.98
    chance: float = 0.02
    odd: float = 0.02
    otherwise: float = 0.0
    slow: float = 0.0
    max_runs: int = 60


ASSUMED = Setting("as assumed: 8 changes, one cause", fails=0.95, chance=0.05, odd=0.05)
SETTINGS = (
    ASSUMED,
    replace(ASSUMED, name="1 change", count=1),
    replace(ASSUMED, name="2 changes", count=2),
    replace(ASSUMED, name="3 changes", count=3),
    replace(ASSUMED, name="15 changes", count=15),
    Setting("clean: every hybrid as it must", fails=1.0, chance=0.0, odd=0.0),
    replace(ASSUMED, name="twice the noise", fails=0.90, chance=0.10, odd=0.10),
    replace(ASSUMED, name="four times the noise", fails=0.80, chance=0.20, odd=0.20),
    replace(ASSUMED, name="flaky: fails in 70 % of seeds", fails=0.70),
    replace(ASSUMED, name="a fifth fails otherwise", otherwise=0.2),
    replace(ASSUMED, name="a fifth is slow", slow=0.2),
    replace(ASSUMED, name="two that break only together", cause="joint"),
    replace(ASSUMED, name="two of which each breaks", cause="redundant"),
    replace(ASSUMED, name="three that break only together", cause="triple"),
    replace(ASSUMED, name="15 changes, two together", cause="joint", count=15),
    replace(ASSUMED, name="none of the changes breaks", cause="none"),
    replace(ASSUMED, name="each hybrid breaks by a coin", cause="coin"),
)


@dataclass(frozen=True)
class Trial:
    """What one search said, of what was true."""

    conclusion: Conclusion
    true: frozenset[int]
    kind: str
    before: int
    proving: int

    @property
    def right(self) -> bool:
        """Whether exactly the true changes were named, and in the true manner; never where there are none."""
        named = self.conclusion.culprits
        if self.kind == "redundant":
            return len(named) == 2 and frozenset().union(*(one.changes for one in named)) == self.true
        return len(named) == 1 and named[0].changes == self.true


def simulate(setting: Setting, number: int) -> Trial:
    """One search, answered by chance."""
    rng = np.random.default_rng([number, sum(map(ord, setting.name))])
    size = {"single": 1, "joint": 2, "redundant": 2, "triple": 3, "none": 0, "coin": 0}[setting.cause]
    true = frozenset(rng.choice(setting.count, size, replace=False).tolist())
    search = Search(setting.count, seeds=(0, 1, 2), max_runs=setting.max_runs)
    fates: dict[frozenset[int], str] = {}
    runs: dict[tuple[frozenset[int], int], Outcome] = {}
    spent = {"search": 0, "confirmation": 0}

    def answer(experiment: Experiment) -> Outcome:
        taken = experiment.taken
        if taken not in fates:
            shares = [setting.odd, setting.otherwise, setting.slow]
            fates[taken] = str(rng.choice(["odd", "otherwise", "slow", "regular"], p=[*shares, 1 - sum(shares)]))
        if (taken, experiment.seed) not in runs:
            fate = fates[taken]
            broken = _breaks(setting, true, taken, number)
            likely = setting.fails if broken != (fate == "odd") else setting.chance
            failed: Outcome = "fails_like_mine" if rng.random() < likely else "works"
            runs[taken, experiment.seed] = (
                "fails_otherwise" if fate == "otherwise" else "slow" if fate == "slow" else failed
            )
        return runs[taken, experiment.seed]

    while asked := search.next_round():
        for experiment in asked:
            spent[experiment.purpose] += 1
            search.tell(experiment, answer(experiment))
    return Trial(search.conclusion(), true, setting.cause, spent["search"], spent["confirmation"])


def _breaks(setting: Setting, true: frozenset[int], taken: frozenset[int], number: int) -> bool:
    """Whether a hybrid with these changes breaks."""
    if setting.cause == "coin":
        return bool(np.random.default_rng([number, *sorted(taken)]).random() < 0.5)
    if setting.cause == "redundant":
        return bool(true & taken)
    return bool(true) and true <= taken


@dataclass(frozen=True)
class Score:
    """A setting's trials, counted."""

    named: int
    right: int
    stated: float
    trials: int
    before: float
    before_mean: float
    proving: float

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share that is right, of those named: Wilson's, 95 %."""
        if not self.named:
            return 0.0, 1.0
        found = binomtest(self.right, self.named).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


def score(trials: Sequence[Trial]) -> Score:
    """Counts and medians; `stated` is the mean probability that was told of what was named."""
    named = [trial for trial in trials if trial.conclusion.status == "found"]
    stated = [trial.conclusion.culprits[0].probability for trial in named]
    return Score(
        named=len(named), right=sum(trial.right for trial in named), trials=len(trials),
        stated=float(np.mean(stated)) if stated else math.nan,
        before=float(np.median([t.before for t in named])) if named else math.nan,
        before_mean=float(np.mean([t.before for t in named])) if named else math.nan,
        proving=float(np.median([t.proving for t in named])) if named else math.nan,
    )  # fmt: skip


def row(setting: Setting, found: Score) -> str:
    """A line of the table."""
    low, high = found.interval
    right = f"{found.right / found.named:.3f} [{low:.3f}, {high:.3f}]" if found.named else "–"
    open_ = found.trials - found.named
    return (
        f"| {setting.name} | {found.named} | {right} | {found.stated:.3f} | {open_ / found.trials:.1%} | "
        f"{found.before:.0f} ({found.before_mean:.1f}) | {found.proving:.0f} |"
    )


HEAD = (
    "| setting | named | right, of those named | probability told | left open | hybrids before (mean) | to confirm |\n"
    "|---|---:|---|---:|---:|---:|---:|"
)


def main() -> None:
    """All settings, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    lines = [HEAD]
    print(HEAD)
    for setting in SETTINGS:
        began = time.monotonic()
        trials = [simulate(setting, arguments.first + number) for number in range(arguments.trials)]
        lines.append(row(setting, score(trials)))
        print(lines[-1], f" {time.monotonic() - began:.0f} s", flush=True)
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()

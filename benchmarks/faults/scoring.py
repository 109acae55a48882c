"""Whether an answer is right, and how often answers are: pure functions of what trace and lint printed.

*Names.* A culprit is a list of units, such as `margin`, `energy + margin` (parts that can only be exchanged together)
or `discriminator.encoder.1..encoder.3` (a block of layers). A unit names a fault if one of its parts or layers does; of
a block, if one of the layers that differ from its first to its last does. A culprit is right if each of its units names
a fault of the case and together they name enough of them: all of a joint fault, one of any other. So a right part among
wrong ones is wrong, and a net in place of the layer is right only where parts are asked for.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from scipy.stats import binomtest

from .cases import NETS, Case, Half

SEEDS = 3
"""Fewer leave open whether a case counts."""

Level = Literal["layer", "part"]
Ranking = Sequence[Sequence[str]]
"""Culprits, the likeliest first, each a list of units."""

TOP = 3


def behaves(seen: Mapping[str, Any] | None, case: Case) -> bool | None:
    """Whether the runs of a case do what it claims, the reference's too; None while seeds are too few to say.

    A fault fails on every seed; what is harmless works on every seed and not clearly worse.
    """
    if seen is None:
        return False
    works = seen["works"]
    harmless = all(works) and seen["verdict"] != "mine_worse"
    if not (harmless if case.kind == "harmless" else not any(works)) or not all(seen["ref_works"]):
        return False
    return True if len(works) >= SEEDS else None


def counts(seen: Mapping[str, Mapping[str, Any] | None], cases: Mapping[str, Case]) -> dict[str, bool | None]:
    """Which cases count: those that are what they claim, and rest on such; None where that is not known yet."""
    alone = {slug: behaves(one, cases[slug]) for slug, one in seen.items()}
    by_pieces = {(case.kind, (*case.faults, *case.harmless)): slug for slug, case in cases.items()}

    def judged(slug: str) -> bool | None:
        grounds = [alone[slug], *(alone.get(by_pieces.get(one, "")) for one in cases[slug].rests_on)]
        return False if False in grounds else None if None in grounds else True

    return {slug: judged(slug) for slug in seen}


def part_of(name: str) -> str:
    """The part that a part or layer belongs to."""
    net = name.split(".", 1)[0]
    return net if net in NETS else name


def names_in(unit: str, differences: Sequence[str]) -> set[str]:
    """Parts and layers of a unit; of a block, all that differ from its first layer to its last."""
    found: set[str] = set()
    for name in unit.split(" + "):
        if ".." not in name:
            found.add(name)
            continue
        first, last = name.split("..", 1)
        net = part_of(first)
        last = last if last.startswith(f"{net}.") else f"{net}.{last}"
        inside = [d for d in differences if d.startswith(f"{net}.")]
        places = [inside.index(end) for end in (first, last) if end in inside]
        found |= {first, last, *(inside[places[0] : places[1] + 1] if len(places) == 2 else ())}
    return found


def right(culprit: Sequence[str], case: Case, differences: Sequence[str], level: Level = "layer") -> bool:
    """Whether a culprit names what is wrong with a case, and nothing that is not."""
    shown = (lambda name: part_of(name)) if level == "part" else (lambda name: name)
    accepted = [{shown(name) for name in names} for names in case.accepted]
    named: set[int] = set()
    for unit in culprit:
        names = {shown(name) for name in names_in(unit, differences)}
        faults = {place for place, fault in enumerate(accepted) if names & fault}
        if not faults:
            return False
        named |= faults
    return len(named) == len(accepted) if case.kind == "joint" else bool(named)


def hit(ranking: Ranking, case: Case, differences: Sequence[str], *, top: int, level: Level = "layer") -> bool:
    """Whether a right culprit is among the first `top`."""
    return any(right(culprit, case, differences, level) for culprit in ranking[:top])


def guessed(names: Sequence[str], case: Case, differences: Sequence[str], *, top: int, level: Level) -> bool:
    """The same for a list of single names, which is how the baselines answer.

    They are told how many there are: of a joint fault, as many first names have to name it as it has halves.
    """
    if case.kind != "joint":
        return hit([[name] for name in names], case, differences, top=top, level=level)
    halves = [
        {place for place in range(len(case.accepted)) if _names_fault(name, case, place, level)}
        for name in names[: max(top, len(case.accepted))]
    ]
    return len(set().union(*halves)) == len(case.accepted)


def _names_fault(name: str, case: Case, place: int, level: Level) -> bool:
    shown = {part_of(one) for one in case.accepted[place]} if level == "part" else set(case.accepted[place])
    return (part_of(name) if level == "part" else name) in shown


def chance(case: Case, differences: Sequence[str], *, top: int, level: Level) -> float:
    """Chance that a random culprit among what differs is right, in `top` different guesses; exact.

    Of a joint fault, sets of as many as it has halves are guessed.
    """
    units = candidates(differences, level)
    good = [sum(_names_fault(unit, case, place, level) for unit in units) for place in range(len(case.accepted))]
    if case.kind == "joint":
        every, rights = math.comb(len(units), len(good)), math.prod(good)
    else:
        every, rights = len(units), sum(good)
    if not every or not rights:
        return 0.0
    return 1 - math.comb(every - rights, top) / math.comb(every, top) if every - rights >= top else 1.0


def candidates(differences: Sequence[str], level: Level) -> list[str]:
    """What can be named: the parts that differ, and in place of a net its layers that do, where there are any."""
    if level == "part":
        return list(dict.fromkeys(part_of(name) for name in differences))
    nets = {name.split(".", 1)[0] for name in differences if part_of(name) != name}
    return [name for name in differences if name not in nets]


@dataclass(frozen=True)
class Answer:
    """What a trace and the baselines said of a case.

    Attributes:
        status: Of the trace; `crashed` where there is none.
        culprits: Named ones, the likeliest first; `likely`: these and what else is possible.
        together: Of the first culprit, whether it is said to break only jointly.
        search, confirmation: Hybrids looked at before a culprit was likely, and to make sure of it.
        static, lint: Names, the likeliest first, of the two baselines; `alarm`: whether lint's first is a warning.
        differences: Parts and layers that differ.
    """

    status: str
    culprits: Ranking
    likely: Ranking
    together: bool
    search: int
    confirmation: int
    seconds: float | None
    static: Sequence[str]
    lint: Sequence[str]
    alarm: bool
    differences: Sequence[str]
    skipped: int = 0


def read(trace: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields of an answer that the `trace` of a result.json decides."""
    if trace is None:
        nothing: list[list[str]] = []
        return {
            "status": "crashed", "culprits": nothing, "likely": nothing, "together": False, "search": 0,
            "confirmation": 0, "skipped": 0,
        }  # fmt: skip
    culprits = [list(culprit["parts"]) for culprit in trace["culprits"]]
    possible = [list(candidate["parts"]) for candidate in trace.get("candidates", ())]
    purposes = [hybrid.get("purpose", "search") for hybrid in trace["hybrids"]]
    spent = trace.get("spent") or {name: purposes.count(name) for name in ("search", "confirmation")}
    return {
        "status": trace["status"],
        "culprits": culprits,
        "likely": [*culprits, *(parts for parts in possible if parts and parts not in culprits)],
        "together": bool(trace["culprits"]) and bool(trace["culprits"][0]["together"]),
        "search": spent["search"],
        "confirmation": spent["confirmation"],
        "skipped": len(trace["skipped"]),
    }


@dataclass(frozen=True)
class Share:
    """k of n, with Wilson's interval at 95 %."""

    k: float
    n: int
    exact: bool = True
    """False of an expectation, which has no interval."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """None where there is nothing to count, or only an expectation."""
        if not self.n or not self.exact:
            return None
        found = binomtest(int(self.k), self.n).proportion_ci(method="wilson")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        if not self.n:
            return "–"
        if self.interval is None:
            return f"{self.k / self.n:.0%}"
        low, high = self.interval
        return f"{self.k:.0f} of {self.n}: {self.k / self.n:.0%} [{low:.0%}, {high:.0%}]"

    def as_json(self) -> dict[str, Any]:
        """For the file."""
        return {"k": self.k, "n": self.n, "interval": self.interval}


@dataclass(frozen=True)
class Score:
    """How often answers are right, over some cases.

    Attributes:
        shares: Measure → who (`trace`, `random`, `static`, `lint`) → share.
        medians: Number → its median over traces of single faults that name a culprit.
    """

    shares: dict[str, dict[str, Share]] = field(default_factory=dict)
    medians: dict[str, float | None] = field(default_factory=dict)


def score(answers: Mapping[str, Answer], cases: Mapping[str, Case], half: Half | None = None) -> Score:
    """Score the answers to the cases of one half, or of both."""
    chosen = [(cases[slug], a) for slug, a in answers.items() if half is None or cases[slug].half == half]
    faults = [pair for pair in chosen if pair[0].kind != "harmless"]
    harmless = [answer for case, answer in chosen if case.kind == "harmless"]
    shares: dict[str, dict[str, Share]] = {}
    for level in ("layer", "part"):
        for top in (1, TOP):
            shares[f"top-{top}" if level == "layer" else f"top-{top}, the part alone"] = {
                "trace": _count(_traced(case, answer, top, level) for case, answer in faults),
                "random": Share(
                    math.fsum(chance(case, answer.differences, top=top, level=level) for case, answer in faults),
                    len(faults), exact=False,
                ),
                "static": _count(guessed(a.static, c, a.differences, top=top, level=level) for c, a in faults),
                "lint": _count(guessed(a.lint, c, a.differences, top=top, level=level) for c, a in faults),
            }  # fmt: skip
    shares["wrong culprit"] = {
        "trace": _count(a.status == "found" and not _traced(c, a, 1, "layer") for c, a in faults)
    }
    shares["undetermined"] = {"trace": _count(answer.status == "undetermined" for _, answer in faults)}
    shares["not sought"] = {"trace": _count(a.status not in ("found", "undetermined") for _, a in faults)}
    pairs = [(case, answer) for case, answer in faults if case.kind in ("joint", "redundant")]
    shares["joint or redundant, and said so"] = {"trace": _count(_manner(case, answer) for case, answer in pairs)}
    named = [bool(candidates(answer.differences, "part")) for answer in harmless]
    shares["false alarms"] = {
        "trace": _count(answer.status == "found" for answer in harmless),
        "random": _count(named),
        "static": _count(named),
        "lint": _count(answer.alarm for answer in harmless),
    }
    single = [a for c, a in faults if c.kind in ("single", "hidden") and a.status == "found"]
    hidden = [a for c, a in faults if c.kind == "hidden" and a.status == "found"]
    medians = {
        "hybrids before confirmation, single faults": _median(a.search for a in single),
        "hybrids before confirmation, hidden among others": _median(a.search for a in hidden),
        "hybrids for confirmation, single faults": _median(a.confirmation for a in single),
        "seconds, single faults": _median(a.seconds for a in single if a.seconds is not None),
    }
    return Score(shares, medians)


def _traced(case: Case, answer: Answer, top: int, level: Level) -> bool:
    """Top-1 needs a culprit that is named; further down, what is only possible counts too."""
    if top == 1 and answer.status != "found":
        return False
    ranking = answer.culprits if top == 1 else answer.likely
    return hit(ranking, case, answer.differences, top=top, level=level)


def _manner(case: Case, answer: Answer) -> bool:
    """Whether a pair is found as what it is: jointly, or each half for itself."""
    if not _traced(case, answer, 1, "layer"):
        return False
    if case.kind == "joint":
        return answer.together
    units = [unit for culprit in answer.culprits for unit in culprit]
    seen = [any(names_in(unit, answer.differences) & set(names) for unit in units) for names in case.accepted]
    return all(seen) and not answer.together


def _count(values: Any) -> Share:
    found = [bool(value) for value in values]
    return Share(sum(found), len(found))


def _median(values: Any) -> float | None:
    found = list(values)
    return float(statistics.median(found)) if found else None

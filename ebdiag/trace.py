"""The search for the difference that is to blame: hybrids of ref and mine, a posterior, a confirmation.

First between the parts; where a net alone is to blame, inside it. Loads without torch; who builds and trains the
hybrids is the caller's business (`Bench`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from . import words
from .changes import Change, changes, hybrid, inner_changes
from .kinds import NETS, of
from .outcomes import Known
from .records import Facts, Recipe, Run, Side, Variant
from .schema import LineRef
from .search import SEEDS, Conclusion, Experiment, Search
from .search import Outcome as Answer
from .traces import Candidate, Count, Culprit, Hybrid, Share, Spent, Trace, TraceStatus

SIDES: tuple[Side, Side] = ("ref", "mine")

MAX_RUNS = 60
"""Hybrids after which a search gives up, confirmation included."""

SHOWN_CANDIDATES = 5


@dataclass(frozen=True)
class Trial:
    """A hybrid to train.

    Attributes:
        side: Whose most of it is; `exchanged` are the names of what it took from the other.
        steps: Where its run may end.
    """

    side: Side
    exchanged: tuple[str, ...]
    recipe: Recipe
    seed: int
    steps: int


class Bench(Protocol):
    """Builds and trains hybrids."""

    def run(self, trials: Sequence[Trial]) -> list[Run | str]:
        """A run for each, or why it cannot be had: what a person should know of why it was left out."""
        ...


@dataclass(frozen=True)
class Sides:
    """Both variants, and what looking at them showed: enough to know what can be exchanged."""

    variants: Mapping[Side, Variant]
    facts: Mapping[Side, Facts]

    def changes(self) -> tuple[list[Change], list[str]]:
        """Differences between the parts, and what cannot be exchanged, with the reason."""
        with words.speaking(words.ENGLISH):  # reasons are kept in result.json
            return changes(self.variants["ref"], self.facts["ref"], self.variants["mine"], self.facts["mine"])

    def inner(self, net: str) -> tuple[list[Change], list[str]]:
        """Differences inside a net, and why there are none where it is one piece."""
        ref, mine = self.variants["ref"], self.variants["mine"]
        with words.speaking(words.ENGLISH):
            return inner_changes(net, ref, self.facts["ref"], mine, self.facts["mine"])

    def every(self) -> list[Change]:
        """Differences between the parts, and those inside the nets."""
        nets = of(self.variants["ref"].kind).nets
        return [*self.changes()[0], *(change for net in nets for change in self.inner(net)[0])]

    def around(self, change: Change) -> list[Change]:
        """All changes among which it is one: for one inside a net the net's, in place of the net itself."""
        between, _ = self.changes()
        if change.stretch is None:
            return between
        net = change.parts[0]
        return [*(one for one in between if net not in one.parts), *self.inner(net)[0]]

    def hybrid(self, every: Sequence[Change], taken: Collection[Change]) -> Recipe:
        """Ref with the changes in `taken`, which are some of `every`."""
        return hybrid(self.variants["ref"], self.variants["mine"], every, taken)

    def costs(self, every: Sequence[Change]) -> list[float]:
        """Cost of training ref with each change over that of ref, by multiply-adds; layers share that of their net."""
        return [_cost(change, self.facts) / len(_beside(change, every)) + 1 for change in every]


@dataclass(frozen=True)
class Pair(Sides):
    """What is traced: both variants, and what became of their runs."""

    known: Known
    seeds: Sequence[int]


def precondition(works: Mapping[Side, Sequence[bool]], *, worse: bool) -> Trace | None:
    """The trace where there is nothing to seek.

    None where the reference works on every seed, and mine fails on enough of them for a proof and on most, or works
    worse: of a variant that fails now and then, each hybrid may, and nothing follows.
    """
    if not all(works["ref"]):
        return Trace(status="reference_fails" if any(works["mine"]) else "both_fail")
    if worse:
        return None
    failed, n = works["mine"].count(False), len(works["mine"])
    if not failed:
        return Trace(status="no_failure")
    if failed < SEEDS or 2 * failed <= n:
        return Trace(status="undetermined", too_few=Count(k=failed, n=n))
    return None


@dataclass
class Tracer:
    """One search, and what it has found out so far.

    Args:
        hints: Name of a change → weight; they order experiments and decide nothing.
        max_runs: Hybrids that may be trained.
        say: Told how things go.

    Attributes:
        proofs: Of a single culprit the run of ref with it and that of mine without it, of one seed.
    """

    pair: Pair
    bench: Bench
    say: Callable[[str], None]
    hints: Mapping[str, float] = field(default_factory=dict)
    max_runs: int = MAX_RUNS
    hybrids: list[Hybrid] = field(default_factory=list)
    runs: dict[tuple[Side, tuple[str, ...], int], Run] = field(default_factory=dict)
    proofs: dict[Side, Run] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=lambda: {"search": 0, "confirmation": 0})

    def trace(self) -> Trace:
        """Search between the parts, then inside the net that is to blame."""
        every, skipped = self.pair.changes()
        self.skipped += skipped
        if not every:
            return self._result("undetermined", [], [])
        level = _Level(self, every)
        found = level.search()
        self.proofs = level.proofs(found)
        culprits = [self._narrowed(culprit, every) for culprit in level.culprits(found)]
        candidates = level.candidates(found)
        if found.status == "found" and len(found.culprits) == 1 and len(found.culprits[0].changes) == 1:
            [blamed] = found.culprits[0].changes
            net = next((part for part in every[blamed].parts if part in NETS), None)
            if net is not None and not every[blamed].layers:
                inside = self._inside(net, every, blamed)
                if inside is not None:
                    culprits, candidates = inside
        return self._result("found" if culprits else "undetermined", culprits, candidates)

    def _narrowed(self, culprit: Culprit, every: Sequence[Change]) -> Culprit:
        """The culprit with a layer in place of its net, where that is all that differs inside: the same hybrids."""
        parts, lines = list[str](), list[LineRef]()
        for change in (one for one in every if one.name in culprit.parts):
            net = next((part for part in change.parts if part in NETS), None)
            layers = self.pair.inner(net)[0] if net is not None and len(change.parts) == 1 else []
            named = layers[0] if len(layers) == 1 else change
            parts.append(named.name)
            lines += _lines(named)
        return culprit.model_copy(update={"parts": parts, "lines": lines})

    def _inside(self, net: str, every: list[Change], blamed: int) -> tuple[list[Culprit], list[Candidate]] | None:
        """The layers to blame, or None where the net is one piece or no layer could be made sure of."""
        layers, skipped = self.pair.inner(net)
        self.skipped += skipped
        left = self.max_runs - sum(self.spent.values())
        if len(layers) < 2 or left <= 0:
            return None
        self.say(words.say("inside", net=net, count=len(layers)))
        others = [change for place, change in enumerate(every) if place != blamed]
        level = _Level(self, layers, others)
        found = level.search()
        culprits = level.culprits(found)
        if not culprits:
            return None
        self.proofs = level.proofs(found)
        return culprits, level.candidates(found)

    def _result(self, status: TraceStatus, culprits: list[Culprit], candidates: list[Candidate]) -> Trace:
        known = self.pair.known
        return Trace(
            status=status, culprits=culprits, candidates=candidates, hybrids=self.hybrids,
            skipped=list(dict.fromkeys(self.skipped)), spent=Spent(**self.spent),
            manner=known.manner(), decided_at=known.decided_at(),
        )  # fmt: skip


class _Level:
    """A search among one list of changes.

    Args:
        others: Changes that do not take part: of mine where most of those that do are of mine, else of ref.
    """

    def __init__(self, tracer: Tracer, every: Sequence[Change], others: Sequence[Change] = ()) -> None:
        self.tracer, self.every, self.others = tracer, every, others
        self.known = tracer.pair.known
        self.early = self.known.decided_at()

    def search(self) -> Conclusion:
        """Train hybrids until it is clear which change is to blame, or nothing more can be learnt."""
        tracer = self.tracer
        search = Search(
            len(self.every), costs=tracer.pair.costs(self.every),
            hints=[tracer.hints.get(change.name, 1.0) for change in self.every],
            seeds=tuple(tracer.pair.seeds), failing=self.known.failing(),
            max_runs=tracer.max_runs - sum(tracer.spent.values()),
        )  # fmt: skip
        while experiments := search.next_round():
            trials = [self._trial(experiment) for experiment in experiments]
            for experiment, trial, run in zip(experiments, trials, tracer.bench.run(trials), strict=True):
                whole = trial.steps == self.known.steps  # then it proves as much as one that was asked for as proof
                told = replace(experiment, purpose="confirmation") if whole else experiment
                search.tell(told, self._note(experiment, trial, run))
            self._say(search)
        return search.conclusion()

    def _trial(self, experiment: Experiment) -> Trial:
        pair, taken = self.tracer.pair, experiment.taken
        mostly_mine = 2 * len(taken) > len(self.every)
        side: Side = "mine" if mostly_mine else "ref"
        exchanged = [c.name for place, c in enumerate(self.every) if (place in taken) != mostly_mine]
        chosen: Collection[Change] = [self.every[place] for place in sorted(taken)]
        steps = self.early if experiment.purpose == "search" else self.known.steps
        recipe = pair.hybrid([*self.every, *self.others], [*chosen, *(self.others if mostly_mine else ())])
        return Trial(side, tuple(exchanged), recipe, experiment.seed, steps)

    def _note(self, experiment: Experiment, trial: Trial, run: Run | str) -> Answer:
        tracer = self.tracer
        if isinstance(run, str):
            with words.speaking(words.ENGLISH):
                tracer.skipped.append(words.say("skipped", who=_who(trial), reason=run))
            return "skipped"
        tracer.spent[experiment.purpose] += 1
        found = noted(trial, run, self.known, experiment.purpose)
        tracer.runs[trial.side, trial.exchanged, trial.seed] = run
        tracer.hybrids.append(found)
        outcome = found.outcome
        tracer.say(words.say("tried", who=_who(trial), seed=trial.seed, outcome=words.OUTCOMES[outcome].words))
        return outcome

    def _say(self, search: Search) -> None:
        """How sure the search is of the likeliest changes."""
        sure = sorted(zip(search.sure(), self.every, strict=True), key=lambda pair: -pair[0])
        likely = [f"{change.name} {words.percent(share)}" for share, change in sure[:3]]
        self.tracer.say(words.say("how sure", likely=", ".join(likely)))

    def culprits(self, found: Conclusion) -> list[Culprit]:
        """Those that the search names, with the proof and their lines; of redundant ones what all together restore."""
        every = frozenset[int]().union(*(culprit.changes for culprit in found.culprits))
        return [
            Culprit(
                parts=[self.every[place].name for place in sorted(culprit.changes)],
                together=culprit.together,
                role=culprit.role,
                probability=culprit.probability,
                restores=Share(
                    k=culprit.restores[0],
                    n=culprit.restores[1],
                    share_of_gap=self._share_of_gap(every if culprit.role == "sufficient" else culprit.changes),
                ),
                breaks=Count(k=culprit.breaks[0], n=culprit.breaks[1]),
                lines=[line for place in sorted(culprit.changes) for line in _lines(self.every[place])],
            )
            for culprit in found.culprits
        ]

    def proofs(self, found: Conclusion) -> dict[Side, Run]:
        """Ref with the only culprit and mine without it, to the end and on one seed; empty without both."""
        if len(found.culprits) != 1:
            return {}
        blamed = tuple(self.every[place].name for place in sorted(found.culprits[0].changes))
        for seed in self.tracer.pair.seeds:
            runs = {side: self.tracer.runs.get((side, blamed, seed)) for side in SIDES}
            ended = {side: run for side, run in runs.items() if run and run.spec.steps == self.known.steps}
            if len(ended) == len(SIDES):
                return ended
        return {}

    def candidates(self, found: Conclusion) -> list[Candidate]:
        """What is still possible, the likeliest first."""
        return [
            Candidate(
                parts=[self.every[place].name for place in sorted(one.changes)],
                manner=one.manner,
                probability=one.probability,
            )
            for one in found.candidates[:SHOWN_CANDIDATES]
        ]

    def _share_of_gap(self, blamed: Collection[int]) -> float | None:
        """How much of the log ratio of FID between mine and ref the exchange takes away, over confirmed seeds."""
        names, steps = tuple(self.every[place].name for place in sorted(blamed)), self.known.steps
        shares = []
        for (side, exchanged, seed), run in self.tracer.runs.items():
            if side == "mine" and set(exchanged) == set(names) and run.spec.steps == steps:
                place = list(self.tracer.pair.seeds).index(seed)
                ended = (self.known.mine[place], self.known.ref[place], run)
                mine, ref, own = (self.known.badness(one, steps) for one in ended)
                if mine is not None and ref is not None and own is not None and mine > ref:
                    shares.append((mine - own) / (mine - ref))
        return round(math.fsum(shares) / len(shares), 3) if shares else None


def noted(trial: Trial, run: Run, known: Known, purpose: str) -> Hybrid:
    """What became of a hybrid, as results show it."""
    value = known.score(run, run.spec.steps)
    shown = None if value is None else round(value, 3 if known.decides.lower_is_better else 4)
    return Hybrid.model_validate(
        {
            "id": run.spec.id, "from": trial.side, "parts": list(trial.exchanged), "seed": trial.seed,
            "outcome": known.outcome(run), "steps": run.spec.steps, "purpose": purpose,
            "fid": shown if known.decides.metric == "fid" else None, "score": shown,
        }
    )  # fmt: skip


def _who(trial: Trial) -> str:
    sign = "+" if trial.side == "ref" else "−"
    return " ".join([trial.side, *(f"{sign} {name}" for name in trial.exchanged)])


def _lines(change: Change) -> list[LineRef]:
    """Where a change is: in mine, or in ref where mine has no line for it."""
    return [LineRef(file=line.file, line=line.line) for line in change.mine_lines or change.ref_lines]


def _beside(change: Change, every: Sequence[Change]) -> list[Change]:
    """The changes that make up the same: all layers of a net, or the change alone."""
    return [one for one in every if one.stretch and one.parts[0] == change.parts[0]] if change.stretch else [change]


def _cost(change: Change, facts: Mapping[Side, Facts]) -> float:
    """How much longer a step of ref takes with a change, as a share of it; negative where it is shorter."""

    every = [net for net in NETS if net in facts["ref"].layers]

    def step(sides: Mapping[str, Side]) -> float:
        nets = [sum(row["multiply_adds"] for row in facts[sides[net]].layers.get(net, [])) for net in every]
        config = {part: facts[sides[part]].config for part in ("schedule", "batch_size")}
        updates, batch = config["schedule"].get("discriminator_steps", 1), config["batch_size"]["batch_size"]
        return float(batch * updates * sum(nets)) or 1.0

    ref: dict[str, Side] = dict.fromkeys((*every, "schedule", "batch_size"), "ref")
    changed: dict[str, Side] = {part: "mine" if part in change.parts else "ref" for part in ref}
    return step(changed) / step(ref) - 1

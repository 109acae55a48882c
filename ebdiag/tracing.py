"""What a comparison gives to its trace, and what the trace leaves in the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from . import mend, verdicts, words
from .bench import LocalBench
from .changes import Change
from .differences import differences, same
from .errors import EbdiagError
from .kinds import of
from .load import load
from .outcomes import Known
from .records import DataSpec, Facts, Recipe, Run, Side, Variant
from .result import Result
from .scripts.readable import plain
from .store import write_text
from .trace import MAX_RUNS, Pair, Tracer, precondition
from .traces import Trace
from .watch import Watcher

MENDED = "mine_fixed.py"
WEIGHT = {"error": 8.0, "warning": 3.0, "deviation": 1.5}
"""How much a finding of that severity puts its part forward; it orders experiments and decides nothing."""

PROOFS = {"ref": "broken", "mine": "restored"}
"""Whose most of a hybrid is → what it shows where the culprit was exchanged."""


def pair(
    variants: Mapping[Side, Variant],
    facts: Mapping[Side, Facts],
    runs: Mapping[Side, Sequence[Run]],
    data: DataSpec,
    result: Result,
) -> Pair:
    """What is to be traced."""
    decides = of(variants["ref"].kind).decides
    both_work = result.verdict.status == "mine_worse"
    known = Known(runs["ref"], runs["mine"], data.bar, both_work=both_work, decides=decides)
    return Pair(variants, facts, known, result.budget.seeds)


def traced(
    result: Result, pair: Pair, bench: LocalBench, watcher: Watcher, *, max_runs: int | None, folder: Path
) -> tuple[Result, dict[str, Run]]:
    """The result with its trace, and two runs of one seed that prove it, by what they show.

    Args:
        folder: Gets mine with the culprit replaced, and the difference to mine.
    """
    nothing = nothing_to_seek(result)
    if nothing is not None:
        watcher.say(words.say("not traced", reason=verdicts.sought(nothing)))
        return verdicts.with_trace(result, nothing), {}
    every, _ = pair.changes()
    watcher.say(
        words.say("plan trace", count=len(every), runs=max_runs or MAX_RUNS, steps=f"{pair.known.decided_at():,}")
    )
    tracer = Tracer(pair, bench, watcher.say, hints=_hints(result, every), max_runs=max_runs or MAX_RUNS)
    trace = _mended(tracer.trace(), pair, bench, folder)
    return verdicts.with_trace(result, trace), {PROOFS[side]: run for side, run in tracer.proofs.items()}


def nothing_to_seek(result: Result) -> Trace | None:
    """The trace where no culprit can be sought, which says why, or None."""
    works: dict[Side, list[bool]] = {"ref": result.works.ref, "mine": result.works.mine}
    nothing = precondition(works, worse=result.verdict.status == "mine_worse")
    delta = result.metrics[of(result.variants["mine"].kind).decides.metric].delta
    if nothing is None or nothing.status != "no_failure" or delta is None:
        return nothing
    decides = of(result.variants["mine"].kind).decides
    worst = delta.high if decides.lower_is_better else delta.low and -delta.low
    return nothing.model_copy(update={"unseen": worst})


def _hints(result: Result, every: Sequence[Change]) -> dict[str, float]:
    """Name of a change → how much the findings about mine put it forward."""
    weights = {change.name: 1.0 for change in every}
    for finding in result.findings:
        if finding.variant != "mine" or finding.caused_by is not None:
            continue
        lines = {str(line) for line in finding.lines}
        for change in every:
            if finding.part in change.parts or lines & {str(line) for line in change.mine_lines}:
                weights[change.name] = max(weights[change.name], WEIGHT.get(finding.severity, 1.0))
    return weights


def _mended(trace: Trace, pair: Pair, bench: LocalBench, folder: Path) -> Trace:
    """The trace after mine with the culprits replaced was written beside the report, where that can be written."""
    if not trace.culprits:
        return trace
    ref, mine = pair.variants["ref"], pair.variants["mine"]
    names = {part for culprit in trace.culprits for part in culprit.parts}
    blamed = [change for change in pair.every() if change.name in names]
    layers = {path for change in blamed for path in change.layers}
    parts = [part for change in blamed if not change.layers for part in change.parts]
    every = differences(ref, pair.facts["ref"], mine, pair.facts["mine"])
    try:
        ref, mine = plain(ref), plain(mine)  # a script is mended as the variant that it is read as
        text = mend.mend(ref, mine, parts, [one for one in every if one.part in layers])
    except EbdiagError as error:
        return trace.model_copy(update={"skipped": [*trace.skipped, f"{MENDED}: {error.message}"]})
    folder.mkdir(parents=True, exist_ok=True)
    for module, source in mine.files.items():  # what it imports from beside it
        if module != mine.main:
            write_text(folder / module, source)
    write_text(folder / MENDED, text)
    write_text(folder / f"{MENDED}.diff", mend.diff(mine, text))
    return trace.model_copy(update={"mended": MENDED, "verified": _verified(folder / MENDED, blamed, pair, bench)})


def _verified(file: Path, blamed: Sequence[Change], pair: Pair, bench: LocalBench) -> bool:
    """Whether the mended file computes what the hybrid that works does, from the same initial weights."""
    every = pair.around(next((change for change in blamed if change.stretch), blamed[0]))
    taken = [change for change in every if change not in blamed]
    try:
        found = bench.facts([Recipe(load(str(file))), pair.hybrid(every, taken)])
    except EbdiagError:
        return False
    [own, wanted] = found
    return isinstance(own, Facts) and isinstance(wanted, Facts) and _alike(own, wanted)


def _alike(own: Facts, wanted: Facts) -> bool:
    """Whether two models start from the same weights and compute the same."""
    starts = all(sorted(own.initial[net].values()) == sorted(wanted.initial[net].values()) for net in own.initial)
    return starts and all(
        part["used"] == wanted.parts[name]["used"]
        and (
            part["effect"] == wanted.parts[name]["effect"]
            or (
                part["effect"] is not None
                and wanted.parts[name]["effect"] is not None
                and same(part["effect"], wanted.parts[name]["effect"])
            )
        )
        for name, part in own.parts.items()
    )

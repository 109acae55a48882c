"""What a verdict says, made from numbers alone, so that it can be said in any language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from . import stats, words
from .kinds import Decides, of
from .records import Run
from .result import Difference, MetricResult, Result, RunResult, VerdictStatus, Works
from .schema import Side
from .traces import Culprit, Trace

BROKEN = ("crashed", "diverged", "timeout")
"""Status of a run that did not finish."""

MANY_LAYERS = 3
"""More layers that differ are named by their net: a sentence holds no list."""


@dataclass(frozen=True)
class Ending:
    """How a run ended that did not finish."""

    side: Side
    status: str
    seed: int
    reason: str | None
    line: str | None


@dataclass(frozen=True)
class Case:
    """Everything that a verdict is told from; `names` are what the sentences call ref and mine."""

    status: VerdictStatus
    names: Mapping[Side, str]
    works: Works
    metrics: Mapping[str, MetricResult]
    differences: Sequence[Difference]
    endings: Sequence[Ending]
    steps: int
    decides: Decides
    trace: Trace | None = None


def summary(result: Result) -> str:
    """What stands below the badge, in the language that is being spoken."""
    if words.language() == words.ENGLISH:
        return result.verdict.summary
    return tell(_case(result))


def why(result: Result) -> list[str]:
    """What it rests on and what would settle it, in the language that is being spoken."""
    if words.language() == words.ENGLISH:
        return result.verdict.why
    return explain(_case(result))


def tell(case: Case) -> str:
    """The outcome, with the counts and the numbers that show it."""
    numbers = [
        words.compared(key, words.spread(metric.mine), words.spread(metric.ref))
        for key in case.decides.told
        if (metric := case.metrics[key]) and all(any(v is not None for v in vs) for vs in (metric.mine, metric.ref))
    ]
    values = {
        "mine": case.names["mine"],
        "ref": case.names["ref"],
        "mine_seeds": words.seeds_of(case.works.mine),
        "ref_seeds": words.seeds_of(case.works.ref),
    }
    counts = (
        words.say("counts numbers", **values, numbers="; ".join(numbers)) if numbers else words.say("counts", **values)
    )
    return words.say(case.status, mine=case.names["mine"], ref=case.names["ref"], counts=counts)


def explain(case: Case) -> list[str]:
    """What would settle it, what became of runs that did not finish, and what is suspected."""
    causes = _suspects(case) if case.trace is None else _traced(case.trace, case.decides)
    return [*_open(case), *_endings(case), *causes]


def with_trace(result: Result, trace: Trace) -> Result:
    """The result with what a trace found, told in its verdict."""
    result = result.model_copy(update={"trace": trace})
    with words.speaking(words.ENGLISH):
        told = explain(_case(result))
    code = result.verdict.exit_code or (3 if trace.status not in ("found", "no_failure") else 0)
    return result.model_copy(update={"verdict": result.verdict.model_copy(update={"why": told, "exit_code": code})})


def sought(trace: Trace) -> str:
    """What was done to find the culprit, or why nothing was."""
    if trace.too_few is not None:
        return words.say("too few failures", failed=trace.too_few.k, seeds=trace.too_few.n)
    return words.TRACES[trace.status]


def names(ref: str, mine: str) -> dict[Side, str]:
    """What sentences call two models: their files' names, as far as these tell them apart."""
    short = Path(ref).name, Path(mine).name
    if short[0] == short[1]:
        short = ref, mine
    if short[0] == short[1]:
        short = f"{ref} (ref)", f"{mine} (mine)"
    return {"ref": short[0], "mine": short[1]}


def against(decides: Decides, metrics: Mapping[str, MetricResult]) -> float | None:
    """The difference in the guard where it points against what is said of working models, else None."""
    if decides.guard is None:
        return None
    delta, said = metrics[decides.guard].delta, metrics[decides.metric].verdict
    gap = delta.mean if delta else 0.0
    contradicts = (said in ("better", "same") and gap < -decides.guard_by) or (
        said in ("worse", "same") and gap > decides.guard_by
    )
    return gap if contradicts else None


def endings(runs: Mapping[Side, Sequence[Run | RunResult]]) -> list[Ending]:
    """The runs that did not finish, in the order of the sides."""
    return [
        Ending(
            side,
            run.status,
            run.seed if isinstance(run, RunResult) else run.spec.seed,
            run.reason,
            str(run.line) if run.line else None,
        )
        for side in get_args(Side)
        for run in runs[side]
        if run.status in BROKEN
    ]


def _case(result: Result) -> Case:
    return Case(
        status=result.verdict.status,
        names=names(result.variants["ref"].path, result.variants["mine"].path),
        works=result.works,
        metrics=result.metrics,
        differences=result.differences,
        endings=endings({side: [run for run in result.runs if run.variant == side] for side in get_args(Side)}),
        steps=result.budget.steps,
        decides=of(result.variants["mine"].kind).decides,
        trace=result.trace,
    )


def _open(case: Case) -> list[str]:
    """What has to happen before there can be a verdict."""
    if case.status in ("reference_fails", "both_fail"):
        return [words.say("longer", steps=case.steps)]
    if case.status != "inconclusive":
        return []
    ref, mine = case.works.ref, case.works.mine
    if not (all(ref) and all(mine)):
        needed = stats.seeds_to_tell_shares(sum(ref) / len(ref), sum(mine) / len(mine))
        return [words.say("equal shares") if needed is None else words.say("unequal shares", needed=needed)]
    gap = against(case.decides, case.metrics)
    if gap is not None:
        return [words.say("contradicted", gap=f"{gap:+.2f}")]
    decisive = case.metrics[case.decides.metric]
    if decisive.delta is not None and decisive.delta.n == 1:
        return [words.say("one seed")]
    settled = (
        words.say("too many needed")
        if decisive.seeds_needed is None
        else words.say("seeds needed", needed=decisive.seeds_needed)
    )
    return [words.say("too close"), settled]


def _endings(case: Case) -> list[str]:
    """What became of runs that did not finish, alike ones together."""
    groups: dict[tuple[Side, str, str | None], list[str]] = {}
    for ending in case.endings:
        told = words.say("case", seed=ending.seed, reason=ending.reason or words.say("no reason"))
        groups.setdefault((ending.side, ending.status, ending.line), []).append(told)
    return [words.runs_ended(case.names[side], status, line, told) for (side, status, line), told in groups.items()]


def _suspects(case: Case) -> list[str]:
    if case.status not in ("mine_fails", "mine_worse"):
        return []
    if not case.differences:
        return [words.say("no suspect")]
    shown = [
        words.say("suspect", part=d.part, line=str(d.mine_line or d.ref_line or words.say("by default")))
        for d in _telling(case.differences)
    ]
    if len(shown) == 1:
        return [words.say("one suspect", part=shown[0])]
    return [words.say("suspects", parts=", ".join(shown))]


def _traced(trace: Trace, decides: Decides) -> list[str]:
    """What was found out by exchanging parts."""
    if trace.status in ("reference_fails", "both_fail") or trace.too_few is not None:
        return [sought(trace)]
    if trace.status == "no_failure":
        if trace.unseen is None:
            return [words.TRACES[trace.status]]
        ratio = words.number(trace.unseen)
        fid = decides.lower_is_better
        return [
            words.TRACES[trace.status],
            words.say("unseen", ratio=ratio) if fid else words.say("unseen share", ratio=ratio),
        ]
    told = [words.TRACES["undetermined"]]
    if len(trace.culprits) == 1:
        told = [_cause(trace.culprits[0])]
    elif trace.culprits:
        places = [f"{words.joined(one.parts)} ({_places(one)})" for one in trace.culprits]
        restores = trace.culprits[0].restores
        told = [words.say("causes", parts=words.joined(places), restores=restores.k, restores_of=restores.n)]
    if not trace.culprits and trace.candidates:
        shown = [
            f"{words.joined(one.parts) if one.parts else words.say('no exchange')} {words.percent(one.probability)}"
            for one in trace.candidates
        ]
        told.append(words.say("still possible", candidates=", ".join(shown)))
    if trace.mended:
        told.append(words.say("mended verified" if trace.verified else "mended", file=trace.mended))
    return told


def _cause(culprit: Culprit) -> str:
    return words.say(
        "cause", parts=words.joined(culprit.parts), lines=_places(culprit),
        breaks=culprit.breaks.k, breaks_of=culprit.breaks.n,
        restores=culprit.restores.k, restores_of=culprit.restores.n,
    )  # fmt: skip


def _places(culprit: Culprit) -> str:
    return ", ".join(dict.fromkeys(str(line) for line in culprit.lines)) or words.say("by default")


def _telling(differences: Sequence[Difference]) -> list[Difference]:
    """Those to be named in a sentence: a few layers in place of their net, or the net in place of many layers."""
    below = {d.part: [other for other in differences if other.part.startswith(f"{d.part}.")] for d in differences}
    hidden = {layer.part for layers in below.values() if len(layers) > MANY_LAYERS for layer in layers}
    return [d for d in differences if d.part not in hidden and not 0 < len(below[d.part]) <= MANY_LAYERS]

"""Rows of the page's tables, as text: metrics, runs, rungs of the ladder, what is to blame."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from pydantic import JsonValue

from . import words
from .metrics import EVERY_METRIC
from .result import MetricResult, Result, RunResult
from .schema import Number, Side
from .traces import Culprit, Trace
from .words import Mark

Stored = dict[str, JsonValue]
"""A row of a table in `facts`."""


@dataclass(frozen=True)
class MetricRow:
    """A row of the table of metrics."""

    title: str
    how_to_read: str
    better: str
    ref: str
    ref_range: str
    mine: str
    mine_range: str
    difference: str
    amount: str
    floors: str
    mark: Mark


@dataclass(frozen=True)
class RunRow:
    """A run and how it ended."""

    side: str
    seed: int
    mark: Mark
    steps: str
    time: str
    memory: str
    works: str
    reason: str
    line: str


@dataclass(frozen=True)
class Rung:
    """What became of one task in one variant; None as mark where the variant has no such rung."""

    mark: Mark
    value: str
    reason: str


@dataclass(frozen=True)
class RungRow:
    """A task of the sanity ladder in both variants."""

    task: str
    ref: Rung
    mine: Rung


@dataclass(frozen=True)
class CulpritRow:
    """Parts to blame."""

    parts: str
    together: bool
    role: str
    sure: str
    restores: str
    breaks: str
    lines: list[str]


@dataclass(frozen=True)
class CandidateRow:
    """Parts that may be to blame."""

    parts: str
    manner: str
    sure: str


@dataclass(frozen=True)
class HybridRow:
    """Runs of one hybrid that ended alike."""

    start: str
    exchanged: str
    outcome: Mark
    amount: str


OF_DIGITS = (
    *("digits", "confident_share", "digit_share_distance", "inception_score", "inception_score_modified"),
    "within_class_variety",
)
"""Metrics that ask the classifier of digits: no rows where the data are none and they have no value at all."""


def ordered(result: Result) -> dict[str, MetricResult]:
    """The metrics of a result in the usual order, unknown ones last; without those of digits where nothing is one."""
    keys = [metric.key for metric in EVERY_METRIC if metric.key in result.metrics]
    found = {key: result.metrics[key] for key in [*keys, *(key for key in result.metrics if key not in keys)]}
    if result.dataset.bar.get("digits_min"):
        return found
    return {key: metric for key, metric in found.items() if key not in OF_DIGITS or _known(metric)}


def _known(metric: MetricResult) -> bool:
    return any(value is not None for value in [*metric.ref, *metric.mine])


def metric_row(key: str, metric: MetricResult) -> MetricRow:
    """A metric with its difference, interval and size in usual spreads."""
    delta, floor = metric.delta, metric.noise_floor
    log = metric.scale == "log"
    difference, floors = words.MISSING, words.MISSING
    if delta is not None:
        show = words.ratio if log else words.plus_minus
        difference = show(delta.mean, delta.low, delta.high)
        size = (math.log(delta.mean) if delta.mean > 0 else math.nan) if log else delta.mean
        if floor is not None and floor.value > 0 and math.isfinite(size):
            floors = ("+" if size > 0 else "") + words.number(size / floor.value, 2)
    return MetricRow(
        title=words.METRIC_TITLES.get(key) or key.replace("_", " "),
        how_to_read=words.METRIC_READINGS.get(key, ""),
        better=words.BETTER[metric.better],
        ref=words.number(_mean(metric.ref, log=log)),
        ref_range=_range(metric.ref),
        mine=words.number(_mean(metric.mine, log=log)),
        mine_range=_range(metric.mine),
        difference=difference,
        amount=words.plural(delta.n, "seed") if delta is not None else "",
        floors=floors,
        mark=words.not_compared()
        if metric.decides and metric.verdict == "not_tested"
        else words.METRIC_MARKS[metric.verdict],
    )


def _mean(values: Sequence[Number], *, log: bool) -> float | None:
    present = [value for value in values if value is not None]
    if not present:
        return None
    if log and min(present) > 0:
        return math.exp(math.fsum(math.log(value) for value in present) / len(present))
    return math.fsum(present) / len(present)


def _range(values: Sequence[Number]) -> str:
    """Lowest and highest; empty where there are no two that read differently."""
    present = [value for value in values if value is not None]
    shown = words.spread(values)
    return "" if not present or shown == words.number(present[0]) else shown


def metric_notes(metrics: dict[str, MetricResult]) -> list[str]:
    """What stands under the table of metrics that decide, by their titles."""
    same = [
        (title, metric.scale, metric.same_within) for title, metric in metrics.items() if metric.same_within is not None
    ]
    pairs = [(title, metric.correlation) for title, metric in metrics.items() if metric.correlation is not None]
    needed = [(title, metric.seeds_needed) for title, metric in metrics.items() if metric.seeds_needed]
    notes = [words.equivalence(same)] if same else []
    notes += [words.pairing(pairs)] if pairs else []
    return notes + ([words.settle(needed)] if needed else [])


def run_row(run: RunResult, result: Result) -> RunRow:
    """A run with its time and memory."""
    flags = dict(zip(result.budget.seeds, getattr(result.works, run.variant), strict=False))
    memory = result.volatile.memory.get(run.name)
    return RunRow(
        side=run.variant,
        seed=run.seed,
        mark=words.RUN_MARKS[run.status],
        steps=words.count(run.steps),
        time=words.duration(result.volatile.times.get(run.name)),
        memory=words.MISSING if memory is None else f"{words.number(memory)} MiB",
        works={True: words.PAGE["yes"], False: words.PAGE["no"], None: ""}[flags.get(run.seed)],
        reason=" ".join([*([run.reason] if run.reason else []), *run.notes]),
        line=str(run.line) if run.line else "",
    )


def ladder(result: Result) -> tuple[list[RungRow], list[str]]:
    """The rungs that either variant has tried, in their order, and a sentence for each variant."""
    found = {side: _rungs(result, side) for side in get_args(Side)}
    rows = [
        RungRow(
            words.RUNGS[slug][0] if slug in words.RUNGS else slug.replace("-", " "),
            *(_rung(slug, found[side].get(slug)) for side in get_args(Side)),
        )
        for slug in [*words.RUNGS, *sorted({s for rungs in found.values() for s in rungs} - set(words.RUNGS))]
        if any(slug in rungs for rungs in found.values())
    ]
    sentences = [
        words.ladder_summary(
            side, [str(rung.get("net") or "") for rung in rungs.values() if rung.get("passed") is False]
        )
        for side, rungs in found.items()
        if any(rung.get("passed") is not None for rung in rungs.values())
    ]
    return rows, sentences


def _rungs(result: Result, side: Side) -> dict[str, Stored]:
    given = result.variants[side].facts.get("ladder")
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    found = {str(row.get("rung")): row for row in rows}
    order = [slug for slug in words.RUNGS if slug in found] + sorted(set(found) - set(words.RUNGS))
    return {slug: found[slug] for slug in order}


def _rung(slug: str, rung: Stored | None) -> Rung:
    if rung is None:
        return Rung(words.RUNG_MARKS[None], "", "")
    passed, value, threshold = rung.get("passed"), rung.get("value"), rung.get("threshold")
    return Rung(
        words.RUNG_MARKS[passed if isinstance(passed, bool) else None],
        words.rung_value(
            slug,
            float(value) if isinstance(value, int | float) else None,
            str(rung.get("unit") or ""),
            float(threshold) if isinstance(threshold, int | float) else None,
        ),
        str(rung.get("reason") or ""),
    )


def culprits(trace: Trace) -> list[CulpritRow]:
    """What is to blame, the surest first."""
    return [_culprit(culprit) for culprit in sorted(trace.culprits, key=lambda culprit: -culprit.probability)]


def _culprit(culprit: Culprit) -> CulpritRow:
    return CulpritRow(
        parts=words.joined(culprit.parts),
        together=culprit.together,
        role=words.ROLES[culprit.role],
        sure=words.percent(culprit.probability),
        restores=words.restores(culprit.restores.k, culprit.restores.n, culprit.restores.share_of_gap),
        breaks=words.breaks(culprit.breaks.k, culprit.breaks.n),
        lines=[str(line) for line in culprit.lines],
    )


def candidates(trace: Trace) -> list[CandidateRow]:
    """What is still possible, where nothing is named."""
    if trace.culprits:
        return []
    return [
        CandidateRow(
            words.joined(one.parts) if one.parts else words.say("no exchange"),
            words.BLAMES[one.manner],
            words.percent(one.probability),
        )
        for one in trace.candidates
    ]


def hybrids(trace: Trace) -> list[HybridRow]:
    """Every model that was tried, seeds that ended alike together."""
    groups = Counter((hybrid.from_, tuple(hybrid.parts), hybrid.outcome) for hybrid in trace.hybrids)
    return [
        HybridRow(start, words.joined(list(parts)), words.OUTCOMES[outcome], words.plural(amount, "seed"))
        for (start, parts, outcome), amount in groups.items()
    ]

"""A result and its arrays → everything that the page shows, as text. Decides nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from . import parts, words
from .metrics import METRICS
from .panels import Panel
from .parts import PartRow
from .result import MetricResult, Number, Result, RunResult, Side
from .words import Mark


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
class Grid:
    """Images of one run; `uri` and `file` are empty where there are none, and `alt` says why."""

    side: str
    label: str
    alt: str
    uri: str = ""
    file: str = ""


@dataclass(frozen=True)
class Page:
    """What the templates show, in their order."""

    badge: Mark
    ref: str
    mine: str
    dataset: str
    extent: str
    summary: str
    why: list[str]
    endings: list[str]
    works_ref: str
    works_mine: str
    bar: str
    real: list[str]
    samples: list[Grid]
    sample_files: list[Grid]
    deciding: list[MetricRow]
    describing: list[MetricRow]
    noise_floor: str
    metric_notes: list[str]
    panels: list[Panel]
    absences: list[str]
    differing: list[PartRow]
    equal: list[PartRow]
    notes: list[str]
    runs: list[RunRow]
    command: str
    provenance: list[tuple[str, str]]


def page(
    result: Result,
    *,
    panels: list[Panel],
    real: list[str],
    samples: list[Grid],
    sample_files: list[Grid],
    absences: list[str],
) -> Page:
    """Put a page together from a result and what was drawn for it."""
    verdict, budget = result.verdict, result.budget
    titles = {metric.key: metric for metric in METRICS}
    keys = [key for key in titles if key in result.metrics] + [key for key in result.metrics if key not in titles]
    rows = {key: _metric_row(key, result.metrics[key]) for key in keys}
    deciding = [key for key in keys if result.metrics[key].decides]
    variants = {side: result.variants[side] for side in get_args(Side)}
    lag = [words.delay(verdict.delay_factor, budget.steps)] if verdict.delay_factor else []
    return Page(
        badge=words.BADGES[verdict.status],
        ref=variants["ref"].path,
        mine=variants["mine"].path,
        dataset=result.dataset.name,
        extent=f"{words.count(budget.steps)} steps, {words.plural(len(budget.seeds), 'seed')}",
        summary=verdict.summary,
        why=[*verdict.why, *lag],
        endings=endings(result),
        works_ref=words.of_seeds(result.works.ref),
        works_mine=words.of_seeds(result.works.mine),
        bar=words.bar(result.works.bar),
        real=real,
        samples=samples,
        sample_files=sample_files,
        deciding=[rows[key] for key in deciding],
        describing=[rows[key] for key in keys if key not in deciding],
        noise_floor=words.noise_floor([floor.n for key in keys if (floor := result.metrics[key].noise_floor)]),
        metric_notes=_metric_notes({rows[key].title: result.metrics[key] for key in deciding}),
        panels=panels,
        absences=absences,
        differing=parts.differing(result),
        equal=parts.others(result),
        notes=[f"{side}: {note}" for side, variant in variants.items() for note in variant.notes],
        runs=[_run_row(run, result) for run in result.runs],
        command=result.volatile.command,
        provenance=_provenance(result),
    )


def endings(result: Result) -> list[str]:
    """One sentence for each group of runs that ended alike and not as planned."""
    groups: dict[tuple[str, str, int, str | None, str | None], list[int]] = {}
    for run in result.runs:
        if run.status not in ("finished", "restored"):
            line = str(run.line) if run.line else None
            groups.setdefault((run.variant, run.status, run.steps, run.reason, line), []).append(run.seed)
    return [
        words.ended(side, status, seeds, steps, reason, line)
        for (side, status, steps, reason, line), seeds in groups.items()
    ]


def _metric_row(key: str, metric: MetricResult) -> MetricRow:
    known = next((entry for entry in METRICS if entry.key == key), None)
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
        title=known.title if known else key.replace("_", " "),
        how_to_read=known.how_to_read if known else "",
        better=words.BETTER[metric.better],
        ref=words.number(_mean(metric.ref, log=log)),
        ref_range=_range(metric.ref),
        mine=words.number(_mean(metric.mine, log=log)),
        mine_range=_range(metric.mine),
        difference=difference,
        amount=words.plural(delta.n, "seed") if delta is not None else "",
        floors=floors,
        mark=words.NOT_COMPARED
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
    shown = words.spread(values)
    return shown if " " in shown else ""


def _metric_notes(metrics: dict[str, MetricResult]) -> list[str]:
    same = [
        (title, metric.scale, metric.same_within) for title, metric in metrics.items() if metric.same_within is not None
    ]
    pairs = [(title, metric.correlation) for title, metric in metrics.items() if metric.correlation is not None]
    needed = [(title, metric.seeds_needed) for title, metric in metrics.items() if metric.seeds_needed]
    notes = [words.equivalence(same)] if same else []
    notes += [words.pairing(pairs)] if pairs else []
    return notes + ([words.settle(needed)] if needed else [])


def _run_row(run: RunResult, result: Result) -> RunRow:
    flags = dict(zip(result.budget.seeds, getattr(result.works, run.variant), strict=False))
    memory = result.volatile.memory.get(run.name)
    return RunRow(
        side=run.variant,
        seed=run.seed,
        mark=words.RUN_MARKS[run.status],
        steps=words.count(run.steps),
        time=words.duration(result.volatile.times.get(run.name)),
        memory=words.MISSING if memory is None else f"{words.number(memory)} MiB",
        works={True: "yes", False: "no", None: ""}[flags.get(run.seed)],
        reason=" ".join([*([run.reason] if run.reason else []), *run.notes]),
        line=str(run.line) if run.line else "",
    )


def _provenance(result: Result) -> list[tuple[str, str]]:
    data, volatile = result.dataset, result.volatile
    rows = [
        ("ebdiag", result.ebdiag),
        ("written", volatile.created),
        ("whole comparison", words.duration(volatile.times["total"]) if "total" in volatile.times else ""),
        ("data", words.dataset(data.name, data.train_count, data.held_out_count, data.image_shape, data.digest)),
        ("features", f"{data.features}, hash {data.features_digest}"),
        ("ref", f"{result.variants['ref'].path}, hash {result.variants['ref'].fingerprint}"),
        ("mine", f"{result.variants['mine'].path}, hash {result.variants['mine'].fingerprint}"),
        ("seeds", ", ".join(str(seed) for seed in result.budget.seeds)),
        ("scored at steps", ", ".join(words.count(step) for step in result.budget.checkpoints)),
    ]
    rows += [(key, str(value)) for key, value in volatile.environment.items()]
    return [(name, value) for name, value in rows if value]

"""A result and its arrays → everything that the page shows, as text. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from . import layers, parts, tables, verdicts, words
from .cards import Card, cards
from .evidence import Evidence
from .kinds import of
from .layers import NetRows
from .panel import Panel
from .parts import PartRow
from .pictures import Album
from .result import Result
from .schema import Side
from .tables import CandidateRow, CulpritRow, HybridRow, MetricRow, RungRow, RunRow
from .words import Mark

REFRESH_S = 20


@dataclass(frozen=True)
class Page:
    """What the templates show, in their order.

    Attributes:
        sections: Those that there is something to show in.
        provisional: A sentence while not all seeds are trained, else empty; the page then loads itself again
            after `refresh_s`.
        panels: Section → its figures.
        grids: Samples that are files of the folder, for the page in Markdown.
    """

    sections: list[str]
    badge: Mark
    ref: str
    mine: str
    dataset: str
    extent: str
    provisional: str
    refresh_s: int
    summary: str
    why: list[str]
    endings: list[str]
    works_ref: str
    works_mine: str
    bar: str
    album: Album
    cards: list[Card]
    trace: str
    culprits: list[CulpritRow]
    candidates: list[CandidateRow]
    skipped: list[str]
    hybrids: list[HybridRow]
    deciding: list[MetricRow]
    describing: list[MetricRow]
    noise_floor: str
    metric_notes: list[str]
    panels: dict[str, list[Panel]]
    absences: list[str]
    rungs: list[RungRow]
    rung_sentences: list[str]
    alone: bool
    terms: tuple[str, ...]
    nets: list[NetRows]
    differing: list[PartRow]
    equal: list[PartRow]
    notes: list[str]
    runs: list[RunRow]
    command: str
    provenance: list[tuple[str, str]]


def page(result: Result, *, found: Evidence, panels: Sequence[Panel], album: Album) -> Page:
    """Put a page together from a result and what was drawn for it."""
    verdict, budget, trace = result.verdict, result.budget, result.trace
    metrics = tables.ordered(result)
    keys = list(metrics)
    rows = {key: tables.metric_row(key, metric) for key, metric in metrics.items()}
    deciding = [key for key in keys if metrics[key].decides]
    variants = {side: result.variants[side] for side in get_args(Side)}
    rungs, rung_sentences = tables.ladder(result)
    shown: dict[str, list[Panel]] = {}
    for panel in panels:
        shown.setdefault(panel.section, []).append(panel)
    absent = {
        "findings": not result.findings,
        "culprit": trace is None,
        "embeddings": "embeddings" not in shown,
        "reconstructions": not album.rebuilt,
        "training": "training" not in shown,
    }
    planned, kind = result.volatile.provisional, of(variants["mine"].kind)
    return Page(
        sections=[section for section in kind.sections if not absent.get(section)],
        badge=words.BADGES[verdict.status],
        ref=variants["ref"].path,
        mine=variants["mine"].path,
        dataset=result.dataset.name,
        extent=words.extent(budget.steps, len(budget.seeds)),
        provisional=""
        if planned is None
        else words.PAGE["provisional"].format(done=len(budget.seeds), planned=planned),
        refresh_s=REFRESH_S,
        summary=verdicts.summary(result),
        why=reasons(result),
        endings=endings(result),
        works_ref=words.of_seeds(result.works.ref),
        works_mine=words.of_seeds(result.works.mine),
        bar=words.bar(result.works.bar),
        album=album,
        cards=cards(result.findings, panels),
        trace=verdicts.sought(trace) if trace else "",
        culprits=tables.culprits(trace) if trace else [],
        candidates=tables.candidates(trace) if trace else [],
        skipped=trace.skipped if trace else [],
        hybrids=tables.hybrids(trace) if trace else [],
        deciding=[rows[key] for key in deciding],
        describing=[rows[key] for key in keys if key not in deciding],
        noise_floor=words.noise_floor([floor.n for key in keys if (floor := result.metrics[key].noise_floor)]),
        metric_notes=tables.metric_notes({rows[key].title: result.metrics[key] for key in deciding}),
        panels=shown,
        absences=_absences(result, found),
        rungs=rungs,
        rung_sentences=rung_sentences,
        alone=len(kind.nets) == 1,
        terms=kind.terms,
        nets=layers.nets(result),
        differing=parts.differing(result),
        equal=parts.others(result),
        notes=[
            f"{side}: {note}"
            for side, variant in variants.items()
            for note in variant.notes
            if (side, note) not in {(finding.variant, finding.title) for finding in result.findings}
        ],
        runs=[tables.run_row(run, result) for run in result.runs],
        command=result.volatile.command,
        provenance=_provenance(result),
    )


def reasons(result: Result) -> list[str]:
    """What stands below the verdict: what it rests on, what would settle it, how far mine lags behind.

    Of a script that works here also: what was different where it failed.
    """
    factor = result.verdict.delay_factor
    here = result.variants["mine"].facts.get("worked_here")
    return [
        *verdicts.why(result),
        *([words.delay(factor, result.budget.steps)] if factor else []),
        *([here] if isinstance(here, str) else []),
    ]


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


def _absences(result: Result, found: Evidence) -> list[str]:
    """One sentence for everything that a variant has no data for."""
    sentences = []
    for side in get_args(Side):
        if not any(variant == side for variant, _ in found.series):
            sentences.append(words.absent(side, words.PAGE["curves noun"]))
        if result.variants[side].kind == "gan" and not any(variant == side for variant, _, _ in found.energies):
            scalar = not result.variants[side].facts.get("autoencoder", True)
            sentences.append(words.no_autoencoder(side) if scalar else words.absent(side, words.PAGE["energies noun"]))
    return sentences


def _provenance(result: Result) -> list[tuple[str, str]]:
    data, volatile, label = result.dataset, result.volatile, words.PROVENANCE
    rows = [
        ("ebdiag", result.ebdiag),
        (label["written"], volatile.created),
        (label["total"], words.duration(volatile.times["total"]) if "total" in volatile.times else ""),
        (label["data"], words.dataset(data.name, data.train_count, data.held_out_count, data.image_shape, data.digest)),
        (label["features"], words.hashed(data.features, data.features_digest) if data.features else ""),
        ("ref", words.hashed(result.variants["ref"].path, result.variants["ref"].fingerprint)),
        ("mine", words.hashed(result.variants["mine"].path, result.variants["mine"].fingerprint)),
        (label["seeds"], ", ".join(str(seed) for seed in result.budget.seeds)),
        (label["checkpoints"], ", ".join(words.count(step) for step in result.budget.checkpoints)),
    ]
    rows += [(key, str(value)) for key, value in volatile.environment.items()]
    return [(name, value) for name, value in rows if value]

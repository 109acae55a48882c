"""From what was recorded of contrastive encoders to figures with a title that says what is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from . import words
from .evidence import Evidence
from .figures import (
    alignment,
    cosines,
    embedding_quality,
    embedding_spectrum,
    embedding_training,
    mean_share,
    pair_losses,
    probes,
    reliability,
    roc,
    spread,
    thresholds,
)
from .figures.style import SIDES, Array, Curve, Side, band
from .figures.thresholds import Marks
from .pair_arrays import (
    area,
    calibration_error,
    finite_columns,
    finite_values,
    mean_by_rank,
    pooled_bins,
    reliability_tables,
    same_share,
)
from .panel import Panel, curves_of, dots, effective_rank, end_of, ends_of, panel
from .result import Result
from .rules.asked import loss_floor
from .words import pairs as titles

SECTIONS = {
    **dict.fromkeys(("embedding_quality", "roc", "thresholds", "reliability", "probes"), "metrics"),
    **dict.fromkeys(("cosines", "alignment", "embedding_spectrum", "spread", "mean_share"), "embeddings"),
    **dict.fromkeys(("embedding_training", "pair_losses"), "training"),
}
"""Figure → section of the page."""

BAR = "pair_auroc_min"
"""What "works" asks for of the AUROC of held-out pairs."""

ONE_POINT = 1e-10
"""Normalised embeddings with less variance than this are one point; float32 rounds at about 1e-14."""


def panels(result: Result, evidence: Evidence) -> list[Panel]:
    """All figures that there is something to draw for, in the order of the page."""
    makers: tuple[Callable[[Result, Evidence], Panel | None], ...]
    makers = (
        *(_embedding_quality, _roc, _thresholds, _reliability, _probes),
        *(_cosines, _alignment, _embedding_spectrum, _spread, _mean_share),
        *(_embedding_training, _pair_losses),
    )
    return [made for maker in makers if (made := maker(result, evidence)) is not None]


# metrics


def _embedding_quality(result: Result, evidence: Evidence) -> Panel | None:
    curves = {side: curves_of(evidence.checkpoints, side, "pair_auroc") for side in SIDES}
    asked = result.works.bar.get(BAR) or None
    figure = embedding_quality.draw(curves, asked)
    if figure is None:
        return None
    last = {side: [float(run.values[np.isfinite(run.values)][-1]) for run in runs] for side, runs in curves.items()}
    ranges = [(side, words.spread(values)) for side, values in last.items() if values]
    title = titles.embedding_quality_title(ranges, asked)
    return panel("embedding_quality", SECTIONS["embedding_quality"], title, figure)


def _roc(result: Result, evidence: Evidence) -> Panel | None:
    curves = {side: finite_columns(evidence, side, "roc", rows=2) for side in SIDES}
    figure = roc.draw(curves)
    if figure is None:
        return None
    areas = [(side, float(np.mean([area(run) for run in runs]))) for side, runs in curves.items() if runs]
    legend = [*_lines(dict(areas)), ("line level", words.LEGEND["guessing"])]
    return panel("roc", SECTIONS["roc"], titles.roc_title(areas), figure, legend=legend)


def _thresholds(result: Result, evidence: Evidence) -> Panel | None:
    curves = {
        side: [Curve(grid, right) for grid, right in finite_columns(evidence, side, "thresholds", rows=2)]
        for side in SIDES
    }
    marks = {
        side: _marks(runs, finite_values(evidence, side, "own_threshold"))
        for side, runs in curves.items()
        if band(runs)
    }
    always = same_share(evidence)
    figure = thresholds.draw(curves, marks, always)
    if figure is None:
        return None
    title = "; ".join(titles.thresholds_title(side, found.best, found.own) for side, found in marks.items())
    legend = [*_lines(marks), ("dot best", words.LEGEND["best threshold"])]
    if any(found.own for found in marks.values()):
        legend.append(("dot own", words.LEGEND["own threshold"]))
    if always is not None:
        legend.append(("line level", words.LEGEND["always same"]))
    return panel("thresholds", SECTIONS["thresholds"], title, figure, legend=legend)


def _marks(curves: Sequence[Curve], own: Sequence[Array]) -> Marks:
    """The best point of the mean curve, and the one at the variant's own threshold, mean over seeds."""
    drawn = band(curves)
    assert drawn is not None
    best = int(np.argmax(drawn.mean))
    at = float(np.mean(np.concatenate(own))) if own else None
    decided = None if at is None else (at, float(np.interp(at, drawn.steps, drawn.mean)))
    return Marks(best=(float(drawn.steps[best]), float(drawn.mean[best])), own=decided)


def _reliability(result: Result, evidence: Evidence) -> Panel | None:
    runs = {side: reliability_tables(evidence, side) for side in SIDES}
    figure = reliability.draw({side: pooled_bins(found) for side, found in runs.items() if found})
    if figure is None:
        return None
    errors = [
        (side, float(np.mean([calibration_error(run) for run in found]))) for side, found in runs.items() if found
    ]
    legend = [*_lines(dict(errors)), ("line level", words.LEGEND["calibrated"])]
    return panel("reliability", SECTIONS["reliability"], titles.reliability_title(errors), figure, legend=legend)


def _probes(result: Result, evidence: Evidence) -> Panel | None:
    keys = {"linear": "linear_probe_accuracy", "neighbour": "neighbour_accuracy"}
    scores = {side: {kind: _scores(result, side, key) for kind, key in keys.items()} for side in SIDES}
    classes = result.dataset.classes
    figure = probes.draw(scores, 1 / classes if classes else None)
    if figure is None:
        return None
    means = {side: {kind: float(np.mean(v)) for kind, v in found.items() if v} for side, found in scores.items()}
    told = [
        titles.probes_title(side, found.get("linear"), found.get("neighbour")) for side, found in means.items() if found
    ]
    return panel("probes", SECTIONS["probes"], "; ".join(told), figure)


# embeddings


def _cosines(result: Result, evidence: Evidence) -> Panel | None:
    pooled: dict[Side, dict[str, Array]] = {}
    for side in SIDES:
        for kind in ("same", "different", "own_same", "own_different"):
            found = finite_values(evidence, side, f"cosines.{kind}")
            if found:
                pooled.setdefault(side, {})[kind] = np.concatenate(found)
    limits = {
        side: [float(v) for run in finite_values(evidence, side, "own_threshold") for v in run] for side in pooled
    }
    figure = cosines.draw(pooled, limits)
    if figure is None:
        return None
    told = [
        titles.cosines_title(side, float(kinds["same"].mean()), float(kinds["different"].mean()))
        for side, kinds in pooled.items()
        if "same" in kinds and "different" in kinds
    ]
    shown = {kind for kinds in pooled.values() for kind in kinds}
    drawn = [side for side in SIDES if "same" in pooled.get(side, {})]
    keys = (
        ("same", f"same {' '.join(drawn)}", words.LEGEND["same pairs"].format(", ".join(drawn))),
        ("different", "different", words.LEGEND["different pairs"]),
        ("own_same", "line own", words.LEGEND["own same"]),
        ("own_different", "line own different", words.LEGEND["own different"]),
    )
    legend = [(key, label) for kind, key, label in keys if kind in shown]
    if any(limits.values()):
        legend.append(("margin", words.LEGEND["own threshold"]))
    return panel("cosines", SECTIONS["cosines"], "; ".join(told) or words.PAGE["embeddings"], figure, legend=legend)


def _alignment(result: Result, evidence: Evidence) -> Panel | None:
    points: dict[Side, list[tuple[float, float]]] = {}
    for side in SIDES:
        both = [result.metrics[key] for key in ("alignment", "uniformity") if key in result.metrics]
        if len(both) == 2:
            rows = zip(getattr(both[0], side), getattr(both[1], side), strict=True)
            found = [(a, u) for a, u in rows if a is not None and u is not None and np.isfinite([a, u]).all()]
            if found:
                points[side] = found
    figure = alignment.draw(points)
    if figure is None:
        return None
    told = [titles.alignment_title(side, *np.mean(found, axis=0).tolist()) for side, found in points.items()]
    return panel("alignment", SECTIONS["alignment"], "; ".join(told), figure, legend=dots(points))


def _embedding_spectrum(result: Result, evidence: Evidence) -> Panel | None:
    found = {side: finite_values(evidence, side, "spectrum.embedding") for side in SIDES}
    shares = {
        side: [np.maximum(run, 0.0) / run.sum() for run in runs if run.sum() > ONE_POINT]
        for side, runs in found.items()
    }
    figure = embedding_spectrum.draw({side: mean_by_rank(runs) for side, runs in shares.items() if runs})
    if figure is None:
        return None
    told = [
        titles.embedding_spectrum_title(
            side,
            float(np.mean([effective_rank(run) for run in shares[side]])) if shares[side] else None,
            runs[0].size,
        )
        for side, runs in found.items()
        if runs
    ]
    drawn = {side: runs for side, runs in shares.items() if runs}
    return panel("embedding_spectrum", SECTIONS["embedding_spectrum"], "; ".join(told), figure, legend=_lines(drawn))


def _spread(result: Result, evidence: Evidence) -> Panel | None:
    found = {
        side: mean_by_rank([np.sort(run)[::-1] for run in runs])
        for side in SIDES
        if (runs := finite_values(evidence, side, "spread.embedding"))
    }
    figure = spread.draw(found)
    if figure is None:
        return None
    title = titles.spread_title([(side, float(values.mean())) for side, values in found.items()])
    legend = [*_lines(found), ("line level", words.LEGEND["even sphere"])]
    return panel("spread", SECTIONS["spread"], title, figure, legend=legend)


def _mean_share(result: Result, evidence: Evidence) -> Panel | None:
    curves = {side: curves_of(evidence.series, side, "embedding.mean_share") for side in SIDES}
    figure = mean_share.draw(curves)
    if figure is None:
        return None
    return panel("mean_share", SECTIONS["mean_share"], titles.mean_share_title(ends_of(curves)), figure)


# training


def _embedding_training(result: Result, evidence: Evidence) -> Panel | None:
    curves = {
        side: {kind: curves_of(evidence.series, side, f"cosine.{kind}") for kind in ("same", "different")}
        for side in SIDES
    }
    figure = embedding_training.draw(curves)
    if figure is None:
        return None
    ends = {side: {kind: end_of(runs) for kind, runs in kinds.items()} for side, kinds in curves.items()}
    told = [
        titles.embedding_training_title(
            side, found["same"], found["different"], int(max(run.steps[-1] for run in curves[side]["same"]))
        )
        for side, found in ends.items()
        if found["same"] is not None and found["different"] is not None
    ]
    title = "; ".join(told) or words.PAGE["embeddings"]
    return panel("embedding_training", SECTIONS["embedding_training"], title, figure)


def _pair_losses(result: Result, evidence: Evidence) -> Panel | None:
    curves = {side: curves_of(evidence.series, side, "loss.encoder.", total=True) for side in SIDES}
    floors = {side: _floor(result, side) for side in SIDES}
    figure = pair_losses.draw(curves, floors)
    if figure is None:
        return None
    known = [(side, floor) for side in SIDES if curves[side] and (floor := floors[side]) is not None]
    return panel("pair_losses", SECTIONS["pair_losses"], titles.pair_losses_title(ends_of(curves), known), figure)


def _floor(result: Result, side: Side) -> float | None:
    """The lowest value that a variant's loss can take, where that is known."""
    variant = result.variants.get(side)
    conformance = variant.facts.get("conformance") if variant else None
    return loss_floor(conformance) if isinstance(conformance, dict) else None


def _scores(result: Result, side: Side, key: str) -> list[float]:
    metric = result.metrics.get(key)
    return [v for v in getattr(metric, side) if v is not None and np.isfinite(v)] if metric else []


def _lines(present: Mapping[Side, object]) -> list[tuple[str, str]]:
    """Keys of the lines of both models: solid and dashed."""
    return [(f"line {side}" if side == "ref" else f"line {side} dashed", side) for side in SIDES if side in present]

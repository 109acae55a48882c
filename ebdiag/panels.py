"""From what was recorded to figures with a title that says what is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from . import words
from .evidence import Evidence
from .figures import (
    anchors,
    began,
    digits,
    directions,
    energies,
    hinge,
    losses,
    moving,
    quality,
    shares,
    spectra,
    training,
)
from .figures.style import SIDES, Array, Curve, Side
from .panel import Panel as Panel
from .panel import curves_of, dots, early_end, effective_rank, end_of, ends_of, panel, start_of
from .result import Result, VariantResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("real", "held_out", "fake", "noise")


def panels(result: Result, evidence: Evidence) -> list[Panel]:
    """All figures that there is something to draw for, in the order of the page."""
    bounds = {side: margin(result.variants[side]) for side in SIDES if side in result.variants}
    makers: tuple[Callable[[Result, Evidence, Mapping[Side, float | None]], Panel | None], ...]
    makers = (
        *(_anchors, _quality, _digits),
        *(_energies, _training, _hinge, _began, _magan, _ranking, _losses, _coherence),
        *(_spectra, _directions),
    )
    return [made for maker in makers if (made := maker(result, evidence, bounds)) is not None]


def margin(variant: VariantResult) -> float | None:
    """The margin on the scale of mean squared energies of pixels of −1 to 1, or None where it has no place there.

    `facts.margin_mean_squared` where the result has it; else the margin itself where the energy is ebdiag's own.
    """
    if "margin_mean_squared" in variant.facts:
        given = variant.facts["margin_mean_squared"]
        return float(given) if isinstance(given, int | float) else None
    config, energy, limit = variant.facts.get("config"), variant.parts.get("energy"), variant.parts.get("margin")
    if not isinstance(config, dict) or not variant.facts.get("autoencoder", True):
        return None
    if (energy and (energy.source != "default" or not energy.used)) or (limit and not limit.used):
        return None
    value = config.get("margin")
    return float(value) * pixel_scale(variant) if isinstance(value, int | float) else None


def pixel_scale(variant: VariantResult) -> float:
    """Factor that takes a mean squared energy from the variant's pixel range to that of −1 to 1."""
    config = variant.facts.get("config")
    pixel_range = config.get("pixel_range") if isinstance(config, dict) else None
    if not isinstance(pixel_range, list) or len(pixel_range) != 2:
        return 1.0
    low, high = pixel_range
    if not isinstance(low, int | float) or not isinstance(high, int | float) or high <= low:
        return 1.0
    return (2.0 / (high - low)) ** 2


SECTIONS = {
    **dict.fromkeys(("anchors", "quality", "digits"), "metrics"),
    **dict.fromkeys(("energies", "training", "hinge", "losses", "coherence"), "energies"),
    **dict.fromkeys(("began", "magan", "ranking"), "energies"),
    **dict.fromkeys(("spectra", "directions"), "embeddings"),
}
"""Figure → section of the page."""


def _panel(
    name: str, title: str, figure: Figure, notes: Sequence[str] = (), legend: Sequence[tuple[str, str]] = ()
) -> Panel:
    return panel(name, SECTIONS[name], title, figure, notes=notes, legend=legend)


def _other_scales(result: Result, sides: Sequence[Side], bounds: Mapping[Side, float | None]) -> list[str]:
    """A word on each variant that has a margin which cannot be drawn; one whose Objective has none has no word."""
    return [words.other_scale(side) for side in sides if bounds.get(side) is None and not _no_margin(result, side)]


def _no_margin(result: Result, side: Side) -> bool:
    """Whether an Objective with a weight for generated images takes the margin's place, as in a BEGAN."""
    return _role(result, side, "weight") is not None and _role(result, side, "margin") is None


def _energies(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    pooled: dict[Side, dict[str, Array]] = {}
    for side in SIDES:
        for kind in KINDS:
            found = [evidence.energies[key] for key in sorted(evidence.energies) if (key[0], key[2]) == (side, kind)]
            values = np.concatenate(found) if found else np.empty(0)
            if np.isfinite(values).any():
                pooled.setdefault(side, {})[kind] = values[np.isfinite(values)]
    figure = energies.draw(pooled, bounds)
    if figure is None:
        return None
    titles = [
        words.energies_title(side, float(np.median(kinds["real"])), float(np.median(kinds["fake"])))
        for side, kinds in pooled.items()
        if "real" in kinds and "fake" in kinds
    ]
    shown = {kind for kinds in pooled.values() for kind in kinds}
    drawn = [side for side, kinds in pooled.items() if "fake" in kinds]
    legend = [
        (f"fake {' '.join(drawn)}", words.LEGEND["fake"].format(", ".join(drawn)))
        if kind == "fake"
        else (kind, words.LEGEND[kind])
        for kind in KINDS
        if kind in shown
    ]
    legend += [("margin", words.LEGEND["margin"])] if any(bounds.get(side) is not None for side in pooled) else []
    title = "; ".join(titles) or words.LEGEND["energies"]
    return _panel("energies", title, figure, _other_scales(result, list(pooled), bounds), legend)


def _training(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {
        side: {
            kind: [
                Curve(curve.steps, curve.values * pixel_scale(result.variants[side]))
                for curve in curves_of(evidence.series, side, f"energy.mean_squared.{kind}.mean")
            ]
            for kind in ("real", "fake")
        }
        for side in SIDES
    }
    figure = training.draw(curves, bounds)
    if figure is None:
        return None
    ends = {side: {kind: end_of(runs) for kind, runs in kinds.items()} for side, kinds in curves.items()}
    titles = [
        words.training_title(side, found["real"], found["fake"], early_end(curves[side]["fake"], result))
        for side, found in ends.items()
        if found["real"] is not None and found["fake"] is not None
    ]
    sides = [side for side, found in ends.items() if any(value is not None for value in found.values())]
    return _panel(
        "training", "; ".join(titles) or words.LEGEND["energies"], figure, _other_scales(result, sides, bounds)
    )


def _hinge(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: curves_of(evidence.series, side, "hinge.active") for side in SIDES}
    figure = hinge.draw(curves)
    if figure is None:
        return None
    return _panel("hinge", words.hinge_title(ends_of(curves)), figure)


def _began(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    """For a variant whose Objective has a number that weighs generated images."""
    curves = {
        side: {
            "convergence": curves_of(evidence.series, side, "began.convergence"),
            "balance": curves_of(evidence.series, side, f"objective.{name}"),
        }
        for side in SIDES
        if (name := _role(result, side, "weight")) is not None
    }
    figure = began.draw(curves)
    if figure is None:
        return None
    titles = [
        words.began_title(side, first, last, end_of(kinds["balance"]))
        for side, kinds in curves.items()
        if (first := start_of(kinds["convergence"])) is not None and (last := end_of(kinds["convergence"])) is not None
    ]
    return _panel("began", "; ".join(titles) or words.AXES["convergence"], figure)


def _magan(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    """For a variant whose Objective has a margin of its own."""
    curves = {
        side: {
            "margin": curves_of(evidence.series, side, f"objective.{name}"),
            **{kind: curves_of(evidence.series, side, f"energy.own.{kind}") for kind in ("real", "fake")},
        }
        for side in SIDES
        if (name := _role(result, side, "margin")) is not None
    }
    figure = moving.draw(curves)
    if figure is None:
        return None
    titles = []
    for side, kinds in curves.items():
        values = start_of(kinds["margin"]), *(end_of(kinds[kind]) for kind in ("margin", "real", "fake"))
        if all(value is not None for value in values):
            titles.append(words.magan_title(side, *(float(value) for value in values if value is not None)))
    return _panel("magan", "; ".join(titles) or words.LEGEND["margin"], figure)


def _ranking(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: curves_of(evidence.series, side, "output.ranked") for side in SIDES}
    figure = shares.draw(curves, words.AXES["ranked"], start=0.5)
    return None if figure is None else _panel("ranking", words.ranking_title(ends_of(curves)), figure)


def _role(result: Result, side: Side, role: str) -> str | None:
    """Name of the Objective's number that has a role in the discriminator's loss; None where there is none."""
    variant = result.variants.get(side)
    conformance = variant.facts.get("conformance") if variant else None
    state = conformance.get("state") if isinstance(conformance, dict) else None
    name = state.get(role) if isinstance(state, dict) else None
    return name if isinstance(name, str) else None


def _anchors(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    fid, levels = result.metrics.get("fid"), result.dataset.anchors
    scores = {side: [v for v in getattr(fid, side) if v is not None] for side in SIDES} if fid else {}
    known = {key: level for key, level in levels.items() if level is not None}
    figure = anchors.draw(scores, known)
    if figure is None:
        return None
    titles = [_between(side, scores[side], known) for side in SIDES if scores[side]]
    return _panel("anchors", "; ".join(titles), figure)


def _between(side: Side, scores: Sequence[float], levels: Mapping[str, float]) -> str:
    middle = float(np.exp(np.log(np.maximum(scores, 1e-12)).mean()))
    ranked = sorted((level, key) for key, level in levels.items() if key in words.ANCHORS)
    below = [key for level, key in ranked if level <= middle]
    above = [key for level, key in ranked if level > middle]
    return words.anchors_title(
        side, words.spread(list(scores)), below[-1] if below else None, above[0] if above else None
    )


def _quality(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: curves_of(evidence.checkpoints, side, "fid") for side in SIDES}
    levels = result.dataset.anchors
    drawn = {words.ANCHORS[key]: level for key in ("held_out", "blank") if (level := levels.get(key)) is not None}
    figure = quality.draw(curves, drawn)
    if figure is None:
        return None
    last = {side: [float(run.values[np.isfinite(run.values)][-1]) for run in runs] for side, runs in curves.items()}
    ranges = [(side, words.spread(values)) for side, values in last.items() if values]
    return _panel("quality", words.quality_title(ranges), figure)


DRAWN_SHARE = 0.02
"""A class counts as drawn from this share of the confident images on; for the title only."""


def _digits(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    found = evidence.digit_shares
    tables = {side: [found[key] for key in sorted(found) if key[0] == side] for side in SIDES}
    figure = digits.draw(tables, found.get(("real", 0)))
    if figure is None:
        return None
    means = {side: np.mean(runs, axis=0) for side, runs in tables.items() if runs}
    titles = [words.digits_title(side, int((mean >= DRAWN_SHARE).sum()), mean.size) for side, mean in means.items()]
    return _panel("digits", "; ".join(titles), figure, legend=[("real-bar", words.LEGEND["real"]), *dots(means)])


def _coherence(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: curves_of(evidence.series, side, "gradient.coherence.fake") for side in SIDES}
    figure = shares.draw(curves, words.AXES["coherence"])
    return None if figure is None else _panel("coherence", words.coherence_title(ends_of(curves)), figure)


def _spectra(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    found = {side: _relative_spectra(evidence, side) for side in SIDES}
    figure = spectra.draw(found)
    if figure is None:
        return None
    titles = [
        words.spectra_title(
            side, float(kinds["fake"].sum()), effective_rank(kinds["fake"]), effective_rank(kinds["real"])
        )
        for side, kinds in found.items()
        if "fake" in kinds and "real" in kinds
    ]
    present = {kind for kinds in found.values() for kind in kinds}
    labels = {"real": words.LEGEND["real"], "fake": words.AXES["generated"], "recon": words.LEGEND["recon"]}
    legend: list[tuple[str, str]] = [(f"line {side}", side) for side in SIDES if found[side]]
    legend += [(f"line {kind}", label) for kind, label in labels.items() if kind in present]
    return _panel("spectra", "; ".join(titles) or words.PAGE["embeddings"], figure, legend=legend)


def _relative_spectra(evidence: Evidence, side: Side) -> dict[str, Array]:
    """Kind → variance by direction as shares of that seed's real variance, mean over seeds."""
    relative: dict[str, list[Array]] = {}
    for (variant, seed, kind), values in sorted(evidence.spectra.items()):
        real = evidence.spectra.get((variant, seed, "real"))
        if variant == side and real is not None and real.sum() > 0 and np.isfinite(values).all():
            relative.setdefault(kind, []).append(np.maximum(values, 0.0) / real.sum())
    return {kind: np.mean([run[: min(map(len, runs))] for run in runs], axis=0) for kind, runs in relative.items()}


def _directions(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {
        side: {
            kind: curves_of(evidence.series, side, f"codes.directions.{kind}") for kind in ("real", "fake", "shuffled")
        }
        for side in SIDES
    }
    figure = directions.draw(curves)
    if figure is None:
        return None
    ends = {side: {kind: end_of(runs) for kind, runs in kinds.items()} for side, kinds in curves.items()}
    titles = [
        words.directions_title(side, found["fake"], found["real"])
        for side, found in ends.items()
        if found["real"] is not None and found["fake"] is not None
    ]
    return _panel("directions", "; ".join(titles) or words.PAGE["embeddings"], figure)


def _losses(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {
        side: {
            net: curves_of(evidence.series, side, f"loss.{net}.", total=True) for net in ("discriminator", "generator")
        }
        for side in SIDES
    }
    figure = losses.draw(curves)
    if figure is None:
        return None
    ends = ends_of({side: nets["generator"] for side, nets in curves.items()})
    return _panel("losses", words.losses_title(ends) if ends else words.LEGEND["losses"], figure)

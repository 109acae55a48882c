"""From what was recorded to figures with a title that says what is seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from . import words
from .evidence import Evidence, Table
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
from .figures.style import SIDES, Array, Curve, Side, band, to_svg
from .result import Result, VariantResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("real", "held_out", "fake", "noise")


@dataclass(frozen=True)
class Panel:
    """A figure on the page.

    Attributes:
        name: Of its file, without ending.
        section: Of the page that it stands in.
        title: What is seen.
        svg: The figure, an SVG element.
        notes: Sentences about what this one cannot show.
        legend: (class of the key, label) pairs.
    """

    name: str
    section: str
    title: str
    svg: str
    caption: str
    notes: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    file: str = field(default="", compare=False)

    @property
    def box(self) -> tuple[str, str]:
        """Width and height of the drawing, in its own units."""
        found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', self.svg)
        assert found is not None
        return found[1], found[2]

    @property
    def named(self) -> str:
        """The drawing under an id, so that it can be shown a second time."""
        return self.svg.replace("<svg ", f'<svg id="drawing-{self.name}" ', 1)


def panels(result: Result, evidence: Evidence) -> list[Panel]:
    """All figures that there is something to draw for, in the order of the page."""
    bounds = {side: margin(result.variants[side]) for side in SIDES if side in result.variants}
    makers: tuple[Callable[[Result, Evidence, Mapping[Side, float | None]], Panel | None], ...]
    makers = (
        *(_anchors, _quality, _digits),
        *(_energies, _training, _hinge, _began, _magan, _ranking, _losses, _coherence),
        *(_spectra, _directions),
    )
    return [panel for maker in makers if (panel := maker(result, evidence, bounds)) is not None]


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
    return Panel(
        name=name,
        section=SECTIONS[name],
        title=title,
        svg=to_svg(figure, name),
        caption=words.CAPTIONS[name],
        notes=tuple(notes),
        legend=tuple(legend),
        file=f"figures/{name}.svg",
    )


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
                for curve in _curves(evidence.series, side, f"energy.mean_squared.{kind}.mean")
            ]
            for kind in ("real", "fake")
        }
        for side in SIDES
    }
    figure = training.draw(curves, bounds)
    if figure is None:
        return None
    ends = {side: {kind: _end(runs) for kind, runs in kinds.items()} for side, kinds in curves.items()}
    titles = [
        words.training_title(side, found["real"], found["fake"], _early(curves[side]["fake"], result))
        for side, found in ends.items()
        if found["real"] is not None and found["fake"] is not None
    ]
    sides = [side for side, found in ends.items() if any(value is not None for value in found.values())]
    return _panel(
        "training", "; ".join(titles) or words.LEGEND["energies"], figure, _other_scales(result, sides, bounds)
    )


def _hinge(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: _curves(evidence.series, side, "hinge.active") for side in SIDES}
    figure = hinge.draw(curves)
    if figure is None:
        return None
    return _panel("hinge", words.hinge_title(_ends(curves)), figure)


def _began(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    """For a variant whose Objective has a number that weighs generated images."""
    curves = {
        side: {
            "convergence": _curves(evidence.series, side, "began.convergence"),
            "balance": _curves(evidence.series, side, f"objective.{name}"),
        }
        for side in SIDES
        if (name := _role(result, side, "weight")) is not None
    }
    figure = began.draw(curves)
    if figure is None:
        return None
    titles = [
        words.began_title(side, first, last, _end(kinds["balance"]))
        for side, kinds in curves.items()
        if (first := _start(kinds["convergence"])) is not None and (last := _end(kinds["convergence"])) is not None
    ]
    return _panel("began", "; ".join(titles) or words.AXES["convergence"], figure)


def _magan(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    """For a variant whose Objective has a margin of its own."""
    curves = {
        side: {
            "margin": _curves(evidence.series, side, f"objective.{name}"),
            **{kind: _curves(evidence.series, side, f"energy.own.{kind}") for kind in ("real", "fake")},
        }
        for side in SIDES
        if (name := _role(result, side, "margin")) is not None
    }
    figure = moving.draw(curves)
    if figure is None:
        return None
    titles = []
    for side, kinds in curves.items():
        values = _start(kinds["margin"]), *(_end(kinds[kind]) for kind in ("margin", "real", "fake"))
        if all(value is not None for value in values):
            titles.append(words.magan_title(side, *(float(value) for value in values if value is not None)))
    return _panel("magan", "; ".join(titles) or words.LEGEND["margin"], figure)


def _ranking(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: _curves(evidence.series, side, "output.ranked") for side in SIDES}
    figure = shares.draw(curves, words.AXES["ranked"], start=0.5)
    return None if figure is None else _panel("ranking", words.ranking_title(_ends(curves)), figure)


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
    curves = {side: _curves(evidence.checkpoints, side, "fid") for side in SIDES}
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
    return _panel("digits", "; ".join(titles), figure, legend=[("real-bar", words.LEGEND["real"]), *_sides(means)])


def _sides(present: Mapping[Side, object]) -> list[tuple[str, str]]:
    return [(f"dot {side}", side) for side in SIDES if side in present]


def _coherence(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: _curves(evidence.series, side, "gradient.coherence.fake") for side in SIDES}
    figure = shares.draw(curves, words.AXES["coherence"])
    return None if figure is None else _panel("coherence", words.coherence_title(_ends(curves)), figure)


def _spectra(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    found = {side: _relative_spectra(evidence, side) for side in SIDES}
    figure = spectra.draw(found)
    if figure is None:
        return None
    titles = [
        words.spectra_title(side, float(kinds["fake"].sum()), _rank(kinds["fake"]), _rank(kinds["real"]))
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


def _rank(spectrum: Array) -> float:
    """exp of the entropy of the shares: the effective number of directions that vary (Roy, Vetterli 2007)."""
    shares_ = spectrum[spectrum > 0] / max(float(spectrum.sum()), 1e-300)
    return float(np.exp(-(shares_ * np.log(shares_)).sum()))


def _directions(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {
        side: {
            kind: _curves(evidence.series, side, f"codes.directions.{kind}") for kind in ("real", "fake", "shuffled")
        }
        for side in SIDES
    }
    figure = directions.draw(curves)
    if figure is None:
        return None
    ends = {side: {kind: _end(runs) for kind, runs in kinds.items()} for side, kinds in curves.items()}
    titles = [
        words.directions_title(side, found["fake"], found["real"])
        for side, found in ends.items()
        if found["real"] is not None and found["fake"] is not None
    ]
    return _panel("directions", "; ".join(titles) or words.PAGE["embeddings"], figure)


def _losses(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {
        side: {
            net: _curves(evidence.series, side, f"loss.{net}.", total=True) for net in ("discriminator", "generator")
        }
        for side in SIDES
    }
    figure = losses.draw(curves)
    if figure is None:
        return None
    ends = _ends({side: nets["generator"] for side, nets in curves.items()})
    return _panel("losses", words.losses_title(ends) if ends else words.LEGEND["losses"], figure)


def _curves(tables: Mapping[tuple[str, int], Table], side: str, name: str, *, total: bool = False) -> list[Curve]:
    """One curve a seed of the column `name`, or of the sum of all columns that start so; empty ones left out.

    A term that only the other variant has is an empty column here, and no part of the sum.
    """
    curves = []
    for (variant, _), table in sorted(tables.items()):
        wanted = [column for column in sorted(table) if column == name or (total and column.startswith(name))]
        columns = [table[column] for column in wanted if np.isfinite(table[column]).any()]
        if variant == side and columns:
            curves.append(Curve(table["step"], np.sum(columns, axis=0)))
    return curves


def _early(curves: Sequence[Curve], result: Result) -> int | None:
    """The last step recorded of any seed, where no seed came to the planned end."""
    last = int(max(run.steps[-1] for run in curves))
    return last if last < result.budget.steps else None


def _end(curves: Sequence[Curve]) -> float | None:
    drawn = band(curves)
    return None if drawn is None else float(drawn.mean[-1])


def _start(curves: Sequence[Curve]) -> float | None:
    """Mean over seeds of the first values that were recorded."""
    firsts = [float(curve.values[np.isfinite(curve.values)][0]) for curve in curves]
    return float(np.mean(firsts)) if firsts else None


def _ends(curves: Mapping[Side, Sequence[Curve]]) -> list[tuple[str, float]]:
    return [(side, value) for side, runs in curves.items() if (value := _end(runs)) is not None]

"""From what was recorded to figures with a title that says what is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from . import words
from .evidence import Evidence, Table
from .figures import energies, hinge, losses, quality, training
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
        title: What is seen.
        svg: The figure, an SVG element.
        notes: Sentences about what this one cannot show.
        legend: (class of the key, label) pairs.
    """

    name: str
    title: str
    svg: str
    caption: str
    notes: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    file: str = field(default="", compare=False)


def panels(result: Result, evidence: Evidence) -> list[Panel]:
    """All figures that there is something to draw for, in the order of the page."""
    bounds = {side: margin(result.variants[side]) for side in SIDES if side in result.variants}
    makers: tuple[Callable[[Result, Evidence, Mapping[Side, float | None]], Panel | None], ...]
    makers = (_energies, _training, _hinge, _quality, _losses)
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


def _panel(
    name: str, title: str, figure: Figure, notes: Sequence[str] = (), legend: Sequence[tuple[str, str]] = ()
) -> Panel:
    return Panel(
        name=name,
        title=title,
        svg=to_svg(figure, name),
        caption=words.CAPTIONS[name],
        notes=tuple(notes),
        legend=tuple(legend),
        file=f"figures/{name}.svg",
    )


def _other_scales(sides: Sequence[Side], bounds: Mapping[Side, float | None]) -> list[str]:
    return [words.other_scale(side) for side in sides if bounds.get(side) is None]


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
    legend = [(kind, words.LEGEND[kind]) for kind in KINDS if kind in shown]
    legend += [("margin", words.LEGEND["margin"])] if any(bounds.get(side) is not None for side in pooled) else []
    title = "; ".join(titles) or words.LEGEND["energies"]
    return _panel("energies", title, figure, _other_scales(list(pooled), bounds), legend)


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
    return _panel("training", "; ".join(titles) or words.LEGEND["energies"], figure, _other_scales(sides, bounds))


def _hinge(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: _curves(evidence.series, side, "hinge.active") for side in SIDES}
    figure = hinge.draw(curves)
    if figure is None:
        return None
    return _panel("hinge", words.hinge_title(_ends(curves)), figure)


def _quality(result: Result, evidence: Evidence, bounds: Mapping[Side, float | None]) -> Panel | None:
    curves = {side: _curves(evidence.checkpoints, side, "fid") for side in SIDES}
    levels = result.dataset.anchors
    anchors = {label: level for key, label in words.ANCHORS.items() if (level := levels.get(key)) is not None}
    figure = quality.draw(curves, anchors)
    if figure is None:
        return None
    last = {side: [float(run.values[np.isfinite(run.values)][-1]) for run in runs] for side, runs in curves.items()}
    ranges = [(side, words.spread(values)) for side, values in last.items() if values]
    return _panel("quality", words.quality_title(ranges), figure)


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
    """One curve a seed of the column `name`, or of the sum of all columns that start so; empty ones left out."""
    curves = []
    for (variant, _), table in sorted(tables.items()):
        columns = [column for column in sorted(table) if column == name or (total and column.startswith(name))]
        if variant == side and columns:
            values = np.sum([table[column] for column in columns], axis=0)
            if np.isfinite(values).any():
                curves.append(Curve(table["step"], values))
    return curves


def _early(curves: Sequence[Curve], result: Result) -> int | None:
    """The last step recorded of any seed, where no seed came to the planned end."""
    last = int(max(run.steps[-1] for run in curves))
    return last if last < result.budget.steps else None


def _end(curves: Sequence[Curve]) -> float | None:
    drawn = band(curves)
    return None if drawn is None else float(drawn.mean[-1])


def _ends(curves: Mapping[Side, Sequence[Curve]]) -> list[tuple[str, float]]:
    return [(side, value) for side, runs in curves.items() if (value := _end(runs)) is not None]

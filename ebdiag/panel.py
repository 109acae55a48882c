"""A figure on the page, and what figures of every kind of variant take from series and spectra."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from . import words
from .evidence import Table
from .figures.style import SIDES, Array, Curve, Side, band, to_svg
from .metrics.codes import rank_of
from .result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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


def panel(
    name: str,
    section: str,
    title: str,
    figure: Figure,
    *,
    notes: Sequence[str] = (),
    legend: Sequence[tuple[str, str]] = (),
) -> Panel:
    """A drawn figure with its title, and with the caption of its name."""
    return Panel(
        name=name,
        section=section,
        title=title,
        svg=to_svg(figure, name),
        caption=words.CAPTIONS[name],
        notes=tuple(notes),
        legend=tuple(legend),
        file=f"figures/{name}.svg",
    )


def dots(present: Mapping[Side, object]) -> list[tuple[str, str]]:
    """Keys of the marks of both models."""
    return [(f"dot {side}", side) for side in SIDES if side in present]


def curves_of(tables: Mapping[tuple[str, int], Table], side: str, name: str, *, total: bool = False) -> list[Curve]:
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


def early_end(curves: Sequence[Curve], result: Result) -> int | None:
    """The last step recorded of any seed, where no seed came to the planned end."""
    last = int(max(run.steps[-1] for run in curves))
    return last if last < result.budget.steps else None


def end_of(curves: Sequence[Curve]) -> float | None:
    """Mean over seeds at the last step drawn."""
    drawn = band(curves)
    return None if drawn is None else float(drawn.mean[-1])


def start_of(curves: Sequence[Curve]) -> float | None:
    """Mean over seeds of the first values that were recorded."""
    firsts = [float(curve.values[np.isfinite(curve.values)][0]) for curve in curves]
    return float(np.mean(firsts)) if firsts else None


def ends_of(curves: Mapping[Side, Sequence[Curve]]) -> list[tuple[str, float]]:
    """Where each side's curves end, for those that have any."""
    return [(side, value) for side, runs in curves.items() if (value := end_of(runs)) is not None]


def effective_rank(spectrum: Array) -> float:
    """The effective number of directions that vary; 1 where none does."""
    return rank_of(spectrum) or 1.0

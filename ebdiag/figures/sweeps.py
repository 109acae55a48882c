"""What a sweep shows: where scores lie, why runs fail, which settings matter. Knows no colours of ref and mine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..safe import visible
from ..words import AXES, percent
from .style import INK, MUTED, NOISE, REAL, log_axis, margins, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

BINS = 28
ROW_IN, LONGEST = 0.27, 26
"""Height of a row, in inches, and letters of a name beside it."""


@dataclass(frozen=True)
class Mean:
    """A level with its mean and the ends of its interval, which are absent where one setting alone was tried."""

    label: str
    mean: float
    low: float | None
    high: float | None


def scores(
    families: Mapping[str, tuple[Floats, Floats]], bar: float | None, *, logarithmic: bool, metric: str
) -> Figure | None:
    """Histogram of the score, a row a family on one axis; filled what works, hollow what does not.

    Args:
        families: Name → scores of runs that work, and of those that do not.
        bar: Where "works" begins.
    """
    from matplotlib.ticker import MaxNLocator

    everything = np.concatenate([part for both in families.values() for part in both]) if families else np.empty(0)
    everything = everything[everything > 0] if logarithmic else everything
    if not everything.size:
        return None
    low, high = float(everything.min()), float(everything.max())
    if bar is not None:
        low, high = min(low, bar), max(high, bar)
    if low == high:
        low, high = low * 0.8, high * 1.25 or 1.0
    edges = np.geomspace(low, high, BINS + 1) if logarithmic else np.linspace(low, high, BINS + 1)
    counted = {
        name: [np.histogram(np.clip(part, low, high), edges)[0] for part in both] for name, both in families.items()
    }
    top = max(int((works + fails).max()) for works, fails in counted.values())
    figure, axes = panels(len(families), 0.62 + 0.85 * len(families))
    margins(figure, left=0.5, gap=0.26, top=0.24)
    for axis, (name, (works, fails)) in zip(axes, counted.items(), strict=True):
        widths = np.diff(edges)
        axis.bar(edges[:-1], works, widths, align="edge", color=REAL, linewidth=0)
        axis.bar(
            edges[:-1], fails, widths, align="edge", bottom=works, facecolor="none", edgecolor=MUTED, linewidth=0.9
        )
        if bar is not None:
            axis.axvline(bar, color=INK, linewidth=1.1, linestyle=(0, (4, 2)))
        axis.set_ylim(0, top * 1.1)
        axis.set_xlim(low, high)
        axis.set_title(short(name), fontsize=10, loc="left", color=INK, pad=3)
        axis.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    if logarithmic:
        log_axis(axes[-1], horizontal=True)
    axes[-1].set_xlabel(AXES["log"].format(metric) if logarithmic else metric, fontsize=10)
    return figure


def shares(rows: Sequence[tuple[str, float]], axis_name: str) -> Figure | None:
    """Bars from the left, each with its share, the longest first."""
    if not rows:
        return None
    figure, axis = _rows([name for name, _ in rows])
    places = range(len(rows))
    axis.barh(places, [share for _, share in rows], height=0.62, color=REAL, linewidth=0)
    for place, (_, share) in zip(places, rows, strict=True):
        _beside(axis, share, place, percent(share))
    axis.set_xlim(0, max(share for _, share in rows) * 1.16)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")
    axis.set_xlabel(axis_name, fontsize=10)
    return figure


def importances(rows: Sequence[tuple[str, float, float]], axis_name: str) -> Figure | None:
    """Bars of importance, each with a mark where one shuffle of twenty gets.

    Args:
        rows: (name of one line or two, importance, what chance reaches), the most important first.
    """
    if not rows:
        return None
    figure, axis = _rows([name for name, _, _ in rows], row_in=1.45 * ROW_IN)
    places = range(len(rows))
    axis.barh(places, [value for _, value, _ in rows], height=0.62, color=REAL, linewidth=0)
    for place, (_, value, chance) in zip(places, rows, strict=True):
        axis.plot([chance, chance], [place - 0.4, place + 0.4], color=INK, linewidth=1.3, linestyle=(0, (2, 1)))
        _beside(axis, max(value, chance), place, f"{value:.2f}")
    axis.set_xlim(0, max(max(value, chance) for _, value, chance in rows) * 1.2 or 1)
    axis.set_xlabel(axis_name, fontsize=10)
    return figure


def levels(
    groups: Sequence[tuple[str, Sequence[Mean]]],
    span: tuple[float, float], bar: float | None, *, logarithmic: bool, metric: str,
) -> Figure | None:  # fmt: skip
    """Mean score of each level of each setting with its interval, settings below each other.

    Args:
        groups: Setting → its levels.
        span: The axis, the same for all families.
    """
    rows = [(name, level) for name, own in groups for level in own]
    if not rows:
        return None
    figure, (axis,) = panels(1, 0.75 + 0.22 * len(rows) + 0.24 * len(groups))
    margins(figure, left=1.7)
    place = 0.0
    ticks: list[float] = []
    labels: list[str] = []
    headings: list[int] = []
    for name, own in groups:
        headings.append(len(ticks))
        ticks.append(place)
        labels.append(short(name))
        place += 1
        for level in own:
            if level.low is not None and level.high is not None:
                ends = [level.low, level.high]
                axis.plot(ends, [place, place], color=REAL, linewidth=1.8, solid_capstyle="butt")
            axis.plot([level.mean], [place], "o", color=REAL, markersize=5)
            ticks.append(place)
            labels.append(short(level.label))
            place += 1
    axis.set_yticks(ticks, labels)
    for heading in headings:
        axis.get_yticklabels()[heading].set_fontweight("bold")
    axis.set_ylim(place - 0.4, -0.8)
    axis.set_xlim(*span)
    if logarithmic:
        log_axis(axis, horizontal=True)
    if bar is not None and span[0] <= bar <= span[1]:
        axis.axvline(bar, color=INK, linewidth=1.1, linestyle=(0, (4, 2)))
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", color=NOISE, linewidth=0.5, alpha=0.5)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(AXES["log"].format(metric) if logarithmic else metric, fontsize=10)
    return figure


def span(values: Sequence[float], bar: float | None, *, logarithmic: bool) -> tuple[float, float]:
    """An axis that holds all of these."""
    known = [v for v in (*values, *([] if bar is None else [bar])) if math.isfinite(v) and (v > 0 or not logarithmic)]
    low, high = min(known), max(known)
    if logarithmic:
        return low / 1.15, high * 1.15
    room = 0.06 * (high - low or 1.0)
    return low - room, high + room


def _beside(axis: Axes, value: float, place: float, text: str) -> None:
    """A text right of a bar's end."""
    axis.annotate(text, (value, place), (5, 0), textcoords="offset points", va="center", fontsize=10, color=INK)


def short(name: str) -> str:
    """A name that leaves room for the figure, without what no font has."""
    name = visible(name)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _rows(names: Sequence[str], row_in: float = ROW_IN) -> tuple[Figure, Axes]:
    figure, (axis,) = panels(1, 0.6 + row_in * len(names))
    margins(figure, left=1.9)
    axis.set_yticks(range(len(names)), ["\n".join(map(short, name.split("\n"))) for name in names])
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.grid(axis="y", visible=False)
    axis.tick_params(axis="y", length=0)
    return figure, axis

"""How every figure looks: colours with a meaning, themed SVG, bands over seeds, labels at the ends of lines."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..words import AXES, power

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Side = Literal["ref", "mine"]
SIDES: tuple[Side, ...] = ("ref", "mine")

REF, MINE, REAL, NOISE = "#1f6fb4", "#b04e0a", "#4a4b4d", "#b1b4b8"
INK, MUTED, GRID = "#1c1e21", "#656a70", "#e2e4e7"
COLOURS = {"ref": REF, "mine": MINE}
DARK = {REF: "#6fb3f2", MINE: "#ff9f52", REAL: "#cfd1d4", NOISE: "#74787d"}
DARK |= {INK: "#e7e8ea", MUTED: "#a3a8ae", GRID: "#33363b"}
VARIABLES = {REF: "ref", MINE: "mine", REAL: "real", NOISE: "noise", INK: "ink", MUTED: "muted", GRID: "grid"}
"""Colour of the light theme → name of the CSS variable that an exported SVG uses in its place."""

WIDTH_IN = 4.6
SIDE_IN = 0.03
"""What stays free at the sides of a figure."""

CEILING = 1000.0
"""An axis ends at this many times the median of what is drawn; a curve that diverges leaves the plot."""
POINTS = 150
"""A curve with more points than this is drawn as means over blocks of steps, each at its last step."""


@dataclass(frozen=True)
class Curve:
    """One quantity of one run: steps ascending, values of the same shape (n,); NaN where not recorded."""

    steps: Array
    values: Array


@dataclass(frozen=True)
class Band:
    """A quantity over steps: mean, lowest and highest over seeds; all of shape (n,), no NaN."""

    steps: Array
    mean: Array
    low: Array
    high: Array


def theme_variables(*, dark: bool) -> str:
    """CSS declarations of the colours in one theme."""
    return "".join(f"--{name}:{DARK[colour] if dark else colour};" for colour, name in VARIABLES.items())


def panels(rows: int, height_in: float, *, heights: Sequence[float] | None = None) -> tuple[Figure, list[Axes]]:
    """An empty figure with `rows` axes above each other that share the horizontal axis.

    Args:
        heights: Of the rows, relative to each other; equal where none are given.
    """
    import seaborn
    from matplotlib.figure import Figure

    ticks = {"xtick.color": MUTED, "ytick.color": MUTED, "xtick.labelcolor": INK, "ytick.labelcolor": INK}
    sizes = {"xtick.major.size": 3, "ytick.major.size": 3, "xtick.labelsize": 10, "ytick.labelsize": 10}
    others = {"axes.edgecolor": MUTED, "axes.labelcolor": INK, "text.color": INK, "grid.color": GRID}
    with seaborn.axes_style("ticks", {**ticks, **others}), seaborn.plotting_context("notebook", rc=sizes):
        figure = Figure(figsize=(WIDTH_IN, height_in))
        grid = figure.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=heights)
    axes = list(grid[:, 0])
    for axis in axes:
        axis.grid(axis="y", linewidth=0.8)
        axis.set_axisbelow(True)
        axis.tick_params(width=0.8, which="major")
        seaborn.despine(ax=axis)
    return figure, axes


def margins(
    figure: Figure, *, left: float = 0.56, right: float = 0.1, top: float = 0.1, bottom: float = 0.5, gap: float = 0.3
) -> None:
    """Space around and between the axes, in inches."""
    width, height = figure.get_size_inches()
    rows = len(figure.axes)
    inner = (height - top - bottom - gap * (rows - 1)) / rows
    figure.subplots_adjust(
        left=left / width, right=1 - right / width, top=1 - top / height, bottom=bottom / height, hspace=gap / inner
    )


def fit(figure: Figure) -> None:
    """Make the margins at the sides as wide as what stands in them, in the widest of common fonts."""
    box = figure.get_tightbbox(_measuring(figure))
    width, pars = float(figure.get_figwidth()), figure.subplotpars
    left = pars.left * width - box.x0 + SIDE_IN
    right = (1 - pars.right) * width + box.x1 - width + SIDE_IN
    if 0 < left < width / 2 and 0 < right < width / 2:
        figure.subplots_adjust(left=left / width, right=1 - right / width)


def _measuring(figure: Figure) -> RendererBase:
    """What measures text: wide characters, which matplotlib's own font lacks, as wide as the widest Latin one."""
    from matplotlib.backends.backend_agg import RendererAgg

    class Renderer(RendererAgg):
        def get_text_width_height_descent(self, s: str, *args: Any, **options: Any) -> tuple[float, float, float]:
            shown = "".join("W" if unicodedata.east_asian_width(sign) in "WF" else sign for sign in s)
            width, height, descent = super().get_text_width_height_descent(shown, *args, **options)
            return width, height, descent

    width, height = figure.get_size_inches() * figure.dpi
    return Renderer(float(width), float(height), figure.dpi)


def band(curves: Iterable[Curve]) -> Band | None:
    """Mean and range over seeds at every step that any seed recorded; None where there is nothing to show."""
    curves = [_blocks(curve) for curve in curves]
    steps = np.unique(np.concatenate([curve.steps for curve in curves])) if curves else np.empty(0)
    if not steps.size:
        return None
    table = np.full((len(curves), steps.size), np.nan)
    for row, curve in zip(table, curves, strict=True):
        row[np.searchsorted(steps, curve.steps)] = curve.values
    present = np.isfinite(table)
    amount = present.sum(axis=0)
    mean = np.where(present, table, 0.0).sum(axis=0) / amount
    low, high = np.where(present, table, np.inf).min(axis=0), np.where(present, table, -np.inf).max(axis=0)
    return Band(steps, mean, low, high)


def _blocks(curve: Curve) -> Curve:
    finite = np.isfinite(curve.values)
    steps, values = curve.steps[finite], curve.values[finite]
    if steps.size <= POINTS:
        return Curve(steps, values)
    block = (steps // np.ceil((steps[-1] + 1) / POINTS)).astype(np.int64)
    _, place, amount = np.unique(block, return_inverse=True, return_counts=True)
    return Curve(steps[np.cumsum(amount) - 1], np.bincount(place, values) / amount)


Line = Literal["solid", "dashed", "dotted"]
DASHES: dict[Line, tuple[float, tuple[float, ...] | None]]
DASHES = {"solid": (0, None), "dashed": (0, (5, 1.5)), "dotted": (0, (1, 1.4))}
LINE_OF: dict[Side, Line] = {"ref": "solid", "mine": "dashed"}
"""Where the two models share axes, the line tells them apart beside the colour."""


def draw_band(axis: Axes, shown: Band, colour: str, *, line: Line = "solid") -> None:
    """A line with its band; a single point becomes a dot."""
    marker = "o" if shown.steps.size == 1 else None
    axis.plot(shown.steps, shown.mean, color=colour, linewidth=1.8, linestyle=DASHES[line], marker=marker, markersize=4)
    if not np.array_equal(shown.low, shown.high):
        axis.fill_between(shown.steps, shown.low, shown.high, color=colour, alpha=0.22, linewidth=0)


@dataclass(frozen=True)
class Label:
    """The name of a line, to stand where it ends."""

    step: float
    value: float
    text: str
    colour: str


def label_ends(axis: Axes, labels: Sequence[Label], *, gap: float, top: float = 0.95) -> None:
    """Name lines at their ends, at least `gap` apart and none above `top`, both in heights of the axes."""
    to_axis = axis.transData + axis.transAxes.inverted()
    ends = [(to_axis.transform((label.step, label.value)), label) for label in labels if np.isfinite(label.value)]
    found = sorted(((float(end[0]), min(max(float(end[1]), 0.0), top), label) for end, label in ends), key=_height)
    heights = [height for _, height, _ in found]
    for upper in range(1, len(heights)):
        heights[upper] = max(heights[upper], heights[upper - 1] + gap)
    ceiling = top
    for lower in range(len(heights) - 1, -1, -1):
        heights[lower] = min(heights[lower], ceiling)
        ceiling = heights[lower] - gap
    for height, (place, _, label) in zip(heights, found, strict=True):
        text = axis.text(place + 0.022, height, label.text, transform=axis.transAxes, fontsize=10)
        text.set(color=label.colour, verticalalignment="center")


def _height(found: tuple[float, float, Label]) -> float:
    return found[1]


def step_axis(axis: Axes, last: float) -> None:
    """The horizontal axis of everything that is drawn over training."""
    from matplotlib.ticker import MaxNLocator

    axis.set_xlim(0, last or 1)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10], integer=True))
    axis.xaxis.set_major_formatter(lambda value, _: tick(value))


SHORT = 8.0
"""Where one encoder is given this many times the updates of the other, they are drawn on a logarithmic axis."""


def update_axis(axis: Axes, ends: Sequence[float]) -> None:
    """The horizontal axis of what is drawn over the updates of encoders, whose schedules are their own.

    Args:
        ends: The last update of each line.
    """
    last, name = max(ends), AXES["updates"]
    if 1 < SHORT * min(ends) < last:
        axis.set_xlim(1, last)
        log_axis(axis, horizontal=True)
        name = AXES["log"].format(name)
    else:
        step_axis(axis, last)
    axis.set_xlabel(name, fontsize=10)


def wide(values: Array, *, ratio: float = 30.0) -> bool:
    """Whether all values are positive and span more than `ratio`, so that only a logarithmic axis shows them."""
    return bool(values.size and values.min() > 0 and values.max() / values.min() > ratio)


def log_axis(axis: Axes, *, horizontal: bool = False) -> None:
    """Make an axis whose limits are set logarithmic, with few ticks: powers of ten, or 1, 2, 5 within two of them."""
    from matplotlib.ticker import LogLocator, NullLocator

    low, high = axis.get_xlim() if horizontal else axis.get_ylim()
    (axis.set_xscale if horizontal else axis.set_yscale)("log")
    ticks = axis.xaxis if horizontal else axis.yaxis
    steps = (1.0,) if high / low > 300 else (1.0, 2.0, 5.0) if high / low > 5 else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
    ticks.set_major_locator(LogLocator(subs=steps, numticks=12))
    ticks.set_minor_locator(NullLocator())
    ticks.set_major_formatter(lambda value, _: tick(value))


def tick(value: float) -> str:
    """A tick's number: `0.02`, `500`, `10,000`, `10⁹`."""
    if value != 0 and not 1e-4 <= abs(value) < 1e7:
        return power(value)
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:g}"


def to_svg(figure: Figure, name: str) -> str:
    """The figure as an SVG element: transparent, text as text, colours as CSS variables, the same bytes every time.

    Args:
        name: Keeps ids of several figures on one page apart.
    """
    import matplotlib

    fit(figure)
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # the reader's browser has one
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    svg = re.sub(r"font-family: [^;\"]*", "font-family: system-ui, sans-serif", svg)
    referred = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r' id="([\w.-]+)"', lambda found: found[0] if found[1] in referred else "", svg)
    return re.sub(r"\n\s*", "\n", svg)


def standalone(svg: str, description: str) -> str:
    """An SVG element as a file of its own: with its colours for both themes and a text that states the result."""
    style = (
        f"<style>svg{{{theme_variables(dark=False)}}}"
        f"@media (prefers-color-scheme:dark){{svg{{{theme_variables(dark=True)}}}}}</style>"
    )
    head, rest = svg.split(">", 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head} role="img">\n<title>{description}</title>\n{style}{rest}'

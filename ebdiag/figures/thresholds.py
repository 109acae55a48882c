"""How many pairs are decided right at every threshold of the cosine, with the best one and the variant's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..words import AXES
from .style import COLOURS, LINE_OF, MUTED, SIDES, Curve, Side, band, draw_band, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Marks:
    """Points on the mean curve of a variant, each a (cosine, accuracy) pair."""

    best: tuple[float, float]
    own: tuple[float, float] | None


def draw(
    curves: Mapping[Side, Sequence[Curve]], marks: Mapping[Side, Marks], always_same: float | None
) -> Figure | None:
    """The figure, or None where there is no curve.

    Args:
        curves: `ref` and `mine` → one curve a seed: accuracy, 0..1, over thresholds of the cosine.
        always_same: Share of same among the pairs, which answering "same" to every pair scores.
    """
    bands = {side: drawn for side in SIDES if (drawn := band(curves.get(side, []))) is not None}
    if not bands:
        return None
    figure, (axis,) = panels(1, 2.7)
    margins(figure, left=0.66)
    if always_same is not None:
        axis.axhline(always_same, color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
    for side, drawn in bands.items():
        draw_band(axis, drawn, COLOURS[side], line=LINE_OF[side])
        shape, found = ("o" if side == "ref" else "s"), marks[side]
        axis.plot(*found.best, shape, color=COLOURS[side], markersize=7, zorder=4)
        if found.own is not None:
            axis.plot(
                *found.own, shape, color=COLOURS[side], markersize=8, fillstyle="none", markeredgewidth=2, zorder=5
            )
    lowest = min(float(drawn.low.min()) for drawn in bands.values())
    axis.set(xlim=(-1.03, 1.03), ylim=(min(0.44, lowest - 0.03), 1.03))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")
    axis.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−0.5", "0", "0.5", "1"])
    axis.set_xlabel(AXES["threshold"], fontsize=10)
    axis.set_ylabel(AXES["pairs decided right"], fontsize=10)
    return figure

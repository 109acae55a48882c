"""How close same pairs lie against how evenly all embeddings spread, one mark a seed and a side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..words import AXES
from .style import COLOURS, MUTED, SIDES, Side, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EVEN = -4.0
"""Uniformity of embeddings spread evenly over a sphere of many dimensions, where any two are at right angles."""


def draw(points: Mapping[Side, Sequence[tuple[float, float]]]) -> Figure | None:
    """The figure, or None where nothing was scored.

    Args:
        points: `ref` and `mine` → (alignment, uniformity), one a seed; finite.
    """
    everything = [point for side in SIDES for point in points.get(side, ())]
    if not everything:
        return None
    figure, (axis,) = panels(1, 2.9)
    margins(figure, left=0.66, top=0.3)
    for place, name, side_of in ((EVEN, AXES["evenly spread"], "left"), (0.0, AXES["one point"], "right")):
        axis.axvline(place, color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
        axis.text(place, 1.02, name, transform=axis.get_xaxis_transform(), fontsize=10, color=MUTED, ha=side_of)
    for side in SIDES:
        for alignment, uniformity in points.get(side, ()):
            axis.plot(uniformity, alignment, "o" if side == "ref" else "s", color=COLOURS[side], markersize=7)
    top = max(alignment for alignment, _ in everything)
    left = min(EVEN, *(uniformity for _, uniformity in everything))
    axis.set(xlim=(left - 0.2, 0.2), ylim=(-0.06 * max(top, 0.1), 1.12 * max(top, 0.1)))
    axis.set_xlabel(AXES["uniformity"], fontsize=10)
    axis.set_ylabel(AXES["alignment"], fontsize=10)
    return figure

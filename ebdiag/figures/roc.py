"""How many same pairs are found at how many false alarms, as the threshold of the cosine moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..words import AXES
from .style import COLOURS, DASHES, LINE_OF, MUTED, SIDES, Array, Side, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(curves: Mapping[Side, Sequence[Array]]) -> Figure | None:
    """The figure, or None where there is no curve.

    Args:
        curves: `ref` and `mine` → one array a seed, (2, k): false- and true-positive rate, ascending and finite.
    """
    if not any(curves.get(side) for side in SIDES):
        return None
    figure, (axis,) = panels(1, 3.3)
    margins(figure, left=0.66)
    axis.plot([0, 1], [0, 1], color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
    for side in SIDES:
        for false, true in curves.get(side, ()):
            axis.plot(false, true, color=COLOURS[side], linewidth=1.4, linestyle=DASHES[LINE_OF[side]])
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
    ticks = ([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axis.set_xticks(*ticks)
    axis.set_yticks(*ticks)
    axis.set_xlabel(AXES["false alarms"], fontsize=10)
    axis.set_ylabel(AXES["same found"], fontsize=10)
    return figure

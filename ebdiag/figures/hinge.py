"""Share of generated images that the discriminator still pushes away, over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .style import COLOURS, SIDES, Curve, Label, Side, band, draw_band, label_ends, margins, panels, step_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(curves: Mapping[Side, Sequence[Curve]]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → one curve a seed; values are shares, 0..1.
    """
    bands = {side: drawn for side in SIDES if (drawn := band(curves.get(side, []))) is not None}
    if not bands:
        return None
    figure, (axis,) = panels(1, 2.6)
    margins(figure, left=0.62, right=0.55)
    axis.set_ylim(-0.03, 1.03)
    step_axis(axis, max(drawn.steps[-1] for drawn in bands.values()))
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    for side, drawn in bands.items():
        draw_band(axis, drawn, COLOURS[side], dashed=side == "mine")
    labels = [Label(drawn.steps[-1], drawn.mean[-1], side, COLOURS[side]) for side, drawn in bands.items()]
    label_ends(axis, labels, gap=0.09, top=1.03)
    axis.set_ylabel("pushed away", fontsize=10)
    axis.set_xlabel("step (generator updates)", fontsize=10)
    return figure

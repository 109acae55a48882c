"""AUROC of held-out pairs at every checkpoint, between chance and the bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..words import AXES
from .style import (
    COLOURS,
    INK,
    LINE_OF,
    MUTED,
    SIDES,
    Curve,
    Label,
    Side,
    band,
    draw_band,
    label_ends,
    margins,
    panels,
    update_axis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHANCE = 0.5


def draw(curves: Mapping[Side, Sequence[Curve]], bar: float | None) -> Figure | None:
    """The figure, or None where no checkpoint was scored.

    Args:
        curves: `ref` and `mine` → one curve a seed; values are AUROCs, 0..1.
        bar: What "works" asks for; drawn dashed.
    """
    bands = {side: drawn for side in SIDES if (drawn := band(curves.get(side, []))) is not None}
    if not bands:
        return None
    figure, (axis,) = panels(1, 2.6)
    margins(figure, left=0.62, right=0.6)
    lowest = min(float(drawn.low.min()) for drawn in bands.values())
    axis.set_ylim(min(CHANCE, lowest) - 0.04, 1.02)
    last = max(drawn.steps[-1] for drawn in bands.values())
    update_axis(axis, [drawn.steps[-1] for drawn in bands.values()])
    axis.axhline(CHANCE, color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
    labels = [Label(last, CHANCE, AXES["chance"], MUTED)]
    if bar is not None:
        axis.axhline(bar, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
        labels.append(Label(last, bar, AXES["bar"], INK))
    for side, drawn in bands.items():
        draw_band(axis, drawn, COLOURS[side], line=LINE_OF[side])
        mark = "o" if side == "ref" else "s"
        axis.plot(drawn.steps, drawn.mean, mark, color=COLOURS[side], markersize=4, clip_on=False)
        labels.append(Label(last, drawn.mean[-1], side, COLOURS[side]))
    label_ends(axis, labels, gap=0.09, top=1.0)
    axis.set_ylabel(AXES["auroc"], fontsize=10)
    return figure

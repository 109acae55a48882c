"""The contrastive loss over training, with the floor that a loss of bounded cosines cannot pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
from .losses import WIDE, both_ways
from .style import (
    CEILING,
    COLOURS,
    LINE_OF,
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


def draw(curves: Mapping[Side, Sequence[Curve]], floors: Mapping[Side, float | None]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → one curve a seed of its summed loss terms.
        floors: `ref` and `mine` → the lowest value that its loss can take, where that is known; drawn dashed.
    """
    bands = {side: drawn for side in SIDES if (drawn := band(curves.get(side, []))) is not None}
    if not bands:
        return None
    figure, (axis,) = panels(1, 2.6)
    margins(figure, left=0.62, right=0.8)
    last = max(drawn.steps[-1] for drawn in bands.values())
    size = np.abs(np.concatenate([drawn.mean for drawn in bands.values()]))
    typical = float(np.median(size[size > 0])) if (size > 0).any() else 1.0
    labels = [Label(last, drawn.mean[-1], side, COLOURS[side]) for side, drawn in bands.items()]
    if size.max() > WIDE * typical:
        both_ways(axis, typical, min(float(size.max()), CEILING * typical))
    for side, drawn in bands.items():
        draw_band(axis, drawn, COLOURS[side], line=LINE_OF[side])
        floor = floors.get(side)
        if floor is not None:
            axis.axhline(floor, color=COLOURS[side], linewidth=1.2, linestyle=(0, (4, 3)))
            labels.append(Label(last, floor, AXES["floor"].format(side), COLOURS[side]))
    if axis.get_yscale() == "linear":
        low, high = axis.get_ylim()
        axis.set_ylim(min(0.0, low), high)
    update_axis(axis, [drawn.steps[-1] for drawn in bands.values()])
    label_ends(axis, labels, gap=0.09, top=1.0)
    axis.set_ylabel(AXES["loss"], fontsize=10)
    return figure

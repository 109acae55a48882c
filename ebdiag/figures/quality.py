"""FID at every checkpoint on a logarithmic axis, between held-out images and blank ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
from .style import (
    COLOURS,
    LINE_OF,
    MUTED,
    SIDES,
    Curve,
    Label,
    Side,
    band,
    draw_band,
    label_ends,
    log_axis,
    margins,
    panels,
    step_axis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(curves: Mapping[Side, Sequence[Curve]], anchors: Mapping[str, float]) -> Figure | None:
    """The figure, or None where no checkpoint was scored.

    Args:
        curves: `ref` and `mine` → one curve a seed.
        anchors: What a level is called → that level; drawn dotted.
    """
    bands = {side: drawn for side in SIDES if (drawn := band(curves.get(side, []))) is not None}
    if not bands:
        return None
    figure, (axis,) = panels(1, 2.6)
    margins(figure, left=0.62, right=0.9)
    lows = [*anchors.values(), *(drawn.low[drawn.low > 0].min(initial=np.inf) for drawn in bands.values())]
    highs = [*anchors.values(), *(drawn.high.max() for drawn in bands.values())]
    finite = [value for value in (*lows, *highs) if np.isfinite(value) and value > 0] or [1.0]
    axis.set_ylim(min(finite) / 1.5, max(finite) * 1.5)
    log_axis(axis)
    last = max(drawn.steps[-1] for drawn in bands.values())
    step_axis(axis, last)
    labels = [Label(drawn.steps[-1], drawn.mean[-1], side, COLOURS[side]) for side, drawn in bands.items()]
    for name, level in anchors.items():
        axis.axhline(level, color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
        labels.append(Label(last, level, name, MUTED))
    for side, drawn in bands.items():
        draw_band(axis, drawn, COLOURS[side], line=LINE_OF[side])
        axis.plot(
            drawn.steps, drawn.mean, "o" if side == "ref" else "s", color=COLOURS[side], markersize=4, clip_on=False
        )
    label_ends(axis, labels, gap=0.09, top=1.0)
    axis.set_ylabel(AXES["log"].format(AXES["fid"]), fontsize=10)
    axis.set_xlabel(AXES["step"], fontsize=10)
    return figure

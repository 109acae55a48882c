"""How far a BEGAN has converged, and the weight k that keeps its balance, over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
from .style import (
    COLOURS,
    LINE_OF,
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
    wide,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = ("convergence", "balance")


def draw(curves: Mapping[Side, Mapping[str, Sequence[Curve]]]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → `convergence`, M in the variant's own energy, and `balance`, k of 0..1 → one curve a
            seed.
    """
    bands = {
        (row, side): drawn
        for row in ROWS
        for side in SIDES
        if (drawn := band(curves.get(side, {}).get(row, []))) is not None
    }
    rows = [row for row in ROWS if any(key[0] == row for key in bands)]
    if not rows:
        return None
    figure, axes = panels(len(rows), 0.85 + 1.3 * len(rows))
    margins(figure, left=0.66, right=0.55, gap=0.3)
    last = max(drawn.steps[-1] for drawn in bands.values())
    for axis, row in zip(axes, rows, strict=True):
        shown = {side: bands[row, side] for side in SIDES if (row, side) in bands}
        values = np.concatenate([drawn.mean for drawn in shown.values()])
        log = row == "convergence" and wide(values)
        if log:
            axis.set_ylim(values.min() / 1.3, values.max() * 1.3)
            log_axis(axis)
        else:
            top = max(1.0, values.max()) if row == "balance" else values.max()
            axis.set_ylim((-0.04, 1.04) if row == "balance" else (min(0.0, values.min()), top * 1.08))
        for side, drawn in shown.items():
            draw_band(axis, drawn, COLOURS[side], line=LINE_OF[side])
        step_axis(axis, last)
        labels = [Label(drawn.steps[-1], drawn.mean[-1], side, COLOURS[side]) for side, drawn in shown.items()]
        label_ends(axis, labels, gap=0.14)
        name = AXES["convergence"] if row == "convergence" else AXES["balance"]
        axis.set_ylabel(AXES["log"].format(name) if log else name, fontsize=10)
    axes[-1].set_xlabel(AXES["step"], fontsize=10)
    return figure

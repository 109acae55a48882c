"""A share of 0 to 100 % over training, both models on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES, joined
from .style import (
    COLOURS,
    LINE_OF,
    MUTED,
    SIDES,
    Band,
    Curve,
    Label,
    Side,
    band,
    draw_band,
    label_ends,
    margins,
    panels,
    step_axis,
    update_axis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HATCHES: dict[Side, str] = {"ref": "\\\\\\\\", "mine": "////"}


def draw(
    curves: Mapping[Side, Sequence[Curve]],
    label: str,
    *,
    low: float | None = None,
    start: float = 0.0,
    updates: bool = False,
) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → one curve a seed; values are shares, 0..1.
        label: Of the vertical axis.
        start: Where the vertical axis begins: the lowest that such a share can be.
        low: Steps where the mean share is below this are hatched.
        updates: Whether a step is an update of an encoder, so that both may end at steps of their own.
    """
    bands = {side: drawn for side in SIDES if (drawn := band(curves.get(side, []))) is not None}
    if not bands:
        return None
    figure, (axis,) = panels(1, 2.6)
    margins(figure, left=0.66, right=0.55, top=0.1 if low is None else 0.24)
    axis.set_ylim(start - 0.03 * (1 - start), 1 + 0.03 * (1 - start))
    last = max(drawn.steps[-1] for drawn in bands.values())
    ticks = np.linspace(start, 1, 5 if start == 0 else 6)
    axis.set_yticks(ticks, [f"{tick:.0%}".replace("%", " %") for tick in ticks])
    saturated = {side: stretches(drawn, low) for side, drawn in bands.items()} if low is not None else {}
    for side, drawn in bands.items():
        for start, end in saturated.get(side, ()):
            axis.axvspan(start, end, fill=False, hatch=HATCHES[side], edgecolor=COLOURS[side], alpha=0.5, linewidth=0)
        draw_band(axis, drawn, COLOURS[side], line=LINE_OF[side])
    if any(saturated.values()):
        text = AXES["saturated"].format(joined([side for side, spans in saturated.items() if spans]))
        axis.text(1.0, 1.02, text, transform=axis.transAxes, fontsize=10, color=MUTED, ha="right", va="bottom")
    if updates:
        update_axis(axis, [drawn.steps[-1] for drawn in bands.values()])
    else:
        step_axis(axis, last)
        axis.set_xlabel(AXES["step"], fontsize=10)
    labels = [
        Label(last if updates else drawn.steps[-1], drawn.mean[-1], side, COLOURS[side])
        for side, drawn in bands.items()
    ]
    label_ends(axis, labels, gap=0.09, top=1.03)
    axis.set_ylabel(label, fontsize=10)
    return figure


def stretches(shown: Band, low: float) -> list[tuple[float, float]]:
    """First and last step of every stretch of at least two steps in a row whose mean is below `low`."""
    below = np.concatenate([[False], shown.mean < low, [False]]).astype(np.int8)
    starts, ends = np.flatnonzero(np.diff(below) == 1), np.flatnonzero(np.diff(below) == -1)
    return [(float(shown.steps[a]), float(shown.steps[b - 1])) for a, b in zip(starts, ends, strict=True) if b - a > 1]

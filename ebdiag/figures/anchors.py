"""FID of both models on one axis with real images in known disguises, one row each, the best on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import ANCHORS, AXES, number
from .style import COLOURS, MUTED, SIDES, Side, log_axis, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW_IN = 0.27


def draw(scores: Mapping[Side, Sequence[float]], anchors: Mapping[str, float]) -> Figure | None:
    """The figure, or None where nothing was scored or there is nothing to score it by.

    Args:
        scores: `ref` and `mine` → FID, one a seed.
        anchors: Key of an anchor → its FID.
    """
    found = {side: _positive(scores.get(side, ())) for side in SIDES}
    levels = {key: value for key, value in anchors.items() if key in ANCHORS and np.isfinite(value) and value > 0}
    shown = {side: values for side, values in found.items() if values.size}
    if not shown or not levels:
        return None
    rows: list[tuple[float, str, str]] = [(value, ANCHORS[key], MUTED) for key, value in levels.items()]
    rows += [(float(np.exp(np.log(values).mean())), side, COLOURS[side]) for side, values in shown.items()]
    rows.sort(reverse=True)
    figure, (axis,) = panels(1, 0.62 + ROW_IN * len(rows))
    margins(figure, left=1.42, right=0.62, top=0.06)
    everything = np.concatenate([*shown.values(), np.array(list(levels.values()))])
    axis.set_xlim(everything.min() / 1.4, everything.max() * 1.4)
    log_axis(axis, horizontal=True)
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.set_yticks(range(len(rows)), [name for _, name, _ in rows])
    for height, (level, name, colour) in enumerate(rows):
        side = next((side for side in shown if side == name), None)
        values = shown[side] if side else np.array([level])
        axis.plot(values, np.full(values.size, height), _marker(side), color=colour, markersize=6 if side else 4.5)
        if side and values.size > 1:
            axis.plot([values.min(), values.max()], [height, height], color=colour, linewidth=1.8)
        axis.text(
            1.02, height, number(level), color=colour, fontsize=10, va="center", transform=axis.get_yaxis_transform()
        )
        label = axis.get_yticklabels()[height]
        label.set_color(colour)
        label.set_fontweight("bold" if side else "normal")
    axis.set_xlabel(AXES["log"].format(AXES["fid"]), fontsize=10)
    axis.tick_params(axis="y", length=0)
    return figure


def _positive(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, np.float64)
    return array[np.isfinite(array) & (array > 0)]


def _marker(side: Side | None) -> str:
    return {"ref": "o", "mine": "s", None: "D"}[side]

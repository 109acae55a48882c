"""Cosines of same and of different pairs of the training batches, ref above mine on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..words import AXES
from .style import (
    COLOURS,
    REAL,
    SIDES,
    Curve,
    Label,
    Line,
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


def draw(curves: Mapping[Side, Mapping[str, Sequence[Curve]]]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → `same`, `different` → one curve a seed; values are cosines.
    """
    bands = {
        side: {kind: drawn for kind, runs in curves[side].items() if (drawn := band(runs)) is not None}
        for side in SIDES
        if side in curves
    }
    bands = {side: kinds for side, kinds in bands.items() if kinds}
    if not bands:
        return None
    figure, axes = panels(len(bands), 0.85 + 1.4 * len(bands))
    margins(figure, left=0.62, right=0.78, top=0.26, gap=0.36)
    every = [drawn for kinds in bands.values() for drawn in kinds.values()]
    lasts, lowest = [drawn.steps[-1] for drawn in every], min(float(drawn.low.min()) for drawn in every)
    last = max(lasts)
    for axis, (side, kinds) in zip(axes, bands.items(), strict=True):
        axis.set_ylim(min(-0.04, lowest - 0.06), 1.06)
        update_axis(axis, lasts)
        looks: dict[str, tuple[str, Line, str]] = {
            "different": (REAL, "dashed", AXES["different"]),
            "same": (COLOURS[side], "solid", AXES["same"]),
        }
        labels = []
        for kind, (colour, line, name) in looks.items():
            if kind in kinds:
                draw_band(axis, kinds[kind], colour, line=line)
                labels.append(Label(last, kinds[kind].mean[-1], name, colour))
        label_ends(axis, labels, gap=0.17, top=1.0)
        axis.set_title(side, color=COLOURS[side], fontsize=11, fontweight="bold", loc="left", pad=4)
        axis.set_ylabel(AXES["cosine"], fontsize=10)
    for axis in axes[:-1]:
        axis.set_xlabel("")
    return figure

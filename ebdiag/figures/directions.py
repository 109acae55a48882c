"""In how many directions codes point, over training: real, generated, and generated ones shuffled per dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..words import AXES, LEGEND
from .style import (
    COLOURS,
    MUTED,
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
    step_axis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(curves: Mapping[Side, Mapping[str, Sequence[Curve]]]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → `real`, `fake`, `shuffled` → one curve a seed.
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
    last = max(drawn.steps[-1] for kinds in bands.values() for drawn in kinds.values())
    top = max(float(drawn.high.max()) for kinds in bands.values() for drawn in kinds.values())
    for axis, (side, kinds) in zip(axes, bands.items(), strict=True):
        axis.set_ylim(0, top * 1.08 or 1.0)
        step_axis(axis, last)
        labels = []
        looks: dict[str, tuple[str, Line, str]] = {
            "shuffled": (MUTED, "dotted", LEGEND["shuffled"]),
            "real": (REAL, "solid", LEGEND["real"]),
            "fake": (COLOURS[side], "solid", AXES["generated"]),
        }
        for kind, (colour, line, name) in looks.items():
            if kind in kinds:
                draw_band(axis, kinds[kind], colour, line=line)
                labels.append(Label(kinds[kind].steps[-1], kinds[kind].mean[-1], name, colour))
        label_ends(axis, labels, gap=0.17, top=1.0)
        axis.set_title(side, color=COLOURS[side], fontsize=11, fontweight="bold", loc="left", pad=4)
        axis.set_ylabel(AXES["directions"], fontsize=10)
    axes[-1].set_xlabel(AXES["step"], fontsize=10)
    return figure

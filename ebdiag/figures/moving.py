"""A margin that moves during training, beside the energies that it follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES, LEGEND
from .style import (
    COLOURS,
    DASHES,
    INK,
    REAL,
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


def draw(curves: Mapping[Side, Mapping[str, Sequence[Curve]]]) -> Figure | None:
    """The figure, or None where no margin was recorded.

    Args:
        curves: `ref` and `mine` → `margin`, `real` and `fake` → one curve a seed, all in the variant's own energy.
    """
    bands = {
        side: {kind: drawn for kind, runs in curves[side].items() if (drawn := band(runs)) is not None}
        for side in SIDES
        if side in curves
    }
    bands = {side: kinds for side, kinds in bands.items() if "margin" in kinds}
    if not bands:
        return None
    figure, axes = panels(len(bands), 0.85 + 1.7 * len(bands))
    margins(figure, left=0.66, right=0.8, top=0.26, gap=0.36)
    last = max(drawn.steps[-1] for kinds in bands.values() for drawn in kinds.values())
    for axis, (side, kinds) in zip(axes, bands.items(), strict=True):
        values = np.concatenate([drawn.mean for drawn in kinds.values()])
        log = wide(values)
        axis.set_ylim((values.min() / 1.2, values.max() * 1.2) if log else (0.0, values.max() * 1.08))
        if log:
            log_axis(axis)
        step_axis(axis, last)
        labels = []
        for kind, colour, name in (
            ("real", REAL, LEGEND["real"]),
            ("fake", COLOURS[side], AXES["generated"]),
            ("margin", INK, LEGEND["margin"]),
        ):
            if kind not in kinds:
                continue
            drawn = kinds[kind]
            if kind == "margin":
                axis.plot(drawn.steps, drawn.mean, color=colour, linewidth=1.4, linestyle=DASHES["dashed"])
            else:
                draw_band(axis, drawn, colour)
            labels.append(Label(drawn.steps[-1], drawn.mean[-1], name, colour))
        label_ends(axis, labels, gap=0.13)
        axis.set_title(side, color=COLOURS[side], fontsize=11, fontweight="bold", loc="left", pad=4)
        axis.set_ylabel(AXES["log"].format(AXES["own energy"]) if log else AXES["own energy"], fontsize=10)
    axes[-1].set_xlabel(AXES["step"], fontsize=10)
    return figure

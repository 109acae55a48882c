"""Energies of real and generated images over training, with bands over seeds and the margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES, LEGEND
from .style import (
    CEILING,
    COLOURS,
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


def draw(curves: Mapping[Side, Mapping[str, Sequence[Curve]]], bounds: Mapping[Side, float | None]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → `real`, `fake` → one curve a seed.
        bounds: `ref` and `mine` → margin on the scale of the energies, or None.
    """
    bands = {
        side: {kind: drawn for kind, runs in curves[side].items() if (drawn := band(runs)) is not None}
        for side in SIDES
        if side in curves
    }
    bands = {side: kinds for side, kinds in bands.items() if kinds}
    if not bands:
        return None
    means = np.concatenate([drawn.mean for kinds in bands.values() for drawn in kinds.values()])
    limits = np.array([bound for side in bands if (bound := bounds.get(side)) is not None and bound > 0])
    top = CEILING * float(np.median(means[means > 0])) if (means > 0).any() else 1.0
    values = np.clip(np.concatenate([means, limits]), None, top)
    figure, axes = panels(len(bands), 0.85 + 1.5 * len(bands))
    log = wide(values)
    span = (values.min() / 1.3, values.max() * 1.3) if log else (min(0.0, values.min()), values.max() * 1.08)
    last = max(drawn.steps[-1] for kinds in bands.values() for drawn in kinds.values())
    margins(figure, left=0.62, right=0.75, top=0.26, gap=0.36)
    for axis, (side, kinds) in zip(axes, bands.items(), strict=True):
        axis.set_ylim(span)
        if log:
            log_axis(axis)
        step_axis(axis, last)
        labels = []
        for kind, colour in (("real", REAL), ("fake", COLOURS[side])):
            if kind in kinds:
                draw_band(axis, kinds[kind], colour)
                name = LEGEND["real"] if kind == "real" else AXES["generated"]
                labels.append(Label(kinds[kind].steps[-1], kinds[kind].mean[-1], name, colour))
        bound = bounds.get(side)
        if bound is not None and span[0] <= bound <= span[1]:
            axis.axhline(bound, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
            labels.append(Label(last, bound, LEGEND["margin"], INK))
        label_ends(axis, labels, gap=0.15)
        axis.set_title(side, color=COLOURS[side], fontsize=11, fontweight="bold", loc="left", pad=4)
        axis.set_ylabel(AXES["log"].format(AXES["energy"]) if log else AXES["energy"], fontsize=10)
    axes[-1].set_xlabel(AXES["step"], fontsize=10)
    return figure

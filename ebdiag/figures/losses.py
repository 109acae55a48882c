"""Losses of discriminator and generator over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
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
    step_axis,
    tick,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = 50.0
"""Losses that reach this many times their median size are drawn on a symmetric logarithmic axis."""


def draw(curves: Mapping[Side, Mapping[str, Sequence[Curve]]]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → `discriminator`, `generator` → one curve a seed of its summed loss terms.
    """
    bands = {
        (net, side): drawn
        for net in ("discriminator", "generator")
        for side in SIDES
        if (drawn := band(curves.get(side, {}).get(net, []))) is not None
    }
    nets = [net for net in ("discriminator", "generator") if any(key[0] == net for key in bands)]
    if not nets:
        return None
    figure, axes = panels(len(nets), 0.85 + 1.2 * len(nets))
    margins(figure, left=0.62, right=0.55, top=0.26, gap=0.36)
    last = max(drawn.steps[-1] for drawn in bands.values())
    for axis, net in zip(axes, nets, strict=True):
        shown = {side: bands[net, side] for side in SIDES if (net, side) in bands}
        size = np.abs(np.concatenate([drawn.mean for drawn in shown.values()]))
        typical = float(np.median(size[size > 0])) if (size > 0).any() else 1.0
        if size.max() > WIDE * typical:
            both_ways(axis, typical, min(float(size.max()), CEILING * typical))
        for side, drawn in shown.items():
            draw_band(axis, drawn, COLOURS[side], line=LINE_OF[side])
        step_axis(axis, last)
        labels = [Label(drawn.steps[-1], drawn.mean[-1], side, COLOURS[side]) for side, drawn in shown.items()]
        label_ends(axis, labels, gap=0.16)
        axis.set_title(AXES[net], fontsize=11, fontweight="bold", loc="left", pad=4)
        axis.set_ylabel(AXES["loss"], fontsize=10)
    axes[-1].set_xlabel(AXES["step"], fontsize=10)
    return figure


def both_ways(axis: Axes, typical: float, reach: float) -> None:
    """Make a vertical axis that is linear up to `typical` and logarithmic from there to `reach`, in both directions."""
    from matplotlib.ticker import NullLocator, SymmetricalLogLocator

    low, high = (-reach if axis.get_ylim()[0] < -typical else -typical / 2), reach
    axis.set_yscale("symlog", linthresh=typical)
    axis.set_ylim(low * 1.5, high * 1.5)
    locator = SymmetricalLogLocator(base=10, linthresh=typical)
    locator.set_params(numticks=5)
    axis.yaxis.set_major_locator(locator)
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_formatter(lambda value, _: tick(value))

"""Which classes both models draw, against real images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES, LEGEND
from .style import COLOURS, NOISE, SIDES, Array, Side, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ASIDE = 0.17
"""How far the two models' marks stand from the middle of a class."""


def draw(shares: Mapping[Side, Sequence[Array]], real: Array | None) -> Figure | None:
    """The figure, or None where no variant draws anything that a classifier is sure about.

    Args:
        shares: `ref` and `mine` → one array a seed of shares by class, (classes,), adding up to 1 or to 0.
        real: The same of real images, or None.
    """
    found = {side: np.array(runs) for side in SIDES if (runs := [r for r in shares.get(side, ()) if np.sum(r) > 0])}
    if not found:
        return None
    classes = next(iter(found.values())).shape[1]
    figure, (axis,) = panels(1, 2.4)
    margins(figure, left=0.62)
    if real is not None:
        axis.bar(range(classes), real, width=0.86, color=NOISE, alpha=0.45, label=LEGEND["real"])
    for side, table in found.items():
        places = np.arange(classes) + (-ASIDE if side == "ref" else ASIDE)
        axis.vlines(places, table.min(axis=0), table.max(axis=0), color=COLOURS[side], linewidth=1.8)
        axis.plot(places, table.mean(axis=0), "o" if side == "ref" else "s", color=COLOURS[side], markersize=5)
    top = max(float(table.max()) for table in found.values())
    axis.set_ylim(-0.02 * max(top, 0.1), max(top, 0.0 if real is None else float(real.max())) * 1.08)
    axis.set_xlim(-0.6, classes - 0.4)
    axis.set_xticks(range(classes))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")
    axis.set_ylabel(AXES["share of images"], fontsize=10)
    axis.set_xlabel(AXES["class"], fontsize=10)
    axis.tick_params(axis="x", length=0)
    return figure

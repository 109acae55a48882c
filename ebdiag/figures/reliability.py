"""Whether pairs that are called "same" with some probability are the same that often, and how many pairs say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
from .style import COLOURS, DASHES, LINE_OF, MUTED, SIDES, Array, Side, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HATCH: dict[Side, str] = {"ref": "", "mine": "////"}


def draw(tables: Mapping[Side, Array]) -> Figure | None:
    """The figure, or None where no variant gives probabilities.

    Args:
        tables: `ref` and `mine` → (3, bins): mean probability, share of same, number of pairs, in bins of equal
            width over 0 to 1; without pairs NaN and 0.
    """
    shown = {side: table for side in SIDES if (table := tables.get(side)) is not None and table[2].sum() > 0}
    if not shown:
        return None
    figure, (curve, counts) = panels(2, 3.4, heights=(2.4, 1))
    margins(figure, left=0.66, gap=0.16)
    curve.plot([0, 1], [0, 1], color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
    for side, (probability, observed, amount) in shown.items():
        there, bins = amount > 0, amount.size
        curve.plot(
            probability[there],
            observed[there],
            color=COLOURS[side],
            linewidth=1.8,
            linestyle=DASHES[LINE_OF[side]],
            marker="o" if side == "ref" else "s",
            markersize=4.5,
        )
        lefts = (np.arange(bins) + (0.06 if side == "ref" else 0.5)) / bins
        counts.bar(
            lefts,
            amount / amount.sum(),
            width=0.44 / bins,
            align="edge",
            facecolor=COLOURS[side] if side == "ref" else "none",
            edgecolor=COLOURS[side],
            hatch=HATCH[side],
            linewidth=0.8,
        )
    curve.set(xlim=(-0.02, 1.02), ylim=(-0.04, 1.04))
    for axis in (curve, counts):
        axis.yaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")
    curve.set_yticks([0, 0.25, 0.5, 0.75, 1])
    counts.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    curve.tick_params(axis="x", labelbottom=False)
    curve.set_ylabel(AXES["really same"], fontsize=10)
    counts.set_ylabel(AXES["of pairs"], fontsize=10)
    counts.set_xlabel(AXES["probability of same"], fontsize=10)
    return figure

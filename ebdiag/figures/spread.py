"""How far embeddings spread along each of their dimensions, sorted; 1 is a sphere that is used evenly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
from .style import COLOURS, DASHES, LINE_OF, MUTED, SIDES, Array, Side, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EVEN = 1.0


def draw(spreads: Mapping[Side, Array]) -> Figure | None:
    """The figure, or None where there are no embeddings.

    Args:
        spreads: `ref` and `mine` → standard deviation of each dimension of normalised embeddings times √d,
            descending, (d,).
    """
    shown = {side: values for side in SIDES if (values := spreads.get(side)) is not None}
    if not shown:
        return None
    figure, (axis,) = panels(1, 2.5)
    margins(figure, left=0.62)
    axis.axhline(EVEN, color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
    for side, values in shown.items():
        axis.plot(
            np.arange(1, values.size + 1),
            values,
            color=COLOURS[side],
            linestyle=DASHES[LINE_OF[side]],
            linewidth=1.8,
            marker=("o" if side == "ref" else "s") if values.size == 1 else None,
            markersize=5,
        )
    axis.set_xlim(0.5, max(values.size for values in shown.values()) + 0.5)
    axis.set_ylim(-0.04, 1.08 * max(EVEN, *(float(values.max()) for values in shown.values())))
    axis.set_ylabel(AXES["spread"], fontsize=10)
    axis.set_xlabel(AXES["dimension"], fontsize=10)
    return figure

"""How the variance of embeddings is shared out among their main directions, both models in one frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
from .style import COLOURS, DASHES, LINE_OF, SIDES, Array, Side, log_axis, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FLOOR = 1e-7
"""A direction with less than this share of the variance is none."""


def draw(spectra: Mapping[Side, Array]) -> Figure | None:
    """The figure, or None where no variant's embeddings vary.

    Args:
        spectra: `ref` and `mine` → variance by direction, descending, as shares of the total, (d,).
    """
    shown = {
        side: np.where(values > FLOOR, values, np.nan) for side in SIDES if (values := spectra.get(side)) is not None
    }
    if not shown:
        return None
    figure, (axis,) = panels(1, 2.7)
    margins(figure, left=0.66)
    lowest = min(float(np.nanmin(values)) for values in shown.values())
    axis.set_ylim(lowest / 2, 2)
    log_axis(axis)
    for side, values in shown.items():
        single = np.isfinite(values).sum() == 1
        axis.plot(
            np.arange(1, values.size + 1),
            values,
            color=COLOURS[side],
            linestyle=DASHES[LINE_OF[side]],
            linewidth=1.8,
            marker=("o" if side == "ref" else "s") if single else None,
            markersize=5,
        )
    axis.set_xlim(0.5, max(values.size for values in shown.values()) + 0.5)
    axis.set_ylabel(AXES["log"].format(AXES["share of variance"]), fontsize=10)
    axis.set_xlabel(AXES["direction"], fontsize=10)
    return figure

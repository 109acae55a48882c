"""How much codes vary along each of their main directions: real, generated and rebuilt, both models in one frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
from .style import COLOURS, DASHES, SIDES, Array, Line, Side, log_axis, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FLOOR = 1e-7
"""A direction with less than this share of the real variance is none."""

LOOKS: dict[str, tuple[Line, float]] = {"real": ("solid", 1.1), "fake": ("dashed", 2.2), "recon": ("dotted", 1.8)}
"""Kind → dashes and width; the same in the legend of the page."""


def draw(spectra: Mapping[Side, Mapping[str, Array]]) -> Figure | None:
    """The figure, or None where no variant has codes.

    Args:
        spectra: `ref` and `mine` → `real`, `fake`, `recon` → variance by direction, descending, as shares of
            the total variance of the real codes of that variant.
    """
    shown = {side: dict(spectra[side]) for side in SIDES if spectra.get(side)}
    if not shown:
        return None
    figure, (axis,) = panels(1, 2.7)
    margins(figure, left=0.66)
    present = [values[values > FLOOR] for kinds in shown.values() for values in kinds.values()]
    everything = np.concatenate(present)
    low, high = (float(everything.min()), float(everything.max())) if everything.size else (FLOOR, 1.0)
    axis.set_ylim(low / 2, max(high * 2, 1.0))
    log_axis(axis)
    for side, kinds in shown.items():
        for kind, (line, width) in LOOKS.items():
            if kind in kinds:
                values = np.where(kinds[kind] > FLOOR, kinds[kind], np.nan)
                marker = ("o" if side == "ref" else "s") if np.isfinite(values).sum() == 1 else None
                places = np.arange(1, values.size + 1)
                axis.plot(
                    places,
                    values,
                    color=COLOURS[side],
                    linestyle=DASHES[line],
                    linewidth=width,
                    marker=marker,
                    markersize=4,
                )
    widest = max(values.size for kinds in shown.values() for values in kinds.values())
    axis.set_xlim(0.5, widest + 0.5)
    axis.set_ylabel(AXES["variance"], fontsize=10)
    axis.set_xlabel(AXES["direction"], fontsize=10)
    return figure

"""Histograms of the energy of real, held-out, generated and noise images, ref above mine on one axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..words import AXES
from .style import COLOURS, INK, MUTED, NOISE, REAL, SIDES, Array, Side, log_axis, margins, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 56
LOG_RATIO = 20.0
"""Medians further apart than this need a logarithmic axis to be seen together."""
INSIDE = (0.002, 0.998)
"""Quantiles that the axis reaches to; what lies beyond counts in the outermost bin."""


def draw(energies: Mapping[Side, Mapping[str, Array]], bounds: Mapping[Side, float | None]) -> Figure | None:
    """The figure, or None where no variant has energies.

    Args:
        energies: `ref` and `mine` → `real`, `held_out`, `fake`, `noise` → energies, one an image.
        bounds: `ref` and `mine` → margin of its hinge on the scale of the energies, or None where it has
            no such margin.
    """
    shown = {side: _finite(energies[side]) for side in SIDES if side in energies}
    shown = {side: kinds for side, kinds in shown.items() if kinds}
    if not shown:
        return None
    everything = [values for kinds in shown.values() for values in kinds.values()]
    low = min(float(np.quantile(values, INSIDE[0])) for values in everything)
    high = max(float(np.quantile(values, INSIDE[1])) for values in everything)
    medians = [float(np.median(values)) for values in everything]
    log = low > 0 and max(medians) > LOG_RATIO * min(medians)
    limits = [bound for side in shown if (bound := bounds.get(side)) is not None and bound > 0]
    reach = [bound for bound in limits if not log or low / 30 < bound < high * 30]
    low, high = min([low, *reach]), max([high, *reach])
    if low == high:
        low, high = (low / 2, high * 2) if log else (low - 0.5, high + 0.5)
    figure, axes = panels(len(shown), 0.85 + 1.5 * len(shown))
    for axis, (side, kinds) in zip(axes, shown.items(), strict=True):
        _histogram(axis, {kind: np.clip(values, low, high) for kind, values in kinds.items()}, side, (low, high), log)
        bound = bounds.get(side)
        if bound is not None and low <= bound <= high:
            axis.axvline(bound, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
        axis.set_title(side, color=COLOURS[side], fontsize=11, fontweight="bold", loc="left", pad=4)
        axis.set_ylabel(AXES["share of images"], fontsize=10)
        axis.set_xlabel("")
    name = AXES["energy of an image"]
    axes[-1].set_xlabel(AXES["log"].format(name) if log else name, fontsize=10)
    pad = (high / low) ** 0.03 if log else (high - low) * 0.03
    axes[-1].set_xlim((low / pad, high * pad) if log else (low - pad, high + pad))
    if log:
        log_axis(axes[-1], horizontal=True)
    margins(figure, left=0.62, top=0.26, gap=0.36)
    return figure


def _finite(kinds: Mapping[str, Array]) -> dict[str, Array]:
    kept = {kind: np.asarray(values, np.float64) for kind, values in kinds.items()}
    kept = {kind: values[np.isfinite(values)] for kind, values in kept.items()}
    return {kind: values for kind, values in kept.items() if values.size}


def _histogram(axis: Axes, kinds: Mapping[str, Array], side: str, limits: tuple[float, float], log: bool) -> None:
    import seaborn

    span = (float(np.log10(limits[0])), float(np.log10(limits[1]))) if log else limits
    looks = {
        "noise": {"color": NOISE, "fill": True, "alpha": 0.55},
        "real": {"color": REAL, "fill": True, "alpha": 0.3},
        "held_out": {"color": MUTED, "fill": False, "linestyle": (0, (1, 1.2))},
        "fake": {"color": COLOURS[side], "fill": True, "alpha": 0.45},
    }
    for kind, look in looks.items():
        if kind in kinds:
            seaborn.histplot(
                x=kinds[kind],
                bins=BINS,
                binrange=span,
                stat="probability",
                element="step",
                linewidth=1.3,
                log_scale=(log, False),
                ax=axis,
                **look,
            )

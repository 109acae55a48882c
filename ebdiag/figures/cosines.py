"""Distributions of the cosine of same and of different held-out pairs, ref above mine on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..words import AXES
from .style import COLOURS, INK, NOISE, REAL, SIDES, Array, Side, margins, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 50
"""Over all of −1 to 1, so that a bar is 0.04 wide for every variant."""


def draw(cosines: Mapping[Side, Mapping[str, Array]], thresholds: Mapping[Side, Sequence[float]]) -> Figure | None:
    """The figure, or None where no variant has cosines.

    Args:
        cosines: `ref` and `mine` → `same`, `different`, `own_same`, `own_different` → cosines, one a pair; finite.
        thresholds: `ref` and `mine` → from which cosine on it decides "same", one a seed.
    """
    shown = {side: kinds for side in SIDES if (kinds := {k: v for k, v in cosines.get(side, {}).items() if v.size})}
    if not shown:
        return None
    figure, axes = panels(len(shown), 0.85 + 1.5 * len(shown))
    for axis, (side, kinds) in zip(axes, shown.items(), strict=True):
        _histogram(axis, kinds, side)
        for threshold in sorted(set(thresholds.get(side, ()))):
            axis.axvline(threshold, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
        axis.set_title(side, color=COLOURS[side], fontsize=11, fontweight="bold", loc="left", pad=4)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value * 100:g} %")
        axis.set_ylabel(AXES["share of pairs"], fontsize=10)
        axis.set_xlabel("")
    axes[-1].set_xlim(-1.03, 1.03)
    axes[-1].set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−0.5", "0", "0.5", "1"])
    axes[-1].set_xlabel(AXES["cosine of a pair"], fontsize=10)
    margins(figure, left=0.62, top=0.26, gap=0.36)
    return figure


def _histogram(axis: Axes, kinds: Mapping[str, Array], side: Side) -> None:
    import seaborn

    looks: dict[str, dict[str, Any]] = {
        "different": {"color": NOISE, "fill": True, "alpha": 0.55, "linewidth": 0.0},
        "same": {"color": COLOURS[side], "fill": True, "alpha": 0.45, "linewidth": 1.6},
        "own_different": {"color": INK, "fill": False, "linestyle": (0, (4, 2)), "linewidth": 0.8},
        "own_same": {"color": INK, "fill": False, "linewidth": 0.8},
    }
    outline = {"color": REAL, "fill": False, "linestyle": (0, (1, 1.2)), "linewidth": 1.6}
    for kind, look in (*looks.items(), ("different", outline)):  # the outline is seen where both kinds lie
        if kind in kinds:
            seaborn.histplot(
                x=np.clip(kinds[kind], -1.0, 1.0),
                bins=BINS,
                binrange=(-1.0, 1.0),
                stat="probability",
                element="step",
                ax=axis,
                **look,
            )

"""How many held-out images embeddings name right: by a linear probe, and by the nearest training image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..words import AXES
from .style import COLOURS, INK, MUTED, SIDES, Side, margins, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 0.34
HATCH: dict[Side, str] = {"ref": "", "mine": "////"}


def draw(scores: Mapping[Side, Mapping[str, Sequence[float]]], chance: float | None) -> Figure | None:
    """The figure, or None where nothing was scored.

    Args:
        scores: `ref` and `mine` → `linear`, `neighbour` → accuracy, 0..1, one a seed; finite.
        chance: Accuracy of guessing.
    """
    names = {"linear": AXES["linear probe"], "neighbour": AXES["nearest image"]}
    kinds = [kind for kind in names if any(scores.get(side, {}).get(kind) for side in SIDES)]
    if not kinds:
        return None
    figure, (axis,) = panels(1, 2.5)
    margins(figure, left=0.66, right=0.66, bottom=0.34)
    for side in SIDES:
        for place, kind in enumerate(kinds):
            values = scores.get(side, {}).get(kind, ())
            if not values:
                continue
            middle = place + (-WIDTH if side == "ref" else WIDTH) * 0.53
            axis.bar(
                middle,
                sum(values) / len(values),
                width=WIDTH,
                facecolor=COLOURS[side] if side == "ref" else "none",
                edgecolor=COLOURS[side],
                hatch=HATCH[side],
                linewidth=1.0,
            )
            if len(values) > 1:
                axis.vlines(middle, min(values), max(values), color=INK, linewidth=1.6)
            name = axis.text(middle, max(values) + 0.02, side, fontsize=10, ha="center", va="bottom")
            name.set(color=COLOURS[side], fontweight="bold")
    if chance is not None:
        axis.axhline(chance, color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)))
        axis.text(
            1.02, chance, AXES["chance"], transform=axis.get_yaxis_transform(), fontsize=10, color=MUTED, va="center"
        )
    axis.set(xlim=(-0.6, len(kinds) - 0.4), ylim=(0, 1.14))
    axis.set_xticks(range(len(kinds)), [names[kind] for kind in kinds])
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axis.tick_params(axis="x", length=0)
    axis.set_ylabel(AXES["images named right"], fontsize=10)
    return figure

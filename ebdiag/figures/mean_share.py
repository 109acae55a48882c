"""How much of embeddings lies in the one direction of their mean, over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..words import AXES
from . import shares
from .style import Curve, Side

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(curves: Mapping[Side, Sequence[Curve]]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → one curve a seed; values are squared norms of the mean embedding, 0..1.
    """
    return shares.draw(curves, AXES["in one direction"], updates=True)

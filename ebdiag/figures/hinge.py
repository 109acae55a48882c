"""Share of generated images that the discriminator still pushes away, over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..words import AXES
from . import shares
from .style import Curve, Side

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SATURATED = 0.05
"""Below this share the discriminator hardly learns from generated images; says nothing of whether they are good."""


def draw(curves: Mapping[Side, Sequence[Curve]]) -> Figure | None:
    """The figure, or None where nothing was recorded.

    Args:
        curves: `ref` and `mine` → one curve a seed; values are shares, 0..1.
    """
    return shares.draw(curves, AXES["pushed away"], low=SATURATED)

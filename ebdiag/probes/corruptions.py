"""Energies of images that are less and less like the data, with the discriminator in eval mode.

What it measures: as `images`, for `shuffled` (held-out images, the pixels of each in random order), `corrupted_25`,
`corrupted_50`, `corrupted_75` (held-out images mixed with so many per cent of uniform noise) and `interpolated`
(half-way between two held-out images).
How to read it: healthy energies rise with the corruption, and shuffled pixels, which have the histogram of real images
and nothing else of them, are far above real. Interpolated images lie between: they are near the data, but not in it.
Energies that do not rise belong to an autoencoder that copies anything.
Unit and range: squared pixel, in the variant's own pixel range, >= 0.
Known problems: mixing with noise lowers contrast as well; at 50 % both act.
Cost: five passes of the discriminator.
Source: definition.
"""

from __future__ import annotations

from torch import Tensor

from ..step import Moment
from .images import mean_energies


def observe(moment: Moment) -> dict[str, Tensor]:
    """`energy.eval.<shuffled|corrupted_25|corrupted_50|corrupted_75|interpolated>`."""
    moment.built.discriminator.eval()
    return {f"energy.eval.{kind}": value for kind, value in mean_energies(moment, basic=False).items()}

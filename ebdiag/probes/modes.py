"""Energies of the same images in train mode, where that differs from eval mode.

What it measures: the energies of `images` and `corruptions` once more, with the discriminator in train mode, each
batch of one kind. Only for discriminators with BatchNorm or dropout; without them both modes are one.
How to read it: beside `energy.eval`. Samples and scores are in eval mode, training is not: modes far apart mean that
what is scored is not what was trained, and they can even reverse the order of real and noise.
Unit and range: squared pixel, in the variant's own pixel range, >= 0.
Known problems: dropout that a forward applies without a module is not seen as a difference between the modes.
Cost: nine passes of the discriminator.
Source: definition.
"""

from __future__ import annotations

from torch import Tensor, nn

from ..step import Moment
from .images import mean_energies

MODAL = (nn.modules.batchnorm._NormBase, nn.modules.dropout._DropoutNd)
"""Modules that do one thing in train mode and another in eval mode."""


def observe(moment: Moment) -> dict[str, Tensor]:
    """`energy.train.<kind>` of all kinds; nothing where the modes do not differ."""
    discriminator = moment.built.discriminator
    if not any(isinstance(module, MODAL) for module in discriminator.modules()):
        return {}
    discriminator.train()
    found = mean_energies(moment, basic=True) | mean_energies(moment, basic=False)
    return {f"energy.train.{kind}": value for kind, value in found.items()}

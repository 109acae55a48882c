"""Energies of the same images again and again, with the discriminator in eval mode.

What it measures: the mean-squared reconstruction error under the discriminator as it stands after the step, in eval
mode, of 64 images of each kind: `real` (of the training set), `held_out`, `noise` (uniform), all the same through a
run, and `fake` (of the step).
How to read it: healthy is real ≈ held-out, far below noise. Held-out well above real is memorising. Noise near real is
an autoencoder that has learnt the identity: it reconstructs anything, so its energy says nothing. Compare with the
energies of training, which are in train mode: with BatchNorm in the discriminator they can be far apart.
Unit and range: squared pixel, in the variant's own pixel range, >= 0.
Known problems: in a healthy run noise rises early and then says no more.
Cost: four passes of the discriminator.
Source: the order of energies is arXiv:1609.03126, sec. 2.1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..build import Built
from ..metrics.energies import energies
from ..step import Moment

BASIC = ("real", "held_out", "noise")


def observe(moment: Moment) -> dict[str, Tensor]:
    """`energy.eval.<real|held_out|fake|noise>`."""
    moment.built.discriminator.eval()
    return {f"energy.eval.{kind}": value for kind, value in mean_energies(moment, basic=True).items()}


def mean_energies(moment: Moment, *, basic: bool) -> dict[str, Tensor]:
    """Mean energy of each kind of image that is there, in the discriminator's current mode: the basic or the others."""
    if moment.stills is None:
        return {}
    kinds = {kind: images for kind, images in moment.stills.images.items() if (kind in BASIC) == basic}
    if basic and moment.fake is not None:
        kinds["fake"] = moment.fake
    found = {kind: energy(moment.built, images) for kind, images in kinds.items()}
    return {kind: value.mean() for kind, value in found.items() if value is not None}


def energy(built: Built, images: Tensor) -> Tensor | None:
    """Mean-squared energy of each image (n,), or None where the discriminator is no autoencoder."""
    with torch.no_grad():
        recon, _ = built.reconstruct(images)
    return None if recon is None else energies(recon, images).mean_squared

"""Energies of the same images again and again, in both modes of the discriminator.

What it measures: the mean-squared reconstruction error of 64 images of each kind under the discriminator as it stands
after the step, in eval mode (`energy.eval`) and, where BatchNorm or dropout makes a difference, in train mode
(`energy.train`). Kinds: `real` (of the training set), `held_out`, `fake` (of the step), `noise` (uniform), `shuffled`
(the pixels of held-out images in random order), `corrupted_25|50|75` (held-out images with so many per cent of noise),
`interpolated` (half-way between held-out images). A batch is of one kind.
How to read it: healthy is real ≈ held-out, far below everything else, rising with corruption. Held-out well above real
is memorising. Noise or shuffled pixels near real is an autoencoder that has learnt the identity: it reconstructs
anything, so its energy says nothing. Eval and train mode far apart, or in another order, is BatchNorm: samples and
scores are in eval mode, training is not.
Unit and range: squared pixel, in the variant's own pixel range, >= 0.
Known problems: dropout that a forward applies without a module is not seen as a difference between the modes.
Cost: a pass of the discriminator for each kind and mode.
Source: the order of energies is arXiv:1609.03126, sec. 2.1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..build import Built
from ..metrics.energies import energies
from ..step import Moment

BASIC = ("real", "held_out", "noise")
MODAL = (nn.modules.batchnorm._NormBase, nn.modules.dropout._DropoutNd)
"""Modules that do one thing in train mode and another in eval mode."""


def observe(moment: Moment) -> dict[str, Tensor]:
    """`energy.eval.<real|held_out|fake|noise>`."""
    moment.built.discriminator.eval()
    return {f"energy.eval.{kind}": value for kind, value in _energies(moment, basic=True).items()}


def observe_corrupted(moment: Moment) -> dict[str, Tensor]:
    """`energy.eval.<shuffled|corrupted_…|interpolated>`."""
    moment.built.discriminator.eval()
    return {f"energy.eval.{kind}": value for kind, value in _energies(moment, basic=False).items()}


def observe_train(moment: Moment) -> dict[str, Tensor]:
    """`energy.train.<kind>` of all kinds; nothing where the modes do not differ."""
    discriminator = moment.built.discriminator
    if not any(isinstance(module, MODAL) for module in discriminator.modules()):
        return {}
    discriminator.train()
    found = _energies(moment, basic=True) | _energies(moment, basic=False)
    return {f"energy.train.{kind}": value for kind, value in found.items()}


def _energies(moment: Moment, *, basic: bool) -> dict[str, Tensor]:
    """Mean energy of each kind that is there."""
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

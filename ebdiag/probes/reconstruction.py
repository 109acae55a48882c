"""Codes of reconstructions: what the encoder makes of what the decoder gave back.

What it measures: the statistics of `codes` on the codes of the reconstructions of real images.
How to read it: beside those of real images. A healthy autoencoder finds in its reconstruction what it found in the
image: about as many directions, about as much spread. Fewer directions mean that the decoder ignores part of the code.
Unit and range: as for `codes`.
Known problems: a reconstruction is not clipped to the pixel range.
Cost: a pass of the discriminator and one eigenvalue problem of the code's size.
Source: definition.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment
from .codes import statistics


def observe(moment: Moment) -> dict[str, Tensor]:
    """`codes.<statistic>.recon` and `pull_away.paper.recon`."""
    if moment.real is None or moment.recon_real is None:
        return {}
    with torch.no_grad():
        _, code = moment.built.reconstruct(moment.recon_real.reshape(moment.real.shape))
        return {} if code is None else statistics(code, "recon")

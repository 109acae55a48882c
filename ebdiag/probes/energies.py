"""Canonical energies of what the discriminator saw, whatever energy the variant itself uses.

What it measures: the reconstruction error of real and fake images in four reductions: mean of squares, mean of
absolute differences, L2 norm, sum of squares; in train mode, inside the variant's own batches.
How to read it: real should fall well below the margin and fakes hover around it. Equal energies alone are no failure
(arXiv:1609.03126, theorem 2).
Unit and range: pixel range of the variant, >= 0; compare two variants after conversion to one range.
Known problems: with BatchNorm in the discriminator an image's energy depends on its batch-mates.
Cost: two passes over the pixels of a batch.
Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 2.2; L2 is the paper's.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment

REDUCTIONS = ("mean_squared", "l1", "l2", "sum")


def observe(moment: Moment) -> dict[str, Tensor]:
    """`energy.<reduction>.<real|fake>`, one value a sample."""
    columns: dict[str, Tensor] = {}
    for side, images, recon in (
        ("real", moment.real, moment.recon_real),
        ("fake", moment.fake, moment.recon_fake),
    ):
        if images is None or recon is None:
            continue
        error = (recon - images).flatten(1)
        length = torch.linalg.vector_norm(error, dim=1)
        total = length.square()
        columns[f"energy.mean_squared.{side}"] = total / error.shape[1]
        columns[f"energy.l1.{side}"] = torch.linalg.vector_norm(error, 1, dim=1) / error.shape[1]
        columns[f"energy.l2.{side}"] = length
        columns[f"energy.sum.{side}"] = total
    return columns

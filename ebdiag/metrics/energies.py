"""Canonical energies: a discriminator's reconstruction error, recomputed and with the reduction in its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Energies:
    """One value an image for each reduction, float32, (B,).

    Attributes:
        mean_squared: Mean over pixels of the squared error.
        l1: Mean over pixels of the absolute error.
        l2: Euclidean norm of the error; the paper's energy.
        sum: Sum over pixels of the squared error.
        note: What had to be done to subtract one from the other, or None.
    """

    mean_squared: torch.Tensor
    l1: torch.Tensor
    l2: torch.Tensor
    sum: torch.Tensor
    note: str | None = None


def energies(reconstruction: torch.Tensor, images: torch.Tensor) -> Energies:
    """The four usual energies of every image.

    What it measures: How badly a discriminator that is an autoencoder reconstructs each image.

    How to read it: Compare only values of one reduction and one pixel range, and name the discriminator's mode: with
    BatchNorm, train and eval mode can reverse the order of real and noise.

    Unit and range: From 0. Squared pixel (`mean_squared`, `sum`), pixel (`l1`, `l2`).

    Known problems: A reconstruction of another shape is broadcast, as the variant's own subtraction would, or
    reshaped where the number of pixels agrees; `note` says so.

    Cost: None beside the forward pass.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 2.2.

    Keys: `reconstruction_error`, `energy_real`, `energy_held_out`, `energy_fake`, `energy_noise`, `energy_ratio_noise`,
    `energy_ratio_fake`.

    Args:
        reconstruction: What the discriminator returned for `images`; (B, …).
        images: (B, channels, height, width).

    Raises:
        ValueError: The shapes cannot be subtracted, or do not keep one row an image.
    """
    note = None
    found, wanted = tuple(reconstruction.shape), tuple(images.shape)
    if found != wanted:
        if len(reconstruction) == len(images) and reconstruction.numel() == images.numel():
            reconstruction = reconstruction.reshape(images.shape)
            note = f"reconstruction of shape {found} was reshaped to {wanted}"
        else:
            note = f"reconstruction of shape {found} was broadcast against images of shape {wanted}"
    try:
        error = (reconstruction - images).float()
    except RuntimeError as cause:
        raise ValueError(f"a reconstruction of shape {found} cannot be subtracted from images of {wanted}") from cause
    if len(error) != len(images):
        raise ValueError(f"{note}: one value an image is not defined")
    flat = error.flatten(1)
    squared = flat.square()
    total = squared.sum(1)
    return Energies(mean_squared=squared.mean(1), l1=flat.abs().mean(1), l2=total.sqrt(), sum=total, note=note)

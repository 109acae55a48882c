"""What energies to measure a margin by: those that need no training, from the data and the size of the code alone."""

from __future__ import annotations

import torch
from torch import Tensor

from .build import Built

IMAGES = 4_000
WIDE = 1_024
IMAGES_WIDE = 1_000
"""Images with more than `WIDE` values are taken so many at most: their principal components cost N³."""

CHUNK = 500


def count(values: int) -> int:
    """How many images yardsticks are taken of, where one has so many values."""
    return IMAGES if values <= WIDE else IMAGES_WIDE


def yardsticks(built: Built, images: Tensor, code: int) -> dict[str, float | None]:
    """Energies of the best reconstructions that are the same for every image, or linear in a code.

    What it measures: `mean_image`, the energy where every image is reconstructed as the mean of all; `pca`, where it is
    reconstructed from its first `code` principal components: the best that a linear autoencoder can do. Both as the
    mean of squares on a pixel range of width 2, and in the variant's own energy (`mean_image_own`, `pca_own`). Beside
    them `half`, how many principal components half of the images' variance needs.

    How to read it: a discriminator falls below `mean_image_own` as soon as it learns anything, and to about `pca_own`
    when it has learnt; it passes that only by being better than linear. A margin far below `pca_own` saturates at
    once; one far above `mean_image_own` asks the discriminator for reconstructions that are worse than none.

    Unit and range: squared pixel on a range of width 2, or the variant's own energy; >= 0.

    Known problems: of images with many values few are used, and their own components fit them too well.

    Cost: one eigenvalue problem of the image's size, once a variant.

    Source: definition; for the components Pearson 1901.

    Args:
        built: Gives energy and pixel range; its counters of calls are left as they are.
        images: Training images (N, C, H, W) in the variant's pixel range.
        code: Size of the code.

    Returns:
        The four energies, own ones None where the variant's energy raises or is not finite; `half`, `code`, `images`.
    """
    flat = images.flatten(1).double()
    mean = flat.mean(0)
    centred = flat - mean
    kept = min(code, *centred.shape)
    variances, basis = _components(centred, kept)
    shares = variances.flip(0).cumsum(0) / variances.sum()
    low, high = built.config.pixel_range
    found: dict[str, float | None] = {
        "code": float(code), "images": float(len(images)), "half": float((shares < 0.5).sum() + 1),
    }  # fmt: skip
    for name, recon in (("mean_image", mean.expand_as(flat)), ("pca", mean + centred @ basis @ basis.T)):
        found[name] = float((recon - flat).square().mean()) * (2 / (high - low)) ** 2
        found[f"{name}_own"] = own_energy(built, recon.float().view(images.shape), images)
    return found


def _components(centred: Tensor, kept: int) -> tuple[Tensor, Tensor]:
    """Variances along all principal components, ascending, and the last `kept` of these as columns.

    Of images with many values from the smaller problem of the images' products.
    """
    if centred.shape[1] <= WIDE:
        values, vectors = torch.linalg.eigh(centred.T @ centred)
        return values.clamp_min(0), vectors[:, -kept:]
    values, vectors = torch.linalg.eigh(centred @ centred.T)
    return values.clamp_min(0), centred.T @ vectors[:, -kept:] / values[-kept:].clamp_min(1e-12).sqrt()


def own_energy(built: Built, recon: Tensor, images: Tensor) -> float | None:
    """Mean of the variant's own energy; None where it raises or is not finite."""
    try:
        with torch.no_grad(), built.uncounted():
            parts = [
                built.energy(r, x).double().mean().item() * len(x)
                for r, x in zip(recon.split(CHUNK), images.split(CHUNK), strict=True)
            ]
        value = sum(parts) / len(images)
        return value if torch.isfinite(torch.tensor(value)) else None
    except Exception:  # an energy that wants more than two images of one shape: not applicable
        return None

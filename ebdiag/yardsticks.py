"""What energies to measure a margin by: those that need no training, from the data and the size of the code alone."""

from __future__ import annotations

import torch
from torch import Tensor

from .build import Built
from .cache import arrays_digest, cache_folder, locked, read_arrays, write_arrays

IMAGES = 4_000
WIDE = 1_024
IMAGES_WIDE = 1_000
"""Images with more than `WIDE` values are taken so many at most: their principal components cost N³."""

CHUNK = 500


def count(values: int) -> int:
    """How many images yardsticks are taken of, where one has so many values."""
    return IMAGES if values <= WIDE else IMAGES_WIDE


def yardsticks(built: Built, images: Tensor, code: int, *, name: str | None = None) -> dict[str, float | None]:
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

    Cost: one eigenvalue problem of the image's size, once a data set.

    Source: definition; for the components Pearson 1901.

    Args:
        built: Gives energy and pixel range; its counters of calls are left as they are.
        images: Training images (N, C, H, W) in the variant's pixel range.
        code: Size of the code.
        name: What the images are called in the cache, where their components are kept; without one they are not.

    Returns:
        The four energies, own ones None where the variant's energy raises or is not finite; `half`, `code`, `images`.
    """
    low, high = built.config.pixel_range
    unit = (images.flatten(1).double() - low) / (high - low)
    mean, variances, vectors = _kept(unit, name)
    basis = vectors[:, -min(code, *unit.shape) :].float()
    shares = variances.flip(0).cumsum(0) / variances.sum()
    found: dict[str, float | None] = {
        "code": float(code), "images": float(len(images)), "half": float((shares < 0.5).sum() + 1),
    }  # fmt: skip
    projected = mean + (((unit - mean).float() @ basis) @ basis.T).double()
    for label, recon in (("mean_image", mean.expand_as(unit)), ("pca", projected)):
        found[label] = float((recon - unit).square().mean()) * 4
        own = (low + (high - low) * recon).float().view(images.shape)
        found[f"{label}_own"] = own_energy(built, own, images)
    return found


def _kept(unit: Tensor, name: str | None) -> tuple[Tensor, Tensor, Tensor]:
    """Mean image, variances and components of images between 0 and 1; from the cache where they are known."""
    if name is None or unit.shape[1] > WIDE:
        mean = unit.mean(0)
        return mean, *_components(unit - mean)
    path = cache_folder() / "components" / f"{name}.npz"
    with locked(path):
        arrays = read_arrays(path)
        if arrays is None:
            mean = unit.mean(0)
            variances, vectors = _components(unit - mean)
            tensors = {"mean": mean, "variances": variances, "vectors": vectors}
            arrays = {key: tensor.cpu().numpy() for key, tensor in tensors.items()}
            write_arrays(path, arrays, arrays_digest(arrays))
    mean, variances, vectors = (
        torch.from_numpy(arrays[key]).to(unit.device) for key in ("mean", "variances", "vectors")
    )
    return mean, variances, vectors


def _components(centred: Tensor) -> tuple[Tensor, Tensor]:
    """Variances along all principal components, ascending, and these as columns.

    Of images with many values from the smaller problem of the images' products.
    """
    if centred.shape[1] <= WIDE:
        values, vectors = torch.linalg.eigh(centred.T @ centred)
        return values.clamp_min(0), vectors
    values, vectors = torch.linalg.eigh(centred @ centred.T)
    return values.clamp_min(0), centred.T @ vectors / values.clamp_min(1e-12).sqrt()


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

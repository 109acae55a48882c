"""What training mode changes about a generator's images."""

from __future__ import annotations

import numpy as np
import torch


def mode_gap_pixels(evaluated: torch.Tensor, trained: torch.Tensor, pixel_range: tuple[float, float]) -> float:
    """Mean absolute pixel difference between the images that one latent has in the two modes.

    What it measures: |G(z) in training mode − G(z) in evaluation mode|, the mean over pixels and latents, in batches of
    the variant's own size.

    How to read it: 0: the mode changes nothing. Samples that were looked at in training mode are then the ones scored
    here; the larger it is, the less that holds.

    Unit and range: Pixels of −1 to 1; 0 to 2 for images inside their range.

    Known problems: Where a generator draws random numbers, this includes their spread.

    Cost: 1,000 more images of the generator, once for all numbers of this kind. Only at the checkpoints that a score
    is made of.

    Source: definition.

    Keys: `mode_gap_pixels`.

    Args:
        evaluated, trained: (n, channels, height, width), of the same latents, as the generator gives them.
    """
    low, high = pixel_range
    return float((trained - evaluated).abs().mean()) * 2 / (high - low)


def mode_gap_features(evaluated: np.ndarray, trained: np.ndarray, real_spread: float) -> float | None:
    """Distance between the features that one latent's images have in the two modes.

    What it measures: The root of the mean squared distance between the features of G(z) in training and in evaluation
    mode, over that between two real images.

    How to read it: 0: the mode changes nothing. 1: the two images of one latent differ as much as two real images.

    Unit and range: Ratio of distances, from 0; None where real features do not vary.

    Known problems: Where a generator draws random numbers, this includes their spread. That images change says nothing
    about whether they get worse: see FID in training mode.

    Cost: 1,000 more images of the generator and their features. Only at the checkpoints that a score is made of.

    Source: definition.

    Keys: `mode_gap_features`.

    Args:
        evaluated, trained: (n, d), of the same latents.
        real_spread: Mean squared distance between two real images' features.
    """
    if real_spread <= 0:
        return None
    gaps = trained.astype(np.float64) - evaluated.astype(np.float64)
    return float(np.sqrt((gaps**2).sum(axis=1).mean() / real_spread))

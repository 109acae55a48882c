"""How evenly images change between latents."""

from __future__ import annotations

import numpy as np
import torch

EPSILON = 0.01
"""The step along the way between two latents, whose whole length is 1."""


def between(first: torch.Tensor, second: torch.Tensor, share: torch.Tensor, *, bounded: bool) -> torch.Tensor:
    """Latents on the way from `first` to `second`.

    Args:
        first, second: (n, …), floating point.
        share: How far, 0 to 1, (n,).
        bounded: On a straight line, which stays inside bounds; else on the great circle, which keeps the length that
            normal latents have (of each pair's own two lengths, mixed linearly).

    Returns:
        (n, …), `first` at 0 and `second` at 1.
    """
    share = share.to(first.dtype).view(-1, *[1] * (first.ndim - 1))
    if bounded:
        return first + share * (second - first)
    flat_first, flat_second = first.flatten(1), second.flatten(1)
    lengths = [flat.norm(dim=1).view(share.shape) for flat in (flat_first, flat_second)]
    cosine = (flat_first * flat_second).sum(1).view(share.shape) / (lengths[0] * lengths[1])
    angle = cosine.clamp(-1, 1).acos()
    sine = angle.sin()
    turned = ((1 - share) * angle).sin() / sine * first / lengths[0] + (share * angle).sin() / sine * second / lengths[
        1
    ]
    straight = first + share * (second - first)
    length = lengths[0] + share * (lengths[1] - lengths[0])
    return torch.where(sine.abs() > 1e-6, turned * length, straight)


def path_length(start: np.ndarray, end: np.ndarray, real_spread: float) -> float | None:
    """How fast images change on the way between two latents.

    What it measures: The mean squared distance between the features of two images a hundredth of the way apart, over
    the square of that step and over the mean squared distance between two real images; at random places between 500
    pairs of latents. Latents inside [−1, 1] are joined by a straight line, others by the great circle.

    How to read it: 1 is the even, direct way between two images as different as real ones. Well above 1: images change
    in jumps, or by detours. Near 0: all latents give about the same image, which is collapse and not smoothness.

    Unit and range: Ratio of squares, from 0; None where real features do not vary.

    Known problems: A rough mean of few large jumps: it varies between seeds. Smooth noise has short ways, too: read it
    only where images are good.

    Cost: 1,000 more images of the generator and their features. Only at the checkpoints that a score is made of.

    Source: Perceptual path length, Karras et al. 2019 (arXiv:1812.04948), with the features of this data set's net, a
    step of .01 and real images as the unit.

    Keys: `path_length`.

    Args:
        start, end: Features of the two images of each pair, (n, d).
        real_spread: Mean squared distance between two real images' features.
    """
    if real_spread <= 0:
        return None
    steps = end.astype(np.float64) - start.astype(np.float64)
    return float((steps**2).sum(axis=1).mean() / EPSILON**2 / real_spread)

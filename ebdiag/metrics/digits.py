"""How many digits a model draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CONFIDENT = 0.9
LEAST_SHARE = 0.01
"""A digit counts from a hundredth of all images on, a tenth of its fair share: below that a handful of smudges that
a classifier happens to be sure about would count as a class."""


@dataclass(frozen=True)
class Digits:
    """Which digits are among the generated images.

    Attributes:
        count: Digits that hold at least a hundredth of all images, among confident predictions; 0 to 10.
        confident_share: Share of images with a confident prediction.
        shares: Share of all images that is confidently each digit, length 10.
    """

    count: int
    confident_share: float
    shares: tuple[float, ...]


def digits(probabilities: np.ndarray) -> Digits:
    """Count the digits among confident predictions.

    What it measures: An image is confident when its most probable digit has probability .9 or more. A digit is drawn
    when at least a hundredth of all images are confidently it.

    How to read it: 10 is right; fewer means lost modes, or images that are no digits (then `confident_share` is low).

    Unit and range: Digits, 0 to 10; share, 0 to 1.

    Known problems: A classifier can be sure about nonsense: read it beside coverage.

    Cost: None; the predictions come with the features.

    Source: Mode counting as in Metz et al. 2016 (arXiv:1611.02163), on confident predictions only.

    Keys: `digits`, `confident_share`.

    Args:
        probabilities: (n, 10), n ≥ 1.
    """
    sure = probabilities.max(axis=1) >= CONFIDENT
    shares = np.bincount(probabilities[sure].argmax(axis=1), minlength=probabilities.shape[1]) / len(probabilities)
    return Digits(
        count=int((shares >= LEAST_SHARE).sum()),
        confident_share=float(sure.mean()),
        shares=tuple(map(float, shares)),
    )

"""How well energies tell generated images from real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Separation:
    """How two samples of energies differ.

    Attributes:
        auroc: Share of pairs in which the generated image has the higher energy, ties half; 0 to 1.
        wasserstein: Mean distance that energies have to move to make the two samples one; in units of energy.
        ks: Largest difference between the two distribution functions; 0 to 1.
    """

    auroc: float
    wasserstein: float
    ks: float


def separation(real: np.ndarray, generated: np.ndarray) -> Separation:
    """How far apart the energies of real and of generated images lie.

    What it measures: AUROC: how often a generated image has a higher energy than a real one. Wasserstein-1: how far
    the one distribution has to be moved onto the other. Kolmogorov–Smirnov: the largest gap between the two
    distribution functions.

    How to read it: AUROC 1 and KS 1: every generated image has a higher energy than every real one. AUROC .5 and KS
    near 0: the discriminator cannot tell them apart, which is the paper's optimum and also what a discriminator that
    has given up shows: read it beside coverage. AUROC below .5: generated images are reconstructed better than real
    ones, as simple blobs are.

    Unit and range: AUROC and KS from 0 to 1, no unit. Wasserstein from 0, in squared pixels of −1 to 1.

    Known problems: Energies in evaluation mode; with BatchNorm in the discriminator the order can be another one in
    training mode. With 1,000 images each, two samples of one distribution have a KS of about .04.

    Cost: Two sorts of 1,000 numbers.

    Source: definitions; Mann, Whitney 1947; Kolmogorov 1933.

    Keys: `energy_auroc`, `energy_wasserstein`, `energy_ks`.

    Args:
        real, generated: One energy an image, finite, (n,) and (m,), n, m ≥ 1.
    """
    low, high = np.sort(real.astype(np.float64)), np.sort(generated.astype(np.float64))
    below, up_to = np.searchsorted(low, high, side="left"), np.searchsorted(low, high, side="right")
    places = np.sort(np.concatenate([low, high]))
    gaps = np.abs(
        np.searchsorted(low, places, side="right") / len(low) - np.searchsorted(high, places, side="right") / len(high)
    )
    return Separation(
        auroc=float((below + up_to).sum() / 2 / len(low) / len(high)),
        wasserstein=float((gaps[:-1] * np.diff(places)).sum()),
        ks=float(gaps.max()),
    )

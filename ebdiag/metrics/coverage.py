"""Precision, recall, density and coverage: neighbourhoods in feature space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEIGHBOURHOOD = 2_000
"""So many of each kind are compared, the first ones: the values depend on the number, so it is fixed."""

K = 5
CHUNK = 500
SAME = 1e-11
"""Squared distances below this share of the squared norms are rounding, and count as 0: repeated images must tie."""


@dataclass(frozen=True)
class Neighbours:
    """A cloud with the squared distances of each point to its nearest and its K-th nearest other point.

    Attributes:
        features: (n, d), float64.
        radii: To the K-th nearest, (n,), float64, squared.
        nearest: To the nearest, (n,), float64, squared.
    """

    features: np.ndarray
    radii: np.ndarray
    nearest: np.ndarray


@dataclass(frozen=True)
class Overlap:
    """How two clouds lie in each other; all but `density`, which can exceed 1, are shares from 0 to 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def neighbours(features: np.ndarray) -> Neighbours:
    """The cloud of `features` (n, d) with its neighbourhoods; n > K.

    Raises:
        ValueError: Too few rows for K neighbours.
    """
    if len(features) <= K:
        raise ValueError(f"{K} neighbours need at least {K + 1} rows, got {len(features)}")
    wide = features.astype(np.float64)
    radii, nearest = np.empty(len(wide)), np.empty(len(wide))
    for start in range(0, len(wide), CHUNK):
        rows = slice(start, start + CHUNK)
        smallest = np.partition(squared_distances(wide[rows], wide), K, axis=1)[:, : K + 1]
        radii[rows] = smallest[:, K]
        nearest[rows] = np.partition(smallest, 1, axis=1)[:, 1]  # the smallest of all is the point itself
    return Neighbours(features=wide, radii=radii, nearest=nearest)


def overlap(real: Neighbours, generated: Neighbours) -> Overlap:
    """Precision, recall, density and coverage of generated against real images.

    What it measures: A point's neighbourhood is the ball that reaches its 5th nearest neighbour of its own kind.
    Precision: share of generated points in some real ball. Recall: share of real points in some generated ball.
    Coverage: share of real balls that hold a generated point. Density: real balls that a generated point lies in, on
    average, over 5. Ties count as inside.

    How to read it: Precision and density are quality, recall and coverage are variety. Coverage is the firmest:
    outliers among the generated cannot inflate it. Density tells crowded from empty places where precision does not:
    above 1, generated images crowd where real ones are dense.

    Unit and range: Shares, 0 to 1; density from 0, without a bound. Two samples of the same data have coverage
    1 − 2⁻⁵ = .97 and density 1 at equal numbers.

    Known problems: Precision stays at 1 under collapse onto good images, density can be far above 1 there; recall is
    inflated by generated outliers; a copy of the training set passes all four. The values depend on the number of
    images.

    Cost: Two distance matrices of 2,000 × 2,000: a quarter of a second.

    Source: Kynkäänniemi et al. 2019 (arXiv:1904.06991); Naeem et al. 2020 (arXiv:2002.09797).

    Keys: `coverage`, `precision`, `recall`, `density`.
    """
    in_real_ball = np.zeros(len(generated.features), dtype=bool)
    in_generated_ball = np.zeros(len(real.features), dtype=bool)
    covered = np.zeros(len(real.features), dtype=bool)
    held = 0
    for start in range(0, len(real.features), CHUNK):
        rows = slice(start, start + CHUNK)
        distances = squared_distances(real.features[rows], generated.features)
        inside = distances <= real.radii[rows, None]
        in_real_ball |= inside.any(axis=0)
        held += int(np.count_nonzero(inside))
        covered[rows] = inside.any(axis=1)
        in_generated_ball[rows] = (distances <= generated.radii).any(axis=1)
    return Overlap(
        precision=float(in_real_ball.mean()),
        recall=float(in_generated_ball.mean()),
        density=held / (K * len(generated.features)),
        coverage=float(covered.mean()),
    )


def squared_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances, (len(first), len(second)); exactly 0 between equal points."""
    norms: np.ndarray = np.add.outer(np.einsum("nd,nd->n", first, first), np.einsum("nd,nd->n", second, second))
    distances: np.ndarray = first @ (-2 * second.T)
    distances += norms
    norms *= SAME
    distances[distances < norms] = 0
    return distances

"""Variety of an encoder's codes."""

from __future__ import annotations

import numpy as np


def spectrum(codes: np.ndarray) -> np.ndarray:
    """Eigenvalues of the codes' covariance.

    What it measures: How much the codes vary, and in which directions; the sum is their total variance.

    How to read it: The total variance of generated codes over that of real ones is near 1 where both vary alike; far
    below 1 means collapse.

    Unit and range: Squared code units, from 0; the ratio has no unit.

    Known problems: A generator of noise has variance, too: read it beside coverage.

    Cost: One SVD of (n, dim).

    Source: definition.

    Keys: `code_trace_ratio`.

    Args:
        codes: (n, dim), n ≥ 2.

    Returns:
        Divisor n − 1, descending, float64, (min(n, dim),).
    """
    wide = codes.astype(np.float64)
    centred = wide - wide.mean(axis=0)
    return np.linalg.svd(centred, compute_uv=False) ** 2 / (len(wide) - 1)


def effective_rank(codes: np.ndarray) -> float | None:
    """Number of directions that codes vary in.

    What it measures: exp of the entropy of the covariance's spectrum, normalised to sum 1.

    How to read it: 1 is a line, `dim` is a ball. It has no scale, so tiny noise around one point has full rank: read
    it only where the variance is not negligible, and beside the value for real codes.

    Unit and range: Dimensions, 1 to min(n − 1, dim); None where the codes do not vary.

    Known problems: Biased downwards at small n (dim 64: 51 at n = 64, 62 at n = 256), so n is fixed.

    Cost: One SVD of (n, dim).

    Source: Roy, Vetterli 2007, "The effective rank".

    Keys: `effective_rank_fake`, `effective_rank_real`.

    Args:
        codes: (n, dim), n ≥ 2.
    """
    return rank_of(spectrum(codes))


def rank_of(eigenvalues: np.ndarray) -> float | None:
    """Effective rank of a covariance of these eigenvalues; None where all are zero."""
    if eigenvalues.sum() <= 0:
        return None
    shares = eigenvalues[eigenvalues > 0] / eigenvalues.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def pull_away(codes: np.ndarray) -> float | None:
    """Mean squared cosine between distinct codes.

    What it measures: The paper's repelling term, uncentred: 1/(N(N−1)) Σ_{i≠j} cos²(sᵢ, sⱼ).

    How to read it: 1 is one direction, collapsed; 1/dim is what independent directions have. Codes behind a ReLU
    never get near that: read it beside the value for real codes. n / (1 + (n − 1)·PT) is the effective number of
    directions.

    Unit and range: 0 to 1, no unit; None where a code is all zero, for then it has no direction.

    Known problems: A constant offset of all codes raises it without any loss of variety.

    Cost: One product of (n, dim) with itself.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 2.4.

    Keys: `pull_away_fake`, `pull_away_real`.

    Args:
        codes: (n, dim), n ≥ 2.
    """
    wide = codes.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    if not norms.all():
        return None
    directions = wide / norms
    # Σᵢⱼ cos² is the squared Frobenius norm of SᵀS, which is the smaller product where dim < n.
    total = float(np.sum((directions.T @ directions) ** 2))
    return (total - len(wide)) / (len(wide) * (len(wide) - 1))


def directions(codes: np.ndarray) -> float | None:
    """Effective number of directions: the Vendi score of order 2 under the cosine.

    What it measures: 1 / Σλ², λ the eigenvalues of the matrix of cosines over n; with PT the mean squared cosine
    between distinct rows that is n / (1 + (n − 1)·PT). `vendi` takes it of the generated images' features, the others
    of 256 codes.

    How to read it: 1: all point one way. n, or the number of dimensions, is the most: all different. Codes and features
    behind a ReLU point into one corner and never get near that: read generated codes beside real ones. Features of
    real digits under `digits-lenet` have 3.1.

    Unit and range: Directions, 1 to min(n, dim); None where a row is all zero, for then it has no direction.

    Known problems: A constant offset of all rows lowers it without any loss of variety, and a wide corner hides a lost
    class.

    Cost: One product of (n, dim) with itself.

    Source: Friedman, Dieng 2023 (arXiv:2210.02410); orders of it, Pasarkar, Dieng 2024 (arXiv:2310.12952).

    Keys: `vendi`, `code_directions_fake`, `code_directions_real`.

    Args:
        codes: (n, dim), n ≥ 2.
    """
    mean_square = pull_away(codes)
    return None if mean_square is None else len(codes) / (1 + (len(codes) - 1) * mean_square)

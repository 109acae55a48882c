"""Quantiles of Student's t for whole degrees of freedom, where importing scipy would take longer than the command."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

STEPS = 200
"""Halvings of an interval: more than a float has digits."""


def cumulative(t: float, degrees: int) -> float:
    """P(T ≤ t), a finite sum.

    Args:
        degrees: Whole and at least 1.

    Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4.
    """
    angle = math.atan2(t, math.sqrt(degrees))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    odd = degrees % 2
    term = total = math.cos(angle) if odd else 1.0
    for k in range(2 + odd, degrees - 1, 2):
        term *= square * (k - 1) / k
        total += term
    inside = 2 * (angle + (sine * total if degrees > 1 else 0.0)) / math.pi if odd else sine * total
    return (1 + inside) / 2


@cache
def quantile(probability: float, degrees: int) -> float:
    """t with P(T ≤ t) = `probability`, to the last digits of a float; by halving an interval that holds it.

    Raises:
        ValueError: The probability is not inside (0, 1), or the degrees are below 1.
    """
    if not 0 < probability < 1 or degrees < 1:
        raise ValueError(f"no quantile at probability {probability}, {degrees} degrees of freedom")
    if probability < 0.5:
        return -quantile(1 - probability, degrees)
    low, high = 0.0, max(NormalDist().inv_cdf(probability), 1.0)
    while cumulative(high, degrees) < probability:
        low, high = high, 2 * high
    for _ in range(STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if cumulative(middle, degrees) < probability else (low, middle)
    return high

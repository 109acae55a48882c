"""How sure a difference is. n is training seeds, never draws; float64; loads without torch or scipy."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import student

if TYPE_CHECKING:
    from .records import Run

CONFIDENCE = 0.95
MINIMUM_EFFECT = math.log(1.25)
"""Smallest log ratio of FID worth a verdict: a quarter more or less. Also δ of `same`."""

COVERAGE_GUARD = 0.05
"""A FID verdict that coverage contradicts by more than this is not given."""

FLOOR_PRIOR = {"fid": (0.25, 4)}
"""Metric → (sd of the log score between seeds, degrees of freedom it counts for): from the reference models."""

MANY_SEEDS = 1_000


@dataclass(frozen=True)
class Interval:
    """Mean difference with its interval; on a log scale these are logs of ratios. `low`, `high` are None at n < 2."""

    mean: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Floor:
    """Usual spread between seeds: the sd of the (log) score over `n` working runs."""

    value: float
    n: int


def score(run: Run) -> dict[str, float | None]:
    """A seed's scores: the mean of each metric over the last checkpoints; empty for a run that did not get there."""
    if run.status == "restored":
        return dict(run.measures[-1].values) if run.measures else {}
    steps = run.spec.scored
    measured = {m.step: m.values for m in run.measures}
    if run.status != "finished" or any(step not in measured for step in steps):
        return {}
    means: dict[str, float | None] = {}
    for key in measured[steps[-1]]:
        values = [measured[step].get(key) for step in steps]
        known = [v for v in values if v is not None and math.isfinite(v)]
        means[key] = math.fsum(known) / len(known) if len(known) == len(values) else None
    return means


def works(scores: Mapping[str, float | None], bar: Mapping[str, float]) -> bool:
    """Whether a seed's scores meet the absolute bar of the data set: below `<metric>_max`, at least `<metric>_min`.

    A missing score does not; a limit of 0 asks for nothing.
    """

    def meets(name: str, limit: float) -> bool:
        metric, _, way = name.rpartition("_")
        value = scores.get(metric)
        if value is None or not math.isfinite(value):
            return False
        return value < limit if way == "max" else value >= limit

    return all(meets(name, limit) for name, limit in bar.items() if limit)


def scaled(values: Sequence[float | None], scale: str) -> list[float | None]:
    """Values on the scale on which they are compared: natural logs, or as they are; None where that fails."""
    if scale == "linear":
        return [v if v is not None and math.isfinite(v) else None for v in values]
    return [math.log(v) if v is not None and math.isfinite(v) and v > 0 else None for v in values]


def mean(values: Sequence[float | None], scale: str) -> float | None:
    """Mean over seeds, geometric where ratios are compared and all values have a logarithm; None without a value."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    if scale == "log" and min(known) > 0:
        return math.exp(math.fsum(map(math.log, known)) / len(known))
    return math.fsum(known) / len(known)


def paired(ref: Sequence[float | None], mine: Sequence[float | None], scale: str) -> Interval | None:
    """Paired t interval of mine - ref over the seeds where both have a value; None without any.

    Source: Student's paired t, two-sided, 95 %.
    """
    pairs = [(r, m) for r, m in zip(scaled(ref, scale), scaled(mine, scale), strict=False) if None not in (r, m)]
    gaps = [m - r for r, m in pairs if r is not None and m is not None]
    n = len(gaps)
    if not n:
        return None
    mean = math.fsum(gaps) / n
    if n < 2:
        return Interval(mean, None, None, n)
    half = t_quantile(n - 1) * math.sqrt(math.fsum((g - mean) ** 2 for g in gaps) / (n - 1) / n)
    return Interval(mean, mean - half, mean + half, n)


def t_quantile(degrees: int, confidence: float = CONFIDENCE) -> float:
    """Two-sided quantile of Student's t."""
    return student.quantile((1 + confidence) / 2, degrees)


def one_sided(degrees: int, confidence: float = CONFIDENCE) -> float:
    """One-sided quantile of Student's t."""
    return student.quantile(confidence, degrees)


def one_sided_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Mean of two values or more, and the bounds below and above it, each at `confidence` by itself.

    Source: Student's t.
    """
    n = len(values)
    mean = math.fsum(values) / n
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = one_sided(n - 1, confidence) * sd / math.sqrt(n)
    return mean, mean - half, mean + half


def seeds_beyond(gap: float, spread: float, confidence: float = CONFIDENCE) -> int | None:
    """Seeds at which a one-sided interval around a mean would leave out a limit `gap` away, if the spread stays.

    Args:
        gap: Distance from the mean to the limit, ≥ 0.
        spread: Standard deviation of one value between seeds, on the same scale.

    Returns:
        None beyond a thousand.
    """

    def enough(n: int) -> bool:
        return one_sided(n - 1, confidence) * spread / math.sqrt(n) < gap

    if gap <= 0 or not enough(MANY_SEEDS):
        return None
    return bisect.bisect_left(range(2, MANY_SEEDS + 1), True, key=enough) + 2


def correlation(ref: Sequence[float | None], mine: Sequence[float | None], scale: str) -> float | None:
    """Pearson's r between the pairs; None below three pairs or where a side does not vary."""
    both = [p for p in zip(scaled(ref, scale), scaled(mine, scale), strict=False) if None not in p]
    pairs = [(r, m) for r, m in both if r is not None and m is not None]
    if len(pairs) < 3:
        return None
    rs, ms = zip(*pairs, strict=True)
    r_mean, m_mean = math.fsum(rs) / len(rs), math.fsum(ms) / len(ms)
    product = math.fsum((r - r_mean) * (m - m_mean) for r, m in pairs)
    size = math.sqrt(math.fsum((r - r_mean) ** 2 for r in rs) * math.fsum((m - m_mean) ** 2 for m in ms))
    return product / size if size > 0 else None


def noise_floor(groups: Sequence[Sequence[float | None]], scale: str, metric: str) -> Floor | None:
    """Sd between seeds, pooled within groups of working runs, with the shipped prior where there is one."""
    squares, degrees, count = 0.0, 0, 0
    for group in groups:
        values = [v for v in scaled(group, scale) if v is not None]
        if values:
            mean = math.fsum(values) / len(values)
            squares += math.fsum((v - mean) ** 2 for v in values)
            degrees += len(values) - 1
            count += len(values)
    if metric in FLOOR_PRIOR:
        sd, weight = FLOOR_PRIOR[metric]
        squares, degrees = squares + weight * sd**2, degrees + weight
    return Floor(math.sqrt(squares / degrees), count) if degrees else None


def tested(gap: Interval, *, lower_is_better: bool, same_within: float) -> str:
    """`better`, `worse`, `same` or `inconclusive` for mine, from a paired interval.

    `same` needs the interval inside ± `same_within`; the others need it beyond zero and a mean beyond
    `same_within`.
    """
    if gap.low is None or gap.high is None:
        return "inconclusive"
    if -same_within < gap.low and gap.high < same_within:
        return "same"
    if (gap.low > 0 or gap.high < 0) and abs(gap.mean) >= same_within:
        return "worse" if (gap.mean > 0) == lower_is_better else "better"
    return "inconclusive"


def seeds_to_settle(mean: float, floor: float, same_within: float) -> int | None:
    """Seeds at which a paired interval around `mean` would decide, if the spread stays; None beyond a thousand."""
    spread = floor * math.sqrt(2)
    for n in range(2, MANY_SEEDS + 1):
        half = t_quantile(n - 1) * spread / math.sqrt(n)
        if abs(mean) + half < same_within or (abs(mean) >= same_within and half < abs(mean)):
            return n
    return None


def seeds_to_tell_shares(ref: float, mine: float) -> int | None:
    """Seeds a side at which two shares of working seeds would differ by Fisher's exact test (one-sided 5 %)."""
    from scipy.special import comb

    if ref == mine:
        return None
    high, low = max(ref, mine), min(ref, mine)
    for n in range(2, MANY_SEEDS + 1):
        a, b = round(high * n), round(low * n)
        k = a + b
        tail = sum(comb(n, i, exact=True) * comb(n, k - i, exact=True) for i in range(a, min(n, k) + 1))
        if tail / comb(2 * n, k, exact=True) < 0.05:
            return n
    return None


def delay(ref: Sequence[tuple[int, float | None]], mine: Sequence[tuple[int, float | None]]) -> float | None:
    """k where mine's last FID is what ref had at 1/k of the steps; None where ref never was as bad, or mine has none.

    Args:
        ref, mine: (step, geometric mean over seeds), ascending; interpolated on logs between checkpoints.
    """
    theirs = [(step, value) for step, value in ref if value is not None and value > 0]
    ours = [(step, value) for step, value in mine if value is not None and value > 0]
    if not theirs or not ours:
        return None
    last, target = ours[-1]
    if theirs[0][1] < target:
        return None
    for (early, above), (late, below) in itertools.pairwise(theirs):
        if below <= target <= above:
            share = 0.0 if above == below else math.log(above / target) / math.log(above / below)
            return last / math.exp(math.log(early) + share * math.log(late / early))
    return None

"""Families against each other: how many of their settings work, how far apart these end, and pair by pair."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .. import stats
from .effects import SEED, Share, mean_interval, wilson
from .tried import Tried

RESAMPLES = 2_000
MOST = 5
"""Of more families than this, each is compared with the first alone."""


@dataclass(frozen=True)
class FamilyStats:
    """One family.

    Attributes:
        settings: How many were tried.
        works: How many of them work.
        scored: How many have a score.
        quartiles: Lower quartile, median and upper quartile of what is wrong, as logs; None where nothing has a score.
        spread: Standard deviation of the log score between settings, with a bootstrap interval; None below three.
    """

    name: str
    settings: int
    works: Share
    scored: int
    quartiles: tuple[float, float, float] | None
    spread: stats.Interval | None


@dataclass(frozen=True)
class PairStats:
    """Two families on the settings that both tried: the second against the first.

    Attributes:
        n: Such settings, where the one has what the other does, if it has that setting at all.
        ratio: Log ratio of what is wrong, with Student's paired interval, over `ratio.n` of them; None without any.
        works: How much larger the share that works is, with a paired bootstrap interval.
        spread: Log ratio of the standard deviations of log scores, with a paired bootstrap interval; above 0 the
            second varies more. None below three.
    """

    first: str
    second: str
    n: int
    ratio: stats.Interval | None
    works: stats.Interval
    spread: stats.Interval | None


def families(settings: Sequence[Tried]) -> list[FamilyStats]:
    """In the order in which they are met."""
    return [_family(name, own) for name, own in _grouped(settings).items()]


def pairs(settings: Sequence[Tried]) -> list[PairStats]:
    """Every two families that share settings."""
    grouped = _grouped(settings)
    names = list(grouped)
    both = itertools.combinations(names, 2) if len(names) <= MOST else ((names[0], other) for other in names[1:])
    return [found for a, b in both if (found := _pair(a, grouped[a], b, grouped[b])) is not None]


def _grouped(settings: Sequence[Tried]) -> Mapping[str, list[Tried]]:
    groups: dict[str, list[Tried]] = {}
    for one in settings:
        groups.setdefault(one.family, []).append(one)
    return groups


def _family(name: str, own: Sequence[Tried]) -> FamilyStats:
    scores = np.array([one.badness for one in own if one.badness is not None])
    quartiles = tuple(float(value) for value in np.quantile(scores, (0.25, 0.5, 0.75))) if len(scores) else None
    spread = None
    if len(scores) > 2:
        places = np.random.default_rng(SEED).integers(0, len(scores), (RESAMPLES, len(scores)))
        low, high = np.quantile(scores[places].std(axis=1, ddof=1), (0.025, 0.975))
        spread = stats.Interval(float(scores.std(ddof=1)), float(low), float(high), len(scores))
    works = wilson(sum(one.works for one in own), len(own))
    return FamilyStats(name, len(own), works, len(scores), quartiles, spread)  # type: ignore[arg-type]


def _pair(first: str, ones: Sequence[Tried], second: str, others: Sequence[Tried]) -> PairStats | None:
    """Of settings that are drawn alike; None where there are fewer than two."""
    theirs = {other.draw: other for other in others}
    both = [(one, theirs[one.draw]) for one in ones if one.draw in theirs and _alike(one, theirs[one.draw])]
    if len(both) < 2:
        return None
    works = np.array([[a.works, b.works] for a, b in both])
    scored = [(a.badness, b.badness) for a, b in both if a.badness is not None and b.badness is not None]
    gaps = mean_interval([b - a for a, b in scored])
    rng = np.random.default_rng(SEED)
    drawn = works[rng.integers(0, len(both), (RESAMPLES, len(both)))]
    low, high = np.quantile((drawn[..., 1] - drawn[..., 0]).mean(axis=1), (0.025, 0.975))
    difference = float((works[:, 1] - works[:, 0]).mean())
    return PairStats(
        first, second, len(both), gaps, stats.Interval(difference, float(low), float(high), len(both)),
        _spreads(np.array(scored), rng) if len(scored) > 2 else None,
    )  # fmt: skip


def _spreads(scored: np.ndarray, rng: np.random.Generator) -> stats.Interval | None:
    """Log ratio of the second column's standard deviation to the first's; pairs are drawn again together."""
    sds = scored.std(axis=0, ddof=1)
    drawn = scored[rng.integers(0, len(scored), (RESAMPLES, len(scored)))].std(axis=1, ddof=1)
    usable = drawn[(drawn > 0).all(axis=1)]
    if not (sds > 0).all() or len(usable) < RESAMPLES // 2:
        return None
    low, high = np.quantile(np.log(usable[:, 1] / usable[:, 0]), (0.025, 0.975))
    return stats.Interval(math.log(sds[1] / sds[0]), float(low), float(high), len(scored))


def _alike(one: Tried, other: Tried) -> bool:
    """Whether two settings agree in all that both families have."""
    return all(one.settings[name] == other.settings[name] for name in one.settings.keys() & other.settings.keys())

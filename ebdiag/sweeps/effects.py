"""Which settings matter, how much, and how sure that is. n is settings, each over its seeds; float64; no torch.

Method. The order that decides is that of the score within a family, what has none being last: so that a run without a
score is never dropped, and one terrible one does not outweigh the rest. A setting's importance is the share of the
variance of these ranks that lies between its levels (η²), less what shuffled settings have, on a scale on which 1 is
all; its p is the share of 1,000 shuffles of the family's ranks that reach as much, corrected by Holm over all settings
of all families. Each family is looked at by itself, for a setting may make one and break another. A number that was
drawn is cut into four levels of equal size. Levels are shown with the share that works (Wilson's 95 % interval) and the
geometric mean of the score of those that have one (Student's t on logs).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .. import stats
from .ask import Value
from .tried import Tried, varied

SHUFFLES = 1_000
SEED = 0
MOST_LEVELS = 8
"""A setting with more values than this is cut into `CUTS` levels of equal size."""

CUTS = 4
FAMILY = ""
"""What the family itself is called among the settings."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Share:
    """`k` of `n`, with Wilson's 95 % interval; of seeds averaged within a setting `k` need not be whole."""

    k: float
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Level:
    """What became of the settings of one level.

    Attributes:
        label: The value, or the stretch of values.
        score: Geometric mean and 95 % interval of what is wrong, as logs; None where no setting has a score.
        scored: How many have one.
    """

    label: str
    works: Share
    score: stats.Interval | None
    scored: int


@dataclass(frozen=True)
class Effect:
    """One setting of one family.

    Attributes:
        family: Whose runs were ordered; empty for all of them.
        name: `FAMILY` for the family itself, among all runs.
        importance: Between 0, no more than chance, and 1, all of the order.
        chance: What one of twenty shuffles reaches, on the same scale.
        p: Of the permutation test; `holm` is corrected for the number of settings.
        levels: In order; none of the family itself.
    """

    family: str
    name: str
    importance: float
    chance: float
    p: float
    holm: float
    levels: tuple[Level, ...]


def wilson(k: float, n: int) -> Share:
    """Share with its 95 % interval.

    Source: Wilson 1927.
    """
    if not n:
        return Share(k, n, 0.0, 1.0)
    z = 1.959963984540054
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(max(k * (n - k) / n + z * z / 4, 0.0))
    low = 0.0 if k <= 0 else max(0.0, middle - half)
    return Share(k, n, low, 1.0 if k >= n else min(1.0, middle + half))


def mean_interval(values: Sequence[float]) -> stats.Interval | None:
    """Mean with Student's 95 % interval; None of nothing, without an interval of one."""
    n = len(values)
    if not n:
        return None
    mean = math.fsum(values) / n
    if n < 2:
        return stats.Interval(mean, None, None, n)
    half = stats.t_quantile(n - 1) * math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1) / n)
    return stats.Interval(mean, mean - half, mean + half, n)


def effects(settings: Sequence[Tried]) -> list[Effect]:
    """Every setting that varies within a family, the most important first; the family too where there are several."""
    names = list(dict.fromkeys(one.family for one in settings))
    found: dict[tuple[str, str], tuple[float, float, float]] = {}
    levels: dict[tuple[str, str], tuple[Level, ...]] = {}
    for family in names:
        own = [one for one in settings if one.family == family]
        codes = {name: leveled([one.settings.get(name) for one in own], known) for name, known in varied(own).items()}
        measured = _importances(_ranked(own), {name: code for name, (code, _) in codes.items()})
        found |= {(family, name): value for name, value in measured.items()}
        levels |= {(family, name): _levels(own, *coded) for name, coded in codes.items()}
    if len(names) > 1:
        place = np.array([names.index(one.family) for one in settings])
        found[FAMILY, FAMILY] = _importances(_ranked(settings), {FAMILY: place})[FAMILY]
    corrected = holm({key: p for key, (_, _, p) in found.items()})
    every = [
        Effect(*key, importance, chance, p, corrected[key], levels.get(key, ()))
        for key, (importance, chance, p) in found.items()
    ]
    return sorted(every, key=lambda effect: (-effect.importance, effect.p, effect.name, effect.family))


def _ranked(settings: Sequence[Tried]) -> Floats:
    """Ranks of what is wrong; what has no score is last."""
    return ranks(np.array([np.inf if one.badness is None else one.badness for one in settings]))


def ranks(values: Floats) -> Floats:
    """From 0, the best, to 1, ties averaged; all .5 where there is one value."""
    from scipy.stats import rankdata

    placed: Floats = rankdata(values) - 1
    return placed / (len(values) - 1) if len(values) > 1 else np.full(len(values), 0.5)


def leveled(values: Sequence[Value | None], known: Sequence[Value]) -> tuple[Ints, list[str]]:
    """Number of the level of each value, −1 where there is none, and what the levels are called."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
    if not numbers or len(known) <= MOST_LEVELS:
        places = {repr(value): place for place, value in enumerate(known)}
        return np.array([places.get(repr(value), -1) for value in values], np.int64), [shown(value) for value in known]
    numeric = np.array([math.nan if value is None else float(value) for value in values])  # type: ignore[arg-type]
    there = np.isfinite(numeric)
    cuts = np.unique(np.quantile(numeric[there], np.arange(1, CUTS) / CUTS))
    codes = np.where(there, np.searchsorted(cuts, np.where(there, numeric, 0), side="right"), -1)
    labels = []
    for place in range(len(cuts) + 1):
        own = numeric[codes == place]
        labels.append(f"{own.min():.3g} – {own.max():.3g}" if len(own) else "")
    return codes.astype(np.int64), labels


def shown(value: Value) -> str:
    """A value as the TOML file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def holm(p_values: Mapping[Key, float]) -> dict[Key, float]:
    """Corrected for their number.

    Source: Holm 1979.
    """
    corrected, highest = {}, 0.0
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, p * (len(p_values) - place)))
        corrected[name] = highest
    return corrected


def _importances(ranked: Floats, codes: Mapping[str, Ints]) -> dict[str, tuple[float, float, float]]:
    """Name → (importance, what one of twenty shuffles reaches, p); one shuffle serves all settings."""
    rng = np.random.default_rng(SEED)
    shuffled: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(SHUFFLES if codes else 0):
        mixed = rng.permutation(ranked)
        for name, code in codes.items():
            shuffled[name].append(_between(mixed, code))
    found = {}
    for name, code in codes.items():
        value, null = _between(ranked, code), np.array(shuffled[name])
        usual = float(null.mean())
        left = 1 - usual if usual < 1 else 1.0
        p = (1 + int((null >= value - 1e-12).sum())) / (SHUFFLES + 1)
        found[name] = (max(0.0, (value - usual) / left), max(0.0, (float(np.quantile(null, 0.95)) - usual) / left), p)
    return found


def _between(values: Floats, codes: Ints) -> float:
    """Share of the variance that lies between levels (η²); 0 where nothing varies."""
    own = codes >= 0
    if not own.any():
        return 0.0
    code, value = codes[own], values[own]
    amount = np.bincount(code)
    total = np.bincount(code, value)
    mean = value.mean()
    whole = float(((value - mean) ** 2).sum())
    there = amount > 0
    between = float((total[there] ** 2 / amount[there]).sum() - len(value) * mean**2)
    return between / whole if whole > 0 else 0.0


def _levels(own: Sequence[Tried], codes: Ints, labels: Sequence[str]) -> tuple[Level, ...]:
    levels = []
    for place, label in enumerate(labels):
        group = [one for one, code in zip(own, codes, strict=True) if code == place]
        if group:
            scores = [one.badness for one in group if one.badness is not None]
            share = wilson(sum(one.works for one in group), len(group))
            levels.append(Level(label, share, mean_interval(scores), len(scores)))
    return tuple(levels)

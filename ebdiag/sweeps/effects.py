"""Which settings matter, how much, and how sure that is. n is settings, each over its seeds; float64; no torch.

Method. The order that decides is that of the score within a family, what has none being last: so that a run without a
score is never dropped, and one terrible one does not outweigh the rest. A setting's importance is the share of the
variance of these ranks that lies between its levels (η²), less what shuffled settings have, on a scale on which 1 is
all; its p is the share of 1,000 shuffles of the ranks within families that reach as much, corrected by Holm over all
settings. A number that was drawn is cut into four levels of equal size. Levels are shown with the share that works
(Wilson's 95 % interval) and the geometric mean of the score of those that have one (Student's t on logs).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Share:
    """`k` of `n`, with Wilson's 95 % interval; of seeds averaged within a setting `k` need not be whole."""

    k: float
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Level:
    """What became of the settings of one level, in one family.

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
    """One setting.

    Attributes:
        name: `FAMILY` for the model file itself.
        importance: Between 0, no more than chance, and 1, all of the order.
        chance: What one of twenty shuffles reaches, on the same scale.
        p: Of the permutation test; `holm` is corrected for the number of settings.
        levels: Family → its levels, in order.
    """

    name: str
    importance: float
    chance: float
    p: float
    holm: float
    levels: Mapping[str, list[Level]]


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
    """Every setting that varies, the most important first; the family among them where there are several."""
    names = list(dict.fromkeys(one.family for one in settings))
    values = varied(settings)
    if len(settings) < 2 or not (values or len(names) > 1):
        return []
    family = np.array([names.index(one.family) for one in settings])
    badness = np.array([np.inf if one.badness is None else one.badness for one in settings])
    within, overall = np.zeros(len(settings)), ranks(badness)
    for place in range(len(names)):
        own = family == place
        within[own] = ranks(badness[own])
    codes: dict[str, tuple[Ints, list[str]]] = {
        name: leveled([one.settings.get(name) for one in settings], known, _varies(settings, name))
        for name, known in values.items()
    }
    measured = _importances(within, overall, family, {name: code for name, (code, _) in codes.items()})
    if len(names) < 2:
        measured.pop(FAMILY, None)
    corrected = holm({name: p for name, (_, _, p) in measured.items()})
    found = [
        Effect(name, importance, chance, p, corrected[name], _levels(settings, names, *codes[name]) if name else {})
        for name, (importance, chance, p) in measured.items()
    ]
    return sorted(found, key=lambda effect: (-effect.importance, effect.p, effect.name))


def ranks(values: Floats) -> Floats:
    """From 0, the best, to 1, ties averaged; all .5 where there is one value."""
    _, place, amount = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(amount)
    middle = ends - (amount + 1) / 2
    return middle[place] / (len(values) - 1) if len(values) > 1 else np.full(len(values), 0.5)


def leveled(
    values: Sequence[Value | None], known: Sequence[Value], counts: NDArray[np.bool_]
) -> tuple[Ints, list[str]]:
    """Number of the level of each value, −1 where it does not count, and what the levels are called."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
    if not numbers or len(known) <= MOST_LEVELS:
        places = {repr(value): place for place, value in enumerate(known)}
        codes = [places.get(repr(value), -1) if ok else -1 for value, ok in zip(values, counts, strict=True)]
        return np.array(codes, np.int64), [shown(value) for value in known]
    numeric = np.array([math.nan if v is None or not ok else float(v) for v, ok in zip(values, counts, strict=True)])  # type: ignore[arg-type]
    there = np.isfinite(numeric)
    cuts = np.unique(np.quantile(numeric[there], np.arange(1, CUTS) / CUTS))
    codes_of = np.where(there, np.searchsorted(cuts, np.where(there, numeric, 0), side="right"), -1)
    labels = []
    for place in range(len(cuts) + 1):
        own = numeric[codes_of == place]
        labels.append(f"{own.min():.3g} – {own.max():.3g}" if len(own) else "")
    return codes_of.astype(np.int64), labels


def shown(value: Value) -> str:
    """A value as the TOML file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Corrected for their number.

    Source: Holm 1979.
    """
    corrected, highest = {}, 0.0
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, p * (len(p_values) - place)))
        corrected[name] = highest
    return corrected


def _varies(settings: Sequence[Tried], name: str) -> NDArray[np.bool_]:
    """Whether a setting belongs to a family in which that name takes several values."""
    seen: dict[str, set[str]] = {}
    for one in settings:
        if name in one.settings:
            seen.setdefault(one.family, set()).add(repr(one.settings[name]))
    return np.array([name in one.settings and len(seen[one.family]) > 1 for one in settings])


def _importances(
    within: Floats, overall: Floats, family: Ints, codes: Mapping[str, Ints]
) -> dict[str, tuple[float, float, float]]:
    """Name → (importance, what one of twenty shuffles reaches, p)."""
    rng = np.random.default_rng(SEED)
    own = [np.flatnonzero(family == place) for place in range(family.max() + 1)]
    seen = {name: _between(within, code) for name, code in codes.items()} | {FAMILY: _between(overall, family)}
    shuffled: dict[str, list[float]] = {name: [] for name in seen}
    for _ in range(SHUFFLES):
        mixed = within.copy()
        for places in own:
            mixed[places] = within[rng.permutation(places)]
        for name, code in codes.items():
            shuffled[name].append(_between(mixed, code))
        shuffled[FAMILY].append(_between(rng.permutation(overall), family))
    found = {}
    for name, value in seen.items():
        null = np.array(shuffled[name])
        usual = float(null.mean())
        left = 1 - usual if usual < 1 else 1.0
        p = (1 + int((null >= value - 1e-12).sum())) / (SHUFFLES + 1)
        found[name] = (
            max(0.0, (value - usual) / left), max(0.0, (float(np.quantile(null, 0.95)) - usual) / left), p,
        )  # fmt: skip
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


def _levels(
    settings: Sequence[Tried], names: Sequence[str], codes: Ints, labels: Sequence[str]
) -> dict[str, list[Level]]:
    found: dict[str, list[Level]] = {}
    for name in names:
        own = [(one, int(code)) for one, code in zip(settings, codes, strict=True) if one.family == name and code >= 0]
        levels = []
        for place, label in enumerate(labels):
            group = [one for one, code in own if code == place]
            if group:
                scores = [one.badness for one in group if one.badness is not None]
                share = wilson(sum(one.works for one in group), len(group))
                levels.append(Level(label, share, mean_interval(scores), len(scores)))
        if levels:
            found[name] = levels
    return found

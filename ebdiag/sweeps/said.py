"""Numbers of a sweep as text: sentences of its summary, and the cells of its tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import stats, words
from ..handbook import find
from ..records import DataSpec
from .ask import Sweep
from .causes import BELOW, IMPROVING
from .effects import FAMILY, Effect, shown
from .families import FamilyStats, PairStats
from .rows import FAILED_TO_RUN, Row

MOST = 8
"""Families that have sentences, pictures and figures of their own; all are in the tables."""


@dataclass(frozen=True)
class Reading:
    """How logs of what is wrong are said as the metric itself."""

    metric: str
    lower_is_better: bool

    def value(self, log_badness: float) -> float:
        """The metric."""
        return math.exp(log_badness) if self.lower_is_better else 1 - math.exp(log_badness)

    def said(self, log_badness: float) -> str:
        """The metric, as text."""
        return words.number(self.value(log_badness))

    def interval(self, found: stats.Interval | None) -> str:
        """A mean with its interval."""
        if found is None:
            return words.MISSING
        if found.low is None or found.high is None:
            return self.said(found.mean)
        ends = sorted((self.value(found.low), self.value(found.high)))
        return f"{self.said(found.mean)} [{words.number(ends[0])}, {words.number(ends[1])}]"


def ratio(found: stats.Interval | None) -> str:
    """A log ratio with its interval: `× 1.4 [1.1, 1.8]`."""
    if found is None:
        return words.MISSING
    low, high = (None if end is None else math.exp(end) for end in (found.low, found.high))
    return words.ratio(math.exp(found.mean), low, high)


def family_cells(one: FamilyStats, reading: Reading) -> tuple[str, ...]:
    quartiles = words.MISSING
    if one.quartiles is not None:
        low, middle, high = one.quartiles
        ends = sorted((reading.value(low), reading.value(high)))
        quartiles = f"{reading.said(middle)} ({words.number(ends[0])} – {words.number(ends[1])})"
    spread = words.MISSING
    if one.spread is not None and one.spread.low is not None and one.spread.high is not None:
        spread = f"{one.spread.mean:.2f} [{one.spread.low:.2f}, {one.spread.high:.2f}]"
    return (
        one.name, words.count(one.settings), f"{whole(one.works.k)} ({words.percent(one.works.k / one.works.n)})",
        f"{words.percent(one.works.low)} – {words.percent(one.works.high)}", words.count(one.scored), quartiles, spread,
    )  # fmt: skip


def pair_cells(one: PairStats, reading: Reading) -> tuple[str, ...]:
    return (one.second, one.first, words.count(one.n), ratio(one.ratio), points(one.works), ratio(one.spread))


def points(found: stats.Interval) -> str:
    """A difference of shares: `+12 % [−3, 28]`."""
    assert found.low is not None
    assert found.high is not None
    mean, low, high = (f"{value * 100:+.0f}".replace("-", words.MINUS) for value in (found.mean, found.low, found.high))
    return f"{mean}{words.NO_BREAK_SPACE}% [{low}, {high}]"


def whole(k: float) -> str:
    return words.count(round(k)) if abs(k - round(k)) < 1e-9 else f"{k:.1f}"


def chance(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def named(effect: Effect) -> str:
    """A setting, or that it is the family itself."""
    return words.SWEEP["family itself"] if effect.name == FAMILY else effect.name


def summary(
    rows: Sequence[Row], sweep: Sweep, data: DataSpec, reading: Reading, of_families: Sequence[FamilyStats],
    of_pairs: Sequence[PairStats], of_settings: Sequence[Effect], metric: str,
) -> list[str]:  # fmt: skip
    sentences = [
        words.SWEEP["summary"].format(
            works=words.count(sum(row.works for row in rows)), runs=words.count(len(rows)), dataset=data.name,
            steps=words.count(sweep.steps),
        )
    ]  # fmt: skip
    sentences += [
        words.SWEEP["summary family"].format(
            family=one.name, works=whole(one.works.k), settings=words.count(one.settings),
            low=words.percent(one.works.low), high=words.percent(one.works.high), metric=reading.metric,
            median=words.MISSING if one.quartiles is None else reading.said(one.quartiles[1]),
        )
        for one in of_families[:MOST]
    ]  # fmt: skip
    sentences += [
        words.SWEEP["summary pair"].format(
            second=one.second, first=one.first, n=words.count(one.n), metric=reading.metric, ratio=ratio(one.ratio),
            works=points(one.works),
        )
        for one in of_pairs[:MOST]
        if one.first == of_families[0].name
    ]  # fmt: skip
    scored = best_first(rows, metric, reading)
    if scored:
        best = scored[0]
        sentences.append(
            words.SWEEP["summary best"].format(
                family=best.family, metric=reading.metric, score=words.number(best.score(metric)),
                settings=settings_said(best.settings),
            )
        )  # fmt: skip
    first = most_important(of_settings)
    sentences.append(
        words.SWEEP["summary nothing"]
        if first is None
        else words.SWEEP["summary matters"].format(
            name=first.name, family=first.family, share=words.percent(first.importance), p=chance(first.holm)
        )
    )
    return sentences


def most_important(found: Sequence[Effect]) -> Effect | None:
    """The setting that matters most of those that matter more than chance; None where none does."""
    return next((e for e in found if e.name != FAMILY and e.holm < 1 - stats.CONFIDENCE), None)


def settings_said(settings: Mapping[str, object]) -> str:
    """Settings as a person reads them: `margin 1, width 800`."""
    said = ", ".join(f"{name} {shown(value)}" for name, value in settings.items())  # type: ignore[arg-type]
    return said or words.SWEEP["files own"]


def best_first(rows: Sequence[Row], metric: str, reading: Reading) -> list[Row]:
    """Those that have a score, the best first."""
    scored = [(value, row) for row in rows if (value := row.score(metric)) is not None]
    ordered = sorted(scored, key=lambda pair: pair[0], reverse=not reading.lower_is_better)
    return [row for _, row in ordered]


def meaning(cause: str) -> str:
    """What a cause is, in words."""
    own = (*FAILED_TO_RUN, BELOW, IMPROVING)
    return words.SWEEP[f"cause {cause}"] if cause in own else find(cause).title


def cause_rows(failing: Sequence[Row], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Cause, share, runs of each family, what it means."""
    table = Counter((row.cause, row.family) for row in failing)
    return [
        (cause, words.percent(k / len(failing)), *(words.count(table[cause, name]) for name in names), meaning(cause))
        for cause, k in Counter(row.cause for row in failing).most_common()
    ]


def effect_rows(found: Sequence[Effect]) -> list[tuple[str, ...]]:
    """Setting, family, importance, what chance reaches, p before and after correction."""
    return [
        (named(e), e.family, f"{e.importance:.2f}", f"{e.chance:.2f}", chance(e.p), chance(e.holm)) for e in found
    ]  # fmt: skip


def level_rows(found: Sequence[Effect], reading: Reading) -> list[tuple[str, ...]]:
    """Setting, family, value, share that works with its interval, mean score, how many have one."""
    return [
        (
            effect.name, effect.family, level.label, f"{whole(level.works.k)} / {level.works.n}",
            f"{words.percent(level.works.low)} – {words.percent(level.works.high)}", reading.interval(level.score),
            words.count(level.scored),
        )
        for effect in found for level in effect.levels
    ]  # fmt: skip


def provenance(rows: Sequence[Row], sweep: Sweep, data: DataSpec, command: str) -> list[tuple[str, str]]:
    told = words.SWEEP
    return [
        (told["repeat"], command),
        (told["dataset"],
         words.dataset(data.name, data.train_count, data.held_out_count, data.image_shape, data.digest)),
        (told["budget"], told["budget of"].format(
            steps=words.count(sweep.steps), seeds=words.plural(sweep.seeds, "seed"))),
        (told["sample"], told["whole grid"] if sweep.sample is None
         else told["sample of"].format(count=words.count(sweep.sample), seed=sweep.sample_seed)),
        (told["bar"], words.bar(data.bar)),
        (told["wall"], words.duration(sum(row.wall_s for row in rows))),
    ]  # fmt: skip

"""One bar at a time: is it passed, missed, or can that not be told? Pure, and loads without torch.

A limit on a mean is missed only if the one-sided interval lies beyond it, and passed only if it lies within; what it
covers cannot be told. A seed that does not work beside a reference that does misses every relative bar at once: its
numbers would need no statistics. Source: Student's t, paired for relative bars; the bars are not corrected for their
number, so that each errs at the stated rate by itself.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from . import stats
from .bars import Bars, MetricBar
from .result import Result
from .schema import Side
from .words import number

Status = Literal["passed", "missed", "cannot_tell", "run_failed"]
"""`run_failed`: a run that the bar needs crashed or was stopped, which is no judgement about the model."""

TITLES: Mapping[Status, str] = {
    "passed": "The bar is passed", "missed": "The bar is missed", "cannot_tell": "The bar cannot be judged",
    "run_failed": "A run failed",
}  # fmt: skip
NAMES: Mapping[Status, str] = {
    "passed": "passed", "missed": "missed", "cannot_tell": "cannot tell", "run_failed": "run failed",
}  # fmt: skip
SIGNS: Mapping[Status, str] = {"passed": "✓", "missed": "✗", "cannot_tell": "?", "run_failed": "!"}

CRASHED = ("crashed", "timeout")


@dataclass(frozen=True)
class Row:
    """What became of one bar.

    Attributes:
        bar: As a person would write it: `fid ≤ 1.5 × ref`.
        value: What was measured: the mean (a ratio or difference for a relative bar), or a count.
        low, high: One-sided bounds at the stated confidence, each by itself; None where there is no interval.
        limit: What it is compared with.
        n: Seeds it rests on.
        seeds_needed: How many would settle what cannot be told, if the spread stays; None: not known, or none would.
    """

    bar: str
    status: Status
    reason: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    n: int = 0
    seeds_needed: int | None = None


@dataclass(frozen=True)
class Pair:
    """What relative bars compare: mine now, and the reference or mine of the last report, on common seeds."""

    other: str
    base: Result
    side: Side
    now: Result
    seeds: tuple[int, ...]

    def values(self, key: str) -> tuple[list[float | None], list[float | None]]:
        """Scores of base and of mine, a pair a seed."""
        return (
            _picked(getattr(self.base.metrics[key], self.side), self.base, self.seeds),
            _picked(self.now.metrics[key].mine, self.now, self.seeds),
        )

    def works(self) -> tuple[list[bool], list[bool]]:
        return (
            _picked(getattr(self.base.works, self.side), self.base, self.seeds),
            _picked(self.now.works.mine, self.now, self.seeds),
        )


def rows(result: Result, bars: Bars, pair: Pair, strange: str | None, foreign: str | None) -> Iterator[Row]:
    """One a bar, in the order of the file.

    Args:
        strange: Why the report cannot be held against these bars at all, or None; `foreign`, against the other report.
    """
    if bars.works is not None:
        yield _works(result, bars, strange)
    for bar in bars.metrics:
        reason = strange or (foreign if bar.relative else None)
        name = _name(bar, pair.other)
        if reason:
            yield Row(name, "cannot_tell", reason, limit=bar.limit)
        elif (crashed := _crashed(pair.base if bar.relative else result, result, bar.relative)) is not None:
            yield Row(name, "run_failed", crashed, limit=bar.limit)
        elif bar.relative:
            yield _relative(bar, name, pair, bars)
        else:
            yield _absolute(bar, name, result, bars)
    crashed = _crashed(result, result, relative=False)
    for row in _findings(result, bars):
        if strange:
            yield _but(row, "cannot_tell", strange)
        elif crashed is not None and row.status == "passed":  # what a run would have shown is not known
            yield _but(row, "run_failed", crashed)
        else:
            yield row


def _works(result: Result, bars: Bars, strange: str | None) -> Row:
    flags, wanted = result.works.mine, bars.works or 0
    name, worked, n = f"works on {wanted} seeds", sum(flags), len(flags)
    row = Row(name, "passed", f"{worked} of {n} seeds work", float(worked), limit=float(wanted), n=n)
    if strange:
        return _but(row, "cannot_tell", strange)
    if worked >= wanted:
        return row
    crashed = _crashed(result, result, relative=False)
    if crashed is not None:
        return _but(row, "run_failed", crashed)
    if n < wanted:
        return _but(row, "cannot_tell", f"{worked} of {n} seeds work; compare with --seeds {wanted}", needed=wanted)
    alone = [s for s, r, m in zip(result.budget.seeds, result.works.ref, flags, strict=True) if r and not m]
    if not alone and not all(result.works.ref):
        return _but(row, "cannot_tell", f"{row.reason}, but the reference does not work there either")
    return _but(row, "missed", row.reason)


def _absolute(bar: MetricBar, name: str, result: Result, bars: Bars) -> Row:
    values, seeds = result.metrics[bar.metric].mine, result.budget.seeds
    row = Row(name, "passed", "", limit=bar.limit, n=len(seeds))
    missing = [seed for seed, value in zip(seeds, values, strict=True) if value is None]
    diverged = [run.seed for run in result.runs if run.variant == "mine" and run.status == "diverged"]
    if diverged:
        return _but(row, "missed", f"training diverged on {_seeds(diverged)}")
    if missing:
        return _but(row, "cannot_tell", f"there is no value on {_seeds(missing)}")
    if bar.on == "seeds":
        return _each(bar, row, seeds, values, bars)
    return _interval(bar, row, stats.scaled(values, "log" if bar.log else "linear"), _spread(result, bar), bars)


def _relative(bar: MetricBar, name: str, pair: Pair, bars: Bars) -> Row:
    row = Row(name, "passed", "", limit=bar.limit, n=len(pair.seeds))
    works, mine_works = pair.works()
    lost = [s for s, base, mine in zip(pair.seeds, works, mine_works, strict=True) if base and not mine]
    if lost:
        return _but(row, "missed", f"mine does not work on {_seeds(lost)}, {_other(pair)} does")
    unable = [seed for seed, base in zip(pair.seeds, works, strict=True) if not base]
    if unable:
        return _but(row, "cannot_tell", f"{_other(pair)} does not work on {_seeds(unable)}: nothing to compare with")
    if bar.metric not in pair.base.metrics:
        return _but(row, "cannot_tell", "the last report does not have this metric")
    base, mine = pair.values(bar.metric)
    scale = "log" if bar.log else "linear"
    gaps = [
        None if b is None or m is None else m - b
        for b, m in zip(stats.scaled(base, scale), stats.scaled(mine, scale), strict=True)
    ]
    missing = [seed for seed, gap in zip(pair.seeds, gaps, strict=True) if gap is None]
    if missing:
        return _but(row, "cannot_tell", f"there is no value to compare on {_seeds(missing)}")
    if bar.on == "seeds":
        return _each(bar, row, pair.seeds, [_shown(gap, bar) for gap in gaps], bars)
    spread = _spread(pair.now, bar)
    return _interval(bar, row, gaps, None if spread is None else spread * math.sqrt(2), bars)


def _each(bar: MetricBar, row: Row, seeds: Sequence[int], values: Sequence[float | None], bars: Bars) -> Row:
    """Each seed by itself."""
    known = [value for value in values if value is not None]
    beyond = [s for s, v in zip(seeds, values, strict=True) if v is not None and _beyond(v, bar.limit, bar.upper)]
    worst = (max if bar.upper else min)(known, default=None)
    shown = f"{'highest' if bar.upper else 'lowest'} {_sign(bar)}{number(worst)}"
    row = _but(row, "passed", f"{shown} on {len(seeds)} seeds", value=worst)
    if beyond:
        return _but(row, "missed", f"{shown}; beyond the bar on {_seeds(beyond)}")
    return _enough(row, bars)


def _interval(bar: MetricBar, row: Row, values: Sequence[float | None], spread: float | None, bars: Bars) -> Row:
    """The mean over seeds with its one-sided interval.

    Args:
        values: On the scale on which they are compared, none missing.
        spread: Usual standard deviation of one of them between seeds, on the same scale.
    """
    known = [value for value in values if value is not None]
    limit = math.log(bar.limit) if bar.log else bar.limit
    n, mean = len(known), math.fsum(known) / len(known) if known else None
    if mean is None:
        return _but(row, "cannot_tell", "no seed is common to both reports")
    row = _but(row, "passed", "", value=_shown(mean, bar))
    if n < max(bars.min_seeds, 2):
        needed = max(bars.min_seeds, 2)
        seeds = f"{n} seed{'s' * (n != 1)}"
        return _but(row, "cannot_tell", f"{seeds}, where {needed} are asked for", needed=needed)
    mean, low, high = stats.one_sided_interval(known, bars.confidence)
    row = Row(row.bar, "passed", "", _shown(mean, bar), _shown(low, bar), _shown(high, bar), bar.limit, n)
    told = f"{_sign(bar)}{number(row.value)} [{number(row.low)}, {number(row.high)}] on {n} seeds"
    usual = statistics.stdev(known) if spread is None else spread
    fine = _fine(limit, usual, n, bars.confidence, bar) if bar.relative else ""
    if (low if bar.upper else -high) > (limit if bar.upper else -limit):
        return _but(row, "missed", told + fine)
    if (high if bar.upper else -low) <= (limit if bar.upper else -limit):
        return _but(row, "passed", told + fine)
    more = stats.seeds_beyond(abs(mean - limit), usual, bars.confidence)
    settled = "no number of seeds would settle it" if more is None else f"about {more} seeds would settle it"
    return _but(row, "cannot_tell", f"{told}: the bar lies inside; {settled}{fine}", needed=more)


def _spread(result: Result, bar: MetricBar) -> float | None:
    """Usual standard deviation of the metric between seeds, on the scale on which it is compared."""
    floor = result.metrics[bar.metric].noise_floor
    return None if floor is None else floor.value


def _sign(bar: MetricBar) -> str:
    return "× " if bar.kind.endswith("ratio") else "difference " if bar.relative else ""


def _fine(limit: float, spread: float, n: int, confidence: float, bar: MetricBar) -> str:
    """What to say of a bar that is nearer to no difference than so many seeds can tell; else nothing."""
    seen = stats.one_sided(n - 1, confidence) * spread / math.sqrt(n)
    if abs(limit) >= seen:
        return ""
    needed = stats.seeds_beyond(abs(limit), spread, confidence)
    shown = f"× {number(math.exp(seen))}" if bar.log else number(seen)
    more = "" if needed is None else f", {needed} would"
    return f"; this bar lies within the usual spread: {n} seeds tell no less than {shown}{more}"


def _findings(result: Result, bars: Bars) -> Iterator[Row]:
    mine = [finding for finding in result.findings if finding.variant == "mine"]
    for slug in bars.forbid:
        found = [finding for finding in mine if finding.rule == slug]
        reason = found[0].title if found else "not found"
        yield Row(f"no {slug}", "missed" if found else "passed", reason, float(len(found)), limit=0.0)
    for severity, limit in (("error", bars.max_errors), ("warning", bars.max_warnings)):
        if limit is None:
            continue
        rules = [finding.rule for finding in mine if finding.severity == severity]
        reason = f"{len(rules)}: {', '.join(rules)}" if rules else "none"
        status: Status = "missed" if len(rules) > limit else "passed"
        yield Row(f"{severity}s ≤ {limit}", status, reason, float(len(rules)), limit=float(limit))


def _enough(row: Row, bars: Bars) -> Row:
    if row.n >= bars.min_seeds:
        return row
    reason = f"{row.reason}, where {bars.min_seeds} seeds are asked for"
    return _but(row, "cannot_tell", reason, needed=bars.min_seeds)


def _crashed(base: Result, now: Result, relative: bool) -> str | None:
    """The run that a bar needs and that ended without being a result about the model."""
    reports = [(now, get_args(Side) if base is now and relative else ("mine",))]
    reports += [(base, ("mine",))] if base is not now else []
    for report, sides in reports:
        for run in report.runs:
            if run.variant in sides and run.status in CRASHED:
                where = f" ({run.line})" if run.line else ""
                return f"{run.variant}, seed {run.seed} {run.status}{where}: {run.reason or 'no reason known'}"
    return None


def _name(bar: MetricBar, other: str) -> str:
    sign = "≤" if bar.upper else "≥"
    each = ", each seed" if bar.on == "seeds" else ""
    if bar.kind.endswith("ratio"):
        return f"{bar.metric} {sign} {bar.limit:g} × {other}{each}"
    if bar.kind.endswith("delta"):
        return f"{bar.metric} {sign} {other} {'+' if bar.limit >= 0 else '−'} {abs(bar.limit):g}{each}"
    return f"{bar.metric} {sign} {bar.limit:g}{each}"


def _other(pair: Pair) -> str:
    return "the reference" if pair.other == "ref" else "the last report's model"


def _picked(values: Sequence[Any], result: Result, seeds: Sequence[int]) -> list[Any]:
    return [values[result.budget.seeds.index(seed)] for seed in seeds]


def _shown(value: float | None, bar: MetricBar) -> float | None:
    """On the scale of the bar."""
    return None if value is None else math.exp(value) if bar.log else value


def _beyond(value: float, limit: float, upper: bool) -> bool:
    return value > limit if upper else value < limit


def _seeds(seeds: Sequence[int]) -> str:
    return f"seed{'s' * (len(seeds) != 1)} {', '.join(map(str, seeds))}"


def _but(row: Row, status: Status, reason: str, *, value: float | None = None, needed: int | None = None) -> Row:
    given = row.value if value is None else value
    return Row(row.bar, status, reason, given, row.low, row.high, row.limit, row.n, needed)

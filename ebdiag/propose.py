"""A first bar file from a report, with its reasons. Loads without torch.

No bar is nearer than the seeds at hand can tell, and where mine works, its own report passes.
"""

from __future__ import annotations

import json
import math
import shlex
from dataclasses import dataclass
from pathlib import Path

from . import stats
from .bars import CONFIDENCE, FILE_NAME, MIN_SEEDS, PROJECT
from .errors import EbdiagError
from .gate import setting
from .kinds import of
from .result import MetricResult, Result
from .safe import printable
from .schema import Side
from .words import number, spread


def write(result: Result, name: str, path: Path) -> str:
    """Write a bar file where none is; what to say about it.

    Raises:
        EbdiagError: As `propose`; or the file exists, or is a pyproject.toml, which is not ours to write.
    """
    if path.name == PROJECT:
        hint = f"write it to {FILE_NAME} and copy the table to [tool.ebdiag.bars]"
        raise EbdiagError("is not written to", file=str(path), hint=hint)
    text = propose(result, name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise EbdiagError("exists already", file=str(path), hint="name another with --bar, or delete it") from None
    except OSError as error:
        raise EbdiagError("cannot be written", file=str(path), got=str(error)) from None
    return f"{path}\njudge a report by it: ebdiag check {shlex.quote(name)} --bar {shlex.quote(str(path))}"


def propose(result: Result, name: str) -> str:
    """The text of a bar file.

    Where mine works on all seeds, the bars are such that this report passes; else they are what the reference reaches,
    and this report misses them.

    Args:
        name: What the report is called.

    Raises:
        EbdiagError: The reference does not work on every seed, or there are too few seeds to tell anything.
    """
    n = len(result.budget.seeds)
    if n < MIN_SEEDS:
        what, hint = f"a bar needs a report of at least {MIN_SEEDS} seeds", f"compare with --seeds {MIN_SEEDS}"
        raise EbdiagError(what, file=name, expected=f"{MIN_SEEDS} or more", got=str(n), hint=hint)
    if not all(result.works.ref):
        hint = "compare with more steps, then propose a bar from that report"
        raise EbdiagError("the reference does not work on every seed, so it is no measure", file=name, hint=hint)
    works = all(result.works.mine)
    return "\n".join([*_head(result, name, works), *_works(result), *_metrics(result, works),
                      *_findings(result, works), *_made_for(result)]) + "\n"  # fmt: skip


def _head(result: Result, name: str, works: bool) -> list[str]:
    missed = [] if works else ["# mine does not work there, and misses them: they are what the reference reaches."]
    return [
        f"# What a change has to reach, proposed from {printable(name)} ({len(result.budget.seeds)} seeds, "
        f"{result.budget.steps:,} steps).",
        *missed,
        "# Tighten by hand; `ebdiag check` says of a bar that is nearer than the seeds can tell.",
        "[bars]",
        "# A bar is missed, or passed, only where the one-sided interval of the mean says so.",
        f"confidence = {CONFIDENCE}",
        "# fail, pass or report (exit code 3): what becomes of a bar that cannot be told.",
        'on_inconclusive = "report"',
        f"min_seeds = {MIN_SEEDS}",
        "",
    ]


def _works(result: Result) -> list[str]:
    n = len(result.budget.seeds)
    worked = f"# mine works on {sum(result.works.mine)} of {n} seeds, ref on {sum(result.works.ref)}."
    return [worked, f"works = {{ min_seeds = {n} }}", ""]


def _metrics(result: Result, works: bool) -> list[str]:
    if result.variants["mine"].kind == "contrastive":
        return _auroc(result, works)
    return [*_fid(result, works), *_coverage(result, works)]


def _auroc(result: Result, works: bool) -> list[str]:
    decides, n = of(result.variants["mine"].kind).decides, len(result.budget.seeds)
    key, metric = decides.metric, result.metrics[decides.metric]
    floor = metric.noise_floor.value if metric.noise_floor else 0.0
    told = max(stats.one_sided(n - 1) * floor * math.sqrt(2 / n), decides.minimum_effect)
    seen = _mean(metric, "mine", "ref") if works else None
    delta = -told if seen is None else min(seen.mean - told, seen.low, -told)
    own = _mean(metric, "mine" if works else "ref")
    assert own is not None  # it works
    half = stats.one_sided(n - 1) * floor / math.sqrt(n)
    asked = result.dataset.bar[f"{key}_min"] or 0.0
    limit = max(min(own.mean - 2 * half, own.low), asked)
    whose, values = ("mine", metric.mine) if works else ("ref", metric.ref)
    measured = "" if seen is None else f"mine has {seen.mean:+.3f}; "
    return [
        f"# Against the reference: {measured}{n} seeds with the usual spread, ± {number(floor)},",
        f"# tell no less than {number(told)}.",
        f'# By itself: {whose} has {spread(values)}. "Works" asks for {number(asked)}.',
        f"{key} = {{ min_delta = {math.floor(1000 * delta) / 1000:g}, min = {math.floor(1000 * limit) / 1000:g} }}",
        "",
    ]


def _fid(result: Result, works: bool) -> list[str]:
    metric, n = result.metrics["fid"], len(result.budget.seeds)
    floor = metric.noise_floor.value if metric.noise_floor else stats.FLOOR_PRIOR["fid"][0]
    told = max(stats.one_sided(n - 1) * floor * math.sqrt(2 / n), stats.MINIMUM_EFFECT)
    seen = _mean(metric, "mine", "ref") if works else None
    ratio = _up(math.exp(told if seen is None else max(seen.mean + told, seen.high, told)))
    own = _mean(metric, "mine" if works else "ref")
    assert own is not None  # it works
    half = stats.one_sided(n - 1) * floor / math.sqrt(n)
    limit = _up(math.exp(max(own.mean + 2 * half, own.high)))
    top = result.dataset.bar.get("fid_max")
    whose, values = ("mine", metric.mine) if works else ("ref", metric.ref)
    measured = "" if seen is None else f"mine has {number(math.exp(seen.mean))} times its FID; "
    return [
        f"# Against the reference: {measured}{n} seeds with the usual spread, × {number(math.exp(floor))},",
        f"# tell no less than × {number(math.exp(told))}.",
        f"# By itself: {whose} has {spread(values)}; the mean of {n} seeds is known to × {number(math.exp(half))}.",
        *([f'# "Works" asks for less than {number(top)}.'] if top else []),
        f"fid = {{ max_ratio = {ratio:g}, max = {min(limit, math.floor(top)) if top else limit:g} }}",
        "",
    ]


def _coverage(result: Result, works: bool) -> list[str]:
    metric, n = result.metrics.get("coverage"), len(result.budget.seeds)
    if metric is None or metric.noise_floor is None:
        return []
    told = max(stats.one_sided(n - 1) * metric.noise_floor.value * math.sqrt(2 / n), stats.COVERAGE_GUARD)
    seen = _mean(metric, "mine", "ref") if works else None
    delta = -told if seen is None else min(seen.mean - told, seen.low, -told)
    measured = "" if seen is None else f"mine has {seen.mean:+.2f}; "
    return [
        f"# Against the reference: {measured}{n} seeds with the usual spread, ± {number(metric.noise_floor.value)},",
        f"# tell no less than {number(told)}.",
        f"coverage = {{ min_delta = {math.floor(100 * delta) / 100:g} }}",
        "",
    ]


@dataclass(frozen=True)
class _Mean:
    """A mean over seeds with the bounds of its one-sided interval, as logs where ratios are compared."""

    mean: float
    low: float
    high: float


def _mean(metric: MetricResult, side: Side, base: Side | None = None) -> _Mean | None:
    """Of one side, or of its gap to another; None where a seed has no value."""
    scale = metric.scale
    values = stats.scaled(getattr(metric, side), scale)
    others = stats.scaled(getattr(metric, base), scale) if base else [0.0] * len(values)
    gaps = [v - o for v, o in zip(values, others, strict=True) if v is not None and o is not None]
    if len(gaps) < max(len(values), 2):
        return None
    return _Mean(*stats.one_sided_interval(gaps))


def _findings(result: Result, works: bool) -> list[str]:
    mine = [finding for finding in result.findings if finding.variant == "mine"]
    there, kind = {finding.rule for finding in mine}, of(result.variants["mine"].kind)
    forbidden = [f'"{rule}"' for rule in kind.forbidden if not (works and rule in there)]
    errors = sum(finding.severity == "error" for finding in mine) if works else 0
    return [
        "# What no working model shows; errors as many as now." if errors else "# What no working model shows.",
        f"findings = {{ forbid = [{', '.join(forbidden)}], max_errors = {errors} }}",
        "",
    ]


def _made_for(result: Result) -> list[str]:
    rows = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"  # what JSON writes of printable texts, TOML reads
        for key, value in setting(result).items()
        if value
    ]
    return ["# Reports of another kind are not comparable with these numbers.", "[bars.made_for]", *rows]


def _up(value: float) -> float:
    """Rounded up to two digits, three from 100."""
    step = 10.0 ** (math.floor(math.log10(value)) - (2 if value >= 100 else 1))
    return float(f"{math.ceil(value / step - 1e-9) * step:.6g}")

"""A comparison as trackers take it: parameters, numbers, curves and tags, of the whole and of each run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from .. import evidence, stats
from ..result import Result, RunResult

MOST_POINTS = 200
"""Of one curve: trackers store every point on its own. The whole of them is in `data/series.parquet`."""

MOST_PARAMETER = 500
"""Characters of one parameter that trackers take and people read."""


@dataclass(frozen=True)
class Curve:
    """A number over training, at ascending steps."""

    name: str
    steps: list[int]
    values: list[float]


@dataclass(frozen=True)
class RunRecord:
    """One run.

    Attributes:
        name: `mine/0`: variant and seed.
        finished: Whether it ended as planned.
    """

    name: str
    finished: bool
    parameters: dict[str, str]
    metrics: dict[str, float]
    curves: list[Curve]
    tags: dict[str, str]


@dataclass(frozen=True)
class Record:
    """A comparison.

    Attributes:
        metrics: `fid.ref` and `fid.mine`: means over seeds; `fid.delta`, `.low`, `.high`: the difference and its
            interval.
        tags: `verdict`, and one a finding: `finding.mine.mode-collapse` → severity and title.
        files: What is worth keeping with it.
    """

    name: str
    parameters: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    runs: list[RunRecord]
    files: list[Path]


def recorded(result: Result, folder: Path) -> Record:
    """What there is to show of a result and its report folder."""
    paths = {side: variant.path for side, variant in result.variants.items()}
    parameters = {
        "ref": paths["ref"], "mine": paths["mine"], "dataset": result.dataset.name,
        "steps": str(result.budget.steps), "seeds": str(len(result.budget.seeds)),
    }  # fmt: skip
    tags = {"verdict": result.verdict.status, "summary": result.verdict.summary, "ebdiag": result.ebdiag}
    for finding in result.findings:
        who = "" if finding.variant is None else f"{finding.variant}."
        tags.setdefault(f"finding.{who}{finding.rule}", f"{finding.severity}: {finding.title}")
    names = ("report.html", "report.md", "result.json", evidence.SERIES, evidence.CHECKPOINTS)
    files = [folder / name for name in names if (folder / name).is_file()]
    curves = _curves(folder)
    runs = [_run(result, run, curves.get(run.name, [])) for run in result.runs]
    return Record(f"{paths['ref']} vs {paths['mine']}", parameters, dict(_compared(result)), tags, runs, files)


def _compared(result: Result) -> Iterator[tuple[str, float]]:
    for key, metric in result.metrics.items():
        for side, values in (("ref", metric.ref), ("mine", metric.mine)):
            mean = stats.mean(values, metric.scale)
            if mean is not None and math.isfinite(mean):
                yield f"{key}.{side}", mean
        if metric.delta is not None:
            for name, value in (("delta", metric.delta.mean), ("low", metric.delta.low), ("high", metric.delta.high)):
                if value is not None and math.isfinite(value):
                    yield f"{key}.{name}", value


def _run(result: Result, run: RunResult, curves: list[Curve]) -> RunRecord:
    variant = result.variants[run.variant]
    config = cast(dict[str, Any], variant.facts.get("config", {}))
    given = {"variant": run.variant, "file": variant.path, "seed": run.seed, "steps": run.steps, "run": run.id}
    parameters = {name: _shown(value) for name, value in {**config, **given}.items()}
    place = result.budget.seeds.index(run.seed) if run.seed in result.budget.seeds else None
    metrics = {}
    for key, metric in result.metrics.items():
        values = metric.ref if run.variant == "ref" else metric.mine
        value = values[place] if place is not None and place < len(values) else None
        if value is not None and math.isfinite(value):
            metrics[key] = float(value)
    tags = {"status": run.status, "reason": run.reason or ""}
    return RunRecord(run.name, run.status in ("finished", "restored"), parameters, metrics, curves, tags)


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= MOST_PARAMETER else f"{text[: MOST_PARAMETER - 1]}…"


def _curves(folder: Path) -> dict[str, list[Curve]]:
    """Run → its series (`train/…`) and its scores at checkpoints (`score/…`)."""
    found: dict[str, list[Curve]] = {}
    for file, kind in ((evidence.SERIES, "train"), (evidence.CHECKPOINTS, "score")):
        if not (folder / file).is_file():
            continue
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        table = pq.ParquetFile(folder / file).read(use_threads=False)
        labels = list(zip(table["variant"].to_pylist(), table["seed"].to_pylist(), strict=True))
        for side, seed in dict.fromkeys(labels):
            own = table.filter(pc.and_(pc.equal(table["variant"], side), pc.equal(table["seed"], seed)))
            steps = own["step"].to_pylist()
            for name in sorted(set(own.column_names) - {"variant", "seed", "step"}):
                points = [
                    (step, value)
                    for step, value in zip(steps, own[name].to_pylist(), strict=True)
                    if isinstance(value, int | float) and math.isfinite(value)
                ]
                if points:
                    thinned = _thinned(points)
                    curve = Curve(f"{kind}/{name}", [step for step, _ in thinned], [float(v) for _, v in thinned])
                    found.setdefault(f"{side}/{seed}", []).append(curve)
    return found


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most `MOST_POINTS` of them, evenly, the first and the last included."""
    if len(points) <= MOST_POINTS:
        return points
    return [points[round(i * (len(points) - 1) / (MOST_POINTS - 1))] for i in range(MOST_POINTS)]

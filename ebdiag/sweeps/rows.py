"""One row a run: what was tried, what came of it. `sweep.parquet` is these rows and nothing else."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..folders import write_atomically
from ..safe import visible
from .ask import Value

SETTING = "set."
"""How the names of the columns begin that hold settings; a text where values of one setting are of several types."""

FAILED_TO_RUN = ("crashed", "timeout", "refused")
"""Endings that are no outcome of training."""


@dataclass(frozen=True)
class Row:
    """One run.

    Attributes:
        family: What runs of the file are called together.
        file: The model file, as a command takes it.
        draw: Number of the draw, or place in the grid.
        settings: Name → value of what was asked for; what the file says itself is absent.
        id: Of the run in the store; empty where it never began.
        status: How it ended; `refused`: the model cannot run.
        steps: Updates of the generator that it got to.
        works: Whether it meets the bar of the data set; None where it never got to be judged for a mistake in it.
        scores: Metric → the seed's score; empty for a run without one.
        cause: Why it fails: a rule's slug, `refused`, `crashed`, `timeout`, `still-improving`, or `below-bar` where no
            rule has a reason; empty where it works.
        says: That in words; English, as results are.
        findings: Slugs of what rules found, notes left out.
        samples: The file of the store with what it drew at its end; empty where it drew nothing.
        trace: A command that looks for what is to blame; empty where there is nothing to look for.
    """

    family: str
    file: str
    draw: int
    seed: int
    settings: Mapping[str, Value]
    id: str
    status: str
    steps: int
    works: bool
    scores: Mapping[str, float | None]
    cause: str = ""
    says: str = ""
    findings: tuple[str, ...] = ()
    wall_s: float = 0.0
    samples: str = ""
    trace: str = ""

    @property
    def ran(self) -> bool:
        """Whether training came to an outcome, be it a divergence."""
        return self.status not in FAILED_TO_RUN

    def score(self, metric: str) -> float | None:
        """A score that is a number; None where there is none."""
        value = self.scores.get(metric)
        return value if value is not None and math.isfinite(value) else None

    def with_trace(self, command: str) -> Row:
        """The same with a command."""
        return replace(self, trace=command)


def write(path: Path, rows: Sequence[Row], metrics: Sequence[str]) -> None:
    """Parquet, a column for each setting that a row has and for each metric.

    Args:
        metrics: Keys of the metrics of the kind, in the order of the columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {
        name: pa.array([_told(getattr(row, name)) for row in rows], type_)
        for name, type_ in (
            ("family", pa.string()), ("file", pa.string()), ("draw", pa.int64()), ("seed", pa.int64()),
            ("id", pa.string()), ("status", pa.string()), ("steps", pa.int64()), ("works", pa.bool_()),
            ("cause", pa.string()), ("says", pa.string()), ("findings", pa.list_(pa.string())),
            ("wall_s", pa.float64()), ("trace", pa.string()),
        )
    }  # fmt: skip
    for name in dict.fromkeys(name for row in rows for name in row.settings):
        columns[SETTING + name] = pa.array(*_column([row.settings.get(name) for row in rows], pa))
    for metric in metrics:
        columns[metric] = pa.array([row.score(metric) for row in rows], pa.float64())
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())


def read(path: Path) -> list[Row]:
    """The rows of a file that `write` wrote; without the places of samples, which only the store knows."""
    import pyarrow.parquet as pq

    table = pq.ParquetFile(path).read(use_threads=False)
    own = [name for name in Row.__dataclass_fields__ if name in table.column_names]
    settings = [name for name in table.column_names if name.startswith(SETTING)]
    metrics = [name for name in table.column_names if name not in own and name not in settings]
    columns = {name: table[name].to_pylist() for name in table.column_names}
    rows = []
    for place in range(table.num_rows):
        given: dict[str, Any] = {name: columns[name][place] for name in own}
        given["findings"] = tuple(given["findings"])
        given["settings"] = {n.removeprefix(SETTING): v for n in settings if (v := columns[n][place]) is not None}
        given["scores"] = {name: value for name in metrics if (value := columns[name][place]) is not None}
        rows.append(Row(**given))
    return rows


def _told(value: Any) -> Any:
    """A value with no half of a character in it, which no file can hold."""
    if isinstance(value, tuple):
        return [_told(inner) for inner in value]
    return visible(value) if isinstance(value, str) else value


def _column(values: Sequence[Value | None], pa: Any) -> tuple[list[Any], Any]:
    """Values with their type in Parquet: bool, whole numbers, numbers, or texts, those of other types as JSON."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return list(values), pa.bool_()
    if kinds == {int}:
        return list(values), pa.int64()
    if kinds <= {int, float}:
        return [None if value is None else float(value) for value in values], pa.float64()  # type: ignore[arg-type]
    return [None if v is None else visible(v) if isinstance(v, str) else json.dumps(v) for v in values], pa.string()

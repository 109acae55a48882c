"""What probes saw, a row a step: kept as tensors while training, as columns of numbers on disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from .crafts import Made
from .double import Double
from .probes import Probe
from .step import Moment
from .stills import Stills

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
REASON_LENGTH = 400


@dataclass(frozen=True)
class Failure:
    """Why a probe could not look, and since when."""

    step: int
    reason: str


class Recorder:
    """Collects what probes return; nothing is read from the device before `columns` asks.

    A probe that raises leaves a gap in its own series and its reason in `failed`; it is asked again when it is
    next due, so that a resumed run has the series of an uninterrupted one.

    Args:
        probes: Observed at their own intervals.
        stills: What looks are taken at; probes that need them are silent without.
    """

    def __init__(self, probes: tuple[Probe, ...], stills: Stills | None = None) -> None:
        self.probes, self.stills = probes, stills
        self.failed: dict[str, Failure] = {}
        self._double = Double()
        self._before: dict[str, Any] = {}
        self._steps: list[int] = []
        self._seen: dict[str, list[tuple[int, Tensor]]] = {}

    def before(self, step: int, built: Made) -> None:
        """Let probes that compare nets before and after `step` keep what they need of them."""
        self._before = {p.name: p.before(built) for p in self.probes if p.before is not None and p.due(step)}

    def observe(self, moment: Moment) -> None:
        """Let each probe that is due look at a step."""
        self._steps.append(moment.step)
        for probe in self.probes:
            if not probe.due(moment.step):
                continue
            try:
                columns = self._look(probe, moment)
            except Exception as error:
                text = " ".join(str(error).split())[:REASON_LENGTH]
                self.failed.setdefault(probe.name, Failure(moment.step, f"{type(error).__name__}: {text}"))
            else:
                for name, value in columns.items():
                    self._seen.setdefault(name, []).append((moment.step, value))
        self._before = {}

    def _look(self, probe: Probe, moment: Moment) -> dict[str, Tensor]:
        seen = replace(moment, before=self._before.get(probe.name), stills=self.stills)
        if probe.runs == "nothing":
            return probe.observe(seen)
        if probe.runs == "functions":
            return probe.observe(replace(seen, built=self._double.functions(moment.built)))
        with self._double.nets(moment.built, moment.step, probe.name) as built:
            return probe.observe(replace(seen, built=built))

    def note(self, step: int, name: str, value: float) -> None:
        """Record one number of our own."""
        self._seen.setdefault(name, []).append((step, torch.tensor(value)))

    def latest(self, name: str) -> float | None:
        """The newest value of a series (a vector's mean), or None; for the live display."""
        seen = self._seen.get(name)
        return float(seen[-1][1].float().mean()) if seen else None

    def columns(self) -> dict[str, np.ndarray]:
        """Series name → float64 array with one value a step, nan where it was not observed; plus `step`."""
        row = {step: i for i, step in enumerate(self._steps)}
        columns: dict[str, np.ndarray] = {"step": np.array(self._steps, dtype=np.int64)}
        for name, seen in sorted(self._seen.items()):
            rows = [row[step] for step, _ in seen]
            by_size: dict[torch.Size, list[int]] = {}
            for i, (_, value) in enumerate(seen):
                by_size.setdefault(value.shape, []).append(i)
            for members in by_size.values():
                values = torch.stack([seen[i][1].detach() for i in members]).double().cpu().numpy()
                where = [rows[i] for i in members]
                summaries = {name: values} if values.ndim == 1 else _summaries(name, values.reshape(len(values), -1))
                for column, numbers in summaries.items():
                    columns.setdefault(column, np.full(len(row), np.nan))[where] = numbers
        return columns


def _summaries(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    quantiles = np.quantile(values, QUANTILES, axis=1)
    return {f"{name}.mean": values.mean(1)} | {
        f"{name}.q{round(q * 100):02d}": row for q, row in zip(QUANTILES, quantiles, strict=True)
    }


def write(path: Path, columns: dict[str, np.ndarray], earlier: Path | None, before: int) -> None:
    """Write series as Parquet, after the rows of `earlier` up to step `before`; what was not observed is null."""
    table = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
    if earlier is not None and before:
        old = pq.read_table(earlier)
        old = old.filter(pa.compute.less_equal(old["step"], before))
        table = pa.concat_tables([old, table], promote_options="default")
    names = ["step", *sorted(set(table.column_names) - {"step"})]  # in one piece, as if it had been written at once
    pq.write_table(table.select(names).combine_chunks(), path, compression="zstd")

"""What probes saw, a row a step: kept as tensors while training, as columns of numbers on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from .probes import Probe
from .step import Moment

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Recorder:
    """Collects what probes return; nothing is read from the device before `columns` asks.

    Args:
        probes: Observed at their own intervals.
        start: Steps that an earlier session already wrote.
    """

    def __init__(self, probes: tuple[Probe, ...]) -> None:
        self.probes = probes
        self._steps: list[int] = []
        self._seen: dict[str, list[tuple[int, Tensor]]] = {}

    def observe(self, moment: Moment) -> None:
        """Let each probe that is due look at a step."""
        self._steps.append(moment.step)
        for probe in self.probes:
            if moment.step == 1 or moment.step % probe.every_steps == 0:
                for name, value in probe.observe(moment).items():
                    self._seen.setdefault(name, []).append((moment.step, value))

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
    pq.write_table(table, path, compression="zstd")

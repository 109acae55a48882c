"""An MLflow run a comparison, and one below it for each training run.

Where to is MLflow's own business: `MLFLOW_TRACKING_URI` (a server, or `sqlite:///mlflow.db`), `MLFLOW_EXPERIMENT_NAME`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # a comparison tells nobody of itself

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

from ..errors import EbdiagError
from .record import Record, RunRecord

EXPERIMENT = "ebdiag"
BATCH = 1000
"""Values that MLflow takes at once; of parameters 100."""

TAG_LENGTH = 5000


class MlFlow:
    """Parameters, metrics, tags and files under the names that MLflow shows them by."""

    def write(self, record: Record, folder: Path) -> None:
        """Log it as a new run.

        Raises:
            EbdiagError: The server or the data base does not take it.
        """
        try:
            self._write(record)
        except Exception as error:  # of MLflow, of the data base, of the network
            raise EbdiagError(
                "MLflow does not take the comparison", got=" ".join(str(error).split())[:300],
                hint=f"is MLFLOW_TRACKING_URI right? The report is in {folder}", docs="docs/logging.md",
            ) from error  # fmt: skip

    def _write(self, record: Record) -> None:
        client = MlflowClient()
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
        known = client.get_experiment_by_name(name)
        experiment = known.experiment_id if known is not None else client.create_experiment(name)
        whole = client.create_run(experiment, run_name=record.name).info.run_id
        _log(client, whole, record.parameters, record.tags, _now(record.metrics))
        for file in record.files:
            client.log_artifact(whole, str(file), "report")
        for run in record.runs:
            below = client.create_run(experiment, run_name=run.name, tags={"mlflow.parentRunId": whole}).info.run_id
            _log(client, below, run.parameters, run.tags, [*_now(run.metrics), *_points(run)])
            client.set_terminated(below, "FINISHED" if run.finished else "FAILED")
        client.set_terminated(whole)


LOG = MlFlow()


def _log(client: Any, run: str, parameters: dict[str, str], tags: dict[str, str], metrics: Sequence[Any]) -> None:
    given = [Param(name, value) for name, value in parameters.items()]
    for start in range(0, len(given), 100):
        client.log_batch(run, params=given[start : start + 100])
    named = [RunTag(name, value[:TAG_LENGTH]) for name, value in tags.items()]
    for start in range(0, len(named), 100):
        client.log_batch(run, tags=named[start : start + 100])
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run, metrics=metrics[start : start + BATCH])


def _now(metrics: dict[str, float]) -> list[Any]:
    return [Metric(name, value, _milliseconds(), 0) for name, value in metrics.items()]


def _points(run: RunRecord) -> Iterator[Any]:
    now = _milliseconds()
    for curve in run.curves:
        for step, value in zip(curve.steps, curve.values, strict=True):
            yield Metric(curve.name, value, now, step)


def _milliseconds() -> int:
    return int(time.time() * 1e3)

"""Experiment trackers show what the report says: read back by their own readers, from a comparison that was trained."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import variants

import ebdiag
from ebdiag import logs
from ebdiag.errors import EbdiagError
from ebdiag.logs.record import MOST_POINTS, recorded
from ebdiag.result import Result

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of the trackers


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Result, Path]]:
    """Two small models, two seeds, more steps than a curve has points."""
    folder = tmp_path_factory.mktemp("compared")
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setenv("EBDIAG_HOME", str(folder / "store"))
    variants.write(folder, variants.TINY, "ref.py")
    variants.write(folder, variants.TINY.replace("nn.Tanh(),", "nn.Sigmoid(),"), "mine.py")
    result = ebdiag.compare("ref.py", "mine.py", steps=MOST_POINTS + 50, seeds=2, out="report", progress=False)
    yield result, folder / "report"
    patch.undo()


def series(folder: Path, side: str, seed: int, name: str) -> dict[int, float]:
    rows = pq.read_table(folder / "data" / "series.parquet").to_pylist()
    return {row["step"]: row[name] for row in rows if (row["variant"], row["seed"]) == (side, seed)}


def test_a_curve_keeps_its_ends_and_its_values(compared: tuple[Result, Path]) -> None:
    """What is left out of a long series is left out evenly."""
    result, folder = compared
    [run] = [run for run in recorded(result, folder).runs if run.name == "mine/1"]
    [curve] = [curve for curve in run.curves if curve.name == "train/energy.own.real"]
    whole = series(folder, "mine", 1, "energy.own.real")
    assert len(curve.steps) == MOST_POINTS
    assert (curve.steps[0], curve.steps[-1]) == (1, MOST_POINTS + 50)
    assert {b - a for a, b in pairwise(curve.steps)} == {1, 2}
    assert curve.values == [whole[step] for step in curve.steps]


def test_tensorboard_reads_it(compared: tuple[Result, Path]) -> None:
    """Its own event reader finds every curve, number, parameter and finding; written again, nothing is doubled."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result, folder = compared
    for _ in range(2):
        logs.write(["tensorboard"], result, folder)
    record = recorded(result, folder)
    place = folder / "tensorboard"
    assert sorted(path.name for path in place.iterdir()) == ["comparison", "mine-0", "mine-1", "ref-0", "ref-1"]

    def read(name: str) -> Any:
        found = EventAccumulator(str(place / name), size_guidance={"scalars": 0, "tensors": 0})
        found.Reload()
        return found

    def text(found: Any, tag: str) -> str:
        return str(found.Tensors(tag)[0].tensor_proto.string_val[0].decode())

    whole = read("comparison")
    assert set(whole.Tags()["scalars"]) == set(record.metrics)
    for name, value in record.metrics.items():
        assert whole.Scalars(name)[0].value == pytest.approx(value, rel=1e-6)  # float32
    assert text(whole, "report") == (folder / "report.md").read_text("utf-8")
    for finding in result.findings:
        assert finding.rule in text(whole, "tags")
    for run in record.runs:
        found = read(run.name.replace("/", "-"))
        curves = {curve.name: curve for curve in run.curves}
        assert set(found.Tags()["scalars"]) == {*curves, *(f"final/{name}" for name in run.metrics)}
        for name, curve in curves.items():
            events = found.Scalars(name)
            assert [event.step for event in events] == curve.steps
            assert [event.value for event in events] == pytest.approx(curve.values, rel=1e-6)
        assert "| latent_dim | `8` |" in text(found, "parameters")


def test_mlflow_has_it_in_sqlite(
    compared: tuple[Result, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run for the comparison with the report as artifact, and one below it for each training run."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.chdir(tmp_path)
    from mlflow.tracking import MlflowClient

    result, folder = compared
    logs.write(["mlflow"], result, folder)
    client, record = MlflowClient(), recorded(result, folder)
    experiment = client.get_experiment_by_name("ebdiag")
    found = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(found) == {"ref.py vs mine.py", "ref/0", "ref/1", "mine/0", "mine/1"}
    whole = found.pop("ref.py vs mine.py")
    assert whole.data.metrics == pytest.approx(record.metrics)
    assert whole.data.params == record.parameters
    assert whole.data.tags["verdict"] == result.verdict.status
    for finding in result.findings:
        who = "" if finding.variant is None else f"{finding.variant}."
        assert f"finding.{who}{finding.rule}" in whole.data.tags
    kept = {artifact.path for artifact in client.list_artifacts(whole.info.run_id, "report")}
    assert {"report/report.html", "report/report.md", "report/result.json"} <= kept
    for run in record.runs:
        below = found[run.name]
        assert below.data.tags["mlflow.parentRunId"] == whole.info.run_id
        assert below.data.params["latent_dim"] == "8"
        assert below.info.status == "FINISHED"
        for curve in run.curves:
            points = client.get_metric_history(below.info.run_id, curve.name)
            assert sorted((point.step, point.value) for point in points) == list(
                zip(curve.steps, curve.values, strict=True)
            )
        assert {name: below.data.metrics[name] for name in run.metrics} == pytest.approx(run.metrics)


def test_mlflow_that_cannot_be_written_to_is_said(
    compared: tuple[Result, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message; the report is there."""
    (tmp_path / "mlflow.db").write_text("no data base")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    with pytest.raises(EbdiagError, match="MLflow does not take the comparison"):
        logs.write(["mlflow"], *compared)


@pytest.mark.parametrize("name", ["tensorboard", "mlflow"])
def test_a_missing_package_is_said_before_training(tmp_path: Path, name: str) -> None:
    """Exit code 2, with the command that installs it, and within a second: nothing has been looked at."""
    code = (
        f"import importlib.util as u; f = u.find_spec; u.find_spec = lambda n: None if n == '{name}' else f(n); "
        "from ebdiag.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EBDIAG_HOME": str(tmp_path / "store")}
    arguments = ["compare", "ref:ebgan_pt", "ref:gan", "--log", name]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"error: --log {name} needs a package that is not installed\n"
        f"  pip install 'ebdiag[{name}]'     see docs/logging.md\n"
    )


def test_an_unknown_log_is_said() -> None:
    """With those that are known."""
    with pytest.raises(EbdiagError, match=r"unknown log 'wandb'\. .*Known: tensorboard, mlflow"):
        logs.check(["wandb"])


def test_nobody_is_imported_unless_asked_for(tmp_path: Path) -> None:
    """The command line and a comparison's process have neither tracker, nor Ray."""
    code = (
        "import sys, json; import ebdiag.cli, ebdiag.pipeline, ebdiag.logs, ebdiag.executors; "
        "print(json.dumps([n for n in ('tensorboard', 'mlflow', 'ray', 'grpc') if n in sys.modules]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_numbers_that_are_none_are_left_out(compared: tuple[Result, Path]) -> None:
    """No tracker is given NaN or infinity."""
    result, folder = compared
    record = recorded(result, folder)
    numbers = [*record.metrics.values(), *(v for run in record.runs for c in run.curves for v in c.values)]
    assert all(math.isfinite(number) for number in numbers)

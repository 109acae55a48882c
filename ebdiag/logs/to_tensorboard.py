"""Event files for TensorBoard, in `tensorboard/` of the report's folder: one folder a run, one for the comparison."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.text.metadata import create_summary_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from ..folders import made
from .record import Record

FOLDER = "tensorboard"


class TensorBoard:
    """The same names, numbers and words as in every other tracker; parameters and tags are texts here."""

    def write(self, record: Record, folder: Path) -> None:
        """Write it anew; what an earlier comparison left in that folder goes."""
        place = made(folder, FOLDER)
        shutil.rmtree(place, ignore_errors=True)
        report = next((file for file in record.files if file.name == "report.md"), None)
        whole = [_text("parameters", _table(record.parameters)), _text("tags", _table(record.tags))]
        whole += [_text("report", report.read_text("utf-8"))] if report is not None else []
        _events(place / "comparison", [(0, value) for value in [*whole, *_numbers(record.metrics)]])
        for run in record.runs:
            once = [_text("parameters", _table(run.parameters)), _text("tags", _table(run.tags))]
            values = [(0, value) for value in [*once, *_numbers({f"final/{k}": v for k, v in run.metrics.items()})]]
            values += [
                (step, Summary.Value(tag=curve.name, simple_value=value))
                for curve in run.curves
                for step, value in zip(curve.steps, curve.values, strict=True)
            ]
            _events(place / run.name.replace("/", "-"), values)


LOG = TensorBoard()


def _events(folder: Path, values: Iterable[tuple[int, Any]]) -> None:
    writer = EventFileWriter(str(folder))
    for step, value in values:
        writer.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=[value])))
    writer.close()


def _numbers(metrics: dict[str, float]) -> list[Any]:
    return [Summary.Value(tag=name, simple_value=value) for name, value in metrics.items()]


def _text(tag: str, markdown: str) -> Any:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    tensor = TensorProto(dtype=DT_STRING, tensor_shape=shape, string_val=[markdown.encode()])
    metadata = create_summary_metadata(display_name=tag, description="")
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def _table(rows: dict[str, str]) -> str:
    """Markdown in which what users' files say stays text."""
    cells = [(name, value.replace("|", "\\|").replace("\n", " ")) for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | `{value}` |" for name, value in cells)])

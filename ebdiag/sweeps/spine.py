"""One sweep from its file to its report."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from .. import plan
from ..execute import Executor
from ..records import Variant
from ..safe import json_text
from ..store import Store
from . import ask, report
from .commands import with_commands
from .rows import FAILED_TO_RUN, Row
from .run import Sweeping, Told


@dataclass(frozen=True)
class Swept:
    """What came of a sweep.

    Attributes:
        rows: A row a run, in the order of the settings.
        said: Sentences that sum it up.
        exit_code: 4 where a run crashed, stalled, or could not begin; a divergence is an outcome.
    """

    rows: list[Row]
    folder: Path
    said: list[str]
    exit_code: int

    def to_json(self) -> str:
        """Every row as JSON, and nothing that is not a number as one."""
        return json_text({"runs": [{k: v for k, v in asdict(row).items() if k != "samples"} for row in self.rows]})


def sweep(
    path: Path,
    executor: Executor,
    told: Told,
    *,
    jobs: int,
    device: str = "auto",
    out: Path | None = None,
    store: Store | None = None,
) -> Swept:
    """Train what is not stored, judge all of it, and write the report, in the language that is being spoken.

    Args:
        executor: Where runs are trained; so many as `jobs` at a time.

    Raises:
        EbdiagError: The file asks for what cannot be, or none of its models can be read.
        KeyboardInterrupt: After what is finished was written.
    """
    asked = ask.read(path)
    folder = out or Path("reports") / asked.name
    plan.check_folder(folder)
    under_way = Sweeping(asked, store or Store(), executor, told, jobs=jobs, device_name=device)
    command = shlex.join(["ebdiag", "sweep", str(path), *(["--out", str(out)] if out else [])])
    try:
        under_way.run()
    except BaseException:  # a person's Ctrl-C, or a mistake of ours
        if under_way.rows:
            _write(under_way, folder, command)
        raise
    rows, said = _write(under_way, folder, command)
    return Swept(rows, folder, said, 4 if any(row.status in FAILED_TO_RUN for row in rows) else 0)


def _write(done: Sweeping, folder: Path, command: str) -> tuple[list[Row], list[str]]:
    rows = with_commands(done.rows, done.sweep, done.kind.decides, done.kind.reference, folder, _models(done))
    said = report.write(folder, rows, done.sweep, done.kind, done.data, planned=done.count, command=command)
    return rows, said


def _models(done: Sweeping) -> Callable[[Row], Variant]:
    """Row → its model."""
    known = {(point.family.name, point.draw): point for point in done.points}
    return lambda row: done.variant(known[row.family, row.draw])

"""What is kept between commands, and the only place that knows file names.

A *trajectory* is everything that decides a run's weights; its folder grows when more steps are asked
for. Files are written beside their final name and moved into place; each has its checksum, and a file
that does not match is never used: the run is set aside under `damaged/`, named, and done again.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import filelock

from . import probes, words
from .data import METRICS_VERSION
from .errors import EbdiagError
from .records import Facts, Line, Measures, Run, RunSpec, RunStatus, digest

FORMAT = 1


class Damaged(Exception):
    """A stored file is not what was written."""


def default_root() -> Path:
    """`$EBDIAG_HOME`, else `.ebdiag/` under the working directory."""
    return Path(os.environ.get("EBDIAG_HOME") or ".ebdiag").absolute()


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        write(Path(name))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def finite(value: Any) -> Any:
    """A JSON value without NaN and infinities, which JSON does not know: None stands in their place."""
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_atomically(path, lambda temporary: temporary.write_text(text, "utf-8"))


def write_json(path: Path, value: object) -> None:
    """Write sorted JSON atomically; NaN and infinities are refused."""
    text = json.dumps(value, sort_keys=True, indent=1, allow_nan=False) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text))


class Store:
    """Facts and runs under one root.

    Args:
        root: Created when first written to.

    Raises:
        EbdiagError: The root cannot be created, or a newer ebdiag wrote it.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or default_root()
        marker = self.root / "format.json"
        try:
            if marker.exists():
                found = json.loads(marker.read_text())["format"]
                if found > FORMAT:
                    raise EbdiagError(
                        "the store was written by a newer ebdiag", file=str(self.root),
                        expected=f"format {FORMAT}", got=str(found), hint="upgrade, or set EBDIAG_HOME elsewhere",
                    )  # fmt: skip
            else:
                write_json(marker, {"format": FORMAT})
        except OSError as error:
            raise EbdiagError(
                f"the store cannot be used: {error.strerror}", file=str(self.root),
                hint="set EBDIAG_HOME to a folder that you may write to",
            ) from error  # fmt: skip
        self.unusable: list[str] = []

    # ---- facts ------------------------------------------------------------------------------------

    def load_facts(self, key: str) -> Facts | None:
        """Facts stored under a key, or None."""
        path = self.root / "facts" / f"{key}.json"
        try:
            stored = json.loads(path.read_text())
            if stored["digest"] == digest(stored["facts"]):
                return Facts(**stored["facts"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def save_facts(self, key: str, facts: Facts) -> Facts:
        """Store facts under a key; returns them as they will be read again, what is not finite as None."""
        value = finite(asdict(facts))
        write_json(self.root / "facts" / f"{key}.json", {"digest": digest(value), "facts": value})
        return Facts(**json.loads(json.dumps(value, sort_keys=True)))

    def load_answer(self, key: str) -> dict[str, Any] | None:
        """What trying a script showed, stored under a key, or None."""
        try:
            stored = json.loads((self.root / "scripts" / f"{key}.json").read_text())
            return dict(stored["answer"]) if stored["digest"] == digest(stored["answer"]) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save_answer(self, key: str, answer: dict[str, Any]) -> dict[str, Any]:
        """Store what trying a script showed; returns it as it will be read again."""
        value: dict[str, Any] = json.loads(json.dumps(finite(answer), sort_keys=True))
        write_json(self.root / "scripts" / f"{key}.json", {"digest": digest(value), "answer": value})
        return value

    def load_ladder(self, key: str) -> list[dict[str, Any]] | None:
        """Rows of a sanity ladder stored under a key, or None."""
        try:
            stored = json.loads((self.root / "ladders" / f"{key}.json").read_text())
            return list(stored["rows"]) if stored["digest"] == digest(stored["rows"]) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save_ladder(self, key: str, rows: list[dict[str, Any]]) -> None:
        """Store the rows of a sanity ladder under a key."""
        write_json(self.root / "ladders" / f"{key}.json", {"digest": digest(rows), "rows": rows})

    # ---- runs -------------------------------------------------------------------------------------

    def folder(self, trajectory: str) -> RunFolder:
        """The folder of a trajectory, which may not exist yet."""
        return RunFolder(self.root / "runs" / trajectory)

    def load_run(self, spec: RunSpec) -> Run | None:
        """The stored answer to a spec, or None where something is left to do.

        A damaged run is moved to `damaged/`. That, and that a run has no series to answer with, is said in `unusable`.
        """
        folder = self.folder(spec.trajectory)
        try:
            run = folder.load(spec)
            poorer = folder.poorer(spec)
        except Damaged as damage:
            target = self.root / "damaged" / f"{spec.trajectory}-{len(list(self.root.glob('damaged/*')))}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder.path, target)
            self.unusable.append(f"{damage}; set aside in {target}, trained again")
            return None
        if poorer is not None:
            sentence = words.poorer_series(spec.side, spec.seed, poorer, spec.probes)
            self.unusable += [] if sentence in self.unusable else [sentence]
        return run


class RunFolder:
    """The files of one trajectory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    series = property(lambda self: self.path / "series.parquet")
    log = property(lambda self: self.path / "log.txt")

    def log_tail(self, characters: int = 600) -> str:
        """The end of what the worker and user code printed, on one line."""
        try:
            return " ".join(self.log.read_text(encoding="utf-8", errors="replace")[-characters:].split())
        except OSError:
            return "(none)"

    def weights(self, steps: int) -> Path:
        """Both nets after `steps` (safetensors)."""
        return self.path / f"weights-{steps:07d}.safetensors"

    def training(self, steps: int) -> Path:
        """Optimiser and objective state after `steps`, to go on from."""
        return self.path / f"training-{steps:07d}.pt"

    def measures(self, step: int, key: str) -> Path:
        """Scores of one checkpoint (JSON), under the versions of what scored it."""
        return self.path / "measures" / f"{key}-{step:07d}.json"

    def arrays(self, step: int, key: str) -> Path:
        """Samples and energies of one checkpoint (npz)."""
        return self.measures(step, key).with_suffix(".npz")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process at a time trains a trajectory."""
        self.path.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.path / ".lock"):
            yield

    def put(self, path: Path, write: Callable[[Path], object]) -> None:
        """Write a file atomically and keep its checksum."""
        write_atomically(path, write)
        sums = self._checksums()
        sums[str(path.relative_to(self.path))] = _sha256(path)
        write_json(self.path / "checksums.json", sums)

    def put_json(self, path: Path, value: object) -> None:
        """`put` for JSON."""
        text = json.dumps(value, sort_keys=True, indent=1, allow_nan=False) + "\n"
        self.put(path, lambda temporary: temporary.write_text(text))

    def checked(self, path: Path) -> Path:
        """The path, once its content is known to be what was written.

        Raises:
            Damaged: It is missing or differs.
        """
        if not path.exists():
            raise Damaged(f"{path} is missing")
        if self._checksums().get(str(path.relative_to(self.path))) != _sha256(path):
            raise Damaged(f"{path} is damaged")
        return path

    def _checksums(self) -> dict[str, str]:
        try:
            sums = json.loads((self.path / "checksums.json").read_text())
        except FileNotFoundError:
            return {}
        except ValueError:
            raise Damaged(f"{self.path / 'checksums.json'} is damaged") from None
        if not isinstance(sums, dict):
            raise Damaged(f"{self.path / 'checksums.json'} is damaged")
        return sums

    def state(self) -> dict[str, Any] | None:
        """`run.json`: how far the trajectory got, and how; None where it never ended."""
        path = self.path / "run.json"
        if not path.exists():
            return None
        try:
            return dict(json.loads(self.checked(path).read_text()))
        except ValueError:
            raise Damaged(f"{path} is damaged") from None

    def put_state(self, state: dict[str, Any]) -> None:
        """Say how far the trajectory got; written last, so that what it names is there."""
        self.put_json(self.path / "run.json", state)

    def resume_from(self, steps: int) -> int:
        """The largest stored stop at or before `steps` from which training can go on; 0 for none."""
        state = self.state()
        stops = [int(stop) for stop in state["stops"]] if state else []
        return max((stop for stop in stops if stop <= steps and self.training(stop).exists()), default=0)

    def load(self, spec: RunSpec) -> Run | None:
        """The run, if it is finished for this spec: trained far enough and measured at every checkpoint."""
        state = self.state()
        if state is None:
            return None
        ended_early = state["status"] == "diverged" and state["steps"] <= spec.steps
        reached = state["steps"] if ended_early else spec.steps
        if reached > state["steps"] or not answers(state["probes"], spec.probes):
            return None
        status: RunStatus = "diverged" if ended_early else "restored" if spec.restore else "finished"
        measured = self.measured(spec)
        due = [step for step in spec.checkpoints if step < reached or not ended_early]
        if [m.step for m in measured] != due:
            return None
        if state["probes"] != probes_key("none"):
            self.checked(self.series)
        line = state["line"]
        return Run(
            spec=spec,
            status=status,
            steps=reached,
            reason=state["reason"] if ended_early else None,
            line=Line(**line) if line and ended_early else None,
            measures=tuple(measured),
            wall_s=float(state["wall_s"]),
            peak_mib=state["peak_mib"],
            folder=str(self.path),
            notes=(*state["notes"], *_unseen(state, reached)),
        )

    def table(self, steps: int) -> Any:
        """Its series up to a step as a pyarrow Table; None where nothing was recorded."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        if not self.series.exists():
            return None
        table = pq.ParquetFile(self.series).read(use_threads=False)
        return table.filter(pc.less_equal(table["step"], steps))

    def poorer(self, spec: RunSpec) -> str | None:
        """The probe set that a run was recorded with, if it is less than `spec` asks for, so that it starts again."""
        state = self.state()
        if state is None or answers(state["probes"], spec.probes):
            return None
        return str(state["probes"]).partition("-")[0]

    def measured(self, spec: RunSpec) -> list[Measures]:
        """Scores of the spec's checkpoints that are there.

        Raises:
            Damaged: One is not what was written.
        """
        found = []
        for step in spec.checkpoints:
            key = measures_key(spec, step)
            path = self.measures(step, key)
            if path.exists():
                value = json.loads(self.checked(path).read_text())
                self.checked(self.arrays(step, key))
                found.append(Measures(step=step, values=value["values"], details=value["details"]))
        return found


def state(
    status: str,
    steps: int,
    probes: str,
    *,
    stops: list[int] | None = None,
    reason: str | None = None,
    line: Line | None = None,
    wall_s: float = 0.0,
    peak_mib: float = 0.0,
    notes: list[str] | None = None,
    unseen: dict[str, tuple[int, str]] | None = None,
) -> dict[str, Any]:
    """The content of `run.json`: how far a trajectory got, and where training can go on (`stops`).

    Args:
        unseen: Probe → (step, reason) of the first time that it could not look.
    """
    return {
        "status": status,
        "steps": steps,
        "probes": probes,
        "stops": stops or [],
        "reason": reason,
        "line": asdict(line) if line else None,
        "wall_s": wall_s,
        "peak_mib": peak_mib,
        "notes": notes or [],
        "unseen": unseen or {},
    }


def measures_key(spec: RunSpec, step: int) -> str:
    """Versions of everything that scores a model at a step, and whether all metrics do, as a short hash."""
    inception = spec.inception.digest if spec.inception else None
    thorough = step in spec.scored
    return digest([METRICS_VERSION, spec.data.features_digest, spec.data.digest, thorough, thorough and inception])[:8]


def probes_key(name: str) -> str:
    """The probe set with its version, as stored beside the series it wrote."""
    return f"{name}-{probes.VERSION}"


def answers(stored: str, asked: str) -> bool:
    """Whether series that were stored under a `probes_key` hold all that the set `asked` writes."""
    richer = probes.PROBE_SETS[probes.PROBE_SETS.index(asked) :]
    return asked == "none" or stored in map(probes_key, richer)


def _unseen(state: dict[str, Any], steps: int) -> list[str]:
    """A sentence for each probe that could not look, within so many steps."""
    failed = sorted(state.get("unseen", {}).items())
    with words.speaking(words.ENGLISH):  # it is kept in result.json
        return [words.probe_failed(probe, step, reason) for probe, (step, reason) in failed if step <= steps]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What is kept between commands, and the only place that knows file names.

A *trajectory* is everything that decides a run's weights; its folder grows when more steps are asked
for. Files are written beside their final name and moved into place; each has its checksum, which also says
whose file it is, and a file that does not match is never used: the run is set aside under `damaged/`, named, and
done again. A process may be killed between any two writes: what is there then is what was there before, or more.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import filelock

from . import probes, words
from .data import METRICS_VERSION
from .errors import EbdiagError, of_disk
from .records import SCORED, Facts, Line, Measures, Run, RunSpec, RunStatus, digest

FORMAT = 2
"""2: a checksum belongs to a trajectory, and stored facts, ladders and answers to their key."""

PARTIAL = ".part-"
"""How the name of a file begins that is being written; one that was left by a killed process is swept away."""

ABSENT = ""
"""The checksum of a file that need not be there."""

FULL = 2**24
"""Bytes: a disk with less than 16 MiB left is full, where a library does not say why it could not write."""

LOCK_S = 2.0
"""Seconds between signs of life of a process that waits for another."""


class Damaged(Exception):
    """A stored file is not what was written."""


def default_root() -> Path:
    """`$EBDIAG_HOME`, else `.ebdiag/` under the working directory."""
    return Path(os.environ.get("EBDIAG_HOME") or ".ebdiag").absolute()


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{PARTIAL}{path.name}.")
    os.close(handle)
    try:
        write(Path(name))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """Whatever stops writing to a folder is said as what it is: a disk that is full, a folder that is read-only.

    Raises:
        EbdiagError: Of libraries too, which name a full disk in words of their own.
    """
    try:
        yield
    except OSError as error:
        said = of_disk(error, str(folder))
        if said is None:
            raise
        raise said from error
    except (EbdiagError, Damaged):
        raise
    except Exception as error:
        told = re.search(r"\(os error (\d+)\)", str(error))  # as libraries written in Rust say it
        place = next(path for path in (folder, *folder.parents) if path.exists())
        full = errno.ENOSPC if shutil.disk_usage(place).free < FULL else 0
        number = int(told[1]) if told else full
        said = of_disk(OSError(number, os.strerror(number)), str(folder))
        if said is None:
            raise
        raise said from error


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


class Busy(Exception):
    """Another process has the lock."""

    @staticmethod
    def now() -> None:
        """In place of waiting on."""
        raise Busy


class Store:
    """Facts and runs under one root.

    Args:
        root: Created when first written to.

    Raises:
        EbdiagError: The root cannot be created, or a newer ebdiag wrote it.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or default_root()
        self.unusable: list[str] = []
        marker = self.root / "format.json"
        try:
            found = _format(marker)
            if found > FORMAT:
                raise EbdiagError(
                    "the store was written by a newer ebdiag", file=str(self.root),
                    expected=f"format {FORMAT}", got=str(found), hint="upgrade, or set EBDIAG_HOME elsewhere",
                )  # fmt: skip
            older = self.root / f"runs-of-format-{found}"
            if 0 < found < FORMAT and (self.root / "runs").exists() and not older.exists():
                os.replace(self.root / "runs", older)
                self.unusable.append(
                    f"an older ebdiag wrote this store; its runs are kept in {older}, and trained again"
                )
            if found < FORMAT:
                write_json(marker, {"format": FORMAT})
        except OSError as error:
            raise EbdiagError(
                f"the store cannot be used: {error.strerror}", file=str(self.root),
                hint="set EBDIAG_HOME to a folder that you may write to",
            ) from error  # fmt: skip

    # ---- facts ------------------------------------------------------------------------------------

    def load_facts(self, key: str) -> Facts | None:
        """Facts stored under a key, or None."""
        stored = self._load("facts", key)
        try:
            return None if stored is None else Facts(**stored)
        except TypeError:
            return None

    def save_facts(self, key: str, facts: Facts) -> Facts:
        """Store facts under a key; returns them as they will be read again, what is not finite as None."""
        return Facts(**self._save("facts", key, asdict(facts)))

    def load_answer(self, key: str) -> dict[str, Any] | None:
        """What trying a script showed, stored under a key, or None."""
        stored = self._load("scripts", key)
        return stored if isinstance(stored, dict) else None

    def save_answer(self, key: str, answer: dict[str, Any]) -> dict[str, Any]:
        """Store what trying a script showed; returns it as it will be read again."""
        return dict(self._save("scripts", key, answer))

    def load_ladder(self, key: str) -> list[dict[str, Any]] | None:
        """Rows of a sanity ladder stored under a key, or None."""
        stored = self._load("ladders", key)
        return stored if isinstance(stored, list) else None

    def save_ladder(self, key: str, rows: list[dict[str, Any]]) -> None:
        """Store the rows of a sanity ladder under a key."""
        self._save("ladders", key, rows)

    def _load(self, what: str, key: str) -> Any | None:
        """What is stored under a key; None where nothing is, or where it is not what was stored under this key."""
        try:
            stored = json.loads((self.root / what / f"{key}.json").read_text("utf-8"))
            return stored["content"] if stored["digest"] == digest([key, stored["content"]]) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _save(self, what: str, key: str, content: Any) -> Any:
        """Store JSON under a key; returns it as it will be read again, what is not finite as None."""
        value = json.loads(json.dumps(finite(content), sort_keys=True))
        with room(self.root):
            write_json(self.root / what / f"{key}.json", {"digest": digest([key, value]), "content": value})
        return value

    # ---- runs -------------------------------------------------------------------------------------

    def folder(self, trajectory: str) -> RunFolder:
        """The folder of a trajectory, which may not exist yet."""
        return RunFolder(self.runs / trajectory)

    @property
    def runs(self) -> Path:
        """The folder of all runs, which may not exist yet."""
        return self.root / "runs"

    @property
    def index(self) -> Path:
        """The database that answers for the runs; made from them where it is not there."""
        return self.root / "index.sqlite"

    @contextmanager
    def locked(
        self, trajectory: str, alive: Callable[[], object] = lambda: None, patience_s: float = LOCK_S
    ) -> Iterator[RunFolder]:
        """The folder of a trajectory, which nobody else trains or sets aside meanwhile.

        The lock goes with the process that holds it. What a killed one left half written is swept away.

        Args:
            alive: Called every `patience_s` while another process has it.
        """
        path = self.root / "locks" / f"{trajectory}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path)
        while True:
            try:
                lock.acquire(timeout=patience_s)
                break
            except filelock.Timeout:
                alive()
        try:
            folder = self.folder(trajectory)
            folder.sweep()
            yield folder
        finally:
            lock.release()

    def load_run(self, spec: RunSpec) -> Run | None:
        """The stored answer to a spec, or None where something is left to do.

        A damaged run is moved to `damaged/`. That, and that a run has no series to answer with, is said in `unusable`.
        """
        folder = self.folder(spec.trajectory)
        try:
            folder.verify()
            run = folder.load(spec)
            poorer = folder.poorer(spec)
        except Damaged:
            with suppress(Busy), self.locked(spec.trajectory, Busy.now):  # who trains it will see for himself
                self.unusable += filter(None, [self.repair(spec.trajectory)])
            return None
        if poorer is not None:
            sentence = words.poorer_series(spec.side, spec.seed, poorer, spec.probes)
            self.unusable += [] if sentence in self.unusable else [sentence]
        return run

    def busy(self, trajectory: str) -> bool:
        """Whether another process has it locked now."""
        try:
            with self.locked(trajectory, Busy.now, patience_s=0):
                return False
        except Busy:
            return True

    def remove(self, trajectory: str) -> bool:
        """Remove a run for good; False where another process has it locked, and nothing is removed."""
        try:
            with self.locked(trajectory, Busy.now, patience_s=0) as folder, room(self.root):
                aside = Path(tempfile.mkdtemp(dir=self.root, prefix=f"{PARTIAL}removed-"))
                if folder.path.exists():
                    os.replace(folder.path, aside / trajectory)  # at once: what is half removed is no run
                shutil.rmtree(aside)
                return True
        except Busy:
            return False

    def repair(self, trajectory: str) -> str | None:
        """Set a trajectory aside if any file of it is not what was written; for whoever has it locked.

        Returns:
            What was wrong and where it is now, or None where all is well.
        """
        folder = self.folder(trajectory)
        try:
            folder.verify()
        except Damaged as damage:
            aside = self.root / "damaged"
            aside.mkdir(parents=True, exist_ok=True)
            target = Path(tempfile.mkdtemp(dir=aside, prefix=f"{trajectory}-"))
            os.replace(folder.path, target)
            return f"{damage}; set aside in {target}, trained again"
        return None


class RunFolder:
    """The files of one trajectory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    series = property(lambda self: self.path / "series.parquet")
    spec = property(lambda self: self.path / "spec.json")
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

    def scored(self, step: int, key: str) -> bool:
        """Whether scores and arrays of a checkpoint are there."""
        return self.measures(step, key).exists() and self.arrays(step, key).exists()

    def put(self, path: Path, write: Callable[[Path], object]) -> None:
        """Write a file atomically and keep its checksum; for whoever has the trajectory locked.

        Until the new file is in place the checksums know both, so that neither is damaged at any moment.
        """
        name = str(path.relative_to(self.path))

        def filled(partial: Path) -> None:
            write(partial)
            sums = self._checksums()
            self._keep({**sums, name: [self._checksum(name, partial), *sums.get(name, [ABSENT])]})

        with room(self.path):
            write_atomically(path, filled)
            sums = self._checksums()
            self._keep({**sums, name: sums[name][:1]})

    def sums(self) -> dict[str, str]:
        """File → checksum of everything that belongs to the trajectory now, also where a writer was killed over it.

        Raises:
            Damaged: Nobody can tell.
        """
        found = {
            name: known[0] if len(known) == 1 else self._present(name) for name, known in self._checksums().items()
        }
        return {name: checksum for name, checksum in found.items() if checksum != ABSENT}

    def _present(self, name: str) -> str:
        """The checksum of a file as it is."""
        try:
            return self._checksum(name, self.path / name)
        except FileNotFoundError:
            return ABSENT

    def kept_at(self) -> int:
        """When `run.json` was last written, in ns; 0 where there is none."""
        try:
            return (self.path / "run.json").stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def content(self, name: str, checksum: str) -> bytes:
        """A file as it was written.

        Raises:
            Damaged: It is missing, or another one by now.
        """
        try:
            found = (self.path / name).read_bytes()
        except FileNotFoundError:
            raise Damaged(f"{self.path / name} is missing") from None
        if self._checksum_of(name, found) != checksum:
            raise Damaged(f"{self.path / name} is damaged")
        return found

    def receive(self, sums: Mapping[str, str], files: Mapping[str, bytes]) -> None:
        """Become what the same trajectory is on another machine; for whoever has it locked.

        Args:
            sums: File → checksum of everything that belongs to it.
            files: The content of those that are not here yet.

        Raises:
            Damaged: A file is neither here nor among `files`, or is not what its checksum says; nothing was changed.
        """
        known = self._checksums()
        for name, checksum in sums.items():
            if name not in files and known.get(name) != [checksum]:
                raise Damaged(f"{self.path / name} did not come")
            if name in files and (not _plain(name) or self._checksum_of(name, files[name]) != checksum):
                raise Damaged(f"{self.path / name} came damaged")
        with room(self.path):
            both = {name: [checksum, *known.get(name, [ABSENT])] for name, checksum in sums.items()}
            self._keep({**known, **both})
            for name in sorted(files, key=lambda name: name == "run.json"):  # it names the others
                write_atomically(self.path / name, functools.partial(_write_bytes, files[name]))
            self._keep({name: [checksum] for name, checksum in sums.items()})
            for name in known.keys() - sums.keys():
                (self.path / name).unlink(missing_ok=True)

    def put_json(self, path: Path, value: object) -> None:
        """`put` for JSON."""
        text = json.dumps(value, sort_keys=True, indent=1, allow_nan=False) + "\n"
        self.put(path, lambda temporary: temporary.write_text(text))

    def drop(self, paths: Iterable[Path]) -> None:
        """Forget files, and remove them."""
        gone = {str(path.relative_to(self.path)): path for path in paths}
        if gone:
            with room(self.path):
                self._keep({name: known for name, known in self._checksums().items() if name not in gone})
            for path in gone.values():
                path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what nobody will finish writing or ever ask for; only for whoever has the trajectory locked."""
        with suppress(Damaged):
            known = {self.path / name for name in self._checksums()} | {self.path / "checksums.json"}
            for path in list(self.path.rglob("*")):
                if path.is_file() and path not in known and not path.name.startswith(self.log.name):
                    path.unlink(missing_ok=True)

    def checked(self, path: Path) -> Path:
        """The path, once its content is known to be what was written.

        Raises:
            Damaged: It is missing or differs.
        """
        wrong = self._wrong(str(path.relative_to(self.path)))
        if wrong is not None:
            raise Damaged(f"{path} {wrong}")
        return path

    def verify(self) -> None:
        """Look at every file that is there; one that somebody removed is asked for where it is needed.

        Raises:
            Damaged: One is not what was written, or a series that was recorded is gone.
        """
        for name in sorted(self._checksums()):
            wrong = self._wrong(name)
            if wrong is not None and name in self._checksums() and (self.path / name).exists():
                raise Damaged(f"{self.path / name} {wrong}")
        state = self.state()
        if state is not None and state["probes"] != probes_key("none"):
            self.checked(self.series)

    def _wrong(self, name: str) -> str | None:
        """What is wrong with a file; a mismatch counts once its checksum stands still, as nobody is replacing it."""
        before: list[str] | None = None
        while True:
            known = self._checksums().get(name)
            found = self._present(name)
            if known and found in known:
                return "is missing" if found == ABSENT and len(known) == 1 else None
            if known is None or known == before:
                return "is missing" if found == ABSENT else "is damaged"
            before = known

    def _checksum_of(self, name: str, content: bytes) -> str:
        return hashlib.sha256(self._owner(name) + content).hexdigest()

    def _owner(self, name: str) -> bytes:
        return f"{self.path.name}/{name}\n".encode()

    def _checksum(self, name: str, file: Path) -> str:
        """Of a file's content as that of this name in this trajectory: another run's file never matches."""
        hashed = hashlib.sha256(self._owner(name))
        with file.open("rb") as content:
            while block := content.read(2**20):
                hashed.update(block)
        return hashed.hexdigest()

    def _keep(self, sums: dict[str, list[str]]) -> None:
        write_json(self.path / "checksums.json", {"files": sums, "own": digest([self.path.name, sums])})

    def _checksums(self) -> dict[str, list[str]]:
        path = self.path / "checksums.json"
        try:
            kept = json.loads(path.read_text("utf-8"))
            if kept["own"] == digest([self.path.name, kept["files"]]):
                return dict(kept["files"])
        except FileNotFoundError:
            if not (self.path / "run.json").exists():
                return {}
            raise Damaged(f"{path} is missing") from None
        except (ValueError, KeyError, TypeError):
            pass
        raise Damaged(f"{path} is damaged")

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

    def put_spec(self, spec: dict[str, Any]) -> None:
        """Say what the run is of; for whoever has the trajectory locked."""
        if self.said() != spec:
            self.put_json(self.spec, spec)

    def said(self) -> dict[str, Any]:
        """What the run is of, as `put_spec` had it; empty where nobody said so."""
        try:
            return dict(json.loads(self.checked(self.spec).read_text("utf-8")))
        except (OSError, ValueError, Damaged):
            return {}

    def last_scores(self, steps: int) -> dict[str, float | None]:
        """Means over the last checkpoints up to a step, of each the latest scores that there are."""
        latest: dict[int, Path] = {}
        for path in sorted(self.path.glob("measures/*.json"), key=lambda path: path.stat().st_mtime_ns):
            latest[int(path.stem.rpartition("-")[2])] = path
        scored = sorted(step for step in latest if step <= steps)[-SCORED:]
        values = [json.loads(self.checked(latest[step]).read_text("utf-8"))["values"] for step in scored]
        means: dict[str, float | None] = {}
        for name in values[-1] if values else ():
            known = [v for own in values if (v := own.get(name)) is not None and math.isfinite(v)]
            means[name] = math.fsum(known) / len(known) if len(known) == len(values) else None
        return means

    def resume_from(self, steps: int) -> int:
        """The largest stored stop at or before `steps` from which training can go on; 0 for none."""
        state = self.state()
        stops = [int(stop) for stop in (*state["stops"], state["latest"] or 0)] if state else []
        there = (stop for stop in stops if self.training(stop).exists() and self.weights(stop).exists())
        return max((stop for stop in there if stop <= steps), default=0)

    def stops(self) -> set[int]:
        """Steps that training could go on from, by the files that are there; `run.json` may not name them all yet."""
        there = {int(path.stem.rpartition("-")[2]) for path in self.path.glob("training-*.pt")}
        return {stop for stop in there if self.weights(stop).exists()}

    def tidy(self) -> None:
        """Drop optimiser states that nobody goes on from, and weights that neither are scored nor belong to one."""
        state = self.state()
        stops = {*state["stops"], state["latest"]} if state else set()
        kept = {self.training(stop) for stop in stops if stop}
        kept |= {self.weights(stop) for stop in stops if stop}
        kept |= {self.weights(int(path.stem.rpartition("-")[2])) for path in self.path.glob("measures/*.json")}
        self.drop(path for path in self.path.iterdir() if path.suffix in (".pt", ".safetensors") and path not in kept)

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
            if self.scored(step, key):
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
    latest: int | None = None,
    reason: str | None = None,
    line: Line | None = None,
    wall_s: float = 0.0,
    peak_mib: float = 0.0,
    notes: list[str] | None = None,
    unseen: dict[str, tuple[int, str]] | None = None,
) -> dict[str, Any]:
    """The content of `run.json`: how far a trajectory got, and where training can go on (`stops`).

    Args:
        latest: One more step to go on from, while training is under way; it gives way to the next.
        unseen: Probe → (step, reason) of the first time that it could not look.
    """
    return {
        "status": status,
        "steps": steps,
        "probes": probes,
        "stops": stops or [],
        "latest": latest,
        "reason": reason,
        "line": asdict(line) if line else None,
        "wall_s": wall_s,
        "peak_mib": peak_mib,
        "notes": notes or [],
        "unseen": unseen or {},
    }


def mark(root: Path) -> str:
    """What a store is known by, wherever it is seen from; written down at the first time."""
    file = root / "mark"
    if not file.exists():
        write_text(file, uuid.uuid4().hex)
    return file.read_text("utf-8")


def marked(root: Path, expected: str) -> bool:
    """Whether the store of that mark lies at `root` on this machine, and can be written to."""
    try:
        return (root / "mark").read_text("utf-8") == expected and os.access(root, os.W_OK | os.X_OK)
    except OSError:
        return False


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


def _plain(name: str) -> bool:
    """Whether a name of a file stays in its folder."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not PurePosixPath(name).is_absolute() and ".." not in parts


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _unseen(state: dict[str, Any], steps: int) -> list[str]:
    """A sentence for each probe that could not look, within so many steps."""
    failed = sorted(state.get("unseen", {}).items())
    with words.speaking(words.ENGLISH):  # it is kept in result.json
        return [words.probe_failed(probe, step, reason) for probe, (step, reason) in failed if step <= steps]


def _format(marker: Path) -> int:
    """The format of a store; 0 where there is none, or where nobody can read which: each file tells for itself."""
    try:
        return int(json.loads(marker.read_text("utf-8"))["format"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0

"""What happens on a node: one task, done by a local executor in a scratch folder, as it would be done at home.

User code runs in the executor's worker, with its guard, limits and log, never in Ray's own process.
"""

from __future__ import annotations

import functools
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from .. import offspring
from ..cache import cache_folder, locked
from ..data import GIVEN, has_content, take_in
from ..errors import EbdiagError
from ..execute import LOG_KEPT_MIB, Event, LocalExecutor, Outcome, Task, cores
from ..folders import write_atomically
from ..jobs import InspectJob, LadderJob, RunJob
from ..records import Weights
from ..store import Damaged, RunFolder, Store, marked
from . import survivor
from .mailbox import Letter
from .parcels import Parcel, pack
from .program import differences, program

EVENTS_EVERY_S = 0.5
"""Between two news of how far a run is."""

STATE_SHARE = 1 / 60
"""At most this share of the time of a run goes by while a state of it is on its way: the slower, the rarer."""

MARK = "EBDIAG_NODE_TASK"
"""Variable of all that tasks of one process of Ray's start."""

SCRATCH = "ebdiag-node-"
"""How a scratch folder's name begins; the number of the process that uses it follows."""


@dataclass(frozen=True)
class Order:
    """What a node is asked to do.

    Attributes:
        name: Of the task.
        attempt: How many have been made before.
        job: What to do; its root is that of the store at home.
        cpus: Processor cores that are set aside for it.
        stall_s, memory: As a `LocalExecutor` takes them; None for the usual ones.
        parcel: What the store at home has of the run.
        mark: Of the store at home, where the node may use it if it is seen from there.
        shared: Whether it must be seen.
        events_every_s: Between two news of progress.
        images: Digest of the data set; its content is the handed object `images`.
    """

    name: str
    attempt: int
    job: InspectJob | LadderJob | RunJob
    cpus: int
    stall_s: float | None
    memory: int | None
    images: str
    parcel: Parcel | None = None
    mark: str | None = None
    shared: bool = False
    events_every_s: float = EVENTS_EVERY_S


@dataclass(frozen=True)
class Reply:
    """What came of it.

    Attributes:
        parcel: The run's folder, without what the store at home has; None where it was written there.
        log: The end of what was printed.
    """

    outcome: Outcome
    parcel: Parcel | None = None
    log: bytes = b""


def hello() -> dict[str, str]:
    """The program of a node."""
    return program()


def carry_out(expected: dict[str, str], order: bytes, handed: Mapping[str, Any], mailbox: Any) -> Reply:
    """Do what was ordered, on this node.

    Args:
        expected: The program at home.
        order: An Order, pickled: another program could not read it.
        handed: Name → reference to a large object, which is fetched only where it is not here yet.
        mailbox: Gets news.
    """
    wrong = differences(expected, program())
    if wrong is not None:
        return Reply(Outcome("refused", error=EbdiagError(
            f"the node {os.uname().nodename} runs another program", expected=wrong[0], got=wrong[1],
            hint="install the same versions on every node",
        )))  # fmt: skip
    asked: Order = pickle.loads(order)
    _outlived()
    with _scratch() as scratch, _data(asked, handed):
        return _done(asked, handed, mailbox, scratch)


def _done(asked: Order, handed: Mapping[str, Any], mailbox: Any, scratch: Path) -> Reply:
    job, log = asked.job, scratch / "log.txt"
    folder: RunFolder | None = None
    if isinstance(job, RunJob):
        seen = asked.mark is not None and marked(Path(job.root), asked.mark)
        if asked.shared and not seen:
            return Reply(Outcome("refused", error=EbdiagError(
                f"the node {os.uname().nodename} does not see the store", file=job.root,
                hint="without `--shared-store yes` runs are sent back",
            )))  # fmt: skip
        if not seen:
            job = replace(job, root=str(scratch / "store"))
            folder = Store(Path(job.root)).folder(job.spec.trajectory)
            if asked.parcel is not None:
                folder.receive(asked.parcel.sums, asked.parcel.files)
        log = Store(Path(job.root)).folder(job.spec.trajectory).log
        job = _with_files(job, handed, scratch)
    post = _Post(asked, mailbox, folder)
    memory = asked.memory or offspring.usual_limit(max(1, cores() // asked.cpus))
    outcome = LocalExecutor(1, asked.stall_s, memory).map([Task(asked.name, job, log)], post.hear)[asked.name]
    post.close()
    if isinstance(job, RunJob) and folder is None:
        return Reply(outcome)
    return Reply(outcome, post.parcel(), _tail(log))


@dataclass
class _Post:
    """Brings news of a task home: the newest of its progress now and then, and the states that it leaves."""

    asked: Order
    mailbox: Any
    folder: RunFolder | None
    newest: Event | None = None
    told: float = 0.0
    last: Any = None
    stamp: int = 0
    delivery: tuple[Any, float, dict[str, str]] | None = None
    not_before: float = 0.0
    known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.asked.parcel is not None:
            self.known = dict(self.asked.parcel.sums)
        if self.folder is not None:
            self.stamp = self.folder.kept_at()

    def hear(self, name: str, event: Event) -> None:
        """Take note of an event of the worker."""
        if event.get("state") == "started" or "ladder" in event:
            self._send(Letter(self.asked.name, self.asked.attempt, "event", event))
        elif event and "state" not in event:
            self.newest = event
        now = time.monotonic()
        if self.newest is not None and now - self.told >= self.asked.events_every_s:
            self.told = now
            self._tell()
        if self.folder is not None:
            self._bring_state(now)

    def close(self) -> None:
        """Everything that was said has arrived after this."""
        import ray

        self._tell()
        if self.last is not None:
            ray.get(self.last)

    def parcel(self) -> Parcel | None:
        """The folder as the task left it, without what was there at its start."""
        if self.folder is None:
            return None
        return pack(self.folder, self.asked.parcel.sums if self.asked.parcel else {})

    def _tell(self) -> None:
        if self.newest is not None:
            self._send(Letter(self.asked.name, self.asked.attempt, "event", self.newest))
            self.newest = None

    def _send(self, letter: Letter) -> None:
        self.last = self.mailbox.put.remote(letter)

    def _bring_state(self, now: float) -> None:
        """Send a state that the worker has left, unless the one before it is under way or too near."""
        import ray

        assert self.folder is not None
        if self.delivery is not None:
            ref, began, sums = self.delivery
            if not ray.wait([ref], timeout=0)[0]:
                return
            self.delivery, self.known = None, sums
            self.not_before = now + (now - began) / STATE_SHARE
        stamp = self.folder.kept_at()
        if stamp == self.stamp or now < self.not_before:
            return
        try:
            parcel = pack(self.folder, self.known)
        except Damaged:  # it is being written; there is a next time
            return
        self.stamp = stamp
        letter = Letter(self.asked.name, self.asked.attempt, "state", parcel, parcel.size)
        self.delivery = (self.mailbox.put.remote(letter), now, parcel.sums)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for one task; those of processes that were killed are removed on the way."""
    place = Path(tempfile.gettempdir())
    for left in place.glob(f"{SCRATCH}*"):
        pid = left.name.removeprefix(SCRATCH).split("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _outlived() -> subprocess.Popen[bytes]:
    """Whatever this process starts from now on bears a mark, and is gone soon after it, however that ends."""
    mark = uuid.uuid4().hex
    command = [sys.executable, str(Path(survivor.__file__)), f"{MARK}={mark}"]
    beside = subprocess.Popen(command, stdin=subprocess.PIPE)
    beside.wait()  # it goes on as nobody's child, until the pipe is closed by the end of this process
    os.environ[MARK] = mark
    return beside


@contextmanager
def _data(asked: Order, handed: Mapping[str, Any]) -> Iterator[None]:
    """Workers that are started inside find the data set by its content, whatever it is called and wherever it was."""
    import ray

    if not has_content(asked.images):
        take_in(ray.get(handed["images"]))
    os.environ[GIVEN] = asked.images
    try:
        yield
    finally:
        os.environ.pop(GIVEN, None)


def _with_files(job: RunJob, handed: Mapping[str, Any], scratch: Path) -> RunJob:
    """The job with the files that it names where this machine has them."""
    import ray

    if job.spec.restore is not None:
        copy = scratch / f"restored{Path(job.spec.restore).suffix}"
        copy.write_bytes(ray.get(handed["restore"]))
        job = replace(job, restored=str(copy))
    if job.spec.inception is not None:
        digest = job.spec.inception.digest
        kept = cache_folder() / "inception" / f"{digest}.pth"
        with locked(kept):
            if not kept.exists():
                write_atomically(kept, ray.get(handed["inception"]))
        job = replace(job, spec=replace(job.spec, inception=Weights(str(kept), digest)))
    return job


def _tail(log: Path) -> bytes:
    with suppress(OSError), log.open("rb") as file:
        file.seek(-min(log.stat().st_size, LOG_KEPT_MIB * 2**20), os.SEEK_END)
        return file.read()
    return b""

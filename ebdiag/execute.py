"""Jobs → outcomes, in worker processes of this machine.

Workers are forked from a server that has torch loaded, so one starts in well under a second and the
parent never imports it. Each job has a process group of its own, which is gone when the job is: after
it ends, when it stalls or takes too much, when the parent is interrupted, and when the parent dies.
"""

from __future__ import annotations

import copy
import faulthandler
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, reduction
from pathlib import Path
from typing import IO, Any, Protocol

from . import children, device, offspring
from .errors import EbdiagError, of_disk
from .records import Line

STALL_S = 600.0
"""A job without a sign of life for this long is ended: ten minutes, far above any step on a CPU."""

WATCH_S = 0.5
"""Between two looks at what a worker uses."""

LOG_MIB, LOG_KEPT_MIB = 16, 1
"""A log that grows beyond the first is cut to its end."""

LAST_WORDS_S = 2.0
"""How long a worker that is to be ended has for saying where it is."""

STACK_BYTES = 1 << 20
"""Of what a fault handler writes, which is a hundred frames a thread."""

KILLED = "the worker process ended with signal SIGKILL"
"""Why a worker crashed that somebody else ended: the system where memory ran out, or a person."""

_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ')

Event = dict[str, Any]
OnEvent = Callable[[str, Event], None]


@dataclass(frozen=True)
class Task:
    """A job under a name.

    Attributes:
        name: Unique within one `map`; events and outcomes carry it.
        log: File that gets what the worker and user code print.
    """

    name: str
    job: Any
    log: Path


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    Attributes:
        status: `done`; `refused`, a person's mistake; `crashed`, the process died; `timeout`; `broken`, a
            mistake of ours, with the traceback as reason.
        value: What it returned; None unless `status` is `done`.
        error: The person's mistake, where it ended with one.
        reason: Why it crashed or was ended.
        stack: Where its Python code was when it crashed or was ended, innermost first.
    """

    status: str
    value: Any = None
    error: EbdiagError | None = None
    reason: str | None = None
    stack: tuple[Line, ...] = ()

    @property
    def ending(self) -> str:
        """`status`, or what a job that was done says of its own end: `diverged`, `crashed`."""
        own = self.value.get("status") if self.status == "done" and isinstance(self.value, dict) else None
        return own if own in ("diverged", "crashed") else self.status


class Executor(Protocol):
    """Runs tasks somewhere; results do not depend on where."""

    @property
    def jobs(self) -> int:
        """How many it runs side by side, about; for estimates."""
        ...

    def machine(self) -> device.Machine:
        """What kind of machine runs the tasks."""
        ...

    def map(self, tasks: Sequence[Task], on_event: OnEvent) -> dict[str, Outcome]:
        """Run all tasks; returns the outcome of each by name. A refusal ends the others, which have none then."""
        ...

    def limited(self, seconds: float) -> Executor:
        """The same, ending tasks that give no sign of life for this long."""
        ...


def refusal(outcomes: Mapping[str, Outcome]) -> EbdiagError | None:
    """The first mistake of the person among the outcomes."""
    return next((outcome.error for outcome in outcomes.values() if outcome.error is not None), None)


@dataclass
class _Running:
    task: Task
    process: Any
    pipe: connection.Connection
    last_words: IO[bytes]
    """A file without a name, so that of two commands that wait for one run neither writes into the other's."""
    heard: float = field(default_factory=time.monotonic)
    outcome: Outcome | None = None

    def ended(self, status: str, reason: str) -> None:
        """Note how it ended, and where it was."""
        self.outcome = Outcome(status, reason=reason, stack=_stack(self.last_words))


class LocalExecutor:
    """Worker processes on this machine.

    Args:
        jobs: How many at a time. Default: one a core, and all that is left as soon as it is less than two rounds:
            three runs that share two cores end after one and a half times the time of one, in rounds after two.
        stall_s: Seconds without a sign of life after which a worker is ended with status `timeout`.
        memory: Bytes that a worker and its children may use; one that takes more is ended with status `crashed`.
            Default: its share of the machine's.
    """

    def __init__(self, jobs: int | None = None, stall_s: float | None = None, memory: int | None = None) -> None:
        self.jobs = jobs or cores()
        self.most = jobs or 2 * self.jobs - 1
        self.stall_s = stall_s or STALL_S
        self.memory = memory or offspring.usual_limit(self.most)
        self._watched = 0.0

    def machine(self) -> device.Machine:
        """This one."""
        return device.here()

    def limited(self, seconds: float) -> LocalExecutor:
        """The same with this much patience at most."""
        other = copy.copy(self)
        other.stall_s = min(seconds, self.stall_s)
        return other

    def map(self, tasks: Sequence[Task], on_event: OnEvent) -> dict[str, Outcome]:
        """Run all tasks, `jobs` at a time and the last ones together, in order.

        A refusal ends the others at once; they have no outcome.

        Args:
            on_event: Called in this thread with (task name, event): {"state": "started" | "ended"} and
                whatever the job emits.

        Raises:
            KeyboardInterrupt: After every worker is gone.
        """
        waiting, outcomes = list(tasks), dict[str, Outcome]()
        running: list[_Running] = []
        try:
            while waiting or running:
                while waiting and (len(running) < self.jobs or len(running) + len(waiting) <= self.most):
                    self._start(waiting.pop(0), running)
                    on_event(running[-1].task.name, {"state": "started"})
                self._listen(running, on_event)
                self._watch(running)
                for ended in [r for r in running if r.outcome is not None]:
                    _end(ended)
                    running.remove(ended)
                    assert ended.outcome is not None
                    outcomes[ended.task.name] = ended.outcome
                    on_event(ended.task.name, {"state": "ended", "status": ended.outcome.ending})
                if any(outcome.error for outcome in outcomes.values()):
                    break
        finally:
            with _uninterrupted():  # whoever asks twice has them ended, too
                for left in running:
                    _end(left)
        return outcomes

    def _start(self, task: Task, running: list[_Running]) -> None:
        """Add a worker to those that run, which an interrupt that came meanwhile finds among them."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["ebdiag.uncollected", "ebdiag.preload"])
        ours, theirs = context.Pipe()
        task.log.parent.mkdir(parents=True, exist_ok=True)
        last_words = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `_end`
        with _starting, _bare_main(), _only_installed_modules(), _uninterrupted():
            process = context.Process(
                target=_worker_main,
                args=(task.job, theirs, str(task.log), _Descriptor(last_words.fileno()), dict(os.environ)),
                daemon=False,
            )
            process.start()
            _workers.add(process.pid)
            theirs.close()
            running.append(_Running(task, process, ours, last_words))

    def _listen(self, running: list[_Running], on_event: OnEvent) -> None:
        """Wait for news from any worker, at most a moment, and note who has ended or stalled."""
        ready = connection.wait([end for r in running for end in (r.pipe, r.process.sentinel)], timeout=0.2)
        now = time.monotonic()
        for worker in running:
            if worker.pipe in ready or worker.pipe.poll():
                worker.heard = now
                try:
                    kind, content = worker.pipe.recv()
                except (EOFError, ConnectionResetError):
                    worker.process.join(5)
                    worker.ended("crashed", _died(worker))
                else:
                    if kind == "event":
                        on_event(worker.task.name, content)
                    else:
                        worker.outcome = content
            elif worker.process.sentinel in ready:  # children that it left may hold its end of the pipe
                worker.process.join(5)
                worker.ended("crashed", _died(worker))
            elif now - worker.heard > self.stall_s:
                _last_words(worker)
                worker.ended("timeout", f"no sign of life for {self.stall_s:g} s")

    def _watch(self, running: list[_Running]) -> None:
        """End workers that take more than their share, and cut logs that fill the disk."""
        now = time.monotonic()
        if now - self._watched < WATCH_S:
            return
        self._watched = now
        for worker in running:
            _cut(worker.task.log)
            if worker.outcome is not None:
                continue
            processes = offspring.family(worker.process.pid)
            memory = offspring.used(processes)
            if memory > self.memory:
                _last_words(worker)
                worker.ended("crashed", f"it used {_gib(memory)}, more than the {_gib(self.memory)} that a run may use")
            elif len(processes) > offspring.MOST_PROCESSES:
                _last_words(worker)
                worker.ended("crashed", f"it started more than {offspring.MOST_PROCESSES} processes")


_workers: set[int | None] = set()
"""Workers of this process that are not known to be gone; whatever else the fork server has for children is stray."""

_starting = threading.Lock()


def local(jobs: int | None, stall_s: float | None, memory_gib: float | None) -> LocalExecutor:
    """Worker processes on this machine within the limits that a person gives; None for the usual ones.

    Raises:
        EbdiagError: A limit under which nothing could run.
    """
    for option, value in (("--jobs", jobs), ("--timeout", stall_s), ("--max-memory", memory_gib)):
        if value is not None and not value > 0:
            raise EbdiagError(f"{option} must be more than 0, got {value:g}")
    return LocalExecutor(jobs, stall_s, None if memory_gib is None else round(memory_gib * 2**30))


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _died(worker: _Running) -> str:
    code = worker.process.exitcode
    how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit status {code}"
    return f"the worker process ended with {how}"


def _left(error: BaseException) -> str:
    """Where a model's code ended the process."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "_sitebuiltins" not in f.filename]
    name = type(error).__name__
    return f"{name}: {error} ended the process at {frames[-1].filename}:{frames[-1].lineno}"


def _end(worker: _Running) -> None:
    """Nothing of a worker is left after this: neither it nor what it started."""
    pid = worker.process.pid
    _cut(worker.task.log)
    if worker.outcome is not None and worker.outcome.status == "done":
        worker.process.join(10)
    if pid is not None:
        offspring.end(pid)
    worker.process.join(10)
    worker.pipe.close()
    worker.last_words.close()
    with _starting:
        _workers.discard(pid)
        offspring.end_strays(_server(), _workers)


def _server() -> int | None:
    """The process from which workers are forked."""
    from multiprocessing import forkserver

    pid: int | None = getattr(forkserver._forkserver, "_forkserver_pid", None)
    return pid


def _last_words(worker: _Running) -> None:
    """Let a worker say where its Python code is, whatever that does; see `_worker_main`."""
    if worker.process.pid is None or not hasattr(signal, "SIGUSR1"):
        return
    with suppress(ProcessLookupError):
        os.kill(worker.process.pid, signal.SIGUSR1)
    deadline = time.monotonic() + LAST_WORDS_S
    while not _stack(worker.last_words) and time.monotonic() < deadline:
        time.sleep(0.02)


class _Descriptor:
    """An open file of this process, handed to a worker as an object that has its number there."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _detached, (reduction.DupFd(self.number),)


def _detached(handed: Any) -> int:
    number: int = handed.detach()
    return number


def _stack(file: IO[bytes]) -> tuple[Line, ...]:
    """The frames of the last thread that a fault handler wrote down."""
    text = os.pread(file.fileno(), STACK_BYTES, 0).decode("utf-8", errors="replace")
    own = re.split(r"(?m)^(?:Current thread|Stack) .*$", text)[-1].partition("\n\n")[0]
    found = (_FRAME.match(line) for line in own.splitlines())
    return tuple(Line(match[1], int(match[2])) for match in found if match)


def _cut(log: Path) -> None:
    """Keep the end of a log that has grown too long; what writes to it appends."""
    with suppress(OSError):
        if log.stat().st_size <= LOG_MIB * 2**20:
            return
        with log.open("r+b") as file:
            file.seek(-LOG_KEPT_MIB * 2**20, os.SEEK_END)
            kept = file.read()
            file.seek(0)
            file.write(b"(what stood here was more than fits)\n" + kept)
            file.truncate()


def _gib(size: float) -> str:
    return f"{size / 2**30:.2f} GiB"


@contextmanager
def _bare_main() -> Iterator[None]:
    """Workers must not run the caller's script again, which multiprocessing does to find its classes."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A Ctrl-C waits until the block is through: a worker whose start is cut short would complain to the terminal, and
    one whose end is cut short would stay."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def _only_installed_modules() -> Iterator[None]:
    """The fork server and its workers import what is installed, not the files beside a person's model."""
    before = dict(os.environ)
    os.environ.update(children.environment())
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _worker_main(job: Any, pipe: connection.Connection, log: str, last_words: Any, environment: dict[str, str]) -> None:
    """The whole life of a worker process; its environment is that of now, not of when the fork server was started."""
    os.environ.clear()
    os.environ.update(environment)
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    offspring.adopt_orphans()
    watch = _die_with_parent()
    faulthandler.enable(last_words)
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, last_words, all_threads=False)
    with open(log, "a", buffering=1, encoding="utf-8", errors="replace") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        from . import worker

        worker.settle(job)
        try:
            value = worker.work(job, lambda event: pipe.send(("event", event)))
            outcome = Outcome("done", value=value)
        except EbdiagError as error:
            outcome = Outcome("refused", error=error)
        except Exception as error:
            traceback.print_exc()
            full = of_disk(error, str(log)) if isinstance(error, OSError) else None
            outcome = (
                Outcome("refused", error=full)
                if full
                else Outcome("broken", reason="".join(traceback.format_exception(error)).strip())
            )
        except BaseException as error:  # SystemExit, KeyboardInterrupt: only a model's code raises them here
            frames = traceback.extract_tb(error.__traceback__)
            lines = tuple(Line(frame.filename, frame.lineno or 0) for frame in reversed(frames))
            outcome = Outcome("crashed", reason=_left(error), stack=lines)
        try:
            pipe.send(("end", outcome))
        except BrokenPipeError:  # the parent is dead: what was started here ends before this process does
            watch.join(LAST_WORDS_S)
        sys.stdout.flush()
        sys.stderr.flush()


STARTS = frozenset(("os.fork", "os.forkpty", "os.posix_spawn", "os.system", "pty.spawn", "subprocess.Popen"))
"""Events of Python's audit hooks at which a process begins."""


def _start_nothing(event: str, args: tuple[Any, ...]) -> None:
    if event in STARTS:
        raise PermissionError(f"this process is about to end ({event})")


def _die_with_parent() -> threading.Thread:
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        sys.addaudithook(_start_nothing)  # the model's code goes on until this process ends
        with suppress(PermissionError):  # a guarded worker may send no signal, and has started nobody
            offspring.end_below(os.getpid())  # also what left the process group, as daemons do
            os.killpg(os.getpgid(0), signal.SIGKILL)
        os._exit(1)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread

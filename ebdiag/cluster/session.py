"""One `map` of a Ray executor: what waits, what Ray has, what its nodes say, and what becomes of it."""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import execute, words
from ..data import load_images
from ..errors import EbdiagError
from ..execute import OnEvent, Outcome, Task
from ..jobs import RunJob
from ..records import Environment
from ..store import Busy, Damaged, Store, mark
from . import node
from .connect import DOCS
from .mailbox import Letter, Mailbox
from .needs import Needs
from .node import Order, Reply
from .parcels import Parcel, pack

if TYPE_CHECKING:
    from .executor import RayExecutor

RETRIES = 3
"""Times that a run whose node or worker was lost is taken up again."""

PATIENCE_S = 600.0
"""A task that no node has room for waits so long for one that has, as where a cluster grows."""

WINDOW = 64
"""Tasks that are handed to Ray at least, beside twice those that the cluster has room for: the others wait here, where
one takes a thousandth of the memory, and a growing cluster still sees that there is more to do."""

LETTERS_PER_S = 500
"""Of all nodes together: with more runs side by side each speaks more rarely."""

GRACE_S = 20.0
"""For ending what is cancelled with all that it started, before its process is killed."""

AGAIN_S = 4.0
"""Between two requests to end, as Ray's is an interrupt, which its own code may swallow."""

POLL_S = 0.25

LOOK_S = 5.0
"""Between two looks at how large the cluster is."""


@dataclass
class _Flight:
    """A task that Ray has."""

    task: Task
    attempt: int
    ref: Any
    needs: Needs
    started: bool = False


class Session:
    """One `map`: what waits, what Ray has, and the mailbox of both."""

    def __init__(self, executor: RayExecutor, tasks: Sequence[Task], on_event: OnEvent) -> None:
        self.executor, self.ray, self.on_event = executor, executor.ray, on_event
        self.waiting = [(task, 0) for task in tasks]
        self.flights: dict[str, _Flight] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.stores: dict[str, Store] = {}
        self.lost: dict[str, int] = {}
        self.quiet_since = time.monotonic()
        self.warned = False
        self.window, self.look_again = 0, 0.0
        self.carry_out = self.ray.remote(node.carry_out)
        self.mailbox = self._mailbox()

    def _mailbox(self) -> Any:
        """On this command's own node, as Ray puts an actor without needs on any one where that is only preferred."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        beside_us = NodeAffinitySchedulingStrategy(self.ray.get_runtime_context().get_node_id(), soft=False)
        options = {"num_cpus": 0, "max_concurrency": 4096, "max_restarts": -1, "max_task_retries": -1}
        return self.ray.remote(Mailbox).options(scheduling_strategy=beside_us, **options).remote()

    def run(self) -> dict[str, Outcome]:
        """All of it."""
        try:
            while self.waiting or self.flights:
                self._submit()
                self._read(POLL_S)
                self._settle()
                if any(outcome.error for outcome in self.outcomes.values()):
                    break
                self._be_patient()
        finally:
            self._cancel()
            self.ray.kill(self.mailbox)
        return self.outcomes

    def _submit(self) -> None:
        if not self.waiting:
            return
        now = time.monotonic()
        if now >= self.look_again:
            room = self.executor.room(self.executor.needs(_environment(self.waiting[0][0])))
            self.window, self.look_again = self.executor.most or max(WINDOW, 2 * room), now + LOOK_S
        while self.waiting and len(self.flights) < self.window:
            task, attempt = self.waiting.pop(0)
            self.flights[task.name] = self._flown(task, attempt)

    def _flown(self, task: Task, attempt: int) -> _Flight:
        executor, job = self.executor, task.job
        needs = executor.needs(_environment(task))
        data = job.spec.data if isinstance(job, RunJob) else job.data
        every_s = max(node.EVENTS_EVERY_S, len(self.flights) / LETTERS_PER_S)
        order = Order(
            task.name, attempt, job, needs.cpus, executor.stall_s, executor.memory, data.digest,
            shared=bool(executor.shared), events_every_s=every_s,
        )  # fmt: skip
        handed = {"images": executor.handed("images", data.digest, lambda: load_images(data.name))}
        if isinstance(job, RunJob):
            if executor.shared is not False:
                order = replace(order, mark=mark(self._store(job).root))
            order = replace(order, parcel=self._parcel(job))
            handed |= self._files(job)
        ref = self.carry_out.options(
            num_cpus=needs.cpus, num_gpus=needs.gpus, memory=needs.memory, max_retries=0, name=f"ebdiag {task.name}"
        ).remote(executor.program, pickle.dumps(order), handed, self.mailbox)
        return _Flight(task, attempt, ref, needs)

    def _parcel(self, job: RunJob) -> Parcel | None:
        """What is stored of a run, or None; what is damaged is not handed on, and was set aside when it was found."""
        try:
            parcel = pack(self._store(job).folder(job.spec.trajectory), {})
        except Damaged:
            return None
        return parcel if parcel.sums else None

    def _files(self, job: RunJob) -> dict[str, Any]:
        """References to the content of files that a spec names."""
        spec, found = job.spec, {}
        named = [("restore", spec.restore)] if spec.restore else []
        named += [("inception", spec.inception.path)] if spec.inception else []
        for what, path in named:
            found[what] = self.executor.handed(what, path, Path(path).read_bytes)
        return found

    def _store(self, job: RunJob) -> Store:
        return self.stores.setdefault(job.root, Store(Path(job.root)))

    def _read(self, wait_s: float) -> None:
        """Open the mailbox."""
        letters: list[Letter] = self.ray.get(self.mailbox.take.remote(wait_s))
        for letter in letters:
            flight = self.flights.get(letter.task)
            if flight is None or flight.attempt != letter.attempt:
                continue
            if letter.kind == "state":
                self._keep(flight.task.job, letter.content)
            elif letter.content.get("state") == "started":
                flight.started, self.quiet_since = True, time.monotonic()
                if not letter.attempt:
                    self.on_event(letter.task, letter.content)
            else:
                self.on_event(letter.task, letter.content)

    def _keep(self, job: RunJob, parcel: Parcel) -> None:
        """Store a state of a run under way; one that does not fit what is stored is left out, there is a next one."""
        with suppress(Busy, Damaged):
            self._received(job, parcel)

    def _settle(self) -> None:
        """Take what has ended."""
        by_ref = {flight.ref: flight for flight in self.flights.values()}
        if not by_ref:
            return
        done, _ = self.ray.wait(list(by_ref), num_returns=len(by_ref), timeout=0)
        for flight in (by_ref[ref] for ref in done):
            reply = self._reply(flight)
            if reply is None:
                continue
            self.quiet_since = time.monotonic()
            del self.flights[flight.task.name]
            if reply.outcome.reason == execute.KILLED and self._again(flight, reply.outcome.reason):
                continue
            self._end(flight.task, reply.outcome)

    def _reply(self, flight: _Flight) -> Reply | None:
        """What a task brought, its run stored; None where it has to be waited for, or is made again."""
        from ray import exceptions

        lost = (
            exceptions.WorkerCrashedError, exceptions.NodeDiedError, exceptions.ObjectLostError,
            exceptions.OutOfMemoryError, exceptions.LocalRayletDiedError, exceptions.RayActorError,
            exceptions.ObjectFetchTimedOutError,
        )  # fmt: skip
        try:
            reply: Reply = self.ray.get(flight.ref)
        except lost as error:
            why = " ".join(str(error).split())[:200]
            self._read(0)  # a state that was on its way
            del self.flights[flight.task.name]
            if not self._again(flight, why):
                self._end(flight.task, Outcome("crashed", reason=f"its node or its process was lost: {why}"))
            return None
        except Exception as error:
            return Reply(Outcome("broken", reason=str(error)))
        self._read(0)
        if reply.parcel is not None and reply.parcel.sums and not self._stored(flight, reply.parcel):
            return None
        if reply.log:
            _append(flight.task.log, reply.log)
        return reply

    def _stored(self, flight: _Flight, parcel: Parcel) -> bool:
        """Whether a run's folder is where it belongs now; where somebody else has it open, it is asked for again."""
        job: RunJob = flight.task.job
        try:
            self._received(job, parcel)
        except Busy:
            return False
        except Damaged as damage:
            del self.flights[flight.task.name]
            self._store(job).repair(job.spec.trajectory)
            if not self._again(flight, str(damage)):
                self._end(flight.task, Outcome("crashed", reason=str(damage)))
            return False
        return True

    def _received(self, job: RunJob, parcel: Parcel) -> None:
        with self._store(job).locked(job.spec.trajectory, Busy.now) as folder:
            if folder.load(job.spec) is None:
                folder.receive(parcel.sums, parcel.files)

    def _again(self, flight: _Flight, why: str) -> bool:
        """Whether a task whose node or process was lost is made again."""
        name, job = flight.task.name, flight.task.job
        self.lost[name] = self.lost.get(name, 0) + 1
        if self.lost[name] > RETRIES:
            return False
        self.waiting.insert(0, (flight.task, flight.attempt + 1))
        if isinstance(job, RunJob):
            step = self._store(job).folder(job.spec.trajectory).resume_from(job.spec.steps)
            sentence = words.run_lost(job.spec.side, job.spec.seed, step, self.lost[name], RETRIES)
            self.executor.say(sentence)
            _append(flight.task.log, f"({sentence}: {why})\n".encode())
        return True

    def _end(self, task: Task, outcome: Outcome) -> None:
        self.outcomes[task.name] = outcome
        self.on_event(task.name, {"state": "ended", "status": outcome.ending})

    def _be_patient(self) -> None:
        """Say it once where no node has room, and give up where none comes.

        Raises:
            EbdiagError: Nothing has begun for long, and no node could ever begin it.
        """
        if not self.flights or any(flight.started for flight in self.flights.values()):
            return
        quiet_s = time.monotonic() - self.quiet_since
        if quiet_s < (PATIENCE_S if self.warned else GRACE_S / 4):
            return
        needs = next(iter(self.flights.values())).needs
        if self.executor.room(needs):
            return
        if self.warned:
            raise EbdiagError(
                "no node of the Ray cluster has room for a run", expected=str(needs),
                got="none for ten minutes", hint="less with --ray-gpus, --max-memory or --threads, or larger nodes",
                docs=DOCS,
            )  # fmt: skip
        self.warned = True
        self.executor.say(words.say("no node", needs=str(needs)))

    def _cancel(self) -> None:
        """Nothing of what Ray still has is left on any node after this."""
        left = [flight.ref for flight in self.flights.values()]
        deadline = time.monotonic() + GRACE_S
        while left and time.monotonic() < deadline:
            left = self._left_of(left, force=False, wait_s=AGAIN_S)
        if left:
            self._left_of(left, force=True, wait_s=GRACE_S)

    def _left_of(self, refs: list[Any], *, force: bool, wait_s: float) -> list[Any]:
        """What has not ended a moment after it was told to."""
        for ref in refs:
            self.ray.cancel(ref, force=force)
        _, left = self.ray.wait(refs, num_returns=len(refs), timeout=wait_s)
        return list(left)


def _environment(task: Task) -> Environment:
    environment: Environment = task.job.spec.environment if isinstance(task.job, RunJob) else task.job.environment
    return environment


def _append(log: Path, content: bytes) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        file.write(content)

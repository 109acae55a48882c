"""The only training loop: from where the store left off to where the spec ends."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from . import series, store, streams, words
from .crafts import Course, Made, hidden_state
from .probes import PROBE_SETS
from .records import Line, RunSpec
from .sandbox import user_frames
from .step import Crashed, Diverged, finite_parameters

REPORT_EVERY_S = 0.25
"""Signs of life for the display and the stall watch."""

KEEP_EVERY_S = 30.0
"""Seconds of training between two states to go on from after a kill, at least."""

KEEP_VARIABLE = "EBDIAG_KEEP_S"
"""Says another number of seconds: fewer where machines are taken away without notice."""

KEEP_SHARE = 1 / 60
"""At most this share of the time of training goes into keeping such states: the slower a disk, the rarer they are."""

Emit = Callable[[dict[str, Any]], None]

Stretch = Generator[int, Any, dict[str, Any]]
"""Yields the number of each step to be taken, is sent what the step had in its hands (or thrown how training ended
there), and returns how the run ended."""


UNDER_WAY = "under way"
"""The status of a trajectory whose training was not ended, by itself or by anyone."""


class Pace:
    """When to leave a state to go on from, so that a kill costs no more than what came after it."""

    def __init__(self) -> None:
        self.kept = time.perf_counter()
        self.keep_s, self.every_s = 0.0, float(os.environ.get(KEEP_VARIABLE, KEEP_EVERY_S))

    def due(self) -> bool:
        """Whether it is time again."""
        return time.perf_counter() - self.kept >= max(self.every_s, self.keep_s / KEEP_SHARE)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Around the keeping itself, which is timed."""
        began = time.perf_counter()
        yield
        self.kept = time.perf_counter()
        self.keep_s = self.kept - began


@dataclass
class _Ending:
    status: str
    steps: int
    reason: str | None = None
    line: Line | None = None


class Training:
    """One stretch of training.

    Args:
        spec: Where it ends, and at which steps it is scored.
        folder: What an earlier session left, and where this one leaves its own.
        built: The nets at step 0; they change.
        course: How a variant of its kind is trained, and on what.
        score: Called with the step at each checkpoint; must leave nets and random state as they are.
        emit: Gets signs of life.
        alone: Whether it leaves states to go on from by itself; one of a group does so with the others.
    """

    def __init__(
        self,
        spec: RunSpec,
        folder: store.RunFolder,
        built: Made,
        course: Course,
        score: Callable[[int], None],
        emit: Emit,
        *,
        alone: bool = True,
    ) -> None:
        self.spec, self.folder, self.built, self.score, self.emit = spec, folder, built, score, emit
        self.course = course
        self.earlier = folder.state()
        poorer = folder.poorer(spec)
        if poorer is not None:
            print(words.poorer_series(spec.side, spec.seed, poorer, spec.probes))  # into the run's log
            self.earlier = None
        self.watched = _watched(self.earlier, spec.probes)
        self.start = folder.resume_from(self._unscored()) if self.earlier else 0
        probes = course.probes(self.watched)
        self.recorder = series.Recorder(probes, course.stills() if probes else None)
        self.trainer = course.trainer(bool(probes))
        self.began = self.reported = time.perf_counter()
        self.pace = Pace() if alone else None
        self.hidden = hidden_state(built.nets, _objective(built))

    def _unscored(self) -> int:
        """The first step that is to be scored and is not; training may not go on from beyond it."""
        scored = {measured.step for measured in self.folder.measured(self.spec)}
        return min((step for step in self.spec.checkpoints if step not in scored), default=self.spec.steps)

    def stops(self) -> set[int]:
        """Steps that it could go on from, 0 among them."""
        if self.earlier is None:
            return {0}
        most = min(self._unscored(), self.earlier["steps"])
        return {0} | {stop for stop in self.folder.stops() if stop <= most}

    def start_from(self, stop: int) -> None:
        """Go on from one of its `stops` that need not be the last; what an unfinished session did after it is void."""
        self.start = stop
        if self.earlier is not None and self.earlier["status"] == UNDER_WAY:
            self.earlier = {**self.earlier, "steps": stop, "latest": None} if stop else None

    def train(self) -> dict[str, Any]:
        """Train, and leave series, weights and state in the store; returns how it ended."""
        stretch = self.stretch()
        try:
            number = next(stretch)
            while True:
                try:
                    moment = self.trainer.step(number)
                except Exception as ending:
                    number = stretch.throw(ending)
                else:
                    number = stretch.send(moment)
        except StopIteration as end:
            answer: dict[str, Any] = end.value
            return answer

    def stretch(self) -> Stretch:
        """The same for who takes the steps himself."""
        ending = yield from self._steps()
        if ending.status == "finished" and self._whole():
            self._save_training(ending.steps)
        if ending.status != "crashed":
            self._save_progress(ending)
        elif not self._beyond(ending.steps):
            self._save_series()
        self.folder.tidy()
        return {
            "trained": ending.steps - self.start,
            "status": ending.status,
            "steps": ending.steps,
            "reason": ending.reason,
            "line": ending.line,
        }

    def _whole(self) -> bool:
        """Whether what is saved is all of the model's state; where a part of it is hidden, training starts again."""
        return hidden_state(self.built.nets, _objective(self.built)) == self.hidden

    def _beyond(self, step: int) -> bool:
        """Whether an earlier session went further than this step; what it left then stands."""
        return bool(self.earlier and self.earlier["steps"] > step)

    def _save_progress(self, ending: _Ending) -> None:
        """Series and state; those of an earlier, longer session stand, with one more stop to go on from."""
        earlier = self.earlier or {"stops": [], "steps": 0, "wall_s": 0.0}
        stop = [ending.steps] if ending.status == "finished" and self._whole() else []
        if self._beyond(ending.steps):
            self.folder.put_state({**earlier, "stops": sorted({*earlier["stops"], *stop})})
            return
        self._save_series()
        wall_s = time.perf_counter() - self.began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        state = store.state(
            ending.status, ending.steps, store.probes_key(self.watched),
            stops=sorted({s for s in earlier["stops"] if s <= self.start} | set(stop)),
            latest=ending.steps if ending.status == UNDER_WAY else None,
            reason=ending.reason, line=ending.line, peak_mib=peak,
            wall_s=wall_s + (earlier["wall_s"] if self.start else 0.0), unseen=self._unseen(),
        )  # fmt: skip
        self.folder.put_state(state)

    def _keep(self, step: int) -> None:
        """Leave a state to go on from, if it is time to."""
        if self.pace is not None and self.pace.due() and self.keepable(step):
            with self.pace.keeping():
                self.leave(step)
                self.declare(step)
                self.folder.tidy()

    def keepable(self, step: int) -> bool:
        """Whether a state left after a step would be one to go on from."""
        return not self._beyond(step) and step != self.spec.steps and self._whole()

    def leave(self, step: int) -> None:
        """Write what going on after a step takes."""
        save_nets(self.built, self.folder, step)
        self._save_training(step)

    def declare(self, step: int) -> None:
        """Say that it got so far."""
        self._save_progress(_Ending(UNDER_WAY, step))

    def _unseen(self) -> dict[str, tuple[int, str]]:
        """Probes that could not look, in this session or in the steps that it went on from."""
        now = {name: (failure.step, failure.reason) for name, failure in self.recorder.failed.items()}
        before = self.earlier.get("unseen", {}) if self.earlier else {}
        return now | {name: (step, reason) for name, (step, reason) in before.items() if step <= self.start}

    def _save_series(self) -> None:
        if self.recorder.probes:
            earlier = self.folder.series if self.start else None
            columns = self.recorder.columns()
            self.folder.put(self.folder.series, lambda path: series.write(path, columns, earlier, self.start))

    def _steps(self) -> Generator[int, Any, _Ending]:
        spec, step = self.spec, self.start
        try:
            with streams.preserved_globals():
                if self.start:
                    self._resume()
                else:
                    self.trainer.prepare()
            due = set(spec.checkpoints)
            if self.start in due:
                self.score(self.start)  # where it was left out, or is wanted by another measure
            for step in range(self.start + 1, spec.steps + 1):
                self.recorder.before(step, self.built)
                moment = yield step
                if self.recorder.probes and moment is not None:
                    self.recorder.observe(moment)
                    for name, value in self.trainer.numbers():
                        self.recorder.note(step, name, value)
                if step in due:
                    broken = finite_parameters(self.built.nets)
                    if broken is not None:
                        raise Diverged(step, broken, float("nan"))
                    save_nets(self.built, self.folder, step)
                    self.score(step)
                self._keep(step)
                self._report(step)
        except Diverged as divergence:
            return _Ending("diverged", divergence.step, str(divergence))
        except Crashed as crash:
            return _Ending("crashed", crash.step, str(crash), crash.line)
        except Exception as error:  # while measuring: user code again, or a mistake of ours
            frames = user_frames(error, self.built.variants)
            if not frames:
                raise
            text = " ".join(str(error).split())[:400]
            return _Ending("crashed", step, f"{type(error).__name__}: {text} while scoring step {step}", frames[-1])
        return _Ending("finished", step)

    def _report(self, step: int) -> None:
        now = time.perf_counter()
        if now - self.reported < REPORT_EVERY_S and step != self.spec.steps:
            return
        self.reported = now
        self.emit(
            {
                "step": step,
                "steps": self.spec.steps,
                "steps_per_s": (step - self.start) / (now - self.began),
            }
            | {name: self.recorder.latest(column) for name, column in self.course.shown.items()}
        )

    def _save_training(self, steps: int) -> None:
        built = self.built
        optimizers = {f"{role}_opt": optimizer.state_dict() for role, optimizer in built.optimizers.items()}
        state = optimizers | self.trainer.state()
        self.folder.put(self.folder.training(steps), lambda path: torch.save(state, path))

    def _resume(self) -> None:
        built = self.built
        load_nets(built, self.folder, self.start)
        path = self.folder.checked(self.folder.training(self.start))
        state = torch.load(path, map_location=built.device, weights_only=True)
        for role, optimizer in built.optimizers.items():
            optimizer.load_state_dict(state[f"{role}_opt"])
        self.trainer.load_state(state)


def _watched(earlier: dict[str, Any] | None, asked: str) -> str:
    """The probe set of a stretch of training: that of the steps before, which may be richer, so that series go on."""
    if earlier is None:
        return asked
    return next((name for name in PROBE_SETS if store.probes_key(name) == earlier["probes"]), asked)


def _objective(built: Made) -> Any:
    """The objective, where it cannot say by itself what it remembers."""
    objective = getattr(built, "objective", None)
    return None if hasattr(objective, "state_dict") else objective


def save_nets(built: Made, folder: store.RunFolder, step: int) -> None:
    """Keep the nets as they stand after `step`, so that they can be scored again without training."""
    tensors = {
        f"{role}.{name}": tensor.detach().cpu().contiguous().clone()
        for role, net in built.nets.items()
        for name, tensor in net.state_dict().items()
    }
    folder.put(folder.weights(step), lambda path: save_file(tensors, path))


def load_nets(built: Made, folder: store.RunFolder, step: int) -> None:
    """Put the nets where they stood after `step`.

    Raises:
        Damaged: The file is missing or not what was written.
    """
    tensors = load_file(folder.checked(folder.weights(step)))
    for role, net in built.nets.items():
        prefix = f"{role}."
        net.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})

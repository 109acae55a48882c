"""What happens inside a worker process: prepare data, inspect a recipe, or carry out a RunSpec."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from . import series, store, streams
from .build import Built, build
from .data import Images, load_images, prepare, to_model
from .inspect import inspect
from .jobs import InspectJob, Job, PrepareJob, RunJob
from .measure import measure
from .probes import Probe, default_probes
from .records import Line, RunSpec
from .restore import restore
from .sandbox import user_frames
from .train import Batches, Crashed, Diverged, Trainer, finite_parameters

REPORT_EVERY_S = 0.25
"""Signs of life for the display and the stall watch."""

Emit = Callable[[dict[str, Any]], None]


def work(job: Job, emit: Emit) -> Any:
    """Do a job in this process, on `environment.threads` threads, deterministically.

    Raises:
        EbdiagError: What the person has to mend.
    """
    environment = job.environment if isinstance(job, InspectJob) else None
    if isinstance(job, RunJob):
        environment = job.spec.environment
    torch.set_num_threads(environment.threads if environment else 1)
    torch.use_deterministic_algorithms(True, warn_only=True)
    if isinstance(job, PrepareJob):
        return prepare(job.dataset)
    if isinstance(job, InspectJob):
        return inspect(job.recipe, job.data, job.environment)
    return run(job, emit)


@dataclass
class _Ending:
    status: str
    steps: int
    reason: str | None = None
    line: Line | None = None


def run(job: RunJob, emit: Emit) -> dict[str, Any]:
    """Carry out a RunSpec; everything worth keeping is in the store when this returns."""
    spec = job.spec
    folder = store.Store(Path(job.root)).folder(spec.trajectory)
    with folder.locked():
        try:
            done = folder.load(spec)  # another process may have trained it while this one waited
        except store.Damaged:
            done = None
        if done is not None:
            return {"trained": 0}
        images = load_images(spec.data.name)
        built = build(
            spec.recipe, seed=spec.seed, device=spec.environment.device, fused=spec.environment.fused
        )
        if spec.restore is not None:
            return _score_restored(spec, folder, built, images)
        return _Session(job, folder, built, images, emit).train()


def _score_restored(spec: RunSpec, folder: store.RunFolder, built: Built, images: Images) -> dict[str, Any]:
    assert spec.restore is not None
    notes = restore(built, spec.restore)
    _save_measures(spec, folder, built, images, step=0)
    folder.put_state(_state("restored", 0, "none", notes=notes))
    return {"trained": 0}


class _Session:
    """One stretch of training, from where the store left off to where the spec ends."""

    def __init__(self, job: RunJob, folder: store.RunFolder, built: Built, images: Images, emit: Emit) -> None:
        self.spec, self.folder, self.built, self.images, self.emit = job.spec, folder, built, images, emit
        self.earlier = folder.state()
        if self.earlier is not None and self.earlier["probes"] != store.probes_key(self.spec.probes):
            self.earlier = None  # other series are asked for: from the start
        self.start = folder.resume_from(self.spec.steps) if self.earlier else 0
        pixels = to_model(
            images.train,
            image_shape=built.config.image_shape,
            pixel_range=built.config.pixel_range,
            device=built.device,
        )
        self.batches = Batches(pixels, size=built.config.batch_size, seed=self.spec.seed)
        probes: tuple[Probe, ...] = default_probes() if self.spec.probes == "default" else ()
        self.recorder = series.Recorder(probes)
        self.trainer = Trainer(
            built, self.batches, single_pass=job.facts.single_pass, watching=bool(probes)
        )
        self.began = self.reported = time.perf_counter()

    def train(self) -> dict[str, Any]:
        ending = self._steps()
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        wall_s = time.perf_counter() - self.began
        stops = [stop for stop in (self.earlier or {}).get("stops", []) if stop <= self.start]
        if ending.status == "finished":
            self._save_weights(ending.steps)
            stops.append(ending.steps)
        if self.recorder.probes:
            earlier = self.folder.series if self.start else None
            columns = self.recorder.columns()
            self.folder.put(self.folder.series, lambda path: series.write(path, columns, earlier, self.start))
        if ending.status != "crashed":
            earlier_s = self.earlier["wall_s"] if self.earlier and self.start else 0.0
            state = _state(
                ending.status, ending.steps, store.probes_key(self.spec.probes), stops=stops,
                reason=ending.reason, line=ending.line, wall_s=earlier_s + wall_s, peak_mib=peak_mib,
            )  # fmt: skip
            self.folder.put_state(state)
        return {
            "trained": ending.steps - self.start,
            "status": ending.status,
            "steps": ending.steps,
            "reason": ending.reason,
            "line": ending.line,
        }

    def _steps(self) -> _Ending:
        spec, step = self.spec, self.start
        try:
            with streams.preserved_globals():
                if self.start:
                    self._resume()
                else:
                    self.trainer.prepare()
            due = set(spec.checkpoints)
            for step in range(self.start + 1, spec.steps + 1):
                moment = self.trainer.step(step)
                if self.recorder.probes:
                    self.recorder.observe(moment)
                    for name, value in _numbers(self.built.objective):
                        self.recorder.note(step, f"objective.{name}", value)
                if step in due:
                    broken = finite_parameters(self.built)
                    if broken is not None:
                        raise Diverged(step, broken, float("nan"))
                    _save_measures(spec, self.folder, self.built, self.images, step=step)
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
                "energy_real": self.recorder.latest("energy.mean_squared.real"),
                "energy_fake": self.recorder.latest("energy.mean_squared.fake"),
                "hinge_active": self.recorder.latest("hinge.active"),
            }
        )

    def _save_weights(self, steps: int) -> None:
        built = self.built
        tensors = {
            f"{role}.{name}": tensor.detach().cpu().contiguous().clone()
            for role, net in (("generator", built.generator), ("discriminator", built.discriminator))
            for name, tensor in net.state_dict().items()
        }
        self.folder.put(self.folder.weights(steps), lambda path: save_file(tensors, path))
        state = {
            "generator_opt": built.generator_opt.state_dict(),
            "discriminator_opt": built.discriminator_opt.state_dict(),
            "objective": _objective_state(built.objective),
            "epoch_energies": self.trainer.epoch_energies,
            "batches": self.batches.taken,
        }
        self.folder.put(self.folder.training(steps), lambda path: torch.save(state, path))

    def _resume(self) -> None:
        built = self.built
        tensors = load_file(self.folder.checked(self.folder.weights(self.start)))
        for role, net in (("generator", built.generator), ("discriminator", built.discriminator)):
            prefix = f"{role}."
            net.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        path = self.folder.checked(self.folder.training(self.start))
        state = torch.load(path, map_location=built.device, weights_only=True)
        built.generator_opt.load_state_dict(state["generator_opt"])
        built.discriminator_opt.load_state_dict(state["discriminator_opt"])
        if state["objective"] is not None:
            built.objective.load_state_dict(state["objective"])
        self.trainer.epoch_energies = state["epoch_energies"]
        self.batches.taken = state["batches"]


def _objective_state(objective: Any) -> Any:
    return objective.state_dict() if hasattr(objective, "state_dict") else None


def _numbers(objective: Any) -> list[tuple[str, float]]:
    """The scalar members of an objective's state, for its series."""
    state = _objective_state(objective)
    if not isinstance(state, dict):
        return []
    numbers = []
    for name, value in state.items():
        if isinstance(value, bool | int | float) or (isinstance(value, torch.Tensor) and value.numel() == 1):
            numbers.append((str(name), float(value)))
    return numbers


def _save_measures(spec: RunSpec, folder: store.RunFolder, built: Built, images: Images, *, step: int) -> None:
    key = store.measures_key(spec)
    if folder.measures(step, key).exists():
        return
    measured = measure(built, images=images, spec=spec.data, seed=spec.seed, step=step)
    scores = measured.measures
    folder.put(folder.arrays(step, key), lambda path: _save_npz(path, measured.arrays))
    folder.put_json(folder.measures(step, key), {"values": scores.values, "details": scores.details})


def _save_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _state(
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
) -> dict[str, Any]:
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
    }

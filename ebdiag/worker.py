"""What happens inside a worker process: prepare data, inspect a recipe or try its nets, or carry out a RunSpec."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import children, crafts, exact, guard, index, lockstep, store
from .cache import cache_folder
from .data import Images, load_images, prepare
from .jobs import AlikeJob, GroupJob, InspectJob, Job, LadderJob, PrepareJob, RunJob, ScriptJob
from .records import Facts, Recipe, RunSpec
from .restore import restore
from .train import Emit, Training, load_nets


def settle(job: Job) -> None:
    """Set this whole process, and what it will start, to what suits a job; for a worker, which does nothing else."""
    if isinstance(job, InspectJob | LadderJob):
        children.small_pages()


def work(job: Job, emit: Emit) -> Any:
    """Do a job in this process, deterministically, on the threads that it asks for.

    Raises:
        EbdiagError: What the person has to mend.
    """
    torch.set_deterministic_debug_mode("warn")  # its longer-named twin also imports the compiler: 3 s a worker
    if isinstance(job, PrepareJob):
        torch.set_num_threads(1)
        return prepare(job.dataset)
    if isinstance(job, ScriptJob | AlikeJob):
        return try_script(job)
    if isinstance(job, InspectJob):
        torch.set_num_threads(job.environment.threads)
        _guarded(job.recipe)
        return _looked(job)
    if isinstance(job, LadderJob):
        torch.set_num_threads(job.environment.threads)
        _guarded(job.recipe)
        rows = crafts.of(job.recipe).climb(job.recipe, job.data, job.environment, lambda: emit({}))
        emit({"ladder": rows})
        return None
    if isinstance(job, RunJob):
        torch.set_num_threads(job.spec.environment.threads)
        _guarded(job.spec.recipe, Path(job.root))
        return run(job, emit)
    if isinstance(job, GroupJob):
        [spec, *_] = job.specs
        torch.set_num_threads(spec.environment.threads)
        _guarded(spec.recipe, Path(job.root))
        run_group(job, emit)
        return None
    raise TypeError(f"unknown job {job!r}")


def _looked(job: InspectJob) -> Facts:
    """Facts, with why seeds cannot be trained in one go where that is asked for."""
    craft = crafts.of(job.recipe)
    facts = craft.inspect(job.recipe, job.data, job.environment)
    if job.environment.together == 1:
        return facts
    reason = craft.apart(job.recipe, facts, job.data, job.environment)
    if reason is None:
        return facts
    note = f"its seeds are trained one by one, for they cannot be trained in one go: {reason}"
    return replace(facts, apart=reason, notes=[*facts.notes, note])


def try_script(job: ScriptJob | AlikeJob) -> dict[str, Any]:
    """Run what a script's nets and settings need, in a scratch folder and under guard."""
    from .scripts.trial import alike, trial

    torch.set_num_threads(1)
    images = load_images(job.dataset)  # may be read into the cache, which is out of reach afterwards
    os.chdir(job.scratch)
    guard.close([Path(job.scratch)])
    if isinstance(job, ScriptJob):
        return trial(job.variant, job.questions, job.array, images)
    return {"alike": alike(job.one, job.other, images)}


def _guarded(recipe: Recipe, *folders: Path) -> None:
    """Close this process where a script has a part in what it builds; `folders` and what it must keep stay open."""
    if any(variant.script is not None for variant in recipe.variants):
        open_still = [cache_folder() / name for name in ("scratch", "components", "features")]
        for folder in open_still:
            folder.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = str(open_still[0])
        guard.close([*folders, *open_still])


def run(job: RunJob, emit: Emit) -> dict[str, Any]:
    """Carry out a RunSpec; everything worth keeping is in the store when this returns."""
    spec, kept = job.spec, store.Store(Path(job.root))
    with kept.locked(spec.trajectory, lambda: emit({})) as folder:
        images = load_images(spec.data.name)
        if _answered(spec, kept, folder, images):
            return {"trained": 0}
        folder.put_spec(index.spec(spec, job.facts))
        with index.noted(kept, spec.trajectory):
            return _run(job, folder, images, emit)


def _run(job: RunJob, folder: store.RunFolder, images: Images, emit: Emit) -> dict[str, Any]:
    """Train or restore what the folder of a run does not have yet."""
    spec = job.spec
    built = _built(spec)
    score = _scorer(spec, folder, built, images)
    if spec.restore is not None:
        notes = restore(built, spec.restore, job.restored)
        score(0)
        folder.put_state(store.state("restored", 0, store.probes_key("none"), notes=notes))
        return {"trained": 0}
    course = crafts.of(spec.recipe).course(spec, job.facts, built, images)
    unfilled()
    if spec.environment.kernels == "torch":
        exact.hasten(*built.nets.values())
    return Training(spec, folder, built, course, score, emit).train()


def unfilled() -> None:
    """Let torch take memory as it comes, where it would write NaN into all of it to be deterministic.

    That costs up to a twentieth of a step. It is for building and looking, which refuse a model that reads what nobody
    wrote; what has passed is trained without.
    """
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def run_group(job: GroupJob, emit: Emit) -> None:
    """Carry out RunSpecs in one go; each tells its answer as soon as it has ended."""
    kept = store.Store(Path(job.root))
    [one, *_] = job.specs
    images = load_images(one.data.name)

    def answer(spec: RunSpec, found: dict[str, Any]) -> None:
        status = {"finished": "done"}.get(found.get("status", "finished"), found.get("status"))
        emit({"run": spec.id, "state": "ended", "status": status, "answer": found})

    with ExitStack() as held:
        trainings = {}
        for spec in sorted(job.specs, key=lambda spec: spec.trajectory):  # in one order, so that no two wait in a ring
            folder = held.enter_context(kept.locked(spec.trajectory, lambda: emit({})))
            if _answered(spec, kept, folder, images):
                answer(spec, {"trained": 0})
                continue
            folder.put_spec(index.spec(spec, job.facts))
            held.enter_context(index.noted(kept, spec.trajectory))
            built = _built(spec)
            course = crafts.of(spec.recipe).course(spec, job.facts, built, images)
            score = _scorer(spec, folder, built, images)
            news = functools.partial(_told, emit, spec.id)
            trainings[spec.seed] = Training(spec, folder, built, course, score, news, alone=False)
        unfilled()
        for training, found in lockstep.train(trainings, one.environment.together):
            answer(training.spec, found)


def _told(emit: Emit, run: str, event: dict[str, Any]) -> None:
    emit({"run": run, **event})


def _answered(spec: RunSpec, kept: store.Store, folder: store.RunFolder, images: Images) -> bool:
    """Whether all that a spec asks for is there, now that its folder is ours; what is damaged is set aside."""
    damage = kept.repair(spec.trajectory)
    if damage is not None:
        print(damage)  # into the run's log
    if folder.load(spec) is not None:  # another process trained it while this one waited
        return True
    return _scored_again(spec, folder, images)


def _built(spec: RunSpec) -> Any:
    environment = spec.environment
    craft = crafts.of(spec.recipe)
    return craft.build(
        spec.recipe, seed=spec.seed, device=environment.device, fused=environment.fused, kernels=environment.kernels,
        spreads=False,
    )  # fmt: skip


def _scored_again(spec: RunSpec, folder: store.RunFolder, images: Images) -> bool:
    """Score kept weights that other metrics, or another feature net, scored before; whether that was all to do."""
    state = folder.state()
    if state is None or spec.restore is not None:
        return False
    kept = [step for step in spec.checkpoints if step <= state["steps"] and folder.weights(step).exists()]
    unscored = [step for step in kept if not folder.scored(step, store.measures_key(spec, step))]
    if unscored:
        built = _built(spec)
        score = _scorer(spec, folder, built, images)
        for step in unscored:
            load_nets(built, folder, step)
            score(step)
    return folder.load(spec) is not None


def _scorer(spec: RunSpec, folder: store.RunFolder, built: Any, images: Images) -> Callable[[int], None]:
    """Scores the nets as they stand, under a step's name, unless that is stored already."""

    def score(step: int) -> None:
        key = store.measures_key(spec, step)
        if folder.scored(step, key):
            return
        measured = crafts.of(spec.recipe).measure(built, images, spec, step)
        children.trim()
        folder.put(folder.arrays(step, key), lambda path: _save_npz(path, measured.arrays))
        values = {"values": measured.measures.values, "details": measured.measures.details}
        folder.put_json(folder.measures(step, key), values)

    return score


def _save_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)

"""What happens inside a worker process: prepare data, inspect a recipe or try its nets, or carry out a RunSpec."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import children, crafts, guard, index, store
from .cache import cache_folder
from .data import Images, load_images, prepare
from .jobs import AlikeJob, InspectJob, Job, LadderJob, PrepareJob, RunJob, ScriptJob
from .records import Recipe, RunSpec
from .restore import restore
from .train import Emit, Training, load_nets


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
        return crafts.of(job.recipe).inspect(job.recipe, job.data, job.environment)
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
    raise TypeError(f"unknown job {job!r}")


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
        damage = kept.repair(spec.trajectory)
        if damage is not None:
            print(damage)  # into the run's log
        if folder.load(spec) is not None:  # another process trained it while this one waited
            return {"trained": 0}
        folder.put_spec(index.spec(spec, job.facts))
        with index.noted(kept, spec.trajectory):
            return _run(job, folder, emit)


def _run(job: RunJob, folder: store.RunFolder, emit: Emit) -> dict[str, Any]:
    """Train, restore or score what the folder of a run does not have yet."""
    spec = job.spec
    images = load_images(spec.data.name)
    if _scored_again(spec, folder, images):
        return {"trained": 0}
    built = _built(spec)
    score = _scorer(spec, folder, built, images)
    if spec.restore is not None:
        notes = restore(built, spec.restore)
        score(0)
        folder.put_state(store.state("restored", 0, store.probes_key("none"), notes=notes))
        return {"trained": 0}
    course = crafts.of(spec.recipe).course(spec, job.facts, built, images)
    return Training(spec, folder, built, course, score, emit).train()


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

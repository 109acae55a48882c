"""What must be known before anything is planned, asked of workers once and stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import plan, stats, words
from .data import cached_spec
from .errors import EbdiagError, VariantError
from .execute import Executor, Outcome, Task, refusal
from .jobs import InspectJob, PrepareJob, RunJob
from .records import DataSpec, Environment, Facts, Recipe, RunSpec, Side, Variant, digest
from .shipped import place
from .store import Store
from .watch import Watcher

FACTS_VERSION = 14
"""Raised when `inspect` finds out more or other things; stored facts are then found anew."""

AUTO_LIMIT = 10_000
MEASURE_S = 1.5
"""Seconds that scoring a checkpoint takes about; for the estimate only."""

AUTO_RESERVE = 1.25


class Survey:
    """Asks workers about data and variants, through the store."""

    def __init__(self, store: Store, executor: Executor, watcher: Watcher) -> None:
        self.store, self.executor, self.watcher = store, executor, watcher

    def data(self, name: str) -> DataSpec:
        """The data set, read and described; at once where that was done before."""
        known = cached_spec(name)
        if known is not None:
            return known
        self.watcher.say(words.say("preparing", name=name))
        spec: DataSpec = self._ask({"data": PrepareJob(name)}, {"data": name})["data"]
        return spec

    def facts(self, variants: Mapping[Side, Variant], data: DataSpec, environment: Environment) -> dict[Side, Facts]:
        """What building and trying each variant shows.

        Raises:
            VariantError: One cannot run.
        """
        keys = {side: _key(Recipe(variant), data, environment) for side, variant in variants.items()}
        places = {keys[side]: place(variant, self.store) for side, variant in variants.items()}
        known = {side: facts for side, key in keys.items() if (facts := places[key].load_facts(key)) is not None}
        missing = {key: side for side, key in keys.items() if side not in known}  # one model on both sides is seen once
        if missing:
            self.watcher.say(words.say("looking", names=words.joined([variants[s].path for s in missing.values()])))
            jobs = {side: InspectJob(Recipe(variants[side]), data, environment) for side in missing.values()}
            answers = self._ask(jobs, {side: variants[side].path for side in jobs})
            found = {key: places[key].save_facts(key, answers[side]) for key, side in missing.items()}
            known |= {side: found[key] for side, key in keys.items() if key in found}
        return known

    def looked(self, recipes: Sequence[Recipe], data: DataSpec, environment: Environment) -> list[Facts | EbdiagError]:
        """The same of hybrids, with the reason in place of the facts of one that cannot run."""
        keys = [_key(recipe, data, environment) for recipe in recipes]
        known: dict[str, Facts | EbdiagError] = {}
        jobs = {}
        for key, recipe in zip(keys, recipes, strict=True):
            stored = self.store.load_facts(key)
            if stored is not None:
                known[key] = stored
            else:
                jobs[key] = InspectJob(recipe, data, environment)
        while jobs:  # a refusal ends those beside it, which are asked again
            tasks = [Task(key, job, self.store.root / "log" / f"{key}.txt") for key, job in jobs.items()]
            for key, outcome in self.executor.map(tasks, lambda name, event: None).items():
                del jobs[key]
                if outcome.status == "broken":
                    raise RuntimeError(outcome.reason)
                known[key] = (
                    self.store.save_facts(key, outcome.value)
                    if outcome.status == "done"
                    else outcome.error or EbdiagError(f"looking at it failed: {outcome.reason}")
                )
        return [known[key] for key in keys]

    def enough_steps(self, recipe: Recipe, facts: Facts, data: DataSpec, environment: Environment) -> int:
        """Steps for all runs of `--steps auto`: 1.25 times what seed 0 of the reference needs to work.

        Raises:
            EbdiagError: It does not work within the limit.
        """
        grid = plan.checkpoints(AUTO_LIMIT)
        for steps in grid:
            [spec] = plan.specs("ref", recipe, facts, data, environment, steps=steps, seeds=[0], probes="default")
            run = self.store.load_run(spec)
            if run is None:
                self.watcher.say(words.say("trying", steps=f"{steps:,}"))
                self._ask({spec.id: RunJob(spec, facts, str(self.store.root))}, {spec.id: recipe.base.path})
                run = self.store.load_run(spec)
            if run is None or run.status != "finished":
                raise EbdiagError(
                    f"the reference does not finish: {run.reason if run else 'its run failed'}", file=recipe.base.path
                )
            if stats.works(run.measures[-1].values, data.bar):
                return next((s for s in grid if s >= AUTO_RESERVE * steps), round(AUTO_RESERVE * steps))
        raise EbdiagError(
            f"the reference does not work within {AUTO_LIMIT:,} steps, so --steps auto finds no answer",
            file=recipe.base.path,
            hint="give a number of steps, or another reference",
        )

    def expected_s(self, todo: list[RunSpec], facts: Mapping[Side, Facts], jobs: int) -> float:
        """Seconds that training `todo` will take about, from the steps that were tried."""
        seconds = 0.0
        for spec in todo:
            folder = self.store.folder(spec.trajectory)
            start = 0 if folder.poorer(spec) else folder.resume_from(spec.steps)
            seconds += (spec.steps - start) * facts[spec.side].step_ms / 1e3
            seconds += sum(step > start for step in spec.checkpoints) * MEASURE_S
        return seconds / max(1, min(jobs, len(todo)))

    def _ask(self, jobs: Mapping[Any, Any], about: Mapping[Any, str]) -> dict[Any, Any]:
        """The answers of some jobs, by name; `about` says which file or data set each is about."""
        logs = {name: self.store.root / "log" / f"{str(name)[:40]}.txt" for name in jobs}
        tasks = [Task(str(name), job, logs[name]) for name, job in jobs.items()]
        outcomes = self.executor.map(tasks, lambda name, event: None)
        refused = refusal(outcomes)
        if refused is not None:
            raise refused
        return {name: _answer(outcomes[str(name)], logs[name], about[name]) for name in jobs}


def _key(recipe: Recipe, data: DataSpec, environment: Environment) -> str:
    """Of the facts of a recipe: its files as they stand, for facts name lines, and what comes from where."""
    files = [[variant.path, variant.files] for variant in recipe.variants]
    return digest([FACTS_VERSION, files, recipe.fingerprint, data.digest, environment.identity])


def _answer(outcome: Outcome, log: Path, about: str) -> Any:
    if outcome.status == "done":
        return outcome.value
    if outcome.status == "broken":
        raise RuntimeError(f"{about}: {outcome.reason}")
    line = next((line.line for line in outcome.stack if line.file == about), None)
    raise VariantError(
        f"looking at it failed: {outcome.reason}", file=about, line=line, hint=f"what it printed is in {log}"
    )

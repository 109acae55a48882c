"""Hybrids → runs: each is looked at once, trained where it is not stored, and measured as every other run is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from . import plan
from .errors import EbdiagError
from .execute import Executor, Outcome, Task
from .jobs import RunJob
from .records import DataSpec, Environment, Facts, Recipe, Run, RunSpec
from .store import Store
from .survey import Survey
from .trace import Trial
from .watch import Watcher


@dataclass(frozen=True)
class LocalBench:
    """The bench of a trace.

    Attributes:
        probes: Which curves to record while training.
        ended: A finished job → its run, however it ended.
    """

    store: Store
    executor: Executor
    watcher: Watcher
    data: DataSpec
    environment: Environment
    probes: str
    ended: Callable[[RunSpec, Outcome], Run]

    def facts(self, recipes: Sequence[Recipe]) -> list[Facts | EbdiagError]:
        """What looking at each shows, or why it cannot run."""
        return Survey(self.store, self.executor, self.watcher).looked(recipes, self.data, self.environment)

    def run(self, trials: Sequence[Trial]) -> list[Run | str]:
        """A run for each, or why it cannot be had.

        Raises:
            RuntimeError: A worker ended with a mistake of ours.
        """
        facts = self.facts([trial.recipe for trial in trials])
        specs = [
            None if isinstance(found, EbdiagError) else self._spec(trial, found)
            for trial, found in zip(trials, facts, strict=True)
        ]
        wanted = [(spec, found) for spec, found in zip(specs, facts, strict=True) if spec is not None]
        stored = {spec.id: run for spec, _ in wanted if (run := self.store.load_run(spec)) is not None}
        todo = list({s.id: (s, f) for s, f in wanted if s.id not in stored and isinstance(f, Facts)}.values())
        outcomes = self._trained(todo)
        runs: list[Run | str] = []
        for spec, found in zip(specs, facts, strict=True):
            if spec is None:
                assert isinstance(found, EbdiagError)
                runs.append(found.render())
                continue
            run = replace(stored[spec.id], spec=spec) if spec.id in stored else self.ended(spec, outcomes[spec.id])
            runs.append(run if run.status in ("finished", "diverged") else run.reason or run.status)
        return runs

    def _spec(self, trial: Trial, facts: Facts) -> RunSpec:
        [spec] = plan.specs(
            trial.side, trial.recipe, facts, self.data, self.environment,
            steps=trial.steps, seeds=[trial.seed], probes=self.probes,
        )  # fmt: skip
        return spec

    def _trained(self, todo: Sequence[tuple[RunSpec, Facts]]) -> dict[str, Outcome]:
        if not todo:
            return {}
        root = str(self.store.root)
        tasks = [Task(s.id, RunJob(s, found, root), self.store.folder(s.trajectory).log) for s, found in todo]
        self.watcher.begin([spec for spec, _ in todo], self._expected_s(todo))
        try:
            return self.executor.map(tasks, self.watcher.event)
        finally:
            self.watcher.end()

    def _expected_s(self, todo: Sequence[tuple[RunSpec, Facts]]) -> float:
        survey = Survey(self.store, self.executor, self.watcher)
        each = [survey.expected_s([spec], {spec.side: facts}, 1) for spec, facts in todo]
        return sum(each) / max(1, min(self.executor.jobs, len(todo)))

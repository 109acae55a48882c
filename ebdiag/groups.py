"""Runs → tasks: one a run, or one a group of seeds that are trained in one go. Never imports torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .execute import OnEvent, Outcome, Task
from .jobs import GroupJob, RunJob
from .records import Facts, RunSpec, Side, digest
from .store import Store


class Groups:
    """What workers are given for some runs, and what their news and outcomes say of each run.

    Attributes:
        tasks: In the order of the runs.
        logged: Id of a run → the trajectory whose log its worker writes.
    """

    def __init__(self, todo: Sequence[RunSpec], facts: Mapping[Side, Facts], store: Store) -> None:
        root = str(store.root)
        together: dict[Side | str, list[RunSpec]] = {}
        for spec in todo:
            together.setdefault(spec.side if spec.environment.together > 1 else spec.id, []).append(spec)
        self.members: dict[str, list[RunSpec]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.tasks: list[Task] = []
        self.logged: dict[str, str] = {}
        for specs in together.values():
            [one, *_] = specs
            log, found = store.folder(one.trajectory).log, facts[one.side]
            self.logged |= {spec.id: one.trajectory for spec in specs}
            if one.environment.together == 1:
                self.tasks.append(Task(one.id, RunJob(one, found, root), log))
            else:
                name = f"group-{digest([spec.id for spec in specs])}"
                self.members[name] = specs
                self.tasks.append(Task(name, GroupJob(tuple(specs), found, root), log))

    def listening(self, hear: OnEvent) -> OnEvent:
        """Passes news of workers on as news of runs."""

        def heard(name: str, event: dict[str, Any]) -> None:
            if name not in self.members:
                hear(name, event)
            elif "run" in event:
                if "answer" in event:
                    self.answers[event["run"]] = event["answer"]
                hear(event["run"], {key: value for key, value in event.items() if key not in ("run", "answer")})
            elif "state" in event:  # of the worker: its start, and an end that not every run has told of itself
                for spec in self.members[name]:
                    if spec.id not in self.answers:
                        hear(spec.id, event)

        return heard

    def outcomes(self, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
        """How each run ended, by its id; one that has answered before its worker was lost has ended well."""
        found = dict(outcomes)
        for name in self.members.keys() & outcomes.keys():
            whole = found.pop(name)
            for spec in self.members[name]:
                answer = self.answers.get(spec.id)
                found[spec.id] = whole if answer is None else replace(whole, status="done", value=answer)
        return found

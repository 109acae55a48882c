"""The sanity ladders of some variants, from the store or climbed by workers beside whatever else they do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from . import kinds, words
from .execute import OnEvent, Outcome, Task
from .jobs import LadderJob
from .records import DataSpec, Environment, Facts, Recipe, Side, Variant, digest
from .shipped import place
from .store import Store
from .watch import Watcher

LADDER_VERSION = 2
"""Raised when the ladder asks for other things; stored ones are then climbed anew."""

Rows = list[dict[str, Any]]


class Ladders:
    """One ladder a variant; two sides that name the same file share one.

    Args:
        store: Answers for files, data and environment that were climbed before; keeps what is found.

    Attributes:
        tasks: What is left for workers to do.
    """

    def __init__(
        self, store: Store, variants: Mapping[Side, Variant], data: DataSpec, environment: Environment
    ) -> None:
        self.keys = {
            side: digest([LADDER_VERSION, v.path, v.files, data.digest, environment.identity])
            for side, v in variants.items()
        }
        self.places = {self.keys[side]: place(variant, store) for side, variant in variants.items()}
        self.found = {key: rows for key, kept in self.places.items() if (rows := kept.load_ladder(key)) is not None}
        jobs = {key: LadderJob(Recipe(variants[side]), data, environment) for side, key in self.keys.items()}
        self.tasks = [
            Task(f"ladder-{key}", job, store.root / "log" / f"ladder-{key}.txt")
            for key, job in jobs.items()
            if key not in self.found
        ]

    def listening(self, watcher: Watcher) -> OnEvent:
        """Takes the news of the ladders for itself, tells the watcher who is sick, and passes on all other news."""
        names = {task.name for task in self.tasks}

        def hear(name: str, event: dict[str, Any]) -> None:
            if name not in names:
                watcher.event(name, event)
            elif "ladder" in event:
                key = name.removeprefix("ladder-")
                self.found[key] = event["ladder"]
                self.places[key].save_ladder(key, event["ladder"])
                for side in (side for side, own in self.keys.items() if own == key):
                    failed = [row["net"] for row in event["ladder"] if row["passed"] is False]
                    if failed:
                        watcher.say(words.ladder_summary(side, failed))

        return hear

    def ended(self, outcomes: Mapping[str, Outcome]) -> None:
        """A ladder whose worker did not come back says why, row by row; the next comparison tries again."""
        for task in self.tasks:
            nets = kinds.of(task.job.recipe.base.kind).nets
            self.found.setdefault(task.name.removeprefix("ladder-"), _untried(outcomes[task.name], nets))

    def facts(self, facts: Mapping[Side, Facts]) -> dict[Side, Facts]:
        """The facts with those ladders that are known by now."""
        return {side: replace(own, ladder=self.found.get(self.keys[side], [])) for side, own in facts.items()}


def _untried(outcome: Outcome, nets: Collection[str]) -> Rows:
    """Rows of a ladder whose worker did not come back."""
    cause = str(outcome.error or outcome.reason or outcome.status).strip().splitlines()[-1]
    with words.speaking(words.ENGLISH):  # they are kept in result.json
        return [
            {
                "rung": slug, "net": slug.split("-")[0], "value": None, "unit": rung.unit, "threshold": None,
                "passed": None, "reason": words.ladder_raised(cause, None), "start": None, "updates": 0, "details": {},
                "part": None,
            }
            for slug, rung in words.LADDER.items()
            if slug.split("-")[0] in nets
        ]  # fmt: skip

"""Runs while they train, as rows of text: what a live table shows, on a terminal and in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import words
from .kinds import Kind, of
from .records import RunSpec

SHARES = ("pushed_away",)
"""Numbers that are shown in percent."""

ENDS = ("run", "progress", "step"), ("speed", "left")
"""Columns before and after those that only one kind has."""


def kind_of(spec: RunSpec) -> Kind:
    """What a run trains."""
    return of(spec.recipe.base.kind)


@dataclass(frozen=True)
class Cells:
    """A row, as text; empty where there is nothing to say yet.

    Attributes:
        share: How much of the run is done, 0 to 1.
        measured: What its kind shows of a run, in the order of `Kind.watched`.
    """

    run: str
    share: float
    step: str
    measured: tuple[str, ...]
    speed: str
    left: str


class Row:
    """One run: its state, and what it told last."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        self.state = "waiting"
        self.event: dict[str, Any] = {}

    def hear(self, event: dict[str, Any]) -> None:
        """Take note of news, as a `Watcher` is told them."""
        if event.get("state") == "started":
            self.state = "running"
        elif event.get("state") == "ended":
            self.state = event["status"]
        else:
            self.event = event

    def stop(self) -> None:
        """Nothing more will come."""
        if self.state in ("waiting", "running"):
            self.state = "stopped"

    def cells(self) -> Cells:
        """What there is to show."""
        event, state = self.event, words.STATES[self.state]
        step, steps = event.get("step", 0), event.get("steps", self.spec.steps)
        speed = event.get("steps_per_s")

        def shown(name: str) -> str:
            value = event.get(name)
            return "" if value is None else f"{value:.0%}" if name in SHARES else words.number(value)

        running = self.state == "running"
        return Cells(
            run=f"{self.spec.side:<4} {self.spec.seed}",
            share=1.0 if self.state == "done" else step / steps if steps else 0.0,
            step=f"{step:,}" if event else state,
            measured=tuple(map(shown, kind_of(self.spec).watched)),
            speed=f"{speed:.0f}" if speed else "",
            left=state if not running else words.duration((steps - step) / speed) if speed else "",
        )

"""How a sweep looks while it runs: one bar on a terminal, a line a run elsewhere; and what it says when it is done."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from . import words
from .safe import harmless, printable
from .sweeps.rows import Row
from .sweeps.run import Told
from .terminal import Terminal


def told_for() -> Told:
    """What suits stderr."""
    console = Terminal(stderr=True)
    return Bar(console) if console.is_terminal else Lines()


class _Counted:
    """How far a sweep is."""

    def __init__(self) -> None:
        self.runs = self.judged = self.works = 0
        self.shares: dict[str, float] = {}

    def hear(self, label: str, event: dict[str, Any]) -> None:
        """Take note of how far a run is."""
        if event.get("state") == "ended":
            self.shares[label] = 1.0
        elif event.get("steps"):
            self.shares[label] = event.get("step", 0) / event["steps"]

    def add(self, rows: Sequence[Row]) -> str:
        """Take note of runs that are judged; returns what there is to say."""
        self.judged += len(rows)
        self.works += sum(row.works for row in rows)
        self.shares.clear()
        done, runs = words.count(self.judged), words.count(self.runs)
        return words.SWEEP["judged"].format(done=done, runs=runs, works=words.count(self.works))


class Lines:
    """One line for each thing worth knowing; no colours, no cursor movement."""

    def __init__(self) -> None:
        self.counted = _Counted()

    def say(self, text: str) -> None:
        """Print a sentence."""
        print(harmless(printable(text)), file=sys.stderr, flush=True)

    def begin(self, runs: int) -> None:
        """Announce the runs."""
        self.counted.runs = runs
        self.say(words.SWEEP["running"].format(runs=words.count(runs)))

    def event(self, label: str, event: dict[str, Any]) -> None:
        """Print ends."""
        if event.get("state") == "ended":
            self.say(words.SWEEP["run ended"].format(label=label, state=words.STATES[event["status"]]))

    def done(self, rows: Sequence[Row]) -> None:
        """Print how far it is."""
        self.say(self.counted.add(rows))

    def end(self) -> None:
        """Nothing to close."""


class Bar:
    """One bar over all runs, redrawn in place."""

    def __init__(self, console: Terminal) -> None:
        self.console, self.counted = console, _Counted()
        self.progress: Progress | None = None
        self.task = TaskID(0)

    def say(self, text: str) -> None:
        """Print a sentence above the bar."""
        self.console.sentence(text, "dim")

    def begin(self, runs: int) -> None:
        """Open the bar."""
        self.counted.runs = runs
        self.progress = Progress(
            BarColumn(bar_width=None), TextColumn("{task.description}", markup=False), TimeElapsedColumn(),
            TimeRemainingColumn(elapsed_when_finished=True), console=self.console, expand=True,
        )  # fmt: skip
        self.task = self.progress.add_task(words.SWEEP["running"].format(runs=words.count(runs)), total=runs)
        self.progress.start()

    def event(self, label: str, event: dict[str, Any]) -> None:
        """Move the bar with the steps of those that run."""
        self.counted.hear(label, event)
        if self.progress is not None:
            moved = self.counted.judged + sum(self.counted.shares.values())
            self.progress.update(self.task, completed=min(moved, self.counted.runs))

    def done(self, rows: Sequence[Row]) -> None:
        """Say how far it is."""
        said = self.counted.add(rows)
        if self.progress is not None:
            self.progress.update(self.task, completed=self.counted.judged, description=said)

    def end(self) -> None:
        """Leave the bar standing."""
        if self.progress is not None:
            self.progress.stop()
            self.progress = None


def summary(said: Sequence[str], files: Sequence[Path]) -> None:
    """What a sweep shows, on stdout, and where its report is."""
    console = Terminal()
    for sentence in said:
        console.sentence(sentence)
    console.print()
    for file in files:
        console.sentence(str(file), soft_wrap=True)

"""How a comparison looks while it runs and when it is done: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from . import lines
from .metrics import METRICS
from .records import RunSpec
from .result import MetricResult, Result
from .watch import Watcher
from .words import delay, duration, number

WIDE = 90
"""Columns from which a table shows all it has."""

PLAIN_EVERY = 0.25
"""Without a terminal a run speaks at each quarter of its steps."""


@dataclass
class _Row:
    spec: RunSpec
    state: str = "waiting"
    event: dict[str, Any] | None = None


def watcher_for() -> Watcher:
    """What suits stderr: a live table on a terminal, plain lines in a pipe or a log."""
    console = Console(stderr=True)
    return LiveTable(console) if console.is_terminal else PlainLines()


class PlainLines:
    """One line for each thing worth knowing; no colours, no cursor movement."""

    def __init__(self) -> None:
        self.rows: dict[str, _Row] = {}
        self.spoken: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Print a sentence."""
        print(text, file=sys.stderr, flush=True)

    def begin(self, specs: Sequence[RunSpec], expected_s: float) -> None:
        """Announce the runs."""
        self.rows = {spec.id: _Row(spec) for spec in specs}
        self.say(f"{len(specs)} runs to train, about {duration(expected_s)}")

    def event(self, name: str, event: dict[str, Any]) -> None:
        """Print starts, ends and quarters."""
        row = self.rows[name]
        what = f"{row.spec.side} seed {row.spec.seed}"
        if event.get("state") == "started":
            self.say(f"{what}: started")
        elif event.get("state") == "ended":
            self.say(f"{what}: {'done' if event['status'] == 'done' else event['status']}")
        elif "step" in event:
            quarter = int(event["step"] / event["steps"] / PLAIN_EVERY)
            if quarter > self.spoken.get(name, 0):
                self.spoken[name] = quarter
                self.say(f"{what}: step {event['step']:,} of {event['steps']:,}, {event['steps_per_s']:.0f} steps/s")

    def end(self) -> None:
        """Nothing to close."""


class LiveTable:
    """A row a run, redrawn in place."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.rows: dict[str, _Row] = {}
        self.live: Live | None = None
        self.began = 0.0

    def say(self, text: str) -> None:
        """Print a sentence above the table."""
        self.console.print(Text(text, style="dim"))

    def begin(self, specs: Sequence[RunSpec], expected_s: float) -> None:
        """Announce the runs and open the table."""
        self.rows = {spec.id: _Row(spec) for spec in specs}
        self.say(f"{len(specs)} runs to train, about {duration(expected_s)}")
        self.live = Live(console=self.console, refresh_per_second=4, get_renderable=self._table)
        self.live.start()

    def event(self, name: str, event: dict[str, Any]) -> None:
        """Take note; the table is redrawn at its own pace."""
        row = self.rows[name]
        if "state" in event:
            ended = event["state"] == "ended"
            row.state = ("done" if event["status"] == "done" else event["status"]) if ended else "running"
        else:
            row.event = event

    def end(self) -> None:
        """Leave the final table standing."""
        if self.live is not None:
            self.live.stop()
            self.live = None

    def _table(self) -> Table:
        narrow = self.console.width < WIDE
        table = Table(box=None, pad_edge=False, expand=False, header_style="dim")
        table.add_column("run", no_wrap=True)
        table.add_column("progress", no_wrap=True)
        table.add_column("step", justify="right", no_wrap=True)
        if not narrow:
            table.add_column("E real", justify="right", no_wrap=True)
            table.add_column("E fake", justify="right", no_wrap=True)
            table.add_column("pushed away", justify="right", no_wrap=True)
        table.add_column("steps/s", justify="right", no_wrap=True)
        table.add_column("left", justify="right", no_wrap=True)
        for row in self.rows.values():
            table.add_row(*self._cells(row, narrow))
        return table

    def _cells(self, row: _Row, narrow: bool) -> list[Text | str]:
        event = row.event or {}
        step, steps = event.get("step", 0), event.get("steps", row.spec.steps)
        share = 1.0 if row.state == "done" else step / steps if steps else 0.0
        width = 12 if narrow else 24
        filled = round(share * width)
        colour = "blue" if row.spec.side == "ref" else "dark_orange"
        bar = Text("━" * filled, style=colour) + Text("─" * (width - filled), style="dim")
        speed = event.get("steps_per_s")
        left = "" if not speed or row.state != "running" else duration((steps - step) / speed)

        def shown(name: str) -> str:
            return "" if event.get(name) is None else number(event[name])

        pushed = "" if event.get("hinge_active") is None else f"{event['hinge_active']:.0%}"
        middle: list[Text | str] = [] if narrow else [shown("energy_real"), shown("energy_fake"), pushed]
        return [
            Text(f"{row.spec.side:<4} {row.spec.seed}", style=colour),
            bar,
            f"{step:,}" if row.event else row.state,
            *middle,
            f"{speed:.0f}" if speed else "",
            left if row.state == "running" else row.state,
        ]


def summary(result: Result, folder: Path) -> None:
    """Verdict, metrics and paths on stdout, within the window's width."""
    console = Console(highlight=False)
    badge = result.verdict.status.replace("_", " ")
    style = {"mine_fails": "bold red", "mine_worse": "bold red", "run_failed": "bold red",
             "same": "bold green", "mine_better": "bold green"}.get(result.verdict.status, "bold yellow")  # fmt: skip
    console.print()
    console.print(Text(badge, style=style))
    console.print(Text(result.verdict.summary))
    for sentence in result.verdict.why:
        console.print(Text(f"  {sentence}"))
    if result.verdict.delay_factor is not None:
        console.print(Text(f"  {delay(result.verdict.delay_factor, result.budget.steps)}"))
    console.print()
    told = [finding for finding in result.findings if finding.severity != "note" and finding.caused_by is None]
    for finding in told:
        path = result.variants[finding.variant].path if finding.variant else ""
        console.print(
            Text(lines.headline(finding, path), style=SEVERITY_STYLES.get(finding.severity, "")), soft_wrap=True
        )
    if told:
        console.print()
    console.print(_metrics(result, console.width))
    console.print()
    console.print(Text(f"report  {folder / 'report.html'}"), soft_wrap=True)
    console.print(Text(f"        {folder / 'report.md'}"), soft_wrap=True)
    console.print(Text(f"data    {folder / 'result.json'}"), soft_wrap=True)


def _metrics(result: Result, width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", min_width=16)
    table.add_column("ref", justify="right", no_wrap=True, style="blue")
    table.add_column("mine", justify="right", no_wrap=True, style="dark_orange")
    table.add_column("difference", justify="right", no_wrap=True)
    if width >= WIDE:
        table.add_column("usual spread", justify="right", no_wrap=True)
    for metric in METRICS:
        row = result.metrics.get(metric.key)
        if row is None or (not row.decides and metric.key not in SHOWN):
            continue
        cells = [metric.title, _mean(row.ref, row.scale), _mean(row.mine, row.scale), _difference(row)]
        if width >= WIDE:
            floor = row.noise_floor
            spread = "" if floor is None else f"× {number(math.exp(floor.value))}" if row.scale == "log" else (
                f"± {number(floor.value)}")  # fmt: skip
            cells.append(spread)
        table.add_row(*cells)
    return table


SEVERITY_STYLES = {"error": "red", "warning": "yellow"}

SHOWN = ("precision", "recall", "reconstruction_error", "energy_ratio_noise", "pixel_spread")
"""Metrics that the terminal shows beside those that decide; the report has all."""


def _mean(values: Sequence[float | None], scale: str) -> str:
    """The mean over seeds; the geometric one where ratios are compared, as in the report."""
    known = [v for v in values if v is not None]
    if not known:
        return number(None)
    if scale == "log" and min(known) > 0:
        return number(math.exp(math.fsum(map(math.log, known)) / len(known)))
    return number(math.fsum(known) / len(known))


def _difference(row: MetricResult) -> str:
    if row.delta is None:
        return ""
    sign = "× " if row.scale == "log" else ""
    low, high = row.delta.low, row.delta.high
    interval = f" [{number(low)}, {number(high)}]" if low is not None and high is not None else ""
    return f"{sign}{number(row.delta.mean)}{interval}"


def plan_table(specs: Sequence[RunSpec], stored: set[str], expected_s: float) -> None:
    """`--dry-run` on stdout: what would be trained, what is stored, how long it takes."""
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("run", "steps", "state", "id"):
        table.add_column(name, no_wrap=True)
    for spec in specs:
        state = "stored" if spec.id in stored else "to restore" if spec.restore else "to train"
        table.add_row(f"{spec.side} {spec.seed}", f"{spec.steps:,}", state, spec.id)
    console.print(table)
    missing = sum(spec.id not in stored for spec in specs)
    console.print(f"{missing} of {len(specs)} runs to do, about {duration(expected_s)}")

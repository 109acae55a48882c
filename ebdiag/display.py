"""How a comparison looks while it runs and when it is done: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.live import Live
from rich.table import Table
from rich.text import Text

from . import lines, stats, tables, verdicts, words
from .cards import Node, arranged
from .glance import SHOWN
from .notebook import NotebookProgress, in_notebook
from .page import reasons
from .progress import ENDS, Row, kind_of
from .records import RunSpec
from .result import MetricResult, Result
from .safe import harmless, printable
from .terminal import Terminal
from .traces import Swap
from .watch import Watcher
from .words import number

WIDE = 90
"""Columns from which a table shows all it has."""

LEFT = ("run", "progress")
"""Columns of the table of runs that stand at the left."""

PLAIN_EVERY = 0.25
"""Without a terminal a run speaks at each quarter of its steps."""


def watcher_for() -> Watcher:
    """What suits: an output that is redrawn in a notebook; else on stderr, a live table or plain lines in a pipe."""
    if in_notebook():
        return NotebookProgress()
    console = Terminal(stderr=True)
    return LiveTable(console) if console.is_terminal else PlainLines()


class PlainLines:
    """One line for each thing worth knowing; no colours, no cursor movement."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.spoken: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Print a sentence."""
        print(harmless(printable(text)), file=sys.stderr, flush=True)

    def begin(self, specs: Sequence[RunSpec], expected_s: float) -> None:
        """Announce the runs."""
        self.rows = {spec.id: Row(spec) for spec in specs}
        self.say(words.announced(len(specs), expected_s))

    def event(self, name: str, event: dict[str, Any]) -> None:
        """Print starts, ends and quarters."""
        row = self.rows[name]
        row.hear(event)
        who = {"side": row.spec.side, "seed": row.spec.seed}
        if event.get("state") == "started":
            self.say(words.say("run started", **who))
        elif event.get("state") == "ended":
            self.say(words.say("run", **who, state=words.STATES[row.state]))
        elif "step" in event:
            quarter = int(event["step"] / event["steps"] / PLAIN_EVERY)
            if quarter > self.spoken.get(name, 0):
                self.spoken[name] = quarter
                self.say(
                    words.run_at(row.spec.side, row.spec.seed, event["step"], event["steps"], event["steps_per_s"])
                )

    def end(self) -> None:
        """Nothing to close."""


class LiveTable:
    """A row a run, redrawn in place."""

    def __init__(self, console: Terminal) -> None:
        self.console = console
        self.rows: dict[str, Row] = {}
        self.live: Live | None = None
        self.language = words.language()

    def say(self, text: str) -> None:
        """Print a sentence above the table."""
        self.console.sentence(text, "dim")

    def begin(self, specs: Sequence[RunSpec], expected_s: float) -> None:
        """Announce the runs and open the table."""
        self.rows = {spec.id: Row(spec) for spec in specs}
        self.language = words.language()
        self.say(words.announced(len(specs), expected_s))
        self.live = Live(console=self.console, refresh_per_second=4, get_renderable=self._drawn)
        self.live.start()

    def event(self, name: str, event: dict[str, Any]) -> None:
        """Take note; the table is redrawn at its own pace."""
        self.rows[name].hear(event)

    def end(self) -> None:
        """Leave the final table standing."""
        for row in self.rows.values():
            row.stop()
        if self.live is not None:
            self.live.stop()
            self.live = None

    def _drawn(self) -> Table:
        """The table as of now; drawn in a thread of its own, which speaks English unless it is told."""
        with words.speaking(self.language):
            return self._table()

    def _table(self) -> Table:
        narrow = self.console.width < WIDE
        table = Table(box=None, pad_edge=False, expand=False, header_style="dim")
        rows = list(self.rows.values())
        watched = kind_of(rows[0].spec).watched if rows and not narrow else ()  # only a wide terminal shows these
        for name in (*ENDS[0], *watched, *ENDS[1]):
            table.add_column(words.PROGRESS[name], no_wrap=True, justify="left" if name in LEFT else "right")
        for row in rows:
            shown = row.cells()
            colour = "blue" if row.spec.side == "ref" else "dark_orange"
            middle = shown.measured if watched else ()
            bar = _bar(shown.share, 12 if narrow else 24, colour)
            table.add_row(Text(shown.run, style=colour), bar, shown.step, *middle, shown.speed, shown.left)
        return table


def _bar(share: float, width: int, colour: str) -> Text:
    filled = round(share * width)
    return Text("━" * filled, style=colour) + Text("─" * (width - filled), style="dim")


def summary(result: Result, folder: Path) -> None:
    """Verdict, metrics and paths on stdout, within the window's width."""
    console = Terminal()
    _verdict(result, console)
    console.print()
    labels = [words.TERMINAL["report"], "", words.TERMINAL["data"]]
    width = max(map(cell_len, labels))
    for label, name in zip(labels, ("report.html", "report.md", "result.json"), strict=True):
        console.sentence(f"{set_cell_size(label, width)}  {folder / name}", soft_wrap=True)


TEXT_WIDTH = 80
"""Columns of a result as plain text."""


def text(result: Result) -> str:
    """Verdict and metrics as plain text."""
    buffer = io.StringIO()
    _verdict(result, Terminal(file=buffer, width=TEXT_WIDTH, color_system=None, force_jupyter=False))
    return "\n".join(line.rstrip() for line in buffer.getvalue().strip("\n").splitlines())


TONES = {"bad": "bold red", "good": "bold green"}
"""Tone of a badge → style; others are yellow."""


def _verdict(result: Result, console: Terminal) -> None:
    badge = words.BADGES[result.verdict.status]
    console.print()
    console.sentence(badge.words, TONES.get(badge.tone, "bold yellow"))
    console.sentence(verdicts.summary(result))
    for sentence in reasons(result):
        console.sentence(f"  {sentence}")
    console.print()
    told = [finding for finding in result.findings if finding.severity != "note"]
    for node in arranged(told):
        _finding(node, result, console)
    if told:
        console.print()
    console.print(_metrics(result, console.width))


def _metrics(result: Result, width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", min_width=16)
    table.add_column("ref", justify="right", no_wrap=True, style="blue")
    table.add_column("mine", justify="right", no_wrap=True, style="dark_orange")
    table.add_column(words.PAGE["difference"], justify="right", no_wrap=True)
    if width >= WIDE:
        table.add_column(words.TERMINAL["spread"], justify="right", no_wrap=True)
    for key, row in tables.ordered(result).items():
        if not row.decides and key not in SHOWN:
            continue
        cells = [
            tables.metric_row(key, row).title,
            _mean(row.ref, row.scale),
            _mean(row.mine, row.scale),
            _difference(row),
        ]
        if width >= WIDE:
            floor = row.noise_floor
            spread = "" if floor is None else f"× {number(math.exp(floor.value))}" if row.scale == "log" else (
                f"± {number(floor.value)}")  # fmt: skip
            cells.append(spread)
        table.add_row(*cells)
    return table


def _finding(node: Node, result: Result, console: Terminal, depth: int = 0) -> None:
    """A finding in one line, and below it, indented, what it explains."""
    line = "  " * depth + lines.headline(node.finding, result.variants)
    console.sentence(line, SEVERITY_STYLES.get(node.finding.severity, ""), soft_wrap=True)
    for below in node.below:
        _finding(below, result, console, depth + 1)


SEVERITY_STYLES = {"error": "red", "warning": "yellow"}


def _mean(values: Sequence[float | None], scale: str) -> str:
    """The mean over seeds, as in the report."""
    return number(stats.mean(values, scale))


def _difference(row: MetricResult) -> str:
    if row.delta is None:
        return ""
    sign = "× " if row.scale == "log" else ""
    low, high = row.delta.low, row.delta.high
    interval = f" [{number(low)}, {number(high)}]" if low is not None and high is not None else ""
    return f"{sign}{number(row.delta.mean)}{interval}"


def swap_table(swap: Swap) -> None:
    """What became of each hybrid of a swap, and what that says, on stdout."""
    console = Terminal()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("exchanged", "seeds", "outcome"):
        table.add_column(words.PAGE[name])
    table.add_column("FID", justify="right")
    for hybrid in swap.hybrids:
        sign = "+" if hybrid.from_ == "ref" else "−"
        outcome = words.OUTCOMES[hybrid.outcome].words
        table.add_row(f"{hybrid.from_} {sign} {swap.part}", str(hybrid.seed), outcome, number(hybrid.fid))
    if swap.hybrids:
        console.print(table)
    for sentence in [words.SWAPS[swap.status], *([swap.why] if swap.why else []), *swap.skipped]:
        console.sentence(sentence)


def plan_table(specs: Sequence[RunSpec], stored: set[str], expected_s: float) -> None:
    """`--dry-run` on stdout: what would be trained, what is stored, how long it takes."""
    console = Terminal()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in (words.PROGRESS["run"], words.PAGE["steps"], words.TERMINAL["state"], words.TERMINAL["id"]):
        table.add_column(name, no_wrap=True)
    for spec in specs:
        state = "stored" if spec.id in stored else "to restore" if spec.restore else "to train"
        table.add_row(f"{spec.side} {spec.seed}", f"{spec.steps:,}", words.TERMINAL[state], spec.id)
    console.print(table)
    missing = sum(spec.id not in stored for spec in specs)
    console.sentence(words.to_do(missing, len(specs), expected_s))

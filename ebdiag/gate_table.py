"""How a judgement looks on a terminal. Apart from `display`, which takes longer to import than judging takes."""

from __future__ import annotations

import io

from rich.table import Table
from rich.text import Text

from .gate import Gate
from .safe import printable
from .terminal import Terminal
from .weigh import NAMES, SIGNS, TITLES
from .words import number

STYLES = {"passed": "green", "missed": "red", "cannot_tell": "yellow", "run_failed": "red"}


TEXT_WIDTH = 100
"""Columns of a judgement as plain text."""


def show(gate: Gate, *, stderr: bool = False) -> None:
    """What became of each bar, and the metrics that they are about."""
    console = Terminal(stderr=stderr)
    console.print()
    _draw(gate, console)


def text(gate: Gate) -> str:
    """The same as plain text."""
    buffer = io.StringIO()
    _draw(gate, Terminal(file=buffer, width=TEXT_WIDTH, color_system=None, force_jupyter=False))
    return "\n".join(line.rstrip() for line in buffer.getvalue().strip("\n").splitlines())


def _draw(gate: Gate, console: Terminal) -> None:
    console.print(Text(TITLES[gate.status], style=f"bold {STYLES[gate.status]}"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column(Text(f"bar ({printable(gate.bars)})"), overflow="fold")
    table.add_column("measured", overflow="fold")
    for row in gate.rows:
        mark = Text(f"{SIGNS[row.status]} {NAMES[row.status]}", style=STYLES[row.status])
        table.add_row(mark, Text(printable(row.bar)), Text(printable(row.reason)))
    console.print(table)
    if gate.last is None or not gate.table:
        return
    compared = Table(box=None, pad_edge=False, header_style="dim")
    compared.add_column("")
    for name in ("ref", "last", "now"):
        compared.add_column(name, justify="right")
    for one in gate.table:
        compared.add_row(one.metric, number(one.ref), number(one.last), number(one.now))
    console.print()
    console.print(compared)

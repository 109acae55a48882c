"""Runs of the store as tables on stdout."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from rich.cells import cell_len
from rich.table import Table

from . import words
from .index import METRICS, Entry
from .runs import Pruned, differing
from .terminal import Terminal
from .words import number

SHOWN = ("file", "seed", "dataset", "steps", "status", "works", "fid", "coverage")
"""Columns of the list between id and age."""

RIGHT = ("seed", "steps", "fid", "coverage", "age")

ID_SHOWN = 10
"""Characters of an id; `show` and `compare` take any beginning of one."""

MARKS = {True: "✓", False: "✗", None: ""}
AGES: tuple[tuple[str, float], ...] = (("s", 60), ("min", 60), ("h", 24), ("d", math.inf))
"""Units, and how many of one are the next."""


def listed(entries: Sequence[Entry], sort: str, limit: int | None) -> None:
    """A row a run; a number that it is sorted by has a column."""
    console = Terminal()
    by = sort.removeprefix("-")
    shown = [*SHOWN, *([by] if by not in (*SHOWN, "ended", "id") else []), "age"]
    now = time.time()
    rows = [{name: _cell(name, entry, now) for name in ("id", *shown)} for entry in entries]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", *shown):
        width = None if name == "file" else max(map(cell_len, (name, *(row[name] for row in rows))))
        table.add_column(name, no_wrap=True, min_width=width, justify="right" if name in RIGHT else "left")
    for row in rows:
        table.add_row(*row.values())
    if entries:
        console.print(table)
    full = limit is not None and len(entries) == limit
    console.sentence(words.RUNS["listed full" if full else "listed"].format(runs=words.plural(len(entries), "run")))


def shown_alone(entry: Entry) -> None:
    """Everything that is known of one run."""
    console = Terminal()
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in (*entry.values.items(), *entry.config.items()):
        if value is not None:
            table.add_row(name, said(name, value))
    console.print(table)


def compared(entries: Sequence[Entry]) -> None:
    """Side by side what runs differ in."""
    console = Terminal()
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for entry in entries:
        table.add_column(entry.id, justify="right", overflow="fold")
    for name, values in differing(entries):
        table.add_row(name, *(said(name, value) for value in values))
    console.print(table)


def pruned(done: Pruned, *, dry_run: bool) -> None:
    """What was removed, and what was not."""
    console = Terminal()
    for entry in done.removed:
        line = f"{entry.id}  {entry.get('file') or words.MISSING}  {said('bytes', entry.get('bytes'))}"
        console.sentence(line, soft_wrap=True)
    told = words.RUNS["would remove"] if dry_run else words.RUNS["removed"]
    console.sentence(told.format(runs=words.plural(len(done.removed), "run"), size=said("bytes", done.freed)))
    if done.kept:
        console.sentence(words.RUNS["kept"].format(runs=words.plural(len(done.kept), "run")))


def said(name: str, value: Any) -> str:
    """A value of a run as text."""
    if value is None:
        return ""
    if name == "bytes":
        return f"{value / 2**20:,.1f} MiB"
    if name == "ended":
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(value))
    if name == "wall_s":
        return words.duration(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value) if isinstance(value, float) or name in METRICS else str(value)


def _cell(name: str, entry: Entry, now: float) -> str:
    """What the list shows of a run under a name."""
    value = entry.get(name)
    if name == "age":
        return _age(entry, now)
    if name == "id":
        return entry.id[:ID_SHOWN]
    if name == "works":
        return MARKS[value]
    return PurePath(value).name if name == "file" and value else said(name, value)


def _age(entry: Entry, now: float) -> str:
    """In the largest unit of which it is one or more."""
    age = max(0.0, now - (entry.get("ended") or now))
    unit, many = AGES[0]
    for larger, more in AGES[1:]:
        if age < many:
            break
        age, unit, many = age / many, larger, more
    return words.RUNS[f"age {unit}"].format(count=int(age))

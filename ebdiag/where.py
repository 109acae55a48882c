"""What is asked of the index → SQL with places for values. Its names are the index's own, never a person's text."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import EbdiagError, did_you_mean
from .index import COLUMNS, METRICS

TEXT = re.compile(r"\s*([A-Za-z_]\w*)\s*(<=|>=|!=|<|>|=)\s*(.+?)\s*", re.DOTALL)
AGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*")
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

NAMES = (*(name for name in COLUMNS if name != "config"), *METRICS)
"""What has a column of its own; every other name is a field of Config."""

NUMBERS = (*(name for name, kind in COLUMNS.items() if kind in ("INTEGER", "REAL")), *METRICS)

DOCS = "docs/store.md"


@dataclass(frozen=True)
class Asked:
    """Which runs, in which order, and how many.

    Attributes:
        file: A part of the name of the model file.
        older_s, newer_s: Age in seconds since the run was last touched.
        conditions: `fid<200`, `margin = 1`, `status != 'diverged'`; all must hold.
        sort: A name; with `-` before it the highest first.
    """

    file: str | None = None
    kind: str | None = None
    status: str | None = None
    seed: int | None = None
    steps: int | None = None
    dataset: str | None = None
    works: bool | None = None
    older_s: float | None = None
    newer_s: float | None = None
    conditions: Sequence[str] = ()
    sort: str = "-ended"
    limit: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything but order and number is asked for."""
        return Asked(sort=self.sort, limit=self.limit) != self


def age(text: str) -> float:
    """Seconds of `90m`, `12h`, `30d`.

    Raises:
        EbdiagError: It is something else.
    """
    found = AGE.fullmatch(text)
    if found is None:
        raise EbdiagError("is no age", file=text, expected="a number with s, m, h, d or w, such as 30d", docs=DOCS)
    return float(found[1]) * SECONDS[found[2]]


def sql(asked: Asked, known: Callable[[str], Sequence[str]], now: float | None = None) -> tuple[str, list[Any]]:
    """What follows `FROM runs`, and the values of its places.

    Args:
        known: A name that is no column → no names where runs have such a field of Config, else the names they have.

    Raises:
        EbdiagError: A condition that is none, or a name that nothing has.
    """
    parts: list[str] = []
    values: list[Any] = []
    for name in ("kind", "status", "seed", "steps", "dataset", "works"):
        value = getattr(asked, name)
        if value is not None:
            parts.append(f'"{name}" = ?')
            values.append(value)
    if asked.file is not None:
        parts.append("instr(file, ?) > 0")
        values.append(asked.file)
    now = time.time() if now is None else now
    for seconds, sign in ((asked.older_s, "<"), (asked.newer_s, ">")):
        if seconds is not None:
            parts.append(f"ended {sign} ?")
            values.append(now - seconds)
    for text in asked.conditions:
        found = TEXT.fullmatch(text)
        if found is None:
            raise EbdiagError("is no condition", file=text, expected="NAME<VALUE, such as fid<200", docs=DOCS)
        place, own = _place(found[1], known)
        value = _value(found[3], text)
        if isinstance(value, str) and (found[1] in NUMBERS or found[2] not in ("=", "!=")):
            raise EbdiagError("compares a number with a text", file=text, expected="a number", got=value, docs=DOCS)
        parts.append(f"{place} {found[2]} ?")
        values += [*own, value]
    order, own = _place(asked.sort.removeprefix("-"), known)
    condition = f"WHERE {' AND '.join(parts)} " if parts else ""
    condition += f"ORDER BY {order} IS NULL, {order} {'DESC' if asked.sort.startswith('-') else 'ASC'}, id"
    values += own * 2
    if asked.limit is not None:
        condition += " LIMIT ?"
        values.append(asked.limit)
    return condition, values


def _place(name: str, known: Callable[[str], Sequence[str]]) -> tuple[str, list[Any]]:
    """How SQL calls a name, and the values in that."""
    if name in NAMES:
        return f'"{name}"', []
    others = known(name) if name.isidentifier() else [*NAMES]
    if others:
        raise EbdiagError(f"no run has '{name}'. {did_you_mean(name, [*NAMES, *others])}", docs=DOCS)
    return "json_extract(config, ?)", [f"$.{json.dumps(name)}"]


def _value(text: str, condition: str) -> bool | int | float | str:
    """A number, true, false, or a text with or without quotes."""
    if text in ("true", "false"):
        return text == "true"
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    if isinstance(value, bool | float | str) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    raise EbdiagError("compares with what is no value", file=condition, expected="a number or a text", got=text)

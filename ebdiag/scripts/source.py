"""A script or notebook as Python text: cells joined, magics and shell lines taken out, Python 2 read as Python 3."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import syntax
from ..errors import VariantError
from ..records import CELL

LARGEST = 1_000_000
"""Characters of source beyond which a file is no program that a person wrote: its tree alone takes a gigabyte."""

LARGEST_FILE = 100_000_000
"""Bytes of a notebook with its pictures."""

DEEPEST = 80
"""Levels of brackets or blocks beyond which Python's own parser gives up or takes minutes."""

DOCS = "docs/scripts.md"

_SHELL = re.compile(r"^\s*(?:[!%]|\?\w|(?:pip3?|conda|apt-get)\s+install\b)")
_ASSIGNED_SHELL = re.compile(r"^(\s*)([A-Za-z_]\w*)\s*=\s*[!%]")
_PRINT = re.compile(r"^(\s*)print(?:\s+(?![=.)\[])|\s*$)")
_RAISE = re.compile(r"^(\s*)raise\s+(\w[\w.]*)\s*,\s*(.+)$")
_EXCEPT = re.compile(r"^(\s*except\s+[\w.()]+(?:\s*,\s*[\w.]+\s*\))?)\s*,\s*(\w+)\s*:")


@dataclass(frozen=True)
class LeftOut:
    """A line of the script that is not taken over, and why."""

    line: int
    what: str
    why: str


@dataclass(frozen=True)
class Source:
    """Python text of a script, row for row as the file has it.

    Attributes:
        path: As the person named it.
        text: Python 3 that parses; what was taken out left its row behind.
        rows: Number of each row of `text` as a `Line` counts it (cells count by `CELL`).
        left_out: Rows that were taken out.
    """

    path: str
    text: str
    tree: ast.Module
    rows: tuple[int, ...]
    left_out: tuple[LeftOut, ...]

    def row(self, number: int) -> int:
        """A row of the text as a `Line` counts it."""
        return self.rows[min(max(number, 1), len(self.rows)) - 1]


def read(file: Path, path: str) -> Source:
    """Read a script or notebook.

    Raises:
        VariantError: It cannot be read: not text, not a notebook, not Python of any kind.
    """
    try:
        most = LARGEST_FILE if file.suffix == ".ipynb" else 4 * LARGEST
        if file.stat().st_size > most:
            raise VariantError(
                "is too large to be read as a script", file=path, expected=f"at most {most / 1e6:g} MB",
                got=f"{file.stat().st_size / 1e6:.0f} MB", docs=DOCS,
            )  # fmt: skip
        raw = file.read_bytes()
    except OSError as error:
        raise VariantError(f"cannot be read: {error.strerror}", file=path) from None
    if file.suffix == ".ipynb":
        lines, rows = _cells(raw, path)
    else:
        lines = syntax.decode(raw, path).split("\n")
        rows = list(range(1, len(lines) + 1))
    if sum(map(len, lines)) > LARGEST:
        raise VariantError(
            "is too large to be read as a script", file=path, expected=f"at most {LARGEST / 1e6:g} MB of source",
            got=f"{sum(map(len, lines)) / 1e6:.0f} MB", docs=DOCS,
        )  # fmt: skip
    if not any(line.strip() for line in lines):
        raise VariantError("the file is empty", file=path, expected="a training script", got="no code", docs=DOCS)
    kept, left_out = _without_shell(lines, rows)
    text, tree, more = _parsed(kept, rows, path)
    return Source(path, text, tree, tuple(rows), (*left_out, *more))


def _cells(raw: bytes, path: str) -> tuple[list[str], list[int]]:
    """Lines of all code cells in order, and the number of each."""
    try:
        cells = json.loads(raw.decode("utf-8"))["cells"]
        codes = [(number, cell["source"]) for number, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
        texts = [(number, source if isinstance(source, str) else "".join(source)) for number, source in codes]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise VariantError(
            "is not a notebook", file=path, expected="JSON with `cells`, format 4", got=f"{type(error).__name__}",
            hint="save it again in Jupyter, or export it as a Python file", docs=DOCS,
        ) from None  # fmt: skip
    lines: list[str] = []
    rows: list[int] = []
    for number, text in texts:
        own = text.replace("\r\n", "\n").split("\n")
        if own[0].lstrip().startswith("%%") and not re.match(r"\s*%%(time|timeit|capture)\b", own[0]):
            own = [f"# {line}" for line in own]  # a cell in another language, or a file to be written
        lines += own
        rows += [number * CELL + row for row in range(1, len(own) + 1)]
    return lines, rows


def _without_shell(lines: list[str], rows: list[int]) -> tuple[list[str], list[LeftOut]]:
    kept, left_out = [], []
    for line, row in zip(lines, rows, strict=True):
        assigned = _ASSIGNED_SHELL.match(line)
        if assigned:
            kept.append(f"{assigned[1]}{assigned[2]} = None")
        elif _SHELL.match(line) and not _inside_string(line, kept):
            kept.append(f"{line[: len(line) - len(line.lstrip())]}pass")
        else:
            kept.append(line)
            continue
        left_out.append(LeftOut(row, line.strip()[:80], "a magic or a shell command"))
    return kept, left_out


def _inside_string(line: str, before: list[str]) -> bool:
    """Whether a line that starts with % goes on with an expression (`"%d"` above, `% count` below)."""
    if not line.lstrip().startswith("%"):
        return False
    above = next((row.rstrip() for row in reversed(before) if row.strip()), "")
    return above.endswith(("\\", '"', "'", "(", ",")) and not above.endswith(('"""', "'''"))


def _parsed(lines: list[str], rows: list[int], path: str) -> tuple[str, ast.Module, list[LeftOut]]:
    text = "\n".join(lines)
    _check_depth(text, rows, path)
    try:
        return text, _tree(text), []
    except SyntaxError as first:
        older, left_out = _python_3(lines, rows)
        try:
            return "\n".join(older), _tree("\n".join(older)), left_out
        except SyntaxError:
            line = rows[min(len(rows), first.lineno or 1) - 1]
            raise VariantError("syntax error", file=path, line=line, hint=first.msg, docs=DOCS) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise VariantError("syntax error", file=path, hint=str(error) or type(error).__name__, docs=DOCS) from None


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
        compile(text, "<script>", "exec", dont_inherit=True)
    return tree


def _check_depth(text: str, rows: list[int], path: str) -> None:
    """Refuse what would overflow the stack of whoever walks the tree."""
    depth = line = 0
    for line, row in enumerate(text.split("\n"), 1):
        depth += sum(row.count(sign) for sign in "([{") - sum(row.count(sign) for sign in ")]}")
        deep = max(depth, len(row) - len(row.lstrip()), 0)
        if depth > DEEPEST or (len(row) - len(row.lstrip()) > 8 * DEEPEST and row.strip()) or _runs_deep(row):
            raise VariantError(
                "is nested too deeply to be read", file=path, line=rows[line - 1],
                expected=f"at most {DEEPEST} levels", got=str(deep), docs=DOCS,
            )  # fmt: skip


def _runs_deep(row: str) -> bool:
    """Whether one row opens more brackets, or chains more operators, than any person would."""
    opened = most = 0
    for sign in row if len(row) > DEEPEST else "":
        opened += (sign in "([{") - (sign in ")]}")
        most = max(most, opened)
    return most > DEEPEST or bool(re.search(r"(?:[-+~]|not ){200}", row))


def _python_3(lines: list[str], rows: list[int]) -> tuple[list[str], list[LeftOut]]:
    """The same with what Python 2 wrote otherwise: `print x`, `except E, e`, `raise E, text`, backquotes aside."""
    kept, left_out = [], []
    continued = False
    for line, row in zip(lines, rows, strict=True):
        printed = _PRINT.match(line)
        if continued or printed:
            indent = line[: len(line) - len(line.lstrip())]
            kept.append(f"{printed[1]}pass" if printed else f"{indent}# {line.strip()}")
            left_out.append(LeftOut(row, line.strip()[:80], "printing"))
            continued = line.rstrip().endswith(("\\", ",")) and bool(line.strip())
            continue
        line = re.sub(r"\basync\s*=", "non_blocking=", line)
        line = _EXCEPT.sub(r"\1 as \2:", line)
        line = _RAISE.sub(r"\1raise \2(\3)", line)
        kept.append(line.replace(".iteritems()", ".items()").replace("xrange(", "range("))
    return kept, left_out


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements, those inside others too."""
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody"):
            yield from statements(getattr(node, name, []))
        for handler in getattr(node, "handlers", []):
            yield from statements(handler.body)

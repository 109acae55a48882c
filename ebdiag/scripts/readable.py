"""A script as the contract variant that `adopt` writes: its text for people, each part with the line it comes from."""

from __future__ import annotations

import ast

from .. import load
from ..records import Variant, placed
from ..safe import printable

WIDTH = 120
"""Columns of an adopted file, comments on origins included."""


def plain(variant: Variant) -> Variant:
    """A script as the contract variant that `adopt` writes, whose lines are those of that text; others as they are."""
    return load.load(variant.path, text=readable(variant)) if variant.script is not None else variant


def readable(variant: Variant) -> str:
    """The text of an adopted script without the rows that it left behind, each part with the line it comes from."""
    text = variant.files[variant.main]
    origins = variant.origins
    tree = ast.parse(text)
    rows = text.split("\n")
    said = {
        node.lineno: origins[node.lineno - 1]
        for node in tree.body
        if not isinstance(node, ast.Import | ast.ImportFrom) and node.lineno <= len(origins)
    }
    name = printable(variant.path)  # in a comment, which a line end would end
    shown: list[str] = [f"# Written by `ebdiag adopt {name}`; comments name the lines that parts come from."]
    blank = 0
    for number, row in enumerate(rows, 1):
        if not row.strip():
            blank += 1
            continue
        shown += [""] * min(blank, 2)
        blank = 0
        here = said.get(number)
        if here is not None and row == row.lstrip():
            mark = f"  # {placed(name, here)}"
            row = row + mark if len(row + mark) <= WIDTH else f"{mark.strip()}\n{row}"
        shown.append(row)
    return "\n".join(shown) + "\n"

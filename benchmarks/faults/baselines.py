"""What one would blame without training hybrids: the largest static difference, and what lint says first.

*Largest static difference.* Of the parts that differ in effect, the one with most changed lines of normalised source,
its helpers included (a changed setting counts as one line); inside a net, the differing layer with most parameters, of
mine or of the reference. Ties go to the first in the order in which ebdiag lists parts and layers.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ebdiag.records import Variant

from .cases import NETS
from .scoring import part_of


def largest(ref: Variant, mine: Variant, result: Mapping[str, Any]) -> list[str]:
    """Parts and layers that differ, the largest difference first; a net's layers stand in its place."""
    differences = [row["part"] for row in result["differences"]]
    parts = [name for name in differences if part_of(name) == name]
    parameters = {
        f"{net}.{row['path']}": max(row["parameters"], 0)
        for side in ("ref", "mine")
        for net, rows in result["variants"][side]["facts"]["layers"].items()
        for row in rows
    }
    ranked: list[str] = []
    for part in sorted(parts, key=lambda name: -changed_lines(ref.parts[name].code, mine.parts[name].code)):
        layers = [name for name in differences if part in NETS and name != part and part_of(name) == part]
        ranked += sorted(layers, key=lambda name: -parameters.get(name, 0)) or [part]
    return ranked


def changed_lines(ref: str, mine: str) -> int:
    """Lines taken out and put in; 1 where only a value differs."""
    rows = difflib.ndiff(ref.splitlines(), mine.splitlines())
    return max(sum(row.startswith(("+ ", "- ")) for row in rows), 1)


def first_findings(findings: Sequence[Mapping[str, Any]]) -> tuple[list[str], bool]:
    """Parts of lint's findings about mine in its own order, and whether the first is a warning or worse."""
    told = [finding for finding in findings if finding["variant"] != "ref" and finding["part"]]
    parts = list(dict.fromkeys(finding["part"] for finding in told))
    return parts, bool(told) and told[0]["severity"] in ("error", "warning")

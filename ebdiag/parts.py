"""Parts of both variants side by side; nets that differ, layer by layer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from . import words
from .kinds import of
from .result import Difference, PartResult, Result
from .schema import LineRef, Side


@dataclass(frozen=True)
class PartCell:
    """A part of one variant: shown text, where it comes from, whether it takes effect."""

    value: str
    source: str
    used: bool = True


@dataclass(frozen=True)
class PartRow:
    """A part, or a layer of one, side by side."""

    part: str
    ref: PartCell
    mine: PartCell


NOTHING = PartCell(words.DASH, "")


def differing(result: Result) -> list[PartRow]:
    """What differs in effect; a net is followed by those of its layers that differ."""
    return [_difference(difference, result) for difference in result.differences]


def others(result: Result) -> list[PartRow]:
    """All other parts, in the usual order."""
    named = [difference.part for difference in result.differences]
    present = {name for variant in result.variants.values() for name in variant.parts}
    known = of(result.variants["mine"].kind).parts
    ordered = [name for name in known if name in present] + sorted(present - set(known))
    return [
        PartRow(part, *(_cell(result.variants[side].parts.get(part)) for side in get_args(Side)))
        for part in ordered
        if not any(name == part or name.startswith(f"{part}.") for name in named)
    ]


def _cell(part: PartResult | None) -> PartCell:
    return PartCell(_value(part.value or ""), _source(part), part.used) if part else NOTHING


def _value(stored: str) -> str:
    """What `result.json` calls a part's value, in the language that is being spoken."""
    counted = re.fullmatch(r"([\d,]+) parameters", stored)
    return words.PAGE["total"].format(count=counted[1]) if counted else words.VALUES.get(stored, stored)


def _source(part: PartResult) -> str:
    """Where a part comes from, as text."""
    return words.say("by default") if part.source == "default" else part.source


def _difference(difference: Difference, result: Result) -> PartRow:
    def cell(side: Side, value: str | None, line: LineRef | None) -> PartCell:
        part = result.variants[side].parts.get(difference.part)
        source = str(line) if line else _source(part) if part else ""
        return PartCell(words.DASH if value is None else _value(value), source, part.used if part else True)

    return PartRow(
        difference.part,
        cell("ref", difference.ref, difference.ref_line),
        cell("mine", difference.mine, difference.mine_line),
    )

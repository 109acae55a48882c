"""Parts of both variants side by side; nets that differ, layer by layer."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, get_args

from . import words
from .records import GAN_PARTS
from .result import Difference, LineRef, PartResult, Result, Side


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
    rows = []
    for difference in result.differences:
        rows.append(_difference(difference, result))
        rows += _layers(difference.part, result)
    return rows


def others(result: Result) -> list[PartRow]:
    """All other parts, in the usual order."""
    named = [difference.part for difference in result.differences]
    present = {name for variant in result.variants.values() for name in variant.parts}
    ordered = [name for name in GAN_PARTS if name in present] + sorted(present - set(GAN_PARTS))
    return [
        PartRow(part, *(_cell(result.variants[side].parts.get(part)) for side in get_args(Side)))
        for part in ordered
        if not any(name == part or name.startswith(f"{part}.") for name in named)
    ]


def _cell(part: PartResult | None) -> PartCell:
    return PartCell(part.value or "", part.source, part.used) if part else NOTHING


def _difference(difference: Difference, result: Result) -> PartRow:
    def cell(side: Side, value: str | None, line: LineRef | None) -> PartCell:
        part = result.variants[side].parts.get(difference.part)
        source = str(line) if line else part.source if part else ""
        return PartCell(words.DASH if value is None else value, source, part.used if part else True)

    return PartRow(
        difference.part,
        cell("ref", difference.ref, difference.ref_line),
        cell("mine", difference.mine, difference.mine_line),
    )


def _layers(net: str, result: Result) -> list[PartRow]:
    """Layers of a net that one side lacks or has otherwise, aligned like a diff of the two lists of layers."""
    ref, mine = (_layers_of(net, result, side) for side in get_args(Side))
    matcher = difflib.SequenceMatcher(None, [_shown(layer) for layer in ref], [_shown(layer) for layer in mine], False)
    rows = []
    for kind, ref_start, ref_end, mine_start, mine_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        for ours, theirs in zip_longest(ref[ref_start:ref_end], mine[mine_start:mine_end]):
            path = (theirs or ours or {}).get("path", "")
            rows.append(PartRow(f"{net}.{path}", _layer_cell(ours), _layer_cell(theirs)))
    return rows


def _layers_of(net: str, result: Result, side: Side) -> Sequence[dict[str, Any]]:
    layers = result.variants[side].facts.get("layers")
    found = layers.get(net) if isinstance(layers, dict) else None
    return [layer for layer in found if isinstance(layer, dict)] if isinstance(found, list) else []


def _shown(layer: dict[str, Any]) -> str:
    return str(layer.get("repr") or layer.get("type") or "")


def _layer_cell(layer: dict[str, Any] | None) -> PartCell:
    if layer is None:
        return NOTHING
    line = layer.get("line")
    source = f"{line.get('file')}:{line.get('line')}" if isinstance(line, dict) else ""
    return PartCell(_shown(layer), source)

"""Two nets aligned layer by layer, like a comparison of two texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, get_args

from . import kinds, words
from .align import Layer, Pair, aligned, shown
from .result import Result
from .schema import Side


@dataclass(frozen=True)
class LayerCell:
    """A layer of one variant, as text; `line` is its number, with the file where that is not the variant's own."""

    path: str
    shown: str
    output: str
    parameters: str
    line: str


@dataclass(frozen=True)
class LayerRow:
    """A layer of each variant that stand for each other; None where one lacks it."""

    ref: LayerCell | None
    mine: LayerCell | None

    @property
    def kind(self) -> Literal["only ref", "only mine", "changed"]:
        """How they differ."""
        return "only ref" if self.mine is None else "only mine" if self.ref is None else "changed"


@dataclass(frozen=True)
class Stretch:
    """Neighbouring layers that are all alike or that all differ."""

    alike: bool
    rows: list[LayerRow]

    @property
    def names(self) -> str:
        """Types of the layers, in order, repetitions counted: `Linear, BatchNorm2d, 2 × ReLU`."""
        kinds = [cell.shown.split("(")[0] for row in self.rows if (cell := row.mine or row.ref)]
        order = list(dict.fromkeys(kinds))
        amounts = [(kind, kinds.count(kind)) for kind in order]
        return ", ".join(kind if amount == 1 else f"{amount} {words.TIMES} {kind}" for kind, amount in amounts)


@dataclass(frozen=True)
class NetRows:
    """Both variants' nets of one role; `ref` and `mine` say how many parameters each has."""

    net: str
    stretches: list[Stretch]
    ref: str
    mine: str

    @property
    def count(self) -> int:
        """Rows over all stretches."""
        return sum(len(stretch.rows) for stretch in self.stretches)

    @property
    def alike(self) -> bool:
        """Whether no layer differs."""
        return all(stretch.alike for stretch in self.stretches)


def nets(result: Result) -> list[NetRows]:
    """The nets whose layers are known of either variant."""
    found = []
    for net in kinds.NETS:
        ref, mine = (layers_of(net, result, side) for side in get_args(Side))
        if ref or mine:
            stretches = [
                Stretch(
                    alike,
                    [LayerRow(_cell(ours, result, "ref"), _cell(theirs, result, "mine")) for ours, theirs in pairs],
                )
                for alike, pairs in _stretches(net, result, ref, mine)
            ]
            totals = [words.count(sum(int(layer.get("parameters") or 0) for layer in layers)) for layers in (ref, mine)]
            found.append(NetRows(words.NETS[net], stretches, *totals))
    return found


def _stretches(
    net: str, result: Result, ref: Sequence[Layer], mine: Sequence[Layer]
) -> Sequence[tuple[bool, Sequence[Pair]]]:
    """Stretches of the net; one, all alike, where it is only written differently and computes the same."""
    found = aligned(ref, mine)
    if any(row.part == net or row.part.startswith(f"{net}.") for row in result.differences):
        return found
    return [(True, [pair for _, pairs in found for pair in pairs])]


def layers_of(net: str, result: Result, side: Side) -> Sequence[Layer]:
    """Layers of a variant's net in the order in which they run; empty where they are not known."""
    layers = result.variants[side].facts.get("layers")
    found = layers.get(net) if isinstance(layers, dict) else None
    return [layer for layer in found if isinstance(layer, dict)] if isinstance(found, list) else []


def _cell(layer: Layer | None, result: Result, side: Side) -> LayerCell | None:
    if layer is None:
        return None
    shape, parameters, line = layer.get("shape"), layer.get("parameters"), layer.get("line")
    number = str(line.get("line")) if isinstance(line, dict) else ""
    if isinstance(line, dict) and line.get("file") != result.variants[side].path:
        number = f"{PurePosixPath(str(line.get('file'))).name}:{number}"
    return LayerCell(
        path=str(layer.get("path") or ""),
        shown=shown(layer),
        output=words.TIMES.join(map(str, shape)) if isinstance(shape, list) else "",
        parameters=words.count(parameters) if isinstance(parameters, int) else "",
        line=number,
    )

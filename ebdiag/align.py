"""Layers of two nets put side by side: which stand for each other, and which have no counterpart."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

Layer = dict[str, Any]
Pair = tuple[Layer | None, Layer | None]

SAME_TYPE, SAME_KIND, UNLIKE = 0.9, 1.2, 3.0
"""Costs of standing for another layer, where leaving one out costs 1: above 2, two are left out instead."""

DETAILED = 250_000
"""Pairs of layers up to which the cheapest alignment is sought; longer nets get Python's own comparison of texts."""


def shown(layer: Layer) -> str:
    """Type and arguments."""
    return str(layer.get("repr") or layer.get("type") or "")


def type_of(layer: Layer) -> str:
    """Its type alone."""
    return str(layer.get("type") or shown(layer).split("(")[0])


def key(layer: Layer) -> str:
    """What a layer does, whoever calls it; empty for one that only reshapes."""
    found = layer.get("key")
    return shown(layer) if found is None else str(found)


def aligned(ref: Sequence[Layer], mine: Sequence[Layer]) -> list[tuple[bool, list[Pair]]]:
    """Stretches of neighbouring layers with whether they are alike.

    Layers are alike when they do the same to whatever comes in, module or function, whatever their names. Layers that
    only reshape are left out: the shapes of the others show what they do.
    """
    stretches: list[tuple[bool, list[Pair]]] = []
    for ours, theirs in _pairs([layer for layer in ref if key(layer)], [layer for layer in mine if key(layer)]):
        alike = ours is not None and theirs is not None and key(ours) == key(theirs)
        if not stretches or stretches[-1][0] != alike:
            stretches.append((alike, []))
        stretches[-1][1].append((ours, theirs))
    return stretches


def _pairs(ref: Sequence[Layer], mine: Sequence[Layer]) -> list[Pair]:
    """The cheapest alignment; equal ends are paired at once."""
    start = _equal(ref, mine)
    end = _equal(ref[start:][::-1], mine[start:][::-1])
    head = list(zip(ref[:start], mine[:start], strict=True))
    tail = list(zip(ref[len(ref) - end :], mine[len(mine) - end :], strict=True))
    ours, theirs = ref[start : len(ref) - end], mine[start : len(mine) - end]
    within = _cheapest if len(ours) * len(theirs) <= DETAILED else _blocks
    return [*head, *within(ours, theirs), *tail]


def _equal(ref: Sequence[Layer], mine: Sequence[Layer]) -> int:
    """How many layers at the start are alike."""
    count = 0
    for ours, theirs in zip(ref, mine, strict=False):
        if key(ours) != key(theirs):
            break
        count += 1
    return count


def _cheapest(ref: Sequence[Layer], mine: Sequence[Layer]) -> list[Pair]:
    """Global alignment of two sequences.

    Source: Needleman, Wunsch 1970 (J. Mol. Biol. 48, 443).
    """
    costs = [[0.0] * (len(mine) + 1) for _ in range(len(ref) + 1)]
    for row in range(len(ref), -1, -1):
        for column in range(len(mine), -1, -1):
            costs[row][column] = min((cost for cost, _, _ in _moves(costs, ref, mine, row, column)), default=0.0)
    pairs: list[Pair] = []
    row = column = 0
    while row < len(ref) or column < len(mine):
        _, down, right = min(_moves(costs, ref, mine, row, column), key=lambda move: move[0])
        pairs.append((ref[row] if down else None, mine[column] if right else None))
        row, column = row + down, column + right
    return pairs


def _moves(
    costs: list[list[float]], ref: Sequence[Layer], mine: Sequence[Layer], row: int, column: int
) -> Iterator[tuple[float, int, int]]:
    """(cost from here to the end, layers of ref taken, layers of mine taken) of each next pair."""
    ours, theirs = row < len(ref), column < len(mine)
    if ours and theirs:
        yield costs[row + 1][column + 1] + _cost(ref[row], mine[column]), 1, 1
    if ours:
        yield costs[row + 1][column] + 1, 1, 0
    if theirs:
        yield costs[row][column + 1] + 1, 0, 1


def _cost(ref: Layer, mine: Layer) -> float:
    if key(ref) == key(mine):
        return 0.0
    if type_of(ref) == type_of(mine):
        return SAME_TYPE
    return SAME_KIND if ref.get("kind") is not None and ref.get("kind") == mine.get("kind") else UNLIKE


def _blocks(ref: Sequence[Layer], mine: Sequence[Layer]) -> list[Pair]:
    matcher = difflib.SequenceMatcher(None, [key(layer) for layer in ref], [key(layer) for layer in mine], False)
    return [
        pair
        for _, ref_start, ref_end, mine_start, mine_end in matcher.get_opcodes()
        for pair in zip_longest(ref[ref_start:ref_end], mine[mine_start:mine_end])
    ]

"""Two variants side by side: the parts, and the layers of their nets, that differ in effect."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .align import Layer, aligned, shown
from .kinds import NETS, of
from .records import Facts, Variant
from .result import Difference
from .schema import LineRef

ERRORS = 5.0
"""Standard errors by which mean and spread of two draws from one distribution may differ: 1 in a million."""

MANY = 256
"""Values from which on mean and spread, known to some percent, say whether two parameters are drawn alike."""


def differences(ref: Variant, ref_facts: Facts, mine: Variant, mine_facts: Facts) -> list[Difference]:
    """Parts whose effect differs, in the order of their kind; what is only written differently is left out.

    A net is followed by those of its layers that differ.
    """
    rows = []
    for part in of(ref.kind).parts:
        if not differs(part, ref, ref_facts, mine, mine_facts):
            continue
        ref_line, mine_line = ref.parts[part].line, mine.parts[part].line
        rows.append(
            Difference(
                part=part,
                ref=ref_facts.parts[part]["value"],
                mine=mine_facts.parts[part]["value"],
                ref_line=LineRef(file=ref_line.file, line=ref_line.line) if ref_line else None,
                mine_line=LineRef(file=mine_line.file, line=mine_line.line) if mine_line else None,
            )
        )
        rows += layer_differences(part, ref_facts, mine_facts)
    return rows


def layer_differences(net: str, ref: Facts, mine: Facts) -> list[Difference]:
    """Layers of a net that one side lacks or has otherwise, as parts such as `discriminator.decoder.3`.

    Where one side lacks a layer, its line is that of the layer before: the place to look at.
    """
    rows = []
    before: list[LineRef | None] = [None, None]
    for alike, pairs in aligned(ref.layers.get(net, []), mine.layers.get(net, [])):
        for ours, theirs in pairs:
            lines = [_line(layer) if layer else kept for layer, kept in zip((ours, theirs), before, strict=True)]
            if not alike:
                path = (theirs or ours or {}).get("path", "")
                texts = [shown(layer) if layer else None for layer in (ours, theirs)]
                rows.append(
                    Difference(part=f"{net}.{path}", ref=texts[0], mine=texts[1], ref_line=lines[0], mine_line=lines[1])
                )
            before = lines
    return rows


def _line(layer: Layer) -> LineRef | None:
    line = layer.get("line")
    return LineRef(**line) if line else None


def differs(part: str, ref: Variant, ref_facts: Facts, mine: Variant, mine_facts: Facts) -> bool:
    """Whether a part has another effect in `mine` than in `ref`.

    What it computes decides where that could be tried, its value where it is a setting, and else its
    source, formatting and comments aside. A part that neither side uses does not differ.
    """
    ours, theirs = ref_facts.parts[part], mine_facts.parts[part]
    if not ours["used"] and not theirs["used"]:
        return False
    if ours["used"] != theirs["used"]:
        return True
    same_source = ref.parts[part].code == mine.parts[part].code
    if part == "initialise":
        return not _start_alike(ref_facts, mine_facts) and (
            not same_source or _constructed_alike(ref_facts, mine_facts)
        )
    if part in ("discriminator_loss", "generator_loss") and same_source:
        return False  # a difference in what it calls is a difference of that part
    if ours["effect"] is not None and theirs["effect"] is not None:
        computes_the_same = same(ours["effect"], theirs["effect"])
        if part in NETS and computes_the_same:  # where `initialise` alone makes the difference, it is not the net's
            starts = ref_facts.start.get(part, []), mine_facts.start.get(part, [])
            own = "initialise" not in of(ref.kind).parts  # then `initialise` belongs to the net
            return not _drawn_alike(*starts, when="now") and (own or not _drawn_alike(*starts, when="constructed"))
        return not computes_the_same
    if part in ("objective", "train_step"):
        return not same_source
    return not same_source or ours["value"] != theirs["value"]


def same(ref: str, mine: str) -> bool:
    """Whether two effects are equal, numbers but for rounding, each tensor's by its own largest value."""
    if ref == mine:
        return True
    ours, theirs = _numbers(ref), _numbers(mine)
    if ours is None or theirs is None or ours["shapes"] != theirs["shapes"]:
        return False
    tolerance = max(ours["tolerance"], theirs["tolerance"])
    places = itertools.accumulate((math.prod(shape) for shape in ours["shapes"]), initial=0)
    for start, end in itertools.pairwise(places):
        pairs = list(zip(ours["values"][start:end], theirs["values"][start:end], strict=True))
        largest = max((abs(value) for pair in pairs for value in pair), default=0.0)
        if any(abs(one - other) > tolerance * largest for one, other in pairs):
            return False
    return True


def _numbers(effect: str) -> dict[str, Any] | None:
    try:
        content = json.loads(effect)
    except json.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


def _start_alike(ref: Facts, mine: Facts) -> bool:
    """Whether both variants' nets start alike; of nets that differ, whether those of their layers do that are alike."""
    for net in ref.start:
        if same(ref.parts[net]["effect"] or "", mine.parts[net]["effect"] or "-"):
            if not _drawn_alike(ref.start.get(net, []), mine.start.get(net, []), when="now"):
                return False
            continue
        for alike, pairs in aligned(ref.layers.get(net, []), mine.layers.get(net, [])):
            for ours, theirs in pairs if alike else ():
                assert ours is not None
                assert theirs is not None
                for one, other in zip(ours["init"], theirs["init"], strict=False):
                    if not _as_if(one, other):
                        return False
    return True


def _constructed_alike(ref: Facts, mine: Facts) -> bool:
    """Whether the nets compute the same and are drawn alike before `initialise`."""
    return all(
        same(ref.parts[net]["effect"] or "", mine.parts[net]["effect"] or "-")
        and _drawn_alike(ref.start.get(net, []), mine.start.get(net, []), when="constructed")
        for net in ref.start
    )


def _drawn_alike(ref: Sequence[Mapping[str, Any]], mine: Sequence[Mapping[str, Any]], *, when: str) -> bool:
    """Whether parameters in order of use are drawn alike.

    Layers of one shape that are defined in another order get each other's draws: the same values at other places.
    Then each must be spread as its counterpart is, and be large or have its own draw somewhere on the other side.
    """
    ours, theirs = [row[when] for row in ref], [row[when] for row in mine]
    if [row["digest"] for row in ours] == [row["digest"] for row in theirs]:
        return True
    if len(ours) != len(theirs):
        return False
    elsewhere = {row["digest"] for row in ours} & {row["digest"] for row in theirs}
    return all(
        one["digest"] == other["digest"]
        or (_as_if(one, other) and (one["count"] >= MANY or {one["digest"], other["digest"]} <= elsewhere))
        for one, other in zip(ours, theirs, strict=True)
    )


def _as_if(ref: Mapping[str, Any], mine: Mapping[str, Any]) -> bool:
    """Whether two parameters look like draws of one distribution: size, mean, spread and shape of it."""
    if ref["count"] != mine["count"]:
        return False
    scale, count = max(ref["std"], mine["std"]), ref["count"]
    if min(ref["std"], mine["std"]) == 0:
        return bool(scale == 0 and ref["mean"] == mine["mean"])
    error = ERRORS * scale / count**0.5  # of a spread; a normal distribution's is the widest of the usual ones
    close = abs(ref["std"] - mine["std"]) <= error and abs(ref["mean"] - mine["mean"]) <= error * 2**0.5
    if "absolute" in ref and "absolute" in mine:
        close = close and abs(ref["absolute"] - mine["absolute"]) <= error
    return bool(close)


def initial_equal_share(ref: Facts, mine: Facts) -> float:
    """Share of mine's parameters that start bit-equal to one of ref's, by number of values."""
    equal = everything = 0
    for role in mine.initial:
        available = Counter(ref.initial[role].values())
        sizes = mine.sizes[role]
        for name, value in mine.initial[role].items():
            everything += sizes[name]
            if available[value]:
                available[value] -= 1
                equal += sizes[name]
    return equal / everything if everything else 0.0

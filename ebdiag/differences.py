"""Two variants side by side: the parts that differ in effect."""

from __future__ import annotations

from collections import Counter

from .records import GAN_PARTS, Facts, Variant
from .result import Difference, LineRef


def differences(ref: Variant, ref_facts: Facts, mine: Variant, mine_facts: Facts) -> list[Difference]:
    """Parts whose effect differs, in the order of `GAN_PARTS`; what is only written differently is left out."""
    rows = []
    for part in GAN_PARTS:
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
    return rows


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
    if part == "initialise":
        nets_alike = all(
            ref_facts.parts[net]["effect"] == mine_facts.parts[net]["effect"] for net in ("generator", "discriminator")
        )
        if nets_alike:
            return _values(ref_facts) != _values(mine_facts)
        return ref.parts[part].code != mine.parts[part].code
    same_source = ref.parts[part].code == mine.parts[part].code
    if part in ("discriminator_loss", "generator_loss") and same_source:
        return False  # a difference in what it calls is a difference of that part
    if ours["effect"] is not None and theirs["effect"] is not None:
        return bool(ours["effect"] != theirs["effect"])
    if part in ("objective", "train_step"):
        return not same_source
    return not same_source or ours["value"] != theirs["value"]


def _values(facts: Facts) -> list[list[str]]:
    """Hashes of the initial parameters of each net, without names and in an order that does not depend on them."""
    return [sorted(facts.initial[role].values()) for role in ("generator", "discriminator")]


def initial_equal_share(ref: Facts, mine: Facts) -> float:
    """Share of mine's parameters that start bit-equal to one of ref's, by number of values."""
    equal = everything = 0
    for role in ("generator", "discriminator"):
        available = Counter(ref.initial[role].values())
        sizes = mine.sizes[role]
        for name, value in mine.initial[role].items():
            everything += sizes[name]
            if available[value]:
                available[value] -= 1
                equal += sizes[name]
    return equal / everything if everything else 0.0

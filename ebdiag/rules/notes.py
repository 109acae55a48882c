"""What looking at a variant found worth a sentence."""

from __future__ import annotations

from ebdiag.records import Facts, Side, Variant
from ebdiag.result import Finding


def noted(variant: Variant, facts: Facts, side: Side) -> list[Finding]:
    """A sentence that building and trying the variant left behind.

    What it measures: Nothing of its own: it hands on `notes`, such as "the discriminator returns no code".

    How to read it: As a remark about how the variant was understood; it changes no verdict.

    Unit and range: None.

    Known problems: A note names no line.

    Cost: None.

    Source: ebdiag's own.
    """
    return [
        Finding(rule="noted", severity="note", variant=side, title=note, explanation="", lines=[])
        for note in facts.notes
    ]

"""What looking at a variant found worth a sentence."""

from __future__ import annotations

from ebdiag.result import Finding

from .case import Case


def noted(case: Case) -> list[Finding]:
    """A sentence that building and trying the variant left behind.

    Severity: note.

    What it measures: Nothing of its own: it hands on `notes`, such as "the discriminator returns no code".

    How to read it: As a remark about how the variant was understood; it changes no verdict.

    Unit and range: None.

    Known problems: A note names no line.

    Advice: None.

    Cost: None.

    Source: ebdiag's own.
    """
    return [
        Finding(rule="noted", severity="note", variant=case.side, title=note, explanation="", lines=[])
        for note in case.facts.notes
    ]

"""What is known of two variants → findings, worst first."""

from __future__ import annotations

from collections.abc import Mapping

from . import words
from .records import Facts, Side, Variant
from .result import Finding
from .rules import RULES

SEVERITIES = ("error", "warning", "deviation", "note")
ORDER: tuple[Side, Side] = ("mine", "ref")


def diagnose(variants: Mapping[Side, Variant], facts: Mapping[Side, Facts]) -> list[Finding]:
    """Findings of every rule on both variants, in English: the worst first, and among equals those about mine."""
    with words.speaking(words.ENGLISH):
        found = [finding for side in ORDER for rule in RULES for finding in rule(variants[side], facts[side], side)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))

"""What is known of two models → findings, worst first, each below what explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from . import words
from .records import Facts, Side, Variant
from .result import Difference, Finding
from .rules import of_kind
from .rules.case import Case, Seed
from .rules.causes import CAUSES

SEVERITIES = ("error", "warning", "deviation", "note")


def diagnose(
    variants: Mapping[Side, Variant],
    facts: Mapping[Side, Facts],
    differences: Sequence[Difference],
    seeds: Mapping[Side, Sequence[Seed]] | None = None,
    *,
    real: NDArray[np.uint8] | None = None,
    delay_factor: float | None = None,
) -> list[Finding]:
    """Findings of every rule on both models, in English: the worst first, and among equals those about mine.

    Args:
        seeds: The runs of each model; None before training.
        real: uint8 (N, C, H, W), some held-out images, to measure samples by.
        delay_factor: How much slower mine is, where it is.
    """
    runs = seeds or {}
    ref = Case("ref", variants["ref"], facts["ref"], seeds=runs.get("ref", ()), real=real)
    mine = Case("mine", variants["mine"], facts["mine"], ref, differences, runs.get("mine", ()), real, delay_factor)
    with words.speaking(words.ENGLISH):
        theirs = [finding for rule in of_kind(ref.variant.kind) for finding in rule(ref)]
        ours = [finding for rule in of_kind(mine.variant.kind) for finding in rule(mine)]
    harmless = _slugs(theirs) if ref.seeds and all(seed.works for seed in ref.seeds) else frozenset()
    return ordered([*explained(ours, harmless), *explained(theirs)])


def explained(findings: Sequence[Finding], harmless: frozenset[str] = frozenset()) -> list[Finding]:
    """Findings about one model, those that another one explains with its slug in `caused_by`.

    Args:
        harmless: Slugs that a model has and works, and that therefore explain no failure.
    """
    present = _slugs(findings) - harmless
    return [
        finding.model_copy(update={"caused_by": next((c for c in CAUSES.get(finding.rule, ()) if c in present), None)})
        for finding in findings
    ]


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Worst first. A cause counts as bad as the worst that it explains, and stands before it."""
    of = {(finding.variant, finding.rule): finding for finding in reversed(findings)}

    def chain(finding: Finding) -> list[Finding]:
        """The finding, what explains it, what explains that, and so on."""
        found = [finding]
        while (cause := of.get((found[-1].variant, found[-1].caused_by or ""))) is not None and cause not in found:
            found.append(cause)
        return found

    worst: dict[int, int] = {}
    for finding in findings:
        for cause in chain(finding):
            worst[id(cause)] = min(worst.get(id(cause), len(SEVERITIES)), SEVERITIES.index(finding.severity))

    def rank(finding: Finding) -> tuple[int, int, bool]:
        return worst[id(finding)], len(chain(finding)), finding.variant != "mine"

    return sorted(findings, key=rank)


def _slugs(findings: Sequence[Finding]) -> frozenset[str]:
    """Slugs of findings that could explain something."""
    return frozenset(finding.rule for finding in findings if finding.severity != "note")

"""Why one run of a sweep fails, by the rules that need no other run.

A run is looked at alone, without a reference: what is said about it then does not change when the sweep is extended.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .. import words
from ..diagnose import explained, ordered
from ..records import Facts, Variant
from ..result import Finding
from ..rules import of_kind
from ..rules.case import Case, Seed
from ..rules.causes import CAUSES

SERIOUS = ("error", "warning")
BELOW, IMPROVING = "below-bar", "still-improving"


def findings(variant: Variant, facts: Facts, seed: Seed | None, real: NDArray[np.uint8] | None) -> list[Finding]:
    """What the rules find in one run, or in a model before training; worst first."""
    case = Case("mine", variant, facts, seeds=() if seed is None else (seed,), real=real)
    with words.speaking(words.ENGLISH):
        return ordered(explained([found for rule in of_kind(variant.kind) for found in rule(case)]))


def cause(found: Sequence[Finding], before: Sequence[Finding]) -> tuple[str, str]:
    """Slug and title of why a run fails; of an unnamed reason the title is empty.

    What training showed comes first, and is explained by a finding about the model itself only where that is an error,
    one that must break it: what merely makes a failure likely many models have that work.

    Args:
        found: All findings about the run.
        before: Those about its model before training.
    """
    static = {finding.rule for finding in before}
    errors = {finding.rule: finding for finding in found if finding.severity == "error"}
    shown = [finding for finding in found if finding.rule not in static]
    symptom = next((finding for finding in shown if finding.severity in SERIOUS), None)
    if symptom is not None:
        root = next((errors[slug] for slug in CAUSES.get(symptom.rule, ()) if slug in errors), symptom)
        return root.rule, root.title
    if errors:
        first = next(iter(errors.values()))
        return first.rule, first.title
    improving = next((finding for finding in shown if finding.rule == IMPROVING), None)
    return (BELOW, "") if improving is None else (IMPROVING, improving.title)

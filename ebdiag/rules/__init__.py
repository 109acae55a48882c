"""Rules: pure functions of what is known about a model, each with a slug, that say what is wrong and where.

A rule is a function of a `Case` that returns findings under its own slug, which is its name with dashes; its docstring
explains it under fixed headings, from which `ebdiag rules` and the documentation are made. What it says stands in the
catalogue of words. Adding one is a function, a line here, its words, and planted cases in the tests.
"""

from __future__ import annotations

from collections.abc import Callable

from ebdiag.result import Finding

from .case import Case
from .collapse import blank_samples, collapse_plateau, collapsed_at_budget, memorisation, mode_collapse
from .ladder import sanity_ladder
from .learning import (
    batchnorm_train_eval_gap,
    discriminator_died,
    identity_autoencoder,
    margin_saturated,
    pull_away_without_effect,
)
from .notes import noted
from .outcomes import diverged, reference_not_working, slower_than_reference, still_improving

Rule = Callable[[Case], list[Finding]]

RULES: tuple[Rule, ...] = (
    reference_not_working,
    sanity_ladder,
    diverged,
    discriminator_died,
    margin_saturated,
    blank_samples,
    collapse_plateau,
    collapsed_at_budget,
    mode_collapse,
    identity_autoencoder,
    memorisation,
    batchnorm_train_eval_gap,
    pull_away_without_effect,
    still_improving,
    slower_than_reference,
    noted,
)
"""Every rule, in the order in which equally severe findings stand."""


def slug(rule: Rule) -> str:
    """What its findings are called: `pull-away-inert`."""
    return rule.__name__.replace("_", "-")

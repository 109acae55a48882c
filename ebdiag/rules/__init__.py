"""Rules: pure functions of what is known about a model, each with a slug, that say what is wrong and where.

A rule is a function of a `Case` that returns findings under its own slug, which is its name with dashes; its docstring
explains it under fixed headings, from which `ebdiag rules` and the documentation are made. What it says stands in the
catalogue of words. Adding one is a function, a line here, its words, and planted cases in the tests.
"""

from __future__ import annotations

from collections.abc import Callable

from ebdiag.result import Finding

from .case import Case
from .ladder import sanity_ladder
from .notes import noted

Rule = Callable[[Case], list[Finding]]

RULES: tuple[Rule, ...] = (sanity_ladder, noted)
"""Every rule, in the order in which equally severe findings stand."""


def slug(rule: Rule) -> str:
    """What its findings are called: `pull-away-inert`."""
    return rule.__name__.replace("_", "-")

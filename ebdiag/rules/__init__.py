"""Rules: pure functions of what is known about a variant, each with a slug, that say what is wrong and where.

A rule is a function `(variant, facts, side) → findings`; its docstring explains it under the usual headings.
"""

from __future__ import annotations

from collections.abc import Callable

from ebdiag.records import Facts, Side, Variant
from ebdiag.result import Finding

from .ladder import sanity_ladder
from .notes import noted

Rule = Callable[[Variant, Facts, Side], list[Finding]]

RULES: tuple[Rule, ...] = (sanity_ladder, noted)
"""Every rule, in the order in which equally severe findings stand."""

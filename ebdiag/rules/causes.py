"""Which findings explain which, where both are seen of one model."""

from __future__ import annotations

from collections.abc import Mapping

RANGES = ("reconstruction-range-mismatch", "generator-range-mismatch", "silent-broadcast")
MARGINS = ("margin-below-energy-floor", "margin-unreachable", "margin-inflates-reconstruction")
TRAINING = ("optimizer-wrong-parameters", "hinge-missing", "loss-moves-other-net")

CAUSES: Mapping[str, tuple[str, ...]] = {
    "margin-saturated": ("margin-below-energy-floor", "discriminator-died"),
    "sanity-ladder": (*RANGES, *TRAINING, *MARGINS),
    "diverged": ("hinge-missing", "margin-inflates-reconstruction"),
    "discriminator-died": ("margin-below-energy-floor", *TRAINING),
    "blank-samples": (*RANGES, *MARGINS, *TRAINING),
    "collapsed-at-budget": (*RANGES, *MARGINS, *TRAINING),
    "collapse-plateau": (*RANGES, *MARGINS, *TRAINING),
    "mode-collapse": (*RANGES, *MARGINS, *TRAINING),
    "pull-away-without-effect": ("pull-away-inert", "pull-away-unused"),
}
"""Slug → slugs that explain it, the most direct one first. A finding that nothing here explains stands on its own."""

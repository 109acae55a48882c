"""Which findings explain which, where both are seen of one model."""

from __future__ import annotations

from collections.abc import Mapping

RANGES = ("reconstruction-range-mismatch", "generator-range-mismatch", "silent-broadcast")
"""What keeps a net from drawing the data at all."""

MARGINS = ("margin-unreachable", "margin-below-energy-floor", "margin-inflates-reconstruction", "hinge-missing")

UPDATES = ("optimizer-wrong-parameters", "loss-moves-other-net", "learning-rates-differ", "update-ratio")

STARTS = ("dead-at-init", "init-out-of-scale", "batchnorm-arguments")

WIDTHS = ("latent-too-small", "code-too-wide", "code-too-narrow")

PULLS = ("pull-away-on-pixels", "pull-away-scaled", "pull-away-unused")

PAIRS = ("labels-independent-of-inputs", "pairs-unbalanced", "train-set-too-small", "no-minibatches")
"""What keeps an encoder from learning what holds for other pairs."""

FAMILIES = ("began-k-stuck", "magan-margin-rises", "magan-margin-stuck", "discriminator-saturated")
"""What goes wrong in the state of a relative of the EBGAN; each explains what it does to the images."""

FAULTS = (*RANGES, *MARGINS, *UPDATES, *STARTS, *WIDTHS, *PULLS)
"""What can make a training fail as a whole, the most direct first."""

CAUSES: Mapping[str, tuple[str, ...]] = {
    "sanity-ladder": (
        "labels-independent-of-inputs",
        "pairs-unbalanced",
        *RANGES,
        *UPDATES,
        *MARGINS,
        *STARTS,
        *WIDTHS,
    ),
    "diverged": ("hinge-missing", *FAULTS),
    "discriminator-died": ("margin-below-energy-floor", *FAULTS),
    "margin-saturated": ("margin-below-energy-floor", "discriminator-died", *FAULTS),
    "identity-autoencoder": ("code-too-wide", *FAULTS),
    "blank-samples": (*FAULTS, *FAMILIES),
    "collapsed-at-budget": (*FAULTS, *FAMILIES),
    "mode-collapse": (*FAULTS, *FAMILIES, "margin-saturated"),
    "began-not-converging": (*FAULTS, "began-k-stuck"),
    "discriminator-saturated": FAULTS,
    "batchnorm-train-eval-gap": ("batchnorm-arguments", "energy-depends-on-batch-mates", *FAULTS),
    "pull-away-without-effect": ("pull-away-inert", "pull-away-unused", "pull-away-scaled"),
    "slower-than-reference": (*FAULTS, *PAIRS),
    "embedding-collapse": (*PAIRS, "cosine-as-logit", *UPDATES, *STARTS),
}
"""Slug → slugs that explain it, the most direct one first. A finding that nothing here explains stands on its own."""

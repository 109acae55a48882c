"""The figure of a finding: what it compares, as bars on one axis, or the figure of the page that shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from . import words
from .result import Finding

WIDE = 100.0
"""Values that are so many times apart stand on a logarithmic axis."""

START = 0.02
"""Share of the axis that the smallest bar on a logarithmic axis takes, so that it is seen."""


@dataclass(frozen=True)
class Bar:
    """A value, or a range, of the evidence: the key of its end, and of its start where that is not 0.

    Attributes:
        tone: Whose it is: `ref`, `mine` (whatever the finding is about), `real` for the data, `margin`.
    """

    end: str
    tone: str
    start: str | None = None


@dataclass(frozen=True)
class Row:
    """A bar as drawn: `left` and `width` in percent of the axis; `title` is read where it cannot be seen."""

    title: str
    value: str
    tone: str
    left: float
    width: float


@dataclass(frozen=True)
class Gauge:
    """Bars on one axis."""

    rows: tuple[Row, ...]
    logarithmic: bool


_RANGES = (Bar("data_high", "real", "data_low"), Bar("high", "mine", "low"))

BARS: Mapping[str, tuple[Bar, ...]] = {
    "reconstruction-range-mismatch": _RANGES,
    "generator-range-mismatch": _RANGES,
    "margin-unreachable": (Bar("margin", "margin"), Bar("ceiling", "mine"), Bar("mean_image", "real")),
    "margin-inflates-reconstruction": (Bar("margin", "margin"), Bar("mean_image", "real")),
    "margin-below-energy-floor": (Bar("margin", "margin"), Bar("floor", "mine"), Bar("mean_image", "real")),
    "energy-entropy-floor": (Bar("margin", "margin"), Bar("floor", "mine")),
    "energy-depends-on-batch-mates": (Bar("alone", "mine"), Bar("among", "mine")),
    "update-ratio": (Bar("d", "mine"), Bar("g", "mine")),
    "log-polluted": (Bar("expected", "real"), Bar("value", "mine")),
    "sanity-ladder": (Bar("start", "real"), Bar("value", "mine"), Bar("threshold", "margin")),
    "init-out-of-scale": (Bar("std", "mine"), Bar("expected_std", "real")),
    "learning-rates-differ": (Bar("rate", "mine"), Bar("reference_rate", "ref")),
    "latent-too-small": (Bar("latents", "mine"), Bar("reference_latents", "ref")),
    "code-too-narrow": (Bar("code", "mine"), Bar("needed", "real")),
    "code-too-wide": (Bar("code", "mine"), Bar("pixels", "real"), Bar("reference_code", "ref")),
    "labels-independent-of-inputs": (Bar("value", "mine"), Bar("chance_high", "real", "chance_low")),
    "cosine-as-logit": (Bar("least_loss", "mine"), Bar("undecided_loss", "margin"), Bar("reference_least_loss", "ref")),
    "train-set-too-small": (Bar("count", "mine"), Bar("reference_count", "ref")),
    "no-minibatches": (Bar("updates", "mine"), Bar("reference_updates", "ref")),
    "pairs-unbalanced": (Bar("same_share", "mine"), Bar("reference_same_share", "ref")),
}
"""Rule → the numbers of its evidence that are to be compared by eye."""

PANELS: Mapping[str, str] = {
    **dict.fromkeys(("reference-not-working", "collapsed-at-budget", "collapse-plateau", "blank-samples"), "quality"),
    **dict.fromkeys(("slower-than-reference", "still-improving", "memorisation", "no-difference"), "quality"),
    "mode-collapse": "digits",
    **dict.fromkeys(("hinge-missing", "hinge-on-batch-mean", "margin-saturated"), "hinge"),
    **dict.fromkeys(("energy-not-per-sample", "energy-depends-on-batch-size", "discriminator-died"), "training"),
    **dict.fromkeys(("identity-autoencoder", "batchnorm-train-eval-gap"), "energies"),
    "generator-target-detached": "coherence",
    **dict.fromkeys(("pull-away-inert", "pull-away-unused", "pull-away-unsquared", "pull-away-scaled"), "directions"),
    **dict.fromkeys(("pull-away-wrong-axis", "pull-away-diagonal", "pull-away-on-pixels"), "directions"),
    "pull-away-without-effect": "directions",
    **dict.fromkeys(("batchnorm-arguments", "normalisation-missing", "latent-differs"), "quality"),
    "threshold-mismatch": "thresholds",
    "embedding-collapse": "embedding_training",
    **dict.fromkeys(("diverged", "loss-moves-other-net", "optimizer-wrong-parameters", "init-not-applied"), "losses"),
    **dict.fromkeys(("began-k-stuck", "began-not-converging"), "began"),
    **dict.fromkeys(("magan-margin-stuck", "magan-margin-rises"), "magan"),
    "discriminator-saturated": "ranking",
}
"""Rule → the figure of the page where its effect would be seen."""

OF_ENCODERS: Mapping[str, str] = {"quality": "embedding_quality", "losses": "pair_losses"}
"""Figure of GANs → what shows the same of encoders, for rules about models of any kind."""

WITHOUT = frozenset(
    ("config-unused", "config-misspelt", "silent-broadcast", "not-an-autoencoder", "dead-at-init", "not-reproducible")
)
"""Rules about what no figure shows: a name, a shape, a count."""


def gauge(finding: Finding) -> Gauge | None:
    """The bars of a finding; None where its rule has none, or fewer than two of them are known."""
    found = [
        (bar, low, high)
        for bar in BARS.get(finding.rule, ())
        if (high := _number(finding.evidence, bar.end)) is not None
        and (low := 0.0 if bar.start is None else _number(finding.evidence, bar.start)) is not None
    ]
    if len(found) < 2:
        return None
    lows, highs = [low for _, low, _ in found], [high for _, _, high in found]
    logarithmic = not any(lows) and min(highs) > 0 and max(highs) > WIDE * min(highs)
    if logarithmic:
        first, last = math.log(min(highs)), math.log(max(highs))
        places = [(0.0, START + (1 - START) * (math.log(high) - first) / (last - first)) for high in highs]
    else:
        first, last = min(0.0, *lows, *highs), max(0.0, *highs)
        size = (last - first) or 1.0
        places = [((min(a, b) - first) / size, (max(a, b) - first) / size) for a, b in zip(lows, highs, strict=True)]
    rows = tuple(
        Row(
            words.GAUGES[bar.end],
            words.number(high) if bar.start is None else words.between(words.number(low), words.number(high)),
            bar.tone if bar.tone != "mine" else finding.variant or "mine",
            round(100 * start, 2),
            round(100 * (end - start), 2),
        )
        for (bar, low, high), (start, end) in zip(found, places, strict=True)
    )
    return Gauge(rows, logarithmic)


def drawn_by(finding: Finding) -> set[str]:
    """Names of the evidence that a finding's bars show."""
    if gauge(finding) is None:
        return set()
    return {key for bar in BARS[finding.rule] for key in (bar.end, bar.start) if key is not None}


def _number(evidence: Mapping[str, JsonValue], key: str) -> float | None:
    value = evidence.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)

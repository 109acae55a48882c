"""Which net is sick, from the rungs of the sanity ladder."""

from __future__ import annotations

from typing import Any, Literal

from ebdiag import words
from ebdiag.records import Facts, Line, Side, Variant
from ebdiag.result import Finding, LineRef

SLUG = "sanity-ladder"
ALONE = ("discriminator-overfits", "generator-overfits")
"""Rungs that try a net without the variant's losses: failing one says that this net cannot work."""


def sanity_ladder(variant: Variant, facts: Facts, side: Side) -> list[Finding]:
    """A net fails a task that a sound one does within seconds.

    What it measures: The first rung of the sanity ladder that each net fails, trained by its own optimiser from its
    initial weights; nothing where a net passes all that could be tried. `docs/ladder.md` says what each rung asks.

    How to read it: The rung tells the net from its losses and from the other net. `part` tells the net from its
    optimiser: with Adam at the default rate the same net was tried again. An error where a net alone is no better
    than one that ignores its input, and training did not help or a plain Adam does not either; else a warning.

    Unit and range: Value, threshold and start of the rung, in the rung's own unit.

    Known problems: One seed. Another rate or more updates might pass what four rounds do not. Where several rungs
    fail, only the first speaks; the others stand in the evidence.

    Cost: None beside the ladder's own seconds.

    Source: The order of checks is Andrej Karpathy's recipe ("overfit one batch", 2019), applied to two nets.
    """
    findings = []
    for net in ("discriminator", "generator"):
        failed = [row for row in facts.ladder if row["net"] == net and row["passed"] is False]
        if failed:
            findings.append(_finding(variant, facts, side, failed))
    return findings


def _finding(variant: Variant, facts: Facts, side: Side, failed: list[dict[str, Any]]) -> Finding:
    first = failed[0]
    net, slug = first["net"], first["rung"]
    part = "margin" if _closed(first, facts) else first["part"] or net
    means = words.LADDER_MEANS[slug]
    if part == "margin":
        means = words.ladder_margin(facts.config["margin"], first["details"]["energy_real"])
    shown = words.rung_value(slug, first["value"], first["unit"], first["threshold"])
    reason = first["reason"]
    evidence = {key: first[key] for key in ("rung", "value", "threshold", "unit", "start", "updates")}
    return Finding(
        rule=SLUG,
        severity=_severity(first),
        variant=side,
        part=part,
        title=words.ladder_title(net, slug, shown, reason),
        explanation=means if reason is None or not shown else words.with_reason(means, reason),
        evidence={
            **{key: value for key, value in evidence.items() if value is not None},
            **first["details"],
            **({"also_failed": [row["rung"] for row in failed[1:]]} if failed[1:] else {}),
        },
        lines=_lines(variant, part, net),
        advice=words.LADDER_ADVICE[part],
    )


def _closed(row: dict[str, Any], facts: Facts) -> bool:
    """Whether the hinge closes below the energy of real images, which is then what keeps fakes from being told apart.

    The energies are those after the tries of the rung, so the comparison needs no constant.
    """
    margin = facts.config.get("margin")
    return (
        row["rung"] == "discriminator-separates-fakes"
        and facts.parts["margin"]["used"]
        and isinstance(margin, int | float)
        and margin < row["details"].get("energy_real", margin)
    )


def _severity(row: dict[str, Any]) -> Literal["error", "warning"]:
    """An error only where it must break: alone, no better than useless (1), and neither time nor Adam helps."""
    if row["rung"] not in ALONE:
        return "warning"
    if row["value"] is None:
        return "error"
    hopeless = row["part"] == row["net"] or row["start"] is None or row["value"] >= row["start"]
    return "error" if row["value"] >= 1 and hopeless else "warning"


def _lines(variant: Variant, part: str, net: str) -> list[LineRef]:
    """The part to blame and the net's class, where the file has them."""
    places = [variant.parts[name].line for name in (part, net)]
    found: list[Line] = list(dict.fromkeys(place for place in places if place is not None))
    return [LineRef(file=place.file, line=place.line) for place in found]

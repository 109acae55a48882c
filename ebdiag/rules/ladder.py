"""Which net is sick, from the rungs of the sanity ladder."""

from __future__ import annotations

from typing import Any, Literal

from ebdiag.kinds import of
from ebdiag.records import Facts
from ebdiag.result import Finding

from .case import Case, finding

SLUG = "sanity-ladder"
ALONE = ("discriminator-overfits", "generator-overfits")
"""Rungs that try a net without the variant's losses: failing one says that this net cannot work."""


def sanity_ladder(case: Case) -> list[Finding]:
    """A net fails a task that a sound one does within seconds.

    Severity: error where a net alone is no better than one that ignores its input, and training did not help or a
    plain Adam does not either; else warning.

    What it measures: The first rung of the sanity ladder that each net fails, trained by its own optimiser from its
    initial weights; nothing where a net passes all that could be tried. `docs/ladder.md` says what each rung asks.

    How to read it: The rung tells the net from its losses and from the other net. `part` tells the net from its
    optimiser: with Adam at the default rate the same net was tried again.

    Unit and range: Value, threshold and start of the rung, in the rung's own unit.

    Known problems: One seed. Another rate or more updates might pass what four rounds do not. Where several rungs
    fail, only the first speaks; the others stand in the evidence.

    Advice: Mend that net first, alone; the other net and the losses can wait until it passes.

    Cost: None beside the ladder's own seconds.

    Source: The order of checks is Andrej Karpathy's recipe ("overfit one batch", 2019), applied to two nets.
    """
    findings = []
    for net in reversed(of(case.variant.kind).nets):
        failed = [row for row in case.facts.ladder if row["net"] == net and row["passed"] is False]
        if failed:
            findings.append(_finding(case, failed))
    return findings


def _finding(case: Case, failed: list[dict[str, Any]]) -> Finding:
    first = failed[0]
    net, rung = first["net"], first["rung"]
    part = "margin" if _closed(first, case.facts) else first["part"] or net
    says = "broken" if first["value"] is None else "margin" if part == "margin" else rung
    evidence = {
        name: first[name] for name in ("rung", "net", "value", "threshold", "unit", "start", "updates", "reason")
    }
    return finding(
        case, SLUG, _severity(first), part=part, wording=f"{SLUG}.{says}", lines=[case.line(part), case.line(net)],
        **evidence, **first["details"], margin=case.facts.config.get("margin") if part == "margin" else None,
        also_failed=[row["rung"] for row in failed[1:]] or None,
    )  # fmt: skip


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

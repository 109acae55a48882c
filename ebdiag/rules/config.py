"""Fields of Config that do nothing."""

from __future__ import annotations

from typing import Any

from ebdiag.result import Finding

from .asked import probe
from .case import Case, finding


def config_unused(case: Case) -> list[Finding]:
    """A field of Config is read by nothing.

    Severity: warning.

    What it measures: Which fields were read while the model was built, its losses were called and a few steps were
    trained, and which names its text uses in no other place.

    How to read it: Changing the value changes nothing.

    Unit and range: None.

    Known problems: Silent about a field that the text names elsewhere, even where that never runs.

    Advice: Read it where it is meant to act, or delete it.

    Cost: None.

    Source: ebdiag's own.
    """
    names = [row["name"] for row in _unread(case) if row["meant"] is None and not _said_elsewhere(case, row["name"])]
    if not names:
        return []
    lines = [case.variant.config_lines[name] for name in names]
    return [finding(case, "config-unused", "warning", lines=lines, names=names)]


def config_misspelt(case: Case) -> list[Finding]:
    """A field of Config that nothing reads is spelt almost like one that means something.

    Severity: warning.

    What it measures: As `config-unused`; the name is compared with those of the contract that Config leaves out.

    How to read it: The default of the field that was meant is in effect, not the value that is written.

    Unit and range: None.

    Known problems: None.

    Advice: Correct the name.

    Cost: None.

    Source: the contract, docs/variants.md.
    """
    return [
        finding(case, "config-misspelt", "warning", lines=[case.variant.config_lines[row["name"]]], name=row["name"],
                meant=row["meant"], in_effect=str(case.facts.config[row["meant"]]))
        for row in _unread(case)
        if row["meant"] is not None
    ]  # fmt: skip


def _unread(case: Case) -> list[dict[str, Any]]:
    found = case.facts.conformance.get("config", [])
    return found if isinstance(found, list) else []


def _said_elsewhere(case: Case, name: str) -> bool:
    """Whether another finding names the field: a term that is left out leaves its weight, or its margin, unread."""
    if case.variant.kind != "gan":
        return False
    if name in ("pull_away_weight", "margin") and not case.facts.autoencoder:
        return True
    if name == "pull_away_weight":
        return probe(case, "pull_away").get("kind") in ("none", "detached", "pixels", "paper")
    return name == "margin" and probe(case, "hinge").get("kind") in ("none", "reversed", "inactive", "soft")

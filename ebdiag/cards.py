"""Findings as the page shows them: worst first, consequences under their cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from . import words
from .gauges import OF_ENCODERS, PANELS, Gauge, drawn_by, gauge
from .panels import Panel
from .result import Finding
from .words import Mark

EVIDENCE_SHOWN = 6


@dataclass(frozen=True)
class Card:
    """One finding; `standing` says whether the advice is known to help."""

    slug: str
    mark: Mark
    side: str
    title: str
    explanation: str
    evidence: list[tuple[str, str]]
    lines: list[str]
    advice: str
    standing: str
    gauge: Gauge | None = None
    panel: Panel | None = None
    consequences: list[Card] = field(default_factory=list)


def cards(findings: Sequence[Finding], panels: Sequence[Panel] = ()) -> list[Card]:
    """The findings that nothing else explains, each with all that it explains below it.

    Args:
        panels: The figures of the page: the one that shows a finding's effect stands with it.
    """
    drawn = {panel.name: panel for panel in panels}

    def card(node: Node) -> Card:
        finding, said = node.finding, words.finding(node.finding)
        return Card(
            slug=finding.rule,
            mark=words.SEVERITY_MARKS[finding.severity],
            side=finding.variant or "",
            title=said.title,
            explanation=said.explanation,
            evidence=evidence(words.unsaid(finding, drawn_by(finding)))[:EVIDENCE_SHOWN],
            lines=[str(line) for line in finding.lines],
            advice=said.advice,
            gauge=gauge(finding),
            panel=_panel(finding.rule, drawn),
            standing=words.standing(finding),
            consequences=[card(below) for below in node.below],
        )

    return [card(node) for node in arranged(findings)]


@dataclass(frozen=True)
class Node:
    """A finding, and those that it explains."""

    finding: Finding
    below: list[Node]


def arranged(findings: Sequence[Finding]) -> list[Node]:
    """Each finding once, in their order, below what explains it; in a circle the first stands on top."""
    causes = [_cause(place, findings) for place in range(len(findings))]
    shown: set[int] = set()

    def node(place: int) -> Node:
        shown.add(place)
        below = [node(other) for other, cause in enumerate(causes) if cause == place and other not in shown]
        return Node(findings[place], below)

    roots = [node(place) for place, cause in enumerate(causes) if cause is None]
    return roots + [node(place) for place in range(len(findings)) if place not in shown]


def _panel(rule: str, drawn: Mapping[str, Panel]) -> Panel | None:
    """The figure that shows a rule's effect, or its counterpart on the page of another kind."""
    name = PANELS.get(rule, "")
    return drawn.get(name) or drawn.get(OF_ENCODERS.get(name, ""))


def _cause(place: int, findings: Sequence[Finding]) -> int | None:
    """Place of the finding that explains this one, of the same variant where there is one; None without any."""
    finding = findings[place]
    found = [other for other, cause in enumerate(findings) if cause.rule == finding.caused_by and other != place]
    return min(found, key=lambda other: findings[other].variant != finding.variant, default=None)


def evidence(values: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """What a rule rests on, as name and text; numbers to three digits."""
    return [(name, _text(value)) for name, value in values.items() if value is not None]


def _text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return words.PAGE["yes" if value else "no"]
    if isinstance(value, int | float):
        return words.number(float(value))
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    return words.LADDER[str(value)].short if value in words.LADDER else str(value)

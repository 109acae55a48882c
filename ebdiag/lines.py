"""What lint found as lines of text: of a compiler, or of GitHub's annotations."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, get_args

from . import words
from .kinds import of
from .records import Script, Variant, placed
from .result import Finding, Lint, VariantResult
from .safe import printable, visible
from .schema import LineRef, Side

WIDTH, INDENT = 100, "    "
LEVELS = {"error": "error", "warning": "warning", "deviation": "notice", "note": "notice"}
"""Severity → what GitHub calls it."""


def text(found: Lint) -> str:
    """The sanity ladder of both variants, each finding with its line, and how many there are."""
    findings = [_finding(found, finding) for finding in found.findings]
    blocks = [*_scripts(found), _ladder(found), *findings, _count(found)]
    return "\n".join(block for block in blocks if block) + "\n"


def _scripts(found: Lint) -> list[str]:
    """What became of each side that is a script."""
    shown = []
    for side in get_args(Side):
        rows = found.variants[side].facts.get("script")
        if isinstance(rows, dict):
            shown.append(script(found.variants[side].path, Script(**rows)))  # type: ignore[arg-type]
    return shown


def script(path: str, what: Script | None) -> str:
    """What of a script was recognised, assumed and left out, each with its line."""
    assert what is not None
    rows: list[tuple[str, str, str]] = [(placed(path, line), part, text) for line, part, text in what.recognised]
    columns = [max((_columns(row[column]) for row in rows), default=0) for column in (0, 1)]
    shown = [words.say("script head", path=path)]
    for place, part, text in rows:
        cells = [cell + " " * (width - _columns(cell)) for cell, width in zip((place, part), columns, strict=True)]
        shown.append(f"  {cells[0]}  {cells[1]}  {text}")
    if what.assumed:
        shown.append(words.say("script assumed"))
        shown += [f"  {placed(path, line)}  {text}" for line, text in what.assumed]
    if what.left_out:
        shown.append(words.say("script left out"))
        shown += [f"  {placed(path, line)}  {text}  ({why})" for line, text, why in what.left_out]
    return "\n".join(shown) + "\n"


def github(found: Lint) -> str:
    """One workflow command a finding: `::error file=mine.py,line=34,title=…::…`."""
    return "".join(f"{annotation(finding)}\n" for finding in found.findings)


def _ladder(found: Lint) -> str:
    """One line a rung, a column a variant, and below them why a rung was not passed; empty without a ladder."""
    rungs: dict[Side, dict[str, Any]] = {
        side: {row["rung"]: row for row in _rows(found, side)} for side in get_args(Side)
    }
    if not any(rungs.values()):
        return ""
    table = [(words.say("ladder head"), *get_args(Side))]
    table += [
        (rung.short, *(_cell(rungs[side].get(slug), slug) for side in get_args(Side)))
        for slug, rung in words.LADDER.items()
        if slug.partition("-")[0] in of(found.variants["mine"].kind).nets
    ]
    widths = [max(_columns(row[column]) for row in table) for column in range(len(table[0]))]
    shown = [
        "  ".join(cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    shown += [
        f"  {side}, {words.LADDER[slug].short}: {row['reason']}"
        for side in get_args(Side)
        for slug, row in rungs[side].items()
        if row["reason"]
    ]
    return "\n".join(shown) + "\n"


def _rows(found: Lint, side: Side) -> list[Any]:
    rows = found.variants[side].facts.get("ladder")
    return rows if isinstance(rows, list) else []


def _cell(row: Mapping[str, Any] | None, slug: str) -> str:
    if row is None:
        return words.RUNG_MARKS[None].sign
    return words.rung_cell(words.RUNG_MARKS[row["passed"]].sign, row["value"], slug, row["threshold"])


def headline(finding: Finding, variants: Mapping[Side, Variant | VariantResult]) -> str:
    """`mine.py:34: error[slug] title`; the model's file stands in front where the finding has no line."""
    path = variants[finding.variant].path if finding.variant else ""
    place = str(finding.lines[0]) if finding.lines else path
    head = f"{finding.severity}[{finding.rule}] {words.finding(finding).title}"
    return printable(f"{place}: {head}" if place else head)


def _finding(found: Lint, finding: Finding) -> str:
    """Its headline, with explanation and advice indented below it."""
    said = words.finding(finding)
    below = [line for paragraph in (said.explanation, _advice(finding)) for line in _filled(paragraph)]
    return "\n".join([headline(finding, found.variants), *below])


def _advice(finding: Finding) -> str:
    """What to do, and whether that is known to help."""
    return " ".join(filter(None, (words.finding(finding).advice, words.standing(finding))))


def _columns(text: str) -> int:
    """Columns that a text takes up on a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _filled(paragraph: str) -> list[str]:
    """Indented lines of at most `WIDTH` columns, of which a wide character takes two."""
    lines: list[str] = []
    for word in paragraph.split():
        if lines and _columns(lines[-1]) + 1 + _columns(word) <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f"{INDENT}{word}")
    return lines


def _count(found: Lint) -> str:
    of = [finding.severity for finding in found.findings]
    errors, warnings = of.count("error"), of.count("warning")
    return words.counted(errors, warnings, len(of) - errors - warnings)


def annotation(finding: Finding) -> str:
    """GitHub's workflow command of a finding, in English."""
    with words.speaking(words.ENGLISH):
        message = "\n".join(filter(None, (finding.title, finding.explanation, finding.advice, words.standing(finding))))
    return command(LEVELS[finding.severity], finding.rule, message, finding.lines[0] if finding.lines else None)


def command(level: str, title: str, message: str, line: LineRef | None) -> str:
    """A workflow command that annotates a line: `::error file=mine.py,line=34,title=…::…`."""
    values = {"title": title}
    if line is not None:
        values = {"file": line.file, "line": str(line.line), **values}
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in values.items())
    return f"::{level} {properties}::{_escaped(message)}"


def _escaped(value: str, more: str = "") -> str:
    """As workflow commands ask: percent, line ends and, in properties, colon and comma as %XX."""
    value = visible(value)
    for character in "%\r\n" + more:
        value = value.replace(character, f"%{ord(character):02X}")
    return value

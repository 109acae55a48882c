"""A judgement where pipelines look for it: JUnit, GitHub's annotations, summary and outputs, Markdown.

Names, reasons and paths come from users' files: they are data in every format.
"""

from __future__ import annotations

import io
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

from . import lines
from .folders import write_atomically
from .gate import Gate
from .safe import visible
from .schema import LineRef
from .weigh import NAMES, SIGNS, TITLES, Row, Status
from .words import number, percent

Format = Literal["github", "gitlab", "plain"]
FORMATS: tuple[Format, ...] = get_args(Format)

JUNIT, MARKDOWN = "junit.xml", "gate.md"
"""Files in the report's folder."""

MAX_SUMMARY_BYTES = 1 << 20
"""What GitHub takes as the summary of a step."""

MAX_ANNOTATIONS = 10
"""Of one kind that GitHub shows for a step."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold. Source: https://www.w3.org/TR/xml/#charsets."""


def detected(environment: Mapping[str, str]) -> Format:
    """Where the command runs, by what the services set."""
    if environment.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "gitlab" if environment.get("GITLAB_CI") == "true" else "plain"


def junit(gate: Gate, path: Path) -> Path:
    """Write a JUnit file: a missed bar is a failure, a failed run an error, what cannot be told is skipped."""
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

    suite = TestSuite(_xml(f"ebdiag: {gate.mine} against {gate.last or gate.ref}"))
    for row in gate.rows:
        case = TestCase(_xml(row.bar), classname=_xml(f"ebdiag.{gate.bars}"), time=0)
        if row.status == "missed":
            case.result = [Failure(_xml(row.reason), "missed")]
        elif row.status == "run_failed":
            case.result = [Error(_xml(row.reason), "run failed")]
        elif row.status == "cannot_tell":
            case.result = [Skipped(_xml(row.reason))]
        case.system_out = _xml(row.reason)
        suite.add_testcase(case)
    document = JUnitXml()
    suite.update_statistics()
    document.add_testsuite(suite)
    buffer = io.BytesIO()
    document.write(buffer, pretty=True)
    write_atomically(path, buffer.getvalue())
    return path


def markdown(gate: Gate) -> str:
    """The judgement as Markdown."""
    from .templating import markdown as md

    last = f", and against the last accepted report {md(gate.last)}" if gate.last is not None else ""
    sides = ("ref", "now") if gate.last is None else ("ref", "last", "now")
    text = [
        f"## {SIGNS[gate.status]} {TITLES[gate.status]}",
        "",
        f"{md(gate.mine)} against {md(gate.ref)}{last}; bars of {md(gate.bars)}, each at {percent(gate.confidence)} by "
        "itself.",
        "",
        *_table(("", "bar", "measured"), ":--"),
        *(_row(f"{SIGNS[row.status]} {NAMES[row.status]}", md(row.bar), md(row.reason)) for row in gate.rows),
    ]
    if gate.table:
        text += ["", *_table(("", *sides), "--:")]
        text += [_row(md(one.metric), *(number(getattr(one, side)) for side in sides)) for one in gate.table]
    if gate.findings:
        text += ["", "### What may explain it", ""]
    for finding in gate.findings:
        places = "".join(f" {md(str(line))}" for line in finding.lines)
        text.append(f"- **{finding.severity}** {md(finding.title)}{places}")
    return "\n".join(text) + "\n"


def _table(names: Sequence[str], right: str) -> list[str]:
    return [_row(*names), f"|:--|{f'{right}|' * (len(names) - 1)}"]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def commands(gate: Gate) -> Iterator[str]:
    """Workflow commands: each bar that is not passed at the likeliest line of mine, then findings at theirs."""
    first = next((line for line in gate.lines if _in_repository(line)), None)
    place = first or (LineRef(file=gate.mine, line=1) if not gate.mine.startswith("ref:") else None)
    order: tuple[Status, ...] = ("missed", "run_failed", "cannot_tell")
    rows = sorted((row for row in gate.rows if row.status in order), key=lambda row: order.index(row.status))
    told = [_command(row, place) for row in rows]
    found = [lines.annotation(finding) for finding in gate.findings if any(map(_in_repository, finding.lines))]
    shown = told[: max(MAX_ANNOTATIONS - len(found), 1)]
    yield from [*shown, *found][:MAX_ANNOTATIONS]


def report(gate: Gate, folder: Path, style: Format, say: Callable[[str], None]) -> None:
    """Write the files of a service, and say what it reads from the output; nothing for `plain`.

    Args:
        folder: Of the report; gets `junit.xml` and `gate.md`.
    """
    if style == "plain":
        return
    junit(gate, folder / JUNIT)
    text = markdown(gate)
    write_atomically(folder / MARKDOWN, text.encode())
    if style != "github":
        return
    for command in commands(gate):
        say(command)
    _append("GITHUB_STEP_SUMMARY", _cut(text))
    outputs = {"status": gate.status, "exit-code": str(gate.exit_code), "report": str(folder)}
    _append("GITHUB_OUTPUT", "".join(_output(name, value) for name, value in outputs.items()))


def _command(row: Row, place: LineRef | None) -> str:
    level = "error" if row.status in ("missed", "run_failed") else "warning"
    return lines.command(level, f"bar {NAMES[row.status]}: {row.bar}", row.reason, place)


def _in_repository(line: LineRef) -> bool:
    return not line.file.startswith("ref:")


def _append(variable: str, text: str) -> None:
    """To the file that a variable names, if it is set."""
    name = os.environ.get(variable)
    if name:
        with open(name, "a", encoding="utf-8") as file:
            file.write(text)


def _output(name: str, value: str) -> str:
    """As GitHub reads values of any content: between marks that they cannot contain."""
    mark = f"ebdiag-{secrets.token_hex(8)}"
    return f"{name}<<{mark}\n{value}\n{mark}\n"


def _cut(text: str) -> str:
    """At a line, where it is more than the service takes."""
    raw, note = text.encode(), "\n\n… the rest is in gate.md of the report.\n"
    if len(raw) <= MAX_SUMMARY_BYTES:
        return text
    kept = raw[: MAX_SUMMARY_BYTES - len(note.encode())]
    return kept[: kept.rfind(b"\n")].decode(errors="ignore") + note


def _xml(text: str) -> str:
    return _FORBIDDEN.sub("�", visible(text))

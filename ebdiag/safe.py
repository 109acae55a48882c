"""Text out of somebody's files → text that nobody obeys: no terminal, no log of a pipeline, no reader of JSON."""

from __future__ import annotations

import json
import re

OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Controls of terminals (C0, DEL, C1), of the direction of writing, invisible signs and halves of characters.

Tabs and line ends are for those who call to judge; U+200C and U+200D join letters and stay.
"""

COMMAND = re.compile(r"^(\s*:)(?=:)|##(?=\[)", re.MULTILINE)
"""What GitHub takes for a command in the output of a step: `::` at the beginning of a line, `##[` anywhere."""

REPLACED = "\N{REPLACEMENT CHARACTER}"


def visible(text: str) -> str:
    """The text with a sign in place of everything that is obeyed instead of shown; line ends and tabs stay."""
    return OBEYED.sub(REPLACED, text)


def printable(text: str) -> str:
    """As `visible`, in one line: a sign also in place of line ends and tabs."""
    return re.sub(r"[\t\n]", REPLACED, visible(text))


def harmless(text: str) -> str:
    """Lines for a terminal or for the log of a pipeline: as `visible`, and a space within what would be a command."""
    return COMMAND.sub(lambda found: f"{found[1]} " if found[1] else "# #", visible(text))


def json_text(content: object, *, indent: int = 1) -> str:
    """JSON with a line end: what `visible` replaces is written as \\uXXXX, so that it reads back as it was."""
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)
    return OBEYED.sub(_escaped, text).replace("##[", "#\\u0023[") + "\n"


def _escaped(sign: re.Match[str]) -> str:
    return json.dumps(sign[0])[1:-1]

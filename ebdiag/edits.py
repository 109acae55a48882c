"""Changes of a text that leave every other character as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import EbdiagError


class MendError(EbdiagError):
    """What was asked for cannot be written into the file; the message says why."""


@dataclass(frozen=True)
class Edit:
    """The characters from `start` to `end` become `text`; with `start == end` it is inserted there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Text:
    """Python source whose tree's positions can be looked up; `shown` is how a person knows the file."""

    text: str
    shown: str

    def at(self, line: int, column: int = 0) -> int:
        """Place of a position of the tree, whose columns count bytes."""
        rows = self.text.split("\n")
        before = sum(len(row) + 1 for row in rows[: line - 1])
        if line > len(rows):
            return len(self.text)
        return before + len(rows[line - 1].encode()[:column].decode(errors="ignore"))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where an expression or statement starts and ends."""
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def segment(self, node: ast.AST) -> str:
        """The source of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def block(self, statement: ast.stmt) -> tuple[int, int]:
        """The lines of a statement with its decorators and the comment right above.

        Raises:
            MendError: Another statement shares one of its lines.
        """
        rows = self.text.split("\n")
        first = min([statement.lineno, *(node.lineno for node in getattr(statement, "decorator_list", []))])
        start, end = self.span(statement)
        tail = self.text[end:].split("\n", 1)[0].strip()
        head = self.text[self.at(first) : start].strip() if first == statement.lineno else ""
        if head or (tail and not tail.startswith("#")):
            raise MendError(
                "two statements share a line", file=self.shown, line=statement.lineno, hint="put each on its own"
            )
        while first > 1 and rows[first - 2].strip().startswith("#") and _depth(rows[first - 2]) == statement.col_offset:
            first -= 1
        assert statement.end_lineno is not None
        return self.at(first), self.at(statement.end_lineno + 1)

    def removal(self, statement: ast.stmt) -> Edit:
        """Takes a statement out together with the blank lines that kept it apart."""
        start, end = self.block(statement)
        rest = self.text[end:]
        blank = len(rest) - len(rest.lstrip("\n"))
        if blank == len(rest):
            before = self.text[:start]
            start -= len(before) - len(before.rstrip("\n")) - 1 if before.strip() else 0
        return Edit(start, end + blank, "")


def _depth(row: str) -> int:
    return len(row) - len(row.lstrip())


def applied(source: Text, edits: Iterable[Edit]) -> str:
    """The text after all edits; those at one place keep their order.

    Raises:
        MendError: Two of them want to write the same characters.
    """
    done: list[str] = []
    reached = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < reached:
            if edit.text == "" and edit.end <= reached:
                continue
            if edit.text == "" and done[-1:] == [""]:
                reached = max(reached, edit.end)
                continue
            line = source.text[: edit.start].count("\n") + 1
            raise MendError("two of the changes touch the same lines", file=source.shown, line=line)
        done += [source.text[reached : edit.start], edit.text]
        reached = edit.end
    return "".join([*done, source.text[reached:]])

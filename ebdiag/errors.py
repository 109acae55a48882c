"""Errors a person can act on: what is wrong, where, expected against got, likely cause, what to do."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable

from .safe import visible

LONGEST = 4_000
"""Characters shown of one text in a message."""


class EbdiagError(Exception):
    """A mistake in usage or input; shown as one message without a traceback, exit code 2.

    Args:
        message: What is wrong, in one sentence without a final full stop.
        file: The file it is about, as the person named it.
        line: Line of `file`, 1-based.
        expected: What ebdiag needed.
        got: What it found instead.
        hint: Likely cause, or what to do.
        docs: Page of the documentation to read.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        expected: str | None = None,
        got: str | None = None,
        hint: str | None = None,
        docs: str | None = None,
    ) -> None:
        self.message, self.file, self.line = message, file, line
        self.expected, self.got, self.hint, self.docs = expected, got, hint, docs
        super().__init__(self.render())

    def render(self) -> str:
        """The message as printed after `error: `, one to three lines."""
        file = _line(self.file or "")
        place = file if self.line is None or not file else f"{file}:{self.line}"
        message = _line(self.message)
        lines = [f"{place}: {message}" if place else message]
        if self.expected is not None or self.got is not None:
            facts = [f"expected {_line(self.expected)}"] if self.expected is not None else []
            facts += [f"got {_line(self.got)}"] if self.got is not None else []
            lines.append("  " + ", ".join(facts) + (f" -- {_line(self.hint)}" if self.hint else ""))
        elif self.hint:
            lines.append(f"  {_line(self.hint)}")
        if self.docs:
            lines[-1] += f"     see {self.docs}"
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.fields())

    def fields(self) -> dict[str, object]:
        """Everything but the message, as keyword arguments of the constructor."""
        return {
            "file": self.file,
            "line": self.line,
            "expected": self.expected,
            "got": self.got,
            "hint": self.hint,
            "docs": self.docs,
        }


class VariantError(EbdiagError):
    """A variant file breaks the contract so that it cannot run."""


def _line(text: str) -> str:
    """Text of somebody's file in one line of a message, which ends somewhere."""
    shown = visible(" ".join(text.splitlines()))
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}… ({len(shown):,} characters)"


def _rebuild(kind: type[EbdiagError], message: str, fields: dict[str, object]) -> EbdiagError:
    return kind(message, **fields)  # type: ignore[arg-type]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`Did you mean 'x'? Known: a, b` for an unknown name; the guess is left out where nothing is close."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"Did you mean '{close[0]}'? " if close else ""
    return f"{guess}Known: {', '.join(known)}"


DISK = frozenset(
    number
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EACCES", "EPERM", "EIO", "ENAMETOOLONG")
    if (number := getattr(errno, name, None)) is not None
)
"""What a disk says that is full, or a place that is out of reach."""


def of_disk(error: OSError, place: str) -> EbdiagError | None:
    """The mistake that a full disk or a folder without permission is; None for any other error of the system.

    Args:
        place: What was being written, where the error does not say.
    """
    if error.errno not in DISK:
        return None
    return EbdiagError(
        f"cannot be read or written: {error.strerror}", file=str(error.filename or place),
        hint="what is finished is kept; make room, or choose another folder (--out, EBDIAG_HOME, EBDIAG_CACHE)",
    )  # fmt: skip

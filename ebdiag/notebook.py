"""In a notebook: one output that is redrawn in place while runs train. Never imports IPython where it is not loaded."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import words
from .glance import render
from .progress import Cells, Row, kind_of
from .records import RunSpec

REDRAWN_S = 0.5
"""The output is redrawn at most this often: a notebook keeps up with it, even over a slow line."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, as in Jupyter, Colab or an editor."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


@dataclass(frozen=True)
class Progress:
    """What the output shows; a notebook takes the form that it can draw.

    Attributes:
        notes: Sentences, in the order in which they were said.
        rows: (side, cells) of each run.
        watched: What is measured of each, as columns.
    """

    notes: tuple[str, ...]
    rows: tuple[tuple[str, Cells], ...]
    watched: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        return render("progress.html.j2", progress=self, columns=words.PROGRESS, language=words.language())

    def __repr__(self) -> str:
        rows = [" ".join([f"{cells.run}:", cells.step, cells.left]).rstrip() for _, cells in self.rows]
        return "\n".join([*self.notes, *rows])


class NotebookProgress:
    """A `Watcher` with one output, under the cell that runs."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.rows: dict[str, Row] = {}
        self.handle: Any = None
        self.drawn = 0.0

    def say(self, text: str) -> None:
        """A sentence above the rows."""
        self.notes.append(text)
        self._draw()

    def begin(self, specs: Sequence[RunSpec], expected_s: float) -> None:
        """Announce the runs."""
        self.rows = {spec.id: Row(spec) for spec in specs}
        self.say(words.announced(len(specs), expected_s))

    def event(self, name: str, event: dict[str, Any]) -> None:
        """Take note; a run's start and end are drawn at once, all else at the output's own pace."""
        self.rows[name].hear(event)
        if "state" in event or time.monotonic() - self.drawn >= REDRAWN_S:
            self._draw()

    def end(self) -> None:
        """The last state stays; what was still to come has been stopped."""
        for row in self.rows.values():
            row.stop()
        self._draw()

    def _draw(self) -> None:
        from IPython.display import display

        rows = list(self.rows.values())
        watched = kind_of(rows[0].spec).watched if rows else ()
        shown = Progress(tuple(self.notes), tuple((row.spec.side, row.cells()) for row in rows), watched)
        if self.handle is None:
            self.handle = display(shown, display_id=True)
        else:
            self.handle.update(shown)
        self.drawn = time.monotonic()

"""The one way to a terminal. Names, paths and messages of users' files are data there, too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from .safe import harmless, printable


class Terminal(Console):
    """A console that takes no text for markup, and lets no control sequence through but its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich does it, with every piece of text made harmless."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)

    def sentence(self, text: str, style: str = "", *, soft_wrap: bool | None = None) -> None:
        """Print a text of one line: a line end in a name begins none."""
        self.print(Text(printable(text), style=style), soft_wrap=soft_wrap)

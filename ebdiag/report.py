"""Report folder → `report.html`, `report.md` and `figures/`. Reads only the folder, decides nothing, needs no torch."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import jinja2

from . import drawings, words
from . import evidence as evidences
from .errors import EbdiagError
from .figures.style import standalone, theme_variables
from .folders import made, write_atomically
from .page import endings, page
from .pictures import FOLDER, album
from .result import FILE_NAME, Result
from .templating import asset, environment

HTML, MARKDOWN, FIGURES = "report.html", "report.md", FOLDER
MARKDOWN_LENGTH = 60_000
"""Characters that a comment on a pull request may have."""

NONSENSE = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Python raises where a value is not what it has to be."""


def write(folder: Path) -> list[Path]:
    """Render a report folder; the same bytes every time from the same folder.

    Args:
        folder: With `result.json` and, as far as there was something to record, `data/`.

    Returns:
        The files written, `report.html` first.

    Raises:
        EbdiagError: No `result.json`, or a file that cannot be read.
    """
    result = Result.load(folder)
    found = evidences.read(folder)
    figures = made(folder, FIGURES)
    drawn = drawings.drawn(result, found, folder)
    pictures: dict[str, bytes] = {
        f"{panel.name}.svg": standalone(panel.svg, html.escape(panel.title)).encode() for panel in drawn
    }
    shown = album(result, found, endings(result))
    pictures |= shown.files
    content = page(result, found=found, panels=drawn, album=shown)
    css = asset("report.css").replace("LIGHT", theme_variables(dark=False)).replace("DARK", theme_variables(dark=True))
    shared = {"page": content, "captions": words.CAPTIONS, "terms": words.TERMS, "sentences": words}
    written = [folder / HTML, folder / MARKDOWN]
    text = environment("html").get_template("report.html.j2").render(**shared, css=css)
    write_atomically(written[0], text.encode())  # someone may be looking at it while it is written anew
    write_atomically(written[1], _short_enough(environment("md").get_template("report.md.j2"), shared).encode())
    for stale in figures.iterdir():
        if stale.suffix in (".svg", ".png") and stale.name not in pictures:
            stale.unlink()
    for name, picture in pictures.items():
        write_atomically(figures / name, picture)
        written.append(figures / name)
    return written


def again(folder: Path) -> list[Path]:
    """`write` for a folder that may come from anywhere: what no ebdiag can have written is an error of its input.

    Raises:
        EbdiagError: As `write`; or the result says what cannot be shown.
    """
    try:
        return write(folder)
    except EbdiagError:
        raise
    except NONSENSE as error:
        raise EbdiagError(
            "cannot be shown", file=str(folder / FILE_NAME), expected="what `ebdiag compare` wrote",
            got=f"{type(error).__name__}: {error}",
            hint="was it changed? If it is as ebdiag wrote it, this is a mistake of ebdiag",
        ) from error  # fmt: skip


def _short_enough(template: jinja2.Template, shared: dict[str, Any]) -> str:
    """The page in Markdown, with as much of what is folded as a comment may have."""
    for depth in (2, 1, 0):
        text = template.render(**shared, depth=depth)
        if len(text) <= MARKDOWN_LENGTH:
            return text
    cut = text[: MARKDOWN_LENGTH - len(words.PAGE["cut"]) - 2]
    return f"{cut[: cut.rindex(chr(10))]}\n\n{words.PAGE['cut']}\n"

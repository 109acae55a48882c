"""Rows → `sweep.html`, `sweep.md`, `sweep.parquet` and `figures/`; the same bytes every time from the same rows."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from .. import words
from ..figures.style import standalone, theme_variables
from ..folders import made, write_atomically
from ..kinds import Kind
from ..pictures import FOLDER
from ..records import DataSpec
from ..report import MARKDOWN_LENGTH
from ..safe import visible
from ..store import room
from ..templating import asset, environment, markdown
from . import rows as table
from .ask import Sweep
from .page import IN_MARKDOWN, Page, page
from .rows import Row

HTML, MARKDOWN, PARQUET = "sweep.html", "sweep.md", "sweep.parquet"


def write(
    folder: Path, rows: Sequence[Row], sweep: Sweep, kind: Kind, data: DataSpec, *, planned: int, command: str
) -> list[str]:
    """Render a sweep.

    Args:
        rows: Those that are judged, with their commands.
        planned: How many runs the sweep has.
        command: What to type to get the same, or to go on.

    Returns:
        What it shows, in sentences.
    """
    with room(folder):
        folder.mkdir(parents=True, exist_ok=True)
        table.write(folder / PARQUET, rows, [metric.key for metric in kind.metrics])
        content = page(rows, sweep, kind, data, planned=planned, command=command)
        css = asset("report.css").replace("LIGHT", theme_variables(dark=False))
        css = css.replace("DARK", theme_variables(dark=True))
        text = environment("html", words.SWEEP).get_template("sweep.html.j2")
        write_atomically(
            folder / HTML, text.render(page=content, css=css, language=words.language()).encode("utf-8")
        )  # someone may be looking at it while it is written anew
        template = environment("md", words.SWEEP).get_template("sweep.md.j2")
        for most, levels in ((IN_MARKDOWN, content.level_rows), (IN_MARKDOWN // 4, content.level_rows), (0, [])):
            shown = content.failing[:most]
            text_md = template.render(
                page=content, levels=levels,
                cause_families=[markdown(name) for name in content.cause_families],
                commands=[(one.score, one.cause, f"`{one.command}`") for one in shown],
                cut=content.cut + len(content.failing) - len(shown),
            )  # fmt: skip
            if len(text_md) <= MARKDOWN_LENGTH:
                break
        write_atomically(folder / MARKDOWN, text_md.encode("utf-8"))
        _pictures(folder, content)
    return content.summary


def _pictures(folder: Path, content: Page) -> None:
    """The figures as files, for the page in Markdown; those of an earlier report go."""
    place = made(folder, FOLDER)
    titles = {one.file: html.escape(visible(one.title)) for one in content.figures}
    files = {one.file: standalone(one.svg, titles[one.file]).encode() for one in content.figures}
    files |= {one.file: one.png for one in content.pictures}
    for stale in place.iterdir():
        if stale.suffix in (".svg", ".png") and f"{FOLDER}/{stale.name}" not in files:
            stale.unlink()
    for name, drawing in files.items():
        write_atomically(folder / name, drawing)

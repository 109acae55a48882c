"""Report folder → `report.html`, `report.md` and `figures/`. Reads only the folder, decides nothing, needs no torch."""

from __future__ import annotations

import base64
import html
import re
from importlib.resources import files
from pathlib import Path
from typing import Literal

import jinja2
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from . import drawings, words
from . import evidence as evidences
from .evidence import Evidence
from .figures import samples
from .figures.style import SIDES, Side, standalone, theme_variables
from .page import Grid, endings, page
from .result import Result

HTML, MARKDOWN, FIGURES = "report.html", "report.md", "figures"
COLUMNS = 8
SAMPLE_BYTES = 1_000_000
"""All grids of images together; with the figures the page stays below 2 MB. Later seeds show fewer rows, then none."""
PAIR_SHARE = 0.6
"""Of what is left, a seed's pair of grids takes at most this."""
MARKDOWN_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|~!&\"']")


def write(folder: Path) -> list[Path]:
    """Render a report folder; the same bytes every time from the same folder.

    Args:
        folder: With `result.json` and, as far as there was something to record, `data/`.

    Returns:
        The files written, `report.html` first.

    Raises:
        EbdiagError: No `result.json`, or a file that cannot be read.
    """
    result = Result.load(folder / "result.json")
    found = evidences.read(folder)
    figures = folder / FIGURES
    figures.mkdir(exist_ok=True)
    drawn = drawings.drawn(result, found, folder)
    pictures: dict[str, bytes] = {
        f"{panel.name}.svg": standalone(panel.svg, html.escape(panel.title)).encode() for panel in drawn
    }
    grids, grid_pictures = _grids(result, found)
    pictures |= grid_pictures
    content = page(
        result,
        panels=drawn,
        real=[_uri(row) for row in _real_rows(found)],
        samples=grids,
        sample_files=[grid for grid in grids if grid.file],
        absences=_absences(result, found),
    )
    css = _asset("report.css").replace("LIGHT", theme_variables(dark=False)).replace("DARK", theme_variables(dark=True))
    shared = {
        "page": content,
        "captions": words.CAPTIONS,
        "terms": words.TERMS,
        "no_differences": words.NO_DIFFERENCES,
        "parts_same": words.PARTS_SAME,
    }
    written = [folder / HTML, folder / MARKDOWN]
    written[0].write_text(_environment("html").get_template("report.html.j2").render(**shared, css=css), "utf-8")
    written[1].write_text(_environment("md").get_template("report.md.j2").render(**shared), "utf-8")
    for stale in figures.iterdir():
        if stale.suffix in (".svg", ".png") and stale.name not in pictures:
            stale.unlink()
    for name, picture in pictures.items():
        (figures / name).write_bytes(picture)
        written.append(figures / name)
    return written


def _asset(name: str) -> str:
    return (files("ebdiag") / "templates" / name).read_text("utf-8")


def _environment(kind: Literal["html", "md"]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=kind == "html",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = _prose
    environment.filters["md"] = _markdown
    environment.filters["breakable"] = _breakable
    return environment


def _prose(text: str) -> Markup:
    """HTML of a sentence; what stands between backticks becomes code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text)))


def _breakable(name: str) -> Markup:
    """HTML of a dotted name or a path that may break after each dot and slash."""
    return Markup(re.sub(r"([./])", r"\1<wbr>", html.escape(name)))


def _markdown(text: str) -> str:
    """Markdown that shows the text as it is, whatever is in it; what stands between backticks becomes code."""

    def escaped(piece: str) -> str:
        return MARKDOWN_SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", piece).replace("\n", "<br>")

    pieces = re.split(r"`([^`]+)`", text)
    return "".join(
        f"<code>{escaped(piece)}</code>" if place % 2 else escaped(piece) for place, piece in enumerate(pieces)
    )


def _real_rows(found: Evidence) -> list[bytes]:
    """PNG of one row of real images for each column of grids."""
    if found.real is None:
        return []
    starts = range(0, min(len(found.real), 2 * COLUMNS), COLUMNS)
    return [samples.grid(found.real[start : start + COLUMNS], columns=COLUMNS, rows=1) for start in starts]


def _grids(result: Result, found: Evidence) -> tuple[list[Grid], dict[str, bytes]]:
    """Grids of ref and mine at their last checkpoint, seed by seed, and the pictures of the first pair by file name.

    The first pair is of the first seed that both have samples of. Where a variant has none, its grid says why.
    """
    last: dict[tuple[str, int], int] = {}
    for side, seed, step in found.samples:
        last[side, seed] = max(step, last.get((side, seed), 0))
    seeds = [seed for seed in result.budget.seeds if any((side, seed) in last for side in SIDES)]
    seeds.sort(key=lambda seed: -sum((side, seed) in last for side in SIDES))
    grids: list[Grid] = []
    pictures: dict[str, bytes] = {}
    left = SAMPLE_BYTES
    for seed in seeds or result.budget.seeds[:1]:
        steps = {side: last[side, seed] for side in SIDES if (side, seed) in last}
        rows, encoded = _pair(
            {side: found.samples[side, seed, step] for side, step in steps.items()}, left * PAIR_SHARE
        )
        left -= sum(map(len, encoded.values()))
        for side in SIDES:
            if side in encoded:
                shown = min(len(found.samples[side, seed, steps[side]]), rows * COLUMNS)
                label = f"step {words.count(steps[side])}, seed {seed}"
                file = f"{FIGURES}/samples-{side}.png" if not pictures.get(f"samples-{side}.png") else ""
                pictures.setdefault(f"samples-{side}.png", encoded[side])
                alt = words.samples_alt(side, shown, seed, steps[side])
                grids.append(Grid(side, label, alt, _uri(encoded[side]), file))
            elif side not in steps:
                why = [sentence for sentence in endings(result) if sentence.startswith(f"{side} ")]
                grids.append(Grid(side, f"seed {seed}", " ".join([words.absent(side, "samples"), *why])))
    return grids, pictures


def _pair(images: dict[Side, NDArray[np.uint8]], most: float) -> tuple[int, dict[Side, bytes]]:
    """Rows shown, and their PNGs, of at most `most` bytes together; none where one row is too much."""
    for rows in (8, 4, 2, 1):
        encoded = {side: samples.grid(array, columns=COLUMNS, rows=rows) for side, array in images.items()}
        if sum(map(len, encoded.values())) <= most:
            return rows, encoded
    return 0, {}


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _absences(result: Result, found: Evidence) -> list[str]:
    """One sentence for everything that a variant has no data for."""
    sentences = []
    for side in SIDES:
        recorded = [table for (variant, _), table in found.series.items() if variant == side]
        if not recorded:
            sentences.append(words.absent(side, "curves"))
        if not any(variant == side for variant, _, _ in found.energies):
            scalar = not result.variants[side].facts.get("autoencoder", True)
            sentences.append(words.NO_AUTOENCODER.format(side) if scalar else words.absent(side, "energies"))
    return sentences

"""Figures that were drawn before: the same result and the same data on the same libraries give the same figures.

Drawing is most of what a comparison costs whose runs are all stored, and importing what draws is most of that.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from . import pair_panels, panels, words
from .cache import cache_folder
from .evidence import CHECKPOINTS, CODES, ENERGIES, PAIRS, SERIES, Evidence
from .folders import write_atomically
from .panel import Panel
from .records import digest
from .result import Result

KEPT = 50
"""Reports whose figures are kept, about a quarter of a megabyte each; the oldest go."""

LIBRARIES = ("matplotlib", "seaborn", "numpy")


def drawn(result: Result, found: Evidence, folder: Path) -> list[Panel]:
    """The panels of a report folder: as drawn before, or drawn now and kept in the user's cache folder."""
    name = _key(result, folder)
    path = cache_folder() / "drawings" / f"{name}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(path.read_text("utf-8"))
        if kept["digest"] == digest(kept["panels"]):
            return [
                Panel(**{**fields, "notes": tuple(fields["notes"]), "legend": tuple(map(tuple, fields["legend"]))})
                for fields in kept["panels"]
            ]
    makers = {"gan": panels.panels, "contrastive": pair_panels.panels}
    made = makers[result.variants["mine"].kind](result, found)
    rows = json.loads(json.dumps([asdict(panel) for panel in made]))
    with suppress(OSError):  # a cache that cannot be written to is no reason to show nothing
        write_atomically(path, json.dumps({"digest": digest(rows), "panels": rows}).encode())
        for old in sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    return made


def _key(result: Result, folder: Path) -> str:
    """Hash of everything that a figure depends on."""
    files = {}
    for name in (SERIES, CHECKPOINTS, ENERGIES, CODES, PAIRS):
        path = folder / name
        files[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    content = result.model_dump(mode="json", by_alias=True, exclude={"volatile"})
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return digest([_sources(), versions, words.language(), files, content])


def _sources() -> str:
    """Hash of the code that draws and of the words that it uses."""
    package = Path(__file__).parent
    drawing = [
        *(package / name for name in ("panel.py", "panels.py", "pair_panels.py", "pair_arrays.py")),
        *sorted((package / "words").glob("*.py")),
        *sorted((package / "figures").glob("*.py")),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in drawing)).hexdigest()

"""Folders that others may have made: what is read and written stays inside, and is no larger than it may be."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import EbdiagError

RESULT_BYTES = 64 << 20
"""Of `result.json`; one of a large model has half a megabyte."""

DATA_BYTES = 2 << 30
"""Of all arrays of a file in `data/`, unpacked; a report of large colour images has some tens of megabytes."""


def inside(folder: Path, name: str, *, most_bytes: int = DATA_BYTES) -> Path:
    """The place of a file of the folder, which need not be there.

    Raises:
        EbdiagError: It is a link to somewhere else, no plain file, or too large.
    """
    file, whole = folder / name, os.path.realpath(folder)
    place = Path(os.path.realpath(file))
    if not place.is_relative_to(whole):
        raise EbdiagError(
            "leads out of the report folder", file=str(file), expected="a file inside it",
            got=f"a link to {place}", hint="put a copy in its place if you trust it",
        )  # fmt: skip
    if file.exists() and not file.is_file():
        raise EbdiagError("is not a file", file=str(file), hint="give a report folder that `ebdiag compare` wrote")
    if file.is_file():
        small_enough(file, file.stat().st_size, most_bytes)
    return file


def small_enough(file: Path, size: int, most_bytes: int) -> None:
    """Refuse more bytes than a file may have, or may claim to unpack to.

    Raises:
        EbdiagError: With both sizes.
    """
    if size > most_bytes:
        raise EbdiagError(
            "is too large to be read", file=str(file), expected=f"{most_bytes >> 20:,} MiB or less",
            got=f"{size >> 20:,} MiB",
        )  # fmt: skip


def made(folder: Path, name: str) -> Path:
    """A folder inside the report folder, made where there is none.

    Raises:
        EbdiagError: It is a link, or a file: nothing is written through it.
    """
    place = folder / name
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        got = "a link" if place.is_symlink() else "a file"
        raise EbdiagError("is not written to", file=str(place), expected="a folder", got=got, hint="remove it")
    place.mkdir(exist_ok=True)
    return place


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, making its folder; a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    scratch.unlink(missing_ok=True)
    with scratch.open("xb") as file:  # never through a link that lies there
        file.write(content)
    os.replace(scratch, path)

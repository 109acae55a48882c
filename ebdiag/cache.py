"""Files in the cache folder: written whole or not at all, checked when read, made anew where damaged."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import platformdirs

from .folders import write_atomically

_log = logging.getLogger("ebdiag")


def cache_folder() -> Path:
    """Where parsed data sets are kept: `$EBDIAG_CACHE`, else the user's cache folder."""
    chosen = os.environ.get("EBDIAG_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("ebdiag")


def locked(path: Path) -> filelock.BaseFileLock:
    """A lock between processes for whoever makes `path`; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(str(path) + ".lock")


def arrays_digest(arrays: dict[str, np.ndarray]) -> str:
    """Hash of names, types, shapes and bytes, 16 hex digits."""
    hashed = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        hashed.update(f"{name} {array.dtype.str} {arrays[name].shape}".encode())
        hashed.update(array.tobytes())
    return hashed.hexdigest()[:16]


def read_arrays(
    path: Path, content_digest: Callable[[dict[str, np.ndarray]], str] = arrays_digest
) -> dict[str, np.ndarray] | None:
    """The arrays kept at `path`, or None where there are none or they are not what was written (said in the log)."""
    if not path.exists():
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            kept = {name: archive[name] for name in archive.files}
        sound = content_digest(kept) == Path(f"{path}.digest").read_text()
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        sound = False
    if not sound:
        _log.warning("%s is damaged and is made anew", path)
        return None
    return kept


def write_arrays(path: Path, arrays: dict[str, Any], content_digest: str) -> None:
    """Keep arrays at `path`, with their digest in a file beside it."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_atomically(path, buffer.getvalue())
    write_atomically(Path(f"{path}.digest"), content_digest.encode())

"""For each run that fails the command that finds out why, against the working one that is most like it.

That one is written out as a model file, with its settings in it, so that a trace has few differences to try.
"""

from __future__ import annotations

import math
import os.path
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import EbdiagError
from ..kinds import Decides
from ..records import Variant
from ..scripts.readable import plain
from ..search import SEEDS
from ..store import room, write_text
from .ask import Sweep
from .points import typed
from .rows import Row

FOLDER = "references"


def with_commands(
    rows: Sequence[Row], sweep: Sweep, decides: Decides, reference: str, folder: Path, variant: Callable[[Row], Variant]
) -> list[Row]:
    """The rows, those that fail with a command.

    Args:
        reference: What to hold a run against where no run of its file works.
        folder: Of the report; gets the models that commands name, below `references/`.
        variant: The model of a row.
    """
    commands = [""] * len(rows)
    written: dict[tuple[str, int], str] = {}
    for file in dict.fromkeys(row.file for row in rows):
        own = [place for place, row in enumerate(rows) if row.file == file]
        working = sorted((rows[place] for place in own if rows[place].works), key=lambda row: _badness(row, decides))
        failing = [place for place in own if not rows[place].works]
        near = _nearest([rows[place] for place in failing], working)
        for place, index in zip(failing, near, strict=True):
            ref = reference
            if index is not None:
                model = working[index]
                key = (model.family, model.draw)
                if key not in written:
                    written[key] = _written(model, folder, variant) or reference
                ref = written[key]
            commands[place] = command(rows[place], ref, sweep)
    return [row.with_trace(text) for row, text in zip(rows, commands, strict=True)]


def command(row: Row, ref: str, sweep: Sweep) -> str:
    """What to type: a trace, or of a model that cannot run what says why."""
    settings = [part for setting in typed(row.settings) for part in ("--set", setting)]
    if row.status == "refused":
        return shlex.join(["ebdiag", "lint", row.file, *settings])
    words = ["ebdiag", "trace", ref, row.file, *settings, "--steps", str(sweep.steps)]
    words += ["--seeds", str(max(SEEDS, sweep.seeds)), "--dataset", sweep.dataset]
    words += ["--kernels", sweep.kernels] if sweep.kernels != "torch" else []
    words += ["--threads", str(sweep.threads)] if sweep.threads != 1 else []
    return shlex.join(words)


def _badness(row: Row, decides: Decides) -> float:
    value = decides.badness(row.score(decides.metric))
    return math.inf if value is None else value


def _nearest(failing: Sequence[Row], working: Sequence[Row]) -> list[int | None]:
    """Of each the working one that differs in the fewest settings, the best of these; None where none works."""
    if not working:
        return [None] * len(failing)
    names = list(dict.fromkeys(name for row in (*failing, *working) for name in row.settings))
    codes: dict[str, int] = {}

    def coded(rows: Sequence[Row]) -> NDArray[np.int64]:
        table = [[codes.setdefault(repr(row.settings.get(name)), len(codes)) for name in names] for row in rows]
        return np.array(table, np.int64).reshape(len(rows), len(names))

    ours, theirs = coded(failing), coded(working)
    return [int((theirs != one).sum(axis=1).argmin()) for one in ours]


def _written(row: Row, folder: Path, variant: Callable[[Row], Variant]) -> str | None:
    """The path of the file that a model was written to, with what it imports beside it; None where it cannot be."""
    place = folder / FOLDER / f"{re.sub(r'[^A-Za-z0-9_-]+', '-', row.family).strip('-') or 'model'}-{row.draw}"
    try:
        found = plain(variant(row))
    except EbdiagError:
        return None
    with room(folder):
        for module, source in found.files.items():
            write_text(place / module, source)
    return os.path.relpath(place / found.main)

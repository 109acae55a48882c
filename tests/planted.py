"""Facts of a text for tests, inspected once, and the findings of all rules on a pair of texts."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from ebdiag import device
from ebdiag import inspect as module
from ebdiag.data import cached_spec, prepare
from ebdiag.diagnose import diagnose
from ebdiag.differences import differences
from ebdiag.load import load
from ebdiag.records import DataSpec, Facts, Recipe, Variant
from ebdiag.result import Difference, Finding


def data() -> DataSpec:
    return cached_spec("mnist5k") or prepare("mnist5k")


@cache
def looked_at(text: str, name: str) -> tuple[Variant, Facts]:
    """A variant and its facts, on one thread, with one step, and yardsticks from a few images."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "TIMED_STEPS", 1)
            patch.setattr(module, "count", lambda values: 500)
            patch.chdir(folder)
            Path(name).write_text(text)
            variant = load(name)
            return variant, module.inspect(Recipe(variant), data(), device.environment())
    finally:
        torch.set_num_threads(threads)


def differing(ref: str, mine: str) -> list[Difference]:
    """What differs between two texts."""
    return differences(*looked_at(ref, "ref.py"), *looked_at(mine, "mine.py"))


def findings(ref: str, mine: str) -> list[Finding]:
    """What lint says of two texts without the sanity ladder; both sides."""
    theirs = looked_at(mine, "mine.py")
    ours = theirs if ref == mine else looked_at(ref, "ref.py")
    sides: Any = ({"ref": ours[0], "mine": theirs[0]}, {"ref": ours[1], "mine": theirs[1]})
    return diagnose(*sides, differences(*ours, *theirs))

"""What differs in effect, and nothing else: harmless rewrites against single changes, parts and layers."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest
import rewrites
import torch

from ebdiag import device
from ebdiag import inspect as module
from ebdiag.data import cached_spec, prepare
from ebdiag.differences import differences
from ebdiag.load import load
from ebdiag.records import Facts, Recipe, Variant
from ebdiag.result import Difference


@cache
def looked_at(text: str, name: str) -> tuple[Variant, Facts]:
    """A variant and its facts, but for its yardsticks and its speed; inspected once for all tests."""
    data = cached_spec("mnist5k") or prepare("mnist5k")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TIMED_STEPS", 1)
        patch.setattr(module, "_yardsticks", lambda built, images: {})
        patch.chdir(folder)
        Path(name).write_text(text)
        variant = load(name)
        return variant, module.inspect(Recipe(variant), data, device.environment())


def found(ref: str, mine: str) -> list[Difference]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return differences(*looked_at(ref, "ref.py"), *looked_at(mine, "mine.py"))
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("name", rewrites.HARMLESS)
def test_a_harmless_rewrite_differs_in_nothing(name: str) -> None:
    """Other code that computes the same has no difference, neither parts nor layers."""
    ref, mine = rewrites.HARMLESS[name]
    assert ref != mine
    assert [(row.part, row.ref, row.mine) for row in found(ref, mine)] == []

"""Fields of a variant's Config that nothing reads."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from typing import Any, Protocol

from ..kinds import of
from ..making import config_values
from ..records import Recipe

ALIKE = 0.75
"""Similarity (difflib) from which a name is taken for a misspelt one; `margins` and `margin` have .92, `lr_g` and
`generator_lr` .5."""

SHAPES = ("image_shape", "pixel_range", "batch_size", "latent_dim", "latent")
"""Fields that decide what data and latents a variant is given, whether its own code reads them or not."""


class Read(Protocol):
    """A variant whose reads were counted."""

    config: Any
    recipe: Recipe
    reads: Counter[str]


def unread(built: Read) -> list[dict[str, Any]]:
    """Fields that were never read while the variant was built and tried, and that its text names nowhere else.

    Returns:
        `name`, and `meant`: the contract's field that is spelt alike, or None.
    """
    named = _names(built)
    lines = built.recipe.base.config_lines
    contract = of(built.recipe.base.kind).defaults
    found = []
    for name in config_values(built.config):
        if name not in lines or (name in SHAPES and name in contract) or name in named or built.reads[name]:
            continue
        alike = difflib.get_close_matches(name.lower(), set(contract) - set(lines), n=1, cutoff=ALIKE)
        meant = alike[0] if alike and name not in contract else None
        found.append({"name": name, "meant": meant})
    return found


def _names(built: Read) -> set[str]:
    """Attributes and texts that a variant's files name: what could read a field in a way that was not tried."""
    found = set()
    for source in built.recipe.base.files.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    if "__dict__" in found or any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("vars", "asdict", "astuple")
        for source in built.recipe.base.files.values()
        for node in ast.walk(ast.parse(source))
    ):
        found |= set(config_values(built.config))
    return found

"""Whether the same seed gives the same model twice: two fresh builds, two steps of each."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .. import streams
from ..build import Built, build
from ..records import Environment, Recipe
from ..step import Batches, Crashed, Diverged, Trainer

STEPS = 2
"""What one step leaves behind, in an optimiser or an Objective, shows in the next."""

LARGE = 3_000_000
"""A model with more values is trained for one step only: its optimisers take most of the time."""

ROWS = 16
"""Images a step: what draws at random does so for few as for many. A variant that does not take few gets its batch."""

ROLES = ("generator", "discriminator")


def repeat(recipe: Recipe, real: Tensor, environment: Environment, *, single_pass: bool) -> dict[str, Any]:
    """Build and train a recipe twice with one seed, side by side.

    Args:
        real: A batch of real images in the model's range.

    Returns:
        `same`; and where not so `step` (0: from the start), `nets` that differ there and the first `tensor` of them.
    """
    found: dict[str, Any] = {}
    with streams.preserved_globals():
        for rows in dict.fromkeys((min(ROWS, len(real)), len(real))):
            try:
                return _twice(recipe, real, rows, environment, single_pass=single_pass)
            except (Crashed, Diverged) as error:
                found = {"unknown": str(error)}
    return found


def _twice(recipe: Recipe, real: Tensor, rows: int, environment: Environment, *, single_pass: bool) -> dict[str, Any]:
    pair = [build(recipe, seed=0, device=environment.device, fused=environment.fused, spreads=False) for _ in range(2)]
    nets = _unlike(pair)
    step = 0
    if not nets:
        trainers = [
            Trainer(built, Batches(real, size=rows, seed=0), single_pass=single_pass, watching=False) for built in pair
        ]
        for trainer in trainers:
            trainer.prepare()
        size = sum(p.numel() for role in ROLES for p in getattr(pair[0], role).parameters())
        while not nets and step < (STEPS if size <= LARGE else 1):
            step += 1
            for trainer in trainers:
                trainer.step(step)
            nets = _unlike(pair)
    return {"same": False, "step": step, "nets": list(nets), "tensor": next(iter(nets.values()))} if nets else {
        "same": True}  # fmt: skip


def _unlike(pair: list[Built]) -> dict[str, str]:
    """Net → the first of its parameters and buffers that differs."""
    found = {}
    for role in ROLES:
        ours, theirs = (getattr(built, role).state_dict() for built in pair)
        for name, value in ours.items():
            if isinstance(value, Tensor) and not _same(value, theirs.get(name)):
                found[role] = name
                break
    return found


def _same(ours: Tensor, theirs: Tensor | None) -> bool:
    if theirs is None or ours.shape != theirs.shape:
        return False
    return torch.equal(ours, theirs) or torch.equal(ours.nan_to_num(), theirs.nan_to_num())

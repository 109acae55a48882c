"""What the numbers that an Objective keeps do in the discriminator's loss: the weight of generated images, or a margin.

Asked by changing them, one at a time, on prepared reconstructions; what they are called does not matter.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..build import Built
from .prepared import Answer, Stage

LOW, HIGH = 0.25, 0.75
"""A weight that is three times as large pushes three times as hard."""

SHUT, OPEN, WIDER = 1e-9, 1e6, 3e6
"""A margin below every energy, and two above that of the prepared images."""

STRENGTH = 0.1
"""Error of the prepared generated images."""

SAME = 1e-4
"""Relative difference of two pushes that are the same: single precision leaves 1e-6."""

HOOKS = ("before_training", "after_step", "after_epoch")


def states(built: Built, stage: Stage) -> dict[str, Any]:
    """Which of an Objective's numbers is what.

    Returns:
        `weight`: name of the number k where the discriminator's loss has -k E(fake), as a BEGAN's; `margin`: name of
        the number at which a hinge ends; each None where there is none. `hooks`: those that the Objective has.
    """
    objective = built.objective
    found: dict[str, Any] = {"weight": None, "margin": None}
    found["hooks"] = [name for name in HOOKS if hasattr(objective, name)]
    numbers = _numbers(objective)
    for name in numbers:
        with _changeable(objective) as put:

            def push(value: float, name: str = name, put: Any = put) -> float:
                put(name, value)
                return _push(stage)

            if found["weight"] is None and _is_weight(push(LOW), push(HIGH), push(0.0)):
                found["weight"] = name
            elif found["margin"] is None and _is_margin(push(SHUT), push(OPEN), push(WIDER)):
                found["margin"] = name
    return found


def _numbers(objective: Any) -> list[str]:
    """Names of the single numbers in an Objective's state that can be put back changed."""
    if not hasattr(objective, "state_dict") or not hasattr(objective, "load_state_dict"):
        return []
    state = objective.state_dict()
    if not isinstance(state, dict):
        return []
    return [
        name
        for name, value in state.items()
        if (isinstance(value, int | float) and not isinstance(value, bool))
        or (isinstance(value, Tensor) and value.numel() == 1)
    ]


@contextmanager
def _changeable(objective: Any) -> Iterator[Any]:
    """A function that puts one number of the state in place; the state is afterwards what it was."""
    kept = copy.deepcopy(objective.state_dict())

    def put(name: str, value: float) -> None:
        state = copy.deepcopy(kept)
        old = state[name]
        state[name] = torch.full_like(old, value) if isinstance(old, Tensor) else value
        objective.load_state_dict(state)

    try:
        yield put
    finally:
        objective.load_state_dict(kept)


def _push(stage: Stage) -> float:
    """How hard the discriminator's loss pushes generated images away: below 0 where it pulls them."""
    scene = stage.scene()
    off = torch.full_like(scene.fake, STRENGTH)
    answer: Answer = stage.discriminator_loss(replace(scene, off_fake=off))
    return -float((answer.fake.double().cpu() * off).sum())


def _is_weight(low: float, high: float, none: float) -> bool:
    near = abs(high - low * HIGH / LOW) <= SAME * abs(high)
    return low > 0 and near and abs(none) <= SAME * low


def _is_margin(shut: float, open_: float, wider: float) -> bool:
    return open_ > 0 and math.isclose(open_, wider, rel_tol=SAME) and abs(shut) <= SAME * open_

"""Whether the discriminator's loss stops to push a generated image away, when, and image by image or all at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..records import rounded
from .prepared import Answer, Scene, Stage, Unasked

STRENGTHS = [10.0**power for power in range(-4, 6)]
"""Errors of generated images that a push is looked for at; energies between next to nothing and far beyond any
margin."""

EXPONENTS = [0.02 * 2.0**power for power in range(12)]
"""The same for a cross-entropy, whose reconstructions must stay in (0, 1): as exponents, see `_offsets`."""

HALVINGS = 14
"""Of a decade: .02 %."""

CLOSED = 1e-9
"""A gradient below this share of the largest one is none."""

FADED = 0.05
"""A push that is below this share of itself just before it ends was fading: a hinge ends at once."""

LINES = (
    "relu",
    "clamp",
    "clamp_min",
    "clip",
    "max",
    "maximum",
    "where",
    "threshold",
    "softplus",
    "hinge_embedding_loss",
)
"""Torch functions that a hinge is written with."""


def hinge(stage: Stage, energy: dict[str, Any]) -> dict[str, Any]:
    """What the discriminator's loss does to generated images of prepared energy.

    Args:
        energy: What `loss_energy` found of the discriminator's loss.

    Returns:
        `kind`: `per_sample`, `batch_mean`, `none` (they are pushed however far they are), `reversed` (pulled),
        `soft` (the push fades), `inactive` (generated images do nothing), `other`. `closes_at`: size of the error at
        which the push ends, `closes_at_double` the same in a batch twice as large. `line`. Or `unknown`.
    """
    try:
        return _hinge(stage, multiplied=energy.get("family") == "cross-entropy")
    except Unasked as reason:
        return {"kind": None, "unknown": str(reason)}


def _hinge(stage: Stage, *, multiplied: bool) -> dict[str, Any]:
    base = stage.scene()
    grid = EXPONENTS if multiplied else STRENGTHS

    def ask(strengths: Tensor | float, times: int = 1) -> Answer:
        scene = base.repeated(times)
        return stage.discriminator_loss(replace(scene, off_fake=_offsets(scene, strengths, multiplied=multiplied)))

    answers = [ask(strength) for strength in grid]
    pushes = [_push(answer) for answer in answers]
    line, largest = stage.discriminator_loss(base, traced=True).line(LINES), max(pushes)
    found: dict[str, Any] = {"kind": "inactive", "closes_at": None, "closes_at_double": None, "line": line}
    if not largest > 0:
        return found
    last = max(i for i, push in enumerate(pushes) if push > CLOSED * largest)
    if (answers[last].fake.cpu() * _offsets(base, grid[last], multiplied=multiplied)).sum() > 0:
        return found | {"kind": "reversed"}
    if last == len(grid) - 1:
        return found | {"kind": "none"}
    closes_at = _bisected(lambda strength: _push(ask(strength)) > CLOSED * largest, grid[last], grid[last + 1])
    found["closes_at"] = rounded(closes_at)
    if _push(ask(closes_at * 0.98)) < FADED * _push(ask(closes_at * 0.5)):
        return found | {"kind": "soft"}
    with contextlib.suppress(Unasked):  # a loss for one batch size alone
        found["closes_at_double"] = rounded(
            _doubled(lambda strength: _push(ask(strength, 2)) > CLOSED * largest, closes_at, grid)
        )
    return found | {"kind": _pooling(ask, stage.rows, closes_at, largest)}


def _doubled(is_open: Callable[[float], bool], closes_at: float, grid: list[float]) -> float:
    """Where the push ends in a batch twice as large: at the same error, or looked for."""
    if is_open(closes_at * 0.98) and not is_open(closes_at * 1.02):
        return closes_at
    return _bisected(is_open, grid[0], grid[-1])


def _pooling(ask: Any, rows: int, closes_at: float, largest: float) -> str:
    """Whether one image's energy decides its push, or the mean of all.

    Two batches: a half far beyond the margin takes the mean beyond it, while the other half is below; and a quarter
    just beyond it leaves the mean below.
    """
    mostly_far, mostly_near = torch.full((rows,), 0.5), torch.full((rows,), 0.3)
    mostly_far[rows // 2 :] = 4.0
    mostly_near[rows - max(rows // 4, 1) :] = 1.2
    pushed = []
    for shares in (mostly_far, mostly_near):
        answer = ask((shares * closes_at).double().unsqueeze(1))
        each = answer.fake.norm(dim=1).cpu() > CLOSED * largest
        pushed.append((bool(each[shares < 1].all()), bool(each[shares > 1].any()), bool(each.any())))
    (near_pushed, far_pushed, _), (near_too, far_too, _) = pushed
    if near_pushed and near_too and not far_pushed and not far_too:
        return "per_sample"
    if not pushed[0][2] and near_too and far_too:
        return "batch_mean"
    return "other"


def _offsets(scene: Scene, strengths: Tensor | float, *, multiplied: bool) -> Tensor:
    """(B, P) offsets of a given size; for a cross-entropy the reconstruction is the image times exp(-strength)."""
    if multiplied:
        return scene.fake * (torch.exp(-torch.as_tensor(strengths)) - 1)
    return torch.ones_like(scene.fake) * torch.as_tensor(strengths)


def _push(answer: Answer) -> float:
    """Largest gradient that any generated image's reconstruction gets."""
    value = answer.fake.norm(dim=1).max().item()
    return value if value == value else 0.0


def _bisected(is_inside: Callable[[float], bool], inside: float, outside: float) -> float:
    for _ in range(HALVINGS):
        middle = (inside * outside) ** 0.5
        if is_inside(middle):
            inside = middle
        else:
            outside = middle
    return inside

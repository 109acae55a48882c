"""Built variant → what its energy, losses, optimisers and steps are, found by calling them on prepared inputs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..build import Built
from ..sandbox import user_frames
from .company import company
from .energies import energy_of, entropy_floor, loss_energy, own_energy
from .fields import unread
from .hinges import hinge
from .prepared import Stage, Unasked
from .pull_aways import own_pull_away, pull_away
from .shapes import ENTROPIES
from .states import states
from .steps import optimisers, steps
from .targets import target
from .terms import polluted

ROWS = 16
"""Images of a prepared batch. Only the pull-away term is asked on a whole batch, as a variant may have written its size
into the formula."""

LARGE = 400_000
"""A batch with more values is not prepared as a whole."""


def conformance(built: Built, latents: Tensor, real: Tensor, *, single_pass: bool) -> dict[str, Any]:
    """Everything that calling a variant on prepared inputs shows; its nets have moved by two steps afterwards.

    Args:
        real: Real images in the model's range, enough for a few batches.

    Returns:
        Name of the probe → what it found, with `unknown` and the reason where it could not ask.
    """
    config = built.config
    with built.uncounted():
        found: dict[str, Any] = {"optimizers": optimisers(built), "config": unread(built)}
        found["stateful"] = hasattr(built.objective, "state_dict")
        found["company"] = _tried(built, lambda: company(built, real[: config.batch_size]))
        found |= _losses(built, latents, real)
        found["steps"] = _tried(built, lambda: steps(built, real, single_pass=single_pass))
    return found


def _losses(built: Built, latents: Tensor, real: Tensor) -> dict[str, Any]:
    """The probes that need a prepared discriminator; for one that is no autoencoder there are none."""
    names = ("energy", "discriminator_energy", "generator_energy", "hinge", "pull_away", "target", "terms")
    try:
        whole = stage = _stage(built, real[: max(built.config.batch_size, 8)])
        if stage.rows > ROWS:
            stage = _stage(built, real[:ROWS])
            whole = whole if whole.rows * whole.pixels <= LARGE else stage
            stage = stage if _answers(stage) else whole
    except Exception as error:
        reason = str(error) if isinstance(error, Unasked) else f"{type(error).__name__}: {error}"
        return {name: {"unknown": " ".join(reason.split())[:200]} for name in names}
    found: dict[str, Any] = {"energy": _tried(built, lambda: own_energy(built, stage))}
    for role in ("discriminator", "generator"):
        found[f"{role}_energy"] = _tried(built, functools.partial(loss_energy, stage, role))
    found["hinge"] = _tried(built, lambda: hinge(stage, found["discriminator_energy"]))
    found["pull_away"] = _tried(built, lambda: pull_away(whole))
    if found["pull_away"].get("kind") is None:
        found["pull_away"]["alone"] = own_pull_away(built)
    if found["generator_energy"].get("family") in ENTROPIES:
        found["pull_away"].pop("diagonal", None)  # a perfect reconstruction leaves the images' entropy as well
    found["target"] = _tried(built, lambda: target(stage, latents))
    found["terms"] = _tried(built, lambda: polluted(stage))
    found["state"] = _tried(built, lambda: states(built, stage))
    found["margin"] = _tried(built, lambda: _margin(stage, found))
    images = real.flatten(1).double().cpu()
    found["energy_floor"] = entropy_floor(found["discriminator_energy"], images, tuple(built.config.pixel_range))
    return found


def _answers(stage: Stage) -> bool:
    """Whether the losses take a batch of that size."""
    try:
        stage.discriminator_loss(stage.scene())
        stage.generator_loss(stage.scene())
    except Unasked:
        return False
    return True


def _stage(built: Built, real: Tensor) -> Stage:
    if not built.reader.autoencoder:
        raise Unasked("the discriminator is no autoencoder")
    return Stage(built, real)


def _margin(stage: Stage, found: dict[str, Any]) -> dict[str, Any]:
    """The energy at which the hinge really closes, in the units of the energy that the losses are made of."""
    closes_at = found["hinge"].get("closes_at")
    if closes_at is None or found["discriminator_energy"].get("family") not in ("squares", "norm", "absolutes"):
        return {"acts": None}
    image = torch.zeros(1, stage.pixels, dtype=torch.float64)
    return {"acts": energy_of(found["discriminator_energy"], image + closes_at, image)}


def _tried(built: Built, probe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a probe found, or why it could not ask: user code may raise anywhere, and no probe may stop the others."""
    try:
        return probe()
    except Exception as error:
        frames = user_frames(error, built.variants)
        text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return {"unknown": f"{text} at {frames[-1]}" if frames else text}

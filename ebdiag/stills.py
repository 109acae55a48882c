"""Images and latents that stay the same through a run, so that a look at them changes only when the nets do."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from . import streams
from .build import Built

COUNT = 64
CORRUPTED = (25, 50, 75)
"""Per cent of uniform noise in the graded corruptions."""


@dataclass(frozen=True)
class Stills:
    """What looks are taken at, on the device.

    Attributes:
        images: Kind → (n, C, H, W) in the variant's pixel range, n = 64 or all where there are fewer: `real` (of
            the training set), `held_out`, `noise` (uniform), `shuffled` (held-out images, the pixels of each in an
            order of its own), `corrupted_25|50|75` (held-out images mixed with so many per cent of that noise),
            `interpolated` (half-way between held-out images).
        latents: (64, …), from the variant's own distribution.
    """

    images: dict[str, Tensor]
    latents: Tensor


def stills(built: Built, train: Tensor, held_out: Tensor) -> Stills:
    """The stills of a data set and a variant: the same for every seed of training.

    Args:
        built: Gives pixel range, latents and device; draws of its own code repeat.
        train, held_out: (N, C, H, W) in the variant's pixel range.
    """
    low, high = built.config.pixel_range
    real, unseen = train[:COUNT], held_out[:COUNT]
    shape = tuple(unseen.shape)
    noise = torch.rand(shape, generator=streams.generator(0, streams.PROBES, "noise")) * (high - low) + low
    noise = noise.to(unseen.device)
    ranks = torch.rand((shape[0], unseen[0].numel()), generator=streams.generator(0, streams.PROBES, "shuffle"))
    order = ranks.argsort(1).to(unseen.device)
    images = {
        "real": real,
        "held_out": unseen,
        "noise": noise,
        "shuffled": unseen.flatten(1).gather(1, order).view(shape),
        **{f"corrupted_{share}": torch.lerp(unseen, noise, share / 100) for share in CORRUPTED},
        "interpolated": (unseen + unseen.roll(1, 0)) / 2,
    }
    with streams.preserved_globals():
        streams.reseed_globals(0, streams.PROBES, "latents")
        latents = built.sample_latent(COUNT, streams.generator(0, streams.PROBES, "latents"))
    return Stills(images=images, latents=latents)

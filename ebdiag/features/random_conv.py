"""`random-conv`: convolutional features with fixed random weights, for pictures that no shipped net knows."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch.nn import functional

from ebdiag import streams
from ebdiag.features import RANDOM_CONV_VERSION

CHANNELS = (32, 64, 32)
POOLED_SIDE = 2
MAX_SIDE = 64
BATCH = 250


class RandomConv:
    """Three random convolutions of stride 2 with ReLU, averaged over quarters of the image: 128 features.

    The weights are normal with variance 2 / fan-in, drawn on the CPU from a keyed generator. Pictures with a side
    above 64 are reduced to 64 × 64 first. Random features see texture, layout and colour, not meaning: their
    distances rank faults of one kind by size, and say little about different kinds.
    """

    name = "random-conv"

    def __init__(self, shape: tuple[int, int, int], *, device: str | torch.device = "cpu") -> None:
        self._device = device
        self._weights = []
        hashed = hashlib.sha256()
        wide = shape[0]
        for layer, out in enumerate(CHANNELS):
            rng = streams.generator(0, "random-conv weights", RANDOM_CONV_VERSION, layer, wide)
            weight = torch.randn(out, wide, 3, 3, generator=rng) * (2 / (wide * 9)) ** 0.5
            hashed.update(weight.numpy().tobytes())
            self._weights.append(weight.to(device))
            wide = out
        self.digest = hashed.hexdigest()[:16]

    @torch.no_grad()
    def embed(self, images: torch.Tensor) -> tuple[np.ndarray, None]:
        """Features (N, 128) of `images` in [0, 1]; no probabilities."""
        features = []
        for batch in images.split(BATCH):
            hidden = batch.to(self._device) * 2 - 1
            if max(hidden.shape[-2:]) > MAX_SIDE:
                hidden = functional.interpolate(
                    hidden, size=(MAX_SIDE, MAX_SIDE), mode="bilinear", antialias=True, align_corners=False
                )
            for weight in self._weights:
                hidden = functional.relu(functional.conv2d(hidden, weight, stride=2, padding=1))
            features.append(functional.adaptive_avg_pool2d(hidden, POOLED_SIDE).flatten(1).cpu())
        return torch.cat(features).numpy(), None

"""`digits-lenet`: a small classifier of handwritten digits whose last hidden layer measures quality."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from safetensors.torch import load as load_safetensors
from torch import nn
from torch.nn import functional

from ebdiag.errors import EbdiagError

WIDTH = 128
SIDE = 28
BOX_HEIGHT, BOX_WIDTH = 20, 16
"""MNIST's digits are 20 high and mostly narrower, in the middle of 28 × 28: where other sizes are put."""

BATCH = 500


class LeNet(nn.Module):
    """Two 5 × 5 convolutions with pooling, a hidden layer of 128, ten classes. Input (B, 1, 28, 28) in [0, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 16, 5)
        self.second = nn.Conv2d(16, 32, 5)
        self.hidden = nn.Linear(32 * 4 * 4, WIDTH)
        self.classes = nn.Linear(WIDTH, 10)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Activations of the hidden layer after its ReLU, (B, 128)."""
        pooled = functional.relu(halve(self.first(images)))
        pooled = functional.relu(halve(self.second(pooled)))
        return functional.relu(self.hidden(pooled.flatten(1)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits of the ten digits, (B, 10)."""
        logits: torch.Tensor = self.classes(self.features(images))
        return logits


class DigitsLenet:
    """The shipped classifier as a feature net; see `FeatureNet`."""

    name = "digits-lenet"

    def __init__(self, shape: tuple[int, int, int], weights: bytes, *, device: str | torch.device = "cpu") -> None:
        if shape[0] != 1:
            raise EbdiagError(
                "feature net 'digits-lenet' reads grey images only", expected="1 channel", got=f"{shape[0]}"
            )
        self.digest = hashlib.sha256(weights).hexdigest()[:16]
        self._device = device
        self._net = LeNet()
        self._net.load_state_dict(load_safetensors(weights))
        self._net.to(device).eval().requires_grad_(False)

    @torch.no_grad()
    def embed(self, images: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Features (N, 128) and probabilities (N, 10) of grey `images` in [0, 1]; other sizes are fitted to MNIST's."""
        features, probabilities = [], []
        for batch in images.split(BATCH):
            hidden = self._net.features(fit(batch.to(self._device)))
            features.append(hidden.cpu())
            probabilities.append(self._net.classes(hidden).softmax(1).cpu())
        return torch.cat(features).numpy(), torch.cat(probabilities).numpy()


def fit(images: torch.Tensor) -> torch.Tensor:
    """Grey images of any size as MNIST would show them: (B, 1, 28, 28), the digit in the middle 20 × 16."""
    if images.shape[-2:] == (SIDE, SIDE):
        return images
    boxed = functional.interpolate(
        images, size=(BOX_HEIGHT, BOX_WIDTH), mode="bicubic", antialias=True, align_corners=False
    )
    side, top = (SIDE - BOX_WIDTH) // 2, (SIDE - BOX_HEIGHT) // 2
    return functional.pad(boxed.clamp(0, 1), (side, side, top, top))


def halve(maps: torch.Tensor) -> torch.Tensor:
    """Maximum over 2 × 2 pixels, as `max_pool2d`; on a CPU several times faster."""
    even, odd = maps[..., ::2, :], maps[..., 1::2, :]
    rows = torch.maximum(even, odd)
    return torch.maximum(rows[..., ::2], rows[..., 1::2])

"""`digits-lenet`: a small classifier of handwritten digits whose last hidden layer measures quality."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from safetensors.torch import load as load_safetensors
from torch import nn
from torch.nn import functional as F

from ebdiag.errors import EbdiagError

WIDTH = 96
SIDE = 28
BOX_SIDE = 20
"""MNIST's digits fill a box of 20 × 20 in the middle of 28 × 28; pictures of other sizes are put into that box."""

BATCH = 500


class LeNet(nn.Module):
    """Two 5 × 5 convolutions with pooling, a hidden layer of 96, ten classes. Input (B, 1, 28, 28) in [0, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 16, 5)
        self.second = nn.Conv2d(16, 32, 5)
        self.hidden = nn.Linear(32 * 4 * 4, WIDTH)
        self.classes = nn.Linear(WIDTH, 10)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Activations of the hidden layer after its ReLU, (B, 96)."""
        pooled = F.relu(F.max_pool2d(self.first(images), 2))
        pooled = F.relu(F.max_pool2d(self.second(pooled), 2))
        return F.relu(self.hidden(pooled.flatten(1)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits of the ten digits, (B, 10)."""
        return self.classes(self.features(images))


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
        """Features (N, 96) and probabilities (N, 10) of grey `images` in [0, 1]; other sizes are fitted to MNIST's."""
        features, probabilities = [], []
        for batch in images.split(BATCH):
            hidden = self._net.features(fit(batch.to(self._device)))
            features.append(hidden.cpu())
            probabilities.append(self._net.classes(hidden).softmax(1).cpu())
        return torch.cat(features).numpy(), torch.cat(probabilities).numpy()


def fit(images: torch.Tensor) -> torch.Tensor:
    """Grey images of any size as MNIST would show them: (B, 1, 28, 28), the digit in the middle 20 × 20."""
    if images.shape[-2:] == (SIDE, SIDE):
        return images
    edge = (SIDE - BOX_SIDE) // 2
    boxed = F.interpolate(images, size=(BOX_SIDE, BOX_SIDE), mode="bilinear", antialias=True, align_corners=False)
    return F.pad(boxed, (edge, edge, edge, edge))

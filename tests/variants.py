"""Small variants that tests write to disk: seconds to train, easy to break on purpose."""

from __future__ import annotations

from pathlib import Path

HEADER = """
from dataclasses import dataclass

import torch
from torch import nn
"""

CONFIG = """
@dataclass(frozen=True)
class Config:
    latent_dim: int = 8
    batch_size: int = 32
    margin: float = 1.0
"""

GENERATOR = """
class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(config.latent_dim, 64),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.Linear(64, 784),
            nn.Tanh(),
        )

    def forward(self, z):
        return self.net(z).view(-1, 1, 28, 28)
"""

DISCRIMINATOR = """
class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 16))
        self.decoder = nn.Linear(16, 784)

    def forward(self, x):
        code = self.encoder(x)
        return self.decoder(code).view_as(x), code
"""

TINY = HEADER + CONFIG + GENERATOR + DISCRIMINATOR

RANDOM = (
    HEADER
    + "import numpy as np\n"
    + CONFIG
    + """
class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(config.latent_dim, 64), nn.Dropout(0.3), nn.ReLU(), nn.Linear(64, 784))

    def forward(self, z):
        z = z + 0.1 * torch.randn_like(z) + float(np.random.normal(0, 0.05))
        return torch.tanh(self.net(z)).view(-1, 1, 28, 28)
"""
    + DISCRIMINATOR
)


BATCHNORM = RANDOM.replace(
    "self.decoder = nn.Linear(16, 784)",
    "self.decoder = nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.Dropout(0.2), nn.ReLU(), "
    "nn.Linear(32, 784))",
)
"""Draws of all kinds in the generator, BatchNorm and dropout in the discriminator."""


def write(folder: Path, text: str, name: str = "mine.py") -> str:
    """Write a variant and return its path as a person would type it."""
    path = folder / name
    path.write_text(text)
    return str(path)

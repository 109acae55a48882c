"""EBGAN-PT of the paper's MNIST grid: an autoencoder as discriminator, margin 10, the pull-away term of weight .1.

The energy is the paper's, the unsquared L2 norm of each image's error; Adam with 1e-3 for both nets. `mlp_ebgan.py` is
the same without the pull-away term, `mlp_nets.py` says how the nets are built and what the paper leaves open.
"""

from dataclasses import dataclass

import torch
from mlp_nets import Autoencoder as Discriminator
from mlp_nets import Generator
from torch import Tensor

__all__ = ["Config", "Discriminator", "Generator", "energy"]


@dataclass(frozen=True)
class Config:
    """The settings, all of them; the sizes are those of the paper's best EBGAN."""

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 100
    latent: str = "normal"
    batch_size: int = 64
    margin: float = 10.0
    pull_away_weight: float = 0.1
    generator_lr: float = 1e-3
    discriminator_lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    discriminator_steps: int = 1
    generator_layers: int = 5
    generator_width: int = 800
    discriminator_layers: int = 5
    discriminator_width: int = 512
    discriminator_dropout: bool = False


def energy(recon: Tensor, x: Tensor) -> Tensor:
    """Length of each image's error, (B,), as in the paper: unsquared, not divided by the number of pixels."""
    norms: Tensor = torch.linalg.vector_norm((recon - x).flatten(1), dim=1)
    return norms

"""The fully connected EBGAN-PT of the MNIST grid search in Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 4.1.

Kept from the paper: energy ‖Dec(Enc(x)) − x‖, the unsquared L2 norm of each image's error; margin 10; pull-away term of
weight .1; Adam with a learning rate of 1e-3; a generator of 5 layers, 800 units wide; a discriminator of one layer to
a code of 1,024 and one back; BatchNorm after each layer except the generator's output and the discriminator's input;
ReLU; images in [-1, 1] and tanh on the generator's output.

Deviations from the paper, or choices where it leaves one open:
1. One configuration of the grid's 512, not a search; the paper prints no table of the best.
2. No BatchNorm in the discriminator: its first layer has none in the paper, and its second is the reconstruction.
3. PyTorch's default initialisation, where the paper draws weights from normal distributions.
4. 100 latents from N(0, 1), batches of 64, and Adam's default betas.
5. 4,000 digits here in the data set `mnist5k`, 60,000 there.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

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


class Generator(nn.Module):
    """Latents (B, latent_dim) to images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = 800
        layers: list[nn.Module] = []
        inputs = config.latent_dim
        for _ in range(4):
            layers += [nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU()]
            inputs = width
        self.layers = nn.Sequential(*layers, nn.Linear(width, 28 * 28), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, latent: Tensor) -> Tensor:
        images: Tensor = self.layers(latent)
        return images


class Discriminator(nn.Module):
    """Autoencoder: images (B, 1, 28, 28) to reconstructions of the same shape and codes (B, 1024)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 1024), nn.ReLU())
        self.decoder = nn.Sequential(nn.Linear(1024, 28 * 28), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        code: Tensor = self.encoder(images)
        reconstruction: Tensor = self.decoder(code)
        return reconstruction, code


def energy(recon: Tensor, x: Tensor) -> Tensor:
    """Length of each image's error, (B,), as in the paper: unsquared, not divided by the number of pixels."""
    norms: Tensor = torch.linalg.vector_norm((recon - x).flatten(1), dim=1)
    return norms

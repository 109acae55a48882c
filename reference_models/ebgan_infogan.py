"""EBGAN on an InfoGAN-style net, as a widely read public PyTorch implementation trains it on MNIST, quirks kept.

It stands on a collapse plateau (all images equal) for thousands of steps; reports/infogan_plateau has the figures.
What differs from the paper (Zhao, Mathieu, LeCun 2016, arXiv:1609.03126):
1. The pull-away term is dead: it divides by one L1 norm of the whole code matrix instead of by each row's length,
   and does not square. It is -1/(B-1) within .1 % for any codes; its gradient on codes of unit size is about 1e-8.
2. The generator's energy has a detached target: reconstructing the generated image counts, matching the generated
   image to its reconstruction does not.
3. The hinge is taken of the batch's mean energy, not of each image's.
4. Weights, those of BatchNorm excepted, are drawn from N(0, .02) and biases are zero in both nets, where the paper
   draws the discriminator's from N(0, .002).
5. Latents are uniform in [0, 1), 62 of them: never negative, so their mean is .5.
6. BatchNorm in the discriminator's decoder: an image's energy depends on what shares its batch. On collapsed images
   it subtracts what they share, so that the generator is hardly told where to move; with quirk 4 it makes the plateau.
7. The energy is the mean of squares per image, not its unsquared L2 norm; the margin is 1 to match.
8. Convolutional nets, where the paper's MNIST models are fully connected; Adam of 2e-4 with β₁ = .5.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 62
    latent: str = "uniform01"
    batch_size: int = 64
    margin: float = 1.0
    pull_away_weight: float = 0.1
    generator_lr: float = 2e-4
    discriminator_lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    discriminator_steps: int = 1


class Generator(nn.Module):
    """Latents (B, 62) to images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.project = nn.Sequential(
            nn.Linear(config.latent_dim, 1024),
            nn.BatchNorm1d(1024),
            nn.ReLU(),
            nn.Linear(1024, 128 * 7 * 7),
            nn.BatchNorm1d(128 * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (128, 7, 7)),
        )
        self.upsample = nn.Sequential(
            nn.ConvTranspose2d(128, 64, kernel_size=4, stride=2, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 1, kernel_size=4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, latent: Tensor) -> Tensor:
        images: Tensor = self.upsample(self.project(latent))
        return images


class Discriminator(nn.Module):
    """Autoencoder: images (B, 1, 28, 28) to reconstructions of the same shape and codes (B, 32)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 64, kernel_size=4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 14 * 14, 32),
        )
        self.decoder = nn.Sequential(
            nn.Linear(32, 64 * 14 * 14),
            nn.BatchNorm1d(64 * 14 * 14),  # quirk 6
            nn.ReLU(),
            nn.Unflatten(1, (64, 14, 14)),
            nn.ConvTranspose2d(64, 1, kernel_size=4, stride=2, padding=1),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        code: Tensor = self.encoder(images)
        reconstruction: Tensor = self.decoder(code)
        return reconstruction, code


def initialise(module: nn.Module) -> None:
    """Quirk 4; BatchNorm keeps PyTorch's ones and zeros."""
    for layer in module.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def energy(recon: Tensor, x: Tensor) -> Tensor:
    """Mean of squares of each image, (B,); quirk 7."""
    return (recon - x).square().flatten(1).mean(1)


def pull_away(code: Tensor) -> Tensor:
    """Dead: one norm for the whole batch, and no square; quirk 1."""
    count = code.shape[0]
    scaled = code / code.abs().sum()
    return ((scaled @ scaled.T).sum() - count) / (count * (count - 1))


def discriminator_loss(discriminator: nn.Module, real: Tensor, fake: Tensor, config: Config) -> dict[str, Tensor]:
    """Energy of real images, and the hinge of the mean energy of generated ones; quirk 3."""
    reconstruction_of_real, _ = discriminator(real)
    reconstruction_of_fake, _ = discriminator(fake)
    fake_energy = energy(reconstruction_of_fake, fake).mean()
    return {
        "energy_real": energy(reconstruction_of_real, real).mean(),
        "hinge": torch.relu(config.margin - fake_energy),
    }


def generator_loss(discriminator: nn.Module, fake: Tensor, config: Config) -> dict[str, Tensor]:
    """Energy of generated images against a detached target, quirk 2, and the dead pull-away term."""
    reconstruction, code = discriminator(fake)
    return {
        "energy_fake": energy(reconstruction, fake.detach()).mean(),
        "pull_away": config.pull_away_weight * pull_away(code),
    }

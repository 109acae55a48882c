"""MAGAN: an EBGAN whose margin follows the energy of real images down, and which needs no pull-away term.

As published (Wang, Cully, Chang, Demiris 2017, arXiv:1704.03817): the energy is the sum of squared errors of an image;
L_D = E(x) + max(0, m - E(G(z))), L_G = E(G(z)). The discriminator is trained as an autoencoder of real images for two
epochs first, and m begins at the mean energy of real images then. After each epoch, where the sum of E(G(z)) over
the epoch has risen since the epoch before, that of E(x) is below it, and the mean of E(x) is below m, m becomes that
mean. So m never rises.

Deviations from the paper:
1. Compact nets for 28×28 grey images, those of `ebgan_pt.py`: a dense autoencoder with a code of 32 and a convolutional
   generator with BatchNorm. PyTorch's default initialisation, where the paper draws from normal distributions.
2. Adam of 5e-4 with β₁ = .5.
3. The two epochs before training have an Adam of their own; that of the discriminator's updates begins anew.
4. Both updates of a step use the same latents. One update of D for one of G.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 50
    latent: str = "normal"
    batch_size: int = 64
    pretraining_epochs: int = 2
    generator_lr: float = 5e-4
    discriminator_lr: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.999)
    discriminator_steps: int = 1


class Generator(nn.Module):
    """Latents (B, latent_dim) to images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.project = nn.Sequential(
            nn.Linear(config.latent_dim, 32 * 7 * 7),
            nn.Unflatten(1, (32, 7, 7)),
            nn.BatchNorm2d(32),
            nn.ReLU(),
        )
        self.upsample = nn.Sequential(
            nn.ConvTranspose2d(32, 16, kernel_size=4, stride=2, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 4, kernel_size=3, padding=1),
            nn.PixelShuffle(2),  # four channels become 2×2 pixels
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
            nn.Flatten(),
            nn.Linear(28 * 28, 256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 32),
        )
        self.decoder = nn.Sequential(
            nn.Linear(32, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 28 * 28),
            nn.Unflatten(1, (1, 28, 28)),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        code: Tensor = self.encoder(images)
        reconstruction: Tensor = self.decoder(code)
        return reconstruction, code


def energy(recon: Tensor, x: Tensor) -> Tensor:
    """Sum of squared errors of each image, (B,)."""
    return (recon - x).square().flatten(1).sum(1)


class Objective:
    """The two losses and the margin, which starts and ends with the energy of real images."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.margin = 0.0
        self.fake_before: float | None = None

    def before_training(self, discriminator: nn.Module, batches: Any) -> None:
        """Train D as an autoencoder of real images; the margin is their mean energy over the last epoch."""
        config = self.config
        optimizer = torch.optim.Adam(discriminator.parameters(), lr=config.discriminator_lr, betas=config.betas)
        for _ in range(config.pretraining_epochs):
            energies = []
            for _ in range(len(batches)):
                real = next(batches)
                loss = energy(discriminator(real)[0], real).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                energies.append(loss.detach())
            self.margin = float(torch.stack(energies).mean())

    def discriminator_loss(
        self, discriminator: nn.Module, real: Tensor, fake: Tensor, config: Config
    ) -> dict[str, Tensor]:
        """E(x) and the hinge max(0, m - E(G(z))) of each image, averaged over the batch."""
        energy_real = energy(discriminator(real)[0], real)
        energy_fake = energy(discriminator(fake)[0], fake)
        return {"energy_real": energy_real.mean(), "hinge": (self.margin - energy_fake).relu().mean()}

    def generator_loss(self, discriminator: nn.Module, fake: Tensor, config: Config) -> dict[str, Tensor]:
        """E(G(z)), averaged over the batch."""
        return {"energy_fake": energy(discriminator(fake)[0], fake).mean()}

    def after_epoch(self, energies: dict[str, Tensor]) -> None:
        """Lower the margin to the mean energy of real images, where generated ones have moved away from D."""
        real, fake = float(energies["real"].sum()), float(energies["fake"].sum())
        mean = float(energies["real"].mean())
        if self.fake_before is not None and self.fake_before < fake and real < fake and mean < self.margin:
            self.margin = mean
        self.fake_before = fake

    def state_dict(self) -> dict[str, float | None]:
        """The margin, and the sum of generated images' energies over the epoch before."""
        return {"margin": self.margin, "fake_before": self.fake_before}

    def load_state_dict(self, state: dict[str, float | None]) -> None:
        """Go on from a saved margin."""
        self.margin, self.fake_before = state["margin"] or 0.0, state["fake_before"]

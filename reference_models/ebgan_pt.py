"""Compact EBGAN-PT, the working reference for 28×28 grey images: a convolutional generator, a dense autoencoder.

The objective is the paper's (Zhao, Mathieu, LeCun 2016, arXiv:1609.03126), and none of it needs code here: energy of
an autoencoder, hinge per image, pull-away term of weight .1 on the codes of generated images, Adam for both nets.

Deviations from the paper:
1. The energy is the mean of squares per image, not its unsquared L2 norm. The margin is 1 to match: an energy of 1
   is a norm of 28 on 784 pixels.
2. The generator is convolutional, where the paper's MNIST models are fully connected. The discriminator is dense as
   there, but narrow: a code of 32.
3. BatchNorm in the generator only, so that an image's energy does not depend on what shares its batch.
4. PyTorch's default initialisation, where the paper draws from normal distributions.
5. β₁ is .5 in Adam, after DCGAN (Radford, Metz, Chintala 2015, arXiv:1511.06434), and β₂ .99, with which D's higher
   rate, 1.5e-3, stays sound.
6. Two discriminator updates for one of the generator, where the paper makes one: with a strong discriminator a few
   hundred steps show what each term of the objective is good for.
"""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 32
    latent: str = "normal"
    batch_size: int = 64
    margin: float = 1.0
    pull_away_weight: float = 0.1
    generator_lr: float = 1e-3
    discriminator_lr: float = 1.5e-3
    betas: tuple[float, float] = (0.5, 0.99)
    discriminator_steps: int = 2


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

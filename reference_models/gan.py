"""Plain GAN with the non-saturating loss, the baseline that the EBGAN paper compares with.

The discriminator returns one logit an image, the log odds that it is real, and both losses are cross-entropies of it
(Goodfellow et al. 2014, arXiv:1406.2661, sec. 3): D learns to tell real from generated, G to be taken for real. There
is no reconstruction, no energy, no margin and no pull-away term.

Deviations from the 2014 paper and from the baseline of the EBGAN paper (Zhao, Mathieu, LeCun 2016, arXiv:1609.03126):
1. The generator is convolutional with BatchNorm, that of `ebgan_pt.py`, so that the two differ in the discriminator
   and the losses alone; the 2014 paper's MNIST nets and those of the EBGAN paper's grid are fully connected.
2. The discriminator is fully connected, as there, with leaky ReLU in place of maxout, dropout of .3 behind each hidden
   layer, and no BatchNorm, so that an image's logit does not depend on what shares its batch.
3. Adam of 5e-4 with β₁ = .5, where the 2014 paper has momentum; PyTorch's default initialisation.
4. One D update for one of G (the 2014 paper: k = 1), on the same latents, where it draws new ones for G.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 32
    latent: str = "normal"
    batch_size: int = 64
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
    """Images (B, 1, 28, 28) to logits (B,): the log odds that an image is real."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, 512),
            nn.LeakyReLU(0.2),
            nn.Dropout(0.3),
            nn.Linear(512, 256),
            nn.LeakyReLU(0.2),
            nn.Dropout(0.3),
            nn.Linear(256, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.layers(images).flatten()
        return logits


def discriminator_loss(discriminator: nn.Module, real: Tensor, fake: Tensor, config: Config) -> dict[str, Tensor]:
    """Cross-entropy of the logits: -log D(x) of real images, -log(1 - D(G(z))) of generated ones."""
    return {"real": softplus(-discriminator(real)).mean(), "fake": softplus(discriminator(fake)).mean()}


def generator_loss(discriminator: nn.Module, fake: Tensor, config: Config) -> dict[str, Tensor]:
    """-log D(G(z)), the non-saturating form: G has a gradient where D is sure that its images are generated."""
    return {"fooled": softplus(-discriminator(fake)).mean()}

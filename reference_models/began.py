"""BEGAN: an autoencoder whose balance between real and generated images is kept by a control variable k.

As published (Berthelot, Schumm, Metz 2017, arXiv:1703.10717): L(v) = mean |v - D(v)|; L_D = L(x) - k·L(G(z)),
L_G = L(G(z)); k grows by λ_k (γ L(x) - L(G(z))) a step, held within [0, 1], from k = 0, λ_k = .001, γ = .5; latents
U[-1, 1]^64; ELU, no BatchNorm, no dropout; Adam. M = L(x) + |γ L(x) - L(G(z))| tells how far it has converged.
There is no margin and no pull-away term.

Deviations from the paper:
1. Compact nets for 28×28 grey images, those of `ebgan_pt.py`: a dense autoencoder with a code of 32 and a convolutional
   generator with BatchNorm and a tanh, where the paper has a convolutional autoencoder with ELU and a code of 64, and a
   generator of its decoder's form without BatchNorm.
2. γ = 1.25, where the paper compares .3, .5 and .7. It asks that generated images have the energy of real ones; at .7
   they have less, and on digits that is what ones have: such a model ends by drawing nothing else (docs/families.md).
3. λ_k = .05 and Adam's rates of 5e-4, where the paper has .001 and 1e-4, halved when M stalls: 10,000 steps are a short
   training for a BEGAN, and k has to reach what keeps the balance. β₁ = .5.
4. Batches of 64 in place of 16, and both updates of a step on the same latents, where the paper draws new ones for G.
5. PyTorch's default initialisation.
"""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 64
    latent: str = "uniform"
    batch_size: int = 64
    gamma: float = 1.25
    lambda_k: float = 0.05
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
    """Mean of absolute errors of each image, (B,)."""
    return (recon - x).abs().flatten(1).mean(1)


class Objective:
    """The two losses and k, which keeps L(G(z)) near γ L(x)."""

    def __init__(self, config: Config) -> None:
        self.gamma, self.lambda_k = config.gamma, config.lambda_k
        self.k = 0.0

    def discriminator_loss(
        self, discriminator: nn.Module, real: Tensor, fake: Tensor, config: Config
    ) -> dict[str, Tensor]:
        """L(x) - k L(G(z)): the energy of real images, and less of that of generated ones than G takes away."""
        energy_real = energy(discriminator(real)[0], real).mean()
        energy_fake = energy(discriminator(fake)[0], fake).mean()
        return {"energy_real": energy_real, "balance": -self.k * energy_fake}

    def generator_loss(self, discriminator: nn.Module, fake: Tensor, config: Config) -> dict[str, Tensor]:
        """L(G(z))."""
        return {"energy_fake": energy(discriminator(fake)[0], fake).mean()}

    def after_step(self, energies: dict[str, Tensor]) -> None:
        """Move k by the distance from balance, within [0, 1]; energies are those of D's update."""
        distance = self.gamma * energies["real"].mean() - energies["fake"].mean()
        self.k = min(max(self.k + self.lambda_k * float(distance), 0.0), 1.0)

    def state_dict(self) -> dict[str, float]:
        """k."""
        return {"k": self.k}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from a saved k."""
        self.k = state["k"]

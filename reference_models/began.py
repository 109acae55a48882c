"""BEGAN: an autoencoder whose balance between real and generated images is kept by a control variable k.

As published (Berthelot, Schumm, Metz 2017, arXiv:1703.10717): L(v) = mean |v - D(v)|; L_D = L(x) - k·L(G(z)),
L_G = L(G(z)); k grows by λ_k (γ L(x) - L(G(z))) a step, held within [0, 1], from k = 0, λ_k = .001, γ = .5; latents
U[-1, 1]^64; ELU, no BatchNorm, no dropout; Adam. M = L(x) + |γ L(x) - L(G(z))| tells how far it has converged.
There is no margin and no pull-away term.

Deviations from the paper:
1. Compact nets for 28×28 grey images: as there, D is a convolutional autoencoder with a code of 64 and G has the form
   of its decoder, but with 16 to 32 filters in place of 64 to 128, strides and pixel shuffling in place of subsampling
   and nearest neighbours, one convolution a scale in place of two, and no skip connections.
2. γ = .7, the most varied of those that the paper compares (.3, .5, .7).
3. λ_k = .01 and Adam's rates 1e-3 for G, 3e-4 for D, where the paper has .001 and 1e-4, halved when M stalls:
   10,000 steps are a short training for a BEGAN. β₁ = .5.
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
    gamma: float = 0.7
    lambda_k: float = 0.01
    generator_lr: float = 1e-3
    discriminator_lr: float = 3e-4
    betas: tuple[float, float] = (0.5, 0.999)
    discriminator_steps: int = 1


class Generator(nn.Module):
    """Latents (B, 64) to images (B, 1, 28, 28)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(config.latent_dim, 16 * 7 * 7),
            nn.Unflatten(1, (16, 7, 7)),
            nn.ELU(),
            nn.Conv2d(16, 64, kernel_size=3, padding=1),
            nn.PixelShuffle(2),  # 64 channels become 16 of twice the size
            nn.ELU(),
            nn.Conv2d(16, 4, kernel_size=3, padding=1),
            nn.PixelShuffle(2),
        )

    def forward(self, latent: Tensor) -> Tensor:
        images: Tensor = self.layers(latent)
        return images


class Discriminator(nn.Module):
    """Autoencoder: images (B, 1, 28, 28) to reconstructions of the same shape and codes (B, 64)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=4, stride=2, padding=1),
            nn.ELU(),
            nn.Conv2d(16, 32, kernel_size=4, stride=2, padding=1),
            nn.ELU(),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 64),
        )
        self.decoder = nn.Sequential(
            nn.Linear(64, 16 * 7 * 7),
            nn.Unflatten(1, (16, 7, 7)),
            nn.ELU(),
            nn.Conv2d(16, 64, kernel_size=3, padding=1),
            nn.PixelShuffle(2),  # 64 channels become 16 of twice the size
            nn.ELU(),
            nn.Conv2d(16, 4, kernel_size=3, padding=1),
            nn.PixelShuffle(2),
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

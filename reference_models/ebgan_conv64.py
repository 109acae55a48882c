"""The convolutional EBGAN-PT for 64×64 colour images, after Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 4.3.

Kept from the paper (its setting for CelebA): energy ‖Dec(Enc(x)) − x‖, the unsquared L2 norm of each image's error;
margin 20; pull-away term of weight .1 on the encoder's output; an autoencoder of 4×4 convolutions with stride 2,
64-128-256 maps in and 128-64-3 out; a generator like DCGAN's; BatchNorm after each layer except the generator's output
and the discriminator's input; images in [-1, 1] and tanh on the generator's output; initial weights from N(0, .02) in
the generator and N(0, .002) in the discriminator, biases 0.

Kept from DCGAN (Radford, Metz, Chintala 2015, arXiv:1511.06434), whose advice the paper follows for these images: Adam
with a learning rate of 2e-4 and β of .5 and .999; latents of 100 from U[-1, 1]; ReLU in the generator and leaky ReLU of
slope .2 in the discriminator; a generator that goes from 4×4 to 64×64 with 1,024, 512, 256 and 128 maps.

Deviations from the paper, or choices where it leaves one open:
1. The code is flattened for the pull-away term: 256 maps of 8×8 are 16,384 values an image. The paper says only that
   the term is taken on the encoder's output.
2. The reconstruction is linear and without BatchNorm, so that it reaches every colour and its errors are an energy.
3. BatchNorm's gains begin at 1 and its shifts at 0; the normal draws are for the weights of convolutions and dense
   layers.
4. Batches of 64, where DCGAN has 128: memory and time of a step halve.
5. The images are those of the data set at hand, brought to 64×64; CelebA there.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

    image_shape: tuple[int, int, int] = (3, 64, 64)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 100
    latent: str = "uniform"
    batch_size: int = 64
    margin: float = 20.0
    pull_away_weight: float = 0.1
    generator_lr: float = 2e-4
    discriminator_lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    discriminator_steps: int = 1
    maps: int = 64  # of the discriminator's first layer; all other widths are multiples of it


def _upwards(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1)


def _downwards(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=4, stride=2, padding=1)


class Generator(nn.Module):
    """Latents (B, latent_dim) to images (B, 3, 64, 64) in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        maps = config.maps
        self.project = nn.Sequential(
            nn.Linear(config.latent_dim, 16 * maps * 4 * 4),
            nn.Unflatten(1, (16 * maps, 4, 4)),
            nn.BatchNorm2d(16 * maps),
            nn.ReLU(),
        )
        layers: list[nn.Module] = []
        for factor in (16, 8, 4):
            layers += [_upwards(factor * maps, factor // 2 * maps), nn.BatchNorm2d(factor // 2 * maps), nn.ReLU()]
        self.upsample = nn.Sequential(*layers, _upwards(2 * maps, 3), nn.Tanh())

    def forward(self, latent: Tensor) -> Tensor:
        images: Tensor = self.upsample(self.project(latent))
        return images


class Discriminator(nn.Module):
    """Autoencoder: images (B, 3, 64, 64) to reconstructions of the same shape and codes (B, 16384)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        maps = config.maps
        self.encoder = nn.Sequential(
            _downwards(3, maps),
            nn.LeakyReLU(0.2),
            _downwards(maps, 2 * maps),
            nn.BatchNorm2d(2 * maps),
            nn.LeakyReLU(0.2),
            _downwards(2 * maps, 4 * maps),
            nn.BatchNorm2d(4 * maps),
            nn.LeakyReLU(0.2),
        )
        self.decoder = nn.Sequential(
            _upwards(4 * maps, 2 * maps),
            nn.BatchNorm2d(2 * maps),
            nn.LeakyReLU(0.2),
            _upwards(2 * maps, maps),
            nn.BatchNorm2d(maps),
            nn.LeakyReLU(0.2),
            _upwards(maps, 3),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        code: Tensor = self.encoder(images)
        reconstruction: Tensor = self.decoder(code)
        return reconstruction, code.flatten(1)


def energy(recon: Tensor, x: Tensor) -> Tensor:
    """Length of each image's error, (B,), as in the paper: unsquared, not divided by the number of pixels."""
    norms: Tensor = torch.linalg.vector_norm((recon - x).flatten(1), dim=1)
    return norms


def initialise(module: nn.Module) -> None:
    """Weights from N(0, .02) in the generator and N(0, .002) in the discriminator, biases 0; BatchNorm as it is."""
    spread = 0.02 if isinstance(module, Generator) else 0.002
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, spread)
            nn.init.zeros_(layer.bias)

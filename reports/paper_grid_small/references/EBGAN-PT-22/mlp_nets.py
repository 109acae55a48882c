"""The fully connected nets of the MNIST grid in Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 4.1 and app. B.

`layers` counts weight layers and `width` the units of each but the last. BatchNorm follows each weight layer except the
generator's output, the discriminator's input and what the discriminator returns; ReLU; images in [-1, 1], tanh on the
generator's output.

Where the paper leaves it open: an autoencoder of n layers has the first half of them, rounded up, as its encoder, so
that its code is as wide as its layers; dropout is of one half, behind each hidden layer; latents are 100 numbers from
N(0, 1); batches of 64. PyTorch's default initialisation, where the paper draws weights from normal distributions.
"""

from typing import Protocol

from torch import Tensor, nn

PIXELS = 28 * 28


class Sizes(Protocol):
    """What the nets read of a Config."""

    latent_dim: int
    generator_layers: int
    generator_width: int
    discriminator_layers: int
    discriminator_width: int
    discriminator_dropout: bool


def hidden(inputs: int, width: int, *, norm: bool, dropout: bool) -> list[nn.Module]:
    """A weight layer and what follows it."""
    layers: list[nn.Module] = [nn.Linear(inputs, width)]
    layers += [nn.BatchNorm1d(width)] if norm else []
    layers += [nn.ReLU()]
    return [*layers, nn.Dropout(0.5)] if dropout else layers


def discriminating(config: Sizes, count: int, *, first: bool) -> list[nn.Module]:
    """`count` hidden layers of a discriminator; the very first, on pixels, has no BatchNorm."""
    found: list[nn.Module] = []
    for place in range(count):
        on_pixels = first and place == 0
        inputs = PIXELS if on_pixels else config.discriminator_width
        found += hidden(inputs, config.discriminator_width, norm=not on_pixels, dropout=config.discriminator_dropout)
    return found


class Generator(nn.Module):
    """Latents (B, latent_dim) to images (B, 1, 28, 28) in [-1, 1]."""

    def __init__(self, config: Sizes) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = config.latent_dim
        for _ in range(config.generator_layers - 1):
            layers += hidden(inputs, config.generator_width, norm=True, dropout=False)
            inputs = config.generator_width
        self.layers = nn.Sequential(*layers, nn.Linear(inputs, PIXELS), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, latent: Tensor) -> Tensor:
        images: Tensor = self.layers(latent)
        return images


class Autoencoder(nn.Module):
    """Images (B, 1, 28, 28) to reconstructions of the same shape and codes (B, discriminator_width)."""

    def __init__(self, config: Sizes) -> None:
        super().__init__()
        above = (config.discriminator_layers + 1) // 2
        below = config.discriminator_layers - above - 1
        self.encoder = nn.Sequential(nn.Flatten(), *discriminating(config, above, first=True))
        self.decoder = nn.Sequential(
            *discriminating(config, below, first=False),
            nn.Linear(config.discriminator_width, PIXELS),
            nn.Unflatten(1, (1, 28, 28)),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        code: Tensor = self.encoder(images)
        reconstruction: Tensor = self.decoder(code)
        return reconstruction, code


class Classifier(nn.Module):
    """Images (B, 1, 28, 28) to logits (B,): the log odds that an image is real."""

    def __init__(self, config: Sizes) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            *discriminating(config, config.discriminator_layers - 1, first=True),
            nn.Linear(config.discriminator_width, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.layers(images).flatten()
        return logits

"""GAN of the paper's MNIST grid: a classifier as discriminator and the non-saturating loss.

In the grid of the paper the GAN also has its optimisers and its learning rate searched, each net with Adam or SGD and
both with one rate; EBGAN keeps Adam with 1e-3. SGD is plain, without momentum: the paper does not say. Losses are
those of `ref:gan`; `mlp_nets.py` says how the nets are built and what the paper leaves open.
"""

from dataclasses import dataclass

import torch
from mlp_nets import Classifier as Discriminator
from mlp_nets import Generator
from torch import Tensor, nn
from torch.nn.functional import softplus

__all__ = ["Config", "Discriminator", "Generator", "discriminator_loss", "generator_loss", "optimizers"]


@dataclass(frozen=True)
class Config:
    """The settings, all of them; the sizes are those of the paper's best EBGAN."""

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 100
    latent: str = "normal"
    batch_size: int = 64
    discriminator_steps: int = 1
    generator_layers: int = 5
    generator_width: int = 800
    discriminator_layers: int = 2
    discriminator_width: int = 1024
    discriminator_dropout: bool = False
    generator_optimizer: str = "adam"
    discriminator_optimizer: str = "adam"
    learning_rate: float = 1e-3


def optimizer(name: str, net: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    """Adam with its default betas, or plain SGD."""
    if name == "adam":
        return torch.optim.Adam(net.parameters(), lr=learning_rate)
    if name == "sgd":
        return torch.optim.SGD(net.parameters(), lr=learning_rate)
    raise ValueError(f"adam or sgd, got {name!r}")


def optimizers(
    generator: nn.Module, discriminator: nn.Module, config: Config
) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """One for each net, both with the same learning rate."""
    return (
        optimizer(config.generator_optimizer, generator, config.learning_rate),
        optimizer(config.discriminator_optimizer, discriminator, config.learning_rate),
    )


def discriminator_loss(discriminator: nn.Module, real: Tensor, fake: Tensor, config: Config) -> dict[str, Tensor]:
    """Cross-entropy of the logits: -log D(x) of real images, -log(1 - D(G(z))) of generated ones."""
    return {"real": softplus(-discriminator(real)).mean(), "fake": softplus(discriminator(fake)).mean()}


def generator_loss(discriminator: nn.Module, fake: Tensor, config: Config) -> dict[str, Tensor]:
    """-log D(G(z)), the non-saturating form: G has a gradient where D is sure that its images are generated."""
    return {"fooled": softplus(-discriminator(fake)).mean()}

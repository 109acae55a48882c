"""What a variant gets where it does not override: the paper's objective, with the mean-squared energy.

Every function here is one that a variant file may define under the same name (docs/variants.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .adam import Adam

Energy = Callable[[Tensor, Tensor], Tensor]
PullAway = Callable[[Tensor], Tensor]
Terms = dict[str, Tensor]


def energy(recon: Tensor, x: Tensor) -> Tensor:
    """Mean of squared errors of each image: shape (batch,), >= 0.

    Source: the paper uses the unsquared L2 norm (arXiv:1609.03126, sec. 2.1); public
    implementations, and this default, use the mean of squares.
    """
    return (recon - x).square().flatten(1).mean(1)


def pull_away(code: Tensor) -> Tensor:
    """Mean squared cosine between distinct codes: 0 orthogonal, 1 collapsed.

    Args:
        code: (batch, …), one code a sample; flattened. A batch of one has no pairs: nan.

    Returns:
        Scalar in [0, 1]; a zero code counts as orthogonal to all others.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 2.4.
    """
    unit = nn.functional.normalize(code.flatten(1), dim=1)
    count = len(unit)
    cosines = unit @ unit.T
    return (cosines.square().sum() - cosines.diagonal().square().sum()) / (count * (count - 1))


def sample_latent(count: int, config: Any, rng: torch.Generator) -> Tensor:
    """Draw (count, latent_dim) latents on the CPU, distributed as `config.latent` says.

    Raises:
        ValueError: `config.latent` is none of normal, uniform, uniform01.
    """
    shape = (count, config.latent_dim)
    if config.latent == "normal":
        return torch.randn(shape, generator=rng)
    if config.latent == "uniform":
        return torch.rand(shape, generator=rng) * 2 - 1
    if config.latent == "uniform01":
        return torch.rand(shape, generator=rng)
    raise ValueError(f"Config.latent must be 'normal', 'uniform' or 'uniform01', got {config.latent!r}")


def optimizer(net: nn.Module, lr: float, betas: tuple[float, float], *, fused: bool) -> torch.optim.Optimizer:
    """Adam over all parameters of one net; on the CPU ebdiag's own, with PyTorch's bits unless kernels are fused."""
    if any(parameter.device.type != "cpu" for parameter in net.parameters()):
        return torch.optim.Adam(net.parameters(), lr=lr, betas=betas, fused=fused or None)
    return Adam(net.parameters(), lr=lr, betas=betas, fused=fused)


class Objective:
    """The paper's losses over whatever energy, pull-away term and code the variant has.

    Args:
        energy: (recon, x) → (batch,).
        pull_away: code → scalar.
        read: Output of the discriminator → (recon, code); recon is an image batch.
    """

    def __init__(self, energy: Energy, pull_away: PullAway, read: Callable[[Any], tuple[Any, Any]]) -> None:
        self.energy, self.pull_away, self.read = energy, pull_away, read

    def discriminator_loss(self, discriminator: nn.Module, real: Tensor, fake: Tensor, config: Any) -> Terms:
        """E(real) and the hinge max(0, m - E(fake)) of each sample, averaged over the batch."""
        energy_real = self.energy(self.read(discriminator(real))[0], real)
        energy_fake = self.energy(self.read(discriminator(fake))[0], fake)
        return {"energy_real": energy_real.mean(), "hinge": (config.margin - energy_fake).relu().mean()}

    def generator_loss(self, discriminator: nn.Module, fake: Tensor, config: Any) -> Terms:
        """E(fake) and the weighted pull-away term of the fakes' codes; no term where the weight is 0."""
        recon, code = self.read(discriminator(fake))
        terms = {"energy_fake": self.energy(recon, fake).mean()}
        if config.pull_away_weight:
            terms["pull_away"] = config.pull_away_weight * self.pull_away(code)
        return terms

"""How much the generator's images move with its latents.

What it measures: the Frobenius norm of dG/dz, the root of its mean square over 64 latents that stay the same, with the
generator in eval mode: in train mode BatchNorm ties every image to all latents.
How to read it: near 0 the images do not depend on the latents: they are one image, or one of a few. It falls before
the samples look alike, and a sharp rise before they break up.
Unit and range: pixels, on a range of width 2 whatever the variant's own, per unit of latent; >= 0.
Known problems: one random projection for each latent stands for the whole Jacobian; the mean over 64 is right to a few
per cent. Latents that are not real numbers have no derivative.
Cost: a forward and a backward pass of the generator.
Source: Hutchinson 1990, "A stochastic estimator of the trace of the influence matrix", for the projection.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .. import streams
from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`generator.jacobian`."""
    if moment.stills is None or not moment.stills.latents.is_floating_point():
        return {}
    low, high = moment.built.config.pixel_range
    moment.built.generator.eval()
    latents = moment.stills.latents.detach().clone().requires_grad_()
    images = moment.built.generator(latents)
    (projected,) = torch.autograd.grad(images, latents, signs(images))
    size = projected.flatten(1).square().sum(1).mean().sqrt()
    return {"generator.jacobian": size * (2 / (high - low))}


def signs(like: Tensor) -> Tensor:
    """Fixed random +1 and −1 in the shape of a tensor."""
    drawn = torch.randint(0, 2, like.shape, generator=streams.generator(0, streams.PROBES, "signs"))
    return (drawn * 2 - 1).to(like)

"""Spectra of the discriminator's weights.

What it measures: of each weight tensor of two or more dimensions, as a matrix with one row for each entry of its first
dimension: the spectral norm (`weights.spectral_norm`), the stable rank ‖W‖²_F / σ₁² (`weights.stable_rank`), and the
exponential of the entropy of the squared singular values (`weights.effective_rank`).
How to read it: a spectral norm that keeps growing is a discriminator that stretches space ever further, paid by an
open hinge: a margin out of reach. A stable rank that falls to 1 is a layer that passes one direction only.
Unit and range: spectral norm in output unit per input unit, >= 0; ranks 1 to the smaller side.
Known problems: a convolution's matrix is its kernel, not the operation on an image, whose norm differs by a factor
that depends on stride and overlap. The effective rank is left out where the smaller side exceeds 1,024, and the
spectral norm is then taken by 100 power iterations: a little low.
Cost: an eigenvalue problem of each weight's smaller side.
Source: Miyato and others 2018 (arXiv:1802.05957), sec. 2.1, for the matrix; Rudelson, Vershynin 2007 (stable rank).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ..step import Moment

EXACT = 1_024
ITERATIONS = 100


def observe(moment: Moment) -> dict[str, Tensor]:
    """`weights.<spectral_norm|stable_rank|effective_rank>.discriminator.<layer>`."""
    moment.built.discriminator.eval()  # a spectral norm of its own would move on in train mode
    columns: dict[str, Tensor] = {}
    with torch.no_grad():
        for name, weight in matrices(moment.built.discriminator):
            largest, everything, rank = spectrum(weight)
            columns[f"weights.spectral_norm.discriminator.{name}"] = largest.sqrt()
            columns[f"weights.stable_rank.discriminator.{name}"] = everything / largest
            if rank is not None:
                columns[f"weights.effective_rank.discriminator.{name}"] = rank
    return columns


def matrices(net: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """(layer, its weight as a matrix); `layer.name` where the tensor is not called weight."""
    for path, module in net.named_modules():
        if "parametrizations" in path.split("."):
            continue
        own = [name for name, value in module.named_parameters(recurse=False) if value.ndim > 1]
        if parametrize.is_parametrized(module):
            own += [name for name in module.parametrizations if getattr(module, name).ndim > 1]
        for name in own:
            shown = ".".join(part for part in (path, "" if name == "weight" else name) if part)
            yield shown or name, getattr(module, name).flatten(1)


def spectrum(weight: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """Largest squared singular value, sum of all, and exponential of their entropy (None for large matrices)."""
    wide = weight.double()
    gram = wide @ wide.T if wide.shape[0] <= wide.shape[1] else wide.T @ wide
    everything = gram.trace()
    if not torch.isfinite(everything):
        nan = gram.new_tensor(float("nan"))
        return nan, nan, nan
    if len(gram) <= EXACT:
        values = torch.linalg.eigvalsh(gram).clamp_min(0)
        return values[-1], everything, torch.exp(torch.special.entr(values / values.sum()).sum())
    vector = gram.sum(1) + gram.diagonal()
    for _ in range(ITERATIONS):
        vector = gram @ (vector / torch.linalg.vector_norm(vector))
    return torch.linalg.vector_norm(vector), everything, None

"""How far one step moves the weights.

What it measures: the L2 norm of the change that a step made to all weights of a net, as a share of their norm
(`update.generator`, `update.discriminator`), and the largest such share of any one weight matrix (`update_largest`).
How to read it: about 1/1,000 is the usual size; 1/10 and more is too fast to converge, 1/100,000 hardly moves. One net
far above the other is learning rates or step counts out of balance. Biases and norms count in the first number only,
as they start at 0 and move far.
Unit and range: share, >= 0.
Known problems: with several discriminator updates a step, all of them together.
Cost: a copy of all weights and one pass over them.
Source: definition.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..build import Built
from ..step import Moment

Weights = dict[str, list[Tensor]]


def before(built: Built) -> Weights:
    """Copies of all weights of both nets."""
    return {role: [p.detach().clone() for p in net.parameters()] for role, net in _nets(built)}


def observe(moment: Moment) -> dict[str, Tensor]:
    """`update.<net>` and `update_largest.<net>`; absent where the nets before the step are not known."""
    if moment.before is None:
        return {}
    columns = {}
    for role, net in _nets(moment.built):
        kept: list[Tensor] = moment.before[role]
        now = [p.detach() for p in net.parameters()]
        changes = [torch.linalg.vector_norm(new - old) for new, old in zip(now, kept, strict=True)]
        sizes = [torch.linalg.vector_norm(old) for old in kept]
        columns[f"update.{role}"] = _norm(changes) / _norm(sizes)
        matrices = [c / s for c, s, old in zip(changes, sizes, kept, strict=True) if old.ndim > 1]
        if matrices:
            columns[f"update_largest.{role}"] = torch.stack(matrices).max()
    return columns


def _nets(built: Built) -> tuple[tuple[str, nn.Module], ...]:
    return ("generator", built.generator), ("discriminator", built.discriminator)


def _norm(parts: list[Tensor]) -> Tensor:
    total: Tensor = torch.linalg.vector_norm(torch.stack(parts))
    return total

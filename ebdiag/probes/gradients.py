"""Gradient norms of both nets after a step.

What it measures: the L2 norm of all parameter gradients of a net, as its last update used them.
How to read it: a generator whose norm falls to nothing is told no more; spikes precede divergence.
Unit and range: loss per parameter unit, >= 0; depends on the net's size and the loss's scale.
Known problems: says nothing about the step taken, which Adam rescales.
Cost: one pass over the gradients, every 10 steps.
Source: definition.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`gradient.generator` and `gradient.discriminator`; absent where a net has no gradients."""
    columns = {}
    for role, net in (("generator", moment.built.generator), ("discriminator", moment.built.discriminator)):
        gradients = [p.grad for p in net.parameters() if p.grad is not None]
        if gradients:
            columns[f"gradient.{role}"] = torch.nn.utils.get_total_norm(gradients)
    return columns

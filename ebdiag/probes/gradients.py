"""Gradients of a step: their size in both nets, and what the generator is told at its output.

What it measures: the L2 norm of all parameter gradients of a net, as its last update used them; and, of the gradient g
of the generator's loss at each fake, the mean norm (`gradient.fake`) and the coherence ‖mean g‖ / mean ‖g‖
(`gradient.coherence.fake`).
How to read it: a generator whose norm falls to nothing is told no more; spikes precede divergence. Read coherence
beside the fakes' pixel spread: on fakes that are all alike it should be near 1, as all of them should go the same way.
Near 0 there, the discriminator tells fakes only how to differ from each other and never where to go, which BatchNorm
in the discriminator brings about by subtracting what a batch shares. On fakes that differ, a low coherence is healthy.
Unit and range: norms in loss per parameter unit, >= 0, depending on the net's size and the loss's scale;
`gradient.fake` in loss of one fake (the batch's loss times its size) per pixel unit; coherence 0 to 1, and 1 / √batch
for random directions.
Known problems: says nothing about the step taken, which Adam rescales. The loss is the generator's as trained, its
pull-away term included. An own train_step that runs the generator several times shows the gradient that came last.
Cost: one pass over the gradients.
Source: definition.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`gradient.<generator|discriminator>`, `gradient.fake`, `gradient.coherence.fake`; absent without gradients."""
    columns = {}
    for role, net in (("generator", moment.built.generator), ("discriminator", moment.built.discriminator)):
        gradients = [p.grad for p in net.parameters() if p.grad is not None]
        if gradients:
            columns[f"gradient.{role}"] = torch.nn.utils.get_total_norm(gradients)
    if moment.told is not None:
        size, columns["gradient.coherence.fake"] = coherence(moment.told)
        columns["gradient.fake"] = size * len(moment.told)
    return columns


def coherence(gradients: Tensor) -> tuple[Tensor, Tensor]:
    """Mean norm of the gradients (batch, …), and the norm of their mean as a share of it (nan where all are 0)."""
    flat = gradients.flatten(1)
    size = torch.linalg.vector_norm(flat, dim=1).mean()
    return size, torch.linalg.vector_norm(flat.mean(0)) / size

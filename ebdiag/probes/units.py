"""Units that give the same value whatever comes in.

What it measures: the share of units that are constant over a batch, of all units of a net (`units.dead`) and of its
worst layer (`units.dead_worst`): the discriminator on real images, the generator on latents that stay the same, both
in the mode of training. A unit is a feature, or a channel over all places of an image.
How to read it: dead units are lost: a ReLU that never opens passes no gradient and stays closed. Some are usual; a
layer that is mostly dead is a bottleneck nobody drew. A collapsed generator has dead units up to its output.
Unit and range: share, 0 to 1.
Known problems: only outputs of modules are seen, no activation that a forward applies by itself. Leaky activations are
never dead, though they may hardly move.
Cost: a pass of each net with a look at every layer.
Source: definition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..step import Moment
from .codes import dead

SHAPING = (nn.Flatten, nn.Unflatten, nn.Identity)
"""Modules that change no value, so that their units were counted already."""


def observe(moment: Moment) -> dict[str, Tensor]:
    """`units.<dead|dead_worst>.<generator|discriminator>`."""
    columns: dict[str, Tensor] = {}
    latents = None if moment.stills is None else moment.stills.latents
    for role, net, batch in (
        ("generator", moment.built.generator, latents),
        ("discriminator", moment.built.discriminator, moment.real),
    ):
        layers = [] if batch is None else constant(net, batch)
        if layers:
            columns[f"units.dead.{role}"] = torch.cat(layers).float().mean()
            columns[f"units.dead_worst.{role}"] = torch.stack([layer.float().mean() for layer in layers]).max()
    return columns


def constant(net: nn.Module, batch: Tensor) -> list[Tensor]:
    """Which units of each layer are constant over the batch: one boolean vector a layer, in order of execution."""
    found: list[Tensor] = []
    layers = [m for m in net.modules() if not list(m.children()) and not isinstance(m, SHAPING)]
    hooks = [layer.register_forward_hook(_note(found)) for layer in layers]
    try:
        with torch.no_grad():
            net(batch)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _note(found: list[Tensor]) -> Callable[[nn.Module, Any, Any], None]:
    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim > 1:
            found.append(dead(output.movedim(1, -1).reshape(-1, output.shape[1])))

    return hook

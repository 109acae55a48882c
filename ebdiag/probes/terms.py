"""What each term of a loss contributes to its net's gradient.

What it measures: the norm of the gradient that each named term of the discriminator's loss has in the discriminator,
and each term of the generator's in the generator (`gradient.term`), and its share of the sum of these norms
(`gradient.share`). Taken on the step's images, after the step, on fakes of latents that stay the same.
How to read it: a term with a share near 0 does nothing, whatever its value: a hinge that is never open, a pull-away
term that is dead. One near 1 leaves the others no say.
Unit and range: norm in loss per parameter unit, >= 0; share 0 to 1.
Known problems: shares of gradients that point against each other add up to more than what is left of them. A loss of
one unnamed term has share 1. An own train_step keeps its terms to itself.
Cost: a pass of each net, and one backward pass for each term.
Source: definition.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..making import trainable
from ..step import Moment, named


def observe(moment: Moment) -> dict[str, Tensor]:
    """`gradient.<term|share>.<generator|discriminator>.<name of the term>`."""
    built = moment.built
    if built.train_step is not None or moment.stills is None or moment.real is None:
        return {}
    generator, discriminator = built.generator, built.discriminator
    fake = generator(moment.stills.latents).detach() if moment.fake is None else moment.fake
    losses = named(built.objective.discriminator_loss(discriminator, moment.real, fake, built.config))
    columns = _terms("discriminator", discriminator, losses)
    losses = named(built.objective.generator_loss(discriminator, generator(moment.stills.latents), built.config))
    return columns | _terms("generator", generator, losses)


def _terms(role: str, net: nn.Module, losses: dict[str, Tensor]) -> dict[str, Tensor]:
    norms = {name: norm(gradient(term, net)) for name, term in losses.items()}
    everything = torch.stack(list(norms.values())).sum()
    return {f"gradient.term.{role}.{name}": value for name, value in norms.items()} | {
        f"gradient.share.{role}.{name}": value / everything for name, value in norms.items()
    }


def gradient(term: Tensor, net: nn.Module) -> list[Tensor]:
    """Gradient of the sum of `term` in all parameters that it reaches; the graph is kept."""
    parameters = list(trainable(net))
    if not term.requires_grad:
        return [torch.zeros_like(p) for p in parameters]
    found = torch.autograd.grad(term.sum(), parameters, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]


def norm(gradients: list[Tensor]) -> Tensor:
    """L2 norm of all values together."""
    return torch.nn.utils.get_total_norm(gradients)

"""What parts compute, as hashes: equal hashes are no difference, however the code is written."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from . import adam, initial, streams
from .build import Built
from .records import digest
from .step import named, total


def effects(built: Built, latents: Tensor, real: Tensor) -> dict[str, str | None]:
    """Hashes of what nets, energy and pull-away compute: equal hashes are no difference, however written."""
    reads = built.reads.copy()
    effects: dict[str, str | None] = {}
    for role, net, example in (
        ("generator", built.generator, latents),
        ("discriminator", built.discriminator, real),
    ):
        try:
            with torch.no_grad(), initial.keyed(0, f"effects.{role}"):
                effects[role] = digest([built.constructed[role], _behaviour(copy.deepcopy(net), example)])
        except Exception:  # a net that cannot be copied: compared by its source instead
            effects[role] = None
    with torch.no_grad(), initial.keyed(0, "effects"):
        recon, code = torch.rand(6, *built.config.image_shape), torch.randn(6, 5)
        for name, function, arguments in (
            ("energy", built.energy, (recon.flip(0), recon)),
            ("pull_away", built.pull_away, (code,)),
        ):
            counted = built.calls[name]
            try:
                value = function(*(a.to(built.device) for a in arguments))
                # six digits: the same formula written differently may round differently
                effects[name] = str([f"{v:.6g}" for v in value.double().reshape(-1).tolist()])
            except Exception:  # a helper that wants other shapes: compared by its source instead
                effects[name] = None
            built.calls[name] = counted
        drawn = built.sample_latent(64, streams.generator(0, streams.PROBES, "effect"))
        effects["latent"] = initial.tensor_digest(drawn)
    effects |= _settings(built) | _loss_effects(built, latents, real)
    built.reads.clear()
    built.reads.update(reads)  # what was read here says nothing of what the variant reads
    return effects


KERNELS = ("fused", "foreach", "capturable")
"""Options of an optimiser that choose how it computes, not what."""


def _settings(built: Built) -> dict[str, str | None]:
    """Settings by value: one that is written out where the other file leaves the same default is no difference."""
    config = built.config
    found: dict[str, Any] = {
        "margin": float(config.margin),
        "pull_away_weight": float(config.pull_away_weight),
        "batch_size": int(config.batch_size),
        "pixel_range": [float(end) for end in config.pixel_range],
        "schedule": int(config.discriminator_steps),
        "optimizer.generator": _optimiser(built, built.generator_opt),
        "optimizer.discriminator": _optimiser(built, built.discriminator_opt),
    }
    return {part: None if value is None else str(value) for part, value in found.items()}


def _optimiser(built: Built, optimiser: Any) -> list[Any] | None:
    """What one of torch's own optimisers does to which parameters; None for any other, compared by its source."""
    if not type(optimiser).__module__.startswith(("torch.optim", adam.__name__)):
        return None
    nets = (("generator", built.generator), ("discriminator", built.discriminator))
    places = {id(p): (role, place) for role, net in nets for place, p in enumerate(net.parameters())}
    groups = []
    for group in optimiser.param_groups:
        covered = {places.get(id(p)) for p in group["params"]}
        whole = [role for role, net in nets if covered == {places[id(p)] for p in net.parameters()}]
        options = {name: value for name, value in group.items() if name not in ("params", *KERNELS)}
        groups.append([whole or sorted(map(str, covered)), sorted((name, str(v)) for name, v in options.items())])
    return [type(optimiser).__name__, groups]


class _Stub(nn.Module):
    """A fixed autoencoder with a code, on which two losses can be compared whatever nets they come with."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.linspace(-0.5, 0.5, size))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        flat = images.flatten(1) * self.scale
        return flat.roll(1, 1).view_as(images), flat[:, :16] + flat[:, -16:]


def _loss_effects(built: Built, latents: Tensor, real: Tensor) -> dict[str, str | None]:
    """Value and gradients of both losses on a fixed discriminator, to six digits; None where one will not take it."""
    effects: dict[str, str | None] = {}
    counts = built.calls.copy(), built.reads.copy()
    for name in ("discriminator_loss", "generator_loss"):
        stub = _Stub(real[0].numel()).to(built.device)
        fake = (real.flip(0) * 0.7).requires_grad_(name == "generator_loss")
        arguments = (stub, real, fake, built.config) if name == "discriminator_loss" else (stub, fake, built.config)
        try:
            with initial.keyed(0, "effects"):
                loss = total(named(getattr(built.objective, name)(*arguments)))
            loss.backward()
            gradient = fake.grad if name == "generator_loss" else stub.scale.grad
            assert gradient is not None
            numbers = [loss.item(), gradient.norm().item(), gradient.flatten()[::37].sum().item()]
            effects[name] = str([f"{number:.6g}" for number in numbers])
        except Exception:  # it wants its own discriminator: compared by its source instead
            effects[name] = None
    for counter, before in zip((built.calls, built.reads), counts, strict=True):
        counter.clear()
        counter.update(before)
    return effects


def _behaviour(net: nn.Module, example: Tensor) -> list[str]:
    """Hashes of a net's outputs in both modes, with weights that do not depend on how it initialises them."""
    for parameter in net.parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.1)
        else:
            nn.init.normal_(parameter, mean=1.0, std=0.1)
    hashes = []
    for mode in (True, False):
        net.train(mode)
        output = net(example)
        outputs = output if isinstance(output, tuple | list) else [output]
        hashes += [initial.tensor_digest(o) for o in outputs if isinstance(o, Tensor)]
    return hashes

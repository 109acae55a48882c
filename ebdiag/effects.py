"""What parts compute, as numbers: equal numbers are no difference, however the code is written."""

from __future__ import annotations

import copy
import functools
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from . import adam, initial, streams
from .build import Built
from .step import named, total

EXAMPLES = 6
"""Samples that nets, energy and pull-away are tried on; BatchNorm needs two."""

Precisions = tuple[tuple[torch.dtype, float], ...]
NETS: Precisions = ((torch.float64, 1e-9), (torch.float32, 1e-4))
FUNCTIONS: Precisions = ((torch.float64, 1e-6), (torch.float32, 1e-4))
"""Precisions to try, with the relative difference that rounding explains. Single precision over some twenty layers
leaves 1e-4. Energies and losses may round to single precision on the way; eps of a layer may not, and changes 1e-6."""


def effects(built: Built, latents: Tensor, real: Tensor, used: Mapping[str, list[str]]) -> dict[str, str | None]:
    """What nets, energy, pull-away, losses and settings do to prepared inputs, as text that `differences` compares.

    Args:
        used: Net → names of the parameters that it uses, in the order in which it uses them.
    """
    found: dict[str, str | None] = {}
    for role, net, example in (
        ("generator", built.generator, latents[:EXAMPLES]),
        ("discriminator", built.discriminator, real[:EXAMPLES]),
    ):
        found[role] = net_effect(net, example, role, used[role])
    with torch.no_grad(), initial.keyed(0, "effects"), built.uncounted():
        recon, code = torch.rand(EXAMPLES, *built.config.image_shape), torch.randn(EXAMPLES, 5)
        for name, function, arguments in (
            ("energy", built.energy, (recon.flip(0), recon)),
            ("pull_away", built.pull_away, (code,)),
        ):
            found[name] = tried(FUNCTIONS, functools.partial(_applied, function, arguments, built.device))
        drawn = built.sample_latent(64, streams.generator(0, streams.PROBES, "effect"))
        along = drawn.flatten(1).double() @ _directions(drawn[0].numel()).to(drawn.device)
        found["latent"] = numbers([drawn[0], along, drawn.double().std()], FUNCTIONS[-1][1])
    with built.uncounted():
        return found | _settings(built) | _loss_effects(built, real)


def numbers(values: list[Tensor], tolerance: float) -> str | None:
    """Values as text, with the relative difference that rounding explains; None where one is not finite."""
    listed = [float(f"{v:.12g}") for value in values for v in value.detach().double().reshape(-1).tolist()]
    shapes = [list(value.shape) for value in values]
    if not all(map(math.isfinite, listed)):
        return None
    return json.dumps({"shapes": shapes, "tolerance": tolerance, "values": listed})


def tried(precisions: Precisions, compute: Callable[[torch.dtype], list[Tensor]]) -> str | None:
    """Numbers in the first precision that the code takes; None where it takes none: compared by its source then."""
    for dtype, tolerance in precisions:
        try:
            return numbers(compute(dtype), tolerance)
        except Exception:  # it asks for other shapes, for a precision, or for its own discriminator
            continue
    return None


def _applied(
    function: Callable[..., Tensor], arguments: tuple[Tensor, ...], device: torch.device, dtype: torch.dtype
) -> list[Tensor]:
    return [function(*(argument.to(device, dtype) for argument in arguments))]


def net_effect(net: nn.Module, example: Tensor, role: str, used: list[str]) -> str | None:
    """What a net makes of an example, with weights that depend on neither names nor initialisation.

    Weights get their values in the order in which the net uses them, so that the order of definition is no matter.
    """

    def compute(dtype: torch.dtype) -> list[Tensor]:
        with torch.no_grad(), initial.keyed(0, f"effects.{role}"):
            changed = copy.deepcopy(net)
            _redraw(changed, used)
            return _behaviour(changed.to(dtype), example.to(dtype))

    return tried(NETS, compute)


def _redraw(net: nn.Module, used: list[str]) -> None:
    """Give each of these parameters other values, in this order."""
    parameters = dict(net.named_parameters())
    for name in used:
        parameter = parameters[name]
        if parameter.ndim > 1:  # inputs of one size come out at about that size, whatever the layer
            nn.init.normal_(parameter, std=(parameter.numel() / parameter.shape[0]) ** -0.5)
        else:
            nn.init.normal_(parameter, mean=1.0, std=0.1)


def _behaviour(net: nn.Module, example: Tensor) -> list[Tensor]:
    """Shapes of a net's outputs in both modes, and the outputs along fixed directions."""
    outputs = []
    for mode in (True, False):
        net.train(mode)
        output = net(example)
        for value in output if isinstance(output, tuple | list) else [output]:
            if isinstance(value, Tensor):
                flat = value.reshape(len(example), -1) if value.ndim and len(value) == len(example) else value
                along = _directions(flat.shape[-1]).to(flat)
                outputs += [torch.tensor(value.shape), flat @ along]
    return outputs


def _directions(size: int) -> Tensor:
    """Four fixed directions of unit length on average: columns (size, 4), double."""
    rng = streams.generator(0, streams.PROBES, "directions")
    return torch.randn(size, 4, generator=rng, dtype=torch.float64).div(math.sqrt(size))


SCALES = tuple(2.0**power for power in range(-6, 7))
"""Sizes of generated images on which losses are tried, each batch with images of a half to one and a half times that:
whatever the margin, in some batch some energies lie below it and some above, and a hinge of each image differs from one
of their mean."""

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
        "data": _data(built),
        "optimizer.generator": optimiser_effect(built.nets, built.generator_opt),
        "optimizer.discriminator": optimiser_effect(built.nets, built.discriminator_opt),
    }
    return {part: None if value is None else str(value) for part, value in found.items()}


def _data(built: Built) -> list[Any] | None:
    """Order and batching; what a transform of its own makes is compared by its source."""
    return None if built.transform is not None else [bool(built.config.shuffle), bool(built.config.drop_last)]


def optimiser_effect(named: Mapping[str, nn.Module], optimiser: Any) -> list[Any] | None:
    """What one of torch's own optimisers does to which parameters; None for any other, compared by its source."""
    if not type(optimiser).__module__.startswith(("torch.optim", adam.__name__)):
        return None
    nets = list(named.items())
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


def _loss_effects(built: Built, real: Tensor) -> dict[str, str | None]:
    """Value and gradients of both losses on a fixed discriminator; None where one will not take it."""

    def compute(name: str, dtype: torch.dtype) -> list[Tensor]:
        return [value for scale in SCALES for value in at_scale(name, dtype, scale)]

    def at_scale(name: str, dtype: torch.dtype, scale: float) -> list[Tensor]:
        stub = _Stub(real[0].numel()).to(built.device, dtype)
        images = real.to(dtype)
        sizes = torch.linspace(0.5, 1.5, len(images), dtype=dtype, device=built.device).view(-1, 1, 1, 1)
        fake = (images.flip(0) * sizes * scale).requires_grad_(name == "generator_loss")
        arguments = (stub, images, fake, built.config) if name == "discriminator_loss" else (stub, fake, built.config)
        with initial.keyed(0, "effects"):
            loss = total(named(getattr(built.objective, name)(*arguments)))
        loss.backward()
        gradient = fake.grad if name == "generator_loss" else stub.scale.grad
        assert gradient is not None
        return [loss, torch.stack([gradient.norm(), gradient.flatten()[::37].sum()])]

    return {
        name: tried(FUNCTIONS, functools.partial(compute, name)) for name in ("discriminator_loss", "generator_loss")
    }

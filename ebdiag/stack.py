"""Nets and optimisers of many seeds as one: each seed's parameters are rows of stacked tensors."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from .adam import Adam

T = TypeVar("T")

OPTIMIZERS: tuple[type[torch.optim.Optimizer], ...] = (
    Adam,
    torch.optim.Adam,
    torch.optim.AdamW,
    torch.optim.Adamax,
    torch.optim.NAdam,
    torch.optim.RAdam,
    torch.optim.RMSprop,
    torch.optim.Adadelta,
    torch.optim.Adagrad,
    torch.optim.SGD,
)
"""By exact type: those that treat each value of a parameter alone, so that a row of a stack goes its own way."""

ROWS = frozenset(
    ("exp_avg", "exp_avg_sq", "max_exp_avg_sq", "exp_inf", "momentum_buffer", "square_avg", "grad_avg", "sum",
     "acc_delta")
)  # fmt: skip
"""Entries of their state that have a parameter's shape; all others (counts of steps) are the same for all seeds."""


class Stack:
    """One net of several seeds.

    From here on each seed's parameters and buffers share memory with their row, so that whatever reads or writes the
    seed's own net (scoring, probes, checkpoints) sees and moves what is trained.

    Args:
        nets: The same net of each slot; a slot without one (None) begins with the values of the first.

    Attributes:
        parameters, buffers: Name → (slots, …); parameters are leaves that take gradients where the net's own do.
    """

    def __init__(self, nets: Sequence[nn.Module | None]) -> None:
        parameters = [None if net is None else dict(net.named_parameters()) for net in nets]
        buffers = [None if net is None else dict(net.named_buffers()) for net in nets]
        self.parameters = {
            name: _joined([None if own is None else own[name] for own in parameters]).requires_grad_(
                value.requires_grad
            )
            for name, value in first(parameters).items()
        }
        self.buffers = {
            name: _joined([None if own is None else own[name] for own in buffers]) for name in first(buffers)
        }

    def tensors(self, prefix: str, *, frozen: bool = False) -> dict[str, Tensor]:
        """All tensors by their names within a module that holds the net under `prefix`; `frozen`: without gradients."""
        found = {name: value.detach() if frozen else value for name, value in self.parameters.items()}
        return {f"{prefix}.{name}": value for name, value in (found | self.buffers).items()}


def first(slots: Iterable[T | None]) -> T:
    """What the first slot holds that is not empty."""
    return next(slot for slot in slots if slot is not None)


def _joined(own: Sequence[Tensor | None]) -> Tensor:
    """The stack of tensors, whose memory they are in afterwards."""
    filler = first(own)
    joined = torch.stack([(filler if tensor is None else tensor).detach() for tensor in own])
    for tensor, row in zip(own, joined, strict=True):
        if tensor is not None:
            tensor.data = row
    return joined


class Stepping:
    """One optimiser of several seeds, as one over a stack.

    Args:
        own: The optimiser of each slot, of a type in `OPTIMIZERS`, where its seed stands; None where there is none.
        nets: The net of each slot, likewise.
        stack: Of these nets.

    Attributes:
        joint: The optimiser over the stack.
        on_device: Whether a step of it is all on a CUDA device, so that a graph of it counts steps, too.
    """

    def __init__(
        self, own: Sequence[torch.optim.Optimizer | None], nets: Sequence[nn.Module | None], stack: Stack
    ) -> None:
        self.own = own
        self.places = [None if net is None else {id(p): name for name, p in net.named_parameters()} for net in nets]
        one, places = first(own), first(self.places)
        groups: list[dict[str, Any]] = [
            {**group, "params": [stack.parameters[places[id(p)]] for p in group["params"]]}
            for group in one.param_groups
        ]
        cuda = first(stack.parameters.values()).device.type == "cuda"
        capturable = cuda and all("capturable" in group for group in groups)
        for group in groups if capturable else []:
            group["capturable"] = True
        self.on_device = capturable or (cuda and type(one) is torch.optim.SGD)
        device = first(stack.parameters.values()).device if capturable else torch.device("cpu")
        wanted = set(inspect.signature(type(one)).parameters) & set(one.defaults)
        self.joint = type(one)(groups, **{name: one.defaults[name] for name in wanted})
        self.stack = stack
        kept = [None if mine is None else _by_name(mine, p) for mine, p in zip(own, self.places, strict=True)]
        for name, state in first(kept).items():
            rows = [state if theirs is None else theirs[name] for theirs in kept]
            self.joint.state[stack.parameters[name]] = {
                key: torch.stack([row[key] for row in rows]) if key in ROWS else _shared(value, device)
                for key, value in state.items()
            }

    def hand_out(self, slot: int) -> None:
        """Give the optimiser of a slot its share of the state, to be saved."""
        optimizer, places = self.own[slot], self.places[slot]
        assert optimizer is not None
        assert places is not None
        for parameter in (p for group in optimizer.param_groups for p in group["params"]):
            state = self.joint.state.get(self.stack.parameters[places[id(parameter)]], {})
            optimizer.state[parameter] = {
                key: value[slot].clone() if key in ROWS else _shared(value, torch.device("cpu"))
                for key, value in state.items()
            }


def _by_name(optimizer: torch.optim.Optimizer, places: Mapping[int, str] | None) -> dict[str, dict[str, Any]]:
    """What an optimiser remembers, by the names of its parameters."""
    assert places is not None
    return {places[id(parameter)]: state for parameter, state in optimizer.state.items() if state}


def _shared(value: Any, device: torch.device) -> Any:
    """A value that all seeds have in common, such as a count of steps."""
    return value.detach().clone().to(device) if isinstance(value, Tensor) else value

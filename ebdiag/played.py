"""A net that makes recorded calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .calls import INPUT, Batch, Constant, Mode, Value, Weight, leaves, mapped


@dataclass(frozen=True)
class Step:
    """A call of a played net; `Value.place` is a step, not a call."""

    function: Callable[..., Any] | str
    args: Any
    kwargs: Any
    gradients: bool


class Played(nn.Module):
    """A net that makes recorded calls, on the very layers and weights that were recorded.

    Args:
        steps, output: With names of layers and weights as in this net.
        layers, weights: Name in this net → layer; name → (module that has it, its name there).
    """

    def __init__(
        self,
        steps: Sequence[Step],
        output: Any,
        layers: dict[str, nn.Module],
        weights: dict[str, tuple[nn.Module, str]],
    ) -> None:
        super().__init__()
        self._steps, self._output = _Program(steps), _Program(output)
        for name, layer in layers.items():
            holder, last = self._holder(name)
            holder.add_module(last, layer)
        for name, (owner, attribute) in weights.items():
            if any(name.startswith(f"{layer}.") for layer in layers):
                continue
            holder, last = self._holder(name)
            tensor = getattr(owner, attribute)
            if isinstance(tensor, nn.Parameter):
                holder.register_parameter(last, tensor)
            else:
                holder.register_buffer(last, tensor, attribute not in owner._non_persistent_buffers_set)

    def _holder(self, name: str) -> tuple[nn.Module, str]:
        """The module that is to hold something of this dotted name, and what it is called there."""
        *path, last = name.split(".")
        holder: nn.Module = self
        for part in path:
            if part not in holder._modules:
                holder.add_module(part, nn.Module())
            holder = holder.get_submodule(part)
        return holder, last

    def forward(self, inputs: Tensor) -> Any:
        """What the recorded calls make of an input."""
        batch = len(inputs)
        values: list[list[Tensor]] = []

        def fill(leaf: Any) -> Any:
            kind = type(leaf)
            if kind is Value:
                return inputs if leaf.place == INPUT else values[leaf.place][leaf.position]
            if kind is Weight:
                holder, _, last = leaf.name.rpartition(".")
                return getattr(self.get_submodule(holder), last)
            if kind is Batch:
                return leaf.times * batch + leaf.plus
            if kind is Mode:
                return self.training != leaf.opposite
            return leaf.tensor if kind is Constant else leaf

        for step in self._steps.content:
            function = self.get_submodule(step.function) if isinstance(step.function, str) else step.function
            with torch.set_grad_enabled(torch.is_grad_enabled() and step.gradients):
                result = function(*mapped(step.args, fill), **mapped(step.kwargs, fill))
            values.append([t for t in leaves(result) if isinstance(t, Tensor)] or [mapped(step.args, fill)[0]])
        return mapped(self._output.content, fill)


class _Program:
    """What does not change when a net is copied."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def __deepcopy__(self, memo: Any) -> _Program:
        return self

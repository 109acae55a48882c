"""PyTorch's Adam, bit for bit, in blocks that fit a processor's cache.

Adam makes nine passes over four arrays of a parameter's size, two of them into arrays allocated anew. Beyond the
cache each pass waits for memory, and each new array for the system; in an EBGAN with large linear layers that is a
third of a step. The passes are elementwise, so that doing all of them on one block, then on the next, gives the same
bits, and the arithmetic stays PyTorch's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

import torch
from torch import Tensor

BLOCK = 1 << 16
"""Values a block, a multiple of every vector width: five arrays of 256 KiB fit a second-level cache of 2 MiB."""


class Adam(torch.optim.Adam):
    """`torch.optim.Adam` on the CPU, without the options that change its formula.

    Hyperparameters, state and `state_dict` are PyTorch's. Gradients must be dense.

    Args:
        parameters: As for `torch.optim.Adam`.
        lr: Learning rate.
        betas: Decay of the running mean and of the running mean of squares.

    Source: Kingma, Ba 2015 (arXiv:1412.6980), alg. 1; order of operations as in `torch.optim.adam`.
    """

    def __init__(self, parameters: Any, *, lr: float, betas: tuple[float, float]) -> None:
        super().__init__(parameters, lr=lr, betas=betas)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update of every parameter that has a gradient."""
        if closure is not None:
            raise TypeError("this optimiser takes no closure")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group)
        return None

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients; without what PyTorch keeps for profilers, a fiftieth of a step of a small net."""
        if not set_to_none:
            super().zero_grad(set_to_none=False)
            return
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def _update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
            state["exp_avg_sq"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
        state["step"] += 1
        number = state["step"].item()
        beta1, beta2 = group["betas"]
        step_size = group["lr"] / (1 - beta1**number)
        correction = (1 - beta2**number) ** 0.5
        root: Tensor | None = None
        for values, slope, mean, square in _blocks((parameter, gradient, state["exp_avg"], state["exp_avg_sq"])):
            mean.lerp_(slope, 1 - beta1)
            square.mul_(beta2).addcmul_(slope, slope, value=1 - beta2)
            if root is None or root.shape != square.shape:  # of the last, shorter block
                root = torch.empty_like(square)
            torch.sqrt(square, out=root).div_(correction).add_(group["eps"])
            values.addcdiv_(mean, root, value=-step_size)


def _blocks(arrays: tuple[Tensor, ...]) -> Any:
    """The arrays block by block; whole where they are small or not all laid out alike."""
    if arrays[0].numel() <= BLOCK or not all(array.is_contiguous() for array in arrays):
        return [arrays]
    return zip(*(array.view(-1).split(BLOCK) for array in arrays), strict=True)

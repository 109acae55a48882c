"""PyTorch's Adam, bit for bit, in blocks that fit a processor's cache, and its fused one without the way there.

Adam makes nine passes over four arrays of a parameter's size, two of them into arrays allocated anew. Beyond the
cache each pass waits for memory, and each new array for the system; in an EBGAN with large linear layers that is a
third of a step. The passes are elementwise, so that doing all of them on one block, then on the next, gives the same
bits, and the arithmetic stays PyTorch's own. Small parameters make each pass together, as a call costs more than they.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast, overload

import torch
from torch import Tensor
from torch.optim import optimizer as shared

BLOCK = 1 << 16
"""Values a block, a multiple of every vector width: five arrays of 256 KiB fit a second-level cache of 2 MiB."""

Arrays = tuple[Tensor, Tensor, Tensor, Tensor]
"""A parameter, its gradient and its two running means."""


class Adam(torch.optim.Adam):
    """`torch.optim.Adam` on the CPU, without the options that change its formula.

    Hyperparameters, state and `state_dict` are PyTorch's. Gradients must be dense.

    Args:
        parameters: As for `torch.optim.Adam`.
        lr: Learning rate.
        betas: Decay of the running mean and of the running mean of squares.
        fused: PyTorch's fused arithmetic, whose bits are others.

    Source: Kingma, Ba 2015 (arXiv:1412.6980), alg. 1; order of operations as in `torch.optim.adam`.
    """

    def __init__(self, parameters: Any, *, lr: float, betas: tuple[float, float], fused: bool = False) -> None:
        super().__init__(parameters, lr=lr, betas=betas, fused=fused or None)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update of every parameter that has a gradient."""
        if closure is not None:
            raise TypeError("this optimiser takes no closure")
        hooks = (self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks,
                 shared._global_optimizer_pre_hooks, shared._global_optimizer_post_hooks)  # fmt: skip
        if any(hooks):
            _hooked(self)
        else:
            self._update()
        return None

    step.hooked = True  # type: ignore[attr-defined]  # PyTorch need not wrap it for hooks and profilers

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop all gradients; without what PyTorch keeps for profilers, a fiftieth of a step of a small net."""
        if not set_to_none:
            super().zero_grad(set_to_none=False)
            return
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    @torch.no_grad()
    def _update(self) -> None:
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if not parameters:
                continue
            states = [self._state(parameter) for parameter in parameters]
            steps = [state["step"] for state in states]
            torch._foreach_add_(steps, 1)
            arrays = [
                (p, p.grad, state["exp_avg"], state["exp_avg_sq"]) for p, state in zip(parameters, states, strict=True)
            ]
            if group.get("fused"):
                _fused(arrays, steps, group)
            else:
                for number, alike in _alike(arrays, steps):
                    _move(alike, number, group)

    def _state(self, parameter: Tensor) -> dict[str, Tensor]:
        state: dict[str, Tensor] = self.state[parameter]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
            state["exp_avg_sq"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
        return state


_hooked = shared.Optimizer.profile_hook_step(Adam._update)
"""An update between hooks that somebody registered."""


def _alike(arrays: list[Arrays], steps: list[Tensor]) -> Iterator[tuple[float, list[Arrays]]]:
    """Parameters by the number of their update, which differs where one had no gradient at times."""
    numbers = torch.stack(steps).tolist()
    for number in dict.fromkeys(numbers):
        yield number, [own for own, its in zip(arrays, numbers, strict=True) if its == number]


def _fused(arrays: list[Arrays], steps: list[Tensor], group: dict[str, Any]) -> None:
    beta1, beta2 = group["betas"]
    values, slopes, means, squares = (list(column) for column in zip(*arrays, strict=True))
    torch._fused_adam_(
        values, slopes, means, squares, [], steps, lr=group["lr"], beta1=beta1, beta2=beta2, weight_decay=0.0,
        eps=group["eps"], amsgrad=False, maximize=False,
    )  # fmt: skip


def _move(arrays: list[Arrays], number: float, group: dict[str, Any]) -> None:
    """One update, the `number`th, of some parameters: each pass over one batch of pieces before the next batch."""
    beta1, beta2 = group["betas"]
    step_size = group["lr"] / (1 - beta1**number)
    correction = (1 - beta2**number) ** 0.5
    for batch in _batches(piece for own in arrays for piece in _blocks(own)):
        values, slopes, means, squares = (list(column) for column in zip(*batch, strict=True))
        torch._foreach_lerp_(means, slopes, 1 - beta1)
        torch._foreach_mul_(squares, beta2)
        torch._foreach_addcmul_(squares, slopes, slopes, 1 - beta2)
        roots = torch._foreach_sqrt(squares)
        torch._foreach_div_(roots, correction)
        torch._foreach_add_(roots, group["eps"])
        torch._foreach_addcdiv_(values, means, roots, -step_size)


def _batches(pieces: Iterable[Arrays]) -> Iterator[list[Arrays]]:
    """As many pieces at a time as a block has values, in order."""
    batch: list[Arrays] = []
    size = 0
    for piece in pieces:
        if batch and size + piece[0].numel() > BLOCK:
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += piece[0].numel()
    if batch:
        yield batch


def _blocks(arrays: Arrays) -> Iterable[Arrays]:
    """The arrays block by block; whole where they are small or not all laid out in rows."""
    if arrays[0].numel() <= BLOCK or not all(array.is_contiguous() for array in arrays):
        return [arrays]
    return cast(Iterable[Arrays], zip(*(array.view(-1).split(BLOCK) for array in arrays), strict=True))

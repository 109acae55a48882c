"""What a discriminator returns, and looking at a net without leaving a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class Reader:
    """Tells a discriminator's outputs apart: reconstruction, code, or neither.

    A discriminator that returns only a reconstruction has its narrowest activation as code, taken
    by a hook; `code_from` names that layer. One that returns a number a sample is no autoencoder.
    """

    def __init__(self, discriminator: nn.Module, example: Tensor) -> None:
        self.autoencoder, self.returns_code, self.code_from = True, False, ""
        self._last: Tensor | None = None
        sizes: list[tuple[str, nn.Module, int]] = []

        def note(name: str) -> Callable[[nn.Module, Any, Any], None]:
            def hook(module: nn.Module, inputs: Any, output: Any) -> None:
                if isinstance(output, Tensor) and output.ndim >= 2:
                    sizes.append((name, module, output[0].numel()))

            return hook

        leaves = [(name, module) for name, module in discriminator.named_modules() if not list(module.children())]
        hooks = [module.register_forward_hook(note(name)) for name, module in leaves]
        try:
            with torch.no_grad():
                output = discriminator(example)
        finally:
            for hook in hooks:
                hook.remove()
        self.output = output
        if isinstance(output, tuple | list):
            self.returns_code = len(output) > 1
            output = output[0]
        if isinstance(output, Tensor) and output.numel() == len(example):
            self.autoencoder = False
        elif not self.returns_code and sizes:
            self._watch_narrowest(sizes)

    def _watch_narrowest(self, sizes: list[tuple[str, nn.Module, int]]) -> None:
        narrowest = min(size for _, _, size in sizes)
        position = next(i for i, (_, _, size) in enumerate(sizes) if size == narrowest)
        while position + 1 < len(sizes) and sizes[position + 1][2] == narrowest:
            position += 1
        self.code_from, module, _ = sizes[position]
        module.register_forward_hook(self._keep)

    def _keep(self, module: nn.Module, inputs: Any, output: Tensor) -> None:
        self._last = output

    def hand(self, code: Tensor | None) -> None:
        """Take `code` as that of the latest output, where a prepared discriminator has no layer to take it from."""
        self._last = code

    def __call__(self, output: Any) -> tuple[Any, Any]:
        """(reconstruction, code) of the discriminator's latest output; None for what it does not have."""
        if not self.autoencoder:
            return None, None
        if self.returns_code:
            return output[0], output[1]
        recon = output[0] if isinstance(output, tuple | list) else output
        return recon, self._last

    def number(self, output: Any) -> Any:
        """(batch,) what a discriminator that is no autoencoder gave for each image; None for an autoencoder."""
        if self.autoencoder:
            return None
        first = output[0] if isinstance(output, tuple | list) else output
        return first.flatten() if isinstance(first, Tensor) else None


class KeptState:
    """Buffers, gradients and train/eval modes of a net after the block are what they were before."""

    def __init__(self, *nets: nn.Module) -> None:
        self.nets = nets

    def __enter__(self) -> None:
        self.modes = [(m, m.training) for net in self.nets for m in net.modules()]
        self.buffers = [(b, b.detach().clone()) for net in self.nets for b in net.buffers()]
        self.grads = [(p, p.grad) for net in self.nets for p in net.parameters()]
        for p, _ in self.grads:
            p.grad = None

    def __exit__(self, *exception: object) -> None:
        with torch.no_grad():
            for buffer, kept in self.buffers:
                buffer.copy_(kept)
        for module, mode in self.modes:
            module.training = mode
        for parameter, grad in self.grads:
            parameter.grad = grad

"""A built variant as scoring sees it, and how it is left as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn


class ModelConfig(Protocol):
    """What scoring needs to know of a variant's Config."""

    @property
    def image_shape(self) -> tuple[int, int, int]: ...
    @property
    def pixel_range(self) -> tuple[float, float]: ...
    @property
    def latent_dim(self) -> int: ...
    @property
    def batch_size(self) -> int: ...


class Model(Protocol):
    """A built variant, as scoring sees it."""

    @property
    def generator(self) -> nn.Module: ...
    @property
    def discriminator(self) -> nn.Module: ...
    @property
    def config(self) -> ModelConfig: ...
    @property
    def device(self) -> torch.device: ...

    def pixels(self, images: np.ndarray) -> torch.Tensor:
        """Real uint8 images as the model trains on them."""
        ...

    def sample_latent(self, count: int, rng: torch.Generator) -> torch.Tensor:
        """`count` latents from the variant's own distribution, drawn from `rng`."""
        ...

    def reconstruct(self, images: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """Reconstruction and code of `images`, each None where the discriminator gives none."""
        ...


def generate(model: Model, latents: torch.Tensor, batch: int) -> torch.Tensor:
    """Images of latents as the generator gives them in its current mode, on the CPU, (n, *image_shape)."""
    parts = latents.to(model.device).split(batch)
    return torch.cat([model.generator(part).detach().float().cpu() for part in parts])


@contextlib.contextmanager
def preserved(*nets: nn.Module) -> Iterator[None]:
    """Modes, parameters, buffers, gradients and attributes of all submodules after the block are what they were.

    What a module keeps inside a list or another mutable attribute of its own is not restored.
    """
    modules = list(dict.fromkeys(module for net in nets for module in net.modules()))
    attributes = [(module, dict(module.__dict__)) for module in modules]
    slots: list[tuple[Any, dict[str, Any]]] = [
        (slot, dict(slot)) for module in modules for slot in (module._parameters, module._buffers, module._modules)
    ]
    tensors = [tensor for net in nets for tensor in (*net.parameters(), *net.buffers())]
    contents = [(tensor, tensor.detach().clone(), tensor.requires_grad) for tensor in dict.fromkeys(tensors)]
    gradients = [(tensor, tensor.grad, None if tensor.grad is None else tensor.grad.clone()) for tensor in tensors]
    try:
        yield
    finally:
        for module, kept in attributes:
            module.__dict__.clear()
            module.__dict__.update(kept)
        for slot, members in slots:
            slot.clear()
            slot.update(members)
        with torch.no_grad():
            for tensor, content, needs_gradient in contents:
                if not torch.equal(tensor.detach(), content):
                    tensor.detach().copy_(content)
                tensor.requires_grad_(needs_gradient)
            for tensor, gradient, content_of_gradient in gradients:
                tensor.grad = gradient
                if gradient is not None and content_of_gradient is not None:
                    gradient.copy_(content_of_gradient)

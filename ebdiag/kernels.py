"""Linear layers and narrow convolutions in another order of arithmetic, up to several times as fast on the CPU.

PyTorch multiplies float32 matrices by MKL, which takes half-width vectors on processors that are not Intel's, and
computes a convolution's input from few output channels (a transposed convolution to one grey channel; the gradient of
a convolution that reads it) in blocks of sixteen, most of them empty. oneDNN, which PyTorch ships, multiplies at full
width, also transposed; and a transposed convolution is one small product per tap, added up in place. Both are the same
sums in another order: values differ by float32 rounding (docs/costs.md has how far), which is why this is chosen by
name, is part of a run's id, and never depends on a timing.

A user's classes stay as they are: `quicken` gives instances of PyTorch's own layers another `forward`. What is not
covered there is PyTorch's: other layers, types and devices, autocast, `torch.func`, layers called as functions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

NARROW = 4
"""Channels up to which blocks of sixteen are mostly empty; from eight on they are as fast as what is done here."""

WORTH = 1 << 21
"""Multiply-adds of a product below which the way to oneDNN takes longer than it saves."""


def quicken(*nets: nn.Module) -> None:
    """Give the covered layers of nets their fast forward; names, parameters, buffers and types stay.

    A layer of a derived class keeps its forward, which is its own.
    """
    for layer in (layer for net in nets for layer in net.modules()):
        forward = FORWARDS.get(type(layer))
        if forward is not None:
            layer.forward = functools.partial(forward, layer)


@contextmanager
def quickened(nets: Mapping[str, nn.Module]) -> Iterator[None]:
    """Nets that are fast inside the block, and afterwards what they were."""
    layers = [layer for net in nets.values() for layer in net.modules() if type(layer) in FORWARDS]
    before = [vars(layer).get("forward") for layer in layers]
    quicken(*nets.values())
    try:
        yield
    finally:
        for layer, forward in zip(layers, before, strict=True):
            vars(layer).pop("forward", None)
            if forward is not None:
                layer.forward = forward


def linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """`torch.nn.functional.linear`, by oneDNN in all three products."""
    if x.numel() * len(weight) < WORTH or not covered(x, weight, bias):
        return functional.linear(x, weight, bias)
    y: Tensor = _Linear.apply(x.reshape(-1, x.shape[-1]), weight, bias)
    return y.view(*x.shape[:-1], len(weight))


def conv2d(x: Tensor, layer: nn.Conv2d) -> Tensor:
    """`layer` of few input channels: forward as it is, and its gradient for the input from products."""
    pads = layer.padding_mode != "zeros" or isinstance(layer.padding, str)
    narrow = layer.in_channels <= NARROW and layer.groups == 1
    if pads or not narrow or x.dim() != 4 or not covered(x, layer.weight, layer.bias):
        return nn.Conv2d.forward(layer, x)
    y: Tensor = _Conv2d.apply(x, layer.weight, layer.bias, layer.stride, layer.padding, layer.dilation)
    return y


def conv_transpose2d(x: Tensor, layer: nn.ConvTranspose2d, output_size: list[int] | None = None) -> Tensor:
    """`layer` to few output channels, from products."""
    narrow = layer.out_channels <= NARROW and layer.groups == 1
    if output_size is not None or not narrow or x.dim() != 4 or not covered(x, layer.weight, layer.bias):
        return nn.ConvTranspose2d.forward(layer, x, output_size)
    if any(more >= step for more, step in zip(layer.output_padding, layer.stride, strict=True)):
        return nn.ConvTranspose2d.forward(layer, x)
    size = tuple(
        (n - 1) * step - 2 * pad + wide * (k - 1) + more + 1
        for n, step, pad, wide, k, more in zip(
            x.shape[2:], layer.stride, layer.padding, layer.dilation, layer.kernel_size, layer.output_padding,
            strict=True,
        )
    )  # fmt: skip
    if min(size) < 1:
        return nn.ConvTranspose2d.forward(layer, x)
    y: Tensor = _ConvTranspose2d.apply(
        x, layer.weight, layer.bias, layer.stride, layer.padding, layer.output_padding, layer.dilation, size
    )
    return y


FORWARDS: dict[type[nn.Module], Callable[..., Tensor]] = {
    nn.Linear: lambda layer, input: linear(input, layer.weight, layer.bias),
    nn.Conv2d: lambda layer, input: conv2d(input, layer),
    nn.ConvTranspose2d: lambda layer, input, output_size=None: conv_transpose2d(input, layer, output_size),
}
"""By exact type; arguments are called as PyTorch calls them."""


def covered(x: Tensor, weight: Tensor, bias: Tensor | None) -> bool:
    """Whether these are plain float32 on the CPU, not empty, and nothing else transforms or converts them."""
    values = (x, weight) if bias is None else (x, weight, bias)
    return bool(
        all(type(v) in (Tensor, nn.Parameter) and v.dtype is torch.float32 and v.device.type == "cpu" for v in values)
        and x.numel() > 0
        and x.shape[1 if weight.dim() == 4 else -1] > 0
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        and torch.backends.mkldnn.enabled
        and not torch.is_autocast_enabled("cpu")
        and not torch._C._are_functorch_transforms_active()
    )


def product(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
    """a @ b.T + bias, of (m, k) and (n, k), by oneDNN; either may be a transposed view."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(a, b, bias, "none", [], "")
    return product


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return product(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, told: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        if torch.is_grad_enabled():  # for a second derivative: what PyTorch can differentiate again
            return (
                told @ weight if of_x else None,
                told.t() @ x if of_weight else None,
                told.sum(0) if of_bias else None,
            )
        return (
            product(told, weight.t()) if of_x else None,
            product(told.t(), x.t()) if of_weight else None,
            told.sum(0) if of_bias else None,
        )


def _gradients(
    ctx: Any, told: Tensor, stride: Any, padding: Any, dilation: Any, transposed: bool, output_padding: Any,
    needed: list[bool],
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """PyTorch's own gradients of a convolution, which can be differentiated again."""
    x, weight = ctx.saved_tensors
    size = [told.shape[1]] if needed[2] else None
    found = torch.ops.aten.convolution_backward(
        told, x, weight, size, stride, padding, dilation, transposed, output_padding, 1, needed
    )
    return tuple(gradient if asked else None for gradient, asked in zip(found, needed, strict=True))


class _Conv2d(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.form = stride, padding, dilation
        return functional.conv2d(x, weight, bias, stride, padding, dilation)

    @staticmethod
    def backward(ctx: Any, told: Tensor) -> tuple[Tensor | None, ...]:
        stride, padding, dilation = ctx.form
        needed = list(ctx.needs_input_grad[:3])
        spread = needed[0] and not torch.is_grad_enabled()
        of_x: Tensor | None = None
        if spread:
            x, weight = ctx.saved_tensors
            of_x = _spread(told, weight, stride, padding, dilation, x.shape[2:])
            needed[0] = False
        found: tuple[Tensor | None, ...] = (None, None, None)
        if any(needed):
            found = _gradients(ctx, told, stride, padding, dilation, False, [0, 0], needed)
        return (of_x if spread else found[0], found[1], found[2], None, None, None)


class _ConvTranspose2d(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, output_padding: Any,
        dilation: Any, size: tuple[int, ...],
    ) -> Tensor:  # fmt: skip
        ctx.save_for_backward(x, weight)
        ctx.form = stride, padding, dilation, output_padding
        y = _spread(x, weight, stride, padding, dilation, size)
        return y if bias is None else y.add_(bias.view(1, -1, 1, 1))

    @staticmethod
    def backward(ctx: Any, told: Tensor) -> tuple[Tensor | None, ...]:
        stride, padding, dilation, output_padding = ctx.form
        needed = list(ctx.needs_input_grad[:3])
        found = _gradients(ctx, told, stride, padding, dilation, True, output_padding, needed)
        return (*found, None, None, None, None, None)


def _spread(x: Tensor, weight: Tensor, stride: Any, padding: Any, dilation: Any, size: tuple[int, ...]) -> Tensor:
    """A transposed convolution: each pixel's product with every tap, added up where the taps meet.

    Args:
        x: (batch, from, h, w).
        weight: (from, to, kh, kw).
        size: Height and width of the result.
    """
    taps = weight.flatten(1).t()[:, :, None, None]
    products = functional.conv2d(x, taps.contiguous()).flatten(2)
    return functional.fold(products, size, tuple(weight.shape[2:]), dilation=dilation, padding=padding, stride=stride)

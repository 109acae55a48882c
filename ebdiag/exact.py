"""PyTorch's products of linear layers, bit for bit, at the full width of processors on which MKL takes half of it.

On processors that are not Intel's MKL multiplies float32 by vectors of 32 bytes, where oneDNN, which PyTorch ships,
takes 64. Both add products up in order, MKL in chunks of `CHUNK` summands whose sums it then adds, oneDNN without: the
same chunks by oneDNN give the same bits. That is how two libraries happen to work, so it is tried and not believed: a
shape is taken this way only after random factors of that shape gave PyTorch's own bits in this process (`agrees`), and
PyTorch's own way otherwise. No result depends on which it was.

`hasten` gives linear layers of exactly PyTorch's own type another `forward` while they train; `kernels` is for who
gives the bits up as well.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .kernels import WORTH, covered, product

CHUNK = 192
"""Summands that MKL adds up at a time, up to twice as many in two halves."""

WIDE = 512
"""Outputs of a layer from which on its forward is worth copying columns of its weight."""

ALIGNED = 64
"""Bytes that PyTorch's own memory starts at multiples of; MKL may add up in another order where data do not."""

SHAPES = 64
"""Shapes that are tried in one process; milliseconds each."""

SLOWEST = 2.0
"""Times PyTorch's own time at which a shape has met an implementation for reference: a thousand times were seen."""


def hasten(*nets: nn.Module) -> None:
    """Let linear layers of nets multiply at full width where that gives the same bits; nothing else changes.

    A layer of a derived class keeps its forward, which is its own.
    """
    if not half_width():
        return
    for layer in (layer for net in nets for layer in net.modules()):
        if type(layer) is nn.Linear and "forward" not in vars(layer):
            layer.forward = functools.partial(_forward, layer)  # type: ignore[method-assign]


@functools.cache
def half_width() -> bool:
    """Whether the processor has vectors that MKL leaves half empty."""
    try:
        vendor = "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")[:4096]
    except OSError:
        return False
    return vendor and torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.backends.mkl.is_available()


def _forward(layer: nn.Linear, input: Tensor) -> Tensor:
    return linear(input, layer.weight, layer.bias)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """`torch.nn.functional.linear`: the same values and gradients, bit for bit.

    Args:
        x: (batch, from); other shapes go PyTorch's own way.
        weight: (to, from).
        bias: (to,).
    """
    whole = x.dim() == 2 and len(x) * weight.numel() >= WORTH
    if (
        not whole
        or torch.get_num_threads() > 1
        or not covered(x, weight, bias)
        or not (_in_rows(x) and _in_rows(weight))
    ):
        return functional.linear(x, weight, bias)
    y: Tensor = _Linear.apply(x, weight, bias)
    return y


def _in_rows(x: Tensor) -> bool:
    return x.is_contiguous() and x.data_ptr() % ALIGNED == 0


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        if len(weight) >= WIDE and agrees("forward", len(x), x.shape[1], len(weight), bias is not None):
            return _outputs(x, weight, bias)
        return functional.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, told: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        batch, to, source = len(x), len(weight), x.shape[1]
        full = not torch.is_grad_enabled() and _in_rows(told)  # a second derivative is PyTorch's affair
        return (
            (_of_input(told, weight) if full and agrees("input", batch, to, source) else told @ weight)
            if of_x else None,
            (_of_weight(told, x) if full and agrees("weight", to, batch, source) else (x.t() @ told).t())
            if of_weight else None,
            told.sum(0) if of_bias else None,
        )  # fmt: skip


def _outputs(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x @ weight.T + bias."""
    return _summed(((x[:, cut].contiguous(), weight[:, cut].contiguous()) for cut in cuts(x.shape[1])), bias)


def _of_input(told: Tensor, weight: Tensor) -> Tensor:
    """told @ weight."""
    return _summed((told[:, cut], weight[cut].t()) for cut in cuts(len(weight)))


def _of_weight(told: Tensor, x: Tensor) -> Tensor:
    """told.T @ x."""
    return _summed((told[cut].t(), x[cut].t()) for cut in cuts(len(x)))


def _summed(factors: Iterator[tuple[Tensor, Tensor]], bias: Tensor | None = None) -> Tensor:
    y: Tensor | None = None
    for a, b in factors:
        y = product(a, b, bias) if y is None else torch.ops.mkldnn._linear_pointwise.binary(a, y, b, None, "add")
    assert y is not None
    return y


def cuts(count: int) -> Iterator[slice]:
    """The chunks in which MKL adds up a number of summands."""
    size = -(-count // 2) if CHUNK < count < 2 * CHUNK else CHUNK
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


PRODUCTS: dict[str, tuple[Callable[..., Tensor], Callable[..., Tensor]]] = {
    "forward": (_outputs, functional.linear),
    "input": (_of_input, lambda told, weight: told @ weight),
    "weight": (_of_weight, lambda told, x: (x.t() @ told).t()),
}
"""What is done here, and what PyTorch does."""

_tried = itertools.count()


@functools.cache
def agrees(name: str, rows: int, summands: int, columns: int, biased: bool = False) -> bool:
    """Whether one of the `PRODUCTS` of a shape has PyTorch's bits, by random factors; asked once in a process.

    No where it would be far slower, too: that is one of the ways to the same bits, and may be chosen by a timing. Takes
    nothing from the global random generators.
    """
    if next(_tried) >= SHAPES:
        return False
    rng = torch.Generator().manual_seed(summands)
    first = (summands, rows) if name == "weight" else (rows, summands)
    second = (columns, summands) if name == "forward" else (summands, columns)
    shapes = [first, second, (columns,)] if biased else [first, second]
    factors = [torch.randn(shape, generator=rng) for shape in shapes]
    ours, pytorchs = PRODUCTS[name]
    with torch.no_grad():
        if not torch.equal(ours(*factors), pytorchs(*factors)):
            return False
        return _seconds(ours, *factors) < SLOWEST * _seconds(pytorchs, *factors)


def _seconds(way: Callable[..., Tensor], *factors: Tensor) -> float:
    """Processor time of a call that is not the first."""
    began = time.thread_time()
    way(*factors)
    return time.thread_time() - began

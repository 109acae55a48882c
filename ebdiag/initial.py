"""Initial weights that two nets share wherever they are alike.

Each random draw while a net is built gets a stream of its own, keyed by (seed, role, operation,
shape, how-many-th of that shape). Layers equal in shape and rank start bit-equal even when other
layers differ; a layer inserted *before* layers of the same shape shifts those.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from . import streams
from .records import Line


class KeyedDraws(TorchDispatchMode):
    """Within this mode every torch draw from the global generator is a function of its key."""

    def __init__(self, seed: int, role: str) -> None:
        super().__init__()
        self.seed, self.role, self.counts = seed, role, Counter[tuple[str, str]]()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded in func.tags and kwargs.get("generator") is None:
            first = args[0] if args else None
            shape = tuple(first.shape) if isinstance(first, torch.Tensor) else first
            name, size = func._schema.name, str(list(shape) if isinstance(shape, tuple) else shape)
            torch.manual_seed(streams.key(self.seed, streams.INIT, self.role, name, size, self.counts[name, size]))
            self.counts[name, size] += 1
        return func(*args, **kwargs)


class SeesDraws(TorchDispatchMode):
    """Notes whether anything inside drew random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen = self.seen or torch.Tag.nondeterministic_seeded in func.tags
        return func(*args, **(kwargs or {}))


@contextmanager
def keyed(seed: int, role: str) -> Iterator[None]:
    """Draws in the block are keyed by `role`; the caller's own random state is untouched."""
    with streams.preserved_globals():
        streams.reseed_globals(seed, streams.INIT, role)  # numpy and `random`, which no mode can see
        with KeyedDraws(seed, role):
            yield


@contextmanager
def construction_lines(files: frozenset[str]) -> Iterator[dict[nn.Module, Line]]:
    """Collects, for each module built in the block, the line in `files` that constructed it."""
    lines: dict[nn.Module, Line] = {}
    original = nn.Module.__init__

    def recording(self: nn.Module, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        frame = sys._getframe(1)
        while frame is not None:
            own_constructor = frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is self
            if frame.f_code.co_filename in files and not own_constructor:
                lines.setdefault(self, Line(frame.f_code.co_filename, frame.f_lineno))
                return
            frame = frame.f_back  # type: ignore[assignment]

    nn.Module.__init__ = recording  # type: ignore[method-assign]
    try:
        yield lines
    finally:
        nn.Module.__init__ = original  # type: ignore[method-assign]


@dataclass(frozen=True)
class Spread:
    """How the values of a tensor are distributed, and their hash.

    Attributes:
        absolute: Mean of the absolute deviations from the mean; tells distributions of one std apart.
    """

    digest: str
    count: int
    mean: float
    std: float
    absolute: float


def spread(tensor: torch.Tensor) -> Spread:
    """Hash, mean and spread of a tensor's values; of one value the spread is 0."""
    values = tensor.detach().cpu()
    std, mean = torch.std_mean(values, correction=0)
    absolute = (values - mean).abs_().mean()
    return Spread(tensor_digest(values), values.numel(), mean.item(), std.item(), absolute.item())


def tensor_digest(tensor: torch.Tensor) -> str:
    """Hash of shape, type and bytes (16 hex digits)."""
    array = tensor.detach().cpu().contiguous()
    content = hashlib.sha256(f"{array.dtype}{tuple(array.shape)}".encode())
    content.update(array.reshape(-1).view(torch.uint8).numpy().tobytes())
    return content.hexdigest()[:16]

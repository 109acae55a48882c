"""A second copy of a variant for probes to run, so that nothing they do can reach the one that trains."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from . import streams
from .build import Built, build

PLAIN = (bool, int, float, str, type(None))


class Double:
    """A variant built once more in namespaces of its own, brought to where the original stands when looked at.

    Weights, buffers, modes and plain attributes are copied; so is the state of an Objective. Counters that user
    code keeps in its modules are the double's own: they do not follow the original, and cannot disturb it.
    """

    def __init__(self) -> None:
        self._built: Built | None = None
        self._weights_of = 0

    def functions(self, original: Built) -> Built:
        """The double for its functions (energy, pull-away) alone; its nets may stand anywhere.

        Raises:
            VariantError: The variant cannot be built a second time.
        """
        if self._built is None:
            with streams.preserved_globals():
                self._built = build(
                    original.recipe, seed=original.seed, device=str(original.device), kernels=original.kernels
                )
        return self._built

    @contextlib.contextmanager
    def nets(self, original: Built, step: int, name: str) -> Iterator[Built]:
        """The double as the original stands after `step`, in train mode as training left it.

        What user code draws inside the block comes from a stream of (seed, name, step), and the caller's random
        state is afterwards what it was.

        Raises:
            VariantError: The variant cannot be built a second time.
            ValueError: Its nets have changed their shape since they were built.
        """
        built = self.functions(original)
        self._follow(original, built, weights=step != self._weights_of)
        self._weights_of = step
        with streams.preserved_globals():
            streams.reseed_globals(original.seed, streams.PROBES, name, step)
            yield built

    @staticmethod
    def _follow(original: Built, double: Built, *, weights: bool) -> None:
        for source, target in (
            (original.generator, double.generator),
            (original.discriminator, double.discriminator),
        ):
            with torch.no_grad():
                if weights:
                    for here, there in zip(source.parameters(), target.parameters(), strict=True):
                        there.copy_(here)
                for buffer, twin_buffer in zip(source.buffers(), target.buffers(), strict=True):
                    twin_buffer.copy_(buffer)
            for module, twin in zip(source.modules(), target.modules(), strict=True):
                _copy_attributes(module, twin)
        _copy_objective(original.objective, double.objective)


def _copy_attributes(source: Any, target: Any) -> None:
    """Numbers, texts and tensors that an object keeps as attributes; `training` is one of them."""
    kept = vars(target)
    for name, value in vars(source).items():
        if type(value) in PLAIN:
            kept[name] = value
        elif isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
            kept[name] = value.detach().clone()


def _copy_objective(source: Any, target: Any) -> None:
    if hasattr(source, "state_dict") and hasattr(target, "load_state_dict"):
        target.load_state_dict(copy.deepcopy(source.state_dict()))
    elif hasattr(source, "__dict__"):
        _copy_attributes(source, target)

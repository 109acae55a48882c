"""A whole training step as one CUDA graph: the device is told once what hundreds of launches would tell it.

A captured step is the same kernels on the same memory, so that it decides no bits; it is tried on every CUDA device
when seeds are batched (`seeds.py`), and a step that cannot be captured runs as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from .seeds import Inputs, Outputs

WARM_UP = 3
"""Steps before a capture, on a stream beside, so that libraries choose their kernels and optimisers have their state.

They are steps of training like all others.
"""


@dataclass
class _Recorded:
    graph: torch.cuda.CUDAGraph
    inputs: Inputs
    outputs: Outputs


class Captured:
    """A step that is captured once for each form of its inputs, and replayed.

    Args:
        compute: The step; nothing in it may depend on a value on the device.
        forget: Called after a capture that failed, to drop what points into its memory.

    Attributes:
        reason: Why the last capture failed, or None.
    """

    def __init__(self, compute: Callable[[Inputs], Outputs], forget: Callable[[], None]) -> None:
        self.compute, self.forget = compute, forget
        self.recorded: dict[object, _Recorded] = {}
        self.seen: Counter[object] = Counter()
        self.failed: set[object] = set()
        self.reason: str | None = None

    def __call__(self, inputs: Inputs, constants: object) -> Outputs:
        """One step; `constants` are what it takes from Python, which a graph would keep as they were."""
        form = (repr(constants), *((tuple(value.shape), value.dtype) for value in _tensors(inputs)))
        if form in self.failed:
            return self.compute(inputs)
        if form not in self.recorded:
            self.seen[form] += 1
            if self.seen[form] <= WARM_UP:
                return self._beside(inputs)
            recorded = self._record(inputs)
            if recorded is None:
                self.failed.add(form)
                return self.compute(inputs)
            self.recorded[form] = recorded
        recorded = self.recorded[form]
        for static, value in zip(_tensors(recorded.inputs), _tensors(inputs), strict=True):
            static.copy_(value)
        recorded.graph.replay()
        return _copied(recorded.outputs)

    def _beside(self, inputs: Inputs) -> Outputs:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            outputs = self.compute(inputs)
        torch.cuda.current_stream().wait_stream(stream)
        return outputs

    def _record(self, inputs: Inputs) -> _Recorded | None:
        """The step on memory of its own; nothing is computed yet."""
        static = type(inputs)(
            [value.clone() for value in inputs.real], [value.clone() for value in inputs.latents],
            {name: value.clone() for name, value in inputs.remembered.items()},
        )  # fmt: skip
        graph = torch.cuda.CUDAGraph()
        self.forget()  # gradients have to be allocated in the graph's own memory
        try:
            with torch.cuda.graph(graph):
                outputs = self.compute(static)
        except Exception as error:  # whatever a model does that waits for the device
            self.reason = " ".join(str(error).split())
            print(f"a step cannot be captured as a CUDA graph, so it runs as it is: {self.reason}")  # the run's log
            self.forget()
            return None
        return _Recorded(graph, static, outputs)


def _tensors(inputs: Inputs) -> Sequence[Tensor]:
    return [*inputs.real, *inputs.latents, *inputs.remembered.values()]


def _copied(outputs: Outputs) -> Outputs:
    """Apart from the graph's memory, which the next replay writes over."""
    return type(outputs)(
        {name: value.clone() for name, value in outputs.terms.items()},
        [(_copy(seen), _copy(recon), _copy(code), _copy(number)) for seen, recon, code, number in outputs.pairs],
        _copy(outputs.told),
    )


def _copy(value: Tensor | None) -> Tensor | None:
    return None if value is None else value.clone()

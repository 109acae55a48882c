"""A recorded call, and what stands in its arguments for what another forward has otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

INPUT = -1
"""Place of the net's input among its calls."""


@dataclass(frozen=True)
class Value:
    """The tensor number `position` of what the call at `place` returned."""

    place: int
    position: int = 0


@dataclass(frozen=True)
class Weight:
    """A parameter or buffer by its name within the net."""

    name: str


@dataclass(frozen=True)
class Batch:
    """An integer that depends on the batch: `times` its size, and `plus`."""

    times: int
    plus: int


@dataclass(frozen=True)
class Mode:
    """Whether the net is in train mode, or the opposite."""

    opposite: bool


@dataclass(frozen=True, eq=False)
class Constant:
    """A tensor that is neither parameter nor buffer, and the same in every forward."""

    tensor: Tensor


@dataclass(frozen=True, eq=False)
class Call:
    """One call.

    Attributes:
        function: What is called, or the name of one of the net's own layers.
        args, kwargs: With the classes above in place of what they stand for.
        row: Its place among the net's rows (`anatomy.py`); None for what is none.
        gradients: Whether autograd was on.
    """

    function: Callable[..., Any] | str
    args: Any
    kwargs: Any
    row: int | None
    gradients: bool


def leaves(template: Any) -> Iterator[Any]:
    """Everything in nested lists, tuples, dictionaries and slices, in order."""
    if isinstance(template, Mapping):
        template = list(template.values())
    if isinstance(template, slice):
        template = [template.start, template.stop, template.step]
    if isinstance(template, list | tuple):
        for one in template:
            yield from leaves(one)
    else:
        yield template


def mapped(template: Any, change: Callable[[Any], Any]) -> Any:
    """The same nested lists, tuples, dictionaries and slices with every leaf changed."""
    if isinstance(template, Mapping):
        return {key: mapped(one, change) for key, one in template.items()}
    if isinstance(template, slice):
        return slice(*(mapped(one, change) for one in (template.start, template.stop, template.step)))
    if isinstance(template, list | tuple):
        changed = [mapped(one, change) for one in template]
        return changed if isinstance(template, list) else tuple(changed)
    return change(template)


def form(template: Any) -> str:
    """How returned values are nested: `tensor`, `(tensor, tensor)`."""
    if isinstance(template, Mapping):
        return "{" + ", ".join(f"{key}: {form(one)}" for key, one in template.items()) + "}"
    if isinstance(template, list | tuple):
        return "(" + ", ".join(map(form, template)) + ")"
    return "tensor" if isinstance(template, Value) else "other"

"""A net's forward as a list of calls, recorded while it runs, that can be run again without the user's code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from . import initial
from .anatomy import Trace
from .calls import INPUT, Batch, Call, Constant, Mode, Value, Weight, form, leaves, mapped
from .operations import name_of, tensors
from .reader import KeptState
from .records import Line

SMALL, LARGE = 4, 6
"""Batches that a net is recorded on: what differs between them depends on the size of the batch."""


class CannotRecord(Exception):
    """A net whose forward is no fixed list of calls.

    Attributes:
        key: Names the reason in the catalogue of words.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


@dataclass(frozen=True, eq=False)
class Tape:
    """All calls of a net's forward, in order.

    Attributes:
        output: What it returns, in the terms of `Call.args`.
        trace: The rows.
        weights: Path of each of the net's own layers that is called → names of its parameters and buffers.
    """

    calls: list[Call]
    output: Any
    trace: Trace
    weights: dict[str, list[str]]

    def sources(self, call: Call) -> list[Value | Weight]:
        """Rows, input (as the value of place `INPUT`) and weights that a call takes, through calls that are no rows."""
        found: list[Value | Weight] = []
        for leaf in leaves([call.args, call.kwargs]):
            if isinstance(leaf, Weight):
                found.append(leaf)
            elif isinstance(leaf, Value):
                found += self.rows_of(leaf)
        if isinstance(call.function, str):
            found += [Weight(name) for name in self.weights[call.function]]
        return found

    def rows_of(self, value: Value) -> list[Value | Weight]:
        """The row that a value comes from; of a call that is no row, all that it takes."""
        if value.place == INPUT:
            return [value]
        row = self.calls[value.place].row
        return self.sources(self.calls[value.place]) if row is None else [Value(row, value.position)]

    def wiring(self) -> dict[str, Any]:
        """What facts hold (`Facts.wiring`)."""
        rows = [call for call in self.calls if call.row is not None]
        taken = [self.sources(call) for call in rows]
        returned = list(leaves(self.output))
        return {
            "reason": None,
            "inputs": [[value.place for value in values if isinstance(value, Value)] for values in taken],
            "weights": [[weight.name for weight in values if isinstance(weight, Weight)] for values in taken],
            "outputs": [source.place for value in returned if isinstance(value, Value)
                        for source in self.rows_of(value) if isinstance(source, Value)],
            "form": form(self.output),
        }  # fmt: skip


class _Recorder(Trace):
    """A trace that keeps the calls behind its rows, and those that are no rows."""

    def __init__(self, net: nn.Module, example: Tensor, lines: Mapping[nn.Module, Line], files: frozenset[str]) -> None:
        super().__init__(net, example, lines, files)
        self.calls: list[Call] = []
        self._values: dict[int, Value] = {id(example): Value(INPUT)}
        self._kept: list[Any] = [example]
        self.names_of = {id(t): name for name, t in (*net.named_parameters(), *net.named_buffers())}
        self._given: tuple[Any, Any] | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        outside = self._inside is None and not self._looking
        taken = self._template([args, kwargs or {}]) if outside else None  # before the call, which may work in place
        count, looked = len(self.rows), self._looking
        result = super().__torch_function__(func, types, args, kwargs)
        if taken is None or looked:
            return result
        changed = args[0] if getattr(func, "__name__", "") == "__setitem__" else result
        if next(tensors(changed), None) is not None:
            self._keep(func, taken, changed, count)
        elif _plain_name(func) not in SIZES and any(isinstance(leaf, Value | Weight) for leaf in leaves(taken)):
            raise CannotRecord("values")
        return result

    def entered_with(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        """A module begins to run."""
        outside = self._inside is None
        self.entered(module, args)
        if outside and self._inside is not None:
            self._given = self._template([args, kwargs])

    def left_with(self, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        """A module has run."""
        count, own = len(self.rows), self._inside is not None and self._inside.module is module
        self.left(module, args or tuple(kwargs.values()), output)
        if own:
            self._keep(self.paths[module], self._given, output, count)

    def _keep(self, function: Any, taken: Any, output: Any, rows: int) -> None:
        place = len(self.calls)
        row = rows if len(self.rows) > rows else None
        self.calls.append(Call(function, taken[0], taken[1], row, torch.is_grad_enabled()))
        for position, tensor in enumerate(tensors(output)):
            self._values[id(tensor)] = Value(place, position)
        self._kept.append(output)

    def _template(self, given: Any) -> Any:
        def change(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            if id(value) in self._values:
                return self._values[id(value)]
            return Weight(self.names_of[id(value)]) if id(value) in self.names_of else Constant(value)

        return mapped(given, change)


SIZES = frozenset(
    ("size", "dim", "len", "numel", "nelement", "ndimension", "stride", "get", "hash", "is_contiguous", "get_device",
     "is_floating_point", "is_complex", "element_size", "retain_grad", "type", "data_ptr", "set")
)  # fmt: skip
"""Calls on a tensor that return none and tell nothing of its values, as `name_of` calls them."""


@contextmanager
def _heard(net: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """In the block, the recorder hears of everything that runs in the net."""
    hooks = [
        hook
        for module in net.modules()
        for hook in (
            module.register_forward_pre_hook(recorder.entered_with, prepend=True, with_kwargs=True),
            module.register_forward_hook(recorder.left_with, with_kwargs=True),
        )
    ]
    try:
        with recorder:
            yield
    finally:
        for hook in hooks:
            hook.remove()


def _recorded(
    net: nn.Module, example: Tensor, lines: Mapping[nn.Module, Line], files: frozenset[str], *, training: bool
) -> tuple[_Recorder, Any]:
    found = _Recorder(net, example, lines, files)
    with KeptState(net), initial.keyed(0, "tape"):
        net.train(training)
        with torch.enable_grad(), _heard(net, found):
            output = net(example)
    return found, found._template(output)


def record(net: nn.Module, example: Tensor, lines: Mapping[nn.Module, Line], files: frozenset[str]) -> Tape:
    """Record a net that runs.

    Args:
        example: At least `LARGE` inputs.
        lines, files: As for `anatomy.Trace`.

    Raises:
        CannotRecord: Its forward depends on values, or does other things for another batch or mode.
    """
    small, output = _recorded(net, example[:SMALL], lines, files, training=True)
    large, large_output = _recorded(net, example[:LARGE], lines, files, training=True)
    resting, resting_output = _recorded(net, example[:SMALL], lines, files, training=False)
    for other, key in ((large, "batch"), (resting, "mode")):
        if [(_name(c), c.row) for c in other.calls] != [(_name(c), c.row) for c in small.calls]:
            raise CannotRecord(key)
    calls = []
    for one, two, three in zip(small.calls, large.calls, resting.calls, strict=True):
        args, kwargs = _merged([one.args, one.kwargs], [two.args, two.kwargs], [three.args, three.kwargs])
        calls.append(replace(one, args=args, kwargs=kwargs))
    layers = {call.function for call in calls if isinstance(call.function, str)}
    weights = {path: [small.names_of[id(t)] for t in held(net.get_submodule(path))] for path in layers}
    return Tape(calls, _merged(output, large_output, resting_output), small, weights)


def held(module: nn.Module) -> list[Tensor]:
    """Parameters and buffers of a module, those of its children too."""
    return [*module.parameters(), *module.buffers()]


def _name(call: Call) -> str:
    return call.function if isinstance(call.function, str) else name_of(call.function)


def _plain_name(function: Any) -> str:
    return str(getattr(function, "__name__", "")).strip("_")


def _merged(small: Any, large: Any, resting: Any) -> Any:
    """One template of three recordings: where they differ, what it depends on."""
    shapes = {_skeleton(one) for one in (small, large, resting)}
    if len(shapes) != 1:
        raise CannotRecord("batch")
    others = zip(list(leaves(large)), list(leaves(resting)), strict=True)
    return mapped(small, lambda one: _one(one, *next(others)))


def _skeleton(template: Any) -> str:
    return str(mapped(template, lambda leaf: "."))


def _one(small: Any, large: Any, resting: Any) -> Any:
    if isinstance(small, Constant):
        if {id(one.tensor) if isinstance(one, Constant) else 0 for one in (small, large, resting)} == {
            id(small.tensor)
        }:
            return small
        raise CannotRecord("origin")
    if type(small) is type(large) is type(resting) and small == large == resting:
        return small
    if type(small) is bool:
        if small == large:
            return Mode(opposite=not small)
        raise CannotRecord("batch")
    if type(small) is int and type(large) is int and small == resting:
        times, rest = divmod(large - small, LARGE - SMALL)
        if not rest:
            return Batch(times, small - times * SMALL)
    raise CannotRecord("mode" if small == large else "batch" if type(small) is int else "values")

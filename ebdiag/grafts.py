"""A net with some of its layers taken from another: both are recorded, cut where they fit, and put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from . import initial, streams
from .calls import INPUT, Call, Value, Weight, leaves, mapped
from .played import Played, Step
from .reader import KeptState
from .records import Line
from .seams import Net, Seams, seams
from .tape import CannotRecord, Tape, record

GRAFTED = "grafted"
"""Where layers from the other net stand in names of parameters: `grafted.encoder.2.weight`."""

CHECKED = 5
"""Inputs on which a recording is compared with what it recorded: a batch of a size that was not recorded."""


@dataclass
class Source:
    """A recorded net that takes part."""

    net: nn.Module
    tape: Tape

    def rows(self) -> list[dict[str, Any]]:
        """What `seams` looks at of its rows."""
        return [
            {
                "path": row.path, "type": row.operation.type, "kind": row.operation.kind, "key": row.operation.key,
                "input_shape": row.input_shape, "shape": row.shape,
                "parameters": sum(self.net.get_parameter(name).numel() for name in row.parameters),
            }
            for row in self.tape.trace.rows
        ]  # fmt: skip


class DoesNotFit(Exception):
    """Layers that cannot be put together: what they need of each other is not there."""


@dataclass
class _Splice:
    """Puts a net together, unit by unit.

    Args:
        base: The side whose layers keep their names; units that are alike on both sides are its own.
        taken: Units that come from the other side.
    """

    sources: tuple[Source, Source]
    cut: Seams
    base: int
    taken: Collection[int]
    steps: list[Step] = field(default_factory=list)
    made: dict[tuple[int, int], int] = field(default_factory=dict)
    layers: dict[str, nn.Module] = field(default_factory=dict)
    weights: dict[str, tuple[nn.Module, str]] = field(default_factory=dict)

    def net(self) -> Played:
        rows = [
            {call.row: place for place, call in enumerate(source.tape.calls) if call.row is not None}
            for source in self.sources
        ]
        self._call_of = rows
        for place, unit in enumerate(self.cut.units):
            side = self._side(place)
            for row in range(*unit.places[side]):
                self._emit(side, rows[side][row], place)
        end = len(self.cut.units)
        outputs = [source.tape.output for source in self.sources]
        others = list(leaves(outputs[1 - self.base]))
        mine = iter(range(len(others)))
        output = mapped(outputs[self.base], lambda leaf: self._filled(self.base, leaf, end, others[next(mine)]))
        return Played(self.steps, output, self._ordered(self.layers), self.weights)

    def _ordered(self, layers: dict[str, nn.Module]) -> dict[str, nn.Module]:
        """As the nets that they come from define them, so that the order does not depend on what is taken."""
        order = {id(m): place for place, m in enumerate(m for source in self.sources for m in source.net.modules())}
        named = sorted(layers.items(), key=lambda item: (item[0].startswith(f"{GRAFTED}."), order[id(item[1])]))
        return dict(named)

    def _side(self, unit: int) -> int:
        return 1 - self.base if unit in self.taken else self.base

    def _emit(self, side: int, place: int, unit: int) -> int:
        """Make a call of a side in the net; returns its step."""
        if (side, place) in self.made:
            return self.made[side, place]
        call = self.sources[side].tape.calls[place]
        others = self._counterparts(side, call, unit)
        mine = iter(range(len(others)))
        args, kwargs = mapped([call.args, call.kwargs], lambda leaf: self._filled(side, leaf, unit, others[next(mine)]))
        function = call.function
        if isinstance(function, str):
            name = self._named(side, function)
            self.layers[name], function = self.sources[side].net.get_submodule(function), name
        self.steps.append(Step(function, args, kwargs, call.gradients))
        self.made[side, place] = len(self.steps) - 1
        return self.made[side, place]

    def _counterparts(self, side: int, call: Call, unit: int) -> list[Any]:
        """What the other side's call gets in place of each of this call's arguments; None where that is unknown."""
        own = list(leaves([call.args, call.kwargs]))
        cut = self.cut.units[unit] if unit < len(self.cut.units) else None
        if cut is None or not cut.alike or call.row is None:
            return [None] * len(own)
        if call.row != cut.main[side]:
            return [self._reshaped(side, leaf, unit) for leaf in own]
        other_row = cut.main[1 - side]
        assert other_row is not None
        other = self.sources[1 - side].tape.calls[self._call_of[1 - side][other_row]]
        theirs = [leaf for leaf in leaves([other.args, other.kwargs]) if isinstance(leaf, Value)]
        if len(theirs) != sum(isinstance(leaf, Value) for leaf in own):
            return [None] * len(own)
        following = iter(theirs)
        return [next(following) if isinstance(leaf, Value) else None for leaf in own]

    def _reshaped(self, side: int, leaf: Any, unit: int) -> Value | None:
        """What the other side's unit takes in place of what a reshape of this unit does.

        Raises:
            DoesNotFit: It takes two things in its place.
        """
        if not isinstance(leaf, Value):
            return None
        rows = [row.place for row in self.sources[side].tape.rows_of(leaf) if isinstance(row, Value)]
        found = {theirs for ours, theirs in self.cut.taken_alike(side, unit) if ours in rows}
        if len(found) > 1:
            raise DoesNotFit
        for row in found:
            return Value(INPUT if row == INPUT else self._call_of[1 - side][row])
        return None

    def _filled(self, side: int, leaf: Any, unit: int, counterpart: Any = None) -> Any:
        if isinstance(leaf, Value):
            return self._value(side, leaf, unit, counterpart)
        if isinstance(leaf, Weight):
            net = self.sources[side].net
            holder, _, last = leaf.name.rpartition(".")
            name = self._named(side, leaf.name)
            self.weights[name] = (net.get_submodule(holder), last)
            return Weight(name)
        return leaf

    def _value(self, side: int, value: Value, unit: int, counterpart: Any = None) -> Value:
        """What stands for a side's value in the net, for a call of this unit."""
        call = None if value.place == INPUT else self.sources[side].tape.calls[value.place]
        if call is not None and call.row is None:
            rows = [row.place for row in self.sources[side].tape.rows_of(value) if isinstance(row, Value)]
            if isinstance(counterpart, Value) and any(self._foreign(side, row, unit) for row in rows):
                return self._value(1 - side, counterpart, unit)
            return Value(self._emit(side, value.place, unit), value.position)
        row = INPUT if call is None or call.row is None else call.row
        foreign = self._foreign(side, row, unit)
        if not foreign:
            if row == INPUT:
                return value
            made = self.made.get((side, value.place))
            if made is None:
                raise DoesNotFit
            return Value(made, value.position)
        if isinstance(counterpart, Value):
            return self._value(1 - side, counterpart, unit)
        latest = foreign[-1]
        row = self.cut.units[latest].ends[1 - side]
        place = INPUT if row == INPUT else self._call_of[1 - side][row]
        return self._value(1 - side, Value(place, value.position), latest + 1)

    def _foreign(self, side: int, row: int, unit: int) -> list[int]:
        """Units before this one that come from the other side, and after which a row is what a side carries."""
        ends = self.cut.units_ending(side, row)
        return [place for place in ends if 0 <= place < unit and self._side(place) != side]

    def _named(self, side: int, name: str) -> str:
        return name if side == self.base else f"{GRAFTED}.{name}"


def cut(ref: Source, mine: Source) -> Seams:
    """Two recorded nets cut where they fit."""
    return seams(*(Net.of(source.rows(), source.tape.wiring()) for source in (ref, mine)))


def grafted(ref: Source, mine: Source, *, base: int, stretches: Collection[tuple[int, int, int, int]]) -> Played:
    """One net of two.

    Args:
        base: 0 where most of it is ref's, 1 where it is mine's.
        stretches: Blocks of rows that come from the other, as (start in ref, end, start in mine, end).

    Raises:
        DoesNotFit: There is no such block, or its surroundings lack what it needs.
    """
    found = cut(ref, mine)
    blocks = {(*block.places[0], *block.places[1]): block for block in found.blocks}
    if not set(stretches) <= set(blocks):
        raise DoesNotFit
    taken = {unit for stretch in stretches for unit in range(blocks[stretch].start, blocks[stretch].end)}
    return _Splice((ref, mine), found, base, taken).net()


def played(source: Source) -> Played:
    """A net as its own recording."""
    return grafted(source, source, base=0, stretches=())


def check(source: Source, example: Tensor) -> None:
    """Compare a recording with the net, in both modes: outputs, gradients and buffers, bit for bit.

    Args:
        example: At least `CHECKED` inputs; on all of them in train mode outputs and buffers are compared once more.

    Raises:
        CannotRecord: They differ.
    """
    copy = played(source)
    for training, inputs, gradients in (
        (True, example[:CHECKED], True), (False, example[:CHECKED], True), (True, example, False)
    ):  # fmt: skip
        found = []
        for net in (source.net, copy):
            with KeptState(source.net, copy), streams.preserved_globals(), torch.set_grad_enabled(gradients):
                streams.reseed_globals(1, streams.PROBES, "recording")
                source.net.train(training)
                copy.train(training)
                found.append(_behaviour(net, source.net, inputs))
        if len(found[0]) != len(found[1]) or not all(map(_equal, *found)):
            raise CannotRecord("played")


def _behaviour(net: nn.Module, held: nn.Module, example: Tensor) -> list[Tensor | None]:
    inputs = example.clone().requires_grad_(torch.is_grad_enabled())
    outputs = [leaf for leaf in leaves(net(inputs)) if isinstance(leaf, Tensor)]
    weights = [p for p in held.parameters() if p.requires_grad]
    sums = [o.square().sum() + o.sum() for o in outputs if o.requires_grad]
    gradients: Sequence[Tensor | None] = ()
    if sums:
        gradients = torch.autograd.grad(torch.stack(sums).sum(), [inputs, *weights], allow_unused=True)
    return [*(o.detach().clone() for o in outputs), *gradients, *(b.clone() for b in held.buffers())]


def _equal(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and torch.equal(one, other)


def drawn(count: int, sample: Callable[[int, torch.Generator], Tensor]) -> Tensor:
    """Latents to record a generator on; the caller's random state is untouched."""
    with initial.keyed(0, "recording"):
        return sample(count, streams.generator(0, streams.PROBES, "recording"))


def source(net: nn.Module, example: Tensor, lines: Mapping[nn.Module, Line], files: frozenset[str]) -> Source:
    """A net, recorded and compared with its recording.

    Args:
        example: At least `tape.LARGE` inputs.

    Raises:
        CannotRecord: Its layers cannot be told from a recording.
    """
    try:
        found = Source(net, record(net, example, lines, files))
        check(found, example)
    except CannotRecord:
        raise
    except Exception as error:  # it ran on a batch of the usual size, and does not on one of another
        raise CannotRecord("batch") from error
    return found


def wiring(net: nn.Module, example: Tensor, lines: Mapping[nn.Module, Line], files: frozenset[str]) -> dict[str, Any]:
    """How a net's rows hang together, as facts hold it (`Facts.wiring`)."""
    try:
        return source(net, example, lines, files).tape.wiring()
    except CannotRecord as error:
        return {"reason": error.key}

"""Where two nets can be cut so that either's layers fit into the other: aligned rows, and the blocks that differ.

Loads without torch: it looks at rows as facts hold them (`Facts.layers`) and at what each takes (`Facts.wiring`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .align import Layer, aligned, key

INPUT = -1
"""In place of a row: the net's input."""

SIDES = (0, 1)
"""Positions of ref and mine in pairs."""

Pair = tuple[int, int]


@dataclass(frozen=True)
class Net:
    """Rows of a net, the rows (or `INPUT`) that each takes, and the names of the weights that each uses."""

    rows: Sequence[Layer]
    inputs: Sequence[Sequence[int]]
    weights: Sequence[Sequence[str]]

    @classmethod
    def of(cls, rows: Sequence[Layer], wiring: Mapping[str, Any]) -> Net:
        """From what facts hold."""
        return cls(rows, wiring["inputs"], wiring["weights"])

    def shape(self, row: int) -> list[int]:
        """Of a row's output, without the batch."""
        return list((self.rows[0]["input_shape"] if row == INPUT else self.rows[row]["shape"]) if self.rows else [])

    def last_use(self) -> dict[int, int]:
        """Row or input → the last row that takes it."""
        return {source: row for row, sources in enumerate(self.inputs) for source in sources}


@dataclass
class Unit:
    """Rows of ref and of mine that stand for each other; one of them may have none.

    Attributes:
        places: (start, end) of the rows of each side.
        main: The row of each side that is no reshape, or None.
        alike: Whether both do the same to whatever comes in.
        ends: The row of each side that carries what comes out: where it has no rows, what passes by.
        clean: Whether both nets carry the same shapes after it.
    """

    places: tuple[Pair, Pair]
    main: tuple[int | None, int | None]
    alike: bool
    ends: Pair
    clean: bool = False


@dataclass(frozen=True)
class Block:
    """Neighbouring units, `start` to `end`, between two points at which both nets carry the same shapes."""

    start: int
    end: int
    places: tuple[Pair, Pair]
    differs: bool


@dataclass
class Seams:
    """Two nets cut where both carry the same shapes.

    Attributes:
        fits: Whether both take inputs of one shape.
    """

    nets: tuple[Net, Net]
    units: list[Unit] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    fits: bool = True

    def taken_alike(self, side: int, place: int) -> list[Pair]:
        """Of a unit that is alike: what its main row takes from before, on this side and on the other, in order."""
        unit = self.units[place]
        taken = [_outer(self.nets[one], unit.places[one], row) for one, row in enumerate(unit.main) if row is not None]
        return list(zip(taken[side], taken[1 - side], strict=True)) if unit.alike else []

    def units_ending(self, side: int, row: int) -> list[int]:
        """Units after which a row (or the input) is what comes out on a side; -1 stands for the start."""
        return [-1] * (row == INPUT) + [place for place, unit in enumerate(self.units) if unit.ends[side] == row]


def seams(ref: Net, mine: Net) -> Seams:
    """Align two nets and cut them into blocks."""
    found = Seams((ref, mine))
    found.fits = ref.shape(INPUT) == mine.shape(INPUT)
    mains = list(_mains(ref.rows, mine.rows))
    taken = [0, 0]
    for place, (alike, main) in enumerate(mains):
        starts = (taken[0], taken[1])
        after = [row + 1 if row is not None else taken[side] for side, row in enumerate(main)]
        limits = [_next(mains[place + 1 :], side, len(found.nets[side].rows)) for side in SIDES]
        last = place == len(mains) - 1
        options = [(i, j) for i in range(limits[0], after[0] - 1, -1) for j in range(limits[1], after[1] - 1, -1)]
        options.sort(key=lambda ends: -sum(ends))
        if last:
            options = options[:1]
        units = [_unit(found, alike, main, starts, ends) for ends in options]
        unit = next((unit for unit in units if unit.clean), None) or _unit(
            found, alike, main, starts, (limits[0], limits[1]) if last else (after[0], after[1])
        )
        found.units.append(unit)
        taken = [unit.places[side][1] for side in SIDES]
    found.blocks = _blocks(found)
    return found


def _mains(ref: Sequence[Layer], mine: Sequence[Layer]) -> Iterator[tuple[bool, tuple[int | None, int | None]]]:
    """Aligned rows that are no reshapes, by place."""
    numbered = [[{**row, "place": place} for place, row in enumerate(rows)] for rows in (ref, mine)]
    for _, pairs in aligned(*numbered):
        for ours, theirs in pairs:
            alike = ours is not None and theirs is not None and _same(ours, theirs)
            yield alike, (ours["place"] if ours else None, theirs["place"] if theirs else None)


def _same(ref: Layer, mine: Layer) -> bool:
    return key(ref) == key(mine) and (
        ref["parameters"] == mine["parameters"] or ref["input_shape"] != mine["input_shape"]
    )


def _next(mains: Sequence[tuple[bool, tuple[int | None, int | None]]], side: int, end: int) -> int:
    return next((main[side] for _, main in mains if main[side] is not None), end)  # type: ignore[return-value]


def _unit(found: Seams, alike: bool, main: tuple[int | None, int | None], starts: Pair, ends: Pair) -> Unit:
    """A unit with its rows cut at `ends`, compared with what came before."""
    places = ((starts[0], ends[0]), (starts[1], ends[1]))
    outs: list[int | None] = [end - 1 if end > start else None for start, end in places]
    for side in SIDES:
        if outs[side] is None:
            outs[side] = _passing(found, side, places[1 - side])
    assert outs[0] is not None
    assert outs[1] is not None
    unit = Unit(places, main, alike and _wired_alike(found, main, places), (outs[0], outs[1]))
    found.units.append(unit)
    unit.clean = all(_has_partner(found, side, row) for side in SIDES for row in _alive(found, side, ends[side]))
    found.units.pop()
    return unit


def _passing(found: Seams, side: int, other: Pair) -> int:
    """What a side without rows hands on: its counterpart of what the other side's rows take."""
    inputs = found.nets[1 - side].inputs[other[0]] if other[1] > other[0] else ()
    taken = next((row for row in inputs if row < other[0]), None)
    before = found.units_ending(1 - side, taken) if taken is not None else []
    place = before[-1] if before else len(found.units) - 1
    return found.units[place].ends[side] if place >= 0 else INPUT


def _alive(found: Seams, side: int, cut: int) -> list[int]:
    """Rows before a cut, and the input, that rows after it take."""
    return [row for row, used in found.nets[side].last_use().items() if row < cut <= used]


def _has_partner(found: Seams, side: int, row: int) -> bool:
    """Whether the other side has a counterpart of a row's output, of the same shape."""
    shape = found.nets[side].shape(row)
    for place in found.units_ending(side, row):
        partner = found.units[place].ends[1 - side] if place >= 0 else INPUT
        if found.nets[1 - side].shape(partner) == shape:
            return True
    return False


def _wired_alike(found: Seams, main: tuple[int | None, int | None], places: tuple[Pair, Pair]) -> bool:
    """Whether a unit's rows take counterparts of each other."""
    assert main[0] is not None
    assert main[1] is not None
    taken = [_outer(found.nets[side], places[side], main[side]) for side in SIDES]  # type: ignore[arg-type]
    if len(taken[0]) != len(taken[1]):
        return False
    return all(
        set(found.units_ending(0, ours)) & set(found.units_ending(1, theirs))
        for ours, theirs in zip(*taken, strict=True)
    )


def _outer(net: Net, place: Pair, row: int) -> list[int]:
    """What a row takes from before its unit, through the unit's own reshapes."""
    found: list[int] = []
    for source in net.inputs[row]:
        found += _outer(net, place, source) if source >= place[0] else [source]
    return found


def _blocks(found: Seams) -> list[Block]:
    bounds: list[Pair] = []
    start = 0
    for place, unit in enumerate(found.units):
        if unit.clean or place == len(found.units) - 1:
            bounds.append((start, place + 1))
            start = place + 1
    joined = _joined(found, bounds)
    blocks = []
    for start, end in joined:
        units = found.units[start:end]
        places = tuple((units[0].places[side][0], units[-1].places[side][1]) for side in SIDES)
        blocks.append(Block(start, end, places, _differs(found, start, end)))  # type: ignore[arg-type]
    return blocks


def _differs(found: Seams, start: int, end: int) -> bool:
    units = found.units[start:end]
    return any(not unit.alike for unit in units) or any(not unit.clean for unit in units[:-1]) or (
        start == 0 and not found.fits
    )  # fmt: skip


def _joined(found: Seams, bounds: list[Pair]) -> list[Pair]:
    """Blocks that share a weight with one that differs are one with it, and all between them."""
    uses: dict[tuple[int, str], set[int]] = {}
    for place, unit in enumerate(found.units):
        for side in SIDES:
            for row in range(*unit.places[side]):
                for name in found.nets[side].weights[row]:
                    uses.setdefault((side, name), set()).add(place)
    shared = [units for units in uses.values() if len(units) > 1]
    changed = True
    while changed:
        changed = False
        for units in shared:
            touched = [bound for bound in bounds if any(bound[0] <= unit < bound[1] for unit in units)]
            if len(touched) > 1 and any(_differs(found, *bound) for bound in touched):
                low, high = touched[0][0], touched[-1][1]
                bounds = [bound for bound in bounds if bound[1] <= low or bound[0] >= high] + [(low, high)]
                bounds.sort()
                changed = True
    return bounds

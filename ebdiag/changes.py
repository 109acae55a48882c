"""Differences as changes that can be made one by one, and the recipe of a variant with some of them made.

Loads without torch: whether a hybrid runs is seen where it is built.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from . import words
from .align import Layer, key, type_of
from .bonds import Bonds
from .kinds import NETS, of
from .records import Facts, Graft, Line, Recipe, Side, Variant
from .seams import Block, Net, Seams, seams

UNITS = frozenset(("energy", "pull_away_weight", "margin", "pixel_range"))
"""Parts that travel with the output of a net."""


@dataclass(frozen=True)
class Change:
    """The smallest piece of mine that can be put into ref, or taken out of mine, on its own.

    Attributes:
        name: `pull_away`, `energy + margin`, `discriminator.decoder.3`, `discriminator.encoder.3..decoder.0`.
        parts: Parts that it touches; some may be there only because others need them.
        layers: Of a change inside a net the paths of the layers that differ, in mine where it has them, else in ref.
        ref_lines, mine_lines: Where a side lacks a layer, the line of the layer before.
        stretch: Of a change inside a net the rows that it exchanges (`Graft.stretches`).
        kept: Parts that only one side uses, and whose they are whatever is exchanged; the same for all changes.
    """

    name: str
    parts: tuple[str, ...]
    layers: tuple[str, ...] = ()
    ref_lines: tuple[Line, ...] = ()
    mine_lines: tuple[Line, ...] = ()
    stretch: tuple[int, int, int, int] | None = None
    kept: tuple[tuple[str, Side], ...] = ()


def changes(ref: Variant, ref_facts: Facts, mine: Variant, mine_facts: Facts) -> tuple[list[Change], list[str]]:
    """Changes between the parts, in the order of their kind, and what cannot be exchanged, with the reason.

    What cannot be built alone, or means nothing alone, is one change (docs/decisions/0008-hybrids.md).
    """
    bonds = Bonds(ref, ref_facts, mine, mine_facts)
    kept = tuple(bonds.kept())
    found = []
    for named, parts in bonds.groups():
        lines = [tuple(v.parts[part].line for part in named) for v in (ref, mine)]
        ref_lines, mine_lines = (tuple(dict.fromkeys(line for line in side if line)) for side in lines)
        found.append(Change(" + ".join(named), parts, (), ref_lines, mine_lines, None, kept))
    return found, []


def inner_changes(
    net: str, ref: Variant, ref_facts: Facts, mine: Variant, mine_facts: Facts
) -> tuple[list[Change], list[str]]:
    """Changes inside one net, in the order in which the layers run; none, with the reason, where it is one piece.

    Parts that travel with the net belong to the layers that they need: latents of another shape to the first ones, the
    range of pixels to the last. All together they are what the change of the whole net is.
    """
    for variant, facts in ((ref, ref_facts), (mine, mine_facts)):
        reason = facts.wiring.get(net, {"reason": "played"})["reason"]
        if reason is not None:
            return [], [words.say(f"graft {reason}", net=net, file=variant.path)]
    if ref_facts.wiring[net]["form"] != mine_facts.wiring[net]["form"]:
        return [], [words.say("graft form", net=net, file=mine.path)]
    whole, _ = changes(ref, ref_facts, mine, mine_facts)
    along = next((set(change.parts) - {net} for change in whole if net in change.parts), set())
    fixed = along - UNITS - {"latent"}
    if fixed:
        return [], [words.say("graft along", net=net, parts=words.joined(sorted(fixed, key=of(ref.kind).parts.index)))]
    nets = (
        Net.of(ref_facts.layers[net], ref_facts.wiring[net]),
        Net.of(mine_facts.layers[net], mine_facts.wiring[net]),
    )
    cut = seams(*nets)
    blocks = [block for block in cut.blocks if block.differs]
    if not blocks:
        return [], [words.say("graft unseen", net=net)]
    kept = whole[0].kept if whole else ()
    found = [_inner(net, cut, block, kept) for block in blocks]
    if "latent" in along:
        found[0] = replace(found[0], parts=(*found[0].parts, "latent"))
    if along & UNITS:
        found[-1] = replace(found[-1], parts=(*found[-1].parts, *sorted(along & UNITS, key=of(ref.kind).parts.index)))
    return _named_apart([_with_lines(change, ref, mine) for change in found]), []


def _inner(net: str, cut: Seams, block: Block, kept: tuple[tuple[str, Side], ...]) -> Change:
    """The change that exchanges one block."""
    units = cut.units[block.start : block.end]
    pairs: list[tuple[Layer | None, Layer | None]] = [
        (_row(cut, 0, unit.main[0]), _row(cut, 1, unit.main[1])) for unit in units
    ]
    differing = [pair for pair in pairs if not _equal(pair)] or pairs
    paths = [str((theirs or ours or {})["path"]) for ours, theirs in differing]
    first, last = (str((theirs or ours or {})["path"]) for ours, theirs in (pairs[0], pairs[-1]))
    name = first if len(pairs) == 1 else f"{first}..{last}"
    sides = [_lines(cut, side, block, [pair[side] for pair in differing]) for side in (0, 1)]
    (a, b), (c, d) = block.places
    return Change(f"{net}.{name}", (net,), tuple(paths), sides[0], sides[1], (a, b, c, d), kept)


def _row(cut: Seams, side: int, row: int | None) -> Layer | None:
    return None if row is None else cut.nets[side].rows[row]


def _equal(pair: tuple[Layer | None, Layer | None]) -> bool:
    ours, theirs = pair
    return ours is not None and theirs is not None and key(ours) == key(theirs) and (
        type_of(ours) == type_of(theirs) and ours["shape"] == theirs["shape"]
        and ours["input_shape"] == theirs["input_shape"] and ours["parameters"] == theirs["parameters"]
    )  # fmt: skip


def _lines(cut: Seams, side: int, block: Block, layers: Sequence[Layer | None]) -> tuple[Line, ...]:
    """Of the layers of one side; where it has none, of the layer before."""
    rows: list[Any] = [layer for layer in layers if layer is not None]
    if not rows:
        rows = [row for row in cut.nets[side].rows[: block.places[side][0]] if key(row)][-1:]
    return tuple(dict.fromkeys(Line(**row["line"]) for row in rows if row.get("line")))


def _with_lines(change: Change, ref: Variant, mine: Variant) -> Change:
    """With the lines of the parts that come along, and named after them too."""
    along = [part for part in change.parts if part not in NETS]
    if not along:
        return change
    lines = [[line for part in along if (line := v.parts[part].line)] for v in (ref, mine)]
    return replace(
        change, name=" + ".join([change.name, *along]), ref_lines=(*change.ref_lines, *lines[0]),
        mine_lines=(*change.mine_lines, *lines[1]),
    )  # fmt: skip


def _named_apart(found: list[Change]) -> list[Change]:
    """A removed layer may have the path of one that is there: the second of a name gets a number."""
    seen: dict[str, int] = {}
    apart = []
    for change in found:
        seen[change.name] = seen.get(change.name, 0) + 1
        count = seen[change.name]
        apart.append(change if count == 1 else replace(change, name=f"{change.name}#{count}"))
    return apart


def hybrid(ref: Variant, mine: Variant, every: Sequence[Change], taken: Collection[Change]) -> Recipe:
    """Ref with the changes in `taken`, which are some of `every`.

    The same set gives the same recipe whatever its order, and whether a net is exchanged whole or layer by layer. Ref
    is built on where at most half is taken, else mine; nothing taken is ref itself, all taken is mine itself.
    """
    chosen = set(taken)
    mostly = sum((_weight(change, every) for change in every if change in chosen), Fraction(0)) * 2 > sum(
        (_weight(change, every) for change in every), Fraction(0)
    )
    base, other = (mine, ref) if mostly else (ref, mine)
    exchanged = [change for change in every if (change in chosen) != mostly]
    if not exchanged:
        return Recipe(base)
    return exchange(base, other, "mine" if mostly else "ref", every, exchanged)


def exchange(
    base: Variant, other: Variant, side: Side, every: Sequence[Change], exchanged: Collection[Change]
) -> Recipe:
    """One variant, that of `side`, with some changes of `every` as in the other."""
    parts: set[str] = set()
    grafts = []
    kind = of(base.kind)
    for net in kind.nets:
        layers = [change for change in every if change.stretch and net in change.parts]
        swapped = [change for change in layers if change in exchanged]
        if layers and len(swapped) == len(layers):
            parts.add(net)
        elif swapped:
            stretches = tuple(sorted(change.stretch for change in swapped if change.stretch))
            grafts.append(Graft(net, other, side, stretches))
    for change in exchanged:
        parts |= {part for part in change.parts if not (change.stretch and part in NETS)}
    kept = {part: owner for change in every for part, owner in change.kept}
    parts = {part for part in parts if part not in kept} | {part for part, owner in kept.items() if owner != side}
    donors = tuple((part, other) for part in kind.parts if part in parts)
    return Recipe(base, donors, tuple(grafts))


def _weight(change: Change, every: Sequence[Change]) -> Fraction:
    """One for each change between parts; the layers of a net share one."""
    if not change.stretch:
        return Fraction(1)
    return Fraction(1, sum(bool(one.stretch) and one.parts[0] == change.parts[0] for one in every))

"""Which parts that differ can be exchanged alone, and which travel together. Loads without torch."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache, cached_property
from typing import Any

from .differences import differs
from .kinds import of
from .records import Facts, Side, Variant

LOSSES = ("discriminator_loss", "generator_loss", "objective", "train_step")
HINGES = re.compile(r"\b(relu|relu_|clamp|clamp_min|clip|maximum|max|softplus|threshold|hinge\w*)\b")


class Bonds:
    """Two variants' differences, in groups that are exchanged as one."""

    def __init__(self, ref: Variant, ref_facts: Facts, mine: Variant, mine_facts: Facts) -> None:
        self.variants, self.facts = (ref, mine), (ref_facts, mine_facts)
        self.kind = of(ref.kind)
        self._above: dict[str, str] = {part: part for part in self.kind.parts}

    @cached_property
    def differing(self) -> list[str]:
        """Parts that differ in effect."""
        return [part for part in self.kind.parts if differs(part, self.variants[0], self.facts[0], *self._mine)]

    @property
    def _mine(self) -> tuple[Variant, Facts]:
        return self.variants[1], self.facts[1]

    def kept(self) -> Iterator[tuple[str, Side]]:
        """Parts that only one side uses, through code that differs: wherever that code comes from, it needs them.

        An energy that mine's losses do not call is no difference to blame, and what ref's losses call is ref's.
        """
        for part in self.differing:
            if self._one_sided(part) and not self._same_source(part):
                yield part, "ref" if self._used(0, part) else "mine"

    def groups(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """(parts to be named, all parts) of each group, in the order of the kind's parts."""
        named = self.named
        for part, others in self._bonds():
            for other in others:
                self._join(part, other)
        found = []
        for part in named:
            members = [other for other in self.kind.parts if self._root(other) == self._root(part)]
            shown = tuple(other for other in members if other in named)
            if shown[0] == part:
                found.append((shown, tuple(members)))
        return found

    @cached_property
    def named(self) -> list[str]:
        """Differing parts that are more than a consequence of others."""
        return [part for part in self.differing if not self._one_sided(part) and not self._follows(part)]

    def _one_sided(self, part: str) -> bool:
        own = part in ("objective", "train_step")
        return not own and self._used(0, part) != self._used(1, part)

    def _follows(self, part: str) -> bool:
        """Whether the source is the same: what differs is what it calls or reads, and that is another part."""
        if part in self.kind.settings:
            return False
        if part == "initialise":  # the same code may start other classes otherwise
            return self._same_source(part) and all(map(self._same_source, self.kind.nets))
        return self._same_source(part) and not (part in self.kind.nets and self._differ("image_shape"))

    def _bonds(self) -> Iterator[tuple[str, Collection[str]]]:
        """Parts that cannot be exchanged without others."""
        named = set(self.named)
        if "energy" in named:  # one unit
            yield "energy", named & {"margin", "pull_away_weight"}
            yield "energy", [loss for loss in LOSSES if loss in named and self._own_hinge(loss)]
        if "pixel_range" in named:  # outputs end in it, and energies scale with it
            yield "pixel_range", named & {"margin"}
            yield (
                "pixel_range",
                [net for net in self.kind.nets if net in named and self._output(net, 0) != self._output(net, 1)],
            )
        if "data" in named and any("def transform" in variant.parts["data"].code for variant in self.variants):
            yield "data", named & {"pixel_range"}  # a transform makes the range that the settings name
        if "latent" in named and self._input(0) != self._input(1):
            yield "latent", named & {"generator"}
        if self._differ("image_shape") and len(self.kind.nets) > 1:
            yield "generator", ["discriminator"]
        if "discriminator" in named and self._form(0) != self._form(1):
            yield "discriminator", [loss for loss in LOSSES if loss in named]
        if {"discriminator", "pull_away"} <= named and any(self._knows_width(side) for side in (0, 1)):
            yield "pull_away", ["discriminator"]
        if "initialise" in named and self._same_source("initialise"):
            yield "initialise", [net for net in self.kind.nets if not self._same_source(net)]
        for part in ("initialise", "optimizer", "optimizer.generator", "optimizer.discriminator", *LOSSES):
            if part in named:
                yield part, [net for net in self.kind.nets if self._fits_one_net(part, net)]

    def _own_hinge(self, loss: str) -> bool:
        """Whether a loss has a hinge and does not take its margin from Config."""
        return any(
            HINGES.search(self.variants[side].parts[loss].code) and not self._used(side, "margin") for side in (0, 1)
        )

    def _output(self, net: str, side: int) -> Any:
        """The activation that a net ends in, or None."""
        for row in reversed(self.facts[side].layers.get(net, [])):
            if row["kind"] == "weights":
                return None
            if row["kind"] == "activation":
                return row["key"]
        return None

    def _input(self, side: int) -> Any:
        rows = self.facts[side].layers.get("generator", [])
        return rows[0]["input_shape"] if rows else self.facts[side].config.get("latent_dim")

    def _form(self, side: int) -> tuple[bool, str | None]:
        facts = self.facts[side]
        return facts.autoencoder, facts.wiring.get("discriminator", {}).get("form")

    def _knows_width(self, side: int) -> bool:
        """Whether a pull-away term of the file's own states the code's width, which differs between the two."""
        widths = [(facts.narrowest or {}).get("size") for facts in self.facts]
        return widths[0] != widths[1] and widths[side] in _numbers(self.variants[side].parts["pull_away"].code)

    def _fits_one_net(self, part: str, net: str) -> bool:
        """Whether a part names what only its own variant's net has: attributes, methods or classes."""
        for side in (0, 1):
            own, other = self.variants[side], self.variants[1 - side]
            code = own.parts[part].code
            if not code:
                continue
            by_name = part == "initialise" or part.startswith("optimizer.")
            if (_reads(code, strings=by_name) & _has(own.parts[net].code)) - _has(other.parts[net].code):
                return True
            if by_name and _tests(code) & _classes(own.parts[net].code):
                return True
        return False

    def _used(self, side: int, part: str) -> bool:
        return bool(self.facts[side].parts[part]["used"])

    def _differ(self, field: str) -> bool:
        return self.facts[0].config.get(field) != self.facts[1].config.get(field)

    def _same_source(self, part: str) -> bool:
        ref, mine = self.variants
        return ref.parts[part].code == mine.parts[part].code

    def _root(self, part: str) -> str:
        while self._above[part] != part:
            part = self._above[part]
        return part

    def _join(self, part: str, other: str) -> None:
        self._above[self._root(other)] = self._root(part)


@cache
def _tree(code: str) -> ast.Module:
    try:
        return ast.parse(code)
    except SyntaxError:  # what it reaches is stored statement by statement, which always parses
        return ast.Module([], [])


@cache
def _reads(code: str, *, strings: bool) -> frozenset[str]:
    """Attributes of anything but `self`; with `strings`, the words in texts as well."""
    found = set()
    for node in ast.walk(_tree(code)):
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            found.add(node.attr)
        if strings and isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.split(r"\W+", node.value))
    return frozenset(found - {""})


@cache
def _has(code: str) -> frozenset[str]:
    """Methods, and attributes that are set on `self`, of all classes."""
    found = set()
    for cls in ast.walk(_tree(code)):
        if not isinstance(cls, ast.ClassDef):
            continue
        for node in ast.walk(cls):
            if isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
    return frozenset(found)


@cache
def _classes(code: str) -> frozenset[str]:
    return frozenset(node.name for node in ast.walk(_tree(code)) if isinstance(node, ast.ClassDef))


@cache
def _tests(code: str) -> frozenset[str]:
    """Names that stand in calls and comparisons, as in `isinstance(module, Block)`."""
    found = set()
    for node in ast.walk(_tree(code)):
        if isinstance(node, ast.Call | ast.Compare):
            found |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return frozenset(found)


@cache
def _numbers(code: str) -> frozenset[int]:
    return frozenset(
        node.value for node in ast.walk(_tree(code)) if isinstance(node, ast.Constant) and type(node.value) is int
    )

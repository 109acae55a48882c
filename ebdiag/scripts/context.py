"""A script taken apart: what it defines, what runs in which order, which nets take part, what its names mean."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cached_property

from ..errors import VariantError
from ..kinds.gan import GAN
from .changes import Changes, devices
from .look import assignments, own_expressions, own_parts
from .loop import Loop, Understanding, missing
from .outline import Outline, method, outline, place
from .reasons import reason, short
from .settings import Parsed, parsed
from .source import DOCS, LeftOut, Source


class Context:
    """What every later look at a script starts from.

    Args:
        source: The script.
        given: `--set NAME=VALUE`, by name.
        classes: Role → name of the net that takes it, where a person said so.

    Raises:
        VariantError: A net that the variant needs cannot be found; the message says what to add.
    """

    def __init__(self, source: Source, given: Mapping[str, str], classes: Mapping[str, str]) -> None:
        self.source, self.given = source, given
        self.outline: Outline = outline(source)
        if self.outline.loop is None:
            raise VariantError(
                "does work when it is imported, but no training loop was found in it", file=source.path,
                expected="a loop over batches that calls `.backward()`, or only classes Generator and Discriminator",
                got=_kinds(self.outline), hint="name the file that trains", docs=DOCS,
            )  # fmt: skip
        self.parsed: Parsed = parsed(source.tree)
        self.understanding = Understanding(self.outline)
        self.loop: Loop = self.understanding.understand()
        self._say_roles(classes)
        self.changes = Changes(devices=devices({n: v for n, (v, _) in self.understanding.assigned.items()}))
        self.left_out: list[LeftOut] = list(source.left_out)
        self.assumed: list[tuple[int, str]] = []
        self._rename()

    @cached_property
    def roots(self) -> frozenset[str]:
        """First names of everything that the setup assigns."""
        return frozenset(name.split(".")[0] for name in self.understanding.assigned if name)

    def _say_roles(self, classes: Mapping[str, str]) -> None:
        loop, origin = self.loop, self.understanding.origin
        for role, name in classes.items():
            found = [
                net for net, made in loop.nets.items()
                if net == origin(name) or (isinstance(made.made, ast.Call) and place(made.made.func) == name)
            ]  # fmt: skip
            if not found:
                raise VariantError(
                    f"--{role} {name} names no net of this script", file=self.source.path,
                    expected=f"one of {', '.join(loop.nets) or 'none'}", got=name, docs=DOCS,
                )  # fmt: skip
            if role == "generator":
                loop.generators = found[:1]
                loop.discriminators = [name for name in loop.discriminators if name not in found]
            else:
                loop.discriminators = found[:1]
                loop.generators = [name for name in loop.generators if name not in found]
        if not loop.generators:
            raise missing(self.outline, "generator", "a net that is called on what was drawn at random",
                          "say which it is: --generator NAME")  # fmt: skip
        if not loop.discriminators:
            raise missing(self.outline, "discriminator", "a net that is called on images and on those of the generator",
                          "say which it is: --discriminator NAME")  # fmt: skip
        if not loop.batch:
            raise missing(self.outline, "batch of images", "a loop over a data loader, or `next(iterator)`",
                          "loop over batches")  # fmt: skip
        if len(loop.generators) > 1:
            names = " and ".join(loop.generators)
            raise missing(self.outline, "one generator", f"one net that makes images, not {names}",
                          f"say which it is: --generator {loop.generators[-1]}")  # fmt: skip
        if len(loop.discriminators) > 2:
            names = ", ".join(loop.discriminators)
            raise missing(self.outline, "discriminator", f"one net, or an encoder and a decoder, not {names}",
                          "say which it is: --discriminator NAME")  # fmt: skip

    def said(self, node: ast.expr) -> int:
        """Row where a setting gets its value: its `add_argument`, its assignment, or where it stands itself."""
        name = place(node)
        root, _, option = name.partition(".")
        if root in self.parsed.results.values() and option in self.parsed.lines:
            return self.parsed.lines[option]
        known = self.understanding.assigned.get(name)
        default = self.field(name)
        if known is None:
            return node.lineno if default is None else default.lineno
        return self.said(known[0]) if place(known[0]) else known[0].lineno

    def row(self, number: int) -> int:
        """A row of the text as a `Line` counts it."""
        return self.source.row(number)

    def _rename(self) -> None:
        """Names of the contract that the script uses for something else get out of the way."""
        taken = {*GAN.functions, *GAN.classes, "Config", "config", "batches", "rng"}
        names = {*self.outline.functions(), *self.outline.classes()}
        names |= {name for name in self.understanding.assigned if "." not in name}
        imports = [node for node in self.outline.definitions if isinstance(node, ast.Import | ast.ImportFrom)]
        names |= {alias.asname or alias.name for node in imports for alias in node.names}
        for name in sorted(names & taken):
            self.changes.renamed[name] = f"{name}Net" if name in ("Generator", "Discriminator") else f"own_{name}"

    def field(self, name: str) -> ast.expr | None:
        """The default of `cfg.margin`, where `cfg` is an object of a class of the script."""
        root, _, attribute = name.partition(".")
        made = self.understanding.assigned.get(root, (None, None))[0]
        cls = self.outline.classes().get(method(made)) if isinstance(made, ast.Call) else None
        found = [value for key, value, _ in assignments(cls.body) if key == attribute] if cls is not None else []
        return found[-1] if found else None

    @property
    def device(self) -> str:
        """Expression of the device that a step runs on."""
        return f"next({self.places_of(self.loop.generators[0])[0]}.parameters()).device"

    def places_of(self, net: str) -> list[str]:
        """How the loop calls a net, by all names that it has there."""
        found = [
            name for node in self.understanding.scope for child in ast.walk(node) if (name := place(child))
            and self.understanding.origin(name) == net
        ]  # fmt: skip
        return list(dict.fromkeys(found)) or [net]

    def plain(self, node: ast.expr) -> ast.expr:
        made = self.changes.made(node, device=None)
        assert isinstance(made, ast.expr)
        return made

    def assigns(self, node: ast.stmt, needed: set[str]) -> bool:
        return bool(self.stored(node) & needed)

    def stored(self, node: ast.stmt, *, deep: bool = True) -> set[str]:
        found: set[str] = set()
        for child in ast.walk(node) if deep else own_expressions(node):
            if isinstance(child, ast.Name | ast.Attribute) and isinstance(child.ctx, ast.Store):
                found.add(place(child))
                if isinstance(child, ast.Attribute):
                    found.add(place(child.value))
            elif isinstance(child, ast.Subscript) and isinstance(child.ctx, ast.Store):
                found.add(place(child.value))
        found.discard("")
        return found

    def read(self, node: ast.AST, *, deep: bool = True) -> set[str]:
        found: set[str] = set()
        for top in [node] if deep else own_parts(node):
            for child in self.changes.read(top):
                if isinstance(child, ast.Name | ast.Attribute) and isinstance(child.ctx, ast.Load):
                    found.add(place(child))
        if isinstance(node, ast.AugAssign):
            found.add(place(node.target))
        return found - {""}

    def is_loader(self, node: ast.stmt) -> bool:
        """Whether a statement makes an iterator of batches."""
        value = getattr(node, "value", None)
        return isinstance(value, ast.Call) and method(value) in ("iter", "DataLoader", "cycle", "infinite_loader")

    def leave(self, node: ast.stmt) -> None:
        self.left_out.append(LeftOut(self.row(node.lineno), short(node), reason(node)))


def _kinds(found: Outline) -> str:
    names = [*found.classes(), *found.functions()]
    return f"{', '.join(names[:6])}" if names else "no class and no function"

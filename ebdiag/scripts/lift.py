"""A script understood as far as its text goes, and the questions that only running it can answer."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import EbdiagError, VariantError, did_you_mean
from .look import assignments, counts
from .loop import missing
from .outline import calls, method, place
from .partly import Partly
from .source import DOCS, Source, statements

ALWAYS = ("image_shape", "pixel_range", "latent_dim", "batch_size", "shuffle", "drop_last")
"""Settings of the contract that every script's variant has."""

BATCH_NAMES = ("batch_size", "batchsize", "batch", "bs", "mb_size", "minibatch_size")


@dataclass(frozen=True)
class Array:
    """Images as one array.

    Attributes:
        place: Its name in the loop.
        raw: Names that get images as they are read, bytes (N, height, width).
        code: Statements that make the one of the other.
    """

    place: str
    raw: tuple[str, ...]
    code: str


class Lifted(Partly):
    """A script of which everything is known that its text says.

    Each layer below adds one thing: `Context` the nets, `Feeds` batches and latents, `Pruned` the step, `Partly` the
    parts inside it.

    Attributes:
        optimisers: Role → the optimiser that trains its net.
    """

    def __init__(self, source: Source, given: Mapping[str, str], classes: Mapping[str, str]) -> None:
        super().__init__(source, given, classes)
        self.optimisers = self._two_optimisers()

    def _two_optimisers(self) -> dict[str, Any]:
        """Role → the optimiser that trains its net."""
        options = self.loop.optimisers
        roles = {"generator": set(self.loop.generators), "discriminator": set(self.loop.discriminators)}
        found: dict[str, Any] = {}
        for role, nets in roles.items():
            other = roles["discriminator" if role == "generator" else "generator"]
            own = [o for o in options if set(o.nets) & nets and not set(o.nets) & other]
            if len(own) == 1:
                found[role] = own[0]
        for role, signs in (("generator", ("g", "dec")), ("discriminator", ("d", "ae", "enc", "e"))):
            if role in found:
                continue
            left = [o for o in options if o not in found.values()]
            named = [o for o in left if o.place.lower().rsplit("_", 1)[-1].startswith(signs)
                     or o.place.lower().rsplit(".", 1)[-1].startswith(signs)
                     or o.place.lower().removeprefix("optimizer").removeprefix("optim").startswith(signs)]  # fmt: skip
            chosen = named[0] if len(named) == 1 else left[0] if len(left) == 1 else None
            if chosen is None:
                raise missing(self.outline, f"optimiser of the {role}", f"one that gets the {role}'s parameters",
                              f"{len(options)} optimisers take steps in the loop")  # fmt: skip
            found[role] = chosen
        extra = [o.place for o in options if o not in found.values()]
        if extra:
            raise VariantError(
                "more than two optimisers take steps in the loop", file=self.source.path,
                line=self.row(self.loop.optimisers[-1].line), expected="one for each net", got=", ".join(
                    o.place for o in options), hint="give both parts of the discriminator to one optimiser", docs=DOCS,
            )  # fmt: skip
        return found

    def check_given(self) -> None:
        """Refuse a setting that nothing of the script would read.

        Raises:
            EbdiagError: With the settings that there are.
        """
        known = {*ALWAYS, *self.parsed.values}
        known |= {"margin"} if self.margin is not None else set()
        known |= {"pull_away_weight"} if self.weight is not None else set()
        made = {*self.loop.nets, *(o.place for o in self.loop.optimisers)}
        known |= {name.removeprefix("self.") for name in self.understanding.assigned if name and name not in made}
        for name in self.given:
            if name not in known:
                path = self.source.path
                raise EbdiagError(f"--set {name}: {path} has no such setting. {did_you_mean(name, sorted(known))}")

    def questions(self) -> dict[str, str]:
        """Name → expression that a worker evaluates where the draft runs: of the loader, the margin, the weight."""
        found: dict[str, str] = {}
        loader = self.loader
        if loader is not None:
            options = {k.arg: k.value for k in loader.keywords if k.arg}
            positions = dict(zip(("dataset", "batch_size", "shuffle"), loader.args, strict=False))
            for name, default in (("batch_size", "1"), ("shuffle", "False"), ("drop_last", "False")):
                value = options.get(name, positions.get(name))
                found[name] = default if value is None else self._text(self._outer(value))
            if "batch_size" not in options and "batch_size" not in positions and "batch_sampler" not in options:
                found["batch_size"] = "1"
        else:
            size = self._batch_size()
            if size is not None:
                found["batch_size"] = self._text(size)
        transform = self._transform()
        if transform is not None:
            found["transform"] = self._text(self._outer(transform))
        for name, node in (
            ("margin", self.margin),
            ("weight", self.weight),
            ("repeats", self.step.repeats),
            ("epochs", self._epochs()),
            ("steps", self._steps()),
        ):
            if node is not None:
                found[name] = self._text(node, marked=False)
        return found

    def _outer(self, node: ast.expr) -> ast.expr:
        """An expression inside a function in terms of the module: its locals and parameters by what they are given."""
        inside = next(
            (f for f in ast.walk(self.source.tree) if isinstance(f, ast.FunctionDef)
             and any(child is node for child in ast.walk(f))), None,
        )  # fmt: skip
        if inside is None or (inside in self.understanding.functions.values() and self._opened(inside)):
            return node
        local = {name: value for name, value, _ in assignments(list(statements(inside.body)))}
        names = [a.arg for a in inside.args.args]
        given = dict(zip(names[len(names) - len(inside.args.defaults) :], inside.args.defaults, strict=True))
        for call in calls(self.source.tree):
            if method(call) == inside.name:
                given |= dict(zip(names, call.args, strict=False)) | {k.arg: k.value for k in call.keywords if k.arg}

        class Outer(ast.NodeTransformer):
            def visit_Name(self, inner: ast.Name) -> ast.AST:
                value = local.get(inner.id, given.get(inner.id))
                return inner if value is None or place(value) == inner.id else copy.deepcopy(value)

        for _ in range(3):
            node = Outer().visit(copy.deepcopy(node))
        return node

    def _opened(self, function: ast.FunctionDef) -> bool:
        """Whether a function's statements stand in the setup themselves."""
        return any(node in self.outline.setup for node in function.body)

    def _epochs(self) -> ast.expr | None:
        """How often the loop around the loop runs: `n` of `range(n)`."""
        return _range_of(self.outline.around[0]) if self.outline.around else None

    def _steps(self) -> ast.expr | None:
        """How often a loop runs that counts its own steps."""
        loop = self.outline.loop
        return _range_of(loop) if loop is not None and not self.outline.around else None

    def author(self, known: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """What the script says of its author's own run.

        Args:
            known: Answers of the worker.
        """
        found: dict[str, str] = {}
        named = [method(c) for c in calls(self.source.tree) if any(k.arg == "transform" for k in c.keywords)]
        if named:
            found["dataset"] = named[0]
        elif self.array() is not None and "mnist" in self.source.text:
            found["dataset"] = "MNIST"
        for name in ("epochs", "steps"):
            if isinstance(known.get(name), int):
                found[name] = str(known[name])
        if "cuda" in self.source.text:
            found["device"] = "cuda"
        return tuple(found.items())

    def array(self) -> Array | None:
        """How the script makes the array that the loop takes rows of."""
        places = self.understanding.data_places()
        used = next((place(child.value) for node in self.understanding.scope for child in ast.walk(node)
                     if isinstance(child, ast.Subscript) and place(child.value) in places), None)  # fmt: skip
        if used is None:
            return None
        raw: list[str] = []
        code: list[str] = []
        known: set[str] = set()
        for node in self.outline.setup:
            stored = {
                place(e) for t in getattr(node, "targets", []) for e in ast.walk(t) if isinstance(e, ast.Name)
            } - {"_"}
            if not stored & places:
                continue
            if any(place(child) in known for child in ast.walk(getattr(node, "value", node)) if place(child)):
                code.append(ast.unparse(self.changes.made(node, device=None)))
            else:
                raw += sorted(stored & places)
            known |= stored & places
        return Array(used, tuple(raw), "\n".join(code))

    def _text(self, node: ast.expr, *, marked: bool = True) -> str:
        if not marked:  # the expression itself, not what stands in its place
            node = copy.deepcopy(node)
        return ast.unparse(self.changes.made(node, device=None))

    @cached_property
    def loader(self) -> ast.Call | None:
        """The call that makes the loader the loop goes over, else the first that shuffles, else the first."""
        every = [c for c in calls(self.source.tree) if method(c) == "DataLoader"]
        loop = self.outline.loop
        over = [outer.iter for outer in (loop, *self.outline.around) if isinstance(outer, ast.For)]
        names = {self.understanding.origin(place(n)) for iterated in over for n in ast.walk(iterated) if place(n)}
        for name in names:
            value = self.understanding.assigned.get(name, (None, None))[0]
            own = [c for c in every if value is not None and any(c is inner for inner in ast.walk(value))]
            if own:
                return own[0]
        shuffled = [c for c in every if any(k.arg == "shuffle" and ast.unparse(k.value) == "True" for k in c.keywords)]
        return next(iter([*shuffled, *every]), None)

    def _batch_size(self) -> ast.expr | None:
        """Of a loop that takes rows of an array: `X[i:i + n]`, `randint(0, N, n)`, `X[perm[:n]]`."""
        for node in self.understanding.scope:
            for child in ast.walk(node):
                if isinstance(child, ast.Call) and method(child) in ("randint", "choice", "sample"):
                    size = next((k.value for k in child.keywords if k.arg == "size"), None)
                    options = [size] if size is not None else child.args[-1:]
                    for option in options:
                        return option.elts[0] if isinstance(option, ast.Tuple) and option.elts else option
                if isinstance(child, ast.Slice) and isinstance(child.upper, ast.BinOp) and child.lower is not None:
                    upper = child.upper
                    lower = ast.unparse(child.lower)
                    if isinstance(upper.op, ast.Add) and ast.unparse(upper.left) == lower:
                        return upper.right
                    if isinstance(child.lower, ast.BinOp) and isinstance(child.lower.op, ast.Mult):
                        return child.lower.right
        known = next((n for n in self.understanding.assigned if n.lower().rpartition(".")[2] in BATCH_NAMES), None)
        if known is not None:
            return ast.parse(known, mode="eval").body
        argument = next((n for n in self.parsed.values if n.lower() in BATCH_NAMES), None)
        owner = next(iter(self.parsed.results.values()), None)
        return None if argument is None or owner is None else ast.parse(f"{owner}.{argument}", mode="eval").body

    def _transform(self) -> ast.expr | None:
        """What the script's data set is given as `transform`."""
        datasets = [c for c in calls(self.source.tree) if any(k.arg == "transform" for k in c.keywords)]
        for call in datasets:
            return next(k.value for k in call.keywords if k.arg == "transform")
        composed = [c for c in calls(self.source.tree) if method(c) == "Compose"]
        return composed[0] if composed else None

    @cached_property
    def loader_line(self) -> int:
        """Row of the loader."""
        return self.loader.lineno if self.loader is not None else self.outline.loop.lineno if self.outline.loop else 1

    @cached_property
    def batch_line(self) -> int:
        """Row where the batch size gets its value."""
        loader = self.loader
        if loader is None:
            size = self._batch_size()
            return self.loader_line if size is None else self.said(size)
        positions = dict(zip(("dataset", "batch_size"), loader.args, strict=False))
        value = next((k.value for k in loader.keywords if k.arg == "batch_size"), positions.get("batch_size"))
        return loader.lineno if value is None else self.said(value)

    @cached_property
    def data_line(self) -> int:
        """Row of what is done to the images."""
        transform = self._transform()
        return self.said(transform) if transform is not None else self.loader_line


def _range_of(loop: ast.For | ast.While) -> ast.expr | None:
    """The end of what a loop counts over."""
    if isinstance(loop, ast.For) and isinstance(loop.iter, ast.Call) and counts(loop):
        return next(iter(reversed(loop.iter.args[:2])), None)
    return None

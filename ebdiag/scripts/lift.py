"""An understood script → the text of a contract variant: rows kept where they are, parts written below them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .. import contract
from ..errors import VariantError
from .changes import Changes, devices
from .loop import SCHEDULERS, Loop, Understanding, assignments, counts, is_fetch, missing
from .outline import Outline, calls, method, outline, place
from .reasons import reason, short
from .settings import Parsed, parsed
from .source import DOCS, LeftOut, Source, statements

ESSENTIAL = frozenset(
    "backward step zero_grad clip_grad_norm_ clip_grad_norm clip_grad_value_ train eval detach_".split()  # noqa: SIM905
)
"""Calls that matter to training by themselves."""

HINGES = frozenset(["relu", "relu_", "ReLU", "clamp", "clamp_min", "clip", "max", "maximum", "hinge", "threshold"])

BATCH_NAMES = ("batch_size", "batchsize", "batch", "bs", "mb_size", "minibatch_size")

IN_PLACE = frozenset(
    "copy_ clamp_ fill_ zero_ normal_ uniform_ add_ mul_ sub_ div_ requires_grad_ resize_ append".split()  # noqa: SIM905
)


@dataclass
class Rows:
    """Text with the row of the script that each of its rows comes from."""

    rows: list[tuple[str, int]] = field(default_factory=list)

    def add(self, text: str, origin: int) -> None:
        """Rows of one origin."""
        self.rows += [(row, origin) for row in text.split("\n")]


@dataclass
class Step:
    """How the loop becomes one step.

    Attributes:
        kept: Statements of the body that matter, pruned.
        globals: Names at module level that the step assigns.
        repeats: Expression of how many rounds make one generator update, None for one.
        takes: How many batches a round takes by itself is seen when it runs.
    """

    kept: list[ast.stmt]
    globals: list[str] = field(default_factory=list)
    repeats: ast.expr | None = None
    counter: str | None = None
    drops_last: bool = False


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


@dataclass
class Recognised:
    """A part of the contract found in the script.

    Attributes:
        value: What the script says, as text.
    """

    part: str
    value: str
    line: int


class Lifted:
    """A script taken apart; `draft` and `text` write it down.

    Args:
        source: The script.
        given: `--set NAME=VALUE`, by name.
        classes: Role → name of the net that takes it, where a person said so.

    Raises:
        VariantError: Something that the variant needs cannot be found; the message says what to add.
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
        self.recognised: list[Recognised] = []
        self.drops_last = False
        self.dropped: set[int] = set()
        self.frozen: list[str] = []
        self._marks: list[ast.expr] = []
        self._rename()
        self.fetched = self._batches()
        self.latent = self._latents()
        self.step = self._step()
        self._recognise()
        self.optimisers = self._two_optimisers()

    @cached_property
    def roots(self) -> frozenset[str]:
        """First names of everything that the setup assigns."""
        return frozenset(name.split(".")[0] for name in self.understanding.assigned if name)

    # --- roles -------------------------------------------------------------------------------------------------------

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
            else:
                loop.discriminators = found[:1]
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
        return self.source.rows[min(max(number, 1), len(self.source.rows)) - 1]

    # --- what a worker is asked --------------------------------------------------------------------------------------

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
        for outer in self.outline.around[:1]:
            if isinstance(outer, ast.For) and isinstance(outer.iter, ast.Call) and counts(outer):
                return next(iter(reversed(outer.iter.args[:2])), None)
        return None

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
        epochs = known.get("epochs")
        if isinstance(epochs, int | float):
            found["epochs"] = f"{epochs:g}"
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
        return transform.lineno if transform is not None else self.loader_line

    @property
    def device(self) -> str:
        """Expression of the device that a step runs on."""
        return f"next({self._places_of(self.loop.generators[0])[0]}.parameters()).device"

    # --- batches and latents -----------------------------------------------------------------------------------------

    def _batches(self) -> list[tuple[str, int]]:
        """What stands at the head of a round so that the batch is there; fetches inside it are replaced."""
        loop, arrays = self.outline.loop, self.understanding.data_places()
        assert loop is not None
        head: list[tuple[str, int]] = []
        everything = list(self.understanding.scope)
        if isinstance(loop, ast.For) and not counts(loop):
            target = loop.target
            if isinstance(loop.iter, ast.Call) and method(loop.iter) == "enumerate" and isinstance(target, ast.Tuple):
                target = target.elts[1]
            if isinstance(target, ast.Tuple | ast.List):
                head.append((f"{place(target.elts[0])} = next(batches)", loop.lineno))
            elif (taken := self._only_taken(place(target), everything)) is not None:
                name, node = taken
                head.append((f"{name} = next(batches)", node.lineno))
                self.dropped.add(id(node))
            else:
                name = place(target)
                pair = "(next(batches), None)" if self._unpacked(name, everything) else "next(batches)"
                head.append((f"{name} = {pair}", loop.lineno))
        for node in everything:
            value: ast.expr | None = getattr(node, "value", None)
            if value is None:
                continue
            for child in [n for n in ast.walk(value) if isinstance(n, ast.expr)]:
                if not is_fetch(child, arrays) or any(
                    child is not other and any(inner is child for inner in ast.walk(other))
                    for other in ast.walk(value) if isinstance(other, ast.expr) and is_fetch(other, arrays)
                ):  # fmt: skip
                    continue
                inner = child
                depth = 0
                while isinstance(inner, ast.Subscript) and place(inner.value) not in arrays:
                    inner, depth = inner.value, depth + 1
                both = depth > 0 or (
                    isinstance(node, ast.Assign)
                    and isinstance(node.targets[0], ast.Tuple | ast.List)
                    and child is value
                )
                text = "next(batches)"
                if isinstance(child, ast.Subscript) and depth == 0 and _wrapped(value, child):
                    text = "next(batches).cpu().numpy()"
                elif (both and depth == 0) or (
                    not both and isinstance(node, ast.Assign) and self._unpacked(place(node.targets[0]), everything)
                ):
                    text = "(next(batches), None)"
                self.changes.replaced[id(child)] = text
        return head

    @staticmethod
    def _only_taken(name: str, scope: list[ast.stmt]) -> tuple[str, ast.stmt] | None:
        """(images, statement) where all that is done with a pair is `images = pair[0]` or `images, _ = pair`."""
        used = [
            node for node in scope if any(place(c) == name for c in own_expressions(node) if isinstance(c, ast.Name))
        ]
        if len(used) != 1 or not isinstance(used[0], ast.Assign):
            return None
        target, value = used[0].targets[0], used[0].value
        if isinstance(target, ast.Tuple) and place(value) == name and place(target.elts[0]):
            return place(target.elts[0]), used[0]
        first = isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant) and value.slice.value == 0
        if first and isinstance(value, ast.Subscript) and place(value.value) == name and place(target):
            return place(target), used[0]
        return None

    @staticmethod
    def _unpacked(name: str, scope: list[ast.stmt]) -> bool:
        """Whether what has this name is a pair of images and labels."""
        for node in scope:
            value = getattr(node, "value", None)
            pair = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple | ast.List)
            if pair and value is not None and place(value) == name:
                return True
            for child in own_expressions(node):
                if (
                    isinstance(child, ast.Subscript)
                    and place(child.value) == name
                    and isinstance(child.slice, ast.Constant)
                ):
                    return True
                if isinstance(child, ast.Starred) and place(child.value) == name:
                    return True
        return False

    def _latents(self) -> tuple[str, int] | None:
        """(expression that draws `count` latents as the script does, its row); draws in the loop are replaced."""
        found: tuple[str, int] | None = None
        net = next(iter(self.loop.generators))
        device = f"next({self._places_of(net)[0]}.parameters()).device"
        real = self.loop.batch[0]
        for draw in self.loop.draws:
            drawn = next((c for c in _inner_first(draw) if self.understanding._draws(c)), None)
            if drawn is None:
                continue
            count = self._count_of(drawn)
            text = ast.unparse(self._plain(draw))
            if count is None:
                counted, text_count = f"len({real})", text
            else:
                counted = ast.unparse(count)
                text_count = _with_count(self._plain(draw), counted)
            self.changes.replaced[id(draw)] = f"sample_latent({counted}, config, rng).to({device})"
            found = found or (text_count, draw.lineno)
        for node in self.understanding.scope:
            filled = _filled_by(node)
            if filled is None:
                continue
            name, sizes, last = filled
            counted = ast.unparse(sizes[0]) if sizes else f"len({real})"
            rest = ", ".join(map(ast.unparse, sizes[1:]))
            start = f"torch.empty(count, {rest})" if sizes else f"{name}.clone()"
            arguments = ", ".join(map(ast.unparse, last.args))
            self.changes.statements[id(node)] = f"{name} = sample_latent({counted}, config, rng).to({device})"
            found = found or (f"{start}.{method(last)}({arguments})", node.lineno)
        return found

    def _plain(self, node: ast.expr) -> ast.expr:
        made = self.changes.made(node, device=None)
        assert isinstance(made, ast.expr)
        return made

    def _places_of(self, net: str) -> list[str]:
        """How the loop calls a net, by all names that it has there."""
        found = [
            name for node in self.understanding.scope for child in ast.walk(node) if (name := place(child))
            and self.understanding.origin(name) == net
        ]  # fmt: skip
        return list(dict.fromkeys(found)) or [net]

    def _count_of(self, call: ast.Call) -> ast.expr | None:
        """Which argument of a drawing call says how many."""
        if method(call).endswith("_like"):
            return None
        inner = call.func
        while isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Call):
            if method(inner.value) in ("Tensor", "FloatTensor", "empty", "zeros", "ones", "new", "resize_"):
                call = inner.value
            inner = inner.value.func
        size = next((k.value for k in call.keywords if k.arg in ("size", "shape")), None)
        options = [size] if size is not None else list(call.args)
        pair = next((a for a in options if isinstance(a, ast.Tuple | ast.List)), None)
        if pair is not None:
            first = pair.elts[0] if pair.elts else None
            return first.value if isinstance(first, ast.Starred) else first
        return options[0] if options else None

    # --- the step ----------------------------------------------------------------------------------------------------

    def _step(self) -> Step:
        loop = self.outline.loop
        assert loop is not None
        step = Step([])
        body = self._schedule(list(loop.body), step)
        needed: set[str] = set()
        kept = self._pruned(body, needed)
        while True:
            before = len(needed)
            kept = self._pruned(body, needed)
            if len(needed) == before:
                break
        step.kept = kept
        head = []
        while True:
            more = [n for n in self.outline.prelude if n not in head and self._assigns(n, needed)
                    and not self.is_loader(n)]  # fmt: skip
            if not more:
                break
            head += more
            for node in more:
                needed |= self._read(node)
        order = {id(node): position for position, node in enumerate(self.outline.prelude)}
        modes = [n for n in self.outline.prelude if n not in head and self._is_mode(n)]
        head = sorted([*head, *modes], key=lambda node: order[id(node)])
        for node in head:
            if not self._is_mode(node):
                self.assumed.append((node.lineno, f"`{short(node)}` is done at every step, not once an epoch"))
        step.kept = [*head, *step.kept]
        for node in [*self.outline.prelude, *self.outline.after]:
            if node not in head:
                self._leave(node)
        kept_rows = {n.lineno for n in statements(step.kept)}
        for node in statements(loop.body):
            if (
                node.lineno not in kept_rows
                and id(node) not in self.dropped
                and not isinstance(node, ast.Pass | ast.Continue | ast.Break)
            ):
                self._leave(node)
        self._count(loop, step, needed)
        step.globals = self._state(step)
        step.drops_last = self.drops_last
        self.needed = needed
        return step

    def _is_mode(self, node: ast.stmt) -> bool:
        return (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and (
                method(node.value) in ("train", "eval")
                and self.understanding.origin(place(node.value.func).rpartition(".")[0]) in self.loop.nets
            )
        )

    def _schedule(self, body: list[ast.stmt], step: Step) -> list[ast.stmt]:
        """`if i % n == 0:` around updates → as many rounds a step; the guard becomes part of the round."""
        for node in body:
            if isinstance(node, ast.If) and not node.orelse and _updates(node):
                every = _every(node.test)
                if every is not None:
                    step.repeats, name = every
                    step.counter = name
                    self.assumed.append(
                        (node.lineno, f"`{name}` counts on from epoch to epoch; the script's starts anew")
                    )
        return body

    def _count(self, loop: ast.For | ast.While, step: Step, needed: set[str]) -> None:
        """Names that count batches and epochs, where the step reads them."""
        names: list[str] = []
        loops = [*self.outline.around, loop]
        for outer in loops:
            if isinstance(outer, ast.For):
                target = outer.target
                if isinstance(outer.iter, ast.Call) and method(outer.iter) == "enumerate":
                    target = target.elts[0] if isinstance(target, ast.Tuple) else target
                elif not counts(outer):
                    continue
                names.append(place(target))
        for name in names:
            if name in needed and name != step.counter:
                self.assumed.append((loop.lineno, f"`{name}`, which counts in the script, stays 0"))
                self.frozen.append(name)

    def _state(self, step: Step) -> list[str]:
        """Names that one step leaves to the next: read before they are assigned, and given a value in the setup."""
        first_read: set[str] = set()
        stored: set[str] = set()
        for node in statements(step.kept):
            reads = self._read(node, deep=False) - stored
            first_read |= reads
            stored |= self._stored(node, deep=False)
        setup = set(self.understanding.assigned)
        batch = set(self.loop.batch)
        return sorted(name for name in first_read & stored & setup - batch if "." not in name)

    def _pruned(self, body: Sequence[ast.stmt], needed: set[str]) -> list[ast.stmt]:
        """Statements that matter to weights; `needed` grows by what they read."""
        kept: list[ast.stmt] = []
        for node in reversed(body):
            found = self._kept(node, needed)
            if found is not None:
                kept.insert(0, found)
                needed |= self._read(found)
        return kept

    def _kept(self, node: ast.stmt, needed: set[str]) -> ast.stmt | None:
        if id(node) in self.dropped:
            return None
        if isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
            return self._kept_block(node, needed)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            return node if self._matters(node.value, needed) else None
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            if self.is_loader(node):
                return None
            return node if self._assigns(node, needed) or self._works(node) else None
        return None

    def _kept_block(self, node: Any, needed: set[str]) -> ast.stmt | None:
        if isinstance(node, ast.If) and any(isinstance(n, ast.Continue | ast.Break) for n in node.body):
            sizes = {place(child).rpartition(".")[2] for child in ast.walk(node.test) if place(child)}
            if isinstance(node.body[0], ast.Continue) and sizes & {"size", "shape", "len"}:
                self.drops_last = True
            return None
        body = self._pruned(node.body, needed)
        other = self._pruned(getattr(node, "orelse", []), needed)
        if not body and not other:
            return None
        if isinstance(node, ast.Try):
            guarded = copy.copy(node)
            guarded.body = body or [ast.Pass()]
            return ast.copy_location(guarded, node)
        found: ast.If | ast.For | ast.While | ast.With = copy.copy(node)
        found.body = body or [ast.copy_location(ast.Pass(), node)]
        if not isinstance(found, ast.With):
            found.orelse = other
        return ast.copy_location(found, node)

    def _matters(self, call: ast.Call, needed: set[str]) -> bool:
        name, owner = method(call), place(call.func).rpartition(".")[0]
        origin = self.understanding.origin(owner)
        if name == "step":
            value = self.understanding.assigned.get(origin, (None, None))[0]
            return not (isinstance(value, ast.Call) and method(value) in SCHEDULERS) and self._is_optimiser(call)
        if name in ("train", "eval"):
            return origin in self.loop.nets
        if name in ESSENTIAL:
            return True
        if name in IN_PLACE:
            roots = {place(child) for child in ast.walk(call.func) if place(child) not in ("", "self")}
            return bool(roots & needed) or any("parameters" in root or root.endswith(".data") for root in roots)
        if name == "update" and "scaler" in owner.lower():
            return True
        function = self.understanding.functions.get(name)
        return function is not None and function in self.loop.helpers

    def _is_optimiser(self, call: ast.Call) -> bool:
        names = [place(call.func).rpartition(".")[0], *map(place, call.args)]
        return any(name in [o.place for o in self.loop.optimisers] for name in names)

    def _works(self, node: ast.stmt) -> bool:
        """Whether an assignment updates something on the way: `d_loss = train_d(real)`."""
        return any(
            method(c) in ESSENTIAL - {"train", "eval"}
            or self.understanding.functions.get(method(c)) in self.loop.helpers
            for c in calls(node)
            if method(c) not in ("item",)
        )

    def _assigns(self, node: ast.stmt, needed: set[str]) -> bool:
        return bool(self._stored(node) & needed)

    def _stored(self, node: ast.stmt, *, deep: bool = True) -> set[str]:
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

    def _read(self, node: ast.AST, *, deep: bool = True) -> set[str]:
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

    def _leave(self, node: ast.stmt) -> None:
        self.left_out.append(LeftOut(self.row(node.lineno), short(node), reason(node)))

    # --- names -------------------------------------------------------------------------------------------------------

    def _rename(self) -> None:
        """Names of the contract that the script uses for something else get out of the way."""
        taken = {*contract.FUNCTIONS, *contract.CLASSES, "Config", "config", "batches", "rng"}
        names = {*self.outline.functions(), *self.outline.classes()}
        names |= {name for name in self.understanding.assigned if "." not in name}
        imports = [node for node in self.outline.definitions if isinstance(node, ast.Import | ast.ImportFrom)]
        names |= {alias.asname or alias.name for node in imports for alias in node.names}
        for name in sorted(names & taken):
            self.changes.renamed[name] = f"{name}Net" if name in ("Generator", "Discriminator") else f"own_{name}"

    # --- parts -------------------------------------------------------------------------------------------------------

    def _recognise(self) -> None:
        """Margin, weight of the pull-away term, pull-away and energy functions, where it is plain which they are."""
        outputs = self._outputs()
        pulls: dict[str, list[ast.Call]] = {}
        energies: dict[str, list[ast.Call]] = {}
        for node in self._whole_scope():
            for call in _calls_in(node):
                function = self._own_function(call)
                if function is None or function in self.loop.helpers:
                    continue
                bound = function.args.args[:1] and function.args.args[0].arg == "self"
                required = len(function.args.args) - len(function.args.defaults) - bool(bound)
                given = [self._is_output(a, outputs) for a in call.args]
                if len(call.args) == 1 and required == 1 and given == [True]:
                    pulls.setdefault(place(call.func), []).append(call)
                elif len(call.args) == 2 and required == 2 and any(given) and _returns(function):
                    energies.setdefault(place(call.func), []).append(call)
        self.wrapped: dict[str, tuple[str, int]] = {}
        self.pull_away = self._part_function("pull_away", pulls)
        self.energy = self._part_function("energy", energies)
        self.margin = self._margin()
        self.weight = self._weight()

    def _own_function(self, call: ast.Call) -> ast.FunctionDef | None:
        """The function of the script that a call runs: one of the module, or a method of `self`."""
        own = isinstance(call.func, ast.Name) or place(call.func) == f"self.{method(call)}"
        return self.understanding.functions.get(method(call)) if own else None

    def _part_function(self, part: str, found: dict[str, list[ast.Call]]) -> str | None:
        """Give a function the part's name; a method gets a function of that name around it."""
        if len(found) != 1:
            return None
        [(name, made)] = found.items()
        function = self.understanding.functions[name.removeprefix("self.")]
        if "." in name:
            for call in made:
                self.changes.replaced[id(call.func)] = part
            self.wrapped[part] = (name, function.lineno)
        else:
            self.changes.renamed[name] = part
        self.recognised.append(Recognised(part, f"{name}()", function.lineno))
        return name

    def _whole_scope(self) -> Iterator[ast.stmt]:
        yield from statements(self.step.kept)
        for function in self.understanding.reached:
            yield from statements(function.body)

    def _outputs(self) -> set[str]:
        """Names that hold what the discriminator returned."""
        found: set[str] = set()
        for node in self._whole_scope():
            value = getattr(node, "value", None)
            if isinstance(node, ast.Assign) and isinstance(value, ast.expr) and self._is_output(value, found):
                for target in node.targets:
                    found |= {place(e) for e in (target.elts if isinstance(target, ast.Tuple) else [target])}
        return found - {"_", ""}

    def _is_output(self, node: ast.expr, known: set[str]) -> bool:
        if place(node) in known:
            return True
        if isinstance(node, ast.Subscript):
            return self._is_output(node.value, known)
        if isinstance(node, ast.Call):
            if self.understanding.origin(place(node.func)) in self.loop.discriminators:
                return True
            if isinstance(node.func, ast.Attribute) and method(node) in ("view", "flatten", "squeeze", "reshape"):
                return self._is_output(node.func.value, known)
            if isinstance(node.func, ast.Attribute):  # `netD.encode(x)`
                return self.understanding.origin(place(node.func.value)) in self.loop.discriminators
        return False

    def _margin(self) -> ast.expr | None:
        """The number that energies of fakes are subtracted from under a hinge."""
        found: dict[str, ast.expr] = {}
        for node in self._whole_scope():
            for child in own_expressions(node):
                if not (isinstance(child, ast.BinOp) and isinstance(child.op, ast.Sub)):
                    continue
                left = child.left
                if self._is_number(left) and not isinstance(child.right, ast.Constant) and self._hinged(node, child):
                    found[ast.unparse(left)] = left
                    self._marks.append(left)
        if len(found) != 1:
            return None
        [margin] = found.values()
        marked = self._marks
        if place(margin):
            marked = [
                child for node in self._whole_scope() for child in own_expressions(node)
                if isinstance(child, ast.expr) and ast.unparse(child) == ast.unparse(margin)
            ]  # fmt: skip
        for left in marked:
            self.changes.replaced[id(left)] = "config.margin"
        return margin

    def _hinged(self, node: ast.stmt, difference: ast.BinOp) -> bool:
        """Whether a difference stands in a hinge: under relu, clamp, max, or compared with 0."""
        for child in own_expressions(node):
            hinge = isinstance(child, ast.Compare) or (isinstance(child, ast.Call) and method(child) in HINGES)
            if hinge and any(inner is difference for inner in ast.walk(child)):
                return True
        name = next(iter(self._stored(node, deep=False)), None) if isinstance(node, ast.Assign) else None
        return name is not None and isinstance(node, ast.Assign) and node.value is difference and any(
            method(call) in ("relu", "clamp", "max") and name in {place(a) for a in [*call.args, _owner(call)]}
            for other in self._whole_scope() for call in _calls_in(other)
        )  # fmt: skip

    def _is_number(self, node: ast.expr) -> bool:
        """Whether an expression is a setting: a literal, an argument, or a name that the setup gives a number."""
        if isinstance(node, ast.Constant):
            return (isinstance(node.value, int | float) and node.value not in (0, 1.0)) or (
                isinstance(node.value, int | float) and node.value == 1
            )
        if isinstance(node, ast.Subscript):
            element = self.understanding.element(node)
            return isinstance(element, ast.Constant) and isinstance(element.value, int | float)
        name = place(node)
        if not name:
            return False
        root = name.split(".")[0]
        if name in self.step.globals:
            return False
        if root in self.parsed.results.values() and name.count(".") == 1:
            return name.split(".")[1] in self.parsed.values
        if name in self.understanding.assigned:
            value = self.understanding.assigned[name][0]
            return _numeric(value) or (place(value) not in ("", name) and self._is_number(value))
        field = self.field(name)
        return field is not None and _numeric(field)

    def field(self, name: str) -> ast.expr | None:
        """The default of `cfg.margin`, where `cfg` is an object of a class of the script."""
        root, _, attribute = name.partition(".")
        made = self.understanding.assigned.get(root, (None, None))[0]
        cls = self.outline.classes().get(method(made)) if isinstance(made, ast.Call) else None
        found = [value for key, value, _ in assignments(cls.body) if key == attribute] if cls is not None else []
        return found[-1] if found else None

    def _weight(self) -> ast.expr | None:
        if self.pull_away is None:
            return None
        found: dict[str, list[ast.expr]] = {}
        for node in self._whole_scope():
            for child in own_expressions(node):
                if isinstance(child, ast.BinOp) and isinstance(child.op, ast.Mult):
                    for one, other in ((child.left, child.right), (child.right, child.left)):
                        if self._is_pull(other) and self._is_number(one):
                            found.setdefault(ast.unparse(one), []).append(one)
        if len(found) != 1:
            return None
        [same] = found.values()
        for one in same:
            self.changes.replaced[id(one)] = "config.pull_away_weight"
        return same[0]

    def _is_pull(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call) and place(node.func) == self.pull_away:
            return True
        name = place(node)
        return bool(name) and any(
            isinstance(other, ast.Assign) and name in {place(t) for t in other.targets} and self._is_pull(other.value)
            for other in self._whole_scope() if not (isinstance(other, ast.Assign) and place(other.value) == name)
        )  # fmt: skip


def _wrapped(value: ast.AST, child: ast.expr) -> bool:
    """Whether an expression inside another is given to `from_numpy`."""
    return any(
        method(call) == "from_numpy" and any(inner is child for inner in ast.walk(call)) for call in calls(value)
    )


def _inner_first(node: ast.expr) -> list[ast.Call]:
    return list(reversed(list(calls(node))))


def _with_count(node: ast.expr, counted: str) -> str:
    """The text of an expression with `count` for one of its parts."""

    class Counting(ast.NodeTransformer):
        def visit(self, inner: ast.AST) -> ast.AST:
            if isinstance(inner, ast.expr) and not isinstance(inner, ast.Starred) and ast.unparse(inner) == counted:
                return ast.Name("count", ast.Load())
            found: ast.AST = super().visit(inner)
            return found

    return ast.unparse(ast.fix_missing_locations(Counting().visit(copy.deepcopy(node))))


def _filled_by(node: ast.stmt) -> tuple[str, list[ast.expr], ast.Call] | None:
    """(place, sizes, last call) of `noise.resize_(…).normal_(0, 1)` and `noise.data.normal_()`."""
    value = getattr(node, "value", None)
    if not (isinstance(node, ast.Expr) and isinstance(value, ast.Call) and method(value) in ("normal_", "uniform_")):
        return None
    sizes: list[ast.expr] = []
    inner: ast.expr = value.func
    while not place(inner):
        if isinstance(inner, ast.Call):
            if method(inner) == "resize_":
                sizes = list(inner.args)
            inner = inner.func
        elif isinstance(inner, ast.Attribute):
            inner = inner.value
        else:
            return None
    name = place(inner)
    for ending in (".normal_", ".uniform_", ".resize_", ".data"):
        name = name.removesuffix(ending)
    return name, sizes, value


def _owner(call: ast.Call) -> ast.expr:
    return call.func.value if isinstance(call.func, ast.Attribute) else call.func


def _numeric(value: ast.expr) -> bool:
    try:
        return isinstance(ast.literal_eval(value), int | float)
    except (ValueError, TypeError, SyntaxError):
        return isinstance(value, ast.BinOp | ast.Call) and not any(
            isinstance(child, ast.Call) and method(child) not in ("max", "min", "float", "int")
            for child in ast.walk(value)
        )


def _returns(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Return) and node.value is not None for node in statements(function.body))


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """A simple statement; of one with blocks, what stands before them."""
    if not isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
        yield node
        return
    for name, value in ast.iter_fields(node):
        if name not in ("body", "orelse", "finalbody", "handlers"):
            yield from (
                child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)
            )


def own_expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Expressions of a statement itself, not of statements inside it."""
    for top in own_parts(node):
        yield from ast.walk(top)


def _calls_in(node: ast.stmt) -> Iterator[ast.Call]:
    return (child for child in own_expressions(node) if isinstance(child, ast.Call))


def _updates(node: ast.AST) -> bool:
    return any(method(call) in ("backward", "step") for call in calls(node))


def _every(test: ast.expr) -> tuple[ast.expr, str] | None:
    """(n, counter) of `i % n == 0` and of its like."""
    if not (isinstance(test, ast.Compare) and isinstance(test.left, ast.BinOp) and isinstance(test.left.op, ast.Mod)):
        return None
    names = [place(child) for child in ast.walk(test.left.left) if isinstance(child, ast.Name)]
    return (test.left.right, names[0]) if len(names) == 1 else None


def _kinds(found: Outline) -> str:
    names = [*found.classes(), *found.functions()]
    return f"{', '.join(names[:6])}" if names else "no class and no function"

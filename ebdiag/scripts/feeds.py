"""Where batches and latents come into the loop, and what stands in their place in a step."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping

from .context import Context
from .look import counts, filled, is_fetch, own_expressions
from .outline import calls, method, place
from .source import Source


class Feeds(Context):
    """A script whose batches and latents are the step's.

    Attributes:
        fetched: (statement, row) at the head of a round, after which the batch is there.
        latent: (expression that draws `count` latents as the script does, its row).
        dropped: Statements (by id) that `fetched` stands for.
        labels: Names that come beside the images of a batch.
    """

    def __init__(self, source: Source, given: Mapping[str, str], classes: Mapping[str, str]) -> None:
        super().__init__(source, given, classes)
        self.dropped: set[int] = set()
        self.labels: set[str] = set()
        self.fetched = self._batches()
        self.latent = self._latents()

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
                self.labels |= {place(element) for element in target.elts[1:]}
                head.append((f"{place(target.elts[0])} = next(batches)", loop.lineno))
            elif (taken := self._only_taken(place(target), everything)) is not None:
                name, node = taken
                beside = node.targets[0] if isinstance(node, ast.Assign) else None
                self.labels |= {place(e) for e in beside.elts[1:]} if isinstance(beside, ast.Tuple) else set()
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
        device = f"next({self.places_of(net)[0]}.parameters()).device"
        real = self.loop.batch[0]
        for draw in self.loop.draws:
            drawn = next((c for c in _inner_first(draw) if self.understanding.draws(c)), None)
            if drawn is None:
                continue
            count = self._count_of(drawn)
            text = ast.unparse(self.plain(draw))
            if count is None:
                counted, text_count = f"len({real})", text
            else:
                counted = ast.unparse(count)
                text_count = _with_count(self.plain(draw), counted)
            self.changes.replaced[id(draw)] = f"sample_latent({counted}, config, rng).to({device})"
            found = found or (text_count, draw.lineno)
        for node in self.understanding.scope:
            drawn_in = filled(node)
            if drawn_in is None:
                continue
            name, sizes, last = drawn_in
            counted = ast.unparse(sizes[0]) if sizes else f"len({real})"
            rest = ", ".join(map(ast.unparse, sizes[1:]))
            start = f"torch.empty(count, {rest})" if sizes else f"{name}.clone()"
            arguments = ", ".join(map(ast.unparse, last.args))
            self.changes.statements[id(node)] = f"{name} = sample_latent({counted}, config, rng).to({device})"
            found = found or (f"{start}.{method(last)}({arguments})", node.lineno)
        return found

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

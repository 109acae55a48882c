"""The loop's body without what no weight depends on: what is kept of it is one step."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import VariantError
from .feeds import Feeds
from .look import SCHEDULERS, counts, own_expressions, works
from .outline import calls, method, place
from .reasons import short
from .source import DOCS, Source, statements

ESSENTIAL = frozenset(
    "backward step zero_grad clip_grad_norm_ clip_grad_norm clip_grad_value_ train eval detach_".split()  # noqa: SIM905
)
"""Calls that matter to training by themselves."""

IN_PLACE = frozenset(
    "copy_ clamp_ fill_ zero_ normal_ uniform_ add_ mul_ sub_ div_ requires_grad_ resize_ append".split()  # noqa: SIM905
)


@dataclass
class Step:
    """How the loop becomes one step.

    Attributes:
        kept: Statements of the body that matter, pruned.
        globals: Names at module level that the step assigns.
        repeats: Expression of how many rounds make one generator update, None for one.
        counter: The name that counts them.
    """

    kept: list[ast.stmt]
    globals: list[str] = field(default_factory=list)
    repeats: ast.expr | None = None
    counter: str | None = None


class Pruned(Feeds):
    """A script whose loop is a step.

    Attributes:
        step: What is kept.
        frozen: Names that count in the script and stay 0.
        drops_last: It passes smaller batches over.
    """

    def __init__(self, source: Source, given: Mapping[str, str], classes: Mapping[str, str]) -> None:
        super().__init__(source, given, classes)
        self.drops_last = False
        self.frozen: list[str] = []
        self.step = self._step()

    def _step(self) -> Step:
        loop = self.outline.loop
        assert loop is not None
        step = Step([])
        body = loop.body
        self._schedule(body, step)
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
            more = [n for n in self.outline.prelude if n not in head and self.assigns(n, needed)
                    and not self.is_loader(n)]  # fmt: skip
            if not more:
                break
            head += more
            for node in more:
                needed |= self.read(node)
        order = {id(node): position for position, node in enumerate(self.outline.prelude)}
        modes = [n for n in self.outline.prelude if n not in head and self._is_mode(n)]
        head = sorted([*head, *modes], key=lambda node: order[id(node)])
        for node in head:
            if not self._is_mode(node):
                self.assumed.append((node.lineno, f"`{short(node)}` is done at every step, not once an epoch"))
        step.kept = [*head, *step.kept]
        for node in [*self.outline.prelude, *self.outline.after]:
            if node not in head:
                self.leave(node)
        kept_rows = {n.lineno for n in statements(step.kept)}
        for node in statements(loop.body):
            if (
                node.lineno not in kept_rows
                and id(node) not in self.dropped
                and not isinstance(node, ast.Pass | ast.Continue | ast.Break)
            ):
                self.leave(node)
        self._refuse_labels(step)
        self._count(loop, step, needed)
        step.globals = self._state(step)
        return step

    def _refuse_labels(self, step: Step) -> None:
        """Refuse a conditional model: batches here hold images alone."""
        labels = self.labels - {"", "_"} - {name for node in step.kept for name in self.stored(node)}
        for node in statements(step.kept):
            used = sorted(labels & {place(child) for child in own_expressions(node) if isinstance(child, ast.Name)})
            if used:
                raise VariantError(
                    f"the loop uses `{used[0]}`, which comes beside the images", file=self.source.path,
                    line=self.row(node.lineno), expected="a model of images alone", got="labels",
                    hint="conditional models are not read", docs=DOCS,
                )  # fmt: skip

    def _is_mode(self, node: ast.stmt) -> bool:
        return (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and (
                method(node.value) in ("train", "eval")
                and self.understanding.origin(place(node.value.func).rpartition(".")[0]) in self.loop.nets
            )
        )

    def _schedule(self, body: list[ast.stmt], step: Step) -> None:
        """`if i % n == 0:` around updates → as many rounds a step; the guard becomes part of the round."""
        for node in body:
            if isinstance(node, ast.If) and not node.orelse and works(node):
                every = _every(node.test)
                if every is not None:
                    step.repeats, name = every
                    step.counter = name
                    self.assumed.append(
                        (node.lineno, f"`{name}` counts on from epoch to epoch; the script's starts anew")
                    )

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
            reads = self.read(node, deep=False) - stored
            first_read |= reads
            stored |= self.stored(node, deep=False)
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
                needed |= self.read(found)
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
            return node if self.assigns(node, needed) or self._works(node) else None
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


def _every(test: ast.expr) -> tuple[ast.expr, str] | None:
    """(n, counter) of `i % n == 0` and of its like."""
    if not (isinstance(test, ast.Compare) and isinstance(test.left, ast.BinOp) and isinstance(test.left.op, ast.Mod)):
        return None
    names = [place(child) for child in ast.walk(test.left.left) if isinstance(child, ast.Name)]
    return (test.left.right, names[0]) if len(names) == 1 else None

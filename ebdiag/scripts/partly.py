"""Parts of the contract inside a script: margin, weight of the pull-away term, energy and pull-away functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .look import own_calls, own_expressions
from .outline import method, place
from .pruned import Pruned
from .source import Source, statements

HINGES = frozenset(["relu", "relu_", "ReLU", "clamp", "clamp_min", "clip", "max", "maximum", "hinge", "threshold"])


@dataclass
class Recognised:
    """A part of the contract found in the script.

    Attributes:
        value: What the script says, as text.
    """

    part: str
    value: str
    line: int


class Partly(Pruned):
    """A script whose parts are known, where it is plain which they are.

    Attributes:
        recognised: Functions that are parts.
        wrapped: Part → (method, row) that gets a function of the part's name around it.
        pull_away, energy: Places of the functions.
        margin, weight: Expressions of the numbers.
    """

    def __init__(self, source: Source, given: Mapping[str, str], classes: Mapping[str, str]) -> None:
        super().__init__(source, given, classes)
        self.recognised: list[Recognised] = []
        self._marks: list[ast.expr] = []
        self._recognise()

    def _recognise(self) -> None:
        """Margin, weight of the pull-away term, pull-away and energy functions, where it is plain which they are."""
        outputs = self._outputs()
        pulls: dict[str, list[ast.Call]] = {}
        energies: dict[str, list[ast.Call]] = {}
        for node in self._whole_scope():
            for call in own_calls(node):
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
        name = next(iter(self.stored(node, deep=False)), None) if isinstance(node, ast.Assign) else None
        return name is not None and isinstance(node, ast.Assign) and node.value is difference and any(
            method(call) in ("relu", "clamp", "max") and name in {place(a) for a in [*call.args, _owner(call)]}
            for other in self._whole_scope() for call in own_calls(other)
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

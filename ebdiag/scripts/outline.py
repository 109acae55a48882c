"""What a script runs, in order, up to its training loop; `main()`, a training function and a class with `train` opened.

Nothing is run. A function that leads to the loop is read as if its body stood where it is called, its parameters
assigned first; of a class that trains itself, `__init__` and the method that trains, with one object called `self`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

from .. import syntax
from ..errors import VariantError
from .source import DOCS, Source, statements

Function = ast.FunctionDef
DEPTH = 12
"""Calls opened one inside the other; beyond that a script calls itself."""


@dataclass
class Outline:
    """A script as one straight line.

    Attributes:
        definitions: Imports, functions and classes at module level.
        setup: What else runs before the loop, in order.
        loop: The innermost loop with all updates in it; None where nothing trains.
        around: Loops around it, outermost first.
        prelude: What runs inside `around` before the loop, each time anew.
        after: What runs inside `around` after it.
        instance: The class whose object is `self` in the setup and in the loop.
    """

    source: Source
    definitions: list[ast.stmt] = field(default_factory=list)
    setup: list[ast.stmt] = field(default_factory=list)
    loop: ast.For | ast.While | None = None
    around: list[ast.For | ast.While] = field(default_factory=list)
    prelude: list[ast.stmt] = field(default_factory=list)
    after: list[ast.stmt] = field(default_factory=list)
    instance: str | None = None

    def functions(self) -> dict[str, Function]:
        """Functions at module level by name."""
        return {node.name: node for node in self.definitions if isinstance(node, Function)}

    def classes(self) -> dict[str, ast.ClassDef]:
        """Classes at module level by name."""
        return {node.name: node for node in self.definitions if isinstance(node, ast.ClassDef)}


def outline(source: Source) -> Outline:
    """Put a script in the order in which it runs.

    Raises:
        VariantError: Its training loop is written in a way that cannot be followed.
    """
    return _Reading(source).read()


def place(node: ast.AST) -> str:
    """`netG` or `self.G` of an expression that is a name or an attribute of one; empty for any other."""
    return ".".join(syntax.dotted(node))


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """All calls below a node."""
    return (child for child in ast.walk(node) if isinstance(child, ast.Call))


def method(call: ast.Call) -> str:
    """Last part of what is called: `backward` of `loss.backward()`, `train` of `train()`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


class _Reading:
    def __init__(self, source: Source) -> None:
        self.source, self.found = source, Outline(source)
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        for node in source.tree.body:
            self._note(node)
        for node in source.tree.body:  # functions defined under `if __name__ == "__main__":`
            if isinstance(node, ast.If) and syntax.is_dead(node):
                for inner in node.body:
                    self._note(inner)
        self.instances = {
            place(node.targets[0]): node.value.func.id
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name) and node.value.func.id in self.classes
        }  # fmt: skip
        self.bearing: set[str] = set()
        self.bearing = self._bearing()

    def _note(self, node: ast.stmt) -> None:
        if isinstance(node, Function):
            self.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            self.classes[node.name] = node

    def _methods(self) -> Iterator[tuple[str, str, Function]]:
        for cls in self.classes.values():
            for node in cls.body:
                if isinstance(node, Function):
                    yield cls.name, node.name, node

    def _bearing(self) -> set[str]:
        """Names of functions and methods that update a net, themselves or through what they call."""
        everything = [(name, node) for name, node in self.functions.items()]
        everything += [(name, node) for _, name, node in self._methods() if name not in ("__init__", "forward")]
        found = {name for name, node in everything if _updates(node)}
        while True:
            more = {
                name
                for name, node in everything
                if name not in found and any(self._leads(c, found) for c in calls(node))
            }
            if not more:
                return found
            found |= more

    def _bears(self, node: ast.AST) -> bool:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return False
        return _updates(node) or any(self._leads(call, self.bearing) for call in calls(node))

    def _leads(self, call: ast.Call, bearing: set[str]) -> bool:
        """Whether a call is one of a function, or of a method of an object of the script, that updates a net."""
        name = method(call)
        if name not in bearing:
            return False
        if isinstance(call.func, ast.Name):
            return name in self.functions
        assert isinstance(call.func, ast.Attribute)
        owner = call.func.value
        if place(owner) == "self":
            return any(n == name for _, n, _ in self._methods())
        cls = self.instances.get(place(owner)) if place(owner) else self._class_of(owner)
        return any(holder == cls and n == name for holder, n, _ in self._methods())

    def read(self) -> Outline:
        self._line_up(self.source.tree.body, 0)
        return self.found

    def _line_up(self, body: list[ast.stmt], depth: int) -> None:
        """Add statements to the outline, in order, until the loop is found."""
        for node in body:
            if self.found.loop is not None:
                return
            self._take(node, depth)

    def _take(self, node: ast.stmt, depth: int) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            self.found.definitions.append(node)
        elif isinstance(node, ast.If) and syntax.is_dead(node):
            if "TYPE_CHECKING" not in ast.unparse(node.test):
                self._line_up(node.body, depth)
        elif isinstance(node, ast.Try) and not self._bears(node):
            imports = [child for child in node.body if isinstance(child, ast.Import | ast.ImportFrom)]
            (self.found.definitions if imports else self.found.setup).append(node)
        elif isinstance(node, ast.Try) or (isinstance(node, ast.With) and self._bears(node)):
            self._line_up(node.body, depth)
        elif isinstance(node, ast.If) and self._bears(node):
            branch = node.body if any(self._bears(child) for child in node.body) else node.orelse
            self._line_up(branch, depth)
        elif isinstance(node, ast.For | ast.While) and self._bears(node):
            self._descend(node, depth)
        else:
            self._open(node, depth)

    def _descend(self, node: ast.For | ast.While, depth: int) -> None:
        """Take a loop, or the one inside it that has all the updates."""
        inner = self._only_inner(node.body)
        if inner is not None:
            self.found.around.append(node)
            before, loop, after = inner
            self.found.prelude += before
            self._descend_into(loop, depth)
            self.found.after += after
            return
        bearing = [child for child in node.body if self._bears(child)]
        opened = self._opened_loop(bearing)
        if opened is not None:
            self.found.around.append(node)
            position = node.body.index(bearing[0])
            self.found.prelude += node.body[:position]
            self._open(bearing[0], depth)
            self.found.after += node.body[position + 1 :]
            return
        self.found.loop = node

    def _descend_into(self, node: ast.stmt, depth: int) -> None:
        if isinstance(node, ast.For | ast.While):
            self._descend(node, depth)
        else:
            self._line_up([node], depth)

    def _only_inner(self, body: list[ast.stmt]) -> tuple[list[ast.stmt], ast.stmt, list[ast.stmt]] | None:
        """(before, loop, after) where one loop of a body has all its updates, those of `with` and `try` opened."""
        bearing = [child for child in body if self._bears(child)]
        if len(bearing) != 1:
            return None
        [only] = bearing
        position = body.index(only)
        if isinstance(only, ast.For | ast.While):
            if _repeats(only):
                return None
            return body[:position], only, body[position + 1 :]
        if isinstance(only, ast.With | ast.Try):
            found = self._only_inner(only.body)
            if found is not None:
                return [*body[:position], *found[0]], found[1], [*found[2], *body[position + 1 :]]
        return None

    def _opened_loop(self, bearing: list[ast.stmt]) -> Function | None:
        """The function that one statement calls and that has the loop over batches inside: `train_epoch(loader)`."""
        if len(bearing) != 1:
            return None
        found = self._called(bearing[0])
        if found is None:
            return None
        function = found[1]
        loops = [n for n in statements(function.body) if isinstance(n, ast.For | ast.While) and self._bears(n)]
        return function if loops and not _repeats(loops[0]) else None

    def _called(self, node: ast.stmt) -> tuple[ast.Call, Function, str | None] | None:
        """The call in a statement that leads to the loop, its function, and the class where it is a method."""
        for call in calls(node):
            name = method(call)
            if not self._leads(call, self.bearing):
                continue
            if isinstance(call.func, ast.Name) and name in self.functions:
                return call, self.functions[name], None
            if isinstance(call.func, ast.Attribute):
                owner = self._class_of(call.func.value)
                function = next((f for cls, n, f in self._methods() if n == name and owner in (None, cls)), None)
                holder = next((cls for cls, n, _ in self._methods() if n == name and owner in (None, cls)), None)
                if function is not None:
                    return call, function, holder
        return None

    def _class_of(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name) and node.id == "self":
            return self.found.instance
        if isinstance(node, ast.Name):
            return self.instances.get(node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self.classes:
            return node.func.id
        return None

    def _trains_itself(self, cls: str) -> bool:
        return any(holder == cls and name in self.bearing for holder, name, _ in self._methods())

    def _open(self, node: ast.stmt, depth: int) -> None:
        """A statement that is no loop: opened where it leads to the loop or makes the object that trains."""
        if depth > DEPTH:
            raise VariantError(
                "the training loop calls itself", file=self.source.path, line=self.source.row(node.lineno),
                expected="a loop over batches", got=f"`{ast.unparse(node)[:60]}`", docs=DOCS,
            )  # fmt: skip
        made = next(
            (c for c in calls(node) if isinstance(c.func, ast.Name) and c.func.id in self.classes
             and self._trains_itself(c.func.id)), None,
        )  # fmt: skip
        if made is not None:
            assert isinstance(made.func, ast.Name)
            cls = made.func.id
            self.found.instance = cls
            init = next((f for holder, name, f in self._methods() if holder == cls and name == "__init__"), None)
            if init is not None:
                self._bind(made, init, skip=1)
                self._line_up(init.body, depth + 1)
        called = self._called(node) if self._bears(node) else None
        if called is not None:
            call, function, holder = called
            static = any(ast.unparse(d) == "staticmethod" for d in function.decorator_list)
            self._bind(call, function, skip=1 if holder and not static else 0)
            self._line_up(function.body, depth + 1)
        elif made is None:
            self.found.setup += _unrolled(node)

    def _bind(self, call: ast.Call, function: Function, *, skip: int) -> None:
        """Assign what a call hands over to the names of the parameters."""
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)][skip:]
        defaults = function.args.defaults
        values: dict[str, ast.expr] = dict(zip(names[len(names) - len(defaults) :], defaults, strict=False))
        for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
            if default is not None:
                values[argument.arg] = default
        values |= dict(zip(names, (a for a in call.args if not isinstance(a, ast.Starred)), strict=False))
        values |= {k.arg: k.value for k in call.keywords if k.arg is not None}
        for name, value in values.items():
            if isinstance(value, ast.Name) and value.id == name:
                continue
            assign = ast.Assign([ast.Name(name, ast.Store())], copy.deepcopy(value))
            ast.copy_location(assign, value)
            self.found.setup.append(ast.fix_missing_locations(assign))


def _unrolled(node: ast.stmt) -> list[ast.stmt]:
    """`for net in (G, D): …` as the statements that it means, each with the name that it is about."""
    if not (
        isinstance(node, ast.For) and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Tuple | ast.List)
    ):
        return [node]
    if not all(place(element) for element in node.iter.elts):
        return [node]

    class Naming(ast.NodeTransformer):
        def __init__(self, name: str, value: ast.expr) -> None:
            self.name, self.value = name, value

        def visit_Name(self, inner: ast.Name) -> ast.AST:
            return copy.deepcopy(self.value) if inner.id == self.name else inner

    return [
        Naming(node.target.id, element).visit(copy.deepcopy(child)) for element in node.iter.elts for child in node.body
    ]


def _updates(node: ast.AST) -> bool:
    """Whether a piece of code computes gradients itself."""
    return any(
        (isinstance(call.func, ast.Attribute) and call.func.attr == "backward")
        or syntax.dotted(call.func)[-2:] == ("autograd", "backward")
        for call in calls(node)
    )


def _repeats(loop: ast.For | ast.While) -> bool:
    """Whether a loop is one of a few updates inside a step: `for _ in range(n_critic)`."""
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call) or method(loop.iter) != "range":
        return False
    steps = sum(method(call) == "step" for call in calls(loop))
    return steps <= 1

"""What a script would be given on its command line: the defaults of `add_argument`, read and never asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .outline import calls, method, place
from .source import statements

NAMESPACE = "types.SimpleNamespace"

_PARSERS = ("ArgumentParser",)
_FALSE, _TRUE = ("store_true", "store_false")


@dataclass
class Parsed:
    """What a parser of arguments comes to.

    Attributes:
        values: Name → expression of its default.
        lines: Name → row of its `add_argument`.
        parsers: Places of the parsers; everything said to them is left out.
        results: Statement (by id) that parses → the place that gets the namespace.
    """

    values: dict[str, ast.expr] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    parsers: set[str] = field(default_factory=set)
    results: dict[int, str] = field(default_factory=dict)

    def namespace(self, given: Mapping[str, str]) -> str:
        """The namespace as an expression; `given` stands before defaults."""
        values = {name: ast.unparse(value) for name, value in self.values.items()} | {
            name: text for name, text in given.items() if name in self.values
        }
        return f"{NAMESPACE}({', '.join(f'{name}={value}' for name, value in values.items())})"


def parsed(tree: ast.Module) -> Parsed:
    """All arguments that a script declares, wherever it does."""
    found = Parsed()
    every = list(statements(tree.body))
    for node in every:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            named = place(node.targets[0])
            if method(node.value) in _PARSERS or (
                method(node.value) == "add_argument_group" and place(node.value.func).split(".")[0] in found.parsers
            ):
                found.parsers.add(named)
    for node in every:
        for call in _own_calls(node):
            owner = place(call.func).rpartition(".")[0]
            if method(call) == "add_argument" and (owner in found.parsers or not owner):
                _argument(found, call)
            elif method(call) == "set_defaults" and owner in found.parsers:
                found.values |= {k.arg: k.value for k in call.keywords if k.arg}
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call | ast.Tuple | ast.Subscript):
            value = node.value
            parses = next((c for c in calls(value) if method(c) in ("parse_args", "parse_known_args")), None)
            if parses is not None:
                target: ast.expr = node.targets[0]
                first = target.elts[0] if isinstance(target, ast.Tuple) else target
                found.results[id(node)] = place(first)
    return found


def _own_calls(node: ast.stmt) -> Iterable[ast.Call]:
    """Calls of a statement itself, outermost of a chain first."""
    return calls(node) if isinstance(node, ast.Expr | ast.Assign | ast.Return) else ()


def _argument(found: Parsed, call: ast.Call) -> None:
    flags = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    options = {k.arg: k.value for k in call.keywords if k.arg}
    dest = options.get("dest")
    name = dest.value if isinstance(dest, ast.Constant) else next((f for f in flags if f.startswith("--")), None)
    name = str(name or next(iter(flags), "")).lstrip("-").replace("-", "_")
    if not name.isidentifier():
        return
    action = options.get("action")
    action_name = action.value if isinstance(action, ast.Constant) else None
    default = options.get("default")
    if default is None and action_name in (_FALSE, _TRUE):
        default = ast.Constant(action_name == _TRUE)
    if default is None:
        default = ast.Constant(None)
    kind = options.get("type")
    if isinstance(default, ast.Constant) and isinstance(default.value, str) and isinstance(kind, ast.Name):
        default = ast.Call(kind, [default], [])
    found.values[name] = default
    found.lines[name] = call.lineno

"""Classes and functions of a running notebook → the text of a contract variant that holds them.

What they are made of is written down with them: functions and classes of the notebook by their source, settings by
their value, what comes from packages as an import. Never imports torch by itself: whoever has nets has it already.
"""

from __future__ import annotations

import ast
import dataclasses
import linecache
import sys
import textwrap
import types
from collections.abc import Mapping
from typing import Any

from . import kinds, syntax
from .errors import EbdiagError
from .records import digest
from .store import Store

_GIVEN = (name for kind in kinds.KINDS for name in kind.functions if name not in ("state_dict", "load_state_dict"))
FUNCTIONS = tuple(dict.fromkeys(_GIVEN))
"""Parts that can be given as functions, beside the two classes, `Objective` and `Config`."""

PLAIN = (bool, int, float, complex, str, bytes, type(None))
DOCS = "docs/colab.md"


def written(parts: Mapping[str, Any], config: Any = None) -> str:
    """A contract variant out of live objects.

    Args:
        parts: Name of the contract → class or function; `Generator` and `Discriminator` must be there.
        config: An instance of the notebook's own Config, a mapping, or None for the defaults.

    Raises:
        EbdiagError: The source of something is not known, or a value cannot be written down.
    """
    return _Writing().text(parts, config)


def kept(text: str, store: Store) -> str:
    """The path of a file with that text, under a name that depends on nothing else."""
    file = store.root / "live" / digest(text) / "notebook.py"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return str(file)


class _Writing:
    def __init__(self) -> None:
        self.imports: dict[str, str] = {}
        self.pieces: dict[str, str] = {}
        self.waiting: set[str] = set()

    def text(self, parts: Mapping[str, Any], config: Any) -> str:
        aliases = []
        for name, value in parts.items():
            own = self.take(getattr(value, "__name__", name), value, {})
            if own != name:
                aliases.append(f"{name} = {own}")
        if config is not None:
            aliases.append(self.config(config))
        blocks = ["\n".join(self.imports.values()), *self.pieces.values(), *aliases]
        return "\n\n\n".join(block.rstrip("\n") for block in blocks if block) + "\n"

    def take(self, name: str, value: Any, seen: Mapping[str, Any]) -> str:
        """Write down what a name stands for and all that it needs; returns the name that it has in the text."""
        if name in self.pieces or name in self.imports or name in self.waiting:
            return name
        if isinstance(value, types.ModuleType):
            self.imports[name] = f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else "")
        elif isinstance(value, type | types.FunctionType) and not _own(value):
            origin = getattr(value, "__name__", name)
            alias = f" as {name}" if origin != name else ""
            self.imports[name] = f"from {value.__module__} import {origin}{alias}"
        elif isinstance(value, type | types.FunctionType):
            return self.source(name, value)
        elif (public := _public(value)) is not None:
            self.imports[name] = f"from {public[0]} import {public[1]} as {name}"
        else:
            self.pieces[name] = f"{name} = {_literal(name, value)}"
        return name

    def source(self, name: str, value: Any) -> str:
        node, text = _definition(value)
        self.waiting.add(node.name)
        spaces = _globals(value)
        for needed in sorted(syntax.Fragment(node).names):
            if needed != node.name and needed in spaces:
                self.take(needed, spaces[needed], spaces)
        self.pieces[node.name] = text
        return node.name

    def config(self, config: Any) -> str:
        """A class Config with the values that the instance has."""
        if isinstance(config, Mapping):
            values = dict(config)
        elif dataclasses.is_dataclass(config) and not isinstance(config, type):
            values = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
        else:
            names = [name for name in dir(config) if not name.startswith("_")]
            values = {name: getattr(config, name) for name in names if not callable(getattr(config, name))}
        rows = [f"    {name} = {_literal(f'config.{name}', value)}" for name, value in values.items()]
        return "\n".join(["class Config:", *(rows or ["    pass"])])


def _own(value: Any) -> bool:
    """Whether a class or function was defined in the notebook itself, not in a package or in builtins."""
    return value.__module__ == "__main__" or value.__module__ not in sys.modules


def _public(value: Any) -> tuple[str, str] | None:
    """(module, name) of a builtin of a package, such as `torch.relu`."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(value, types.BuiltinFunctionType) or name is None:
        return None
    for place in (module, "torch", "torch.nn.functional", "numpy", "math"):
        if place and getattr(sys.modules.get(place), name, None) is value:
            return place, name
    return None


def _globals(value: Any) -> Mapping[str, Any]:
    """The names that the code of a class or function sees."""
    function = _function(value)
    return {} if function is None else function.__globals__


def _function(value: Any) -> types.FunctionType | None:
    """A function of a class that was written in its body, or the function itself."""
    if isinstance(value, types.FunctionType):
        return value
    for member in vars(value).values():
        inner = getattr(member, "__func__", getattr(member, "fget", member))
        if not isinstance(inner, types.FunctionType) or inner.__code__.co_filename == "<string>":
            continue
        if inner.__qualname__.startswith(f"{value.__qualname__}."):
            return inner
    return None


def _definition(value: Any) -> tuple[ast.FunctionDef | ast.ClassDef, str]:
    """The statement that defined a class or function, and its text, from what the notebook keeps of its cells."""
    function = _function(value)
    what = f"the source of {value.__name__} is not known"
    if function is None:
        raise EbdiagError(what, expected="a class with a method of its own", got=f"class {value.__name__}", docs=DOCS)
    file, row = function.__code__.co_filename, function.__code__.co_firstlineno
    source = "".join(linecache.getlines(file))
    try:
        nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    except SyntaxError:
        nodes = []
    for node in nodes:
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        if node.name == value.__name__ and first <= row <= (node.end_lineno or row):
            rows = source.split("\n")[first - 1 : node.end_lineno]
            return node, textwrap.dedent("\n".join(rows))
    raise EbdiagError(
        what, expected="a class or function of a cell that was run", got=f"code of {file}",
        hint="run the cell that defines it again, or give its file", docs=DOCS,
    )  # fmt: skip


def _literal(name: str, value: Any) -> str:
    """A value as Python writes it.

    Raises:
        EbdiagError: It is no number, text, or collection of them.
    """
    if isinstance(value, tuple | list | set | frozenset | dict):
        inner = [*value, *value.values()] if isinstance(value, dict) else list(value)
        for item in inner:
            _literal(name, item)
        return repr(value)
    if isinstance(value, PLAIN):
        return repr(value)
    if hasattr(value, "item") and getattr(value, "size", None) in (1, ()):  # a number of numpy
        return repr(value.item())
    if type(value).__module__.startswith("torch") and type(value).__name__ in ("device", "dtype"):
        text = f"device({str(value)!r})" if type(value).__name__ == "device" else str(value).removeprefix("torch.")
        return f"__import__('torch').{text}"
    raise EbdiagError(
        f"{name} cannot be written down", expected="a number, a text, or a collection of them",
        got=f"a {type(value).__name__}", hint="make it inside the class or function that uses it", docs=DOCS,
    )  # fmt: skip

"""Settings and class names given for one look at a model, in place of what its file says; the file stays as it is."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import contract
from .borrow import Side
from .edits import Edit, Text, applied
from .errors import EbdiagError, did_you_mean
from .modules import MAIN, Project

ROLES = {"generator": "Generator", "discriminator": "Discriminator"}

EXPECTED = {bool: "True or False", int: "a whole number", float: "a number", str: "a text"}


@dataclass(frozen=True)
class Overrides:
    """What is asked for, as typed.

    Attributes:
        settings: `NAME=VALUE`, each for one field of Config.
        classes: Role → name of the class that takes it.
    """

    settings: Sequence[str] = ()
    classes: Mapping[str, str] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, str]:
        """Settings by name, each as a Python expression.

        Raises:
            EbdiagError: Not `NAME=VALUE`.
        """
        found = {}
        for text in self.settings:
            name, sign, value = text.partition("=")
            name, value = name.strip(), value.strip()
            if not (sign and name.isidentifier() and value):
                raise EbdiagError("--set takes NAME=VALUE", expected="margin=20", got=f"'{text}'")
            found[name] = value if _is_literal(value) else repr(value)
        return found

    def __bool__(self) -> bool:
        return bool(self.settings or self.classes)

    def files(self, project: Project) -> dict[str, str]:
        """The texts of a model with all that is asked for in them, on the lines that they have.

        Raises:
            EbdiagError: An unknown field or class, or a value of another type.
        """
        texts = {module.file: module.source for module in project.modules.values() if module.file}
        main = project.modules[MAIN]
        assert main.file is not None
        added = [f"{ROLES[role]} = {_class(project, role, name)}" for role, name in self.classes.items()]
        side = Side(project)
        values = dict(_setting(side, text) for text in self.settings)
        edits: dict[str, list[Edit]] = {}
        missing: dict[str, str] = {}
        for name, value in values.items():
            found = side.value(name)
            if found is None:
                missing[name] = value
                continue
            source = side.text(found[0])
            start, end = source.span(found[1])
            rows = source.text[start:end].count("\n")  # lines below keep their numbers
            edits.setdefault(found[0], []).append(Edit(start, end, value + "\n" * rows))
        if missing:
            module, edit = _fields(side, missing)
            if edit is None:
                added.append("\n    ".join(["class Config:", *(f"{name} = {v}" for name, v in missing.items())]))
            else:
                edits.setdefault(module, []).append(edit)
        for module, changes in edits.items():
            file = project.modules[module].file
            assert file is not None
            texts[file] = applied(side.text(module), changes)
        if added:
            texts[main.file] = "\n".join([texts[main.file].rstrip("\n"), *added]) + "\n"
        return texts


def _is_literal(text: str) -> bool:
    """Whether a text is a Python value: a number, a tuple, True, a text in quotes."""
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True


def _class(project: Project, role: str, name: str) -> str:
    """The name, where the file binds it to a class or to something that may be one."""
    bound = project.modules[MAIN].bindings
    trail = project.trail(MAIN, name) if name.isidentifier() else []
    if trail and not isinstance(project.last(trail[-1]).inner, ast.FunctionDef | ast.AsyncFunctionDef):
        return name
    classes = [n for n in bound if n != "*" and isinstance(project.last((MAIN, n)).inner, ast.ClassDef)]
    got = "a function" if trail else f"no class '{name}'"
    raise EbdiagError(
        f"--{role} must name a class of the file. {did_you_mean(name, classes)}",
        file=project.modules[MAIN].shown, expected="a class", got=got,
    )  # fmt: skip


def _setting(side: Side, text: str) -> tuple[str, str]:
    """A field of Config and the source of its value."""
    name, equals, value = (piece.strip() for piece in text.partition("="))
    if not equals or not name or not value:
        raise EbdiagError("--set takes NAME=VALUE", expected="margin=20", got=f"'{text}'")
    own = [member for member, found in side.members.items() if contract.is_field(found)]
    known = list(dict.fromkeys([*side.kind.defaults, *own, *_constructed(side)]))
    if name not in known:
        raise EbdiagError(f"--set: unknown field '{name}' of Config. {did_you_mean(name, known)}")
    return name, _value(name, value, _example(side, name))


def _constructed(side: Side) -> list[str]:
    """Fields that a constructor of Config assigns."""
    init = side.members.get("__init__")
    nodes = ast.walk(init.statement) if init is not None else ()
    return [
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    ]


def _example(side: Side, name: str) -> Any:
    """A value of the type that a field takes; None where the file does not show it."""
    if name in side.kind.defaults:
        return side.kind.defaults[name]
    found = side.value(name)
    try:
        return None if found is None else ast.literal_eval(found[1])
    except ValueError:
        return None


def _value(name: str, text: str, example: Any) -> str:
    """Source of a value as typed, where it is of the same type as the example."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    if isinstance(example, str):
        return repr(value if isinstance(value, str) else text)
    if isinstance(example, tuple):
        fits = isinstance(value, tuple | list) and len(value) == len(example)
        if fits and all(_fits(one, other) for one, other in zip(value, example, strict=True)):
            return repr(tuple(value))
    elif example is None or _fits(value, example):
        return repr(value)
    if isinstance(example, tuple):
        kinds = "whole numbers" if all(isinstance(one, int) for one in example) else "numbers"
        expected = f"{len(example)} {kinds}, such as {','.join(map(str, example))}"
    else:
        expected = EXPECTED.get(type(example), f"a {type(example).__name__}")
    raise EbdiagError(f"--set: Config.{name} has another type", expected=expected, got=f"'{text}'")


def _fits(value: object, example: object) -> bool:
    if isinstance(example, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(example, bool)
    if isinstance(example, float):
        return isinstance(value, int | float)
    return isinstance(value, type(example))


def _fields(side: Side, missing: Mapping[str, str]) -> tuple[str, Edit | None]:
    """The module of Config, and fields added on the line of one that it has; no edit where it is to be written anew."""
    trail = side.trail("Config")
    node = side.project.last(trail[-1]).inner if trail else None
    if not isinstance(node, ast.ClassDef):
        return MAIN, None
    module = trail[-1][0]
    source: Text = side.text(module)
    places = [child for child in node.body if isinstance(child, ast.AnnAssign | ast.Assign)]
    texts = [f"{name}: {type(side.kind.defaults[name]).__name__} = {value}" for name, value in missing.items()]
    if places:
        end = source.span(places[-1])[1]
        return module, Edit(end, end, "".join(f"; {text}" for text in texts))
    first = ast.parse(source.text)
    raw = next(child for child in ast.walk(first) if isinstance(child, ast.ClassDef) and child.lineno == node.lineno)
    start = source.span(raw.body[0])[0]
    if isinstance(raw.body[0], ast.FunctionDef | ast.ClassDef):
        raise EbdiagError(
            f"--set: Config has no field beside which {', '.join(missing)} could stand",
            file=source.shown, line=node.lineno, hint="write it into the file",
        )  # fmt: skip
    return module, Edit(start, start, "".join(f"{text}; " for text in texts))

"""What a definition reaches: its own text and that of everything it uses, in an order that layout cannot change."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from . import syntax
from .modules import MAIN, Node, Project

CONFIG = "<Config>"
"""In place of a module in the `Node` of one field or method of Config."""


@dataclass(frozen=True)
class Member:
    """One field or method of a class: the module that it stands in and its statement."""

    module: str
    statement: ast.stmt

    @cached_property
    def whole(self) -> syntax.Fragment:
        """What decides its value: the default of a field, else the statement."""
        return syntax.Fragment(self.value or self.statement)

    @property
    def value(self) -> ast.expr | None:
        """The default of a field; None for a method, or where there is none."""
        return self.statement.value if isinstance(self.statement, ast.Assign | ast.AnnAssign) else None


@dataclass(frozen=True)
class _Entry:
    name: str
    module: str
    line: int
    text: str


def closure(
    project: Project,
    roots: Iterable[Node],
    *,
    stops: frozenset[Node],
    members: Mapping[str, Member],
    readable: frozenset[str],
) -> str:
    """Source of `roots` and of all module-level code that they reach, across the variant's files.

    Args:
        stops: Names that are not followed, being parts of their own.
        members: Fields and methods of Config.
        readable: Those of them that belong to whatever reads them (`config.hidden`).

    Returns:
        One statement after another, sorted by name. Where a name is bound twice, in the order of the files.
    """
    waiting, seen, entries = list(roots), set[Node](), dict[tuple[str, int, str], _Entry]()
    starts = frozenset(waiting)
    while waiting:
        node = waiting.pop()
        if node in seen or (node in stops and node not in starts):
            continue
        seen.add(node)
        for module, fragment, text in _statements(project, node, members):
            line = 0 if fragment is None else getattr(fragment.tree, "lineno", 0)
            label = node[1] if node[0] != CONFIG else f"Config.{node[1]}"
            if text:
                entries.setdefault((module, line, text), _Entry(label, module, line, text))
            if fragment is None:
                continue
            waiting.extend(_used(project, module, fragment, members, in_config=node[0] == CONFIG))
            read = fragment.attributes | (fragment.own_attributes if node[0] == CONFIG else frozenset())
            waiting.extend((CONFIG, name) for name in read & readable)
        waiting.extend(_imported_names(project, node))
    return _joined(list(entries.values()))


def _statements(
    project: Project, node: Node, members: Mapping[str, Member]
) -> Iterator[tuple[str, syntax.Fragment | None, str]]:
    """(module, tree to search further or None, text) of everything that binds a name."""
    module, name = node
    if module == CONFIG:
        member = members[name]
        text = member.whole.text if member.value is None else f"Config.{name} = {member.whole.text}"
        yield member.module, member.whole, text
        return
    for binding in project.modules[module].bindings[name]:
        if binding.alias is None or binding.whole.tree is not binding.inner:
            yield module, binding.whole, binding.whole.text
        elif name != "*":
            yield module, None, _import_text(project, module, name, binding)
        elif project.base(module, binding.inner) is None:
            yield module, None, binding.whole.text


def _import_text(project: Project, module: str, name: str, binding: syntax.Binding) -> str:
    """One imported name, written one way: `import torch.nn as nn` and `from torch import nn` are the same."""
    assert binding.alias is not None
    if project.module_behind(module, binding) is not None:
        return ""
    if isinstance(binding.inner, ast.ImportFrom):
        if project.base(module, binding.inner) is not None:
            return "" if binding.alias.name == name else f"{name} = {binding.alias.name}"
        package, imported = binding.inner.module or "", binding.alias.name
    else:
        if not binding.alias.asname:
            return f"import {name}"
        package, _, imported = binding.alias.name.rpartition(".")
    renamed = "" if imported == name else f" as {name}"
    return f"from {package} import {imported}{renamed}" if package else f"import {imported}{renamed}"


def _imported_names(project: Project, node: Node) -> Iterator[Node]:
    """The names in local modules that an import binds to this one."""
    if node[0] == CONFIG:
        return
    for binding in project.modules[node[0]].bindings[node[1]]:
        base = project.base(node[0], binding.inner) if binding.alias is not None else None
        found = project.find(base, binding.alias.name) if base is not None and binding.alias is not None else None
        if found:
            yield found


def _used(
    project: Project, module: str, fragment: syntax.Fragment, members: Mapping[str, Member], *, in_config: bool
) -> Iterator[Node]:
    """Module-level names that a statement takes from outside itself."""
    for name in fragment.names:
        if in_config and name in members:
            yield CONFIG, name
            continue
        found = project.find(module, name)
        if found is None:
            if not hasattr(builtins, name) and "*" in project.modules[module].bindings:
                yield module, "*"
            continue
        yield found
        for binding in project.modules[found[0]].bindings[found[1]]:
            behind = project.module_behind(found[0], binding)
            if behind is not None:
                for path in syntax.chains(fragment.tree, name):
                    yield from project.walk(behind, path)


def _joined(entries: list[_Entry]) -> str:
    bound = Counter((entry.module, entry.name) for entry in entries)
    homes = Counter(name for _, name in bound)
    if max(bound.values(), default=0) > 1:
        entries.sort(key=lambda entry: (entry.module, entry.line, entry.text))
    else:
        entries.sort(key=lambda entry: (entry.name, entry.module, entry.text))
    lines = []
    for entry in entries:
        if homes[entry.name] > 1 and entry.module != MAIN:
            lines.append(f"# {entry.module}")
        lines.append(entry.text)
    return "\n".join(lines)

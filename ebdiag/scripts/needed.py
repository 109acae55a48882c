"""Which rows, definitions and settings of a script its training needs, and how they are written down."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from functools import cached_property

from .. import syntax
from ..edits import Edit, Text, applied
from .answers import Rows
from .changes import emitted
from .lift import Lifted
from .look import own_parts
from .outline import calls, method, place
from .source import statements


class Needed:
    """What a variant keeps of a script.

    Args:
        lifted: The script.

    Attributes:
        flat: Roles whose nets stand behind a wrapper.
    """

    def __init__(self, lifted: Lifted) -> None:
        self.lifted = lifted
        self.outline, self.loop, self.changes = lifted.outline, lifted.loop, lifted.changes
        self.top = {id(node) for node in lifted.source.tree.body}
        self.flat: tuple[str, ...] = ()

    def _made(self, node: ast.stmt, device: str | None = None) -> ast.stmt:
        made = self.changes.made(node, device=device)
        assert isinstance(made, ast.stmt)
        return made

    def _expression(self, node: ast.expr, device: str | None = None) -> str:
        return ast.unparse(self.changes.made(node, device=device))

    def _closure(self, appended: str, extra: Iterable[str]) -> set[str]:
        """Names at module level, and attributes of `self`, that the appended code reaches."""
        needed = set(syntax.Fragment(ast.parse(appended)).names)
        for expression in extra:
            needed |= {place(n) for n in ast.walk(ast.parse(expression)) if isinstance(n, ast.Name | ast.Attribute)}
        needed |= self_places(ast.parse(appended))
        while True:
            before = len(needed)
            for node in self.outline.definitions:
                if self._is_needed(node, needed) and isinstance(node, ast.FunctionDef | ast.ClassDef):
                    made = self._made(node)
                    needed |= syntax.Fragment(made).names | self_places(made)
                    needed.add(self.changes.renamed.get(node.name, node.name))
            for node in self.outline.setup:
                if self._is_setup(node) and self._binds(node) & needed:
                    made = self._setup_statement(node)
                    needed |= syntax.Fragment(made).names | self_places(made)
            if len(needed) == before:
                return needed

    def _is_needed(self, node: ast.stmt, needed: set[str]) -> bool:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return self.changes.renamed.get(node.name, node.name) in needed or node.name == self.outline.instance
        if isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.names[0].name == "*"):
            return node.module != "__future__" or id(node) in self.top
        if isinstance(node, ast.Import | ast.ImportFrom):
            return any(self._alias(a) in needed for a in node.names)
        return any(self._is_needed(child, needed) for child in statements(getattr(node, "body", [])))

    def _alias(self, alias: ast.alias) -> str:
        """The name that an import binds, under its new name."""
        name = alias.asname or alias.name.split(".")[0]
        return self.changes.renamed.get(name, name)

    def _binds(self, node: ast.stmt) -> set[str]:
        """Names and attributes of `self` that a statement of the setup gives a value, under their new names."""
        found: set[str] = set()
        for child in ast.walk(node):
            if isinstance(child, ast.Name | ast.Attribute | ast.Subscript) and isinstance(child.ctx, ast.Store):
                name = place(child.value if isinstance(child, ast.Subscript) else child)
                if name:
                    found.add(name if name.startswith("self.") else name.split(".")[0])
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            owner = place(node.value.func).rpartition(".")[0]
            if owner.split(".")[0] in self.lifted.roots:
                found.add(owner if owner.startswith("self.") else owner.split(".")[0])
        return {self.changes.renamed.get(name, name) for name in found}

    @cached_property
    def _made_elsewhere(self) -> set[int]:
        """Statements of the setup that the factories stand for: of nets, optimisers and loaders."""
        understanding = self.lifted.understanding
        found = {id(node) for net in self.loop.nets.values() for node in net.after}
        for name in [*self.loop.nets, *(o.place for o in self.loop.optimisers)]:
            origin = understanding.origin(name)
            if origin in understanding.assigned:
                found.add(id(understanding.assigned[origin][1]))
        return found | {id(node) for node in self.outline.setup if self.lifted.is_loader(node)}

    @cached_property
    def _excluded(self) -> set[int]:
        """The same, and what else in the setup is about a net."""
        found = set(self._made_elsewhere)
        for node in self.outline.setup:
            names = [place(n) for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)]
            if {self.lifted.understanding.origin(name) for name in names} & set(self.loop.nets):
                found.add(id(node))
        return found

    def _is_setup(self, node: ast.stmt) -> bool:
        return id(node) not in self._excluded

    def _setup_statement(self, node: ast.stmt) -> ast.stmt:
        """A statement of the setup as it stands in the variant."""
        parsed, given = self.lifted.parsed, self.lifted.given
        result = parsed.results.get(id(node))
        value = getattr(node, "value", None)
        if result is None and isinstance(node, ast.Assign) and isinstance(value, ast.Call):
            function = self.outline.functions().get(method(value))
            if function is not None and any(method(c) in ("parse_args", "parse_known_args") for c in calls(function)):
                result = place(node.targets[0])
        if result:
            made = ast.parse(f"{result} = {parsed.namespace(given)}").body[0]
            return ast.copy_location(made, node)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = place(target).removeprefix("self.")
            if name in given and isinstance(target, ast.Name | ast.Attribute):
                made = ast.parse(f"{ast.unparse(target)} = {given[name]}").body[0]
                return ast.copy_location(made, node)
        return self._made(node)

    def _setup(self, needed: set[str]) -> Rows:
        """Statements of the setup that are needed, assignments as they are, others inside a function."""
        rows = Rows()
        if self.outline.instance is not None and any(name == "self" or name.startswith("self.") for name in needed):
            cls = self.changes.renamed.get(self.outline.instance, self.outline.instance)
            rows.add(f"self = {cls}.__new__({cls})", self.outline.classes()[self.outline.instance].lineno)
        kept = [n for n in self.outline.setup if self._is_setup(n) and self._binds(n) & needed]
        for number, node in enumerate(kept):
            made = self._setup_statement(node)
            if isinstance(made, ast.Assign | ast.AnnAssign | ast.AugAssign):
                rows.rows += [(row, node.lineno) for row in ast.unparse(made).split("\n")]
                continue
            names = sorted(name.split(".")[0] for name in self._binds(node) & needed)
            names = [n for n in dict.fromkeys(names) if n != "self"]
            result = ", ".join(names) or "None"
            rows.add(f"def _done_{number}({', '.join(f'{n}=None' for n in names)}):", node.lineno)
            rows.rows += list(emitted(made, 1))
            rows.add(f"    return {result}", node.lineno)
            earlier = [n for n in names if any(n in self._binds(k) for k in kept[:number])]
            given = ", ".join(f"{n}={n}" for n in earlier)
            rows.add(f"{result if names else f'_was_done_{number}'} = _done_{number}({given})", node.lineno)
        return rows

    def _left(self, needed: set[str]) -> tuple[ast.stmt, ...]:
        """Statements of the setup that nothing stands for."""
        return tuple(
            node
            for node in self.outline.setup
            if id(node) not in self._made_elsewhere and not (self._is_setup(node) and self._binds(node) & needed)
        )

    def _kept_rows(self, needed: set[str]) -> list[str]:
        """The file's rows: needed definitions with what changes in them, everything else blank."""
        source = self.lifted.source
        text = Text(source.text if source.text.endswith("\n") else source.text + "\n", source.path)
        edits: list[Edit] = []
        blank: set[int] = set(range(1, source.text.count("\n") + 2))
        for node in source.tree.body:
            if not any(node is d for d in self.outline.definitions) or not self._is_needed(node, needed):
                continue
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            blank -= set(range(first, (node.end_lineno or node.lineno) + 1))
            edits += self._edits(text, node, needed)
        rows = applied(text, edits).split("\n")
        for number in blank:
            comment = rows[number - 1].strip()
            rows[number - 1] = ""
            if comment.startswith("#") and number + 1 not in blank and number + 1 <= len(rows):
                rows[number - 1] = comment
        while rows and not rows[-1].strip():
            rows.pop()
        return rows

    def _edits(self, text: Text, node: ast.stmt, needed: set[str]) -> Iterator[Edit]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            fewer = copy.copy(self._made(node))
            assert isinstance(fewer, ast.Import | ast.ImportFrom)
            if getattr(node, "module", "") != "__future__":
                fewer.names = [a for a in fewer.names if a.name == "*" or (a.asname or a.name.split(".")[0]) in needed]
            if ast.unparse(fewer) != ast.unparse(node):
                yield _padded(text, node, ast.unparse(fewer))
            return
        made = self._made(node)
        for one, other in zip([node, *_every(node)], [made, *_every(made)], strict=True):
            yield from _statement_edits(text, one, other)


def _every(node: ast.stmt) -> list[ast.stmt]:
    return [child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node]


def _statement_edits(text: Text, node: ast.stmt, made: ast.stmt) -> Iterator[Edit]:
    """What turns one statement into another of the same shape, statements inside it left to themselves."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        assert isinstance(made, ast.FunctionDef | ast.ClassDef)
        if node.name != made.name:
            start = text.at(node.lineno, node.col_offset)
            at = text.text.index(node.name, start + (6 if isinstance(node, ast.ClassDef) else 4))
            yield Edit(at, at + len(node.name), made.name)
        pairs = list(zip(_head(node), _head(made), strict=True))
    elif isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
        parts = zip(own_parts(node), own_parts(made), strict=True)
        pairs = [(a, b) for a, b in parts if isinstance(a, ast.expr) and isinstance(b, ast.expr)]
    else:
        if ast.unparse(node) != ast.unparse(made):
            yield _padded(text, node, ast.unparse(made))
        return
    for one, other in pairs:
        if ast.unparse(one) != ast.unparse(other):
            yield _padded(text, one, ast.unparse(other))


def _head(node: ast.FunctionDef | ast.ClassDef) -> list[ast.expr]:
    if isinstance(node, ast.ClassDef):
        return [*node.bases, *node.decorator_list]
    return [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None), *node.decorator_list]


def _padded(text: Text, node: ast.AST, new: str) -> Edit:
    """An edit that leaves every other row its number."""
    start, end = text.span(node)
    rows = text.text[start:end].count("\n")
    joined = new if "\n" not in new else _indented(new, text, start)
    missing = rows - joined.count("\n")
    return Edit(start, end, joined + "\n" * max(0, missing))


def _indented(new: str, text: Text, start: int) -> str:
    column = start - (text.text.rfind("\n", 0, start) + 1)
    return ("\n" + " " * column).join(new.split("\n"))


def self_places(node: ast.AST) -> set[str]:
    """`self.x` for all attributes of `self` that are read below."""
    return {f"self.{path[0]}" for path in syntax.chains(node, "self") if path}

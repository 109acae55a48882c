"""The text of mine with some of its parts, or layers of its nets, as ref has them. Runs nothing of either."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from . import kinds, modules, syntax
from .borrow import Borrower, Side, imported
from .edits import Edit, MendError, applied
from .mend_layers import layer_edits
from .mend_optimizers import optimizer_edits
from .modules import MAIN, Node
from .records import Variant
from .result import Difference
from .safe import printable

ANNOTATIONS = {
    "image_shape": "tuple[int, int, int]",
    "pixel_range": "tuple[float, float]",
    "betas": "tuple[float, float]",
}


def mend(ref: Variant, mine: Variant, parts: Sequence[str], layers: Sequence[Difference] = ()) -> str:
    """Mine's file with `parts`, and `layers` inside its nets, replaced by ref's; every other line as it was.

    Args:
        parts: Names of their kind's parts. Of two optimisers that one function makes, one alone may be impossible.
        layers: Differences inside a net, as `differences` lists them; those of a net in `parts` are passed over.

    Returns:
        Source that stands beside mine's file: it imports the same modules.

    Raises:
        MendError: It cannot be written into this one file, or the text does not say where; the message says why.
    """
    known = kinds.of(ref.kind).parts
    unknown = [part for part in parts if part not in known]
    if unknown:
        raise MendError(f"unknown part '{unknown[0]}'", hint=f"known: {', '.join(known)}")
    return Mending(ref, mine, parts, layers).text()


def diff(mine: Variant, fixed: str) -> str:
    """What `mend` changed, as `diff -u` shows it; empty where nothing."""
    name = PurePath(mine.path)
    before, after = (text.splitlines(keepends=True) for text in (mine.files[mine.main], fixed))
    old, new = (printable(str(path)) for path in (name, name.with_name(f"{name.stem}_fixed.py")))
    rows = difflib.unified_diff(before, after, old, new)
    return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)


class Mending:
    """One file being mended: which of its statements go, and what is written in their place."""

    def __init__(self, ref: Variant, mine: Variant, parts: Sequence[str], layers: Sequence[Difference]) -> None:
        self.ref, self.mine = Side(modules.of(ref)), Side(modules.of(mine))
        self.variants, self.kind = (ref, mine), kinds.of(ref.kind)
        self.edits: list[Edit] = []
        self.parts = [
            part
            for part in parts
            if ref.parts[part].code != mine.parts[part].code
            or any(self.ref.value_code(field) != self.mine.value_code(field) for field in self.kind.fields(part))
        ]
        self.layers = [layer for layer in layers if layer.part.split(".")[0] not in parts]
        self.source = self.mine.main
        whole = [part for part in self.parts if not part.startswith("optimizer.")]  # one function makes two of these
        self.names = [name for part in whole for name in self.kind.definitions(part) if self._differs(name)]
        self.gone: set[int] = set()
        self.optimisers = [part for part in self.parts if part.startswith("optimizer.")]
        for name in [*self.names, *(["optimizers"] if self.optimisers else [])]:
            for binding in self._bindings(name):
                self.gone.add(id(binding.whole))
        moved = [name for name in (*self.names, *(["optimizers"] if self.optimisers else [])) if self.ref.trail(name)]
        self.borrower = Borrower(self.ref, self.mine, moved=moved, kept=lambda: self.kept)
        self.place = len(self.source.text)

    @property
    def kept(self) -> list[syntax.Fragment]:
        """Statements of mine that stay, in all its modules."""
        return [
            fragment
            for module in self.mine.project.modules.values()
            for fragment in module.statements
            if id(fragment) not in self.gone
        ]

    def text(self) -> str:
        """The mended file.

        Raises:
            MendError: As `mend` says.
        """
        for name in self.names:
            self.replace_function(name)
        fields: dict[str, str | None] = {}
        for part in (part for part in self.parts if part not in self.optimisers):
            for field in self.kind.fields(part):
                fields[field] = self.field_text(field)
        if self.optimisers:
            fields |= optimizer_edits(self)
        if self.layers:
            self.edits += layer_edits(self)
        self._fields(fields)
        self._brought()
        fixed = applied(self.source, self.edits)
        try:
            syntax.parse(fixed, self.source.shown)
        except Exception as error:
            raise MendError(f"the mended text would not be Python: {error}", file=self.source.shown) from error
        ended = self.mine.project.modules[MAIN].source.endswith("\n")
        return fixed if ended else fixed.removesuffix("\n")

    def reaches(self, place: int) -> None:
        """What is borrowed is used from this place on."""
        self.place = min(self.place, place)

    def value_or_default(self, field: str) -> str:
        """Ref's value of a field of the contract, wherever it comes from."""
        return _default(self.kind.defaults[field]) if self.ref.value(field) is None else self.value_text(field)

    # ---- definitions -----------------------------------------------------------------------------

    def _differs(self, name: str) -> bool:
        ours, theirs = self.ref.trail(name), self.mine.trail(name)
        if not ours or not theirs:
            return bool(ours or theirs)
        nets = name not in self.kind.classes
        return self.ref.code(ours[0], nets=nets) != self.mine.code(theirs[0], nets=nets)

    def _bindings(self, name: str) -> list[syntax.Binding]:
        return self.mine.project.modules[MAIN].bindings.get(name, [])

    def replace_function(self, name: str) -> None:
        """Replace, remove or insert what defines a part."""
        mine, ref = self.mine.trail(name), self.ref.trail(name)
        if mine:
            self._check_users(name, mine, removed=not ref)
        new = self.borrower.definition(name) if ref else None
        if not mine or mine[0][0] != MAIN:
            assert new is not None or mine
            if new is None:
                raise MendError(f"{name} comes in with a star import, and cannot be taken out", file=self.source.shown)
            self.insert(name, new)
            return
        statement = self._only(name)
        binding = self._bindings(name)[0]
        if binding.alias is not None:
            self._forget_import(statement, binding.alias)
            if new is not None:
                self.insert(name, new)
            return
        self._replace(statement, new)
        last = mine[-1]
        if len(mine) > 1 and last[0] == MAIN:
            self._forget(last)

    def _only(self, name: str) -> ast.stmt:
        """The one statement that binds a name of the contract.

        Raises:
            MendError: There are several, or it stands inside another.
        """
        found = self._bindings(name)
        binding = found[0]
        if len(found) > 1:
            raise MendError(
                f"{name} is bound more than once", file=self.source.shown, line=found[1].inner.lineno,
                hint="leave one definition",
            )  # fmt: skip
        if binding.whole.tree is not binding.inner:
            raise MendError(f"{name} is bound inside a `try`", file=self.source.shown, line=binding.inner.lineno)
        if isinstance(binding.inner, ast.Assign) and not (
            len(binding.inner.targets) == 1 and isinstance(binding.inner.targets[0], ast.Name)
        ):
            raise MendError(f"{name} is assigned together with others", file=self.source.shown,
                            line=binding.inner.lineno)  # fmt: skip
        return binding.inner

    def _replace(self, statement: ast.stmt, new: str | None) -> None:
        if new is None:
            self.edits.append(self.source.removal(statement))
            return
        start, end = self.source.block(statement)
        self._needs(start, statement.lineno)
        self.edits.append(Edit(start, end, new))

    def _needs(self, start: int, line: int) -> None:
        """Helpers go before here; what is used of mine must stand above it."""
        self.place = min(self.place, start)
        if self.borrower.latest > line:
            raise MendError(
                "ref's definition needs something that mine defines further down",
                file=self.source.shown, line=self.borrower.latest, hint="move it up",
            )  # fmt: skip

    def insert(self, name: str, new: str) -> None:
        """Put a definition that mine lacks after those that usually come before it."""
        before = self.kind.order[: self.kind.order.index(name)]
        places = [
            self.source.block(binding.whole.tree)[1]
            for other in before
            for node in self.mine.trail(other)
            if node[0] == MAIN
            for binding in self.mine.project.modules[MAIN].bindings[node[1]]
            if isinstance(binding.whole.tree, ast.FunctionDef | ast.ClassDef | ast.Assign)
        ]  # fmt: skip
        start = max(places, default=self.after_imports())
        self._needs(start, self.source.text[:start].count("\n"))
        rest = self.source.text[start:]
        self.edits.append(Edit(start, start, f"\n\n{new}" if not rest.strip() or places else f"\n\n{new.rstrip()}\n"))

    def after_imports(self) -> int:
        """The end of the imports at the head of the file, or of its docstring."""
        tree = ast.parse(self.source.text)
        end = 0
        for place, statement in enumerate(tree.body):
            docstring = place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not docstring and not isinstance(statement, ast.Import | ast.ImportFrom):
                break
            end = self.source.block(statement)[1]
        return end

    def _forget_import(self, statement: ast.stmt, alias: ast.alias) -> None:
        """Take one name out of an import."""
        assert isinstance(statement, ast.Import | ast.ImportFrom)
        others = [other for other in statement.names if (other.name, other.asname) != (alias.name, alias.asname)]
        earlier = [
            edit for edit in self.edits if edit.start == self.source.span(statement)[0] and edit.end > edit.start
        ]
        if earlier:  # another name of the same import went before
            [edit] = earlier
            self.edits.remove(edit)
            kept = ast.parse(edit.text).body[0]
            assert isinstance(kept, ast.Import | ast.ImportFrom)
            others = [other for other in kept.names if (other.name, other.asname) != (alias.name, alias.asname)]
        if not others:
            self.edits.append(self._without_line(statement))
            return
        start, end = self.source.span(statement)
        names = ", ".join(ast.unparse(other) for other in others)
        head = f"from {'.' * statement.level}{statement.module or ''} import" if isinstance(
            statement, ast.ImportFrom) else "import"  # fmt: skip
        self.edits.append(Edit(start, end, f"{head} {names}"))

    def _without_line(self, statement: ast.stmt) -> Edit:
        start, end = self.source.block(statement)
        return Edit(start, end, "")

    def _forget(self, node: Node) -> None:
        """Take out what only a replaced definition used."""
        name = node[1]
        binding = self.mine.project.last(node)
        self.gone.add(id(binding.whole))
        if any(name in fragment.names for fragment in self.kept) or len(self._bindings(name)) > 1:
            self.gone.discard(id(binding.whole))
            return
        if isinstance(binding.whole.tree, ast.FunctionDef | ast.ClassDef):
            self.edits.append(self.source.removal(binding.whole.tree))

    def _check_users(self, name: str, trail: list[Node], *, removed: bool) -> None:
        """Refuse where something that stays would change with the part, or lose it."""
        inside = {node for node in trail if node[0] != MAIN}
        for module, own in self.mine.project.modules.items():
            if module == MAIN:
                continue
            for fragment in own.statements:
                used = {self.mine.project.find(module, other) for other in fragment.names}
                if used & inside:
                    raise MendError(
                        f"{name} is used in {own.shown} too, and only {self.source.shown} is rewritten",
                        file=own.shown, line=getattr(fragment.tree, "lineno", None),
                    )  # fmt: skip
        if name in self.kind.bound:
            return
        for fragment in self.mine.project.modules[MAIN].statements:
            if id(fragment) in self.gone or name not in fragment.names:
                continue
            tree = fragment.tree
            if isinstance(tree, ast.ClassDef) or removed or name not in self.kind.classes:
                raise MendError(
                    f"{name} is used by `{getattr(tree, 'name', ast.unparse(tree))}` too, which is to stay",
                    file=self.source.shown, line=getattr(tree, "lineno", None),
                )  # fmt: skip

    # ---- fields of Config ------------------------------------------------------------------------

    def field_text(self, field: str) -> str | None:
        """Ref's value of a field of the contract as mine's file can say it; None where the two are alike."""
        ours, theirs = self.ref.value(field), self.mine.value(field)
        if ours is None:
            default = _default(self.kind.defaults[field])
            return None if theirs is None or ast.unparse(theirs[1]) == default else default
        alike = theirs is not None and self.ref.value_code(field) == self.mine.value_code(field)
        return None if alike else self.value_text(field)

    def value_text(self, field: str) -> str:
        """Ref's value of a field, its names as mine's file has them."""
        found = self.ref.value(field)
        assert found is not None
        module, value = found
        names = syntax.Fragment(value).names & set(self.ref.members)
        if names:
            raise MendError(
                f"Config.{field} is computed from {', '.join(sorted(names))}",
                file=self.ref.text(module).shown, line=value.lineno, hint="write the number",
            )  # fmt: skip
        return self.borrower.expression(value, module)

    def _fields(self, wanted: dict[str, str | None]) -> None:
        """Set fields of mine's Config, the contract's and those that borrowed code reads."""
        every = {field: value for field, value in wanted.items() if value is not None}
        added: list[tuple[str, str]] = []
        for field, value in every.items():
            self._field(field, value, added)
        done: set[str] = set()
        while set(self.borrower.fields) - done:
            field = next(name for name in self.borrower.fields if name not in done)
            done.add(field)
            member = self.ref.members[field]
            if member.value is None:
                source = self.ref.text(member.module)
                start, end = source.block(member.statement)
                added.append((field, source.text[start:end].rstrip("\n")))
            else:
                self._field(field, self.value_text(field), added)
        if added:
            self._add_fields([text for _, text in sorted(added, key=lambda row: _rank(row[0], self.kind.defaults))])

    def _field(self, field: str, value: str, added: list[tuple[str, str]]) -> None:
        found = self.mine.value(field)
        if found is not None and found[0] != MAIN:
            raise MendError(
                f"Config.{field} stands in another file, and only {self.source.shown} is rewritten",
                file=self.mine.text(found[0]).shown, line=found[1].lineno, hint=f"write {value} there",
            )  # fmt: skip
        if found is None:
            added.append((field, f"    {field}: {self._annotation(field)} = {value}"))
            return
        start, end = self.source.span(found[1])
        self.edits.append(Edit(start, end, value))
        self.place = min(self.place, self._config_start())

    def _annotation(self, field: str) -> str:
        member = self.ref.members.get(field)
        if field in ANNOTATIONS:
            return ANNOTATIONS[field]
        if field in self.kind.defaults:
            return type(self.kind.defaults[field]).__name__
        assert member is not None
        if isinstance(member.statement, ast.AnnAssign):
            return self.borrower.expression(member.statement.annotation, member.module)
        value = member.value
        return type(value.value).__name__ if isinstance(value, ast.Constant) else "object"

    def _config(self) -> ast.ClassDef | None:
        trail = self.mine.trail("Config")
        if not trail:
            return None
        node = self.mine.project.last(trail[-1]).inner
        if trail[-1][0] != MAIN or not isinstance(node, ast.ClassDef):
            raise MendError(
                f"Config is defined in another file, and only {self.source.shown} is rewritten",
                file=self.mine.text(trail[-1][0]).shown, line=node.lineno,
            )  # fmt: skip
        return node

    def _config_start(self) -> int:
        node = self._config()
        return len(self.source.text) if node is None else self.source.block(node)[0]

    def _add_fields(self, rows: list[str]) -> None:
        """Add fields to mine's Config, after those that it has, or a Config with them."""
        node = self._config()
        if node is None:
            start = self.after_imports()
            self.place = min(self.place, start)
            name = self._dataclass()
            self.edits.append(Edit(start, start, f"\n\n@{name}(frozen=True)\nclass Config:\n" + "\n".join(rows) + "\n"))
            return
        indent = " " * node.body[0].col_offset
        rows = [indent + row.lstrip() if "\n" not in row else row for row in rows]
        fields = [child for child in node.body if isinstance(child, ast.AnnAssign | ast.Assign)]
        if self.source.span(node.body[0])[0] < self.source.at(node.lineno + 1) and node.body[0].lineno == node.lineno:
            raise MendError("Config is written on one line", file=self.source.shown, line=node.lineno)
        if fields:
            start = self.source.block(fields[-1])[1]
        else:
            raw = next(c for c in ast.parse(self.source.text).body if getattr(c, "lineno", 0) == node.lineno)
            assert isinstance(raw, ast.ClassDef)
            start = self.source.block(raw.body[0])[0]
            if isinstance(raw.body[0], ast.Expr):
                start = self.source.block(raw.body[0])[1]
        self.edits.append(Edit(start, start, "".join(f"{row}\n" for row in rows)))
        self.place = min(self.place, self._config_start())

    def _dataclass(self) -> str:
        for name, bindings in self.mine.project.modules[MAIN].bindings.items():
            for binding in bindings:
                found = imported(binding)
                if found is not None and (found.package, found.name) == ("dataclasses", "dataclass"):
                    return name
        self.borrower.imports["from dataclasses import dataclass"] = None
        return "dataclass"

    # ---- what comes along ------------------------------------------------------------------------

    def _brought(self) -> None:
        """Imports after mine's, helpers before the first place that needs them."""
        head = self.after_imports()
        if self.borrower.imports:
            lines = "".join(f"{line}\n" for line in self.borrower.imports)
            empty = not any(isinstance(s, ast.Import | ast.ImportFrom) for s in ast.parse(self.source.text).body)
            self.edits.insert(0, Edit(head, head, f"\n{lines}" if empty and head else lines))
        if not self.borrower.helpers:
            return
        helpers = "".join(f"{text.rstrip()}\n\n\n" for text in self.borrower.helpers.values())
        place = max(self.place if self.place < len(self.source.text) else self._first_definition(), head)
        row = place == head or not self.source.text[:place].endswith("\n\n")
        helpers = f"\n\n{helpers.rstrip()}\n" if row else helpers
        self.edits.insert(1 if self.borrower.imports else 0, Edit(place, place, helpers))

    def _first_definition(self) -> int:
        tree: Iterator[ast.stmt] = iter(self.mine.project.modules[MAIN].tree.body)
        return next(
            (self.source.block(node)[0] for node in tree if isinstance(node, ast.FunctionDef | ast.ClassDef)),
            len(self.source.text),
        )


def _rank(field: str, defaults: Mapping[str, Any]) -> int:
    order = list(defaults)
    return order.index(field) if field in order else len(order)


def _default(value: Any) -> str:
    """A default of the contract as a file would state it."""
    return {1e-3: "1e-3"}.get(value, repr(value)) if isinstance(value, float) else repr(value).replace("'", '"')

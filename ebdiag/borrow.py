"""A definition of one variant written into the file of another, with the helpers and imports that it reaches."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from . import contract, kinds, syntax
from .edits import Edit, MendError, Text, applied
from .errors import VariantError
from .modules import MAIN, Node, Project, joined
from .reach import CONFIG, closure

NAMES = (*(name for kind in kinds.KINDS for name in (*kind.functions, *kind.classes)), "Config")
"""What the contract gives a meaning to at module level."""

FUTURE = "__future__"


class Side:
    """One of the two variants: its modules, their texts, its Config."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.members = contract.config_members(project)
        own = {name for name in self.members if name not in self.kind.defaults and name[:2] != "__"}
        self.readable = frozenset(own)
        self.main = self.text(MAIN)

    @cached_property
    def kind(self) -> kinds.Kind:
        """What it is; classes of other names, which a person has to name, are those of a GAN."""
        try:
            return contract.kind_of(self.project)
        except VariantError:
            return kinds.of("gan")

    def text(self, module: str) -> Text:
        """The source of a module, its last line ended."""
        found = self.project.modules[module]
        return Text(found.source if found.source.endswith("\n") else found.source + "\n", found.shown)

    def trail(self, name: str) -> list[Node]:
        """What a name of the contract means in the variant's own file."""
        return self.project.trail(MAIN, name)

    def value(self, field: str) -> tuple[str, ast.expr] | None:
        """Module and expression of what Config, or its constructor, gives a field; None where neither does."""
        for name in ("__post_init__", "__init__"):
            member = self.members.get(name)
            for node in ast.walk(member.statement) if member is not None else ():
                if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == [f"self.{field}"]:
                    return ("" if member is None else member.module), node.value
        member = self.members.get(field)
        return None if member is None or member.value is None else (member.module, member.value)

    def value_code(self, field: str) -> str:
        """All that a field's value says, in one fixed layout; empty where the file gives it none."""
        found = self.value(field)
        if found is None:
            return ""
        with suppress(ValueError):
            literal = ast.literal_eval(found[1])
            return repr(float(literal) if isinstance(literal, int | float) else literal)
        member = self.members.get(field)
        return ast.unparse(found[1]) if member is None or member.value is not found[1] else self.code((CONFIG, field))

    def code(self, node: Node, *, nets: bool = True) -> str:
        """Everything that a name means, in one fixed layout; parts of their own are not followed."""
        stops = ("Config", *self.kind.bound, *(self.kind.classes if nets else ()))
        ends = frozenset(found for stop in stops for found in self.trail(stop))
        return closure(self.project, [node], stops=ends, members=self.members, readable=self.readable)

    def definition(self, node: Node) -> Node:
        """Past imports from the variant's own modules."""
        seen = {node}
        while True:
            binding = self.project.last(node)
            base = self.project.base(node[0], binding.inner) if binding.alias is not None else None
            found = self.project.find(base, binding.alias.name) if base is not None and binding.alias else None
            if found is None or found in seen:
                return node
            node = found
            seen.add(node)

    def has_future(self) -> bool:
        """Whether the annotations of its own file are never evaluated."""
        return any(
            isinstance(statement, ast.ImportFrom)
            and statement.module == FUTURE
            and any(alias.name == "annotations" for alias in statement.names)
            for statement in self.project.modules[MAIN].tree.body
        )


@dataclass(frozen=True)
class Imported:
    """What an import of a package that is no part of the variant binds: `package` is empty for `import name`."""

    package: str
    name: str

    def line(self, bound: str) -> str:
        """The import that binds it to a name."""
        if not self.package:
            return f"import {self.name}" if bound == self.name else f"import {self.name} as {bound}"
        return f"from {self.package} import {self.name}" + ("" if bound == self.name else f" as {bound}")


def imported(binding: syntax.Binding) -> Imported | None:
    """What an import binds; None for another statement. `import a.b` binds `a`, but makes `a.b` available."""
    if binding.alias is None:
        return None
    if isinstance(binding.inner, ast.ImportFrom):
        return Imported(binding.inner.module or "", binding.alias.name)
    if not binding.alias.asname:
        return Imported("", binding.alias.name)
    package, _, name = binding.alias.name.rpartition(".")
    return Imported(package, name)


class Borrower:
    """Gives text of ref a meaning in mine's file, and keeps what has to be added there for that.

    Args:
        moved: Names of the contract that ref's definition stands for in the mended file.
        kept: Statements at module level of mine, in all its modules, that stay as they are.

    Attributes:
        imports: Lines to add, in order.
        helpers: (module and line in ref, text) of module-level statements to add, by what they define.
        fields: Fields of Config that what was borrowed reads and mine lacks, or has with another value.
        latest: The last line of mine that defines what borrowed text needs as soon as it is defined itself.
    """

    def __init__(
        self, ref: Side, mine: Side, *, moved: Collection[str], kept: Callable[[], Iterable[syntax.Fragment]]
    ) -> None:
        self.ref, self.mine, self.kept = ref, mine, kept
        self.imports: dict[str, None] = {}
        self.helpers: dict[Node, str] = {}
        self.fields: dict[str, None] = {}
        self.latest = 0
        self._moved = frozenset(moved)
        self._names: dict[Node, str] = {}
        self._imported: dict[Imported, str] = {}
        self._own: dict[Node, str] = {}
        stays = ["Config", *ref.kind.bound, *ref.kind.classes, *moved]
        for name in stays:
            self._own.update(dict.fromkeys(ref.trail(name), name))
        self._taken = {
            *mine.project.modules[MAIN].bindings, *NAMES, *(name for fragment in kept() for name in fragment.names)
        }  # fmt: skip

    def definition(self, name: str) -> str:
        """Ref's definition of a name of the contract, as it is to stand in mine's file; ends with a line end."""
        node = self.ref.trail(name)[-1]
        binding = self.ref.project.last(node)
        outside = imported(binding)
        if outside is not None:
            return outside.line(name) + "\n"
        return "".join(self._statements(node))

    def expression(self, node: ast.expr, module: str, local: Mapping[str, str] | None = None) -> str:
        """An expression of ref, its names as mine's file has them.

        Args:
            local: Parameters of ref's function around it, with their names in mine's.
        """
        fragment = syntax.Fragment(node)
        edits = list(self._edits(fragment, module, local or {}))
        self._read_fields(fragment, module)
        source = self.ref.text(module)
        start, end = source.span(node)
        return _cut(source, start, end, edits)

    def _statements(self, node: Node) -> Iterator[str]:
        module, name = node
        source = self.ref.text(module)
        for binding in self.ref.project.modules[module].bindings[name]:
            for other in self._bound_beside(module, binding, name):
                raise self._refused(module, binding.inner, f"`{other}` is assigned in the same statement as `{name}`")
            if binding.alias is not None:
                continue
            fragment = binding.whole
            assert isinstance(fragment.tree, ast.stmt)
            self._read_fields(fragment, module)
            start, end = source.block(fragment.tree)
            text = _cut(source, start, end, list(self._edits(fragment, module, {})))
            yield text if text.endswith("\n") else text + "\n"

    def _bound_beside(self, module: str, binding: syntax.Binding, name: str) -> list[str]:
        return [
            other
            for other, found in self.ref.project.modules[module].bindings.items()
            if other != name and any(one.whole is binding.whole and not one.changes for one in found)
            and binding.alias is None and not isinstance(binding.whole.tree, ast.Try)
        ]  # fmt: skip

    def name_for(self, module: str, name: str) -> str | None:
        """The name in mine's file for what `name` means in a module of ref; None where nothing there binds it."""
        found = self.ref.project.find(module, name)
        if found is None:
            if "*" in self.ref.project.modules[module].bindings and not hasattr(builtins, name):
                raise self._refused(module, None, f"`{name}` comes out of a star import")
            if name in self.mine.project.modules[MAIN].bindings and name not in NAMES:
                if hasattr(builtins, name):
                    raise self._refused(module, None, f"`{name}` is Python's own there, and another one in mine")
                return None
            return name if hasattr(builtins, name) or name in NAMES else None
        for node in self.ref.project.trail(module, name):
            if node in self._own:
                own = self._own[node]
                if own not in self._moved and own not in self.ref.kind.bound and not self.mine.trail(own):
                    return None
                if own in self.ref.kind.classes and own not in self._moved and self._moved & {*self.ref.kind.classes}:
                    raise self._refused(module, None, f"ref's definition is built with `{own}`, which stays mine's")
                return own
        node = self.ref.definition(found)
        if node not in self._names:
            self._bring(node)
        return self._names[node]

    def _bring(self, node: Node) -> None:
        """Find or make a name in mine's file for a helper or import of ref."""
        binding = self.ref.project.last(node)
        outside = imported(binding)
        if outside is not None:
            self._names[node] = self._import(outside, node[1])
            return
        same = self.mine.project.find(MAIN, node[1])
        if same is not None and self.mine.code(same) == self.ref.code(node):
            self._names[node] = node[1]
            return
        self._names[node] = self._free(node[1])
        self.helpers[node] = ""  # keeps what it reaches behind it in the order of first use
        text = "".join(self._statements(node))
        del self.helpers[node]
        self.helpers[node] = text

    def module(self, outside: Imported, name: str) -> str:
        """The name of a module of torch in mine's file, imported where it lacks it."""
        for bound, bindings in self.mine.project.modules[MAIN].bindings.items():
            if Imported("", outside.package) in map(imported, bindings):
                return f"{bound}.{outside.name}"
        return self._import(outside, name)

    def _import(self, outside: Imported, name: str) -> str:
        bindings = self.mine.project.modules[MAIN].bindings
        if outside in self._imported:
            return self._imported[outside]
        options = [name, *sorted(bindings)]
        for option in options:
            found = [imported(binding) for binding in bindings.get(option, [])]
            if outside in found and (outside.package or "." not in outside.name):
                return option
        if outside.package == "" and "." in outside.name:  # import torch.nn.functional: binds `torch`
            self.imports[f"import {outside.name}"] = None
            if name in bindings and Imported("", name) not in [imported(b) for b in bindings[name]]:
                raise MendError(
                    f"ref needs `import {outside.name}`, and `{name}` is something else in mine",
                    file=self.mine.main.shown,
                )
            return name
        bound = self._imported[outside] = self._free(name)
        self.imports[outside.line(bound)] = None
        return bound

    def _free(self, name: str) -> str:
        """The name itself, or one after it that neither file knows."""
        options = (name, *(f"ref_{name.lstrip('_')}{number}" for number in ("", *range(2, 100))))
        known = self._taken | {other for module in self.ref.project.modules.values() for other in module.bindings}
        chosen = next(o for o in options if o not in self._taken and (o == name or o not in known))
        self._taken.add(chosen)
        return chosen

    def _read_fields(self, fragment: syntax.Fragment, module: str) -> None:
        """Remember what of ref's own Config a piece reads."""
        for name in sorted(fragment.attributes & self.ref.readable):
            if name in self.fields:
                continue
            if name in self.mine.members and self.mine.code((CONFIG, name)) == self.ref.code((CONFIG, name)):
                continue
            if name in self.mine.members:
                reader = next((f for f in self.kept() if name in f.attributes), None)
                if reader is not None:
                    raise self._refused(
                        module, None,
                        f"it reads Config.{name}, whose value in mine is another, and the rest of mine reads it too",
                    )  # fmt: skip
            self.fields[name] = None

    def _edits(self, fragment: syntax.Fragment, module: str, local: Mapping[str, str]) -> Iterator[Edit]:
        """What has to be renamed in a piece of ref's text."""
        source = self.ref.text(module)
        for inner in ast.walk(fragment.tree):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                names = [a.name for a in inner.names] if isinstance(inner, ast.Import) else []
                if self.ref.project.base(module, inner) or any(self.ref.project.local(n.split(".")[0]) for n in names):
                    raise self._refused(module, inner, "it imports a module of its own inside a function")
        uses = _Uses(fragment.tree, fragment.names)
        quoted: list[tuple[int, int]] = []
        for name, node, annotation, at_once in uses.found:
            if name in local:
                yield Edit(*source.span(node), local[name])
                continue
            new = self._meaning(module, name, node, uses)
            if new is None:
                if annotation is not None and self._evaluated():
                    quoted.append(source.span(annotation))
                elif annotation is None and self.ref.project.find(module, name) is not None:
                    raise self._refused(module, node, f"it uses `{name}`, and mine has no such thing")
                continue
            start, end, text = new
            if at_once and text in self.mine.project.modules[MAIN].bindings and text not in self._moved:
                self.latest = max(self.latest, self.mine.project.last((MAIN, text)).inner.lineno)
            if text != source.text[start:end]:
                yield Edit(start, end, text)
        for start, end in dict.fromkeys(quoted):
            inside = source.text[start:end]
            mark = "'" if '"' in inside else '"'
            yield Edit(start, start, mark)
            yield Edit(end, end, mark)
        tree = fragment.tree
        if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            new_name = self.name_for(module, tree.name)
            if new_name is not None and new_name != tree.name:
                at = source.span(tree)[0]
                word = source.text.index(tree.name, source.text.index(" ", at))
                yield Edit(word, word + len(tree.name), new_name)

    def _evaluated(self) -> bool:
        return not self.mine.has_future()

    def _meaning(self, module: str, name: str, node: ast.expr, uses: _Uses) -> tuple[int, int, str] | None:
        """Where the use of a name, or of a local module's member, stands and what to write there."""
        source = self.ref.text(module)
        found = self.ref.project.find(module, name)
        behind = None if found is None else self.ref.project.module_behind(found[0], self.ref.project.last(found))
        if behind is None:
            new = self.name_for(module, name)
            return None if new is None else (*source.span(node), new)
        outer: ast.expr = node
        while True:
            parent = uses.parents.get(id(outer))
            if not isinstance(parent, ast.Attribute):
                raise self._refused(module, node, f"it passes the module `{name}` around")
            outer = parent
            member = self.ref.project.find(behind, parent.attr)
            if member is None:
                inner = self.ref.project.local(joined(behind, parent.attr))
                if inner is None:
                    raise self._refused(module, node, f"`{ast.unparse(parent)}` is not to be found")
                behind = inner
                continue
            behind_member = self.ref.project.module_behind(member[0], self.ref.project.last(member))
            if behind_member is None:
                new = self.name_for(member[0], member[1])
                return None if new is None else (*source.span(outer), new)
            behind = behind_member

    def _refused(self, module: str, node: ast.AST | None, why: str) -> MendError:
        return MendError(
            f"cannot be taken over: {why}",
            file=self.ref.project.modules[module].shown,
            line=getattr(node, "lineno", None),
        )


def _cut(source: Text, start: int, end: int, edits: Iterable[Edit]) -> str:
    """A piece of a text with edits applied to it."""
    inside = [Edit(e.start - start, e.end - start, e.text) for e in edits if start <= e.start and e.end <= end]
    return applied(Text(source.text[start:end], source.shown), inside)


class _Uses:
    """Where names that a piece takes from its module stand, and the annotation around each that is evaluated.

    Args:
        names: The names in question; where a function or class binds one itself, its uses there are left out.
    """

    def __init__(self, tree: ast.AST, names: frozenset[str]) -> None:
        self.names = names
        self.found: list[tuple[str, ast.expr, ast.expr | None, bool]] = []
        self.parents: dict[int, ast.AST] = {
            id(child): parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)
        }
        self._annotations = {
            id(annotation): annotation for node in ast.walk(tree) for annotation in _annotations(node, self.parents)
        }
        self._assigned = frozenset(_stored(tree) if isinstance(tree, ast.Assign | ast.AnnAssign) else ())
        self.names |= self._assigned
        self._walk(tree, frozenset(), None, deep=False)

    def _walk(self, node: ast.AST, hidden: frozenset[str], annotation: ast.expr | None, *, deep: bool) -> None:
        annotation = self._annotations.get(id(node), annotation)
        if isinstance(node, ast.Name) and node.id in self.names and node.id not in hidden and (
            isinstance(node.ctx, ast.Load) or node.id in self._assigned):  # fmt: skip
            self.found.append((node.id, node, annotation, not deep))
        inner = hidden
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inner = hidden | local_names(node)
            body = node.body if isinstance(node.body, list) else [node.body]
            within = {id(child) for child in body} | {id(node.args)}
            for child in ast.iter_child_nodes(node):
                if child is node.args:
                    for part in ast.iter_child_nodes(child):  # defaults and annotations belong to what is around
                        self._walk(part, hidden, annotation, deep=deep)
                else:
                    inside = id(child) in within
                    self._walk(child, inner if inside else hidden, annotation, deep=deep or inside)
            return
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            inner = hidden | {name for generator in node.generators for name in _stored(generator.target)}
        for child in ast.iter_child_nodes(node):
            self._walk(child, inner, annotation, deep=deep)


def _annotations(node: ast.AST, parents: dict[int, ast.AST]) -> Iterator[ast.expr]:
    """Annotations that Python evaluates: of parameters, results, and fields of a class."""
    if isinstance(node, ast.arg) and node.annotation is not None:
        yield node.annotation
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
        yield node.returns
    if isinstance(node, ast.AnnAssign):
        yield node.annotation


def _stored(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store | ast.Del):
            yield child.id


def local_names(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> frozenset[str]:
    """Names that a function binds itself."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    names = {argument.arg for argument in every if argument is not None}
    waiting: list[ast.AST] = list(function.body) if isinstance(function.body, list) else []
    outer: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        if isinstance(node, ast.Global):
            outer |= set(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        waiting.extend(ast.iter_child_nodes(node))
    return frozenset(names - outer)

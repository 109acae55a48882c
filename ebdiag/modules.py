"""A variant's file and the local modules that it imports: who defines a name, across files, without running any."""

from __future__ import annotations

import ast
import importlib.util
import os.path
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import ModuleSpec
from pathlib import Path, PurePath

from . import syntax
from .errors import VariantError, did_you_mean
from .records import Variant, digest

MAIN = ""
"""Name of the variant's own file among the modules of its project."""

ROOT = "."
"""Name of the folder that it lies in, as `from . import layers` means it."""

DOCS = "docs/variants.md"

Node = tuple[str, str]
"""(module, name): one name at module level."""


@dataclass(frozen=True)
class Module:
    """One file, or a folder of modules without a file of its own.

    Attributes:
        name: Dotted, as imported: `layers`, `blocks.conv`, `MAIN`.
        file: Key in `Variant.files`; None for a folder.
        shown: How a person knows it.
        package: Where its relative imports start.
    """

    name: str
    file: str | None
    shown: str
    source: str
    tree: ast.Module
    package: str

    @cached_property
    def statements(self) -> tuple[syntax.Fragment, ...]:
        """What runs at module level when it is imported."""
        return syntax.fragments(self.tree)

    @cached_property
    def bindings(self) -> dict[str, list[syntax.Binding]]:
        """Module-level name → what binds it."""
        return syntax.bindings(self.statements)


@dataclass(frozen=True)
class Project:
    """All modules of a variant, by name.

    Args:
        stem: The name under which a local module would import the variant's own file.
    """

    modules: dict[str, Module]
    stem: str

    def find(self, module: str, name: str, _seen: frozenset[str] = frozenset()) -> Node | None:
        """The module that binds `name` as `module` sees it, star imports of local modules included."""
        if name in self.modules[module].bindings:
            return module, name
        for binding in self.modules[module].bindings.get("*", []):
            base = self.base(module, binding.inner)
            if base is not None and base not in _seen and not name.startswith("_"):
                found = self.find(base, name, _seen | {module})
                if found:
                    return found
        return None

    def base(self, module: str, statement: ast.stmt) -> str | None:
        """The local module that a `from … import …` reads; None for one from elsewhere."""
        if not isinstance(statement, ast.ImportFrom):
            return None
        return self.local(absolute(self.modules[module], statement))

    def local(self, name: str) -> str | None:
        """`name` as a key of `modules`, or None."""
        name = MAIN if name == self.stem else name
        return name if name in self.modules else None

    def is_open(self, module: str) -> bool:
        """Whether a module may have names that its text does not show."""
        return "__getattr__" in self.modules[module].bindings or any(
            (base := self.base(module, binding.inner)) is None or (base != module and self.is_open(base))
            for binding in self.modules[module].bindings.get("*", [])
        )

    def module_behind(self, module: str, binding: syntax.Binding) -> str | None:
        """The local module that an import makes available under a name, or None where it is something else."""
        if binding.alias is None:
            return None
        if isinstance(binding.inner, ast.Import):
            return self.local(binding.alias.name if binding.alias.asname else binding.alias.name.split(".")[0])
        base = self.base(module, binding.inner)
        if base is None or self.find(base, binding.alias.name):
            return None
        return self.local(joined(base, binding.alias.name))

    def walk(self, module: str, path: tuple[str, ...]) -> list[Node]:
        """What `path` means inside a local module: one name, or all names where the module itself is meant."""
        if not path:
            return [(module, name) for name in self.modules[module].bindings]
        found = self.find(module, path[0])
        if found is None:
            inner = self.local(joined(module, path[0]))
            return [] if inner is None else self.walk(inner, path[1:])
        behind = self.module_behind(found[0], self.last(found))
        return [found] if behind is None else self.walk(behind, path[1:])

    def last(self, node: Node) -> syntax.Binding:
        """What gives a name its final value."""
        options = self.modules[node[0]].bindings[node[1]]
        return next((binding for binding in reversed(options) if not binding.changes), options[-1])

    def trail(self, module: str, name: str) -> list[Node]:
        """The name, then what it is another name for (`Generator = Net`, `from nets import Net as Generator`).

        The last one is the definition. Empty where nothing binds the name.
        """
        trail: list[Node] = []
        node = self.find(module, name)
        while node is not None and node not in trail:
            trail.append(node)
            node = self._meant(node)
        return trail

    def _meant(self, node: Node) -> Node | None:
        binding = self.last(node)
        if binding.alias is not None:
            base = self.base(node[0], binding.inner)
            return None if base is None else self.find(base, binding.alias.name)
        if not isinstance(binding.inner, ast.Assign | ast.AnnAssign) or binding.inner.value is None:
            return None
        path = syntax.dotted(binding.inner.value)
        if not path:
            return None
        start = self.find(node[0], path[0])
        if start is None or len(path) == 1:
            return start
        behind = self.module_behind(start[0], self.last(start))
        options = [] if behind is None else self.walk(behind, path[1:])
        return options[0] if len(options) == 1 else None

    def fingerprint(self) -> str:
        """Hash of all trees; layout, comments, docstrings, names of the variant's file and folder do not count."""
        return digest(
            sorted((name, [part.text for part in module.statements]) for name, module in self.modules.items())
        )


def absolute(module: Module, statement: ast.ImportFrom) -> str:
    """Dotted name of what a `from … import …` reads, `ROOT` for the folder itself.

    Raises:
        VariantError: A relative import that leaves the folder of the variant.
    """
    if statement.level == 0:
        return statement.module or ROOT
    package = [] if module.package == ROOT else module.package.split(".")
    if statement.level - 1 > len(package):
        raise VariantError(
            f"`{ast.unparse(statement)}` leaves the folder of the variant",
            file=module.shown,
            line=statement.lineno,
            expected="modules beside the variant or below",
            got="a folder above it",
            hint="copy what it needs beside it",
            docs=DOCS,
        )
    names = package[: len(package) - (statement.level - 1)]
    return ".".join([*names, *([statement.module] if statement.module else [])]) or ROOT


def joined(module: str, name: str) -> str:
    """Dotted name of a module inside a package."""
    return name if module in (MAIN, ROOT) else f"{module}.{name}"


def read(path: Path, display: Callable[[str], str], text: str | None = None, origins: Sequence[int] = ()) -> Project:
    """Parse a variant's file and, one after the other, every local module that it imports.

    Args:
        path: The file.
        display: Key of a file → how a person knows it.
        text: What to read in place of the file's own text.
        origins: Of each row of `text` the line that a person knows it by.

    Raises:
        VariantError: One of them cannot be read, does work when imported, imports ebdiag or what is not there.
    """
    modules: dict[str, Module] = {}
    waiting = [(MAIN, path.name if text is None else f"{path.stem}.py")]
    while waiting:
        name, file = waiting.pop(0)
        if name in modules:
            continue
        own = (text, origins) if name == MAIN else (None, ())
        modules[name] = _module(path.parent, name, file, display, *own)
        for node, needed in syntax.imports(modules[name].tree.body):
            for imported in _imported(path.parent, modules[name], node, needed):
                if imported != path.stem:
                    waiting.append((imported, _file(path.parent, imported) or ""))
    project = Project(modules, path.stem)
    for module in modules.values():
        _check_names(project, module)
    return project


def of(variant: Variant) -> Project:
    """The project that a variant was read from, out of the sources that it keeps."""
    modules = {ROOT: Module(ROOT, None, ROOT, "", ast.Module([], []), ROOT)}
    for file, source in variant.files.items():
        name = MAIN if file == variant.main else file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        shown = variant.display(file)
        tree = syntax.parse(source, shown)
        if name == MAIN:
            syntax.locate(tree, variant.origins)
        modules[name] = Module(name, file, shown, source, tree, _package(name, file))
        for depth in range(1, name.count(".") + 1):
            folder = ".".join(name.split(".")[:depth])
            modules.setdefault(folder, Module(folder, None, folder, "", ast.Module([], []), folder))
    return Project(modules, PurePath(variant.main).stem)


def _package(name: str, file: str) -> str:
    """Where the relative imports of a module start."""
    return name if name != MAIN and file.endswith("__init__.py") else name.rpartition(".")[0] or ROOT


def _module(
    folder: Path, name: str, file: str, display: Callable[[str], str], text: str | None, origins: Sequence[int]
) -> Module:
    if not file:
        return Module(name, None, name, "", ast.Module([], []), name)
    shown = display(file)
    source = syntax.decode((folder / file).read_bytes(), shown) if text is None else text
    tree = syntax.parse(source, shown)
    syntax.locate(tree, origins)
    package = _package(name, file)
    if name == MAIN and not tree.body:
        raise VariantError(
            "the file is empty", file=shown, expected="classes Generator and Discriminator", got="no code", docs=DOCS
        )
    work = syntax.first_work(tree)
    if work:
        raise VariantError(
            "the file does work when it is imported",
            file=shown,
            line=work[0],
            expected="imports, definitions and constants only",
            got=work[1],
            hint='move it under `if __name__ == "__main__":`',
            docs=DOCS,
        )
    return Module(name, file, shown, source, tree, package)


def _file(folder: Path, name: str) -> str | None:
    """Key of the file of a local module; Python prefers a package to a module of the same name."""
    if name == ROOT:
        return None
    stem = name.replace(".", "/")
    return next((key for key in (f"{stem}/__init__.py", f"{stem}.py") if os.path.isfile(folder / key)), None)


def _is_local(folder: Path, name: str) -> bool:
    """Whether there is a file for it, or a folder with Python files (Python prefers an installed package to that)."""
    if _file(folder, name):
        return True
    inside = folder / name.replace(".", "/")
    if not os.path.isdir(inside) or not any(inside.glob("*.py")):
        return False
    spec = None if "." in name else _installed(name)
    return spec is None or spec.origin is None


def _installed(name: str) -> ModuleSpec | None:
    """What `import name` would find; a dotted name is judged by its first part, nothing is imported."""
    try:
        return importlib.util.find_spec(name.split(".")[0])
    except (ImportError, ValueError):
        return None


def _imported(folder: Path, module: Module, node: ast.Import | ast.ImportFrom, needed: bool) -> Iterator[str]:
    """Names of the local modules that one import reads."""
    relative = isinstance(node, ast.ImportFrom) and node.level > 0
    bases = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [absolute(module, node)]
    for base in bases:
        if base.split(".")[0] == "ebdiag":
            raise VariantError(
                "a variant never imports ebdiag",
                file=module.shown,
                line=node.lineno,
                expected="plain PyTorch",
                got=f"`{ast.unparse(node)}`",
                hint="the names of the contract are there without an import",
                docs=DOCS,
            )
        parts = base.split(".") if base != ROOT else []
        if parts and not relative and not _is_local(folder, parts[0]):
            if needed and _installed(base) is None:
                raise VariantError(
                    f"`{parts[0]}` cannot be imported",
                    file=module.shown,
                    line=node.lineno,
                    expected=f"an installed package, or {parts[0]}.py beside the variant",
                    got="neither",
                    hint=f"install it, or put {parts[0]}.py there",
                )
            continue
        prefixes = [".".join(parts[: depth + 1]) for depth in range(len(parts))]
        missing = next((prefix for prefix in prefixes if not _is_local(folder, prefix)), None)
        if missing is None:
            yield from prefixes or [ROOT]
            if isinstance(node, ast.ImportFrom):
                inner = [joined(base, alias.name) for alias in node.names if alias.name != "*"]
                yield from (name for name in inner if _is_local(folder, name))
        elif needed:
            raise _not_there(module, node, missing)


def _not_there(module: Module, node: ast.stmt, missing: str) -> VariantError:
    return VariantError(
        f"`{ast.unparse(node)}` finds no local module",
        file=module.shown,
        line=node.lineno,
        expected=f"{missing.replace('.', '/')}.py beside the variant",
        got="no such file",
    )


def _check_names(project: Project, module: Module) -> None:
    """Refuse `from layers import Blok` where layers.py has no such name."""
    for node, needed in syntax.imports(module.tree.body):
        base = project.base(module.name, node)
        if base is None or not needed:
            continue
        for alias in node.names:
            known = alias.name == "*" or project.find(base, alias.name) or project.local(joined(base, alias.name))
            if not known and project.modules[base].file is None:
                raise _not_there(module, node, joined(base, alias.name))
            if not known and not project.is_open(base):
                names = [name for name in project.modules[base].bindings if name != "*" and not name.startswith("_")]
                raise VariantError(
                    f"{project.modules[base].shown} has no '{alias.name}'. {did_you_mean(alias.name, names)}",
                    file=module.shown,
                    line=node.lineno,
                )

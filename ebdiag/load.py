"""A path → Variant: what its parts are, on which lines they stand and what code they reach. Runs nothing of it."""

from __future__ import annotations

import difflib
import os.path
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

from . import contract, modules
from .errors import VariantError, did_you_mean
from .kinds import Kind
from .modules import MAIN, Node, Project
from .reach import CONFIG, Member, closure
from .records import Line, Part, Variant

REFERENCE = "ref:"
"""Starts the name of a reference model that ships with ebdiag."""


def load(
    path: str,
    revise: Callable[[Project], dict[str, str]] | None = None,
    *,
    text: str | None = None,
    origins: tuple[int, ...] = (),
) -> Variant:
    """Read a variant file with the local modules that it imports. No torch, and none of its code is run.

    Args:
        path: A Python file, or `ref:NAME` for a reference model.
        revise: Gives the texts to read in place of those on the disk, by their keys in `Variant.files`.
        text: What to read in place of the file's own text, where that is a script.
        origins: Of each row of `text` the line of the script.

    Raises:
        VariantError: It cannot run: unreadable, not Python, a script, a class missing, an import that finds
            nothing, a definition that cannot be called as the contract calls it (docs/variants.md).
    """
    file = _located(path, script=text is not None)
    blank = Variant(path, "gan", {}, _main(file), {}, {}, "")
    project = modules.read(file, blank.display, text, origins)
    rows = project.modules[MAIN].source.count("\n") + 1
    if revise is not None:
        project = modules.of(replace(blank, files=revise(project)))
    kind = contract.check(project)
    members = contract.config_members(project)
    variant = Variant(
        path=path,
        kind=kind.name,
        files={module.file: module.source for module in project.modules.values() if module.file},
        main=_main(file),
        parts={name: _part(project, kind, name, members) for name in kind.parts},
        config_lines={
            name: Line(project.modules[member.module].shown, member.statement.lineno)
            for name, member in members.items()
            if contract.is_field(member)
        },
        fingerprint=project.fingerprint(),
        origins=origins,
    )
    return variant if revise is None else _on_the_disk(variant, rows)


def draft(path: str, text: str, origins: tuple[int, ...]) -> Variant:
    """Text out of a script that is no variant yet, with the local modules that it imports; nothing is checked."""
    file = _located(path, script=True)
    blank = Variant(path, "gan", {}, _main(file), {}, {}, "")
    project = modules.read(file, blank.display, text, origins)
    files = {module.file: module.source for module in project.modules.values() if module.file}
    return replace(blank, files=files, origins=origins, fingerprint=project.fingerprint())


def _main(file: Path) -> str:
    """Key of the variant's own file; that of a notebook ends as Python does."""
    return file.name if file.suffix == ".py" else f"{file.stem}.py"


def _on_the_disk(variant: Variant, rows: int) -> Variant:
    """Without lines that the file itself does not have."""

    def there(line: Line | None) -> bool:
        return line is None or line.file != variant.path or line.line <= rows

    parts = {name: part if there(part.line) else replace(part, line=None) for name, part in variant.parts.items()}
    lines = {name: line for name, line in variant.config_lines.items() if there(line)}
    return replace(variant, parts=parts, config_lines=lines)


def reference_models() -> list[str]:
    """Names that `ref:` knows."""
    return sorted(file.stem for file in _reference_folder().glob("*.py") if not file.stem.startswith("_"))


def _reference_folder() -> Path:
    package = Path(str(resources.files("ebdiag")))
    installed = package / "assets" / "reference_models"
    return installed if installed.is_dir() else package.parent / "reference_models"


def _located(path: str, *, script: bool = False) -> Path:
    if path.startswith(REFERENCE):
        name, known = path.removeprefix(REFERENCE).removesuffix(".py"), reference_models()
        if name not in known:
            raise VariantError(f"unknown reference model '{name}'. {did_you_mean(name, known)}")
        return _reference_folder() / f"{name}.py"
    file = Path(path)
    if os.path.isdir(file):  # unlike Path, it says no to names that cannot be
        raise VariantError("is a folder", file=path, expected="a Python file", got="a folder", hint=_inside(file))
    if not os.path.isfile(file):
        raise VariantError("no such file", file=path, hint=_nearby(file))
    if file.suffix != ".py" and not (script and file.suffix == ".ipynb"):
        got = f"a file ending in {file.suffix}" if file.suffix else "a file without an ending"
        raise VariantError("is not a Python file", file=path, expected="a file ending in .py", got=got)
    return file


def _inside(folder: Path) -> str | None:
    names = sorted(file.name for file in folder.glob("*.py"))
    return f"name one of {', '.join(names[:8])}" if names else None


def _nearby(file: Path) -> str:
    if not os.path.isdir(file.parent):
        return f"there is no folder {file.parent}"
    names = sorted(other.name for other in file.parent.glob("*.py"))
    notebooks = sorted(other.name for other in file.parent.glob("*.ipynb")) if file.suffix == ".ipynb" else []
    close = difflib.get_close_matches(file.name, notebooks or names, n=3) or difflib.get_close_matches(
        f"{file.name}.py", names, n=3
    )
    if close:
        return f"did you mean {' or '.join(str(file.with_name(name)) for name in close)}?"
    if file.name in reference_models() or file.stem in reference_models():
        return f"did you mean {REFERENCE}{file.stem}?"
    return f"Python files in {file.parent}: {', '.join(names[:8]) or 'none'}"


def _part(project: Project, kind: Kind, name: str, members: dict[str, Member]) -> Part:
    roots: list[Node] = []
    line: Line | None = None
    sources = kind.sources[name]
    for source in sources:
        trail = _trail(project, source, members)
        if trail and line is None:
            line = _line(project, trail[-1], members)
        roots += trail
    if line is None:
        return Part(name)
    nets = () if sources[0] in kind.classes else kind.classes
    stops = frozenset(node for stop in ("Config", *kind.bound, *nets) for node in project.trail(MAIN, stop))
    readable = frozenset(members) - set(kind.part_of_field) - {"betas"}
    return Part(name, line, closure(project, roots, stops=stops, members=members, readable=readable))


def _trail(project: Project, source: str, members: dict[str, Member]) -> list[Node]:
    field = source.removeprefix("Config.")
    if field == source:
        return project.trail(MAIN, source)
    return [(CONFIG, field)] if field in members else []


def _line(project: Project, node: Node, members: dict[str, Member]) -> Line:
    if node[0] == CONFIG:
        member = members[node[1]]
        return Line(project.modules[member.module].shown, member.statement.lineno)
    return Line(project.modules[node[0]].shown, project.last(node).inner.lineno)

"""Runs the source of a variant in a fresh namespace, apart from every other variant and from ebdiag.

Contract names that a file leaves out stand in its builtins, so that a file may call `energy(...)`
without defining it; names that a hybrid takes from elsewhere are put in place of the file's own.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import linecache
import sys
import types
from collections.abc import Iterable
from typing import Any

from . import syntax
from .errors import VariantError
from .records import Line, Variant

_serial = itertools.count()


class Namespace:
    """The executed modules of one variant.

    Args:
        variant: Its sources.
        bound: Contract name → value, for names that the files do not define.

    Raises:
        VariantError: The code raises while it is run; the message names the line.
    """

    def __init__(self, variant: Variant, bound: dict[str, Any]) -> None:
        self.variant = variant
        self.modules: dict[str, types.ModuleType] = {}
        self._prefix = f"_ebdiag_variant_{next(_serial)}"
        self._builtins = {**vars(builtins), **bound, "__import__": self._import}
        self.main = self._run(variant.main)

    def get(self, name: str) -> Any | None:
        """The module-level `name` of the variant's file, or None."""
        return vars(self.main).get(name)

    def bind(self, name: str, value: Any) -> None:
        """Let all code of this variant see `value` under the contract's `name` in place of its own."""
        own = self.get(name)
        self._builtins[name] = value
        if own is None:
            return
        for module in self.modules.values():
            for alias, current in list(vars(module).items()):
                if current is own:
                    setattr(module, alias, value)

    def _run(self, file: str) -> types.ModuleType:
        if file in self.modules:
            return self.modules[file]
        source, shown = self.variant.files[file], self.variant.display(file)
        name = f"{self._prefix}.{file.removesuffix('.py').replace('/', '.')}"
        module = types.ModuleType(name)
        vars(module).update(__file__=shown, __builtins__=self._builtins, __package__=name.rpartition(".")[0])
        self.modules[file] = module
        sys.modules[name] = module  # dataclasses and pickling look modules up here
        linecache.cache[shown] = (len(source), None, source.splitlines(keepends=True), shown)
        try:
            exec(compile(self._code(file, source), shown, "exec", dont_inherit=True), vars(module))
        except VariantError:
            raise
        except BaseException as error:
            raise blame(error, [self.variant], "running the file raised") from error
        return module

    def _code(self, file: str, source: str) -> str | ast.Module:
        """What to compile: of a script the tree, whose lines are those that a person knows."""
        if file != self.variant.main or not self.variant.origins:
            return source
        tree = ast.parse(source)
        syntax.locate(tree, self.variant.origins)
        return tree

    def _import(
        self,
        name: str,
        globals: dict[str, Any] | None = None,
        locals: dict[str, Any] | None = None,
        fromlist: tuple[str, ...] = (),
        level: int = 0,
    ) -> types.ModuleType:
        local = self._local(name, globals, level)
        if local is None:
            return builtins.__import__(name, globals, locals, fromlist, level)
        file, folder = local
        if file is None:
            module = types.ModuleType(f"{self._prefix}.{folder.replace('/', '.')}")
            vars(module)["__file__"] = folder
        else:
            module = self._run(file)
        for member in fromlist or ():
            nested = self._file_of(f"{folder}/{member}" if folder else member)
            if nested and not hasattr(module, member):
                setattr(module, member, self._run(nested))
        if not fromlist and "." in name:
            return self._package_chain(name)
        return module

    def _package_chain(self, dotted: str) -> types.ModuleType:
        """For `import a.b.c`: module `a` that has `b` that has `c`."""
        parts = dotted.split(".")
        outer: types.ModuleType | None = None
        for depth in range(len(parts), 0, -1):
            file = self._file_of("/".join(parts[:depth]))
            module = self._run(file) if file else types.ModuleType(".".join(parts[:depth]))
            if outer is not None:
                setattr(module, parts[depth], outer)
            outer = module
        assert outer is not None
        return outer

    def _file_of(self, stem: str) -> str | None:
        return next((file for file in (f"{stem}.py", f"{stem}/__init__.py") if file in self.variant.files), None)

    def _local(self, name: str, importer: dict[str, Any] | None, level: int) -> tuple[str | None, str] | None:
        """(file or None, folder of submodules) of an import that the variant's own files answer, else None."""
        base: list[str] = []
        if level:
            holder = next(
                (f for f, m in self.modules.items() if importer is not None and vars(m) is importer), self.variant.main
            )
            base = holder.split("/")[:-1]
            base = base[: len(base) - (level - 1)] if level > 1 else base
        stem = "/".join([*base, *name.split(".")] if name else base)
        file = self._file_of(stem) if stem else None
        if file is None and not any(known.startswith(f"{stem}/") for known in self.variant.files) and not level:
            return None
        return file, stem


def user_frames(error: BaseException, variants: Iterable[Variant]) -> list[Line]:
    """Lines of the variants' own files that an exception passed, outermost first."""
    files = {variant.display(file) for variant in variants for file in variant.files}
    lines = []
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in files:
            lines.append(Line(name, trace.tb_lineno))
        trace = trace.tb_next
    return lines


def blame(
    error: BaseException, variants: Iterable[Variant], doing: str, *, expected: str | None = None, hint: str = ""
) -> VariantError:
    """The VariantError for an exception out of user code, at the innermost line of the user's own."""
    variants = list(variants)
    frames = user_frames(error, variants)
    place = frames[-1] if frames else Line(variants[0].path, 1)
    text = " ".join(str(error).split())
    got = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if len(got) > 400:
        got = got[:399] + "…"
    return VariantError(
        f"{doing} {got}" if expected is None else doing,
        file=place.file,
        line=place.line,
        expected=expected,
        got=None if expected is None else got,
        hint=hint or None,
        docs="docs/variants.md",
    )

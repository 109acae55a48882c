"""Reading one Python file without running it: what binds which name, what it reaches, and text free of layout."""

from __future__ import annotations

import ast
import io
import symtable
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .errors import VariantError

Function = ast.FunctionDef | ast.AsyncFunctionDef

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_KINDS = {
    ast.Expr: "an expression",
    ast.For: "a `for` loop",
    ast.While: "a `while` loop",
    ast.If: "an `if`",
    ast.With: "a `with` block",
    ast.Try: "a `try` block",
    ast.Assert: "an `assert`",
    ast.Delete: "a `del`",
    ast.Raise: "a `raise`",
    ast.Match: "a `match`",
}


@dataclass(frozen=True)
class Fragment:
    """A piece of a syntax tree with what is worth computing once about it."""

    tree: ast.AST

    @cached_property
    def text(self) -> str:
        """Python source in one fixed layout."""
        return ast.unparse(self.tree)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names that it takes from its module or from builtins; parameters and locals are not among them."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return frozenset(_globals_of(symtable.symtable(self.text, "<part>", "exec")))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """Names of the attributes that it reads, those of `self` itself left out."""
        return frozenset(name for name, own in self._attributes if not own)

    @cached_property
    def own_attributes(self) -> frozenset[str]:
        """Names of the attributes of `self` that it reads."""
        return frozenset(name for name, own in self._attributes if own)

    @cached_property
    def _attributes(self) -> frozenset[tuple[str, bool]]:
        found = [child for child in ast.walk(self.tree) if isinstance(child, ast.Attribute)]
        return frozenset((node.attr, isinstance(node.value, ast.Name) and node.value.id == "self") for node in found)


@dataclass(frozen=True)
class Binding:
    """One statement at module level that gives a name its value.

    Attributes:
        whole: The whole statement at module level.
        inner: The statement that binds: the whole one, or what stands inside it where that is a `try`.
        alias: Which name of an import it is, else None.
        changes: It alters something that has the name already (`layer.scale = 2`), without replacing it.
    """

    whole: Fragment
    inner: ast.stmt
    alias: ast.alias | None = None
    changes: bool = False


def decode(raw: bytes, shown: str) -> str:
    """Bytes of a Python file → text with `\\n` line ends, in the coding that PEP 263 says.

    Raises:
        VariantError: Not UTF-8, nor what its coding line promises.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = raw.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        line = 1
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as wrong:
            line = raw[: wrong.start].count(b"\n") + 1
        got = f"bytes that are not {error.encoding}" if isinstance(error, UnicodeDecodeError) else str(error)
        raise VariantError(
            "cannot be read as Python source",
            file=shown,
            line=line,
            expected="UTF-8, or the coding named in its first two lines",
            got=got,
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str, shown: str) -> ast.Module:
    """The syntax tree, docstrings and other bare strings taken out; the code is compiled, never run.

    Raises:
        VariantError: Python does not accept it; line and Python's message are given.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, filename=shown)
            compile(source, shown, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise VariantError("syntax error", file=shown, line=error.lineno, hint=error.msg) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise VariantError("syntax error", file=shown, hint=str(error)) from error
    _strip(tree)
    tree.body = [child for child in tree.body if not isinstance(child, ast.Pass)]
    return tree


def locate(tree: ast.AST, origins: Sequence[int]) -> None:
    """Give all nodes the lines that a person knows them by.

    Args:
        origins: Line of each row; empty where rows are lines already.
    """
    for node in ast.walk(tree) if origins else ():
        row = getattr(node, "lineno", None)
        if row is None or origins[min(row, len(origins)) - 1] == row:
            continue
        line = origins[min(row, len(origins)) - 1]
        node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
        node.end_col_offset = max(node.col_offset, node.end_col_offset or 0)  # type: ignore[attr-defined]


def _strip(block: ast.AST) -> None:
    """Take bare strings out of a block and of all blocks inside."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        children = getattr(block, name, None)
        if not children:
            continue
        kept = [child for child in children if not _is_bare_string(child)]
        setattr(block, name, kept or [ast.Pass()])
        for child in kept:
            _strip(child)


def _is_bare_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_dead(statement: ast.stmt) -> bool:
    """Whether an import of the file passes it over: `if TYPE_CHECKING:` or `if __name__ == "__main__":`."""
    if not isinstance(statement, ast.If) or statement.orelse:
        return False
    test = ast.unparse(statement.test)
    return test in ("TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'", "'__main__' == __name__")


def first_work(tree: ast.Module) -> tuple[int, str] | None:
    """Line and kind of the first statement that is no import, definition or assignment; None where there is none."""
    for statement in tree.body:
        if isinstance(statement, (*_DEFINITIONS, *_IMPORTS, *_ASSIGNMENTS)) or is_dead(statement):
            continue
        if isinstance(statement, ast.Try) and _guards_imports(statement):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        kind = _KINDS.get(type(statement), f"a `{type(statement).__name__.lower()}`")
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            kind = f"a call of {ast.unparse(statement.value.func)}()"
        return statement.lineno, kind
    return None


def _guards_imports(statement: ast.Try) -> bool:
    quiet = (*_DEFINITIONS, *_IMPORTS, *_ASSIGNMENTS, ast.Pass, ast.Raise)
    children = [*statement.body, *statement.orelse, *statement.finalbody]
    children += [child for handler in statement.handlers for child in handler.body]
    return any(isinstance(child, _IMPORTS) for child in statement.body) and all(
        isinstance(child, quiet) for child in children
    )


def imports(body: Iterable[ast.stmt]) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """All imports below, and whether each must succeed when the file is imported.

    One inside a function or inside a `try` that expects ImportError need not; those under
    `if TYPE_CHECKING` and `if __name__ == "__main__"` are left out.
    """
    for statement in body:
        if is_dead(statement):
            continue
        if isinstance(statement, _IMPORTS):
            yield statement, True
            continue
        sure = not (isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) or _expects_import_error(statement))
        for found, needed in imports(_statements_below(statement)):
            yield found, needed and sure


def _statements_below(statement: ast.stmt) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body


def _expects_import_error(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Try):
        return False
    caught = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    for handler in statement.handlers:
        if handler.type is None:
            return True
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(ast.unparse(name) in caught for name in types):
            return True
    return False


def fragments(tree: ast.Module) -> tuple[Fragment, ...]:
    """The statements at module level that an import of the file runs."""
    return tuple(Fragment(statement) for statement in tree.body if not is_dead(statement))


def bindings(statements: Iterable[Fragment]) -> dict[str, list[Binding]]:
    """Module-level name → what binds it, in the order of the file. A star import binds `*`."""
    found: dict[str, list[Binding]] = {}
    for whole in statements:
        assert isinstance(whole.tree, ast.stmt)
        for name, binding in _bound_by(whole.tree, whole):
            found.setdefault(name, []).append(binding)
    return found


def _bound_by(statement: ast.stmt, whole: Fragment) -> Iterator[tuple[str, Binding]]:
    if isinstance(statement, _DEFINITIONS):
        yield statement.name, Binding(whole, statement)
    elif isinstance(statement, _IMPORTS):
        for alias in statement.names:
            name = alias.asname or (alias.name.split(".")[0] if isinstance(statement, ast.Import) else alias.name)
            yield name, Binding(whole, statement, alias)
    elif isinstance(statement, _ASSIGNMENTS):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            for name, changes in target_names(target):
                yield name, Binding(whole, statement, changes=changes or isinstance(statement, ast.AugAssign))
    elif isinstance(statement, ast.Try):
        for child in _statements_below(statement):
            yield from _bound_by(child, whole)


def target_names(target: ast.expr) -> Iterator[tuple[str, bool]]:
    """Names that an assignment to `target` touches, and whether it only changes what they stand for (`a.b = 1`)."""
    if isinstance(target, ast.Name):
        yield target.id, False
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from target_names(element)
    elif isinstance(target, ast.Starred):
        yield from target_names(target.value)
    elif isinstance(target, ast.Attribute | ast.Subscript):
        for name, _ in target_names(target.value):
            yield name, True


def _globals_of(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (top or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals_of(child)


def chains(node: ast.AST, root: str) -> set[tuple[str, ...]]:
    """How `root` is used below: `a.b.c` gives ("b", "c"); the bare name gives ()."""
    found: set[tuple[str, ...]] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        path = dotted(current)
        if path and path[0] == root:
            found.add(path[1:])
        elif not path:
            waiting.extend(ast.iter_child_nodes(current))
    return found


def dotted(node: ast.AST) -> tuple[str, ...]:
    """("a", "b", "c") for the expression `a.b.c`; empty for any other."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()

"""Where the text of `pairs` draws its labels, and whether that has anything to do with the images."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from ebdiag.records import Line, Variant
from ebdiag.syntax import locate

DRAWS = frozenset(
    ("rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "bernoulli", "multinomial",
     "normal", "uniform", "random", "choice", "shuffle", "integers", "standard_normal", "binomial", "permutation",
     "normal_", "uniform_", "random_", "bernoulli_")
)  # fmt: skip

RESEEDS = frozenset(("manual_seed", "seed", "set_state", "clone_state", "Generator", "default_rng"))
"""With one of these two draws can be one and the same, so that nothing is known of them."""

FREE = frozenset(dir(builtins))


@dataclass(frozen=True)
class Drawn:
    """What `pairs` returns, as its text makes it.

    Attributes:
        apart: Labels are drawn, and no value goes into both them and the images: neither tells anything of the other.
        labels, images: Lines of the draws that go into each.
    """

    apart: bool
    labels: tuple[Line, ...]
    images: tuple[Line, ...]


@dataclass
class _Name:
    """What has gone into a local value: other names, and lines of draws."""

    names: set[str] = field(default_factory=set)
    draws: set[int] = field(default_factory=set)


def drawn(variant: Variant) -> Drawn | None:
    """What the variant's own `pairs` says of itself; None where it has none, or its text is not that plain."""
    found = _in_source(variant.files[variant.main], variant.origins)
    if found is None:
        return None
    apart, labels, images = found
    place = variant.display(variant.main)
    return Drawn(apart, tuple(Line(place, line) for line in labels), tuple(Line(place, line) for line in images))


@cache
def _in_source(source: str, origins: tuple[int, ...]) -> tuple[bool, tuple[int, ...], tuple[int, ...]] | None:
    tree = ast.parse(source)
    locate(tree, origins)
    own = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "pairs"]
    if not own:
        return None
    function = own[-1]
    given = {arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    ignored = FREE | given | {name for node in tree.body for name in _imported(node)}
    known: dict[str, _Name] = {}
    _follow([node for node in tree.body if node is not function], known, ignored, set())
    _follow(function.body, known, ignored, set())
    inner = [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef) and node is not function]
    theirs = {id(node) for one in inner for node in ast.walk(one)}
    returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and id(n) not in theirs]
    if not returned or any(not isinstance(value, ast.Tuple) or len(value.elts) != 3 for value in returned):
        return None
    sides: list[_Name] = [_Name(), _Name()]
    for value in returned:
        assert isinstance(value, ast.Tuple)
        *images, labels = value.elts
        for side, parts in zip(sides, (images, [labels]), strict=True):
            for part in parts:
                _into(side, part, ignored)
    seen, told = (_closed(side, known) for side in sides)
    reseeded = any(name in RESEEDS for node in ast.walk(function) for name in _called(node))
    apart = bool(told.draws) and not (seen.names & told.names) and not reseeded
    return apart, tuple(sorted(told.draws)), tuple(sorted(seen.draws))


def _follow(body: Iterable[ast.stmt], known: dict[str, _Name], ignored: frozenset[str], under: set[str]) -> None:
    """Note what goes into which name; all that is made under a condition has the condition in it."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):  # whatever it touches goes into what it returns
            _into(known.setdefault(statement.name, _Name()), statement, ignored)
            continue
        for targets, value in _assigned(statement):
            for target in targets:
                into = known.setdefault(target, _Name())
                into.names |= under
                _into(into, value, ignored)
        inner = [getattr(statement, part, None) or [] for part in ("body", "orelse", "finalbody")]
        conditions = [getattr(statement, part, None) for part in ("test", "iter", "subject")]
        asked = _Name()
        for condition in conditions:
            if isinstance(condition, ast.expr):
                _into(asked, condition, ignored)
        for block in inner:
            _follow([part for part in block if isinstance(part, ast.stmt)], known, ignored, under | asked.names)


def _assigned(statement: ast.stmt) -> Iterator[tuple[list[str], ast.expr]]:
    """(names, what goes into them) of one statement."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            ones = target.elts if isinstance(target, ast.Tuple | ast.List) else []
            if isinstance(statement.value, ast.Tuple) and len(ones) == len(statement.value.elts):
                for one, value in zip(ones, statement.value.elts, strict=True):
                    yield _bases(one), value
            else:
                yield _bases(target), statement.value
            for index in (node.slice for node in ast.walk(target) if isinstance(node, ast.Subscript)):
                yield _bases(target), index
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign) and statement.value is not None:
        yield _bases(statement.target), statement.value
    elif isinstance(statement, ast.For):
        yield _bases(statement.target), statement.iter
    elif isinstance(statement, ast.With):
        for item in statement.items:
            if item.optional_vars is not None:
                yield _bases(item.optional_vars), item.context_expr
    for node in ast.walk(statement) if isinstance(statement, ast.Expr | ast.Assign) else ():
        if isinstance(node, ast.NamedExpr):
            yield _bases(node.target), node.value
        elif isinstance(node, ast.Call) and isinstance(statement, ast.Expr):  # x.add_(y), fill(x, y)
            parts = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            changed = [name for part in (*parts, *node.args) for name in _bases(part)]
            yield changed, node


def _bases(target: ast.expr) -> list[str]:
    """The names that an assignment to this changes: `x` of `x`, `x[0]`, `x.data` and `(x, y)`."""
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        return _bases(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return [name for part in target.elts for name in _bases(part)]
    return []


def _into(into: _Name, value: ast.AST, ignored: frozenset[str]) -> None:
    for node in ast.walk(value):
        if isinstance(node, ast.Name) and node.id not in ignored:
            into.names.add(node.id)
        into.draws |= {node.lineno for name in _called(node) if name in DRAWS and isinstance(node, ast.expr)}


def _called(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _closed(side: _Name, known: dict[str, _Name]) -> _Name:
    """The same with everything that has gone into its names."""
    found, open_ = _Name(draws=set(side.draws)), list(side.names)
    while open_:
        name = open_.pop()
        if name not in found.names:
            found.names.add(name)
            made = known.get(name, _Name())
            found.draws |= made.draws
            open_ += made.names
    return found


def _imported(node: ast.stmt) -> Iterator[str]:
    """Names of modules; what is imported out of one may be anything."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname or alias.name).split(".")[0]
    elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("torch", "numpy"):
        for alias in node.names:
            yield alias.asname or alias.name

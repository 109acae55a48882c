"""Mending an optimiser: two parts that share one function, or the fields of Config that the default reads."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import syntax
from .borrow import Imported, Side
from .edits import Edit, MendError
from .modules import MAIN, Node

if TYPE_CHECKING:
    from .mend import Mending

NAME = "optimizers"
ROLES = ("generator", "discriminator")


def optimizer_edits(mending: Mending) -> dict[str, str | None]:
    """Edit the function where that is what differs; returns the fields of Config to set.

    Raises:
        MendError: One optimiser alone is asked for, and cannot be taken from what makes both.
    """
    roles = [part.partition(".")[2] for part in mending.optimisers]
    ref, mine = mending.ref.trail(NAME), mending.mine.trail(NAME)
    betas = mending.field_text("betas")
    rates = {f"{role}_lr": mending.field_text(f"{role}_lr") for role in roles}
    if bool(ref) == bool(mine) and (not ref or mending.ref.code(ref[0]) == mending.mine.code(mine[0])):
        if betas is not None and len(roles) == 1:
            if not ref:
                return _one(mending, roles[0], rates)
            raise MendError(
                f"optimizer.{roles[0]} alone cannot be ref's: both optimisers read Config.betas",
                file=mending.source.shown, hint="mend both",
            )  # fmt: skip
        return rates | {"betas": betas}
    if len(roles) == 2:
        mending.replace_function(NAME)
        return rates | {"betas": betas}
    return _one(mending, roles[0], rates)


def _one(mending: Mending, role: str, rates: dict[str, str | None]) -> dict[str, str | None]:
    """One of the two that a function returns, where it stands there as an expression of its own."""
    position = ROLES.index(role)
    new, reads = _theirs(mending, position)
    mine = mending.mine.trail(NAME)
    field = f"{role}_lr"
    if "betas" in reads and mending.field_text("betas") is not None:
        raise _shared(mending, role, "both optimisers read Config.betas, which differs")
    if not mine:
        parts = [new, new]
        parts[1 - position] = _default(mending, 1 - position, literal=False)
        arguments = ", ".join(mending.kind.functions[NAME])
        rows = "".join(f"        {part},\n" for part in parts)
        mending.insert(NAME, f"def {NAME}({arguments}):\n    return (\n{rows}    )\n")
        return rates if field in reads else {}
    if mine[-1][0] != MAIN:
        raise _shared(mending, role, "its function stands in another file")
    own, other = (_made(mending.mine, mine[-1], place) for place in (position, 1 - position))
    if own is None or other is None:
        raise _shared(mending, role, "one function makes both, and not as two expressions")
    if field in reads and field in {n.attr for n in ast.walk(other) if isinstance(n, ast.Attribute)}:
        raise _shared(mending, role, f"mine's other optimiser reads Config.{field} too")
    mending.edits.append(Edit(*mending.source.span(own), new))
    return rates if field in reads else {}


def _shared(mending: Mending, role: str, why: str) -> MendError:
    return MendError(
        f"optimizer.{role} alone cannot be ref's: {why}", file=mending.source.shown, hint="mend both optimisers"
    )


def _theirs(mending: Mending, position: int) -> tuple[str, set[str]]:
    """Ref's optimiser as mine's file can say it, and the fields of Config that it reads."""
    trail = mending.ref.trail(NAME)
    if not trail:
        return _default(mending, position, literal=True), set()
    made = _made(mending.ref, trail[-1], position)
    if made is None:
        raise _shared(mending, ROLES[position], "ref's function makes both, and not as two expressions")
    function = mending.ref.project.last(trail[-1]).inner
    names = _parameters(function)
    mine = mending.mine.trail(NAME)
    targets = _parameters(mending.mine.project.last(mine[-1]).inner) if mine else list(mending.kind.functions[NAME])
    local = dict(zip(names, targets, strict=False))
    text = mending.borrower.expression(made, trail[-1][0], local)
    return text, {node.attr for node in ast.walk(made) if isinstance(node, ast.Attribute)}


def _parameters(function: ast.stmt) -> list[str]:
    assert isinstance(function, ast.FunctionDef)
    return [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]


def _made(side: Side, node: Node, position: int) -> ast.expr | None:
    """The expression of one of two optimisers that a function returns as `return a, b`; None where it has not one."""
    function = side.project.last(node).inner
    if not isinstance(function, ast.FunctionDef):
        return None
    returns = [child for child in ast.walk(function) if isinstance(child, ast.Return)]
    if len(returns) != 1 or not isinstance(returns[0].value, ast.Tuple) or len(returns[0].value.elts) != 2:
        return None
    made = returns[0].value.elts[position]
    if isinstance(made, ast.Name):
        values = [
            child.value
            for child in function.body
            if isinstance(child, ast.Assign) and [ast.unparse(target) for target in child.targets] == [made.id]
        ]
        if len(values) != 1:
            return None
        made = values[0]
    stored = {
        child.id for child in ast.walk(function) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
    }
    return None if syntax.Fragment(made).names & stored else made


def _default(mending: Mending, position: int, *, literal: bool) -> str:
    """What makes the default optimiser; with ref's numbers where `literal`, else with mine's fields."""
    role = ROLES[position]
    mine = mending.mine.trail(NAME)
    names = _parameters(mending.mine.project.last(mine[-1]).inner) if mine else list(mending.kind.functions[NAME])
    optim = mending.borrower.module(Imported("torch", "optim"), "optim")
    if literal:
        lr, betas = (mending.value_or_default(field) for field in (f"{role}_lr", "betas"))
    else:
        lr, betas = f"{names[2]}.{role}_lr", f"{names[2]}.betas"
    return f"{optim}.Adam({names[position]}.parameters(), lr={lr}, betas={betas})"

"""Models that one seed does not determine."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from ebdiag.records import Line
from ebdiag.result import Finding

from .asked import probe
from .case import Case, finding

CAUSES = ("system", "clock", "own", "order", "import")
"""Why two runs of one seed may differ, the surest first."""

SYSTEM = ("urandom", "token_bytes", "token_hex", "randbits", "randbelow", "uuid1", "uuid4", "SystemRandom", "getpid")
CLOCK = ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "now", "today", "utcnow")
OWN = ("default_rng", "RandomState", "Random", "seed")
"""Unseeded where they are given nothing; `generator.seed()` takes a seed from the system."""

DRAWS = ("rand", "randn", "randint", "randperm", "normal", "uniform", "random", "choice", "shuffle", "standard_normal")


def not_reproducible(case: Case) -> list[Finding]:
    """The same seed gives another model each time.

    Severity: warning.

    What it measures: The model is built twice with one seed and both are trained for two steps; parameters and buffers
    are compared bit for bit, after building and after each step. The text is searched for what may be the cause.

    How to read it: Before each step torch, numpy and `random` are seeded anew for the model's code, and initial weights
    are drawn by the seed. What draws elsewhere, or depends on the time, is another one in each run: seeds do not
    compare, a stored run cannot be repeated, and the spread between seeds is partly this.

    Unit and range: The step after which they differ, 0 for initial weights.

    Known problems: Both builds live in one process, in which a set of texts has one order; between processes it may
    have another. What two steps do not show, such as a rare draw, is not seen. The cause is looked for in the text, and
    a call of that kind need not be the one to blame.

    Advice: Draw from the `rng` that is handed in, or with torch's own functions inside the nets, losses and steps.

    Cost: Building twice and four training steps.

    Source: ebdiag's own; public code that draws latents with numpy and seeds torch alone.
    """
    found = probe(case, "repeat")
    if found.get("same") is not False:
        return []
    causes = sorted(_causes(case), key=lambda row: CAUSES.index(row[0]))
    cause = causes[0][0] if causes else "unknown"
    net = found["nets"][0]
    return [
        finding(case, "not-reproducible", "warning", part=net, wording=f"not-reproducible.{cause}",
                lines=[line for kind, line, _ in causes if kind == cause], step=found["step"], nets=found["nets"],
                tensor=f"{net}.{found['tensor']}", call=causes[0][2] if causes else None)
    ]  # fmt: skip


def _causes(case: Case) -> Iterator[tuple[str, Line, str]]:
    """(cause, line, text) of everything in the model's files that no seed determines."""
    for file, source in case.variant.files.items():
        for kind, line, text in _in_source(source):
            yield kind, Line(case.variant.display(file), line), text


@cache
def _in_source(source: str) -> tuple[tuple[str, int, str], ...]:
    tree = ast.parse(source)
    inside = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        kind, shown = None, node
        if isinstance(node, ast.Call):
            kind = _of_call(node, at_import=id(node) not in inside)
        elif isinstance(node, ast.For | ast.comprehension) and _is_set(node.iter):
            kind, shown = "order", node.iter
        if kind is not None:
            found.append((kind, getattr(shown, "lineno", 1), ast.unparse(shown)))
    return tuple(sorted(found, key=lambda row: row[1]))


def _of_call(call: ast.Call, *, at_import: bool) -> str | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = bool(call.args or call.keywords)
    if name in SYSTEM:
        return "system"
    if name in CLOCK and not given:
        return "clock"
    if name in OWN and not given:
        return "own"
    if name in ("list", "tuple", "enumerate") and call.args and _is_set(call.args[0]):
        return "order"
    return "import" if at_import and name in DRAWS and not any(k.arg == "generator" for k in call.keywords) else None


def _is_set(node: ast.expr) -> bool:
    return isinstance(node, ast.Set | ast.SetComp) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset")
    )

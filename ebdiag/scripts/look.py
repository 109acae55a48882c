"""What single statements and expressions of a training loop do, as far as their text shows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .outline import Function, calls, method, place
from .source import statements

DRAWS = frozenset(
    [
        "randn",
        "rand",
        "normal",
        "uniform",
        "standard_normal",
        "random",
        "random_sample",
        "normal_",
        "uniform_",
        "randn_like",
        "rand_like",
        "rsample",
        "sample",
        "truncated_normal",
        "trunc_normal_",
        "Normal",
        "Uniform",
    ]
)
"""Functions and methods that draw real numbers."""

RANDOM_OWNERS = frozenset(
    ["torch", "np", "numpy", "random", "th", "rnd", "Tensor", "FloatTensor", "distributions", "stats"]
)

SCHEDULERS = frozenset(
    ["StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "LambdaLR", "ReduceLROnPlateau", "LinearLR"]
)

SIZES = frozenset(["size", "len", "item", "shape", "numel", "dim", "device", "dtype", "ndim"])
"""What gives a number, or no image, however it is asked."""


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr, ast.stmt]]:
    """(place, value, statement) of plain assignments, those of tuples one by one."""
    for node in body:
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from assignments(list(statements(list(_below(node)))))
            continue
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            pairs = [(node.target, node.value)]
        for target, value in pairs:
            if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
                for one, other in zip(target.elts, value.elts, strict=False):
                    yield place(one), other, node
            else:
                yield place(target), value, node


def _below(node: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, [])


MOVES = frozenset(
    ["cuda", "cpu", "to", "float", "double", "train", "eval", "half", "requires_grad_", "share_memory", "type"]
)


def bare(value: ast.expr) -> ast.expr:
    """A net's expression without what only moves or wraps it: `.cuda()`, `.to(…)`, `nn.DataParallel(…)`."""
    while True:
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in MOVES:
            value = value.func.value
        elif isinstance(value, ast.Call) and method(value) in ("DataParallel", "compile", "DistributedDataParallel"):
            value = value.args[0]
        elif isinstance(value, ast.IfExp):
            value = value.orelse
        else:
            return value


def counts(loop: ast.For) -> bool:
    """Whether a loop counts: over `range` or `count`, not over batches."""
    call = loop.iter
    while isinstance(call, ast.Call) and method(call) in ("tqdm", "trange", "track", "progress_bar") and call.args:
        if method(call) == "trange":
            return True
        call = call.args[0]
    return isinstance(call, ast.Call) and method(call) in ("range", "xrange", "count", "trange")


def is_fetch(value: ast.expr, arrays: frozenset[str]) -> bool:
    """Whether an expression takes the next batch: of an iterator, or rows of an array of images."""
    if isinstance(value, ast.Call) and method(value) in ("next", "next_batch", "__next__"):
        return True
    return isinstance(value, ast.Subscript) and (is_fetch(value.value, arrays) or place(value.value) in arrays)


def works(node: ast.AST) -> bool:
    """Whether a piece of code computes gradients or takes a step."""
    return any(method(call) in ("backward", "step") for call in calls(node))


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """A simple statement; of one with blocks, what stands before them."""
    if not isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
        yield node
        return
    for name, value in ast.iter_fields(node):
        if name not in ("body", "orelse", "finalbody", "handlers"):
            yield from (
                child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)
            )


def own_expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Expressions of a statement itself, not of statements inside it."""
    for top in own_parts(node):
        yield from ast.walk(top)


def own_calls(node: ast.stmt) -> Iterator[ast.Call]:
    """Calls of a statement itself."""
    return (child for child in own_expressions(node) if isinstance(child, ast.Call))


def refers(value: ast.expr, name: str) -> bool:
    return any(place(child) == name for child in ast.walk(value))


def is_net(name: str, classes: dict[str, ast.ClassDef]) -> bool:
    """Whether a class of the file is a module, as far as its bases show."""
    node = classes.get(name)
    if node is None:
        return False
    return any(place(b).rpartition(".")[2] in ("Module", "Sequential", "LightningModule")
               or is_net(place(b), {k: v for k, v in classes.items() if k != name}) for b in node.bases)  # fmt: skip


def without_init(value: ast.expr) -> ast.expr:
    """`Net()` of `Net().apply(init)`."""
    while (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("apply", *MOVES)
    ):
        value = value.func.value
    return value


def as_statement(value: ast.expr) -> ast.stmt:
    node = ast.Expr(value)
    return ast.copy_location(node, value)


def changes_net(node: ast.stmt, name: str) -> bool:
    """Whether a statement of the setup alters a net: `netG.apply(init)`, a loop over its modules, `init(netG)`."""
    inside = [place(child) for child in ast.walk(node) if isinstance(child, ast.Name | ast.Attribute)]
    if name not in inside:
        return False
    if isinstance(node, ast.For):
        return not any(method(call) == "load_state_dict" for call in calls(node)) and not all(
            method(call) in ("print", "summary", "numel", "named_parameters", "parameters", "size", "append")
            for call in calls(node)
        )  # fmt: skip
    if isinstance(node, ast.If):
        return any(changes_net(child, name) for child in (*node.body, *node.orelse))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        done = method(node.value)
        if done in ("print", "summary", "load_state_dict", "add_graph", "watch", *MOVES):
            return False
        owner = place(node.value.func).rpartition(".")[0]
        return owner == name or any(place(a) == name for a in node.value.args) or owner.startswith(f"{name}.")
    return False


def draws_inside(function: Function) -> bool:
    return any(method(call) in DRAWS and place(call.func).split(".")[0] in RANDOM_OWNERS for call in calls(function))


def filled(node: ast.stmt) -> tuple[str, list[ast.expr], ast.Call] | None:
    """(place, sizes, last call) of `noise.resize_(…).normal_(0, 1)` and `noise.data.normal_()`."""
    value = getattr(node, "value", None)
    if not (isinstance(node, ast.Expr) and isinstance(value, ast.Call) and method(value) in ("normal_", "uniform_")):
        return None
    sizes: list[ast.expr] = []
    inner: ast.expr = value.func
    while not place(inner):
        if isinstance(inner, ast.Call):
            if method(inner) == "resize_":
                sizes = list(inner.args)
            inner = inner.func
        elif isinstance(inner, ast.Attribute):
            inner = inner.value
        else:
            return None
    name = place(inner)
    for ending in (".normal_", ".uniform_", ".resize_", ".data"):
        name = name.removesuffix(ending)
    return name, sizes, value


def scalars(value: ast.expr, names: list[str]) -> set[str]:
    """Names that get a number and not images: sizes."""
    if (isinstance(value, ast.Call) and method(value) in ("size", "len", "item")) or (
        isinstance(value, ast.Subscript) and place(value.value).endswith(".shape")
    ):
        return set(names)
    return set()

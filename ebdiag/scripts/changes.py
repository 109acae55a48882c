"""Expressions of a script that the variant has otherwise: devices, latents, batches, names, what torch dropped."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .. import syntax
from .outline import calls, place

_FILLS = ("normal", "uniform", "constant", "orthogonal", "eye", "dirac", "sparse")
OLD_INITS = frozenset((*_FILLS, *(f"{who}_{how}" for who in ("xavier", "kaiming") for how in ("normal", "uniform"))))
OLD_CLIPS = frozenset(("clip_grad_norm", "clip_grad_value"))
TENSORS = frozenset(("Tensor", "FloatTensor", "LongTensor", "DoubleTensor", "ByteTensor"))


@dataclass
class Changes:
    """Replacements by node, and how to carry them out.

    Attributes:
        replaced: Node (by id) → expression in its place.
        renamed: Name at module level → its new name.
        statements: Statement (by id) → statement in its place.
        devices: Places that hold a device.
    """

    replaced: dict[int, str] = field(default_factory=dict)
    statements: dict[int, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    devices: frozenset[str] = frozenset()

    def read(self, node: ast.AST) -> Iterator[ast.AST]:
        """All nodes below, those of replacements in place of what they replace."""
        if isinstance(node, ast.expr) and id(node) in self.replaced:
            node = _parsed(self.replaced[id(node)])
        elif isinstance(node, ast.stmt) and id(node) in self.statements:
            node = ast.parse(self.statements[id(node)]).body[0]
        yield node
        for child in ast.iter_child_nodes(node):
            yield from self.read(child)

    def made(self, node: ast.AST, *, device: str | None) -> ast.AST:
        """A copy of a piece of the script with all replacements in it.

        Args:
            device: Expression of the device that code runs on; None where places of devices are left to say it.
        """
        return ast.fix_missing_locations(_Rewriting(self, device).visit(_marked(node)))


def _marked(node: ast.AST) -> ast.AST:
    """A copy whose nodes remember which they are copies of."""
    copied = copy.deepcopy(node)
    for original, other in zip(ast.walk(node), ast.walk(copied), strict=True):
        other._of = id(original)  # type: ignore[attr-defined]
    return copied


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Rewriting(ast.NodeTransformer):
    def __init__(self, changes: Changes, device: str | None) -> None:
        self.changes, self.device = changes, device
        self.local: list[frozenset[str]] = []
        self.in_net = False

    def visit(self, node: ast.AST) -> ast.AST:
        of = getattr(node, "_of", -1)
        if isinstance(node, ast.expr) and of in self.changes.replaced:
            return ast.copy_location(_parsed(self.changes.replaced[of]), node)
        if isinstance(node, ast.stmt) and of in self.changes.statements:
            return ast.copy_location(ast.parse(self.changes.statements[of]).body[0], node)
        found: ast.AST = super().visit(node)
        return found

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        before = self.device
        own = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        self.local.append(frozenset({*own, *_stored(node)}))
        if own[:1] == ["self"] and self.in_net and node.name != "__init__":
            self.device = "next(self.parameters()).device"
        self.generic_visit(node)
        self.device = before
        self.local.pop()
        if not self.local and node.name in self.changes.renamed:
            node.name = self.changes.renamed[node.name]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.in_net = any(isinstance(child, ast.FunctionDef) and child.name == "forward" for child in node.body)
        self.generic_visit(node)
        self.in_net = False
        if not self.local and node.name in self.changes.renamed:
            node.name = self.changes.renamed[node.name]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        return self._imported(node)

    def visit_Import(self, node: ast.Import) -> ast.AST:
        return self._imported(node)

    def _imported(self, node: ast.Import | ast.ImportFrom) -> ast.AST:
        for alias in node.names if not self.local else ():
            new = self.changes.renamed.get(alias.asname or alias.name)
            if new is not None:
                alias.asname = new
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        new = self.changes.renamed.get(node.id)
        if new is not None and not any(node.id in names for names in self.local):
            return ast.copy_location(ast.Name(new, node.ctx), node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        path = syntax.dotted(node)
        if path[-3:-1] == ("torch", "cuda") and path[-1] in TENSORS:
            return ast.copy_location(_parsed(f"torch.{path[-1]}"), node)
        if (node.attr in OLD_INITS and len(path) > 1 and path[-2] in ("init", "weight_init")) or node.attr in OLD_CLIPS:
            node.attr += "_"
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        old = isinstance(node.value, ast.Attribute) and node.value.attr == "data"
        if old and isinstance(node.slice, ast.Constant) and node.slice.value == 0:
            assert isinstance(node.value, ast.Attribute)
            call = ast.Call(ast.Attribute(node.value.value, "item", ast.Load()), [], [])
            return ast.copy_location(call, node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        path = place(node.func)
        if path.endswith("cuda.is_available") or path in ("is_available", "use_cuda"):
            return ast.copy_location(ast.Constant(False), node)
        if path.endswith("cuda.device_count"):
            return ast.copy_location(ast.Constant(0), node)
        node.keywords = [_reduction(k) for k in node.keywords if k.arg not in ("volatile", "async")]
        moved = self._moved(node)
        if moved is not None:
            return moved
        legacy = path.rpartition(".")[2] in TENSORS and self.device
        for keyword in node.keywords:
            if keyword.arg == "device" and place(keyword.value) in self.changes.devices and self.device:
                keyword.value = _parsed(self.device)
        self.generic_visit(node)
        if legacy:
            call = ast.Call(ast.Attribute(node, "to", ast.Load()), [_parsed(self.device or "")], [])
            return ast.copy_location(call, node)
        return node

    def _moved(self, node: ast.Call) -> ast.AST | None:
        """`x.cuda()` and `x.to(device)` on the device that the code runs on; None for any other call."""
        if not isinstance(node.func, ast.Attribute):
            return None
        to = node.func.attr == "to" and node.args and (
            place(node.args[0]) in self.changes.devices
            or (isinstance(node.args[0], ast.Constant) and str(node.args[0].value).split(":")[0] in ("cuda", "cpu"))
        )  # fmt: skip
        if not to and node.func.attr != "cuda":
            return None
        if not self.device and to and place(node.args[0]):
            return None  # a place that holds the CPU until a step says otherwise
        inner = self.visit(node.func.value)
        assert isinstance(inner, ast.expr)
        if not self.device:
            return inner
        return ast.copy_location(ast.Call(ast.Attribute(inner, "to", ast.Load()), [_parsed(self.device)], []), node)


def _reduction(keyword: ast.keyword) -> ast.keyword:
    """`size_average` and `reduce`, which torch gave up, as the `reduction` that they meant."""
    value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    if keyword.arg == "size_average" and isinstance(value, bool):
        return ast.keyword("reduction", ast.Constant("mean" if value else "sum"))
    if keyword.arg == "reduce" and value is False:
        return ast.keyword("reduction", ast.Constant("none"))
    return keyword


def _stored(node: ast.FunctionDef) -> Iterator[str]:
    """Names that a function assigns itself."""
    said = {name for child in ast.walk(node) if isinstance(child, ast.Global) for name in child.names}
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store) and child.id not in said:
            yield child.id


def devices(assigned: Mapping[str, ast.expr]) -> frozenset[str]:
    """Places that hold a device, by what they are assigned."""

    def is_device(value: ast.expr) -> bool:
        if isinstance(value, ast.IfExp):
            return is_device(value.body) or is_device(value.orelse)
        if isinstance(value, ast.Constant):
            return isinstance(value.value, str) and value.value.split(":")[0] in ("cuda", "cpu", "mps")
        return any(place(call.func).rpartition(".")[2] == "device" for call in calls(value))

    return frozenset(name for name, value in assigned.items() if is_device(value)) | {"device"}


def emitted(node: ast.stmt, indent: int) -> Iterator[tuple[str, int]]:
    """Rows of a statement with the row of the script that each comes from."""
    space = "    " * indent
    blocks = [name for name in ("body", "orelse", "finalbody", "handlers") if getattr(node, name, None)]
    if not isinstance(node, ast.If | ast.For | ast.While | ast.With) or "handlers" in blocks:
        for row in ast.unparse(node).split("\n"):
            yield space + row, node.lineno
        return
    head = copy.copy(node)
    head.body = [ast.Pass()]
    if hasattr(head, "orelse"):
        head.orelse = []
    yield space + ast.unparse(ast.fix_missing_locations(head)).split("\n")[0], node.lineno
    for child in node.body:
        yield from emitted(child, indent + 1)
    other = getattr(node, "orelse", [])
    if other:
        yield space + "else:", node.lineno
        for child in other:
            yield from emitted(child, indent + 1)

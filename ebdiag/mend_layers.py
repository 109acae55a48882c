"""Mending single layers: the expression at a line of mine's net becomes that at a line of ref's."""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import syntax
from .borrow import Imported, Side, local_names
from .edits import Edit, MendError, Text
from .modules import MAIN
from .result import Difference
from .schema import LineRef

if TYPE_CHECKING:
    from .mend import Mending

ACTIVATIONS = {
    "ReLU": "relu", "ReLU6": "relu6", "LeakyReLU": "leaky_relu", "ELU": "elu", "CELU": "celu", "SELU": "selu",
    "GELU": "gelu", "SiLU": "silu", "Mish": "mish", "Softplus": "softplus", "Softsign": "softsign", "Tanh": "tanh",
    "Sigmoid": "sigmoid", "Hardtanh": "hardtanh", "Hardsigmoid": "hardsigmoid", "Hardswish": "hardswish",
    "LogSigmoid": "logsigmoid", "Softmax": "softmax", "LogSoftmax": "log_softmax", "GLU": "glu",
}  # fmt: skip
"""Module → the function that does the same, its arguments after the input in the same order."""

FUNCTIONS = ACTIVATIONS | {"Clamp": "clamp", "PReLU": "prelu", "Dropout": "dropout"}

SIZED = ("in_features", "out_features")


def layer_edits(mending: Mending) -> list[Edit]:
    """Edits that give mine's nets the layers of ref.

    Raises:
        MendError: The lines do not say which expression it is, or it cannot be changed alone.
    """
    counts = Counter(layer.mine_line.line for layer in mending.layers if layer.mine_line and layer.mine)
    return [edit for layer in mending.layers for edit in _Layer(mending, layer, counts).edits()]


@dataclass(frozen=True)
class _Site:
    """An expression of a file that makes or is a layer, with what is around it."""

    node: ast.Call
    module: str
    source: Text
    parents: dict[int, ast.AST]
    called: bool  # a function on the way, not a module's constructor

    def above(self) -> Iterator[ast.AST]:
        node: ast.AST | None = self.parents.get(id(self.node))
        while node is not None:
            yield node
            node = self.parents.get(id(node))

    @property
    def function(self) -> ast.FunctionDef | None:
        return next((node for node in self.above() if isinstance(node, ast.FunctionDef)), None)

    @property
    def cls(self) -> ast.ClassDef | None:
        return next((node for node in self.above() if isinstance(node, ast.ClassDef)), None)

    @property
    def holder(self) -> ast.Call | None:
        """The `nn.Sequential(…)` that it is an element of."""
        parent = self.parents.get(id(self.node))
        return parent if isinstance(parent, ast.Call) and _is_sequential(parent) else None


class _Layer:
    """One difference to be mended."""

    def __init__(self, mending: Mending, layer: Difference, counts: Counter[int]) -> None:
        self.mending, self.layer, self.counts = mending, layer, counts
        self.net, _, self.path = layer.part.partition(".")

    def edits(self) -> list[Edit]:
        """What has to change for it."""
        if self.layer.mine is None:
            return self._inserted()
        mine = self._site(self.mending.mine, self.layer.mine, self.layer.mine_line, "mine")
        self._alone(mine)
        if self.layer.ref is None:
            return self._removed(mine)
        ref = self._site(self.mending.ref, self.layer.ref, self.layer.ref_line, "ref")
        self._fits()
        return [Edit(*mine.source.span(mine.node), self._written(ref, mine))]

    # ---- where it stands -------------------------------------------------------------------------

    def _site(self, side: Side, shown: str, line: LineRef | None, name: str) -> _Site:
        """The expression of a layer, by its line, its type, and where that is not enough its place in a Sequential."""
        module = self._module(side, line)
        tree, source = side.project.modules[module].tree, side.text(module)
        parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        kind = shown.split("(")[0]
        assert line is not None
        sites = [
            _Site(_wrapped(node, parents), module, source, parents, called=_last(node).rstrip("_") != kind
                  or (kind not in FUNCTIONS and kind[:1].islower()))
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and node.lineno == line.line
            and _last(node).rstrip("_") in (kind, FUNCTIONS.get(kind, kind))
        ]  # fmt: skip
        if len(sites) > 1:
            sites = [site for site in sites if self._at_path(site)] or sites
        if len(sites) != 1:
            found = "no expression" if not sites else f"{len(sites)} expressions"
            raise self._refused(f"its line has {found} of type {kind}", LineRef(file=source.shown, line=line.line))
        return sites[0]

    def _module(self, side: Side, line: LineRef | None) -> str:
        if line is None:
            raise self._refused("no line is known for it", None)
        found = [name for name, module in side.project.modules.items() if module.shown == line.file]
        if not found:
            raise self._refused("its line is in no file of the model", line)
        if side is self.mending.mine and found[0] != MAIN:
            raise self._refused(f"only {self.mending.source.shown} is rewritten", line)
        return found[0]

    def _at_path(self, site: _Site) -> bool:
        """Whether an element of a Sequential has the index that the layer's path ends with."""
        *above, index = self.path.split(".")
        holder = site.holder
        if holder is None or not index.isdigit() or any(isinstance(a, ast.Starred) for a in holder.args):
            return False
        named = _attribute(holder, site.parents)
        return site.node in holder.args and holder.args.index(site.node) == int(index) and (
            named is None or not above or named == above[-1])  # fmt: skip

    def _alone(self, site: _Site) -> None:
        """Refuse an expression that stands for more layers than this one."""
        line = LineRef(file=site.source.shown, line=site.node.lineno)
        for node in site.above():
            if isinstance(node, ast.For | ast.While | ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp):
                raise self._refused("its line runs in a loop and stands for several layers", line)
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                break
        side = self.mending.mine
        net = side.project.last(side.trail(self.net.capitalize())[-1]).inner
        owner: ast.FunctionDef | ast.ClassDef | None = site.cls or site.function
        if owner is None:
            raise self._refused("it is made outside of the net", line)
        if owner is not net:
            uses = sum(
                isinstance(node, ast.Name) and node.id == owner.name and isinstance(node.ctx, ast.Load)
                for fragment in (f for m in side.project.modules.values() for f in m.statements)
                for node in ast.walk(fragment.tree)
            )
            if uses != 1:
                raise self._refused(f"`{owner.name}`, which it is part of, is used in {uses} places", line)
        elif site.cls is not None and site.function is not None and not site.function.name.startswith("__"):
            calls = [n for n in ast.walk(site.cls) if isinstance(n, ast.Attribute) and n.attr == site.function.name]
            if len(calls) > 1:
                raise self._refused(f"`{site.function.name}`, which makes it, is called in {len(calls)} places", line)
        name = _attribute(site.node, site.parents)
        if name is not None and site.cls is not None:
            loads = [node for node in ast.walk(site.cls) if _is_own(node, name, ast.Load)]
            if len(loads) > max(1, self.counts[site.node.lineno]):
                raise self._refused(f"`self.{name}` stands for {len(loads)} layers, of which not all differ", line)

    def _fits(self) -> None:
        """Refuse a layer of other sizes: those next to it would not fit."""
        ours, theirs = _sizes(self.layer.ref or ""), _sizes(self.layer.mine or "")
        if ours and theirs and ours != theirs:
            shown = [" to ".join(map(str, sizes)) for sizes in (theirs, ours)]
            raise self._refused(
                f"it has other sizes ({shown[0]}, ref's {shown[1]}), which its neighbours must fit",
                self.layer.mine_line, hint=f"mend the whole {self.net}",
            )  # fmt: skip

    def _refused(self, why: str, line: LineRef | None, hint: str | None = None) -> MendError:
        return MendError(
            f"{self.layer.part} cannot be mended alone: {why}",
            file=line.file if line else None, line=line.line if line else None, hint=hint,
        )  # fmt: skip

    # ---- what is written -------------------------------------------------------------------------

    def _written(self, ref: _Site, mine: _Site) -> str:
        """Ref's layer in the form that mine's has: an element of a net, or a call on what comes in."""
        if not ref.called and not mine.called:
            return self._borrowed(ref, ref.node, mine)
        if ref.called and mine.called:
            return self._call(ref, mine, _input(mine, self.mending.mine))
        if mine.called:
            if (self.layer.ref or "").split("(")[0] not in ACTIVATIONS:
                raise self._refused("in ref it is a module, and in mine a function call", self.layer.mine_line)
            return f"{self._borrowed(ref, ref.node, mine)}({_input(mine, self.mending.mine)})"
        return self._module_for(ref, mine)

    def _module_for(self, ref: _Site, mine: _Site) -> str:
        """The module that does what a call in ref does."""
        kind = (self.layer.ref or "").split("(")[0]
        if kind not in ACTIVATIONS:
            raise self._refused("in ref it is a function call, and in mine a module", self.layer.mine_line)
        nn = self.mending.borrower.module(Imported("torch", "nn"), "nn")
        return f"{nn}.{kind}({', '.join(self._arguments(ref, mine))})"

    def _call(self, ref: _Site, mine: _Site, given: str) -> str:
        if _is_method(ref, self.mending.ref):
            assert isinstance(ref.node.func, ast.Attribute)
            plain = re.fullmatch(r"[\w.]+(\([^()]*\))?", given)
            return f"{given if plain else f'({given})'}.{ref.node.func.attr}({', '.join(self._arguments(ref, mine))})"
        callee = self._borrowed(ref, ref.node.func, mine)
        return f"{callee}({', '.join([given, *self._arguments(ref, mine)])})"

    def _arguments(self, ref: _Site, mine: _Site) -> list[str]:
        """Arguments of a call after the input."""
        values = ref.node.args if _is_method(ref, self.mending.ref) else ref.node.args[1:]
        if not _is_method(ref, self.mending.ref) and not ref.node.args:
            raise self._refused("its input is given by name", self.layer.ref_line)
        texts = [self._borrowed(ref, value, mine) for value in values]
        return texts + [f"{k.arg}={self._borrowed(ref, k.value, mine)}" for k in ref.node.keywords if k.arg]

    def _borrowed(self, ref: _Site, node: ast.expr, mine: _Site | ast.FunctionDef | None) -> str:
        """An expression of ref; of what is local to ref's function only `config` has a counterpart in mine."""
        function = ref.function
        local = {} if function is None else self._local(function, node, mine)
        text = self.mending.borrower.expression(node, ref.module, local)
        start = mine.node.lineno if isinstance(mine, _Site) else 0
        if start:
            self.mending.reaches(self.mending.source.at(start))
        return text

    def _local(self, function: ast.FunctionDef, node: ast.expr, mine: _Site | ast.FunctionDef | None) -> dict[str, str]:
        used = syntax.Fragment(node).names & local_names(function)
        if not used:
            return {}
        target = mine.function if isinstance(mine, _Site) else mine
        parameters = [argument.arg for argument in function.args.args]
        config = parameters[1] if function.name == "__init__" and len(parameters) > 1 else None
        if used != {config} or target is None:
            raise self._refused(
                f"ref's line uses {', '.join(f'`{name}`' for name in sorted(used))} of its own function",
                self.layer.ref_line, hint=f"mend the whole {self.net}",
            )  # fmt: skip
        theirs = [argument.arg for argument in target.args.args]
        if target.name != "__init__" or len(theirs) < 2:
            raise self._refused("ref's line uses `config`, which mine's constructor does not get",
                                self.layer.mine_line)  # fmt: skip
        assert config is not None
        return {config: theirs[1]}

    # ---- taken out, put in -----------------------------------------------------------------------

    def _removed(self, mine: _Site) -> list[Edit]:
        if mine.called:
            return [_without_call(mine, self.mending.mine)]
        holder = mine.holder
        name = _attribute(holder, mine.parents) if holder is not None else None
        if holder is not None and mine.node in holder.args and not _indexed(mine.cls, name):
            return [_without_element(mine.source, holder, mine.node)]
        if holder is None and _attribute(mine.node, mine.parents) is None:
            raise self._refused("it is neither in an nn.Sequential nor an attribute", self.layer.mine_line)
        nn = self.mending.borrower.module(Imported("torch", "nn"), "nn")
        return [Edit(*mine.source.span(mine.node), f"{nn}.Identity()")]

    def _inserted(self) -> list[Edit]:
        assert self.layer.ref is not None
        ref = self._site(self.mending.ref, self.layer.ref, self.layer.ref_line, "ref")
        side = self.mending.mine
        source, tree = side.main, side.project.modules[MAIN].tree
        parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        holder = self._holder(ref, source, tree, parents)
        cls = next((n for n in _around(holder, parents) if isinstance(n, ast.ClassDef)), None)
        name = _attribute(holder, parents)
        if _indexed(cls, name):
            raise self._refused(f"`self.{name}` is taken apart by position", self.layer.mine_line)
        site = _Site(holder, MAIN, source, parents, called=False)
        self._alone_holder(site)
        place = self._place(ref, holder)
        text = self._module_for(ref, site) if ref.called else self._borrowed(ref, ref.node, site)
        return _with_element(source, holder, place, text)

    def _alone_holder(self, site: _Site) -> None:
        name = _attribute(site.node, site.parents)
        if name is None:
            return
        self._alone(site)

    def _holder(self, ref: _Site, source: Text, tree: ast.AST, parents: dict[int, ast.AST]) -> ast.Call:
        """The Sequential of mine that it belongs into: of the same name as ref's, else that of the layer before."""
        found = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_sequential(node) and node.args]
        net = self.mending.mine.project.last(self.mending.mine.trail(self.net.capitalize())[-1]).inner
        inside = [node for node in found if net in _around(node, parents)]
        line = self.layer.mine_line
        before = [n for n in found if line is not None and line.file == source.shown
                  and any(a.lineno == line.line for a in n.args)]  # fmt: skip
        before = [n for n in before if not any(m is not n and n in _around(m, parents) for m in before)]
        own = None if ref.holder is None else _attribute(ref.holder, ref.parents)
        named = [node for node in inside if own is not None and _attribute(node, parents) == own]
        for options in (named, before):
            if len(options) == 1:
                if any(isinstance(argument, ast.Starred) for argument in options[0].args):
                    raise self._refused("its nn.Sequential is put together from lists", line)
                return options[0]
        raise self._refused("mine has no nn.Sequential at its place", line)

    def _place(self, ref: _Site, holder: ast.Call) -> int:
        """Index in mine's Sequential at which ref's layer belongs."""
        theirs = holder.args
        line = self.layer.mine_line
        after = [i + 1 for i, argument in enumerate(theirs) if line is not None and argument.lineno == line.line]
        if ref.holder is not None and not any(isinstance(a, ast.Starred) for a in ref.holder.args):
            index = ref.holder.args.index(ref.node)
            for text in (ast.unparse, _last):
                ours = [text(argument) for argument in ref.holder.args]
                matcher = difflib.SequenceMatcher(None, ours, [text(a) for a in theirs], False)
                match = {b.a + k: b.b + k for b in matcher.get_matching_blocks() for k in range(b.size)}
                if index - 1 in match:
                    return match[index - 1] + 1
                if index + 1 in match:
                    return match[index + 1]
        if len(after) == 1:
            return after[0]
        raise self._refused("the layers around it are others", line)


# ---- syntax of layers ----------------------------------------------------------------------------


def _last(node: ast.AST) -> str:
    """`Linear` of `nn.Linear(…)`, `relu` of `x.relu()`; empty for what is no call."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_sequential(node: ast.AST) -> bool:
    return _last(node) == "Sequential"


def _wrapped(node: ast.Call, parents: dict[int, ast.AST]) -> ast.Call:
    """With a `spectral_norm(…)` or `weight_norm(…)` around it."""
    parent = parents.get(id(node))
    while (
        isinstance(parent, ast.Call)
        and _last(parent) in ("spectral_norm", "weight_norm", "orthogonal")
        and (parent.args[:1] == [node])
    ):
        node, parent = parent, parents.get(id(parent))
    return node


def _around(node: ast.AST, parents: dict[int, ast.AST]) -> list[ast.AST]:
    found: list[ast.AST] = []
    current = parents.get(id(node))
    while current is not None:
        found.append(current)
        current = parents.get(id(current))
    return found


def _attribute(node: ast.AST, parents: dict[int, ast.AST]) -> str | None:
    """X where an expression is assigned as `self.X = …`."""
    parent = parents.get(id(node))
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
    elif isinstance(parent, ast.AnnAssign):
        target = parent.target
    else:
        return None
    return target.attr if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" else None


def _is_own(node: ast.AST, name: str, context: type[ast.expr_context]) -> bool:
    return (
        isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, context)
        and isinstance(node.value, ast.Name) and node.value.id == "self"
    )  # fmt: skip


def _indexed(cls: ast.ClassDef | None, name: str | None) -> bool:
    """Whether a Sequential is used in another way than being called as a whole."""
    if cls is None or name is None:
        return True
    called = {id(node.func) for node in ast.walk(cls) if isinstance(node, ast.Call)}
    return any(_is_own(node, name, ast.Load) and id(node) not in called for node in ast.walk(cls))


def _sizes(shown: str) -> list[int]:
    """Inputs and outputs of a layer with weights, as its text shows them."""
    kind, _, arguments = shown.partition("(")
    if kind == "Linear":
        return [int(found) for found in re.findall(r"(?:in|out)_features=(\d+)", arguments)]
    if kind.startswith("Conv"):
        named = re.findall(r"(?:in|out)_channels=(\d+)", arguments)
        plain = re.match(r"(\d+), (\d+)", arguments)
        return [int(found) for found in named or (plain.groups() if plain else ())]
    return []


def _is_method(site: _Site, side: Side) -> bool:
    """Whether a call is `x.relu()` and not `F.relu(x)`."""
    function = site.node.func
    if not isinstance(function, ast.Attribute):
        return False
    path = syntax.dotted(function)
    return not path or path[0] not in side.project.modules[site.module].bindings


def _input(site: _Site, side: Side) -> str:
    """What comes into a called layer."""
    if _is_method(site, side):
        assert isinstance(site.node.func, ast.Attribute)
        return site.source.segment(site.node.func.value)
    if not site.node.args:
        raise MendError("the input of a call is given by name", file=site.source.shown, line=site.node.lineno)
    return site.source.segment(site.node.args[0])


def _without_call(site: _Site, side: Side) -> Edit:
    """The input in place of the call, or no statement at all where it was `x = f(x)`."""
    given = _input(site, side)
    parent = site.parents.get(id(site.node))
    if isinstance(parent, ast.Assign) and [ast.unparse(target) for target in parent.targets] == [given]:
        return Edit(*site.source.block(parent), "")
    return Edit(*site.source.span(site.node), given)


def _own_lines(source: Text, element: ast.expr) -> tuple[int, int] | None:
    """The lines of an element that shares them with nothing but its comma and a comment."""
    assert element.end_lineno is not None
    first, last = source.at(element.lineno), source.at(element.end_lineno + 1)
    start, end = source.span(element)
    if source.text[first:start].strip() or not re.fullmatch(r"\s*,?\s*(#.*)?\s*", source.text[end:last]):
        return None
    return first, last


def _without_element(source: Text, holder: ast.Call, element: ast.expr) -> Edit:
    lines = _own_lines(source, element)
    if lines is not None:
        return Edit(*lines, "")
    index = holder.args.index(element)
    start, end = source.span(element)
    if index:
        return Edit(source.span(holder.args[index - 1])[1], end, "")
    return Edit(start, source.span(holder.args[1])[0] if len(holder.args) > 1 else end, "")


def _with_element(source: Text, holder: ast.Call, place: int, text: str) -> list[Edit]:
    neighbours: Sequence[ast.expr] = holder.args
    beside = neighbours[place - 1] if place else neighbours[0]
    lines = _own_lines(source, beside)
    start, end = source.span(beside)
    if lines is None:
        return [Edit(end, end, f", {text}") if place else Edit(start, start, f"{text}, ")]
    indent = " " * (start - source.at(beside.lineno))
    if not place:
        return [Edit(lines[0], lines[0], f"{indent}{text},\n")]
    comma = source.text[end : lines[1]].lstrip().startswith(",")
    own = Edit(lines[1], lines[1], f"{indent}{text},\n")
    return [own] if comma else [Edit(end, end, ","), own]

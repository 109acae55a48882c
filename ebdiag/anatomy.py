"""What a net is made of, layer by layer in the order in which they run, modules and plain functions alike."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .initial import Spread
from .operations import SILENT, Operation, name_of, operation, tensors
from .records import Line, rounded

if TYPE_CHECKING:
    pass

CONTAINERS = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
LIBRARY = "torch.nn.modules."


@dataclass(frozen=True)
class Row:
    """A layer as it ran.

    Attributes:
        parameters: Names of its parameters within the net, those of an earlier layer left out.
        dead: Share of an activation's units that are 0 for all samples, and at all places.
        field: Pixels of the net's input along an axis that one output sees; None where the input is no image.
    """

    path: str
    operation: Operation
    repr: str
    line: Line | None
    input_shape: list[int]
    shape: list[int]
    parameters: list[str]
    dead: float | None
    field: int | None


class Trace(TorchFunctionMode):
    """Rows of all calls that the net's input passes through while this mode is on.

    A layer of torch's own is one row, whatever it calls inside. Of everything else, containers, the user's own
    modules and `forward`, the functions called are rows. What works on weights alone is none.

    Args:
        lines: Module → the line that constructed it.
        files: The user's files: a function's line is the innermost of theirs that called it.
    """

    def __init__(self, net: nn.Module, example: Tensor, lines: Mapping[nn.Module, Line], files: frozenset[str]) -> None:
        super().__init__()
        self.lines, self.files = lines, files
        self.names = {id(p): name for name, p in net.named_parameters()}
        self.paths = {module: name for name, module in net.named_modules()}
        self.rows: list[Row] = []
        self.parameters: list[str] = []
        self._live = {id(example): example}
        self._stack: list[nn.Module] = []
        self._inside: _Inside | None = None
        self._looking = False
        self._image = example.ndim == 4
        self._sees: int | None = 1 if self._image else None
        self._step = 1.0
        self._extent = example.shape[-1]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        output = next(tensors(result), None)
        if output is None or self._looking:
            return result
        given = list(tensors([args, kwargs]))
        used = self._first_uses(given)
        if self._inside is not None:
            self._inside.parameters += used
        if any(id(tensor) in self._live for tensor in given):
            self._live |= {id(tensor): tensor for tensor in tensors(result)}
            name = name_of(func)
            if name not in SILENT:
                self._call(operation(name, args, kwargs, output), given[0], output, used)
        return result

    def entered(self, module: nn.Module, inputs: Any) -> None:
        """A module begins to run."""
        self._stack.append(module)
        if self._inside is None and is_layer(module):
            self._inside = _Inside(module)

    def left(self, module: nn.Module, inputs: Any, output: Any) -> None:
        """A module has run."""
        self._stack.pop()
        inside = self._inside
        if inside is None or inside.module is not module:
            return
        self._inside = None
        source, result = next(tensors(inputs), None), next(tensors(output), None)
        if source is not None and result is not None:
            self._live |= {id(tensor): tensor for tensor in tensors(output)}
            self._add(self.paths.get(module, ""), inside.operation(), _repr(module), self.lines.get(module),
                      source, result, inside.parameters)  # fmt: skip

    def _call(self, done: Operation, source: Tensor, output: Tensor, used: list[str]) -> None:
        if self._inside is not None:
            self._inside.calls.append(done)
            return
        enclosing = self.paths.get(self._stack[-1], "") if self._stack else ""
        name = f"{enclosing}.{done.type}" if enclosing else done.type
        count = sum(row.path.split("#")[0] == name for row in self.rows)
        self._add(f"{name}#{count + 1}" if count else name, done, done.shown, self._line(), source, output, used)

    def _add(
        self, path: str, done: Operation, text: str, line: Line | None, source: Tensor, output: Tensor, used: list[str]
    ) -> None:
        if self._sees is not None:
            if done.window is None:
                self._sees = None
            else:
                reach, step = done.window
                self._sees += round((reach - 1) * self._step)
                self._step *= step
        sees = None if not self._image else min(self._extent, self._sees or self._extent)
        self._looking = True  # at the output, with functions of torch that are no part of the net
        dead = _dead(output) if done.kind == "activation" else None
        self._looking = False
        self.rows.append(Row(path, done, text, line, list(source.shape[1:]), list(output.shape[1:]), used, dead, sees))

    def _first_uses(self, given: list[Tensor]) -> list[str]:
        """Names of parameters among these that no call had before."""
        found = []
        for tensor in given:
            name = self.names.pop(id(tensor), None)
            if name is not None:
                found.append(name)
        self.parameters += found
        return found

    def _line(self) -> Line | None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename in self.files:
                return Line(frame.f_code.co_filename, frame.f_lineno)
            frame = frame.f_back
        return None


class _Inside:
    """A layer of torch's own while it runs, with the calls that it makes."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.calls: list[Operation] = []
        self.parameters: list[str] = []

    def operation(self) -> Operation:
        """The only call where it is one that says all; else one layer of the module's type, with its own arguments."""
        extra = ", ".join(_reparametrised(self.module))
        if len(self.calls) == 1 and self.calls[0].kind != "other":
            [call] = self.calls
            if not extra:
                return call
            return Operation(
                call.type, call.kind, call.arguments | {"reparametrised": extra}, call.sizes, call.multiply_adds,
                call.window,
            )  # fmt: skip
        name = _class(self.module).__name__
        if not self.calls:
            return Operation(name, "reshape", {}, {})
        main = max(self.calls, key=lambda call: call.multiply_adds)
        adds = sum(call.multiply_adds for call in self.calls)
        return Operation(name, main.kind, {"arguments": self.module.extra_repr(), "reparametrised": extra}, {}, adds,
                         main.window)  # fmt: skip


@contextmanager
def traced(net: nn.Module, trace: Trace) -> Iterator[None]:
    """In the block, the trace hears of everything that runs in the net."""
    hooks = [
        hook
        for module in net.modules()
        for hook in (
            module.register_forward_pre_hook(trace.entered, prepend=True),
            module.register_forward_hook(trace.left),
        )
    ]
    try:
        with trace:
            yield
    finally:
        for hook in hooks:
            hook.remove()


def trace(net: nn.Module, example: Tensor, lines: Mapping[nn.Module, Line], files: frozenset[str]) -> Trace:
    """Run a net once, without gradients, in its current mode; buffers and random state are the caller's business."""
    found = Trace(net, example, lines, files)
    with torch.no_grad(), traced(net, found):
        net(example)
    return found


def is_layer(module: nn.Module) -> bool:
    """Whether a module is one of torch's own layers, and runs torch's own `forward`."""
    cls = _class(module)
    return cls not in CONTAINERS and type(module).forward is cls.forward


class Described(Protocol):
    """What rows are told of, beside the net itself."""

    constructed: dict[str, dict[str, Spread]]

    @property
    def nets(self) -> dict[str, nn.Module]:
        """By the names of their parts."""


def described(
    built: Described, role: str, found: Trace, spreads: Mapping[str, Spread], gradients: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Rows as facts hold them (`Facts.layers`).

    Args:
        spreads: Name of a parameter → how its values are distributed at step 0.
        gradients: Name of a parameter → norm of its gradient under the net's own loss; empty where unknown.
    """
    net = built.nets[role]
    parameters = dict(net.named_parameters())
    modules = {id(p): module for module in net.modules() for p in module.parameters(recurse=False)}
    rows = []
    for row in found.rows:
        init = []
        for name in row.parameters:
            now, before = spreads[name], built.constructed[role][name]
            init.append(
                {
                    "name": name,
                    "mean": rounded(now.mean),
                    "std": rounded(now.std),
                    "expected_std": _expected(row.operation, modules[id(parameters[name])], parameters[name]),
                    "count": now.count,
                    "changed": now.digest != before.digest,
                }
            )
        norms = [gradients[name] ** 2 for name in row.parameters if name in gradients]
        done = row.operation
        rows.append(
            {
                "path": row.path,
                "type": done.type,
                "kind": done.kind,
                "key": done.key,
                "arguments": {name: list(v) if isinstance(v, tuple) else v for name, v in done.arguments.items()},
                "repr": row.repr,
                "line": None if row.line is None else {"file": row.line.file, "line": row.line.line},
                "input_shape": row.input_shape,
                "shape": row.shape,
                "parameters": sum(parameters[name].numel() for name in row.parameters),
                "multiply_adds": done.multiply_adds,
                "receptive_field": row.field,
                "init": init,
                "dead": None if row.dead is None else rounded(row.dead),
                "gradient": rounded(sum(norms) ** 0.5) if norms else None,
            }
        )
    return rows


def narrowest(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Path, line and size of the smallest output on the way; the last of the first such stretch."""
    sizes = [(torch.Size(row["shape"]).numel(), row) for row in rows if row["shape"]]
    if not sizes:
        return None
    size = min(size for size, _ in sizes)
    place = next(place for place, (found, _) in enumerate(sizes) if found == size)
    while place + 1 < len(sizes) and sizes[place + 1][0] == size:
        place += 1
    row = sizes[place][1]
    return {"path": row["path"], "line": row["line"], "size": size}


def expected_std(module: nn.Module) -> float | None:
    """Standard deviation that PyTorch's own initialisation gives a parameter; None where it is not known.

    Source: `reset_parameters` of each layer: linear and convolutional ones draw from U(±1/√fan-in).
    """
    if isinstance(module, nn.Linear | nn.modules.conv._ConvNd):
        weight: Tensor = module.weight
        return float((3 * weight[0].numel()) ** -0.5)
    if isinstance(module, nn.modules.batchnorm._NormBase | nn.LayerNorm | nn.GroupNorm | nn.PReLU):
        return 0.0
    return 1.0 if isinstance(module, nn.Embedding) else None


def _expected(done: Operation, module: nn.Module, parameter: Tensor) -> float | None:
    """Of a parameter that the user made as well: what a layer of torch's own would give it."""
    if _class(module) is nn.Module and done.kind == "weights" and parameter.ndim > 1:
        return rounded((3 * parameter[0].numel()) ** -0.5)
    usual = expected_std(module)
    return None if usual is None else rounded(usual)


def _class(module: nn.Module) -> type[nn.Module]:
    return next((cls for cls in type(module).__mro__ if cls.__module__.startswith(LIBRARY)), nn.Module)


def _reparametrised(module: nn.Module) -> list[str]:
    """Names of what computes a module's weights, such as `_SpectralNorm`."""
    lists: Any = getattr(module, "parametrizations", {})
    hooks = [type(hook).__name__ for hook in module._forward_pre_hooks.values() if hasattr(hook, "name")]
    return [type(one).__name__ for many in lists.values() for one in many] + hooks


def _repr(module: nn.Module) -> str:
    """`Conv2d(1, 64, …)` on one line, also of a module with children."""
    extra = ", ".join(filter(None, [module.extra_repr(), *_reparametrised(module)]))
    return f"{_class(module).__name__}({extra})"


def _dead(output: Tensor) -> float | None:
    """Share of units that are 0 for all samples, and at all places."""
    if output.ndim < 2:
        return None
    units = output.movedim(1, 0).flatten(1)
    return float((units == 0).all(1).double().mean())

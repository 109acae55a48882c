"""What a call of a torch function is, as a layer: the same whether a module, a function or a method made it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "relu6": ("ReLU6", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "prelu": ("PReLU", {}),
    "rrelu": ("RReLU", {"lower": 1 / 8, "upper": 1 / 3}),
    "elu": ("ELU", {"alpha": 1.0}),
    "celu": ("CELU", {"alpha": 1.0}),
    "selu": ("SELU", {}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "mish": ("Mish", {}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": 20.0}),
    "softsign": ("Softsign", {}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "hardtanh": ("Hardtanh", {"min_val": -1.0, "max_val": 1.0}),
    "hardsigmoid": ("Hardsigmoid", {}),
    "hardswish": ("Hardswish", {}),
    "logsigmoid": ("LogSigmoid", {}),
    "clamp": ("Clamp", {"min": None, "max": None}),
    "softmax": ("Softmax", {"dim": None}),
    "log_softmax": ("LogSoftmax", {"dim": None}),
    "glu": ("GLU", {"dim": -1}),
}
"""Name of the function → name of the module, and its arguments after the input with their defaults."""

RESHAPES = frozenset(
    ("view", "reshape", "flatten", "unflatten", "view_as", "reshape_as", "squeeze", "unsqueeze", "ravel")
)
"""Keep every value and the order of values: their effect shows in the shapes."""

SILENT = frozenset(("contiguous", "clone", "to", "float", "double", "type", "type_as", "requires_grad", "cpu", "cuda"))
"""Change neither value nor shape; no row of their own."""

NORMALISATIONS = ("batch_norm", "instance_norm", "layer_norm", "group_norm", "local_response_norm", "rms_norm")
POOLINGS = ("max_pool", "avg_pool", "lp_pool", "adaptive_max_pool", "adaptive_avg_pool", "interpolate", "pixel_shuffle")
DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")

POSITIONS: dict[str, tuple[str, ...]] = {
    "linear": ("weight", "bias"),
    "conv": ("weight", "bias", "stride", "padding", "dilation", "groups"),
    "conv_transpose": ("weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"),
    "batch_norm": ("running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
    "instance_norm": ("running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps"),
    "layer_norm": ("normalized_shape", "weight", "bias", "eps"),
    "group_norm": ("num_groups", "weight", "bias", "eps"),
    "max_pool": ("kernel_size", "stride", "padding", "dilation"),
    "avg_pool": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
    "pixel_shuffle": ("upscale_factor",),
    "pixel_unshuffle": ("downscale_factor",),
}
"""Operation → names of its arguments after the input."""


@dataclass(frozen=True)
class Operation:
    """A call of a torch function as a layer.

    Attributes:
        type: As modules are called, `Conv2d`; of what has no module the function's name, `mul`.
        kind: `weights`, `activation`, `normalisation`, `pooling`, `dropout`, `reshape` or `other`.
        arguments: What decides its function apart from the shape of its input.
        sizes: What follows from the shape of its input, for showing only.
        multiply_adds: Of one sample.
        window: (size, stride) of what one output sees of the layer's input along an axis, stride below 1 where it
            enlarges; None where an output sees all of it.
    """

    type: str
    kind: str
    arguments: dict[str, Any]
    sizes: dict[str, Any]
    multiply_adds: int = 0
    window: tuple[int, float] | None = (1, 1.0)

    @property
    def key(self) -> str:
        """Equal for layers that do the same to whatever comes in; empty for those that only reshape."""
        return "" if self.kind == "reshape" else f"{self.type}({_listed(self.arguments)})"

    @property
    def shown(self) -> str:
        """`Conv2d(in_channels=1, out_channels=64, …)`, what is off or none left out."""
        stated = {name: value for name, value in self.arguments.items() if value not in (None, False, ())}
        return f"{self.type}({_listed(self.sizes | stated)})"


def tensors(values: Any) -> Iterator[Tensor]:
    """All tensors in nested lists, tuples and dictionaries, in order."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, Mapping):
        yield from tensors(list(values.values()))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from tensors(value)


def name_of(function: Callable[..., Any]) -> str:
    """`relu` for `torch.relu`, `F.relu`, `Tensor.relu_` and the like; `T` for the property."""
    name = getattr(function, "__name__", type(function).__name__)
    if name == "__get__":
        name = getattr(getattr(function, "__self__", None), "__name__", name)
    plain = name.strip("_")
    return {"clip": "clamp", "truediv": "div", "iadd": "add", "radd": "add", "rmul": "mul", "imul": "mul"}.get(
        plain, plain
    )


def operation(name: str, args: Sequence[Any], kwargs: Mapping[str, Any], output: Tensor) -> Operation:
    """Describe a call.

    Args:
        name: From `name_of`.
        args, kwargs: As the function was called; its input is the first tensor.
        output: What it returned, the first tensor of several.
    """
    source = next(tensors([args, kwargs]))
    rest = list(args[1:]) if args and args[0] is source else list(args)
    if name == "linear":
        return _linear(_named("linear", rest, kwargs), source, output)
    if name.startswith("conv") and name[-1:] == "d":
        return _convolution(name, rest, kwargs, source, output)
    if name in ACTIVATIONS:
        shown, defaults = ACTIVATIONS[name]
        given = {**defaults, **dict(zip(defaults, rest, strict=False)), **kwargs}
        return Operation(shown, "activation", {key: _plain(given[key]) for key in defaults}, {})
    if name in NORMALISATIONS:
        return _normalisation(name, _named(name, rest, kwargs), source)
    if name in RESHAPES:
        return Operation(name.capitalize(), "reshape", {}, {"shape": tuple(output.shape[1:])})
    if name in DROPOUTS:
        probability = rest[0] if rest else kwargs.get("p", 0.5)
        return Operation(name.capitalize(), "dropout", {"p": _plain(probability)}, {})
    if name.startswith(POOLINGS) or name == "pixel_unshuffle":
        return _pooling(name, rest, kwargs, source, output)
    given = {str(place): _plain(value) for place, value in enumerate(rest)}
    given |= {key: _plain(value) for key, value in kwargs.items() if not isinstance(value, Tensor)}
    dense = name in ("matmul", "mm", "bmm", "addmm", "einsum")
    adds = output[0].numel() * source.shape[-1] if dense and output.ndim and source.ndim else 0
    return Operation(name, "other", given, {}, adds, None if dense else (1, 1.0))


def _named(name: str, rest: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {**dict(zip(POSITIONS.get(name, ()), rest, strict=False)), **kwargs}


def _linear(given: Mapping[str, Any], source: Tensor, output: Tensor) -> Operation:
    weight = given["weight"]
    return Operation(
        type="Linear",
        kind="weights",
        arguments={"out_features": weight.shape[0], "bias": given.get("bias") is not None},
        sizes={"in_features": weight.shape[1]},
        multiply_adds=output[0].numel() * weight.shape[1],
        window=None,
    )


def _convolution(
    name: str, rest: Sequence[Any], kwargs: Mapping[str, Any], source: Tensor, output: Tensor
) -> Operation:
    transposed, axes = "transpose" in name, int(name[-2])
    given = _named("conv_transpose" if transposed else "conv", rest, kwargs)
    weight, groups = given["weight"], int(given.get("groups", 1))
    kernel = tuple(weight.shape[2:])
    stride, dilation = _each(given.get("stride", 1), axes), _each(given.get("dilation", 1), axes)
    outputs = weight.shape[1] * groups if transposed else weight.shape[0]
    places = (source if transposed else output)[0, 0].numel()
    reach = (kernel[-1] - 1) * dilation[-1] + 1
    return Operation(
        type=f"Conv{'Transpose' if transposed else ''}{axes}d",
        kind="weights",
        arguments={
            "out_channels": outputs,
            "kernel_size": kernel,
            "stride": stride,
            "padding": _each(given.get("padding", 0), axes),
            **({"output_padding": _each(given.get("output_padding", 0), axes)} if transposed else {}),
            "dilation": dilation,
            "groups": groups,
            "bias": given.get("bias") is not None,
        },
        sizes={"in_channels": source.shape[1]},
        multiply_adds=places * weight.numel(),
        window=(math.ceil(reach / stride[-1]), 1 / stride[-1]) if transposed else (reach, float(stride[-1])),
    )


def _normalisation(name: str, given: Mapping[str, Any], source: Tensor) -> Operation:
    kind = {"batch_norm": "BatchNorm", "instance_norm": "InstanceNorm"}.get(name)
    arguments: dict[str, Any] = {"eps": _plain(given.get("eps", 1e-5))}
    sizes: dict[str, Any] = {}
    if kind is not None:
        axes = max(1, source.ndim - 2)
        arguments |= {"momentum": _plain(given.get("momentum", 0.1)), "affine": given.get("weight") is not None}
        arguments["track_running_stats"] = given.get("running_mean") is not None
        sizes["num_features"] = source.shape[1]
        return Operation(f"{kind}{axes}d", "normalisation", arguments, sizes)
    if name == "layer_norm":
        shape = tuple(given["normalized_shape"])
        arguments |= {"axes": len(shape), "affine": given.get("weight") is not None}
        return Operation("LayerNorm", "normalisation", arguments, {"normalized_shape": shape})
    if name == "group_norm":
        arguments |= {"num_groups": given["num_groups"], "affine": given.get("weight") is not None}
        return Operation("GroupNorm", "normalisation", arguments, {"num_channels": source.shape[1]})
    arguments |= {key: _plain(value) for key, value in given.items() if not isinstance(value, Tensor)}
    return Operation(name, "normalisation", arguments, {})


def _pooling(name: str, rest: Sequence[Any], kwargs: Mapping[str, Any], source: Tensor, output: Tensor) -> Operation:
    ratio = source.shape[-1] / output.shape[-1]
    if name == "interpolate":
        mode = kwargs.get("mode", rest[2] if len(rest) > 2 else "nearest")
        corners = bool(kwargs.get("align_corners"))
        reach = 1 if mode.startswith("nearest") else 2
        return Operation(
            "Upsample", "pooling", {"scale": _plain(1 / ratio), "mode": mode, "align_corners": corners}, {},
            window=(reach, ratio),
        )  # fmt: skip
    if name.startswith("adaptive"):
        stride = math.ceil(ratio)
        shape = tuple(output.shape[2:])
        return Operation(name, "pooling", {"output_size": shape}, {}, window=(stride, ratio))
    if name.startswith("pixel"):
        factor = rest[0] if rest else next(iter(kwargs.values()))
        shrinks = name == "pixel_unshuffle"
        window = (factor, float(factor)) if shrinks else (1, 1 / factor)
        return Operation("PixelUnshuffle" if shrinks else "PixelShuffle", "pooling", {"factor": factor}, {}, 0, window)
    family, axes = name.removesuffix(name[-2:]), int(name[-2])
    given = _named(family, rest, kwargs)
    kernel = _each(given["kernel_size"], axes)
    stride = _each(given.get("stride") or kernel, axes)
    arguments = {"kernel_size": kernel, "stride": stride, "padding": _each(given.get("padding", 0), axes)}
    shown = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}.get(family, family)
    return Operation(f"{shown}{axes}d", "pooling", arguments, {}, window=(kernel[-1], float(stride[-1])))


def _each(value: Any, axes: int) -> Any:
    """One number for every axis; a word such as `same` as it is."""
    if isinstance(value, str):
        return value
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    return tuple(int(v) for v in (values if len(values) == axes else values * axes))


def _plain(value: Any) -> Any:
    """An argument as text can compare it: numbers by value, tensors by their kind."""
    if isinstance(value, Tensor):
        return "tensor"
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return float(f"{value:.9g}")
    if isinstance(value, list | tuple):
        return tuple(_plain(v) for v in value)
    return str(value)


def _listed(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_text(value)}" for name, value in arguments.items())


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, tuple) and all(isinstance(v, float) for v in value):
        return f"({', '.join(map(_text, value))})"
    return str(value)

"""What building a variant of any kind takes: namespaces, Configs, constructors, calls that name the user's line."""

from __future__ import annotations

import dataclasses
import inspect as python_inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from . import initial
from .data import picture, to_model
from .errors import VariantError
from .kinds import of
from .records import Recipe, Variant
from .sandbox import Namespace, blame


class Living:
    """What a variant that has come to life can do, whatever its kind."""

    recipe: Recipe
    seed: int
    device: torch.device
    config: Any
    transform: Callable[..., Any] | None
    reads: Counter[str]
    calls: Counter[str]

    def pixels(self, images: np.ndarray) -> Tensor:
        """Real images as this model takes them, (N, *image_shape) on the device.

        Args:
            images: uint8, (N, channels, height, width), native.

        Raises:
            VariantError: The variant's own `transform` raises, or makes another shape.
        """
        shape, ends = tuple(self.config.image_shape), tuple(self.config.pixel_range)
        if self.transform is None:
            return to_model(images, image_shape=shape, pixel_range=ends, device=self.device)
        source = self.recipe.variant_of("data")
        try:
            with initial.keyed(self.seed, "transform"):
                made = [torch.as_tensor(np.asarray(self.transform(picture(row)))).float() for row in images]
        except Exception as error:
            raise blame(error, [source], "transform(image) raised") from error
        if any(tuple(one.shape) != shape for one in made):
            line = source.parts["data"].line
            raise VariantError(
                "transform() makes images of another shape", file=line.file if line else source.path,
                line=line.line if line else None, expected=str(shape), got=str(tuple(made[0].shape)),
            )  # fmt: skip
        return torch.stack(made).to(self.device)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """What is called and read in the block does not count as used."""
        counts = self.calls.copy(), self.reads.copy()
        try:
            yield
        finally:
            for counter, before in zip((self.calls, self.reads), counts, strict=True):
                counter.clear()
                counter.update(before)

    @property
    def variants(self) -> list[Variant]:
        """Every variant that has a part in this."""
        return self.recipe.variants


def optimizer_shown(optimizer: torch.optim.Optimizer) -> str:
    """An optimiser with the settings that decide what it does."""
    names = ("lr", "betas", "momentum", "weight_decay", "eps")
    chosen = {name: value for name, value in optimizer.defaults.items() if name in names}
    return f"{type(optimizer).__name__}({', '.join(f'{name}={value}' for name, value in chosen.items())})"


def with_config(args: tuple[Any, ...], own: Any, configs: dict[Variant, Any]) -> tuple[Any, ...]:
    """Arguments with a part's own Config in place of whichever: fields beyond the contract's belong to its variant."""
    return tuple(own if any(arg is config for config in configs.values()) else arg for arg in args)


def namespaces(recipe: Recipe, bound: Mapping[str, Any]) -> dict[Variant, Namespace]:
    """A fresh namespace for each variant that has a part in a recipe, with what the contract binds in it."""
    return {variant: Namespace(variant, dict(bound)) for variant in recipe.variants}


def configs(
    recipe: Recipe, spaces: dict[Variant, Namespace], reads: Counter[str], own_fields: Collection[str] = ()
) -> dict[Variant, Any]:
    """Each variant's Config, completed by defaults; contract fields come from whose part they are.

    Args:
        own_fields: Contract fields that each variant keeps its own of, beside those that its kind shares: `betas`
            of a GAN are each optimiser's. The shape of images goes with the first net.
    """
    kind = of(recipe.base.kind)
    own = {variant: _own_config(space) for variant, space in spaces.items()}
    found = {}
    for variant in spaces:
        values = dict(kind.defaults)
        for field in kind.defaults:
            mine = field in (*kind.shared_fields, *own_fields)
            owner = variant if mine else recipe.variant_of(kind.part_of_field.get(field, kind.nets[0]))
            values[field] = getattr(own[owner], field, kind.defaults[field])
        found[variant] = _completed(own[variant], values, reads)
    return found


def _own_config(space: Namespace) -> Any:
    cls = space.get("Config")
    if cls is None:
        return None
    try:
        return cls()
    except Exception as error:
        raise blame(error, [space.variant], "Config() raised") from error


def _completed(own: Any, values: dict[str, Any], reads: Counter[str]) -> Any:
    """An instance of the user's own Config with the contract's fields filled in and reads counted."""
    base: Any = object if own is None else type(own)

    def read(self: Any, name: str) -> Any:
        if not name.startswith("__"):
            reads[name] += 1
        return base.__getattribute__(self, name)

    config: Any = object.__new__(type("Config", (base,), {"__getattribute__": read}))
    for name in (
        [f.name for f in dataclasses.fields(own)] if dataclasses.is_dataclass(own) else getattr(own, "__dict__", ())
    ):
        object.__setattr__(config, name, getattr(own, name))
    for name, value in values.items():
        object.__setattr__(config, name, value)
    return config


def config_values(config: Any) -> dict[str, Any]:
    """Every field of the effective Config: the contract's and the user's own."""
    own = {
        name: value
        for cls in reversed(type(config).__mro__[1:-1])
        for name, value in vars(cls).items()
        if not name.startswith("_") and not callable(value) and not isinstance(value, property | staticmethod)
    }
    return {**own, **object.__getattribute__(config, "__dict__")}


def construct(cls: Any, name: str, config: Any, variant: Variant) -> Any:
    arguments = (config,) if _wants_config(cls) else ()
    try:
        made = cls(*arguments)
    except Exception as error:
        raise blame(error, [variant], f"{name}({'config' if arguments else ''}) raised") from error
    if name != "Objective" and not isinstance(made, nn.Module):
        part = variant.parts[name.lower()]
        raise VariantError(
            f"{name} must be a torch.nn.Module",
            file=part.line.file if part.line else variant.path,
            line=part.line.line if part.line else None,
            expected="class " + name + "(nn.Module)",
            got=type(made).__name__,
            docs="docs/variants.md",
        )
    return made


def _wants_config(cls: Any) -> bool:
    """`Generator(config)` where the constructor has to be given something, or names it config."""
    parameters = list(python_inspect.signature(cls).parameters.values())
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if not positional:
        return False
    first = positional[0]
    annotated = str(first.annotation).rsplit(".", 1)[-1].strip("'>") == "Config"
    return first.default is first.empty or first.name in ("config", "cfg", "conf") or annotated


def guarded(function: Callable[..., Any], variants: list[Variant], doing: str) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        try:
            return function(*args)
        except VariantError:
            raise
        except Exception as error:
            raise blame(error, variants, doing) from error

    return call


def trainable(net: nn.Module) -> Iterator[nn.Parameter]:
    """Parameters that take gradients."""
    return (p for p in net.parameters() if p.requires_grad)


def plain(value: Any) -> Any:
    """A Config value as JSON can hold it."""
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return repr(value)

"""What only running can tell of a script: its settings' values, what it does to images and draws, its nets' shapes.

Runs in a worker, under `guard`. What the script does at import is not run: the draft holds the assignments, functions
and classes that its nets, losses and settings need.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy import special
from torch import Tensor, nn

from .. import initial
from ..build import build
from ..data import Images, picture, to_model
from ..errors import VariantError
from ..records import Recipe, Variant
from ..sandbox import Namespace, blame
from ..step import Batches, Crashed, Diverged, Trainer
from .lift import Array

STEPS = 4
"""Steps that two forms of a script are trained: Adam's first step hides the size of a gradient, the second does not."""

ROUNDING = 1e-4
"""Relative difference of BatchNorm's running statistics that the standard step's shortcut leaves."""

COUNT = 512
"""Latents drawn to tell how they are distributed."""

EXAMPLES = 4
"""Images that nets are tried on; BatchNorm needs two."""

ALIKE = 0.01
"""Of a uniform or normal distribution, Kolmogorov-Smirnov p-value below which values are not drawn from it."""

CLOSE = 2.5 / 255
"""Two grey levels, as a share of the range: what resampling in bytes differs from resampling in floats by."""


class _Config:
    """Stands in for the variant's Config while nets are tried; factories of scripts read nothing from it."""

    image_shape = (1, 28, 28)


def trial(variant: Variant, questions: dict[str, str], array: Array | None, images: Images) -> dict[str, Any]:
    """Everything that is asked of a draft. JSON values only; an answer that could not be had is absent.

    Raises:
        VariantError: The draft does not run, or one of its nets cannot be made or called.
    """
    with initial.keyed(0, "script"):
        space = Namespace(variant, {})
        found: dict[str, Any] = {"failed": {}}
        for name, expression in questions.items():
            if name == "transform":
                continue
            value = _evaluated(space, expression, found["failed"], name)
            if isinstance(value, bool | int | float):
                found[name] = value
            elif isinstance(value, np.number | Tensor) and np.size(value) == 1:
                found[name] = float(value)
        rows = images.train[:64]
        found["data"] = _data(space, questions.get("transform"), rows, found["failed"])
        if found["data"] is None and array is not None:
            found["data"] = _array(space, array, rows, found["failed"])
        found |= _nets(space, found["data"], _latents(space, found), variant)
    return found


def alike(one: Variant, other: Variant, images: Images) -> bool:
    """Whether two forms of one script train alike: parameters bit for bit, buffers but for rounding."""
    states = []
    for variant in (one, other):
        try:
            built = build(Recipe(variant), seed=0, device="cpu")
            rows = images.train[: STEPS * built.config.batch_size]
            batches = Batches(built.pixels(rows), size=built.config.batch_size, seed=0)
            trainer = Trainer(built, batches, single_pass=True, watching=False)
            trainer.prepare()
            for number in range(1, STEPS + 1):
                trainer.step(number)
        except (VariantError, Crashed, Diverged):
            return False
        states.append([
            *((p.detach(), True) for net in (built.generator, built.discriminator) for p in net.parameters()),
            *((b.detach(), False) for net in (built.generator, built.discriminator) for b in net.buffers()),
        ])  # fmt: skip
    return len(states[0]) == len(states[1]) and all(
        torch.equal(a, b) if exact else torch.allclose(a.double(), b.double(), rtol=ROUNDING)
        for (a, exact), (b, _) in zip(*states, strict=True)
    )


def _evaluated(space: Namespace, expression: str, failed: dict[str, str], name: str) -> Any:
    try:
        return eval(compile(expression, "<setting>", "eval"), vars(space.main))
    except Exception as error:
        failed[name] = f"`{expression}`: {type(error).__name__}: {error}"[:200]
        return None


def _data(space: Namespace, expression: str | None, rows: np.ndarray, failed: dict[str, str]) -> dict[str, Any] | None:
    """Shape, range and whether scaling and resizing alone explain what a transform makes of images."""
    transform = None if expression is None else _evaluated(space, expression, failed, "transform")
    if transform is None:
        return None
    try:
        made = [torch.as_tensor(np.asarray(transform(picture(row)))).float() for row in rows]
        levels = [torch.as_tensor(np.asarray(transform(picture(np.full_like(rows[0], v))))).float() for v in (0, 255)]
        again = torch.as_tensor(np.asarray(transform(picture(rows[0])))).float()
    except Exception as error:
        failed["transform"] = f"`{expression}`: {type(error).__name__}: {error}"[:200]
        return None
    if made[0].ndim != 3:
        return {"shape": list(made[0].shape), "range": _range(levels), "standard": False, "odd": True}
    shape, ends = tuple(made[0].shape), _range(levels)
    standard = bool(torch.equal(again, made[0])) and ends[1] > ends[0]
    if standard:
        ours = to_model(rows, image_shape=shape, pixel_range=(ends[0], ends[1]))  # type: ignore[arg-type]
        standard = bool(((torch.stack(made) - ours).abs().max() / (ends[1] - ends[0])) < CLOSE)
    return {"shape": list(shape), "range": ends, "standard": standard, "random": not torch.equal(again, made[0])}


def _array(space: Namespace, array: Array, rows: np.ndarray, failed: dict[str, str]) -> dict[str, Any] | None:
    """The same of images that a script keeps as one array: its statements done to our bytes."""
    try:
        ends = [_as_array(space, array, np.full_like(rows[:2], value)) for value in (0, 255)]
        made = _as_array(space, array, rows)
    except Exception as error:
        failed["transform"] = f"`{array.code}`: {type(error).__name__}: {error}"[:200]
        return None
    levels = [float(end.mean()) for end in ends]
    shape = (1, *made.shape[1:]) if made.ndim == 3 else tuple(made.shape[1:])
    if len(shape) == 3 and shape[2] == 1 and shape[0] != 1:
        shape = (shape[2], *shape[:2])  # channels last
    known = {"shape": list(shape), "range": [round(level, 6) for level in levels], "standard": True, "random": False}
    scaled = rows.reshape(made.shape) / 255 * (levels[1] - levels[0]) + levels[0] if rows.size == made.size else None
    plain = scaled is not None and bool(np.abs(scaled - made).max() <= CLOSE * abs(levels[1] - levels[0]))
    return known if plain else {**known, "standard": False, "odd": True}


def _as_array(space: Namespace, array: Array, rows: np.ndarray) -> np.ndarray:
    names = dict(vars(space.main))
    images = rows[:, 0] if rows.shape[1] == 1 else np.moveaxis(rows, 1, -1)
    names |= {"np": np, "torch": torch} | dict.fromkeys(array.raw, images)
    exec(compile(array.code, "<data>", "exec"), names)
    return np.asarray(names[array.place], dtype=np.float64)


def _range(levels: list[Tensor]) -> list[float]:
    return [round(float(level.mean()), 6) for level in levels]


def _latents(space: Namespace, found: dict[str, Any]) -> Callable[[int], Tensor]:
    """Draws latents as the script does; notes their distribution and shape."""
    drawn = space.get("_drawn")
    assert drawn is not None

    def draw(count: int) -> Tensor:
        try:
            return torch.as_tensor(drawn(count)).detach().float()
        except Exception as error:
            raise blame(error, [space.variant], "drawing latents as the script does raised") from error

    sample = draw(COUNT)
    found["latent"] = {"shape": list(sample.shape[1:]), "kind": _kind(sample), "count": len(sample)}
    return draw


def _kind(sample: Tensor) -> str:
    """The distribution that latents are drawn from, by the Kolmogorov-Smirnov distance to each that is known."""
    values = sample.double().reshape(-1)[:20_000].sort().values
    levels = {
        "normal": torch.special.ndtr(values),
        "uniform": ((values + 1) / 2).clamp(0, 1),
        "uniform01": values.clamp(0, 1),
    }
    steps = torch.arange(len(values) + 1, dtype=torch.float64) / len(values)
    for name, level in levels.items():
        distance = float(torch.maximum((steps[1:] - level).max(), (level - steps[:-1]).max()))
        if special.kolmogorov(math.sqrt(len(values)) * distance) > ALIKE:
            return name
    return "own"


def _nets(
    space: Namespace, data: dict[str, Any] | None, draw: Callable[[int], Tensor], variant: Variant
) -> dict[str, Any]:
    """What both nets take and give: whether flat images, and which output is the code."""
    made: dict[str, nn.Module] = {}
    for role in ("generator", "discriminator"):
        try:
            made[role] = space.get(f"_made_{role}")(_Config)  # type: ignore[misc]
        except Exception as error:
            raise blame(error, [variant], f"making the {role} as the script does raised") from error
        if not isinstance(made[role], nn.Module):
            raise VariantError(
                f"the {role} is not a torch.nn.Module", file=variant.path, got=type(made[role]).__name__,
                expected="a net", hint=f"say which it is: --{role} NAME",
            )  # fmt: skip
        made[role].eval()
    latents = draw(EXAMPLES)
    try:
        with torch.no_grad():
            fake = made["generator"](latents)
    except Exception as error:
        doing = f"the generator raised on latents of shape {tuple(latents.shape)}:"
        raise blame(error, [variant], doing) from error
    if not isinstance(fake, Tensor):
        raise VariantError(
            "the generator does not return images", file=variant.path, expected="a tensor", got=type(fake).__name__
        )
    shape = _shape(fake, data)
    flat = ["generator"] if fake.ndim == 2 else []
    images = fake.reshape(len(fake), *shape)
    output = None
    tries: list[tuple[bool, Tensor]] = [(False, images), (True, images.flatten(1))]
    problem: Exception | None = None
    for is_flat, given in tries:
        try:
            with torch.no_grad():
                output = made["discriminator"](given)
        except Exception as error:
            problem = problem or error
            continue
        flat += ["discriminator"] if is_flat else []
        break
    if output is None:
        assert problem is not None
        doing = f"the discriminator raised on images of shape {tuple(images.shape)}:"
        raise blame(problem, [variant], doing) from problem
    parts = list(output) if isinstance(output, tuple | list) else [output]
    size = images[0].numel()
    numels = [p[0].numel() if isinstance(p, Tensor) and p.ndim and len(p) == len(images) else 0 for p in parts]
    wraps = len(parts) > 0 and isinstance(parts[0], Tensor) and parts[0].ndim == 2 and numels[0] == size and size > 1
    if wraps and "discriminator" not in flat:
        flat.append("discriminator!")
    return {
        "shape": list(shape), "flat": flat, "code_first": len(parts) > 1 and numels[0] != size and numels[1] == size,
        "outputs": [list(p.shape) if isinstance(p, Tensor) else type(p).__name__ for p in parts],
    }  # fmt: skip


def _shape(fake: Tensor, data: dict[str, Any] | None) -> tuple[int, int, int]:
    """(channels, height, width) of the images that nets exchange."""
    known = tuple(data["shape"]) if data and len(data["shape"]) == 3 else None
    if known is not None and math.prod(known) == fake[0].numel():
        return known
    if fake.ndim == 4:
        return tuple(fake.shape[1:])  # type: ignore[return-value]
    side = math.isqrt(fake[0].numel())
    if side * side == fake[0].numel():
        return (1, side, side)
    raise VariantError(
        "the generator does not return images", expected="(batch, channels, height, width), or flat squares",
        got=f"shape {tuple(fake.shape)}",
    )  # fmt: skip

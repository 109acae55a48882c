"""Built variant → the ranges of its data, images and reconstructions, and what they leave of its energy."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from . import initial, streams
from .build import Built
from .reader import KeptState
from .records import Line, rounded
from .yardsticks import own_energy

GAINS = (3.0, 30.0)
"""All parameters and inputs are multiplied by these: what is bounded stays, what is not grows with them."""

IMAGES = 16

GROWS = 2.0
"""An end that is so many times farther out under the larger gain is open. A bounded end moves by less than its own
size; a linear one by the ratio of the gains, once a layer."""

NEAR = 0.02
"""Share of the width of the pixel range that an output's end may miss it by: tanh never quite reaches 1."""

VIEWS = (
    "view", "reshape", "view_as", "flatten", "unflatten", "squeeze", "unsqueeze", "contiguous", "__get__", "permute",
    "transpose", "size", "dim", "to", "float", "pixel_shuffle", "clone", "numel", "type_as", "expand", "expand_as",
    "__getitem__",
)  # fmt: skip
"""Torch functions that rearrange values and change none."""


def ranges(built: Built, latents: Tensor, real: Tensor) -> dict[str, Any]:
    """What the outputs of both nets are bounded by, at step 0 and whatever they learn.

    Args:
        real: (B, C, H, W) real images in the model's range.

    Returns:
        `pixel_range`; `data`: lowest and highest value of real images; `generator` and `reconstruction`, each with
        `low` and `high` (None where open), `seen` (lowest and highest at step 0), `last` (what bounds it: `name`,
        `line`), or `unknown`; `image_shape` and `recon_shape`; `energy`: `ceiling` of the variant's energy with these
        bounds (None where open), `in_range`: the largest with a reconstruction inside of the pixel range, `floor`:
        of real images whose reconstruction is as near as the bounds allow, `initial`: of real images at step 0.
    """
    images = real[:IMAGES]
    low, high = (float(end) for end in built.config.pixel_range)
    found: dict[str, Any] = {
        "pixel_range": [low, high],
        "data": [rounded(real.min().item()), rounded(real.max().item())],
        "generator": _tried(lambda: _bounds(built, built.generator, latents[:IMAGES], lambda output: output)),
        "reconstruction": {"unknown": "the discriminator is no autoencoder"},
        "image_shape": list(images.shape[1:]),
        "recon_shape": None,
        "energy": {"ceiling": None, "in_range": None, "floor": None, "initial": None},
    }
    if not built.reader.autoencoder:
        return found
    found["reconstruction"] = _tried(
        lambda: _bounds(built, built.discriminator, images, lambda output: built.reader(output)[0])
    )
    with torch.no_grad(), KeptState(built.discriminator), initial.keyed(0, "ranges"):
        recon, _ = built.reconstruct(real)
    assert recon is not None
    found["recon_shape"] = list(recon.shape[1:])
    if recon.numel() == real.numel():
        found["energy"] = _energies(built, found["reconstruction"], recon, real)
    return found


def _energies(built: Built, bounds: dict[str, Any], recon: Tensor, real: Tensor) -> dict[str, Any]:
    low, high = (float(end) for end in built.config.pixel_range)

    def worst(ends: tuple[float | None, float | None]) -> float | None:
        """Largest energy of a blank image against a blank reconstruction, at the ends of their ranges."""
        if ends[0] is None or ends[1] is None:
            return None
        corners = [(low, ends[1]), (high, ends[0])]
        values = [_own(built, torch.full_like(recon[:2], r), torch.full_like(real[:2], x)) for x, r in corners]
        known = [value for value in values if value is not None]
        return max(known) if len(known) == len(values) else None

    ends = [bounds.get("low", low), bounds.get("high", high)]
    nearest = real if ends == [None, None] else real.clamp(*ends)
    return {
        "floor": _own(built, nearest.reshape(recon.shape), real),
        "ceiling": worst((bounds.get("low"), bounds.get("high"))),
        "in_range": worst((low, high)),
        "initial": _own(built, recon, real),
    }


def _own(built: Built, recon: Tensor, images: Tensor) -> float | None:
    value = own_energy(built, recon, images)
    return None if value is None else rounded(value)


def _bounds(built: Built, net: nn.Module, inputs: Tensor, of: Callable[[Any], Any]) -> dict[str, Any]:
    """Ends of a net's output, those that it shows at step 0, and its last layer or function that is no mere view."""
    with torch.no_grad(), KeptState(net), initial.keyed(0, "ranges"), _Last(built, net) as last:
        output = of(net(inputs))
    seen = [rounded(output.min().item()), rounded(output.max().item())]
    ends = []
    signs = [_signs(parameter, place) for place, parameter in enumerate(net.parameters())]
    for gain in GAINS:
        lows, highs = [], []
        for turned in (False, True):
            twin = copy.deepcopy(net)
            with torch.no_grad():
                for sign, parameter in zip(signs, twin.parameters(), strict=True):
                    parameter.mul_(sign * gain if turned else gain)
            for mode in (True, False):
                with torch.no_grad(), initial.keyed(0, "ranges"):
                    shown = of(twin.train(mode)(inputs * gain)).double()
                shown = torch.nan_to_num(shown, nan=0.0, posinf=math.inf, neginf=-math.inf)
                lows.append(shown.min().item())
                highs.append(shown.max().item())
        ends.append((min(lows), max(highs)))
    (low, high), (low_far, high_far) = ends
    reach = max(abs(end) for pair in ends[:1] for end in pair) or 1.0
    return {
        "low": None if low_far < min(low, 0) - reach * (GROWS - 1) else rounded(min(low, low_far)),
        "high": None if high_far > max(high, 0) + reach * (GROWS - 1) else rounded(max(high, high_far)),
        "seen": seen,
        "last": last.found(),
    }


def _signs(parameter: Tensor, place: int) -> Tensor:
    """Signs drawn anew: weights that all start with one would make an open output look bounded; training turns them."""
    rng = streams.generator(0, streams.PROBES, f"signs {place}")
    return torch.randint(0, 2, parameter.shape, generator=rng).to(parameter) * 2 - 1


class _Last(TorchFunctionMode):
    """Remembers what a net called last, views aside, and the user's line of it."""

    def __init__(self, built: Built, net: nn.Module) -> None:
        super().__init__()
        self.files = frozenset(v.display(f) for v in built.variants for f in v.files)
        self.lines = built.lines
        self.inside: list[nn.Module] = []
        self.latest: tuple[str, Line | None] | None = None
        self.hooks = [
            hook
            for module in net.modules()
            if not list(module.children())
            for hook in (
                module.register_forward_pre_hook(lambda module, inputs: self.inside.append(module)),
                module.register_forward_hook(lambda module, inputs, output: self.inside.remove(module)),
            )
        ]

    def __exit__(self, *exception: Any) -> None:
        super().__exit__(*exception)
        for hook in self.hooks:
            hook.remove()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name not in VIEWS:
            if self.inside and type(self.inside[-1]).__module__.startswith("torch.nn"):
                self.latest = f"nn.{self.inside[-1]!r}", self.lines.get(self.inside[-1])
            else:
                self.latest = f"{name}()", self._line()
        return func(*args, **(kwargs or {}))

    def _line(self) -> Line | None:
        frame = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename not in self.files:
            frame = frame.f_back  # type: ignore[assignment]
        return None if frame is None else Line(frame.f_code.co_filename, frame.f_lineno)

    def found(self) -> dict[str, Any] | None:
        """`name` as one would write it, `line`."""
        if self.latest is None:
            return None
        name, line = self.latest
        return {"name": name, "line": None if line is None else {"file": line.file, "line": line.line}}


def _tried(bounds: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return bounds()
    except Exception as error:  # a net that cannot be copied, or one that breaks on what it is given
        text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return {"unknown": text}

"""Pairs of images that are the same or not: drawn from a data set, or by a variant's own `pairs`.

Every draw is keyed, so both variants train on the same pairs, and of two that ask for different numbers of them the one
with fewer has the first of the other's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ebdiag import streams

PAIRS = "pairs"
HELD_OUT = "held-out pairs"

TURN, SHIFT, ZOOM = 15.0, 0.1, 0.1
"""An augmented view is turned by up to so many degrees, shifted by such a share of the image, and zoomed by one."""


@dataclass(frozen=True)
class Pairs:
    """Pairs, by place in a stack of images.

    Attributes:
        images: (N, C, H, W) in the model's range, on its device.
        first, second: (n,) int64, places in `images`.
        same: (n,) float32, 1 where a pair is the same, else 0.
        views: (n, 2, 2, 3) float32, how each of both is turned and shifted before it is seen; None for as it is.
        source: `labels`, `augmentations` or `own`.
    """

    images: Tensor
    first: Tensor
    second: Tensor
    same: Tensor
    views: Tensor | None
    source: str

    def __len__(self) -> int:
        return len(self.same)

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Both images of some pairs, (B, C, H, W) each, and whether they are the same, (B,)."""
        sides = [self.images.index_select(0, places[rows]) for places in (self.first, self.second)]
        if self.views is not None:
            sides = [seen(images, self.views[rows, side]) for side, images in enumerate(sides)]
        return sides[0], sides[1], self.same[rows]


def seen(images: Tensor, views: Tensor) -> Tensor:
    """Images as the affine maps `views` (B, 2, 3) show them; beyond the edge the edge goes on."""
    grid = torch.nn.functional.affine_grid(views, list(images.shape), align_corners=False)
    return torch.nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def drawn(
    images: Tensor, labels: np.ndarray | None, count: int, *, by: str, share: float, seed: int, purpose: str
) -> Pairs:
    """So many pairs of a data set.

    Args:
        labels: (N,), for pairs of one class or of two; None where there are none, then pairs are two views of one image
            or of two, whatever is asked for.
        by: `labels` or `augmentations`.
        share: Of pairs that are the same, in every stretch of them.
        seed, purpose: Key of the draws.

    Raises:
        ValueError: `by` is neither; the share is not within 0 and 1; no two images are of one class, or all are.
    """
    if by not in ("labels", "augmentations"):
        raise ValueError(f"Config.pairs_by must be 'labels' or 'augmentations', got {by!r}")
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError(f"Config.same_share must be between 0 and 1, got {share!r}")
    rng = streams.generator(seed, purpose, "which")
    chances = torch.rand((count, 2), generator=rng, dtype=torch.float64)
    steps = torch.arange(count + 1, dtype=torch.float64) * share
    same = (steps[1:] + 1e-9).floor() > (steps[:-1] + 1e-9).floor()
    first = (chances[:, 0] * len(images)).long().clamp_(max=len(images) - 1)
    if by == "labels" and labels is not None:
        second = _partners(first, same, torch.from_numpy(labels.astype(np.int64)), chances[:, 1])
        views, source = None, "labels"
    else:
        others = (chances[:, 1] * (len(images) - 1)).long().clamp_(max=max(len(images) - 2, 0))
        second = torch.where(same, first, others + (others >= first))
        views, source = _views(count, streams.generator(seed, purpose, "views")).to(images.device), "augmentations"
    device = images.device
    return Pairs(images, first.to(device), second.to(device), same.float().to(device), views, source)


def _partners(first: Tensor, same: Tensor, labels: Tensor, chances: Tensor) -> Tensor:
    """For each image another one of its class, or one of another class, all alike likely."""
    order = torch.argsort(labels, stable=True)
    classes, members = torch.unique_consecutive(labels[order], return_counts=True)
    starts = members.cumsum(0) - members
    own = torch.searchsorted(classes, labels[first])
    start, size, total = starts[own], members[own], len(labels)
    if bool((same & (size < 2)).any()):
        raise ValueError("a class of the data set has a single image, which has no partner")
    if bool((~same & (size == total)).any()):
        raise ValueError("all images of the data set are of one class, so no two of them differ")
    place = torch.empty_like(order)
    place[order] = torch.arange(total)
    within = (chances * (size - 1)).long()
    within = start + within + (start + within >= place[first])
    beyond = (chances * (total - size)).long()
    beyond = torch.where(beyond >= start, beyond + size, beyond)
    return order[torch.where(same, within, beyond)]


def _views(count: int, rng: torch.Generator) -> Tensor:
    """(count, 2, 2, 3) affine maps."""
    draws = torch.rand((count, 2, 4), generator=rng) * 2 - 1
    angle, zoom = draws[..., 0] * math.radians(TURN), 1 + draws[..., 1] * ZOOM
    cos, sin = angle.cos() / zoom, angle.sin() / zoom
    shift = draws[..., 2:] * 2 * SHIFT
    return torch.stack(
        [torch.stack([cos, -sin, shift[..., 0]], -1), torch.stack([sin, cos, shift[..., 1]], -1)], dim=-2
    )


def taken(given: Any, count: int, shape: tuple[int, int, int], device: torch.device) -> Pairs:
    """What a variant's own `pairs` returned.

    Raises:
        TypeError, ValueError: It is not (first, second, same) with a finite image of `shape` each and a label of 0
            or 1.
    """
    if not isinstance(given, tuple | list) or len(given) != 3:
        size = f" of {len(given)}" if isinstance(given, tuple | list) else ""
        raise TypeError(f"pairs() must return (first, second, same), got {type(given).__name__}{size}")
    first, second, same = (_tensor(part, name) for part, name in zip(given, ("first", "second", "same"), strict=True))
    for name, images in (("first", first), ("second", second)):
        if tuple(images.shape) != (count, *shape):
            raise ValueError(f"pairs() must return {name} of shape {(count, *shape)}, got {tuple(images.shape)}")
        if not bool(images.isfinite().all()):
            raise ValueError(f"pairs() must return finite images, got NaN or infinity in {name}")
    if same.numel() != count:
        raise ValueError(f"pairs() must return {count} labels of 0 or 1, got shape {tuple(same.shape)}")
    same = same.reshape(-1).float()
    wrong = same[(same != 0) & (same != 1)]
    if len(wrong):
        raise ValueError(f"pairs() must return {count} labels of 0 or 1, got {wrong[0].item():g}")
    places = torch.arange(count, device=device)
    images = torch.cat([first, second]).float().to(device)
    return Pairs(images, places, places + count, same.to(device), None, "own")


def _tensor(given: Any, name: str) -> Tensor:
    try:
        return torch.as_tensor(given).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"pairs() must return {name} as a tensor, got {type(given).__name__}") from error

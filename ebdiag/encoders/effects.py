"""What the parts of a contrastive variant do to prepared inputs, as text that `differences` compares."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import torch
from torch import Tensor

from ebdiag import initial, streams
from ebdiag.effects import FUNCTIONS, net_effect, optimiser_effect, tried
from ebdiag.step import named, total

from .build import Built

PREPARED, SIZE = 24, 16


def effects(built: Built, images: Tensor, used: Mapping[str, list[str]]) -> dict[str, str | None]:
    """Part → effect; None for what is compared by its source.

    Args:
        images: Of the encoder's shape, in a range that is not the variant's own: that is a matter of its data.
        used: Net → names of the parameters that it uses, in the order in which it uses them.
    """
    config = built.config
    with built.uncounted():
        return {
            "encoder": net_effect(built.encoder, images, "encoder", used["encoder"]),
            "contrastive_loss": tried(FUNCTIONS, functools.partial(_loss, built)),
            "predict": tried(FUNCTIONS, functools.partial(_predict, built)),
            "pairs": None if built.own_pairs else str([config.pairs_by, float(config.same_share)]),
            "data": None if built.transform else str([int(config.train_pairs), [float(v) for v in config.pixel_range]]),
            "optimizer": _text(optimiser_effect(built.nets, built.optimizer)),
            "batch_size": str(int(config.batch_size)),
            "schedule": str(int(config.epochs)),
        }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _embedded(built: Built, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Embeddings of pairs that are more and less alike, and which are the same."""
    rng = streams.generator(0, streams.PROBES, "prepared embeddings")
    first, noise = torch.randn((2, PREPARED, SIZE), generator=rng, dtype=torch.float64)
    mixed = torch.linspace(-1, 1, PREPARED, dtype=torch.float64)[:, None]
    second = mixed * first + (1 - mixed.square()).sqrt() * noise
    same = (torch.arange(PREPARED) % 3 == 0).to(dtype)
    return first.to(built.device, dtype), second.to(built.device, dtype), same.to(built.device)


def _loss(built: Built, dtype: torch.dtype) -> list[Tensor]:
    first, second, same = _embedded(built, dtype)
    first.requires_grad_()
    with initial.keyed(0, "effects"):
        loss = total(named(built.loss(first, second, same, built.config)))
    loss.backward()
    assert first.grad is not None
    return [loss, torch.stack([first.grad.norm(), first.grad.flatten()[::7].sum()])]


def _predict(built: Built, dtype: torch.dtype) -> list[Tensor]:
    first, second, _ = _embedded(built, dtype)
    with torch.no_grad(), initial.keyed(0, "effects"):
        return [torch.as_tensor(built.predict(first, second, built.config)).double()]

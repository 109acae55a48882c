"""The sanity ladder of an encoder: can it learn some pairs by heart, and do their labels tell anything at all?

Both rungs go by the AUROC of the cosine, which is .5 for a useless encoder and 1 for a perfect one: half of the way is
.75, as on the ladder of GANs (docs/ladder.md).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ebdiag import defaults as shared
from ebdiag import streams
from ebdiag.data import Images, load_images
from ebdiag.kinds.contrastive import DEFAULTS
from ebdiag.ladder import HALF, NotFinite, Reading, Try, tried
from ebdiag.metrics.pairs import auroc, auroc_by_chance
from ebdiag.records import DataSpec, Environment, Recipe
from ebdiag.step import named, total

from .build import Built, build
from .defaults import cosine
from .pairs import Pairs

HEART = 32
"""Pairs to learn by heart."""

POOL = 256
"""Pairs to learn from: more than a net learns by heart in so few updates."""

BATCH = 16
UPDATES = 48
"""Of one round. A cost, not a judgement: who has not learnt pairs by heart goes on for up to four rounds."""

THRESHOLD = 0.5 + HALF * 0.5
EMBEDDED = 250


class Setting:
    """What both rungs share."""

    def __init__(self, recipe: Recipe, data: DataSpec, environment: Environment, alive: Callable[[], object]) -> None:
        self.recipe, self.environment, self.alive = recipe, environment, alive
        self.images: Images = load_images(data.name)
        self.variants = recipe.variants

    def built(self, count: int) -> tuple[Built, Pairs]:
        """The variant at step 0 of seed 0, and pairs of the kind that it trains on, whatever it takes of them."""
        device = self.environment.device
        built = build(self.recipe, seed=0, device=device, fused=device in ("cpu", "cuda"), spreads=False)
        object.__setattr__(built.config, "train_pairs", count)
        return built, built.training_pairs(self.images)


def climb(
    recipe: Recipe, data: DataSpec, environment: Environment, alive: Callable[[], object] = lambda: None
) -> list[dict[str, Any]]:
    """Try both rungs; rows as `ladder.climb` returns them."""
    with streams.preserved_globals():
        setting = Setting(recipe, data, environment, alive)
        once: dict[str, Any] = {"rounds": 2, "again": False}  # noise would be tried for ever, and tells all in one
        rungs: tuple[tuple[str, Callable[[Setting, bool], Try], dict[str, Any]], ...] = (
            ("encoder-overfits-pairs", _by_heart, {}),
            ("encoder-learns-labels", _labels, once),
        )
        return [
            row
            for name, prepare, limits in rungs
            for row in tried(
                setting, "encoder", (name,), prepare, usual=UPDATES, rate=DEFAULTS["learning_rate"], **limits
            )
        ]


def _by_heart(setting: Setting, plain: bool) -> Try:
    """A few pairs, their labels given: what no encoder that can learn fails at, whatever the labels mean."""
    built, pairs = setting.built(HEART)
    _optimised(built, plain)
    return Try(
        "pairs by heart",
        built.optimizer,
        lambda update: _loss(built, pairs, update),
        lambda: {"encoder-overfits-pairs": _reading(_cosines(built, pairs), pairs.same)},
    )


def _labels(setting: Setting, plain: bool) -> Try:
    """More pairs than that, judged by others of the same source; a twin learns the same with its labels shuffled.

    Where the given labels are learnt no faster than shuffled ones, and say nothing of other pairs, they carry nothing.
    """
    built, pairs = setting.built(POOL)
    twin, _ = setting.built(POOL)
    _optimised(built, plain)
    _optimised(twin, plain)
    order = torch.randperm(POOL, generator=streams.generator(0, streams.PROBES, "shuffled labels"))
    shuffled = dataclasses.replace(pairs, same=pairs.same[order.to(pairs.same.device)])
    held_out = built.own_held_out_pairs() or built.held_out_pairs(setting.images)

    def loss(update: int) -> Tensor:
        _follow(twin, shuffled, update)
        return _loss(built, pairs, update)

    def read() -> dict[str, Reading]:
        found = _cosines(built, held_out)
        same = held_out.same > 0.5
        return {
            "encoder-learns-labels": _reading(
                found,
                held_out.same,
                given=_auroc(_cosines(built, pairs), pairs.same),
                shuffled=_auroc(_cosines(twin, shuffled), shuffled.same),
                chance=auroc_by_chance(int(same.sum()), int((~same).sum())) or 0.0,
                least=float(found.min()),
                most=float(found.max()),
            )
        }

    return Try("labels", built.optimizer, loss, read)


def _optimised(built: Built, plain: bool) -> None:
    """Adam at ebdiag's default rate in place of the variant's own optimiser."""
    if plain:
        rate, betas = DEFAULTS["learning_rate"], DEFAULTS["betas"]
        built.optimizer = shared.optimizer(built.encoder, rate, betas, fused=built.device.type in ("cpu", "cuda"))


def _loss(built: Built, pairs: Pairs, update: int) -> Tensor:
    rows = (torch.arange(BATCH) + (update - 1) * BATCH) % len(pairs)
    first, second, same = pairs.batch(rows.to(built.device))
    return total(named(built.loss(built.embed(first), built.embed(second), same, built.config)))


def _follow(built: Built, pairs: Pairs, update: int) -> None:
    """One update of the twin."""
    built.optimizer.zero_grad()
    _loss(built, pairs, update).backward()
    built.optimizer.step()


def _cosines(built: Built, pairs: Pairs) -> Tensor:
    """Of all pairs, in the mode in which the loss sees them."""
    found = []
    with torch.no_grad():
        for rows in torch.arange(len(pairs), device=built.device).split(EMBEDDED):
            first, second, _ = pairs.batch(rows)
            found.append(cosine(built.embed(first), built.embed(second)))
    cosines = torch.cat(found).double().cpu()
    if not bool(cosines.isfinite().all()):
        raise NotFinite("score")
    return cosines


def _auroc(cosines: Tensor, same: Tensor) -> float:
    found = auroc(cosines.numpy(), (same > 0.5).cpu().numpy())
    return 0.5 if found is None else found  # pairs of one kind tell nothing apart


def _reading(cosines: Tensor, same: Tensor, **details: float) -> Reading:
    return Reading(_auroc(cosines, same), THRESHOLD, higher_is_better=True, details=details)

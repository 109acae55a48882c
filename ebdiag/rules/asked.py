"""What the conformance probes found of a model, as rules read it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ebdiag.schema import LineRef

from .case import Case

ONE = 0.01
"""A ratio that is off 1 by more is not 1: the prepared inputs give ratios of 1 to single precision."""

DEPENDS = 1e-3
"""Relative change of an image's energy with its batch from which it depends on it: single precision leaves 1e-6."""


def probe(case: Case, name: str) -> dict[str, Any]:
    """What a conformance probe found; empty where it could not ask."""
    found = case.facts.conformance.get(name)
    return found if isinstance(found, dict) else {}


def line(found: dict[str, Any]) -> LineRef | None:
    """The user's own line that a probe names."""
    place = found.get("line")
    return LineRef(**place) if isinstance(place, dict) else None


def written(case: Case, *parts: str) -> str:
    """The first of some parts that the file writes itself and that takes effect; else the first."""
    for part in parts:
        if case.line(part) is not None and case.used(part):
            return part
    return parts[0]


def calls_energy(case: Case) -> bool:
    """Whether the discriminator's loss is made of the function `energy`; so where that could not be asked."""
    return bool(probe(case, "discriminator_energy").get("calls_energy", case.used("energy")))


def batch_size_matters(case: Case) -> bool:
    """Whether the energy that is compared with the margin changes with the number of images."""
    ratio = probe(case, "energy").get("batch_size_ratio") if calls_energy(case) else None
    once, twice = (probe(case, "hinge").get(name) for name in ("closes_at", "closes_at_double"))
    moved = once is not None and twice is not None and abs(twice / once - 1) > ONE
    return (ratio is not None and abs(ratio - 1) > ONE) or moved


def energy_is_own(case: Case) -> bool:
    """Whether an image's energy depends on nothing but the image, so that single energies can be reasoned with.

    False where `energy` uses numbers of the whole batch, or changes with its size.
    """
    mates = probe(case, "energy").get("batch_mates") if calls_energy(case) else None
    return not (mates is not None and mates > DEPENDS) and not batch_size_matters(case)


def per_sample(case: Case) -> bool:
    """Whether the energy that the losses call has one value an image; True where there is no such function."""
    return not calls_energy(case) or probe(case, "energy").get("per_sample") is not False


def margin(case: Case) -> float | None:
    """The energy at which the hinge really ends, in the units of the losses; None where there is no hinge."""
    if probe(case, "hinge").get("kind") not in ("per_sample", "batch_mean", None) or not energy_is_own(case):
        return None
    acts, says = probe(case, "margin").get("acts"), case.facts.config.get("margin")
    declared = float(says) if case.used("margin") and isinstance(says, int | float) else None
    if acts is None:
        return declared if probe(case, "hinge").get("kind") is not None else None
    near = declared is not None and abs(acts - declared) <= ONE * abs(declared)
    return declared if near else float(acts)


def in_loss_units(case: Case, own: float | None, squared: float | None) -> float | None:
    """An energy in the units of the discriminator's loss.

    Args:
        own: The same by the function `energy`, which stands where the loss calls it.
        squared: The same as mean of squares per value, from which a loss's own formula follows.
    """
    if calls_energy(case):
        return own
    found = probe(case, "discriminator_energy")
    shape = case.facts.ranges.get("image_shape")
    if squared is None or not shape or found.get("scale") is None:
        return None
    values = math.prod(shape)
    scale = float(found["scale"])
    by_family = {
        "squares": scale * squared,
        "norm": scale * (squared * values) ** 0.5,
        "absolutes": scale * squared**0.5,
    }
    return by_family.get(str(found.get("family")))


def loss_floor(conformance: Mapping[str, Any]) -> float | None:
    """The least that a contrastive loss can fall to, whatever the embeddings; None where that is not known.

    Known where cosines are all that the loss sees: it does not change with the length of embeddings, or the encoder
    makes all of them 1 long.
    """
    loss = (conformance.get("response") or {}).get("loss") or {}
    sees_cosines = loss.get("scale_free") or (conformance.get("embedding") or {}).get("normalised")
    floor = loss.get("floor")
    return float(floor) if sees_cosines and isinstance(floor, int | float) and math.isfinite(floor) else None


def controlled(case: Case) -> str | None:
    """Name of the Objective's number that weighs generated images in the discriminator's loss, as k in a BEGAN."""
    name = probe(case, "state").get("weight")
    return None if name is None else str(name)


def moving_margin(case: Case) -> str | None:
    """Name of the Objective's number at which its hinge ends, as in a MAGAN; None where nothing could move it."""
    found = probe(case, "state")
    moves = {"after_step", "after_epoch"} & set(found.get("hooks", ())) or case.used("train_step")
    name = found.get("margin") if moves else None
    return None if name is None else str(name)

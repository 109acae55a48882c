"""Titles of the figures of contrastive encoders: what is seen, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from . import joined, number, percent, plural, say


def cosines_title(side: str, same: float, different: float) -> str:
    """Mean cosines of held-out pairs of one variant."""
    return say("cosines", side=side, same=number(same, 2), different=number(different, 2))


def roc_title(shares: Sequence[tuple[str, float]]) -> str:
    """How often a same pair has a higher cosine than a different one, per variant: the area under the curve."""
    return say("roc", shares=joined([say("roc share", side=side, share=percent(share)) for side, share in shares]))


def thresholds_title(side: str, best: tuple[float, float], own: tuple[float, float] | None) -> str:
    """Accuracy of one variant at the best threshold and at its own; each is a (cosine, accuracy) pair."""
    at, right = number(best[0], 2), percent(best[1])
    if own is None:
        return say("thresholds best", side=side, best=right, best_at=at)
    return say("thresholds", side=side, own=percent(own[1]), own_at=number(own[0], 2), best=right, best_at=at)


def reliability_title(errors: Sequence[tuple[str, float]]) -> str:
    """Expected calibration error, per variant; means over seeds."""
    shown = [say("reliability error", side=side, error=number(error, 2)) for side, error in errors]
    return say("reliability", errors=joined(shown))


def alignment_title(side: str, alignment: float, uniformity: float) -> str:
    """Both numbers of one variant, means over seeds; what is nearly nothing reads as nothing."""
    near, even = round(alignment, 3), round(uniformity, 3)
    return say("alignment", side=side, alignment=number(near, 2), uniformity=number(even, 2))


def embedding_spectrum_title(side: str, rank: float | None, dimensions: int) -> str:
    """In how many directions the embeddings of one variant vary; None where they do not."""
    if rank is None:
        return say("embedding spectrum none", side=side)
    return say("embedding spectrum", side=side, rank=number(rank, 2), dimensions=dimensions)


def spread_title(shares: Sequence[tuple[str, float]]) -> str:
    """Mean spread of a dimension as a share of that on a sphere used evenly, per variant."""
    shown = [say("spread share", side=side, share=percent(share)) for side, share in shares]
    return say("spread", shares=joined(shown))


def embedding_quality_title(ranges: Sequence[tuple[str, str]], bar: float | None) -> str:
    """Where the AUROC of each variant ends; ranges over seeds."""
    ends = joined([say("embedding quality", side=side, shown=shown) for side, shown in ranges])
    return ends if bar is None else say("embedding quality bar", ends=ends, bar=number(bar, 2))


def probes_title(side: str, linear: float | None, neighbour: float | None) -> str:
    """Accuracy of both ways of naming images by the embeddings of one variant, means over seeds."""
    return say("probes", side=side, linear=percent(linear), neighbour=percent(neighbour))


def embedding_training_title(side: str, same: float, different: float, updates: int) -> str:
    """Where the cosines of one variant end, means over seeds, and after how many updates."""
    return say(
        "embedding training",
        side=side,
        same=number(same, 2),
        different=number(different, 2),
        updates=plural(updates, "update"),
    )


def mean_share_title(shares: Sequence[tuple[str, float]]) -> str:
    """How much of embeddings lies in their mean direction at the end, per variant."""
    shown = [say("mean share part", side=side, share=percent(share)) for side, share in shares]
    return say("mean share", shares=joined(shown))


def pair_losses_title(ends: Sequence[tuple[str, float]], floors: Sequence[tuple[str, float]]) -> str:
    """Where the loss of each variant ends, means over seeds, and below what it cannot fall."""
    told = say("pair losses", ends=joined([say("losses end", value=number(value), side=side) for side, value in ends]))
    return "; ".join([told, *(say("loss floor", side=side, floor=number(floor)) for side, floor in floors)])

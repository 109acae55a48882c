"""What a variant's loss and prediction make of prepared embeddings, whose cosines are known."""

from __future__ import annotations

import itertools
import math
from typing import Any

import torch
from torch import Tensor

from ebdiag import initial
from ebdiag.records import rounded
from ebdiag.step import named, total

from .build import Built

COSINES = tuple(place / 20 for place in range(-20, 21))
COPIES = 4
"""Of each prepared pair, since a loss may need a batch."""

LONGER = 3.0
"""So much longer embeddings are tried as well: what goes by the cosine alone does not see it."""


def response(built: Built, size: int) -> dict[str, Any]:
    """Loss and prediction by cosine.

    Args:
        size: Of the variant's embeddings.

    Returns:
        `cosines`; `loss`: of pairs that are the `same` and that are `different`, by cosine, whether it is `scale_free`,
        and its `floor`: the mean of the least that either kind can reach; `predict`: `decided` by cosine,
        `probability` by cosine or None, the `threshold`, the least cosine that is called the same, or None, and whether
        it is `scale_free`. `loss` or `predict` is None where it does not take them.
    """
    found: dict[str, Any] = {"cosines": list(COSINES), "loss": None, "predict": None}
    if size < 2:
        return found
    with torch.no_grad(), initial.keyed(0, "response"), built.uncounted():
        for name, asked in (("loss", _loss), ("predict", _predict)):
            try:
                found[name] = asked(built, size)
            except Exception:  # it takes other embeddings than these: nothing is known of it
                continue
    return found


def prepared(cosine: float, size: int, length: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """A few pairs of embeddings of that cosine and length, (COPIES, size) each."""
    first, second = torch.zeros(2, COPIES, size, device=device)
    first[:, 0] = length
    second[:, 0], second[:, 1] = length * cosine, length * math.sqrt(max(0.0, 1 - cosine**2))
    return first, second


def _loss(built: Built, size: int) -> dict[str, Any] | None:
    def value(cosine: float, kind: float, length: float = 1.0) -> float:
        first, second = prepared(cosine, size, length, built.device)
        same = torch.full((COPIES,), kind, device=built.device)
        return rounded(float(total(named(built.loss(first, second, same, built.config)))))

    same, different = ([value(cosine, kind) for cosine in COSINES] for kind in (1.0, 0.0))
    if not all(map(math.isfinite, (*same, *different))):
        return None
    longer = [value(cosine, kind, LONGER) for cosine in COSINES[::10] for kind in (1.0, 0.0)]
    plain = [value(cosine, kind) for cosine in COSINES[::10] for kind in (1.0, 0.0)]
    free = all(abs(one - other) <= 1e-4 * max(1.0, abs(other)) for one, other in zip(longer, plain, strict=True))
    floor = rounded((min(same) + min(different)) / 2)
    return {"same": same, "different": different, "scale_free": free, "floor": floor}


def _predict(built: Built, size: int) -> dict[str, Any] | None:
    def answered(length: float) -> Tensor:
        pairs = [prepared(cosine, size, length, built.device) for cosine in COSINES]
        return torch.stack([torch.as_tensor(built.predict(*pair, built.config)).reshape(-1)[0] for pair in pairs])

    answers = answered(1.0)
    floating = answers.is_floating_point()
    values = answers.tolist()
    if not all(map(math.isfinite, values)):
        return None
    decided = [value > 0.5 for value in values]
    longer = [value > 0.5 for value in answered(LONGER).tolist()]
    rising = all(later or not earlier for earlier, later in itertools.pairwise(decided))
    threshold = next((cosine for cosine, yes in zip(COSINES, decided, strict=True) if yes), None)
    return {
        "decided": decided,
        "probability": [rounded(value) for value in values] if floating else None,
        "threshold": threshold if rising else None,
        "scale_free": longer == decided,
    }

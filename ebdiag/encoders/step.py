"""One update of an encoder, and what it had in its hands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ebdiag import streams
from ebdiag.errors import VariantError
from ebdiag.sandbox import user_frames
from ebdiag.step import Crashed, Diverged, named, total

from .build import Built
from .pairs import Pairs

if TYPE_CHECKING:
    from ebdiag.stills import Stills


@dataclass
class PairMoment:
    """What one update had in its hands, for the probes; tensors are detached.

    Attributes:
        built: The encoder after the update, its gradients those of the update.
        terms: Of the loss, by name.
        first, second: Embeddings as the loss saw them, (B, d); None after the last update of its schedule.
        same: (B,).
        before, stills: As in `step.Moment`.
    """

    step: int
    built: Built
    terms: dict[str, Tensor]
    first: Tensor | None = None
    second: Tensor | None = None
    same: Tensor | None = None
    before: Any = None
    stills: Stills | None = None


class Trainer:
    """Trains one built encoder, an update at a time.

    Pairs come in another order each epoch, the last, smaller batch left out; fewer pairs than a batch are one batch.
    After the last epoch of the variant's own schedule nothing changes any more, however many steps are asked for.

    Args:
        watching: Keep what the probes need.
    """

    def __init__(self, built: Built, pairs: Pairs, *, watching: bool) -> None:
        self.built, self.pairs, self.watching = built, pairs, watching
        self.per_epoch = per_epoch(len(pairs), built.config.batch_size)
        self.updates = self.per_epoch * int(built.config.epochs)
        self._order: tuple[int, Tensor] | None = None

    def prepare(self) -> None:
        """Nothing: there is no objective with a state."""

    def state(self) -> dict[str, Any]:
        """Nothing: the number of the step says all."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Nothing."""

    def numbers(self) -> list[tuple[str, float]]:
        """None."""
        return []

    def step(self, number: int) -> PairMoment | None:
        """One update; `number` counts from 1. None beyond the variant's own schedule.

        Raises:
            Diverged: A loss term is not finite.
            Crashed: User code raised.
        """
        built = self.built
        if number > self.updates:
            return None
        streams.reseed_globals(built.seed, streams.USER_CODE, number)
        try:
            moment = self._step(number)
        except (Diverged, VariantError):
            raise
        except Exception as error:
            frames = user_frames(error, built.variants)
            text = " ".join(str(error).split())[:400]
            raise Crashed(number, f"{type(error).__name__}: {text}", frames[-1] if frames else None) from error
        return moment

    def _step(self, number: int) -> PairMoment:
        built = self.built
        first, second, same = self.pairs.batch(self._rows(number))
        built.encoder.train()
        built.optimizer.zero_grad()
        embedded = built.embed(first), built.embed(second)
        losses = named(built.loss(*embedded, same, built.config))
        total(losses).backward()
        built.optimizer.step()
        terms = {f"encoder.{name}": value.detach() for name, value in losses.items()}
        _check_finite(number, terms)
        if not self.watching:
            return PairMoment(number, built, terms)
        return PairMoment(number, built, terms, embedded[0].detach(), embedded[1].detach(), same)

    def _rows(self, number: int) -> Tensor:
        """The pairs of an update."""
        epoch, place = divmod(number - 1, self.per_epoch)
        if self._order is None or self._order[0] != epoch:
            order = streams.permutation(len(self.pairs), self.built.seed, epoch)
            self._order = epoch, order.to(self.built.device)
        size = self.built.config.batch_size
        return self._order[1][place * size : (place + 1) * size]


def per_epoch(count: int, batch_size: int) -> int:
    """Updates of an epoch of so many pairs."""
    return max(1, count // batch_size)


def _check_finite(number: int, terms: dict[str, Tensor]) -> None:
    values = torch.stack([value.float() for value in terms.values()]).tolist()
    for name, value in zip(terms, values, strict=True):
        if not math.isfinite(value):
            raise Diverged(number, f"loss term {name}", value)

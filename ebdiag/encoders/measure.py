"""Scores a trained encoder: every metric at once, and nothing about it is different afterwards."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ebdiag import streams
from ebdiag.data import Images
from ebdiag.measured import Measured
from ebdiag.metrics import PAIR_METRICS
from ebdiag.records import Measures
from ebdiag.scores import Scores
from ebdiag.scores.encoder import (
    HELD_OUT,
    NOT_THOROUGH,
    TRAINING,
    Answers,
    Embedded,
    prepared_pairs,
    score_encoder,
    threshold_of,
)
from ebdiag.scores.model import preserved

from .build import Built
from .pairs import Pairs

BATCH = 250


def measure(built: Built, *, images: Images, seed: int, step: int, thorough: bool) -> Measured:
    """Score an encoder in eval mode, without gradients, on pairs that are the same for all seeds and variants.

    Random state, modes, parameters, buffers and attributes of the encoder are afterwards what they were.

    Args:
        seed: Training seed, for the record only.
        step: Updates so far.
        thorough: Also what costs more than all else: the linear probe.

    Raises:
        Whatever the variant's own code raises. A result that is not finite is no error: its metrics are None.
    """
    scores = Scores(PAIR_METRICS)
    scores.details["seed"] = seed
    with preserved(built.encoder), streams.preserved_globals(), torch.no_grad(), built.uncounted():
        built.encoder.eval()
        streams.reseed_globals(0, streams.EVALUATION_LATENTS, "user code")
        held_out, train = (built.pixels(part[:count]) for part, count in (
            (images.held_out, HELD_OUT), (images.train, TRAINING)))  # fmt: skip
        own = built.own_held_out_pairs()
        answers = _answers(built, built.held_out_pairs(images))
        prepared = [torch.from_numpy(part).to(built.device) for part in prepared_pairs(answers.first)]
        score_encoder(
            scores,
            held_out_pairs=answers,
            own_pairs=None if own is None else _answers(built, own),
            held_out=Embedded(_embedded(built, held_out), _labels(images.held_out_labels, HELD_OUT)),
            train=Embedded(_embedded(built, train), _labels(images.train_labels, TRAINING)),
            own_threshold=threshold_of(_predicted(built, *prepared)),
            thorough=thorough,
        )
    scores.lack(NOT_THOROUGH, *scores.without_value())
    return Measured(Measures(step=step, values=scores.values, details=scores.details), scores.arrays)


def _labels(labels: np.ndarray | None, count: int) -> np.ndarray | None:
    return None if labels is None else labels[:count]


def _answers(built: Built, pairs: Pairs) -> Answers:
    sides: list[list[Tensor]] = [[], []]
    if pairs.views is None:  # each image is embedded once, in however many pairs it stands
        known = torch.cat([built.embed(part) for part in pairs.images.split(BATCH)])
        sides = [[known[places]] for places in (pairs.first, pairs.second)]
    else:
        for rows in torch.arange(len(pairs), device=built.device).split(BATCH):
            for side, images in zip(sides, pairs.batch(rows)[:2], strict=True):
                side.append(built.embed(images))
    first, second = (torch.cat(side) for side in sides)
    return Answers(
        first.float().cpu().numpy(), second.float().cpu().numpy(), (pairs.same > 0.5).cpu().numpy(),
        _predicted(built, first, second),
    )  # fmt: skip


def _predicted(built: Built, first: Tensor, second: Tensor) -> np.ndarray:
    """What the variant says of pairs of embeddings, (n,): bool, or float64."""
    if not len(first):
        return np.zeros(0, dtype=bool)
    answer = torch.as_tensor(built.predict(first, second, built.config)).reshape(-1).cpu()
    return answer.numpy() if answer.dtype == torch.bool else answer.double().numpy()


def _embedded(built: Built, images: Tensor) -> np.ndarray:
    return torch.cat([built.embed(part) for part in images.split(BATCH)]).float().cpu().numpy()

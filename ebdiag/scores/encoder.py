"""Scores of a contrastive encoder, from what it and the variant's `predict` made of held-out pairs and images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebdiag.metrics import embeddings, pairs
from ebdiag.scores import Scores

HELD_OUT = 1_000
"""Effective rank and uniformity depend on the number of embeddings, so it is fixed."""

TRAINING = 2_000
"""So many training images serve the linear probe and the nearest neighbours, the first ones."""

DIRECTIONS = 8
"""So often each cosine is laid before `predict`, in other directions and lengths."""

NOT_THOROUGH = "taken only at the checkpoints that a score is made of"
NO_LABELS = "the data set has no labels"
ONE_CLASS = "the training images, or what became of them, are of one class"
ONE_KIND = "all pairs are of one kind"
NO_PROBABILITY = "predict returns decisions, no probabilities"
NOT_PROBABILITY = "predict returns numbers outside 0 to 1"
NO_ANSWER = "predict returns numbers that are not finite"
NO_OWN = "the variant takes its pairs from the data set"
POINT = "the embeddings are one point"
FEW = "fewer than two held-out images"
NO_PAIRS = "there are no pairs"
NO_EMBEDDINGS = "there are no embeddings"
ZERO = "all embeddings are zero"


@dataclass(frozen=True)
class Answers:
    """What a variant made of some held-out pairs.

    Attributes:
        first, second: Embeddings, (n, dim), as the encoder gave them.
        same: (n,), bool or 0 and 1.
        predicted: What `predict` gave: (n,), bool: decided "same"; or floating: the probability of "same".
    """

    first: np.ndarray
    second: np.ndarray
    same: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class Embedded:
    """Some images as embeddings.

    Attributes:
        embeddings: (n, dim), as the encoder gave them.
        labels: Classes, (n,), or None.
    """

    embeddings: np.ndarray
    labels: np.ndarray | None


def score_encoder(
    scores: Scores,
    *,
    held_out_pairs: Answers,
    own_pairs: Answers | None,
    held_out: Embedded,
    train: Embedded,
    own_threshold: float | None = None,
    thorough: bool = True,
) -> None:
    """Everything that is known of an encoder, on plain arrays.

    Of `details`, `pairs` and `own_pairs` hold the number of pairs, of same ones, and the standard deviation of AUROC by
    chance; `embeddings` that of images, of dimensions and of embeddings that are zero; `uniformity` what even ones
    have.

    Arrays, absent where they do not apply: `cosines.same|different|own_same|own_different`: one cosine a pair. `roc`:
    (2, k ≤ 200). `thresholds`: (2, 101). `reliability`: (3, 15). `spectrum.embedding`,
    `spread.embedding`: (dim,). `own_threshold`: (1,).

    Args:
        scores: Of the table `PAIR_METRICS`.
        held_out_pairs: Of the data set, the same for all variants.
        own_pairs: Drawn by the variant's own `pairs`; None where it takes the data set's.
        held_out: Held-out images of the data set; the first 1,000 are looked at.
        train: Its training images; the first 2,000 are looked at.
        own_threshold: As `threshold_of` gives it.
        thorough: Also the linear probe, which costs more than the rest.
    """
    _score_pairs(scores, held_out_pairs)
    _score_own_pairs(scores, own_pairs)
    _score_embeddings(scores, held_out.embeddings[:HELD_OUT])
    _score_classes(scores, _first(train, TRAINING), _first(held_out, HELD_OUT), thorough=thorough)
    scores.details["own_threshold"] = own_threshold
    if own_threshold is not None:
        scores.arrays["own_threshold"] = np.array([own_threshold])


def prepared_pairs(given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of embeddings whose cosines are known, to be laid before `predict`: eight times `THRESHOLDS`, in its order.

    Args:
        given: Embeddings of the encoder, (n, dim): the prepared ones are as long as those.

    Returns:
        Twice (8 · 101, dim), float32, for `threshold_of`. None at all, (0, dim), where dim is below 2.
    """
    count, dim = DIRECTIONS * len(pairs.THRESHOLDS), given.shape[1]
    if dim < 2:
        return np.zeros((0, dim), np.float32), np.zeros((0, dim), np.float32)
    rng = np.random.default_rng(0)
    axis = embeddings.normalised(rng.normal(size=(count, dim)))
    across = rng.normal(size=(count, dim))
    across = embeddings.normalised(across - (across * axis).sum(axis=1, keepdims=True) * axis)
    cosine = np.tile(pairs.THRESHOLDS, DIRECTIONS)[:, None]
    lengths = np.linalg.norm(given.astype(np.float64), axis=1)
    lengths = lengths[np.isfinite(lengths) & (lengths > 0)]
    lengths = lengths if len(lengths) else np.ones(1)
    first, second = (rng.choice(lengths, (count, 1)) for _ in range(2))
    return (
        (axis * first).astype(np.float32),
        ((cosine * axis + np.sqrt(1 - cosine**2) * across) * second).astype(np.float32),
    )


def threshold_of(predicted: np.ndarray) -> float | None:
    """The lowest cosine that `predict` calls "same", if its answer depends on the cosine alone.

    Args:
        predicted: What it gave for `prepared_pairs`.

    Returns:
        One of `THRESHOLDS`. None where it calls nothing "same", or where the answer also depends on directions or
        lengths by more than one place, or does not rise with the cosine.
    """
    said = _decided(predicted)
    if said is None or not len(said):
        return None
    rows = said.reshape(DIRECTIONS, -1)
    starts = (~rows).sum(axis=1)
    rises = bool((rows[:, 1:] >= rows[:, :-1]).all())
    if not rises or np.ptp(starts) > 1 or starts.max() == rows.shape[1]:
        return None
    return float(pairs.THRESHOLDS[int(np.median(starts))])


def _score_pairs(scores: Scores, given: Answers) -> None:
    same = given.same.astype(bool)
    cosines, reason = _cosines(given)
    _score_answers(scores, "pair", given, cosines, reason)
    for kind, chosen in (("same", same), ("different", ~same)):
        held = cosines[chosen] if cosines is not None else np.zeros(0)
        scores.put(reason, **{f"cosine_{kind}": float(held.mean()) if len(held) else None})
    scores.put(reason, alignment=embeddings.alignment(given.first, given.second, same))
    best = pairs.best_threshold(cosines, same) if cosines is not None else None
    scores.put(
        reason,
        pair_accuracy_best=best.accuracy if best else None,
        pair_threshold_best=best.threshold if best else None,
    )
    if cosines is not None:
        scores.arrays |= {"cosines.same": cosines[same], "cosines.different": cosines[~same]}
        _keep(scores, "roc", pairs.roc(cosines, same))
        _keep(scores, "thresholds", pairs.accuracy_by_threshold(cosines, same))
    if given.predicted.dtype == bool:
        scores.lack(NO_PROBABILITY, "pair_calibration")
        return
    scores.put(
        NO_ANSWER if _decided(given.predicted) is None else NOT_PROBABILITY,
        pair_calibration=pairs.calibration(given.predicted, same),
    )
    _keep(scores, "reliability", pairs.reliability(given.predicted, same))


def _score_own_pairs(scores: Scores, given: Answers | None) -> None:
    if given is None:
        scores.lack(NO_OWN, *(key for key in scores.values if key.startswith("own_")))
        return
    same = given.same.astype(bool)
    cosines, reason = _cosines(given)
    _score_answers(scores, "own_pair", given, cosines, reason)
    if cosines is not None:
        scores.arrays |= {"cosines.own_same": cosines[same], "cosines.own_different": cosines[~same]}


def _score_answers(scores: Scores, source: str, given: Answers, cosines: np.ndarray | None, reason: str) -> None:
    """The four metrics that pairs of both sources have; `source` is how their keys begin."""
    same = given.same.astype(bool)
    hits = int(same.sum())
    scores.details[f"{source}s"] = {
        "n": len(same), "same": hits, "chance": pairs.auroc_by_chance(hits, len(same) - hits),
    }  # fmt: skip
    scores.put(reason, **{f"{source}_auroc": pairs.auroc(cosines, same) if cosines is not None else None})
    scores.put(NO_PAIRS, **{f"{source}_same_share": float(same.mean()) if len(same) else None})
    decided = _decided(given.predicted)
    found = pairs.decisions(decided, same) if decided is not None else None
    scores.put(
        NO_PAIRS if decided is not None else NO_ANSWER,
        **{
            f"{source}_accuracy": found.accuracy if found else None,
            f"{source}_predicted_same": found.predicted_same if found else None,
        },
    )


def _score_embeddings(scores: Scores, held_out: np.ndarray) -> None:
    count, dim = held_out.shape
    scores.details["embeddings"] = {"n": count, "dim": dim, "zero": int((~held_out.any(axis=1)).sum())}
    broken = _broken(held_out)
    reason = broken or FEW
    eigenvalues = embeddings.embedding_spectrum(held_out)
    spread = embeddings.spread_by_dimension(held_out)
    _keep(scores, "spectrum.embedding", eigenvalues)
    _keep(scores, "spread.embedding", spread)
    scores.put(reason, uniformity=embeddings.uniformity(held_out))
    if dim:
        scores.details["uniformity"] = {"even": embeddings.even_uniformity(dim)}
    scores.put(POINT if eigenvalues is not None else reason, embedding_rank=embeddings.embedding_rank(eigenvalues))
    scores.put(broken or NO_EMBEDDINGS, embedding_spread=float(spread.mean()) if spread is not None else None)
    scores.put(broken or ZERO, embedding_mean_share=embeddings.mean_share(held_out))


def _score_classes(scores: Scores, train: Embedded, held_out: Embedded, *, thorough: bool) -> None:
    if train.labels is None or held_out.labels is None:
        scores.lack(NO_LABELS, "linear_probe_accuracy", "neighbour_accuracy")
        return
    asked = (train.embeddings, train.labels, held_out.embeddings, held_out.labels)
    reason = _broken(train.embeddings) or _broken(held_out.embeddings) or ONE_CLASS
    scores.details["probe"] = {"n": len(train.labels), "classes": len(np.unique(train.labels))}
    scores.put(reason, neighbour_accuracy=embeddings.neighbour_accuracy(*asked))
    if thorough:
        scores.put(reason, linear_probe_accuracy=embeddings.linear_probe(*asked))
    else:
        scores.lack(NOT_THOROUGH, "linear_probe_accuracy")


def _cosines(given: Answers) -> tuple[np.ndarray | None, str]:
    """Cosines of the pairs, None where one is not finite; and why a metric of theirs has no value."""
    broken = _broken(np.concatenate([given.first, given.second]))
    reason = broken or (ONE_KIND if len(given.same) else NO_PAIRS)
    return None if broken else pairs.cosines(given.first, given.second), reason


def _broken(given: np.ndarray) -> str:
    """Which embeddings are not finite, in a sentence; empty where all are."""
    broken = int((~np.isfinite(given).all(axis=1)).sum())
    return f"{broken} of {len(given)} embeddings are not finite" if broken else ""


def _decided(predicted: np.ndarray) -> np.ndarray | None:
    """What `predict` called "same"; None where a number is not finite."""
    if predicted.dtype == bool:
        return predicted
    said: np.ndarray = predicted > 0.5
    return said if np.isfinite(predicted).all() else None


def _keep(scores: Scores, name: str, found: np.ndarray | None) -> None:
    if found is not None:
        scores.arrays[name] = found


def _first(images: Embedded, count: int) -> Embedded:
    return Embedded(images.embeddings[:count], None if images.labels is None else images.labels[:count])

"""What the cosine of two embeddings, and the answer that a variant makes of it, says of a pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebdiag.metrics.embeddings import normalised
from ebdiag.metrics.separation import separation

THRESHOLDS = np.linspace(-1, 1, 101)
"""Cosines at which the accuracy is drawn."""

ROC_POINTS = 200
BINS = 15


@dataclass(frozen=True)
class BestThreshold:
    """The cosine above which pairs are best called "same", and the share of pairs that is then right."""

    threshold: float
    accuracy: float


@dataclass(frozen=True)
class Decisions:
    """Shares of the pairs, 0 to 1: answered rightly, called "same", and "same" by their label."""

    accuracy: float
    predicted_same: float
    same_share: float


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of the two embeddings of each pair.

    What it measures: The inner product of both embeddings after each is divided by its length. The metrics are its
    means over pairs of one class and over pairs of two.

    How to read it: Far apart: the encoder tells the kinds of pairs apart, whatever the threshold. Both near 1: all
    embeddings point one way, a point or a narrow cone. In more than a few dimensions unrelated embeddings have
    cosines near 0.

    Unit and range: Cosine, −1 to 1. A zero embedding has no direction: its cosine is 0. One that is not finite gives
    NaN, and no metric then has a value.

    Known problems: Two means hide their overlap: AUROC says how well the kinds come apart. An untrained convolutional
    net has both at about .9 already (.93 and .91 on `mnist5k`): what counts is where training takes them.

    Cost: One product of (n, dim).

    Source: definition.

    Keys: `cosine_same`, `cosine_different`.

    Args:
        first, second: Embeddings, (n, dim), in the same order of pairs.

    Returns:
        (n,), float64.
    """
    found: np.ndarray = (normalised(first) * normalised(second)).sum(axis=1).clip(-1, 1)
    return found


def auroc(cosines: np.ndarray, same: np.ndarray) -> float | None:
    """How often a pair of one class has the higher cosine.

    What it measures: The share of (same pair, different pair) in which the same pair has the higher cosine, ties
    half: the area under the ROC curve. It needs no threshold, so it judges the encoder alone.

    How to read it: 1: one threshold parts all pairs. .5: the cosine says nothing, as where images or labels are noise,
    or where all embeddings are one point. Below .5: what belongs together is pushed apart. On `mnist5k` the pixels
    themselves have .76, and a net that was never trained .73 to .78.

    Unit and range: 0 to 1, no unit; None where all pairs are of one kind.

    Known problems: By chance alone it strays about .5 with a standard deviation of .013 at 2,000 pairs, of .026 at 500
    and of .22 at eight, half of them same: from eight pairs nobody learns anything.

    Cost: Two sorts of n numbers.

    Source: Mann, Whitney 1947; Fawcett 2006, "An introduction to ROC analysis".

    Keys: `pair_auroc`, `own_pair_auroc`.

    Args:
        cosines: (n,).
        same: (n,), true where both are of one class.
    """
    kinds = same.astype(bool)
    if not _known(cosines) or kinds.all() or not kinds.any():
        return None
    return separation(cosines[~kinds], cosines[kinds]).auroc


def auroc_by_chance(same_count: int, different_count: int) -> float | None:
    """Standard deviation of AUROC where the cosine says nothing; None without pairs of both kinds.

    Source: Mann, Whitney 1947, without ties.
    """
    if same_count < 1 or different_count < 1:
        return None
    return float(np.sqrt((same_count + different_count + 1) / (12 * same_count * different_count)))


def best_threshold(cosines: np.ndarray, same: np.ndarray) -> BestThreshold | None:
    """The best that a threshold of the cosine could do.

    What it measures: Pairs with a cosine above a threshold are called "same": the threshold at which most pairs are
    called rightly, and their share. It is chosen on the pairs that it is judged by.

    How to read it: Beside the accuracy of the variant's own answers: far above it, the encoder is better than what is
    made of it, and the threshold is to blame. Equal to the larger kind's share: no threshold is of use.

    Unit and range: Accuracy: share, from the larger kind's share to 1. Threshold: cosine, −1 to 1, halfway between two
    pairs; −1 calls all "same", 1 none. None where all pairs are of one kind.

    Known problems: Where the cosine says nothing, the best of all thresholds still has .51 at 2,000 pairs, .53 at 500
    and .67 at eight. Of equally good thresholds it is the one with the widest gap around it.

    Cost: One sort of n numbers.

    Source: definition.

    Keys: `pair_accuracy_best`, `pair_threshold_best`.

    Args:
        cosines: (n,).
        same: (n,), true where both are of one class.
    """
    kinds = same.astype(bool)
    if not _known(cosines) or kinds.all() or not kinds.any():
        return None
    values, called_same, called_different = _called(cosines, kinds)
    right = called_same + (len(kinds) - kinds.sum()) - called_different
    below = -1.0 if values[0] > -1 else np.nextafter(-1.0, -2.0)
    edges = np.concatenate([[below], values, [1.0]])
    best = np.flatnonzero(right == right.max())
    place = best[np.argmax(np.diff(edges)[best])]
    lower, upper = edges[place], edges[place + 1]
    middle = (lower + upper) / 2
    if place == 0:
        middle = below
    elif place == len(values):
        middle = 1.0
    elif middle >= upper:  # neighbours among the floats
        middle = lower
    return BestThreshold(float(middle), float(right[place] / len(kinds)))


def accuracy_by_threshold(cosines: np.ndarray, same: np.ndarray) -> np.ndarray | None:
    """The share of pairs that are right where those with a cosine above the threshold are called "same".

    Args:
        cosines: (n,).
        same: (n,), true where both are of one class.

    Returns:
        (2, 101): thresholds from −1 to 1, and accuracies. None without pairs, or with a cosine that is not finite.
    """
    if not _known(cosines):
        return None
    kinds = same.astype(bool)
    right = [np.searchsorted(np.sort(cosines[~kinds]), THRESHOLDS, side="right")]
    right.append(kinds.sum() - np.searchsorted(np.sort(cosines[kinds]), THRESHOLDS, side="right"))
    return np.stack([THRESHOLDS, sum(right) / len(kinds)])


def roc(cosines: np.ndarray, same: np.ndarray) -> np.ndarray | None:
    """The ROC curve of the cosine, from (0, 0) to (1, 1).

    Points on a straight piece are left out; of more than 200 corners those are kept that are even along the curve.

    Args:
        cosines: (n,).
        same: (n,), true where both are of one class.

    Returns:
        (2, k), 2 ≤ k ≤ 200: shares of different and of same pairs that are called "same", both ascending. None where
        all pairs are of one kind.
    """
    kinds = same.astype(bool)
    if not _known(cosines) or kinds.all() or not kinds.any():
        return None
    _, called_same, called_different = _called(cosines, kinds)
    wrong, right = called_different[::-1], called_same[::-1]
    steps = np.stack([np.diff(wrong), np.diff(right)])
    turns = steps[0, 1:] * steps[1, :-1] != steps[0, :-1] * steps[1, 1:]
    kept = np.flatnonzero(np.concatenate([[True], turns, [True]]))
    if len(kept) > ROC_POINTS:
        way = (wrong + right)[kept]
        kept = kept[np.unique(np.searchsorted(way, np.linspace(0, way[-1], ROC_POINTS)))]
    return np.stack([wrong[kept] / wrong[-1], right[kept] / right[-1]])


def decisions(decided: np.ndarray, same: np.ndarray) -> Decisions | None:
    """What the variant's own answers are worth.

    What it measures: The share of pairs that `predict` answers rightly, the share that it calls "same", and the share
    that is.

    How to read it: An accuracy equal to the share of "same" with all pairs called "same" is no merit: one answer was
    given to everything. Read it beside the best accuracy that a threshold allows.

    Unit and range: Shares, 0 to 1; None without pairs.

    Known problems: At eight pairs the accuracy moves in steps of .125, and chance alone gives .75 or more in one draw
    of seven.

    Cost: None.

    Source: definition.

    Keys: `pair_accuracy`, `pair_same_share`, `pair_predicted_same`, `own_pair_accuracy`, `own_pair_same_share`,
    `own_pair_predicted_same`.

    Args:
        decided: (n,), true where the answer is "same".
        same: (n,), true where both are of one class.
    """
    if not len(same):
        return None
    answers, kinds = decided.astype(bool), same.astype(bool)
    return Decisions(float((answers == kinds).mean()), float(answers.mean()), float(kinds.mean()))


def calibration(probabilities: np.ndarray, same: np.ndarray) -> float | None:
    """How far the variant's probabilities are from what happens.

    What it measures: Expected calibration error of the probability of "same": pairs are put into 15 bins of equal width
    by what `predict` says; the mean over pairs of the distance between the bin's mean probability and its share of
    "same".

    How to read it: 0: of the pairs said to be "same" with .8, .8 are. Sigmoid of a bare cosine lies between .27 and .73
    and cannot be near 0 where the kinds come apart well.

    Unit and range: Probability, 0 to 1; None where `predict` gives decisions, or anything outside 0 to 1.

    Known problems: It says nothing of how well the kinds come apart: always saying the share of "same" has 0. Biased
    upwards: a calibrated model whose answers fill all bins has .03 at 2,000 pairs and .05 at 500.

    Cost: None.

    Source: Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017 (arXiv:1706.04599), there of the predicted class.

    Keys: `pair_calibration`.

    Args:
        probabilities: Of "same", (n,).
        same: (n,), true where both are of one class.
    """
    bins = reliability(probabilities, same)
    if bins is None:
        return None
    said, happened, counts = bins
    return float(np.nansum(np.abs(said - happened) * counts) / counts.sum())


def reliability(probabilities: np.ndarray, same: np.ndarray) -> np.ndarray | None:
    """What was said and what happened, in 15 bins of equal width.

    Args:
        probabilities: Of "same", (n,).
        same: (n,), true where both are of one class.

    Returns:
        (3, 15), ascending: mean probability, share of "same", number of pairs; nan, nan and 0 where a bin has none.
        None without pairs, or where a probability is outside 0 to 1.
    """
    said = np.asarray(probabilities, np.float64)
    if not _known(said) or said.min() < 0 or said.max() > 1:
        return None
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    counts, sums, hits = (
        np.bincount(places, weights, BINS) for weights in (np.ones(len(said)), said, same.astype(np.float64))
    )
    some = np.where(counts > 0, counts, np.nan)
    return np.stack([sums / some, hits / some, counts])


def _known(values: np.ndarray) -> bool:
    return len(values) > 0 and bool(np.isfinite(values).all())


def _called(cosines: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The k different cosines, ascending, and how many same and how many different pairs are called "same".

    Both numbers are (k + 1,): by a threshold below all cosines, then above the first, above the second, …, above all.
    """
    values, places = np.unique(cosines, return_inverse=True)
    above = [
        np.concatenate([np.cumsum(np.bincount(places[kind], minlength=len(values))[::-1])[::-1], [0]])
        for kind in (kinds, ~kinds)
    ]
    return values, above[0], above[1]

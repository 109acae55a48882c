"""Metrics of contrastive encoders: against slow obvious twins, under changes that may not matter, on built cases."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from ebdiag.data import load_images, to_model
from ebdiag.metrics import EVERY_METRIC, METRICS, PAIR_METRICS
from ebdiag.metrics.codes import effective_rank
from ebdiag.metrics.embeddings import (
    alignment,
    embedding_rank,
    embedding_spectrum,
    even_uniformity,
    linear_probe,
    mean_share,
    neighbour_accuracy,
    normalised,
    spread_by_dimension,
    uniformity,
)
from ebdiag.metrics.pairs import (
    BINS,
    ROC_POINTS,
    THRESHOLDS,
    accuracy_by_threshold,
    auroc,
    auroc_by_chance,
    best_threshold,
    calibration,
    cosines,
    decisions,
    reliability,
    roc,
)
from ebdiag.pair_arrays import pooled_bins
from ebdiag.scores import Scores
from ebdiag.scores.encoder import (
    DIRECTIONS,
    HELD_OUT,
    NO_LABELS,
    NO_OWN,
    NO_PROBABILITY,
    NOT_PROBABILITY,
    NOT_THOROUGH,
    ONE_CLASS,
    ONE_KIND,
    POINT,
    Answers,
    Embedded,
    prepared_pairs,
    score_encoder,
    threshold_of,
)

TWIN_TOLERANCE = 1e-9  # the same float64 sums in another order
TURNED_TOLERANCE = 1e-9  # a rotation rounds each number anew
SEEDS = (0, 1, 2)


def draw(count: int, dim: int, seed: int = 0, *, shift: float = 0.0) -> np.ndarray:
    """Correlated embeddings, float32, off centre by `shift`."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(dim, dim)) / math.sqrt(dim)
    return (rng.normal(size=(count, dim)) @ mixing + shift).astype(np.float32)


def clumps(count: int, dim: int = 8, classes: int = 4, noise: float = 0.5, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Embeddings around one centre a class, and their classes; the same centres and draws whatever the noise."""
    centres = np.random.default_rng(7).normal(size=(classes, dim))
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    return centres[labels] + noise * rng.normal(size=(count, dim)), labels


def paired(count: int, noise: float = 0.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two embeddings of each pair, and whether they are of one class."""
    (first, ones), (second, others) = (
        clumps(count, noise=noise, seed=2 * seed),
        clumps(count, noise=noise, seed=2 * seed + 1),
    )
    return first, second, ones == others


def turned(embeddings: np.ndarray, seed: int = 0) -> np.ndarray:
    """Rotated at random, in float64."""
    dim = embeddings.shape[1]
    basis, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))
    found: np.ndarray = embeddings.astype(np.float64) @ basis
    return found


def coarse(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Cosines with many ties, higher for same pairs, and which those are."""
    rng = np.random.default_rng(seed)
    same = rng.random(count) < 0.4
    return ((rng.normal(size=count) / 4 + 0.3 * same).clip(-1, 1) * 10).round() / 10, same


# ---- cosines -------------------------------------------------------------------------------------------------


def slow_cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Of two embeddings, in plain Python."""
    product = math.fsum(float(a) * float(b) for a, b in zip(one, other, strict=True))
    lengths = [math.sqrt(math.fsum(float(a) ** 2 for a in side)) for side in (one, other)]
    return product / lengths[0] / lengths[1] if all(lengths) else 0.0


def slow_unit(embeddings: np.ndarray) -> list[list[float]]:
    """Rows over their length, in plain Python."""
    lengths = [math.sqrt(math.fsum(float(value) ** 2 for value in row)) for row in embeddings]
    return [[float(value) / length for value in row] for row, length in zip(embeddings, lengths, strict=True)]


def slow_squared(one: list[float], other: list[float]) -> float:
    return math.fsum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def test_cosines_equal_a_loop_over_pairs() -> None:
    """Pair by pair, of float32 embeddings in float64."""
    first, second = draw(40, 7), draw(40, 7, seed=1, shift=0.5)
    expected = [slow_cosine(one, other) for one, other in zip(first, second, strict=True)]
    found = cosines(first, second)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=0, atol=TWIN_TOLERANCE)


def test_cosines_know_no_length_side_or_turn() -> None:
    """Powers of two leave every bit, other lengths and rotations the number; the sides can be swapped."""
    first, second = draw(30, 5).astype(np.float64), draw(30, 5, seed=1).astype(np.float64)
    found = cosines(first, second)
    np.testing.assert_array_equal(cosines(8 * first, second / 4), found)
    np.testing.assert_array_equal(cosines(second, first), found)
    lengths = np.random.default_rng(0).uniform(1e-3, 1e3, (30, 1))
    np.testing.assert_allclose(cosines(first * lengths, second), found, atol=TWIN_TOLERANCE)
    np.testing.assert_allclose(cosines(turned(first), turned(second)), found, atol=TURNED_TOLERANCE)


def test_cosines_at_their_edges() -> None:
    """A zero embedding has 0, one that is not finite NaN; neither 1e-300 nor 1e300 is lost, and 1 is never passed."""
    first = np.array([[1.0, 2], [0, 0], [0, 0], [np.inf, 1], [1e-300, 1e-300], [1e300, 1e300], [5e-324, 0]])
    second = np.array([[-1.0, -2], [1, 1], [0, 0], [1, 1], [1, 1], [1, -1], [1, 0]])
    np.testing.assert_allclose(cosines(first, second), [-1, 0, 0, np.nan, 1, 0, 1], atol=1e-15)
    same = draw(500, 33)
    assert cosines(same, same).max() <= 1
    assert cosines(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)
    np.testing.assert_array_equal(cosines(np.array([[3.0], [-2]]), np.array([[5.0], [1]])), [1, -1])


# ---- AUROC and its curve -------------------------------------------------------------------------------------


def slow_auroc(values: np.ndarray, same: np.ndarray) -> float:
    """Over all (same, different), ties half."""
    wins = [(a > b) + (a == b) / 2 for a in values[same] for b in values[~same]]
    return float(math.fsum(wins) / len(wins))


@pytest.mark.parametrize("seed", SEEDS)
def test_auroc_equals_loops_and_scikit_learn(seed: int) -> None:
    """With a good many ties."""
    from sklearn.metrics import roc_auc_score

    values, same = coarse(120, seed)
    assert len(np.unique(values)) < 25
    assert auroc(values, same) == pytest.approx(slow_auroc(values, same), rel=TWIN_TOLERANCE)
    assert auroc(values, same) == pytest.approx(roc_auc_score(same, values), rel=TWIN_TOLERANCE)


def test_auroc_of_built_cases() -> None:
    """Parted 1, the wrong way round 0, all equal .5, one tie among four comparisons .875; none without both kinds."""
    same = np.array([True, True, False, False])
    assert auroc(np.array([0.9, 0.8, 0.1, -0.5]), same) == 1
    assert auroc(np.array([-0.9, -0.8, 0.1, 0.5]), same) == 0
    assert auroc(np.ones(4), same) == 0.5
    assert auroc(np.array([0.9, 0.1, 0.1, -0.5]), same) == 0.875
    assert auroc(np.array([0.9, 0.8, 0.1, -0.5]), same.astype(np.float32)) == 1
    for lacking in (np.ones(4, bool), np.zeros(4, bool)):
        assert auroc(np.arange(4) / 4, lacking) is None
    assert auroc(np.array([0.1, np.nan, 0.3, 0.2]), same) is None
    assert auroc(np.zeros(0), np.zeros(0, bool)) is None


def test_noise_lowers_auroc_step_by_step() -> None:
    """More noise on separable embeddings, the same draws: every step is lower, from 1 to nearly chance."""
    found = []
    for noise in (0.01, 0.5, 1.0, 2.0, 4.0, 8.0):
        first, second, same = paired(2_000, noise)
        found.append(auroc(cosines(first, second), same))
    assert all(more > less for more, less in itertools.pairwise(found)), found
    assert found[0] == 1
    assert found[-1] < 0.6


def test_auroc_strays_by_chance_as_much_as_it_says() -> None:
    """The spread over draws without information, within three standard errors of a standard deviation."""
    rng = np.random.default_rng(0)
    same = np.arange(120) < 40
    draws = np.array([auroc(rng.normal(size=120), same) for _ in range(2_000)], np.float64)
    expected = auroc_by_chance(40, 80)
    assert expected is not None
    assert abs(draws.std() - expected) < 3 * expected / math.sqrt(2 * len(draws))
    assert auroc_by_chance(4, 4) == pytest.approx(0.2165, abs=1e-4)
    assert auroc_by_chance(0, 8) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_roc_equals_a_loop_over_thresholds(seed: int) -> None:
    """Its points are among those of all thresholds, nothing between them is off the line, its area is AUROC."""
    values, same = coarse(150, seed)
    found = roc(values, same)
    assert found is not None
    every = {
        (float((values[~same] > limit).mean()), float((values[same] > limit).mean()))
        for limit in [-2.0, *np.unique(values).tolist()]
    }
    assert {(float(x), float(y)) for x, y in found.T} <= every
    for x, y in every:
        assert np.interp(x, *found) == pytest.approx(y) or x in found[0]
    area = float((np.diff(found[0]) * (found[1, 1:] + found[1, :-1]) / 2).sum())
    assert area == pytest.approx(slow_auroc(values, same), rel=TWIN_TOLERANCE)


def test_a_long_roc_is_thinned_and_keeps_its_area() -> None:
    """Many more corners than points: at most 200, both ends among them, rising, its area within a thousandth."""
    rng = np.random.default_rng(0)
    same = np.arange(4_000) % 2 == 0
    values = (rng.normal(size=4_000) / 5 + 0.1 * same).clip(-1, 1)
    found = roc(values, same)
    assert found is not None
    assert found.shape[0] == 2
    assert 100 < found.shape[1] <= ROC_POINTS
    assert found[:, 0].tolist() == [0, 0]
    assert found[:, -1].tolist() == [1, 1]
    assert (np.diff(found) >= 0).all()
    area = float((np.diff(found[0]) * (found[1, 1:] + found[1, :-1]) / 2).sum())
    assert area == pytest.approx(auroc(values, same), abs=1e-3)


def test_roc_of_built_cases() -> None:
    """Parted: up, then across. All equal: the diagonal. None without both kinds."""
    same = np.array([True, True, False])
    parted, equal = roc(np.array([0.9, 0.8, 0.1]), same), roc(np.ones(3), same)
    assert parted is not None
    assert equal is not None
    assert parted.T.tolist() == [[0, 0], [0, 1], [1, 1]]
    assert equal.T.tolist() == [[0, 0], [1, 1]]
    assert roc(np.ones(3), np.ones(3, bool)) is None
    assert roc(np.array([np.nan, 0, 0]), same) is None


# ---- thresholds ----------------------------------------------------------------------------------------------


def slow_accuracy(values: np.ndarray, same: np.ndarray, threshold: float) -> float:
    return sum((value > threshold) == kind for value, kind in zip(values, same, strict=True)) / len(values)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_threshold_equals_a_loop_over_all(seed: int) -> None:
    """No threshold does better, and the one that is named does as well as is said."""
    values, same = coarse(90, seed)
    found = best_threshold(values, same)
    assert found is not None
    limits = [-1.1, *np.unique(values).tolist()]
    assert found.accuracy == max(slow_accuracy(values, same, limit) for limit in limits)
    assert found.accuracy == slow_accuracy(values, same, found.threshold)
    order = np.random.default_rng(1).permutation(len(values))
    assert best_threshold(values[order], same[order]) == found


def test_the_best_threshold_of_built_cases() -> None:
    """Halfway where the kinds part; in the widest gap of several; an end where one answer is best; also at −1 and 1."""
    same = np.array([True, True, False, False])

    def at(*values: float, kinds: np.ndarray = same) -> tuple[float, float]:
        found = best_threshold(np.array(values), kinds)
        assert found is not None
        assert slow_accuracy(np.array(values), kinds, found.threshold) == found.accuracy
        return found.threshold, found.accuracy

    assert at(0.75, 0.5, 0.25, -0.5) == (0.375, 1)
    assert at(0.5, -0.5, 0.375, -0.75) == (-0.625, 0.75)  # .4375 is as good, in a narrower gap
    assert at(0.5, -0.5, -0.25, -0.625) == (0.125, 0.75)  # here it is the upper one of two that has the wider gap
    assert at(1, 1, 1, 1) == (-1, 0.5)
    assert at(1, 1, 1, 1, kinds=np.array([True, False, False, False])) == (1, 0.75)
    assert at(0.5, 0.5, 0.5, 0.5, kinds=np.array([True, True, True, False])) == (-1, 0.75)
    for lower in (0.5, np.nextafter(0.5, 1)):  # no number lies between; half the sum is the one, then the other
        upper = np.nextafter(lower, 1)
        assert at(upper, upper, lower, lower) == (lower, 1)
    threshold, accuracy = at(-1, -1, 1, 1, kinds=np.array([True, True, True, False]))
    assert threshold == pytest.approx(-1)
    assert accuracy == 0.75
    assert threshold < -1  # what calls a cosine of −1 the same, too
    assert best_threshold(np.ones(3), np.ones(3, bool)) is None
    assert best_threshold(np.array([0, np.nan]), np.array([True, False])) is None


def test_accuracy_by_threshold_equals_a_loop() -> None:
    """Also with cosines on the grid itself; never above the best, and equal to the share of same below all cosines."""
    values, same = coarse(80)
    values[:3] = THRESHOLDS[[50, 60, 75]]
    found = accuracy_by_threshold(values, same)
    best = best_threshold(values, same)
    assert found is not None
    assert best is not None
    np.testing.assert_array_equal(found[0], THRESHOLDS)
    expected = [slow_accuracy(values, same, limit) for limit in THRESHOLDS]
    np.testing.assert_allclose(found[1], expected, rtol=TWIN_TOLERANCE)
    assert found[1].max() <= best.accuracy
    assert found[1, 0] == pytest.approx(same.mean())
    assert found[1, -1] == pytest.approx(1 - same.mean())
    assert THRESHOLDS[50] == 0
    assert accuracy_by_threshold(np.zeros(0), np.zeros(0, bool)) is None
    assert accuracy_by_threshold(np.array([np.nan]), np.ones(1, bool)) is None


# ---- answers -------------------------------------------------------------------------------------------------


def test_decisions_equal_a_loop() -> None:
    """Three shares; calling everything the same scores their share."""
    rng = np.random.default_rng(0)
    decided, same = rng.random(70) < 0.6, rng.random(70) < 0.3
    found = decisions(decided, same)
    assert found is not None
    assert found.accuracy == sum(a == b for a, b in zip(decided, same, strict=True)) / 70
    assert (found.predicted_same, found.same_share) == (sum(decided) / 70, sum(same) / 70)
    everything = decisions(np.ones(70, bool), same)
    assert everything is not None
    assert everything.accuracy == everything.same_share == found.same_share
    assert decisions(np.zeros(0, bool), np.zeros(0, bool)) is None


def slow_calibration(said: np.ndarray, same: np.ndarray) -> float:
    """Bins as lists of pairs."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for probability, kind in zip(said, same, strict=True):
        bins.setdefault(min(int(probability * BINS), BINS - 1), []).append((float(probability), bool(kind)))
    gaps = [abs(math.fsum(p for p, _ in held) - sum(kind for _, kind in held)) for held in bins.values()]
    return math.fsum(gaps) / len(said)


def test_calibration_equals_bins_as_lists() -> None:
    """Probabilities everywhere, 0 and 1 among them."""
    rng = np.random.default_rng(0)
    said = np.concatenate([[0.0, 1.0, 0.5], rng.random(200)])
    same = rng.random(203) < said**2
    assert calibration(said, same) == pytest.approx(slow_calibration(said, same), rel=TWIN_TOLERANCE)
    bins = reliability(said, same)
    assert bins is not None
    assert bins.shape == (3, BINS)
    assert bins[2].sum() == 203
    assert (np.diff(bins[0]) > 0).all()


def test_bins_stand_where_they_are_whatever_they_hold() -> None:
    """Seeds that answer in different ranges are pooled bin by bin; an empty bin is no bin left out."""
    same = np.array([True, False, True, False])
    low, high = (reliability(np.full(4, said), same) for said in (0.1, 0.9))
    assert low is not None
    assert high is not None
    pooled = pooled_bins([low, high])
    assert pooled.shape == (3, BINS)
    assert {place: count for place, count in enumerate(pooled[2]) if count} == {1: 4, 13: 4}
    np.testing.assert_allclose(pooled[:2, [1, 13]], [[0.1, 0.9], [0.5, 0.5]])


def test_calibration_of_built_cases() -> None:
    """Right, always the share, always sure and wrong; float32 counts; nothing outside 0 to 1; an empty bin is nan."""
    same = np.array([True, False, True, False])
    assert calibration(same.astype(np.float32), same) == 0
    assert calibration(np.full(4, 0.5), same) == 0
    assert calibration(1.0 - same, same) == 1
    assert calibration(np.full(4, 0.73), same) == pytest.approx(0.23)
    bins = reliability(np.array([0.2, 0.2, 0.9, 0.9]), same)
    assert bins is not None
    held = bins[2] > 0
    np.testing.assert_allclose(bins[:, held], [[0.2, 0.9], [0.5, 0.5], [2, 2]])
    assert np.isnan(bins[:2, ~held]).all()
    for broken in ([0.5, 0.5, 1.01, 0], [0.5, 0.5, -0.01, 0], [0.5, 0.5, np.nan, 0]):
        assert calibration(np.array(broken), same) is None
        assert reliability(np.array(broken), same) is None
    assert calibration(np.zeros(0), np.zeros(0, bool)) is None


def test_the_sigmoid_of_a_cosine_is_never_calibrated_where_kinds_part() -> None:
    """Between .27 and .73: at best .27 away; a temperature brings it near 0."""
    same = np.arange(400) % 2 == 0
    values = np.where(same, 1.0, -1.0)

    def sigmoid(logits: np.ndarray) -> np.ndarray:
        found: np.ndarray = 1 / (1 + np.exp(-logits))
        return found

    assert calibration(sigmoid(values), same) == pytest.approx(1 / (1 + math.e))
    assert calibration(sigmoid(values / 0.1), same) == pytest.approx(1 / (1 + math.exp(10)))


# ---- alignment and uniformity --------------------------------------------------------------------------------


def test_alignment_equals_a_loop() -> None:
    """Over the same pairs only; two less twice their mean cosine."""
    first, second, same = paired(60, noise=1.0)
    ones, others = slow_unit(first), slow_unit(second)
    gaps = [slow_squared(one, other) for one, other, kind in zip(ones, others, same, strict=True) if kind]
    assert alignment(first, second, same) == pytest.approx(math.fsum(gaps) / len(gaps), rel=TWIN_TOLERANCE)
    assert alignment(first, second, same) == pytest.approx(2 - 2 * cosines(first, second)[same].mean())
    assert alignment(second, first, same) == alignment(first, second, same)


def test_uniformity_equals_a_loop_over_pairs() -> None:
    """Over all pairs of distinct embeddings."""
    embeddings = draw(45, 6, shift=0.3)
    units = slow_unit(embeddings)
    near = [math.exp(-2 * slow_squared(one, other)) for one, other in itertools.combinations(units, 2)]
    assert uniformity(embeddings) == pytest.approx(math.log(math.fsum(near) / len(near)), rel=TWIN_TOLERANCE)


@pytest.mark.parametrize("dim", [2, 3, 32, 128])
def test_uniformity_of_even_embeddings_is_its_closed_form(dim: int) -> None:
    """A large sample, within three standard deviations over draws; three dimensions by hand."""
    found = [uniformity(np.random.default_rng(seed).normal(size=(800, dim))) for seed in range(8)]
    values = np.array(found, np.float64)
    assert abs(values.mean() - even_uniformity(dim)) < 3 * values.std(ddof=1) / math.sqrt(len(values)) + 1e-3
    assert even_uniformity(3) == pytest.approx(math.log(math.sinh(4) / 4) - 4)  # ∫ exp(4t − 4) dt / 2
    assert even_uniformity(1) == pytest.approx(math.log((1 + math.exp(-8)) / 2))


# ---- spectrum, rank, spread, mean ----------------------------------------------------------------------------


def test_spectrum_rank_and_spread_equal_numpys_covariance() -> None:
    """Of the normalised embeddings; what varies and what is common add up to one."""
    embeddings = draw(70, 6, shift=0.4)
    units = np.array(slow_unit(embeddings))
    expected = np.sort(np.linalg.eigvalsh(np.cov(units.T)))[::-1]
    found, spread = embedding_spectrum(embeddings), spread_by_dimension(embeddings)
    assert found is not None
    assert spread is not None
    np.testing.assert_allclose(found, expected, atol=TWIN_TOLERANCE)
    shares = expected / expected.sum()
    assert embedding_rank(found) == pytest.approx(math.exp(-math.fsum(s * math.log(s) for s in shares)))
    assert embedding_rank(found) == pytest.approx(effective_rank(normalised(embeddings)))
    columns = [[row[place] for row in units] for place in range(6)]
    slow = [math.sqrt(math.fsum((v - math.fsum(c) / 70) ** 2 for v in c) / 70 * 6) for c in columns]
    np.testing.assert_allclose(spread, slow, rtol=TWIN_TOLERANCE)
    assert (spread**2).mean() + float(mean_share(embeddings) or 0) == pytest.approx(1)


def test_mean_share_equals_the_mean_cosine_of_any_two() -> None:
    """Each with itself included."""
    embeddings = draw(30, 5, shift=0.4)
    values = [slow_cosine(one, other) for one in embeddings for other in embeddings]
    assert mean_share(embeddings) == pytest.approx(math.fsum(values) / len(values), rel=TWIN_TOLERANCE)


def test_fewer_embeddings_than_dimensions_have_a_spectrum_of_all_dimensions() -> None:
    """Zeros behind those that n embeddings can have."""
    found = embedding_spectrum(draw(4, 9))
    assert found is not None
    assert found.shape == (9,)
    assert (found[:3] > 0).all()
    np.testing.assert_allclose(found[3:], 0, atol=1e-15)


OF_A_CLOUD: dict[str, Callable[[np.ndarray], float | None]] = {
    "uniformity": uniformity,
    "rank": lambda embeddings: embedding_rank(embedding_spectrum(embeddings)),
    "spectrum": lambda embeddings: float(embedding_spectrum(embeddings)[0]),  # type: ignore[index]
    "mean_share": mean_share,
    "spread": lambda embeddings: float(spread_by_dimension(embeddings).mean()),  # type: ignore[union-attr]
}


@pytest.mark.parametrize("name", OF_A_CLOUD)
def test_a_cloud_knows_no_length_or_order(name: str) -> None:
    """Embeddings of other lengths, another order of images, and of dimensions."""
    measured, embeddings = OF_A_CLOUD[name], draw(60, 7, shift=0.3).astype(np.float64)
    expected = pytest.approx(measured(embeddings), rel=TWIN_TOLERANCE)
    rng = np.random.default_rng(0)
    assert measured(embeddings * rng.uniform(1e-4, 1e4, (60, 1))) == expected
    assert measured(embeddings[rng.permutation(60)]) == expected
    assert measured(embeddings[:, rng.permutation(7)]) == expected


@pytest.mark.parametrize("name", [name for name in OF_A_CLOUD if name != "spread"])
def test_a_cloud_knows_no_turn(name: str) -> None:
    """Rotations; the spread by dimension is the exception, as its handbook says."""
    embeddings = draw(60, 7, shift=0.3)
    assert OF_A_CLOUD[name](turned(embeddings)) == pytest.approx(OF_A_CLOUD[name](embeddings), rel=TURNED_TOLERANCE)
    ends = np.tile([1.0, -1.0], 10)
    along, across = (OF_A_CLOUD["spread"](np.outer(ends, axis)) for axis in (np.eye(8)[0], np.ones(8)))
    assert along == pytest.approx(1 / math.sqrt(8))
    assert across == pytest.approx(1)


# ---- clouds that are known -----------------------------------------------------------------------------------


def known(embeddings: np.ndarray) -> dict[str, float | None]:
    """All metrics of a cloud."""
    return {name: measured(embeddings) for name, measured in OF_A_CLOUD.items()}


def test_one_point() -> None:
    """Uniformity 0, all of it common, no spread, no rank; also with what float32 rounds."""
    point = np.tile(np.array([3.0, -1.0, 2.0], np.float32), (50, 1))
    found = known(point)
    assert (found["uniformity"], found["rank"]) == (0, None)
    assert found["mean_share"] == pytest.approx(1)
    assert found["spread"] == pytest.approx(0, abs=1e-15)
    rounded = known(point * np.random.default_rng(0).uniform(0.5, 2, (50, 1)).astype(np.float32))
    assert rounded["rank"] is None
    assert rounded["mean_share"] == pytest.approx(1)
    kinds = np.arange(50) % 2 == 0
    assert auroc(cosines(point, point), kinds) == 0.5
    assert alignment(point, point, kinds) == 0


def test_two_opposite_points() -> None:
    """Half the pairs 4 apart, squared: one direction, nothing common, the spread of a line."""
    poles = np.outer(np.tile([1.0, -1.0], 20), [0.6, 0.8])
    found = known(poles)
    near, far = 2 * 20 * 19 / 2, 20 * 20
    assert found["uniformity"] == pytest.approx(math.log((near + far * math.exp(-8)) / (near + far)))
    assert found["rank"] == pytest.approx(1)
    assert found["mean_share"] == pytest.approx(0, abs=1e-15)
    assert found["spread"] == pytest.approx((0.6 + 0.8) / 2 * math.sqrt(2))
    assert uniformity(poles[:2]) == pytest.approx(-8)


def test_a_cone_is_told_from_few_directions() -> None:
    """Narrow around one direction: much in common, little spread, full rank. Few directions: the other way round."""
    rng = np.random.default_rng(0)
    cone = np.eye(16)[0] * 4 + rng.normal(size=(1_000, 16)) * 0.2
    flat = rng.normal(size=(1_000, 2)) @ np.linalg.qr(rng.normal(size=(16, 2)))[0].T
    of_cone, of_flat = known(cone), known(flat)
    assert of_cone["mean_share"] == pytest.approx(1 / (1 + 15 * 0.05**2), abs=0.01)
    assert of_cone["spread"] == pytest.approx(15 / 16 * 0.05 * math.sqrt(16), abs=0.02)
    assert float(of_cone["rank"] or 0) == pytest.approx(15, abs=0.3)
    assert cosines(cone[:500], cone[500:]).min() > 0.85
    assert of_flat["mean_share"] == pytest.approx(0, abs=0.01)
    assert of_flat["rank"] == pytest.approx(2, abs=0.01)
    spectrum = embedding_spectrum(flat)
    assert spectrum is not None
    np.testing.assert_allclose(spectrum, [0.5, 0.5, *[0] * 14], atol=0.03)


@pytest.mark.parametrize("dim", [4, 64])
def test_even_embeddings(dim: int) -> None:
    """Spread 1 in each dimension, nothing in common but chance, 1/n, full rank."""
    count, draws = 1_000, 10
    found = [known(np.random.default_rng(seed).normal(size=(count, dim))) for seed in range(draws)]
    mean = {name: float(np.mean([row[name] for row in found])) for name in found[0]}
    assert mean["spread"] == pytest.approx(1, abs=2 / count + 0.002)
    assert mean["mean_share"] == pytest.approx(1 / count, rel=3 * math.sqrt(2 / dim / draws))
    assert mean["rank"] == pytest.approx(dim, rel=0.04)
    assert mean["uniformity"] == pytest.approx(even_uniformity(dim), abs=0.01)


def test_a_ball_that_is_narrowed_to_a_point() -> None:
    """Step by step: less spread, more in common, nearer to 0 in uniformity; the rank does not tell."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(400, 12))
    found = [known(np.eye(12)[0] * 3 + scale * noise) for scale in (3.0, 1.0, 0.3, 0.1, 0.01)]
    for name, sign in (("spread", -1), ("mean_share", 1), ("uniformity", 1)):
        values = [sign * float(row[name] or 0) for row in found]
        assert all(a < b for a, b in itertools.pairwise(values)), name
    assert float(found[-1]["rank"] or 0) > 10


def test_clouds_without_a_value() -> None:
    """One embedding, none, zero ones, one that is not finite: None or what is stated, never a warning."""
    one, none, zero = np.array([[1.0, 2.0]]), np.zeros((0, 3)), np.zeros((5, 3))
    assert (uniformity(one), embedding_spectrum(one), embedding_rank(None)) == (None, None, None)
    assert mean_share(one) == pytest.approx(1)
    assert spread_by_dimension(one) is not None
    assert (uniformity(none), embedding_spectrum(none), mean_share(none), spread_by_dimension(none)) == (None,) * 4
    assert (uniformity(zero), mean_share(zero)) == (0, None)
    spectrum = embedding_spectrum(zero)
    assert spectrum is not None
    assert embedding_rank(spectrum) is None
    broken = np.array([[1.0, np.nan], [0.0, 1.0], [1.0, 1.0]])
    assert (uniformity(broken), embedding_spectrum(broken), mean_share(broken)) == (None, None, None)
    assert spread_by_dimension(broken) is None
    assert alignment(broken, broken, np.ones(3, bool)) is None
    assert alignment(broken[1:], broken[1:], np.zeros(2, bool)) is None
    signs = np.array([[2.0], [-1.0], [3.0], [-4.0]])
    assert embedding_rank(embedding_spectrum(signs)) == pytest.approx(1)
    assert mean_share(signs) == 0


# ---- classes -------------------------------------------------------------------------------------------------


def test_neighbours_equal_a_loop() -> None:
    """The training image of the highest cosine."""
    (train, labels), (asked, classes) = clumps(80, noise=1.0), clumps(50, noise=1.0, seed=1)
    right = []
    for point, label in zip(asked, classes, strict=True):
        near = [slow_cosine(point, other) for other in train]
        right.append(labels[near.index(max(near))] == label)
    found = neighbour_accuracy(train, labels, asked, classes)
    assert found == sum(right) / 50
    assert 0.3 < sum(right) / 50 < 1


def test_the_probe_equals_a_fit_of_its_own() -> None:
    """Newton's method on the same penalised likelihood of two classes, in plain numpy."""
    train, labels = clumps(150, dim=3, classes=2, noise=1.5)
    asked, classes = clumps(400, dim=3, classes=2, noise=1.5, seed=1)
    units = np.array(slow_unit(train))
    centred = (units - units.mean(0)) / math.sqrt(units.var(0).mean())
    rows = np.hstack([centred, np.ones((150, 1))])
    weights, penalty = np.zeros(4), np.diag([1.0, 1, 1, 0])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - labels) + penalty @ weights
        weights -= np.linalg.solve(rows.T @ (rows * (chance * (1 - chance))[:, None]) + penalty, slope)
    assert np.abs(slope).max() < 1e-9
    other = (np.array(slow_unit(asked)) - units.mean(0)) / math.sqrt(units.var(0).mean())
    expected = float(((np.hstack([other, np.ones((400, 1))]) @ weights > 0) == classes).mean())
    found = linear_probe(train, labels, asked, classes)
    assert found == pytest.approx(expected, abs=1 / 400)  # where one image lies on the border
    assert 0.6 < expected < 1


@pytest.mark.parametrize("measured", [linear_probe, neighbour_accuracy])
def test_classes_are_read_whatever_the_turn_length_and_names(measured: Callable[..., float | None]) -> None:
    """Separable ones all, noise none; rotations, lengths and other numbers for the classes change nothing."""
    (train, labels), (asked, classes) = clumps(300, noise=0.8), clumps(200, noise=0.8, seed=1)
    found = measured(train, labels, asked, classes)
    assert found is not None
    assert 0.8 < found < 1
    one_image = pytest.approx(found, abs=1 / 200)  # one on the border
    assert measured(turned(train), labels, turned(asked), classes) == one_image
    assert measured(train * 1e-6, labels, asked * 7, classes) == one_image
    names = np.array([30, 10, 20, 40])
    assert measured(train, names[labels], asked, names[classes]) == one_image
    apart = [clumps(count, noise=0.05, seed=seed) for count, seed in ((300, 0), (200, 1))]
    assert measured(*apart[0], *apart[1]) == 1
    shuffled = np.random.default_rng(0).permutation(labels)
    chance = measured(train, shuffled, asked, classes)
    assert chance is not None
    assert chance < np.bincount(classes).max() / 200 + 4 * math.sqrt(0.25 * 0.75 / 200)
    again = measured(train, labels, asked, classes)
    assert again == found


def test_one_point_knows_no_class() -> None:
    """The probe answers the most frequent class of training images, the nearest is the first one."""
    point = np.ones((60, 4))
    labels = np.array([0] * 10 + [1] * 30 + [2] * 20)
    assert linear_probe(point, labels, point, labels) == 0.5
    assert neighbour_accuracy(point, labels, point, labels) == pytest.approx(10 / 60)
    assert linear_probe(point, np.zeros(60, int), point, labels) is None
    broken = np.full((60, 4), np.nan)
    assert linear_probe(broken, labels, point, labels) is None
    assert neighbour_accuracy(point, labels, broken, labels) is None
    assert neighbour_accuracy(np.zeros((0, 4)), labels[:0], point, labels) is None
    assert linear_probe(point, labels, point[:0], labels[:0]) is None


# ---- the table and its scores --------------------------------------------------------------------------------


def test_the_table_of_pair_metrics() -> None:
    """The one that decides is first; no key is used by two kinds; all keys are those that were agreed on."""
    keys = [metric.key for metric in PAIR_METRICS]
    assert keys == [
        "pair_auroc", "pair_accuracy_best", "pair_threshold_best", "pair_accuracy", "pair_same_share",
        "pair_predicted_same", "pair_calibration", "cosine_same", "cosine_different", "alignment", "uniformity",
        "embedding_rank", "embedding_spread", "embedding_mean_share", "linear_probe_accuracy", "neighbour_accuracy",
        "own_pair_auroc", "own_pair_accuracy", "own_pair_same_share", "own_pair_predicted_same",
    ]  # fmt: skip
    assert len({metric.key for metric in EVERY_METRIC}) == len(EVERY_METRIC) == len(METRICS) + len(PAIR_METRICS)
    assert list(Scores().values) == [metric.key for metric in METRICS]
    assert list(Scores(PAIR_METRICS).values) == keys


def answers(count: int = 400, seed: int = 0, predicted: np.ndarray | None = None) -> Answers:
    """Pairs with sigmoid(cosine / .1) for an answer, unless another one is given."""
    first, second, same = paired(count, noise=1.0, seed=seed)
    found = 1 / (1 + np.exp(-cosines(first, second) / 0.1)) if predicted is None else predicted
    return Answers(first.astype(np.float32), second.astype(np.float32), same, found)


def images(count: int, seed: int, *, labelled: bool = True) -> Embedded:
    embeddings, labels = clumps(count, noise=1.0, seed=seed)
    return Embedded(embeddings.astype(np.float32), labels if labelled else None)


def scored(
    held_out_pairs: Answers | None = None,
    own_pairs: Answers | None = None,
    held_out: Embedded | None = None,
    train: Embedded | None = None,
    own_threshold: float | None = None,
    thorough: bool = True,
) -> Scores:
    """Scores with what is not given being ordinary."""
    scores = Scores(PAIR_METRICS)
    score_encoder(
        scores,
        held_out_pairs=held_out_pairs or answers(),
        own_pairs=own_pairs,
        held_out=held_out or images(300, 10),
        train=train or images(200, 11),
        own_threshold=own_threshold,
        thorough=thorough,
    )
    return scores


def test_everything_is_scored() -> None:
    """With pairs of its own every metric has a value, that of its function; every array its name and shape."""
    own = answers(100, seed=5)
    scores = scored(own_pairs=own, own_threshold=0.02)
    assert list(scores.without_value()) == []
    assert scores.details["reasons"] == {}
    given = answers()
    values = cosines(given.first, given.second)
    best = best_threshold(values, given.same)
    assert best is not None
    expected = {
        "pair_auroc": auroc(values, given.same),
        "pair_accuracy_best": best.accuracy,
        "pair_threshold_best": best.threshold,
        "pair_accuracy": slow_accuracy(values, given.same, 0),
        "pair_same_share": given.same.mean(),
        "pair_predicted_same": (values > 0).mean(),
        "pair_calibration": calibration(given.predicted, given.same),
        "cosine_same": values[given.same].mean(),
        "cosine_different": values[~given.same].mean(),
        "own_pair_auroc": auroc(cosines(own.first, own.second), own.same),
        "own_pair_same_share": own.same.mean(),
        "embedding_mean_share": mean_share(images(300, 10).embeddings),
        "embedding_spread": spread_by_dimension(images(300, 10).embeddings).mean(),  # type: ignore[union-attr]
    }
    assert {key: scores.values[key] for key in expected} == pytest.approx(expected, rel=TWIN_TOLERANCE)
    shapes = {name: found.shape for name, found in scores.arrays.items()}
    hits, own_hits = int(given.same.sum()), int(own.same.sum())
    assert shapes.pop("roc")[1] > 2
    assert shapes == {
        "cosines.same": (hits,), "cosines.different": (400 - hits,),
        "cosines.own_same": (own_hits,), "cosines.own_different": (100 - own_hits,),
        "thresholds": (2, 101), "reliability": (3, BINS), "spectrum.embedding": (8,), "spread.embedding": (8,),
        "own_threshold": (1,),
    }  # fmt: skip
    assert scores.details["pairs"] == {"n": 400, "same": hits, "chance": auroc_by_chance(hits, 400 - hits)}
    assert scores.details["own_pairs"]["n"] == 100
    assert scores.details["embeddings"] == {"n": 300, "dim": 8, "zero": 0}


def test_what_has_no_value_says_why() -> None:
    """By key: no pairs of its own, decisions, no labels, a checkpoint between, pairs of one kind."""
    assert scored().details["reasons"] == dict.fromkeys(
        ["own_pair_auroc", "own_pair_accuracy", "own_pair_same_share", "own_pair_predicted_same"], NO_OWN
    )
    decided = scored(answers(predicted=np.ones(400, bool)))
    assert decided.details["reasons"]["pair_calibration"] == NO_PROBABILITY
    assert decided.values["pair_accuracy"] == decided.values["pair_same_share"]
    assert "reliability" not in decided.arrays
    unlabelled = scored(held_out=images(50, 1, labelled=False), thorough=False)
    for key in ("linear_probe_accuracy", "neighbour_accuracy"):
        assert unlabelled.details["reasons"][key] == NO_LABELS
    between = scored(thorough=False)
    assert between.details["reasons"]["linear_probe_accuracy"] == NOT_THOROUGH
    assert between.values["neighbour_accuracy"] is not None
    given = answers()
    alike = scored(Answers(given.first, given.second, np.ones(400), given.predicted))
    for key in ("pair_auroc", "pair_accuracy_best", "pair_threshold_best", "cosine_different"):
        assert alike.details["reasons"][key] == ONE_KIND
    assert alike.values["pair_same_share"] == 1
    assert "roc" not in alike.arrays
    one_class = scored(train=Embedded(images(20, 0).embeddings, np.zeros(20, int)))
    assert one_class.details["reasons"]["linear_probe_accuracy"] == ONE_CLASS


def test_numbers_that_are_not_finite_are_said() -> None:
    """How many embeddings; the answers, which may be fine, are judged all the same; the other way round, too."""
    given = answers()
    broken = given.first.copy()
    broken[:3] = np.nan
    scores = scored(Answers(broken, given.second, given.same, given.predicted))
    for key in ("pair_auroc", "cosine_same", "alignment", "pair_accuracy_best"):
        assert scores.details["reasons"][key] == "3 of 800 embeddings are not finite"
    assert scores.values["pair_accuracy"] is not None
    assert "cosines.same" not in scores.arrays
    said = given.predicted.copy()
    said[0] = np.nan
    for key in ("pair_accuracy", "pair_predicted_same", "pair_calibration"):
        reasons = scored(answers(predicted=said)).details["reasons"]
        assert reasons[key] == "predict returns numbers that are not finite"
    cosine_for_probability = scored(answers(predicted=np.linspace(-1, 1, 400)))
    assert cosine_for_probability.details["reasons"]["pair_calibration"] == NOT_PROBABILITY
    assert cosine_for_probability.values["pair_predicted_same"] == pytest.approx(0.25)
    cloud = scored(held_out=Embedded(np.full((40, 3), np.inf), np.zeros(40, int)))
    for key in ("uniformity", "embedding_rank", "embedding_spread", "embedding_mean_share", "neighbour_accuracy"):
        assert cloud.details["reasons"][key] == "40 of 40 embeddings are not finite"


def test_a_collapsed_encoder_is_scored_without_a_warning() -> None:
    """One point, all zero, and one dimension: values where there are any, reasons for the rest."""
    for embedding in (np.array([1.0, 2, 3]), np.zeros(3), np.array([-4.0])):
        cloud = np.tile(embedding, (80, 1)).astype(np.float32)
        same, labels = np.arange(80) % 2 == 0, np.arange(80) % 4
        scores = scored(
            Answers(cloud, cloud, same, np.full(80, 0.7)), None, Embedded(cloud, labels), Embedded(cloud, labels)
        )
        lacking = {key: why for key, why in scores.details["reasons"].items() if not key.startswith("own_")}
        assert lacking.pop("embedding_rank") == POINT
        assert lacking == ({} if embedding.any() else {"embedding_mean_share": "all embeddings are zero"})
        found = scores.values
        assert (found["pair_auroc"], found["pair_accuracy_best"], found["uniformity"]) == (0.5, 0.5, 0)
        assert found["pair_calibration"] == pytest.approx(0.2)
        assert found["embedding_spread"] == pytest.approx(0, abs=1e-15)
        assert found["neighbour_accuracy"] == found["linear_probe_accuracy"] == 0.25
        assert scores.details["embeddings"]["zero"] == (0 if embedding.any() else 80)


def test_the_number_of_images_is_fixed() -> None:
    """Images beyond the first thousand change nothing; fewer are taken as they are."""
    many = images(HELD_OUT + 50, 3)
    few = Embedded(many.embeddings[:HELD_OUT], None if many.labels is None else many.labels[:HELD_OUT])
    more, exact = scored(held_out=many), scored(held_out=few)
    assert more.values == exact.values
    assert more.details["embeddings"]["n"] == HELD_OUT
    assert scored(held_out=images(1, 3)).details["reasons"]["uniformity"] == "fewer than two held-out images"


def test_scores_do_not_depend_on_the_order_or_side_of_pairs() -> None:
    """Pairs in another order, first and second swapped: the same numbers."""
    given = answers()
    order = np.random.default_rng(0).permutation(400)
    other = Answers(given.second[order], given.first[order], given.same[order], given.predicted[order])
    expected, found = scored(given).values, scored(other).values
    assert {k: v for k, v in found.items() if v is not None} == pytest.approx(
        {k: v for k, v in expected.items() if v is not None}, rel=TWIN_TOLERANCE
    )


# ---- the variant's own threshold -----------------------------------------------------------------------------


def test_prepared_pairs_have_the_cosines_that_they_are_prepared_for() -> None:
    """Eight times the grid, to what float32 rounds, with the lengths of the encoder's embeddings."""
    given = draw(50, 6) * 3
    first, second = prepared_pairs(given)
    np.testing.assert_allclose(cosines(first, second), np.tile(THRESHOLDS, DIRECTIONS), atol=1e-6)
    assert first.dtype == second.dtype == np.float32
    lengths = np.linalg.norm(given, axis=1)
    for made in (first, second):
        nearest = np.abs(np.linalg.norm(made, axis=1)[:, None] - lengths).min(axis=1)
        assert nearest.max() < 1e-5
    np.testing.assert_allclose(np.linalg.norm(prepared_pairs(normalised(given))[0], axis=1), 1, rtol=1e-6)
    assert np.isfinite(prepared_pairs(np.zeros((4, 3)))[0]).all()
    assert prepared_pairs(np.ones((4, 1)))[0].shape == (0, 1)
    assert threshold_of(np.zeros(0, bool)) is None


def test_the_own_threshold_is_found_by_asking() -> None:
    """Sigmoid of the bare cosine and of a temperature, a bar of its own, a distance between unit vectors."""
    first, second = prepared_pairs(normalised(draw(50, 6)))
    values = cosines(first, second)
    step = THRESHOLDS[1] - THRESHOLDS[0]

    def at(predicted: np.ndarray) -> float:
        found = threshold_of(predicted)
        assert found is not None
        return found

    for temperature in (1.0, 0.1):
        assert at(1 / (1 + np.exp(-values / temperature))) == pytest.approx(0, abs=1.01 * step)
    assert at(values > 0.71) == pytest.approx(0.72)
    assert at(np.linalg.norm(first - second, axis=1) < 1) == pytest.approx(0.5, abs=1.01 * step)
    assert at(np.ones(len(values), bool)) == -1
    assert at(np.ones(len(values))) == -1


def test_an_answer_that_needs_more_than_the_cosine_has_no_threshold() -> None:
    """A distance between long and short embeddings, a single dimension, a falling answer, never, NaN."""
    first, second = prepared_pairs(draw(50, 6) * np.linspace(0.2, 3, 50)[:, None])
    values = cosines(first, second)
    assert threshold_of(np.linalg.norm(first - second, axis=1) < 1) is None
    assert threshold_of(first[:, 0] > 0) is None
    assert threshold_of(values > np.repeat(np.linspace(-0.5, 0.5, DIRECTIONS), len(THRESHOLDS))) is None
    assert threshold_of(values < 0.3) is None
    assert threshold_of(np.zeros(len(values), bool)) is None
    assert threshold_of(np.full(len(values), np.nan)) is None
    assert threshold_of(values > 0.31) == pytest.approx(0.32)


# ---- real images ---------------------------------------------------------------------------------------------


def test_an_untrained_net_is_a_cone_that_knows_digits() -> None:
    """What docs/metrics.md says of nets that were never trained: cosines near .9, AUROC far from 1 and from .5."""
    torch.manual_seed(0)
    net = nn.Sequential(
        *(nn.Conv2d(1, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(128 * 49, 128)),
    )  # fmt: skip
    data = load_images("mnist5k")

    def embedded(pixels: np.ndarray, labels: np.ndarray | None, count: int) -> Embedded:
        with torch.no_grad():
            parts = [
                net(part) for part in to_model(pixels[:count], image_shape=(1, 28, 28), pixel_range=(-1, 1)).split(100)
            ]
        return Embedded(torch.cat(parts).numpy(), labels[:count] if labels is not None else None)

    held_out = embedded(data.held_out, data.held_out_labels, 1_000)
    assert held_out.labels is not None
    rng = np.random.default_rng(0)
    ones = rng.integers(0, 1_000, 2_000)
    others = (ones + rng.integers(1, 1_000, 2_000)) % 1_000
    first, second = held_out.embeddings[ones], held_out.embeddings[others]
    same = held_out.labels[ones] == held_out.labels[others]
    found = scored(
        Answers(first, second, same, cosines(first, second) > 0), None, held_out,
        embedded(data.train, data.train_labels, 1_000),
    ).values  # fmt: skip
    values = {key: float(value) for key, value in found.items() if value is not None}
    assert 0.65 < values["pair_auroc"] < 0.85
    assert values["embedding_mean_share"] > 0.85
    assert values["cosine_different"] > 0.85
    assert values["embedding_spread"] < 0.4
    assert values["pair_predicted_same"] == 1  # a threshold at 0 calls all pairs the same
    assert values["pair_accuracy"] == values["pair_same_share"]
    assert 30 < values["embedding_rank"] < 60
    assert values["neighbour_accuracy"] > 0.8
    assert values["linear_probe_accuracy"] > 0.8

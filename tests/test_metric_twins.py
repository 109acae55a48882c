"""The metrics beside FID and coverage, each against a slow obvious twin and against data with a known answer."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
import torch

from ebdiag.metrics.classes import (
    LEAST_IMAGES,
    class_variances,
    confident_shares,
    inception_score,
    inception_score_modified,
    share_distance,
    within_class_variety,
)
from ebdiag.metrics.codes import directions, pull_away
from ebdiag.metrics.coverage import K, neighbours, overlap
from ebdiag.metrics.interpolation import EPSILON, between, path_length
from ebdiag.metrics.kernel import kernel_distance, kernel_within
from ebdiag.metrics.memorisation import duplicate_share, memorised, memory, nearest
from ebdiag.metrics.modes import mode_gap_features, mode_gap_pixels
from ebdiag.metrics.separation import separation

TWIN_TOLERANCE = 1e-9  # the same float64 sums in another order
FLOAT32_TOLERANCE = 1e-5  # means of some hundred float32 values


def draw(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Correlated features, float32."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(dim, dim)) / math.sqrt(dim)
    return (rng.normal(size=(count, dim)) @ mixing).astype(np.float32)


def guesses(count: int, classes: int = 6, seed: int = 0, sureness: float = 6.0) -> np.ndarray:
    """Class probabilities, some of them confident."""
    logits = np.random.default_rng(seed).normal(size=(count, classes)) * sureness
    shares: np.ndarray = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return shares


# ---- kernel distance -----------------------------------------------------------------------------------------


def slow_kernel_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """The unbiased estimate by loops over pairs."""

    def kernel(one: np.ndarray, other: np.ndarray) -> float:
        return (sum(float(a) * float(b) for a, b in zip(one, other, strict=True)) / len(one) + 1) ** 3

    def within(cloud: np.ndarray) -> float:
        pairs = [kernel(one, other) for one, other in itertools.permutations(cloud, 2)]
        return math.fsum(pairs) / len(pairs)

    mixed = [kernel(one, other) for one in real for other in generated]
    return within(real) + within(generated) - 2 * math.fsum(mixed) / len(mixed)


def test_kernel_distance_equals_loops_over_pairs() -> None:
    """Also with the real part given."""
    real, generated = draw(23, 5), draw(17, 5, seed=1) + 0.3
    expected = slow_kernel_distance(real, generated)
    assert kernel_distance(real, generated) == pytest.approx(expected, rel=TWIN_TOLERANCE)
    assert kernel_distance(real, generated, kernel_within(real)) == kernel_distance(real, generated)


def test_kernel_distance_equals_torch_fidelity() -> None:
    """The polynomial kernel with its usual constants, one subset that holds everything."""
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

    real, generated = draw(80, 6).astype(np.float64), draw(80, 6, seed=1).astype(np.float64) * 1.2
    tensors = [torch.from_numpy(part) for part in (real, generated)]
    expected = kid_features_to_metric(*tensors, kid_subsets=1, kid_subset_size=80, verbose=False)[KEY_METRIC_KID_MEAN]
    assert kernel_distance(real, generated) == pytest.approx(float(expected), rel=TWIN_TOLERANCE)


def test_kernel_distance_is_unbiased() -> None:
    """Over many pairs of samples of one distribution its mean is 0 within three standard errors, small or not."""
    scores = [kernel_distance(draw(20, 4, seed=2 * i), draw(15, 4, seed=2 * i + 1)) for i in range(400)]
    assert abs(np.mean(scores)) < 3 * np.std(scores) / math.sqrt(len(scores))
    assert min(scores) < 0 < max(scores)
    shifted = [kernel_distance(draw(20, 4, seed=2 * i), draw(15, 4, seed=2 * i + 1) + 1) for i in range(50)]
    assert np.mean(shifted) > 10 * np.std(scores) / math.sqrt(len(scores))


def test_kernel_distance_refuses_what_has_no_value() -> None:
    """One row has no pairs; features of two nets cannot be compared."""
    with pytest.raises(ValueError, match="at least 2 rows, got 1"):
        kernel_distance(draw(5, 4), draw(1, 4))
    with pytest.raises(ValueError, match="different widths: 4 and 3"):
        kernel_distance(draw(5, 4), draw(5, 3))


# ---- density, nearest, twins ---------------------------------------------------------------------------------


def slow_nearest(cloud: np.ndarray, index: int) -> list[float]:
    """Distances of one point to all others, ascending."""
    return sorted(float(np.linalg.norm(cloud[index] - other)) for place, other in enumerate(cloud) if place != index)


def test_density_equals_loops_over_points() -> None:
    """How many real balls hold a generated point, on average, over K."""
    real, generated = draw(50, 4).astype(np.float64), draw(40, 4, seed=1).astype(np.float64) * 0.7
    radii = [slow_nearest(real, index)[K - 1] for index in range(len(real))]
    held = sum(
        float(np.linalg.norm(point - centre)) <= radius
        for centre, radius in zip(real, radii, strict=True)
        for point in generated
    )
    found = overlap(neighbours(real), neighbours(generated))
    assert found.density == pytest.approx(held / K / len(generated))
    assert found.density > 1  # a narrower cloud crowds where the real one is dense


def test_two_samples_of_the_same_data_have_density_one() -> None:
    """Within three standard errors of a mean over correlated counts."""
    found = overlap(neighbours(draw(1500, 6)), neighbours(draw(1500, 6, seed=1)))
    assert found.density == pytest.approx(1, abs=0.06)


def test_nearest_other_point_equals_a_loop() -> None:
    """Beside the K-th distance, the first one is kept, too; ties count."""
    cloud = draw(30, 3).astype(np.float64)
    cloud[7] = cloud[3]
    found = neighbours(cloud)
    expected = [slow_nearest(cloud, index)[0] ** 2 for index in range(30)]
    np.testing.assert_allclose(found.nearest, expected, rtol=TWIN_TOLERANCE, atol=1e-12)
    assert found.nearest[3] == found.nearest[7] == 0


def test_twins_are_counted_by_the_nearest_real_ones() -> None:
    """The share of generated images nearer to another than the nearest hundredth of real ones; all under repetition."""
    real, fresh = neighbours(draw(1000, 6)), neighbours(draw(1000, 6, seed=1))
    limit = sorted(real.nearest)[9] + 0.99 * (sorted(real.nearest)[10] - sorted(real.nearest)[9])
    expected = sum(distance <= limit for distance in fresh.nearest) / 1000
    assert duplicate_share(real.nearest, fresh.nearest) == pytest.approx(expected)
    assert duplicate_share(real.nearest, real.nearest) == pytest.approx(0.01)
    repeated = neighbours(np.repeat(draw(500, 6, seed=2), 2, axis=0))
    assert duplicate_share(real.nearest, repeated.nearest) == 1
    assert duplicate_share(np.zeros(10), np.array([0.0, 0.1])) == 0.5


# ---- memorisation --------------------------------------------------------------------------------------------


def test_memorisation_equals_loops_over_images() -> None:
    """Nearest training image, its own nearest other one, and the held-out images' twentieth."""
    train, held_out, generated = draw(60, 4), draw(40, 4, seed=1), draw(30, 4, seed=2) * 0.8

    def gaps(point: np.ndarray) -> list[float]:
        return [float(np.linalg.norm(point.astype(np.float64) - other.astype(np.float64))) for other in train]

    limit = np.quantile([min(gaps(point)) ** 2 for point in held_out], 0.05)
    near, authentic = [], []
    for point in generated:
        found = gaps(point)
        place = found.index(min(found))
        near.append(min(found) ** 2 <= limit)
        authentic.append(min(found) > slow_nearest(train.astype(np.float64), place)[0])
    result = memorised(memory(train, held_out), generated)
    assert result.near_share == pytest.approx(np.mean(near))
    assert result.authentic_share == pytest.approx(np.mean(authentic))


def test_copies_are_told_from_new_images() -> None:
    """Planted: copies of training images, half copies, fresh ones of the same distribution, and nonsense far away."""
    train, held_out, fresh = draw(800, 5), draw(500, 5, seed=1), draw(600, 5, seed=2)
    known = memory(train, held_out)
    copied, half = memorised(known, train[:500]), memorised(known, np.concatenate([train[:300], fresh[:300]]))
    new, far = memorised(known, fresh), memorised(known, fresh + 100)
    assert (copied.near_share, copied.authentic_share) == (1, 0)
    assert half.near_share == pytest.approx(0.5 + 0.5 * 0.05, abs=0.03)
    assert new.near_share == pytest.approx(0.05, abs=0.03)
    assert 0.35 < new.authentic_share < 0.65
    assert (far.near_share, far.authentic_share) == (0, 1)


def test_the_search_does_not_depend_on_its_chunks() -> None:
    """More points than a chunk holds give what each alone gives; no point finds itself."""
    cloud = draw(600, 3)
    places, distances = nearest(cloud, cloud, skip_same_row=True)
    assert (places != np.arange(600)).all()
    for index in (0, 249, 250, 599):
        assert distances[index] == pytest.approx(slow_nearest(cloud.astype(np.float64), index)[0] ** 2, rel=1e-6)
    assert (nearest(cloud, cloud)[0] == np.arange(600)).all()


# ---- classes -------------------------------------------------------------------------------------------------


def slow_scores(probabilities: np.ndarray) -> tuple[float, float]:
    """Inception score and I′ by loops over images and classes."""
    mean = [float(np.mean(probabilities[:, label])) for label in range(probabilities.shape[1])]
    forward, reverse = [], []
    for row in probabilities:
        forward.append(sum(float(p) * math.log(float(p) / q) for p, q in zip(row, mean, strict=True)))
        reverse.append(sum(q * math.log(q / float(p)) for p, q in zip(row, mean, strict=True)))
    return math.exp(float(np.mean(forward))), float(np.mean(reverse))


def test_both_inception_scores_equal_loops() -> None:
    """KL(p(y|x) ‖ p(y)) under an exponential, and KL(p(y) ‖ p(y|x)) without: they are not the same direction."""
    probabilities = guesses(40, sureness=2.0)
    score, modified = slow_scores(probabilities)
    assert inception_score(probabilities) == pytest.approx(score, rel=TWIN_TOLERANCE)
    assert inception_score_modified(probabilities) == pytest.approx(modified, rel=TWIN_TOLERANCE)
    assert modified != pytest.approx(math.log(score), rel=0.01)


def test_inception_scores_at_their_ends() -> None:
    """One sure image a class is the best, one image repeated the worst; zeros have no infinite logarithm."""
    assert inception_score(np.eye(10)) == pytest.approx(10)
    assert inception_score(np.repeat(np.eye(10)[:1], 7, axis=0)) == pytest.approx(1)
    assert inception_score_modified(np.full((5, 10), 0.1)) == pytest.approx(0)
    assert inception_score_modified(np.eye(10)) == pytest.approx(0.9 * 12 * math.log(10) - math.log(10), rel=1e-6)


def test_shares_are_counted_among_confident_images() -> None:
    """Below .9 an image counts for nothing; without any there are no shares and no distance."""
    probabilities = np.array([[0.95, 0.05, 0.0], [0.9, 0.1, 0.0], [0.0, 0.99, 0.01], [0.4, 0.3, 0.3]])
    assert confident_shares(probabilities).tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert confident_shares(probabilities[3:]).tolist() == [0, 0, 0]
    even = np.full(3, 1 / 3)
    assert share_distance(confident_shares(probabilities), even) == pytest.approx(1 / 3)
    assert share_distance(confident_shares(probabilities[3:]), even) is None


def test_share_distance_reads_as_images_to_be_moved() -> None:
    """Balanced 0; one class of ten missing .1; a single class .9; the same from both sides."""
    even, single = np.full(10, 0.1), np.eye(10)[3]
    missing = np.array([0.0] + [1 / 9] * 9)
    assert share_distance(even, even) == 0
    assert share_distance(missing, even) == pytest.approx(0.1)
    assert share_distance(single, even) == share_distance(even, single) == pytest.approx(0.9)


def test_variety_within_classes_equals_loops() -> None:
    """Mean squared distance to the class's mean, class by class; ratio averaged over the classes drawn."""
    real, real_guess = draw(400, 5), guesses(400, classes=3)
    generated, guess = draw(300, 5, seed=1) * 0.5, guesses(300, classes=3, seed=1)
    guess[:, 2], guess[:, 0] = 0.0, guess[:, 0] + guess[:, 2]  # one class is never drawn

    def slow(features: np.ndarray, probabilities: np.ndarray, label: int) -> float | None:
        members = [
            features[i].astype(np.float64)
            for i, row in enumerate(probabilities)
            if max(row) >= 0.9 and list(row).index(max(row)) == label
        ]
        if len(members) < LEAST_IMAGES:
            return None
        mean = sum(members) / len(members)
        return sum(float(((member - mean) ** 2).sum()) for member in members) / len(members)

    ratios = []
    for label in range(3):
        top, bottom = slow(generated, guess, label), slow(real, real_guess, label)
        if top is not None and bottom is not None:
            ratios.append(top / bottom)
    assert len(ratios) == 2
    found = within_class_variety(class_variances(generated, guess), class_variances(real, real_guess))
    assert found == pytest.approx(np.mean(ratios), rel=TWIN_TOLERANCE)


@pytest.mark.parametrize(("different", "expected"), [(1, 0.0), (2, 0.5), (5, 0.8)])
def test_repeated_images_have_the_variety_that_the_docstring_says(different: int, expected: float) -> None:
    """k images a class, drawn from the data and repeated, score 1 − 1/k on average."""
    real, labels = draw(4000, 8), np.eye(10)[np.arange(4000) % 10]
    scores = []
    for start in range(40):
        chosen = np.concatenate(
            [np.arange(4000)[np.arange(4000) % 10 == c][start * 5 :][:different] for c in range(10)]
        )
        features, guess = (np.repeat(part[chosen], 40, axis=0) for part in (real, labels))
        scores.append(within_class_variety(class_variances(features, guess), class_variances(real, labels)))
    assert np.mean([score for score in scores if score is not None]) == pytest.approx(expected, abs=0.05)


def test_no_confident_class_has_no_variety() -> None:
    """Unsure images, and a class whose real images do not vary, give no number instead of a division."""
    unsure = class_variances(draw(50, 3), np.full((50, 4), 0.25))
    assert np.isnan(unsure).all()
    assert within_class_variety(unsure, np.ones(4)) is None
    assert within_class_variety(np.ones(4), np.zeros(4)) is None


# ---- directions ----------------------------------------------------------------------------------------------


def test_directions_are_the_vendi_score_of_order_two() -> None:
    """1 / Σλ² of the cosine matrix over n, by its eigenvalues; equal to n / (1 + (n − 1)·PT)."""
    codes = draw(40, 7).astype(np.float64)
    units = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    eigenvalues = np.linalg.eigvalsh(units @ units.T / len(units))
    found = directions(codes)
    assert found == pytest.approx(1 / (eigenvalues**2).sum(), rel=TWIN_TOLERANCE)
    square = pull_away(codes)
    assert square is not None
    assert found == pytest.approx(40 / (1 + 39 * square), rel=TWIN_TOLERANCE)


def test_directions_at_their_edges() -> None:
    """Orthogonal codes n, collapsed and antipodal ones 1, a zero code no value; scale does not matter."""
    assert directions(np.eye(6)) == pytest.approx(6)
    assert directions(np.ones((6, 3))) == pytest.approx(1)
    assert directions(np.array([[1.0, 2.0], [-1.0, -2.0]])) == pytest.approx(1)
    assert directions(np.array([[1.0, 2.0], [0.0, 0.0]])) is None
    assert directions(draw(30, 4) * 1000) == pytest.approx(directions(draw(30, 4)), rel=FLOAT32_TOLERANCE)


# ---- energies apart ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ties", [False, True])
def test_separation_equals_loops_and_scipy(ties: bool) -> None:
    """AUROC over all pairs, Wasserstein and Kolmogorov–Smirnov as scipy has them; unequal numbers and ties too."""
    rng = np.random.default_rng(4)
    real, generated = rng.gamma(2, 1, 37), rng.gamma(3, 1, 52)
    if ties:
        real, generated = real.round(), generated.round()
    found = separation(real.astype(np.float32), generated.astype(np.float32))
    pairs = [(fake > true) + (fake == true) / 2 for fake in generated for true in real]
    assert found.auroc == pytest.approx(np.mean(pairs), rel=FLOAT32_TOLERANCE)
    assert found.wasserstein == pytest.approx(scipy.stats.wasserstein_distance(real, generated), rel=FLOAT32_TOLERANCE)
    assert found.ks == pytest.approx(scipy.stats.ks_2samp(real, generated).statistic, rel=FLOAT32_TOLERANCE)


def test_separation_at_its_ends() -> None:
    """Above, below and equal: 1, 0 and .5; a shift is its own Wasserstein distance."""
    real = np.linspace(0, 1, 100)
    above, below, same = separation(real, real + 5), separation(real, real - 5), separation(real, real)
    assert (above.auroc, above.ks, above.wasserstein) == pytest.approx((1, 1, 5))
    assert (below.auroc, below.ks, below.wasserstein) == pytest.approx((0, 1, 5))
    assert (same.auroc, same.ks, same.wasserstein) == pytest.approx((0.5, 0, 0))


# ---- latents -------------------------------------------------------------------------------------------------


def test_mode_gaps_equal_loops() -> None:
    """Mean absolute pixel difference on −1 to 1, and root mean square of feature distances over the real spread."""
    generator = torch.Generator().manual_seed(0)
    evaluated, trained = (torch.rand(5, 1, 3, 4, generator=generator) * 8 for _ in range(2))
    gaps = [abs(a - b) for a, b in zip(evaluated.flatten().tolist(), trained.flatten().tolist(), strict=True)]
    expected = sum(gaps) / len(gaps) / 4
    assert mode_gap_pixels(evaluated, trained, (0.0, 8.0)) == pytest.approx(expected, rel=FLOAT32_TOLERANCE)
    one, other = draw(20, 3), draw(20, 3, seed=1)
    squares = [
        sum((float(a) - float(b)) ** 2 for a, b in zip(p, q, strict=True)) for p, q in zip(one, other, strict=True)
    ]
    assert mode_gap_features(one, other, 2.5) == pytest.approx(math.sqrt(sum(squares) / 20 / 2.5), rel=TWIN_TOLERANCE)
    assert mode_gap_features(one, one, 2.5) == 0
    assert mode_gap_features(one, other, 0.0) is None


def test_two_independent_real_images_have_a_gap_of_one() -> None:
    """The unit is what its name says: the distance between two images of the data."""
    features = draw(4000, 6).astype(np.float64)
    spread = 2 * features.var(axis=0, ddof=1).sum()
    assert mode_gap_features(features[:2000], features[2000:], spread) == pytest.approx(1, abs=0.03)


def test_a_straight_even_way_has_path_length_one_and_a_jump_far_more() -> None:
    """Features linear in the latent give 1; the same images reached in one jump at the middle far more."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(20_000, 4)), rng.normal(size=(20_000, 4))
    spread = 2 * 4.0
    place = rng.uniform(0, 1 - EPSILON, size=(20_000, 1))

    def jump(share: np.ndarray) -> np.ndarray:
        mixed: np.ndarray = np.where(share < 0.5, first, second)
        return mixed

    even = [first + (place + step) * (second - first) for step in (0.0, EPSILON)]
    assert path_length(even[0], even[1], spread) == pytest.approx(1, abs=0.03)
    jumped = path_length(jump(place), jump(place + EPSILON), spread)
    assert jumped is not None
    assert jumped == pytest.approx(1 / EPSILON, rel=0.2)
    assert path_length(first, first, spread) == 0
    assert path_length(first, second, 0.0) is None


def test_path_length_equals_a_loop() -> None:
    """Mean over pairs of the squared step over the squared share of the way, over the spread."""
    start, end = draw(15, 3), draw(15, 3, seed=1)
    total = 0.0
    for one, other in zip(start, end, strict=True):
        total += sum((float(b) - float(a)) ** 2 for a, b in zip(one, other, strict=True)) / 0.01**2
    assert path_length(start, end, 7.0) == pytest.approx(total / 15 / 7.0, rel=TWIN_TOLERANCE)


def test_latents_between_two_end_where_they_should() -> None:
    """Both ways begin and end at the latents; the circle keeps their length, the line stays inside their bounds."""
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(50, 4, 2, generator=generator, dtype=torch.float64) for _ in range(2))
    for bounded in (False, True):
        for share, expected in ((0.0, first), (1.0, second)):
            found = between(first, second, torch.full((50,), share), bounded=bounded)
            torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    one, other = (part / part.flatten(1).norm(dim=1).view(-1, 1, 1) for part in (first, second))
    middle = between(one, other, torch.full((50,), 0.3), bounded=False)
    torch.testing.assert_close(middle.flatten(1).norm(dim=1), torch.ones(50, dtype=torch.float64))
    angle = torch.arccos((one * other).flatten(1).sum(1))
    torch.testing.assert_close(torch.arccos((one * middle).flatten(1).sum(1)), 0.3 * angle)
    line = between(first, second, torch.full((50,), 0.3), bounded=True)
    torch.testing.assert_close(line, 0.7 * first + 0.3 * second)


def test_equal_and_opposite_latents_have_a_way_between_them() -> None:
    """Where the great circle has no direction the straight line is taken: numbers, never NaN."""
    one = torch.tensor([[1.0, 2.0], [0.0, 0.0], [1.0, 0.0]])
    other = torch.tensor([[1.0, 2.0], [3.0, 1.0], [-1.0, 0.0]])
    found = between(one, other, torch.full((3,), 0.5), bounded=False)
    assert found.isfinite().all()
    torch.testing.assert_close(found[0], one[0])

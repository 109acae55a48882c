"""Each metric against a slow obvious twin, and what it promises at its edges."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from ebdiag.metrics import METRICS
from ebdiag.metrics.codes import effective_rank, pull_away, spectrum
from ebdiag.metrics.coverage import K, neighbours, overlap, squared_distances
from ebdiag.metrics.digits import digits
from ebdiag.metrics.energies import energies
from ebdiag.metrics.frechet import frechet_distance, real_statistics, small_sample_floor

FULL_RANK_TOLERANCE = 1e-6  # the eigenvalue route of torch-fidelity errs by about 1e-9 on full-rank features
SAME_TOLERANCE = 1e-9  # rounding of sums of about 1e3 in float64
TWIN_TOLERANCE = 1e-10  # the same float64 sums in another order
FLOAT32_TOLERANCE = 1e-5  # sums of some hundred float32 values
FLOOR_TOLERANCE = 0.10  # promised by the docstring for Gaussian features


def draw(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Correlated features, float32."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(dim, dim)) / math.sqrt(dim)
    return (rng.normal(size=(count, dim)) @ mixing).astype(np.float32)


def test_frechet_distance_equals_torch_fidelity_on_full_rank_features() -> None:
    """The nuclear-norm route and torch-fidelity's eigenvalues agree where both are exact."""
    from torch_fidelity.metric_fid import (
        KEY_METRIC_FID,
        fid_features_to_statistics,
        fid_statistics_to_metric,
    )

    real, generated = draw(900, 24).astype(np.float64), (draw(700, 24, seed=1) * 1.3 + 0.2).astype(np.float64)
    statistics = [fid_features_to_statistics(torch.from_numpy(part)) for part in (real, generated)]
    expected = fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID]
    assert frechet_distance(real_statistics(real), generated).value == pytest.approx(expected, rel=FULL_RANK_TOLERANCE)


@pytest.mark.parametrize("count", [1000, 10])
def test_frechet_distance_of_a_set_to_itself_is_zero(count: int) -> None:
    """Identical sets score 0, also where there are fewer images than features."""
    features = draw(count, 64) * 10
    assert frechet_distance(real_statistics(features), features).value < SAME_TOLERANCE


def test_frechet_distance_to_one_point_is_the_closed_form() -> None:
    """All images the same: |difference of means|² + total real variance, rank 0."""
    real, point = draw(500, 16), np.full((50, 16), 0.7, dtype=np.float32)
    wide = real.astype(np.float64)
    expected = ((wide.mean(0) - point[0].astype(np.float64)) ** 2).sum() + wide.var(0, ddof=1).sum()
    found = frechet_distance(real_statistics(real), point)
    assert found.value == pytest.approx(expected, rel=TWIN_TOLERANCE)
    assert (found.rank, found.d, found.n) == (0, 16, 50)


def test_small_sample_floor_is_what_two_samples_of_one_gaussian_score() -> None:
    """The floor lies within 10 % of the simulated mean score of a perfect model."""
    scales = np.linspace(0.2, 2.0, 20)
    rng = np.random.default_rng(5)
    scores = []
    for _ in range(40):
        real, generated = (rng.normal(size=(count, 20)) * scales for count in (1500, 1000))
        scores.append(frechet_distance(real_statistics(real), generated).value)
    assert small_sample_floor(scales**2, 1500, 1000) == pytest.approx(np.mean(scores), rel=FLOOR_TOLERANCE)


@pytest.mark.parametrize("broken", [np.zeros((1, 4)), np.full((5, 4), np.nan), np.zeros((5, 3))])
def test_frechet_distance_refuses_what_has_no_value(broken: np.ndarray) -> None:
    """One row, values that are not finite or another width raise a ValueError instead of giving a number."""
    with pytest.raises(ValueError, match=r"rows|finite|shape"):
        frechet_distance(real_statistics(draw(50, 4)), broken)


def slow_overlap(real: np.ndarray, generated: np.ndarray) -> tuple[float, float, float]:
    """Precision, recall and coverage by loops over points."""

    def radius(cloud: np.ndarray, index: int) -> float:
        others = [float(np.linalg.norm(cloud[index] - other)) for place, other in enumerate(cloud) if place != index]
        return sorted(others)[K - 1]

    real_radii = [radius(real, index) for index in range(len(real))]
    generated_radii = [radius(generated, index) for index in range(len(generated))]
    gaps = [[float(np.linalg.norm(point - other)) for other in generated] for point in real]
    precision = np.mean([any(gaps[i][j] <= real_radii[i] for i in range(len(real))) for j in range(len(generated))])
    recall = np.mean([any(gaps[i][j] <= generated_radii[j] for j in range(len(generated))) for i in range(len(real))])
    coverage = np.mean([any(gaps[i][j] <= real_radii[i] for j in range(len(generated))) for i in range(len(real))])
    return float(precision), float(recall), float(coverage)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_overlap_equals_loops_over_points(shift: float) -> None:
    """Precision, recall and coverage are those of the definitions, written as loops."""
    real, generated = draw(60, 5).astype(np.float64), draw(45, 5, seed=1).astype(np.float64) * 0.8 + shift
    found = overlap(neighbours(real), neighbours(generated))
    assert (found.precision, found.recall, found.coverage) == pytest.approx(slow_overlap(real, generated))


def test_collapse_onto_one_real_image_keeps_precision_and_loses_coverage_and_recall() -> None:
    """One real image repeated lies in real neighbourhoods, covers few and encloses only itself (ties count)."""
    real = draw(300, 8) * 50
    repeated = np.repeat(real[:1], 200, axis=0)
    found = overlap(neighbours(real), neighbours(repeated))
    assert found.precision == 1.0
    assert found.recall == pytest.approx(1 / 300)
    assert 1 / 300 <= found.coverage < 0.1


def test_two_samples_of_the_same_data_have_the_stated_coverage() -> None:
    """Coverage of a perfect model is 1 − 2⁻⁵, within three standard errors."""
    found = overlap(neighbours(draw(2000, 6)), neighbours(draw(2000, 6, seed=1)))
    assert found.coverage == pytest.approx(1 - 2**-5, abs=0.015)


def test_equal_points_are_exactly_zero_apart() -> None:
    """The product form of the distance does not turn equal rows into rounding noise."""
    points = draw(50, 32).astype(np.float64) * 100
    assert (np.diag(squared_distances(points, points.copy())) == 0).all()


def test_digits_counts_only_confident_and_frequent_ones() -> None:
    """A digit below a hundredth of all images, or one never predicted with .9, does not count."""
    rows = np.full((1000, 10), 0.0)
    rows[:500, 0] = 1.0
    rows[500:509, 1] = 1.0
    rows[509:, 2] = 0.89
    rows[509:, 3] = 0.11
    found = digits(rows)
    assert found.count == 1
    assert found.confident_share == pytest.approx(0.509)
    assert found.shares[1] == pytest.approx(0.009)


def test_energies_equal_loops_over_images() -> None:
    """Each reduction is the one in its name, image by image."""
    generator = torch.Generator().manual_seed(0)
    images, recon = (torch.randn(4, 3, 5, 6, generator=generator) for _ in range(2))
    found = energies(recon, images)
    for index in range(4):
        error = (recon[index] - images[index]).double().flatten().tolist()
        squares = sum(value**2 for value in error)
        assert found.mean_squared[index].item() == pytest.approx(squares / 90, rel=FLOAT32_TOLERANCE)
        assert found.sum[index].item() == pytest.approx(squares, rel=FLOAT32_TOLERANCE)
        assert found.l2[index].item() == pytest.approx(math.sqrt(squares), rel=FLOAT32_TOLERANCE)
        assert found.l1[index].item() == pytest.approx(sum(map(abs, error)) / 90, rel=FLOAT32_TOLERANCE)
    assert found.note is None


def test_a_reconstruction_of_another_shape_is_broadcast_and_named() -> None:
    """One channel against three gives the energy of the broadcast difference, and a note that says so."""
    images, recon = torch.rand(4, 3, 5, 5), torch.rand(4, 1, 5, 5)
    found = energies(recon, images)
    torch.testing.assert_close(found.mean_squared, energies(recon.repeat(1, 3, 1, 1), images).mean_squared)
    assert found.note == "reconstruction of shape (4, 1, 5, 5) was broadcast against images of shape (4, 3, 5, 5)"


def test_a_flat_reconstruction_is_reshaped_and_named() -> None:
    """Rows of pixels are put back into images rather than broadcast."""
    images, recon = torch.rand(4, 1, 5, 5), torch.rand(4, 1, 5, 5)
    found = energies(recon.flatten(1), images)
    torch.testing.assert_close(found.mean_squared, energies(recon, images).mean_squared)
    assert found.note is not None
    assert "reshaped" in found.note


def test_a_reconstruction_that_cannot_be_subtracted_is_an_error() -> None:
    """Shapes that do not broadcast are named, both of them."""
    with pytest.raises(ValueError, match=r"\(4, 1, 3, 3\).*\(4, 1, 5, 5\)"):
        energies(torch.rand(4, 1, 3, 3), torch.rand(4, 1, 5, 5))


def test_effective_rank_and_spectrum_equal_the_covariance_route() -> None:
    """The singular values give the eigenvalues of numpy's covariance and the exponential of their entropy."""
    codes = draw(256, 12)
    eigenvalues = np.linalg.eigvalsh(np.cov(codes.astype(np.float64), rowvar=False))[::-1]
    np.testing.assert_allclose(spectrum(codes), eigenvalues, rtol=1e-8)
    shares = eigenvalues / eigenvalues.sum()
    expected = math.exp(-sum(share * math.log(share) for share in shares))
    assert effective_rank(codes) == pytest.approx(expected, rel=1e-8)
    assert effective_rank(np.ones((10, 4))) is None


def test_pull_away_equals_a_double_loop() -> None:
    """The product form is the paper's sum over all ordered pairs of distinct codes."""
    codes = draw(20, 7).astype(np.float64)
    total = 0.0
    for first in range(20):
        for second in range(20):
            if first != second:
                cosine = codes[first] @ codes[second] / np.linalg.norm(codes[first]) / np.linalg.norm(codes[second])
                total += cosine**2
    assert pull_away(codes) == pytest.approx(total / (20 * 19), rel=TWIN_TOLERANCE)


def test_pull_away_at_its_edges() -> None:
    """Orthogonal codes 0, identical and antipodal ones 1, a zero code no value."""
    assert pull_away(np.eye(5)) == pytest.approx(0, abs=TWIN_TOLERANCE)
    assert pull_away(np.ones((6, 3))) == pytest.approx(1)
    assert pull_away(np.array([[1.0, 2.0], [-1.0, -2.0]])) == pytest.approx(1)
    assert pull_away(np.array([[1.0, 2.0], [0.0, 0.0]])) is None


def test_the_table_of_metrics_loads_without_torch_and_has_unique_keys() -> None:
    """What plans and draws can read the table without paying for torch."""
    assert len({metric.key for metric in METRICS}) == len(METRICS) == 41
    code = "import sys, ebdiag.metrics, ebdiag.data, ebdiag.features; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

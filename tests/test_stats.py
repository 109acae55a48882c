"""The statistics behind a verdict, against textbook twins and their own meaning."""

from __future__ import annotations

import math
import random
import statistics

import pytest
import scipy.stats

from ebdiag import stats

BAR = {"fid_max": 200.0, "coverage_min": 0.2, "digits_min": 9.0}


def test_paired_interval_is_scipys() -> None:
    """Student's paired t on logs, as scipy computes it."""
    ref, mine = [94.0, 120.0, 185.0, 140.0], [150.0, 180.0, 160.0, 260.0]
    gap = stats.paired(ref, mine, "log")
    logs = [math.log(m / r) for r, m in zip(ref, mine, strict=True)]
    interval = scipy.stats.ttest_1samp(logs, 0).confidence_interval(0.95)
    assert gap is not None
    assert (gap.low, gap.high) == pytest.approx((interval.low, interval.high))
    assert gap.mean == pytest.approx(statistics.mean(logs))


def test_pairs_without_both_values_do_not_count() -> None:
    """None, infinite and non-positive scores drop out on a log scale; n says how many are left."""
    gap = stats.paired([1.0, None, 2.0, 4.0], [2.0, 1.0, math.inf, 0.0], "log")
    assert gap == stats.Interval(math.log(2), None, None, 1)
    assert stats.paired([None], [1.0], "linear") is None


def test_interval_covers_what_it_says() -> None:
    """Over simulated comparisons the 95 % interval holds the true difference in 95 % (3 seeds, tolerance 1.5 %)."""
    rng = random.Random(0)
    hits = 0
    for _ in range(2_000):
        ref = [rng.lognormvariate(4, 0.3) for _ in range(3)]
        mine = [rng.lognormvariate(4.5, 0.3) for _ in range(3)]
        gap = stats.paired(ref, mine, "log")
        assert gap is not None
        assert gap.low is not None
        assert gap.high is not None
        hits += gap.low < 0.5 < gap.high
    assert hits / 2_000 == pytest.approx(0.95, abs=0.015)


def test_works_asks_for_all_three() -> None:
    """FID, coverage and digits each can fail a seed; a missing or non-finite score fails it."""
    good = {"fid": 100.0, "coverage": 0.5, "digits": 10.0}
    assert stats.works(good, BAR)
    for change in (
        {"fid": 200.0},
        {"coverage": 0.19},
        {"digits": 8.9},
        {"fid": None},
        {"coverage": math.nan},
        {"fid": math.inf},
    ):
        assert not stats.works({**good, **change}, BAR), change
    assert stats.works({"fid": 100.0, "coverage": 0.5}, {**BAR, "digits_min": 0})
    assert not stats.works({}, BAR)


def test_noise_floor_pools_within_groups() -> None:
    """The spread between seeds of one variant counts, the gap between variants does not."""
    near = stats.noise_floor([[1.0, 2.0, 3.0], [101.0, 102.0, 103.0]], "linear", "coverage")
    assert near == stats.Floor(1.0, 6)
    assert stats.noise_floor([[1.0], []], "linear", "coverage") is None


def test_noise_floor_prior_fades_with_runs() -> None:
    """With few runs the shipped spread of FID stands in; with many the runs decide."""
    prior, weight = stats.FLOOR_PRIOR["fid"]
    alone = stats.noise_floor([[100.0]], "log", "fid")
    assert alone is not None
    assert alone.value == pytest.approx(prior)
    values = [100 * math.exp(0.01 * (i % 2)) for i in range(200)]
    many = stats.noise_floor([values], "log", "fid")
    assert many is not None
    assert many.value < 0.05
    assert weight < 10


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((0.0, -0.1, 0.1), "same"),
        ((0.5, 0.2, 0.8), "worse"),
        ((-0.5, -0.8, -0.2), "better"),
        ((0.5, -0.1, 1.1), "inconclusive"),
        ((0.1, 0.05, 0.3), "inconclusive"),  # certain, but too small to matter and not surely small
        ((0.5, None, None), "inconclusive"),
    ],
)
def test_a_verdict_needs_its_interval(interval: tuple[float, float | None, float | None], expected: str) -> None:
    """`same` is an equivalence; better and worse need the interval beyond zero and a minimum effect."""
    gap = stats.Interval(*interval, n=3)
    assert stats.tested(gap, lower_is_better=True, same_within=0.2) == expected


def test_seeds_to_settle_settles() -> None:
    """With the number of seeds it names, an interval of that spread decides; with one fewer it does not."""
    for mean, floor in ((0.5, 0.3), (0.05, 0.1)):
        n = stats.seeds_to_settle(mean, floor, 0.2)
        assert n is not None

        def verdict(n: int, mean: float = mean, floor: float = floor) -> str:
            half = stats.t_quantile(n - 1) * floor * math.sqrt(2 / n)
            return stats.tested(
                stats.Interval(mean, mean - half, mean + half, n), lower_is_better=True, same_within=0.2
            )

        assert verdict(n) != "inconclusive"
        assert verdict(n - 1) == "inconclusive"
    assert stats.seeds_to_settle(0.2, 5.0, 0.2) is None


def test_seeds_to_tell_shares_is_fishers() -> None:
    """The first n at which scipy's exact test says so."""
    n = stats.seeds_to_tell_shares(1.0, 2 / 3)
    assert n is not None

    def p(n: int) -> float:
        k = round(n * 2 / 3)
        return float(scipy.stats.fisher_exact([[n, 0], [k, n - k]], alternative="greater").pvalue)

    assert p(n) < 0.05
    assert all(p(m) >= 0.05 for m in range(2, n))
    assert stats.seeds_to_tell_shares(0.5, 0.5) is None


def test_correlation_is_pearsons() -> None:
    """On the scale on which the values are compared."""
    ref, mine = [1.0, 2.0, 5.0, 9.0], [2.0, 3.0, 4.0, 30.0]
    expected = scipy.stats.pearsonr([math.log(v) for v in ref], [math.log(v) for v in mine]).statistic
    assert stats.correlation(ref, mine, "log") == pytest.approx(expected)
    assert stats.correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], "linear") is None


def test_delay_is_the_ratio_of_steps() -> None:
    """A variant that does at T what ref did at T / 3 is delayed by 3."""
    ref = [(100, 800.0), (300, 400.0), (900, 100.0)]
    assert stats.delay(ref, [(300, 800.0), (900, 400.0)]) == pytest.approx(3.0)
    assert stats.delay(ref, [(900, 100.0)]) == pytest.approx(1.0)
    assert stats.delay(ref, [(900, 50.0)]) is None
    assert stats.delay(ref, [(900, 2_000.0)]) is None
    assert stats.delay([], [(1, 1.0)]) is None

"""A report is held against bars: passed, missed, or not to be told; against slow twins, invariances and simulation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import result_factory
import scipy.stats

from benchmarks import gate_calibration
from ebdiag import bars, gate, propose, stats, student, weigh
from ebdiag.bars import Bars, MetricBar
from ebdiag.errors import EbdiagError
from ebdiag.result import Finding, Result, RunResult
from ebdiag.stats import FLOOR_PRIOR

REF = (150.0, 170.0, 128.0)
SEEDS = (0, 1, 2)
EXAMPLE = Path(__file__).parent.parent / "reports" / "example"


def report(
    ref: Sequence[float | None] = REF, mine: Sequence[float | None] = REF, *, metric: str = "fid",
    works: Sequence[bool] | None = None, ref_works: Sequence[bool] | None = None, seeds: Sequence[int] | None = None,
    floor: float | None = 0.2, **more: Any,
) -> Result:  # fmt: skip
    """A comparison with these scores a seed, of models that work unless something else is said."""
    base = result_factory.result("same")
    n = len(mine)
    seeds = list(range(n)) if seeds is None else list(seeds)
    noise = None if floor is None else {"value": floor, "n": 2 * n}
    filled = {
        key: one.model_dump() | {"ref": [one.ref[0]] * n, "mine": [one.mine[0]] * n}
        for key, one in base.metrics.items()
    }
    filled[metric] |= {"ref": list(ref), "mine": list(mine), "noise_floor": noise}
    runs = [
        RunResult(id=f"{side}{seed}", variant=side, seed=seed, status="finished", steps=1500).model_dump()  # type: ignore[arg-type]
        for side in ("ref", "mine")
        for seed in seeds
    ]
    content = base.model_dump(by_alias=True) | {"metrics": filled, "runs": runs}
    content["budget"] = content["budget"] | {"seeds": seeds}
    content["works"] = content["works"] | {"ref": list(ref_works or [True] * n), "mine": list(works or [True] * n)}
    return Result.model_validate(content | more)


def asked(*metrics: MetricBar, **more: Any) -> Bars:
    return Bars("bars.toml", metrics, **more)


def judged(result: Result, *metrics: MetricBar, last: Result | None = None, **more: Any) -> gate.Gate:
    return gate.judge(result, asked(*metrics, **more), last, last_name=None if last is None else "last")


def only(found: gate.Gate) -> weigh.Row:
    (row,) = found.rows
    return row


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


# ---- intervals


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 8, 29, 30, 99, 999])
@pytest.mark.parametrize("probability", [0.05, 0.5, 0.8, 0.95, 0.975, 0.9995])
def test_quantiles_of_t_are_those_of_scipy(degrees: int, probability: float) -> None:
    """1e-11: what halving leaves of the rounding of a sum of up to 500 terms."""
    expected = scipy.stats.t.ppf(probability, degrees)
    assert student.quantile(probability, degrees) == pytest.approx(expected, rel=1e-11, abs=1e-11)
    assert student.cumulative(expected, degrees) == pytest.approx(probability, rel=1e-11)


@pytest.mark.parametrize("probability", [0.0, 1.0, -1.0, math.nan])
def test_there_is_no_quantile_outside(probability: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        student.quantile(probability, 3)


def test_bounds_are_those_of_one_sided_paired_t(rng: np.random.Generator) -> None:
    """Against scipy: a bar on either bound is where the test of the log ratio has p = 0.05."""
    for _ in range(20):
        ref, mine = rng.lognormal(5, 0.3, 4), rng.lognormal(5, 0.3, 4)
        row = only(judged(report(list(ref), list(mine)), MetricBar("fid", "max_ratio", 1.5)))
        gaps = np.log(mine / ref)
        assert row.value == pytest.approx(math.exp(gaps.mean()))
        assert row.low is not None
        assert row.high is not None
        for bound, side in ((row.low, "greater"), (row.high, "less")):
            p = scipy.stats.ttest_1samp(gaps, math.log(bound), alternative=side).pvalue
            assert p == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(
    ("metric", "upper", "lower"),
    [("fid", "max_ratio", "min_ratio"), ("fid", "max", "min"), ("coverage", "max_delta", "min_delta"),
     ("coverage", "max", "min")],
)  # fmt: skip
def test_a_bar_is_missed_beyond_the_interval_passed_within_and_open_inside(metric: str, upper: Any, lower: Any) -> None:
    scores = (REF, (160.0, 190.0, 150.0)) if metric == "fid" else ((0.5, 0.52, 0.47), (0.44, 0.5, 0.43))
    result = report(*scores, metric=metric, floor=0.03)
    row = only(judged(result, MetricBar(metric, upper, 1.0)))
    low, high = row.low, row.high
    assert low is not None
    assert high is not None
    assert low < high
    step = 1e-6
    for kind, limit, expected in (
        (upper, low - step, "missed"), (upper, low + step, "cannot_tell"), (upper, high - step, "cannot_tell"),
        (upper, high + step, "passed"), (lower, high + step, "missed"), (lower, high - step, "cannot_tell"),
        (lower, low + step, "cannot_tell"), (lower, low - step, "passed"),
    ):  # fmt: skip
        assert only(judged(result, MetricBar(metric, kind, limit))).status == expected


def test_a_higher_confidence_tells_less(rng: np.random.Generator) -> None:
    result = report(REF, (210.0, 235.0, 190.0))
    bar = MetricBar("fid", "max_ratio", 1.0)
    widths = []
    for confidence in (0.6, 0.8, 0.95, 0.999):
        row = only(judged(result, bar, confidence=confidence))
        assert row.low is not None
        assert row.high is not None
        widths.append(row.high / row.low)
    assert widths == sorted(widths)
    assert only(judged(result, bar)).status == "missed"
    assert only(judged(result, bar, confidence=0.9999)).status == "cannot_tell"


def test_the_order_of_seeds_does_not_matter() -> None:
    mine, bar = (160.0, 190.0, 150.0), MetricBar("fid", "max_ratio", 1.1)
    rows = {
        only(judged(report([REF[i] for i in order], [mine[i] for i in order], seeds=order), bar))
        for order in itertools.permutations(range(3))
    }
    assert len({(row.status, round(row.low or 0, 9)) for row in rows}) == 1


def test_exchanging_the_models_turns_a_ratio_round() -> None:
    """ref / mine ≥ 1 / 1.2 is the same question as mine / ref ≤ 1.2."""
    mine = (160.0, 190.0, 150.0)
    there = only(judged(report(REF, mine), MetricBar("fid", "max_ratio", 1.2)))
    back = only(judged(report(mine, REF), MetricBar("fid", "min_ratio", 1 / 1.2)))
    assert there.status == back.status
    assert there.high is not None
    assert back.low == pytest.approx(1 / there.high)


def test_a_variant_against_itself_passes_even_the_narrowest_bar() -> None:
    assert only(judged(report(), MetricBar("fid", "max_ratio", 1.0))).status == "passed"


def test_what_cannot_be_told_says_how_many_seeds_would_settle_it() -> None:
    """With that many seeds of the usual spread around the same mean it is told, with one fewer not."""
    row = only(judged(report(REF, (160.0, 190.0, 150.0), floor=0.2), MetricBar("fid", "max_ratio", 1.2)))
    assert row.status == "cannot_tell"
    needed = row.seeds_needed
    assert needed is not None
    assert f"about {needed} seeds would settle it" in row.reason
    assert row.value is not None
    gap = abs(math.log(row.value) - math.log(1.2))
    for n, settled in ((needed, True), (needed - 1, False)):
        half = scipy.stats.t.ppf(0.95, n - 1) * 0.2 * math.sqrt(2 / n)
        assert bool(half < gap) is settled


def test_a_bar_within_the_usual_spread_is_said_to_be_so() -> None:
    near = only(judged(report(), MetricBar("fid", "max_ratio", 1.05)))
    assert "lies within the usual spread: 3 seeds tell no less than × 1.61" in near.reason
    assert "within the usual spread" not in only(judged(report(), MetricBar("fid", "max_ratio", 2.0))).reason
    none = only(judged(report(), MetricBar("fid", "max_ratio", 1.0))).reason
    assert none.endswith("3 seeds tell no less than × 1.61"), "no number of seeds tells no difference at all"


# ---- what needs no statistics


def test_a_collapsed_mine_beside_a_working_reference_is_missed_however_wild_its_fid() -> None:
    """Scores so scattered that no interval excludes anything, and one of them even better than the reference's."""
    wild = (90.0, 8710.0, 4431.0)
    found = judged(report(REF, wild, works=[False] * 3), MetricBar("fid", "max_ratio", 1.5))
    assert (found.status, found.exit_code, only(found).status) == ("missed", 1, "missed")
    assert only(found).reason == "mine does not work on seeds 0, 1, 2, the reference does"
    unsure = judged(report(REF, wild), MetricBar("fid", "max_ratio", 1.5))
    assert unsure.status == "cannot_tell"


def test_the_collapsed_model_of_the_example_is_missed() -> None:
    found = judged(Result.load(EXAMPLE), MetricBar("coverage", "min_delta", -0.3), works=3)
    assert [row.status for row in found.rows] == ["missed", "missed"]
    assert found.exit_code == 1


def test_one_seed_that_does_not_work_is_enough() -> None:
    found = only(judged(report(works=[True, False, True]), MetricBar("fid", "max_ratio", 5.0)))
    assert (found.status, found.reason) == ("missed", "mine does not work on seed 1, the reference does")


def test_a_reference_that_does_not_work_measures_nothing() -> None:
    result = report(works=[True, False, True], ref_works=[True, False, True])
    found = judged(result, MetricBar("fid", "max_ratio", 1.5))
    assert (found.status, found.exit_code) == ("cannot_tell", 3)
    assert "the reference does not work on seed 1: nothing to compare with" in only(found).reason


@pytest.mark.parametrize(
    ("works", "ref_works", "wanted", "status"),
    [
        ([True] * 3, [True] * 3, 3, "passed"),
        ([True, True, False], [True] * 3, 2, "passed"),
        ([True, True, False], [True] * 3, 3, "missed"),
        ([False] * 3, [False] * 3, 3, "cannot_tell"),
        ([True, False, False], [True, True, False], 3, "missed"),
        ([True] * 3, [True] * 3, 5, "cannot_tell"),
    ],
)
def test_works_counts_seeds(works: list[bool], ref_works: list[bool], wanted: int, status: str) -> None:
    row = only(judged(report(works=works, ref_works=ref_works), works=wanted))
    assert (row.status, row.value, row.limit) == (status, float(sum(works)), float(wanted))


@pytest.mark.parametrize(("limit", "status"), [(171.0, "passed"), (169.0, "missed")])
def test_each_seed_by_itself_needs_no_interval(limit: float, status: str) -> None:
    row = only(judged(report(), MetricBar("fid", "max", limit, "seeds")))
    assert (row.status, row.low) == (status, None)
    assert "highest 170" in row.reason
    relative = only(judged(report(REF, (150.0, 170.0, 192.0)), MetricBar("fid", "max_ratio", 1.4, "seeds")))
    assert "highest × 1.50; beyond the bar on seed 2" in relative.reason


# ---- never a pass


def test_a_missing_value_is_no_pass() -> None:
    for bar in (
        MetricBar("fid", "max", 1e6),
        MetricBar("fid", "max_ratio", 1e6),
        MetricBar("fid", "max", 1e6, "seeds"),
    ):
        row = only(judged(report(REF, (150.0, None, 128.0)), bar))
        assert row.status == "cannot_tell"
        assert "seed 1" in row.reason


@pytest.mark.parametrize("on", ["mean", "seeds"])
@pytest.mark.parametrize("kind", ["max", "max_ratio"])
def test_too_few_seeds_are_no_pass(kind: Any, on: Any) -> None:
    row = only(judged(report(REF[:2], REF[:2]), MetricBar("fid", kind, 1e6, on)))
    assert (row.status, row.seeds_needed) == ("cannot_tell", 3)
    assert only(judged(report(REF[:2], REF[:2]), MetricBar("fid", kind, 1e6, on), min_seeds=2)).status == "passed"


def test_but_one_seed_beyond_a_bar_on_each_seed_is_a_miss() -> None:
    assert only(judged(report(REF[:1], REF[:1]), MetricBar("fid", "max", 1.0, "seeds"))).status == "missed"


def test_one_seed_has_no_interval_whatever_is_asked() -> None:
    """A checkpoint that was restored is one seed."""
    assert only(judged(report(REF[:1], REF[:1]), MetricBar("fid", "max", 1e6), min_seeds=1)).status == "cannot_tell"


@pytest.mark.parametrize("status", ["crashed", "timeout"])
def test_a_run_that_failed_is_no_judgement_and_ends_with_4(status: Any) -> None:
    result = report(REF, (150.0, None, 128.0), works=[True, False, True])
    runs = [
        run.model_copy(update={"status": status, "reason": "boom"}) if run.name == "mine/1" else run
        for run in result.runs
    ]
    found = judged(result.model_copy(update={"runs": runs}), MetricBar("fid", "max_ratio", 9.0), works=3)
    assert [row.status for row in found.rows] == ["run_failed", "run_failed"]
    assert found.exit_code == 4
    assert f"mine, seed 1 {status}: boom" in found.rows[0].reason


def test_findings_that_a_crashed_run_would_have_shown_are_not_passed() -> None:
    found = judged(result_factory.result("crashed"), forbid=("mode-collapse",), max_errors=0)
    assert [row.status for row in found.rows] == ["run_failed", "run_failed"]


def test_a_diverged_run_is_a_result_missed_and_ends_with_4() -> None:
    found = judged(result_factory.result("diverged"), MetricBar("fid", "max", 1e9), MetricBar("fid", "max_ratio", 1e9))
    assert [row.status for row in found.rows] == ["missed", "missed"]
    assert "diverged on seeds 0, 1, 2" in found.rows[0].reason
    assert found.exit_code == 4


def test_a_comparison_that_goes_on_is_not_judged() -> None:
    result = report()
    volatile = result.volatile.model_copy(update={"provisional": 5})
    found = judged(result.model_copy(update={"volatile": volatile}), MetricBar("fid", "max", 1e6), works=3)
    assert {row.status for row in found.rows} == {"cannot_tell"}
    assert "not finished: 3 of 5 seeds" in found.rows[0].reason


def test_an_unknown_metric_of_a_report_is_refused() -> None:
    result = report()
    fewer = result.model_copy(update={"metrics": {"fid": result.metrics["fid"]}})
    with pytest.raises(EbdiagError, match="the report has no metric 'coverage'"):
        judged(fewer, MetricBar("coverage", "min", 0.1))
    found = only(judged(result, MetricBar("coverage", "min_delta", -0.1), last=fewer))
    assert (found.status, found.reason) == ("cannot_tell", "the last report does not have this metric")


@pytest.mark.parametrize(
    ("made_for", "told"),
    [
        ({"dataset": "other"}, "data set 5f0c1d2e3b4a5968, the bar was made for other"),
        ({"features": "other"}, "feature net 9a8b7c6d5e4f3021, the bar was made for other"),
        ({"steps": 500}, "steps 1500, the bar was made for 500"),
        ({"device": "cuda"}, "device cpu, the bar was made for cuda"),
        ({"machine": "arm64"}, "the bar was made for arm64"),
    ],
)
def test_a_report_of_another_kind_is_not_judged(made_for: dict[str, Any], told: str) -> None:
    found = judged(report(), MetricBar("fid", "max", 1e6), works=3, made_for=made_for, max_errors=0)
    assert {row.status for row in found.rows} == {"cannot_tell"}
    assert all(told in row.reason for row in found.rows)
    assert found.exit_code == 3
    assert judged(report(), MetricBar("fid", "max", 1e6), made_for=gate.setting(report())).status == "passed"


# ---- findings, exit codes


def test_findings_of_mine_alone_count() -> None:
    def found(variant: Any, severity: Any, rule: str = "mode-collapse") -> Finding:
        return Finding(rule=rule, severity=severity, variant=variant, title="t", explanation="e")

    of_ref = report(findings=[found("ref", "error").model_dump()])
    of_mine = report(
        findings=[found("mine", "error").model_dump(), found("mine", "warning", "still-improving").model_dump()]
    )
    for result, statuses in ((of_ref, ["passed"] * 3), (of_mine, ["missed", "missed", "missed"])):
        rows = judged(result, forbid=("mode-collapse",), max_errors=0, max_warnings=0).rows
        assert [row.status for row in rows] == statuses
    assert [row.status for row in judged(of_mine, max_errors=1, max_warnings=1).rows] == ["passed", "passed"]
    assert [finding.severity for finding in judged(of_mine, max_errors=1).findings] == ["error", "warning"]


@pytest.mark.parametrize(("on_inconclusive", "code"), [("fail", 1), ("pass", 0), ("report", 3)])
def test_the_file_says_what_becomes_of_what_cannot_be_told(on_inconclusive: Any, code: int) -> None:
    bar = MetricBar("fid", "max_ratio", 1.01)
    scattered = report(REF, (170.0, 150.0, 128.0))
    assert judged(scattered, bar, on_inconclusive=on_inconclusive).exit_code == code
    missed = judged(scattered, bar, MetricBar("fid", "max", 1.0), on_inconclusive=on_inconclusive)
    assert (missed.exit_code, missed.status) == (1, "missed")


# ---- against the last accepted report


def test_against_the_last_report_its_model_takes_the_place_of_the_reference() -> None:
    last, now = report((300.0,) * 3, REF), report((10.0,) * 3, (300.0, 340.0, 256.0))
    found = judged(now, MetricBar("fid", "max_ratio", 1.9), MetricBar("fid", "max", 400.0), last=last)
    assert [row.status for row in found.rows] == ["missed", "passed"]
    assert found.rows[0].bar == "fid ≤ 1.9 × last"
    assert found.rows[0].value == pytest.approx(2.0)
    (compared,) = found.table
    assert compared.ref == pytest.approx(10.0)
    assert compared.last == pytest.approx(math.prod(REF) ** (1 / 3))
    assert compared.now == pytest.approx(2 * compared.last)


def test_reports_are_paired_by_seed() -> None:
    """The same scores in another order of seeds are no difference; seeds that only one has are left out."""
    last = report(REF, [REF[2], REF[0], REF[1]], seeds=(2, 0, 1))
    row = only(judged(report(), MetricBar("fid", "max_ratio", 1.0), last=last))
    assert (row.status, row.value, row.n) == ("passed", pytest.approx(1.0), 3)
    foreign = only(judged(report(), MetricBar("fid", "max_ratio", 9.0), last=report(seeds=(7, 8, 9))))
    assert (foreign.status, foreign.reason) == ("cannot_tell", "no seed is common to both reports")


def test_reports_of_two_kinds_are_not_compared_but_judged_by_themselves() -> None:
    last = report()
    other = last.model_copy(update={"budget": last.budget.model_copy(update={"steps": 10})})
    found = judged(report(), MetricBar("fid", "max_ratio", 9.0), MetricBar("fid", "max", 1e6), last=other)
    assert [row.status for row in found.rows] == ["cannot_tell", "passed"]
    assert "steps 1500, the last report has 10" in found.rows[0].reason


def test_a_model_that_stopped_working_is_missed_against_one_that_worked() -> None:
    found = judged(report(works=[True, False, True]), MetricBar("fid", "max_ratio", 9.0), last=report())
    assert only(found).reason == "mine does not work on seed 1, the last report's model does"


# ---- a first file


@pytest.mark.parametrize("case", ["same", "inconclusive", "full"])
def test_a_proposed_file_is_read_passes_its_own_report_and_is_no_nearer_than_can_be_told(
    case: Any, tmp_path: Path
) -> None:
    result, path = result_factory.result(case), tmp_path / "bars.toml"
    path.write_text(propose.propose(result, "reports/x"), "utf-8")
    found = bars.read(path)
    passed = all(result.works.mine)
    statuses = {row.status for row in gate.judge(result, found).rows}
    assert statuses == {"passed"} if passed else "missed" in statuses
    limits = {(bar.metric, bar.kind): bar.limit for bar in found.metrics}
    for metric, kind, scale in (("fid", "max_ratio", math.log), ("coverage", "min_delta", abs)):
        floor = result.metrics[metric].noise_floor
        assert floor is not None
        told = scipy.stats.t.ppf(0.95, 2) * floor.value * math.sqrt(2 / 3)
        assert scale(limits[metric, kind]) >= told - 1e-9  # type: ignore[operator]
    assert found.made_for is not None
    assert found.works == 3


def test_the_name_of_a_report_adds_nothing_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "bars.toml").write_text(propose.propose(report(), 'x\n[bars]\nfid = {max = 1e9}\n"'), "utf-8")
    (plain := tmp_path / "plain.toml").write_text(propose.propose(report(), "x"), "utf-8")
    assert bars.read(tmp_path / "bars.toml").metrics == bars.read(plain).metrics


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (report(REF[:2], REF[:2]), "at least 3 seeds"),
        (report(ref_works=[True, False, True]), "the reference does not work on every seed"),
    ],
)
def test_where_nothing_can_be_told_no_bar_is_proposed(result: Result, said: str) -> None:
    with pytest.raises(EbdiagError, match=said):
        propose.propose(result, "reports/x")


# ---- how often it errs


def simulated(
    rng: np.random.Generator, *, seeds: int, count: int, shift: float = 0.0, spread: float = FLOOR_PRIOR["fid"][0]
) -> list[str]:
    """What a bar of × 1 says of comparisons of a variant with itself, whose FID `shift` spreads of it make worse."""
    bar, base, said = MetricBar("fid", "max_ratio", 1.0), report(REF[:1] * seeds, REF[:1] * seeds, floor=spread), []
    for _ in range(count):
        ref, mine = np.exp(5 + spread * rng.standard_normal((2, seeds)))
        scores = {"ref": list(ref), "mine": list(mine * math.exp(shift * spread))}
        metrics = base.metrics | {"fid": base.metrics["fid"].model_copy(update=scores)}
        said.append(only(judged(base.model_copy(update={"metrics": metrics}), bar)).status)
    return said


@pytest.mark.parametrize("seeds", [3, 5])
def test_a_variant_beside_itself_misses_and_passes_no_oftener_than_stated(seeds: int) -> None:
    """1,000 comparisons at the very bar; four standard errors of a share of 5 % are 2.8 %."""
    said = simulated(np.random.default_rng(seeds), seeds=seeds, count=1_000)
    for status in ("missed", "passed"):
        assert abs(said.count(status) / 1_000 - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 1_000)


@pytest.mark.parametrize(("seeds", "least"), [(3, 0.70), (5, 0.95)])
def test_a_regression_of_three_spreads_is_caught(seeds: int, least: float) -> None:
    said = simulated(np.random.default_rng(seeds + 10), seeds=seeds, count=1_000, shift=3.0)
    assert said.count("missed") / 1_000 >= least
    assert "passed" not in said


@pytest.mark.parametrize(("seeds", "least"), [(3, 0.70), (5, 0.95)])
@pytest.mark.parametrize("metric", ["fid", "coverage"])
def test_the_same_holds_with_the_spread_between_seeds_of_real_runs(metric: Any, seeds: int, least: float) -> None:
    """1,000 comparisons each, seeds drawn from those of models that work, in benchmarks/faults/answers."""
    bar = MetricBar("fid", "max_ratio", 1.0) if metric == "fid" else MetricBar("coverage", "min_delta", 0.0)
    found, rng = gate_calibration.spread(metric), np.random.default_rng(seeds)
    assert found.models >= 4
    same, worse = (
        gate_calibration.judged(bar, found, seeds=seeds, shift=shift, comparisons=1_000, rng=rng)
        for shift in (0.0, 3.0)
    )
    assert same.count("missed") / 1_000 < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 1_000)
    assert worse.count("missed") / 1_000 >= least


def test_seeds_beyond_is_the_least_number_that_does() -> None:
    for gap, spread in ((0.1, 0.25), (0.5, 0.25), (3.0, 0.2), (0.02, 0.3)):
        every = [n for n in range(2, 1_001) if scipy.stats.t.ppf(0.95, n - 1) * spread / math.sqrt(n) < gap]
        assert stats.seeds_beyond(gap, spread) == min(every)
    assert stats.seeds_beyond(0.0, 0.2) is None
    assert stats.seeds_beyond(1e-6, 0.2) is None

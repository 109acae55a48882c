"""What became of a hybrid, by what ref and mine did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import variants

from ebdiag import verdicts
from ebdiag.load import load
from ebdiag.outcomes import Known, manner
from ebdiag.records import DataSpec, Environment, Measures, Recipe, Run, RunSpec, Variant
from ebdiag.trace import precondition

BAR = {"fid_max": 200.0, "coverage_min": 0.2, "digits_min": 9.0}
DATA = DataSpec("mnist5k", "d", (1, 28, 28), 4000, 1000, 10, "digits-lenet", "f", BAR, {})
STEPS = (100, 200, 300, 400, 500)
REF = (900.0, 300.0, 120.0, 90.0, 80.0)
BROKEN = (1200.0, 1250.0, 1230.0, 1300.0, 1280.0)


@pytest.fixture
def variant(tmp_path: Path) -> Variant:
    return load(variants.write(tmp_path, variants.TINY))


def run(
    variant: Variant, fids: Sequence[float], *, spread: float = 0.35, status: str = "finished", coverage: float = 0.6
) -> Run:
    """A run that ends where its FIDs do."""
    places = STEPS[: len(fids)]
    spec = RunSpec(
        "mine", Recipe(variant), 0, DATA, Environment("2.14"), "t", places[-1] if status == "finished" else 500, places
    )
    measures = tuple(
        Measures(step, {"fid": value, "pixel_spread": spread, "coverage": coverage, "digits": 10.0})
        for step, value in zip(places, fids, strict=True)
    )
    return Run(spec, status, places[-1], measures=measures)  # type: ignore[arg-type]


def known(variant: Variant, mine: Sequence[Run], ref: Sequence[Run] | None = None, **more: bool) -> Known:
    return Known(ref or [run(variant, REF)] * len(mine), mine, BAR, **more)


def test_ref_and_mine_are_what_they_are(variant: Variant) -> None:
    """Of the runs that set the measure, those of the reference work and those of mine fail like mine."""
    for mine in (run(variant, BROKEN), run(variant, BROKEN, spread=0.001)):
        measure = known(variant, [mine, mine])
        assert measure.outcome(run(variant, REF)) == "works"
        assert measure.outcome(mine) == "fails_like_mine"


def test_the_absolute_bar_decides_at_the_end(variant: Variant) -> None:
    """Not the middle between both: a hybrid much nearer to the reference than to mine does not work below the bar."""
    measure = known(variant, [run(variant, BROKEN)])
    near = run(variant, (900.0, 400.0, 250.0, 240.0, 245.0))
    assert measure.badness(near, 500) < measure.middle(500)  # type: ignore[operator]
    assert measure.outcome(near) != "works"
    assert measure.outcome(run(variant, (900.0, 400.0, 190.0, 190.0, 190.0))) == "works"
    assert measure.outcome(run(variant, (900.0, 400.0, 190.0, 190.0, 190.0), coverage=0.1)) != "works"


def test_another_manner_of_failing_is_not_mines(variant: Variant) -> None:
    collapsed, noisy = run(variant, BROKEN, spread=0.001), run(variant, BROKEN)
    assert known(variant, [collapsed]).outcome(noisy) == "fails_otherwise"
    assert known(variant, [noisy]).outcome(collapsed) == "fails_otherwise"
    assert known(variant, [noisy, collapsed]).outcome(collapsed) == "fails_like_mine"


def test_divergence_is_a_manner(variant: Variant) -> None:
    diverged = run(variant, (1200.0, 1300.0), status="diverged")
    assert known(variant, [run(variant, BROKEN)]).outcome(diverged) == "fails_otherwise"
    assert known(variant, [diverged]).outcome(diverged) == "fails_like_mine"
    assert known(variant, [diverged]).outcome(run(variant, BROKEN)) == "fails_otherwise"


def test_among_images_that_are_no_digits_a_falling_fid_is_no_manner_of_its_own(variant: Variant) -> None:
    """As seen: mine's FID falls from 1,374 to 926, a hybrid's with the same margin stands at 1,262, or the reverse."""
    falling, standing = run(variant, (1374.0, 1153.0, 995.0)), run(variant, (1395.0, 1240.0, 1262.0))
    ends = {"falling": run(variant, (1374.0, 1153.0, 995.0, 856.0, 800.0)), "standing": run(variant, BROKEN)}
    assert known(variant, [ends["falling"]]).outcome(standing) == "fails_like_mine"
    assert known(variant, [ends["standing"]]).outcome(falling) == "fails_like_mine"
    late = run(variant, (1395.0, 1240.0, 1262.0, 1098.0, 925.0))
    assert known(variant, [ends["standing"]]).outcome(late) == "fails_like_mine"


def test_slow_is_its_own_outcome(variant: Variant) -> None:
    """It stands where the reference stood before and still falls; one that stands still, or collapsed, is not slow."""
    measure = known(variant, [run(variant, BROKEN, spread=0.001)])
    assert measure.outcome(run(variant, (1300.0, 1100.0, 800.0, 500.0, 290.0))) == "slow"
    assert measure.outcome(run(variant, (1300.0, 1100.0, 300.0, 295.0, 290.0))) == "fails_otherwise"
    assert measure.outcome(run(variant, (1300.0, 1100.0, 800.0, 500.0, 290.0), spread=0.001)) == "fails_like_mine"
    slow = run(variant, (1300.0, 1100.0, 800.0, 500.0, 290.0))
    assert known(variant, [slow]).outcome(slow) == "fails_like_mine"


def test_it_is_decided_where_both_are_told_apart_for_good(variant: Variant) -> None:
    """The first checkpoint after which no seed of either changes sides."""
    early = known(variant, [run(variant, BROKEN)] * 2)
    assert early.decided_at() == 200
    late = known(variant, [run(variant, BROKEN), run(variant, (900.0, 300.0, 250.0, 1250.0, 1240.0))])
    assert late.decided_at() == 400
    never = known(variant, [run(variant, REF)] * 2)
    assert never.decided_at() == 500


def test_before_the_end_the_middle_decides(variant: Variant) -> None:
    """A run that was cut is judged by where ref and mine stood at that checkpoint."""
    measure = known(variant, [run(variant, BROKEN)])
    assert measure.outcome(run(variant, REF[:2])) == "works"  # far above the absolute bar, as the reference was there
    assert measure.outcome(run(variant, BROKEN[:2])) == "fails_like_mine"
    assert measure.middle(200) == pytest.approx(math.log(math.sqrt(300.0 * 1250.0)))


@pytest.mark.parametrize("ref", [REF, (1100.0, 335.0, 199.0, 156.0, 146.0), (1300.0, 893.0, 286.0, 188.0, 155.0)])
def test_a_run_that_is_cut_is_judged_as_the_whole_one_was_there(variant: Variant, ref: Sequence[float]) -> None:
    """At every checkpoint: the reference and mine, cut there, have the FID that they had there, and come out as ever.

    A cut run's last three checkpoints are its slow start; their mean is no measure of what it has become.
    """
    whole, mine = run(variant, ref), run(variant, BROKEN)
    measure = known(variant, [mine] * 2, [whole] * 2)
    for place, step in enumerate(STEPS[:-1]):
        for one, fids in ((whole, ref), (mine, BROKEN)):
            cut = run(variant, fids[: place + 1])
            assert measure.badness(cut, step) == measure.badness(one, step) == pytest.approx(math.log(fids[place]))
        if step >= measure.decided_at():
            assert measure.outcome(run(variant, ref[: place + 1])) == "works"
            assert measure.outcome(run(variant, BROKEN[: place + 1])) == "fails_like_mine"
    assert measure.decided_at() < 500


def test_mine_is_seen_as_it_was_at_that_checkpoint(variant: Variant) -> None:
    """Mine collapses late: a hybrid that is cut before and fails as badly fails like mine."""
    late = run(variant, BROKEN)
    measures = tuple(
        Measures(m.step, m.values | {"pixel_spread": 0.001 if m.step > 300 else 0.3}) for m in late.measures
    )
    mine = Run(late.spec, "finished", 500, measures=measures)
    measure = known(variant, [mine])
    assert manner(mine, measure.ref, 500, measure.decides) == "collapsed"
    assert measure.outcome(run(variant, BROKEN[:3])) == "fails_like_mine"
    assert measure.outcome(run(variant, BROKEN)) == "fails_otherwise"


def test_among_working_models_the_middle_decides(variant: Variant) -> None:
    worse = run(variant, (1000.0, 500.0, 180.0, 170.0, 160.0))
    measure = known(variant, [worse], both_work=True)
    assert measure.outcome(run(variant, (900.0, 300.0, 130.0, 100.0, 90.0))) == "works"
    assert measure.outcome(run(variant, (1000.0, 500.0, 181.0, 170.0, 165.0))) != "works"


@pytest.mark.parametrize(
    ("ref", "mine", "worse", "expected"),
    [
        ([True, True], [False, False], False, None),
        ([True] * 3, [False, False, True], False, None),
        ([True, True], [True, True], True, None),
        ([True, True], [True, True], False, "no_failure"),
        ([True, True], [True, False], False, "undetermined"),
        ([True] * 3, [True, False, True], False, "undetermined"),
        ([True] * 4, [True, False, True, False], False, "undetermined"),
        ([True, False], [True, True], False, "reference_fails"),
        ([False, False], [False, True], False, "reference_fails"),
        ([True, False], [False, False], False, "both_fail"),
        ([False, False], [False, False], False, "both_fail"),
    ],
)
def test_a_culprit_is_sought_only_where_ref_works_and_mine_fails_on_enough_seeds(
    ref: list[bool], mine: list[bool], worse: bool, expected: str | None
) -> None:
    """Mine itself is the proof that all changes together break, and a proof takes two seeds and most of them."""
    nothing = precondition({"ref": ref, "mine": mine}, worse=worse)
    assert (nothing and nothing.status) == expected
    if expected == "undetermined":
        assert nothing is not None
        assert nothing.too_few is not None
        assert (nothing.too_few.k, nothing.too_few.n) == (mine.count(False), len(mine))
        told = f"mine fails on {mine.count(False)} of {len(mine)} seeds"
        assert told in verdicts.sought(nothing)


def test_seeds_of_mine_that_work_say_nothing_of_how_it_fails(variant: Variant) -> None:
    """Two seeds that collapse and one that works: a hybrid fails like mine only if it collapses."""
    collapsed = run(variant, BROKEN)
    measure = known(variant, [collapsed, collapsed, run(variant, REF)])
    assert measure.failing() == 2
    assert len(measure.manners(measure.steps)) == 2
    assert known(variant, [run(variant, REF)], both_work=True).failing() == 1

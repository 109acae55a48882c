"""The verdict, decided in its fixed order."""

from __future__ import annotations

from pathlib import Path

import pytest
import variants

from ebdiag.judge import judge
from ebdiag.load import load
from ebdiag.metrics import METRICS
from ebdiag.records import DataSpec, Environment, Line, Measures, Recipe, Run, RunSpec, Variant
from ebdiag.result import Difference, Verdict
from ebdiag.schema import LineRef
from ebdiag.stats import score

DATA = DataSpec(
    "mnist5k", "d", (1, 28, 28), 4000, 1000, 10, "digits-lenet", "f",
    {"fid_max": 200.0, "coverage_min": 0.2, "digits_min": 9.0}, {"held_out": 3.0, "blank": 1000.0},
)  # fmt: skip
GOOD = {"fid": 60.0, "coverage": 0.7, "digits": 10.0}
BAD = {"fid": 900.0, "coverage": 0.01, "digits": 1.0}


@pytest.fixture
def variant(tmp_path: Path) -> Variant:
    return load(variants.write(tmp_path, variants.TINY))


def run(
    variant: Variant, side: str, seed: int, values: dict[str, float], status: str = "finished", **extra: object
) -> Run:
    checkpoints = (100, 200, 300, 400, 500)
    spec = RunSpec(
        side,
        Recipe(variant),
        seed,
        DATA,
        Environment("2.14"),
        f"{side}{seed}",
        500,
        checkpoints,  # type: ignore[arg-type]
    )
    full = {metric.key: None for metric in METRICS} | values
    measures = tuple(Measures(step, dict(full)) for step in checkpoints)
    if status != "finished":
        measures = ()
    return Run(spec, status, 500, measures=measures, **extra)  # type: ignore[arg-type]


def verdict(variant: Variant, ref: list[object], mine: list[object], differences: list[Difference] = []) -> Verdict:  # noqa: B006
    def runs(side: str, given: list[object]) -> list[Run]:
        return [
            r if isinstance(r, Run) else run(variant, side, seed, r)  # type: ignore[arg-type]
            for seed, r in enumerate(given)
        ]

    names = {"ref": "ref.py", "mine": "mine.py"}
    return judge(runs("ref", ref), runs("mine", mine), DATA, names=names, differences=differences).verdict


def test_none_against_all_is_a_failure(variant: Variant) -> None:
    """0 of 3 against 3 of 3, said with the numbers."""
    got = verdict(variant, [GOOD] * 3, [BAD] * 3)
    assert got.status == "mine_fails"
    assert got.exit_code == 0
    assert "mine.py works in 0 of 3 seeds, ref.py in 3 of 3 seeds (FID 900 against 60" in got.summary


def test_one_difference_is_suspected_with_its_line(variant: Variant) -> None:
    """Suspected, never cause, before anything is traced."""
    only = Difference(part="margin", mine_line=LineRef(file="mine.py", line=7))
    got = verdict(variant, [GOOD] * 3, [BAD] * 3, [only])
    assert any("suspected: margin (mine.py:7)" in sentence for sentence in got.why)
    assert "cause" not in got.summary


def test_a_few_layers_stand_for_their_net(variant: Variant) -> None:
    """With the line of each; of many layers only the net is named."""
    net = Difference(part="discriminator", mine_line=LineRef(file="mine.py", line=3))

    def suspected(count: int) -> str:
        layers = [
            Difference(part=f"discriminator.{n}", mine_line=LineRef(file="mine.py", line=10 + n)) for n in range(count)
        ]
        [sentence] = [why for why in verdict(variant, [GOOD] * 3, [BAD] * 3, [net, *layers]).why if "uspected" in why]
        return sentence

    assert suspected(0) == "The only part that differs, and so suspected: discriminator (mine.py:3)."
    assert suspected(1) == "The only part that differs, and so suspected: discriminator.0 (mine.py:10)."
    assert suspected(2) == "Suspected, untested: discriminator.0 (mine.py:10), discriminator.1 (mine.py:11)."
    assert suspected(4) == "The only part that differs, and so suspected: discriminator (mine.py:3)."


def test_a_reference_that_fails_is_said_first(variant: Variant) -> None:
    """No culprit is sought where the reference itself does not work."""
    assert verdict(variant, [BAD] * 3, [BAD] * 3).status == "both_fail"
    got = verdict(variant, [BAD] * 3, [GOOD] * 3)
    assert got.status == "reference_fails"
    assert "--steps" in " ".join(got.why)


def test_a_diverged_seed_does_not_work_and_is_not_dropped(variant: Variant) -> None:
    """All seeds diverged: a failure, exit code 4, with step and term."""
    gone = [
        run(variant, "mine", s, {}, "diverged", reason=f"loss term generator.x became nan at step {s}")
        for s in range(3)
    ]
    got = verdict(variant, [GOOD] * 3, list(gone))
    assert got.status == "mine_fails"
    assert got.exit_code == 4
    assert "became nan at step 2" in " ".join(got.why)


def test_a_crash_decides_nothing(variant: Variant) -> None:
    """A crashed or stalled run is no statement about the model, however clear the others are."""
    for status in ("crashed", "timeout"):
        broken = run(variant, "mine", 1, {}, status, reason="ValueError", line=Line("mine.py", 3))
        got = verdict(variant, [GOOD] * 3, [BAD, broken, BAD])
        assert got.status == "run_failed"
        assert got.exit_code == 4
        assert "mine.py:3" in " ".join(got.why)


def test_some_seeds_against_all_is_inconclusive(variant: Variant) -> None:
    """2 of 3 against 3 of 3 proves nothing; the number of seeds that would is said."""
    got = verdict(variant, [GOOD] * 3, [GOOD, GOOD, BAD])
    assert got.status == "inconclusive"
    assert "--seeds" in " ".join(got.why)


def spread(*fids: float, coverage: float = 0.7) -> list[object]:
    return [{**GOOD, "fid": fid, "coverage": coverage} for fid in fids]


def test_among_working_models_fid_decides(variant: Variant) -> None:
    """Paired ratios: worse, better, the same, or not to be told."""
    ref = spread(50, 60, 70)
    assert verdict(variant, ref, spread(100, 122, 139)).status == "mine_worse"
    assert verdict(variant, ref, spread(25, 29, 36)).status == "mine_better"
    assert verdict(variant, ref, spread(51, 60.5, 69.5)).status == "same"
    unclear = verdict(variant, ref, spread(40, 100, 80))
    assert unclear.status == "inconclusive"
    assert "seeds" in " ".join(unclear.why)


def test_coverage_guards_fid(variant: Variant) -> None:
    """A better FID with clearly less coverage is no improvement."""
    got = verdict(variant, spread(50, 60, 70), spread(25, 29, 36, coverage=0.5))
    assert got.status == "inconclusive"
    assert "Coverage points the other way" in " ".join(got.why)


def test_no_other_metric_starts_a_verdict(variant: Variant) -> None:
    """However far precision or energies differ, equal FIDs are the same."""
    mine = [{**s, "precision": 0.01, "energy_real": 900.0} for s in spread(50, 60, 70)]  # type: ignore[dict-item]
    assert verdict(variant, spread(50, 60, 70), list(mine)).status == "same"


def test_a_score_is_the_mean_of_the_last_three_checkpoints(variant: Variant) -> None:
    """Earlier checkpoints do not count, and a missing one leaves no score."""
    whole = run(variant, "mine", 0, GOOD)
    fids = {100: 1.0, 200: 2.0, 300: 30.0, 400: 60.0, 500: 90.0}
    measured = tuple(Measures(step, {"fid": fid}) for step, fid in fids.items())
    assert score(Run(whole.spec, "finished", 500, measures=measured))["fid"] == pytest.approx(60.0)
    assert score(Run(whole.spec, "finished", 500, measures=measured[:-1])) == {}
    holes = (*measured[:-1], Measures(500, {"fid": None}))
    assert score(Run(whole.spec, "finished", 500, measures=holes))["fid"] is None


def test_one_restored_checkpoint_is_no_interval(variant: Variant) -> None:
    """n = 1 says whether this model works, not how it compares."""
    spec = RunSpec("mine", Recipe(variant), 0, DATA, Environment("2.14"), "r", 0, (0,), "none", restore="w.pt")
    restored = Run(spec, "restored", 0, measures=(Measures(0, {m.key: None for m in METRICS} | GOOD),))
    got = verdict(variant, [GOOD] * 3, [restored])
    assert got.status == "inconclusive"
    assert "One seed has no interval" in " ".join(got.why)

"""Rules about finished runs: each planted outcome is named once, its look-alikes are not."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import variants
from numpy.typing import NDArray

from ebdiag.data import prepare
from ebdiag.device import environment
from ebdiag.diagnose import diagnose
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.records import DataSpec, Environment, Facts, Line, Measures, Recipe, Run, RunSpec, Variant
from ebdiag.result import Finding
from ebdiag.rules.case import Seed

STEPS = 1_500
CHECKPOINTS = (100, 200, 300, 400, 500, 750, 1_000, 1_250, 1_500)
DATA = DataSpec("tiny", "d", (1, 8, 8), 100, 100, 10, "features", "f",
                {"fid_max": 300.0, "coverage_min": 0.2, "digits_min": 9}, {"blank": 1_600.0})  # fmt: skip
GOOD = {"fid": 80.0, "coverage": 0.5, "digits": 10.0, "confident_share": 0.8, "recall": 0.8, "memorised_share": 0.1,
        "fid_train_mode": 82.0, "energy_real": 0.3, "energy_noise": 3.0}  # fmt: skip
BAD = GOOD | {"fid": 1_200.0, "coverage": 0.01, "digits": 0.0, "confident_share": 0.0, "recall": 0.0,
              "fid_train_mode": 1_210.0}  # fmt: skip
DRAWN = np.random.default_rng(0)
REAL = (DRAWN.random((64, 1, 8, 8)) * 255).astype(np.uint8)
IMAGE = REAL[:1]


@pytest.fixture(scope="module")
def variant(tmp_path_factory: pytest.TempPathFactory) -> Variant:
    """A small variant, read."""
    return load(variants.write(tmp_path_factory.mktemp("rules"), variants.TINY))


@functools.cache
def facts(variant: Variant) -> Facts:
    """What looking at it finds, with BatchNorm in its discriminator."""
    seen = inspect(Recipe(variant), prepare("mnist5k"), environment())
    last = seen.layers["discriminator"][-1] | {
        "type": "BatchNorm1d",
        "init": {},
        "arguments": {"eps": 1e-5, "momentum": 0.1},
    }
    layers = seen.layers | {"discriminator": [*seen.layers["discriminator"], last]}
    return replace(seen, layers=layers, yardsticks=seen.yardsticks | {"pca": 0.07, "code": 16.0})


def seed(
    variant: Variant,
    *,
    works: bool = False,
    scores: Mapping[str, float] | None = None,
    samples: NDArray[np.uint8] | None = REAL,
    hinge: float = 0.5,
    spreads: Sequence[float] = (0.5,) * len(CHECKPOINTS),
    fids: Sequence[float] | None = None,
    series: Mapping[str, NDArray[np.float64]] | None = None,
    **run: Any,
) -> Seed:
    """A run that ended as described; by default it fails with varied, sharp images and a hinge half open."""
    own = dict(scores if scores is not None else GOOD if works else BAD)
    fids = fids or [own["fid"]] * len(CHECKPOINTS)
    spec = RunSpec("mine", Recipe(variant), 0, DATA, Environment("2"), "t", STEPS, CHECKPOINTS)
    measures = tuple(
        Measures(step, {"pixel_spread": spread, "fid": fid})
        for step, spread, fid in zip(CHECKPOINTS, spreads, fids, strict=True)
    )
    steps = np.arange(1.0, STEPS + 1)
    columns = {"step": steps, "hinge.active": np.full(STEPS, hinge),
               "energy.mean_squared.real.mean": np.full(STEPS, 0.3),
               "energy.mean_squared.fake.mean": np.full(STEPS, 1.0)}  # fmt: skip
    status = run.pop("status", "finished")
    return Seed(Run(spec, status, run.pop("steps", STEPS), measures=measures, **run),
                own if status == "finished" else {}, works, columns | dict(series or {}), samples)  # fmt: skip


def found(variant: Variant, mine: Sequence[Seed], ref: Sequence[Seed] | None = None, **more: Any) -> list[Finding]:
    """Findings about mine beside a reference that works."""
    both: Any = {"ref": variant, "mine": variant}
    runs: Any = {"mine": mine, "ref": ref or [seed(variant, works=True)] * 3}
    seen: Any = {"ref": facts(variant), "mine": facts(variant)}
    told = diagnose(both, seen, [], runs, real=REAL, **more)
    return [finding for finding in told if finding.variant == "mine" and finding.rule != "no-difference"]


def slugs(findings: Sequence[Finding]) -> list[str]:
    """Their rules."""
    return [finding.rule for finding in findings]


def test_a_working_model_has_no_finding(variant: Variant) -> None:
    """Nothing is said about runs that work; nor about failing ones that none of the signatures fits."""
    assert slugs(found(variant, [seed(variant, works=True)] * 3)) == []
    assert slugs(found(variant, [seed(variant)] * 3)) == []


def test_the_reference_speaks_first_where_it_fails(variant: Variant) -> None:
    """k of n, the steps, and no word where all of its seeds work."""
    both: Any = {"ref": variant, "mine": variant}
    seen: Any = {"ref": facts(variant), "mine": facts(variant)}
    ref = [seed(variant, works=True), seed(variant), seed(variant)]
    runs: Any = {"ref": ref, "mine": [seed(variant, works=True)] * 3}
    [finding] = [f for f in diagnose(both, seen, [], runs, real=REAL) if f.rule == "reference-not-working"]
    assert finding.variant == "ref"
    assert finding.title == "the reference works in 1 of 3 seeds after 1500 steps: nothing can be learned by comparing"


def test_divergence_names_seed_step_and_line(variant: Variant) -> None:
    """The earliest one speaks; an error, with the line."""
    ended = seed(variant, status="diverged", steps=40, reason="hinge is nan", line=Line("mine.py", 7))
    later = seed(variant, status="diverged", steps=90, reason="energy is inf")
    [finding] = found(variant, [later, ended, seed(variant, works=True)])
    assert (finding.rule, finding.severity, str(finding.lines[0])) == ("diverged", "error", "mine.py:7")
    assert finding.title == "2 of 3 seeds diverge, the first at step 40: hinge is nan"


def test_a_closed_hinge_is_told_only_where_images_fail(variant: Variant) -> None:
    """The limit is a tenth of what the reference's lowest seed has; the healthy optimum, as flat, is left alone."""
    ref = [seed(variant, works=True, hinge=share) for share in (0.5, 0.4, 0.6)]
    [finding] = found(variant, [seed(variant, hinge=0.02)] * 3, ref)
    assert (finding.rule, finding.part) == ("margin-saturated", "margin")
    assert finding.evidence["limit"] == pytest.approx(0.04)
    assert found(variant, [seed(variant, hinge=0.041)] * 3, ref) == []
    assert found(variant, [seed(variant, hinge=0.0, works=True)] * 3, ref) == []
    assert found(variant, [seed(variant, hinge=0.02), seed(variant), seed(variant)], ref) == []


def test_blank_one_image_and_few_images_are_told_apart(variant: Variant) -> None:
    """Blank: no contrast. One image: contrast, no spread. Few: images, and less spread, or few digits surely seen."""
    blank = np.full_like(REAL, 127)
    one = np.repeat(IMAGE, len(REAL), 0)
    spread = tuple(0.5 if step < 1_000 else 0.0 for step in CHECKPOINTS)
    few = tuple(0.5 if step < 1_000 else 0.2 for step in CHECKPOINTS)
    assert slugs(found(variant, [seed(variant, samples=blank)] * 3)) == ["blank-samples"]
    assert slugs(found(variant, [seed(variant, samples=one, spreads=spread)] * 3)) == ["collapsed-at-budget"]
    assert slugs(found(variant, [seed(variant, spreads=few)] * 3)) == ["mode-collapse"]
    two_digits = BAD | {"digits": 2.0, "confident_share": 0.9}
    assert slugs(found(variant, [seed(variant, scores=two_digits)] * 3)) == ["mode-collapse"]
    unsure = BAD | {"digits": 2.0, "confident_share": 0.01}
    assert slugs(found(variant, [seed(variant, scores=unsure)] * 3)) == []


def test_collapse_says_which_steps_decide(variant: Variant) -> None:
    """The longest published plateau ended within 10,000 steps; beyond that twice the budget."""
    one = np.repeat(IMAGE, len(REAL), 0)
    stuck = seed(variant, samples=one, spreads=(0.0,) * len(CHECKPOINTS),
                 series={"gradient.coherence.fake": np.full(STEPS, 0.0004)})  # fmt: skip
    [finding] = found(variant, [stuck] * 3)
    assert "--steps 10000 would decide, at 6.67 times" in finding.advice
    assert "0.000400" in finding.explanation
    longer = replace(stuck, run=replace(stuck.run, spec=replace(stuck.run.spec, steps=12_000)))
    [finding] = found(variant, [longer] * 3)
    assert "--steps 24000" in finding.advice


def test_a_plateau_needs_a_recovery(variant: Variant) -> None:
    """Alike for a quarter of the training, then no longer: a plateau. A slow start is none, nor is one that stays."""
    recovered = (0.2, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.05, 0.4)
    [finding] = found(variant, [seed(variant, spreads=recovered)] * 3)
    assert (finding.rule, finding.evidence["first"], finding.evidence["last"]) == ("collapse-plateau", 200, 1_000)
    slow_start = (0.001, 0.001, 0.1, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4)
    assert found(variant, [seed(variant, spreads=slow_start)] * 3) == []


def test_the_discriminator_is_dead_only_with_all_three_signs(variant: Variant) -> None:
    """Hinge closed, real images better than a linear code leaves them, gradient gone; a closed hinge alone is less."""
    fading = np.full(STEPS, 1e-6)
    fading[:75] = 1.0
    low = np.full(STEPS, 0.01)
    dead = {"gradient.fake": fading, "energy.mean_squared.real.mean": low}
    scores = BAD | {"energy_real": 0.01}
    named = slugs(found(variant, [seed(variant, hinge=0.0, scores=scores, series=dead)] * 3))
    assert sorted(named) == ["discriminator-died", "margin-saturated"]
    for alive in ("gradient.fake", "energy.mean_squared.real.mean"):
        rest = {name: values for name, values in dead.items() if name != alive}
        near = BAD if alive != "gradient.fake" else scores
        assert slugs(found(variant, [seed(variant, hinge=0.0, scores=near, series=rest)] * 3)) == ["margin-saturated"]


def test_an_identity_copies_noise_and_shuffled_images(variant: Variant) -> None:
    """Noise at a tenth of its variance; where shuffled images are told from real ones it is none."""
    copies = GOOD | {"energy_noise": 0.01}
    assert slugs(found(variant, [seed(variant, works=True, scores=copies)] * 3)) == ["identity-autoencoder"]
    told = {"energy.eval.shuffled": np.full(STEPS, 1.0), "energy.eval.real": np.full(STEPS, 0.3)}
    assert found(variant, [seed(variant, works=True, scores=copies, series=told)] * 3) == []


def test_copies_are_more_than_twice_the_usual(variant: Variant) -> None:
    """One half, or twice what the reference's worst working seed has."""
    copied = GOOD | {"memorised_share": 0.7}
    assert slugs(found(variant, [seed(variant, works=True, scores=copied)] * 3)) == ["memorisation"]
    ref = [seed(variant, works=True, scores=GOOD | {"memorised_share": 0.4})] * 3
    assert found(variant, [seed(variant, works=True, scores=copied)] * 3, ref) == []


def test_gaps_between_the_modes(variant: Variant) -> None:
    """The generator's by FID, a warning; the discriminator's by energy, a deviation, and only with BatchNorm in it."""
    other = GOOD | {"fid_train_mode": 200.0, "energy_real": 900.0}
    findings = found(variant, [seed(variant, works=True, scores=other)] * 3)
    assert [(f.rule, f.part, f.severity) for f in findings] == [
        ("batchnorm-train-eval-gap", "generator", "warning"),
        ("batchnorm-train-eval-gap", "discriminator", "deviation"),
    ]


def test_a_weak_pull_away_term_is_a_note(variant: Variant) -> None:
    """Its gradient's share, where it was recorded, in every seed."""
    weak, strong = ({"gradient.ratio.pull_away": np.full(STEPS, ratio)} for ratio in (0.001, 0.5))
    [finding] = found(variant, [seed(variant, works=True, series=weak)] * 3)
    assert (finding.rule, finding.severity) == ("pull-away-without-effect", "note")
    mixed = [seed(variant, works=True, series=weak), seed(variant, works=True, series=strong)]
    assert found(variant, mixed) == []


def test_slow_and_still_improving_are_notes(variant: Variant) -> None:
    """A falling FID in every failing seed; a delay of 1.6 or more, and beyond that between the reference's seeds."""
    falling = [seed(variant, fids=(1500, 1400, 1300, 1200, 1100, 1000, 800, 600, 500))] * 3
    ref = [seed(variant, works=True, fids=(800, 600, 450, 350, 280, 200, 150, 110, 80))] * 3
    findings = found(variant, falling, ref, delay_factor=3.0)
    assert [(f.rule, f.severity) for f in findings] == [
        ("still-improving", "note"), ("slower-than-reference", "note"),
    ]  # fmt: skip
    assert "3 times" in findings[1].title
    assert found(variant, [*falling[:2], seed(variant)], ref, delay_factor=1.59) == []
    late = seed(variant, works=True, fids=(900, 800, 700, 600, 500, 450, 400, 350, 280))  # where ref was at step 500
    apart = [*ref, late]
    assert slugs(found(variant, falling, apart, delay_factor=2.9)) == ["still-improving"]
    assert slugs(found(variant, falling, apart, delay_factor=3.1)) == ["still-improving", "slower-than-reference"]


def test_what_was_better_before_is_not_slow(variant: Variant) -> None:
    """A FID that rises late in every seed is behind the reference, and no further step brings it nearer."""
    ref = [seed(variant, works=True, fids=(800, 600, 450, 350, 280, 200, 150, 110, 80))] * 3
    rising = seed(variant, works=True, fids=(600, 300, 200, 150, 160, 180, 200, 220, 240))
    steady = seed(variant, works=True, fids=(600, 400, 300, 260, 250, 245, 240, 242, 240))
    assert slugs(found(variant, [rising] * 3, ref, delay_factor=1.9)) == []
    assert slugs(found(variant, [rising, rising, steady], ref, delay_factor=1.9)) == ["slower-than-reference"]

"""Which runs a comparison needs, and under which names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import variants

from ebdiag import plan
from ebdiag.device import environment
from ebdiag.errors import EbdiagError
from ebdiag.kinds.gan import GAN_PARTS
from ebdiag.load import load
from ebdiag.pipeline import Request
from ebdiag.records import DataSpec, Environment, Facts, Recipe

DATA = DataSpec("mnist5k", "d", (1, 28, 28), 4000, 1000, 10, "digits-lenet", "f", {}, {})
ENVIRONMENT = Environment("2.14")
FACTS = Facts(
    parts={name: {"value": None, "used": name != "pull_away", "effect": None} for name in GAN_PARTS},
    config={"margin": 1.0, "latent_dim": 8}, layers={}, initial={}, sizes={}, notes=[], autoencoder=True,
    single_pass=True, step_ms=1.0,
)  # fmt: skip


def name(folder: Path, text: str, facts: Facts = FACTS, seed: int = 0, environment: Environment = ENVIRONMENT) -> str:
    return plan.trajectory(Recipe(load(variants.write(folder, text))), facts, DATA, seed, environment)


def test_longer_runs_pass_the_checkpoints_of_shorter_ones() -> None:
    """1,500 steps extend 500: every checkpoint of the shorter run is one of the longer."""
    assert set(plan.checkpoints(500)) < set(plan.checkpoints(1_500)) < set(plan.checkpoints(10_000))
    assert plan.checkpoints(500) == (100, 200, 300, 400, 500)
    assert plan.checkpoints(7)[-1] == 7
    assert plan.checkpoints(620)[-2:] == (500, 620)
    assert plan.checkpoints(12_500)[-3:] == (11_000, 12_000, 12_500)


def test_a_comment_changes_nothing_and_a_number_does(tmp_path: Path) -> None:
    """The id of a trajectory follows the code that runs, not its looks."""
    base = name(tmp_path, variants.TINY)
    assert name(tmp_path, variants.TINY.replace("class Gen", "# a comment\n\n\nclass Gen")) == base
    assert name(tmp_path, variants.TINY + "\n\ndef unrelated():\n    return 3\n") == base
    assert name(tmp_path, variants.TINY.replace("nn.ReLU()", "nn.LeakyReLU()")) != base


def test_everything_that_decides_bits_is_in_the_name(tmp_path: Path) -> None:
    """Seed, threads, device, torch, fused optimisers, kernels and Config values; not probes, not steps."""
    base = name(tmp_path, variants.TINY)
    others = {
        name(tmp_path, variants.TINY, seed=1),
        name(tmp_path, variants.TINY, environment=replace(ENVIRONMENT, threads=2)),
        name(tmp_path, variants.TINY, environment=replace(ENVIRONMENT, device="cuda")),
        name(tmp_path, variants.TINY, environment=replace(ENVIRONMENT, torch="2.6")),
        name(tmp_path, variants.TINY, environment=replace(ENVIRONMENT, fused=True)),
        name(tmp_path, variants.TINY, environment=replace(ENVIRONMENT, kernels="fast")),
        name(tmp_path, variants.TINY, facts=replace(FACTS, config={**FACTS.config, "margin": 2.0})),
        name(tmp_path, variants.TINY, facts=replace(FACTS, single_pass=False)),
    }
    assert len(others) == 8
    assert base not in others


def test_kernels_as_ever_leave_no_trace_in_a_name() -> None:
    """Runs that were stored before there were other kernels are found under the same names."""
    assert ENVIRONMENT.identity == {"torch": "2.14", "device": "cpu", "threads": 1, "fused": False, "numerics": 1}
    assert environment("cpu", kernels="fast").identity["kernels"] == "fast"
    with pytest.raises(EbdiagError, match=r"unknown kernels 'fats'\. Did you mean 'fast'"):
        environment("cpu", kernels="fats")


def test_a_part_that_takes_no_effect_is_not_in_the_name(tmp_path: Path) -> None:
    """An unused override, or the Config field of an unused part, retrains nothing."""
    base = name(tmp_path, variants.TINY)
    own = variants.TINY + "\n\ndef pull_away(code):\n    return code.sum() * 0\n"
    assert name(tmp_path, own) == base
    used = replace(FACTS, parts={**FACTS.parts, "pull_away": {"value": None, "used": True, "effect": None}})
    assert name(tmp_path, own, facts=used) != name(tmp_path, variants.TINY, facts=used)


def test_work_is_listed_once_and_in_turns(tmp_path: Path) -> None:
    """A model compared with itself trains each seed once; two models take turns."""
    recipe = Recipe(load(variants.write(tmp_path, variants.TINY)))
    other = Recipe(load(variants.write(tmp_path, variants.TINY.replace("64", "48"), "other.py")))

    def specs(side: str, which: Recipe) -> list[object]:
        return plan.specs(side, which, FACTS, DATA, ENVIRONMENT, steps=9, seeds=range(2), probes="none")  # type: ignore

    twice = plan.todo({"ref": specs("ref", recipe), "mine": specs("mine", recipe)}, set())  # type: ignore[dict-item]
    assert [s.seed for s in twice] == [0, 1]
    both = plan.todo({"ref": specs("ref", recipe), "mine": specs("mine", other)}, set())  # type: ignore[dict-item]
    assert [(s.side, s.seed) for s in both] == [("ref", 0), ("mine", 0), ("ref", 1), ("mine", 1)]
    assert plan.todo({"ref": specs("ref", recipe)}, {both[0].id}) == [both[2]]  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plan.budget("quik", None, None), r"unknown budget 'quik'\. Did you mean 'quick'\?"),
        (lambda: plan.budget("quick", 0, None), "--steps must be at least 1, got 0"),
        (lambda: plan.budget("quick", None, -1), "--seeds must be at least 1, got -1"),
        (lambda: plan.budget("quick", "many", None), "--steps must be a number or 'auto', got 'many'"),
        (lambda: plan.check_probes("energys"), "unknown probes 'energys'"),
        (lambda: plan.content_hash("/nowhere/w.pt"), "/nowhere/w.pt: the checkpoint cannot be read: No such file"),
    ],
)
def test_wrong_requests_say_what_is_known(call: object, words: str) -> None:
    """Each wrong option names itself and the way out."""
    with pytest.raises(EbdiagError, match=words):
        call()  # type: ignore[operator]


def test_report_folders_are_named_after_both() -> None:
    """Without folders and endings."""
    assert plan.report_name("ref:ebgan_pt", "user_models/mine.py") == "ebgan_pt-vs-mine"


def test_kernels_are_typed_only_where_they_were_chosen() -> None:
    """The command that a report shows gives the same comparison again."""
    assert "--kernels" not in Request("ref.py", "mine.py").command()
    assert Request("ref.py", "mine.py", kernels="fast").command().endswith("--kernels fast")

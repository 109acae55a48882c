"""The relatives of the EBGAN: GAN, BEGAN and MAGAN as they come, their state, how they fail, and what they have not."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import test_rules_of_runs as runs
import torch
import variants
from numpy.typing import NDArray
from result_factory import result as example_result
from safetensors.torch import load_file
from test_compare import compare
from test_hybrids import between, hybrid
from test_probes import moment

from ebdiag import panels, plan, words, worker
from ebdiag.build import Built, build
from ebdiag.conformance import conformance
from ebdiag.data import prepare
from ebdiag.device import environment
from ebdiag.diagnose import diagnose
from ebdiag.evidence import Evidence
from ebdiag.inspect import inspect
from ebdiag.jobs import RunJob
from ebdiag.load import load
from ebdiag.probes import default_probes, hinge, outputs
from ebdiag.records import Facts, Recipe, Variant
from ebdiag.result import Finding
from ebdiag.rules.case import Seed
from ebdiag.series import Recorder
from ebdiag.step import Batches, Trainer
from ebdiag.step import margin as in_force
from ebdiag.store import Store

MODELS = Path(__file__).parent.parent / "reference_models"
STEPS = runs.STEPS
STEADY = np.linspace(0.0, 1.0, STEPS)

TOLERANCE = 1e-5
"""Relative, of what single precision holds of a number, or of a mean over some thousand of them."""


def built(text: str, folder: Path) -> Built:
    return build(Recipe(load(variants.write(folder, text))), seed=0, device="cpu")


def reference(name: str) -> str:
    return (MODELS / f"{name}.py").read_text("utf-8")


@functools.cache
def facts(name: str) -> tuple[Variant, Facts]:
    """A reference model as looking at it shows it."""
    variant = load(f"ref:{name}")
    return variant, inspect(Recipe(variant), prepare("mnist5k"), environment())


# ---- what they are --------------------------------------------------------------------------------------------------


def test_each_is_seen_as_what_it_is() -> None:
    """By what its numbers do: a weight of generated images, a margin that moves, a number an image."""
    assert facts("began")[1].conformance["state"] == {"weight": "k", "margin": None, "hooks": ["after_step"]}
    magan = facts("magan")[1].conformance["state"]
    assert magan == {"weight": None, "margin": "margin", "hooks": ["before_training", "after_epoch"]}
    assert not facts("gan")[1].autoencoder
    assert "unknown" in facts("gan")[1].conformance["hinge"]
    assert facts("ebgan_pt")[1].conformance["state"] == {"weight": None, "margin": None, "hooks": []}


def test_the_published_formulas_are_kept() -> None:
    """BEGAN's energy is the mean of absolute errors, MAGAN's the sum of squares; the latents and k's settings."""
    assert facts("began")[1].conformance["discriminator_energy"]["name"] == "mean_absolute"
    assert facts("magan")[1].conformance["discriminator_energy"]["name"] == "sum_squared"
    config = facts("began")[1].config
    assert (config["latent"], config["latent_dim"], config["lambda_k"] > 0) == ("uniform", 64, True)
    for name in ("began", "magan", "gan"):
        assert not facts(name)[1].parts["pull_away"]["used"]
        assert not facts(name)[1].parts["margin"]["used"]


@pytest.mark.parametrize("name", ["began", "magan", "gan"])
def test_no_rule_of_the_ebgan_speaks_of_a_relative(name: str) -> None:
    """A loss without hinge, a margin of its own and no pull-away term are not faults there: at most a note is made."""
    ref, mine = facts("ebgan_pt"), facts(name)
    told = diagnose(
        {"ref": ref[0], "mine": mine[0]}, {"ref": ref[1], "mine": mine[1]}, [], {"ref": [], "mine": []}, real=None
    )
    rules = {finding.rule: finding.severity for finding in told if finding.variant == "mine"}
    paper = ("hinge-missing", "hinge-on-batch-mean", "margin-unreachable", "margin-below-energy-floor",
             "margin-inflates-reconstruction", "pull-away-unused", "pull-away-inert", "config-unused")  # fmt: skip
    assert not set(rules) & set(paper)
    assert rules.get("not-an-autoencoder", "note") == "note"
    assert ("not-an-autoencoder" in rules) == (name == "gan")


K_AS_TENSOR = (
    reference("began")
    .replace('return {"k": self.k}', 'return {"balance": torch.tensor(self.k), "seen": 3}')
    .replace('state["k"]', 'float(state["balance"])')
    .replace("from torch import Tensor, nn", "import torch\nfrom torch import Tensor, nn")
)


def test_roles_do_not_hang_on_names(tmp_path: Path) -> None:
    """k under another name, as a tensor, beside a number that does nothing."""
    seen = asked(built(K_AS_TENSOR, tmp_path))
    assert (seen["weight"], seen["margin"]) == ("balance", None)


def test_a_balance_that_a_loop_keeps_is_a_weight_as_well(tmp_path: Path) -> None:
    """A BEGAN written as one `train_step`, whose k lies beside it: no hinge is seen in it, and k stays where it was."""
    model = built(LOOP, tmp_path)
    found = conformed(model)
    assert (found["state"]["weight"], found["state"]["margin"]) == ("k", None)
    assert found["hinge"]["kind"] == "none"
    assert model.objective.state_dict() == {"k": 0.1}


LOOP = (
    variants.TINY
    + """
k = 0.1

def state_dict():
    return {"k": k}

def load_state_dict(state):
    global k
    k = state["k"]

def train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):
    global k
    real = next(batches)
    fake = generator(torch.randn(len(real), config.latent_dim, generator=rng))
    of_real = (discriminator(real)[0] - real).abs().mean()
    of_fake = (discriminator(fake.detach())[0] - fake.detach()).abs().mean()
    discriminator_opt.zero_grad()
    (of_real - k * of_fake).backward()
    discriminator_opt.step()
    generator_opt.zero_grad()
    (discriminator(fake)[0] - fake).abs().mean().backward()
    generator_opt.step()
    k = min(max(k + 0.5 * float(0.5 * of_real.detach() - of_fake.detach()), 0.0), 1.0)
    return {"real": of_real.detach()}
"""
)


def test_asking_leaves_the_state_as_it_was(tmp_path: Path) -> None:
    """Whatever was put in its place."""
    model = built(reference("magan"), tmp_path)
    model.objective.load_state_dict({"margin": 12.5, "fake_before": None})
    assert asked(model)["margin"] == "margin"
    assert model.objective.state_dict() == {"margin": 12.5, "fake_before": None}


def asked(model: Built) -> dict[str, Any]:
    """What the prepared inputs show of an Objective's numbers."""
    return dict(conformed(model)["state"])


def conformed(model: Built) -> dict[str, Any]:
    """All that prepared inputs show; the two steps that are taken as well do not count."""
    latents = model.sample_latent(64, torch.Generator().manual_seed(0))
    state = model.objective.state_dict()
    real = torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(1)) * 2 - 1
    found = conformance(model, latents, real.repeat(4, 1, 1, 1), single_pass=True)
    model.objective.load_state_dict(state)
    return found


# ---- their state ----------------------------------------------------------------------------------------------------


def test_k_follows_the_published_rule(tmp_path: Path) -> None:
    """k + λ (γ L(x) − L(G(z))), cut off at 0 and 1, by hand."""
    objective = built(reference("began").replace("lambda_k: float = ", "lambda_k: float = 0.25 + 0 * "), tmp_path)
    objective = objective.objective
    k = 0.0
    for real, fake in ((0.9, 0.1), (0.9, 0.2), (0.1, 0.9), (0.1, 9.0), (9.0, 0.1), (9.0, 0.1)):
        objective.after_step({"real": torch.full((4,), real), "fake": torch.full((4,), fake)})
        k = min(1.0, max(0.0, k + 0.25 * (objective.gamma * real - fake)))
        assert objective.k == pytest.approx(k)
    assert k == 1.0


def test_the_margin_follows_the_published_rule(tmp_path: Path) -> None:
    """Lowered only where the fakes' sum rose, the real ones' is below it, and their mean is below the margin."""
    objective = built(reference("magan"), tmp_path).objective
    objective.margin = 50.0
    epochs = [(40.0, 45.0, 50.0), (40.0, 44.0, 50.0), (40.0, 45.0, 40.0), (39.0, 38.0, 40.0), (38.0, 60.0, 38.0),
              (60.0, 70.0, 38.0), (37.0, 71.0, 37.0)]  # fmt: skip
    for real, fake, expected in epochs:
        objective.after_epoch({"real": torch.full((8,), real), "fake": torch.full((8,), fake)})
        assert objective.margin == expected


def test_the_margin_starts_at_what_pretraining_leaves(tmp_path: Path) -> None:
    """The mean energy of real images over the last of its epochs, and whole epochs are consumed."""
    model = built(reference("magan"), tmp_path)
    images = torch.rand(200, 1, 28, 28, generator=torch.Generator().manual_seed(2)) * 2 - 1
    batches, energies = Batches(images, size=64, seed=0), []
    start = [parameter.detach().clone() for parameter in model.discriminator.parameters()]
    Trainer(model, batches, single_pass=True, watching=False).prepare()
    assert (batches.taken, len(batches), batches.epoch) == (6, 3, 2)
    twin = built(reference("magan"), tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(start, twin.discriminator.parameters(), strict=True))
    again, optimiser = Batches(images, size=64, seed=0), torch.optim.Adam(
        twin.discriminator.parameters(), lr=model.config.discriminator_lr, betas=model.config.betas
    )  # fmt: skip
    for _ in range(6):
        real = next(again)
        errors = (twin.discriminator(real)[0] - real).square().sum((1, 2, 3))
        optimiser.zero_grad()
        errors.mean().backward()
        optimiser.step()
        energies.append(errors.mean().item())
    assert model.objective.margin == pytest.approx(np.mean(energies[3:]), rel=TOLERANCE)


@pytest.mark.parametrize("name", ["began", "magan"])
def test_an_interrupted_training_ends_where_a_whole_one_does(name: str, tmp_path: Path) -> None:
    """Stopped in the middle of an epoch and taken up again: weights, state and series bit for bit."""
    _, seen = facts(name)
    text = reference(name).replace("batch_size: int = 64", "batch_size: int = 400")  # ten steps an epoch
    recipe, ends = Recipe(load(variants.write(tmp_path, text))), []
    seen = replace(seen, config=seen.config | {"batch_size": 400})
    for stops in ((13, 24), (24,)):
        store = Store(tmp_path / str(len(stops)))
        for steps in stops:
            [spec] = plan.specs(
                "mine", recipe, seen, prepare("mnist5k"), environment(), steps=steps, seeds=[0], probes="default"
            )
            done = worker.run(RunJob(replace(spec, checkpoints=(steps,)), seen, str(store.root)), lambda *event: None)
            assert done["trained"] > 0, done
        folder = store.folder(spec.trajectory)
        state = torch.load(folder.training(24), weights_only=True)["objective"]
        ends.append((load_file(folder.weights(24)), state, pq.read_table(folder.series)))
    (weights, state, series), (whole, whole_state, whole_series) = ends
    assert all(torch.equal(weights[key], whole[key]) for key in whole)
    assert state == whole_state
    assert series.equals(whole_series)
    moves = {"began": "objective.k", "magan": "objective.fake_before"}[name]
    values = [value for value in series[moves].to_pylist() if value is not None]
    assert values[-1] == pytest.approx(state[moves.removeprefix("objective.")], rel=TOLERANCE)
    assert len(set(values)) > 1


# ---- what is watched ------------------------------------------------------------------------------------------------


def test_the_margin_in_force(tmp_path: Path) -> None:
    """That of the Objective where it keeps one, none for one that has a state and reads none, else that of Config."""
    magan = built(reference("magan"), tmp_path)
    magan.objective.margin = 7.5
    assert in_force(magan) == 7.5
    assert in_force(built(reference("began"), tmp_path)) is None
    plain = built(variants.TINY, tmp_path)
    assert in_force(plain) == 1.0
    assert plain.reads["margin"] == 0, "asking does not count as use"


def test_the_hinge_is_measured_at_the_margin_of_the_step() -> None:
    """And a model that has no margin has energies, and no shares."""
    seen = moment(margin=1.0)
    own = [(seen.recon_fake[i] - seen.fake[i]).abs().mean().item() for i in range(len(seen.fake))]
    limit = sorted(own)[len(own) // 2]
    shares = [hinge.observe(moment(margin=m))["hinge.active"].item() for m in (0.0, limit, 99.0)]
    assert shares == pytest.approx([0.0, sum(e < limit for e in own) / len(own), 1.0])
    assert set(hinge.observe(moment(margin=None))) == {"energy.own.real", "energy.own.fake"}
    assert hinge.observe(seen)["energy.own.fake"].item() == pytest.approx(np.mean(own), rel=TOLERANCE)


def test_outputs_twin() -> None:
    """Pairs counted one by one; ties count half, and a discriminator with its sign turned tells as much."""
    rng = torch.Generator().manual_seed(4)
    real, fake = torch.randn(9, generator=rng) + 0.5, torch.randn(7, generator=rng)
    fake[0] = real[0]
    right = sum(1.0 if r > f else 0.5 if r == f else 0.0 for r in real.tolist() for f in fake.tolist()) / 63
    assert 0.5 < right < 1
    for sign in (1, -1):
        seen = outputs.observe(moment(output_real=sign * real, output_fake=sign * fake))
        assert seen["output.ranked"].item() == pytest.approx(right, abs=1e-6)
        assert torch.equal(seen["output.real"], sign * real)
    assert outputs.observe(moment()) == {}


def test_a_gan_is_watched_where_it_can_be(tmp_path: Path) -> None:
    """Its outputs are there, as numbers or as a column of one; nothing of energies, codes or a hinge."""
    images = torch.rand(128, 1, 28, 28, generator=torch.Generator().manual_seed(3)) * 2 - 1
    seen = []
    for shape in ("", ".unsqueeze(1)"):
        model = built(reference("gan").replace(".flatten()\n", f".flatten(){shape}\n"), tmp_path)
        trainer = Trainer(model, Batches(images, size=64, seed=0), single_pass=True, watching=True)
        recorder = Recorder(tuple(probe for probe in default_probes() if probe.runs != "nets"))
        recorder.observe(trainer.step(1))
        seen.append(recorder.columns())
        assert recorder.failed == {}
    assert {"output.real.mean", "output.fake.q95", "output.ranked", "gradient.fake"} <= set(seen[0])
    assert not [name for name in seen[0] if name.startswith(("energy", "hinge", "codes", "pull_away", "began"))]
    assert all(np.array_equal(seen[0][name], seen[1][name], equal_nan=True) for name in seen[0])


# ---- how they fail --------------------------------------------------------------------------------------------------


def found(name: str, mine: list[Seed]) -> dict[str, Finding]:
    """Findings of this family about runs of a reference model, beside an EBGAN that works."""
    sides = {"ref": facts("ebgan_pt"), "mine": facts(name)}
    told = diagnose(
        {side: row[0] for side, row in sides.items()}, {side: row[1] for side, row in sides.items()}, [],
        {"ref": [runs.seed(sides["ref"][0], works=True)] * 3, "mine": mine}, real=runs.REAL,
    )  # fmt: skip
    own = {slug for slug in words.FINDINGS if slug.startswith(("began", "magan", "discriminator-saturated"))}
    rules = {slug.partition(".")[0] for slug in own}
    return {finding.rule: finding for finding in told if finding.variant == "mine" and finding.rule in rules}


def seeds(name: str, series: Mapping[str, NDArray[np.float64]], *, works: bool = False) -> list[Seed]:
    """Three runs of a reference model with these series."""
    return [runs.seed(facts(name)[0], works=works, series=series)] * 3


ENERGIES = {"energy.own.real": 0.3 - 0.2 * STEADY, "energy.own.fake": 0.2 - 0.1 * STEADY}
BALANCED = ENERGIES | {"objective.k": 0.3 + 0.1 * np.sin(40 * STEADY), "began.convergence": 0.4 - 0.3 * STEADY}
STUCK = {
    "zero": np.where(STEADY < 0.4, 0.02 * np.sin(9 * STEADY) ** 2, 0.0),
    "one": np.minimum(2.5 * STEADY, 1.0),
    "jumps": np.where(np.arange(STEPS) % 3 == 0, 1.0, 0.0),
    "still": np.full(STEPS, 0.25),
}


@pytest.mark.parametrize("kind", STUCK)
def test_a_stuck_balance_is_named_with_its_kind(kind: str) -> None:
    """At 0, at 1, between the two, or nowhere else; a warning where images fail, and less where they do not."""
    [finding] = found("began", seeds("began", BALANCED | {"objective.k": STUCK[kind]})).values()
    assert (finding.rule, finding.severity, finding.part) == ("began-k-stuck", "warning", "objective")
    assert finding.wording == f"began-k-stuck.{kind}"
    assert "class Objective" in reference("began").splitlines()[finding.lines[0].line - 1]
    for text in (finding.title, finding.explanation, finding.advice):
        assert text
        assert "{" not in text
    working = found("began", seeds("began", BALANCED | {"objective.k": STUCK[kind]}, works=True))
    assert [finding.severity for finding in working.values()] == ["deviation"]


def test_a_balance_that_moves_is_none() -> None:
    """Also one that starts at 0, or touches an end now and then; and in another family the same series say nothing."""
    touching = np.clip(0.6 * np.sin(30 * STEADY), 0, 1)
    late = np.where(STEADY < 0.3, 0.0, 0.4 * STEADY)
    for k in (BALANCED["objective.k"], touching, late):
        assert found("began", seeds("began", BALANCED | {"objective.k": k})) == {}
    for name in ("ebgan_pt", "magan", "gan"):
        assert found(name, seeds(name, {"objective.k": STUCK["zero"], "began.convergence": 0.1 + STEADY})) == {}


def test_one_seed_of_three_is_not_most() -> None:
    """What a single seed shows is not said of the model."""
    one = runs.seed(facts("began")[0], series=BALANCED | {"objective.k": STUCK["one"]})
    assert found("began", [one, *seeds("began", BALANCED)[:2]]) == {}


def test_m_has_to_fall() -> None:
    """A failing BEGAN whose M ends where it began; one that falls a little, or works, is left alone."""
    rising = BALANCED | {"began.convergence": 0.3 + 0.1 * STEADY}
    [finding] = found("began", seeds("began", rising)).values()
    assert (finding.rule, finding.severity) == ("began-not-converging", "warning")
    assert finding.evidence["start"] < finding.evidence["end"]
    assert found("began", seeds("began", rising, works=True)) == {}


FALLING = np.repeat(np.linspace(90.0, 40.0, 15), STEPS // 15)


def test_a_margin_that_stays_or_rises_is_named() -> None:
    """Five epochs and more at one value; any step up. What falls by steps is none, and neither is a first 0."""
    stuck = found("magan", seeds("magan", {"objective.margin": np.full(STEPS, 90.0)}))
    assert {name: finding.severity for name, finding in stuck.items()} == {"magan-margin-stuck": "warning"}
    rises = found("magan", seeds("magan", {"objective.margin": FALLING[::-1].copy()}))
    assert {name: finding.severity for name, finding in rises.items()} == {"magan-margin-rises": "warning"}
    assert rises["magan-margin-rises"].evidence["rises"] == 14
    once = FALLING.copy()
    once[700:] += 5
    assert list(found("magan", seeds("magan", {"objective.margin": once}))) == ["magan-margin-rises"]
    unset = FALLING.copy()
    unset[:10] = 0.0
    for sound in (FALLING, unset):
        assert found("magan", seeds("magan", {"objective.margin": sound})) == {}


def test_a_margin_that_nothing_could_move_is_no_magans(tmp_path: Path) -> None:
    """An Objective that only remembers its margin is an EBGAN's."""
    text = reference("magan").replace("def after_epoch", "def unused").replace("def before_training", "def unused_too")
    variant = load(variants.write(tmp_path, text))
    seen = inspect(Recipe(variant), prepare("mnist5k"), environment())
    assert seen.conformance["state"] == {"weight": None, "margin": "margin", "hooks": []}
    ref = facts("ebgan_pt")
    told = diagnose(
        {"ref": ref[0], "mine": variant}, {"ref": ref[1], "mine": seen}, [],
        {"ref": [], "mine": [runs.seed(variant, series={"objective.margin": np.full(STEPS, 90.0)})] * 3},
        real=runs.REAL,
    )  # fmt: skip
    assert not [finding for finding in told if finding.rule.startswith("magan")]


def test_a_margin_has_five_epochs_to_move() -> None:
    """Within fewer, nothing is said."""
    few = [replace(seed, run=replace(seed.run, spec=replace(seed.run.spec, data=prepare("mnist5k"), steps=300)))
           for seed in seeds("magan", {"objective.margin": np.full(STEPS, 90.0)})]  # fmt: skip
    assert found("magan", few) == {}


WON = {
    "output.ranked": np.minimum(0.7 + STEADY, 1.0),
    "loss.discriminator.real": 0.7 * np.exp(-20 * STEADY),
    "loss.discriminator.fake": 0.7 * np.exp(-20 * STEADY),
    "gradient.fake": 1.0 + STEADY,
    "output.real.mean": 9 * STEADY,
    "output.fake.mean": -9 * STEADY,
}


def test_a_discriminator_that_has_won_is_named() -> None:
    """Sure of every pair, with a loss near 0, and bad images; an error where the generator's gradient is gone, too."""
    [finding] = found("gan", seeds("gan", WON)).values()
    assert (finding.rule, finding.severity, finding.wording) == (
        "discriminator-saturated", "warning", "discriminator-saturated",
    )  # fmt: skip
    gone = WON | {"gradient.fake": np.exp(-20 * STEADY)}
    [finding] = found("gan", seeds("gan", gone)).values()
    assert (finding.severity, finding.wording) == ("error", "discriminator-saturated.gone")


def test_a_discriminator_at_work_is_none() -> None:
    """One that is fooled now and then, whose loss is not near 0, or whose images are good; nor a critic below 0."""
    fooled = WON | {"output.ranked": np.full(STEPS, 0.9)}
    busy = WON | {"loss.discriminator.real": np.full(STEPS, 0.4)}
    critic = WON | {"loss.discriminator.real": -5 * STEADY - 0.8}
    for series in (fooled, busy, critic):
        assert found("gan", seeds("gan", series)) == {}
    assert found("gan", seeds("gan", WON, works=True)) == {}


def test_what_is_said_is_said_in_both_languages() -> None:
    """Every wording of these rules has its numbers filled in Korean as well."""
    cases = [("began", BALANCED | {"objective.k": k}) for k in STUCK.values()]
    cases += [("began", BALANCED | {"began.convergence": 0.3 + 0.1 * STEADY})]
    cases += [("magan", ENERGIES | {"objective.margin": m}) for m in (np.full(STEPS, 90.0), FALLING[::-1].copy())]
    cases += [("gan", WON), ("gan", WON | {"gradient.fake": np.exp(-20 * STEADY)})]
    for name, series in cases:
        [finding] = found(name, seeds(name, series)).values()
        with words.speaking("ko"):
            said = words.finding(finding)
        for text in (said.title, said.explanation, said.advice):
            assert any("가" <= sign <= "힣" for sign in text)
            assert "{" not in text
            assert "n/a" not in text


# ---- exchanged between families -------------------------------------------------------------------------------------

PAIRS = {
    ("ebgan_pt", "gan"): ["discriminator + discriminator_loss + generator_loss"],
    ("ebgan_pt", "began"): ["energy + objective", "latent"],
    ("began", "magan"): ["energy + objective", "latent"],
    ("gan", "magan"): ["discriminator + objective", "latent"],
}
"""What is exchanged, beside optimisers and schedule: only what can stand in the other model is a change of its own."""


@pytest.mark.parametrize("names", PAIRS)
def test_only_what_fits_is_exchanged_between_families(names: tuple[str, str]) -> None:
    """A discriminator without reconstruction brings its losses along, an energy its Objective, and each hybrid runs."""
    ref, mine = (facts(name) for name in names)
    every = between(ref, mine)
    optimisers = ("optimizer.generator", "optimizer.discriminator", "schedule")
    assert [change.name for change in every if change.name not in optimisers] == PAIRS[names]
    recipe = hybrid(ref[0], mine[0], every, [change for change in every if "discriminator" in change.name][:1])
    assert inspect(recipe, prepare("mnist5k"), environment()).autoencoder == mine[1].autoencoder


# ---- for real -------------------------------------------------------------------------------------------------------

BEGAN, MAGAN, GAN = (reference(name) for name in ("began", "magan", "gan"))
LAMBDA = BEGAN[BEGAN.index("    lambda_k: float = ") :].splitlines()[0]
GAMMA = BEGAN[BEGAN.index("    gamma: float = ") :].splitlines()[0]
RAISED = """self.margin = max(self.margin, 1.5 * fake / len(energies["fake"]))
        self.fake_before"""
PLANTED = {
    "lambda 0": (BEGAN.replace(LAMBDA, "    lambda_k: float = 0.0"), "began-k-stuck.zero"),
    "lambda huge": (BEGAN.replace(LAMBDA, "    lambda_k: float = 1000.0"), "began-k-stuck.jumps"),
    "gamma 20": (BEGAN.replace(GAMMA, "    gamma: float = 20.0"), "began-k-stuck.one"),
    "margin max": (MAGAN.replace("        self.fake_before = fake", "        " + RAISED + " = fake"),
                   "magan-margin-rises"),
    "minimax, D fast": (GAN.replace("softplus(-discriminator(fake)).mean()}", "-softplus(discriminator(fake)).mean()}")
                        .replace("nn.Dropout(0.3),", "").replace("discriminator_lr: float = 5e-4",
                                                                 "discriminator_lr: float = 5e-3"),
                        "discriminator-saturated.gone"),
    "margin never": (MAGAN.replace("if self.fake_before is not None", "if False and self.fake_before is not None"),
                     "magan-margin-stuck"),
}  # fmt: skip


PLANTED_STEPS = 320
"""A little more than the five epochs after which a margin must have moved."""


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_named_after_real_training(name: str, tmp_path: Path) -> None:
    """One seed on the digits, beside a small model that is only there to be compared with."""
    text, wording = PLANTED[name]
    assert text not in (BEGAN, MAGAN, GAN)
    assert wording in trained(text, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["began", "magan", "gan"])
def test_the_reference_models_have_none_of_these_faults(name: str, tmp_path: Path) -> None:
    """Trained as long."""
    assert not [
        one for one in trained(reference(name), tmp_path) if one.startswith(("began", "magan", "discriminator-sat"))
    ]


def trained(text: str, folder: Path) -> set[str]:
    """Wordings of the findings about a variant after a short training."""
    paths = [variants.write(folder, body, f"{side}.py") for side, body in (("ref", variants.TINY), ("mine", text))]
    result = compare(folder, *paths, steps=PLANTED_STEPS, seeds=1, probes="default")
    return {finding.wording or finding.rule for finding in result.findings if finding.variant == "mine"}


# ---- what is drawn --------------------------------------------------------------------------------------------------


def drawn(ref: str, mine: str, series: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> dict[str, panels.Panel]:
    """Panels of a comparison of two reference models with these series, one seed each."""
    sides = {"ref": ref, "mine": mine}
    example = example_result("fails")
    shown = {
        side: example.variants["ref"].model_copy(
            update={"facts": {"conformance": facts(name)[1].conformance, "autoencoder": facts(name)[1].autoencoder}}
        )
        for side, name in sides.items()
    }
    every = {name for columns in series.values() for name in columns}
    empty = {name: np.full(STEPS, np.nan) for name in every}
    steps = {"step": np.arange(1.0, STEPS + 1)}
    tables = {(side, 0): empty | dict(columns) | steps for side, columns in series.items()}
    evidence = Evidence(series=tables, checkpoints={}, real=None, samples={}, energies={})
    result = example.model_copy(update={"variants": shown})
    return {panel.name: panel for panel in panels.panels(result, evidence)}


OF_GAN = {"output.ranked": np.full(STEPS, 0.8), "loss.discriminator.real": np.full(STEPS, 0.4)}
OF_BEGAN = BALANCED | {"loss.discriminator.balance": np.full(STEPS, -0.1)}
OF_MAGAN = {"objective.margin": FALLING, "energy.own.real": 60 - STEADY, "energy.own.fake": 70 - STEADY,
            "began.convergence": np.ones(STEPS)}  # fmt: skip


def test_each_family_has_the_curve_of_its_own_number_and_no_other() -> None:
    """M and k, the margin among its energies, or pairs told apart; in neither an EBGAN's report nor each other's."""
    own = {"began", "magan", "ranking"}
    assert own & set(drawn("ebgan_pt", "ebgan_pt", {"ref": OF_BEGAN, "mine": OF_MAGAN})) == set()
    assert own & set(drawn("ebgan_pt", "began", {"ref": {}, "mine": OF_BEGAN})) == {"began"}
    assert own & set(drawn("magan", "began", {"ref": OF_MAGAN, "mine": OF_BEGAN})) == {"magan", "began"}
    gans = drawn("gan", "ebgan_pt", {"ref": OF_GAN, "mine": {}})
    assert own & set(gans) == {"ranking"}
    assert gans["ranking"].title == f"At the end the discriminator tells apart {words.percent(0.8)} of ref's pairs"


def test_titles_say_what_is_seen() -> None:
    """From where to where, and where the rest ends; in Korean as well."""
    shown = drawn("magan", "began", {"ref": OF_MAGAN, "mine": OF_BEGAN})
    assert shown["began"].title.startswith("mine's M goes from 0.400 to 0.1")
    assert shown["magan"].title.startswith("ref's margin goes from 90 to 40")
    with words.speaking("ko"):
        korean = drawn("magan", "began", {"ref": OF_MAGAN, "mine": OF_BEGAN})
    assert "마진" in korean["magan"].title
    assert all(any("가" <= sign <= "힣" for sign in korean[name].caption) for name in ("began", "magan"))


def test_losses_are_summed_over_a_variants_own_terms() -> None:
    """A term that only the other one has leaves no gap in the sum."""
    shown = drawn("gan", "began", {"ref": OF_GAN, "mine": OF_BEGAN})["losses"].svg
    assert shown.count("ref") >= 1
    assert shown.count("mine") >= 1

"""Facts of conformance and ranges: formulas against plain loops, probes against what is planted by construction."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import planted_losses
import pytest
import torch
import variants

from ebdiag import defaults, streams
from ebdiag.build import Built, build
from ebdiag.conformance import conformance
from ebdiag.conformance.energies import loss_energy
from ebdiag.conformance.hinges import hinge
from ebdiag.conformance.prepared import Stage, Unasked
from ebdiag.conformance.pull_aways import code_sets, pull_away
from ebdiag.conformance.shapes import ENERGIES, FITS, PULL_AWAYS, fit
from ebdiag.data import load_images, to_model
from ebdiag.load import load
from ebdiag.ranges import ranges
from ebdiag.records import Recipe


def built_of(folder: Path, text: str) -> Built:
    return build(Recipe(load(variants.write(folder, text))), seed=0, device="cpu")


def real_of(built: Built, count: int = 64) -> torch.Tensor:
    rows = load_images("mnist5k").train[:count]
    config = built.config
    return to_model(rows, image_shape=config.image_shape, pixel_range=config.pixel_range, device="cpu")


def latents_of(built: Built) -> torch.Tensor:
    return built.sample_latent(built.config.batch_size, streams.generator(0, streams.PROBES, "latents"))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The sound variant, ready to be asked."""
    built = built_of(tmp_path_factory.mktemp("stage"), planted_losses.tiny())
    return Stage(built, real_of(built, 16))


# ---- formulas --------------------------------------------------------------------------------------


def slow_energy(family: str, recon: np.ndarray, x: np.ndarray) -> float:
    """Mean energy of rows, one value after the other."""
    rows = []
    for r, t in zip(recon.tolist(), x.tolist(), strict=True):
        pairs = list(zip(r, t, strict=True))
        rows.append({
            "squares": sum((a - b) ** 2 for a, b in pairs) / len(pairs),
            "norm": math.sqrt(sum((a - b) ** 2 for a, b in pairs)),
            "absolutes": sum(abs(a - b) for a, b in pairs) / len(pairs),
            "norm of the batch": sum((a - b) ** 2 for a, b in pairs),
            "cross-entropy": -sum(b * math.log(a) + (1 - b) * math.log(1 - a) for a, b in pairs) / len(pairs),
            "cross-entropy of logits": -sum(
                b * math.log(1 / (1 + math.exp(-a))) + (1 - b) * math.log(1 - 1 / (1 + math.exp(-a))) for a, b in pairs
            ) / len(pairs),
        }[family])  # fmt: skip
    return math.sqrt(sum(rows)) if family == "norm of the batch" else sum(rows) / len(rows)


@pytest.mark.parametrize("family", ENERGIES)
def test_energies_against_loops(family: str) -> None:
    """Each formula is what its name says."""
    rng = np.random.default_rng(0)
    recon, x = rng.uniform(0.1, 0.9, (5, 7)), rng.uniform(0.1, 0.9, (5, 7))
    value = ENERGIES[family](torch.from_numpy(recon), torch.from_numpy(x)).mean().item()
    assert value == pytest.approx(slow_energy(family, recon, x), rel=1e-12)


def test_the_paper_s_term_against_loops() -> None:
    """Mean squared cosine of distinct rows."""
    codes = np.random.default_rng(1).normal(size=(6, 4))
    cosines = [
        (codes[i] @ codes[j] / math.sqrt(codes[i] @ codes[i]) / math.sqrt(codes[j] @ codes[j])) ** 2
        for i in range(6)
        for j in range(6)
        if i != j
    ]
    assert defaults.pull_away(torch.from_numpy(codes)).item() == pytest.approx(sum(cosines) / 30, rel=1e-12)


def test_prepared_codes_tell_the_terms_apart(stage: Stage) -> None:
    """No formula of one kind fits another's values, up to a factor and a constant, unless it is the same function."""
    sets = code_sets(stage)
    values = {
        (kind, place): torch.stack([formula(code) for code in sets])
        for kind, formulas in PULL_AWAYS.items()
        for place, formula in enumerate(formulas)
    }
    for (kind, place), ours in values.items():
        for (other, _), theirs in values.items():
            if kind == other:
                continue
            _, _, residual = fit(ours, theirs)
            same_function = residual < 1e-9
            assert residual > FITS or same_function, (kind, place, other, residual)


def test_a_fit_finds_factor_and_constant() -> None:
    """3 x + 2 is found as that; what does not vary is not fitted."""
    x = torch.tensor([0.0, 1.0, 5.0, 2.0], dtype=torch.float64)
    assert fit(3 * x + 2, x) == pytest.approx((3, 2, 0), abs=1e-12)
    assert fit(x, torch.ones_like(x))[2] == math.inf
    y = np.array([0.0, 2.0, 5.0, 2.0])
    slope, constant = np.polyfit(x.numpy(), y, 1)
    worst = np.abs(y - slope * x.numpy() - constant).max() / 5
    assert fit(torch.from_numpy(y), x) == pytest.approx((slope, constant, worst), rel=1e-9)


# ---- asking ----------------------------------------------------------------------------------------


def test_a_prepared_loss_is_the_formula(stage: Stage) -> None:
    """Value and gradients of the sound losses on a scene equal those computed by hand."""
    scene = stage.scene()
    answer = stage.discriminator_loss(scene)
    assert answer.terms["energy_real"] == pytest.approx(1e-4, rel=1e-6)  # offsets are .01
    assert answer.terms["hinge"] == pytest.approx(1 - 1e-4, rel=1e-9)
    by_hand = -2 * 0.01 / stage.pixels / stage.rows
    assert torch.allclose(answer.fake, torch.full_like(answer.fake, by_hand), rtol=1e-6)
    asked = stage.generator_loss(scene)
    assert asked.value == pytest.approx(1e-4 + 0.1 * defaults.pull_away(scene.code).item(), rel=1e-6)


@pytest.mark.parametrize("margin", [0.5, 1.0, 7.0])
def test_the_hinge_ends_where_the_energy_reaches_the_margin(margin: float, tmp_path: Path) -> None:
    """A constant error of √m has a mean-squared energy of m."""
    config = planted_losses.CONFIG.replace("margin: float = 1.0", f"margin: float = {margin}")
    built = built_of(tmp_path, planted_losses.tiny(config=config))
    found = hinge(Stage(built, real_of(built, 16)), {"family": "squares"})
    assert found["kind"] == "per_sample"
    assert found["closes_at"] == pytest.approx(math.sqrt(margin), rel=1e-3)
    assert found["closes_at_double"] == found["closes_at"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("(recon - x).square().flatten(1).mean(1)", "mean_squared"),
        ("(recon - x).square().flatten(1).sum(1)", "sum_squared"),
        ("0.5 * (recon - x).square().flatten(1).mean(1)", "scaled squares"),
        ("(recon - x).flatten(1).norm(dim=1)", "l2_norm"),
        ("(recon - x).square().flatten(1).mean(1).sqrt()", "root_mean_squared"),
        ("(recon - x).abs().flatten(1).mean(1)", "mean_absolute"),
        ("nn.functional.l1_loss(recon, x, reduction='none').flatten(1).sum(1)", "sum_absolute"),
        ("nn.functional.smooth_l1_loss(recon, x, reduction='none', beta=0.1).flatten(1).mean(1)", "other"),
    ],
)
def test_an_energy_is_named_from_either_loss(body: str, name: str, tmp_path: Path) -> None:
    """The reduction is found through the losses, whatever else they are made of."""
    built = built_of(tmp_path, planted_losses.tiny(planted_losses.energy(body)))
    stage = Stage(built, real_of(built, 16))
    assert [loss_energy(stage, role)["name"] for role in ("discriminator", "generator")] == [name, name]


@pytest.mark.parametrize("weight", [0.1, 0.03, 2.0])
def test_the_weight_that_acts(weight: float, tmp_path: Path) -> None:
    """It is that of the loss, not that of Config."""
    built = built_of(tmp_path, planted_losses.tiny(planted_losses.generator_loss(f"e + {weight} * pull_away(code)")))
    found = pull_away(Stage(built, real_of(built, 16)))
    assert (found["kind"], found["weight"]) == ("paper", pytest.approx(weight, rel=1e-4))
    assert found["gradient_share"] == pytest.approx(weight / 0.1, rel=1e-4)


def test_a_loss_that_calls_single_layers_is_not_guessed_at(tmp_path: Path) -> None:
    """It cannot be asked, and the reason is said; nothing is raised."""
    text = planted_losses.tiny(
        """
def generator_loss(discriminator, fake, config):
    hidden = discriminator.encoder[1](fake.flatten(1)) * 2
    recon = discriminator.decoder(hidden).view_as(fake)
    return energy(recon, fake).mean() + discriminator.encoder[1].weight.square().mean()
""",
        discriminator=planted_losses.DISCRIMINATOR.replace("nn.Linear(784, 16))", "nn.Linear(784, 16), nn.Tanh())"),
    )
    built = built_of(tmp_path, text)
    found = conformance(built, latents_of(built), real_of(built), single_pass=True)
    assert found["pull_away"]["kind"] is None
    assert "single layers" in found["pull_away"]["unknown"]
    assert found["hinge"]["kind"] == "per_sample"


def test_an_energy_that_raises_is_said_not_raised(tmp_path: Path) -> None:
    """An energy for one shape alone leaves the other probes alive."""
    text = planted_losses.tiny(planted_losses.energy("(recon - x.reshape(32, 1, 28, 28)).square().flatten(1).mean(1)"))
    built = built_of(tmp_path, text)
    found = conformance(built, latents_of(built), real_of(built), single_pass=True)
    assert found["hinge"]["kind"] == "per_sample"  # asked with the batch that it wants
    assert found["steps"]["order"] == "DG"


def test_no_autoencoder_cannot_be_prepared(tmp_path: Path) -> None:
    """Its probes are unknown, with the reason."""
    built = built_of(tmp_path, planted_losses.tiny(planted_losses.LOGISTIC, discriminator=planted_losses.SCALAR))
    found = conformance(built, latents_of(built), real_of(built), single_pass=True)
    for name in ("energy", "hinge", "pull_away", "target", "terms", "company"):
        assert found[name] == {"unknown": "the discriminator is no autoencoder"}
    grey = built_of(tmp_path, planted_losses.PLANTED["silent-broadcast"]["one row"])
    with pytest.raises(Unasked, match="another size"):
        Stage(grey, real_of(grey, 16))


def test_asking_changes_nothing(tmp_path: Path) -> None:
    """Parameters, buffers, gradients, an Objective's state and the counters are the same afterwards."""
    text = planted_losses.HARMLESS["losses: objective"].replace(
        "of_real, of_fake =", "self.margin = self.margin * 1.5\n        of_real, of_fake ="
    )
    built = built_of(tmp_path, text)
    nets = torch.nn.ModuleList([built.generator, built.discriminator])
    before = {name: value.clone() for name, value in nets.state_dict().items()}
    real, calls = real_of(built, 16), built.calls.copy()
    stage = Stage(built, real)
    hinge(stage, {"family": "squares"})
    pull_away(stage)
    assert all(torch.equal(value, before[name]) for name, value in nets.state_dict().items())
    assert all(parameter.grad is None for parameter in nets.parameters())
    assert built.objective.margin == 1.0
    assert built.calls == calls


# ---- steps -----------------------------------------------------------------------------------------


def found_by_steps(folder: Path, text: str) -> dict[str, Any]:
    built = built_of(folder, text)
    found: dict[str, Any] = conformance(built, latents_of(built), real_of(built, 200), single_pass=True)["steps"]
    return found


def test_order_and_number_of_updates(tmp_path: Path) -> None:
    """As the optimisers were really called."""
    three = planted_losses.CONFIG.replace("margin:", "discriminator_steps: int = 3\n    margin:")
    assert found_by_steps(tmp_path, planted_losses.tiny(config=three))["order"] == "DDDG"
    body = planted_losses.SOUND_STEP.strip().splitlines()
    reordered = "\n".join([*body[5:10], "fake = fake.detach()", *body[:5], body[10]])
    found = found_by_steps(tmp_path, planted_losses.tiny(planted_losses.train_step(reordered)))
    assert found["order"] == "GD"


def test_a_leak_is_as_large_as_the_gradient_that_was_left(tmp_path: Path) -> None:
    """Without zero_grad the discriminator is also moved by the generator's loss; with it by its own alone."""
    assert found_by_steps(tmp_path, planted_losses.HARMLESS["train_step"])["leaks"] == []
    [leak] = found_by_steps(tmp_path, planted_losses.PLANTED["loss-moves-other-net"]["no zero_grad"])["leaks"]
    assert (leak["of"], leak["into"]) == ("generator", "discriminator")
    assert 0.05 < leak["share"] < 0.95


# ---- ranges ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "low", "high"),
    [
        ("{}", None, None),
        ("torch.tanh({})", -1, 1),
        ("torch.sigmoid({})", 0, 1),
        ("2 * torch.sigmoid({}) - 1", -1, 1),
        ("torch.relu({})", 0, None),
        ("-torch.relu({})", None, 0),
        ("{}.clamp(-0.5, 2)", -0.5, 2),
        ("torch.nn.functional.hardtanh({})", -1, 1),
        ("torch.nn.functional.softplus({})", 0, None),
        ("torch.nn.functional.leaky_relu({}, 0.2)", None, None),
    ],
)
def test_bounds_of_a_reconstruction(function: str, low: float | None, high: float | None, tmp_path: Path) -> None:
    """Open ends are open, bounded ones are where the function ends; the last function is named with its line."""
    text = planted_losses.tiny(discriminator=planted_losses.ends_in(f"({function})"))
    built = built_of(tmp_path, text)
    found = ranges(built, latents_of(built), real_of(built))["reconstruction"]
    for end, expected in ((found["low"], low), (found["high"], high)):
        assert (end is None) == (expected is None), found
        assert end is None or end == pytest.approx(expected, abs=1e-4)
    if function != "{}":
        assert text.splitlines()[found["last"]["line"]["line"] - 1].endswith("# here")


def test_energies_that_follow_from_bounds(tmp_path: Path) -> None:
    """A sigmoid on data in [-1, 1]: at most 4 a pixel; real images keep the squares of what lies below 0."""
    built = built_of(tmp_path, planted_losses.tiny(discriminator=planted_losses.ends_in("torch.sigmoid({})")))
    real = real_of(built)
    found = ranges(built, latents_of(built), real)["energy"]
    assert (found["ceiling"], found["in_range"]) == (4, 4)
    assert found["floor"] == pytest.approx(float(np.minimum(real.double().numpy(), 0).__pow__(2).mean()), rel=1e-5)


def test_an_open_end_gives_no_ceiling(tmp_path: Path) -> None:
    """And real images can be reconstructed perfectly."""
    built = built_of(tmp_path, planted_losses.tiny())
    found = ranges(built, latents_of(built), real_of(built))["energy"]
    assert found["ceiling"] is None
    assert found["floor"] == 0

"""The standard step is the published loop, bit for bit, and nothing that watches it can move it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import variants
from torch import Tensor, nn

from ebdiag import streams
from ebdiag.build import Built, build
from ebdiag.errors import VariantError
from ebdiag.inspect import _single_pass
from ebdiag.load import load
from ebdiag.probes import PROBE_SETS, probes_of
from ebdiag.records import Recipe
from ebdiag.series import Recorder
from ebdiag.step import Batches, Crashed, Diverged, Trainer, named, total
from ebdiag.stills import stills

STEPS = 12
ROUNDING = 1e-6
"""BatchNorm statistics move twice in the published loop, and once with an extrapolated second update here."""


def images(count: int = 200) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(1)) * 2 - 1


def make(folder: Path, text: str, seed: int = 0) -> Built:
    return build(Recipe(load(variants.write(folder, text))), seed=seed, device="cpu")


def make_reference(name: str) -> Built:
    return build(Recipe(load(name)), seed=0, device="cpu")


def train(built: Built, steps: int = STEPS, *, single_pass: bool = True, probes: str = "none") -> Recorder:
    batches = Batches(images(), size=min(built.config.batch_size, 64), seed=built.seed)
    trainer = Trainer(built, batches, single_pass=single_pass, watching=probes != "none")
    seen = stills(built, images(), images()[-20:]) if probes == "all" else None
    recorder = Recorder(tuple(replace(probe, every_steps=1) for probe in probes_of(probes)), seen)
    trainer.prepare()
    for number in range(1, steps + 1):
        recorder.before(number, built)
        recorder.observe(trainer.step(number))
    return recorder


def published(built: Built, steps: int = STEPS) -> None:
    """The loop as public implementations have it: two generator forwards on the same latents, nothing detached."""
    batches = Batches(images(), size=min(built.config.batch_size, 64), seed=built.seed)
    generator, discriminator, config = built.generator, built.discriminator, built.config
    for number in range(1, steps + 1):
        for update in range(config.discriminator_steps):
            real = next(batches)
            rng = streams.generator(built.seed, streams.TRAINING_LATENTS, number, update)
            latents = built.sample_latent(len(real), rng)
            built.discriminator_opt.zero_grad()
            fake = generator(latents)
            total(named(built.objective.discriminator_loss(discriminator, real, fake, config))).backward()
            built.discriminator_opt.step()
        built.generator_opt.zero_grad()
        fake = generator(latents)
        total(named(built.objective.generator_loss(discriminator, fake, config))).backward()
        built.generator_opt.step()


def assert_same(one: Built, other: Built, *, buffers: float = 0.0) -> None:
    for a, b in ((one.generator, other.generator), (one.discriminator, other.discriminator)):
        for name, value in a.named_parameters():
            assert torch.equal(value, b.get_parameter(name)), name
        for name, value in a.named_buffers():
            torch.testing.assert_close(value, b.get_buffer(name), rtol=buffers, atol=buffers)


@pytest.mark.parametrize("model", ["tiny", "cumulative", "two_updates", "ref:ebgan_pt", "ref:ebgan_paper_mlp"])
def test_the_standard_step_is_the_published_loop(tmp_path: Path, model: str) -> None:
    """Parameters are bit-identical to the published loop's, BatchNorm statistics equal to rounding."""
    texts = {
        "tiny": variants.TINY,
        "cumulative": variants.TINY.replace("BatchNorm1d(64)", "BatchNorm1d(64, momentum=None)"),
        "two_updates": variants.TINY.replace(
            "margin: float = 1.0", "margin: float = 1.0\n    discriminator_steps: int = 2"
        ),
    }
    one, other = (make(tmp_path, texts[model]) if model in texts else make_reference(model) for _ in range(2))
    steps = STEPS if model in texts else 3
    train(one, steps)
    published(other, steps)
    assert_same(one, other, buffers=ROUNDING)


@pytest.mark.slow
def test_the_standard_step_is_the_published_loop_for_the_large_net() -> None:
    """The same with overridden losses, a batch-mean hinge and BatchNorm in the discriminator."""
    one, other = make_reference("ref:ebgan_infogan"), make_reference("ref:ebgan_infogan")
    train(one, 2)
    published(other, 2)
    assert_same(one, other, buffers=ROUNDING)


STATEFUL = (
    variants.TINY
    + """
import numpy as np

calls, draws = [], np.random.default_rng(3)


def energy(recon, x):
    calls.append(1)  # a curriculum that counts its own calls, and draws from a stream of its own
    return (recon - x).square().flatten(1).mean(1) * (1 + 0.01 * len(calls) + 0.01 * draws.random())
"""
)


@pytest.mark.parametrize(
    "text",
    [variants.TINY, variants.RANDOM, variants.BATCHNORM, STATEFUL],
    ids=["plain", "with draws", "with BatchNorm", "with state"],
)
def test_probes_do_not_move_training(tmp_path: Path, text: str) -> None:
    """Weights and buffers are bit-identical with no probes, the default ones and all, each at every step."""
    single = text in (variants.TINY, STATEFUL)
    nets = {}
    for name in PROBE_SETS:
        nets[name] = make(tmp_path, text)
        recorder = train(nets[name], probes=name, single_pass=single)
        assert recorder.failed == {}
    assert_same(nets["default"], nets["none"])
    assert_same(nets["all"], nets["none"])
    columns = set(recorder.columns())
    assert {"energy.mean_squared.fake.mean", "generator.jacobian", "gradient.share.generator.pull_away"} <= columns
    assert ("energy.train.noise" in columns) == (text == variants.BATCHNORM)


def test_a_generator_with_draws_of_its_own_repeats_exactly(tmp_path: Path) -> None:
    """Dropout, randn_like and numpy draws in a user's file are the same in every run of a seed."""
    one, again = make(tmp_path, variants.RANDOM), make(tmp_path, variants.RANDOM)
    train(one, single_pass=False)
    np.random.rand(7)
    torch.rand(7)
    train(again, single_pass=False)
    assert_same(one, again)
    other = make(tmp_path, variants.RANDOM, seed=1)
    train(other, single_pass=False)
    with pytest.raises(AssertionError):
        assert_same(one, other)


def test_one_forward_is_reused_only_where_two_would_be_equal(tmp_path: Path) -> None:
    """BatchNorm's statistics are no obstacle; draws and state of its own are."""
    latents = torch.randn(32, 8)
    assert _single_pass(make(tmp_path, variants.TINY), latents)
    assert not _single_pass(make(tmp_path, variants.RANDOM), latents)
    spectral = variants.TINY.replace(
        "nn.Linear(64, 784)", "nn.utils.parametrizations.spectral_norm(nn.Linear(64, 784))"
    )
    assert not _single_pass(make(tmp_path, spectral), latents)


def test_the_discriminators_gradient_is_its_own(tmp_path: Path) -> None:
    """The generator's update leaves no gradient in the discriminator, and its parameters trainable."""
    built = make(tmp_path, variants.TINY)
    train(built, 1)
    before = [p.grad.clone() for p in built.discriminator.parameters()]
    assert all(p.requires_grad for p in built.discriminator.parameters())
    fresh = make(tmp_path, variants.TINY)
    batch = next(Batches(images(), size=32, seed=0))
    latents = fresh.sample_latent(32, streams.generator(0, streams.TRAINING_LATENTS, 1, 0))
    loss = fresh.objective.discriminator_loss(
        fresh.discriminator, batch, fresh.generator(latents).detach(), fresh.config
    )
    total(loss).backward()
    assert all(torch.equal(a, p.grad) for a, p in zip(before, fresh.discriminator.parameters(), strict=True))


def test_batches_drop_the_last_and_resume_anywhere() -> None:
    """Each epoch shows whole batches only, and position 5 is position 5 however it was reached."""
    walked = Batches(images(70), size=32, seed=4)
    seen = [next(walked) for _ in range(6)]
    assert walked.per_epoch == 2
    assert torch.equal(next(Batches(images(70), size=32, seed=4, taken=5)), seen[5])
    rows = torch.cat(seen[:2]).flatten(1)
    assert len(torch.unique(rows, dim=0)) == 64
    with pytest.raises(VariantError, match="larger than the training set"):
        Batches(images(10), size=32, seed=0)


def test_divergence_names_the_step_and_the_term(tmp_path: Path) -> None:
    """A loss that stops being finite ends the run with its name."""
    text = (
        variants.TINY
        + """

def generator_loss(discriminator, fake, config):
    recon, _ = discriminator(fake)
    Counter.steps += 1
    return {"energy": ((recon - fake) ** 2).mean(), "odd": fake.mean() / (0.0 if Counter.steps > 3 else 1.0)}


class Counter:
    steps = 0
"""
    )
    with pytest.raises(Diverged, match=r"generator\.odd became -?(inf|nan) at step 4"):
        train(make(tmp_path, text))


def test_a_crash_names_the_step_and_the_line(tmp_path: Path) -> None:
    """An exception in user code carries the user's own line."""
    text = (
        variants.TINY
        + """

def generator_loss(discriminator, fake, config):
    raise ValueError("no loss today")
"""
    )
    with pytest.raises(Crashed, match="ValueError: no loss today at step 1") as caught:
        train(make(tmp_path, text))
    assert caught.value.line is not None
    assert text.splitlines()[caught.value.line.line - 1].strip().startswith("raise")


STEP = """

def train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):
    real = next(batches)
    z = torch.randn(len(real), config.latent_dim, generator=rng)
    discriminator_opt.zero_grad()
    fake = generator(z)
    recon_real, _ = discriminator(real)
    recon_fake, _ = discriminator(fake.detach())
    loss = ((recon_real - real) ** 2).flatten(1).mean(1).mean() + (
        config.margin - ((recon_fake - fake.detach()) ** 2).flatten(1).mean(1)).relu().mean()
    loss.backward()
    discriminator_opt.step()
    generator_opt.zero_grad()
    fake = generator(z)
    recon, code = discriminator(fake)
    unit = code / code.norm(dim=1, keepdim=True).clamp_min(1e-12)
    cos = unit @ unit.T
    n = len(z)
    pt = (cos.square().sum() - cos.diagonal().square().sum()) / (n * (n - 1))
    loss_g = ((recon - fake) ** 2).flatten(1).mean(1).mean() + config.pull_away_weight * pt
    loss_g.backward()
    generator_opt.step()
    return {"d": loss, "g": loss_g}
"""


def test_an_own_train_step_takes_the_same_batches_and_latents(tmp_path: Path) -> None:
    """A user's step that does what the standard one does ends at the same weights, to rounding."""
    own, standard = make(tmp_path, variants.TINY + STEP), make(tmp_path, variants.TINY)
    recorder = train(own, 3, probes="default")
    train(standard, 3)
    for a, b in zip(own.generator.parameters(), standard.generator.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)  # PT is summed in another order
    columns = recorder.columns()
    assert {"loss.step.d", "energy.mean_squared.real.mean", "energy.mean_squared.fake.mean"} <= set(columns)
    assert np.isfinite(columns["energy.mean_squared.fake.mean"]).all()


OBJECTIVE = """

class Objective:
    def __init__(self, config):
        self.k, self.epochs, self.pretrained = 0.5, 0, 0

    def before_training(self, discriminator, batches):
        next(batches)
        self.pretrained += 1

    def discriminator_loss(self, discriminator, real, fake, config):
        return energy(discriminator(real)[0], real).mean() - self.k * energy(discriminator(fake)[0], fake).mean()

    def generator_loss(self, discriminator, fake, config):
        return energy(discriminator(fake)[0], fake).mean()

    def after_step(self, energies):
        self.k += 0.01 * float(energies["real"].mean() - energies["fake"].mean())

    def after_epoch(self, energies):
        self.epochs += 1
        self.sizes = (len(energies["real"]), len(energies["fake"]))

    def state_dict(self):
        return {"k": self.k, "epochs": self.epochs}

    def load_state_dict(self, state):
        self.k, self.epochs = state["k"], state["epochs"]
"""


def test_an_objective_with_state_has_its_hooks_called(tmp_path: Path) -> None:
    """before_training once, after_step every step with one energy a sample, after_epoch with a whole epoch's."""
    built = make(tmp_path, variants.TINY + OBJECTIVE)
    train(built, 12)
    objective = built.objective
    assert objective.pretrained == 1
    assert objective.epochs == 2  # 13 batches taken, 6 an epoch
    assert objective.sizes == (6 * 32, 6 * 32)
    assert objective.k != 0.5


def test_real_and_fake_are_told_apart_however_the_loss_calls_d(tmp_path: Path) -> None:
    """Fake first, or both in one batch: the probes see the same energies."""
    orders = {
        "real first": "r, f = discriminator(real)[0], discriminator(fake)[0]",
        "fake first": "f = discriminator(fake)[0]\n    r = discriminator(real)[0]",
        "one batch": "both = discriminator(torch.cat([real, fake]))[0]\n    r, f = both.chunk(2)",
        "one batch, fake first": "both = discriminator(torch.cat([fake, real]))[0]\n    f, r = both.chunk(2)",
    }
    seen = []
    for order in orders.values():
        text = (
            variants.TINY
            + f"""

def discriminator_loss(discriminator, real, fake, config):
    {order}
    return energy(r, real).mean() + (config.margin - energy(f, fake)).relu().mean()
"""
        )
        columns = train(make(tmp_path, text), 1, probes="default").columns()
        seen.append([columns[f"energy.mean_squared.{side}.mean"][0] for side in ("real", "fake")])
    assert not math.isclose(*seen[0], rel_tol=1e-3)
    for other in seen[1:]:
        assert other == pytest.approx(seen[0], rel=1e-5)


def test_batchnorm_in_eval_mode_is_left_alone(tmp_path: Path) -> None:
    """A frozen BatchNorm does not get a second update that the published loop would not make."""
    text = variants.TINY.replace("return self.net(z)", "self.net[1].eval()\n        return self.net(z)")
    one, other = make(tmp_path, text), make(tmp_path, text)
    train(one)
    published(other)
    assert isinstance(one.generator.net[1], nn.BatchNorm1d)
    assert_same(one, other)

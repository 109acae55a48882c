"""Probes that run the nets, each against a slow, obvious twin; the double they run; what they do where they cannot."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import variants
from torch import Tensor, nn

from ebdiag import store, words
from ebdiag.build import Built, build
from ebdiag.double import Double
from ebdiag.load import load
from ebdiag.pipeline import Comparison, Request
from ebdiag.probes import (
    PROBE_SETS,
    Probe,
    all_probes,
    balance,
    company,
    corruptions,
    default_probes,
    images,
    jacobian,
    modes,
    probes_of,
    reconstruction,
    terms,
    units,
    weights,
)  # fmt: skip
from ebdiag.records import Recipe, Run
from ebdiag.series import Recorder
from ebdiag.step import Batches, Moment, Trainer
from ebdiag.stills import stills
from ebdiag.watch import Silent

FLOAT32 = 1e-4
"""Relative tolerance of sums of a few thousand float32 values in another order."""

NORMED = variants.BATCHNORM.replace(", nn.Dropout(0.2)", "")


def pixels(count: int = 80) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(1)) * 2 - 1


def made(folder: Path, text: str = variants.TINY) -> Built:
    return build(Recipe(load(variants.write(folder, text))), seed=0, device="cpu")


def looked(built: Built, step: int = 2) -> Moment:
    """A moment after some training, with the stills in it; its nets may be run."""
    batches = Batches(pixels(), size=16, seed=0)
    trainer = Trainer(built, batches, single_pass=False, watching=True)
    for number in range(1, step + 1):
        seen = trainer.step(number)
    return replace(seen, stills=stills(built, pixels(), pixels().flip(0)))


def mean_squared(built: Built, batch: Tensor) -> list[float]:
    """Energy of each image, pixel by pixel in float64."""
    with torch.no_grad():
        recon, _ = built.discriminator(batch)
    return [((r - x).double() ** 2).mean().item() for r, x in zip(recon, batch, strict=True)]


# ---- stills ---------------------------------------------------------------------------------------------------


def test_stills_are_what_they_are_called(tmp_path: Path) -> None:
    """Each kind from its definition; the same for every seed; nobody's random state moves."""
    built = made(tmp_path)
    state = torch.get_rng_state()
    found = stills(built, pixels(), pixels().flip(0))
    assert torch.equal(torch.get_rng_state(), state)
    other = build(built.recipe, seed=5, device="cpu")
    again = stills(other, pixels(), pixels().flip(0))
    assert all(torch.equal(images, again.images[kind]) for kind, images in found.images.items())
    assert torch.equal(found.latents, again.latents)
    seen = found.images
    assert torch.equal(seen["real"], pixels()[:64])
    assert torch.equal(seen["held_out"], pixels().flip(0)[:64])
    held, noise = seen["held_out"], seen["noise"]
    assert -1 <= noise.min().item() < -0.99
    assert 0.99 < noise.max().item() <= 1
    for i in (0, 7, 63):
        assert sorted(seen["shuffled"][i].flatten().tolist()) == sorted(held[i].flatten().tolist())
        assert not torch.equal(seen["shuffled"][i], held[i])
        torch.testing.assert_close(seen["corrupted_25"][i], 0.75 * held[i] + 0.25 * noise[i])
        torch.testing.assert_close(seen["corrupted_75"][i], 0.25 * held[i] + 0.75 * noise[i])
        torch.testing.assert_close(seen["interpolated"][i], 0.5 * held[i] + 0.5 * held[i - 1])
    order = [held[i].flatten().argsort().argsort() for i in (0, 1)]
    assert not torch.equal(seen["shuffled"][0].flatten()[order[0]], seen["shuffled"][1].flatten()[order[1]])


# ---- twins ----------------------------------------------------------------------------------------------------


def test_energies_of_stills_twin(tmp_path: Path) -> None:
    """Each kind in each mode, pixel by pixel; with BatchNorm the modes differ."""
    built = made(tmp_path, NORMED)
    seen = looked(built)
    assert seen.stills is not None
    kinds = {**seen.stills.images, "fake": seen.fake}
    for mode, probes in (("eval", (images, corruptions)), ("train", (modes,))):
        columns: dict[str, Tensor] = {}
        for probe in probes:
            columns |= probe.observe(seen)
        assert set(columns) == {f"energy.{mode}.{kind}" for kind in kinds}
        built.discriminator.train(mode == "train")
        for kind, batch in kinds.items():
            expected = np.mean(mean_squared(built, batch))
            assert columns[f"energy.{mode}.{kind}"].item() == pytest.approx(expected, rel=FLOAT32), (mode, kind)
    assert modes.observe(replace(seen, built=made(tmp_path))) == {}


def test_company_twin(tmp_path: Path) -> None:
    """Alone is a batch of copies of one image, however many; among its own kind; mixed with the other."""
    built = made(tmp_path, NORMED)
    seen = looked(built)
    columns = company.observe(seen)
    built.discriminator.train()
    for side, batch in (("real", seen.real), ("fake", seen.fake)):
        assert batch is not None
        copies = [mean_squared(built, image.expand(64, 1, 28, 28))[0] for image in batch[:4]]
        assert columns[f"energy.alone.{side}"].item() == pytest.approx(np.mean(copies), rel=1e-3)
        among = mean_squared(built, batch)[:4]
        assert columns[f"energy.among.{side}"].item() == pytest.approx(np.mean(among), rel=FLOAT32)
    assert seen.real is not None
    assert seen.fake is not None
    mixed = mean_squared(built, torch.cat([seen.real, seen.fake]))
    assert columns["energy.mixed.real"].item() == pytest.approx(np.mean(mixed[:4]), rel=FLOAT32)
    assert columns["energy.mixed.fake"].item() == pytest.approx(np.mean(mixed[16:20]), rel=FLOAT32)
    assert columns["energy.alone.real"].item() != pytest.approx(columns["energy.among.real"].item(), rel=0.01)


def test_company_makes_no_difference_without_batchnorm(tmp_path: Path) -> None:
    """An image's energy is its own."""
    columns = company.observe(looked(made(tmp_path)))
    for side in ("real", "fake"):
        values = [columns[f"energy.{how}.{side}"].item() for how in ("alone", "among", "mixed")]
        assert values == pytest.approx([values[0]] * 3, rel=FLOAT32)


def test_reconstruction_twin(tmp_path: Path) -> None:
    """Codes of what the decoder gave back, their pull-away term by a double loop."""
    built = made(tmp_path)
    seen = looked(built)
    columns = reconstruction.observe(seen)
    with torch.no_grad():
        _, code = built.discriminator(seen.recon_real)
    rows = code.double().numpy()
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = [unit[i] @ unit[j] for i in range(len(unit)) for j in range(len(unit)) if i != j]
    pull_away = np.mean(np.square(cosines))
    assert columns["pull_away.paper.recon"].item() == pytest.approx(pull_away, rel=FLOAT32)
    assert columns["codes.directions.recon"].item() == pytest.approx(16 / (1 + 15 * pull_away), rel=FLOAT32)
    assert columns["codes.cosine.recon"].item() == pytest.approx(np.mean(cosines), abs=1e-5)


def backward(loss: Tensor, net: nn.Module) -> np.ndarray:
    """Gradient of a loss in a net by `.backward()`, as one vector."""
    net.zero_grad()
    loss.backward(retain_graph=True)
    parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in net.parameters()]
    return np.concatenate([part.double().flatten().numpy() for part in parts])


def test_terms_and_balance_twin(tmp_path: Path) -> None:
    """Each gradient by a backward pass of its own through losses written out by hand."""
    built = made(tmp_path)
    seen = looked(built)
    found, weighed = terms.observe(seen), balance.observe(seen)
    generator, discriminator = built.generator, built.discriminator

    def energy(batch: Tensor) -> Tensor:
        recon, _ = discriminator(batch)
        return ((recon - batch) ** 2).flatten(1).mean(1)

    def pull_away(code: Tensor) -> Tensor:
        total = torch.zeros(())
        unit = [row / row.norm() for row in code]
        for i, a in enumerate(unit):
            for j, b in enumerate(unit):
                total = total + ((a @ b) ** 2 if i != j else 0)
        return total / (len(unit) * (len(unit) - 1))

    assert seen.stills is not None
    fake = generator(seen.stills.latents)
    expected = {
        "discriminator.energy_real": backward(energy(seen.real).mean(), discriminator),
        "discriminator.hinge": backward((1.0 - energy(seen.fake)).relu().mean(), discriminator),
        "generator.energy_fake": backward(energy(fake).mean(), generator),
        "generator.pull_away": 0.1 * backward(pull_away(discriminator(fake)[1]), generator),
    }
    for name, gradient in expected.items():
        size = np.linalg.norm(gradient)
        net = name.split(".")[0]
        both = sum(np.linalg.norm(g) for other, g in expected.items() if other.startswith(net))
        assert found[f"gradient.term.{name}"].item() == pytest.approx(size, rel=1e-3), name
        assert found[f"gradient.share.{name}"].item() == pytest.approx(size / both, rel=1e-3), name
    a, b = expected["generator.energy_fake"], expected["generator.pull_away"]
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert weighed["gradient.cosine.energy_pull_away"].item() == pytest.approx(cosine, abs=1e-4)
    ratio = np.linalg.norm(b) / np.linalg.norm(a)
    assert weighed["gradient.ratio.pull_away"].item() == pytest.approx(ratio, rel=1e-3)
    leaf = fake.detach().requires_grad_()
    energy(leaf).mean().backward()
    rows = leaf.grad.flatten(1).double().numpy()
    coherence = np.linalg.norm(rows.mean(0)) / np.mean(np.linalg.norm(rows, axis=1))
    assert weighed["gradient.coherence.energy"].item() == pytest.approx(coherence, rel=1e-3)


def test_a_dead_term_has_no_share(tmp_path: Path) -> None:
    """A pull-away term without gradient and a hinge that is never open are seen to do nothing."""
    text = variants.TINY.replace("margin: float = 1.0", "margin: float = 0.0") + (
        "\n\ndef pull_away(code):\n    return (code.detach() ** 2).mean()\n"
    )
    seen = looked(made(tmp_path, text))
    columns = terms.observe(seen) | balance.observe(seen)
    assert columns["gradient.share.generator.pull_away"].item() == 0.0
    assert columns["gradient.share.generator.energy_fake"].item() == 1.0
    assert columns["gradient.share.discriminator.hinge"].item() == 0.0
    assert columns["gradient.ratio.pull_away"].item() == 0.0
    assert math.isnan(columns["gradient.cosine.energy_pull_away"].item())


def test_jacobian_twin(tmp_path: Path) -> None:
    """The projection of full Jacobians, and near the Frobenius norm that it estimates; eval mode; width two."""
    text = variants.TINY.replace("margin: float", "pixel_range: tuple = (0.0, 1.0)\n    margin: float")
    built = made(tmp_path, text)
    seen = looked(built)
    assert seen.stills is not None
    found = jacobian.observe(seen)["generator.jacobian"].item()
    built.generator.eval()
    latents = seen.stills.latents
    signs = jacobian.signs(torch.empty(64, 1, 28, 28)).flatten(1)
    assert set(signs.flatten().tolist()) == {-1.0, 1.0}
    projected, frobenius = [], []
    for z, v in zip(latents, signs, strict=True):
        full = torch.autograd.functional.jacobian(lambda z: built.generator(z[None]).flatten(), z, vectorize=True)
        projected.append((full.T @ v).square().sum().item())
        frobenius.append(full.square().sum().item())
    assert found == pytest.approx(2 * math.sqrt(np.mean(projected)), rel=FLOAT32)
    assert found == pytest.approx(2 * math.sqrt(np.mean(frobenius)), rel=0.25)  # 64 projections, 8 directions


def test_a_generator_that_ignores_its_latents_has_no_jacobian(tmp_path: Path) -> None:
    """‖dG/dz‖ is 0 where one image comes out whatever goes in."""
    seen = looked(made(tmp_path, variants.TINY.replace("self.net(z)", "self.net(z * 0)")), 1)
    assert jacobian.observe(seen)["generator.jacobian"].item() == 0.0


class Layers(nn.Module):
    """Weights of all kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 4)
        self.body = nn.Sequential(nn.Linear(7, 4), nn.BatchNorm1d(4))
        self.normed = nn.utils.parametrizations.spectral_norm(nn.Linear(6, 6))
        self.own = nn.Parameter(torch.randn(3, 2))


def test_weights_twin(tmp_path: Path) -> None:
    """Spectral norm, stable and effective rank by numpy's SVD, of every matrix and of nothing else."""
    torch.manual_seed(3)
    built = replace(made(tmp_path), discriminator=Layers())
    columns = weights.observe(Moment(1, built, {}))
    net = built.discriminator
    expected = {
        "conv": net.conv.weight.flatten(1), "body.0": net.body[0].weight,
        "normed": net.normed.weight, "own": net.own,
    }  # fmt: skip
    assert {name.split("discriminator.")[1] for name in columns} == set(expected)
    for name, weight in expected.items():
        values = np.linalg.svd(weight.detach().double().numpy(), compute_uv=False)
        share = values**2 / np.sum(values**2)
        ranks = {
            "spectral_norm": values[0],
            "stable_rank": np.sum(values**2) / values[0] ** 2,
            "effective_rank": math.exp(-sum(p * math.log(p) for p in share if p > 0)),
        }
        for statistic, value in ranks.items():
            found = columns[f"weights.{statistic}.discriminator.{name}"].item()
            assert found == pytest.approx(value, rel=1e-5), (name, statistic)


def test_large_weights_are_measured_by_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Near the exact spectral norm; no effective rank."""
    weight = torch.randn(30, 40, generator=torch.Generator().manual_seed(7))
    exact = weights.spectrum(weight)
    monkeypatch.setattr(weights, "EXACT", 10)
    largest, everything, rank = weights.spectrum(weight)
    assert rank is None
    assert everything == exact[1]
    assert largest.item() == pytest.approx(exact[0].item(), rel=0.02)
    assert largest <= exact[0] * (1 + 1e-12)


def test_units_twin() -> None:
    """Features and channels that never move, counted value by value; layers that only reshape do not count."""
    torch.manual_seed(4)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26 * 26, 10), nn.ReLU())
    with torch.no_grad():
        net[0].bias[1] = -1e3
        net[3].weight[:3] = 0
        net[3].bias[4] = -1e5
    batch = pixels(9)
    outputs, x = [], batch
    for layer in net:
        x = layer(x)
        if not isinstance(layer, nn.Flatten):
            outputs.append(x.detach().movedim(1, -1).reshape(-1, x.shape[1]).numpy())
    dead = [[len(set(column.tolist())) == 1 for column in output.T] for output in outputs]
    assert [sum(layer) for layer in dead] == [0, 1, 3, 4]
    found = units.constant(net, batch)
    assert [layer.tolist() for layer in found] == dead
    assert not net[0]._forward_hooks


def test_units_of_both_nets(tmp_path: Path) -> None:
    """Share of all units of a net, and of its worst layer."""
    text = variants.TINY.replace("return self.decoder(code)", "code = code * torch.tensor([0.0] + [1.0] * 15)\n        "
                                 "return self.decoder(code)")  # fmt: skip
    built = made(tmp_path, text)
    seen = looked(built)
    with torch.no_grad():
        built.discriminator.encoder[1].weight[:4] = 0
    columns = units.observe(seen)
    assert columns["units.dead.discriminator"].item() == pytest.approx(4 / (16 + 784))
    assert columns["units.dead_worst.discriminator"].item() == pytest.approx(4 / 16)
    assert columns["units.dead.generator"].item() <= columns["units.dead_worst.generator"].item() < 1


# ---- the double -----------------------------------------------------------------------------------------------


def test_a_double_stands_where_the_original_does_and_shares_nothing(tmp_path: Path) -> None:
    """Weights, buffers, modes and plain attributes are equal after every step, and no storage is common."""
    text = variants.BATCHNORM.replace("code = self.encoder(x)", "self.seen = getattr(self, 'seen', 0) + 1\n        "
                                      "code = self.encoder(x)")  # fmt: skip
    built, double = made(tmp_path, text), Double()
    batches = Batches(pixels(), size=16, seed=0)
    trainer = Trainer(built, batches, single_pass=False, watching=True)
    for step in (1, 2):
        trainer.step(step)
        built.discriminator.decoder[1].eval()
        with double.nets(built, step, "test") as twin:
            assert twin is not built
            assert twin.discriminator.seen == built.discriminator.seen == 3 * step + 1  # and once by the reader
            for role in ("generator", "discriminator"):
                net, other = getattr(built, role), getattr(twin, role)
                for (name, a), b in zip(net.state_dict().items(), other.state_dict().values(), strict=True):
                    assert torch.equal(a, b), name
                    assert a.data_ptr() != b.data_ptr(), name
                assert [m.training for m in net.modules()] == [m.training for m in other.modules()]


def test_a_double_draws_the_same_every_time_and_moves_no_random_state(tmp_path: Path) -> None:
    """Dropout, randn and numpy draws repeat for a step and a probe, and differ between them."""
    built, double = made(tmp_path, variants.RANDOM), Double()
    latents = torch.randn(4, 8)
    before = torch.get_rng_state(), np.random.get_state()[1].tobytes()

    def drawn(step: int, name: str) -> Tensor:
        with double.nets(built, step, name) as twin, torch.no_grad():
            result: Tensor = twin.generator(latents)
            return result

    first = drawn(1, "one")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tobytes() == before[1]
    assert torch.equal(first, drawn(1, "one"))
    assert not torch.equal(first, drawn(2, "one"))
    assert not torch.equal(first, drawn(1, "other"))


def test_an_objectives_state_is_copied_and_stays_its_own(tmp_path: Path) -> None:
    """A loss that counts its calls is called by probes without the original noticing."""
    text = (
        variants.TINY
        + """

class Objective:
    def __init__(self, config):
        self.k = 0.0

    def discriminator_loss(self, discriminator, real, fake, config):
        self.k += 1.0
        return {"real": self.k * energy(discriminator(real)[0], real).mean()}

    def generator_loss(self, discriminator, fake, config):
        return energy(discriminator(fake)[0], fake).mean()
"""
    )
    built, double = made(tmp_path, text), Double()
    seen = looked(built, 3)
    for _ in range(2):
        with double.nets(built, 3, "terms") as twin:
            columns = terms.observe(replace(seen, built=twin))
            assert twin.objective.k == 4.0
    assert built.objective.k == 3.0
    assert columns["gradient.share.generator.loss"].item() == 1.0


# ---- what cannot be looked at -----------------------------------------------------------------------------------


def observed(built: Built, probes: tuple[Probe, ...], steps: int = 1) -> Recorder:
    recorder = Recorder(probes, stills(built, pixels(), pixels().flip(0)))
    trainer = Trainer(built, Batches(pixels(), size=16, seed=0), single_pass=True, watching=True)
    for number in range(1, steps + 1):
        recorder.before(number, built)
        recorder.observe(trainer.step(number))
    return recorder


BROKEN: dict[str, tuple[Callable[[str], str], set[str], str]] = {
    "a forward that raises in eval mode": (
        lambda text: text.replace("code = self.encoder(x)", "if not self.training:\n            "
                                  "raise RuntimeError('never in eval mode')\n        code = self.encoder(x)"),
        {"images", "corruptions"}, "never in eval mode",
    ),
    "a generator without a derivative": (
        lambda text: text.replace("return self.net(z)", "if not self.training:\n            z = z.detach()\n        "
                                  "return self.net(z)"),
        {"jacobian"}, "not have been used in the graph",
    ),
    "a discriminator for one size of batch": (
        lambda text: text.replace("code = self.encoder(x)", "assert len(x) > 2, 'too few'\n        "
                                  "code = self.encoder(x)"),
        {"company"}, "too few",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_looked_at_costs_its_own_series_only(tmp_path: Path, name: str) -> None:
    """The probe is named with the reason and the first step; every other column is there."""
    change, lost, reason = BROKEN[name]
    whole = observed(made(tmp_path), all_probes(), 2)
    assert whole.failed == {}
    broken = observed(made(tmp_path, change(variants.TINY)), all_probes(), 2)
    assert set(broken.failed) == lost
    assert all(reason in failure.reason and failure.step == 1 for failure in broken.failed.values())
    missing = set(whole.columns()) - set(broken.columns())
    assert missing
    others = tuple(probe for probe in all_probes() if probe.name not in lost)
    assert set(broken.columns()) == set(observed(made(tmp_path), others, 2).columns())


def test_a_discriminator_that_is_no_autoencoder_has_what_applies(tmp_path: Path) -> None:
    """One number a sample: no energies and no codes, but terms, units, Jacobian and spectra; nothing fails."""
    text = (variants.HEADER + variants.CONFIG + variants.GENERATOR + """

class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x):
        return self.net(x)[:, 0]


def discriminator_loss(discriminator, real, fake, config):
    return discriminator(fake).mean() - discriminator(real).mean()


def generator_loss(discriminator, fake, config):
    return -discriminator(fake).mean()
""")  # fmt: skip
    recorder = observed(made(tmp_path, text), all_probes())
    assert recorder.failed == {}
    columns = set(recorder.columns())
    assert not [name for name in columns if name.startswith(("energy", "codes", "pull_away", "hinge", "began"))]
    assert {"generator.jacobian", "units.dead.discriminator", "gradient.coherence.fake"} <= columns
    assert {"gradient.share.generator.loss", "weights.spectral_norm.discriminator.net.1"} <= columns


def test_an_own_train_step_keeps_its_terms(tmp_path: Path) -> None:
    """What it minimises is not known by name, and nothing is made up."""
    text = variants.TINY + "\n\ndef train_step(*arguments):\n    raise NotImplementedError\n"
    built = made(tmp_path, text)
    seen = replace(looked(made(tmp_path)), built=built)
    assert terms.observe(seen) == {}


# ---- sets and the store -----------------------------------------------------------------------------------------


def test_each_set_holds_the_ones_before_it() -> None:
    """none, default, all; names are unique; a probe that is not free looks at a multiple of a hundredth or more."""
    names = [[probe.name for probe in probes_of(name)] for name in PROBE_SETS]
    assert names[0] == []
    assert set(names[1]) < set(names[2])
    assert len(set(names[2])) == len(names[2])
    assert [probe.name for probe in default_probes()] == names[1]
    assert {probe.every_steps for probe in all_probes()} == {1, 10, 50}  # a checkpoint is a multiple of each


@pytest.mark.parametrize("asked", PROBE_SETS)
@pytest.mark.parametrize("stored", PROBE_SETS)
def test_richer_series_answer_for_poorer_ones(stored: str, asked: str) -> None:
    """And never the other way; another version answers only where none are asked for."""
    enough = PROBE_SETS.index(stored) >= PROBE_SETS.index(asked)
    assert store.answers(store.probes_key(stored), asked) == enough
    assert store.answers(f"{stored}-0", asked) == (asked == "none")


class Heard(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def say(self, text: str) -> None:
        self.sentences.append(text)


def compared(path: str, probes: str, steps: int = 12) -> tuple[Run, list[str]]:
    """The one run of a comparison of a variant with itself, and what was said."""
    heard = Heard()
    comparison = Comparison(Request(ref=path, mine=path, steps=steps, seeds=1, jobs=1, probes=probes), heard)
    return comparison.run(comparison.prepare())["mine"][0], heard.sentences


def columns_of(run: Run) -> tuple[set[str], list[int]]:
    import pyarrow.parquet as pq

    table = pq.read_table(store.RunFolder(Path(run.folder)).series)
    return set(table.column_names), table["step"].to_pylist()


def test_what_was_recorded_with_all_answers_for_default_and_not_the_reverse(tmp_path: Path) -> None:
    """A poorer run is trained again, and that is said; a richer one is stored and goes on as it began."""
    path = variants.write(tmp_path, variants.TINY)
    first, _ = compared(path, "default")
    assert first.trained == 12
    again, said = compared(path, "all")
    assert again.trained == 12
    assert words.poorer_series("mine", 0, "default", "all") in said
    assert "recorded with --probes default" in said[-1]
    log = store.RunFolder(Path(again.folder)).log.read_text()
    assert "recorded with --probes default" in log
    for probes in ("default", "none"):
        run, said = compared(path, probes)
        assert run.trained == 0
        assert not [text for text in said if "trained again" in text]
    longer, _ = compared(path, "default", 20)
    assert longer.trained == 8
    names, steps = columns_of(longer)
    assert steps == list(range(1, 21))
    assert {"generator.jacobian", "energy.eval.shuffled"} <= names
    assert compared(path, "all", 20)[0].trained == 0


def test_a_probe_that_cannot_look_is_a_note_on_the_run(tmp_path: Path) -> None:
    """Once, with its name, whatever it was resumed from; the run finishes and the store repeats the note."""
    change, _, _ = BROKEN["a discriminator for one size of batch"]
    text = change(variants.TINY).replace("batch_size: int = 32", "batch_size: int = 64")
    path = variants.write(tmp_path, text)
    expected = (words.probe_failed("company", 1, "AssertionError: too few"),)
    for steps, trained in ((5, 5), (8, 3), (8, 0)):
        run, _ = compared(path, "all", steps)
        assert (run.status, run.trained, run.notes) == ("finished", trained, expected)
    assert compared(path, "default", 8)[0].notes == expected


def test_the_documentation_has_the_cost_of_every_probe_at_its_interval() -> None:
    """One row a probe with its set and k; what they cost together is below 5 and 25 per cent."""
    page = (Path(__file__).parent.parent / "docs" / "assets" / "probe_costs.md").read_text("utf-8")
    rows = {cells[0]: cells[1:] for line in page.splitlines() if len(cells := line.strip("| ").split(" | ")) == 7}
    default = {probe.name for probe in default_probes()}
    for probe in all_probes():
        assert rows[f"`{probe.name}`"][:2] == ["default" if probe.name in default else "all", str(probe.every_steps)]
    for name, limit in (("default", 5.0), ("all", 25.0)):
        found = [line for line in page.splitlines() if line.startswith((f"| all of `{name}`", f"| `{name}` against"))]
        assert len(found) == 2
        assert all(0 < float(share) < limit for line in found for share in re.findall(r"([\d.]+) %", line))

"""Each probe against a slow, obvious twin."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import variants
from torch import Tensor

from ebdiag import series, streams
from ebdiag.build import build
from ebdiag.load import load
from ebdiag.probes import Probe, began, codes, energies, gradients, hinge, losses, pixels, pull_away, updates
from ebdiag.records import Recipe
from ebdiag.step import Batches, Moment, Trainer

BATCH, DIM = 12, 5
BATCH_OF_500 = (5, 1, 10, 10)


def moment(**changes: object) -> Moment:
    rng = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=rng)

    config = SimpleNamespace(margin=1.5, pixel_range=(0.0, 1.0))
    built = SimpleNamespace(
        config=config,
        energy=lambda recon, x: (recon - x).abs().flatten(1).mean(1),
        pull_away=lambda code: code.sum() * 0 + 0.25,
    )
    values: dict[str, object] = {
        "step": 1, "built": built, "terms": {"discriminator.hinge": torch.tensor(0.5)},
        "real": draw(BATCH, 1, 4, 4), "fake": draw(BATCH, 1, 4, 4),
        "recon_real": draw(BATCH, 1, 4, 4), "recon_fake": draw(BATCH, 1, 4, 4),
        "code_real": draw(BATCH, DIM), "code_fake": 3 * draw(BATCH, DIM), "margin": 1.5,
    }  # fmt: skip
    return Moment(**{**values, **changes})  # type: ignore[arg-type]


def test_energies_twin() -> None:
    """Each reduction, pixel by pixel in Python."""
    seen = moment()
    columns = energies.observe(seen)
    for side, image, recon in (("real", seen.real, seen.recon_real), ("fake", seen.fake, seen.recon_fake)):
        for i in range(BATCH):
            pixels_of = zip(image[i].flatten().tolist(), recon[i].flatten().tolist(), strict=True)
            gaps = [r - x for x, r in pixels_of]
            squares = sum(g * g for g in gaps)
            expected = {
                "mean_squared": squares / len(gaps),
                "l1": sum(abs(g) for g in gaps) / len(gaps),
                "l2": math.sqrt(squares),
                "sum": squares,
            }
            for name, value in expected.items():
                assert columns[f"energy.{name}.{side}"][i].item() == pytest.approx(value, rel=1e-5)


def test_energies_do_not_depend_on_the_variants_own() -> None:
    """The canonical energies ignore the variant's energy; the hinge uses it."""
    other = SimpleNamespace(**vars(moment().built))
    other.energy = lambda recon, x: (recon - x).abs().flatten(1).mean(1) * 0
    plain, changed = moment(), moment(built=other)
    for name, value in energies.observe(plain).items():
        assert torch.equal(value, energies.observe(changed)[name])
    assert hinge.observe(changed)["hinge.active"].item() == 1.0


def test_hinge_twin() -> None:
    """Share of fakes below the margin in the variant's own energy; the batch mean is one question."""
    seen = moment()
    own = [(seen.recon_fake[i] - seen.fake[i]).abs().mean().item() for i in range(BATCH)]
    for margin in (0.0, 1.0, sorted(own)[3] + 1e-6, 9.0):
        columns = hinge.observe(moment(margin=margin))
        assert columns["hinge.active"].item() == pytest.approx(sum(e < margin for e in own) / BATCH)
        assert columns["hinge.active_batch_mean"].item() == float(sum(own) / BATCH < margin)


def test_codes_twin() -> None:
    """Pull-away by a double loop, trace and effective rank by numpy's covariance."""
    seen = moment()
    columns = codes.observe(seen)
    for side, code in (("real", seen.code_real), ("fake", seen.code_fake)):
        rows = code.double().numpy()
        cosines = [
            (rows[i] @ rows[j] / np.linalg.norm(rows[i]) / np.linalg.norm(rows[j])) ** 2
            for i in range(BATCH) for j in range(BATCH) if i != j
        ]  # fmt: skip
        assert columns[f"pull_away.paper.{side}"].item() == pytest.approx(sum(cosines) / len(cosines), rel=1e-5)
        n = BATCH
        directions = n / (1 + (n - 1) * sum(cosines) / len(cosines))
        assert columns[f"codes.directions.{side}"].item() == pytest.approx(directions, rel=1e-5)
        plain = [
            rows[i] @ rows[j] / np.linalg.norm(rows[i]) / np.linalg.norm(rows[j])
            for i in range(BATCH) for j in range(BATCH) if i != j
        ]  # fmt: skip
        assert columns[f"codes.cosine.{side}"].item() == pytest.approx(np.mean(plain), abs=1e-6)
        assert columns[f"codes.spread.{side}"].tolist() == pytest.approx(rows.std(0, ddof=1).tolist(), rel=1e-5)
        assert columns[f"codes.dead.{side}"].item() == 0.0
        share = np.linalg.eigvalsh(np.cov(rows.T))
        share = share / share.sum()
        expected = math.exp(-sum(p * math.log(p) for p in share if p > 0))
        assert columns[f"codes.effective_rank.{side}"].item() == pytest.approx(expected, rel=1e-6)
        assert columns[f"codes.top_share.{side}"].item() == pytest.approx(max(share), rel=1e-6)
        held, needed = 0.0, 0
        for p in sorted(share, reverse=True):
            if held >= 0.9:
                break
            held, needed = held + p, needed + 1
        assert columns[f"codes.dimensions_90.{side}"].item() == needed
    ratio = np.trace(np.cov(seen.code_fake.numpy().T)) / np.trace(np.cov(seen.code_real.numpy().T))
    assert columns["codes.trace_ratio"].item() == pytest.approx(ratio, rel=1e-5)


def test_the_spectrum_is_the_same_from_either_side() -> None:
    """Wider than the batch or not, the Gram matrix has the same spectrum."""
    wide = torch.randn(8, 40, generator=torch.Generator().manual_seed(2)).double()
    share = np.linalg.svd((wide - wide.mean(0)).numpy(), compute_uv=False) ** 2
    share = share / share.sum()
    expected = math.exp(-sum(p * math.log(p) for p in share if p > 1e-300))
    assert codes.statistics(wide, "real")["codes.effective_rank.real"].item() == pytest.approx(expected, rel=1e-6)


def test_the_number_of_directions_is_an_order_two_vendi_score() -> None:
    """1 / Σλ² of the squared-cosine kernel divided by n: computed from its eigenvalues."""
    code = moment().code_fake
    unit = (code / code.norm(dim=1, keepdim=True)).double().numpy()
    eigenvalues = np.linalg.eigvalsh(unit @ unit.T / BATCH)
    assert codes.directions(code).item() == pytest.approx(1 / np.sum(eigenvalues**2), rel=1e-5)


def test_directions_of_known_codes() -> None:
    """Parallel or opposite codes use one direction, k orthogonal ones k, whatever their lengths."""
    line = torch.tensor([[1.0, 2.0], [2.0, 4.0], [-3.0, -6.0]])
    assert codes.directions(line).item() == pytest.approx(1.0)
    assert codes.directions(torch.diag(torch.tensor([1.0, 5.0, 0.1, 7.0]))).item() == pytest.approx(4.0)


def test_the_shuffled_baseline_keeps_each_dimension_and_breaks_their_tie() -> None:
    """Each column holds the same values in another order; codes along one line become many directions."""
    code = torch.randn(200, 1, generator=torch.Generator().manual_seed(4)) * torch.ones(1, 8)
    mixed = codes.shuffled(code)
    assert torch.equal(mixed.sort(0).values, code.sort(0).values)
    assert not torch.equal(mixed, code)
    assert torch.equal(mixed, codes.shuffled(code))
    assert codes.directions(code).item() == pytest.approx(1.0, abs=1e-4)
    assert codes.directions(mixed).item() > 6
    same = torch.ones(BATCH, DIM)
    assert codes.observe(moment(code_fake=same))["codes.directions.shuffled"].item() == pytest.approx(1.0)


def test_dead_dimensions_are_counted() -> None:
    """A dimension that is constant is dead, zero or not; one that moves a little is not."""
    code = moment().code_real.clone()
    code[:, 0], code[:, 3] = 0.0, 2.5
    code[:, 4] = 1 + 1e-3 * code[:, 4]
    assert codes.observe(moment(code_real=code))["codes.dead.real"].item() == pytest.approx(2 / DIM)


def test_codes_without_variance_or_with_nan_have_no_spectrum() -> None:
    """nan, not a crash and not a number."""
    for bad in (torch.ones(BATCH, DIM), torch.full((BATCH, DIM), float("nan"))):
        columns = codes.statistics(bad, "fake")
        for name in ("effective_rank", "top_share", "dimensions_90"):
            assert math.isnan(columns[f"codes.{name}.fake"].item()), name


def test_the_variants_own_pull_away_is_called() -> None:
    """Its mean where it is not one number."""
    assert pull_away.observe(moment()) == {f"pull_away.own.{side}": 0.25 for side in ("real", "fake")}


def test_collapsed_codes_have_pull_away_one_and_no_variance() -> None:
    """Identical fakes: the paper's term is 1 and the variance ratio 0."""
    same = torch.ones(BATCH, DIM)
    columns = codes.observe(moment(code_fake=same))
    assert columns["pull_away.paper.fake"].item() == pytest.approx(1.0)
    assert columns["codes.trace_ratio"].item() == 0.0


def test_gradients_twin(tmp_path: Path) -> None:
    """The norm over all parameters of a net, summed in Python."""
    built = build(Recipe(load(variants.write(tmp_path, variants.TINY))), seed=0, device="cpu")
    built.generator(torch.randn(4, 8)).square().sum().backward()
    columns = gradients.observe(moment(built=built))
    squares = sum(g * g for p in built.generator.parameters() for g in p.grad.double().flatten().tolist())
    assert columns["gradient.generator"].item() == pytest.approx(math.sqrt(squares), rel=1e-5)
    assert "gradient.discriminator" not in columns


def test_coherence_twin() -> None:
    """Norm of the mean gradient over the mean norm, element by element; 1 where all agree, 0 where they cancel."""
    told = moment().real
    rows = [t.flatten().tolist() for t in told]
    norms = [math.sqrt(sum(v * v for v in row)) for row in rows]
    mean = [sum(column) / BATCH for column in zip(*rows, strict=True)]
    columns = gradients.observe(moment(built=_bare(), told=told))
    expected = math.sqrt(sum(v * v for v in mean)) / (sum(norms) / BATCH)
    assert columns["gradient.coherence.fake"].item() == pytest.approx(expected, rel=1e-5)
    assert columns["gradient.fake"].item() == pytest.approx(sum(norms), rel=1e-5)
    same = told[:1].expand(BATCH, -1, -1, -1)
    assert gradients.coherence(same)[1].item() == pytest.approx(1.0)
    assert gradients.coherence(torch.cat([told, -told]))[1].item() == pytest.approx(0.0, abs=1e-7)
    assert math.isnan(gradients.coherence(told * 0)[1].item())


def _bare() -> SimpleNamespace:
    """Nets without parameters."""
    return SimpleNamespace(generator=torch.nn.Identity(), discriminator=torch.nn.Identity())


STEPS = {
    "standard": "",
    "plain": """

def train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):
    real = next(batches)
    z = sample_latent(len(real), config, rng)
    for opt, loss in ((discriminator_opt, discriminator_loss), (generator_opt, generator_loss)):
        opt.zero_grad()
        fake = generator(z)
        arguments = (real, fake, config) if loss is discriminator_loss else (fake, config)
        terms = loss(discriminator, *arguments)
        sum(terms.values()).backward()
        opt.step()
    return terms
""",
}


@pytest.mark.parametrize("step", STEPS)
def test_what_the_generator_is_told_is_the_gradient_of_its_loss(tmp_path: Path, step: str) -> None:
    """In the standard step, and in an own one whose discriminator loss sends a gradient to the fakes as well."""
    path = variants.write(tmp_path, variants.TINY + STEPS[step])
    built, again = (build(Recipe(load(path)), seed=0, device="cpu") for _ in range(2))
    batches = Batches(torch.rand(64, 1, 28, 28) * 2 - 1, size=32, seed=0)
    trainer = Trainer(built, batches, single_pass=step == "standard", watching=True)
    again.discriminator.load_state_dict(built.discriminator.state_dict())
    before = {name: value.clone() for name, value in built.generator.state_dict().items()}
    seen = trainer.step(1)
    again.generator.load_state_dict(before)
    again.discriminator.load_state_dict(built.discriminator.state_dict())
    latents = again.sample_latent(32, streams.generator(0, streams.TRAINING_LATENTS, 1, 0))
    fake = again.generator(latents).detach().requires_grad_()
    terms = again.objective.generator_loss(again.discriminator, fake, again.config)
    (expected,) = torch.autograd.grad(sum(terms.values()), fake)
    torch.testing.assert_close(seen.told, expected)


def test_updates_twin(tmp_path: Path) -> None:
    """Change over size of all weights of a net, number by number, and the largest such share of a matrix."""
    built = build(Recipe(load(variants.write(tmp_path, variants.TINY))), seed=0, device="cpu")
    kept = updates.before(built)
    rng = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for p in (*built.generator.parameters(), *built.discriminator.parameters()):
            p.add_(0.01 * torch.randn(p.shape, generator=rng))
    columns = updates.observe(moment(built=built, before=kept))
    for role in ("generator", "discriminator"):
        moved = size = 0.0
        shares = []
        for old, new in zip(kept[role], getattr(built, role).parameters(), strict=True):
            a, b = old.double().flatten().numpy(), new.detach().double().flatten().numpy()
            moved, size = moved + ((b - a) ** 2).sum(), size + (a**2).sum()
            if old.ndim == 2:
                shares.append(math.sqrt(((b - a) ** 2).sum() / (a**2).sum()))
        assert columns[f"update.{role}"].item() == pytest.approx(math.sqrt(moved / size), rel=1e-4)
        assert columns[f"update_largest.{role}"].item() == pytest.approx(max(shares), rel=1e-4)
    assert updates.observe(moment(built=built)) == {}


def test_began_twin() -> None:
    """M from the variant's own energies; γ of its Config, else one half."""
    seen = moment()
    real, fake = (
        np.mean([(r - x).abs().mean().item() for r, x in zip(recon, images, strict=True)])
        for recon, images in ((seen.recon_real, seen.real), (seen.recon_fake, seen.fake))
    )
    found = began.observe(seen)["began.convergence"].item()
    assert found == pytest.approx(real + abs(0.5 * real - fake), rel=1e-5)
    seen.built.config.gamma = 0.9
    found = began.observe(seen)["began.convergence"].item()
    assert found == pytest.approx(real + abs(0.9 * real - fake), rel=1e-5)


def test_saturation_twin() -> None:
    """Values at the ends of the range that the output keeps, counted in Python; none where it keeps none."""
    rng = torch.Generator().manual_seed(6)
    wide = torch.randn(500, generator=rng) * 3
    for output, low, high in ((wide.tanh(), -1.0, 1.0), (wide.sigmoid(), 0.0, 1.0)):
        edge = 0.01 * (high - low)
        expected = sum(v < low + edge or v > high - edge for v in output.tolist()) / 500
        assert 0.1 < expected < 0.9
        assert pixels.saturated(output).item() == pytest.approx(expected)
    assert pixels.saturated(wide).item() == 0.0
    columns = pixels.observe(moment(recon_fake=wide.tanh().view(BATCH_OF_500)))
    assert columns["pixels.saturated.recon_fake"].item() == pytest.approx(pixels.saturated(wide.tanh()).item())


def test_pixels_twin() -> None:
    """Spread over samples of each pixel, on a range of width two whatever the variant's."""
    seen = moment()
    flat = seen.fake.flatten(1).double().numpy()
    expected = np.mean([np.std(flat[:, p], ddof=1) for p in range(flat.shape[1])]) * 2
    assert pixels.observe(seen)["pixels.spread"].item() == pytest.approx(expected, rel=1e-5)


def test_losses_are_what_the_variant_returned() -> None:
    """Each term under its own name."""
    assert losses.observe(moment())["loss.discriminator.hinge"].item() == 0.5


def test_what_a_variant_has_not_is_absent() -> None:
    """No reconstruction, no energies; no code, no code statistics."""
    bare = moment(recon_real=None, recon_fake=None, code_real=None, code_fake=None)
    for probe in (energies, hinge, codes, began):
        assert probe.observe(bare) == {}
    assert pull_away.observe(bare) == {}


def test_series_hold_means_and_quantiles_at_their_steps() -> None:
    """A vector becomes its mean and quantiles; a probe that is not due leaves a gap."""
    values = {step: torch.randn(50, generator=torch.Generator().manual_seed(step)) for step in range(1, 13)}
    recorder = series.Recorder(
        (
            Probe("every", 1, lambda m: {"v": values[m.step]}),
            Probe("tenth", 10, lambda m: {"s": values[m.step][0]}),
        )
    )
    for step in values:
        recorder.observe(moment(step=step))
    columns = recorder.columns()
    for i, (step, vector) in enumerate(values.items()):
        ordered = sorted(vector.tolist())
        assert columns["v.mean"][i] == pytest.approx(sum(ordered) / 50, abs=1e-6)
        assert ordered[0] <= columns["v.q05"][i] <= columns["v.q25"][i] <= columns["v.q50"][i] <= ordered[-1]
        assert math.isnan(columns["s"][i]) == (step not in (1, 10))
    assert columns["v.q50"][3] == pytest.approx(np.median(values[4].double().numpy()), abs=1e-6)


def test_series_go_on_where_they_ended(tmp_path: Path) -> None:
    """Rows up to the resumed step, then the new ones; a column that came late is empty before."""
    import pyarrow.parquet as pq

    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    series.write(old, {"step": np.arange(1, 8), "a": np.arange(7.0)}, None, 0)
    series.write(new, {"step": np.arange(6, 9), "a": np.full(3, 9.0), "b": np.ones(3)}, old, 5)
    table = pq.read_table(new).to_pydict()
    assert table["step"] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert table["a"] == [0.0, 1.0, 2.0, 3.0, 4.0, 9.0, 9.0, 9.0]
    assert table["b"][:5] == [None] * 5

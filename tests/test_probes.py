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

from ebdiag import series
from ebdiag.build import build
from ebdiag.load import load
from ebdiag.probes import Probe, codes, energies, gradients, hinge, losses, pixels
from ebdiag.records import Recipe
from ebdiag.step import Moment

BATCH, DIM = 12, 5


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
        "code_real": draw(BATCH, DIM), "code_fake": 3 * draw(BATCH, DIM),
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
        seen.built.config.margin = margin
        columns = hinge.observe(seen)
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
        assert columns[f"pull_away.own.{side}"].item() == 0.25
        share = np.linalg.eigvalsh(np.cov(rows.T))
        share = share / share.sum()
        expected = math.exp(-sum(p * math.log(p) for p in share if p > 0))
        assert columns[f"codes.effective_rank.{side}"].item() == pytest.approx(expected, rel=1e-6)
    ratio = np.trace(np.cov(seen.code_fake.numpy().T)) / np.trace(np.cov(seen.code_real.numpy().T))
    assert columns["codes.trace_ratio"].item() == pytest.approx(ratio, rel=1e-5)


def test_effective_rank_is_the_same_from_either_side() -> None:
    """Wider than the batch or not, the Gram matrix has the same spectrum."""
    wide = torch.randn(8, 40, generator=torch.Generator().manual_seed(2)).double()
    centred = wide - wide.mean(0)
    share = np.linalg.svd(centred.numpy(), compute_uv=False) ** 2
    share = share / share.sum()
    expected = math.exp(-sum(p * math.log(p) for p in share if p > 1e-300))
    assert codes.effective_rank(centred).item() == pytest.approx(expected, rel=1e-6)


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
    for probe in (energies, hinge, codes):
        assert probe.observe(bare) == {}


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

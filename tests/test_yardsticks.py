"""Energies to measure a margin by, against numpy and scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import variants
from sklearn.decomposition import PCA

from ebdiag import yardsticks as module
from ebdiag.build import Built, build
from ebdiag.data import load_images, prepare, to_model
from ebdiag.device import environment
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.yardsticks import yardsticks


def made(folder: Path, extra: str = "") -> Built:
    return build(Recipe(load(variants.write(folder, variants.TINY + extra))), seed=0, device="cpu")


def images() -> torch.Tensor:
    rng = torch.Generator().manual_seed(2)
    return (torch.randn(90, 6, generator=rng) @ torch.randn(6, 36, generator=rng)).view(90, 1, 6, 6).tanh()


@pytest.mark.parametrize("wide", [False, True])
def test_yardsticks_twin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wide: bool) -> None:
    """Mean image by loops, principal components by scikit-learn; the same from either side of the problem."""
    if wide:
        monkeypatch.setattr(module, "WIDE", 10)
    found = yardsticks(made(tmp_path), images(), 4)
    rows = images().flatten(1).double().numpy()
    assert found["mean_image"] == pytest.approx(np.mean([np.mean((row - rows.mean(0)) ** 2) for row in rows]))
    pca = PCA(4).fit(rows)
    expected = np.mean((pca.inverse_transform(pca.transform(rows)) - rows) ** 2)
    assert found["pca"] == pytest.approx(expected, rel=1e-6)
    assert found["mean_image_own"] == pytest.approx(found["mean_image"], rel=1e-5)
    assert found["pca_own"] == pytest.approx(found["pca"], rel=1e-5)
    assert (found["code"], found["images"]) == (4, 90)


def test_own_energies_are_the_variants_own(tmp_path: Path) -> None:
    """In its reduction and range, as its margin is; the canonical ones stay on a range of width two."""
    built = made(tmp_path, "\n\ndef energy(recon, x):\n    return (recon - x).flatten(1).norm(dim=1)\n")
    narrow = (images() + 1) / 2
    object.__setattr__(built.config, "pixel_range", (0.0, 1.0))
    calls = dict(built.calls)
    found, plain = yardsticks(built, narrow, 3), yardsticks(made(tmp_path), images(), 3)
    assert dict(built.calls) == calls
    assert found["pca"] == pytest.approx(plain["pca"], rel=1e-5)
    flat = narrow.flatten(1).double().numpy()
    expected = np.mean([np.linalg.norm(row - flat.mean(0)) for row in flat])
    assert found["mean_image_own"] == pytest.approx(expected, rel=1e-5)


def test_an_energy_that_cannot_be_asked_is_left_out(tmp_path: Path) -> None:
    """None for its own, numbers for the canonical ones."""
    built = made(tmp_path, "\n\ndef energy(recon, x):\n    raise ValueError('not like this')\n")
    found = yardsticks(built, images(), 3)
    assert (found["mean_image_own"], found["pca_own"]) == (None, None)
    assert found["pca"] is not None


def test_yardsticks_of_the_digits(tmp_path: Path) -> None:
    """About .27 for the mean image and .068 for 32 components, as known of these digits; in the facts of a variant."""
    real = load_images("mnist5k").train
    built = made(tmp_path)
    found = yardsticks(built, to_model(real, image_shape=(1, 28, 28), pixel_range=(-1.0, 1.0)), 32)
    assert found["mean_image"] == pytest.approx(0.27, abs=0.01)
    assert found["pca"] == pytest.approx(0.068, abs=0.002)
    facts = inspect(Recipe(load(variants.write(tmp_path, variants.TINY))), prepare("digits"), environment("cpu", 1))
    assert facts.yardsticks["code"] == 16
    assert set(facts.yardsticks) == set(found)

"""The shipped feature net: what it is, how sure it is, and that its distance grows with damage."""

from __future__ import annotations

import hashlib
from importlib import resources

import numpy as np
import pytest
import torch
from torch.nn import functional

from ebdiag import data, features
from ebdiag.errors import EbdiagError
from ebdiag.features.lenet import halve
from ebdiag.metrics.frechet import frechet_distance
from ebdiag.reference import load_reference

LEAST_ACCURACY = 0.98
BATCH_TOLERANCE = 1e-5  # float32 rounding of sums of 512 products in another blocking
GREY = (1, 28, 28)


@pytest.fixture(scope="module")
def digits() -> data.Images:
    """The real digits."""
    return data.load_images("mnist5k")


def held_out(digits: data.Images) -> torch.Tensor:
    """Real digits that the net was not trained on, float32 in [0, 1]."""
    return torch.from_numpy(digits.held_out).float() / 255


def test_the_shipped_net_reads_98_percent_of_unseen_digits(digits: data.Images) -> None:
    """Held-out accuracy is at least .98."""
    _, probabilities = features.load_features("digits-lenet", GREY).embed(held_out(digits))
    assert probabilities is not None
    assert (probabilities.argmax(1) == digits.held_out_labels).mean() >= LEAST_ACCURACY


def test_the_shipped_weights_are_the_pinned_ones() -> None:
    """The file in the package has the hash in the code, and is small enough to ship."""
    content = (resources.files("ebdiag") / "assets" / "digits-lenet.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == features.DIGITS_LENET_SHA256
    assert len(content) < 500_000
    assert features.load_features("digits-lenet", GREY).digest == features.DIGITS_LENET_SHA256[:16]


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that does not match is an error that names the file and both hashes."""
    monkeypatch.setattr(features, "DIGITS_LENET_SHA256", "0" * 64)
    with pytest.raises(EbdiagError, match=r"digits-lenet\.safetensors: the shipped feature net is damaged\n  expected"):
        features.load_features("digits-lenet", GREY)


@pytest.mark.parametrize("name", ["digits-lenet", "random-conv"])
def test_features_do_not_depend_on_the_batch(name: str, digits: data.Images) -> None:
    """One image has the features that it has among others, in [N, d] between 64 and 128 wide."""
    images = held_out(digits)[:600]
    net = features.load_features(name, GREY)
    together, _ = net.embed(images)
    alone = np.concatenate([net.embed(image[None])[0] for image in images[:5]])
    np.testing.assert_allclose(alone, together[:5], rtol=BATCH_TOLERANCE, atol=BATCH_TOLERANCE)
    assert 64 <= together.shape[1] <= 128
    assert together.dtype == np.float32


def test_random_features_repeat_and_take_any_shape() -> None:
    """Two nets of one shape are the same net; colour, tiny and large images have features."""
    first, second = (features.load_features("random-conv", (3, 32, 32)) for _ in range(2))
    assert first.digest == second.digest
    for shape in ((3, 32, 32), (1, 8, 8), (3, 96, 80)):
        found, classes = features.load_features("random-conv", shape).embed(torch.rand(4, *shape))
        assert found.shape == (4, 128)
        assert classes is None
        assert np.isfinite(found).all()


def test_the_net_for_a_data_set() -> None:
    """Grey digits are read by the classifier, all else by random features; other names are refused."""
    assert [features.features_for(name, GREY) for name in ("mnist5k", "digits", "mnist")] == ["digits-lenet"] * 3
    assert features.features_for("fashion_mnist", GREY) == "random-conv"
    with pytest.raises(EbdiagError, match=r"unknown feature net 'digits-lent'\. Did you mean 'digits-lenet'"):
        features.load_features("digits-lent", GREY)
    with pytest.raises(EbdiagError, match="reads grey images only\n  expected 1 channel, got 3"):
        features.load_features("digits-lenet", (3, 28, 28))


def test_halve_is_max_pooling() -> None:
    """The faster form gives the same bits as torch's pooling."""
    maps = torch.randn(3, 4, 8, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(halve(maps), functional.max_pool2d(maps, 2))


def noise(images: torch.Tensor, amount: float) -> torch.Tensor:
    """Normal noise of that standard deviation."""
    drawn = torch.randn(images.shape, generator=torch.Generator().manual_seed(1))
    return (images + amount * drawn).clamp(0, 1)


def blur(images: torch.Tensor, amount: float) -> torch.Tensor:
    """Gaussian blur of that width in pixels."""
    steps = torch.arange(-6, 7).float()
    kernel = torch.exp(-steps.square() / (2 * amount**2))
    kernel = kernel / kernel.sum()
    rows = functional.conv2d(images, kernel.view(1, 1, 1, -1), padding=(0, 6))
    return functional.conv2d(rows, kernel.view(1, 1, -1, 1), padding=(6, 0))


def crop(images: torch.Tensor, amount: float) -> torch.Tensor:
    """An edge of that many pixels made black on all sides."""
    edge = int(amount)
    return functional.pad(images[..., edge:-edge, edge:-edge], (edge,) * 4)


@pytest.mark.parametrize(
    ("damage", "amounts"), [(noise, (0.05, 0.1, 0.2, 0.4)), (blur, (0.5, 0.8, 1.2, 2.0)), (crop, (5, 7, 9, 11))]
)
@pytest.mark.parametrize("name", ["digits-lenet", "random-conv"])
def test_distance_grows_with_damage(name: str, damage: object, amounts: tuple[float, ...], digits: data.Images) -> None:
    """More noise, blur or cropping of real digits is a larger Fréchet distance, from none on."""
    assert callable(damage)
    real = load_reference(digits, name).statistics
    net = features.load_features(name, GREY)
    images = held_out(digits)
    scores = [frechet_distance(real, net.embed(images)[0]).value]
    scores += [frechet_distance(real, net.embed(damage(images, amount))[0]).value for amount in amounts]
    assert scores == sorted(set(scores))


@pytest.mark.parametrize("name", ["digits-lenet", "random-conv"])
def test_distance_grows_with_dropped_modes(name: str, digits: data.Images) -> None:
    """The fewer of the ten digits are left, the larger the distance."""
    real = load_reference(digits, name).statistics
    found, _ = features.load_features(name, GREY).embed(held_out(digits))
    assert digits.held_out_labels is not None
    scores = [frechet_distance(real, found[digits.held_out_labels < kept]).value for kept in (10, 8, 5, 2, 1)]
    assert scores == sorted(set(scores))

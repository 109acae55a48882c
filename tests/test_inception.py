"""Inception-v3 through torch-fidelity, with weights of the right format that are made here; nothing is downloaded."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from ebdiag import data, features, reference
from ebdiag.errors import EbdiagError
from ebdiag.features import INCEPTION, INCEPTION_FILE, inception_weights, load_features
from ebdiag.metrics.frechet import frechet_distance, real_statistics
from ebdiag.pipeline import Comparison, Request
from ebdiag.records import Weights
from ebdiag.scores import Scores
from ebdiag.scores import images as scored
from ebdiag.store import measures_key
from ebdiag.watch import Silent

IMAGES = 6
GREY = (1, 8, 8)
FLOAT32_TOLERANCE = 1e-4  # 2,048 sums of thousands of float32 products, in batches of another size


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in torch-fidelity's format, as `torch.save` writes them."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Unfilled(FeatureExtractorInceptionV3):  # type: ignore[misc]
        def load_state_dict(self, *args: object, **named: object) -> None:
            """The weights that the constructor drew stay."""

    folder = tmp_path_factory.mktemp("inception")
    torch.save({}, folder / "empty.pth")
    torch.manual_seed(5)
    net = Unfilled("drawn", ["2048"], feature_extractor_weights_path=str(folder / "empty.pth"))
    torch.save(net.state_dict(), folder / "weights.pth")
    return folder / "weights.pth"


@pytest.fixture(scope="module")
def weights(file: Path) -> Weights:
    """The record of that file."""
    found = inception_weights(str(file))
    assert found is not None
    return found


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever asks for a connection fails."""

    def refuse(*args: object, **named: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr("socket.socket.connect", refuse)


def test_features_are_those_of_torch_fidelity(weights: Weights, no_network: None) -> None:
    """Bytes, three channels, the pooled layer: what the library's own extractor gives, asked in its own way."""
    from torch_fidelity.utils import create_feature_extractor

    pixels = data.load_images("digits").train[:IMAGES]
    found, classes = load_features(INCEPTION, GREY, weights=weights).embed(torch.from_numpy(pixels).float() / 255)
    net = create_feature_extractor(
        INCEPTION, ["2048"], feature_extractor_weights_path=weights.path, cuda=False, verbose=False
    )
    (expected,) = net(torch.from_numpy(np.repeat(pixels, 3, axis=1)))
    np.testing.assert_allclose(found, expected.numpy(), rtol=FLOAT32_TOLERANCE, atol=FLOAT32_TOLERANCE)
    assert (found.shape, found.dtype, classes) == ((IMAGES, 2048), np.float32, None)
    assert np.ptp(found, axis=0).max() > 0


def test_loading_and_asking_leaves_random_state_and_gradients(weights: Weights) -> None:
    """torch-fidelity draws while it builds the net: none of that is seen outside."""
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    before = (random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes())
    load_features(INCEPTION, GREY, weights=weights).embed(torch.zeros(1, *GREY))
    after = (random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes())
    assert after == before
    assert torch.is_grad_enabled()


def test_the_distance_in_inception_features(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: None
) -> None:
    """fid_inception is the Fréchet distance of the first images of both kinds; details name the weights."""
    monkeypatch.setenv("EBDIAG_CACHE", str(tmp_path))
    for module in (reference, scored):
        monkeypatch.setattr(module, "INCEPTION_IMAGES", IMAGES)
    images, spec = data.load_images("digits"), data.prepare("digits")
    native = torch.from_numpy(images.held_out).float() / 255
    own, _ = load_features(spec.features, images.shape).embed(native)
    scores = Scores()
    scored.score_images_thoroughly(
        scores, native, own, images, spec, device=torch.device("cpu"), inception=weights
    )  # fmt: skip
    net = load_features(INCEPTION, images.shape, weights=weights)
    real, fake = (
        net.embed(torch.from_numpy(part[:IMAGES]).float() / 255)[0] for part in (images.train, images.held_out)
    )
    expected = frechet_distance(real_statistics(real), fake).value
    assert expected > 0
    assert scores.values["fid_inception"] == pytest.approx(expected, rel=FLOAT32_TOLERANCE)
    details = scores.details["fid_inception"]
    assert (details["n"], details["n_real"], details["d"]) == (IMAGES, IMAGES, 2048)
    assert (details["weights"], details["published"]) == (weights.digest[:16], False)


def test_weights_are_found_where_they_are(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option, the environment, torch-fidelity's cache by its word; without any of these none, in silence."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.delenv("EBDIAG_INCEPTION", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert inception_weights(None) is None
    assert inception_weights(str(file)) == Weights(str(file), digest)
    monkeypatch.setenv("EBDIAG_INCEPTION", str(file))
    assert inception_weights(None) == Weights(str(file), digest)
    with pytest.raises(EbdiagError, match=f"{INCEPTION_FILE}: the weights of Inception-v3 are not there") as caught:
        inception_weights("cached")
    assert "ebdiag never downloads it" in str(caught.value)
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    os.link(file, tmp_path / "hub" / "checkpoints" / INCEPTION_FILE)
    assert inception_weights("cached") == Weights(str(tmp_path / "hub" / "checkpoints" / INCEPTION_FILE), digest)


def test_the_cache_is_where_torch_has_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folder that torch itself would load from, which is not imported to find out."""
    for variable, value in (("TORCH_HOME", str(tmp_path)), ("XDG_CACHE_HOME", str(tmp_path / "xdg")), ("HOME", "/x")):
        for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, value)
        assert str(features._torch_cache()) == os.path.join(torch.hub.get_dir(), "checkpoints")


class Evil:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("ran",))


def test_other_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that runs code, one that is no archive, another net's state dict, one that changed: named, not run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.pth").write_bytes(pickle.dumps(Evil()))
    torch.save(Evil(), tmp_path / "code-in-archive.pth")
    (tmp_path / "text.pth").write_text("no weights")
    torch.save({"layer.weight": torch.zeros(2)}, tmp_path / "other.pth")
    torch.save([torch.zeros(2)], tmp_path / "list.pth")
    for name in ("code", "code-in-archive", "text", "other", "list"):
        given = inception_weights(str(tmp_path / f"{name}.pth"))
        with pytest.raises(EbdiagError, match=rf"{name}\.pth: these are not the weights of torch-fidelity's Inception"):
            load_features(INCEPTION, GREY, weights=given)
    assert not (tmp_path / "ran").exists()
    changed = Weights(str(tmp_path / "other.pth"), "0" * 64)
    with pytest.raises(EbdiagError, match="which was 0000000000000000 when it was asked for"):
        load_features(INCEPTION, GREY, weights=changed)
    with pytest.raises(EbdiagError, match="feature net 'inception-v3-compat' has no weights"):
        load_features(INCEPTION, GREY)


def test_weights_are_part_of_what_scores_and_of_the_command(file: Path) -> None:
    """Runs keep their names, scores that are made with Inception get their own; the command repeats the option."""
    request = Request(ref="ref:ebgan_pt", mine="ref:ebgan_pt", dataset="digits", steps=1, seeds=1)
    asked = Request(**{**vars(request), "inception": str(file)})
    assert f"--inception {file}" in asked.command()
    specs = []
    for one in (request, asked):
        planned = Comparison(one, Silent()).prepare()
        specs.append(planned.specs["mine"][0])
    assert specs[0].id == specs[1].id
    assert specs[1].inception is not None
    assert measures_key(specs[0], 1) != measures_key(specs[1], 1)

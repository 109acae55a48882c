"""Data sets: what is in them, how they are cut, converted, kept and refused."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from PIL import Image

from ebdiag import data, sources
from ebdiag.errors import EbdiagError
from ebdiag.metrics.frechet import frechet_distance, real_statistics

FLOAT32_TOLERANCE = 1e-6  # rounding of one scaling in float32


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of the test's own."""
    monkeypatch.setenv("EBDIAG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def paint(folder: Path, count: int, *, size: tuple[int, int] = (12, 10), mode: str = "L", first: int = 0) -> None:
    """Write `count` noisy pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(first)
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], 3)
    for index in range(first, first + count):
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(folder / f"{index:04}.png")


def test_mnist5k_is_cut_into_the_same_4000_and_1000_for_ever() -> None:
    """The split is stratified by digit, and its pixels, labels and order have the pinned digest."""
    images = data.load_images("mnist5k")
    assert images.train.shape == (4000, 1, 28, 28)
    assert images.held_out.shape == (1000, 1, 28, 28)
    assert images.train_labels is not None
    assert images.held_out_labels is not None
    assert np.bincount(images.train_labels).tolist() == [400] * 10
    assert np.bincount(images.held_out_labels).tolist() == [100] * 10
    assert images.digest == "0e25f5d7d35c0575"


def test_the_digits_of_scikit_learn_use_all_grey_levels() -> None:
    """Values 0 to 16 become 0 to 255, a fifth of every digit is held out."""
    images = data.load_images("digits")
    assert images.shape == (1, 8, 8)
    assert len(images.train) + len(images.held_out) == 1797
    assert (images.train.min(), images.train.max()) == (0, 255)
    assert images.held_out_labels is not None
    assert np.bincount(images.held_out_labels).min() >= 34


def test_a_split_has_every_index_once_and_depends_on_the_salt_only() -> None:
    """The two parts are a partition, repeat exactly and differ between data sets."""
    labels = np.arange(103) % 4
    train, held_out = sources.split(103, "some", labels)
    assert sorted([*train, *held_out]) == list(range(103))
    again = sources.split(103, "some", labels)
    assert (train == again[0]).all()
    assert (held_out == again[1]).all()
    assert set(held_out) != set(sources.split(103, "other", labels)[1])


@pytest.mark.parametrize("pixel_range", [(-1.0, 1.0), (0.0, 1.0), (-2.0, 6.0)])
def test_to_model_and_to_native_are_inverse(pixel_range: tuple[float, float]) -> None:
    """An image brought to a model's range and back is the same image, and nothing of it is clipped."""
    images = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    there = data.to_model(images, image_shape=(1, 16, 16), pixel_range=pixel_range)
    assert (there.min().item(), there.max().item()) == pytest.approx(pixel_range)
    back, clipped = data.to_native(there, pixel_range=pixel_range, native_shape=(1, 16, 16))
    assert clipped == 0
    np.testing.assert_allclose(back.numpy(), images / 255, atol=FLOAT32_TOLERANCE)


def test_to_native_clips_and_says_how_much() -> None:
    """Pixels outside the range are clipped and counted; a rounding error outside is not counted."""
    images = torch.zeros(1, 1, 2, 2)
    images[0, 0] = torch.tensor([[1.5, -1.001], [0.0, -9.0]])
    native, clipped = data.to_native(images, pixel_range=(-1.0, 1.0), native_shape=(1, 2, 2))
    assert clipped == 0.5
    assert native.flatten().tolist() == [1.0, 0.0, 0.5, 0.0]


def test_channels_and_sizes_are_converted_and_said() -> None:
    """Grey becomes three equal channels, colour its luma, another size is resampled; each has its sentence."""
    grey = np.full((2, 1, 8, 8), 100, dtype=np.uint8)
    coloured = data.to_model(grey, image_shape=(3, 16, 16), pixel_range=(0.0, 1.0))
    assert coloured.shape == (2, 3, 16, 16)
    torch.testing.assert_close(coloured, torch.full_like(coloured, 100 / 255))
    green = np.zeros((1, 3, 4, 4), dtype=np.uint8)
    green[:, 1] = 255
    luma = data.to_model(green, image_shape=(1, 4, 4), pixel_range=(0.0, 1.0))
    torch.testing.assert_close(luma, torch.full((1, 1, 4, 4), 0.587))
    notes = data.conversion_notes((1, 8, 8), (3, 16, 16))
    assert len(notes) == 2
    assert "8×8 to 16×16" in notes[0]
    assert "repeated from grey" in notes[1]
    assert data.conversion_notes((1, 28, 28), (1, 28, 28)) == []


def test_an_unknown_data_set_is_refused_with_a_guess(cache: Path) -> None:
    """The message names the wrong word, the nearest right one and all that are known; nothing is made up."""
    for ask in (data.load_images, data.cached_spec):
        with pytest.raises(
            EbdiagError, match=r"unknown data set 'mnits5k'. Did you mean 'mnist5k'\? Known: mnist5k, dig"
        ):
            ask("mnits5k")


def test_a_failing_download_says_why_and_what_to_do(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network the message names the data set, the cause and a set that needs none."""
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setattr(urllib.request, "_opener", None)  # made with the proxies of its first use
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(EbdiagError, match="data set 'fashion_mnist' is not on this machine") as caught:
        data.load_images("fashion_mnist")
    assert "mnist5k, which needs no download" in str(caught.value)
    assert str(cache) in str(caught.value)
    assert caught.value.got
    assert "refused" in caught.value.got


def test_a_folder_is_read_recursively_at_its_commonest_size(cache: Path, tmp_path: Path) -> None:
    """Odd sizes are resized and said; grey stays grey; a fifth is held out."""
    paint(tmp_path / "pictures" / "deep", 100)
    paint(tmp_path / "pictures", 10, size=(20, 20), first=500)
    images = data.load_images(f"folder:{tmp_path / 'pictures'}")
    assert images.shape == (1, 10, 12)
    assert (len(images.train), len(images.held_out)) == (88, 22)
    assert images.train_labels is None
    assert "10 of 110 images were resized to the commonest size 12×10" in images.notes[0]
    assert data.load_images(f"folder:{tmp_path / 'pictures'}").notes == images.notes


def test_a_changed_folder_is_read_anew(cache: Path, tmp_path: Path) -> None:
    """One picture more gives another set, not the kept one."""
    paint(tmp_path / "pictures", 100)
    before = data.load_images(f"folder:{tmp_path / 'pictures'}")
    paint(tmp_path / "pictures", 5, first=200)
    after = data.load_images(f"folder:{tmp_path / 'pictures'}")
    assert before.digest != after.digest
    assert len(after.train) + len(after.held_out) == 105


def test_folders_that_cannot_be_used_are_named(cache: Path, tmp_path: Path) -> None:
    """No folder, no images, too few images and a broken image each have their own message."""
    with pytest.raises(EbdiagError, match="nowhere: no such folder"):
        data.load_images(f"folder:{tmp_path / 'nowhere'}")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EbdiagError, match="empty: no images in this folder"):
        data.load_images(f"folder:{tmp_path / 'empty'}")
    paint(tmp_path / "few", 99)
    with pytest.raises(EbdiagError, match=r"few: too few images[^\n]*\n  expected at least 100 .* got 99"):
        data.load_images(f"folder:{tmp_path / 'few'}")
    (tmp_path / "few" / "zz.png").write_bytes(b"no picture")
    with pytest.raises(EbdiagError, match=r"zz\.png: cannot be read as an image"):
        data.load_images(f"folder:{tmp_path / 'few'}")


def test_a_damaged_cache_is_noticed_and_redone(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A flipped byte and a file cut short are both told from the real thing, said, and replaced."""
    expected = data.load_images("digits").digest
    (path,) = (cache / "datasets").glob("digits*.npz")
    content = bytearray(path.read_bytes())
    for damage in (bytes(content[: len(content) // 2]), bytes([*content[:2000], content[2000] ^ 1, *content[2001:]])):
        path.write_bytes(damage)
        caplog.clear()
        assert data.load_images("digits").digest == expected
        assert f"{path} is damaged" in caplog.text


def test_a_prepared_set_is_known_again_without_torch(cache: Path) -> None:
    """`cached_spec` is None before, equal to what `prepare` returned after, and imports no torch."""
    assert data.cached_spec("digits") is None
    spec = data.prepare("digits")
    assert data.cached_spec("digits") == spec == data.prepare("digits")
    code = "import sys; from ebdiag import data; assert data.cached_spec('digits'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    (path,) = (cache / "prepared").glob("*.json")
    path.write_text(path.read_text().replace('"coverage_min": 0.2', '"coverage_min": 0.1'))
    assert data.cached_spec("digits") is None


def test_two_who_prepare_at_once_get_the_same(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second takes what the first found: anchors differ in their last digits from process to process."""
    judge, found = data._judge_real, []

    def slowly(images: data.Images) -> data.DataSpec:
        found.append(judge(images))
        second = Thread(target=lambda: found.append(data.prepare("digits")))
        second.start()  # and waits for the lock
        waiting.append(second)
        time.sleep(0.2)
        return found[0]

    waiting: list[Thread] = []
    monkeypatch.setattr(data, "_judge_real", slowly)
    first = data.prepare("digits")
    monkeypatch.setattr(data, "_judge_real", None)
    waiting[0].join()
    assert len(waiting) == 1
    assert found == [first, first]


def test_the_bar_lies_between_real_and_blank_images() -> None:
    """Held-out digits pass the bar by far, blank images miss it by its definition."""
    spec = data.prepare("mnist5k")
    assert spec.bar["fid_max"] == pytest.approx(spec.anchors["blank"] / 5)
    assert spec.anchors["held_out"] < spec.bar["fid_max"] / 20
    assert (spec.bar["digits_min"], spec.features, spec.classes) == (9.0, "digits-lenet", 10)


def test_anchors_of_the_digits_stand_in_the_order_of_their_faults() -> None:
    """Held-out real images, two classes missing, five and two images a class, one image: ever farther away."""
    anchors = data.prepare("mnist5k").anchors
    assert list(anchors) == [
        "held_out", "classes_8", "prototypes_5", "prototypes_2", "repeated", "noise", "blank"
    ]  # fmt: skip
    ladder = [anchors[key] for key in ("held_out", "classes_8", "prototypes_5", "prototypes_2", "repeated")]
    assert ladder == sorted(set(ladder))
    assert anchors["noise"] > 5 * anchors["prototypes_2"]


def test_anchors_are_the_distances_of_what_they_are_called() -> None:
    """Each made again from images: eight classes, the first five of each, one image, repeated 4,000 times."""
    images, spec = data.load_images("digits"), data.prepare("digits")
    assert images.train_labels is not None
    statistics = real_statistics(data.embed_images(images.train, "digits-lenet")[0])

    def distance(pixels: np.ndarray) -> float:
        return frechet_distance(statistics, data.embed_images(pixels, "digits-lenet")[0]).value

    eight = images.train[images.train_labels < 8]
    five = np.concatenate([images.train[images.train_labels == label][:5] for label in range(10)])
    again = {
        "held_out": distance(images.held_out),
        "classes_8": distance(eight),
        "prototypes_5": distance(np.concatenate([five] * 80)),
        "repeated": distance(np.repeat(images.train[:1], 4000, axis=0)),
        "blank": distance(np.zeros_like(images.train[:2])),
    }
    for key, value in again.items():
        assert spec.anchors[key] == pytest.approx(value, rel=1e-5), key


def test_a_folder_is_prepared_with_random_features(cache: Path, tmp_path: Path) -> None:
    """Pictures without classes get the random net and no demand on digits."""
    paint(tmp_path / "pictures", 110, mode="RGB")
    spec = data.prepare(f"folder:{tmp_path / 'pictures'}")
    assert (spec.features, spec.classes, spec.bar["digits_min"], spec.image_shape) == (
        "random-conv",
        0,
        0.0,
        (3, 10, 12),
    )
    assert 0 < spec.anchors["held_out"] < spec.anchors["blank"]
    assert set(spec.anchors) == {"held_out", "repeated", "noise", "blank"}


def test_a_folder_is_the_same_when_it_is_read_again(cache: Path, tmp_path: Path) -> None:
    """To the strides, which decide the order of torch's arithmetic where there is one channel: features are bit-equal.

    Without that the FID of who reads a folder first differs in the ninth digit from that of everybody else.
    """
    paint(tmp_path / "grey", 120, size=(28, 28))
    first, again = (data.load_images(f"folder:{tmp_path / 'grey'}") for _ in range(2))
    assert first.train.strides == again.train.strides
    assert first.held_out.strides == again.held_out.strides
    one, other = (data.embed_images(images.train, "random-conv")[0] for images in (first, again))
    assert np.array_equal(one, other)

"""Images in colour: the folders that they come from, the pictures of the page, the scores, and the paper's model."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import result_factory
import test_rules_of_runs as spoken
import torch
import variants
from PIL import Image
from shapes import KINDS, make_folder
from test_inception import file, weights  # noqa: F401 - fixtures
from torch import nn

import ebdiag
from ebdiag import data, device, pictures, tables
from ebdiag.build import build
from ebdiag.changes import changes, hybrid
from ebdiag.errors import EbdiagError
from ebdiag.evidence import Evidence
from ebdiag.features import INCEPTION, RANDOM_CONV, load_features
from ebdiag.figures import samples
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.metrics.frechet import frechet_distance, real_statistics
from ebdiag.metrics.memorisation import memorised, memory
from ebdiag.records import Recipe, Weights
from ebdiag.store import Store

MODEL = Path(ebdiag.__file__).parent.parent / "reference_models" / "ebgan_conv64.py"
COUNT, SIDE = 120, 16
ROUNDING = 1e-5  # float32 sums over 12,288 pixels, in another order
HALF_A_LEVEL = 0.5 / 255 + 1e-6


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache folder."""
    monkeypatch.setenv("EBDIAG_CACHE", str(tmp_path / "cache"))


def decoded(address: str) -> np.ndarray:
    """Pixels (height, width, …) of an address that holds a picture."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))))


def put(folder: Path, index: int, picture: Image.Image, ending: str = "png") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(folder / f"{index:04}.{ending}")


# --- folders ---


def test_subfolders_are_classes_and_a_plain_folder_has_none(tmp_path: Path) -> None:
    """Labels are the places of the names in order; each class has its fifth held out; pixels stay as they are."""
    classed = data.load_images(make_folder(tmp_path / "classed", COUNT, SIDE, classes=True))
    plain = data.load_images(make_folder(tmp_path / "plain", COUNT, SIDE))
    assert classed.shape == plain.shape == (3, SIDE, SIDE)
    assert classed.train_labels is not None
    assert classed.held_out_labels is not None
    assert np.bincount(classed.train_labels).tolist() == [32] * 3
    assert np.bincount(classed.held_out_labels).tolist() == [8] * 3
    assert plain.train_labels is None
    of_kind = {
        np.asarray(Image.open(path)).tobytes(): path.parent.name for path in (tmp_path / "classed").rglob("*.png")
    }
    for image, label in zip(classed.train, classed.train_labels, strict=True):
        assert of_kind[np.moveaxis(image, 0, -1).tobytes()] == KINDS[label]


@pytest.mark.parametrize("moved", ["00000.png", "deeper/00000.png"])
def test_one_picture_outside_the_subfolders_and_there_are_no_classes(tmp_path: Path, moved: str) -> None:
    """A picture beside the subfolders belongs to no class; one deeper down still belongs to the folder at the top."""
    make_folder(tmp_path / "shapes", COUNT, SIDE, classes=True)
    target = tmp_path / "shapes" / ("" if "/" not in moved else "disc") / moved
    target.parent.mkdir(exist_ok=True)
    (tmp_path / "shapes" / "disc" / "00000.png").rename(target)
    found = data.load_images(f"folder:{tmp_path / 'shapes'}")
    assert (found.train_labels is None) == ("/" not in moved)


def test_classes_give_anchors_of_prototypes(tmp_path: Path) -> None:
    """With classes two images of each repeated are a level; the bar is a fifth of blank, without digits."""
    classed = data.prepare(make_folder(tmp_path / "classed", COUNT, SIDE, classes=True))
    plain = data.prepare(make_folder(tmp_path / "plain", COUNT, SIDE))
    assert (classed.classes, plain.classes) == (3, 0)
    assert set(classed.anchors) - set(plain.anchors) == {"prototypes_2", "prototypes_5"}
    assert classed.anchors["prototypes_5"] < classed.anchors["prototypes_2"] < classed.anchors["repeated"]
    for spec in (classed, plain):
        assert spec.features == RANDOM_CONV
        assert spec.bar["fid_max"] == pytest.approx(spec.anchors["blank"] / 5)
        assert spec.bar["digits_min"] == 0


def test_four_channels_become_three_and_it_is_said(tmp_path: Path) -> None:
    """Transparency is left out, with a note; CMYK is converted by PIL; the colours below are what is read."""
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (100, 8, 8, 3), dtype=np.uint8)
    for index, pixels in enumerate(colours):
        picture = Image.fromarray(pixels)
        if index < 40:
            picture.putalpha(index)
        put(tmp_path / "pictures", index, picture)
    found = data.load_images(f"folder:{tmp_path / 'pictures'}")
    assert found.shape == (3, 8, 8)
    assert found.notes == (
        f"folder:{tmp_path / 'pictures'}: the transparency of 40 of 100 images was left out, as torchvision does",
    )
    read = {image.tobytes() for image in [*found.train, *found.held_out]}
    assert read == {np.moveaxis(pixels, -1, 0).tobytes() for pixels in colours}
    for index in range(100):
        put(tmp_path / "cmyk", index, Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "jpg")
    red = data.load_images(f"folder:{tmp_path / 'cmyk'}").train.mean(axis=(0, 2, 3))
    assert red[0] > 200
    assert max(red[1:]) < 60


def test_grey_of_sixteen_bits_is_what_it_is_of_eight(tmp_path: Path) -> None:
    """PIL's own conversion would make nearly all of it white; floating-point pixels are refused by name."""
    rng = np.random.default_rng(0)
    for index in range(100):
        pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8)
        put(tmp_path / "eight", index, Image.fromarray(pixels))
        put(tmp_path / "sixteen", index, Image.fromarray(pixels.astype(np.uint16) * 257))
        put(tmp_path / "floats", index, Image.fromarray(pixels.astype(np.float32)), "tif")
    eight, sixteen = (data.load_images(f"folder:{tmp_path / name}") for name in ("eight", "sixteen"))
    assert eight.shape == sixteen.shape == (1, 8, 8)
    np.testing.assert_array_equal(eight.train, sixteen.train)
    with pytest.raises(EbdiagError, match=r"0000\.tif: cannot be read as an image\n.*pixels are floating-point"):
        data.load_images(f"folder:{tmp_path / 'floats'}")


def test_mixed_sizes_and_kinds_are_made_one_and_it_is_said(tmp_path: Path) -> None:
    """The commonest size wins, odd as it may be; grey pictures among coloured ones become RGB."""
    for index in range(100):
        size = (37, 53) if index < 70 else (40, 40)
        put(tmp_path / "pictures", index, Image.new("L" if index % 10 == 0 else "RGB", size, index))
    found = data.load_images(f"folder:{tmp_path / 'pictures'}")
    assert found.shape == (3, 53, 37)
    assert [note.split(": ", 1)[1] for note in found.notes] == [
        "30 of 100 images were resized to the commonest size 37×53",
        "10 of 100 images are grey and were made RGB like the others",
    ]


# --- what a model is shown, and what is scored ---


@pytest.mark.parametrize("native", [(1, 28, 28), (3, 53, 37), (3, 64, 64), (4, 20, 20)])
def test_any_images_fit_the_colour_model_and_go_back(native: tuple[int, int, int]) -> None:
    """Grey ones are repeated and come back exactly; other sizes are resized and come back near; each change is said."""
    rng = np.random.default_rng(0)
    level = rng.integers(0, 256, (6, native[0], 1, 1), dtype=np.uint8)
    images = np.broadcast_to(level, (6, *native)).copy()
    shown = data.to_model(images, image_shape=(3, 64, 64), pixel_range=(-1.0, 1.0))
    assert shown.shape == (6, 3, 64, 64)
    back, clipped = data.to_native(shown, pixel_range=(-1.0, 1.0), native_shape=native)
    assert (tuple(back.shape), clipped) == ((6, *native), 0)
    notes = data.conversion_notes(native, (3, 64, 64))
    assert len(notes) == (native[1:] != (64, 64)) + (native[0] != 3)
    if native[0] == 4:
        assert "images of 4 channels are turned grey and repeated to 3 channels" in notes
    else:
        np.testing.assert_allclose(back.numpy(), images / 255, atol=HALF_A_LEVEL)


def test_scores_see_colour(tmp_path: Path) -> None:
    """The same shapes with red and blue exchanged are far in features, and copies of them are no copies."""
    images = data.load_images(make_folder(tmp_path / "shapes", 400, SIDE))
    features = {
        name: data.embed_images(part, RANDOM_CONV)[0]
        for name, part in (
            ("train", images.train),
            ("held_out", images.held_out),
            ("copies", images.train[:80]),
            ("exchanged", np.ascontiguousarray(images.train[:80, [1, 2, 0]])),
        )
    }
    real = real_statistics(features["train"])
    assert frechet_distance(real, features["copies"]).value < frechet_distance(real, features["held_out"]).value * 2
    known = memory(features["train"], features["held_out"])
    assert memorised(known, features["copies"]).near_share == 1
    assert memorised(known, features["exchanged"]).near_share < 0.2
    grey = np.repeat(images.held_out.mean(1, keepdims=True).astype(np.uint8), 3, axis=1)
    colourless = frechet_distance(real, data.embed_images(grey, RANDOM_CONV)[0]).value
    assert colourless > 3 * frechet_distance(real, features["held_out"]).value


def test_inception_is_shown_the_colours(weights: Weights, tmp_path: Path) -> None:  # noqa: F811
    """The features are the library's own of the three channels as they are, in their order."""
    from torch_fidelity.utils import create_feature_extractor

    pixels = data.load_images(make_folder(tmp_path / "shapes", COUNT, SIDE)).train[:3]
    found, _ = load_features(INCEPTION, (3, SIDE, SIDE), weights=weights).embed(torch.from_numpy(pixels).float() / 255)
    net = create_feature_extractor(
        INCEPTION, ["2048"], feature_extractor_weights_path=weights.path, cuda=False, verbose=False
    )
    (expected,) = net(torch.from_numpy(pixels))
    size = expected.abs().max().item()  # random weights make features small: nothing is compared with 1
    np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=1e-4 * size)
    (exchanged,) = net(torch.from_numpy(np.ascontiguousarray(pixels[:, ::-1])))
    assert np.abs(exchanged.numpy() - found).max() > 1e-2 * size


# --- pictures ---


def test_a_grid_has_the_colours_of_its_images(tmp_path: Path) -> None:
    """Each tile is its image, pixel for pixel; larger ones are shrunk; two or four channels are shown as their mean."""
    images = np.random.default_rng(0).integers(0, 256, (6, 3, 10, 12), dtype=np.uint8)
    shown = np.asarray(Image.open(io.BytesIO(samples.grid(images, columns=3, rows=2))))
    assert shown.shape == (20, 36, 3)
    for index, image in enumerate(images):
        top, left = 10 * (index // 3), 12 * (index % 3)
        np.testing.assert_array_equal(shown[top : top + 10, left : left + 12], np.moveaxis(image, 0, -1))
    assert Image.open(io.BytesIO(samples.grid(images, columns=3, rows=2, side=6))).size == (18, 10)
    for channels in (2, 4):
        odd = np.full((1, channels, 5, 5), 40, np.uint8)
        odd[:, -1] = 80
        grey = np.asarray(Image.open(io.BytesIO(samples.grid(odd, columns=1))))
        np.testing.assert_array_equal(grey, np.full((5, 5), 60 if channels == 2 else 50))


def test_differences_of_reconstructions_are_coloured() -> None:
    """A red square rebuilt as green leaves yellow: the difference is taken channel by channel, without wrapping."""
    given = np.zeros((2, 8, 3, 4, 4), np.uint8)
    given[0, :, 0], given[1, :, 1] = 200, 250
    album = pictures.album(
        result_factory.result("fails"), Evidence({}, {}, None, {}, {}, reconstructions={("ref", 0, "real"): given}), []
    )
    (rebuilt,) = album.rebuilt
    strip = decoded(rebuilt.grids[0].uri)
    assert strip.shape == (12, 32, 3)
    assert [strip[row, 0].tolist() for row in (0, 4, 8)] == [[200, 0, 0], [0, 250, 0], [200, 250, 0]]


def test_the_slider_keeps_its_steps_where_images_are_heavy() -> None:
    """Coloured noise of 64×64 compresses not at all: images get smaller before steps are left out."""
    rng = np.random.default_rng(0)
    steps = range(100, 1_000, 100)
    heavy = {
        (side, 0, step): rng.integers(0, 256, (32, 3, 64, 64), dtype=np.uint8)
        for side in ("ref", "mine")
        for step in steps
    }
    album = pictures.album(result_factory.result("fails"), Evidence({}, {}, None, heavy, {}), [])
    assert [frame.step for frame in album.frames][-1] == "900"
    assert len(album.frames) == 6
    sizes = {decoded(grid.uri).shape for frame in album.frames for grid in frame.grids}
    assert len(sizes) == 1
    assert sizes.pop()[1] == 8 * 32
    assert sum(len(base64.b64decode(grid.uri.split(",")[1])) for f in album.frames for grid in f.grids) < 420_000


def test_a_heavy_walk_still_goes_all_the_way() -> None:
    """Of images too heavy to show all, the first and the last of each row stay, and are drawn smaller."""
    images = np.random.default_rng(0).integers(0, 256, (4, 9, 3, 64, 64), dtype=np.uint8)
    images[:, 0], images[:, -1] = 10, 240
    walks = {(side, 0): images for side in ("ref", "mine")}
    album = pictures.album(result_factory.result("alone"), Evidence({}, {}, None, {}, {}, interpolations=walks), [])
    for grid in album.walks:
        shown = decoded(grid.uri)
        assert shown.shape == (4 * 32, 2 * 32 * (shown.shape[1] // 64), 3)
        assert shown.shape[1] >= 4 * 32
        assert (shown[:, :32] == 10).all()
        assert (shown[:, -32:] == 240).all()


# --- words ---


def test_there_are_no_rows_of_digits_where_nothing_is_one() -> None:
    """Metrics of the digit classifier leave the tables of other data, and stay where a bar asks for digits."""
    result = result_factory.result("fails")
    assert "digits" in tables.ordered(result)
    bare = {key: metric.model_copy(update={"ref": [None], "mine": [None]}) for key, metric in result.metrics.items()}
    bar = {**result.dataset.bar, "digits_min": 0.0}
    other = result.model_copy(update={"metrics": bare, "dataset": result.dataset.model_copy(update={"bar": bar})})
    assert set(result.metrics) - set(tables.ordered(other)) == set(tables.OF_DIGITS) & set(result.metrics)
    asked = result.model_copy(update={"metrics": bare})
    assert "digits" in tables.ordered(asked)


def test_missing_variety_speaks_of_digits_only_where_there_are_some(tmp_path: Path) -> None:
    """Both wordings, in English: with ten digits to count, and without."""
    variant = load(variants.write(tmp_path, variants.TINY))
    bad = {key: value for key, value in spoken.BAD.items() if key not in ("digits", "confident_share")}
    spreads = tuple(0.5 if step < 1_000 else 0.2 for step in spoken.CHECKPOINTS)
    seeds = [spoken.seed(variant, scores=bad, spreads=spreads)] * 3
    counted = [spoken.seed(variant, scores=bad | {"digits": 2.0, "confident_share": 0.9})] * 3
    plain, digits = (
        next(f for f in spoken.found(variant, runs) if f.rule == "mode-collapse") for runs in (seeds, counted)
    )
    assert "digit" not in f"{plain.title} {plain.explanation} {plain.advice}"
    assert "digits" not in plain.evidence
    assert "2 of ten digits" in digits.explanation


# --- the paper's model ---


@pytest.fixture(scope="module")
def model() -> dict[str, Any]:
    """What the model's file defines, run as Python runs it."""
    names: dict[str, Any] = {"__name__": "ebgan_conv64"}
    sys.modules["ebgan_conv64"] = types.ModuleType("ebgan_conv64")  # dataclasses look their module up
    exec(compile(MODEL.read_text(), str(MODEL), "exec"), names)
    return names


def test_the_model_has_the_papers_layers(model: dict[str, Any]) -> None:
    """Widths and sizes in and out; BatchNorm after all but G's output, D's input and the reconstruction."""
    torch.manual_seed(0)
    config = model["Config"]()
    nets = {"G": model["Generator"](config), "D": model["Discriminator"](config)}
    found = {
        name: [
            f"{layer.out_channels}" + ("n" if isinstance(after, nn.BatchNorm2d) else "")
            for layer, after in zip(layers, [*layers[1:], None], strict=True)
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
            and (layer.kernel_size, layer.stride, layer.padding) == ((4, 4), (2, 2), (1, 1))
        ]
        for name, net in nets.items()
        for layers in [[layer for layer in net.modules() if not list(layer.children())]]
    }
    assert found == {"G": ["512n", "256n", "128n", "3"], "D": ["64", "128n", "256n", "128n", "64n", "3"]}
    assert nets["G"].project(torch.zeros(2, 100)).shape == (2, 1024, 4, 4)
    images = nets["G"](torch.rand(2, 100) * 2 - 1)
    reconstruction, code = nets["D"](images)
    assert images.shape == reconstruction.shape == (2, 3, 64, 64)
    assert code.shape == (2, 256 * 8 * 8)
    assert images.abs().max() <= 1


def test_the_model_starts_as_published(model: dict[str, Any]) -> None:
    """N(0, .02) in G, N(0, .002) in D, biases 0, BatchNorm at 1 and 0."""
    torch.manual_seed(0)
    for role, spread in (("Generator", 0.02), ("Discriminator", 0.002)):
        net = model[role](model["Config"]())
        model["initialise"](net)
        for name, parameter in net.state_dict().items():
            if "running" in name or "tracked" in name:
                continue
            if parameter.ndim > 1:
                assert parameter.mean().abs() < 0.1 * spread, name
                assert parameter.std() == pytest.approx(spread, rel=0.1), name
            else:
                norm = isinstance(net.get_submodule(name.rsplit(".", 1)[0]), nn.BatchNorm2d)
                expected = 1.0 if norm and name.endswith("weight") else 0.0
                assert (parameter == expected).all(), name


def test_the_models_energy_is_the_length_of_each_error(model: dict[str, Any]) -> None:
    """One value an image, unsquared, of its own pixels alone; 20 is far below what a grey reconstruction has."""
    rng = np.random.default_rng(0)
    recon, images = (rng.uniform(-1, 1, (3, 3, 64, 64)) for _ in range(2))
    found = model["energy"](torch.from_numpy(recon), torch.from_numpy(images))
    slow = [
        sum((a - b) ** 2 for a, b in zip(r.flat, x.flat, strict=True)) ** 0.5
        for r, x in zip(recon, images, strict=True)
    ]
    np.testing.assert_allclose(found.numpy(), slow, rtol=ROUNDING)


def narrow(folder: Path, name: str, *changes: tuple[str, str]) -> str:
    """The paper's model at a sixteenth of its width, with `changes`."""
    text = MODEL.read_text()
    for old, new in (("maps: int = 64", "maps: int = 4"), ("batch_size: int = 64", "batch_size: int = 32"), *changes):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / name).write_text(text)
    return str(folder / name)


def test_nets_for_images_of_another_shape_are_exchanged_together(tmp_path: Path) -> None:
    """Neither net of a grey model fits the other's images: a trace takes both, and the images' shape goes with them."""
    spec = data.prepare(make_folder(tmp_path / "shapes", COUNT, SIDE))
    grey, colour = load(variants.write(tmp_path, variants.TINY)), load(narrow(tmp_path, "colour.py"))
    facts = [inspect(Recipe(variant), spec, device.environment()) for variant in (grey, colour)]
    found, skipped = changes(grey, facts[0], colour, facts[1])
    assert not skipped
    (nets,) = [change for change in found if {"generator", "discriminator"} & set(change.parts)]
    assert {"generator", "discriminator"} <= set(nets.parts)
    for taken in ([nets], found):
        made = build(hybrid(grey, colour, found, taken), seed=0, device="cpu")
        assert made.config.image_shape == (3, 64, 64)
        assert made.generator(torch.zeros(2, made.config.latent_dim)).shape == (2, 3, 64, 64)
    (rest,) = [[change for change in found if change is not nets]]
    assert build(hybrid(grey, colour, found, rest), seed=0, device="cpu").config.image_shape == (1, 28, 28)


@pytest.mark.slow
def test_the_whole_way_in_colour(tmp_path: Path) -> None:
    """Compared, shown, judged by a bar, and restored from its own weights, on shapes of 24×24 in three classes."""
    dataset = make_folder(tmp_path / "shapes", COUNT, 24, classes=True)
    ref = narrow(tmp_path, "ref.py")
    mine = narrow(tmp_path, "mine.py", ("nn.Tanh()", "nn.Sigmoid()"))
    options: dict[str, Any] = {"dataset": dataset, "steps": 2, "seeds": 1, "progress": False}
    report = tmp_path / "report"
    result = ebdiag.compare(ref, mine, out=report, **options)
    assert [run.status for run in result.runs] == ["finished"] * 2
    assert result.dataset.image_shape == (3, 24, 24)
    assert {"generator-range-mismatch", "noted"} <= {finding.rule for finding in result.findings}
    for key in ("fid", "coverage", "memorised_share", "reconstruction_error", "pixel_spread", "energy_noise"):
        assert all(value is not None for value in [*result.metrics[key].ref, *result.metrics[key].mine]), key
    page, markdown = ((report / name).read_text() for name in ("report.html", "report.md"))
    for text in (page, markdown):
        assert "igits" not in text
    for side in ("ref", "mine"):
        assert np.asarray(Image.open(report / "figures" / f"samples-{side}.png")).shape == (8 * 24, 8 * 24, 3)
    run = next(run for run in result.runs if run.variant == "ref")
    kept = Store().folder(run.id.split("-")[0]).weights(2)
    restored = ebdiag.compare(ref, ref, restore_mine=kept, out=tmp_path / "restored", **options)
    assert restored.metrics["fid"].mine == restored.metrics["fid"].ref == result.metrics["fid"].ref
    command = [sys.executable, "-c", "from ebdiag.cli import main; main()", "check", str(report)]
    bars = tmp_path / "bars.toml"
    for asked, code in (
        ('findings = {forbid = ["diverged"]}', 0),
        ('findings = {forbid = ["generator-range-mismatch"]}', 1),
        ("digits = {min = 9}", 3),  # there are none to count
    ):
        bars.write_text(f"[bars]\n{asked}\nmin_seeds = 1\n")
        done = subprocess.run([*command, "--bar", str(bars)], capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr

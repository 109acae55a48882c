"""Scoring a model: right numbers, and nothing about the model changed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from ebdiag import data, streams
from ebdiag.measure import Measured, measure
from ebdiag.metrics import METRICS
from ebdiag.records import DataSpec, Measures
from ebdiag.scores.images import CLASSIFIED

FLOAT32_TOLERANCE = 1e-4  # means of a million float32 values, in another order


@dataclass(frozen=True)
class Config:
    """The fields that scoring reads."""

    image_shape: tuple[int, int, int] = (1, 8, 8)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    latent_dim: int = 6
    batch_size: int = 48


class NoisyGenerator(nn.Module):
    """Dropout, BatchNorm, numpy draws, a counter and a buffer that changes: all that could leak."""

    seen: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 64), nn.BatchNorm1d(64), nn.Dropout(0.5), nn.Tanh())
        self.register_buffer("seen", torch.zeros(1))
        self.calls = 0

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.seen += len(z)
        jitter = float(np.random.normal()) + random.random()
        return (self.body(z) + 0.01 * jitter + 0.01 * torch.randn(len(z), 64)).view(-1, 1, 8, 8)


class Autoencoder(nn.Module):
    """A code of 5, BatchNorm in the decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(64, 5)
        self.decoder = nn.Sequential(nn.Linear(5, 64), nn.BatchNorm1d(64))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        code = self.encoder(x.flatten(1))
        return self.decoder(code).view_as(x), code


@dataclass
class Model:
    """A model in the shape that scoring asks for."""

    generator: nn.Module = field(default_factory=NoisyGenerator)
    discriminator: nn.Module = field(default_factory=Autoencoder)
    config: Config = field(default_factory=Config)
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    view: Callable[[Any], tuple[torch.Tensor | None, torch.Tensor | None]] = lambda output: output

    def sample_latent(self, count: int, rng: torch.Generator) -> torch.Tensor:
        return torch.randn(count, self.config.latent_dim, generator=rng)

    def pixels(self, images: np.ndarray) -> torch.Tensor:
        return data.to_model(images, image_shape=self.config.image_shape, pixel_range=self.config.pixel_range)

    def reconstruct(self, images: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        return self.view(self.discriminator(images))


class Fixed(nn.Module):
    """A net that applies a function; one parameter, as optimisers want."""

    def __init__(self, function: Callable[[torch.Tensor], Any]) -> None:
        super().__init__()
        self.function = function
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, batch: torch.Tensor) -> Any:
        return self.function(batch)


@pytest.fixture(scope="module")
def digits() -> tuple[data.Images, DataSpec]:
    """The small real digits, prepared."""
    return data.load_images("digits"), data.prepare("digits")


def score(model: Model, digits: tuple[data.Images, DataSpec], seed: int = 0) -> Measured:
    """Measures of `model` on the small digits."""
    return measure(model, images=digits[0], spec=digits[1], seed=seed, step=7)


def every_reason(found: Measures) -> None:
    """Each metric without a value, and no other, has a reason."""
    assert set(found.details["reasons"]) == {key for key, value in found.values.items() if value is None}
    assert all(found.details["reasons"].values())


def state(model: Model) -> list[bytes | Any]:
    """All that scoring must leave alone, byte for byte."""
    kept: list[Any] = [random.getstate(), torch.get_rng_state().numpy().tobytes(), torch.is_grad_enabled()]
    kept.append([part.tobytes() if isinstance(part, np.ndarray) else part for part in np.random.get_state()])
    for net in (model.generator, model.discriminator):
        kept += [(name, module.training) for name, module in net.named_modules()]
        kept += [(name, tensor.numpy().tobytes()) for name, tensor in net.named_buffers()]
        for name, parameter in net.named_parameters():
            gradient = None if parameter.grad is None else parameter.grad.numpy().tobytes()
            kept.append((name, parameter.detach().numpy().tobytes(), parameter.requires_grad, gradient))
    return kept


def test_scoring_changes_nothing_about_a_model(digits: tuple[data.Images, DataSpec]) -> None:
    """Random state, modes of every submodule, buffers, counters, gradients and flags are afterwards as before."""
    torch.manual_seed(3)
    generator, discriminator = NoisyGenerator(), Autoencoder()
    model = Model(generator=generator, discriminator=discriminator)
    generator.train()
    generator.body[2].eval()
    discriminator.eval()
    discriminator.encoder.weight.requires_grad_(False)
    model.generator(torch.randn(8, 6)).sum().backward()
    before, calls = state(model), generator.calls
    score(model, digits)
    assert state(model) == before
    assert generator.calls == calls


def test_scoring_repeats_whatever_was_drawn_before_and_for_every_seed(
    digits: tuple[data.Images, DataSpec],
) -> None:
    """A forward that draws from numpy, torch and random gives the same scores under any global state or seed."""
    torch.manual_seed(3)
    model = Model()
    first = score(model, digits)
    torch.manual_seed(99), np.random.seed(99), random.seed(99)
    second = score(model, digits, seed=1)
    assert first.measures.values == second.measures.values
    assert all((first.arrays[name] == second.arrays[name]).all() for name in first.arrays)


def test_every_metric_has_a_finite_value_for_an_autoencoder(digits: tuple[data.Images, DataSpec]) -> None:
    """All keys of the table are there and none other; the arrays have their promised types and sizes."""
    found = score(Model(), digits)
    assert set(found.measures.values) == {metric.key for metric in METRICS}
    absent = [key for key, value in found.measures.values.items() if value is None]
    assert absent == ["fid_inception"]
    assert all(np.isfinite(value) for value in found.measures.values.values() if value is not None)
    assert found.measures.step == 7
    assert found.arrays["samples"].shape == (64, 1, 8, 8)
    assert found.arrays["samples"].dtype == np.uint8
    assert {name: len(part) for name, part in found.arrays.items() if name.startswith("energies")} == {
        "energies.real": 1000,
        "energies.held_out": 359,
        "energies.fake": 1000,
        "energies.noise": 1000,
    }
    assert {len(found.arrays[f"spectrum.{kind}"]) for kind in ("real", "fake", "recon")} == {5}
    for kind in ("real", "fake", "noise"):
        pictures = found.arrays[f"reconstructions.{kind}"]
        assert (pictures.shape, pictures.dtype) == ((2, 8, 1, 8, 8), np.uint8)
    assert found.arrays["interpolations"].shape == (4, 9, 1, 8, 8)
    assert found.arrays["interpolations"].dtype == np.uint8
    assert found.arrays["digit_shares.real"].sum() == pytest.approx(1)


def test_energies_are_those_of_the_definition_on_a_range_of_width_two(
    digits: tuple[data.Images, DataSpec],
) -> None:
    """A discriminator that returns half of its input has E = ¼ mean x², in any pixel range after conversion."""
    wide = Model(
        generator=Fixed(lambda z: z.new_full((len(z), 1, 8, 8), 8.0)),
        discriminator=Fixed(lambda x: (x / 2, None)),
        config=Config(pixel_range=(0.0, 8.0)),
    )
    values = score(wide, digits).measures.values
    real = digits[0].train[:1000].astype(np.float64) / 255 * 2
    assert values["energy_real"] == pytest.approx((real**2).mean() / 4, rel=FLOAT32_TOLERANCE)
    assert values["energy_fake"] == pytest.approx(1.0, rel=FLOAT32_TOLERANCE)
    assert values["energy_ratio_fake"] == pytest.approx(1 / ((real**2).mean() / 4), rel=FLOAT32_TOLERANCE)
    assert values["reconstruction_error"] == values["energy_held_out"]
    assert values["pixel_spread"] == 0.0
    assert values["clipped_share"] == 0.0
    assert values["effective_rank_fake"] is None
    assert values["code_trace_ratio"] is None


def test_a_generator_that_replays_training_images_scores_as_real(digits: tuple[data.Images, DataSpec]) -> None:
    """The whole training set repeated has next to no distance and covers everything; one image covers nothing."""
    real = data.to_model(digits[0].train, image_shape=(1, 8, 8), pixel_range=(-1.0, 1.0))
    order = torch.randint(len(real), (4000,), generator=streams.generator(0, "test"))
    place = itertools.cycle(range(4000))

    def replay(z: torch.Tensor) -> torch.Tensor:
        return real[order[[next(place) for _ in range(len(z))]]]

    perfect = score(Model(generator=Fixed(replay)), digits).measures
    collapsed = score(Model(generator=Fixed(lambda z: real[:1].expand(len(z), -1, -1, -1))), digits).measures
    bar = digits[1].bar
    assert perfect.values["fid"] is not None
    assert collapsed.values["fid"] is not None
    assert perfect.values["fid"] < 2 * perfect.details["fid"]["floor"]
    assert perfect.values["coverage"] is not None
    assert perfect.values["coverage"] > 0.9
    assert perfect.values["digits"] == 10
    assert collapsed.values["digits"] in (0, 1)
    assert collapsed.values["precision"] == 1.0
    assert collapsed.values["coverage"] is not None
    assert collapsed.values["coverage"] < bar["coverage_min"] / 5
    assert collapsed.values["fid"] > bar["fid_max"]
    assert collapsed.details["fid"]["rank"] == 0
    expected = {"kid": 0, "density": 1, "digit_share_distance": 0, "within_class_variety": 1, "fid_random_conv": 0}
    for key, value in expected.items():
        assert perfect.values[key] == pytest.approx(value, abs=0.15 if key != "kid" else 0.5), key
    assert (perfect.values["memorised_share"], perfect.values["authenticity"]) == (1, 0)
    assert (collapsed.values["memorised_share"], collapsed.values["duplicate_share"]) == (1, 1)
    for key in ("vendi", "inception_score"):
        assert collapsed.values[key] == pytest.approx(1), key
    assert collapsed.values["path_length"] == pytest.approx(0, abs=1e-6)
    assert collapsed.values["mode_gap_pixels"] == 0
    for key in ("kid", "fid_random_conv", "fid_train_mode"):
        assert collapsed.values[key] > 20 * abs(perfect.values[key]), key  # type: ignore[arg-type, operator]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_images_that_are_not_finite_are_a_result(bad: float, digits: tuple[data.Images, DataSpec]) -> None:
    """No exception: the metrics of the images are None, the reason is named, those of real images stand."""
    model = Model(generator=Fixed(lambda z: z.new_full((len(z), 1, 8, 8), bad)))
    found = score(model, digits).measures
    assert found.values["fid"] is None
    assert found.values["energy_fake"] is None
    assert found.details["reason"] == "4000 of 4000 generated images are not finite"
    assert found.details["reasons"]["path_length"] == found.details["reason"]
    every_reason(found)
    assert found.values["energy_real"] is not None


def test_a_discriminator_that_is_no_autoencoder_has_no_energies(digits: tuple[data.Images, DataSpec]) -> None:
    """Everything that needs a reconstruction is None and says why; the images are scored all the same."""
    model = Model(discriminator=Fixed(lambda x: x.flatten(1).mean(1)), view=lambda output: (None, None))
    found = score(model, digits).measures
    assert [key for key in found.values if key.startswith("energy") and found.values[key] is not None] == []
    assert found.values["reconstruction_error"] is None
    assert found.details["energy_reason"] == "n/a (no autoencoder)"
    assert found.details["reasons"]["energy_auroc"] == "n/a (no autoencoder)"
    every_reason(found)
    assert found.values["fid"] is not None


def test_a_reconstruction_that_broadcasts_is_named(digits: tuple[data.Images, DataSpec]) -> None:
    """Three channels against one still give an energy, and the details say what was done."""
    model = Model(discriminator=Fixed(lambda x: (x.expand(-1, 3, -1, -1) * 0, None)))
    found = score(model, digits).measures
    assert "broadcast" in found.details["energy_note"]
    assert found.values["energy_real"] is not None


THOROUGH = {
    *("memorised_share", "authenticity", "fid_random_conv", "fid_inception", "fid_train_mode"),
    *("mode_gap_features", "mode_gap_pixels", "path_length"),
}


def test_other_checkpoints_have_the_same_values_but_for_the_costly_ones(
    digits: tuple[data.Images, DataSpec],
) -> None:
    """What is measured at each checkpoint does not depend on what else is, for a model that draws at random."""
    torch.manual_seed(3)
    model = Model()
    thorough = score(model, digits)
    cheap = measure(model, images=digits[0], spec=digits[1], seed=0, step=7, thorough=False)
    for key, value in cheap.measures.values.items():
        assert value == (None if key in THOROUGH else thorough.measures.values[key]), key
    every_reason(cheap.measures)
    assert cheap.measures.details["reasons"]["path_length"] == "taken only at the checkpoints that a score is made of"
    assert set(thorough.arrays) - set(cheap.arrays) == {"interpolations", "spectrum.recon"}
    assert all((cheap.arrays[name] == thorough.arrays[name]).all() for name in cheap.arrays)


def test_training_mode_is_measured_in_batches_of_the_models_own_size(digits: tuple[data.Images, DataSpec]) -> None:
    """Planted: BatchNorm whose running statistics are wrong; the gap is that of a loop over batches of 48."""
    torch.manual_seed(0)
    body = nn.Sequential(nn.Linear(6, 64), nn.BatchNorm1d(64))
    body.register_parameter("unused", nn.Parameter(torch.zeros(1)))

    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = body

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return self.body(z).view(-1, 1, 8, 8)

    generator = Plain()
    body[1].running_mean.fill_(0.5)  # type: ignore[union-attr, operator]
    found = score(Model(generator=generator), digits).measures
    latents = torch.randn(4000, 6, generator=streams.generator(0, streams.EVALUATION_LATENTS))[:960]
    with torch.no_grad():
        evaluated = generator.eval()(latents)
        hidden = body[0](latents)
        trained = torch.cat(
            [(part - part.mean(0)) / (part.var(0, correction=0) + 1e-5).sqrt() for part in hidden.split(48)]
        )
    gap = (trained.view(-1, 1, 8, 8) - evaluated).abs().mean().item()
    assert found.values["mode_gap_pixels"] == pytest.approx(gap, rel=FLOAT32_TOLERANCE)
    assert gap > 0.1
    assert found.details["modes"] == {"n": 960, "batch": 48}


def test_latents_inside_bounds_are_joined_by_a_straight_line(digits: tuple[data.Images, DataSpec]) -> None:
    """Uniform latents stay uniform, normal ones keep their length; whole numbers have no way between them."""
    lines = {}
    for name, change in (("uniform", torch.sigmoid), ("normal", torch.clone), ("whole", torch.Tensor.long)):
        model = Model(generator=Fixed(lambda z: z.float().mean(1).view(-1, 1, 1, 1).expand(-1, 1, 8, 8)))
        drawn = model.sample_latent
        model.sample_latent = lambda count, rng, change=change, drawn=drawn: change(drawn(count, rng))  # type: ignore
        found = score(model, digits).measures
        lines[name] = found.details.get("path_length", {}).get("line")
        if name == "whole":
            assert found.values["path_length"] is None
            assert found.details["reasons"]["path_length"] == "latents of type torch.int64 cannot be mixed"
    assert lines == {"uniform": "straight", "normal": "circle", "whole": None}


def test_reconstructions_are_pictures_of_what_was_given(digits: tuple[data.Images, DataSpec]) -> None:
    """Inputs are the first training images; what lies outside the pixel range is clipped; a broadcast has none."""
    wide = Model(discriminator=Fixed(lambda x: (x * 3, None)))
    pictures = score(wide, digits).arrays["reconstructions.real"]
    real = digits[0].train[:8]
    np.testing.assert_array_equal(pictures[0], real)
    expected = np.clip((real / 255.0 * 2 - 1) * 3, -1, 1) / 2 + 0.5
    np.testing.assert_allclose(pictures[1], expected * 255, atol=0.51)
    narrow = Model(discriminator=Fixed(lambda x: (x.expand(-1, 3, -1, -1) * 0, None)))
    assert not [name for name in score(narrow, digits).arrays if name.startswith("reconstructions")]


def test_codes_of_reconstructions_are_codes_of_reconstructions(digits: tuple[data.Images, DataSpec]) -> None:
    """A discriminator that halves its input: the spectrum of what it rebuilt is a quarter of that of real codes."""
    halving = Model(discriminator=Fixed(lambda x: (x / 2, x.flatten(1)[:, 20:30])))
    arrays = score(halving, digits).arrays
    np.testing.assert_allclose(arrays["spectrum.recon"], arrays["spectrum.real"] / 4, rtol=1e-3, atol=1e-6)


def test_pictures_without_classes_are_scored_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in colour: no classifier, and random features cannot be a second opinion on themselves."""
    monkeypatch.setenv("EBDIAG_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    (tmp_path / "pictures").mkdir()
    for index in range(110):
        picture = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(picture).save(tmp_path / "pictures" / f"{index}.png")
    name = f"folder:{tmp_path / 'pictures'}"
    model = Model(
        generator=Fixed(lambda z: torch.tanh(z @ torch.linspace(-1, 1, 6 * 192).view(6, 192)).view(-1, 3, 8, 8)),
        discriminator=Fixed(lambda x: (x / 2, x.flatten(1)[:, :7])),
        config=Config(image_shape=(3, 8, 8)),
    )
    found = score(model, (data.load_images(name), data.prepare(name)))
    every_reason(found.measures)
    assert set(found.measures.details["reasons"]) == {*CLASSIFIED, "fid_random_conv", "fid_inception"}
    assert found.measures.details["reasons"]["digits"] == "the feature net of this data set is no classifier"
    assert "random-conv" in found.measures.details["reasons"]["fid_random_conv"]
    assert "digit_shares" not in found.arrays

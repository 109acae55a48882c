"""Scoring a model: right numbers, and nothing about the model changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ebdiag import data, streams
from ebdiag.measure import Measured, measure
from ebdiag.metrics import METRICS
from ebdiag.records import DataSpec

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
    assert all(value is not None and np.isfinite(value) for value in found.measures.values.values())
    assert found.measures.step == 7
    assert found.arrays["samples"].shape == (64, 1, 8, 8)
    assert found.arrays["samples"].dtype == np.uint8
    assert {name: len(part) for name, part in found.arrays.items() if name.startswith("energies")} == {
        "energies.real": 1000,
        "energies.held_out": 359,
        "energies.fake": 1000,
        "energies.noise": 1000,
    }
    assert len(found.arrays["spectrum.real"]) == len(found.arrays["spectrum.fake"]) == 5


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
    place = iter(range(0, 4000, 1))

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


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_images_that_are_not_finite_are_a_result(bad: float, digits: tuple[data.Images, DataSpec]) -> None:
    """No exception: the metrics of the images are None, the reason is named, those of real images stand."""
    model = Model(generator=Fixed(lambda z: z.new_full((len(z), 1, 8, 8), bad)))
    found = score(model, digits).measures
    assert found.values["fid"] is None
    assert found.values["energy_fake"] is None
    assert found.details["reason"] == "4000 of 4000 generated images are not finite"
    assert found.values["energy_real"] is not None


def test_a_discriminator_that_is_no_autoencoder_has_no_energies(digits: tuple[data.Images, DataSpec]) -> None:
    """Everything that needs a reconstruction is None and says why; the images are scored all the same."""
    model = Model(discriminator=Fixed(lambda x: x.flatten(1).mean(1)), view=lambda output: (None, None))
    found = score(model, digits).measures
    assert [key for key in found.values if key.startswith("energy") and found.values[key] is not None] == []
    assert found.values["reconstruction_error"] is None
    assert found.details["energy_reason"] == "n/a (no autoencoder)"
    assert found.values["fid"] is not None


def test_a_reconstruction_that_broadcasts_is_named(digits: tuple[data.Images, DataSpec]) -> None:
    """Three channels against one still give an energy, and the details say what was done."""
    model = Model(discriminator=Fixed(lambda x: (x.expand(-1, 3, -1, -1) * 0, None)))
    found = score(model, digits).measures
    assert "broadcast" in found.details["energy_note"]
    assert found.values["energy_real"] is not None

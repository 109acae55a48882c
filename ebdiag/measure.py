"""Scores a trained model: every metric at once, and nothing about the model is different afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from ebdiag import streams
from ebdiag.data import Images, load_reference, to_model, to_native
from ebdiag.features import load_features
from ebdiag.metrics import METRICS
from ebdiag.metrics.codes import effective_rank, pull_away, spectrum
from ebdiag.metrics.coverage import NEIGHBOURHOOD, K, neighbours, overlap
from ebdiag.metrics.digits import digits
from ebdiag.metrics.energies import energies
from ebdiag.metrics.frechet import frechet_distance
from ebdiag.metrics.pixels import pixel_spread
from ebdiag.records import DataSpec, Measures

GENERATED = 4_000
ENERGY_IMAGES = 1_000
CODES = 256
"""Effective rank and pull-away depend on the number of codes, so it is fixed."""

SHOWN = 64
BATCH = 250
KINDS = ("real", "held_out", "fake", "noise")


class ModelConfig(Protocol):
    """What scoring needs to know of a variant's Config."""

    @property
    def image_shape(self) -> tuple[int, int, int]: ...
    @property
    def pixel_range(self) -> tuple[float, float]: ...
    @property
    def latent_dim(self) -> int: ...


class Model(Protocol):
    """A built variant, as scoring sees it."""

    @property
    def generator(self) -> nn.Module: ...
    @property
    def discriminator(self) -> nn.Module: ...
    @property
    def config(self) -> ModelConfig: ...
    @property
    def device(self) -> torch.device: ...

    def sample_latent(self, count: int, rng: torch.Generator) -> torch.Tensor:
        """`count` latents from the variant's own distribution, drawn from `rng`."""
        ...

    def reconstruct(self, images: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """Reconstruction and code of `images`, each None where the discriminator gives none."""
        ...


@dataclass(frozen=True)
class Measured:
    """Scores and the arrays that figures draw.

    Attributes:
        measures: Every metric of `METRICS`, None where it does not apply (`details["reason"]` or
            `details["energy_reason"]` says why).
        arrays: `samples`: uint8, the first 64 images, native shape. `energies.real|held_out|fake|noise`: float32,
            mean-squared energy of each image, on a pixel range of width 2. `spectrum.real|fake`: float64, eigenvalues
            of the codes' covariance. Absent where they do not apply.
    """

    measures: Measures
    arrays: dict[str, np.ndarray]


@dataclass
class _Scores:
    values: dict[str, float | None] = field(default_factory=lambda: {metric.key: None for metric in METRICS})
    details: dict[str, Any] = field(default_factory=lambda: {"mode": "eval"})
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


def measure(model: Model, *, images: Images, spec: DataSpec, seed: int, step: int) -> Measured:
    """Score a model in eval mode, without gradients, on latents that are the same for all seeds and variants.

    Random state, modes, parameters, buffers and attributes of both nets are afterwards what they were. What a
    user's forward draws comes from its own stream, so that scoring repeats.

    Args:
        model: The model as trained so far.
        images: The data set it was trained on.
        spec: The prepared record of that data set.
        seed: Training seed, for the record only: no draw depends on it.
        step: Generator updates so far.

    Raises:
        Whatever the model's own code raises. A result that is not finite is no error: its metrics are None.
    """
    scores = _Scores()
    scores.details["seed"] = seed
    with preserved(model.generator, model.discriminator), streams.preserved_globals(), torch.no_grad():
        model.generator.eval()
        model.discriminator.eval()
        streams.reseed_globals(0, streams.EVALUATION_LATENTS, "user code")
        generated = _generate(model)
        scores.details["generated"] = len(generated)
        if generated.isfinite().all():
            _score_images(scores, generated, model, images, spec)
        else:
            broken = int((~generated.flatten(1).isfinite().all(1)).sum())
            scores.details["reason"] = f"{broken} of {len(generated)} generated images are not finite"
        _score_energies(scores, generated, model, images)
    return Measured(Measures(step=step, values=scores.values, details=scores.details), scores.arrays)


@contextlib.contextmanager
def preserved(*nets: nn.Module) -> Iterator[None]:
    """Modes, parameters, buffers, gradients and attributes of all submodules after the block are what they were.

    What a module keeps inside a list or another mutable attribute of its own is not restored.
    """
    modules = list(dict.fromkeys(module for net in nets for module in net.modules()))
    attributes = [(module, dict(module.__dict__)) for module in modules]
    slots: list[tuple[Any, dict[str, Any]]] = [
        (slot, dict(slot)) for module in modules for slot in (module._parameters, module._buffers, module._modules)
    ]
    tensors = [tensor for net in nets for tensor in (*net.parameters(), *net.buffers())]
    contents = [(tensor, tensor.detach().clone(), tensor.requires_grad) for tensor in dict.fromkeys(tensors)]
    gradients = [(tensor, tensor.grad, None if tensor.grad is None else tensor.grad.clone()) for tensor in tensors]
    try:
        yield
    finally:
        for module, kept in attributes:
            module.__dict__.clear()
            module.__dict__.update(kept)
        for slot, members in slots:
            slot.clear()
            slot.update(members)
        with torch.no_grad():
            for tensor, content, needs_gradient in contents:
                if not torch.equal(tensor.detach(), content):
                    tensor.detach().copy_(content)
                tensor.requires_grad_(needs_gradient)
            for tensor, gradient, content_of_gradient in gradients:
                tensor.grad = gradient
                if gradient is not None and content_of_gradient is not None:
                    gradient.copy_(content_of_gradient)


def _generate(model: Model) -> torch.Tensor:
    """Images of the evaluation latents as the generator gives them, on the CPU, (4000, *image_shape)."""
    latents = model.sample_latent(GENERATED, streams.generator(0, streams.EVALUATION_LATENTS)).to(model.device)
    return torch.cat([model.generator(batch).detach().float().cpu() for batch in latents.split(BATCH)])


def _score_images(scores: _Scores, generated: torch.Tensor, model: Model, images: Images, spec: DataSpec) -> None:
    """Metrics of the generated images themselves."""
    low, high = model.config.pixel_range
    native, clipped_share = to_native(generated, pixel_range=(low, high), native_shape=images.shape)
    scores.arrays["samples"] = (native[:SHOWN] * 255).round().to(torch.uint8).numpy()
    values = scores.values
    values["clipped_share"] = clipped_share
    values["pixel_spread"] = pixel_spread(generated, (low, high))

    features, probabilities = load_features(spec.features, images.shape, model.device).embed(native)
    reference = load_reference(images, spec.features)
    distance = frechet_distance(reference.statistics, features)
    values["fid"] = distance.value
    scores.details["fid"] = {
        "n": distance.n,
        "n_real": reference.statistics.n,
        "d": distance.d,
        "rank": distance.rank,
        "floor": distance.floor,
        "features": spec.features,
        "features_digest": spec.features_digest,
    }
    shares = overlap(reference.neighbours, neighbours(features[:NEIGHBOURHOOD]))
    values.update(precision=shares.precision, recall=shares.recall, coverage=shares.coverage)
    scores.details["coverage"] = {"n": NEIGHBOURHOOD, "n_real": len(reference.neighbours.features), "k": K}
    if probabilities is not None:
        drawn = digits(probabilities)
        values.update(digits=float(drawn.count), confident_share=drawn.confident_share)
        scores.details["digits"] = {"shares": list(drawn.shares)}


def _score_energies(scores: _Scores, generated: torch.Tensor, model: Model, images: Images) -> None:
    """Metrics of the discriminator as an autoencoder, and of its codes."""
    low, high = model.config.pixel_range
    unit = (2 / (high - low)) ** 2
    codes: dict[str, np.ndarray] = {}
    for kind, batch in _judged(generated, model, images).items():
        found, code = _discriminate(scores, model, batch)
        if found is None:
            continue
        scores.arrays[f"energies.{kind}"] = found * unit
        scores.values[f"energy_{kind}"] = _finite(
            scores, float(scores.arrays[f"energies.{kind}"].mean(dtype=np.float64)), kind
        )
        if code is not None and kind in ("real", "fake") and np.isfinite(code).all():
            codes[kind] = code
    values = scores.values
    values["reconstruction_error"] = values["energy_held_out"]
    values["energy_ratio_noise"] = _ratio(values["energy_noise"], values["energy_real"])
    values["energy_ratio_fake"] = _ratio(values["energy_fake"], values["energy_real"])
    for kind, code in codes.items():
        scores.arrays[f"spectrum.{kind}"] = spectrum(code)
        values[f"effective_rank_{kind}"] = effective_rank(code[:CODES])
        values[f"pull_away_{kind}"] = pull_away(code[:CODES])
    if len(codes) == 2:
        traces = {kind: float(scores.arrays[f"spectrum.{kind}"].sum()) for kind in codes}
        values["code_trace_ratio"] = _ratio(traces["fake"], traces["real"])
        scores.details["codes"] = {"n": CODES, "dim": codes["real"].shape[1]}


def _judged(generated: torch.Tensor, model: Model, images: Images) -> dict[str, torch.Tensor]:
    """The images whose energies are taken, by kind, in the model's own shape and range; up to 1,000 each."""
    shape, (low, high) = model.config.image_shape, model.config.pixel_range
    count = min(ENERGY_IMAGES, len(images.train))
    noise = torch.rand((count, *shape), generator=streams.generator(0, streams.EVALUATION_LATENTS, "noise"))
    return {
        "real": to_model(images.train[:count], image_shape=shape, pixel_range=(low, high)),
        "held_out": to_model(images.held_out[:count], image_shape=shape, pixel_range=(low, high)),
        "fake": generated[:count],
        "noise": noise * (high - low) + low,
    }


def _discriminate(scores: _Scores, model: Model, images: torch.Tensor) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Mean-squared energies (n,) and codes (n, dim) of `images`, each None where the discriminator gives none."""
    found, codes = [], []
    for batch in images.split(BATCH):
        on_device = batch.to(model.device)
        reconstruction, code = model.reconstruct(on_device)
        if code is not None:
            codes.append(code.flatten(1).float().cpu().numpy())
        if reconstruction is None:
            scores.details["energy_reason"] = "n/a (no autoencoder)"
            continue
        try:
            energy = energies(reconstruction, on_device)
        except ValueError as error:
            scores.details["energy_reason"] = str(error)
            continue
        if energy.note:
            scores.details["energy_note"] = energy.note
        found.append(energy.mean_squared.cpu().numpy())
    return (np.concatenate(found) if found else None), (np.concatenate(codes) if codes else None)


def _finite(scores: _Scores, value: float, kind: str) -> float | None:
    if np.isfinite(value):
        return value
    scores.details.setdefault("energy_reason", f"energies of {kind} images are not finite")
    return None


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below is not None and below > 0 else None

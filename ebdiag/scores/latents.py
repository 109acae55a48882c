"""Scores that need images of their own: between latents, and in training mode."""

from __future__ import annotations

import numpy as np
import torch

from ebdiag import streams
from ebdiag.data import Images, to_native
from ebdiag.features import load_features
from ebdiag.metrics.frechet import frechet_distance
from ebdiag.metrics.interpolation import EPSILON, between, path_length
from ebdiag.metrics.modes import mode_gap_features, mode_gap_pixels
from ebdiag.records import DataSpec
from ebdiag.reference import load_reference
from ebdiag.scores import Scores
from ebdiag.scores.images import as_bytes
from ebdiag.scores.model import Model, generate, preserved

PAIRS = 500
BATCH = 250
WALKS, WALK_STEPS = 4, 9
"""Pictures of the way between two latents: so many rows, each from end to end."""

MODE_IMAGES = 1_000
FLAT = "real images do not vary in these features"
NOT_FINITE = "images {where} are not finite"
NOT_MIXABLE = "latents of type {kind} cannot be mixed"


def score_walks(scores: Scores, latents: torch.Tensor, model: Model, images: Images, spec: DataSpec) -> None:
    """Smoothness between latents, and pictures of it.

    Args:
        latents: The evaluation latents: whether they stay inside [−1, 1] decides how they are joined.
    """
    if not latents.is_floating_point():
        scores.lack(NOT_MIXABLE.format(kind=latents.dtype), "path_length")
        return
    bounded = bool((latents.abs() <= 1).all())
    scores.details["path_length"] = {"pairs": PAIRS, "epsilon": EPSILON, "line": "straight" if bounded else "circle"}
    rng = streams.generator(0, streams.EVALUATION_LATENTS, "walks")
    first, second = (model.sample_latent(PAIRS, rng).cpu() for _ in range(2))
    place = torch.rand(PAIRS, generator=rng) * (1 - EPSILON)
    ends = [between(first, second, place + step, bounded=bounded) for step in (0.0, EPSILON)]
    shares = torch.linspace(0, 1, WALK_STEPS).repeat(WALKS)
    rows = [part[:WALKS].repeat_interleave(WALK_STEPS, 0) for part in (first, second)]
    walks = between(rows[0], rows[1], shares, bounded=bounded)
    streams.reseed_globals(0, streams.EVALUATION_LATENTS, "walks")
    made = generate(model, torch.cat([*ends, walks]), BATCH)
    if not made.isfinite().all():
        scores.lack(NOT_FINITE.format(where="between latents"), "path_length")
        return
    native, _ = to_native(made, pixel_range=model.config.pixel_range, native_shape=images.shape)
    scores.arrays["interpolations"] = as_bytes(native[2 * PAIRS :]).reshape(WALKS, WALK_STEPS, *images.shape)
    features, _ = load_features(spec.features, images.shape, model.device).embed(native[: 2 * PAIRS])
    spread = load_reference(images, spec.features).spread
    scores.put(FLAT, path_length=path_length(features[:PAIRS], features[PAIRS:], spread))


def score_modes(
    scores: Scores,
    latents: torch.Tensor,
    generated: torch.Tensor,
    features: np.ndarray,
    model: Model,
    images: Images,
    spec: DataSpec,
) -> None:
    """What training mode changes about the images, in batches of the variant's own size.

    Args:
        generated, features: What `latents` give in evaluation mode.
    """
    batch = min(model.config.batch_size, len(latents))
    count = min(batch * max(1, MODE_IMAGES // batch), len(latents))
    streams.reseed_globals(0, streams.EVALUATION_LATENTS, "modes")
    with preserved(model.generator):
        model.generator.train()
        trained = generate(model, latents[:count], batch)
    if not trained.isfinite().all():
        reason = NOT_FINITE.format(where="in training mode")
        scores.lack(reason, "fid_train_mode", "mode_gap_features", "mode_gap_pixels")
        return
    pixel_range = model.config.pixel_range
    native, _ = to_native(trained, pixel_range=pixel_range, native_shape=images.shape)
    found, _ = load_features(spec.features, images.shape, model.device).embed(native)
    reference = load_reference(images, spec.features)
    scores.values["fid_train_mode"] = frechet_distance(reference.statistics, found).value
    scores.values["mode_gap_pixels"] = mode_gap_pixels(generated[:count], trained, pixel_range)
    scores.put(FLAT, mode_gap_features=mode_gap_features(features[:count], found, reference.spread))
    scores.details["modes"] = {"n": count, "batch": batch}

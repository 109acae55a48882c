"""Scores a trained model: every metric at once, and nothing about the model is different afterwards."""

from __future__ import annotations

import torch

from ebdiag import streams
from ebdiag.data import Images
from ebdiag.measured import Measured
from ebdiag.records import DataSpec, Measures, Weights
from ebdiag.reference import GENERATED
from ebdiag.scores import Scores
from ebdiag.scores.discriminator import score_discriminator
from ebdiag.scores.images import score_images, score_images_thoroughly
from ebdiag.scores.latents import score_modes, score_walks
from ebdiag.scores.model import Model, generate, preserved

BATCH = 250
NOT_THOROUGH = "taken only at the checkpoints that a score is made of"


def measure(
    model: Model,
    *,
    images: Images,
    spec: DataSpec,
    seed: int,
    step: int,
    thorough: bool = True,
    inception: Weights | None = None,
) -> Measured:
    """Score a model in eval mode, without gradients, on latents that are the same for all seeds and variants.

    Random state, modes, parameters, buffers and attributes of both nets are afterwards what they were. What a
    user's forward draws comes from its own stream, so that scoring repeats.

    Args:
        model: The model as trained so far.
        images: The data set it was trained on.
        spec: The prepared record of that data set.
        seed: Training seed, for the record only: no draw depends on it.
        step: Generator updates so far.
        thorough: Also what needs further images or features: the search for copies, other feature nets, training
            mode, the ways between latents, codes of reconstructions. None at other checkpoints.
        inception: Weights of Inception-v3, for `fid_inception`.

    Raises:
        Whatever the model's own code raises. A result that is not finite is no error: its metrics are None.
    """
    scores = Scores()
    scores.details["seed"] = seed
    with preserved(model.generator, model.discriminator), streams.preserved_globals(), torch.no_grad():
        model.generator.eval()
        model.discriminator.eval()
        streams.reseed_globals(0, streams.EVALUATION_LATENTS, "user code")
        latents = model.sample_latent(GENERATED, streams.generator(0, streams.EVALUATION_LATENTS))
        generated = generate(model, latents, BATCH)
        scores.details["generated"] = len(generated)
        finite = bool(generated.isfinite().all())
        if finite:
            native, features = score_images(
                scores, generated, images, spec, pixel_range=model.config.pixel_range, device=model.device
            )
        score_discriminator(scores, generated, model, images, thorough=thorough)
        if finite and thorough:
            score_images_thoroughly(scores, native, features, images, spec, device=model.device, inception=inception)
            score_walks(scores, latents, model, images, spec)
            score_modes(scores, latents, generated, features, model, images, spec)
    if not finite:
        broken = int((~generated.flatten(1).isfinite().all(1)).sum())
        scores.details["reason"] = f"{broken} of {len(generated)} generated images are not finite"
    scores.lack(NOT_THOROUGH if finite else scores.details["reason"], *scores.without_value())
    return Measured(Measures(step=step, values=scores.values, details=scores.details), scores.arrays)

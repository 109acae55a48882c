"""Scores of the generated images themselves."""

from __future__ import annotations

import numpy as np
import torch

from ebdiag.data import Images, to_native
from ebdiag.features import INCEPTION, INCEPTION_FILE, RANDOM_CONV, load_features
from ebdiag.metrics.classes import (
    class_variances,
    confident_shares,
    inception_score,
    inception_score_modified,
    share_distance,
    within_class_variety,
)
from ebdiag.metrics.codes import directions
from ebdiag.metrics.coverage import NEIGHBOURHOOD, K, neighbours, overlap
from ebdiag.metrics.digits import digits
from ebdiag.metrics.frechet import Frechet, frechet_distance
from ebdiag.metrics.kernel import kernel_distance
from ebdiag.metrics.memorisation import SEARCHED, duplicate_share, memorised
from ebdiag.metrics.pixels import pixel_spread
from ebdiag.records import DataSpec, Weights
from ebdiag.reference import INCEPTION_IMAGES, Reference, load_reference, load_statistics
from ebdiag.scores import Scores

SHOWN = 64
NO_CLASSIFIER = "the feature net of this data set is no classifier"
NO_WEIGHTS = "no weights of Inception-v3 were given (--inception)"
CLASSIFIED = (
    *("digits", "confident_share", "inception_score", "inception_score_modified", "digit_share_distance"),
    "within_class_variety",
)


def score_images(
    scores: Scores, generated: torch.Tensor, images: Images, spec: DataSpec, *, pixel_range: tuple[float, float],
    device: torch.device,
) -> tuple[torch.Tensor, np.ndarray]:  # fmt: skip
    """What every checkpoint is scored by; returns the images as scored, in [0, 1] and native, and their features."""
    native, clipped_share = to_native(generated, pixel_range=pixel_range, native_shape=images.shape)
    scores.arrays["samples"] = as_bytes(native[:SHOWN])
    scores.values["clipped_share"] = clipped_share
    scores.values["pixel_spread"] = pixel_spread(generated, pixel_range)
    features, probabilities = load_features(spec.features, images.shape, device).embed(native)
    reference = load_reference(images, spec.features)
    distance = frechet_distance(reference.statistics, features)
    scores.values["fid"] = distance.value
    scores.details["fid"] = {
        **_provenance(distance, reference.statistics.n),
        "features": spec.features,
        "features_digest": spec.features_digest,
    }
    near = neighbours(features[:NEIGHBOURHOOD])
    shares = overlap(reference.neighbours, near)
    scores.values.update(
        precision=shares.precision,
        recall=shares.recall,
        coverage=shares.coverage,
        density=shares.density,
        duplicate_share=duplicate_share(reference.neighbours.nearest, near.nearest),
        kid=kernel_distance(reference.neighbours.features, features[:NEIGHBOURHOOD], reference.kernel_within),
    )
    scores.details["coverage"] = {"n": NEIGHBOURHOOD, "n_real": len(reference.neighbours.features), "k": K}
    scores.put("an image has no features: all of them are zero", vendi=directions(features))
    scores.details["vendi"] = {"n": len(features), "real": reference.directions}
    _score_classes(scores, features, probabilities, reference)
    return native, features


def score_images_thoroughly(
    scores: Scores, native: torch.Tensor, features: np.ndarray, images: Images, spec: DataSpec, *,
    device: torch.device, inception: Weights | None,
) -> None:  # fmt: skip
    """Second opinions and the search for copies: what costs too much for every checkpoint."""
    copies = memorised(load_reference(images, spec.features).memory, features)
    scores.values.update(memorised_share=copies.near_share, authenticity=copies.authentic_share)
    scores.details["memorisation"] = {"n": SEARCHED}
    if spec.features == RANDOM_CONV:
        scores.lack("fid itself is taken in random-conv features here", "fid_random_conv")
    else:
        second, _ = load_features(RANDOM_CONV, images.shape, device).embed(native)
        real = load_statistics(images, RANDOM_CONV)
        distance = frechet_distance(real, second)
        scores.values["fid_random_conv"] = distance.value
        scores.details["fid_random_conv"] = _provenance(distance, real.n)
    if inception is None:
        scores.lack(NO_WEIGHTS, "fid_inception")
        return
    third, _ = load_features(INCEPTION, images.shape, device, weights=inception).embed(native[:INCEPTION_IMAGES])
    real = load_statistics(images, INCEPTION, inception)
    distance = frechet_distance(real, third)
    scores.values["fid_inception"] = distance.value
    published = inception.digest.startswith(INCEPTION_FILE.rsplit("-", 1)[1].split(".")[0])
    scores.details["fid_inception"] = {
        **_provenance(distance, real.n),
        "weights": inception.digest[:16],
        "published": published,
    }


def as_bytes(unit: torch.Tensor) -> np.ndarray:
    """Images in [0, 1] as uint8."""
    found: np.ndarray = (unit * 255).round().to(torch.uint8).numpy()
    return found


def _score_classes(
    scores: Scores, features: np.ndarray, probabilities: np.ndarray | None, reference: Reference
) -> None:
    if probabilities is None or reference.classes is None:
        scores.lack(NO_CLASSIFIER, *CLASSIFIED)
        return
    drawn = digits(probabilities)
    shares = confident_shares(probabilities)
    scores.values.update(
        digits=float(drawn.count),
        confident_share=drawn.confident_share,
        inception_score=inception_score(probabilities),
        inception_score_modified=inception_score_modified(probabilities),
    )
    scores.put(
        "the classifier is sure of no image", digit_share_distance=share_distance(shares, reference.classes.shares)
    )
    variances = class_variances(features, probabilities)
    scores.put(
        "no class has enough images that the classifier is sure of",
        within_class_variety=within_class_variety(variances, reference.classes.variances),
    )
    scores.details["digits"] = {"shares": list(drawn.shares)}
    scores.arrays["digit_shares"] = shares
    scores.arrays["digit_shares.real"] = reference.classes.shares


def _provenance(distance: Frechet, n_real: int) -> dict[str, float]:
    return {"n": distance.n, "n_real": n_real, "d": distance.d, "rank": distance.rank, "floor": distance.floor}

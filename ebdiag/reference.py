"""The real side of all comparisons: computed once a data set and feature net, kept in the cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ebdiag import streams
from ebdiag.cache import arrays_digest, cache_folder, read_arrays, write_arrays
from ebdiag.data import METRICS_VERSION, Images, embed_images
from ebdiag.features import INCEPTION, RANDOM_CONV, features_key
from ebdiag.metrics.classes import class_variances, confident_shares
from ebdiag.metrics.codes import directions
from ebdiag.metrics.coverage import NEIGHBOURHOOD, Neighbours, neighbours
from ebdiag.metrics.frechet import RealStatistics, frechet_distance, real_statistics
from ebdiag.metrics.kernel import kernel_within
from ebdiag.metrics.memorisation import SEARCHED, Memory, memory
from ebdiag.records import Weights, digest

GENERATED = 4_000
"""So many images of every model are scored; anchors that repeat images repeat them as often."""

INCEPTION_IMAGES = 1_000
"""So many real and generated images Inception sees, the first ones: a quarter of a second each."""

PROTOTYPES = (5, 2)
KEPT_CLASSES = 8
FULL_CLASSES = 10

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Classes:
    """What a classifier says about the training images.

    Attributes:
        shares: Of each class among its confident predictions, (classes,).
        variances: Of the features within each class, (classes,); NaN where there are too few images.
    """

    shares: np.ndarray
    variances: np.ndarray


@dataclass(frozen=True)
class Reference:
    """Real images in the form that scoring needs.

    Attributes:
        statistics: Moments of the training split's features.
        neighbours: The first 2,000 training images' features with their neighbour distances.
        memory: The first 10,000 training images' features, for the search for copies.
        kernel_within: The real part of the kernel distance.
        directions: Effective number of directions of the training features; None where it has no value.
        classes: None where the feature net is no classifier.
    """

    statistics: RealStatistics
    neighbours: Neighbours
    memory: Memory
    kernel_within: float
    directions: float | None
    classes: Classes | None

    @property
    def spread(self) -> float:
        """Mean squared distance between the features of two training images."""
        return 2 * float(self.statistics.eigenvalues.sum())


def load_reference(images: Images, features: str) -> Reference:
    """The real side under the feature net of that name, from the cache or computed and kept."""
    kept = _kept("reference", images, features, None, lambda: _reference_arrays(images, features))
    return Reference(
        statistics=_statistics(kept),
        neighbours=Neighbours(**_under("neighbours", kept)),
        memory=Memory(**_under("memory", kept)),
        kernel_within=float(kept["kernel_within"]),
        directions=float(kept["directions"]) if "directions" in kept else None,
        classes=Classes(**found) if (found := _under("classes", kept)) else None,
    )


def load_statistics(images: Images, features: str, weights: Weights | None = None) -> RealStatistics:
    """Moments of the training split's features alone, for a second opinion; from the cache or computed and kept.

    Args:
        weights: Of `inception-v3-compat`, which sees the first 1,000 images.
    """

    def compute() -> Arrays:
        shown = images.train[:INCEPTION_IMAGES] if features == INCEPTION else images.train
        found, _ = embed_images(shown, features, weights)
        return _flat("statistics", real_statistics(found))

    return _statistics(_kept("statistics", images, features, weights, compute))


def anchors(images: Images, features: str) -> dict[str, float]:
    """FID of known pictures against the training split, so that a model's FID has neighbours to be read by.

    Returns:
        `held_out`: real images never trained on. `classes_8`: training images of the first eight of ten classes.
        `prototypes_5`, `prototypes_2`: so many training images of each class, repeated. `repeated`: one training image.
        `noise`: uniform pixels. `blank`: black ones. What needs labels is absent where there are none.
    """
    reference = load_reference(images, features)
    load_statistics(images, RANDOM_CONV)  # now, so that no worker has to
    train = reference.memory.features
    labels = None if images.train_labels is None else images.train_labels[: len(train)]
    rng = np.random.default_rng(streams.key(0, "anchor of noise"))
    noise = rng.integers(0, 256, (SEARCHED, *images.shape), dtype=np.uint8)
    clouds = {"held_out": embed_images(images.held_out, features)[0]}
    if labels is not None:
        groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        if len(groups) == FULL_CLASSES:
            clouds[f"classes_{KEPT_CLASSES}"] = train[np.concatenate(groups[:KEPT_CLASSES])]
        for count in PROTOTYPES:
            clouds[f"prototypes_{count}"] = _repeated(train[np.concatenate([group[:count] for group in groups])])
    clouds["repeated"] = _repeated(train[:1])
    clouds["noise"] = embed_images(noise, features)[0]
    clouds["blank"] = embed_images(np.zeros((2, *images.shape), dtype=np.uint8), features)[0]
    return {name: frechet_distance(reference.statistics, cloud).value for name, cloud in clouds.items()}


def _repeated(features: np.ndarray) -> np.ndarray:
    """The rows again and again, as many as a model is scored by."""
    return np.resize(features, (GENERATED, features.shape[1]))


def _reference_arrays(images: Images, features: str) -> Arrays:
    train, probabilities = embed_images(images.train, features)
    held_out, _ = embed_images(images.held_out[:SEARCHED], features)
    arrays = {
        **_flat("statistics", real_statistics(train)),
        **_flat("neighbours", neighbours(train[:NEIGHBOURHOOD])),
        **_flat("memory", memory(train, held_out)),
        "kernel_within": np.asarray(kernel_within(train[:NEIGHBOURHOOD])),
    }
    varied = directions(train)
    if varied is not None:
        arrays["directions"] = np.asarray(varied)
    if probabilities is not None:
        classes = Classes(confident_shares(probabilities), class_variances(train, probabilities))
        arrays |= _flat("classes", classes)
    return arrays


def _kept(kind: str, images: Images, features: str, weights: Weights | None, compute: Callable[[], Arrays]) -> Arrays:
    key = digest([kind, images.digest, features_key(features, weights), METRICS_VERSION])
    path = cache_folder() / "features" / f"{features}-{key}.npz"
    kept = read_arrays(path)
    if kept is None:
        kept = compute()
        write_arrays(path, kept, arrays_digest(kept))
    return kept


def _statistics(kept: Arrays) -> RealStatistics:
    found = _under("statistics", kept)
    return RealStatistics(found["mean"], found["root"], int(found["n"]), found["eigenvalues"])


def _flat(prefix: str, record: object) -> Arrays:
    return {f"{prefix}.{name}": np.asarray(value) for name, value in vars(record).items()}


def _under(prefix: str, kept: Arrays) -> Arrays:
    return {name.removeprefix(f"{prefix}."): kept[name] for name in kept if name.startswith(f"{prefix}.")}

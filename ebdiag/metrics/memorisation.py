"""Copies: of training images, and of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebdiag.metrics.coverage import squared_distances

REMEMBERED = 10_000
"""So many training images are searched for copies, the first ones."""

SEARCHED = 1_000
"""So many generated and held-out images are searched for, the first ones."""

TYPICAL = 0.05
"""An image counts as near to the training set if it is nearer than 95 % of the images that were never trained on."""

DUPLICATE = 0.01
"""Two generated images count as the same if they are nearer than 99 % of real images are to their nearest other."""

CHUNK = 250


@dataclass(frozen=True)
class Memory:
    """Training images as a model that copies would know them.

    Attributes:
        features: (n, d), float32; at most 10,000.
        own: Squared distance of each to the nearest other one, (n,), float64.
        held_out: Squared distances of images that were never trained on to the nearest training image, ascending.
    """

    features: np.ndarray
    own: np.ndarray
    held_out: np.ndarray


@dataclass(frozen=True)
class Memorised:
    """How near generated images are to the training set; shares from 0 to 1."""

    near_share: float
    authentic_share: float


def memory(train: np.ndarray, held_out: np.ndarray) -> Memory:
    """The memory of the first 10,000 training features (n, d), with the distances that copies are judged by; n ≥ 2."""
    features = train[:REMEMBERED]
    _, own = nearest(features, features, skip_same_row=True)
    _, distances = nearest(held_out[:SEARCHED], features)
    return Memory(features=features, own=own, held_out=np.sort(distances))


def memorised(real: Memory, generated: np.ndarray) -> Memorised:
    """Whether generated images are copies of training images, in feature space.

    What it measures: The distance from each of 1,000 generated images to the nearest of up to 10,000 training images.
    `memorised_share`: the share that is nearer than all but 5 % of held-out real images are. `authenticity`: the share
    that is farther from its nearest training image than that one is from its own nearest other training image.

    How to read it: A perfect model has what held-out images have, .05 and a little over .5 (.57 on `mnist5k`). Copies
    of training images push the first to 1 and the second to 0. A model that draws no digits has 0 and 1: that is no
    merit.

    Unit and range: Shares, 0 to 1.

    Known problems: Nearness is that of the feature net: images that it takes for alike count as near, copies that are
    shifted count as less near. A model that draws only typical, smooth images is nearer than held-out ones without
    having copied any.

    Cost: A distance matrix of 1,000 × 4,000: a tenth of a second. Only at the checkpoints that a score is made of.

    Source: nearest-neighbour test with held-out images as the measure, definition; authenticity as in Alaa et al. 2022
    (arXiv:2102.08921), in feature space.

    Keys: `memorised_share`, `authenticity`.

    Args:
        generated: (n, d), n ≥ 1; the first 1,000 are looked at.
    """
    places, distances = nearest(generated[:SEARCHED], real.features)
    return Memorised(
        near_share=float((distances <= np.quantile(real.held_out, TYPICAL)).mean()),
        authentic_share=float((distances > real.own[places]).mean()),
    )


def duplicate_share(real_nearest: np.ndarray, generated_nearest: np.ndarray) -> float:
    """How many generated images have a twin among the generated images.

    What it measures: The share of generated images whose nearest other one, in feature space, is as near as the
    nearest 1 % of real images have theirs.

    How to read it: .01 is what real images have, 1 is a model that repeats itself: one image, or a few a class.

    Unit and range: Share, 0 to 1.

    Known problems: Depends on the number of images, so it is fixed (the first 2,000). Where the data repeat themselves,
    only exact repetitions count.

    Cost: None; the distances come with coverage.

    Source: definition.

    Keys: `duplicate_share`.

    Args:
        real_nearest, generated_nearest: Squared distances to the nearest other image of the same kind, (n,).
    """
    return float((generated_nearest <= np.quantile(real_nearest, DUPLICATE)).mean())


def nearest(points: np.ndarray, cloud: np.ndarray, *, skip_same_row: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """For each of `points` the row of the nearest of `cloud` and its squared distance, float64.

    Args:
        skip_same_row: The two are the same cloud, and no point is its own neighbour.
    """
    wide = cloud.astype(np.float64)
    places, distances = np.empty(len(points), dtype=np.int64), np.empty(len(points))
    for start in range(0, len(points), CHUNK):
        found = squared_distances(points[start : start + CHUNK].astype(np.float64), wide)
        if skip_same_row:
            rows = np.arange(len(found))
            found[rows, start + rows] = np.inf
        best = found.argmin(axis=1)
        places[start : start + CHUNK] = best
        distances[start : start + CHUNK] = found[np.arange(len(found)), best]
    return places, distances

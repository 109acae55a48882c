"""What a classifier of the data's classes says about generated images."""

from __future__ import annotations

import numpy as np

from ebdiag.metrics.digits import CONFIDENT

LEAST_PROBABILITY = 1e-12
"""Smaller ones count as this: a logarithm of float32 rounding says nothing."""

LEAST_IMAGES = 20
"""A class with fewer confident images has no variety that could be measured."""


def inception_score(probabilities: np.ndarray) -> float:
    """How sure a classifier is of each image, and how evenly the images spread over classes.

    What it measures: exp E_x KL(p(y|x) ‖ p(y)), p(y) the mean of the images' own class probabilities.

    How to read it: The number of classes is the best: every image sure, all classes alike. 1 is the worst: no image
    says more about its class than all together. Held-out digits of `mnist5k` score 9.65.

    Unit and range: Classes, 1 to their number.

    Known problems: Never looks at real images. One sure image a class, repeated, scores best; so do shapes that are no
    digits but that the classifier is sure about. The classifier is ebdiag's own, so the number compares with no
    published one.

    Cost: None; the predictions come with the features.

    Source: Salimans et al. 2016 (arXiv:1606.03498), sec. 4, with a classifier of digits, without splits.

    Keys: `inception_score`.

    Args:
        probabilities: (n, classes), n ≥ 1.
    """
    known = _known(probabilities)
    return float(np.exp((known * (np.log(known) - np.log(known.mean(axis=0)))).sum(axis=1).mean()))


def inception_score_modified(probabilities: np.ndarray) -> float:
    """The EBGAN paper's own variant of the inception score, I′.

    What it measures: E_x KL(p(y) ‖ p(y|x)): as the inception score with the two distributions exchanged, and without
    the exponential.

    How to read it: Higher is better. It grows with the logarithm of how sure the classifier is that an image is none
    of the other classes, so very sure images weigh much: held-out digits of `mnist5k` score 13.8.

    Unit and range: Nats, from 0 to 27.6 times the share of the other classes, as probabilities below 1e-12 count as
    that.

    Known problems: All those of the inception score. The scale is that of the classifier's sureness, so it compares
    neither with the histograms of the paper nor with any other classifier's.

    Cost: None; the predictions come with the features.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 4.1, which calls it a tweak to plot more compact
    histograms; the 2 that stands raised behind the formula there is read as the mark of a footnote.

    Keys: `inception_score_modified`.

    Args:
        probabilities: (n, classes), n ≥ 1.
    """
    known = _known(probabilities)
    mean = known.mean(axis=0)
    return float((mean * (np.log(mean) - np.log(known))).sum(axis=1).mean())


def confident_shares(probabilities: np.ndarray) -> np.ndarray:
    """Share of each class among the images with a prediction of .9 or more, (classes,); all 0 where there is none."""
    predicted = _confident(probabilities)
    counts = np.bincount(predicted[predicted >= 0], minlength=probabilities.shape[1]).astype(np.float64)
    shares: np.ndarray = counts / max(counts.sum(), 1.0)
    return shares


def share_distance(generated: np.ndarray, real: np.ndarray) -> float | None:
    """How far the shares of the classes are from those of real images.

    What it measures: Half the sum of the absolute differences between two distributions over classes (total
    variation), both counted among confident predictions of the same classifier.

    How to read it: The share of images that would have to change their class: 0 is balanced as the data, .1 is one
    class of ten missing, .9 a single digit out of ten.

    Unit and range: Share, 0 to 1; None where the classifier is sure of no image.

    Known problems: Only the images that the classifier is sure about are counted: read it beside their share.

    Cost: None; the predictions come with the features.

    Source: Total variation distance.

    Keys: `digit_share_distance`.

    Args:
        generated, real: (classes,), as `confident_shares` gives them.
    """
    if not generated.sum() > 0 or not real.sum() > 0:
        return None
    return float(np.abs(generated - real).sum() / 2)


def class_variances(features: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Mean squared distance of a class's confident images to their mean, (classes,); NaN below 20 images."""
    predicted = _confident(probabilities)
    found = np.full(probabilities.shape[1], np.nan)
    for label in range(len(found)):
        members = features[predicted == label].astype(np.float64)
        if len(members) >= LEAST_IMAGES:
            found[label] = members.var(axis=0).sum()
    return found


def within_class_variety(generated: np.ndarray, real: np.ndarray) -> float | None:
    """How different the images of one class are, against real ones.

    What it measures: The variance of the features within a class, among the images that the classifier is confidently
    sure about, over that of real images of the class; the mean of that ratio over the classes drawn.

    How to read it: 1 is as varied as the data. k typical images a class, repeated, score about 1 − 1/k: one 0, two .38
    and five .70 measured with the first digits of `mnist5k`. Above 1: images that are odd for their class.

    Unit and range: Ratio of variances, from 0; None where no class has 20 confident images.

    Known problems: Classes that are not drawn at all are left out: count the digits for those. Confident images alone
    are counted, which vary less than all.

    Cost: None beside the features.

    Source: definition; what FID overlooks most (two real images a class, repeated, score as a mediocre model).

    Keys: `within_class_variety`.

    Args:
        generated, real: (classes,), as `class_variances` gives them.
    """
    known = np.isfinite(generated) & (real > 0)
    return float((generated[known] / real[known]).mean()) if known.any() else None


def _known(probabilities: np.ndarray) -> np.ndarray:
    clipped: np.ndarray = np.maximum(probabilities.astype(np.float64), LEAST_PROBABILITY)
    return clipped


def _confident(probabilities: np.ndarray) -> np.ndarray:
    """Predicted class, or −1 where no class has .9; (n,)."""
    predicted: np.ndarray = np.where(probabilities.max(axis=1) >= CONFIDENT, probabilities.argmax(axis=1), -1)
    return predicted

"""How an encoder's embeddings lie on the sphere, and what can be read from them. All of it is of their directions."""

from __future__ import annotations

import numpy as np

from ebdiag.metrics.codes import rank_of, spectrum
from ebdiag.metrics.coverage import squared_distances

VARIES = 1e-12
"""Embeddings of a smaller total variance are one point: what float32 rounds off a unit vector has up to 4e-15."""

SAME_COSINE = 12
"""Cosines that agree in so many decimals are equally near."""

ITERATIONS = 1_000


def normalised(embeddings: np.ndarray) -> np.ndarray:
    """Embeddings divided by their length, float64, (n, dim).

    A zero one stays zero; one that is not finite is NaN throughout. Neither very long nor very short ones lose digits.
    """
    wide = np.asarray(embeddings, np.float64)
    finite = np.isfinite(wide).all(axis=1, keepdims=True)
    wide = np.where(finite, wide, 0)
    largest = np.abs(wide).max(axis=1, keepdims=True, initial=0)
    scaled = wide / np.where(largest > 0, largest, 1)
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.where(finite, scaled / np.where(norms > 0, norms, 1), np.nan)


def alignment(first: np.ndarray, second: np.ndarray, same: np.ndarray) -> float | None:
    """How near the two embeddings of a pair of one class are.

    What it measures: Mean squared distance of both normalised embeddings over the pairs labelled "same": two less twice
    their mean cosine.

    How to read it: 0: both embeddings of a pair are one. Unrelated ones have 2. A collapsed encoder is perfectly
    aligned, too: read it beside uniformity.

    Unit and range: Squared distance on the unit sphere, 0 to 4; None without a pair of one class.

    Known problems: Where "same" is the class of an image, a good encoder that keeps differences within a class is
    less aligned than one that forgets them.

    Cost: One difference of (n, dim).

    Source: Wang, Isola 2020 (arXiv:2005.10242), sec. 4.1, with exponent 2.

    Keys: `alignment`.

    Args:
        first, second: Embeddings of the pairs, (n, dim).
        same: (n,), true where both are of one class.
    """
    kinds = same.astype(bool)
    gaps = ((normalised(first[kinds]) - normalised(second[kinds])) ** 2).sum(axis=1)
    return float(gaps.mean()) if len(gaps) and np.isfinite(gaps).all() else None


def uniformity(embeddings: np.ndarray) -> float | None:
    """How evenly embeddings are spread over the sphere.

    What it measures: log of the mean of exp(−2·squared distance) over all pairs of distinct normalised embeddings.

    How to read it: 0: all are one point. Lower is more even: evenly spread ones have −1.57 in two dimensions, −3.75 in
    32 and −3.94 in 128. No encoder of classes gets there, for embeddings of one class are to be alike. A net that was
    never trained has −.3 to −.4.

    Unit and range: Log, −8 (two points, opposite) to 0; None for fewer than two.

    Known problems: Near pairs dominate the mean: ten tight classes, as far apart as they can be, have −2.2.

    Cost: A distance matrix of 1,000 × 1,000.

    Source: Wang, Isola 2020 (arXiv:2005.10242), sec. 4.1, with t = 2.

    Keys: `uniformity`.

    Args:
        embeddings: (n, dim).
    """
    points = normalised(embeddings)
    if len(points) < 2 or not np.isfinite(points).all():
        return None
    near = np.exp(-2 * squared_distances(points, points)[np.triu_indices(len(points), 1)])
    return float(np.log(near.mean()))


def even_uniformity(dim: int) -> float:
    """Uniformity of an even distribution on the sphere of `dim` dimensions, of infinitely many points.

    Source: the moment generating function of an inner product on the sphere, a confluent hypergeometric limit
    function.
    """
    from scipy.special import hyp0f1

    return float(np.log(hyp0f1(dim / 2, 4.0)) - 4)


def embedding_spectrum(embeddings: np.ndarray) -> np.ndarray | None:
    """Eigenvalues of the covariance of normalised embeddings.

    Args:
        embeddings: (n, dim).

    Returns:
        (dim,), descending, divisor n − 1; their sum is 1 less the share in the mean direction. None for fewer than two.
    """
    points = normalised(embeddings)
    if len(points) < 2 or not points.shape[1] or not np.isfinite(points).all():
        return None
    found = spectrum(points)
    return np.pad(found, (0, points.shape[1] - len(found)))


def embedding_rank(eigenvalues: np.ndarray | None) -> float | None:
    """Number of directions that embeddings vary in.

    What it measures: exp of the entropy of the spectrum of the normalised, centred embeddings of 1,000 held-out images.

    How to read it: Near the number of dimensions: all are used. A few of many: dimensional collapse; ten classes alone
    need nine. It has no scale: a narrow cone may have full rank, so read it beside the spread.

    Unit and range: Dimensions, 1 to dim; None where the embeddings are one point.

    Known problems: Biased downwards at small n, so n is fixed. A net of 128 dimensions that was never trained has 36 to
    51 on digits; one that makes ten tight classes of them has about nine.

    Cost: One SVD of (n, dim).

    Source: Roy, Vetterli 2007, "The effective rank"; dimensional collapse, Jing et al. 2021 (arXiv:2110.09348).

    Keys: `embedding_rank`.

    Args:
        eigenvalues: As `embedding_spectrum` gives them.
    """
    return None if eigenvalues is None or eigenvalues.sum() <= VARIES else rank_of(eigenvalues)


def spread_by_dimension(embeddings: np.ndarray) -> np.ndarray | None:
    """Standard deviation of each dimension of the embeddings.

    What it measures: Standard deviations over images of each dimension of the normalised embeddings, times √dim. The
    metric is their mean over dimensions.

    How to read it: 1: spread over the whole sphere. Near 0: all are one point, or a cone so narrow that hardly anything
    is left to tell images apart by. Halfway with some dimensions at 0: dimensional collapse, if the axes are
    those of the collapse.

    Unit and range: 0 to 1 in the mean, √dim for a single dimension.

    Known problems: It depends on the axes: a line along one of them has less than a line across all. The rank does not.
    A net of 128 dimensions that was never trained has .2 to .3.

    Cost: None.

    Source: Chen, He 2021 (arXiv:2011.10566), sec. 4.1, there without √dim.

    Keys: `embedding_spread`.

    Args:
        embeddings: (n, dim).

    Returns:
        (dim,), divisor n; None without embeddings.
    """
    points = normalised(embeddings)
    if not points.size or not np.isfinite(points).all():
        return None
    found: np.ndarray = points.std(axis=0) * np.sqrt(points.shape[1])
    return found


def mean_share(embeddings: np.ndarray) -> float | None:
    """How much of the embeddings is what they have in common.

    What it measures: The squared length of the mean of the normalised embeddings, over their mean squared length: the
    share of their second moment that is no variance. It is also the mean cosine between any two of them.

    How to read it: 1: one point. High: a cone, in which every pair has a high cosine and a threshold at 0 calls all
    pairs "same". Near 0: centred.

    Unit and range: Share, 0 to 1; None where all are zero.

    Known problems: n independent directions have 1/n by chance. Nets are cones before they are trained, .9 on
    `mnist5k`: high is ill only where training leaves it so.

    Cost: None.

    Source: definition; the cone of embeddings, Ethayarajh 2019 (arXiv:1909.00512).

    Keys: `embedding_mean_share`.

    Args:
        embeddings: (n, dim).
    """
    points = normalised(embeddings)
    if not points.size or not np.isfinite(points).all():
        return None
    moment = (points**2).sum(axis=1).mean()
    return min(1.0, float((points.mean(axis=0) ** 2).sum() / moment)) if moment > 0 else None


def linear_probe(
    train: np.ndarray, train_labels: np.ndarray, held_out: np.ndarray, held_out_labels: np.ndarray
) -> float | None:
    """Whether the class of an image can be read off its embedding by a linear map.

    What it measures: Accuracy on held-out images of a multinomial logistic regression that was fitted to the
    normalised embeddings of up to 2,000 training images, centred and brought to a mean variance of 1 a dimension.

    How to read it: High with a low AUROC: the embedding knows the class and the cosine does not show it. Near the share
    of the most frequent class: the embedding knows nothing.

    Unit and range: Share, 0 to 1; None without labels of two classes.

    Known problems: On `mnist5k` the pixels have .88 and a net that was never trained .85 to .91: only what is above
    that was learned. All dimensions have one scale, so that directions of very small variance hardly count. It is
    stopped after 1,000 iterations.

    Cost: A quarter of a second at 128 dimensions, a second at 2,048. Only at the checkpoints that a score is made of.

    Source: Alain, Bengio 2016 (arXiv:1610.01644); scikit-learn's `LogisticRegression`, C = 1.

    Keys: `linear_probe_accuracy`.

    Args:
        train, held_out: Embeddings, (n, dim) and (m, dim).
        train_labels, held_out_labels: Classes, (n,) and (m,).
    """
    points = [normalised(part) for part in (train, held_out)]
    if not all(part.size and np.isfinite(part).all() for part in points) or len(np.unique(train_labels)) < 2:
        return None
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    middle, variance = points[0].mean(axis=0), points[0].var(axis=0)
    scale = np.sqrt(variance.mean()) if variance.sum() > VARIES else np.inf
    fitted, asked = ((part - middle) / scale for part in points)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe = LogisticRegression(C=1.0, max_iter=ITERATIONS).fit(fitted, train_labels)
    return float((probe.predict(asked) == held_out_labels).mean())


def neighbour_accuracy(
    train: np.ndarray, train_labels: np.ndarray, held_out: np.ndarray, held_out_labels: np.ndarray
) -> float | None:
    """Whether the nearest training image is of the same class.

    What it measures: The share of held-out images whose training image with the highest cosine, of up to 2,000, has
    their class.

    How to read it: High: classes are clumps, however many each. Near the share of a class: embeddings of one class are
    no nearer to each other than to others.

    Unit and range: Share, 0 to 1; None without labels.

    Known problems: On `mnist5k` the pixels have .93 and a net that was never trained .88 to .92: an encoder below that
    has lost something. Of equally near ones the first counts, so that one point has the share of one class.

    Cost: One product of (n, dim) and (dim, m).

    Source: Cover, Hart 1967; under the cosine, Wu et al. 2018 (arXiv:1805.01978).

    Keys: `neighbour_accuracy`.

    Args:
        train, held_out: Embeddings, (n, dim) and (m, dim).
        train_labels, held_out_labels: Classes, (n,) and (m,).
    """
    points = [normalised(part) for part in (train, held_out)]
    if not all(part.size and np.isfinite(part).all() for part in points):
        return None
    nearest = (points[1] @ points[0].T).round(SAME_COSINE).argmax(axis=1)
    return float((train_labels[nearest] == held_out_labels).mean())

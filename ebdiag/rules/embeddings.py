"""What has become of the embeddings of a trained encoder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from ebdiag.outcomes import ALIKE
from ebdiag.result import Finding

from .asked import probe
from .case import Case, Seed, finding, mean, most

ONE_POINT = ALIKE
"""Spread of embeddings, over that of the reference, at which all are one: cosines are .9975 in the mean, where it is
the spread itself."""

FEW_DIRECTIONS = 3.0
"""Effective rank below which embeddings have hardly more than two directions, a circle. Working encoders were seen at
3.05 to 39, one with an embedding of two at 1.97, and failing."""

OF_USUAL_RANK = 0.5
"""The same, as a share of the lowest working seed of the reference. A choice."""

CONE = 0.5
"""Mean share from which on more than half of every embedding is the same for all images: working encoders were seen at
.00 to .42, with a distance margin of 1 at .58; untrained ones at .64 to .88."""

OF_USUAL_SPREAD = 0.75
"""Spread of a cone, as a share of the lowest working seed of the reference, whose seeds were within .05 of each other:
where the reference is a cone itself and works, one as wide is no fault."""

Shape = Literal["complete", "dimensional", "cone"]


def embedding_collapse(case: Case) -> list[Finding]:
    """The embeddings of a trained encoder that fails are one point, lie in few directions, or in one cone.

    Severity: warning.

    What it measures: Embeddings of held-out images, in seeds that fail. Complete: their spread is below .05 of the
    reference's. Dimensional: their effective rank is below 3, and below half of the reference's lowest. Cone: more than
    half of every embedding, as a share of its squared length, is the same for all images, different pairs have a mean
    cosine above .5, and the spread is below three quarters of the reference's. Told in this order, where at least half
    of these seeds show it.

    How to read it: One point tells nothing at all. On a few directions there is room for few classes. In a cone images
    still differ, but all cosines are high, and a threshold has to be found among them.

    Unit and range: Spread 0 to 1, rank from 1 to the embedding's size, share and cosine.

    Known problems: An untrained encoder with ReLUs is a cone already (share .9), so that a cone often says no more than
    that little was learnt: see what explains it.

    Advice: Look first at what explains it. A loss that pushes different pairs apart, and pairs of both kinds, are what
    keeps embeddings from falling together.

    Cost: None beside the scoring.

    Source: Jing et al. 2022 (arXiv:2110.09348) on dimensional collapse; Gao et al. 2019 (arXiv:1907.12009) on cones.
    """
    shapes = {id(seed): _shape(seed, case) for seed in case.failing}
    counted = Counter(shape for shape in shapes.values() if shape is not None)
    if not counted:
        return []
    shape = counted.most_common(1)[0][0]
    shown = most([seed for seed in case.failing if shapes[id(seed)] == shape], case.failing)
    if not shown:
        return []

    def over(metric: str, seeds: Sequence[Seed] = shown) -> float | None:
        return mean([seed.scores.get(metric) for seed in seeds])

    return [
        finding(
            case, "embedding-collapse", "warning", part="encoder", wording=f"embedding-collapse.{shape}",
            seeds=len(shown), of=len(case.seeds), spread=over("embedding_spread"), rank=over("embedding_rank"),
            mean_share=over("embedding_mean_share"), cosine_same=over("cosine_same"),
            cosine_different=over("cosine_different"), size=probe(case, "embedding").get("size"),
            reference_spread=over("embedding_spread", case.healthy),
            reference_rank=over("embedding_rank", case.healthy),
        )
    ]  # fmt: skip


def _shape(seed: Seed, case: Case) -> Shape | None:
    """How the embeddings of a seed have collapsed."""
    spread, rank = seed.scores.get("embedding_spread"), seed.scores.get("embedding_rank")
    usual_spread, usual_rank = (_lowest(case, metric) for metric in ("embedding_spread", "embedding_rank"))
    if spread is not None and spread < ONE_POINT * (usual_spread or 1.0):
        return "complete"
    if rank is not None and rank < FEW_DIRECTIONS and (usual_rank is None or rank < OF_USUAL_RANK * usual_rank):
        return "dimensional"
    share, different = seed.scores.get("embedding_mean_share"), seed.scores.get("cosine_different")
    narrow = spread is not None and (usual_spread is None or spread < OF_USUAL_SPREAD * usual_spread)
    if share is not None and different is not None and share > CONE and different > CONE and narrow:
        return "cone"
    return None


def _lowest(case: Case, metric: str) -> float | None:
    return min((value for seed in case.healthy if (value := seed.scores.get(metric)) is not None), default=None)

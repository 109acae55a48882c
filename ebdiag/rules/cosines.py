"""What loss and prediction make of cosines."""

from __future__ import annotations

import math
from collections import Counter
from typing import Literal

from ebdiag.result import Finding

from .asked import loss_floor, probe
from .case import Case, Seed, finding, mean, most
from .pairs import HALF_WAY, rung

STILL = 0.25
"""Share of its loss where it is undecided that a perfect encoder still has. A bare cosine leaves .45, one over a
temperature of .5 .18, of .1 less than .01. A choice."""

BY_HEART = "encoder-overfits-pairs"

FLAT = 1e-3
"""A loss that changes by less over all cosines, beside its own size, does not go by the cosine of the pair."""

SIGMOID = 1e-3
"""Probabilities that are off the sigmoid of the cosine by less are it."""

ALL = 0.95
"""Share of pairs that get one answer, from which on it is nearly every one: all but one in twenty."""

LOST = 0.05
"""Accuracy that another threshold would add. The best of all thresholds adds less than .044 to an answer that knows
nothing, 999 times of 1,000 (Kolmogorov's distribution, 1,000 pairs of either kind)."""


def cosine_as_logit(case: Case) -> list[Finding]:
    """The loss takes a cosine for a logit, so that it stays high and pulls on however good the embeddings are.

    Severity: warning.

    What it measures: The loss on prepared pairs of every cosine from −1 to 1, same and different: the mean of the least
    that either kind can reach, over the loss at the cosine where both are equal. Said from a quarter on, where cosines
    are all that the loss sees.

    How to read it: Cosines end at 1, and logits do not: the sigmoid of a bare cosine is .73 at most, and binary
    cross-entropy on it .3133 at least. A training loss that stands there is at its floor, and tells nothing of what is
    still to be learnt. Pairs that are told apart already pull as strongly as those that are not.

    Unit and range: The loss's own unit.

    Known problems: What a loss adds that is no part of the pairs, such as a penalty, is taken for a floor. An encoder
    may rank pairs well all the same: with this loss the reference has an AUROC of .96 in place of .985.

    Advice: Divide the cosine by a temperature of about .1, after taking an offset of about .5 off it, or take a margin
    loss.

    Cost: Milliseconds, without training.

    Source: ln(1 + 1/e) = .3133; temperature: Chen et al. 2020 (arXiv:2002.05709); offset: Zhai et al. 2023
    (arXiv:2303.15343).
    """
    floor, undecided = loss_floor(case.facts.conformance), _undecided(case)
    if floor is None or undecided is None or floor < STILL * undecided:
        return []
    usual = loss_floor(case.reference.facts.conformance) if case.reference else None
    return [
        finding(
            case, "cosine-as-logit", "warning", part="contrastive_loss",
            lines=[case.line("contrastive_loss"), case.line("temperature")], least_loss=floor,
            undecided_loss=undecided, share=floor / undecided, reference_least_loss=usual,
            late_loss=mean([_late_loss(seed) for seed in case.seeds]),
        )
    ]  # fmt: skip


def threshold_mismatch(case: Case) -> list[Finding]:
    """`predict` decides at a cosine that does not part the pairs.

    Severity: warning; note where only the probabilities are bounded.

    What it measures: Before training, the lowest cosine that `predict` calls "same" against the cosines of held-out
    pairs on the sanity ladder, once its training pairs were learnt: all lie above it, or all below. After training, the
    share of held-out pairs that it calls "same", 95 % and more or 5 % and less, and the accuracy that the best
    threshold would add, .05 and more, in at least half of the seeds. And whether a probability is the sigmoid of the
    cosine.

    How to read it: sigmoid(cosine) > .5 asks for no more than a cosine above 0, which any two images may have: behind a
    ReLU untrained embeddings already lie at .9. Everything is the same then, and the accuracy is the share of pairs
    that are. Printed as a probability, or as the cosine itself, sigmoid(cosine) stays within .27 and .73.

    Unit and range: Cosine, −1 to 1; shares of pairs.

    Known problems: Where pairs are two views of one image, scores are those of pairs of one class, to which the
    threshold was never meant; these are left out, as are those of the data set where a variant's own held-out pairs are
    decided well. So is an encoder that does not even learn 32 pairs by heart: its threshold is not what is wrong.

    Advice: Choose the threshold on held-out pairs, or have the loss fix it: a logit of (cosine − .5) / .1 changes sign
    at .5.

    Cost: None beside the ladder's own seconds and the scoring.

    Source: ebdiag's own.
    """
    found: list[Finding] = []
    if not any(row["rung"] == BY_HEART and row["passed"] is False for row in case.facts.ladder):
        found = _after(case) if any(seed.scores for seed in case.seeds) else _before(case)
    return found or _bounded(case)


def _undecided(case: Case) -> float | None:
    """The loss at the cosine where pairs of either kind cost the same; None where it does not go by the cosine."""
    loss = probe(case, "response").get("loss")
    if not loss:
        return None
    same, different = loss["same"], loss["different"]
    size = max(map(abs, (*same, *different)))
    falls = same[-1] <= min(same) + FLAT * size and different[0] <= min(different) + FLAT * size
    if not falls or any(max(kind) - min(kind) <= FLAT * size for kind in (same, different)):
        return None
    nearest = min(range(len(same)), key=lambda place: abs(same[place] - different[place]))
    found = (same[nearest] + different[nearest]) / 2
    return found if found > 0 else None


def _late_loss(seed: Seed) -> float | None:
    terms = [seed.late(column) for column in seed.series if column.startswith("loss.encoder.")]
    known = [term for term in terms if term is not None]
    return math.fsum(known) if known else None


def _before(case: Case) -> list[Finding]:
    """A threshold beyond the cosines that a short training gives, of an encoder that learnt its pairs in it."""
    row, answer = rung(case), _threshold(case)
    if row is None or answer is None or row["details"]["given"] < HALF_WAY:
        return []
    low, high = answer
    least, highest = row["details"]["least"], row["details"]["most"]
    if least < high and highest > low:
        return []
    says = "below" if least >= high else "above"
    return [
        finding(
            case, "threshold-mismatch", "warning", part="predict", wording=f"threshold-mismatch.{says}",
            threshold_low=low, threshold_high=high, least=least, most=highest, given=row["details"]["given"],
            probability=_ends(case),
        )
    ]  # fmt: skip


def _after(case: Case) -> list[Finding]:
    """Answers to held-out pairs that another threshold would better."""
    if case.facts.config.get("pairs_by") == "augmentations" and probe(case, "pairs").get("source") == "augmentations":
        return []
    kinds = {id(seed): _answer(seed) for seed in case.seeds if seed.scores}
    counted = Counter(kind for kind in kinds.values() if kind is not None)
    kind = counted.most_common(1)[0][0] if counted else None
    shown = most([seed for seed in case.seeds if kind is not None and kinds.get(id(seed)) == kind], case.seeds)
    if not shown:
        return []

    def over(metric: str) -> float | None:
        return mean([seed.scores.get(metric) for seed in shown])

    low, high = _threshold(case) or (None, None)
    return [
        finding(
            case, "threshold-mismatch", "warning", part="predict", wording=f"threshold-mismatch.{kind}",
            seeds=len(shown), of=len(case.seeds), predicted_same=over("pair_predicted_same"),
            same_share=over("pair_same_share"), accuracy=over("pair_accuracy"),
            accuracy_best=over("pair_accuracy_best"), threshold_best=over("pair_threshold_best"),
            threshold_low=low, threshold_high=high, own_accuracy=over("own_pair_accuracy"),
            own_predicted_same=over("own_pair_predicted_same"), probability=_ends(case),
        )
    ]  # fmt: skip


def _answer(seed: Seed) -> Literal["same", "different", "off"] | None:
    """How the variant's own threshold misses, by the data set's held-out pairs and by its own, where it has any."""
    right, best = seed.scores.get("pair_accuracy"), seed.scores.get("pair_accuracy_best")
    shares = [seed.scores.get(f"{whose}pair_predicted_same") for whose in ("", "own_")]
    known = [share for share in shares if share is not None]
    if right is None or best is None or not known or best - right < LOST:
        return None
    if min(known) >= ALL:
        return "same"
    if max(known) <= 1 - ALL:
        return "different"
    return "off" if shares[1] is None else None


def _bounded(case: Case) -> list[Finding]:
    """A probability that is the sigmoid of the cosine, where nothing worse is known."""
    ends = _ends(case)
    if ends is None:
        return []
    return [
        finding(
            case, "threshold-mismatch", "note", part="predict", wording="threshold-mismatch.probability",
            low=ends[0], high=ends[1], probability=ends,
        )
    ]  # fmt: skip


def _threshold(case: Case) -> tuple[float, float] | None:
    """Neighbours of the threshold on the grid of cosines: the last that is "different", the first that is "same".

    Both are the end of the grid where all of it is one answer. None where the answer does not go by the cosine alone,
    or rises and falls with it.
    """
    response = probe(case, "response")
    predict = response.get("predict")
    if not predict:
        return None
    if not predict.get("scale_free") and not probe(case, "embedding").get("normalised"):
        return None
    decided, cosines, first = predict["decided"], response["cosines"], predict["threshold"]
    if first is None:
        return None if any(decided) else (cosines[-1], cosines[-1])
    place = cosines.index(first)
    return cosines[max(place - 1, 0)], first


def _ends(case: Case) -> list[float] | None:
    """The probabilities of cosines −1 and 1, where `predict` gives the sigmoid of the cosine itself."""
    response = probe(case, "response")
    given = (response.get("predict") or {}).get("probability")
    if not given:
        return None
    pairs = zip(response["cosines"], given, strict=True)
    if any(abs(value - 1 / (1 + math.exp(-cosine))) > SIGMOID for cosine, value in pairs):
        return None
    return [given[0], given[-1]]

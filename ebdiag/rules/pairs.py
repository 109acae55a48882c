"""The pairs that an encoder is trained on: whether their labels tell anything, how many there are, and for how long."""

from __future__ import annotations

import math
from typing import Any

from ebdiag.metrics.pairs import auroc_by_chance
from ebdiag.result import Finding

from .asked import probe
from .case import Case, finding, mean, most
from .drawn import Drawn, drawn

RUNG = "encoder-learns-labels"
"""The rung of the sanity ladder on which 256 pairs are learnt, and others of their source are told apart."""

CHANCE = 2.58
"""Standard deviations of an AUROC by chance on either side: 99 times of 100 labels that say nothing fall within."""

POOL = 256
"""Pairs that the rung trains on."""

FASTER = 1.96 * math.sqrt(2) * (auroc_by_chance(POOL // 2, POOL // 2) or 0.0)
"""Given labels must be ahead of shuffled ones by more, .10, before they were learnt faster: two AUROCs of 256 pairs
each are no further apart by chance, 95 times of 100."""

HALF_WAY = 0.75
"""AUROC half of the way from useless to perfect, as on the ladder: from here on pairs were learnt."""

HEART = 32
"""Pairs that every encoder which can learn at all learns by heart: with more than these, only the ladder can say so."""

FEWER = 4
"""Times fewer training pairs than the reference has, from which on it is said. A choice: half as many may be thrift."""

PARTED = 2.0
"""Mean cosines of same and different training pairs are so many times further apart than those of held-out pairs where
they were learnt by heart. A choice: at 1 both are parted alike."""

APART = 0.5
"""So far apart at least, a quarter of what cosines allow: ratios of smaller numbers say nothing."""

FEW_UPDATES = 100
"""With ten updates the reference has an AUROC of .85, with a hundred one of .96; the bar is .90."""

UNBALANCED = 0.25
"""Share of the rarer kind: below it, answering always the same thing is right three times of four."""


def labels_independent_of_inputs(case: Case) -> list[Finding]:
    """The labels of the pairs say nothing about the images, so that no model can beat chance.

    Severity: error where the text of `pairs` draws the labels apart from the images; else warning.

    What it measures: On the sanity ladder the encoder learns 256 pairs, and a twin the same pairs with their labels
    shuffled. The labels say nothing where the AUROC of other pairs of the same source lies within what chance gives (99
    times of 100), where it was no higher before this training, and where the given labels were learnt no faster than
    the shuffled ones. Where runs were trained, theirs must be at chance as well. The text of `pairs` is read for what
    goes into the labels and into the images.

    How to read it: First of all. Whatever else is said of the model, with these pairs it has nothing to learn but the
    training pairs themselves, by heart.

    Unit and range: AUROC of the cosine: .5 tells nothing, 1 tells all.

    Known problems: Labels that a few seconds of training get no hold of, as those of a puzzle, look the same: with two
    labels of five wrong it was said in 6 of 12 tries, with three of ten in none. A warning may be that; an error rests
    on the text as well, which must be plain: one function, values by name.

    Advice: Draw pairs of images that have labels, or leave `pairs` out: then they come from the data set.

    Cost: None beside the ladder's own seconds.

    Source: shuffled labels as the measure of what is learnt by heart: Zhang et al. 2017 (arXiv:1611.03530).
    """
    row = rung(case)
    if row is None or not _at_chance(row, row["value"]) or _beaten(case, row):
        return []
    details = row["details"]
    reach = CHANCE * details["chance"]
    if row["start"] > 0.5 + reach or details["given"] > details["shuffled"] + FASTER:
        return []
    told = drawn(case.variant) if _source(case) == "own" else None
    proven = told is not None and told.apart
    if not proven and details["given"] < HALF_WAY:  # nothing was learnt at all: the net may be what is wrong
        return []
    return [
        finding(
            case, "labels-independent-of-inputs", "error" if proven else "warning", part="pairs", lines=_draws(told),
            wording="labels-independent-of-inputs.drawn" if proven else "labels-independent-of-inputs.unlearnt",
            value=row["value"], chance_low=0.5 - reach, chance_high=0.5 + reach, given=details["given"],
            shuffled=details["shuffled"], trained_auroc=mean([seed.scores.get(_judged(case)) for seed in case.seeds]),
            at=", ".join(map(str, told.labels)) if told and proven else None,
        )
    ]  # fmt: skip


def train_set_too_small(case: Case) -> list[Finding]:
    """There are so few training pairs that they are learnt by heart.

    Severity: warning.

    What it measures: Training pairs, where they are a quarter of the reference's or fewer. Before training: no more
    than 256, and on the sanity ladder the encoder learns as many by heart within seconds, with labels that mean
    nothing; without the ladder no more than 32. After it, of models that fail: cosines of same and different training
    pairs that are twice as far apart as those of held-out pairs.

    How to read it: The training loss falls as it should, and says nothing of other pairs.

    Unit and range: Number of pairs.

    Known problems: An encoder that was trained on other data needs few pairs; none is known here.

    Advice: Draw more pairs, at best anew for each batch; images that have labels give as many as anybody wants.

    Cost: None beside the ladder's own seconds.

    Source: ebdiag's own; learning by heart as in Zhang et al. 2017 (arXiv:1611.03530).
    """
    count, usual = _pairs(case, "count"), _pairs(case.reference, "count")
    if count is None or (usual is not None and count * FEWER > usual) or _works(case):
        return []
    row = rung(case)
    heart = None if row is None else row["details"]["shuffled"]
    few = count <= (HEART if heart is None else POOL) and (heart is None or heart >= HALF_WAY)
    parted = _by_heart(case) if usual is not None else []
    if not few and not parted:
        return []
    return [
        finding(
            case, "train-set-too-small", "warning", part="data", lines=[case.line("train_pairs")], count=count,
            reference_count=usual, shuffled=heart, apart_training=mean([training for training, _ in parted]),
            apart_held_out=mean([held_out for _, held_out in parted]),
        )
    ]  # fmt: skip


def no_minibatches(case: Case) -> list[Finding]:
    """Every epoch is a single batch, and there are few updates in all.

    Severity: warning.

    What it measures: Updates of an epoch, which are one, and updates of the model's own schedule: fewer than 100.

    How to read it: An epoch is no measure of training. Ten epochs of one batch are ten updates, after which weights are
    hardly where they want to go.

    Unit and range: Updates.

    Known problems: A net that starts from trained weights needs few; none is known here.

    Advice: Take smaller batches, or more epochs: count updates, not epochs.

    Cost: None.

    Source: ebdiag's own: after 10 updates the reference has an AUROC of .85, after 100 one of .96.
    """
    updates, usual = _pairs(case, "updates"), _pairs(case.reference, "updates")
    if _pairs(case, "per_epoch") != 1 or updates is None or updates >= FEW_UPDATES or _works(case):
        return []
    if usual is not None and updates >= usual:
        return []
    return [
        finding(
            case, "no-minibatches", "warning", part="schedule", lines=[case.line("epochs"), case.line("batch_size")],
            updates=updates, reference_updates=usual, count=_pairs(case, "count"),
            batch_size=case.facts.config.get("batch_size"),
        )
    ]  # fmt: skip


def pairs_unbalanced(case: Case) -> list[Finding]:
    """Most of the training pairs are of one kind.

    Severity: warning.

    What it measures: The share of "same" among the training pairs: the rarer kind is less than a quarter, by more than
    chance gives so few pairs (99 times of 100), or is not there at all.

    How to read it: Answering always the same thing is right as often as that kind is there, so that a high accuracy
    says nothing, and a loss that is the mean over pairs is mostly about that kind. Where there is no other kind at all
    nothing keeps embeddings apart: one point satisfies the loss.

    Unit and range: Share of pairs.

    Known problems: Losses that take other pairs of the batch for different need pairs of one kind only.

    Advice: Draw as many of either kind, or weigh the rarer one up in the loss.

    Cost: None.

    Source: ebdiag's own.
    """
    share, count = _pairs(case, "same_share"), _pairs(case, "count")
    if share is None or not count:
        return []
    rare = min(share, 1 - share)
    if rare > 0 and rare + CHANCE * math.sqrt(UNBALANCED * (1 - UNBALANCED) / count) >= UNBALANCED:
        return []
    says = "one" if rare == 0 else "most"
    return [
        finding(
            case, "pairs-unbalanced", "warning", part="pairs", lines=[case.line("same_share")],
            wording=f"pairs-unbalanced.{says}", same_share=share, always=max(share, 1 - share), count=count,
            reference_same_share=_pairs(case.reference, "same_share"),
        )
    ]  # fmt: skip


def rung(case: Case) -> dict[str, Any] | None:
    """The rung of labels, where it was climbed to its end on pairs of both kinds."""
    rows = [row for row in case.facts.ladder if row["rung"] == RUNG and row["value"] is not None]
    return rows[0] if rows and rows[0]["start"] is not None and rows[0]["details"].get("chance") else None


def _at_chance(row: dict[str, Any], value: float) -> bool:
    return bool(abs(value - 0.5) <= CHANCE * row["details"]["chance"])


def _beaten(case: Case, row: dict[str, Any]) -> bool:
    """Whether training found what the ladder did not, in at least half of the runs."""
    scores = [seed.scores.get(_judged(case)) for seed in case.seeds]
    return bool(most([value for value in scores if value is not None and not _at_chance(row, value)], case.seeds))


def _judged(case: Case) -> str:
    """The score of held-out pairs of the source that the variant trains on."""
    return "own_pair_auroc" if _source(case) == "own" else "pair_auroc"


def _source(case: Case) -> str | None:
    source = probe(case, "pairs").get("source")
    return source if isinstance(source, str) else None


def _draws(told: Drawn | None) -> list[Any]:
    return [] if told is None else [*told.labels, *told.images]


def _pairs(case: Case | None, name: str) -> Any:
    """A fact of the training pairs; None where it is not known."""
    return None if case is None else probe(case, "pairs").get(name)


def _works(case: Case) -> bool:
    return bool(case.seeds) and all(seed.works for seed in case.seeds)


def _by_heart(case: Case) -> list[tuple[float, float]]:
    """(training, held-out) distance of the mean cosines of both kinds, in runs that fail by heart."""
    found = []
    for seed in case.failing:
        same, different = seed.late("cosine.same"), seed.late("cosine.different")
        held_out = seed.scores.get("cosine_same"), seed.scores.get("cosine_different")
        if same is None or different is None or held_out[0] is None or held_out[1] is None:
            continue
        apart = same - different, held_out[0] - held_out[1]
        if apart[0] > max(APART, PARTED * apart[1]):
            found.append(apart)
    return most(found, case.failing)

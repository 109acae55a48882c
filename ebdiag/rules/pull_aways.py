"""Which pull-away term the generator is trained by."""

from __future__ import annotations

from typing import Any

from ebdiag.records import rounded
from ebdiag.result import Finding

from .asked import line, probe, written
from .case import Case, Severity, finding

OFF = 0.05
"""A weight that is off by more is another one; keeping the diagonal changes it by 1/B, .016 at 64 codes."""

KEPT = 0.25
"""Share of 1/B from which a constant beside the paper's term is the diagonal: each code's likeness to itself, 1, over
B or B-1."""

PARTS = ("pull_away", "generator_loss", "objective", "train_step")


def pull_away_unsquared(case: Case) -> list[Finding]:
    """The pull-away term takes cosines where the paper takes their squares.

    Severity: deviation.

    What it measures: The value and gradient of the generator's loss on seven sets of prepared codes, among them
    identical ones, opposite halves and one code rescaled. Only a sum of plain, or absolute, cosines gives these values.

    How to read it: Two opposite clusters of codes have a mean cosine of about 0 and a mean squared cosine of 1: the
    plain term does not see this collapse, it rewards it.

    Unit and range: None: a formula fits or it does not.

    Known problems: On digits the term is weak either way; a model may well work with it.

    Advice: Square the cosines before they are averaged.

    Cost: Milliseconds, without training.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 2.4. The most common variant in public code.
    """
    return _of_kind(case, "unsquared", "pull-away-unsquared")


def pull_away_inert(case: Case) -> list[Finding]:
    """The pull-away term has a value and a weight, and next to no effect.

    Severity: deviation.

    What it measures: How much the generator's loss, and its gradient, change over seven sets of prepared codes, as a
    share of what the paper's term of the same weight would change.

    How to read it: Below .05 nothing is pulled away. Dividing by one norm of the whole batch does it: the value is then
    about -1/(B-1) for any codes.

    Unit and range: Share of the paper's effect, 0 to 1.

    Known problems: Taking the term out, or putting the paper's in its place, changed nothing that was measured on
    digits: a dead term is no failure.

    Advice: Divide each code by its own norm, and square the cosines.

    Cost: Milliseconds, without training.

    Source: ebdiag's own measurement; the paper's term is that of arXiv:1609.03126, sec. 2.4.
    """
    found = _found(case)
    constant = found.get("kind") == "none" and found.get("calls_pull_away") and _wanted(case)
    if found.get("kind") != "inert" and not constant:
        return []
    return [_finding(case, "pull-away-inert", "deviation", effect=found.get("gradient_share", 0.0))]


def pull_away_wrong_axis(case: Case) -> list[Finding]:
    """The pull-away term normalises, or compares, along the wrong axis of the codes.

    Severity: deviation.

    What it measures: The generator's loss on seven sets of prepared codes; it follows the formula that divides by norms
    over the batch, or that compares dimensions instead of codes.

    How to read it: What is pushed apart are not the codes of different images. The value can fall while the images
    become alike.

    Unit and range: None: a formula fits or it does not.

    Known problems: With as many dimensions as images the shapes agree, so that no error shows it.

    Advice: Normalise along dim=1 and multiply codes by codes: `unit @ unit.T`.

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.4.
    """
    return _of_kind(case, "wrong axis", "pull-away-wrong-axis")


def pull_away_diagonal(case: Case) -> list[Finding]:
    """The pull-away term counts each code's likeness to itself.

    Severity: deviation.

    What it measures: What is left of the generator's loss where reconstructions are perfect, beside the paper's term.

    How to read it: A constant is added, about weight/B. Its gradient is zero: the logged value is off, the training
    is not.

    Unit and range: Share of the weight, 0 to 1.

    Known problems: None.

    Advice: Subtract the diagonal before averaging, and divide by B(B-1).

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.4.
    """
    found = _found(case)
    kept = found.get("diagonal")
    if found.get("kind") != "paper" or kept is None or kept * case.facts.config["batch_size"] < KEPT:
        return []
    return [] if _scaled_by(case) else [_finding(case, "pull-away-diagonal", "deviation", constant=kept)]


def pull_away_scaled(case: Case) -> list[Finding]:
    """The pull-away term acts with another weight than Config says.

    Severity: deviation; warning where its sign is turned, so that it pulls codes together.

    What it measures: The factor by which the generator's loss follows the paper's term over prepared codes, against
    `Config.pull_away_weight`.

    How to read it: A factor of .5 where each pair is counted once and divided by B(B-1), for instance.

    Unit and range: Weight, as it acts.

    Known problems: Weights from 0 to 10 differ little on digits.

    Advice: Take the factor out, or write it into Config.

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.4: .1.
    """
    factor = _scaled_by(case)
    if factor is None:
        return []
    weight = _found(case)["weight"]
    reversed_ = factor < 0
    return [
        _finding(
            case, "pull-away-scaled", "warning" if reversed_ else "deviation", acts=weight, factor=factor,
            declared=case.facts.config["pull_away_weight"], wording="pull-away-scaled.reversed" if reversed_ else None,
        )
    ]  # fmt: skip


def pull_away_on_pixels(case: Case) -> list[Finding]:
    """The pull-away term compares images where the paper compares codes.

    Severity: deviation.

    What it measures: The generator's loss does not change with prepared codes, and follows the pull-away formula over
    the pixels of prepared images.

    How to read it: Images that differ in position but not in kind count as apart; two different images on one
    background count as alike.

    Unit and range: None: a formula fits or it does not.

    Known problems: None.

    Advice: Give the term the encoder's output.

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.4: the term is taken of the encoder's representations.
    """
    return _of_kind(case, "pixels", "pull-away-on-pixels")


def pull_away_unused(case: Case) -> list[Finding]:
    """A pull-away term, or its weight, is written down and never reaches the generator.

    Severity: deviation.

    What it measures: Whether the gradient of the generator's loss at the codes of prepared images is other than zero,
    and goes on to the images.

    How to read it: The model is a plain EBGAN, not an EBGAN-PT. Nothing where Config says a weight of 0, or where the
    file neither has the weight nor the function.

    Unit and range: None.

    Known problems: None.

    Advice: Add the term to the generator's loss, without `detach()`; or delete it.

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.4.
    """
    kind = _found(case).get("kind")
    left_out = kind == "none" and not _found(case).get("calls_pull_away") and _wanted(case)
    if not left_out and kind != "detached":
        return []
    weight = case.variant.config_lines.get("pull_away_weight")
    part = written(case, "generator_loss", "objective", "train_step")
    wording = "pull-away-unused.detached" if kind == "detached" else None
    lines = [line(_found(case)) if kind == "detached" else None, case.line(part), weight]
    return [
        finding(case, "pull-away-unused", "deviation", part=part, wording=wording, lines=lines,
                weight=case.facts.config["pull_away_weight"])
    ]  # fmt: skip


def _of_kind(case: Case, kind: str, rule: str) -> list[Finding]:
    return [_finding(case, rule, "deviation")] if _found(case).get("kind") == kind else []


def _finding(case: Case, rule: str, severity: Severity, *, wording: str | None = None, **evidence: Any) -> Finding:
    return finding(
        case, rule, severity, part=written(case, *PARTS), wording=wording, lines=[line(_found(case))], **evidence
    )


def _found(case: Case) -> dict[str, Any]:
    """The term in the generator's loss; the function on its own where the loss could not be asked and calls it."""
    found = probe(case, "pull_away")
    if found.get("kind") is None and case.used("pull_away"):
        alone = found.get("alone", {})
        return {"kind": alone.get("kind")} if alone.get("kind") in ("unsquared", "inert", "wrong axis") else {}
    return found


def _wanted(case: Case) -> bool:
    """Whether the file means to have a pull-away term: it writes one, or a weight, and the weight is not 0."""
    says = case.variant.parts["pull_away"].line is not None or "pull_away_weight" in case.variant.config_lines
    return says and bool(case.facts.config.get("pull_away_weight"))


def _scaled_by(case: Case) -> float | None:
    """Factor between the weight that acts and the one that Config says; None where they agree."""
    found, declared = _found(case), case.facts.config.get("pull_away_weight")
    says = "pull_away_weight" in case.variant.config_lines or case.used("pull_away_weight")
    if found.get("kind") != "paper" or found.get("weight") is None or not declared or not says:
        return None
    factor = float(found["weight"] / declared)
    batch = case.facts.config["batch_size"]
    over_all = found.get("diagonal") and abs(factor - (batch - 1) / batch) < OFF / 5  # divided by B² in place of B(B-1)
    return None if abs(factor - 1) < OFF or over_all else rounded(factor)

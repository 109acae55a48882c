"""Whether and when the discriminator stops to push generated images away."""

from __future__ import annotations

from ebdiag.result import Finding

from .asked import controlled, energy_is_own, line, per_sample, probe, written
from .case import Case, Severity, finding

PARTS = ("discriminator_loss", "objective", "train_step")


def hinge_on_batch_mean(case: Case) -> list[Finding]:
    """The hinge is taken of the batch's mean energy, where the paper takes it of each image's.

    Severity: deviation.

    What it measures: Which generated images the discriminator's loss pushes, in a batch of prepared energies: half of
    them below the margin and half far above it, and three quarters far below it and one just above.

    How to read it: Images that are already far from the margin speak for the others: as soon as the mean passes it,
    those below it are no longer pushed; as long as it does not, those beyond it still are.

    Unit and range: None.

    Known problems: Where all energies in a batch are alike, as on collapsed images, the two are the same.

    Advice: Take the hinge first and the mean after it.

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.1: [m - D(G(z))]⁺ for each z.
    """
    found = probe(case, "hinge")
    if found.get("kind") != "batch_mean" or not per_sample(case) or not energy_is_own(case):
        return []
    part = written(case, *PARTS)
    return [finding(case, "hinge-on-batch-mean", "deviation", part=part, lines=[line(found)])]


def hinge_missing(case: Case) -> list[Finding]:
    """The discriminator's loss has no hinge: it never stops to push generated images away, or never begins.

    Severity: error where nothing bounds the loss, where generated images are pulled like real ones or do nothing;
    warning where the range of the output bounds it; deviation where an Objective with a state of its own, or a soft
    hinge, takes its place.

    What it measures: The gradient of the discriminator's loss at prepared reconstructions of generated images, from
    almost perfect ones to errors far beyond any margin.

    How to read it: `none`: pushed however far they are, so that the loss falls without end. `reversed`: their energy
    is lowered, like that of real ones. `inactive`: the loss does not depend on them. `soft`: the push fades.

    Unit and range: None.

    Known problems: An Objective is asked as it stands after a few steps. Not said of a BEGAN, whose loss has no hinge
    by design: that is an Objective with a number that weighs generated images.

    Advice: Subtract from the margin and clip at 0: `(config.margin - energy_fake).relu().mean()`.

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.1.
    """
    found = probe(case, "hinge")
    kind = found.get("kind")
    joint = bool(probe(case, "steps").get("leaks"))  # what was sent to the other net as well is not the hinge's
    if kind not in ("none", "reversed", "inactive", "soft") or joint or not energy_is_own(case):
        return []
    if controlled(case) is not None:
        return []
    bounded = case.facts.ranges.get("reconstruction", {}).get("high") is not None
    severity: Severity = "error"
    if kind == "soft" or case.facts.conformance.get("stateful"):
        severity = "deviation"
    elif kind == "none" and bounded:
        severity = "warning"
    part = written(case, *PARTS)
    return [finding(case, "hinge-missing", severity, part=part, wording=f"hinge-missing.{kind}", lines=[line(found)])]

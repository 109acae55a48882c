"""Who is updated by whom, how often, and whether logged values are what they are called."""

from __future__ import annotations

from typing import Any

from ebdiag.result import Finding

from .asked import probe, written
from .case import Case, Severity, finding

LEAK = 0.01
"""Share of a net's gradient from which the other loss's part in it is more than rounding."""

SHOWN = 3
"""Names of parameters that a sentence lists."""


def loss_moves_other_net(case: Case) -> list[Finding]:
    """A net is updated by the loss of the other one.

    Severity: warning.

    What it measures: Two real training steps: which `backward` left a gradient in which net, and which of these were
    still there when the net was updated. `share`: the part of that gradient which the other net's loss left.

    How to read it: A discriminator that follows the generator's loss lowers the energy of generated images, which
    undoes its own; a generator that follows the discriminator's raises it.

    Unit and range: Share of the gradient's size, 0 to 1.

    Known problems: Only the first 200,000 values of each net are watched. Gradients that are set by hand are not seen.

    Advice: Call `zero_grad()` before each `backward()`, and give the discriminator's loss `fake.detach()`.

    Cost: Two steps.

    Source: arXiv:1609.03126, sec. 2.1: two losses, each minimised over one net.
    """
    found = probe(case, "steps")
    leaks = [leak for leak in found.get("leaks", []) if leak["share"] > LEAK]
    part = written(case, "train_step", "generator_loss", "discriminator_loss", "objective")
    if len(leaks) == 2:
        return [
            finding(case, "loss-moves-other-net", "warning", part=part, wording="loss-moves-other-net.both",
                    share=max(leak["share"] for leak in leaks))
        ]  # fmt: skip
    if leaks:
        return [
            finding(case, "loss-moves-other-net", "warning", part=part, of=leaks[0]["of"], into=leaks[0]["into"],
                    share=leaks[0]["share"])
        ]  # fmt: skip
    return [
        finding(case, "loss-moves-other-net", "warning", part=written(case, f"{touch['of']}_loss", "objective"),
                wording="loss-moves-other-net.touched", of=touch["of"], into=touch["into"])
        for touch in found.get("touched", [])[:1]
    ]  # fmt: skip


def optimizer_wrong_parameters(case: Case) -> list[Finding]:
    """An optimiser does not hold exactly the parameters of its net.

    Severity: error where it holds none of them; warning else.

    What it measures: The parameters of each optimiser's groups against the trainable ones of its net.

    How to read it: What no optimiser holds stays as it was drawn. What the wrong one holds is moved by the other net's
    updates, or is not moved at all.

    Unit and range: Number of parameter tensors.

    Known problems: Optimisers without `param_groups` are not looked at.

    Advice: Give each optimiser `net.parameters()` of its own net.

    Cost: None.

    Source: the contract, docs/variants.md.
    """
    wrong = []
    for net in ("generator", "discriminator"):
        held = probe(case, "optimizers").get(net) or {}
        for kind in ("missing", "foreign", "twice"):
            if held.get(kind):
                wrong.append((net, kind, held[kind]))
    if not wrong:
        return []
    sizes = {net: len(case.facts.sizes[net]) for net in ("generator", "discriminator")}
    nothing = [net for net, kind, names in wrong if kind == "missing" and len(names) == sizes[net]]
    net, kind, names = next((row for row in wrong if row[0] in nothing), wrong[0])
    return [
        finding(case, "optimizer-wrong-parameters", "error" if nothing else "warning", part=f"optimizer.{net}",
                wording=f"optimizer-wrong-parameters.{'all' if nothing else kind}", net=net, tensors=len(names),
                names=names[:SHOWN], others=[f"{n}: {k} {len(found)}" for n, k, found in wrong[1:]] or None)
    ]  # fmt: skip


def update_ratio(case: Case) -> list[Finding]:
    """Discriminator and generator are not updated once each.

    Severity: error where one of them is never updated; deviation where that differs from what Config says, or from both
    the paper and the reference.

    What it measures: Calls of each optimiser's `step` in one real training step.

    How to read it: More updates of the discriminator make it stronger, and the hinge closes earlier.

    Unit and range: Updates of D and G in one step.

    Known problems: One step is looked at; a schedule that changes later is not seen.

    Advice: Count the calls of `step()`; say the ratio in `Config.discriminator_steps`.

    Cost: Two steps.

    Source: arXiv:1609.03126 updates both once; domain practice varies.
    """
    counts = probe(case, "steps").get("updates")
    if not counts:
        return []
    d, g = counts["discriminator"], counts["generator"]
    order = probe(case, "steps").get("order")
    part = written(case, "train_step", "schedule")
    if d == 0 or g == 0:
        net = "discriminator" if d == 0 else "generator"
        return [finding(case, "update-ratio", "error", part=part, wording="update-ratio.never", net=net, order=order)]
    declared = case.facts.config.get("discriminator_steps")
    says = "discriminator_steps" in case.variant.config_lines
    if g != 1 or (says and d != declared):
        return [
            finding(case, "update-ratio", "deviation", part=part, wording="update-ratio.undeclared", d=d, g=g,
                    declared=declared, order=order)
        ]  # fmt: skip
    theirs = probe(case.reference, "steps").get("updates") if case.reference else None
    if d == 1 or (case.reference is None and says) or (theirs and theirs["discriminator"] == d):
        return []
    return [finding(case, "update-ratio", "deviation", part=part, d=d, g=g, order=order)]


def log_polluted(case: Case) -> list[Finding]:
    """A logged value is not what it is called.

    Severity: warning.

    What it measures: For a loss with named terms, whether a term changes with what is none of its business, such as
    `energy_real` with the reconstructions of generated images. For a `train_step`, a logged energy of real images
    against that of the reconstructions which were made in the step.

    How to read it: An in-place sum (`loss = energy_real; loss += hinge`) leaves the sum in the value that is logged. In
    named terms of a loss it is trained on as well, since they are added up.

    Unit and range: The energy's own unit.

    Known problems: Only names with `real`, `fake`, `hinge`, `pull`, `repel` or `energy` are understood.

    Advice: Write `loss = energy_real + hinge`.

    Cost: Milliseconds, without training.

    Source: seen in public code.
    """
    terms: list[dict[str, Any]] = probe(case, "terms").get("polluted", [])
    if terms:
        first = terms[0]
        part = written(case, f"{first['loss']}_loss", "objective")
        severity: Severity = "warning"
        return [
            finding(case, "log-polluted", severity, part=part, wording=f"log-polluted.{first['depends_on']}",
                    name=first["name"], names=[term["name"] for term in terms])
        ]  # fmt: skip
    logs: list[dict[str, Any]] = (probe(case, "steps").get("logs") or {}).get("polluted", [])
    if not logs:
        return []
    first = logs[0]
    return [
        finding(case, "log-polluted", "warning", part="train_step", name=first["name"], value=first["value"],
                expected=first["expected"])
    ]  # fmt: skip

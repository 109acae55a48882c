"""What the energy depends on beside the image and its reconstruction."""

from __future__ import annotations

from ebdiag.records import Line
from ebdiag.result import Finding

from .asked import DEPENDS, ONE, batch_size_matters, calls_energy, line, margin, per_sample, probe, written
from .case import Case, Severity, finding

FLOOR = 0.01
"""Share of the margin from which a floor is worth a word."""

LOSSES = ("generator_loss", "objective", "train_step")


def generator_target_detached(case: Case) -> list[Finding]:
    """The generator's energy cuts its image off as the target of its own reconstruction.

    Severity: deviation; warning where the reconstruction is cut off instead, so that the discriminator teaches nothing.

    What it measures: Which of two ways a gradient takes from the energy of a prepared image back to it: through the
    reconstruction, and as its target. `cosine` is that of the gradient used with the full one, on generated images at
    step 0.

    How to read it: The generator still learns, along another direction: towards images whose reconstruction moves,
    not towards reconstructions.

    Unit and range: Cosine, -1 to 1; 1 where nothing is cut off.

    Known problems: Measured alone on a compact net it made no difference beyond the spread between seeds.

    Advice: Take the `detach()` out.

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.1: the gradient of D(G(z)) with respect to G. 4 of 15 public versions detach.
    """
    found = probe(case, "target")
    part = written(case, *LOSSES)
    if found.get("reconstruction_detached"):
        return [
            finding(case, "generator-target-detached", "warning", part=part,
                    wording="generator-target-detached.reconstruction", lines=[line(found)])
        ]  # fmt: skip
    if not found.get("detached"):
        return []
    return [
        finding(case, "generator-target-detached", "deviation", part=part, lines=[line(found)],
                cosine=found.get("cosine"),
                wording=None if found.get("cosine") is not None else "generator-target-detached.uncounted")
    ]  # fmt: skip


def energy_not_per_sample(case: Case) -> list[Finding]:
    """`energy` does not return one value for each image.

    Severity: deviation where it returns one for the whole batch; warning where it returns more than one an image, so
    that the hinge acts on single pixels.

    What it measures: The shape of what `energy` returns for prepared images.

    How to read it: With one value for all, the hinge can only be taken of the batch's mean.

    Unit and range: Values returned, for so many images.

    Known problems: None.

    Advice: Reduce over all axes but the first: `(recon - x).square().flatten(1).mean(1)`.

    Cost: Milliseconds, without training.

    Source: arXiv:1609.03126, sec. 2.1.
    """
    found = probe(case, "energy")
    if per_sample(case) or batch_size_matters(case):
        return []
    shape, batch = found["shape"], found["batch"]
    returned = 1
    for side in shape:
        returned *= side
    several = returned > batch
    return [
        finding(case, "energy-not-per-sample", "warning" if several else "deviation", part="energy",
                wording="energy-not-per-sample.pixels" if several else None, returned=returned, images=batch,
                shape=str(tuple(shape)))
    ]  # fmt: skip


def energy_depends_on_batch_size(case: Case) -> list[Finding]:
    """The energy changes with the number of images that it is taken of.

    Severity: warning.

    What it measures: The energy of prepared images where each stands twice in the batch, over that where each stands
    once; and the error at which the hinge ends in either.

    How to read it: 1 for an energy of single images. .71 is 1/√2: the root of a sum over the batch, divided by its
    size. 2 is a sum over the batch. The margin then means something else for each batch size.

    Unit and range: Ratio, > 0.

    Known problems: A loss that sums over the batch after the hinge is not meant; that only scales the gradient.

    Advice: Reduce each image on its own, and average over the batch last.

    Cost: Milliseconds, without training.

    Source: ebdiag's own; seen in public code.
    """
    if not batch_size_matters(case):
        return []
    found, hinge = probe(case, "energy"), probe(case, "hinge")
    ratio = found.get("batch_size_ratio") if calls_energy(case) else None
    if ratio is None or abs(ratio - 1) <= ONE:  # energies written into the loss: that at the end of the hinge
        ratio = hinge["closes_at"] / hinge["closes_at_double"]
        part, where = (
            written(case, "discriminator_loss", "objective", "train_step"),
            probe(case, "discriminator_energy"),
        )
    else:
        part, where = "energy", probe(case, "discriminator_energy")
    return [
        finding(case, "energy-depends-on-batch-size", "warning", part=part, lines=[line(where)],
                ratio=float(f"{ratio:.3g}"))
    ]  # fmt: skip


def energy_depends_on_batch_mates(case: Case) -> list[Finding]:
    """An image's energy depends on which other images share its batch.

    Severity: deviation.

    What it measures: The energy of four real images in a batch of two copies of itself, and in a batch of real ones, at
    step 0, in train mode, as the losses see it; and the function `energy` on two rows of a prepared batch.

    How to read it: With BatchNorm in the discriminator a real image can be cheap among real ones and dear alone. On
    generated images that are alike, BatchNorm subtracts what they share: the generator is hardly told where to move.

    Unit and range: The variant's pixels squared; relative change >= 0.

    Known problems: Not measured where the discriminator draws random numbers of its own.

    Advice: Use a normalisation that looks at one image (LayerNorm, GroupNorm), or none, in the discriminator.

    Cost: A dozen passes of the discriminator.

    Source: ebdiag's own measurement. BatchNorm: Ioffe and Szegedy 2015 (arXiv:1502.03167).
    """
    mates = probe(case, "energy").get("batch_mates")
    if calls_energy(case) and mates is not None and mates > DEPENDS:
        return [
            finding(case, "energy-depends-on-batch-mates", "deviation", part="energy",
                    wording="energy-depends-on-batch-mates.function", change=float(f"{mates:.3g}"))
        ]  # fmt: skip
    found = probe(case, "company").get("train") or {}
    if found.get("change") is None or found["change"] <= DEPENDS:
        return []
    return [
        finding(case, "energy-depends-on-batch-mates", "deviation", part="discriminator", lines=_batch_norms(case),
                alone=found["alone"], among=found["among"], change=float(f"{found['change']:.3g}"))
    ]  # fmt: skip


def energy_entropy_floor(case: Case) -> list[Finding]:
    """The energy is a cross-entropy, which is not 0 for a perfect reconstruction.

    Severity: deviation; warning where the floor is above the margin.

    What it measures: The mean cross-entropy of real images with themselves.

    How to read it: The energy of real images cannot fall below this, however good the discriminator is. Only pixels
    that are neither black nor white have a part in it.

    Unit and range: The energy's own unit, >= 0.

    Known problems: Said only where the formula could be told from prepared reconstructions.

    Advice: Subtract the images' own entropy, or use squares; else choose the margin well above the floor.

    Cost: Milliseconds, without training.

    Source: definition; see for instance Cover and Thomas, Elements of Information Theory.
    """
    floor, limit = case.facts.conformance.get("energy_floor"), margin(case) or case.facts.config.get("margin", 0.0)
    if floor is None or floor < FLOOR * limit:
        return []
    severity: Severity = "warning" if floor >= limit else "deviation"
    found = probe(case, "discriminator_energy")
    part = "energy" if calls_energy(case) else written(case, "discriminator_loss", "objective", "train_step")
    return [finding(case, "energy-entropy-floor", severity, part=part, lines=[line(found)], floor=floor, margin=limit)]


def _batch_norms(case: Case) -> list[Line]:
    """Lines of BatchNorm layers in the discriminator."""
    return [
        Line(**layer["line"])
        for layer in case.facts.layers["discriminator"]
        if "BatchNorm" in layer["type"] and layer["line"]
    ]

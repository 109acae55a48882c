"""Nets that are too narrow, too wide, dead, or normalised otherwise than they look."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ebdiag.align import Layer, aligned, shown
from ebdiag.kinds import NETS
from ebdiag.records import Line
from ebdiag.result import Finding

from .case import Case, finding

EPS = 0.01
"""Ten times the largest eps in common use (1e-3); a batch's variances are about 1, which an eps below does not move."""

DEAD = 0.75
"""Usual weights leave hardly a unit at 0 for a whole batch; tiny ones beside PyTorch's biases leave half of them."""


def code_too_wide(case: Case) -> list[Finding]:
    """The discriminator's code is at least as wide as the image.

    Severity: warning, where the reference's code is narrower; else note, as in the paper's own grid.

    What it measures: Values of the code against values of the image.

    How to read it: Nothing in the autoencoder forces it to learn what images look like: it may copy whatever it is
    shown, and then noise and generated images have as low an energy as real ones. Only the hinge speaks against that.

    Unit and range: Numbers of values.

    Known problems: A wide code does not have to fail. The compact reference with a code of 1,024 for 784 pixels stays
    within the spread of its seeds (FID 163 after 1,000 steps), and the paper's own MNIST models have codes that wide.

    Advice: Make the code narrower than the image; 32 is enough for digits.

    Cost: None: a comparison of shapes.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 2.3, on autoencoders that become the identity.
    """
    code, shape = case.facts.yardsticks.get("code"), case.facts.config.get("image_shape")
    if code is None or shape is None or code < math.prod(shape):
        return []
    pixels = math.prod(shape)
    reference = case.reference.facts.yardsticks.get("code") if case.reference else None
    alone = reference is not None and reference < pixels
    return [
        finding(case, "code-too-wide", "warning" if alone else "note", part="discriminator",
                lines=[_of_size(case, code)], code=code, pixels=pixels, reference_code=reference)
    ]  # fmt: skip


def code_too_narrow(case: Case) -> list[Finding]:
    """The code has fewer values than half of the data's variance needs directions.

    Severity: warning.

    What it measures: Values of the code against the number of principal components that hold half of the variance of
    the training images.

    How to read it: A linear autoencoder with such a code loses more than half of what tells images apart. Real images
    keep a high energy, and generated ones look as good when they lack the same details.

    Unit and range: Numbers of values.

    Known problems: An autoencoder that is not linear can do more with a code than principal components can. On the
    compact reference a code of 2 costs a part of the quality (FID 232 against 94 to 185 after 1,000 steps), not all.

    Advice: Widen the code; 32 is enough for digits.

    Cost: None beside the principal components of the yardsticks.

    Source: Definition; Pearson 1901 for the components.
    """
    code, half = case.facts.yardsticks.get("code"), case.facts.yardsticks.get("half")
    if code is None or half is None or code >= half:
        return []
    return [
        finding(case, "code-too-narrow", "warning", part="discriminator", lines=[_of_size(case, code)], code=code,
                needed=half)
    ]  # fmt: skip


def batchnorm_arguments(case: Case) -> list[Finding]:
    """A normalisation has an eps so large that it was probably meant as momentum.

    Severity: warning.

    What it measures: eps of batch and instance normalisation, from 0.01 on.

    How to read it: The second argument of `nn.BatchNorm2d` is eps, the third momentum. With an eps of 0.8 a layer
    divides by √(variance + 0.8): weak signals stay weak, and units no longer come out with a spread of 1.

    Unit and range: eps, in units of the layer's input squared.

    Known problems: Nobody says that it was not meant so.

    Advice: Leave eps out, or write momentum by its name.

    Cost: None.

    Source: Public code; the same slip stands in many copies of one early collection of GANs.
    """
    layers = [
        layer for _, layer in _layers(case)
        if layer.get("kind") == "normalisation"
        and layer["type"].startswith(("BatchNorm", "InstanceNorm"))
        and layer["arguments"]["eps"] >= EPS
    ]  # fmt: skip
    if not layers:
        return []
    first = layers[0]
    return [
        finding(case, "batchnorm-arguments", "warning", part=_net(case, first), lines=[_line(row) for row in layers],
                shown=shown(first), eps=first["arguments"]["eps"], layers=len(layers), type=first["type"],
                features=first["shape"][0])
    ]  # fmt: skip


def normalisation_missing(case: Case) -> list[Finding]:
    """The reference normalises where this model does not.

    Severity: deviation: it may as well be no loss.

    What it measures: Layers of batch, layer, group or instance normalisation of the reference that have no counterpart
    in the alignment of both nets.

    How to read it: Without normalisation the size of signals depends on the weights alone, and a generator may learn
    more slowly, or hand the same image to every latent. In the discriminator its absence is often a gain: no image's
    energy depends on what shares its batch.

    Unit and range: Number of layers.

    Known problems: The compact reference without BatchNorm in its generator stays within the spread of its seeds.

    Advice: Try the reference's normalisation before looking further.

    Cost: None.

    Source: Radford, Metz, Chintala 2015 (arXiv:1511.06434) for batch normalisation in generators.
    """
    if case.reference is None:
        return []
    missing: list[tuple[str, Layer, Line | None]] = []
    for net in NETS:
        before: Line | None = None
        for _, pairs in aligned(case.reference.facts.layers.get(net, []), case.facts.layers.get(net, [])):
            for ours, theirs in pairs:
                before = _line(theirs) if theirs else before
                if ours and ours.get("kind") == "normalisation" and (theirs or {}).get("kind") != "normalisation":
                    missing.append((net, ours, before))
    if not missing:
        return []
    net, first, _ = missing[0]
    return [
        finding(case, "normalisation-missing", "deviation", part=net, lines=[line for _, _, line in missing],
                shown=shown(first), net=net, layers=len(missing),
                reference=str(_line(first) or case.reference.variant.path))
    ]  # fmt: skip


def dead_at_init(case: Case) -> list[Finding]:
    """An activation gives 0 for most of its units, whatever comes in, before any training.

    Severity: error where all units of a layer are 0 that everything passes through; else warning.

    What it measures: The largest share, over the activations of both nets, of units that are 0 for a whole batch at
    step 0, from three quarters on: the discriminator on real images, the generator on latents.

    How to read it: A unit that is 0 for every input hands no gradient on. Some of usual width and usual initial weights
    are never dead; many are where a bias or a mean in front of a ReLU is far below zero.

    Unit and range: Share of units, 0 to 1; a unit is a feature, or a channel over all places.

    Known problems: One batch. Only units that are exactly 0 count: leaky and bounded activations never do.

    Advice: Look at the layer before it: its bias, its initial weights, and the range of what it is given.

    Cost: None: it is seen in the pass that lists the layers.

    Source: Definition.
    """
    found = [(net, layer) for net, layer in _layers(case) if (layer.get("dead") or 0.0) >= DEAD]
    if not found:
        return []
    net, worst = max(found, key=lambda row: row[1]["dead"])
    joins = any(layer["type"] in ("add", "cat") for role, layer in _layers(case) if role == net)
    blocked = worst["dead"] == 1 and not joins
    return [
        finding(case, "dead-at-init", "error" if blocked else "warning", part=net, lines=[_line(worst)],
                wording="dead-at-init.all" if blocked else None, share=worst["dead"], net=net, shown=shown(worst),
                units=worst["shape"][0], layers=len(found))
    ]  # fmt: skip


def _layers(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((net, layer) for net in NETS for layer in case.facts.layers.get(net, []))


def _net(case: Case, layer: Layer) -> str:
    return next(net for net, other in _layers(case) if other is layer)


def _line(layer: Layer) -> Line | None:
    line = layer.get("line")
    return Line(line["file"], line["line"]) if line else None


def _of_size(case: Case, size: float) -> Line | None:
    """The line of the discriminator's first layer with weights that has so many outputs."""
    layers = case.facts.layers.get("discriminator", [])
    of_size = [row for row in layers if math.prod(row["shape"]) == size and row.get("kind") == "weights"]
    return _line(of_size[0]) if of_size else None

"""What the nets can put out, against the data."""

from __future__ import annotations

from typing import Any

from ebdiag.result import Finding
from ebdiag.schema import LineRef

from .case import Case, finding

NEAR = 0.02
"""Share of the data's width that an output may fall short of it: tanh never quite reaches 1."""


def generator_range_mismatch(case: Case) -> list[Finding]:
    """The generator cannot draw a part of the data's range.

    Severity: error.

    What it measures: The lowest and highest value that the generator's output can take, found by multiplying all its
    weights and its latents by 3 and 30, against those of real images in the model's pixel range.

    How to read it: Real images can be told from generated ones by these values alone, whatever else is learnt.

    Unit and range: Pixel values.

    Known problems: An output that could reach farther, but only in a way that large weights do not show, counts as
    bounded.

    Advice: End in an activation with the data's range, or say another `pixel_range` in Config.

    Cost: Eight passes of the generator.

    Source: derivation; measured: a sigmoid for data in [-1, 1] works in 0 of 3 seeds (user_models/).
    """
    return _mismatch(case, "generator", "generator", "generator-range-mismatch")


def reconstruction_range_mismatch(case: Case) -> list[Finding]:
    """The discriminator cannot reconstruct a part of the data's range.

    Severity: error.

    What it measures: As `generator-range-mismatch`, for the discriminator's reconstruction. `floor`: the energy that
    real images keep even if each pixel is as near as the range allows.

    How to read it: The energy of real images has a floor that no training removes; the discriminator can lower it only
    for images that stay inside of its range, which are not the real ones.

    Unit and range: Pixel values; the floor in the energy's own unit.

    Known problems: In a short run it can look better than a reference that needs longer: a high floor is near the
    margin.

    Advice: End in an activation with the data's range or in none, or say another `pixel_range` in Config.

    Cost: Eight passes of the discriminator.

    Source: derivation; measured: a sigmoid for data in [-1, 1] works in 0 of 3 seeds (user_models/).
    """
    return _mismatch(case, "reconstruction", "discriminator", "reconstruction-range-mismatch")


def silent_broadcast(case: Case) -> list[Finding]:
    """The reconstruction has another shape than the image, and PyTorch repeats it to fit.

    Severity: error.

    What it measures: The shape of the discriminator's reconstruction of real images, against theirs.

    How to read it: One reconstruction is compared with several channels or pixels at once. The energy has a value, and
    says nothing of a reconstruction.

    Unit and range: Shapes without the batch.

    Known problems: None.

    Advice: Give the last layer as many channels as the image has.

    Cost: None.

    Source: PyTorch's broadcasting semantics.
    """
    image, recon = case.facts.ranges.get("image_shape"), case.facts.ranges.get("recon_shape")
    if not image or not recon or _size(image) == _size(recon):
        return []
    return [
        finding(case, "silent-broadcast", "error", part="discriminator", lines=[_last(case, "reconstruction")],
                image=str(tuple(image)), recon=str(tuple(recon)))
    ]  # fmt: skip


def not_an_autoencoder(case: Case) -> list[Finding]:
    """The discriminator returns one number an image, not a reconstruction.

    Severity: note.

    What it measures: The shape of what the discriminator returns. Not said beside a reference that is none either.

    How to read it: This is another family of models. Energies, margin, codes and all that needs a reconstruction cannot
    be looked at.

    Unit and range: None.

    Known problems: None.

    Advice: Return the decoder's output for an energy-based GAN; for a plain GAN nothing has to be done.

    Cost: None.

    Source: arXiv:1609.03126, sec. 2.3: the discriminator is an autoencoder.
    """
    if case.facts.autoencoder or (case.reference is not None and not case.reference.facts.autoencoder):
        return []
    return [finding(case, "not-an-autoencoder", "note", part="discriminator")]


def _mismatch(case: Case, output: str, net: str, rule: str) -> list[Finding]:
    found: dict[str, Any] = case.facts.ranges.get(output, {})
    if "low" not in found:
        return []
    low, high = case.facts.ranges["data"]
    near = NEAR * (high - low)
    cut_low = found["low"] is not None and found["low"] > low + near
    cut_high = found["high"] is not None and found["high"] < high - near
    if not cut_low and not cut_high:
        return []
    last = found.get("last") or {}
    side = "both" if cut_low and cut_high else "low" if cut_low else "high"
    return [
        finding(case, rule, "error", part=net, wording=f"{rule}.{side}", lines=[_last(case, output)],
                low=found["low"], high=found["high"], data_low=low, data_high=high, layer=last.get("name"),
                floor=case.facts.ranges["energy"].get("floor") if output == "reconstruction" else None)
    ]  # fmt: skip


def _last(case: Case, output: str) -> LineRef | None:
    """Line of what bounds an output."""
    last = case.facts.ranges.get(output, {}).get("last") or {}
    return LineRef(**last["line"]) if last.get("line") else None


def _size(shape: list[int]) -> int:
    size = 1
    for side in shape:
        size *= side
    return size

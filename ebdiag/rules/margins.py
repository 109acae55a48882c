"""The margin against what the energy can reach."""

from __future__ import annotations

from ebdiag.records import Line
from ebdiag.result import Finding
from ebdiag.schema import LineRef

from .asked import in_loss_units, margin, probe, written
from .case import Case, finding


def margin_unreachable(case: Case) -> list[Finding]:
    """The margin is above the largest energy that the discriminator's output can have.

    Severity: error.

    What it measures: The energy at which the hinge ends, against that of a blank image whose reconstruction lies at the
    other end of the output's range. The range is found by multiplying all weights by 3 and 30.

    How to read it: The hinge never ends. The discriminator is rewarded for bad reconstructions of generated images
    however bad they are already, and it takes the weights that real images need.

    Unit and range: The energy's own unit.

    Known problems: A margin a little below the ceiling is hardly better, and not reported.

    Advice: Choose a margin between the energy of real images and that of the mean image; the paper's numbers (10 to 80)
    belong to a norm over the whole image.

    Cost: Milliseconds, without training.

    Source: derivation; measured: margin 20 with a tanh decoder works in 0 of 3 seeds (user_models/).
    """
    limit, ceiling = margin(case), _ceiling(case)
    if limit is None or ceiling is None or limit < ceiling:
        return []
    return [
        finding(case, "margin-unreachable", "error", part="margin", lines=_places(case), margin=_short(limit),
                ceiling=_short(ceiling), mean_image=_mean_image(case), bound=_bound(case))
    ]  # fmt: skip


def margin_inflates_reconstruction(case: Case) -> list[Finding]:
    """The margin can only be reached by reconstructions far outside of the data's range.

    Severity: warning.

    What it measures: The energy at which the hinge ends, against the largest with a reconstruction inside of the pixel
    range. The discriminator's output has no bound that would keep it there.

    How to read it: The discriminator is paid to draw generated images with values that no image has. Measured: a margin
    of 100 for mean squares scores worse than any seed of the reference.

    Unit and range: The energy's own unit.

    Known problems: A margin below that can be too large as well.

    Advice: Choose a margin between the energy of real images and that of the mean image.

    Cost: Milliseconds, without training.

    Source: derivation: an energy of m as mean of squares is a typical error of √m a pixel.
    """
    limit, ceiling = margin(case), _ceiling(case)
    inside = _inside(case)
    if limit is None or inside is None or limit <= inside or (ceiling is not None and limit >= ceiling):
        return []
    return [
        finding(case, "margin-inflates-reconstruction", "warning", part="margin", lines=_places(case),
                margin=_short(limit), in_range=_short(inside), mean_image=_mean_image(case))
    ]  # fmt: skip


def margin_below_energy_floor(case: Case) -> list[Finding]:
    """The margin is below the energy that even a trained discriminator leaves real images.

    Severity: warning.

    What it measures: The energy at which the hinge ends, against the energy of real images rebuilt from as many
    principal components as the code has numbers: the best that a linear autoencoder with that code can do.

    How to read it: Generated images reach the margin before real ones have sunk to it, so that the hinge closes and the
    discriminator is not taught to tell them apart.

    Unit and range: The energy's own unit.

    Known problems: A deep autoencoder passes the linear one's floor in the end, after hundreds of steps.

    Advice: Raise the margin above the energy of the mean image, or scale the energy.

    Cost: One eigenvalue problem of the image's size.

    Source: ebdiag's own; measured: margin .01 under a floor of .068 works in 0 of 3 seeds (user_models/).
    """
    limit = margin(case)
    low, high = case.facts.ranges.get("pixel_range", (-1, 1))
    width = ((high - low) / 2) ** 2
    known = case.facts.yardsticks
    squared = known.get("pca")
    floor = in_loss_units(case, known.get("pca_own"), None if squared is None else squared * width)
    if limit is None or floor is None or limit >= floor:
        return []
    return [
        finding(case, "margin-below-energy-floor", "warning", part="margin", lines=_places(case), margin=_short(limit),
                floor=_short(floor), mean_image=_mean_image(case), code=known.get("code"))
    ]  # fmt: skip


def _ceiling(case: Case) -> float | None:
    bounds, (low, high) = case.facts.ranges.get("reconstruction", {}), case.facts.ranges.get("pixel_range", (-1, 1))
    if bounds.get("low") is None or bounds.get("high") is None:
        return None
    farthest = max(bounds["high"] - low, high - bounds["low"])
    return in_loss_units(case, case.facts.ranges["energy"]["ceiling"], farthest**2)


def _inside(case: Case) -> float | None:
    low, high = case.facts.ranges.get("pixel_range", (-1, 1))
    return in_loss_units(case, case.facts.ranges.get("energy", {}).get("in_range"), (high - low) ** 2)


def _mean_image(case: Case) -> float | None:
    low, high = case.facts.ranges.get("pixel_range", (-1, 1))
    squared = case.facts.yardsticks.get("mean_image")
    own = case.facts.yardsticks.get("mean_image_own")
    value = in_loss_units(case, own, None if squared is None else squared * ((high - low) / 2) ** 2)
    return None if value is None else _short(value)


def _bound(case: Case) -> str | None:
    """What bounds the reconstruction, as it is written."""
    last = case.facts.ranges.get("reconstruction", {}).get("last")
    return last["name"] if last else None


def _places(case: Case) -> list[Line | LineRef | None]:
    """The margin's line, that of an energy of the file's own, and the hinge's where the margin is written there."""
    margin_line, energy = case.line("margin"), case.variant.parts["energy"].line
    if margin_line is not None:
        return [margin_line, energy]
    part = written(case, "discriminator_loss", "objective", "train_step")
    place = probe(case, "hinge").get("line")
    return [LineRef(**place) if place else None, case.variant.parts[part].line, energy]


def _short(value: float) -> float:
    return float(f"{value:.4g}")

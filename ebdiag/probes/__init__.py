"""What is watched during training: one family a file, listed here.

A probe is a function of a `Moment` that returns tensors on the device: a scalar becomes one column
of the series, a vector its mean and quantiles. It draws nothing, and changes nothing: one that runs the nets or
the variant's functions does so on a double (`double.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import Tensor


Runs = Literal["nothing", "functions", "nets"]


@dataclass(frozen=True)
class Probe:
    """A family of series.

    Attributes:
        name: As messages and the documentation call it.
        every_steps: Observed at steps divisible by this (and at step 1).
        observe: Of what a step had in its hands (`Moment`), series name → scalar or vector.
        runs: What of the variant it runs: `nothing`, its `functions` (energy, pull-away), or its `nets`.
        before: Called before a step that it observes; `moment.before` is what it returned.
    """

    name: str
    every_steps: int
    observe: Callable[[Any], dict[str, Tensor]]
    runs: Runs = "nothing"
    before: Callable[[Any], Any] | None = None

    def due(self, step: int) -> bool:
        """Whether it looks at that step."""
        return step == 1 or step % self.every_steps == 0


def default_probes() -> tuple[Probe, ...]:
    """What is free or nearly so."""
    from . import began, codes, energies, gradients, hinge, images, losses, outputs, pixels, pull_away, updates

    return (
        Probe("losses", 1, losses.observe),
        Probe("energies", 1, energies.observe),
        Probe("hinge", 1, hinge.observe, runs="functions"),
        Probe("codes", 10, codes.observe),
        Probe("pull_away", 10, pull_away.observe, runs="functions"),
        Probe("gradients", 10, gradients.observe),
        Probe("pixels", 10, pixels.observe),
        Probe("began", 10, began.observe, runs="functions"),
        Probe("updates", 50, updates.observe, before=updates.before),
        Probe("images", 50, images.observe, runs="nets"),
        Probe("outputs", 1, outputs.observe),
    )


def all_probes() -> tuple[Probe, ...]:
    """The default ones, and those that need passes of their own."""
    from . import balance, company, corruptions, jacobian, modes, reconstruction, terms, units, weights

    return (
        *default_probes(),
        Probe("corruptions", 50, corruptions.observe, runs="nets"),
        Probe("modes", 50, modes.observe, runs="nets"),
        Probe("company", 50, company.observe, runs="nets"),
        Probe("reconstruction", 50, reconstruction.observe, runs="nets"),
        Probe("terms", 50, terms.observe, runs="nets"),
        Probe("balance", 50, balance.observe, runs="nets"),
        Probe("jacobian", 50, jacobian.observe, runs="nets"),
        Probe("units", 50, units.observe, runs="nets"),
        Probe("weights", 50, weights.observe, runs="nets"),
    )


def probes_of(name: str) -> tuple[Probe, ...]:
    """The probes of a set of `PROBE_SETS`."""
    if name == "none":
        return ()
    return default_probes() if name == "default" else all_probes()


PROBE_SETS = ("none", "default", "all")
"""Each set holds the ones before it."""

VERSION = 3
"""Raised when a probe changes what it writes; stored series of older versions are not reused."""

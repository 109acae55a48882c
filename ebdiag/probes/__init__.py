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

    from ..build import Built
    from ..step import Moment

Runs = Literal["nothing", "functions", "nets"]


@dataclass(frozen=True)
class Probe:
    """A family of series.

    Attributes:
        name: As messages and the documentation call it.
        every_steps: Observed at steps divisible by this (and at step 1).
        observe: Series name → scalar or vector.
        runs: What of the variant it runs: `nothing`, its `functions` (energy, pull-away), or its `nets`.
        before: Called before a step that it observes; `moment.before` is what it returned.
    """

    name: str
    every_steps: int
    observe: Callable[[Moment], dict[str, Tensor]]
    runs: Runs = "nothing"
    before: Callable[[Built], Any] | None = None

    def due(self, step: int) -> bool:
        """Whether it looks at that step."""
        return step == 1 or step % self.every_steps == 0


def default_probes() -> tuple[Probe, ...]:
    """What is free or nearly so."""
    from . import began, codes, energies, gradients, hinge, images, losses, pixels, updates

    return (
        Probe("losses", 1, losses.observe),
        Probe("energies", 1, energies.observe),
        Probe("hinge", 1, hinge.observe, runs="functions"),
        Probe("began", 10, began.observe, runs="functions"),
        Probe("codes", 10, codes.observe),
        Probe("pull_away", 10, codes.observe_pull_away, runs="functions"),
        Probe("gradients", 10, gradients.observe),
        Probe("pixels", 10, pixels.observe),
        Probe("updates", 50, updates.observe, before=updates.before),
        Probe("images", 50, images.observe, runs="nets"),
    )


def all_probes() -> tuple[Probe, ...]:
    """The default ones, and those that need passes of their own."""
    return default_probes()


def probes_of(name: str) -> tuple[Probe, ...]:
    """The probes of a set of `PROBE_SETS`."""
    return {"none": tuple, "default": default_probes, "all": all_probes}[name]()


PROBE_SETS = ("none", "default", "all")
"""Each set holds the ones before it."""

VERSION = 2
"""Raised when a probe changes what it writes; stored series of older versions are not reused."""

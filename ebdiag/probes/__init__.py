"""What is watched during training: one family a file, listed here.

A probe is a function of a `Moment` that returns tensors on the device: a scalar becomes one column
of the series, a vector (one value a sample) its mean and quantiles. It reads, draws nothing, and
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ..step import Moment


@dataclass(frozen=True)
class Probe:
    """A family of series.

    Attributes:
        name: As `--probes` and the documentation call it.
        every_steps: Observed at steps divisible by this (and at step 1).
    """

    name: str
    every_steps: int
    observe: Callable[[Moment], dict[str, Tensor]]


def default_probes() -> tuple[Probe, ...]:
    """The probes that are on unless asked otherwise."""
    from . import codes, energies, gradients, hinge, losses, pixels

    return (
        Probe("losses", 1, losses.observe),
        Probe("energies", 1, energies.observe),
        Probe("hinge", 1, hinge.observe),
        Probe("codes", 10, codes.observe),
        Probe("gradients", 10, gradients.observe),
        Probe("pixels", 10, pixels.observe),
    )


PROBE_SETS = ("none", "default")
VERSION = 1
"""Raised when a probe changes what it writes; stored series of older versions are not reused."""

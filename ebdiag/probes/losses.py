"""Loss terms, as the variant names them.

What it measures: every named term of both losses, batch means as the variant computes them.
How to read it: a term that never moves does nothing; G's loss flat at the margin is the margin, not convergence.
Unit and range: the variant's own.
Known problems: a term that the variant logs need not be one that it minimises.
Cost: none, the values are at hand.
Source: the variant itself; the defaults are those of arXiv:1609.03126, secs. 2.1 and 2.4.
"""

from __future__ import annotations

from torch import Tensor

from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`loss.discriminator.<term>`, `loss.generator.<term>` (or `loss.step.<term>` of an own train_step)."""
    return {f"loss.{name}": value.float().mean() for name, value in moment.terms.items()}

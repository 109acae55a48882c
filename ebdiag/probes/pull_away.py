"""The variant's own pull-away term, beside the paper's.

What it measures: the variant's `pull_away` on the codes of real and of fake images; its mean where it is not one
number.
How to read it: it should agree with `pull_away.paper`: near 0 for codes in many directions, 1 for collapsed ones. One
that stays where it is, whatever the codes do, repels nothing.
Unit and range: the variant's own; the paper's is 0 to 1.
Known problems: says nothing about its gradient, which can be 0 where the value moves (`balance` measures that).
Cost: two evaluations of the variant's term.
Source: arXiv:1609.03126, sec. 2.4.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`pull_away.own.<real|fake>`."""
    with torch.no_grad():
        return {
            f"pull_away.own.{side}": torch.as_tensor(moment.built.pull_away(code)).float().mean()
            for side, code in (("real", moment.code_real), ("fake", moment.code_fake))
            if code is not None
        }

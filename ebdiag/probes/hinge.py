"""The margin at work, in the variant's own energy.

What it measures: the share of fakes whose energy is inside the margin, so that the discriminator is still pushed to
raise it; the same asked of the batch mean alone (0 or 1).
How to read it: 1 for a whole run means the margin is out of reach; near 0 while samples are bad means it is saturated;
the healthy optimum is flat too, so look at the samples.
Unit and range: share, 0 to 1.
Known problems: an energy that is one number for the whole batch makes both the same.
Cost: one evaluation of the variant's energy.
Source: the hinge of Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 2.1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`hinge.active` and `hinge.active_batch_mean`."""
    if moment.fake is None or moment.recon_fake is None:
        return {}
    with torch.no_grad():
        energy = moment.built.energy(moment.recon_fake, moment.fake)
    margin = moment.built.config.margin
    return {
        "hinge.active": (energy < margin).float().mean(),
        "hinge.active_batch_mean": (energy.mean() < margin).float(),
    }

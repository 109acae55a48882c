"""The margin at work, in the variant's own energy.

What it measures: the share of fakes whose energy is inside the margin, so that the discriminator is still pushed to
raise it; the same asked of the batch mean alone (0 or 1). The margin is the one in force in that step: an Objective may
move it. And the mean energies of real images and fakes that it stands beside.
How to read it: 1 for a whole run means the margin is out of reach; near 0 while samples are bad means it is saturated;
the healthy optimum is flat too, so look at the samples.
Unit and range: share, 0 to 1; energies in the variant's own unit.
Known problems: an energy that is one number for the whole batch makes both shares the same. Losses that keep a state
and read no margin have none, and no shares.
Cost: two evaluations of the variant's energy.
Source: the hinge of Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), sec. 2.1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`hinge.active`, `hinge.active_batch_mean`, `energy.own.real`, `energy.own.fake`."""
    if moment.fake is None or moment.recon_fake is None:
        return {}
    with torch.no_grad():
        energy = moment.built.energy(moment.recon_fake, moment.fake)
        columns = {"energy.own.fake": energy.mean()}
        if moment.real is not None and moment.recon_real is not None:
            columns["energy.own.real"] = moment.built.energy(moment.recon_real, moment.real).mean()
    if moment.margin is None:
        return columns
    return columns | {
        "hinge.active": (energy < moment.margin).float().mean(),
        "hinge.active_batch_mean": (energy.mean() < moment.margin).float(),
    }

"""BEGAN's measure of convergence, in the variant's own energy.

What it measures: M = E(real) + |γ·E(real) − E(fake)| of batch means: how well real images are reconstructed, and how
far the balance of the two energies is from γ. γ is `gamma` of the variant's Config where it has one, else .5.
How to read it: falling is converging, for a BEGAN. For an EBGAN with a margin it is a description only: there the
fakes' energy settles near the margin or near the reals', neither of which is γ times the reals'.
Unit and range: the variant's own energy, >= 0.
Known problems: an energy that is not of the batch's images alone (a running mean) counts as it stands.
Cost: two evaluations of the variant's energy.
Source: Berthelot, Schumm, Metz 2017 (arXiv:1703.10717), sec. 3.4.1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment

GAMMA = 0.5


def observe(moment: Moment) -> dict[str, Tensor]:
    """`began.convergence`."""
    if moment.real is None or moment.recon_real is None or moment.fake is None or moment.recon_fake is None:
        return {}
    built = moment.built
    with torch.no_grad():
        real = built.energy(moment.recon_real, moment.real).mean()
        fake = built.energy(moment.recon_fake, moment.fake).mean()
    return {"began.convergence": real + (float(getattr(built.config, "gamma", GAMMA)) * real - fake).abs()}

"""The energy against the pull-away term, in the generator.

What it measures: the gradients in the generator's weights of its two purposes in the variant's own functions, on fakes
of latents that stay the same: the mean energy E, and pull_away PT times `pull_away_weight`. Their cosine
(`gradient.cosine.energy_pull_away`), and ‖λ ∂PT‖ / ‖∂E‖ (`gradient.ratio.pull_away`); and the coherence of ∂E at the
fakes (`gradient.coherence.energy`), as in `gradients` but of the energy alone and with its target attached.
How to read it: a ratio below 1/100 means that the pull-away term has no effect, near 0 that it is dead. A cosine near
−1 means that the two undo each other.
Unit and range: cosine −1 to 1; ratio >= 0, no unit; coherence 0 to 1.
Known problems: for own losses it is what the variant's energy and pull-away would do, whether or not they are called,
or with a detached target. On nearly equal codes the pull-away term is at its maximum, where its gradient vanishes:
there a small ratio is no fault of its own.
Cost: a pass of each net, and two backward passes through both.
Source: arXiv:1609.03126, sec. 2.4.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment
from .gradients import coherence
from .terms import gradient, norm


def observe(moment: Moment) -> dict[str, Tensor]:
    """`gradient.cosine.energy_pull_away`, `gradient.ratio.pull_away`, `gradient.coherence.energy`."""
    built = moment.built
    if moment.stills is None or not built.reader.autoencoder:
        return {}
    fake = built.generator(moment.stills.latents)
    recon, code = built.reader(built.discriminator(fake))
    if recon is None:
        return {}
    energy = built.energy(recon, fake).mean()
    (at_fakes,) = torch.autograd.grad(energy, fake, retain_graph=True)
    columns = {"gradient.coherence.energy": coherence(at_fakes)[1]}
    if code is None:
        return columns
    lifted = gradient(energy, built.generator)
    pulled = gradient(torch.as_tensor(built.pull_away(code)).mean(), built.generator)
    product = torch.stack([(a * b).sum() for a, b in zip(lifted, pulled, strict=True)]).sum()
    columns["gradient.cosine.energy_pull_away"] = product / (norm(lifted) * norm(pulled))
    columns["gradient.ratio.pull_away"] = float(built.config.pull_away_weight) * norm(pulled) / norm(lifted)
    return columns

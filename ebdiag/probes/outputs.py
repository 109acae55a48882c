"""What a discriminator that gives one number an image says of real and generated ones.

What it measures: the numbers themselves, logits in a GAN, as the discriminator's update saw them; and how well they
rank: the share of pairs of a real and a generated image in which the real one has the higher number, or in which it has
the lower one if that is more.
How to read it: a share of .5 is a coin; 1 is a discriminator that knows every image, and from then on it teaches only
as far as its loss still has a gradient. A GAN at work lies between.
Unit and range: numbers in the discriminator's own unit; the share is 0.5 to 1, ties count half.
Known problems: one batch a step, so that the share moves in steps of 1 / batch². Train mode: dropout counts.
Cost: a comparison of two batches of numbers.
Source: the share is the area under the ROC curve (Hanley, McNeil 1982).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`output.real`, `output.fake` (one value a sample), `output.ranked`; absent for an autoencoder."""
    if moment.output_real is None or moment.output_fake is None:
        return {}
    real, fake = moment.output_real.float(), moment.output_fake.float()
    above = torch.sign(real.unsqueeze(1) - fake.unsqueeze(0)).mean() / 2
    return {"output.real": real, "output.fake": fake, "output.ranked": above.abs() + 0.5}

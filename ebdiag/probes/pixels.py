"""The fakes as pictures: how much they differ from each other, and how many of their pixels are at the limit.

What it measures: the standard deviation of each pixel over the batch of fakes, averaged over pixels (`pixels.spread`);
the share of output values within 1 % of the ends of the output's range (`pixels.saturated`), for fakes and for the
reconstructions of real and fake images. The range is the narrower of [0, 1] and [−1, 1] that holds the whole batch; an
output that neither holds is not bounded, and nothing of it is saturated.
How to read it: spread near 0, all samples are one image; real digits have 0.39. Real digits are mostly black, so a
generator of digits is saturated in most of its pixels, rightly; that from the first steps on, or on grey data, means
that the output activation passes no gradient any more.
Unit and range: spread on the pixel range [−1, 1] whatever the variant's own, 0 to 1; saturated, share, 0 to 1.
Known problems: noise differs too; not a measure of quality. An unbounded output that happens to lie in the range
counts as bounded.
Cost: four passes over a batch.
Source: definition.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment

HIGH = 1.0
EDGE = 0.01


def observe(moment: Moment) -> dict[str, Tensor]:
    """`pixels.spread`, `pixels.saturated.<fake|recon_real|recon_fake>`."""
    columns: dict[str, Tensor] = {}
    for kind, images in (
        ("fake", moment.fake),
        ("recon_real", moment.recon_real),
        ("recon_fake", moment.recon_fake),
    ):
        if images is not None:
            columns[f"pixels.saturated.{kind}"] = saturated(images)
    if moment.fake is not None:
        low, high = moment.built.config.pixel_range
        flat = moment.fake.flatten(1)
        spread = ((flat - flat.mean(0)).square().sum(0) / (len(flat) - 1)).sqrt()
        columns["pixels.spread"] = spread.mean() * (2 / (high - low))
    return columns


def saturated(output: Tensor) -> Tensor:
    """Share of values at the ends of the narrower of [0, 1] and [−1, 1] that holds them all; 0 where neither does."""
    lowest, highest = torch.aminmax(output)
    low = torch.where(lowest >= 0, 0.0, -1.0)
    edge = EDGE * (HIGH - low)
    at_end = torch.count_nonzero((output < low + edge) | (output > HIGH - edge)) / output.numel()
    return torch.where((lowest >= -1) & (highest <= HIGH), at_end, 0.0)

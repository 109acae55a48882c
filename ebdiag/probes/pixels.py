"""How much fakes differ from each other.

What it measures: the standard deviation of each pixel over the batch of fakes, averaged over pixels.
How to read it: near 0, all samples are one image. Real digits: 0.39.
Unit and range: pixel range [-1, 1] whatever the variant's own, 0 to 1.
Known problems: noise differs too; not a measure of quality.
Cost: one pass over the batch, every 10 steps.
Source: definition.
"""

from __future__ import annotations

from torch import Tensor

from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`pixels.spread`."""
    if moment.fake is None:
        return {}
    low, high = moment.built.config.pixel_range
    return {"pixels.spread": moment.fake.flatten(1).std(0).mean() * (2 / (high - low))}

"""The energy of an image alone and in company, with the discriminator in train mode.

What it measures: the mean-squared energy of four real and four fake images in a batch of two copies of itself
(`energy.alone`), in a batch of its own kind (`energy.among`), and in one batch with as many of the other kind
(`energy.mixed`). Two copies and not one image, as BatchNorm refuses a batch of one; to BatchNorm two copies are the
same as sixty-four.
How to read it: all three are equal where an image's energy is its own. Where they differ, it depends on its
batch-mates, through BatchNorm in the discriminator as a rule: a real image can be cheap among real ones and dear
alone. On fakes that are all alike every batch is alone.
Unit and range: squared pixel, in the variant's own pixel range, >= 0.
Known problems: dropout makes them differ by chance. Four images are few: read the trend.
Cost: eleven passes of the discriminator, eight of them on two images.
Source: definition.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..step import Moment
from .images import energy

IMAGES = 4


def observe(moment: Moment) -> dict[str, Tensor]:
    """`energy.<alone|among|mixed>.<real|fake>`."""
    moment.built.discriminator.train()
    sides = {side: images for side, images in (("real", moment.real), ("fake", moment.fake)) if images is not None}
    batches: dict[str, list[Tensor]] = {}
    for side, images in sides.items():
        batches[f"energy.alone.{side}"] = [image.expand(2, *image.shape) for image in images[:IMAGES]]
        batches[f"energy.among.{side}"] = [images]
    columns = {name: _mean(moment, members, slice(IMAGES)) for name, members in batches.items()}
    if len(sides) == 2:
        both, start = [torch.cat([sides["real"], sides["fake"]])], len(sides["real"])
        columns["energy.mixed.real"] = _mean(moment, both, slice(IMAGES))
        columns["energy.mixed.fake"] = _mean(moment, both, slice(start, start + IMAGES))
    return {name: value for name, value in columns.items() if value is not None}


def _mean(moment: Moment, batches: list[Tensor], rows: slice) -> Tensor | None:
    """Mean energy of some rows of each batch."""
    found = [value[rows] for batch in batches if (value := energy(moment.built, batch)) is not None]
    return torch.cat(found).mean() if found else None

"""Codes of fakes and of real images under the same encoder: how many directions they use, and how far they spread.

What it measures: for real and for fake codes of a batch
- the paper's pull-away term (`pull_away.paper`): the mean squared cosine between codes; and the mean cosine itself
  (`codes.cosine`);
- the effective number of directions n / (1 + (n − 1)·PT) (`codes.directions`), also for fakes whose codes are shuffled
  within each dimension (`codes.directions.shuffled`): what fakes would have if dimensions were independent;
- the spread of each dimension (`codes.spread`), the share of dimensions that are the same for every image
  (`codes.dead`), and the fakes' variance as a share of the reals' (`codes.trace_ratio`);
- the spectrum of the covariance: exponential of its entropy (`codes.effective_rank`), the share of its largest
  eigenvalue (`codes.top_share`), and how many eigenvalues hold 90 % of the variance (`codes.dimensions_90`).
How to read it: fakes that use one or two directions, far below reals and below the shuffled baseline, have collapsed;
with a variance ratio near 0 they are one image. The spectrum is scale-free: it does not fall in a collapse, so read it
only where the variance is not tiny. In a full collapse the shuffled baseline is 1 as well. A dead dimension of real
codes is lost to the encoder; dead dimensions of fakes alone are collapse.
Unit and range: pull-away 0 to 1; cosine −1 to 1; directions and ranks in dimensions, 1 to the smaller of batch and
dimension; shares 0 to 1; spread in the code's own unit; variance ratio >= 0.
Known problems: pull-away has a floor that depends on the code's activation, and a constant offset of all codes raises
it. Rank and directions are biased low at small batches, equally for both variants at equal batch and width.
Cost: two eigenvalue problems of the code's size.
Source: arXiv:1609.03126, sec. 2.4; Roy and Vetterli 2007 (effective rank); Friedman and Dieng 2022 (arXiv:2210.02410),
of whose score the number of directions is the order-2 case with squared cosines.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .. import defaults, streams
from ..step import Moment

DEAD = 1e-6
"""A unit whose values differ by less than this share of the largest value is the same for every image."""


def observe(moment: Moment) -> dict[str, Tensor]:
    """`codes.<statistic>.<real|fake>`, `pull_away.paper.<real|fake>`, `codes.trace_ratio`."""
    columns: dict[str, Tensor] = {}
    for side, code in (("real", moment.code_real), ("fake", moment.code_fake)):
        if code is not None:
            columns |= statistics(code.flatten(1), side)
    if moment.code_fake is not None:
        columns["codes.directions.shuffled"] = directions(shuffled(moment.code_fake.flatten(1)))
    if moment.code_fake is not None and moment.code_real is not None:
        columns["codes.trace_ratio"] = variance(moment.code_fake) / variance(moment.code_real)
    return columns


def statistics(code: Tensor, side: str) -> dict[str, Tensor]:
    """All statistics of codes (batch, dim) of one kind."""
    count = len(code)
    pull_away = defaults.pull_away(code)
    summed = torch.nn.functional.normalize(code, dim=1).sum(0).square().sum()
    centred = (code - code.mean(0)).double()
    spectrum = eigenvalues(centred)
    return {
        f"pull_away.paper.{side}": pull_away,
        f"codes.cosine.{side}": (summed - count) / (count * (count - 1)),
        f"codes.directions.{side}": count / (1 + (count - 1) * pull_away),
        f"codes.spread.{side}": (centred.square().sum(0) / (count - 1)).sqrt().float(),
        f"codes.dead.{side}": dead(code).float().mean(),
        f"codes.effective_rank.{side}": torch.exp(torch.special.entr(spectrum).sum()),
        f"codes.top_share.{side}": spectrum[-1],
        f"codes.dimensions_90.{side}": dimensions(spectrum, 0.9),
    }


def directions(code: Tensor) -> Tensor:
    """Effective number of directions of codes (batch, dim): 1 all parallel, at most the smaller of the two sizes."""
    return len(code) / (1 + (len(code) - 1) * defaults.pull_away(code))


def shuffled(code: Tensor) -> Tensor:
    """The codes (batch, dim) with the values of each dimension in an order of its own, always the same."""
    ranks = torch.rand(code.shape, generator=streams.generator(0, streams.PROBES, "codes"))
    return code.gather(0, ranks.argsort(0).to(code.device))


def variance(code: Tensor) -> Tensor:
    """Trace of the covariance of codes."""
    flat = code.flatten(1)
    return (flat - flat.mean(0)).double().square().sum() / (len(flat) - 1)


def dead(values: Tensor) -> Tensor:
    """Which units (columns of (n, units)) are the same in every row: boolean, (units,)."""
    low, high = torch.aminmax(values, dim=0)
    return high - low <= DEAD * values.abs().max()


def eigenvalues(centred: Tensor) -> Tensor:
    """Spectrum of the covariance of centred rows (batch, dim), ascending, as shares; nan where they do not vary."""
    gram = centred @ centred.T if centred.shape[0] < centred.shape[1] else centred.T @ centred
    if not torch.isfinite(gram).all():
        return gram.new_full((len(gram),), float("nan"))
    spectrum: Tensor = torch.linalg.eigvalsh(gram).clamp_min(0)
    return spectrum / spectrum.sum()


def dimensions(shares: Tensor, held: float) -> Tensor:
    """How many of the largest of ascending `shares` hold `held` of the whole; nan where they are not finite."""
    count = (shares.flip(0).cumsum(0) < held).sum() + 1
    return torch.where(shares.isfinite().all(), count.to(shares.dtype), float("nan"))

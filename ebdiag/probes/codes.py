"""Codes of fakes and of real images under the same encoder.

What it measures: the paper's pull-away term and the variant's own, on fake and on real codes; the fakes' code
variance as a share of the real codes'; the effective number of directions (exponential of the spectrum's
entropy) of both.
How to read it: pull-away near 1 on fakes and far below on reals, with little variance, is collapse. The effective
rank is scale-free: it does not fall in a collapse, so read it only where the variance is not tiny.
Unit and range: pull-away 0 to 1; variance ratio >= 0; effective rank 1 to the smaller of batch - 1 and dimension.
Known problems: pull-away has a floor that depends on the code's activation; effective rank is biased low at
small batches, equally for both variants at equal batch and width.
Cost: two eigenvalue problems of the code's size, every 10 steps.
Source: arXiv:1609.03126, sec. 2.4; Roy and Vetterli 2007 (effective rank).
"""

from __future__ import annotations

import torch
from torch import Tensor

from .. import defaults
from ..step import Moment


def observe(moment: Moment) -> dict[str, Tensor]:
    """`pull_away.<paper|own>.<real|fake>`, `codes.trace_ratio`, `codes.effective_rank.<real|fake>`."""
    columns: dict[str, Tensor] = {}
    traces: dict[str, Tensor] = {}
    for side, code in (("real", moment.code_real), ("fake", moment.code_fake)):
        if code is None:
            continue
        flat = code.flatten(1)
        with torch.no_grad():
            columns[f"pull_away.paper.{side}"] = defaults.pull_away(flat)
            columns[f"pull_away.own.{side}"] = torch.as_tensor(moment.built.pull_away(code)).float().mean()
        centred = (flat - flat.mean(0)).double()
        traces[side] = centred.square().sum() / (len(flat) - 1)
        columns[f"codes.effective_rank.{side}"] = effective_rank(centred)
    if len(traces) == 2:
        columns["codes.trace_ratio"] = traces["fake"] / traces["real"]
    return columns


def effective_rank(centred: Tensor) -> Tensor:
    """exp of the entropy of the covariance spectrum of centred rows (batch, dim); nan where they do not vary."""
    gram = centred @ centred.T if centred.shape[0] < centred.shape[1] else centred.T @ centred
    if not torch.isfinite(gram).all():
        return gram.new_tensor(float("nan"))
    share = torch.linalg.eigvalsh(gram).clamp_min(0)
    share = share / share.sum()
    return torch.exp(torch.special.entr(share).sum())

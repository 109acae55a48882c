"""The energies and pull-away terms that are known, as plain formulas to compare a variant's own with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ..defaults import energy, pull_away

FITS = 2e-3
"""Largest residual of a fit, as a share of the values' spread: what an epsilon in a norm may do; the known formulas
differ from each other by more than ten times as much on the prepared inputs."""

Formula = Callable[[Tensor], Tensor]


def norms(recon: Tensor, x: Tensor) -> Tensor:
    """Length of each row's error, (B,)."""
    return (recon - x).square().sum(1).sqrt()


def absolutes(recon: Tensor, x: Tensor) -> Tensor:
    """Mean of absolute errors of each row, (B,)."""
    return (recon - x).abs().mean(1)


def whole_norm(recon: Tensor, x: Tensor) -> Tensor:
    """One length of the whole batch's error, (1,)."""
    return (recon - x).square().sum().sqrt().view(1)


def cross_entropy(recon: Tensor, x: Tensor) -> Tensor:
    """Mean cross-entropy of each row, (B,); both in (0, 1)."""
    return -(x * recon.log() + (1 - x) * (1 - recon).log()).mean(1)


def cross_entropy_logits(recon: Tensor, x: Tensor) -> Tensor:
    """Mean cross-entropy of each row, (B,); a reconstruction of logits."""
    return (torch.nn.functional.softplus(recon) - x * recon).mean(1)


ENERGIES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "squares": energy,
    "norm": norms,
    "absolutes": absolutes,
    "norm of the batch": whole_norm,
    "cross-entropy": cross_entropy,
    "cross-entropy of logits": cross_entropy_logits,
}

ENTROPIES = ("cross-entropy", "cross-entropy of logits")
"""Energies of which a perfect reconstruction has more than 0."""


def in_unit_range(values: Tensor, pixel_range: tuple[float, float]) -> Tensor:
    """Pixels scaled to [0, 1]."""
    low, high = pixel_range
    return (values - low) / (high - low)


# ---- pull-away ------------------------------------------------------------------------------------


def _unit(code: Tensor, dim: int) -> Tensor:
    return torch.nn.functional.normalize(code, dim=dim)


def _off_diagonal(gram: Tensor) -> Tensor:
    return gram - torch.diag(gram.diagonal())


def _pairs(gram: Tensor) -> Tensor:
    return _off_diagonal(gram).sum() / (len(gram) * (len(gram) - 1))


def _products(normalised: int | None, across: bool, power: str, bare: bool) -> Formula:
    """Sum of products of rows, or of columns (`across`), after division by the norms along one axis or by one norm."""

    def formula(code: Tensor) -> Tensor:
        unit = code / code.norm() if normalised is None else _unit(code, normalised)
        gram = unit.T @ unit if across else unit @ unit.T
        gram = gram.square() if power == "squared" else gram.abs() if power == "absolute" else gram
        return (_off_diagonal(gram) if bare else gram).sum()

    return formula


def _absolute_norm(power: str, bare: bool) -> Formula:
    def formula(code: Tensor) -> Tensor:
        unit = code / code.abs().sum()
        gram = unit @ unit.T
        gram = gram.square() if power == "squared" else gram
        return (_off_diagonal(gram) if bare else gram).sum()

    return formula


PULL_AWAYS: Mapping[str, tuple[Formula, ...]] = {
    "paper": (pull_away,),
    "unsquared": (
        lambda code: _pairs(_unit(code, 1) @ _unit(code, 1).T),
        lambda code: _pairs((_unit(code, 1) @ _unit(code, 1).T).abs()),
        lambda code: pull_away(code).sqrt(),
    ),
    "wrong axis": tuple(
        _products(normalised, across, power, bare)
        for normalised, across in ((0, False), (0, True), (1, True))
        for power in ("plain", "squared", "absolute")
        for bare in (False, True)
    ),
    "global norm": (
        *(_products(None, False, power, bare) for power in ("plain", "squared") for bare in (False, True)),
        *(_absolute_norm(power, bare) for power in ("plain", "squared") for bare in (False, True)),
    ),
}
"""Kind → formulas; a variant's term is compared with them up to a factor and a constant."""


def fit(values: Tensor, formula: Tensor) -> tuple[float, float, float]:
    """Factor, constant and residual of `values ≈ factor · formula + constant`, both (n,).

    The residual is the largest deviation as a share of the spread of the values; inf where either does not vary.
    """
    spread, varied = values.max() - values.min(), formula.max() - formula.min()
    if not (torch.isfinite(values).all() and torch.isfinite(formula).all()) or spread <= 0 or varied <= 0:
        return 0.0, 0.0, float("inf")
    centred = formula - formula.mean()
    factor = (centred @ (values - values.mean())) / (centred @ centred)
    constant = values.mean() - factor * formula.mean()
    residual = (values - factor * formula - constant).abs().max() / spread
    return factor.item(), constant.item(), residual.item()

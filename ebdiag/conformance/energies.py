"""Which energy a variant has: the one that it calls `energy`, and the one that its losses are made of."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from .. import initial
from ..build import Built
from ..records import rounded
from .prepared import SPREAD, Stage, Unasked
from .shapes import ENERGIES, ENTROPIES, FITS, fit, in_unit_range

PATTERNS = 7
"""Prepared errors that an energy is compared on: dense and sparse ones, alike and unlike over the batch."""

LINES = (
    "square", "pow", "norm", "vector_norm", "linalg_vector_norm", "linalg_norm", "mse_loss", "l1_loss", "abs",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "smooth_l1_loss", "huber_loss", "sqrt",
    "pairwise_distance", "dist", "cdist",
)  # fmt: skip
"""Torch functions that an energy is written with."""


def own_energy(built: Built, stage: Stage) -> dict[str, Any]:
    """What the function `energy` does, called on its own.

    Returns:
        `shape` of its value for `batch` images, `per_sample`, `batch_size_ratio` (its mean where each image stands
        twice, over that where it stands once), `batch_mates` (largest relative change of an image's energy with its
        batch), and what `_named` says; or `unknown` with the reason.
    """
    scene = stage.scene()
    off = SPREAD * stage.uniform(*scene.real.shape) * _amplitudes(stage)
    recon, x = scene.real + off, scene.real
    try:
        value = _call(built, stage, recon, x)
        found: dict[str, Any] = {
            "shape": list(value.shape),
            "batch": stage.rows,
            "per_sample": value.numel() == stage.rows,
            "batch_size_ratio": _ratio(
                _call(built, stage, recon.repeat(2, 1), x.repeat(2, 1)).mean().item(), value.mean().item()
            ),
            "batch_mates": None,
        }
        if found["per_sample"]:
            alone = torch.cat([_call(built, stage, recon[i : i + 2], x[i : i + 2]).reshape(-1) for i in (0, 2, 4)])
            among = value.reshape(-1)[: len(alone)]
            found["batch_mates"] = ((alone - among).abs() / among.abs().clamp_min(1e-12)).max().item()
        samples = [(recon, x)]
        for scale, sparse in ((1.0, True), (0.5, False), (0.7, True), (0.3, False), (0.9, False)):
            samples.append((x + scale * _error(stage, sparse), x))
        values = torch.stack([_call(built, stage, r, t).mean() for r, t in samples])
        return found | _named(values, samples, built)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return {"unknown": f"energy() cannot be called on prepared images: {text}"}


def loss_energy(stage: Stage, role: str) -> dict[str, Any]:
    """The energy that a loss is made of, from its value on prepared reconstructions.

    Args:
        role: Whose loss: the discriminator's, on real images, or the generator's, on its own.

    Returns:
        What `_named` says, `calls_energy`, `line`; or `unknown` with the reason.
    """
    base = stage.scene()
    offsets = [(0.22 + 0.13 * i) * _error(stage, sparse=i % 3 == 2) for i in range(PATTERNS)]
    if role == "discriminator":
        images, ask, scenes = base.real, stage.discriminator_loss, [replace(base, off_real=off) for off in offsets]
    else:
        images, ask, scenes = base.fake, stage.generator_loss, [replace(base, off_fake=off) for off in offsets]
    try:
        answers = [ask(scene, traced=i == 0) for i, scene in enumerate(scenes)]
    except Unasked as reason:
        return {"unknown": str(reason)}
    values = torch.tensor([answer.value for answer in answers], dtype=torch.float64)
    samples = [(images + off, images) for off in offsets]
    found = _named(values, samples, stage.built)
    return found | {
        "calls_energy": answers[0].calls["energy"] > 0,
        "line": answers[0].line(LINES),
    }


def _named(values: Tensor, samples: list[tuple[Tensor, Tensor]], built: Built) -> dict[str, Any]:
    """The formula that values follow, up to a factor and a constant.

    Returns:
        `family` (a key of `ENERGIES`, `other`, or None where the values do not vary), `name` (mean_squared,
        sum_squared, l2_norm, root_mean_squared, mean_absolute, sum_absolute, …), `scale` against the family's mean,
        `constant`.
    """
    spread = (values.max() - values.min()).item()
    if not spread > 1e-9 * max(1.0, values.abs().max().item()):
        return {"family": None, "name": None, "scale": 0.0, "constant": rounded(values.mean().item())}
    pixel_range = tuple(built.config.pixel_range)
    best: tuple[float, str, float, float] = (float("inf"), "other", 0.0, 0.0)
    for family, formula in ENERGIES.items():
        for recon_scaled, x_scaled in ((False, False), (True, True), (False, True)):
            if (recon_scaled or x_scaled) and (family not in ENTROPIES or pixel_range == (0, 1)):
                continue
            expected = torch.stack([
                formula(
                    in_unit_range(r, pixel_range) if recon_scaled else r,
                    in_unit_range(x, pixel_range) if x_scaled else x,
                ).mean()
                for r, x in samples
            ])  # fmt: skip
            factor, constant, residual = fit(values, expected)
            if residual < best[0]:
                best = (residual, family, factor, constant)
    residual, family, factor, constant = best
    if residual > FITS:
        return {"family": "other", "name": "other", "scale": None, "constant": None}
    pixels = samples[0][0].shape[1]
    return {
        "family": family,
        "name": _name(family, factor, pixels),
        "scale": rounded(factor),
        "constant": rounded(constant),
    }


def _name(family: str, factor: float, pixels: int) -> str:
    known: dict[str, float] = {
        "squares": {"mean_squared": 1.0, "sum_squared": pixels},
        "norm": {"l2_norm": 1.0, "root_mean_squared": pixels**-0.5},
        "absolutes": {"mean_absolute": 1.0, "sum_absolute": pixels},
    }.get(family, {})
    near = (name for name, scale in known.items() if math.isclose(factor, scale, rel_tol=0.01))
    return next(near, f"scaled {family}" if known else family)


def energy_of(found: dict[str, Any], recon: Tensor, x: Tensor) -> float | None:
    """Mean energy of rows (n, P) by the formula that was found; None where it is none of those that are known."""
    formula = ENERGIES.get(found.get("family") or "")
    if formula is None or found["family"] in (*ENTROPIES, "norm of the batch"):
        return None
    return float(found["scale"] * formula(recon, x).mean() + (found["constant"] if "shape" in found else 0.0))


def _call(built: Built, stage: Stage, recon: Tensor, x: Tensor) -> Tensor:
    """The variant's energy of flattened rows; its counters stay as they are."""
    with torch.no_grad(), initial.keyed(0, "prepared energy"), built.uncounted():
        shown = [
            t.to(built.device, torch.float32).reshape(len(t), *shape)
            for t, shape in ((recon, stage.recon_shape), (x, stage.image))
        ]
        return built.energy(*shown).detach().double().cpu()


def _error(stage: Stage, sparse: bool) -> Tensor:
    """(B, P) errors within ±.3, of different size for each image."""
    error = 0.3 * stage.uniform(stage.rows, stage.pixels) * _amplitudes(stage)
    if sparse:
        error = error * (torch.arange(stage.pixels) % 8 == 0)
    return error


def _amplitudes(stage: Stage) -> Tensor:
    """(B, 1) factors between .2 and 1."""
    return torch.linspace(0.2, 1.0, stage.rows, dtype=torch.float64).unsqueeze(1)


def _ratio(above: float, below: float) -> float | None:
    return None if below == 0 or not math.isfinite(above / below) else rounded(above / below)


def entropy_floor(found: dict[str, Any], images: Tensor, pixel_range: tuple[float, float]) -> float | None:
    """Mean energy that perfect reconstructions of real images have; None for an energy that falls to 0.

    Args:
        images: (n, P) real images in the variant's range.
    """
    if found.get("family") not in ENTROPIES or found.get("scale") is None:
        return None
    inside = images if float(images.min()) >= 0 and float(images.max()) <= 1 else in_unit_range(images, pixel_range)
    inside = inside.clamp(1e-7, 1 - 1e-7)
    return rounded(found["scale"] * ENERGIES["cross-entropy"](inside, inside).mean().item())

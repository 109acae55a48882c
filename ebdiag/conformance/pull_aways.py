"""Which pull-away term the generator is trained by: the paper's, another one, one without effect, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from .. import defaults, initial
from ..build import Built
from ..records import rounded
from .prepared import NEAR_FAKE, SPREAD, Stage, Unasked
from .shapes import FITS, PULL_AWAYS, fit

INERT = 0.05
"""A term is inert where codes, however arranged, move it and its gradient by less than this share of what they do to
the paper's term of the same weight: the weight is .1 of the energy in the paper, so that less than .005 is left."""

NOTHING = 1e-9
"""A change of the loss below this share of its size is rounding."""

LINES = (
    "matmul", "mm", "bmm", "einsum", "cosine_similarity", "normalize", "inner", "corrcoef", "cov", "tensordot", "norm",
    "rmatmul",
)  # fmt: skip
"""Torch functions that a pull-away term is written with."""


def pull_away(stage: Stage) -> dict[str, Any]:
    """The term of the codes in the loss that trains the generator.

    Returns:
        `kind`: `paper`, `unsquared`, `wrong axis`, `global norm`, `inert`, `pixels`, `other`, `detached` (it has a
        value, but no gradient reaches the generator), `none`. `weight`: that with which it acts. `diagonal`: what is
        added for each code's likeness to itself, as a share of the weight. `share`: how much codes move it, against
        the paper's term at the weight of Config. `calls_pull_away`, `line`. Or `unknown`.
    """
    base = stage.scene()
    sets = code_sets(stage)
    try:
        answers = [stage.generator_loss(replace(base, code=code), traced=i == 0) for i, code in enumerate(sets)]
        values = torch.tensor([answer.value for answer in answers], dtype=torch.float64)
        expected = float(stage.built.config.pull_away_weight)
        found = _kind(values, sets) | {
            "calls_pull_away": answers[0].calls["pull_away"] > 0,
            "line": answers[0].line(LINES),
        }
        paper_values = torch.stack([defaults.pull_away(code) for code in sets])
        spread = (paper_values.max() - paper_values.min()).item() * abs(expected)
        if spread:
            found["share"] = rounded((values.max() - values.min()).item() / spread)
            pulls = [answer.code.double().cpu() for answer in answers]
            found["gradient_share"] = _gradient_share(pulls, sets, expected)
        if found["kind"] == "none":
            return found | _on_pixels(stage, sets)
        if not _reaches(stage):
            return found | {"kind": "detached"}
        strength = found.get("gradient_share", 1.0)
        if found["kind"] == "global norm" or (found["kind"] == "other" and strength < INERT):
            found["kind"] = "inert"
        if found["kind"] == "paper":
            found["diagonal"] = _diagonal(stage, found, sets)
        return found
    except Unasked as reason:
        return {"kind": None, "unknown": str(reason)}


def own_pull_away(built: Built) -> dict[str, Any]:
    """The function `pull_away`, called on its own on twelve codes of five numbers."""
    rng = torch.Generator().manual_seed(1)
    sets = _code_sets(12, 5, lambda *shape: torch.randn(shape, generator=rng, dtype=torch.float64))
    try:
        with torch.no_grad(), initial.keyed(0, "prepared pull-away"), built.uncounted():
            values = torch.stack([built.pull_away(code.to(built.device).float()).double().cpu().sum() for code in sets])
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return {"kind": None, "unknown": f"pull_away() cannot be called on prepared codes: {text}"}
    return _kind(values, sets)


def code_sets(stage: Stage) -> list[Tensor]:
    """Prepared codes, (B, d) each, on which the known terms differ."""
    return _code_sets(stage.rows, stage.width, stage.normal)


def _code_sets(rows: int, width: int, normal: Any) -> list[Tensor]:
    """Identical rows, antipodal halves, random ones, the same with one row rescaled, three clusters, positive ones."""
    direction, random, centres = normal(1, width), normal(rows, width), normal(3, width)
    halves = torch.ones(rows, 1, dtype=torch.float64)
    halves[rows // 2 :] = -1
    rescaled = random.clone()
    rescaled[0] *= 9
    lengths = torch.linspace(0.5, 2.0, rows, dtype=torch.float64).unsqueeze(1)
    clusters = centres[torch.arange(rows) % 3]
    return [
        direction.expand(rows, width).clone(),
        halves * lengths * direction,
        random,
        rescaled,
        lengths * clusters,
        random.clamp_min(0) + 0.05,
        clusters + 0.3 * random,
    ]


def _kind(values: Tensor, sets: list[Tensor]) -> dict[str, Any]:
    """The known term that values follow up to a weight and a constant; the first that fits."""
    spread = (values.max() - values.min()).item()
    if not spread > NOTHING * max(1e-3, values.abs().max().item()):
        return {"kind": "none", "weight": 0.0}
    for kind, formulas in PULL_AWAYS.items():
        for formula in formulas:
            weight, _, residual = fit(values, torch.stack([formula(code) for code in sets]))
            if residual < FITS:
                return {"kind": kind, "weight": rounded(weight) if kind in ("paper", "unsquared") else None}
    return {"kind": "other", "weight": None}


def _gradient_share(pulls: list[Tensor], sets: list[Tensor], weight: float) -> float:
    """Largest gradient at the codes, each times its code's size, against that of the paper's term."""
    ours, theirs = [], []
    for pull, code in zip(pulls, sets, strict=True):
        leaf = code.clone().requires_grad_(True)
        (abs(weight) * defaults.pull_away(leaf)).backward()
        assert leaf.grad is not None
        ours.append((pull * code.norm()).norm().item())
        theirs.append((leaf.grad * code.norm()).norm().item())
    return rounded(max(ours) / max(theirs))


def _reaches(stage: Stage) -> bool:
    """Whether a gradient at the codes of generated images goes on to the images."""
    base = replace(stage.scene(), code=code_sets(stage)[4])
    without, through = stage.generator_loss(base), stage.generator_loss(replace(base, through_code=1.0))
    return bool((through.images - without.images).abs().max() > 0)


def _diagonal(stage: Stage, found: dict[str, Any], sets: list[Tensor]) -> float | None:
    """The constant beside the paper's term, over its weight: 0, or 1/(B-1) and the like where the diagonal is kept.

    It is what is left of the loss where reconstructions are perfect; None where that is not finite, or where an
    energy of its own stays.
    """
    base = replace(stage.scene(), code=sets[2])
    values = []
    for share in (1.0, 0.5):
        scene = replace(base, off_fake=base.off_fake * share)
        values.append(stage.generator_loss(scene).value)
    whole, half = values
    # an energy that is a power of the error: E(e) / E(e/2) is 2 for a norm, 4 for squares
    constants = {power: (whole - half * power) / (1 - power) for power in (2.0, 4.0)}
    quarter = stage.generator_loss(replace(base, off_fake=base.off_fake * 0.25)).value
    for power, constant in constants.items():
        energy = whole - constant
        if abs(constant + energy / power**2 - quarter) < 1e-3 * abs(energy):
            return rounded(constant / found["weight"] - defaults.pull_away(sets[2]).item())
    return None


def _on_pixels(stage: Stage, sets: list[Tensor]) -> dict[str, Any]:
    """Whether the term is one of the images' pixels: prepared images are alike or unlike, codes stay."""
    scenes = []
    for code in _code_sets(stage.rows, stage.pixels, stage.normal):
        pixels = SPREAD * code / code.abs().max()
        scenes.append(replace(stage.scene(), fake=NEAR_FAKE + pixels))
    values = torch.tensor([stage.generator_loss(scene).value for scene in scenes], dtype=torch.float64)
    spread = (values.max() - values.min()).item()
    if not spread > 1e-6 * max(1e-3, values.abs().max().item()):
        return {}
    for kind in ("paper", "unsquared"):
        for formula in PULL_AWAYS[kind]:
            for shift in (0.0, 0.01):  # the images, or their reconstructions
                weight, _, residual = fit(values, torch.stack([formula(scene.fake + shift) for scene in scenes]))
                if residual < 10 * FITS:
                    return {"kind": "pixels", "weight": rounded(weight)}
    return {}

"""Scores of the discriminator as an autoencoder, and of its codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ebdiag import streams
from ebdiag.data import Images, to_native
from ebdiag.metrics.codes import directions, effective_rank, pull_away, spectrum
from ebdiag.metrics.energies import energies
from ebdiag.metrics.separation import separation
from ebdiag.scores import Scores
from ebdiag.scores.images import as_bytes
from ebdiag.scores.model import Model

ENERGY_IMAGES = 1_000
CODES = 256
"""Effective rank, pull-away and directions depend on the number of codes, so it is fixed."""

BATCH = 250
PICTURED = 8
"""So many reconstructions of each kind are kept as pictures."""

PICTURED_KINDS = ("real", "fake", "noise")
NO_CODES = "the discriminator gives no code, or one that is not finite"


@dataclass(frozen=True)
class Answers:
    """What the discriminator made of some images, each None where it gives none.

    Attributes:
        energies: Mean-squared, (n,).
        codes: (n, dim).
        reconstructions: In the images' own shape; only those that can be subtracted from the images.
    """

    energies: np.ndarray | None
    codes: np.ndarray | None
    reconstructions: torch.Tensor | None


def score_discriminator(
    scores: Scores, generated: torch.Tensor, model: Model, images: Images, *, thorough: bool
) -> None:
    """Energies, reconstructions and codes of real, held-out, generated and noise images.

    Args:
        thorough: Also what the reconstructions of real images are encoded as.
    """
    low, high = model.config.pixel_range
    unit = (2 / (high - low)) ** 2
    codes: dict[str, np.ndarray] = {}
    real: torch.Tensor | None = None
    for kind, batch in _judged(generated, model, images).items():
        answers = _ask(scores, model, batch)
        if answers.energies is None:
            continue
        if answers.codes is not None and np.isfinite(answers.codes).all():
            codes[kind] = answers.codes
        found = scores.arrays[f"energies.{kind}"] = answers.energies * unit
        scores.values[f"energy_{kind}"] = _finite(scores, float(found.mean(dtype=np.float64)), kind)
        real = answers.reconstructions if kind == "real" else real
        if kind in PICTURED_KINDS and answers.reconstructions is not None:
            _picture(scores, kind, batch[:PICTURED], answers.reconstructions[:PICTURED], model, images)
    if thorough and real is not None and "real" in codes and real.isfinite().all():
        again = _ask(scores, model, real).codes
        if again is not None and np.isfinite(again).all():
            scores.arrays["spectrum.recon"] = spectrum(again)
    _score_energies(scores)
    _score_codes(scores, codes)


def _score_energies(scores: Scores) -> None:
    values = scores.values
    values["reconstruction_error"] = values["energy_held_out"]
    values["energy_ratio_noise"] = _ratio(values["energy_noise"], values["energy_real"])
    values["energy_ratio_fake"] = _ratio(values["energy_fake"], values["energy_real"])
    reason = scores.details.get("energy_reason", "energies are not finite, or zero")
    if values["energy_real"] is not None and values["energy_fake"] is not None:
        apart = separation(scores.arrays["energies.real"], scores.arrays["energies.fake"])
        scores.put(reason, energy_auroc=apart.auroc, energy_wasserstein=apart.wasserstein, energy_ks=apart.ks)
    scores.lack(reason, *(key for key in scores.without_value() if key.startswith(("energy", "reconstruction"))))


def _score_codes(scores: Scores, codes: dict[str, np.ndarray]) -> None:
    for kind in ("real", "fake"):
        if kind not in codes:
            scores.lack(NO_CODES, f"effective_rank_{kind}", f"pull_away_{kind}", f"code_directions_{kind}")
            continue
        code = codes[kind]
        scores.arrays[f"spectrum.{kind}"] = spectrum(code)
        scores.put("the codes do not vary", **{f"effective_rank_{kind}": effective_rank(code[:CODES])})
        scores.put(
            "a code is all zero: it has no direction",
            **{f"pull_away_{kind}": pull_away(code[:CODES]), f"code_directions_{kind}": directions(code[:CODES])},
        )
    if "real" not in codes or "fake" not in codes:
        scores.lack(NO_CODES, "code_trace_ratio")
        return
    traces = {kind: float(scores.arrays[f"spectrum.{kind}"].sum()) for kind in ("real", "fake")}
    scores.put("the codes of real images do not vary", code_trace_ratio=_ratio(traces["fake"], traces["real"]))
    scores.details["codes"] = {"n": CODES, "dim": codes["real"].shape[1]}


def _judged(generated: torch.Tensor, model: Model, images: Images) -> dict[str, torch.Tensor]:
    """The images whose energies are taken, by kind, in the model's own shape and range; up to 1,000 each."""
    shape, (low, high) = model.config.image_shape, model.config.pixel_range
    count = min(ENERGY_IMAGES, len(images.train))
    noise = torch.rand((count, *shape), generator=streams.generator(0, streams.EVALUATION_LATENTS, "noise"))
    return {
        "real": model.pixels(images.train[:count]).cpu(),
        "held_out": model.pixels(images.held_out[:count]).cpu(),
        "fake": generated[:count],
        "noise": noise * (high - low) + low,
    }


def _ask(scores: Scores, model: Model, images: torch.Tensor) -> Answers:
    """What the discriminator makes of `images`; what stands in the way of an energy is noted."""
    found, codes, rebuilt = [], [], []
    for batch in images.split(BATCH):
        on_device = batch.to(model.device)
        reconstruction, code = model.reconstruct(on_device)
        if code is not None:
            codes.append(code.flatten(1).float().cpu().numpy())
        if reconstruction is None:
            scores.details["energy_reason"] = "n/a (no autoencoder)"
            continue
        try:
            energy = energies(reconstruction, on_device)
        except ValueError as error:
            scores.details["energy_reason"] = str(error)
            continue
        if energy.note:
            scores.details["energy_note"] = energy.note
        found.append(energy.mean_squared.cpu().numpy())
        if reconstruction.numel() == on_device.numel():
            rebuilt.append(reconstruction.reshape(on_device.shape).detach().float().cpu())
    return Answers(
        energies=np.concatenate(found) if found else None,
        codes=np.concatenate(codes) if codes else None,
        reconstructions=torch.cat(rebuilt) if rebuilt else None,
    )


def _picture(
    scores: Scores, kind: str, given: torch.Tensor, rebuilt: torch.Tensor, model: Model, images: Images
) -> None:
    """Keep inputs and reconstructions as pictures, clipped to the pixel range, where all of it is finite."""
    if not (given.isfinite().all() and rebuilt.isfinite().all()):
        return
    pair = [
        as_bytes(to_native(part, pixel_range=model.config.pixel_range, native_shape=images.shape)[0])
        for part in (given, rebuilt)
    ]
    scores.arrays[f"reconstructions.{kind}"] = np.stack(pair)


def _finite(scores: Scores, value: float, kind: str) -> float | None:
    if np.isfinite(value):
        return value
    scores.details.setdefault("energy_reason", f"energies of {kind} images are not finite")
    return None


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below is not None and below > 0 else None

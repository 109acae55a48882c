"""Along which ways the generator learns from its energy: its images' reconstruction, and the images as their target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from .. import initial
from ..build import Built
from ..reader import KeptState
from ..records import rounded
from ..step import named, total
from .prepared import Stage, Unasked

THROUGH = 0.5
"""Share of an image's gradient that the prepared discriminator passes on."""

NOTHING = 1e-6

LINES = ("detach", "detach_", "data")
"""Torch functions that cut a graph."""


def target(stage: Stage, latents: Tensor) -> dict[str, Any]:
    """Whether the generated image counts as the target of its own reconstruction.

    Returns:
        `detached`: the target is cut off from the generator; `reconstruction_detached`: the other way is; `cosine`: of
        the gradient that the generator's images get at step 0 with the full one, 1 where nothing is cut off, None
        where it could not be taken. `line`. Or `unknown`.
    """
    base = stage.scene()
    size = 0.05 + 0.2 * stage.uniform(*base.fake.shape).abs()
    try:
        answer = stage.generator_loss(replace(base, off_fake=size, through=THROUGH), traced=True)
        through = (answer.images - stage.generator_loss(replace(base, off_fake=size)).images).norm().item()
    except Unasked as reason:
        return {"detached": None, "unknown": str(reason)}
    expected, all_of_it = answer.fake.norm().item(), answer.images.norm().item()
    if not max(expected, all_of_it) > 0:
        return {"detached": None, "unknown": "the generator's loss does not depend on the reconstruction"}
    detached = expected > 0 and (answer.images - THROUGH * answer.fake).norm().item() < NOTHING * expected
    reconstruction = through < NOTHING * all_of_it
    return {
        "detached": detached,
        "reconstruction_detached": reconstruction,
        "cosine": _cosine(stage.built, latents) if detached else 1.0,
        "line": answer.line(LINES) if detached or reconstruction else None,
    }


def _cosine(built: Built, latents: Tensor) -> float | None:
    """Cosine of the gradient at generated images with what it would be if the target counted as well.

    What is missing is the gradient at the reconstruction with its sign turned: an energy of the difference pulls
    both ends of it with one force.
    """
    if built.train_step is not None:
        return None
    arrived: list[Tensor] = []

    def keep(module: Any, inputs: Any, output: Any) -> None:
        recon, _ = built.reader(output)
        if isinstance(recon, Tensor) and recon.requires_grad:
            recon.register_hook(arrived.append)

    hook = built.discriminator.register_forward_hook(keep)
    try:
        with KeptState(built.generator, built.discriminator), initial.keyed(0, "target"), built.uncounted():
            with torch.no_grad():
                fake = built.generator(latents)
            fake = fake.detach().requires_grad_(True)
            total(named(built.objective.generator_loss(built.discriminator, fake, built.config))).backward()
            if fake.grad is None or not arrived:
                return None
            used = fake.grad.double().flatten()
            full = used - sum(gradient.double().flatten() for gradient in arrived)
        value = float(torch.nn.functional.cosine_similarity(used, full, dim=0))
        return rounded(value) if value == value else None
    except Exception:  # what it is asked for is one number beside the finding
        return None
    finally:
        hook.remove()

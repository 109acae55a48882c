"""Whether an image's energy depends on what shares its batch, through the discriminator."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .. import initial
from ..build import Built
from ..reader import KeptState
from ..records import rounded

IMAGES = 4


def company(built: Built, real: Tensor) -> dict[str, Any]:
    """Mean-squared energy of four real images in a batch of two copies of itself, and among others, in both modes.

    Two copies and not one image, as BatchNorm refuses a batch of one. Dropout is switched off.

    Returns:
        `train` and `eval`, each with `alone`, `among` and `change`, the largest relative difference of an image; or
        `unknown`.
    """
    if not built.reader.autoencoder:
        return {"unknown": "the discriminator is no autoencoder"}
    found: dict[str, Any] = {}
    with torch.no_grad(), KeptState(built.discriminator):
        for mode in ("train", "eval"):
            built.discriminator.train(mode == "train")
            for module in built.discriminator.modules():
                if isinstance(module, nn.modules.dropout._DropoutNd):
                    module.eval()
            try:
                among = _energies(built, real)[:IMAGES]
                if not torch.equal(among, _energies(built, real)[:IMAGES]):
                    return {"unknown": "the discriminator draws random numbers"}
                alone = torch.stack([_energies(built, image.expand(2, *image.shape))[0] for image in real[:IMAGES]])
            except Exception as error:
                text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
                return {"unknown": f"the discriminator cannot be asked: {text}"}
            found[mode] = {
                "alone": rounded(alone.mean().item()),
                "among": rounded(among.mean().item()),
                "change": rounded(((alone - among).abs() / among.abs().clamp_min(1e-12)).max().item()),
            }
    return found


def _energies(built: Built, images: Tensor) -> Tensor:
    """(n,) mean-squared energies; what user code draws is the same each time, but for the number of images."""
    with initial.keyed(0, "company"):
        recon, _ = built.reconstruct(images)
    assert recon is not None
    energies: Tensor = (recon.reshape(len(images), -1) - images.reshape(len(images), -1)).double().square().mean(1)
    return energies.cpu()

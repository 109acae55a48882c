"""`inception-v3-compat`: torch-fidelity's Inception-v3, with weights that a person gives.

torch-fidelity would download the weights, runs what a file of weights holds, and draws from the global generators
while it builds the net: none of that happens here. Only its net is used; distances are ebdiag's own.
"""

from __future__ import annotations

import hashlib
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch

from ebdiag import streams
from ebdiag.errors import EbdiagError
from ebdiag.features import INCEPTION
from ebdiag.records import Weights

LAYER = "2048"
BATCH = 50


class InceptionCompat:
    """Inception-v3 as the published FID uses it; see `FeatureNet`.

    Raises:
        EbdiagError: The file is gone or changed, is no file of tensors, or not of this net.
    """

    name = INCEPTION

    def __init__(self, weights: Weights, *, device: str | torch.device = "cpu") -> None:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        _check(weights)
        self.digest = weights.digest[:16]
        self._device = device
        with streams.preserved_globals():
            try:
                net = FeatureExtractorInceptionV3(INCEPTION, [LAYER], feature_extractor_weights_path=weights.path)
            except RuntimeError as error:
                raise _refused(weights.path, str(error).splitlines()[-1].strip()) from None
        self._net = net.to(device).eval().requires_grad_(False)

    @torch.no_grad()
    def embed(self, images: torch.Tensor) -> tuple[np.ndarray, None]:
        """Features (N, 2048) of `images` in [0, 1]; other channels than three are averaged and repeated."""
        features = []
        for batch in images.split(BATCH):
            coloured = batch if batch.shape[1] == 3 else batch.mean(1, keepdim=True).expand(-1, 3, -1, -1)
            (found,) = self._net((coloured * 255).round().to(torch.uint8).to(self._device))
            features.append(found.cpu())
        return torch.cat(features).numpy(), None


def _check(weights: Weights) -> None:
    """Refuse a file that would run code, before torch-fidelity reads it."""
    path = Path(weights.path)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        with warnings.catch_warnings(action="ignore"):  # about the pickle protocol of what is refused anyway
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, zipfile.BadZipFile, RuntimeError, EOFError, OSError) as error:
        raise _refused(weights.path, " ".join(str(error).split())[:200]) from None
    if found != weights.digest:
        raise _refused(weights.path, f"sha256 {found[:16]}, which was {weights.digest[:16]} when it was asked for")
    if not isinstance(content, dict):
        raise _refused(weights.path, f"a {type(content).__name__}")


def _refused(path: str, got: str) -> EbdiagError:
    return EbdiagError(
        "these are not the weights of torch-fidelity's Inception-v3",
        file=path,
        expected="a state dict saved by torch.save, tensors only",
        got=got,
        hint="the file that torch-fidelity downloads is the one meant",
    )

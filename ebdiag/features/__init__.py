"""Frozen feature nets: what the quality of pictures is measured in. Importable without torch.

`digits-lenet` is a small classifier of digits trained on the 4,000 training digits of `mnist5k` and shipped
with its hash; `random-conv` is a net with fixed random weights, for everything else and as a second opinion.
`inception-v3-compat` is torch-fidelity's Inception-v3, with weights that a person has; nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import os
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ebdiag.errors import EbdiagError, did_you_mean
from ebdiag.records import Weights
from ebdiag.sources import DIGIT_SETS

if TYPE_CHECKING:
    import numpy as np
    import torch

DIGITS_LENET = "digits-lenet"
RANDOM_CONV = "random-conv"
INCEPTION = "inception-v3-compat"
FEATURE_NETS = (DIGITS_LENET, RANDOM_CONV, INCEPTION)

DIGITS_LENET_FILE = "digits-lenet.safetensors"
DIGITS_LENET_SHA256 = "d15599e5490d30707bbe692d54a475984a2454f57913578edd19ea93354a0854"
"""Hash of the shipped weights; `python -m ebdiag.features.train_digits_lenet` prints it."""

RANDOM_CONV_VERSION = 1

INCEPTION_VARIABLE = "EBDIAG_INCEPTION"
INCEPTION_FILE = "weights-inception-2015-12-05-6726825d.pth"
"""What torch-fidelity calls the published weights in its cache; the name ends in the beginning of their sha256."""

CACHED = "cached"
"""In place of a file: the one in torch-fidelity's cache."""


class FeatureNet(Protocol):
    """A frozen net that turns pictures into features.

    Attributes:
        name: One of `FEATURE_NETS`.
        digest: Hash of the weights, 16 hex digits.
    """

    name: str
    digest: str

    def embed(self, images: torch.Tensor) -> tuple[np.ndarray, np.ndarray | None]:
        """Features of `images`, computed in batches without gradients; the same for any batch size to rounding.

        Args:
            images: float32 in [0, 1], (N, channels, height, width), of the shape the net was loaded for.

        Returns:
            Features, float32 (N, d), and class probabilities, float32 (N, 10), or None where the net has no classes.
        """
        ...


def features_for(dataset: str, shape: tuple[int, int, int]) -> str:
    """The name of the net that scores a data set: the digit classifier for grey digits, else random features."""
    return DIGITS_LENET if dataset in DIGIT_SETS and shape[0] == 1 else RANDOM_CONV


def inception_weights(given: str | None) -> Weights | None:
    """The weights of Inception-v3 to score with, or None where none are asked for.

    Args:
        given: A file, or `cached` for the one that torch-fidelity keeps; None asks `$EBDIAG_INCEPTION`.

    Raises:
        EbdiagError: There is no such file.
    """
    wanted = given or os.environ.get(INCEPTION_VARIABLE)
    if not wanted:
        return None
    path = _torch_cache() / INCEPTION_FILE if wanted == CACHED else Path(wanted).expanduser()
    try:
        with path.open("rb") as file:
            return Weights(str(path.absolute()), hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise EbdiagError(
            "the weights of Inception-v3 are not there",
            file=str(path),
            expected="the file that torch-fidelity uses; ebdiag never downloads it",
            got=error.strerror or type(error).__name__,
            hint=f"give another --inception, unset ${INCEPTION_VARIABLE}, or do without fid_inception",
        ) from None


def _torch_cache() -> Path:
    """Where torch keeps weights that libraries download; known without importing it."""
    home = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "torch"
    return Path(home) / "hub" / "checkpoints"


def features_key(name: str, weights: Weights | None = None) -> str:
    """What the features of a net depend on, known without loading it: for keys of caches."""
    if weights is not None:
        return f"{name}-{weights.digest}-torch-{metadata.version('torch')}"
    if name == DIGITS_LENET:
        return f"{DIGITS_LENET}-{DIGITS_LENET_SHA256}"
    return f"{name}-{RANDOM_CONV_VERSION}-torch-{metadata.version('torch')}"


def load_features(
    name: str, shape: tuple[int, int, int], device: str | torch.device = "cpu", *, weights: Weights | None = None
) -> FeatureNet:
    """The feature net `name` for pictures of `shape` (channels, height, width).

    Args:
        weights: For `inception-v3-compat`, which has none of its own.

    Raises:
        EbdiagError: Unknown name, a shape that the net cannot take, weights that are damaged, or none for Inception.
    """
    if name == DIGITS_LENET:
        from ebdiag.features.lenet import DigitsLenet

        return DigitsLenet(shape, asset_bytes(), device=device)
    if name == RANDOM_CONV:
        from ebdiag.features.random_conv import RandomConv

        return RandomConv(shape, device=device)
    if name == INCEPTION:
        from ebdiag.features.inception import InceptionCompat

        if weights is None:
            raise EbdiagError(f"feature net '{INCEPTION}' has no weights", hint="give their file with --inception")
        return InceptionCompat(weights, device=device)
    raise EbdiagError(f"unknown feature net '{name}'. {did_you_mean(name, FEATURE_NETS)}")


def asset_bytes() -> bytes:
    """The shipped weights of `digits-lenet`, their hash checked.

    Raises:
        EbdiagError: The file is absent or is not the one that was shipped.
    """
    file = resources.files("ebdiag") / "assets" / DIGITS_LENET_FILE
    try:
        content = file.read_bytes()
    except OSError as error:
        raise EbdiagError("the shipped feature net is missing", file=str(file), hint="reinstall ebdiag") from error
    found = hashlib.sha256(content).hexdigest()
    if found != DIGITS_LENET_SHA256:
        raise EbdiagError(
            "the shipped feature net is damaged",
            file=str(file),
            expected=f"sha256 {DIGITS_LENET_SHA256[:16]}",
            got=found[:16],
            hint="reinstall ebdiag",
        )
    return content

"""What scoring a model gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .records import Measures


@dataclass(frozen=True)
class Measured:
    """Scores and the arrays that figures draw.

    Attributes:
        measures: Every metric of `METRICS`, None where it does not apply: `details["reasons"]` says why, by key.
        arrays: Absent where they do not apply. Images are uint8 in native shape, clipped to the pixel range.
            `samples`: the first 64. `energies.real|held_out|fake|noise`: float32, mean-squared energy of each image,
            on a pixel range of width 2. `spectrum.real|fake|recon`: float64, eigenvalues of the codes' covariance.
            `digit_shares`, `digit_shares.real`: float64 (classes,), shares among confident predictions.
            `reconstructions.real|fake|noise`: (2, 8, C, H, W), inputs and reconstructions. `interpolations`:
            (4, 9, C, H, W), each row between two latents.
    """

    measures: Measures
    arrays: dict[str, np.ndarray]

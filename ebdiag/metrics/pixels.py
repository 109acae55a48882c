"""How much generated images differ from each other, pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def pixel_spread(generated: torch.Tensor, pixel_range: tuple[float, float]) -> float:
    """Mean over pixels of the standard deviation over latents.

    What it measures: How much each pixel changes from one generated image to another, averaged over pixels, after
    conversion to a range of −1 to 1.

    How to read it: Near 0 all images are one. The digits of `mnist5k` themselves have .39.

    Unit and range: Pixels of −1 to 1; 0 to 1 for images inside their range.

    Known problems: Noise differs too: it says nothing about quality.

    Cost: One pass over the images.

    Source: definition.

    Keys: `pixel_spread`.

    Args:
        generated: (n, channels, height, width), n ≥ 1, as the generator gives them.
        pixel_range: The range that the generator is to keep.
    """
    low, high = pixel_range
    return float(generated.std(0, correction=0).mean()) * 2 / (high - low)

"""Grids of images as PNG."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

PIXELS_MAX = 64
"""Larger images are shrunk to this many pixels a side: the page stays small, faults of this kind stay visible."""

RGB = 3


def grid(images: NDArray[np.uint8], *, columns: int = 8, rows: int = 8, side: int = PIXELS_MAX) -> bytes:
    """PNG of the first `columns` × `rows` images, left to right; missing ones stay transparent-black.

    Args:
        images: (N, C, H, W); one channel is grey, three are RGB, any other number is shown as its mean, in grey.
        side: Pixels that an image has at most, in height and width.
    """
    from PIL import Image

    if images.shape[1] not in (1, RGB):
        images = images.mean(1, keepdims=True).round().astype(np.uint8)
    count, channels, height, width = images.shape
    rows = min(rows, -(-count // columns))
    shown = np.zeros((columns * rows, channels, height, width), np.uint8)
    shown[: min(count, columns * rows)] = images[: columns * rows]
    tiled = shown.reshape(rows, columns, channels, height, width).transpose(0, 3, 1, 4, 2)
    pixels = tiled.reshape(rows * height, columns * width, channels)
    picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    factor = side / max(height, width)
    if factor < 1:
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        picture = picture.resize(size, Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()

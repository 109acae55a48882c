"""Folders of small colour images, drawn here: discs, squares and triangles in many colours on shaded grounds."""

from __future__ import annotations

import colorsys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

KINDS = ("disc", "square", "triangle")


def shape(kind: str, side: int, rng: np.random.Generator) -> Image.Image:
    """One filled shape, RGB, `side` × `side`: hue, place, size and colours of the ground are drawn from `rng`."""
    top, bottom = (np.array(colorsys.hsv_to_rgb(rng.random(), 0.5, rng.uniform(0.1, 0.5))) * 255 for _ in range(2))
    mix = np.linspace(0, 1, side)[:, None, None]
    ground = np.broadcast_to((1 - mix) * top + mix * bottom, (side, side, 3)).round().astype(np.uint8)
    picture = Image.fromarray(np.ascontiguousarray(ground))
    radius = rng.uniform(0.2, 0.35) * side
    x, y = rng.uniform(radius, side - radius, size=2)
    colour = tuple(round(255 * part) for part in colorsys.hsv_to_rgb(rng.random(), 0.9, 0.95))
    pencil = ImageDraw.Draw(picture)
    box = (x - radius, y - radius, x + radius, y + radius)
    if kind == "disc":
        pencil.ellipse(box, fill=colour)
    elif kind == "square":
        pencil.rectangle(box, fill=colour)
    else:
        pencil.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], fill=colour)
    return picture


def make_folder(folder: Path, count: int, side: int, *, classes: bool = False, seed: int = 0) -> str:
    """`count` shapes as PNG files, the kinds in turn; in subfolders named after them with `classes`.

    Returns:
        The name of the data set.
    """
    rng = np.random.default_rng(seed)
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        place = folder / kind if classes else folder
        place.mkdir(parents=True, exist_ok=True)
        shape(kind, side, rng).save(place / f"{index:05}.png")
    return f"folder:{folder}"

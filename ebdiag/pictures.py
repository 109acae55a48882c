"""Images of the report folder → PNGs of the page: samples over training, every seed, reconstructions, walks."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import words
from .evidence import Evidence
from .figures import samples
from .figures.style import SIDES, Side
from .result import Result

Images = NDArray[np.uint8]

FOLDER = "figures"
COLUMNS = 8
PROOF_COLUMNS = 4
FRAME_ROWS = 4
"""Of images at each step of the slider, so that the page shows both models in one screen."""

SMALL = 32
"""Pixels of an image's side where larger ones are too heavy, as colours easily are: steps tell more than detail."""

MIDDLE = 48

FRAME_BYTES, SAMPLE_BYTES, REBUILT_BYTES, WALK_BYTES, PROOF_BYTES = 420_000, 400_000, 200_000, 100_000, 120_000
"""PNGs of slider, seeds, reconstructions, walks and proof, each together; the page with its figures is below 2 MB."""

PAIR_SHARE = 0.6
"""Of what is left, a seed's pair of grids takes at most this."""


@dataclass(frozen=True)
class Grid:
    """Images of one run; `uri` and `file` are empty where there are none, and `alt` says why."""

    side: str
    label: str
    alt: str
    uri: str = ""
    file: str = ""


@dataclass(frozen=True)
class Frame:
    """Both models at one step of the slider."""

    step: str
    grids: list[Grid]


@dataclass(frozen=True)
class Rebuilt:
    """Inputs, reconstructions and differences of one kind of image, ref and mine."""

    kind: str
    grids: list[Grid]


@dataclass(frozen=True)
class Album:
    """Every picture of the page; `files` go into the folder of figures, by name."""

    real: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    seeds: list[Grid] = field(default_factory=list)
    rebuilt: list[Rebuilt] = field(default_factory=list)
    rebuilt_title: str = ""
    walks: list[Grid] = field(default_factory=list)
    proof: list[Grid] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


def album(result: Result, found: Evidence, endings: Sequence[str]) -> Album:
    """All pictures that there are images for; `endings` say what became of runs that ended early."""
    seeds, steps = _sampled(result, found)
    grids, files = _seeds(seeds or result.budget.seeds[:1], found, steps, endings)
    rebuilt, title = _rebuilt(found)
    return Album(
        real=_real_rows(found),
        frames=_frames(seeds[0], found, steps, endings) if seeds else [],
        seeds=grids,
        rebuilt=rebuilt,
        rebuilt_title=title,
        walks=_walks(found),
        proof=_proof(result, found),
        files=files,
    )


def first_pair(result: Result, found: Evidence, endings: Sequence[str]) -> Album:
    """Real images and the last samples of the first seed, for where there is room for no more."""
    seeds, steps = _sampled(result, found)
    grids, _ = _seeds((seeds or result.budget.seeds)[:1], found, steps, endings)
    return Album(real=_real_rows(found), seeds=grids)


def _sampled(result: Result, found: Evidence) -> tuple[list[int], dict[tuple[Side, int], list[int]]]:
    """Seeds with samples, those of both models first, and the steps that there are samples of."""
    steps: dict[tuple[Side, int], list[int]] = {}
    for side, seed, step in sorted(found.samples):
        if side in SIDES:
            steps.setdefault((side, seed), []).append(step)
    seeds = [seed for seed in result.budget.seeds if any((side, seed) in steps for side in SIDES)]
    seeds.sort(key=lambda seed: -sum((side, seed) in steps for side in SIDES))
    return seeds, steps


def uri(png: bytes) -> str:
    """A PNG as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _real_rows(found: Evidence) -> list[str]:
    """One row of real images for each column of grids."""
    if found.real is None:
        return []
    starts = range(0, min(len(found.real), 2 * COLUMNS), COLUMNS)
    return [uri(samples.grid(found.real[start : start + COLUMNS], columns=COLUMNS, rows=1)) for start in starts]


def _frames(
    seed: int, found: Evidence, steps: Mapping[tuple[Side, int], Sequence[int]], endings: Sequence[str]
) -> list[Frame]:
    """Both models at every checkpoint of one seed; heavy images fewer of, then smaller, then of fewer steps."""
    stops = sorted({step for side in SIDES for step in steps.get((side, seed), ())})
    large, all_stops = samples.PIXELS_MAX, len(stops)
    for rows, most, side_pixels in (
        *((FRAME_ROWS, all_stops, large), (FRAME_ROWS, 12, large), (2, 12, large)),
        *((FRAME_ROWS, 12, SMALL), (2, 12, SMALL), (2, 6, SMALL), (1, 6, SMALL), (1, 2, SMALL), (1, 1, SMALL)),
    ):
        kept = [stops[round(place)] for place in np.linspace(0, len(stops) - 1, min(most, len(stops)))]
        kept = [*kept[:-1], stops[-1]]
        encoded = {
            (side, step): samples.grid(found.samples[side, seed, step], columns=COLUMNS, rows=rows, side=side_pixels)
            for step in kept
            for side in SIDES
            if (side, seed, step) in found.samples
        }
        if sum(map(len, encoded.values())) <= FRAME_BYTES:
            return [
                Frame(words.count(step), [_framed(side, seed, step, encoded, found, rows, endings) for side in SIDES])
                for step in kept
            ]
    return []


def _framed(
    side: Side,
    seed: int,
    step: int,
    encoded: Mapping[tuple[Side, int], bytes],
    found: Evidence,
    rows: int,
    endings: Sequence[str],
) -> Grid:
    label = words.frame(seed, step or None)
    if (side, step) not in encoded:
        alt = words.PAGE["not at step"].format(side=side, step=words.count(step))
        return Grid(side, label, _with_reason(alt, side, endings))
    shown = min(len(found.samples[side, seed, step]), rows * COLUMNS)
    return Grid(side, label, words.samples_alt(side, shown, seed, step or None), uri(encoded[side, step]))


def _with_reason(sentence: str, side: Side, endings: Sequence[str]) -> str:
    return " ".join([sentence, *(ending for ending in endings if ending.startswith(f"{side} "))])


def _seeds(
    seeds: Sequence[int], found: Evidence, steps: Mapping[tuple[Side, int], Sequence[int]], endings: Sequence[str]
) -> tuple[list[Grid], dict[str, bytes]]:
    """Grids of ref and mine at their last checkpoint, seed by seed, and the pictures of the first pair by file name.

    The first pair is of the first seed that both have samples of. Where a variant has none, its grid says why.
    """
    grids: list[Grid] = []
    files: dict[str, bytes] = {}
    left = SAMPLE_BYTES
    for seed in seeds:
        last = {side: steps[side, seed][-1] for side in SIDES if (side, seed) in steps}
        rows, encoded = _pair({side: found.samples[side, seed, step] for side, step in last.items()}, left * PAIR_SHARE)
        left -= sum(map(len, encoded.values()))
        for side in SIDES:
            if side in encoded:
                shown = min(len(found.samples[side, seed, last[side]]), rows * COLUMNS)
                name = f"samples-{side}.png"
                file = "" if name in files else f"{FOLDER}/{name}"
                files.setdefault(name, encoded[side])
                label = words.frame(seed, last[side] or None)
                alt = words.samples_alt(side, shown, seed, last[side] or None)
                grids.append(Grid(side, label, alt, uri(encoded[side]), file))
            elif side not in last:
                alt = _with_reason(words.absent(side, words.PAGE["samples noun"]), side, endings)
                grids.append(Grid(side, words.PAGE["of seed"].format(seed=seed), alt))
    return grids, files


def _pair(images: Mapping[Side, Images], most: float) -> tuple[int, dict[Side, bytes]]:
    """Rows shown, and their PNGs, of at most `most` bytes together; none where one row is too much."""
    large = samples.PIXELS_MAX
    for rows, pixels in ((8, large), (4, large), (4, MIDDLE), (4, SMALL), (2, SMALL), (1, SMALL)):
        encoded = {side: samples.grid(array, columns=COLUMNS, rows=rows, side=pixels) for side, array in images.items()}
        if sum(map(len, encoded.values())) <= most:
            return rows, encoded
    return 0, {}


def _rebuilt(found: Evidence) -> tuple[list[Rebuilt], str]:
    """Inputs, reconstructions and differences of the first seed of each variant, and what they show."""
    given = {
        (side, kind): np.stack([*pair.astype(np.int16), np.abs(pair[0].astype(np.int16) - pair[1])]).astype(np.uint8)
        for side in SIDES
        for kind in words.RECONSTRUCTED
        if (seed := _first_seed(side, found.reconstructions)) is not None
        and (pair := found.reconstructions.get((side, seed, kind))) is not None
        and pair.shape[1]
    }
    errors = {key: float(strips[2].mean()) / 255 for key, strips in given.items()}
    shown = {
        (side, kind): Grid(
            side,
            words.PAGE["of seed"].format(seed=_first_seed(side, found.reconstructions)),
            words.reconstructions_alt(side, kind, png.columns, errors[side, kind]),
            uri(png.content),
        )
        for (side, kind), png in _fitting(given, COLUMNS, REBUILT_BYTES).items()
    }
    rows = [
        Rebuilt(words.RECONSTRUCTED[kind], [shown[side, kind] for side in SIDES if (side, kind) in shown])
        for kind in words.RECONSTRUCTED
        if any((side, kind) in shown for side in SIDES)
    ]
    of_side = {side: [(kind, error) for (variant, kind), error in errors.items() if variant == side] for side in SIDES}
    return rows, "; ".join(words.reconstructions_title(side, found_) for side, found_ in of_side.items() if found_)


def _walks(found: Evidence) -> list[Grid]:
    """Images between latents of the first seed of each variant."""
    given = {
        (side, "walk"): found.interpolations[side, seed]
        for side in SIDES
        if (seed := _first_seed(side, found.interpolations)) is not None
    }
    grids = []
    for (side, _), png in _fitting(
        given, max((rows.shape[1] for rows in given.values()), default=0), WALK_BYTES, ends=True
    ).items():
        images = given[side, "walk"]
        change = float(np.abs(np.diff(images.astype(np.int16), axis=1)).mean()) / 255
        alt = words.interpolations_alt(side, images.shape[0], png.columns, change)
        label = words.PAGE["of seed"].format(seed=_first_seed(side, found.interpolations))
        grids.append(Grid(side, label, alt, uri(png.content)))
    return grids


def _proof(result: Result, found: Evidence) -> list[Grid]:
    """Ref, ref with the culprit, mine without it, and mine, all from the same latents; empty where one is missing."""
    if result.trace is None or not found.hybrids:
        return []
    blamed = words.joined([part for culprit in result.trace.culprits for part in culprit.parts])
    seed = min(seed for _, seed in found.hybrids)
    last = {
        side: step for side, own, step in sorted(found.samples) if side in SIDES and own == seed
    }  # of ascending steps the last one stays
    places: list[tuple[Side, str, Images | None]] = [
        ("ref", "", found.samples.get(("ref", seed, last.get("ref", -1)))),
        ("ref", f"+ {blamed}", found.hybrids.get(("broken", seed))),
        ("mine", f"− {blamed}", found.hybrids.get(("restored", seed))),
        ("mine", "", found.samples.get(("mine", seed, last.get("mine", -1)))),
    ]
    given = [(side, change, images) for side, change, images in places if images is not None]
    if len(given) < len(places):
        return []
    for rows in (FRAME_ROWS, 2, 1):
        encoded = [samples.grid(images, columns=PROOF_COLUMNS, rows=rows) for _, _, images in given]
        if sum(map(len, encoded)) <= PROOF_BYTES:
            return [
                Grid(
                    side,
                    change,
                    words.say(
                        "proof alt", who=f"{side} {change}".strip(), count=min(len(images), rows * PROOF_COLUMNS)
                    ),
                    uri(png),
                )
                for (side, change, images), png in zip(given, encoded, strict=True)
            ]
    return []


def _first_seed(side: Side, arrays: Mapping[Any, Images]) -> int | None:
    """The lowest seed that a variant has arrays of; keys start with variant and seed."""
    return min((key[1] for key in arrays if key[0] == side), default=None)


@dataclass(frozen=True)
class _Png:
    content: bytes
    columns: int


def _fitting(
    given: Mapping[tuple[Side, str], Images], most: int, most_bytes: int, *, ends: bool = False
) -> dict[tuple[Side, str], _Png]:
    """PNGs of (rows, columns, C, H, W) that fit, all together: smaller ones, then of fewer columns; empty if none do.

    Args:
        ends: Of fewer columns the first and the last stay, with equal steps between; else the first ones stay.
    """
    columns = most
    while columns:
        for pixels in (samples.PIXELS_MAX, MIDDLE, SMALL):
            made = {}
            for key, images in given.items():
                count = min(columns, images.shape[1])
                last = images.shape[1] - 1 if ends and count > 1 else count - 1
                kept = images[:, np.linspace(0, last, count).round().astype(int)]
                flat = kept.reshape(-1, *kept.shape[2:])
                drawn = samples.grid(flat, columns=kept.shape[1], rows=len(kept), side=pixels)
                made[key] = _Png(drawn, kept.shape[1])
            if sum(len(png.content) for png in made.values()) <= most_bytes:
                return made
        columns //= 2
    return {}

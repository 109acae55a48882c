"""A sweep → the settings to try: of the same file the same ones every time, of a longer sample the same first ones.

A draw is a function of (seed of the sample, number of the draw, name of the setting): a longer sample begins with the
shorter one, another setting leaves those of the others alone, and families with the same settings try the same ones.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..safe import json_text
from .ask import Drawn, Family, Levels, Sweep, Value

TRIES = 1_000
"""Draws in a row that were all drawn before: then there is nothing else left to draw."""


@dataclass(frozen=True)
class Point:
    """One setting of a family, to be trained on each seed.

    Attributes:
        draw: Number of its draw, or its place in the grid.
        settings: Name → value; what the file says itself is absent.
    """

    family: Family
    draw: int
    settings: Mapping[str, Value]

    @property
    def overrides(self) -> list[str]:
        """`NAME=VALUE` for each setting."""
        return typed(self.settings)


def typed(settings: Mapping[str, Value]) -> list[str]:
    """`NAME=VALUE` for each setting, as `--set` takes it."""
    return [f"{name}={value if isinstance(value, str) else repr(value)}" for name, value in settings.items()]


def points(sweep: Sweep) -> list[Point]:
    """All of them: by number of the draw, the families in turn, so that what is finished early is balanced."""
    each = [list(_grid(family) if sweep.sample is None else _sample(family, sweep)) for family in sweep.families]
    return [point for turn in itertools.zip_longest(*each) for point in turn if point is not None]


def listed(sweep: Sweep) -> str:
    """A line a setting: family, number, settings as `--set` takes them."""
    found = points(sweep)
    width = max((len(point.family.name) for point in found), default=0)
    lines = [f"{p.family.name.ljust(width)}  {p.draw:>5}  {' '.join(p.overrides)}".rstrip() for p in found]
    return "\n".join([*lines, f"{len(found):,} settings × {sweep.seeds} = {len(found) * sweep.seeds:,} runs", ""])


def listed_json(sweep: Sweep) -> str:
    """The same as JSON."""
    rows = [
        {"family": p.family.name, "file": p.family.path, "draw": p.draw, "settings": p.settings} for p in points(sweep)
    ]
    return json_text({"settings": rows, "seeds": list(range(sweep.seeds)), "steps": sweep.steps})


def _grid(family: Family) -> Iterator[Point]:
    for place, values in enumerate(itertools.product(*family.grid.values())):
        yield Point(family, place, {**family.fixed, **dict(zip(family.grid, values, strict=True))})


def _sample(family: Family, sweep: Sweep) -> Iterator[Point]:
    """Different settings, as many as are asked for or there are."""
    assert sweep.sample is not None
    ways: dict[str, Levels | Drawn] = {**family.grid, **family.random}
    seen: set[str] = set()
    draw = tried = 0
    while len(seen) < min(sweep.sample, family.size) and tried < TRIES:
        settings = {name: _drawn(way, _share(sweep.sample_seed, draw, name)) for name, way in ways.items()}
        key = json.dumps(settings, sort_keys=True)
        tried += 1
        if key not in seen:
            seen.add(key)
            tried = 0
            yield Point(family, draw, {**family.fixed, **settings})
        draw += 1


def _share(seed: int, draw: int, name: str) -> float:
    """A number in [0, 1), of 53 bits."""
    hashed = hashlib.sha256(json.dumps([seed, draw, name]).encode()).digest()
    return (int.from_bytes(hashed[:8], "big") >> 11) / 2**53


def _drawn(way: Levels | Drawn, share: float) -> Value:
    if not isinstance(way, Drawn):
        return way[int(share * len(way))]
    if way.how == "integers":
        return int(way.low) + int(share * (int(way.high) - int(way.low) + 1))
    if way.how == "uniform":
        return float(f"{way.low + share * (way.high - way.low):.6g}")
    low, high = math.log(way.low), math.log(way.high)
    return float(f"{math.exp(low + share * (high - low)):.6g}")

"""Shapes of entries in a catalogue that are more than one text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class RungWords:
    """A rung of the sanity ladder where there is little room, and the unit of its number."""

    short: str
    unit: str


@dataclass(frozen=True)
class FindingWords:
    """What a rule says, with `{name}` for a number of its evidence, `{name:n}` whole, `{name:%}` as a share.

    Attributes:
        advice: One sentence or two, or the part that it is about → these.
    """

    title: str
    explanation: str
    advice: str | Mapping[str, str] = ""

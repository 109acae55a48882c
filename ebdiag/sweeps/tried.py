"""Rows → settings as the statistics see them: the seeds of one setting are one, for settings are what a sweep draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..kinds import Decides
from .ask import Value
from .rows import Row


@dataclass(frozen=True)
class Tried:
    """One setting of a family, over its seeds.

    Attributes:
        works: Share of its seeds that work; those that failed to train, too, count as not working.
        badness: Mean log of what is wrong (of GANs the FID) over seeds that have a score; None where none has.
    """

    family: str
    draw: int
    settings: Mapping[str, Value]
    works: float
    badness: float | None


def tried(rows: Sequence[Row], decides: Decides) -> list[Tried]:
    """Settings that came to an outcome, in the order of the rows; models that cannot run are none."""
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        if row.status != "refused":
            groups.setdefault((row.family, row.draw), []).append(row)
    found = []
    for (family, draw), own in groups.items():
        scores = [b for row in own if (b := decides.badness(row.score(decides.metric))) is not None]
        badness = math.fsum(map(math.log, scores)) / len(scores) if scores else None
        found.append(Tried(family, draw, own[0].settings, sum(row.works for row in own) / len(own), badness))
    return found


def varied(settings: Sequence[Tried]) -> dict[str, list[Value]]:
    """Setting → its values in order, where there are two or more of them in one family; families give theirs."""
    seen: dict[str, dict[str, dict[str, Value]]] = {}
    for one in settings:
        for name, value in one.settings.items():
            seen.setdefault(name, {}).setdefault(one.family, {})[repr(value)] = value
    return {
        name: _ordered({key: value for values in families.values() if len(values) > 1 for key, value in values.items()})
        for name, families in seen.items()
        if any(len(values) > 1 for values in families.values())
    }


def _ordered(values: Mapping[str, Value]) -> list[Value]:
    """Numbers by size, everything else by how it is written."""
    numbers = [value for value in values.values() if isinstance(value, int | float)]
    return [*sorted(numbers)] if len(numbers) == len(values) else sorted(values.values(), key=str)

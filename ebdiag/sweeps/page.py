"""Rows → everything that the page of a sweep shows, as text and figures. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import words
from ..kinds import Kind
from ..records import DataSpec
from . import drawn, said
from .ask import Sweep
from .drawn import Figure, Picture
from .effects import effects
from .families import families, pairs
from .rows import Row
from .said import MOST, Reading
from .tried import tried

COMMAND_CHARACTERS = 3_600_000
"""Of commands on the page, which stays below 5 MB."""

IN_MARKDOWN = 40
"""Commands in the page in Markdown."""


@dataclass(frozen=True)
class Failing:
    """One run that fails."""

    family: str
    score: str
    cause: str
    command: str


@dataclass(frozen=True)
class Page:
    """What the templates show; rows of tables are texts, cell by cell."""

    name: str
    works: int
    runs: int
    metric: str
    unfinished: str
    summary: list[str]
    families: list[tuple[str, ...]]
    pairs: list[tuple[str, ...]]
    scores: Figure | None
    pictures: list[Picture]
    causes: Figure | None
    cause_families: list[str]
    cause_rows: list[tuple[str, ...]]
    importance: Figure | None
    levels: list[Figure]
    effect_rows: list[tuple[str, ...]]
    level_rows: list[tuple[str, ...]]
    failing: list[Failing]
    cut: int
    method: list[str]
    provenance: list[tuple[str, str]]

    @property
    def figures(self) -> list[Figure]:
        """Every drawing."""
        return [one for one in (self.scores, self.causes, self.importance, *self.levels) if one is not None]


def page(rows: Sequence[Row], sweep: Sweep, kind: Kind, data: DataSpec, *, planned: int, command: str) -> Page:
    """Put the page together.

    Args:
        planned: How many runs the sweep has; more than there are rows where it was interrupted.
    """
    metric, decides = words.AXES[kind.decides.metric], kind.decides
    settings = tried(rows, decides)
    of_families, of_pairs, of_settings = families(settings), pairs(settings), effects(settings)
    failing = [row for row in rows if not row.works]
    listed, cut = _listed(failing, decides.metric)
    logarithmic = decides.lower_is_better
    names = list(dict.fromkeys(row.family for row in rows))
    reading = Reading(metric, logarithmic)
    return Page(
        name=sweep.name,
        works=len(rows) - len(failing),
        runs=len(rows),
        metric=metric,
        unfinished="" if planned <= len(rows)
        else words.SWEEP["unfinished"].format(done=words.count(len(rows)), runs=words.count(planned)),
        summary=said.summary(rows, sweep, data, reading, of_families, of_pairs, of_settings, decides.metric),
        families=[said.family_cells(one, reading) for one in of_families],
        pairs=[said.pair_cells(one, reading) for one in of_pairs],
        scores=drawn.scores(rows, names, decides.metric, reading, data.bar, decides.limit(data.bar)),
        pictures=[
            one for place, name in enumerate(names[:MOST])
            for one in drawn.pictures(rows, name, place, decides.metric, reading)
        ],
        causes=drawn.causes(failing),
        cause_families=names,
        cause_rows=said.cause_rows(failing, names),
        importance=drawn.importance(of_settings),
        levels=drawn.levels(of_settings, names[:MOST], reading, decides.limit(data.bar)),
        effect_rows=said.effect_rows(of_settings),
        level_rows=said.level_rows(of_settings, reading),
        failing=listed,
        cut=cut,
        method=[
            words.SWEEP["method order"].format(metric=metric), words.SWEEP["method shares"],
            words.SWEEP["method causes"],
        ],
        provenance=said.provenance(rows, sweep, data, command),
    )  # fmt: skip


def _listed(failing: Sequence[Row], metric: str) -> tuple[list[Failing], int]:
    """Those that there is room for, family by family, and how many there is none for."""
    found: list[Failing] = []
    left = COMMAND_CHARACTERS
    for row in sorted(failing, key=lambda row: (row.family, row.cause)):
        left -= len(row.trace) + 90
        if left < 0:
            break
        found.append(Failing(row.family, words.number(row.score(metric)), row.cause, row.trace))
    return found, len(failing) - len(found)

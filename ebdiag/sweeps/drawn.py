"""What of a sweep is drawn: figures, and samples of the best and of the middle run of each family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .. import stats, words
from ..figures import samples as grids
from ..figures import sweeps as figures
from ..figures.style import to_svg
from ..pictures import FOLDER, uri
from .effects import FAMILY, Effect
from .rows import Row
from .said import MOST, Reading, best_first, most_important, named, settings_said

COLUMNS, GRID_ROWS = 8, 4
MOST_SETTINGS = 14
"""Bars of importance; all are in the table."""


@dataclass(frozen=True)
class Figure:
    """A drawing with its title; `name` is that of its file, without ending."""

    name: str
    title: str
    caption: str
    svg: str

    @property
    def file(self) -> str:
        """Its place in the report's folder."""
        return f"{FOLDER}/{self.name}.svg"


@dataclass(frozen=True)
class Picture:
    """Samples of one run."""

    name: str
    label: str
    settings: str
    alt: str
    png: bytes

    @property
    def file(self) -> str:
        """Its place in the report's folder."""
        return f"{FOLDER}/{self.name}.png"

    @property
    def uri(self) -> str:
        """The picture as an address that holds it."""
        return uri(self.png)


def scores(
    rows: Sequence[Row], names: Sequence[str], metric: str, reading: Reading, bar: Mapping[str, float], limit: float
) -> Figure | None:
    split = {
        name: tuple(
            np.array([row.scores[metric] for row in rows if row.family == name and row.works is works
                      and row.score(metric) is not None], np.float64)
            for works in (True, False)
        )
        for name in names[:MOST]
    }  # fmt: skip
    edge = limit if reading.lower_is_better else 1 - limit
    drawn = figures.scores(split, edge, logarithmic=reading.lower_is_better, metric=reading.metric)  # type: ignore[arg-type]
    if drawn is None:
        return None
    missing = sum(row.score(metric) is None for row in rows)
    return Figure(
        "scores",
        words.SWEEP["scores title"].format(
            metric=reading.metric, runs=words.count(len(rows)),
            side=words.SWEEP["left"] if reading.lower_is_better else words.SWEEP["right"],
        ),
        words.SWEEP["scores caption"].format(missing=words.plural(missing, "run"), bar=words.bar(bar)),
        to_svg(drawn, "scores"),
    )  # fmt: skip


def pictures(rows: Sequence[Row], name: str, place: int, metric: str, reading: Reading) -> list[Picture]:
    """Of the best run of a family and of that in the middle."""
    own = [row for row in rows if row.family == name and row.samples]
    ordered = best_first(own, metric, reading)
    chosen = {"best": ordered[0], "median": ordered[(len(ordered) - 1) // 2]} if ordered else {}
    found = []
    for which, row in chosen.items():
        with np.load(row.samples, allow_pickle=False) as arrays:
            images = arrays.get("samples")
        if images is None:
            continue
        said = words.SWEEP["best of"] if which == "best" else words.SWEEP["median of"]
        label = said.format(family=name, metric=reading.metric, score=words.number(row.score(metric)))
        count = min(len(images), COLUMNS * GRID_ROWS)
        found.append(
            Picture(
                f"samples-{place}-{which}", label, settings_said(row.settings),
                words.SWEEP["samples alt"].format(count=count, label=label),
                grids.grid(images, columns=COLUMNS, rows=GRID_ROWS),
            )
        )  # fmt: skip
    return found


def causes(failing: Sequence[Row]) -> Figure | None:
    counted = Counter(row.cause for row in failing).most_common()
    drawn = figures.shares([(name, k / len(failing)) for name, k in counted], words.SWEEP["axis causes"])
    if drawn is None:
        return None
    title = words.SWEEP["causes title"].format(
        share=words.percent(counted[0][1] / len(failing)), count=words.count(len(failing)), cause=counted[0][0]
    )
    return Figure("causes", title, words.SWEEP["causes caption"], to_svg(drawn, "causes"))


def importance(found: Sequence[Effect]) -> Figure | None:
    """The settings that matter most, of all families."""
    rows = [
        (named(e) if e.name == FAMILY else f"{e.name}\n{e.family}", e.importance, e.chance)
        for e in found[:MOST_SETTINGS]
    ]
    drawn = figures.importances(rows, words.SWEEP["axis importance"])
    if drawn is None:
        return None
    own = most_important(found)
    title = words.SWEEP["summary nothing"]
    if own is not None:
        share = words.percent(own.importance)
        title = words.SWEEP["importance title"].format(name=own.name, family=own.family, share=share)
    return Figure("importance", title, words.SWEEP["importance caption"], to_svg(drawn, "importance"))


def levels(found: Sequence[Effect], names: Sequence[str], reading: Reading, limit: float) -> list[Figure]:
    """One figure a family, on one axis, its settings in the order of their importance."""
    groups = {
        name: [
            (effect.name, [_mean(level.label, level.score, reading) for level in effect.levels if level.score])
            for effect in found
            if effect.family == name and effect.name != FAMILY
        ]
        for name in names
    }
    shown = [level for own in groups.values() for _, levels in own for level in levels]
    if not shown:
        return []
    means = [level.mean for level in shown]
    low, high = min(means) / 4, max(means) * 4  # an interval of two settings has hardly an end
    ends = [end for level in shown for end in (level.low, level.high) if end is not None]
    edge = limit if reading.lower_is_better else 1 - limit
    axis = figures.span(
        [*means, *(min(max(end, low), high) for end in ends)], edge, logarithmic=reading.lower_is_better
    )
    drawn = {
        name: figures.levels(own, axis, edge, logarithmic=reading.lower_is_better, metric=reading.metric)
        for name, own in groups.items()
    }
    return [
        Figure(
            f"levels-{place}", words.SWEEP["level effects"].format(family=name, metric=reading.metric),
            words.SWEEP["levels caption"], to_svg(figure, f"levels-{place}"),
        )
        for place, (name, figure) in enumerate(drawn.items()) if figure is not None
    ]  # fmt: skip


def _mean(label: str, found: stats.Interval, reading: Reading) -> figures.Mean:
    """A level as the figure takes it; where less of the metric is what is wrong, the ends change places."""
    low, high = (None if end is None else reading.value(end) for end in (found.low, found.high))
    return figures.Mean(label, reading.value(found.mean), low, high)

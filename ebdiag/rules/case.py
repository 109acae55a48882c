"""What a rule is given, and how it says what it found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ebdiag import words
from ebdiag.kinds import Decides, of
from ebdiag.records import Facts, Line, Run, Side, Variant
from ebdiag.result import Difference, Finding
from ebdiag.schema import LineRef

from .trials import TRIALS

Shown = TypeVar("Shown")

Severity = Literal["error", "warning", "deviation", "note"]


@dataclass(frozen=True)
class Seed:
    """One run as rules see it.

    Attributes:
        scores: Metric key → the seed's score; empty for a run that did not get to its end.
        works: Whether it meets the bar of the data set.
        series: Column → (n,) float64, ascending in `step`; NaN where not recorded, empty where nothing was.
        samples: uint8 (N, C, H, W), generated at its last checkpoint; None where there is none.
    """

    run: Run
    scores: Mapping[str, float | None]
    works: bool
    series: Mapping[str, NDArray[np.float64]]
    samples: NDArray[np.uint8] | None = None

    def early(self, column: str) -> float | None:
        """Mean of a series over the first twentieth of training; None where it was not recorded."""
        return self._mean(column, 0, 1 / 20)

    def late(self, column: str) -> float | None:
        """Mean of a series over the last third of training; None where it was not recorded."""
        return self._mean(column, 2 / 3, 1)

    def _mean(self, column: str, start: float, end: float) -> float | None:
        values = self.series.get(column)
        if values is None:
            return None
        part = values[math.floor(start * len(values)) : math.ceil(end * len(values))]
        part = part[np.isfinite(part)]
        return float(part.mean()) if len(part) else None

    def at(self, metric: str) -> list[tuple[int, float]]:
        """(step, value) of a metric at the checkpoints that have it, ascending."""
        found = [(measured.step, measured.values.get(metric)) for measured in self.run.measures]
        return [(step, value) for step, value in found if value is not None and np.isfinite(value)]


@dataclass(frozen=True)
class Case:
    """Everything that is known of one model.

    Attributes:
        reference: The reference's case where this one is mine; None where it is the reference itself.
        differences: Parts and layers in which mine differs from the reference; empty for the reference.
        seeds: Its runs, one a seed; empty before training.
        real: uint8 (N, C, H, W), some held-out images; None before training.
        delay_factor: k where it is, at its end, where the reference was after 1/k of the steps; None where unknown.
    """

    side: Side
    variant: Variant
    facts: Facts
    reference: Case | None = None
    differences: Sequence[Difference] = ()
    seeds: Sequence[Seed] = ()
    real: NDArray[np.uint8] | None = None
    delay_factor: float | None = None

    @property
    def decides(self) -> Decides:
        """The number that models of this kind are judged by."""
        return of(self.variant.kind).decides

    @property
    def steps(self) -> int:
        """Updates of the generator that were planned for each seed; 0 before training."""
        return self.seeds[0].run.spec.steps if self.seeds else 0

    @property
    def healthy(self) -> Sequence[Seed]:
        """The reference's seeds, where all of them work and can be a measure; else none."""
        seeds = self.reference.seeds if self.reference else ()
        return seeds if all(seed.works for seed in seeds) else ()

    @property
    def failing(self) -> list[Seed]:
        """Seeds that were trained to their end and do not work."""
        return [seed for seed in self.seeds if seed.scores and not seed.works]

    def used(self, part: str) -> bool:
        """Whether a part takes effect."""
        return bool(self.facts.parts.get(part, {}).get("used"))

    def line(self, part: str) -> Line | None:
        """Where a part, or a field of Config, is written; None for a default."""
        known = self.variant.parts.get(part)
        return (known.line if known else None) or self.variant.config_lines.get(part)


def finding(
    case: Case,
    rule: str,
    severity: Severity,
    *,
    part: str | None = None,
    wording: str | None = None,
    lines: Sequence[Line | LineRef | None] = (),
    **evidence: Any,
) -> Finding:
    """A finding, in the words that the catalogue has for it, filled with its evidence.

    Args:
        rule: The slug.
        part: The part that it is about; its line is added to those given, where the file has it.
        wording: Key of the catalogue's `FINDINGS` where one rule says several things; the slug by default.
        lines: Where to look, most telling first; absent ones and repetitions are left out.
        evidence: JSON values by name, as the templates call them; absent ones are left out.
    """
    places = [*lines, case.line(part) if part else None]
    known = dict.fromkeys((place.file, place.line) for place in places if place is not None)
    found = Finding(
        rule=rule, severity=severity, variant=case.side, part=part, wording=wording or rule, title="", explanation="",
        evidence={name: value for name, value in evidence.items() if value is not None},
        lines=[LineRef(file=file, line=line) for file, line in known],
    )  # fmt: skip
    said, trial = words.finding(found), TRIALS.get(wording or rule)
    tried = {} if trial is None or not said.advice else {"advice_tried": trial.source, "advice_helped": trial.helped}
    texts = {"title": said.title, "explanation": said.explanation, "advice": said.advice}
    return found.model_copy(update=texts | tried)


def most(found: Sequence[Shown], of: Sequence[Seed]) -> list[Shown]:
    """What was found in seeds, where at least half of them show it; else nothing."""
    return list(found) if 2 * len(found) >= len(of) else []


def mean(values: Sequence[float | None]) -> float | None:
    """Of those that are there."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None

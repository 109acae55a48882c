"""What is known of a kind of variants."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ebdiag.metrics import Metric
from ebdiag.records import DataSpec, KindName


@dataclass(frozen=True)
class Decides:
    """The number that verdicts and traces go by.

    Attributes:
        metric: Its key.
        lower_is_better: Which way is better.
        minimum_effect: Smallest log ratio, or difference, as the metric is compared, worth a verdict; also δ of `same`.
        guard: Metric that a verdict must not contradict by more than `guard_by`, or None.
        variety: Metric that is near 0 where everything a model makes is one.
        told: Metrics that the verdict's sentence names.
        others: Metrics beside it that the bar may ask for.
    """

    metric: str
    lower_is_better: bool
    minimum_effect: float
    variety: str
    guard: str | None = None
    guard_by: float = 0.0
    told: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """Everything that a verdict can rest on."""
        return (self.metric, *self.others)

    def badness(self, value: float | None) -> float | None:
        """A score as what is wrong, above 0, less being better: itself, or of a share what it lacks of 1.

        Compared as ratios: half the badness is as much better whatever the level. None where there is no such number.
        """
        if value is None or not math.isfinite(value):
            return None
        if self.lower_is_better:
            return value if value > 0 else None
        return max(1 - value, LEAST_LACKING)

    def limit(self, bar: Mapping[str, float]) -> float:
        """The badness at which the bar stands."""
        bound = bar[f"{self.metric}_{'max' if self.lower_is_better else 'min'}"]
        found = self.badness(bound)
        assert found is not None
        return found


FIELD = "Config."

LEAST_LACKING = 1e-4
"""A share of 1 is taken for so much less: finer differences are noise of some thousand pairs."""


@dataclass(frozen=True)
class Kind:
    """A kind of variants.

    Attributes:
        called: What sentences call one.
        reference: The model that one is held against where none is named.
        nets: Parts that are nets; their classes are named alike, capitalised.
        classes: Classes of the contract, the nets' first.
        parts: The units of difference, transplant and report, in the order in which people see them.
        sources: Part → what of a file makes it up; the first that is there gives the part its line.
        defaults: What a Config that does not say otherwise means.
        part_of_field: The part that a Config field belongs to; one that is absent belongs to several, or to the first
            net.
        shared_fields: Fields that each variant keeps its own of, whatever is exchanged.
        functions: Overrides and what they are called with, by position.
        methods: Methods of an Objective; those in `required_methods` must be there.
        bound: Overrides that are looked up anew wherever code calls them: another variant's may stand there.
        settings: Parts that have a value: they can differ where their source is the same.
        own_code: Losses and the like, whose difference may be one of what they call.
        metrics: What a trained model is scored by, in the order of the table that people see.
        decides: By which of them.
        bar: What "works" asks for: `<metric>_max`, `<metric>_min`; None where that depends on the data set.
        sections: Of the page, in their order.
        watched: Numbers that are shown of a run while it trains.
        forbidden: Rules whose findings of runs no working model has, whatever its numbers.
        terms: Words that the page explains.
        order: Definitions as they stand in a file; one that is written into it goes after the last of those before it.
    """

    name: KindName
    called: str
    reference: str
    nets: tuple[str, ...]
    classes: tuple[str, ...]
    parts: tuple[str, ...]
    sources: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, Any]
    part_of_field: Mapping[str, str]
    functions: Mapping[str, tuple[str, ...]]
    bound: tuple[str, ...]
    settings: frozenset[str]
    metrics: tuple[Metric, ...]
    decides: Decides
    bar: Mapping[str, float] | None
    sections: tuple[str, ...]
    watched: tuple[str, ...]
    terms: tuple[str, ...]
    order: tuple[str, ...]
    forbidden: tuple[str, ...]
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shared_fields: tuple[str, ...] = ("betas",)

    def judged_by(self, data: DataSpec) -> DataSpec:
        """The data set with what this kind is held against: its bar, and levels where a feature net scores."""
        if self.bar is None:
            return data
        return replace(data, bar=dict(self.bar), anchors={}, features="", features_digest="")

    def definitions(self, part: str) -> tuple[str, ...]:
        """Functions and classes that make up a part."""
        return tuple(name for name in self.sources[part] if not name.startswith(FIELD))

    def fields(self, part: str) -> tuple[str, ...]:
        """Fields of Config that make up a part."""
        return tuple(name.removeprefix(FIELD) for name in self.sources[part] if name.startswith(FIELD))

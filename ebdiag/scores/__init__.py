"""How a model is scored, one side of it a file: its images, its discriminator, its latents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field
from typing import Any

import numpy as np

from ebdiag.metrics import METRICS, Metric


@dataclass
class Scores:
    """What is known so far of a model at one checkpoint.

    Attributes:
        table: The metrics of the variant's kind.
        values: Every metric of the table; None until it is known, and where it does not apply.
        details: Provenance of the values; `reasons` says of every metric without a value why.
        arrays: For figures, by name.
    """

    table: InitVar[tuple[Metric, ...]] = METRICS
    values: dict[str, float | None] = field(init=False)
    details: dict[str, Any] = field(default_factory=lambda: {"mode": "eval", "reasons": {}})
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self, table: tuple[Metric, ...]) -> None:
        self.values = dict.fromkeys(metric.key for metric in table)

    def put(self, reason: str, **values: float | None) -> None:
        """Take values that are finite; the others have that reason for being None."""
        for key, value in values.items():
            if value is not None and np.isfinite(value):
                self.values[key] = value
            else:
                self.lack(reason, key)

    def lack(self, reason: str, *keys: str) -> None:
        """Say why metrics have no value; the first reason stays."""
        for key in keys:
            if key not in self.values:
                raise KeyError(key)
            self.details["reasons"].setdefault(key, reason)

    def without_value(self) -> Iterable[str]:
        """Keys of the metrics that have no value."""
        return (key for key, value in self.values.items() if value is None)

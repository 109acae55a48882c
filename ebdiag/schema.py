"""What all models behind `result.json` are made of. Loads without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue

from .records import placed

Side = Literal["ref", "mine"]


def finite(value: Any) -> Any:
    """The value with every NaN and infinity replaced by None and every mapping sorted by key."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def in_order(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, dict) else value


Number = Annotated[float | None, BeforeValidator(finite)]
Numbers = Annotated[Mapping[str, Number], BeforeValidator(finite)]
Json = Annotated[dict[str, JsonValue], BeforeValidator(finite)]


class Model(BaseModel):
    """Frozen, no unknown keys, and no number that JSON cannot write."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class LineRef(Model):
    """A line of a user's file.

    Attributes:
        file: As the person named it; `ref:NAME` for a reference model.
        line: 1-based.
    """

    file: str
    line: int

    def __str__(self) -> str:
        return placed(self.file, self.line)

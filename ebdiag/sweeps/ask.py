"""`sweep.toml` → Sweep. An unknown key, a value of another type and an empty grid are refused before anything runs."""

from __future__ import annotations

import math
import os.path
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Literal

from .. import plan
from ..errors import EbdiagError, did_you_mean
from ..load import REFERENCE

DOCS = "docs/sweeps.md"

TOP = (
    "variants", "set", "grid", "random", "sample", "sample_seed", "dataset", "budget", "steps", "seeds", "probes",
    "kernels", "threads", "keep_weights",
)  # fmt: skip
OF_A_VARIANT = ("file", "name", "set", "grid", "random")

Value = bool | int | float | str | tuple[Any, ...]

How = Literal["uniform", "log_uniform", "integers"]
HOWS: tuple[How, ...] = ("uniform", "log_uniform", "integers")


@dataclass(frozen=True)
class Drawn:
    """Numbers that a setting is drawn from: between `low` and `high`, of integers both included."""

    how: How
    low: float
    high: float


Levels = tuple[Value, ...]


@dataclass(frozen=True)
class Family:
    """A model file and what of its settings is tried.

    Attributes:
        name: What its runs are called together; unique.
        path: The file as a command takes it, or `ref:NAME`.
        fixed: Setting → value, of all its runs.
        grid: Setting → the values that it takes.
        random: Setting → the values, or the numbers, that it is drawn from.
    """

    name: str
    path: str
    fixed: Mapping[str, Value] = field(default_factory=dict)
    grid: Mapping[str, Levels] = field(default_factory=dict)
    random: Mapping[str, Levels | Drawn] = field(default_factory=dict)

    @property
    def size(self) -> float:
        """How many settings there are to try; infinite where a number is drawn."""
        ways = [*self.grid.values(), *self.random.values()]
        return math.prod(
            int(way.high - way.low) + 1 if isinstance(way, Drawn) and way.how == "integers"
            else math.inf if isinstance(way, Drawn) else len(way)
            for way in ways
        )  # fmt: skip


@dataclass(frozen=True)
class Sweep:
    """What is asked for.

    Attributes:
        file: The TOML file as the person named it.
        families: In the order of the file.
        sample: How many settings of each family are drawn; None: the whole grid.
        sample_seed: Decides which.
        seeds: Number of training seeds of each setting, from 0 on.
        keep_weights: Whether weights stay in the store once they are scored.
    """

    file: str
    families: tuple[Family, ...]
    sample: int | None
    sample_seed: int
    dataset: str
    steps: int
    seeds: int
    probes: str
    kernels: str
    threads: int
    keep_weights: bool

    @property
    def name(self) -> str:
        """What its report is called."""
        return PurePath(self.file).stem


def read(path: Path) -> Sweep:
    """The sweep that a file asks for.

    Raises:
        EbdiagError: It cannot be read, says something unknown or of the wrong type, or asks for nothing.
    """
    name = str(path)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise EbdiagError("no such file", file=name, expected="a sweep in TOML", docs=DOCS) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise EbdiagError("cannot be read", file=name, expected="TOML", got=str(error)) from None
    _known(content, TOP, name)
    sample = _whole(content, "sample", name, least=1)
    shared = {key: _table(content, key, name) for key in ("set", "grid", "random")}
    listed = content.get("variants")
    if not isinstance(listed, list) or not listed:
        raise _wrong(f"{name}: variants", "a list of model files, such as ['mine.py']", listed)
    families = tuple(_family(one, f"{name}: variants[{place}]", path, shared) for place, one in enumerate(listed))
    names = [family.name for family in families]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise EbdiagError(
            f"two variants are called '{twice[0]}'", file=f"{name}: variants",
            hint="give each a name: {file = 'mine.py', name = 'mine, wide'}", docs=DOCS,
        )  # fmt: skip
    for family in families:
        if sample is None and family.random:
            raise EbdiagError(
                "settings are to be drawn, but not how many", file=name, expected="sample = 96",
                got=f"random.{next(iter(family.random))} and no sample", docs=DOCS,
            )  # fmt: skip
    steps, seeds = plan.budget(
        _text(content, "budget", name) or "standard",
        _whole(content, "steps", name, least=1),
        _whole(content, "seeds", name, least=1) or 1,
    )
    probes = _text(content, "probes", name) or "default"
    plan.check_probes(probes)
    return Sweep(
        file=name,
        families=families,
        sample=sample,
        sample_seed=_whole(content, "sample_seed", name) or 0,
        dataset=_text(content, "dataset", name) or "mnist5k",
        steps=steps,
        seeds=seeds,
        probes=probes,
        kernels=_text(content, "kernels", name) or "torch",
        threads=_whole(content, "threads", name, least=1) or 1,
        keep_weights=_flag(content, "keep_weights", name),
    )


def _family(given: object, place: str, file: Path, shared: Mapping[str, Mapping[str, Any]]) -> Family:
    """One entry of `variants`, with what is asked of all of them; its own settings stand before those."""
    entry = {"file": given} if isinstance(given, str) else given
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str) or not entry["file"]:
        raise _wrong(place, "a model file, or {file = 'mine.py', name = '…', grid = {…}}", given)
    _known(entry, OF_A_VARIANT, place)
    path = entry["file"]
    own = {key: _table(entry, key, place) for key in ("set", "grid", "random")}
    taken = {setting for table in own.values() for setting in table}
    tables = {
        key: {**{name: value for name, value in shared[key].items() if name not in taken}, **own[key]} for key in own
    }
    fixed = {name: _value(value, f"{place}: set.{name}") for name, value in tables["set"].items()}
    grid = {name: _levels(value, f"{place}: grid.{name}") for name, value in tables["grid"].items()}
    drawn = {name: _drawn(value, f"{place}: random.{name}") for name, value in tables["random"].items()}
    for one, other in (("set", "grid"), ("set", "random"), ("grid", "random")):
        both = sorted(tables[one].keys() & tables[other].keys())
        if both:
            raise EbdiagError(f"{one} and {other} both say '{both[0]}'", file=place, docs=DOCS)
    return Family(
        name=_text(entry, "name", place) or PurePath(path.removeprefix(REFERENCE)).stem,
        path=path if path.startswith(REFERENCE) else _near(file.parent / path),
        fixed=fixed, grid=grid, random=drawn,
    )  # fmt: skip


def _near(path: Path) -> str:
    """A path as it is named from the working folder."""
    return os.path.relpath(path) if not path.is_absolute() else str(path)


def _levels(value: object, place: str) -> Levels:
    if not isinstance(value, list) or not value:
        raise _wrong(place, "a list of values, such as [0.5, 1, 2]", value)
    levels = tuple(_value(one, f"{place}[{index}]") for index, one in enumerate(value))
    for index, one in enumerate(levels):
        if one in levels[:index]:
            raise EbdiagError("stands there twice", file=f"{place}[{index}]", got=repr(one), docs=DOCS)
    return levels


def _drawn(value: object, place: str) -> Levels | Drawn:
    """Values to draw from, as a list, or two numbers to draw between."""
    if isinstance(value, list):
        return _levels(value, place)
    example = "a list of values, or {log_uniform = [1e-4, 1e-2]}, {uniform = [0, 1]} or {integers = [1, 8]}"
    if not isinstance(value, dict) or len(value) != 1:
        raise _wrong(place, example, value)
    [(how, ends)] = value.items()
    if how not in HOWS:
        raise EbdiagError(f"unknown way of drawing '{how}'", file=place, hint=did_you_mean(how, HOWS), docs=DOCS)
    numbers = isinstance(ends, list) and len(ends) == 2 and all(_number(end, whole=how == "integers") for end in ends)
    if not numbers or not ends[0] < ends[1] or (how == "log_uniform" and ends[0] <= 0):
        kind = "whole numbers" if how == "integers" else "numbers above 0" if how == "log_uniform" else "numbers"
        raise _wrong(f"{place}.{how}", f"two {kind}, the lower first", ends)
    return Drawn(how, ends[0], ends[1])


def _number(value: object, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return False
    return math.isfinite(value)


def _value(value: object, place: str) -> Value:
    if isinstance(value, list) and value:
        return tuple(_value(one, place) for one in value)
    if isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise _wrong(place, "a number, a text, true, false, or a list of them", value)


def _known(table: Mapping[str, Any], known: Iterable[str], place: str) -> None:
    known = list(known)
    for key in table:
        if key not in known:
            raise EbdiagError(f"unknown key '{key}'", file=place, hint=did_you_mean(key, known), docs=DOCS)


def _table(table: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise _wrong(f"{place}: {key}", f"a table, such as {key}.margin = …", value)
    for name in value:
        if not name.isidentifier():
            raise _wrong(f"{place}: {key}", "names of fields of Config", name)
    return value


def _whole(table: Mapping[str, Any], key: str, place: str, *, least: int = 0) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise _wrong(f"{place}: {key}", f"a whole number, {least} or more", value)
    return value


def _text(table: Mapping[str, Any], key: str, place: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise _wrong(f"{place}: {key}", "a text", value)
    return value


def _flag(table: Mapping[str, Any], key: str, place: str) -> bool:
    value = table.get(key, True)
    if not isinstance(value, bool):
        raise _wrong(f"{place}: {key}", "true or false", value)
    return value


def _wrong(place: str, expected: str, got: object) -> EbdiagError:
    shown = "nothing" if got is None else repr(got)
    return EbdiagError("is not of the right type or range", file=place, expected=expected, got=shown, docs=DOCS)

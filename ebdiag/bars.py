"""A quality bar, read from TOML: what a model has to reach. Strict, and loads without torch.

`[bars]` of a file, or `[tool.ebdiag.bars]` of pyproject.toml. An unknown key, metric or type is refused with a guess at
what was meant; so is a file with nothing to check.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from .errors import EbdiagError, did_you_mean
from .metrics import EVERY_METRIC, Metric
from .words.en_findings import FINDINGS

FILE_NAME, PROJECT = "bars.toml", "pyproject.toml"
DOCS = "docs/ci.md"

CONFIDENCE = 0.95
MIN_SEEDS = 3

Kind = Literal["max", "min", "max_ratio", "min_ratio", "max_delta", "min_delta"]
KINDS: tuple[Kind, ...] = get_args(Kind)
On = Literal["mean", "seeds"]
OnInconclusive = Literal["fail", "pass", "report"]
ON_INCONCLUSIVE: tuple[OnInconclusive, ...] = get_args(OnInconclusive)
MADE_FOR = ("dataset", "features", "steps", "device", "machine")
SETTINGS = ("confidence", "min_seeds", "on_inconclusive", "made_for")
KNOWN_RULES = frozenset(key.partition(".")[0] for key in FINDINGS)
"""Slugs of all rules but notes, by their words: importing the rules themselves would take longer than judging."""

BY_KEY: Mapping[str, Metric] = {metric.key: metric for metric in EVERY_METRIC}


@dataclass(frozen=True)
class MetricBar:
    """A limit on a metric.

    Attributes:
        metric: Its key in `result.json`.
        kind: `max`, `min`: of mine itself. `…_ratio`: of mine / ref, for metrics compared as ratios. `…_delta`: of
            mine − ref, for shares and counts.
        limit: In the unit of the metric, or of its ratio.
        on: `mean`: of the mean over seeds, with its interval. `seeds`: of each seed by itself, without statistics.
    """

    metric: str
    kind: Kind
    limit: float
    on: On = "mean"

    @property
    def relative(self) -> bool:
        """Whether it needs something to compare with."""
        return self.kind not in ("max", "min")

    @property
    def upper(self) -> bool:
        """Whether values above it miss it."""
        return self.kind.startswith("max")

    @property
    def log(self) -> bool:
        """Whether values are compared as logs."""
        return BY_KEY[self.metric].scale == "log"


@dataclass(frozen=True)
class Bars:
    """Everything that one file asks for.

    Attributes:
        file: Where it stands, as the person named it.
        metrics: In the order of the file.
        works: How many seeds of mine have to work; None: not asked.
        forbid: Rules whose findings about mine miss the bar.
        max_errors, max_warnings: How many findings of that severity mine may have; None: any number.
        confidence: Of the one-sided interval that decides.
        min_seeds: With fewer, nothing is decided.
        on_inconclusive: What becomes of a bar that cannot be judged: exit code 1, 0 or 3.
        made_for: Where the numbers come from: `dataset` and `features` (digests), `steps`, `device`, `machine`; for
            what was made elsewhere nothing is decided.
    """

    file: str
    metrics: tuple[MetricBar, ...] = ()
    works: int | None = None
    forbid: tuple[str, ...] = ()
    max_errors: int | None = None
    max_warnings: int | None = None
    confidence: float = CONFIDENCE
    min_seeds: int = MIN_SEEDS
    on_inconclusive: OnInconclusive = "report"
    made_for: Mapping[str, str | int] | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to check."""
        findings = self.forbid or self.max_errors is not None or self.max_warnings is not None
        return not (self.metrics or self.works is not None or findings)


def find(folder: Path) -> Path:
    """The file to take where none is named: `bars.toml`, else a `pyproject.toml` with bars.

    Raises:
        EbdiagError: Neither is there.
    """
    own, project = folder / FILE_NAME, folder / PROJECT
    if own.exists():
        return Path(FILE_NAME)
    if project.exists() and "bars" in _table(_parsed(project, PROJECT), ("tool", "ebdiag")):
        return Path(PROJECT)
    raise EbdiagError(
        f"there is no {FILE_NAME}, and no [tool.ebdiag.bars] in a {PROJECT}",
        hint="name a file with --bar, or write a first one with `ebdiag check REPORT --init`",
        docs=DOCS,
    )


def read(path: Path) -> Bars:
    """The bars of a file.

    Raises:
        EbdiagError: It cannot be read, says something unknown or of the wrong type, or asks for nothing.
    """
    name = str(path)
    content, project = _parsed(path, name), path.name == PROJECT
    where = ("tool", "ebdiag", "bars") if project else ("bars",)
    if not project:
        _known(content, ["bars"], "table", name)
    table = _table(content, where)
    bars = _bars(table, f"{name}: [{'.'.join(where)}]", name)
    if bars.empty:
        raise EbdiagError(
            "asks for nothing",
            file=f"{name}: [{'.'.join(where)}]",
            expected="at least one bar, such as fid = {max_ratio = 1.5}",
            got="only settings" if table else "nothing",
            docs=DOCS,
        )
    return bars


def _parsed(path: Path, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        hint = "write a first one with `ebdiag check REPORT --init`"
        raise EbdiagError("no such file", file=name, hint=hint, docs=DOCS) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise EbdiagError("cannot be read", file=name, expected="TOML", got=str(error)) from None


def _table(content: Mapping[str, Any], where: Iterable[str]) -> Mapping[str, Any]:
    """A table within tables; empty where there is none."""
    for key in where:
        found = content.get(key, {})
        content = found if isinstance(found, dict) else {}
    return content


def _bars(table: Mapping[str, Any], place: str, file: str) -> Bars:
    _known(table, (*SETTINGS, "works", "findings", *BY_KEY), "bar, metric or setting", place)
    metrics = tuple(
        bar for key, value in table.items() if key in BY_KEY for bar in _metric(BY_KEY[key], value, f"{place} {key}")
    )
    works = _inner(table.get("works"), ("min_seeds",), f"{place} works")
    findings = _inner(table.get("findings"), ("forbid", "max_errors", "max_warnings"), f"{place} findings")
    return Bars(
        file,
        metrics,
        works=_whole(works, "min_seeds", f"{place} works", least=1),
        forbid=_rules(findings.get("forbid", []), f"{place} findings.forbid"),
        max_errors=_whole(findings, "max_errors", f"{place} findings"),
        max_warnings=_whole(findings, "max_warnings", f"{place} findings"),
        confidence=_confidence(table.get("confidence", CONFIDENCE), f"{place} confidence"),
        min_seeds=_whole(table, "min_seeds", place, least=1) or MIN_SEEDS,
        on_inconclusive=_one_of(table.get("on_inconclusive", "report"), ON_INCONCLUSIVE, f"{place} on_inconclusive"),
        made_for=_made_for(table.get("made_for"), f"{place} made_for"),
    )  # fmt: skip


def _metric(metric: Metric, value: object, place: str) -> Iterable[MetricBar]:
    asked = _inner(value, (*KINDS, "on"), place)
    on = _one_of(asked.get("on", "mean"), ("mean", "seeds"), f"{place}.on")
    limits = [kind for kind in KINDS if kind in asked]
    if not limits:
        raise EbdiagError("asks for nothing", file=place, expected=f"one of {', '.join(KINDS)}", got=f"{dict(asked)}")
    other = ("delta", "ratio") if metric.scale == "log" else ("ratio", "delta")
    for kind in limits:
        if kind.endswith(other[0]):
            way = "ratio" if metric.scale == "log" else "difference"
            hint = f"write {kind.replace(*other)}"
            raise EbdiagError(f"'{metric.key}' is compared as a {way}", file=f"{place}.{kind}", hint=hint)
        limit = asked[kind]
        if isinstance(limit, bool) or not isinstance(limit, int | float) or limit != limit:
            raise _wrong(f"{place}.{kind}", "a number", limit)
        if metric.scale == "log" and limit <= 0:
            raise _wrong(f"{place}.{kind}", "a number above 0", limit)
        yield MetricBar(metric.key, kind, float(limit), on)


def _inner(value: object, known: Iterable[str], place: str) -> Mapping[str, Any]:
    """A table of one bar; empty where it is not there."""
    known = list(known)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(place, f"a table such as {{{known[0]} = …}}", value)
    _known(value, known, "key", place)
    return value


def _known(table: Mapping[str, Any], known: Iterable[str], what: str, place: str) -> None:
    known = list(known)
    for key in table:
        if key not in known:
            raise EbdiagError(f"unknown {what} '{key}'", file=place, hint=did_you_mean(key, known), docs=DOCS)


def _whole(table: Mapping[str, Any], key: str, place: str, least: int = 0) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise _wrong(f"{place}.{key}", f"a whole number, {least} or more", value)
    return value


def _confidence(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 < value < 1:
        raise _wrong(place, "a number between 0.5 and 1", value)
    return float(value)


def _one_of(value: object, known: tuple[str, ...], place: str) -> Any:
    if value not in known:
        raise _wrong(place, f"one of {', '.join(known)}", value)
    return value


def _rules(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(slug, str) for slug in value):
        raise _wrong(place, "a list of rules such as ['mode-collapse']", value)
    known = sorted(KNOWN_RULES)
    for asked in value:
        if asked not in known:
            raise EbdiagError(f"unknown rule '{asked}'", file=place, hint=did_you_mean(asked, known))
    return tuple(value)


def _made_for(value: object, place: str) -> Mapping[str, str | int] | None:
    if value is None:
        return None
    table = _inner(value, MADE_FOR, place)
    for key, one in table.items():
        if isinstance(one, bool) or not isinstance(one, int if key == "steps" else str):
            raise _wrong(f"{place}.{key}", "a whole number" if key == "steps" else "a text", one)
    return table


def _wrong(place: str, expected: str, got: object) -> EbdiagError:
    return EbdiagError("is not of the right type or range", file=place, expected=expected, got=repr(got), docs=DOCS)

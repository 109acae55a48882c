"""Result and bars → which bars are passed, which missed, and which cannot be told. Pure, and loads without torch.

How one bar is judged stands in `weigh.py`; here is what they say together, and whether the report is one that they can
be held against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from . import stats, weigh
from .bars import MADE_FOR, Bars
from .errors import EbdiagError, did_you_mean
from .kinds import of
from .result import Finding, MetricResult, Result
from .safe import json_text, printable
from .schema import LineRef, Side, finite
from .verdicts import BROKEN
from .weigh import Pair, Row, Status


@dataclass(frozen=True)
class Compared:
    """A metric that a bar is about: means over seeds of the reference, of the last accepted report, and now."""

    metric: str
    ref: float | None
    last: float | None
    now: float | None


@dataclass(frozen=True)
class Gate:
    """The judgement of a report.

    Attributes:
        status: `missed` if one bar is; else `run_failed` or `cannot_tell` if one is; else `passed`.
        exit_code: Of the command: 4 a run failed, 1 missed, 3 cannot tell, 0 passed; the first that applies.
        rows: One a bar.
        table: The metrics that bars are about.
        findings: Errors and warnings about mine, worst first.
        mine, ref: Paths of the models; `last`: the report compared with, if any.
        bars: The file.
    """

    status: Status
    exit_code: int
    rows: tuple[Row, ...]
    table: tuple[Compared, ...]
    findings: tuple[Finding, ...]
    mine: str
    ref: str
    bars: str
    confidence: float
    last: str | None = None
    lines: tuple[LineRef, ...] = ()

    def to_json(self) -> str:
        """What `ebdiag check --json` prints."""
        content = {
            "status": self.status, "exit_code": self.exit_code, "bars": self.bars, "confidence": self.confidence,
            "ref": self.ref, "mine": self.mine, "last": self.last,
            "rows": [asdict(row) for row in self.rows], "metrics": [asdict(row) for row in self.table],
        }  # fmt: skip
        return json_text(finite(content))


def judge(result: Result, bars: Bars, last: Result | None = None, *, last_name: str | None = None) -> Gate:
    """Judge a report.

    Args:
        last: The report that was accepted before. Relative bars then compare mine with mine of that report, seed by
            seed, in place of the reference.
        last_name: What it is called.

    Raises:
        EbdiagError: A bar is about a metric that this report does not know.
    """
    for bar in bars.metrics:
        if bar.metric not in result.metrics:
            known = {metric.key for metric in of(result.variants["mine"].kind).metrics}
            kind = of(result.variants["mine"].kind).called
            why = "was it written by an older ebdiag?" if bar.metric in known else f"it is about {kind}"
            hint = f"{did_you_mean(bar.metric, result.metrics)}; {why}"
            raise EbdiagError(f"the report has no metric '{bar.metric}'", file=bars.file, hint=hint)
    seeds = tuple(result.budget.seeds)
    pair = Pair("ref", result, "ref", result, seeds)
    strange = _strange(result, bars)
    foreign: str | None = None
    if last is not None:
        seeds = tuple(seed for seed in seeds if seed in last.budget.seeds)
        pair = Pair("last", last, "mine", result, seeds)
        foreign = _foreign(result, last)
    rows = tuple(weigh.rows(result, bars, pair, strange, foreign))
    failed = any(run.status in BROKEN for run in result.runs)
    kinds = {row.status for row in rows}
    status = next((s for s in ("missed", "run_failed", "cannot_tell") if s in kinds), "passed")
    told = tuple(f for f in result.findings if f.variant == "mine" and f.severity in ("error", "warning"))
    lines = [line for finding in told for line in finding.lines]
    lines += [one.mine_line for one in result.differences if one.mine_line]
    return Gate(
        status=status,  # type: ignore[arg-type]
        exit_code=4 if failed else _exit_code(kinds, bars),
        rows=rows,
        table=tuple(_compared(key, result, last) for key in dict.fromkeys(bar.metric for bar in bars.metrics)),
        findings=told,
        mine=result.variants["mine"].path,
        ref=result.variants["ref"].path,
        bars=bars.file,
        confidence=bars.confidence,
        last=last_name,
        lines=tuple(lines),
    )  # fmt: skip


def _exit_code(kinds: set[Status], bars: Bars) -> int:
    if "missed" in kinds:
        return 1
    if kinds & {"cannot_tell", "run_failed"}:
        return {"fail": 1, "pass": 0, "report": 3}[bars.on_inconclusive]
    return 0


# ---- what is around it --------------------------------------------------------------------------------------


def setting(result: Result) -> dict[str, str | int]:
    """Where a report was made, as `made_for` names it."""
    environment = result.volatile.environment
    return {
        "dataset": printable(result.dataset.digest),
        "features": printable(result.dataset.features_digest),
        "steps": result.budget.steps,
        "device": printable(str(environment.get("device", ""))),
        "machine": printable(str(environment.get("machine", ""))),
    }


SETTING_WORDS = {
    "dataset": "data set", "features": "feature net", "steps": "steps", "device": "device", "machine": "machine",
}  # fmt: skip


def _strange(result: Result, bars: Bars) -> str | None:
    """Why a report cannot be held against its bars: it is of another kind than they were made for, or goes on."""
    if result.volatile.provisional is not None:
        return f"the comparison is not finished: {len(result.budget.seeds)} of {result.volatile.provisional} seeds"
    return _unlike(setting(result), bars.made_for or {}, "the bar was made for")


def _foreign(result: Result, last: Result) -> str | None:
    """How two reports differ in what they would have to share."""
    return _unlike(setting(result), setting(last), "the last report has")


def _unlike(now: Mapping[str, str | int], then: Mapping[str, str | int], words: str) -> str | None:
    told = [
        f"{SETTING_WORDS[key]} {now[key]}, {words} {then[key]}"
        for key in MADE_FOR
        if key in then and then[key] != now[key]
    ]
    return "not comparable: " + "; ".join(told) if told else None


def _compared(key: str, result: Result, last: Result | None) -> Compared:
    metric = result.metrics[key]
    before = last.metrics.get(key) if last else None
    return Compared(key, _mean(metric, "ref"), _mean(before, "mine") if before else None, _mean(metric, "mine"))


def _mean(metric: MetricResult, side: Side) -> float | None:
    return stats.mean(getattr(metric, side), metric.scale)

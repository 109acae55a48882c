"""Runs → scores, what works, the verdict. Decides in a fixed order, so that nobody can go fishing.

Did a run crash; does each seed work against the absolute bar (a diverged run does not); and only where
all seeds of both work: the paired log ratio of FID, guarded by coverage. No other metric starts a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import stats
from .metrics import METRICS
from .records import DataSpec, Run
from .result import Delta, Difference, MetricResult, NoiseFloor, Verdict, Works

DECIDING = ("fid", "coverage", "digits")
"""Metrics that a verdict can rest on; the others describe."""

PLURAL_AT = 2
MANY_LAYERS = 3
"""More layers that differ are named by their net: a sentence holds no list."""


@dataclass(frozen=True)
class Judgement:
    """Everything in `result.json` that is decided rather than measured."""

    metrics: dict[str, MetricResult]
    works: Works
    verdict: Verdict


def judge(
    ref: Sequence[Run],
    mine: Sequence[Run],
    data: DataSpec,
    *,
    names: tuple[str, str],
    differences: Sequence[Difference],
) -> Judgement:
    """Compare two variants' runs, one a seed and in the same order.

    Args:
        names: What the sentences call ref and mine.
    """
    scores = {"ref": [score(run) for run in ref], "mine": [score(run) for run in mine]}
    works = Works(
        ref=[_works(run, s, data) for run, s in zip(ref, scores["ref"], strict=True)],
        mine=[_works(run, s, data) for run, s in zip(mine, scores["mine"], strict=True)],
        bar=data.bar,
    )
    metrics = {
        metric.key: _compared(
            metric.key, metric.unit, metric.better, metric.scale,
            [s.get(metric.key) for s in scores["ref"]], [s.get(metric.key) for s in scores["mine"]], works,
        )
        for metric in METRICS
    }  # fmt: skip
    verdict = _Speaker(ref, mine, works, metrics, names, differences).verdict()
    return Judgement(metrics, works, verdict)


def score(run: Run) -> dict[str, float | None]:
    """A seed's scores: the mean of each metric over the last checkpoints; empty for a run that did not get there."""
    if run.status == "restored":
        return dict(run.measures[-1].values) if run.measures else {}
    steps = run.spec.scored
    measured = {m.step: m.values for m in run.measures}
    if run.status != "finished" or any(step not in measured for step in steps):
        return {}
    means: dict[str, float | None] = {}
    for key in measured[steps[-1]]:
        values = [measured[step].get(key) for step in steps]
        known = [v for v in values if v is not None and math.isfinite(v)]
        means[key] = math.fsum(known) / len(known) if len(known) == len(values) else None
    return means


def _works(run: Run, scores: Mapping[str, float | None], data: DataSpec) -> bool:
    return run.status in ("finished", "restored") and stats.works(scores, data.bar)


def _compared(
    key: str,
    unit: str,
    better: str,
    scale: str,
    ref: list[float | None],
    mine: list[float | None],
    works: Works,
) -> MetricResult:
    gap = stats.paired(ref, mine, scale)
    shown = (lambda v: math.exp(v)) if scale == "log" else (lambda v: v)
    working = [
        [v for v, ok in zip(values, oks, strict=True) if ok] for values, oks in ((ref, works.ref), (mine, works.mine))
    ]
    floor = stats.noise_floor(working, scale, key)
    verdict, needed, within = "not_tested", None, None
    both_work = all(works.ref) and all(works.mine) and works.ref and works.mine
    if key == "fid" and gap is not None and both_work:
        within = math.exp(stats.MINIMUM_EFFECT)
        verdict = stats.tested(gap, lower_is_better=True, same_within=stats.MINIMUM_EFFECT)
        if verdict == "inconclusive" and floor is not None:
            needed = stats.seeds_to_settle(gap.mean, floor.value, stats.MINIMUM_EFFECT)
    return MetricResult.model_validate(
        {
            "unit": unit,
            "better": better,
            "scale": scale,
            "ref": ref,
            "mine": mine,
            "delta": None
            if gap is None
            else Delta(
                mean=shown(gap.mean),
                low=None if gap.low is None else shown(gap.low),
                high=None if gap.high is None else shown(gap.high),
                n=gap.n,
            ),
            "noise_floor": None if floor is None else NoiseFloor(value=floor.value, n=floor.n),
            "verdict": verdict,
            "decides": key in DECIDING,
            "same_within": within,
            "correlation": stats.correlation(ref, mine, scale),
            "seeds_needed": needed,
        }
    )


class _Speaker:
    """Finds the status and says it in words."""

    def __init__(
        self,
        ref: Sequence[Run],
        mine: Sequence[Run],
        works: Works,
        metrics: Mapping[str, MetricResult],
        names: tuple[str, str],
        differences: Sequence[Difference],
    ) -> None:
        self.runs = {"ref": ref, "mine": mine}
        self.works, self.metrics, self.differences = works, metrics, differences
        self.ref_name, self.mine_name = names

    def verdict(self) -> Verdict:
        status, why = self._status()
        broken = [r for r in (*self.runs["ref"], *self.runs["mine"]) if r.status in ("crashed", "diverged", "timeout")]
        slower = status in ("mine_worse", "mine_fails", "inconclusive")
        return Verdict(
            status=status,  # type: ignore[arg-type]
            summary=self._summary(status),
            exit_code=4 if broken else 0,
            why=why + self._endings() + self._suspects(status),
            delay_factor=self._delay() if slower else None,
        )

    def _status(self) -> tuple[str, list[str]]:
        if any(run.status in ("crashed", "timeout") for side in self.runs.values() for run in side):
            return "run_failed", []
        ref, mine = self.works.ref, self.works.mine
        if not any(ref):
            return ("reference_fails" if any(mine) else "both_fail"), [self._longer()]
        if all(ref) and not any(mine):
            return "mine_fails", []
        if not (all(ref) and all(mine)):
            needed = stats.seeds_to_tell_shares(sum(ref) / len(ref), sum(mine) / len(mine))
            settle = (
                "The shares of working seeds are equal: a longer training would say more than further seeds."
                if needed is None
                else f"If the shares stay as they are, {needed} seeds a side would tell them apart (--seeds {needed})."
            )
            return "inconclusive", [settle]
        return self._second_tier()

    def _second_tier(self) -> tuple[str, list[str]]:
        """Among working models: FID, guarded by coverage."""
        fid, coverage = self.metrics["fid"], self.metrics["coverage"]
        status = {"same": "same", "better": "mine_better", "worse": "mine_worse"}.get(fid.verdict, "inconclusive")
        gap = coverage.delta.mean if coverage.delta else 0.0
        contradicted = (status in ("mine_better", "same") and gap < -stats.COVERAGE_GUARD) or (
            status in ("mine_worse", "same") and gap > stats.COVERAGE_GUARD
        )
        if contradicted:
            return "inconclusive", [f"Coverage points the other way ({gap:+.2f}): no verdict from FID alone."]
        if status != "inconclusive":
            return status, []
        why = ["All seeds of both work; their FIDs differ by less than these seeds can tell."]
        if fid.delta is not None and fid.delta.n < PLURAL_AT:
            why = ["One seed has no interval: it says whether this model works, not how it compares."]
        elif fid.seeds_needed is not None:
            why.append(f"About {fid.seeds_needed} seeds would settle it (--seeds {fid.seeds_needed}).")
        else:
            why.append("More than a thousand seeds would be needed to settle so small a difference.")
        return "inconclusive", why

    def _summary(self, status: str) -> str:
        counts = (
            f"{self.mine_name} works in {_of(self.works.mine)}, {self.ref_name} in {_of(self.works.ref)}"
            f"{self._numbers()}"
        )
        lead = {
            "mine_fails": f"{self.mine_name} fails where {self.ref_name} works",
            "mine_worse": f"{self.mine_name} works, but worse than {self.ref_name}",
            "same": f"{self.mine_name} is as good as {self.ref_name}",
            "mine_better": f"{self.mine_name} is better than {self.ref_name}",
            "reference_fails": f"The reference {self.ref_name} itself does not work at this budget",
            "both_fail": f"Neither {self.ref_name} nor {self.mine_name} works at this budget",
            "inconclusive": f"No verdict between {self.ref_name} and {self.mine_name}",
            "run_failed": "A run failed, so nothing is decided",
        }[status]
        return f"{lead}: {counts}."

    def _numbers(self) -> str:
        words = []
        for key, label in (("fid", "FID"), ("coverage", "coverage")):
            mine, ref = (_span(values) for values in (self.metrics[key].mine, self.metrics[key].ref))
            if mine and ref:
                words.append(f"{label} {mine} against {ref}")
        return f" ({'; '.join(words)})" if words else ""

    def _endings(self) -> list[str]:
        """What became of runs that did not finish, alike ones together."""
        groups: dict[str, list[str]] = {}
        for side, name in (("ref", self.ref_name), ("mine", self.mine_name)):
            for run in self.runs[side]:
                if run.status in ("crashed", "diverged", "timeout"):
                    where = f" ({run.line})" if run.line else ""
                    groups.setdefault(f"{name} {run.status}{where}", []).append(
                        f"seed {run.spec.seed}: {run.reason or 'no reason known'}"
                    )
        return [f"{what}: {'; '.join(cases)}" for what, cases in groups.items()]

    def _suspects(self, status: str) -> list[str]:
        if status not in ("mine_fails", "mine_worse"):
            return []
        if not self.differences:
            return ["No part differs in effect: the cause is not in the code that was compared."]
        shown = [f"{d.part} ({d.mine_line or d.ref_line or 'default'})" for d in _telling(self.differences)]
        if len(shown) == 1:
            return [f"The only part that differs, and so suspected: {shown[0]}."]
        return [f"Suspected, untested: {', '.join(shown)}."]

    def _longer(self) -> str:
        steps = self.runs["ref"][0].spec.steps
        return f"No culprit can be sought before the reference works: try more than --steps {steps}, or --steps auto."

    def _delay(self) -> float | None:
        curves = []
        for side in ("ref", "mine"):
            by_step: dict[int, list[float]] = {}
            for run in self.runs[side]:
                for measured in run.measures:
                    value = measured.values.get("fid")
                    if value is not None and value > 0:
                        by_step.setdefault(measured.step, []).append(math.log(value))
            curves.append([(step, math.exp(math.fsum(v) / len(v))) for step, v in sorted(by_step.items())])
        return stats.delay(curves[0], curves[1])


def _telling(differences: Sequence[Difference]) -> list[Difference]:
    """Those to be named in a sentence: a few layers in place of their net, or the net in place of many layers."""
    below = {d.part: [other for other in differences if other.part.startswith(f"{d.part}.")] for d in differences}
    hidden = {layer.part for layers in below.values() if len(layers) > MANY_LAYERS for layer in layers}
    return [d for d in differences if d.part not in hidden and not 0 < len(below[d.part]) <= MANY_LAYERS]


def _of(works: Sequence[bool]) -> str:
    return f"{sum(works)} of {len(works)} seed{'s' if len(works) != 1 else ''}"


def _span(values: Sequence[float | None]) -> str:
    """`94 to 185`, three significant digits; empty without any."""
    known = sorted(v for v in values if v is not None)
    if not known:
        return ""
    low, high = shown(known[0]), shown(known[-1])
    return low if low == high else f"{low} to {high}"


def shown(value: float) -> str:
    """Three significant digits, thousands separated from 10,000 on."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = round(value, 2 - math.floor(math.log10(abs(value))))
    return f"{rounded:,.0f}" if abs(rounded) >= 10_000 else f"{rounded:.{digits}f}"

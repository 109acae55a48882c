"""Runs → scores, what works, the verdict. Decides in a fixed order, so that nobody can go fishing.

Did a run crash; does each seed work against the absolute bar (a diverged run does not); and only where
all seeds of both work: the paired difference of the one number that decides (of GANs the log ratio of FID, guarded by
coverage). No other metric starts a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import stats, verdicts, words
from .kinds import Decides, of
from .records import DataSpec, Run
from .result import Delta, Difference, MetricResult, NoiseFloor, Verdict, VerdictStatus, Works
from .schema import Side


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
    names: Mapping[Side, str],
    differences: Sequence[Difference],
) -> Judgement:
    """Compare two variants' runs, one a seed and in the same order.

    Args:
        names: What the sentences call ref and mine.
    """
    kind = of(ref[0].spec.recipe.base.kind)
    scores = {"ref": [stats.score(run) for run in ref], "mine": [stats.score(run) for run in mine]}
    works = Works(
        ref=[_works(run, s, data) for run, s in zip(ref, scores["ref"], strict=True)],
        mine=[_works(run, s, data) for run, s in zip(mine, scores["mine"], strict=True)],
        bar=data.bar,
    )
    metrics = {
        metric.key: _compared(
            kind.decides, metric.key, metric.unit, metric.better, metric.scale,
            [s.get(metric.key) for s in scores["ref"]], [s.get(metric.key) for s in scores["mine"]], works,
        )
        for metric in kind.metrics
    }  # fmt: skip
    verdict = _verdict(kind.decides, {"ref": ref, "mine": mine}, works, metrics, names, differences)
    return Judgement(metrics, works, verdict)


def _works(run: Run, scores: Mapping[str, float | None], data: DataSpec) -> bool:
    return run.status in ("finished", "restored") and stats.works(scores, data.bar)


def _compared(
    decides: Decides,
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
    if key == decides.metric and gap is not None and both_work:
        effect = decides.minimum_effect
        within = shown(effect)
        verdict = stats.tested(gap, lower_is_better=decides.lower_is_better, same_within=effect)
        if verdict == "inconclusive" and floor is not None:
            needed = stats.seeds_to_settle(gap.mean, floor.value, effect)
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
            "decides": key in decides.metrics,
            "same_within": within,
            "correlation": stats.correlation(ref, mine, scale),
            "seeds_needed": needed,
        }
    )


def _verdict(
    decides: Decides,
    runs: Mapping[Side, Sequence[Run]],
    works: Works,
    metrics: Mapping[str, MetricResult],
    names: Mapping[Side, str],
    differences: Sequence[Difference],
) -> Verdict:
    status = _status(decides, runs, works, metrics)
    endings = verdicts.endings(runs)
    case = verdicts.Case(status, names, works, metrics, differences, endings, runs["ref"][0].spec.steps, decides)
    with words.speaking(words.ENGLISH):
        return Verdict(
            status=status,
            summary=verdicts.tell(case),
            exit_code=4 if endings else 0,
            why=verdicts.explain(case),
            delay_factor=_delay(decides, runs) if status in ("mine_worse", "mine_fails", "inconclusive") else None,
        )


def _status(
    decides: Decides, runs: Mapping[Side, Sequence[Run]], works: Works, metrics: Mapping[str, MetricResult]
) -> VerdictStatus:
    if any(run.status in ("crashed", "timeout") for side in runs.values() for run in side):
        return "run_failed"
    ref, mine = works.ref, works.mine
    if not any(ref):
        return "reference_fails" if any(mine) else "both_fail"
    if all(ref) and not any(mine):
        return "mine_fails"
    if not (all(ref) and all(mine)) or verdicts.against(decides, metrics) is not None:
        return "inconclusive"
    said: dict[str, VerdictStatus] = {"same": "same", "better": "mine_better", "worse": "mine_worse"}
    return said.get(metrics[decides.metric].verdict, "inconclusive")


def _delay(decides: Decides, runs: Mapping[Side, Sequence[Run]]) -> float | None:
    curves = []
    for side in ("ref", "mine"):
        by_step: dict[int, list[float]] = {}
        for run in runs[side]:
            for measured in run.measures:
                value = decides.badness(measured.values.get(decides.metric))
                if value is not None:
                    by_step.setdefault(measured.step, []).append(math.log(value))
        curves.append([(step, math.exp(math.fsum(v) / len(v))) for step, v in sorted(by_step.items())])
    return stats.delay(curves[0], curves[1])

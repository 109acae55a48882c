"""How often `ebdiag check` errs and how much it sees, with the spread between seeds of real runs.

    python -m benchmarks.gate_calibration [--comparisons 2000] [--out docs/assets/gate_calibration.md]

Seeds of models that work, from the answers of `benchmarks/faults` (harmless variants at `quick`), say how scores
spread: each seed's log FID, or coverage, less the mean of its model, scaled up for the degree of freedom that the mean
took.
Comparisons of a variant with itself draw from these with replacement, for both sides by themselves; a regression moves
mine by three of their standard deviations. Every comparison is judged by `ebdiag.gate` as the command does.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.faults.cases import CASES
from benchmarks.faults.scoring import behaves
from ebdiag import gate
from ebdiag.bars import Bars, MetricBar
from ebdiag.result import Result

ROOT = Path(__file__).parent.parent
ANSWERS = ROOT / "benchmarks" / "faults" / "answers"
EXPECTED = ROOT / "benchmarks" / "expected"
REGRESSION = 3.0
"""Standard deviations between seeds."""

BARS = (
    MetricBar("fid", "max_ratio", 1.0),
    MetricBar("fid", "max_ratio", 1.25),
    MetricBar("coverage", "min_delta", 0.0),
    MetricBar("coverage", "min_delta", -0.05),
)


@dataclass(frozen=True)
class Spread:
    """How a metric spreads between seeds of working models: residuals on the scale on which it is compared."""

    residuals: NDArray[np.float64]
    models: int

    @property
    def sd(self) -> float:
        """Their standard deviation."""
        return float(np.sqrt(np.mean(self.residuals**2)))


def spread(metric: str, answers: Path = ANSWERS) -> Spread:
    """Residuals of all seeds of harmless variants that work and have it; those that came out as another count once."""
    residuals: list[float] = []
    known: set[tuple[float, ...]] = set()
    for path in sorted(answers.glob("*.json")):
        case, seen = CASES.get(path.stem), json.loads(path.read_text("utf-8"))["seen"]
        if case is None or case.kind != "harmless" or not behaves(seen, case):
            continue
        if metric not in seen or tuple(seen[metric]) in known:
            continue
        known.add(tuple(seen[metric]))
        values = np.asarray(seen[metric], dtype=np.float64)
        values = np.log(values) if metric == "fid" else values
        residuals += list((values - values.mean()) * math.sqrt(len(values) / (len(values) - 1)))
    return Spread(np.asarray(residuals), len(known))


def judged(
    bar: MetricBar, found: Spread, *, seeds: int, shift: float, comparisons: int, rng: np.random.Generator
) -> list[str]:
    """What the bar says of so many comparisons; `shift` in standard deviations, towards worse."""
    base = Result.load(EXPECTED)
    base = base.model_copy(
        update={
            "budget": base.budget.model_copy(update={"seeds": list(range(seeds))}),
            "works": base.works.model_copy(update={"ref": [True] * seeds, "mine": [True] * seeds}),
        }
    )
    row, worse = base.metrics[bar.metric], found.sd * shift * (1 if bar.upper else -1)
    said = []
    for _ in range(comparisons):
        ref, mine = rng.choice(found.residuals, (2, seeds))
        mine = mine + worse
        if bar.log:
            ref, mine = np.exp(5 + ref), np.exp(5 + mine)
        scores = {"ref": ref.tolist(), "mine": mine.tolist()}
        result = base.model_copy(update={"metrics": base.metrics | {bar.metric: row.model_copy(update=scores)}})
        said.append(gate.judge(result, Bars("", (bar,))).rows[0].status)
    return said


def share(said: Sequence[str], status: str) -> str:
    """Share with Wilson's interval at 95 %."""
    k, n = said.count(status), len(said)
    interval = binomtest(k, n).proportion_ci(method="wilson")
    return f"{k / n:.1%} [{interval.low:.1%}, {interval.high:.1%}]"


def main() -> None:
    """Every bar, with three seeds and with five."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=2_000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    spreads = {metric: spread(metric) for metric in ("fid", "coverage")}
    fid, coverage = spreads["fid"], spreads["coverage"]
    lines = [
        f"Of {arguments.comparisons:,} comparisons each, with the spread between {len(fid.residuals)} seeds of "
        f"{fid.models} working models (FID × {math.exp(fid.sd):.2f}, coverage ± {coverage.sd:.3f}):",
        "",
        "| bar | seeds | a variant against itself is missed | passed | worse by three spreads is missed | passed |",
        "|---|---:|---|---|---|---|",
    ]
    for bar in BARS:
        for seeds in (3, 5):
            rng = np.random.default_rng([seeds, sum(map(ord, bar.metric)), int(100 * abs(bar.limit))])
            same, worse = (
                judged(bar, spreads[bar.metric], seeds=seeds, shift=shift, comparisons=arguments.comparisons, rng=rng)
                for shift in (0.0, REGRESSION)
            )
            cells = [share(same, "missed"), share(same, "passed"), share(worse, "missed"), share(worse, "passed")]
            lines.append(f"| {bar.metric} {bar.kind} {bar.limit:g} | {seeds} | {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

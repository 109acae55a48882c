"""Steps per second of the whole machine over all seeds, against the plain published loop as a person starts it.

The plain loop trains one seed after another, with its DataLoader, on as many threads as PyTorch takes by itself, one
a core. ebdiag trains as many seeds at once as there are cores, each in a worker on one thread. They take turns.

    python benchmarks/machine.py [--json] [--rounds 5] [--steps 20] [MODEL …]

Prints, for each model, medians over rounds: `plain_steps_per_s`, and how often ebdiag's steps of all seeds are that:
`machine_ratio` (the standard step), `machine_ratio_probes` (with default probes, as `compare` trains) and
`machine_ratio_fast` (`--kernels fast`). Wall-clock time, so nothing else may run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence

from step import MODELS, WARM_UP, Turning

from ebdiag.data import prepare
from ebdiag.device import environment
from ebdiag.execute import cores
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.records import Recipe

WAYS = {"machine_ratio": "standard", "machine_ratio_probes": "probes", "machine_ratio_fast": "fast"}


def seconds(loops: Sequence[Turning], steps: int) -> float:
    """Until all have done so many steps, at the same time."""
    began = time.perf_counter()
    for loop in loops:
        loop.tell(steps)
    for loop in loops:
        loop.hear()
    return time.perf_counter() - began


def measure(model: str, *, rounds: int, steps: int) -> dict[str, float]:
    """All figures of one model."""
    many = cores()
    single = inspect(Recipe(load(model)), prepare("mnist5k"), environment("cpu", 1)).single_pass

    def turning(way: str, threads: int) -> Turning:
        return Turning(way, model, single_pass=single, threads=threads, chosen_device="cpu")

    plain = [turning("epoch", many)]
    ours = {figure: [turning(way, 1) for _ in range(many)] for figure, way in WAYS.items()}
    for loops in (plain, *ours.values()):
        seconds(loops, WARM_UP)
    alone: list[float] = []
    ratios: dict[str, list[float]] = {figure: [] for figure in ours}
    for _ in range(rounds):
        alone.append(seconds(plain, steps))
        for figure, loops in ours.items():
            ratios[figure].append(many * alone[-1] / seconds(loops, steps))
    for loops in (plain, *ours.values()):
        for loop in loops:
            loop.close()
    figures = {figure: round(statistics.median(found), 3) for figure, found in ratios.items()}
    return {"plain_steps_per_s": round(steps / statistics.median(alone), 2), **figures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--json", action="store_true", help="print one JSON object: model → figures")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()
    figures = {}
    for model in arguments.models:
        figures[model.removeprefix("ref:")] = found = measure(model, rounds=arguments.rounds, steps=arguments.steps)
        if not arguments.json:
            print(model, found, file=sys.stderr)
    if arguments.json:
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

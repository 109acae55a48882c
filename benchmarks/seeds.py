"""Seeds in one go (`--vectorize`) against runs of one seed each, on the CPU, taking turns.

    python benchmarks/seeds.py [--json] [--seeds 3 5] [--ways pair one wide] [--rounds 7] [--steps 4] [MODEL …]

What is compared are steps of a seed per second of the whole machine, wall-clock time:

- `alone`: two workers side by side, each with one seed on one thread, as `compare` runs them on two cores;
- `pair`: two workers side by side, each with all seeds in one go on one thread, as `compare --vectorize` does;
- `one`: one such worker on one thread, the other core idle;
- `wide`: one such worker on two threads, which wait for each other: of use only where nothing else runs.

Each has processes of its own, started as ebdiag's workers are (`ebdiag/children.py`); they take turns, so that a
machine whose speed drifts slows all alike. Prints, for each model and number of seeds, `pair_ratio`, `one_ratio` and
`wide_ratio`: medians over rounds of steps per second over those of `alone` (below 1: seeds in one go are slower);
`cpu_ratio`, the same of `pair` in processor time, which other work on the machine hardly moves; and `alone_per_s`.
Without probes: what those cost is the same both ways.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

import torch

from ebdiag import children, device, exact
from ebdiag.build import build
from ebdiag.data import load_images, prepare
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.seeds import Seeds
from ebdiag.step import Batches, Trainer

MODELS = ("ref:ebgan_pt", "ref:ebgan_infogan", "ref:began")
WAYS = {"alone": (2, False, 1), "pair": (2, True, 1), "one": (1, True, 1), "wide": (1, True, 2)}
"""Processes side by side, whether each has all seeds, and their threads."""

WARM_UP = 2


class Alone:
    """One seed, as a run trains it."""

    def __init__(self, model: str, seed: int, *, single_pass: bool, chosen_device: str) -> None:
        built = build(Recipe(load(model)), seed=seed, device=chosen_device, spreads=False)
        batches = Batches(built.pixels(load_images("mnist5k").train), size=built.config.batch_size, seed=seed)
        self.trainer = Trainer(built, batches, single_pass=single_pass, watching=False)

    def step(self, number: int) -> None:
        self.trainer.step(number)


class Together:
    """Several seeds in one go.

    Args:
        graphs: On a CUDA device: whether the step becomes a graph.
    """

    def __init__(self, model: str, count: int, *, single_pass: bool, chosen_device: str, graphs: bool = True) -> None:
        runs = [Alone(model, seed, single_pass=single_pass, chosen_device=chosen_device) for seed in range(count)]
        self.seeds = Seeds([run.trainer for run in runs], watching=False)
        if not graphs:
            self.seeds.compute = lambda inputs, constants: self.seeds.computed(inputs)

    def step(self, number: int) -> None:
        self.seeds.step(number)

    @property
    def reason(self) -> str | None:
        """Why the step did not become a graph."""
        return getattr(self.seeds.compute, "reason", None)


def serve(model: str, count: int, *, single_pass: bool, threads: int) -> None:
    """Take turns: a number of steps on each line of stdin, answered by the processor time that they took."""
    torch.set_num_threads(threads)
    turning: Alone | Together
    if count > 1:
        turning = Together(model, count, single_pass=single_pass, chosen_device="cpu")
    else:
        turning = Alone(model, 0, single_pass=single_pass, chosen_device="cpu")
        exact.hasten(*turning.trainer.built.nets.values())
    number = 0
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.process_time()
        for _ in range(int(line)):
            number += 1
            turning.step(number)
        print(time.process_time() - began, flush=True)


class Workers:
    """Processes that step side by side."""

    def __init__(self, model: str, way: str, seeds: int, *, single_pass: bool) -> None:
        processes, together, threads = WAYS[way]
        self.count = seeds if together else 1
        command = [sys.executable, __file__, model, "--serve", str(self.count), "--threads", str(threads)]
        self.processes = [
            subprocess.Popen(
                [*command, *(["--single-pass"] if single_pass else [])],
                env=children.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for _ in range(processes)
        ]  # fmt: skip
        self._answers()
        self.speed(WARM_UP)

    def _answers(self) -> list[str]:
        return [process.stdout.readline() for process in self.processes if process.stdout is not None]

    def speed(self, steps: int) -> tuple[float, float]:
        """Steps of a seed per second of all processes together, and per second of processor time."""
        began = time.perf_counter()
        for process in self.processes:
            print(steps, file=process.stdin, flush=True)
        busy_s = sum(map(float, self._answers()))
        taken = steps * self.count * len(self.processes)
        return taken / (time.perf_counter() - began), taken / busy_s

    def close(self) -> None:
        """End the processes."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def measure(model: str, seeds: int, *, ways: Sequence[str], rounds: int, steps: int) -> dict[str, float]:
    """All figures of one model and number of seeds."""
    order = ["alone", *ways]
    single = inspect(Recipe(load(model)), prepare("mnist5k"), device.environment("cpu")).single_pass
    workers = {way: Workers(model, way, seeds, single_pass=single) for way in order}
    speeds: dict[str, list[tuple[float, float]]] = {way: [] for way in order}
    for _ in range(rounds):
        order.append(order.pop(0))
        for way in order:
            speeds[way].append(workers[way].speed(steps * (seeds if way == "alone" else 1)))
    for each in workers.values():
        each.close()

    def ratio(way: str, clock: int) -> float:
        each = zip(speeds[way], speeds["alone"], strict=True)
        return round(statistics.median(ours[clock] / alone[clock] for ours, alone in each), 3)

    ratios = {f"{way}_ratio": ratio(way, 0) for way in ways}
    cpu = {"cpu_ratio": ratio("pair", 1)} if "pair" in ways else {}
    per_s = statistics.median(speed for speed, _ in speeds["alone"])
    return ratios | cpu | {"alone_per_s": round(per_s, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--json", action="store_true", help="print one JSON object: model → seeds → figures")
    parser.add_argument("--seeds", nargs="*", type=int, default=[3, 5])
    parser.add_argument("--ways", nargs="*", choices=list(WAYS)[1:], default=list(WAYS)[1:])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=4, help="steps of all seeds a round")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--single-pass", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.models[0], arguments.serve, single_pass=arguments.single_pass, threads=arguments.threads)
        return
    figures: dict[str, dict[int, dict[str, float]]] = {}
    for model in arguments.models:
        for count in arguments.seeds:
            found = measure(model, count, ways=arguments.ways, rounds=arguments.rounds, steps=arguments.steps)
            figures.setdefault(model.removeprefix("ref:"), {})[count] = found
            if not arguments.json:
                print(model, count, found, flush=True)
    if arguments.json:
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

"""What each probe costs, in one process, on the threads that training uses.

    python benchmarks/probes.py [--json] [--threads 1] [--observations 15] [--rounds 3] [MODEL …]

For each model, a loop trains without probes, and after each of its steps every probe looks once, in an order that
moves on: medians over `--observations` looks give `ms`, and `share` is ms / (k × ms of a step). Then three loops, with
the probes of `none`, `default` and `all` at their own intervals, take turns step by step, each on a built variant of
its own: the median over rounds of time with / time without - 1 is `overhead`. A round is 50 steps, in which every
probe looks as often as it does on average. `bit_identical` is 1 if all three end at the same parameters and buffers.
Times are processor time, which other work on the machine hardly moves; with several threads or a GPU, wall-clock time.
Prints a table in Markdown, or with --json one object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ebdiag import device, exact
from ebdiag.build import Built, build
from ebdiag.data import load_images, prepare, to_model
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.probes import PROBE_SETS, all_probes, default_probes, probes_of
from ebdiag.records import Recipe
from ebdiag.series import Recorder
from ebdiag.step import Batches, Trainer
from ebdiag.stills import stills

MODELS = ("ref:ebgan_pt", "ref:ebgan_infogan")
WARM_UP = 3
ROUND = 50
"""The least common multiple of all intervals."""


Clock = Callable[[], float]


class Loop:
    """Training of one built variant under some probes."""

    def __init__(self, built: Built, train: Tensor, held_out: Tensor, *, single_pass: bool, probes: str) -> None:
        self.built, watched = built, probes_of(probes)
        batches = Batches(train, size=built.config.batch_size, seed=built.seed)
        self.trainer = Trainer(built, batches, single_pass=single_pass, watching=bool(watched))
        self.recorder = Recorder(watched, stills(built, train, held_out) if watched else None)

    def step(self, number: int) -> None:
        """As `train.py` does it."""
        self.recorder.before(number, self.built)
        moment = self.trainer.step(number)
        if self.recorder.probes:
            self.recorder.observe(moment)


def measure(model: str, clock: Clock, *, observations: int, rounds: int, environment: Any) -> dict[str, Any]:
    """All figures of one model."""
    recipe = Recipe(load(model))
    facts = inspect(recipe, prepare("mnist5k"), environment)
    images = load_images("mnist5k")

    def fresh() -> Built:
        built = build(recipe, seed=0, device=environment.device, fused=environment.fused)
        exact.hasten(*built.nets.values())
        return built

    config = fresh().config
    train, held_out = (
        to_model(part, image_shape=config.image_shape, pixel_range=config.pixel_range, device=environment.device)
        for part in (images.train, images.held_out)
    )
    step_ms, looks = each(fresh(), train, held_out, clock, single_pass=facts.single_pass, observations=observations)
    rows = [
        {
            "probe": probe.name,
            "set": "default" if probe.name in {p.name for p in default_probes()} else "all",
            "every_steps": probe.every_steps,
            "ms": looks[probe.name],
            "share": looks[probe.name] / (probe.every_steps * step_ms),
        }
        for probe in all_probes()
    ]
    loops = {name: Loop(fresh(), train, held_out, single_pass=facts.single_pass, probes=name) for name in PROBE_SETS}
    times = alternate(loops, clock, rounds)
    return {
        "step_ms": step_ms,
        "probes": rows,
        "sum": {
            name: sum(row["share"] for row in rows if row["set"] in ("default", name)) for name in ("default", "all")
        },
        "overhead": {
            name: statistics.median(a / b for a, b in zip(times[name], times["none"], strict=True)) - 1
            for name in ("default", "all")
        },
        "bit_identical": int(all(identical(loops["none"].built, loop.built) for loop in loops.values())),
    }


def each(
    built: Built, train: Tensor, held_out: Tensor, clock: Clock, *, single_pass: bool, observations: int
) -> tuple[float, dict[str, float]]:
    """Median milliseconds of a step without probes, and of one look of each probe."""
    batches = Batches(train, size=built.config.batch_size, seed=built.seed)
    trainer = Trainer(built, batches, single_pass=single_pass, watching=True)
    seen = stills(built, train, held_out)
    recorders = {probe.name: Recorder((replace(probe, every_steps=1),), seen) for probe in all_probes()}
    steps: list[float] = []
    looks: dict[str, list[float]] = {name: [] for name in recorders}
    order = list(recorders)
    for number in range(1, WARM_UP + observations + 1):
        order.append(order.pop(0))
        spent = {}
        for name in order:
            began = clock()
            recorders[name].before(number, built)
            spent[name] = clock() - began
        began = clock()
        moment = trainer.step(number)
        took = clock() - began
        for name in order:
            began = clock()
            recorders[name].observe(moment)
            spent[name] += clock() - began
        if number > WARM_UP:
            steps.append(took)
            for name, seconds in spent.items():
                looks[name].append(seconds)
    failed = {name: failure for recorder in recorders.values() for name, failure in recorder.failed.items()}
    assert not failed, failed
    return statistics.median(steps) * 1e3, {name: statistics.median(s) * 1e3 for name, s in looks.items()}


def alternate(loops: dict[str, Loop], clock: Clock, rounds: int) -> dict[str, list[float]]:
    """Seconds of each round of each loop; the loops take turns step by step."""
    times = {name: [0.0] * rounds for name in loops}
    order = list(loops)
    for number in range(1, WARM_UP + 1):
        for loop in loops.values():
            loop.step(number)
    for number in range(WARM_UP + 1, WARM_UP + rounds * ROUND + 1):
        order.append(order.pop(0))
        for name in order:
            began = clock()
            loops[name].step(number)
            times[name][(number - WARM_UP - 1) // ROUND] += clock() - began
    return times


def identical(one: Built, other: Built) -> bool:
    """Parameters and buffers of both nets, bit for bit."""
    return all(
        torch.equal(value, b.state_dict()[name])
        for a, b in ((one.generator, other.generator), (one.discriminator, other.discriminator))
        for name, value in a.state_dict().items()
    )


def table(figures: dict[str, dict[str, Any]]) -> str:
    """Markdown: one row a probe, two columns a model."""
    models = [f"`{name}`" for name in figures]
    lines = ["| probe | set | every | " + " | ".join(f"{m}, ms | share" for m in models) + " |"]
    lines.append("|---|---|--:|" + "--:|--:|" * len(models))
    for i, first in enumerate(next(iter(figures.values()))["probes"]):
        cells = [f"{f['probes'][i]['ms']:.2f} | {percent(f['probes'][i]['share'])}" for f in figures.values()]
        lines.append(f"| `{first['probe']}` | {first['set']} | {first['every_steps']} | " + " | ".join(cells) + " |")
    for name in ("default", "all"):
        cells = [f" | {percent(f['sum'][name])}" for f in figures.values()]
        lines.append(f"| all of `{name}`, added up | | | " + " | ".join(cells) + " |")
        cells = [f" | {percent(f['overhead'][name])}" for f in figures.values()]
        lines.append(f"| `{name}` against `none` | | | " + " | ".join(cells) + " |")
    cells = [f"{f['step_ms']:.1f} | " for f in figures.values()]
    lines.append("| a step without probes | | 1 | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def percent(share: float) -> str:
    """`0.4 %`."""
    return f"{share * 100:.1f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--json", action="store_true", help="print one JSON object: model → figures")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--observations", type=int, default=15, help="looks of each probe")
    parser.add_argument("--rounds", type=int, default=3, help=f"rounds of {ROUND} steps with none, default and all")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    environment = device.environment(arguments.device, arguments.threads)
    clock = time.thread_time if (arguments.device, arguments.threads) == ("cpu", 1) else time.perf_counter
    figures = {
        model.removeprefix("ref:"): measure(
            model, clock, observations=arguments.observations, rounds=arguments.rounds, environment=environment
        )
        for model in arguments.models
    }
    print(json.dumps(figures, indent=1) if arguments.json else table(figures))


if __name__ == "__main__":
    main()

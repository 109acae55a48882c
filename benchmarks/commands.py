"""Whole commands, as a person types them: what they take, and how that grows. Each part is one run of its own.

    python benchmarks/commands.py [--json] [--budget standard] compare | lint | growth

compare: a comparison with nothing stored or cached (`cold`), the same again, the same with one constant of mine
changed, and its report drawn again; each also as a share of the cold one. Peak resident memory: of a worker, as the
result says, and of the command's own process or what it draws with, whichever is larger. Size of the page.

lint: `lint --fast` and `lint` of two files of which nothing is known (the data set is), and `--fast` again, on one
core; medians of three rounds, and as a multiple of what `python -c "import torch"` takes in the same rounds.

growth: comparisons with twice the seeds, steps and differences again and again, in processor time; `rate` is by how
much a cost grew, as a share of what linear growth would be, so that up to 1 it is no worse than linear. And hybrids
that a trace needs where one of many differences is the cause, the median of simulated searches
(benchmarks/search_simulation.py).

Seconds are wall-clock time unless the name says processor time, which is of the whole family of processes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ebdiag.offspring import adopt_orphans

ROOT = Path(__file__).parent.parent
MINE = ROOT / "user_models" / "dead_pull_away.py"
REFERENCES = ("ebgan_pt", "ebgan_infogan")
CHANGED = ("generator_lr: float = 1e-3", "generator_lr: float = 1.1e-3")
DIFFERENCES = (
    "margin=1.5", "pull_away_weight=0.2", "generator_lr=0.0011", "discriminator_lr=0.0014", "betas=(0.5, 0.98)",
    "batch_size=60", "latent_dim=30", "discriminator_steps=1",
)  # fmt: skip
"""Settings that all differ from the reference's."""

DOUBLED = (1, 2, 4)
STEPS, SEEDS = 150, 2
ROUNDS = 3
TRIALS = 200


@dataclass(frozen=True)
class Took:
    """What a command took; its fork server, which ends after it, included."""

    wall_s: float
    processor_s: float
    peak_mib: float


class Bench:
    """Runs commands with a store and a cache of their own, and with bytecode at hand, as an installed program has it.

    Args:
        core: The only one that they may use; None for all.
    """

    def __init__(self, folder: Path, core: int | None = None) -> None:
        self.folder, self.core = folder, core
        self.store, self.cache, self.out = folder / "store", folder / "cache", folder / "out"
        places = {"EBDIAG_HOME": str(self.store), "EBDIAG_CACHE": str(self.cache)}
        paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        compiled = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
        self.environment = {**os.environ, **places, **compiled, "PYTHONPATH": paths}
        self.ebdiag("lint", str(MINE), "--fast")
        self.forget(self.store, self.cache / "shipped")

    def unprepared(self) -> None:
        """Nothing is stored or cached, the data set neither."""
        self.forget(self.store, self.cache)

    def run(self, command: Sequence[str], *, ends: Sequence[int] = (0,)) -> Took:
        """Run Python with these arguments.

        Raises:
            RuntimeError: It ended with another exit code than those.
        """
        core = self.core
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *command], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
        )  # fmt: skip
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ends:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said[-2000:]}")
        _reap()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Took(wall_s, processor_s, used.ru_maxrss / 1024)

    def ebdiag(self, *arguments: str, ends: Sequence[int] = (0,)) -> Took:
        """Run ebdiag."""
        return self.run(["-m", "ebdiag.cli", *arguments], ends=ends)

    def forget(self, *places: Path) -> None:
        """Remove folders."""
        for place in places:
            shutil.rmtree(place, ignore_errors=True)


def _reap() -> None:
    """Wait for what the command left to its nearest ancestor that adopts orphans, which is this process."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def compare(bench: Bench, budget: str) -> dict[str, Any]:
    """Figures of whole comparisons."""
    mine = bench.folder / MINE.name
    shutil.copy(MINE, mine)
    typed = ("compare", str(mine), "--budget", budget, "--out", str(bench.out))
    bench.unprepared()
    took = {"cold": bench.ebdiag(*typed)}
    volatile = json.loads((bench.out / "result.json").read_text())["volatile"]
    html_kb = round((bench.out / "report.html").stat().st_size / 1e3, 1)
    took["identical again"] = bench.ebdiag(*typed)
    mine.write_text(mine.read_text().replace(*CHANGED))
    took["only mine changed"] = bench.ebdiag(*typed)
    bench.forget(bench.cache / "drawings")
    took["report, drawn"] = bench.ebdiag("report", str(bench.out))
    took["report, as drawn before"] = bench.ebdiag("report", str(bench.out))
    cold = took["cold"]
    return {
        "budget": budget,
        **{
            name: {
                "wall_s": round(one.wall_s, 2),
                "of_cold": round(one.wall_s / cold.wall_s, 4),
                "processor_s": round(one.processor_s, 2),
            }
            for name, one in took.items()
        },
        "worker_peak_mib": max(volatile["memory"].values()),
        "command_peak_mib": round(cold.peak_mib, 1),
        "html_kb": html_kb,
    }


def lint(bench: Bench) -> dict[str, Any]:
    """Figures of lint, by reference."""
    found = {}
    for name in REFERENCES:
        typed = ("lint", f"ref:{name}", str(MINE))
        took: dict[str, list[Took]] = {}
        for _ in range(ROUNDS):
            took.setdefault("import torch", []).append(bench.run(["-c", "import torch"]))
            for label, more in (("--fast", ("--fast",)), ("--fast, again", ("--fast",)), ("all", ())):
                if label != "--fast, again":
                    bench.forget(bench.store, bench.cache / "shipped")
                took.setdefault(label, []).append(bench.ebdiag(*typed, *more))
        base = _median(took["import torch"])
        found[name] = {
            label: {
                "wall_s": round(_median(each), 2),
                "of_import_torch": round(_median(each) / base, 2),
                "processor_s": round(statistics.median(one.processor_s for one in each), 2),
            }
            for label, each in took.items()
        }
    return found


def _median(took: Sequence[Took]) -> float:
    return statistics.median(one.wall_s for one in took)


def growth(bench: Bench) -> dict[str, Any]:
    """Figures of growing comparisons, by what grows."""
    from search_simulation import Setting, score, simulate

    bench.ebdiag("lint", str(MINE), "--fast")  # knows the reference
    costs: dict[str, dict[int, float]] = {"seeds": {}, "steps": {}, "differences": {}}
    for factor in DOUBLED:
        costs["seeds"][factor] = _cost(bench, seeds=factor)
        costs["steps"][STEPS * factor] = _cost(bench, steps=STEPS * factor)
    for count in (1, 2, 4, 8):
        costs["differences"][count] = _cost(bench, differences=DIFFERENCES[:count])
    found: dict[str, Any] = {}
    for what, by in costs.items():
        first = next(iter(by))
        found[what] = {
            str(size): {"processor_s": round(s, 2), "rate": round(s / by[first] / (size / first), 3)}
            for size, s in by.items()
        }
    found["hybrids that a trace needs, of differences"] = {
        str(count): {"search": scored.before, "confirmation": scored.proving}
        for count in (2, 4, 8, 16)
        for scored in [score([simulate(Setting(f"{count}", count=count), n) for n in range(TRIALS)])]
    }
    return found


def _cost(bench: Bench, *, steps: int = STEPS, seeds: int = SEEDS, differences: Sequence[str] = ()) -> float:
    """Processor seconds of a comparison of which no run is stored."""
    bench.forget(bench.store, bench.cache / "drawings")
    settings = [word for setting in differences for word in ("--set", setting)]
    typed = ["compare", str(MINE), "--steps", str(steps), "--seeds", str(seeds), "--out", str(bench.out), *settings]
    return bench.ebdiag(*typed, ends=(0, 4)).processor_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("compare", "lint", "growth"))
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    parser.add_argument("--budget", default="standard")
    arguments = parser.parse_args()
    adopt_orphans()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), cores[0] if arguments.part == "lint" else None)
        if arguments.part == "compare":
            figures = compare(bench, arguments.budget)
        else:
            figures = {"lint": lint, "growth": growth}[arguments.part](bench)
    print(json.dumps(figures, indent=None if arguments.json else 1))


if __name__ == "__main__":
    main()

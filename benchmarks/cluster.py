"""What a Ray cluster costs: per run, and from one worker to eight; and what the command itself needs for each run.

    python benchmarks/cluster.py [--again] [--only ROW …]

The cluster is one node on 127.0.0.1 with eight processors as Ray counts them, whatever the machine has. Rows that
cluster.json has are not measured again, unless `--again`. The table is printed, and lies in cluster.md.

- A *sleeping job* is a model whose Generator sleeps five seconds and ends its process: it goes all the way from the
  command to a worker and back, and needs next to no processor. N workers do four each; alone they would take 20 s.
- A *real run* is `ref:ebgan_pt`, 100 steps, scored once.
- A *stored run* is a real run that is finished: the node finds nothing to do. It costs what it costs to go there.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CPUS, SLEEP_S, EACH, STORED, STEPS, ROUNDS = 8, 5.0, 4, 40, 100, 2

SLEEPER = f"""
import os, time
from torch import nn

class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        time.sleep({SLEEP_S})
        os._exit(7)

class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
"""


class Bench:
    """A cluster, and jobs for it."""

    def __init__(self, folder: Path) -> None:
        from ray.cluster_utils import Cluster

        from ebdiag.cluster.executor import RayExecutor
        from ebdiag.device import environment
        from ebdiag.execute import LocalExecutor, Task
        from ebdiag.jobs import InspectJob, PrepareJob, RunJob
        from ebdiag.load import load
        from ebdiag.plan import specs
        from ebdiag.records import Recipe
        from ebdiag.store import Store

        self.folder, self.ray_executor, self.local_executor = folder, RayExecutor, LocalExecutor
        self.task, self.store = Task, Store
        self.cluster = Cluster()
        self.cluster.add_node(
            num_cpus=CPUS, object_store_memory=400 * 2**20, node_ip_address="127.0.0.1", include_dashboard=False
        )
        os.environ["RAY_ADDRESS"] = self.cluster.address
        local = LocalExecutor(1)
        data = local.map([Task("data", PrepareJob("mnist5k"), folder / "log")], quiet)["data"].value
        machine = environment("cpu")
        (folder / "sleeper.py").write_text(SLEEPER)
        self.sleeper = InspectJob(Recipe(load(str(folder / "sleeper.py"))), data, machine)
        recipe = Recipe(load("ref:ebgan_pt"))
        facts = local.map([Task("facts", InspectJob(recipe, data, machine), folder / "log")], quiet)["facts"].value

        def runs(root: Path, seeds: int) -> list[Any]:
            found = specs("ref", recipe, facts, data, machine, steps=STEPS, seeds=range(seeds), probes="default")
            return [RunJob(spec, facts, str(root)) for spec in found]

        self.runs = runs
        self.stored = runs(folder / "stored", 1)[0]
        assert self.run(local, [self.stored])[0] == "done"

    def close(self) -> None:
        """Stop the cluster."""
        import ray

        ray.shutdown()
        self.cluster.shutdown()

    def ray(self, jobs: int, *, shared: bool = False) -> Any:
        """An executor that does so many at a time, its processes started."""
        executor = self.ray_executor("ray", jobs, shared=shared)
        self.asleep(executor, jobs)
        return executor

    def local(self, jobs: int) -> Any:
        """The same here."""
        executor = self.local_executor(jobs)
        self.asleep(executor, 1)
        return executor

    def run(self, executor: Any, jobs: list[Any]) -> list[str]:
        """Do them; how each ended."""
        tasks = [
            self.task(job.spec.id, job, self.store(Path(job.root)).folder(job.spec.trajectory).log) for job in jobs
        ]
        return [outcome.status for outcome in executor.map(tasks, quiet).values()]

    def sleeping(self, executor: Any, jobs: int) -> float:
        """Seconds that so many workers take for four sleeping jobs each."""
        began = time.monotonic()
        self.asleep(executor, EACH * jobs)
        return time.monotonic() - began

    def asleep(self, executor: Any, count: int) -> None:
        """Do so many sleeping jobs."""
        tasks = [self.task(f"sleep{n}", self.sleeper, self.folder / f"log{n}") for n in range(count)]
        outcomes = executor.map(tasks, quiet)
        assert {outcome.reason for outcome in outcomes.values()} == {"the worker process ended with exit status 7"}

    def real(self) -> dict[str, float]:
        """Seconds of four real runs, here and by Ray, by one worker and by two, in turns; means of two rounds."""
        executors = {(name, n): make(n) for name, make in (("local", self.local), ("ray", self.ray)) for n in (1, 2)}
        spent: dict[str, list[float]] = {}
        for turn in range(ROUNDS):
            for (name, n), executor in executors.items():
                jobs = self.runs(self.folder / f"{name}{n}-{turn}", 4)
                began = time.monotonic()
                assert set(self.run(executor, jobs)) == {"done"}
                spent.setdefault(f"{name}, {n}", []).append(time.monotonic() - began)
        return {key: statistics.mean(values) for key, values in spent.items()}

    def again(self, executor: Any) -> float:
        """Seconds a stored run, one after the other."""
        spec = self.stored.spec
        tasks = [
            self.task(f"{spec.id}-{n}", self.stored, self.store(Path(self.stored.root)).folder(spec.trajectory).log)
            for n in range(STORED)
        ]
        began = time.monotonic()
        assert {outcome.status for outcome in executor.map(tasks, quiet).values()} == {"done"}
        return (time.monotonic() - began) / STORED


def quiet(name: str, event: dict[str, Any]) -> None:
    """Nobody listens."""


def costs(bench: Bench) -> dict[str, float]:
    """What the command itself needs for a run: bytes, and milliseconds of one core."""
    from ebdiag.cluster.parcels import pack
    from ebdiag.store import Store

    spec = bench.stored.spec
    folder = Store(Path(bench.stored.root)).folder(spec.trajectory)
    parcel = pack(folder, {})

    def store(number: int) -> None:
        target = Store(bench.folder / f"copy{number}")
        with target.locked(spec.trajectory) as copy:
            copy.receive(parcel.sums, parcel.files)

    return {
        "order_kb": len(pickle.dumps(bench.stored)) / 1e3,
        "parcel_kb": parcel.size / 1e3,
        "files": len(parcel.sums),
        "order_ms": milliseconds(lambda number: pickle.dumps(bench.stored)),
        "pack_ms": milliseconds(lambda number: pack(folder, {})),
        "receive_ms": milliseconds(store),
        "load_ms": milliseconds(lambda number: Store(Path(bench.stored.root)).load_run(spec)),
    }


def letters(bench: Bench) -> float:
    """News of progress a second that the mailbox takes from eight processes."""
    import ray

    from ebdiag.cluster.mailbox import Letter, Mailbox

    box = ray.remote(Mailbox).options(num_cpus=0, max_concurrency=4096).remote()

    @ray.remote
    def write(count: int) -> None:
        event = {"step": 1, "steps": 2, "steps_per_s": 3.0, "energy_real": 0.1, "energy_fake": 0.2, "pushed_away": 0.3}
        ray.get([box.put.remote(Letter("t", 0, "event", event)) for _ in range(count)])

    ray.get([write.remote(1) for _ in range(CPUS)])
    began, each, taken = time.monotonic(), 500, 0
    done = [write.remote(each) for _ in range(CPUS)]
    while taken < CPUS * each:
        taken += len(ray.get(box.take.remote(0.2)))
    ray.get(done)
    return taken / (time.monotonic() - began)


def milliseconds(call: Callable[[int], object]) -> float:
    """Median processor time of ten calls."""
    spent = []
    for number in range(10):
        began = time.process_time()
        call(number)
        spent.append((time.process_time() - began) * 1e3)
    return statistics.median(spent)


Row = Callable[[Bench], Any]
ROWS: dict[str, Row] = {
    "stored, local": lambda b: b.again(b.local(1)),
    "stored, ray": lambda b: b.again(b.ray(1)),
    "stored, ray, shared store": lambda b: b.again(b.ray(1, shared=True)),
    **{f"sleeping, {n}": (lambda b, n=n: b.sleeping(b.ray(n), n)) for n in (1, 2, 4, 8)},
    "real": lambda b: b.real(),
    "costs": costs,
    "letters": letters,
}


def table(rows: dict[str, Any]) -> str:
    """The rows that are there, for people."""
    lines = ["| what | figure |", "|---|--:|"]
    stored = [rows.get(name) for name in ("stored, local", "stored, ray", "stored, ray, shared store")]
    for name, value in zip(("local", "Ray", "Ray, shared store"), stored, strict=True):
        if value is not None:
            extra = "" if value == stored[0] or stored[0] is None else f" ({(value - stored[0]) * 1e3:+.0f})"
            lines.append(f"| a stored run, {name}, one at a time | {value * 1e3:.0f}{extra} ms |")
    for n in (1, 2, 4, 8):
        took = rows.get(f"sleeping, {n}")
        if took is not None:
            lines.append(f"| {EACH * n} sleeping jobs, {n} workers: {took:.1f} s | {EACH * SLEEP_S / took:.0%} |")
    real = rows.get("real")
    if real:
        for n in (1, 2):
            here, there = real[f"local, {n}"], real[f"ray, {n}"]
            lines.append(f"| 4 real runs, {n} workers: local {here:.1f} s, Ray {there:.1f} s | {here / there:.0%} |")
        for name in ("local", "ray"):
            share = real[f"{name}, 1"] / real[f"{name}, 2"] / 2
            lines.append(f"| 4 real runs, 2 workers against 1, {name} | {share:.0%} |")
    for name, value in (rows.get("costs") or {}).items():
        lines.append(f"| the command, a run: {name.replace('_', ', ')} | {value:,.3g} |")
    if "letters" in rows:
        lines.append(f"| the mailbox, letters a second | {rows['letters']:,.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure what is missing; print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure rows that are there already, too")
    parser.add_argument("--only", nargs="*", default=list(ROWS), choices=list(ROWS), metavar="ROW")
    asked = parser.parse_args()
    file = HERE / "cluster.json"
    rows: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in asked.only if asked.again or name not in rows]
    if missing:
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        os.environ |= {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "OMP_NUM_THREADS": "1"}
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder))
            for name in missing:
                rows[name] = ROWS[name](bench)
                print(f"{name}: {rows[name]}", file=sys.stderr, flush=True)
                file.write_text(json.dumps(rows, indent=1) + "\n")
            bench.close()
    (HERE / "cluster.md").write_text(table(rows))
    print(table(rows), end="")


if __name__ == "__main__":
    main()

"""How long `ebdiag runs` takes at 100,000 runs, and the page of a sweep at 10,000; prints one line each.

    python benchmarks/runs.py

The rows are drawn, not trained: no run is behind them. Nothing is asserted; README.md beside this has what was
measured.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ebdiag import index, kinds, runs
from ebdiag.data import cached_spec, prepare
from ebdiag.store import Store
from ebdiag.sweeps import ask, report
from ebdiag.sweeps.commands import command
from ebdiag.sweeps.rows import Row
from ebdiag.where import Asked

RUNS, SWEPT = 100_000, 10_000
SWEEP = """
variants = ["ebgan.py", "ebgan_pt.py", "gan.py"]
sample = 3334
[grid]
generator_layers = [2, 3, 4, 5]
generator_width = [400, 800, 1600, 3200]
discriminator_layers = [2, 3, 4, 5]
discriminator_width = [128, 256, 512, 1024]
discriminator_dropout = [true, false]
[random]
learning_rate = {log_uniform = [1e-5, 1e-1]}
margin = {uniform = [1, 20]}
"""


def stored(store: Store, draw: random.Random) -> None:
    """An index of runs that nobody trained."""

    def fill(base: sqlite3.Connection) -> None:
        empty: dict[str, Any] = dict.fromkeys((*index.COLUMNS, *index.METRICS))
        index._put(base, (
            {**empty, "id": f"{place:016x}", "file": draw.choice(["mine.py", "other.py"]), "kind": "gan",
             "seed": draw.randrange(5), "status": "finished", "steps": 1_500, "works": draw.randrange(2),
             "ended": time.time() - place, "bytes": 10**7, "fid": 10 ** draw.uniform(1.5, 3.5),
             "coverage": draw.random(), "config": f'{{"margin": {draw.choice([1, 5, 20])}}}'}
            for place in range(RUNS)
        ))  # fmt: skip
        base.execute("INSERT INTO seen VALUES (?)", (store.runs.stat().st_mtime_ns,))

    store.runs.mkdir(parents=True)
    index._with(store.index, fill)


def swept(folder: Path, draw: random.Random) -> tuple[ask.Sweep, list[Row]]:
    """Rows of a sweep, seven of ten failing, all with a command."""
    from ebdiag.sweeps.points import points

    file = folder / "large.toml"
    file.write_text(SWEEP)
    sweep = ask.read(file)
    rows = []
    for point in points(sweep)[:SWEPT]:
        works = draw.random() < 0.3
        fid = draw.lognormvariate(5 if works else 6.5, 0.4)
        cause = "" if works else draw.choice(["mode-collapse", "diverged", "blank-samples", "below-bar"])
        row = Row(point.family.name, point.family.path, point.draw, 0, point.settings, f"{len(rows):016x}-500",
                  "finished", 500, works, {"fid": fid, "coverage": draw.random()}, cause)  # fmt: skip
        near = f"reports/large/references/{point.family.name}-{point.draw}/{point.family.path}"
        rows.append(row if works else row.with_trace(command(row, near, sweep)))
    return sweep, rows


def timed(what: str, do: Callable[[], Any]) -> Any:
    """Do it, and say how long it took."""
    began, own = time.perf_counter(), time.process_time()
    answer = do()
    took, worked = time.perf_counter() - began, time.process_time() - own
    print(f"{what:<52} {took:8.3f} s, {worked:8.3f} s of them on the processor", flush=True)
    return answer


def main() -> None:
    """Both."""
    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(Path(scratch) / "home")
        timed(f"filling the index with {RUNS:,} runs", lambda: stored(store, draw))
        timed("the latest 50", lambda: runs.found(store, Asked(limit=50)))
        timed("the best 50 that work", lambda: runs.found(store, Asked(works=True, sort="fid", limit=50)))
        timed("margin=5 and fid<200", lambda: runs.found(store, Asked(conditions=("margin=5", "fid<200"), limit=50)))
        print(f"{'size of the index':<52} {store.index.stat().st_size / 2**20:8.1f} MiB")
        data = cached_spec("mnist5k") or prepare("mnist5k")
        sweep, rows = swept(Path(scratch), draw)
        out = Path(scratch) / "out"
        timed(
            f"the page of a sweep of {len(rows):,} runs",
            lambda: report.write(out, rows, sweep, kinds.of("gan"), data, planned=len(rows), command="ebdiag sweep"),
        )
        for name in (report.HTML, report.MARKDOWN, report.PARQUET):
            print(f"{name:<52} {(out / name).stat().st_size / 1e6:8.2f} MB")


if __name__ == "__main__":
    main()

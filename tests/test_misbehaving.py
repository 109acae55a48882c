"""A bad variant hurts only itself: whatever its code does to its worker, the other runs and the result are complete."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
import variants
from workers import workers

from ebdiag import execute, offspring
from ebdiag.pipeline import Comparison, Request
from ebdiag.records import Run
from ebdiag.store import Store
from ebdiag.watch import Silent

STEPS = 40
LATE = 15
"""Steps of training before it misbehaves; it behaves while it is looked at."""

BAD = (
    variants.HEADER
    + variants.CONFIG
    + """
import sys

CALLS = 0


def misbehave():
    {body}


class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(config.latent_dim, 64), nn.ReLU(), nn.Linear(64, 784), nn.Tanh())

    def forward(self, z):
        global CALLS
        frame, names = sys._getframe(), set()
        while frame is not None:
            names.add(frame.f_code.co_filename.rpartition("/")[2])
            frame = frame.f_back
        CALLS += "train.py" in names
        if CALLS == {late}:
            misbehave()  # here
        return self.net(z).view(-1, 1, 28, 28)
"""
    + variants.DISCRIMINATOR
)

CASES = {
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "crashed", "SIGSEGV"),
    "abort": ("import os; os.abort()", "crashed", "SIGABRT"),
    "exit": ("import sys; sys.exit('enough')", "crashed", "SystemExit: enough"),
    "hard exit": ("import os; os._exit(0)", "crashed", "exit status 0"),
    "an interrupt of its own": ("raise KeyboardInterrupt", "crashed", "KeyboardInterrupt"),
    "an exception": ("raise ValueError('no')", "crashed", "ValueError: no at step"),
    "recursion": ("misbehave()", "crashed", "RecursionError"),
    "infinite loop": ("\n    while True:\n        pass", "timeout", "no sign of life for 8 s"),
    "infinite sleep": ("import time; time.sleep(10_000)", "timeout", "no sign of life for 8 s"),
    "memory": (
        "\n    held = []\n    while True:\n        held.append(bytearray(b'1') * 50_000_000)", "crashed",
        "more than the 1.50 GiB that a run may use",
    ),
    "memory of a child": (
        "\n    import os, time\n    if os.fork() == 0:\n        held = bytearray(b'1') * 1_800_000_000\n"
        "        time.sleep(10_000)\n    time.sleep(60)",
        "crashed", "more than the 1.50 GiB that a run may use",
    ),
    "processes": (
        "\n    import os, time\n    for _ in range(60):\n        if os.fork() == 0:\n            time.sleep(10_000)\n"
        "    time.sleep(60)",
        "crashed", "it started more than 40 processes",
    ),
    "daemons": (
        "\n    import os, time\n    for _ in range(5):\n        if os.fork() == 0:\n            os.setsid()\n"
        "            if os.fork() == 0:\n                time.sleep(10_000)\n            os._exit(0)\n    os._exit(7)",
        "crashed", "exit status 7",
    ),
}  # fmt: skip
WITHOUT_LINE = ("hard exit", "daemons")
"""Ways to end a process without leaving a word: Python itself is not told."""


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


def compared(folder: Path, body: str, *, patience_s: float = 60.0) -> Comparison:
    """Two models, of which one misbehaves late in each of its runs."""
    ref = variants.write(folder, variants.TINY, "ref.py")
    mine = variants.write(folder, BAD.format(body=body, late=LATE), "mine.py")
    request = Request(
        ref=ref, mine=mine, steps=STEPS, seeds=2, jobs=2, timeout_s=patience_s, max_memory_gib=1.5, probes="none"
    )
    return Comparison(request, Silent())


def runs_of(comparison: Comparison) -> dict[tuple[str, int], Run]:
    """Train without the ladders, which other tests look at."""
    planned = comparison.prepare()
    planned.ladders.tasks.clear()
    return {(side, run.spec.seed): run for side, runs in comparison.run(planned).items() for run in runs}


def nobody_is_left() -> None:
    """Neither workers nor what they started, daemons included."""
    deadline = time.monotonic() + 10
    while left := [worker for worker in workers() if worker.status() != psutil.STATUS_ZOMBIE]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@pytest.mark.parametrize("name", CASES)
def test_a_bad_variant_hurts_only_itself(
    name: str, tmp_path: Path, shared_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its runs have a status, a reason and the line; those of the other variant are finished, and nobody is left."""
    monkeypatch.setattr(offspring, "MOST_PROCESSES", 40)
    monkeypatch.setenv("EBDIAG_HOME", str(shared_store))
    monkeypatch.chdir(tmp_path)
    body, status, reason = CASES[name]
    runs = runs_of(compared(tmp_path, body, patience_s=8.0 if status == "timeout" else 60.0))
    nobody_is_left()
    assert {key: run.status for key, run in runs.items()} == {
        ("ref", 0): "finished", ("ref", 1): "finished", ("mine", 0): status, ("mine", 1): status,
    }  # fmt: skip
    text = (tmp_path / "mine.py").read_text().splitlines()
    for seed in (0, 1):
        run = runs["mine", seed]
        assert reason in (run.reason or "")
        if name in WITHOUT_LINE:
            assert run.line is None
        else:
            assert run.line is not None
            inside = range(text.index("def misbehave():") + 1, text.index("class Generator(nn.Module):"))
            assert run.line.line in inside, text[run.line.line - 1]


def test_what_crashed_is_told_and_the_rest_is_complete(tmp_path: Path) -> None:
    """The verdict, its exit code, the finding with the line, and the scores of the other variant."""
    result = compared(tmp_path, CASES["segmentation fault"][0]).judged(command="")[0]
    assert (result.verdict.status, result.verdict.exit_code) == ("run_failed", 4)
    assert all(score is not None for score in result.metrics["fid"].ref)
    assert result.metrics["fid"].mine == [None, None]
    text = (tmp_path / "mine.py").read_text().splitlines()
    for run in (run for run in result.runs if run.variant == "mine"):
        assert run.line is not None
        assert "ctypes.string_at" in text[run.line.line - 1]


def test_a_gigabyte_of_words_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on; of its log the end is kept."""
    monkeypatch.setattr(execute, "WATCH_S", 0.05)
    body = "\n    for _ in range(1000):\n        print('x' * 1_000_000)\n    print('the end')"
    runs = runs_of(compared(tmp_path, body))
    for seed in (0, 1):
        run = runs["mine", seed]
        assert run.status == "finished"
        log = Store().folder(run.spec.trajectory).log
        assert log.stat().st_size <= execute.LOG_MIB * 2**20
        assert "the end" in log.read_text()[-200:]

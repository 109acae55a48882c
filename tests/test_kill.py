"""Killed at any moment, resumed exactly: in the end there is what an uninterrupted run leaves, byte for byte."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import encoder_variants
import psutil
import pytest
import torch
import variants
from safetensors.torch import load_file

from ebdiag import store, train, worker
from ebdiag.data import prepare
from ebdiag.device import environment
from ebdiag.inspect import inspect
from ebdiag.jobs import RunJob
from ebdiag.load import load
from ebdiag.plan import specs
from ebdiag.records import Recipe, RunSpec
from ebdiag.store import Store

ROOT = Path(__file__).parent.parent
STEPS = 130
KILLS = 44
"""Of one worker, at random moments; those of whole commands come on top."""

STATEFUL = (
    variants.TINY
    + """

class Objective:
    def __init__(self, config):
        self.k, self.margin = 0.0, 1.0

    def before_training(self, discriminator, batches):
        self.margin = float(next(batches).abs().mean())

    def discriminator_loss(self, discriminator, real, fake, config):
        return {"real": energy(discriminator(real)[0], real).mean(),
                "fake": self.k * torch.relu(self.margin - energy(discriminator(fake)[0], fake)).mean()}

    def generator_loss(self, discriminator, fake, config):
        return energy(discriminator(fake)[0], fake).mean()

    def after_step(self, energies):
        self.k = min(1.0, self.k + 0.01)

    def after_epoch(self, energies):
        self.margin = float(energies["real"].mean())
"""
)
SAVED = (
    STATEFUL
    + """
    def state_dict(self):
        return {"k": self.k, "margin": self.margin}

    def load_state_dict(self, state):
        self.k, self.margin = state["k"], state["margin"]
"""
)


def job(folder: Path, text: str, root: Path, *, steps: int = STEPS) -> RunJob:
    """A run of a small model, whose worker keeps its state after every step."""
    recipe, data, machine = Recipe(load(variants.write(folder, text))), prepare("mnist5k"), environment("cpu")
    facts = inspect(recipe, data, machine)
    [spec] = specs("mine", recipe, facts, data, machine, steps=steps, seeds=[0], probes="all")
    return RunJob(spec, facts, str(root))


def trained(given: RunJob) -> None:
    """In a process that a test may kill."""
    train.KEEP_EVERY_S, train.KEEP_SHARE = 0.0, float("inf")
    worker.work(given, lambda event: None)


def left(root: Path, spec: RunSpec) -> dict[str, bytes]:
    """All that counts of a run: final weights, series, scores and their arrays."""
    folder = Store(root).folder(spec.trajectory)
    folder.verify()
    files = [folder.weights(spec.steps), folder.series, *sorted((folder.path / "measures").iterdir())]
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in files}


@pytest.mark.slow
@pytest.mark.parametrize("text", [variants.RANDOM, SAVED], ids=["random numbers", "an objective with a state"])
def test_a_worker_killed_at_random_moments_ends_with_the_same_bytes(tmp_path: Path, text: str) -> None:
    """Between any two instructions: while it builds, trains, scores, and while it writes."""
    whole = job(tmp_path, text, tmp_path / "whole")
    context, rng = multiprocessing.get_context("fork"), random.Random(0)
    began = time.monotonic()
    process = context.Process(target=trained, args=(whole,))
    process.start()
    process.join()
    takes = time.monotonic() - began
    assert process.exitcode == 0
    often = replace(whole, root=str(tmp_path / "often"))
    kills = finished = 0
    while kills < KILLS // 2:
        process = context.Process(target=trained, args=(often,))
        process.start()
        process.join(rng.uniform(0, takes / 4))
        if process.exitcode is None:
            process.kill()
            process.join()
            kills += 1
        elif Store(tmp_path / "often").load_run(often.spec) is not None:
            assert left(tmp_path / "often", often.spec) == left(tmp_path / "whole", whole.spec)
            finished += 1
            often = replace(often, root=str(tmp_path / f"often{finished}"))
            (tmp_path / "often").rename(tmp_path / f"done{finished}")
            often = replace(often, root=str(tmp_path / "often"))
    process = context.Process(target=trained, args=(often,))
    process.start()
    process.join()
    assert left(tmp_path / "often", often.spec) == left(tmp_path / "whole", whole.spec)
    folder = Store(tmp_path / "often").folder(often.spec.trajectory)
    assert not list((tmp_path / "often").rglob(f"{store.PARTIAL}*"))
    assert [path.name for path in folder.path.glob("training-*")] == [folder.training(STEPS).name]
    assert not list((tmp_path / "often").glob("damaged/*"))


def test_a_kept_state_is_gone_on_from(tmp_path: Path) -> None:
    """After a kill late in a run only what came after the last kept state is done again, and the series is whole."""
    given = job(tmp_path, variants.TINY, tmp_path / "store", steps=90)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=trained, args=(given,))
    process.start()
    folder = Store(tmp_path / "store").folder(given.spec.trajectory)
    while folder.resume_from(90) < 40:
        time.sleep(0.005)
    process.kill()
    process.join()
    kept = folder.resume_from(90)
    assert worker.work(given, lambda event: None)["trained"] <= 90 - kept
    assert folder.table(90)["step"].to_pylist() == list(range(1, 91))


def test_what_no_checkpoint_holds_is_never_gone_on_from(tmp_path: Path) -> None:
    """An objective whose numbers are in no state_dict starts again, since going on would not be the same training."""
    short, whole = (job(tmp_path, STATEFUL, tmp_path / name, steps=steps) for name, steps in (("s", 20), ("w", 40)))
    trained(short)
    longer = replace(whole, root=short.root)
    assert worker.work(longer, lambda event: None)["trained"] == 40
    trained(whole)
    again, once = (left(tmp_path / name, whole.spec) for name in ("s", "w"))
    assert {name: again[name] for name in once} == once  # beside the scores of step 20


def test_a_state_that_a_checkpoint_holds_is_gone_on_from(tmp_path: Path) -> None:
    """The same objective with state_dict and load_state_dict."""
    short, whole = (job(tmp_path, SAVED, tmp_path / name, steps=steps) for name, steps in (("s", 20), ("w", 40)))
    trained(short)
    assert worker.work(replace(whole, root=short.root), lambda event: None)["trained"] == 20
    trained(whole)
    assert (
        left(tmp_path / "s", whole.spec)["weights-0000040.safetensors"]
        == (left(tmp_path / "w", whole.spec)["weights-0000040.safetensors"])
    )


UPDATES = 300
LEARNS = (
    encoder_variants.HEADER
    + encoder_variants.CONFIG.replace("96", "4096")
    .replace("epochs: int = 4", "epochs: int = 10")
    .replace("16\n", "32\n")
    + """class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 32))

    def forward(self, images):
        return self.net(images)
"""
)
"""An encoder that works after so many updates, and with sixteen pairs does not: a trace has something to find."""


# ---- whole commands ---------------------------------------------------------------------------------------------


def command(folder: Path, home: Path, name: str) -> subprocess.Popen[bytes]:
    """`ebdiag compare` or `trace` of two small models, as a person starts it."""
    options = ["--steps", str(UPDATES), "--seeds", "2", "--jobs", "2"]
    return command_of(
        folder, home, [name, *(["ref.py", "mine.py"] if name == "compare" else ["enc.py", "few.py"]), *options]
    )


def command_of(folder: Path, home: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    """`ebdiag` with a store and a report under `home`."""
    code = "from ebdiag.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments, "--out", str(home / "out")], cwd=folder, start_new_session=True,
        env={**os.environ, "EBDIAG_HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def forked(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Workers of a running command."""
    try:
        children = psutil.Process(process.pid).children()
        servers = [child for child in children if "forkserver" in " ".join(child.cmdline())]
        return [worker for server in servers for worker in server.children()]
    except psutil.Error:
        return []


def ended(pids: list[int]) -> None:
    """Wait until none of these processes runs."""
    deadline = time.monotonic() + 20
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids):
        assert time.monotonic() < deadline, "orphans"
        time.sleep(0.05)


def kill(process: subprocess.Popen[bytes], whom: str) -> None:
    """With SIGKILL: the command, one of its workers, or everything at once; orphans end by themselves."""
    workers = forked(process)
    pids = [worker.pid for worker in workers]
    if whom == "worker":
        for victim in workers[:1]:
            victim.kill()
        process.wait(120)
    elif whom == "parent":
        process.kill()
        process.wait()
    else:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        for member in [*family, *([process] if process.poll() is None else [])]:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait()
    ended(pids)


def content(home: Path) -> dict[str, Any]:
    """`result.json` without `volatile`."""
    found: dict[str, Any] = json.loads((home / "out" / "result.json").read_text())
    assert found.pop("volatile")
    return found


@pytest.fixture
def models(tmp_path: Path) -> Path:
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, variants.TINY.replace("nn.Tanh(),", "nn.Sigmoid(),"), "mine.py")
    variants.write(tmp_path, LEARNS, "enc.py")
    variants.write(tmp_path, LEARNS.replace("4096", "16"), "few.py")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compare", "trace"])
def test_a_command_killed_at_random_moments_ends_with_the_same_result(models: Path, name: str) -> None:
    """Worker, parent, or all of it: the same command again finishes, and says and leaves the same."""
    rng, whole, often = random.Random(name), models / "whole", models / "often"
    began = time.monotonic()
    code = command(models, whole, name).wait(300)
    takes = time.monotonic() - began
    for whom in ("parent", "worker", "group", "parent"):
        process = command(models, often, name)
        try:
            process.wait(rng.uniform(0.1, 0.9) * takes)
        except subprocess.TimeoutExpired:
            kill(process, whom)
    assert command(models, often, name).wait(300) == code
    assert content(often) == content(whole)
    assert name == "compare" or [row["parts"] for row in content(whole)["trace"]["culprits"]] == [["data"]]
    for run in content(whole)["runs"]:
        folders = [Store(home).folder(run["id"].split("-")[0]) for home in (whole, often)]
        one, other = (load_file(folder.weights(UPDATES)) for folder in folders)
        assert all(torch.equal(one[key], other[key]) for key in one)
        assert folders[0].series.read_bytes() == folders[1].series.read_bytes()
    assert not list((often / "damaged").glob("*"))


def test_a_worker_that_is_killed_is_a_run_that_failed(models: Path) -> None:
    """The other runs and the report are complete; exit 4; nobody is left."""
    home = models / "home"
    process = command(models, home, "compare")
    deadline = time.monotonic() + 120
    while not list((home / "runs").glob("*/weights-*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    victims = forked(process)
    os.kill(victims[0].pid, signal.SIGKILL)
    assert process.wait(120) == 4
    runs = content(home)["runs"]
    assert sorted(run["status"] for run in runs) == ["crashed", "finished", "finished", "finished"]
    assert "SIGKILL" in next(run["reason"] for run in runs if run["status"] == "crashed")

"""Runs on a real Ray cluster of three nodes on this machine, each with a cache of its own, none with the store."""

from __future__ import annotations

import gc
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
import variants

import ebdiag
from ebdiag.cache import locked
from ebdiag.cluster.connect import connected
from ebdiag.data import prepare
from ebdiag.device import environment
from ebdiag.errors import EbdiagError
from ebdiag.execute import Executor, LocalExecutor, Outcome, Task
from ebdiag.inspect import inspect
from ebdiag.jobs import InspectJob, PrepareJob, RunJob
from ebdiag.load import load
from ebdiag.plan import content_hash, specs
from ebdiag.records import DataSpec, Recipe, RunSpec
from ebdiag.store import Store
from ebdiag.sweep_display import Lines
from ebdiag.sweeps import spine

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ray.cluster_utils wants Linux"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"),
]  # Ray's own

ROOT = Path(__file__).parent.parent
NODES, STEPS = 3, 240
FORWARD = "        return self.net(z)"
SLOWLY = "import time\n" + variants.TINY.replace(FORWARD, f"        time.sleep(0.05)\n{FORWARD}")
"""The same bits as `TINY`, at less than twenty steps a second."""


def dawdling(until: Path) -> str:
    """`TINY`, which nearly stands still after some forty steps, until a file is there."""
    pause = (
        f"        if torch.is_grad_enabled() and not os.path.exists({str(until)!r}):\n"
        "            time.sleep(0.05 if next(CALLS) < 50 else 1)\n"
    )
    start = "import itertools, os, time\nCALLS = itertools.count()\n"
    return variants.TINY.replace("@dataclass", f"{start}\n\n@dataclass", 1).replace(FORWARD, pause + FORWARD)


class Nodes:
    """A cluster to be hurt.

    Attributes:
        cache: Where the caches of the nodes are.
    """

    def __init__(self, cache: Path) -> None:
        from ray.cluster_utils import Cluster

        self.cache, self.count = cache, 0
        self.cluster = Cluster()
        self.add(include_dashboard=False, ray_client_server_port=_free_port())
        for _ in range(NODES - 1):
            self.add(wait=False)
        self.cluster.wait_for_nodes()

    def add(self, **arguments: Any) -> Any:
        """One more node: a processor, 100 MB for objects, nothing that listens but on 127.0.0.1."""
        self.count += 1
        before = dict(os.environ)
        os.environ |= {"EBDIAG_CACHE": str(self.cache / f"node{self.count}"), "EBDIAG_KEEP_S": "0.2"}
        try:
            return self.cluster.add_node(
                num_cpus=1, object_store_memory=100 * 2**20, node_ip_address="127.0.0.1", **arguments
            )
        finally:
            os.environ.clear()
            os.environ.update(before)

    @property
    def client(self) -> str:
        """Where the client's port is."""
        return f"ray://127.0.0.1:{self.cluster.head_node._ray_params.ray_client_server_port}"

    def processes(self) -> list[psutil.Process]:
        """Everything below the nodes' raylets: Ray's workers, our fork servers and workers, what models start."""
        raylets = [process for process in psutil.process_iter() if _name(process) == "raylet"]
        ours = [raylet for raylet in raylets if psutil.Process() in _parents(raylet)]
        return [below for raylet in ours for below in raylet.children(recursive=True)]

    def working(self) -> list[psutil.Process]:
        """Ray's processes that carry out a task of ours now."""
        found = [process for process in psutil.process_iter() if _name(process).startswith("ray::ebdiag")]
        return [process for process in found if psutil.Process() in _parents(process)]

    def free(self) -> None:
        """Wait until every processor is free and no process of ours is left."""
        import ray

        deadline = time.monotonic() + 30
        while True:
            left = [process for process in self.processes() if _is_ours(process)]
            if ray.available_resources().get("CPU") == ray.cluster_resources()["CPU"] and not left:
                return
            assert time.monotonic() < deadline, (ray.available_resources(), [_command(p) for p in left])
            time.sleep(0.2)


def _free_port() -> int:
    import socket

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _parents(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.parents()
    except psutil.Error:
        return []


def _name(process: psutil.Process) -> str:
    try:
        return Path(process.cmdline()[0]).name
    except (psutil.Error, IndexError):
        return ""


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _raylet(node: Any) -> psutil.Process:
    return psutil.Process(node.all_processes["raylet"][0].process.pid)


def _is_ours(process: psutil.Process) -> bool:
    """Whether it does our work: a task under way, or a worker that was forked for one."""
    return _name(process).startswith("ray::ebdiag") or any("forkserver" in _command(p) for p in _parents(process))


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Three nodes, which ask for a token; this process is connected. One cluster at a time on a machine."""
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_AUTH_MODE", "token")
    patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    patch.setenv("PYTHONPATH", str(ROOT))
    pytest.importorskip("ray")
    import ray

    with locked(Path(tempfile.gettempdir()) / "ebdiag-test-cluster"):  # Ray takes one for the other
        started = Nodes(tmp_path_factory.mktemp("nodes"))
        patch.setenv("RAY_ADDRESS", started.cluster.address)
        connected("ray")
        try:
            yield started
        finally:
            ray.shutdown()
            started.cluster.shutdown()
            patch.undo()
            vars(started).clear()
            with warnings.catch_warnings(action="ignore"):  # of logs that Ray leaves open
                gc.collect()


@pytest.fixture(scope="module")
def data() -> DataSpec:
    return prepare("mnist5k")


def on_nodes(**options: Any) -> Executor:
    from ebdiag.cluster.executor import RayExecutor

    return RayExecutor("ray", shared=options.pop("shared", False), **options)


def jobs(folder: Path, text: str, root: Path, data: DataSpec, *, steps: int, seeds: int = 1) -> list[RunJob]:
    recipe, machine = Recipe(load(variants.write(folder, text))), environment("cpu")
    facts = inspect(recipe, data, machine)
    found = specs("mine", recipe, facts, data, machine, steps=steps, seeds=range(seeds), probes="all")
    return [RunJob(spec, facts, str(root)) for spec in found]


def run(
    executor: Executor, jobs: list[RunJob], hear: Callable[[str, dict[str, Any]], None] = lambda name, event: None
) -> dict[str, Outcome]:
    tasks = [Task(job.spec.id, job, Store(Path(job.root)).folder(job.spec.trajectory).log) for job in jobs]
    return executor.map(tasks, hear)


def left(root: Path, spec: RunSpec) -> dict[str, bytes]:
    """All that counts of a run: final weights, series, scores and their arrays."""
    folder = Store(root).folder(spec.trajectory)
    folder.verify()
    files = [folder.weights(spec.steps), folder.series, *sorted((folder.path / "measures").iterdir())]
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in files}


def same_as_here(jobs: list[RunJob], root: Path) -> None:
    """What lies in the store is what this machine's own executor leaves in another one."""
    here = [replace(job, root=str(root)) for job in jobs]
    assert all(outcome.status == "done" for outcome in run(LocalExecutor(2), here).values())
    for job in jobs:
        assert left(Path(job.root), job.spec) == left(root, job.spec)


def test_ten_runs_at_once_are_those_of_this_machine(tmp_path: Path, nodes: Nodes, data: DataSpec) -> None:
    """At most one a processor; every byte that counts; news in the order in which a display expects them."""
    asked = jobs(tmp_path, variants.RANDOM, tmp_path / "store", data, steps=8, seeds=10)
    most, news = 0, dict[str, list[str]]()

    def hear(name: str, event: dict[str, Any]) -> None:
        nonlocal most
        news.setdefault(name, []).append(str(event.get("state", "step")))
        if event.get("state") == "started":
            most = max(most, len(nodes.working()))

    outcomes = run(on_nodes(), asked, hear)
    assert {outcome.status for outcome in outcomes.values()} == {"done"}
    assert 1 < most <= NODES
    for told in news.values():
        assert (told[0], told[-1]) == ("started", "ended")
        assert set(told[1:-1]) == {"step"}
    same_as_here(asked[::3], tmp_path / "here")
    assert not list(tmp_path.glob("store/damaged/*"))
    assert len(list(nodes.cache.glob("*/datasets/content-*.npz"))) == NODES  # each was given the data, once
    nodes.free()


def test_a_lost_node_and_a_killed_worker_cost_no_more_than_the_last_state(
    tmp_path: Path, nodes: Nodes, data: DataSpec
) -> None:
    """One run loses its node, one its Ray process, one its worker. All end with the bytes of untroubled ones."""
    victim = next(iter(nodes.cluster.worker_nodes))
    hurt = tmp_path / "hurt"
    asked = jobs(tmp_path, dawdling(hurt), tmp_path / "store", data, steps=STEPS, seeds=NODES)
    said: list[str] = []
    kept = Store(tmp_path / "store")

    def hear(name: str, event: dict[str, Any]) -> None:
        folders = [kept.folder(job.spec.trajectory) for job in asked]
        if hurt.exists() or not all(folder.resume_from(STEPS) > 30 for folder in folders):
            return
        raylet = _raylet(victim)
        elsewhere = [process for process in nodes.working() if raylet not in process.parents()]
        elsewhere[0].kill()
        [worker] = [p for p in elsewhere[1].children(recursive=True) if _is_ours(p) and not p.children()][:1]
        worker.kill()
        nodes.cluster.remove_node(victim, allow_graceful=False)
        hurt.touch()

    outcomes = run(on_nodes(say=said.append), asked, hear)
    assert {outcome.status for outcome in outcomes.values()} == {"done"}
    assert hurt.exists()
    again = [outcome.value["trained"] for outcome in outcomes.values() if outcome.value["trained"] < STEPS]
    assert len(again) == len(said) == 3
    assert max(again) < STEPS - 30
    assert all("lost; goes on from step" in sentence for sentence in said)
    plain = jobs(tmp_path, variants.TINY, tmp_path / "here", data, steps=STEPS, seeds=NODES)  # the same, quicker
    assert all(outcome.status == "done" for outcome in run(LocalExecutor(2), plain).values())
    for one, other in zip(asked, plain, strict=True):
        assert left(tmp_path / "store", one.spec) == left(tmp_path / "here", other.spec)
    nodes.add()
    nodes.free()


def test_news_come_again_after_the_process_that_collects_them_was_killed(
    tmp_path: Path, nodes: Nodes, data: DataSpec
) -> None:
    """It lies beside the command, not on a node that may be lost, and starts again."""
    killed = tmp_path / "killed"
    asked = jobs(tmp_path, dawdling(killed), tmp_path / "store", data, steps=STEPS, seeds=2)
    later: set[str] = set()

    def hear(name: str, event: dict[str, Any]) -> None:
        if killed.exists() and "step" in event:
            later.add(name)
        if not killed.exists() and event.get("step", 0) > 30:
            [mailbox] = [process for process in nodes.processes() if _name(process).startswith("ray::Mailbox")]
            assert mailbox.ppid() == _raylet(nodes.cluster.head_node).pid
            mailbox.kill()
            killed.touch()

    outcomes = run(on_nodes(), asked, hear)
    assert [outcome.value["trained"] for outcome in outcomes.values()] == [STEPS, STEPS]
    assert later == set(outcomes)
    nodes.free()


def test_what_a_model_does_to_its_worker_is_told_as_at_home(tmp_path: Path, nodes: Nodes, data: DataSpec) -> None:
    """Exit, crash, hang, mistake: status, reason and log are the same; nothing is made again, nothing is left."""
    tasks = []
    for name, line in {
        "exits": "import os; os._exit(3)", "crashes": "import os; os.kill(os.getpid(), 11)",
        "hangs": "print('here'); import time; time.sleep(1000)",
        "leaves": "import subprocess; subprocess.Popen(['sleep', '500'], start_new_session=True)",
    }.items():  # fmt: skip
        (tmp_path / name).mkdir()
        text = variants.TINY.replace("super().__init__()", f"{line}; super().__init__()", 1)
        job = InspectJob(Recipe(load(variants.write(tmp_path / name, text))), data, environment("cpu"))
        tasks.append(Task(name, job, tmp_path / name / "log.txt"))
    there = on_nodes(stall_s=6).map(tasks, lambda name, event: None)
    assert "here" in (tmp_path / "hangs" / "log.txt").read_text()
    here = LocalExecutor(2, stall_s=6).map(tasks, lambda name, event: None)
    for name in there:
        assert (there[name].status, there[name].reason) == (here[name].status, here[name].reason)
    assert [there[name].status for name in ("exits", "crashes", "hangs")] == ["crashed", "crashed", "timeout"]
    nodes.free()
    assert not [process for process in psutil.process_iter() if _command(process) == "sleep 500"]


def test_a_file_of_this_machine_goes_along(tmp_path: Path, nodes: Nodes, data: DataSpec) -> None:
    """Restored weights come by content and are called what a person calls them; a bad file ends the others at once."""
    text = variants.write(tmp_path, variants.TINY)
    good, bad = tmp_path / "good.pt", tmp_path / "bad.pt"
    torch.save({"generator": torch.nn.Linear(1, 1).state_dict()}, good)
    bad.write_bytes(b"nothing")
    recipe, machine = Recipe(load(text)), environment("cpu")
    facts = inspect(recipe, data, machine)

    def told(executor: Executor, path: Path, root: Path) -> Outcome:
        restored = (str(path), content_hash(str(path)))
        found = specs("mine", recipe, facts, data, machine, steps=0, seeds=[0], probes="none", restore=restored)
        return next(iter(run(executor, [RunJob(found[0], facts, str(root))]).values()))

    for path in (good, bad):
        there, here = told(on_nodes(), path, tmp_path / "there"), told(LocalExecutor(1), path, tmp_path / "here")
        assert there.status == here.status == "refused"
        assert str(there.error) == str(here.error)
        assert str(path) in str(there.error)
    nodes.free()


def test_a_folder_of_pictures_need_not_be_there(tmp_path: Path, nodes: Nodes) -> None:
    """Nodes have its content under its digest, and never look for it by its name."""
    from PIL import Image

    folder, rng = tmp_path / "faces", np.random.default_rng(time.time_ns())
    folder.mkdir()
    for number in range(100):
        Image.fromarray(rng.integers(0, 256, (28, 28), dtype=np.uint8)).save(folder / f"{number:03}.png")
    task = Task("data", PrepareJob(f"folder:{folder}"), tmp_path / "log.txt")
    data = LocalExecutor(1).map([task], lambda name, event: None)["data"].value
    asked = jobs(tmp_path, variants.TINY, tmp_path / "store", data, steps=3)
    assert run(on_nodes(), asked)[asked[0].spec.id].status == "done"
    assert len(list(nodes.cache.glob(f"*/datasets/content-{data.digest}.npz"))) == 1
    assert not list(nodes.cache.glob("*/datasets/folder-*"))
    same_as_here(asked, tmp_path / "here")


def test_a_store_that_nodes_see_is_used(
    tmp_path: Path, nodes: Nodes, data: DataSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its mark: with another one runs are sent back, or refused where they must not be."""
    from ebdiag.cluster import session

    asked = jobs(tmp_path, variants.TINY, tmp_path / "store", data, steps=5)
    assert run(on_nodes(shared=None), asked)[asked[0].spec.id].status == "done"
    assert list((tmp_path / "store" / "locks").iterdir())  # a worker on a node held it
    same_as_here(asked, tmp_path / "here")
    monkeypatch.setattr(session, "mark", lambda root: "another")
    other = [replace(asked[0], root=str(tmp_path / "other"))]
    refused = run(on_nodes(shared=True), other)[other[0].spec.id]
    assert "does not see the store" in str(refused.error)
    assert run(on_nodes(shared=None), other)[other[0].spec.id].status == "done"
    assert left(tmp_path / "other", other[0].spec) == left(tmp_path / "store", asked[0].spec)


def test_a_comparison_says_the_same_as_at_home(
    tmp_path: Path, nodes: Nodes, monkeypatch: pytest.MonkeyPatch, store_root: Path
) -> None:
    """result.json without `volatile`, byte for byte."""
    monkeypatch.chdir(tmp_path)
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, variants.TINY.replace("nn.Tanh(),", "nn.Sigmoid(),"), "mine.py")
    found = []
    for executor in ("ray", "local"):
        monkeypatch.setenv("EBDIAG_HOME", str(tmp_path / f"{executor}-store"))
        shared = False if executor == "ray" else None
        ebdiag.compare(
            "ref.py", "mine.py", steps=12, seeds=2, executor=executor, shared_store=shared, out=executor, progress=False
        )
        result = json.loads((tmp_path / executor / "result.json").read_text())
        assert result.pop("volatile")
        found.append(json.dumps(result))
    assert found[0] == found[1]
    nodes.free()


def test_a_sweep_says_the_same_as_at_home(tmp_path: Path, nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row but times and places, of models that train and of one that cannot."""
    monkeypatch.chdir(tmp_path)
    variants.write(tmp_path, variants.TINY, "good.py")
    variants.write(tmp_path, variants.TINY.replace("return self.net(z)", "return self.missing(z)"), "bad.py")
    file = tmp_path / "sweep.toml"
    file.write_text('variants = ["good.py", "bad.py"]\ngrid.margin = [0.5, 1.0]\nsteps = 6\nseeds = 2\n')
    found = []
    for name, executor in (("ray", on_nodes(shared=False)), ("local", LocalExecutor(2))):
        done = spine.sweep(
            file, executor, Lines(), jobs=2, out=tmp_path / name, store=Store(tmp_path / f"{name}-store")
        )
        assert done.exit_code == 4
        found.append([replace(row, wall_s=0.0, samples="", trace="") for row in done.rows])
    assert found[0] == found[1]
    assert [row.status for row in found[0]] == ["finished"] * 2 + ["refused"] * 2 + ["finished"] * 2 + ["refused"] * 2
    nodes.free()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_command_leaves_nothing_on_any_node(tmp_path: Path, nodes: Nodes, end: signal.Signals) -> None:
    """No worker, nothing that a model started, no processor set aside; what was trained is kept."""
    start = "import subprocess; subprocess.Popen(['sleep', '777'], start_new_session=True)"
    variants.write(tmp_path, SLOWLY, "ref.py")
    variants.write(tmp_path, SLOWLY.replace("super().__init__()", f"{start}; super().__init__()", 1), "mine.py")
    home = tmp_path / "home"
    process = command(
        tmp_path, home, "compare", "ref.py", "mine.py", "--steps", "3000", "--seeds", "2", "--executor", "ray",
        "--shared-store", "no",
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 180
        while len(list(home.glob("runs/*/training-*"))) < 2:
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.send_signal(end)
        assert process.wait(60) == (130 if end == signal.SIGINT else -signal.SIGKILL)
    finally:
        process.kill()
    nodes.free()
    deadline = time.monotonic() + 20
    while [found for found in psutil.process_iter() if _command(found) == "sleep 777"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_bears_the_mark_of_a_process_ends_with_it() -> None:
    """Killed so that it can do nothing more, and what it started in a session of its own has nobody above it."""
    text = (
        "import subprocess, sys, time; from ebdiag.cluster import node; node._outlived()\n"
        "print(subprocess.Popen(['sleep', '555'], start_new_session=True).pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", text], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        left = psutil.Process(int(process.stdout.readline()))
        process.kill()
    assert psutil.wait_procs([left], timeout=10)[1] == []


def command(folder: Path, home: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """`ebdiag`, as a person starts it."""
    return subprocess.Popen(
        [sys.executable, "-c", "from ebdiag.cli import main; main()", *arguments], cwd=folder, text=True,
        env={**os.environ, "EBDIAG_HOME": str(home), "PYTHONPATH": str(ROOT), **variables},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_from_outside_the_cluster(tmp_path: Path, nodes: Nodes) -> None:
    """Through Ray's client port; exit code and findings are those of this machine."""
    variants.write(tmp_path, variants.TINY.replace("nn.Tanh(),", "nn.Sigmoid(),"), "mine.py")
    found = []
    for executor in (nodes.client, "local"):
        process = command(tmp_path, tmp_path / "home", "lint", "mine.py", "--fast", "--json", "--executor", executor)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1, err
        found.append(json.loads(out))
        shutil.rmtree(tmp_path / "home")
    assert found[0] == found[1]


def test_a_folder_is_whole_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its writer was killed between a checksum and its file; what comes damaged is refused."""
    from ebdiag.cluster.parcels import pack
    from ebdiag.store import Damaged, probes_key

    here, there = (Store(tmp_path / name).folder("0123456789abcdef") for name in ("here", "there"))
    here.put_json(here.path / "run.json", {"a": 1, "probes": probes_key("none")})
    before = pack(here, {})
    with monkeypatch.context() as killed:
        replaced = os.replace
        killed.setattr(
            os, "replace", lambda one, other: replaced(one, other) if "run.json" not in str(other) else 1 / 0
        )
        with pytest.raises(ZeroDivisionError):
            here.put_json(here.path / "run.json", {"a": 2, "probes": probes_key("none")})
    assert pack(here, {}) == before
    there.receive(before.sums, before.files)
    there.verify()
    here.put_json(here.path / "run.json", {"a": 3, "probes": probes_key("none")})
    now = pack(here, before.sums)
    assert set(now.files) == {"run.json"}
    for sums, files in (
        (now.sums, {}),
        (now.sums, {"run.json": b"other"}),
        ({"../elsewhere": "0"}, {"../elsewhere": b"0"}),
    ):
        with pytest.raises(Damaged):
            there.receive(sums, files)
    assert pack(there, {}) == before
    there.receive(now.sums, now.files)
    assert pack(there, {}) == pack(here, {})


# ---- no cluster, or not this one -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("executor", "variables", "words"),
    [
        ("ray://127.0.0.1:1", {}, "the Ray cluster at ray://127.0.0.1:1 cannot be reached"),
        ("ray", {"RAY_ADDRESS": "127.0.0.1:1"}, "the Ray cluster at 127.0.0.1:1 cannot be reached"),
        ("ray", {"RAY_TMPDIR": "/nowhere"}, "no Ray cluster runs on this machine"),
        ("ray://nonsense", {}, "'ray://nonsense' is no address of a Ray cluster"),
        ("slurm", {}, "unknown executor 'slurm'"),
    ],
)
def test_a_cluster_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str, variables: dict[str, str], words: str
) -> None:
    """One message and exit code 2, within seconds."""
    from ebdiag.executors import chosen

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EbdiagError, match=words):
        chosen(executor)


OTHER_VERSION = "import ray; ray.__version__ = '0.1'; "
NO_RAY = "import importlib.util as u; found = u.find_spec; u.find_spec = lambda n: None if n == 'ray' else found(n); "


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (NO_RAY, ["needs Ray, which is not installed", "pip install 'ebdiag[ray]'"]),
        (OTHER_VERSION, ["runs another Ray or Python", "Ray: 0.1"]),
    ],
)
def test_a_wrong_ray_is_said(tmp_path: Path, nodes: Nodes, first: str, words: list[str]) -> None:
    """As one message with exit code 2."""
    code = f"{first}from ebdiag.cli import main; main()"
    arguments = ["lint", "ref:ebgan_pt", "--fast", "--executor", "ray"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ")
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_another_program_is_said(tmp_path: Path, nodes: Nodes, data: DataSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with other files would train something else under the same name; also one that is met later."""
    from ebdiag.cluster import executor

    job = InspectJob(Recipe(load(variants.write(tmp_path, variants.TINY))), data, environment("cpu"))
    late = on_nodes()
    late.program = {**late.program, "PyTorch": "1.0"}  # type: ignore[attr-defined]
    outcome = late.map([Task("t", job, tmp_path / "log.txt")], lambda name, event: None)["t"]
    assert "runs another program" in str(outcome.error)
    assert "expected PyTorch 1.0, got PyTorch 2" in str(outcome.error)
    own = executor.program()
    monkeypatch.setattr(executor, "program", lambda: {**own, "ebdiag": "0.1.0 (0123456789ab)"})
    with pytest.raises(EbdiagError, match="the nodes of the Ray cluster run another program"):
        on_nodes()


def test_no_room_is_said(nodes: Nodes, tmp_path: Path, data: DataSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that needs more than any node has is not waited for until morning."""
    from ebdiag.cluster import session

    monkeypatch.setattr(session, "PATIENCE_S", 1.0)
    monkeypatch.setattr(session, "GRACE_S", 2.0)
    said: list[str] = []
    job = InspectJob(Recipe(load(variants.write(tmp_path, variants.TINY))), data, environment("cpu", threads=2))
    with pytest.raises(EbdiagError, match="no node of the Ray cluster has room for a run"):
        on_nodes(say=said.append).map([Task("t", job, tmp_path / "log.txt")], lambda name, event: None)
    assert said == ["no node of the cluster has 2 CPU and 1.2 GiB of memory; waiting for one, up to ten minutes"]
    nodes.free()

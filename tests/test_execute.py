"""Workers come, answer and are gone, whatever their job does."""

from __future__ import annotations

import _thread
import os
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import psutil
import pytest
import variants
from workers import workers

from ebdiag import children
from ebdiag.device import environment
from ebdiag.errors import VariantError
from ebdiag.execute import LocalExecutor, Outcome, Task
from ebdiag.jobs import InspectJob, PrepareJob
from ebdiag.load import load
from ebdiag.records import DataSpec, Facts, Recipe

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def data() -> DataSpec:
    from ebdiag.data import prepare

    return prepare("mnist5k")


def look(folder: Path, text: str, data: DataSpec, *, stall_s: float = 60.0) -> Outcome:
    job = InspectJob(Recipe(load(variants.write(folder, text))), data, environment("cpu"))
    return LocalExecutor(1, stall_s).map([Task("t", job, folder / "log.txt")], lambda name, event: None)["t"]


def test_a_job_is_answered_from_another_process(tmp_path: Path, data: DataSpec) -> None:
    """The answer of a worker is the record itself, and torch stays out of the process that asked."""
    outcome = look(tmp_path, variants.TINY, data)
    assert outcome.status == "done"
    assert isinstance(outcome.value, Facts)
    assert not workers()


def test_a_users_mistake_arrives_as_it_was_raised(tmp_path: Path, data: DataSpec) -> None:
    """Errors cross the process border with file, line and wording."""
    text = variants.TINY.replace("return self.net(z)", "return undefined(z)")
    outcome = look(tmp_path, text, data)
    assert isinstance(outcome.error, VariantError)
    assert "NameError" in outcome.error.message
    assert text.splitlines()[(outcome.error.line or 0) - 1].strip().startswith("return undefined")


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("import os; os._exit(3)", "crashed", "exit status 3"),
        ("import os; os.kill(os.getpid(), 11)", "crashed", "SIGSEGV"),
        ("import time; time.sleep(1000)", "timeout", "no sign of life for 4 s"),
    ],
)
def test_a_worker_that_dies_or_hangs_is_an_outcome(
    tmp_path: Path, data: DataSpec, line: str, status: str, words: str
) -> None:
    """Not a crash of the whole; and nothing is left running."""
    outcome = look(
        tmp_path, variants.TINY.replace("super().__init__()", f"{line}; super().__init__()", 1), data, stall_s=4
    )
    assert outcome.status == status
    assert words in str(outcome.reason)
    assert not workers()


def test_what_a_worker_started_is_gone_with_it(tmp_path: Path, data: DataSpec) -> None:
    """Children of user code do not outlive the job."""
    mark = tmp_path / "pid"
    start = f"import subprocess; open({str(mark)!r}, 'w').write(str(subprocess.Popen(['sleep', '500']).pid))"
    look(tmp_path, variants.TINY.replace("super().__init__()", f"{start}; super().__init__()", 1), data)
    pid = int(mark.read_text())
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_user_code_prints_goes_to_the_log(
    tmp_path: Path, data: DataSpec, capfd: pytest.CaptureFixture[str]
) -> None:
    """stdout and stderr stay clean for the report and for --json."""
    look(tmp_path, variants.TINY.replace("super().__init__()", "print('hello there'); super().__init__()", 1), data)
    assert "hello there" in (tmp_path / "log.txt").read_text()
    assert "hello there" not in "".join(capfd.readouterr())


def test_our_own_mistake_keeps_its_traceback(tmp_path: Path) -> None:
    """An unknown job is ours, not the person's: `broken`, with the traceback."""
    outcome = LocalExecutor(1).map([Task("t", object(), tmp_path / "log.txt")], lambda name, event: None)["t"]
    assert outcome.status == "broken"
    assert "Traceback" in str(outcome.reason)


def test_who_interrupts_twice_leaves_nobody_either(tmp_path: Path, data: DataSpec) -> None:
    """The second interrupt comes while workers are being ended, who take their time."""
    text = variants.TINY.replace("super().__init__()", "import time; print('here'); time.sleep(600)", 1)
    tasks = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        job = InspectJob(Recipe(load(variants.write(tmp_path / name, text))), data, environment("cpu"))
        tasks.append(Task(name, job, tmp_path / name / "log.txt"))

    def interrupt() -> None:
        while not all(task.log.exists() and "here" in task.log.read_text() for task in tasks):
            time.sleep(0.05)
        both = workers()
        _thread.interrupt_main()
        while all(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in both):
            time.sleep(0.001)
        _thread.interrupt_main()

    person = Thread(target=interrupt)

    def interrupted() -> None:
        try:
            person.start()
            LocalExecutor(2).map(tasks, lambda name, event: None)
        finally:
            person.join()

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not workers()


def test_workers_notice_that_their_parent_died(tmp_path: Path) -> None:
    """After kill -9 of the process that asked, its workers end by themselves."""
    mark = tmp_path / "worker"
    text = variants.TINY.replace(
        "super().__init__()",
        f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(1000); super().__init__()", 1,
    )  # fmt: skip
    script = tmp_path / "ask.py"
    script.write_text(
        textwrap.dedent(
            f"""
            from pathlib import Path
            from ebdiag.data import cached_spec
            from ebdiag.device import environment
            from ebdiag.execute import LocalExecutor, Task
            from ebdiag.jobs import InspectJob
            from ebdiag.load import load
            from ebdiag.records import Recipe

            recipe = Recipe(load({variants.write(tmp_path, text)!r}))
            job = InspectJob(recipe, cached_spec("mnist5k"), environment("cpu"))
            LocalExecutor(1).map([Task("t", job, Path({str(tmp_path / "log.txt")!r}))], lambda name, event: None)
            """
        )
    )
    asking = subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)})
    deadline = time.monotonic() + 60
    while not mark.exists() or not mark.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    pid = int(mark.read_text())
    assert psutil.pid_exists(pid)
    asking.kill()
    asking.wait()
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_script_without_a_main_guard_is_not_run_again(tmp_path: Path) -> None:
    """multiprocessing would import the caller's script in each worker; ours does not."""
    script = tmp_path / "ask.py"
    script.write_text(
        "from pathlib import Path\n"
        "print('once', flush=True)\n"
        "from ebdiag.execute import LocalExecutor, Task\n"
        "from ebdiag.jobs import PrepareJob\n"
        f"task = Task('t', PrepareJob('digits'), Path({str(tmp_path / 'log')!r}))\n"
        "outcome = LocalExecutor(1).map([task], print)['t']\n"
        "assert outcome.status == 'done', outcome\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("once") == 1
    assert "once" not in (tmp_path / "log").read_text()


def test_prepare_is_a_job_like_any_other(tmp_path: Path) -> None:
    """Its answer is the record that `cached_spec` gives afterwards without a worker."""
    from ebdiag.data import cached_spec

    task = Task("t", PrepareJob("digits"), tmp_path / "log.txt")
    outcome = LocalExecutor(1).map([task], lambda name, event: None)["t"]
    assert outcome.value == cached_spec("digits")


def test_two_who_share_a_log_keep_their_own_last_words(tmp_path: Path, data: DataSpec) -> None:
    """As two commands do that wait for one run: where each crashed is known, whoever ends first."""
    fault = "import ctypes, time; time.sleep({pause}); ctypes.string_at(0)"
    tasks = {}
    for name, pause in (("first", 0), ("second", 2)):
        text = variants.TINY.replace(
            "def forward(self, z):", f"def forward(self, z):\n        {fault.format(pause=pause)}"
        )
        path = variants.write(tmp_path, text, f"{name}.py")
        tasks[name] = Task(name, InspectJob(Recipe(load(path)), data, environment("cpu")), tmp_path / "log.txt")
    with ThreadPoolExecutor(2) as both:
        asked = [both.submit(LocalExecutor(1).map, [task], lambda name, event: None) for task in tasks.values()]
        outcomes = {name: outcome for each in asked for name, outcome in each.result().items()}
    for name, outcome in outcomes.items():
        assert outcome.status == "crashed"
        assert any(line.file.endswith(f"{name}.py") for line in outcome.stack), (name, outcome)


def test_a_worker_looks_where_its_parent_looks_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the variable was set after the fork server had started, as in a notebook."""
    executor = LocalExecutor(1)
    executor.map([Task("first", PrepareJob("digits"), tmp_path / "log.txt")], lambda name, event: None)
    monkeypatch.setenv("EBDIAG_CACHE", str(tmp_path / "cache"))
    executor.map([Task("second", PrepareJob("digits"), tmp_path / "log.txt")], lambda name, event: None)
    assert len(list((tmp_path / "cache" / "prepared").glob("digits-*.json"))) == 1


@pytest.mark.parametrize(
    "unwritten", ["x.new_empty(len(x), 784)", "torch.empty_like(x)", "torch.empty(len(x), 1, 28, 28)"]
)
def test_a_model_that_reads_what_nobody_wrote_is_refused(tmp_path: Path, data: DataSpec, unwritten: str) -> None:
    """Training does not watch for it (`worker.unfilled`), so looking has to, whatever happens to lie there."""
    text = variants.TINY.replace(
        "return self.decoder(code).view_as(x), code",
        f"return self.decoder(code).view_as(x) + 0 * {unwritten}.view_as(x), code",
    )
    outcome = look(tmp_path, text, data)
    assert isinstance(outcome.error, VariantError)
    assert "not finite" in outcome.error.message


@pytest.mark.parametrize(
    ("jobs", "tasks", "together"),
    [(None, 2, 2), (None, 3, 3), (None, 4, 2), (None, 5, 2), (2, 3, 2), (1, 2, 1), (3, 4, 3)],
)
def test_what_is_left_shares_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int | None, tasks: int, together: int
) -> None:
    """On two cores three jobs start at once, four in pairs; a number that somebody gave is kept to."""
    monkeypatch.setattr("ebdiag.execute.cores", lambda: 2)
    states: list[object] = []
    waiting = [Task(str(i), PrepareJob("digits"), tmp_path / f"{i}.txt") for i in range(tasks)]
    outcomes = LocalExecutor(jobs).map(waiting, lambda name, event: states.append(event.get("state")))
    assert states.index("ended") == together
    assert all(outcome.status == "done" for outcome in outcomes.values())
    ongoing = [states[: i + 1].count("started") - states[: i + 1].count("ended") for i in range(len(states))]
    assert max(ongoing) <= (jobs or 3)
    if jobs is None:  # the last two start together, whether one or both of those before them have ended by then
        last, next_to_it = (len(states) - 1 - states[::-1].index("started") - back for back in (0, 1))
        assert states[next_to_it] == states[last] == "started"


def test_a_mistake_of_the_person_is_told_at_once(tmp_path: Path) -> None:
    """What one job refuses ends the rest: nobody trains for an hour to be told that a file is no checkpoint."""
    job = PrepareJob(f"folder:{tmp_path / 'never'}")
    started: list[str] = []

    def note(name: str, event: dict[str, object]) -> None:
        if event.get("state") == "started":
            started.append(name)

    tasks = [Task(name, job, tmp_path / f"{name}.txt") for name in ("first", "second")]
    outcomes = LocalExecutor(1).map(tasks, note)
    assert started == ["first"]
    assert list(outcomes) == ["first"]
    assert outcomes["first"].error is not None
    assert "no such folder" in outcomes["first"].error.message
    assert not workers()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="thresholds are those of glibc")
def test_large_tensors_are_not_fetched_from_the_system_page_by_page() -> None:
    """A worker's processes keep what a step frees: 64 MiB taken and given back again and again are soon at hand.

    Of its own glibc fetches as much from the system each time. Where a tensor lies is settled after some uses: on a
    busy machine seventeen were seen.
    """
    code = """
        import resource, torch
        for _ in range(60):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            torch.ones(2**24)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=children.environment(), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    pages = 2**26 // os.sysconf("SC_PAGESIZE")
    faults = [int(line) for line in run.stdout.split()]
    assert sum(faults[30:]) < 30 * pages / 100, faults


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc gives back what lies between")
def test_what_lies_free_is_given_back() -> None:
    """64 MiB between small things that stay are resident until they are trimmed."""
    code = """
        import psutil, torch
        from ebdiag import children
        kept = []
        def resident(): return psutil.Process().memory_info().rss / 2**20
        large = []
        for _ in range(64):
            large.append(torch.ones(2**18))
            kept.append(torch.ones(64))
        large.clear()
        before = resident()
        children.trim()
        print(before - resident())
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=children.environment(), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert float(run.stdout) > 48

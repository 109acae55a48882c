"""The command line as people and pipelines meet it: real processes, real exit codes."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import variants

ROOT = Path(__file__).parent.parent
EBDIAG = [sys.executable, "-m", "ebdiag.cli"]


def run(*arguments: str, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*EBDIAG, *arguments], cwd=cwd, capture_output=True, text=True, **options)  # type: ignore


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, variants.TINY.replace("nn.Tanh()", "nn.Sigmoid()"), "mine.py")
    return "ref.py", "mine.py"


def test_compare_prints_verdict_table_and_paths(tmp_path: Path, pair: tuple[str, str]) -> None:
    """Progress on stderr, the summary on stdout, the report where it says, exit code 0."""
    done = run("compare", *pair, "--steps", "5", "--seeds", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "both fail" in done.stdout
    assert "Fréchet distance" in done.stdout
    assert "mine seed 0: done" in done.stderr
    for name in ("report.html", "report.md", "result.json"):
        assert (tmp_path / "reports" / "ref-vs-mine" / name).exists()
        assert f"reports/ref-vs-mine/{name}" in done.stdout


def test_json_is_all_there_is_on_stdout(tmp_path: Path, pair: tuple[str, str]) -> None:
    """--json prints the content of result.json and nothing else, whatever user code prints."""
    text = variants.TINY.replace("return self.net(z)", "print('gibberish')\n        return self.net(z)")
    variants.write(tmp_path, text, "mine.py")
    done = run("compare", *pair, "--steps", "2", "--seeds", "1", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    stored = (tmp_path / "reports" / "ref-vs-mine" / "result.json").read_text()
    assert json.loads(done.stdout) == json.loads(stored)
    assert "gibberish" not in done.stdout + done.stderr


def test_dry_run_trains_nothing(tmp_path: Path, pair: tuple[str, str]) -> None:
    """It lists runs, what is stored and the time; afterwards as before nothing is trained."""
    first = run("compare", *pair, "--steps", "3", "--seeds", "1", "--dry-run", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("to train") == 2
    assert "2 of 2 runs to do, about" in first.stdout
    assert not (tmp_path / "reports").exists()
    run("compare", *pair, "--steps", "3", "--seeds", "1", cwd=tmp_path)
    again = run("compare", *pair, "--steps", "3", "--seeds", "2", "--dry-run", cwd=tmp_path)
    assert again.stdout.count("stored") == 2
    assert again.stdout.count("to train") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare"], "Missing argument"),
        (["compare", "a.py", "b.py", "c.py"], "one or two model files, got 3"),
        (["compare", "ref.py", "gone.py"], "error: gone.py"),
        (["compare", "ref:ebgan", "mine.py"], "Did you mean"),
        (["compare", "ref.py", "mine.py", "--budget", "quik"], "Did you mean 'quick'"),
        (["compare", "ref.py", "mine.py", "--steps", "many"], "--steps must be a number or 'auto'"),
        (["compare", "ref.py", "mine.py", "--steps", "0"], "--steps must be at least 1"),
        (["compare", "ref.py", "mine.py", "--steps", "-5"], "--steps must be at least 1, got -5"),
        (["compare", "ref.py", "mine.py", "--dataset", "mnist5"], "Did you mean 'mnist5k'"),
        (["compare", "ref.py", "mine.py", "--device", "tpu"], "unknown device 'tpu'"),
        (["compare", "ref.py", "mine.py", "--probe", "none"], "No such option"),
        (["compare", "ref.py", "mine.py", "--out", "ref.py"], "error: ref.py: the report cannot be written here"),
        (
            ["compare", "ref.py", "mine.py", "--out", "ref.py/sub"],
            "error: ref.py/sub: the report cannot be written here",
        ),
        (["report", "nowhere"], "error: nowhere"),
        (["new", "mine.py"], "error: mine.py"),
    ],
)
def test_wrong_usage_is_exit_2_with_one_message(
    tmp_path: Path, pair: tuple[str, str], arguments: list[str], words: str
) -> None:
    """No traceback for a person's mistake; what is wrong and what to do."""
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in re.sub(r"\s*│?\n│?\s*", " ", done.stderr)
    assert "Traceback" not in done.stderr
    assert "to train" not in done.stderr


def test_no_cuda_is_said(tmp_path: Path, pair: tuple[str, str]) -> None:
    """Asking for a GPU that is hidden is a mistake with a way out."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = run("compare", *pair, "--device", "cuda", cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert "no CUDA device is visible" in done.stderr


def test_a_failed_run_is_exit_4(tmp_path: Path, pair: tuple[str, str]) -> None:
    """Diverged: the report is there, and the exit code says that a run failed."""
    text = variants.TINY.replace("margin: float = 1.0", "margin: float = 1.0\n    discriminator_lr: float = 1e30")
    variants.write(tmp_path, text, "mine.py")
    done = run("compare", *pair, "--steps", "30", "--seeds", "1", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert "diverged" in done.stdout
    assert (tmp_path / "reports" / "ref-vs-mine" / "report.html").exists()


def test_report_renders_again_from_its_folder(tmp_path: Path, pair: tuple[str, str]) -> None:
    """Without models, without the store, byte for byte."""
    run("compare", *pair, "--steps", "3", "--seeds", "1", "--out", "r", cwd=tmp_path)
    before = {p.name: p.read_bytes() for p in (tmp_path / "r").rglob("*") if p.is_file()}
    for name in pair:
        (tmp_path / name).unlink()
    (tmp_path / "r" / "report.html").unlink()
    done = run("report", "r", cwd=tmp_path, env={**os.environ, "EBDIAG_HOME": str(tmp_path / "empty")})
    assert done.returncode == 0, done.stderr
    assert {p.name: p.read_bytes() for p in (tmp_path / "r").rglob("*") if p.is_file()} == before


def test_new_writes_a_variant_that_runs(tmp_path: Path) -> None:
    """The template keeps the contract."""
    done = run("new", "fresh.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "ebdiag compare fresh.py" in done.stdout
    dry = run("compare", "fresh.py", "fresh.py", "--seeds", "1", "--dry-run", cwd=tmp_path)
    assert dry.returncode == 0, dry.stderr


def test_interrupt_ends_all_workers_and_keeps_what_is_finished(tmp_path: Path, pair: tuple[str, str]) -> None:
    """Ctrl-C in the middle: exit 130, nobody left, and the finished run is not trained again."""
    command = [*EBDIAG, "compare", *pair, "--steps", "400", "--seeds", "6", "--jobs", "2"]
    going = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where the tests run behind `&`
    )
    assert going.stderr is not None
    for line in going.stderr:
        if ": done" in line:
            break
    family = psutil.Process(going.pid).children(recursive=True)
    assert family
    going.send_signal(signal.SIGINT)
    said = going.communicate(timeout=20)[1]
    assert "interrupted; finished runs are kept" in said
    assert "Traceback" not in said
    assert going.returncode == 130
    deadline = time.monotonic() + 10
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family):
        assert time.monotonic() < deadline, family
        time.sleep(0.05)
    dry = run("compare", *pair, "--steps", "400", "--seeds", "6", "--dry-run", cwd=tmp_path)
    assert dry.stdout.count("stored") >= 1


def test_files_beside_the_model_are_not_imported_by_accident(tmp_path: Path, pair: tuple[str, str]) -> None:
    """`random.py`, `cuda.py`, `queue.py` in the working directory, as students have them, are nobody's business."""
    for name in ("random", "cuda", "queue", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported by accident')\n")
    command = ["ebdiag", "compare", *pair, "--seeds", "1", "--dry-run"]
    as_installed = f"import sys; del sys.path[0]; sys.argv = {command!r}; from ebdiag.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", as_installed], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("to train") == 2


@pytest.mark.parametrize("arguments", [["-h"], ["compare", "-h"]])
def test_short_help(tmp_path: Path, arguments: list[str]) -> None:
    """What many type first."""
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_code_that_ends_the_process_is_the_models_mistake(tmp_path: Path, pair: tuple[str, str]) -> None:
    """sys.exit() in forward: at once or while training, the line is named and no traceback shown."""
    at_once = variants.TINY.replace("        code = self.encoder(x)", "        raise SystemExit(3)")
    late = variants.TINY.replace(
        "        code = self.encoder(x)",
        "        self.calls = getattr(self, 'calls', 0) + 1\n        if self.calls > 80:\n            exit('enough')\n"
        "        code = self.encoder(x)",
    )
    variants.write(tmp_path, at_once, "at_once.py")
    variants.write(tmp_path, late, "late.py")
    refused = run("compare", "ref.py", "at_once.py", "--steps", "5", "--seeds", "1", cwd=tmp_path)
    assert refused.returncode == 2
    assert "SystemExit: 3 ended the process at at_once.py:" in refused.stderr
    failed = run("compare", "ref.py", "late.py", "--steps", "60", "--seeds", "1", cwd=tmp_path)
    assert failed.returncode == 4
    said = " ".join(failed.stdout.split())
    ending = r"late.py crashed \(late.py:(\d+)\): seed 0: SystemExit: enough ended the process at late.py:\1"
    assert re.search(ending, said), said
    assert "mine seed 0: crashed" in failed.stderr
    assert "Traceback" not in refused.stderr + failed.stderr


def test_a_run_that_did_not_end_well_is_not_called_done(tmp_path: Path, pair: tuple[str, str]) -> None:
    """An exception and a divergence are named where the progress is told."""
    brittle = variants.TINY.replace(
        "        code = self.encoder(x)",
        "        self.calls = getattr(self, 'calls', 0) + 1\n        if self.calls > 80:\n            raise KeyError\n"
        "        code = self.encoder(x)",
    )
    variants.write(tmp_path, brittle, "brittle.py")
    wild = variants.TINY.replace("margin: float = 1.0", "margin: float = 1.0\n    discriminator_lr: float = 1e30")
    variants.write(tmp_path, wild, "wild.py")
    done = run("compare", "wild.py", "brittle.py", "--steps", "60", "--seeds", "1", cwd=tmp_path)
    assert "ref seed 0: diverged" in done.stderr
    assert "mine seed 0: crashed" in done.stderr


def test_version_is_the_packages(tmp_path: Path) -> None:
    """--version prints what the package says."""
    import ebdiag

    assert run("--version", cwd=tmp_path).stdout.strip() == ebdiag.__version__


COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)


@pytest.mark.slow
def test_readme_commands_run_as_written(tmp_path: Path) -> None:
    """Each command of the README: make targets exist and do what follows; ebdiag commands run, with what they claim."""
    text = (ROOT / "README.md").read_text()
    commands = COMMAND.findall(text)
    assert "make demo" in commands
    assert "make test" in commands
    recipes = {
        name: subprocess.run(["make", "-n", name], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in ("demo", "test")
    }
    assert "pytest" in recipes["test"]
    demo = next(line for line in recipes["demo"].splitlines() if "ebdiag compare" in line)
    (tmp_path / "user_models").symlink_to(ROOT / "user_models")
    done = run(*shlex.split(demo)[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "mine fails" in done.stdout
    for command in commands:
        words = shlex.split(command)
        if words[0] == "ebdiag":
            done = run(*words[1:], cwd=tmp_path)
            found_errors = words[1] == "lint"  # the README lints a model that is broken, and says so
            assert done.returncode == int(found_errors), (command, done.stderr)
    result = json.loads((tmp_path / "reports" / "ebgan_pt-vs-sigmoid_decoder" / "result.json").read_text())
    assert result["works"] == {**result["works"], "ref": [True] * 3, "mine": [False] * 3}
    assert set(result["volatile"]["trained"].values()) == {0}  # the last command of the README asks for the same again

"""Damage is noticed: whatever becomes of a stored file, it is named, set aside and made anew, and never used."""

from __future__ import annotations

import ast
import json
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import variants

from ebdiag.pipeline import Comparison, Request
from ebdiag.result import Result
from ebdiag.store import FORMAT, Damaged, Store
from ebdiag.watch import Silent

ROOT = Path(__file__).parent.parent
STEPS = 12


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, variants.TINY.replace("nn.Linear(64, 784)", "nn.Linear(64, 784, bias=False)"), "mine.py")
    return tmp_path


def compare(folder: Path, **options: Any) -> tuple[Result, list[str]]:
    """The result, and what was said on the way; without ladders, which say the same."""
    heard = Heard()
    request = Request(
        ref=str(folder / "ref.py"), mine=str(folder / "mine.py"), **({"steps": STEPS, "seeds": 1, "jobs": 2} | options)
    )
    return Comparison(request, heard).judged(command="")[0], heard.said


def content(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.to_json())
    assert found.pop("volatile")
    return found


def truncated(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path, other: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path, other: Path) -> None:
    data = bytearray(path.read_bytes())
    place = random.Random(path.name).randrange(len(data))
    data[place] ^= 1 << random.Random(place).randrange(8)
    path.write_bytes(bytes(data))


def swapped(path: Path, other: Path) -> None:
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    assert mine != theirs


DAMAGES: tuple[Callable[[Path, Path], None], ...] = (truncated, emptied, flipped, swapped)
KINDS = ("weights-*", "training-*", "series.parquet", "run.json", "checksums.json", "measures/*.json", "measures/*.npz")


@pytest.mark.slow
def test_any_file_of_a_run_that_is_damaged_is_named_set_aside_and_made_anew(models: Path) -> None:
    """Seven kinds of files, each truncated, emptied, with a bit flipped, and taken from the other variant's run."""
    first, _ = compare(models)
    store = Store()
    ids = {run.variant: run.id.split("-")[0] for run in first.runs}
    done = 0
    for kind in KINDS:
        for damage in DAMAGES:
            path, other = (min(store.folder(ids[side]).path.glob(kind)) for side in ("mine", "ref"))
            damage(path, other)
            again, said = compare(models)
            done += 1
            assert again.volatile.trained == {"ref/0": 0, "mine/0": STEPS}, (kind, damage.__name__)
            assert content(again) == content(first)
            aside = list((store.root / "damaged").iterdir())
            assert len(aside) == done
            [sentence] = [sentence for sentence in said if "set aside" in sentence]
            assert str(path) in sentence
            assert any(str(folder) in sentence for folder in aside)
            Store().folder(ids["mine"]).verify()


def test_a_run_under_the_name_of_another_is_not_its(models: Path) -> None:
    """Every file of it is sound, and none is this run's."""
    first, _ = compare(models)
    store = Store()
    ids = {run.variant: run.id.split("-")[0] for run in first.runs}
    shutil.rmtree(store.folder(ids["mine"]).path)
    shutil.copytree(store.folder(ids["ref"]).path, store.folder(ids["mine"]).path)
    with pytest.raises(Damaged, match=r"checksums\.json is damaged"):
        store.folder(ids["mine"]).verify()
    again, said = compare(models)
    assert content(again) == content(first)
    assert any("set aside" in sentence for sentence in said)


def test_what_is_known_about_models_is_asked_again_where_it_is_damaged(models: Path) -> None:
    """Facts and ladders of one model under the key of another, cut short, and with a bit flipped."""
    first, _ = compare(models)
    for kind in ("facts", "ladders"):
        one, other = sorted((Store().root / kind).glob("*.json"))[:2]
        for damage in DAMAGES:
            damage(one, other)
            assert content(compare(models)[0]) == content(first), (kind, damage.__name__)
            assert one.read_bytes() != other.read_bytes()
            json.loads(one.read_text())


def test_damage_that_a_worker_finds_is_mended_there(models: Path) -> None:
    """A longer comparison goes on from a stored state; one that is damaged is never gone on from."""
    compare(models)
    ids = {run.variant: run.id.split("-")[0] for run in compare(models)[0].runs}
    path = Store().folder(ids["mine"]).training(STEPS)
    flipped(path, path)
    longer, _ = compare(models, steps=2 * STEPS)
    assert longer.volatile.trained == {"ref/0": STEPS, "mine/0": 2 * STEPS}
    shutil.rmtree(Store().root)
    assert content(compare(models, steps=2 * STEPS)[0]) == content(longer)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_somebody_removed_is_made_again(models: Path, kind: str) -> None:
    """Whatever it was, the same comparison says the same, and a longer one goes on from where it can."""
    first, _ = compare(models)
    ids = {run.variant: run.id.split("-")[0] for run in first.runs}
    for path in Store().folder(ids["mine"]).path.glob(kind):
        path.unlink()
    assert content(compare(models)[0]) == content(first)
    assert compare(models, steps=2 * STEPS)[0].volatile.trained["ref/0"] == STEPS


def test_leftovers_are_swept_away(models: Path) -> None:
    """Half a file of a killed process, and a file that no checksum knows, do not stay and are not used."""
    first, _ = compare(models)
    folder = Store().folder(next(run.id.split("-")[0] for run in first.runs if run.variant == "mine"))
    left = [folder.path / ".part-series.parquet.x1", folder.path / "weights-0000005.safetensors"]
    for path in left:
        path.write_bytes(b"half")
    compare(models, steps=2 * STEPS)
    assert not any(path.exists() for path in left)


# ---- the store as a whole ---------------------------------------------------------------------------------------


def ebdiag(
    folder: Path, *arguments: str, limit: int | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """A command as a person types it; `limit` is the size of the largest file that can be written."""

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-c", "from ebdiag.cli import main; main()", *arguments], cwd=folder, text=True,
        capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT), **variables}, preexec_fn=limited, check=False,
    )  # fmt: skip


SMALL = ("compare", "ref.py", "mine.py", "--steps", "12", "--seeds", "1", "--out", "out")


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one message of a command that ended as a person's mistake does."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    [message] = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return message


def test_a_disk_that_takes_no_more_is_said_and_finished_runs_are_kept(models: Path) -> None:
    """While weights are written; afterwards the same command finishes, and what was there before is not redone."""
    finished, _ = compare(models)
    more = (*SMALL[:3], "--steps", "24", *SMALL[5:])
    assert "File too large" in refused(ebdiag(models, *more, limit=100_000))
    again, said = compare(models)
    assert content(again) == content(finished)
    assert again.volatile.trained == {"ref/0": 0, "mine/0": 0}
    assert not [sentence for sentence in said if "set aside" in sentence]
    assert ebdiag(models, *more).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_a_full_file_system_is_said(models: Path, tmp_path: Path) -> None:
    """A real one, of two mebibytes."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        message = refused(ebdiag(models, *SMALL, EBDIAG_HOME=str(small / "store")))
        assert "No space left on device" in message
        assert str(small) in message
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_place_that_nobody_may_write_to_is_said(models: Path) -> None:
    """Store and report; `/proc` takes files from nobody, not even from root."""
    assert "/proc/nowhere" in refused(ebdiag(models, *SMALL, EBDIAG_HOME="/proc/nowhere"))
    assert "/proc/nowhere" in refused(ebdiag(models, *SMALL[:-1], "/proc/nowhere"))


def test_a_store_of_a_newer_version_is_left_alone(models: Path) -> None:
    """And one of an older version is kept beside the new runs."""
    store = Store()
    (store.root / "format.json").write_text(json.dumps({"format": FORMAT + 1}))
    before = sorted(store.root.rglob("*"))
    assert "the store was written by a newer ebdiag" in refused(ebdiag(models, *SMALL))
    assert sorted(store.root.rglob("*")) == before
    (store.root / "runs" / "old").mkdir(parents=True)
    (store.root / "format.json").write_text(json.dumps({"format": FORMAT - 1}))
    done = ebdiag(models, *SMALL)
    assert done.returncode == 0
    assert f"its runs are kept in {store.root / f'runs-of-format-{FORMAT - 1}'}" in done.stderr.replace("\n", "")


def test_a_marker_that_nobody_can_read_stops_nobody(models: Path) -> None:
    """Every file tells for itself whether it is sound."""
    first, _ = compare(models)
    for text in ("", "{", '{"format": null}', "[]"):
        (Store().root / "format.json").write_text(text)
        again, _ = compare(models)
        assert again.volatile.trained == {"ref/0": 0, "mine/0": 0}
        assert content(again) == content(first)


WALL = ("time.time", "time.time_ns", ".now", ".today", ".utcnow")


def test_nothing_depends_on_the_clock_of_the_day() -> None:
    """A clock that is set back changes no decision: only `volatile` and trackers ask for the date, and the list
    of runs for how old they are."""
    asked = {}
    for path in sorted((ROOT / "ebdiag").rglob("*.py")):
        calls = [
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        ]
        wall = sorted(
            {
                call
                for call in calls
                if call in ("time.time", "time.time_ns") or call.endswith((".now", ".today", ".utcnow"))
            }
        )
        if wall:
            asked[path.name] = wall
    allowed = {"assemble.py": ["datetime.now"], "to_mlflow.py": ["time.time"], "to_tensorboard.py": ["time.time"]}
    assert asked == allowed | {"runs_table.py": ["time.time"], "where.py": ["time.time"]}


@pytest.mark.slow
def test_ten_at_once_train_every_run_once(models: Path) -> None:
    """Ten commands with one store: all end well and say the same, and no run was trained twice."""
    code = "from ebdiag.cli import main; main()"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, "compare", "ref.py", "mine.py", "--steps", "100", "--seeds", "2",
             "--probes", "none", "--out", f"out{number}"],
            cwd=models, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )
        for number in range(10)
    ]  # fmt: skip
    errors = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0] * 10, errors
    results = [Result.load(models / f"out{number}") for number in range(10)]
    assert all(content(result) == content(results[0]) for result in results)
    trained = {key: [result.volatile.trained[key] for result in results] for key in results[0].volatile.trained}
    assert {key: sorted(steps) for key, steps in trained.items()} == dict.fromkeys(trained, [0] * 9 + [100])
    assert not (Store().root / "damaged").exists()

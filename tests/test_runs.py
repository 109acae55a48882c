"""The index of the store: what it says is what the runs' files say, whatever happens to it."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ebdiag import index, runs, where
from ebdiag.errors import EbdiagError
from ebdiag.index import Entry
from ebdiag.store import RunFolder, Store, state
from ebdiag.where import Asked

ROOT = Path(__file__).parent.parent
BAR = {"fid_max": 300.0, "coverage_min": 0.2, "digits_min": 9.0}


def written(store: Store, run: str, *, fid: float = 100.0, status: str = "finished", **spec: Any) -> RunFolder:
    """A run as training leaves it, without weights."""
    told = {"file": "mine.py", "kind": "gan", "seed": 0, "dataset": "mnist5k", "bar": BAR, "config": {"margin": 1.0}}
    told |= {"environment": {"device": "cpu", "torch": "2.9"}, "exchanged": [], **spec}
    with store.locked(run) as folder:
        folder.put_spec(told)
        for step, value in ((100, 3 * fid), (200, fid), (300, fid), (400, fid)):
            values = {"values": {"fid": value, "coverage": 0.5, "digits": 10.0}, "details": {}}
            folder.put_json(folder.measures(step, "abc"), values)
        folder.put_state(state(status, 400, "none-1", wall_s=12.0))
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three runs: one that works, one that does not, one that diverged."""
    made = Store(tmp_path / "home")
    written(made, "aaaa", fid=100.0, file="models/mine.py", seed=0, config={"margin": 1.0, "wide": True})
    written(made, "bbbb", fid=900.0, file="models/other.py", seed=1, config={"margin": 20.0, "wide": False})
    written(made, "cccc", status="diverged", seed=2)
    return made


def ids(entries: list[Entry]) -> list[str]:
    return [entry.id for entry in entries]


def everything(store: Store) -> list[dict[str, Any]]:
    """All rows but what the files do not decide."""
    return [{**entry.values, **entry.config} for entry in index.entries(store, "ORDER BY id")]


def by_files(store: Store) -> list[dict[str, Any]]:
    """The same, by reading every run: the slow twin of the index."""
    rows = []
    for path in sorted(store.runs.iterdir()):
        row = index.described(RunFolder(path))
        works = None if row["works"] is None else bool(row["works"])
        rows.append({**{k: v for k, v in row.items() if k != "config"}, "works": works, **json.loads(row["config"])})
    return rows


# ---- what it says -------------------------------------------------------------------------------------------------


def test_a_row_says_what_the_files_say(store: Store) -> None:
    """The score is the mean of the last three checkpoints, the first is not in it; the bar is the data set's."""
    first, second, third = index.entries(store, "ORDER BY id")
    assert first.get("fid") == pytest.approx(100.0)
    assert (first.get("works"), second.get("works"), third.get("works")) == (True, False, False)
    assert (first.get("file"), first.get("seed"), first.get("margin")) == ("models/mine.py", 0, 1.0)
    assert third.get("status") == "diverged"
    assert first.get("bytes") > 500
    assert everything(store) == by_files(store)


def test_one_that_never_ended_is_listed_as_such(store: Store) -> None:
    """A folder without word of an end, as a killed process leaves it, is no finished run."""
    with store.locked("dddd") as folder:
        folder.put_spec({"file": "mine.py", "kind": "gan", "seed": 5, "dataset": "mnist5k", "config": {}})
    [entry] = runs.found(store, Asked(seed=5))
    assert (entry.get("status"), entry.get("steps"), entry.get("works")) == (index.UNFINISHED, 0, None)


def test_a_damaged_run_is_called_damaged(store: Store) -> None:
    """What its files say cannot be trusted, so its scores are not shown."""
    (store.folder("aaaa").path / "run.json").write_text("{}")
    [entry] = [e for e in index.entries(store, refresh=True) if e.id == "aaaa"]
    assert (entry.get("status"), entry.get("fid")) == ("damaged", None)


# ---- what is asked of it ------------------------------------------------------------------------------------------

FILTERS: dict[str, tuple[Asked, Callable[[dict[str, Any]], bool]]] = {
    "file": (Asked(file="other"), lambda row: "other" in row["file"]),
    "status": (Asked(status="diverged"), lambda row: row["status"] == "diverged"),
    "seed and works": (Asked(seed=1, works=True), lambda row: row["seed"] == 1 and bool(row["works"])),
    "metric": (
        Asked(conditions=("fid<200", "coverage >= 0.3")),
        lambda row: row["fid"] < 200 and row["coverage"] >= 0.3,
    ),
    "setting": (Asked(conditions=("margin=20",)), lambda row: row["margin"] == 20),
    "flag": (Asked(conditions=("wide = true",)), lambda row: row["wide"]),
    "text": (Asked(conditions=("status != 'finished'",)), lambda row: row["status"] != "finished"),
    "steps": (Asked(steps=500), lambda row: row["steps"] == 500),
}


def synthetic(count: int) -> list[dict[str, Any]]:
    """Rows of runs that nobody trained; settings beside them."""
    draw = random.Random(1)
    rows = []
    for place in range(count):
        row: dict[str, Any] = dict.fromkeys((*index.COLUMNS, *index.METRICS))
        row |= {
            "id": f"{place:016x}",
            "file": draw.choice(["mine.py", "other.py"]),
            "kind": "gan",
            "dataset": "mnist5k",
        }
        row |= {"seed": draw.randrange(3), "status": draw.choice(["finished", "diverged"]), "ended": 1e9 + place}
        row |= {"steps": draw.choice([500, 1_500]), "works": draw.randrange(2), "fid": 10 ** draw.uniform(1.5, 3.5)}
        row |= {
            "coverage": draw.random(),
            "config": json.dumps({"margin": draw.choice([1, 20]), "wide": draw.random() < 0.5}),
        }
        rows.append(row)
    return rows


def filled(store: Store, rows: list[dict[str, Any]]) -> None:
    """An index that has these rows, and takes its runs as seen."""

    def fill(base: sqlite3.Connection) -> None:
        index._put(base, rows)
        base.execute("INSERT INTO seen VALUES (?)", (store.runs.stat().st_mtime_ns,))

    store.runs.mkdir(parents=True, exist_ok=True)
    index._with(store.index, fill)


@pytest.mark.parametrize("name", FILTERS)
def test_filters_find_what_a_loop_finds(name: str, tmp_path: Path) -> None:
    """Each filter against a plain loop over 2,000 rows, in order and complete."""
    store, rows = Store(tmp_path), synthetic(2_000)
    filled(store, rows)
    asked, keep = FILTERS[name]
    wanted = [row["id"] for row in rows if keep({**row, **json.loads(row["config"])})]
    assert 0 < len(wanted) < 2_000
    assert sorted(ids(runs.found(store, asked))) == wanted


def test_a_hundred_thousand_runs_are_answered_from_the_index(tmp_path: Path) -> None:
    """No file of a run is read: there are none. How fast that is stands in benchmarks/runs.py."""
    store, rows = Store(tmp_path), synthetic(100_000)
    filled(store, rows)
    best = sorted((row for row in rows if row["works"]), key=lambda row: row["fid"])[:20]
    assert ids(runs.found(store, Asked(works=True, sort="fid", limit=20))) == [row["id"] for row in best]
    assert len(runs.found(store, Asked(conditions=("fid<100",)))) == sum(row["fid"] < 100 for row in rows)


def test_ages_are_counted_from_the_last_touch(store: Store) -> None:
    """Older and newer split the runs; what is not known is in neither."""
    old = time.time() - 10 * 86_400
    for path in [store.folder("aaaa").path, *store.folder("aaaa").path.rglob("*")]:
        os.utime(path, (old, old))
    assert ids(runs.found(store, Asked(older_s=where.age("9d")), refresh=True)) == ["aaaa"]
    assert sorted(ids(runs.found(store, Asked(newer_s=where.age("9d"))))) == ["bbbb", "cccc"]
    with pytest.raises(EbdiagError, match="is no age"):
        where.age("soon")


def test_sorting_leaves_what_is_not_known_last(store: Store) -> None:
    """Both ways round."""
    with store.locked("dddd") as folder:
        folder.put_spec({"file": "mine.py", "config": {}})
    assert ids(runs.found(store, Asked(sort="seed"))) == ["aaaa", "bbbb", "cccc", "dddd"]
    assert ids(runs.found(store, Asked(sort="-seed"))) == ["cccc", "bbbb", "aaaa", "dddd"]
    assert ids(runs.found(store, Asked(sort="margin", limit=1))) == ["aaaa"]


@pytest.mark.parametrize(
    "condition",
    [
        "file = '' OR 1=1",
        "file = (SELECT file FROM runs)",
        'status = "x"; --',
        "margin = 1) OR (1=1",
    ],
)
def test_what_a_person_writes_is_never_sql(store: Store, condition: str) -> None:
    """It is compared with as a text, which nothing is, and the runs are still there."""
    assert runs.found(store, Asked(conditions=(condition,))) == []
    assert runs.found(store, Asked(file="' OR 1=1 --")) == []
    assert len(index.entries(store)) == 3


@pytest.mark.parametrize(
    "condition",
    [
        "fid",
        "<200",
        "1=1",
        'fid") OR ("x" < 1',
        "a.b<1",
        "fid<",
        "margin = [1]",
        "fid<1; DROP TABLE runs",
        "fid<(SELECT 1)",
        "margin < wide",
    ],
)
def test_what_is_no_condition_is_refused(store: Store, condition: str) -> None:
    """With what was expected."""
    with pytest.raises(EbdiagError, match="expected"):
        runs.found(store, Asked(conditions=(condition,)))


def test_an_unknown_name_is_refused_with_a_guess(store: Store) -> None:
    """Of columns, metrics and the settings that runs have."""
    with pytest.raises(EbdiagError, match=r"no run has 'margn'\. Did you mean 'margin'"):
        runs.found(store, Asked(conditions=("margn<1",)))
    with pytest.raises(EbdiagError, match="no run has"):
        runs.found(store, Asked(sort="id; DROP TABLE runs"))


# ---- what happens to it -------------------------------------------------------------------------------------------


def _missing(path: Path) -> None:
    path.unlink()


def _half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _noise(path: Path) -> None:
    path.write_bytes(bytes(random.Random(0).randrange(256) for _ in range(path.stat().st_size)))


def _inner(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


def _older(path: Path) -> None:
    with sqlite3.connect(path) as base:
        base.execute("DROP TABLE runs")
        base.execute("CREATE TABLE runs (id TEXT)")
        base.execute("PRAGMA user_version = 1")
    base.close()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_missing, _half, _noise, _inner, _older, _empty])
def test_an_index_that_is_damaged_or_old_is_made_anew(store: Store, damage: Callable[[Path], None]) -> None:
    """The same rows as before, and as the files say."""
    before = everything(store)
    damage(store.index)
    assert everything(store) == before == by_files(store)


def test_a_place_that_takes_no_index_is_answered_by_reading(store: Store) -> None:
    """A folder lies where the database would."""
    before = everything(store)
    store.index.unlink()
    store.index.mkdir()
    assert everything(store) == before


def test_runs_that_come_and_go_without_a_word_are_seen(store: Store) -> None:
    """A run removed by hand is gone, one copied from elsewhere is there."""
    assert len(index.entries(store)) == 3
    shutil.rmtree(store.folder("aaaa").path)
    other = Store(store.root.parent / "other")
    written(other, "eeee", fid=50.0)
    shutil.copytree(other.folder("eeee").path, store.folder("eeee").path)
    assert sorted(ids(index.entries(store))) == ["bbbb", "cccc", "eeee"]
    assert everything(store) == by_files(store)


def test_a_run_whose_process_was_killed_is_read_again(store: Store) -> None:
    """It was noted before it began; what it left is there, though nobody said that it ended."""
    assert runs.one(store, "bbbb").get("fid") == pytest.approx(900.0)
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom ebdiag import index\nfrom ebdiag.store import Store, state\n"
        f"store = Store(Path({str(store.root)!r}))\n"
        "with store.locked('bbbb') as folder, index.noted(store, 'bbbb'):\n"
        "    folder.put_json(folder.measures(400, 'abc'), {'values': {'fid': 30.0}, 'details': {}})\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert runs.one(store, "bbbb").get("fid") == pytest.approx((900 + 900 + 30) / 3)


def test_ten_processes_write_at_once(tmp_path: Path) -> None:
    """Every run of each has its row, and none waits for another for long."""
    store = Store(tmp_path)
    code = (
        "import sys\nfrom pathlib import Path\nfrom ebdiag import index\nfrom ebdiag.store import Store, state\n"
        "store, own = Store(Path(sys.argv[1])), sys.argv[2]\n"
        "for place in range(12):\n"
        "    run = f'{own}{place:03x}'\n"
        "    with store.locked(run) as folder, index.noted(store, run):\n"
        "        folder.put_spec({'file': 'mine.py', 'seed': place, 'config': {}})\n"
        "        folder.put_state(state('finished', 100, 'none-1'))\n"
        "index.entries(store)\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), f"{n}"], cwd=ROOT, stderr=subprocess.PIPE)
        for n in range(10)
    ]
    for writer in writers:
        assert writer.communicate()[1] == b""
    rows = index.entries(store, "WHERE status = 'finished'")
    assert sorted(ids(rows)) == sorted(f"{n}{place:03x}" for n in range(10) for place in range(12))
    assert everything(store) == by_files(store)


# ---- prune --------------------------------------------------------------------------------------------------------


def test_prune_removes_what_is_asked_for_and_nothing_else(store: Store) -> None:
    """Also from the index; a dry run says the same and removes nothing."""
    asked = Asked(conditions=("fid>500",))
    would = runs.prune(store, asked, dry_run=True)
    assert store.folder("bbbb").path.exists()
    done = runs.prune(store, asked, dry_run=False)
    assert ids(would.removed) == ids(done.removed) == ["bbbb"]
    assert done.freed > 500
    assert sorted(path.name for path in store.runs.iterdir()) == ["aaaa", "cccc"]
    assert ids(index.entries(store, "ORDER BY id")) == ["aaaa", "cccc"]


def test_prune_leaves_alone_what_another_command_has_locked(store: Store) -> None:
    """A process that holds the lock, as one that trains does: dry or not, its run stays and is named."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom ebdiag.store import Store\n"
        f"with Store(Path({str(store.root)!r})).locked('aaaa'):\n"
        "    print('locked', flush=True)\n    sys.stdin.readline()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    try:
        for dry_run in (True, False):
            done = runs.prune(store, Asked(kind="gan"), dry_run=dry_run)
            assert (sorted(ids(done.removed)), ids(done.kept)) == (["bbbb", "cccc"], ["aaaa"])
    finally:
        holder.communicate("\n")
    assert (store.folder("aaaa").path / "run.json").exists()
    assert ids(runs.prune(store, Asked(kind="gan"), dry_run=False).removed) == ["aaaa"]


def test_prune_of_everything_is_refused(store: Store) -> None:
    """Order and number narrow nothing."""
    with pytest.raises(EbdiagError, match="prune needs to know which runs"):
        runs.prune(store, Asked(sort="fid", limit=3), dry_run=False)
    assert len(index.entries(store)) == 3


# ---- the command line ---------------------------------------------------------------------------------------------


def ebdiag(store: Store, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "EBDIAG_HOME": str(store.root), "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    command = [sys.executable, "-m", "ebdiag.cli", "runs", *arguments]
    return subprocess.run(command, cwd=store.root, env=environment, capture_output=True, text=True)


def test_the_command_line_lists_shows_compares_and_prunes(store: Store) -> None:
    """Each form once, as a person types it."""
    listed = ebdiag(store)
    assert listed.returncode == 0
    assert {"aaaa", "bbbb", "cccc"} <= set(listed.stdout.split())
    assert all(len(line) <= 80 for line in listed.stdout.splitlines())
    found = json.loads(ebdiag(store, "--where", "fid<200", "--works", "--json").stdout)["runs"]
    assert [(run["id"], run["scores"]["coverage"], run["config"]["margin"]) for run in found] == [("aaaa", 0.5, 1.0)]
    assert "models/mine.py" in ebdiag(store, "show", "aa").stdout
    compared = ebdiag(store, "compare", "aaaa", "bbbb").stdout
    assert "margin" in compared
    assert "dataset" not in compared
    gone = json.loads(ebdiag(store, "prune", "--fails", "--dry-run", "--json").stdout)
    assert sorted(run["id"] for run in gone["removed"]) == ["bbbb", "cccc"]
    assert len(index.entries(store)) == 3
    assert ebdiag(store, "prune", "--status", "diverged").stdout.startswith("cccc")
    assert len(index.entries(store)) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("prune",), "prune needs to know which runs"),
        (("--where", "fid"), "is no condition"),
        (("show", "x"), "no run begins with 'x'"),
        (("show",), "ids"),
        (("explode",), "list, show, compare or prune"),
        (("--older-than", "x"), "is no age"),
    ],
)
def test_mistakes_are_said_and_end_with_two(store: Store, arguments: tuple[str, ...], said: str) -> None:
    """One message, no traceback."""
    done = ebdiag(store, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_names_of_files_are_data_in_the_list(store: Store) -> None:
    """A control sequence in a path moves no cursor."""
    written(store, "ffff", file="evil\x1b[2J\n::error::x.py")
    shown = ebdiag(store).stdout + ebdiag(store, "show", "ffff").stdout
    assert "\x1b" not in shown
    assert not any(line.startswith("::") for line in shown.splitlines())

"""What the store holds, in a database that answers at once: one row a run, each made from the run's own files.

The index is no truth of its own. Where it is missing, damaged or of another version it is made anew from the runs; a
run that is being trained is noted before, so that one whose process was killed is read again; runs that came or went
otherwise are found by the time of their folder. Nothing that goes wrong with it stops a run.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import stats
from .metrics import EVERY_METRIC
from .records import Facts, RunSpec, digest
from .store import Damaged, RunFolder, Store, finite

VERSION = 1
"""Raised when a row says more or other things."""

WAIT_S = 30.0
"""How long a process waits for another that writes."""

COLUMNS = {
    "id": "TEXT PRIMARY KEY", "file": "TEXT", "kind": "TEXT", "seed": "INTEGER", "dataset": "TEXT", "status": "TEXT",
    "steps": "INTEGER", "works": "INTEGER", "device": "TEXT", "torch": "TEXT", "exchanged": "TEXT",
    "wall_s": "REAL", "ended": "REAL", "bytes": "INTEGER", "config": "TEXT",
}  # fmt: skip
"""Column → its type; `exchanged` names the parts of a hybrid that come from another model, `ended` is in seconds since
1970, `config` is JSON."""

METRICS = tuple(metric.key for metric in EVERY_METRIC)
"""Columns of scores, each the mean over the last checkpoints."""

UNFINISHED = "unfinished"
"""Status of a run that left no word of how it ended; `training` where a process is at it."""

_ALL = (*COLUMNS, *METRICS)
_SCHEMA = int(digest([VERSION, COLUMNS, METRICS])[:7], 16)


@dataclass(frozen=True)
class Entry:
    """A run as the index has it.

    Attributes:
        values: Column → value, scores under the keys of their metrics; None where nothing is known.
        config: Field of Config → value.
    """

    id: str
    values: dict[str, Any]
    config: dict[str, Any]

    def get(self, name: str) -> Any:
        """A column, a metric or a field of Config; None where there is none."""
        return self.values[name] if name in self.values else self.config.get(name)


def spec(run: RunSpec, facts: Facts) -> dict[str, Any]:
    """What a run is of, to be kept beside it."""
    recipe = run.recipe
    exchanged = [part for part, _ in recipe.donors] + [f"layers of {graft.net}" for graft in recipe.grafts]
    told = {
        "file": recipe.base.path,
        "kind": recipe.base.kind,
        "seed": run.seed,
        "dataset": run.data.name,
        "bar": run.data.bar,
        "environment": run.environment.identity,
        "config": facts.config,
        "exchanged": exchanged,
    }
    return dict(json.loads(json.dumps(finite(told))))


@contextmanager
def noted(store: Store, trajectory: str) -> Iterator[None]:
    """A run that is trained now has its row afterwards, however that ends."""
    _quietly(store, lambda base: base.execute("INSERT OR IGNORE INTO pending VALUES (?)", (trajectory,)))
    try:
        yield
    finally:
        _quietly(store, lambda base: _put(base, [described(store.folder(trajectory))]))


def entries(store: Store, condition: str = "", values: Sequence[Any] = (), *, refresh: bool = False) -> list[Entry]:
    """Runs of the store.

    Args:
        condition: What follows `SELECT … FROM runs`, with `?` for each of `values`; made by `where`, never by a person.
        refresh: Read all runs again first.
    """
    sql = f"SELECT {', '.join(map(_quoted, _ALL))} FROM runs {condition}"

    def ask(base: sqlite3.Connection) -> list[Entry]:
        _caught_up(base, store, refresh)
        return [_entry(row) for row in base.execute(sql, values)]

    found: list[Entry] = _asked(store, ask)
    return found


def forget(store: Store, trajectories: Iterable[str]) -> None:
    """Take removed runs out."""
    gone = [(trajectory,) for trajectory in trajectories]
    _quietly(store, lambda base: base.executemany("DELETE FROM runs WHERE id = ?", gone))


def described(folder: RunFolder) -> dict[str, Any]:
    """The row of a run, from its files; of what is damaged or not there only what can be known."""
    row: dict[str, Any] = dict.fromkeys(_ALL)
    row |= {"id": folder.path.name, "status": UNFINISHED, "steps": 0, "config": "{}"}
    kept = folder.said()
    row |= {name: kept[name] for name in ("file", "kind", "seed", "dataset") if name in kept}
    row |= {name: kept["environment"].get(name) for name in ("device", "torch") if "environment" in kept}
    row["exchanged"] = ", ".join(kept.get("exchanged", [])) or None
    row["config"] = json.dumps(kept.get("config", {}), sort_keys=True)
    with suppress(OSError):
        files = [entry.stat() for path in (folder.path, folder.path / "measures") for entry in os.scandir(path)]
        row["bytes"] = sum(found.st_size for found in files)
        row["ended"] = max((found.st_mtime for found in files), default=None)
    try:
        state = folder.state()
        if state is not None:
            row |= {"status": state["status"], "steps": state["steps"], "wall_s": state["wall_s"]}
            scores = folder.last_scores(state["steps"])
            row |= {name: value for name, value in scores.items() if name in METRICS}
            if kept.get("bar") and state["status"] in ("finished", "restored"):
                row["works"] = int(stats.works(scores, kept["bar"]))
            elif state["status"] == "diverged":
                row["works"] = 0
    except (Damaged, OSError, ValueError, KeyError, TypeError):
        row["status"] = "damaged"
    return row


# ---- the database -----------------------------------------------------------------------------------------------


def _asked(store: Store, ask: Callable[[sqlite3.Connection], Any]) -> Any:
    """An answer of the database; where it is damaged, of one that is made anew."""
    try:
        return _with(store.index, ask)
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise
    except sqlite3.DatabaseError:
        pass
    _removed(store.index)
    try:
        return _with(store.index, ask)
    except sqlite3.OperationalError:  # no place to keep it
        return _with(None, ask)


def _quietly(store: Store, do: Callable[[sqlite3.Connection], Any]) -> None:
    """Write, if that can be done; what cannot is found when somebody asks."""
    with suppress(sqlite3.Error, OSError):
        _with(store.index, do)


def _with(path: Path | None, do: Callable[[sqlite3.Connection], Any]) -> Any:
    """Do something in one transaction."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    base = sqlite3.connect(":memory:" if path is None else path, timeout=WAIT_S, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        if base.execute("PRAGMA user_version").fetchone()[0] != _SCHEMA:
            _made(base)
        base.execute("BEGIN IMMEDIATE")
        answer = do(base)
        base.execute("COMMIT")
        return answer
    finally:
        base.close()


def _made(base: sqlite3.Connection) -> None:
    """Empty tables, in place of those of another version."""
    base.execute("BEGIN IMMEDIATE")
    if base.execute("PRAGMA user_version").fetchone()[0] == _SCHEMA:  # another process was first
        base.execute("COMMIT")
        return
    for table in ("runs", "pending", "seen"):
        base.execute(f"DROP TABLE IF EXISTS {table}")
    columns = [f"{_quoted(name)} {type_}" for name, type_ in COLUMNS.items()]
    columns += [f"{_quoted(name)} REAL" for name in METRICS]
    base.execute(f"CREATE TABLE runs ({', '.join(columns)})")
    base.execute("CREATE TABLE pending (id TEXT PRIMARY KEY)")
    base.execute("CREATE TABLE seen (changed INTEGER)")
    base.execute("CREATE INDEX runs_ended ON runs (ended)")
    base.execute("CREATE INDEX runs_file ON runs (file)")
    base.execute(f"PRAGMA user_version = {_SCHEMA}")
    base.execute("COMMIT")


def _removed(path: Path) -> None:
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(OSError):
            name.unlink()


def _caught_up(base: sqlite3.Connection, store: Store, refresh: bool) -> None:
    """Read what was noted and never finished, and what came or went without a word."""
    try:
        changed = store.runs.stat().st_mtime_ns
    except OSError:
        changed = 0
    known = base.execute("SELECT changed FROM seen").fetchone()
    if refresh or known is None or known[0] != changed:
        there = {entry.name for entry in os.scandir(store.runs) if entry.is_dir()} if changed else set()
        have = set() if refresh else {row[0] for row in base.execute("SELECT id FROM runs")}
        if refresh:
            base.execute("DELETE FROM runs")
        _put(base, (described(store.folder(name)) for name in sorted(there - have)), ended=False)
        base.executemany("DELETE FROM runs WHERE id = ?", [(name,) for name in have - there])
        base.execute("DELETE FROM seen")
        base.execute("INSERT INTO seen VALUES (?)", (changed,))
    for (trajectory,) in base.execute("SELECT id FROM pending").fetchall():
        row = described(store.folder(trajectory))
        busy = store.busy(trajectory)
        if busy:
            row["status"] = "training"
        if store.folder(trajectory).path.exists():
            _put(base, [row], ended=not busy)
        elif not busy:
            base.execute("DELETE FROM pending WHERE id = ?", (trajectory,))


def _put(base: sqlite3.Connection, rows: Iterable[dict[str, Any]], *, ended: bool = True) -> None:
    places = ", ".join("?" for _ in _ALL)
    for row in rows:
        base.execute(f"INSERT OR REPLACE INTO runs VALUES ({places})", [row[name] for name in _ALL])
        if ended:
            base.execute("DELETE FROM pending WHERE id = ?", (row["id"],))


def _entry(row: Sequence[Any]) -> Entry:
    values = dict(zip(_ALL, row, strict=True))
    config = json.loads(values.pop("config") or "{}")
    if values["works"] is not None:
        values["works"] = bool(values["works"])
    return Entry(values["id"], values, config)


def _quoted(name: str) -> str:
    return f'"{name}"'

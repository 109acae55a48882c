"""What can be done with the runs of a store: list, show, compare, prune."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import index, where
from .errors import EbdiagError
from .index import Entry
from .safe import json_text
from .store import Store
from .where import Asked


@dataclass(frozen=True)
class Pruned:
    """What a prune did, or would do.

    Attributes:
        removed: Runs that are gone, or would be.
        kept: Runs that were asked for and that another command has locked.
    """

    removed: list[Entry]
    kept: list[Entry]

    @property
    def freed(self) -> int:
        """Bytes of those removed."""
        return sum(entry.get("bytes") or 0 for entry in self.removed)


def found(store: Store, asked: Asked, *, refresh: bool = False) -> list[Entry]:
    """Runs that are asked for.

    Raises:
        EbdiagError: A condition that is none, or a name that nothing has.
    """
    if refresh:
        index.entries(store, "LIMIT 0", refresh=True)

    def known(name: str) -> list[str]:
        """Nothing where some run has such a field, else the fields that runs have."""
        path = f'$."{name}"'
        if index.entries(store, "WHERE json_type(config, ?) IS NOT NULL LIMIT 1", [path]):
            return []
        some = index.entries(store, "LIMIT 200")
        return sorted({field for entry in some for field in entry.config}) or ["(none)"]

    condition, values = where.sql(asked, known)
    return index.entries(store, condition, values)


def one(store: Store, run: str) -> Entry:
    """The run whose id begins so.

    Raises:
        EbdiagError: None does, or several do.
    """
    trajectory = run.partition("-")[0]
    matching = index.entries(store, "WHERE substr(id, 1, ?) = ? ORDER BY id LIMIT 5", [len(trajectory), trajectory])
    if len(matching) == 1:
        return matching[0]
    if not matching or not trajectory:
        raise EbdiagError(f"no run begins with '{run}'", hint="`ebdiag runs` lists them")
    raise EbdiagError(
        f"several runs begin with '{run}'", expected="more of the id", got=", ".join(entry.id for entry in matching)
    )


def differing(entries: Sequence[Entry]) -> list[tuple[str, list[Any]]]:
    """Name → values, of everything in which runs differ: what they are, their settings, and their scores."""
    names = dict.fromkeys(name for entry in entries for name in (*entry.values, *entry.config))
    rows = [(name, [entry.get(name) for entry in entries]) for name in names if name != "id"]
    return [(name, values) for name, values in rows if any(value != values[0] for value in values[1:])]


def prune(store: Store, asked: Asked, *, dry_run: bool) -> Pruned:
    """Remove runs that are asked for; never one that another command has locked.

    Raises:
        EbdiagError: Nothing narrows what is asked for.
    """
    if not asked.narrows:
        raise EbdiagError(
            "prune needs to know which runs", expected="a condition, such as --older-than 30d or --where 'fid>1000'",
            hint="to remove all of them, delete the store's folder", got="none",
        )  # fmt: skip
    removed: list[Entry] = []
    kept: list[Entry] = []
    for entry in found(store, asked):
        gone = not store.busy(entry.id) if dry_run else store.remove(entry.id)
        (removed if gone else kept).append(entry)
    if not dry_run:
        index.forget(store, [entry.id for entry in removed])
    return Pruned(removed, kept)


def to_json(entries: Sequence[Entry]) -> str:
    """Runs as JSON."""
    return json_text({"runs": [shown(entry) for entry in entries]})


def pruned_json(done: Pruned) -> str:
    """What a prune did as JSON."""
    return json_text({
        "removed": [shown(entry) for entry in done.removed], "kept": [shown(entry) for entry in done.kept],
        "bytes": done.freed,
    })  # fmt: skip


def shown(entry: Entry) -> dict[str, Any]:
    """A run as JSON shows it: scores and settings apart, and what is not known left out."""
    known = {name: value for name, value in entry.values.items() if value is not None}
    scores = {name: known.pop(name) for name in index.METRICS if name in known}
    return {**known, "scores": scores, "config": entry.config}

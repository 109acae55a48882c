"""The table of benchmarks goes on where it was, and says what kind of machine and sources its figures are from."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from benchmarks import table

ROWS = (
    table.Row("one", ("benchmarks/one.py", "--json")),
    table.Row("two", ("benchmarks/two.py", "--json")),
    table.Row("three", ("benchmarks/three.py", "--json")),
)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Rows measured so far, of a table in a folder of its own; the second one fails the first time."""
    names: list[str] = []

    def measured(row: table.Row) -> dict[str, object]:
        names.append(row.name)
        if names == ["one", "two"]:
            raise KeyboardInterrupt
        return {"model": {"ratio": 2.123456}, "probes": [{"probe": "codes", "ms": 1}], "gpu": None}

    monkeypatch.setattr(table, "HERE", tmp_path)
    monkeypatch.setattr(table, "ROWS", ROWS)
    monkeypatch.setattr(table, "measured", measured)
    return names


def build(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["table.py", *arguments])
    table.main()


def test_a_table_goes_on_where_it_was(asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured is kept when a later row is interrupted, and what is named is measured alone."""
    with pytest.raises(KeyboardInterrupt):
        build(monkeypatch)
    build(monkeypatch, "--rows", "one", "two")
    assert asked == ["one", "two", "two"]
    build(monkeypatch)
    build(monkeypatch)
    build(monkeypatch, "--rows", "one", "--again")
    assert asked == ["one", "two", "two", "three", "one"]
    assert list(json.loads((tmp_path / "results.json").read_text())["rows"]) == ["one", "two", "three"]


def test_figures_of_other_sources_are_measured_anew_and_marked_till_then(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of the program the page says of every row that is not measured yet that it is of before."""
    with pytest.raises(KeyboardInterrupt):
        build(monkeypatch)
    build(monkeypatch)
    del asked[:]
    monkeypatch.setattr(table, "sources", lambda: "other")
    build(monkeypatch, "--rows", "two")
    assert asked == ["two"]
    parts = (tmp_path / "results.md").read_text().split("## ")
    assert [("earlier sources" in part) for part in parts[1:]] == [True, False, True]
    build(monkeypatch)
    assert asked == ["two", "one", "three"]
    assert "earlier sources" not in (tmp_path / "results.md").read_text()


def test_figures_of_another_machine_are_measured_anew(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of two machines never stand in one table, and the page names the kind of machine, not which one."""
    with pytest.raises(KeyboardInterrupt):
        build(monkeypatch)
    monkeypatch.setattr(table, "machine", lambda: {**MACHINE, "cores": 99})
    build(monkeypatch)
    assert asked == ["one", "two", "one", "two", "three"]
    page = (tmp_path / "results.md").read_text()
    assert "99 cores" in page
    assert platform.node() not in page
    assert "| model · ratio | 2.123 |" in page
    assert "| probes · codes · ms | 1 |" in page
    assert "| gpu | none |" in page


MACHINE = table.machine()

"""Figures are drawn once for what they show, and again when anything about it changes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import result_factory

from ebdiag import drawings, evidence
from ebdiag.panel import Panel
from ebdiag.panels import panels
from ebdiag.result import Result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EBDIAG_CACHE", str(tmp_path / "cache"))
    return result_factory.write(tmp_path / "report", "fails")


def drawn(folder: Path) -> list[Panel]:
    return drawings.drawn(Result.load(folder), evidence.read(folder), folder)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often figures are really drawn."""
    calls: list[int] = []

    def draw(result: Result, found: evidence.Evidence) -> list[Panel]:
        calls.append(1)
        return panels(result, found)

    monkeypatch.setattr(drawings.panels, "panels", draw)
    return calls


def test_figures_from_the_cache_are_the_figures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal in every field to those drawn now; the second time nothing is drawn."""
    calls = counted(monkeypatch)
    first, second = drawn(folder), drawn(folder)
    assert first == second == panels(Result.load(folder), evidence.read(folder))
    assert len(calls) == 1


def test_other_data_or_another_result_is_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a figure shows is part of what it is kept under; times and dates are not."""
    calls = counted(monkeypatch)
    drawn(folder)
    content = json.loads((folder / "result.json").read_text())
    content["volatile"]["created"] = "2001-01-01"
    (folder / "result.json").write_text(json.dumps(content))
    drawn(folder)
    assert len(calls) == 1
    content["dataset"]["anchors"]["blank"] = 77.0
    (folder / "result.json").write_text(json.dumps(content))
    drawn(folder)
    assert len(calls) == 2
    (folder / evidence.ENERGIES).unlink()
    drawn(folder)
    assert len(calls) == 3
    np.savez(folder / evidence.PAIRS, allow_pickle=False, **{"ref/0/own_threshold": np.zeros(1)})
    drawn(folder)
    assert len(calls) == 4


def test_a_damaged_cache_is_drawn_again(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Truncated or altered files are never shown."""
    calls = counted(monkeypatch)
    expected = drawn(folder)
    [kept] = (tmp_path / "cache" / "drawings").glob("*.json")
    for damage in (b"", kept.read_bytes()[:-40], kept.read_bytes().replace(b"ref", b"fer", 1)):
        kept.write_bytes(damage)
        assert drawn(folder) == expected
    assert len(calls) == 4


def test_old_drawings_go(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The cache does not grow without end."""
    monkeypatch.setattr(drawings, "KEPT", 2)
    content = json.loads((folder / "result.json").read_text())
    for blank in (1.0, 2.0, 3.0, 4.0):
        content["dataset"]["anchors"]["blank"] = blank
        (folder / "result.json").write_text(json.dumps(content))
        drawn(folder)
    assert len(list((tmp_path / "cache" / "drawings").glob("*.json"))) == 2

"""What is found out about the reference models is kept once an installation, and never taken for another program's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import variants

from ebdiag import climb, device, shipped
from ebdiag.execute import LocalExecutor
from ebdiag.load import load
from ebdiag.store import Store
from ebdiag.survey import Survey
from ebdiag.watch import Silent


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own."""
    monkeypatch.setenv("EBDIAG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_only_the_models_that_ship_are_kept_in_the_cache(tmp_path: Path, cache: Path) -> None:
    store = Store(tmp_path / "store")
    mine = load(variants.write(tmp_path, variants.TINY, "mine.py"))
    assert shipped.place(mine, store) is store
    kept = shipped.place(load("ref:ebgan_pt"), store)
    assert kept.root == cache / "shipped" / shipped.program()


def test_another_store_finds_what_is_known_of_a_reference(tmp_path: Path, cache: Path) -> None:
    """Looked at once; the second store asks no worker, and neither holds a copy."""
    environment, found = device.environment(), []
    variant = load("ref:ebgan_pt")
    for name in ("first", "second"):
        survey = Survey(Store(tmp_path / name), LocalExecutor(), Silent())
        data = survey.data("digits")
        if name == "second":
            survey._ask = None  # type: ignore[method-assign, assignment]
        found.append(survey.facts({"ref": variant}, data, environment)["ref"])
        assert not list((tmp_path / name).glob("facts/*"))
    assert found[0] == found[1]
    [path] = (cache / "shipped" / shipped.program() / "facts").iterdir()
    assert "layers" in json.loads(path.read_text())["content"]
    ladders = climb.Ladders(Store(tmp_path / "third"), {"ref": variant}, data, environment)
    [key] = ladders.places
    ladders.places[key].save_ladder(key, [{"rung": "x"}])
    assert not climb.Ladders(Store(tmp_path / "fourth"), {"ref": variant}, data, environment).tasks


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EBDIAG_CACHE", str(tmp_path / "file"))
    store = Store(tmp_path / "store")
    assert shipped.place(load("ref:ebgan_pt"), store) is store

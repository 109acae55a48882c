"""Mutated model files and results: answered or refused, the same cases every time; `fuzz_inputs.py` goes on longer."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import fuzz_inputs
import pytest

CASES = {"loader": 600, "result": 600}
"""About five seconds each."""

ACCEPTED = 0.04
"""Share of the cases that must not be refused, so that more than the first check is tried; 0.1 are."""


@pytest.mark.parametrize("target", fuzz_inputs.TARGETS)
def test_mutated_inputs_are_answered_or_refused(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No exception but a refusal, and no line of a model file is run."""
    monkeypatch.chdir(tmp_path)
    _, read = fuzz_inputs.TARGETS[target]
    accepted = 0
    for number, given in itertools.islice(fuzz_inputs.cases(target, seed=0), CASES[target]):
        try:
            accepted += read(given, tmp_path) is not None
        except Exception as error:
            raise AssertionError(f"{target}, case {number}: {given!r}") from error
    assert accepted > ACCEPTED * CASES[target]


def test_cases_depend_on_their_number_alone() -> None:
    """A case that failed can be made again."""
    first, second = (
        [given for _, given in itertools.islice(fuzz_inputs.cases("result", 3), 5)],
        [given for _, given in itertools.islice(fuzz_inputs.cases("result", 3), 5)],
    )
    assert first == second
    assert len(set(first)) == 5


def test_it_can_go_on_for_as_long_as_one_likes(tmp_path: Path) -> None:
    """The command says how many cases each target has had."""
    file = Path(fuzz_inputs.__file__)
    done = subprocess.run([sys.executable, file, "1", "5"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["loader", "result"]

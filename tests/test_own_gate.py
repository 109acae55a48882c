"""The project gates itself: the reference model, trained as the action trains it, against a committed expectation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ebdiag import bars, gate
from ebdiag.result import Result

ROOT = Path(__file__).parent.parent
EXPECTED = ROOT / "benchmarks" / "expected"
BARS = EXPECTED / "bars.toml"


@pytest.mark.slow
def test_the_reference_model_is_as_good_as_expected(tmp_path: Path) -> None:
    """The shell step of action.yml, then `check` against the expectation; to renew it: `make expectation`."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    (script,) = [step["run"] for step in action["runs"]["steps"] if step.get("id") == "compare"]
    environment = {
        **os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "REF": "ref:ebgan_pt", "MINE": "reference_models/ebgan_pt.py", "BAR": str(BARS), "BUDGET": "quick",
        "REPORT": str(tmp_path / "report"), "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }  # fmt: skip
    done = subprocess.run(["bash", "-e", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ The bar is passed" in (tmp_path / "summary").read_text()
    assert "passed" in (tmp_path / "output").read_text()
    result, last = Result.load(tmp_path / "report"), Result.load(EXPECTED)
    found = gate.judge(result, bars.read(BARS), last, last_name="expected")
    assert found.exit_code == 0, found.rows


def test_a_reference_that_got_worse_would_not_pass() -> None:
    """The expectation with every FID worse by three usual spreads, and a model that collapsed."""
    last, asked = Result.load(EXPECTED), bars.read(BARS)
    floor = last.metrics["fid"].noise_floor
    assert floor is not None
    worse = [value * 2.718281828 ** (3 * floor.value) for value in last.metrics["fid"].mine if value is not None]
    metrics = last.metrics | {"fid": last.metrics["fid"].model_copy(update={"mine": worse})}
    assert gate.judge(last.model_copy(update={"metrics": metrics}), asked, last, last_name="expected").exit_code == 1
    collapsed = Result.load(ROOT / "reports" / "example")
    assert gate.judge(collapsed, asked, last, last_name="expected").exit_code == 1
    assert gate.judge(last, asked, last, last_name="expected").exit_code == 0

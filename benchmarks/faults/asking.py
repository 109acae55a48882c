"""Asking ebdiag about a case: one trace and one lint, as a user would, and what of their answers is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ebdiag.load import load

from .baselines import first_findings, largest
from .cases import BUDGET, ROOT, Case


def commit() -> str:
    """The commit of this checkout, with a + where the program or the benchmark differ from it."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "ebdiag", "benchmarks/faults/*.py")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def environment(work: Path) -> dict[str, str]:
    """Variables of a command: the store lies in FOLDER where nothing else is said."""
    home = str(Path(os.environ.get("EBDIAG_HOME") or work / "store").absolute())
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "EBDIAG_HOME": home, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def ebdiag(arguments: Sequence[str], work: Path, *, log: Path) -> tuple[int, str]:
    """Run a command of ebdiag in FOLDER, so that its paths are short; its exit code and what it printed.

    Progress goes to `log`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as errors:
        done = subprocess.run(
            [sys.executable, "-m", "ebdiag.cli", *arguments],
            cwd=work, env=environment(work), stdout=subprocess.PIPE, stderr=errors, text=True, check=False,
        )  # fmt: skip
    return done.returncode, done.stdout


def kept(case: Case, work: Path, answers: Path) -> dict[str, Any] | None:
    """The answer that lies there already, if it is about the file as it is now."""
    path = answers / f"{case.slug}.json"
    if not path.exists():
        return None
    known: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return known if known["fingerprint"] == load(str(case.write(work / "cases"))).fingerprint else None


def ask(case: Case, work: Path, answers: Path, *, jobs: int) -> dict[str, Any]:
    """What trace and lint say of a case, written to `answers`."""
    file = case.write(work / "cases")
    ref, mine = load(f"ref:{case.base}"), load(str(file))
    pair, log = [f"ref:{case.base}", f"cases/{case.slug}.py"], work / "logs" / f"{case.slug}.txt"
    started = time.monotonic()
    options = [*BUDGET, "--jobs", str(jobs), "--out", f"traced/{case.slug}", "--json"]
    code, text = ebdiag(["trace", *pair, *options], work, log=log)
    seconds = time.monotonic() - started
    result = json.loads(text) if code in (0, 3, 4) and text.strip() else None
    code_of_lint, told = ebdiag(["lint", *pair, "--json"], work, log=log)
    lint = json.loads(told) if code_of_lint in (0, 1) else {"findings": [], "differences": []}
    parts, alarm = first_findings(lint["findings"])
    answer = {
        "fingerprint": mine.fingerprint,
        "commit": commit(),
        "exit_code": code,
        "seconds": round(seconds, 1),
        "seen": result and seen(result),
        "trace": result and result["trace"],
        "differences": [row["part"] for row in (result or lint)["differences"]],
        "static": largest(ref, mine, result) if result else [],
        "lint": parts,
        "alarm": alarm,
    }
    answers.mkdir(parents=True, exist_ok=True)
    (answers / f"{case.slug}.json").write_text(json.dumps(answer, indent=1) + "\n", "utf-8")
    return answer


def seen(result: dict[str, Any]) -> dict[str, Any]:
    """What the runs of the reference and of the case did, without any hybrid."""
    findings = [finding for finding in result["findings"] if finding["variant"] != "ref"]
    decides = next(key for key, metric in result["metrics"].items() if metric["decides"])
    return {
        "steps": result["budget"]["steps"],
        "works": result["works"]["mine"],
        "ref_works": result["works"]["ref"],
        "metric": decides,
        "scores": result["metrics"][decides]["mine"],
        "status": [run["status"] for run in result["runs"] if run["variant"] == "mine"],
        "verdict": result["verdict"]["status"],
        "delay_factor": result["verdict"]["delay_factor"],
        "first_finding": f"{findings[0]['rule']} ({findings[0]['part']})" if findings else None,
    }

"""Trains every case beside its reference and writes down which works, so that the benchmark rests on seen failures.

    python -m benchmarks.faults.verify --work FOLDER [--seeds 3] [--jobs 1] [--only SLUG …] [--out benchmarks/faults]

Writes `verify.json` and `verify.md`: per case, which seeds work, FID, verdict and first finding of
`ebdiag compare ref:BASE CASE --budget quick`. A fault counts only when it fails on every seed; a harmless case only
when it works on every seed and not clearly worse. What is trained stays in the store (`EBDIAG_HOME`, else
FOLDER/store), so that a stopped run goes on where it was, and `run.py` over the same store trains only hybrids.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ebdiag.load import load
from ebdiag.words import number

from .cases import BUDGET, CASES, ROOT, Case


SEEDS = 3
"""Fewer leave open whether a case counts."""

ANSWERS = {True: "yes", False: "no", None: "open"}


def absolute(path: str) -> Path:
    """A folder as an argument; commands run in the repository's root, wherever they were asked for."""
    return Path(path).absolute()


def environment(work: Path) -> dict[str, str]:
    """Variables of a command: the store lies in FOLDER where nothing else is said."""
    home = os.environ.get("EBDIAG_HOME") or str(work / "store")
    return {**os.environ, "EBDIAG_HOME": home, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def ebdiag(arguments: Sequence[str], work: Path, *, log: Path) -> tuple[int, str]:
    """Run a command of ebdiag; its exit code and what it printed. Progress goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as errors:
        done = subprocess.run(
            [sys.executable, "-m", "ebdiag.cli", *arguments],
            cwd=ROOT, env=environment(work), stdout=subprocess.PIPE, stderr=errors, text=True, check=False,
        )  # fmt: skip
    return done.returncode, done.stdout


def compare(case: Case, work: Path, seeds: int, jobs: int) -> dict[str, Any]:
    """The result of a comparison, made now unless it lies there already."""
    file, report = case.write(work / "cases"), work / "compared" / case.slug
    stored = report / "result.json"
    if stored.exists():
        result = json.loads(stored.read_text("utf-8"))
        same = result["variants"]["mine"]["fingerprint"] == load(str(file)).fingerprint
        if same and len(result["budget"]["seeds"]) >= seeds:
            return result
    options = [*BUDGET, "--seeds", str(seeds), "--jobs", str(jobs), "--out", str(report)]
    code, _ = ebdiag(["compare", f"ref:{case.base}", str(file), *options], work, log=work / "logs" / f"{case.slug}.txt")
    if code not in (0, 4):
        raise SystemExit(f"{case.slug}: compare ended with {code}; see {work / 'logs' / case.slug}.txt")
    return json.loads(stored.read_text("utf-8"))


def row(case: Case, result: dict[str, Any]) -> dict[str, Any]:
    """What the table says of a case."""
    findings = [f for f in result["findings"] if f["variant"] != "ref"]
    works, verdict = result["works"], result["verdict"]["status"]
    seen = len(works["mine"]) >= SEEDS
    fine = all(works["mine"]) and verdict != "mine_worse" if case.kind == "harmless" else not any(works["mine"])
    return {
        "kind": case.kind,
        "half": case.half,
        "base": case.base,
        "description": case.description,
        "accepted": case.accepted,
        "counts": (True if seen else None) if fine and all(works["ref"]) else False,
        "works": works["mine"],
        "ref_works": works["ref"],
        "fid": result["metrics"]["fid"]["mine"],
        "coverage": result["metrics"]["coverage"]["mine"],
        "status": [run["status"] for run in result["runs"] if run["variant"] == "mine"],
        "verdict": verdict,
        "delay_factor": result["verdict"]["delay_factor"],
        "differences": [difference["part"] for difference in result["differences"]],
        "first_finding": f"{findings[0]['rule']} ({findings[0]['part']})" if findings else None,
        "steps": result["budget"]["steps"],
    }


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Markdown: a row a case."""
    lines = [
        "| case | kind | half | differs | works | FID | verdict | first finding | counts |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for slug, found in rows.items():
        fids = ", ".join("diverged" if value is None else number(value) for value in found["fid"])
        cells = [
            f"`{slug}`: {found['description']}", found["kind"], found["half"],
            ", ".join(found["differences"]) or "nothing", f"{sum(found['works'])} of {len(found['works'])}", fids,
            f"`{found['verdict']}`", found["first_finding"] or "none", ANSWERS[found["counts"]],
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Compare them all, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=absolute, required=True, help="where files, reports and the store go")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="slugs; all if left out")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    rows: dict[str, dict[str, Any]] = {}
    for slug, case in CASES.items():
        if arguments.only and slug not in arguments.only:
            continue
        try:
            found = row(case, compare(case, arguments.work, arguments.seeds, arguments.jobs))
        except SystemExit as error:
            print(error, flush=True)
            continue
        rows[slug] = found
        arguments.out.mkdir(parents=True, exist_ok=True)
        content = {"command": "python -m benchmarks.faults.verify", "budget": " ".join(BUDGET), "cases": rows}
        (arguments.out / "verify.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
        (arguments.out / "verify.md").write_text(table(rows), "utf-8")
        print(
            f"{slug}: {sum(found['works'])} of {len(found['works'])} work; counts: {ANSWERS[found['counts']]}",
            flush=True,
        )


if __name__ == "__main__":
    main()

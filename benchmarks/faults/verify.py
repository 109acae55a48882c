"""Trains every case beside its reference and writes down which works, so that the benchmark rests on seen failures.

    python -m benchmarks.faults.verify --work FOLDER [--seeds 3] [--jobs 1] [--only SLUG …] [--tell] [--out FOLDER]

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

COMMAND = "python -m benchmarks.faults.verify"
SEEDS = 3
"""Fewer leave open whether a case counts."""

ANSWERS = {True: "yes", False: "no", None: "open"}


def absolute(path: str) -> Path:
    """A folder as an argument."""
    return Path(path).absolute()


def commit() -> str:
    """The commit of this checkout, with a + where files differ from it."""

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


def stored(case: Case, work: Path) -> dict[str, Any] | None:
    """The result of a comparison that was made of the file as it is now."""
    file, report = case.write(work / "cases"), work / "compared" / case.slug / "result.json"
    if not report.exists():
        return None
    result: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return result if result["variants"]["mine"]["fingerprint"] == load(str(file)).fingerprint else None


def compare(case: Case, work: Path, seeds: int, jobs: int) -> dict[str, Any] | None:
    """The result of a comparison, made now unless it lies there already; None where there is none."""
    known = stored(case, work)
    if known and len(known["budget"]["seeds"]) >= seeds:
        return known
    file, report, log = f"cases/{case.slug}.py", f"compared/{case.slug}", work / "logs"
    options = [*BUDGET, "--seeds", str(seeds), "--jobs", str(jobs), "--out", report]
    code, _ = ebdiag(["compare", f"ref:{case.base}", file, *options], work, log=log / f"{case.slug}.txt")
    if code not in (0, 4):
        print(f"{case.slug}: compare ended with {code}; see {log / case.slug}.txt", flush=True)
        return None
    return stored(case, work)


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


def write(rows: dict[str, dict[str, Any]], out: Path) -> None:
    """Write both files."""
    out.mkdir(parents=True, exist_ok=True)
    content = {"command": COMMAND, "commit": commit(), "budget": " ".join(BUDGET), "cases": rows}
    (out / "verify.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    made = f"`{COMMAND}` at commit {content['commit']}; `{content['budget']}`.\n"
    (out / "verify.md").write_text(f"{made}\n{table(rows)}", "utf-8")


def main() -> None:
    """Compare them all, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=absolute, required=True, help="where files, reports and the store go")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="slugs; all if left out")
    parser.add_argument("--tell", action="store_true", help="train nothing, and tell what is there")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    rows: dict[str, dict[str, Any]] = {}
    for slug, case in CASES.items():
        if arguments.only and slug not in arguments.only:
            continue
        work = arguments.work
        result = stored(case, work) if arguments.tell else compare(case, work, arguments.seeds, arguments.jobs)
        if result is None:
            continue
        rows[slug] = row(case, result)
        write(rows, arguments.out)
        works, counts = rows[slug]["works"], ANSWERS[rows[slug]["counts"]]
        print(f"{slug}: {sum(works)} of {len(works)} work; counts: {counts}", flush=True)


if __name__ == "__main__":
    main()

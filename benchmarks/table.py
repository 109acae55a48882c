"""All benchmarks, row by row, into benchmarks/results.json and benchmarks/results.md.

    python benchmarks/table.py [--again] [--only ROW …] [--list]

Rows that results.json has from the same kind of machine are not measured again, unless `--again`: an interrupted table
goes on where it was. Rows marked optional take minutes each and are measured only where `--only` names them.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MINE = "user_models/dead_pull_away.py"


@dataclass(frozen=True)
class Row:
    """One command; `prepare` runs before it and is not timed; a row without JSON of its own gives its seconds."""

    name: str
    command: tuple[str, ...]
    prepare: tuple[tuple[str, ...], ...] = ()
    optional: bool = False

    @property
    def timed(self) -> bool:
        """Whether the figure is the time that the command takes."""
        return self.command[0] == "-m"


QUICK = ("-m", "ebdiag.cli", "compare", "MINE", "--budget", "quick", "--out", "OUT")
ROWS = (
    Row("step ebgan_pt", ("benchmarks/step.py", "--json", "--rounds", "5", "ref:ebgan_pt")),
    Row("step ebgan_infogan", ("benchmarks/step.py", "--json", "--rounds", "3", "--steps", "10", "ref:ebgan_infogan")),
    Row("probes", ("benchmarks/probes.py", "--json")),
    Row("drift", ("benchmarks/drift.py", "--json")),
    Row("growth", ("benchmarks/growth.py", "--json")),
    Row("seeds in one go", ("benchmarks/seeds.py", "--json", "--seeds", "3")),
    Row("gpu", ("benchmarks/gpu.py", "--json")),
    Row("compare cold", QUICK, optional=True),
    Row("compare warm", QUICK, prepare=(QUICK,), optional=True),
    Row(
        "compare only mine changed", (*QUICK, "--set", "generator_lr=0.0011"), prepare=(QUICK,), optional=True
    ),
    Row("lint", ("-m", "ebdiag.cli", "lint", "MINE"), optional=True),
    Row("lint --fast", ("-m", "ebdiag.cli", "lint", "MINE", "--fast"), optional=True),
    Row("report", ("-m", "ebdiag.cli", "report", "OUT"), prepare=(QUICK,), optional=True),
)  # fmt: skip
"""Timed rows have a store of their own, and MINE is a user model."""


def machine() -> dict[str, Any]:
    """What kind of machine this is; not which."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return {
        "cores": os.cpu_count(), "cpu": model, "system": platform.system(),
        "python": platform.python_version(), "torch": importlib.metadata.version("torch"),
    }  # fmt: skip


def measured(row: Row) -> dict[str, Any]:
    """Figures of a row, measured now."""
    if not row.timed:
        run = subprocess.run([sys.executable, *row.command], cwd=HERE.parent, stdout=subprocess.PIPE, check=True)
        figures: dict[str, Any] = json.loads(run.stdout)
        return figures
    with tempfile.TemporaryDirectory() as folder:
        places = {"OUT": f"{folder}/out", "MINE": MINE}
        environment = {**os.environ, "EBDIAG_HOME": f"{folder}/store"}

        def run_quietly(command: tuple[str, ...]) -> int:
            return subprocess.run(
                [sys.executable, *(places.get(word, word) for word in command)], cwd=HERE.parent, env=environment,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            ).returncode  # fmt: skip

        for command in row.prepare:
            run_quietly(command)
        began = time.perf_counter()
        code = run_quietly(row.command)
        return {"wall_s": round(time.perf_counter() - began, 2), "exit_code": code}


def flat(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Figures by the path of their names; a list of records by their first field."""
    found: list[tuple[str, Any]] = []
    for name, value in figures.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            found += flat(value, f"{path} · ")
        elif isinstance(value, list):
            for record in value:
                key, *rest = record.items()
                found += flat(dict(rest), f"{path} · {key[1]} · ")
        else:
            found.append((path, value))
    return found


def shown(value: Any) -> str:
    """A number with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else "none" if value is None else str(value)


def table(results: dict[str, Any]) -> str:
    """The whole page."""
    kind = results["machine"]
    lines = [
        "# Results", "",
        f"{kind['cores']} cores, {kind['cpu']}, {kind['system']}, Python {kind['python']}, torch {kind['torch']}."
        " Written by `python benchmarks/table.py`.", "",
    ]  # fmt: skip
    for name, row in results["rows"].items():
        lines += [f"## {name}", "", f"`{row['command']}`", "", "| figure | |", "|---|--:|"]
        lines += [f"| {path} | {shown(value)} |" for path, value in flat(row["figures"])]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[row.name for row in ROWS], metavar="ROW", help="these rows")
    parser.add_argument("--again", action="store_true", help="measure what results.json has already")
    parser.add_argument("--list", action="store_true", help="print the rows and their commands")
    arguments = parser.parse_args()
    if arguments.list:
        for row in ROWS:
            print(f"{row.name}{' (optional)' if row.optional else ''}: python {' '.join(row.command)}")
        return
    path = HERE / "results.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    if results.get("machine") != machine():
        results = {"machine": machine(), "rows": {}}
    for row in ROWS:
        wanted = row.name in arguments.only if arguments.only else not row.optional
        if not wanted or (row.name in results["rows"] and not arguments.again):
            continue
        print(row.name, file=sys.stderr, flush=True)
        command = "python " + " ".join(row.command)
        results["rows"][row.name] = {"command": command, "figures": measured(row)}
        ordered = [other.name for other in ROWS if other.name in results["rows"]]
        results["rows"] = {name: results["rows"][name] for name in ordered}
        path.write_text(json.dumps(results, indent=1) + "\n")
        (HERE / "results.md").write_text(table(results))


if __name__ == "__main__":
    main()

"""All benchmarks, row by row, into benchmarks/results.json and benchmarks/results.md.

    python benchmarks/table.py [--rows ROW …] [--again] [--list]

Each row is kept as soon as it is measured, so that an interrupted table goes on where it was. A row that results.json
has from the same kind of machine and the same sources is not measured again, unless `--again`. With `--rows` only
those are measured; the page marks what other sources gave.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One command, which prints one JSON object."""

    name: str
    command: tuple[str, ...]


ROWS = (
    Row("step ebgan_pt", ("benchmarks/step.py", "--json", "--rounds", "5", "ref:ebgan_pt")),
    Row("step ebgan_infogan", ("benchmarks/step.py", "--json", "--rounds", "3", "--steps", "10", "ref:ebgan_infogan")),
    Row("machine", ("benchmarks/machine.py", "--json")),
    Row("probes", ("benchmarks/probes.py", "--json")),
    Row("drift", ("benchmarks/drift.py", "--json")),
    Row("growth", ("benchmarks/growth.py", "--json")),
    Row("seeds in one go", ("benchmarks/seeds.py", "--json", "--seeds", "3")),
    Row("gpu", ("benchmarks/gpu.py", "--json")),
    Row("compare", ("benchmarks/commands.py", "--json", "compare")),
    Row("lint", ("benchmarks/commands.py", "--json", "lint")),
    Row("growth of comparisons", ("benchmarks/commands.py", "--json", "growth")),
)


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


def sources() -> str:
    """Hash of everything that a figure depends on but the machine: the program, its models, the benchmarks."""
    root = HERE.parent
    hashed = hashlib.sha256()
    for folder in ("ebdiag", "reference_models", "user_models", "benchmarks"):
        for path in sorted((root / folder).rglob("*.py")):
            hashed.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return hashed.hexdigest()[:16]


def measured(row: Row) -> dict[str, Any]:
    """Figures of a row, measured now."""
    paths = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))
    run = subprocess.run(
        [sys.executable, *row.command], cwd=HERE.parent, stdout=subprocess.PIPE, check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(run.stdout)
    return figures


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


def table(results: dict[str, Any], code: str) -> str:
    """The whole page.

    Args:
        code: Hash of the sources as they are now.
    """
    kind = results["machine"]
    lines = [
        "# Results", "",
        f"{kind['cores']} cores, {kind['cpu']}, {kind['system']}, Python {kind['python']}, torch {kind['torch']}."
        " Written by `python benchmarks/table.py`.", "",
    ]  # fmt: skip
    for name, row in results["rows"].items():
        lines += [f"## {name}", "", f"`{row['command']}`", ""]
        lines += [] if row.get("sources") == code else ["Measured on earlier sources.", ""]
        lines += ["| figure | |", "|---|--:|"]
        lines += [f"| {path} | {shown(value)} |" for path, value in flat(row["figures"])]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", choices=[row.name for row in ROWS], metavar="ROW", help="these rows")
    parser.add_argument("--again", action="store_true", help="measure what results.json has already")
    parser.add_argument("--list", action="store_true", help="print the rows and their commands")
    arguments = parser.parse_args()
    if arguments.list:
        for row in ROWS:
            print(f"{row.name}: python {' '.join(row.command)}")
        return
    path, code = HERE / "results.json", sources()
    results = json.loads(path.read_text()) if path.exists() else {}
    if results.get("machine") != machine():
        results = {"machine": machine(), "rows": {}}
    for row in ROWS:
        known = results["rows"].get(row.name, {}).get("sources") == code
        if (arguments.rows and row.name not in arguments.rows) or (known and not arguments.again):
            continue
        print(row.name, file=sys.stderr, flush=True)
        command = "python " + " ".join(row.command)
        results["rows"][row.name] = {"command": command, "sources": code, "figures": measured(row)}
        ordered = [other.name for other in ROWS if other.name in results["rows"]]
        results["rows"] = {name: results["rows"][name] for name in ordered}
        path.write_text(json.dumps(results, indent=1) + "\n")
        (HERE / "results.md").write_text(table(results, code))


if __name__ == "__main__":
    main()

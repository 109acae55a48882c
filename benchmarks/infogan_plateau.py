"""Where the collapse plateau of `reference_models/ebgan_infogan.py` comes from: five hybrids of it, three seeds each.

    python benchmarks/infogan_plateau.py --work FOLDER [--steps 1000] [--seeds 3] [--out reports/infogan_plateau]

Each hybrid is the reference with one thing put right (or two), written to FOLDER and compared with the untouched file
by `ebdiag compare`. What is trained stays in the store (`EBDIAG_HOME`), so that a stopped run goes on where it was and
`--steps` extends it. Writes `hybrids.json` and `hybrids.md`: per hybrid and seed the FID, the digits and the spread of
generated pixels over latents at chosen checkpoints.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ebdiag import evidence
from ebdiag.result import Result
from ebdiag.words import number

SOURCE = Path(__file__).parent.parent / "reference_models" / "ebgan_infogan.py"
Change = tuple[str, str]

NO_BATCHNORM: Change = ("            nn.BatchNorm1d(64 * 14 * 14),  # quirk 6\n", "")
DEFAULT_INIT: Change = ("nn.init.normal_(layer.weight, 0.0, 0.02)", "layer.reset_parameters()")
DEFAULT_BIAS: Change = (
    "            if layer.bias is not None:\n                nn.init.zeros_(layer.bias)\n",
    "",
)
ATTACHED: Change = ("energy(reconstruction, fake.detach())", "energy(reconstruction, fake)")
PULL_AWAY: Change = (
    "    scaled = code / code.abs().sum()\n    return ((scaled @ scaled.T).sum() - count) / (count * (count - 1))",
    "    scaled = code / code.norm(dim=1, keepdim=True)\n"
    "    return ((scaled @ scaled.T).square().sum() - count) / (count * (count - 1))",
)

HYBRIDS: dict[str, tuple[str, Sequence[Change]]] = {
    "no_batchnorm": ("no BatchNorm in D's decoder", [NO_BATCHNORM]),
    "default_init": ("PyTorch's initial weights", [DEFAULT_INIT, DEFAULT_BIAS]),
    "no_batchnorm_default_init": ("both", [NO_BATCHNORM, DEFAULT_INIT, DEFAULT_BIAS]),
    "attached_target": ("the generator's target attached", [ATTACHED]),
    "paper_pull_away": ("the paper's pull-away term", [PULL_AWAY]),
}
UNTOUCHED = "untouched"
SHOWN = (500, 750, 1_000, 1_500, 2_000)
METRICS = ("fid", "digits", "coverage", "pixel_spread")


def hybrid(changes: Sequence[Change]) -> str:
    """The reference's source with each text exchanged exactly once."""
    text = SOURCE.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{SOURCE} does not say, once: {old}"
        text = text.replace(old, new)
    return text


def compare(file: Path, folder: Path, steps: int, seeds: int) -> tuple[Result, evidence.Evidence]:
    """Train what is not stored, and read the report."""
    options = ["--steps", str(steps), "--seeds", str(seeds), "--probes", "all", "--out", str(folder)]
    command = [sys.executable, "-m", "ebdiag.cli", "compare", "ref:ebgan_infogan", str(file), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return Result.load(folder), evidence.read(folder)


def rows(read: evidence.Evidence, side: str, seeds: int) -> dict[str, Any]:
    """Metric → seed → checkpoint → value, at the checkpoints shown."""
    found: dict[str, Any] = {metric: [] for metric in METRICS}
    for seed in range(seeds):
        table = read.checkpoints[side, seed]
        at = {int(step): place for place, step in enumerate(table["step"])}
        for metric in METRICS:
            values = {str(step): float(table[metric][at[step]]) for step in SHOWN if step in at}
            found[metric].append({step: value if math.isfinite(value) else None for step, value in values.items()})
    return found


def table(all_rows: dict[str, dict[str, Any]], names: dict[str, str]) -> str:
    """Markdown: a row a hybrid, FID of each seed at each checkpoint; digits and pixel spread at the last one."""
    steps = [str(step) for step in SHOWN if all(str(step) in rows["fid"][0] for rows in all_rows.values())]
    lines = [
        f"| changed | {' | '.join(f'FID at {int(step):,}' for step in steps)} | digits | pixel spread |",
        f"|---|{'---|' * (len(steps) + 2)}",
    ]
    for key, found in all_rows.items():
        cells = [", ".join(number(seed[step]) for seed in found["fid"]) for step in steps]
        cells += [", ".join(number(seed[steps[-1]]) for seed in found[metric]) for metric in ("digits", "pixel_spread")]
        lines.append(f"| {names[key]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run them all, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="where hybrids and their reports go")
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("reports/infogan_plateau"))
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, Any]] = {}
    names = {UNTOUCHED: "nothing"} | {key: name for key, (name, _) in HYBRIDS.items()}
    for key, (_, changes) in HYBRIDS.items():
        file = arguments.work / f"{key}.py"
        file.write_text(hybrid(changes), "utf-8")
        _, read = compare(file, arguments.work / key, arguments.steps, arguments.seeds)
        found.setdefault(UNTOUCHED, rows(read, "ref", arguments.seeds))
        found[key] = rows(read, "mine", arguments.seeds)
        content = {"steps": arguments.steps, "seeds": arguments.seeds, "hybrids": found}
        (arguments.out / "hybrids.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
        (arguments.out / "hybrids.md").write_text(table(found, names), "utf-8")
        print(key, flush=True)


if __name__ == "__main__":
    main()

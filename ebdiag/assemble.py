"""Everything a comparison found, put together: the Result, and the arrays of its report folder."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__, evidence, stats, verdicts
from .diagnose import diagnose
from .differences import differences, initial_equal_share
from .elsewhere import worked_here
from .judge import judge
from .records import DataSpec, Facts, Line, Run, Side, Variant
from .result import Budget, Dataset, Lint, PartResult, Result, RunResult, VariantResult, Volatile, near
from .rules.case import Seed
from .schema import LineRef
from .store import RunFolder, measures_key

SIDES: tuple[Side, Side] = ("ref", "mine")


def assemble(
    variants: Mapping[Side, Variant],
    facts: Mapping[Side, Facts],
    runs: Mapping[Side, Sequence[Run]],
    data: DataSpec,
    *,
    steps: int,
    seeds: Sequence[int],
    command: str,
    total_s: float,
    real: np.ndarray,
) -> Result:
    """The Result of a comparison; nothing outside `volatile` depends on when or where it was made.

    Args:
        real: uint8 (N, C, H, W), a few real images as the measure.
    """
    diffs = differences(variants["ref"], facts["ref"], variants["mine"], facts["mine"])
    names = verdicts.names(variants["ref"].path, variants["mine"].path)
    judgement = judge(runs["ref"], runs["mine"], data, names=names, differences=diffs)
    shown = {side: variant_result(variants[side], facts, side) for side in SIDES}
    if judgement.works.mine and all(judgement.works.mine):
        batch, environment = facts["mine"].config["batch_size"], runs["mine"][0].spec.environment
        note = worked_here(variants["mine"], data, steps, batch, environment, variants["ref"].path)
        if note is not None:
            told = {**shown["mine"].facts, "worked_here": note}
            shown["mine"] = shown["mine"].model_copy(update={"facts": told})
    everything = [run for side in SIDES for run in runs[side]]
    seen = {side: seen_by_rules(runs[side], getattr(judgement.works, side)) for side in SIDES}
    return Result(
        ebdiag=__version__,
        dataset=Dataset(**{**data.__dict__}),
        budget=Budget(steps=steps, seeds=list(seeds), checkpoints=list(everything[0].spec.checkpoints)),
        volatile=Volatile(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            environment=_environment(everything),
            times={_name(run): round(run.wall_s, 2) for run in everything} | {"total": round(total_s, 2)},
            memory={_name(run): round(run.peak_mib, 1) for run in everything},
            paths={_name(run): near(Path(run.folder)) for run in everything if run.folder},
            trained={_name(run): run.trained for run in everything},
            command=command,
        ),
        variants=shown,
        differences=diffs,
        findings=diagnose(variants, facts, diffs, seen, real=real, delay_factor=judgement.verdict.delay_factor),
        runs=[
            RunResult(
                id=run.spec.id,
                variant=run.spec.side,
                seed=run.spec.seed,
                status=run.status,
                steps=run.steps,
                reason=run.reason,
                line=LineRef(file=run.line.file, line=run.line.line) if run.line else None,
                notes=list(run.notes),
            )
            for run in everything
        ],
        metrics=judgement.metrics,
        works=judgement.works,
        verdict=judgement.verdict,
    )


def before_training(variants: Mapping[Side, Variant], facts: Mapping[Side, Facts]) -> Lint:
    """What can be said without a run."""
    diffs = differences(variants["ref"], facts["ref"], variants["mine"], facts["mine"])
    return Lint(
        variants={side: variant_result(variants[side], facts, side) for side in SIDES},
        differences=diffs,
        findings=diagnose(variants, facts, diffs),
    )


def seen_by_rules(runs: Sequence[Run], works: Sequence[bool]) -> list[Seed]:
    """Runs as rules see them."""
    seen = []
    for run, ok in zip(runs, works, strict=True):
        stored = RunFolder(Path(run.folder)) if run.folder else None
        table = stored.table(run.steps) if stored else None
        series = {} if table is None else {n: table[n].to_numpy().astype(np.float64) for n in table.column_names}
        seen.append(Seed(run, stats.score(run), ok, series, _samples(stored, run)))
    return seen


def _samples(stored: RunFolder | None, run: Run) -> np.ndarray | None:
    """What the run drew at its last checkpoint."""
    if stored is None or not run.measures:
        return None
    last = run.measures[-1].step
    with np.load(stored.arrays(last, measures_key(run.spec, last)), allow_pickle=False) as arrays:
        samples: np.ndarray | None = arrays.get("samples")
    return samples


def placed(result: Result, folder: Path, provisional: int | None = None) -> Result:
    """The result as it stands in a report folder.

    Args:
        provisional: How many seeds are planned, where some are still to be trained.
    """
    update = {"paths": {**result.volatile.paths, "report": near(folder / "report.html")}, "provisional": provisional}
    return result.model_copy(update={"volatile": result.volatile.model_copy(update=update)})


def _name(run: Run) -> str:
    return f"{run.spec.side}/{run.spec.seed}"


def _environment(runs: Sequence[Run]) -> dict[str, Any]:
    [run, *_] = runs
    together = max(run.spec.environment.together for run in runs)  # 1 for a model that could not be batched
    packages = {name: importlib.metadata.version(name) for name in ("torch", "numpy", "scipy")}
    return {
        **packages,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "device": run.spec.environment.device,
        "threads": run.spec.environment.threads,
        **({"kernels": "fast"} if run.spec.environment.kernels == "fast" else {}),
        **({"seeds_in_one_go": together} if together > 1 else {}),
    }


def assumed(variant: Variant) -> list[str]:
    """What of a script was taken for granted, each with its line."""
    rows = variant.script.assumed if variant.script is not None else ()
    return [f"assumed at {Line(variant.path, line)}: {text}" for line, text in rows]


def variant_result(variant: Variant, facts: Mapping[Side, Facts], side: Side) -> VariantResult:
    """A model as results show it."""
    own = facts[side]
    shown: dict[str, Any] = {
        "config": own.config,
        "layers": own.layers,
        "autoencoder": own.autoencoder,
        "single_pass": own.single_pass,
        "yardsticks": own.yardsticks,
        "narrowest": own.narrowest,
        "rates": own.rates,
        "ladder": own.ladder,
        "conformance": own.conformance,
        "ranges": own.ranges,
    }
    if variant.script is not None:
        shown["script"] = {name: [list(row) for row in rows] for name, rows in vars(variant.script).items()}
    if side == "mine":
        shown["initial_equal_share"] = initial_equal_share(facts["ref"], own)
    return VariantResult(
        path=variant.path,
        kind=variant.kind,
        fingerprint=variant.fingerprint,
        parts={
            name: PartResult(source=part.source, value=own.parts[name]["value"], used=own.parts[name]["used"])
            for name, part in variant.parts.items()
        },
        facts=shown,
        notes=[*assumed(variant), *own.notes],
    )


def write_data(folder: Path, runs: Mapping[Side, Sequence[Run]], real: np.ndarray) -> None:
    """Copy from the store what the report's figures need, so that the folder stands alone.

    Args:
        real: uint8 (N, C, H, W), a few real images as the measure.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables, rows = [], []
    samples: dict[str, np.ndarray] = {"real": real}
    files = (evidence.ENERGIES, evidence.CODES, evidence.IMAGES, evidence.PAIRS)
    last: dict[str, dict[str, np.ndarray]] = {name: {} for name in files}
    for side in SIDES:
        for run in runs[side]:
            stored = RunFolder(Path(run.folder))
            table = stored.table(run.steps) if run.folder else None
            if table is not None:
                tables.append(_labelled(table, run, pa))
            for measured in run.measures:
                rows.append({"variant": side, "seed": run.spec.seed, "step": measured.step, **measured.values})
                key = measures_key(run.spec, measured.step)
                with np.load(stored.arrays(measured.step, key), allow_pickle=False) as arrays:
                    if "samples" in arrays:
                        samples[f"{side}/{run.spec.seed}/{measured.step}"] = arrays["samples"]
                    if measured is run.measures[-1]:
                        for name in arrays.files:
                            for file, label in _places(name, f"{side}/{run.spec.seed}"):
                                last[file][label] = arrays[name]
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name in (evidence.SERIES, evidence.CHECKPOINTS):
        (folder / name).unlink(missing_ok=True)
    if tables:
        pq.write_table(pa.concat_tables(tables, promote_options="permissive"), folder / evidence.SERIES)
    if rows:
        pq.write_table(pa.Table.from_pylist(rows), folder / evidence.CHECKPOINTS)
    np.savez_compressed(folder / evidence.SAMPLES, allow_pickle=False, **samples)
    for file, kept in last.items():
        np.savez_compressed(folder / file, allow_pickle=False, **kept)


def write_hybrids(folder: Path, runs: Mapping[str, Run]) -> None:
    """Copy what hybrids drew at their ends, under the names that they are shown by; nothing where there are none."""
    drawn = {}
    for name, run in runs.items():
        samples = _samples(RunFolder(Path(run.folder)), run) if run.folder else None
        if samples is not None:
            drawn[f"{name}/{run.spec.seed}"] = samples
    (folder / evidence.HYBRIDS).unlink(missing_ok=True)
    if drawn:
        np.savez_compressed(folder / evidence.HYBRIDS, allow_pickle=False, **drawn)


OF_PAIRS = ("cosines", "roc", "thresholds", "reliability", "own_threshold")
"""Families of arrays that only encoders have."""


def _places(name: str, run: str) -> list[tuple[str, str]]:
    """Where the array of that name of a run's last checkpoint goes in the report: (file, name there)."""
    family, _, kind = name.partition(".")
    if family in OF_PAIRS or kind == "embedding":
        return [(evidence.PAIRS, f"{run}/{name}")]
    if name == "digit_shares.real":
        return [(evidence.CODES, "digit_shares/real/0")]
    return {
        "energies": [(evidence.ENERGIES, f"{run}/{kind}")],
        "spectrum": [(evidence.CODES, f"spectra/{run}/{kind}")],
        "digit_shares": [(evidence.CODES, f"digit_shares/{run}")],
        "reconstructions": [(evidence.IMAGES, f"reconstructions/{run}/{kind}")],
        "interpolations": [(evidence.IMAGES, f"interpolations/{run}")],
    }.get(family, [])


def _labelled(table: Any, run: Run, pa: Any) -> Any:
    count = table.num_rows
    table = table.add_column(0, "variant", pa.array([run.spec.side] * count, pa.string()))
    return table.add_column(1, "seed", pa.array([run.spec.seed] * count, pa.int64()))

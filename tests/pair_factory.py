"""Report folders of contrastive encoders with invented but plausible arrays: ref tells pairs apart, mine hardly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import result_factory
from numpy.typing import NDArray

from ebdiag.result import Result

Array = NDArray[np.float64]

SEEDS = (0, 1, 2)
PAIRS, BINS, UPDATES = 400, 15, 640
FLOOR = 0.3133
"""Of binary cross-entropy on a bare cosine: ln(1 + e⁻¹)."""
OWN = {"ref": 0.5, "mine": 0.0}
"""From which cosine on each says "same"."""

METRICS: dict[str, tuple[list[float], list[float]]] = {
    "linear_probe_accuracy": ([0.97, 0.965, 0.972], [0.81, 0.78, 0.84]),
    "neighbour_accuracy": ([0.96, 0.955, 0.97], [0.71, 0.75, 0.70]),
    "alignment": ([0.21, 0.24, 0.20], [0.06, 0.30, 0.12]),
    "uniformity": ([-2.9, -3.0, -2.8], [-0.4, -0.8, -0.6]),
}


def cosines(side: str, seed: int, *, point: bool = False) -> tuple[Array, Array]:
    """Of same and of different held-out pairs; `point`: mine gives one embedding to everything."""
    rng = np.random.default_rng([seed, side == "ref"])
    if side == "ref":
        return np.clip(rng.normal(0.9, 0.1, PAIRS), -1, 1), np.clip(rng.normal(0.1, 0.2, PAIRS), -1, 1)
    if point:
        return np.ones(PAIRS), np.ones(PAIRS)
    return rng.uniform(0.62, 0.92, PAIRS), rng.uniform(0.58, 0.90, PAIRS)


def probabilities(side: str, values: Array) -> Array:
    """What each variant makes of cosines: ref has a temperature, mine takes the cosine itself for a logit."""
    return np.asarray(1 / (1 + np.exp(-((values - 0.5) / 0.1 if side == "ref" else values))))


def arrays(side: str, seed: int, *, point: bool = False) -> dict[str, Array]:
    """The arrays of one run, by name; mine has pairs of its own."""
    same, different = cosines(side, seed, point=point)
    rng = np.random.default_rng([seed, 7, side == "ref"])
    cuts = np.unique(np.concatenate([same, different]))[::-1]
    cuts = np.concatenate([[2.0], cuts[:: max(1, cuts.size // 190)], [-2.0]])
    grid = np.linspace(-1, 1, 101)
    width = 64 if side == "ref" else 128
    spectrum = (
        np.full(width, 1e-16) if point and side == "mine" else np.exp(-np.arange(width) / (1 + 5 * (side == "ref")))
    )
    found = {
        "cosines.same": same,
        "cosines.different": different,
        "roc": np.array([[(different >= cut).mean() for cut in cuts], [(same >= cut).mean() for cut in cuts]]),
        "thresholds": np.array([grid, [((same >= cut).mean() + (different < cut).mean()) / 2 for cut in grid]]),
        "reliability": _reliability(probabilities(side, same), probabilities(side, different)),
        "spectrum.embedding": spectrum * np.exp(rng.normal(0, 0.05)),
        "spread.embedding": np.abs(rng.normal(0.75 if side == "ref" else 0.3, 0.1, width))
        * (1 - (point and side == "mine")),
        "own_threshold": np.array([OWN[side]]),
    }
    if side == "mine":
        found |= {f"cosines.own_{kind}": rng.uniform(0.55, 0.95, 250) for kind in ("same", "different")}
    return found


def _reliability(same: Array, different: Array) -> Array:
    said, true = np.concatenate([same, different]), np.repeat([1.0, 0.0], [same.size, different.size])
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    amount = np.bincount(places, minlength=BINS).astype(float)
    sums = [np.bincount(places, weights, BINS) for weights in (said, true)]
    return np.array([*(np.where(amount > 0, s / np.maximum(amount, 1), np.nan) for s in sums), amount])


def result(*, seeds: int = 3) -> Result:
    """The content of `result.json`."""
    content = result_factory.result("alone" if seeds == 1 else "fails").model_dump(by_alias=True)
    content["works"]["bar"] = {"pair_auroc_min": 0.9}
    loss = {"floor": FLOOR, "scale_free": True}
    content["variants"]["mine"]["facts"]["conformance"] = {"response": {"loss": loss}}
    for key, (ref, mine) in METRICS.items():
        unit = {"unit": "", "better": "none", "scale": "linear"}
        content["metrics"][key] = {**unit, "ref": ref[:seeds], "mine": mine[:seeds]}
    return Result.model_validate(content)


def write(folder: Path, *, seeds: int = 3, updates: dict[str, int] | None = None, point: bool = False) -> Path:
    """Fill `folder` with `result.json` and `data/`; returns the folder.

    Args:
        updates: Of each side; a side that is left out has nothing but its place in `result.json`.
        point: Whether mine gives one embedding to everything.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    result(seeds=seeds).save(folder / "result.json")
    given = {"ref": UPDATES, "mine": UPDATES} if updates is None else updates
    stored = {
        f"{side}/{seed}/{name}": values
        for side in given
        for seed in SEEDS[:seeds]
        for name, values in arrays(side, seed, point=point).items()
    }
    np.savez_compressed(folder / "data" / "pairs.npz", allow_pickle=False, **stored)
    for name, table in (("series", _series), ("checkpoints", _checkpoints)):
        parts = [
            _labelled(table(side, seed, last), side, seed) for side, last in given.items() for seed in SEEDS[:seeds]
        ]
        columns: dict[str, Any] = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        pyarrow.parquet.write_table(pyarrow.table(columns), folder / "data" / f"{name}.parquet")
    return folder


def _labelled(table: dict[str, Array], side: str, seed: int) -> dict[str, NDArray[Any]]:
    size = table["step"].size
    return {"variant": np.full(size, side), "seed": np.full(size, seed), **table}


def _series(side: str, seed: int, last: int) -> dict[str, Array]:
    steps = np.arange(1.0, last + 1)
    good, noise = side == "ref", np.random.default_rng(seed).normal(0, 0.02, last)
    fall = np.exp(-steps / max(last / 10, 3))
    due = steps % 10 == 0
    return {
        "step": steps,
        "cosine.same": (0.93 - 0.1 * fall if good else 0.8 + 0.1 * fall) + noise,
        "cosine.different": (0.1 + 0.6 * fall if good else 0.55 + 0.35 * fall) + noise,
        "loss.encoder.pairs": (0.06 + 0.6 * fall if good else 0.33 + 0.1 * fall) + np.abs(noise) / 3,
        "loss.encoder.weight": np.full(last, 0.01),
        "embedding.mean_share": np.where(due, 0.1 + 0.5 * fall if good else 0.75 + 0.1 * fall, np.nan),
    }


def _checkpoints(side: str, seed: int, last: int) -> dict[str, Array]:
    steps = np.array([last // 4, last // 2, last], float)
    scores = [0.9, 0.96, 0.985] if side == "ref" else [0.55, 0.6, 0.58]
    return {"step": steps, "pair_auroc": np.array(scores) - 0.005 * seed}

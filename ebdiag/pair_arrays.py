"""What figures of contrastive encoders take from the arrays of held-out pairs; whatever is not finite is left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .evidence import Evidence
from .figures.style import Array, Side


def finite_values(evidence: Evidence, side: Side, name: str) -> list[Array]:
    """The array of each seed, without what is not finite; empty ones left out."""
    runs = [evidence.pairs[key] for key in sorted(evidence.pairs) if (key[0], key[2]) == (side, name)]
    finite = [run[np.isfinite(run)] for run in runs]
    return [run for run in finite if run.size]


def finite_columns(evidence: Evidence, side: Side, name: str, *, rows: int) -> list[Array]:
    """The (rows, n) array of each seed, its finite columns; those with fewer than two left out."""
    runs = [evidence.pairs[key] for key in sorted(evidence.pairs) if (key[0], key[2]) == (side, name)]
    finite = [run[:, np.isfinite(run).all(axis=0)] for run in runs if run.shape[0] == rows]
    return [run for run in finite if run.shape[1] > 1]


def mean_by_rank(runs: Sequence[Array]) -> Array:
    """Mean over seeds by rank, up to the shortest."""
    shortest = min(run.size for run in runs)
    return np.asarray(np.mean([run[:shortest] for run in runs], axis=0))


def area(curve: Array) -> float:
    """Under straight lines from point to point, (2, k), ascending: of a ROC curve, its AUROC."""
    widths, heights = np.diff(curve[0]), (curve[1][1:] + curve[1][:-1]) / 2
    return float((widths * heights).sum())


def reliability_tables(evidence: Evidence, side: Side) -> list[Array]:
    """One (3, bins) array a seed whose bins hold any pairs."""
    found = [evidence.pairs[key] for key in sorted(evidence.pairs) if (key[0], key[2]) == (side, "reliability")]
    kept = []
    for table in found:
        there = np.isfinite(table).all(axis=0) & (table[2] > 0)
        if there.any():
            kept.append(np.where(there, table, np.array([[np.nan], [np.nan], [0.0]])))
    return kept


def pooled_bins(tables: Sequence[Array]) -> Array:
    """The same over the pairs of all seeds."""
    stacked = np.stack(tables)
    amount = stacked[:, 2].sum(axis=0)
    sums = np.nansum(stacked[:, :2] * stacked[:, 2:], axis=0)
    return np.vstack([np.where(amount > 0, sums / np.maximum(amount, 1), np.nan), amount])


def calibration_error(table: Array) -> float:
    """Expected calibration error: mean gap between said and seen, by the pairs in a bin."""
    gaps = np.abs(table[0] - table[1])
    return float(np.nansum(gaps * table[2]) / table[2].sum())


def same_share(evidence: Evidence) -> float | None:
    """Share of same among the data set's held-out pairs; they are the same for both models and every seed."""
    for side, seed, name in sorted(evidence.pairs):
        other = evidence.pairs.get((side, seed, "cosines.different"))
        if name == "cosines.same" and other is not None:
            same = evidence.pairs[side, seed, name].size
            return same / (same + other.size) if same else None
    return None

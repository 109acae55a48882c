"""The arrays in the folder `data/` of a report. Whatever is missing is simply empty; loads without torch."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import EbdiagError
from .folders import DATA_BYTES, inside, small_enough

SERIES, CHECKPOINTS = "data/series.parquet", "data/checkpoints.parquet"
SAMPLES, ENERGIES = "data/samples.npz", "data/energies.npz"
CODES, IMAGES = "data/codes.npz", "data/images.npz"
HYBRIDS = "data/hybrids.npz"
PAIRS = "data/pairs.npz"

_RUN = r"[^/]+/\d+"
NAMES = {
    SAMPLES: rf"real|{_RUN}/\d+",
    ENERGIES: rf"{_RUN}/[^/]+",
    CODES: rf"spectra/{_RUN}/[^/]+|digit_shares/{_RUN}",
    IMAGES: rf"reconstructions/{_RUN}/[^/]+|interpolations/{_RUN}",
    HYBRIDS: _RUN,
    PAIRS: rf"{_RUN}/[^/]+",
}
"""File → names of the arrays that are read of it; others are left alone."""

KINDS = {
    SAMPLES: (True, (4,)),
    ENERGIES: (False, (1,)),
    CODES: (False, (1,)),
    IMAGES: (True, (5,)),
    HYBRIDS: (True, (4,)),
    PAIRS: (False, (1, 2)),
}
"""File → whether its arrays are pictures, bytes, and how many dimensions they have."""

Table = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Evidence:
    """What was recorded.

    Attributes:
        series: (variant, seed) → column → (n,), ascending in `step`; NaN where not recorded.
        checkpoints: The same, one row a checkpoint, one column a metric.
        samples: `real` and (variant, seed, step) → uint8 (N, C, H, W).
        energies: (variant, seed, kind) → (n,); kind is real, held_out, fake or noise.
        spectra: (variant, seed, kind) → (d,), eigenvalues of the covariance of codes, descending, at the last
            checkpoint; kind is real, fake or recon.
        digit_shares: (variant, seed) → (classes,), shares among confident predictions; `("real", 0)` of the data set.
        reconstructions: (variant, seed, kind) → uint8 (2, N, C, H, W): inputs and reconstructions; kind is real,
            fake or noise.
        interpolations: (variant, seed) → uint8 (rows, columns, C, H, W): each row walks between two latents.
        hybrids: (`broken` or `restored`, seed) → uint8 (N, C, H, W): what ref with the culprit draws at its end, and
            what mine without it does; from the latents that `samples` come from.
        pairs: (variant, seed, name) → array of a contrastive encoder at its last checkpoint, on held-out pairs:
            `cosines.same` and `cosines.different` (n,), the same of the variant's own pairs as `cosines.own_…`;
            `roc` (2, k), false- and true-positive rates; `thresholds` (2, k), a cosine and the accuracy there;
            `reliability` (3, bins), mean probability, share of same, count; `spectrum.embedding` (d,), eigenvalues
            of the covariance of normalised embeddings, descending; `spread.embedding` (d,), their standard
            deviation by dimension times √d; `own_threshold` (1,), the lowest cosine that `predict` calls same.
    """

    series: Mapping[tuple[str, int], Table]
    checkpoints: Mapping[tuple[str, int], Table]
    real: NDArray[np.uint8] | None
    samples: Mapping[tuple[str, int, int], NDArray[np.uint8]]
    energies: Mapping[tuple[str, int, str], NDArray[np.float64]]
    spectra: Mapping[tuple[str, int, str], NDArray[np.float64]] = field(default_factory=dict)
    digit_shares: Mapping[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)
    reconstructions: Mapping[tuple[str, int, str], NDArray[np.uint8]] = field(default_factory=dict)
    interpolations: Mapping[tuple[str, int], NDArray[np.uint8]] = field(default_factory=dict)
    hybrids: Mapping[tuple[str, int], NDArray[np.uint8]] = field(default_factory=dict)
    pairs: Mapping[tuple[str, int, str], NDArray[np.float64]] = field(default_factory=dict)


def read(folder: Path) -> Evidence:
    """Read what is there.

    Raises:
        EbdiagError: A file is there but cannot be read.
    """
    samples, energies = _arrays(folder, SAMPLES), _arrays(folder, ENERGIES)
    codes, images = _arrays(folder, CODES), _arrays(folder, IMAGES)
    hybrids, pairs = _arrays(folder, HYBRIDS), _arrays(folder, PAIRS)
    real = samples.pop("real", None)
    return Evidence(
        series=_tables(folder, SERIES),
        checkpoints=_tables(folder, CHECKPOINTS),
        real=real,
        samples={(k[0], int(k[1]), int(k[2])): value for name, value in samples.items() if (k := name.split("/"))},
        energies={
            (k[0], int(k[1]), k[2]): value.astype(np.float64)
            for name, value in energies.items()
            if (k := name.split("/"))
        },
        spectra={(k[0], int(k[1]), k[2]): value.astype(np.float64) for k, value in _under("spectra", codes)},
        digit_shares={(k[0], int(k[1])): value.astype(np.float64) for k, value in _under("digit_shares", codes)},
        reconstructions={(k[0], int(k[1]), k[2]): value for k, value in _under("reconstructions", images)},
        interpolations={(k[0], int(k[1])): value for k, value in _under("interpolations", images)},
        hybrids={(k[0], int(k[1])): value for name, value in hybrids.items() if (k := name.split("/"))},
        pairs={
            (key[0], int(key[1]), key[2]): value.astype(np.float64)
            for name, value in pairs.items()
            if (key := name.split("/"))
        },
    )


def _under(family: str, arrays: Mapping[str, NDArray[Any]]) -> list[tuple[list[str], NDArray[Any]]]:
    """The arrays named `family/…`, each with the rest of its name, split."""
    prefix = f"{family}/"
    return [(name.removeprefix(prefix).split("/"), arrays[name]) for name in arrays if name.startswith(prefix)]


def _tables(folder: Path, name: str) -> dict[tuple[str, int], Table]:
    file = inside(folder, name)
    if not file.exists():
        return {}
    import pyarrow.parquet

    try:
        stored = pyarrow.parquet.ParquetFile(file)
        small_enough(file, 8 * stored.metadata.num_rows * stored.metadata.num_columns, DATA_BYTES)
        table = stored.read(use_threads=False)  # read_table imports twice as much
        columns = {name: table[name].to_numpy() for name in table.column_names}
        variants, seeds, steps = columns.pop("variant"), columns.pop("seed"), columns["step"]
        tables = {}
        for variant, seed in sorted(set(zip(variants.tolist(), seeds.tolist(), strict=True))):
            rows = np.flatnonzero((variants == variant) & (seeds == seed))
            rows = rows[np.argsort(steps[rows], kind="stable")]
            tables[str(variant), int(seed)] = {
                name: column[rows].astype(np.float64) for name, column in columns.items()
            }
    except EbdiagError:
        raise
    except Exception as error:  # pyarrow, numpy and Python each have errors of their own for what makes no sense
        raise _damaged(file, error) from None
    return tables


def _arrays(folder: Path, name: str) -> dict[str, NDArray[np.uint8]]:
    """The arrays of a file by their names: each a whole number where a seed or a step belongs, of plain numbers."""
    file = inside(folder, name)
    if not file.exists():
        return {}
    try:
        with zipfile.ZipFile(file) as archive:
            small_enough(file, sum(entry.file_size for entry in archive.infolist()), DATA_BYTES)
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            found = {key: arrays[key] for key in arrays.files if re.fullmatch(NAMES[name], key)}
        for key, array in found.items():
            pictures, dimensions = KINDS[name]
            if array.ndim not in dimensions or not (
                array.dtype == np.uint8 if pictures else array.dtype.kind in "fiub"
            ):
                raise ValueError(f"'{key}' has shape {array.shape} and type {array.dtype}")
    except EbdiagError:
        raise
    except Exception as error:  # zipfile, zlib, numpy and Python each have errors of their own for what makes no sense
        raise _damaged(file, error) from None
    return found


def _damaged(file: Path, error: Exception) -> EbdiagError:
    return EbdiagError(
        "cannot be read",
        file=str(file),
        got=str(error).splitlines()[0] if str(error) else type(error).__name__,
        expected="the data that `ebdiag compare` wrote",
        hint="compare again; what is trained is kept",
    )

"""Variants × seeds × budget → RunSpecs: which runs are needed, and under which names they are stored."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Container, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path, PurePath
from typing import Any

from .errors import EbdiagError, did_you_mean
from .kinds import of
from .probes import PROBE_SETS
from .records import (
    DataSpec,
    Environment,
    Facts,
    Recipe,
    RunSpec,
    Side,
    Weights,
    digest,
)

BUDGETS = {"quick": (500, 3), "standard": (1_500, 3), "full": (10_000, 5)}
"""Name → (steps, seeds)."""

SCRIPTS_ONLY = ("shuffle", "drop_last", "generator_passes")
"""Settings that hardly any variant but a script has: left out of ids where they say what everybody does."""

GRID = (*range(100, 501, 100), *range(750, 1_501, 250), *range(2_000, 5_001, 500), *range(6_000, 10_001, 1_000))
"""Steps at which every run is measured, whatever its length, so that a longer run extends a shorter one."""


def budget(name: str, steps: int | str | None, seeds: int | None) -> tuple[int, int]:
    """(steps, number of seeds) of a named budget, with either overridden; `auto` steps are found later.

    Raises:
        EbdiagError: Unknown name, or a number below 1.
    """
    if name not in BUDGETS:
        raise EbdiagError(f"unknown budget '{name}'. {did_you_mean(name, BUDGETS)}")
    if isinstance(steps, str) and steps != "auto":
        raise EbdiagError(f"--steps must be a number or 'auto', got '{steps}'")
    chosen = (steps if isinstance(steps, int) else BUDGETS[name][0], seeds if seeds is not None else BUDGETS[name][1])
    for option, value in zip(("--steps", "--seeds"), chosen, strict=True):
        if value < 1:
            raise EbdiagError(f"{option} must be at least 1, got {value}")
    return chosen


def check_probes(name: str) -> None:
    """Refuse an unknown probe set.

    Raises:
        EbdiagError: With the known ones.
    """
    if name not in PROBE_SETS:
        raise EbdiagError(f"unknown probes '{name}'. {did_you_mean(name, PROBE_SETS)}")


def content_hash(path: str) -> str:
    """sha256 of a checkpoint file.

    Raises:
        EbdiagError: It cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EbdiagError(f"the checkpoint cannot be read: {error.strerror}", file=path) from None


def report_name(ref: str, mine: str) -> str:
    """Folder of a report: `ebgan_pt-vs-mine`."""
    return "-vs-".join(PurePath(path.removeprefix("ref:")).stem for path in (ref, mine))


def check_folder(folder: Path) -> None:
    """Refuse a place where no report can be written, before anything is trained for it.

    Raises:
        EbdiagError: There is a file, or a folder that is not to be written to.
    """
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not place.is_dir():
        raise EbdiagError(
            "the report cannot be written here", file=str(folder), expected="a folder", got=f"a file {place.name}",
            hint="give another folder with --out",
        )  # fmt: skip
    if not os.access(place, os.W_OK | os.X_OK) or not _takes_folders(place):
        raise EbdiagError(
            "the report cannot be written here", file=str(folder), expected="a folder that you may write to",
            got=f"{place}, which is read-only", hint="give another folder with --out",
        )  # fmt: skip


def _takes_folders(place: Path) -> bool:
    """Whether a folder can be made here, whatever its permissions say: `/proc` takes none, not even from root."""
    try:
        os.rmdir(tempfile.mkdtemp(dir=place, prefix=".ebdiag-"))
    except OSError:
        return False
    return True


def todo(specs: Mapping[Side, Sequence[RunSpec]], stored: Container[str]) -> list[RunSpec]:
    """Specs that the store cannot answer, each once, the sides in turn seed by seed."""
    turns = [spec for pair in zip_longest(*specs.values()) for spec in pair if spec is not None]
    return list({spec.id: spec for spec in turns if spec.id not in stored}.values())


def checkpoints(steps: int) -> tuple[int, ...]:
    """Ascending steps at which a run of that length is measured; the last is its end."""
    beyond = range(11_000, steps + 1, 1_000)
    return tuple(sorted({step for step in (*GRID, *beyond) if step <= steps} | {steps}))


def trajectory(recipe: Recipe, facts: Facts, data: DataSpec, seed: int, environment: Environment) -> str:
    """Id of everything that decides the weights of a run, the number of steps excluded.

    Parts that take no effect do not count, nor do comments, names of unrelated code, or probes. What only hybrids have
    is left out of the ids of plain variants.
    """
    parts = {name: recipe.variant_of(name).parts[name].code for name, part in facts.parts.items() if part["used"]}
    kind = of(recipe.base.kind)
    unused = {name for name, part in facts.parts.items() if not part["used"]}
    config = {
        name: value
        for name, value in facts.config.items()
        if (name not in kind.defaults or kind.part_of_field.get(name) not in unused)
        and not (name in SCRIPTS_ONLY and value == kind.defaults[name])
    }
    mixed: dict[str, Any] = {}
    if recipe.donors:  # betas stand in no part's value where one file states them and the other does not
        mixed["optimisers"] = [part["value"] for name, part in facts.parts.items() if name.startswith("optimizer")]
    if recipe.grafts:
        mixed["grafts"] = [[g.net, g.donor.parts[g.net].code, g.into, g.stretches] for g in recipe.grafts]
    return digest(
        mixed
        | {
            "parts": parts,
            "config": config,
            "single_pass": facts.single_pass,
            "data": data.digest,
            "seed": seed,
            "environment": environment.identity,
        }
    )


def specs(
    side: Side,
    recipe: Recipe,
    facts: Facts,
    data: DataSpec,
    environment: Environment,
    *,
    steps: int,
    seeds: Sequence[int],
    probes: str,
    restore: tuple[str, str] | None = None,
    inception: Weights | None = None,
) -> list[RunSpec]:
    """One RunSpec a seed; a single one, under seed 0, for restored weights.

    Args:
        restore: (file, sha256 of its content) of weights to score instead of training.
        inception: Weights of Inception-v3 to score with as well.

    Seeds that were to be trained in one go and cannot are runs of their own, as if that had not been asked for.
    """
    if restore is not None:
        environment = environment.alone
        path, content = restore
        name = digest(["restored", content, recipe.fingerprint, facts.config, data.digest, environment.identity])
        return [RunSpec(side, recipe, 0, data, environment, name, 0, (0,), "none", path, inception)]
    if facts.apart is not None:
        environment = environment.alone
    return [
        RunSpec(
            side, recipe, seed, data, environment, trajectory(recipe, facts, data, seed, environment),
            steps, checkpoints(steps), probes, inception=inception,
        )
        for seed in seeds
    ]  # fmt: skip

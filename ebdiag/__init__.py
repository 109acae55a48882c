"""Compares a failing energy-based GAN with one that works, and finds the difference that is to blame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .result import Result

__version__ = "0.1.0"
__all__ = ["compare"]


def compare(
    ref: str | Path,
    mine: str | Path | None = None,
    *,
    dataset: str = "mnist5k",
    budget: str = "standard",
    steps: int | str | None = None,
    seeds: int | None = None,
    device: str = "auto",
    threads: int = 1,
    kernels: str = "torch",
    vectorize: bool = False,
    jobs: int | None = None,
    executor: str = "local",
    ray_gpus: float | None = None,
    shared_store: bool | None = None,
    log: Sequence[str] = (),
    probes: str = "default",
    restore_ref: str | Path | None = None,
    restore_mine: str | Path | None = None,
    inception: str | Path | None = None,
    out: str | Path | None = None,
    lang: str = "en",
    timeout_s: float | None = None,
    max_memory_gib: float | None = None,
    progress: bool = True,
    generator: Any = None,
    discriminator: Any = None,
    config: Any = None,
    parts: Mapping[str, Any] | None = None,
) -> Result:
    """Train or restore two variants under identical seeds, judge them, and write the report.

    Args:
        ref: A model file, or `ref:NAME` for a reference model. With one argument it is the candidate,
            compared with `ref:ebgan_pt`.
        mine: The candidate.
        dataset: `mnist5k`, `digits`, `mnist`, `fashion_mnist`, `cifar10`, `svhn`, `celeba` or `folder:PATH`.
        budget: `quick` (500 steps, 3 seeds), `standard` (1,500, 3) or `full` (10,000, 5).
        steps: Generator updates in place of the budget's, or `auto`.
        seeds: Number of seeds in place of the budget's; they are 0, 1, …
        device: `auto`, `cpu`, `cuda` or `mps`.
        threads: CPU threads of each run; changes bits, so it is part of a run's identity.
        kernels: `torch`, or `fast`: steps are quicker by a quarter or more on the CPU and differ by rounding; part of a
            run's identity.
        vectorize: Train all seeds of a variant in one go, which pays on GPUs; where that cannot be done the result says
            why. Part of a run's identity.
        jobs: Runs side by side; default: one a core.
        executor: `local`, `ray` (the nodes of a Ray cluster) or `ray://HOST:PORT` (from outside of it).
        ray_gpus: Share of a GPU that each run on one takes, by Ray; default: 1.
        shared_store: Whether nodes of Ray write into the store themselves; default: those that see it.
        log: Trackers that show the comparison, too: `tensorboard`, `mlflow`.
        probes: What is watched while training: `default`, `all` (up to a quarter slower) or `none`.
        restore_ref, restore_mine: Weights to score instead of training.
        inception: Weights of Inception-v3 for `fid_inception`, or `cached` for those that torch-fidelity keeps.
        out: Folder of the report; default `reports/<ref>-vs-<mine>`.
        lang: `en` or `ko`: the language of the report, of progress and of what the result shows; `result.json` and
            errors stay English.
        timeout_s: End a run that gives no sign of life for so long.
        max_memory_gib: End a run that uses more, its child processes included; default: its share of the machine's.
        progress: Say on stderr how it goes.
        generator, discriminator, config: Classes and an instance of Config of a running notebook, in place of a file
            `mine`; they are written down with all they use and compared like a file.
        parts: Further parts of the same, by their names in the contract: `{"energy": …, "discriminator_loss": …}`.

    Returns:
        The Result; `result.volatile.paths["report"]` is its page.

    Raises:
        EbdiagError: Something about the input has to be mended; the message says what and where.
    """
    from . import words
    from .adopt import reference_for
    from .display import watcher_for
    from .errors import EbdiagError
    from .pipeline import Comparison, Request
    from .watch import Silent

    if generator is not None or discriminator is not None or parts:
        if mine is not None:
            raise EbdiagError("either a file or live objects can be mine, not both", got=f"{mine} and a generator")
        mine = _live({"Generator": generator, "Discriminator": discriminator, **(parts or {})}, config)
    elif config is not None:
        raise EbdiagError("a config comes with a generator and a discriminator", got="a config alone")
    if mine is None:
        ref, mine = reference_for(str(ref)), ref
    given = {"ref": restore_ref, "mine": restore_mine}
    request = Request(
        ref=str(ref), mine=str(mine), dataset=dataset, budget=budget, steps=steps, seeds=seeds, device=device,
        threads=threads, kernels=kernels, vectorize=vectorize, jobs=jobs, probes=probes,
        restore={side: str(path) for side, path in given.items() if path is not None},  # type: ignore[misc]
        inception=None if inception is None else str(inception),
        out=None if out is None else Path(out), lang=lang, timeout_s=timeout_s,
        max_memory_gib=max_memory_gib, executor=executor, ray_gpus=ray_gpus, shared_store=shared_store,
        log=log,
    )  # fmt: skip
    with words.speaking(words.check(lang)):
        watcher = watcher_for() if progress else Silent()
        result, _ = Comparison(request, watcher).compare(command=request.command())
    return result


def _live(parts: dict[str, Any], config: Any) -> str:
    """A file with live objects of a notebook."""
    from . import live
    from .errors import EbdiagError, did_you_mean
    from .store import Store

    known = {"Generator", "Discriminator", "Objective", *live.FUNCTIONS}
    for name, value in parts.items():
        if name not in known:
            raise EbdiagError(f"unknown part '{name}'. {did_you_mean(name, sorted(known))}")
        if value is None:
            raise EbdiagError(f"{name.lower()} is missing", expected="generator=… and discriminator=…", got="one alone")
    return live.kept(live.written(parts, config), Store())

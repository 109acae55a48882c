"""Which executor a person asks for."""

from __future__ import annotations

from collections.abc import Callable

from .errors import EbdiagError
from .execute import Executor, local


def chosen(
    name: str,
    *,
    jobs: int | None = None,
    stall_s: float | None = None,
    memory_gib: float | None = None,
    gpus: float | None = None,
    shared: bool | None = None,
    say: Callable[[str], object] = lambda text: None,
) -> Executor:
    """The executor of that name, within the limits that a person gives; None for the usual ones.

    Args:
        name: `local`, `ray` or `ray://HOST:PORT`.
        gpus: Share of a GPU for each run, of Ray.
        shared: Whether the nodes of a Ray cluster write into the store themselves; None: those that see it.
        say: Told in a sentence what a person should know.

    Raises:
        EbdiagError: An unknown name, a limit under which nothing could run, or a cluster that cannot be used.
    """
    here = local(jobs, stall_s, memory_gib)
    if name == "local":
        for option, value in (("--ray-gpus", gpus), ("--shared-store", shared)):
            if value is not None:
                raise EbdiagError(f"{option} is for --executor ray", got="--executor local")
        return here
    if name != "ray" and not name.startswith("ray://"):
        raise EbdiagError(
            f"unknown executor '{name}'", expected="local, ray or ray://HOST:PORT", docs="docs/cluster.md"
        )
    if gpus is not None and not gpus > 0:
        raise EbdiagError(f"--ray-gpus must be more than 0, got {gpus:g}")
    from .cluster.executor import RayExecutor

    memory = None if memory_gib is None else here.memory
    return RayExecutor(name, jobs, stall_s, memory, gpus=gpus or 1.0, shared=shared, say=say)

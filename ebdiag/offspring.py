"""The processes that a worker starts: how many, how much memory, and that none outlives it.

A worker has a process group of its own, which most of its children stay in. One that leaves it, as daemons do by
`setsid` and a second fork, becomes a child of the nearest ancestor that adopts orphans (Linux): of its worker while
that lives, afterwards of the fork server.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

SHARE = 0.8
"""Of the machine's memory, for all workers together."""

LEAST = 4 * 2**30
"""Bytes that each may use, however many work side by side, where the machine has them: torch alone takes half a GiB."""

MOST_PROCESSES = 200
"""Processes of one worker; a data loader starts one a core."""

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, Linux 3.4
_ROUNDS, _PAUSE_S = 200, 0.01


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends; does nothing where the system has no such thing."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def memory() -> int:
    """Bytes that this process and its children may use: of the machine, or of its control group if that has less."""
    limits = [psutil.virtual_memory().total]
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            limits.append(int(Path(name).read_text()))
    return int(min(limits))


def usual_limit(jobs: int) -> int:
    """Bytes that one of so many workers may use where nobody says how much."""
    share = SHARE * memory()
    return round(max(share / jobs, min(LEAST, share)))


def family(pid: int) -> list[psutil.Process]:
    """A process and all that descends from it; none if it is gone."""
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def used(processes: Iterable[psutil.Process]) -> int:
    """Bytes of resident memory of a family: of its head all, of its children what they do not share."""
    total, head = 0, True
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_info().rss if head else process.memory_full_info().uss
        head = False
    return total


def end_below(pid: int) -> None:
    """Kill whatever descends from a process, and not the process; returns once nothing of it runs."""
    for _ in range(_ROUNDS):
        below = [process for process in family(pid)[1:] if _runs(process)]
        _kill(below)
        if not below:
            return
        time.sleep(_PAUSE_S)


def end(pid: int) -> None:
    """Kill a worker, its process group, and whatever descends from it; returns once none of them runs.

    Its descendants first: should this process be killed over it, the worker notices and ends the rest.
    """
    _kill(family(pid)[1:])
    for _ in range(_ROUNDS):
        _kill_group(pid)
        others = [process for process in family(pid) if _runs(process)]
        _kill(others)
        if not others:
            return
        time.sleep(_PAUSE_S)


def end_strays(server: int | None, workers: Collection[int | None]) -> None:
    """Kill what the fork server has adopted from workers that are gone: all its children but these."""
    if server is None:
        return
    for _ in range(_ROUNDS):
        try:
            strays = [child for child in psutil.Process(server).children() if child.pid not in workers and _runs(child)]
        except psutil.NoSuchProcess:
            return
        for stray in strays:
            end(stray.pid)
        if not strays:
            return
        time.sleep(_PAUSE_S)


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False

"""What processes of ours are started with, wherever a person happens to stand."""

from __future__ import annotations

import os
import sys
from pathlib import Path

STEADY = {
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(2**26),
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "THP_MEM_ALLOC_ENABLE": "1",
}
"""For glibc's malloc and torch's; others ignore them. What is set already stays.

With thresholds of its own, which move while a program runs, what is recorded of each step pins the freed memory around
it: with batches of 3 MB a run grew by 6 MiB a step. With fixed ones but the first threshold for `mmap`, 128 KiB, each
large tensor is new memory from the system, page by page: more than half of a step of `ref:ebgan_infogan`. So large
tensors stay with the process, and torch takes those from 2 MiB on at whole pages, so that what one leaves fits the next
(benchmarks/README.md). What lies free between small things that stay is given back now and then (`trim`).
"""

PR_SET_THP_DISABLE = 41


def environment() -> dict[str, str]:
    """Variables under which a Python process looks for modules where packages are installed.

    It would look in the working directory first otherwise, so that a `random.py` beside a person's model would stand
    for Python's own.
    """
    changes = {"PYTHONSAFEPATH": "1"}
    root = Path(__file__).parent.parent
    if root == Path.cwd():  # a checkout that was not installed
        changes["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(root)]))
    return {**STEADY, **os.environ, **changes}


def small_pages() -> None:
    """Take memory page by page from now on, whatever torch asks for; Linux only.

    A look fills its memory about once and ends, where whole large pages were most of the time in the kernel: 1.1 s of
    3.1 for `ref:ebgan_infogan`, .25 page by page (benchmarks/README.md).
    """
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)


def trim() -> None:
    """Give memory that lies free in this process back to the system, where the C library is glibc; milliseconds."""
    import ctypes

    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if give_back is not None:
        give_back(0)

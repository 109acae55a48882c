"""What processes of ours are started with, wherever a person happens to stand."""

from __future__ import annotations

import os
from pathlib import Path

STEADY = {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_TOP_PAD_": str(2**26)}
"""For glibc's malloc; others ignore them. Its own thresholds move while a program runs, and then what is recorded of
each step pins the freed memory around it: with batches of 3 MB a run grew by 3.5 MB a step. What is set already stays.
"""


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

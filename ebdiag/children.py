"""What processes of ours are started with, wherever a person happens to stand."""

from __future__ import annotations

import os
from pathlib import Path


def environment() -> dict[str, str]:
    """Variables under which a Python process looks for modules where packages are installed.

    It would look in the working directory first otherwise, so that a `random.py` beside a person's model would stand
    for Python's own.
    """
    changes = {"PYTHONSAFEPATH": "1"}
    root = Path(__file__).parent.parent
    if root == Path.cwd():  # a checkout that was not installed
        changes["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(root)]))
    return {**os.environ, **changes}

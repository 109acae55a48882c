"""What must be the same on both sides, so that a run on a node is the run that was asked for."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .. import __version__


@cache
def program() -> dict[str, str]:
    """Versions on this machine; of ebdiag with a hash of its files, as a checkout may have any content."""
    root = Path(__file__).parent.parent
    seen = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        seen.update(f"{path.relative_to(root)}\n".encode())
        seen.update(path.read_bytes())
    return {
        "Python": ".".join(map(str, sys.version_info[:2])),
        "PyTorch": importlib.metadata.version("torch"),
        "ebdiag": f"{__version__} ({seen.hexdigest()[:12]})",
    }


def differences(expected: Mapping[str, str], got: Mapping[str, str]) -> tuple[str, str] | None:
    """What differs, as (expected, got); None where nothing does."""
    differing = [name for name in expected if expected[name] != got.get(name)]
    if not differing:
        return None
    one, other = (", ".join(f"{name} {side.get(name)}" for name in differing) for side in (expected, got))
    return one, other

"""Where a finished comparison is shown besides its report: experiment trackers that a team has already.

Each is a module of its own, imported only where it is asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..errors import EbdiagError, did_you_mean
from ..result import Result
from .record import Record, recorded

TARGETS = {"tensorboard": "tensorboard", "mlflow": "mlflow"}
"""Name → the package that it needs."""


class Log(Protocol):
    """Takes comparisons."""

    def write(self, record: Record, folder: Path) -> None:
        """Show one.

        Args:
            folder: Of its report.

        Raises:
            EbdiagError: The tracker cannot be reached or written to.
        """


def check(names: Sequence[str]) -> None:
    """Refuse what cannot be logged to, before anything is trained.

    Raises:
        EbdiagError: An unknown name, or its package is not installed.
    """
    for name in names:
        if name not in TARGETS:
            raise EbdiagError(f"unknown log '{name}'. {did_you_mean(name, TARGETS)}", docs="docs/logging.md")
        if importlib.util.find_spec(TARGETS[name]) is None:
            raise EbdiagError(
                f"--log {name} needs a package that is not installed", hint=f"pip install 'ebdiag[{name}]'",
                docs="docs/logging.md",
            )  # fmt: skip


def write(names: Sequence[str], result: Result, folder: Path) -> None:
    """Show a comparison wherever it is asked for.

    Raises:
        EbdiagError: Of the first that takes it not; the report is there in any case.
    """
    for name in names:
        log: Log = importlib.import_module(f"{__name__}.to_{name}").LOG
        log.write(recorded(result, folder), folder)

"""Who is told how a comparison goes: nobody, a log, or a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .records import RunSpec


class Watcher(Protocol):
    """Told how things go; shows it or not."""

    def say(self, text: str) -> None:
        """One sentence."""

    def begin(self, specs: Sequence[RunSpec], expected_s: float) -> None:
        """These runs start now."""

    def event(self, name: str, event: dict[str, Any]) -> None:
        """News of the run with that id: its state, or `step`, `steps`, `steps_per_s`, `energy_real`, …"""

    def end(self) -> None:
        """No run is left."""


class Silent:
    """Shows nothing."""

    def say(self, text: str) -> None:
        """Not shown."""

    def begin(self, specs: Sequence[RunSpec], expected_s: float) -> None:
        """Not shown."""

    def event(self, name: str, event: dict[str, Any]) -> None:
        """Not shown."""

    def end(self) -> None:
        """Not shown."""

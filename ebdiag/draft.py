"""A page while training goes on: written anew after each run, by a process of low priority, so that nobody waits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import children, words
from .records import Run, RunSpec, Side
from .store import Store
from .watch import Watcher

WORTH_S = 20.0
"""A comparison that is expected to take less has no page before its end."""

SIDES: tuple[Side, Side] = ("ref", "mine")

RENDER = """
import os, sys
from pathlib import Path
from ebdiag import report, words
if hasattr(os, "nice"):
    os.nice(10)
with words.speaking(sys.argv[1]):
    report.write(Path(sys.argv[2]))
"""


class Drafts:
    """Passes all news on to a watcher; after a run has ended it lets the page be written.

    Args:
        watcher: Who is told.
        save: Gets the ids of the runs that have ended well since training began; writes `result.json` and `data/`
            of what can be compared so far and returns their folder, or None where that is nothing.
    """

    def __init__(self, watcher: Watcher, save: Callable[[set[str]], Path | None]) -> None:
        self.watcher, self.save = watcher, save
        self.ended: set[str] = set()
        self.due = True
        self.renderer: subprocess.Popen[bytes] | None = None
        self.folder: Path | None = None

    def say(self, text: str) -> None:
        """Passed on."""
        self.watcher.say(text)

    def begin(self, specs: Sequence[RunSpec], expected_s: float) -> None:
        """Passed on."""
        self.watcher.begin(specs, expected_s)

    def event(self, name: str, event: dict[str, Any]) -> None:
        """Passed on; the page is written with the first news after a run's end, when the next one has started."""
        self.watcher.event(name, event)
        if event.get("state") == "ended":
            if event.get("status") in ("done", "diverged"):
                self.ended.add(name)
            self.due = True
        elif self.due and (self.renderer is None or self.renderer.poll() is not None):
            self.due = False
            self.folder = self.save(self.ended)
            if self.folder is not None:
                self.renderer = subprocess.Popen(
                    [sys.executable, "-c", RENDER, words.language(), str(self.folder)],
                    env=children.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )

    def end(self) -> None:
        """Passed on; nothing is written to the folder after this: a page under way would be old before it is seen."""
        self.watcher.end()
        if self.renderer is None or self.folder is None:
            return
        self.renderer.kill()
        self.renderer.wait()
        for half in self.folder.rglob(f"*.{self.renderer.pid}.tmp"):  # see `folders.write_atomically`
            half.unlink()


def paired(
    specs: Mapping[Side, Sequence[RunSpec]], stored: Mapping[str, Run], ended: set[str], store: Store
) -> dict[Side, list[Run]]:
    """The runs of all seeds that both sides have ended well: those in `stored`, and those whose ids are in `ended`."""
    found: dict[Side, dict[int, Run]] = {side: {} for side in SIDES}
    for side in SIDES:
        for spec in specs[side]:
            run = stored.get(spec.id) or (store.load_run(spec) if spec.id in ended else None)
            if run is not None:
                found[side][spec.seed] = replace(run, spec=spec)
    seeds = sorted(found["ref"].keys() & found["mine"].keys())
    return {side: [found[side][seed] for seed in seeds] for side in SIDES}

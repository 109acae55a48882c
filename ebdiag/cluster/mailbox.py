"""Where nodes leave news for the command that waits for them: an actor beside it, as generators are not for clients."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

HELD_BYTES = 256 * 2**20
"""States of runs that wait to be taken; with more of them, whoever brings another waits."""


@dataclass(frozen=True)
class Letter:
    """News of a task.

    Attributes:
        task: Its name.
        attempt: Which of its attempts says so, from 0.
        kind: `event`, or `state`: what to go on from, where the node should be lost.
        content: An event, or a Parcel.
        size: Bytes of a state; 0 of an event.
    """

    task: str
    attempt: int
    kind: str
    content: Any
    size: int = 0


class Mailbox:
    """Letters in the order in which they came."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.held = 0
        self.came, self.left = asyncio.Event(), asyncio.Event()

    async def put(self, letter: Letter) -> None:
        """Leave a letter; the answer comes when there is room for the next state."""
        while letter.size and self.held and self.held + letter.size > HELD_BYTES:
            self.left.clear()
            await self.left.wait()
        self.held += letter.size
        self.letters.append(letter)
        self.came.set()

    async def take(self, wait_s: float) -> list[Letter]:
        """All letters there are; where there are none, those that come within a moment."""
        if not self.letters and wait_s:
            self.came.clear()
            try:
                await asyncio.wait_for(self.came.wait(), wait_s)
            except TimeoutError:
                return []
        taken, self.letters, self.held = self.letters, [], 0
        self.left.set()
        return taken

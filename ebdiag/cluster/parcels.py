"""A run's folder as content: what goes to a node to go on from, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..store import RunFolder


@dataclass(frozen=True)
class Parcel:
    """A folder, or what of it the other side does not have.

    Attributes:
        sums: File → checksum of all that belongs to the run.
        files: Content by name.
    """

    sums: dict[str, str]
    files: dict[str, bytes]

    @property
    def size(self) -> int:
        """Bytes of content."""
        return sum(map(len, self.files.values()))


def pack(folder: RunFolder, known: Mapping[str, str]) -> Parcel:
    """A run's folder as it is now.

    Args:
        known: File → checksum of what the other side has.

    Raises:
        Damaged: It is being written to at this moment, or a file is not what was written.
    """
    sums = folder.sums()
    return Parcel(sums, {name: folder.content(name, own) for name, own in sums.items() if known.get(name) != own})

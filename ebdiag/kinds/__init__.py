"""The kinds of variants: what a file of each kind is made of, and by which number it is judged. Loads without torch.

A kind is a table. The spine asks it instead of knowing generators or encoders; what builds, trains and scores a variant
of a kind is its craft (`crafts.py`), which needs torch.
"""

from __future__ import annotations

from ebdiag.errors import VariantError

from .contrastive import CONTRASTIVE
from .gan import GAN
from .kind import Decides, Kind

__all__ = ["KINDS", "NETS", "Decides", "Kind", "check_alike", "of", "optimizer_of", "reference"]

KINDS: tuple[Kind, ...] = (GAN, CONTRASTIVE)

NETS: tuple[str, ...] = tuple(net for kind in KINDS for net in kind.nets)
"""Of all kinds; the names of parts that are nets."""

_BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}


def of(name: str) -> Kind:
    """The kind of that name."""
    return _BY_NAME[name]


def check_alike(ref: str, mine: str, *, paths: tuple[str, str]) -> Kind:
    """The kind of both variants.

    Args:
        ref, mine: The names of their kinds.
        paths: What a person calls the two.

    Raises:
        VariantError: They are of two kinds, so that no number of the one compares with one of the other.
    """
    if ref == mine:
        return of(ref)
    raise VariantError(
        "cannot be compared with the reference: they are of two kinds", file=paths[1],
        expected=f"{of(ref).called}, as {paths[0]} is", got=of(mine).called,
        hint=f"compare it with {of(mine).reference}", docs="docs/variants.md",
    )  # fmt: skip


def optimizer_of(net: str) -> str:
    """The part that trains a net."""
    return "optimizer" if net in CONTRASTIVE.nets else f"optimizer.{net}"


def reference(kind: str) -> str:
    """The reference model that a variant of this kind is held against where none is named."""
    return of(kind).reference

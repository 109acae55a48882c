"""Which findings explain which, where both are seen of one model."""

from __future__ import annotations

from collections.abc import Mapping

CAUSES: Mapping[str, tuple[str, ...]] = {
    "margin-saturated": ("discriminator-died",),
}
"""Slug → slugs that explain it, the most direct one first. A finding that nothing here explains stands on its own."""

"""Imported once by the fork server, so that a worker starts with everything heavy in place."""

from . import worker

__all__ = ["worker"]

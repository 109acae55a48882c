"""Which workers of this process are there."""

from __future__ import annotations

import psutil


def workers() -> list[psutil.Process]:
    """Descendants of this process that are workers: not the fork server, not its resource tracker."""
    servers = [child for child in psutil.Process().children() if "forkserver" in " ".join(child.cmdline())]
    return [worker for server in servers for worker in server.children(recursive=True)]

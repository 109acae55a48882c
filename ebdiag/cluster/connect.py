"""The way to a Ray cluster, with every reason why there is none said as what it is."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import EbdiagError

PREFIX = "ray"
DOCS = "docs/cluster.md"
REACH_S = 5.0
"""A cluster that does not take a connection for so long is not reached; Ray itself would try for minutes."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")

NO_SERVER = "Starting Ray client server failed"
"""What Ray's client says where the server that was started for it ended at once, as happens; the next one may not."""

HERE_ONLY = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Set to 0 it keeps Ray from taking 127.0.0.1 for the address by which the network knows this machine."""


def connected(name: str) -> Any:
    """The module `ray`, connected to the cluster.

    Args:
        name: `ray`, for the cluster that `$RAY_ADDRESS` names or that this machine is a node of; or `ray://HOST:PORT`,
            for the client's port of a cluster's head node.

    Raises:
        EbdiagError: Ray is not installed, or the cluster cannot be reached or used.
    """
    client = name != PREFIX
    address = name if client else os.environ.get("RAY_ADDRESS", "auto")
    _needs("ray", "--executor ray needs Ray")
    if client:
        _needs("grpc", "ray://HOST:PORT needs Ray's client")
    if address == "auto":
        address = _running_here()
    _reached(address.removeprefix(f"{PREFIX}://"), address)
    if address.rpartition(":")[0] in LOOPBACK:
        os.environ.setdefault(HERE_ONLY, "0")
    import ray

    if ray.is_initialized():
        return ray
    options: dict[str, Any] = {"logging_level": logging.ERROR} | ({} if client else {"log_to_driver": False})
    for last in (False, True):
        try:
            ray.init(address=address, namespace="ebdiag", **options)
            break
        except Exception as error:
            with suppress(Exception):
                ray.shutdown()
            if last or NO_SERVER not in str(error):
                raise _refused(error, address) from error
    return ray


def _needs(package: str, what: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise EbdiagError(f"{what}, which is not installed", hint="pip install 'ebdiag[ray]'", docs=DOCS)


def _running_here() -> str:
    """The address of the cluster that was last started on this machine, where Ray notes it."""
    note = Path(os.environ.get("RAY_TMPDIR", "/tmp")) / "ray" / "ray_current_cluster"
    try:
        return note.read_text("utf-8").strip()
    except OSError:
        raise EbdiagError(
            "no Ray cluster runs on this machine",
            hint="start one with `ray start --head`, set RAY_ADDRESS, or give --executor ray://HOST:10001", docs=DOCS,
        ) from None  # fmt: skip


def _reached(place: str, shown: str) -> None:
    """Knock at a port.

    Raises:
        EbdiagError: Nobody answers, or it is no address.
    """
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        raise EbdiagError(f"'{shown}' is no address of a Ray cluster", expected="HOST:PORT", got=place, docs=DOCS)
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACH_S).close()
    except (OSError, OverflowError) as error:
        raise EbdiagError(
            f"the Ray cluster at {shown} cannot be reached", got=str(error),
            hint="does it run, and is its port open to this machine?",
            docs=DOCS,
        ) from None  # fmt: skip


def _refused(error: Exception, address: str) -> EbdiagError:
    """What Ray says when it does not let anybody in."""
    text = " ".join(str(error).split())[:600]
    message, hint = "cannot be used", None
    if "ersion mismatch" in text or "versions differ" in text:
        message, hint = "runs another Ray or Python", "install the versions of the cluster's nodes here"
    elif "uthentication" in text or "RAY_AUTH" in text:
        message, hint = "asks for its token", "give it in RAY_AUTH_TOKEN, with RAY_AUTH_MODE=token"
    return EbdiagError(f"the Ray cluster at {address} {message}", got=text, hint=hint, docs=DOCS)

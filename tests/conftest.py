"""Every test gets a store of its own; parsed data is shared, as on a user's machine."""

from __future__ import annotations

import signal
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "ebdiag",
    derandomize=True,  # the same cases every time
    deadline=None,  # a busy machine is no failure
    database=None,
    max_examples=60,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ebdiag")

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts in the background ignore it


@pytest.fixture(autouse=True)
def store_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `$EBDIAG_HOME`."""
    root = tmp_path / "store"
    monkeypatch.setenv("EBDIAG_HOME", str(root))
    return root


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`cuda` tests skip where there is no device to run them on."""
    from ebdiag.device import _has_cuda

    for item in items:
        if "cuda" in item.keywords and not _has_cuda():
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))

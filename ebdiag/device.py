"""Which device a run uses, and what else decides its bits."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

from .errors import EbdiagError, did_you_mean
from .records import Environment

DEVICES = ("auto", "cpu", "cuda", "mps")
KERNELS = ("torch", "fast")


def environment(device: str = "auto", threads: int = 1, kernels: str = "torch", *, together: int = 1) -> Environment:
    """The environment of a run on this machine; does not import torch.

    Args:
        device: `auto` takes a GPU where one is there.
        kernels: `fast` means fused optimisers, too.
        together: Seeds to be trained in one go.

    Raises:
        EbdiagError: Unknown device or kernels, or a GPU is asked for and none is there.
    """
    if kernels not in KERNELS:
        raise EbdiagError(f"unknown kernels '{kernels}'. {did_you_mean(kernels, KERNELS)}")
    if device not in DEVICES:
        raise EbdiagError(f"unknown device '{device}'. {did_you_mean(device, DEVICES)}")
    if device == "cuda" and not _has_cuda():
        raise EbdiagError("no CUDA device is visible on this machine", hint="use --device cpu, or auto")
    if device == "mps" and not _has_mps():
        raise EbdiagError("this machine has no Apple GPU", hint="use --device cpu, or auto")
    if device == "auto":
        device = "cuda" if _has_cuda() else "mps" if _has_mps() else "cpu"
    return Environment(
        torch=importlib.metadata.version("torch"), device=device, threads=threads, fused=kernels == "fast",
        kernels=kernels, together=together,
    )  # fmt: skip


def _has_cuda() -> bool:
    """A device node of the driver that `CUDA_VISIBLE_DEVICES` does not hide."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    return not hidden and (Path("/dev/nvidia0").exists() or Path("/proc/driver/nvidia/version").exists())


def _has_mps() -> bool:
    return platform.system() == "Darwin" and platform.machine() == "arm64"

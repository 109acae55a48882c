"""Which device a run uses, and what else decides its bits."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from .errors import EbdiagError, did_you_mean
from .records import Environment


@dataclass(frozen=True)
class Machine:
    """What decides which device a run may use.

    Attributes:
        torch: Its version of PyTorch.
        cuda, mps: Whether it has such a device; None where only a later machine would tell.
    """

    torch: str
    cuda: bool | None
    mps: bool = False


DEVICES = ("auto", "cpu", "cuda", "mps")
KERNELS = ("torch", "fast")


def here() -> Machine:
    """This machine; does not import torch."""
    return Machine(importlib.metadata.version("torch"), _has_cuda(), _has_mps())


def environment(
    device: str = "auto",
    threads: int = 1,
    kernels: str = "torch",
    machine: Machine | None = None,
    *,
    together: int = 1,
) -> Environment:
    """The environment of a run; does not import torch.

    Args:
        device: `auto` takes a GPU where one is there.
        kernels: `fast` means fused optimisers, too.
        machine: Where it runs; this machine if left out.
        together: Seeds to be trained in one go.

    Raises:
        EbdiagError: Unknown device or kernels, or a GPU is asked for and none is there.
    """
    if kernels not in KERNELS:
        raise EbdiagError(f"unknown kernels '{kernels}'. {did_you_mean(kernels, KERNELS)}")
    if device not in DEVICES:
        raise EbdiagError(f"unknown device '{device}'. {did_you_mean(device, DEVICES)}")
    machine = machine or here()
    if device == "cuda" and machine.cuda is False:
        raise EbdiagError("no CUDA device is visible on this machine", hint="use --device cpu, or auto")
    if device == "mps" and not machine.mps:
        raise EbdiagError("this machine has no Apple GPU", hint="use --device cpu, or auto")
    if device == "auto":
        device = "cuda" if machine.cuda else "mps" if machine.mps else "cpu"
    return Environment(
        torch=machine.torch, device=device, threads=threads, fused=kernels == "fast", kernels=kernels, together=together
    )


def _has_cuda() -> bool:
    """A device node of the driver that `CUDA_VISIBLE_DEVICES` does not hide."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    return not hidden and (Path("/dev/nvidia0").exists() or Path("/proc/driver/nvidia/version").exists())


def _has_mps() -> bool:
    return platform.system() == "Darwin" and platform.machine() == "arm64"

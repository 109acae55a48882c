"""Imported once by the fork server, so that a worker starts with everything heavy in place.

pyarrow imports pandas at the first array (0.5 s), to recognise what nobody gives it here: shown one that is too old, it
does not ask again. torch imports its compiler (2 s) at the first optimiser or dispatch mode, only
to be told that this is not to be compiled; since ebdiag compiles nothing, it is told so beforehand.
"""

import gc
import sys
import warnings
from types import FunctionType, ModuleType
from unittest.mock import patch

import pyarrow as _pyarrow
import torch as _torch
from torch.utils._python_dispatch import TorchDispatchMode

from . import encoders, gans, offspring, worker

__all__ = ["encoders", "gans", "worker"]

offspring.adopt_orphans()
warnings.filterwarnings("ignore", "forkserver: waitpid returned unexpected pid")  # one that was adopted


def _uncompiled(cls: type) -> None:
    """Mark what torch keeps from its compiler as kept from it already.

    Source: `torch._compile._disable_dynamo`. Where a version of torch looks elsewhere, it imports the compiler as ever.
    """
    for method in vars(cls).values():
        if isinstance(method, FunctionType) and method.__module__ == cls.__module__ and hasattr(method, "__wrapped__"):
            method.__wrapped__.__dict__.setdefault("__dynamo_disable", method.__wrapped__)


_uncompiled(_torch.optim.Optimizer)
for _mode in TorchDispatchMode.__subclasses__():
    _uncompiled(_mode)

_too_old = ModuleType("pandas")
vars(_too_old)["__version__"] = "0"
with patch.dict(sys.modules, {"pandas": _too_old}), warnings.catch_warnings(action="ignore"):
    _pyarrow.array([])

gc.freeze()  # workers need not look through what was imported
gc.enable()  # see `uncollected`

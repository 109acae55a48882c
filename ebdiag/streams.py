"""Randomness without state: every draw is a function of (seed, purpose, step or epoch).

Nothing here remembers a position, so a run can be resumed anywhere, a probe cannot shift
training, and two variants that ask for the same thing get the same bits.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

INIT = "init"
DATA_ORDER = "data order"
TRAINING_LATENTS = "training latents"
EVALUATION_LATENTS = "evaluation latents"
PROBES = "probes"
USER_CODE = "user code"


def key(seed: int, purpose: str, *counters: int | str) -> int:
    """A 63-bit number that depends on all arguments and on nothing else."""
    text = "\x1f".join([str(seed), purpose, *map(str, counters)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def generator(seed: int, purpose: str, *counters: int | str) -> torch.Generator:
    """A CPU torch.Generator at the start of the stream of that key."""
    import torch

    return torch.Generator().manual_seed(key(seed, purpose, *counters))


def permutation(length: int, seed: int, epoch: int) -> torch.Tensor:
    """The order of `length` images in an epoch, int64, shape (length,)."""
    import torch

    return torch.randperm(length, generator=generator(seed, DATA_ORDER, epoch))


def reseed_globals(seed: int, purpose: str, *counters: int | str) -> None:
    """Put torch, numpy and `random` at the start of a stream, so that user code which draws from them repeats."""
    import numpy
    import torch

    number = key(seed, purpose, *counters)
    if torch.cuda.is_initialized() or torch.backends.mps.is_available():
        torch.manual_seed(number)
    else:  # for every GPU that is not in use it would queue a call with a stack trace: .25 ms a step, never freed
        torch.default_generator.manual_seed(number)
    numpy.random.seed(number & 0xFFFFFFFF)
    random.seed(number)


@contextlib.contextmanager
def preserved_globals() -> Iterator[None]:
    """Global random state of torch, numpy and `random` after the block is what it was before, byte for byte."""
    import numpy
    import torch

    python_state, numpy_state, torch_state = random.getstate(), numpy.random.get_state(), torch.get_rng_state()
    cuda_states = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    try:
        yield
    finally:
        random.setstate(python_state)
        numpy.random.set_state(numpy_state)
        torch.set_rng_state(torch_state)
        if cuda_states is not None:
            torch.cuda.set_rng_state_all(cuda_states)

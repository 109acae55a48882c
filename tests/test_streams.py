"""Randomness is a function of its key."""

from __future__ import annotations

import random

import numpy as np
import torch

from ebdiag import streams


def test_keys_depend_on_every_argument_and_nothing_else() -> None:
    """Equal arguments give equal keys; changing any one of them changes the key."""
    base = streams.key(0, streams.INIT, "generator", 1)
    assert base == streams.key(0, streams.INIT, "generator", 1)
    others = {
        streams.key(1, streams.INIT, "generator", 1),
        streams.key(0, streams.PROBES, "generator", 1),
        streams.key(0, streams.INIT, "discriminator", 1),
        streams.key(0, streams.INIT, "generator", 2),
        streams.key(0, streams.INIT, "generator", 1, 0),
    }
    assert len(others) == 5
    assert base not in others


def test_arguments_do_not_run_into_each_other() -> None:
    """Counters 1, 23 and 12, 3 are different keys."""
    assert streams.key(0, "p", 1, 23) != streams.key(0, "p", 12, 3)


def test_keys_are_pinned() -> None:
    """A change of the key function would silently change every stored trajectory."""
    assert streams.key(0, streams.INIT) == 4659744837173112029


def test_an_epoch_order_is_a_permutation_of_its_own() -> None:
    """Each epoch has another order, the same for the same seed and epoch."""
    first, again, other = (streams.permutation(100, 3, epoch) for epoch in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert sorted(other.tolist()) == list(range(100))


def test_global_generators_are_preserved() -> None:
    """torch, numpy and random go on after the block as if it had not been there."""

    def draws() -> tuple[float, float, float]:
        return torch.rand(()).item(), float(np.random.rand()), random.random()

    streams.reseed_globals(5, streams.USER_CODE, 1)
    expected = draws()
    streams.reseed_globals(5, streams.USER_CODE, 1)
    with streams.preserved_globals():
        streams.reseed_globals(9, streams.USER_CODE, 7)
        inside = draws()
    assert draws() == expected
    assert inside != expected


def test_seeding_queues_nothing_for_a_gpu_that_is_not_in_use() -> None:
    """The numbers are those of torch.manual_seed, and no call is kept for later, step after step."""
    with streams.preserved_globals():
        streams.reseed_globals(1, streams.USER_CODE, 2)
        drawn = torch.rand(3)
        torch.manual_seed(streams.key(1, streams.USER_CODE, 2))
        assert torch.equal(drawn, torch.rand(3))
        if not torch.cuda.is_initialized():
            before = len(torch.cuda._queued_calls)
            streams.reseed_globals(1, streams.USER_CODE, 3)
            assert len(torch.cuda._queued_calls) == before

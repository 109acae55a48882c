"""The optimiser in blocks is PyTorch's, bit for bit."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import optimizer

from ebdiag.adam import BLOCK, Adam

SHAPES = ((3,), (7, 5), (BLOCK,), (BLOCK + 1,), (2, BLOCK + 12_345), (33, 1, 4, 4))


def parameters() -> list[nn.Parameter]:
    rng = torch.Generator().manual_seed(3)
    made = [nn.Parameter(torch.randn(shape, generator=rng)) for shape in SHAPES]
    made.append(nn.Parameter(torch.randn(300, 500, generator=rng).t()))  # not laid out in a row
    return made


@pytest.mark.parametrize("betas", [(0.5, 0.999), (0.9, 0.99), (0.0, 0.9)])
def test_every_bit_is_pytorchs(betas: tuple[float, float]) -> None:
    """Parameters and both running means after steps with gradients of very different sizes, one of them absent."""
    plain, blocked = parameters(), parameters()
    torch_adam, own = torch.optim.Adam(plain, lr=1e-3, betas=betas), Adam(blocked, lr=1e-3, betas=betas)
    rng = torch.Generator().manual_seed(4)
    for step in range(6):
        for index, (p, q) in enumerate(zip(plain, blocked, strict=True)):
            size = 10.0 ** torch.randn(p.shape, generator=rng)
            gradient = torch.randn(p.shape, generator=rng) * size
            absent = index == 1 and step == 2
            p.grad, q.grad = (None, None) if absent else (gradient, gradient.clone())
        torch_adam.step()
        own.step()
        for p, q in zip(plain, blocked, strict=True):
            assert torch.equal(p, q)
            for name in ("step", "exp_avg", "exp_avg_sq"):
                assert torch.equal(torch_adam.state[p][name], own.state[q][name]), name


def test_it_goes_on_from_pytorchs_state() -> None:
    """A run that PyTorch's optimiser began ends with the same bits."""
    plain, blocked = parameters(), parameters()
    torch_adam, own = torch.optim.Adam(plain, lr=1e-2), Adam(blocked, lr=1e-2, betas=(0.9, 0.999))
    for p in plain:
        p.grad = torch.cos(p.detach())
    torch_adam.step()
    with torch.no_grad():
        for p, q in zip(plain, blocked, strict=True):
            q.copy_(p)
    own.load_state_dict(copy.deepcopy(torch_adam.state_dict()))
    for p, q in zip(plain, blocked, strict=True):
        p.grad, q.grad = torch.sin(p.detach()), torch.sin(q.detach())
    torch_adam.step()
    own.step()
    assert all(torch.equal(p, q) for p, q in zip(plain, blocked, strict=True))


def test_a_changed_rate_counts_from_the_next_step() -> None:
    """A schedule that writes into `param_groups` is followed."""
    plain, blocked = parameters(), parameters()
    torch_adam, own = torch.optim.Adam(plain, lr=1e-3), Adam(blocked, lr=1e-3, betas=(0.9, 0.999))
    for rate in (1e-3, 5e-2):
        for p, q in zip(plain, blocked, strict=True):
            p.grad, q.grad = torch.sin(p.detach()), torch.sin(q.detach())
        torch_adam.param_groups[0]["lr"] = own.param_groups[0]["lr"] = rate
        torch_adam.step()
        own.step()
    assert all(torch.equal(p, q) for p, q in zip(plain, blocked, strict=True))


def test_a_closure_is_refused() -> None:
    """What it cannot do it says."""
    with pytest.raises(TypeError, match="takes no closure"):
        Adam(parameters(), lr=1e-3, betas=(0.9, 0.999)).step(lambda: 0.0)


@pytest.mark.parametrize("fused", [False, True])
def test_hooks_are_called(fused: bool) -> None:
    """Those of the optimiser and those of all optimisers, before and after the update, as PyTorch calls them."""
    [parameter] = [nn.Parameter(torch.ones(3))]
    own = Adam([parameter], lr=0.1, betas=(0.9, 0.999), fused=fused)
    parameter.grad = torch.ones(3)
    seen: list[tuple[str, bool]] = []

    def note(name: str) -> Any:
        return lambda *_: seen.append((name, bool((parameter == 1).all())))

    handles = [
        own.register_step_pre_hook(note("before")), own.register_step_post_hook(note("after")),
        optimizer.register_optimizer_step_pre_hook(note("any before")),
    ]  # fmt: skip
    own.step()
    assert seen == [("any before", True), ("before", True), ("after", False)]
    for handle in handles:
        handle.remove()
    own.step()
    assert len(seen) == 3


def test_fused_is_pytorchs_fused() -> None:
    """The same bits as PyTorch's own fused optimiser, whose state it takes over."""
    plain, own = parameters(), parameters()
    theirs = torch.optim.Adam(plain, lr=1e-3, betas=(0.5, 0.99), fused=True)
    ours = Adam(own, lr=1e-3, betas=(0.5, 0.99), fused=True)
    rng = torch.Generator().manual_seed(4)
    for step in range(4):
        for index, (p, q) in enumerate(zip(plain, own, strict=True)):
            gradient = torch.randn(p.shape, generator=rng)
            absent = index == 2 and step == 1
            p.grad, q.grad = (None, None) if absent else (gradient, gradient.clone())
        theirs.step()
        ours.step()
        if step == 2:
            ours.load_state_dict(copy.deepcopy(theirs.state_dict()))
        for p, q in zip(plain, own, strict=True):
            assert torch.equal(p, q)
            assert all(torch.equal(value, ours.state[q][name]) for name, value in theirs.state[p].items())

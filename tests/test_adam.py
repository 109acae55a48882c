"""The optimiser in blocks is PyTorch's, bit for bit."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

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

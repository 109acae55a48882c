"""Fast layers compute what PyTorch's do, to rounding, and leave alone what they do not cover."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from ebdiag import kernels
from ebdiag.build import Built, build
from ebdiag.data import load_images
from ebdiag.double import Double
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.step import Batches, Trainer, total

ROUNDING = 3e-5
"""Of the largest value; PyTorch's own float32 sums are off by up to 1.6e-5 here, where terms cancel."""

GRADIENT_TOLERANCE = 4
"""Error of a net's gradient at equal weights, in errors of PyTorch's own float32, both against float64."""

STEP_TOLERANCE = 0.05
"""Of the way that one step goes, summed over parameters; measured .018 (benchmarks/drift.py).

Adam divides a gradient by its own size, so that where it is nothing but rounding (a bias before BatchNorm, a dead
pull-away term) a value may go the other way.
"""

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: nn.Linear(300, 200), (64, 300)),
    "linear without bias": (lambda: nn.Linear(300, 200, bias=False), (64, 300)),
    "linear on more axes": (lambda: nn.Linear(64, 64), (8, 5, 16, 64)),
    "linear on one row": (lambda: nn.Linear(2_048, 2_048), (2_048,)),
    "a small linear": (lambda: nn.Linear(3, 2), (4, 3)),
    "an empty batch": (lambda: nn.Linear(3, 2), (0, 3)),
    **{
        f"transposed to {to} k{k} s{s} p{p} o{o} d{d} g{g} {'bias' if bias else 'no bias'}": (
            lambda to=to, k=k, s=s, p=p, o=o, d=d, g=g, bias=bias: nn.ConvTranspose2d(
                4, to, k, s, p, o, groups=g, bias=bias, dilation=d
            ),
            (3, 4, 5, 6),
        )
        for to, k, s, p, o, d, g, bias in [
            (1, 4, 2, 1, 0, 1, 1, True), (3, 3, 1, 1, 0, 1, 1, False), (2, 5, 2, 2, 1, 1, 1, True),
            (4, 3, 3, 0, 2, 1, 1, True), (1, 3, 1, 1, 0, 2, 1, True), (2, (3, 2), (2, 1), (1, 0), (1, 0), 1, 1, True),
            (2, 3, 2, 1, 1, 2, 1, True), (1, 2, 3, 0, 0, 1, 1, True), (2, 4, 2, 1, 0, 1, 2, True),
            (1, 3, 1, 1, 1, 2, 1, True), (8, 4, 2, 1, 0, 1, 1, True), (1, 1, 1, 0, 0, 1, 1, True),
        ]
    },
    **{
        f"convolution of {of} k{k} s{s} p{p} d{d} g{g}": (
            lambda of=of, k=k, s=s, p=p, d=d, g=g: nn.Conv2d(of, 6, k, s, p, d, groups=g), (3, of, 9, 8)
        )
        for of, k, s, p, d, g in [
            (1, 4, 2, 1, 1, 1), (3, 3, 1, 1, 1, 1), (2, 3, 2, 0, 1, 1), (1, 5, 3, 2, 1, 1), (2, 3, 1, 2, 2, 1),
            (2, (3, 2), (2, 3), (1, 0), 1, 1), (2, 3, 1, "same", 1, 1), (2, 3, 2, 1, 1, 2), (8, 3, 1, 1, 1, 1),
            (1, 2, 4, 0, 1, 1),
        ]
    },
    "convolution padded by reflection": (lambda: nn.Conv2d(1, 6, 3, padding=1, padding_mode="reflect"), (3, 1, 9, 8)),
    "convolution of one image": (lambda: nn.Conv2d(1, 6, 3), (1, 9, 8)),
    "transposed of one image": (lambda: nn.ConvTranspose2d(4, 1, 4, 2, 1), (4, 5, 6)),
}  # fmt: skip


def seen(layer: nn.Module, x: Tensor) -> list[Tensor]:
    """Output, and gradients of a weighted sum of it, for the input and every parameter."""
    x = x.detach().requires_grad_()
    y = layer(x)
    weights = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).reshape(y.shape)
    return [y.detach(), *torch.autograd.grad((y * weights).sum(), [x, *layer.parameters()])]


@pytest.mark.parametrize("name", LAYERS)
def test_values_and_gradients_are_pytorchs_in_double_precision(name: str) -> None:
    """Every shape, stride, padding, dilation and group; laid out alike, too, so that `view` works as it did."""
    make, shape = LAYERS[name]
    torch.manual_seed(0)
    plain = make()
    x = torch.randn(shape)
    fast = copy.deepcopy(plain)
    kernels.quicken(fast)
    exact = seen(copy.deepcopy(plain).double(), x.double())
    for true, usual, found in zip(exact, seen(plain, x), seen(fast, x), strict=True):
        assert found.shape == usual.shape
        assert found.stride() == usual.stride()
        assert (found.double() - true).abs().max() <= ROUNDING * (1 + true.abs().max()) if true.numel() else True


def test_what_is_covered_takes_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise this file would compare PyTorch with itself."""
    taken = []
    for name in ("_Linear", "_Conv2d", "_ConvTranspose2d"):
        function = getattr(kernels, name)
        monkeypatch.setattr(function, "apply", lambda *args, n=name, f=function.apply: (taken.append(n), f(*args))[1])
    net = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Flatten(), nn.Linear(784, 784))
    kernels.quicken(net)
    net(torch.randn(64, 1, 28, 28))
    assert taken == ["_Conv2d", "_ConvTranspose2d", "_Linear"]
    taken.clear()
    net.double()(torch.randn(64, 1, 28, 28).double())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        net.float()(torch.randn(64, 1, 28, 28))
    assert not taken


@pytest.mark.parametrize(
    "name", ["linear", "transposed to 1 k4 s2 p1 o0 d1 g1 bias", "convolution of 1 k4 s2 p1 d1 g1"]
)
def test_a_second_derivative_is_pytorchs(name: str) -> None:
    """A gradient penalty, which differentiates a gradient, comes out the same: nothing is silently left out."""
    make, shape = LAYERS[name]
    torch.manual_seed(0)
    plain = make()
    fast = copy.deepcopy(plain)
    kernels.quicken(fast)
    x = torch.randn(shape)

    def penalty(layer: nn.Module) -> list[Tensor]:
        at = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(layer(at).square().sum(), at, create_graph=True)
        return list(torch.autograd.grad(slope.square().sum(), [at, *layer.parameters()]))

    for usual, found in zip(penalty(plain), penalty(fast), strict=True):
        assert (found - usual).abs().max() <= 10 * ROUNDING * usual.abs().max()


def test_layers_stay_what_they_are() -> None:
    """Names, types, copies, derived layers, layers called with a keyword, and nets that were fast only for a while."""

    class Own(nn.Linear):
        def forward(self, input: Tensor) -> Tensor:
            return input * 2

    net = nn.Sequential(nn.Linear(4, 4), Own(4, 4))
    names, kinds = list(net.state_dict()), [type(layer) for layer in net]
    with kernels.quickened({"net": net}):
        assert "forward" in vars(net[0])
        assert list(net.state_dict()) == names
        assert [type(layer) for layer in net] == kinds
        twin = copy.deepcopy(net)
        with torch.no_grad():
            twin[0].weight.zero_()
            twin[0].bias.zero_()
        assert torch.equal(twin(torch.ones(2, 4)), torch.zeros(2, 4))  # of its own weights, not of the original's
        assert torch.equal(net[1](torch.ones(2, 4)), torch.full((2, 4), 2.0))
        assert net[0](input=torch.ones(2, 4)).shape == (2, 4)
    assert "forward" not in vars(net[0])
    up = nn.ConvTranspose2d(2, 1, 3, stride=2)
    kernels.quicken(up)
    assert up(torch.ones(1, 2, 4, 4), output_size=[10, 10]).shape == (1, 1, 10, 10)


MODELS = ["ref:ebgan_pt", "ref:ebgan_infogan"]


def made(model: str, kernels: str) -> tuple[Built, Trainer]:
    """A reference model at step 0."""
    built = build(Recipe(load(model)), seed=1, device="cpu", fused=kernels == "fast", kernels=kernels)
    pixels = built.pixels(load_images("mnist5k").train[:512])
    return built, Trainer(built, Batches(pixels, size=64, seed=1), single_pass=True, watching=False)


def slopes(model: str, kernels: str, dtype: torch.dtype = torch.float32) -> dict[str, list[Tensor]]:
    """Gradients of both losses at step 0, each for its own net."""
    built, trainer = made(model, kernels)
    for net in built.nets.values():
        net.to(dtype)
    latents = built.sample_latent(64, torch.Generator().manual_seed(0)).to(dtype)
    fake = built.generator(latents)
    losses = {
        "discriminator": built.objective.discriminator_loss(
            built.discriminator, next(trainer.batches).to(dtype), fake.detach(), built.config
        ),
        "generator": built.objective.generator_loss(built.discriminator, fake, built.config),
    }
    return {
        role: list(torch.autograd.grad(total(loss), list(built.nets[role].parameters())))
        for role, loss in losses.items()
    }


@pytest.mark.parametrize("model", MODELS)
def test_gradients_of_whole_nets_stay_within_their_stated_tolerance(model: str) -> None:
    """At equal weights, on equal batches."""
    exact = slopes(model, "torch", torch.float64)
    plain, fast = slopes(model, "torch"), slopes(model, "fast")
    for role, true in exact.items():
        usual, found = (
            max(float((a - b).abs().max()) for a, b in zip(true, seen[role], strict=True)) for seen in (plain, fast)
        )
        assert 0 < found <= GRADIENT_TOLERANCE * usual


@pytest.mark.parametrize("model", MODELS)
@torch.no_grad()
def test_a_step_stays_within_its_stated_tolerance(model: str) -> None:
    """The difference of parameters as a share of the way that the step went."""
    start, _ = made(model, "torch")
    (plain, usual_way), (fast, other_way) = made(model, "torch"), made(model, "fast")
    with torch.enable_grad():
        usual_way.step(1)
        other_way.step(1)
    for role, net in plain.nets.items():
        rows = list(zip(start.nets[role].parameters(), net.parameters(), fast.nets[role].parameters(), strict=True))
        moved = sum(float((usual - before).double().abs().sum()) for before, usual, _ in rows)
        apart = sum(float((usual - found).double().abs().sum()) for _, usual, found in rows)
        assert 0 < apart <= STEP_TOLERANCE * moved


def test_doubles_of_probes_are_as_fast() -> None:
    """What a probe runs in place of the nets has the same kernels."""
    built, _ = made("ref:ebgan_pt", "fast")
    with Double().nets(built, 1, "test") as double:
        assert double.kernels == "fast"
        assert "forward" in vars(double.discriminator.encoder[1])

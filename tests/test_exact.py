"""Products at full width are PyTorch's, bit for bit, or are not taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ebdiag import exact, kernels
from ebdiag.build import Built, build
from ebdiag.data import load_images
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.step import Batches, Trainer

SHAPES = [
    (64, 784, 256),
    (64, 512, 784),
    (32, 1024, 1024),
    (128, 784, 512),
    (100, 383, 900),
    (7, 2000, 300),
    (200, 300, 600),
]


@pytest.fixture(autouse=True)
def anywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if on a processor of half width, with one thread and nothing tried yet; elsewhere shapes may not agree."""
    monkeypatch.setattr(exact, "half_width", lambda: True)
    exact.agrees.cache_clear()
    monkeypatch.setattr(exact, "_tried", iter(range(10**6)))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    exact.agrees.cache_clear()


def bits(values: list[Tensor]) -> list[Tensor]:
    return [value.detach().view(torch.int32) for value in values]


def alike(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(bits(one), bits(other), strict=True))


def both(net: Callable[[], nn.Module], what: Callable[[nn.Module], list[Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    """The same of a net as it is, and of one that was hastened."""
    found = []
    for hasten in (False, True):
        torch.manual_seed(3)
        made = net()
        if hasten:
            exact.hasten(made)
        torch.manual_seed(4)
        found.append(what(made))
    return found[0], found[1]


@pytest.mark.parametrize(("batch", "source", "to"), SHAPES)
@pytest.mark.parametrize("bias", [True, False])
def test_values_and_gradients_have_pytorchs_bits(batch: int, source: int, to: int, bias: bool) -> None:
    """Also where gradients of real and generated images meet, and where one is laid out in columns."""

    def what(net: nn.Module) -> list[Tensor]:
        x, other = torch.randn(batch, source, requires_grad=True), torch.randn(source, batch).t()
        y, again = net(x), net(x * 2 - 1)
        ((y.square().mean() - again.abs().sum()) + net(other).t().contiguous().sin().sum()).backward()
        assert x.grad is not None
        return [y, again, x.grad, *(p.grad for p in net.parameters() if p.grad is not None)]

    plain, hastened = both(lambda: nn.Linear(source, to, bias=bias), what)
    assert alike(plain, hastened)


def test_second_derivatives_have_pytorchs_bits() -> None:
    """A penalty on the gradient, as WGAN-GP has one."""

    def what(net: nn.Module) -> list[Tensor]:
        x = torch.randn(64, 784, requires_grad=True)
        y = net(x)
        [slope] = torch.autograd.grad(y.square().sum(), x, create_graph=True)
        (slope.square().sum(1).sqrt() - 1).square().mean().add(y.mean()).backward()
        return [y, slope, *(p.grad for p in net.parameters() if p.grad is not None)]

    def net() -> nn.Module:
        return nn.Sequential(nn.Linear(784, 512), nn.Tanh(), nn.Linear(512, 784))

    plain, hastened = both(net, what)
    assert alike(plain, hastened)


def trained(model: str, hasten: bool) -> Built:
    """A reference model after three steps."""
    built = build(Recipe(load(model)), seed=1, device="cpu")
    if hasten:
        exact.hasten(*built.nets.values())
    pixels = built.pixels(load_images("mnist5k").train[:512])
    trainer = Trainer(built, Batches(pixels, size=64, seed=1), single_pass=True, watching=True)
    for number in (1, 2, 3):
        trainer.step(number)
    return built


@pytest.mark.parametrize("model", ["ref:ebgan_pt", "ref:ebgan_infogan", "ref:began", "ref:gan"])
def test_training_has_pytorchs_bits(model: str) -> None:
    """Parameters, buffers and both optimisers' memory."""
    plain, hastened = trained(model, hasten=False), trained(model, hasten=True)
    for role, net in plain.nets.items():
        ours = hastened.nets[role].state_dict()
        for name, value in net.state_dict().items():
            assert torch.equal(value, ours[name]), (role, name)
        pairs = zip(plain.optimizers[role].state.values(), hastened.optimizers[role].state.values(), strict=True)
        assert all(torch.equal(one[name], other[name]) for one, other in pairs for name in one)


def test_what_does_not_agree_is_left_to_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that adds up in another order, by a last bit each, is never taken."""

    def another(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
        asked.append(tuple(a.shape))
        product = a @ b.t() if bias is None else torch.addmm(bias, a, b.t())
        return torch.nextafter(product, torch.tensor(torch.inf))

    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(exact, "product", another)

    def what(net: nn.Module) -> list[Tensor]:
        x = torch.randn(64, 784, requires_grad=True)
        net(x).square().sum().backward()
        assert x.grad is not None
        return [x.grad, *(p.grad for p in net.parameters() if p.grad is not None)]

    plain, hastened = both(lambda: nn.Linear(784, 512), what)
    assert len(asked) == 3  # forward, and the gradients for input and weight: the first chunk of each
    assert alike(plain, hastened)
    both(lambda: nn.Linear(784, 512), what)
    assert len(asked) == 3


def test_trying_takes_no_random_number() -> None:
    """Whoever draws next draws what he would have drawn."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    exact.agrees("input", 64, 784, 512)
    exact.agrees("forward", 64, 512, 784, True)
    assert torch.equal(torch.rand(3), expected)


def test_no_more_shapes_are_tried_than_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A net whose batches all differ does not spend its time on trying."""
    tried = set()

    def ours(told: Tensor, x: Tensor) -> Tensor:
        tried.add(x.shape)
        return (x.t() @ told).t()

    monkeypatch.setitem(exact.PRODUCTS, "weight", (ours, exact.PRODUCTS["weight"][1]))
    monkeypatch.setattr(exact, "_seconds", lambda *_: 1.0)
    found = [exact.agrees("weight", 8, count, 8) for count in range(1, exact.SHAPES + 20)]
    assert found == [True] * exact.SHAPES + [False] * 19
    assert len(tried) == exact.SHAPES
    assert exact.agrees("weight", 8, 1, 8)


@pytest.mark.parametrize(
    "case", ["three dimensions", "every other row", "not aligned", "double", "small", "threads", "autocast"]
)
def test_what_is_not_covered_is_pytorchs(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its way is not even begun."""

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(exact._Linear, "apply", never)
    layer = nn.Linear(784, 512)
    x = torch.randn(128, 784)
    if case == "three dimensions":
        x = x.view(4, 32, 784)
    elif case == "every other row":
        x = x[::2]
    elif case == "not aligned":
        x = torch.randn(128 * 784 + 1)[1:].view(128, 784)
    elif case == "double":
        layer, x = layer.double(), x.double()
    elif case == "small":
        x = x[:2]
    elif case == "threads":
        torch.set_num_threads(2)
    expected = functional.linear(x, layer.weight, layer.bias)
    exact.hasten(layer)
    if case == "autocast":
        with torch.autocast("cpu", torch.bfloat16):
            assert layer(x).dtype == torch.bfloat16
        return
    assert torch.equal(layer(x), expected)


def test_layers_stay_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types, names and parameters; a layer with a forward of its own keeps it, on other processors all do."""

    class Own(nn.Linear):
        pass

    net = nn.Sequential(nn.Linear(8, 8), Own(8, 8), nn.Conv2d(1, 1, 1), nn.Linear(8, 8))
    before = list(net.state_dict())
    kernels.quicken(net[3])
    fast = vars(net[3])["forward"]
    exact.hasten(net)
    assert [type(layer) for layer in net] == [nn.Linear, Own, nn.Conv2d, nn.Linear]
    assert list(net.state_dict()) == before
    assert ["forward" in vars(layer) for layer in net] == [True, False, False, True]
    assert vars(net[3])["forward"] is fast
    monkeypatch.setattr(exact, "half_width", lambda: False)
    other = nn.Linear(8, 8)
    exact.hasten(other)
    assert "forward" not in vars(other)


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (192, [192]), (193, [97, 96]), (384, [192, 192]), (784, [192] * 4 + [16])]
)
def test_chunks(count: int, sizes: list[int]) -> None:
    """Every summand is in one chunk, in order."""
    found = [list(range(count))[cut] for cut in exact.cuts(count)]
    assert [len(chunk) for chunk in found] == sizes
    assert [one for chunk in found for one in chunk] == list(range(count))


@pytest.mark.parametrize(("times", "taken"), [(0.5, True), (1.9, True), (2.1, False), (1000, False)])
def test_a_shape_that_is_far_slower_is_left_to_pytorch(
    times: float, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """oneDNN's reference implementation, for one; the bits are the same either way."""

    def ours(told: Tensor, weight: Tensor) -> Tensor:
        return told @ weight

    monkeypatch.setitem(exact.PRODUCTS, "input", (ours, exact.PRODUCTS["input"][1]))
    monkeypatch.setattr(exact, "_seconds", lambda way, *_: times if way is ours else 1.0)
    assert exact.agrees("input", 64, 784, 512) is taken

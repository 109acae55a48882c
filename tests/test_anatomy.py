"""Rows of a net as it runs: modules and functions, their sizes, reach, weights and lines, against slow twins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import variants
from torch import Tensor, nn
from torch.nn import functional as fn

from ebdiag import align, anatomy, device
from ebdiag.data import cached_spec, prepare
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.records import Facts, Recipe


def rows(net: nn.Module, example: Tensor) -> list[anatomy.Row]:
    return anatomy.trace(net, example, {}, frozenset({__file__})).rows


def facts(folder: Path, text: str) -> Facts:
    data = cached_spec("mnist5k") or prepare("mnist5k")
    return inspect(Recipe(load(variants.write(folder, text))), data, device.environment())


class Functional(nn.Module):
    """As `MODULES`, with functions and methods."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(36, 7)
        self.conv = nn.Conv2d(1, 3, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.up = nn.ConvTranspose2d(3, 4, 4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = fn.conv2d(x, self.conv.weight, bias=self.conv.bias, stride=2, padding=1)
        n = self.norm
        x = fn.batch_norm(x, n.running_mean, n.running_var, n.weight, n.bias, training=True)
        x = fn.relu(x, inplace=True)
        x = torch.conv_transpose2d(x, self.up.weight, self.up.bias, 2, 1)
        x = fn.leaky_relu(x, 0.2)
        x = fn.max_pool2d(x, 2)
        x = fn.dropout(x, 0.25, training=self.training)
        x = fn.interpolate(x, scale_factor=1.5)
        x = fn.pixel_shuffle(x, 2)
        x = fn.avg_pool2d(x, kernel_size=2)
        x = fn.softplus(x).reshape(len(x), -1)[:, :36]
        return torch.tanh(fn.linear(x, self.linear.weight, self.linear.bias))


class Sliced(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, :36]


MODULES = nn.Sequential(
    nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.ConvTranspose2d(3, 4, 4, 2, 1),
    nn.LeakyReLU(0.2), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Upsample(scale_factor=1.5), nn.PixelShuffle(2),
    nn.AvgPool2d(2), nn.Softplus(), Sliced(), nn.Linear(36, 7), nn.Tanh(),
)  # fmt: skip


def test_functions_are_layers_like_modules() -> None:
    """The same rows, by key, kind, shapes, parameters and arithmetic, whoever calls; lines are those of the calls."""
    example = torch.rand(5, 1, 8, 8)
    called, built = (
        [row for row in rows(net, example) if row.operation.key] for net in (Functional().train(), MODULES.train())
    )
    assert [row.operation.key for row in called] == [row.operation.key for row in built]
    for one, other in zip(called, built, strict=True):
        assert (one.shape, one.input_shape, one.field) == (other.shape, other.input_shape, other.field)
        assert (one.operation.kind, one.operation.multiply_adds) == (
            other.operation.kind,
            other.operation.multiply_adds,
        )
        assert len(one.parameters) == len(other.parameters)
    source = Path(__file__).read_text().splitlines()
    for row, name in zip(called, ("conv2d", "batch_norm", "relu", "conv_transpose2d", "leaky_relu"), strict=False):
        assert row.line is not None
        assert f".{name}(" in source[row.line.line - 1]


def test_every_activation_has_one_name() -> None:
    """Function, method, method in place and module of each activation have one key."""
    x = torch.rand(4, 6)

    class Call(nn.Module):
        def __init__(self, call: Any) -> None:
            super().__init__()
            self.call = call

        def forward(self, values: Tensor) -> Any:
            return self.call(values.clone())

    for module, calls in (
        (nn.ReLU(), (fn.relu, torch.relu, Tensor.relu, Tensor.relu_, lambda v: fn.relu(v, inplace=True))),
        (nn.Tanh(), (fn.tanh, torch.tanh, Tensor.tanh_)),
        (nn.Sigmoid(), (fn.sigmoid, torch.sigmoid, Tensor.sigmoid)),
        (nn.LeakyReLU(), (fn.leaky_relu, lambda v: fn.leaky_relu(v, negative_slope=0.01), fn.leaky_relu_)),
        (nn.ELU(2.0), (lambda v: fn.elu(v, 2), lambda v: fn.elu(v, alpha=2.0, inplace=True))),
        (nn.GELU(), (fn.gelu,)), (nn.SiLU(), (fn.silu,)), (nn.SELU(), (fn.selu, torch.selu)),
        (nn.Softplus(), (fn.softplus,)), (nn.Hardtanh(), (fn.hardtanh,)), (nn.Softmax(1), (lambda v: v.softmax(1),)),
    ):  # fmt: skip
        [row] = rows(nn.Sequential(module), x)
        assert row.operation.kind == "activation"
        for call in calls:
            [other] = rows(Call(call), x)
            assert other.operation.key == row.operation.key


NETS: dict[str, nn.Module] = {
    "strides": nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 4, 2, 1), nn.Conv2d(2, 1, 3, dilation=2)),
    "pools": nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(2, 1, 3, padding=1)),
    "up": nn.Sequential(nn.Conv2d(1, 2, 4, 2, 1), nn.ConvTranspose2d(2, 1, 4, 2, 1), nn.Conv2d(1, 1, 3, padding=1)),
    "dense": nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 26 * 26, 4)),
    "grouped": nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=2)),
}


@pytest.mark.parametrize("name", NETS)
def test_reach_and_arithmetic_against_slow_twins(name: str) -> None:
    """The pixels that a central output depends on, by its gradient; multiplications counted place by place."""
    net = NETS[name]
    for parameter in net.parameters():  # nothing cancels, no unit is dead
        nn.init.uniform_(parameter, 0.1, 1.0)
    image = torch.rand(1, 1, 28, 28, requires_grad=True)
    values = image
    for layer, row in zip(net, rows(net, image.detach()), strict=True):
        source, values = values, layer(values)
        if isinstance(layer, nn.AvgPool2d):
            continue
        centre = values[0, 0, values.shape[2] // 2, values.shape[3] // 2] if values.ndim == 4 else values[0, 0]
        [gradient] = torch.autograd.grad(centre, image, retain_graph=True)
        widths = [int(np.ptp(np.nonzero(gradient[0, 0].numpy())[axis])) + 1 for axis in (0, 1)]
        if isinstance(layer, nn.Flatten):
            continue
        assert row.field is not None
        # the bound holds for every output; a central one of an enlarging layer may see one step less
        assert max(widths) <= row.field <= max(widths) + (2 if name == "up" else 0)
        expected = 0
        if isinstance(layer, nn.Linear):
            expected = layer.in_features * layer.out_features
        elif isinstance(layer, nn.Conv2d):
            expected = sum(layer.weight[channel].numel() for channel in range(layer.out_channels)
                           for _ in range(values.shape[2]) for _ in range(values.shape[3]))  # fmt: skip
        elif isinstance(layer, nn.ConvTranspose2d):
            expected = sum(layer.weight[channel].numel() for channel in range(layer.in_channels)
                           for _ in range(source.shape[2]) for _ in range(source.shape[3]))  # fmt: skip
        assert row.operation.multiply_adds == expected


class Odd(nn.Module):
    """A layer called twice, one weight for two layers, a nested list, a subclass, a residual, a spare layer."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Linear(6, 6)
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(6, 6), nn.ReLU()) for _ in range(2)])
        self.tied = nn.Linear(6, 6)
        self.tied.weight = self.twice.weight
        self.scaled = Scaled(6, 6)
        self.spare = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.twice(self.twice(x))
        for block in self.blocks:
            x = x + block(x)
        return self.scaled(self.tied(x))


class Scaled(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * fn.linear(x, self.weight, self.bias)


def test_odd_nets_have_sensible_rows() -> None:
    """In order of execution; a parameter belongs to the row that uses it first, one that is never used to none."""
    net = Odd()
    found = rows(net, torch.rand(4, 6))
    assert [(row.path, row.operation.type) for row in found] == [
        ("twice", "Linear"), ("twice", "Linear"), ("blocks.0.0", "Linear"), ("blocks.0.1", "ReLU"), ("add", "add"),
        ("blocks.1.0", "Linear"), ("blocks.1.1", "ReLU"), ("add#2", "add"), ("tied", "Linear"),
        ("scaled.Linear", "Linear"), ("scaled.mul", "mul"),
    ]  # fmt: skip
    used = [name for row in found for name in row.parameters]
    assert sorted(used) == sorted(name for name, _ in net.named_parameters() if not name.startswith("spare"))
    assert [row.parameters for row in found if row.path in ("twice", "tied")] == [
        ["twice.weight", "twice.bias"], [], ["tied.bias"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("net", "shape", "expected"),
    [
        (nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"), (4, 1, 8, 8), ["Conv2d"]),
        (nn.utils.parametrizations.spectral_norm(nn.Linear(5, 2)), (4, 5), ["Linear"]),
        (nn.utils.parametrizations.weight_norm(nn.Linear(5, 2)), (4, 5), ["Linear"]),
        (nn.LSTM(5, 2, batch_first=True), (4, 3, 5), ["LSTM"]),
        (nn.TransformerEncoderLayer(6, 2, 8, batch_first=True), (4, 3, 6), ["TransformerEncoderLayer"]),
        (nn.Identity(), (4, 3), ["Identity"]),
    ],
)
def test_layers_with_an_inside_are_one_row(net: nn.Module, shape: tuple[int, ...], expected: list[str]) -> None:
    """Whatever a layer of torch's own calls inside; all of its parameters are its own."""
    found = rows(nn.Sequential(net), torch.rand(shape))
    assert [row.operation.type for row in found] == expected
    assert sorted(found[0].parameters) == sorted(f"0.{name}" for name, _ in net.named_parameters())


def test_weights_are_described(tmp_path: Path) -> None:
    """Mean and spread as found, PyTorch's default beside them, whether `initialise` changed them, gradients, lines."""
    text = variants.TINY.replace("nn.ReLU()", "nn.ReLU(),\n            nn.LayerNorm(64)") + (
        "\n\ndef initialise(module):\n    for layer in module.modules():\n"
        "        if type(layer).__name__ == 'Linear':\n"
        "            nn.init.normal_(layer.weight, 0.5, 0.02)\n"
    )
    layers = facts(tmp_path, text).layers["generator"]
    by_type = {row["type"]: row for row in layers}
    linear = next(row for row in layers if row["type"] == "Linear")
    weight, bias = linear["init"]
    assert [weight["name"], bias["name"]] == ["net.0.weight", "net.0.bias"]
    assert weight["mean"] == pytest.approx(0.5, abs=0.01)
    assert weight["std"] == pytest.approx(0.02, rel=0.2)
    assert (
        weight["expected_std"]
        == bias["expected_std"]
        == pytest.approx(nn.Linear(8, 4000).weight.std().item(), rel=0.05)
    )
    assert (weight["changed"], bias["changed"], weight["count"]) == (True, False, 512)
    assert by_type["BatchNorm1d"]["init"][0]["expected_std"] == 0
    assert by_type["LayerNorm"]["arguments"] == {"eps": 1e-5, "axes": 1, "affine": True}
    assert all((row["gradient"] is not None and row["gradient"] > 0) == bool(row["parameters"]) for row in layers)
    for row in layers:
        name = {"View": ".view("}.get(row["type"], f"nn.{row['type']}(")
        assert name in text.splitlines()[row["line"]["line"] - 1]


@pytest.mark.parametrize(
    "layer",
    [nn.Linear(40, 300), nn.Conv2d(8, 64, 4), nn.ConvTranspose2d(64, 8, 4), nn.Conv2d(8, 64, 3, groups=4)],
    ids=repr,
)  # fmt: skip
def test_the_default_spread_is_pytorchs(layer: nn.Module) -> None:
    """Of many draws: five standard errors of a uniform distribution's spread."""
    spread = anatomy.expected_std(layer)
    assert spread is not None
    for _ in range(3):
        layer.reset_parameters()  # type: ignore[operator]
        weight = layer.weight.detach()  # type: ignore[union-attr,operator]
        assert weight.std().item() == pytest.approx(spread, rel=5 * (0.8 / 4 / weight.numel()) ** 0.5)


def test_dead_units_and_the_narrowest_point(tmp_path: Path) -> None:
    """A unit is dead that is 0 for the whole batch; functions count; the narrowest output is named with its size."""
    text = variants.TINY.replace(
        "code = self.encoder(x)",
        "x = torch.relu(x + torch.tensor([-5.0, 5.0]).repeat(14))\n        code = self.encoder(x)",
    ).replace("nn.ReLU()", "nn.ReLU(), nn.Threshold(9e9, 0.0), nn.ReLU()")
    found = facts(tmp_path, text.replace("self.encoder(x)", "torch.relu(self.encoder(x) - 99)"))
    dead = {net: [row["dead"] for row in layers if row["type"] == "ReLU"] for net, layers in found.layers.items()}
    assert dead == {"generator": [0.0, 1.0], "discriminator": [0.0, 1.0]}
    assert found.narrowest is not None
    assert (found.narrowest["path"], found.narrowest["size"]) == ("ReLU#2", 16)
    assert found.narrowest["line"]["line"] == 1 + text[: text.index("code = ")].count("\n")


def test_a_train_step_of_its_own_leaves_gradients_unknown(tmp_path: Path) -> None:
    """None, not 0, where no loss can be tried."""
    text = variants.TINY + (
        "\n\ndef train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):\n"
        "    real = next(batches)\n    loss = (discriminator(real)[0] - real).square().mean()\n"
        "    discriminator_opt.zero_grad()\n    loss.backward()\n    discriminator_opt.step()\n"
        "    return {'loss': loss}\n"
    )
    assert {row["gradient"] for layers in facts(tmp_path, text).layers.values() for row in layers} == {None}


# ---- alignment -------------------------------------------------------------------------------------


def cheapest(ref: list[str], mine: list[str]) -> float:
    """Twin: the least cost over all alignments, tried one by one; a and b are of one kind."""
    if not ref or not mine:
        return float(len(ref) + len(mine))
    one, other = ref[0], mine[0]
    cost = 0.0 if one == other else 0.9 if one[0] == other[0] else 3.0 if "c" in one + other else 1.2
    return min(cheapest(ref[1:], mine[1:]) + cost, cheapest(ref[1:], mine) + 1, cheapest(ref, mine[1:]) + 1)


def test_alignment_is_the_cheapest() -> None:
    """Against all alignments of short random nets; every layer stands once, in order."""
    rng = np.random.default_rng(0)

    def net() -> list[dict[str, Any]]:
        names = [f"{rng.choice(list('abc'))}({rng.integers(2)})" for _ in range(rng.integers(0, 6))]
        return [{"key": name, "type": name[0], "kind": name[0] == "c", "repr": name} for name in names]

    for _ in range(60):
        ref, mine = net(), net()
        pairs = [pair for _, stretch in align.aligned(ref, mine) for pair in stretch]
        assert [ours for ours, _ in pairs if ours] == ref
        assert [theirs for _, theirs in pairs if theirs] == mine
        cost = sum(1.0 if ours is None or theirs is None else align._cost(ours, theirs) for ours, theirs in pairs)
        assert cost == pytest.approx(cheapest([row["key"] for row in ref], [row["key"] for row in mine]))

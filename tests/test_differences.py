"""What differs in effect, and nothing else: harmless rewrites against single changes, parts and layers."""

from __future__ import annotations

import pytest
import rewrites
import torch
from planted import differing

from ebdiag.differences import same
from ebdiag.effects import numbers


@pytest.mark.parametrize("name", rewrites.HARMLESS)
def test_a_harmless_rewrite_differs_in_nothing(name: str) -> None:
    """Other code that computes the same has no difference, neither parts nor layers."""
    ref, mine = rewrites.HARMLESS[name]
    assert ref != mine
    assert [(row.part, row.ref, row.mine) for row in differing(ref, mine)] == []


def line_of(text: str, piece: str) -> int:
    """Number of the line on which a piece of text starts, or of its first line that is not white."""
    start = text.index(piece) + len(piece) - len(piece.lstrip())
    return 1 + text[:start].count("\n")


@pytest.mark.parametrize("name", rewrites.CHANGES)
def test_a_single_change_is_a_single_layer(name: str) -> None:
    """A layer inserted, deleted, replaced or with another argument: its net and that layer, with the right lines."""
    ref, (old, new), path, before, after = rewrites.CHANGES[name]
    mine = rewrites.replaced(ref, (old, new))
    part, layer = differing(ref, mine)
    assert part.part == path.split(".")[0]
    assert layer.part == path
    for shown, expected in ((layer.ref, before), (layer.mine, after)):
        assert (shown is None) == (expected is None), shown
        assert expected is None or expected in str(shown)
    changed = next(n for n, (a, b) in enumerate(zip(ref.splitlines(), mine.splitlines(), strict=False)) if a != b) + 1
    for line, shown, file in ((layer.ref_line, layer.ref, "ref.py"), (layer.mine_line, layer.mine, "mine.py")):
        assert line is not None
        built = rewrites.FUNCTIONS is ref and "self.norm(features)" in old  # its line is where it was constructed
        expected_line = line_of(ref, "nn.GroupNorm(2, 8)") if built and shown else changed if shown else None
        assert line.file == file
        assert line.line == expected_line or (shown is None and line.line < changed)


# ---- what must not be taken for a rewrite ----------------------------------------------------------


OTHER_STARTS = {
    "another spread": ("0.0, 0.02)", "0.0, 0.03)", "initialise"),
    "a layer left out": ("(nn.Linear, nn.Conv2d, nn.ConvTranspose2d)", "(nn.Linear, nn.Conv2d)", "initialise"),
    "uniform of the same spread": (
        "nn.init.normal_(layer.weight, 0.0, 0.02)", "nn.init.uniform_(layer.weight, -0.02 * 3**0.5, 0.02 * 3**0.5)",
        "initialise"),
    "biases that are not zero": ("nn.init.zeros_(layer.bias)", "nn.init.constant_(layer.bias, 0.1)", "initialise"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_STARTS)
def test_another_start_is_a_difference_of_the_initialisation(name: str) -> None:
    """Of `initialise` alone: the nets that it is given are the same."""
    old, new, part = OTHER_STARTS[name]
    text = rewrites.replaced(rewrites.COMPACT, ("from torch", "import torch\nfrom torch")) + "\n\n" + rewrites.INIT
    assert [row.part for row in differing(text, rewrites.replaced(text, (old, new)))] == [part]


def test_weights_drawn_otherwise_in_the_constructor_are_the_nets_own() -> None:
    """No layer differs, and the net does; with an `initialise` that draws all weights anew it does not."""
    old = "            nn.Linear(512, 28 * 28),\n            nn.Unflatten(1, (1, 28, 28)),\n        )\n"
    mine = rewrites.replaced(rewrites.COMPACT, (old, f"{old}        nn.init.normal_(self.decoder[0].weight, 0, 0.5)\n"))
    assert [row.part for row in differing(rewrites.COMPACT, mine)] == ["discriminator"]
    assert differing(f"{rewrites.COMPACT}\n\n{rewrites.INIT}", f"{mine}\n\n{rewrites.INIT}") == []


def test_two_layers_that_change_places_are_a_difference() -> None:
    """Layers of one shape with another spread each: the same draws in another order are another net."""
    old = "        self.layers = nn.Sequential("
    wide = "        nn.init.normal_(layers[{}].weight, 0, {})\n        nn.init.normal_(layers[{}].weight, 0, {})\n"
    texts = [
        rewrites.replaced(rewrites.PAPER, (old, wide.format(3, first, 6, second) + old))
        for first, second in ((0.02, 0.2), (0.2, 0.02))
    ]
    assert [row.part for row in differing(*texts)] == ["generator"]


def test_an_unlike_net_does_not_make_the_initialisation_differ() -> None:
    """`initialise` written otherwise beside a changed net: only the net differs, for equal layers start alike."""
    ref = f"{rewrites.COMPACT}\n\n{rewrites.INIT}"
    mine = rewrites.replaced(f"{rewrites.COMPACT}\n\n{rewrites.INIT_BY_NAME}", ("nn.Tanh()", "nn.Sigmoid()"))
    assert [row.part for row in differing(ref, mine)] == ["generator", "generator.upsample.5"]


def effect(*values: float, tolerance: float = 1e-6) -> str:
    text = numbers([torch.tensor(values, dtype=torch.float64), torch.tensor([1e-9], dtype=torch.float64)], tolerance)
    assert text is not None
    return text


def test_numbers_are_equal_but_for_rounding() -> None:
    """By the largest value of their tensor and the coarser tolerance; a small tensor beside it has its own measure."""
    assert same(effect(100.0, 1e-9), effect(100.00001, 2e-9))
    assert not same(effect(100.0, 1.0), effect(100.0, 1.001))
    assert same(effect(1.0), effect(1.001, tolerance=1e-2))
    assert not same(effect(1.0), effect(1.0, 1.0))
    assert not same(effect(1.0), effect(1.0).replace("1e-09]", "2e-09]"))
    assert not same("64", "65")
    assert not same("[]", "{}")
    assert numbers([torch.tensor([float("nan")])], 1e-6) is None

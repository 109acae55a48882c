"""A variant's own code comes to life under the contract, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import variants
from torch import nn

from ebdiag import initial, streams
from ebdiag.build import Built, build
from ebdiag.errors import VariantError
from ebdiag.load import load
from ebdiag.making import config_values
from ebdiag.records import Recipe


def built_from(folder: Path, text: str, *, seed: int = 0, name: str = "mine.py") -> Built:
    return build(Recipe(load(variants.write(folder, text, name))), seed=seed, device="cpu")


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_the_same_seed_starts_the_same_and_another_does_not(tmp_path: Path) -> None:
    """Initial weights are a function of the seed."""
    one, again, other = (built_from(tmp_path, variants.TINY, seed=s) for s in (0, 0, 1))
    assert same(one.generator, again.generator)
    assert same(one.discriminator, again.discriminator)
    assert not same(one.generator, other.generator)


def test_a_layer_added_to_d_leaves_g_and_every_latent_unchanged(tmp_path: Path) -> None:
    """Draws are keyed by role, so one net's draws cannot shift the other's, nor the latents."""
    wider = variants.TINY.replace(
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 16))",
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 16))",
    )
    assert wider != variants.TINY
    plain, changed = built_from(tmp_path, variants.TINY), built_from(tmp_path, wider, name="wider.py")
    assert same(plain.generator, changed.generator)
    assert torch.equal(plain.discriminator.decoder.weight, changed.discriminator.decoder.weight)
    for step in (1, 2, 500):
        draws = [b.sample_latent(32, streams.generator(0, streams.TRAINING_LATENTS, step, 0)) for b in (plain, changed)]
        assert torch.equal(*draws)


def test_building_leaves_the_callers_random_state_alone(tmp_path: Path) -> None:
    """A caller's own draws go on as if nothing had been built."""
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    built_from(tmp_path, variants.TINY)
    assert torch.equal(torch.rand(3), expected)


def test_draws_of_every_kind_are_keyed() -> None:
    """In-place draws, factories, permutations and draws on .data all repeat within a role, and differ between."""

    def draw(role: str) -> list[torch.Tensor]:
        with initial.keyed(0, role):
            weight = torch.empty(3, 4)
            weight.data.normal_()
            return [
                weight, torch.randn(3, 4), torch.rand(5), torch.randperm(9), torch.bernoulli(torch.full((20,), 0.5)),
                torch.empty(4).uniform_(), torch.normal(torch.zeros(3), torch.ones(3)), torch.randint(100, (6,)),
                nn.Linear(3, 2).weight.detach(),
            ]  # fmt: skip

    first, again, other = draw("g"), draw("g"), draw("d")
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_equal_shapes_in_one_net_start_differently() -> None:
    """The how-many-th of a shape is part of the key."""
    with initial.keyed(0, "g"):
        one, two = nn.Linear(4, 4), nn.Linear(4, 4)
    assert not torch.equal(one.weight, two.weight)


def test_every_layer_knows_the_line_that_constructed_it(tmp_path: Path) -> None:
    """The line is in the user's file, also for layers made by a helper or a loop."""
    text = variants.TINY.replace("nn.Linear(64, 784),", "make(64, 784),").replace(
        "class Generator", "def make(a, b):\n    return nn.Linear(a, b)\n\n\nclass Generator"
    )
    built = built_from(tmp_path, text)
    lines = text.splitlines()
    for net in (built.generator, built.discriminator):
        for name, module in net.named_modules():
            if name and not list(module.children()):
                place = built.lines[module]
                assert place.file.endswith("mine.py")
                assert type(module).__name__ in lines[place.line - 1], (name, place)


def test_constructors_with_and_without_config(tmp_path: Path) -> None:
    """Generator() and Generator(config) both work, in any mixture."""
    text = variants.TINY.replace("def __init__(self, config):", "def __init__(self):", 1).replace(
        "config.latent_dim", "8"
    )
    assert same(built_from(tmp_path, text).generator, built_from(tmp_path, variants.TINY).generator)


def test_a_missing_config_has_the_contracts_defaults(tmp_path: Path) -> None:
    """Without a Config every field has its documented default."""
    text = (variants.HEADER + variants.GENERATOR + variants.DISCRIMINATOR).replace("latent_dim, 64", "latent_dim, 64")
    values = config_values(built_from(tmp_path, text).config)
    assert values["latent_dim"] == 32
    assert values["betas"] == (0.5, 0.999)


def test_config_keeps_the_users_own_fields_and_methods(tmp_path: Path) -> None:
    """Fields and properties beyond the contract's are there, and absent ones are filled in."""
    text = variants.TINY.replace(
        "margin: float = 1.0", "margin: float = 3.0\n    width: int = 5\n\n    @property\n"
        "    def twice(self):\n        return 2 * self.margin\n",
    )  # fmt: skip
    config = built_from(tmp_path, text).config
    assert (config.width, config.twice, config.pull_away_weight) == (5, 6.0, 0.1)


def test_an_energy_is_what_the_users_own_loss_sees(tmp_path: Path) -> None:
    """Transplanting `energy` under a loss of another file that calls it changes that loss."""
    loss = """
def energy(recon, x):
    return ((recon - x) ** 2).flatten(1).mean(1)


def discriminator_loss(discriminator, real, fake, config):
    return energy(discriminator(real)[0], real).mean()
"""
    base = load(variants.write(tmp_path, variants.TINY + loss, "base.py"))
    donor_text = variants.TINY + "\n\ndef energy(recon, x):\n    return 7 * ((recon - x) ** 2).flatten(1).mean(1)\n"
    donor = load(variants.write(tmp_path, donor_text, "donor.py"))
    plain = build(Recipe(base), seed=0, device="cpu")
    hybrid = build(Recipe(base, (("energy", donor),)), seed=0, device="cpu")
    images = torch.rand(32, 1, 28, 28)
    losses = [b.objective.discriminator_loss(b.discriminator, images, images, b.config) for b in (plain, hybrid)]
    assert losses[1].item() == pytest.approx(7 * losses[0].item(), rel=1e-6)


def test_a_margin_from_a_donor_reaches_the_users_own_loss(tmp_path: Path) -> None:
    """A Config field is transplanted like any part."""
    loss = """
def discriminator_loss(discriminator, real, fake, config):
    return config.margin + 0 * discriminator(real)[0].mean()
"""
    base = load(variants.write(tmp_path, variants.TINY + loss, "base.py"))
    donor = load(variants.write(tmp_path, variants.TINY.replace("margin: float = 1.0", "margin: float = 20.0"), "d.py"))
    hybrid = build(Recipe(base, (("margin", donor),)), seed=0, device="cpu")
    value = hybrid.objective.discriminator_loss(hybrid.discriminator, torch.rand(2, 1, 28, 28), None, hybrid.config)
    assert value.item() == pytest.approx(20.0)


def test_a_net_from_a_donor_is_built_from_the_donors_file(tmp_path: Path) -> None:
    """Helpers and own Config fields of the donor come with its class; names in the two files do not mix."""
    donor_text = (
        variants.TINY.replace("margin: float = 1.0", "margin: float = 1.0\n    width: int = 99")
        .replace("class Generator", "HELPER = 2\n\n\nclass Generator")
        .replace("nn.Linear(config.latent_dim, 64)", "nn.Linear(config.latent_dim, config.width - 35 * HELPER + 35)")
    )
    base = load(variants.write(tmp_path, "HELPER = 50\n" + variants.TINY, "base.py"))
    donor = load(variants.write(tmp_path, donor_text, "donor.py"))
    hybrid = build(Recipe(base, (("generator", donor),)), seed=0, device="cpu")
    assert hybrid.generator.net[0].out_features == 64
    assert hybrid.discriminator is not None


def test_local_modules_of_two_variants_do_not_mix(tmp_path: Path) -> None:
    """Two files may each import their own `layers.py`."""
    built = []
    for name, width in (("a", 64), ("b", 64)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "layers.py").write_text(
            f"from torch import nn\nNAME = '{name}'\n\ndef make(a, b):\n    return nn.Linear(a, b)\n"
        )
        text = "from layers import NAME, make\n" + variants.TINY.replace("nn.Linear(64, 784)", f"make({width}, 784)")
        text += "\n\ndef energy(recon, x):\n    return ((recon - x) ** 2).flatten(1).mean(1) * len(NAME)\n"
        built.append(built_from(folder, text))
    assert all(same(b.generator, built[0].generator) for b in built)
    import sys

    assert "layers" not in sys.modules


def test_the_narrowest_activation_is_the_code_of_a_d_that_returns_none(tmp_path: Path) -> None:
    """The code is found by looking and named."""
    text = variants.TINY.replace("return self.decoder(code).view_as(x), code", "return self.decoder(code).view_as(x)")
    built, reference = built_from(tmp_path, text), built_from(tmp_path, variants.TINY, name="ref.py")
    assert built.reader.code_from == "encoder.1"
    images = torch.rand(4, 1, 28, 28)
    assert torch.equal(built.reconstruct(images)[1], reference.reconstruct(images)[1])


def test_a_d_that_returns_a_number_is_no_autoencoder(tmp_path: Path) -> None:
    """Shape (batch, 1) has neither reconstruction nor code."""
    text = variants.TINY.replace("return self.decoder(code).view_as(x), code", "return code.mean(1, keepdim=True)")
    built = built_from(tmp_path, text)
    assert not built.reader.autoencoder
    assert built.reconstruct(torch.rand(4, 1, 28, 28)) == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("super().__init__()", "super().__init__()\n        raise RuntimeError('none')", "RuntimeError: none"),
        ("class Generator(nn.Module)", "class Generator", "must be a torch.nn.Module"),
        ("import torch\n", "import torch\nX = 1 / 0\n", "ZeroDivisionError"),
        ("return self.decoder(code).view_as(x), code", "return {'a': code}", "must return a reconstruction"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_refused_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    """One message with the file and line of the user's code."""
    text = variants.TINY.replace(old, new, 1)
    if new == "class Generator":
        text = text.replace("        super().__init__()\n", "", 1).replace("self.net = nn", "self.net = nn", 1)
    assert text != variants.TINY
    with pytest.raises(VariantError, match=words) as caught:
        built_from(tmp_path, text)
    assert caught.value.file.endswith("mine.py")
    assert caught.value.line is not None


@pytest.mark.parametrize("role", ["Generator", "Discriminator"])
def test_a_net_without_parameters_is_refused(tmp_path: Path, role: str) -> None:
    """Layers hidden in a list leave nothing to train; the message names the class, its line and the likely cause."""
    returned = "torch.zeros(len(x), 1, 28, 28)" if role == "Generator" else "x"
    hidden = f"""

class {role}(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4)]

    def forward(self, x):
        return {returned}
"""
    line = variants.TINY.count("\n") + 3
    with pytest.raises(VariantError, match=rf"mine.py:{line}: {role} has nothing to train") as caught:
        built_from(tmp_path, variants.TINY + hidden)
    assert "nn.ModuleList" in str(caught.value)

"""Hybrids: what can be exchanged on its own, what travels together, and that a hybrid is exactly what it says."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
import variants
from planted import data, looked_at
from planted_nets import BASE, PLANTED, REWRITTEN, Planted, edited
from safetensors.torch import load_file

from ebdiag import anatomy, device, grafts, plan, streams, words, worker
from ebdiag.build import Built, build
from ebdiag.changes import Change, changes, exchange, hybrid, inner_changes
from ebdiag.differences import differences
from ebdiag.errors import VariantError
from ebdiag.inspect import inspect
from ebdiag.jobs import RunJob
from ebdiag.kinds import of
from ebdiag.load import load
from ebdiag.records import Facts, Graft, Recipe, Variant
from ebdiag.step import Batches, Trainer
from ebdiag.store import Store

ROOT = Path(__file__).parent.parent
NETS = of("gan").nets
MODELS = [
    path
    for folder in ("reference_models", "user_models")
    for path in sorted((ROOT / folder).glob("*.py"))
    if path.stem != "ebgan_conv64"  # its images have another shape than those that are trained on here
    and load(str(path)).kind == "gan"
]
REFERENCE = ROOT / "reference_models" / "ebgan_pt.py"
PAIRS = [(REFERENCE, mine) for mine in MODELS if mine != REFERENCE] + [
    (ROOT / "reference_models" / "ebgan_paper_mlp.py", ROOT / "reference_models" / "ebgan_infogan.py"),
    (ROOT / "user_models" / "small_init_no_batchnorm.py", ROOT / "user_models" / "sigmoid_generator.py"),
    (ROOT / "user_models" / "margin_too_large.py", ROOT / "user_models" / "sigmoid_decoder.py"),
]
OPEN = (ROOT / "user_models" / "margin_too_large.py", ROOT / "reference_models" / "ebgan_paper_mlp.py")
"""Two whose discriminators have several layers that differ, and return the same."""
MARKED = [
    pytest.param(pair, id=f"{pair[0].stem}-{pair[1].stem}", marks=[pytest.mark.slow] * ("infogan" in pair[1].stem))
    for pair in PAIRS
]
Side = tuple[Variant, Facts]


def sides(pair: tuple[Path, Path]) -> tuple[Side, Side]:
    return looked_at(pair[0].read_text(), "ref.py"), looked_at(pair[1].read_text(), "mine.py")


def between(ref: Side, mine: Side) -> list[Change]:
    found, skipped = changes(*ref, *mine)
    assert not skipped
    return found


def inside(net: str, ref: Side, mine: Side) -> list[Change]:
    found, skipped = inner_changes(net, *ref, *mine)
    assert not skipped, skipped
    return found


def opened(ref: Side, mine: Side) -> list[str]:
    """Nets that differ and are exchanged layer by layer, as those are that return the same kind of thing."""
    found = []
    for net in NETS:
        if not any(net in change.parts for change in between(ref, mine)):
            continue
        if ref[1].wiring[net]["form"] == mine[1].wiring[net]["form"]:
            found.append(net)
        else:
            reason = words.say("graft form", net=net, file="mine.py")
            assert inner_changes(net, *ref, *mine) == ([], [reason])
    return found


def every_layer(net: str, ref: Side, mine: Side, *, base: str) -> Recipe:
    """One side with all layers that differ grafted one by one, where `hybrid` would take the whole net."""
    own, other = (ref, mine) if base == "ref" else (mine, ref)
    layers = inside(net, ref, mine)
    stretches = tuple(sorted(change.stretch for change in layers if change.stretch))
    along = tuple((part, other[0]) for change in layers for part in change.parts if part not in NETS)
    return Recipe(own[0], along, (Graft(net, other[0], base, stretches),))  # type: ignore[arg-type]


@cache
def images() -> torch.Tensor:
    return torch.rand(512, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1


def built_from(recipe: Recipe) -> Built:
    return build(recipe, seed=0, device="cpu")


def inputs(built: Built, net: str) -> torch.Tensor:
    if net == "discriminator":
        return images()[:16]
    return built.sample_latent(16, streams.generator(0, "test"))


def used(built: Built, net: str) -> list[torch.Tensor]:
    """Parameters of a net in the order in which it uses them."""
    module = getattr(built, net)
    module.train()
    kept = [buffer.clone() for buffer in module.buffers()]
    found = anatomy.trace(module, inputs(built, net), built.lines, frozenset())
    for buffer, value in zip(module.buffers(), kept, strict=True):
        buffer.copy_(value)
    return [module.get_parameter(name) for name in found.parameters]


def same_weights(one: Built, other: Built) -> None:
    """Give one the weights of the other."""
    with torch.no_grad():
        for net in NETS:
            for here, there in zip(used(one, net), used(other, net), strict=True):
                here.copy_(there)


def outputs(built: Built, net: str, *, training: bool) -> list[torch.Tensor]:
    module = getattr(built, net)
    module.train(training)
    with streams.preserved_globals(), torch.no_grad():
        streams.reseed_globals(0, "test")
        output = module(inputs(built, net))
    return list(output) if isinstance(output, tuple) else [output]


def same_nets(one: Built, other: Built) -> None:
    """Both nets of both make the same of the same input, bit for bit, in both modes."""
    for net, training in itertools.product(NETS, (True, False)):
        ours, theirs = outputs(one, net, training=training), outputs(other, net, training=training)
        assert len(ours) == len(theirs)
        assert all(torch.equal(*pair) for pair in zip(ours, theirs, strict=True)), (net, training)


def trained(built: Built, *, steps: int, single_pass: bool) -> list[torch.Tensor]:
    """All weights after some steps, in the order of use."""
    for net in NETS:
        getattr(built, net).train()
    trainer = Trainer(
        built, Batches(images(), size=built.config.batch_size, seed=0), single_pass=single_pass, watching=False
    )
    with streams.preserved_globals():
        trainer.prepare()
        for step in range(1, steps + 1):
            trainer.step(step)
    return [p.detach().clone() for net in NETS for p in used(built, net)]


def the_same(one: Recipe, other: Recipe, single_pass: bool = True) -> None:
    """Two recipes are one model: the same outputs from the same weights, and the same weights after two steps."""
    ours, theirs = built_from(one), built_from(other)
    same_weights(ours, theirs)
    same_nets(ours, theirs)
    ours, theirs = built_from(one), built_from(other)
    same_weights(ours, theirs)
    pairs = zip(*(trained(b, steps=2, single_pass=single_pass) for b in (ours, theirs)), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


def rewritten(ref: Side, mine: Side) -> list[str]:
    """Parts that are written differently and counted as the same."""
    touched = {part for change in between(ref, mine) for part in change.parts}
    return [part for part in ref[0].parts if part not in touched
            and ref[0].parts[part].code != mine[0].parts[part].code]  # fmt: skip


@pytest.mark.parametrize("pair", MARKED)
def test_all_parts_exchanged_are_the_other_variant(pair: tuple[Path, Path]) -> None:
    """Mine with all parts that differ reverted is ref, and ref with all of them applied is mine, bit for bit.

    Parts that compute the same and are written otherwise come along here, for rounding tells them apart.
    """
    ref, mine = sides(pair)
    every = between(ref, mine)
    assert hybrid(ref[0], mine[0], every, []) == Recipe(ref[0])
    assert hybrid(ref[0], mine[0], every, every) == Recipe(mine[0] if every else ref[0])
    along = rewritten(ref, mine)
    for own, other, side in ((mine, ref, "mine"), (ref, mine, "ref")):
        recipe = exchange(own[0], other[0], side, every, every)  # type: ignore[arg-type]
        donors = dict(recipe.donors) | dict.fromkeys(along, other[0])
        the_same(replace(recipe, donors=tuple(donors.items())), Recipe(other[0]))


@pytest.mark.parametrize("pair", MARKED)
def test_all_layers_exchanged_are_the_other_net(pair: tuple[Path, Path]) -> None:
    """Mine's net with every layer grafted back is ref's net, and the other way round, bit for bit, also in training."""
    ref, mine = sides(pair)
    for net in opened(ref, mine):
        for base, own, other in (("mine", mine, ref), ("ref", ref, mine)):
            recipe = every_layer(net, ref, mine, base=base)
            assert recipe.grafts[0].stretches
            along = tuple((part, donor) for part, donor in recipe.donors)
            the_same(recipe, Recipe(own[0], ((net, other[0]), *along)))


@pytest.mark.parametrize("pair", MARKED)
def test_each_change_alone_builds_and_trains_a_step(pair: tuple[Path, Path]) -> None:
    """Every single change, applied and reverted, between parts and inside nets, makes a model that trains."""
    ref, mine = sides(pair)
    every = between(ref, mine)
    levels = [every]
    for net in opened(ref, mine):
        levels.append(inside(net, ref, mine) + [change for change in every if net not in change.parts])
    recipes = {hybrid(ref[0], mine[0], level, taken)
               for level in levels for one in level for taken in ([one], [c for c in level if c != one])}  # fmt: skip
    for recipe in recipes:
        weights = trained(built_from(recipe), steps=1, single_pass=True)
        assert all(torch.isfinite(w).all() for w in weights)


def test_only_a_net_that_returns_something_else_is_one_piece() -> None:
    """The GAN's discriminator returns a logit; the generators and all other nets are exchanged layer by layer."""
    for pair in PAIRS:
        ref, mine = sides(pair)
        differ = [net for net in NETS if any(net in change.parts for change in between(ref, mine))]
        assert opened(ref, mine) == [net for net in differ if (pair[1].stem, net) != ("gan", "discriminator")]


def planted(text: str) -> tuple[Side, Side]:
    return looked_at(BASE, "ref.py"), looked_at(text, "mine.py")


def layers_of(ref: Side, mine: Side) -> list[Change]:
    nets = [net for net in NETS if any(net in change.parts for change in between(ref, mine))]
    return [change for net in nets for change in inside(net, ref, mine)]


@pytest.mark.parametrize("case", PLANTED.values(), ids=PLANTED)
def test_a_planted_layer_is_named_and_exchanged_alone(case: Planted) -> None:
    """Each of two planted differences, in ref alone, is the model that one writes by hand with only that one in it."""
    ref, mine = planted(case.mine())
    found = {change.name: change for change in layers_of(ref, mine)}
    assert sorted(found) == sorted(case.names)
    text = case.mine().splitlines()
    for one, piece, twin in zip(case.names, case.lines, case.twins(), strict=True):
        assert piece in text[found[one].mine_lines[0].line - 1], found[one]
        assert found[one].mine_lines[0].file == "mine.py"
        recipe = hybrid(ref[0], mine[0], list(found.values()), [found[one]])
        assert recipe.grafts or recipe.donors
        the_same(recipe, Recipe(looked_at(twin, "twin.py")[0]), single_pass=False)


def test_layers_written_otherwise_are_no_changes_and_one_among_them_is_found() -> None:
    """Names, nesting, loops and functions for modules do not count; grafts go between nets that are written so."""
    ref, same = planted(REWRITTEN.replace("ACTIVATION", "relu"))
    assert not between(ref, same)
    ref, mine = planted(REWRITTEN.replace("ACTIVATION", "elu"))
    first, second = inside("generator", ref, mine)
    assert (first.name, second.name) == ("generator.ELU", "generator.ELU#2")
    twin = edited(BASE, (("            nn.ReLU(),\n            nn.ConvTranspose2d(8", "            nn.ELU(),\n"
                          "            nn.ConvTranspose2d(8"),))  # fmt: skip
    recipe = hybrid(ref[0], mine[0], [first, second], [first])
    the_same(recipe, Recipe(looked_at(twin, "twin.py")[0]))
    the_same(every_layer("generator", ref, mine, base="mine"), Recipe(mine[0], (("generator", ref[0]),)))


def test_an_untouched_layer_starts_as_it_does_in_the_variant_it_comes_from() -> None:
    """Also under an `initialise` of either side, which sees both nets whole."""
    init = "\n\ndef initialise(module):\n    for p in module.parameters():\n        nn.init.normal_(p, 0.0, 0.05)\n"
    case = PLANTED["code width and an activation before it"]
    for suffix in ("", init):
        ref, mine = (looked_at(text + suffix, f) for text, f in ((BASE, "ref.py"), (case.mine(), "mine.py")))
        layers = inside("discriminator", ref, mine)
        wide = next(change for change in layers if change.name.endswith("wide"))
        mixed, plain, other = map(
            built_from, (hybrid(ref[0], mine[0], layers, [wide]), Recipe(ref[0]), Recipe(mine[0]))
        )
        weights = dict(mixed.discriminator.named_parameters())
        assert sorted(weights) == sorted(
            f"{prefix}{layer}.{kind}" for kind in ("weight", "bias")
            for prefix, layer in (("", "first"), ("", "second"), ("grafted.", "code"), ("grafted.", "wide"),
                                  ("", "last"))
        )  # fmt: skip
        for key, value in weights.items():
            origin = other if key.startswith("grafted.") else plain
            assert torch.equal(value, origin.discriminator.get_parameter(key.removeprefix("grafted.")))
        assert set(mixed.constructed["discriminator"]) == set(weights)


FORWARD = "        h = F.leaky_relu(self.first(x.reshape(x.size(0), -1)), 0.2)\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("        if self.training:\n            h = torch.tanh(h)\n", "in training it makes other calls"),
        ("        h = torch.stack([row for row in h])\n", "depends on the size of the batch"),
        ("        h = h if len(h) > 16 else torch.tanh(h)\n", None),
        ("        h = h * 2 if h.mean() > 0 else h\n", "decides by values of tensors"),
        ("        h = h * float(self.first.bias[0].detach())\n", "decides by values of tensors"),
        ("        h = h + __import__('numpy').random.normal()\n", "come to other numbers"),
        ("        h = h + torch.from_numpy(__import__('numpy').ones(64, 'float32'))\n", "do not come from torch calls"),
        ("        h = h if len(h) < 5 else h.view(4, -1).view(len(h), 64)\n", "depends on the size of the batch"),
        ("        self.seen = getattr(self, 'seen', 0) + 1\n        h = h / self.seen\n", None),
        ("        h = h + torch.zeros(len(x), 64) + torch.randn_like(h) + torch.randn(x.shape[0], 1)\n", ""),
        ("        h = F.relu_(h) @ self.second.weight.T + h.detach()\n", ""),
        ("        a, b = h.chunk(2, dim=1)\n        h = torch.cat([b, a], 1)\n        h[:, :2] = 0\n", ""),
    ],
)
def test_what_cannot_be_taken_apart_says_why(tmp_path: Path, line: str, reason: str | None) -> None:
    """A forward that is no fixed list of calls is not exchanged layer by layer, and the reason is one to act on."""
    text = BASE.replace(FORWARD, FORWARD + line)
    built = built_from(Recipe(load(variants.write(tmp_path, text))))
    found = grafts.wiring(built.discriminator, images()[:32], built.lines, frozenset())["reason"]
    if reason == "":
        assert found is None
    else:
        assert found is not None
        assert (reason or "") in words.say(f"graft {found}", net="discriminator", file="mine.py")


def test_a_net_that_stays_one_piece_is_a_skip_with_its_reason() -> None:
    """The net can still be exchanged whole."""
    ref, mine = planted(BASE.replace(FORWARD, FORWARD + "        if self.training:\n            h = torch.tanh(h)\n"))
    assert [change.name for change in between(ref, mine)] == ["discriminator"]
    found, [skipped] = inner_changes("discriminator", *ref, *mine)
    assert not found
    assert "mine.py" in skipped
    ref, mine = planted(BASE.replace("return h.view(len(x), 1, 28, 28), code", "return h.view(len(x), 1, 28, 28)"))
    found, [skipped] = inner_changes("discriminator", *ref, *mine)
    assert not found
    assert "returns something else" in skipped


@pytest.mark.parametrize("skip", ["skip", "skip.clone()", "skip.contiguous().view(-1, 64)"])
def test_an_inserted_layer_does_not_reach_the_skip_connection_beside_it(skip: str) -> None:
    """Where one value goes two ways, only the way that has the layer in mine gets it in a hybrid."""
    both = edited(BASE, (("code = self.code(h)", f"code = self.code(h + {skip})"),))
    ref = looked_at(both, "ref.py")
    mine = looked_at(edited(both, (("nn.Linear(64, 64)", "nn.Sequential(nn.BatchNorm1d(64), nn.Linear(64, 64))"),)),
                     "mine.py")  # fmt: skip
    [change] = inside("discriminator", ref, mine)
    assert change.name == "discriminator.second.0"
    for base, other in (("ref", mine), ("mine", ref)):
        own = ref if base == "ref" else mine
        the_same(every_layer("discriminator", ref, mine, base=base), Recipe(own[0], (("discriminator", other[0]),)))


def test_weights_that_two_layers_share_stay_together() -> None:
    """A tied decoder cannot have its encoder exchanged without it."""
    tied = BASE.replace("h = self.last(h)", "h = h @ self.first.weight")
    ref = looked_at(tied, "ref.py")
    mine = looked_at(edited(tied, (("nn.Linear(784, 64)", "nn.Linear(784, 64, bias=False)"),)), "mine.py")
    [change] = inside("discriminator", ref, mine)
    assert change.name == "discriminator.first..matmul"
    the_same(every_layer("discriminator", ref, mine, base="mine"), Recipe(mine[0], (("discriminator", ref[0]),)))


ENERGY = "\n\ndef energy(recon, x):\n    return (recon - x).abs().flatten(1).mean(1)\n"
HINGE = """

def discriminator_loss(discriminator, real, fake, config):
    return energy(discriminator(real)[0], real).mean() + F.relu(BOUND - energy(discriminator(fake)[0], fake)).mean()
"""
OWN_STEP = """

def train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):
    real = next(batches)
    z = sample_latent(len(real), config, rng)
    loss = (discriminator.first(real.flatten(1)) ** 2).mean() + generator(z).mean()
    generator_opt.zero_grad(); discriminator_opt.zero_grad(); loss.backward()
    generator_opt.step(); discriminator_opt.step()
    return {"loss": loss}
"""
MARGIN = ("margin: float = 1.0", "margin: float = 3.0")
CASES: dict[str, tuple[str, list[str]]] = {
    "energy alone": (BASE + ENERGY, ["energy"]),
    "margin alone": (edited(BASE, (MARGIN,)), ["margin"]),
    "one unit": (edited(BASE, (MARGIN,)) + ENERGY, ["energy + margin"]),
    "a hinge of its own": (BASE + ENERGY + HINGE.replace("BOUND", "0.3"), ["energy + discriminator_loss"]),
    "a loss that reads the margin": (
        BASE + ENERGY + HINGE.replace("BOUND", "2 * config.margin"), ["energy", "discriminator_loss"]),
    "range": (
        edited(BASE, (MARGIN, ("nn.Tanh()", "nn.Sigmoid()"), ("latent_dim: int = 8",
               "latent_dim: int = 8\n    pixel_range: tuple = (0.0, 1.0)"))), ["generator + margin + pixel_range"]),
    "latents that fit": (edited(BASE, (("latent_dim: int = 8", "latent_dim: int = 8\n    latent: str = 'uniform'"),)),
                         ["latent"]),
    "latents of another shape": (edited(BASE, (("latent_dim: int = 8", "latent_dim: int = 12"),)), ["latent"]),
    "latents and the net that takes them": (
        edited(BASE, (("latent_dim: int = 8", "latent_dim: int = 12"), ("nn.Tanh()", "nn.Sigmoid()"))),
        ["generator + latent"]),
    "rates": (
        edited(BASE, (("batch_size: int = 32", "batch_size: int = 32\n    generator_lr: float = 2e-3\n"
                       "    discriminator_lr: float = 2e-3"),)), ["optimizer.generator", "optimizer.discriminator"]),
    "initialise for all nets": (
        BASE + "\n\ndef initialise(module):\n    for p in module.parameters():\n        nn.init.normal_(p, 0.0, 0.1)\n",
        ["initialise"]),
    "initialise for one net": (
        edited(BASE.replace("self.second", "self.middle"), (("F.leaky_relu", "F.elu"), (", 0.2)", ")")))
        + "\n\ndef initialise(module):\n    if hasattr(module, 'middle'):\n"
        "        nn.init.zeros_(module.middle.bias)\n",
        ["discriminator + initialise"]),
    "weight of zero": (edited(BASE, (("margin: float = 1.0",
                                      "margin: float = 1.0\n    pull_away_weight: float = 0.0"),)),
                       ["pull_away_weight"]),
    "a step of its own": (BASE + OWN_STEP, ["train_step"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_shares_a_unit_or_a_shape_travels_together(case: tuple[str, list[str]]) -> None:
    """Named by all that differs, and each is a model that trains; what only follows from another is none."""
    ref, mine = planted(case[0])
    every = between(ref, mine)
    assert [change.name for change in every] == case[1]
    assert all(change.mine_lines for change in every)
    for change in every:
        for taken in ([change], [one for one in every if one != change]):
            trained(built_from(hybrid(ref[0], mine[0], every, taken)), steps=1, single_pass=True)


def test_inside_a_net_the_parts_that_come_along_go_with_the_layers_that_need_them() -> None:
    """All layers together are the whole change again."""
    for case, expected in (
        ("latents and the net that takes them", ["generator.project + latent", "generator.net.5"]),
        ("range", ["generator.net.5 + margin + pixel_range"]),
    ):
        ref, mine = planted(CASES[case][0])
        layers = inside("generator", ref, mine)
        assert [change.name for change in layers] == expected
        whole = between(ref, mine)
        assert hybrid(ref[0], mine[0], layers, layers) == hybrid(ref[0], mine[0], whole, whole)
        for change in layers:
            trained(built_from(hybrid(ref[0], mine[0], layers, [change])), steps=1, single_pass=True)


def test_the_same_set_is_the_same_recipe_whatever_its_order() -> None:
    """Also where a net is taken layer by layer rather than whole; so stored runs are found again."""
    ref, mine = sides(OPEN)
    every = between(ref, mine)
    rng = random.Random(0)
    for size in range(len(every) + 1):
        taken = rng.sample(every, size)
        expected = hybrid(ref[0], mine[0], every, taken)
        assert hybrid(ref[0], mine[0], rng.sample(every, len(every)), set(taken)) == expected
        layers = inside("discriminator", ref, mine)
        apart = layers + [change for change in every if change.name != "discriminator"]
        fine = [part for change in taken for part in (layers if change.name == "discriminator" else [change])]
        assert hybrid(ref[0], mine[0], apart, fine) == expected


def test_ids_of_plain_variants_know_nothing_of_hybrids() -> None:
    """A plain recipe has the id that it always had; every hybrid has one of its own."""
    ref, mine = sides(OPEN)
    environment = device.environment()

    def trajectory(recipe: Recipe, facts: Facts) -> str:
        return plan.trajectory(recipe, facts, data(), 0, environment)

    every = between(ref, mine)
    plain = trajectory(hybrid(ref[0], mine[0], every, []), ref[1])
    assert plain == trajectory(Recipe(ref[0]), ref[1])
    assert plain == plan.digest(
        {
            "parts": {part: ref[0].parts[part].code for part, row in ref[1].parts.items() if row["used"]},
            "config": {name: value for name, value in ref[1].config.items() if name not in plan.SCRIPTS_ONLY},
            "single_pass": ref[1].single_pass, "data": data().digest, "seed": 0,
            "environment": {
                name: getattr(environment, name) for name in ("torch", "device", "threads", "fused", "numerics")
            },
        }
    )  # fmt: skip
    layers = inside("discriminator", ref, mine)
    recipes = [hybrid(ref[0], mine[0], layers, [change]) for change in layers]
    ids = {plain, *(trajectory(recipe, ref[1]) for recipe in recipes)}
    assert len(ids) == len(recipes) + 1
    assert len({recipe.fingerprint for recipe in [Recipe(ref[0]), *recipes]}) == len(recipes) + 1


def test_a_part_gets_the_config_of_the_file_it_comes_from(tmp_path: Path) -> None:
    """Fields that only mine's Config has, or has otherwise, are what mine's losses and Objective read in a hybrid."""
    field = ("margin: float = 1.0", "margin: float = 1.0\n    scale: float = SCALE")
    loss = "\n\ndef generator_loss(discriminator, fake, config):\n    return config.scale + 0 * fake.sum()\n"
    objective = """

class Objective:
    def __init__(self, config):
        self.scale = config.scale

    def discriminator_loss(self, discriminator, real, fake, config):
        return config.scale + self.scale + 0 * discriminator(real)[0].sum()

    def generator_loss(self, discriminator, fake, config):
        return energy(discriminator(fake)[0], fake).mean()
"""
    ref = load(variants.write(tmp_path, BASE, "ref.py"))
    other = load(variants.write(tmp_path, edited(BASE, (field,)).replace("SCALE", "2.0"), "other.py"))
    mine = load(variants.write(tmp_path, edited(BASE, (field,)).replace("SCALE", "5.0") + loss, "mine.py"))
    third = load(variants.write(tmp_path, edited(BASE, (field,)).replace("SCALE", "7.0") + objective, "third.py"))
    for base in (ref, other):
        built = built_from(Recipe(base, (("generator_loss", mine),)))
        value = built.objective.generator_loss(built.discriminator, images()[:4], built.config)
        assert value.item() == 5.0
        built = built_from(Recipe(base, (("objective", third),)))
        value = built.objective.discriminator_loss(built.discriminator, images()[:4], images()[:4], built.config)
        assert value.item() == 14.0
        assert vars(built.objective) == {"scale": 7.0}


def test_a_transplanted_energy_is_what_the_loss_that_calls_it_sees() -> None:
    """Mine's hinge with ref's energy, and the other way round."""
    ref, mine = planted(BASE + ENERGY + HINGE.replace("BOUND", "2 * config.margin"))
    every = between(ref, mine)
    recipes = [hybrid(ref[0], mine[0], every, taken) for taken in ([], [every[0]], [every[1]], every)]
    losses = []
    for recipe in recipes:
        built = built_from(recipe)
        loss = built.objective.discriminator_loss(built.discriminator, images()[:8], -images()[:8], built.config)
        losses.append(sum(loss.values()).item() if isinstance(loss, dict) else loss.item())
    assert len({round(loss, 4) for loss in losses}) == 4


def test_optimisers_from_two_files_keep_their_own_betas(tmp_path: Path) -> None:
    """`betas` is one field and belongs to two parts."""
    ref = load(variants.write(tmp_path, BASE, "ref.py"))
    text = edited(BASE, (("margin: float = 1.0", "margin: float = 1.0\n    betas: tuple = (0.1, 0.2)"),))
    mine = load(variants.write(tmp_path, text))
    built = built_from(Recipe(ref, (("optimizer.generator", mine),)))
    assert built.generator_opt.defaults["betas"] == (0.1, 0.2)
    assert built.discriminator_opt.defaults["betas"] == (0.5, 0.999)


def test_what_only_one_side_uses_comes_from_that_side() -> None:
    """Ref's loss calls ref's energy in every hybrid where mine's losses call none, and mine's is no change."""
    losses = """

def discriminator_loss(discriminator, real, fake, config):
    return (discriminator(real)[0] - real).abs().mean()


def generator_loss(discriminator, fake, config):
    return (discriminator(fake)[0] - fake).abs().mean()
"""
    ref, mine = planted(
        BASE + losses + "\n\ndef energy(recon, x):\n    return 1e3 * (recon - x).abs().flatten(1).sum(1)\n"
    )
    every = between(ref, mine)
    assert [change.name for change in every] == ["discriminator_loss", "generator_loss"]
    assert hybrid(ref[0], mine[0], every, every) == Recipe(mine[0])
    for side, base, other in (("ref", ref, mine), ("mine", mine, ref)):
        recipe = exchange(base[0], other[0], side, every, [every[1]])  # type: ignore[arg-type]
        assert recipe.variant_of("energy") == ref[0]


def test_layers_that_no_longer_stand_where_they_stood_are_refused() -> None:
    """A recipe of rows that are not there is an error of its file, not a crash."""
    ref, mine = sides((REFERENCE, ROOT / "user_models" / "sigmoid_decoder.py"))
    with pytest.raises(VariantError, match="do not fit"):
        built_from(Recipe(ref[0], (), (Graft("discriminator", mine[0], "ref", ((1, 2, 7, 9),)),)))


def test_differences_and_changes_agree() -> None:
    """Every change is one of the differences that people are shown, under the same names."""
    for pair in PAIRS:
        ref, mine = sides(pair)
        shown = {row.part for row in differences(*ref, *mine)}
        for change in between(ref, mine):
            assert set(change.name.split(" + ")) <= shown


def test_a_hybrid_is_looked_at_trained_and_resumed_like_any_model(store_root: Path) -> None:
    """Facts, a run with all probes and its continuation from stored weights, for layers and parts of two files."""
    ref, mine = planted(edited(PLANTED["code width and an activation before it"].mine(), (MARGIN,)))
    every = [*inside("discriminator", ref, mine), next(c for c in between(ref, mine) if c.name == "margin")]
    recipe = hybrid(ref[0], mine[0], every, every[1:2])
    assert recipe.grafts
    facts = inspect(recipe, data(), device.environment())
    assert facts.wiring["discriminator"]["reason"] is None
    assert any(row["path"].startswith("grafted.") for rows in facts.layers.values() for row in rows)
    environment = device.environment()
    weights = []
    for stops in ((4, 8), (8,)):
        store = Store(store_root / str(len(stops)))
        for steps in stops:
            [spec] = plan.specs("mine", recipe, facts, data(), environment, steps=steps, seeds=[0], probes="all")
            done = worker.run(RunJob(spec, facts, str(store.root)), lambda *event: None)
            assert done["trained"] > 0, done
        weights.append(load_file(store.folder(spec.trajectory).weights(8)))
    assert any(".grafted." in name or name.startswith("grafted.") for name in weights[0])
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])

"""Seeds in one go: the same training as runs of one seed each, to rounding, or the reason why not."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import encoder_variants
import pytest
import torch
import variants
from safetensors.torch import load_file
from test_kill import command_of, content, kill
from torch import Tensor

import ebdiag
from ebdiag import plan, store, train, worker
from ebdiag.batchable import GRADIENT, VALUE, WAY, apart, follow, off_the_way
from ebdiag.build import Built, build
from ebdiag.data import load_images, prepare
from ebdiag.device import environment
from ebdiag.inspect import inspect
from ebdiag.jobs import GroupJob, InspectJob
from ebdiag.load import load
from ebdiag.pipeline import Comparison, Request
from ebdiag.records import Facts, Recipe, RunSpec
from ebdiag.seeds import Seeds
from ebdiag.stack import OPTIMIZERS
from ebdiag.step import Batches, Diverged, Moment, Trainer
from ebdiag.store import Store
from ebdiag.watch import Silent

WASSERSTEIN = (
    variants.HEADER
    + variants.CONFIG.replace("margin: float = 1.0", "discriminator_steps: int = 3\n    shuffle: bool = False")
    + variants.GENERATOR
    + """
class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.LayerNorm(64), nn.LeakyReLU(), nn.Linear(64, 1))
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return self.scale * self.net(x).flatten()


def discriminator_loss(discriminator, real, fake, config):
    return {"critic": discriminator(fake).mean() - discriminator(real).mean(),
            "size": 1e-3 * sum(p.square().sum() for p in discriminator.parameters())}


def generator_loss(discriminator, fake, config):
    return -discriminator(fake).mean()


def optimizers(generator, discriminator, config):
    critic = [{"params": discriminator.net.parameters()}, {"params": [discriminator.scale], "lr": 1e-4}]
    return torch.optim.RMSprop(generator.parameters(), lr=5e-4), torch.optim.RMSprop(critic, lr=5e-4, momentum=0.5)
"""
)
"""A critic that gives one number an image, a parameter without axes, groups of an optimiser, several updates a step."""

MOVING = (
    variants.TINY.replace("            nn.Tanh(),\n        )", "            nn.Tanh(),\n        )\n"
                          "        self.register_buffer('seen', torch.zeros(784))")
    .replace("        return self.net(z)", "        self.seen.mul_(0.9).add_(0.1 * self.net(z).detach().mean(0))\n"
             "        return self.net(z)")
    .replace("self.decoder = ", "self.register_buffer('mean', torch.zeros(16))\n        self.decoder = ")
    .replace("        code = self.encoder(x)", "        code = self.encoder(x)\n"
             "        self.mean.mul_(0.9).add_(0.1 * code.detach().mean(0))\n        code = code - self.mean")
)  # fmt: skip
"""Buffers of both nets that a forward moves in place, so that the generator runs once for each update."""

NO_CODE = variants.TINY.replace(
    "return self.decoder(code).view_as(x), code", "return self.decoder(code).view_as(x)"
).replace("batch_size: int = 32", "batch_size: int = 30\n    drop_last: bool = False\n    generator_passes: int = 1")
"""A code found by looking, a last batch that is smaller, one pass of the generator."""

MODELS: dict[str, str] = {"wasserstein": WASSERSTEIN, "moving": MOVING, "no code": NO_CODE, "tiny": variants.TINY}
NAMES = ["ref:ebgan_pt", "ref:ebgan_infogan", "ref:began", "ref:magan", "wasserstein", "moving", "no code"]


def recipe_of(folder: Path, model: str) -> Recipe:
    return Recipe(load(model if model.startswith("ref:") else variants.write(folder, MODELS.get(model, model))))


def trainer(recipe: Recipe, seed: int, *, device: str = "cpu", single_pass: bool = True, images: int = 256) -> Trainer:
    """A model at step 0, before its Objective's `before_training`."""
    built = build(recipe, seed=seed, device=device, spreads=False)
    config = built.config
    batches = Batches(
        built.pixels(load_images("mnist5k").train[:images]), size=config.batch_size, seed=seed, shuffle=config.shuffle,
        drop_last=config.drop_last,
    )  # fmt: skip
    return Trainer(built, batches, single_pass=single_pass, watching=True)


def both_ways(recipe: Recipe, seeds: int = 3, **options: Any) -> tuple[list[Trainer], list[Trainer], Seeds]:
    """The same seeds twice, prepared: each alone, and in one go."""
    alone, joint = ([trainer(recipe, seed, **options) for seed in range(seeds)] for _ in range(2))
    for one in (*alone, *joint):
        one.prepare()
    return alone, joint, Seeds(joint, watching=True)


def parameters(built: Built) -> dict[str, list[Tensor]]:
    return {role: [p.detach().clone() for p in net.parameters()] for role, net in built.nets.items()}


@pytest.mark.parametrize("model", NAMES)
def test_each_step_is_that_of_separate_runs_within_tolerance(tmp_path: Path, model: str) -> None:
    """From equal states, five steps: parameters, gradients, running statistics, terms, what Objectives remember, and
    all that probes are shown. What a seed draws is the same bit for bit."""
    alone, joint, seeds = both_ways(recipe_of(tmp_path, model), single_pass=model != "moving")
    for number in range(1, 6):
        before = [parameters(one.built) for one in alone]
        expected = [one.step(number) for one in alone]
        found = seeds.step(number)
        for slot, (one, other) in enumerate(zip(alone, joint, strict=True)):
            moment = found[slot]
            assert isinstance(moment, Moment)
            for role, net in one.built.nets.items():
                pairs = list(zip([p.grad for p in net.parameters()], seeds.gradients(role, slot), strict=True))
                assert apart([(a, b) for a, b in pairs if a is not None and b is not None]) <= GRADIENT
                assert off_the_way(before[slot][role], net, other.built.nets[role]) <= WAY
                for (name, ours), theirs in zip(net.named_buffers(), other.built.nets[role].buffers(), strict=True):
                    assert apart([(ours.double(), theirs.double())], least=1.0) <= VALUE, name
            assert_alike(expected[slot], moment)
            assert dict(one.numbers()) == pytest.approx(dict(other.numbers()), rel=VALUE, abs=VALUE)
            assert one.batches.taken == other.batches.taken
            seeds.hand_out(slot)
            follow(one, other)


def assert_alike(expected: Moment, found: Moment) -> None:
    """Everything that a probe may look at."""
    assert list(expected.terms) == list(found.terms)
    for name, value in expected.terms.items():
        assert float(found.terms[name]) == pytest.approx(float(value), rel=VALUE, abs=VALUE), name
    assert expected.margin == pytest.approx(found.margin) if expected.margin is not None else found.margin is None
    for name in ("real", "fake", "recon_real", "recon_fake", "code_real", "code_fake", "output_real", "output_fake"):
        one, other = getattr(expected, name), getattr(found, name)
        assert (one is None) == (other is None), name
        if one is not None:
            assert one.shape == other.shape, name
            assert apart([(one, other)]) <= VALUE, name
    assert expected.real is None or torch.equal(expected.real, found.real)
    assert expected.told is not None
    assert found.told is not None
    assert apart([(expected.told, found.told)]) <= WAY  # under a discriminator that has just made its own step


DRIFT = 0.05
"""Of the way that training has gone after ten steps, left to itself; measured .0085 (`began`; .0061 for `ebgan_pt` in
`benchmarks/drift.py`). Each step amplifies the rounding of those before, as after any change of kernels."""


@pytest.mark.parametrize("model", ["ref:ebgan_pt", "ref:began"])
def test_left_to_itself_a_trajectory_stays_near_those_of_separate_runs(tmp_path: Path, model: str) -> None:
    """Ten steps, and not bit for bit: otherwise the batched step would not be what ran."""
    alone, joint, seeds = both_ways(recipe_of(tmp_path, model))
    before = [parameters(one.built) for one in alone]
    for number in range(1, 11):
        seeds.step(number)
        for one in alone:
            one.step(number)
    for slot, (one, other) in enumerate(zip(alone, joint, strict=True)):
        for role, net in one.built.nets.items():
            assert 0 < off_the_way(before[slot][role], net, other.built.nets[role]) <= DRIFT


SETTINGS: dict[type[torch.optim.Optimizer], str] = {
    kind: {
        torch.optim.SGD: "lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-3",
        torch.optim.RMSprop: "lr=1e-3, centered=True, momentum=0.5",
        torch.optim.Adam: "lr=1e-3, amsgrad=True",
    }.get(kind, "lr=1e-3")
    for kind in OPTIMIZERS[1:]
}


@pytest.mark.parametrize("kind", SETTINGS, ids=lambda kind: kind.__name__)
def test_every_optimiser_that_is_taken_is_elementwise(tmp_path: Path, kind: type[torch.optim.Optimizer]) -> None:
    """Four steps; its state is handed out as its own, can be saved and loaded, and another stack goes on from there."""
    made = f"torch.optim.{kind.__name__}"
    text = variants.TINY + (
        "\n\ndef optimizers(generator, discriminator, config):\n"
        f"    return ({made}(generator.parameters(), {SETTINGS[kind]}), "
        f"{made}(discriminator.parameters(), {SETTINGS[kind]}))\n"
    )
    recipe = recipe_of(tmp_path, text)
    alone, joint, seeds = both_ways(recipe, seeds=2)
    for number in range(1, 5):
        before = [parameters(one.built) for one in alone]
        for one in alone:
            one.step(number)
        seeds.step(number)
        for slot, (one, other) in enumerate(zip(alone, joint, strict=True)):
            seeds.hand_out(slot)
            for role, net in one.built.nets.items():
                assert off_the_way(before[slot][role], net, other.built.nets[role]) <= WAY
                ours, theirs = (each.built.optimizers[role].state_dict()["state"] for each in (one, other))
                assert {n: sorted(state) for n, state in ours.items()} == {n: sorted(s) for n, s in theirs.items()}
                for key in {key for state in ours.values() for key in state}:
                    pairs = [(torch.as_tensor(ours[n][key]), torch.as_tensor(theirs[n][key])) for n in ours]
                    assert all(a.shape == b.shape for a, b in pairs)
                    assert apart([(a.double(), b.double()) for a, b in pairs]) <= WAY, key
            follow(one, other)
    again = [trainer(recipe, seed) for seed in range(2)]
    for one, other in zip(again, joint, strict=True):
        follow(one, other)
    seeds_again = Seeds(again, watching=True)
    seeds.step(5)
    seeds_again.step(5)
    for one, other in zip(again, joint, strict=True):
        assert equal(one.built, other.built)


def equal(one: Built, other: Built) -> bool:
    return all(
        torch.equal(a, b)
        for role, net in one.nets.items()
        for a, b in zip(net.state_dict().values(), other.nets[role].state_dict().values(), strict=True)
    )


def test_a_seed_that_diverges_ends_alone(tmp_path: Path) -> None:
    """Its loss is named; the others' bits are those of a group in which nobody diverges."""
    recipe = recipe_of(tmp_path, "tiny")
    healthy, hurt = ([trainer(recipe, seed) for seed in range(3)] for _ in range(2))
    with torch.no_grad():
        hurt[1].built.discriminator.decoder.weight.fill_(float("nan"))
    expected, found = Seeds(healthy, watching=False), Seeds(hurt, watching=False)
    for number in range(1, 5):
        expected.step(number)
        outcome = found.step(number)
        if number == 1:
            assert isinstance(outcome[1], Diverged)
            assert str(outcome[1]) == "loss term discriminator.energy_real became nan at step 1"
            found.retire(1)
        assert list(outcome) == ([0, 1, 2] if number == 1 else [0, 2])
    for slot in (0, 2):
        assert equal(healthy[slot].built, hurt[slot].built)


def test_who_else_is_in_a_group_decides_no_bits(tmp_path: Path) -> None:
    """A seed whose neighbours have ended goes on alone in its slot as it would have beside them."""
    recipe = recipe_of(tmp_path, "ref:ebgan_pt")
    whole, left = ([trainer(recipe, seed) for seed in range(3)] for _ in range(2))
    full, thinned = Seeds(whole, watching=False), Seeds([None, left[1], None], watching=False)
    for number in range(1, 5):
        full.step(number)
        assert list(thinned.step(number)) == [1]
    assert equal(whole[1].built, left[1].built)


# ---- reasons --------------------------------------------------------------------------------------------------------

LOSS = """
def generator_loss(discriminator, fake, config):
    recon, code = discriminator(fake)
    loss = energy(recon, fake).mean()
"""

OBJECTIVE = """
class Objective:
    def __init__(self, config):
        self.seen = START
        self.weight = 1.0

    def discriminator_loss(self, discriminator, real, fake, config):
        return energy(discriminator(real)[0], real).mean() + self.weight * torch.relu(
            1 - energy(discriminator(fake)[0], fake)).mean()

    def generator_loss(self, discriminator, fake, config):
        INSIDE
        return energy(discriminator(fake)[0], fake).mean()

    def after_step(self, energies):
        AFTER

    def state_dict(self):
        return {"weight": self.weight}

    def load_state_dict(self, state):
        self.weight = state["weight"]
"""


def objective(*, start: str = "None", inside: str = "pass", after: str = "pass") -> str:
    return variants.TINY + OBJECTIVE.replace("START", start).replace("INSIDE", inside).replace("AFTER", after)


REASONS = {
    "a step of its own": (
        variants.TINY
        + "\n\ndef train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):\n"
        "    next(batches)\n    return {'nothing': torch.zeros(())}\n",
        "it has a train_step of its own",
    ),
    "randomness": (variants.RANDOM, "it draws random numbers while it trains, such as dropout's"),
    "control flow": (
        variants.TINY + LOSS + "    return loss if loss.item() > 0 else 2 * loss\n",
        "batched, it raises RuntimeError: vmap: It looks like you're calling .item() on a Tensor.",
    ),
    "control flow on what an Objective remembers": (
        objective(inside="if self.weight < 0.5: return energy(fake, fake.detach()).mean()",
                  after="self.weight = 1 - float(energies['real'].mean()) / 10"),
        "batched, it raises RuntimeError: vmap",
    ),
    "hidden state": (
        variants.TINY.replace("        return self.net(z)", "        self.count = getattr(self, 'count', 0) + 1\n"
                              "        return self.net(z)"),
        "its nets remember something outside their parameters and buffers",
    ),
    "a buffer that is replaced": (
        variants.TINY.replace("        self.decoder = ", "        self.register_buffer('mean', torch.zeros(16))\n"
                              "        self.decoder = ")
        .replace("        code = self.encoder(x)", "        code = self.encoder(x)\n"
                 "        self.mean = 0.9 * self.mean + 0.1 * code.detach().mean(0)"),
        "batched, it computes something else: at step 1 the discriminator's buffer mean differs",
    ),
    "an optimiser that looks across values": (
        variants.TINY + "\n\ndef optimizers(generator, discriminator, config):\n"
        "    return torch.optim.Adam(generator.parameters()), torch.optim.Rprop(discriminator.parameters())\n",
        "the discriminator's optimiser is Rprop, which is not known to treat each value alone",
    ),
    "an optimiser of both nets": (
        variants.TINY + "\n\ndef optimizers(generator, discriminator, config):\n"
        "    every = [*generator.parameters(), *discriminator.parameters()]\n"
        "    return torch.optim.Adam(every), torch.optim.Adam(discriminator.parameters())\n",
        "the generator's optimiser trains both nets",
    ),
    "hooks of an optimiser": (
        variants.TINY + "\n\ndef optimizers(generator, discriminator, config):\n"
        "    found = torch.optim.Adam(generator.parameters()), torch.optim.Adam(discriminator.parameters())\n"
        "    found[0].register_step_post_hook(lambda *given: None)\n    return found\n",
        "the generator's optimiser has hooks",
    ),
    "hooks of a net": (
        variants.TINY.replace(
            "        self.decoder = ",
            "        self.encoder.register_forward_hook(lambda *given: None)\n        self.decoder = ",
        ),
        "the discriminator has hooks at encoder",
    ),
    "a gradient within a loss": (
        variants.TINY + LOSS
        + "    slope, = torch.autograd.grad(loss, fake, create_graph=True)\n    return loss + slope.square().sum()\n",
        "batched, it raises RuntimeError",
    ),
    "what has no rule for batches": (
        variants.TINY.replace("nn.Linear(784, 16))", "nn.utils.parametrizations.spectral_norm(nn.Linear(784, 16)))"),
        "batched, it raises RuntimeError: Batching rule not implemented",
    ),
    "a list that an Objective keeps": (objective(start="[]"), "its Objective remembers seen, of type list"),
    "an Objective that changes inside a loss": (
        objective(inside="self.weight = 0.5"), "its Objective changes weight while it computes a loss"
    ),
    "a text that differs between seeds": (
        objective(start="''", after="self.seen = str(float(energies['real'].mean()))"),
        "its Objective remembers seen, which differs between seeds and is no number",
    ),
}  # fmt: skip


def looked(folder: Path, text: str, **options: Any) -> Facts:
    """What a worker finds out about a variant whose seeds are to be trained in one go."""
    asked = replace(environment("cpu"), together=2)
    variant = load(variants.write(folder, text, **options))
    facts: Facts = worker.work(InspectJob(Recipe(variant), prepare("mnist5k"), asked), lambda event: None)
    return facts


@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_be_batched_is_told_with_the_reason(tmp_path: Path, name: str) -> None:
    """And its runs are those of a comparison that did not ask for it."""
    text, reason = REASONS[name]
    facts = looked(tmp_path, text)
    assert facts.apart is not None
    assert facts.apart.startswith(reason)
    if "raises RuntimeError: vmap" in reason:
        assert ".py:" in facts.apart  # the line
    assert facts.notes[-1] == f"its seeds are trained one by one, for they cannot be trained in one go: {facts.apart}"
    data, recipe = prepare("mnist5k"), Recipe(load(str(tmp_path / "mine.py")))
    asked, usual = replace(environment("cpu"), together=2), environment("cpu")
    found, expected = (
        plan.specs("mine", recipe, facts, data, where, steps=5, seeds=[0, 1], probes="none") for where in (asked, usual)
    )
    assert found == expected


def test_an_encoder_is_not_batched(tmp_path: Path) -> None:
    """Kinds that are not known are left alone."""
    facts = looked(tmp_path, encoder_variants.TINY)
    assert facts.apart == "it is a contrastive encoder, and only GANs are batched"


def test_a_wrong_scale_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial sees what Adam would hide: gradients of the mean over seeds in place of the sum."""
    monkeypatch.setattr("ebdiag.seeds.total", lambda terms: batchable_total(terms) / 2)
    facts = looked(tmp_path, variants.TINY)
    assert facts.apart is not None
    assert "batched, it computes something else: at step 1 gradients of the generator differ by 0.5" in facts.apart


def batchable_total(terms: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(terms.values())).sum(0)


# ---- runs -----------------------------------------------------------------------------------------------------------


def group(folder: Path, text: str, root: Path, *, steps: int, seeds: int = 3, points: tuple[int, ...] = ()) -> GroupJob:
    """The runs of some seeds in one go, scored at the end, and at `points`."""
    asked = replace(environment("cpu"), together=seeds)
    recipe, data = Recipe(load(variants.write(folder, text))), prepare("mnist5k")
    facts = inspect(recipe, data, asked)
    specs = plan.specs("mine", recipe, facts, data, asked, steps=steps, seeds=range(seeds), probes="all")
    return GroupJob(tuple(replace(spec, checkpoints=(*points, steps)) for spec in specs), facts, str(root))


def done(given: GroupJob) -> dict[str, dict[str, Any]]:
    """Answers by run; a state is left after every step."""
    train.KEEP_EVERY_S, train.KEEP_SHARE = 0.0, float("inf")
    answers = {}

    def hear(event: dict[str, Any]) -> None:
        if "answer" in event:
            answers[event["run"]] = event["answer"]

    worker.work(given, hear)
    return answers


def left(root: Path, specs: tuple[RunSpec, ...]) -> dict[str, bytes]:
    """Final weights, optimisers' states, series, scores and their arrays, of all seeds."""
    found = {}
    for spec in specs:
        folder = Store(root).folder(spec.trajectory)
        folder.verify()
        measures = sorted((folder.path / "measures").iterdir())
        for path in [folder.weights(spec.steps), folder.training(spec.steps), folder.series, *measures]:
            found[f"{spec.seed}/{path.relative_to(folder.path)}"] = path.read_bytes()
    return found


REMEMBERS = objective(after="self.weight = 0.9 * self.weight + 0.1 * float(energies['real'].mean())")


def test_a_group_killed_at_random_moments_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """Whatever was being written, for whichever seed."""
    whole = group(tmp_path, REMEMBERS, tmp_path / "whole", steps=24, seeds=2, points=(12,))
    context, rng = multiprocessing.get_context("fork"), random.Random(0)
    began = time.monotonic()
    process = context.Process(target=done, args=(whole,))
    process.start()
    process.join()
    takes = time.monotonic() - began
    assert process.exitcode == 0
    often = replace(whole, root=str(tmp_path / "often"))
    resumed = 0
    for _ in range(6):
        process = context.Process(target=done, args=(often,))
        process.start()
        process.join(rng.uniform(0.3, 0.6) * takes)
        if process.exitcode is None:
            process.kill()
            process.join()
        folders = [Store(tmp_path / "often").folder(spec.trajectory) for spec in often.specs]
        resumed += bool(set.intersection(*(folder.stops() for folder in folders)))
    assert resumed  # otherwise every one of them began anew
    done(often)
    assert left(tmp_path / "often", often.specs) == left(tmp_path / "whole", whole.specs)
    assert not list((tmp_path / "often").glob("damaged/*"))
    assert not list((tmp_path / "often").rglob(f"{store.PARTIAL}*"))


def test_a_group_goes_on_from_the_last_step_that_all_seeds_have(tmp_path: Path) -> None:
    """Killed after one seed has declared a state and another has not, and seeds that are further train again."""
    given = group(tmp_path, REMEMBERS, tmp_path / "store", steps=12, seeds=2)
    whole = replace(given, root=str(tmp_path / "whole"))
    done(whole)
    context = multiprocessing.get_context("fork")

    def cut_short() -> None:
        usual, declared = train.Training.declare, []

        def declare(self: Any, step: int) -> None:
            if step in declared and step == 8:
                os._exit(1)
            declared.append(step)
            usual(self, step)

        train.Training.declare = declare  # type: ignore[method-assign]
        done(given)

    process = context.Process(target=cut_short)
    process.start()
    process.join()
    states = [Store(tmp_path / "store").folder(spec.trajectory).state() for spec in given.specs]
    assert sorted(state["steps"] for state in states if state) == [7, 8]
    answers = done(given)
    assert [answers[spec.id]["trained"] for spec in given.specs] == [12 - 7, 12 - 7]
    assert left(tmp_path / "store", given.specs) == left(tmp_path / "whole", whole.specs)


ONE_DIVERGES = (
    variants.TINY
    + LOSS.replace("def generator_loss", "LIMIT, UNIT = 1e9, 0\n\n\ndef generator_loss")
    + (
        "    first = discriminator.encoder[1].bias[UNIT]\n"
        "    return loss + torch.where(first > LIMIT, torch.tensor(float('nan')), torch.tensor(0.0))\n"
    )
)


def test_a_run_that_diverges_in_a_group_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """They end with the bits of a group in which none diverges; so does a longer training of those that are left."""
    recipe = recipe_of(tmp_path, ONE_DIVERGES)
    nets = [build(recipe, seed=seed, device="cpu").discriminator for seed in range(3)]
    biases = torch.stack([net.encoder[1].bias.detach() for net in nets])
    unit = int((biases.argmax(0) != 0).nonzero()[0])  # not seed 0, which is looked at first
    sick = int(biases[:, unit].argmax())
    limit = float(biases[:, unit].sort().values[-2:].mean())
    calm = group(tmp_path, ONE_DIVERGES, tmp_path / "calm", steps=8)
    text = ONE_DIVERGES.replace("1e9, 0", f"{limit!r}, {unit}")
    given = group(tmp_path, text, tmp_path / "store", steps=4)
    done(calm)
    answers = done(given)
    assert [answers[s.id]["status"] for s in given.specs] == [
        "diverged" if seed == sick else "finished" for seed in range(3)
    ]
    assert answers[given.specs[sick].id]["reason"] == "loss term generator.loss became nan at step 1"
    longer = group(tmp_path, text, tmp_path / "store", steps=8)
    rest = replace(longer, specs=tuple(spec for spec in longer.specs if spec.seed != sick))
    assert [answer["trained"] for answer in done(rest).values()] == [4, 4]
    for spec, other in zip(longer.specs, calm.specs, strict=True):
        if spec.seed != sick:
            ours, theirs = (
                load_file(Store(root).folder(each.trajectory).weights(8))
                for root, each in ((tmp_path / "store", spec), (tmp_path / "calm", other))
            )
            assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_loss_that_fails_later_is_a_crash_of_all_seeds_with_its_line(tmp_path: Path) -> None:
    """What no trial step could show."""
    inside = "if self.seen == 5: raise ValueError('five')"
    text = objective(start="0", inside=inside, after="self.seen += 1")
    answers = done(group(tmp_path, text, tmp_path / "store", steps=10, seeds=2))
    line = next(number for number, row in enumerate(text.splitlines(), 1) if inside in row)
    for answer in answers.values():
        assert answer["status"] == "crashed"
        assert answer["reason"] == "ValueError: five at step 6"
        assert answer["line"].line == line


# ---- whole comparisons ----------------------------------------------------------------------------------------------


def compared(folder: Path, ref: str, mine: str, **options: Any) -> Any:
    return ebdiag.compare(ref, mine, steps=12, seeds=2, out=folder / "report", progress=False, **options)


def test_a_comparison_in_one_go(tmp_path: Path) -> None:
    """Complete, said where it was not possible, stored under other names, near that of separate runs, and not trained
    again."""
    ref = variants.write(tmp_path, variants.TINY, "ref.py")
    mine = variants.write(tmp_path, variants.RANDOM, "mine.py")
    result = compared(tmp_path, ref, mine, vectorize=True)
    assert [run.status for run in result.runs] == ["finished"] * 4
    assert result.volatile.environment["seeds_in_one_go"] == 2
    told = "its seeds are trained one by one, for they cannot be trained in one go: it draws random numbers"
    assert [note.startswith(told) for note in result.variants["mine"].notes] == [False, True]
    assert not result.variants["ref"].notes
    assert {path.name for path in (tmp_path / "report").iterdir()} >= {"result.json", "report.html", "report.md"}
    again = compared(tmp_path, ref, mine, vectorize=True)
    assert [run.id for run in again.runs] == [run.id for run in result.runs]
    alone = compared(tmp_path, ref, mine)
    same = [one.id == other.id for one, other in zip(alone.runs, result.runs, strict=True)]
    assert same == [False, False, True, True]
    assert result.metrics["fid"].ref == pytest.approx(alone.metrics["fid"].ref, rel=0.05)  # twelve steps of rounding


def test_runs_that_are_there_are_not_trained_again(tmp_path: Path) -> None:
    """Of a group from which one seed was removed, that one alone is trained, to the same bits."""
    ref = variants.write(tmp_path, variants.TINY, "ref.py")
    mine = variants.write(tmp_path, variants.TINY.replace("nn.Linear(64, 784)", "nn.Linear(64, 784, bias=False)"))

    def runs() -> dict[tuple[str, int], Any]:
        request = Request(ref=ref, mine=mine, steps=8, seeds=3, vectorize=True)
        comparison = Comparison(request, Silent())
        planned = comparison.prepare()
        found = comparison.run(planned)
        return {(side, run.spec.seed): run for side, every in found.items() for run in every}

    first = runs()
    assert {key: run.trained for key, run in first.items()} == dict.fromkeys(first, 8)
    assert {run.trained for run in runs().values()} == {0}
    folder = Path(first["ref", 1].folder)
    before = (folder / "weights-0000008.safetensors").read_bytes()
    (folder / "weights-0000008.safetensors").write_bytes(b"damaged")
    again = runs()
    assert {key: run.trained for key, run in again.items()} == {**dict.fromkeys(first, 0), ("ref", 1): 8}
    assert (folder / "weights-0000008.safetensors").read_bytes() == before


@pytest.mark.slow
def test_a_command_killed_while_a_group_trains_ends_with_the_same_result(tmp_path: Path) -> None:
    """Everything at once: the same again finishes, says the same and exits alike."""
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, variants.TINY.replace("nn.Tanh(),", "nn.Sigmoid(),"), "mine.py")
    options = ["compare", "ref.py", "mine.py", "--steps", "100", "--seeds", "2", "--vectorize"]
    whole, often = tmp_path / "whole", tmp_path / "often"
    code = command_of(tmp_path, whole, options).wait(120)
    process = command_of(tmp_path, often, options)
    deadline = time.monotonic() + 100
    while not list((often / "runs").glob("*/weights-*")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    kill(process, "group")
    assert command_of(tmp_path, often, options).wait(120) == code
    assert content(often) == content(whole)


def test_how_many_seeds_are_batched_is_part_of_a_name(tmp_path: Path) -> None:
    """And leaves no trace in the names of runs of one seed each, nor in what repeats them."""
    assert "together" not in environment("cpu").identity
    assert environment("cpu", together=3).identity["together"] == 3
    assert environment("cpu", together=3).alone == environment("cpu")
    data, recipe = prepare("mnist5k"), recipe_of(tmp_path, "tiny")
    facts = inspect(recipe, data, environment("cpu"))
    names = {
        plan.specs("mine", recipe, facts, data, environment("cpu", together=n), steps=5, seeds=[0], probes="none")[0].id
        for n in (1, 2, 3)
    }
    assert len(names) == 3
    assert "--vectorize" not in Request("ref.py", "mine.py").command()
    assert Request("ref.py", "mine.py", vectorize=True).command().endswith("--vectorize")


# ---- on a GPU -------------------------------------------------------------------------------------------------------


@pytest.mark.cuda
@pytest.mark.parametrize("model", ["ref:ebgan_pt", "ref:ebgan_infogan", "ref:began", "wasserstein"])
def test_on_a_gpu_steps_are_those_of_separate_runs(tmp_path: Path, model: str) -> None:
    """Before and after the step has become a graph."""
    alone, joint, seeds = both_ways(recipe_of(tmp_path, model), device="cuda")
    for number in range(1, 9):
        before = [parameters(one.built) for one in alone]
        for one in alone:
            one.step(number)
        seeds.step(number)
        for slot, (one, other) in enumerate(zip(alone, joint, strict=True)):
            for role, net in one.built.nets.items():
                assert off_the_way(before[slot][role], net, other.built.nets[role]) <= WAY
            seeds.hand_out(slot)
            follow(one, other)
    assert seeds.compute.reason is None  # type: ignore[attr-defined]
    assert len(seeds.compute.recorded) == 1  # type: ignore[attr-defined]


@pytest.mark.cuda
@pytest.mark.parametrize("model", ["ref:ebgan_pt", "ref:began", "no code"])
def test_a_graph_leaves_the_bits_of_the_step_that_it_was_captured_from(tmp_path: Path, model: str) -> None:
    """Ten steps with graphs, and without."""
    recipe = recipe_of(tmp_path, model)
    graphed, launched = ([trainer(recipe, seed, device="cuda") for seed in range(3)] for _ in range(2))
    with_graphs, without = Seeds(graphed, watching=True), Seeds(launched, watching=True)
    without.compute = lambda inputs, constants: without.computed(inputs)
    for number in range(1, 11):
        found, expected = with_graphs.step(number), without.step(number)
        for slot, moment in expected.items():
            assert isinstance(moment, Moment)
            other = found[slot]
            assert isinstance(other, Moment)
            assert {n: float(v) for n, v in other.terms.items()} == {n: float(v) for n, v in moment.terms.items()}
    assert with_graphs.compute.recorded  # type: ignore[attr-defined]
    for one, other in zip(graphed, launched, strict=True):
        assert equal(one.built, other.built)


@pytest.mark.cuda
def test_a_step_that_waits_for_the_device_is_not_captured_and_trains_all_the_same(tmp_path: Path) -> None:
    """BatchNorm with a cumulative average looks at its count."""
    text = variants.TINY.replace("nn.BatchNorm1d(64)", "nn.BatchNorm1d(64, momentum=None)")
    alone, joint, seeds = both_ways(recipe_of(tmp_path, text), device="cuda")
    for number in range(1, 7):
        before = [parameters(one.built) for one in alone]
        for one in alone:
            one.step(number)
        seeds.step(number)
        for slot, (one, other) in enumerate(zip(alone, joint, strict=True)):
            for role, net in one.built.nets.items():
                assert off_the_way(before[slot][role], net, other.built.nets[role]) <= WAY
            seeds.hand_out(slot)
            follow(one, other)
    assert seeds.compute.reason  # type: ignore[attr-defined]

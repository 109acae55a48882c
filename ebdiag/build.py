"""Variant → nets, objective and optimisers: the only place where a variant's code comes to life."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from . import defaults, initial
from .errors import VariantError
from .grower import Grower
from .kernels import quicken
from .making import Living, construct, guarded, namespaces, with_config
from .making import configs as configs_of
from .reader import KeptState, Reader
from .records import Line, Recipe, Variant
from .sandbox import Namespace

OVERRIDES = (
    "energy",
    "pull_away",
    "sample_latent",
    "initialise",
    "optimizers",
    "discriminator_loss",
    "generator_loss",
    "train_step",
    "transform",
)
BOUND = {
    "energy": defaults.energy,
    "pull_away": defaults.pull_away,
    "sample_latent": defaults.sample_latent,
}
"""What a variant's own code may call though its file does not define it."""

PART_OF_OVERRIDE = {"sample_latent": "latent", "optimizers": "optimizer.generator", "transform": "data"}


@dataclass(eq=False)
class Built(Living):
    """A variant come to life on a device; the nets and optimisers change while it trains.

    Attributes:
        objective: Has `discriminator_loss` and `generator_loss`; its hooks and state are optional.
        constructed: Net → {parameter name → how its values are distributed before `initialise`}.
        reads, calls: Config fields read and overrides called since construction ended (for `used`).
        lines: Module → the user's line that constructed it.
    """

    recipe: Recipe
    seed: int
    device: torch.device
    config: Any
    generator: nn.Module
    discriminator: nn.Module
    generator_opt: torch.optim.Optimizer
    discriminator_opt: torch.optim.Optimizer
    energy: defaults.Energy
    pull_away: defaults.PullAway
    objective: Any
    train_step: Callable[..., Any] | None
    transform: Callable[..., Any] | None
    reader: Reader
    lines: dict[nn.Module, Line]
    constructed: dict[str, dict[str, initial.Spread]]
    reads: Counter[str]
    calls: Counter[str]
    kernels: str
    _sample_latent: Callable[..., Tensor]

    def sample_latent(self, count: int, rng: torch.Generator) -> Tensor:
        """(count, …) latents on the device, drawn from the CPU generator `rng`."""
        return self._sample_latent(count, self.config, rng).to(self.device)

    def reconstruct(self, images: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """(reconstruction, code) of images in the model's pixel range, in the nets' current mode."""
        recon, code = self.reader(self.discriminator(images))
        return recon, None if code is None else code.flatten(1)

    @property
    def nets(self) -> dict[str, nn.Module]:
        """The nets, by the names of their parts."""
        return {"generator": self.generator, "discriminator": self.discriminator}

    @property
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """The optimiser of each net."""
        return {"generator": self.generator_opt, "discriminator": self.discriminator_opt}


def build(
    recipe: Recipe, *, seed: int, device: str, fused: bool = False, kernels: str = "torch", spreads: bool = True
) -> Built:
    """Build a recipe's nets, losses and optimisers.

    Args:
        recipe: The variant, with or without parts from others.
        seed: Decides the initial weights, together with each layer's kind, shape and rank.
        device: `cpu`, `cuda` or `mps`; weights are drawn on the CPU and moved.
        fused: Fused kernels for default optimisers.
        kernels: `fast` for other orders of arithmetic in layers (`kernels.py`), else `torch`.
        spreads: Note how parameters are distributed before `initialise`; who does not ask saves a look at each.

    Raises:
        VariantError: User code raises, or cannot run as the contract says.
    """
    reads, calls = Counter[str](), Counter[str]()
    spaces = namespaces(recipe, BOUND)
    configs = configs_of(recipe, spaces, reads)
    files = frozenset(v.display(f) for v in spaces for f in v.files)

    def override(name: str) -> Any | None:
        part = PART_OF_OVERRIDE.get(name, name)
        return spaces[recipe.variant_of(part)].get(name)

    with initial.construction_lines(files) as lines:

        def made(role: str, source: Variant, config: Any) -> tuple[nn.Module, dict[str, initial.Spread]]:
            """One variant's net as it starts, and how its parameters are distributed before `initialise`."""
            with initial.keyed(seed, role):
                net: nn.Module = construct(spaces[source].get(role.capitalize()), role.capitalize(), config, source)
            before = {name: initial.spread(p) for name, p in net.named_parameters()} if spreads or recipe.grafts else {}
            initialise = override("initialise")
            if initialise is not None:
                calls["initialise"] += 1
                with initial.keyed(seed, f"{role}.initialise"):
                    guarded(initialise, [recipe.variant_of("initialise")], "initialise(module) raised")(net)
            return net, before

        nets, constructed = {}, {}
        for role in ("generator", "discriminator"):
            source = recipe.variant_of(role)
            graft = next((graft for graft in recipe.grafts if graft.net == role), None)
            if graft is None:
                nets[role], constructed[role] = made(role, source, configs[source])
            else:
                grower = Grower(recipe, graft, spaces, functools.partial(configs_of, recipe, spaces, reads), lines)
                nets[role], constructed[role] = grower.grown(made)
    generator, discriminator = nets["generator"].to(device), nets["discriminator"].to(device)
    config = configs[recipe.base]

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        own = configs[recipe.variant_of(PART_OF_OVERRIDE.get(name, name))]

        def call(*args: Any, **named: Any) -> Any:
            calls[name] += 1
            return function(*with_config(args, own, configs), **named)

        call.__name__ = name
        return call

    energy = counted("energy", override("energy") or defaults.energy)
    pull_away = counted("pull_away", override("pull_away") or defaults.pull_away)
    sample_latent = counted("latent", override("sample_latent") or defaults.sample_latent)
    reader = _reader(recipe, discriminator, config, device)
    standard = defaults.Objective(energy, pull_away, reader)
    losses = {
        name: counted(name, override(name) or getattr(standard, name))
        for name in ("discriminator_loss", "generator_loss")
    }
    for space in spaces.values():
        for name, value in {"energy": energy, "pull_away": pull_away, "sample_latent": sample_latent, **losses}.items():
            space.bind(name, value)
    objective: Any = _Losses(**losses)
    stepping = spaces[recipe.variant_of("train_step")]
    give, take = stepping.get("state_dict"), stepping.get("load_state_dict")
    if give is not None and take is not None:
        objective = _Carrying(**losses, state_dict=give, load_state_dict=take)
    own_objective = spaces[recipe.variant_of("objective")].get("Objective")
    if own_objective is not None:
        calls["objective"] += 1
        source = recipe.variant_of("objective")
        with initial.keyed(seed, "objective"):
            objective = construct(own_objective, "Objective", configs[source], source)
        if len(configs) > 1:
            _give_config(objective, configs[source], configs)
    own_step = override("train_step")
    generator_opt, discriminator_opt = _optimisers(
        recipe, spaces, configs, (generator, discriminator), calls, fused=fused
    )
    if kernels == "fast":
        quicken(generator, discriminator)
    return Built(
        recipe=recipe,
        seed=seed,
        device=torch.device(device),
        config=config,
        generator=generator,
        discriminator=discriminator,
        generator_opt=generator_opt,
        discriminator_opt=discriminator_opt,
        energy=energy,
        pull_away=pull_away,
        objective=objective,
        train_step=counted("train_step", own_step) if own_step else None,
        transform=override("transform"),
        reader=reader,
        lines=lines,
        constructed=constructed,
        reads=reads,
        calls=calls,
        kernels=kernels,
        _sample_latent=sample_latent,
    )


@dataclass(frozen=True)
class _Losses:
    discriminator_loss: Callable[..., Any]
    generator_loss: Callable[..., Any]


@dataclass(frozen=True)
class _Carrying(_Losses):
    """The losses beside a train_step that leaves numbers to the next one."""

    state_dict: Callable[[], Any]
    load_state_dict: Callable[[Any], None]


def _give_config(objective: Any, own: Any, configs: dict[Variant, Any]) -> None:
    """Let the losses of an Objective get the Config of the variant that it comes from."""
    cls: Any = type(objective)

    def given(name: str) -> Callable[..., Any]:
        return lambda self, *args: getattr(cls, name)(self, *with_config(args, own, configs))

    losses = {name: given(name) for name in ("discriminator_loss", "generator_loss")}
    object.__setattr__(objective, "__class__", type(cls.__name__, (cls,), losses))


def _reader(recipe: Recipe, discriminator: nn.Module, config: Any, device: str) -> Reader:
    """Look at what the discriminator returns for two batches of mid-grey; leaves its buffers as they were."""
    low, high = config.pixel_range
    example = torch.full((4, *config.image_shape), (low + high) / 2, device=device)
    variant = recipe.variant_of("discriminator")
    with KeptState(discriminator), initial.keyed(0, "reader"):
        reader: Reader = guarded(lambda: Reader(discriminator, example), [variant],
                          f"Discriminator on images of shape {tuple(example.shape)} raised")()  # fmt: skip
    output = reader.output[0] if isinstance(reader.output, tuple | list) and reader.output else reader.output
    line = variant.parts["discriminator"].line
    if not isinstance(output, Tensor) or len(output) != len(example):
        got = str(tuple(output.shape)) if isinstance(output, Tensor) else type(output).__name__
        raise VariantError(
            "Discriminator must return a reconstruction, (reconstruction, code), or one number a sample",
            file=line.file if line else variant.path,
            line=line.line if line else None,
            expected=f"shape {tuple(example.shape)}, a pair, or shape ({len(example)},)",
            got=got,
            docs="docs/variants.md",
        )
    return reader


def _optimisers(
    recipe: Recipe,
    spaces: dict[Variant, Namespace],
    configs: dict[Variant, Any],
    nets: tuple[nn.Module, nn.Module],
    calls: Counter[str],
    *,
    fused: bool,
) -> list[torch.optim.Optimizer]:
    chosen = []
    for position, role in enumerate(("generator", "discriminator")):
        source = recipe.variant_of(f"optimizer.{role}")
        own = spaces[source].get("optimizers")
        if own is None:
            config, net = configs[source], recipe.variant_of(role).parts[role]
            if next(nets[position].parameters(), None) is None:
                raise VariantError(
                    f"{role.capitalize()} has nothing to train",
                    file=net.line.file if net.line else recipe.variant_of(role).path,
                    line=net.line.line if net.line else None,
                    expected="a net with parameters",
                    got="none",
                    hint="layers that a list or a dictionary holds are not seen: use nn.ModuleList or nn.ModuleDict",
                    docs="docs/variants.md",
                )
            chosen.append(defaults.optimizer(nets[position], config_lr(config, role), config.betas, fused=fused))
            continue
        calls["optimizers"] += 1
        doing = "optimizers(generator, discriminator, config) raised"
        pair = guarded(own, [source], doing)(*nets, configs[source])
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(hasattr(o, "step") for o in pair)):
            line = source.parts[f"optimizer.{role}"].line
            raise VariantError(
                "optimizers() must return two optimisers",
                file=line.file if line else source.path,
                line=line.line if line else None,
                expected="(generator optimiser, discriminator optimiser)",
                got=type(pair).__name__,
            )
        chosen.append(pair[position])
    return chosen


def config_lr(config: Any, role: str) -> float:
    """The learning rate of one net."""
    return float(config.generator_lr if role == "generator" else config.discriminator_lr)

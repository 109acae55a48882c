"""Whether the seeds of a variant can be trained in one go, by looking and by trying, and why not."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from . import streams
from .build import Built, build
from .crafts import hidden_state
from .data import load_images
from .records import DataSpec, Environment, Facts, Recipe
from .seeds import PLAIN, Seeds, Unbatchable
from .stack import OPTIMIZERS
from .step import Batches, Crashed, Diverged, Moment, Trainer

STEPS = 2
"""Of the trial: the second begins where weights, optimisers and Objectives are no longer alike at all seeds."""

WAY = 0.05
"""Greatest difference of a net's parameters after one step from equal states, as a share of the way that the step went.

Both are sums over parameters. The tolerance of `--kernels fast`; Adam divides a gradient by its own size, so that where
it is nothing but rounding (a bias before BatchNorm) a value may go the other way.
"""

GRADIENT = 0.02
"""Greatest difference of a net's gradients in that step, of the greatest gradient: it would show a wrong scale, which
Adam hides. PyTorch's own float32 is off from float64 by up to 4.4e-3 (`ebgan_infogan`'s generator, through BatchNorm of
images that are nearly equal), the batched step by as much; seeds that were averaged would differ by half or more."""

VALUE = 1e-3
"""Greatest difference of a loss term, of it or 1; and of a buffer, of its greatest value or 1."""


def reason(recipe: Recipe, facts: Facts, data: DataSpec, environment: Environment) -> str | None:
    """Why `environment.together` seeds of a GAN cannot be trained in one go; None where they can.

    Raises:
        VariantError: It cannot be built, or its images cannot be made.
    """
    seeds = range(environment.together)

    def made(seed: int) -> Built:
        return build(
            recipe, seed=seed, device=environment.device, fused=environment.fused, kernels=environment.kernels,
            spreads=False,
        )  # fmt: skip

    with streams.preserved_globals():
        said = unfit(made(0))
        if said is not None:
            return said
        pixels = made(0).pixels(load_images(data.name).train)
        alone, joint = ([_trainer(made(seed), pixels, facts) for seed in seeds] for _ in range(2))
        try:
            return _tried(alone, joint)
        except (Crashed, Diverged) as ending:
            return f"it does not get through its first steps: {ending}"


def unfit(built: Built) -> str | None:
    """What is known to be unfit without trying: steps of its own, optimisers that look across values, hooks, state."""
    if built.train_step is not None:
        return "it has a train_step of its own"
    trained = {id(p) for net in built.nets.values() for p in net.parameters()}
    for role, optimizer in built.optimizers.items():
        name = type(optimizer).__name__
        if type(optimizer) not in OPTIMIZERS:
            return f"the {role}'s optimiser is {name}, which is not known to treat each value alone"
        if "step" in vars(optimizer) or optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks:
            return f"the {role}'s optimiser has hooks"
        own = {id(p) for p in built.nets[role].parameters()}
        for group in optimizer.param_groups:
            if any(id(p) not in own for p in group["params"]):
                elsewhere = any(id(p) in trained for p in group["params"])
                return f"the {role}'s optimiser trains {'both nets' if elsewhere else 'what is in neither net'}"
            if any(isinstance(group.get(key), Tensor) for key in ("lr", "weight_decay")):
                return f"the {role}'s optimiser has a tensor for a setting"
    for role, net in built.nets.items():
        for name, module in net.named_modules():
            hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks,
                     module._backward_pre_hooks)  # fmt: skip
            if any(_own(hook) for kind in hooks for hook in kind.values()):
                return f"the {role} has hooks at {name or 'its top'}"
    return _unfit_objective(built)


def _own(hook: Any) -> bool:
    """Whether a hook is the variant's, not the reader's that takes a code."""
    return not getattr(hook, "__module__", "").startswith("ebdiag.")


def _unfit_objective(built: Built) -> str | None:
    objective = built.objective
    if isinstance(objective, nn.Module):
        return "its Objective is a module with tensors of its own"
    if not hasattr(objective, "__dict__"):
        return "its Objective has no attributes to look at"
    if built.calls["objective"]:
        for name, value in vars(objective).items():
            config = type(value).__name__ == "Config"
            if not (config or callable(value) or isinstance(value, (*PLAIN, Tensor))):
                return f"its Objective remembers {name}, of type {type(value).__name__}"
    return None


def _trainer(built: Built, pixels: Tensor, facts: Facts) -> Trainer:
    config = built.config
    batches = Batches(
        pixels, size=config.batch_size, seed=built.seed, shuffle=config.shuffle, drop_last=config.drop_last
    )
    return Trainer(built, batches, single_pass=facts.single_pass, watching=True)


def _tried(alone: list[Trainer], joint: list[Trainer]) -> str | None:
    """Train some steps both ways, each from the state that the batched one has come to, and compare."""
    for trainer in (*alone, *joint):
        trainer.prepare()
    seeds = Seeds(joint, watching=True)
    for number in range(1, STEPS + 1):
        before = [_parameters(trainer.built) for trainer in alone]
        expected = []
        for trainer in alone:
            kept = hidden_state(trainer.built.nets, None)
            streams.reseed_globals(trainer.built.seed, streams.USER_CODE, number)
            untouched = _random_state()
            expected.append(trainer.step(number))
            if _random_state() != untouched:
                return "it draws random numbers while it trains, such as dropout's"
            if hidden_state(trainer.built.nets, None) != kept:
                return "its nets remember something outside their parameters and buffers"
        found = seeds.step(number)
        for slot, moment in found.items():
            if isinstance(moment, Crashed):
                return _raised(moment)
            if isinstance(moment, Diverged):
                return f"batched, {moment}"
            gradients = {role: seeds.gradients(role, slot) for role in alone[slot].built.nets}
            difference = _difference(before[slot], alone[slot].built, joint[slot].built, gradients)
            difference = difference or _other_terms(expected[slot], moment)
            if difference is not None:
                return f"batched, it computes something else: at step {number} {difference}"
        for slot, trainer in enumerate(alone):
            seeds.hand_out(slot)
            follow(trainer, joint[slot])
    return None


def _raised(crash: Crashed, most: int = 200) -> str:
    """What a batched step raised, and where."""
    if isinstance(crash.__cause__, Unbatchable):
        return str(crash.__cause__)
    text = str(crash)
    short = text if len(text) <= most else text[: most - 1] + "…"
    return f"batched, it raises {short}" + (f" ({crash.line})" if crash.line else "")


def follow(trainer: Trainer, leader: Trainer) -> None:
    """Bring one trainer to where another of the same seed stands."""
    for role, net in trainer.built.nets.items():
        net.load_state_dict(leader.built.nets[role].state_dict())
        trainer.built.optimizers[role].load_state_dict(copy.deepcopy(leader.built.optimizers[role].state_dict()))
    trainer.load_state(copy.deepcopy(leader.state()))


def _random_state() -> tuple[object, ...]:
    """Where the global generators stand."""
    devices = tuple(s.numpy().tobytes() for s in torch.cuda.get_rng_state_all()) if torch.cuda.is_initialized() else ()
    return torch.get_rng_state().numpy().tobytes(), pickle.dumps(np.random.get_state()), random.getstate(), devices


def _parameters(built: Built) -> dict[str, list[Tensor]]:
    return {role: [p.detach().clone() for p in net.parameters()] for role, net in built.nets.items()}


def _difference(
    before: Mapping[str, list[Tensor]], one: Built, other: Built, gradients: Mapping[str, list[Tensor | None]]
) -> str | None:
    """What differs between two ways of making one step, beyond tolerance."""
    for role, net in one.nets.items():
        twin = other.nets[role]
        slopes = [(p.grad, g) for p, g in zip(net.parameters(), gradients[role], strict=True)]
        if any((ours is None) != (theirs is None) for ours, theirs in slopes):
            return f"other parameters of the {role} have gradients"
        pairs = [(ours, theirs) for ours, theirs in slopes if ours is not None and theirs is not None]
        slope = apart(pairs)
        if not slope <= GRADIENT:
            return f"gradients of the {role} differ by {slope:.2g} of the greatest"
        share = off_the_way(before[role], net, twin)
        if not share <= WAY:
            return f"parameters of the {role} differ by {share:.2g} of their way"
        for (name, ours), theirs in zip(net.named_buffers(), twin.buffers(), strict=True):
            exact = not ours.is_floating_point()
            if not (torch.equal(ours, theirs) if exact else apart([(ours, theirs)], least=1.0) <= VALUE):
                return f"the {role}'s buffer {name} differs"
    return None


def apart(pairs: list[tuple[Tensor, Tensor]], least: float = 0.0) -> float:
    """The greatest difference within pairs of tensors, as a share of the greatest value, or of `least`; nan is nan."""
    filled = [(one, other) for one, other in pairs if one.numel()]
    if not filled:
        return 0.0
    greatest = float(torch.stack([one.abs().max() for one, _ in filled]).max())
    found = float(torch.stack([(one - other).abs().max() for one, other in filled]).max())
    return found / max(greatest, least) if found else 0.0


def off_the_way(before: list[Tensor], net: nn.Module, twin: nn.Module) -> float:
    """How far two nets are apart after a step from `before`, as a share of the way that it went."""
    rows = list(zip(before, net.parameters(), twin.parameters(), strict=True))
    moved = sum(float((usual - start).detach().double().abs().sum()) for start, usual, _ in rows)
    found = sum(float((usual - other).detach().double().abs().sum()) for _, usual, other in rows)
    return found / moved if moved else float(found > 0)


def _other_terms(expected: Moment, found: Moment) -> str | None:
    if list(expected.terms) != list(found.terms):
        return "other loss terms come out"
    for name, one in _numbers(expected):
        other = float(found.terms[name])
        if not abs(one - other) <= VALUE * max(1.0, abs(one)):
            return f"{name} is {other:.6g} for {one:.6g}"
    return None


def _numbers(moment: Moment) -> Iterator[tuple[str, float]]:
    return ((name, float(value)) for name, value in moment.terms.items())

"""The standard step of several seeds of one variant as one batched computation (`--vectorize`).

Nets and losses run under `torch.func.vmap`, whose rules turn the layers of many nets into grouped ones; gradients are
those of the sum of the seeds' losses, in which no seed sees another; optimisers are elementwise. Everything else stays
each seed's own, as `Trainer` does it: batches, latents, what an Objective remembers, what probes see. The sums are the
same as those of separate runs in another order (docs/costs.md has how far), so that this is part of a run's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from . import streams
from .build import Built, build
from .stack import Stack, Stepping, first
from .step import Crashed, Diverged, Moment, Seen, Statistics, Trainer, crashing, named, total

PLAIN = (bool, int, float, str, type(None), tuple)


Pair = tuple[Any, Any, Any, Any]
"""Images, reconstruction, code and number of the discriminator, as `Seen` notes them; None for what there is not."""


class Unbatchable(Exception):
    """Why seeds cannot be trained in one go."""


@dataclass
class Inputs:
    """What a step gets from outside: per discriminator update (slots, batch, …) images and latents, and (slots, …)
    numbers that the seeds' Objectives remember, by attribute."""

    real: list[Tensor]
    latents: list[Tensor]
    remembered: dict[str, Tensor]


@dataclass
class Outputs:
    """What a step had in its hands, all (slots, …).

    Attributes:
        terms: Loss terms by net and name, (slots,).
        pairs: What the discriminator got and gave in its last update, as `Seen` has it.
        told: Gradient of the generator's loss at the fakes.
    """

    terms: dict[str, Tensor]
    pairs: list[Pair] = field(default_factory=list)
    told: Tensor | None = None


class Seeds:
    """Trains some seeds of one variant in lockstep.

    Args:
        trainers: One a slot, brought to where training starts; None for a slot whose seed is not trained any more. Such
            a slot is filled by another seed's numbers: how many seeds are batched decides bits.
        watching: Whether anyone looks at what a step has in its hands.
    """

    def __init__(self, trainers: Sequence[Trainer | None], *, watching: bool) -> None:
        self.trainers = list(trainers)
        one = first(self.trainers)
        self.watching = watching or one.objective_watches()
        self.single_pass, self.once = one.single_pass, one.once
        own = one.built
        with streams.preserved_globals():
            self.template = build(own.recipe, seed=own.seed, device=str(own.device), kernels=own.kernels, spreads=False)
        builts = [None if trainer is None else trainer.built for trainer in trainers]
        for built in builts:
            if built is not None:
                built.reads = self.template.reads  # the losses that run are the template's
        self.play = _Play(self.template)
        self.seen = Seen(self.template)
        nets: dict[str, list[nn.Module | None]] = {
            role: [None if built is None else built.nets[role] for built in builts] for role in own.nets
        }
        self.stacks = {role: Stack(slots) for role, slots in nets.items()}
        self.stepping = {
            role: Stepping([None if own is None else own.optimizers[role] for own in builts], nets[role], stack)
            for role, stack in self.stacks.items()
        }
        self.norms = [
            Statistics(_stacked_norm(module, name, self.stacks["generator"]))
            for name, module in self.template.generator.named_modules()
            if Statistics.kept_by(module)
        ]
        self.constants: dict[str, Any] = {}
        self.compute: Callable[[Inputs, object], Outputs] = lambda inputs, constants: self.computed(inputs)
        if all(stepping.on_device for stepping in self.stepping.values()):
            from .graphs import Captured

            self.compute = Captured(self.computed, self._forget)

    def retire(self, slot: int) -> None:
        """Train the seed of a slot no more."""
        self.trainers[slot] = None

    def gradients(self, role: str, slot: int) -> list[Tensor | None]:
        """Of the last update of a net, by parameter."""
        slopes = (parameter.grad for parameter in self.stacks[role].parameters.values())
        return [None if slope is None else slope[slot] for slope in slopes]

    def hand_out(self, slot: int) -> None:
        """Bring a seed's own optimisers to where it stands, to be saved; its nets stand there at any time."""
        for stepping in self.stepping.values():
            stepping.hand_out(slot)

    def step(self, number: int) -> dict[int, Moment | Diverged | Crashed]:
        """One step of every seed that is still trained: slot → what it had in its hands, or how it ended there.

        Raises:
            VariantError: As `Trainer.step`.
        """
        epochs = {slot: trainer.batches.epoch for slot, trainer in enumerate(self.trainers) if trainer is not None}
        try:
            with crashing(self.template, number):
                outputs = self.compute(self._inputs(number), tuple(sorted(self.constants.items(), key=repr)))
        except Crashed as crash:
            return dict.fromkeys(epochs, crash)
        values = torch.stack([value.float() for value in outputs.terms.values()], 1).tolist()
        found: dict[int, Moment | Diverged | Crashed] = {}
        for slot, epoch in epochs.items():
            trainer = self.trainers[slot]
            assert trainer is not None
            terms = {name: value[slot] for name, value in outputs.terms.items()}
            told = None if outputs.told is None else outputs.told[slot]
            trainer.seen.pairs[:] = [_of(slot, pair) for pair in outputs.pairs]
            try:
                found[slot] = trainer.finished(number, terms, values[slot], told, epoch)
            except (Diverged, Crashed) as ending:
                found[slot] = ending
        return found

    def _inputs(self, number: int) -> Inputs:
        """Each seed's batches and latents, drawn as in a run of its own."""
        updates = first(self.trainers).built.config.discriminator_steps
        real: list[list[Tensor]] = [[] for _ in range(updates)]
        latents: list[list[Tensor]] = [[] for _ in range(updates)]
        for trainer in self.trainers:
            if trainer is None:
                continue
            streams.reseed_globals(trainer.built.seed, streams.USER_CODE, number)
            for update in range(updates):
                real[update].append(next(trainer.batches))
                rng = streams.generator(trainer.built.seed, streams.TRAINING_LATENTS, number, update)
                latents[update].append(trainer.built.sample_latent(len(real[update][-1]), rng))
        return Inputs(
            [self._filled(rows) for rows in real], [self._filled(rows) for rows in latents], self._remembered()
        )

    def _filled(self, rows: Sequence[Tensor]) -> Tensor:
        """Rows of the seeds that are trained, stacked; those of the first in all other slots."""
        given = iter(rows)
        return torch.stack([rows[0] if trainer is None else next(given) for trainer in self.trainers])

    def _remembered(self) -> dict[str, Tensor]:
        """Numbers of the seeds' Objectives that are not as they were when constructed; what all share is left as is.

        Raises:
            Unbatchable: Seeds remember different things that are no numbers.
        """
        fresh = _attributes(self.template.objective)
        kept = [_attributes(trainer.built.objective) for trainer in self.trainers if trainer is not None]
        objective = first(self.trainers).built.objective
        state = objective.state_dict() if hasattr(objective, "state_dict") else None
        declared = set(state) if isinstance(state, dict) else set()
        found: dict[str, Tensor] = {}
        self.constants = {}
        for name in kept[0]:
            values = [own[name] for own in kept]
            moved = isinstance(values[0], Tensor) or name in declared or any(v != values[0] for v in values)
            if all(isinstance(v, float | Tensor) for v in values) and (moved or values[0] != fresh.get(name)):
                found[name] = self._filled([_number(v, self.template.device) for v in values])
            elif any(v != values[0] for v in values):
                raise Unbatchable(f"its Objective remembers {name}, which differs between seeds and is no number")
            else:
                self.constants[name] = values[0]
        return found

    def computed(self, inputs: Inputs) -> Outputs:
        """The standard step on stacked tensors; nothing in it looks at a value."""
        fake: Tensor | None = None
        terms: dict[str, Tensor] = {}
        pairs: list[Pair] = []
        discriminator = self.stacks["discriminator"]
        generator_opt, discriminator_opt = (self.stepping[role].joint for role in ("generator", "discriminator"))
        for update, (real, latents) in enumerate(zip(inputs.real, inputs.latents, strict=True)):
            last = update == len(inputs.real) - 1
            if last and self.single_pass:
                for norm in self.norms:
                    norm.remember()
            with torch.set_grad_enabled(last and self.single_pass):
                fake = self._generated(latents)
            self.seen.active = self.watching and last
            discriminator_opt.zero_grad()
            losses, pairs = self._losses(
                "discriminator_loss", discriminator.tensors("discriminator"), inputs, real, fake.detach()
            )
            total(losses).sum().backward()
            discriminator_opt.step()
            terms = {f"discriminator.{name}": value.detach() for name, value in losses.items()}
        assert fake is not None
        self.seen.active = False
        generator_opt.zero_grad()
        if not self.single_pass:
            fake = self._generated(inputs.latents[-1])
        told: list[Tensor] = []
        if self.watching and fake.requires_grad:
            fake.register_hook(told.append)
        frozen = discriminator.tensors("discriminator", frozen=True)
        losses, _ = self._losses("generator_loss", frozen, inputs, fake)
        total(losses).sum().backward()
        if self.single_pass and not self.once:
            for norm in self.norms:
                norm.update_again()
        generator_opt.step()
        terms |= {f"generator.{name}": value.detach() for name, value in losses.items()}
        return Outputs(terms, pairs, told[-1].detach() if told else None)

    def _generated(self, latents: Tensor) -> Tensor:
        def one(tensors: dict[str, Tensor], latents: Tensor) -> Any:
            return functional_call(self.play, tensors, ("generator", latents))

        made: Tensor = vmap(one)(self.stacks["generator"].tensors("generator"), latents)
        return made

    def _losses(
        self, name: str, tensors: dict[str, Tensor], inputs: Inputs, *images: Tensor
    ) -> tuple[dict[str, Tensor], list[Pair]]:
        """Loss terms of all seeds, (slots,) each, and what the discriminator saw and gave if that is watched."""
        there: list[list[bool]] = []

        def one(tensors: dict[str, Tensor], remembered: dict[str, Tensor], *images: Tensor) -> Any:
            with self._remembering(remembered):
                losses = named(functional_call(self.play, tensors, (name, *images)))
            pairs = list(self.seen.pairs)
            self.seen.pairs.clear()
            there[:] = [[value is not None for value in pair] for pair in pairs]
            given = [[value for value in pair if value is not None] for pair in pairs]
            return {name: value.reshape(()) for name, value in losses.items()}, given

        losses, given = vmap(one)(tensors, inputs.remembered, *images)
        rows = []
        for known, values in zip(there, given, strict=True):
            left = iter(values)
            rows.append(_pair(next(left).detach() if here else None for here in known))
        return losses, rows

    @contextmanager
    def _remembering(self, numbers: dict[str, Tensor]) -> Iterator[None]:
        """The template's Objective with what those of the seeds remember."""
        objective = self.template.objective
        kept = dict(vars(objective))
        vars(objective).update(self.constants | numbers)
        worn = dict(vars(objective))
        try:
            yield
            moved = [name for name, value in vars(objective).items() if value is not worn.get(name)]
            if moved:
                raise Unbatchable(f"its Objective changes {moved[0]} while it computes a loss")
        finally:
            vars(objective).clear()
            vars(objective).update(kept)
            self.template.reader.hand(None)

    def _forget(self) -> None:
        """Drop gradients, after a capture that came to nothing."""
        for stepping in self.stepping.values():
            stepping.joint.zero_grad(set_to_none=True)


class _Play(nn.Module):
    """Nets and losses under one roof, so that `functional_call` gives them other tensors for a whole loss."""

    def __init__(self, built: Built) -> None:
        super().__init__()
        self.generator, self.discriminator = built.generator, built.discriminator
        self.built = SimpleNamespace(objective=built.objective, config=built.config)  # no modules of this one

    def forward(self, what: str, *given: Tensor) -> Any:
        if what == "generator":
            return self.generator(*given)
        return getattr(self.built.objective, what)(self.discriminator, *given, self.built.config)


def _stacked_norm(module: nn.Module, name: str, stack: Stack) -> Any:
    """A BatchNorm's running statistics, stacked, beside what decides how they move."""
    kept: Any = module
    own = {key: stack.buffers[f"{name}.{key}" if name else key]
           for key in ("running_mean", "running_var", "num_batches_tracked")}  # fmt: skip
    return SimpleNamespace(**own, training=kept.training, momentum=kept.momentum)


def _attributes(objective: Any) -> dict[str, Any]:
    """Numbers, tensors and plain values that an Objective remembers."""
    kept = getattr(objective, "__dict__", {})
    return {name: value for name, value in kept.items() if isinstance(value, (*PLAIN, Tensor))}


def _of(slot: int, pair: Pair) -> Pair:
    return _pair(None if value is None else value[slot] for value in pair)


def _pair(values: Iterable[Tensor | None]) -> Pair:
    seen, recon, code, number = values
    return seen, recon, code, number


def _number(value: float | Tensor, device: torch.device) -> Tensor:
    return torch.as_tensor(value, dtype=None if isinstance(value, Tensor) else torch.get_default_dtype(), device=device)

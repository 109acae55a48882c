"""One training step, standard or the variant's own, and what it had in its hands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn

from . import streams
from .build import Built
from .errors import VariantError
from .making import trainable
from .records import Line
from .sandbox import user_frames
from .stills import Stills


class Diverged(Exception):
    """A value stopped being finite: a result, not a mistake."""

    def __init__(self, step: int, term: str, value: float) -> None:
        self.step, self.term, self.value = step, term, value
        super().__init__(f"{term} became {value} at step {step}")


class Crashed(Exception):
    """User code raised while training."""

    def __init__(self, step: int, reason: str, line: Line | None) -> None:
        self.step, self.line = step, line
        super().__init__(f"{reason} at step {step}")


@contextmanager
def crashing(built: Built, number: int) -> Iterator[None]:
    """Whatever user code raises in the block is told as the crash of that step."""
    try:
        yield
    except (Diverged, VariantError):
        raise
    except Exception as error:
        frames = user_frames(error, built.variants)
        text = " ".join(str(error).split())[:400]
        raise Crashed(number, f"{type(error).__name__}: {text}", frames[-1] if frames else None) from error


class Batches(Iterator[Tensor]):
    """Endless batches of training images in an order that depends only on (seed, epoch).

    Args:
        images: (N, C, H, W) in the model's pixel range, on the device.
        size: Images a batch.
        shuffle: In another order each epoch, else always in the order of the data set.
        drop_last: Without the last, smaller batch of an epoch.
        taken: Batches already consumed: where a resumed run goes on.

    Raises:
        VariantError: The batch is larger than the training set.
    """

    def __init__(
        self, images: Tensor, *, size: int, seed: int, taken: int = 0, shuffle: bool = True, drop_last: bool = True
    ) -> None:
        self.shuffle = shuffle
        self.per_epoch = len(images) // size if drop_last else -(-len(images) // size)
        if len(images) < size:
            raise VariantError(f"batch_size {size} is larger than the training set of {len(images)} images")
        self.images, self.size, self.seed, self.taken = images, size, seed, taken
        self.latest: Tensor | None = None
        self._order: Tensor | None = None

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self.taken // self.per_epoch

    def __len__(self) -> int:
        """Batches an epoch."""
        return self.per_epoch

    def __next__(self) -> Tensor:
        position = self.taken % self.per_epoch
        if position == 0 or self._order is None:
            count = len(self.images)
            order = streams.permutation(count, self.seed, self.epoch) if self.shuffle else torch.arange(count)
            self._order = order.to(self.images.device)
        rows = self._order[position * self.size : (position + 1) * self.size]
        self.taken += 1
        self.latest = self.images.index_select(0, rows)
        return self.latest


@dataclass
class Moment:
    """What one step had in its hands, for the probes; tensors are detached.

    `real`, `fake`, and the reconstructions and codes of both are as the discriminator saw them in its
    (last) update, in train mode; None where the variant has no such thing.

    Attributes:
        built: The nets after the step; a probe that runs them or the variant's functions gets a double.
        told: Gradient of the generator's loss at the fakes of its update, (B, C, H, W).
        before: What the probe's own `before` kept of the nets as they were before the step.
        stills: Images and latents that every look of a run is taken at.
        margin: Of the hinge in this step, in the variant's own energy; None for losses that have none.
        output_real, output_fake: (B,) what a discriminator that gives one number an image gave; None for an
            autoencoder.
    """

    step: int
    built: Built
    terms: dict[str, Tensor]
    real: Tensor | None = None
    fake: Tensor | None = None
    recon_real: Tensor | None = None
    recon_fake: Tensor | None = None
    code_real: Tensor | None = None
    code_fake: Tensor | None = None
    told: Tensor | None = None
    before: Any = None
    stills: Stills | None = None
    margin: float | None = None
    output_real: Tensor | None = None
    output_fake: Tensor | None = None


@dataclass
class Seen:
    """The discriminator's inputs and outputs during its own update, collected by a hook."""

    built: Built
    active: bool = False
    pairs: list[tuple[Tensor, Any, Any, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.built.discriminator.register_forward_hook(self._note)

    def _note(self, module: nn.Module, inputs: Any, output: Any) -> None:
        if self.active and inputs and isinstance(inputs[0], Tensor):
            recon, code = self.built.reader(output)
            number = _detached(self.built.reader.number(output))
            self.pairs.append((inputs[0].detach(), _detached(recon), _detached(code), number))

    def fill(self, moment: Moment, real: Tensor | None) -> None:
        """Sort what was seen into real and fake; two halves of one batch are told apart by position."""
        for images, recon, code, number in self.pairs:
            if real is None or images.shape[1:].numel() != real.shape[1:].numel():
                continue
            if len(images) == 2 * len(real):
                flipped = not torch.equal(images[: len(real)].reshape(real.shape), real)
                for half, is_real in ((slice(None, len(real)), not flipped), (slice(len(real), None), flipped)):
                    parts = (_part(value, half) for value in (recon, code, number))
                    self._assign(moment, images[half], *parts, is_real=is_real)
            else:
                is_real = images.data_ptr() == real.data_ptr() or (
                    images.shape == real.shape and moment.real is None and torch.equal(images, real)
                )
                self._assign(moment, images, recon, code, number, is_real=is_real)
        self.pairs.clear()

    @staticmethod
    def _assign(moment: Moment, images: Tensor, recon: Any, code: Any, number: Any, *, is_real: bool) -> None:
        if is_real:
            moment.real, moment.recon_real, moment.code_real, moment.output_real = images, recon, code, number
        else:
            moment.fake, moment.recon_fake, moment.code_fake, moment.output_fake = images, recon, code, number


class _Told:
    """The gradient that last arrived at the generator's output: all that the generator is told by its loss."""

    def __init__(self, generator: nn.Module) -> None:
        self.active = False
        self.gradient: Tensor | None = None
        generator.register_forward_hook(self._note)

    def _note(self, module: nn.Module, inputs: Any, output: Any) -> None:
        if self.active and isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(self._keep)

    def _keep(self, gradient: Tensor) -> None:
        self.gradient = gradient


def _detached(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else None


def _part(value: Tensor | None, rows: slice) -> Tensor | None:
    return None if value is None else value[rows]


class Statistics:
    """Running statistics of one BatchNorm, which the published loop's second forward moves a second time."""

    def __init__(self, norm: nn.Module) -> None:
        self.norm: Any = norm
        self.before: tuple[Tensor, ...] = ()

    @staticmethod
    def kept_by(module: nn.Module) -> bool:
        """Whether a module is a BatchNorm with running statistics."""
        return isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None

    def remember(self) -> None:
        """Note the statistics before a forward."""
        self.before = (self.norm.running_mean.clone(), self.norm.running_var.clone())

    @torch.no_grad()
    def update_again(self) -> None:
        """Move them as a second forward on the same batch would; after backward, which needs them untouched."""
        if not self.norm.training:
            return
        # r1 = r0 + a(b - r0) told us the batch's b; the second update moves r1 by this share of r1 - r0
        seen = int(self.norm.num_batches_tracked.max())  # of several seeds: the same of all
        share = (seen - 1) / (seen + 1) if self.norm.momentum is None else 1 - self.norm.momentum
        for running, old in zip((self.norm.running_mean, self.norm.running_var), self.before, strict=True):
            running.add_(running - old, alpha=share)
        self.norm.num_batches_tracked += 1


class Trainer:
    """Trains one built variant, a step at a time.

    Args:
        single_pass: Reuse one generator forward for both updates (bit-identical to the published
            loop's two); False for a generator with randomness or state of its own in `forward`.
        watching: Collect a `Moment` each step for the probes.
    """

    def __init__(self, built: Built, batches: Batches, *, single_pass: bool, watching: bool) -> None:
        self.built, self.batches, self.watching = built, batches, watching
        self.once = built.train_step is None and built.config.generator_passes == 1
        self.single_pass = single_pass or self.once
        self.seen = Seen(built)
        self.told = _Told(built.generator)
        self.frozen = list(trainable(built.discriminator))
        self.norms = [Statistics(m) for m in built.generator.modules() if Statistics.kept_by(m)]
        self.epoch_energies: dict[str, list[Tensor]] = {"real": [], "fake": []}

    def prepare(self) -> None:
        """Run the objective's `before_training`, once, before the first step."""
        hook = getattr(self.built.objective, "before_training", None)
        if hook is not None:
            streams.reseed_globals(self.built.seed, streams.USER_CODE, "before training")
            hook(self.built.discriminator, self.batches)

    def state(self) -> dict[str, Any]:
        """What the next step needs beside nets and optimisers: tensors, numbers and containers of them."""
        objective = self.built.objective
        return {
            "objective": objective.state_dict() if hasattr(objective, "state_dict") else None,
            "epoch_energies": self.epoch_energies,
            "batches": self.batches.taken,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        if state["objective"] is not None:
            self.built.objective.load_state_dict(state["objective"])
        self.epoch_energies = state["epoch_energies"]
        self.batches.taken = state["batches"]

    def numbers(self) -> list[tuple[str, float]]:
        """The scalar members of the objective's state, for its series."""
        objective = self.built.objective
        state = objective.state_dict() if hasattr(objective, "state_dict") else None
        if not isinstance(state, dict):
            return []
        return [
            (f"objective.{name}", float(value))
            for name, value in state.items()
            if isinstance(value, bool | int | float) or (isinstance(value, Tensor) and value.numel() == 1)
        ]

    def step(self, number: int) -> Moment:
        """One generator update and its discriminator updates; `number` counts from 1.

        Raises:
            Diverged: A loss term is not finite.
            Crashed: User code raised.
        """
        built = self.built
        streams.reseed_globals(built.seed, streams.USER_CODE, number)
        epoch = self.batches.epoch
        self.told.active, self.told.gradient = self.watching, None
        with crashing(built, number):
            terms = self._own_step(number) if built.train_step else self._standard_step(number)
            self.told.active = False
            values = torch.stack([value.float() for value in terms.values()]).tolist() if terms else []
        return self.finished(number, terms, values, _detached(self.told.gradient), epoch)

    def finished(
        self, number: int, terms: dict[str, Tensor], values: Sequence[float], told: Tensor | None, epoch: int
    ) -> Moment:
        """What follows the updates of a step: its terms are looked at, and the objective's hooks are told.

        Args:
            values: The terms as numbers, in their order.
            told: As in `Moment`.
            epoch: Epochs completed before the step.

        Raises:
            Diverged: A loss term is not finite.
            Crashed: User code raised.
        """
        with crashing(self.built, number):
            moment = Moment(number, self.built, terms, told=told, margin=margin(self.built))
            for name, value in zip(terms, values, strict=True):
                if not math.isfinite(value):
                    raise Diverged(number, f"loss term {name}", value)
            if self.watching or self.objective_watches():
                self.seen.fill(moment, self.batches.latest)
            self._objective_hooks(moment, epoch_ended=self.batches.epoch > epoch)
        self.seen.pairs.clear()
        return moment

    def _standard_step(self, number: int) -> dict[str, Tensor]:
        built, config = self.built, self.built.config
        generator, discriminator = built.generator, built.discriminator
        fake = latents = None
        terms: dict[str, Tensor] = {}
        for update in range(config.discriminator_steps):
            last = update == config.discriminator_steps - 1
            real = next(self.batches)
            rng = streams.generator(built.seed, streams.TRAINING_LATENTS, number, update)
            latents = built.sample_latent(len(real), rng)
            if last and self.single_pass:
                for norm in self.norms:
                    norm.remember()
            with torch.set_grad_enabled(last and self.single_pass):
                fake = generator(latents)
            self.seen.active = (self.watching or self.objective_watches()) and last
            built.discriminator_opt.zero_grad()
            losses = named(built.objective.discriminator_loss(discriminator, real, fake.detach(), config))
            self.seen.active = False
            total(losses).backward()
            built.discriminator_opt.step()
            terms = {f"discriminator.{name}": value.detach() for name, value in losses.items()}
        if fake is None or latents is None:
            raise VariantError(f"discriminator_steps must be at least 1, got {config.discriminator_steps}")
        for parameter in self.frozen:
            parameter.requires_grad_(False)
        try:
            built.generator_opt.zero_grad()
            if not self.single_pass:
                fake = generator(latents)
            losses = named(built.objective.generator_loss(discriminator, fake, config))
            total(losses).backward()
            if self.single_pass and not self.once:
                for norm in self.norms:
                    norm.update_again()
        finally:
            for parameter in self.frozen:
                parameter.requires_grad_(True)
        built.generator_opt.step()
        return terms | {f"generator.{name}": value.detach() for name, value in losses.items()}

    def _own_step(self, number: int) -> dict[str, Tensor]:
        built = self.built
        assert built.train_step is not None
        rng = streams.generator(built.seed, streams.TRAINING_LATENTS, number, 0)
        self.seen.active = self.watching or self.objective_watches()
        terms = built.train_step(
            built.generator, built.discriminator, built.generator_opt, built.discriminator_opt,
            self.batches, built.config, rng,
        )  # fmt: skip
        self.seen.active = False
        return {f"step.{name}": value.detach() for name, value in named(_as_tensors(terms)).items()}

    def objective_watches(self) -> bool:
        """Whether the objective has hooks that follow training."""
        objective = self.built.objective
        return hasattr(objective, "after_step") or hasattr(objective, "after_epoch")

    def _objective_hooks(self, moment: Moment, *, epoch_ended: bool) -> None:
        if not self.objective_watches():
            return
        objective, built = self.built.objective, self.built
        energies = {}
        with torch.no_grad():
            for name, images, recon in (
                ("real", moment.real, moment.recon_real),
                ("fake", moment.fake, moment.recon_fake),
            ):
                if images is not None and recon is not None:
                    energies[name] = built.energy(recon, images)
        for name, value in energies.items():
            self.epoch_energies[name].append(value)
        if hasattr(objective, "after_step"):
            objective.after_step(energies)
        if epoch_ended:
            seen = {name: values for name, values in self.epoch_energies.items() if values}
            whole = {name: torch.cat([v.reshape(-1) for v in values]) for name, values in seen.items()}
            self.epoch_energies = {"real": [], "fake": []}
            if hasattr(objective, "after_epoch"):
                objective.after_epoch(whole)


def margin(built: Built) -> float | None:
    """The margin that the losses have now: an Objective's own where it keeps one, else that of Config.

    None for an Objective with a state but no margin, which reads none from Config either: a BEGAN has none.
    """
    own = getattr(built.objective, "margin", None)
    if isinstance(own, int | float | Tensor):
        return float(own)
    if hasattr(built.objective, "state_dict") and not built.reads["margin"]:
        return None
    with built.uncounted():
        return float(built.config.margin)


def named(losses: Any) -> dict[str, Tensor]:
    """Loss terms by name; a single tensor is called `loss`.

    Raises:
        TypeError: Neither a tensor nor a dictionary of them, or an empty one.
    """
    if isinstance(losses, Tensor):
        return {"loss": losses}
    got = type(losses).__name__
    if isinstance(losses, dict):
        wrong = next((name for name, value in losses.items() if not isinstance(value, Tensor)), None)
        if losses and wrong is None:
            return losses
        got = "an empty dictionary" if not losses else f"{type(losses[wrong]).__name__} as {wrong!r}"
    raise TypeError(f"a loss must be a tensor or a dictionary of tensors, got {got}")


def _as_tensors(terms: Any) -> Any:
    """What a `train_step` returned, which is only recorded: its numbers, such as those of `loss.item()`, as tensors."""
    if isinstance(terms, dict):
        return {name: _as_tensors(value) for name, value in terms.items()}
    return torch.as_tensor(terms) if isinstance(terms, Real) else terms


def total(terms: dict[str, Tensor]) -> Tensor:
    """The sum of the terms, left to right."""
    values = iter(terms.values())
    result = next(values)
    for value in values:
        result = result + value
    return result


def finite_parameters(nets: Mapping[str, nn.Module]) -> str | None:
    """Name of the first parameter or buffer that is not finite, or None."""
    for role, net in nets.items():
        for name, tensor in (*net.named_parameters(), *net.named_buffers()):
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                return f"{role}.{name}"
    return None

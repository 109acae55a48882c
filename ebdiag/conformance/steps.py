"""What two real training steps do: who is updated, how often, in which order, and by whose loss."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .. import streams
from ..build import Built
from ..making import trainable
from ..records import rounded
from ..step import Batches, Crashed, Diverged, Trainer
from .shapes import ENERGIES

STEPS = 2
"""A gradient that one step leaves behind is used by the next."""

SAMPLED = 200_000
"""Values of each net that are watched; parameters beyond are not looked at, so that a large net costs no more."""

TOLERANCE = 1e-4
"""Relative difference below which a logged value is the one that it is compared with, in single precision."""

ROLES = ("generator", "discriminator")


@dataclass
class _Watch:
    """Two nets while they are trained: which `backward` reached whom, and what each update made of it.

    Attributes:
        pending: Net → number of a `backward` whose gradient lies in the net, and its size.
        used: Number of a `backward` → nets that were updated by it, in order, with its share of their gradient.
        order: `D` or `G` for each update.
        moved: Optimiser → nets that its updates moved.
        changed: Nets that changed while nobody updated them, with the net whose update came next.
    """

    nets: dict[str, nn.Module]
    pending: dict[str, dict[int, float]] = field(default_factory=lambda: {role: {} for role in ROLES})
    used: dict[int, dict[str, float]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    moved: dict[str, set[str]] = field(default_factory=lambda: {role: set() for role in ROLES})
    changed: list[tuple[str, str]] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.sample: dict[str, list[nn.Parameter]] = {}
        for role, net in self.nets.items():
            kept: list[nn.Parameter] = []
            size = 0
            for parameter in trainable(net):
                if not kept or size + parameter.numel() <= SAMPLED:
                    kept.append(parameter)
                    size += parameter.numel()
            self.sample[role] = kept
        self.kept = {role: self.values(role) for role in ROLES}

    def values(self, role: str) -> list[Tensor]:
        """The net's parameters now."""
        return [p.detach().clone() for p in self.sample[role]]

    def gradients(self, role: str) -> list[Tensor]:
        """What lies in the net now, zero where nothing does."""
        return [torch.zeros_like(p) if p.grad is None else p.grad.detach().clone() for p in self.sample[role]]

    def settle(self) -> None:
        """A net whose gradients are zero has forgotten what was sent to it."""
        for role in ROLES:
            if not any(p.grad is not None and bool(p.grad.any()) for p in self.sample[role]):
                self.pending[role].clear()

    def sent(self, before: dict[str, list[Tensor]]) -> None:
        """A `backward` has been: what it added to each net is now pending there."""
        self.number += 1
        for role in ROLES:
            added = _size([now - then for now, then in zip(self.gradients(role), before[role], strict=True)])
            if added > 0:
                self.pending[role][self.number] = added

    def updated(self, by: str, before: dict[str, list[Tensor]]) -> None:
        """An update has been."""
        self.order.append(by[0].upper())
        for role in ROLES:
            if _equal(self.sample[role], before[role]):
                continue
            self.moved[by].add(role)
            everything = sum(self.pending[role].values())
            for number, size in self.pending[role].items():
                self.used.setdefault(number, {}).setdefault(role, size / everything)

    @contextlib.contextmanager
    def watching(self, optimisers: dict[str, Any]) -> Iterator[None]:
        """See every `backward` and every update within the block."""
        original: Any = torch.autograd.backward

        def backward(*args: Any, **named: Any) -> Any:
            self.settle()
            before = {role: self.gradients(role) for role in ROLES}
            result = original(*args, **named)
            self.sent(before)
            return result

        def stepping(role: str, step: Any) -> Any:
            def call(*args: Any, **named: Any) -> Any:
                self.settle()
                before = {of: self.values(of) for of in ROLES}
                self.changed += [(of, role) for of in ROLES if not _equal(before[of], self.kept[of])]
                result = step(*args, **named)
                self.updated(role, before)
                self.kept = {of: self.values(of) for of in ROLES}
                return result

            return call

        torch.autograd.backward = backward
        for role, optimiser in optimisers.items():
            optimiser.step = stepping(role, optimiser.step)
        try:
            yield
        finally:
            torch.autograd.backward = original
            for optimiser in optimisers.values():
                del optimiser.step

    def leaks(self) -> list[dict[str, Any]]:
        """Losses that moved a second net: `of` whom, `into` whom, with which `share` of that net's gradient."""
        found: dict[tuple[str, str], float] = {}
        for nets in self.used.values():
            first, *others = nets
            for other in others:
                found[first, other] = max(found.get((first, other), 0.0), nets[other])
        return [{"of": of, "into": into, "share": rounded(share)} for (of, into), share in found.items()]


def steps(built: Built, real: Tensor, *, single_pass: bool) -> dict[str, Any]:
    """Two steps of the variant's own training.

    Args:
        real: Training images, enough for their batches. The nets move.

    Returns:
        `order` of the updates of a step, `D` and `G`; `updates` of each net in it; `leaks` (see `_Watch.leaks`);
        `touched`: nets `into` which the loss `of` the other one reaches by hand; `moved`: optimiser → nets that it
        moved; `logs` (see `_logs`). Or `unknown`.
    """
    nets = {"generator": built.generator, "discriminator": built.discriminator}
    trainer = Trainer(built, Batches(real, size=built.config.batch_size, seed=1), single_pass=single_pass,
                      watching=False)  # fmt: skip
    watch = _Watch(nets)
    optimisers = {"generator": built.generator_opt, "discriminator": built.discriminator_opt}
    shown: list[tuple[Tensor, Any]] = []

    def note(module: nn.Module, inputs: Any, output: Any) -> None:
        if inputs and isinstance(inputs[0], Tensor):
            recon, _ = built.reader(output)
            shown.append((inputs[0].detach().clone(), recon.detach().clone() if isinstance(recon, Tensor) else None))

    hook = built.discriminator.register_forward_hook(note)
    try:
        with streams.preserved_globals(), watch.watching(optimisers):
            moment = trainer.step(1)
            first, logs = len(watch.order), _logs(built, moment.terms, shown, trainer.batches.latest)
            for number in range(2, 1 + STEPS):
                trainer.step(number)
    except (Diverged, Crashed) as ended:
        return {"unknown": f"training ended: {ended}"}
    finally:
        hook.remove()
    order = "".join(watch.order[:first])
    return {
        "order": order,
        "updates": {"discriminator": order.count("D"), "generator": order.count("G")},
        "leaks": watch.leaks(),
        "touched": []
        if built.train_step
        else [{"of": of, "into": into} for into, of in dict.fromkeys(watch.changed) if into != of],
        "moved": {role: sorted(moved) for role, moved in watch.moved.items()},
        "logs": logs,
    }


def optimisers(built: Built) -> dict[str, Any]:
    """Whether each optimiser holds exactly the trainable parameters of its net.

    Returns:
        Net → `missing` parameters, `foreign` ones of the other net or of none, `twice`, by name; None for an
        optimiser that does not say what it holds.
    """
    names = {
        id(p): f"{role}.{name}"
        for role, net in (("generator", built.generator), ("discriminator", built.discriminator))
        for name, p in net.named_parameters()
    }
    found: dict[str, Any] = {}
    for role, net, optimiser in (
        ("generator", built.generator, built.generator_opt),
        ("discriminator", built.discriminator, built.discriminator_opt),
    ):
        groups = getattr(optimiser, "param_groups", None)
        if groups is None:
            found[role] = None
            continue
        held = [id(p) for group in groups for p in group["params"]]
        own = {id(p): f"{role}.{name}" for name, p in net.named_parameters()}
        wanted = {id(p) for p in trainable(net)}
        found[role] = {
            "missing": [name for key, name in own.items() if key in wanted and key not in held],
            "foreign": [names.get(key, "a parameter of neither net") for key in dict.fromkeys(held) if key not in own],
            "twice": [names.get(key, "a parameter") for key in dict.fromkeys(held) if held.count(key) > 1],
        }
    return found


def _logs(
    built: Built, terms: dict[str, Tensor], shown: list[tuple[Tensor, Any]], real: Tensor | None
) -> dict[str, Any]:
    """Logged energies of a train_step against those of the images that the discriminator was shown.

    A value under a name with `real` is polluted where it is the energy of real images with another logged value, or
    the hinge of the generated ones, added to it.

    Returns:
        `checked` names that are what they claim, `polluted` ones.
    """
    found: dict[str, Any] = {"checked": [], "polluted": []}
    if built.train_step is None or real is None:
        return found
    pairs = [(x, recon) for x, recon in shown if isinstance(recon, Tensor) and recon.numel() == x.numel()]
    ours = [(x, r) for x, r in pairs if x.shape == real.shape and torch.equal(x, real)]
    others = [(x, r) for x, r in pairs if not any(x is y for y, _ in ours)]
    values = {name: float(value.double().mean()) for name, value in terms.items()}
    for name, value in values.items():
        if "real" not in name.lower() or not ours or not others:
            continue
        for energy in (ENERGIES["squares"], ENERGIES["norm"], ENERGIES["absolutes"]):
            for scale in (1.0, float(ours[0][0][0].numel())):
                clean = scale * _rows(energy, *ours[0]).mean().item()
                fakes = [scale * _rows(energy, *pair) for pair in others]
                added = [v for other, v in values.items() if other != name]
                for fake in fakes:
                    added += [(built.config.margin - fake).relu().mean().item(), fake.mean().item()]
                    added += [max(built.config.margin - fake.mean().item(), 0.0)]
                if _close(value, clean):
                    found["checked"].append(name)
                elif any(_close(value, clean + more) for more in added if abs(more) > TOLERANCE * abs(clean)):
                    found["polluted"].append({"name": name.split(".", 1)[-1], "value": rounded(value),
                                              "expected": rounded(clean)})  # fmt: skip
                else:
                    continue
                break
            else:
                continue
            break
    return found


def _rows(energy: Any, x: Tensor, recon: Tensor) -> Tensor:
    rows: Tensor = energy(recon.double().reshape(len(x), -1), x.double().reshape(len(x), -1)).cpu()
    return rows


def _close(value: float, expected: float) -> bool:
    return abs(value - expected) <= TOLERANCE * max(abs(expected), 1e-12)


def _equal(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> bool:
    return all(torch.equal(now, then) for now, then in zip(ours, theirs, strict=True))


def _size(gradients: list[Tensor]) -> float:
    return float(sum(g.double().square().sum().item() for g in gradients) ** 0.5)

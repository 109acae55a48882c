"""How variants of each kind are built, looked at, trained and scored: what the workers ask, whatever the kind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from .records import Recipe, Variant

if TYPE_CHECKING:
    from .data import Images
    from .measured import Measured
    from .probes import Probe
    from .records import DataSpec, Environment, Facts, RunSpec
    from .stills import Stills


class Made(Protocol):
    """A variant come to life; its nets and optimisers change while it trains."""

    config: Any
    recipe: Recipe
    seed: int
    device: torch.device

    @property
    def nets(self) -> dict[str, nn.Module]:
        """By the names of their parts."""

    @property
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """By the names of their nets."""

    @property
    def variants(self) -> list[Variant]:
        """Every variant that has a part in this."""


class Steps(Protocol):
    """Trains one built variant, a step at a time."""

    def prepare(self) -> None:
        """Before the first step of a run that is not resumed."""

    def step(self, number: int) -> Any:
        """One update, counted from 1; what it had in its hands, for the probes."""

    def state(self) -> dict[str, Any]:
        """What the next step needs beside nets and optimisers."""

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""

    def numbers(self) -> Sequence[tuple[str, float]]:
        """Numbers of its own for the series, by name."""


@dataclass(frozen=True)
class Course:
    """What the training loop takes from a kind.

    Attributes:
        trainer: Given whether anyone watches, the steps.
        probes: Name of a probe set → what watches.
        stills: What looks are taken at; None where no probe needs any.
        shown: Name in the live display → column of the series.
    """

    trainer: Callable[[bool], Steps]
    probes: Callable[[str], tuple[Probe, ...]]
    stills: Callable[[], Stills | None]
    shown: Mapping[str, str]


@dataclass(frozen=True)
class Craft:
    """Everything that is done with a variant of one kind.

    Attributes:
        build: Its nets and all that trains them, as `build.build`.
        inspect: What it is, without training.
        climb: Short tries that tell what is sick, with a sign of life now and then.
        course: How it is trained.
        apart: Why the seeds of a recipe cannot be trained in one go, or None.
        measure: What it is worth after a step of a run; nothing about it is different afterwards.
    """

    build: Callable[..., Any]
    inspect: Callable[[Recipe, DataSpec, Environment], Facts]
    climb: Callable[[Recipe, DataSpec, Environment, Callable[[], object]], list[dict[str, Any]]]
    course: Callable[[RunSpec, Facts, Any, Images], Course]
    measure: Callable[[Any, Images, RunSpec, int], Measured]
    apart: Callable[[Recipe, Facts, DataSpec, Environment], str | None]


PLAIN = (bool, int, float, complex, str, bytes, type(None), list, tuple, dict, set, torch.Tensor)
TORCHS_OWN = frozenset(vars(nn.Module()))


def hidden_state(nets: Mapping[str, nn.Module], objective: Any) -> str:
    """What nets remember in plain attributes, such as a count of calls: no `state_dict` holds it.

    Tensors count with their values, everything else that is no module with what Python shows of it.

    Args:
        objective: The same of an object that has no `state_dict`, or None.
    """
    objects = [(role, name, module) for role, net in nets.items() for name, module in net.named_modules()]
    if objective is not None:
        objects.append(("objective", "", objective))
    seen = hashlib.sha256()
    for role, name, owner in objects:
        for attribute, value in sorted(getattr(owner, "__dict__", {}).items()):
            if attribute not in TORCHS_OWN and isinstance(value, PLAIN):
                shown = value.tolist() if isinstance(value, torch.Tensor) else value
                seen.update(f"{role}.{name}.{attribute}={shown!r};".encode())
    return seen.hexdigest()


def of(recipe: Recipe) -> Craft:
    """The craft of a recipe's kind."""
    if recipe.base.kind == "contrastive":
        from .encoders import ENCODERS

        return ENCODERS
    from .gans import GANS

    return GANS

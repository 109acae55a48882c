"""A loop that is plainly the standard one, as two losses: D's update, then G's on the same latents, each once.

What is found here is a proposal: whoever takes it trains both forms a few steps and compares their weights.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from .lift import Lifted
from .outline import calls, method, place


@dataclass(frozen=True)
class Losses:
    """Statements of the two losses, in the script's own words.

    Attributes:
        discriminator, generator: Statements of each, in order.
        discriminator_term, generator_term: Places of the losses.
        real, fake: Names that both are given images under.
        passes: How often the generator makes the images of a step.
    """

    discriminator: list[ast.stmt]
    generator: list[ast.stmt]
    discriminator_term: str
    generator_term: str
    real: str
    fake: str
    passes: int


class _Odd(Exception):
    """The loop is not plainly the standard one."""


def losses(lifted: Lifted) -> Losses | None:
    """The two losses of a loop, or None where it does more than the standard one, or in another order."""
    try:
        return _Splitting(lifted).split()
    except _Odd:
        return None


class _Splitting:
    def __init__(self, lifted: Lifted) -> None:
        self.lifted = lifted
        self.kept = lifted.step.kept

    def split(self) -> Losses:
        lifted, step = self.lifted, self.lifted.step
        one = len(lifted.loop.generators) == len(lifted.loop.discriminators) == 1
        plain = not (step.repeats or step.globals or lifted.frozen or lifted.loop.helpers)
        if not (one and plain and len(lifted.fetched) == 1):
            raise _Odd
        if any(isinstance(node, ast.For | ast.While | ast.Try | ast.With) for node in self.kept):
            raise _Odd
        if any("next(batches)" in text for text in lifted.changes.replaced.values()):
            raise _Odd
        ends = {role: self._step_of(optimiser.place) for role, optimiser in lifted.optimisers.items()}
        if ends["discriminator"] > ends["generator"] or ends["generator"] != len(self.kept) - 1:
            raise _Odd
        parts = {
            "discriminator": self.kept[: ends["discriminator"]],
            "generator": self.kept[ends["discriminator"] + 1 : ends["generator"]],
        }
        terms = {role: self._term(part) for role, part in parts.items()}
        fakes = self._fakes()
        if len({text for _, text, _ in fakes}) != 1 or self._draws() > 1:
            raise _Odd
        names = {name for name, _, _ in fakes}
        real = lifted.fetched[0][0].partition(" = ")[0]
        if len(names) != 1 or "(next(batches), None)" in lifted.fetched[0][0]:
            raise _Odd
        [fake] = names
        made = [node for _, _, node in fakes]
        parts["generator"] = [*self._shared(), *parts["generator"]]
        found = {
            role: self._sliced([node for node in part if node not in made], terms[role]) for role, part in parts.items()
        }
        for role, given in (("discriminator", {real, fake}), ("generator", {fake})):
            self._check(found[role], given)
        return Losses(
            found["discriminator"],
            found["generator"],
            terms["discriminator"],
            terms["generator"],
            real,
            fake,
            len(fakes),
        )

    def _step_of(self, optimiser: str) -> int:
        """Position of an optimiser's only step."""
        found = [
            i for i, node in enumerate(self.kept) for c in calls(node)
            if method(c) == "step" and place(c.func).rpartition(".")[0] == optimiser
        ]  # fmt: skip
        if len(found) != 1 or not isinstance(self.kept[found[0]], ast.Expr):
            raise _Odd
        return found[0]

    def _term(self, part: Sequence[ast.stmt]) -> str:
        """The place of the loss that a part computes gradients of, once, after they were zeroed."""
        backward = [c for node in part for c in calls(node) if method(c) == "backward"]
        zeroed = [c for node in part for c in calls(node) if method(c) == "zero_grad"]
        extra = [c for node in part for c in calls(node) if method(c).startswith("clip_grad") or method(c) in ("eval",)]
        if len(backward) != 1 or not zeroed or extra or backward[0].args or backward[0].keywords:
            raise _Odd
        assert isinstance(backward[0].func, ast.Attribute)
        name = place(backward[0].func.value)
        if not name or "." in name:
            raise _Odd
        return name

    def _fakes(self) -> list[tuple[str, str, ast.stmt]]:
        """(name, latents, statement) of each call of the generator; each stands alone in an assignment."""
        lifted = self.lifted
        [net] = lifted.loop.generators
        found: list[tuple[str, str, ast.stmt]] = []
        for node in self.kept:
            made = [c for c in calls(node) if lifted.understanding.origin(place(c.func)) == net]
            if not made:
                continue
            value = getattr(node, "value", None)
            inner = value
            while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "detach":
                inner = inner.func.value
            if len(made) != 1 or inner is not made[0] or not isinstance(node, ast.Assign) or len(made[0].args) != 1:
                raise _Odd
            latents = made[0].args[0]
            found.append((place(node.targets[0]), ast.unparse(latents), node))
        if not found:
            raise _Odd
        return found

    def _draws(self) -> int:
        """How often latents are drawn in a step."""
        texts = (*self.lifted.changes.replaced.values(), *self.lifted.changes.statements.values())
        return sum("sample_latent(" in text for text in texts)

    def _shared(self) -> list[ast.stmt]:
        """Statements before the discriminator's update that the generator's loss may need, sizes and the like."""
        return [node for node in self.kept if isinstance(node, ast.Assign) and not list(calls(node))]

    def _sliced(self, part: Sequence[ast.stmt], term: str) -> list[ast.stmt]:
        """The statements that a loss is made by."""
        lifted = self.lifted
        needed, kept = {term}, list[ast.stmt]()
        for node in reversed(part):
            if isinstance(node, ast.Expr):
                continue
            if isinstance(node, ast.If) and any(isinstance(n, ast.Expr) for n in ast.walk(node)):
                raise _Odd
            if lifted.stored(node) & needed:
                kept.insert(0, node)
                needed |= lifted.read(node)
        return kept

    def _check(self, part: Sequence[ast.stmt], given: set[str]) -> None:
        """Refuse a loss that needs what only the step has."""
        lifted = self.lifted
        known = set(given)
        step_names = {name for node in self.kept for name in lifted.stored(node)} | {
            lifted.fetched[0][0].partition(" = ")[0]
        }
        optimisers = {o.place for o in lifted.loop.optimisers}
        for node in part:
            read = {name.split(".")[0] if not name.startswith("self.") else name for name in lifted.read(node)}
            if (read & step_names) - known or read & optimisers:
                raise _Odd
            known |= lifted.stored(node)

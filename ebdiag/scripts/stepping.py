"""The loop of a script as both losses or as a step of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .. import syntax
from .answers import Answers, Rows
from .blocks import Blocks
from .changes import emitted
from .needed import self_places
from .outline import calls, method, place
from .source import statements
from .standard import Losses

GIVEN = ("batches", "config", "rng")
"""What a step is given beside the nets and optimisers."""


class Stepping(Blocks):
    """Writes what trains."""

    def _train_step(self, answers: Answers) -> Rows:
        lifted, step = self.lifted, self.lifted.step
        loop = self.outline.loop
        assert loop is not None
        rows = Rows()
        bound = [*self._bound("generator"), *self._bound("discriminator"),
                 *((lifted.optimisers[r].place, f"{r}_opt") for r in ("generator", "discriminator"))]  # fmt: skip
        helpers = any(self._reads_nets(function) for function in self.lifted.understanding.reached)
        simple = not helpers and all("." not in name for name, _ in bound) and not self.flat and (
            len(self.loop.discriminators) == 1)  # fmt: skip
        parameters = {"generator": "generator", "discriminator": "discriminator", "generator_opt": "generator_opt",
                      "discriminator_opt": "discriminator_opt"}  # fmt: skip
        if simple:
            for name, value in reversed(bound):
                parameters[value] = name
        names = sorted({name for name, _ in bound if "." not in name}) if helpers else []
        shared = [name for name in GIVEN if helpers and self._helpers_read(name)]
        devices = {name for name in self._devices() if "." not in name}
        given = [f"{name}_given" if name in shared else name for name in GIVEN]
        rows.add(f"def train_step({', '.join([*parameters.values(), *given])}):", loop.lineno)
        stated = sorted({*names, *step.globals, *devices, *shared} - set(parameters.values()))
        if stated:
            rows.add(f"    global {', '.join(stated)}", loop.lineno)
        for name, value in bound:
            if name != parameters[value.split(".")[0]] or "." in value:
                rows.add(f"    {name} = {value if not simple else parameters[value]}", loop.lineno)
        for name in shared:
            rows.add(f"    {name} = {name}_given", loop.lineno)
        for name in self._devices():
            rows.add(f"    {name} = {lifted.device}", loop.lineno)
        for name in lifted.frozen:
            rows.add(f"    {name} = 0", loop.lineno)
        depth = 1
        if step.repeats is not None:
            every = repr(answers.repeats) if answers.repeats is not None else self._expression(step.repeats)
            rows.add(f"    for {step.counter} in range({every}):", step.repeats.lineno)
            depth = 2
        for text, origin in lifted.fetched:
            rows.add("    " * depth + text, origin)
        for node in step.kept:
            rows.rows += list(emitted(self._made(node, lifted.device), depth))
        names_told = dict.fromkeys([*self.loop.terms, *self._told()])
        terms = {name.rpartition(".")[2]: name for name in names_told if self._is_local(name)}
        terms = terms or {name: name for name in self._returned()}
        rows.add(f"    return {{{', '.join(f'{key!r}: {name}' for key, name in terms.items())}}}", loop.lineno)
        return rows

    def _losses(self, losses: Losses) -> Iterator[Rows]:
        """Both losses, for the standard step."""
        loop = self.outline.loop
        assert loop is not None
        [(net, given)] = [(name, self._bound("discriminator")) for name in self.loop.discriminators]
        names = [name for name, _ in given] or [net]
        simple = "." not in names[0] and len(names) == 1 and "discriminator" not in self.flat
        own = names[0] if simple else "discriminator"
        device = f"{losses.fake}.device"
        for role, nodes, term, images in (
            ("discriminator", losses.discriminator, losses.discriminator_term, f"{losses.real}, {losses.fake}"),
            ("generator", losses.generator, losses.generator_term, losses.fake),
        ):
            rows = Rows()
            first = nodes[0].lineno if nodes else loop.lineno
            rows.add(f"def {role}_loss({own}, {images}, config):", first)
            for name, value in given if not simple else ():
                rows.add(f"    {name} = {value}", first)
            if "generator" in self.flat:  # the script's own images are flat where its loss meets them
                rows.add(f"    {losses.fake} = {losses.fake}.flatten(1)", first)
            for node in nodes:
                rows.rows += list(emitted(self._made(node, device), 1))
            rows.add(f"    return {term}", nodes[-1].lineno if nodes else first)
            yield rows

    def _carried(self) -> Rows:
        """What one step leaves to the next, to be stored and taken up again."""
        rows = Rows()
        names = self.lifted.step.globals
        if names and self.outline.loop is not None:
            line = self.outline.loop.lineno
            rows.add("def state_dict():", line)
            rows.add(f"    return {{{', '.join(f'{name!r}: {name}' for name in names)}}}", line)
            rows.add("\n", line)
            rows.add("def load_state_dict(state):", line)
            rows.add(f"    global {', '.join(names)}", line)
            for name in names:
                rows.add(f"    {name} = state[{name!r}]", line)
        return rows

    def _devices(self) -> list[str]:
        """Places of devices that functions which a step calls read."""
        reached = [self._made(function) for function in self.lifted.understanding.reached]
        read = {name for made in reached for name in (*syntax.Fragment(made).names, *self_places(made))}
        return sorted(self.changes.devices & read & set(self.lifted.understanding.assigned))

    def _reads_nets(self, function: ast.FunctionDef) -> bool:
        """Whether a function that the step calls takes nets, optimisers or draws from its module."""
        names = syntax.Fragment(self._made(function)).names
        bound = [*self._bound("generator"), *self._bound("discriminator")]
        places = {name for name, _ in bound} | {o.place for o in self.loop.optimisers} | {"rng", "batches", "config"}
        return bool(places & names)

    def _told(self) -> Iterator[str]:
        """Names whose value the loop prints or keeps: `d_loss.item()` in a statement that is left out."""
        kept = {id(node) for node in statements(self.lifted.step.kept)}
        for node in statements(self.outline.loop.body if self.outline.loop else []):
            if id(node) in kept:
                continue
            for call in calls(node):
                if method(call) == "item" and isinstance(call.func, ast.Attribute) and place(call.func.value):
                    yield place(call.func.value)

    def _returned(self) -> Iterator[str]:
        """Names that get the one number that a function with updates returns."""
        functions = self.lifted.understanding.functions
        for node in statements(self.lifted.step.kept):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and isinstance(node.value, ast.Call)
            ):
                function = functions.get(method(node.value))
                last = function.body[-1] if function in self.loop.helpers and function is not None else None
                if isinstance(last, ast.Return) and last.value is not None and not isinstance(last.value, ast.Tuple):
                    yield node.targets[0].id

    def _is_local(self, name: str) -> bool:
        stored = {place(t) for n in statements(self.lifted.step.kept) if isinstance(n, ast.Assign) for t in n.targets}
        return name in stored

    def _helpers_read(self, name: str) -> bool:
        """Whether a function that the step calls takes this from its module."""
        reached = self.lifted.understanding.reached
        return any(name in syntax.Fragment(self._made(function)).names for function in reached)

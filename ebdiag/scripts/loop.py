"""The training loop, understood: which nets take part and as what, which optimisers, where batches and latents come in.

By what is done with them and not by name: the generator is called on what was drawn at random, the discriminator on
images of the data set and on what the generator made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import VariantError
from .look import (
    DRAWS,
    RANDOM_OWNERS,
    SCHEDULERS,
    SIZES,
    as_statement,
    assignments,
    bare,
    changes_net,
    counts,
    draws_inside,
    filled,
    is_fetch,
    is_net,
    own_calls,
    refers,
    scalars,
    without_init,
    works,
)
from .outline import Function, Outline, calls, method, place
from .source import DOCS, statements


@dataclass
class Optimiser:
    """One that takes steps in the loop.

    Attributes:
        place: How the loop calls it.
        made: The expression that makes it.
        nets: Places of the nets whose parameters it gets.
    """

    place: str
    made: ast.expr
    nets: list[str]
    line: int


@dataclass
class Net:
    """A net that takes part.

    Attributes:
        place: How the loop calls it.
        made: The expression that constructs it, without moves to a device.
        line: Row of that expression.
        after: Statements of the setup that change it before training, in order.
    """

    place: str
    made: ast.expr
    line: int
    after: list[ast.stmt] = field(default_factory=list)


@dataclass
class Loop:
    """What the loop does.

    Attributes:
        generators, discriminators: Places of nets by role, in the order in which they are first called.
        optimisers: In the order of their first step.
        batch: Names that hold the batch of real images, before anything is done to them.
        draws: Expressions in the loop, or in functions it calls, that draw what the generator is given.
        helpers: Functions with updates of their own that the loop calls.
        terms: Places of the losses that gradients are computed of.
    """

    nets: dict[str, Net]
    generators: list[str] = field(default_factory=list)
    discriminators: list[str] = field(default_factory=list)
    optimisers: list[Optimiser] = field(default_factory=list)
    batch: list[str] = field(default_factory=list)
    draws: list[ast.expr] = field(default_factory=list)
    helpers: list[Function] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)


class Understanding:
    """Finds out what a loop does.

    Raises:
        VariantError: A net or an optimiser of it cannot be found.
    """

    def __init__(self, outline: Outline) -> None:
        assert outline.loop is not None
        self.outline, self.body = outline, outline.loop.body
        self.assigned: dict[str, tuple[ast.expr, ast.stmt]] = {}
        for name, value, node in assignments(outline.setup):
            value = self.element(value)
            known = self.assigned.get(name)
            if known is not None and refers(value, name):
                continue  # `netG = netG.cuda()`
            self.assigned[name] = (value, node)
        self.functions = outline.functions() | _methods(outline)
        self.reached = self._reached()
        self.helpers = [function for function in self.reached if works(function)]
        self.scope = [*statements(outline.prelude), *statements(self.body)]
        for function in self.reached:
            self.scope += statements(function.body)

    def _reached(self) -> list[Function]:
        """Functions called from the loop, directly or not; those that only draw latents stay closed."""
        found: list[Function] = []
        waiting: list[ast.AST] = [*self.outline.prelude, *self.body]
        while waiting:
            for call in calls(waiting.pop()):
                function = self.functions.get(method(call))
                own = isinstance(call.func, ast.Name) or place(call.func) == f"self.{method(call)}"
                closed = function is not None and draws_inside(function) and not works(function)
                if function is not None and own and function not in found and not closed:
                    found.append(function)
                    waiting.append(function)
        return found

    def element(self, value: ast.expr) -> ast.expr:
        """`opts["g"]` as what the dictionary, list or tuple of that name was written with."""
        if not (isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant)):
            return value
        held = self.assigned.get(place(value.value), (None, None))[0]
        if isinstance(held, ast.Dict):
            for key, inner in zip(held.keys, held.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == value.slice.value:
                    return inner
        if isinstance(held, ast.List | ast.Tuple) and isinstance(value.slice.value, int):
            return held.elts[value.slice.value] if value.slice.value < len(held.elts) else value
        return value

    def origin(self, name: str) -> str:
        """The place that a name is another name for."""
        seen = set()
        while name in self.assigned and name not in seen:
            seen.add(name)
            value = bare(self.assigned[name][0])
            other = place(value)
            if not other or other not in self.assigned:
                return name
            name = other
        return name

    def understand(self) -> Loop:
        """Everything; see `Loop`."""
        optimisers = self._optimisers()
        nets = self._nets(optimisers)
        loop = Loop(nets, optimisers=optimisers, helpers=self.helpers)
        loop.batch = self._batch()
        self._roles(loop)
        loop.terms = list(dict.fromkeys(self._terms()))
        return loop

    def _optimisers(self) -> list[Optimiser]:
        stepped = []
        for node in self.scope:
            for call in own_calls(node):
                if method(call) == "step":  # `scaler.step(optimizer)` steps what it is given
                    stepped += [place(call.func).rpartition(".")[0], *map(place, call.args[:1])]
        found = []
        for name in dict.fromkeys(filter(None, stepped)):
            value = self.assigned.get(self.origin(name), (None, None))[0]
            if not isinstance(value, ast.Call) or method(value) in SCHEDULERS:
                continue
            nets = [
                self.origin(place(c.func).rpartition(".")[0])
                for c in calls(value) if method(c) in ("parameters", "named_parameters")
            ]  # fmt: skip
            if not nets:  # `Adam(params, …)` with `params = list(G.parameters())` before
                names = [place(a) for a in value.args[:1] if place(a) in self.assigned]
                nets = [
                    self.origin(place(c.func).rpartition(".")[0])
                    for name_ in names for c in calls(self.assigned[name_][0]) if method(c) == "parameters"
                ]  # fmt: skip
            found.append(Optimiser(name, value, list(dict.fromkeys(nets)), value.lineno))
        return found

    def _nets(self, optimisers: list[Optimiser]) -> dict[str, Net]:
        classes = self.outline.classes()
        named = [net for optimiser in optimisers for net in optimiser.nets]
        for node in self.scope:
            for call in own_calls(node):
                origin = self.origin(place(call.func))
                value = self.assigned.get(origin, (None, None))[0]
                bared = None if value is None else bare(value)
                if isinstance(bared, ast.Call) and (
                    method(bared) == "Sequential"
                    or (isinstance(bared.func, ast.Name) and is_net(bared.func.id, classes))
                ):
                    named.append(origin)
        nets = {}
        for name in dict.fromkeys(named):
            if name not in self.assigned:
                continue
            value, node = self.assigned[name]
            net = Net(name, without_init(bare(value)), value.lineno)
            aliases = {other for other in self.assigned if self.origin(other) == name} | {name}
            net.after = [
                other for other in self.outline.setup
                if other is not node and other.lineno > 0 and any(changes_net(other, alias) for alias in aliases)
            ]  # fmt: skip
            made = bare(value)
            if isinstance(made, ast.Call) and method(made) == "apply":
                net.after.insert(0, as_statement(made))
            nets[name] = net
        return nets

    def _batch(self) -> list[str]:
        """Names in which a batch arrives: of the loop's target, or of what is taken from an iterator or an array."""
        loop = self.outline.loop
        assert loop is not None
        found: list[str] = []
        if isinstance(loop, ast.For) and not counts(loop):
            target = loop.target
            if isinstance(loop.iter, ast.Call) and method(loop.iter) == "enumerate" and isinstance(target, ast.Tuple):
                target = target.elts[1]
            found += [place(e) for e in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])][:1]
        for node in self.scope:
            if isinstance(node, ast.Assign) and any(
                is_fetch(child, self.data_places()) for child in ast.walk(node.value) if isinstance(child, ast.expr)
            ):
                target = node.targets[0]
                found += [place(e) for e in (target.elts if isinstance(target, ast.Tuple) else [target])][:1]
        return [name for name in dict.fromkeys(found) if name]

    def data_places(self) -> frozenset[str]:
        """Places of arrays of images: made of a data set that was read."""
        marks = (
            "load_data",
            "MNIST",
            "FashionMNIST",
            "load",
            "loadmat",
            "fetch_openml",
            "read_data_sets",
            "mnist_data",
        )
        found: set[str] = set()
        for name, value, node in assignments(self.outline.setup):
            read = any(method(call) in marks for call in calls(value))
            if read or any(place(child) in found for child in ast.walk(value) if place(child)):
                targets = node.targets if isinstance(node, ast.Assign) else []
                found |= {name, *(place(e) for t in targets for e in ast.walk(t) if isinstance(e, ast.Name))}
        return frozenset(found - {"", "_"})

    def _roles(self, loop: Loop) -> None:
        image = set(loop.batch)
        latent: set[str] = set()

        def kind(node: ast.expr) -> str | None:
            """What an expression holds: `image`, `latent`, or neither."""
            if isinstance(node, ast.Attribute) and node.attr in SIZES:
                return None
            if isinstance(node, ast.Name | ast.Attribute) and place(node):
                name = place(node)
                if name in image:
                    return "image"
                return "latent" if name in latent else None if not isinstance(node, ast.Attribute) else kind(node.value)
            if isinstance(node, ast.Call):
                if method(node) in SIZES:
                    return None
                origin = self.origin(place(node.func))
                given = [kind(a) for a in node.args]
                if origin in loop.nets:
                    if "image" in given:
                        loop.discriminators.append(origin)
                        return "image"
                    if "latent" in given:
                        loop.generators.append(origin)
                        return "image"
                    return None
                inner = kind(node.func.value) if isinstance(node.func, ast.Attribute) else None
                kinds = [inner, *given, *(kind(k.value) for k in node.keywords)]
                if self.draws(node) and "image" not in (inner, *given[:1]):
                    return "latent"
                return "image" if "image" in kinds else "latent" if "latent" in kinds else None
            if isinstance(node, ast.Attribute | ast.Starred | ast.Subscript):
                return kind(node.value)
            kinds = [kind(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
            return "image" if "image" in kinds else "latent" if "latent" in kinds else None

        def pass_on(call: ast.Call) -> None:
            """What a helper is given, under the names of its parameters."""
            function = self.functions.get(method(call))
            if function not in self.reached or function is None:
                return
            names = [a.arg for a in function.args.args if a.arg != "self"]
            for name, given in [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]:
                if name is None:
                    continue
                found = kind(given)
                (image if found == "image" else latent if found == "latent" else set()).add(name)
                if place(given) in self.assigned and name not in self.assigned:
                    self.assigned[name] = self.assigned[place(given)]

        for _ in range(3):
            for node in self.scope:
                for call in own_calls(node):
                    pass_on(call)
                if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
                    found = kind(node.value)
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    names = [place(e) for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
                    if found == "image":
                        image |= {name for name in names if name and not name[0].isdigit()} - scalars(node.value, names)
                    elif found == "latent":
                        latent |= set(filter(None, names))
                elif isinstance(node, ast.Expr | ast.Return) and node.value is not None:
                    drawn = filled(node)
                    if drawn is not None:
                        latent.add(drawn[0])
                    kind(node.value)
                elif isinstance(node, ast.If | ast.While | ast.For):
                    kind(node.test if not isinstance(node, ast.For) else node.iter)
        loop.generators = list(dict.fromkeys(loop.generators))
        loop.discriminators = [d for d in dict.fromkeys(loop.discriminators) if d not in loop.generators]
        self._find_draws(loop)

    def draws(self, call: ast.Call) -> bool:
        """Whether a call draws real numbers, itself or in a function of the script."""
        name, owner = method(call), place(call.func).split(".")[0]
        if name in DRAWS and (owner in RANDOM_OWNERS or owner == "" or isinstance(call.func, ast.Name)
                              or name in ("normal_", "uniform_", "sample", "rsample")):  # fmt: skip
            return not (isinstance(call.func, ast.Name) and name in self.functions and not draws_inside(
                self.functions[name]))  # fmt: skip
        function = self.functions.get(name)
        return function is not None and function not in self.helpers and draws_inside(function)

    def _find_draws(self, loop: Loop) -> None:
        """The outermost expressions in the loop that draw for the generator."""
        for node in self.scope:
            value = getattr(node, "value", None)
            drawn = isinstance(node, ast.Assign) and isinstance(value, ast.expr) and any(map(self.draws, calls(value)))
            if drawn and isinstance(value, ast.expr) and not self._calls_net(value, loop):
                loop.draws.append(value)
                continue
            for call in own_calls(node):
                if self.origin(place(call.func)) in loop.generators:
                    for argument in call.args:
                        if any(self.draws(c) for c in calls(argument)):
                            loop.draws.append(argument)

    def _calls_net(self, node: ast.expr, loop: Loop) -> bool:
        return any(self.origin(place(c.func)) in loop.nets for c in calls(node))

    def _terms(self) -> Iterator[str]:
        for node in self.scope:
            for call in own_calls(node):
                if method(call) == "backward" and isinstance(call.func, ast.Attribute):
                    name = place(call.func.value)
                    if name and "." not in name:
                        yield name


def _methods(outline: Outline) -> dict[str, Function]:
    """Methods of the class that trains itself."""
    cls = outline.classes().get(outline.instance or "")
    return {} if cls is None else {node.name: node for node in cls.body if isinstance(node, Function)}


def missing(outline: Outline, what: str, expected: str, hint: str) -> VariantError:
    """The refusal where a script lacks something."""
    loop = outline.loop
    line = None if loop is None else outline.source.row(loop.lineno)
    return VariantError(
        f"the script's {what} was not found", file=outline.source.path, line=line, expected=expected,
        got="none that can be told apart", hint=hint, docs=DOCS,
    )  # fmt: skip

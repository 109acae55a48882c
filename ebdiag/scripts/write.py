"""Writes a lifted script down as a contract variant: kept rows on their own lines, the parts of the contract below."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .. import contract, syntax
from ..edits import Edit, Text, applied
from ..errors import VariantError
from .changes import emitted
from .lift import Lifted, Rows, own_parts
from .outline import calls, method, place
from .reasons import reason, short
from .source import DOCS, statements
from .standard import Losses

GIVEN = ("batches", "config", "rng")

HEAD = "# --- taken from the script: what its training needs, as parts that ebdiag can exchange ---"


@dataclass(frozen=True)
class Data:
    """What the script's own data handling makes of our images.

    Attributes:
        transform: Expression of a function of one PIL image, where scaling and resizing alone do not say it.
    """

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    batch_size: int = 64
    shuffle: bool = True
    drop_last: bool = False
    transform: str | None = None


@dataclass(frozen=True)
class Latent:
    """What the script draws for its generator.

    Attributes:
        kind: `normal`, `uniform`, `uniform01`, or `own`.
        shape: Of one latent.
    """

    kind: str = "own"
    shape: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class Answers:
    """What a worker found out by trying.

    Attributes:
        flat: Roles whose nets take or give flat images, (B, pixels).
        code_first: The discriminator returns the code before the reconstruction.
    """

    data: Data = field(default_factory=Data)
    latent: Latent = field(default_factory=Latent)
    margin: float | None = None
    weight: float | None = None
    repeats: int | None = None
    flat: tuple[str, ...] = ()
    code_first: bool = False


@dataclass(frozen=True)
class Written:
    """Text of a variant, and of each of its rows the row of the script that it comes from."""

    text: str
    origins: tuple[int, ...]


class Writer:
    """Writes one script; `answers` fill in what only running can tell."""

    def __init__(self, lifted: Lifted) -> None:
        self.lifted = lifted
        self.outline, self.loop, self.changes = lifted.outline, lifted.loop, lifted.changes
        self.top = {id(node) for node in lifted.source.tree.body}

    # --- the whole ---------------------------------------------------------------------------------------------------

    def draft(self) -> Written:
        """What a worker runs to find out the rest: settings, functions and nets, no step."""
        return self._composed([self._nets(None), self._drawing()], extra=self._expressions().values())

    def text(self, answers: Answers, losses: Losses | None = None) -> Written:
        """The variant.

        Args:
            losses: The loop as two losses, in place of a step of its own.
        """
        self._flat_now = tuple(name.rstrip("!") for name in answers.flat)
        if answers.code_first:
            self._flat_now = (*self._flat_now, "discriminator")
        trained = self._losses(losses) if losses else (self._train_step(answers), self._carried())
        blocks = [
            self._config(answers, losses),
            self._nets(answers),
            self._initialise(),
            *self._wrapped(),
            self._sampling(answers),
            self._optimizers(),
            self._transform(answers),
            *trained,
        ]
        return self._composed([block for block in blocks if block.rows], extra=())

    def _composed(self, blocks: list[Rows], *, extra: Iterable[str]) -> Written:
        appended = "\n".join(row for block in blocks for row, _ in block.rows)
        needed = self._closure(appended, extra)
        rows = self._kept_rows(needed)
        below = Rows()
        below.add("\n\n" + HEAD, 1)
        imports = {"import types": "types.", "import torch": "torch.", "from torch import nn": "nn."}
        setup = self._setup(needed)
        everything = appended + "\n".join(row for row, _ in setup.rows)
        for statement, mark in imports.items():
            if mark in everything:
                below.add(statement, 1)
        nested = [n for n in self.outline.definitions if id(n) not in self.top and self._is_needed(n, needed)]
        for node in nested:
            below.rows += list(emitted(self._made(node), 0))
        below.rows += setup.rows
        for block in blocks:
            below.add("\n", block.rows[0][1])
            below.rows += block.rows
        text = "\n".join([*rows, *(row for row, _ in below.rows)]) + "\n"
        origins = (*self.lifted.source.rows[: len(rows)], *(self.lifted.row(origin) for _, origin in below.rows))
        return Written(text, (*origins, origins[-1]))

    def _made(self, node: ast.stmt, device: str | None = None) -> ast.stmt:
        made = self.changes.made(node, device=device)
        assert isinstance(made, ast.stmt)
        return made

    def _expression(self, node: ast.expr, device: str | None = None) -> str:
        return ast.unparse(self.changes.made(node, device=device))

    # --- what is needed ----------------------------------------------------------------------------------------------

    def _closure(self, appended: str, extra: Iterable[str]) -> set[str]:
        """Names at module level, and attributes of `self`, that the appended code reaches."""
        needed = set(syntax.Fragment(ast.parse(appended)).names)
        for expression in extra:
            needed |= {place(n) for n in ast.walk(ast.parse(expression)) if isinstance(n, ast.Name | ast.Attribute)}
        needed |= _self_places(ast.parse(appended))
        while True:
            before = len(needed)
            for node in self.outline.definitions:
                if self._is_needed(node, needed) and isinstance(node, ast.FunctionDef | ast.ClassDef):
                    made = self._made(node)
                    needed |= syntax.Fragment(made).names | _self_places(made)
                    needed.add(self.changes.renamed.get(node.name, node.name))
            for node in self.outline.setup:
                if self._is_setup(node) and self._binds(node) & needed:
                    made = self._setup_statement(node)
                    needed |= syntax.Fragment(made).names | _self_places(made)
            if len(needed) == before:
                return needed

    def _is_needed(self, node: ast.stmt, needed: set[str]) -> bool:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return self.changes.renamed.get(node.name, node.name) in needed or node.name == self.outline.instance
        if isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.names[0].name == "*"):
            return node.module != "__future__" or id(node) in self.top
        if isinstance(node, ast.Import | ast.ImportFrom):
            return any(self._alias(a) in needed for a in node.names)
        return any(self._is_needed(child, needed) for child in statements(getattr(node, "body", [])))

    def _alias(self, alias: ast.alias) -> str:
        """The name that an import binds, under its new name."""
        name = alias.asname or alias.name.split(".")[0]
        return self.changes.renamed.get(name, name)

    def _binds(self, node: ast.stmt) -> set[str]:
        """Names and attributes of `self` that a statement of the setup gives a value, under their new names."""
        found: set[str] = set()
        for child in ast.walk(node):
            if isinstance(child, ast.Name | ast.Attribute | ast.Subscript) and isinstance(child.ctx, ast.Store):
                name = place(child.value if isinstance(child, ast.Subscript) else child)
                if name:
                    found.add(name if name.startswith("self.") else name.split(".")[0])
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            owner = place(node.value.func).rpartition(".")[0]
            if owner.split(".")[0] in self.lifted.roots:
                found.add(owner if owner.startswith("self.") else owner.split(".")[0])
        return {self.changes.renamed.get(name, name) for name in found}

    @cached_property
    def _made_elsewhere(self) -> set[int]:
        """Statements of the setup that the factories stand for: of nets, optimisers and loaders."""
        understanding = self.lifted.understanding
        found = {id(node) for net in self.loop.nets.values() for node in net.after}
        for name in [*self.loop.nets, *(o.place for o in self.loop.optimisers)]:
            origin = understanding.origin(name)
            if origin in understanding.assigned:
                found.add(id(understanding.assigned[origin][1]))
        return found | {id(node) for node in self.outline.setup if self.lifted.is_loader(node)}

    @cached_property
    def _excluded(self) -> set[int]:
        """The same, and what else in the setup is about a net."""
        found = set(self._made_elsewhere)
        for node in self.outline.setup:
            names = [place(n) for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)]
            if {self.lifted.understanding.origin(name) for name in names} & set(self.loop.nets):
                found.add(id(node))
        return found

    def _is_setup(self, node: ast.stmt) -> bool:
        return id(node) not in self._excluded

    def _setup_statement(self, node: ast.stmt) -> ast.stmt:
        """A statement of the setup as it stands in the variant."""
        parsed, given = self.lifted.parsed, self.lifted.given
        result = parsed.results.get(id(node))
        value = getattr(node, "value", None)
        if result is None and isinstance(node, ast.Assign) and isinstance(value, ast.Call):
            function = self.outline.functions().get(method(value))
            if function is not None and any(method(c) in ("parse_args", "parse_known_args") for c in calls(function)):
                result = place(node.targets[0])
        if result:
            made = ast.parse(f"{result} = {parsed.namespace(given)}").body[0]
            return ast.copy_location(made, node)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = place(target).removeprefix("self.")
            if name in given and isinstance(target, ast.Name | ast.Attribute):
                made = ast.parse(f"{ast.unparse(target)} = {given[name]}").body[0]
                return ast.copy_location(made, node)
        return self._made(node)

    def _setup(self, needed: set[str]) -> Rows:
        """Statements of the setup that are needed, assignments as they are, others inside a function."""
        rows = Rows()
        if self.outline.instance is not None and any(name == "self" or name.startswith("self.") for name in needed):
            cls = self.changes.renamed.get(self.outline.instance, self.outline.instance)
            rows.add(f"self = {cls}.__new__({cls})", self.outline.classes()[self.outline.instance].lineno)
        kept = [n for n in self.outline.setup if self._is_setup(n) and self._binds(n) & needed]
        for number, node in enumerate(kept):
            made = self._setup_statement(node)
            if isinstance(made, ast.Assign | ast.AnnAssign | ast.AugAssign):
                rows.rows += [(row, node.lineno) for row in ast.unparse(made).split("\n")]
                continue
            names = sorted(name.split(".")[0] for name in self._binds(node) & needed)
            names = [n for n in dict.fromkeys(names) if n != "self"]
            result = ", ".join(names) or "None"
            rows.add(f"def _done_{number}({', '.join(f'{n}=None' for n in names)}):", node.lineno)
            rows.rows += list(emitted(made, 1))
            rows.add(f"    return {result}", node.lineno)
            earlier = [n for n in names if any(n in self._binds(k) for k in kept[:number])]
            given = ", ".join(f"{n}={n}" for n in earlier)
            rows.add(f"{result if names else f'_was_done_{number}'} = _done_{number}({given})", node.lineno)
        shown = {id(node) for node in kept}
        self.left = [n for n in self.outline.setup if id(n) not in shown | self._made_elsewhere]
        return rows

    # --- rows of the file itself -------------------------------------------------------------------------------------

    def _kept_rows(self, needed: set[str]) -> list[str]:
        """The file's rows: needed definitions with what changes in them, everything else blank."""
        source = self.lifted.source
        text = Text(source.text if source.text.endswith("\n") else source.text + "\n", source.path)
        edits: list[Edit] = []
        blank: set[int] = set(range(1, source.text.count("\n") + 2))
        for node in source.tree.body:
            if not any(node is d for d in self.outline.definitions) or not self._is_needed(node, needed):
                continue
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            blank -= set(range(first, (node.end_lineno or node.lineno) + 1))
            edits += self._edits(text, node, needed)
        rows = applied(text, edits).split("\n")
        for number in blank:
            comment = rows[number - 1].strip()
            rows[number - 1] = ""
            if comment.startswith("#") and number + 1 not in blank and number + 1 <= len(rows):
                rows[number - 1] = comment
        while rows and not rows[-1].strip():
            rows.pop()
        return rows

    def _edits(self, text: Text, node: ast.stmt, needed: set[str]) -> Iterator[Edit]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            fewer = copy.copy(self._made(node))
            assert isinstance(fewer, ast.Import | ast.ImportFrom)
            if getattr(node, "module", "") != "__future__":
                fewer.names = [a for a in fewer.names if a.name == "*" or (a.asname or a.name.split(".")[0]) in needed]
            if ast.unparse(fewer) != ast.unparse(node):
                yield _padded(text, node, ast.unparse(fewer))
            return
        made = self._made(node)
        for one, other in zip([node, *_every(node)], [made, *_every(made)], strict=True):
            yield from _statement_edits(text, one, other)

    # --- blocks ------------------------------------------------------------------------------------------------------

    def _config(self, answers: Answers, losses: Losses | None) -> Rows:
        lifted, data, latent = self.lifted, answers.data, answers.latent
        rows = Rows()
        line = lifted.outline.loop.lineno if lifted.outline.loop else 1
        draw = lifted.latent[1] if lifted.latent else line
        fields: list[tuple[str, Any, int]] = [
            ("image_shape", data.image_shape, lifted.data_line),
            ("pixel_range", data.pixel_range, lifted.data_line),
            ("latent_dim", _product(latent.shape), draw),
        ]
        if latent.kind in ("normal", "uniform", "uniform01"):
            fields.append(("latent", latent.kind, draw))
        fields.append(("batch_size", data.batch_size, lifted.batch_line))
        if lifted.margin is not None and answers.margin is not None:
            fields.append(("margin", answers.margin, lifted.said(lifted.margin)))
        if lifted.weight is not None and answers.weight is not None:
            fields.append(("pull_away_weight", answers.weight, lifted.said(lifted.weight)))
        fields += [("shuffle", data.shuffle, lifted.loader_line), ("drop_last", data.drop_last, lifted.loader_line)]
        if losses is not None and losses.passes == 1:
            fields.append(("generator_passes", 1, line))
        rows.add("class Config:", line)
        for name, value, origin in fields:
            rows.add(f"    {name} = {lifted.given.get(name, repr(value))}", origin)
        return rows

    def _nets(self, answers: Answers | None) -> Rows:
        rows = Rows()
        flat = () if answers is None else answers.flat
        for role in ("generator", "discriminator"):
            names = self.loop.generators if role == "generator" else self.loop.discriminators
            nets = [self.loop.nets[name] for name in names]
            name = role.capitalize() if answers is not None else f"_made_{role}"
            odd = {role, f"{role}!"} & {*flat}
            wraps = len(nets) > 1 or odd or (role == "discriminator" and answers and answers.code_first)
            if not wraps:
                self._factory(rows, name, nets[0])
                rows.add("\n", nets[0].line)
                continue
            for net in nets:
                self._factory(rows, f"_{_last(net.place)}", net)
                rows.add("", net.line)
            self._wrapper(rows, name, role, [net.place for net in nets], answers or Answers())
        while rows.rows and not rows.rows[-1][0].strip():
            rows.rows.pop()
        return rows

    def _factory(self, rows: Rows, name: str, net: Any) -> None:
        rows.add(f"def {name}(config):", net.line)
        after = [node for node in net.after if id(node) not in self._inits()]
        made = self._expression(net.made)
        if not after:
            rows.add(f"    return {made}", net.line)
            return
        local = _last(net.place)
        rows.add(f"    {local} = {made}", net.line)
        for node in after:
            for row, origin in emitted(self._made(node), 1):
                rows.add(row.replace(net.place, local), origin)
        rows.add(f"    return {local}", net.line)

    def _wrapper(self, rows: Rows, name: str, role: str, places: list[str], answers: Answers) -> None:
        """A net in the contract's shapes around the script's own."""
        line = self.loop.nets[places[0]].line
        attributes = [_last(p) for p in places] if len(places) > 1 else ["net"]
        rows.add(f"class {name}(nn.Module):", line)
        rows.add(
            "    def __init__(self, config):\n        super().__init__()\n        self.shape = config.image_shape", line
        )
        for attribute, net in zip(attributes, places, strict=True):
            rows.add(f"        self.{attribute} = _{_last(net)}(config)", line)
        if role == "generator":
            rows.add(f"\n    def forward(self, latents):\n        made = self.{attributes[0]}(latents)", line)
            rows.add("        return made.reshape(len(latents), *self.shape)", line)
            return
        rows.add("\n    def forward(self, images):", line)
        flat = role in answers.flat
        given = "images.flatten(1)" if flat else "images"
        if len(places) > 1:
            rows.add(f"        code = self.{attributes[0]}({given})", line)
            rows.add(f"        recon = self.{attributes[1]}(code)", line)
        elif answers.code_first:
            rows.add(f"        code, recon = self.net({given})[:2]", line)
        else:
            rows.add(f"        output = self.net({given})", line)
            rows.add("        if not isinstance(output, tuple):", line)
            rows.add(
                "            return output.reshape(images.shape) if output.numel() == images.numel() else output", line
            )
            rows.add("        recon, code = output[:2]", line)
        rows.add("        return recon.reshape(images.shape), code", line)

    def _inits(self) -> set[int]:
        """Statements `net.apply(init)` that `initialise` stands for: the same for both nets, once each."""
        if not hasattr(self, "_inits_kept"):
            nets = [self.loop.nets[n] for n in (*self.loop.generators, *self.loop.discriminators)]
            found = [[n for n in net.after if _applies(n)] for net in nets]
            texts = {ast.unparse(_applied_function(nodes[0])) if len(nodes) == 1 else "" for nodes in found}
            alike = len(texts) == 1 and "" not in texts
            self._inits_kept = {id(n) for nodes in found for n in nodes} if alike else set()
            self._init = found[0][0] if alike else None
        return self._inits_kept

    def _initialise(self) -> Rows:
        rows = Rows()
        self._inits()
        if self._init is not None:
            rows.add("def initialise(module):", self._init.lineno)
            rows.add(f"    module.apply({self._expression(_applied_function(self._init))})", self._init.lineno)
        return rows

    def _wrapped(self) -> Iterator[Rows]:
        """Methods of the script that are parts, as functions."""
        for part, (name, line) in self.lifted.wrapped.items():
            rows = Rows()
            names = ", ".join(contract.FUNCTIONS[part])
            rows.add(f"def {part}({names}):", line)
            rows.add(f"    return {name}({names})", line)
            yield rows

    def _drawing(self) -> Rows:
        """`_drawn(count)`: latents as the script itself draws them."""
        rows = Rows()
        if self.lifted.latent is None:
            raise VariantError(
                "where the script draws latents was not found", file=self.lifted.source.path,
                line=self.lifted.row(self.outline.loop.lineno if self.outline.loop else 1),
                expected="`torch.randn(…)`, `np.random.normal(…)` or the like in the loop", got="none", docs=DOCS,
            )  # fmt: skip
        text, line = self.lifted.latent
        rows.add("def _drawn(count):", line)
        rows.add(f"    return {text}", line)
        return rows

    def _sampling(self, answers: Answers) -> Rows:
        rows, latent = Rows(), answers.latent
        assert self.lifted.latent is not None
        text, line = self.lifted.latent
        if latent.kind in ("normal", "uniform", "uniform01") and len(latent.shape) == 1:
            return rows
        rows.add("def sample_latent(count, config, rng):", line)
        shape = ", ".join(map(str, ("count", *latent.shape)))
        draws = {
            "normal": f"torch.randn({shape}, generator=rng)",
            "uniform": f"torch.rand({shape}, generator=rng) * 2 - 1",
            "uniform01": f"torch.rand({shape}, generator=rng)",
        }
        if latent.kind in draws:
            rows.add(f"    return {draws[latent.kind]}", line)
            return rows
        rows.add("    with torch.random.fork_rng(devices=[]):", line)
        rows.add("        torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))", line)
        if "np" in text or "numpy" in text:
            rows.add("        import numpy", line)
            rows.add("        numpy.random.seed(int(torch.randint(2**31, (), generator=rng)))", line)
        rows.add(f"        return torch.as_tensor({text}).float()", line)
        return rows

    def _bound(self, role: str) -> list[tuple[str, str]]:
        """(place, expression) that a step assigns so that the script's own names mean the nets that it is given."""
        names = self.loop.generators if role == "generator" else self.loop.discriminators
        found: list[tuple[str, str]] = []
        for name in names:
            inner = f".{_last(name)}" if len(names) > 1 else ".net" if role in self._flat else ""
            found += [(other, f"{role}{inner}") for other in self.lifted._places_of(name)]
        return found

    @property
    def _flat(self) -> tuple[str, ...]:
        return getattr(self, "_flat_now", ())

    def _optimizers(self) -> Rows:
        rows = Rows()
        pair = self.lifted.optimisers
        first = min(o.line for o in pair.values())
        rows.add("def optimizers(generator, discriminator, config):", first)
        texts = {role: self._expression(o.made) for role, o in pair.items()}
        assigned = self.lifted.understanding.assigned
        used: list[tuple[str, str]] = []
        for role in ("generator", "discriminator"):
            nets = self.loop.generators if role == "generator" else self.loop.discriminators
            for net in nets:
                names = {net, *(n for n in assigned if self.lifted.understanding.origin(n) == net)}
                inner = f".{_last(net)}" if len(nets) > 1 else ".net" if role in self._flat else ""
                used += [(name, f"{role}{inner}") for name in sorted(names)]
        parameters = [
            (name, value) for name, (value, node) in assigned.items()
            if id(node) in self._excluded and "." not in name and any(
                place(a) == name for o in pair.values() for a in ast.walk(o.made) if isinstance(a, ast.Name))
            and name not in self.loop.nets and name not in dict(used)
        ]  # fmt: skip
        lines = [f"{name} = {self._expression(value)}" for name, value in parameters]
        lines += [f"return {texts['generator']}, {texts['discriminator']}"]
        for text in lines:
            rows.add("    " + _substituted(text, dict(used)), first)
        return rows

    def _transform(self, answers: Answers) -> Rows:
        rows = Rows()
        if answers.data.transform is not None:
            rows.add("def transform(image):", self.lifted.data_line)
            rows.add(f"    return ({answers.data.transform})(image)", self.lifted.data_line)
        return rows

    def _train_step(self, answers: Answers) -> Rows:
        lifted, step = self.lifted, self.lifted.step
        loop = self.outline.loop
        assert loop is not None
        rows = Rows()
        bound = [*self._bound("generator"), *self._bound("discriminator"),
                 *((lifted.optimisers[r].place, f"{r}_opt") for r in ("generator", "discriminator"))]  # fmt: skip
        helpers = any(self._reads_nets(function) for function in self.lifted.understanding.reached)
        simple = not helpers and all("." not in name for name, _ in bound) and not self._flat_now and (
            len(self.loop.discriminators) == 1)  # fmt: skip
        parameters = {"generator": "generator", "discriminator": "discriminator", "generator_opt": "generator_opt",
                      "discriminator_opt": "discriminator_opt"}  # fmt: skip
        if simple:
            for name, value in reversed(bound):
                parameters[value] = name
        names = sorted({name for name, _ in bound if "." not in name}) if helpers else []
        shared = [name for name in GIVEN if helpers and self._helpers_need((name,))]
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
        simple = "." not in names[0] and len(names) == 1 and "discriminator" not in self._flat
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
            if "generator" in self._flat:  # the script's own images are flat where its loss meets them
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
        read = {name for made in reached for name in (*syntax.Fragment(made).names, *_self_places(made))}
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

    def _helpers_need(self, names: tuple[str, ...]) -> bool:
        reached = self.lifted.understanding.reached
        return any(name in syntax.Fragment(self._made(function)).names for function in reached for name in names)

    def left_out(self) -> Iterator[tuple[ast.stmt, str, str]]:
        """(statement, its text, why) of what the script runs before its loop and the variant has not."""
        parts = {place(node) for node in (self.lifted.margin, self.lifted.weight) if node is not None}
        for node in getattr(self, "left", []):
            if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or isinstance(node, ast.Pass):
                continue
            if isinstance(node, ast.Assign) and place(node.targets[0]) in parts:
                continue
            yield node, short(node), reason(node)

    def recognised(self, answers: Answers, losses: Losses | None) -> list[tuple[int, str, str]]:
        """(line, part, what the script says) of everything taken over."""
        lifted, loop = self.lifted, self.loop
        row = lifted.row
        nets = [("generator", name) for name in loop.generators] + [("discriminator", n) for n in loop.discriminators]
        found = [(row(loop.nets[n].line), role, f"{n} = {short(loop.nets[n].made)}") for role, n in nets]
        found += [(row(o.line), f"optimizer.{role}", f"{o.place} = {short(o.made)}")
                  for role, o in lifted.optimisers.items()]  # fmt: skip
        if self._init is not None:
            found.append((row(self._init.lineno), "initialise", short(self._init)))
        if lifted.latent is not None:
            shape = ", ".join(map(str, answers.latent.shape))
            found.append((row(lifted.latent[1]), "latent", f"{lifted.latent[0]}: {answers.latent.kind}, ({shape})"))
        data = answers.data
        shown = "×".join(map(str, data.image_shape))
        found.append((row(lifted.data_line), "data", f"{shown} in [{data.pixel_range[0]:g}, {data.pixel_range[1]:g}], "
                      f"{'shuffled' if data.shuffle else 'in the order of the data set'}, last batch "
                      f"{'dropped' if data.drop_last else 'smaller'}"))  # fmt: skip
        found.append((row(lifted.batch_line), "batch_size", str(data.batch_size)))
        if lifted.margin is not None and answers.margin is not None:
            found.append((row(lifted.said(lifted.margin)), "margin", f"{short(lifted.margin)} = {answers.margin:g}"))
        if lifted.weight is not None and answers.weight is not None:
            found.append(
                (row(lifted.said(lifted.weight)), "pull_away_weight", f"{short(lifted.weight)} = {answers.weight:g}")
            )
        found += [(row(r.line), r.part, r.value) for r in lifted.recognised]
        line = self.outline.loop.lineno if self.outline.loop else 1
        if losses is None:
            found.append(
                (row(line), "train_step", f"the loop `{short(self.outline.loop)}`" if self.outline.loop else "")
            )
        else:
            for role, nodes in (("discriminator", losses.discriminator), ("generator", losses.generator)):
                term = losses.discriminator_term if role == "discriminator" else losses.generator_term
                found.append((row(nodes[0].lineno if nodes else line), f"{role}_loss", f"what {term} is made of"))
        return sorted(found)

    def _expressions(self) -> Mapping[str, str]:
        """Name → expression of what a worker is to evaluate."""
        return self.lifted.questions()


def _every(node: ast.stmt) -> list[ast.stmt]:
    return [child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node]


def _statement_edits(text: Text, node: ast.stmt, made: ast.stmt) -> Iterator[Edit]:
    """What turns one statement into another of the same shape, statements inside it left to themselves."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        assert isinstance(made, ast.FunctionDef | ast.ClassDef)
        if node.name != made.name:
            start = text.at(node.lineno, node.col_offset)
            at = text.text.index(node.name, start + (6 if isinstance(node, ast.ClassDef) else 4))
            yield Edit(at, at + len(node.name), made.name)
        pairs = list(zip(_head(node), _head(made), strict=True))
    elif isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
        parts = zip(own_parts(node), own_parts(made), strict=True)
        pairs = [(a, b) for a, b in parts if isinstance(a, ast.expr) and isinstance(b, ast.expr)]
    else:
        if ast.unparse(node) != ast.unparse(made):
            yield _padded(text, node, ast.unparse(made))
        return
    for one, other in pairs:
        if ast.unparse(one) != ast.unparse(other):
            yield _padded(text, one, ast.unparse(other))


def _head(node: ast.FunctionDef | ast.ClassDef) -> list[ast.expr]:
    if isinstance(node, ast.ClassDef):
        return [*node.bases, *node.decorator_list]
    return [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None), *node.decorator_list]


def _padded(text: Text, node: ast.AST, new: str) -> Edit:
    """An edit that leaves every other row its number."""
    start, end = text.span(node)
    rows = text.text[start:end].count("\n")
    joined = new if "\n" not in new else _indented(new, text, start)
    missing = rows - joined.count("\n")
    return Edit(start, end, joined + "\n" * max(0, missing))


def _indented(new: str, text: Text, start: int) -> str:
    column = start - (text.text.rfind("\n", 0, start) + 1)
    return ("\n" + " " * column).join(new.split("\n"))


def _substituted(text: str, names: Mapping[str, str]) -> str:
    """A statement's text with places under other names."""

    class Naming(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            name = place(node) if isinstance(node, ast.Name | ast.Attribute) else ""
            if name in names:
                return ast.parse(names[name], mode="eval").body
            found: ast.AST = super().visit(node)
            return found

    [statement] = ast.parse(text).body
    if isinstance(statement, ast.Assign):
        return f"{ast.unparse(statement.targets[0])} = {ast.unparse(Naming().visit(statement.value))}"
    return ast.unparse(ast.fix_missing_locations(Naming().visit(statement)))


def _self_places(node: ast.AST) -> set[str]:
    """`self.x` for all attributes of `self` that are read below."""
    return {f"self.{path[0]}" for path in syntax.chains(node, "self") if path}


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _product(shape: tuple[int, ...]) -> int:
    found = 1
    for size in shape:
        found *= size
    return found


def _applies(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and method(node.value) == "apply"


def _applied_function(node: ast.stmt) -> ast.expr:
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Call)
    return node.value.args[0]

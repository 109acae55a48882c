"""The parts of the contract, written out of a script: Config, nets, latents, optimisers, transform."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from ..errors import VariantError
from ..kinds.gan import GAN
from .answers import Answers, Rows
from .changes import emitted
from .needed import Needed
from .outline import method, place
from .source import DOCS
from .standard import Losses


class Blocks(Needed):
    """Writes each part that is no loss and no step."""

    def _config(self, answers: Answers, losses: Losses | None) -> Rows:
        lifted, data, latent = self.lifted, answers.data, answers.latent
        rows = Rows()
        line = lifted.outline.loop.lineno if lifted.outline.loop else 1
        draw = lifted.latent[1] if lifted.latent else line
        fields: list[tuple[str, Any, int]] = [
            ("image_shape", data.image_shape, lifted.data_line),
            ("pixel_range", data.pixel_range, lifted.data_line),
            ("latent_dim", math.prod(latent.shape), draw),
        ]
        if latent.kind in ("normal", "uniform", "uniform01"):
            fields.append(("latent", latent.kind, draw))
        fields.append(("batch_size", data.batch_size, lifted.batch_line))
        if lifted.margin is not None and (answers.margin is not None or "margin" in lifted.given):
            fields.append(("margin", answers.margin, lifted.said(lifted.margin)))
        if lifted.weight is not None and (answers.weight is not None or "pull_away_weight" in lifted.given):
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
        after = [node for node in net.after if node not in self._inits]
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

    @cached_property
    def _inits(self) -> list[ast.stmt]:
        """Statements `net.apply(init)` that `initialise` stands for: the same for both nets, once each; else none."""
        nets = [self.loop.nets[name] for name in (*self.loop.generators, *self.loop.discriminators)]
        found = [[node for node in net.after if _applies(node)] for net in nets]
        texts = {ast.unparse(_applied_function(nodes[0])) if len(nodes) == 1 else "" for nodes in found}
        return [node for nodes in found for node in nodes] if len(texts) == 1 and "" not in texts else []

    def _initialise(self) -> Rows:
        rows = Rows()
        for node in self._inits[:1]:
            rows.add("def initialise(module):", node.lineno)
            rows.add(f"    module.apply({self._expression(_applied_function(node))})", node.lineno)
        return rows

    def _wrapped(self) -> Iterator[Rows]:
        """Methods of the script that are parts, as functions."""
        for part, (name, line) in self.lifted.wrapped.items():
            rows = Rows()
            names = ", ".join(GAN.functions[part])
            rows.add(f"def {part}({names}):", line)
            rows.add(f"    return {name}({names})", line)
            yield rows

    def _drawing(self) -> Rows:
        """`_drawn(count)`: latents as the script itself draws them."""
        rows = Rows()
        size = self.lifted.given.get("latent_dim")
        if self.lifted.latent is None and size is not None:
            rows.add("def _drawn(count):", 1)
            rows.add(f"    return torch.randn(count, {size})", 1)
            return rows
        if self.lifted.latent is None:
            raise VariantError(
                "where the script draws latents was not found", file=self.lifted.source.path,
                line=self.lifted.row(self.outline.loop.lineno if self.outline.loop else 1),
                expected="`torch.randn(…)`, `np.random.normal(…)` or the like in the loop", got="none",
                hint="say their length: --set latent_dim=100", docs=DOCS,
            )  # fmt: skip
        text, line = self.lifted.latent
        rows.add("def _drawn(count):", line)
        rows.add(f"    return {text}", line)
        return rows

    def _sampling(self, answers: Answers) -> Rows:
        rows, latent = Rows(), answers.latent
        if latent.kind in ("normal", "uniform", "uniform01") and len(latent.shape) == 1:
            return rows
        assert self.lifted.latent is not None
        text, line = self.lifted.latent
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
            inner = f".{_last(name)}" if len(names) > 1 else ".net" if role in self.flat else ""
            found += [(other, f"{role}{inner}") for other in self.lifted.places_of(name)]
        return found

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
                inner = f".{_last(net)}" if len(nets) > 1 else ".net" if role in self.flat else ""
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


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _applies(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and method(node.value) == "apply"


def _applied_function(node: ast.stmt) -> ast.expr:
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Call)
    return node.value.args[0]

"""Writes a lifted script down as a contract variant: kept rows on their own lines, the parts of the contract below."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .answers import Answers, Rows, Written
from .changes import emitted
from .outline import place
from .reasons import reason, short
from .standard import Losses
from .stepping import Stepping

HEAD = "# --- taken from the script: what its training needs, as parts that ebdiag can exchange ---"


class Writer(Stepping):
    """Writes one script; `answers` fill in what only running can tell.

    Each layer below writes one thing: `Needed` what is kept, `Blocks` the parts, `Stepping` the losses or the step.
    """

    def draft(self) -> Written:
        """What a worker runs to find out the rest: settings, functions and nets, no step."""
        return self._composed([self._nets(None), self._drawing()], extra=self.lifted.questions().values())

    def text(self, answers: Answers, losses: Losses | None = None) -> Written:
        """The variant.

        Args:
            losses: The loop as two losses, in place of a step of its own.
        """
        self.flat = tuple(name.rstrip("!") for name in answers.flat)
        if answers.code_first:
            self.flat = (*self.flat, "discriminator")
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
        return Written(text, (*origins, origins[-1]), self._left(needed))

    def left_out(self, written: Written) -> Iterator[tuple[ast.stmt, str, str]]:
        """(statement, its text, why) of what the script runs before its loop and the variant has not."""
        parts = {place(node) for node in (self.lifted.margin, self.lifted.weight) if node is not None}
        for node in written.left:
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
        found += [(row(node.lineno), "initialise", short(node)) for node in self._inits[:1]]
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

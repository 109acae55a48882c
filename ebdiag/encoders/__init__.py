"""The craft of contrastive encoders: see `crafts.Craft`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ebdiag.crafts import Course
from ebdiag.data import Images
from ebdiag.measured import Measured
from ebdiag.records import DataSpec, Environment, Facts, Recipe, RunSpec

from .build import Built, build
from .inspect import inspect
from .ladder import climb
from .measure import measure
from .probes import probes_of
from .step import Trainer

SHOWN = {"cosine_same": "cosine.same", "cosine_different": "cosine.different"}


class Encoders:
    """Encoders that are trained on pairs."""

    def build(self, recipe: Recipe, *, seed: int, device: str, fused: bool = False, spreads: bool = True) -> Built:
        """See `build.build`."""
        return build(recipe, seed=seed, device=device, fused=fused, spreads=spreads)

    def inspect(self, recipe: Recipe, data: DataSpec, environment: Environment) -> Facts:
        """See `inspect.inspect`."""
        return inspect(recipe, data, environment)

    def climb(
        self, recipe: Recipe, data: DataSpec, environment: Environment, alive: Callable[[], object]
    ) -> list[dict[str, Any]]:
        """See `ladder.climb`."""
        return climb(recipe, data, environment, alive)

    def course(self, spec: RunSpec, facts: Facts, built: Built, images: Images) -> Course:
        """Pairs, drawn once."""
        pairs = built.training_pairs(images)
        return Course(
            trainer=lambda watching: Trainer(built, pairs, watching=watching),
            probes=probes_of,
            stills=lambda: None,
            shown=SHOWN,
        )

    def measure(self, built: Built, *, images: Images, spec: RunSpec, step: int) -> Measured:
        """See `measure.measure`."""
        return measure(built, images=images, seed=spec.seed, step=step, thorough=step in spec.scored)


ENCODERS = Encoders()

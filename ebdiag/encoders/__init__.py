"""The craft of contrastive encoders: see `crafts.Craft`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
from .step import Trainer, per_epoch

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
        """See `measure.measure`; after the last update of its own schedule the scores are those of that update."""
        config = built.config
        done = min(step, per_epoch(int(config.train_pairs), config.batch_size) * int(config.epochs))
        thorough = step in spec.scored
        key = (done, thorough)
        if key not in built.scored:
            built.scored.clear()
            built.scored[key] = measure(built, images=images, seed=spec.seed, step=step, thorough=thorough)
        return replace(built.scored[key], measures=replace(built.scored[key].measures, step=step))


ENCODERS = Encoders()

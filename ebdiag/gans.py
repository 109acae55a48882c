"""The craft of GANs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import probes
from .build import Built, build
from .crafts import Course
from .data import Images
from .inspect import inspect
from .ladder import climb
from .measure import measure
from .measured import Measured
from .records import DataSpec, Environment, Facts, Recipe, RunSpec
from .step import Batches, Trainer
from .stills import COUNT, stills

SHOWN = {
    "energy_real": "energy.mean_squared.real",
    "energy_fake": "energy.mean_squared.fake",
    "pushed_away": "hinge.active",
}


class Gans:
    """Generator and discriminator: see `crafts.Craft`."""

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
        """Batches of images; a few held-out ones are enough for the probes."""
        pixels, held_out = (built.pixels(part) for part in (images.train, images.held_out[:COUNT]))
        config = built.config
        batches = Batches(
            pixels, size=config.batch_size, seed=spec.seed, shuffle=config.shuffle, drop_last=config.drop_last
        )
        return Course(
            trainer=lambda watching: Trainer(built, batches, single_pass=facts.single_pass, watching=watching),
            probes=probes.probes_of,
            stills=lambda: stills(built, pixels, held_out),
            shown=SHOWN,
        )

    def measure(self, built: Built, *, images: Images, spec: RunSpec, step: int) -> Measured:
        """See `measure.measure`."""
        thorough = step in spec.scored
        return measure(
            built, images=images, spec=spec.data, seed=spec.seed, step=step, thorough=thorough, inception=spec.inception
        )


GANS = Gans()

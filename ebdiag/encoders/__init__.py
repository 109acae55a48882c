"""The craft of contrastive encoders, which are trained on pairs."""

from __future__ import annotations

from dataclasses import replace

from ebdiag.crafts import Course, Craft
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


def course(spec: RunSpec, facts: Facts, built: Built, images: Images) -> Course:
    """Pairs, drawn once."""
    pairs = built.training_pairs(images)
    return Course(
        trainer=lambda watching: Trainer(built, pairs, watching=watching),
        probes=probes_of,
        stills=lambda: None,
        shown=SHOWN,
    )


def scored(built: Built, images: Images, spec: RunSpec, step: int) -> Measured:
    """See `measure.measure`; after the last update of its own schedule the scores are those of that update."""
    config = built.config
    done = min(step, per_epoch(int(config.train_pairs), config.batch_size) * int(config.epochs))
    key = done, step in spec.scored
    if key not in built.scored:
        built.scored.clear()
        built.scored[key] = measure(built, images=images, seed=spec.seed, step=step, thorough=key[1])
    found = built.scored[key]
    return replace(found, measures=replace(found.measures, step=step))


def apart(recipe: Recipe, facts: Facts, data: DataSpec, environment: Environment) -> str:
    """Only the steps of GANs are batched over seeds."""
    return "it is a contrastive encoder, and only GANs are batched"


ENCODERS = Craft(build, inspect, climb, course, scored, apart)

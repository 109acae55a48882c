"""The craft of GANs: generator and discriminator."""

from __future__ import annotations

from . import batchable, probes
from .build import Built, build
from .crafts import Course, Craft
from .data import Images
from .inspect import inspect
from .ladder import climb
from .measure import measure
from .measured import Measured
from .records import Facts, RunSpec
from .step import Batches, Trainer
from .stills import COUNT, stills

SHOWN = {
    "energy_real": "energy.mean_squared.real",
    "energy_fake": "energy.mean_squared.fake",
    "pushed_away": "hinge.active",
}


def course(spec: RunSpec, facts: Facts, built: Built, images: Images) -> Course:
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


def scored(built: Built, images: Images, spec: RunSpec, step: int) -> Measured:
    """See `measure.measure`; thoroughly at the checkpoints that a score is made of."""
    thorough = step in spec.scored
    return measure(
        built, images=images, spec=spec.data, seed=spec.seed, step=step, thorough=thorough, inception=spec.inception
    )


GANS = Craft(build, inspect, climb, course, scored, batchable.reason)

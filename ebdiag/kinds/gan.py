"""The kind of variants that are a generator and a discriminator."""

from __future__ import annotations

from typing import Any

from ebdiag import stats
from ebdiag.metrics import METRICS

from .kind import Decides, Kind

GAN_PARTS = (
    "generator",
    "discriminator",
    "initialise",
    "energy",
    "pull_away",
    "pull_away_weight",
    "margin",
    "discriminator_loss",
    "generator_loss",
    "objective",
    "latent",
    "optimizer.generator",
    "optimizer.discriminator",
    "batch_size",
    "pixel_range",
    "data",
    "schedule",
    "train_step",
)
"""The units of difference, transplant and report; the names are a promise to users."""

CONFIG_DEFAULTS: dict[str, Any] = {
    "image_shape": (1, 28, 28),
    "pixel_range": (-1.0, 1.0),
    "latent_dim": 32,
    "latent": "normal",
    "batch_size": 64,
    "margin": 1.0,
    "pull_away_weight": 0.1,
    "generator_lr": 1e-3,
    "discriminator_lr": 1e-3,
    "betas": (0.5, 0.999),
    "discriminator_steps": 1,
    "shuffle": True,
    "drop_last": True,
    "generator_passes": 2,
}
"""What a Config that does not say otherwise means (docs/variants.md)."""

PART_OF_FIELD = {
    "margin": "margin",
    "pull_away_weight": "pull_away_weight",
    "batch_size": "batch_size",
    "pixel_range": "pixel_range",
    "latent": "latent",
    "latent_dim": "latent",
    "generator_lr": "optimizer.generator",
    "discriminator_lr": "optimizer.discriminator",
    "discriminator_steps": "schedule",
    "shuffle": "data",
    "drop_last": "data",
    "generator_passes": "schedule",
}
"""The part that a Config field belongs to. `betas` belongs to both optimisers, `image_shape` to no part."""

SOURCES: dict[str, tuple[str, ...]] = {
    "generator": ("Generator",),
    "discriminator": ("Discriminator",),
    "initialise": ("initialise",),
    "energy": ("energy",),
    "pull_away": ("pull_away",),
    "pull_away_weight": ("Config.pull_away_weight",),
    "margin": ("Config.margin",),
    "discriminator_loss": ("discriminator_loss",),
    "generator_loss": ("generator_loss",),
    "objective": ("Objective",),
    "latent": ("sample_latent", "Config.latent", "Config.latent_dim"),
    "optimizer.generator": ("optimizers", "Config.generator_lr", "Config.betas"),
    "optimizer.discriminator": ("optimizers", "Config.discriminator_lr", "Config.betas"),
    "batch_size": ("Config.batch_size",),
    "pixel_range": ("Config.pixel_range",),
    "data": ("transform", "Config.shuffle", "Config.drop_last"),
    "schedule": ("Config.discriminator_steps", "Config.generator_passes"),
    "train_step": ("train_step", "state_dict", "load_state_dict"),
}
"""Part → what of a file makes it up; the first that is there gives the part its line."""

FUNCTIONS = {
    "energy": ("recon", "x"),
    "pull_away": ("code",),
    "sample_latent": ("count", "config", "rng"),
    "initialise": ("module",),
    "optimizers": ("generator", "discriminator", "config"),
    "discriminator_loss": ("discriminator", "real", "fake", "config"),
    "generator_loss": ("discriminator", "fake", "config"),
    "train_step": ("generator", "discriminator", "generator_opt", "discriminator_opt", "batches", "config", "rng"),
    "transform": ("image",),
    "state_dict": (),
    "load_state_dict": ("state",),
}
"""Overrides and what they are called with, by position; a file may name its parameters as it likes."""

METHODS = {
    "discriminator_loss": FUNCTIONS["discriminator_loss"],
    "generator_loss": FUNCTIONS["generator_loss"],
    "before_training": ("discriminator", "batches"),
    "after_step": ("energies",),
    "after_epoch": ("energies",),
    "state_dict": (),
    "load_state_dict": ("state",),
}
"""Methods of an Objective; the first two must be there."""

BOUND = ("energy", "pull_away", "sample_latent", "discriminator_loss", "generator_loss")
"""Overrides that are looked up anew wherever code calls them: another variant's may stand there."""


GAN = Kind(
    name="gan",
    called="a GAN, with classes Generator and Discriminator",
    reference="ref:ebgan_pt",
    nets=("generator", "discriminator"),
    classes=("Generator", "Discriminator", "Objective"),
    parts=GAN_PARTS,
    sources=SOURCES,
    defaults=CONFIG_DEFAULTS,
    part_of_field=PART_OF_FIELD,
    functions=FUNCTIONS,
    methods=METHODS,
    bound=BOUND,
    settings=frozenset(
        ("pull_away_weight", "margin", "latent", "optimizer.generator", "optimizer.discriminator", "batch_size",
         "pixel_range", "schedule", "data")
    ),
    metrics=METRICS,
    decides=Decides(
        metric="fid",
        lower_is_better=True,
        minimum_effect=stats.MINIMUM_EFFECT,
        variety="pixel_spread",
        guard="coverage",
        guard_by=stats.COVERAGE_GUARD,
        told=("fid", "coverage"),
        others=("coverage", "digits"),
    ),
    bar=None,
    forbidden=("mode-collapse", "blank-samples", "identity-autoencoder", "diverged", "memorisation"),
    order=(
        *("Config", "transform", "sample_latent", "Generator", "Discriminator", "initialise", "energy", "pull_away"),
        *("discriminator_loss", "generator_loss", "Objective", "optimizers", "train_step"),
        *("state_dict", "load_state_dict"),
    ),
    terms=(
        *("noise floor", "hinge active", "seed", "energy", "fid", "used", "how sure", "margin", "code", "directions"),
        "layer",
    ),
    watched=("energy_real", "energy_fake", "pushed_away"),
    sections=(
        *("samples", "findings", "culprit", "metrics", "energies"),
        *("embeddings", "reconstructions", "architecture", "runs"),
    ),
)  # fmt: skip

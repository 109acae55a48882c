"""The kind of variants that are an encoder, trained on pairs that are the same or not."""

from __future__ import annotations

from typing import Any

from ebdiag.metrics import PAIR_METRICS

from .kind import Decides, Kind

PARTS = ("encoder", "contrastive_loss", "predict", "pairs", "data", "optimizer", "batch_size", "schedule")

DEFAULTS: dict[str, Any] = {
    "image_shape": (1, 28, 28),
    "pixel_range": (-1.0, 1.0),
    "train_pairs": 4_096,
    "epochs": 10,
    "batch_size": 64,
    "learning_rate": 1e-3,
    "betas": (0.9, 0.999),
    "temperature": 0.1,
    "same_share": 0.5,
    "pairs_by": "labels",
}
"""What a Config that does not say otherwise means (docs/contrastive.md)."""

PART_OF_FIELD = {
    "pixel_range": "data",
    "train_pairs": "data",
    "epochs": "schedule",
    "batch_size": "batch_size",
    "learning_rate": "optimizer",
    "betas": "optimizer",
    "temperature": "contrastive_loss",
    "same_share": "pairs",
    "pairs_by": "pairs",
}
"""The part that a Config field belongs to. `image_shape` goes with the encoder."""

AUROC_MIN = 0.9
"""An encoder works if it ranks a pair of one class above a pair of two so often (docs/contrastive.md says why)."""

CONTRASTIVE = Kind(
    name="contrastive",
    called="a contrastive encoder, with a class Encoder",
    reference="ref:contrastive",
    nets=("encoder",),
    classes=("Encoder",),
    parts=PARTS,
    sources={
        "encoder": ("Encoder", "initialise", "Config.image_shape"),
        "contrastive_loss": ("contrastive_loss", "Config.temperature"),
        "predict": ("predict",),
        "pairs": ("pairs", "Config.pairs_by", "Config.same_share"),
        "data": ("transform", "Config.train_pairs", "Config.pixel_range"),
        "optimizer": ("optimizer", "Config.learning_rate", "Config.betas"),
        "batch_size": ("Config.batch_size",),
        "schedule": ("Config.epochs",),
    },
    defaults=DEFAULTS,
    part_of_field=PART_OF_FIELD,
    functions={
        "contrastive_loss": ("first", "second", "same", "config"),
        "predict": ("first", "second", "config"),
        "pairs": ("count", "rng", "config"),
        "optimizer": ("encoder", "config"),
        "initialise": ("module",),
        "transform": ("image",),
    },
    bound=("contrastive_loss", "predict"),
    settings=frozenset(("pairs", "data", "optimizer", "batch_size", "schedule", "contrastive_loss", "predict")),
    metrics=PAIR_METRICS,
    decides=Decides(
        metric="pair_auroc",
        lower_is_better=False,
        minimum_effect=0.01,
        variety="embedding_spread",
        told=("pair_auroc", "pair_accuracy"),
    ),
    bar={"pair_auroc_min": AUROC_MIN},
    forbidden=("embedding-collapse", "labels-independent-of-inputs", "diverged"),
    order=("Config", "transform", "pairs", "Encoder", "initialise", "contrastive_loss", "predict", "optimizer"),
    terms=("noise floor", "seed", "used", "how sure", "layer"),
    watched=("cosine_same", "cosine_different"),
    sections=("findings", "culprit", "metrics", "embeddings", "training", "architecture", "runs"),
    shared_fields=(),
)

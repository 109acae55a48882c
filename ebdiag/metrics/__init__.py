"""What a trained model is scored by. This table loads without torch; the functions are in the modules beside it.

Adding a metric: a pure function in the module of its family, a line here, the value in `measure.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "none"]
Scale = Literal["log", "linear"]


@dataclass(frozen=True)
class Metric:
    """How a number is shown and compared.

    Attributes:
        key: Its name in result.json; once published it stays.
        unit: `""` for a number without one, `share` for 0 to 1, else the unit.
        better: Which way is better; `none` where neither is by itself.
        scale: `log` is compared as a ratio, `linear` as a difference.
        title: A few words for a table.
        how_to_read: One sentence.
    """

    key: str
    unit: str
    better: Better
    scale: Scale
    title: str
    how_to_read: str


METRICS: tuple[Metric, ...] = (
    Metric(
        "fid",
        "",
        "lower",
        "log",
        "Fréchet distance",
        "Distance between the features of generated and of training images: 0 is the same, above the level of one "
        "repeated image it ranks nothing.",
    ),
    Metric(
        "coverage",
        "share",
        "higher",
        "linear",
        "Coverage",
        "Share of real images that have a generated one among their neighbours: .97 is perfect, collapse is near 0.",
    ),
    Metric(
        "precision",
        "share",
        "higher",
        "linear",
        "Precision",
        "Share of generated images that lie among real ones; stays high when a model collapses onto good images.",
    ),
    Metric(
        "recall",
        "share",
        "higher",
        "linear",
        "Recall",
        "Share of real images that lie among generated ones; falls when variety is lost.",
    ),
    Metric(
        "digits",
        "classes",
        "higher",
        "linear",
        "Digits drawn",
        "How many of the ten digits occur among the images that a classifier is sure about.",
    ),
    Metric(
        "confident_share",
        "share",
        "higher",
        "linear",
        "Confident images",
        "Share of generated images that a classifier takes for some digit with at least 90 % probability.",
    ),
    Metric(
        "reconstruction_error",
        "squared pixel",
        "none",
        "log",
        "Reconstruction error, held-out",
        "Mean squared error of the discriminator on real images it never saw; .27 is about the mean image of digits.",
    ),
    Metric(
        "energy_real",
        "squared pixel",
        "none",
        "log",
        "Energy of real images",
        "Mean squared reconstruction error on training images, whatever energy the variant itself uses.",
    ),
    Metric(
        "energy_held_out",
        "squared pixel",
        "none",
        "log",
        "Energy of held-out images",
        "As for real images, on ones never trained on; far above it means that the discriminator has memorised.",
    ),
    Metric(
        "energy_fake",
        "squared pixel",
        "none",
        "log",
        "Energy of generated images",
        "Mean squared reconstruction error on generated images; near the real ones' in the paper's optimum.",
    ),
    Metric(
        "energy_noise",
        "squared pixel",
        "none",
        "log",
        "Energy of noise",
        "Mean squared reconstruction error on uniform noise; a discriminator that copies anything has it near 0.",
    ),
    Metric(
        "energy_ratio_noise",
        "",
        "higher",
        "log",
        "Energy of noise over real",
        "How much worse noise is reconstructed than real images; near 1 the energy tells nothing apart.",
    ),
    Metric(
        "energy_ratio_fake",
        "",
        "none",
        "log",
        "Energy of generated over real",
        "Near 1 at the paper's optimum, and also where the discriminator has given up: read it beside coverage.",
    ),
    Metric(
        "clipped_share",
        "share",
        "lower",
        "linear",
        "Clipped pixels",
        "Share of generated pixels outside the pixel range, which were clipped before scoring.",
    ),
    Metric(
        "pixel_spread",
        "pixel",
        "none",
        "log",
        "Pixel spread over latents",
        "Mean over pixels of the standard deviation over latents, on a scale from −1 to 1; near 0 all images are one.",
    ),
    Metric(
        "code_trace_ratio",
        "",
        "none",
        "log",
        "Code variance, generated over real",
        "Total variance of the codes of generated images against that of real ones; far below 1 means collapse.",
    ),
    Metric(
        "effective_rank_fake",
        "dimensions",
        "none",
        "linear",
        "Effective rank of generated codes",
        "Directions that 256 generated codes vary in; free of scale, so it does not fall under collapse.",
    ),
    Metric(
        "effective_rank_real",
        "dimensions",
        "none",
        "linear",
        "Effective rank of real codes",
        "Directions that 256 real codes vary in: what the generated ones are to be read against.",
    ),
    Metric(
        "pull_away_fake",
        "",
        "none",
        "log",
        "Pull-away of generated codes",
        "Mean squared cosine between 256 generated codes: 1 is collapsed; read it against that of real codes.",
    ),
    Metric(
        "pull_away_real",
        "",
        "none",
        "log",
        "Pull-away of real codes",
        "Mean squared cosine between 256 real codes: the level that generated ones cannot be expected to pass.",
    ),
)
"""Every metric, in the order of the table that people see."""

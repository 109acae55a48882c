"""What a trained model is scored by. This table loads without torch; the functions are in the modules beside it.

Adding a metric: a pure function in the module of its family, a line in the table of its kind, the value in `scores/`.
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
        "kid",
        "",
        "lower",
        "log",
        "Kernel distance",
        "Distance between the same features without FID's dependence on the number of images: a perfect model is at 0.",
    ),
    Metric(
        "fid_random_conv",
        "",
        "lower",
        "log",
        "Fréchet distance, random features",
        "A second opinion from a net that was never trained: where it ranks the models otherwise, look at the images.",
    ),
    Metric(
        "fid_inception",
        "",
        "lower",
        "log",
        "Fréchet distance, Inception",
        "In Inception-v3, where its weights are given; 1,000 images, so it compares with no published value.",
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
        "density",
        "",
        "higher",
        "linear",
        "Density",
        "In how many real neighbourhoods a generated image lies, over 5: 1 is as dense as the data, more is crowded.",
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
        "digit_share_distance",
        "share",
        "lower",
        "linear",
        "Imbalance of digits",
        "Share of confident images that would have to be another digit to be balanced as the data: 0 is balanced, "
        ".9 a single digit.",
    ),
    Metric(
        "inception_score",
        "classes",
        "higher",
        "linear",
        "Inception score, digits",
        "How sure a classifier of digits is and how evenly it sees them: 10 is the best; one image a class reaches it.",
    ),
    Metric(
        "inception_score_modified",
        "nats",
        "higher",
        "linear",
        "Inception score, the paper's I′",
        "The EBGAN paper's variant with the two distributions exchanged; compares with no other classifier's.",
    ),
    Metric(
        "within_class_variety",
        "",
        "none",
        "linear",
        "Variety within a digit",
        "Variance of features within a digit over that of real ones: 1 is as varied, .4 two images a digit repeated.",
    ),
    Metric(
        "vendi",
        "directions",
        "none",
        "linear",
        "Directions of features",
        "Effective number of directions that the features of generated images point in (Vendi score of order 2): "
        "near 1 all are one image.",
    ),
    Metric(
        "duplicate_share",
        "share",
        "lower",
        "linear",
        "Twins",
        "Share of generated images with a twin as near as the nearest 1 % of real images have one: .01 is right.",
    ),
    Metric(
        "memorised_share",
        "share",
        "lower",
        "linear",
        "Near copies of training images",
        "Share of generated images nearer to a training image than 95 % of unseen real ones are: .05 is right.",
    ),
    Metric(
        "authenticity",
        "share",
        "none",
        "linear",
        "Farther than a neighbour",
        "Share of generated images farther from their nearest training image than that is from its own nearest: a "
        "little over .5 for unseen real images, 0 for copies.",
    ),
    Metric(
        "reconstruction_error",
        "squared pixel",
        "none",
        "log",
        "Reconstruction error, held-out",
        "Mean squared error of the discriminator on real images it never saw: what it can rebuild at all.",
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
        "energy_auroc",
        "",
        "none",
        "linear",
        "Energy tells generated from real",
        "How often a generated image has a higher energy than a real one (AUROC): .5 is no difference, below it "
        "generated ones are reconstructed better.",
    ),
    Metric(
        "energy_wasserstein",
        "squared pixel",
        "none",
        "log",
        "Energies apart",
        "How far the energies of generated images have to be moved to be those of real ones (Wasserstein-1).",
    ),
    Metric(
        "energy_ks",
        "",
        "none",
        "linear",
        "Energies apart, largest gap",
        "Largest gap between the distribution functions of the two energies (Kolmogorov–Smirnov): 1 is fully apart.",
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
        "path_length",
        "",
        "none",
        "log",
        "Way between latents",
        "How fast features change between two latents, squared, against real images: 1 is an even, direct way, more "
        "is jumps or detours, near 0 collapse.",
    ),
    Metric(
        "fid_train_mode",
        "",
        "lower",
        "log",
        "Fréchet distance, training mode",
        "FID of 1,000 images drawn in training mode: far from FID, what you look at while training is not what is "
        "scored.",
    ),
    Metric(
        "mode_gap_features",
        "",
        "none",
        "linear",
        "Mode gap, features",
        "How much an image changes with the generator's mode, over the distance between two real images: 0 is nothing.",
    ),
    Metric(
        "mode_gap_pixels",
        "pixel",
        "none",
        "linear",
        "Mode gap, pixels",
        "Mean difference of a pixel between the generator's two modes, on a scale from −1 to 1.",
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
        "code_directions_fake",
        "directions",
        "none",
        "linear",
        "Directions of generated codes",
        "Effective number of directions that 256 generated codes point in: 1 is collapsed; read it against real codes.",
    ),
    Metric(
        "code_directions_real",
        "directions",
        "none",
        "linear",
        "Directions of real codes",
        "Effective number of directions that 256 real codes point in: what the generated ones are to be read against.",
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

PAIR_METRICS: tuple[Metric, ...] = (
    Metric(
        "pair_auroc",
        "",
        "higher",
        "linear",
        "Cosine tells same from different",
        "How often a held-out pair of one class has a higher cosine than one of two classes (AUROC): .5 is chance, 1 "
        "apart; an untrained net has .75 on digits.",
    ),
    Metric(
        "pair_accuracy_best",
        "share",
        "higher",
        "linear",
        "Accuracy, best threshold",
        "Share of held-out pairs that are right at the best threshold of the cosine: what the variant's own answers "
        "could reach.",
    ),
    Metric(
        "pair_threshold_best",
        "",
        "none",
        "linear",
        "Best threshold",
        "The cosine above which held-out pairs are best called the same; −1 calls all of them so.",
    ),
    Metric(
        "pair_accuracy",
        "share",
        "higher",
        "linear",
        "Accuracy, own answers",
        "Share of held-out pairs that predict answers rightly: read it beside the share that is the same.",
    ),
    Metric(
        "pair_same_share",
        "share",
        "none",
        "linear",
        "Pairs that are the same",
        "Share of held-out pairs of one class: the accuracy of answering “same” every time.",
    ),
    Metric(
        "pair_predicted_same",
        "share",
        "none",
        "linear",
        "Pairs called the same",
        "Share of held-out pairs that predict calls the same: 1 or 0 is one answer to everything.",
    ),
    Metric(
        "pair_calibration",
        "",
        "lower",
        "linear",
        "Calibration error",
        "How far predict's probabilities are from the shares that are the same, on average over pairs: 0 is right.",
    ),
    Metric(
        "cosine_same",
        "",
        "none",
        "linear",
        "Cosine of same pairs",
        "Mean cosine of held-out pairs of one class: read it against that of different pairs.",
    ),
    Metric(
        "cosine_different",
        "",
        "none",
        "linear",
        "Cosine of different pairs",
        "Mean cosine of held-out pairs of two classes; near 1 all embeddings point one way.",
    ),
    Metric(
        "alignment",
        "",
        "none",
        "linear",
        "Distance within same pairs",
        "Mean squared distance of the embeddings of one class (alignment): 0 is one point, 2 unrelated; a collapsed "
        "encoder has 0, too.",
    ),
    Metric(
        "uniformity",
        "",
        "none",
        "linear",
        "Evenness on the sphere",
        "How evenly embeddings cover the sphere (uniformity): 0 is one point, about −3.9 even in 128 dimensions, −2.2 "
        "ten tight classes.",
    ),
    Metric(
        "embedding_rank",
        "dimensions",
        "none",
        "linear",
        "Effective rank of embeddings",
        "Directions that 1,000 embeddings vary in; free of scale, so read it beside the spread.",
    ),
    Metric(
        "embedding_spread",
        "",
        "none",
        "linear",
        "Spread of embeddings",
        "Mean standard deviation of a dimension times the root of their number: 1 is all over the sphere, 0 one point.",
    ),
    Metric(
        "embedding_mean_share",
        "share",
        "none",
        "linear",
        "Share in the mean direction",
        "What embeddings have in common, which is also their mean cosine: 1 is one point, high a cone, 0 centred; an "
        "untrained net has .9.",
    ),
    Metric(
        "linear_probe_accuracy",
        "share",
        "higher",
        "linear",
        "Linear probe",
        "Share of held-out images whose class a linear classifier reads off the embedding; an untrained net has .9 on "
        "digits.",
    ),
    Metric(
        "neighbour_accuracy",
        "share",
        "higher",
        "linear",
        "Nearest neighbour",
        "Share of held-out images of the class of the training image nearest by cosine; the pixels of digits have .93.",
    ),
    Metric(
        "own_pair_auroc",
        "",
        "higher",
        "linear",
        "Cosine tells same from different, own pairs",
        "As for the data set's pairs, on held-out ones of the variant's own: .5 where their labels say nothing of the "
        "images.",
    ),
    Metric(
        "own_pair_accuracy",
        "share",
        "higher",
        "linear",
        "Accuracy, own pairs",
        "Share of the variant's own held-out pairs that predict answers rightly.",
    ),
    Metric(
        "own_pair_same_share",
        "share",
        "none",
        "linear",
        "Own pairs that are the same",
        "Share labelled “same” among the variant's own held-out pairs: the accuracy of always answering so.",
    ),
    Metric(
        "own_pair_predicted_same",
        "share",
        "none",
        "linear",
        "Own pairs called the same",
        "Share of the variant's own held-out pairs that predict calls the same: 1 or 0 is one answer to everything.",
    ),
)
"""Every metric of a contrastive encoder, in the order of the table that people see; the first one decides."""

EVERY_METRIC: tuple[Metric, ...] = (*METRICS, *PAIR_METRICS)
"""The metrics of all kinds of variants; no two have the same key."""

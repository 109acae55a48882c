"""What people read in reports and terminals: words, marks and numbers. A translation is this one file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .result import Finding

MISSING = "n/a"
MINUS, TIMES, DASH = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{EN DASH}"
THIN_SPACE, NO_BREAK_SPACE = "\N{THIN SPACE}", "\N{NO-BREAK SPACE}"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Mark:
    """A sign with its words; `tone` is good, bad, warn or plain."""

    sign: str
    words: str
    tone: str


BADGES = {
    "mine_fails": Mark("✗", "mine fails", "bad"),
    "mine_worse": Mark("▼", "mine is worse", "bad"),
    "same": Mark("=", "no difference that matters", "good"),
    "mine_better": Mark("▲", "mine is better", "good"),
    "reference_fails": Mark("!", "the reference itself fails", "warn"),
    "both_fail": Mark("!", "both fail", "warn"),
    "inconclusive": Mark("?", "inconclusive", "warn"),
    "run_failed": Mark("✗", "a run failed", "bad"),
}
"""Verdict status → badge."""

METRIC_MARKS = {
    "better": Mark("▲", "better", "good"),
    "worse": Mark("▼", "worse", "bad"),
    "same": Mark("=", "same", "plain"),
    "inconclusive": Mark("?", "inconclusive", "warn"),
    "not_tested": Mark("·", "described only", "plain"),
}
"""Metric verdict → mark."""

NOT_COMPARED = Mark(DASH, "not compared", "plain")
"""For a metric that can decide but was not asked to, as where a model does not work or has no score."""


RUN_MARKS = {
    "finished": Mark("✓", "finished", "good"),
    "restored": Mark("✓", "restored", "good"),
    "diverged": Mark("✗", "diverged", "bad"),
    "crashed": Mark("✗", "crashed", "bad"),
    "timeout": Mark("✗", "timed out", "bad"),
}
"""Run status → mark."""

TERMS = {
    "noise floor": "noise floor: the standard deviation of the score over training seeds of models that work",
    "hinge active": "hinge active: the share of generated images whose energy is below the margin",
    "seed": "one training run from its own random start; the same seeds for both models",
    "energy": "how badly the discriminator reconstructs an image; mean of squared pixel errors",
    "fid": "Fréchet distance between features of generated and of real images",
    "used": "whether it takes effect at all, found by trying",
    "how sure": "posterior: the probability that these parts are to blame, given every run that was tried",
    "margin": "the energy up to which the discriminator pushes generated images away",
    "code": "what the discriminator's encoder makes of an image: a short vector, from which the image is rebuilt",
    "directions": "effective number of directions: n / (1 + (n − 1) · PT) for n codes with pull-away term PT",
    "layer": "one module of a net, in the order in which they run",
}
"""Plain word → the exact term, shown on hover."""

CAPTIONS = {
    "samples": "Both models drew these from the same latent vectors, in the same order. Images at the same place "
    "need not correspond all the same: two trainings are free to put different images at one latent vector.",
    "energies": "How to read it: one value an image, evaluation mode, mean of squared errors on a pixel range of −1 to "
    "1; the further right, the worse an image is rebuilt. At the optimum real and generated energies meet, so equal "
    "energies alone are no failure.",
    "training": "How to read it: mean of squared errors on pixels of −1 to 1, training mode. Line: mean over seeds; "
    "band: lowest to highest seed. A generated energy that is flat at the margin is the margin, not convergence.",
    "hinge": "How to read it: generated images with an energy below the margin are the ones that the discriminator "
    "still pushes away. 100 % means that none has reached the margin. Hatched: below 5 %, where the discriminator "
    "hardly learns from generated images any more; that is a failure only where the images are bad.",
    "quality": "How to read it: lower is better. Dotted: held-out real images (as good as it gets) and blank ones. "
    "Above the level of one repeated image (about that of blanks) FID ranks nothing.",
    "anchors": "How to read it: lower is better, on a logarithmic axis; one mark a seed. Diamonds are real images in "
    "known disguises. A model beside “one image repeated” has collapsed; further right, FID ranks nothing. A model "
    "can stand left of “two images a class” and still draw little variety: read coverage, too.",
    "digits": "How to read it: bars are real images; a mark is the mean over seeds, its line the lowest to highest "
    "seed. Only images count that the classifier is sure about; equal shares say nothing about how good they look.",
    "losses": "How to read it: losses say whether training moves, not whether it works: a generator's loss that is "
    "flat at the margin is the margin, not convergence. The two models' losses compare only where they are defined "
    "alike.",
    "coherence": "How to read it: 100 % means that the energy pushes all generated images of a batch the same way, "
    "0 % that the pushes cancel. Distinct images need distinct pushes, so low is no failure by itself; low while all "
    "images look alike is: nothing then tells the generator where to move.",
    "spectra": "How to read it: how much the codes vary along each of their main directions, as a share of the total "
    "variance of real codes under the same encoder. A line far below the real one means too little variety, one that "
    "breaks off means too few directions. The two models' encoders differ, so compare each line with its own real one.",
    "directions": "How to read it: in how many directions a batch of codes points, counted so that equal shares count "
    "fully. Dotted: generated codes shuffled per dimension, the most that this encoder would allow. Few directions "
    "are a failure only where real images have many more under the same encoder.",
    "reconstructions": "How to read it: first row what the discriminator was given, second what it made of it, third "
    "the size of the difference (black: none). Real images should come back, noise should not. A faithful copy of "
    "noise means that the energy tells nothing apart.",
    "interpolations": "How to read it: each row walks in equal steps from one latent vector to another. Smooth change "
    "is healthy; rows that do not change at all mean that the generator ignores its input.",
    "metrics": "Mean over seeds, with the lowest and highest in brackets (geometric mean where a ratio is compared).",
    "ladder": "Small tasks that a sound net can do within seconds, each tried before the training. The first rung that "
    "fails says which net is sick; passing all of them does not prove that the two work together. AUROC is how well "
    "energies tell two kinds of images apart: 1 always, 0.5 not at all.",
    "layers": "Both nets in the order in which they run, aligned like a comparison of two texts. Only what differs is "
    "open.",
    "parts": "What differs in effect. A part that is not used changes nothing, however it is written.",
}
"""What a figure or table does and does not mean."""

LEGEND = {
    "real": "real",
    "held_out": "held-out real",
    "fake": "generated ({})",
    "noise": "noise",
    "margin": "margin",
    "recon": "rebuilt real",
    "shuffled": "shuffled",
    "energies": "Energies",
    "losses": "Losses",
}
"""Keys of figures, and titles where there is no number to tell."""

ANCHORS = {
    "held_out": "held-out",
    "classes_8": "8 of 10 classes",
    "prototypes_5": "5 images a class",
    "prototypes_2": "2 images a class",
    "repeated": "one image repeated",
    "noise": "noise",
    "blank": "blank",
}
"""Anchor of the data set → its label beside the axis."""

AXES = {
    "step": "step (generator updates)",
    "share of images": "share of images",
    "energy": "energy",
    "energy of an image": "energy (mean squared error)",
    "pushed away": "pushed away",
    "loss": "loss",
    "fid": "FID",
    "directions": "directions",
    "coherence": "pushed alike",
    "direction": "main direction, largest first",
    "variance": "share of real variance",
    "class": "class",
    "log": "{}, log scale",
    "discriminator": "discriminator",
    "generator": "generator",
    "generated": "generated",
    "saturated": "hatched: {} saturated",
}
"""What stands at the axes and inside of figures."""

BETTER = {"lower": "lower is better", "higher": "higher is better", "none": ""}

PAGE = {
    "title": "{badge}: {mine} against {ref}",
    "against": "against",
    "mine": "mine",
    "ref": "ref",
    "contents": "On this page",
    "provisional": "Provisional: {done} of {planned} seeds are trained. This page refreshes itself while the others "
    "are, and says less than it will.",
    "works": "works:",
    "works column": "works",
    "seeds": "seeds",
    "asks": "“works” asks for {bar}",
    "samples": "See it",
    "findings": "Findings",
    "culprit": "What is to blame",
    "metrics": "Metrics",
    "energies": "Energies and training",
    "embeddings": "Embeddings",
    "reconstructions": "Reconstructions",
    "architecture": "Architecture",
    "runs": "Runs and provenance",
    "real images": "real",
    "the measure": "images, the measure",
    "real of": "Real images of {dataset}",
    "step": "Training step",
    "all images": "All images of every seed at the last step",
    "walks": "Walks between latent vectors",
    "of seed": "seed {seed}",
    "samples noun": "samples",
    "curves noun": "curves",
    "energies noun": "energies",
    "not at step": "{side} has no samples at step {step}.",
    "advice": "What to do:",
    "consequences": "{count} more that this explains",
    "parts to blame": "parts",
    "role": "role",
    "sure": "how sure",
    "restores": "taken out of mine",
    "breaks": "put into ref",
    "lines": "lines",
    "together": "only together",
    "hybrids": "All {count} models that were tried",
    "start from": "model",
    "exchanged": "parts taken from the other one",
    "outcome": "outcome",
    "metric": "metric",
    "difference": "difference",
    "usual spreads": "in usual spreads",
    "decision": "verdict",
    "deciding": "Metrics that decide",
    "describing": "{count} metrics that describe and decide nothing",
    "how to read": "How to read each metric",
    "ladder": "Which net is sick",
    "task": "task",
    "layers of": "{net}, layer by layer",
    "all alike": "Both {net}s have the same {count} layers.",
    "line": "line",
    "output": "output",
    "parameters": "parameters",
    "only ref": "only in ref",
    "only mine": "only in mine",
    "changed": "differs",
    "alike mark": "alike",
    "total": "{count} parameters",
    "parts": "Parts side by side",
    "part": "part",
    "parts differ": "Parts that differ",
    "other parts": "{count} other parts",
    "not used": "not used",
    "model": "model",
    "seed": "seed",
    "status": "status",
    "steps": "steps",
    "time": "time",
    "memory": "memory",
    "reason": "reason",
    "yes": "yes",
    "no": "no",
    "repeat": "To repeat it",
    "words": "Words used here",
    "rest": "Figures, all metrics, architecture, runs and provenance",
    "cut": "The rest is left out here; the page beside this file has it.",
}
"""What stands on the page beside numbers: headings, labels, short sentences."""

PROVENANCE = {
    "written": "written",
    "total": "whole comparison",
    "data": "data",
    "features": "features",
    "seeds": "seeds",
    "checkpoints": "scored at steps",
}
"""What a row of the provenance is called."""

RUNGS = {
    "discriminator-overfits": ("The discriminator alone learns 64 images by heart", "at most {}"),
    "discriminator-separates-noise": ("The discriminator tells real images from noise", "at least {}"),
    "discriminator-separates-fakes": (
        "The discriminator tells real images from an untrained generator's",
        "at least {}",
    ),
    "generator-lowers-energy": ("The generator lowers its energy under a frozen discriminator", "at most {}"),
    "generator-overfits": ("The generator learns one batch by heart", "at most {}"),
}
"""Rung of the sanity ladder → the task, and what its number is asked to be; in the order of the ladder."""

RUNG_MARKS = {
    True: Mark("✓", "passed", "good"),
    False: Mark("✗", "failed", "bad"),
    None: Mark(DASH, "not tried", "plain"),
}
"""Whether a rung was passed → mark."""

SEVERITY_MARKS = {
    "error": Mark("✗", "error", "bad"),
    "warning": Mark("!", "warning", "warn"),
    "deviation": Mark("≠", "differs from the paper", "plain"),
    "note": Mark("·", "note", "plain"),
}
"""Severity of a finding → mark."""

TRACES = {
    "found": "Parts were exchanged between the two models until the failure followed them.",
    "undetermined": "Parts were exchanged between the two models, but no exchange settles what is to blame.",
    "no_failure": "Nothing was sought: mine does not fail.",
    "reference_fails": "Nothing was sought: the reference itself does not work at this budget.",
    "both_fail": "Nothing was sought: neither model works at this budget.",
}
"""Status of a trace → what was done."""

ROLES = {
    "sufficient": "enough to break ref",
    "necessary": "needed for the failure",
    "both": "enough to break ref, and needed for the failure",
}
"""Role of a culprit → words."""

OUTCOMES = {
    "works": Mark("✓", "works", "good"),
    "fails_like_mine": Mark("✗", "fails like mine", "bad"),
    "fails_otherwise": Mark("✗", "fails otherwise", "bad"),
    "slow": Mark("…", "slow", "warn"),
}
"""Outcome of a model that was tried → mark."""

RECONSTRUCTED = {"real": "real images", "fake": "generated images", "noise": "noise"}
"""What was given to the discriminator."""


@dataclass(frozen=True)
class RungWords:
    """A rung of the sanity ladder where there is little room, what it asks of the net, and the unit of its number."""

    short: str
    asked: str
    unit: str


LADDER = {
    "discriminator-overfits": RungWords(
        "D overfits 64 images", "learn 64 real images by heart", "× energy of their mean image"
    ),
    "discriminator-separates-noise": RungWords("D tells real from noise", "tell real images from noise", "AUROC"),
    "discriminator-separates-fakes": RungWords(
        "D tells real from untrained G", "tell real images from those of an untrained generator", "AUROC"
    ),
    "generator-lowers-energy": RungWords(
        "G lowers E under frozen D",
        "lower the energy of its images under a frozen discriminator",
        "× energy at its start",
    ),
    "generator-overfits": RungWords(
        "G overfits one batch", "learn to draw one batch of 16 images", "× error of their mean image"
    ),
}
"""Rung → its words, in the order in which the ladder is climbed; the whole tasks stand in `RUNGS`."""

LADDER_ADVICE = {
    "discriminator": "Look at the discriminator: does each layer use its input, and can the last one draw every pixel "
    "value of the"
    " data?",
    "generator": "Look at the generator: does each layer use its input, and can the last one draw every pixel value "
    "of the "
    "data?",
    "margin": "Choose a margin well above the energy that real images keep once the discriminator is trained.",
    "optimizer.discriminator": "Look at the discriminator's optimiser: its learning rate, and whether it holds the "
    "discriminator's "
    "parameters.",
    "optimizer.generator": "Look at the generator's optimiser: its learning rate, and whether it holds the "
    "generator's parameters.",
}
"""What is to blame → what to do."""


@dataclass(frozen=True)
class FindingWords:
    """What a rule says, with `{name}` for a number of its evidence, `{name:n}` whole, `{name:%}` as a share.

    Attributes:
        advice: One sentence or two, or the part that it is about → these.
    """

    title: str
    explanation: str
    advice: str | Mapping[str, str] = ""


FINDINGS: dict[str, FindingWords] = {
    "pull-away-unsquared": FindingWords(
        title="the pull-away term takes cosines, where the paper takes their squares",
        explanation="Codes that point in opposite directions have a cosine of −1, which the plain term rewards. With "
        "two opposite clusters its mean is about 0, as for codes without any order, while the mean of squares is 1: "
        "the term does not see that kind of collapse.",
        advice="Square the cosines before they are averaged: `(unit @ unit.T).square()`.",
    ),
    "pull-away-inert": FindingWords(
        title="the pull-away term has no effect: {effect} of the paper's",
        explanation="Whatever the codes are, its value hardly changes and its gradient is next to zero. Dividing by "
        "one norm of the whole batch does that: the value is then about −1/(B−1). The model is trained as if the term "
        "were not there, which need not harm it.",
        advice="Divide each code by its own norm, `nn.functional.normalize(code, dim=1)`, and square the cosines; or "
        "delete the term.",
    ),
    "pull-away-wrong-axis": FindingWords(
        title="the pull-away term is taken along the wrong axis of the codes",
        explanation="It divides by norms over the batch, or compares the dimensions of the code, where the paper "
        "compares the codes of different images. Its value can fall while the images become alike.",
        advice="Normalise each code, `unit = nn.functional.normalize(code, dim=1)`, and compare codes with codes: "
        "`unit @ unit.T`.",
    ),
    "pull-away-diagonal": FindingWords(
        title="the pull-away term counts each code's likeness to itself: {constant} is added",
        explanation="A code has a cosine of 1 with itself. Counting it adds a constant to the value that is logged. "
        "Its gradient is zero, so that the training is not touched.",
        advice="Subtract the diagonal before averaging, and divide by B(B−1).",
    ),
    "pull-away-scaled": FindingWords(
        title="the pull-away term acts with a weight of {acts}, where Config says {declared}",
        explanation="Somewhere between Config and the loss there is a factor of {factor}. Whoever compares weights "
        "with another model, or with the paper's 0.1, compares different things.",
        advice="Take the factor out, or write the weight that acts into Config.",
    ),
    "pull-away-scaled.reversed": FindingWords(
        title="the pull-away term acts with a weight of {acts}, where Config says {declared}: it pulls codes together",
        explanation="The sign is turned, so that the generator is rewarded for codes, and images, that are alike.",
        advice="Add the term to the generator's loss; do not subtract it.",
    ),
    "pull-away-on-pixels": FindingWords(
        title="the pull-away term compares pixels, where the paper compares codes",
        explanation="The generator's loss does not change with the codes of its images, and follows the pull-away "
        "formula over their pixels. Images on one background are alike in most pixels whatever they show.",
        advice="Give the term the encoder's output in place of images.",
    ),
    "pull-away-unused": FindingWords(
        title="the pull-away term never reaches the generator: its weight of {weight} does nothing",
        explanation="The loss that trains the generator does not change with the codes of its images. This is a plain "
        "EBGAN; whatever was expected of the term cannot happen.",
        advice="Add `config.pull_away_weight * pull_away(code)` to the generator's loss, or set the weight to 0.",
    ),
    "pull-away-unused.detached": FindingWords(
        title="the pull-away term never reaches the generator: its codes are detached",
        explanation="The term has a value in the generator's loss, and no gradient goes on from the codes to the "
        "images. This is a plain EBGAN; whatever was expected of the term cannot happen.",
        advice="Take the code from the pass of `discriminator(fake)` that the energy is taken from, without "
        "`detach()` or `no_grad()`.",
    ),
    "hinge-on-batch-mean": FindingWords(
        title="the hinge is taken of the batch's mean energy, not of each image's",
        explanation="As soon as the mean passes the margin, no generated image is pushed away, not even those far "
        "below it; as long as it does not, those beyond it still are.",
        advice="Take the hinge first and the mean after it: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.none": FindingWords(
        title="the discriminator's loss has no hinge: generated images are pushed away without end",
        explanation="The loss falls as the energy of generated images rises, however large it is already. The "
        "discriminator can always gain by worse reconstructions of them, and forgets the real ones.",
        advice="Stop at the margin: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.reversed": FindingWords(
        title="the discriminator's loss pulls generated images like real ones: the hinge is missing",
        explanation="A lower energy of generated images lowers the loss, so that the discriminator learns to "
        "reconstruct them as well. Nothing tells them from real ones.",
        advice="Turn the sign, and stop at the margin: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "hinge-missing.inactive": FindingWords(
        title="the discriminator's loss does not depend on generated images: the hinge is missing",
        explanation="Whatever their reconstructions are, no gradient comes from them. The discriminator is a plain "
        "autoencoder of real images.",
        advice="Add the hinge, `(config.margin - energy_fake).relu().mean()`, without `detach()` or `no_grad()`.",
    ),
    "hinge-missing.soft": FindingWords(
        title="the discriminator's push on generated images fades, where the paper's hinge ends at the margin",
        explanation="Something smooth, or a balance with a state of its own, takes the place of the hinge. That is "
        "another objective; the margin does not say where the push ends.",
        advice="Where the paper's objective is meant: `(config.margin - energy_fake).relu().mean()`.",
    ),
    "generator-target-detached": FindingWords(
        title="the generator's energy is taken against a detached image: cosine with the full gradient {cosine}",
        explanation="The image counts as what the discriminator makes of it, not as what it should be. The generator "
        "learns along another direction than that of its energy; that need not harm it.",
        advice="Take `detach()` out of the energy in the generator's loss.",
    ),
    "generator-target-detached.uncounted": FindingWords(
        title="the generator's energy is taken against a detached image",
        explanation="The image counts as what the discriminator makes of it, not as what it should be. The generator "
        "learns along another direction than that of its energy; that need not harm it.",
        advice="Take `detach()` out of the energy in the generator's loss.",
    ),
    "generator-target-detached.reconstruction": FindingWords(
        title="the generator's energy is taken of a detached reconstruction: the discriminator teaches nothing",
        explanation="No gradient goes through the discriminator. The generator is only told to draw what it happens "
        "to be reconstructed as.",
        advice="Take `detach()` or `no_grad()` off the reconstruction in the generator's loss.",
    ),
    "energy-not-per-sample": FindingWords(
        title="energy() returns one value for {images} images",
        explanation="The hinge can only be taken of the batch's mean then: images that are already far from the "
        "margin speak for those that are not. Energies of single images cannot be looked at.",
        advice="Reduce over all axes but the first: `(recon - x).square().flatten(1).mean(1)`.",
    ),
    "energy-not-per-sample.pixels": FindingWords(
        title="energy() returns {returned:n} values for {images} images: its shape is {shape}",
        explanation="The hinge acts on single values then, each of them against the margin that is meant for an image.",
        advice="Reduce over all axes but the first: `(recon - x).square().flatten(1).mean(1)`.",
    ),
    "energy-depends-on-batch-size": FindingWords(
        title="the energy depends on the batch size: × {ratio} for twice as many images",
        explanation="The same images have another energy in a larger batch, so that the margin means something else "
        "for each batch size. A root of a sum over the batch, divided by its size, gives 0.71, a sum over the batch 2.",
        advice="Reduce each image on its own, and average over the batch last.",
    ),
    "energy-depends-on-batch-mates": FindingWords(
        title="an image's energy depends on its batch-mates: {alone} alone, {among} among others",
        explanation="The discriminator normalises over the batch. A real image can be cheap among real ones and dear "
        "alone; on generated images that are all alike, what they share is subtracted, and the generator is hardly "
        "told where to move.",
        advice="Use a normalisation of single images in the discriminator, such as `nn.GroupNorm`, or none.",
    ),
    "energy-depends-on-batch-mates.function": FindingWords(
        title="an image's energy depends on its batch-mates: energy() changes it by {change:%}",
        explanation="`energy` uses numbers of the whole batch for each image. The margin then means something else in "
        "each batch.",
        advice="Use nothing but an image and its reconstruction for its energy.",
    ),
    "energy-entropy-floor": FindingWords(
        title="the energy is a cross-entropy: real images keep {floor} even if they are perfectly reconstructed",
        explanation="Pixels that are neither black nor white have an entropy of their own, which no discriminator "
        "removes. The margin, {margin}, has to be seen against that floor.",
        advice="Use squares for the energy, or subtract the images' own entropy; else choose the margin well above "
        "the floor.",
    ),
    "margin-unreachable": FindingWords(
        title="the margin is out of reach: {margin}, where the energy cannot exceed {ceiling}",
        explanation="The discriminator's output is bounded by `{bound}`, and so is its energy. The hinge never ends: "
        "bad reconstructions of generated images are rewarded however bad they are. Margins of 10 to 80 in the paper "
        "belong to the norm of a whole image. The mean image has an energy of {mean_image} here.",
        advice="Set the margin near the energy of the mean image, {mean_image} (the reference models have 0.7 and 3.7 "
        "times theirs); or use an energy that is summed over the image.",
    ),
    "margin-inflates-reconstruction": FindingWords(
        title="the margin of {margin} is only reached outside of the data's range, where the energy is at most "
        "{in_range}",
        explanation="Nothing bounds the discriminator's output, so it is paid to draw generated images with values "
        "that no image has. The mean image has an energy of {mean_image} here.",
        advice="Set the margin near the energy of the mean image, {mean_image}: the reference models have 0.7 and 3.7 "
        "times theirs.",
    ),
    "margin-below-energy-floor": FindingWords(
        title="the margin of {margin} is below what real images keep: about {floor} with a code of {code}",
        explanation="That is the energy of the best linear reconstruction from so many numbers; the mean image has "
        "{mean_image}. Generated images reach the margin before real ones have sunk to it: the hinge closes, and the "
        "discriminator no longer tells them apart.",
        advice="Set the margin near the energy of the mean image, {mean_image} (the reference models have 0.7 and 3.7 "
        "times theirs), or scale the energy to the margin.",
    ),
    "generator-range-mismatch.low": FindingWords(
        title="the generator cannot draw values below {low}, and the data begin at {data_low}",
        explanation="Its output is bounded by `{layer}`. Real images have values that no generated one can have, and "
        "are told apart by these alone.",
        advice="Replace `{layer}` at {line} by an activation that reaches the data's range, such as `nn.Tanh()` for "
        "[−1, 1], or set `pixel_range` in Config to what it can draw.",
    ),
    "generator-range-mismatch.high": FindingWords(
        title="the generator cannot draw values above {high}, and the data end at {data_high}",
        explanation="Its output is bounded by `{layer}`. Real images have values that no generated one can have, and "
        "are told apart by these alone.",
        advice="Replace `{layer}` at {line} by an activation that reaches the data's range, or set `pixel_range` in "
        "Config to what it can draw.",
    ),
    "generator-range-mismatch.both": FindingWords(
        title="the generator draws values from {low} to {high}, and the data go from {data_low} to {data_high}",
        explanation="Its output is bounded by `{layer}`. Real images have values that no generated one can have, and "
        "are told apart by these alone.",
        advice="Scale the output at {line} to the data's range, or set `pixel_range` in Config to what it can draw.",
    ),
    "reconstruction-range-mismatch.low": FindingWords(
        title="the discriminator cannot reconstruct values below {low}, and the data begin at {data_low}",
        explanation="Its output is bounded by `{layer}`. Real images keep an energy of at least {floor}, however long "
        "it is trained.",
        advice="Replace `{layer}` at {line} by nothing or by `nn.Tanh()`, or scale the data to what it can draw with "
        "`pixel_range` in Config.",
    ),
    "reconstruction-range-mismatch.high": FindingWords(
        title="the discriminator cannot reconstruct values above {high}, and the data end at {data_high}",
        explanation="Its output is bounded by `{layer}`. Real images keep an energy of at least {floor}, however long "
        "it is trained.",
        advice="Replace `{layer}` at {line} by nothing, or scale the data to what it can draw with `pixel_range` in "
        "Config.",
    ),
    "reconstruction-range-mismatch.both": FindingWords(
        title="the discriminator reconstructs values from {low} to {high}, and the data go from {data_low} to "
        "{data_high}",
        explanation="Its output is bounded by `{layer}`. Real images keep an energy of at least {floor}, however long "
        "it is trained.",
        advice="Take the bound at {line} away, or scale the data to what it can draw with `pixel_range` in Config.",
    ),
    "silent-broadcast": FindingWords(
        title="the reconstruction has shape {recon} for images of {image}: PyTorch repeats it silently",
        explanation="One reconstruction is compared with several values of the image at once. The energy has a value, "
        "and says nothing of how well the image is reconstructed.",
        advice="Give the discriminator's last layer the image's shape, {image}.",
    ),
    "not-an-autoencoder": FindingWords(
        title="the discriminator returns one number an image: it is no autoencoder",
        explanation="This is another family of models. Energies, margin and codes cannot be looked at, and what needs "
        "a reconstruction is n/a.",
        advice="For an energy-based GAN return the decoder's output; for a plain GAN nothing has to be done.",
    ),
    "loss-moves-other-net": FindingWords(
        title="the {of}'s loss also moves the {into}: {share:%} of its gradient",
        explanation="What the {of}'s `backward()` left in the {into} was still there when the {into} was updated. The "
        "two nets want opposite things of generated images, so that each undoes a part of the other's work.",
        advice="Call `zero_grad()` of the {into}'s optimiser before its own `backward()`, and give the "
        "discriminator's loss `fake.detach()`.",
    ),
    "loss-moves-other-net.both": FindingWords(
        title="one loss moves both nets: up to {share:%} of a net's gradient is the other's",
        explanation="The same `backward()` fed both updates. The two nets want opposite things of generated images, "
        "so that each undoes a part of the other's work.",
        advice="Make two losses and two calls of `backward()`, with `zero_grad()` before each, and `fake.detach()` in "
        "the discriminator's.",
    ),
    "loss-moves-other-net.touched": FindingWords(
        title="the {of}'s loss changes the {into}'s parameters by hand",
        explanation="They were not what the last update left when the {of}'s loss had been computed.",
        advice="Leave the {into} as it is in the {of}'s loss.",
    ),
    "optimizer-wrong-parameters.all": FindingWords(
        title="the {net}'s optimiser holds none of its parameters",
        explanation="The {net} stays as it was drawn: nothing else updates it. The two optimisers, or the two "
        "nets, may be exchanged.",
        advice="Give it `{net}.parameters()`; `optimizers` returns the generator's first.",
    ),
    "optimizer-wrong-parameters.missing": FindingWords(
        title="the {net}'s optimiser lacks {tensors} of its parameters: {names}",
        explanation="These stay as they were drawn, whatever the loss says.",
        advice="Give it `{net}.parameters()`, or freeze what is meant to stay with `requires_grad_(False)`.",
    ),
    "optimizer-wrong-parameters.foreign": FindingWords(
        title="the {net}'s optimiser holds {tensors} parameters that are not the {net}'s: {names}",
        explanation="Its updates can move what belongs to the other net, and its `zero_grad()` clears that net's "
        "gradients.",
        advice="Give it `{net}.parameters()` and nothing else.",
    ),
    "optimizer-wrong-parameters.twice": FindingWords(
        title="the {net}'s optimiser holds {tensors} parameters twice: {names}",
        explanation="They are updated twice in each step.",
        advice="List each parameter once.",
    ),
    "update-ratio": FindingWords(
        title="{d} updates of the discriminator for {g} of the generator",
        explanation="The paper makes one of each, and the reference does not do this either. More updates make the "
        "discriminator stronger, so that the hinge closes earlier.",
        advice="Start with one update of each, or with the reference's ratio.",
    ),
    "update-ratio.undeclared": FindingWords(
        title="{d} updates of the discriminator for {g} of the generator in one step ({order}), where Config says "
        "{declared} to 1",
        explanation="A step is one update of the generator and `discriminator_steps` of the discriminator. Steps, "
        "budgets and curves count these.",
        advice="Count the calls of `step()` in `train_step`, and say the ratio in `Config.discriminator_steps`.",
    ),
    "update-ratio.never": FindingWords(
        title="the {net} is never updated",
        explanation="In one training step its optimiser's `step()` was not called.",
        advice="Call it after the {net}'s `backward()`.",
    ),
    "log-polluted": FindingWords(
        title="the logged {name} is not what it is called: {value}, where the step's own images have {expected}",
        explanation="Something was added to it in place, such as the hinge: `loss = energy_real; loss += hinge` "
        "leaves the sum in both.",
        advice="Write `loss = energy_real + hinge`.",
    ),
    "log-polluted.off_fake": FindingWords(
        title="the term {name} is not what it is called: it changes with the reconstruction of generated images",
        explanation="Something was added to it in place: `loss = energy_real; loss += hinge` leaves the sum in both. "
        "As terms are added up, it is trained on as well.",
        advice="Write `loss = energy_real + hinge`.",
    ),
    "log-polluted.off_real": FindingWords(
        title="the term {name} is not what it is called: it changes with the reconstruction of real images",
        explanation="Something was added to it in place: `loss = hinge; loss += energy_real` leaves the sum in both. "
        "As terms are added up, it is trained on as well.",
        advice="Write `loss = energy_real + hinge`.",
    ),
    "log-polluted.code": FindingWords(
        title="the term {name} is not what it is called: it changes with the codes of generated images",
        explanation="Something was added to it in place: `loss = energy_fake; loss += pull_away` leaves the sum in "
        "both. As terms are added up, it is trained on as well.",
        advice="Write `loss = energy_fake + pull_away`.",
    ),
    "config-unused": FindingWords(
        title="nothing reads {names} of Config",
        explanation="The model was built, its losses were called and some steps trained without it. Changing the "
        "value changes nothing.",
        advice="Read it where it is meant to act, or delete it.",
    ),
    "config-misspelt": FindingWords(
        title="nothing reads {name} of Config: did you mean `{meant}`?",
        explanation="`{meant}` is {in_effect} here, its default, whatever `{name}` says.",
        advice="Rename it to `{meant}`.",
    ),
    "sanity-ladder.discriminator-overfits": FindingWords(
        title="the discriminator does not learn 64 real images by heart: {value} × the energy of their mean image (at "
        "most {threshold})",
        explanation="An autoencoder that cannot learn 64 images cannot learn a data set. At 1 it draws the mean of "
        "these "
        "images whatever it is shown. Its decoder may ignore the code, its output may be bounded to a range that "
        "the images leave, or its optimiser may not move it.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.discriminator-separates-noise": FindingWords(
        title="the discriminator does not tell real images from noise: AUROC {value} (at least {threshold})",
        explanation="Noise was never shown to it, so that only what it has learned of real images can tell the two "
        "apart. An "
        "energy that is as low on noise as on images says nothing about images: the code may be so wide that "
        "everything is copied, or the output so bounded that real images are the hard ones.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.discriminator-separates-fakes": FindingWords(
        title="the discriminator does not tell real images from those of an untrained generator: AUROC {value} (at "
        "least {threshold})",
        explanation="Here it was trained by its own loss against a generator that stands still, the easiest opponent "
        "there "
        "is. Where the energies do not part, the loss does not push: the hinge may be closed from the start, its "
        "sign may be wrong, or real and generated images may reach it mixed up.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.generator-lowers-energy": FindingWords(
        title="the generator does not lower the energy of its images under a frozen discriminator: {value} × the energy"
        " at its start (at most {threshold})",
        explanation="The discriminator stands still here, so that every update should find images that it likes "
        "better. Where"
        " the energy stays, the generator's loss does not reach its weights, or its images cannot leave the range"
        " that its last layer gives them.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.generator-overfits": FindingWords(
        title="the generator does not learn to draw one batch of 16 images: {value} × the error of their mean image (at"
        " most {threshold})",
        explanation="No discriminator and no loss of the model takes part: fixed latents, as many real images, "
        "squared error."
        " At 1 it draws the mean of these images whatever latent it is given; far above it its images do not "
        "reach the range of the data.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.margin": FindingWords(
        title="the discriminator does not tell real images from those of an untrained generator: AUROC {value} (at "
        "least {threshold})",
        explanation="The margin is {margin}, and real images alone have an energy of {energy_real} here. The hinge "
        "closes as "
        "soon as generated images reach the margin, so that nothing pushes their energy above that of real ones.",
        advice=LADDER_ADVICE,
    ),
    "sanity-ladder.broken": FindingWords(
        title="the {net} breaks when it is trained alone: {reason}",
        explanation="One of the tasks of the sanity ladder, {rung}, which a sound net does within seconds, ended "
        "without a number. What ends it here will end or spoil the whole training.",
        advice=LADDER_ADVICE,
    ),
    "blank-samples": FindingWords(
        title="generated images are blank: {contrast:%} of the contrast of real ones, in {seeds} of {of} seeds",
        explanation="Within a generated image hardly any pixel differs from the next. The generator draws one shade: "
        "either its last layer cannot reach the background of the data, or the discriminator reconstructs a flat image "
        "best of all, and a flat image is then what the generator is paid for.",
        advice="Compare the ranges of data, generator and reconstruction, then the generator's learning rate.",
    ),
    "collapsed-at-budget": FindingWords(
        title="all generated images are one image at the end, in {seeds} of {of} seeds; whether for good is undecided",
        explanation="Their spread over latents is {spread:%} of that of real images. Some models stand on such a "
        "plateau "
        "for thousands of steps and then recover, others stay where they are: after {steps:n} steps both look the "
        "same. "
        "Coherence of the gradients at generated images: {gradient_coherence} (1 all point one way, 0 they cancel each "
        "other, so that the generator is not told where to go).",
        advice="--steps {decides:n} would decide, at {longer} times the training of this comparison; what is trained "
        "is "
        "kept. Or take away what holds it: try D without BatchNorm, or PyTorch's initial weights.",
    ),
    "collapsed-at-budget.known": FindingWords(
        title="all generated images are one image at the end, in {seeds} of {of} seeds; whether for good is undecided",
        explanation="Their spread over latents is {spread:%} of that of real images. Some models stand on such a "
        "plateau "
        "for thousands of steps and then recover, others stay where they are: after {steps:n} steps both look the "
        "same. "
        "Coherence of the gradients at generated images: {gradient_coherence} (1 all point one way, 0 they cancel each "
        "other, so that the generator is not told where to go). What is known of this model: {known_steps}.",
        advice="--steps {decides:n} would decide, at {longer} times the training of this comparison; what is trained "
        "is "
        "kept. Or take away what holds it: try D without BatchNorm, or PyTorch's initial weights.",
    ),
    "collapse-plateau": FindingWords(
        title="all generated images were one image from step {first:n} to {last:n}, and no longer are, in {seeds} of "
        "{of} seeds",
        explanation="The model stood on a collapse plateau and is leaving it: the spread of its images over latents is "
        "now {spread:%} of that of real images. This is not the end of its training, but a late beginning.",
        advice="Train on, --steps {decides:n}; what is trained is kept. Or take away what makes the plateau: try D "
        "without BatchNorm, or PyTorch's initial weights.",
    ),
    "mode-collapse": FindingWords(
        title="generated images lack variety: {spread:%} of the spread of real ones, coverage {coverage}, in {seeds} "
        "of "
        "{of} seeds",
        explanation="The images are images, but few different ones: {digits} of ten digits, recall {recall}. The "
        "generator has found some images that the discriminator takes, and draws little else.",
        advice="Check the pull-away term, the margin and the discriminator's learning rate against the reference's.",
    ),
    "memorisation": FindingWords(
        title="{share:%} of generated images are nearer to a training image than nearly all unseen real ones are",
        explanation="Of unseen real images 5 % are that near; working seeds of the reference have up to {usual}. FID "
        "and "
        "coverage reward copies, so that they do not show it.",
        advice="Look at generated images beside their nearest training images. More data or a smaller generator help.",
    ),
    "margin-saturated": FindingWords(
        title="the hinge is closed: {hinge_active:%} of generated images are still pushed away, in {seeds} of {of} "
        "seeds",
        explanation="Over the last third of training nearly every generated image has an energy above the margin of "
        "{margin}, so that the discriminator learns from real images alone, and the generator is left with whatever "
        "gradient that gives it. Working seeds of the reference push at least {usual} of their images; below {limit} "
        "the "
        "hinge counts as closed. Energies that stand still are no failure by themselves: it is said because the images "
        "fail as well.",
        advice="Raise the margin above the energy that real images keep, or lower the discriminator's learning rate.",
    ),
    "discriminator-died": FindingWords(
        title="the discriminator has stopped teaching: the gradient at generated images fell to {gradient:%} of its "
        "start",
        explanation="It reconstructs real images to an energy of {energy_real}, below the {pca_residual} that the best "
        "linear code of its size leaves, its hinge is closed, and nothing moves the generator any more.",
        advice="Lower the discriminator's learning rate, narrow its code, or raise the margin.",
    ),
    "identity-autoencoder": FindingWords(
        title="the discriminator copies noise as well as images: error {noise} of the noise's variance",
        explanation="An output that ignores its input has 1, and a net that has learned images does worse than that on "
        "noise. Here the energy says nothing about whether an image looks real. The code has {code} numbers.",
        advice="Narrow the code below the number of pixels, or let it push generated images away.",
    ),
    "pull-away-without-effect": FindingWords(
        title="the pull-away term decides nothing: its gradient is {ratio:%} of the energy's at most",
        explanation="Averaged over training, in every seed. With a weight of {weight} its value may look large in a "
        "log; "
        "what moves the generator is its gradient.",
        advice="Compare with a weight of 0 before you keep it.",
    ),
    "batchnorm-train-eval-gap.generator": FindingWords(
        title="the generator draws otherwise in training mode: its FID is {ratio} times that in evaluation mode",
        explanation="What you look at while training is not what is scored or used afterwards. BatchNorm uses the "
        "batch's "
        "own statistics in training and running ones in evaluation; these have not met. Seen in {seeds} of {of} seeds.",
        advice="Look at the arguments of BatchNorm (momentum, eps) in the generator.",
    ),
    "batchnorm-train-eval-gap.discriminator": FindingWords(
        title="real images have {ratio} times the energy in evaluation mode that they have in training mode",
        explanation="The discriminator has BatchNorm, so that in training an image's energy depends on what shares its "
        "batch, and in evaluation on running statistics that lag behind. Seen in {seeds} of {of} seeds.",
        advice="Keep real and generated images in batches of their own, or take BatchNorm out of the discriminator.",
    ),
    "diverged": FindingWords(
        title="{seeds} of {of} seeds diverge, the first at step {step:n}: {reason}",
        explanation="A value stopped being finite, and no step after it means anything. It counts as not working.",
        advice="Lower the learning rates; look for a hinge that is missing, and for a logarithm, root or division that "
        "can reach zero.",
    ),
    "reference-not-working": FindingWords(
        title="the reference works in {works} of {of} seeds after {steps:n} steps: nothing can be learned by comparing",
        explanation="What is said about mine is said against the absolute bar alone.",
        advice="Train until the reference works, --steps auto, or compare with another one.",
    ),
    "still-improving": FindingWords(
        title="still getting better when training ended: FID fell to {ratio:%} or less over the second half",
        explanation="In each of the {seeds} seeds that do not work. {steps:n} steps decide nothing about it.",
        advice="Train on, --steps {decides:n}; what is trained is kept.",
    ),
    "slower-than-reference": FindingWords(
        title="slower, not necessarily broken: after {steps:n} steps it is where the reference was {factor} times "
        "earlier",
        explanation="By FID. Two seeds of one model differ by a factor of up to 1.5, this is more.",
        advice="Raise the learning rate, or give it {factor} times the steps before you call it broken.",
    ),
}
"""What rules say, in the order in which they stand in `rules/`; a key is a slug, or `slug.case`."""

LADDER_CLIMBED = "trying each net alone"
LADDER_TITLE = "sanity ladder"
LADDER_NO_AUTOENCODER = "n/a (no autoencoder)"
LADDER_NO_YARDSTICK = "there is nothing to compare with: its energy gives the mean image no finite value above the best"
LADDER_NOT_PER_SAMPLE = "energy() does not return one value a sample, so that images cannot be ranked by it"
LADDER_ONE_PIECE = "its train_step is one piece, so that the discriminator cannot be trained beside a generator at rest"
LADDER_JUDGE_BROKE = "the energies of the discriminator that would judge it are not finite: mend it first"
LADDER_NOTHING_TO_LOWER = "the discriminator gives generated images no higher energy than real ones: mend it first"

PARTS_SAME = "These are equal in effect, or not used."
NO_AUTOENCODER = "{} has no energies to show: n/a (no autoencoder)."
NO_DIFFERENCES = "No part differs in effect."


def number(value: float | None, digits: int = 3) -> str:
    """`value` to three significant digits, thousands separated from 10,000 on; whole numbers stay whole."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    sign, size = (MINUS if value < 0 else ""), abs(value)
    exponent = math.floor(math.log10(float(f"{size:.{digits - 1}e}")))
    if exponent >= 9 or exponent < -4:
        return f"{sign}{size / 10.0**exponent:.{digits - 1}f}{TIMES}10{str(exponent).translate(_SUPERSCRIPT)}"
    rounded = round(size, digits - 1 - exponent)
    decimals = 0 if float(size).is_integer() else max(0, digits - 1 - exponent)
    return f"{sign}{rounded:,.{decimals}f}" if rounded >= 10_000 else f"{sign}{rounded:.{decimals}f}"


def power(value: float) -> str:
    """A number to one digit with its power of ten: `10⁻⁵`, `2×10⁹`."""
    digits, exponent = f"{value:.0e}".split("e")
    lead = {"1": "", "-1": MINUS}.get(digits, f"{digits.replace('-', MINUS)}{TIMES}")
    return f"{lead}10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def count(value: int) -> str:
    """A whole number, all digits, thousands separated from 10,000 on."""
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


def percent(share: float | None) -> str:
    """A share of 0..1 as `12 %`; what is neither none nor all never reads as 0 % or 100 %."""
    if share is None or not math.isfinite(share):
        return MISSING
    shown = "<1" if 0 < share < 0.005 else ">99" if 0.995 <= share < 1 else f"{share * 100:.0f}"
    return f"{shown}{NO_BREAK_SPACE}%"


def spread(values: Sequence[float | None]) -> str:
    """`94 to 185`: lowest and highest of the values that are there; one number where they read the same."""
    present = sorted(value for value in values if value is not None and math.isfinite(value))
    if not present:
        return MISSING
    low, high = number(present[0]), number(present[-1])
    return low if low == high else f"{low} to {high}"


def plus_minus(mean: float, low: float | None, high: float | None, *, signed: bool = True) -> str:
    """`−0.79 ± 0.04`: half the interval to two digits, the mean to the same decimals; no ± without an interval."""
    lead = "+" if signed and mean > 0 else ""
    if low is None or high is None or not math.isfinite(high - low):
        return lead + number(mean)
    half = (high - low) / 2
    if half <= 0 or not 1e-4 < half < 1e9:
        return f"{lead}{number(mean)} ± {number(half)}"
    decimals = max(0, 1 - math.floor(math.log10(half)))
    shown = f"{round(abs(mean), decimals):{',' if abs(mean) >= 10_000 else ''}.{decimals}f}"
    return f"{MINUS if mean < 0 else lead}{shown} ± {half:{',' if half >= 10_000 else ''}.{decimals}f}"


RATIO_SHOWN = 1e4
"""An interval that reaches beyond this ratio says no more than that."""


def ratio(mean: float, low: float | None, high: float | None) -> str:
    """`× 72 [31, 160]`: mine over ref with its interval."""
    if low is None or high is None:
        return f"{TIMES}{NO_BREAK_SPACE}{number(mean)}"
    lower = number(low) if low >= 1 / RATIO_SHOWN else f"<{number(1 / RATIO_SHOWN)}"
    upper = number(high) if high <= RATIO_SHOWN else f">{number(RATIO_SHOWN)}"
    interval = f" [{lower}, {upper}]"
    return f"{TIMES}{NO_BREAK_SPACE}{number(mean)}{interval}"


def duration(seconds: float | None) -> str:
    """`48 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return MISSING
    if seconds < 10:
        return f"{number(seconds, 2)} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def of_seeds(flags: Sequence[bool]) -> str:
    """`2 of 3`."""
    return f"{sum(flags)} of {len(flags)}"


def plural(amount: int, noun: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{count(amount)} {noun}{'' if amount == 1 else 's'}"


def joined(items: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def energies_title(side: str, real: float, fake: float) -> str:
    """What a histogram shows of one variant; medians over images and seeds."""
    return f"{side}'s generated images have a median energy of {number(fake)}, real ones {number(real)}"


def training_title(side: str, real: float, fake: float, step: int | None) -> str:
    """Where the energies of one variant end, means over seeds; the step where that is before the planned end."""
    early = "" if step is None else f" early, at step {count(step)}: energy"
    return f"{side} ends{early or ' at energy'} {number(real)} for real and {number(fake)} for generated images"


def hinge_title(shares: Sequence[tuple[str, float]]) -> str:
    """What share of fakes is pushed away at the end, per variant."""
    shown = joined([f"{percent(share)} of {side}'s" for side, share in shares])
    return f"At the end {shown} generated images are still pushed away"


def quality_title(ranges: Sequence[tuple[str, str]]) -> str:
    """Where the FID of each variant ends; ranges over seeds."""
    return joined([f"{side} ends at FID {shown}" for side, shown in ranges])


def losses_title(ends: Sequence[tuple[str, float]]) -> str:
    """Where the generator's loss of each variant ends; means over seeds."""
    return "The generator's loss ends at " + joined([f"{number(value)} for {side}" for side, value in ends])


def coherence_title(shares: Sequence[tuple[str, float]]) -> str:
    """How far the energy pushes the images of a batch the same way at the end, per variant."""
    shown = joined([f"{side}'s generated images {percent(share)} the same way" for side, share in shares])
    return f"At the end the energy pushes {shown}"


def anchors_title(side: str, shown: str, below: str | None, above: str | None) -> str:
    """Between which yardsticks the FID of one variant stands; `shown` is its range over seeds."""
    if below and above:
        return f"{side}'s FID of {shown} stands between {ANCHORS[below]} and {ANCHORS[above]}"
    if below:
        return f"{side}'s FID of {shown} is beyond {ANCHORS[below]}"
    return f"{side}'s FID of {shown} is better than {ANCHORS[above]}" if above else f"{side}'s FID is {shown}"


def digits_title(side: str, present: int, classes: int) -> str:
    """How many classes one variant draws."""
    return f"{side} draws {present} of {classes} classes"


def spectra_title(side: str, share: float, fake: float, real: float) -> str:
    """Variance of one variant's generated codes against its real ones, and the directions that both take up."""
    return (
        f"{side}'s generated codes have {percent(share)} of the variance of real ones, "
        f"in {number(fake, 2)} directions against {number(real, 2)}"
    )


def directions_title(side: str, fake: float, real: float) -> str:
    """Directions that codes point in at the end, means over seeds."""
    return f"{side}'s generated codes point in {number(fake, 2)} directions, real ones in {number(real, 2)}"


def reconstructions_title(side: str, errors: Sequence[tuple[str, float]]) -> str:
    """Mean size of the difference by kind, as a share of the pixel range."""
    shown = joined([f"{percent(error)} for {RECONSTRUCTED[kind]}" for kind, error in errors])
    return f"{side} misses by {shown}"


def reconstructions_alt(side: str, kind: str, shown: int, error: float) -> str:
    """Text in place of a picture of inputs, reconstructions and differences."""
    return (
        f"{side}: {RECONSTRUCTED[kind]}, their reconstructions and the differences, {shown} each; "
        f"on average {percent(error)} of the pixel range differs"
    )


def interpolations_alt(side: str, rows: int, columns: int, change: float) -> str:
    """Text in place of rows of images between latent vectors."""
    return (
        f"{plural(rows, 'row')} of {columns} images that {side} generated between two latent vectors each; "
        f"from one to the next {percent(change)} of the pixel range changes"
    )


def restores(k: int, n: int, share_of_gap: float | None) -> str:
    """How often mine works without the parts to blame."""
    works = f"works in {k} of {n}"
    return works if share_of_gap is None else f"{works}; closes {percent(share_of_gap)} of the gap"


def breaks(k: int, n: int) -> str:
    """How often ref fails with the parts to blame."""
    return f"fails in {k} of {n}"


def rung_value(slug: str, value: float | None, unit: str, threshold: float | None) -> str:
    """A rung's number beside what it had to reach."""
    if value is None:
        return ""
    shown = f"{number(value)} {unit}".strip()
    asked = RUNGS[slug][1].format(number(threshold)) if slug in RUNGS and threshold is not None else ""
    return f"{shown} (asked: {asked})" if asked else shown


def ladder_summary(side: str, failed: Sequence[str]) -> str:
    """Which net of a variant is sick; `failed` are the nets of the rungs that it fails, the first one first."""
    if not failed:
        return f"{side} passes every task that was tried."
    return f"{side} fails {plural(len(failed), 'task')}, the first one of its {failed[0]}."


def frame(seed: int, step: int | None) -> str:
    """What a grid of images stands for; without a step where the weights were restored."""
    return f"restored weights, seed {seed}" if step is None else f"step {count(step)}, seed {seed}"


def samples_alt(side: str, shown: int, seed: int, step: int | None) -> str:
    """Text in place of a grid of generated images; without a step where the weights were restored."""
    if step is None:
        return f"{plural(shown, 'image')} that {side} generated with restored weights, seed {seed}"
    return f"{plural(shown, 'image')} that {side} generated at step {count(step)}, seed {seed}"


def ended(side: str, status: str, seeds: Sequence[int], step: int, reason: str | None, line: str | None) -> str:
    """What became of some runs of a variant that ended alike."""
    which = f"seed{'' if len(seeds) == 1 else 's'} {joined([str(seed) for seed in seeds])}"
    why = f": {reason}" if reason else ""
    return f"{side} {RUN_MARKS[status].words} at step {count(step)} ({which}{f', {line}' if line else ''}){why}"


def probe_failed(probe: str, step: int, reason: str) -> str:
    """Said of a run in which a probe could not look; its series are missing or have gaps, all else is as usual."""
    return f"The probe {probe} could not look, first at step {count(step)}: {reason}."


def poorer_series(side: str, seed: int, stored: str, asked: str) -> str:
    """Why a stored run is trained again although its weights are known; `stored` and `asked` are probe sets."""
    if stored == asked:
        return f"{side}, seed {seed} is trained again: its curves were recorded by an older version of ebdiag"
    return (
        f"{side}, seed {seed} is trained again: its curves were recorded with --probes {stored}, "
        f"and those of --probes {asked} can only be recorded while training"
    )


def absent(side: str, what: str) -> str:
    """Stands where a variant has nothing to show."""
    return f"{side} has no {what} to show."


def bar(limits: Mapping[str, float | None]) -> str:
    """What "works" asks for."""
    asked = [
        text.format(number(limit))
        for key, text in (
            ("fid_max", "FID below {}"),
            ("coverage_min", "coverage of at least {}"),
            ("digits_min", "at least {} digits among confident predictions"),
        )
        if (limit := limits.get(key))
    ]
    return joined(asked) if asked else "no bar for this data set"


def noise_floor(amounts: Sequence[int]) -> str:
    """The line under the table of metrics that says what the noise floor is."""
    text = (
        "In usual spreads: the difference divided by the usual spread between seeds, which is the standard deviation "
        "of a score over training seeds of models that work (of its logarithm where a ratio is compared)"
    )
    if not amounts:
        return f"{text}."
    if max(amounts) == 0:
        return f"{text}, known from the reference models, as no run here works."
    return f"{text}, taken over {' to '.join(map(str, sorted({min(amounts), max(amounts)})))} runs."


def pairing(correlations: Sequence[tuple[str, float]]) -> str:
    """What pairing by seed bought."""
    shown = joined([f"{title} {number(value, 2)}" for title, value in correlations])
    return f"Correlation between paired seeds: {shown}; pairing buys something only where it is high."


def settle(needed: Sequence[tuple[str, int]]) -> str:
    """How many seeds would settle what is inconclusive."""
    return f"Would settle it: about {joined([f'{count(seeds)} seeds for {title}' for title, seeds in needed])}."


def delay(factor: float, steps: int) -> str:
    """How far mine lags behind."""
    reached = count(round(steps / factor))
    times = f"{TIMES}{NO_BREAK_SPACE}{number(factor, 2)}"
    return f"mine at {count(steps)} steps is where ref was at about {reached} ({times})."


def other_scale(side: str) -> str:
    """Said where a margin cannot be drawn beside mean squared energies."""
    return f"{side}'s margin is not drawn: its energy is on a scale of its own."


def equivalence(bounds: Sequence[tuple[str, str, float]]) -> str:
    """What "same" means, per metric: (title, scale, δ)."""
    shown = [
        f"{title} {TIMES} {number(1 / bound)} to {TIMES} {number(bound)}"
        if scale == "log"
        else f"{title} ± {number(bound)}"
        for title, scale, bound in bounds
    ]
    return f"Same means that the interval lies inside {joined(shown)}."


def alike(layers: int, names: str) -> str:
    """Neighbouring layers that are the same in both models."""
    return f"{plural(layers, 'layer')} alike: {names}"


def extent(steps: int, seeds: int) -> str:
    """How long was trained, and how often."""
    return f"{plural(steps, 'step')}, {plural(seeds, 'seed')}"


def hashed(name: str, digest: str) -> str:
    """A name with the hash of what it stands for."""
    return f"{name}, hash {digest}"


def dataset(name: str, train: int, held_out: int, shape: Sequence[int], digest: str) -> str:
    """What was trained and scored on."""
    return (
        f"{name}, {count(train)} to train and {count(held_out)} held out, {TIMES.join(map(str, shape))}, hash {digest}"
    )


def ladder_optimizer(net: str, value: float, rate: float) -> str:
    """A rung that fails with the variant's optimiser and passes with a plain one."""
    return f"the same {net} reaches {number(value)} with Adam at a rate of {number(rate)}: it is its optimiser"


def with_reason(sentence: str, reason: str) -> str:
    """A paragraph, and what was seen beside it."""
    return f"{sentence} What was seen: {reason}."


@dataclass(frozen=True)
class Said:
    """A finding's text."""

    title: str
    explanation: str
    advice: str


def finding(found: Finding) -> Said:
    """What a finding says, from its evidence; the text that it holds where the catalogue has none for it."""
    template = FINDINGS.get(found.wording or "")
    if template is None:
        return Said(found.title, found.explanation, found.advice)
    place = str(found.lines[0]) if found.lines else None
    values = _Values({**found.evidence, "side": found.variant, "part": found.part, "line": place})
    advice = template.advice if isinstance(template.advice, str) else template.advice.get(found.part or "", "")
    texts = [text.format_map(values) for text in (template.title, template.explanation, advice)]
    reason = found.evidence.get("reason")
    if isinstance(reason, str) and "{reason}" not in template.title:
        texts[1] = with_reason(texts[1], reason)
    return Said(*texts)


class _Shown:
    """A value of the evidence inside a template."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, asked: str) -> str:
        value = self.value
        if isinstance(value, list):
            return joined([format(_Shown(item), asked) for item in value])
        if isinstance(value, bool) or not isinstance(value, int | float):
            return MISSING if value is None else str(value)
        return percent(value) if asked == "%" else count(round(value)) if asked == "n" else number(float(value))


class _Values(dict[str, "_Shown"]):
    """Evidence by name; what is absent is not available."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__({name: v if isinstance(v, _Shown) else _Shown(v) for name, v in values.items()})

    def __missing__(self, name: str) -> _Shown:
        return _Shown(None)


def counted(errors: int, warnings: int, others: int) -> str:
    """The last line of lint."""
    return joined([plural(errors, "error"), plural(warnings, "warning"), plural(others, "other remark")])


def rung_cell(mark: str, value: float | None, slug: str, threshold: float | None) -> str:
    """A rung in a narrow table: mark, number, and what it is asked to be."""
    if value is None or threshold is None:
        return mark
    return f"{mark} {number(value)} ({RUNGS[slug][1].format(number(threshold))})"


def ladder_slow(updates: int, usual: int) -> str:
    """A rung that is passed late: slow is not sick."""
    return f"passed, but slowly: after {count(updates)} updates in place of {count(usual)}"


def ladder_raised(error: str, line: str | None) -> str:
    """User code raised on a rung."""
    return f"could not be tried: {error}" if line is None else f"could not be tried: {error} at {line}"


def ladder_diverged(what: str, updates: int) -> str:
    """A net whose numbers stopped being finite."""
    return f"{what} is not finite after {plural(updates, 'update')}"

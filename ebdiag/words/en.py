"""What people read, in English. The other languages have the same names and keys, and the same placeholders."""

from __future__ import annotations

from ..metrics import EVERY_METRIC
from .en_findings import FINDINGS as FINDINGS
from .en_findings import LADDER_ADVICE as LADDER_ADVICE
from .en_sweeps import RUNS as RUNS
from .en_sweeps import SWEEP as SWEEP
from .shapes import RungWords

BADGES = {
    "mine_fails": "mine fails",
    "mine_worse": "mine is worse",
    "same": "no difference that matters",
    "mine_better": "mine is better",
    "reference_fails": "the reference itself fails",
    "both_fail": "both fail",
    "inconclusive": "inconclusive",
    "run_failed": "a run failed",
}
"""Verdict status → badge."""

METRIC_MARKS = {
    "better": "better",
    "worse": "worse",
    "same": "same",
    "inconclusive": "inconclusive",
    "not_tested": "described only",
}
"""Metric verdict → mark."""

RUN_MARKS = {
    "finished": "finished",
    "restored": "restored",
    "diverged": "diverged",
    "crashed": "crashed",
    "timeout": "timed out",
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
    "proof": "One seed, after as many steps; from the same latents where both models take latents of one kind. From "
    "left to right: the reference works; with the parts to blame it does not; mine works without them, with the "
    "reference's in their place; mine does not.",
    "samples": "Both models drew these from the same latent vectors, in the same order. Images at the same place need "
    "not correspond all the same: two trainings are free to put different images at one latent vector.",
    "energies": "How to read it: one value an image, evaluation mode, mean of squared errors on a pixel range of −1 "
    "to 1; the further right, the worse an image is rebuilt. At the optimum real and generated energies meet, so "
    "equal energies alone are no failure.",
    "training": "How to read it: mean of squared errors on pixels of −1 to 1, training mode. Line: mean over seeds; "
    "band: lowest to highest seed. A generated energy that is flat at the margin is the margin, not convergence.",
    "hinge": "How to read it: generated images with an energy below the margin are the ones that the discriminator "
    "still pushes away. 100 % means that none has reached the margin. Hatched: below 5 %, where the discriminator "
    "hardly learns from generated images any more; that is a failure only where the images are bad.",
    "quality": "How to read it: lower is better. Dotted: held-out real images (as good as it gets) and blank ones. "
    "Above the level of one repeated image (about that of blanks) FID ranks nothing. A score in the table is a mean "
    "over the last checkpoints, so that it can differ from where a line ends.",
    "anchors": "How to read it: lower is better, on a logarithmic axis; one mark a seed. Diamonds are real images in "
    "known disguises. A model beside “one image repeated” has collapsed; further right, FID ranks nothing. A model "
    "can stand left of “two images a class” and still draw little variety: read coverage, too.",
    "digits": "How to read it: bars are real images; a mark is the mean over seeds, its line the lowest to highest "
    "seed. Only images count that the classifier is sure about; equal shares say nothing about how good they look.",
    "losses": "How to read it: losses say whether training moves, not whether it works: a generator's loss that is "
    "flat at the margin is the margin, not convergence. The two models' losses compare only where they are defined "
    "alike.",
    "coherence": "How to read it: 100 % means that the generator's loss pushes all generated images of a batch the "
    "same way, 0 % that the pushes cancel. Distinct images need distinct pushes, so low is no failure by itself; low "
    "while all images look alike is: nothing then tells the generator where to move.",
    "began": "How to read it: M = L(x) + |γ L(x) − L(G(z))| falls as a BEGAN converges: real images are rebuilt "
    "better, and the two energies come into balance. k is the weight that generated images have in the discriminator's "
    "loss, 0 to 1; at an end of its range for long, nothing is balanced. M says nothing about variety: a generator "
    "that draws one image can have a low one.",
    "magan": "How to read it: the margin is the energy up to which the discriminator pushes generated images away, in "
    "the variant's own energy. A MAGAN's follows the energy of real images down and never rises; generated images "
    "should stay near it.",
    "ranking": "How to read it: of a real and a generated image, how often the discriminator gives the real one the "
    "higher number. 50 % is a guess, 100 % a discriminator that knows every image. A GAN at work lies between; at "
    "100 % while the images are bad, the discriminator has won. A batch that is ranked the wrong way round counts as "
    "ranked.",
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
    "ladder": "Small tasks that a sound net can do within seconds, each tried before the training. The first rung "
    "that fails says which net is sick; passing all of them does not prove that the two work together. AUROC is how "
    "well energies tell two kinds of images apart: 1 always, 0.5 not at all.",
    "ladder_alone": "Small tasks that a sound encoder can do within seconds, tried before the training. One that fails "
    "says where to look first; passing all of them does not prove that the training will work. AUROC is how often a "
    "same pair has a higher cosine than a different one: 1 always, 0.5 by chance.",
    "layers": "Both nets in the order in which they run, aligned like a comparison of two texts. Only what differs is "
    "open.",
    "parts": "What differs in effect. A part that is not used changes nothing, however it is written.",
    "embedding_quality": "How to read it: AUROC of the cosine on held-out pairs, how often a same pair has a higher "
    "one than a different pair. Dashed: what “works” asks for; dotted: chance. It sees the order of cosines "
    "alone, so it can be high while all of them lie close together and no usual threshold separates them.",
    "roc": "How to read it: how many same pairs are found at how many false alarms, as the threshold of the cosine "
    "moves; one line a seed. The further up and to the left, the better; on the dotted line the cosine tells "
    "nothing. It does not say which threshold the variant uses.",
    "thresholds": "How to read it: share of pairs decided right when everything from this cosine on is called "
    "“same”. Dotted: what answering “same” to every pair scores; a mark beside it is no skill. A best threshold "
    "is picked on the pairs that it is scored on, so it flatters where they are few.",
    "reliability": "How to read it: of the pairs that are called “same” with some probability, so many are; the "
    "dotted line is calibrated. Bars below: how many pairs say so. Points above few pairs mean little. Calibrated "
    "is not useful: saying 50 % to every pair is calibrated, too.",
    "probes": "How to read it: embeddings of held-out images named by a linear probe that is trained on embeddings "
    "of training images, and by the nearest of those; a line is lowest to highest seed. High values do not mean "
    "that cosines can be used: a probe also reads differences that a cosine hardly sees.",
    "cosines": "How to read it: one value a held-out pair, in evaluation mode. What counts is how little the two "
    "kinds overlap, not how high the cosines are. Dashed: from where on the variant itself says “same”. A "
    "threshold that stands left of both kinds calls everything “same”.",
    "alignment": "How to read it: lower is better on both axes. Alignment is the mean squared distance of same "
    "pairs, uniformity tells how evenly all embeddings spread. One point for all images has the best alignment "
    "there is, so alignment alone is no merit. One mark a seed.",
    "embedding_spectrum": "How to read it: how the variance of normalised embeddings is shared out among their main "
    "directions. A line that breaks off early uses few directions. It does not tell how much they vary in all (that "
    "is the spread), and a net with ten classes to tell apart needs no more than nine.",
    "spread": "How to read it: standard deviation of each dimension of normalised embeddings times the root of "
    "their number, dimensions sorted. Dotted: a sphere that is used evenly. All near 0 is one point or a narrow "
    "cone; a few high ones are few directions. A class each in one place spreads less than 1, so less is no failure "
    "by itself.",
    "mean_share": "How to read it: how much of the embeddings is the same for all images of a batch. Near 100 % all "
    "of them point the same way: a cone, so that every cosine is high. A low share is no success by itself: "
    "embeddings can be centred and know nothing.",
    "embedding_training": "How to read it: mean cosine of the pairs of a training batch, in training mode; band: "
    "lowest to highest seed. A gap here can be learned by heart: whether it holds for unseen images, the held-out "
    "pairs tell.",
    "pair_losses": "How to read it: losses say whether training moves, not whether it works. Dashed: a loss that no "
    "embeddings can fall below, so that a line there is the end of what this loss can say, not convergence. Two "
    "losses compare only where they are defined alike.",
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
    "same pairs": "same pairs ({})",
    "different pairs": "different pairs",
    "own same": "same, its own pairs",
    "own different": "different, its own pairs",
    "own threshold": "its own threshold",
    "best threshold": "best threshold",
    "always same": "always “same”",
    "guessing": "guessing",
    "calibrated": "calibrated",
    "even sphere": "sphere used evenly",
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
    "updates": "updates",
    "share of pairs": "share of pairs",
    "cosine of a pair": "cosine of a pair",
    "false alarms": "different pairs called “same”",
    "same found": "same pairs found",
    "threshold": "threshold of the cosine",
    "pairs decided right": "pairs decided right",
    "probability of same": "probability of “same”",
    "really same": "really same",
    "of pairs": "pairs",
    "uniformity": "uniformity",
    "alignment": "alignment",
    "evenly spread": "evenly spread",
    "one point": "one point",
    "share of variance": "share of variance",
    "dimension": "dimension, widest first",
    "spread": "spread",
    "auroc": "AUROC",
    "bar": "works",
    "chance": "chance",
    "linear probe": "linear probe",
    "nearest image": "nearest image",
    "images named right": "named right",
    "in one direction": "in one direction",
    "cosine": "cosine",
    "same": "same",
    "different": "different",
    "floor": "{}'s floor",
    "convergence": "M",
    "balance": "k",
    "own energy": "own energy",
    "ranked": "pairs told apart",
}
"""What stands at the axes and inside of figures."""

BETTER = {"lower": "lower is better", "higher": "higher is better", "none": ""}

PAGE = {
    "logarithmic": "logarithmic axis",
    "candidates": "What is still possible",
    "manner": "how",
    "left out": "{count} exchanges that could not be tried",
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
    "training": "Training",
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
    "not compared": "not compared",
    "yes": "yes",
    "no": "no",
    "repeat": "To repeat it",
    "whole report": "The whole report:",
    "parts same": "These are equal in effect, or not used.",
    "no differences": "No part differs in effect.",
    "words": "Words used here",
    "rest": "Figures, all metrics, architecture, runs and provenance",
    "cut": "The rest is left out here; the page beside this file has it.",
}
"""What stands on the page beside numbers: headings, labels, short sentences."""

STATES = {
    "waiting": "waiting",
    "running": "running",
    "done": "done",
    "diverged": "diverged",
    "refused": "refused",
    "crashed": "crashed",
    "timeout": "timed out",
    "broken": "broken",
    "stopped": "stopped",
}
"""State of a run while others train → words."""

PROGRESS = {
    "run": "run",
    "progress": "progress",
    "step": "step",
    "energy_real": "E real",
    "energy_fake": "E fake",
    "pushed_away": "pushed away",
    "cosine_same": "cos same",
    "cosine_different": "cos different",
    "speed": "steps/s",
    "left": "left",
}
"""Columns of the table of runs that train."""

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
    "encoder-overfits-pairs": ("The encoder learns 32 pairs by heart", "at least {}"),
    "encoder-learns-labels": ("The encoder learns from the labels of 256 pairs what holds for others", "at least {}"),
}
"""Rung of the sanity ladder → the task, and what its number is asked to be; in the order of the ladder."""

LADDER = {
    "discriminator-overfits": RungWords("D overfits 64 images", "× energy of their mean image"),
    "discriminator-separates-noise": RungWords("D tells real from noise", "AUROC"),
    "discriminator-separates-fakes": RungWords("D tells real from untrained G", "AUROC"),
    "generator-lowers-energy": RungWords("G lowers E under frozen D", "× energy at its start"),
    "generator-overfits": RungWords("G overfits one batch", "× error of their mean image"),
    "encoder-overfits-pairs": RungWords("Encoder overfits 32 pairs", "AUROC"),
    "encoder-learns-labels": RungWords("Encoder learns from labels", "AUROC"),
}
"""Rung → where there is little room, and the unit of its number."""

NOT_FINITE = {"loss": "its loss", "score": "what it is judged by"}
"""What may stop being finite on a rung."""

RUNG_MARKS = {
    True: "passed",
    False: "failed",
    None: "not tried",
}
"""Whether a rung was passed → mark."""

SEVERITY_MARKS = {
    "error": "error",
    "warning": "warning",
    "deviation": "differs from the paper",
    "note": "note",
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
    "works": "works",
    "fails_like_mine": "fails like mine",
    "fails_otherwise": "fails otherwise",
    "slow": "slow",
}
"""Outcome of a model that was tried → mark."""

BLAMES = {
    "single": "alone",
    "joint": "only together",
    "redundant": "each for itself",
    "other": "unknown",
}
"""How parts are to blame → words."""

SWAPS = {
    "blamed": "It is to blame: it breaks ref, and mine works without it.",
    "breaks": "It is enough to break ref; that mine works without it was not seen.",
    "restores": "Mine works without it; that it breaks ref was not seen.",
    "cleared": "It is not to blame: exchanging it neither breaks ref nor mends mine.",
    "silent": "This exchange could not have shown anything.",
}
"""What exchanging one part showed → sentence."""

EVIDENCE = {
    "rung": "task",
    "start": "at the start",
    "updates": "after updates",
    "also_failed": "fails as well",
    "energy_real": "energy of real images",
    "energy_fakes": "energy of generated images",
    "energy_noise": "energy of noise",
    "steps": "steps",
    "works": "seeds that work",
    "change": "relative change",
    "limit": "limit",
    "of": "of seeds",
    "seeds": "seeds",
    "data_low": "lowest pixel of the data",
    "data_high": "highest pixel of the data",
    "low": "lowest value it can reach",
    "high": "highest value it can reach",
    "floor": "lowest energy it can reach",
    "layer": "layer",
    "layers": "layers",
    "expected_std": "usual standard deviation",
    "others": "parameters of others",
    "order": "order",
    "names": "values",
    "reference_code": "the reference's code",
    "energy_fake": "energy of generated images",
    "margin": "margin",
    "ratio": "ratio",
    "generator": "generator",
    "discriminator": "discriminator",
    "cosine": "cosine",
    "shape": "shape",
    "returned": "returned",
    "share": "share",
    "weight": "weight",
    "reference_latents": "the reference's latents",
    "net": "net",
    "rate": "learning rate",
    "reference_rate": "the reference's learning rate",
    "types": "types of layers",
    "missed": "layers left as they were",
    "std": "standard deviation",
    "mean": "mean",
    "energy": "energy",
    "path": "layer",
    "type": "type of layer",
    "tensors": "tensors",
    "step": "step",
    "nets": "nets",
    "tensor": "tensor",
    "call": "call",
    "given": "AUROC of training pairs",
    "shuffled": "AUROC of training pairs with shuffled labels",
    "trained_auroc": "AUROC of held-out pairs after training",
    "at": "drawn at line",
    "reference_least_loss": "the reference's floor",
    "late_loss": "training loss at the end",
    "threshold_low": "its threshold is above",
    "threshold_high": "and at most at",
    "least": "lowest cosine",
    "most": "highest cosine",
    "probability": "its probability at cosines −1 and 1",
    "predicted_same": "called the same",
    "same_share": "share of same pairs",
    "accuracy": "accuracy",
    "accuracy_best": "accuracy at the best threshold",
    "threshold_best": "best threshold",
    "own_accuracy": "accuracy on its own pairs",
    "own_predicted_same": "called the same of its own pairs",
    "spread": "spread",
    "rank": "effective rank",
    "mean_share": "share in the mean direction",
    "cosine_same": "cosine of same pairs",
    "cosine_different": "cosine of different pairs",
    "size": "size of the embedding",
    "reference_spread": "the reference's spread",
    "reference_rank": "the reference's effective rank",
    "reference_count": "the reference's training pairs",
    "apart_training": "cosines apart, training pairs",
    "apart_held_out": "cosines apart, held-out pairs",
    "reference_updates": "the reference's updates",
    "count": "training pairs",
    "always": "right with one answer",
    "reference_same_share": "the reference's share of same pairs",
    "digits": "digits drawn",
    "k": "k",
}
"""Evidence of a finding that its words leave out → what it is called; others by their own name."""

GAUGES = {
    "data_high": "pixels of the data",
    "high": "what it can reach",
    "margin": "margin m",
    "ceiling": "highest energy it can have",
    "mean_image": "energy of the mean image",
    "floor": "lowest energy it can have",
    "alone": "energy alone",
    "among": "energy among batch-mates",
    "d": "updates of D",
    "g": "updates of G",
    "expected": "as it should be",
    "value": "as measured",
    "start": "at the start",
    "threshold": "needed",
    "std": "its standard deviation",
    "expected_std": "PyTorch's own",
    "rate": "its learning rate",
    "reference_rate": "the reference's",
    "latents": "its latent",
    "reference_latents": "the reference's",
    "code": "its code",
    "needed": "half the data's variance needs",
    "pixels": "pixels of an image",
    "reference_code": "the reference's code",
    "chance_high": "what chance gives",
    "least_loss": "lowest loss it can have",
    "undecided_loss": "loss where it is undecided",
    "reference_least_loss": "the reference's floor",
    "count": "its training pairs",
    "reference_count": "the reference's",
    "updates": "its updates",
    "reference_updates": "the reference's",
    "same_share": "its share of same pairs",
    "reference_same_share": "the reference's",
}
"""Number that a bar stands for → what it is."""

VALUES = {
    "own": "own",
    "none": "none",
    "standard": "standard",
    "PyTorch's": "PyTorch's",
    "mean of squares": "mean of squares",
    "paper's": "paper's",
    "paper's hinge": "paper's hinge",
    "energy + pull-away": "energy + pull-away",
    "shuffled, last batch dropped": "shuffled, last batch dropped",
    "shuffled, last batch smaller": "shuffled, last batch smaller",
    "in the order of the data set, last batch dropped": "in the order of the data set, last batch dropped",
    "in the order of the data set, last batch smaller": "in the order of the data set, last batch smaller",
}
"""A part's value as `result.json` has it → words."""

RECONSTRUCTED = {"real": "real images", "fake": "generated images", "noise": "noise"}
"""What was given to the discriminator."""

METRIC_TITLES = {metric.key: metric.title for metric in EVERY_METRIC}
"""Metric → a few words for a table."""

METRIC_READINGS = {metric.key: metric.how_to_read for metric in EVERY_METRIC}
"""Metric → how to read it, in one sentence."""

TERM_NAMES = {
    "noise floor": "usual spread between seeds",
    "hinge active": "still pushed away",
    "seed": "seed",
    "energy": "energy",
    "fid": "FID",
    "used": "used",
    "how sure": "how sure",
    "margin": "margin",
    "code": "code",
    "directions": "directions",
    "layer": "layer",
}
"""Plain word → the word itself."""

NOUN = {
    "seed": "{count} seed",
    "step": "{count} step",
    "image": "{count} image",
    "row": "{count} row",
    "layer": "{count} layer",
    "task": "{count} task",
    "run": "{count} run",
    "update": "{count} update",
    "error": "{count} error",
    "warning": "{count} warning",
    "other remark": "{count} other remark",
}
"""One of something."""

NOUNS = {
    "seed": "{count} seeds",
    "step": "{count} steps",
    "image": "{count} images",
    "row": "{count} rows",
    "layer": "{count} layers",
    "task": "{count} tasks",
    "run": "{count} runs",
    "update": "{count} updates",
    "error": "{count} errors",
    "warning": "{count} warnings",
    "other remark": "{count} other remarks",
}
"""None or several of something."""

NETS = {"generator": "generator", "discriminator": "discriminator", "encoder": "encoder"}
"""Role of a net → words."""

TERMINAL = {
    "spread": "usual spread",
    "report": "report",
    "data": "data",
    "id": "id",
    "state": "state",
    "stored": "stored",
    "to restore": "to restore",
    "to train": "to train",
}
"""What the terminal alone says."""

SENTENCES = {
    "proof alt": "{count} images drawn by {who}",
    "advice verified": "Verified by a run: {source}.",
    "advice did not help": "Tried, and it did not help: {source}.",
    "advice unverified": "Unverified: no run of this project has shown that it helps.",
    "and": "{items} and {last}",
    "range": "{low} to {high}",
    "seconds": "{seconds} s",
    "minutes": "{minutes} min",
    "minutes seconds": "{minutes} min {seconds} s",
    "hours": "{hours} h {minutes} min",
    "of": "{amount} of {all}",
    "of seed": "{amount} of {all} seed",
    "of seeds": "{amount} of {all} seeds",
    "energies": "{side}'s generated images have a median energy of {fake}, real ones {real}",
    "training": "{side} ends at energy {real} for real and {fake} for generated images",
    "training early": "{side} ends early, at step {step}: energy {real} for real and {fake} for generated images",
    "hinge": "At the end {shares} generated images are still pushed away",
    "hinge share": "{share} of {side}'s",
    "quality": "{side} ends at FID {shown}",
    "losses": "The generator's loss ends at {ends}",
    "losses end": "{value} for {side}",
    "coherence": "At the end the generator's loss pushes {shares}",
    "coherence share": "{side}'s generated images {share} the same way",
    "began": "{side}'s M goes from {first} to {last}",
    "began balance": "{side}'s M goes from {first} to {last}, its k ends at {balance}",
    "magan": "{side}'s margin goes from {first} to {last}; energies end at {real} for real and {fake} for generated "
    "images",
    "ranking": "At the end the discriminator tells apart {shares} pairs",
    "ranking share": "{share} of {side}'s",
    "anchors between": "{side}'s FID of {shown} stands between {below} and {above}",
    "anchors beyond": "{side}'s FID of {shown} is beyond {below}",
    "anchors better": "{side}'s FID of {shown} is better than {above}",
    "anchors alone": "{side}'s FID is {shown}",
    "digits": "{side} draws {present} of {classes} classes",
    "spectra": "{side}'s generated codes have {share} of the variance of real ones, in {fake} directions against "
    "{real}",
    "directions": "{side}'s generated codes point in {fake} directions, real ones in {real}",
    "reconstructions": "{side} misses by {errors}",
    "reconstructions error": "{error} for {kind}",
    "reconstructions alt": "{side}: {kind}, their reconstructions and the differences, {shown} each; on average "
    "{error} of the pixel range differs",
    "interpolations alt": "{rows} of {columns} images that {side} generated between two latent vectors each; from one "
    "to the next {change} of the pixel range changes",
    "restores": "works in {amount} of {all}",
    "restores gap": "works in {amount} of {all}; closes {share} of the gap",
    "breaks": "fails in {amount} of {all}",
    "rung": "{shown} (asked: {asked})",
    "ladder passes": "{side} passes every task that was tried.",
    "ladder fails": "{side} fails {tasks}, the first one of its {net}.",
    "script head": "{path} is a script. What was recognised:",
    "script assumed": "what was assumed:",
    "script left out": "what was left out:",
    "ladder head": "sanity ladder",
    "ladder climbed": "trying each net alone",
    "ladder optimizer": "the same {net} reaches {value} with Adam at a rate of {rate}: it is its optimiser",
    "ladder slow": "passed, but slowly: after {updates} updates in place of {usual}",
    "ladder raised": "could not be tried: {error}",
    "ladder raised at": "could not be tried: {error} at {line}",
    "ladder diverged": "{what} is not finite after {updates}",
    "ladder no autoencoder": "n/a (no autoencoder)",
    "ladder no yardstick": "there is nothing to compare with: its energy gives the mean image no finite value above "
    "the best",
    "ladder not per sample": "energy() does not return one value a sample, so that images cannot be ranked by it",
    "ladder one piece": "its train_step is one piece, so that the discriminator cannot be trained beside a generator "
    "at rest",
    "ladder judge broke": "the energies of the discriminator that would judge it are not finite: mend it first",
    "ladder nothing to lower": "the discriminator gives generated images no higher energy than real ones: mend it "
    "first",
    "rung cell": "{mark} {value} ({asked})",
    "with reason": "{sentence} What was seen: {reason}.",
    "frame": "step {step}, seed {seed}",
    "frame restored": "restored weights, seed {seed}",
    "samples": "{images} that {side} generated at step {step}, seed {seed}",
    "samples restored": "{images} that {side} generated with restored weights, seed {seed}",
    "seed named": "seed {seeds}",
    "seeds named": "seeds {seeds}",
    "ended": "{side} {status} at step {step} ({where})",
    "ended why": "{side} {status} at step {step} ({where}): {reason}",
    "probe failed": "The probe {probe} could not look, first at step {step}: {reason}.",
    "older series": "{side}, seed {seed} is trained again: its curves were recorded by an older version of ebdiag",
    "poorer series": "{side}, seed {seed} is trained again: its curves were recorded with --probes {stored}, and those "
    "of --probes {asked} can only be recorded while training",
    "absent": "{side} has no {what} to show.",
    "no autoencoder": "{side} has no energies to show: n/a (no autoencoder).",
    "bar fid": "FID below {limit}",
    "bar coverage": "coverage of at least {limit}",
    "bar auroc": "AUROC of held-out pairs at least {limit}",
    "bar digits": "at least {limit} digits among confident predictions",
    "bar none": "no bar for this data set",
    "noise floor": "In usual spreads: the difference divided by the usual spread between seeds, which is the standard "
    "deviation of a score over training seeds of models that work (of its logarithm where a ratio is compared).",
    "noise floor prior": "In usual spreads: the difference divided by the usual spread between seeds, which is the "
    "standard deviation of a score over training seeds of models that work (of its logarithm where a ratio is "
    "compared), known from the reference models, as no run here works.",
    "noise floor runs": "In usual spreads: the difference divided by the usual spread between seeds, which is the "
    "standard deviation of a score over training seeds of models that work (of its logarithm where a ratio is "
    "compared), taken over {runs} runs.",
    "pairing": "Correlation between paired seeds: {shown}; pairing buys something only where it is high.",
    "pair": "{title} {value}",
    "settle": "Would settle it: about {needed}.",
    "settle seeds": "{seeds} seeds for {title}",
    "delay": "mine at {steps} steps is where ref was at about {reached} ({times}).",
    "other scale": "{side}'s margin is not drawn: its energy is on a scale of its own.",
    "equivalence": "Same means that the interval lies inside {bounds}.",
    "equivalence ratio": "{title} {low} to {high}",
    "equivalence difference": "{title} ± {bound}",
    "alike": "{layers} alike: {names}",
    "extent": "{steps}, {seeds}",
    "graft batch": "the {net} of {file} cannot be taken apart: what it does depends on the size of the batch",
    "graft mode": "the {net} of {file} cannot be taken apart: in training it makes other calls than in evaluation",
    "graft values": "the {net} of {file} cannot be taken apart: its forward decides by values of tensors",
    "graft origin": (
        "the {net} of {file} cannot be taken apart: its forward takes tensors that do not come from torch calls in it"
    ),
    "graft played": (
        "the {net} of {file} cannot be taken apart: its calls, made again, come to other numbers; state or random "
        "numbers of its own may be the cause"
    ),
    "graft form": "the {net} of {file} is exchanged as one piece: it returns something else than that of the reference",
    "graft along": "the {net} is exchanged as one piece: it goes with {parts}",
    "graft unseen": "the {net} is exchanged as one piece: its layers are alike, and what it makes of them is not",
    "graft fit": "layers of the {net} of {file} do not fit: what they need of the other net is not there",
    "plan trace": "{count} differences to choose from; at most {runs} hybrids, most of them for {steps} steps",
    "inside": "{net} is to blame; looking inside it, at {count} differences",
    "tried": "{who}, seed {seed}: {outcome}",
    "skipped": "{who} cannot be tried: {reason}",
    "how sure": "how sure: {likely}",
    "cause": "Most likely cause: {parts} ({lines}). Putting it into ref breaks {breaks} of {breaks_of}; "
    "taking it out of mine restores {restores} of {restores_of}.",
    "causes": "Most likely causes: {parts}. Each alone breaks ref; mine works only without all of them "
    "({restores} of {restores_of}).",
    "mended": "{file} stands beside the report: mine with the cause replaced.",
    "mended verified": "{file} stands beside the report: mine with the cause replaced, the very model that works.",
    "still possible": "Still possible: {candidates}.",
    "no exchange": "something that no exchange shows",
    "unseen": "No FID that is more than {ratio} times as high would have been missed.",
    "unseen share": "No AUROC that is lower by more than {ratio} would have been missed.",
    "too few failures": "Nothing was sought: mine fails on {failed} of {seeds} seeds, which proves no cause. Compare "
    "with more seeds or more steps.",
    "both idle": "In neither model does the pull-away term act, so exchanging it cannot show anything.",
    "not traced": "Nothing was exchanged: {reason}",
    "announced": "{runs} to train, about {duration}",
    "to do": "{missing} of {all} runs to do, about {duration}",
    "preparing": "preparing the data set {name} (once)",
    "looking": "looking at {names}",
    "one by one": "the seeds of {side} are trained one by one: {reason}",
    "trying": "does the reference work at {steps} steps?",
    "run": "{side} seed {seed}: {state}",
    "run started": "{side} seed {seed}: started",
    "run at": "{side} seed {seed}: step {step} of {steps}, {speed} steps/s",
    "run lost": "{side} seed {seed}: its node or process was lost; goes on from step {step} ({time} of {most} times)",
    "no node": "no node of the cluster has {needs}; waiting for one, up to ten minutes",
    "hashed": "{name}, hash {digest}",
    "dataset": "{name}, {train} to train and {held_out} held out, {shape}, hash {digest}",
    "mine_fails": "{mine} fails where {ref} works: {counts}.",
    "mine_worse": "{mine} works, but worse than {ref}: {counts}.",
    "same": "{mine} is as good as {ref}: {counts}.",
    "mine_better": "{mine} is better than {ref}: {counts}.",
    "reference_fails": "The reference {ref} itself does not work at this budget: {counts}.",
    "both_fail": "Neither {ref} nor {mine} works at this budget: {counts}.",
    "inconclusive": "No verdict between {ref} and {mine}: {counts}.",
    "run_failed": "A run failed, so nothing is decided: {counts}.",
    "counts": "{mine} works in {mine_seeds}, {ref} in {ref_seeds}",
    "counts numbers": "{mine} works in {mine_seeds}, {ref} in {ref_seeds} ({numbers})",
    "number fid": "FID {mine} against {ref}",
    "number auroc": "AUROC of held-out pairs {mine} against {ref}",
    "number accuracy": "accuracy of its own decisions {mine} against {ref}",
    "number coverage": "coverage {mine} against {ref}",
    "equal shares": "The shares of working seeds are equal: a longer training would say more than further seeds.",
    "unequal shares": "If the shares stay as they are, {needed} seeds a side would tell them apart (--seeds {needed}).",
    "contradicted": "Coverage points the other way ({gap}): no verdict from FID alone.",
    "too close": "All seeds of both work; their scores differ by less than these seeds can tell.",
    "one seed": "One seed has no interval: it says whether this model works, not how it compares.",
    "seeds needed": "About {needed} seeds would settle it (--seeds {needed}).",
    "too many needed": "More than a thousand seeds would be needed to settle so small a difference.",
    "longer": "No culprit can be sought before the reference works: try more than --steps {steps}, or --steps auto.",
    "runs ended": "{name} {status}: {cases}",
    "runs ended at": "{name} {status} ({line}): {cases}",
    "case": "seed {seed}: {reason}",
    "no reason": "no reason known",
    "no suspect": "No part differs in effect: the cause is not in the code that was compared.",
    "one suspect": "The only part that differs, and so suspected: {part}.",
    "suspects": "Suspected, untested: {parts}.",
    "suspect": "{part} ({line})",
    "by default": "default",
    "embedding quality": "{side} ends at an AUROC of {shown}",
    "embedding quality bar": "{ends}; {bar} is asked",
    "roc": "The cosine tells a same from a different pair in {shares} (guessing: 50 %)",
    "roc share": "{share} for {side}",
    "thresholds": "{side}: {own} right at its own threshold of {own_at}, {best} at the best, {best_at}",
    "thresholds best": "{side}: {best} right at its best threshold, {best_at}",
    "reliability": "Probabilities of “same” are off by {errors} on average",
    "reliability error": "{error} for {side}",
    "probes": "{side}: {linear} of images named right by a linear probe, {neighbour} by the nearest image",
    "cosines": "{side} gives different pairs a mean cosine of {different}, same pairs {same}",
    "alignment": "{side} puts same pairs {alignment} apart and has a uniformity of {uniformity}",
    "embedding spectrum": "{side}'s embeddings vary in {rank} of {dimensions} directions",
    "embedding spectrum none": "{side}'s embeddings do not vary at all",
    "spread": "Compared with a sphere used evenly, dimensions spread by {shares}",
    "spread share": "{share} for {side}",
    "mean share": "At the end {shares} embeddings is the same for all images",
    "mean share part": "{share} of {side}'s",
    "embedding training": "{side} ends after {updates} at a cosine of {same} for same and {different} for different "
    "pairs",
    "pair losses": "The loss ends at {ends}",
    "loss floor": "{side}'s cannot fall below {floor}",
}
"""Sentences with their places for values, by what they say."""

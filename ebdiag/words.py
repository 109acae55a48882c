"""What people read in reports and terminals: words, marks and numbers. A translation is this one file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    "whole report": "The whole report:",
    "words": "Words used here",
    "rest": "Figures, all metrics, architecture, runs and provenance",
    "cut": "The rest is left out here; the page beside this file has it.",
}
"""What stands on the page beside numbers: headings, labels, short sentences."""

STATES = {
    "waiting": "waiting",
    "running": "running",
    "done": "done",
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


def announced(runs: int, expected_s: float) -> str:
    """What training is about to begin."""
    return f"{plural(runs, 'run')} to train, about {duration(expected_s)}"


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

"""What the generated images of a finished run have become: blank, one and the same, too few kinds, or copies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ebdiag.result import Finding

from .case import Case, Seed, finding, mean, most

BLANK = 0.1
"""Contrast of a blank image over that of a real one: what is left at a tenth is noise around grey. Working models
were seen at .89 to .96, blank ones at .00 to .10."""

ALIKE = 0.05
"""Spread over latents, over that of real images, at which all images are one to the eye. Working models were seen at
.89 to .97, collapsed ones below .01."""

POOR = 0.6
"""The same spread, below which images lack variety: failing models that draw images were seen at .04 to .58."""

FEW_DIGITS = 6
"""Of ten: sets of eight and more score as complete ones do within the spread of seeds, so that fewer must be missed."""

CONFIDENT = 0.3
"""Share of images that the classifier must be sure of before their digits say anything; working models were seen at .77
to .79, collapsed ones below .02."""

COPIES = 0.5
"""Share of near-copies that cannot be the typical images of a working model, which was seen at .10 to .14."""

LASTING = 0.25
"""Share of the training that is more than a slow start: models that work were above .4 from step 100 of 1,500 on."""

HALF_RANGE = 127.5
"""Steps of a byte on a scale from −1 to 1."""

DECIDES = 10_000
"""Steps within which the longest plateau that is published ended."""


def blank_samples(case: Case) -> list[Finding]:
    """The generated images are blank: hardly any contrast within an image.

    Severity: warning.

    What it measures: The standard deviation of pixels within a generated image, over the same of real images, as means
    over images; blank is below a tenth. Told where at least half of the seeds that fail are blank.

    How to read it: The generator draws one shade. If the last layer's range does not hold the background of the data,
    or the discriminator reconstructs grey best of all, grey is what the generator is paid for. Blank is told apart from
    collapsed, where all images are one image, but an image.

    Unit and range: Share of the contrast of real images; 0 blank, 1 as strong.

    Known problems: Data of low contrast make the measure coarse.

    Advice: Look at the ranges of data, generator and reconstruction first, then at the generator's learning rate.

    Cost: None beside the samples that are drawn anyway.

    Source: ebdiag's own, on the collapse that Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126) describe.
    """
    contrasts = [_contrast(seed, case.real) for seed in case.failing]
    shown = most([value for value in contrasts if value is not None and value < BLANK], case.failing)
    if not shown:
        return []
    return [
        finding(
            case, "blank-samples", "warning", part="generator", seeds=len(shown), of=len(case.seeds),
            contrast=mean(shown),
        )
    ]  # fmt: skip


def collapsed_at_budget(case: Case) -> list[Finding]:
    """All generated images are one image at the end, and nothing tells a plateau from a collapse for good.

    Severity: warning.

    What it measures: The spread of pixels over latents, over that of real images, below .05 in at least half of the
    seeds that fail.

    How to read it: Some models stand on such a plateau for thousands of steps and then recover, others stay: up to here
    both look the same, so that this is not yet a failure of the design. More steps decide. Gradient coherence beside it
    says whether the generator is told where to go: near 0 the gradients at the images cancel each other.

    Unit and range: Share of the spread of real images; 0 all one image, 1 as varied.

    Known problems: A single image repeated is not seen where the data hardly vary.

    Advice: Train on with the `--steps` named; what is trained is kept, so only the rest is paid for.

    Cost: None beside the samples that are drawn anyway.

    Source: ebdiag's own; the plateau was measured on reference_models/ebgan_infogan.py (reports/infogan_plateau).
    """
    stuck = most([seed for seed in _alike(case) if not _recovers(seed, case.real)], case.failing)
    if not stuck:
        return []
    decides = DECIDES if case.steps < DECIDES else 2 * case.steps
    coherence = [value for seed in stuck if (value := seed.late("gradient.coherence.fake")) is not None]
    return [
        finding(
            case, "collapsed-at-budget", "warning", part="generator",
            wording="collapsed-at-budget.ebgan_infogan" if case.variant.path == "ref:ebgan_infogan" else None,
            seeds=len(stuck), of=len(case.seeds), spread=mean([_spread(seed, case.real) for seed in stuck]),
            steps=case.steps, decides=decides, longer=decides / case.steps,
            gradient_coherence=mean(coherence) if coherence else None,
        )
    ]  # fmt: skip


def collapse_plateau(case: Case) -> list[Finding]:
    """All generated images were one image for a while, and no longer are: a plateau, not an end.

    Severity: warning.

    What it measures: The spread of pixels over latents at every checkpoint: below .05 of that of real images for a
    quarter of the training or longer, and above it at the end, in at least one seed that does not work.

    How to read it: The model recovers. It needs more steps, or the reason for the plateau taken away.

    Unit and range: The first and last step of the plateau; the spread now as a share of that of real images.

    Known problems: Growing variety is not yet quality; look at the samples.

    Advice: Train on; what is trained is kept.

    Cost: None beside the checkpoints.

    Source: ebdiag's own; see reports/infogan_plateau.
    """
    back = [seed for seed in case.failing if _recovers(seed, case.real)]
    if not back:
        return []
    stretches = [stretch for seed in back if (stretch := _plateau(seed, case.real)) is not None]
    return [
        finding(
            case, "collapse-plateau", "warning", part="generator", seeds=len(back), of=len(case.seeds),
            first=int(np.median([first for first, _ in stretches])),
            last=int(np.median([last for _, last in stretches])),
            spread=mean([_spread(seed, case.real) for seed in back]), steps=case.steps, decides=2 * case.steps,
        )
    ]  # fmt: skip


def mode_collapse(case: Case) -> list[Finding]:
    """The generated images are images, but lack variety.

    Severity: warning.

    What it measures: In seeds that fail and are neither blank nor all one image: the spread of pixels over latents,
    below .6 of that of real images, or at most six digits among images that a classifier is sure about.

    How to read it: The generator has found some images that the discriminator takes, and draws little else. Coverage
    and recall fall, precision may be high.

    Unit and range: Share of the spread of real images; digits of ten.

    Known problems: Without labels only the spread is seen.

    Advice: Check the pull-away term, the margin and the discriminator's learning rate against the reference's.

    Cost: None beside the samples that are drawn anyway.

    Source: Zhao, Mathieu, LeCun 2016 (arXiv:1609.03126), section 2.4, on what the pull-away term is for.
    """

    def poor(seed: Seed) -> bool:
        spread, contrast = _spread(seed, case.real), _contrast(seed, case.real)
        if spread is None or contrast is None or contrast < BLANK or spread < ALIKE:
            return False
        digits, sure = seed.scores.get("digits"), seed.scores.get("confident_share")
        few = digits is not None and sure is not None and sure > CONFIDENT and digits <= FEW_DIGITS
        return spread < POOR or few

    poor_seeds = most([seed for seed in case.failing if poor(seed)], case.failing)
    if not poor_seeds:
        return []
    drawn = mean([seed.scores.get("digits") for seed in poor_seeds])  # None where no classifier knows the data
    return [
        finding(
            case, "mode-collapse", "warning", part="generator",
            wording=_wording(case, drawn), seeds=len(poor_seeds), of=len(case.seeds), digits=drawn,
            spread=mean([_spread(seed, case.real) for seed in poor_seeds]),
            coverage=mean([seed.scores.get("coverage") for seed in poor_seeds]),
            recall=mean([seed.scores.get("recall") for seed in poor_seeds]),
        )
    ]  # fmt: skip


def _wording(case: Case, digits: float | None) -> str | None:
    """Which words say it: of what no classifier knows, of what has neither margin nor pull-away term, or as usual."""
    if digits is None:
        return "mode-collapse.unclassified"
    return None if case.used("margin") or case.used("pull_away") else "mode-collapse.other"


def memorisation(case: Case) -> list[Finding]:
    """Many generated images are near-copies of training images.

    Severity: warning.

    What it measures: The share of generated images that lie nearer to a training image than 95 % of unseen real ones
    do, above one half, and above twice the most that a working seed of the reference has.

    How to read it: FID and coverage reward copies; this does not. .05 is what unseen real images have.

    Unit and range: Share of generated images, 0 to 1.

    Known problems: In features of a small classifier two different images of one digit can be near; a model that draws
    typical images only has more than .05 without copying.

    Advice: Look at generated images beside their nearest training images; more data or a smaller generator help.

    Cost: None beside the metric's.

    Source: ebdiag's own, after the nearest-neighbour checks of the GAN literature.
    """
    usual = max([seed.scores.get("memorised_share") or 0.0 for seed in case.healthy], default=0.0)
    limit = max(COPIES, 2 * usual)
    known = [seed.scores.get("memorised_share") for seed in case.seeds]
    shares = most([value for value in known if value is not None and value > limit], case.seeds)
    if not shares:
        return []
    return [
        finding(
            case, "memorisation", "warning", part="generator", seeds=len(shares), of=len(case.seeds),
            share=mean(shares), usual=usual if case.healthy else None, limit=limit,
        )
    ]  # fmt: skip


Images = NDArray[np.uint8]


def _contrast(seed: Seed, real: Images | None) -> float | None:
    """Mean standard deviation within a generated image, over that of real images."""
    if seed.samples is None or real is None:
        return None
    ours, theirs = (float(images.astype(float).std(axis=(1, 2, 3)).mean()) for images in (seed.samples, real))
    return ours / theirs if theirs else None


def _spreads(seed: Seed, real: Images | None) -> list[tuple[int, float]]:
    """(step, mean over pixels of the standard deviation over latents, over that over real images), ascending."""
    theirs = 0.0 if real is None else float(real.astype(float).std(axis=0).mean()) / HALF_RANGE
    return [(step, value / theirs) for step, value in seed.at("pixel_spread")] if theirs else []


def _spread(seed: Seed, real: Images | None) -> float | None:
    """The same at the end."""
    spreads = _spreads(seed, real)
    return spreads[-1][1] if spreads else None


def _alike(case: Case) -> list[Seed]:
    """Failing seeds whose images are all one image, and not a blank one."""
    found = []
    for seed in case.failing:
        spread, contrast = _spread(seed, case.real), _contrast(seed, case.real)
        if spread is not None and contrast is not None and spread < ALIKE and contrast >= BLANK:
            found.append(seed)
    return found


def _plateau(seed: Seed, real: Images | None) -> tuple[int, int] | None:
    """First and last checkpoint of the longest stretch in which all images were one; None where it was a moment.

    A quarter of the training counts as a stretch: most generators start with images that are hardly apart.
    """
    stretches: list[list[int]] = [[]]
    for step, value in _spreads(seed, real):
        if value < ALIKE:
            stretches[-1].append(step)
        elif stretches[-1]:
            stretches.append([])
    longest = max((stretch for stretch in stretches if stretch), key=lambda s: s[-1] - s[0], default=None)
    if longest is None or longest[-1] - longest[0] < LASTING * seed.run.spec.steps:
        return None
    return longest[0], longest[-1]


def _recovers(seed: Seed, real: Images | None) -> bool:
    """Whether its images were all one for long, and no longer are."""
    plateau = _plateau(seed, real)
    return plateau is not None and plateau[1] < seed.at("pixel_spread")[-1][0]

"""Latents and learning rates beside the reference's, and models that do not differ at all."""

from __future__ import annotations

import math

from ebdiag.kinds import optimizer_of
from ebdiag.result import Finding

from .case import Case, finding

LATENTS = 4
"""Digits alone have ten classes: three numbers that vary slowly cannot hold class, slant and stroke."""

SHARE = 8
"""An eighth of the reference's: beyond that it is no longer another choice but a handicap."""

FASTER = 3.0
"""A step on the grid that people try, 1e-4, 3e-4, 1e-3; smaller factors stay within it."""


def latent_too_small(case: Case) -> list[Finding]:
    """The generator is given too few latents to draw varied images from.

    Severity: warning.

    What it measures: Numbers that one latent has: below 4, or less than an eighth of the reference's.

    How to read it: All variety of the images has to come from these numbers. With 2 of them the generator draws a
    surface, and coverage stays low however long it trains.

    Unit and range: Number of values.

    Known problems: Images that really vary in few ways need no more.

    Advice: Use as many latents as the reference.

    Cost: None.

    Source: Definition.
    """
    size, reference = _latents(case), _latents(case.reference) if case.reference else None
    if size is None or (size >= LATENTS and (reference is None or size * SHARE >= reference)):
        return []
    return [
        finding(case, "latent-too-small", "warning", part="latent", lines=[case.line("latent_dim")],
                wording="latent-too-small.few" if reference is None else None, latents=size,
                reference_latents=reference)
    ]  # fmt: skip


def latent_differs(case: Case) -> list[Finding]:
    """Latents are drawn from another distribution than the reference's, or there are more or fewer of them.

    Severity: note.

    What it measures: Size and values of latents that both models draw under one seed.

    How to read it: Same seeds do not give these two models the same latents, so that pictures side by side show no
    counterparts. Quality rarely depends on it: normal and uniform latents both work.

    Unit and range: Number of values, and the name of the distribution.

    Known problems: Where `sample_latent` is the model's own, only its size is named.

    Advice: Use the reference's latents while you look for something else.

    Cost: None.

    Source: Definition.
    """
    if case.reference is None or latent_too_small(case) or not _differs(case, "latent"):
        return []
    return [
        finding(case, "latent-differs", "note", part="latent", lines=[case.line("latent"), case.line("latent_dim")],
                mine=case.facts.parts["latent"]["value"], reference=case.reference.facts.parts["latent"]["value"])
    ]  # fmt: skip


def learning_rates_differ(case: Case) -> list[Finding]:
    """A learning rate is not the reference's; both may have changed places.

    Severity: warning where one is at least three times the reference's or where both have changed places; else note.

    What it measures: Learning rates of both optimisers, each as a ratio to the reference's.

    How to read it: A higher rate is the quickest way to losses that jump or end as NaN; a lower one is slow, not
    broken. With the rates swapped, the net that should lead follows.

    Unit and range: Ratios.

    Known problems: Rates of different optimisers do not compare; these are taken for the same.

    Advice: Set both rates as the reference has them.

    Cost: None.

    Source: Definition.
    """
    ours, theirs = case.facts.rates, case.reference.facts.rates if case.reference else {}
    ratios = {net: ours[net] / theirs[net] for net in ours if theirs.get(net)}
    changed = [net for net, ratio in ratios.items() if not math.isclose(ratio, 1, rel_tol=1e-6)]
    if not changed:
        return []
    swapped = len(changed) == 2 and all(
        math.isclose(ours[net], theirs[other], rel_tol=1e-6)
        for net, other in (("generator", "discriminator"), ("discriminator", "generator"))
    )
    worst = max(changed, key=lambda net: abs(math.log(ratios[net])))
    says = "swapped" if swapped else "higher" if ratios[worst] >= FASTER else "other"
    return [
        finding(case, "learning-rates-differ", "note" if says == "other" else "warning", part=optimizer_of(worst),
                wording=f"learning-rates-differ.{says}", net=worst, rate=ours[worst], reference_rate=theirs[worst],
                ratio=ratios[worst], lines=[case.line(optimizer_of(net)) for net in (worst, *changed)],
                generator=ours.get("generator"), discriminator=ours.get("discriminator"))
    ]  # fmt: skip


def no_difference(case: Case) -> list[Finding]:
    """Nothing differs in effect from the reference.

    Severity: note.

    What it measures: Whether any part, or any layer, does something else in this model than in the reference.

    How to read it: What is only written differently is no difference, so that with the same seeds both models train to
    equals; what then differs in results does so by chance, or comes from outside the files.

    Unit and range: None.

    Known problems: What could not be tried is compared by its source, and code that is never run is not compared.

    Advice: Look outside the model: at data, versions, seeds, and how it was judged.

    Cost: None.

    Source: ebdiag's own.
    """
    if case.reference is None or case.differences:
        return []
    return [finding(case, "no-difference", "note", reference=case.reference.variant.path)]


def _latents(case: Case) -> int | None:
    """Values of one latent, as the generator's first layer is given them."""
    layers = case.facts.layers.get("generator")
    shape = layers[0].get("input_shape") if layers else None
    return math.prod(shape) if shape else None


def _differs(case: Case, part: str) -> bool:
    return any(row.part == part for row in case.differences)

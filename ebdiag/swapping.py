"""One question, answered by exchanging one part: is it this one? In both directions, on every seed."""

from __future__ import annotations

from collections.abc import Sequence

from . import words
from .changes import Change
from .errors import EbdiagError, did_you_mean
from .result import Finding
from .schema import Side
from .trace import SIDES, Bench, Pair, Sides, Trial, noted
from .traces import Hybrid, Swap, SwapStatus

INERT = ("pull-away-inert", "pull-away-unused")
"""Rules that find a pull-away term without effect: exchanged for another such, it cannot show anything."""


def swapped(
    pair: Pair, part: str, into: Side | None, bench: Bench, *, silent: str | None, findings: Sequence[Finding] = ()
) -> Swap:
    """One change put into ref, taken out of mine, or both.

    Args:
        part: Name of a change, or of a part that it touches.
        into: The one direction to try, or None for both.
        silent: Why nothing could be shown whatever came out, or None.
        findings: What is known of both models, for terms that do not act.

    Raises:
        EbdiagError: The models do not differ in that part, or it cannot be exchanged on its own.
    """
    change = found(pair, part)
    silent = silent or _inert(change, findings)
    if silent is not None:
        return Swap(part=change.name, status="silent", why=silent)
    every = pair.around(change)
    trials = []
    for side in SIDES if into is None else (into,):
        taken = [one for one in every if (one == change) == (side == "ref")]
        trials += [
            Trial(side, (change.name,), pair.hybrid(every, taken), seed, pair.known.steps) for seed in pair.seeds
        ]
    hybrids, skipped = list[Hybrid](), list[str]()
    for trial, run in zip(trials, bench.run(trials), strict=True):
        if isinstance(run, str):
            skipped.append(run)
        else:
            hybrids.append(noted(trial, run, pair.known, "swap"))
    return Swap(part=change.name, status=_status(hybrids), hybrids=hybrids, skipped=list(dict.fromkeys(skipped)))


def found(sides: Sides, part: str) -> Change:
    """The change of that name, or else the one that touches a part or layer of that name.

    Raises:
        EbdiagError: There is none.
    """
    every = sides.every()
    touching = [change for change in every if part in change.layers or (not change.stretch and part in change.parts)]
    for change in [*(one for one in every if one.name == part), *touching]:
        return change
    raise EbdiagError(
        f"the models do not differ in '{part}', or it cannot be exchanged. "
        f"{did_you_mean(part, [change.name for change in every])}"
    )


def _inert(change: Change, findings: Sequence[Finding]) -> str | None:
    """Why exchanging a pull-away term shows nothing: neither model's acts."""
    if "pull_away" not in change.parts:
        return None
    idle = {finding.variant: finding for finding in findings if finding.rule in INERT}
    with words.speaking(words.ENGLISH):
        return words.say("both idle") if set(SIDES) <= set(idle) else None


def _status(hybrids: Sequence[Hybrid]) -> SwapStatus:
    """By the majority of seeds in each direction that was tried."""
    breaks = _most([h.outcome == "fails_like_mine" for h in hybrids if h.from_ == "ref"])
    restores = _most([h.outcome == "works" for h in hybrids if h.from_ == "mine"])
    if not hybrids:
        return "silent"
    if breaks is None or restores is None:
        yes = breaks if restores is None else restores
        return ("breaks" if restores is None else "restores") if yes else "cleared"
    if breaks and restores:
        return "blamed"
    return "breaks" if breaks else "restores" if restores else "cleared"


def _most(outcomes: Sequence[bool]) -> bool | None:
    return 2 * sum(outcomes) > len(outcomes) if outcomes else None

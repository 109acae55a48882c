"""One question, answered by exchanging one part: is it this one? In both directions, on every seed."""

from __future__ import annotations

from collections.abc import Sequence

from . import words
from .changes import Change, hybrid
from .errors import EbdiagError, did_you_mean
from .result import Finding, Hybrid, Side, Swap, SwapStatus
from .trace import NETS, Bench, Pair, Trial, noted

SIDES: tuple[Side, Side] = ("ref", "mine")

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
    change, every = _found(pair, part)
    silent = silent or _inert(change, findings)
    if silent is not None:
        return Swap(part=change.name, status="silent", why=[silent])
    trials = []
    for side in SIDES if into is None else (into,):
        taken = [one for one in every if (one == change) == (side == "ref")]
        recipe = hybrid(pair.variants["ref"], pair.variants["mine"], every, taken)
        trials += [Trial(side, (change.name,), recipe, seed, pair.known.steps) for seed in pair.seeds]
    hybrids, skipped = list[Hybrid](), list[str]()
    for trial, run in zip(trials, bench.run(trials), strict=True):
        if isinstance(run, str):
            skipped.append(run)
        else:
            hybrids.append(noted(trial, run, pair.known, "swap"))
    status = _status(hybrids)
    return Swap(
        part=change.name, status=status, why=[words.SWAPS[status]], hybrids=hybrids,
        skipped=list(dict.fromkeys(skipped)),
    )  # fmt: skip


def _found(pair: Pair, part: str) -> tuple[Change, list[Change]]:
    """The change of that name, and all changes among which it is one."""
    between, skipped = pair.changes()
    inner = {net: pair.inner(net)[0] for net in NETS}
    for change in between:
        if part == change.name or part in change.parts:
            return change, between
    for net, layers in inner.items():
        for change in layers:
            if part == change.name or part in change.layers:
                return change, [*(one for one in between if net not in one.parts), *layers]
    known = [change.name for change in [*between, *(one for layers in inner.values() for one in layers)]]
    raise EbdiagError(
        f"the models do not differ in '{part}', or it cannot be exchanged. {did_you_mean(part, known)}",
        hint="; ".join(skipped) or None,
    )


def _inert(change: Change, findings: Sequence[Finding]) -> str | None:
    """Why exchanging a pull-away term shows nothing: neither model's acts."""
    if "pull_away" not in change.parts:
        return None
    idle = {finding.variant: finding for finding in findings if finding.rule in INERT}
    return words.say("both idle") if {"ref", "mine"} <= set(idle) else None


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

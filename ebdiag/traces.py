"""What a trace or a swap found, as `result.json` has it. Loads without torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .safe import json_text
from .schema import LineRef, Model, Number, Side


class Share(Model):
    """k of n hybrids.

    Attributes:
        k, n: So many of so many.
        share_of_gap: How much of the gap between mine and ref they close, 0 to 1.
    """

    k: int
    n: int
    share_of_gap: Number = None


class Count(Model):
    """k of n hybrids.

    Attributes:
        k, n: So many of so many.
    """

    k: int
    n: int


class Culprit(Model):
    """Parts to blame.

    Attributes:
        parts: Names of parts.
        together: Whether they break only jointly.
        role: Whether taking them breaks ref, giving them back restores mine, or both.
        probability: How sure.
        restores: Of mine with these parts from ref, how many work.
        breaks: Of ref with these parts from mine, how many fail.
        lines: Where they are.
    """

    parts: list[str]
    together: bool
    role: Literal["sufficient", "necessary", "both"]
    probability: float
    restores: Share
    breaks: Count
    lines: list[LineRef] = []


class Hybrid(Model):
    """A model with some parts taken from the other one, and what became of it.

    Attributes:
        id: Name of its run in the store.
        from: Whose the other parts are.
        parts: What was taken from the other model.
        seed: Its seed.
        outcome: What became of it.
        steps: Steps after which that was seen: those of the comparison, or fewer where a search needs no more.
        fid: Its FID there; null where it diverged, and for what is no GAN.
        score: The metric that decides there (of GANs the FID); null where it diverged.
        purpose: Whether it was tried to find the culprit, to confirm it, or because a person asked.
    """

    id: str = ""
    from_: Side = Field(alias="from")
    parts: list[str]
    seed: int
    outcome: Literal["works", "fails_like_mine", "fails_otherwise", "slow"]
    steps: int = 0
    fid: Number = None
    score: Number = None
    purpose: Literal["search", "confirmation", "swap"] = "search"


class Candidate(Model):
    """Parts that are to blame as far as is known.

    Attributes:
        parts: Names of parts; empty for a cause that no exchange of one or two parts shows.
        manner: Alone, only jointly, or each for itself so that giving one back restores nothing.
        probability: How sure, before any of them is preferred.
    """

    parts: list[str]
    manner: Literal["single", "joint", "redundant", "other"]
    probability: float


class Spent(Model):
    """Hybrids that were looked at.

    Attributes:
        search, confirmation: Before a culprit was likely, and to make sure of it.
    """

    search: int = 0
    confirmation: int = 0


TraceStatus = Literal["found", "undetermined", "no_failure", "reference_fails", "both_fail"]


class Trace(Model):
    """The search for the difference that is to blame.

    Attributes:
        status: How it ended.
        culprits: Most probable first; alternatives are separate.
        candidates: What is still possible, the likeliest first.
        hybrids: What was tried.
        skipped: What could not be tried, and why.
        spent: How many hybrids it took.
        manner: How mine fails: a hybrid counts against it only if it fails in the same manner.
        decided_at: The checkpoint from which on ref and mine are told apart on every seed.
        unseen: Where mine does not fail: the ratio of FID, or the drop of AUROC, that would have been seen as worse.
        too_few: Where nothing was sought because mine fails on too few seeds for a proof: on how many of them.
        mended: Name of the file in the report that has mine with the culprit replaced; null where none was written.
        verified: Whether that file was seen to be the very hybrid that works.
    """

    status: TraceStatus
    culprits: list[Culprit] = []
    candidates: list[Candidate] = []
    hybrids: list[Hybrid] = []
    skipped: list[str] = []
    spent: Spent = Spent()
    manner: Literal["diverged", "collapsed", "slow", "other"] | None = None
    decided_at: int | None = None
    unseen: Number = None
    too_few: Count | None = None
    mended: str | None = None
    verified: bool = False


SwapStatus = Literal["blamed", "breaks", "restores", "cleared", "silent"]


class Swap(Model):
    """What came of exchanging one part.

    Attributes:
        part: What was exchanged.
        status: `blamed`: it breaks ref, and mine works without it. `breaks`, `restores`: only one of these was seen.
            `cleared`: neither. `silent`: nothing could have been seen.
        why: Of `silent`, the reason; else null.
        hybrids: What was trained.
        skipped: What could not be tried, and why.
    """

    part: str
    status: SwapStatus
    why: str | None = None
    hybrids: list[Hybrid] = []
    skipped: list[str] = []

    def to_json(self) -> str:
        """As `Result.to_json`."""
        return json_text(self.model_dump(mode="json", by_alias=True))

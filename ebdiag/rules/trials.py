"""What following an advice did, where an experiment of this project tried it; every other advice is unverified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

USER_MODELS, PLATEAU = "user_models/README.md", "reports/infogan_plateau/README.md"


@dataclass(frozen=True)
class Trial:
    """An advice that was followed in a model that failed, and nothing else changed.

    Attributes:
        helped: Whether the failure was gone on every seed.
        source: The committed experiment.
        done: What was changed, and what it did.
    """

    helped: bool
    source: str
    done: str


ENDED = Trial(
    True,
    PLATEAU,
    "`ebgan_infogan` without BatchNorm in D's decoder has 5 to 8 digits after 1,000 steps, with PyTorch's "
    "initial weights ten, where it has none as it is, on three seeds each. Training on was tried, too: one seed "
    "of three left the plateau within 10,000 steps.",
)

TRIALS: Mapping[str, Trial] = {
    "reconstruction-range-mismatch.low": Trial(
        True, USER_MODELS,
        "With a sigmoid on the decoder 0 of 3 seeds work, with nothing in its place 3 of 3 (1,500 steps). The "
        "other range was not tried.",
    ),
    "generator-range-mismatch.low": Trial(
        True, USER_MODELS,
        "With a sigmoid on the generator 0 of 3 seeds work, with tanh 3 of 3 (1,500 steps). The other range was "
        "not tried.",
    ),
    "margin-below-energy-floor": Trial(
        True, USER_MODELS,
        "With a margin of .01 0 of 3 seeds work, with 1 3 of 3; with an energy summed over 784 pixels 0 of 3, "
        "with their mean 3 of 3 (1,500 steps).",
    ),
    "learning-rates-differ.higher": Trial(
        True, USER_MODELS,
        "With both rates at .05 0 of 3 seeds work, with the reference's .001 and .0015 3 of 3 (1,500 steps). "
        "One rate alone was not tried.",
    ),
    "generator-target-detached": Trial(
        True, PLATEAU,
        "`ebgan_infogan` with the target attached has nine or ten digits after 1,000 steps, where it has none "
        "as it is, on three seeds each.",
    ),
    "energy-depends-on-batch-mates": Trial(
        True, PLATEAU,
        "`ebgan_infogan` without BatchNorm in D's decoder has 5 to 8 digits after 1,000 steps, where it has "
        "none as it is, on three seeds each. No other normalisation was tried.",
    ),
    "collapsed-at-budget": ENDED,
    "collapsed-at-budget.ebgan_infogan": ENDED,
    "collapse-plateau": ENDED,
    "pull-away-inert": Trial(
        False, PLATEAU,
        "`ebgan_infogan` with the paper's term in place of its dead one is as collapsed after 1,000 steps as "
        "before, on three seeds. `user_models/dead_pull_away.py` works with the dead term.",
    ),
}  # fmt: skip
"""What a finding says, by its key in the catalogue of words → the trial of its advice."""


def of_rule(slug: str) -> list[Trial]:
    """The trials of all that a rule says, each once."""
    return list(dict.fromkeys(trial for key, trial in TRIALS.items() if key.split(".")[0] == slug))

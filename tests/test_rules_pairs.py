"""Rules about contrastive encoders: each planted fault is named once, what only looks like one is not."""

from __future__ import annotations

import dataclasses
import functools
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats as scipy_stats

from ebdiag import device, kinds
from ebdiag.data import prepare
from ebdiag.diagnose import diagnose
from ebdiag.encoders import ladder
from ebdiag.encoders.build import OWN_HELD_OUT
from ebdiag.encoders.inspect import inspect
from ebdiag.lint import lint
from ebdiag.load import load
from ebdiag.metrics.pairs import auroc, auroc_by_chance
from ebdiag.records import DataSpec, Environment, Facts, Measures, Recipe, Run, RunSpec, Variant
from ebdiag.result import Finding, Lint
from ebdiag.rules import cosines, pairs
from ebdiag.rules.asked import loss_floor
from ebdiag.rules.case import Seed
from ebdiag.rules.drawn import drawn
from ebdiag.watch import Silent

ROOT = Path(__file__).parent.parent
FAILING_DESIGN = "user_models/contrastive_bce.py"
ORDER = ["labels-independent-of-inputs", "cosine-as-logit", "threshold-mismatch", "train-set-too-small",
         "no-minibatches"]  # fmt: skip
"""What is said of the failing design, as people read it."""

GRID = [place / 20 for place in range(-20, 21)]
DATA = DataSpec("tiny", "d", (1, 8, 8), 100, 100, 10, "features", "f", {"pair_auroc_min": 0.9}, {})
STEPS = 500
CHECKPOINTS = (100, 200, 300, 400, 500)

GOOD: dict[str, float | None] = {
    "pair_auroc": 0.985, "pair_accuracy": 0.945, "pair_accuracy_best": 0.948, "pair_threshold_best": 0.48,
    "pair_same_share": 0.5, "pair_predicted_same": 0.48, "cosine_same": 0.75, "cosine_different": 0.01,
    "embedding_spread": 0.93, "embedding_rank": 11.3, "embedding_mean_share": 0.07,
}  # fmt: skip
"""Scores of the reference as they were measured; so are those of the cases below."""

BAD = GOOD | {"pair_auroc": 0.70, "pair_accuracy": 0.64, "pair_accuracy_best": 0.65}
OWN = {"own_pair_auroc": 0.51, "own_pair_accuracy": 0.516, "own_pair_predicted_same": 1.0, "own_pair_same_share": 0.516}

SIGMOID_OF_COSINE = BAD | OWN | {
    "pair_auroc": 0.72, "pair_accuracy": 0.5, "pair_accuracy_best": 0.66, "pair_threshold_best": 0.93,
    "pair_predicted_same": 1.0, "cosine_same": 0.937, "cosine_different": 0.907, "embedding_spread": 0.289,
    "embedding_rank": 22.2, "embedding_mean_share": 0.913,
}  # fmt: skip

HEADER = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n\n"
ENCODER = """class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 16))

    def forward(self, x):
        return F.normalize(self.net(x), dim=1)


"""
TINY = HEADER + ENCODER
NOISE = """def pairs(count, rng, config):
    first = torch.randn(count, 1, 28, 28, generator=rng)
    second = torch.randn(count, 1, 28, 28, generator=rng)
    same = torch.randint(0, 2, (count,), generator=rng)
    return first, second, same.float()
"""


@functools.cache
def read(text: str) -> Variant:
    """A text as a variant."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("mine.py").write_text(text)
        return load("mine.py")


# ---- facts and runs by hand ------------------------------------------------------------------------


def logistic(cosine: float, kind: float, scale: float = 10.0, middle: float = 0.5) -> float:
    """Binary cross-entropy of a scaled and shifted cosine."""
    logit = scale * (cosine - middle)
    return math.log1p(math.exp(-logit if kind else logit))


bare = functools.partial(logistic, scale=1.0, middle=0.0)


def response(
    loss: Callable[[float, float], float] = logistic, *, decides: Callable[[float], bool] = lambda cosine: cosine > 0.5,
    probability: Callable[[float], float] | None = None, scale_free: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """What a variant makes of every cosine."""
    same, different = ([loss(cosine, kind) for cosine in GRID] for kind in (1.0, 0.0))
    decided = [decides(cosine) for cosine in GRID]
    return {
        "cosines": GRID,
        "loss": {"same": same, "different": different, "scale_free": scale_free,
                 "floor": (min(same) + min(different)) / 2},
        "predict": {"decided": decided, "probability": [probability(c) for c in GRID] if probability else None,
                    "threshold": next((c for c in GRID if decides(c)), None), "scale_free": scale_free},
    }  # fmt: skip


def rows(
    *, value: float = 0.87, start: float = 0.71, given: float = 0.998, shuffled: float = 0.946,
    chance: float = 0.0129, least: float = -0.47, most: float = 0.97, heart: float = 1.0,
) -> list[dict[str, Any]]:  # fmt: skip
    """Both rungs of an encoder, by default those of the reference."""

    def row(rung: str, end: float, began: float, **details: float) -> dict[str, Any]:
        return {"rung": rung, "net": "encoder", "value": end, "unit": "AUROC", "threshold": 0.75, "passed": end >= 0.75,
                "reason": None, "start": began, "updates": 48, "details": details,
                "part": None if end >= 0.75 else "encoder"}  # fmt: skip

    return [
        row("encoder-overfits-pairs", heart, 0.6),
        row("encoder-learns-labels", value, start, given=given, shuffled=shuffled, chance=chance, least=least,
            most=most),
    ]  # fmt: skip


NOISY = {"value": 0.527, "start": 0.5, "given": 0.956, "shuffled": 1.0, "chance": 0.0258}
"""The rung of labels as it was measured on noise."""


def facts(
    *, answer: dict[str, Any] | None = None, climbed: list[dict[str, Any]] | None = None, normalised: bool = True,
    config: Mapping[str, Any] | None = None, **known: Any,
) -> Facts:  # fmt: skip
    """By default those of the reference."""
    about = {"source": "labels", "count": 4_096, "same_share": 0.5, "held_out_same_share": None, "per_epoch": 64,
             "updates": 640}  # fmt: skip
    return Facts(
        parts={}, config={"batch_size": 64, "pairs_by": "labels"} | dict(config or {}), layers={"encoder": []},
        initial={}, sizes={}, notes=[], autoencoder=False, single_pass=True, step_ms=1.0,
        ladder=rows() if climbed is None else climbed,
        conformance={
            "response": response() if answer is None else answer, "pairs": about | known,
            "embedding": {"size": 128, "norm": 1.0, "normalised": normalised}, "config": [], "repeat": {"same": True},
        },
    )  # fmt: skip


def seed(scores: Mapping[str, float | None] = GOOD, *, works: bool | None = None, **series: float) -> Seed:
    """A finished run with constant series; it works where its AUROC says so."""
    spec = RunSpec("mine", Recipe(read(TINY)), 0, DATA, Environment("2"), "t", STEPS, CHECKPOINTS)
    run = Run(spec, "finished", STEPS, measures=tuple(Measures(step, dict(scores)) for step in CHECKPOINTS))
    good = (scores["pair_auroc"] or 0) >= 0.9 if works is None else works
    return Seed(run, dict(scores), good, {name.replace("__", "."): np.full(STEPS, v) for name, v in series.items()})


def found(
    mine: Facts, seeds: Sequence[Seed] = (), *, text: str = TINY, ref: Facts | None = None,
    healthy: Mapping[str, float | None] = GOOD,
) -> list[Finding]:  # fmt: skip
    """What is said of mine beside a reference that works."""
    both: Any = {"ref": read(TINY), "mine": read(text)}
    runs: Any = {"ref": [seed(healthy)] * 3, "mine": seeds} if seeds else {}
    told = diagnose(both, {"ref": ref or facts(), "mine": mine}, [], runs)
    return [one for one in told if one.variant == "mine" and one.rule not in ("no-difference", "still-improving")]


def slugs(findings: Sequence[Finding]) -> list[str]:
    return [one.rule for one in findings]


def wordings(findings: Sequence[Finding]) -> list[str]:
    return [one.wording or "" for one in findings]


def test_a_working_encoder_has_no_finding() -> None:
    """Neither before training nor after it; nor has one that fails in none of the known ways."""
    assert found(facts()) == []
    assert found(facts(), [seed()] * 3) == []
    assert found(facts(), [seed(BAD)] * 3) == []


def test_numbers_are_those_of_the_ladder() -> None:
    """Rules load without torch, so that they repeat what the ladder trains on."""
    assert (pairs.POOL, pairs.HEART, pairs.HALF_WAY) == (ladder.POOL, ladder.HEART, ladder.THRESHOLD)
    assert auroc_by_chance(OWN_HELD_OUT // 2, OWN_HELD_OUT // 2) == pytest.approx(NOISY["chance"], abs=1e-4)


# ---- labels-independent-of-inputs ------------------------------------------------------------------


def own(*, text: str = TINY + NOISE, **row: float) -> tuple[Facts, str]:
    return facts(source="own", climbed=rows(**(NOISY | row))), text


def test_labels_without_information_are_an_error_with_the_lines_that_draw_them() -> None:
    """The label's draw first, those of the images next, `pairs` last; the interval of chance is said."""
    mine, text = own()
    told = found(mine, text=text)
    assert slugs(told) == ["labels-independent-of-inputs", "sanity-ladder"]
    assert told[0].severity == "error"
    lines = text.splitlines()
    at = [lines[line.line - 1].split("(")[0].strip() for line in told[0].lines]
    assert at == ["same = torch.randint", "first = torch.randn", "second = torch.randn", "def pairs"]
    assert "AUROC 0.527" in told[0].title
    assert "0.433 to 0.567" in told[0].title
    assert "No model, loss or length of training can beat chance" in told[0].explanation
    assert told[1].caused_by == "labels-independent-of-inputs"
    mine, text = own(start=0.42)  # untrained it was behind chance: nothing that a training could have lost
    assert found(mine, text=text)[0].severity == "error"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"value": 0.58}, id="ahead of chance"),
        pytest.param({"value": 0.42}, id="behind chance is no chance either"),
        pytest.param({"start": 0.71}, id="untrained it told them apart: training lost it"),
        pytest.param({"given": 0.95, "shuffled": 0.84}, id="learnt faster than shuffled ones"),
        pytest.param({"value": 0.70, "start": 0.70, "given": 0.71, "shuffled": 0.5}, id="learning rate of 1e-6"),
        pytest.param({"value": 0.69, "start": 0.66, "given": 0.9, "shuffled": 0.88}, id="a tenth of labels flipped"),
        pytest.param({"chance": 0.0}, id="pairs of one kind"),
    ],
)
def test_labels_that_tell_something_are_left_alone(row: dict[str, float]) -> None:
    """Whatever the text says: it is the ladder that decides."""
    mine, text = own(**row)
    assert "labels-independent-of-inputs" not in slugs(found(mine, text=text))


def test_without_proof_it_is_a_warning_and_only_where_something_was_learnt() -> None:
    """Labels of a data set, or a text that is not plain: the net, or a hard task, may be what is wrong."""
    [first, _] = found(facts(climbed=rows(**(NOISY | {"chance": 0.0129, "value": 0.51}))))
    assert (first.severity, first.wording) == ("warning", "labels-independent-of-inputs.unlearnt")
    unplain = TINY + NOISE.replace("return first, second, same.float()", "made = first, second, same\n    return made")
    mine, text = own(text=unplain)
    assert found(mine, text=text)[0].severity == "warning"
    dead = {"given": 0.5, "shuffled": 0.5}
    mine, text = own(text=unplain, **dead)
    assert slugs(found(mine, text=text)) == ["sanity-ladder"]
    mine, text = own(**dead)
    assert found(mine, text=text)[0].severity == "error"


def test_runs_can_refute_it() -> None:
    """Where training found what the ladder did not; by the variant's own held-out pairs."""
    mine, text = own()
    assert slugs(found(mine, [seed(SIGMOID_OF_COSINE)] * 3, text=text))[0] == "labels-independent-of-inputs"
    learnt = SIGMOID_OF_COSINE | {"own_pair_auroc": 0.8}
    assert "labels-independent-of-inputs" not in slugs(found(mine, [seed(learnt)] * 3, text=text))
    mixed = [seed(learnt), seed(SIGMOID_OF_COSINE), seed(SIGMOID_OF_COSINE)]
    assert slugs(found(mine, mixed, text=text))[0] == "labels-independent-of-inputs"


def test_two_aurocs_by_chance_are_seldom_further_apart() -> None:
    """The constant against 4,000 drawn twins; so for the interval of an AUROC of 500 pairs."""
    rng = np.random.default_rng(0)

    def drawn_auroc(count: int) -> float:
        value = auroc(rng.random(count), np.arange(count) % 2 == 0)
        assert value is not None
        return value

    apart = [drawn_auroc(256) - drawn_auroc(256) for _ in range(4_000)]
    assert np.quantile(np.abs(apart), 0.95) == pytest.approx(pairs.FASTER, abs=0.006)  # 3 errors of this quantile
    off = [abs(drawn_auroc(500) - 0.5) for _ in range(4_000)]
    assert np.mean(np.array(off) > pairs.CHANCE * NOISY["chance"]) == pytest.approx(0.01, abs=0.005)


PLAIN = {
    "as it stands": NOISE,
    "other names": NOISE.replace("first", "a").replace("second", "b").replace("same", "y"),
    "in one line": "def pairs(count, rng, config):\n"
    "    return torch.randn(count, 9), torch.randn(count, 9), torch.randint(0, 2, (count,)).float()\n",
    "two at once": "def pairs(count, rng, config):\n"
    "    first, second = torch.randn(count, 9), torch.randn(count, 9)\n"
    "    same = (torch.rand(count) < 0.5).float()\n    return first, second, same\n",
    "filled in place": "def pairs(count, rng, config):\n"
    "    first, second = torch.zeros(count, 9), torch.ones(count, 9)\n"
    "    same = torch.empty(count)\n    same.bernoulli_(0.5)\n    return first, second, same\n",
    "images of a data set": "IMAGES = torch.zeros(9, 9)\n\n\ndef pairs(count, rng, config):\n"
    "    places = torch.randint(0, 9, (2, count))\n    same = torch.randint(0, 2, (count,))\n"
    "    return IMAGES[places[0]], IMAGES[places[1]], same\n",
}
TOGETHER = {
    "labels of the images": "IMAGES = torch.zeros(9, 9)\nLABELS = IMAGES[:, 0]\n\n\ndef pairs(count, rng, config):\n"
    "    i, j = torch.randint(0, 9, (2, count))\n    return IMAGES[i], IMAGES[j], (LABELS[i] == LABELS[j]).float()\n",
    "images by the label": "def pairs(count, rng, config):\n    same = torch.randint(0, 2, (count,)).float()\n"
    "    first = torch.randn(count, 9)\n    second = torch.where(same[:, None] > 0, first, torch.randn(count, 9))\n"
    "    return first, second, same\n",
    "under a condition": "def pairs(count, rng, config):\n"
    "    first, second = torch.randn(count, 9), torch.randn(count, 9)\n"
    "    same = torch.rand(count)\n    if first.mean() > 0:\n        same = torch.rand(count)\n"
    "    return first, second, same\n",
    "in place": "def pairs(count, rng, config):\n    first, second = torch.randn(count, 9), torch.randn(count, 9)\n"
    "    same = torch.rand(count)\n    second.add_(same[:, None])\n    return first, second, same\n",
    "row by row": "def pairs(count, rng, config):\n    first, second = torch.randn(count, 9), torch.randn(count, 9)\n"
    "    same = torch.randint(0, 2, (count,))\n    for place in range(count):\n        if same[place]:\n"
    "            second[place] = first[place]\n    return first, second, same\n",
    "by a function that looks": "def pairs(count, rng, config):\n"
    "    first, second = torch.randn(count, 9), torch.randn(count, 9)\n"
    "    def label():\n        return first[:, 0] > torch.rand(count)\n    return first, second, label()\n",
    "seeded twice": "def pairs(count, rng, config):\n    torch.manual_seed(0)\n    first = torch.rand(count, 9)\n"
    "    second = torch.rand(count, 9)\n    torch.manual_seed(0)\n    return first, second, torch.rand(count)\n",
    "no draw at all": "def pairs(count, rng, config):\n"
    "    return torch.randn(count, 9), torch.randn(count, 9), torch.ones(count)\n",
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_label_that_has_nothing_to_do_with_the_images_is_seen(name: str) -> None:
    """However it is written; each names the line of its draw."""
    told = drawn(read(TINY + PLAIN[name]))
    assert told is not None
    assert told.apart
    assert told.labels


@pytest.mark.parametrize("name", TOGETHER)
def test_a_label_that_has_to_do_with_the_images_is_never_called_drawn_apart(name: str) -> None:
    """Through values, conditions, loops, calls and seeds."""
    told = drawn(read(TINY + TOGETHER[name]))
    assert told is not None
    assert not told.apart


def test_what_is_not_plain_is_not_judged() -> None:
    """No `pairs`, or one that does not say at its end what it returns."""
    assert drawn(read(TINY)) is None
    assert drawn(read(TINY + "def made(count):\n    return [count] * 3\n\n\ndef pairs(count, rng, config):\n"
                      "    return made(count)\n")) is None  # fmt: skip


# ---- cosine-as-logit -------------------------------------------------------------------------------


def margin(cosine: float, kind: float, bound: float = 0.0) -> float:
    return 1 - cosine if kind else max(0.0, cosine - bound)


def distance(cosine: float, kind: float) -> float:
    apart = math.sqrt(max(0.0, 2 - 2 * cosine))
    return apart**2 if kind else max(0.0, 1 - apart) ** 2


LOSSES: dict[str, tuple[Callable[[float, float], float], bool]] = {
    "a bare cosine": (bare, True),
    "a bare cosine, half the size": (lambda c, k: bare(c, k) / 2, True),
    "a temperature of 10": (functools.partial(logistic, scale=0.1, middle=0.5), True),
    "squares of probabilities": (lambda c, k: (1 / (1 + math.exp(-c)) - k) ** 2, True),
    "the reference's": (logistic, False),
    "no offset": (functools.partial(logistic, middle=0.0), False),
    "a temperature of .2": (functools.partial(logistic, scale=5.0), False),
    "a temperature of .5": (functools.partial(logistic, scale=2.0, middle=0.0), False),
    "a cosine margin": (margin, False),
    "a distance margin": (distance, False),
    "squares of cosines": (lambda c, k: (c - (2 * k - 1)) ** 2, False),
    "targets within": (lambda c, k: 0.5 + (c - 0.5 * k) ** 2, False),
    "without a bottom": (lambda c, k: -c if k else c, False),
    "of the batch alone": (lambda c, k: math.log(4), False),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_called_bounded_where_even_the_best_cosines_cost(name: str) -> None:
    """By what it makes of cosines, not by its text; at any scale; silent about every loss that works."""
    loss, bounded = LOSSES[name]
    assert slugs(found(facts(answer=response(loss)))) == (["cosine-as-logit"] if bounded else [])


def test_the_floor_is_that_of_cross_entropy() -> None:
    """ln(1 + 1/e), against ln 2 of who is undecided; and the reference's own beside it."""
    [told] = found(facts(answer=response(bare)))
    assert told.severity == "warning"
    assert told.evidence["least_loss"] == pytest.approx(math.log(1 + math.exp(-1)))
    assert told.evidence["undecided_loss"] == pytest.approx(math.log(2))
    assert told.evidence["reference_least_loss"] == pytest.approx(math.log1p(math.exp(-5)) / 2, rel=1e-4)
    assert "0.313" in told.title


def test_dot_products_have_no_such_floor() -> None:
    """Longer embeddings lower the loss, unless the encoder makes all of them 1 long."""
    dot = response(bare, scale_free=False)
    assert found(facts(answer=dot, normalised=False)) == []
    assert slugs(found(facts(answer=dot, normalised=True))) == ["cosine-as-logit"]
    assert slugs(found(facts(answer=response(bare), normalised=False))) == ["cosine-as-logit"]
    assert loss_floor({}) is None
    assert loss_floor({"response": {"loss": None, "predict": None}, "embedding": {"normalised": True}}) is None


# ---- threshold-mismatch ----------------------------------------------------------------------------


def test_a_threshold_beyond_the_cosines_is_told_before_training() -> None:
    """Below all of them, above all, never or always "same": only where the pairs were learnt by the cosine."""
    zero = response(decides=lambda cosine: cosine > 0)
    high = rows(least=0.3, most=0.99)
    [below] = found(facts(answer=zero, climbed=high))
    assert (below.rule, below.wording, below.part) == ("threshold-mismatch", "threshold-mismatch.below", "predict")
    assert "between 0 and 0.0500" in below.title
    assert [below.evidence[name] for name in ("least", "most")] == [0.3, 0.99]
    low = rows(least=-0.4, most=0.45)
    assert wordings(found(facts(climbed=low))) == ["threshold-mismatch.above"]
    assert wordings(found(facts(answer=response(decides=lambda _: False)))) == ["threshold-mismatch.above"]
    assert wordings(found(facts(answer=response(decides=lambda _: True)))) == ["threshold-mismatch.below"]
    assert found(facts(climbed=rows(least=0.45, most=0.99))) == []
    assert found(facts(answer=zero, climbed=rows(least=-0.01, most=0.99))) == []
    unlearnt = rows(least=0.6, most=0.99, given=0.71, shuffled=0.6)
    assert found(facts(answer=zero, climbed=unlearnt)) == []
    assert found(facts(answer=zero, climbed=[])) == []


def test_an_answer_that_does_not_go_by_the_cosine_is_not_judged_by_it() -> None:
    """By lengths of embeddings, or up and down with the cosine."""
    high = rows(least=0.3, most=0.99)
    by_length = response(decides=lambda cosine: cosine > 0, scale_free=False)
    by_length["loss"]["scale_free"] = True
    assert found(facts(answer=by_length, climbed=high, normalised=False)) == []
    assert wordings(found(facts(answer=by_length, climbed=high))) == ["threshold-mismatch.below"]
    odd = response(decides=lambda cosine: cosine > 0)
    odd["predict"] |= {"decided": [place % 2 == 0 for place in range(len(GRID))], "threshold": None}
    assert found(facts(answer=odd, climbed=high)) == []


def test_after_training_held_out_pairs_decide() -> None:
    """All the same, all different, or elsewhere than where it would be right; in half of the seeds at least."""
    everything = BAD | {"pair_predicted_same": 0.996, "pair_accuracy": 0.503, "pair_accuracy_best": 0.626}
    nothing = BAD | {"pair_predicted_same": 0.01, "pair_accuracy": 0.505, "pair_accuracy_best": 0.7}
    off = GOOD | {"pair_predicted_same": 0.69, "pair_accuracy": 0.778, "pair_accuracy_best": 0.872}
    for scores, says in ((everything, "same"), (nothing, "different"), (off, "off")):
        [told] = found(facts(), [seed(scores)] * 3)
        assert (told.wording, told.severity) == (f"threshold-mismatch.{says}", "warning")
        assert slugs(found(facts(), [seed(scores), seed(scores), seed()])) == ["threshold-mismatch"]
        assert found(facts(), [seed(scores), seed(), seed()]) == []
    useless = BAD | {"pair_predicted_same": 1.0, "pair_accuracy": 0.5, "pair_accuracy_best": 0.54}
    assert found(facts(), [seed(useless)] * 3) == []


def test_no_threshold_gains_so_much_from_cosines_that_know_nothing() -> None:
    """The constant against the best of all thresholds on 2,000 pairs, 999 times of 1,000."""
    rng = np.random.default_rng(1)
    gains = [scipy_stats.ks_2samp(rng.random(1_000), rng.random(1_000)).statistic / 2 for _ in range(2_000)]
    assert np.quantile(gains, 0.999) < cosines.LOST
    assert np.quantile(gains, 0.999) > 0.8 * cosines.LOST


def test_a_threshold_is_not_blamed_for_pairs_that_it_was_not_made_for() -> None:
    """Its own pairs decided well, or pairs that are two views; nor where not even 32 pairs are learnt."""
    everything = BAD | {"pair_predicted_same": 0.983, "pair_accuracy": 0.515, "pair_accuracy_best": 0.669}
    fair = everything | {"own_pair_auroc": 0.9, "own_pair_predicted_same": 0.44, "own_pair_accuracy": 0.8}
    assert found(facts(source="own"), [seed(fair)] * 3) == []
    views = facts(source="augmentations", config={"pairs_by": "augmentations"})
    assert found(views, [seed(everything)] * 3) == []
    stuck = facts(climbed=rows(heart=0.6, value=0.72, given=0.71))
    assert slugs(found(stuck, [seed(everything)] * 3)) == ["sanity-ladder"]


def test_a_probability_that_is_the_sigmoid_of_the_cosine_is_said() -> None:
    """A note where nothing else is wrong, evidence where something is; none about a probability with a temperature."""
    sigmoid = response(probability=lambda c: 1 / (1 + math.exp(-c)), decides=lambda c: c > 0)
    [told] = found(facts(answer=sigmoid))
    assert (told.severity, told.wording) == ("note", "threshold-mismatch.probability")
    assert "between 0.269 and 0.731" in told.title
    [told] = found(facts(answer=sigmoid, climbed=rows(least=0.3, most=0.99)))
    assert told.severity == "warning"
    assert told.evidence["probability"] == [pytest.approx(0.2689, abs=1e-4), pytest.approx(0.7311, abs=1e-4)]
    scaled = response(probability=lambda c: 1 / (1 + math.exp(-(c - 0.5) / 0.1)))
    assert found(facts(answer=scaled)) == []


# ---- embedding-collapse ----------------------------------------------------------------------------

SHAPES: dict[str, tuple[dict[str, float], str | None]] = {
    "only same pairs": ({"embedding_spread": 0.009, "embedding_rank": 71.7, "embedding_mean_share": 1.0,
                         "cosine_different": 1.0}, "complete"),
    "an embedding of 2": ({"embedding_spread": 0.974, "embedding_rank": 1.97, "embedding_mean_share": 0.047,
                           "cosine_different": -0.06}, "dimensional"),
    "an embedding of 1": ({"embedding_spread": 0.235, "embedding_rank": 1.0, "embedding_mean_share": 0.945,
                           "cosine_different": 0.938}, "dimensional"),
    "never trained": ({"embedding_spread": 0.35, "embedding_rank": 43.0, "embedding_mean_share": 0.875,
                       "cosine_different": 0.873}, "cone"),
    "sixteen pairs": ({"embedding_spread": 0.746, "embedding_rank": 4.5, "embedding_mean_share": 0.385,
                       "cosine_different": 0.366}, None),
    "random labels": ({"embedding_spread": 0.753, "embedding_rank": 61.7, "embedding_mean_share": 0.428,
                       "cosine_different": 0.426}, None),
}  # fmt: skip
"""Embeddings of failing encoders as they were measured → what they are called."""


@pytest.mark.parametrize("name", SHAPES)
def test_one_point_few_directions_and_a_cone_are_told_apart(name: str) -> None:
    """Each by its own name; whatever works is called none of them."""
    scores, shape = SHAPES[name]
    told = found(facts(), [seed(BAD | scores)] * 3)
    assert wordings(told) == ([f"embedding-collapse.{shape}"] if shape else [])
    assert found(facts(), [seed(GOOD | scores)] * 3) == []
    assert found(facts(), [seed(BAD | scores), seed(BAD), seed(BAD)]) == []


def test_a_reference_of_the_same_shape_makes_it_no_fault() -> None:
    """A cone beside a reference that works as one, few directions beside few."""
    cone = {"embedding_spread": 0.6, "embedding_rank": 5.2, "embedding_mean_share": 0.58, "cosine_different": 0.53}
    assert slugs(found(facts(), [seed(BAD | cone)] * 3)) == ["embedding-collapse"]
    assert found(facts(), [seed(BAD | cone)] * 3, healthy=GOOD | cone | {"embedding_spread": 0.64}) == []
    apart = cone | {"cosine_different": 0.45}  # the mean is that of the same pairs: different ones are told apart
    assert found(facts(), [seed(BAD | apart)] * 3) == []
    flat = {"embedding_rank": 1.97}
    assert slugs(found(facts(), [seed(BAD | flat)] * 3)) == ["embedding-collapse"]
    assert found(facts(), [seed(BAD | flat)] * 3, healthy=GOOD | {"embedding_rank": 2.5}) == []


def test_pairs_explain_a_collapse() -> None:
    """One point is what pairs of one kind ask for, a cone what is left where nothing could be learnt."""
    point = seed(BAD | SHAPES["only same pairs"][0])
    told = found(facts(same_share=1.0), [point] * 3)
    assert slugs(told) == ["pairs-unbalanced", "embedding-collapse"]
    assert told[1].caused_by == "pairs-unbalanced"


# ---- train-set-too-small, no-minibatches, pairs-unbalanced ------------------------------------------


def test_few_pairs_are_those_that_are_learnt_by_heart() -> None:
    """As many with labels that mean nothing were; without the ladder no more than any encoder learns so."""
    small = functools.partial(facts, per_epoch=4, updates=200)
    [told] = found(small(count=256))
    assert (told.rule, told.evidence["count"], told.evidence["reference_count"]) == ("train-set-too-small", 256, 4_096)
    assert found(small(count=257)) == []
    assert found(small(count=256, climbed=rows(shuffled=0.7))) == []
    assert slugs(found(small(count=32, climbed=[]))) == ["train-set-too-small"]
    assert found(small(count=33, climbed=[])) == []
    assert found(small(count=200), ref=facts(count=400)) == []
    assert found(small(count=200), [seed()] * 3) == []


def test_runs_show_what_is_learnt_by_heart() -> None:
    """Training pairs far apart, held-out ones not, and fewer of them than the reference has."""
    by_heart = {"cosine__same": 0.95, "cosine__different": -0.8}
    flat = BAD | {"cosine_same": 0.5, "cosine_different": 0.3}
    small = facts(count=1_024)
    [told] = found(small, [seed(flat, **by_heart)] * 3)
    assert told.rule == "train-set-too-small"
    assert (told.evidence["apart_training"], told.evidence["apart_held_out"]) == (
        pytest.approx(1.75), pytest.approx(0.2),
    )  # fmt: skip
    assert found(facts(count=1_025), [seed(flat, **by_heart)] * 3) == []
    assert found(small, [seed(BAD, cosine__same=0.8, cosine__different=0.0)] * 3) == []
    assert found(small, [seed(flat, cosine__same=0.9, cosine__different=0.5)] * 3) == []


def test_one_batch_an_epoch_is_told_where_updates_are_few() -> None:
    """Ten in all; not ten epochs of many batches, nor hundreds of one, nor what works all the same."""
    [told] = found(facts(per_epoch=1, updates=10))
    assert (told.rule, told.severity, told.part) == ("no-minibatches", "warning", "schedule")
    assert "10 updates in all" in told.title
    assert found(facts(per_epoch=2, updates=20)) == []
    assert found(facts(per_epoch=1, updates=100)) == []
    assert found(facts(per_epoch=1, updates=10), [seed()] * 3) == []
    assert found(facts(per_epoch=1, updates=10), ref=facts(updates=10)) == []


@pytest.mark.parametrize(
    ("share", "count", "says"),
    [(0.95, 4_096, "most"), (0.05, 4_096, "most"), (1.0, 4_096, "one"), (0.0, 16, "one"), (0.3, 4_096, None),
     (0.24, 4_096, None), (0.2, 4_096, "most"), (3 / 16, 16, None), (5 / 16, 16, None)],
)  # fmt: skip
def test_pairs_of_one_kind_are_told_beyond_chance(share: float, count: int, says: str | None) -> None:
    """Either way, with what one answer would score; of sixteen pairs three are no sign."""
    told = found(facts(same_share=share, count=count), ref=facts(count=count))
    told = [one for one in told if one.rule != "train-set-too-small"]
    assert wordings(told) == ([f"pairs-unbalanced.{says}"] if says else [])
    if told:
        assert told[0].evidence["always"] == max(share, 1 - share)


# ---- together --------------------------------------------------------------------------------------


def failing() -> Facts:
    """The failing design as it was measured."""
    return facts(
        answer=response(bare, decides=lambda cosine: cosine > 0), climbed=rows(**NOISY, least=0.6, most=0.9),
        source="own", count=16, same_share=7 / 16, per_epoch=1, updates=10, config={"batch_size": 16},
    )  # fmt: skip


def test_what_is_wrong_is_said_in_the_order_in_which_it_matters() -> None:
    """Labels, logit, threshold, too little training; then what these explain, in a comparison as before it."""
    before = found(failing(), text=TINY + NOISE)
    assert slugs(before) == [*ORDER, "sanity-ladder"]
    after = found(failing(), [seed(SIGMOID_OF_COSINE)] * 3, text=TINY + NOISE)
    assert slugs(after) == [*ORDER, "embedding-collapse", "sanity-ladder"]
    assert [one.caused_by for one in after[5:]] == ["labels-independent-of-inputs"] * 2
    assert after[5].wording == "embedding-collapse.cone"
    assert after[2].wording == "threshold-mismatch.same"


# ---- on models that are built and trained ------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Lint:
    """`lint` of the failing design beside the reference."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("EBDIAG_HOME", folder)
        patch.chdir(ROOT)
        return lint("ref:contrastive", FAILING_DESIGN, dataset="mnist5k", ladder=True, watcher=Silent())


def test_the_failing_design_is_told_why(shipped: Lint) -> None:
    """All of it, in this order, with the lines of the file; what follows from it comes after it."""
    mine = [one for one in shipped.findings if one.variant == "mine" and one.severity != "note"]
    assert slugs(mine) == [*ORDER, "sanity-ladder"]
    assert [one.severity for one in mine] == ["error"] + ["warning"] * 5
    text = (ROOT / FAILING_DESIGN).read_text().splitlines()
    at = [text[one.lines[0].line - 1].strip() for one in mine[:5]]
    assert at[0].startswith("same = torch.randint(")
    assert [line.split("(")[0].split(":")[0] for line in at[1:]] == [
        "def contrastive_loss", "def predict", "train_pairs", "epochs",
    ]  # fmt: skip
    assert mine[1].evidence["least_loss"] == pytest.approx(math.log(1 + math.exp(-1)), rel=1e-5)
    assert mine[4].evidence["updates"] == 10


def test_the_reference_has_nothing_to_be_told(shipped: Lint) -> None:
    """Not a word above a note."""
    assert [one for one in shipped.findings if one.variant == "ref" and one.severity != "note"] == []


HALF = """

def contrastive_loss(first, second, same, config):
    return F.binary_cross_entropy_with_logits((F.cosine_similarity(first, second) - 0.5) / 0.1, same.float())
"""
SLOW = "\n\nclass Config:\n    learning_rate = 1e-6\n"
FLIPPED = """

def pairs(count, rng, config):
    classes = torch.randint(0, 10, (2, count), generator=rng)
    classes[1] = torch.where(torch.rand(count, generator=rng) < 0.5, classes[0], classes[1])
    shapes = torch.nn.functional.one_hot(classes, 28).float()[:, :, None, :, None].expand(2, count, 1, 28, 28)
    first, second = shapes + 0.3 * torch.randn(2, count, 1, 28, 28, generator=rng)
    same = (classes[0] == classes[1]).float()
    wrong = torch.rand(count, generator=rng) < 0.1
    return first, second, torch.where(wrong, 1 - same, same)
"""

REAL = {
    "noise, and labels that are drawn": (TINY + NOISE, ["labels-independent-of-inputs"]),
    "a tenth of the labels are wrong": (TINY + FLIPPED, []),
    "an encoder that hardly moves": (HEADER + SLOW.strip() + "\n\n\n" + ENCODER, []),
    "a loss of its own, the same": (TINY.rstrip() + "\n" + HALF, []),
}


@pytest.mark.parametrize("name", REAL)
def test_what_labels_tell_is_measured(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small encoders that really climb the ladder: noise is named, hard labels and a slow encoder are not."""
    text, expected = REAL[name]
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(text)
    variant = load("mine.py")
    data = kinds.of("contrastive").judged_by(prepare("mnist5k"))
    environment = device.environment()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seen = inspect(Recipe(variant), data, environment)
        seen = dataclasses.replace(seen, ladder=ladder.climb(Recipe(variant), data, environment))
    finally:
        torch.set_num_threads(threads)
    both: Any = {"ref": variant, "mine": variant}
    told = [one.rule for one in diagnose(both, {"ref": seen, "mine": seen}, []) if one.variant == "mine"]
    known = [slug for slug in told if slug in (*ORDER, "embedding-collapse", "pairs-unbalanced")]
    assert known == expected
    assert ("sanity-ladder" in told) == (name in ("noise, and labels that are drawn", "an encoder that hardly moves"))

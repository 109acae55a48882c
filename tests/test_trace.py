"""The search for the culprit: what it asks of real changes and hybrids, what it names, and two real ones to the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import variants
from planted import looked_at
from test_outcomes import BAR, BROKEN, REF, run

from ebdiag import words
from ebdiag.cli import app
from ebdiag.errors import EbdiagError
from ebdiag.load import load
from ebdiag.outcomes import Known
from ebdiag.records import Recipe, Run
from ebdiag.result import Result
from ebdiag.swapping import swapped
from ebdiag.trace import Pair, Tracer, Trial
from ebdiag.traces import Trace

MINE = (
    variants.TINY.replace("margin: float = 1.0", "margin: float = 50.0")
    .replace("batch_size: int = 32", "batch_size: int = 48")
    .replace(
        "        return self.decoder(code).view_as(x), code",
        "        return self.decoder(code).sigmoid().view_as(x), code",
    )
    .replace("nn.ReLU()", "nn.LeakyReLU(0.2)")
    .replace("nn.Tanh()", "nn.Hardtanh()")
) + "\n\ndef pull_away(code):\n    return (code @ code.T).square().mean()\n"
"""Against TINY: margin, batch size, a layer of D, two of G, pull-away."""

Rule = Callable[[Trial], bool]


class Bench:
    """Answers by rule in place of training; all else is real."""

    def __init__(self, breaks: Rule, refused: Rule = lambda trial: False) -> None:
        self.breaks, self.refused, self.trials = breaks, refused, list[Trial]()

    def run(self, trials: Sequence[Trial]) -> list[Run | str]:
        self.trials += trials
        return [
            "it does not fit"
            if self.refused(trial)
            else run(trial.recipe.base, (BROKEN if self.breaks(trial) else REF)[: trial.steps // 100])
            for trial in trials
        ]


@pytest.fixture(scope="module")
def pair() -> Pair:
    (ref, ref_facts), (mine, mine_facts) = looked_at(variants.TINY, "ref.py"), looked_at(MINE, "mine.py")
    known = Known([run(ref, REF)] * 3, [run(mine, BROKEN)] * 3, BAR)
    return Pair({"ref": ref, "mine": mine}, {"ref": ref_facts, "mine": mine_facts}, known, (0, 1, 2))


def holds(part: str) -> Rule:
    """Breaks where that part is mine's: taken into ref, or not given back to mine."""
    return lambda trial: any(part in name for name in trial.exchanged) == (trial.side == "ref")


def traced(pair: Pair, breaks: Rule, **more: object) -> tuple[Trace, Bench]:
    bench = Bench(breaks, **more)  # type: ignore[arg-type]
    return Tracer(pair, bench, lambda text: None).trace(), bench


def test_changes_are_those_that_were_made(pair: Pair) -> None:
    between, _ = pair.changes()
    assert {part for change in between for part in change.parts} >= {"margin", "batch_size", "pull_away", "generator"}
    inner, _ = pair.inner("generator")
    assert len(inner) == 2
    assert all(change.mine_lines for change in inner)


@pytest.mark.parametrize("part", ["margin", "batch_size", "pull_away"])
def test_a_part_is_named_with_its_line_and_its_proof(pair: Pair, part: str) -> None:
    trace, bench = traced(pair, holds(part))
    assert trace.status == "found"
    [culprit] = trace.culprits
    assert any(part in name for name in culprit.parts)
    assert culprit.role == "both"
    assert culprit.restores.k >= 2
    assert culprit.breaks.k >= 2
    assert culprit.restores.share_of_gap == pytest.approx(1)
    assert {line.file for line in culprit.lines} == {pair.variants["mine"].path}
    assert trace.spent.search + trace.spent.confirmation == len(trace.hybrids) == len(bench.trials)


def test_a_guilty_net_is_looked_into(pair: Pair) -> None:
    """The layer is named, not the net, and nothing of the net's other difference."""
    layers, _ = pair.inner("generator")
    guilty = layers[1].name

    def breaks(trial: Trial) -> bool:
        inside = any(name in {layer.name for layer in layers} for name in trial.exchanged)
        named = guilty in trial.exchanged if inside else any("generator" in name for name in trial.exchanged)
        return named == (trial.side == "ref")

    trace, _ = traced(pair, breaks)
    [culprit] = trace.culprits
    assert culprit.parts == [guilty]
    assert [str(line) for line in culprit.lines] == [str(line) for line in layers[1].mine_lines]


def test_confirmations_are_trained_to_the_end_and_others_as_far_as_needed(pair: Pair) -> None:
    trace, _ = traced(pair, holds("margin"))
    assert trace.decided_at == pair.known.decided_at() < 500
    for hybrid in trace.hybrids:
        assert hybrid.steps == (500 if hybrid.purpose == "confirmation" else trace.decided_at)


def test_what_does_not_fit_is_left_out_with_its_reason(pair: Pair) -> None:
    """All hybrids with only one of two changes are refused: no culprit, both stay possible, the reasons are told."""

    def torn(trial: Trial) -> bool:
        named = set(trial.exchanged)
        return bool(named & {"batch_size"}) != bool({name for name in named if "margin" in name})

    trace, _ = traced(pair, holds("margin"), refused=torn)
    assert trace.status == "undetermined"
    assert trace.skipped
    assert all("it does not fit" in reason for reason in trace.skipped)
    possible = {part for candidate in trace.candidates[:3] for part in candidate.parts}
    assert any("margin" in part for part in possible)
    assert "batch_size" in possible


def test_a_culprit_that_needs_the_hint_is_not_named(pair: Pair) -> None:
    """Hints alone name nothing: where no hybrid fails, nothing is to blame, however sure a finding is."""
    bench = Bench(lambda trial: False)
    every, _ = pair.changes()
    trace = Tracer(pair, bench, lambda text: None, hints={every[0].name: 1000.0}).trace()
    assert trace.status == "undetermined"


def test_runs_are_counted_and_stop_where_they_must(pair: Pair) -> None:
    bench = Bench(holds("margin"))
    trace = Tracer(pair, bench, lambda text: None, max_runs=3).trace()
    assert len(bench.trials) <= 3
    assert trace.status == "undetermined"


def test_a_hybrid_is_the_same_recipe_however_it_is_asked_for(pair: Pair) -> None:
    """No recipe of a trial is ref or mine itself, and the same exchange always has the same fingerprint."""
    _, bench = traced(pair, holds("pull_away"))
    plain = {Recipe(variant).fingerprint for variant in pair.variants.values()}
    by_name: dict[object, set[str]] = {}
    for trial in bench.trials:
        assert trial.recipe.fingerprint not in plain
        by_name.setdefault((trial.side, trial.exchanged), set()).add(trial.recipe.fingerprint)
    assert all(len(found) == 1 for found in by_name.values())


def test_a_net_of_which_one_layer_differs_is_named_by_it_with_its_pictures(pair: Pair) -> None:
    """The hybrids exchange the whole net; the culprit is the layer, and both runs that prove it can be shown."""
    [layer], _ = pair.inner("discriminator")
    bench = Bench(holds("discriminator"))
    tracer = Tracer(pair, bench, lambda text: None)
    [culprit] = tracer.trace().culprits
    assert culprit.parts == [layer.name]
    assert [(line.file, line.line) for line in culprit.lines] == [(one.file, one.line) for one in layer.mine_lines]
    assert {side: run.spec.steps for side, run in tracer.proofs.items()} == {"ref": 500, "mine": 500}
    assert len({run.spec.seed for run in tracer.proofs.values()}) == 1


def test_no_hybrid_is_looked_at_twice_where_every_look_is_to_the_end(pair: Pair) -> None:
    """Where ref and mine are told apart at the end alone, the first look at a hybrid is as good as its proof."""
    late = (*BROKEN[:3], 80.0, BROKEN[4])  # looks like the reference until the end
    known = Known([run(pair.variants["ref"], REF)] * 3, [run(pair.variants["mine"], late)] * 3, BAR)
    assert known.decided_at() == 500
    last = Pair(pair.variants, pair.facts, known, pair.seeds)
    bench = Bench(holds("margin"))
    trace = Tracer(last, bench, lambda text: None).trace()
    assert trace.status == "found"
    looked = [(trial.side, trial.exchanged, trial.seed) for trial in bench.trials]
    assert len(looked) == len(set(looked))


def test_costs_are_those_of_training(pair: Pair) -> None:
    """A batch of 48 in place of 32 costs half as much again; what changes no layer's work costs nothing more."""
    every, _ = pair.changes()
    costs = dict(zip([change.name for change in every], pair.costs(every), strict=True))
    assert costs["batch_size"] == pytest.approx(1.5)
    assert costs["margin"] == costs["pull_away"] == pytest.approx(1)
    inner, _ = pair.inner("generator")
    net = next(cost for name, cost in costs.items() if name.startswith("generator"))
    assert sum(cost - 1 for cost in pair.costs(inner)) == pytest.approx(net - 1)


def test_what_is_kept_is_english_whatever_is_spoken(pair: Pair) -> None:
    """Reasons go into result.json; what is said to people is theirs."""
    said: list[str] = []
    bench = Bench(holds("margin"), refused=lambda trial: "batch_size" in trial.exchanged)
    with words.speaking("ko"):
        trace = Tracer(pair, bench, said.append).trace()
    assert trace.skipped
    assert all(reason.isascii() or "cannot" in reason for reason in trace.skipped)
    assert any("\uac00" <= sign <= "\ud7a3" for text in said for sign in text)


# swap


@pytest.mark.parametrize(
    ("breaks", "status"),
    [
        (holds("margin"), "blamed"),
        (holds("pull_away"), "cleared"),
        (lambda trial: True, "breaks"),
        (lambda trial: False, "restores"),
    ],
)
def test_a_swap_answers_its_question(pair: Pair, breaks: Rule, status: str) -> None:
    found = swapped(pair, "margin", None, Bench(breaks), silent=None)
    if status == "cleared":  # ref works with it, mine fails without it
        assert [h.outcome for h in found.hybrids] == ["works"] * 3 + ["fails_like_mine"] * 3
    assert found.status == status
    assert found.why is None
    assert {h.steps for h in found.hybrids} == {500}


def test_a_swap_in_one_direction_trains_that_alone(pair: Pair) -> None:
    found = swapped(pair, "margin", "mine", Bench(holds("margin")), silent=None)
    assert {h.from_ for h in found.hybrids} == {"mine"}
    assert found.status == "restores"


def test_a_swap_that_could_not_show_anything_trains_nothing(pair: Pair) -> None:
    bench = Bench(holds("margin"))
    found = swapped(pair, "margin", None, bench, silent="both work")
    assert (found.status, found.why, bench.trials) == ("silent", "both work", [])


def test_a_part_that_does_not_differ_cannot_be_swapped(pair: Pair) -> None:
    with pytest.raises(EbdiagError, match=r"do not differ in 'marginn'.*Did you mean"):
        swapped(pair, "marginn", None, Bench(holds("margin")), silent=None)


# refusals


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["trace", "ref.py", "mine.py", "--seeds", "1"], "a trace needs at least 2 seeds to prove anything, got 1"),
        (["swap", "ref.py", "mine.py", "marginn"], "the models do not differ in 'marginn', or it cannot be exchanged."),
        (["compare", "ref.py", "mine.py", "--trace", "--restore-ref", "w.pt"], "cannot start from restored weights"),
    ],
)
def test_what_cannot_be_answered_is_refused_before_training(
    asked: list[str], said: str, tmp_path: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message, and no run in the store."""
    from typer.testing import CliRunner

    monkeypatch.chdir(tmp_path)
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, MINE, "mine.py")
    done = CliRunner().invoke(app, asked)
    assert isinstance(done.exception, EbdiagError)
    assert said in done.exception.render()
    assert not list(store_root.glob("runs/*"))


# to the end, on real digits

FAULTY = "margin: float = 1.0", "margin: float = 0.001"
HARMLESS = (
    ("betas: tuple[float, float] = (0.5, 0.99)", "betas: tuple[float, float] = (0.5, 0.98)"),
    ("latent_dim: int = 32", "latent_dim: int = 40"),
)


@pytest.mark.slow
@pytest.mark.timeout(1_800)  # minutes where it has two cores for itself, and several times that where not
def test_a_real_trace_names_the_margin(tmp_path: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A margin a thousandth of the reference's among three harmless changes, 500 steps, two seeds; one question."""
    from typer.testing import CliRunner

    text = next(iter(load("ref:ebgan_pt").files.values()))
    for old, new in (FAULTY, *HARMLESS):
        assert text.count(old) == 1
        text = text.replace(old, new)
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(text, "utf-8")
    asked = ["trace", "ref:ebgan_pt", "mine.py", "--budget", "quick", "--seeds", "2", "--out", "report", "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    result = Result.load(Path("report"))
    assert result.trace is not None
    [culprit] = result.trace.culprits
    assert culprit.parts == ["margin"]
    line = text.splitlines().index("    margin: float = 0.001") + 1
    assert [str(place) for place in culprit.lines] == [f"mine.py:{line}"]
    fixed = Path("report/mine_fixed.py").read_text("utf-8")
    assert fixed == text.replace(FAULTY[1], FAULTY[0])
    assert result.trace.verified
    assert json.loads(done.stdout)["trace"]["status"] == "found"
    page = Path("report/report.html").read_text("utf-8")
    assert "mine_fixed.py" in page
    assert page.count('class="samples four"') == 1
    again = CliRunner().invoke(app, asked)
    assert json.loads(again.stdout)["trace"] == json.loads(done.stdout)["trace"], "nothing is trained twice"
    swap = CliRunner().invoke(
        app, ["swap", "ref:ebgan_pt", "mine.py", "latent", *asked[3:7], "--into", "mine", "--json"]
    )
    assert swap.exit_code == 0, swap.output
    assert json.loads(swap.stdout)["status"] == "cleared"

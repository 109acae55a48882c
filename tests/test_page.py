"""What the page says beside the figures: findings, the ladder, layers, pictures, and drafts while training goes on."""

from __future__ import annotations

import base64
import io
import itertools
import json
import math
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import result_factory
import variants
from PIL import Image

import ebdiag
from ebdiag import assemble, draft, evidence, layers, pipeline, report, tables, words
from ebdiag.cards import Card, cards
from ebdiag.draft import Drafts, paired
from ebdiag.figures import anchors, shares, spectra
from ebdiag.figures.style import Band, Curve, fit, panels
from ebdiag.panel import effective_rank
from ebdiag.panels import _between, _relative_spectra
from ebdiag.pictures import album
from ebdiag.result import Finding, Result
from ebdiag.schema import LineRef
from ebdiag.traces import Trace
from ebdiag.watch import Silent


def finding(rule: str, cause: str | None = None, variant: Any = "mine", **more: Any) -> Finding:
    return Finding(rule=rule, severity="warning", variant=variant, title=rule, explanation="e", caused_by=cause, **more)


def outline(shown: list[Card]) -> list[Any]:
    return [(card.slug, outline(card.consequences)) if card.consequences else card.slug for card in shown]


# findings


def test_consequences_fold_under_their_cause() -> None:
    """Roots keep their order; what a finding explains stands below it, at any depth, wherever it was in the list."""
    given = [finding("c", "b"), finding("a"), finding("b", "a"), finding("d"), finding("e", "gone")]
    assert outline(cards(given)) == [("a", [("b", ["c"])]), "d", "e"]


def test_a_cause_of_the_same_variant_comes_first() -> None:
    """Where both models have the cause, each consequence stands under that of its own model."""
    given = [finding("a", variant="ref"), finding("a"), finding("b", "a"), finding("b", "a", variant="ref")]
    shown = cards(given)
    assert [(card.side, [below.side for below in card.consequences]) for card in shown] == [
        ("ref", ["ref"]),
        ("mine", ["mine"]),
    ]


def test_causes_in_a_circle_are_shown() -> None:
    """No finding is lost, and none is shown twice, when each of two claims to come from the other."""
    given = [finding("a", "b"), finding("b", "a"), finding("c", "c")]
    assert outline(cards(given)) == ["c", ("a", ["b"])]


def test_a_card_shows_number_line_and_advice() -> None:
    """Evidence reads as words and three digits; lines as file:line."""
    line = LineRef(file="mine.py", line=38)
    evidence_: Any = {"energy_floor": 0.94831, "seeds": [0, 2], "reached": False, "nothing": None}
    [card] = cards([finding("a", evidence=evidence_, lines=[line], advice="do this")])
    assert card.evidence == [("energy floor", "0.948"), ("reached", "no"), ("seeds", "0, 2")]
    assert (card.lines, card.advice, card.mark.words) == (["mine.py:38"], "do this", "warning")


# the sanity ladder and what is to blame


def ladder_result(**ladders: Any) -> Result:
    content = result_factory.result("fails").model_dump(by_alias=True)
    for side, rows in ladders.items():
        content["variants"][side]["facts"]["ladder"] = rows
    return Result.model_validate(content)


def rung(slug: str, *, passed: bool | None, value: float | None = 0.25, reason: str | None = None) -> dict[str, Any]:
    net = slug.split("-")[0]
    return {"rung": slug, "net": net, "value": value, "unit": "AUROC", "threshold": 0.95, "passed": passed,
            "reason": reason}  # fmt: skip


def test_ladder_of_both_variants() -> None:
    """Rungs in their own order, unknown ones last, with number and limit; where a variant lacks one: "not tried"."""
    rows, sentences = tables.ladder(
        ladder_result(
            ref=[rung("generator-overfits", passed=True), rung("new-rung", passed=True)],
            mine=[
                rung("generator-overfits", passed=None, value=None, reason="n/a"),
                rung("discriminator-separates-noise", passed=False),
            ],
        )
    )
    assert [row.task for row in rows] == [
        words.RUNGS["discriminator-separates-noise"][0], words.RUNGS["generator-overfits"][0], "new rung",
    ]  # fmt: skip
    assert [(row.ref.mark.words, row.mine.mark.words) for row in rows] == [
        ("not tried", "failed"), ("passed", "not tried"), ("passed", "not tried"),
    ]  # fmt: skip
    assert rows[0].mine.value == "0.250 AUROC (asked: at least 0.950)"
    assert (rows[1].mine.value, rows[1].mine.reason) == ("", "n/a")
    assert sentences == [
        "ref passes every task that was tried.",
        "mine fails 1 task, the first one of its discriminator.",
    ]
    assert tables.ladder(result_factory.result("fails")) == ([], [])


def test_what_is_to_blame_surest_first() -> None:
    """Culprits by probability; hybrids that ended alike are one row with the number of seeds."""
    share = {"k": 2, "n": 3, "share_of_gap": 0.4}
    trace = Trace.model_validate(
        {
            "status": "found",
            "culprits": [
                {"parts": [part], "together": False, "role": "necessary", "probability": sure, "restores": share,
                 "breaks": {"k": 1, "n": 3}}
                for part, sure in (("margin", 0.2), ("energy", 0.7))
            ],
            "hybrids": [{"from": "ref", "parts": ["margin"], "seed": s, "outcome": o} for s, o in
                        ((0, "works"), (1, "slow"), (2, "works"))],
        }
    )  # fmt: skip
    assert [(row.parts, row.sure) for row in tables.culprits(trace)] == [
        ("energy", f"70{words.NO_BREAK_SPACE}%"), ("margin", f"20{words.NO_BREAK_SPACE}%"),
    ]  # fmt: skip
    assert [(row.outcome.words, row.amount) for row in tables.hybrids(trace)] == [
        ("works", "2 seeds"),
        ("slow", "1 seed"),
    ]


# layers


def net(*texts: str) -> list[layers.Layer]:
    return [{"path": str(place), "repr": text, "parameters": 10} for place, text in enumerate(texts)]


def test_alignment_against_slow_twin() -> None:
    """Every layer of both nets is shown once, in order; alike stretches hold equal layers, others none at one place."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        ref, mine = (net(*rng.choice(list("ABCD"), rng.integers(0, 9))) for _ in range(2))
        found = layers.aligned(ref, mine)
        flat = [pair for _, pairs in found for pair in pairs]
        assert [ours for ours, _ in flat if ours is not None] == ref
        assert [theirs for _, theirs in flat if theirs is not None] == mine
        assert not any(ours is None and theirs is None for ours, theirs in flat)
        for alike, pairs in found:
            equal = [bool(a and b and layers.shown(a) == layers.shown(b)) for a, b in pairs]
            assert all(equal) if alike else not any(equal)
        assert all(one[0] != other[0] for one, other in itertools.pairwise(found))


def test_layers_have_shape_parameters_and_line() -> None:
    """A layer of the file itself is named by line, one of another file by file and line."""
    content = result_factory.result("full").model_dump(by_alias=True)
    content["variants"]["mine"]["facts"]["layers"]["generator"][1]["line"] = {"file": "lib/blocks.py", "line": 4}
    [generator, discriminator] = layers.nets(Result.model_validate(content))
    assert generator.alike
    first, second = (row.mine for row in generator.stretches[0].rows)
    assert first == layers.LayerCell(
        "net.0", "Linear(in_features=32, out_features=784, bias=True)", "784", "25,872", "12"
    )
    assert second is not None
    assert second.line == "blocks.py:4"
    assert [stretch.alike for stretch in discriminator.stretches] == [True, False, True, False]
    assert discriminator.stretches[0].names == f"Conv2d, LeakyReLU, 2 {words.TIMES} Linear"
    [only] = discriminator.stretches[-1].rows
    assert (only.kind, only.ref) == ("only mine", None)


# pictures


def pixels(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))))


def test_slider_has_every_checkpoint_of_the_first_seed(tmp_path: Path) -> None:
    """One frame a checkpoint, ascending, ref then mine, and the pictures are those of that step."""
    folder = result_factory.write(tmp_path, "full")
    found = evidence.read(folder)
    shown = album(Result.load(folder), found, [])
    assert [frame.step for frame in shown.frames] == [words.count(step) for step in result_factory.CHECKPOINTS]
    for frame, step in zip(shown.frames, result_factory.CHECKPOINTS, strict=True):
        assert [grid.side for grid in frame.grids] == ["ref", "mine"]
        for grid in frame.grids:
            np.testing.assert_array_equal(pixels(grid.uri)[28:56, 56:84], found.samples[grid.side, 0, step][10, 0])


def test_many_heavy_checkpoints_still_show_the_last() -> None:
    """Noise, which nothing compresses, gives fewer steps and rows, never another last step."""
    rng = np.random.default_rng(0)
    steps = range(100, 3_100, 100)
    samples = {(s, 0, t): rng.integers(0, 256, (64, 3, 32, 32), np.uint8) for s in ("ref", "mine") for t in steps}
    found = evidence.Evidence({}, {}, None, samples, {})
    shown = album(result_factory.result("alone"), found, [])
    assert shown.frames[-1].step == "3000"
    assert 1 <= len(shown.frames) < len(steps)
    size = sum(len(grid.uri) for frame in shown.frames for grid in frame.grids)
    assert size < 600_000


def test_reconstructions_show_the_difference(tmp_path: Path) -> None:
    """Three rows: input, reconstruction, size of the difference; the title has its mean share of the pixel range."""
    found = evidence.read(result_factory.write(tmp_path, "full"))
    shown = album(Result.load(tmp_path), found, [])
    assert [row.kind for row in shown.rebuilt] == ["real images", "generated images", "noise"]
    pair = found.reconstructions["mine", 0, "real"].astype(int)
    picture = pixels(next(grid for grid in shown.rebuilt[0].grids if grid.side == "mine").uri)
    np.testing.assert_array_equal(picture[56:84, 28:56], abs(pair[0, 1, 0] - pair[1, 1, 0]))
    total = sum(abs(int(a) - int(b)) for a, b in zip(pair[0].flat, pair[1].flat, strict=True))
    share = words.percent(total / pair[0].size / 255)
    assert f"mine misses by {share} for real images" in shown.rebuilt_title


def test_heavy_reconstructions_show_fewer_images() -> None:
    """Colour noise, which nothing compresses, is still shown for both models and every kind, with fewer columns."""
    rng = np.random.default_rng(0)
    pairs = {
        (side, 0, kind): rng.integers(0, 256, (2, 8, 3, 48, 48), np.uint8)
        for side in ("ref", "mine")
        for kind in ("real", "fake", "noise")
    }
    walks = {(side, 0): rng.integers(0, 256, (4, 9, 3, 32, 32), np.uint8) for side in ("ref", "mine")}
    found = evidence.Evidence({}, {}, None, {}, {}, reconstructions=pairs, interpolations=walks)
    shown = album(result_factory.result("alone"), found, [])
    assert [[grid.side for grid in row.grids] for row in shown.rebuilt] == [["ref", "mine"]] * 3
    assert [grid.side for grid in shown.walks] == ["ref", "mine"]
    assert (
        shown.rebuilt[0].grids[0].alt.startswith("ref: real images, their reconstructions and the differences, 2 each;")
    )
    assert sum(len(grid.uri) for row in shown.rebuilt for grid in row.grids) < 280_000


# figures


def test_spectra_against_slow_twin(tmp_path: Path) -> None:
    """Shares of the real variance of the same seed, then the mean over seeds; effective rank by the plain formula."""
    found = evidence.read(result_factory.write(tmp_path, "full"))
    shown = _relative_spectra(found, "mine")
    for place in range(32):
        values = [found.spectra["mine", s, "fake"][place] / sum(found.spectra["mine", s, "real"]) for s in (0, 1, 2)]
        assert shown["fake"][place] == pytest.approx(sum(values) / 3)
    parts = [value / sum(shown["fake"]) for value in shown["fake"]]
    assert effective_rank(shown["fake"]) == pytest.approx(math.exp(-sum(p * math.log(p) for p in parts)))
    assert effective_rank(np.ones(7)) == pytest.approx(7)
    assert effective_rank(np.array([3.0, 0.0])) == pytest.approx(1)


def test_anchors_are_ranked() -> None:
    """Rows run from the lowest FID on top to the highest, and the title names the neighbours."""
    levels = {"held_out": 4.5, "prototypes_2": 171.0, "blank": 2600.0, "unknown": 1.0, "noise": float("nan")}
    figure = anchors.draw({"ref": [94.0, 185.0], "mine": [8710.0]}, levels)
    assert figure is not None
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names[::-1] == ["held-out", "ref", "2 images a class", "blank", "mine"]
    known = {key: level for key, level in levels.items() if level == level}
    assert (
        _between("ref", [94.0, 185.0], known) == "ref's FID of 94 to 185 stands between held-out and 2 images a class"
    )
    assert _between("mine", [8710.0], known) == "mine's FID of 8710 is beyond blank"
    assert _between("mine", [2.0], known) == "mine's FID of 2 is better than held-out"
    assert anchors.draw({"ref": []}, levels) is None
    assert anchors.draw({"ref": [1.0]}, {}) is None


def test_saturation_is_where_the_share_stays_low() -> None:
    """Stretches of at least two steps below the limit, by a loop; a single dip is none."""
    mean = np.array([0.9, 0.01, 0.9, 0.02, 0.03, 0.9, 0.0, 0.0, 0.04])
    steps = np.arange(10.0, 100.0, 10.0)
    expected, start = [], None
    for place in range(len(mean) + 1):
        low = place < len(mean) and mean[place] < 0.05
        if low and start is None:
            start = place
        elif not low and start is not None:
            if place - start > 1:
                expected.append((steps[start], steps[place - 1]))
            start = None
    assert shares.stretches(Band(steps, mean, mean, mean), 0.05) == expected == [(40.0, 50.0), (70.0, 90.0)]
    figure = shares.draw({"mine": [Curve(steps, mean)]}, "pushed away", low=0.05)
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].texts] == ["hatched: mine saturated", "mine"]


def test_a_collapsed_spectrum_is_drawn() -> None:
    """Codes that do not vary at all give a figure without a warning, even where there is nothing else."""
    assert spectra.draw({"mine": {"fake": np.zeros(4)}}) is not None
    assert spectra.draw({"ref": {}, "mine": {}}) is None


def test_margins_hold_what_stands_in_them() -> None:
    """After fitting, no text or tick leaves the figure at its sides, and little is left free."""
    figure, (axis,) = panels(1, 2.0)
    axis.set(xlim=(0, 1), ylim=(0, 1), ylabel="a name")
    axis.set_yticks([0.5], ["a very long label of a tick"])
    axis.text(1.01, 0.5, "name at the end", transform=axis.transAxes)
    fit(figure)
    box = figure.get_tightbbox()
    assert box.x0 == pytest.approx(0.03, abs=0.03)
    assert figure.get_figwidth() - box.x1 == pytest.approx(0.03, abs=0.03)


# words


def test_long_architectures_fit_a_comment(tmp_path: Path) -> None:
    """A net of thousands of layers leaves report.md below what a comment may have, with the verdict and the table."""
    content = result_factory.result("fails").model_dump(by_alias=True)
    for side, text in (("ref", "Conv2d(64, 64)"), ("mine", "Conv2d(64, 64, bias=False)")):
        content["variants"][side]["facts"]["layers"] = {"generator": net(*[f"{text} {n}" for n in range(2_000)])}
    Result.model_validate(content).save(tmp_path / "result.json")
    report.write(tmp_path)
    text = (tmp_path / "report.md").read_text("utf-8")
    assert len(text) <= report.MARKDOWN_LENGTH
    assert "mine fails" in text
    assert "Fréchet distance" in text
    content["findings"] = [finding(f"rule-{n}", advice="x" * 200).model_dump() for n in range(500)]
    Result.model_validate(content).save(tmp_path / "result.json")
    report.write(tmp_path)
    text = (tmp_path / "report.md").read_text("utf-8")
    assert len(text) <= report.MARKDOWN_LENGTH
    assert text.endswith(f"{words.PAGE['cut']}\n")


def test_a_script_that_works_is_answered_below_the_verdict(tmp_path: Path) -> None:
    """What was different where it failed stands in page and Markdown once, among the reasons of the verdict."""
    content = result_factory.result("works").model_dump(by_alias=True)
    content["variants"]["mine"]["facts"]["worked_here"] = "The failure did not happen here; closest: `ebdiag compare`."
    Result.model_validate(content).save(tmp_path / "result.json")
    report.write(tmp_path)
    page, text = ((tmp_path / name).read_text("utf-8") for name in ("report.html", "report.md"))
    assert text.count("The failure did not happen here") == page.count("The failure did not happen here") == 1
    assert text.index("did not happen here") < text.index("Fréchet distance")
    assert page.index("did not happen here") < page.index('id="architecture"')


# drafts


def test_paths_below_the_working_folder_are_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that stands in the working folder holds nothing of the machine; another keeps its path."""
    monkeypatch.chdir(tmp_path)
    given = result_factory.result("fails")
    assert assemble.placed(given, tmp_path / "r").volatile.paths["report"] == "r/report.html"
    assert assemble.placed(given, Path("r")).volatile.paths["report"] == "r/report.html"
    monkeypatch.chdir("/")
    assert assemble.placed(given, Path("/etc")).volatile.paths["report"] == "etc/report.html"
    monkeypatch.chdir(tmp_path)
    assert assemble.placed(given, Path("/etc")).volatile.paths["report"] == "/etc/report.html"


class Renderer:
    """Stands for the process that renders: renders at once, and keeps what it rendered."""

    pages: list[tuple[dict[str, Any], str]] = []  # noqa: RUF012
    running = False
    pid = 0

    def __init__(self, command: list[str], **_: Any) -> None:
        folder = Path(command[-1])
        report.write(folder)
        self.pages.append((json.loads((folder / "result.json").read_text()), (folder / "report.html").read_text()))

    def poll(self) -> int | None:
        return None if self.running else 0

    def wait(self) -> int:
        return 0

    def kill(self) -> None:
        """It has rendered already."""


@pytest.fixture
def renderer(monkeypatch: pytest.MonkeyPatch) -> type[Renderer]:
    monkeypatch.setattr(Renderer, "pages", [])
    monkeypatch.setattr(draft.subprocess, "Popen", Renderer)
    return Renderer


def test_the_page_exists_from_the_first_seed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renderer: type[Renderer]
) -> None:
    """With one of two seeds trained the page is there, provisional, and comes back; at the end it is neither."""
    monkeypatch.setattr(pipeline, "WORTH_S", 0.0)
    ref = variants.write(tmp_path, variants.TINY, "ref.py")
    mine = variants.write(tmp_path, variants.TINY.replace("64, 784)", "64, 784, bias=False)"), "mine.py")
    folder = tmp_path / "report"
    final = ebdiag.compare(ref, mine, steps=20, seeds=2, jobs=1, out=folder, progress=False)
    assert renderer.pages
    early, page = renderer.pages[0]
    assert early["volatile"]["provisional"] == 2
    assert early["budget"]["seeds"] == [0]
    assert [(run["variant"], run["seed"]) for run in early["runs"]] == [("ref", 0), ("mine", 0)]
    assert "Provisional: 1 of 2 seeds are trained." in page
    assert '<meta http-equiv="refresh"' in page
    assert final.volatile.provisional is None
    assert final.budget.seeds == [0, 1]
    assert 'http-equiv="refresh"' not in (folder / "report.html").read_text()
    metrics = {run["seed"]: values for run, values in zip(early["runs"], early["metrics"]["fid"]["ref"], strict=False)}
    assert final.metrics["fid"].ref[0] == metrics[0]  # what a seed scored does not change


def test_drafts_wait_for_the_next_run_and_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renderer: type[Renderer]
) -> None:
    """Nothing is written between a run's end and the next one's start, nor while a page is being rendered."""
    calls: list[set[str]] = []

    def save(ended: set[str]) -> Path | None:
        calls.append(set(ended))
        return result_factory.write(tmp_path, "crashed") if ended else None

    drafts = Drafts(Silent(), save)
    drafts.event("a", {"state": "started"})
    drafts.event("a", {"step": 1})
    assert calls == [set()]
    drafts.event("a", {"state": "ended", "status": "done"})
    drafts.event("b", {"state": "ended", "status": "crashed"})
    assert len(calls) == 1
    drafts.event("c", {"state": "started"})
    assert calls[1:] == [{"a"}]
    monkeypatch.setattr(Renderer, "running", True)
    drafts.event("c", {"state": "ended", "status": "done"})
    drafts.event("d", {"state": "started"})
    assert len(calls) == 2
    monkeypatch.setattr(Renderer, "running", False)
    drafts.event("d", {"step": 5})
    assert calls[2:] == [{"a", "c"}]
    drafts.end()


def test_nobody_waits_for_a_page_that_is_old_before_it_is_seen(tmp_path: Path) -> None:
    """The end of training ends a process that renders, and what it has written half is gone."""
    folder = result_factory.write(tmp_path, "crashed")
    drafts = Drafts(Silent(), lambda ended: folder)
    drafts.event("a", {"state": "started"})
    drafts.event("a", {"step": 1})
    assert drafts.renderer is not None
    half = folder / "figures" / f"losses.svg.{drafts.renderer.pid}.tmp"
    half.parent.mkdir(exist_ok=True)
    half.touch()
    drafts.end()
    assert drafts.renderer.returncode == -signal.SIGKILL
    assert not half.exists()


def test_only_runs_that_have_ended_are_read() -> None:
    """A run in progress is never asked for: its files are being written."""

    class Asked:
        seen: list[str] = []  # noqa: RUF012

        def load_run(self, spec: Any) -> None:
            self.seen.append(spec.id)

    class Spec:
        def __init__(self, name: str, seed: int) -> None:
            self.id, self.seed = name, seed

    specs: Any = {"ref": [Spec("r0", 0), Spec("r1", 1)], "mine": [Spec("m0", 0), Spec("m1", 1)]}
    store: Any = Asked()
    assert paired(specs, {}, {"m1"}, store) == {"ref": [], "mine": []}
    assert store.seen == ["m1"]

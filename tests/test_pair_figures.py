"""The figures of contrastive encoders: drawn from arrays, with titles that state what the arrays hold."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pair_factory import BINS, FLOOR, METRICS, OWN, SEEDS, arrays, cosines, probabilities, result, write

from ebdiag import evidence, pair_arrays, pair_panels, words
from ebdiag.errors import EbdiagError
from ebdiag.evidence import Evidence
from ebdiag.figures import (
    alignment,
    embedding_quality,
    embedding_spectrum,
    embedding_training,
    pair_losses,
    probes,
    reliability,
    roc,
    spread,
    thresholds,
)
from ebdiag.figures import cosines as cosine_figure
from ebdiag.figures.style import Curve, panels, to_svg, update_axis
from ebdiag.figures.thresholds import Marks
from ebdiag.panel import Panel

ORDER = [
    *("embedding_quality", "roc", "thresholds", "reliability", "probes"),
    *("cosines", "alignment", "embedding_spectrum", "spread", "mean_share"),
    *("embedding_training", "pair_losses"),
]
ARRAYS = {
    "roc": {"roc"},
    "thresholds": {"thresholds"},
    "reliability": {"reliability"},
    "spectrum.embedding": {"embedding_spectrum"},
    "spread.embedding": {"spread"},
    "own_threshold": set(),
    "cosines.own_same": set(),
    "cosines.own_different": set(),
}
"""Array → the figures that cannot be drawn without it."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """The evidence of a folder with everything, three seeds a side."""
    return evidence.read(write(tmp_path_factory.mktemp("pairs")))


@pytest.fixture(scope="module")
def full(found: Evidence) -> dict[str, Panel]:
    """Figure → its panel, of everything."""
    return drawn(found)


def drawn(found: Evidence, *, seeds: int = 3) -> dict[str, Panel]:
    """Figure → its panel."""
    return {panel.name: panel for panel in pair_panels.panels(result(seeds=seeds), found)}


def without(found: Evidence, *names: str, side: str | None = None) -> Evidence:
    """The same without some arrays, of one side or of both."""
    kept = {
        key: values
        for key, values in found.pairs.items()
        if key[2] not in names or (side is not None and key[0] != side)
    }
    return dataclasses.replace(found, pairs=kept)


# arrays


def test_arrays_are_read_by_variant_seed_and_name(found: Evidence, tmp_path: Path) -> None:
    """Each array comes back as it was written; without the file there are none, and a damaged one is named."""
    for side in ("ref", "mine"):
        for seed in SEEDS:
            for name, values in arrays(side, seed).items():
                assert found.pairs[side, seed, name].dtype == np.float64
                np.testing.assert_array_equal(found.pairs[side, seed, name], values)
    assert not evidence.read(tmp_path).pairs
    assert pair_panels.panels(result(), Evidence({}, {}, None, {}, {})) != []  # scores alone: probes and alignment
    write(tmp_path)
    (tmp_path / evidence.PAIRS).write_bytes(b"PK\x03\x04 no more than this")
    with pytest.raises(EbdiagError, match=re.escape(f"{tmp_path / evidence.PAIRS}: cannot be read")):
        evidence.read(tmp_path)


def test_figures_stand_in_the_order_of_the_page(full: dict[str, Panel]) -> None:
    """All twelve, each in its section with a caption, a title and an SVG of both models' colours."""
    made = list(full.values())
    assert [panel.name for panel in made] == ORDER == list(pair_panels.SECTIONS)
    for panel in made:
        assert panel.section == pair_panels.SECTIONS[panel.name]
        assert panel.caption == words.CAPTIONS[panel.name]
        assert panel.file == f"figures/{panel.name}.svg"
        assert "ref" in panel.title
        assert "mine" in panel.title
        assert "var(--ref)" in panel.svg
        assert "var(--mine)" in panel.svg
        assert not re.search("nan|n/a", panel.title)
    assert [panel.section for panel in made] == ["metrics"] * 5 + ["embeddings"] * 5 + ["training"] * 2


def test_figures_are_the_same_every_time(found: Evidence, full: dict[str, Panel]) -> None:
    """Drawn twice, byte for byte; the order in which arrays are read plays no part."""
    turned = dataclasses.replace(found, pairs=dict(reversed(found.pairs.items())))
    assert drawn(turned) == full


# titles


def test_titles_of_pairs_against_slow_twins(full: dict[str, Panel]) -> None:
    """Means, AUROC by counting, accuracies by counting, and calibration by bins, from the cosines themselves."""
    shown = {side: [cosines(side, seed) for seed in SEEDS] for side in ("ref", "mine")}
    told = []
    for side, runs in shown.items():
        same, different = ([value for run in runs for value in run[k]] for k in (0, 1))
        told.append(
            f"{side} gives different pairs a mean cosine of {words.number(sum(different) / len(different), 2)}, same "
            f"pairs {words.number(sum(same) / len(same), 2)}"
        )
    assert full["cosines"].title == "; ".join(told)
    aurocs = {side: sum(_auroc(*run) for run in runs) / 3 for side, runs in shown.items()}
    ref, mine = words.percent(aurocs["ref"]), words.percent(aurocs["mine"])
    assert full["roc"].title == (
        f"The cosine tells a same from a different pair in {ref} for ref and {mine} for mine (guessing: 50 %)"
    )
    told = []
    for side, runs in shown.items():
        best, own = max((_right(runs, step / 50 - 1), -step) for step in range(101)), _right(runs, OWN[side])
        told.append(
            f"{side}: {words.percent(own)} right at its own threshold of {words.number(OWN[side], 2)}, "
            f"{words.percent(best[0])} at the best, {words.number(-best[1] / 50 - 1, 2)}"
        )
    assert full["thresholds"].title == "; ".join(told)
    errors = {side: sum(_off(side, *run) for run in runs) / 3 for side, runs in shown.items()}
    assert full["reliability"].title == (
        f"Probabilities of “same” are off by {words.number(errors['ref'], 2)} for ref and "
        f"{words.number(errors['mine'], 2)} for mine on average"
    )


def _auroc(same: Any, different: Any) -> float:
    wins = sum((s > d) + (s == d) / 2 for s in same for d in different)
    return float(wins) / (len(same) * len(different))


def _right(runs: list[Any], threshold: float) -> float:
    """Share decided right at a threshold, mean over seeds; both kinds count alike."""
    shares = [
        (sum(s >= threshold - 1e-12 for s in same) + sum(d < threshold - 1e-12 for d in different))
        / (len(same) + len(different))
        for same, different in runs
    ]
    return sum(shares) / len(shares)


def _off(side: str, same: Any, different: Any) -> float:
    """Expected calibration error, pair by pair into bins."""
    bins: list[list[tuple[float, float]]] = [[] for _ in range(BINS)]
    for kind, values in ((1.0, same), (0.0, different)):
        for said in probabilities(side, values):
            bins[min(int(said * BINS), BINS - 1)].append((float(said), kind))
    total = sum(map(len, bins))
    return sum(abs(sum(said - true for said, true in found)) for found in bins) / total


def test_titles_of_embeddings_against_slow_twins(found: Evidence, full: dict[str, Panel]) -> None:
    """Directions by the plain formula, spread and scores by plain means."""
    told = []
    for side, width in (("ref", 64), ("mine", 128)):
        ranks = []
        for seed in SEEDS:
            values = list(found.pairs[side, seed, "spectrum.embedding"])
            shares = [value / sum(values) for value in values]
            ranks.append(math.exp(-sum(share * math.log(share) for share in shares if share > 0)))
        told.append(f"{side}'s embeddings vary in {words.number(sum(ranks) / 3, 2)} of {width} directions")
    assert full["embedding_spectrum"].title == "; ".join(told)
    spreads = {
        side: words.percent(sum(float(found.pairs[side, s, "spread.embedding"].mean()) for s in SEEDS) / 3)
        for side in ("ref", "mine")
    }
    assert full["spread"].title == (
        f"Compared with a sphere used evenly, dimensions spread by {spreads['ref']} for ref and {spreads['mine']} for "
        "mine"
    )
    for side, column in (("ref", 0), ("mine", 1)):
        mean = {key: sum(scores[column]) / 3 for key, scores in METRICS.items()}
        assert (
            f"{side}: {words.percent(mean['linear_probe_accuracy'])} of images named right by a linear probe, "
            f"{words.percent(mean['neighbour_accuracy'])} by the nearest image" in full["probes"].title
        )
        assert (
            f"{side} puts same pairs {words.number(mean['alignment'], 2)} apart and has a uniformity of "
            f"{words.number(mean['uniformity'], 2)}" in full["alignment"].title
        )


def test_titles_of_training_against_slow_twins(tmp_path: Path) -> None:
    """Short runs are drawn step by step, so that a curve ends at the mean of the last rows."""
    found = evidence.read(write(tmp_path, updates={"ref": 80, "mine": 10}))
    made = drawn(found)

    def last(side: str, column: str) -> float:
        return sum(float(found.series[side, seed][column][-1]) for seed in SEEDS) / 3

    for side, updates in (("ref", 80), ("mine", 10)):
        assert (
            f"{side} ends after {updates} updates at a cosine of {words.number(last(side, 'cosine.same'), 2)} for same "
            f"and {words.number(last(side, 'cosine.different'), 2)} for different pairs"
            in made["embedding_training"].title
        )
    losses = [
        words.number(last(side, "loss.encoder.pairs") + last(side, "loss.encoder.weight")) for side in ("ref", "mine")
    ]
    assert made["pair_losses"].title == (
        f"The loss ends at {losses[0]} for ref and {losses[1]} for mine; mine's cannot fall below {words.number(FLOOR)}"
    )
    shares = [words.percent(last(side, "embedding.mean_share")) for side in ("ref", "mine")]
    assert made["mean_share"].title == (
        f"At the end {shares[0]} of ref's and {shares[1]} of mine's embeddings is the same for all images"
    )
    assert made["embedding_quality"].title == (
        "ref ends at an AUROC of 0.975 to 0.985 and mine ends at an AUROC of 0.570 to 0.580; 0.90 is asked"
    )


def test_area_is_the_auroc() -> None:
    """Under a ROC curve through every cosine lies what counting all couples of pairs gives, ties as halves."""
    rng = np.random.default_rng(5)
    same, different = rng.integers(0, 9, 40) / 9, rng.integers(0, 7, 60) / 9
    cuts = [2.0, *sorted(set(same) | set(different), reverse=True)]
    curve = np.array([[(different >= cut).mean() for cut in cuts], [(same >= cut).mean() for cut in cuts]])
    assert pair_arrays.area(curve) == pytest.approx(_auroc(same, different))


def test_bins_of_seeds_are_pooled_by_their_pairs() -> None:
    """Bins of all seeds together are the bins of all their pairs; empty bins stay empty."""
    rng = np.random.default_rng(2)
    said = [rng.uniform(0.1, 0.8, 50), rng.uniform(0.3, 0.9, 200)]
    true = [(rng.uniform(size=values.size) < values).astype(float) for values in said]

    def table(values: Any, kinds: Any) -> Any:
        rows = np.full((3, 5), np.nan)
        for place in range(5):
            inside = (values >= place / 5) & (values < (place + 1) / 5)
            rows[2, place] = inside.sum()
            if inside.any():
                rows[:2, place] = values[inside].mean(), kinds[inside].mean()
        return rows

    pooled = pair_arrays.pooled_bins([table(*run) for run in zip(said, true, strict=True)])
    np.testing.assert_allclose(pooled, table(np.concatenate(said), np.concatenate(true)))


# what is missing


@pytest.mark.parametrize("name", ARRAYS)
def test_without_an_array_its_figure_is_missing(name: str, found: Evidence, full: dict[str, Panel]) -> None:
    """And only that; every other figure is drawn as before, up to keys for what is not there."""
    less = drawn(without(found, name))
    assert set(full) - set(less) == ARRAYS[name]
    touched = {"cosines", "thresholds"} if not ARRAYS[name] else set()
    assert all(panel == full[key] for key, panel in less.items() if key not in touched)


def test_without_cosines_there_is_no_share_of_same(found: Evidence, full: dict[str, Panel]) -> None:
    """The line of answering "same" to everything needs to know how many pairs are the same."""
    level = words.LEGEND["always same"]
    assert level in [label for _, label in full["thresholds"].legend]
    less = drawn(without(found, "cosines.same"))
    assert level not in [label for _, label in less["thresholds"].legend]
    assert less["cosines"].title == words.PAGE["embeddings"]
    own = {"cosines.same", "cosines.different", "cosines.own_same", "cosines.own_different"}
    assert "cosines" not in drawn(without(found, *own))


def test_a_side_without_anything_is_left_out(tmp_path: Path) -> None:
    """Where mine could not be run, ref is drawn alone and nothing is said of mine, nor its floor drawn."""
    found = evidence.read(write(tmp_path, updates={"ref": 640}))
    content = result()
    broken = {key: metric.model_copy(update={"mine": [None] * 3}) for key, metric in content.metrics.items()}
    made = pair_panels.panels(content.model_copy(update={"metrics": broken}), found)
    assert [panel.name for panel in made] == ORDER
    for panel in made:
        assert "mine" not in panel.title
        assert "var(--mine)" not in panel.svg
        assert not any("mine" in key or "mine" in label for key, label in panel.legend)


def test_a_diverged_side_is_drawn_up_to_its_end(found: Evidence) -> None:
    """Arrays of nothing but NaN count as missing, single NaNs are left out, curves end where they stop being finite."""
    nan = {key: np.full_like(values, np.nan) for key, values in found.pairs.items() if key[0] == "mine"}
    lost = drawn(dataclasses.replace(found, pairs={**found.pairs, **nan}))
    for name in ("roc", "thresholds", "reliability", "cosines", "embedding_spectrum", "spread"):
        assert "mine" not in lost[name].title
        assert "nan" not in lost[name].title
    table = dict(found.series["mine", 0])
    table["loss.encoder.pairs"] = np.where(table["step"] < 30, table["loss.encoder.pairs"], np.inf)
    series = {("ref", 0): found.series["ref", 0], ("mine", 0): table}
    diverged = drawn(dataclasses.replace(found, series=series))
    end = words.number(float(table["loss.encoder.pairs"][28] + 0.01))
    assert f"{end} for mine" in diverged["pair_losses"].title


def test_single_values_that_are_not_finite_are_left_out(found: Evidence, full: dict[str, Panel]) -> None:
    """One NaN among the cosines changes nothing but that cosine; a bad column of a curve goes as a whole."""
    spoilt = {key: values.copy() for key, values in found.pairs.items()}
    for key, values in spoilt.items():
        if key[2] == "cosines.same":
            spoilt[key] = np.append(values, [np.nan, np.inf])
        if key[2] in ("roc", "thresholds"):
            spoilt[key] = np.insert(values, 1, [[0.0], [np.nan]], axis=1) if key[2] == "roc" else values
    made = drawn(dataclasses.replace(found, pairs=spoilt))
    assert made["cosines"] == full["cosines"]
    assert made["roc"] == full["roc"]


def test_one_seed(tmp_path: Path, full: dict[str, Panel]) -> None:
    """Without seeds to compare there are marks and lines, no bands."""
    made = drawn(evidence.read(write(tmp_path, seeds=1)), seeds=1)
    assert list(made) == ORDER
    band = "fill-opacity: 0.22"
    assert [band in panels["thresholds"].svg for panels in (full, made)] == [True, False]
    assert "ref ends at an AUROC of 0.985 and mine" in made["embedding_quality"].title


def test_one_point(tmp_path: Path) -> None:
    """Embeddings that are one point give every figure without a warning, and the title says so."""
    found = evidence.read(write(tmp_path, point=True))
    made = drawn(found)
    assert list(made) == ORDER
    assert made["embedding_spectrum"].title.endswith("mine's embeddings do not vary at all")
    assert "var(--mine)" not in made["embedding_spectrum"].svg
    assert made["spread"].title.endswith(f"and {words.percent(0.0)} for mine")
    assert f"{words.percent(0.5)} for mine" in made["roc"].title
    flat = {key: np.zeros(8) for key in found.pairs if key[2] == "spectrum.embedding"}
    assert "embedding_spectrum" not in drawn(dataclasses.replace(found, pairs={**found.pairs, **flat}))


# drawings


def test_cosines_share_an_axis_and_sum_to_one() -> None:
    """Both rows reach from −1 to 1; each distribution sums to one, rounding beyond 1 included; a line a threshold."""
    rng = np.random.default_rng(0)
    kinds = {"same": rng.uniform(0.5, 1, 300), "different": rng.uniform(-0.3, 0.6, 300)}
    kinds["same"][0] = 1 + 1e-6
    own = {f"own_{kind}": values for kind, values in kinds.items()}
    figure = cosine_figure.draw({"ref": kinds, "mine": kinds | own}, {"ref": [], "mine": [0.0, 0.0]})
    assert figure is not None
    upper, lower = figure.axes
    assert upper.get_xlim() == lower.get_xlim() == (-1.03, 1.03)
    assert [line.get_xdata()[0] for line in lower.lines if len(set(line.get_xdata())) == 1] == [0.0]
    assert not [line for line in upper.lines if len(set(line.get_xdata())) == 1]
    for axis in figure.axes:
        filled = [np.asarray(collection.get_paths()[0].vertices) for collection in axis.collections]
        assert len(filled) == 2
        for corners in filled:
            x, y = corners[:, 0], corners[:, 1]
            area = abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2
            assert area / (2 / cosine_figure.BINS) == pytest.approx(1)
    assert cosine_figure.draw({"ref": {"same": np.empty(0)}}, {}) is None


def test_marks_stand_on_the_curve() -> None:
    """Best and own threshold are filled and hollow marks, at the places given; the level is a line across."""
    grid = np.linspace(-1, 1, 101)
    curves = {"ref": [Curve(grid, 0.5 + 0.4 * np.exp(-((grid - 0.3) ** 2)))], "mine": [Curve(grid, np.full(101, 0.5))]}
    marks = {"ref": Marks((0.3, 0.9), (0.0, 0.86)), "mine": Marks((-1.0, 0.5), None)}
    figure = thresholds.draw(curves, marks, 0.5)
    assert figure is not None
    points = {
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), line.get_fillstyle())
        for line in figure.axes[0].lines
        if len(line.get_xdata()) == 1
    }
    assert points == {(0.3, 0.9, "full"), (0.0, 0.86, "none"), (-1.0, 0.5, "full")}
    assert thresholds.draw({}, {}, 0.5) is None


def test_only_a_known_floor_is_drawn() -> None:
    """A floor is a level line of that model's colour, named at its end."""
    curve = Curve(np.arange(1.0, 101), np.full(100, 0.4))
    figure = pair_losses.draw({"ref": [curve], "mine": [curve]}, {"ref": None, "mine": FLOOR})
    assert figure is not None
    axis = figure.axes[0]
    levels = [line for line in axis.lines if list(line.get_ydata()) == [FLOOR, FLOOR]]
    assert len(levels) == 1
    assert sorted(text.get_text() for text in axis.texts) == ["mine", "mine's floor", "ref"]
    assert axis.get_ylim()[0] <= 0


def test_counts_of_bins_are_seen() -> None:
    """Under the curve a bar for each bin of each model, as a share of its own pairs; without pairs no point."""
    table = np.array([[0.1, np.nan, 0.9], [0.2, np.nan, 0.7], [30.0, 0.0, 10.0]])
    figure = reliability.draw({"ref": table, "mine": table})
    assert figure is not None
    curve, counts = figure.axes
    assert [patch.get_height() for patch in counts.patches] == [0.75, 0, 0.25] * 2
    assert [len(line.get_xdata()) for line in curve.lines[1:]] == [2, 2]
    lefts = sorted(patch.get_x() for patch in counts.patches)
    assert all(b - a >= counts.patches[0].get_width() - 1e-9 for a, b in itertools.pairwise(lefts))
    assert reliability.draw({"ref": np.array([[np.nan], [np.nan], [0.0]])}) is None


def test_one_point_and_an_even_sphere_are_marked() -> None:
    """Alignment against uniformity always reaches from an even sphere to one point, whatever was measured."""
    figure = alignment.draw({"mine": [(0.0, 0.0)]})
    assert figure is not None
    low, high = figure.axes[0].get_xlim()
    assert low < alignment.EVEN < 0 < high
    assert [text.get_text() for text in figure.axes[0].texts] == ["evenly spread", "one point"]
    assert alignment.draw({"ref": []}) is None


@pytest.mark.parametrize(
    ("ends", "scale"),
    [
        ([640.0, 10.0], "log"),
        ([640.0, 640.0], "linear"),
        ([640.0, 100.0], "linear"),
        ([1.0], "linear"),
        ([0.0, 9.0], "linear"),
    ],
)
def test_schedules_far_apart_need_a_logarithmic_axis(ends: list[float], scale: str) -> None:
    """Ten updates beside 640 are seen; equal schedules stay on a plain axis."""
    axis = panels(1, 2.0)[1][0]
    update_axis(axis, ends)
    assert axis.get_xscale() == scale
    assert axis.get_xlim()[1] == max(ends)
    assert (words.AXES["log"].format(words.AXES["updates"]) == axis.get_xlabel()) == (scale == "log")


@pytest.mark.parametrize("values", [[0.0], [1.0, 1.0], [0.0, 1e-30], [1e-3, 1e30], [-1e9, 1e9]])
def test_extreme_numbers_are_drawn(values: list[float]) -> None:
    """Constant, tiny, huge and negative values and single steps give every figure without a warning."""
    array = np.array(values)
    curve = Curve(np.array([500.0, 10_000.0][: array.size]), array)
    made = (
        embedding_quality.draw({"ref": [curve]}, None),
        embedding_training.draw({"mine": {"same": [curve], "different": [curve]}}),
        pair_losses.draw({"ref": [curve], "mine": [curve]}, {"mine": -3.0}),
        spread.draw({"ref": array}),
        embedding_spectrum.draw({"mine": np.array([1.0])}),
        roc.draw({"ref": [np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]])]}),
        probes.draw({"mine": {"neighbour": [0.0]}}, None),
    )
    for place, figure in enumerate(made):
        assert figure is not None
        assert "<path" in to_svg(figure, str(place))


def test_nothing_is_drawn_from_nothing() -> None:
    """No figure without arrays, curves or scores."""
    assert roc.draw({"ref": [], "mine": []}) is None
    assert embedding_quality.draw({"ref": []}, 0.9) is None
    assert embedding_spectrum.draw({}) is None
    assert spread.draw({}) is None
    assert embedding_training.draw({"ref": {"same": []}}) is None
    assert pair_losses.draw({}, {"mine": FLOOR}) is None
    assert probes.draw({"ref": {"linear": []}}, 0.1) is None
    blank = result().model_copy(update={"metrics": {}})
    assert pair_panels.panels(blank, Evidence({}, {}, None, {}, {})) == []


def test_both_languages(found: Evidence, full: dict[str, Panel]) -> None:
    """In Korean every title, caption and key is another one, with the same numbers."""
    with words.speaking("ko"):
        korean = pair_panels.panels(result(), found)
    for one, other in zip(full.values(), korean, strict=True):
        assert one.title != other.title
        assert one.caption != other.caption
        numbers = [sorted(re.findall(r"\d[\d.,]*\d|\d", panel.title)) for panel in (one, other)]
        assert numbers[0] == numbers[1]
        assert re.search("[가-힣]", other.svg)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_layout_in_a_browser(language: str, tmp_path: Path) -> None:
    """Nothing lies over anything else, leaves its figure, is too small or too faint: wide or narrow, in both themes."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium")
    from test_browser import AA, AA_LARGE, CONTRASTS, OUTSIDE, OVERLAPS, SMALLEST_PX, Visit

    addresses = []
    with words.speaking(language):
        for name, updates in (("long", 640), ("short", 10)):
            read = evidence.read(write(tmp_path / name, updates={"ref": 640, "mine": updates}, point=name == "short"))
            addresses.append(_page(tmp_path / f"{name}.html", pair_panels.panels(result(), read)))
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for address in addresses:
            for width in (360, 1440):
                for theme in ("light", "dark"):
                    with Visit(browser, address, width=width, theme=theme) as page:
                        contrasts = page.evaluate(CONTRASTS)
                        assert len(contrasts) > 150
                        assert page.evaluate(OVERLAPS) == []
                        assert page.evaluate(OUTSIDE) == []
                        assert [row for row in contrasts if row[3] < SMALLEST_PX] == []
                        assert [row for row in contrasts if row[1] < (AA_LARGE if row[2] else AA)] == []
        browser.close()


def _page(file: Path, made: list[Panel]) -> str:
    """The figures as a page shows them, with its own styles; its address."""
    from ebdiag.figures.style import theme_variables
    from ebdiag.templating import asset

    css = asset("report.css").replace("LIGHT", theme_variables(dark=False)).replace("DARK", theme_variables(dark=True))
    figures = "".join(
        f'<figure><div class="head"><h3>{panel.title}</h3><ul class="legend">'
        + "".join(f'<li><span class="key {kind}"></span>{label}</li>' for kind, label in panel.legend)
        + f'</ul></div><div class="drawing">{panel.named}</div><figcaption>{panel.caption}</figcaption></figure>'
        for panel in made
    )
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    file.write_text(f"{head}<style>{css}</style><main><div class='pair'>{figures}</div></main>", "utf-8")
    return file.as_uri()

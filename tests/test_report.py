"""The page: complete for every ending, safe, the same every time, and readable without anything else."""

from __future__ import annotations

import itertools
import math
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from result_factory import CASES, HOSTILE, Case, result, write

from ebdiag import layers, parts, report, words
from ebdiag.errors import EbdiagError
from ebdiag.figures import energies, hinge, losses, quality, samples, training
from ebdiag.figures.style import Curve, Label, Side, band, label_ends, panels, to_svg
from ebdiag.panels import margin
from ebdiag.parts import PartCell, PartRow
from ebdiag.result import Result

PAGE_BYTES_MAX = 2_000_000
VOID = {"meta", "img", "br", "wbr", "link", "input", "hr", "col"}


class Page(HTMLParser):
    """Reads a page: tags that stay open or close wrongly, ids, tags with attributes, visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Path]:
    """A rendered report folder for each ending."""
    made = {case: write(tmp_path_factory.mktemp(case), case) for case in CASES}
    for folder in made.values():
        report.write(folder)
    return made


def page_of(folder: Path) -> Page:
    return Page((folder / "report.html").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_page_is_complete(case: Case, folders: dict[Case, Path]) -> None:
    """Whatever the ending, the page has every section, well-formed tags, the verdict, and every run."""
    page = page_of(folders[case])
    assert not page.wrong
    assert not page.open
    for heading in ("See it", "Metrics", "Energies and training", "Parts side by side", "Runs and provenance"):
        assert heading in page.text
    assert words.BADGES[result(case).verdict.status].words in page.text
    runs = re.findall(
        r'<tr><th scope="row" class="(ref|mine)">\1</th><td class="n">(\d)</td><td class="mark \w+">. ([\w ]+)</td>',
        (folders[case] / "report.html").read_text("utf-8"),
    )
    assert runs == [(run.variant, str(run.seed), words.RUN_MARKS[run.status].words) for run in result(case).runs]


@pytest.mark.parametrize("case", CASES)
def test_page_loads_nothing(case: Case, folders: dict[Case, Path]) -> None:
    """The page has no script and no address but data and fragments, forbids loading, and stays below 2 MB."""
    page = page_of(folders[case])
    policies = [attrs.get("content") for tag, attrs in page.tags if tag == "meta" and "http-equiv" in attrs]
    assert policies == [
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    ]
    assert "script" not in {tag for tag, _ in page.tags}
    for tag, attrs in page.tags:
        for name in ("src", "href", "xlink:href"):
            assert (attrs.get(name) or "#").startswith(("data:image/png;base64,", "#")), (tag, name)
        assert not [name for name in attrs if name.startswith("on")]
    assert (folders[case] / "report.html").stat().st_size < PAGE_BYTES_MAX


@pytest.mark.parametrize("case", CASES)
def test_page_is_accessible(case: Case, folders: dict[Case, Path]) -> None:
    """Every picture has a text in its place, ids are unique, and what labels points at something."""
    page = page_of(folders[case])
    for tag, attrs in page.tags:
        if tag == "img":
            assert attrs.get("alt")
        if attrs.get("role") == "img":
            assert attrs.get("aria-label")
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    assert {attrs["aria-labelledby"] for _, attrs in page.tags if "aria-labelledby" in attrs} <= set(ids)


def test_same_bytes_every_time_without_torch(tmp_path: Path, folders: dict[Case, Path]) -> None:
    """Another process, which never imports torch, renders the same folder to the same bytes in every file."""
    code = (
        "import sys; from pathlib import Path; from ebdiag.report import write; write(Path(sys.argv[1]));"
        "sys.exit('torch' in sys.modules)"
    )
    again = write(tmp_path / "again", "full")
    fresh = {**os.environ, "EBDIAG_CACHE": str(tmp_path / "cache")}  # so that every figure is drawn again
    subprocess.run([sys.executable, "-c", code, str(again)], check=True, env=fresh)
    kinds = (".html", ".md", ".svg", ".png")
    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.suffix in kinds)
    assert len(files) >= 13
    for file in files:
        assert (again / file).read_bytes() == (folders["full"] / file).read_bytes(), file


def test_names_from_files_stay_text(folders: dict[Case, Path]) -> None:
    """Markup in a path or a value arrives on both pages as the text that it is."""
    page = page_of(folders["hostile"])
    assert HOSTILE in page.text
    markdown = (folders["hostile"] / "report.md").read_text("utf-8")
    assert "<script" not in markdown
    assert not re.search(r"[^|]*\|[^|]*alert\(\"", markdown)
    rows = [line for line in markdown.splitlines() if line.startswith("| discriminator.decoder.5")]
    assert [line.count("|") for line in rows] == [4]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("crashed", "mine crashed at step 0 (seeds 0, 1 and 2, user_models/sigmoid_decoder.py:38): RuntimeError: mat1"),
        ("diverged", "mine diverged at step 40 (seeds 0, 1 and 2, user_models/sigmoid_decoder.py:38): loss term"),
    ],
)
def test_a_failed_run_is_told(case: Case, sentence: str, folders: dict[Case, Path]) -> None:
    """A run that ended early is told with what, when and where, and the other model is shown."""
    page = page_of(folders[case])
    assert sentence in page.text
    assert "mine has no samples to show." in page.text
    assert "ref works in 3 of 3" in page.text
    pictures = [attrs["alt"] for tag, attrs in page.tags if tag == "img"]
    assert "64 images that ref generated at step 1500, seed 0" in pictures


def test_scalar_discriminator_is_told(folders: dict[Case, Path]) -> None:
    """Without a reconstruction the page says that energies do not apply."""
    assert "mine has no energies to show: n/a (no autoencoder)." in page_of(folders["scalar"]).text


def test_report_of_a_bare_result(tmp_path: Path) -> None:
    """A folder with nothing but result.json still gives both pages."""
    result("crashed").save(tmp_path / "result.json")
    assert [path.name for path in report.write(tmp_path)] == ["report.html", "report.md", "anchors.svg"]
    page = page_of(tmp_path)
    assert "ref has no curves to show." in page.text
    assert not page.wrong


def test_figures_that_no_longer_exist_are_removed(tmp_path: Path) -> None:
    """A figure of an earlier report that has nothing to show now does not stay behind; other files do."""
    result("crashed").save(tmp_path / "result.json")
    (tmp_path / "figures").mkdir()
    for name in ("energies.svg", "samples-mine.png", "notes.txt"):
        (tmp_path / "figures" / name).touch()
    report.write(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("figures/*")) == ["anchors.svg", "notes.txt"]


def test_markdown_points_at_files_that_exist(folders: dict[Case, Path]) -> None:
    """Every picture of report.md is a file of the folder."""
    for folder in folders.values():
        linked = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (folder / "report.md").read_text("utf-8"))
        assert linked
        assert all((folder / link).is_file() for link in linked)


def test_titles_are_computed(folders: dict[Case, Path]) -> None:
    """Titles state medians and ends of the arrays in the folder."""
    with np.load(folders["fails"] / "data" / "energies.npz") as archive:
        fake = np.concatenate([archive[f"mine/{seed}/fake"] for seed in (0, 1, 2)])
    expected = f"mine's generated images have a median energy of {words.number(float(np.median(fake)))}"
    assert expected in page_of(folders["fails"]).text


@pytest.mark.parametrize(
    ("facts", "energy", "shown"),
    [
        ({"config": {"margin": 1.0, "pixel_range": [-1, 1]}}, {}, 1.0),
        ({"config": {"margin": 1.0, "pixel_range": [0, 1]}}, {}, 4.0),
        ({"config": {"margin": 10.0}}, {"source": "mine.py:3"}, None),
        ({"config": {"margin": 10.0}, "margin_mean_squared": 0.13}, {"source": "mine.py:3"}, 0.13),
        ({"config": {"margin": 1.0}, "margin_mean_squared": None}, {}, None),
        ({"config": {"margin": 1.0}}, {"used": False}, None),
        ({"config": {"margin": 1.0}, "autoencoder": False}, {}, None),
        ({}, {}, None),
    ],
)
def test_margin_is_drawn_only_on_its_own_scale(
    facts: dict[str, Any], energy: dict[str, Any], shown: float | None
) -> None:
    """A margin stands beside mean squared energies of pixels of -1 to 1 only where it can be put on that scale."""
    variant = result("fails").variants["ref"]
    parts = variant.parts | {"energy": variant.parts["energy"].model_copy(update=energy)}
    assert margin(variant.model_copy(update={"facts": facts, "parts": parts})) == shown


def test_nets_are_aligned_layer_by_layer() -> None:
    """Of two nets only the layers that differ are shown, an added one against nothing, each with its line."""

    def facts(path: str, names: list[str]) -> dict[str, Any]:
        rows = [{"path": f"d.{n}", "repr": name, "line": {"file": path, "line": n}} for n, name in enumerate(names)]
        return {"layers": {"discriminator": rows}}

    content = result("fails").model_dump(by_alias=True)
    content["variants"]["ref"]["facts"] = facts("ref.py", ["A()", "B()", "C(1)", "D()"])
    content["variants"]["mine"]["facts"] = facts("mine.py", ["A()", "Sigmoid()", "B()", "C(2)", "D()"])
    content["differences"] = [
        {"part": "discriminator", "ref": "4", "mine": "5"},
        {"part": "discriminator.d.1", "mine": "Sigmoid()", "mine_line": {"file": "mine.py", "line": 1}},
    ]
    found = Result.model_validate(content)
    net, added = parts.differing(found)
    assert (net.part, net.ref.value, net.mine.value) == ("discriminator", "4", "5")
    assert added == PartRow("discriminator.d.1", parts.NOTHING, PartCell("Sigmoid()", "mine.py:1"))
    [rows] = [net for net in layers.nets(found) if net.net == "discriminator"]
    assert [(stretch.alike, stretch.names) for stretch in rows.stretches] == [
        (True, "A"), (False, "Sigmoid"), (True, "B"), (False, "C"), (True, "D"),
    ]  # fmt: skip
    content["differences"] = []
    [rows] = [net for net in layers.nets(Result.model_validate(content)) if net.net == "discriminator"]
    assert (rows.alike, rows.count) == (True, 5)  # written differently, the same in effect


def test_large_images_stay_small(tmp_path: Path) -> None:
    """With colour noise, which nothing compresses, the page stays below 2 MB and shows as much of both models."""
    result("fails").save(tmp_path / "result.json")
    (tmp_path / "data").mkdir()
    rng = np.random.default_rng(0)
    noise = {
        f"{side}/{seed}/1500": rng.integers(0, 256, (64, 3, 64, 64), dtype=np.uint8)
        for side in ("ref", "mine")
        for seed in (0, 1)
    }
    noise["real"] = rng.integers(0, 256, (16, 3, 64, 64), dtype=np.uint8)
    np.savez(tmp_path / "data" / "samples.npz", allow_pickle=False, **noise)
    report.write(tmp_path)
    assert (tmp_path / "report.html").stat().st_size < PAGE_BYTES_MAX
    alts = [attrs["alt"] or "" for tag, attrs in page_of(tmp_path).tags if tag == "img"]
    shown = {side: [alt.split()[0] for alt in alts if f"that {side} " in alt] for side in ("ref", "mine")}
    assert shown["ref"] == shown["mine"]
    assert shown["ref"]


@pytest.mark.parametrize("name", ["series.parquet", "checkpoints.parquet", "samples.npz", "energies.npz"])
def test_damaged_data_is_named(name: str, tmp_path: Path) -> None:
    """A file that cannot be read is named, with what to do."""
    folder = write(tmp_path, "crashed")
    (folder / "data" / name).write_bytes(b"PK\x03\x04 no more than this")
    with pytest.raises(EbdiagError, match=re.escape(f"{folder / 'data' / name}: cannot be read")):
        report.write(folder)


def test_band_against_slow_twin() -> None:
    """Mean and range over seeds are those of a loop over steps; what is not finite is left out."""
    nan = float("nan")
    runs = [
        Curve(np.array([1.0, 2, 3]), np.array([1.0, nan, 5])),
        Curve(np.array([1.0, 3, 4]), np.array([3.0, np.inf, 2])),
    ]
    found = band(runs)
    assert found is not None
    expected = {}
    for step in (1.0, 3.0, 4.0):
        values = [
            v for run in runs for s, v in zip(run.steps, run.values, strict=True) if s == step and math.isfinite(v)
        ]
        expected[step] = (sum(values) / len(values), min(values), max(values))
    assert dict(zip(found.steps, zip(found.mean, found.low, found.high, strict=True), strict=True)) == expected
    assert band([]) is None
    assert band([Curve(np.array([1.0]), np.array([nan]))]) is None


def test_long_curves_keep_their_mean() -> None:
    """A curve with very many points is drawn with few, and keeps its mean and its ends."""
    steps = np.arange(1.0, 10_001.0)
    found = band([Curve(steps, steps)])
    assert found is not None
    assert found.steps.size <= 150
    assert found.mean.mean() == pytest.approx(steps.mean(), rel=0.01)
    assert found.steps[-1] == 10_000


def test_labels_keep_their_distance() -> None:
    """Names of lines that end at one place do not overlap and stay inside the axes."""
    axis = panels(1, 2.0)[1][0]
    axis.set(xlim=(0, 1), ylim=(0, 1))
    label_ends(axis, [Label(1.0, value, str(value), "#000000") for value in (0.99, 0.98, 1.0, 0.01)], gap=0.1)
    heights = sorted(text.get_position()[1] for text in axis.texts)
    assert len(heights) == 4
    assert all(upper - lower >= 0.1 - 1e-9 for lower, upper in itertools.pairwise(heights))
    assert heights[0] >= 0
    assert heights[-1] <= 1


def test_histogram_shares_sum_to_one() -> None:
    """Every drawn distribution sums to one, outliers included, and both rows share one axis."""
    rng = np.random.default_rng(0)
    kinds = {kind: rng.lognormal(0, 1, 500) for kind in ("real", "held_out", "fake", "noise")}
    kinds["fake"][0] = 1e9
    figure = energies.draw({"ref": kinds, "mine": kinds}, {"ref": 1.0, "mine": None})
    assert figure is not None
    upper, lower = figure.axes
    assert upper.get_xlim() == lower.get_xlim()
    assert len(upper.lines) - len(lower.lines) == 1
    filled = [np.asarray(collection.get_paths()[0].vertices) for collection in upper.collections]
    assert len(filled) == 3
    for corners in filled:
        x, y = corners[:, 0], corners[:, 1]
        area = abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2
        assert area / ((x.max() - x.min()) / energies.BINS) == pytest.approx(1)
    assert "var(--ref)" in to_svg(figure, "x")


@pytest.mark.parametrize("values", [[0.0], [1.0, 1.0], [0.0, 1e-30], [1e-3, 1e30], [-1e9, 1e9]])
@pytest.mark.parametrize("steps", [[0.0, 0.0], [500.0, 10_000.0]])
def test_extreme_numbers_are_drawn(values: list[float], steps: list[float]) -> None:
    """Constant, tiny, huge and negative values and single steps give every figure without a warning."""
    curve = Curve(np.array(steps[: len(values)]), np.array(values))
    bounds: dict[Side, float | None] = {"ref": 1.0, "mine": 20.0}
    kinds = {"real": np.array(values), "fake": np.array(values)}
    drawn = (
        energies.draw({"ref": kinds}, bounds),
        training.draw({"mine": {"real": [curve], "fake": [curve]}}, bounds),
        hinge.draw({"ref": [curve], "mine": [curve]}),
        quality.draw({"ref": [curve]}, {}),
        losses.draw({"ref": {"generator": [curve]}}),
    )
    for number, figure in enumerate(drawn):
        assert figure is not None
        assert "<path" in to_svg(figure, str(number))


def test_grid_places_images_in_rows() -> None:
    """Image number r × columns + c stands in row r, column c, pixel for pixel."""
    from io import BytesIO

    from PIL import Image

    images = np.random.default_rng(0).integers(0, 256, (12, 1, 5, 4), dtype=np.uint8)
    shown = np.asarray(Image.open(BytesIO(samples.grid(images, columns=3, rows=4))))
    for place in range(12):
        row, column = divmod(place, 3)
        np.testing.assert_array_equal(shown[row * 5 : row * 5 + 5, column * 4 : column * 4 + 4], images[place, 0])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (10.0, "10"), (0.81, "0.810"), (0.0204, "0.0204"), (4432.2, "4430"), (9999.6, "10,000"),
        (12345.0, "12,300"), (-2.5, "−2.50"), (1.234e-5, "1.23×10⁻⁵"), (3.2e12, "3.20×10¹²"), (None, "n/a"),
        (float("nan"), "n/a"), (float("inf"), "n/a"), (0.9999, "1.00"), (99.96, "100"), (9.9996e8, "1.00×10⁹"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits(value: float | None, shown: str) -> None:
    """Three significant digits, thousands separated from 10,000 on, n/a for what is no number."""
    assert words.number(value) == shown


def test_intervals() -> None:
    """± is half the interval, the mean has its decimals; ratios show their bounds."""
    assert words.plus_minus(-0.79, -0.83, -0.75) == "−0.790 ± 0.040"
    assert words.plus_minus(3.2, -1, 7.4) == "+3.2 ± 4.2"
    assert words.plus_minus(12345, 12000, 12690) == "+12,345 ± 345"
    assert words.plus_minus(0.5, None, None) == "+0.500"
    assert words.ratio(72, 31, 160) == "×\N{NO-BREAK SPACE}72 [31, 160]"
    assert words.ratio(0.25, 7e-13, 9e10) == "×\N{NO-BREAK SPACE}0.250 [<0.000100, >10,000]"


def test_every_ending_has_its_words() -> None:
    """Every verdict, metric verdict and run status of the schema has a mark."""
    from typing import get_args

    from ebdiag.result import MetricVerdict, RunResult, VerdictStatus

    assert set(words.BADGES) == set(get_args(VerdictStatus))
    assert set(words.METRIC_MARKS) == set(get_args(MetricVerdict))
    assert set(words.RUN_MARKS) == set(get_args(RunResult.model_fields["status"].annotation))


def test_findings_do_not_break_the_page(tmp_path: Path) -> None:
    """A result with more than the first page shows (findings, a trace) still renders."""
    content = result("fails").model_dump(by_alias=True)
    content["findings"] = [
        {"rule": "x", "severity": "error", "title": "t", "explanation": "e", "lines": [{"file": "a.py", "line": 1}]}
    ]
    content["trace"] = {
        "status": "found",
        "culprits": [],
        "hybrids": [{"from": "ref", "parts": ["energy"], "seed": 0, "outcome": "works"}],
    }
    Result.model_validate(content).save(tmp_path / "result.json")
    assert report.write(tmp_path)

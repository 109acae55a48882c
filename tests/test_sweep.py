"""Sweeps: what is asked for, what is tried, what it shows, and that every run is the one that it is everywhere."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import scipy.stats
from hostile_texts import ALL
from test_nothing_gets_in import SHIPPED_TAGS, obeyed

from ebdiag import index, kinds, words
from ebdiag.data import cached_spec, prepare
from ebdiag.device import Machine
from ebdiag.errors import EbdiagError
from ebdiag.execute import LocalExecutor, OnEvent, Outcome, Task
from ebdiag.jobs import RunJob
from ebdiag.search import SEEDS
from ebdiag.store import Store
from ebdiag.sweeps import ask, commands, effects, families, report, rows, spine
from ebdiag.sweeps.ask import Drawn, Family, Sweep
from ebdiag.sweeps.effects import FAMILY
from ebdiag.sweeps.points import points
from ebdiag.sweeps.rows import Row
from ebdiag.sweeps.tried import Tried, tried

ROOT = Path(__file__).parent.parent
GAN = kinds.of("gan")
STEPS = 20


class Quiet:
    """Notes what a sweep says, and shows nothing."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.trained: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def begin(self, runs: int) -> None: ...

    def event(self, label: str, event: dict[str, Any]) -> None:
        if event.get("state") == "started":
            self.trained.append(label)

    def done(self, rows: Sequence[Row]) -> None: ...

    def end(self) -> None: ...


# ---- what is asked for --------------------------------------------------------------------------------------------

GOOD = 'variants = ["mine.py"]\n'


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("", "variants", "a list of model files"),
        ('variants = "mine.py"', "variants", "a list of model files"),
        ("variants = [3]", "variants[0]", "a model file"),
        ('variants = ["a.py", "x/a.py"]', "variants", "two variants are called 'a'"),
        (GOOD + "stepps = 3", "", "unknown key 'stepps'"),
        (GOOD + "steps = 0", "steps", "a whole number, 1 or more"),
        (GOOD + "seeds = true", "seeds", "a whole number, 1 or more"),
        (GOOD + "keep_weights = 1", "keep_weights", "true or false"),
        (GOOD + "grid.margin = []", "grid.margin", "a list of values"),
        (GOOD + "grid.margin = 3", "grid.margin", "a list of values"),
        (GOOD + "grid.margin = [1, 1]", "grid.margin[1]", "stands there twice"),
        (GOOD + "grid.margin = [{a = 1}]", "grid.margin[0]", "a number, a text"),
        (GOOD + "grid.margin = [nan]", "grid.margin[0]", "a number, a text"),
        (GOOD + 'grid."a b" = [1]', "grid", "names of fields of Config"),
        (GOOD + "random.margin = [1, 2]", "", "expected sample = 96"),
        (
            GOOD + "sample = 3\nrandom.margin = {log_uniform = [0, 1]}",
            "log_uniform",
            "numbers above 0, the lower first",
        ),
        (GOOD + "sample = 3\nrandom.margin = {uniform = [2, 1]}", "uniform", "the lower first"),
        (GOOD + "sample = 3\nrandom.margin = {integers = [1, 2.5]}", "integers", "two whole numbers"),
        (GOOD + "sample = 3\nrandom.margin = {loguniform = [1, 2]}", "random.margin", "Did you mean 'log_uniform'"),
        (GOOD + "set.margin = 1\ngrid.margin = [1]", "variants[0]", "set and grid both say 'margin'"),
        (GOOD + "steps = ", "", "expected TOML"),
        ('variants = [{file = "a.py", grids = {}}]', "variants[0]", "unknown key 'grids'"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(text: str, place: str, said: str, tmp_path: Path) -> None:
    """The file, the key in it, and what was expected."""
    file = tmp_path / "sweep.toml"
    file.write_text(text)
    with pytest.raises(EbdiagError) as caught:
        ask.read(file)
    message = caught.value.render()
    assert message.startswith(str(file))
    assert place in message
    assert said in message


def swept(tmp_path: Path, text: str) -> Sweep:
    file = tmp_path / "sweep.toml"
    file.write_text(text)
    return ask.read(file)


def test_a_variant_says_more_than_the_file_does(tmp_path: Path) -> None:
    """Its own settings stand before those of all, in whatever table they are; paths begin where the file is."""
    sweep = swept(
        tmp_path,
        'variants = ["a.py", {file = "b.py", name = "B", set = {margin = 3}}, "ref:gan"]\ngrid.margin = [1, 2]\n',
    )
    first, second, third = sweep.families
    assert Path(first.path).resolve() == (tmp_path / "a.py").resolve()
    assert (first.grid, second.grid, second.fixed) == ({"margin": (1, 2)}, {}, {"margin": 3})
    assert (second.name, third.name, third.path) == ("B", "gan", "ref:gan")


# ---- what is tried ------------------------------------------------------------------------------------------------


def sampled(count: int | None, *wanted: Family, seed: int = 0) -> list[tuple[str, dict[str, Any]]]:
    sweep = Sweep("s.toml", wanted, count, seed, "mnist5k", 10, 1, "default", "torch", 1, True)
    return [(point.family.name, dict(point.settings)) for point in points(sweep)]


def test_a_grid_is_every_combination_once() -> None:
    """The product, families in turn."""
    found = sampled(None, Family("A", "a.py", {"x": 1}, {"m": (1, 2), "n": (3, 4, 5)}), Family("B", "b.py"))
    assert Counter(name for name, _ in found) == {"A": 6, "B": 1}
    assert {(s["m"], s["n"]) for name, s in found if name == "A"} == {(m, n) for m in (1, 2) for n in (3, 4, 5)}
    assert all(s["x"] == 1 for name, s in found if name == "A")


WAYS: Mapping[str, Any] = {"lr": Drawn("log_uniform", 1e-4, 1e-2), "n": Drawn("integers", 1, 8), "m": (1, 2, 3)}


@pytest.mark.parametrize("count", [1, 7, 40])
def test_a_longer_sample_begins_with_the_shorter_one(count: int) -> None:
    """Extending adds, and changes nothing; another setting leaves the draws of the others alone."""
    family, more = Family("A", "a.py", random=WAYS), Family("A", "a.py", random={**WAYS, "k": (1, 2)})
    longer = sampled(60, family)
    assert sampled(count, family) == longer[:count]
    shared = [{name: value for name, value in s.items() if name != "k"} for _, s in sampled(60, more)]
    assert shared == [s for _, s in longer]
    assert sampled(60, family, seed=1) != longer


def test_families_with_the_same_settings_try_the_same_ones() -> None:
    """So that they can be compared pair by pair; one with a further setting tries the same of those it shares."""
    found = sampled(20, Family("A", "a.py", random=WAYS), Family("B", "b.py", random={**WAYS, "k": (1, 2)}))
    ours, theirs = ([s for name, s in found if name == family] for family in "AB")
    assert [{name: s[name] for name in WAYS} for s in theirs] == ours


def test_draws_are_what_was_asked_for() -> None:
    """Within their ends, of the right type, as often below the middle as above it, and never the same twice."""
    found = [s for _, s in sampled(2_000, Family("A", "a.py", random=WAYS))]
    assert all(1e-4 <= s["lr"] <= 1e-2 and s["n"] in range(1, 9) and s["m"] in (1, 2, 3) for s in found)
    assert all(isinstance(s["n"], int) for s in found)
    below = sum(s["lr"] < 1e-3 for s in found)
    assert scipy.stats.binomtest(below, 2_000).pvalue > 1e-3
    assert scipy.stats.chisquare([sum(s["n"] == n for s in found) for n in range(1, 9)]).pvalue > 1e-3
    assert len({json.dumps(s) for s in found}) == 2_000


def test_a_sample_ends_where_there_is_nothing_else_to_try() -> None:
    """A grid of six gives six, however many are asked for."""
    found = sampled(50, Family("A", "a.py", grid={"m": (1, 2, 3), "n": (True, False)}))
    assert len(found) == len({json.dumps(s) for _, s in found}) == 6


# ---- what it shows ------------------------------------------------------------------------------------------------


def drawn(count: int, seed: int = 0) -> list[Tried]:
    """Settings whose effect is known: `strong` doubles what is wrong at each level, `dead` does nothing; a tenth has
    no score, a third works, whatever they are."""
    draw = random.Random(seed)
    found = []
    for place in range(count):
        settings = {"strong": draw.randrange(3), "dead": draw.choice(["a", "b"]), "weak": draw.randrange(2)}
        log = math.log(100) + settings["strong"] * math.log(2) + settings["weak"] * 0.2 + draw.gauss(0, 0.3)
        missing = draw.random() < 0.1
        found.append(
            Tried("AB"[place % 2], place // 2, settings, float(draw.random() < 1 / 3), None if missing else log)
        )
    return found


def test_a_known_effect_is_found_and_no_other() -> None:
    """The planted setting leads with its size; the one without effect is at chance."""
    found = {(effect.family, effect.name): effect for effect in effects.effects(drawn(300))}
    assert {name for _, name in list(found)[:2]} == {"strong"}
    assert found[FAMILY, FAMILY].holm > 0.05
    for family in "AB":
        strong, dead = found[family, "strong"], found[family, "dead"]
        assert strong.holm < 0.02 < 0.05 < dead.holm
        assert dead.importance < 0.02 < 0.4 < strong.importance
        gaps = [b.score.mean - a.score.mean for a, b in itertools.pairwise(strong.levels) if a.score and b.score]
        assert gaps == pytest.approx([math.log(2)] * 2, abs=0.2)


def test_what_one_family_has_is_not_lost_among_others() -> None:
    """A setting that matters in one of four families is found in that one, and in no other."""
    draw = random.Random(2)
    settings = [
        Tried(family, n, {"m": n % 2}, 0.0, 5.0 + draw.gauss(0, 0.2) + (n % 2 if family == "A" else 0))
        for family in "ABCD"
        for n in range(20)
    ]
    assert [effect.family for effect in effects.effects(settings) if effect.holm < 0.05 and effect.name == "m"] == ["A"]


def test_chance_is_called_chance_as_often_as_it_should() -> None:
    """Of settings without effect one in twenty has p < .05: 200 of them, by the binomial."""
    low = 0
    for seed in range(50):
        draw = random.Random(seed)
        settings = [
            Tried("A", n, {name: draw.randrange(3) for name in "abcd"}, 0.0, draw.gauss(0, 1)) for n in range(24)
        ]
        low += sum(effect.p < 0.05 for effect in effects.effects(settings))
    assert scipy.stats.binomtest(low, 200, 0.05).pvalue > 1e-3


def test_statistics_are_those_of_scipy() -> None:
    """Ranks, share of variance, Wilson's and Student's intervals, against another implementation."""
    values = np.array([3.0, 1.0, np.inf, 1.0, np.inf, 2.0])
    twin = (scipy.stats.rankdata(values) - 1) / 5
    assert effects.ranks(values) == pytest.approx(twin)
    codes = np.array([0, 0, 1, 1, 2, 2])
    groups = [twin[codes == k] for k in range(3)]
    f = scipy.stats.f_oneway(*groups).statistic
    assert effects._between(twin, codes) == pytest.approx(2 * f / (2 * f + 3))
    for k, n in ((0, 5), (3, 32), (32, 32), (7, 10)):
        low, high = scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
        share = effects.wilson(k, n)
        assert (share.low, share.high) == pytest.approx((low, high), abs=1e-9)
    sample = [0.3, 1.2, -0.4, 2.0]
    low, high = scipy.stats.t.interval(0.95, 3, np.mean(sample), scipy.stats.sem(sample))
    found = effects.mean_interval(sample)
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((np.mean(sample), low, high))
    assert effects.holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})


def test_what_has_no_score_is_last_and_not_left_out() -> None:
    """A setting that always diverges matters, though nothing of it has a score to average."""
    settings = [Tried("A", n, {"fatal": n % 2 == 0}, 0.0, None if n % 2 == 0 else float(n)) for n in range(40)]
    [effect] = effects.effects(settings)
    assert effect.p < 0.01
    works, fails = effect.levels
    assert (fails.label, fails.scored, fails.score, works.scored) == ("true", 0, None, 20)


def test_seeds_of_one_setting_are_one() -> None:
    """n is settings: three seeds of each do not make three times as many."""
    row = Row("A", "a.py", 0, 0, {"m": 1}, "x", "finished", 10, True, {"fid": 100.0})
    others = [
        replace(row, seed=1, scores={"fid": 400.0}, works=False),
        replace(row, seed=2, status="diverged", scores={}),
    ]
    [one] = tried([row, *others], GAN.decides)
    assert one.badness == pytest.approx(math.log(200))
    assert one.works == pytest.approx(1 / 3) if not others[1].works else True


def test_families_are_compared_on_the_settings_that_both_tried() -> None:
    """B has twice what is wrong on each of A's, and one setting of its own, which counts in no pair."""
    ones = [Tried("A", n, {"m": n}, 1.0, math.log(100 + n)) for n in range(8)]
    others = [Tried("B", n, {"m": n, "k": 1}, float(n < 4), math.log(200 + 2 * n)) for n in range(8)]
    others.append(Tried("B", 9, {"m": 99, "k": 1}, 0.0, math.log(9e9)))
    [pair] = families.pairs([*ones, *others])
    assert (pair.first, pair.second, pair.n) == ("A", "B", 8)
    assert pair.ratio is not None
    assert (pair.ratio.mean, pair.ratio.low, pair.ratio.high) == pytest.approx([math.log(2)] * 3)
    assert pair.works.mean == pytest.approx(-0.5)
    assert pair.works.low is not None
    assert pair.works.high is not None
    assert -0.9 < pair.works.low < -0.5 < pair.works.high < -0.1


# ---- rows and commands --------------------------------------------------------------------------------------------


def some_rows(name: str = "A", file: str = "a.py") -> list[Row]:
    """Rows with everything that rows can have; twelve of them."""
    draw = random.Random(3)
    found = []
    for n in range(12):
        settings: dict[str, Any] = {"m": draw.randrange(3), "lr": draw.random(), "opt": draw.choice(["adam", "sgd"])}
        works = n % 3 == 0
        status = "diverged" if n == 4 else "refused" if n == 5 else "finished"
        scores = {"fid": 100.0 + n, "coverage": None} if status == "finished" else {}
        cause = "" if works else status if status == "refused" else "mode-collapse"
        found.append(
            Row(name, file, n, 0, settings, f"{n:016x}-10", status, 10, works, scores, cause, f"says {n}",
                ("mode-collapse",) if n % 2 else (), 1.5)
        )  # fmt: skip
    return found


def test_the_table_reads_back_as_it_was(tmp_path: Path) -> None:
    """Types and absences too; a setting with values of several types is a text."""
    given = some_rows()
    given[0] = replace(given[0], settings={**given[0].settings, "betas": (0.5, 0.9), "flag": True, "mixed": 1})
    given[1] = replace(given[1], settings={**given[1].settings, "mixed": "one"})
    rows.write(tmp_path / "t.parquet", given, ["fid", "coverage"])
    schema = pq.read_schema(tmp_path / "t.parquet")
    types = {name: str(schema.field(name).type) for name in ("set.m", "set.lr", "set.opt", "set.flag", "fid", "works")}
    assert types == {"set.m": "int64", "set.lr": "double", "set.opt": "string", "set.flag": "bool", "fid": "double",
                     "works": "bool"}  # fmt: skip
    back = rows.read(tmp_path / "t.parquet")
    assert [(r.id, r.works, r.cause, r.findings, r.score("fid")) for r in back] == [
        (r.id, r.works, r.cause, r.findings, r.score("fid")) for r in given
    ]
    assert back[2].settings == given[2].settings
    assert (back[0].settings["betas"], back[0].settings["mixed"]) == ("[0.5, 0.9]", "1")


@pytest.fixture(scope="module")
def plain() -> Sweep:
    return Sweep("s.toml", (Family("A", "a.py"),), 12, 0, "mnist5k", 10, 1, "default", "fast", 1, True)


def test_a_command_names_the_working_run_that_is_most_alike(plain: Sweep, tmp_path: Path) -> None:
    """Against a plain loop; the model of that run is written out, and settings are quoted."""
    from ebdiag.load import load

    given = some_rows(file="ref:gan")
    done = commands.with_commands(given, plain, GAN.decides, "ref:ebgan_pt", tmp_path, lambda row: load("ref:gan"))
    working = sorted((row for row in given if row.works), key=lambda row: row.scores["fid"] or 0)
    for row in done:
        if row.works:
            assert row.trace == ""
            continue
        words_ = shlex.split(row.trace)
        settings = [words_[n + 1] for n, word in enumerate(words_) if word == "--set"]
        assert settings == [f"{name}={value}" for name, value in row.settings.items()]
        if row.status == "refused":
            assert words_[:3] == ["ebdiag", "lint", "ref:gan"]
            continue
        gaps = [sum(row.settings[name] != other.settings[name] for name in row.settings) for other in working]
        nearest = working[gaps.index(min(gaps))]
        assert words_[:2] == ["ebdiag", "trace"]
        assert Path(words_[2]) == Path(os.path.relpath(tmp_path / f"references/A-{nearest.draw}/gan.py"))
        assert Path(words_[2]).read_text() == (ROOT / "reference_models/gan.py").read_text()
        assert words_[-6:] == ["--seeds", str(SEEDS), "--dataset", "mnist5k", "--kernels", "fast"]


def test_without_a_working_run_the_reference_of_the_kind_is_named(plain: Sweep, tmp_path: Path) -> None:
    """Nothing else is known to work."""
    given = [replace(row, works=False) for row in some_rows()]
    done = commands.with_commands(given, plain, GAN.decides, "ref:ebgan_pt", tmp_path, lambda row: pytest.fail("asked"))
    assert shlex.split(done[0].trace)[:3] == ["ebdiag", "trace", "ref:ebgan_pt"]


class Tags(HTMLParser):
    """Elements, attributes that act, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.bad: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.bad += [f"{name}={value}" for name, value in attrs if name.startswith("on")]
        self.bad += [
            f"{name}={value}" for name, value in attrs
            if name in ("src", "href") and not (value or "").startswith(("data:image/png;base64,", "#"))
        ]  # fmt: skip

    def handle_data(self, data: str) -> None:
        self.text += data.replace(words.NO_BREAK_SPACE, " ")


def test_names_are_data_on_the_page(plain: Sweep, tmp_path: Path) -> None:
    """Of families, files, settings and values: no element of theirs, no attribute, no mark of Markdown, no command."""
    hostile = [
        replace(row, settings={**row.settings, "note": ALL}, says=ALL, trace=shlex.join(["ebdiag", ALL]))
        for row in some_rows(ALL, f"{ALL}.py")
    ]
    sweep = replace(plain, file=f"{ALL}.toml", families=(Family(ALL, f"{ALL}.py"),))
    data = cached_spec("mnist5k") or prepare("mnist5k")
    report.write(tmp_path, hostile, sweep, GAN, data, planned=20, command=ALL)
    page, text = ((tmp_path / name).read_text("utf-8") for name in (report.HTML, report.MARKDOWN))
    seen = Tags(page)
    assert seen.tags <= SHIPPED_TAGS
    assert seen.bad == []
    assert "Content-Security-Policy" in page
    assert obeyed(page) == obeyed(text) == set()
    assert not re.search(r"<(?!/?(?:details|summary|code|br)\b)", text)
    assert "](javascript" not in text
    assert not any(line.startswith("::") for line in text.splitlines())


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_page_is_whole_in_every_language(language: str, plain: Sweep, tmp_path: Path) -> None:
    """The same numbers; what is there of every section; an interrupted sweep says that it is."""
    data = cached_spec("mnist5k") or prepare("mnist5k")
    with words.speaking(language):
        report.write(tmp_path, some_rows(), plain, GAN, data, planned=30, command="ebdiag sweep s.toml")
        assert words.SWEEP["unfinished"].format(done=12, runs=30) in (tmp_path / report.HTML).read_text("utf-8")
    page = Tags((tmp_path / report.HTML).read_text("utf-8")).text
    assert f'lang="{language}"' in (tmp_path / report.HTML).read_text("utf-8")
    assert "mode-collapse" in page
    assert "100 (33 %)" not in page
    assert "4 (36 %)" in page  # of eleven settings that came to an outcome
    first = (tmp_path / report.HTML).read_bytes()
    with words.speaking(language):
        report.write(tmp_path, some_rows(), plain, GAN, data, planned=30, command="ebdiag sweep s.toml")
    assert (tmp_path / report.HTML).read_bytes() == first


# ---- real sweeps --------------------------------------------------------------------------------------------------

TOML = f"""
variants = [
    "mlp_ebgan_pt.py",
    {{file = "mlp_gan.py", name = "GAN", set = {{learning_rate = 0.01}}}},
    "broken.py",
    "nowhere.py",
]
steps = {STEPS}
sample = 2
keep_weights = false
grid.discriminator_width = [16, 24]
grid.generator_layers = [2, 3]
set.generator_width = 24
"""


def place(tmp_path: Path, text: str = TOML) -> Path:
    """A folder with models of the paper's grid, one that cannot be built, and a sweep over them."""
    for file in (ROOT / "sweeps").glob("*.py"):
        shutil.copy(file, tmp_path)
    broken = (ROOT / "sweeps/mlp_gan.py").read_text().replace("nn.Module, learning_rate", "nn.Module, rate")
    (tmp_path / "broken.py").write_text(broken.replace("class Config:", "class Config:\n    absent: int = absent_name"))
    (tmp_path / "small.toml").write_text(text)
    return tmp_path / "small.toml"


def ebdiag(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "EBDIAG_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    command = [sys.executable, "-m", "ebdiag.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A sweep as a person runs it, of two models that run, one that cannot be built and one that is not there."""
    folder = tmp_path_factory.mktemp("sweep")
    place(folder)
    return folder, ebdiag(folder, "sweep", "small.toml", "--out", "out")


def test_a_sweep_is_complete_although_models_fail(real: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Exit code 4, and a report with a row for each run; those that cannot run say why."""
    folder, done = real
    assert done.returncode == 4, done.stderr
    found = rows.read(folder / "out/sweep.parquet")
    assert Counter((row.family, row.status) for row in found) == {
        ("mlp_ebgan_pt", "finished"): 2, ("GAN", "finished"): 2, ("broken", "refused"): 2, ("nowhere", "refused"): 2,
    }  # fmt: skip
    says = {row.family: row.says for row in found}
    assert "absent_name" in says["broken"]
    assert "no such file" in says["nowhere"]
    for row in found:
        if row.ran:
            assert row.steps == STEPS
            assert row.score("fid") is not None
            assert not row.works
            assert row.cause
    assert "0 of 8 runs work" in done.stdout


def test_the_page_and_the_table_show_the_same(real: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Counts, causes and commands of Markdown and HTML are those of the rows; pictures are within."""
    folder, _ = real
    found = rows.read(folder / "out/sweep.parquet")
    page, text = (folder / "out/sweep.html").read_text("utf-8"), (folder / "out/sweep.md").read_text("utf-8")
    text = text.replace(words.NO_BREAK_SPACE, " ")
    seen = Tags(page)
    assert seen.tags <= SHIPPED_TAGS
    assert seen.bad == []
    assert page.count("data:image/png;base64,") == 4  # best and median of two families
    for row in found:
        assert row.trace in seen.text
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    families_ = {cells[0].replace("&#95;", "_"): cells[1:] for cells in table if len(cells) == 7}
    assert families_["GAN"][:2] == ["2", "0 (0 %)"]
    causes = {cells[0]: cells for cells in table if len(cells) == 7 and cells[0] in {row.cause for row in found}}
    assert causes["refused"][1:6] == ["50 %", "0", "0", "2", "2"]
    for picture in re.findall(r"\]\((figures/[^)]+)\)", text):
        assert (folder / "out" / picture).stat().st_size > 200
    assert pq.read_schema(folder / "out/sweep.parquet").names.count("set.discriminator_width") == 1


def test_asked_again_nothing_is_trained(real: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """The same rows from the store, although weights were not kept; the list of runs has each once."""
    folder, _ = real
    before = (folder / "out/sweep.parquet").read_bytes()
    assert not list((folder / "home/runs").rglob("*.safetensors"))
    done = ebdiag(folder, "sweep", "small.toml", "--out", "out")
    assert ": done" not in done.stderr
    assert (folder / "out/sweep.parquet").read_bytes() == before
    listed = json.loads(ebdiag(folder, "runs", "--where", "generator_width=24", "--json").stdout)["runs"]
    assert len(listed) == 4
    assert {run["config"]["discriminator_width"] for run in listed} <= {16, 24}


def test_a_run_is_the_one_that_a_comparison_trains(real: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """By its id: the same file with the same settings is stored, under `compare --set`."""
    folder, _ = real
    row = next(row for row in rows.read(folder / "out/sweep.parquet") if row.family == "GAN")
    settings = [part for name, value in row.settings.items() for part in ("--set", f"{name}={value}")]
    done = ebdiag(
        folder, "compare", "mlp_ebgan_pt.py", row.file, *settings, "--steps", str(STEPS), "--seeds", "1", "--dry-run"
    )
    [line] = [line for line in done.stdout.splitlines() if line.startswith("mine")]
    assert "stored" in line
    assert line.split()[-1] == row.id


def test_extending_trains_what_is_new_and_nothing_else(real: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """A third setting and a second seed: rows that were there stay byte for byte."""
    folder, _ = real
    before = {row.id: row for row in rows.read(folder / "out/sweep.parquet") if row.ran}
    (folder / "more.toml").write_text(
        'variants = ["mlp_ebgan_pt.py"]\n' + TOML[TOML.index("steps") :].replace("sample = 2", "sample = 3\nseeds = 2")
    )
    told, home = Quiet(), Store(folder / "home")
    executor = LocalExecutor(2)
    here = os.getcwd()
    os.chdir(folder)
    try:
        done = spine.sweep(Path("more.toml"), executor, told, jobs=2, out=folder / "more", store=home)
    finally:
        os.chdir(here)
    assert sorted(told.trained) == sorted(
        f"mlp_ebgan_pt {row.draw}, seed {row.seed}" for row in done.rows if row.id not in before
    )
    assert len(done.rows) == 6
    kept = [row for row in done.rows if row.id in before]
    assert len(kept) == 2
    assert all(row.score(m.key) == before[row.id].score(m.key) for row in kept for m in GAN.metrics)
    assert done.exit_code == 0


def test_a_command_of_the_report_runs(real: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """It compares and, as the reference works as little after twenty steps, says that there is no culprit to seek."""
    folder, _ = real
    row = next(row for row in rows.read(folder / "out/sweep.parquet") if row.family == "GAN")
    command = shlex.split(row.trace)
    assert command[:3] == ["ebdiag", "trace", "ref:ebgan_pt"]
    done = ebdiag(folder, *command[1:], "--json")
    assert done.returncode == 3, done.stderr
    result = json.loads(done.stdout)
    assert result["verdict"]["status"] == "both_fail"
    assert row.id in {run["id"] for run in result["runs"]}
    assert result["variants"]["mine"]["facts"]["config"]["learning_rate"] == 0.01


def test_every_command_is_understood(real: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """By the command line itself: names and values of options, none left over."""
    import typer.main

    from ebdiag.cli import app

    folder, _ = real
    group = typer.main.get_command(app)
    for row in rows.read(folder / "out/sweep.parquet"):
        name, *arguments = shlex.split(row.trace)[1:]
        command = group.commands[name]  # type: ignore[attr-defined]
        context = command.make_context(name, arguments)
        assert len(context.params["settings"]) == len(row.settings)


class Interrupting:
    """The local executor, which a person interrupts in the second batch of training."""

    def __init__(self) -> None:
        self.inner, self.trained = LocalExecutor(1), 0
        self.jobs = 1

    def limited(self, seconds: float) -> LocalExecutor:
        return self.inner.limited(seconds)

    def machine(self) -> Machine:
        return self.inner.machine()

    def map(self, tasks: Sequence[Task], on_event: OnEvent) -> dict[str, Outcome]:
        self.trained += any(isinstance(task.job, RunJob) for task in tasks)
        if self.trained == 2:
            self.inner.map(tasks[:1], on_event)
            raise KeyboardInterrupt
        return self.inner.map(tasks, on_event)


def test_an_interrupted_sweep_leaves_a_report_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is finished is in it, also of the batch under way; asked again only the rest is trained."""
    monkeypatch.setattr("ebdiag.sweeps.run.BATCH", 2)
    text = TOML.replace('    "broken.py",\n    "nowhere.py",\n', "").replace('"mlp_ebgan_pt.py",', "")
    file = place(tmp_path, text.replace("sample = 2", "sample = 4"))
    store = Store(tmp_path / "home")
    with pytest.raises(KeyboardInterrupt):
        spine.sweep(file, Interrupting(), Quiet(), jobs=1, out=tmp_path / "out", store=store)
    assert len(rows.read(tmp_path / "out/sweep.parquet")) == 3
    assert "3 of 4 runs are judged" in (tmp_path / "out/sweep.html").read_text("utf-8")
    told = Quiet()
    done = spine.sweep(file, LocalExecutor(1), told, jobs=1, out=tmp_path / "out", store=store)
    assert (len(done.rows), len(told.trained)) == (4, 1)
    assert "are judged" not in (tmp_path / "out/sweep.html").read_text("utf-8")
    assert len(index.entries(store)) == 4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("grid.discriminator_widht = [16]", "unknown field 'discriminator_widht'"),
        ("grid.discriminator_width = ['wide']", "a whole number"),
        ("steps = 'many'", "a whole number"),
    ],
)
def test_a_setting_that_the_model_does_not_have_ends_with_two(line: str, said: str, tmp_path: Path) -> None:
    """Before anything is trained, with the file, the setting and what was expected."""
    place(tmp_path, f'variants = ["mlp_gan.py"]\n{line}\n')
    done = ebdiag(tmp_path, "sweep", "small.toml")
    assert done.returncode == 2
    assert said in done.stderr
    assert line.split(" =")[0] in done.stderr
    assert "small.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_model_that_can_be_read_ends_with_two(tmp_path: Path) -> None:
    """There is nothing to report on."""
    place(tmp_path, 'variants = ["nowhere.py"]\nsteps = 5\n')
    done = ebdiag(tmp_path, "sweep", "small.toml")
    assert (done.returncode, "no such file" in done.stderr) == (2, True)
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(("file", "runs"), [("paper_grid.toml", 512 * 2 + 6_144), ("paper_grid_small.toml", 96)])
def test_the_grids_of_the_paper_are_what_they_say(file: str, runs: int) -> None:
    """512 settings of each EBGAN and 6,144 of the GAN; of the sample the families are balanced."""
    sweep = ask.read(ROOT / "sweeps" / file)
    found = points(sweep)
    assert len(found) * sweep.seeds == runs
    if sweep.sample is not None:
        assert len(set(Counter(point.family.name for point in found).values())) == 1
    for point in found[:: max(1, runs // 8)]:
        assert Path(point.family.path).name in {path.name for path in (ROOT / "sweeps").glob("*.py")}

"""A result and its progress as a notebook shows them: by themselves, in a real kernel, and in a real browser."""

from __future__ import annotations

import asyncio
import base64
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import psutil
import pytest
import result_factory
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ebdiag import display, glance, notebook, words
from ebdiag.display import LiveTable, PlainLines
from ebdiag.notebook import NotebookProgress, in_notebook
from ebdiag.progress import Row
from ebdiag.result import Result

EXAMPLE = Path(__file__).parent.parent / "docs" / "example.ipynb"
MOST_BYTES = 600_000
HTML = "text/html"


class Seen(HTMLParser):
    """Text, tags and attributes of a fragment; what is left open."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(fragment)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("img", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in ("p", "td", "th", "tr"):
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {case: result_factory.write(tmp_path_factory.mktemp(case), case) for case in result_factory.CASES}


# a result, by itself


@pytest.mark.parametrize("case", result_factory.CASES)
def test_a_result_shows_verdict_table_and_samples(case: result_factory.Case, folders: dict[str, Path]) -> None:
    """Badge, sentence, the metrics that decide, one picture a model that has samples; well-formed and small."""
    result = Result.load(folders[case])
    fragment = result._repr_html_()
    seen = Seen(fragment)
    assert not seen.open
    assert len(fragment.encode()) <= MOST_BYTES
    assert words.BADGES[result.verdict.status].words in seen.text
    assert " ".join(result.verdict.summary.split()) in seen.text
    for title in ("Fréchet distance", "Coverage", "Digits drawn"):
        assert title in seen.text
    pictures = [attrs for tag, attrs in seen.tags if tag == "img"]
    models = [attrs["alt"] for attrs in pictures if "generated" in str(attrs["alt"])]
    assert len(models) == (1 if case in ("diverged", "crashed") else 2)
    assert all(attrs["alt"] and str(attrs["src"]).startswith("data:image/png;base64,") for attrs in pictures)
    assert all(base64.b64decode(str(attrs["src"]).split(",")[1]).startswith(b"\x89PNG") for attrs in pictures)


@pytest.mark.parametrize("case", result_factory.CASES)
def test_a_fragment_asks_for_nothing_and_runs_nothing(case: result_factory.Case, folders: dict[str, Path]) -> None:
    """No script, no address but those that hold their content, no id that another output could have too."""
    seen = Seen(Result.load(folders[case])._repr_html_())
    for tag, attrs in seen.tags:
        assert tag not in ("script", "iframe", "link", "object", "base", "meta", "form", "svg")
        assert not {name for name in attrs if name.startswith("on") or name in ("id", "href")}
    assert "url(" not in Result.load(folders[case])._repr_html_()


def test_a_hostile_name_stays_text(folders: dict[str, Path]) -> None:
    """What a file is called cannot end the fragment, in HTML or in Markdown."""
    result = Result.load(folders["hostile"])
    assert result_factory.HOSTILE.split("`")[0] in Seen(result._repr_html_()).text
    assert "<script" not in result._repr_html_()
    assert "<script" not in result._repr_markdown_()
    rows = [line for line in result._repr_markdown_().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {6}


def test_styles_reach_nothing_else(folders: dict[str, Path]) -> None:
    """Every selector starts at the fragment's own class, alone or inside a theme of the notebook."""
    [css] = re.findall(r"<style>(.*?)</style>", Result.load(folders["fails"])._repr_html_(), re.DOTALL)
    rules = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", r"\1", css)
    selectors = [one for group in re.findall(r"([^{}]+)\{[^{}]*\}", rules) for one in group.split(",")]
    assert len(selectors) > 30
    themes = r"(\[data-jp-theme-light=(true|false)\]|\.vscode-(light|dark)|\[theme=(light|dark)\])"
    for selector in selectors:
        assert re.match(rf"\s*({themes} )?{re.escape(glance.SCOPE)}(?![\w-])", selector), selector


def test_the_largest_images_fit(tmp_path: Path) -> None:
    """64 × 64 pixels of coloured noise, which no PNG makes smaller, are shown in fewer rows, below the limit."""
    result_factory.write(tmp_path, "fails")
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (64, 3, 64, 64), dtype=np.uint8)
    samples = {"real": noise[:16], "ref/0/1500": noise, "mine/0/1500": noise[::-1]}
    np.savez_compressed(tmp_path / "data" / "samples.npz", allow_pickle=False, **samples)
    fragment = Result.load(tmp_path)._repr_html_()
    assert fragment.count("data:image/png") >= 2
    assert len(fragment.encode()) <= MOST_BYTES


def test_without_its_folder_a_result_shows_verdict_and_table(tmp_path: Path) -> None:
    """No folder, one that is gone, one that is damaged, one that holds another result: no pictures, no error."""
    result = result_factory.result("fails")
    shown = [Seen(result._repr_html_())]
    gone, other, damaged = (result_factory.write(tmp_path / name, "fails") for name in ("gone", "other", "damaged"))
    loaded = [Result.load(folder) for folder in (gone, other, damaged)]
    (gone / "result.json").unlink()
    result_factory.write(other, "same")
    (damaged / "data" / "samples.npz").write_bytes(b"PK")
    shown += [Seen(one._repr_html_()) for one in loaded]
    for seen in shown:
        assert "img" not in {tag for tag, _ in seen.tags}
        assert result.verdict.summary in seen.text
        assert "Coverage" in seen.text


def test_the_same_comparison_made_again_is_the_same_result(tmp_path: Path) -> None:
    """Times and dates may differ; equality asks for all of the content, wherever it lies."""
    first = result_factory.result("fails")
    later = first.model_copy(update={"volatile": first.volatile.model_copy(update={"created": "later"})})
    assert later != first
    assert later.says_the_same(first)
    assert not first.says_the_same(result_factory.result("same"))
    first.save(tmp_path)
    assert Result.load(tmp_path) == first == result_factory.result("fails")


def test_a_result_as_text(folders: dict[str, Path]) -> None:
    """One line as an item of a list; verdict and metrics when printed, within 80 columns."""
    result = Result.load(folders["fails"])
    assert repr(result) == "<Result mine_fails: user_models/sigmoid_decoder.py against ref:ebgan_pt>"
    lines = str(result).splitlines()
    assert lines[0] == "mine fails"
    assert any(line.startswith("Fréchet distance ") and line.endswith("× 48.2 [22.9, 101]") for line in lines)
    assert max(map(len, lines)) <= 80
    pieces: list[str] = []
    result._repr_pretty_(SimpleNamespace(text=pieces.append), cycle=False)
    assert pieces == [str(result)]


# progress, by itself


def spec(side: str = "mine", seed: int = 1, steps: int = 200) -> Any:
    recipe = SimpleNamespace(base=SimpleNamespace(kind="gan"))
    return SimpleNamespace(id=f"{side}{seed}", side=side, seed=seed, steps=steps, recipe=recipe)


def test_a_row_says_what_is_known() -> None:
    """Waiting, running with numbers and the time that is left, done; what had not ended is stopped."""
    row = Row(spec())
    assert (row.cells().share, row.cells().step, row.cells().left) == (0, "waiting", "waiting")
    row.hear({"state": "started"})
    row.hear({"step": 50, "steps": 200, "steps_per_s": 10.0, "energy_real": 0.51234, "pushed_away": 0.99})
    cells = row.cells()
    assert (cells.share, cells.step, cells.measured) == (0.25, "50", ("0.512", "", "99%"))
    assert (cells.speed, cells.left) == ("10", "15 s")
    row.stop()
    assert row.cells().left == "stopped"
    row.hear({"state": "ended", "status": "done"})
    row.stop()
    assert (row.cells().share, row.cells().left) == (1, "done")


class FakeHandle:
    """Keeps what an output has shown."""

    def __init__(self) -> None:
        self.shown: list[notebook.Progress] = []
        self.displays = 0

    def display(self, shown: notebook.Progress, *, display_id: bool) -> FakeHandle:
        assert display_id
        self.displays += 1
        self.shown.append(shown)
        return self

    def update(self, shown: notebook.Progress) -> None:
        self.shown.append(shown)


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> FakeHandle:
    handle = FakeHandle()
    module = SimpleNamespace(display=handle.display)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=module, get_ipython=lambda: None))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return handle


def test_progress_is_one_output(output: FakeHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Displayed once and updated in place, with no more than one drawing each half second of news."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    watcher = NotebookProgress()
    watcher.say("looking at <b>")
    watcher.begin([spec("ref", 0), spec("mine", 0)], 12.0)
    before = len(output.shown)
    for step in range(1, 101):
        now[0] += 0.01
        watcher.event("ref0", {"step": step, "steps": 200, "steps_per_s": 100.0})
    assert len(output.shown) - before in (1, 2)
    watcher.event("mine0", {"state": "ended", "status": "done"})
    watcher.end()
    last = output.shown[-1]
    assert output.displays == 1
    assert last.notes == ("looking at <b>", "2 runs to train, about 12 s")
    assert [(side, cells.left) for side, cells in last.rows] == [("ref", "stopped"), ("mine", "done")]
    seen = Seen(last._repr_html_())
    assert not seen.open
    assert "looking at <b>" in seen.text
    assert [attrs["style"] for _, attrs in seen.tags if "style" in attrs] == ["width:50%", "width:100%"]
    assert repr(last).splitlines()[2:] == ["ref  0: 100 stopped", "mine 0: done done"]


def test_a_notebook_is_known_without_loading_ipython(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel has a shell with a kernel; IPython on a terminal has not; without IPython nothing is imported."""
    for shell, expected in ((SimpleNamespace(kernel=object()), True), (SimpleNamespace(), False), (None, False)):
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda shell=shell: shell))
        assert in_notebook() is expected
        watcher = display.watcher_for()
        assert isinstance(watcher, NotebookProgress if expected else PlainLines | LiveTable)
    code = (
        "import sys, ebdiag.display, ebdiag.result; ebdiag.display.watcher_for()\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('IPython', 'ipykernel', 'traitlets')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# in a real kernel


def outputs(cell: Any, kind: str) -> list[Any]:
    return [output for output in cell.get("outputs", []) if output.output_type == kind]


class Watched(NotebookClient):
    """Keeps every state of every output, not the last one alone."""

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        self.history = getattr(self, "history", [])
        if msg["msg_type"] in ("display_data", "update_display_data"):
            self.history.append((cell_index, msg["msg_type"], msg["content"]["data"]))
        return super().process_message(msg, cell, cell_index)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The example with a budget of a few steps, in a kernel that runs on."""
    folder = tmp_path_factory.mktemp("notebook")
    example = nbformat.read(EXAMPLE, as_version=4)
    [budget] = [cell for cell in example.cells if 'budget = {"budget": "quick"}' in cell.source]
    budget.source = 'import ebdiag\n\nbudget = {"steps": 2, "seeds": 1, "jobs": 2}'
    client = Watched(example, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EBDIAG_HOME", str(folder / "store"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        with client.setup_kernel():
            for place, cell in enumerate(example.cells):
                client.execute_cell(cell, place)
            yield client


@pytest.mark.slow
def test_the_example_runs(kernel: Watched) -> None:
    """Every cell ends without an error; its comparisons show progress in one output, and their results richly."""
    cells = [cell for cell in kernel.nb.cells if cell.cell_type == "code"]
    assert not [output for cell in cells for output in outputs(cell, "error")]
    assert not [output for cell in cells for output in outputs(cell, "stream") if output.name == "stderr"]
    compared = [place for place, cell in enumerate(kernel.nb.cells) if "ebdiag.compare(" in cell.source]
    assert len(compared) == 2
    for place in compared:
        states = [(kind, data["text/html"]) for at, kind, data in kernel.history if at == place]
        assert [kind for kind, _ in states].count("display_data") == 1
        assert [kind for kind, _ in states].count("update_display_data") >= 3
        assert len(set(states)) >= 3
        assert "done" in Seen(states[-1][1]).text
        assert "running" in " ".join(Seen(html).text for _, html in states)
    results = [output.data for cell in cells for output in outputs(cell, "execute_result") if HTML in output.data]
    assert len(results) == 2
    for data in results:
        assert data["text/html"].count("data:image/png") == 4
        assert "Coverage" in data["text/markdown"]
        assert "Coverage" in data["text/plain"]


@pytest.mark.slow
def test_interrupting_the_kernel_ends_the_workers(kernel: Watched) -> None:
    """KeyboardInterrupt in the cell, no worker left, the last state says so, and the kernel goes on."""
    code = 'ebdiag.compare("my_ebgan.py", steps=100_000, seeds=1, jobs=2)'
    cell = nbformat.v4.new_code_cell(code)
    kernel.nb.cells.append(cell)
    place = len(kernel.nb.cells) - 1
    manager = kernel.km
    seen = kernel.process_message
    asked: list[asyncio.Future[None]] = []

    def interrupt_when_training(msg: Any, cell: Any, cell_index: int) -> Any:
        html = msg["content"].get("data", {}).get("text/html", "") if cell_index == place else ""
        text = Seen(html).text
        if not asked and "mine 0" in text and "waiting" not in text and "running" not in text:
            asked.append(asyncio.ensure_future(manager.interrupt_kernel()))
        return seen(msg, cell, cell_index)

    kernel.process_message = interrupt_when_training  # type: ignore[method-assign]
    with pytest.raises(CellExecutionError, match="KeyboardInterrupt"):
        kernel.execute_cell(cell, place)
    kernel.process_message = seen  # type: ignore[method-assign]
    assert asked
    last = [data["text/html"] for at, _, data in kernel.history if at == place][-1]
    assert Seen(last).text.count("stopped") == 2
    process = psutil.Process(manager.provisioner.process.pid)
    left = [child for child in process.children(recursive=True) if "forkserver" in " ".join(child.cmdline())]
    assert len(left) == 1, "the fork server alone"
    after = nbformat.v4.new_code_cell("print(6 * 7)")
    kernel.nb.cells.append(after)
    kernel.execute_cell(after, place + 1)
    assert outputs(after, "stream")[0].text == "42\n"


# the example as it is committed


def test_the_example_holds_the_output_of_its_code() -> None:
    """Executed in order with the budget that it names; no error, nothing of the machine, small enough to look at."""
    text = EXAMPLE.read_text("utf-8")
    example = nbformat.reads(text, as_version=4)
    nbformat.validate(example)
    cells = [cell for cell in example.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in outputs(cell, "error")]
    assert len(text) < 600_000
    assert not re.search(r"/(home|tmp|root|work|Users)/", text)
    results = [output.data for cell in cells for output in outputs(cell, "execute_result") if HTML in output.data]
    assert ["mine fails" in data["text/plain"] for data in results] == [True, False]


def test_the_example_is_about_the_student_of_the_tutorial() -> None:
    """The file that the notebook writes is the tutorial's, and what it mends is there once."""
    example = nbformat.read(EXAMPLE, as_version=4)
    [written] = [cell.source for cell in example.cells if cell.source.startswith("%%writefile my_ebgan.py\n")]
    student = (EXAMPLE.parent / "tutorial" / "my_ebgan.py").read_text()
    assert written.split("\n", 1)[1] == student.rstrip()
    assert student.count("            nn.Sigmoid(),\n") == 1

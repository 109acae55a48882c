"""Names, paths, messages and settings of users' files are data wherever they turn up; nobody obeys them."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import unicodedata
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import result_factory
import variants
from hostile_texts import ALL, WHOLE, planted
from rich.table import Table

import ebdiag
from ebdiag import bars, ci, display, gate, gate_table, glance, lines, mend, propose, report
from ebdiag.bars import Bars, MetricBar
from ebdiag.cards import arranged
from ebdiag.errors import LONGEST, EbdiagError
from ebdiag.records import Script, Variant
from ebdiag.result import Finding, Lint, Result
from ebdiag.safe import harmless, json_text, printable
from ebdiag.scripts.readable import readable
from ebdiag.terminal import Terminal

EBDIAG = [sys.executable, "-m", "ebdiag.cli"]
ASKED = Bars(ALL, (MetricBar("fid", "max", 200.0), MetricBar("fid", "max_ratio", 1.05)), works=3, max_errors=0)
SHIPPED_TAGS = frozenset(
    ("html head meta title style body main header h1 h2 h3 h4 h5 h6 b wbr p ul li div span abbr nav a section " +
    "article img input label table caption thead tbody tr th td colgroup col small details summary dl dt dd code " +
    "pre figure figcaption svg g defs path use text tspan rect clippath circle pattern").split()
)  # fmt: skip


def obeyed(text: str) -> set[str]:
    """What a terminal obeys, or cannot be written, found by category; line ends and tabs are for the formats."""
    return {sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n", "\t"}


def commands(text: str) -> list[str]:
    """Lines that GitHub's runner takes for commands."""
    return [line for line in text.splitlines() if line.strip().startswith("::") or "##[" in line]


@pytest.fixture(scope="module", params=["full", "crashed", "words"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report in which every text is hostile; in `words` findings keep their rules, so that the catalogue speaks."""
    folder = result_factory.write(
        tmp_path_factory.mktemp("report"), "crashed" if request.param == "crashed" else "full"
    )
    content = json.loads((folder / "result.json").read_text("utf-8"))
    assert planted(content, rules=request.param != "words") > 80
    if request.param == "words":
        content["findings"][0]["evidence"] = dict.fromkeys(content["findings"][0]["evidence"], ALL)
    (folder / "result.json").write_text(json.dumps(content), "utf-8")
    report.write(folder)
    return folder


class Tags(HTMLParser):
    """What a reader of HTML makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "action")}


def test_pages_have_only_their_own_elements(folder: Path) -> None:
    """No element, handler or address that a template does not write; what was written is on the page as text."""
    text = (folder / "report.html").read_text("utf-8")
    found = Tags(text)
    assert found.tags <= SHIPPED_TAGS
    assert not {name for name in found.attributes if name.startswith("on")}
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in found.addresses)
    assert "&lt;script&gt;" in text
    assert not obeyed(text)
    for figure in (folder / "figures").glob("*.svg"):
        assert not obeyed(figure.read_text("utf-8"))
        assert "script" not in {element.tag.split("}")[-1] for element in ET.parse(figure).iter()}


def test_the_policy_allows_styles_and_pictures_within_and_nothing_else(folder: Path) -> None:
    """What is not named is refused; it stands before anything that could load."""
    text = (folder / "report.html").read_text("utf-8")
    head = text[: text.index("<title>")]
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', head)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'", "img-src": "data:", "style-src": "'unsafe-inline'", "base-uri": "'none'",
        "form-action": "'none'",
    }  # fmt: skip
    assert "<style" not in head
    assert "<img" not in head


def test_markdown_makes_nothing_of_it(folder: Path) -> None:
    """No element, link, picture, mention, formula or address but ours; a row of a table keeps its columns."""
    result = Result.load(folder)
    texts = [(folder / "report.md").read_text("utf-8"), glance.markdown(result, folder)]
    texts.append(ci.markdown(gate.judge(result, ASKED, result, last_name=ALL)))
    pictures = {f"figures/{path.name}" for path in (folder / "figures").iterdir()}
    for text in texts:
        assert not obeyed(text)
        bare = re.sub(r"</?(?:code|br|sub|details|summary|pre)>", "", text)
        assert "<" not in bare
        assert set(re.findall(r"\]\(([^)]*)\)", bare)) <= pictures
        assert not re.search(r"[@$]|://|www\.", bare)
        columns = None
        for line in text.splitlines():
            count = line.count("|") if line.startswith("|") else None
            assert columns is None or count in (None, columns), line[:200]
            columns = count


def test_what_is_printed_moves_no_cursor_and_gives_no_command(folder: Path) -> None:
    """Summary, judgement and lint: no control sequence but the terminal's own, which is off here."""
    result = Result.load(folder)
    looked = Lint(variants=result.variants, differences=result.differences, findings=result.findings)
    judged = gate.judge(result, ASKED, result, last_name=ALL)
    texts = [str(result), gate_table.text(judged), harmless(lines.text(looked) if looked.findings else "")]
    texts += [EbdiagError(ALL, file=ALL, line=3, expected=ALL, got=ALL, hint=ALL).render()]
    for text in texts:
        assert not obeyed(text)
        assert not commands(harmless(text))
    assert len(texts[-1].splitlines()) == 2


def test_annotations_are_one_command_each(folder: Path) -> None:
    """A line a command; within it neither the end of its properties nor anything that a log obeys."""
    result = Result.load(folder)
    looked = Lint(variants=result.variants, differences=result.differences, findings=result.findings)
    given = [*ci.commands(gate.judge(result, ASKED)), *lines.github(looked).split("\n")[:-1]]
    assert len(given) >= 3
    for line in given:
        assert not obeyed(line)
        head = re.fullmatch(r"::(?:error|warning|notice) ([^\r\n]*?)::(.*)", line)
        assert head is not None
        assert re.fullmatch(r"(?:file=[^:,]*,line=\d+,)?title=[^:,]*", head[1])


def test_judgements_are_valid_in_their_formats(folder: Path, tmp_path: Path) -> None:
    """JUnit is XML with the texts as they were but for what XML and logs cannot hold; JSON reads back unchanged."""
    result = Result.load(folder)
    judged = gate.judge(result, ASKED, result, last_name=ALL)
    text = ci.junit(judged, tmp_path / "junit.xml").read_text("utf-8")
    assert not obeyed(text)
    (suite,) = ET.fromstring(text)
    assert all("<script>" in case.attrib["classname"] for case in suite)
    for text in (judged.to_json(), result.to_json()):
        assert not obeyed(text)
        assert not commands(text)
    assert json.loads(judged.to_json())["last"] == ALL
    assert json.loads(result.to_json())["variants"]["mine"]["path"] == result.variants["mine"].path == ALL


def test_a_proposed_bar_file_is_toml_whatever_the_report_is_called(tmp_path: Path) -> None:
    """Machine, device and digests from a report, and its path, cannot end their text or their comment."""
    content = json.loads((result_factory.write(tmp_path, "same") / "result.json").read_text())
    hostile = f'"\nfid = {{max = 1e9}}\n[bars]\n\U0001f600\\ {ALL}'
    content["volatile"]["environment"] |= {"machine": hostile, "device": hostile}
    content["dataset"] |= {"digest": hostile, "features_digest": hostile}
    result = Result.model_validate(content)
    text = propose.propose(result, hostile)
    found = tomllib.loads(text)
    assert set(found) == {"bars"}
    assert found["bars"]["made_for"]["machine"] == printable(hostile)
    (tmp_path / "bars.toml").write_text(text, "utf-8")
    assert gate.judge(result, bars.read(tmp_path / "bars.toml")).exit_code == 0, "it is comparable with itself"


def test_a_terminal_takes_no_text_for_markup() -> None:
    """Brackets, colons and links of rich stay text, in cells and headings too."""
    buffer = io.StringIO()
    console = Terminal(file=buffer, width=200, color_system=None, force_terminal=True)
    table = Table("[red]a[/red] :smile:")
    table.add_row("[link=http://e.vil]b[/link]")
    console.print(table)
    console.sentence("::error::x\n[bold]y")
    shown = buffer.getvalue()
    assert "[red]a[/red] :smile:" in shown
    assert "[link=http://e.vil]b[/link]" in shown
    assert ": :error::x�[bold]y" in shown


def test_a_live_table_says_sentences_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Also without a terminal."""
    display.PlainLines().say(f"looking at {ALL}")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert not obeyed(said)


def test_messages_end_somewhere() -> None:
    """An exception may have said anything; a message shows the beginning, and how much there was."""
    said = EbdiagError("raised", got="x" * 10_000_000).render()
    assert len(said) < LONGEST + 100
    assert "(10,000,000 characters)" in said


def test_findings_that_explain_each_other_are_shown_once() -> None:
    """Itself, in a circle of two, or by one that is not there: each finding once."""

    def finding(rule: str, cause: str | None) -> Finding:
        return Finding(rule=rule, severity="error", variant="mine", title=rule, explanation="", caused_by=cause)

    given = [finding("a", "a"), finding("b", "c"), finding("c", "b"), finding("d", "gone"), finding("e", "d")]

    def flat(nodes: Any) -> Iterator[str]:
        for node in nodes:
            yield node.finding.rule
            yield from flat(node.below)

    assert sorted(flat(arranged(given))) == ["a", "b", "c", "d", "e"]
    content = result_factory.result("full").model_dump(by_alias=True)
    content["findings"] = [one.model_dump() for one in given]
    shown = str(Result.model_validate(content))
    assert [shown.count(f"error[{rule}]") for rule in "abcde"] == [1] * 5


def test_json_of_plain_text_is_what_it_was() -> None:
    """Letters of any script, signs and emoji stand as themselves."""
    value = {"a": "é × − 한국어 👩‍🔬", "b": [1, 2.5, None]}
    assert json_text(value) == json.dumps(value, indent=1, ensure_ascii=False) + "\n"


# ---- report folders of others


def header(shape: tuple[int, ...]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": shape})
        with zipfile.ZipFile(folder / "data" / "samples.npz", "w") as archive:
            archive.writestr("ref/0/500.npy", buffer.getvalue() + b"x" * 10)

    return write


def arrays(name: str, **given: Any) -> Callable[[Path], None]:
    return lambda folder: np.savez(folder / "data" / name, **{key.replace("__", "/"): v for key, v in given.items()})


def cut(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-60] + bytes(60)) and None


def strange_table(folder: Path) -> None:
    table = pyarrow.table({"variant": [["a"]], "seed": ["x"], "step": ["y"]})
    pyarrow.parquet.write_table(table, folder / "data" / "series.parquet")


def link(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        outside = folder.parent / "outside"
        target = outside / Path(name).name
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
            target = outside
        elif (folder / name).exists():
            (folder / name).rename(target)
        (folder / name).symlink_to(target)

    return make


def edited(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        content = json.loads((folder / "result.json").read_text())
        change(content)
        (folder / "result.json").write_text(json.dumps(content))

    return make


def pipe(folder: Path) -> None:
    (folder / "result.json").unlink()
    os.mkfifo(folder / "result.json")


FORGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a terabyte claimed": (header((10**6, 10**6, 1, 1)), "samples.npz: cannot be read"),
    "more than there is": (header((10**7, 3, 1, 1)), "samples.npz: cannot be read"),
    "negative sizes": (header((-1, 3, 1, 1)), "samples.npz: cannot be read"),
    "objects": (arrays("energies.npz", ref__0__real=np.array([{}])), "energies.npz: cannot be read"),
    "letters": (arrays("energies.npz", ref__0__real=np.array(["a"])), "energies.npz: cannot be read"),
    "floats for pictures": (arrays("samples.npz", ref__0__500=np.ones((2, 1, 8, 8))), "samples.npz: cannot be read"),
    "one dimension too many": (arrays("codes.npz", digit_shares__ref__0=np.ones((2, 2))), "codes.npz: cannot be read"),
    "a cut archive": (cut("data/samples.npz"), "samples.npz: cannot be read"),
    "a cut table": (cut("data/series.parquet"), "series.parquet: cannot be read"),
    "a strange table": (strange_table, "series.parquet: cannot be read"),
    "a link as figures": (link("figures"), "figures: is not written to"),
    "a link as data": (link("data/samples.npz"), "samples.npz: leads out of the report folder"),
    "a link as result": (link("result.json"), "result.json: leads out of the report folder"),
    "a pipe as result": (pipe, "result.json: is not a file"),
    "seeds without values": (edited(lambda c: c["budget"].update(seeds=[0, 1])), "must have 2 values a side"),
    "one model": (edited(lambda c: c["variants"].pop("ref")), "variants must be ref and mine"),
    "brackets": (lambda f: (f / "result.json").write_text("[" * 100_000), "is not a readable result"),
    "deep facts": (
        edited(lambda c: c["variants"]["mine"]["facts"].update(x=json.loads("[" * 900 + "]" * 900))),
        "is not a result of schema 1",
    ),
    "too large": (lambda f: os.truncate(f / "result.json", (64 << 20) + 1), "result.json: is too large to be read"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return result_factory.write(tmp_path_factory.mktemp("sound") / "report", "full")


@pytest.fixture
def forged(sound: Path, tmp_path: Path) -> Path:
    """A copy to be changed, and a folder outside of it that must stay as it is."""
    shutil.copytree(sound, tmp_path / "report")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "holiday.png").write_text("not yours")
    return tmp_path / "report"


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_report_is_one_message(name: str, forged: Path) -> None:
    """Exit code 2 with the file; what is outside stays as it was."""
    make, message = FORGED[name]
    make(forged)
    with pytest.raises(EbdiagError, match=re.escape(message)) as caught:
        report.again(forged)
    assert caught.value.exit_code == 2
    assert str(forged) in caught.value.render()
    assert (forged.parent / "outside" / "holiday.png").read_text() == "not yours"


@pytest.mark.parametrize("name", ["report.html", "report.md", "figures/anchors.svg", "junit.xml", "gate.md"])
def test_nothing_is_written_through_a_link(name: str, forged: Path) -> None:
    """The link gives way to a file; what it led to stays as it was."""
    (forged / "figures").mkdir(exist_ok=True)
    (forged / name).unlink(missing_ok=True)
    (forged / name).symlink_to(forged.parent / "outside" / "holiday.png")
    report.again(forged)
    ci.report(gate.judge(Result.load(forged), ASKED), forged, "gitlab", lambda text: None)
    assert (forged.parent / "outside" / "holiday.png").read_text() == "not yours"
    assert not (forged / name).is_symlink()
    assert (forged / name).stat().st_size > 100


FACTS = ("layers", "ladder", "config", "conformance", "ranges", "script", "yardsticks", "worked_here")


@pytest.mark.parametrize("value", ["<b>|", [1], {"generator": [{"path": 1, "shape": ["<b>|"]}]}, 7, None], ids=repr)
def test_facts_of_another_shape_are_shown_or_refused(value: Any, tmp_path: Path) -> None:
    """Facts are free in form: what cannot be shown is an error of the input, and what is shown is text."""
    content = result_factory.result("full").model_dump(mode="json", by_alias=True)
    content["variants"]["mine"]["facts"] |= dict.fromkeys(FACTS, value)
    (tmp_path / "result.json").write_text(json.dumps(content))
    with suppress(EbdiagError):
        report.again(tmp_path)
        assert "<b>|" not in "".join((tmp_path / name).read_text("utf-8") for name in ("report.html", "report.md"))


def test_the_command_line_says_it_in_one_message(forged: Path) -> None:
    """`report` and `check`: exit code 2, one message on stderr, no traceback, nothing on stdout."""
    edited(lambda c: c["variants"]["mine"].update(path=ALL, kind=ALL))(forged)
    (forged.parent / "bars.toml").write_text("[bars]\nfid = {max = 1}\n")
    for arguments in (["report", "report"], ["check", "report"], ["check", "report", "--init", "--bar", "new.toml"]):
        done = subprocess.run([*EBDIAG, *arguments], cwd=forged.parent, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: report/result.json: is not a result of schema 1")
        assert len(done.stderr.strip().splitlines()) == 2
        assert not obeyed(done.stderr)


@pytest.mark.parametrize("command", ["lint", "report", "check"])
def test_a_name_that_no_file_can_have_is_one_message(command: str, tmp_path: Path) -> None:
    """5,000 letters: exit code 2, and the message shows the beginning."""
    done = subprocess.run([*EBDIAG, command, "x" * 5_000], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"error: x{4000}… \(5,000 characters\): [^\n]*\n(  [^\n]*\n)?", done.stderr)


# ---- a model file


def test_a_file_name_is_no_code_of_what_is_written_for_it() -> None:
    """A line end in a script's name does not end the comments of the adopted variant, nor the head of a diff."""
    name = "a\nimport os; os.abort()\r\x0c\n#.py"
    script = Variant(name, "gan", {"a.py": "X = 1\n"}, "a.py", {}, {}, "", (3,), Script())
    assert [ast.unparse(node) for node in ast.parse(readable(script)).body] == ["X = 1"]
    assert len(mend.diff(script, "X = 2\n").splitlines()) == 5


MODEL = (
    variants.TINY.replace(
        "class Generator",
        f"""H = {WHOLE!a}


class Odd(nn.Identity):
    {WHOLE!a}

    def __repr__(self):
        print(H)
        return H


class Generator""",
    )
    .replace("    margin: float = 1.0\n", f"    margin: float = 1.0\n    title: str = {ALL!a}\n")
    .replace("        self.net =", f"        self.add_module({WHOLE.replace('.', '')!a}, Odd())\n        self.net =")
    .replace(
        "        return self.net(z)",
        "        for odd in list(self.children())[:1]:\n            z = odd(z)\n        return self.net(z)",
    )
    + """

def discriminator_loss(discriminator, real, fake, config):
    ours, theirs = ((discriminator(x)[0] - x).pow(2).mean() for x in (real, fake))
    return {H: ours, "::error::|<b>": torch.relu(config.margin - theirs)}
"""
)


def test_a_hostile_model_file_is_data_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File name, docstrings, settings, names of modules, representations, prints and loss terms, in a comparison."""
    monkeypatch.chdir(tmp_path)
    name = "..\\..<img src=x onerror=alert(1)>`]'\"|::error::\x1b[31m\n\u202e=1.py"
    Path(name).write_text(MODEL)
    result = ebdiag.compare("ref:ebgan_pt", name, steps=2, seeds=1, jobs=1, progress=False)
    (folder,) = (tmp_path / "reports").iterdir()
    assert {path.name for path in tmp_path.iterdir()} == {name, "reports", "store"}
    assert [run.status for run in result.runs] == ["finished"] * 2
    assert "<script>" in json.dumps(result.variants["mine"].facts["layers"]), "it arrived"
    shown = {path: (folder / path).read_text("utf-8") for path in ("report.html", "report.md", "result.json")}
    for text in (*shown.values(), str(result)):
        assert not obeyed(text)
    assert not commands(str(result))
    assert Tags(shown["report.html"]).tags <= SHIPPED_TAGS
    assert "<img" not in shown["report.md"]
    assert Result.load(folder) == result

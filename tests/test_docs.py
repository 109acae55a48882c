"""The documentation under test: it names everything there is, its commands run, its site asks nobody for anything."""

from __future__ import annotations

import ast
import html.parser
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args
from urllib.parse import unquote, urlsplit

import pytest

import ebdiag
from ebdiag import __version__, stats
from ebdiag.data import BLANK_SHARE, COVERAGE_MIN, DIGITS_MIN
from ebdiag.kinds.gan import CONFIG_DEFAULTS, GAN_PARTS, PART_OF_FIELD
from ebdiag.metrics import EVERY_METRIC
from ebdiag.plan import BUDGETS
from ebdiag.result import VerdictStatus
from ebdiag.sources import DATASETS, MIN_FOLDER_IMAGES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = {path.name: path.read_text("utf-8") for path in sorted(DOCS.glob("*.md"))}
BY_HAND = "\n".join([*PAGES.values(), (ROOT / "README.md").read_text("utf-8")])


@pytest.fixture(scope="module")
def gen() -> ModuleType:
    """docs/gen.py, as mkdocs loads it."""
    spec = importlib.util.spec_from_file_location("docs_gen", DOCS / "gen.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    pytest.importorskip("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


# ---- everything is mentioned ---------------------------------------------------------------------------------


def test_every_option_is_explained_by_hand(gen: ModuleType) -> None:
    """The generated help has all of them anyway; each also stands in a sentence that somebody wrote."""
    options = set(re.findall(r"--[a-z][a-z-]+", "\n".join(gen.help_of(name) for name in ("", *gen.commands()))))
    assert {"--budget", "--json", "--restore-mine", "--help"} <= options
    assert not {option for option in options if not re.search(rf"{option}(?![a-z-])", BY_HAND)}


def test_every_command_is_in_the_reference(gen: ModuleType) -> None:
    """One section a command, with its own help."""
    page = gen.on_page_markdown(PAGES["cli.md"])
    for name in gen.commands():
        assert f"## ebdiag {name}\n" in page
        assert f"Usage: ebdiag {name} " in page


def test_help_in_the_reference_is_what_the_command_prints(gen: ModuleType, tmp_path: Path) -> None:
    """Taken in this process, printed by another one: the same to the letter."""
    environment = {**os.environ, "COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-m", "ebdiag.cli", "compare", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    printed = "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip()
    assert printed.replace("python -m ebdiag.cli", "ebdiag") == gen.help_of("compare")


def test_every_metric_key_has_a_section(gen: ModuleType) -> None:
    """Each key is listed by exactly one docstring with the headings, under `Keys:`."""
    claimed = [key for entry in gen.metric_functions() for key in entry.keys]
    assert sorted(claimed) == sorted(metric.key for metric in EVERY_METRIC)
    page = gen.on_page_markdown(PAGES["metrics.md"])
    assert "## Others" not in page
    for metric in EVERY_METRIC:
        assert f'<a id="{metric.key}"></a>`{metric.key}`' in page


def test_every_probe_has_a_section(gen: ModuleType) -> None:
    """The page is made from the text of the package; the names are those that a run uses."""
    from ebdiag import probes

    makers = [value for name, value in vars(probes).items() if name.endswith("_probes") and callable(value)]
    names = {probe.name for maker in makers for probe in maker()}
    assert {probe.described.name for probe in gen.probes()} == names
    page = gen.on_page_markdown(PAGES["probes.md"])
    for name in names:
        assert f"## {name}\n" in page


def test_probes_and_metrics_describe_themselves_under_all_headings(gen: ModuleType) -> None:
    """What it measures, how to read it, unit, problems, cost, source; a probe also which columns it writes."""
    entries = [*gen.metric_functions(), *(probe.described for probe in gen.probes())]
    lacking = {
        f"{entry.place} ({entry.name})": missing
        for entry in entries
        if (missing := [heading for heading in gen.HEADINGS if heading not in entry.sections])
    }
    assert lacking == {}
    assert all("`" in probe.columns for probe in gen.probes())


def test_a_docstring_without_a_heading_is_noticed(gen: ModuleType) -> None:
    """The reader of docstrings finds what is there, over several lines, and nothing else."""
    text = """Spread of things.

    What it measures: one thing
    on two lines: and a colon.

    Cost: none.

    Keys: `fid`, `recall`.

    Args:
        codes: (n, dim).
    """
    found = gen.described("spread", text, "")
    assert found.title == "Spread of things"
    assert found.sections == {"What it measures": "one thing on two lines: and a colon.", "Cost": "none."}
    assert found.keys == ("fid", "recall")


def test_every_part_setting_and_data_set_is_in_its_table() -> None:
    """variants.md has every part and every Config field with its default; data.md has every data set."""
    contract = PAGES["variants.md"]
    parts = contract.split("## Parts")[1].split("##")[0]
    for part in GAN_PARTS:
        assert f"`{part}`" in parts, part
    for field, default in CONFIG_DEFAULTS.items():
        [row] = re.findall(rf"^\| `{field}` \| `(.+?)` \| .* \| (.+?) \|$", contract, re.MULTILINE)
        assert ast.literal_eval(row[0]) == default, field
        belongs = PART_OF_FIELD.get(field)
        assert belongs is None or row[1] == f"`{belongs}`", field
    rows = PAGES["data.md"]
    assert not [name for name in DATASETS if f"`{name}`" not in rows]
    assert f"at least {MIN_FOLDER_IMAGES} images" in rows


def test_budgets_and_thresholds_are_those_of_the_code() -> None:
    """Numbers of statistics.md and data.md are the program's."""
    page = PAGES["statistics.md"]
    for name, (steps, seeds) in BUDGETS.items():
        assert re.search(rf"^\| `{name}`.* \| {steps:,} \| {seeds} \|$", page, re.MULTILINE), name
    assert pytest.approx(1.25) == pow(2.718281828459045, stats.MINIMUM_EFFECT)
    assert "inside .8 to 1.25" in page
    assert stats.COVERAGE_GUARD == 0.05
    assert "by more than .05" in page
    assert stats.FLOOR_PRIOR == {"fid": (0.25, 4)}
    assert "four further degrees of freedom, with .25" in page
    assert (BLANK_SHARE, COVERAGE_MIN, DIGITS_MIN) == (1 / 5, 0.2, 9)
    assert all(words in PAGES["data.md"] for words in ("below a fifth", "at least .2", "nine of the ten digits"))


def test_every_exit_code_and_verdict_is_explained() -> None:
    """Whatever the code can end with has a row; every verdict a word in the order of decisions."""
    rows = re.findall(r"^\| (\d+) \| ", PAGES["cli.md"], re.MULTILINE)
    assert rows == ["0", "1", "2", "3", "4", "130"]
    source = "".join(path.read_text("utf-8") for path in (ROOT / "ebdiag").glob("*.py"))
    codes = set(re.findall(r"exit_code(?:: int)? ?=(?: 0 if \w+ else)? ?(\d+)", source))
    codes |= set(re.findall(r"(?:sys\.exit|typer\.Exit)\((?:code=)?(\d+)", source))
    codes |= set(re.findall(r"^INTERRUPTED = (\d+)$", source, re.MULTILINE))
    assert {"2", "4", "130"} <= codes | set(re.findall(r"exit_code=(\d+) if", source))
    assert codes <= set(rows)
    for status in get_args(VerdictStatus):
        assert f"`{status}`" in PAGES["statistics.md"], status
        assert f"`{status}`" in PAGES["cli.md"], status


def test_every_field_of_the_result_has_a_meaning(gen: ModuleType) -> None:
    """From the class docstrings: none left out, none for a field that is not there."""
    for name, definition in gen.schema().items():
        fields = set(definition.get("properties", ()))
        _, meanings = gen.attributes(definition.get("description", ""))
        assert set(meanings) == fields or not fields, name
    page = gen.on_page_markdown(PAGES["result.md"])
    assert "| `share_of_gap` | number or null | `null` | How much of the gap between mine and ref they close" in page
    assert "| `verdict` | [Verdict](#verdict) | – | The outcome. |" in page


def test_every_argument_of_the_library_is_listed() -> None:
    """library.md names each parameter of `ebdiag.compare` with its default."""
    import inspect

    page = PAGES["library.md"]
    for name, parameter in inspect.signature(ebdiag.compare).parameters.items():
        assert f"`{name}`" in page, name
        if parameter.default is not None and parameter.kind is parameter.KEYWORD_ONLY:
            shown = f'"{parameter.default}"' if isinstance(parameter.default, str) else str(parameter.default)
            assert f"`{shown}`" in page, name


def test_generated_parts_need_no_torch(gen: ModuleType) -> None:
    """Building the site imports neither torch nor seaborn."""
    code = (
        f"import sys; sys.path.insert(0, {str(DOCS)!r}); import gen\n"
        "for part in gen.PARTS.values(): assert part()\n"
        "print([name for name in ('torch', 'seaborn', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_part_is_an_error(gen: ModuleType) -> None:
    """A marker with a typing error does not silently leave a gap."""
    with pytest.raises(KeyError):
        gen.on_page_markdown("<!-- from the code: nonsense -->")
    for name, text in PAGES.items():
        assert "<!-- from the code" not in gen.on_page_markdown(text), name


# ---- commands run as written ---------------------------------------------------------------------------------

BLOCK = re.compile(r"^<!-- run(?:: (\w+))? -->\n```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


EXTRA = {"dry": ("--dry-run",), "tiny": ("--steps", "2", "--seeds", "1", "--probes", "none"), "run": ()}
"""What is added to `ebdiag compare` under test."""


def marked(text: str) -> list[tuple[str, str]]:
    """(`run`, `dry` or `tiny`; command) of every command in the blocks marked as runnable."""
    return [
        (how or "run", line.removeprefix("$ "))
        for how, block in BLOCK.findall(text)
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def test_commands_of_the_documentation_run_as_written(tmp_path: Path) -> None:
    """README and all pages, in their order: `dry` with --dry-run, `tiny` with two steps of one seed, else as is."""
    store = {**os.environ, "EBDIAG_HOME": str(tmp_path / "store"), "PYTHONPATH": str(ROOT)}
    (tmp_path / "user_models").symlink_to(ROOT / "user_models")
    (tmp_path / "my_weights.pt").write_bytes(b"read by nobody: --dry-run")
    pages = {"README.md": (ROOT / "README.md").read_text("utf-8"), **PAGES}
    found = {name: commands for name, text in pages.items() if (commands := marked(text))}
    assert {"README.md", "index.md", "tutorial.md", "variants.md", "cli.md", "restoring.md"} <= found.keys()
    done: set[tuple[str, str]] = set()
    for name, commands in found.items():
        for how, command in commands:
            words = shlex.split(command.split(" > ")[0])
            assert words[0] == "ebdiag", (name, command)
            if (how, command) in done:
                continue
            done.add((how, command))
            if words[1] == "new":
                (tmp_path / words[2]).unlink(missing_ok=True)
            elif "my_ebgan.py" in words:
                shutil.copy(DOCS / "tutorial" / "my_ebgan.py", tmp_path)
            extra = EXTRA[how] if words[1] == "compare" else ()
            command_line = [sys.executable, "-m", "ebdiag.cli", *words[1:], *extra]
            ran = subprocess.run(command_line, cwd=tmp_path, env=store, capture_output=True, text=True)
            allowed = (0, 1) if words[1] == "lint" else (0,)  # 1: it found errors
            assert ran.returncode in allowed, (name, command, ran.stderr)
    assert (tmp_path / "mine.py").exists()
    assert len(done) >= 6


def test_the_tutorials_model_is_the_one_shown_and_fails_for_the_reason_given() -> None:
    """Line 49 is the sigmoid, lines 17 and 36 begin the classes, and every line the text names is in the file."""
    lines = (DOCS / "tutorial" / "my_ebgan.py").read_text("utf-8").splitlines()
    assert "nn.Sigmoid()" in lines[48]
    assert lines[16].startswith("class Generator")
    assert lines[35].startswith("class Discriminator")
    for layer, number in re.findall(r"\| (\w+)\([^|]*<br>my_ebgan\.py:(\d+) \|", PAGES["tutorial.md"]):
        assert f"nn.{layer}(" in lines[int(number) - 1]


def test_make_has_what_the_documentation_names() -> None:
    """Every `make TARGET` of README and pages is a target."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"^\$ make (\w+)", BY_HAND, re.MULTILINE))
    assert named >= {"demo", "test"}
    assert named <= targets
    assert "docs" in targets


# ---- the site ------------------------------------------------------------------------------------------------


class Links(html.parser.HTMLParser):
    """What a page points at and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        for name in ("src", "srcset", "data", "poster"):
            if name in given and tag != "data":
                self.loads.append(given[name])
        if tag == "link" and given.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(given.get("href", ""))


def read(page: Path) -> Links:
    links = Links()
    links.feed(page.read_text("utf-8"))
    return links


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    """No script, style, font, image or frame of any page, and no import of any stylesheet, has a foreign address."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        foreign = [load for load in read(page).loads if urlsplit(load).scheme not in ("", "data") or load[:2] == "//"]
        assert foreign == [], page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", sheet.read_text("utf-8")), sheet.name


def test_internal_links_of_the_site_lead_somewhere(site: Path) -> None:
    """Every relative link reaches a file, and its fragment a name on that page."""
    pages = {page: read(page) for page in site.rglob("*.html") if page.name != "404.html"}
    checked = 0
    for page, found in pages.items():
        for link in [*found.links, *found.loads]:
            address = urlsplit(link)
            if address.scheme or not (address.path or address.fragment):
                continue
            target = page if not address.path else (page.parent / unquote(address.path)).resolve()
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), (page.name, link)
            if address.fragment and not address.fragment.startswith("__"):
                assert unquote(address.fragment) in pages[target].names, (page.name, link)
            checked += 1
    assert checked > 200


def test_pages_that_messages_point_at_exist() -> None:
    """`see docs/variants.md` in an error leads to a file."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "ebdiag").rglob("*.py"))
    named = set(re.findall(r"docs/[\w./-]+\.(?:md|json)", source))
    assert "docs/variants.md" in named
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_version_is_nowhere_written_by_hand() -> None:
    """A page that states the version is wrong after the next one."""
    assert not [name for name, text in PAGES.items() if re.search(rf"ebdiag {re.escape(__version__)}", text)]

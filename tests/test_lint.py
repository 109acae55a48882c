"""`ebdiag lint`: what it prints, in which style, with which exit code; and the same findings in a comparison."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import result_factory
import variants

from ebdiag import display, lines
from ebdiag.diagnose import diagnose
from ebdiag.errors import EbdiagError
from ebdiag.load import load
from ebdiag.overrides import Overrides
from ebdiag.pipeline import Comparison, Request
from ebdiag.records import DataSpec, Facts, Line
from ebdiag.result import Finding, Lint, VariantResult
from ebdiag.schema import LineRef
from ebdiag.watch import Silent

EBDIAG = [sys.executable, "-m", "ebdiag.cli", "lint"]
ANY_DATA = DataSpec("tiny", "d", (1, 8, 8), 1, 1, 0, "features", "f", {}, {})
SICK = variants.TINY.replace("self.net(z)", "self.net(0 * z)")
HINGED = variants.TINY.replace("margin: float = 1.0", "margin: float = 0.001")
RUNGS = ["discriminator-overfits", "discriminator-separates-noise", "discriminator-separates-fakes",
         "generator-lowers-energy", "generator-overfits"]  # fmt: skip


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*EBDIAG, *arguments], cwd=folder, capture_output=True, text=True)


def class_line(text: str, name: str) -> int:
    return 1 + [line.split("(")[0] for line in text.splitlines()].index(f"class {name}")


def finding(severity: Any = "error", **more: Any) -> Finding:
    given = {"rule": "a-rule", "variant": "mine", "title": "it is so", "explanation": "for this reason",
             "lines": [LineRef(file="mine.py", line=3)]}  # fmt: skip
    return Finding(severity=severity, **(given | more))


def found(*findings: Finding, **ladders: Any) -> Lint:
    return Lint(
        variants={
            side: VariantResult(
                path=f"{side}.py", kind="gan", fingerprint="f", parts={}, facts={"ladder": ladders.get(side, [])}
            )
            for side in ("ref", "mine")
        },
        findings=[*findings],
    )  # fmt: skip


# ---- lines -----------------------------------------------------------------------------------------


def test_text_is_one_line_a_finding_with_what_explains_it_indented() -> None:
    """`file:line: severity[slug] title`; without a line the variant's file stands there; the last line counts."""
    text = lines.text(
        found(
            finding(advice="do that"),
            finding("warning", lines=[], variant="ref"),
            finding("note", explanation="", lines=[], variant=None),
        )
    )
    assert text.splitlines() == [
        "mine.py:3: error[a-rule] it is so",
        "    for this reason",
        "    do that Unverified: no run of this project has shown that it helps.",
        "ref.py: warning[a-rule] it is so",
        "    for this reason",
        "note[a-rule] it is so",
        "1 error, 1 warning and 1 other remark",
    ]


def test_the_table_is_aligned_and_says_why() -> None:
    """One line a rung, columns of one width, a dash where a rung was not tried, reasons below with their variant."""
    row = {"rung": "generator-overfits", "net": "generator", "value": 1.02, "threshold": 0.5, "passed": False,
           "reason": "because", "unit": "u"}  # fmt: skip
    text = lines.text(found(ref=[row | {"passed": True, "value": 0.25, "reason": None}], mine=[row]))
    table = text.splitlines()
    assert table[0].split() == ["sanity", "ladder", "ref", "mine"]
    column = table[0].index("mine")
    assert table[5] == "G overfits one batch".ljust(31) + "✓ 0.250 (at most 0.500)".ljust(column - 31) + (
        "✗ 1.02 (at most 0.500)"
    )
    assert {line[column] for line in table[1:6]} == {"–", "✗"}
    assert table[6] == "  mine, G overfits one batch: because"
    assert lines.text(found()) == "0 errors, 0 warnings and 0 other remarks\n"


def test_github_annotations_are_escaped() -> None:
    """Percent and line ends in messages; colon and comma, too, in properties. Levels are those that GitHub knows."""
    odd = finding("deviation", title="50 %, or: so", explanation="a\nb", advice="c",
                  lines=[LineRef(file="a,b:c.py", line=7)])  # fmt: skip
    text = lines.github(found(finding(), odd, finding("note", lines=[], explanation="")))
    assert text.splitlines() == [
        "::error file=mine.py,line=3,title=a-rule::it is so%0Afor this reason",
        "::notice file=a%2Cb%3Ac.py,line=7,title=a-rule::50 %25, or: so%0Aa%0Ab%0Ac"
        "%0AUnverified: no run of this project has shown that it helps.",
        "::notice title=a-rule::it is so",
    ]


# ---- as a whole ------------------------------------------------------------------------------------


def test_a_sick_net_is_an_error_with_its_line(tmp_path: Path) -> None:
    """Exit 1; the ladder and the finding on stdout, progress on stderr; again from the store, the same."""
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, SICK)
    done = lint(tmp_path, "ref.py", "mine.py")
    assert done.returncode == 1, done.stderr
    head = (
        f"mine.py:{class_line(SICK, 'Generator')}: error[sanity-ladder] the generator does not learn to draw one batch"
    )
    assert [line for line in done.stdout.splitlines() if line.startswith(head)]
    assert "G overfits one batch" in done.stdout
    assert done.stderr.splitlines() == ["looking at ref.py and mine.py", "trying each net alone"]
    again = lint(tmp_path, "ref.py", "mine.py")
    assert (again.returncode, again.stdout, again.stderr) == (1, done.stdout, "")


def test_fast_climbs_no_ladder(tmp_path: Path) -> None:
    """Neither table nor finding, exit 0, and nothing about the ladder is stored."""
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, SICK)
    done = lint(tmp_path, "ref.py", "mine.py", "--fast")
    assert (done.returncode, done.stdout) == (0, "0 errors, 0 warnings and 0 other remarks\n")


def test_json_has_the_shapes_of_a_result(tmp_path: Path) -> None:
    """Exactly variants, differences and findings; rows of the ladder in facts; a warning alone ends with 0."""
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(
        tmp_path, HINGED.replace("return self.decoder(code).view_as(x), code", "return self.decoder(code).view_as(x)")
    )
    done = lint(tmp_path, "ref.py", "mine.py", "--json")
    assert done.returncode == 0, done.stdout
    content = json.loads(done.stdout)
    assert list(content) == ["variants", "differences", "findings"]
    assert Lint.model_validate(content).to_json() == done.stdout
    assert [row["rung"] for row in content["variants"]["mine"]["facts"]["ladder"]] == RUNGS
    assert {"margin", "discriminator"} == {row["part"] for row in content["differences"]}
    assert [(row["severity"], row["rule"], row["part"], row["caused_by"]) for row in content["findings"]] == [
        ("warning", "margin-below-energy-floor", "margin", None),
        ("warning", "sanity-ladder", "margin", "margin-below-energy-floor"),
        ("note", "noted", None, None),
    ]  # fmt: skip
    assert "narrowest activation" in content["findings"][2]["title"]
    github = lint(tmp_path, "ref.py", "mine.py", "--format", "github")
    assert github.returncode == 0
    place = 1 + HINGED.splitlines().index("    margin: float = 0.001")
    assert github.stdout.startswith(f"::warning file=mine.py,line={place},title=margin-below-energy-floor::the margin")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.py", "--fast"], "error: gone.py"),
        (["broken.py", "--fast"], "error: broken.py:"),
        (["a.py", "b.py", "c.py"], "one or two model files, got 3"),
        (["broken.py", "--format", "xml"], "text or github, got 'xml'"),
        (["broken.py", "--dataset", "mnist5"], "Did you mean 'mnist5k'"),
        (["broken.py", "--sets", "a=1"], "No such option"),
        (["broken.py", "--set", "margn=1"], "error: --set: unknown field 'margn' of Config. Did you mean 'margin'?"),
        (["broken.py", "--set", "margin=wide"], "expected a number, got 'wide'"),
        (
            ["broken.py", "--generator", "Generatr"],
            "--generator must name a class of the file. Did you mean 'Generator'?",
        ),
    ],
)
def test_wrong_usage_is_exit_2(tmp_path: Path, arguments: list[str], words: str) -> None:
    """One message, no traceback."""
    variants.write(tmp_path, variants.TINY.replace("config.latent_dim", "config.latent_dimm"), "broken.py")
    done = lint(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def overridden(folder: Path, text: str, *settings: str, **classes: str) -> Any:
    """The variant of a text with what the options put in its place."""
    return load(variants.write(folder, text), Overrides(settings, classes).files)


@pytest.mark.parametrize(
    ("setting", "written"),
    [
        ("margin=20", "    margin: float = 20"),
        ("batch_size = 64", "    batch_size: int = 64"),
        ("latent=uniform", "    margin: float = 1.0; latent: str = 'uniform'"),
        ("pixel_range=0,1", "    margin: float = 1.0; pixel_range: tuple = (0, 1)"),
        ("betas=[0.9, 0.99]", "    margin: float = 1.0; betas: tuple = (0.9, 0.99)"),
    ],
)
def test_a_setting_stands_on_a_line_that_the_file_has(tmp_path: Path, setting: str, written: str) -> None:
    """Only that line is another; the file itself and the numbers of all lines stay as they are."""
    variant = overridden(tmp_path, variants.TINY, setting)
    before, after = variants.TINY.splitlines(), variant.files["mine.py"].splitlines()
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [written]
    assert (tmp_path / "mine.py").read_text() == variants.TINY
    assert variant.fingerprint != load(str(tmp_path / "mine.py")).fingerprint


def test_a_setting_without_a_config_and_in_a_constructor(tmp_path: Path) -> None:
    """Where there is no Config it has no line; a constructor's own assignment is the one that is replaced."""
    bare = variants.TINY.replace(variants.CONFIG, "").replace("config.latent_dim", "32")
    variant = overridden(tmp_path, bare, "margin=3")
    assert variant.files["mine.py"].endswith("class Config:\n    margin = 3\n")
    assert (variant.parts["margin"].line, variant.config_lines) == (None, {})
    made = "\nclass Config:\n    def __init__(self):\n        self.latent_dim = 8\n        self.margin = (\n"
    variant = overridden(tmp_path, variants.TINY.replace(variants.CONFIG, f"{made}            1.0)\n"), "margin=3")
    assert "self.margin = (\n            3)\n" in variant.files["mine.py"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("margin", "--set takes NAME=VALUE\n  expected margin=20, got 'margin'"),
        ("batch_size=3.5", "--set: Config.batch_size has another type\n  expected a whole number, got '3.5'"),
        ("margin=True", "expected a number, got 'True'"),
        ("pixel_range=1", "expected 2 numbers, such as -1.0,1.0, got '1'"),
        ("image_shape=1,28,2.5", "expected 3 whole numbers, such as 1,28,28, got '1,28,2.5'"),
        ("hiden=3", "unknown field 'hiden' of Config. Did you mean 'hidden'?"),
        ("hidden=x", "expected a whole number, got 'x'"),
    ],
)
def test_a_wrong_setting_says_what_was_expected(tmp_path: Path, setting: str, message: str) -> None:
    """Fields of the model's own are known, too."""
    text = variants.TINY.replace("    margin: float", "    hidden: int = 4\n    margin: float")
    with pytest.raises(EbdiagError) as refused:
        overridden(tmp_path, text, setting)
    assert message in str(refused.value)


def test_a_class_of_another_name_takes_the_role(tmp_path: Path) -> None:
    """Its own line is the part's; without the options the file is refused; a function is no class."""
    text = variants.TINY.replace("class Generator", "class NetG").replace("class Discriminator", "class AutoEncoder")
    variant = overridden(tmp_path, text, generator="NetG", discriminator="AutoEncoder")
    for part, name in (("generator", "NetG"), ("discriminator", "AutoEncoder")):
        assert variant.parts[part].line == Line(str(tmp_path / "mine.py"), class_line(text, name))
    with pytest.raises(EbdiagError, match="no class Generator"):
        overridden(tmp_path, text, discriminator="AutoEncoder")
    with pytest.raises(EbdiagError, match="expected a class, got a function"):
        overridden(tmp_path, text + "\n\ndef net():\n    return NetG()\n", generator="net")


def test_the_options_act_on_mine(tmp_path: Path) -> None:
    """A margin given on the command line is the one that is judged."""
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, HINGED.replace("class Generator", "class NetG"))
    done = lint(tmp_path, "ref.py", "mine.py", "--fast", "--generator", "NetG", "--set", "margin=1")
    assert done.returncode == 0, done.stderr
    assert "no-difference" in done.stdout


# ---- in a comparison -------------------------------------------------------------------------------


def test_a_comparison_has_the_ladder_and_its_findings(tmp_path: Path) -> None:
    """Rows in the facts of both, the finding about mine; without a step to train, too, and then nothing is climbed."""
    ref, mine = variants.write(tmp_path, variants.TINY, "ref.py"), variants.write(tmp_path, SICK)
    first = compare(ref, mine)
    for side in ("ref", "mine"):
        rows: Any = first.variants[side].facts["ladder"]  # type: ignore[index]
        assert [row["rung"] for row in rows] == RUNGS
    of_ladder = [found for found in first.findings if found.rule == "sanity-ladder"]
    assert [(found.variant, found.severity) for found in of_ladder] == [("mine", "error")]
    again = Comparison(Request(ref=ref, mine=mine, steps=3, seeds=1), Silent())
    planned = again.prepare()
    assert (planned.todo, planned.ladders.tasks) == ([], [])
    assert compare(ref, mine).findings == first.findings


def compare(ref: str, mine: str) -> Any:
    return Comparison(Request(ref=ref, mine=mine, steps=3, seeds=1), Silent()).judged(command="")[0]


def test_worst_first_and_mine_before_ref(tmp_path: Path) -> None:
    """The order of findings: severity, then mine, then the order of the rules."""
    variant = load(variants.write(tmp_path, variants.TINY))

    def facts(value: float) -> Facts:
        row = {"rung": "generator-overfits", "net": "generator", "value": value, "unit": "u", "threshold": 0.5,
               "passed": False, "reason": None, "start": 3.0, "updates": 1, "details": {},
               "part": "generator"}  # fmt: skip
        return Facts(parts={}, config={}, layers={}, initial={}, sizes={}, notes=["n"], autoencoder=True,
                     single_pass=True, step_ms=1.0, ladder=[row])  # fmt: skip

    both: Any = {"ref": variant, "mine": variant}
    seen: Any = {"ref": facts(2.0), "mine": facts(0.9)}
    found = diagnose(both, seen, [])
    assert found[3].rule == "no-difference"
    order = [(f.severity, f.variant) for f in found if f.rule != "no-difference"]
    assert order == [("error", "ref"), ("warning", "mine"), ("note", "mine"), ("note", "ref")]


def test_the_summary_puts_consequences_below_their_cause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Indented, also those of a consequence; notes are left to the report, and another model's finding is no cause."""
    findings = [
        finding("error", rule="cause"), finding("warning", rule="lone", variant="ref"),
        finding("warning", rule="second", caused_by="first"), finding("warning", rule="first", caused_by="cause"),
        finding("note", rule="remark"),
    ]  # fmt: skip
    result = result_factory.result("fails").model_copy(update={"findings": findings})
    display.summary(result, tmp_path)
    shown = [line for line in capsys.readouterr().out.splitlines() if "it is so" in line]
    assert shown == [
        "mine.py:3: error[cause] it is so",
        "  mine.py:3: warning[first] it is so",
        "    mine.py:3: warning[second] it is so",
        "mine.py:3: warning[lone] it is so",
    ]

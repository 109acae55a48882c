"""Judgements where pipelines look for them: files, annotations, exit codes, the action, the examples of the page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import result_factory
import variants
import xmlschema
import yaml

from ebdiag import bars, ci, gate, gate_table
from ebdiag.bars import Bars, MetricBar
from ebdiag.result import Result

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
EBDIAG = [sys.executable, "-m", "ebdiag.cli"]
SCHEMA = xmlschema.XMLSchema(ROOT / "tests" / "junit.xsd")
BARS = Bars(
    "bars.toml", (MetricBar("fid", "max", 200.0), MetricBar("fid", "max_ratio", 1.05)), works=3, max_errors=0
)  # fmt: skip
HOSTILE = 'x\x1b[31m::error file=a::\n%0A"><script>|`*\x00\ud800'


def judged(case: Any, asked: Bars = BARS) -> gate.Gate:
    return gate.judge(result_factory.result(case), asked)


def hostile() -> gate.Gate:
    """What a user's files may say, wherever it can turn up."""
    result = result_factory.result("full")
    content = result.model_dump(by_alias=True)
    for finding in content["findings"]:
        finding |= {"title": HOSTILE, "explanation": HOSTILE, "advice": HOSTILE}
        finding["lines"] = [{"file": HOSTILE, "line": 3}]
    content["variants"]["mine"]["path"] = HOSTILE
    content["runs"][-1] |= {"status": "crashed", "reason": HOSTILE}
    asked = Bars(HOSTILE, BARS.metrics, works=3, forbid=("blank-samples",), max_errors=0)
    return gate.judge(Result.model_validate(content), asked, last_name=HOSTILE)


# ---- JUnit


@pytest.mark.parametrize("case", result_factory.CASES)
def test_junit_files_are_valid_and_count_what_was_judged(case: Any, tmp_path: Path) -> None:
    found = judged(case)
    path = ci.junit(found, tmp_path / "new" / "junit.xml")
    SCHEMA.validate(path)
    suite, ended = ET.parse(path).getroot()[0], [row.status for row in found.rows]
    counted = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert counted == {
        "tests": len(found.rows), "failures": ended.count("missed"), "errors": ended.count("run_failed"),
        "skipped": ended.count("cannot_tell"),
    }  # fmt: skip
    assert [case.attrib["name"] for case in suite] == [row.bar for row in found.rows]


def test_a_schema_that_anything_passes_would_be_none(tmp_path: Path) -> None:
    path = ci.junit(judged("fails"), tmp_path / "junit.xml")
    for old, new in (('tests="', 'test="'), ("<failure", "<failed"), (' message="', ' said="'), (' name="f', ' id="f')):
        assert old in path.read_text()
        broken = tmp_path / "broken.xml"
        broken.write_text(path.read_text().replace(old, new).replace("</failure", "</" + new.strip("<")))
        with pytest.raises((xmlschema.XMLSchemaValidationError, ET.ParseError)):
            SCHEMA.validate(broken)


# ---- what users' files may say


def test_hostile_names_are_data_in_every_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = hostile()
    SCHEMA.validate(ci.junit(found, tmp_path / "junit.xml"))
    text = ci.markdown(found)
    assert "<script" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {line.count("|") for line in rows} == {4, 5}, "three columns of bars, four of metrics"
    for command in ci.commands(found):
        assert re.fullmatch(r"::(error|warning) [^\n\r]*::[^\n\r]*", command)
        assert "\n" not in command
        head = command.split("::")[1]
        assert "script>|" in command or "file=" not in head
    assert "\x1b" not in gate_table.text(found)


def test_an_output_of_a_step_cannot_add_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's name with line ends stays one value."""
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    folder = tmp_path / "a\nstatus=passed"
    folder.mkdir()
    ci.report(judged("fails"), folder, "github", lambda text: None)
    values = outputs(tmp_path / "output")
    assert values == {"status": "missed", "exit-code": "1", "report": str(folder)}


def outputs(path: Path) -> dict[str, str]:
    """Read as GitHub does: NAME<<MARK, lines, MARK."""
    values, rest = {}, path.read_text().split("\n")
    while rest and rest[0]:
        name, mark = rest.pop(0).split("<<")
        end = rest.index(mark)
        values[name], rest = "\n".join(rest[:end]), rest[end + 1 :]
    return values


# ---- GitHub and GitLab


def test_annotations_stand_on_the_lines_to_blame_missed_bars_first_and_ten_at_most() -> None:
    result = result_factory.result("full")
    content = result.model_dump(by_alias=True)
    content["findings"] = content["findings"] * 8
    many = list(ci.commands(gate.judge(Result.model_validate(content), BARS)))
    assert len(many) == ci.MAX_ANNOTATIONS
    few = list(ci.commands(judged("full")))
    assert [command.split("title=")[1].split("::")[0] for command in few] == [
        "bar missed%3A works on 3 seeds", "bar missed%3A fid ≤ 200", "bar missed%3A fid ≤ 1.05 × ref",
        "bar missed%3A errors ≤ 0", "reconstruction-range-mismatch",
    ]  # fmt: skip
    assert all(command.startswith("::error file=user_models/sigmoid_decoder.py,line=38,") for command in few)


def test_what_cannot_be_told_is_a_warning_and_nothing_is_said_of_what_is_passed() -> None:
    (command,) = ci.commands(judged("same"))
    assert command.startswith("::warning file=user_models/sigmoid_decoder.py,line=1,title=bar cannot tell%3A fid ≤ 200")


def test_no_annotation_stands_on_a_file_that_is_not_theirs() -> None:
    """Lines of a reference model, which lies inside the package."""
    result = result_factory.result("fails")
    content = result.model_dump(by_alias=True)
    content["variants"]["mine"]["path"] = "ref:ebgan_infogan"
    content["differences"] = []
    assert all("file=" not in command for command in ci.commands(gate.judge(Result.model_validate(content), BARS)))


def test_a_step_summary_is_no_larger_than_github_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    (tmp_path / "summary").write_text("before\n")
    content = result_factory.result("full").model_dump(by_alias=True)
    content["findings"][0]["title"] = "é" * (1 << 20)
    ci.report(gate.judge(Result.model_validate(content), BARS), tmp_path, "github", lambda text: None)
    text = (tmp_path / "summary").read_text()
    assert text.startswith("before\n## ✗ The bar is missed")
    assert len(text.encode()) - len("before\n") <= ci.MAX_SUMMARY_BYTES
    assert text.endswith("the rest is in gate.md of the report.\n")


@pytest.mark.parametrize(
    ("environment", "style"),
    [({}, "plain"), ({"GITHUB_ACTIONS": "true"}, "github"), ({"GITLAB_CI": "true"}, "gitlab"),
     ({"GITHUB_ACTIONS": "false"}, "plain")],
)  # fmt: skip
def test_the_service_is_known_by_what_it_sets(environment: dict[str, str], style: str) -> None:
    assert ci.detected(environment) == style


# ---- the command


def check(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GITLAB_"))}
    return subprocess.run(
        [*EBDIAG, "check", *arguments], cwd=folder, capture_output=True, text=True, env={**bare, **environment}
    )


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    for case in ("fails", "same", "crashed"):
        result_factory.write(tmp_path / case, case)  # type: ignore[arg-type]
    (tmp_path / "bars.toml").write_text("[bars]\nworks = {min_seeds = 3}\nfid = {max_ratio = 1.5}\n")
    return tmp_path


def test_exit_codes(reports: Path) -> None:
    """Passed, missed, not to be told, a run that failed."""
    (reports / "many.toml").write_text("[bars]\nmin_seeds = 9\nfid = {max = 1e9}\n")
    (reports / "tolerant.toml").write_text('[bars]\nmin_seeds = 9\non_inconclusive = "pass"\nfid = {max = 1e9}\n')
    (reports / "strict.toml").write_text('[bars]\nmin_seeds = 9\non_inconclusive = "fail"\nfid = {max = 1e9}\n')
    asked = [
        ("same", "bars.toml", 0), ("fails", "bars.toml", 1), ("same", "many.toml", 3), ("crashed", "bars.toml", 4),
        ("same", "tolerant.toml", 0), ("same", "strict.toml", 1), ("fails/result.json", "bars.toml", 1),
    ]  # fmt: skip
    for report, bar, code in asked:
        done = check(reports, report, "--bar", bar)
        assert (done.returncode, done.stderr) == (code, ""), (report, bar, done.stderr)
    assert check(reports, "fails").returncode == 1, "bars.toml is found"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere: no such file"),
        (["same", "--bar", "gone.toml"], "gone.toml: no such file"),
        (["same", "--bar", "wrong.toml"], "unknown bar, metric or setting 'fidd'"),
        (["same", "--bar", "nothing.toml"], "asks for nothing"),
        (["same", "--against", "nowhere"], "no such file"),
        (["same", "--init"], "bars.toml: exists already"),
        (["same", "--init", "--bar", "pyproject.toml"], "pyproject.toml: is not written to"),
        (["same", "--init", "--bar", "gone/bars.toml"], "gone/bars.toml: cannot be written"),
        (["same", "--format", "gitlob"], "github, gitlab or plain, got 'gitlob'"),
        (["same", "--bars", "bars.toml"], "No such option"),
        (["broken"], "is not a readable result"),
    ],
)
def test_refusals_are_one_message_and_exit_code_2(arguments: list[str], said: str, reports: Path) -> None:
    (reports / "wrong.toml").write_text("[bars]\nfidd = {max = 1}\n")
    (reports / "nothing.toml").write_text("")
    (reports / "broken").mkdir()
    (reports / "broken" / "result.json").write_text("{")
    done = check(reports, *arguments)
    assert done.returncode == 2
    assert said in re.sub(r"\s*│?\n│?\s*", " ", done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_json_is_all_there_is_on_stdout_and_holds_every_bar(reports: Path) -> None:
    done = check(reports, "fails", "--json", "--against", "same", GITHUB_ACTIONS="true")
    content = json.loads(done.stdout)
    assert (content["status"], content["exit_code"], done.returncode) == ("missed", 1, 1)
    assert [row["bar"] for row in content["rows"]] == ["works on 3 seeds", "fid ≤ 1.5 × last"]
    assert content["metrics"][0].keys() == {"metric", "ref", "last", "now"}
    assert "::error" in done.stderr


def test_nothing_heavy_is_imported(reports: Path) -> None:
    """No torch, no numpy, no scipy: what takes a second to import."""
    code = (
        "import sys; from ebdiag.cli import app\n"
        "try: app(['check', 'same'])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "print([name for name in ('torch', 'numpy', 'scipy', 'matplotlib', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=reports, capture_output=True, text=True)
    assert done.stdout.endswith("[]\n"), done.stdout + done.stderr


def test_services_get_their_files(reports: Path) -> None:
    plain = check(reports, "fails", "--junit", "out/junit.xml")
    assert "The bar is missed" in plain.stdout
    assert "::" not in plain.stdout
    assert not (reports / "fails" / "junit.xml").exists()
    SCHEMA.validate(reports / "out" / "junit.xml")
    lab = check(reports, "fails", GITLAB_CI="true")
    assert "::" not in lab.stdout
    SCHEMA.validate(reports / "fails" / "junit.xml")
    assert "✗ The bar is missed" in (reports / "fails" / "gate.md").read_text()
    hub = check(reports, "fails", "--format", "github", GITHUB_STEP_SUMMARY=str(reports / "summary"))
    assert "::error file=user_models/sigmoid_decoder.py,line=38,title=bar missed" in hub.stdout
    assert (reports / "summary").read_text() == (reports / "fails" / "gate.md").read_text()


def test_a_first_file_is_written_once_and_judges_its_own_report(reports: Path) -> None:
    (reports / "bars.toml").unlink()
    made = check(reports, "same", "--init")
    assert made.returncode == 0
    assert "judge a report by it: ebdiag check same --bar bars.toml" in made.stdout
    assert check(reports, "same").returncode == 0
    assert check(reports, "fails").returncode == 1


# ---- compare --bar


@pytest.fixture
def models(tmp_path: Path) -> Path:
    variants.write(tmp_path, variants.TINY, "ref.py")
    variants.write(tmp_path, variants.TINY.replace("nn.Tanh()", "nn.Sigmoid()"), "mine.py")
    (tmp_path / "bars.toml").write_text("[bars]\nfid = {max_ratio = 1.5}\n")
    (tmp_path / "each.toml").write_text('[bars]\nfid = {max = 1, on = "seeds"}\n')
    return tmp_path


def test_a_comparison_is_judged_at_once(models: Path) -> None:
    """After five steps the reference does not work: a relative bar cannot be judged, one on each seed is missed."""
    options = ["compare", "ref.py", "mine.py", "--steps", "5", "--seeds", "1", "--out", "report", "--json"]
    for bar, code in (("bars.toml", 3), ("each.toml", 1)):
        done = subprocess.run(
            [*EBDIAG, *options, "--bar", bar], cwd=models, capture_output=True, text=True,
            env={**os.environ, "GITLAB_CI": "true"},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert json.loads(done.stdout)["schema"] == 1
        SCHEMA.validate(models / "report" / "junit.xml")
    assert check(models, "report", "--bar", "each.toml").returncode == 1


def test_a_bar_file_that_is_wrong_is_refused_before_anything_is_trained(models: Path) -> None:
    (models / "bars.toml").write_text("[bars]\nfid = {maxx = 1}\n")
    done = subprocess.run(
        [*EBDIAG, "compare", "ref.py", "mine.py", "--bar", "bars.toml"], cwd=models, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Did you mean 'max'?" in done.stderr
    assert not (models / "store").exists()


# ---- pytest, pre-commit, the action, the page

USE = """
import pytest

OPTIONS = {"steps": 5, "seeds": 1}

def test_missed(ebdiag_compare):
    ebdiag_compare("ref.py", "mine.py", **OPTIONS).assert_bar("each.toml")

def test_cannot_tell(ebdiag_compare):
    compared = ebdiag_compare("ref.py", "mine.py", **OPTIONS)
    assert compared.report.joinpath("report.html").exists()
    compared.assert_bar("bars.toml")

def test_passed(ebdiag_compare):
    ebdiag_compare("ref.py", "mine.py", out="kept", **OPTIONS).assert_bar("fine.toml")

def test_unknown(ebdiag_compare):
    with pytest.raises(TypeError, match="step"):
        ebdiag_compare("ref.py", "mine.py", step=3)
"""


def test_the_fixture_fails_skips_or_passes_with_the_table(models: Path) -> None:
    (models / "test_quality.py").write_text(USE)
    (models / "fine.toml").write_text('[bars]\nmin_seeds = 1\nfid = {max = 1e9, on = "seeds"}\n')
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"],
        cwd=models, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "1 failed, 2 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert "✗ missed  fid ≤ 1, each seed" in done.stdout
    assert "the reference does not work on seed 0" in done.stdout
    assert (models / "kept" / "report.html").exists()


def test_the_fixture_is_there_wherever_ebdiag_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"ebdiag": "ebdiag.pytest_plugin"}
    light = "import ebdiag.pytest_plugin, sys; print('torch' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", light], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False False\n"


def test_the_hook_is_one_and_its_command_looks_at_every_file(tmp_path: Path) -> None:
    """The manifest as pre-commit reads it, and its entry as pre-commit runs it: file names at the end."""
    pre_commit = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*pre_commit, "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], check=True, cwd=tmp_path)
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    variants.write(tmp_path, variants.TINY, "fine.py")
    text = variants.TINY.replace("nn.Tanh()", "nn.Sigmoid()")
    variants.write(tmp_path, text, "wrong.py")
    command = [*EBDIAG, *hook["entry"].split()[1:], "wrong.py", "fine.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "wrong.py:" in done.stdout
    assert re.search(r"wrong\.py:\d+: error\[", done.stdout)
    assert not re.search(r"fine\.py:\d+: error\[", done.stdout)
    assert subprocess.run([*command[:-2], "fine.py"], cwd=tmp_path, capture_output=True).returncode == 0


def blocks(language: str) -> list[tuple[str, str]]:
    """Examples of the page in a language: title and text."""
    return re.findall(rf'^```{language}(?: title="([^"\n]+)")?\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)


SERVICES = {
    ".github/workflows/quality.yml": "vendor.github-workflows", ".gitlab-ci.yml": "vendor.gitlab-ci",
}  # fmt: skip


def validate(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    return subprocess.run(command, capture_output=True, text=True)


def test_workflows_of_the_page_are_valid_by_the_published_schemas(tmp_path: Path) -> None:
    seen = []
    for title, text in blocks("yaml"):
        path = tmp_path / Path(title).name
        path.write_text(text)
        if title in SERVICES:
            done = validate(SERVICES[title], path)
            assert done.returncode == 0, done.stdout
        else:
            pre_commit = [sys.executable, "-m", "pre_commit", "validate-config", str(path)]
            subprocess.run(pre_commit, check=True, cwd=tmp_path)
        seen.append(title)
    assert sorted(set(seen)) == [".github/workflows/quality.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"]


def test_the_action_is_valid_and_a_wrong_one_would_not_be(tmp_path: Path) -> None:
    done = validate("vendor.github-actions", ROOT / "action.yml")
    assert done.returncode == 0, done.stdout
    (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text().replace("using:", "use:"))
    assert validate("vendor.github-actions", tmp_path / "action.yml").returncode == 1


def test_inputs_of_the_action_are_used_and_reach_the_shell_as_data_only() -> None:
    """No `${{ }}` inside a script: what stands in an input would be code there."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    text = (ROOT / "action.yml").read_text()
    assert all("${{" not in step.get("run", "") for step in action["runs"]["steps"])
    for name in action["inputs"]:
        assert f"inputs.{name}" in text
    example = next(text for _, text in blocks("yaml") if "OWNER/ebdiag@" in text)
    uses = next(step for step in yaml.safe_load(example)["jobs"]["bar"]["steps"] if "OWNER" in step["uses"])
    assert uses["with"].keys() <= action["inputs"].keys()


def test_the_bar_file_of_the_page_is_one(tmp_path: Path) -> None:
    ((_, text),) = blocks("toml")
    (tmp_path / "bars.toml").write_text(text)
    found = bars.read(tmp_path / "bars.toml")
    assert found.made_for == {"steps": 500, "device": "cpu"}
    assert len(found.metrics) == 3


def test_commands_of_the_pages_workflows_are_commands() -> None:
    """Options that they name are there."""
    text = "\n".join(text for _, text in [*blocks("yaml"), *blocks("console")])
    lines = set(re.findall(r"(?:\$ |- run: |- )(ebdiag (?:compare|check) [^#\n]*)", text))
    assert len(lines) >= 4
    for command in {line.split()[1] for line in lines}:
        offered = subprocess.run([*EBDIAG, command, "--help"], capture_output=True, text=True).stdout
        used = set(re.findall(r"--[a-z-]+", " ".join(line for line in lines if line.split()[1] == command)))
        assert all(option in offered for option in used)

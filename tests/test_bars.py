"""Bar files are read strictly: what is meant is taken, what is not understood is refused with a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebdiag import bars, rules
from ebdiag.bars import Bars, MetricBar
from ebdiag.errors import EbdiagError

FULL = """
[bars]
confidence = 0.9
min_seeds = 5
on_inconclusive = "fail"
works = { min_seeds = 4 }
fid = { max = 120, max_ratio = 1.5, on = "seeds" }
coverage = { min_delta = -0.05 }
findings = { forbid = ["mode-collapse"], max_errors = 0, max_warnings = 2 }

[bars.made_for]
dataset = "0e25f5d7d35c0575"
steps = 500
"""


def written(folder: Path, text: str, name: str = "bars.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(EbdiagError) as caught:
        bars.read(written(folder, text))
    return str(caught.value)


def test_everything_that_can_be_asked_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, FULL)
    assert bars.read(path) == Bars(
        str(path),
        (
            MetricBar("fid", "max", 120.0, "seeds"), MetricBar("fid", "max_ratio", 1.5, "seeds"),
            MetricBar("coverage", "min_delta", -0.05),
        ),
        works=4, forbid=("mode-collapse",), max_errors=0, max_warnings=2, confidence=0.9, min_seeds=5,
        on_inconclusive="fail", made_for={"dataset": "0e25f5d7d35c0575", "steps": 500},
    )  # fmt: skip


def test_what_is_left_out_has_the_stated_defaults(tmp_path: Path) -> None:
    found = bars.read(written(tmp_path, "[bars]\nfid = {max = 120}\n"))
    assert (found.confidence, found.min_seeds, found.on_inconclusive, found.works) == (0.95, 3, "report", None)
    assert (found.metrics[0].on, found.forbid, found.max_errors, found.made_for) == ("mean", (), None, None)


def test_a_pyproject_says_the_same_in_a_table_of_its_own(tmp_path: Path) -> None:
    """What else stands there is not ours to judge."""
    own = bars.read(written(tmp_path, FULL))
    text = FULL.replace("[bars", "[tool.ebdiag.bars") + '\n[project]\nname = "mine"\n[tool.ruff]\nline-length = 88\n'
    there = bars.read(written(tmp_path, text, "pyproject.toml"))
    assert there.metrics == own.metrics
    assert there.made_for == own.made_for


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["[bars]: asks for nothing", "expected at least one bar", "got nothing"]),
        ("[bars]\nconfidence = 0.9\n", ["asks for nothing", "got only settings"]),
        ("[bars]\nfindings = {}\n", ["asks for nothing"]),
        ("[bar]\nfid = {max = 1}\n", ["unknown table 'bar'", "Did you mean 'bars'?"]),
        ("[bars]\nfidd = {max = 1}\n", ["unknown bar, metric or setting 'fidd'", "Did you mean 'fid'?"]),
        ("[bars]\nworkz = {min_seeds = 3}\n", ["unknown bar, metric or setting 'workz'", "Did you mean 'works'?"]),
        ("[bars]\nfid = {maximum = 1}\n", ["[bars] fid: unknown key 'maximum'", "Known: max, min"]),
        ("[bars]\nfid = {max_ration = 1}\n", ["unknown key 'max_ration'", "Did you mean 'max_ratio'?"]),
        ("[bars]\nfid = 120\n", ["[bars] fid", "expected a table such as {max = …}, got 120"]),
        ("[bars]\nfid = {}\n", ["[bars] fid: asks for nothing", "expected one of max, min, max_ratio"]),
        ('[bars]\nfid = {max = "120"}\n', ["[bars] fid.max", "expected a number, got '120'"]),
        ("[bars]\nfid = {max = true}\n", ["expected a number, got True"]),
        ("[bars]\nfid = {max = nan}\n", ["expected a number, got nan"]),
        ("[bars]\nfid = {max = 0}\n", ["expected a number above 0, got 0"]),
        ("[bars]\nfid = {max_delta = 20}\n", ["'fid' is compared as a ratio", "write max_ratio"]),
        ("[bars]\ncoverage = {min_ratio = .9}\n".replace(".9", "0.9"), ["compared as a difference", "write min_delta"]),
        ('[bars]\nfid = {max = 1, on = "median"}\n', ["[bars] fid.on", "expected one of mean, seeds, got 'median'"]),
        ("[bars]\nworks = {min_seeds = 0}\n", ["[bars] works.min_seeds", "expected a whole number, 1 or more, got 0"]),
        ("[bars]\nworks = {min_seeds = 2.5}\n", ["a whole number, 1 or more, got 2.5"]),
        ("[bars]\nworks = {seeds = 3}\n", ["[bars] works: unknown key 'seeds'", "Did you mean 'min_seeds'?"]),
        ("[bars]\nconfidence = 95\nfid = {max = 1}\n", ["[bars] confidence", "between 0.5 and 1, got 95"]),
        ("[bars]\nmin_seeds = 0\nfid = {max = 1}\n", ["[bars].min_seeds", "1 or more, got 0"]),
        ('[bars]\non_inconclusive = "skip"\nfid = {max = 1}\n', ["expected one of fail, pass, report, got 'skip'"]),
        ('[bars]\nfindings = {forbid = ["mode-colapse"]}\n', ["unknown rule 'mode-colapse'", "mean 'mode-collapse'?"]),
        ('[bars]\nfindings = {forbid = "mode-collapse"}\n', ["expected a list of rules such as ['mode-collapse']"]),
        ("[bars]\nfindings = {max_errors = -1}\n", ["expected a whole number, 0 or more, got -1"]),
        ("[bars]\nfindings = {max_error = 1}\n", ["unknown key 'max_error'", "Did you mean 'max_errors'?"]),
        ("[bars]\nfid = {max = 1}\nmade_for = {stepz = 3}\n", ["unknown key 'stepz'", "Did you mean 'steps'?"]),
        ('[bars]\nfid = {max = 1}\nmade_for = {steps = "500"}\n', ["made_for", "expected a whole number, got '500'"]),
        ("[bars\n", ["bars.toml: cannot be read", "expected TOML, got Expected ']'"]),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(text: str, said: list[str], tmp_path: Path) -> None:
    message = refused(tmp_path, text)
    for part in ("bars.toml", *said):
        assert part in message


def test_a_file_that_is_not_there_or_not_text_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(EbdiagError, match="no such file") as caught:
        bars.read(tmp_path / "none.toml")
    assert "--init" in str(caught.value)
    (tmp_path / "bars.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EbdiagError, match="cannot be read"):
        bars.read(tmp_path / "bars.toml")


def test_the_file_is_found_where_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(EbdiagError, match=r"there is no bars\.toml") as caught:
        bars.find(tmp_path)
    assert "ebdiag check REPORT --init" in str(caught.value)
    written(tmp_path, "[tool.ruff]\n", "pyproject.toml")
    with pytest.raises(EbdiagError):
        bars.find(tmp_path)
    written(tmp_path, FULL.replace("[bars", "[tool.ebdiag.bars"), "pyproject.toml")
    assert bars.find(tmp_path) == Path("pyproject.toml")
    written(tmp_path, FULL)
    assert bars.find(tmp_path) == Path("bars.toml")


def test_the_rules_that_can_be_forbidden_are_all_there_are() -> None:
    """Bars take them from the words, because importing the rules takes longer than judging; notes have no words of
    their own, and are nothing to forbid."""
    assert {rules.slug(rule) for rule in rules.RULES} - {"noted"} == bars.KNOWN_RULES

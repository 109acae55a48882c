"""`result.json`: what goes in comes out, and what is not a result is refused with words."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from result_factory import CASES, Case, result

from ebdiag.errors import EbdiagError
from ebdiag.result import MetricResult, Result, Volatile, json_schema

SCHEMA_FILE = Path(__file__).parents[1] / "docs" / "result.schema.json"


@pytest.mark.parametrize("case", CASES)
def test_round_trip(case: Case, tmp_path: Path) -> None:
    """A saved result loads as the same result and saves again as the same bytes."""
    written = result(case).save(tmp_path / "result.json")
    loaded = Result.load(tmp_path)
    assert loaded == result(case) == Result.load(str(written))
    assert loaded.to_json().encode() == written.read_bytes()


def test_keys_of_the_promise() -> None:
    """The top-level keys are those promised, in the promised order."""
    promised = "schema ebdiag dataset budget volatile variants differences runs metrics works findings trace verdict"
    assert " ".join(json.loads(result("fails").to_json())) == promised


def test_not_a_number_is_null() -> None:
    """NaN and infinities are written as null, at any depth."""
    metric = MetricResult(
        unit="", better="lower", scale="log", ref=[1.0, float("nan")], mine=[float("inf"), -float("inf")]
    )
    nested = Volatile(environment={"b": [{"c": float("nan")}], "a": 1})
    changed = result("fails").model_copy(update={"metrics": {"fid": metric}, "volatile": nested})
    content = json.loads(changed.to_json(), parse_constant=lambda name: pytest.fail(name))
    assert content["metrics"]["fid"]["ref"] == [1.0, None]
    assert content["metrics"]["fid"]["mine"] == [None, None]
    assert content["volatile"]["environment"] == {"a": 1, "b": [{"c": None}]}


def test_order_of_building_does_not_matter() -> None:
    """Mappings built in another order give the same bytes."""
    content = result("fails").model_dump(by_alias=True)
    backwards = {**content, "metrics": dict(reversed(content["metrics"].items()))}
    backwards["variants"] = {
        side: {**variant, "parts": dict(reversed(variant["parts"].items()))}
        for side, variant in content["variants"].items()
    }
    assert list(backwards["metrics"]) != list(content["metrics"])
    assert Result.model_validate(backwards).to_json() == result("fails").to_json()


def test_unknown_key_is_refused() -> None:
    """A key that the schema does not know raises instead of being dropped."""
    content = result("fails").model_dump(by_alias=True) | {"verdit": 1}
    with pytest.raises(ValueError, match="verdit"):
        Result.model_validate(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "{file}: no such file\n  give a report folder that `ebdiag compare` wrote"),
        (
            '{"schema": 2, "anything": 1}',
            "{file}: was written by a newer ebdiag\n  expected schema 1 or older, got schema 2 -- update ebdiag",
        ),
        (
            '{"schema": 1}',
            "{file}: is not a result of schema 1\n  expected a valid 'ebdiag', got field required -- compare again; "
            "what is trained is kept",
        ),
        ("[1]", "{file}: is not a result of schema 1\n  expected a valid 'result', got "),
        ("{", "{file}: is not a readable result\n  expected JSON, got Expecting property name"),
        ("\udcff", "{file}: is not a readable result\n  expected JSON, got "),
    ],
)
def test_what_is_no_result_is_refused(text: str | None, message: str, tmp_path: Path) -> None:
    """A missing, damaged, newer or foreign file is named with what was expected, what was found and what to do."""
    file = tmp_path / "result.json"
    if text is not None:
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(EbdiagError) as caught:
        Result.load(file)
    assert str(caught.value).startswith(message.replace("{file}", str(file)))


def test_published_schema_is_current() -> None:
    """docs/result.schema.json is what the models say; regenerate it with `python -m ebdiag.result`."""
    assert SCHEMA_FILE.read_text("utf-8") == json_schema()


def test_loads_without_torch() -> None:
    """Reading results needs neither torch nor seaborn."""
    code = "import sys, ebdiag.result; print([name for name in ('torch', 'seaborn') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999"])
def test_numbers_that_json_cannot_write_are_refused(number: str, tmp_path: Path) -> None:
    """Python reads them; a result with one could not be saved again."""
    text = result("full").to_json()
    (tmp_path / "result.json").write_text(re.sub(r'"probability": [\d.]+', f'"probability": {number}', text))
    with pytest.raises(
        EbdiagError, match=r"valid 'trace\.culprits\.0\.probability', got input should be a finite number"
    ):
        Result.load(tmp_path)

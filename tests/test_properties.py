"""What holds for whatever is put in: of the store, the plan, the gate, differences, the loader and safe texts."""

from __future__ import annotations

import ast
import json
import re
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import result_factory
from hypothesis import assume, example, given
from hypothesis import strategies as st
from test_load import BASE
from test_nothing_gets_in import commands, obeyed
from test_plan import DATA, ENVIRONMENT, FACTS
from variants import TINY

from ebdiag import gate, plan
from ebdiag.bars import ON_INCONCLUSIVE, Bars, MetricBar
from ebdiag.differences import differences
from ebdiag.errors import EbdiagError, VariantError
from ebdiag.kinds.gan import GAN_PARTS
from ebdiag.load import load
from ebdiag.records import Facts, Part, Recipe, RunSpec, Variant
from ebdiag.result import Result
from ebdiag.safe import harmless, json_text, printable, visible
from ebdiag.store import Damaged, RunFolder, Store, finite
from ebdiag.templating import markdown

TEXTS = st.text(st.characters())
"""Any characters, halves among them."""

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=True, allow_infinity=True)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=5)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("properties") / "store")


# ---- the store


@given(value=OBJECTS)
def test_answers_come_back_as_they_were_said(store: Store, value: dict[str, Any]) -> None:
    """What saving returns is what loading gives, and what was saved but for what JSON cannot say."""
    said = store.save_answer("key", value)
    assert store.load_answer("key") == said == finite(value)


@given(rows=st.lists(OBJECTS, max_size=3).map(finite), notes=st.lists(TEXTS, max_size=3), step_ms=NUMBERS)
def test_ladders_and_facts_come_back(store: Store, rows: list[Any], notes: list[str], step_ms: float) -> None:
    """As answers do."""
    store.save_ladder("key", rows)
    assert store.load_ladder("key") == rows
    facts = replace(FACTS, notes=notes, ladder=rows, step_ms=step_ms)
    said = store.save_facts("key", facts)
    assert store.load_facts("key") == said
    assert said.notes == notes


DAMAGE = st.tuples(st.integers(0, 10**6), st.integers(1, 255), st.booleans())
"""(where, bits to flip, whether the rest is cut off instead)."""


def damaged(path: Path, damage: tuple[int, int, bool]) -> None:
    where, bits, cut = damage
    raw = bytearray(path.read_bytes())
    where %= len(raw)
    raw[where] ^= bits
    path.write_bytes(raw[:where] if cut else raw)


@given(value=OBJECTS, damage=DAMAGE)
@example(value={"a": [1, {"b": 2.5}]}, damage=(0, 1, True))
def test_a_damaged_answer_is_never_another(store: Store, value: dict[str, Any], damage: tuple[int, int, bool]) -> None:
    """One byte changed, or the end cut off, at any place: nothing, or the same."""
    said = store.save_answer("key", value)
    damaged(store.root / "scripts" / "key.json", damage)
    assert store.load_answer("key") in (None, said)
    store.save_ladder("key", [value and said])
    damaged(store.root / "ladders" / "key.json", damage)
    assert store.load_ladder("key") in (None, [value and said])
    facts = store.save_facts("key", replace(FACTS, config=said))
    damaged(store.root / "facts" / "key.json", damage)
    assert store.load_facts("key") in (None, facts)


@given(value=OBJECTS.map(finite), damage=DAMAGE, sums=st.booleans())
def test_a_damaged_run_is_named_never_another(value: dict[str, Any], damage: tuple[int, int, bool], sums: bool) -> None:
    """The same for the files of a run, and for the file of their checksums."""
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder(Path(place))
        folder.put_state(value)
        assert folder.state() == value
        damaged(folder.path / ("checksums.json" if sums else "run.json"), damage)
        with suppress(Damaged):
            assert folder.state() == value


# ---- the plan


@given(steps=st.integers(1, 40_000), more=st.integers(0, 40_000))
def test_checkpoints_ascend_end_with_the_steps_and_are_those_of_longer_runs(steps: int, more: int) -> None:
    """All but the last of a shorter run, which is its end, are checkpoints of every longer one."""
    short, long = plan.checkpoints(steps), plan.checkpoints(steps + more)
    assert list(short) == sorted(set(short))
    assert short[0] >= 1
    assert short[-1] == steps
    assert set(short[:-1]) <= set(long)


@given(name=st.sampled_from([*plan.BUDGETS, "huge", ""]), steps=st.none() | st.integers(-2, 20_000) | st.sampled_from(
    ["auto", "many", ""]), seeds=st.none() | st.integers(-2, 9))  # fmt: skip
def test_a_budget_is_two_positive_numbers_or_refused(name: str, steps: int | str | None, seeds: int | None) -> None:
    """What was asked for stands, the rest is the budget's; `auto` stays open."""
    try:
        chosen = plan.budget(name, steps, seeds)
    except EbdiagError:
        assert name not in plan.BUDGETS or steps in ("many", "") or 0 in _signs(steps) or 0 in _signs(seeds)
        return
    own = plan.BUDGETS[name]
    assert chosen == (steps if isinstance(steps, int) else own[0], own[1] if seeds is None else seeds)
    assert min(chosen) >= 1


def _signs(value: object) -> list[int]:
    return [int(value > 0)] if isinstance(value, int) else []


def spec(side: Any, trajectory: str, steps: int) -> RunSpec:
    recipe: Recipe = None  # type: ignore[assignment]
    return RunSpec(side, recipe, 0, DATA, ENVIRONMENT, trajectory, steps, (steps,))


SPECS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 2)), max_size=6)


@given(ref=SPECS, mine=SPECS, stored=st.sets(st.sampled_from([f"{t}-{n}" for t in "abcd" for n in (1, 2)])))
def test_work_is_what_is_not_stored_each_once(ref: list[Any], mine: list[Any], stored: set[str]) -> None:
    """Every spec is stored or to be done, never both, and nothing is done twice."""
    specs = {side: [spec(side, *row) for row in rows] for side, rows in (("ref", ref), ("mine", mine))}
    due = [one.id for one in plan.todo(specs, stored)]
    assert len(due) == len(set(due))
    assert set(due) == {one.id for rows in specs.values() for one in rows} - stored


@given(ref=TEXTS, mine=TEXTS)
def test_a_report_has_a_folder_of_its_own(ref: str, mine: str) -> None:
    """Whatever the files are called: one name, no path, and none that means another folder."""
    name = plan.report_name(ref, mine)
    assert "/" not in name
    assert name not in ("", ".", "..")


# ---- the gate

SAME = result_factory.result("same").model_dump(by_alias=True)
METRIC_BARS = st.builds(
    lambda limits, on: Bars("bars.toml", tuple(
        MetricBar(metric, kind, limit, on) for (metric, kind), limit in limits.items())),  # type: ignore[arg-type]
    st.fixed_dictionaries({}, optional={
        ("fid", "max"): st.floats(1, 1e4), ("fid", "max_ratio"): st.floats(0.1, 10), ("fid", "min"): st.floats(1, 1e4),
        ("coverage", "min"): st.floats(0, 1), ("coverage", "min_delta"): st.floats(-1, 1),
        ("coverage", "max_delta"): st.floats(-1, 1),
    }),
    st.sampled_from(["mean", "seeds"]),
)  # fmt: skip
SCORES = st.lists(st.floats(1, 1e4), min_size=3, max_size=3)
SHARES = st.lists(st.floats(0, 0.9), min_size=3, max_size=3)


def measured(fid: list[float], coverage: list[float]) -> Result:
    """A report in which all seeds work, with these numbers of mine."""
    content = json.loads(json.dumps(SAME))
    content["metrics"]["fid"]["mine"], content["metrics"]["coverage"]["mine"] = fid, coverage
    return Result.model_validate(content)


RANKS = {"missed": 0, "cannot_tell": 1, "passed": 2}


@given(asked=METRIC_BARS, fid=SCORES, coverage=SHARES, by=st.floats(1, 50))
def test_better_by_the_same_on_every_seed_is_never_judged_worse(
    asked: Bars, fid: list[float], coverage: list[float], by: float
) -> None:
    """For each bar the verdict moves one way only: up where the bar asks for this, down where it asks against it."""
    worse = gate.judge(measured(fid, coverage), asked)
    better = gate.judge(measured([value / by for value in fid], [min(c + (by - 1) / 500, 1) for c in coverage]), asked)
    for bar, before, after in zip(asked.metrics, worse.rows, better.rows, strict=True):
        up = bar.upper if bar.metric == "fid" else not bar.upper
        low, high = (before, after) if up else (after, before)
        assert RANKS[low.status] <= RANKS[high.status], (bar, before, after)


@given(asked=METRIC_BARS, fid=SCORES, coverage=SHARES, by=st.lists(st.floats(1, 50), min_size=3, max_size=3))
def test_better_on_each_seed_never_misses_what_was_passed(
    asked: Bars, fid: list[float], coverage: list[float], by: list[float]
) -> None:
    """Also where one seed gains more than another: a wider interval may leave it open, and never miss it."""
    worse = gate.judge(measured(fid, coverage), asked)
    scores = [value / factor for value, factor in zip(fid, by, strict=True)]
    better = gate.judge(measured(scores, [min(c + f / 500, 1) for c, f in zip(coverage, by, strict=True)]), asked)
    for bar, before, after in zip(asked.metrics, worse.rows, better.rows, strict=True):
        if (bar.upper if bar.metric == "fid" else not bar.upper) and before.status == "passed":
            assert after.status != "missed", (bar, before, after)


STATUSES = st.lists(st.sampled_from(["finished", "diverged", "crashed", "timeout"]), min_size=6, max_size=6)


@given(asked=METRIC_BARS, runs=STATUSES | st.just(["finished"] * 6), works=st.lists(st.booleans(), min_size=6,
       max_size=6), fid=SCORES, rule=st.sampled_from(ON_INCONCLUSIVE), least=st.integers(1, 5))  # fmt: skip
def test_exit_codes_follow_their_order(
    asked: Bars, runs: list[str], works: list[bool], fid: list[float], rule: Any, least: int
) -> None:
    """4 where a run failed, else 1 where a bar is missed, else what is asked of those that cannot be told, else 0."""
    content = measured(fid, [0.5] * 3).model_dump(by_alias=True)
    for run, status in zip(content["runs"], runs, strict=True):
        run["status"] = status
    content["works"] |= {"ref": works[:3], "mine": works[3:]}
    found = gate.judge(Result.model_validate(content), replace(asked, on_inconclusive=rule, min_seeds=least, works=3))
    statuses = {row.status for row in found.rows}
    if set(runs) - {"finished"}:
        assert found.exit_code == 4
    elif "missed" in statuses:
        assert found.exit_code == 1
    elif statuses & {"cannot_tell", "run_failed"}:
        assert found.exit_code == {"fail": 1, "pass": 0, "report": 3}[rule]
    else:
        assert found.exit_code == 0


# ---- differences

LAYERS = st.lists(
    st.builds(
        lambda path, kind, size: {"path": path, "type": kind, "repr": f"{kind}({size})", "key": f"{kind}({size})",
                                  "kind": kind[:4], "line": {"file": "m.py", "line": size}},
        st.sampled_from(["a", "b", "c.0"]), st.sampled_from(["Linear", "Conv2d", "Conv3d", "ReLU"]), st.integers(1, 3),
    ),
    max_size=5,
)  # fmt: skip
PARTS = st.fixed_dictionaries(
    {
        name: st.tuples(
            st.sampled_from(["x", "y", None]),
            st.booleans(),
            st.sampled_from([None, "same", "other"]),
            st.sampled_from("pq"),
        )
        for name in GAN_PARTS
    }
)


@st.composite
def sides(draw: st.DrawFn) -> tuple[Variant, Facts]:
    """A variant and its facts, invented."""
    parts, layers = draw(PARTS), {net: draw(LAYERS) for net in ("generator", "discriminator")}
    facts = replace(
        FACTS, layers=layers,
        parts={name: {"value": v, "used": u, "effect": e} for name, (v, u, e, _) in parts.items()},
    )  # fmt: skip
    return Variant(
        "m.py", "gan", {}, "m.py", {name: Part(name, None, row[3]) for name, row in parts.items()}, {}, ""
    ), facts


@given(one=sides())
def test_nothing_differs_from_itself(one: tuple[Variant, Facts]) -> None:
    """Whatever it is."""
    assert differences(*one, *one) == []


@given(one=sides(), other=sides())
def test_what_differs_does_so_both_ways(one: tuple[Variant, Facts], other: tuple[Variant, Facts]) -> None:
    """The same parts, with ref and mine exchanged; as many layers that one side lacks as the other has too many."""
    there, back = differences(*one, *other), differences(*other, *one)
    ours = {row.part: (row.ref, row.mine) for row in there if row.part in GAN_PARTS}
    theirs = {row.part: (row.mine, row.ref) for row in back if row.part in GAN_PARTS}
    assert ours == theirs
    lone = [(sum(row.ref is None for row in rows if row.part not in GAN_PARTS), sum(
        row.mine is None for row in rows if row.part not in GAN_PARTS)) for rows in (there, back)]  # fmt: skip
    assert lone[0][0] - lone[0][1] == lone[1][1] - lone[1][0]


# ---- the loader


@given(text=TEXTS)
@example(text="\x00")
@example(text="\ud800")
@example(text="\ufeffclass Generator: pass\nclass Discriminator: pass\n")
@example(text="from mine import *\n")
@example(text="class Generator(Generator): pass\nclass Discriminator: pass\n")
def test_any_text_is_a_variant_or_refused_by_name(text: str) -> None:
    """Nothing but a VariantError, which names the file."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "mine.py")
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            load(str(file))
        except VariantError as error:
            named = error.file
            assert named == str(file)


@st.composite
def reformatted(draw: st.DrawFn, text: str) -> str:
    """The same program with comments, empty lines and trailing spaces between and behind its lines."""
    if draw(st.booleans()):
        text = ast.unparse(ast.parse(text))
    words = st.text(st.characters(exclude_characters="\r\n\x0c\x00", exclude_categories=["Cs"]), max_size=12)
    rows = []
    for row in text.split("\n"):
        extra = draw(st.sampled_from(["", "", "", "empty", "comment", "behind"]))
        if extra == "empty":
            rows.append(" " * draw(st.integers(0, 5)))
        if extra == "comment":
            rows.append(f"{' ' * draw(st.integers(0, 9))}#{draw(words)}")
        bare = not row.rstrip().endswith("\\") and '"""' not in row
        rows.append(f"{row}  # {draw(words)}" if extra == "behind" and bare else row)
    return "\n".join(rows)


@pytest.mark.parametrize("base", [BASE, TINY], ids=["base", "tiny"])
@given(data=st.data())
def test_comments_and_layout_change_nothing(base: str, data: st.DataObject) -> None:
    """Neither the fingerprint nor the code of any part."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "mine.py")
        file.write_text(base, "utf-8")
        before = load(str(file))
        file.write_text(data.draw(reformatted(base)), "utf-8")
        after = load(str(file))
    assert after.fingerprint == before.fingerprint
    assert {name: part.code for name, part in after.parts.items()} == {
        name: part.code for name, part in before.parts.items()
    }


# ---- texts


@given(text=TEXTS)
def test_nothing_of_a_safe_text_is_obeyed(text: str) -> None:
    """And what needed no change has none."""
    joined = "‌‍"
    for safe in (visible(text), printable(text), harmless(text)):
        assert not {sign for sign in obeyed(safe) if sign not in joined and not _arabic(sign)}
        safe.encode()
    assert not commands(harmless(text))
    assert "\n" not in printable(text)
    if text.isascii() and text.isprintable() and not text.lstrip().startswith("::") and "##[" not in text:
        assert visible(text) == printable(text) == harmless(text) == text


def _arabic(sign: str) -> bool:
    """Signs of format that stand for letters or numbers of some scripts, and show."""
    return bool(re.match("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f"
                         "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]", sign))  # fmt: skip


@given(value=JSON.map(finite))
def test_json_is_read_as_what_was_written(value: Any) -> None:
    """Whatever is in it; and nothing in it is obeyed."""
    assume("\\ud" not in json.dumps(value))  # JSON cannot tell two halves from the whole
    text = json_text(value)
    assert json.loads(text) == value
    assert not {sign for sign in obeyed(text) if sign not in "‌‍" and not _arabic(sign)}
    assert not commands(text)
    text.encode()


@given(text=TEXTS)
def test_markdown_has_no_signs_of_its_own(text: str) -> None:
    """Only entities, code and line breaks that we put there."""
    bare = re.sub(r"</?code>|<br>|&#\d+;", "", markdown(text))
    assert not re.search(r"[\\`*_{}\[\]<>#|~!&\"'@$\r\n]|://|www\.", bare, re.IGNORECASE)

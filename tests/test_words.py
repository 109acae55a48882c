"""The catalogues of words: complete, alike in shape, all in use; pages and terminals in another language."""

from __future__ import annotations

import ast
import html
import json
import re
import string
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
import result_factory
import variants
from result_factory import Case, write
from test_judge import BAD, DATA, GOOD, run
from test_ladder import facts, row

import ebdiag
from ebdiag import climb, display, lines, parts, report, store, verdicts, words
from ebdiag.cards import cards
from ebdiag.diagnose import diagnose
from ebdiag.errors import EbdiagError
from ebdiag.execute import Outcome
from ebdiag.judge import judge
from ebdiag.kinds import KINDS
from ebdiag.kinds.gan import GAN, GAN_PARTS
from ebdiag.load import load
from ebdiag.metrics import EVERY_METRIC
from ebdiag.pair_panels import SECTIONS as PAIR_PANELS
from ebdiag.panels import SECTIONS as PANELS
from ebdiag.records import Run, RunStatus, Variant
from ebdiag.result import Difference, Finding, Lint, MetricVerdict, Result, RunResult, VerdictStatus
from ebdiag.runs_table import AGES
from ebdiag.schema import LineRef
from ebdiag.sweeps.causes import BELOW, IMPROVING
from ebdiag.sweeps.rows import FAILED_TO_RUN
from ebdiag.words import en, ko

PACKAGE = Path(ebdiag.__file__).parent
TEMPLATES = sorted((PACKAGE / "templates").glob("*.j2"))
OTHERS = {code: catalogue for code, catalogue in words.LANGUAGES.items() if catalogue is not en}

IDENTIFIERS = {"mine", "ref", "FID", "AUROC", "id", ""}
"""What is the same in every language: names that people type, and names of measures."""


def tables(catalogue: ModuleType) -> dict[str, dict[Any, Any]]:
    return {name: table for name, table in vars(catalogue).items() if isinstance(table, dict) and name.isupper()}


def entries(catalogue: ModuleType) -> Iterator[tuple[str, Any, str]]:
    """(table, key, text) of everything that a catalogue says."""
    for name, table in sorted(tables(catalogue).items()):
        for key, entry in table.items():
            for text in texts(entry):
                yield name, key, text


def texts(entry: Any) -> list[str]:
    """The texts of an entry, however it is shaped."""
    if isinstance(entry, str):
        return [entry]
    parts = [getattr(entry, field.name) for field in fields(entry)] if is_dataclass(entry) else entry
    return [text for part in (parts.values() if isinstance(parts, dict) else parts) for text in texts(part)]


def places(text: str) -> list[str]:
    return sorted(f"{name}:{shape}" for _, name, shape, _ in string.Formatter().parse(text) if name is not None)


# the catalogues


@pytest.mark.parametrize("catalogue", OTHERS.values(), ids=list(OTHERS))
def test_catalogues_have_the_same_keys_and_places(catalogue: ModuleType) -> None:
    """The same tables, each with the same keys in the same order, and the same places for values in each sentence."""
    assert tables(catalogue).keys() == tables(en).keys()
    for name, table in tables(en).items():
        assert list(tables(catalogue)[name]) == list(table), name
    for (name, key, text), (_, _, other) in zip(entries(en), entries(catalogue), strict=True):
        assert places(text) == places(other), (name, key)


def test_everything_is_translated() -> None:
    """No Korean entry is the English one, but for identifiers and what is nothing but places and signs."""
    for (name, key, text), (_, _, other) in zip(entries(en), entries(ko), strict=True):
        bare = "".join(literal for literal, _, _, _ in string.Formatter().parse(text))
        if text in IDENTIFIERS or not re.search(r"[A-Za-z]{2,}", bare):
            continue
        assert other != text, (name, key)
        said = "".join(literal for literal, _, _, _ in string.Formatter().parse(other)).replace("FID", "")
        assert re.search("[가-힣]", said) or not re.search("[A-Za-z]", said), (name, key, other)


def test_no_particle_depends_on_a_value() -> None:
    """After a place for a value stands no particle that changes with the sound before it."""
    for name, key, text in entries(ko):
        assert not re.search(r"\}[”’)]?(은|는|이|가|을|를|과|와|으로|로|이다|다)(?![가-힣])", text), (name, key, text)


def test_a_particle_that_depends_on_a_value_would_be_seen() -> None:
    """The pattern above finds the mistake that it is for, and not a word that begins like one."""
    pattern = r"\}[”’)]?(은|는|이|가|을|를|과|와|으로|로|이다|다)(?![가-힣])"
    assert re.search(pattern, "{side}가 실패한다")
    assert re.search(pattern, "“{below}”와 다르다")
    assert not re.search(pattern, "숫자 {limit}가지 이상")
    assert not re.search(pattern, "{side}의 손실")


def test_every_metric_has_its_words() -> None:
    """Titles and explanations of exactly the metrics that there are; English ones are those of the metrics."""
    for catalogue in words.LANGUAGES.values():
        keys = [metric.key for metric in EVERY_METRIC]
        assert list(catalogue.METRIC_TITLES) == list(catalogue.METRIC_READINGS) == keys
    assert en.METRIC_TITLES["fid"] == next(metric.title for metric in EVERY_METRIC if metric.key == "fid")


def test_every_status_has_its_words() -> None:
    """Badges, marks and leads of sentences for exactly what a result can say."""
    for language in words.LANGUAGES:
        with words.speaking(language):
            for table, known in (
                (words.BADGES, get_args(VerdictStatus)),
                (words.METRIC_MARKS, get_args(MetricVerdict)),
                (words.RUN_MARKS, get_args(RunResult.model_fields["status"].annotation)),
            ):
                assert set(table) == set(known)
                assert all(table[key].words and table[key].sign for key in table)
            for marks in (words.RUNG_MARKS, words.SEVERITY_MARKS, words.OUTCOMES):
                assert set(marks) == set(marks.words)
    assert set(get_args(VerdictStatus)) <= set(en.SENTENCES)


def calls(name: str, argument: int = 0) -> set[str]:
    """One argument of every call of `name(…)` in the package, also both ends of a conditional."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and name in (getattr(called, "id", ""), getattr(called, "attr", "")):
                if len(node.args) <= argument:
                    continue
                first = node.args[argument]
                ends = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                found |= {end.value for end in ends if isinstance(end, ast.Constant) and isinstance(end.value, str)}
    return found


def subscripts(table: str) -> set[str]:
    """Keys asked for as `TABLE["key"]` anywhere in the package."""
    text = "\n".join(path.read_text("utf-8") for path in [*PACKAGE.rglob("*.py"), *TEMPLATES])
    found = set(re.findall(rf'\b{table}\["([^"]+)"\]', text))
    return found | {
        key for pair in re.findall(rf'\b{table}\["([^"]+)" if [^\]]*? else "([^"]+)"\]', text) for key in pair
    }


def test_every_sentence_is_used_and_known() -> None:
    """No module asks for a sentence that is not there, and none is there for nothing."""
    bars = {*words.BAR_SENTENCES.values(), *words.NUMBER_SENTENCES.values()}  # looked up by metric
    grafts = {f"graft {why}" for why in ("batch", "mode", "values", "origin", "played", "fit")}  # as `tape` says them
    assert calls("say") | bars | grafts | set(get_args(VerdictStatus)) == set(en.SENTENCES)


def test_every_word_of_the_page_is_used_and_known() -> None:
    """No template or module asks for words of the page that are not there, and none are there for nothing."""
    text = "\n".join(path.read_text("utf-8") for path in TEMPLATES if not path.name.startswith("sweep."))
    asked = (
        set(re.findall(r'say\(["\']([^"\']+)["\']', text))
        | subscripts("PAGE")
        | {section for kind in KINDS for section in kind.sections}
    )
    assert asked | {"ref", "mine", "only ref", "only mine", "changed"} == set(en.PAGE)


def test_every_word_of_sweeps_and_lists_is_used_and_known() -> None:
    """The same of the page of a sweep and of the list of runs."""
    text = "\n".join(path.read_text("utf-8") for path in TEMPLATES if path.name.startswith("sweep."))
    causes = {f"cause {cause}" for cause in (*FAILED_TO_RUN, BELOW, IMPROVING)}
    sections = set(re.findall(r'"(\w+)"', re.search(r"for section in \(([^)]*)\)", text)[1]))  # type: ignore[index]
    assert set(re.findall(r'say\(["\']([^"\']+)["\']', text)) | subscripts("SWEEP") | subscripts(
        "told"
    ) | causes | sections == set(en.SWEEP)
    assert subscripts("RUNS") | {f"age {unit}" for unit, _ in AGES} == set(en.RUNS)


def test_every_other_word_is_used_and_known() -> None:
    """Captions, axes, legends and the words of the terminal: exactly those that figures, pages and tables ask for."""
    text = "\n".join(path.read_text("utf-8") for path in TEMPLATES)
    assert set(PANELS) | set(PAIR_PANELS) | set(re.findall(r"captions\.(\w+)", text)) == set(en.CAPTIONS)
    assert subscripts("AXES") | {"discriminator", "generator"} == set(en.AXES)
    kinds = {"real", "held_out", "fake", "noise"}
    assert subscripts("LEGEND") | kinds == set(en.LEGEND)
    assert subscripts("TERMINAL") | {"stored", "to restore", "to train"} == set(en.TERMINAL)
    watched = {name for kind in KINDS for name in kind.watched}
    assert set(re.findall(r"columns\.(\w+)", text)) | watched == set(en.PROGRESS)
    assert subscripts("label") == set(en.PROVENANCE)
    assert set(en.TERM_NAMES) == set(en.TERMS)
    assert calls("plural", 1) == set(en.NOUN) == set(en.NOUNS)


def test_every_end_of_a_worker_has_its_words() -> None:
    """Also what a training says of its own end, although its process was done."""
    ends = calls("Outcome") | {Outcome("done", {"status": status}).ending for status in get_args(RunStatus)}
    assert {"done", "refused", "crashed", "diverged"} <= ends
    assert ends <= set(en.STATES)


def test_templates_hold_no_words_of_their_own() -> None:
    """Between and inside of tags stand no words: all come from the catalogue."""
    for path in TEMPLATES:
        template = path.read_text("utf-8")
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>|<[^>]*>|&\w+;", " ", template, flags=re.DOTALL)
        assert re.findall(r"[A-Za-z]{2,}", bare) == [], path.name
        assert re.findall(r'(?:aria-label|title|alt)="[^"{]*[A-Za-z]{2,}[^"{]*"', template) == [], path.name


# speaking


def test_a_language_is_spoken_within_and_nowhere_else() -> None:
    """Nested, after an error, and in another thread, which starts with English."""
    heard: list[str] = []
    with words.speaking("ko"):
        assert words.plural(3, "seed") == "시드 3개"
        with words.speaking("en"):
            assert (words.plural(3, "seed"), words.plural(1, "seed")) == ("3 seeds", "1 seed")
        assert words.BADGES["mine_fails"].words == "mine 실패"
        thread = threading.Thread(target=lambda: heard.append(words.language()))
        thread.start()
        thread.join()
    with pytest.raises(KeyError), words.speaking("ko"):
        raise KeyError
    assert (words.language(), heard) == ("en", ["en"])
    assert words.PAGE["metric"] == "metric"


def test_an_unknown_language_is_refused() -> None:
    """By name, with the known ones."""
    with pytest.raises(EbdiagError, match=r"unknown language 'kor'. Did you mean 'ko'\? Known: en, ko"):
        words.check("kor")
    assert words.check("ko") == "ko"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(2.31, "2.3초"), (48, "48초"), (120, "2분"), (200, "3분 20초"), (7500, "2시간 5분"), (None, "n/a")],
)
def test_korean_durations(seconds: float | None, shown: str) -> None:
    """Seconds, minutes and hours without a space before the unit."""
    with words.speaking("ko"):
        assert words.duration(seconds) == shown


def test_korean_sentences_read_as_sentences() -> None:
    """Some of each kind, written out in full: lists, ranges, counts, one and many."""
    with words.speaking("ko"):
        assert words.spread([94.2, None, 185.3]) == "94.2~185"
        assert words.hinge_title([("ref", 0.9), ("mine", 1.0)]) == (
            "마지막에 아직 밀려나는 생성 이미지: ref 90\N{NO-BREAK SPACE}%, mine 100\N{NO-BREAK SPACE}%"
        )
        assert words.ended("mine", "diverged", [0, 2], 40, "nan", "mine.py:3") == (
            "mine 발산: 40스텝 (시드 0, 2, mine.py:3): nan"
        )
        assert words.bar({"fid_max": 520.0, "coverage_min": 0.2, "digits_min": 9.0}) == (
            "FID 520 미만, 커버리지 0.200 이상, 확신하는 예측에 숫자 9가지 이상"
        )
        assert words.ladder_summary("mine", ["discriminator", "generator"]) == (
            "mine 모델은 과제 2개에서 실패했고, 처음 실패한 것은 판별자의 과제다."
        )
        assert (
            words.delay(1.4, 1500) == "1500스텝의 mine은 약 1071스텝 때의 ref와 같은 수준이다(×\N{NO-BREAK SPACE}1.4)."
        )


# findings in another language


def planted(wording: str) -> Finding:
    """A finding with a number for each place of its words; `title` and the rest are as result.json would have them."""
    names = {place.split(":")[0] for text in texts(en.FINDINGS[wording]) for place in places(text)}
    numbers: dict[str, Any] = {name: 0.125 + place for place, name in enumerate(sorted(names))}
    named = {"net": "generator", "reason": "nan", "rung": "a-rung", "known_steps": "none"}
    evidence = numbers | {name: text for name, text in named.items() if name in names}
    found = Finding(
        rule=wording.split(".")[0], severity="warning", variant="mine", part="generator", wording=wording,
        title="", explanation="", lines=[LineRef(file="mine.py", line=7)], evidence=evidence,
    )  # fmt: skip
    said = words.finding(found)
    return found.model_copy(update={"title": said.title, "explanation": said.explanation, "advice": said.advice})


@pytest.mark.parametrize("wording", en.FINDINGS)
def test_a_finding_is_said_again_from_its_evidence(wording: str) -> None:
    """In English word for word as result.json has it; whole and in Korean, with the same numbers in the title."""
    found = planted(wording)
    assert words.finding(found) == words.Said(found.title, found.explanation, found.advice)
    with words.speaking("ko"):
        said = words.finding(found)
    for english, korean in (
        (found.title, said.title),
        (found.explanation, said.explanation),
        (found.advice, said.advice),
    ):
        assert re.search("[가-힣]", korean)
        assert not re.search(r"[{}]|n/a", english + korean)
    assert digits(found.title) == digits(said.title)


def digits(text: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:\.\d+)?", text))


def test_a_card_repeats_nothing_that_its_words_say() -> None:
    """What the template names is not listed again; what it leaves out is, under its name in the language spoken."""
    found = planted("sanity-ladder.generator-overfits")
    more = {"rung": "generator-overfits", "unit": "u", "also_failed": ["discriminator-overfits"], "odd_one": 0.25}
    found = found.model_copy(update={"evidence": found.evidence | more})
    [card] = cards([found])
    assert card.evidence == [
        ("task", "G overfits one batch"), ("fails as well", "D overfits 64 images"), ("odd one", "0.250"),
    ]  # fmt: skip
    with words.speaking("ko"):
        [card] = cards([found])
    assert card.evidence[:2] == [("과제", "G가 한 배치 외우기"), ("함께 실패한 과제", "D가 이미지 64장 외우기")]
    [card] = cards([planted("blank-samples")])
    assert card.evidence == []


def test_values_of_parts_are_said_as_words(tmp_path: Path) -> None:
    """Those that looking at a model writes; what a person wrote stays."""
    source = (PACKAGE / "inspect.py").read_text("utf-8")
    assert all(f'"{value}"' in source for value in en.VALUES)
    assert all(key == value for key, value in en.VALUES.items())
    with words.speaking("ko"):
        assert parts._value("628,272 parameters") == "파라미터 628,272개"
        assert parts._value("mean of squares") == "제곱의 평균"
        assert parts._value("Adam(lr=0.1)") == "Adam(lr=0.1)"


def test_a_finding_without_words_keeps_its_own() -> None:
    """As from a newer version: what result.json has, in whatever language is asked for."""
    found = planted("diverged").model_copy(update={"wording": "of-a-later-version"})
    with words.speaking("ko"):
        assert words.finding(found) == words.Said(found.title, found.explanation, found.advice)


def test_findings_on_a_korean_page(tmp_path: Path) -> None:
    """Cards, Markdown and the terminal's lines say them in Korean; result.json is left as it is."""
    result = Result.load(write(tmp_path, "fails"))
    found = [planted(wording) for wording in ("blank-samples", "diverged", "sanity-ladder.generator-overfits")]
    (tmp_path / "result.json").write_text(result.model_copy(update={"findings": found}).to_json(), "utf-8")
    before = (tmp_path / "result.json").read_bytes()
    with words.speaking("ko"):
        report.write(tmp_path)
        titles = [words.finding(one).title for one in found]
        assert lines.headline(found[0], Result.load(tmp_path).variants).startswith(
            "mine.py:7: warning[blank-samples] 생성 이미지"
        )
    page = " ".join(text_nodes((tmp_path / "report.html").read_text("utf-8")))
    markdown = " ".join((tmp_path / "report.md").read_text("utf-8").split())
    for title, one in zip(titles, found, strict=True):
        assert " ".join(title.split()) in page
        assert title.split(":")[0] in markdown
        for english in (one.title, one.explanation, one.advice):
            assert " ".join(english.split()) not in page + markdown
    assert (tmp_path / "result.json").read_bytes() == before


@pytest.mark.parametrize("speaks", words.LANGUAGES)
def test_what_result_json_keeps_is_english(speaks: str, tmp_path: Path, variant: Variant) -> None:
    """Findings, ladders whose worker broke, and probes that could not look, whatever is spoken while they are found."""
    both: dict[Any, Variant] = {"ref": variant, "mine": variant}
    with words.speaking(speaks):
        rows = climb._untried(Outcome("crashed", reason="killed"), GAN.nets)
        unseen = store._unseen({"unseen": {"company": [1, "too few"]}}, 5)
        ladders = dict.fromkeys(both, facts([row("generator-overfits")]))
        found = diagnose(both, ladders, [])
    assert [(one.rule, one.variant) for one in found] == [
        ("sanity-ladder", "mine"), ("sanity-ladder", "ref"), ("no-difference", "mine"),
    ]  # fmt: skip
    kept = json.dumps([rows, unseen, [one.model_dump(mode="json") for one in found]], ensure_ascii=False)
    assert not re.search("[가-힣]", kept)


# verdicts in another language


ONLY = Difference(part="margin", mine_line=LineRef(file="mine.py", line=7))
SPREAD = [GOOD | {"fid": fid} for fid in (50.0, 62.0, 77.0)]


def judged(variant: Variant, name: str) -> tuple[Result, dict[str, list[Run]]]:
    """A result with the verdict of runs that end in a certain way."""

    def runs(side: str, given: list[Any]) -> list[Run]:
        return [r if isinstance(r, Run) else run(variant, side, seed, r) for seed, r in enumerate(given)]

    line = {"line": None, "reason": "loss is not finite"}
    diverged = [run(variant, "mine", seed, {}, "diverged", **line) for seed in range(3)]
    crashed = [run(variant, "mine", seed, {}, "crashed", reason="boom") for seed in range(3)]
    worse = [GOOD | {"fid": 2.2 * scores["fid"]} for scores in SPREAD]
    ref, mine, differences = {
        "none": (SPREAD, [BAD] * 3, [ONLY]),
        "diverged": (SPREAD, diverged, [ONLY, Difference(part="energy")]),
        "crashed": (SPREAD, crashed, []),
        "no difference": (SPREAD, [BAD] * 3, []),
        "reference": ([BAD] * 3, SPREAD, []),
        "both": ([BAD] * 3, [BAD] * 3, []),
        "some": (SPREAD, [GOOD, BAD, GOOD], [ONLY]),
        "equal shares": ([GOOD, BAD, GOOD], [BAD, GOOD, GOOD], []),
        "same": (SPREAD, SPREAD, []),
        "worse": (SPREAD, worse, [ONLY]),
        "better": (worse, SPREAD, []),
        "close": (SPREAD, [GOOD | {"fid": fid} for fid in (70.0, 60.0, 80.0)], []),
        "against": (SPREAD, [GOOD | {"fid": 50.0, "coverage": 0.3}] * 3, []),
        "one": ([GOOD], [GOOD | {"fid": 80.0}], []),
    }[name]
    both = {"ref": runs("ref", ref), "mine": runs("mine", mine)}
    names = verdicts.names("models/ref.py", "models/mine.py")
    judgement = judge(both["ref"], both["mine"], DATA, names=names, differences=differences)
    content = result_factory.result("fails").model_dump(by_alias=True)
    content |= {
        "verdict": judgement.verdict.model_dump(),
        "metrics": {key: metric.model_dump() for key, metric in judgement.metrics.items()},
        "works": judgement.works.model_dump(),
        "differences": [difference.model_dump() for difference in differences],
        "budget": {"steps": 500, "seeds": list(range(len(both["ref"]))), "checkpoints": []},
        "runs": [
            {"id": "x", "variant": side, "seed": r.spec.seed, "status": r.status, "steps": 500, "reason": r.reason}
            for side, given in both.items()
            for r in given
        ],
    }
    for side in ("ref", "mine"):
        content["variants"][side]["path"] = f"models/{side}.py"
    return Result.model_validate(content), both


VERDICTS = (
    *("none", "diverged", "crashed", "no difference", "reference", "both", "some"),
    *("equal shares", "same", "worse", "better", "close", "against", "one"),
)


@pytest.fixture
def variant(tmp_path: Path) -> Variant:
    return load(variants.write(tmp_path, variants.TINY))


@pytest.mark.parametrize("name", VERDICTS)
def test_a_verdict_is_said_from_the_numbers_of_the_result(name: str, variant: Variant) -> None:
    """Told again from result.json, in English it is word for word the one that was judged; in Korean it is Korean."""
    result = Result.model_validate(json.loads(judged(variant, name)[0].to_json()))
    case = verdicts._case(result)
    assert verdicts.tell(case) == result.verdict.summary
    assert verdicts.explain(case) == result.verdict.why
    with words.speaking("ko"):
        told = [verdicts.summary(result), *verdicts.why(result)]
    assert all(re.search("[가-힣]", sentence) for sentence in told)
    assert len(told) == 1 + len(result.verdict.why)
    numbers = [sorted(re.findall(r"\d+(?:\.\d+)?", s)) for s in (result.verdict.summary, told[0])]
    assert numbers[0] == numbers[1]


def test_every_status_is_among_the_verdicts(variant: Variant) -> None:
    """The cases above reach each outcome that there is."""
    assert {judged(variant, name)[0].verdict.status for name in VERDICTS} == set(get_args(VerdictStatus))


def test_result_json_is_english_whatever_is_spoken(variant: Variant) -> None:
    """The same runs judged while Korean is spoken give the same bytes."""
    english = judged(variant, "diverged")[0].to_json()
    with words.speaking("ko"):
        assert judged(variant, "diverged")[0].to_json() == english


# pages in another language


SHOWN: tuple[Case, ...] = ("full", "diverged", "scalar", "alone")
"""Endings that between them show every sentence; rendering takes seconds each."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Case, str], Path]:
    made = {}
    for case in SHOWN:
        for language in words.LANGUAGES:
            folder = made[case, language] = write(tmp_path_factory.mktemp(f"{case}-{language}"), case)
            with words.speaking(language):
                report.write(folder)
    return made


def fragments(catalogue: ModuleType) -> set[str]:
    """What a sentence of the catalogue says between its values, from three words on."""
    found = set()
    for _, _, text in entries(catalogue):
        for literal, _, _, _ in string.Formatter().parse(text):
            stripped = literal.strip(" .,:;()")
            if len(stripped.split()) >= 3:
                found.add(" ".join(stripped.split()))
    return found


def text_nodes(page: str) -> list[str]:
    """Everything on a page that a person reads or hears."""
    body = re.sub(r"<style.*?</style>", " ", page, flags=re.DOTALL)
    spoken = re.findall(r'(?:alt|title|aria-label)="([^"]*)"', body)
    body = re.sub(r"</?(code|wbr|b|abbr|span|tspan)\b[^>]*>", "", body)
    return [" ".join(html.unescape(node).split()) for node in [*re.split(r"<[^>]*>", body), *spoken] if node.strip()]


@pytest.mark.parametrize("case", SHOWN)
def test_a_korean_page_holds_no_english_sentence(case: Case, pages: dict[tuple[Case, str], Path]) -> None:
    """Neither a sentence nor a label of the English catalogue, in HTML or Markdown; the English page has many."""
    labels = {a for (_, _, a), (_, _, b) in zip(entries(en), entries(ko), strict=True) if a != b} - set(GAN_PARTS)
    counts = {}
    for language in words.LANGUAGES:
        nodes = text_nodes((pages[case, language] / "report.html").read_text("utf-8"))
        markdown = " ".join((pages[case, language] / "report.md").read_text("utf-8").split())
        text = " ".join(nodes)
        found = {fragment for fragment in fragments(en) if fragment in text or fragment in markdown}
        counts[language] = found, labels & set(nodes)
    assert counts["ko"] == (set(), set())
    assert len(counts["en"][0]) > 30
    assert len(counts["en"][1]) > 30


@pytest.mark.parametrize("case", SHOWN)
def test_pages_say_their_language_and_the_same_numbers(case: Case, pages: dict[tuple[Case, str], Path]) -> None:
    """`lang` is set; below the verdict every tag is the same, and so is every number in the tables."""
    shape = {}
    for language in words.LANGUAGES:
        page = (pages[case, language] / "report.html").read_text("utf-8")
        assert f'<html lang="{language}">' in page
        bare = re.sub(r"<svg.*?</svg>", "", page[page.index("<section") :], flags=re.DOTALL)
        cells = re.findall(r'<td class="n">(.*?)</td>', bare)
        numbers = [re.findall(r"\d[\d,.]*", cell) for cell in cells]
        shape[language] = [
            re.findall(r"<(\w+)", bare), numbers, re.findall(r"base64,([\w+/=]+)", page), page.count("<svg"),
        ]  # fmt: skip
    assert shape["en"] == shape["ko"]


def test_figures_of_one_language_are_not_shown_in_another(tmp_path: Path) -> None:
    """The same folder, rendered in one language, then in the other, then in the first again."""
    write(tmp_path, "full")
    made = []
    for language in ("en", "ko", "en"):
        with words.speaking(language):
            report.write(tmp_path)
        made.append((tmp_path / "report.html").read_bytes())
    assert made[0] == made[2] != made[1]
    assert "에너지" in (tmp_path / "report.html").read_text("utf-8") or "에너지".encode() in made[1]
    assert "스텝(생성자 갱신 횟수)".encode() in made[1]
    assert "스텝".encode() not in made[0]


# the terminal in another language


def columns(text: str) -> int:
    """Columns that a text takes up on a terminal: two for a wide character."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def test_a_korean_table_is_aligned(tmp_path: Path) -> None:
    """Numbers end in the same column of the terminal in each row, wide characters counted twice, within 80 columns."""
    result = Result.load(write(tmp_path, "fails"))
    with words.speaking("ko"):
        korean = Result.load(tmp_path)
    lines = str(korean).splitlines()
    assert lines[0] == "mine 실패"
    start = next(place for place, line in enumerate(lines) if line.rstrip().endswith("차이"))
    table = lines[start:]
    assert {columns(line) for line in table} == {columns(table[0])}
    ends = {columns(line[: match.end()]) for line in table[1:] if (match := re.search(r"[가-힣)] +[\d.]+", line))}
    assert len(ends) == 1
    assert max(map(columns, lines)) <= 80
    assert len(table) == len(str(result).splitlines()[-9:])


def test_a_result_keeps_the_language_it_was_loaded_in(tmp_path: Path) -> None:
    """What it shows later is in that language, whatever is spoken then; its JSON is the same."""
    write(tmp_path, "fails")
    with words.speaking("ko"):
        korean = Result.load(tmp_path)
    assert 'lang="ko"' in korean._repr_html_()
    assert "프레셰 거리" in korean._repr_html_()
    assert "프레셰 거리" in korean._repr_markdown_()
    assert "Fréchet" not in korean._repr_html_()
    assert korean == Result.load(tmp_path)
    assert korean.to_json() == Result.load(tmp_path).to_json()


def test_progress_is_drawn_in_the_language_it_began_in() -> None:
    """Although the table is drawn in a thread of its own."""
    import io

    from ebdiag.terminal import Terminal

    console = Terminal(file=io.StringIO(), width=100, force_terminal=True)
    live = display.LiveTable(console)
    with words.speaking("ko"):
        live.begin([run_spec()], 75.0)
    drawn: list[Any] = []
    thread = threading.Thread(target=lambda: drawn.append(live._drawn()))
    thread.start()
    thread.join()
    live.end()
    assert drawn[0].columns[0].header == "실행"
    assert "학습할 실행 1개, 약 1분 15초" in console.file.getvalue()  # type: ignore[attr-defined]


def run_spec() -> Any:
    from types import SimpleNamespace

    recipe = SimpleNamespace(base=SimpleNamespace(kind="gan"))
    return SimpleNamespace(id="a", side="mine", seed=0, steps=10, recipe=recipe)


def test_lint_in_korean_is_aligned(tmp_path: Path, variant: Variant) -> None:
    """Columns of the ladder begin at the same place, wide characters counted twice; paragraphs keep to the width."""
    both: dict[Any, Variant] = {"ref": variant, "mine": variant}
    rows = [row("discriminator-overfits"), row("generator-overfits", passed=True)]
    findings = diagnose(both, dict.fromkeys(both, facts(rows)), [])
    shown_variants = result_factory.result("fails").variants
    for one in shown_variants.values():
        one.facts["ladder"] = rows
    with words.speaking("ko"):
        shown = lines.text(Lint(variants=shown_variants, differences=[], findings=findings))
    table = shown.split("\n\n")[0].splitlines()
    assert table[0].startswith("기초 점검")
    place = columns(table[0][: table[0].index("ref")])
    assert {columns(line[: line.index(sign)]) for line in table[1:] for sign in "✗✓–" if sign in line} == {place}
    assert len(table) == 6
    paragraphs = [line for line in shown.splitlines() if line.startswith(lines.INDENT)]
    assert len(paragraphs) > 4
    assert 80 < max(map(columns, paragraphs)) <= lines.WIDTH
    assert shown.endswith("오류 2개, 경고 0개, 그 밖의 지적 1개\n")


def test_lang_of_the_command_line(tmp_path: Path) -> None:
    """`ebdiag report --lang ko` renders in Korean; an unknown language is a mistake with a hint, exit code 2."""
    write(tmp_path, "fails")
    command = [sys.executable, "-m", "ebdiag.cli", "report", str(tmp_path), "--lang"]
    done = subprocess.run([*command, "ko"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '<html lang="ko">' in (tmp_path / "report.html").read_text("utf-8")
    done = subprocess.run([*command, "korean"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "unknown language 'korean'" in done.stderr


# evidence


def given() -> Iterator[tuple[str, str, set[str], set[str]]]:
    """(where, slug, names of evidence, names that its words use) of every finding that a rule makes."""
    for file in sorted((PACKAGE / "rules").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "finding":
                continue
            slug = node.args[1].value if isinstance(node.args[1], ast.Constant) else ""
            named = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
            wording = named.get("wording")
            key = wording.value if isinstance(wording, ast.Constant) else slug if wording is None else None
            keys = [key] if key in en.FINDINGS else [other for other in en.FINDINGS if slug and other.startswith(slug)]
            said = [{name for text in texts(en.FINDINGS[key]) for name in fields_of(text)} for key in keys]
            used = set[str].intersection(*said) if said else set[str]()
            yield f"{file.name}:{node.lineno}", str(slug), set(named) - {"part", "wording", "lines"}, used


def fields_of(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def test_all_evidence_has_a_name() -> None:
    """What a finding's own words leave out is shown beside it under a name, in every language, never under our own."""
    found = list(given())
    assert len(found) > 40
    for place, slug, evidence, used in found:
        assert evidence - used <= set(en.EVIDENCE), (place, slug)


def test_the_smallest_numbers_are_written() -> None:
    """10 to the power of −324 is 0 to Python; a number below it has its digits all the same."""
    assert words.number(5e-324) == "4.94×10⁻³²⁴"
    assert words.number(-2.5e-310) == "−2.50×10⁻³¹⁰"
    assert words.number(9.996e8) == "1.00×10⁹"
    assert words.number(1.7976931348623157e308) == "1.80×10³⁰⁸"

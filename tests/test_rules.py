"""Every rule explains itself, has words, and fits into the order of causes."""

from __future__ import annotations

import json
import string
import subprocess
import sys
from pathlib import Path

import pytest

from ebdiag import handbook, words
from ebdiag.errors import EbdiagError
from ebdiag.result import Finding
from ebdiag.rules import RULES, slug
from ebdiag.rules.causes import CAUSES
from ebdiag.rules.trials import TRIALS

SEVERITIES = {"error", "warning", "deviation", "note"}


@pytest.mark.parametrize("rule", RULES, ids=slug)
def test_a_rule_explains_itself(rule: object) -> None:
    """All headings, in their order, each with a sentence; the severities that it names are known ones."""
    entry = handbook.entry(rule)  # type: ignore[arg-type]
    assert tuple(entry.sections) == handbook.HEADINGS
    assert all(text.endswith((".", ")")) for text in entry.sections.values()), entry.sections
    assert {word.strip(".,;:") for word in entry.sections["Severity"].split()} & SEVERITIES
    assert entry.title
    assert not entry.title.endswith(".")


def test_slugs_are_unique() -> None:
    """No two rules share a name."""
    slugs = [slug(rule) for rule in RULES]
    assert len(set(slugs)) == len(slugs)


def test_words_belong_to_rules() -> None:
    """Every text in the catalogue is a rule's, and every rule but the one that hands on notes has words."""
    of_words = {key.split(".")[0] for key in words.FINDINGS}
    assert of_words == {slug(rule) for rule in RULES} - {"noted"}


@pytest.mark.parametrize("key", words.FINDINGS)
def test_templates_are_whole(key: str) -> None:
    """Titles are one line without a full stop, explanations sentences, placeholders plain names."""
    template = words.FINDINGS[key]
    advice = [template.advice] if isinstance(template.advice, str) else [*template.advice.values()]
    for text in (template.title, template.explanation, *advice):
        fields = [(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None]
        assert all(name.isidentifier() and spec in ("", "n", "d", "%") for name, spec in fields), text
    assert "\n" not in template.title
    assert not template.title.endswith(".")
    assert template.explanation.endswith((".", "?"))
    assert all(text.endswith((".", "?", "`")) for text in advice if text), advice


def test_causes_are_rules_and_run_in_no_circle() -> None:
    """A slug that explains is one that exists; following causes ends."""
    slugs = {slug(rule) for rule in RULES}
    assert {*CAUSES, *(cause for causes in CAUSES.values() for cause in causes)} <= slugs
    for start in CAUSES:
        seen, open_ = set(), [start]
        while open_:
            at = open_.pop()
            open_ += [cause for cause in CAUSES.get(at, ()) if cause not in seen]
            seen |= set(CAUSES.get(at, ()))
        assert start not in seen


def test_a_finding_says_its_numbers() -> None:
    """Numbers to three digits, shares in percent, whole numbers whole, what is absent as n/a."""
    found = Finding(
        rule="sanity-ladder", severity="error", variant="mine", title="old", explanation="old", part="generator",
        wording="sanity-ladder.generator-overfits", evidence={"value": 1.23456},
    )  # fmt: skip
    said = words.finding(found)
    assert "1.23 × the error of their mean image (at most n/a)" in said.title
    assert said.advice == words.LADDER_ADVICE["generator"]
    assert words.finding(found.model_copy(update={"wording": "unknown"})).title == "old"


def test_an_advice_says_whether_it_was_tried() -> None:
    """Each trial belongs to words that exist, and names a committed file; a finding says it, and all others say so."""
    root = Path(__file__).parent.parent
    for key, trial in TRIALS.items():
        assert key in words.FINDINGS
        assert (root / trial.source).is_file()
    given = {"rule": "pull-away-inert", "severity": "deviation", "title": "t", "explanation": "e", "advice": "a"}
    assert words.standing(Finding(**given)).startswith("Unverified: ")
    tried = Finding(**given, advice_tried="reports/x.md", advice_helped=False)
    assert words.standing(tried) == "Tried, and it did not help: reports/x.md."
    assert words.standing(tried.model_copy(update={"advice_helped": True})) == "Verified by a run: reports/x.md."
    assert words.standing(tried.model_copy(update={"advice": ""})) == ""
    with words.speaking("ko"):
        assert "reports/x.md" in words.standing(tried)


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("pull-away-inert", "Tried, and it did not help (reports/infogan_plateau/README.md): "),
        ("margin-below-energy-floor", "Yes (user_models/README.md): With a margin of .01"),
        ("margin-unreachable", "No: no run of this project has shown that the advice helps."),
    ],
)
def test_a_rule_says_what_is_known_of_its_advice(slug: str, expected: str) -> None:
    """Below its advice, in the terminal and in JSON."""
    text = " ".join(handbook.explained(slug).split())
    assert f"Advice verified {expected}" in text
    assert text.index(" Advice ") < text.index("Advice verified")
    trials = json.loads(handbook.explained_json(slug))["trials"]
    assert [one["helped"] for one in trials] == [expected.startswith("Yes")] * (not expected.startswith("No"))


def test_the_command_lists_and_explains() -> None:
    """`ebdiag rules` has a line for each; a slug is explained under all headings; an unknown one names the nearest."""
    listed = subprocess.run([sys.executable, "-m", "ebdiag.cli", "rules"], capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [slug(rule) for rule in RULES]
    text = handbook.explained("sanity-ladder")
    assert all(f"\n{heading}\n" in text for heading in handbook.HEADINGS)
    with pytest.raises(EbdiagError, match=r"unknown rule 'sanity-lader'\. Did you mean 'sanity-ladder'"):
        handbook.find("sanity-lader")

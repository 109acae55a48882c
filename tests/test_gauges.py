"""The figure that each finding has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import JsonValue
from result_factory import Case, write
from test_words import given

from ebdiag import report, words
from ebdiag.cards import cards
from ebdiag.gauges import BARS, PANELS, WITHOUT, drawn_by, gauge
from ebdiag.pair_panels import SECTIONS as PAIR_SECTIONS
from ebdiag.panels import SECTIONS
from ebdiag.result import Finding
from ebdiag.rules import RULES, slug


def finding(rule: str, **evidence: JsonValue) -> Finding:
    return Finding(rule=rule, severity="error", variant="mine", title="", explanation="", evidence=evidence)


def test_every_rule_has_a_figure_or_is_known_to_have_none() -> None:
    """Exactly one of bars, a figure of the page, or nothing that could be drawn; and no rule that there is not."""
    places = [*BARS, *PANELS, *WITHOUT]
    assert len(places) == len(set(places))
    assert set(places) == {slug(rule) for rule in RULES} - {"noted"}
    assert set(PANELS.values()) <= {*SECTIONS, *PAIR_SECTIONS}


@pytest.mark.parametrize("rule", BARS)
def test_bars_show_evidence_that_there_is(rule: str) -> None:
    """The rule gives what its bars stand for, and each has a name in every language."""
    known = {name for _, found, evidence, _ in given() if found == rule for name in evidence}
    if rule == "sanity-ladder":
        known = {"start", "value", "threshold"}  # taken over from the row of the ladder
    elif "range" in rule:
        known = {name for place, _, evidence, _ in given() if place.startswith("outputs") for name in evidence}
    for bar in BARS[rule]:
        assert {bar.end, bar.start} - {None} <= known
    for language in words.LANGUAGES:
        with words.speaking(language):
            assert all(words.GAUGES[bar.end] for bar in BARS[rule])


def test_ranges_stand_on_one_axis() -> None:
    drawn = gauge(finding("generator-range-mismatch", data_low=-1.0, data_high=1.0, low=0.0, high=1.0))
    assert drawn is not None
    assert [(row.left, row.width, row.value) for row in drawn.rows] == [(0, 100, "−1 to 1"), (50, 50, "0 to 1")]
    assert not drawn.logarithmic


def test_lengths_are_the_numbers() -> None:
    drawn = gauge(finding("margin-unreachable", margin=20.0, ceiling=4.0, mean_image=0.25))
    assert drawn is not None
    assert [row.width for row in drawn.rows] == [100, 20, 1.25]
    assert [row.tone for row in drawn.rows] == ["margin", "mine", "real"]


def test_far_apart_is_logarithmic_and_keeps_the_order() -> None:
    drawn = gauge(finding("sanity-ladder", start=3.0, value=7.5e7, threshold=0.5))
    assert drawn is not None
    assert drawn.logarithmic
    widths = {row.title: row.width for row in drawn.rows}
    assert sorted(widths.values()) == [widths["needed"], widths["at the start"], widths["as measured"]]
    assert widths["needed"] > 0


def test_what_is_shown_as_bars_is_not_listed_again() -> None:
    one = finding("margin-unreachable", margin=20.0, ceiling=4.0, bound="nn.Tanh()")
    assert drawn_by(one) >= {"margin", "ceiling"}
    [card] = cards([one])
    assert [name for name, _ in card.evidence] == ["bound"]


@pytest.mark.parametrize(
    "evidence", [{}, {"margin": 20.0}, {"margin": 20.0, "ceiling": None}, {"margin": float("nan"), "ceiling": 4.0}]
)
def test_one_number_alone_is_no_figure(evidence: dict[str, Any]) -> None:
    one = finding("margin-unreachable", **evidence)
    assert gauge(one) is None
    assert drawn_by(one) == set()


@pytest.mark.parametrize("case", get_args(Case))
def test_a_figure_that_is_shown_again_is_on_the_page(case: Case, tmp_path: Path) -> None:
    """Every second showing refers to a drawing that is there once."""
    report.write(write(tmp_path, case))
    page = (tmp_path / "report.html").read_text("utf-8")
    for name in re.findall(r'<use href="#([\w-]+)"', page):
        assert page.count(f'id="{name}"') == 1

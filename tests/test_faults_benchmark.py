"""The fault benchmark: its cases are what they say, and its counting is right; nothing is trained here."""

from __future__ import annotations

import ast
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults import asking, baselines, cases, run, scoring
from benchmarks.faults.cases import CASES, Case
from benchmarks.faults.pieces import PT
from benchmarks.faults.scoring import Answer, Share
from ebdiag.kinds.contrastive import PARTS
from ebdiag.kinds.gan import GAN_PARTS
from ebdiag.load import load

SINGLE = Case("a", "single", ("sigmoid_decoder",))
HIDDEN = Case("b", "hidden", ("margin_too_small",), ("latent_uniform",))
JOINT = Case("c", "joint", ("batchnorm_decoder", "init_small"))
REDUNDANT = Case("d", "redundant", ("sigmoid_generator", "energy_summed"))
HARMLESS = Case("e", "harmless", (), ("latent_uniform",))
LAYER = "discriminator.decoder.3"
DIFFERENCES = ["discriminator", "discriminator.encoder.1", LAYER, "margin", "latent", "batch_size"]


def trace(
    status: str, *culprits: dict[str, Any], candidates: tuple[list[str], ...] = (), **more: Any
) -> dict[str, Any]:
    """What result.json would say."""
    return {
        "status": status, "culprits": list(culprits), "hybrids": [], "skipped": [],
        "candidates": [{"parts": parts, "manner": "single", "probability": 0.5} for parts in candidates], **more,
    }  # fmt: skip


def culprit(*units: str, together: bool = False) -> dict[str, Any]:
    return {"parts": list(units), "together": together, "role": "both", "probability": 0.99}


def answer(content: dict[str, Any] | None, **more: Any) -> Answer:
    values: dict[str, Any] = {
        "seconds": 60.0, "static": [], "lint": [], "alarm": False, "differences": DIFFERENCES,
    } | more  # fmt: skip
    return Answer(**scoring.read(content), **values)


# ---- the cases


def test_there_are_as_many_cases_of_each_kind_as_promised() -> None:
    """At least 24 faults, 4 pairs and 4 hidden ones among them, and 14 harmless variants."""
    counted = {kind: sum(case.kind == kind for case in CASES.values()) for kind in ("joint", "redundant", "hidden")}
    faults = [case for case in CASES.values() if case.kind != "harmless"]
    assert counted["joint"] >= 2
    assert counted["redundant"] >= 2
    assert counted["hidden"] >= 4
    assert len(faults) >= 24
    assert len(CASES) - len(faults) >= 14
    assert sum(case.kind == "single" and case.base == "contrastive" for case in CASES.values()) >= 6
    assert all(len(case.harmless) >= 5 for case in faults if case.kind == "hidden")


def test_slugs_are_unique_and_both_halves_have_every_kind() -> None:
    assert len({case.slug for case in cases.ALL}) == len(cases.ALL)
    assert {case.half for case in CASES.values() if case.kind == "single"} == {"tuning", "reporting"}


@pytest.mark.parametrize("slug", CASES)
def test_a_case_is_a_variant_that_can_be_read(slug: str, tmp_path: Path) -> None:
    """Each text to exchange stands in the reference exactly once, and what comes out keeps the contract."""
    variant = load(str(CASES[slug].write(tmp_path)))
    reference = load(f"ref:{CASES[slug].base}")
    assert variant.fingerprint != reference.fingerprint
    assert ast.get_docstring(ast.parse(variant.files[variant.main]))


@pytest.mark.parametrize("name", cases.PIECES)
def test_names_of_a_piece_are_parts_or_layers(name: str) -> None:
    known = GAN_PARTS if name in PT else PARTS
    assert all(scoring.part_of(one) in known for one in cases.PIECES[name].names)


def test_every_piece_is_in_a_case() -> None:
    assert {name for case in CASES.values() for name in (*case.faults, *case.harmless)} == set(cases.PIECES)


def test_a_piece_whose_text_is_not_there_once_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="does not say, once"):
        Case("f", "joint", ("sigmoid_generator", "sigmoid_generator")).source()


def test_the_half_is_decided_by_the_slug_alone() -> None:
    assert Case("x", "single", ("no_hinge",)).half == Case("x", "harmless").half


def test_what_a_case_rests_on_is_a_case_itself() -> None:
    """That a fault breaks only jointly, or alone, is seen and not assumed."""
    there = {(case.kind, (*case.faults, *case.harmless)) for case in CASES.values()}
    assert {ground for case in CASES.values() for ground in case.rests_on} <= there
    assert all(len(case.rests_on) == 2 for case in CASES.values() if case.kind in ("joint", "redundant", "hidden"))


# ---- what is right


@pytest.mark.parametrize(
    ("case", "named", "expected"),
    [
        (SINGLE, [LAYER], True),
        (SINGLE, ["discriminator"], False),
        (SINGLE, ["discriminator.encoder.1"], False),
        (SINGLE, [f"discriminator.encoder.1..{LAYER}"], True),
        (SINGLE, ["discriminator.encoder.1..decoder.3"], True),
        (SINGLE, [LAYER, "latent"], False),
        (HIDDEN, ["margin"], True),
        (HIDDEN, ["energy + margin"], True),
        (HIDDEN, ["latent"], False),
        (HIDDEN, [], False),
        (JOINT, ["discriminator.decoder.1", "initialise"], True),
        (JOINT, ["discriminator.decoder.1"], False),
        (JOINT, ["initialise"], False),
        (JOINT, ["initialise", "latent"], False),
        (REDUNDANT, ["energy"], True),
        (REDUNDANT, ["generator.upsample.5"], True),
        (REDUNDANT, ["generator.upsample.5", "energy"], True),
        (REDUNDANT, ["generator.upsample.5", "latent"], False),
    ],
)
def test_a_culprit_is_right_if_it_names_the_fault_and_nothing_else(
    case: Case, named: list[str], expected: bool
) -> None:
    assert scoring.right(named, case, DIFFERENCES) is expected


def test_every_accepted_equivalent_counts() -> None:
    case = Case("g", "single", ("code_too_narrow",))
    for name in PT["code_too_narrow"].names:
        assert scoring.right([name], case, [])


def test_where_parts_are_asked_for_the_net_is_enough() -> None:
    assert scoring.right(["discriminator"], SINGLE, DIFFERENCES, "part")
    assert scoring.right(["discriminator.encoder.1"], SINGLE, DIFFERENCES, "part")
    assert not scoring.right(["generator"], SINGLE, DIFFERENCES, "part")


def test_a_block_holds_what_differs_between_its_ends_and_no_more() -> None:
    names = scoring.names_in(
        "discriminator.encoder.1..discriminator.decoder.3", [*DIFFERENCES[:2], "discriminator.m", *DIFFERENCES[2:]]
    )
    assert names == {"discriminator.encoder.1", "discriminator.m", LAYER}


# ---- how often


def test_top_1_needs_a_named_culprit_and_top_3_takes_what_is_possible() -> None:
    """An open trace is no hit, but may have the culprit among the three likeliest."""
    answers = {"b": answer(trace("undetermined", candidates=(["latent"], ["batch_size"], ["margin"])))}
    shares = scoring.score(answers, {"b": HIDDEN}).shares
    assert shares["top-1"]["trace"].k == 0
    assert shares["top-3"]["trace"].k == 1
    assert shares["undetermined"]["trace"].k == 1
    assert shares["wrong culprit"]["trace"].k == 0


def test_a_wrong_culprit_is_counted_as_such() -> None:
    answers = {"b": answer(trace("found", culprit("latent")))}
    shares = scoring.score(answers, {"b": HIDDEN}).shares
    assert (shares["top-1"]["trace"].k, shares["wrong culprit"]["trace"].k) == (0, 1)


def test_a_false_alarm_is_a_culprit_of_a_harmless_case_and_no_case_counts_twice() -> None:
    answers = {
        "e": answer(trace("no_failure"), alarm=True), "b": answer(trace("found", culprit("margin"))),
    }  # fmt: skip
    shares = scoring.score(answers, {"e": HARMLESS, "b": HIDDEN}).shares
    assert shares["false alarms"]["trace"] == Share(0, 1)
    assert shares["false alarms"]["lint"] == Share(1, 1)
    assert shares["false alarms"]["static"] == Share(1, 1)
    assert shares["top-1"]["trace"] == Share(1, 1)
    alarmed = scoring.score({"e": answer(trace("found", culprit("latent")))}, {"e": HARMLESS}).shares
    assert alarmed["false alarms"]["trace"] == Share(1, 1)


def test_a_crash_and_a_trace_that_sought_nothing_are_misses() -> None:
    answers = {"a": answer(None), "b": answer(trace("no_failure"))}
    shares = scoring.score(answers, {"a": SINGLE, "b": HIDDEN}).shares
    assert shares["not sought"]["trace"] == Share(2, 2)
    assert shares["top-1"]["trace"] == Share(0, 2)


@pytest.mark.parametrize(
    ("case", "culprits", "expected"),
    [
        (JOINT, [culprit("discriminator.decoder.1", "initialise", together=True)], 1),
        (JOINT, [culprit("discriminator.decoder.1", "initialise")], 0),
        (REDUNDANT, [culprit("energy"), culprit("generator.upsample.5")], 1),
        (REDUNDANT, [culprit("energy")], 0),
        (REDUNDANT, [culprit("energy", "generator.upsample.5", together=True)], 0),
    ],
)
def test_a_pair_has_to_be_told_as_what_it_is(case: Case, culprits: list[dict[str, Any]], expected: int) -> None:
    shares = scoring.score({case.slug: answer(trace("found", *culprits))}, {case.slug: case}).shares
    assert shares["joint or redundant, and said so"]["trace"] == Share(expected, 1)


def test_halves_are_scored_apart() -> None:
    known = {"a": SINGLE, "b": HIDDEN}
    answers = {"a": answer(trace("found", culprit(LAYER))), "b": answer(trace("found", culprit("latent")))}
    halves = [scoring.score(answers, known, half).shares["top-1"]["trace"] for half in ("tuning", "reporting")]
    assert sum(share.n for share in halves) == 2
    assert sum(share.k for share in halves) == 1


def test_hybrids_are_taken_from_what_was_spent_or_counted_by_purpose() -> None:
    hybrids = [{"purpose": "search"}, {"purpose": "confirmation"}, {"purpose": "confirmation"}]
    counted = scoring.read({**trace("found", culprit("margin")), "hybrids": hybrids})
    said = scoring.read(trace("found", culprit("margin"), spent={"search": 5, "confirmation": 4}))
    assert (counted["search"], counted["confirmation"]) == (1, 2)
    assert (said["search"], said["confirmation"]) == (5, 4)
    answers = {
        slug: answer(trace("found", culprit(name), spent={"search": n, "confirmation": 4}))
        for slug, name, n in (("a", LAYER, 3), ("b", "margin", 8))
    }
    medians = scoring.score(answers, {"a": SINGLE, "b": HIDDEN}).medians
    assert medians["hybrids before confirmation, single faults"] == 5.5
    assert medians["hybrids before confirmation, hidden among others"] == 8


def test_wilson_intervals_are_the_published_ones() -> None:
    """Newcombe 1998 (Stat. Med. 17, table I): 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for k, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        interval = Share(k, n).interval
        assert interval is not None
        assert interval == pytest.approx((low, high), abs=5e-5)
    assert Share(0, 0).interval is None
    assert str(Share(9, 10)) == "9 of 10: 90% [60%, 98%]"


# ---- the baselines


@pytest.mark.parametrize("case", [SINGLE, HIDDEN, JOINT, REDUNDANT])
@pytest.mark.parametrize("top", [1, 3])
@pytest.mark.parametrize("level", ["layer", "part"])
def test_the_chance_of_a_random_culprit_is_the_share_of_all_guesses(case: Case, top: int, level: Any) -> None:
    """Against enumeration: all sets of `top` guesses, each a set of as many names as a joint fault has."""
    differences = [
        *DIFFERENCES, "discriminator.decoder.1", "initialise", "energy", "generator", "generator.upsample.5",
    ]  # fmt: skip
    units = scoring.candidates(differences, level)
    size = len(case.accepted) if case.kind == "joint" else 1
    guesses = list(itertools.combinations(list(itertools.combinations(units, size)), top))
    hits = sum(any(scoring.right(one, case, [], level) for one in guess) for guess in guesses)
    assert scoring.chance(case, differences, top=top, level=level) == pytest.approx(hits / len(guesses))


def test_a_random_culprit_is_never_right_where_the_fault_shows_no_difference() -> None:
    assert scoring.chance(HIDDEN, ["latent"], top=3, level="layer") == 0


def test_a_baseline_may_name_as_many_as_a_joint_fault_has() -> None:
    names = ["initialise", "discriminator.decoder.1", "latent"]
    assert scoring.guessed(names, JOINT, [], top=1, level="layer")
    assert not scoring.guessed([names[0], names[2], names[1]], JOINT, [], top=1, level="layer")
    assert scoring.guessed([names[0], names[2], names[1]], JOINT, [], top=3, level="layer")
    assert not scoring.guessed(names[2:], REDUNDANT, [], top=3, level="layer")


def test_the_largest_difference_is_the_part_with_most_changed_lines_and_its_layer_with_most_parameters(
    tmp_path: Path,
) -> None:
    crowded = Case("h", "hidden", ("sigmoid_decoder",), ("wider_discriminator", "latent_uniform", "pull_away_dead"))
    ref, mine = load("ref:ebgan_pt"), load(str(crowded.write(tmp_path)))
    rows = [{"path": "encoder.1", "parameters": 200_960}, {"path": "encoder.3", "parameters": 8_224}]
    layers = {"discriminator": [*rows, {"path": "decoder.3", "parameters": 0}]}
    names = ["discriminator", LAYER, "discriminator.encoder.3", "discriminator.encoder.1", "pull_away", "latent"]
    result = {
        "differences": [{"part": name} for name in names],
        "variants": {side: {"facts": {"layers": layers}} for side in ("ref", "mine")},
    }
    assert baselines.largest(ref, mine, result) == [
        "pull_away", "discriminator.encoder.1", "discriminator.encoder.3", LAYER, "latent",
    ]  # fmt: skip


def test_of_lint_the_first_finding_about_mine_is_taken() -> None:
    def finding(variant: str | None, part: str | None, severity: str) -> dict[str, Any]:
        return {"variant": variant, "part": part, "severity": severity}

    found = [finding("ref", "schedule", "error"), finding(None, None, "error"), finding("mine", "margin", "warning"),
             finding("mine", "latent", "note"), finding("mine", "margin", "note")]  # fmt: skip
    assert baselines.first_findings(found) == (["margin", "latent"], True)
    assert baselines.first_findings(found[3:]) == (["latent", "margin"], False)
    assert baselines.first_findings([]) == ([], False)


# ---- asking

LAYERS = {"discriminator": [{"path": "decoder.3", "parameters": 0}], "generator": []}


def result_of(works: list[bool], verdict: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """What `trace --json` prints, as far as it is read."""
    return {
        "trace": content, "differences": [{"part": "margin"}], "findings": [], "runs": [],
        "variants": {side: {"facts": {"layers": LAYERS}} for side in ("ref", "mine")},
        "works": {"ref": [True] * 3, "mine": works}, "verdict": {"status": verdict, "delay_factor": 1},
        "metrics": {key: {"mine": [1.0, 2.0, None], "decides": True} for key in ("fid", "coverage")},
        "budget": {"steps": 500},
    }  # fmt: skip


def asked(monkeypatch: pytest.MonkeyPatch, *, code: int, status: str) -> list[str]:
    """In place of ebdiag something that prints made-up results; the commands it was given."""
    commands: list[str] = []
    content = trace(status, *([culprit("margin")] if status == "found" else []))
    lint = {"findings": [{"variant": "mine", "part": "margin", "severity": "warning"}], "differences": []}

    def ebdiag(arguments: list[str], work: Path, *, log: Path) -> tuple[int, str]:
        commands.append(arguments[0])
        if arguments[0] == "lint":
            return 1, json.dumps(lint)
        return code, json.dumps(result_of([False] * 3, "mine_fails", content)) if code != 1 else ""

    monkeypatch.setattr(asking, "ebdiag", ebdiag)
    return commands


def test_an_answer_is_kept_and_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped run goes on where it was; asked again it asks again."""
    commands = asked(monkeypatch, code=0, status="found")
    only = ["run", "--work", str(tmp_path), "--out", str(tmp_path / "out"), "--only", "margin_too_small"]
    monkeypatch.setattr("sys.argv", only)
    run.main()
    run.main()
    assert commands == ["trace", "lint"]
    monkeypatch.setattr("sys.argv", [*only, "--tell"])
    run.main()
    assert commands == ["trace", "lint"]
    monkeypatch.setattr("sys.argv", [*only, "--again"])
    run.main()
    assert commands == ["trace", "lint"] * 2
    stored = asking.kept(CASES["margin_too_small"], tmp_path, tmp_path / "out" / "answers")
    assert stored is not None
    found = run.answer_of(stored)
    assert (found.status, found.culprits, found.static, found.lint) == ("found", [["margin"]], ["margin"], ["margin"])
    assert "1 of 82 cases traced" in (tmp_path / "out" / "run.md").read_text()


def test_an_answer_about_another_file_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, code=0, status="found")
    asking.ask(CASES["margin_too_small"], tmp_path, tmp_path, jobs=1)
    path = tmp_path / "margin_too_small.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"fingerprint": "of another"}))
    assert asking.kept(CASES["margin_too_small"], tmp_path, tmp_path) is None


@pytest.mark.parametrize(("code", "status", "expected"), [(3, "undetermined", "undetermined"), (1, "", "crashed")])
def test_an_open_trace_and_one_that_breaks_down_are_answers_too(
    code: int, status: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(monkeypatch, code=code, status=status)
    known = asking.ask(CASES["margin_too_small"], tmp_path, tmp_path, jobs=1)
    assert run.answer_of(known).status == expected


# ---- the table


def test_tables_say_who_named_what(tmp_path: Path) -> None:
    """From made-up answers, as a finished run would write them; a fault that works on a seed is not counted."""
    singles = [case.slug for case in cases.ALL if case.kind == "single"][:3]
    failing, working = result_of([False] * 3, "mine_fails"), result_of([True] * 3, "same")
    known = {
        slug: {
            "fingerprint": "", "commit": "abc", "exit_code": 0, "seconds": 61.2,
            "seen": asking.seen(failing if slug in singles[:2] else working),
            "trace": trace("found", culprit(CASES[slug].accepted[0][0])) if slug in singles else trace("no_failure"),
            "differences": ["margin"], "static": ["margin"], "lint": [], "alarm": False,
        }
        for slug in (*singles, "crowd_first")
    }  # fmt: skip
    run.write(known, tmp_path)
    text = (tmp_path / "run.md").read_text()
    assert f"4 of {len(CASES)} cases traced at commit abc; 3 of them are counted" in text
    assert "| top-1 | 2 of 2: 100% [34%, 100%] |" in text
    assert text.count("### ") == 5
    assert "1, 2, diverged" in text


@pytest.mark.parametrize(
    ("kind", "works", "verdict", "behaves"),
    [
        ("single", [False, False, False], "mine_fails", True),
        ("single", [False, True, False], "inconclusive", False),
        ("harmless", [True, True, True], "same", True),
        ("harmless", [True, True, True], "mine_worse", False),
        ("harmless", [True, True, False], "inconclusive", False),
        ("harmless", [True], "inconclusive", None),
        ("hidden", [False, False], "mine_fails", None),
        ("hidden", [True], "inconclusive", False),
    ],
)
def test_a_case_does_what_it_claims_only_if_every_seed_does(
    kind: Any, works: list[bool], verdict: str, behaves: bool | None
) -> None:
    case = Case("i", kind, ("no_hinge",) if kind != "harmless" else ())
    assert scoring.behaves(asking.seen(result_of(works, verdict)), case) is behaves
    assert scoring.behaves(None, case) is False
    of_the_reference = result_of(works, verdict) | {"works": {"ref": [True, False, True], "mine": works}}
    assert scoring.behaves(asking.seen(of_the_reference), case) is False


def test_a_case_counts_only_if_those_do_on_which_it_rests() -> None:
    """A joint fault whose half fails alone is none; until the half was run, it is open."""
    slugs = ("joint_batchnorm_init", "batchnorm_decoder", "init_small")
    fails = asking.seen(result_of([False] * 3, "mine_fails"))
    works = asking.seen(result_of([True] * 3, "same"))
    joint, first, second = slugs
    assert scoring.counts({joint: fails, first: works, second: works}, CASES)[joint] is True
    assert scoring.counts({joint: fails, first: works}, CASES)[joint] is None
    assert scoring.counts({joint: fails, first: works, second: fails}, CASES) == {
        joint: False, first: True, second: False,
    }  # fmt: skip
    hidden = scoring.counts({"hidden_sigmoid_decoder": fails, "sigmoid_decoder": fails, "crowd_first": works}, CASES)
    assert hidden["hidden_sigmoid_decoder"] is True

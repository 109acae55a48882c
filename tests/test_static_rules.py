"""Rules over losses, energies, ranges, steps and Config: each planted defect is named once, no harmless rewrite is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import planted_losses
import pytest
import torch
import variants

from ebdiag import device
from ebdiag.data import prepare
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.result import Finding
from ebdiag.rules import RULES, repeat
from ebdiag.rules.case import Case

CASES = [
    pytest.param(slug, name, id=f"{slug}: {name}", marks=[pytest.mark.slow] if place > 1 else [])
    for slug, cases in planted_losses.PLANTED.items()
    for place, name in enumerate(cases)
]
"""Two of each slug; the others are slow together."""

DEVIATES = ("error", "warning", "deviation")


def case_of(path: str, reference: Case | None = None) -> Case:
    """Everything that looking at a file shows."""
    variant = load(path)
    data = prepare("mnist5k")
    facts = inspect(Recipe(variant), data, device.environment())
    return Case("mine" if reference else "ref", variant, facts, reference)


def findings(case: Case) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(case)]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """As a worker has."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The small variant that nothing is to be said of."""
    return case_of(variants.write(tmp_path_factory.mktemp("sound"), planted_losses.tiny()))


@pytest.mark.parametrize(("slug", "name"), CASES)
def test_a_planted_defect_is_named_once_and_nothing_else(slug: str, name: str, sound: Case, tmp_path: Path) -> None:
    """Exactly one finding, under the right slug, that points at the marked line first and says every number."""
    text = planted_losses.PLANTED[slug][name]
    every = findings(case_of(variants.write(tmp_path, text), sound))
    found = [f for f in every if f.severity in DEVIATES or f.rule == slug]
    assert [finding.rule for finding in found] == [slug]
    [finding] = found
    assert finding.lines, "a finding names a line"
    assert text.splitlines()[finding.lines[0].line - 1].endswith("# here")
    for words in (finding.title, finding.explanation, finding.advice):
        assert words
        assert "{" not in words
        assert slug == "not-an-autoencoder" or "n/a" not in words


@pytest.mark.parametrize("name", planted_losses.HARMLESS)
def test_a_harmless_rewrite_is_nothing(name: str, sound: Case, tmp_path: Path) -> None:
    """Losses, energies and terms that compute the paper's are the paper's, however they are written."""
    case = case_of(variants.write(tmp_path, planted_losses.HARMLESS[name]), sound)
    assert [f for f in findings(case) if f.severity in DEVIATES] == []


def test_the_sound_variant_has_no_finding(sound: Case) -> None:
    """What the planted ones are made of is clean."""
    assert findings(sound) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("def f():\n    return uuid.uuid4()", "system"),
        ("def f():\n    return datetime.now()", "clock"),
        ("def f():\n    return random.Random()", "own"),
        ("def f():\n    return rng.seed()", "own"),
        ("def f(m):\n    for layer in {m.a, m.b}:\n        layer.start()", "order"),
        ("def f(m):\n    return list(set(m))", "order"),
        ("NOISE = np.random.randn(3)", "import"),
        ("def f(rng):\n    return np.random.default_rng(0), torch.randn(3), sorted(set(rng)), time(3)", None),
        ("NOISE = torch.randn(3, generator=torch.Generator().manual_seed(0))", None),
    ],
)
def test_what_no_seed_determines_is_found_in_the_text(text: str, kind: str | None) -> None:
    """Each kind by its call; what is given a seed, or drawn where ebdiag seeds, is none."""
    assert [row[0] for row in repeat._in_source(text)] == ([] if kind is None else [kind])


def test_every_slug_is_planted_twice() -> None:
    """A rule of this family that nobody has tried does not count."""
    families = ("energies", "hinges", "margins", "outputs", "pull_aways", "config", "updates", "repeat")
    slugs = {rule.__name__.replace("_", "-") for rule in RULES if rule.__module__.rpartition(".")[2] in families}
    assert slugs == set(planted_losses.PLANTED)
    assert all(len(cases) >= 2 for cases in planted_losses.PLANTED.values())


def test_the_public_reference_deviates_and_has_no_error() -> None:
    """Its dead term, detached target, batch-mean hinge and BatchNorm are all named; none of them as an error."""
    found = findings(case_of("ref:ebgan_infogan"))
    assert {finding.rule: finding.severity for finding in found} == {
        "pull-away-inert": "deviation",
        "generator-target-detached": "deviation",
        "hinge-on-batch-mean": "deviation",
        "energy-depends-on-batch-mates": "deviation",
    }
    assert {finding.rule: finding.advice_helped for finding in found} == {
        "pull-away-inert": False,
        "generator-target-detached": True,
        "hinge-on-batch-mean": None,
        "energy-depends-on-batch-mates": True,
    }


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("sigmoid_decoder", {"reconstruction-range-mismatch": "error"}),
        ("sigmoid_generator", {"generator-range-mismatch": "error"}),
        ("margin_too_large", {"margin-unreachable": "error"}),
        ("margin_too_small", {"margin-below-energy-floor": "warning"}),
        ("energy_summed", {"margin-below-energy-floor": "warning"}),
        ("dead_pull_away", {"pull-away-inert": "deviation"}),
        ("small_init_no_batchnorm", {}),
    ],
)
def test_user_models(model: str, expected: dict[str, str], sound: Case) -> None:
    """Each failing model's defect is named, and the innocent ones have no error."""
    root = Path(__file__).parent.parent / "user_models"
    families = {"-".join(slug.split()) for slug in planted_losses.PLANTED}
    found = [f for f in findings(case_of(str(root / f"{model}.py"))) if f.rule in families]
    assert {finding.rule: finding.severity for finding in found} == expected


@pytest.mark.parametrize("name", ["ebgan_pt", "ebgan_paper_mlp"])
def test_the_paper_s_models_deviate_in_nothing(name: str) -> None:
    """Neither a mean-squared energy of margin 1 nor the paper's norm of margin 10 is worth a word."""
    assert [f.rule for f in findings(case_of(f"ref:{name}")) if f.severity in DEVIATES] == []


def test_inspecting_leaves_the_caller_as_it_was(tmp_path: Path) -> None:
    """Random state, default type and `backward` are what they were."""
    path = variants.write(tmp_path, planted_losses.HARMLESS["train_step"])
    state, backward = torch.get_rng_state(), torch.autograd.backward
    case_of(path)
    assert torch.equal(state, torch.get_rng_state())
    assert torch.autograd.backward is backward
    assert torch.get_default_dtype() is torch.float32

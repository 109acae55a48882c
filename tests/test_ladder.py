"""The sanity ladder: sound nets pass, each planted sickness is found on the rung where it belongs, and nowhere else."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import variants
from sklearn.decomposition import PCA

from ebdiag import ladder, words
from ebdiag.build import build
from ebdiag.climb import Ladders
from ebdiag.data import prepare
from ebdiag.device import environment
from ebdiag.execute import LocalExecutor
from ebdiag.load import load
from ebdiag.records import DataSpec, Facts, Recipe, Variant
from ebdiag.rules.case import Case
from ebdiag.rules.ladder import sanity_ladder
from ebdiag.store import Store
from ebdiag.watch import Silent

D_ALONE, NOISE, FAKES = "discriminator-overfits", "discriminator-separates-noise", "discriminator-separates-fakes"
LOWERS, G_ALONE = "generator-lowers-energy", "generator-overfits"
RUNGS = (D_ALONE, NOISE, FAKES, LOWERS, G_ALONE)
KEYS = {"rung", "net", "value", "unit", "threshold", "passed", "reason", "start", "updates", "details", "part"}


def quick(text: str) -> str:
    """A small variant that passes each rung in its first round."""
    return (
        text.replace("nn.Linear(784, 16)", "nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32)")
        .replace("nn.Linear(16, 784)", "nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 784))")
        .replace("margin: float", "generator_lr: float = 3e-3\n    discriminator_lr: float = 3e-3\n    margin: float")
    )


SOUND, RANDOM = quick(variants.TINY), quick(variants.RANDOM)

SICK = {
    "a decoder that ignores the code": (
        SOUND.replace("self.decoder(code)", "self.decoder(0 * code)"), {D_ALONE: "discriminator"}),
    "an autoencoder that ends in a sigmoid": (
        SOUND.replace("self.decoder(code)", "self.decoder(code).sigmoid()"),
        {D_ALONE: "discriminator", NOISE: "discriminator"}),  # noise in [-1, 1] is nearer to what it can draw
    "a generator that ignores its latents": (SOUND.replace("self.net(z)", "self.net(0 * z)"), {G_ALONE: "generator"}),
    "a generator of dead units": (
        SOUND.replace("nn.BatchNorm1d(64),", "nn.Threshold(1e6, 0.0),"), {G_ALONE: "generator"}),
    "a generator that ends in a sigmoid": (SOUND.replace("nn.Tanh()", "nn.Sigmoid()"), {G_ALONE: "generator"}),
    "a generator that does not learn": (
        SOUND.replace("generator_lr: float = 3e-3", "generator_lr: float = 0.0"),
        {LOWERS: "optimizer.generator", G_ALONE: "optimizer.generator"}),
    "a discriminator that does not learn": (
        SOUND.replace("discriminator_lr: float = 3e-3", "discriminator_lr: float = 0.0"),
        {D_ALONE: "optimizer.discriminator", NOISE: "optimizer.discriminator", FAKES: "optimizer.discriminator"}),
    "a loss with the wrong sign": (
        SOUND + """
def discriminator_loss(discriminator, real, fake, config):
    energy_real, energy_fake = (energy(discriminator(images)[0], images) for images in (real, fake))
    return energy_fake.mean() + (config.margin - energy_real).relu().mean()
""", {NOISE: "discriminator", FAKES: "discriminator"}),
}  # fmt: skip
"""What is sick → (source, failing rung → part to blame)."""


@pytest.fixture(scope="module")
def data() -> DataSpec:
    return prepare("mnist5k")


def climbed(folder: Path, data: DataSpec, text: str) -> dict[str, dict[str, Any]]:
    """Rung → row."""
    recipe = Recipe(load(variants.write(folder, text)))
    return {row["rung"]: row for row in ladder.climb(recipe, data, environment("cpu"))}


def failed(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {slug: row["part"] for slug, row in rows.items() if row["passed"] is False}


@pytest.fixture(scope="module")
def sound(data: DataSpec, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The rows of a sound variant."""
    return climbed(tmp_path_factory.mktemp("sound"), data, SOUND)


def test_a_sound_variant_passes_all_rungs(sound: dict[str, dict[str, Any]]) -> None:
    """Five rows in their order with all keys, each passed in one round, in JSON that comes back as it went."""
    rows = sound
    assert tuple(rows) == RUNGS
    assert all(set(row) == KEYS for row in rows.values())
    assert {slug: row["passed"] for slug, row in rows.items()} == dict.fromkeys(RUNGS, True), rows
    assert [row["net"] for row in rows.values()] == ["discriminator"] * 3 + ["generator"] * 2
    assert [row["reason"] for row in rows.values()] == [None] * 5
    assert [row["updates"] for row in rows.values()] == [192, 48, 48, 32, 48]
    assert all(row["unit"] == words.LADDER[slug].unit and row["part"] is None for slug, row in rows.items())
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


@pytest.mark.parametrize("sickness", SICK)
def test_each_sickness_fails_its_own_rung(tmp_path: Path, data: DataSpec, sickness: str) -> None:
    """The planted defect is on its rungs and on no other, and the part to blame is the net or its optimiser."""
    text, expected = SICK[sickness]
    assert text != SOUND
    rows = climbed(tmp_path, data, text)
    assert failed(rows) == expected, rows
    for slug, part in expected.items():
        row = rows[slug]
        assert row["value"] > row["threshold"] or "separates" in slug
        assert (row["reason"] is not None) == part.startswith("optimizer")
        if "ignores" in sickness:  # the yardstick is right: 1 is the best that a constant can do, and it gets there
            assert 1 - 1e-6 < row["value"] < 1.05


def test_a_hinge_that_is_closed_is_the_margins_fault(tmp_path: Path, data: DataSpec) -> None:
    """A margin below the energy of real images: fakes are not told apart, and the finding points at the margin."""
    rows = climbed(tmp_path, data, SOUND.replace("margin: float = 1.0", "margin: float = 0.001"))
    assert failed(rows) == {FAKES: "discriminator"}
    assert rows[FAKES]["details"]["energy_real"] > 0.001
    variant = load(str(tmp_path / "mine.py"))
    [finding] = sanity_ladder(Case("mine", variant, facts([*rows.values()], margin=0.001)))
    assert (finding.part, finding.severity) == ("margin", "warning")
    assert finding.lines[0].line == 1 + (tmp_path / "mine.py").read_text().splitlines().index(
        "    margin: float = 0.001"
    )
    assert "The margin is 0.00100" in finding.explanation


def test_slow_is_not_sick(tmp_path: Path, data: DataSpec) -> None:
    """A net that needs more than one round passes, and the row says so."""
    slow = SOUND.replace("generator_lr: float = 3e-3", "generator_lr: float = 1e-3")
    row = climbed(tmp_path, data, slow)[G_ALONE]
    assert row["passed"] is True, row
    assert row["updates"] > ladder.UPDATES["overfit generator"]
    assert row["reason"] == words.ladder_slow(row["updates"], ladder.UPDATES["overfit generator"])


def test_a_diverging_net_fails_with_a_reason(tmp_path: Path, data: DataSpec) -> None:
    """No value, but passed is False, the updates are counted, and its optimiser is to blame; others are as ever."""
    wild = climbed(tmp_path, data, SOUND.replace("discriminator_lr: float = 3e-3", "discriminator_lr: float = 1e30"))
    assert (wild[D_ALONE]["passed"], wild[D_ALONE]["value"]) == (False, None)
    assert wild[D_ALONE]["part"] == "optimizer.discriminator"
    assert wild[LOWERS]["passed"] is None
    assert wild[G_ALONE]["passed"] is True
    variant = load(str(tmp_path / "mine.py"))
    [finding] = sanity_ladder(Case("mine", variant, facts([*wild.values()])))
    assert finding.severity == "error"
    assert "not finite" in finding.title or "Adam" in finding.title


def test_a_discriminator_that_is_no_autoencoder_is_left_alone(tmp_path: Path, data: DataSpec) -> None:
    """What needs a reconstruction is n/a; the generator alone is tried all the same."""
    text = variants.HEADER + variants.CONFIG + variants.GENERATOR + """
class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 1))

    def forward(self, x):
        return self.net(x).flatten()

def discriminator_loss(discriminator, real, fake, config):
    return discriminator(real).mean() - discriminator(fake).mean()

def generator_loss(discriminator, fake, config):
    return discriminator(fake).mean()
"""  # fmt: skip
    rows = climbed(tmp_path, data, text)
    assert [row["passed"] for row in rows.values()] == [None] * 4 + [True]
    assert {rows[slug]["reason"] for slug in RUNGS[:4]} == {words.say("ladder no autoencoder")}


def test_a_train_step_of_its_own_is_tried_on_energies_alone(tmp_path: Path, data: DataSpec) -> None:
    """Its losses cannot be called alone, so that D learns real images and G follows the energy; nothing crashes."""
    text = SOUND + """
def train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):
    raise RuntimeError("must not be called")
"""  # fmt: skip
    rows = climbed(tmp_path, data, text)
    assert [row["passed"] for row in rows.values()] == [True, True, None, None, True], rows
    assert rows[FAKES]["reason"] == words.say("ladder one piece")


def test_one_rung_that_raises_says_nothing_of_the_others(tmp_path: Path, data: DataSpec) -> None:
    """The exception and its line are the rung's reason; the rest is tried."""
    broken = SOUND.replace("return self.net(z)", "assert len(z) != 16, 'sixteen'\n        return self.net(z)")
    rows = climbed(tmp_path, data, broken)
    line = 1 + (tmp_path / "mine.py").read_text().splitlines().index("        assert len(z) != 16, 'sixteen'")
    assert {slug: row["passed"] for slug, row in rows.items()} == {
        D_ALONE: True, NOISE: True, FAKES: True, LOWERS: None, G_ALONE: None,
    }  # fmt: skip
    assert rows[G_ALONE]["reason"] == f"could not be tried: AssertionError: sixteen at {tmp_path / 'mine.py'}:{line}"


def test_energy_that_is_not_per_sample_cannot_rank(tmp_path: Path, data: DataSpec) -> None:
    """AUROC needs one value an image; what needs only the mean goes on."""
    rows = climbed(tmp_path, data, SOUND + "\ndef energy(recon, x):\n    return (recon - x).square().mean()\n")
    assert [rows[slug]["reason"] for slug in (NOISE, FAKES)] == [words.say("ladder not per sample")] * 2
    assert rows[D_ALONE]["passed"] is True


def test_thresholds_do_not_depend_on_the_scale_of_the_energy(
    tmp_path: Path, data: DataSpec, sound: dict[str, dict[str, Any]]
) -> None:
    """An energy summed over pixels, with the margin to match, has the values of the mean one (Adam sees no scale)."""
    summed = SOUND.replace("margin: float = 1.0", "margin: float = 784.0") + (
        "\ndef energy(recon, x):\n    return (recon - x).square().flatten(1).sum(1)\n"
    )
    total = climbed(tmp_path, data, summed)
    for slug in RUNGS:
        assert total[slug]["threshold"] == pytest.approx(sound[slug]["threshold"], rel=0.05)
        assert total[slug]["value"] == pytest.approx(sound[slug]["value"], rel=0.5)


def test_bits_repeat_and_no_random_state_moves(tmp_path: Path, data: DataSpec) -> None:
    """Twice the same with nets that draw from torch and numpy, whatever was climbed between; the caller's is kept."""
    random.seed(3), np.random.seed(3), torch.manual_seed(3)
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    first = climbed(tmp_path, data, RANDOM)
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])
    climbed(tmp_path, data, SICK["a generator that ends in a sigmoid"][0])
    torch.manual_seed(99)
    assert climbed(tmp_path, data, RANDOM) == first


def test_auroc_is_the_share_of_ordered_pairs() -> None:
    """Against a loop over all pairs, with ties."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        below, above = rng.integers(0, 6, 17).astype(float), rng.integers(1, 8, 11).astype(float)
        slow = sum(1.0 if b > a else 0.5 if b == a else 0.0 for a, b in itertools.product(below, above)) / (17 * 11)
        assert ladder.auroc(torch.tensor(below), torch.tensor(above)) == pytest.approx(slow, abs=1e-12)


def test_yardsticks_are_the_mean_image_and_the_principal_components(tmp_path: Path, data: DataSpec) -> None:
    """Against scikit-learn, at the code's size of 32, clipped to the pixel range as a picture has to be."""
    built = build(Recipe(load(variants.write(tmp_path, SOUND))), seed=0, device="cpu")
    rng = np.random.default_rng(1)
    images = np.tanh(rng.normal(size=(64, 12)) @ rng.normal(size=(12, 784)) + rng.normal(size=(64, 784)))
    useless, perfect = ladder._yardsticks(built, torch.tensor(images, dtype=torch.float32).view(64, 1, 28, 28))
    pca = PCA(32, svd_solver="full").fit(images)
    best = np.clip(pca.inverse_transform(pca.transform(images)), -1, 1)
    assert useless == pytest.approx(((images - images.mean(0)) ** 2).mean(), rel=1e-5)
    assert perfect == pytest.approx(((images - best) ** 2).mean(), rel=1e-4)
    assert ladder._half_way(1, perfect / useless) == pytest.approx((1 + perfect / useless) / 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ebgan_pt", "ebgan_infogan", "ebgan_paper_mlp"])
def test_reference_models_pass_in_one_round(data: DataSpec, name: str) -> None:
    """All five rungs, none slowly: the ladder costs what the documentation says."""
    rows = ladder.climb(Recipe(load(f"ref:{name}")), data, environment("cpu"))
    assert [(row["rung"], row["passed"], row["reason"]) for row in rows] == [(slug, True, None) for slug in RUNGS]


# ---- beside other work -----------------------------------------------------------------------------


class Heard(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def climb_both(folder: Path, data: DataSpec, mine: str) -> tuple[Ladders, list[str]]:
    sides: dict[Any, Variant] = {
        "ref": load(variants.write(folder, SOUND, "ref.py")), "mine": load(variants.write(folder, mine)),
    }  # fmt: skip
    heard, found = Heard(), Ladders(Store(), sides, data, environment("cpu"))
    found.ended(LocalExecutor().map(found.tasks, found.listening(heard)))
    return found, heard.said


def test_ladders_are_stored_and_a_sick_net_is_said_at_once(tmp_path: Path, data: DataSpec, store_root: Path) -> None:
    """The second time nothing is left to do and the rows are the same; a file that was damaged is made again."""
    sick = SICK["a generator that ignores its latents"][0]
    first, said = climb_both(tmp_path, data, sick)
    assert len(first.tasks) == 2
    assert said == ["mine fails 1 task, the first one of its generator."]
    second, said = climb_both(tmp_path, data, sick)
    assert (second.tasks, said, second.found) == ([], [], first.found)
    stored = store_root / "ladders" / f"{first.keys['mine']}.json"
    stored.write_text(stored.read_text().replace("true", "false"))
    third, _ = climb_both(tmp_path, data, sick)
    assert [task.name for task in third.tasks] == [f"ladder-{first.keys['mine']}"]
    assert third.found == first.found


def test_a_ladder_whose_worker_dies_says_so_and_is_tried_again(tmp_path: Path, data: DataSpec) -> None:
    """Rows of the usual shape without a verdict; nothing is stored."""
    deadly = SOUND.replace(
        "return self.net(z)", "len(z) == 16 and __import__('os')._exit(7)\n        return self.net(z)"
    )
    for _ in range(2):
        found, _ = climb_both(tmp_path, data, deadly)
        rows = found.found[found.keys["mine"]]
        assert [(row["rung"], row["passed"]) for row in rows] == [(slug, None) for slug in RUNGS]
        assert all(set(row) == KEYS and "exit status 7" in row["reason"] for row in rows)
        assert all(row["passed"] for row in found.found[found.keys["ref"]])


# ---- the rule --------------------------------------------------------------------------------------


def facts(rows: list[dict[str, Any]], margin: float = 1.0) -> Facts:
    return Facts(
        parts={"margin": {"value": str(margin), "used": True, "effect": None}}, config={"margin": margin}, layers={},
        initial={}, sizes={}, notes=[], autoencoder=True, single_pass=True, step_ms=1.0, ladder=rows,
    )  # fmt: skip


def row(slug: str, **more: Any) -> dict[str, Any]:
    net = slug.split("-")[0]
    given = {"rung": slug, "net": net, "value": 2.0, "unit": "u", "threshold": 0.5, "passed": False, "reason": None,
             "start": 3.0, "updates": 9, "details": {}, "part": net}  # fmt: skip
    return given | more


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([row(D_ALONE, passed=True), row(G_ALONE, passed=None)], []),
        ([row(D_ALONE)], [("error", "discriminator")]),
        ([row(D_ALONE, value=0.9)], [("warning", "discriminator")]),
        ([row(D_ALONE, part="optimizer.discriminator")], [("warning", "optimizer.discriminator")]),
        ([row(D_ALONE, part="optimizer.discriminator", value=3.0)], [("error", "optimizer.discriminator")]),
        ([row(D_ALONE, value=None, threshold=None, reason="nan")], [("error", "discriminator")]),
        ([row(LOWERS)], [("warning", "generator")]),
        ([row(D_ALONE), row(NOISE), row(G_ALONE)], [("error", "discriminator"), ("error", "generator")]),
        ([row(FAKES, details={"energy_real": 0.4})], [("warning", "discriminator")]),
        ([row(FAKES, details={"energy_real": 1.4})], [("warning", "margin")]),
        ([row(NOISE, details={"energy_real": 1.4})], [("warning", "discriminator")]),
    ],
)
def test_severity_and_blame(tmp_path: Path, rows: list[dict[str, Any]], expected: list[tuple[str, str]]) -> None:
    """One finding a net, of its first failing rung; an error only where neither time nor Adam can help."""
    variant = load(variants.write(tmp_path, SOUND))
    found = sanity_ladder(Case("mine", variant, facts(rows)))
    assert [(finding.severity, finding.part) for finding in found] == expected
    for finding in found:
        assert finding.rule == "sanity-ladder"
        assert finding.variant == "mine"
        assert finding.advice == words.LADDER_ADVICE[finding.part or ""]
        net = "generator" if finding.part and "generator" in finding.part else "discriminator"
        place = variant.parts[net].line
        assert place is not None
        assert place.line in [line.line for line in finding.lines]


def test_a_finding_says_rung_number_threshold_and_what_else_failed(tmp_path: Path) -> None:
    """The title is one line that stands alone; the evidence has the numbers."""
    rows = [row(D_ALONE, unit=words.LADDER[D_ALONE].unit), row(NOISE)]
    [finding] = sanity_ladder(Case("ref", load(variants.write(tmp_path, SOUND)), facts(rows)))
    assert finding.title == (
        "the discriminator does not learn 64 real images by heart: 2 × the energy of their mean image (at most 0.500)"
    )
    assert finding.evidence == {
        "rung": D_ALONE, "net": "discriminator", "value": 2.0, "threshold": 0.5, "unit": words.LADDER[D_ALONE].unit,
        "start": 3.0, "updates": 9, "also_failed": [NOISE],
    }  # fmt: skip


def test_words_cover_every_rung_and_every_part() -> None:
    """The page's tasks, the table's short names, what failing means and what to do are all there."""
    every = (*RUNGS, "encoder-overfits-pairs", "encoder-learns-labels")
    assert tuple(words.LADDER) == tuple(words.RUNGS) == every
    assert {f"sanity-ladder.{key}" for key in (*every, "margin", "broken")} <= set(words.FINDINGS)
    assert set(words.LADDER_ADVICE) == {
        "generator", "discriminator", "encoder", "margin",
        "optimizer.generator", "optimizer.discriminator", "optimizer",
    }  # fmt: skip

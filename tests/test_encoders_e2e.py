"""Contrastive encoders through the command line, on real digits, with nets that work after a second of training."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import encoder_variants as texts
import jsonschema
import numpy as np
import pytest
import torch
import variants
from PIL import Image
from safetensors.torch import load_file
from typer.testing import CliRunner

from ebdiag.cli import app
from ebdiag.encoders.build import build
from ebdiag.errors import EbdiagError
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.restore import restore
from ebdiag.result import Result
from ebdiag.store import Store

STEPS = "60"
WORKING = (
    texts.HEADER
    + """@dataclass(frozen=True)
class Config:
    learning_rate: float = 5e-3


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(196, 128),
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.Linear(128, 32),
        )

    def forward(self, images):
        return self.net(images)


"""
    + texts.LOSS
    + texts.PREDICT
)
"""Measured: an AUROC of .95 after 50 updates, .90 being asked."""

FAULT = "binary_cross_entropy_with_logits(logits, same)", "binary_cross_entropy_with_logits(logits, 1 - same)"


def swapped() -> str:
    """Labels turned round in the loss; another share of same pairs, which does not matter."""
    assert WORKING.count(FAULT[0]) == 1
    return texts.with_fields(WORKING.replace(*FAULT), same_share=0.45)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return " ".join(re.sub(r"[│╭╮╰╯─]", " ", self.out + self.err).split())


def typed(*arguments: str) -> Done:
    """A command as a person types it; a mistake of theirs ends as `main` ends it."""
    done = CliRunner().invoke(app, arguments)
    if isinstance(done.exception, EbdiagError):
        return Done(done.exception.exit_code, done.stdout, f"{done.stderr}\nerror: {done.exception.render()}")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder and a store that all tests here share: what one has trained, another need not."""
    folder = tmp_path_factory.mktemp("encoders")
    for name, text in (("ref.py", WORKING), ("mine.py", swapped()), ("tiny.py", texts.TINY), ("gan.py", variants.TINY)):
        variants.write(folder, text, name)
    return folder


@pytest.fixture(autouse=True)
def there(place: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("EBDIAG_HOME", str(place / "store"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def traced(place: Path) -> tuple[Result, Path]:
    """The trace of the swapped labels, made by the first test that asks for it."""
    report = place / "report"
    if not (report / "result.json").exists():
        asked = ("trace", "ref.py", "mine.py", "--steps", STEPS, "--seeds", "3", "--out", "report", "--json")
        done = typed(*asked)
        assert done.code == 0, done.all
        assert json.loads(done.out) == json.loads((report / "result.json").read_text("utf-8"))
    return Result.load(report), report


# ---- a comparison and its trace --------------------------------------------------------------------


def test_a_planted_fault_is_found(traced: tuple[Result, Path], place: Path) -> None:
    """The loss and nothing else, with its line, a proof and a mended file that works."""
    result, report = traced
    assert (result.works.ref, result.works.mine) == ([True] * 3, [False] * 3)
    assert result.verdict.status == "mine_fails"
    assert "AUROC of held-out pairs" in result.verdict.summary
    assert {row.part for row in result.differences if "." not in row.part} == {"contrastive_loss", "pairs"}
    assert result.trace is not None
    assert result.trace.status == "found"
    [culprit] = result.trace.culprits
    assert culprit.parts == ["contrastive_loss"]
    assert culprit.role == "both"
    line = next(i for i, row in enumerate(swapped().splitlines(), 1) if row.startswith("def contrastive_loss"))
    assert [str(found) for found in culprit.lines] == [f"mine.py:{line}"]
    fixed = (report / "mine_fixed.py").read_text("utf-8")
    assert fixed == swapped().replace(FAULT[1], FAULT[0])
    assert result.trace.verified


def test_the_result_keeps_to_the_published_schema(traced: tuple[Result, Path]) -> None:
    schema = json.loads((Path(__file__).parents[1] / "docs" / "result.schema.json").read_text("utf-8"))
    content = json.loads((traced[1] / "result.json").read_text("utf-8"))
    jsonschema.validate(content, schema)
    assert content["works"]["bar"] == {"pair_auroc_min": 0.9}
    assert content["variants"]["mine"]["kind"] == "contrastive"
    metrics = content["metrics"]
    assert "fid" not in metrics
    assert metrics["pair_auroc"]["scale"] == "linear"
    assert all(value > 0.9 for value in metrics["pair_auroc"]["ref"])
    assert metrics["own_pair_auroc"]["ref"] == [None] * 3
    assert metrics["pair_same_share"]["mine"] == [0.5] * 3
    with np.load(traced[1] / "data" / "pairs.npz") as arrays:
        for side in ("ref", "mine"):
            for seed in range(3):
                assert arrays[f"{side}/{seed}/cosines.same"].shape == (1_000,)
                assert arrays[f"{side}/{seed}/thresholds"].shape == (2, 101)
                assert arrays[f"{side}/{seed}/spectrum.embedding"].shape == (32,)


GAN_WORDS = {
    "en": r"\b(FID|Fréchet|[Gg]enerat\w+|[Dd]iscriminator\w*|[Ee]nerg\w+|fakes?|latents?|[Rr]econstruct\w*|"
    r"[Pp]ull-?away|autoencoder|hinge|coverage|digits-lenet|back for scoring)\b",
    "ko": r"FID|프레셰|생성|판별|에너지|가짜|잠재|복원|마진|커버리지|digits-lenet",
}
"""What nobody who looks at encoders should read."""


def seen(page: str) -> str:
    """What of a page can be read: no styles, scripts or pictures in data."""
    page = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(r"\bdata:[a-z]+/[^\"')\s]+", " ", page)
    told = " ".join(re.findall(r'(?:alt|title|aria-label)="([^"]*)"', page))
    return html.unescape(re.sub(r"<[^>]+>", " ", page) + told)


def foreign(text: str, lang: str) -> list[str]:
    return sorted({match.group(0) for match in re.finditer(GAN_WORDS[lang], text)})


def test_the_report_speaks_of_encoders_alone(traced: tuple[Result, Path]) -> None:
    """Page, Markdown, terminal, in both languages: what is asked of them is there, words of GANs are not."""
    _, report = traced
    for lang, expected in (
        ("en", ("AUROC of held-out pairs", "contrastive_loss", "Metrics", "Embeddings", "Training", "Architecture",
                "Runs and provenance", "probability of “same”")),
        ("ko", ("보류 쌍의 AUROC", "contrastive_loss", "지표", "임베딩", "코사인", "“같음”")),
    ):  # fmt: skip
        done = typed("report", str(report), "--lang", lang)
        assert done.code == 0, done.all
        page = seen((report / "report.html").read_text("utf-8"))
        markdown = (report / "report.md").read_text("utf-8")
        for part in expected:
            assert part in page, (lang, part)
        assert expected[0] in markdown
        said = {name: foreign(text, lang) for name, text in
                (("page", page), ("markdown", seen(markdown)), ("terminal", done.out + done.err))}  # fmt: skip
        assert said == {"page": [], "markdown": [], "terminal": []}, lang
    figures = {path.stem for path in (report / "figures").glob("*.svg")}
    assert {"cosines", "roc", "thresholds", "embedding_quality", "embedding_spectrum", "embedding_training"} <= figures


def test_the_terminal_speaks_of_encoders_alone(traced: tuple[Result, Path]) -> None:
    """The same trace, nothing trained again: what stands in the terminal, in both languages."""
    for lang in ("en", "ko"):
        done = typed("trace", "ref.py", "mine.py", "--steps", STEPS, "--seeds", "3", "--out", f"again-{lang}",
                     "--lang", lang)  # fmt: skip
        assert done.code == 0, done.all
        assert set(Result.load(Path(f"again-{lang}")).volatile.trained.values()) == {0}
        assert foreign(done.out + done.err, lang) == []
        assert "AUROC" in done.out
        assert "contrastive_loss" in done.out


def test_a_swap_of_the_guilty_part_restores(traced: tuple[Result, Path]) -> None:
    asked = ("--steps", STEPS, "--seeds", "3", "--json")
    done = typed("swap", "ref.py", "mine.py", "contrastive_loss", *asked)
    assert done.code == 0, done.all
    assert json.loads(done.out)["status"] == "blamed"
    innocent = typed("swap", "ref.py", "mine.py", "pairs", "--into", "ref", *asked)
    assert json.loads(innocent.out)["status"] == "cleared"
    unknown = typed("swap", "ref.py", "mine.py", "margin", *asked)
    assert unknown.code == 2
    assert "do not differ in 'margin'" in unknown.err


@pytest.mark.parametrize(
    ("bars", "code", "said"),
    [
        ("pair_auroc = {min = 0.9}", 1, "pair_auroc"),
        ("pair_auroc = {min = 0.05}", 0, "pair_auroc"),
        ("pair_auroc = {min_delta = -0.05}", 1, "pair_auroc"),
        ("pair_auroc = {min_ratio = 0.9}", 2, "is compared as a difference"),
        ('pair_accuracy = {min = 0.99, on = "seeds"}', 1, "pair_accuracy"),
        ("works = {min_seeds = 1}", 1, "works"),
        ("fid = {max = 100}", 2, "the report has no metric 'fid'"),
        ("coverage = {min = 0.1}", 2, "the report has no metric 'coverage'"),
        ("pair_auroc_min = 0.9", 2, "unknown bar, metric or setting 'pair_auroc_min'"),
        (
            'findings = {forbid = ["threshold-mismatch", "embedding-collapse", "cosine-as-logit"]}',
            None,
            "embedding-collapse",
        ),
    ],
)
def test_bars_of_pairs(traced: tuple[Result, Path], bars: str, code: int | None, said: str) -> None:
    """Passed, missed, and asked of what is not there."""
    Path("bars.toml").write_text(f"[bars]\n{bars}\n", "utf-8")
    done = typed("check", "report", "--bar", "bars.toml")
    assert code is None or done.code == code, done.all
    assert said in done.all
    if "no metric" in said:
        assert "was it written by an older ebdiag" not in done.err  # no version of it would have one
        assert "encoder" in done.err


def test_bars_are_proposed_from_a_report(traced: tuple[Result, Path]) -> None:
    """`check --init` writes bars that this very reference passes."""
    Path("bars.toml").unlink(missing_ok=True)
    done = typed("check", "report", "--init")
    assert done.code == 0, done.all
    text = Path("bars.toml").read_text("utf-8")
    assert "pair_auroc" in text
    assert not re.search(r"\bfid\b", text)
    assert typed("compare", "ref.py", "ref.py", "--steps", STEPS, "--seeds", "3", "--out", "self").code == 0
    assert typed("check", "self", "--bar", "bars.toml").code == 0


def test_a_model_is_the_same_as_itself(traced: tuple[Result, Path]) -> None:
    done = typed("compare", "ref.py", "ref.py", "--steps", STEPS, "--seeds", "3", "--out", "self", "--json")
    result = Result.model_validate_json(done.out)
    assert result.verdict.status == "same"
    delta = result.metrics["pair_auroc"].delta
    assert delta is not None
    assert (delta.mean, delta.low, delta.high) == (0, 0, 0)
    assert result.differences == []
    assert set(result.volatile.trained.values()) == {0}


@pytest.mark.slow
def test_the_reference_is_the_same_as_itself() -> None:
    done = typed("compare", "ref:contrastive", "ref:contrastive", "--steps", "100", "--seeds", "2", "--json",
                 "--out", "twice")  # fmt: skip
    result = Result.model_validate_json(done.out)
    assert result.verdict.status == "same"
    assert result.metrics["pair_auroc"].delta is not None
    assert result.metrics["pair_auroc"].delta.mean == 0


# ---- weights -----------------------------------------------------------------------------------------


def test_saved_weights_are_scored_as_the_run_was(traced: tuple[Result, Path], place: Path) -> None:
    """A file of the store, restored: the same scores; a state dict however it is kept: the same weights, no remark."""
    result, _ = traced
    run = next(run for run in result.runs if run.variant == "ref" and run.seed == 0)
    stored = Store().folder(run.id.split("-")[0]).weights(int(STEPS))
    done = typed("compare", "ref.py", "ref.py", "--restore-mine", str(stored), "--steps", STEPS, "--seeds", "1",
                 "--out", "restored", "--json")  # fmt: skip
    assert done.code == 0, done.all
    found = Result.model_validate_json(done.out)
    [mine] = [run for run in found.runs if run.variant == "mine"]
    assert mine.status == "restored"
    for key in ("pair_auroc", "pair_accuracy", "embedding_rank", "linear_probe_accuracy"):
        assert found.metrics[key].mine == [result.metrics[key].ref[0]]
    assert found.works.mine == [True]
    assert not [note for note in found.variants["mine"].notes if "initial" in note]
    state = {name.removeprefix("encoder."): value for name, value in load_file(stored).items()}
    kept: dict[str, Any] = {
        "state_dict": state,
        "in parallel": {f"module.{name}": value for name, value in state.items()},
        "named": {"epoch": 3, "encoder": state, "optimizer": {"state": {}, "param_groups": []}},
        "model": {"model_state_dict": state, "loss": 0.1},
    }
    for name, content in kept.items():
        built = build(Recipe(load("ref.py")), seed=7, device="cpu")
        file = place / f"{name}.pt"
        torch.save(content, file)
        assert restore(built, str(file)) == []
        assert all(torch.equal(value, state[key]) for key, value in built.encoder.state_dict().items())


def test_weights_of_something_else_are_refused() -> None:
    """The message speaks of the encoder, not of nets that there are none of."""
    torch.save({"fc.weight": torch.zeros(3, 3)}, "other.pt")
    done = typed("compare", "tiny.py", "tiny.py", "--restore-mine", "other.pt", "--steps", "4", "--seeds", "1")
    assert done.code == 2
    assert "encoder" in done.err
    assert foreign(done.err, "en") == []


# ---- what goes wrong -------------------------------------------------------------------------------


def failing(what: str) -> str:
    """TINY that goes wrong in update 61: `forward` is called twice an update, the loss once."""
    if what == "nan":
        body = "    calls.append(torch.is_grad_enabled())\n    if sum(calls) > 60:\n        far = far / 0 * 0\n"
        return texts.TINY + (
            "calls = []\n\n\ndef contrastive_loss(first, second, same, config):\n"
            "    near = (same * (first - second).square().sum(1)).mean()\n"
            f"    far = ((1 - same) * functional.cosine_similarity(first, second)).mean()\n{body}"
            '    return {"near": near, "far": far}\n'
        )
    act = {"raise": 'raise ValueError("enough")', "exit": "sys.exit(3)"}[what]
    return "import sys\n" + texts.TINY.replace(
        "        return self.project",
        "        calls.append(self.training)\n        if sum(calls) > 120:\n"
        f"            {act}\n        return self.project",
    ).replace("class Encoder", "calls = []\n\n\nclass Encoder")


@pytest.mark.parametrize(
    ("what", "status", "said"),
    [
        ("raise", "crashed", "ValueError: enough"),
        ("nan", "diverged", "loss term encoder.far"),
        ("exit", "crashed", "SystemExit"),
    ],
)
def test_a_run_that_fails_is_told_and_the_other_is_complete(what: str, status: str, said: str) -> None:
    """Status, step and term or line; exit code 4; ref has all its numbers."""
    variants.write(Path(), texts.with_fields(failing(what), epochs=20), f"{what}.py")
    variants.write(Path(), texts.with_fields(texts.TINY, epochs=20), "long.py")
    done = typed("compare", "long.py", f"{what}.py", "--steps", "70", "--seeds", "1", "--out", f"failed-{what}",
                 "--json")  # fmt: skip
    assert done.code == 4, done.all
    result = Result.model_validate_json(done.out)
    [ref], [mine] = ([run for run in result.runs if run.variant == side] for side in ("ref", "mine"))
    assert ref.status == "finished"
    assert ref.steps == 70
    assert result.metrics["pair_auroc"].ref[0] is not None
    assert mine.status == status
    assert said in (mine.reason or "")
    if what != "exit":
        assert mine.steps == 61
        assert "61" in (mine.reason or "")
    if what == "raise":
        assert mine.line is not None
        assert mine.line.file == "raise.py"
    assert result.verdict.exit_code == 4
    assert (Path(f"failed-{what}") / "report.html").exists()


# ---- what is refused -------------------------------------------------------------------------------

AT_IMPORT = (
    texts.TINY
    + """
from torchvision import datasets, transforms
from torch.utils.data import DataLoader

loader = DataLoader(datasets.MNIST(".", transform=transforms.ToTensor()), batch_size=32)
encoder = Encoder(Config())
optimiser = torch.optim.Adam(encoder.parameters(), lr=1e-3)
for images, labels in loader:
    first, second = images[::2], images[1::2]
    same = (labels[::2] == labels[1::2]).float()
    cosine = functional.cosine_similarity(encoder(first), encoder(second))
    loss = functional.binary_cross_entropy_with_logits(cosine, same)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
"""
)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("compare", "gan.py", "tiny.py"), ("tiny.py: cannot be compared with the reference: they are of two kinds",
                                            "compare it with ref:contrastive")),
        (("compare", "ref:contrastive", "gan.py"), ("gan.py: cannot be compared", "compare it with ref:ebgan_pt")),
        (("lint", "ref:ebgan_pt", "tiny.py"), ("tiny.py: cannot be compared", "a contrastive encoder")),
        (("trace", "gan.py", "tiny.py"), ("tiny.py: cannot be compared",)),
        (("compare", "script.py"), ("script.py:", "Encoder")),
        (("lint", "script.py"), ("script.py:", "Encoder")),
        (("compare", "tiny.py", "--dataset", "mnist5"), ("Did you mean 'mnist5k'",)),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_exit_2(asked: tuple[str, ...], said: tuple[str, ...], place: Path) -> None:
    variants.write(place, AT_IMPORT, "script.py")
    done = typed(*asked)
    assert done.code == 2, done.all
    for part in said:
        assert part in done.err
    assert "Traceback" not in done.all


# ---- lint, other data, what is trained again -------------------------------------------------------


def test_lint_names_the_parts_and_takes_the_reference_of_the_kind() -> None:
    done = typed("lint", "mine.py", "--json", "--fast")
    content = json.loads(done.out)
    assert content["variants"]["ref"]["path"] == "ref:contrastive"
    assert {"encoder", "contrastive_loss", "pairs"} <= {row["part"] for row in content["differences"]}
    for lang in ("en", "ko"):
        told = typed("lint", "ref.py", "mine.py", "--fast", "--lang", lang)
        assert told.code in (0, 1)
        assert "640" in told.out
        assert foreign(told.out + told.err, lang) == []


def test_only_what_changed_is_trained_again(traced: tuple[Result, Path], place: Path) -> None:
    """A comment: nothing; a number of mine: mine alone."""
    mine = swapped()

    def trained(text: str) -> dict[str, int]:
        variants.write(place, text, "changing.py")
        done = typed("compare", "ref.py", "changing.py", "--steps", STEPS, "--seeds", "1", "--out", "changing",
                     "--json")  # fmt: skip
        assert done.code == 0, done.all
        return Result.model_validate_json(done.out).volatile.trained

    assert trained("# mine\n" + mine) == {"ref/0": 0, "mine/0": 0}
    assert trained(texts.with_fields(mine, batch_size=60)) == {"ref/0": 0, "mine/0": int(STEPS)}


def test_pictures_without_labels(place: Path) -> None:
    """Pairs are views of one image, which is said; what needs labels is left out, which is said too."""
    folder = place / "pictures"
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(130):
        grain = rng.integers(0, 256, (4, 4), dtype=np.uint8)
        Image.fromarray(grain).resize((16, 16)).save(folder / f"{number}.png")
    done = typed("compare", "tiny.py", "tiny.py", "--dataset", f"folder:{folder}", "--steps", "6", "--seeds", "1",
                 "--out", "unlabelled", "--json")  # fmt: skip
    assert done.code == 0, done.all
    result = Result.model_validate_json(done.out)
    assert result.metrics["pair_auroc"].mine[0] is not None
    assert result.metrics["linear_probe_accuracy"].mine == [None]
    assert result.metrics["neighbour_accuracy"].mine == [None]
    assert result.variants["mine"].parts["pairs"].value == "two views, 50% same"
    notes = " ".join(result.variants["mine"].notes)
    assert "the data set has no labels: pairs are two augmented views of one image, or of two" in notes
    assert "back for scoring" not in notes  # nothing is generated that could be brought back
    page = seen((Path("unlabelled") / "report.html").read_text("utf-8"))
    assert foreign(page, "en") == []

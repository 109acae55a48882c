"""What a contrastive file may say, what each part of it does, and what is said of one that cannot run."""

from __future__ import annotations

import functools
import re
import tempfile
from pathlib import Path

import encoder_variants as texts
import pytest
import torch
import variants
from planted import data

from ebdiag import device, kinds
from ebdiag.adopt import reference_for
from ebdiag.diagnose import diagnose
from ebdiag.differences import differences
from ebdiag.encoders.build import build
from ebdiag.encoders.inspect import inspect
from ebdiag.errors import VariantError
from ebdiag.kinds.contrastive import CONTRASTIVE, DEFAULTS, PARTS
from ebdiag.load import load
from ebdiag.records import Facts, Recipe, Variant
from ebdiag.result import Difference, Finding

BARE = texts.HEADER + texts.ENCODER
"""The least that is a contrastive variant."""


@functools.cache
def looked_at(text: str, name: str = "mine.py") -> tuple[Variant, Facts]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path(name).write_text(text)
        variant = load(name)
        return variant, inspect(Recipe(variant), data(), device.environment())


def differing(ref: str, mine: str) -> list[Difference]:
    return differences(*looked_at(ref, "ref.py"), *looked_at(mine))


def parts(ref: str, mine: str) -> list[str]:
    """Names of parts that differ, layers left out."""
    return [row.part for row in differing(ref, mine) if row.part in PARTS]


def line_of(text: str, start: str) -> int:
    return next(number for number, row in enumerate(text.splitlines(), 1) if row.startswith(start))


# ---- kinds -----------------------------------------------------------------------------------------


def test_parts_of_an_encoder_have_these_names() -> None:
    """A promise to users."""
    assert PARTS == ("encoder", "contrastive_loss", "predict", "pairs", "data", "optimizer", "batch_size", "schedule")


def test_tables_of_a_kind_agree() -> None:
    """Every field of Config and every function belongs to one part, and every part has a source."""
    for kind in kinds.KINDS:
        assert set(kind.sources) == set(kind.parts)
        named = [name for part in kind.parts for name in kind.definitions(part)]
        assert set(kind.functions) <= set(named)
        assert set(named) <= {*kind.functions, *kind.classes, *kind.methods}
        for name, part in kind.part_of_field.items():
            assert name in kind.defaults
            assert name in kind.fields(part)
        assert kind.settings <= set(kind.parts)
        assert set(kind.bound) <= set(kind.functions)
        assert {"Config", *kind.classes, *kind.functions} == set(kind.order)
        assert kind.decides.metric in {metric.key for metric in kind.metrics}
        assert kinds.of(kind.name) is kind
    assert kinds.NETS == ("generator", "discriminator", "encoder")
    fields = {field for part in PARTS for field in CONTRASTIVE.fields(part)}
    assert fields == set(DEFAULTS)


def test_kinds_that_cannot_be_compared() -> None:
    assert kinds.check_alike("gan", "gan", paths=("a.py", "b.py")).name == "gan"
    assert kinds.check_alike("contrastive", "contrastive", paths=("a.py", "b.py")).name == "contrastive"
    with pytest.raises(VariantError) as caught:
        kinds.check_alike("gan", "contrastive", paths=("a.py", "b.py"))
    assert str(caught.value) == (
        "b.py: cannot be compared with the reference: they are of two kinds\n"
        "  expected a GAN, with classes Generator and Discriminator, as a.py is, "
        "got a contrastive encoder, with a class Encoder -- compare it with ref:contrastive     see docs/variants.md"
    )
    with pytest.raises(VariantError, match="compare it with ref:ebgan_pt"):
        kinds.check_alike("contrastive", "gan", paths=("a.py", "b.py"))


def test_the_reference_is_that_of_the_kind(tmp_path: Path) -> None:
    assert reference_for(variants.write(tmp_path, texts.TINY)) == "ref:contrastive"
    assert reference_for(variants.write(tmp_path, variants.TINY)) == "ref:ebgan_pt"
    assert reference_for("ref:contrastive") == "ref:contrastive"
    assert reference_for(str(tmp_path / "missing.py")) == "ref:ebgan_pt"
    assert kinds.reference(load("ref:contrastive").kind) == "ref:contrastive"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (texts.TINY, "contrastive"),
        (variants.TINY, "gan"),
        (variants.TINY + texts.ENCODER, "gan"),  # its encoder is a layer of the discriminator
        (texts.HEADER + "from there import *\n" + texts.ENCODER, "contrastive"),
    ],
)
def test_the_classes_say_which_kind(tmp_path: Path, text: str, kind: str) -> None:
    (tmp_path / "there.py").write_text("WIDTH = 3\n")
    assert load(variants.write(tmp_path, text)).kind == kind


# ---- parts -----------------------------------------------------------------------------------------


def test_a_bare_encoder_gets_every_default() -> None:
    variant, facts = looked_at(BARE)
    assert {name: part.source for name, part in variant.parts.items()} == {
        name: f"mine.py:{line_of(BARE, 'class Encoder')}" if name == "encoder" else "default" for name in PARTS
    }
    assert list(facts.parts) == list(PARTS)
    assert all(part["used"] for part in facts.parts.values())
    assert facts.config == {
        name: list(value) if isinstance(value, tuple) else value for name, value in DEFAULTS.items()
    }
    values = {name: part["value"] for name, part in facts.parts.items()}
    assert values["encoder"] == "400 parameters"
    assert values["contrastive_loss"] == "logistic, temperature 0.1"
    assert values["pairs"] == "by label, 50% same"
    assert values["data"] == "4,096 pairs"
    assert values["optimizer"].startswith("Adam(lr=0.001, betas=(0.9, 0.999)")
    assert (values["batch_size"], values["schedule"]) == ("64", "10 epochs")
    assert facts.conformance["pairs"] == {
        "source": "labels", "count": 4096, "same_share": 0.5, "held_out_same_share": None, "per_epoch": 64,
        "updates": 640,
    }  # fmt: skip
    assert facts.conformance["repeat"] == {"same": True}


TRANSFORM = """def transform(image):
    import numpy as np

    return torch.from_numpy(np.asarray(image).astype("float32") / 255)[None]


"""
INITIALISE = """def initialise(module):
    for parameter in module.parameters():
        nn.init.normal_(parameter, 0.0, 0.3)


"""
OTHER_NET = texts.ENCODER.replace("nn.Linear(49, 8)", "nn.Linear(49, 12)")

CHANGED: dict[str, tuple[str, str, str]] = {
    "another width": ("encoder", texts.WRITTEN_OUT.replace(texts.ENCODER, OTHER_NET), "class Encoder"),
    "other initial weights": ("encoder", texts.WRITTEN_OUT + INITIALISE, "class Encoder"),
    "another temperature": (
        "contrastive_loss", texts.with_fields(texts.TINY + texts.PREDICT.replace("config.temperature", "0.1"),
                                              temperature=0.5), "    temperature",
    ),
    "another loss": ("contrastive_loss", texts.TINY + texts.MARGIN, "def contrastive_loss"),
    "labels turned round": (
        "contrastive_loss", texts.WRITTEN_OUT.replace("(logits, same)", "(logits, 1 - same)"), "def contrastive_loss",
    ),
    "another threshold": ("predict", texts.WRITTEN_OUT.replace(texts.PREDICT, texts.PREDICT.replace("0.5", "0.8")),
                          "def predict"),
    "sigmoid of the cosine": (
        "predict", texts.WRITTEN_OUT.replace(texts.PREDICT, "def predict(first, second, config):\n"
        "    return torch.sigmoid(functional.cosine_similarity(first, second)) > 0.5\n\n\n"), "def predict",
    ),
    "fewer same": ("pairs", texts.with_fields(texts.WRITTEN_OUT, same_share=0.25), "    same_share"),
    "views": ("pairs", texts.with_fields(texts.WRITTEN_OUT, pairs_by="augmentations"), "    pairs_by"),
    "noise": ("pairs", texts.WRITTEN_OUT + texts.NOISE, "def pairs"),
    "fewer pairs": ("data", texts.with_fields(texts.WRITTEN_OUT, train_pairs=64), "    train_pairs"),
    "another range": ("data", texts.with_fields(texts.WRITTEN_OUT, pixel_range=(0.0, 1.0)), "    pixel_range"),
    "transform": ("data", texts.WRITTEN_OUT + TRANSFORM, "def transform"),
    "another rate": ("optimizer", texts.with_fields(texts.WRITTEN_OUT, learning_rate=0.01), "    learning_rate"),
    "other betas": ("optimizer", texts.with_fields(texts.WRITTEN_OUT, betas=(0.5, 0.999)), "    betas"),
    "another optimiser": ("optimizer", texts.TINY + texts.SGD, "def optimizer"),
    "another batch": ("batch_size", texts.with_fields(texts.WRITTEN_OUT, batch_size=24), "    batch_size"),
    "fewer epochs": ("schedule", texts.with_fields(texts.WRITTEN_OUT, epochs=2), "    epochs"),
}  # fmt: skip
"""What is changed → (the part that it is, the text, how the line begins that it stands on)."""


@pytest.mark.parametrize("name", CHANGED)
def test_one_change_is_one_difference(name: str) -> None:
    """Exactly that part is named, with its line where the part has no source before it."""
    part, text, start = CHANGED[name]
    assert parts(texts.TINY, text) == [part]
    [row] = [row for row in differing(texts.TINY, text) if row.part == part]
    assert row.mine_line is not None
    assert row.mine_line.file == "mine.py"
    first = next((s for s in CONTRASTIVE.sources[part] if _stands(text, s)), None)
    assert first is not None
    if start.split()[-1] == first.removeprefix("Config."):
        assert row.mine_line.line == line_of(text, start)


def _stands(text: str, source: str) -> bool:
    name = source.removeprefix("Config.")
    starts = (f"    {name}: ",) if name != source else (f"def {name}(", f"class {name}(")
    return any(row.startswith(starts) for row in text.splitlines())


HARMLESS: dict[str, str] = {
    "defaults in words": texts.WRITTEN_OUT,
    "names of layers": texts.TINY.replace("self.pool", "self.shrink").replace("self.project", "self.out"),
    "a sequence of layers": texts.TINY.replace(
        "        self.pool = nn.AvgPool2d(4)\n        self.project = nn.Linear(49, 8)\n",
        "        self.net = nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, 8))\n",
    ).replace("self.project(self.pool(images).flatten(1))", "self.net(images)"),
    "no config": texts.TINY.replace("def __init__(self, config):", "def __init__(self):"),
    "softplus for the loss": texts.TINY + texts.LOSS.replace(
        "functional.binary_cross_entropy_with_logits(logits, same)",
        "(same * functional.softplus(-logits) + (1 - same) * functional.softplus(logits)).mean()",
    ),
    "named terms": texts.TINY + texts.LOSS.replace(
        "return functional.binary_cross_entropy_with_logits(logits, same)",
        'near = (same * functional.softplus(-logits)).mean()\n'
        '    return {"near": near, "far": ((1 - same) * functional.softplus(logits)).mean()}',
    ),
    "cosine by hand": texts.TINY + texts.LOSS.replace(
        "functional.cosine_similarity(first, second)",
        "(functional.normalize(first, dim=1) * functional.normalize(second, dim=1)).sum(1)",
    ),
    "a distance for a cosine": texts.TINY + texts.PREDICT.replace(
        "functional.cosine_similarity(first, second)",
        "(1 - (functional.normalize(first, dim=1) - functional.normalize(second, dim=1)).square().sum(1) / 2)",
    ),
    "tanh for sigmoid": texts.TINY + texts.PREDICT.replace("torch.sigmoid(", "(lambda x: (x / 2).tanh() / 2 + 0.5)("),
    "other names of arguments": texts.TINY + re.sub(r"\bfirst\b", "ours", re.sub(r"\bsecond\b", "theirs", texts.LOSS)),
    "a helper": texts.TINY + texts.LOSS.replace("def contrastive_loss", "def inner")
    + "def contrastive_loss(first, second, same, config):\n    return inner(first, second, same, config)\n",
    "defaults stated": texts.with_fields(
        texts.TINY, same_share=0.5, pairs_by="labels", learning_rate=1e-3, temperature=0.1, pixel_range=(-1.0, 1.0),
        betas=(0.9, 0.999), image_shape=(1, 28, 28),
    ),
    "AdamW without decay": texts.TINY + texts.OPTIMIZER.replace(
        "betas=config.betas)", "betas=config.betas, foreach=False)"
    ),
    "comments": texts.TINY.replace("class Encoder", "# my encoder\nclass Encoder"),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_rewrite_is_no_difference(name: str) -> None:
    text = HARMLESS[name]
    assert name == "defaults in words" or text not in (texts.TINY, texts.WRITTEN_OUT)
    assert differing(texts.TINY, text) == []
    assert parts(text, CHANGED["another width"][1]) == ["encoder"]


def test_the_reference_loss_is_the_default_one() -> None:
    """What `reference_models/contrastive.py` writes out is what a file without a loss gets."""
    assert parts("".join(_reference(loss=True)), "".join(_reference(loss=False))) == []


def _reference(*, loss: bool) -> list[str]:
    text = (Path(__file__).parent.parent / "reference_models" / "contrastive.py").read_text()
    return [text if loss else text[: text.index("def logits")]]


OVERRIDES = {
    "contrastive_loss": texts.MARGIN,
    "predict": texts.PREDICT,
    "pairs": texts.NOISE,
    "optimizer": texts.SGD,
    "data": TRANSFORM,
}


@pytest.mark.parametrize("part", OVERRIDES)
def test_an_override_has_its_line_and_takes_effect(part: str, tmp_path: Path) -> None:
    text = texts.TINY + OVERRIDES[part]
    variant, facts = looked_at(text)
    name = "transform" if part == "data" else part
    assert variant.parts[part].source == f"mine.py:{line_of(text, f'def {name}')}"
    others = {p: variant.parts[p].source for p in ("contrastive_loss", "predict", "pairs", "optimizer") if p != part}
    assert set(others.values()) == {"default"}
    assert facts.parts[part]["used"]
    if part in ("contrastive_loss", "predict", "pairs"):
        assert facts.parts[part]["value"] == "own"
    if part == "optimizer":
        assert facts.parts[part]["value"].startswith("SGD(lr=0.05, momentum=0.9")


def test_fields_take_effect() -> None:
    text = texts.with_fields(
        BARE.replace("class Encoder", "@dataclass(frozen=True)\nclass Config:\n    train_pairs: int = 40\n\n\n"
                     "class Encoder"),
        epochs=3, batch_size=12, learning_rate=0.02, betas=(0.5, 0.9), temperature=0.25, same_share=0.25,
        pairs_by="augmentations", pixel_range=(0.0, 2.0),
    )  # fmt: skip
    variant, facts = looked_at(text)
    values = {name: part["value"] for name, part in facts.parts.items()}
    assert values["contrastive_loss"] == "logistic, temperature 0.25"
    assert values["pairs"] == "two views, 25% same"
    assert values["data"] == "40 pairs"
    assert values["optimizer"].startswith("Adam(lr=0.02, betas=(0.5, 0.9)")
    assert (values["batch_size"], values["schedule"]) == ("12", "3 epochs")
    assert facts.conformance["pairs"]["same_share"] == 0.25
    assert facts.conformance["pairs"]["updates"] == 9
    assert facts.conformance["pairs"]["source"] == "augmentations"
    assert {variant.parts[part].source for part in PARTS if part != "predict"} == {
        f"mine.py:{line_of(text, start)}"
        for start in ("class Encoder", "    temperature", "    pairs_by", "    train_pairs", "    learning_rate",
                      "    batch_size", "    epochs")
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        built = build(Recipe(load(variants.write(Path(folder), text))), seed=0, device="cpu")
    loss = built.loss(torch.eye(2)[:1], torch.eye(2)[:1], torch.ones(1), built.config)
    assert float(loss) == pytest.approx(float(torch.nn.functional.softplus(torch.tensor(-(1 - 0.5) / 0.25))))


def findings(text: str) -> list[Finding]:
    variant, facts = looked_at(text)
    return diagnose({"ref": variant, "mine": variant}, {"ref": facts, "mine": facts}, [])


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("batchsize", "batch_size"), ("temprature", "temperature"), ("epoch", "epochs"), ("same_shares", "same_share"),
     ("lr", None), ("margin", None), ("latent_dim", None), ("patience", None)],
)  # fmt: skip
def test_a_field_that_nobody_reads(wrong: str, right: str | None) -> None:
    """Misspelt ones are named with what was meant; those of GANs mean nothing here."""
    config = texts.HEADER + "@dataclass(frozen=True)\nclass Config:\n    train_pairs: int = 96\n\n\n"
    text = texts.with_fields(config + texts.ENCODER, **{wrong: 3})
    said = [f for f in findings(text) if f.variant == "mine" and f.rule.startswith("config-")]
    assert [f.rule for f in said] == ["config-misspelt" if right else "config-unused"]
    assert wrong in said[0].title + said[0].explanation
    if right:
        assert right in said[0].title + said[0].explanation + (said[0].advice or "")
    assert [line.line for line in said[0].lines] == [line_of(text, f"    {wrong}: ")]


# ---- what cannot run -------------------------------------------------------------------------------


def refused(text: str) -> VariantError:
    with pytest.raises(VariantError) as caught:
        looked_at(text)
    return caught.value


def encoder(body: str) -> str:
    """TINY whose `forward` ends so."""
    return texts.TINY.replace("return self.project(self.pool(images).flatten(1))", body)


def loss(body: str) -> str:
    return texts.TINY + f"def contrastive_loss(first, second, same, config):\n    {body}\n"


def predict(body: str) -> str:
    return texts.TINY + f"def predict(first, second, config):\n    {body}\n"


def pairs(body: str) -> str:
    return (
        texts.TINY
        + f"def pairs(count, rng, config):\n    x = torch.rand(count, 1, 28, 28, generator=rng)\n    {body}\n"
    )


def optimizer(body: str) -> str:
    return texts.TINY + f"def optimizer(encoder, config):\n    {body}\n"


PROJECTED = "self.project(self.pool(images).flatten(1))"

REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "one number for all": (
        encoder(f"return {PROJECTED}.mean()"), "class Encoder",
        ("Encoder must return one embedding per image", "expected shape (16, d), got ()"),
    ),
    "one number an image": (
        encoder(f"return {PROJECTED}.mean(1)"), "class Encoder",
        ("Encoder must return one embedding per image", "expected shape (16, d), got (16,)"),
    ),
    "half of the images": (
        encoder(f"return {PROJECTED}[:8]"), "class Encoder",
        ("Encoder must return one embedding per image", "expected shape (16, d), got (8, 8)"),
    ),
    "a tuple": (
        encoder(f"return {PROJECTED}, images"), "class Encoder",
        ("Encoder must return one embedding per image", "got tuple"),
    ),
    "embeddings that are not finite": (
        encoder(f"return {PROJECTED} / 0"), "class Encoder",
        ("Encoder's embeddings are not finite before any training", "got NaN or infinity"),
    ),
    "an encoder that raises": (
        encoder('raise RuntimeError("out of luck")'), '        raise RuntimeError("out of luck")',
        ("Encoder raised on images of shape (16, 1, 28, 28): RuntimeError: out of luck",),
    ),
    "a net for other images": (
        texts.TINY.replace("nn.Linear(49, 8)", "nn.Linear(64, 8)"), "        return self.project",
        ("Encoder raised on images of shape (16, 1, 28, 28): RuntimeError: mat1 and mat2",),
    ),
    "an encoder without parameters": (
        texts.TINY.replace("self.project = nn.Linear(49, 8)", "pass").replace(f"return {PROJECTED}", "return images"),
        "class Encoder", ("Encoder has nothing to train", "expected a net with parameters, got none"),
    ),
    "an encoder that is no net": (
        texts.TINY.replace("class Encoder(nn.Module)", "class Encoder").replace("super().__init__()", "pass"),
        "class Encoder", ("Encoder must be a torch.nn.Module",),
    ),
    "a constructor that raises": (
        texts.TINY.replace("self.pool = nn.AvgPool2d(4)", "self.pool = nn.AvgPool2d(config.size)"),
        "        self.pool", ("Encoder(config) raised AttributeError:", "'size'"),
    ),
    "one loss a pair": (
        loss("return (first - second).square().mean(1)"), "def contrastive_loss",
        ("contrastive_loss() must return a scalar", "expected shape (), got (16,)", "mean over the batch"),
    ),
    "a loss without a gradient": (
        loss("return (first.detach() - second.detach()).square().mean()"), "def contrastive_loss",
        ("contrastive_loss() has no gradient for the encoder", "is there a detach()"),
    ),
    "a loss that raises": (
        loss("return first @ second"), "    return first @ second",
        ("contrastive_loss(first, second, same, config) raised RuntimeError:",),
    ),
    "a loss that is a number": (
        loss("return 1.0"), "def contrastive_loss",
        ("contrastive_loss(): a loss must be a tensor", "got float"),
    ),
    "a term that is a number": (
        loss('return {"near": (first - second).square().mean(), "decay": 0.1}'), "def contrastive_loss",
        ("contrastive_loss(): a loss must be a tensor", "got float as 'decay'"),
    ),
    "no term at all": (
        loss("return {}"), "def contrastive_loss",
        ("contrastive_loss(): a loss must be a tensor", "got an empty dictionary"),
    ),
    "a loss that is not finite": (
        loss("return (first - second).mean() / 0"), "def contrastive_loss",
        ("contrastive_loss() is not finite before any training",),
    ),
    "one answer for all": (
        predict("return torch.tensor(0.5)"), "def predict",
        ("predict() must return one answer per pair", "expected shape (16,), got ()"),
    ),
    "too many answers": (
        predict("return first"), "def predict",
        ("predict() must return one answer per pair", "expected shape (16,), got (16, 8)"),
    ),
    "a prediction that raises": (
        predict("return first + config.bias"), "    return first + config.bias",
        ("predict(first, second, config) raised AttributeError:", "bias"),
    ),
    "two things for three": (
        pairs("return x, x"), "def pairs", ("pairs() must return (first, second, same), got tuple of 2",),
    ),
    "images of another shape": (
        pairs("return x, x[:, :, 1:], torch.ones(count)"), "def pairs",
        ("pairs() must return second of shape (96, 1, 28, 28), got (96, 1, 27, 28)",),
    ),
    "fewer pairs than asked for": (
        pairs("return x[:9], x[:9], torch.ones(9)"), "def pairs",
        ("pairs() must return first of shape (96, 1, 28, 28), got (9, 1, 28, 28)",),
    ),
    "labels of another kind": (
        pairs("return x, x, torch.full((count,), 2)"), "def pairs",
        ("pairs() must return 96 labels of 0 or 1, got 2",),
    ),
    "labels of -1 and 1": (
        pairs("return x, x, torch.arange(count) % 2 * 2 - 1"), "def pairs",
        ("pairs() must return 96 labels of 0 or 1, got -1",),
    ),
    "too few labels": (
        pairs("return x, x, torch.ones(5)"), "def pairs",
        ("pairs() must return 96 labels of 0 or 1, got shape (5,)",),
    ),
    "images that are no tensors": (
        pairs("return [['a'], 'b'], x, torch.ones(count)"), "def pairs",
        ("pairs() must return first as a tensor, got list",),
    ),
    "pairs that are not finite": (
        pairs("return x / 0, x, torch.ones(count)"), "def pairs", ("pairs() must return finite images",),
    ),
    "pairs that raise": (
        pairs("return x[count], x, x"), "    return x[count], x, x",
        ("pairs(count, rng, config) raised IndexError:",),
    ),
    "no optimiser": (
        optimizer("return 0.1"), "def optimizer",
        ("optimizer() must return an optimiser", "expected a torch.optim.Optimizer, got float"),
    ),
    "an optimiser that raises": (
        optimizer("return torch.optim.Adam([], lr=1.0)"), "    return torch.optim.Adam([], lr=1.0)",
        ("optimizer(encoder, config) raised ValueError: optimizer got an empty parameter list",),
    ),
    "a share above 1": (
        texts.with_fields(texts.TINY, same_share=1.5), "    same_share",
        ("Config.same_share must be between 0 and 1, got 1.5",),
    ),
    "a share below 0": (
        texts.with_fields(texts.TINY, same_share=-0.5), "    same_share",
        ("Config.same_share must be between 0 and 1, got -0.5",),
    ),
    "a share in words": (
        texts.with_fields(texts.TINY, same_share="half"), "    same_share",
        ("Config.same_share must be between 0 and 1, got 'half'",),
    ),
    "an unknown source of pairs": (
        texts.with_fields(texts.TINY, pairs_by="classes"), "    pairs_by",
        ("Config.pairs_by must be 'labels' or 'augmentations', got 'classes'",),
    ),
    "no pairs": (
        texts.with_fields(texts.TINY, train_pairs=0), "    train_pairs",
        ("Config.train_pairs must be a whole number above 0, got 0",),
    ),
    "no batch": (
        texts.with_fields(texts.TINY, batch_size=0), "    batch_size",
        ("Config.batch_size must be a whole number above 0, got 0",),
    ),
    "no epochs": (
        texts.with_fields(texts.TINY, epochs=0), "    epochs", ("Config.epochs must be a whole number above 0, got 0",),
    ),
    "half a batch": (
        texts.with_fields(texts.TINY, batch_size=2.5), "    batch_size",
        ("Config.batch_size must be a whole number above 0, got 2.5",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_run_is_refused_with_its_line(name: str) -> None:
    text, start, said = REFUSED[name]
    error = refused(text)
    message = str(error)
    assert message.startswith(f"mine.py:{line_of(text, start)}: "), message
    for sentence in said:
        assert sentence in message
    assert "docs/" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (texts.TINY.replace("def __init__(self, config):", "def __init__(self, width, depth):"),
         ("Encoder cannot be constructed", "expected Encoder(config) or Encoder(), got Encoder(width, depth)")),
        (texts.TINY + "def contrastive_loss(first, second):\n    return 0\n",
         ("contrastive_loss() is called with 4 arguments", "contrastive_loss(first, second, same, config)")),
        (texts.TINY + "def predict(first, second, same, config):\n    return 0\n",
         ("predict() is called with 3 arguments", "predict(first, second, config)")),
        (texts.TINY + "def pairs(count):\n    return 0\n",
         ("pairs() is called with 3 arguments", "pairs(count, rng, config)")),
        (texts.TINY + "predict = 0.5\n", ("predict must be a function",)),
        (texts.HEADER + "@dataclass\nclass Config:\n    epochs: int\n\n\n" + texts.ENCODER,
         ("Config.epochs has no default", "write `epochs: int = 10`")),
        (texts.TINY.replace("class Encoder", "class SiameseEncoder") + texts.MARGIN,
         ("Encoder", "rename `SiameseEncoder`")),
    ],
)  # fmt: skip
def test_what_cannot_be_called_is_refused_unrun(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    with pytest.raises(VariantError) as caught:
        load(variants.write(tmp_path, text))
    for sentence in said:
        assert sentence in str(caught.value)

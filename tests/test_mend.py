"""The text of a mended file: the mended part is ref's in effect, everything else is as it was, to the byte."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import rewrites
from planted import differing

import ebdiag
from ebdiag.edits import MendError
from ebdiag.kinds.contrastive import PARTS
from ebdiag.kinds.gan import GAN_PARTS
from ebdiag.load import load
from ebdiag.mend import diff, mend
from ebdiag.records import Variant
from ebdiag.result import Difference

FOLDER = Path(ebdiag.__file__).parent.parent / "user_models"
USER_MODELS = sorted(path for path in FOLDER.glob("*.py") if load(str(path)).kind == "gan")


def read(folder: Path, text: str, name: str) -> Variant:
    """The variant of a text, under a name without a folder, as `planted` gives it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path(name).write_text(text)
        return load(name)


def mended(folder: Path, ref: str, mine: str, parts: list[str], layers: list[Difference] | None = None) -> str:
    """The mended text, which can be read as a variant."""
    fixed = mend(read(folder, ref, "ref.py"), read(folder, mine, "mine.py"), parts, layers or [])
    read(folder, fixed, "fixed.py")
    return fixed


def names(rows: list[Difference]) -> list[str]:
    return [row.part for row in rows if row.part in GAN_PARTS]


def kept_lines(mine: str, fixed: str) -> float:
    """Share of mine's lines that stand in the fixed text unchanged and in their order."""
    before, after = mine.splitlines(), fixed.splitlines()
    return sum(b.size for b in difflib.SequenceMatcher(None, before, after, False).get_matching_blocks()) / len(before)


FOLLOWS = {"latent": "generator", "pixel_range": "discriminator"}
"""Part → what is tried with it, and so differs with it and no longer than it."""


def check(folder: Path, ref: str, mine: str, parts: list[str]) -> str:
    """What is mended no longer differs, and what else differs is as before."""
    fixed = mended(folder, ref, mine, parts)
    before, after = differing(ref, mine), differing(ref, fixed)
    assert set(parts) <= set(names(before))
    expected = [name for name in names(before) if name not in parts]
    assert names(after) == [name for name in expected if name not in {FOLLOWS.get(part) for part in parts}]
    others = {row.part: (row.ref, row.mine) for row in after}
    assert others.items() <= {row.part: (row.ref, row.mine) for row in before}.items()
    return fixed


# ---- the user models ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", USER_MODELS, ids=lambda path: path.stem)
def test_each_part_of_a_user_model_can_be_mended_alone(path: Path, tmp_path: Path) -> None:
    """One part after the other, by itself, and all together: then nothing differs."""
    mine = path.read_text()
    parts = names(differing(rewrites.COMPACT, mine))
    assert parts
    for part in parts if len(parts) > 1 else ():
        check(tmp_path, rewrites.COMPACT, mine, [part])
    fixed = check(tmp_path, rewrites.COMPACT, mine, parts)
    assert kept_lines(mine, fixed) > 0.85


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_an_encoder_can_be_mended_alone(part: str) -> None:
    """The part then says what the reference's says, and every other part what mine said."""
    ref, mine = load("ref:contrastive"), load(str(FOLDER / "contrastive_bce.py"))
    fixed = load(mine.path, lambda project: {**mine.files, mine.main: mend(ref, mine, [part])})
    assert fixed.parts[part].code == ref.parts[part].code
    follows = {"encoder": ("pairs",)}.get(part, ())  # its own pairs read the shape that goes with the encoder
    others = [name for name in PARTS if name not in (part, *follows)]
    assert all(fixed.parts[name].code == mine.parts[name].code for name in others)


def test_only_the_value_of_a_field_changes(tmp_path: Path) -> None:
    """A margin mended is one line, with its comment; the rest of the file is the same bytes."""
    mine = rewrites.replaced(rewrites.COMPACT, ("margin: float = 1.0", "margin  : float=20.0   # the paper's"))
    fixed = mended(tmp_path, rewrites.COMPACT, mine, ["margin"])
    assert fixed == mine.replace("20.0", "1.0")
    assert diff(read(tmp_path, mine, "mine.py"), fixed).splitlines()[:2] == ["--- mine.py", "+++ mine_fixed.py"]
    assert diff(read(tmp_path, mine, "mine.py"), mine) == ""


# ---- every part ----------------------------------------------------------------------------------

OBJECTIVE = '''

SCALE = 2


def hinge(margin, energies):
    """Of each sample."""
    return (margin - energies).relu() * SCALE


class Objective:
    """Twice the hinge."""

    def __init__(self, config):
        self.config = config

    def discriminator_loss(self, discriminator, real, fake, config):
        recon, _ = discriminator(fake)
        return energy(discriminator(real)[0], real).mean() + hinge(config.margin, energy(recon, fake)).mean()

    def generator_loss(self, discriminator, fake, config):
        return energy(discriminator(fake)[0], fake).mean()
'''

OPTIMIZERS = '''

def optimizers(generator, discriminator, config):
    """Without momentum."""
    g = torch.optim.SGD(generator.parameters(), lr=config.generator_lr)
    return g, torch.optim.RMSprop(discriminator.parameters(), lr=config.discriminator_lr)
'''

STEP = '''

def train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):
    """The generator first."""
    fake = generator(sample_latent(config.batch_size, config, rng))
    generator_opt.zero_grad()
    loss = energy(discriminator(fake)[0], fake).mean()
    loss.backward()
    generator_opt.step()
    discriminator_opt.zero_grad()
    real = next(batches)
    hinge = torch.relu(config.margin - energy(discriminator(fake.detach())[0], fake.detach())).mean()
    (energy(discriminator(real)[0], real).mean() + hinge).backward()
    discriminator_opt.step()
    return {"generator": loss}
'''

LATENT = '''

def sample_latent(count, config, rng):
    """On the sphere."""
    return torch.nn.functional.normalize(torch.randn(count, config.latent_dim, generator=rng))
'''

ENERGY = '''

def energy(recon, x):
    """The paper's norm."""
    return (recon - x).flatten(1).norm(dim=1)
'''


LOSS = '''

def discriminator_loss(discriminator, real, fake, config):
    """Half the hinge."""
    hinge = torch.relu(config.margin - energy(discriminator(fake)[0], fake)).mean()
    return {"real": energy(discriminator(real)[0], real).mean(), "hinge": hinge / 2}
'''


def changed(*pairs: tuple[str, str], more: str = "") -> str:
    """The compact reference with changes, torch imported."""
    untyped = (": Tensor", ""), (" -> Tensor", ""), ("tuple[Tensor, Tensor]", "tuple")
    with_torch = ("from torch import Tensor, nn", "import torch\nfrom torch import nn")
    return rewrites.replaced(rewrites.COMPACT, with_torch, *untyped, *pairs) + more


PLANTED: dict[str, tuple[str, list[str]]] = {
    "generator": (changed(("nn.Tanh()", "nn.Hardtanh()")), ["generator"]),
    "discriminator": (changed(("nn.Linear(512, 28 * 28)", "nn.Linear(512, 28 * 28, bias=False)")), ["discriminator"]),
    "initialise": (changed(more="\n\n" + rewrites.INIT.replace(" -> None", "")), ["initialise"]),
    "energy": (changed(more=ENERGY), ["energy"]),
    "pull_away": (rewrites.compact(more="\n\n" + rewrites.section(rewrites.INFOGAN, "def pull_away")), ["pull_away"]),
    "weight": (changed(("weight: float = 0.1", "weight: float = 0.5")), ["pull_away_weight"]),
    "margin": (changed(("    margin: float = 1.0\n", "    margin: float = 1.5\n")), ["margin"]),
    "discriminator's loss": (changed(more=LOSS), ["discriminator_loss"]),
    "generator's loss": (
        rewrites.compact(more="\n\n" + rewrites.section(rewrites.INFOGAN, "def generator_loss")), ["generator_loss"]),
    "latent": (changed(more=LATENT), ["latent"]),
    "latent by its field": (changed(('latent: str = "normal"', 'latent: str = "uniform"')), ["latent"]),
    "optimisers": (changed(more=OPTIMIZERS), ["optimizer.generator", "optimizer.discriminator"]),
    "one optimiser": (changed(more=OPTIMIZERS), ["optimizer.generator"]),
    "the other optimiser": (changed(more=OPTIMIZERS), ["optimizer.discriminator"]),
    "one of two β": (changed(("(0.5, 0.99)", "(0.9, 0.99)")), ["optimizer.generator"]),
    "batch": (changed(("batch_size: int = 64", "batch_size: int = 32")), ["batch_size"]),
    "range": (changed(("(-1.0, 1.0)", "(0.0, 1.0)")), ["pixel_range"]),
    "schedule": (changed(("    discriminator_steps: int = 2\n", "")), ["schedule"]),
}  # fmt: skip
"""Name → (a text, the parts of it to give to, or take from, the compact reference)."""


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("way", ["taken out", "put in"])
def test_a_planted_part_is_mended_both_ways(name: str, way: str, tmp_path: Path) -> None:
    """Where ref has the default mine's own goes; where ref has its own it comes, with what it needs."""
    text, parts = PLANTED[name]
    ref, mine = (rewrites.COMPACT, text) if way == "taken out" else (text, rewrites.COMPACT)
    check(tmp_path, ref, mine, parts)


@pytest.mark.parametrize(("part", "own"), [("objective", OBJECTIVE), ("train_step", STEP)])
def test_an_objective_and_a_step_bring_their_helpers(part: str, own: str, tmp_path: Path) -> None:
    """Taken out they leave the file as it was without them, but for helpers; put in they bring those."""
    ref = changed(more=own)
    fixed = mended(tmp_path, ref, rewrites.COMPACT, [part])
    assert names(differing(ref, fixed)) == []
    assert ("import torch\n" in fixed) == (part == "train_step")
    out = mended(tmp_path, rewrites.COMPACT, changed(more=own), [part])
    assert names(differing(rewrites.COMPACT, out)) == []


def test_losses_and_nets_of_unlike_models_are_mended_one_by_one(tmp_path: Path) -> None:
    """Between the public reference and the compact one every part can go either way."""
    for ref, mine in ((rewrites.COMPACT, rewrites.INFOGAN), (rewrites.INFOGAN, rewrites.COMPACT)):
        parts = names(differing(ref, mine))
        for part in ("discriminator", "latent", "generator_loss", "optimizer.generator"):
            assert part in parts
            fixed = mended(tmp_path, ref, mine, [part])
            assert part not in names(differing(ref, fixed))
        assert names(differing(ref, mended(tmp_path, ref, mine, parts))) == []


# ---- layers ----------------------------------------------------------------------------------------

REFUSED = {
    "another width": "other sizes (784 to 100, ref's 784 to 256)",
    "arithmetic": "no expression of type mul",
    "normalisation removed": "no nn.Sequential at its place",
}


@pytest.mark.parametrize("name", rewrites.CHANGES)
def test_a_changed_layer_is_put_back(name: str, tmp_path: Path) -> None:
    """Inserted, deleted, replaced or with another argument: the fixed text is ref's but for that line's layout."""
    ref, pair, path, _, _ = rewrites.CHANGES[name]
    mine = rewrites.replaced(ref, pair)
    layers = [row for row in differing(ref, mine) if row.part == path]
    if name in REFUSED:
        with pytest.raises(MendError, match="cannot be mended alone") as refused:
            mended(tmp_path, ref, mine, [], layers)
        assert REFUSED[name] in str(refused.value)
        assert path in str(refused.value)
        return
    assert mended(tmp_path, ref, mine, [], layers) == ref


@pytest.mark.parametrize("name", [n for n in rewrites.CHANGES if n not in ("normalisation removed", "arithmetic",
                                                                         "another width")])  # fmt: skip
def test_a_changed_layer_is_made(name: str, tmp_path: Path) -> None:
    """The other way: what mine has as the reference does becomes what the changed text has."""
    mine, pair, path, _, _ = rewrites.CHANGES[name]
    ref = rewrites.replaced(mine, pair)
    layers = [row for row in differing(ref, mine) if row.part.startswith(path.split(".")[0] + ".")]
    if name == "function inserted":
        with pytest.raises(MendError, match=r"no nn\.Sequential at its place"):
            mended(tmp_path, ref, mine, [], layers)
        return
    assert differing(ref, mended(tmp_path, ref, mine, [], layers)) == []


# ---- names, files, and what is refused ---------------------------------------------------------------

BLOCK = """def block(inputs, outputs):
    return [nn.Linear(inputs, outputs), {}]


"""

WITH_BLOCK = """class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), *block(784, config.hidden), nn.Linear(config.hidden, 32))
        self.decoder = nn.Sequential(*block(32, 512), nn.Linear(512, 784), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, images):
        code = self.encoder(images)
        return self.decoder(code), code"""


def blocks(activation: str, hidden: int = 256) -> str:
    """The compact reference with a discriminator put together by a helper, and a field of its own."""
    return rewrites.replaced(
        rewrites.COMPACT,
        (rewrites.D, WITH_BLOCK),
        ("class Discriminator", BLOCK.format(activation) + "class Discriminator"),
        ("    discriminator_steps: int = 2\n", f"    discriminator_steps: int = 2\n    hidden: int = {hidden}\n"),
    )


def test_a_helper_and_a_field_come_along(tmp_path: Path) -> None:
    """What the discriminator reaches and mine lacks is added; a helper that mine has alike is not added again."""
    ref = blocks("nn.ELU()", 300)
    fixed = check(tmp_path, ref, rewrites.COMPACT, ["discriminator"])
    assert fixed.count("def block(") == 1
    assert "    hidden: int = 300\n\n\nclass Generator" in fixed
    ref, mine = blocks("nn.ELU()"), blocks("nn.ELU()").replace("nn.Linear(512, 784)", "nn.Linear(512, 784, False)")
    assert mended(tmp_path, ref, mine, ["discriminator"]) == ref


def test_a_helper_of_the_same_name_is_renamed(tmp_path: Path) -> None:
    """Mine's own `block` stays as it is, for the generator's sake; ref's gets another name, also where it is used."""
    mine = rewrites.replaced(
        blocks("nn.Sigmoid()"),
        ("            nn.Linear(config.latent_dim, 32 * 7 * 7),\n",
         "            block(config.latent_dim, 32 * 7 * 7)[0],\n"),
        (BLOCK.format("nn.Sigmoid()"), ""),
        ("@dataclass", BLOCK.format("nn.Sigmoid()") + "@dataclass"),
    )  # fmt: skip
    fixed = check(tmp_path, blocks("nn.ELU()"), mine, ["discriminator"])
    assert "def ref_block(" in fixed
    assert "*ref_block(784" in fixed
    assert BLOCK.format("nn.Sigmoid()") in fixed


def test_a_field_that_the_rest_reads_with_another_value_is_refused(tmp_path: Path) -> None:
    """Two nets cannot read two values of one field."""
    mine = blocks("nn.ELU()", 100).replace("32 * 7 * 7", "config.hidden * 0 + 32 * 7 * 7")
    with pytest.raises(MendError, match=r"Config\.hidden, whose value in mine is another"):
        mended(tmp_path, blocks("nn.ELU()", 300), mine, ["discriminator"])


def split(folder: Path, name: str, text: str) -> str:
    """A text whose discriminator and dead term stand in another file beside it; returns the main file."""
    header = "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor, nn\n\n\n"
    net = rewrites.section(text, "class Discriminator").replace(": Config", "")
    term = rewrites.section(rewrites.INFOGAN, "def pull_away").replace("count = ", "count = ONE * ")
    (folder / f"{name}_parts.py").write_text(f"{header}ONE = 1\n\n\n{net}\n\n\n{term}\n")
    return rewrites.replaced(
        text, (net.replace("config)", "config: Config)"), ""),
        ("from torch import Tensor, nn", f"import {name}_parts as parts\nfrom {name}_parts import pull_away\n"
         "from torch import Tensor, nn"),
    ) + "\n\nDiscriminator = parts.Discriminator\n"  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    return tmp_path / "a"


def test_parts_of_other_files_are_written_into_this_one(folder: Path) -> None:
    """Ref's files are not needed beside mine: what it imports from them comes along."""
    ref = read(folder, split(folder, "theirs", rewrites.COMPACT.replace("nn.Linear(32, 512)", "nn.Linear(32, 300)")
                             .replace("nn.Linear(512", "nn.Linear(300")), "ref.py")  # fmt: skip
    for part in ("discriminator", "pull_away"):
        fixed = mend(ref, read(folder, rewrites.COMPACT, "mine.py"), [part])
        assert "theirs" not in fixed
        again = read(folder, fixed, "fixed.py")
        assert list(again.files) == ["fixed.py"]
        assert ("ONE = 1" in fixed) == (part == "pull_away")
    assert again.parts["pull_away"].code == ref.parts["pull_away"].code


def test_mines_import_of_a_part_goes_with_it(folder: Path) -> None:
    """The name is taken out of the import, and ref's definition, or the default, stands in its place."""
    mine = read(folder, split(folder, "own", rewrites.COMPACT), "mine.py")
    fixed = mend(load("ref:ebgan_pt"), mine, ["pull_away"])
    assert "import pull_away" not in fixed
    assert "import own_parts as parts" in fixed
    assert read(folder, fixed, "fixed.py").parts["pull_away"].source == "default"
    fixed = mend(load("ref:ebgan_infogan"), mine, ["discriminator", "pull_away"])
    again = read(folder, fixed, "fixed.py")
    assert again.parts["pull_away"].code == load("ref:ebgan_infogan").parts["pull_away"].code
    assert "Discriminator = " not in fixed


REFUSALS: dict[str, tuple[str, str, list[str], str]] = {
    "an unknown part": (rewrites.COMPACT, rewrites.COMPACT, ["margins"], "unknown part 'margins'"),
    "one of two optimisers out of a loop": (
        rewrites.COMPACT,
        changed(more="\n\ndef optimizers(generator, discriminator, config):\n"
                     "    return [torch.optim.SGD(n.parameters(), 0.1) for n in (generator, discriminator)]\n"),
        ["optimizer.generator"], "optimizer.generator alone cannot be ref's: one function makes both"),
    "an initialisation that the net calls": (
        rewrites.COMPACT,
        changed(("        code = self.encoder(images)", "        initialise\n        code = self.encoder(images)"),
                more="\n\n" + rewrites.INIT.replace(" -> None", "")),
        ["initialise"], "initialise is used by `Discriminator` too, which is to stay"),
    "a part bound twice": (rewrites.COMPACT, changed(more=ENERGY + ENERGY), ["energy"], "bound more than once"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_written_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    """The message names the part and says why."""
    ref, mine, parts, message = REFUSALS[name]
    with pytest.raises(MendError) as refused:
        mended(tmp_path, ref, mine, parts)
    assert message in str(refused.value)


def test_a_layer_that_a_loop_builds_is_refused(tmp_path: Path) -> None:
    """One line stands for four layers there."""
    mine = rewrites.PAPER.replace("nn.BatchNorm1d(width), nn.ReLU()]", "nn.BatchNorm1d(width), nn.ELU()]")
    layers = [row for row in differing(rewrites.PAPER, mine) if row.part.startswith("generator.")]
    with pytest.raises(MendError, match="runs in a loop and stands for several layers"):
        mended(tmp_path, rewrites.PAPER, mine, [], layers)


def test_the_layers_of_the_user_models_are_mended(tmp_path: Path) -> None:
    """A Sigmoid taken out, one replaced, two norms put back behind the layers that stand before them in ref."""
    for path in USER_MODELS:
        if path.stem in ("sigmoid_decoder", "sigmoid_generator", "margin_too_large", "small_init_no_batchnorm"):
            mine = path.read_text()
            layers = [row for row in differing(rewrites.COMPACT, mine) if row.part not in GAN_PARTS]
            fixed = mended(tmp_path, rewrites.COMPACT, mine, [], layers)
            for net in ("class Generator", "class Discriminator"):
                assert rewrites.section(fixed, net).rstrip() == rewrites.section(rewrites.COMPACT, net).rstrip()

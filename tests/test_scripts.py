"""Scripts and notebooks as people write them: read without being run, trained bit for bit as they train themselves."""

from __future__ import annotations

import ast
import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import authors
import nbformat
import pytest
import torch
from authors import SCRIPTS
from planted import looked_at
from test_hybrids import between, built_from, rewritten, the_same, trained

from ebdiag import adopt, lines
from ebdiag.adopt import Reader
from ebdiag.build import Built, build
from ebdiag.changes import exchange, hybrid
from ebdiag.elsewhere import worked_here
from ebdiag.errors import EbdiagError, VariantError
from ebdiag.execute import LocalExecutor
from ebdiag.load import load
from ebdiag.mend import mend
from ebdiag.overrides import Overrides
from ebdiag.records import CELL, DataSpec, Environment, Recipe, Script, Variant
from ebdiag.sandbox import Namespace
from ebdiag.scripts.readable import plain
from ebdiag.step import Batches, Trainer
from ebdiag.store import Store

STEPS = 50

DIGITS = {"image_shape": (1, 28, 28), "pixel_range": (-1.0, 1.0)}


@dataclass(frozen=True)
class Expected:
    """What there is to be found in a script.

    Attributes:
        rows: Part → how the row of the script starts that it comes from.
        config: Settings of the variant; digits in [−1, 1], shuffled, last batch smaller, unless it says otherwise.
        step: Whether it keeps a step of its own, because its loop is not plainly the standard one.
        takes: Batches that one step takes.
        assumed: Words that must be among what was assumed.
        left_out: (words of a statement, why) that must be among what was left out.
        runs: Whether this Python can run it as it stands.
    """

    rows: dict[str, str]
    config: dict[str, Any]
    step: bool = False
    takes: int = 1
    assumed: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    runs: bool = True


EXPECTED = {
    "argparse_flat": Expected(
        {"generator": "generator = Generator()", "discriminator": "discriminator = Discriminator()",
         "initialise": "generator.apply", "pull_away": "def pullaway_loss", "pull_away_weight": "lambda_pt = 0.1",
         "margin": "margin = max", "optimizer.generator": "optimizer_G = ", "latent": "z = Variable",
         "batch_size": 'parser.add_argument("--batch_size"', "train_step": "for i, (imgs, _)"},
        {"latent_dim": 62, "latent": "normal", "batch_size": 64, "margin": 1.0, "pull_away_weight": 0.1}, step=True,
        left_out=(("os.makedirs", "writing files"), ("parser.add_argument('--lr'", "reading arguments"),
                  ("print('[Epoch", "printing"), ("save_image", "writing files")),
    ),
    "main_guard": Expected(
        {"energy": "def reconstruction_energy", "pull_away": "def repelling", "margin": "MARGIN = 1.0",
         "pull_away_weight": "PT_WEIGHT = 0.1", "generator": "G = Decoder", "data": "loader = DataLoader"},
        {"latent_dim": 20, "batch_size": 32, "drop_last": True, "pull_away_weight": 0.1}, step=True,
        left_out=(("torch.manual_seed(1)", "seeding"), ("show(fake)", "plotting"), ("torch.save", "writing files")),
    ),
    "trainer_class": Expected(
        {"generator": "self.G = Gen", "initialise": "self.G.apply", "pull_away": "def pullaway",
         "discriminator_loss": "images = images.to", "optimizer.generator": "self.g_optim = "},
        {"latent_dim": 24, "latent": "uniform", "batch_size": 50, "margin": 1.5, "pull_away_weight": 0.1},
        left_out=(("os.makedirs", "writing files"),),
    ),
    "train_function": Expected(
        {"energy": "def l2(a, b)", "generator": "gen, dis = netG(), netD()", "generator_loss": "loss_G = "},
        {"latent_dim": 16, "batch_size": 40, "margin": 5.0, "pixel_range": (0.0, 1.0), "generator_passes": 1},
    ),
    "sequential": Expected(
        {"generator": "generator = nn.Sequential", "discriminator": "autoencoder = nn.Sequential"},
        {"latent_dim": 12, "latent": "uniform01", "batch_size": 25, "shuffle": False, "margin": 0.7},
    ),
    "encoder_decoder": Expected(
        {"generator": "encoder, decoder, generator = ", "margin": "margin = 0.8"},
        {"latent_dim": 10, "batch_size": 48, "drop_last": True, "margin": 0.8}, step=True,
        left_out=(("print(encoder)", "printing"),),
    ),
    "python_two": Expected(
        {"generator": "netG = _netG()", "optimizer.discriminator": "optimizerD = optim.Adam"},
        {"latent_dim": 10, "batch_size": 20, "margin": 0.9}, step=True, runs=False,
        left_out=(("print '[%d/%d]", "printing"),),
    ),
    "preallocated": Expected(
        {"generator": "G = nn.Sequential", "margin": "err_d = L1", "latent": "noise.resize_"},
        {"latent_dim": 14, "batch_size": 30, "margin": 0.6}, step=True,
        left_out=(("fixed_noise = ", "no part of training"), ("torch.save", "writing files")),
    ),
    "dict_config": Expected(
        {"energy": "def energy", "generator": "g = G(", "margin": 'hinge = config["margin"]'},
        {"latent_dim": 18, "latent": "uniform", "batch_size": 36, "drop_last": True, "margin": 1.2},
    ),
    "own_config": Expected(
        {"generator": "G = Generator(cfg)", "optimizer.generator": "g_opt = ", "margin": "slack: float"},
        {"latent_dim": 9, "batch_size": 45}, step=True,
    ),
    "n_critic": Expected(
        {"margin": 'p.add_argument("--margin"', "batch_size": 'p.add_argument("-b"'},
        {"latent_dim": 8, "batch_size": 37, "drop_last": True, "margin": 0.9}, step=True, takes=3,
        assumed=("counts on from epoch to epoch",),
        left_out=(('p.add_argument("--gpu"', "reading arguments"),),
    ),
    "inner_loop": Expected(
        {"generator": "g, d = G(), D()", "latent": "fake = g(torch.randn(BATCH, Z))"},
        {"latent_dim": 11, "batch_size": 28, "drop_last": True, "margin": 0.5}, step=True, takes=2,
    ),
    "arrays": Expected(
        {"generator": "G, D = Generator(), Discriminator()", "latent": "noise = torch.from_numpy"},
        {"latent_dim": 13, "batch_size": 26, "margin": 0.8, "drop_last": True}, step=True,
    ),
    "step_functions": Expected(
        {"generator": "maker, judge = Maker()", "margin": "loss = rec_error(real)"},
        {"latent_dim": 15, "batch_size": 35, "margin": 1.3}, step=True,
    ),
    "bugs_in_loop": Expected(
        {"generator": "netG = nn.Sequential", "optimizer.generator": "optimizerG = "},
        {"latent_dim": 10, "batch_size": 32, "shuffle": False, "pixel_range": (0.0, 1.0), "margin": 1}, step=True,
    ),
    "latent_image": Expected(
        {"generator": "netG = make_generator()", "initialise": "netG.apply", "pull_away": "def pt",
         "pull_away_weight": "err_G = torch.mean", "margin": "m = 0.5", "pixel_range": "dataset = datasets"},
        {"latent_dim": 20, "image_shape": (1, 32, 32), "batch_size": 16, "margin": 0.5, "pull_away_weight": 0.2},
        left_out=(("wandb.init", "no part of training"), ("wandb.log", "printing")),
    ),
    "epoch_function": Expected(
        {"generator": "G = Gen()", "data": "return DataLoader"},
        {"latent_dim": 17, "batch_size": 44, "margin": 1.0},
        left_out=(("total = 0", "no part of training"), ("print(epoch, loss)", "printing")),
    ),
    "carried_state": Expected(
        {"generator": "G = nn.Sequential", "latent": "z = torch.empty"},
        {"latent_dim": 16, "latent": "uniform", "batch_size": 30, "drop_last": True}, step=True,
    ),
    "star_imports": Expected(
        {"generator": "painter = Painter()", "optimizer.discriminator": "a, b = A("},
        {"latent_dim": 10, "batch_size": 24, "margin": 2.5, "pixel_range": (-0.424213, 2.821487)},
    ),
    "logging_heavy": Expected(
        {"generator": "g = nn.DataParallel", "batch_size": "BATCH_SIZE = 50"},
        {"latent_dim": 14, "batch_size": 50, "drop_last": True, "margin": 0.75}, step=True,
        left_out=(("writer = SummaryWriter", "writing files"), ("sched = ", "a learning rate schedule"),
                  ("for path in sorted", "restoring weights"), ("writer.add_scalar", "writing files")),
    ),
    "local_module": Expected(
        {"generator": "G = Generator(z_size)", "energy": "def norm_energy", "margin": "margin = 12.0"},
        {"latent_dim": 21, "batch_size": 38, "margin": 12.0},
        left_out=(("margin = margin * 0.95", "no part of training"),),
    ),
    "scalar_judge": Expected(
        {"generator": "generator, discriminator = ", "margin": "m = 1.6", "optimizer.generator": "optimizer_G = "},
        {"latent_dim": 19, "batch_size": 33, "margin": 1.6}, step=True,
    ),
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Bits depend on threads: the script and its lifted step get one each."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Reads scripts with a store of its own."""
    return Reader(Store(tmp_path_factory.mktemp("scripts") / "store"), LocalExecutor(1), "mnist5k")


@cache
def adopted(reader: Reader, path: str) -> Variant:
    return reader.read(path)


def source(name: str) -> str:
    return str(SCRIPTS / f"{name}.py")


def rows_starting(path: str, text: str) -> set[int]:
    """Rows of a script that start with a text, indentation aside."""
    rows = Path(path).read_text().split("\n")
    return {number for number, line in enumerate(rows, 1) if line.strip().startswith(text)}


@pytest.mark.parametrize("name", EXPECTED)
def test_nets_settings_data_and_step_are_found(reader: Reader, name: str) -> None:
    """Every part has the right line and value; what has no part in training is named with a reason."""
    expected, path = EXPECTED[name], source(name)
    variant = adopted(reader, path)
    for part, text in expected.rows.items():
        line = variant.parts[part].line
        assert line is not None, part
        assert line.file == path
        assert line.line in rows_starting(path, text), (part, line.line)
    built = build(Recipe(variant), seed=0, device="cpu")
    wanted = {**DIGITS, "shuffle": True, "drop_last": False, **expected.config}
    found = {name: getattr(built.config, name) for name in wanted}
    assert {key: _near(value) for key, value in found.items()} == {key: _near(value) for key, value in wanted.items()}
    assert (built.train_step is not None) == expected.step
    script = variant.script
    assert script is not None
    for words in expected.assumed:
        assert any(words in text for _, text in script.assumed), script.assumed
    assert expected.assumed or not script.assumed, script.assumed
    for words, why in expected.left_out:
        assert any(words.replace('"', "'") in text and why in reason for _, text, reason in script.left_out), words


def _near(value: Any) -> Any:
    """Numbers to six digits."""
    if isinstance(value, tuple):
        return tuple(map(_near, value))
    return round(float(value), 5) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Recorded(Iterator[torch.Tensor]):
    """Batches as a script had them."""

    def __init__(self, batches: list[torch.Tensor]) -> None:
        self.left, self.latest, self.epoch = list(batches), batches[0], 0

    def __next__(self) -> torch.Tensor:
        self.latest = self.left.pop(0)
        return self.latest


def like_the_author(built: Built, run: authors.Run) -> dict[torch.nn.Module, int]:
    """Give nets the weights that the script's own had when its first batch came; (net, id of the script's)."""
    pairs: dict[torch.nn.Module, int] = {}
    for net in (built.generator, built.discriminator):
        try:
            pairs[net] = run.net(net)
        except ValueError:  # an encoder and a decoder in one wrapper
            pairs |= {child: run.net(child) for child in net.children()}
    for net, key in pairs.items():
        net.load_state_dict(dict(zip(net.state_dict(), run.start[key].values(), strict=True)))
    return pairs


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected.runs])
def test_the_lifted_step_trains_as_the_script_does(
    reader: Reader, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the same weights, batches and latents, all parameters and buffers are the same bits after 50 steps."""
    expected = EXPECTED[name]
    run = authors.run(f"{name}.py", STEPS * expected.takes, tmp_path)
    latents: list[torch.Tensor] = []

    def again(count: int, config: Any, rng: Any) -> torch.Tensor:
        assert len(latents[0]) == count
        return latents.pop(0)

    bind = Namespace.bind
    monkeypatch.setattr(
        Namespace, "bind", lambda self, name, value: bind(self, name, again if name == "sample_latent" else value)
    )
    built = build(Recipe(adopted(reader, source(name))), seed=0, device="cpu")
    monkeypatch.setattr(built, "_sample_latent", again)
    pairs = like_the_author(built, run)
    latents += run.latents(pairs[built.generator])
    trainer = Trainer(built, Recorded(run.batches), single_pass=True, watching=False)  # type: ignore[arg-type]
    for number in range(1, STEPS + 1):
        trainer.step(number)
    assert not latents
    assert not trainer.batches.left  # type: ignore[attr-defined]
    for net, key in pairs.items():
        theirs = list(run.modules[key].state_dict().values())
        assert any(not torch.equal(a, b) for a, b in zip(run.start[key].values(), theirs, strict=True))
        for (tensor, value), other in zip(net.state_dict().items(), theirs, strict=True):
            assert torch.equal(value, other), tensor


def as_notebook(script: Path, folder: Path) -> tuple[Path, dict[int, int]]:
    """A script as a notebook with magics between its cells; (file, row of the script → line of the notebook)."""
    text = script.read_text()
    rows = text.split("\n")
    try:
        starts = sorted({min(n.lineno, *(d.lineno for d in getattr(n, "decorator_list", [])), n.lineno)
                         for n in ast.parse(text).body})  # fmt: skip
    except SyntaxError:
        starts = [1]
    cuts = [1, *starts[2::4], len(rows) + 1]
    notebook = nbformat.v4.new_notebook()
    notebook.cells += [
        nbformat.v4.new_markdown_cell("# EBGAN"),
        nbformat.v4.new_code_cell("!pip install torch torchvision\n%matplotlib inline"),
        nbformat.v4.new_code_cell("from google.colab import drive\ndrive.mount('/content/drive')"),
    ]
    where: dict[int, int] = {}
    for start, end in itertools.pairwise(cuts):
        if start == end:
            continue
        notebook.cells.append(nbformat.v4.new_code_cell("\n".join(["%%time", *rows[start - 1 : end - 1]])))
        where |= {row: len(notebook.cells) * CELL + row - start + 2 for row in range(start, end)}
        notebook.cells.append(nbformat.v4.new_code_cell("files = !ls\nfiles"))
    file = folder / f"{script.stem}.ipynb"
    nbformat.write(notebook, file)
    return file, where


@pytest.mark.parametrize("name", EXPECTED)
def test_a_notebook_of_the_same_code_is_the_same_variant(reader: Reader, name: str, tmp_path: Path) -> None:
    """Cells in order, magics dropped: the same fingerprint, and lines as cell and row."""
    script = adopted(reader, source(name))
    shutil.copy(SCRIPTS / "their_nets.py", tmp_path)
    file, where = as_notebook(SCRIPTS / f"{name}.py", tmp_path)
    variant = reader.read(str(file))
    assert variant.fingerprint == script.fingerprint
    for part, theirs in script.parts.items():
        line = variant.parts[part].line
        assert (line is None) == (theirs.line is None)
        if line is not None and theirs.line is not None:
            assert line.line == where[theirs.line.line], part
            assert str(line) == f"{file}:cell {line.line // CELL}:{line.line % CELL}"


@pytest.mark.parametrize("name", ["argparse_flat", "trainer_class", "encoder_decoder", "carried_state"])
def test_an_adopted_file_is_the_script_as_a_variant(reader: Reader, name: str, tmp_path: Path) -> None:
    """`adopt` writes a contract variant of the same fingerprint; both train to the same bits."""
    out = tmp_path / "mine.py"
    shutil.copy(SCRIPTS / "their_nets.py", tmp_path)
    said = adopt.adopted(source(name), out, "mnist5k", Overrides())
    assert "is a script" in said
    assert adopt.script(str(out)) is None, "it is a contract variant"
    mine, script = load(str(out)), adopted(reader, source(name))
    assert mine.fingerprint == script.fingerprint
    text = out.read_text()
    for part in ("generator", "optimizer.generator"):
        line = script.parts[part].line
        assert f"# {line}" in text
    states = []
    for variant in (mine, script):
        built = build(Recipe(variant), seed=3, device="cpu")
        rows = authors.load_images("mnist5k").train[: 5 * built.config.batch_size]
        trainer = Trainer(built, authors_batches(built, rows), single_pass=True, watching=False)
        for number in range(1, 6):
            trainer.step(number)
        states.append([*built.generator.state_dict().values(), *built.discriminator.state_dict().values()])
    assert all(torch.equal(a, b) for a, b in zip(*states, strict=True))


def authors_batches(built: Built, rows: Any) -> Any:
    """Batches of digits as a variant takes them."""
    return Batches(built.pixels(rows), size=built.config.batch_size, seed=3)


def test_what_one_step_leaves_to_the_next_is_stored(reader: Reader) -> None:
    """BEGAN's balance is saved with the training and taken up again."""
    built = build(Recipe(adopted(reader, source("carried_state"))), seed=0, device="cpu")
    assert built.objective.state_dict() == {"k": 0.0}
    built.objective.load_state_dict({"k": 0.25})
    assert built.objective.state_dict() == {"k": 0.25}


def test_settings_and_nets_can_be_said(reader: Reader) -> None:
    """`--set` stands before what the script says, `--generator` names a net; an unknown one is refused with a guess."""
    path = source("argparse_flat")
    told = reader.read(path, Overrides(["latent_dim=30", "lr=0.5"], {"generator": "Generator"}))
    built = build(Recipe(told), seed=0, device="cpu")
    assert built.config.latent_dim == 30
    assert built.generator_opt.defaults["lr"] == 0.5
    with pytest.raises(EbdiagError, match=r"--set laten_dim: .* has no such setting. Did you mean 'latent_dim'\?"):
        reader.read(path, Overrides(["laten_dim=30"]))
    with pytest.raises(EbdiagError, match=r"--set generator_lr: .* has no such setting"):  # nothing would read it
        reader.read(path, Overrides(["generator_lr=0.1"]))
    margin = reader.read(path, Overrides(["margin=7.5"]))
    assert build(Recipe(margin), seed=0, device="cpu").config.margin == 7.5
    with pytest.raises(VariantError, match="--generator Nobody names no net of this script"):
        reader.read(path, Overrides([], {"generator": "Nobody"}))


def test_lint_says_what_became_of_a_script(reader: Reader) -> None:
    """Recognised, assumed and left out, each with its line."""
    variant = adopted(reader, source("n_critic"))
    said = lines.script("n_critic.py", variant.script)
    assert said.splitlines()[0] == "n_critic.py is a script. What was recognised:"
    assert "\nwhat was assumed:\n" in said
    assert "\nwhat was left out:\n" in said
    row = min(rows_starting(source("n_critic"), 'p.add_argument("--margin"'))
    assert f"n_critic.py:{row}" in said


def test_a_contract_variant_is_no_script(tmp_path: Path) -> None:
    """Reference and user models are read as before, whatever they hold."""
    root = Path(__file__).parent.parent
    for path in [*(root / "reference_models").glob("*.py"), *(root / "user_models").glob("*.py")]:
        assert adopt.script(str(path)) is None, path


def test_a_script_is_mended_as_the_variant_that_it_is_read_as(reader: Reader, tmp_path: Path) -> None:
    """The paper's pull-away term in place of the script's own; everything else stays, and the file is a variant."""
    ref, script = load("ref:ebgan_pt"), adopted(reader, source("latent_image"))
    mine = plain(script)
    assert mine.fingerprint == script.fingerprint
    fixed = tmp_path / "mine_fixed.py"
    fixed.write_text(mend(ref, mine, ["pull_away"], []))
    variant = load(str(fixed))
    code = torch.randn(6, 5)
    built = [build(Recipe(one), seed=0, device="cpu") for one in (ref, variant, mine)]
    values = [one.pull_away(code) for one in built]
    assert torch.allclose(values[0], values[1])
    assert not torch.allclose(values[1], values[2])
    changed = {name for name, part in variant.parts.items() if part.code != script.parts[name].code}
    assert "pull_away" in changed
    assert changed <= {"pull_away", "generator_loss"}


def test_a_script_that_works_is_told_what_was_different() -> None:
    """Data set, length, device and libraries, and the command that comes closest; nothing for a contract variant."""
    data = DataSpec("mnist5k", "d", (1, 28, 28), 4_000, 1_000, 10, "digits-lenet", "f", {}, {})
    author = (("dataset", "MNIST"), ("epochs", "20"), ("device", "cuda"))
    variant = Variant("my gan.py", "gan", {}, "", {}, {}, "", script=Script(author=author))
    said = worked_here(variant, data, 500, 64, Environment("2.9"), "ref:ebgan_pt")
    assert said == (
        "my gan.py works here, on every seed: if it failed for you, that failure did not happen here. "
        "What was or may have been different: "
        "its data are those of MNIST, 60,000 images, here mnist5k with 4,000 images; "
        "it trains for 20 epochs, here 500 steps, 8.06 epochs; "
        "a GPU where there was one, here the CPU, whose sums end in other bits; "
        "the versions of its libraries, which it does not say; here torch 2.9. "
        "Closest to its own run: `ebdiag compare ref:ebgan_pt 'my gan.py' --dataset mnist --steps 18740`."
    )
    assert worked_here(replace(variant, script=None), data, 500, 64, Environment("2.9"), "ref:ebgan_pt") is None
    counted = Script(author=(("dataset", "MNIST"), ("steps", "20000")))
    long = worked_here(replace(variant, script=counted), data, 500, 64, Environment("2.9"), "ref:ebgan_pt")
    assert long is not None
    assert "it trains for 20,000 steps, here 500" in long
    assert "--dataset mnist --steps 20000" in long
    silent = worked_here(replace(variant, script=Script()), data, 500, 64, Environment("2.9"), "ref:ebgan_pt")
    assert silent is not None
    assert "how long it trains is not recognised" in silent
    assert "--steps" not in silent


def test_what_a_script_says_of_its_own_run(reader: Reader) -> None:
    """The class of its data set, its epochs, whether it asks for a GPU."""
    found = {name: dict(script.author) for name in ("logging_heavy", "trainer_class", "arrays", "star_imports")
             if (script := adopted(reader, source(name)).script) is not None}  # fmt: skip
    assert found["logging_heavy"] == {"dataset": "MNIST", "epochs": "20", "device": "cuda"}
    assert found["trainer_class"] == {"dataset": "MNIST", "epochs": "20", "device": "cuda"}
    assert found["arrays"] == {"dataset": "MNIST", "steps": "20000"}
    assert found["star_imports"] == {"dataset": "MNIST"}


def test_a_bug_in_the_loop_takes_part(reader: Reader) -> None:
    """The loop of a script without `zero_grad` is a part, which can train the nets of another script."""
    wrong = adopted(reader, source("bugs_in_loop"))
    right = adopted(reader, source("carried_state"))
    assert wrong.parts["train_step"].line is not None
    mixed = Recipe(right, (("train_step", wrong), ("optimizer.generator", wrong), ("optimizer.discriminator", wrong)))
    built = build(mixed, seed=0, device="cpu")
    rows = authors.load_images("mnist5k").train[:200]
    trainer = Trainer(built, authors_batches(built, rows), single_pass=True, watching=False)
    before = [p.detach().clone() for p in built.generator.parameters()]
    trainer.step(1)
    assert any(not torch.equal(a, b) for a, b in zip(before, built.generator.parameters(), strict=True))


PAIRS = [("ref:ebgan_pt", "trainer_class"), ("ref:ebgan_pt", "argparse_flat"), ("dict_config", "main_guard")]


@pytest.mark.parametrize("pair", PAIRS, ids=["standard", "own_step", "two_scripts"])
def test_parts_of_scripts_are_exchanged_like_those_of_variants(reader: Reader, pair: tuple[str, str]) -> None:
    """Mine with all parts reverted is ref, bit for bit in training, and every change alone trains a step."""
    texts = []
    for name in pair:
        variant = load(name) if name.startswith("ref:") else plain(adopted(reader, source(name)))
        texts.append(variant.files[variant.main])
    ref, mine = looked_at(texts[0], "ref.py"), looked_at(texts[1], "mine.py")
    every = between(ref, mine)
    along = rewritten(ref, mine)
    for own, other, side in ((mine, ref, "mine"), (ref, mine, "ref")):
        recipe = exchange(own[0], other[0], side, every, every)  # type: ignore[arg-type]
        donors = dict(recipe.donors) | dict.fromkeys(along, other[0])
        the_same(replace(recipe, donors=tuple(donors.items())), Recipe(other[0]))
    for change in every:
        assert all(torch.isfinite(w).all() for w in trained(
            built_from(hybrid(ref[0], mine[0], every, [change])), steps=1, single_pass=True))  # fmt: skip


def test_latents_that_are_drawn_out_of_sight_are_asked_for(reader: Reader, tmp_path: Path) -> None:
    """One sentence says what to add; with it the net is tried on latents of that length."""
    text = (SCRIPTS / "dict_config.py").read_text()
    draw = next(line for line in text.split("\n") if "np.random.uniform" in line)
    hidden = tmp_path / "hidden.py"
    hidden.write_text(text.replace(draw, "        z = latents_of_the_day(real)").replace(
        "device = torch.device", "from their_nets import latents_of_the_day\ndevice = torch.device"))  # fmt: skip
    (tmp_path / "their_nets.py").write_text("def latents_of_the_day(real):\n    return real[:, 0, 0, :18]\n")
    with pytest.raises(VariantError) as caught:
        reader.read(str(hidden))
    assert caught.value.hint in ("say which it is: --generator NAME", "say their length: --set latent_dim=100")
    told = reader.read(str(hidden), Overrides(["latent_dim=18"], {"generator": "g"}))
    assert build(Recipe(told), seed=0, device="cpu").config.latent_dim == 18


def test_a_random_transform_is_named(reader: Reader, tmp_path: Path) -> None:
    """It is kept as a function, and that it is applied once to each image is said."""
    text = (SCRIPTS / "main_guard.py").read_text()
    file = tmp_path / "turned.py"
    file.write_text(text.replace("[transforms.ToTensor()", "[transforms.RandomRotation(30), transforms.ToTensor()"))
    variant = reader.read(str(file))
    assert variant.script is not None
    [(line, said)] = variant.script.assumed
    assert line in rows_starting(str(file), "transform = ")
    assert "applied once to each image" in said
    built = build(Recipe(variant), seed=0, device="cpu")
    assert built.transform is not None
    images = authors.load_images("mnist5k").train[:3]
    assert built.pixels(images).shape == (3, 1, 28, 28)
    assert torch.equal(built.pixels(images), built.pixels(images)), "keyed like every draw"


def test_labels_are_refused_with_their_line(reader: Reader, tmp_path: Path) -> None:
    """A conditional model is no model of images alone; a loop that only names its labels is read."""
    text = (SCRIPTS / "main_guard.py").read_text()
    file = tmp_path / "conditional.py"
    old = "z = torch.randn(x.size(0), LATENT, device=device)"
    file.write_text(text.replace(old, f"{old} + y.view(-1, 1)", 1))
    with pytest.raises(VariantError, match="the loop uses `y`, which comes beside the images") as caught:
        reader.read(str(file))
    assert caught.value.line in rows_starting(str(file), "z = torch.randn")

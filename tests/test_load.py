"""load: what a file is read as, what is refused and in which words, and what changes a part and what does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ebdiag import kinds
from ebdiag.errors import VariantError
from ebdiag.kinds.gan import GAN_PARTS
from ebdiag.load import load, reference_models
from ebdiag.records import Line

WRITE = Callable[..., None]

BASE = '''"""My model."""
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Config:
    """Settings."""

    margin: float = 1.0
    latent_dim: int = 32
    width: int = 64


SLOPE = 0.2


def block(inputs, outputs):
    # a comment
    return nn.Sequential(nn.Linear(inputs, outputs), nn.LeakyReLU(SLOPE))


class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Linear(config.latent_dim, config.width)

    def forward(self, z):
        """Images."""
        return self.net(z).view(-1, 1, 28, 28)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = block(784, 784)

    def forward(self, x):
        return self.net(x.flatten(1)).view_as(x)


def energy(recon, x):
    return scale(recon - x).flatten(1).mean(1)


def scale(difference):
    return difference.square()


def generator_loss(discriminator, fake, config):
    return energy(discriminator(fake), fake).mean()


def unrelated():
    return 1
'''
NETS = "from torch import nn\n\nclass Generator(nn.Module): pass\nclass Discriminator(nn.Module): pass\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WRITE:
    """Writes files below an empty working folder: write("mine.py", text)."""
    monkeypatch.chdir(tmp_path)

    def write_one(name: str, text: str | bytes = "") -> None:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    return write_one


def refusal(path: str = "mine.py") -> str:
    """The whole message that loading `path` ends with."""
    with pytest.raises(VariantError) as caught:
        load(path)
    return str(caught.value)


def codes(path: str = "mine.py") -> dict[str, str]:
    return {name: part.code for name, part in load(path).parts.items()}


def changed(write: WRITE, old: str, new: str, *, base: str = BASE) -> set[str]:
    """The parts of BASE whose code is another after `old` became `new`; checks that the fingerprint moved too."""
    write("before.py", base)
    assert base.count(old) == 1
    write("after.py", base.replace(old, new))
    before, after = load("before.py"), load("after.py")
    assert before.fingerprint != after.fingerprint
    return {name for name in GAN_PARTS if before.parts[name].code != after.parts[name].code}


def test_parts_and_fields_have_the_line_that_defines_them(write: WRITE) -> None:
    """Each part stands at its `def` or at its field's line, and what is left out is a default."""
    write("models/mine.py", BASE)
    variant = load("models/mine.py")
    lines = BASE.splitlines()
    for part, start in {
        "generator": "class Generator",
        "discriminator": "class Discriminator",
        "energy": "def energy",
        "generator_loss": "def generator_loss",
        "margin": "    margin",
        "latent": "    latent_dim",
    }.items():
        line = variant.parts[part].line
        assert line is not None
        assert line.file == "models/mine.py"
        assert lines[line.line - 1].startswith(start), part
    assert list(variant.parts) == list(GAN_PARTS)
    defaults = {name for name, part in variant.parts.items() if part.source == "default"}
    assert defaults == set(GAN_PARTS) - {"generator", "discriminator", "energy", "generator_loss", "margin", "latent"}
    assert variant.parts["data"].code == ""
    assert list(variant.config_lines) == ["margin", "latent_dim", "width"]
    assert variant.config_lines["width"] == Line("models/mine.py", 14)
    assert (variant.path, variant.main, variant.kind) == ("models/mine.py", "mine.py", "gan")
    assert variant.files == {"mine.py": BASE}


def test_layout_comments_and_docstrings_change_nothing(write: WRITE) -> None:
    """Comments, docstrings, blank lines, quotes, brackets and a main block leave codes and fingerprint as they are."""
    write("mine.py", BASE)
    before = load("mine.py")
    text = BASE.replace("# a comment", "# another").replace('"""My model."""', "'''Other words.'''")
    text = text.replace('"""Images."""', "# no docstring").replace("recon - x", "(recon\n      -   x)")
    text = text.replace("\n\n\n", "\n\n\n\n\n").replace("SLOPE = 0.2", "SLOPE = 2e-1  # steep")
    write("mine.py", text + '\n\nif __name__ == "__main__":\n    print(Generator)\n')
    after = load("mine.py")
    assert {n: p.code for n, p in before.parts.items()} == {n: p.code for n, p in after.parts.items()}
    assert before.fingerprint == after.fingerprint
    assert before.parts["energy"].line != after.parts["energy"].line


def test_order_of_definitions_and_way_of_importing_change_no_part(write: WRITE) -> None:
    """Definitions the other way round, and `import torch.nn as nn` for `from torch import nn`, are the same parts."""
    write("mine.py", BASE)
    head, *blocks = BASE.split("\n\n\n")
    head = head.replace("from torch import nn", "import torch.nn as nn")
    write("other.py", "\n\n\n".join([head, *reversed(blocks)]))
    assert codes("mine.py") == codes("other.py")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("return difference.square()", "return difference.abs()", {"energy"}),
        ("SLOPE = 0.2", "SLOPE = 0.1", {"discriminator"}),
        ("nn.Linear(inputs, outputs)", "nn.Linear(inputs, outputs, bias=False)", {"discriminator"}),
        ("margin: float = 1.0", "margin: float = 2.0", {"margin"}),
        ("latent_dim: int = 32", "latent_dim: int = 16", {"latent"}),
        ("width: int = 64", "width: int = 63 + 1", {"generator"}),
        ("fake).mean()", "fake).sum()", {"generator_loss"}),
        ("return 1", "return 2", set()),
    ],
)
def test_a_change_shows_in_exactly_the_parts_that_reach_it(write: WRITE, old: str, new: str, parts: set[str]) -> None:
    """A helper, a constant or a field of the file's own changes the parts that use it, through any number of calls."""
    assert changed(write, old, new) == parts


def test_names_of_parameters_and_locals_reach_nothing(write: WRITE) -> None:
    """A parameter that is called like a helper of the module does not pull the helper in."""
    text = BASE.replace("def unrelated():", "def x():").replace("inputs, outputs):", "inputs, outputs, fake=None):")
    assert changed(write, "return 1", "return 2", base=text) == set()


def test_a_part_that_calls_another_part_does_not_contain_it(write: WRITE) -> None:
    """`generator_loss` calls `energy`, which is a part of its own: a changed energy is one difference, not two."""
    write("mine.py", BASE)
    assert "def energy" not in codes()["generator_loss"]
    assert "def scale" in codes()["energy"]


def test_changing_a_name_afterwards_counts(write: WRITE) -> None:
    """`Generator.forward = patched` and a rebound constant belong to what they change."""
    base = BASE + "\n\nGenerator.forward = lambda self, z: self.net(z) * 2\nSLOPE = SLOPE / 2\n"
    assert changed(write, "* 2", "* 3", base=base) == {"generator"}
    assert changed(write, "SLOPE / 2", "SLOPE / 4", base=base) == {"discriminator"}


def test_a_class_may_come_by_alias_or_from_a_local_module(write: WRITE) -> None:
    """The line is where the class truly stands, and the module is among the files."""
    write(
        "nets.py", "from torch import nn\n\n\nclass Gen(nn.Module):\n    pass\n\n\nclass Auto(nn.Module):\n    pass\n"
    )
    write("mine.py", "import nets\nfrom nets import Gen as G\n\nGenerator = G\nDiscriminator = nets.Auto\n")
    variant = load("./mine.py")
    assert variant.parts["generator"].line == Line("./nets.py", 4)
    assert variant.parts["discriminator"].source == "./nets.py:8"
    assert set(variant.files) == {"mine.py", "nets.py"}
    assert "class Gen(" in variant.parts["generator"].code
    assert "class Auto" not in variant.parts["generator"].code


@pytest.mark.parametrize(
    ("statement", "use"),
    [
        ("from blocks.conv import block", "block(1)"),
        ("from blocks.conv import block as make", "make(1)"),
        ("from .blocks.conv import block", "block(1)"),
        ("from . import blocks\nfrom .blocks import conv", "blocks.conv.block(1)"),
        ("import blocks.conv", "blocks.conv.block(1)"),
        ("import blocks.conv as bc", "bc.block(1)"),
        ("from blocks import conv", "conv.block(1)"),
        ("from blocks.conv import *", "block(1)"),
        ("from blocks import *", "block(1)"),
    ],
)
def test_local_modules_are_read_and_followed(write: WRITE, statement: str, use: str) -> None:
    """Every way of importing a local helper collects its files and makes it part of what uses it, and only of that."""
    write("blocks/__init__.py", "from .conv import *\n")
    write("blocks/conv.py", "from ..sizes import K\n\ndef block(n):\n    return n * K\n\ndef other():\n    return 0\n")
    write("sizes.py", "K = 3\n")
    write("mine.py", f"{statement}\n{NETS}\ndef energy(recon, x):\n    return {use}\n")
    before = load("mine.py")
    assert set(before.files) == {"mine.py", "blocks/__init__.py", "blocks/conv.py", "sizes.py"}
    write("sizes.py", "K = 4\n")
    after = load("mine.py")
    assert {n for n in GAN_PARTS if before.parts[n].code != after.parts[n].code} == {"energy"}
    assert before.fingerprint != after.fingerprint
    write("sizes.py", "K = 3  # kernel\n")
    write("blocks/conv.py", (Path("blocks/conv.py").read_text()).replace("return 0", "return 1"))
    again = load("mine.py")
    assert before.parts == again.parts
    assert before.fingerprint != again.fingerprint


def test_modules_may_import_each_other(write: WRITE) -> None:
    """A cycle of imports, through the variant itself as well, ends."""
    write("a.py", "import b\nimport mine\n\ndef first(x):\n    return b.second(x)\n")
    write("b.py", "from a import first\n\ndef second(x):\n    return first(x)\n")
    write("mine.py", f"from a import first\n{NETS}\ndef energy(recon, x):\n    return first(x)\n")
    variant = load("mine.py")
    assert set(variant.files) == {"mine.py", "a.py", "b.py"}
    assert "def second" in variant.parts["energy"].code


def test_names_that_clash_across_modules_stay_apart(write: WRITE) -> None:
    """Swapping the contents of two modules that define the same name is a change."""
    write("mine.py", f"import a, b\n{NETS}\ndef energy(recon, x):\n    return a.f(recon) - b.f(x)\n")
    write("a.py", "def f(x):\n    return x\n")
    write("b.py", "def f(x):\n    return -x\n")
    before = codes()
    write("a.py", "def f(x):\n    return -x\n")
    write("b.py", "def f(x):\n    return x\n")
    assert before["energy"] != codes()["energy"]


def test_config_may_inherit(write: WRITE) -> None:
    """Fields of a local base class are the variant's own, on their own lines; the nearest definition counts."""
    write("base.py", "class Base:\n    margin: float = 1.0\n    hidden: int = 8\n")
    write("mine.py", f"from base import Base\n{NETS}\nclass Config(Base):\n    margin: float = 3.0\n")
    variant = load("mine.py")
    assert variant.config_lines == {"margin": Line("mine.py", 8), "hidden": Line("base.py", 3)}
    assert variant.parts["margin"].code == "Config.margin = 3.0"


def test_a_property_of_config_belongs_to_what_reads_it(write: WRITE) -> None:
    """A net that reads `config.doubled` changes with the field and the constant that the property is made of."""
    base = NETS.replace("Generator(nn.Module): pass", "Generator(nn.Module):\n    size = lambda self, c: c.doubled")
    base += "class Config:\n    width: int = 8\n    @property\n    def doubled(self): return self.width * K\nK = 2\n"
    assert changed(write, "K = 2", "K = 3", base=base) == {"generator"}
    assert changed(write, "= 8", "= 9", base=base) == {"generator"}


def test_star_imports_from_outside_stand_for_unknown_names(write: WRITE) -> None:
    """Where `Linear` can only come from a star import, that import is part of the net."""
    base = NETS + "from torch.nn import *\nGenerator.layer = Linear(2, 2)\n"
    assert changed(write, "from torch.nn import *", "from torch import *", base=base) == {"generator"}


def test_optimizers_cover_both_optimiser_parts(write: WRITE) -> None:
    """An `optimizers` override is the source of both; a learning rate alone is the source of its own."""
    write("mine.py", NETS + "class Config:\n    generator_lr: float = 0.1\n")
    parts = load("mine.py").parts
    assert (parts["optimizer.generator"].source, parts["optimizer.discriminator"].source) == ("mine.py:6", "default")
    write("mine.py", NETS + "def optimizers(g, d, config):\n    return None\n")
    parts = load("mine.py").parts
    assert parts["optimizer.generator"].line == parts["optimizer.discriminator"].line == Line("mine.py", 5)


def test_reference_models_load_by_name() -> None:
    """Every `ref:` name loads and keeps its name on every line."""
    assert "ebgan_pt" in reference_models()
    for name in reference_models():
        variant = load(f"ref:{name}")
        assert variant.path == f"ref:{name}"
        assert variant.main == f"{name}.py"
        assert all(variant.parts[net].source.startswith(f"ref:{name}:") for net in kinds.of(variant.kind).nets)


def test_nothing_is_run_and_torch_is_not_imported(write: WRITE, tmp_path: Path) -> None:
    """Loading a file whose import would make a file makes none, and loads no torch."""
    write("helper.py", "from pathlib import Path\nMADE = Path('trace').write_text('x')\n")
    write("mine.py", f"import helper\nfrom pathlib import Path\n{NETS}\nMADE = Path('trace').write_text('x')\n")
    script = "import sys; from ebdiag.load import load; load('mine.py'); print('torch' in sys.modules)"
    root = str(Path(__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert ran.stdout.strip() == "False"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["helper.py", "mine.py"]


MISSING_NETS = "no class Generator and no class Discriminator"
REFUSALS: dict[str, tuple[str | bytes, str]] = {
    "syntax": (
        "class Generator(:\n    pass\n",
        "mine.py:1: syntax error\n  invalid syntax",
    ),
    "syntax that only compiling shows": (
        NETS + "return 1\n",
        "mine.py:5: syntax error\n  'return' outside function",
    ),
    "empty": (
        '"""Only words."""\n# and a comment\n',
        "mine.py: the file is empty\n"
        "  expected classes Generator and Discriminator, got no code     see docs/variants.md",
    ),
    "coding": (
        b"x = 1\nname = '\xe9'\n",
        "mine.py:2: cannot be read as Python source\n"
        "  expected UTF-8, or the coding named in its first two lines, got bytes that are not utf-8",
    ),
    "no classes": (
        "x = 1\n",
        f"mine.py: {MISSING_NETS}\n"
        "  expected classes Generator and Discriminator, got no class at all     see docs/variants.md",
    ),
    "renamed": (
        "class Gen: pass\nclass Discriminator: pass\n",
        "mine.py: no class Generator\n"
        "  expected classes Generator and Discriminator, got classes Gen, Discriminator"
        " -- did you mean to rename `Gen`?     see docs/variants.md",
    ),
    "contrastive": (
        "import torch\n\nclass Encoder: pass\n\ndef contrastive_loss(first, second): return first\n",
        "mine.py:5: contrastive_loss() is called with 4 arguments\n"
        "  expected contrastive_loss(first, second, same, config), got contrastive_loss(first, second)"
        " -- arguments are given by position; their names are free     see docs/variants.md",
    ),
    "script": (
        NETS + "model = Generator()\nfor step in range(3):\n    print(step)\n",
        "mine.py:6: the file does work when it is imported\n"
        "  expected imports, definitions and constants only, got a `for` loop"
        ' -- move it under `if __name__ == "__main__":`     see docs/variants.md',
    ),
    "call": (
        NETS + "import torch\ntorch.manual_seed(0)\n",
        "mine.py:6: the file does work when it is imported\n"
        "  expected imports, definitions and constants only, got a call of torch.manual_seed()"
        ' -- move it under `if __name__ == "__main__":`     see docs/variants.md',
    ),
    "setting as argument": (
        "class Generator:\n    def __init__(self, latent_dim): pass\nclass Discriminator: pass\n",
        "mine.py:2: Generator cannot be constructed\n"
        "  expected Generator(config) or Generator(), got Generator(latent_dim)"
        " -- take `config` and read `latent_dim` from it, or give defaults     see docs/variants.md",
    ),
    "two arguments, inherited": (
        "class Base:\n    def __init__(self, config, depth): pass\n"
        "class Generator: pass\nclass Discriminator(Base): pass\n",
        "mine.py:2: Discriminator cannot be constructed\n"
        "  expected Discriminator(config) or Discriminator(), got Discriminator(config, depth)"
        " -- take `config` and read `depth` from it, or give defaults     see docs/variants.md",
    ),
    "keyword argument": (
        "class Generator:\n    def __init__(self, *, width): pass\nclass Discriminator: pass\n",
        "mine.py:2: Generator cannot be constructed\n"
        "  expected Generator(config) or Generator(), got Generator(*, width)"
        " -- take `config` and read `width` from it, or give defaults     see docs/variants.md",
    ),
    "field without default": (
        NETS + "class Config:\n    margin: float\n",
        "mine.py:6: Config.margin has no default\n"
        "  expected a default for every field, so that Config() works, got `margin: float`"
        " -- write `margin: float = 1.0`     see docs/variants.md",
    ),
    "field() without default": (
        NETS + "from dataclasses import field\nclass Config:\n    sizes: list = field(repr=False)\n",
        "mine.py:7: Config.sizes has no default\n"
        "  expected a default for every field, so that Config() works, got `sizes: list = field(repr=False)`"
        " -- give it a `default` or a `default_factory`     see docs/variants.md",
    ),
    "Config is no class": (
        NETS + "Config = dict(margin=1.0)\n",
        "mine.py:5: Config must be a class\n"
        "  expected @dataclass class Config, got `Config = dict(margin=1.0)`     see docs/variants.md",
    ),
    "not installed": (
        "import nosuchpackage.sub\n" + NETS,
        "mine.py:1: `nosuchpackage` cannot be imported\n"
        "  expected an installed package, or nosuchpackage.py beside the variant, got neither"
        " -- install it, or put nosuchpackage.py there",
    ),
    "missing local module": (
        NETS + "from .layers import Block\n",
        "mine.py:5: `from .layers import Block` finds no local module\n"
        "  expected layers.py beside the variant, got no such file",
    ),
    "missing module of the folder": (
        NETS + "from . import layers\n",
        "mine.py:5: `from . import layers` finds no local module\n"
        "  expected layers.py beside the variant, got no such file",
    ),
    "outside the folder": (
        NETS + "from ..common import Block\n",
        "mine.py:5: `from ..common import Block` leaves the folder of the variant\n"
        "  expected modules beside the variant or below, got a folder above it"
        " -- copy what it needs beside it     see docs/variants.md",
    ),
    "ebdiag": (
        NETS + "def energy(recon, x):\n    from ebdiag import defaults\n",
        "mine.py:6: a variant never imports ebdiag\n"
        "  expected plain PyTorch, got `from ebdiag import defaults`"
        " -- the names of the contract are there without an import     see docs/variants.md",
    ),
    "no function": (
        NETS + "energy = 3\n",
        "mine.py:5: energy must be a function\n  expected energy(recon, x), got `energy = 3`     see docs/variants.md",
    ),
    "lambda": (
        NETS + "energy = lambda recon: recon\n",
        "mine.py:5: energy() is called with 2 arguments\n"
        "  expected energy(recon, x), got energy(recon)"
        " -- arguments are given by position; their names are free     see docs/variants.md",
    ),
    "method": (
        NETS + "class Objective:\n    def discriminator_loss(self, d, real, fake): pass\n"
        "    def generator_loss(self, d, fake, config): pass\n",
        "mine.py:6: Objective.discriminator_loss() is called with 4 arguments\n"
        "  expected Objective.discriminator_loss(self, discriminator, real, fake, config),"
        " got Objective.discriminator_loss(self, d, real, fake)"
        " -- arguments are given by position; their names are free     see docs/variants.md",
    ),
    "method missing": (
        NETS + "class Objective:\n    def generator_loss(self, d, fake, config): pass\n",
        "mine.py:5: Objective has no method discriminator_loss\n"
        "  expected methods discriminator_loss and generator_loss, got generator_loss     see docs/variants.md",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_run_is_refused_in_these_words(write: WRITE, case: str) -> None:
    """A file that breaks the contract gets one message with its line, what was expected, what was found, what to do."""
    text, message = REFUSALS[case]
    write("mine.py", text)
    assert refusal() == message


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("energy(recon)", "energy(recon, x)"),
        ("pull_away(code, weight)", "pull_away(code)"),
        ("sample_latent(count, config)", "sample_latent(count, config, rng)"),
        ("initialise()", "initialise(module)"),
        ("optimizers(parameters)", "optimizers(generator, discriminator, config)"),
        ("discriminator_loss(d, real, fake)", "discriminator_loss(discriminator, real, fake, config)"),
        ("generator_loss(d, fake, config, *, weight)", "generator_loss(discriminator, fake, config)"),
        (
            "train_step(g, d, batch)",
            "train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng)",
        ),
    ],
)
def test_overrides_are_counted_by_position(write: WRITE, definition: str, expected: str) -> None:
    """An override that its call would not fit is refused with both signatures."""
    write("mine.py", f"{NETS}def {definition}: pass\n")
    assert f"expected {expected}, got {definition} -- arguments are given by position" in refusal()


def test_overrides_may_take_more_than_they_need(write: WRITE) -> None:
    """Other names, defaults, *args and classes that need nothing are all accepted."""
    write(
        "mine.py",
        "class Generator:\n    def __init__(self, cfg=None, *, depth=2): pass\n"
        "class Discriminator:\n    def __init__(self, *args, **kwargs): pass\n"
        "def energy(a, b, weight=1): pass\ndef pull_away(*args): pass\n"
        "class Objective:\n    @staticmethod\n    def discriminator_loss(d, r, f, c): pass\n"
        "    def generator_loss(self, *a): pass\n",
    )
    assert load("mine.py").parts["objective"].source == "mine.py:7"


def test_names_of_the_contract_need_no_definition(write: WRITE) -> None:
    """Calling `energy` and `pull_away` without defining them is no mistake."""
    write("mine.py", NETS + "def generator_loss(d, fake, config):\n    return energy(*d(fake)) + pull_away(fake)\n")
    assert load("mine.py").parts["energy"].source == "default"


@pytest.mark.parametrize(
    "statement",
    [
        "try:\n    import nosuchpackage\nexcept ImportError:\n    nosuchpackage = None\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nosuchpackage import Thing\n",
        'if __name__ == "__main__":\n    import nosuchpackage\n',
        "def plot():\n    import nosuchpackage\n",
    ],
)
def test_imports_that_need_not_succeed_are_left_alone(write: WRITE, statement: str) -> None:
    """A missing package is no reason to refuse where the file copes without it."""
    write("mine.py", NETS + statement)
    assert load("mine.py").parts["generator"].source == "mine.py:3"


def test_a_local_module_wins_over_an_installed_one(write: WRITE) -> None:
    """`import random` beside random.py means random.py, as when the file is run."""
    write("random.py", "SIZE = 3\n")
    write("mine.py", "import random\n" + NETS)
    assert set(load("mine.py").files) == {"mine.py", "random.py"}


def test_a_folder_without_init_is_local(write: WRITE, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A plain folder of modules beside the variant is read, also where Python's path leads there already."""
    monkeypatch.syspath_prepend(str(tmp_path))
    write("plainfolder/conv.py", "K = 3\n")
    write("mine.py", "import plainfolder.conv\nfrom .plainfolder import conv\n" + NETS)
    assert set(load("mine.py").files) == {"mine.py", "plainfolder/conv.py"}


def test_mistakes_in_a_local_module_name_that_module(write: WRITE) -> None:
    """The message points into the file where the mistake is, or where the wrong name is imported."""
    write("nets/mine.py", "from layers import Blok\n" + NETS)
    write("nets/layers.py", "class Block: pass\nclass Other: pass\n")
    assert refusal("nets/mine.py") == (
        "nets/mine.py:1: nets/layers.py has no 'Blok'. Did you mean 'Block'? Known: Block, Other"
    )
    write("nets/layers.py", "class Blok: pass\nprint(Blok)\n")
    assert refusal("nets/mine.py").startswith("nets/layers.py:2: the file does work when it is imported")


def test_paths_that_are_no_variant(write: WRITE) -> None:
    """A path that cannot be read says what is there instead."""
    write("models/mine.py", NETS)
    write("models/notes.txt", "words")
    assert refusal("models/mime.py") == "models/mime.py: no such file\n  did you mean models/mine.py?"
    assert refusal("model/mine.py") == "model/mine.py: no such file\n  there is no folder model"
    assert refusal("ebgan_pt").splitlines()[1] == "  did you mean ref:ebgan_pt?"
    assert refusal("models") == ("models: is a folder\n  expected a Python file, got a folder -- name one of mine.py")
    assert refusal("models/notes.txt") == (
        "models/notes.txt: is not a Python file\n  expected a file ending in .py, got a file ending in .txt"
    )
    assert refusal("ref:ebgan_tp").startswith("unknown reference model 'ebgan_tp'. Did you mean 'ebgan_pt'? Known: ")


def test_codings_of_pep_263_are_read(write: WRITE) -> None:
    """A coding line, a byte order mark and foreign line ends are understood and give the same parts."""
    text = NETS + "NAME = 'é'\ndef energy(recon, x):\n    return NAME\n"
    expected = None
    for raw in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        b"# -*- coding: latin-1 -*-\n" + text.encode("latin-1"),
        text.replace("\n", "\r\n").encode(),
    ):
        write("mine.py", raw)
        expected = expected or codes()
        assert codes() == expected


def test_a_module_with_a_name_that_no_file_can_have_is_not_there(write: WRITE) -> None:
    """A name of 5,000 letters is as good a name as any to Python, and to no file system."""
    write("mine.py", f"import {'a' * 5_000}\nfrom {'b' * 5_000} import c\n" + NETS)
    assert refusal().startswith(f"mine.py:1: `{'a' * 100}")
    assert "no such file" in refusal(f"{'x' * 5_000}.py")

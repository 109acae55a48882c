"""Classes and functions of a running notebook, written down as a variant with all that they use."""

from __future__ import annotations

import linecache
import sys
import types
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from nbclient import NotebookClient

import ebdiag
from ebdiag import live
from ebdiag.build import build
from ebdiag.errors import EbdiagError
from ebdiag.load import load
from ebdiag.records import Recipe

CELLS = (
    """
import math
import torch
from torch import nn
from torch.nn import functional as F
WIDTH = 24
SIZES = {"code": 6, "shape": (1, 28, 28)}
""",
    """
def squash(x):
    return torch.tanh(x) * scale

scale = 0.9

class Block(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.f = nn.Linear(n_in, n_out)

    def forward(self, x):
        return F.leaky_relu(self.f(x), 0.2)
""",
    """
class Maker(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.a, self.b = Block(config.latent_dim, WIDTH), nn.Linear(WIDTH, math.prod(SIZES["shape"]))

    def forward(self, z):
        return squash(self.b(self.a(z))).view(-1, *SIZES["shape"])

class Discriminator(Block):
    def __init__(self):
        super().__init__(784, SIZES["code"])
        self.back = nn.Linear(SIZES["code"], 784)

    def forward(self, x):
        return self.back(super().forward(x.flatten(1))).view_as(x)
""",
    """
from dataclasses import dataclass

@dataclass
class Config:
    latent_dim: int = 9
    margin: float = 1.25
    batch_size: int = 20

def my_energy(recon, x):
    return (recon - x).abs().flatten(1).mean(1)
""",
)


def run(cells: tuple[str, ...]) -> dict[str, Any]:
    """Cells as a kernel runs them: in one `__main__`, each with a file name of its own that linecache knows."""
    module = types.ModuleType("__main__")
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        for number, text in enumerate(cells):
            name = f"<ipython-input-{number}>"
            linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
            exec(compile(text, name, "exec"), vars(module))
    finally:
        sys.modules["__main__"] = before
    return vars(module)


def test_what_classes_use_is_written_with_them(tmp_path: Path) -> None:
    """Bases, helpers, constants and imports, wherever in the notebook they stand; the nets are the same ones."""
    space = run(CELLS)
    parts = {"Generator": space["Maker"], "Discriminator": space["Discriminator"], "energy": space["my_energy"]}
    file = tmp_path / "notebook.py"
    file.write_text(live.written(parts, space["Config"](margin=2.5)))
    built = build(Recipe(load(str(file))), seed=0, device="cpu")
    assert (built.config.latent_dim, built.config.margin, built.config.batch_size) == (9, 2.5, 20)
    theirs = space["Maker"](space["Config"]())
    theirs.load_state_dict(built.generator.state_dict())
    latents = torch.randn(3, 9)
    assert torch.equal(theirs(latents), built.generator(latents))
    assert built.energy(torch.zeros(2, 1, 2, 2), torch.ones(2, 1, 2, 2)).tolist() == [1.0, 1.0]


def test_the_same_objects_are_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is trained twice because a cell ran twice; another setting is another variant."""
    monkeypatch.setenv("EBDIAG_HOME", str(tmp_path))
    space, again = run(CELLS), run(CELLS)
    files = [
        ebdiag._live({"Generator": names["Maker"], "Discriminator": names["Discriminator"]}, names["Config"](margin=m))
        for names, m in ((space, 1.0), (again, 1.0), (again, 3.0))
    ]
    assert files[0] == files[1] != files[2]


def test_what_cannot_be_written_down_is_said() -> None:
    """A tensor made by a cell, a class whose cell is not known, an unknown part, a net without the other."""
    space = run(
        (*CELLS, "table = torch.ones(3)\nclass G(nn.Module):\n    def forward(self, z):\n        return z * table\n")
    )
    with pytest.raises(EbdiagError, match=r"table cannot be written down\n  expected a number, .* got a Tensor"):
        live.written({"Generator": space["G"], "Discriminator": space["Discriminator"]})
    lost = run(CELLS)
    linecache.cache.pop("<ipython-input-2>")
    with pytest.raises(EbdiagError, match="the source of Maker is not known"):
        live.written({"Generator": lost["Maker"], "Discriminator": lost["Discriminator"]})
    with pytest.raises(EbdiagError, match=r"unknown part 'energi'. Did you mean 'energy'\?"):
        ebdiag.compare("ref:ebgan_pt", generator=object, discriminator=object, parts={"energi": object})
    with pytest.raises(EbdiagError, match="discriminator is missing"):
        ebdiag.compare("ref:ebgan_pt", generator=object)
    with pytest.raises(EbdiagError, match="either a file or live objects"):
        ebdiag.compare("ref:ebgan_pt", "mine.py", generator=object, discriminator=object)
    with pytest.raises(EbdiagError, match="a config comes with"):
        ebdiag.compare("ref:ebgan_pt", config=object())


def test_a_real_kernel_compares_its_own_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ebdiag.compare("ref:ebgan_pt", generator=…)` in a notebook, to the result."""
    monkeypatch.setenv("EBDIAG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    notebook = nbformat.v4.new_notebook()
    notebook.cells += [nbformat.v4.new_code_cell(text.strip()) for text in CELLS]
    asked = (
        "import ebdiag\n"
        "result = ebdiag.compare('ref:ebgan_pt', generator=Maker, discriminator=Discriminator, config=Config(),\n"
        "                        parts={'energy': my_energy}, steps=3, seeds=1, progress=False)\n"
        "print(result.variants['mine'].path, result.variants['mine'].facts['config']['margin'])"
    )
    notebook.cells.append(nbformat.v4.new_code_cell(asked))
    NotebookClient(notebook, timeout=280, kernel_name="python3").execute()
    said = notebook.cells[-1].outputs[-1]["text"]
    assert said.strip().endswith("notebook.py 1.25"), said

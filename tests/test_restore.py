"""Checkpoints as people have them: nested, prefixed, of one net, in four file types; a pickle of code is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import variants
from authors import SCRIPTS
from safetensors.torch import save_file
from torch import nn

from ebdiag.adopt import Reader
from ebdiag.build import Built, build
from ebdiag.errors import EbdiagError
from ebdiag.execute import LocalExecutor
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.restore import restore
from ebdiag.store import Store

State = dict[str, torch.Tensor]
Shape = Callable[[State, State], Any]


def prefixed(state: State, prefix: str) -> State:
    return {f"{prefix}{name}": value for name, value in state.items()}


WILD: dict[str, Shape] = {
    "roles": lambda g, d: {"generator": g, "discriminator": d},
    "netG_epoch": lambda g, d: {"netG": g, "netD": d, "epoch": 12, "optimizerG": {"state": {}, "param_groups": []}},
    "state_dict_names": lambda g, d: {"G_state_dict": g, "D_state_dict": d, "loss": 0.3},
    "data_parallel": lambda g, d: {"netG": prefixed(g, "module."), "netD": prefixed(d, "module.")},
    "lightning": lambda g, d: {
        "epoch": 3, "pytorch-lightning_version": "2.2",
        "state_dict": prefixed(g, "generator.") | prefixed(d, "discriminator."),
    },
    "lightning_in_parallel": lambda g, d: {"state_dict": prefixed(prefixed(g, "G.") | prefixed(d, "D."), "module.")},
    "lightning_own_names": lambda g, d: {"state_dict": prefixed(g, "decoder_net.") | prefixed(d, "energy_net.")},
    "nested_models": lambda g, d: {"models": {"gen": g, "critic_or_so": d}, "step": 5},
    "compiled": lambda g, d: {"generator": prefixed(g, "_orig_mod."), "discriminator": prefixed(d, "_orig_mod.")},
    "one_flat": lambda g, d: prefixed(g, "generator.") | prefixed(d, "discriminator."),
}  # fmt: skip


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Built]:
    """Builds a tiny variant from a seed."""
    path = variants.write(tmp_path_factory.mktemp("variant"), variants.TINY)
    return lambda seed: build(Recipe(load(path)), seed=seed, device="cpu")


def states(built: Built) -> tuple[State, State]:
    return (
        {name: t.clone() for name, t in built.generator.state_dict().items()},
        {name: t.clone() for name, t in built.discriminator.state_dict().items()},
    )


def equal(built: Built, wanted: tuple[State, State]) -> bool:
    """Whether both nets have exactly these weights."""
    return all(
        torch.equal(net.state_dict()[name], value)
        for net, state in zip((built.generator, built.discriminator), wanted, strict=True)
        for name, value in state.items()
    )


@pytest.mark.parametrize("name", WILD)
def test_both_nets_are_found_however_they_are_kept(name: str, pair: Callable[[int], Built], tmp_path: Path) -> None:
    """Names, nesting and prefixes of many a training script; nothing is left over."""
    theirs, ours = pair(1), pair(2)
    wanted = states(theirs)
    file = tmp_path / "last.pth"
    torch.save(WILD[name](*wanted), file)
    assert not equal(ours, wanted)
    assert restore(ours, str(file)) == []
    assert equal(ours, wanted)


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".pkl", ".ckpt", ".safetensors"])
def test_every_type_of_file_is_read(suffix: str, pair: Callable[[int], Built], tmp_path: Path) -> None:
    """What torch.save wrote under any name, and safetensors."""
    theirs, ours = pair(1), pair(2)
    g, d = states(theirs)
    file = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(prefixed(g, "netG.") | prefixed(d, "netD."), file)
    else:
        torch.save({"netG": g, "netD": d}, file)
    assert restore(ours, str(file)) == []
    assert equal(ours, (g, d))


def test_one_bare_net_fills_that_net(pair: Callable[[int], Built], tmp_path: Path) -> None:
    """A generator's own file, in parallel or not: the discriminator keeps its weights, and that is said."""
    theirs, ours = pair(1), pair(2)
    g, _ = states(theirs)
    before = states(ours)[1]
    file = tmp_path / "g.pt"
    torch.save(prefixed(g, "module."), file)
    assert restore(ours, str(file)) == [f"{file} holds no weights for the discriminator: it keeps its initial ones"]
    assert equal(ours, (g, before))


class Payload:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (Path("owned.txt"), "owned"))


@pytest.mark.parametrize("suffix", [".pkl", ".pth"])
def test_a_pickle_that_would_run_code_is_refused(
    suffix: str, pair: Callable[[int], Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code does not run, and the message says why it is refused and what to do."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"model{suffix}"
    if suffix == ".pkl":
        file.write_bytes(pickle.dumps({"generator": Payload()}))
    else:
        torch.save({"generator": Payload()}, file)
    with pytest.raises(EbdiagError, match="refused: reading it would run code") as caught:
        restore(pair(0), str(file))
    assert "save net.state_dict() instead" in str(caught.value)
    assert not (tmp_path / "owned.txt").exists()


def test_a_scripts_own_checkpoint_fits_the_nets_that_were_made_of_it(tmp_path: Path) -> None:
    """An encoder and a decoder of one script, a generator around a flat net: names differ by wrappers only."""
    reader = Reader(Store(tmp_path / "store"), LocalExecutor(1), "mnist5k")
    built = build(Recipe(reader.read(str(SCRIPTS / "sequential.py"))), seed=0, device="cpu")
    theirs = nn.Sequential(nn.Linear(12, 64), nn.LeakyReLU(0.2), nn.Linear(64, 784), nn.Tanh())
    file = tmp_path / "generator.pth"
    torch.save({"generator": theirs.state_dict()}, file)
    notes = restore(built, str(file))
    assert len(notes) == 1
    latents = torch.rand(3, 12)
    assert torch.equal(built.generator(latents).flatten(1), theirs(latents))

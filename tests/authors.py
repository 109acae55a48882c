"""Runs a script as its author would, on real digits, and remembers what came in and what became of it."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
import torchvision
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ebdiag.data import load_images, picture

SCRIPTS = Path(__file__).parent / "scripts"
ABSENT = ("wandb", "imageio", "scipy.misc", "torch.utils.tensorboard", "tqdm", "keras", "keras.datasets")
"""Packages that scripts name and that need not be installed; none of them takes part in training."""


class Enough(Exception):
    """The script has trained as long as was asked."""


class Digits(torch.utils.data.Dataset[Any]):
    """In place of torchvision's MNIST: the digits that ebdiag ships, through the script's own transform."""

    def __init__(self, *args: Any, transform: Any = None, **kwargs: Any) -> None:
        self.images, self.transform = load_images("mnist5k").train, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> tuple[Any, int]:
        image = picture(self.images[row])
        return (image if self.transform is None else self.transform(image)), 0


@dataclass
class Run:
    """What a script did.

    Attributes:
        batches: Images that came in, in order.
        calls: Outermost calls of modules, as (module, first input).
        start: States of all modules when the first batch came, by id.
        modules: The same modules.
    """

    limit: int
    batches: list[Tensor] = field(default_factory=list)
    calls: list[tuple[nn.Module, Tensor]] = field(default_factory=list)
    start: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    modules: dict[int, nn.Module] = field(default_factory=dict)
    depth: int = 0

    def came(self, images: Tensor) -> None:
        """A batch is about to be used."""
        if len(self.batches) == self.limit:
            raise Enough
        if not self.batches:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some objects of torch say that they are deprecated when looked at
                modules = [o for o in gc.get_objects() if isinstance(o, nn.Module)]
            for module in modules:
                self.modules[id(module)] = module
                self.start[id(module)] = {name: t.detach().clone() for name, t in module.state_dict().items()}
        self.batches.append(images.detach().clone())

    def net(self, like: nn.Module) -> int:
        """Id of the script's net with the parameters of `like`, whatever wraps either."""
        names = [(name, tuple(value.shape)) for name, value in like.state_dict().items()]
        asked = (names, [(name.removeprefix("net."), shape) for name, shape in names])
        [found] = {key for key, state in self.start.items() if shapes(state) in asked and self._called(key)}
        return found

    def _called(self, key: int) -> bool:
        return any(id(module) == key for module, _ in self.calls)

    def latents(self, net: int) -> list[Tensor]:
        """What the generator was given, each drawing once."""
        given = [latents for module, latents in self.calls if id(module) == net]
        return [z for i, z in enumerate(given) if i == 0 or not torch.equal(z, given[i - 1])]


def shapes(state: dict[str, Tensor]) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of a state, without the name that DataParallel adds."""
    return [(name.removeprefix("module."), tuple(value.shape)) for name, value in state.items()]


@contextlib.contextmanager
def recording(run: Run) -> Iterator[None]:
    """What scripts do inside the block is remembered."""
    iterate = DataLoader.__iter__

    def batches(self: Any) -> Iterator[Any]:
        for batch in iterate(self):
            run.came(batch[0])
            yield batch

    def enter(module: nn.Module, inputs: Any) -> None:
        run.depth += 1
        if run.depth == 1 and inputs and isinstance(inputs[0], Tensor):
            run.calls.append((module, inputs[0].detach().clone()))

    def leave(module: nn.Module, inputs: Any, output: Any) -> None:
        run.depth -= 1

    def from_numpy(array: np.ndarray) -> Tensor:
        made = torch.as_tensor(array)
        if made.ndim == 4:
            run.came(made)
        return made

    hooks = [
        nn.modules.module.register_module_forward_pre_hook(enter),
        nn.modules.module.register_module_forward_hook(leave, always_call=True),
    ]
    absent = {name: mock.MagicMock() for name in ABSENT}
    images = load_images("mnist5k").train[:, 0]
    absent["keras.datasets"].mnist.load_data.return_value = ((images, None), (images, None))
    absent["tqdm"].tqdm = lambda batches, **kwargs: Bar(batches)
    try:
        with (
            mock.patch.object(DataLoader, "__iter__", batches),
            mock.patch.object(torchvision.datasets, "MNIST", Digits),
            mock.patch.object(torch, "from_numpy", from_numpy),
            mock.patch.dict(sys.modules, absent),
        ):
            yield
    finally:
        for hook in hooks:
            hook.remove()


class Bar:
    """A progress bar that shows nothing."""

    def __init__(self, batches: Any) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[Any]:
        return iter(self.batches)

    def set_postfix(self, **values: float) -> None:
        """Nothing."""


def run(name: str, limit: int, folder: Path) -> Run:
    """Run a script until it asks for one batch more than `limit`; what it writes goes into `folder`."""
    found, file = Run(limit), SCRIPTS / name
    module = types.ModuleType("__main__")
    before = os.getcwd(), list(sys.argv), list(sys.path), sys.modules["__main__"]
    os.chdir(folder)
    sys.argv[:] = [str(file)]
    sys.path.insert(0, str(SCRIPTS))
    sys.modules["__main__"] = module
    torch.manual_seed(7)
    np.random.seed(7)
    try:
        with recording(found), contextlib.redirect_stdout(None), contextlib.suppress(Enough):
            exec(compile(file.read_text(), str(file), "exec"), vars(module))
    finally:
        os.chdir(before[0])
        sys.argv[:], sys.path[:], sys.modules["__main__"] = before[1], before[2], before[3]
        sys.modules.pop("their_nets", None)
    assert len(found.batches) == limit
    return found

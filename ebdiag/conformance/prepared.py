"""Prepared inputs: a discriminator and a generator that answer what they are told to, and what a loss makes of it.

Losses, an Objective or a train_step of a variant are called with a twin of its own discriminator whose `forward`
returns a chosen reconstruction and a chosen code for each image. What they then compute, and the gradient that they
send back, says what they are, however they are written.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .. import initial, streams
from ..build import Built
from ..reader import KeptState
from ..records import Line
from ..step import named, total

NEAR_REAL, NEAR_FAKE = 0.42, 0.58
"""Around which the prepared real and generated images lie: apart, and inside of [0, 1], where a cross-entropy is
defined."""

SPREAD = 0.08
"""Half the width of either, so that the two do not meet."""

DATA: Any = torch.Tensor.data
"""`tensor.data`, which torch functions are not named after."""


class Unasked(Exception):
    """A loss that cannot be asked; the message says why."""


@dataclass(frozen=True)
class Scene:
    """What the prepared nets show.

    Attributes:
        real, fake: (B, P) images, flattened.
        off_real, off_fake: (B, P) what is added to an image to give its reconstruction.
        code: (B, d) codes of the generated images; real ones have the first set that was prepared.
        through: Share of the image's gradient that passes through its reconstruction.
        through_code: The same through the sum of its code.
    """

    real: Tensor
    fake: Tensor
    off_real: Tensor
    off_fake: Tensor
    code: Tensor
    through: float = 0.0
    through_code: float = 0.0

    def repeated(self, times: int) -> Scene:
        """Each row so many times."""
        rows = {name: getattr(self, name).repeat(times, 1) for name in ("real", "fake", "off_real", "off_fake", "code")}
        return replace(self, **rows)


@dataclass(frozen=True)
class Answer:
    """What a loss made of a scene.

    Attributes:
        terms: Its named terms; the one of a train_step is what was sent back by `backward`.
        real, fake: (B, P) gradients at the reconstructions' offsets.
        code: (B, d) gradient at the codes of generated images.
        images: (B, P) gradient at the generated images.
        trail: Names of torch functions that the user's files called, with the lines.
        calls: Overrides that were called, and how often.
    """

    value: float
    terms: dict[str, float]
    real: Tensor
    fake: Tensor
    code: Tensor
    images: Tensor
    trail: list[tuple[str, Line]] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)

    def line(self, names: tuple[str, ...]) -> dict[str, Any] | None:
        """The last line of the user's that called one of these torch functions."""
        found = [line for name, line in self.trail if name in names]
        return None if not found else {"file": found[-1].file, "line": found[-1].line}


class Stage:
    """Asks the losses of a built variant.

    Args:
        built: It is left as it was, but for the counters of its modules' own code.
        real: (B, C, H, W) images in the model's range, as an example.

    Raises:
        Unasked: Its discriminator does not give one reconstruction of the image's size for each image.
    """

    def __init__(self, built: Built, real: Tensor) -> None:
        self.halves, code, recon = _halves(built, real)
        self.built = built
        self.files = frozenset(v.display(f) for v in built.variants for f in v.files)
        self.rows, self.image = len(real), tuple(real.shape[1:])
        self.pixels = real[0].numel()
        self.recon_shape = tuple(recon.shape[1:])
        self.code_shape = (16,) if code is None else tuple(code.shape[1:])
        self.width = int(torch.Size(self.code_shape).numel())
        self.dtype = torch.float64
        self.generator, self.discriminator = copy.deepcopy(built.generator), copy.deepcopy(built.discriminator)
        self.rng = torch.Generator().manual_seed(streams.key(0, streams.PROBES, "prepared"))
        self.first_code = self.normal(self.rows, self.width)

    # ---- making scenes ------------------------------------------------------------------------------

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers, the same ones each time."""
        return torch.randn(shape, generator=self.rng, dtype=torch.float64)

    def uniform(self, *shape: int) -> Tensor:
        """Uniform numbers in [-1, 1), the same ones each time."""
        return torch.rand(shape, generator=self.rng, dtype=torch.float64) * 2 - 1

    def scene(self) -> Scene:
        """Images that are nearly reconstructed: offsets are .01."""
        shape = (self.rows, self.pixels)
        off = torch.full(shape, 0.01, dtype=torch.float64)
        real, fake = NEAR_REAL + SPREAD * self.uniform(*shape), NEAR_FAKE + SPREAD * self.uniform(*shape)
        return Scene(real, fake, off, off.clone(), self.first_code)

    # ---- asking -------------------------------------------------------------------------------------

    def discriminator_loss(self, scene: Scene, *, traced: bool = False) -> Answer:
        """What the discriminator is trained by.

        Args:
            traced: Note the lines that it passes, which takes longer.

        Raises:
            Unasked: The loss raises, or nothing is trained by it.
        """
        return self._ask(scene, "discriminator", traced)

    def generator_loss(self, scene: Scene, *, traced: bool = False) -> Answer:
        """What the generator is trained by; as `discriminator_loss`."""
        return self._ask(scene, "generator", traced)

    def _ask(self, scene: Scene, role: str, traced: bool) -> Answer:
        try:
            try:
                return self._asked(scene, role, traced)
            except RuntimeError:
                if self.dtype is torch.float32:
                    raise
                self.dtype = torch.float32  # a loss with layers or constants of its own
                return self._asked(scene, role, traced)
        except Unasked:
            raise
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise Unasked(f"the {role}'s loss cannot be asked: {text}") from error

    def _asked(self, scene: Scene, role: str, traced: bool) -> Answer:
        built = self.built
        leaves = _Leaves(scene, self, built.device)
        before = built.calls.copy()
        objective = _Kept(built.objective, by_itself=built.train_step is not None)
        twins, trail = leaves.replaced(self.generator, self.discriminator), Trail(self.files)
        watched = trail if traced else contextlib.nullcontext()
        with twins, objective, streams.preserved_globals(), built.uncounted(), watched:
            streams.reseed_globals(0, streams.PROBES, "prepared loss")
            if built.train_step is None:
                values, gradients = self._loss(leaves, role)
            else:
                values, gradients = self._step(leaves, role)
            calls = {name: built.calls[name] - before[name] for name in ("energy", "pull_away")}
        terms = {name: float(value.detach().double().sum()) for name, value in values.items()}
        real, fake, code, images = gradients
        return Answer(sum(terms.values()), terms, real, fake, code, images, trail.seen, calls)

    def _loss(self, leaves: _Leaves, role: str) -> tuple[dict[str, Tensor], list[Tensor]]:
        objective, config = self.built.objective, self._config(leaves)
        if role == "discriminator":
            terms = named(objective.discriminator_loss(self.discriminator, leaves.real, leaves.fake.detach(), config))
        else:
            terms = named(objective.generator_loss(self.discriminator, leaves.fake, config))
        loss = total(terms)
        if loss.requires_grad:
            loss.sum().backward()
        return terms, leaves.gradients()

    def _config(self, leaves: _Leaves) -> Any:
        """The variant's Config with the size of the prepared batch."""
        config = copy.copy(self.built.config)
        object.__setattr__(config, "batch_size", len(leaves.real))
        return config

    def _step(self, leaves: _Leaves, role: str) -> tuple[dict[str, Tensor], list[Tensor]]:
        """One whole train_step on the prepared nets; what was sent back before the first update of `role` counts."""
        built = self.built
        assert built.train_step is not None
        events: dict[str, tuple[list[Tensor], list[Tensor]]] = {}
        sent: list[Tensor] = []

        def stepped(of: str) -> None:
            events.setdefault(of, (sent.copy(), leaves.gradients()))
            sent.clear()
            leaves.clear()

        optimisers = {
            of: _Still(net.parameters(), functools.partial(stepped, of))
            for of, net in (("generator", self.generator), ("discriminator", self.discriminator))
        }
        rng = streams.generator(0, streams.PROBES, "prepared step")
        with sends(lambda tensors, weights: sent.extend(_sent(tensors, weights))):
            built.train_step(
                self.generator, self.discriminator, optimisers["generator"], optimisers["discriminator"],
                itertools.repeat(leaves.real), self._config(leaves), rng,
            )  # fmt: skip
        if role not in events:
            raise Unasked(f"train_step does not update the {role}")
        values, gradients = events[role]
        return {f"sent {place}": value for place, value in enumerate(values)}, gradients


class _Leaves:
    """The tensors of a scene that gradients are taken at, and the two `forward`s that show them."""

    def __init__(self, scene: Scene, stage: Stage, device: torch.device) -> None:
        self.scene, self.stage = scene, stage

        def leaf(values: Tensor) -> Tensor:
            return values.detach().to(device, stage.dtype).clone().requires_grad_(True)

        self.off_real, self.off_fake, self.code = leaf(scene.off_real), leaf(scene.off_fake), leaf(scene.code)
        self.flat = leaf(scene.fake)
        self.fake = self.flat.view(-1, *stage.image)
        self.real = scene.real.to(device, stage.dtype).view(-1, *stage.image)
        self.rows = torch.cat([self.real.flatten(1), self.flat.detach()])

    def gradients(self) -> list[Tensor]:
        """At the offsets of real and generated images, the codes, the generated images; zero where none arrived."""
        leaves = (self.off_real, self.off_fake, self.code, self.flat)
        return [torch.zeros_like(t) if t.grad is None else t.grad.detach().clone() for t in leaves]

    def clear(self) -> None:
        """Forget what arrived so far."""
        for tensor in (self.off_real, self.off_fake, self.code, self.flat):
            tensor.grad = None

    @contextlib.contextmanager
    def replaced(self, generator: nn.Module, discriminator: nn.Module) -> Iterator[None]:
        """Both twins show this scene within the block, the halves of an autoencoder by themselves too."""
        forwards: dict[str, Any] = {"": self._discriminate, "encoder": self._encode, "decoder": self._decode}
        shown: list[tuple[Any, Any]] = [(generator, self._generate)]
        shown += [(discriminator.get_submodule(path), forwards[half]) for half, path in self.stage.halves.items()]
        hooks = [
            module.register_forward_pre_hook(_refuse)
            for module in discriminator.modules()
            if not list(module.children()) and not any(module is net for net, _ in shown)
        ]
        for net, forward in shown:
            net.train()
            net.forward = forward
        try:
            yield
        finally:
            for net, _ in shown:
                del net.forward
            for hook in hooks:
                hook.remove()

    def _generate(self, latents: Tensor, *more: Any, **named: Any) -> Tensor:
        times = -(-len(latents) // len(self.fake))
        return self.fake.repeat(times, *([1] * len(self.stage.image)))[: len(latents)]

    def _discriminate(self, images: Tensor, *more: Any, **named: Any) -> Any:
        code = self._encode(images)
        recon = self._decode(code)
        reader = self.stage.built.reader
        reader.hand(code)
        return (recon, code) if reader.returns_code else recon

    def _encode(self, images: Tensor, *more: Any, **named: Any) -> Tensor:
        """The prepared codes of images; which those are is remembered for `_decode`."""
        stage, scene = self.stage, self.scene
        flat = images.reshape(len(images), -1)
        if flat.shape[1] != stage.pixels:
            raise Unasked("the loss shows the discriminator something else than images")
        self.shown = flat, torch.cdist(flat.detach().to(self.rows), self.rows).argmin(1)
        first = stage.first_code.to(self.code)
        real_codes = first.repeat(-(-len(self.real) // len(first)), 1)[: len(self.real)]
        codes = torch.cat([real_codes, self.code])[self.shown[1]]
        if scene.through_code:
            moved = scene.through_code * flat.sum(1, keepdim=True)
            codes = codes + (moved - moved.detach())
        return codes.reshape(len(images), *stage.code_shape)

    def _decode(self, code: Tensor, *more: Any, **named: Any) -> Tensor:
        """The prepared reconstructions of the images that were encoded last."""
        stage, scene = self.stage, self.scene
        flat, nearest = self.shown
        if len(code) != len(flat):
            raise Unasked("the loss decodes other codes than it has encoded last")
        shown = flat.detach()
        if scene.through:  # the same values, of which a share carries the gradient
            shown = scene.through * flat + (1 - scene.through) * shown
        offsets = torch.cat([self.off_real, self.off_fake])[nearest]
        return (shown + offsets).reshape(len(flat), *stage.recon_shape)


def _refuse(module: nn.Module, inputs: Any) -> None:
    raise Unasked("the loss calls single layers of the discriminator")


def _halves(built: Built, real: Tensor) -> tuple[dict[str, str], Tensor | None, Tensor]:
    """What can be replaced in a discriminator, and its code and reconstruction of some real images.

    Returns:
        Paths: of itself, the empty one; of the `encoder`, the outermost module that makes the code of the images, and
        of the `decoder`, the outermost that makes the reconstruction of the code, where there are such modules.
    """
    calls: list[tuple[str, Any, Any]] = []
    names = {module: name for name, module in built.discriminator.named_modules()}
    hooks = [
        module.register_forward_hook(lambda module, inputs, output: calls.append((names[module], inputs, output)))
        for module in names
    ]
    try:
        with torch.no_grad(), KeptState(built.discriminator), initial.keyed(0, "prepared stage"):
            recon, code = built.reader(built.discriminator(real))
    finally:
        for hook in hooks:
            hook.remove()
    if not isinstance(recon, Tensor) or recon.numel() != real.numel():
        raise Unasked("the reconstruction has another size than the image")
    halves = {"": ""}
    if code is None:
        return halves, None, recon
    for half, before, after in (("encoder", real, code), ("decoder", code, recon)):
        found = [
            name
            for name, inputs, output in calls
            if name and len(inputs) == 1 and _same(inputs[0], before) and _same(output, after)
        ]
        if found:
            halves[half] = min(found, key=len)
    return halves, code, recon


def _same(one: Any, other: Tensor) -> bool:
    """Whether two tensors hold the same values, whatever their shapes."""
    return isinstance(one, Tensor) and one.numel() == other.numel() and torch.equal(one.flatten(), other.flatten())


class _Still(torch.optim.SGD):
    """An optimiser that moves nothing and says when it is asked to."""

    def __init__(self, parameters: Iterator[nn.Parameter], stepped: Callable[[], None]) -> None:
        super().__init__(list(parameters), lr=0.0)
        self.stepped = stepped

    def step(self, closure: Any = None) -> Any:
        """Note what arrived."""
        found = closure() if closure is not None else None
        self.stepped()
        return found


class _Kept:
    """Numbers and tensors that an Objective keeps are after the block what they were before.

    Args:
        by_itself: Through its own `state_dict`: what one `train_step` leaves to the next is kept elsewhere.
    """

    def __init__(self, objective: Any, *, by_itself: bool = False) -> None:
        self.objective = objective
        self.by_itself = by_itself and hasattr(objective, "state_dict") and hasattr(objective, "load_state_dict")
        self.held = getattr(objective, "__dict__", {})

    def __enter__(self) -> None:
        self.state = copy.deepcopy(self.objective.state_dict()) if self.by_itself else None
        self.kept = {k: v.detach().clone() if isinstance(v, Tensor) else v for k, v in self.held.items()}

    def __exit__(self, *exception: object) -> None:
        if self.by_itself:
            self.objective.load_state_dict(self.state)
        self.held.clear()
        self.held.update(self.kept)


class Trail(TorchFunctionMode):
    """Notes which torch functions the user's own files call, and on which line."""

    def __init__(self, files: frozenset[str]) -> None:
        super().__init__()
        self.files = files
        self.seen: list[tuple[str, Line]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename not in (*self.files, __file__):
            frame = frame.f_back  # type: ignore[assignment]
        if frame is not None and frame.f_code.co_filename != __file__:
            name = "data" if func == DATA.__get__ else getattr(func, "__name__", "").strip("_")
            self.seen.append((name, Line(frame.f_code.co_filename, frame.f_lineno)))
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def sends(heard: Callable[[Any, Any], None]) -> Iterator[None]:
    """Hear of every `backward` in the block, with the tensors and the weights that it was called with."""
    original: Any = torch.autograd.backward

    def backward(tensors: Any, grad_tensors: Any = None, *more: Any, **named: Any) -> Any:
        heard(tensors, grad_tensors)
        return original(tensors, grad_tensors, *more, **named)

    torch.autograd.backward = backward
    try:
        yield
    finally:
        torch.autograd.backward = original


def _sent(tensors: Any, weights: Any) -> list[Tensor]:
    several = list(tensors) if isinstance(tensors, tuple | list) else [tensors]
    scales = list(weights) if isinstance(weights, tuple | list) else [weights] * len(several)
    return [(t if w is None else t * w).detach().double().sum() for t, w in zip(several, scales, strict=True)]

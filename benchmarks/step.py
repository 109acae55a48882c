"""The standard step against the plain published loop, taking turns, on the same threads.

The plain loop is the one that public implementations share: a DataLoader with a per-image transform, one
generator forward for the discriminator's update, which is not detached, and another on the same latents for the
generator's; each loss's gradients in the other net are computed and thrown away; Adam without fused kernels.

    python benchmarks/step.py [--json] [--threads 1] [--rounds 9] [--steps 20] [MODEL …]

Each loop has a process of its own, the plain ones as `python` starts them, ebdiag's as its workers are started
(`ebdiag/children.py`); they take turns of five steps, so that a machine whose speed drifts slows all alike. On one
thread of a CPU times are processor time, which other work on the machine hardly moves; else wall-clock time.

Prints, for each model, medians over rounds: `step_ratio` and `step_ratio_fast` (plain / standard, the step alone,
as ever and with `--kernels fast`), `epoch_ratio` and `epoch_ratio_fast` (with data), `probe_overhead` (default
probes on / off - 1), milliseconds of a step, and `bit_identical`: 1 if the parameters of plain, standard and probes
after all rounds are equal bit for bit and BatchNorm statistics to rounding.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from ebdiag import children, device, exact, streams
from ebdiag.adam import Adam
from ebdiag.build import Built, build
from ebdiag.data import Images, load_images, prepare
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.probes import default_probes
from ebdiag.records import Recipe
from ebdiag.series import Recorder
from ebdiag.step import Batches, Trainer, named, total
from ebdiag.stills import COUNT, stills
from ebdiag.worker import unfilled

MODELS = ("ref:ebgan_pt", "ref:ebgan_infogan")
WARM_UP = 3
TURN = 5
"""Steps before another loop's turn: its nets leave the cache, as they do not while one run trains."""

State = dict[str, dict[str, Tensor]]
ROUNDING = 1e-5
"""BatchNorm statistics move twice in the plain loop and once, by extrapolation, in the standard step."""


class Digits(Dataset[Tensor]):
    """Images through a per-image transform, as the public loops read them."""

    def __init__(self, images: Images, pixel_range: tuple[float, float]) -> None:
        low, high = pixel_range
        self.images = images.train
        self.transform = transforms.Compose(
            [
                transforms.ToPILImage(),
                transforms.ToTensor(),
                transforms.Normalize(-low / (high - low), 1 / (high - low)),
            ]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        image: Tensor = self.transform(torch.from_numpy(self.images[index]))
        return image


def plain_step(built: Built, batches: Iterator[Tensor], number: int) -> None:
    """One step of the published loop."""
    config, generator, discriminator = built.config, built.generator, built.discriminator
    for update in range(config.discriminator_steps):
        real = next(batches)
        rng = streams.generator(built.seed, streams.TRAINING_LATENTS, number, update)
        latents = built.sample_latent(len(real), rng)
        built.discriminator_opt.zero_grad()
        fake = generator(latents)
        total(named(built.objective.discriminator_loss(discriminator, real, fake, config))).backward()
        built.discriminator_opt.step()
    built.generator_opt.zero_grad()
    fake = generator(latents)
    total(named(built.objective.generator_loss(discriminator, fake, config))).backward()
    built.generator_opt.step()


class Standard:
    """ebdiag's own loop over a built variant, with or without probes."""

    def __init__(self, built: Built, pixels: Tensor, *, single_pass: bool, probes: bool) -> None:
        self.built = built
        self.batches = Batches(pixels, size=built.config.batch_size, seed=built.seed)
        self.trainer = Trainer(built, self.batches, single_pass=single_pass, watching=probes)
        self.recorder = Recorder(default_probes() if probes else (), stills(built, pixels, pixels[:COUNT]))

    def step(self, number: int) -> None:
        self.recorder.before(number, self.built)
        moment = self.trainer.step(number)
        if self.recorder.probes:
            self.recorder.observe(moment)


class Plain:
    """The published loop on batches that are at hand."""

    def __init__(self, built: Built, pixels: Tensor) -> None:
        self.built = built
        self.batches = Batches(pixels, size=built.config.batch_size, seed=built.seed)

    def step(self, number: int) -> None:
        plain_step(self.built, self.batches, number)


class PlainEpochs:
    """The published loop with its DataLoader."""

    def __init__(self, built: Built, images: Images) -> None:
        self.built = built
        data = Digits(images, built.config.pixel_range)
        self.loader = DataLoader(data, batch_size=built.config.batch_size, shuffle=True, drop_last=True)
        self.batches = self._endless()

    def step(self, number: int) -> None:
        plain_step(self.built, self.batches, number)

    def _endless(self) -> Iterator[Tensor]:
        while True:
            yield from self.loader


LOOPS = {
    "plain": ("torch", False),
    "epoch": ("torch", False),
    "standard": ("torch", True),
    "fast": ("fast", True),
    "probes": ("torch", True),
}
"""Kernels of each loop, and whether its process is started as ebdiag's workers are."""


def loop(way: str, model: str, *, single_pass: bool, chosen_device: str) -> Plain | PlainEpochs | Standard:
    """One of the loops, at step 0."""
    kernels, _ = LOOPS[way]
    images = load_images("mnist5k")
    fused = kernels == "fast"
    built = build(Recipe(load(model)), seed=0, device=chosen_device, fused=fused, kernels=kernels)
    pixels = built.pixels(images.train)
    if way in ("plain", "epoch"):
        built.generator_opt, built.discriminator_opt = (
            torch.optim.Adam(net.parameters(), lr=opt.defaults["lr"], betas=opt.defaults["betas"])
            if isinstance(opt, Adam) else opt
            for net, opt in ((built.generator, built.generator_opt), (built.discriminator, built.discriminator_opt))
        )  # fmt: skip
        return Plain(built, pixels) if way == "plain" else PlainEpochs(built, images)
    return Standard(built, pixels, single_pass=single_pass, probes=way == "probes")


def serve(way: str, model: str, *, single_pass: bool, threads: int, chosen_device: str) -> None:
    """Take turns: a number of steps on each line of stdin, answered by their seconds; a path, by the nets' state."""
    torch.set_num_threads(threads)
    clock = time.thread_time if (chosen_device, threads) == ("cpu", 1) else time.perf_counter
    turning = loop(way, model, single_pass=single_pass, chosen_device=chosen_device)
    if LOOPS[way][1]:
        torch.set_deterministic_debug_mode("warn")
        unfilled()
        if LOOPS[way][0] == "torch":
            exact.hasten(*turning.built.nets.values())
    number = 0
    print("ready", flush=True)
    for line in sys.stdin:
        if not line.strip().isdecimal():
            torch.save({role: net.state_dict() for role, net in turning.built.nets.items()}, line.strip())
            print("saved", flush=True)
            continue
        began = clock()
        for _ in range(int(line)):
            number += 1
            turning.step(number)
        if chosen_device == "cuda":
            torch.cuda.synchronize()
        print(clock() - began, flush=True)


class Turning:
    """A loop in a process of its own."""

    def __init__(self, way: str, model: str, *, single_pass: bool, threads: int, chosen_device: str) -> None:
        command = [sys.executable, __file__, "--serve", way, "--threads", str(threads), "--device", chosen_device]
        self.process = subprocess.Popen(
            [*command, *(["--single-pass"] if single_pass else []), model],
            env=children.environment() if LOOPS[way][1] else None,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.asking, self.answering = self.process.stdin, self.process.stdout
        self.answering.readline()

    def ask(self, what: object) -> str:
        """Its answer, when it has done what was asked."""
        self.tell(what)
        return self.hear()

    def tell(self, what: object) -> None:
        """Ask without waiting."""
        print(what, file=self.asking, flush=True)

    def hear(self) -> str:
        """Wait for the answer."""
        return self.answering.readline()

    def close(self) -> None:
        """End the process."""
        self.asking.close()
        self.process.wait()


def measure(model: str, *, rounds: int, steps: int, threads: int, chosen_device: str) -> dict[str, float]:
    """All figures of one model; a ratio is one of sums over a round, and the median over rounds is reported."""
    environment = device.environment(chosen_device, threads)
    single = inspect(Recipe(load(model)), prepare("mnist5k"), environment).single_pass
    loops = {
        way: Turning(way, model, single_pass=single, threads=threads, chosen_device=environment.device)
        for way in LOOPS
    }  # fmt: skip
    times = {name: [0.0] * rounds for name in loops}
    order = list(loops)
    for name in order:
        loops[name].ask(WARM_UP)
    for turn in range(rounds * steps // TURN):
        order.append(order.pop(0))
        for name in order:
            times[name][turn * TURN // steps] += float(loops[name].ask(TURN))
    with tempfile.TemporaryDirectory() as folder:
        states = {}
        for name, turning in loops.items():
            path = Path(folder) / name
            turning.ask(path)
            states[name] = torch.load(path, weights_only=True)
            turning.close()

    def ratio(above: str, below: str) -> float:
        return statistics.median(a / b for a, b in zip(times[above], times[below], strict=True))

    def ms(name: str) -> float:
        return round(statistics.median(times[name]) / steps * 1e3, 2)

    alike = identical(states["plain"], states["standard"])
    unmoved = identical(states["standard"], states["probes"], exact=True)
    return {
        "step_ratio": round(ratio("plain", "standard"), 3),
        "step_ratio_fast": round(ratio("plain", "fast"), 3),
        "epoch_ratio": round(ratio("epoch", "standard"), 3),
        "epoch_ratio_fast": round(ratio("epoch", "fast"), 3),
        "probe_overhead": round(ratio("probes", "standard") - 1, 4),
        "bit_identical": int(alike and unmoved),
        "plain_ms": ms("plain"),
        "standard_ms": ms("standard"),
        "fast_ms": ms("fast"),
    }


def identical(one: State, other: State, *, exact: bool = False) -> bool:
    """Parameters bit for bit; BatchNorm statistics to rounding, or exactly."""
    for role, tensors in one.items():
        for name, x in tensors.items():
            y = other[role][name]
            if exact or "running_" not in name:
                if not torch.equal(x, y):
                    return False
            elif not torch.allclose(x.double(), y.double(), rtol=ROUNDING, atol=ROUNDING):
                return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--json", action="store_true", help="print one JSON object: model → figures")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=20, help=f"steps a round, a multiple of {TURN}")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--serve", choices=list(LOOPS), help=argparse.SUPPRESS)
    parser.add_argument("--single-pass", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    threads, chosen = arguments.threads, arguments.device
    if arguments.serve:
        serve(
            arguments.serve, arguments.models[0], single_pass=arguments.single_pass, threads=threads,
            chosen_device=chosen,
        )  # fmt: skip
        return
    torch.set_num_threads(threads)
    figures = {}
    for model in arguments.models:
        name = model.removeprefix("ref:")
        figures[name] = measure(
            model, rounds=arguments.rounds, steps=arguments.steps, threads=threads, chosen_device=chosen
        )
        if not arguments.json:
            print(model, figures[name], file=sys.stderr)
    if arguments.json:
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

"""The standard step against the plain published loop, in one process, alternating, on the same threads.

The plain loop is the one that public implementations share: a DataLoader with a per-image transform, one
generator forward for the discriminator's update, which is not detached, and another on the same latents for the
generator's; each loss's gradients in the other net are computed and thrown away; Adam without fused kernels.

    python benchmarks/step.py [--json] [--threads 1] [--rounds 9] [--steps 20] [MODEL …]

Prints, for each model, medians over rounds: `step_ratio` and `step_ratio_fused` (plain / standard, the step
alone), `epoch_ratio` (with data), `probe_overhead` (default probes on / off - 1), and `bit_identical`: 1 if the
parameters after all rounds are equal bit for bit and BatchNorm statistics to rounding.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from ebdiag import device, streams
from ebdiag.adam import Adam
from ebdiag.build import Built, build
from ebdiag.data import Images, load_images, prepare, to_model
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.probes import default_probes
from ebdiag.records import Recipe
from ebdiag.series import Recorder
from ebdiag.step import Batches, Trainer, named, total
from ebdiag.stills import COUNT, stills

MODELS = ("ref:ebgan_pt", "ref:ebgan_infogan")
WARM_UP = 3
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


def measure(
    model: str, images: Images, *, rounds: int, steps: int, threads: int, chosen_device: str
) -> dict[str, float]:
    """All figures of one model.

    The loops take turns step by step, each step on a built variant of its own, so that a machine whose speed
    drifts slows all of them alike; a ratio is one of sums over a round, and the median over rounds is reported.
    """
    environment = device.environment(chosen_device, threads)
    recipe = Recipe(load(model))
    facts = inspect(recipe, prepare("mnist5k"), environment)

    def fresh(*, fused: bool = False) -> Built:
        return build(recipe, seed=0, device=environment.device, fused=fused)

    def published() -> Built:
        built = fresh()
        built.generator_opt, built.discriminator_opt = (
            torch.optim.Adam(net.parameters(), lr=opt.defaults["lr"], betas=opt.defaults["betas"])
            if isinstance(opt, Adam) else opt
            for net, opt in ((built.generator, built.generator_opt), (built.discriminator, built.discriminator_opt))
        )  # fmt: skip
        return built

    example = fresh().config
    pixels = to_model(
        images.train,
        image_shape=example.image_shape,
        pixel_range=example.pixel_range,
        device=environment.device,
    )
    single = facts.single_pass
    loops = {
        "plain": Plain(published(), pixels),
        "standard": Standard(fresh(), pixels, single_pass=single, probes=False),
        "fused": Standard(fresh(fused=True), pixels, single_pass=single, probes=False),
        "probes": Standard(fresh(), pixels, single_pass=single, probes=True),
        "epoch": PlainEpochs(published(), images),
    }
    times = {name: [0.0] * rounds for name in loops}
    order = list(loops)
    for number in range(1, WARM_UP + rounds * steps + 1):
        order.append(order.pop(0))
        for name in order:
            began = time.perf_counter()
            loops[name].step(number)
            if chosen_device == "cuda":
                torch.cuda.synchronize()
            if number > WARM_UP:
                times[name][(number - WARM_UP - 1) // steps] += time.perf_counter() - began

    def ratio(above: str, below: str) -> float:
        return statistics.median(a / b for a, b in zip(times[above], times[below], strict=True))

    alike = identical(loops["plain"].built, loops["standard"].built)
    unmoved = identical(loops["standard"].built, loops["probes"].built, exact=True)
    return {
        "step_ratio": round(ratio("plain", "standard"), 3),
        "step_ratio_fused": round(ratio("plain", "fused"), 3),
        "epoch_ratio": round(ratio("epoch", "standard"), 3),
        "probe_overhead": round(ratio("probes", "standard") - 1, 4),
        "bit_identical": int(alike and unmoved),
        "standard_ms": round(statistics.median(times["standard"]) / steps * 1e3, 2),
    }


def identical(one: Built, other: Built, *, exact: bool = False) -> bool:
    """Parameters bit for bit; buffers to rounding, or exactly."""
    for a, b in ((one.generator, other.generator), (one.discriminator, other.discriminator)):
        if not all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True)):
            return False
        for x, y in zip(a.buffers(), b.buffers(), strict=True):
            same = torch.equal(x, y) if exact else torch.allclose(x.double(), y.double(), rtol=ROUNDING, atol=ROUNDING)
            if not same:
                return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--json", action="store_true", help="print one JSON object: model → figures")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=20, help="steps a round; probes come every tenth")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    images = load_images("mnist5k")
    figures = {}
    for model in arguments.models:
        figures[model.removeprefix("ref:")] = measure(
            model, images, rounds=arguments.rounds, steps=arguments.steps, threads=arguments.threads,
            chosen_device=arguments.device,
        )  # fmt: skip
        if not arguments.json:
            print(model, figures[model.removeprefix("ref:")], file=sys.stderr)
    if arguments.json:
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

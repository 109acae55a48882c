"""How the time and the memory of a step grow with the number of steps, the size of images and the width of the code.

    python benchmarks/growth.py [--json] [--steps 40]

A small variant (one convolution and a dense code each way) is trained with default probes, as a worker does it, in a
process for each row: milliseconds of processor time a step (median after ten of warm-up), and resident memory after a
quarter of the steps and at their end, whose difference a step is `growth_mib`. Images are random; their values do not
matter here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ebdiag import children

SIZES = (16, 32, 64)
CODES = (8, 32, 128)
BASE = (32, 32)
"""Size of images and width of the code that the other rows vary."""

VARIANT = """
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Config:
    image_shape: tuple[int, int, int] = (3, {size}, {size})
    latent_dim: int = {code}


class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear({code}, 16 * {half} * {half}), nn.ReLU(), nn.Unflatten(1, (16, {half}, {half})),
            nn.ConvTranspose2d(16, 3, 4, 2, 1), nn.Tanh(),
        )

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 16, 4, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(16 * {half} * {half}, {code})
        )
        self.decoder = nn.Sequential(
            nn.Linear({code}, 16 * {half} * {half}), nn.ReLU(), nn.Unflatten(1, (16, {half}, {half})),
            nn.ConvTranspose2d(16, 3, 4, 2, 1),
        )

    def forward(self, x):
        code = self.encoder(x)
        return self.decoder(code), code
"""


def row(size: int, code: int, steps: int, kernels: str) -> dict[str, float]:
    """One row, in this process."""
    import psutil
    import torch

    from benchmarks.step import Standard
    from ebdiag.build import build
    from ebdiag.load import load
    from ebdiag.records import Recipe

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grown.py"
        path.write_text(VARIANT.format(size=size, code=code, half=size // 2))
        built = build(Recipe(load(str(path))), seed=0, device="cpu", fused=kernels == "fast", kernels=kernels)
    pixels = torch.rand(256, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    training, times, early = Standard(built, pixels, single_pass=True, probes=True), [], 0.0
    for number in range(1, steps + 1):
        began = time.thread_time()
        training.step(number)
        times.append(time.thread_time() - began)
        if number == max(10, steps // 4):
            early = psutil.Process().memory_info().rss / 2**20
    late = psutil.Process().memory_info().rss / 2**20
    return {
        "step_ms": round(statistics.median(times[10:]) * 1e3, 2),
        "memory_mib": round(late),
        "growth_mib": round((late - early) / (steps - max(10, steps // 4)), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object: row → figures")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--row", nargs=3, metavar=("SIZE", "CODE", "KERNELS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        size, code, kernels = arguments.row
        print(json.dumps(row(int(size), int(code), arguments.steps, kernels)))
        return
    figures = {}
    asked = [(size, BASE[1]) for size in SIZES] + [(BASE[0], code) for code in CODES if code != BASE[1]]
    environment = children.environment()
    roots = [str(Path(__file__).parent.parent), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, roots))
    for size, code in asked:
        for kernels in ("torch", "fast"):
            command = [
                sys.executable,
                __file__,
                "--steps",
                str(arguments.steps),
                "--row",
                str(size),
                str(code),
                kernels,
            ]
            run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            name = f"{size}×{size}, code {code}, {kernels}"
            figures[name] = json.loads(run.stdout)
            if not arguments.json:
                print(name, figures[name], file=sys.stderr)
    if arguments.json:
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

"""How far `--kernels fast` ends from PyTorch's own kernels, step by step.

    python benchmarks/drift.py [--json] [--seeds 3] [MODEL …]

Trains the same variant under the same seed side by side as ever, with fast kernels, and with fused optimisers alone,
which fast kernels include. After some numbers of steps, the worst over seeds and nets of

- `share`: sum of the differences of parameters, as a share of the sum of the ways they have gone since step 0;
- `largest`: the largest difference of one parameter, as a share of the largest parameter.

Prints a table in Markdown, or with --json one object. Deterministic on one kind of machine.
"""

from __future__ import annotations

import argparse
import json

import torch

from ebdiag.build import Built, build
from ebdiag.data import load_images
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.step import Batches, Trainer

MODELS = ("ref:ebgan_pt", "ref:ebgan_infogan")
LOOKS = (1, 10, 50)
WAYS = {"torch": ("torch", False), "fused": ("torch", True), "fast": ("fast", True)}
"""Kernels, and whether optimisers are fused."""


def measure(model: str, seeds: int) -> dict[str, dict[int, dict[str, float]]]:
    """Way → steps → figures."""
    worst = {way: {step: {"share": 0.0, "largest": 0.0} for step in LOOKS} for way in WAYS if way != "torch"}
    recipe, images = Recipe(load(model)), load_images("mnist5k")
    for seed in range(seeds):
        start = build(recipe, seed=seed, device="cpu")
        pixels = start.pixels(images.train)
        made = {
            way: build(recipe, seed=seed, device="cpu", fused=fused, kernels=kernels)
            for way, (kernels, fused) in WAYS.items()
        }
        trainers = {
            way: Trainer(
                built, Batches(pixels, size=built.config.batch_size, seed=seed), single_pass=True, watching=False
            )
            for way, built in made.items()
        }
        for step in range(1, LOOKS[-1] + 1):
            for trainer in trainers.values():
                trainer.step(step)
            if step in LOOKS:
                for way, looks in worst.items():
                    for name, value in apart(start, made["torch"], made[way]).items():
                        looks[step][name] = max(looks[step][name], value)
    return worst


@torch.no_grad()
def apart(start: Built, usual: Built, other: Built) -> dict[str, float]:
    """The worse of both nets."""
    found = {"share": 0.0, "largest": 0.0}
    for role, net in usual.nets.items():
        rows = [
            tuple(p.double() for p in row)
            for row in zip(start.nets[role].parameters(), net.parameters(), other.nets[role].parameters(), strict=True)
        ]
        difference = sum(float((b - c).abs().sum()) for _, b, c in rows)
        found["share"] = max(found["share"], difference / sum(float((b - a).abs().sum()) for a, b, _ in rows))
        largest = max(float((b - c).abs().max()) for _, b, c in rows)
        found["largest"] = max(found["largest"], largest / max(float(b.abs().max()) for _, b, _ in rows))
    return found


def table(figures: dict[str, dict[str, dict[int, dict[str, float]]]]) -> str:
    """Markdown: a row for each model and way."""
    lines = ["| model | kernels | " + " | ".join(f"after {n}: share, largest" for n in LOOKS) + " |"]
    lines.append("|---|---|" + "--:|" * len(LOOKS))
    for model, ways in figures.items():
        for way, looks in ways.items():
            cells = " | ".join(f"{look['share']:.1e}, {look['largest']:.1e}" for look in looks.values())
            lines.append(f"| `{model}` | {way} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--json", action="store_true", help="print one JSON object: model → way → steps → figures")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    figures = {model.removeprefix("ref:"): measure(model, arguments.seeds) for model in arguments.models}
    print(json.dumps(figures, indent=1) if arguments.json else table(figures))


if __name__ == "__main__":
    main()

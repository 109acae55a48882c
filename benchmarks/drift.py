"""How far `--kernels fast` and `--vectorize` end from runs as ever, step by step.

    python benchmarks/drift.py [--json] [--seeds 3] [MODEL …]

Trains the same variant under the same seeds side by side as ever, with fast kernels, with fused optimisers alone, which
fast kernels include, and with all seeds in one go. After some numbers of steps, the worst over seeds and nets of

- `share`: sum of the differences of parameters, as a share of the sum of the ways they have gone since step 0;
- `largest`: the largest difference of one parameter, as a share of the largest parameter.

Prints a table in Markdown, or with --json one object. Deterministic on one kind of machine.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

import torch
from torch import Tensor

from ebdiag.build import Built, build
from ebdiag.data import load_images
from ebdiag.load import load
from ebdiag.records import Recipe
from ebdiag.seeds import Seeds
from ebdiag.step import Batches, Trainer

MODELS = ("ref:ebgan_pt", "ref:ebgan_infogan")
LOOKS = (1, 10, 50)
WAYS = {
    "torch": ("torch", False, False),
    "fused": ("torch", True, False),
    "fast": ("fast", True, False),
    "in one go": ("torch", False, True),
}
"""Kernels, whether optimisers are fused, and whether seeds are batched."""


def measure(model: str, seeds: int) -> dict[str, dict[int, dict[str, float]]]:
    """Way → steps → figures."""
    worst = {way: {step: {"share": 0.0, "largest": 0.0} for step in LOOKS} for way in WAYS if way != "torch"}
    recipe, images = Recipe(load(model)), load_images("mnist5k")
    start = [build(recipe, seed=seed, device="cpu") for seed in range(seeds)]
    pixels = start[0].pixels(images.train)
    made = {
        way: [build(recipe, seed=seed, device="cpu", fused=fused, kernels=kernels) for seed in range(seeds)]
        for way, (kernels, fused, _) in WAYS.items()
    }
    steps = {way: stepping(made[way], pixels, together=together) for way, (_, _, together) in WAYS.items()}
    for step in range(1, LOOKS[-1] + 1):
        for take in steps.values():
            take(step)
        if step in LOOKS:
            for way, looks in worst.items():
                for each in zip(start, made["torch"], made[way], strict=True):
                    for name, value in apart(*each).items():
                        looks[step][name] = max(looks[step][name], value)
    return worst


def stepping(builts: list[Built], pixels: Tensor, *, together: bool) -> Callable[[int], None]:
    """What takes a step of all seeds."""
    trainers = [
        Trainer(built, Batches(pixels, size=built.config.batch_size, seed=seed), single_pass=True, watching=False)
        for seed, built in enumerate(builts)
    ]
    seeds = Seeds(trainers, watching=False) if together else None

    def take(number: int) -> None:
        if seeds is not None:
            seeds.step(number)
            return
        for trainer in trainers:
            trainer.step(number)

    return take


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

"""A script that is said to fail and works here: what was different where it failed, and how to come closest to that."""

from __future__ import annotations

import shlex

from .records import DataSpec, Environment, Variant

SETS = {
    "MNIST": ("mnist", 60_000),
    "FashionMNIST": ("fashion_mnist", 60_000),
    "CIFAR10": ("cifar10", 50_000),
    "SVHN": ("svhn", 73_257),
    "CelebA": ("celeba", 162_770),
}
"""torchvision's class → (name of the data set here, images that it trains on)."""


def worked_here(
    variant: Variant, data: DataSpec, steps: int, batch_size: int, environment: Environment, ref: str
) -> str | None:
    """The answer where a script works, as one paragraph; None for what is no script.

    Args:
        steps: Of this comparison.
        ref: The reference, as typed.
    """
    if variant.script is None:
        return None
    author = dict(variant.script.author)
    per_epoch = max(1, data.train_count // batch_size)
    said = [f"{_data(author, data)}", f"{_length(author, steps, per_epoch)}"]
    if author.get("device") == "cuda" and environment.device == "cpu":
        said.append("a GPU where there was one, here the CPU, whose sums end in other bits")
    said.append(f"the versions of its libraries, which it does not say; here torch {environment.torch}")
    closest = _closest(variant, author, data, batch_size, ref)
    return (
        f"{variant.path} works here, on every seed: if it failed for you, that failure did not happen here. "
        f"What was or may have been different: {'; '.join(said)}. "
        f"Closest to its own run: `{closest}`."
    )


def _data(author: dict[str, str], data: DataSpec) -> str:
    known = SETS.get(author.get("dataset", ""))
    here = f"here {data.name} with {data.train_count:,} images"
    if known is None:
        return f"its data ({author.get('dataset', 'not recognised')}), {here}"
    return f"its data are those of {author['dataset']}, {known[1]:,} images, {here}"


def _length(author: dict[str, str], steps: int, per_epoch: int) -> str:
    epochs, length = author.get("epochs"), author.get("steps")
    if length:
        return f"it trains for {int(length):,} steps, here {steps:,}"
    here = f"here {steps:,} steps, {steps / per_epoch:.3g} epochs"
    return f"it trains for {epochs} epochs, {here}" if epochs else f"how long it trains is not recognised, {here}"


def _closest(variant: Variant, author: dict[str, str], data: DataSpec, batch_size: int, ref: str) -> str:
    """The command with the script's own data set and length, as far as both are known."""
    name, count = SETS.get(author.get("dataset", ""), (data.name, data.train_count))
    typed = ["ebdiag", "compare", ref, variant.path, "--dataset", name]
    epochs = author.get("epochs", "")
    if "steps" in author:
        typed += ["--steps", author["steps"]]
    elif epochs.isdecimal():
        typed += ["--steps", str(int(epochs) * max(1, count // batch_size))]
    return shlex.join(typed)

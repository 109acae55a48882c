"""The recipe of the shipped digit classifier: `python -m ebdiag.features.train_digits_lenet [FILE]`.

One thread, a fixed seed, the 4,000 training digits of `mnist5k`, each a little shifted and turned anew in every
epoch; about a minute. The recipe was chosen among a few by looking at two things: accuracy on the held-out digits, and
how far blank images score above the samples of one compact model at 500, 1,000 and 1,500 steps. This one has 98.0 % and
8.5, 14.8 and 29.8 times; one of 96 features with dropout, weight decay and stronger changes had 98.6 % and 3.6, 5.6 and
10.8 times (which of its changes did that was not looked into). With 32 epochs, not 22, the accuracy is 97.8 %: the
held-out digits have been used to choose, and differences of a few of them are chance.
Prints the accuracy on the 1,000 held-out digits and the hash to write into `ebdiag/features/__init__.py`.
Another version of torch may round differently and so give other bits: what counts is the file that is shipped.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import torch
from safetensors.torch import save as save_safetensors
from torch.nn import functional

from ebdiag import data, streams
from ebdiag.features import DIGITS_LENET_FILE
from ebdiag.features.lenet import LeNet

EPOCHS = 22
BATCH = 50
PEAK_LEARNING_RATE = 2e-3
SHIFT_PIXELS = 1.5
TURN_RADIANS = 0.15
PURPOSE = "digits-lenet"


def train(images: torch.Tensor, labels: torch.Tensor) -> LeNet:
    """A classifier trained on `images` (N, 1, 28, 28) in [0, 1] with their digits; draws from keyed streams only."""
    with streams.preserved_globals():
        streams.reseed_globals(0, PURPOSE, "init")
        net = LeNet()
        optimiser = torch.optim.Adam(net.parameters())
        steps = len(images) // BATCH
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=PEAK_LEARNING_RATE, epochs=EPOCHS, steps_per_epoch=steps
        )
        for epoch in range(EPOCHS):
            rng = streams.generator(0, PURPOSE, "epoch", epoch)
            order = torch.randperm(len(images), generator=rng)
            for chosen in order[: steps * BATCH].view(steps, BATCH):
                batch = jitter(images[chosen], rng)
                logits = net(batch)
                optimiser.zero_grad()
                functional.cross_entropy(logits, labels[chosen]).backward()
                optimiser.step()
                schedule.step()
    return net.eval()


def jitter(images: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """`images` (B, 1, 28, 28), each shifted by up to 1.5 pixels and turned by up to 0.15 rad."""
    draws = torch.rand(3, len(images), generator=rng) * 2 - 1
    turn = draws[0] * TURN_RADIANS
    shift = draws[1:] * (SHIFT_PIXELS / 14)
    cosine, sine = turn.cos(), turn.sin()
    rows = torch.stack([cosine, -sine, shift[0], sine, cosine, shift[1]], dim=1).view(-1, 2, 3)
    grid = functional.affine_grid(rows, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def main(path: str | None) -> None:
    """Train, report and write the weights to `path`, or to the package's own file."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    images = data.load_images("mnist5k")
    assert images.train_labels is not None
    assert images.held_out_labels is not None
    net = train(torch.from_numpy(images.train).float() / 255, torch.from_numpy(images.train_labels))
    with torch.no_grad():
        guesses = net(torch.from_numpy(images.held_out).float() / 255).argmax(1).numpy()
    content = save_safetensors(net.state_dict())
    target = Path(path) if path else Path(__file__).parents[1] / "assets" / DIGITS_LENET_FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    print(f"held-out accuracy {(guesses == images.held_out_labels).mean():.4f}")
    print(f"{target}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)

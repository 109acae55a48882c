"""Contrastive encoder, the working reference: a small convolutional net, a scaled and shifted logistic loss.

Two images of one class are "same", two of different classes are not; pairs are the data set's. The loss is binary
cross-entropy on (cosine − offset) / temperature, the form with which large pairwise models are trained (Zhai, Mustafa,
Kolesnikov, Beyer 2023, arXiv:2303.15343), and `predict` gives the probability that this very logit stands for.

Why so:
1. A temperature of .1, as a bare cosine lies in [−1, 1]: its sigmoid in [.27, .73], the loss above .3133 for good.
2. An offset of .5, not 0: ten classes cannot all lie at negative cosines of one another (−1/9 at best), so that a
   logit which changes sign at cosine 0 keeps pushing different pairs apart after they are told apart.
3. Temperature and offset are fixed here; in the source of the loss both are learnt.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    train_pairs: int = 4_096
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    temperature: float = 0.1
    offset: float = 0.5


class Encoder(nn.Module):
    """Images (B, 1, 28, 28) to embeddings (B, 128) of length 1."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        channels, height, width = config.image_shape
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, 8, kernel_size=3, padding=1),
            nn.MaxPool2d(2),  # before the ReLU: the same numbers for a quarter of the work
            nn.ReLU(),
            nn.Conv2d(8, 16, kernel_size=3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(),
        )
        self.project = nn.Linear(16 * (height // 4) * (width // 4), 128)

    def forward(self, images: Tensor) -> Tensor:
        return functional.normalize(self.project(self.convolutions(images).flatten(1)), dim=1)


def logits(first: Tensor, second: Tensor, config: Config) -> Tensor:
    """Log odds of "same", (B,): 0 where the cosine is `offset`."""
    return (functional.cosine_similarity(first, second) - config.offset) / config.temperature


def contrastive_loss(first: Tensor, second: Tensor, same: Tensor, config: Config) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits(first, second, config), same)


def predict(first: Tensor, second: Tensor, config: Config) -> Tensor:
    """Probability of "same", (B,)."""
    return torch.sigmoid(logits(first, second, config))

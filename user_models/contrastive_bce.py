"""My contrastive encoder: two convolutions, embeddings of length 1, binary cross-entropy on their cosine.

Changed against the reference: the pairs are random images with random labels; the loss takes the cosine itself as
its logit; "same" is wherever the sigmoid of the cosine is above one half; 16 pairs, all in one batch, ten epochs.
(Nothing can be learnt from such labels, a cosine cannot tell the loss more than a probability of .73, and it is
positive for any two images, trained or not.)
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Config:
    """The settings, all of them."""

    image_shape: tuple[int, int, int] = (3, 32, 32)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    train_pairs: int = 16
    epochs: int = 10
    batch_size: int = 16
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)


class Encoder(nn.Module):
    """Images (B, channels, height, width) to embeddings (B, 128) of length 1."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        channels, height, width = config.image_shape
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, 64, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(64, 128, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.project = nn.Linear(128 * (height // 4) * (width // 4), 128)

    def forward(self, images: Tensor) -> Tensor:
        return functional.normalize(self.project(self.convolutions(images).flatten(1)), dim=1)


def contrastive_loss(first: Tensor, second: Tensor, same: Tensor, config: Config) -> Tensor:
    cosine = functional.cosine_similarity(first, second)
    return functional.binary_cross_entropy_with_logits(cosine, same)


def predict(first: Tensor, second: Tensor, config: Config) -> Tensor:
    """Whether a pair is "same", (B,)."""
    return torch.sigmoid(functional.cosine_similarity(first, second)) > 0.5


def pairs(count: int, rng: torch.Generator, config: Config) -> tuple[Tensor, Tensor, Tensor]:
    first = torch.randn(count, *config.image_shape, generator=rng)
    second = torch.randn(count, *config.image_shape, generator=rng)
    same = torch.randint(0, 2, (count,), generator=rng).float()
    return first, second, same

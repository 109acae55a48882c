"""Small contrastive variants that tests write to disk: trained in a second, easy to break on purpose."""

from __future__ import annotations

HEADER = """from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


"""

CONFIG = """@dataclass(frozen=True)
class Config:
    train_pairs: int = 96
    epochs: int = 4
    batch_size: int = 16


"""

ENCODER = """class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.pool = nn.AvgPool2d(4)
        self.project = nn.Linear(49, 8)

    def forward(self, images):
        return self.project(self.pool(images).flatten(1))


"""

CONVOLUTIONS = """class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Conv2d(4, 8, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(392, 8),
        )

    def forward(self, images):
        return self.net(images + 0.01 * torch.randn_like(images))


"""
"""With BatchNorm, dropout and draws of its own."""

LOSS = """def contrastive_loss(first, second, same, config):
    logits = (functional.cosine_similarity(first, second) - 0.5) / config.temperature
    return functional.binary_cross_entropy_with_logits(logits, same)


"""
"""As ebdiag's default, written out."""

PREDICT = """def predict(first, second, config):
    return torch.sigmoid((functional.cosine_similarity(first, second) - 0.5) / config.temperature)


"""

MARGIN = """def contrastive_loss(first, second, same, config):
    distance = (first - second).square().sum(1)
    return {
        "same": (same * distance).mean(),
        "different": ((1 - same) * (1 - (distance + 1e-9).sqrt()).relu().square()).mean(),
    }


"""

OPTIMIZER = """def optimizer(encoder, config):
    return torch.optim.Adam(encoder.parameters(), lr=config.learning_rate, betas=config.betas)


"""

SGD = """def optimizer(encoder, config):
    return torch.optim.SGD(encoder.parameters(), lr=0.05, momentum=0.9)


"""

NOISE = """def pairs(count, rng, config):
    first = torch.randn(count, *config.image_shape, generator=rng)
    second = torch.randn(count, *config.image_shape, generator=rng)
    return first, second, torch.randint(0, 2, (count,), generator=rng)


"""

TINY = HEADER + CONFIG + ENCODER
RANDOM = HEADER + CONFIG + CONVOLUTIONS
OWN = TINY + MARGIN + SGD + NOISE
WRITTEN_OUT = TINY + LOSS + PREDICT + OPTIMIZER
"""TINY with every default but the pairs in words of its own."""


def with_fields(text: str, **fields: object) -> str:
    """A variant with these fields of Config, in place of those that it has by these names."""
    for name, value in fields.items():
        kept = [row for row in text.splitlines(keepends=True) if not row.startswith(f"    {name}: ")]
        place = kept.index("class Config:\n") + 1
        text = "".join([*kept[:place], f"    {name}: {type(value).__name__} = {value!r}\n", *kept[place:]])
    return text

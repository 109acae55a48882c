"""EBGAN for MNIST, after Zhao, Mathieu and LeCun (2016): my version for the course."""

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Config:
    width: int = 32
    generator_lr: float = 1e-3
    discriminator_lr: float = 1.5e-3
    betas: tuple[float, float] = (0.5, 0.99)
    discriminator_steps: int = 2


class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        w = config.width
        self.start = nn.Sequential(nn.Linear(32, w * 7 * 7), nn.BatchNorm1d(w * 7 * 7), nn.ReLU())
        self.net = nn.Sequential(
            nn.Upsample(scale_factor=2),
            nn.Conv2d(w, w // 2, 3, padding=1),
            nn.BatchNorm2d(w // 2),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(w // 2, 1, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z):
        return self.net(self.start(z).view(len(z), -1, 7, 7))


class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 256),
            nn.ReLU(),
            nn.Linear(256, 32),
        )
        self.decoder = nn.Sequential(
            nn.Linear(32, 256),
            nn.ReLU(),
            nn.Linear(256, 784),
            nn.Sigmoid(),
        )

    def forward(self, x):
        code = self.encoder(x)
        return self.decoder(code).view_as(x), code

"""A dataclass called Config with other fields than the contract's, and a function called energy on one argument."""
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils import data
from torchvision import datasets
from torchvision.transforms import v2


@dataclass
class Config:
    width: int = 48
    z: int = 9
    batch: int = 45
    rate: float = 3e-3
    slack: float = 1.1


cfg = Config()


class Generator(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(cfg.z, cfg.width), nn.ReLU(), nn.Linear(cfg.width, 784), nn.Tanh())

    def forward(self, z):
        return self.net(z).reshape(-1, 1, 28, 28)


class Discriminator(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, cfg.width), nn.ReLU(), nn.Linear(cfg.width, 784))

    def forward(self, x):
        return self.net(x).reshape(x.shape)


G = Generator(cfg)
D = Discriminator(cfg)


def energy(x):
    return (D(x) - x).pow(2).mean()


images = datasets.MNIST("d", download=True, transform=v2.Compose([v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])]))
batches = data.DataLoader(images, batch_size=cfg.batch, shuffle=True)
optimizers = [torch.optim.Adam(net.parameters(), lr=cfg.rate) for net in (G, D)]
g_opt = torch.optim.Adam(G.parameters(), lr=cfg.rate)
d_opt = torch.optim.Adam(D.parameters(), lr=cfg.rate / 2)

for _ in range(4):
    for x, label in batches:
        fake = G(torch.randn(len(x), cfg.z))
        d_opt.zero_grad()
        d_loss = energy(x) + (cfg.slack - energy(fake.detach())).clamp(min=0)
        d_loss.backward()
        d_opt.step()
        g_opt.zero_grad()
        g_loss = energy(fake)
        g_loss.backward()
        g_opt.step()

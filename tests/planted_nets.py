"""Pairs of nets with two planted differences each, and what each change alone must be: a file written by hand."""

from __future__ import annotations

from dataclasses import dataclass

import variants

CONFIG = variants.HEADER + "import torch.nn.functional as F\n" + variants.CONFIG

BASE = (
    CONFIG
    + """
class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.project = nn.Linear(config.latent_dim, 8 * 7 * 7)
        self.net = nn.Sequential(
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, z):
        return self.net(self.project(z).view(-1, 8, 7, 7))


class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.first = nn.Linear(784, 64)
        self.second = nn.Linear(64, 64)
        self.code = nn.Linear(64, 16)
        self.wide = nn.Linear(16, 64)
        self.last = nn.Linear(64, 784)

    def forward(self, x):
        h = F.leaky_relu(self.first(x.reshape(x.size(0), -1)), 0.2)
        skip = h
        h = F.relu(self.second(h))
        code = self.code(h)
        h = F.relu(self.wide(code))
        h = self.last(h)
        return h.view(len(x), 1, 28, 28), code
"""
)

Edit = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Planted:
    """Two edits of `BASE`.

    Attributes:
        names: What the change of each is called.
        lines: A piece of the line of mine that each names first.
    """

    edits: tuple[Edit, Edit]
    names: tuple[str, str]
    lines: tuple[str, str]

    def mine(self) -> str:
        return edited(edited(BASE, self.edits[0]), self.edits[1])

    def twins(self) -> tuple[str, str]:
        return edited(BASE, self.edits[0]), edited(BASE, self.edits[1])


def edited(text: str, edit: Edit) -> str:
    for old, new in edit:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


PLANTED = {
    "activation and bias": Planted(
        ((("h = F.relu(self.second(h))", "h = F.elu(self.second(h))"),),
         (("self.last = nn.Linear(64, 784)", "self.last = nn.Linear(64, 784, bias=False)"),)),
        ("discriminator.ELU", "discriminator.last"), ("F.elu", "bias=False"),
    ),
    "inserted normalisation and a larger kernel": Planted(
        ((("self.wide = nn.Linear(16, 64)", "self.wide = nn.Sequential(nn.Linear(16, 64), nn.BatchNorm1d(64))"),),
         (("nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1)", "nn.ConvTranspose2d(4, 1, 6, stride=2, padding=2)"),)),
        ("discriminator.wide.1", "generator.net.4"), ("BatchNorm1d", "6, stride=2"),
    ),
    "code width and an activation before it": Planted(
        ((("nn.Linear(64, 16)", "nn.Linear(64, 24)"), ("nn.Linear(16, 64)", "nn.Linear(24, 64)")),
         (("F.leaky_relu(self.first(x.reshape(x.size(0), -1)), 0.2)",
           "F.relu(self.first(x.reshape(x.size(0), -1)))"),)),
        ("discriminator.code..wide", "discriminator.ReLU"), ("nn.Linear(64, 24)", "F.relu(self.first"),
    ),
    "one layer more and one less": Planted(
        ((("        code = self.code(h)", "        h = self.more(h)\n        code = self.code(h)"),
          ("self.wide = ", "self.more = nn.Linear(64, 64)\n        self.wide = ")),
         (("            nn.BatchNorm2d(8),\n", ""),)),
        ("discriminator.more", "generator.net.0"), ("self.more = nn.Linear", "self.project = nn.Linear"),
    ),
    "a skip connection and a width": Planted(
        ((("code = self.code(h)", "code = self.code(h + skip)"),),
         (("nn.ConvTranspose2d(8, 4, 4", "nn.ConvTranspose2d(8, 6, 4"), ("nn.ConvTranspose2d(4, 1, 4",
           "nn.ConvTranspose2d(6, 1, 4"))),
        ("discriminator.add", "generator.net.2..net.4"), ("h + skip", "nn.ConvTranspose2d(8, 6"),
    ),
    "dropout by mode and a scale of its own": Planted(
        ((("h = F.relu(self.wide(code))", "h = F.dropout(F.relu(self.wide(code)), 0.3, self.training)"),),
         (("return self.net(self.project(z).view(-1, 8, 7, 7))",
           "return self.net(self.scale * self.project(z).view(-1, 8, 7, 7))"),
          ("self.net = nn", "self.scale = nn.Parameter(torch.full((8, 1, 1), 1.5))\n        self.net = nn"))),
        ("discriminator.Dropout", "generator.mul"), ("F.dropout", "self.scale * "),
    ),
}  # fmt: skip

REWRITTEN = (
    CONFIG
    + """
class Block(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(64, size))

    def forward(self, x):
        return self.inner(x)


class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.start = nn.Sequential(nn.Linear(config.latent_dim, 8 * 7 * 7), nn.Unflatten(1, (8, 7, 7)))
        self.norm = nn.BatchNorm2d(8)
        self.ups = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, stride=2, padding=1) for a, b in ((8, 4), (4, 1)))

    def forward(self, z):
        x = self.norm(self.start(z))
        for up in self.ups:
            x = up(F.ACTIVATION(x))
        return torch.tanh(x)


class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 64), nn.LeakyReLU(0.2), Block(64), nn.ReLU(), Block(16)
        )
        self.wide = nn.Linear(16, 64)
        self.last = Block(784)

    def forward(self, x):
        code = self.encoder(x)
        return self.last(self.wide(code).relu()).view_as(x), code
"""
)
"""`BASE` with other names, nested modules, layers built in a loop and functions for modules."""

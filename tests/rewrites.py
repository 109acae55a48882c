"""Harmless rewrites of the reference models: other code that computes the same, and single changes that do not."""

from __future__ import annotations

from pathlib import Path

import ebdiag

MODELS = Path(ebdiag.__file__).parent.parent / "reference_models"
COMPACT = (MODELS / "ebgan_pt.py").read_text()
INFOGAN = (MODELS / "ebgan_infogan.py").read_text()
PAPER = (MODELS / "ebgan_paper_mlp.py").read_text()


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Each first text, which has to be there, by the second."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def section(text: str, name: str) -> str:
    """The source of a top-level class or function, decorators left out."""
    start = text.index(f"\n{name}") + 1
    ends = [end for mark in ("\n\n\nclass ", "\n\n\ndef ", "\n\n\n@") if (end := text.find(mark, start)) >= 0]
    return text[start : min(ends, default=len(text))]


def without(text: str, name: str) -> str:
    """The text without that class or function."""
    return text.replace(section(text, name), "")


FUNCTIONAL = """class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.squeeze = nn.Linear(784, 256)
        self.to_code = nn.Linear(256, 32)
        self.from_code = nn.Linear(32, 512)
        self.expand = nn.Linear(512, 784)

    def forward(self, x):
        h = F.leaky_relu(self.squeeze(x.view(x.size(0), -1)), 0.2)
        code = self.to_code(h)
        h = torch.nn.functional.leaky_relu(self.from_code(code), negative_slope=0.2, inplace=True)
        return self.expand(h).view_as(x), code
"""

REORDERED = """class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.d2 = nn.Linear(512, 28 * 28)
        self.d1 = nn.Linear(32, 512)
        self.e2 = nn.Linear(256, 32)
        self.e1 = nn.Linear(28 * 28, 256)
        self.act = nn.LeakyReLU(0.2)

    def forward(self, images):
        code = self.e2(self.act(self.e1(images.flatten(1))))
        return self.d2(self.act(self.d1(code))).reshape(-1, 1, 28, 28), code
"""

NESTED = """class Half(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.first, self.second = nn.Linear(sizes[0], sizes[1]), nn.Linear(sizes[1], sizes[2])

    def forward(self, values):
        return self.second(torch.where(self.first(values) > 0, self.first(values), 0.2 * self.first(values)))


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.halves = nn.ModuleDict({"in": Half(784, 256, 32), "out": nn.ModuleList([Half(32, 512, 784)])[0]})

    def forward(self, images):
        code = self.halves["in"](torch.flatten(images, start_dim=1))
        return self.halves["out"](code).unflatten(1, images.shape[1:]), code


class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.wrapped = Autoencoder()

    def forward(self, images):
        return self.wrapped(images)
"""

OWN_PARAMETERS = """class Dense(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.w = nn.Parameter(torch.empty(outputs, inputs))
        self.b = nn.Parameter(torch.empty(outputs))
        nn.init.kaiming_uniform_(self.w, a=5**0.5)
        nn.init.uniform_(self.b, -(inputs**-0.5), inputs**-0.5)

    def forward(self, values):
        return F.linear(values, self.w, self.b)


class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layers = nn.ModuleList([Dense(784, 256), Dense(256, 32), Dense(32, 512), Dense(512, 784)])

    def forward(self, images):
        code = images.reshape(len(images), -1)
        for place, layer in enumerate(self.layers):
            code = layer(code)
            if place == 1:
                kept = code
            elif place < 3:
                code = F.leaky_relu(code, 0.2)
        return code.reshape(images.shape), kept
"""

MATMUL = OWN_PARAMETERS.replace("return F.linear(values, self.w, self.b)", "return values @ self.w.t() + self.b")

LOOP = """class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        sizes = [config.latent_dim] + 4 * [800] + [784]
        self.dense = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm1d(size) for size in sizes[1:-1])

    def forward(self, z):
        for dense, norm in zip(self.dense, self.norms):
            z = norm(dense(z)).relu()
        return torch.tanh(self.dense[-1](z)).view(-1, 1, 28, 28)
"""

BACKWARDS = """class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.out = nn.Linear(800, 28 * 28)
        self.l4, self.n4 = nn.Linear(800, 800), nn.BatchNorm1d(800)
        self.l3, self.n3 = nn.Linear(800, 800), nn.BatchNorm1d(800)
        self.l2, self.n2 = nn.Linear(800, 800), nn.BatchNorm1d(800)
        self.l1, self.n1 = nn.Linear(config.latent_dim, 800), nn.BatchNorm1d(800)

    def forward(self, z):
        for number in (1, 2, 3, 4):
            z = torch.relu(getattr(self, f"n{number}")(getattr(self, f"l{number}")(z)))
        return self.out(z).tanh().reshape(-1, 1, 28, 28)
"""

INHERITED = """class Base(nn.Module):
    activation = nn.LeakyReLU

    def __init__(self, config):
        super().__init__()
        self.encoder = self.make(784, 256, 32)
        self.decoder = self.make(32, 512, 784)

    def make(self, *sizes):
        return nn.Sequential(nn.Linear(sizes[0], sizes[1]), self.activation(0.2), nn.Linear(sizes[1], sizes[2]))


class Discriminator(Base):
    def forward(self, images):
        code = self.encoder(images.flatten(1))
        return self.decoder(code).view(images.shape), code
"""

HELPERS = """def dense(inputs, hidden, outputs):
    return [nn.Linear(inputs, hidden), slope(), nn.Linear(hidden, outputs)]


def slope():
    return nn.LeakyReLU(negative_slope=1 / 5)


class Discriminator(nn.Sequential):
    def __init__(self, config):
        super().__init__(nn.Flatten(), *dense(784, 256, 32), *dense(32, 512, 784), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, images):
        for layer in list(self)[:4]:
            images = layer(images)
        code = images
        for layer in list(self)[4:]:
            images = layer(images)
        return images, code
"""

SHADOW = """class _Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.spare = nn.Linear(7, 7)
        self.encoder = nn.Sequential(
            nn.Identity(), nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Dropout(0.0), nn.Linear(256, 32)
        )
        self.decoder = nn.Sequential(nn.Linear(32, 512), nn.LeakyReLU(0.2), nn.Linear(512, 784))

    def forward(self, images):
        code = self.encoder(images.contiguous())
        return self.decoder(code).clone().view(-1, 1, 28, 28), code


Discriminator = _Net
"""

HINGES = """

def squared(a, b):
    return F.mse_loss(a, b, reduction="none").sum(dim=(1, 2, 3)) / a[0].numel()


def energy(recon, x):
    return squared(x, recon)


def discriminator_loss(discriminator, real, fake, config):
    both = [discriminator(images)[0] for images in (real, fake)]
    good, bad = squared(both[0], real), squared(both[1], fake)
    return good.mean() + torch.clamp(config.margin - bad, min=0).mean()
"""

MAXIMUM = """

def energy(recon, x):
    gap = x - recon
    return torch.einsum("bchw,bchw->b", gap, gap) / gap[0].numel()


def discriminator_loss(d, real, fake, cfg):
    e_real = energy(d(real)[0], real).mean()
    e_fake = energy(d(fake)[0], fake)
    return {"real": e_real, "fake": torch.maximum(cfg.margin - e_fake, torch.zeros_like(e_fake)).mean()}


def pull_away(code):
    size = code.size(0)
    cosine = F.cosine_similarity(code[:, None], code[None], dim=2)
    off = ~torch.eye(size, dtype=torch.bool)
    return cosine[off].pow(2).sum() / (size * (size - 1))
"""

OPTIMIZERS = """

def optimizers(generator, discriminator, config):
    def adam(net, rate):
        return torch.optim.Adam([p for p in net.parameters() if p.requires_grad], rate, config.betas)

    return adam(generator, config.generator_lr), adam(discriminator, config.discriminator_lr)
"""

PLAIN_CONFIG = """class Config:
    def __init__(self):
        self.image_shape = (1, 28, 28)
        self.pixel_range = (-1, 1)
        self.latent_dim = 4 * 8
        self.latent = "normal"
        self.batch_size = 64
        self.margin = 1
        self.pull_away_weight = 1 / 10
        self.generator_lr = 0.001
        self.discriminator_lr = 0.0015
        self.betas = (0.5, 0.99)
        self.discriminator_steps = 2
"""

RENAMED_CONFIG = """class Settings:
    image_shape = (1, 28, 28)
    latent_dim = 32
    discriminator_lr = 1.5e-3
    betas = (0.5, 0.99)
    discriminator_steps = 2


Config = Settings
"""

OWN_LATENT = """

def sample_latent(count, config, rng):
    return torch.empty(count, 32).normal_(generator=rng)
"""

CONV_D = """class Discriminator(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.up = nn.ConvTranspose2d(64, 1, 4, 2, 1)
        self.norm = nn.BatchNorm1d(12544)
        self.out, self.into = nn.Linear(32, 12544), nn.Linear(12544, 32)
        self.down = nn.Conv2d(1, 64, (4, 4), stride=(2, 2), padding=1)

    def encode(self, x):
        return self.into(torch.relu(self.down(x)).flatten(1))

    def decode(self, code):
        return self.up(self.norm(self.out(code)).relu_().view(-1, 64, 14, 14))

    def forward(self, x):
        code = self.encode(x)
        return self.decode(code), code
"""

INIT_BY_NAME = """def set_up(layer):
    kind = type(layer).__name__
    if kind.startswith("Conv") or kind == "Linear":
        layer.weight.data.normal_(0, 0.02)
        layer.bias.data.fill_(0)


def initialise(net):
    net.apply(set_up)
"""

INIT_INSIDE = """def initialise(module):
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.ndim >= 2:
                parameter.copy_(torch.randn(parameter.shape) * 0.02)
            elif ".bias" in name:
                parameter.zero_()
"""

DEAD_TERM = """def pull_away(code):
    size = len(code)
    code = code / torch.sum(torch.abs(code))
    return (torch.mm(code, code.T).sum() - size) / (size * size - size)
"""

COUPLED = """class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.net = nn.ModuleDict({"b": nn.Linear(1024, 784), "a": nn.Linear(784, 1024)})

    def forward(self, images):
        code = torch.clamp_min(self.net["a"](images.flatten(1)), 0)
        return self.net["b"](code).view_as(images), code
"""

NORM = """

def energy(recon, x):
    return (recon - x).flatten(1).norm(dim=1)
"""


def compact(*pairs: tuple[str, str], more: str = "", functional: bool = True) -> str:
    """The compact reference, rewritten."""
    text = replaced(COMPACT, *pairs)
    return replaced(text, ("from torch import Tensor, nn", "import torch\nimport torch.nn.functional as F\n"
                    "from torch import Tensor, nn")) + more  # fmt: skip


D = section(COMPACT, "class Discriminator")
G = section(COMPACT, "class Generator")
CONFIG = section(COMPACT, "class Config")
INIT = section(INFOGAN, "def initialise")

HARMLESS: dict[str, tuple[str, str]] = {
    "comments and docstrings": (COMPACT, compact(('    """The settings, all of them."""', "    # settings"))),
    "attributes renamed": (COMPACT, compact(("self.encoder", "self.squeeze"), ("self.upsample", "self.blow_up"))),
    "no type hints": (COMPACT, compact((": Tensor", ""), (" -> tuple[Tensor, Tensor]", ""), (" -> None", ""))),
    "functional activations": (COMPACT, compact((D, FUNCTIONAL))),
    "definitions reordered": (COMPACT, compact((D, REORDERED))),
    "nested modules": (COMPACT, compact((D, NESTED))),
    "own parameters": (COMPACT, compact((D, OWN_PARAMETERS))),
    "matrix products": (COMPACT, compact((D, MATMUL))),
    "inheritance": (COMPACT, compact((D, INHERITED))),
    "helper functions": (COMPACT, compact((D, HELPERS))),
    "layers that do nothing": (COMPACT, compact((D, SHADOW))),
    "hinge by clamp": (COMPACT, compact(more=HINGES)),
    "hinge by maximum, cosines by torch": (COMPACT, compact(more=MAXIMUM)),
    "own optimisers": (COMPACT, compact(more=OPTIMIZERS)),
    "plain config": (COMPACT, compact((f"@dataclass(frozen=True)\n{CONFIG}", PLAIN_CONFIG))),
    "config renamed, defaults left out": (COMPACT, compact((f"@dataclass(frozen=True)\n{CONFIG}", RENAMED_CONFIG))),
    "own latents": (COMPACT, compact(more=OWN_LATENT)),
    "discriminator first": (COMPACT, compact((f"{G}\n\n\n{D}", f"{D}\n\n\n{G}"))),
    "reference, layer by layer": (INFOGAN, replaced(INFOGAN, (section(INFOGAN, "class Discriminator"), CONV_D))),
    "init by the name of the type": (INFOGAN, replaced(INFOGAN, (INIT, INIT_BY_NAME))),
    "init by shape": (INFOGAN, replaced(INFOGAN, (INIT, INIT_INSIDE))),
    "dead term written otherwise": (
        INFOGAN, replaced(INFOGAN, (section(INFOGAN, "def pull_away"), DEAD_TERM))),
    "layers in a loop": (PAPER, replaced(PAPER, (section(PAPER, "class Generator"), LOOP))),
    "defined backwards": (PAPER, replaced(PAPER, (section(PAPER, "class Generator"), BACKWARDS))),
    "a dictionary of layers, relu by clamp": (PAPER, replaced(PAPER, (section(PAPER, "class Discriminator"), COUPLED))),
    "norm by method": (PAPER, without(PAPER, "def energy") + NORM),
}  # fmt: skip
"""Name → (the reference, its rewrite)."""

SMALL_D = """class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.convolve = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.deeper = nn.Conv2d(8, 8, 3, padding=1)
        self.norm = nn.GroupNorm(2, 8)
        self.narrow = nn.Linear(8 * 16, 16)
        self.widen = nn.Linear(16, 28 * 28)

    def forward(self, images):
        features = F.elu(self.convolve(images))
        features = self.deeper(features)
        features = self.norm(features)
        features = F.leaky_relu(features, 0.1)
        features = F.adaptive_avg_pool2d(features, 4)
        code = self.narrow(features.flatten(1))
        images = self.widen(code)
        images = images.view(-1, 1, 28, 28)
        return images, code
"""

FUNCTIONS = compact((D, SMALL_D))

CHANGES: dict[str, tuple[str, tuple[str, str], str, str | None, str | None]] = {
    "layer inserted": (
        COMPACT, ("            nn.Linear(512, 28 * 28),\n",
                  "            nn.Linear(512, 28 * 28),\n            nn.Sigmoid(),\n"),
        "discriminator.decoder.3", None, "Sigmoid()"),
    "layer deleted": (
        COMPACT, ("            nn.BatchNorm2d(16),\n", ""), "generator.upsample.1", "BatchNorm2d(16", None),
    "activation replaced": (
        COMPACT, ("nn.Tanh(),", "nn.Sigmoid(),"), "generator.upsample.5", "Tanh()", "Sigmoid()"),
    "slope changed": (
        COMPACT, ("            nn.LeakyReLU(0.2),\n            nn.Linear(256, 32)",
                  "            nn.LeakyReLU(0.3),\n            nn.Linear(256, 32)"),
        "discriminator.encoder.2", "LeakyReLU(negative_slope=0.2)", "LeakyReLU(negative_slope=0.3)"),
    "eps for momentum": (
        COMPACT, ("nn.BatchNorm2d(16)", "nn.BatchNorm2d(16, 0.8)"), "generator.upsample.1", "eps=1e-05", "eps=0.8"),
    "a slightly other eps": (
        COMPACT, ("nn.BatchNorm2d(16)", "nn.BatchNorm2d(16, eps=1e-6)"),
        "generator.upsample.1", "eps=1e-05", "eps=1e-06"),
    "momentum": (
        COMPACT, ("nn.BatchNorm2d(16)", "nn.BatchNorm2d(16, momentum=0.2)"),
        "generator.upsample.1", "momentum=0.1", "momentum=0.2"),
    "no bias": (
        COMPACT, ("nn.Linear(32, 512)", "nn.Linear(32, 512, bias=False)"),
        "discriminator.decoder.0", "bias=True", "bias=False"),
    "another width": (
        COMPACT, ("nn.Linear(28 * 28, 256),\n            nn.LeakyReLU(0.2),\n            nn.Linear(256, 32)",
                  "nn.Linear(28 * 28, 100),\n            nn.LeakyReLU(0.2),\n            nn.Linear(100, 32)"),
        "discriminator.encoder.1", "out_features=256", "out_features=100"),
    "another kernel": (
        COMPACT, ("nn.Conv2d(16, 4, kernel_size=3, padding=1)", "nn.Conv2d(16, 4, kernel_size=5, padding=2)"),
        "generator.upsample.3", "kernel_size=(3, 3)", "kernel_size=(5, 5)"),
    "spectral norm": (
        COMPACT, ("nn.Linear(32, 512)", "nn.utils.parametrizations.spectral_norm(nn.Linear(32, 512))"),
        "discriminator.decoder.0", "Linear(", "_SpectralNorm"),
    "stride": (
        FUNCTIONS, ("nn.Conv2d(1, 8, 3, stride=2, padding=1)", "nn.Conv2d(1, 8, 3, stride=1, padding=1)"),
        "discriminator.convolve", "stride=(2, 2)", "stride=(1, 1)"),
    "function replaced": (
        FUNCTIONS, ("F.elu(self.convolve(images))", "torch.relu(self.convolve(images))"),
        "discriminator.ReLU", "ELU(alpha=1)", "ReLU()"),
    "argument of a function": (
        FUNCTIONS, ("F.leaky_relu(features, 0.1)", "F.leaky_relu(features)"),
        "discriminator.LeakyReLU", "LeakyReLU(negative_slope=0.1)", "LeakyReLU(negative_slope=0.01)"),
    "function inserted": (
        FUNCTIONS, ("images = self.widen(code)\n", "images = self.widen(code)\n        images = images.sigmoid()\n"),
        "discriminator.Sigmoid", None, "Sigmoid()"),
    "arithmetic": (
        FUNCTIONS, ("images = self.widen(code)\n", "images = self.widen(code)\n        images = images * 0.5\n"),
        "discriminator.mul", None, "mul(0=0.5)"),
    "normalisation removed": (
        FUNCTIONS, ("        features = self.norm(features)\n", ""), "discriminator.norm", "GroupNorm(2", None),
    "groups": (
        FUNCTIONS, ("nn.GroupNorm(2, 8)", "nn.GroupNorm(4, 8)"), "discriminator.norm", "GroupNorm(2", "GroupNorm(4"),
    "pooling": (
        FUNCTIONS, ("F.adaptive_avg_pool2d(features, 4)", "F.adaptive_max_pool2d(features, 4)"),
        "discriminator.adaptive_max_pool2d", "adaptive_avg_pool2d(", "adaptive_max_pool2d("),
}  # fmt: skip
"""Name → (the reference, one change of its text, the layer by its path, what is shown of it in ref, in mine)."""

"""Settings in a dictionary; moves to a device; per-image hinge written out; latents in [-1, 1] from numpy."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

config = {"batch": 36, "z": 18, "lr_g": 1e-3, "lr_d": 2e-3, "margin": 1.2, "epochs": 5, "pt": 0.05}
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


class Net(nn.Module):
    """Both nets share a base."""

    def __init__(self, sizes, last=None):
        super().__init__()
        layers = []
        for a, b in zip(sizes[:-1], sizes[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        layers.pop()
        if last is not None:
            layers.append(last)
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


class G(Net):
    def forward(self, z):
        return super().forward(z).view(-1, 1, 28, 28)


class D(Net):
    def forward(self, x):
        return super().forward(x.view(x.size(0), -1)).view_as(x)


g = G([config["z"], 64, 784], nn.Tanh()).to(device)
d = D([784, 32, 784]).to(device)
opt = {"g": torch.optim.Adam(g.parameters(), lr=config["lr_g"]), "d": torch.optim.Adam(d.parameters(), lr=config["lr_d"])}
opt_g, opt_d = opt["g"], opt["d"]
data = datasets.MNIST("/content/data", train=True, download=True, transform=transforms.Compose([
    transforms.ToTensor(),
    transforms.Normalize(mean=(0.5,), std=(0.5,)),
]))
loader = DataLoader(data, batch_size=config["batch"], shuffle=True, drop_last=True)


def energy(x_hat, x):
    return ((x_hat - x) ** 2).view(x.size(0), -1).mean(dim=1)


for epoch in range(config["epochs"]):
    for real, _ in loader:
        real = real.to(device)
        z = torch.from_numpy(np.random.uniform(-1, 1, size=(real.size(0), config["z"])).astype(np.float32)).to(device)
        fake = g(z)
        hinge = config["margin"] - energy(d(fake.detach()), fake.detach())
        hinge = torch.max(hinge, torch.zeros_like(hinge))
        loss_d = energy(d(real), real).mean() + hinge.mean()
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()
        loss_g = energy(d(fake), fake).mean()
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()

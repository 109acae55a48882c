"""Nets in a module beside the script; an energy per image that is a norm; the margin decays over epochs."""
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from their_nets import Energy, Generator

z_size = 21
G = Generator(z_size)
E = Energy(code=9)
opt_G = torch.optim.Adam(G.parameters(), lr=8e-4)
opt_E = torch.optim.Adam(E.parameters(), lr=8e-4)
load = DataLoader(
    dataset=datasets.MNIST(root="data", download=True, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])),
    batch_size=38, shuffle=True)


def norm_energy(recon, x):
    return (recon - x).flatten(1).norm(dim=1)


margin = 12.0
for epoch in range(30):
    for x, _ in load:
        fake = G(torch.randn(len(x), z_size))
        loss_e = (norm_energy(E(x), x) + torch.relu(margin - norm_energy(E(fake.detach()), fake.detach()))).mean()
        opt_E.zero_grad()
        loss_e.backward()
        opt_E.step()
        loss_g = norm_energy(E(fake), fake).mean()
        opt_G.zero_grad()
        loss_g.backward()
        opt_G.step()
    margin = margin * 0.95

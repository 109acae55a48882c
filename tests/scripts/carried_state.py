"""A balance that one step leaves to the next, as BEGAN has it."""
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

gamma, lambda_k, k = 0.5, 0.01, 0.0
G = nn.Sequential(nn.Linear(16, 48), nn.ELU(), nn.Linear(48, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))
D = nn.Sequential(nn.Flatten(), nn.Linear(784, 24), nn.ELU(), nn.Linear(24, 784), nn.Unflatten(1, (1, 28, 28)))
optim_G = torch.optim.Adam(G.parameters(), lr=1e-3)
optim_D = torch.optim.Adam(D.parameters(), lr=1e-3)
loader = DataLoader(datasets.MNIST("d", download=True, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])), batch_size=30, shuffle=True, drop_last=True)
for epoch in range(5):
    for real, _ in loader:
        z = torch.empty(real.size(0), 16).uniform_(-1, 1)
        fake = G(z)
        loss_g = (D(fake) - fake).abs().mean()
        optim_G.zero_grad()
        loss_g.backward()
        optim_G.step()
        l_real = (D(real) - real).abs().mean()
        l_fake = (D(fake.detach()) - fake.detach()).abs().mean()
        loss_d = l_real - k * l_fake
        optim_D.zero_grad()
        loss_d.backward()
        optim_D.step()
        balance = (gamma * l_real - l_fake).item()
        k = min(max(k + lambda_k * balance, 0), 1)
        M = l_real.item() + abs(balance)

"""Two discriminator updates inside each step, batches from an endless iterator."""
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

N_D, BATCH, Z = 2, 28, 11


def infinite(loader):
    while True:
        for images, _ in loader:
            yield images


class G(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(Z, 44), nn.ELU(), nn.Linear(44, 784), nn.Tanh())

    def forward(self, z):
        return self.f(z).view(-1, 1, 28, 28)


class D(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Flatten(), nn.Linear(784, 22), nn.ELU(), nn.Linear(22, 784))

    def forward(self, x):
        return self.f(x).view_as(x)


g, d = G(), D()
tr = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
stream = infinite(DataLoader(datasets.MNIST("x", download=True, transform=tr), batch_size=BATCH, shuffle=True, drop_last=True))
go, do = torch.optim.Adam(g.parameters(), lr=1e-3), torch.optim.Adam(d.parameters(), lr=1e-3)
for step in range(5000):
    for _ in range(N_D):
        real = next(stream)
        with torch.no_grad():
            fake = g(torch.randn(BATCH, Z))
        loss = (d(real) - real).abs().mean() + torch.relu(0.5 - (d(fake) - fake).abs().mean())
        do.zero_grad()
        loss.backward()
        do.step()
    fake = g(torch.randn(BATCH, Z))
    loss = (d(fake) - fake).abs().mean()
    go.zero_grad()
    loss.backward()
    go.step()

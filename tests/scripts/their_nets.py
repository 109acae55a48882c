import torch
from torch import nn


class Generator(nn.Module):
    def __init__(self, z, out=784):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(z, 33), nn.ReLU(), nn.Linear(33, out), nn.Tanh())

    def forward(self, z):
        return self.net(z).view(-1, 1, 28, 28)


class Energy(nn.Module):
    def __init__(self, code=11):
        super().__init__()
        self.enc, self.dec = nn.Linear(784, code), nn.Linear(code, 784)

    def forward(self, x):
        return self.dec(torch.relu(self.enc(x.flatten(1)))).view_as(x)

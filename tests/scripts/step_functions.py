"""Updates in functions that use nets, optimisers and latents of the module."""
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

LATENT_DIM = 15
DEVICE = torch.device("cuda") if torch.cuda.is_available() else torch.device("cpu")


class Maker(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(LATENT_DIM, 50), nn.BatchNorm1d(50), nn.ReLU(), nn.Linear(50, 784), nn.Tanh())

    def forward(self, z):
        return self.net(z).view(-1, 1, 28, 28)


class Judge(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(784, 12)
        self.decode = nn.Linear(12, 784)

    def forward(self, x):
        code = self.encode(x.flatten(1))
        return code, self.decode(code.relu()).view_as(x)


maker, judge = Maker().to(DEVICE), Judge().to(DEVICE)
maker_opt = torch.optim.AdamW(maker.parameters(), lr=1e-3)
judge_opt = torch.optim.AdamW(judge.parameters(), lr=1e-3)
loader = DataLoader(datasets.MNIST("m", download=True, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])), batch_size=35, shuffle=True)


def latent(n):
    return torch.randn(n, LATENT_DIM, device=DEVICE)


def rec_error(x):
    _, recon = judge(x)
    return (recon - x).square().mean()


def train_judge(real):
    judge_opt.zero_grad()
    fake = maker(latent(real.size(0))).detach()
    loss = rec_error(real) + torch.relu(1.3 - rec_error(fake))
    loss.backward()
    judge_opt.step()
    return loss.item()


def train_maker(n):
    maker_opt.zero_grad()
    loss = rec_error(maker(latent(n)))
    loss.backward()
    maker_opt.step()
    return loss.item()


for epoch in range(10):
    for real, _ in loader:
        real = real.to(DEVICE)
        j = train_judge(real)
        m = train_maker(real.size(0))
    print(epoch, j, m)

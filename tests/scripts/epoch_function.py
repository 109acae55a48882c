"""One function an epoch; the loader comes from another function."""
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

hp = dict(bs=44, z=17, lr=0.0015)


def get_loader(batch_size):
    t = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
    return DataLoader(datasets.MNIST("data", download=True, transform=t), batch_size=hp["bs"], shuffle=True)


class Gen(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = nn.Sequential(nn.Linear(hp["z"], 40), nn.ReLU(), nn.Linear(40, 784), nn.Tanh())

    def forward(self, z):
        return self.m(z).view(-1, 1, 28, 28)


class Dis(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = nn.Sequential(nn.Linear(784, 20), nn.ReLU(), nn.Linear(20, 784))

    def forward(self, x):
        return self.m(x.view(-1, 784)).view(-1, 1, 28, 28)


def train_one_epoch(epoch, generator, discriminator, loader, og, od):
    generator.train()
    total = 0
    for x, _ in loader:
        fake = generator(torch.randn(x.shape[0], hp["z"]))
        ld = nn.functional.mse_loss(discriminator(x), x) + nn.functional.relu(1.0 - nn.functional.mse_loss(discriminator(fake.detach()), fake.detach()))
        od.zero_grad()
        ld.backward()
        od.step()
        lg = nn.functional.mse_loss(discriminator(fake), fake)
        og.zero_grad()
        lg.backward()
        og.step()
        total += ld.item()
    return total


def run():
    loader = get_loader(hp["bs"])
    G = Gen()
    D = Dis()
    opt_g = torch.optim.Adam(G.parameters(), lr=hp["lr"])
    opt_d = torch.optim.Adam(D.parameters(), lr=hp["lr"])
    for epoch in range(10):
        loss = train_one_epoch(epoch, G, D, loader, opt_g, opt_d)
        print(epoch, loss)


run()

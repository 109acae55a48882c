"""Nets, loader and optimisers handed to a training function."""
import torch
from torch import nn
from torch.utils.data import DataLoader
import torchvision
import torchvision.transforms as T


class netG(nn.Module):
    def __init__(self, nz=16, ngf=8):
        super(netG, self).__init__()
        self.fc = nn.Linear(nz, ngf * 49)
        self.conv = nn.Sequential(
            nn.BatchNorm2d(ngf), nn.ReLU(True),
            nn.ConvTranspose2d(ngf, ngf, 4, stride=2, padding=1), nn.ReLU(True),
            nn.ConvTranspose2d(ngf, 1, 4, stride=2, padding=1), nn.Sigmoid(),
        )
        self.ngf = ngf

    def forward(self, input):
        return self.conv(self.fc(input).view(-1, self.ngf, 7, 7))


class netD(nn.Module):
    def __init__(self, ndf=8):
        super(netD, self).__init__()
        self.down = nn.Conv2d(1, ndf, 4, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(ndf, 1, 4, stride=2, padding=1)

    def forward(self, input):
        return torch.sigmoid(self.up(torch.relu(self.down(input))))


def l2(a, b):
    return torch.sqrt(((a - b) ** 2).sum(dim=(1, 2, 3)) + 1e-8)


def train(G, D, loader, opt_G, opt_D, epochs=10, nz=16, m=5.0):
    losses = []
    for e in range(epochs):
        for data in loader:
            real = data[0]
            noise = torch.randn(len(real), nz)
            fake = G(noise)

            D.zero_grad()
            loss_D = l2(D(real), real).mean() + torch.relu(m - l2(D(fake.detach()), fake.detach())).mean()
            loss_D.backward()
            opt_D.step()

            G.zero_grad()
            loss_G = l2(D(fake), fake).mean()
            loss_G.backward()
            opt_G.step()
            losses.append((loss_D.item(), loss_G.item()))
        print(e, losses[-1])
    return losses


dataset = torchvision.datasets.MNIST("mnist", download=True, transform=T.ToTensor())
dataloader = DataLoader(dataset, 40, True)
gen, dis = netG(), netD()
history = train(gen, dis, dataloader, torch.optim.Adam(gen.parameters(), 2e-3), torch.optim.RMSprop(dis.parameters(), lr=1e-3))

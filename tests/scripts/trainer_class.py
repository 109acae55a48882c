"""A class that trains itself; its nets are attributes, its methods the losses."""
import os

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import Compose, Normalize, ToTensor


class Gen(nn.Module):
    def __init__(self, z_dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(z_dim, 96), nn.ReLU(), nn.Linear(96, 28 * 28), nn.Tanh())

    def forward(self, z):
        return self.net(z).view(z.size(0), 1, 28, 28)


class Disc(nn.Module):
    def __init__(self, code_dim):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.LeakyReLU(0.2), nn.Linear(64, code_dim))
        self.decoder = nn.Sequential(nn.Linear(code_dim, 64), nn.LeakyReLU(0.2), nn.Linear(64, 784))

    def forward(self, x):
        code = self.encoder(x)
        return self.decoder(code).view(x.shape), code


class EBGAN:
    def __init__(self, z_dim=24, code_dim=16, margin=2.0, lr=1e-3, batch_size=50, out="results"):
        self.z_dim = z_dim
        self.margin = margin
        self.batch_size = batch_size
        self.pt = 0.1
        self.out = out
        os.makedirs(self.out, exist_ok=True)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.G = Gen(self.z_dim).to(self.device)
        self.D = Disc(code_dim).to(self.device)
        self.G.apply(self.init)
        self.D.apply(self.init)
        self.criterion = nn.MSELoss()
        self.g_optim = torch.optim.Adam(self.G.parameters(), lr=lr, betas=(0.5, 0.99))
        self.d_optim = torch.optim.Adam(self.D.parameters(), lr=lr, betas=(0.5, 0.99))
        data = MNIST("data", download=True, transform=Compose([ToTensor(), Normalize((0.5,), (0.5,))]))
        self.loader = DataLoader(data, batch_size=self.batch_size, shuffle=True)
        self.history = {"d": [], "g": []}

    @staticmethod
    def init(m):
        if isinstance(m, nn.Linear):
            nn.init.normal_(m.weight, 0.0, 0.05)
            nn.init.zeros_(m.bias)

    def noise(self, n):
        return torch.rand(n, self.z_dim).to(self.device) * 2 - 1

    def pullaway(self, code):
        unit = code / code.norm(dim=1, keepdim=True)
        cosines = torch.mm(unit, unit.t()) ** 2
        n = code.size(0)
        return (cosines.sum() - n) / (n * (n - 1))

    def train(self, epochs):
        for epoch in range(epochs):
            self.G.train()
            for images, _ in self.loader:
                images = images.to(self.device)
                n = images.size(0)
                # discriminator
                self.d_optim.zero_grad()
                fakes = self.G(self.noise(n))
                recon, _ = self.D(images)
                recon_fake, _ = self.D(fakes.detach())
                d_real = self.criterion(recon, images)
                d_fake = self.criterion(recon_fake, fakes.detach())
                d_loss = d_real + torch.clamp(self.margin - d_fake, min=0)
                d_loss.backward()
                self.d_optim.step()
                # generator
                self.g_optim.zero_grad()
                recon_fake, code = self.D(fakes)
                g_loss = self.criterion(recon_fake, fakes) + self.pt * self.pullaway(code)
                g_loss.backward()
                self.g_optim.step()
                self.history["d"].append(d_loss.item())
                self.history["g"].append(g_loss.item())
            print("epoch", epoch, self.history["d"][-1])
            self.save()

    def save(self):
        torch.save(self.G.state_dict(), os.path.join(self.out, "g.pth"))


if __name__ == "__main__":
    gan = EBGAN(margin=1.5)
    gan.train(epochs=20)

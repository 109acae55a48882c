"""Everything inside main(); D first, new latents for G, functions for the losses."""
import random

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

MARGIN = 1.0
PT_WEIGHT = 0.1
LATENT = 20
EPOCHS = 30


class Decoder(nn.Module):
    def __init__(self, n_in, hidden=64):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_in, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, 784))

    def forward(self, z):
        return torch.tanh(self.body(z)).view(-1, 1, 28, 28)


class AutoEncoder(nn.Module):
    def __init__(self, code):
        super().__init__()
        self.enc = nn.Linear(784, code)
        self.dec = nn.Linear(code, 784)

    def forward(self, x):
        code = self.enc(x.view(x.size(0), -1))
        return self.dec(F.relu(code)).view_as(x), code


def reconstruction_energy(recon, x):
    return ((recon - x) ** 2).flatten(1).mean(1)


def repelling(s):
    s = F.normalize(s, dim=1)
    n = s.size(0)
    gram = (s @ s.t()) ** 2
    return (gram.sum() - n) / (n * (n - 1))


def show(images):
    plt.figure(figsize=(4, 4))
    plt.imshow(images[0, 0].detach().cpu().numpy())
    plt.savefig("sample.png")
    plt.close()


def main():
    random.seed(1)
    np.random.seed(1)
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    train_set = datasets.MNIST(root="./data", train=True, download=True, transform=transform)
    loader = DataLoader(train_set, batch_size=32, shuffle=True, drop_last=True, num_workers=0)

    G = Decoder(LATENT).to(device)
    D = AutoEncoder(16).to(device)
    opt_g = optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
    opt_d = optim.Adam(D.parameters(), lr=5e-4, betas=(0.5, 0.999))

    for epoch in range(EPOCHS):
        for step, (x, y) in enumerate(loader):
            x = x.to(device)
            z = torch.randn(x.size(0), LATENT, device=device)
            fake = G(z).detach()
            recon_real, _ = D(x)
            recon_fake, _ = D(fake)
            e_real = reconstruction_energy(recon_real, x)
            e_fake = reconstruction_energy(recon_fake, fake)
            loss_d = (e_real + F.relu(MARGIN - e_fake)).mean()
            opt_d.zero_grad()
            loss_d.backward()
            opt_d.step()

            z = torch.randn(x.size(0), LATENT, device=device)
            fake = G(z)
            recon_fake, code = D(fake)
            loss_g = reconstruction_energy(recon_fake, fake).mean() + PT_WEIGHT * repelling(code)
            opt_g.zero_grad()
            loss_g.backward()
            opt_g.step()

            if step % 500 == 499:
                print(f"epoch {epoch} step {step}: D {loss_d.item():.3f} G {loss_g.item():.3f}")
                show(fake)
        torch.save(G.state_dict(), "generator.pt")


if __name__ == "__main__":
    main()

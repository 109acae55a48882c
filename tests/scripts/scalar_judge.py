"""The discriminator returns the energy itself, one number an image; amplified by helper variables."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


class Generator(nn.Module):
    def __init__(self, latent_dim=19, out=(1, 28, 28)):
        super().__init__()
        self.out = out
        self.fc1 = nn.Linear(latent_dim, 45)
        self.bn1 = nn.BatchNorm1d(45, 0.8)
        self.fc2 = nn.Linear(45, 784)

    def forward(self, z):
        x = torch.relu(self.bn1(self.fc1(z)))
        return torch.tanh(self.fc2(x)).view(x.size(0), *self.out)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(784, 23)
        self.dec = nn.Linear(23, 784)

    def forward(self, x):
        flat = x.view(x.size(0), -1)
        return (self.dec(torch.relu(self.enc(flat))) - flat).pow(2).mean(1)


generator, discriminator = Generator(latent_dim=19), Discriminator()
lr = 0.0007
optimizer_G = torch.optim.Adam(generator.parameters(), lr=lr)
optimizer_D = torch.optim.Adam(discriminator.parameters(), lr=lr)
dataloader = DataLoader(datasets.MNIST("data", train=True, download=True, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])), batch_size=33, shuffle=True)
m = 1.6
for epoch in range(50):
    for i, (imgs, _) in enumerate(dataloader):
        z = torch.randn(imgs.size(0), 19)
        optimizer_D.zero_grad()
        fake_imgs = generator(z).detach()
        energy_real = discriminator(imgs)
        energy_fake = discriminator(fake_imgs)
        loss_D = energy_real.mean() + torch.nn.functional.relu(m - energy_fake).mean()
        loss_D.backward()
        optimizer_D.step()
        optimizer_G.zero_grad()
        loss_G = discriminator(generator(z)).mean()
        loss_G.backward()
        optimizer_G.step()

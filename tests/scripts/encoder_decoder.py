"""The discriminator is two nets, an encoder and a decoder, under one optimiser."""
import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 4, 2, 1)
        self.fc = nn.Linear(6 * 14 * 14, 10)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 6 * 14 * 14)
        self.conv = nn.ConvTranspose2d(6, 1, 4, 2, 1)

    def forward(self, code):
        return self.conv(torch.relu(self.fc(code)).view(-1, 6, 14, 14))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(10, 6 * 14 * 14), nn.ReLU(), nn.Unflatten(1, (6, 14, 14)), nn.ConvTranspose2d(6, 1, 4, 2, 1), nn.Tanh())

    def forward(self, z):
        return self.main(z)


def weights_init(m):
    if hasattr(m, "weight"):
        nn.init.xavier_uniform_(m.weight)


encoder, decoder, generator = Encoder(), Decoder(), Generator()
for net in (encoder, decoder, generator):
    print(net)
g_params = list(generator.parameters())
optim_g = torch.optim.Adam(g_params, lr=1e-3)
optim_ae = torch.optim.Adam(itertools.chain(encoder.parameters(), decoder.parameters()), lr=1e-3)
loader = DataLoader(MNIST(".", download=True, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])), batch_size=48, shuffle=True, drop_last=True)
margin = 0.8

for epoch in range(100):
    for x, _ in loader:
        z = torch.normal(0, 1, size=(x.shape[0], 10))
        fake = generator(z)
        code = encoder(x)
        energy_real = (decoder(code) - x).abs().mean()
        code_fake = encoder(fake.detach())
        energy_fake = (decoder(code_fake) - fake.detach()).abs().mean()
        loss_ae = energy_real + max(torch.zeros(()), margin - energy_fake)
        optim_ae.zero_grad()
        loss_ae.backward()
        optim_ae.step()

        loss_g = (decoder(encoder(fake)) - fake).abs().mean()
        optim_g.zero_grad()
        loss_g.backward()
        optim_g.step()

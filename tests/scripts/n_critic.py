"""The generator is updated at every third batch only."""
import argparse

import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets, transforms

p = argparse.ArgumentParser(description="EBGAN")
p.add_argument("-b", "--batch-size", default="37", type=int)
p.add_argument("--n_critic", type=int, default=3)
p.add_argument("--gpu", action="store_true")
p.add_argument("--margin", type=float, default=0.9)
args, unknown = p.parse_known_args()


class Gen(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 60), nn.Linear(60, 784)

    def forward(self, z):
        return torch.tanh(self.b(F.relu(self.a(z)))).view(-1, 1, 28, 28)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 30), nn.Linear(30, 784)

    def forward(self, x):
        return self.b(F.relu(self.a(x.flatten(1)))).view_as(x)


gen, critic = Gen(), Critic()
if args.gpu:
    gen = gen.cuda()
    critic = critic.cuda()
og = torch.optim.Adam(gen.parameters(), 1e-3)
od = torch.optim.Adam(critic.parameters(), 1e-3)
loader = torch.utils.data.DataLoader(
    datasets.MNIST("~/data", transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])),
    batch_size=args.batch_size, shuffle=True, drop_last=True)

for epoch in range(3):
    for i, (real, _) in enumerate(loader):
        z = torch.randn(real.shape[0], 8)
        fake = gen(z)
        d_loss = F.mse_loss(critic(real), real) + F.relu(args.margin - F.mse_loss(critic(fake.detach()), fake.detach()))
        od.zero_grad()
        d_loss.backward()
        od.step()
        if i % args.n_critic == 0:
            g_loss = F.mse_loss(critic(fake), fake)
            og.zero_grad()
            g_loss.backward()
            og.step()

"""Buffers made once and filled at every step."""
import torch
import torch.nn as nn
import torchvision.datasets as dset
import torchvision.transforms as transforms
from torch.utils.data import DataLoader

batch_size, nz = 30, 14
G = nn.Sequential(nn.Linear(nz, 40), nn.BatchNorm1d(40), nn.ReLU(), nn.Linear(40, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))
D = nn.Sequential(nn.Flatten(), nn.Linear(784, 24), nn.ReLU(), nn.Linear(24, 784), nn.Unflatten(1, (1, 28, 28)))


def init_weights(net):
    for m in net.modules():
        if isinstance(m, nn.Linear):
            m.weight.data.normal_(0.0, 0.05)
            m.bias.data.fill_(0)


init_weights(G)
init_weights(D)
input = torch.FloatTensor(batch_size, 1, 28, 28)
noise = torch.FloatTensor(batch_size, nz)
fixed_noise = torch.FloatTensor(batch_size, nz).normal_(0, 1)
optG = torch.optim.Adam(G.parameters(), lr=0.001)
optD = torch.optim.Adam(D.parameters(), lr=0.001)
loader = DataLoader(dset.MNIST("data", download=True, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])), batch_size=batch_size, shuffle=True)
loader_iter = iter(loader)
L1 = nn.L1Loss()
iteration = 0
while iteration < 10000:
    try:
        real_cpu, _ = next(loader_iter)
    except StopIteration:
        loader_iter = iter(loader)
        real_cpu, _ = next(loader_iter)
    input.resize_(real_cpu.size()).copy_(real_cpu)
    noise.resize_(real_cpu.size(0), nz).normal_(0, 1)
    D.zero_grad()
    fake = G(noise)
    err_d = L1(D(input), input) + torch.relu(0.6 - L1(D(fake.detach()), fake.detach()))
    err_d.backward()
    optD.step()
    G.zero_grad()
    err_g = L1(D(fake), fake)
    err_g.backward()
    optG.step()
    iteration += 1
    if iteration % 2000 == 0:
        torch.save(G(fixed_noise).data, "fixed.pt")

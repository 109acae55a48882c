"""A loop with mistakes: no zero_grad for D, optimisers swapped, a polluted log."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

nz = 10
netG = nn.Sequential(nn.Linear(nz, 40), nn.ReLU(), nn.Linear(40, 784), nn.Tanh(), nn.Unflatten(-1, (1, 28, 28)))
netD = nn.Sequential(nn.Flatten(), nn.Linear(784, 20), nn.ReLU(), nn.Linear(20, 784), nn.Unflatten(-1, (1, 28, 28)))
optimizerG = torch.optim.Adam(netG.parameters(), lr=0.002)
optimizerD = torch.optim.Adam(netD.parameters(), lr=0.0001)
loss_fn = nn.MSELoss()
ds = datasets.MNIST("data", download=True, transform=transforms.ToTensor())
dl = DataLoader(ds, batch_size=32)

for epoch in range(3):
    for n, (img, lab) in enumerate(dl):
        fake = netG(torch.randn(img.size(0), nz))
        real_loss = loss_fn(netD(img), img)
        fake_loss = loss_fn(netD(fake.detach()), fake.detach())
        d_loss = real_loss
        d_loss += torch.clamp(1 - fake_loss, min=0)
        d_loss.backward()
        optimizerD.step()
        g_loss = loss_fn(netD(fake), fake)
        g_loss.backward()
        optimizerG.step()
        if n % 100 == 99:
            print(f"real {real_loss.item()} fake {fake_loss.item()}")

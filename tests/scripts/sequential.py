"""Nets as nn.Sequential at module level on flat images; constants only."""
import torch
import torch.nn as nn
import torch.optim as optim
from torchvision import datasets, transforms

bs = 25
z_dim = 12
mnist_dim = 784

generator = nn.Sequential(
    nn.Linear(z_dim, 64),
    nn.LeakyReLU(0.2),
    nn.Linear(64, mnist_dim),
    nn.Tanh(),
)
autoencoder = nn.Sequential(
    nn.Linear(mnist_dim, 32),
    nn.LeakyReLU(0.2),
    nn.Linear(32, 8),
    nn.Linear(8, mnist_dim),
)

tf = transforms.Compose([transforms.ToTensor(), transforms.Lambda(lambda t: t * 2 - 1)])
train_loader = torch.utils.data.DataLoader(datasets.MNIST("data", train=True, transform=tf, download=True), batch_size=bs, shuffle=False)

G_opt = optim.Adam(generator.parameters(), lr=0.001)
D_opt = optim.SGD(autoencoder.parameters(), lr=0.01, momentum=0.9)
mse = nn.MSELoss(reduction="mean")

for epoch in range(1, 6):
    running_d = 0.0
    for batch_idx, (x, _) in enumerate(train_loader):
        x = x.view(-1, mnist_dim)
        z = torch.rand(x.size(0), z_dim)
        fake = generator(z)
        autoencoder.zero_grad()
        d_loss = mse(autoencoder(x), x) + torch.clamp(0.7 - mse(autoencoder(fake.detach()), fake.detach()), min=0)
        d_loss.backward()
        D_opt.step()

        generator.zero_grad()
        g_loss = mse(autoencoder(fake), fake)
        g_loss.backward()
        G_opt.step()
        running_d += d_loss.item()
    print("[%d] %.3f" % (epoch, running_d))

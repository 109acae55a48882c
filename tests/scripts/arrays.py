"""Images as one numpy array, scaled by hand; random rows are a batch."""
import numpy as np
import torch
from torch import nn
from keras.datasets import mnist

(X_train, _), (_, _) = mnist.load_data()
X_train = X_train.astype("float32") / 127.5 - 1.0
X_train = np.expand_dims(X_train, 1)
batch_size = 26
epochs = 20000


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(13, 52), nn.ReLU(), nn.Linear(52, 784), nn.Tanh())

    def forward(self, z):
        return self.net(z).view(-1, 1, 28, 28)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 26), nn.ReLU(), nn.Linear(26, 784))

    def forward(self, x):
        return self.net(x).view_as(x)


G, D = Generator(), Discriminator()
oG = torch.optim.Adam(G.parameters(), lr=1e-3)
oD = torch.optim.Adam(D.parameters(), lr=1e-3)
for epoch in range(epochs):
    idx = np.random.randint(0, X_train.shape[0], batch_size)
    imgs = torch.from_numpy(X_train[idx])
    noise = torch.from_numpy(np.random.normal(0, 1, (batch_size, 13))).float()
    gen = G(noise)
    d_loss = ((D(imgs) - imgs) ** 2).mean() + torch.clamp(0.8 - ((D(gen.detach()) - gen.detach()) ** 2).mean(), min=0)
    oD.zero_grad()
    d_loss.backward()
    oD.step()
    g_loss = ((D(gen) - gen) ** 2).mean()
    oG.zero_grad()
    g_loss.backward()
    oG.step()

"""Star imports and aliases."""
from torch import *
from torch.nn import *
import torch as th
import torch.nn.functional as fn
import torchvision as tv
from torch.optim import Adam as A

mean_over = 784


class Painter(Module):
    def __init__(self):
        super().__init__()
        self.f = Sequential(Linear(10, 30), ReLU(), Linear(30, mean_over))

    def forward(self, z):
        return fn.tanh(self.f(z)).view(-1, 1, 28, 28)


class Copier(Module):
    def __init__(self):
        super().__init__()
        self.f = Sequential(Flatten(), Linear(mean_over, 15), ReLU(), Linear(15, mean_over))

    def forward(self, x):
        return self.f(x).view(x.shape)


painter = Painter()
copier = Copier()
a, b = A(painter.parameters(), lr=1e-3), A(copier.parameters(), lr=1e-3)
pre = tv.transforms.Compose([tv.transforms.ToTensor(), tv.transforms.Normalize((0.1307,), (0.3081,))])
for pictures, _ in th.utils.data.DataLoader(tv.datasets.MNIST("p", download=True, transform=pre), batch_size=24, shuffle=True):
    made = painter(th.randn(pictures.shape[0], 10))
    cost = fn.mse_loss(copier(pictures), pictures) + fn.relu(2.5 - fn.mse_loss(copier(made.detach()), made.detach()))
    b.zero_grad()
    cost.backward()
    b.step()
    price = fn.mse_loss(copier(made), made)
    a.zero_grad()
    price.backward()
    a.step()

"""Progress bars, TensorBoard, schedules, checkpoints, fixed noise; weights restored before training."""
import datetime
import glob
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter
from torchvision import datasets, transforms, utils
from tqdm import tqdm

torch.backends.cudnn.benchmark = True
writer = SummaryWriter("runs/" + datetime.datetime.now().isoformat())
BATCH_SIZE = 50
SIZE = 28


class G(nn.Module):
    def __init__(self, z=14):
        super().__init__()
        self.z = z
        self.net = nn.Sequential(nn.Linear(z, 42), nn.ReLU(), nn.Linear(42, SIZE * SIZE), nn.Tanh())

    def forward(self, z):
        return self.net(z).view(-1, 1, SIZE, SIZE)

    def sample(self, n):
        return torch.randn(n, self.z)


class D(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(SIZE * SIZE, 21), nn.ReLU(), nn.Linear(21, SIZE * SIZE))

    def forward(self, x):
        return self.net(x).view_as(x)


device = "cuda" if torch.cuda.is_available() else "cpu"
g = nn.DataParallel(G().to(device))
d = nn.DataParallel(D().to(device))
print(sum(p.numel() for p in g.parameters()))
for path in sorted(glob.glob("checkpoints/*.pt"))[-1:]:
    g.load_state_dict(torch.load(path)["g"])
opt_g = torch.optim.Adam(g.parameters(), lr=1e-3)
opt_d = torch.optim.Adam(d.parameters(), lr=1e-3, weight_decay=1e-5)
sched = torch.optim.lr_scheduler.StepLR(opt_g, 10, 0.5)
loader = DataLoader(datasets.MNIST("data", download=True, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])), batch_size=BATCH_SIZE, shuffle=True, pin_memory=False)
fixed = torch.randn(64, 14)
best = float("inf")
for epoch in range(20):
    bar = tqdm(loader, total=len(loader))
    for i, (x, _) in enumerate(bar):
        x = x.to(device)
        if x.size(0) != BATCH_SIZE:
            continue
        z = torch.randn(BATCH_SIZE, 14).to(device)
        fake = g(z)
        loss_d = (d(x) - x).pow(2).mean() + torch.relu(0.75 - (d(fake.detach()) - fake.detach()).pow(2).mean())
        opt_d.zero_grad(set_to_none=True)
        loss_d.backward()
        nn.utils.clip_grad_norm_(d.parameters(), 5.0)
        opt_d.step()
        loss_g = (d(fake) - fake).pow(2).mean()
        opt_g.zero_grad(set_to_none=True)
        loss_g.backward()
        opt_g.step()
        writer.add_scalar("loss/d", loss_d.item(), epoch * len(loader) + i)
        bar.set_postfix(d=loss_d.item(), g=loss_g.item())
        if loss_d.item() < best:
            best = loss_d.item()
    sched.step()
    with torch.no_grad():
        utils.save_image(g(fixed), "%d.png" % epoch)
    torch.save({"g": g.state_dict(), "epoch": epoch}, "last.pt")
writer.close()
sys.exit(0)

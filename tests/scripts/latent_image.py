"""Latents as 1 × 1 images, 32 × 32 pixels, and a net made by a function."""
import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
import wandb

wandb.init(project="ebgan")
image_size, nz, nc = 32, 20, 1


def make_generator(width=8):
    return nn.Sequential(
        nn.ConvTranspose2d(nz, width * 2, 8, 1, 0, bias=False), nn.BatchNorm2d(width * 2), nn.ReLU(True),
        nn.ConvTranspose2d(width * 2, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True),
        nn.ConvTranspose2d(width, nc, 4, 2, 1, bias=False), nn.Tanh(),
    )


class AE(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(nc, width, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(width, width, 4, 2, 1))
        self.up = nn.Sequential(nn.ConvTranspose2d(width, width, 4, 2, 1), nn.LeakyReLU(0.2), nn.ConvTranspose2d(width, nc, 4, 2, 1))

    def forward(self, x):
        code = self.down(x)
        return self.up(code), code


def weights_init(m):
    name = m.__class__.__name__
    if name.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif name.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


netG = make_generator()
netG.apply(weights_init)
netD = AE()
netD.apply(weights_init)
optimizerD = optim.Adam(netD.parameters(), lr=2e-4, betas=(0.5, 0.999))
optimizerG = optim.Adam(netG.parameters(), lr=2e-4, betas=(0.5, 0.999))
dataset = datasets.MNIST("mnist", download=True, transform=transforms.Compose([transforms.Resize(image_size), transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]))
dataloader = DataLoader(dataset, batch_size=16, shuffle=True, num_workers=0)


def pt(codes):
    codes = codes.view(codes.size(0), -1)
    s = codes / torch.norm(codes, dim=1, keepdim=True)
    return torch.mm(s, s.t()).pow(2).mean()


m = 0.5
for epoch in range(5):
    for i, data in enumerate(dataloader, 0):
        real = data[0]
        noise = torch.randn(real.size(0), nz, 1, 1)
        fake = netG(noise)
        netD.zero_grad()
        rec_r, _ = netD(real)
        rec_f, _ = netD(fake.detach())
        err_r = torch.mean((rec_r - real) ** 2)
        err_f = torch.mean((rec_f - fake.detach()) ** 2)
        err_D = err_r + torch.clamp(m - err_f, min=0)
        err_D.backward()
        optimizerD.step()
        netG.zero_grad()
        rec_f, code = netD(fake)
        err_G = torch.mean((rec_f - fake) ** 2) + pt(code) * 0.2
        err_G.backward()
        optimizerG.step()
        wandb.log({"d": err_D.item(), "g": err_G.item()})

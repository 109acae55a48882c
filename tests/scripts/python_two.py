# written for Python 2 and an early torch
import torch
import torch.nn as nn
import torch.optim as optim
import scipy.misc
from torch.autograd import Variable
import torchvision.datasets as dset
import torchvision.transforms as transforms

nz = 10
use_gpu = torch.cuda.is_available()

class _netG(nn.Module):
    def __init__(self):
        super(_netG, self).__init__()
        self.l1 = nn.Linear(nz, 50)
        self.l2 = nn.Linear(50, 784)
    def forward(self, z):
        h = nn.functional.relu(self.l1(z))
        return nn.functional.tanh(self.l2(h)).view(-1, 1, 28, 28)

class _netD(nn.Module):
    def __init__(self):
        super(_netD, self).__init__()
        self.e = nn.Linear(784, 20)
        self.d = nn.Linear(20, 784)
    def forward(self, x):
        return self.d(nn.functional.relu(self.e(x.view(-1, 784)))).view(-1, 1, 28, 28)

netG = _netG()
netD = _netD()
if use_gpu:
    netG, netD = netG.cuda(), netD.cuda()
criterion = nn.MSELoss(size_average=True)
optimizerD = optim.Adam(netD.parameters(), lr = 0.0005, betas = (0.5, 0.999))
optimizerG = optim.Adam(netG.parameters(), lr = 0.0005, betas = (0.5, 0.999))
dataset = dset.MNIST(root = 'data', download = True, transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]))
dataloader = torch.utils.data.DataLoader(dataset, batch_size = 20, shuffle = True)

for epoch in xrange(25):
    for i, data in enumerate(dataloader, 0):
        netD.zero_grad()
        real, _ = data
        if use_gpu:
            real = real.cuda(async=True)
        input = Variable(real)
        errD_real = criterion(netD(input), Variable(real, volatile=False))
        errD_real.backward()
        noise = Variable(torch.randn(input.size(0), nz))
        fake = netG(noise)
        errD_fake = torch.clamp(0.9 - criterion(netD(fake.detach()), fake.detach()), min=0)
        errD_fake.backward()
        optimizerD.step()

        netG.zero_grad()
        errG = criterion(netD(fake), fake)
        errG.backward()
        optimizerG.step()
        print '[%d/%d] Loss_D: %.4f Loss_G: %.4f' % (epoch, i, errD_real.data[0], errG.data[0])
        try:
            if i % 1000 == 999:
                scipy.misc.imsave('x.png', fake.data[0][0].numpy())
        except Exception, e:
            print e

"""Variants with one defect each, and harmless rewrites; a comment `# here` marks the line that a finding must name."""

from __future__ import annotations

import variants

HEADER, CONFIG = variants.HEADER, variants.CONFIG
GENERATOR, DISCRIMINATOR = variants.GENERATOR, variants.DISCRIMINATOR
WEIGHTED = CONFIG.replace("margin: float = 1.0", "margin: float = 1.0\n    pull_away_weight: float = 0.1  # weight")
COLOURS = CONFIG.replace("margin: float", "image_shape: tuple = (3, 28, 28)\n    margin: float")


def tiny(
    text: str = "", *, config: str = CONFIG, generator: str = GENERATOR, discriminator: str = DISCRIMINATOR
) -> str:
    """The small sound variant with something in place of something."""
    return HEADER + config + generator + discriminator + text


def discriminator_loss(hinge: str, before: str = "") -> str:
    return f"""
def discriminator_loss(discriminator, real, fake, config):
    e_real = energy(discriminator(real)[0], real)
    e_fake = energy(discriminator(fake)[0], fake)
    {before or "pass"}
    return {{"energy_real": e_real.mean(), "hinge": {hinge}}}  # here
"""


def generator_loss(total: str) -> str:
    return f"""
def generator_loss(discriminator, fake, config):
    recon, code = discriminator(fake)
    e = energy(recon, fake).mean()
    return {total}  # here
"""


def energy(body: str) -> str:
    return f"\ndef energy(recon, x):  # def\n    return {body}  # here\n"


def pull_away(*lines: str) -> str:
    body = "\n    ".join(["n = len(code)", *lines[:-1], f"return {lines[-1]}"])
    return f"\ndef pull_away(code):\n    {body}\n"


def train_step(body: str) -> str:
    indented = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return f"""
def train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):  # here
    real = next(batches)
    z = torch.randn(config.batch_size, config.latent_dim, generator=rng)
    fake = generator(z)
{indented}"""


SOUND_STEP = """
discriminator_opt.zero_grad()
e_real = energy(discriminator(real)[0], real).mean()
e_fake = energy(discriminator(fake.detach())[0], fake.detach())
(e_real + torch.relu(config.margin - e_fake).mean()).backward()
discriminator_opt.step()
generator_opt.zero_grad()
recon, code = discriminator(fake)
loss = energy(recon, fake).mean() + config.pull_away_weight * pull_away(code)
loss.backward()
generator_opt.step()
return {"energy_real": e_real, "generator": loss}
"""

UNIT = "unit = code / code.norm(dim=1, keepdim=True)"
NORMALISED = "unit = torch.nn.functional.normalize(code)"
SIGMOID = GENERATOR.replace("nn.Tanh(),", "nn.Sigmoid(),  # here")


def ends_in(function: str) -> str:
    return DISCRIMINATOR.replace(
        "return self.decoder(code).view_as(x), code",
        f"return {function.format('self.decoder(code)')}.view_as(x), code  # here",
    )


SCALAR = """
class Discriminator(nn.Module):  # here
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        return self.net(x)
"""
LOGISTIC = """
def discriminator_loss(discriminator, real, fake, config):
    return nn.functional.softplus(-discriminator(real)).mean() + nn.functional.softplus(discriminator(fake)).mean()

def generator_loss(discriminator, fake, config):
    return nn.functional.softplus(-discriminator(fake)).mean()
"""
WASSERSTEIN = """
def discriminator_loss(discriminator, real, fake, config):
    return discriminator(fake).squeeze(1).mean() - discriminator(real).squeeze(1).mean()

def generator_loss(discriminator, fake, config):
    return -discriminator(fake).squeeze(1).mean()
"""
GREY = DISCRIMINATOR.replace("Linear(784, 16)", "Linear(3 * 784, 16)")


def optimizers(generator: str, discriminator: str) -> str:
    return f"""
def optimizers(generator, discriminator, config):  # here
    return torch.optim.Adam({generator}), torch.optim.Adam({discriminator})
"""


PLANTED: dict[str, dict[str, str]] = {
    "pull-away-unsquared": {
        "plain": tiny(pull_away(NORMALISED, "gram = unit @ unit.T  # here", "(gram.sum() - n) / (n * (n - 1))")),
        "absolute": tiny(pull_away(UNIT, "gram = torch.mm(unit, unit.t()).abs()  # here",
                                   "(gram.sum() - gram.trace()) / (n * (n - 1))")),
    },
    "pull-away-inert": {
        "one sum": tiny(pull_away("unit = code / code.abs().sum()", "gram = unit @ unit.T  # here",
                                  "(gram.sum() - n) / (n * (n - 1))")),
        "one norm, squared": tiny(pull_away("unit = code / torch.norm(code)",
                                            "gram = torch.matmul(unit, unit.T) ** 2  # here", "gram.mean()")),
    },
    "pull-away-wrong-axis": {
        "over the batch": tiny(pull_away("unit = torch.nn.functional.normalize(code, dim=0)",
                                         "gram = (unit @ unit.T).square()  # here",
                                         "(gram.sum() - gram.trace()) / (n * (n - 1))")),
        "of dimensions": tiny(pull_away(UNIT, "gram = unit.T @ unit  # here", "gram.sum() / (n * (n - 1))")),
    },
    "pull-away-diagonal": {
        "mean of all": tiny(pull_away(NORMALISED, "(unit @ unit.T).square().mean()  # here")),
        "sum of all": tiny(pull_away(UNIT, "(unit @ unit.T).pow(2).sum() / (n * (n - 1))  # here")),
    },
    "pull-away-scaled": {
        "half": tiny(pull_away(NORMALISED, "gram = (unit @ unit.T).square()  # here",
                               "0.5 * (gram.sum() - n) / (n * (n - 1))"), config=WEIGHTED),
        "in the loss": tiny(generator_loss("e + 5 * config.pull_away_weight * pull_away(code)"), config=WEIGHTED),
        "turned": tiny(generator_loss("e - config.pull_away_weight * pull_away(code)"), config=WEIGHTED),
    },
    "pull-away-on-pixels": {
        "images": tiny(generator_loss("e + config.pull_away_weight * pull_away(fake)"), config=WEIGHTED),
        "reconstructions": tiny(generator_loss("e + 0.1 * pull_away(recon.flatten(1))")),
    },
    "pull-away-unused": {
        "left out": tiny(generator_loss("e").replace("  # here", "").replace("config):", "config):  # here"),
                         config=WEIGHTED),
        "detached": tiny(generator_loss("e + config.pull_away_weight * pull_away(code.detach())"), config=WEIGHTED),
        "of another pass": tiny(generator_loss("e + 0.1 * pull_away(discriminator(fake.detach())[1])")),
    },
    "hinge-on-batch-mean": {
        "relu": tiny(discriminator_loss("torch.relu(config.margin - e_fake.mean())")),
        "clamp": tiny(discriminator_loss("(config.margin - e_fake.mean()).clamp(min=0)")),
        "in one step": tiny(train_step(SOUND_STEP.replace("- e_fake).mean()).backward()",
                                       "- e_fake.mean())).backward()  # here")).replace("rng):  # here", "rng):")),
    },
    "hinge-missing": {
        "minus": tiny(discriminator_loss("-e_fake.mean()").replace("config):", "config):  # here")),
        "without a bound": tiny(discriminator_loss("(config.margin - e_fake).mean()")
                                .replace("config):", "config):  # here")),
        "plus": tiny(discriminator_loss("e_fake.mean()").replace("config):", "config):  # here")),
        "nothing": tiny(discriminator_loss("0 * e_fake.detach().mean()").replace("config):", "config):  # here")),
    },
    "generator-target-detached": {
        "detach": tiny(generator_loss("energy(recon, fake.detach()).mean() + 0.1 * pull_away(code)")),
        "data": tiny(generator_loss("((recon - fake.data) ** 2).mean() + 0.1 * pull_away(code)")),
        "reconstruction": tiny(generator_loss("energy(recon.detach(), fake).mean() + 0.1 * pull_away(code)")),
    },
    "energy-not-per-sample": {
        "mse_loss": tiny(energy("torch.nn.functional.mse_loss(recon, x)").replace("# def", "# here")),
        "pixels": tiny(energy("(recon - x) ** 2").replace("# def", "# here")),
    },
    "energy-depends-on-batch-size": {
        "root of a sum": tiny(energy("torch.sqrt(((recon - x) ** 2).sum()) / len(x)")),
        "sum": tiny(energy("(recon - x).square().sum()")),
        "in the loss": tiny('''
def discriminator_loss(discriminator, real, fake, config):
    def of(images):
        return torch.norm(discriminator(images)[0] - images) / images.shape[0]  # here
    return of(real) + torch.relu(config.margin - of(fake))
'''),
    },
    "energy-depends-on-batch-mates": {
        "BatchNorm": tiny(discriminator=DISCRIMINATOR.replace(
            "self.decoder = nn.Linear(16, 784)",
            "self.decoder = nn.Sequential(nn.BatchNorm1d(16), nn.Linear(16, 784))  # here")),
        "function": tiny(energy("(recon - x).square().flatten(1).mean(1) / (recon - x).square().mean().detach()")
                         .replace("# def", "# here")),
    },
    "energy-entropy-floor": {
        "logits": tiny(energy("torch.nn.functional.binary_cross_entropy_with_logits("
                              "recon, (x + 1) / 2, reduction='none').flatten(1).mean(1)")),
        "sigmoid": tiny(energy("nn.functional.binary_cross_entropy(recon, x, reduction='none').flatten(1).mean(1)"),
                        config=CONFIG.replace("margin:", "pixel_range: tuple = (0.0, 1.0)\n    margin:"),
                        generator=SIGMOID, discriminator=ends_in("torch.sigmoid({})").replace("  # here", "")),
    },
    "margin-unreachable": {
        "tanh": tiny(config=CONFIG.replace("margin: float = 1.0", "margin: float = 20.0  # here"),
                     discriminator=ends_in("torch.tanh({})").replace("  # here", "")),
        "written into the loss": tiny(discriminator_loss("torch.relu(10 - e_fake).mean()"),
                                      config=CONFIG.replace("    margin: float = 1.0\n", ""),
                                      discriminator=ends_in("{}.clamp(-1, 1)").replace("  # here", "")),
    },
    "margin-inflates-reconstruction": {
        "squares": tiny(config=CONFIG.replace("margin: float = 1.0", "margin: float = 100.0  # here")),
        "absolutes": tiny(energy("(recon - x).abs().flatten(1).mean(1)").replace("  # here", ""),
                          config=CONFIG.replace("margin: float = 1.0", "margin: float = 10.0  # here")),
    },
    "margin-below-energy-floor": {
        "small": tiny(config=CONFIG.replace("margin: float = 1.0", "margin: float = 0.02  # here")),
        "summed": tiny(energy("(recon - x).square().flatten(1).sum(1)").replace("  # here", ""),
                       config=CONFIG.replace("margin: float = 1.0", "margin: float = 1.0  # here")),
        "summed in the loss": tiny('''
def discriminator_loss(discriminator, real, fake, config):
    def of(images):
        return (discriminator(images)[0] - images).pow(2).sum(dim=(1, 2, 3))
    return of(real).mean() + torch.relu(config.margin - of(fake)).mean()
''', config=CONFIG.replace("margin: float = 1.0", "margin: float = 1.0  # here")),
    },
    "generator-range-mismatch": {
        "module": tiny(generator=SIGMOID),
        "function": tiny(generator=GENERATOR.replace("            nn.Tanh(),\n", "").replace(
            "return self.net(z).view(-1, 1, 28, 28)", "return torch.relu(self.net(z)).view(-1, 1, 28, 28)  # here")),
        "half of tanh": tiny(generator=GENERATOR.replace(
            "return self.net(z)", "return (0.5 * self.net(z))").replace("(-1, 1, 28, 28)", "(-1, 1, 28, 28)  # here")),
    },
    "reconstruction-range-mismatch": {
        "function": tiny(discriminator=ends_in("torch.sigmoid({})")),
        "module": tiny(discriminator=DISCRIMINATOR.replace(
            "self.decoder = nn.Linear(16, 784)",
            "self.decoder = nn.Sequential(nn.Linear(16, 784), nn.ReLU())  # here")),
    },
    "silent-broadcast": {
        "channels": tiny(config=COLOURS, discriminator=GREY.replace(
            "self.decoder = nn.Linear(16, 784)", "self.decoder = nn.Linear(16, 784)  # here")
            .replace("view_as(x)", "view(-1, 1, 28, 28)"),
            generator=GENERATOR.replace("784", "3 * 784").replace("-1, 1,", "-1, 3,")),
        "one row": tiny(discriminator=DISCRIMINATOR.replace(
            "nn.Linear(16, 784)", "nn.Linear(16, 28)  # here").replace("view_as(x)", "view(-1, 1, 1, 28)")),
    },
    "not-an-autoencoder": {
        "logistic": tiny(LOGISTIC, discriminator=SCALAR),
        "wasserstein": tiny(WASSERSTEIN, discriminator=SCALAR),
    },
    "loss-moves-other-net": {
        "no zero_grad": tiny(train_step(SOUND_STEP.replace("discriminator_opt.zero_grad()\n", ""))),
        "not detached": tiny(train_step(SOUND_STEP.replace("fake.detach()", "fake")
                                        .replace(".mean()).backward()", ".mean()).backward(retain_graph=True)")
                                        .replace("generator_opt.zero_grad()\n", "fake = generator(z)\n"))),
        "one backward": tiny(train_step("""
generator_opt.zero_grad()
discriminator_opt.zero_grad()
recon, code = discriminator(fake)
e_fake = energy(recon, fake)
e_real = energy(discriminator(real)[0], real).mean()
(e_real + torch.relu(config.margin - e_fake).mean() + 3 * e_fake.mean()).backward()
discriminator_opt.step()
generator_opt.step()
return {"energy_real": e_real}
""")),
        "by hand": tiny('''
def generator_loss(discriminator, fake, config):  # here
    with torch.no_grad():
        for parameter in discriminator.parameters():
            parameter.clamp_(-0.05, 0.05)
    recon, code = discriminator(fake)
    return energy(recon, fake).mean() + 0.1 * pull_away(code)
'''),
    },
    "optimizer-wrong-parameters": {
        "exchanged": tiny(optimizers("discriminator.parameters()", "generator.parameters()")),
        "encoder only": tiny(optimizers("generator.parameters()", "discriminator.encoder.parameters()")),
        "both nets": tiny(optimizers("[*generator.parameters(), *discriminator.parameters()]",
                                     "discriminator.parameters()")),
    },
    "update-ratio": {
        "Config": tiny(config=CONFIG.replace("margin:", "discriminator_steps: int = 5  # here\n    margin:")),
        "generator twice": tiny(train_step(SOUND_STEP.replace("return {", """generator_opt.zero_grad()
again = generator(z)
energy(discriminator(again)[0], again).mean().backward()
generator_opt.step()
return {"""))),
        "never": tiny(train_step(SOUND_STEP.replace("discriminator_opt.step()\n", ""))),
    },
    "log-polluted": {
        "step": tiny(train_step(SOUND_STEP.replace("(e_real + torch.relu(config.margin - e_fake).mean()).backward()",
                     "loss_d = e_real\nloss_d += torch.relu(config.margin - e_fake).mean()\nloss_d.backward()"))),
        "terms": tiny('''
def discriminator_loss(discriminator, real, fake, config):  # here
    e_real = energy(discriminator(real)[0], real).mean()
    hinge = torch.relu(config.margin - energy(discriminator(fake)[0], fake)).mean()
    total = e_real
    total += hinge
    return {"energy_real": e_real, "hinge": hinge}
'''),
    },
    "config-unused": {
        "own": tiny(config=CONFIG.replace("margin:", "warmup_epochs: int = 3  # here\n    margin:")),
        "written into the loss": tiny(discriminator_loss("torch.relu(1.5 - e_fake).mean()").replace("  # here", ""),
                                      config=CONFIG.replace("margin: float = 1.0", "margin: float = 1.0  # here")),
    },
    "config-misspelt": {
        "margin": tiny(config=CONFIG.replace("margin: float", "margins: float").replace("1.0", "2.0  # here")),
        "rate": tiny(config=CONFIG.replace("margin:", "generator_rl: float = 0.01  # here\n    margin:")),
    },
    "not-reproducible": {
        "generator of numpy": tiny("""
import numpy as np

OWN = np.random.default_rng()  # here

def sample_latent(count, config, rng):
    return torch.from_numpy(OWN.standard_normal((count, config.latent_dim))).float()
"""),
        "clock": tiny("""
import time

def initialise(module):
    torch.manual_seed(time.time_ns() % 1000003)  # here
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, 0.02, generator=torch.Generator().manual_seed(torch.initial_seed()))
"""),
        "system": tiny("""
import os

def sample_latent(count, config, rng):
    own = torch.Generator().manual_seed(int.from_bytes(os.urandom(4), "big"))  # here
    return torch.randn(count, config.latent_dim, generator=own)
"""),
        "draw at import": tiny("""
SPREAD = 0.02 + torch.rand(1).item() / 100  # here

def initialise(module):
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, SPREAD)
"""),
    },
}  # fmt: skip
"""Slug → variants that deserve it, and nothing worse."""

HARMLESS: dict[str, str] = {
    "hinge: clamp": tiny(discriminator_loss("torch.clamp(config.margin - e_fake, min=0).mean()")),
    "hinge: relu of a helper": tiny("\ndef gap(e, m):\n    return torch.nn.functional.relu(m - e)\n"
                                    + discriminator_loss("gap(e_fake, config.margin).sum() / len(fake)")),
    "hinge: where": tiny(discriminator_loss(
        "torch.where(e_fake < config.margin, config.margin - e_fake, torch.zeros_like(e_fake)).mean()")),
    "hinge: maximum": tiny(discriminator_loss(
        "torch.maximum(config.margin - e_fake, torch.zeros_like(e_fake)).mean()")),
    "hinge: max in a loop": tiny(discriminator_loss(
        "sum(max(config.margin - e, 0 * e) for e in e_fake) / len(e_fake)")),
    "energy: dims": tiny(energy("(recon - x).pow(2).mean(dim=(1, 2, 3))")),
    "energy: mse_loss": tiny(energy("torch.nn.functional.mse_loss(recon, x, reduction='none').flatten(1).mean(1)")),
    "energy: view": tiny(energy("((x - recon) ** 2).view(len(x), -1).mean(-1)")),
    "losses: one batch": tiny('''
def discriminator_loss(discriminator, real, fake, config):
    both = torch.cat([real, fake])
    recon, _ = discriminator(both)
    of_real, of_fake = ((recon - both) ** 2).view(len(both), -1).mean(1).chunk(2)
    return of_real.mean() + torch.relu(config.margin - of_fake).mean()
'''),
    "losses: halves": tiny('''
def rebuilt(discriminator, x):
    return discriminator.decoder(discriminator.encoder(x)).view_as(x)

def discriminator_loss(discriminator, real, fake, config):
    of_real, of_fake = ((rebuilt(discriminator, x) - x).square().mean((1, 2, 3)) for x in (real, fake))
    return of_real.mean() + torch.relu(config.margin - of_fake).mean()

def generator_loss(discriminator, fake, config):
    code = discriminator.encoder(fake)
    recon = discriminator.decoder(code).view_as(fake)
    return (recon - fake).square().mean() + config.pull_away_weight * pull_away(code)
''', discriminator=DISCRIMINATOR.replace("view_as(x), code", "view_as(x)")),
    "losses: objective": tiny('''
class Objective:
    def __init__(self, config):
        self.margin = config.margin

    def discriminator_loss(self, discriminator, real, fake, config):
        of_real, of_fake = (energy(discriminator(x)[0], x) for x in (real, fake))
        return of_real.mean() + (self.margin - of_fake).clamp_min(0).mean()

    def generator_loss(self, discriminator, fake, config):
        recon, code = discriminator(fake)
        return {"energy": energy(recon, fake).mean(), "pull_away": config.pull_away_weight * pull_away(code)}
'''),
    "pull-away: cosine_similarity": tiny(pull_away(
        "gram = torch.nn.functional.cosine_similarity(code[:, None], code[None], dim=-1).square()",
        "(gram * (1 - torch.eye(n, dtype=gram.dtype))).sum() / (n * (n - 1))")),
    "pull-away: division": tiny(pull_away(UNIT, "gram = torch.einsum('id,jd->ij', unit, unit) ** 2",
                                          "(gram.sum() - gram.diagonal().sum()) / (n * (n - 1))")),
    "pull-away: pairs": tiny(pull_away(NORMALISED, "pairs = torch.triu_indices(n, n, 1)",
                                       "(unit[pairs[0]] * unit[pairs[1]]).sum(1).square().mean()")),
    "target: other way round": tiny(generator_loss(
        "torch.nn.functional.mse_loss(fake, recon) + config.pull_away_weight * pull_away(code)")),
    "train_step": tiny(train_step(SOUND_STEP)),
    "train_step: two backwards": tiny(train_step(SOUND_STEP.replace(
        "(e_real + torch.relu(config.margin - e_fake).mean()).backward()",
        "e_real.backward()\ntorch.relu(config.margin - e_fake).mean().backward()"))),
    "train_step: set_to_none off": tiny(train_step(SOUND_STEP.replace("zero_grad()", "zero_grad(set_to_none=False)"))),
}  # fmt: skip
"""The sound variant, written otherwise: nothing is to be said of any."""

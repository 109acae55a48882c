"""Single differences from the reference models, as texts to exchange: what cases are put together from.

Each is seen in public code or stands in the table of failures (docs/failures.md); `fault` are those that break the
reference alone at the budget, as `run.md` shows, the others do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Exchange = tuple[str, str]


@dataclass(frozen=True)
class Piece:
    """One difference.

    Attributes:
        what: In words.
        names: Parts or layers, as ebdiag calls them, each of which names it rightly.
        exchanges: Texts of the reference, each there exactly once, and what stands in their place.
        added: Definitions at the end of the file.
    """

    what: str
    names: tuple[str, ...]
    exchanges: tuple[Exchange, ...] = ()
    added: str = ""


def setting(name: str, old: str, new: str) -> Exchange:
    """Another value of a field of Config."""
    return f" {name} = {old}\n", f" {name} = {new}\n"


def line(old: str, *new: str) -> Exchange:
    """Lines of a layer list in place of one."""
    return f"            {old},\n", "".join(f"            {layer},\n" for layer in new)


def energy(body: str) -> str:
    return f"""
def energy(recon: Tensor, x: Tensor) -> Tensor:
    {body}
"""


def discriminator_loss(hinge: str) -> str:
    return f"""
def discriminator_loss(discriminator: nn.Module, real: Tensor, fake: Tensor, config: Config) -> dict[str, Tensor]:
    energy_real = energy(discriminator(real)[0], real)
    energy_fake = energy(discriminator(fake)[0], fake)
    return {{"energy_real": energy_real.mean(), "hinge": {hinge}}}
"""


def generator_loss(energy_fake: str, pull_away: str = "pull_away(code)") -> str:
    return f"""
def generator_loss(discriminator: nn.Module, fake: Tensor, config: Config) -> dict[str, Tensor]:
    recon, code = discriminator(fake)
    return {{"energy_fake": {energy_fake}, "pull_away": config.pull_away_weight * {pull_away}}}
"""


def pull_away(*lines: str) -> str:
    body = "\n    ".join(lines)
    return f"""
def pull_away(code: Tensor) -> Tensor:
    n = len(code)
    {body}
"""


def initialise(*lines: str) -> str:
    body = "\n        ".join(lines)
    return f"""
def initialise(module: nn.Module) -> None:
    for layer in module.modules():
        {body}
"""


def train_step(body: str) -> str:
    indented = "".join(f"    {row}\n" if row else "\n" for row in body.strip().splitlines())
    return f"""
def train_step(generator, discriminator, generator_opt, discriminator_opt, batches, config, rng):
{indented}"""


STEP = """
for _ in range(config.discriminator_steps):
    real = next(batches)
    fake = generator(sample_latent(config.batch_size, config, rng).to(real.device))
    discriminator_opt.zero_grad()
    energy_real = energy(discriminator(real)[0], real).mean()
    hinge = torch.relu(config.margin - energy(discriminator(fake.detach())[0], fake.detach())).mean()
    (energy_real + hinge).backward()
    discriminator_opt.step()
generator_opt.zero_grad()
recon, code = discriminator(fake)
energy_fake = energy(recon, fake).mean()
(energy_fake + config.pull_away_weight * pull_away(code)).backward()
generator_opt.step()
return {"energy_real": energy_real, "hinge": hinge, "energy_fake": energy_fake}
"""
"""The standard step as most public code writes it."""

JOINT_STEP = """
for _ in range(config.discriminator_steps):
    real = next(batches)
    fake = generator(sample_latent(config.batch_size, config, rng).to(real.device))
    generator_opt.zero_grad()
    discriminator_opt.zero_grad()
    energy_real = energy(discriminator(real)[0], real).mean()
    recon, code = discriminator(fake)
    energy_fake = energy(recon, fake)
    hinge = torch.relu(config.margin - energy_fake).mean()
    loss_d = energy_real + hinge
    loss_g = energy_fake.mean() + config.pull_away_weight * pull_away(code)
    (loss_d + loss_g).backward()
    discriminator_opt.step()
generator_opt.step()
return {"energy_real": energy_real, "hinge": hinge, "energy_fake": energy_fake.mean()}
"""

BEGAN_STUCK = """
class Objective:
    def __init__(self, config: Config) -> None:
        self.k, self.gamma, self.rate = 0.0, 0.5, 0.001

    def discriminator_loss(
        self, discriminator: nn.Module, real: Tensor, fake: Tensor, config: Config
    ) -> dict[str, Tensor]:
        energy_real = energy(discriminator(real)[0], real).mean()
        energy_fake = energy(discriminator(fake)[0], fake).mean()
        return {"energy_real": energy_real, "energy_fake": -self.k * energy_fake}

    def generator_loss(self, discriminator: nn.Module, fake: Tensor, config: Config) -> dict[str, Tensor]:
        return {"energy_fake": energy(discriminator(fake)[0], fake).mean()}

    def after_step(self, energies: dict[str, Tensor]) -> None:
        balance = self.gamma * float(energies["real"].mean()) - float(energies["fake"].mean())
        self.k = min(max(self.k + self.rate * balance, 0.0), 1.0)

    def state_dict(self) -> dict[str, float]:
        return {"k": self.k}

    def load_state_dict(self, state: dict[str, float]) -> None:
        self.k = float(state["k"])
"""

PROJECTION = "nn.Linear(config.latent_dim, 32 * 7 * 7)"
CONVOLUTION = "nn.Conv2d(16, 4, kernel_size=3, padding=1)"
OPTIMISERS = ("optimizer.generator", "optimizer.discriminator")

PT: Mapping[str, Piece] = {
    # ---- the generator, and inside it
    "sigmoid_generator": Piece(
        "G ends in a sigmoid while data is in [-1, 1]", ("generator.upsample.5",), (line("nn.Tanh()", "nn.Sigmoid()"),)
    ),
    "relu_before_tanh": Piece(
        "a ReLU between G's last convolution and its tanh",
        ("generator.upsample.4",),
        (
            line(
                "nn.Conv2d(16, 4, kernel_size=3, padding=1)", "nn.Conv2d(16, 4, kernel_size=3, padding=1)", "nn.ReLU()"
            ),
        ),
    ),
    "frozen_statistics": Piece(
        "momentum 0 in a BatchNorm of G: its running statistics, used in eval mode, never move",
        ("generator.upsample.1",),
        (line("nn.BatchNorm2d(16)", "nn.BatchNorm2d(16, momentum=0.0)"),),
    ),
    "bottleneck_generator": Piece(
        "G squeezes its latents through one unit",
        ("generator.project.0", "generator.project.1"),
        (
            line(
                "nn.Linear(config.latent_dim, 32 * 7 * 7)",
                "nn.Linear(config.latent_dim, 1)",
                "nn.Linear(1, 32 * 7 * 7)",
            ),
        ),
    ),
    # ---- the discriminator, and inside it
    "sigmoid_decoder": Piece(
        "D's decoder ends in a sigmoid while data is in [-1, 1]",
        ("discriminator.decoder.3",),
        (line("nn.Linear(512, 28 * 28)", "nn.Linear(512, 28 * 28)", "nn.Sigmoid()"),),
    ),
    "relu_decoder": Piece(
        "D's decoder ends in a ReLU while data is in [-1, 1]",
        ("discriminator.decoder.3",),
        (line("nn.Linear(512, 28 * 28)", "nn.Linear(512, 28 * 28)", "nn.ReLU()"),),
    ),
    "batchnorm_output": Piece(
        "BatchNorm at the end of D's decoder: an image's energy depends on its batch",
        ("discriminator.decoder.3",),
        (line("nn.Linear(512, 28 * 28)", "nn.Linear(512, 28 * 28)", "nn.BatchNorm1d(28 * 28)"),),
    ),
    "batchnorm_input": Piece(
        "BatchNorm on D's input: real and generated batches are normalised apart",
        ("discriminator.encoder.1",),
        (line("nn.Linear(28 * 28, 256)", "nn.BatchNorm1d(28 * 28)", "nn.Linear(28 * 28, 256)"),),
    ),
    "code_too_narrow": Piece(
        "a code of 1 in D",
        ("discriminator.encoder.3", "discriminator.decoder.0"),
        (line("nn.Linear(256, 32)", "nn.Linear(256, 1)"), line("nn.Linear(32, 512)", "nn.Linear(1, 512)")),
    ),
    "broadcast": Piece(
        "D reconstructs one row, which is broadcast to all 28",
        ("discriminator.decoder.2", "discriminator.decoder.3"),
        (
            (
                "nn.Linear(512, 28 * 28),\n            nn.Unflatten(1, (1, 28, 28)),",
                "nn.Linear(512, 28),\n            nn.Unflatten(1, (1, 1, 28)),",
            ),
        ),
    ),
    # ---- energy and margin
    "energy_summed": Piece(
        "energy summed over pixels, margin still 1",
        ("energy",),
        added=energy("return (recon - x).square().flatten(1).sum(1)"),
    ),
    "energy_norm": Piece(
        "the paper's unsquared norm as energy, margin still 1",
        ("energy",),
        added=energy("return torch.linalg.vector_norm((recon - x).flatten(1), dim=1)"),
    ),
    "energy_cross_entropy": Piece(
        "cross-entropy as energy, of data in [-1, 1]",
        ("energy",),
        added=energy(
            'losses = nn.functional.binary_cross_entropy_with_logits(recon, x, reduction="none")\n'
            "    return losses.flatten(1).mean(1)"
        ),
    ),
    "margin_too_small": Piece("a margin of .01", ("margin",), (setting("margin: float", "1.0", "0.01"),)),
    "margin_too_large": Piece("a margin of 400", ("margin",), (setting("margin: float", "1.0", "400.0"),)),
    # ---- losses
    "no_hinge": Piece(
        "D's loss without a hinge: E(real) - E(fake)",
        ("discriminator_loss",),
        added=discriminator_loss("-energy_fake.mean()"),
    ),
    "hinge_turned": Piece(
        "D's hinge turned round: max(0, E(fake) - m)",
        ("discriminator_loss",),
        added=discriminator_loss("torch.relu(energy_fake - config.margin).mean()"),
    ),
    "generator_hinge": Piece(
        "G minimises D's hinge, so that it raises its energy",
        ("generator_loss",),
        added=generator_loss("torch.relu(config.margin - energy(recon, fake)).mean()"),
    ),
    "pull_away_on_pixels": Piece(
        "the pull-away term of images in place of codes",
        ("generator_loss",),
        added=generator_loss("energy(recon, fake).mean()", "pull_away(fake.flatten(1))"),
    ),
    "pull_away_summed": Piece(
        "the pull-away term summed over pairs in place of averaged",
        ("pull_away",),
        added=pull_away("unit = nn.functional.normalize(code, dim=1)", "return (unit @ unit.T).square().sum() - n"),
    ),
    "pull_away_heavy": Piece(
        "a pull-away weight of 100",
        ("pull_away_weight",),
        (setting("pull_away_weight: float", "0.1", "100.0"),),
    ),
    "began_stuck": Piece(
        "BEGAN's objective, its k stuck at 0",
        ("objective", "discriminator_loss"),
        added=BEGAN_STUCK,
    ),
    # ---- optimisers
    "generator_rate": Piece(
        "G's learning rate 5e-2",
        ("optimizer.generator",),
        (setting("generator_lr: float", "1e-3", "5e-2"),),
    ),
    "discriminator_rate": Piece(
        "D's learning rate 5e-2",
        ("optimizer.discriminator",),
        (setting("discriminator_lr: float", "1.5e-3", "5e-2"),),
    ),
    "optimisers_exchanged": Piece(
        "each optimiser has the other net's parameters",
        OPTIMISERS,
        added="""
def optimizers(
    generator: nn.Module, discriminator: nn.Module, config: Config
) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    return (
        torch.optim.Adam(discriminator.parameters(), lr=config.generator_lr, betas=config.betas),
        torch.optim.Adam(generator.parameters(), lr=config.discriminator_lr, betas=config.betas),
    )
""",
    ),
    "generator_momentum": Piece(
        "SGD for G at Adam's learning rate",
        ("optimizer.generator",),
        added="""
def optimizers(
    generator: nn.Module, discriminator: nn.Module, config: Config
) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    return (
        torch.optim.SGD(generator.parameters(), lr=config.generator_lr, momentum=config.betas[0]),
        torch.optim.Adam(discriminator.parameters(), lr=config.discriminator_lr, betas=config.betas),
    )
""",
    ),
    # ---- latent, initial weights, settings
    "latent_shared": Piece(
        "one latent for the whole batch",
        ("latent",),
        added="""
def sample_latent(count: int, config: Config, rng: torch.Generator) -> Tensor:
    return torch.randn(1, config.latent_dim, generator=rng).expand(count, -1)
""",
    ),
    "latent_too_small": Piece(
        "latents of length 1",
        ("latent", "generator", "generator.project.0"),
        (setting("latent_dim: int", "32", "1"),),
    ),
    "gain_drawn": Piece(
        "every weight and BatchNorm gain from N(0, .02)",
        ("initialise",),
        added=initialise(
            'if hasattr(layer, "weight"):',
            "    nn.init.normal_(layer.weight, 0.0, 0.02)",
            "    nn.init.zeros_(layer.bias)",
        ),
    ),
    "init_wide": Piece(
        "weights from N(0, 1)",
        ("initialise",),
        added=initialise(
            "if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):",
            "    nn.init.normal_(layer.weight)",
        ),
    ),
    "pixels_to_255": Piece(
        "data from 0 to 255, as images come from a file",
        ("pixel_range",),
        (setting("pixel_range: tuple[float, float]", "(-1.0, 1.0)", "(0.0, 255.0)"),),
    ),
    "batch_of_two": Piece("batches of 2", ("batch_size",), (setting("batch_size: int", "64", "2"),)),
    # ---- the step
    "no_zero_grad": Piece(
        "a step that never clears D's gradients, which G's loss fills too",
        ("train_step",),
        added=train_step(STEP.replace("    discriminator_opt.zero_grad()\n", "")),
    ),
    "one_backward": Piece(
        "a step with one backward pass of both losses for both nets", ("train_step",), added=train_step(JOINT_STEP)
    ),
    "discriminator_never": Piece(
        "a step that never updates D",
        ("train_step",),
        added=train_step(STEP.replace("    discriminator_opt.step()\n", "")),
    ),
    # ---- halves of joint faults
    "batchnorm_decoder": Piece(
        "BatchNorm inside D's decoder",
        ("discriminator.decoder.1",),
        (line("nn.Linear(32, 512)", "nn.Linear(32, 512)", "nn.BatchNorm1d(512)"),),
    ),
    "init_small": Piece(
        "weights from N(0, .02)",
        ("initialise",),
        added=initialise(
            "if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):",
            "    nn.init.normal_(layer.weight, 0.0, 0.02)",
            "    nn.init.zeros_(layer.bias)",
        ),
    ),
    "no_batchnorm": Piece(
        "no BatchNorm in G",
        ("generator.project.2", "generator.upsample.1"),
        (line("nn.BatchNorm2d(32)"), line("nn.BatchNorm2d(16)")),
    ),
    # ---- harmless: the same computation in other words
    "energy_loop": Piece(
        "energy by nn.functional.mse_loss",
        ("energy",),
        added=energy('return nn.functional.mse_loss(recon, x, reduction="none").mean(dim=(1, 2, 3))'),
    ),
    "losses_written": Piece(
        "both losses written out",
        ("discriminator_loss", "generator_loss"),
        added=discriminator_loss("torch.clamp(config.margin - energy_fake, min=0).mean()")
        + "\n"
        + generator_loss("energy(recon, fake).mean()"),
    ),
    "step_written": Piece("the step written out", ("train_step",), added=train_step(STEP)),
    "functional": Piece(
        "D's activations as functions, its images flattened in forward",
        ("discriminator",),
        (
            (
                """        self.encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, 256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 32),
        )
        self.decoder = nn.Sequential(
            nn.Linear(32, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 28 * 28),
            nn.Unflatten(1, (1, 28, 28)),
        )
""",
                """        self.first = nn.Linear(28 * 28, 256)
        self.to_code = nn.Linear(256, 32)
        self.from_code = nn.Linear(32, 512)
        self.last = nn.Linear(512, 28 * 28)
""",
            ),
            (
                """        code: Tensor = self.encoder(images)
        reconstruction: Tensor = self.decoder(code)
""",
                """        hidden = nn.functional.leaky_relu(self.first(images.flatten(1)), 0.2)
        code: Tensor = self.to_code(hidden)
        hidden = nn.functional.leaky_relu(self.from_code(code), 0.2)
        reconstruction: Tensor = self.last(hidden).view_as(images)
""",
            ),
        ),
    ),
    # ---- harmless: another computation that changes nothing at the budget
    "pull_away_dead": Piece(
        "the pull-away term divided by one norm of all codes: no gradient",
        ("pull_away",),
        added=pull_away("unit = code / code.abs().sum()", "return ((unit @ unit.T).sum() - n) / (n * (n - 1))"),
    ),
    "pull_away_unsquared": Piece(
        "the pull-away term without its square",
        ("pull_away",),
        added=pull_away(
            "unit = code / code.norm(dim=1, keepdim=True)", "return ((unit @ unit.T).sum() - n) / (n * (n - 1))"
        ),
    ),
    "pull_away_off": Piece(
        "no pull-away term",
        ("pull_away_weight",),
        (setting("pull_away_weight: float", "0.1", "0.0"),),
    ),
    "target_detached": Piece(
        "G's energy against a detached target",
        ("generator_loss",),
        added=generator_loss("energy(recon, fake.detach()).mean()"),
    ),
    "hinge_on_mean": Piece(
        "the hinge on the batch's mean energy",
        ("discriminator_loss",),
        added=discriminator_loss("torch.relu(config.margin - energy_fake.mean())"),
    ),
    "latent_uniform": Piece("latents from U[-1, 1]", ("latent",), (setting("latent: str", '"normal"', '"uniform"'),)),
    "latent_longer": Piece("latents of length 64", ("latent", "generator"), (setting("latent_dim: int", "32", "64"),)),
    "margin_near": Piece("a margin of .8", ("margin",), (setting("margin: float", "1.0", "0.8"),)),
    "relu_discriminator": Piece(
        "ReLU in place of LeakyReLU in D's encoder",
        ("discriminator.encoder.2",),
        (
            (
                "nn.Linear(28 * 28, 256),\n            nn.LeakyReLU(0.2),",
                "nn.Linear(28 * 28, 256),\n            nn.ReLU(),",
            ),
        ),
    ),
    "wider_discriminator": Piece(
        "320 units in place of 256 in D's encoder",
        ("discriminator.encoder.1", "discriminator.encoder.3"),
        (
            line("nn.Linear(28 * 28, 256)", "nn.Linear(28 * 28, 320)"),
            line("nn.Linear(256, 32)", "nn.Linear(320, 32)"),
        ),
    ),
    "batchnorm_epsilon": Piece(
        "BatchNorm2d(16, 0.8) in G: .8 is taken for eps",
        ("generator.upsample.1",),
        (line("nn.BatchNorm2d(16)", "nn.BatchNorm2d(16, 0.8)"),),
    ),
    "leaky_generator": Piece(
        "LeakyReLU in place of a ReLU in G",
        ("generator.project.3",),
        (
            (
                "nn.BatchNorm2d(32),\n            nn.ReLU(),",
                "nn.BatchNorm2d(32),\n            nn.LeakyReLU(0.2),",
            ),
        ),
    ),
    "batch_of_48": Piece("batches of 48", ("batch_size",), (setting("batch_size: int", "64", "48"),)),
    "xavier": Piece(
        "Xavier's initial weights",
        ("initialise",),
        added=initialise(
            "if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):",
            "    nn.init.xavier_uniform_(layer.weight)",
        ),
    ),
    "rates_near": Piece(
        "learning rates a fifth higher and lower",
        OPTIMISERS,
        (setting("generator_lr: float", "1e-3", "1.2e-3"), setting("discriminator_lr: float", "1.5e-3", "1.2e-3")),
    ),
}

"""Rules on layers, initial weights and settings: each planted defect is named once, and nothing innocent is."""

from __future__ import annotations

from pathlib import Path

import pytest
import rewrites
import variants
from planted import findings, looked_at
from rewrites import replaced
from test_differences import line_of

from ebdiag.diagnose import diagnose
from ebdiag.rules.nets import batchnorm_arguments, code_too_narrow, code_too_wide, dead_at_init, normalisation_missing
from ebdiag.rules.settings import latent_differs, latent_too_small, learning_rates_differ, no_difference
from ebdiag.rules.start import init_not_applied, init_out_of_scale
from ebdiag.store import Store

OWN = {
    rule.__name__.replace("_", "-")
    for rule in (batchnorm_arguments, code_too_narrow, code_too_wide, dead_at_init, normalisation_missing,
                 latent_differs, latent_too_small, learning_rates_differ, no_difference, init_not_applied,
                 init_out_of_scale)
}  # fmt: skip

TINY, CONV = variants.TINY, rewrites.FUNCTIONS
RATES = "    generator_lr: float = {}\n    discriminator_lr: float = {}\n"


def rated(generator: float, discriminator: float) -> str:
    return TINY.replace(
        "    margin: float = 1.0\n", "    margin: float = 1.0\n" + RATES.format(generator, discriminator)
    )


def initialised(body: str, text: str = TINY) -> str:
    return text + f"\n\ndef initialise(module):\n    for layer in module.modules():\n{body}"


SEQUENTIAL = TINY.replace(
    "nn.Linear(784, 16))", "nn.Linear(784, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 16))"
)

PLANTED: dict[str, tuple[str, str, str, str]] = {
    # code-too-wide
    "a dense code of 784": (
        TINY, replaced(TINY, ("Linear(784, 16)", "Linear(784, 784)"), ("Linear(16, 784)", "Linear(784, 784)")),
        "code-too-wide", "nn.Linear(784, 784))"),
    "a code of feature maps": (
        TINY, replaced(TINY, ("nn.Sequential(nn.Flatten(), nn.Linear(784, 16))", "nn.Conv2d(1, 8, 4, 2, 1)"),
                       ("nn.Linear(16, 784)", "nn.ConvTranspose2d(8, 1, 4, 2, 1)")),
        "code-too-wide", "nn.Conv2d(1, 8, 4, 2, 1)"),
    # code-too-narrow
    "a code of 2": (
        TINY, replaced(TINY, ("nn.Linear(784, 16)", "nn.Linear(784, 2)"), ("nn.Linear(16, 784)", "nn.Linear(2, 784)")),
        "code-too-narrow", "nn.Linear(784, 2)"),
    "a code that is found by looking": (
        TINY, replaced(TINY, ("nn.Linear(784, 16)", "nn.Linear(784, 99), nn.Linear(99, 3), nn.Linear(3, 99)"),
                       ("nn.Linear(16, 784)", "nn.Linear(99, 784)"), ("view_as(x), code", "view_as(x)")),
        "code-too-narrow", "nn.Linear(99, 3)"),
    # latent-too-small
    "three latents": (
        TINY, replaced(TINY, ("dim: int = 8", "dim: int = 3")), "latent-too-small", "latent_dim: int = 3"),
    "a tenth of the reference's": (
        replaced(TINY, ("dim: int = 8", "dim: int = 50")), replaced(TINY, ("dim: int = 8", "dim: int = 5")),
        "latent-too-small", "latent_dim: int = 5"),
    # latent-differs
    "another distribution": (
        TINY, replaced(TINY, ("    batch_size", '    latent: str = "uniform"\n    batch_size')), "latent-differs",
        'latent: str = "uniform"'),
    "latents of its own": (
        TINY, TINY + "\n\ndef sample_latent(count, config, rng):\n    return 2 * torch.rand(count, 8, generator=rng)\n",
        "latent-differs", "def sample_latent"),
    # init-not-applied
    "a filter that finds nothing": (
        TINY, initialised("        if 'conv' in type(layer).__name__:\n            layer.weight.data.normal_()\n"),
        "init-not-applied", "def initialise"),
    "new tensors in place of writing": (
        TINY, TINY + "\n\ndef initialise(module):\n    for parameter in module.parameters():\n"
        "        parameter = torch.randn(parameter.shape) * 0.02\n",
        "init-not-applied", "def initialise"),
    "a filter that misses the dense layers": (
        CONV, initialised("        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):\n"
                          "            nn.init.normal_(layer.weight, 0, 0.02)\n", CONV),
        "init-not-applied", "def initialise"),
    "transposed convolutions forgotten": (
        rewrites.COMPACT, initialised("        if type(layer) in (nn.Linear, nn.Conv2d):\n"
                                      "            nn.init.xavier_normal_(layer.weight)\n", rewrites.COMPACT),
        "init-not-applied", "def initialise"),
    # init-out-of-scale
    "weights from N(0, 1)": (
        TINY, initialised("        if isinstance(layer, nn.Linear):\n            nn.init.normal_(layer.weight)\n"),
        "init-out-of-scale", "self.encoder = "),
    "own parameters from N(0, 1)": (
        TINY, replaced(TINY, ("decoder = nn.Linear(16, 784)", "decoder = nn.Parameter(9 * torch.randn(784, 16))"),
                       ("return self.decoder(code)", "return nn.functional.linear(code, self.decoder)")),
        "init-out-of-scale", "return nn.functional.linear(code, self.decoder)"),
    "gains from N(0, .02)": (
        SEQUENTIAL, initialised("        if hasattr(layer, 'weight'):\n"
                                "            nn.init.normal_(layer.weight, 0, 0.02)\n", SEQUENTIAL),
        "init-out-of-scale", "nn.BatchNorm1d(64),\n"),
    "gains from N(0, 1)": (
        SEQUENTIAL, replaced(SEQUENTIAL, ("        self.decoder", "        nn.init.normal_(self.encoder[2].weight)\n"
                                          "        self.decoder")),
        "init-out-of-scale", "self.encoder = "),
    "all weights equal": (
        TINY, initialised("        if type(layer) is nn.Linear:\n            nn.init.constant_(layer.weight, 0.01)\n"),
        "init-out-of-scale", "nn.Linear(config.latent_dim, 64)"),
    "a factor at the end": (
        TINY, replaced(TINY, ("return self.decoder(code)", "return 99 * self.decoder(code)")), "init-out-of-scale",
        "class Discriminator"),
    # batchnorm-arguments
    "eps for momentum in the generator": (
        TINY, replaced(TINY, ("nn.BatchNorm1d(64)", "nn.BatchNorm1d(64, 0.8)")), "batchnorm-arguments",
        "nn.BatchNorm1d(64, 0.8)"),
    "eps for momentum in the discriminator, a function": (
        CONV, replaced(CONV, ("features = self.norm(features)", "features = F.instance_norm(features, eps=0.1)")),
        "batchnorm-arguments", "features = F.instance_norm"),
    # normalisation-missing
    "no BatchNorm in the generator": (
        TINY, replaced(TINY, ("            nn.BatchNorm1d(64),\n", "")), "normalisation-missing",
        "nn.Linear(config.latent_dim, 64)"),
    "no GroupNorm in the discriminator": (
        CONV, replaced(CONV, ("        features = self.norm(features)\n", "")), "normalisation-missing",
        "self.deeper = "),
    # learning-rates-differ
    "rates swapped": (rated(1e-3, 2e-3), rated(2e-3, 1e-3), "learning-rates-differ", "generator_lr: float = 0.002"),
    "a rate of .05": (TINY, rated(1e-3, 0.05), "learning-rates-differ", "discriminator_lr: float = 0.05"),
    "a slower rate, own optimisers": (
        TINY, TINY + "\n\ndef optimizers(g, d, config):\n    adam = torch.optim.Adam\n"
        "    return [adam(net.parameters(), lr, (0.5, 0.999)) for net, lr in ((g, 1e-4), (d, 1e-3))]\n",
        "learning-rates-differ", "def optimizers"),
    # dead-at-init
    "a bias far below zero": (
        TINY, replaced(SEQUENTIAL, ("        self.decoder", "        nn.init.constant_(self.encoder[2].bias[:60], -9)\n"
                                    "        self.decoder")),
        "dead-at-init", "self.encoder = "),
    "relu on a code of negative numbers": (
        TINY, replaced(TINY, ("code = self.encoder(x)", "code = torch.relu(self.encoder(x) - 9)")), "dead-at-init",
        "code = torch.relu"),
    # no-difference
    "the same file": (TINY, TINY, "no-difference", ""),
    "the same but for names": (TINY, replaced(TINY, ("self.encoder", "self.squeeze")), "no-difference", ""),
}  # fmt: skip
"""Name → (the reference, mine, the slug, what stands on the first line that the finding names)."""


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_named_once(name: str) -> None:
    """By its slug, about mine, at its line, in whole sentences; and no other error is."""
    ref, mine, slug, place = PLANTED[name]
    found = [finding for finding in findings(ref, mine) if finding.variant == "mine"]
    [planted] = [finding for finding in found if finding.rule == slug]
    assert [finding.rule for finding in found if finding.severity == "error"] in ([], [slug])
    others = {"init-out-of-scale", "code-too-wide", "learning-rates-differ", "normalisation-missing"} - {slug}
    assert not others & {finding.rule for finding in found if finding.severity in ("error", "warning", "deviation")}
    for text in (planted.title, planted.explanation, planted.advice):
        assert text
        assert "n/a" not in text
    if place:
        assert (planted.lines[0].file, planted.lines[0].line) == ("mine.py", line_of(mine, place))


ROOT = rewrites.MODELS.parent
MODELS = {path.stem: path.read_text() for folder in ("reference_models", "user_models")
          for path in sorted((ROOT / folder).glob("*.py")) if "class Generator" in path.read_text()}  # fmt: skip

TRUE_OF = {
    "learning_rate_too_high": {("warning", "learning-rates-differ")},
    "small_init_no_batchnorm": {("deviation", "normalisation-missing")},
}
"""What is said of the models beside notes, against the compact reference."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "ebgan_conv64")) for name in MODELS]
)
def test_models_of_the_repository_are_judged_as_they_are(name: str) -> None:
    """Nothing above a note but what is true of them; the innocents have no error."""
    said = {
        (finding.severity, finding.rule)
        for finding in findings(rewrites.COMPACT, MODELS[name])
        if finding.variant == "mine" and finding.rule in OWN and finding.severity != "note"
    }
    alone = {
        (finding.severity, finding.rule)
        for finding in findings(MODELS[name], MODELS[name])
        if finding.rule in OWN and finding.severity != "note"
    }
    if (ROOT / "reference_models" / f"{name}.py").exists():
        assert alone == set()
    else:
        assert (said, alone) == (TRUE_OF.get(name, set()), set())


@pytest.mark.parametrize("name", rewrites.HARMLESS)
def test_a_harmless_rewrite_has_no_finding_of_its_own(name: str) -> None:
    """No error, warning or deviation that the original lacks; and the note that nothing differs."""
    ref, mine = rewrites.HARMLESS[name]
    found = findings(ref, mine)
    rules = {side: sorted((finding.rule, finding.severity) for finding in found if finding.variant == side
                          and finding.severity != "note") for side in ("ref", "mine")}  # fmt: skip
    assert rules["mine"] == rules["ref"]
    assert [finding.rule for finding in found if finding.rule == "no-difference"] == ["no-difference"]


@pytest.mark.parametrize(
    "body",
    [
        "nn.init.normal_(layer.weight, 0, 0.02)", "nn.init.kaiming_normal_(layer.weight)",
        "nn.init.xavier_uniform_(layer.weight)", "nn.init.normal_(layer.weight, 0, 0.002)",
        "nn.init.orthogonal_(layer.weight)",
    ],
)  # fmt: skip
def test_usual_initialisations_are_fine(body: str) -> None:
    """DCGAN's, He's, Xavier's and the paper's, of weights of all shapes."""
    every = "        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):\n"
    text = initialised(f"{every}            {body}\n", CONV)
    assert not OWN & {finding.rule for finding in findings(text, text) if finding.severity != "note"}


def test_advice_says_what_to_write() -> None:
    """The line, the text to replace, and by what."""
    mine = PLANTED["eps for momentum in the generator"][1]
    [found] = [finding for finding in findings(TINY, mine) if finding.rule == "batchnorm-arguments"]
    place = f"mine.py:{line_of(mine, 'nn.BatchNorm1d(64, 0.8)')}"
    assert found.advice.startswith("Replace `BatchNorm1d(64, eps=0.8, momentum=0.1")
    assert found.advice.endswith(f"` at {place} by `nn.BatchNorm1d(64)`, or write `momentum=0.800`.")
    assert Path(found.lines[0].file).name == "mine.py"


def test_facts_out_of_the_store_are_judged_as_those_just_found(tmp_path: Path) -> None:
    """JSON with sorted keys changes no finding and no difference."""
    ref, mine, _, _ = PLANTED["gains from N(0, .02)"]
    for text in (ref, mine):
        variant, facts = looked_at(text, "mine.py")
        store = Store(tmp_path)
        store.save_facts("key", facts)
        kept = store.load_facts("key")
        assert kept == facts
        found = [
            [row.model_dump() for row in diagnose(*both, [])]
            for both in (
                ({"ref": variant, "mine": variant}, {"ref": facts, "mine": facts}),
                ({"ref": variant, "mine": variant}, {"ref": kept, "mine": kept}),
            )
        ]
        assert found[0] == found[1]

"""Initial weights that an init function did not reach, or that have no sensible size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ebdiag.kinds import NETS
from ebdiag.records import Line
from ebdiag.result import Finding

from .case import Case, finding

WIDE = 10.0
"""Times the spread of PyTorch's default. He's and Xavier's are 2.4 times it at most, DCGAN's N(0, .02) below 10 up to
83,000 inputs a unit; N(0, 1) is 48 times it on 784 pixels."""

GAIN = 0.5
"""BatchNorm starts with gains of 1, DCGAN's from N(1, .02). A mean below one half shrinks what it has just normalised,
a spread above one half turns the sign of some units."""

ENERGY = 100.0
"""Black images have an energy of 1 at most on a pixel range of width 2. He's initialisation of a last transposed
convolution comes to 16 with 64 channels, which training mends; at a hundred pixels are ten times the range away."""


@dataclass(frozen=True)
class _Weight:
    """The largest parameter of a layer with weights or of a normalisation."""

    net: str
    layer: dict[str, Any]
    init: dict[str, Any]

    @property
    def line(self) -> Line | None:
        line = self.layer["line"]
        return Line(line["file"], line["line"]) if line else None

    @property
    def ratio(self) -> float:
        """Times the spread of PyTorch's default; 1 where that is not known."""
        expected = self.init["expected_std"]
        return float(self.init["std"] / expected) if expected else 1.0


def init_not_applied(case: Case) -> list[Finding]:
    """`initialise` changes no weights, or misses some layers.

    Severity: warning where it changes nothing; deviation where some layers keep what their constructor drew.

    What it measures: Which weights of linear and convolutional layers are other after `initialise` than before.

    How to read it: Init functions often ask for the name or the type of a layer, and one that matches nothing does
    nothing, silently. So does one that assigns new tensors to names instead of writing into the weights.

    Unit and range: Number of layers.

    Known problems: Leaving layers out may be meant so. Biases and normalisation are not looked at. An init function
    that a constructor calls cannot be told from the constructor.

    Advice: Ask with `isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))`, and write into `layer.weight`.

    Cost: None beside a hash of each parameter.

    Source: Public code.
    """
    if case.variant.parts["initialise"].line is None:
        return []
    weights = list(_weights(case, "weights"))
    missed = [weight for weight in weights if not weight.init["changed"]]
    if not missed:
        return []
    nothing = len(missed) == len(weights)
    types = list(dict.fromkeys(weight.layer["type"] for weight in missed))
    return [
        finding(case, "init-not-applied", "warning" if nothing else "deviation", part="initialise",
                wording="init-not-applied.nothing" if nothing else "init-not-applied.missed",
                lines=[case.line("initialise"), *([] if nothing else [weight.line for weight in missed])],
                layers=len(weights), missed=len(missed), types=types)
    ]  # fmt: skip


def init_out_of_scale(case: Case) -> list[Finding]:
    """Initial weights are far too large, all equal, or a normalisation's gains are not near 1.

    Severity: warning.

    What it measures: The spread of each weight matrix in units of PyTorch's default for that layer, from 10 on, or 0;
    mean and spread of the gains of normalisations; the energy of real images at step 0, from 100 on.

    How to read it: Weights ten times as wide blow signals up layer by layer: a generator's tanh stands at its ends and
    hands no gradient on, reconstructions leave the range of the data. Weights that are all equal make all units of a
    layer the same unit for ever. Gains from N(0, .02) or N(0, 1) in place of N(1, .02) silence units or turn them.

    Unit and range: Ratio of standard deviations; energies as the mean of squares on a pixel range of width 2.

    Known problems: Weights that are too small are not named: the paper draws the discriminator's from N(0, .002), and
    N(0, .02) is fine. Gains of exactly 0 may be meant so in residual nets.

    Advice: Leave PyTorch's initialisation, or draw from N(0, .02); leave normalisations their ones and zeros.

    Cost: None: mean and spread of the weights.

    Source: Radford, Metz, Chintala 2015 (arXiv:1511.06434) for N(0, .02); He et al. 2015 (arXiv:1502.01852); Glorot,
    Bengio 2010 for the size of signals.
    """
    large = [weight for weight in _weights(case, "weights") if weight.ratio > WIDE]
    equal = [weight for weight in _weights(case, "weights") if weight.init["std"] == 0 and weight.init["count"] > 1]
    gains = [
        weight for weight in _weights(case, "normalisation")
        if abs(weight.init["mean"]) < GAIN or weight.init["std"] > GAIN
    ]  # fmt: skip
    energy = case.facts.yardsticks.get("start")
    for says, found in (("large", large), ("equal", equal), ("gain", gains)):
        if found:
            worst = max(found, key=lambda weight: weight.ratio)
            return [
                finding(case, "init-out-of-scale", "warning", part=worst.net, wording=f"init-out-of-scale.{says}",
                        lines=[worst.line, case.line("initialise"), *(weight.line for weight in found)],
                        type=worst.layer["type"], path=worst.layer["path"], std=worst.init["std"],
                        mean=worst.init["mean"], expected_std=worst.init["expected_std"], ratio=worst.ratio,
                        layers=len(found), energy=energy)
            ]  # fmt: skip
    if energy is not None and energy > ENERGY:
        return [
            finding(case, "init-out-of-scale", "warning", part="discriminator", wording="init-out-of-scale.energy",
                    energy=energy)
        ]  # fmt: skip
    return []


def _weights(case: Case, kind: str) -> Iterator[_Weight]:
    """The largest parameter of each layer of a kind, `weight` before `bias`: a matrix, or a normalisation's gains."""
    for net in NETS:
        for layer in case.facts.layers.get(net, []):
            if layer.get("kind") == kind and layer["init"]:
                yield _Weight(net, layer, max(layer["init"], key=lambda init: init["count"]))

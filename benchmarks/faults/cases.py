"""The cases of the fault benchmark: which pieces make up each, and which answer is right.

A case is a reference model with pieces (`pieces.py`) put into it. What is right to name follows from the pieces;
whether a case belongs to the tuning or the reporting half, from a hash of its slug.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .pair_pieces import PAIR_FAULTS, PAIR_HARMLESS, PAIRS
from .pieces import PT, Piece

ROOT = Path(__file__).parent.parent.parent
BUDGET = ("--budget", "quick")
"""500 steps on seeds 0, 1, 2: where `ebgan_pt` and `contrastive` work on every seed."""

NETS = ("generator", "discriminator", "encoder")

PIECES: Mapping[str, Piece] = {**PT, **PAIRS}

Kind = Literal["single", "hidden", "joint", "redundant", "harmless"]
Half = Literal["tuning", "reporting"]


@dataclass(frozen=True)
class Case:
    """A variant file and what is wrong with it.

    Attributes:
        slug: Its name; the file is `SLUG.py`.
        kind: `single`: one fault, nothing else. `hidden`: one fault among five harmless differences or more. `joint`:
            two differences that break only together. `redundant`: two faults, each of which breaks alone. `harmless`.
        faults, harmless: Names of pieces.
        base: The reference model it starts from.
    """

    slug: str
    kind: Kind
    faults: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    base: str = "ebgan_pt"

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Everything that is put into the base, the faults first."""
        return tuple(PIECES[name] for name in (*self.faults, *self.harmless))

    @property
    def accepted(self) -> tuple[tuple[str, ...], ...]:
        """For each fault the names, each of which names it; a joint fault is named by one of each.

        Of two faults at a time the net of each is enough: layers are sought where one net alone is to blame.
        """
        names = [PIECES[name].names for name in self.faults]
        if self.kind in ("joint", "redundant"):
            names = [(*own, *(net for net in NETS if any(one.startswith(f"{net}.") for one in own))) for own in names]
        return tuple(names)

    @property
    def description(self) -> str:
        """In words."""
        return "; ".join(piece.what for piece in self.pieces)

    @property
    def order(self) -> bytes:
        """The place in the order in which cases are traced: a hash, so that a part of them is a random sample."""
        return hashlib.sha256(self.slug.encode()).digest()[1:]

    @property
    def half(self) -> Half:
        """Thresholds are set on the tuning half; the other is reported."""
        return "tuning" if hashlib.sha256(self.slug.encode()).digest()[0] % 2 else "reporting"

    @property
    def rests_on(self) -> tuple[tuple[Kind, tuple[str, ...]], ...]:
        """Kind and pieces of the cases that have to be what they claim before this one is."""
        if self.kind == "joint":
            return tuple(("harmless", (name,)) for name in self.faults)
        if self.kind == "redundant":
            return tuple(("single", (name,)) for name in self.faults)
        return (("single", self.faults), ("harmless", self.harmless)) if self.kind == "hidden" else ()

    def source(self) -> str:
        """The text of the variant file."""
        base = (ROOT / "reference_models" / f"{self.base}.py").read_text("utf-8")
        text = base[base.index("from dataclasses import") :]
        for piece in self.pieces:
            for old, new in piece.exchanges:
                assert text.count(old) == 1, f"{self.slug}: {self.base} does not say, once: {old!r}"
                text = text.replace(old, new)
        added = "".join(f"\n{piece.added}" for piece in self.pieces if piece.added)
        if "torch." in added and "\nimport torch\n" not in text:
            text = text.replace("from torch import", "import torch\nfrom torch import", 1)
        title = self.description[0].upper() + self.description[1:]
        return f'"""{title}."""\n\n{text}{added}'

    def write(self, folder: Path) -> Path:
        """Write the file, unless it stands there already as it should."""
        folder.mkdir(parents=True, exist_ok=True)
        path, text = folder / f"{self.slug}.py", self.source()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
        return path


SINGLE = (
    "sigmoid_generator", "relu_before_tanh", "frozen_statistics", "bottleneck_generator",
    "sigmoid_decoder", "relu_decoder", "batchnorm_input",
    "energy_summed", "energy_norm", "energy_cross_entropy", "margin_too_small", "margin_too_large",
    "no_hinge", "hinge_turned", "generator_hinge", "pull_away_summed", "pull_away_heavy", "began_stuck",
    "discriminator_rate", "optimisers_exchanged", "generator_momentum",
    "latent_shared", "latent_too_small", "init_wide", "pixels_to_255", "batch_of_two",
    "no_zero_grad", "one_backward", "discriminator_never",
)  # fmt: skip

REWRITES = ("energy_loop", "losses_written", "step_written", "functional")

WITHOUT_EFFECT = (
    "pull_away_dead", "pull_away_unsquared", "pull_away_off", "pull_away_on_pixels", "target_detached", "hinge_on_mean",
    "latent_longer", "relu_discriminator", "batchnorm_epsilon", "xavier", "broadcast", "code_too_narrow",
    "batchnorm_output", "batchnorm_decoder", "init_small", "generator_rate", "no_batchnorm", "gain_drawn",
)  # fmt: skip
"""Some look harmful, and are without effect on this model at this budget."""

CROWDS = {
    "first": (
        "pull_away_dead", "latent_longer", "batch_of_48", "leaky_generator", "init_small", "batchnorm_epsilon",
        "wider_discriminator",
    ),
    "second": (
        "pull_away_unsquared", "target_detached", "latent_uniform", "relu_discriminator", "batch_of_48",
        "batchnorm_epsilon", "rates_near",
    ),
    "third": (
        "pull_away_dead", "margin_near", "init_small", "leaky_generator", "latent_longer", "wider_discriminator",
        "batchnorm_epsilon",
    ),
    "fourth": (
        "leaky_generator", "pull_away_unsquared", "batchnorm_epsilon", "latent_longer", "init_small",
        "relu_discriminator", "rates_near",
    ),
}  # fmt: skip
"""Harmless differences, seven each: for faults to hide among, and harmless cases of their own.

The first, third and fourth were put together anew after each of their pieces had been tried alone: `xavier`,
`target_detached`, `pull_away_off` and `hinge_on_mean` do not work on every seed at this budget, and a crowd of them was
not harmless (docs/tracing.md says what a trace made of those).
"""

HIDDEN = {
    "first": "sigmoid_decoder",
    "second": "margin_too_small",
    "third": "hinge_turned",
    "fourth": "relu_before_tanh",
}

ALL = (
    *(Case(name, "single", (name,)) for name in SINGLE),
    *(Case(f"hidden_{fault}", "hidden", (fault,), CROWDS[crowd]) for crowd, fault in HIDDEN.items()),
    Case("joint_batchnorm_init", "joint", ("batchnorm_decoder", "init_small")),
    Case("joint_rate_no_batchnorm", "joint", ("no_batchnorm", "generator_rate")),
    Case("redundant_sigmoids", "redundant", ("sigmoid_generator", "sigmoid_decoder")),
    Case("redundant_energy_rate", "redundant", ("energy_summed", "discriminator_rate")),
    *(Case(name, "harmless", (), (name,)) for name in (*REWRITES, *WITHOUT_EFFECT)),
    *(Case(f"crowd_{name}", "harmless", (), pieces) for name, pieces in CROWDS.items()),
    *(Case(name, "single", (name,), base="contrastive") for name in PAIR_FAULTS),
    Case("pairs_redundant", "redundant", ("pairs_of_noise", "pairs_sixteen"), base="contrastive"),
    *(Case(name, "harmless", (), (name,), base="contrastive") for name in PAIR_HARMLESS),
)
CASES: Mapping[str, Case] = {case.slug: case for case in ALL}

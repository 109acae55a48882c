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

from .pieces import PT, Piece

ROOT = Path(__file__).parent.parent.parent
BUDGET = ("--budget", "quick")
"""500 steps on seeds 0, 1, 2: where `ebgan_pt` works on every seed."""

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
        return tuple(PT[name] for name in (*self.faults, *self.harmless))

    @property
    def accepted(self) -> tuple[tuple[str, ...], ...]:
        """For each fault the names, each of which names it; a joint fault is named by one of each."""
        return tuple(PT[name].names for name in self.faults)

    @property
    def description(self) -> str:
        """In words."""
        return "; ".join(piece.what for piece in self.pieces)

    @property
    def half(self) -> Half:
        """Thresholds are set on the tuning half; the other is reported."""
        return "tuning" if hashlib.sha256(self.slug.encode()).digest()[0] % 2 else "reporting"

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
    "sigmoid_generator", "relu_generator", "relu_before_tanh", "frozen_statistics", "bottleneck_generator",
    "sigmoid_decoder", "relu_decoder", "batchnorm_output", "batchnorm_input",
    "dropout_output", "code_too_narrow", "broadcast", "skip_connection",
    "energy_summed", "energy_norm", "energy_cross_entropy", "energy_batch_root",
    "margin_too_small", "margin_too_large", "no_hinge", "hinge_turned", "generator_hinge", "pull_away_on_pixels",
    "pull_away_summed", "pull_away_heavy", "began_stuck", "generator_rate", "discriminator_rate",
    "optimisers_exchanged", "generator_momentum", "latent_shared", "latent_too_small", "gain_drawn", "init_wide",
    "pixels_to_255", "batch_of_two", "many_updates", "one_update", "no_zero_grad", "one_backward",
    "discriminator_never",
)  # fmt: skip

HARMLESS = (
    "energy_loop", "losses_written", "step_written", "functional",
    "pull_away_dead", "pull_away_unsquared", "pull_away_off", "target_detached", "hinge_on_mean", "latent_uniform",
    "latent_longer", "margin_near", "relu_discriminator", "wider_discriminator", "batchnorm_epsilon",
    "leaky_generator", "batch_of_48", "xavier", "rates_near",
    "tanh_decoder", "margin_20", "margin_6", "batchnorm_decoder", "init_small", "no_batchnorm",
)  # fmt: skip

CROWDS = {
    "first": (
        "pull_away_dead", "latent_uniform", "batch_of_48", "leaky_generator", "xavier", "wider_discriminator",
        "target_detached",
    ),
    "second": (
        "pull_away_unsquared", "target_detached", "latent_uniform", "relu_discriminator", "batch_of_48",
        "batchnorm_epsilon", "rates_near",
    ),
    "third": (
        "pull_away_off", "margin_near", "xavier", "leaky_generator", "latent_uniform", "wider_discriminator",
        "batch_of_48",
    ),
    "fourth": (
        "leaky_generator", "hinge_on_mean", "pull_away_dead", "latent_uniform", "batch_of_48", "relu_discriminator",
        "rates_near",
    ),
}  # fmt: skip
"""Harmless differences, seven each, of as many parts: for faults to hide among, and harmless cases of their own."""

ALL = (
    *(
        Case(f"hidden_{fault}", "hidden", (fault,), CROWDS[crowd])
        for crowd, fault in (
            ("first", "sigmoid_decoder"),
            ("second", "margin_too_small"),
            ("third", "hinge_turned"),
            ("fourth", "relu_before_tanh"),
        )
    ),
    *(Case(f"crowd_{name}", "harmless", (), pieces) for name, pieces in CROWDS.items()),
    Case("joint_tanh_margin_20", "joint", ("tanh_decoder", "margin_20")),
    Case("joint_tanh_margin_6", "joint", ("tanh_decoder", "margin_6")),
    Case("joint_batchnorm_init", "joint", ("batchnorm_decoder", "init_small")),
    Case("joint_bare_generator", "joint", ("no_batchnorm", "init_small")),
    Case("redundant_sigmoids", "redundant", ("sigmoid_generator", "sigmoid_decoder")),
    Case("redundant_energy_rate", "redundant", ("energy_summed", "discriminator_rate")),
    *(Case(name, "single", (name,)) for name in SINGLE),
    *(Case(name, "harmless", (), (name,)) for name in HARMLESS),
)
CASES: Mapping[str, Case] = {case.slug: case for case in ALL}

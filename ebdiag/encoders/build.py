"""Contrastive variant → encoder, loss, prediction, pairs and optimiser."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ebdiag import defaults as shared
from ebdiag import initial, streams
from ebdiag.data import Images
from ebdiag.errors import EbdiagError, VariantError
from ebdiag.grower import Grower
from ebdiag.kernels import quicken
from ebdiag.kinds import of
from ebdiag.making import Living, construct, guarded, namespaces, with_config
from ebdiag.making import configs as configs_of
from ebdiag.measured import Measured
from ebdiag.records import Line, Recipe, Variant
from ebdiag.sandbox import blame

from . import defaults, pairs

HELD_OUT = 2_000
"""Held-out pairs of the data set: an AUROC of .5 has a standard error of .013 then."""

OWN_HELD_OUT = 500
"""Held-out pairs of a variant's own `pairs`: .026 then."""

SHARE = 0.5
"""Of held-out pairs of the data set half are the same."""


@dataclass(eq=False)
class Built(Living):
    """A contrastive variant come to life on a device; encoder and optimiser change while it trains.

    Attributes:
        loss: (first, second, same, config) → a scalar, or named ones to be summed.
        predict: (first, second, config) → (B,), bool or probabilities.
        own_pairs: The variant's own (count, rng, config) → pairs, or None.
        constructed: Net → {parameter name → how its values are distributed before `initialise`}.
        reads, calls: Config fields read and overrides called since construction ended (for `used`).
        lines: Module → the user's line that constructed it.
        scored: The latest scores, by updates and whether all was scored.
    """

    recipe: Recipe
    seed: int
    device: torch.device
    config: Any
    encoder: nn.Module
    optimizer: torch.optim.Optimizer
    loss: defaults.Loss
    predict: defaults.Predict
    own_pairs: Callable[..., Any] | None
    transform: Callable[..., Any] | None
    lines: dict[nn.Module, Line]
    constructed: dict[str, dict[str, initial.Spread]]
    reads: Counter[str]
    calls: Counter[str]
    scored: dict[tuple[int, bool], Measured] = field(default_factory=dict)

    @property
    def nets(self) -> dict[str, nn.Module]:
        """The encoder."""
        return {"encoder": self.encoder}

    @property
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """Its optimiser."""
        return {"encoder": self.optimizer}

    def embed(self, images: Tensor) -> Tensor:
        """Embeddings in the encoder's current mode, (B, d)."""
        found: Tensor = self.encoder(images)
        return found.flatten(1)

    def training_pairs(self, images: Images) -> pairs.Pairs:
        """The pairs that this variant trains on, the same for all seeds' twins: of its own source, or of the data set.

        Raises:
            VariantError: They cannot be had.
        """
        config = self.config
        if self.own_pairs is not None:
            return self._own(config.train_pairs, pairs.PAIRS)
        return self._of_data(images.train, images.train_labels, config.train_pairs, pairs.PAIRS)

    def held_out_pairs(self, images: Images) -> pairs.Pairs:
        """Pairs of held-out images of the data set: the same for all variants and seeds.

        Raises:
            EbdiagError: Its held-out images make none.
        """
        try:
            return pairs.drawn(
                self.pixels(images.held_out), images.held_out_labels, HELD_OUT,
                by="labels", share=SHARE, seed=0, purpose=pairs.HELD_OUT,
            )  # fmt: skip
        except ValueError as error:
            raise EbdiagError(
                f"its held-out images make no pairs to judge by: {error}", file=images.name,
                hint="give each class at least ten images", docs="docs/contrastive.md",
            ) from error  # fmt: skip

    def own_held_out_pairs(self) -> pairs.Pairs | None:
        """Pairs of the variant's own source that it does not train on; None where it has none."""
        return None if self.own_pairs is None else self._own(OWN_HELD_OUT, pairs.HELD_OUT)

    def _own(self, count: int, purpose: str) -> pairs.Pairs:
        assert self.own_pairs is not None
        seed = 0 if purpose == pairs.HELD_OUT else self.seed
        source = self.recipe.variant_of("pairs")
        line = source.parts["pairs"].line
        with streams.preserved_globals():
            streams.reseed_globals(seed, streams.USER_CODE, purpose)
            try:
                given = self.own_pairs(count, streams.generator(seed, purpose), self.config)
            except Exception as error:
                raise blame(error, [source], "pairs(count, rng, config) raised") from error
        try:
            return pairs.taken(given, count, tuple(self.config.image_shape), self.device)
        except (TypeError, ValueError) as error:
            raise VariantError(
                str(error), file=line.file if line else source.path, line=line.line if line else None,
                docs="docs/contrastive.md",
            ) from error  # fmt: skip

    def _of_data(self, images: np.ndarray, labels: np.ndarray | None, count: int, purpose: str) -> pairs.Pairs:
        config = self.config
        try:
            return pairs.drawn(
                self.pixels(images), labels, count,
                by=config.pairs_by, share=config.same_share, seed=self.seed, purpose=purpose,
            )  # fmt: skip
        except ValueError as error:
            source = self.recipe.variant_of("pairs")
            line = source.parts["pairs"].line
            raise VariantError(
                str(error), file=line.file if line else source.path, line=line.line if line else None,
                docs="docs/contrastive.md",
            ) from error  # fmt: skip


def build(
    recipe: Recipe, *, seed: int, device: str, fused: bool = False, kernels: str = "torch", spreads: bool = True
) -> Built:
    """Build a recipe's encoder, loss, prediction and optimiser.

    Args:
        recipe: The variant, with or without parts from others.
        seed: Decides the initial weights, together with each layer's kind, shape and rank.
        device: `cpu`, `cuda` or `mps`; weights are drawn on the CPU and moved.
        fused: Fused kernels for the default optimiser.
        kernels: `fast` for other orders of arithmetic in layers (`kernels.py`), else `torch`.
        spreads: Note how parameters are distributed before `initialise`.

    Raises:
        VariantError: User code raises, or cannot run as the contract says.
    """
    reads, calls = Counter[str](), Counter[str]()
    spaces = namespaces(recipe, {"contrastive_loss": defaults.contrastive_loss, "predict": defaults.predict})
    configs = configs_of(recipe, spaces, reads)
    files = frozenset(v.display(f) for v in spaces for f in v.files)
    config = configs[recipe.base]
    _check_counts(config, recipe)

    def override(name: str, part: str | None = None) -> Any | None:
        return spaces[recipe.variant_of(part or name)].get(name)

    with initial.construction_lines(files) as lines:

        def made(role: str, source: Variant, own: Any) -> tuple[nn.Module, dict[str, initial.Spread]]:
            """One variant's encoder as it starts, and how its parameters are distributed before `initialise`."""
            with initial.keyed(seed, role):
                net: nn.Module = construct(spaces[source].get("Encoder"), "Encoder", own, source)
            before = {name: initial.spread(p) for name, p in net.named_parameters()} if spreads or recipe.grafts else {}
            initialise = spaces[source].get("initialise")
            if initialise is not None:
                calls["initialise"] += 1
                with initial.keyed(seed, f"{role}.initialise"):
                    guarded(initialise, [source], "initialise(module) raised")(net)
            return net, before

        source = recipe.variant_of("encoder")
        if recipe.grafts:
            [graft] = recipe.grafts
            grower = Grower(recipe, graft, spaces, functools.partial(configs_of, recipe, spaces, reads), lines)
            encoder, constructed = grower.grown(made)
        else:
            encoder, constructed = made("encoder", source, configs[source])
    encoder = encoder.to(device)

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        own = configs[recipe.variant_of(name)]

        def call(*args: Any, **named: Any) -> Any:
            calls[name] += 1
            return function(*with_config(args, own, configs), **named)

        call.__name__ = name
        return call

    loss = counted("contrastive_loss", override("contrastive_loss") or defaults.contrastive_loss)
    predict = counted("predict", override("predict") or defaults.predict)
    own_pairs = override("pairs")
    for space in spaces.values():
        space.bind("contrastive_loss", loss)
        space.bind("predict", predict)
    if kernels == "fast":
        quicken(encoder)
    return Built(
        recipe=recipe, seed=seed, device=torch.device(device), config=config, encoder=encoder,
        optimizer=_optimizer(recipe, encoder, override("optimizer"), configs, calls, fused=fused),
        loss=loss, predict=predict, own_pairs=None if own_pairs is None else counted("pairs", own_pairs),
        transform=override("transform", "data"), lines=lines, constructed={"encoder": constructed},
        reads=reads, calls=calls,
    )  # fmt: skip


def _check_counts(config: Any, recipe: Recipe) -> None:
    """Refuse numbers of pairs and passes that are none."""
    part_of_field = of(recipe.base.kind).part_of_field
    for name in ("train_pairs", "epochs", "batch_size"):
        value = getattr(config, name)
        if isinstance(value, int) and value > 0:
            continue
        source = recipe.variant_of(part_of_field[name])
        line = source.config_lines.get(name)
        raise VariantError(
            f"Config.{name} must be a whole number above 0, got {value!r}", file=line.file if line else source.path,
            line=line.line if line else None, docs="docs/contrastive.md",
        )  # fmt: skip


def _optimizer(
    recipe: Recipe, encoder: nn.Module, own: Any, configs: dict[Variant, Any], calls: Counter[str], *, fused: bool
) -> torch.optim.Optimizer:
    source, net = recipe.variant_of("optimizer"), recipe.variant_of("encoder")
    if own is None:
        if next(encoder.parameters(), None) is None:
            line = net.parts["encoder"].line
            raise VariantError(
                "Encoder has nothing to train", file=line.file if line else net.path, line=line.line if line else None,
                expected="a net with parameters", got="none",
                hint="layers that a list or a dictionary holds are not seen: use nn.ModuleList or nn.ModuleDict",
                docs="docs/contrastive.md",
            )  # fmt: skip
        config = configs[source]
        return shared.optimizer(encoder, float(config.learning_rate), config.betas, fused=fused)
    calls["optimizer"] += 1
    chosen = guarded(own, [source], "optimizer(encoder, config) raised")(encoder, configs[source])
    if not hasattr(chosen, "step"):
        line = source.parts["optimizer"].line
        raise VariantError(
            "optimizer() must return an optimiser", file=line.file if line else source.path,
            line=line.line if line else None, expected="a torch.optim.Optimizer", got=type(chosen).__name__,
            docs="docs/contrastive.md",
        )  # fmt: skip
    optimizer: torch.optim.Optimizer = chosen
    return optimizer

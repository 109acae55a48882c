"""A hybrid's net as it starts: both variants' nets, each built and initialised whole, then grown together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from . import defaults, words
from .errors import VariantError
from .grafts import DoesNotFit, Source, drawn, grafted, source
from .initial import Spread
from .records import Graft, Line, Recipe, Variant
from .sandbox import Namespace
from .tape import LARGE, CannotRecord

if TYPE_CHECKING:
    Make = Callable[[str, Variant, Any], tuple[nn.Module, dict[str, Spread]]]


@dataclass(frozen=True)
class Grower:
    """One grafted net of a recipe.

    Both nets take latents as in their own variant, whoever's latents the hybrid has: a layer is grafted because its
    surroundings fit, not because its net would run there.

    Args:
        configs: Fields that each variant keeps its own of → Config of each.
    """

    recipe: Recipe
    graft: Graft
    spaces: Mapping[Variant, Namespace]
    configs: Callable[[tuple[str, ...]], Mapping[Variant, Any]]
    lines: Mapping[nn.Module, Line]

    def grown(self, made: Make) -> tuple[nn.Module, dict[str, Spread]]:
        """The net, and how its parameters are distributed before `initialise`.

        Raises:
            VariantError: The layers do not fit.
        """
        role, into = self.graft.net, self.recipe.variant_of(self.graft.net)
        configs = self.configs(("latent", "latent_dim"))
        sources, spreads = dict[Variant, Source](), dict[int, Spread]()
        try:
            for variant in dict.fromkeys((into, self.graft.donor)):
                net, before = made(role, variant, configs[variant])
                spreads |= {id(p): before[name] for name, p in net.named_parameters()}
                example = self._example(role, variant, configs[variant])
                sources[variant] = self._source(net, example, variant)
            pair = [sources[into], sources[self.graft.donor]]
            base = ("ref", "mine").index(self.graft.into)
            ref, mine = pair[::-1] if base else pair
            grown = grafted(ref, mine, base=base, stretches=self.graft.stretches)
        except (CannotRecord, DoesNotFit) as error:
            key = error.key if isinstance(error, CannotRecord) else "fit"
            line = into.parts[role].line
            raise VariantError(
                words.say(f"graft {key}", net=role, file=into.path),
                file=line.file if line else into.path,
                line=line.line if line else None,
            ) from error
        return grown, {name: spreads[id(p)] for name, p in grown.named_parameters()}

    def _source(self, net: nn.Module, example: Tensor, variant: Variant) -> Source:
        return source(net, example, self.lines, frozenset(variant.display(file) for file in variant.files))

    def _example(self, role: str, variant: Variant, config: Any) -> Tensor:
        if role == "generator":
            own = self.spaces[variant].get("sample_latent") or defaults.sample_latent
            return drawn(LARGE, lambda count, rng: own(count, config, rng))
        low, high = config.pixel_range
        rng = torch.Generator().manual_seed(0)
        images: Tensor = torch.rand((LARGE, *config.image_shape), generator=rng) * (high - low) + low
        return images

"""What is watched while an encoder trains. Nothing here runs the net: all comes from the update itself."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ebdiag.probes import Probe

from .defaults import cosine
from .step import PairMoment


def losses(moment: PairMoment) -> dict[str, Tensor]:
    """`loss.encoder.<term>`: the terms that the update descended.

    What it measures: the variant's own loss on the batch, before the update.
    How to read it: a floor that it does not pass is a property of the loss (`cosine-as-logit`) as often as of the net.
    Unit and range: the variant's own.
    Known problems: of one batch; a few hundred pairs are memorised without anything being learnt.
    Cost: none.
    Source: definition.
    """
    return {f"loss.{name}": value for name, value in moment.terms.items()}


def cosines(moment: PairMoment) -> dict[str, Tensor]:
    """`cosine.same`, `cosine.different`: mean cosine of the batch's pairs of each kind.

    What it measures: how alike the embeddings of pairs are that are the same, and of those that are not.
    How to read it: they should part; both near 1 is a collapse onto one direction.
    Unit and range: cosine, -1 to 1.
    Known problems: training pairs; held-out ones are scored at the checkpoints.
    Cost: one cosine a pair.
    Source: definition.
    """
    if moment.first is None or moment.second is None or moment.same is None:
        return {}
    found, same = cosine(moment.first, moment.second), moment.same > 0.5
    kinds = {"same": same, "different": ~same}
    return {f"cosine.{name}": found[chosen].mean() for name, chosen in kinds.items() if bool(chosen.any())}


def gradients(moment: PairMoment) -> dict[str, Tensor]:
    """`gradient.encoder`: norm of the gradient that the update followed.

    What it measures: how much the encoder is told.
    How to read it: near 0 from the start it is told nothing; falling while the cosines stay together, the loss fades
    (`cosine-as-logit`).
    Unit and range: loss by weight, from 0.
    Known problems: depends on the net's size: compare a run with itself.
    Cost: one pass over the parameters.
    Source: definition.
    """
    found = [p.grad for p in moment.built.encoder.parameters() if p.grad is not None]
    return {"gradient.encoder": torch.stack([g.norm() for g in found]).norm()} if found else {}


def embeddings(moment: PairMoment) -> dict[str, Tensor]:
    """`embedding.spread`, `embedding.mean_share`, `embedding.rank`: how the batch's embeddings lie on the sphere.

    What it measures: mean over dimensions of the standard deviation of normalised embeddings, times sqrt(d); the
    squared length of their mean; exp of the entropy of their covariance's spectrum.
    How to read it: spread 1 and mean share 0 fill the sphere; mean share near 1 is one point, with few directions a
    cone; a low rank with a healthy spread is a dimensional collapse.
    Unit and range: spread 0 to 1, share 0 to 1, rank 1 to the smaller of dimension and twice the batch.
    Known problems: biased by the batch's size; the checkpoints score 1,000 held-out images.
    Cost: one SVD of the batch's embeddings.
    Source: Wang, Isola 2020 (arXiv:2005.10242); Jing et al. 2022 (arXiv:2110.09348); Roy, Vetterli 2007.
    """
    if moment.first is None or moment.second is None:
        return {}
    unit = nn.functional.normalize(torch.cat([moment.first, moment.second]), dim=1)
    mean = unit.mean(0)
    centred = (unit - mean).double()
    shares = torch.linalg.svdvals(centred).square()
    shares = shares / shares.sum().clamp_min(1e-300)
    return {
        "embedding.spread": centred.square().mean(0).sqrt().mean() * unit.shape[1] ** 0.5,
        "embedding.mean_share": mean.square().sum(),
        "embedding.rank": torch.special.entr(shares).sum().exp(),
    }


def probes_of(name: str) -> tuple[Probe, ...]:
    """The probes of a set of `probes.PROBE_SETS`; all are cheap, so `all` is the default one."""
    if name == "none":
        return ()
    return (
        Probe("losses", 1, losses),
        Probe("cosines", 1, cosines),
        Probe("gradients", 1, gradients),
        Probe("embeddings", 10, embeddings),
    )

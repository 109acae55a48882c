"""Whether a named term of a loss depends on what it claims, and on nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from .prepared import Scene, Stage, Unasked

NOTHING = 1e-7

CLAIMS = {
    "discriminator": (("real", "off_fake"), ("hinge", "off_real"), ("fake", "off_real")),
    "generator": (("pull", "off_fake"), ("repel", "off_fake"), ("fake", "code"), ("energy", "code")),
}
"""Loss → a part of a term's name, and what such a term must not depend on."""

MEANS = {
    "off_fake": "the reconstruction of generated images",
    "off_real": "the reconstruction of real images",
    "code": "the codes of generated images",
}


def polluted(stage: Stage) -> dict[str, Any]:
    """Terms of either loss that change with what is none of their business.

    An in-place sum (`loss = energy_real; loss += hinge`) leaves the sum in the term that it began with.

    Returns:
        `checked` names, and `polluted`: `name`, `loss`, what it `depends_on`; or `unknown`.
    """
    found: dict[str, Any] = {"checked": [], "polluted": []}
    if stage.built.train_step is not None:
        return found
    base = stage.scene()
    try:
        for role, claims in CLAIMS.items():
            ask = stage.discriminator_loss if role == "discriminator" else stage.generator_loss
            terms = ask(base).terms
            if len(terms) < 2:
                continue
            seen: set[str] = set()
            for name in terms:
                claim = next((of for part, of in claims if part in name.lower()), None)
                if claim is None:
                    continue
                other = ask(_changed(base, claim)).terms.get(name, terms[name])
                if abs(other - terms[name]) > NOTHING * max(abs(terms[name]), 1e-3):
                    found["polluted"].append({"name": name, "loss": role, "depends_on": claim})
                seen.add(name)
            found["checked"] += sorted(seen)
    except Unasked as reason:
        return {"unknown": str(reason), "checked": [], "polluted": []}
    return found


def _changed(scene: Scene, what: str) -> Scene:
    if what == "code":
        return replace(scene, code=torch.ones_like(scene.code))
    return replace(scene, **{what: getattr(scene, what) * 3})

"""Encoders of two files: a hybrid is the file that a person would write for it, and a mended file differs no longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import encoder_variants as texts
import pytest
import torch
import variants
from test_encoders import made, same, trained, weights
from test_encoders_contract import CHANGED, INITIALISE, OTHER_NET, TRANSFORM, looked_at, parts

from ebdiag import device
from ebdiag.changes import Change, changes, hybrid, inner_changes
from ebdiag.encoders.build import build
from ebdiag.encoders.inspect import inspect
from ebdiag.kinds.contrastive import PARTS
from ebdiag.load import load
from ebdiag.mend import mend
from ebdiag.records import Recipe

from planted import data  # isort: skip


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


REF = texts.WRITTEN_OUT

PIECES: dict[str, tuple[tuple[str, str], ...]] = {
    "encoder": ((texts.ENCODER, OTHER_NET),),
    "contrastive_loss": ((texts.LOSS, texts.MARGIN),),
    "predict": ((texts.PREDICT, texts.PREDICT.replace("0.5", "0.8")),),
    "pairs": (("", texts.NOISE),),
    "data": (("    train_pairs: int = 96\n", "    train_pairs: int = 64\n"),),
    "optimizer": ((texts.OPTIMIZER, texts.SGD),),
    "batch_size": (("    batch_size: int = 16\n", "    batch_size: int = 24\n"),),
    "schedule": (("    epochs: int = 4\n", "    epochs: int = 3\n"),),
}
"""Part → what of REF's text is replaced for it."""


def written(*taken: str) -> str:
    """REF with some parts of mine, as a person writes it."""
    text = REF
    for part in taken:
        for old, new in PIECES[part]:
            assert not old or text.count(old) == 1
            text = text.replace(old, new) if old else text + new
    return text


MINE = written(*PIECES)


def every() -> list[Change]:
    found, skipped = changes(*looked_at(REF, "ref.py"), *looked_at(MINE, "mine.py"))
    assert skipped == []
    return found


def test_every_part_can_be_exchanged_on_its_own() -> None:
    assert [change.name for change in every()] == list(PARTS)
    assert set(PIECES) == set(PARTS)


@pytest.mark.parametrize(
    "taken", [*((part,) for part in PARTS), tuple(PARTS), ("pairs", "data"), ("encoder", "schedule")]
)
def test_a_hybrid_trains_as_the_file_that_is_written_for_it(tmp_path: Path, taken: tuple[str, ...]) -> None:
    """Weights after training, and answers, are those of that file, bit for bit, out of either side."""
    by_hand = made(tmp_path, written(*taken))
    trained(by_hand, 20)
    ref, mine = looked_at(REF, "ref.py")[0], looked_at(MINE, "mine.py")[0]
    built = build(hybrid(ref, mine, every(), [c for c in every() if c.name in taken]), seed=0, device="cpu")
    trained(built, 20)
    assert same(weights(built), weights(by_hand))
    first, second = torch.randn(2, 9, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(built.predict(first, second, built.config), by_hand.predict(first, second, by_hand.config))
    if len(taken) < len(PARTS):
        untouched = made(tmp_path, REF, name="ref.py")
        trained(untouched, 20)
        assert same(weights(built), weights(untouched)) == (taken == ("predict",))


@pytest.mark.parametrize("part", PARTS)
def test_a_hybrid_differs_from_ref_in_what_was_taken(part: str) -> None:
    """Seen as a variant of its own: its facts differ in that part alone."""
    ref, mine = looked_at(REF, "ref.py")[0], looked_at(MINE, "mine.py")[0]
    recipe = hybrid(ref, mine, every(), [c for c in every() if c.name == part])
    facts = inspect(recipe, data(), device.environment())
    own = looked_at(REF, "ref.py")[1]
    assert [name for name in PARTS if facts.parts[name]["value"] != own.parts[name]["value"]] == (
        [] if part in ("contrastive_loss", "predict") else [part]
    )  # both say "own"
    effects = [name for name in PARTS if facts.parts[name]["effect"] != own.parts[name]["effect"]]
    assert effects == [part]


def test_a_layer_of_an_encoder_can_be_exchanged(tmp_path: Path) -> None:
    """Another activation and another pooling are two changes; with one of them the net is that of a file with it."""
    ref = texts.TINY.replace("self.pool(images).flatten(1)", "torch.tanh(self.pool(images)).flatten(1)")
    both = ref.replace("torch.tanh", "torch.sigmoid").replace("nn.AvgPool2d(4)", "nn.MaxPool2d(4)")
    one = ref.replace("torch.tanh", "torch.sigmoid")
    sides = (*looked_at(ref, "ref.py"), *looked_at(both, "mine.py"))
    found, skipped = inner_changes("encoder", *sides)
    assert skipped == []
    assert len(found) == 2
    whole, _ = changes(*sides)
    assert [change.name for change in whole] == ["encoder"]
    grafts = hybrid(sides[0], sides[2], found, [found[1]])
    built, by_hand = build(grafts, seed=0, device="cpu"), made(tmp_path, one)
    trained(built)
    trained(by_hand)
    ours, theirs = (list(weights(b).values()) for b in (built, by_hand))
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", CHANGED)
def test_a_mended_file_differs_no_longer(tmp_path: Path, name: str) -> None:
    part, text, _ = CHANGED[name]
    fixed = mend(looked_at(texts.TINY, "ref.py")[0], looked_at(text, "mine.py")[0], [part])
    load(variants.write(tmp_path, fixed))
    assert parts(texts.TINY, fixed) == []
    assert fixed != text


@pytest.mark.parametrize("part", PARTS)
def test_one_part_is_mended_and_the_others_stay(tmp_path: Path, part: str) -> None:
    fixed = mend(looked_at(REF, "ref.py")[0], looked_at(MINE, "mine.py")[0], [part])
    assert parts(REF, fixed) == [name for name in PARTS if name != part]
    assert fixed.replace("\n", "") == written(*(p for p in PIECES if p != part)).replace("\n", "") or part == "pairs"


def test_initialise_and_transform_travel_with_their_parts(tmp_path: Path) -> None:
    mine = REF + INITIALISE + TRANSFORM
    sides = (*looked_at(REF, "ref.py"), *looked_at(mine, "mine.py"))
    found, _ = changes(*sides)
    assert [change.name for change in found] == ["encoder", "data"]
    for taken, by_hand in ((found[:1], REF + INITIALISE), (found[1:], REF + TRANSFORM)):
        built, other = build(hybrid(sides[0], sides[2], found, taken), seed=0, device="cpu"), made(tmp_path, by_hand)
        trained(built)
        trained(other)
        assert same(weights(built), weights(other))


def test_recipes_of_one_file_are_that_file(tmp_path: Path) -> None:
    ref = looked_at(REF, "ref.py")[0]
    mine = looked_at(MINE, "mine.py")[0]
    assert hybrid(ref, mine, every(), []) == Recipe(ref)

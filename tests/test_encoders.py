"""Contrastive encoders: trained as the published loop trains them, on keyed pairs; nothing that watches moves it."""

from __future__ import annotations

import importlib
import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import encoder_variants as texts
import numpy as np
import pytest
import torch
import variants
from numpy.typing import NDArray
from planted import data
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from ebdiag import crafts, device, plan, streams, worker
from ebdiag.data import Images, load_images
from ebdiag.encoders import ENCODERS
from ebdiag.encoders.build import Built, build
from ebdiag.encoders.inspect import inspect
from ebdiag.encoders.measure import measure
from ebdiag.encoders.pairs import HELD_OUT, PAIRS, SHIFT, TURN, ZOOM, Pairs, drawn, seen
from ebdiag.encoders.probes import probes_of
from ebdiag.encoders.step import Trainer
from ebdiag.errors import EbdiagError, VariantError
from ebdiag.gans import GANS
from ebdiag.jobs import RunJob
from ebdiag.load import load
from ebdiag.probes import PROBE_SETS
from ebdiag.records import Recipe, Run
from ebdiag.series import Recorder
from ebdiag.store import Store

building = importlib.import_module("ebdiag.encoders.build")  # the package has functions of the same names
measuring = importlib.import_module("ebdiag.encoders.measure")

STEPS = 14
RESAMPLING = 1e-5
"""Of a pixel: an image looked up at its own pixels' places, which are only as exact as float32."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As a run has it by default."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def pictures(count: int = 120, classes: int = 4) -> Images:
    """A data set of noise, of classes that are not equally large."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, count, 1, 28, 28), dtype=np.uint8)
    labels = (np.sqrt(rng.random((2, count))) * classes).astype(np.int64)
    return Images("noise", images[0], labels[0], images[1], labels[1], "noise")


def made(folder: Path, text: str, seed: int = 0, name: str = "mine.py") -> Built:
    return build(Recipe(load(variants.write(folder, text, name))), seed=seed, device="cpu")


def weights(built: Built) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in built.encoder.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# ---- the published loop ----------------------------------------------------------------------------


def trained(built: Built, steps: int = STEPS, *, probes: str = "none") -> Recorder:
    watching = probes != "none"
    trainer = Trainer(built, built.training_pairs(pictures()), watching=watching)
    recorder = Recorder(probes_of(probes), None)
    trainer.prepare()
    for number in range(1, steps + 1):
        recorder.before(number, built)
        moment = trainer.step(number)
        if moment is not None and watching:
            recorder.observe(moment)
    return recorder


def siamese(
    built: Built,
    optimizer: torch.optim.Optimizer,
    loss: Callable[[Tensor, Tensor, Tensor], Tensor],
    steps: int = STEPS,
) -> None:
    """The loop as every tutorial has it: epochs of shuffled pairs in whole batches, one net, two forwards, one loss."""
    first, second, labels = images_of(built.training_pairs(pictures()))
    net, size, number = built.encoder, built.config.batch_size, 0
    for epoch in range(built.config.epochs):
        order = streams.permutation(len(labels), built.seed, epoch)
        for batch in order.split(size):
            number += 1
            if len(batch) < size or number > steps:
                continue
            streams.reseed_globals(built.seed, streams.USER_CODE, number)
            net.train()
            optimizer.zero_grad()
            loss(net(first[batch]), net(second[batch]), labels[batch]).backward()
            optimizer.step()


def images_of(pairs: Pairs) -> tuple[Tensor, Tensor, Tensor]:
    """All pairs as images, from their places."""
    assert pairs.views is None
    return pairs.images[pairs.first], pairs.images[pairs.second], pairs.same


def logistic(first: Tensor, second: Tensor, labels: Tensor) -> Tensor:
    cosine = functional.cosine_similarity(first, second)
    return functional.binary_cross_entropy_with_logits((cosine - 0.5) / 0.1, labels)


def hadsell(first: Tensor, second: Tensor, labels: Tensor) -> Tensor:
    distance = (first - second).square().sum(1)
    near = (labels * distance).mean()
    far = ((1 - labels) * (1 - (distance + 1e-9).sqrt()).relu().square()).mean()
    return near + far


def adam(net: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.9, 0.999))


def sgd(net: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)


@pytest.mark.parametrize(
    ("text", "loss", "optimizer"),
    [
        (texts.TINY, logistic, adam),
        (texts.RANDOM, logistic, adam),
        (texts.RANDOM.replace("\n        )\n", "\n        )\n        self.eval()\n", 1), logistic, adam),
        (texts.TINY + texts.MARGIN, hadsell, adam),
        (texts.OWN, hadsell, sgd),
        (texts.WRITTEN_OUT, logistic, adam),
    ],
    ids=[
        "defaults",
        "with BatchNorm and draws",
        "that starts in evaluation mode",
        "own loss of two terms",
        "everything its own",
        "defaults in words",
    ],
)
def test_training_is_the_published_loop(
    tmp_path: Path, text: str, loss: Callable[..., Tensor], optimizer: Callable[..., torch.optim.Optimizer]
) -> None:
    """Weights and buffers are bit-identical to a Siamese loop written by hand, over epochs."""
    one, other = made(tmp_path, text), made(tmp_path, text)
    start = weights(one)
    assert same(start, weights(other))
    trained(one)
    siamese(other, optimizer(other.encoder), loss)
    assert same(weights(one), weights(other))
    assert not same(weights(one), start)


def test_the_last_smaller_batch_is_dropped_and_few_pairs_are_one_batch(tmp_path: Path) -> None:
    """Updates of an epoch by hand: 96 / 20 makes 4; 10 pairs of a batch of 16 make 1, of all ten."""
    for count, size, updates in ((96, 20, 4), (10, 16, 1), (16, 16, 1), (32, 16, 2)):
        built = made(tmp_path, texts.with_fields(texts.TINY, train_pairs=count, batch_size=size))
        trainer = Trainer(built, built.training_pairs(pictures()), watching=True)
        moments = [trainer.step(number) for number in range(1, 4 * updates + 2)]
        assert [len(moment.same) for moment in moments[:-1] if moment and moment.same is not None] == (
            [min(count, size)] * 4 * updates
        )
        assert moments[-1] is None


def test_seeds_start_and_draw_apart_and_repeat_exactly(tmp_path: Path) -> None:
    one, again, other = (made(tmp_path, texts.RANDOM, seed) for seed in (0, 0, 1))
    for built in (one, again, other):
        trained(built)
        np.random.rand(7)
        torch.rand(7)
    assert same(weights(one), weights(again))
    assert not any(torch.equal(a, b) for a, b in zip(one.encoder.parameters(), other.encoder.parameters(), strict=True))


# ---- pairs -----------------------------------------------------------------------------------------


def by_hand(labels: NDArray[np.int64], count: int, share: float, seed: int, purpose: str) -> list[tuple[int, int, int]]:
    """(first, second, same) one after the other: a list of everyone who may be chosen, and one of them by chance."""
    chances = torch.rand((count, 2), generator=streams.generator(seed, purpose, "which"), dtype=torch.float64).tolist()
    ordered = sorted(range(len(labels)), key=lambda place: (labels[place], place))
    found, given = [], 0
    for row, (one, two) in enumerate(chances, 1):
        alike = row * share - given >= 1 - 1e-9
        given += alike
        first = int(one * len(labels))
        may = [place for place in ordered if (labels[place] == labels[first]) == alike and place != first]
        found.append((first, may[int(two * len(may))], int(alike)))
    return found


def of_labels(count: int, share: float = 0.5, seed: int = 0, purpose: str = PAIRS, by: str = "labels") -> Pairs:
    given = pictures()
    images = torch.from_numpy(given.train).float()
    return drawn(images, given.train_labels, count, by=by, share=share, seed=seed, purpose=purpose)


def rows(pairs: Pairs) -> list[tuple[int, int, int]]:
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.same.int().tolist(), strict=True))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 2 / 3, 0.95, 1.0])
@pytest.mark.parametrize("seed", [0, 3])
def test_pairs_are_those_of_a_slow_loop(share: float, seed: int) -> None:
    labels = pictures().train_labels
    assert labels is not None
    found = of_labels(300, share, seed)
    assert rows(found) == by_hand(labels, 300, share, seed, PAIRS)
    assert found.source == "labels"
    for first, second, alike in rows(found):
        assert (labels[first] == labels[second]) == alike
        assert first != second


@pytest.mark.parametrize("by", ["labels", "augmentations"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_the_share_of_same_pairs_is_exact_in_every_stretch(share: float, by: str) -> None:
    """No stretch of consecutive pairs, however short, is off by as much as one pair."""
    kinds = of_labels(400, share, by=by).same.double().numpy()
    sums = np.concatenate([[0], np.cumsum(kinds)])
    for length in (1, 2, 7, 16, 100, 400):
        assert np.abs(sums[length:] - sums[:-length] - share * length).max() < 1 + 1e-6


@pytest.mark.parametrize("by", ["labels", "augmentations"])
@pytest.mark.parametrize("fewer", [1, 7, 96, 1_000])
def test_fewer_pairs_are_the_first_of_more(fewer: int, by: str) -> None:
    more, less = of_labels(4_096, by=by), of_labels(fewer, by=by)
    assert rows(less) == rows(more)[:fewer]
    if by == "augmentations":
        assert less.views is not None
        assert more.views is not None
        assert torch.equal(less.views, more.views[:fewer])


def test_seeds_and_purposes_draw_apart() -> None:
    drawings = [rows(of_labels(50, seed=seed, purpose=purpose)) for seed in (0, 1) for purpose in (PAIRS, HELD_OUT)]
    assert all(one != other for one, other in itertools.combinations(drawings, 2))


def test_two_variants_train_on_the_same_pairs(tmp_path: Path) -> None:
    """Another net, loss, optimiser, batch and schedule: the same pairs; another seed: others."""
    one = made(tmp_path, texts.TINY)
    other = made(
        tmp_path, texts.with_fields(texts.RANDOM + texts.MARGIN + texts.SGD, batch_size=7, epochs=2, train_pairs=60)
    )
    ours, theirs = (built.training_pairs(pictures()) for built in (one, other))
    assert rows(theirs) == rows(ours)[:60]
    assert torch.equal(ours.images, theirs.images)
    assert rows(made(tmp_path, texts.TINY, 1).training_pairs(pictures())) != rows(ours)


def test_held_out_pairs_are_the_same_for_all(tmp_path: Path) -> None:
    """Whatever the seed, the net, the size of images, where training pairs come from and how many are the same."""
    known = rows(made(tmp_path, texts.TINY).held_out_pairs(pictures()))
    labels = pictures().held_out_labels
    assert labels is not None
    assert known == by_hand(labels, building.HELD_OUT, 0.5, 0, HELD_OUT)
    others = [
        made(tmp_path, texts.TINY, 5),
        made(tmp_path, texts.OWN),
        made(tmp_path, texts.with_fields(texts.RANDOM, pairs_by="augmentations", same_share=0.9)),
        made(tmp_path, texts.with_fields(texts.TINY, image_shape=(3, 32, 32), pixel_range=(0.0, 1.0))),
    ]
    for built in others:
        assert rows(built.held_out_pairs(pictures())) == known
    assert sum(alike for _, _, alike in known) == building.HELD_OUT / 2


@pytest.mark.parametrize("draw", ["generator=rng", ""])
def test_own_pairs_held_out_are_others_than_those_it_trains_on(tmp_path: Path, draw: str) -> None:
    """No image of the one is among the other's; held-out ones are the same for all seeds, whichever way they are drawn.

    Without the generator that it is given, `pairs` draws from the global one.
    """
    text = texts.TINY + texts.NOISE.replace(", generator=rng", f", {draw}" if draw else "")
    one, again, other = (made(tmp_path, text, seed) for seed in (0, 0, 1))
    before = torch.get_rng_state()
    drawings = [built.training_pairs(pictures()) for built in (one, again, other)]
    held_out = [built.own_held_out_pairs() for built in (one, other)]
    assert torch.equal(torch.get_rng_state(), before)
    ours, twin, theirs = ([tuple(image[0, 0, :4].tolist()) for image in pairs.images] for pairs in drawings)
    assert ours == twin
    assert not set(ours) & set(theirs)
    assert held_out[0] is not None
    assert held_out[1] is not None
    assert len(held_out[0]) == building.OWN_HELD_OUT
    assert torch.equal(held_out[0].images, held_out[1].images)
    assert torch.equal(held_out[0].same, held_out[1].same)
    unseen = {tuple(image[0, 0, :4].tolist()) for image in held_out[0].images}
    assert not unseen & (set(ours) | set(theirs))
    assert made(tmp_path, texts.TINY).own_held_out_pairs() is None


def test_two_views_of_one_image_are_same_and_of_two_are_not() -> None:
    """Never an image as it is twice; each view is one turn, shift and zoom within its limits."""
    pairs = of_labels(500, by="augmentations")
    assert pairs.source == "augmentations"
    assert torch.equal(pairs.first == pairs.second, pairs.same > 0.5)
    assert pairs.views is not None
    assert not bool((pairs.views[:, 0] == pairs.views[:, 1]).flatten(1).all(1).any())
    maps, shifts = pairs.views[..., :2].double(), pairs.views[..., 2]
    zooms = torch.linalg.det(maps).rsqrt()
    assert float((zooms - 1).abs().max()) <= ZOOM + 1e-6
    assert float(shifts.abs().max()) <= 2 * SHIFT + 1e-6  # places are counted from -1 to 1
    angles = torch.rad2deg(torch.atan2(maps[..., 1, 0], maps[..., 0, 0]))
    assert float(angles.abs().max()) <= TURN + 1e-6
    for values, most in ((angles, TURN), (zooms - 1, ZOOM), (shifts, 2 * SHIFT)):
        assert float(values.max()) > 0.9 * most
        assert float(values.min()) < -0.9 * most
    rotations = maps * zooms[..., None, None]
    torch.testing.assert_close(rotations @ rotations.mT, torch.eye(2).double().expand_as(rotations), rtol=0, atol=1e-6)


def test_a_view_is_the_same_in_whatever_batch() -> None:
    pairs = of_labels(40, by="augmentations")
    first, second, labels = pairs.batch(torch.arange(40))
    for row in (0, 13, 39):
        alone = pairs.batch(torch.tensor([row]))
        assert torch.equal(alone[0][0], first[row])
        assert torch.equal(alone[1][0], second[row])
        assert alone[2][0] == labels[row]
    assert all(not torch.equal(first[row], second[row]) for row in range(40))


def test_a_view_that_changes_nothing_shows_the_image() -> None:
    images = torch.rand(3, 2, 9, 14)
    still = torch.tensor([[1.0, 0, 0], [0, 1, 0]]).expand(3, 2, 3)
    torch.testing.assert_close(seen(images, still), images, rtol=0, atol=RESAMPLING)
    left = torch.tensor([[1.0, 0, 2 / 14], [0, 1, 0]]).expand(3, 2, 3)
    moved = torch.cat([images[..., 1:], images[..., -1:]], dim=-1)
    torch.testing.assert_close(seen(images, left), moved, rtol=0, atol=RESAMPLING)


def test_without_labels_pairs_are_augmentations() -> None:
    images = torch.rand(30, 1, 8, 8)
    pairs = drawn(images, None, 20, by="labels", share=0.5, seed=0, purpose=PAIRS)
    assert pairs.source == "augmentations"
    assert rows(pairs) == rows(drawn(images, None, 20, by="augmentations", share=0.5, seed=0, purpose=PAIRS))


@pytest.mark.parametrize(
    ("labels", "share", "by", "message"),
    [
        ([0, 1], 1.5, "labels", "Config.same_share must be between 0 and 1, got 1.5"),
        ([0, 1], -0.1, "labels", "Config.same_share must be between 0 and 1, got -0.1"),
        ([0, 1], math.nan, "labels", "Config.same_share must be between 0 and 1, got nan"),
        ([0, 1], 0.5, "label", "Config.pairs_by must be 'labels' or 'augmentations', got 'label'"),
        ([0, 0], 0.5, "labels", "all images of the data set are of one class"),
        ([0, 1], 0.5, "labels", "a class of the data set has a single image"),
    ],
)
def test_pairs_that_cannot_be_drawn(labels: list[int], share: float, by: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        drawn(torch.rand(2, 1, 4, 4), np.array(labels), 40, by=by, share=share, seed=0, purpose=PAIRS)


def test_held_out_images_that_make_no_pairs_are_a_mistake_of_the_data_set(tmp_path: Path) -> None:
    """A class with a single held-out image: named with the data set, not with the model."""
    digits = load_images("mnist5k")
    lonely = np.minimum(np.arange(len(digits.held_out)), 50)  # fifty classes of one, and all others in one more
    images = replace(digits, name="folder:shapes", held_out_labels=lonely)
    with pytest.raises(
        EbdiagError, match="folder:shapes: its held-out images make no pairs to judge by: a class"
    ) as said:
        made(tmp_path, texts.TINY).held_out_pairs(images)
    assert said.value.file == "folder:shapes"
    assert not isinstance(said.value, VariantError)


def test_pairs_are_spread_over_all_images_alike() -> None:
    """Of 40,000 pairs each image is the first as often as any other, and each partner in its class as any other."""
    labels = np.array([0] * 5 + [1] * 10)
    pairs = drawn(torch.rand(15, 1, 2, 2), labels, 40_000, by="labels", share=0.5, seed=1, purpose=PAIRS)
    counts = np.bincount(pairs.first.numpy(), minlength=15)
    assert np.abs(counts - 40_000 / 15).max() < 5 * math.sqrt(40_000 / 15)
    chosen = (pairs.same > 0.5) & (pairs.first == 2)
    partners = np.bincount(pairs.second[chosen].numpy(), minlength=15)
    expected = int(chosen.sum()) / 4
    assert partners[2] == 0
    assert partners[5:].sum() == 0
    assert np.abs(partners[[0, 1, 3, 4]] - expected).max() < 5 * math.sqrt(expected)


# ---- nothing that watches moves anything -----------------------------------------------------------


@pytest.mark.parametrize("text", [texts.TINY, texts.RANDOM, texts.OWN], ids=["plain", "with draws", "own"])
def test_probes_do_not_move_training(tmp_path: Path, text: str) -> None:
    """Weights and buffers are bit-identical with no probes, the default ones and all."""
    nets = {}
    for name in PROBE_SETS:
        nets[name] = made(tmp_path, text)
        recorder = trained(nets[name], probes=name)
        assert recorder.failed == {}
    assert same(weights(nets["default"]), weights(nets["none"]))
    assert same(weights(nets["all"]), weights(nets["none"]))
    terms = ["same", "different"] if text is texts.OWN else ["loss"]
    assert {f"loss.encoder.{term}" for term in terms} <= set(recorder.columns())
    assert {"gradient.encoder", "cosine.same", "cosine.different"} <= set(recorder.columns())
    assert {"embedding.spread", "embedding.mean_share", "embedding.rank"} <= set(recorder.columns())


def test_series_are_those_of_a_slow_loop(tmp_path: Path) -> None:
    """Loss, gradient, cosines and embeddings of each update, from a loop that computes them apart."""
    built, twin = made(tmp_path, texts.TINY), made(tmp_path, texts.TINY)
    columns = trained(built, probes="default").columns()
    first, second, labels = images_of(twin.training_pairs(pictures()))
    optimizer = adam(twin.encoder)
    for number in range(1, STEPS + 1):
        epoch, place = divmod(number - 1, 6)
        batch = streams.permutation(96, 0, epoch)[place * 16 : place * 16 + 16]
        optimizer.zero_grad()
        ours, theirs = twin.encoder(first[batch]), twin.encoder(second[batch])
        loss = logistic(ours, theirs, labels[batch])
        loss.backward()
        norm = math.sqrt(sum(float(p.grad.double().square().sum()) for p in twin.encoder.parameters()))
        cosines = [
            float(a.double() @ b.double() / a.double().norm() / b.double().norm())
            for a, b in zip(ours.detach(), theirs.detach(), strict=True)
        ]
        expected = {
            "loss.encoder.loss": loss.item(),
            "gradient.encoder": norm,
            "cosine.same": np.mean([c for c, label in zip(cosines, labels[batch], strict=True) if label]),
            "cosine.different": np.mean([c for c, label in zip(cosines, labels[batch], strict=True) if not label]),
        }
        if number % 10 == 0:
            unit = functional.normalize(torch.cat([ours, theirs]).double(), dim=1).detach().numpy()
            shares = np.linalg.eigvalsh(np.cov(unit.T, bias=True))
            shares = shares[shares > 0] / shares[shares > 0].sum()
            expected |= {
                "embedding.spread": np.std(unit, axis=0).mean() * math.sqrt(8),
                "embedding.mean_share": float(np.square(unit.mean(0)).sum()),
                "embedding.rank": math.exp(-float((shares * np.log(shares)).sum())),
            }
        for name, value in expected.items():
            assert columns[name][number - 1] == pytest.approx(value, rel=1e-4), (name, number)
        optimizer.step()


def globals_() -> list[Any]:
    return [torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()]


@pytest.mark.parametrize("text", [texts.RANDOM, texts.RANDOM + texts.NOISE + texts.PREDICT], ids=["data set", "own"])
def test_measuring_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Weights, buffers, modes, gradients, counters and everybody's random state are what they were; so is training."""
    monkeypatch.setattr(building, "HELD_OUT", 100)
    monkeypatch.setattr(measuring, "TRAINING", 100)
    built, twin = made(tmp_path, text), made(tmp_path, text)
    for one in (built, twin):
        trained(one, 5)
    built.encoder.get_submodule("net.3").eval()
    before = weights(built), globals_(), [m.training for m in built.encoder.modules()]
    counted = built.calls.copy(), built.reads.copy()
    gradients = [p.grad.clone() for p in built.encoder.parameters()]
    found = [measure(built, images=pictures(), seed=0, step=5, thorough=True) for _ in range(2)]
    after = weights(built), globals_(), [m.training for m in built.encoder.modules()]
    assert same(before[0], after[0])
    assert before[1:] == after[1:]
    assert counted == (built.calls, built.reads)
    assert all(torch.equal(p.grad, g) for p, g in zip(built.encoder.parameters(), gradients, strict=True))
    assert found[0].measures.values == found[1].measures.values
    built.encoder.train()
    trainers = [Trainer(one, one.training_pairs(pictures()), watching=False) for one in (built, twin)]
    for trainer in trainers:
        trainer.step(6)
    assert same(weights(built), weights(twin))


def test_scores_go_by_the_net_in_evaluation_mode_and_not_by_the_seed(tmp_path: Path) -> None:
    """AUROC and cosines from a slow pass over the held-out pairs, one at a time."""
    built = made(tmp_path, texts.RANDOM.replace(" + 0.01 * torch.randn_like(images)", ""))
    trained(built, 5)
    found = measure(built, images=pictures(), seed=3, step=5, thorough=False)
    first, second, labels = images_of(built.held_out_pairs(pictures()))
    built.encoder.eval()
    with torch.no_grad():
        cosines = torch.cat(
            [
                functional.cosine_similarity(built.encoder(a[None]), built.encoder(b[None]))
                for a, b in zip(first[:80], second[:80], strict=True)
            ]
        )
    alike, unlike = cosines[labels[:80] > 0.5], cosines[labels[:80] < 0.5]
    torch.testing.assert_close(torch.from_numpy(found.arrays["cosines.same"][: len(alike)]).float(), alike)
    torch.testing.assert_close(torch.from_numpy(found.arrays["cosines.different"][: len(unlike)]).float(), unlike)
    alike, unlike = found.arrays["cosines.same"], found.arrays["cosines.different"]
    assert found.measures.values["pair_auroc"] == pytest.approx(float((alike[:, None] > unlike[None]).mean()), abs=1e-4)


# ---- runs --------------------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores from few pairs and images: only whether they are equal is asked."""
    monkeypatch.setattr(building, "HELD_OUT", 100)
    monkeypatch.setattr(measuring, "TRAINING", 100)
    monkeypatch.setattr(measuring, "HELD_OUT", 100)


def ran(folder: Path, text: str, steps: int, *, seed: int = 0, store: str = "store", probes: str = "default") -> Run:
    """A run in this process, from where the store left off."""
    recipe = Recipe(load(variants.write(folder, text)))
    environment = device.environment()
    facts = inspect(recipe, data(), environment)
    [spec] = plan.specs("mine", recipe, facts, data(), environment, steps=steps, seeds=[seed], probes=probes)
    root = Store(folder / store)
    answer = worker.run(RunJob(spec, facts, str(root.root)), lambda event: None)
    run = root.load_run(spec)
    assert run is not None, answer
    return run


def kept(run: Run, steps: int) -> dict[str, Tensor]:
    return load_file(Store(Path(run.folder).parents[1]).folder(run.spec.trajectory).weights(steps))


def table(run: Run) -> dict[str, list[Any]]:
    found = Store(Path(run.folder).parents[1]).folder(run.spec.trajectory).table(run.steps)
    assert found is not None
    return {name: [None if value != value else value for value in column] for name, column in found.to_pydict().items()}


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("text", [texts.RANDOM, texts.OWN], ids=["with draws", "own"])
def test_a_run_that_goes_on_is_one_that_was_never_interrupted(tmp_path: Path, text: str) -> None:
    """500 = 200 + 300: weights, series and scores bit for bit, in the middle of an epoch."""
    text = texts.with_fields(text, batch_size=8, train_pairs=56, epochs=90)  # 7 updates each: 200 is within one
    ran(tmp_path, text, 200)
    resumed = ran(tmp_path, text, 500)
    at_once = ran(tmp_path, text, 500, store="other")
    assert resumed.steps == at_once.steps == 500
    for steps in (100, 200, 300, 400, 500):
        assert same(kept(resumed, steps), kept(at_once, steps))
    assert not same(kept(resumed, 200), kept(resumed, 500))
    assert table(resumed) == table(at_once)
    late = [one.values for one in resumed.measures[2:]]
    assert late == [one.values for one in at_once.measures[2:]]


@pytest.mark.usefixtures("few")
def test_after_its_own_schedule_a_run_stands_still(tmp_path: Path) -> None:
    """Ten updates: the same weights, and the same scores at every checkpoint, at 100 and 500 steps, went on or not."""
    text = texts.with_fields(texts.TINY, train_pairs=16, epochs=10)
    short = ran(tmp_path, text, 100)
    ten = ran(tmp_path, text, 10, store="ten")
    long = ran(tmp_path, text, 500)
    at_once = ran(tmp_path, text, 500, store="other")
    for run in (long, at_once):
        assert run.status == "finished"
        for steps in (100, 200, 500):
            assert same(kept(run, steps), kept(ten, 10))
        scores = [{k: v for k, v in m.values.items() if k != "linear_probe_accuracy"} for m in run.measures]
        assert [m.step for m in run.measures] == [100, 200, 300, 400, 500]
        assert scores == [scores[0]] * 5
        assert scores[0] == {k: v for k, v in short.measures[-1].values.items() if k != "linear_probe_accuracy"}
        assert table(run)["step"] == list(range(1, 11))
    more = ran(tmp_path, texts.with_fields(text, epochs=11), 100)
    assert not same(kept(more, 100), kept(ten, 10))


@pytest.mark.usefixtures("few")
def test_seeds_of_runs_differ_and_probes_do_not_matter(tmp_path: Path) -> None:
    one = ran(tmp_path, texts.RANDOM, 24)
    other = ran(tmp_path, texts.RANDOM, 24, store="other", probes="none")
    assert same(kept(one, 24), kept(other, 24))
    assert one.measures[-1].values == other.measures[-1].values
    assert not same(kept(one, 24), kept(ran(tmp_path, texts.RANDOM, 24, seed=1), 24))


def identity(folder: Path, text: str) -> str:
    recipe = Recipe(load(variants.write(folder, text)))
    environment = device.environment()
    facts = inspect(recipe, data(), environment)
    return plan.trajectory(recipe, facts, data(), 0, environment)


def test_what_is_written_differently_is_the_same_run(tmp_path: Path) -> None:
    """Comments, docstrings, formatting: the same trajectory; a number of the loss: another."""
    known = identity(tmp_path, texts.WRITTEN_OUT)
    answer = "(functional.cosine_similarity(first, second) - 0.5)"
    spread = f'"""Probability."""\n    return torch.sigmoid(\n        {answer}\n        / config.temperature\n    )'
    rewritten = [
        texts.WRITTEN_OUT.replace("def predict", "# decides\n\ndef predict"),
        texts.WRITTEN_OUT.replace(f"return torch.sigmoid({answer} / config.temperature)", spread),
        texts.WRITTEN_OUT + "\n\ndef unrelated():\n    return 3\n",
    ]
    assert texts.WRITTEN_OUT not in rewritten
    assert {identity(tmp_path, text) for text in rewritten} == {known}
    assert identity(tmp_path, texts.WRITTEN_OUT.replace(f"logits = {answer}", f"logits = 2 * {answer}")) != known
    assert identity(tmp_path, texts.with_fields(texts.WRITTEN_OUT, same_share=0.25)) != known


def test_each_kind_has_its_craft(tmp_path: Path) -> None:
    for text, craft in ((texts.TINY, ENCODERS), (variants.TINY, GANS)):
        assert crafts.of(Recipe(load(variants.write(tmp_path, text)))) is craft

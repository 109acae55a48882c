"""Stretches of training of several seeds, step by step together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from .seeds import Seeds
from .step import Trainer
from .train import Pace, Stretch, Training


def train(trainings: Mapping[int, Training], slots: int) -> Iterator[tuple[Training, dict[str, Any]]]:
    """Train seeds in one go, from the last step that all of them can go on from; yields each answer when it is there.

    Args:
        trainings: Slot → what is to be trained there; slots that are left out are trained no more.
        slots: Of the batched computation, which decide bits, whoever is in them.
    """
    if not trainings:
        return
    start = max(set.intersection(*(training.stops() for training in trainings.values())))
    waiting: dict[int, Stretch] = {}
    number = start + 1
    for slot, training in trainings.items():
        training.start_from(start)
        stretch = training.stretch()
        try:
            number = next(stretch)
            waiting[slot] = stretch
        except StopIteration as end:
            yield training, end.value
    if not waiting:
        return
    seeds = Seeds(
        [cast(Trainer, trainings[slot].trainer) if slot in waiting else None for slot in range(slots)],
        watching=any(bool(trainings[slot].recorder.probes) for slot in waiting),
    )
    pace = Pace()
    while waiting:
        for slot, found in seeds.step(number).items():
            if number == trainings[slot].spec.steps:
                seeds.hand_out(slot)
            stretch = waiting[slot]
            try:
                number_after = stretch.throw(found) if isinstance(found, Exception) else stretch.send(found)
                assert number_after == number + 1
            except StopIteration as end:
                del waiting[slot]
                seeds.retire(slot)
                yield trainings[slot], end.value
        _keep([trainings[slot] for slot in waiting], list(waiting), seeds, number, pace)
        number += 1


def _keep(trainings: list[Training], slots: list[int], seeds: Seeds, step: int, pace: Pace) -> None:
    """Leave a state of all seeds, if it is time to.

    Each kind of writing is done for all seeds before the next, and old states go last: killed in between, all seeds
    still have a step in common that they can go on from.
    """
    if not (trainings and pace.due() and all(training.keepable(step) for training in trainings)):
        return
    with pace.keeping():
        for training, slot in zip(trainings, slots, strict=True):
            seeds.hand_out(slot)
            training.leave(step)
        for training in trainings:
            training.declare(step)
        for training in trainings:
            training.folder.tidy()

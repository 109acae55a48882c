"""A sweep → its rows: models are read and looked at, runs that are not stored are trained, and each is judged alone.

Work goes in batches, so that what is finished stays finished and rows are there early. A run has the id that it has
everywhere: one that a comparison trained is taken from the store, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from .. import assemble, device, kinds, plan, stats
from ..adopt import Reader
from ..data import shown
from ..endings import ended
from ..errors import EbdiagError
from ..execute import Executor, Outcome, Task
from ..jobs import RunJob
from ..kinds import Kind
from ..overrides import Overrides
from ..records import DataSpec, Facts, Recipe, Run, RunSpec, Variant
from ..store import RunFolder, Store, measures_key
from ..survey import Survey
from ..watch import Silent
from . import causes
from .ask import Drawn, Family, Sweep
from .points import Point, points
from .rows import Row

BATCH = 8
"""Settings a batch, for each run that goes at a time."""


class Told(Protocol):
    """Told how a sweep goes; shows it or not."""

    def say(self, text: str) -> None:
        """One sentence."""

    def begin(self, runs: int) -> None:
        """So many runs there are in all."""

    def event(self, label: str, event: dict[str, Any]) -> None:
        """News of a run that trains now, as a `Watcher` is told them."""

    def done(self, rows: Sequence[Row]) -> None:
        """These are judged."""

    def end(self) -> None:
        """No run is left."""


@dataclass(frozen=True)
class _Asked:
    """A point with the model that it is, or why that cannot be had."""

    point: Point
    variant: Variant | None
    facts: Facts | None = None
    specs: tuple[RunSpec, ...] = ()
    refused: EbdiagError | None = None


class Sweeping:
    """One sweep on its way; `rows` are what is judged so far, in the order of the points.

    Args:
        executor: Trains the runs; so many as `jobs` at a time.
        device_name: `auto`, `cpu`, `cuda` or `mps`.
    """

    def __init__(
        self, sweep: Sweep, store: Store, executor: Executor, told: Told, *, jobs: int, device_name: str = "auto"
    ) -> None:
        self.sweep, self.store, self.executor, self.told, self.jobs = sweep, store, executor, told, jobs
        self.environment = device.environment(device_name, sweep.threads, sweep.kernels, executor.machine())
        self.survey = Survey(store, executor, _Quiet(told))
        self.data: DataSpec = self.survey.data(sweep.dataset)
        self.reader = Reader(store, executor, sweep.dataset)
        self.real = shown(sweep.dataset)
        self.rows: list[Row] = []
        self.unreadable: dict[str, EbdiagError] = {}
        self.kind = self._checked()
        self.data = self.kind.judged_by(self.data)
        self.points = points(sweep)

    @property
    def count(self) -> int:
        """Runs that the sweep consists of."""
        return len(self.points) * self.sweep.seeds

    def run(self) -> list[Row]:
        """Train what is not stored and judge everything.

        Raises:
            KeyboardInterrupt: `rows` then hold what was finished.
            RuntimeError: A worker ended with a mistake of ours.
        """
        self.told.begin(self.count)
        try:
            for batch in self._batches():
                self._batch(batch)
        finally:
            self.told.end()
        return self.rows

    def _batches(self) -> Iterator[list[Point]]:
        size = BATCH * self.jobs
        for start in range(0, len(self.points), size):
            yield self.points[start : start + size]

    def variant(self, point: Point) -> Variant:
        """The model of a point."""
        return self.reader.read(point.family.path, Overrides(point.overrides))

    # ---- before anything is trained -----------------------------------------------------------------

    def _checked(self) -> Kind:
        """What the models are; refuses settings that they do not have, and models of several kinds.

        A file that cannot be read fails alone, unless none can.
        """
        found: dict[str, Variant] = {}
        for family in self.sweep.families:
            try:
                found[family.name] = self.reader.read(family.path)
            except EbdiagError as error:
                self.unreadable[family.name] = error
                continue
            self._check_settings(family)
        if not found:
            raise next(iter(self.unreadable.values()))
        (first, one), *others = found.items()
        for _, other in others:
            kinds.check_alike(one.kind, other.kind, paths=(one.path, other.path))
        return kinds.of(found[first].kind)

    def _check_settings(self, family: Family) -> None:
        ways: list[tuple[str, str, Sequence[Any]]] = [("set", name, [value]) for name, value in family.fixed.items()]
        ways += [("grid", name, levels) for name, levels in family.grid.items()]
        ways += [
            ("random", name, [way.low, way.high] if isinstance(way, Drawn) else way)
            for name, way in family.random.items()
        ]
        for table, name, values in ways:
            for value in values:
                try:
                    self.variant(Point(family, 0, {name: value}))
                except EbdiagError as error:
                    raise EbdiagError(
                        error.message.removeprefix("--set: "), file=f"{self.sweep.file}: {family.name}: {table}.{name}",
                        expected=error.expected, got=error.got or repr(value), hint=error.hint,
                    ) from None  # fmt: skip

    # ---- a batch ------------------------------------------------------------------------------------

    def _batch(self, batch: Sequence[Point]) -> None:
        """Rows of some points; those that are finished, where a person interrupts."""
        asked = self._looked(batch)
        specs = {spec.id: (one, spec) for one in asked for spec in one.specs}
        runs = {key: run for key, (_, spec) in specs.items() if (run := self.store.load_run(spec)) is not None}
        todo = [key for key in specs if key not in runs]
        refused: dict[str, EbdiagError] = {}
        try:
            for key, outcome in self._trained({key: specs[key] for key in todo}).items():
                if outcome.error is not None:
                    refused[key] = outcome.error
                else:
                    runs[key] = ended(self.store, specs[key][1], outcome)
        except KeyboardInterrupt:
            runs |= {key: run for key in todo if (run := self.store.load_run(specs[key][1])) is not None}
            self._judged(asked, runs, refused)
            raise
        for sentence in self.store.unusable:
            self.told.say(sentence)
        self.store.unusable.clear()
        self._judged(asked, runs, refused)
        if not self.sweep.keep_weights:
            self._forget([specs[key][1] for key in todo if key in runs])

    def _looked(self, batch: Sequence[Point]) -> list[_Asked]:
        read: list[_Asked] = []
        for point in batch:
            try:
                known = self.unreadable.get(point.family.name)
                if known is not None:
                    raise known
                read.append(_Asked(point, self.variant(point)))
            except EbdiagError as error:
                read.append(_Asked(point, None, refused=error))
        variants = [one.variant for one in read if one.variant is not None]
        looked = iter(self.survey.looked([Recipe(variant) for variant in variants], self.data, self.environment))
        return [self._asked(one, next(looked)) if one.variant is not None else one for one in read]

    def _asked(self, one: _Asked, facts: Facts | EbdiagError) -> _Asked:
        if isinstance(facts, EbdiagError):
            return replace(one, refused=facts)
        assert one.variant is not None
        specs = plan.specs(
            "mine", Recipe(one.variant), facts, self.data, self.environment,
            steps=self.sweep.steps, seeds=range(self.sweep.seeds), probes=self.sweep.probes,
        )  # fmt: skip
        return replace(one, facts=facts, specs=tuple(specs))

    def _trained(self, todo: dict[str, tuple[_Asked, RunSpec]]) -> dict[str, Outcome]:
        """How each ended; a refusal ends those beside it, which are asked again."""
        outcomes: dict[str, Outcome] = {}
        labels = {key: f"{one.point.family.name} {one.point.draw}, seed {s.seed}" for key, (one, s) in todo.items()}
        root = str(self.store.root)
        left = dict(todo)
        while left:
            tasks = [
                Task(key, RunJob(spec, one.facts, root), self.store.folder(spec.trajectory).log)
                for key, (one, spec) in left.items()
                if one.facts is not None
            ]
            found = self.executor.map(tasks, lambda name, event: self.told.event(labels[name], event))
            outcomes |= found
            left = {key: value for key, value in left.items() if key not in found}
        return outcomes

    def _forget(self, specs: Sequence[RunSpec]) -> None:
        """Drop weights of runs that are scored; they can be trained again, not gone on with."""
        for spec in specs:
            with self.store.locked(spec.trajectory) as folder:
                folder.drop([*folder.path.glob("*.safetensors"), *folder.path.glob("*.pt")])

    # ---- judging ------------------------------------------------------------------------------------

    def _judged(self, asked: Sequence[_Asked], runs: dict[str, Run], refused: dict[str, EbdiagError]) -> None:
        """Add the rows of what is known; each setting's seeds together."""
        rows: list[Row] = []
        for one in asked:
            if one.refused is not None:
                rows += [self._refused(one, seed, "", one.refused) for seed in range(self.sweep.seeds)]
                continue
            for spec in one.specs:
                if spec.id in refused:
                    rows.append(self._refused(one, spec.seed, spec.id, refused[spec.id]))
                elif spec.id in runs:
                    rows.append(self._row(one, replace(runs[spec.id], spec=spec)))
        self.rows += rows
        self.told.done(rows)

    def _refused(self, one: _Asked, seed: int, run: str, error: EbdiagError) -> Row:
        point = one.point
        return Row(
            point.family.name, point.family.path, point.draw, seed, point.settings, run, "refused", 0, False, {},
            cause="refused", says=" ".join(error.render().split()),
        )  # fmt: skip

    def _row(self, one: _Asked, run: Run) -> Row:
        point, scores = one.point, stats.score(run)
        works = run.status == "finished" and stats.works(scores, self.data.bar)
        cause, says, slugs = self._why(one, run, works)
        return Row(
            point.family.name, point.family.path, point.draw, run.spec.seed, point.settings, run.spec.id, run.status,
            run.steps, works, scores, cause, says, slugs, round(run.wall_s, 2), _samples(run),
        )  # fmt: skip

    def _why(self, one: _Asked, run: Run, works: bool) -> tuple[str, str, tuple[str, ...]]:
        """Cause, that in words, and every serious finding."""
        assert one.variant is not None
        assert one.facts is not None
        if run.status in ("crashed", "timeout"):
            return run.status, run.reason or "", ()
        [seed] = assemble.seen_by_rules([run], [works])
        found = causes.findings(one.variant, one.facts, seed, self.real)
        slugs = tuple(dict.fromkeys(finding.rule for finding in found if finding.severity in causes.SERIOUS))
        if works:
            return "", "", slugs
        cause, says = causes.cause(found, causes.findings(one.variant, one.facts, None, self.real))
        return cause, says, slugs


def _samples(run: Run) -> str:
    """Where what a run drew at its last checkpoint is kept."""
    if not run.measures:
        return ""
    last = run.measures[-1].step
    return str(RunFolder(Path(run.folder)).arrays(last, measures_key(run.spec, last)))


class _Quiet(Silent):
    """Lets a survey say its sentences, and shows no table of runs."""

    def __init__(self, told: Told) -> None:
        self.say = told.say  # type: ignore[method-assign]

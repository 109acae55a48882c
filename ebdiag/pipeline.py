"""The stages in order. Read this first.

load → survey (data, facts) → plan → execute → judge → report. The parent process never runs user code
and never imports torch: whatever builds, probes or trains happens in workers.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import assemble, device, kinds, lines, logs, plan, report, swapping, tracing, verdicts, words
from .adopt import Reader
from .bench import LocalBench
from .climb import Ladders
from .data import shown
from .draft import WORTH_S, Drafts, paired
from .endings import ended
from .errors import EbdiagError
from .execute import Outcome, refusal
from .executors import chosen
from .features import inception_weights
from .groups import Groups
from .overrides import Overrides
from .records import DataSpec, Facts, Recipe, Run, RunSpec, Side, Variant
from .result import Result
from .search import SEEDS
from .store import Store
from .survey import Survey
from .trace import Sides
from .traces import Swap
from .watch import Watcher

SIDES: tuple[Side, Side] = ("ref", "mine")


@dataclass(frozen=True)
class Request:
    """What a person asked to be compared, and how; `steps` may be `auto`."""

    ref: str
    mine: str
    dataset: str = "mnist5k"
    budget: str = "standard"
    steps: int | str | None = None
    seeds: int | None = None
    device: str = "auto"
    threads: int = 1
    kernels: str = "torch"
    vectorize: bool = False
    jobs: int | None = None
    probes: str = "default"
    restore: Mapping[Side, str] = field(default_factory=dict)
    inception: str | None = None
    out: Path | None = None
    lang: str = "en"
    timeout_s: float | None = None
    max_memory_gib: float | None = None
    trace: bool = False
    max_runs: int | None = None
    overrides: Overrides = field(default_factory=Overrides)
    executor: str = "local"
    ray_gpus: float | None = None
    shared_store: bool | None = None
    log: Sequence[str] = ()

    def command(self) -> str:
        """What to type to get the same comparison."""
        typed = ["ebdiag", "trace" if self.trace else "compare", self.ref, self.mine]
        for name, value in (
            ("dataset", self.dataset),
            ("budget", self.budget),
            ("probes", self.probes),
            ("kernels", self.kernels),
            ("lang", self.lang),
        ):
            typed += [f"--{name}", value] if value != getattr(type(self), name) else []
        for name, number in (("steps", self.steps), ("seeds", self.seeds), ("max-runs", self.max_runs)):
            typed += [f"--{name}", str(number)] if number is not None else []
        typed += [part for setting in self.overrides.settings for part in ("--set", setting)]
        typed += [part for role, name in self.overrides.classes.items() for part in (f"--{role}", name)]
        typed += ["--threads", str(self.threads)] if self.threads != 1 else []
        typed += ["--vectorize"] if self.vectorize else []
        for side, path in self.restore.items():
            typed += [f"--restore-{side}", path]
        typed += ["--inception", self.inception] if self.inception else []
        return shlex.join(typed)


@dataclass(frozen=True)
class Planned:
    """Everything that is decided before the first step; `stored` answers specs by id."""

    variants: dict[Side, Variant]
    facts: dict[Side, Facts]
    data: DataSpec
    steps: int
    specs: dict[Side, list[RunSpec]]
    stored: dict[str, Run]
    todo: list[RunSpec]
    expected_s: float
    ladders: Ladders


class Comparison:
    """One comparison from request to report."""

    def __init__(self, request: Request, watcher: Watcher) -> None:
        self.request, self.watcher = request, watcher
        if request.log:
            logs.check(request.log)
        if request.vectorize and request.executor != "local":
            raise EbdiagError(
                "--vectorize is for the GPU of this machine", got=f"--executor {request.executor}",
                hint="leave out one of them: on a cluster each seed is a task, and several share a GPU with --ray-gpus",
            )  # fmt: skip
        self.store = Store()
        self.executor = chosen(
            request.executor, jobs=request.jobs, stall_s=request.timeout_s, memory_gib=request.max_memory_gib,
            gpus=request.ray_gpus, shared=request.shared_store, say=watcher.say,
        )  # fmt: skip

    def compare(self, *, command: str) -> tuple[Result, Path]:
        """Train what is not stored, judge, and write the report, in the language that is being spoken.

        Returns:
            The result, and the folder of the report.
        """
        folder = self.request.out or Path("reports") / plan.report_name(self.request.ref, self.request.mine)
        plan.check_folder(folder)
        if self.request.trace:
            self.check_trace()
        planned = self.prepare()
        result, runs = self.judged(command=command, drafts=folder, planned=planned)
        tried: Mapping[str, Run] = {}
        if self.request.trace:
            pair = tracing.pair(planned.variants, planned.ladders.facts(planned.facts), runs, planned.data, result)
            result, tried = tracing.traced(
                result, pair, self.bench(planned), self.watcher, max_runs=self.request.max_runs, folder=folder
            )
        result = self._save(result, runs, folder)
        assemble.write_hybrids(folder, tried)
        report.write(folder)
        if self.request.log:
            logs.write(self.request.log, result, folder)
        return result, folder

    def swap(self, part: str, into: Side | None = None) -> Swap:
        """Exchange one part, in both directions or in one, and see what becomes of it.

        Raises:
            EbdiagError: The models do not differ in that part, or it cannot be exchanged on its own.
        """
        self.check_trace()
        planned = self.prepare()
        swapping.found(Sides(planned.variants, planned.facts), part)
        result, runs = self.judged(command="", planned=planned)
        pair = tracing.pair(planned.variants, planned.facts, runs, planned.data, result)
        silent = tracing.nothing_to_seek(result)
        with words.speaking(words.ENGLISH):
            reason = None if silent is None else verdicts.sought(silent)
        return swapping.swapped(pair, part, into, self.bench(planned), silent=reason, findings=result.findings)

    def check_trace(self) -> None:
        """Refuse what no exchange of parts can answer, before anything is trained for it.

        Raises:
            EbdiagError: Weights are restored: what comes of other parts in training cannot be seen from them. Or there
                are fewer seeds than a proof takes.
        """
        if self.request.restore:
            raise EbdiagError(
                "a trace trains models of exchanged parts, so it cannot start from restored weights",
                hint="leave out --restore-ref and --restore-mine",
            )
        seeds = plan.budget(self.request.budget, self.request.steps, self.request.seeds)[1]
        if seeds < SEEDS:
            raise EbdiagError(f"a trace needs at least {SEEDS} seeds to prove anything, got {seeds}")

    def bench(self, planned: Planned) -> LocalBench:
        """Where hybrids of this comparison are trained."""
        environment = planned.specs["ref"][0].environment.alone
        return LocalBench(
            self.store, self.executor, self.watcher, planned.data, environment, self.request.probes, self._ended
        )

    def judged(
        self, *, command: str, drafts: Path | None = None, planned: Planned | None = None
    ) -> tuple[Result, dict[Side, list[Run]]]:
        """Everything but the report: the result, and the runs that it rests on.

        Args:
            drafts: Folder that gets a provisional page while training goes on, or None.
            planned: What `prepare` found, if that was asked before.
        """
        began = time.monotonic()
        planned = planned or self.prepare()

        def judge(runs: Mapping[Side, list[Run]]) -> Result:
            seeds = [run.spec.seed for run in max(runs.values(), key=len)]
            return assemble.assemble(
                planned.variants, planned.ladders.facts(planned.facts), runs, planned.data,
                steps=planned.steps, seeds=seeds, command=command, total_s=time.monotonic() - began,
                real=shown(self.request.dataset),
            )  # fmt: skip

        def save(ended: set[str]) -> Path | None:
            runs = paired(planned.specs, planned.stored, ended, self.store)
            if drafts is None or not runs["ref"]:
                return None
            self._save(judge(runs), runs, drafts, provisional=min(map(len, planned.specs.values())))
            return drafts

        watcher: Watcher = self.watcher
        if drafts is not None and planned.expected_s >= WORTH_S:
            watcher = Drafts(self.watcher, save)
        if planned.todo:
            self._say_findings(planned)
        runs = self.run(planned, watcher)
        return judge(runs), runs

    def _say_findings(self, planned: Planned) -> None:
        """What is known to be wrong before anyone waits for training."""
        for finding in assemble.before_training(planned.variants, planned.ladders.facts(planned.facts)).findings:
            if finding.severity != "note":
                self.watcher.say(lines.headline(finding, planned.variants))

    def _save(
        self, result: Result, runs: Mapping[Side, Sequence[Run]], folder: Path, *, provisional: int | None = None
    ) -> Result:
        """Write `result.json` and `data/`; returns the result with what only a report folder knows."""
        folder.mkdir(parents=True, exist_ok=True)
        assemble.write_data(folder, runs, shown(self.request.dataset))
        result = assemble.placed(result, folder, provisional)
        result.save(folder)
        return result

    def prepare(self) -> Planned:
        """Everything up to the first training step; trains nothing, unless `--steps auto` asks the reference."""
        request, survey = self.request, Survey(self.store, self.executor, self.watcher)
        steps, seeds = plan.budget(request.budget, request.steps, request.seeds)
        plan.check_probes(request.probes)
        data = survey.data(request.dataset)  # before a script is tried on it, which has less time than a download
        reader = Reader(self.store, self.executor, request.dataset)
        mine = reader.read(request.mine, request.overrides)
        variants: dict[Side, Variant] = {"ref": reader.read(request.ref), "mine": mine}
        kind = kinds.check_alike(variants["ref"].kind, mine.kind, paths=(request.ref, request.mine))
        data = kind.judged_by(data)
        for sentence in (sentence for variant in variants.values() for sentence in assemble.assumed(variant)):
            self.watcher.say(sentence)
        restored = {side: (path, plan.content_hash(path)) for side, path in request.restore.items()}
        inception = inception_weights(request.inception)
        environment = device.environment(
            request.device, request.threads, request.kernels, self.executor.machine(),
            together=seeds if request.vectorize else 1,
        )  # fmt: skip
        facts = survey.facts(variants, data, environment)
        for side, reason in ((side, facts[side].apart) for side in SIDES):
            if reason is not None:
                self.watcher.say(words.say("one by one", side=side, reason=reason))
        if request.steps == "auto":
            steps = survey.enough_steps(Recipe(variants["ref"]), facts["ref"], data, environment.alone)
        specs = {
            side: plan.specs(
                side, Recipe(variants[side]), facts[side], data, environment,
                steps=steps, seeds=range(seeds), probes=request.probes, restore=restored.get(side), inception=inception,
            )
            for side in SIDES
        }  # fmt: skip
        stored = {s.id: run for side in SIDES for s in specs[side] if (run := self.store.load_run(s)) is not None}
        for sentence in self.store.unusable:
            self.watcher.say(sentence)
        todo = plan.todo(specs, stored)
        workers = min(self.executor.jobs, len(Groups(todo, facts, self.store).tasks))
        expected_s = survey.expected_s(todo, facts, workers)
        ladders = Ladders(self.store, variants, data, environment.alone)
        return Planned(variants, facts, data, steps, specs, stored, todo, expected_s, ladders)

    def run(self, planned: Planned, watcher: Watcher | None = None) -> dict[Side, list[Run]]:
        """Execute what is not stored; every spec has its Run afterwards, however it ended."""
        outcomes: dict[str, Outcome] = {}
        watcher = watcher or self.watcher
        ladders, stored = planned.ladders, planned.stored
        groups = Groups(planned.todo, planned.facts, self.store)
        tasks = groups.tasks
        if tasks or ladders.tasks:
            if tasks:
                watcher.begin(planned.todo, planned.expected_s)
            try:  # ladders first: they take seconds, and say who is sick before anyone waits for an hour
                hear = groups.listening(ladders.listening(watcher))
                outcomes = self.executor.map([*ladders.tasks, *tasks], hear)
            finally:
                watcher.end()
            refused = refusal({task.name: outcomes[task.name] for task in tasks if task.name in outcomes})
            if refused is not None:
                raise refused
        ladders.ended(outcomes)
        outcomes = groups.outcomes(outcomes)
        return {
            side: [
                replace(stored[s.id], spec=s) if s.id in stored
                else self._ended(s, outcomes[s.id], groups.logged[s.id])
                for s in specs
            ]
            for side, specs in planned.specs.items()
        }  # fmt: skip

    def _ended(self, spec: RunSpec, outcome: Outcome, logged: str | None = None) -> Run:
        return ended(self.store, spec, outcome, logged)

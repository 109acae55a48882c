"""The command line: arguments in, exit code out. Heavy modules are imported by the command that needs them."""

from __future__ import annotations

import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from .ci import Format
    from .gate import Gate
    from .overrides import Overrides

INTERRUPTED = 130
"""What typer ends with on Ctrl-C."""

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Compares a failing energy-based GAN with one that works, and finds the difference that is to blame.",
    epilog="Exit codes: 0 done, 1 a bar is missed or lint found errors, 2 bad usage or input, 3 a bar cannot be judged "
    "or a trace stayed open, 4 a run failed, 130 interrupted.",
)

Lang = Annotated[str, typer.Option(help="Language of reports and of the summary: en or ko. Errors stay English.")]
Models = Annotated[
    list[str],
    typer.Argument(metavar="[REF] MINE", help="Model files; REF may be ref:NAME, and is ref:ebgan_pt if left out."),
]
DataSet = Annotated[
    str, typer.Option(help="mnist5k, digits, mnist, fashion_mnist, cifar10, svhn, celeba, or folder:PATH.")
]
Budget = Annotated[str, typer.Option(help="Steps × seeds: quick 500 × 3, standard 1,500 × 3, full 10,000 × 5.")]
Steps = Annotated[
    str | None, typer.Option(help="Generator updates in place of the budget's, or auto: until the reference works.")
]
Seeds = Annotated[int | None, typer.Option(help="Number of seeds in place of the budget's.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Threads = Annotated[int, typer.Option(help="CPU threads of each run; part of a run's identity.", min=1)]
Kernels = Annotated[
    str, typer.Option(help="torch, or fast: quicker by a quarter on the CPU, other rounding; part of a run's identity.")
]
Vectorize = Annotated[
    bool,
    typer.Option("--vectorize", help="Train all seeds of a model in one go: for GPUs; part of a run's identity."),
]
Jobs = Annotated[int | None, typer.Option(help="Runs side by side. Default: one a core.", min=1)]
Timeout = Annotated[
    float | None, typer.Option(help="End a run without a sign of life for so many seconds. Default: 600.", min=1.0)
]
MaxMemory = Annotated[
    float | None,
    typer.Option(metavar="GIB", help="End a run that uses more. Default: its share of the machine's.", min=0.5),
]
ExecutorName = Annotated[
    str, typer.Option("--executor", help="local; ray: the nodes of a Ray cluster; ray://HOST:PORT: from outside of it.")
]
RayGpus = Annotated[
    float | None, typer.Option(metavar="SHARE", help="Of a GPU, for each run on one, by Ray. Default: 1.")
]
SharedStore = Annotated[
    str | None,
    typer.Option(metavar="yes|no", help="Whether nodes of Ray write into the store. Default: those that see it."),
]
Out = Annotated[Path | None, typer.Option(help="Folder of the report. Default: reports/REF-vs-MINE.")]
Bar = Annotated[Path | None, typer.Option(metavar="FILE", help="Judge the report by the bars of a TOML file.")]
Style = Annotated[
    str | None,
    typer.Option("--format", help="github, gitlab or plain: where a judgement is shown. Default: by the environment."),
]
Junit = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the judgement as JUnit XML.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of MINE, of its Config or its script; again."),
]
GeneratorName = Annotated[
    str | None, typer.Option(metavar="NAME", help="The class or net of MINE that is its Generator.")
]
DiscriminatorName = Annotated[str | None, typer.Option(metavar="NAME", help="The same for its Discriminator.")]
Json = Annotated[bool, typer.Option("--json", help="Print the content of result.json on stdout, and nothing else.")]


def _say(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Print lines that may hold what users' files say; JSON and workflow commands are safe and go by `typer.echo`."""
    from .safe import harmless

    typer.echo(harmless(text), nl=nl, err=err)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        from . import __version__

        typer.echo(__version__)
        raise typer.Exit


def _pair(models: list[str]) -> tuple[str, str]:
    """ref and mine, of one or two files."""
    if len(models) > 2:
        raise typer.BadParameter(f"one or two model files, got {len(models)}", param_hint="[REF] MINE")
    from .adopt import reference_for

    return (models[0] if len(models) == 2 else reference_for(models[-1])), models[-1]


def _overrides(settings: list[str] | None, generator: str | None, discriminator: str | None) -> Overrides:
    """What stands before what the file of MINE says."""
    from .overrides import Overrides

    classes = {role: name for role, name in (("generator", generator), ("discriminator", discriminator)) if name}
    return Overrides(settings or (), classes)


@app.command()
def compare(
    models: Models,
    dataset: DataSet = "mnist5k",
    budget: Budget = "standard",
    steps: Steps = None,
    seeds: Seeds = None,
    device: Device = "auto",
    threads: Threads = 1,
    kernels: Kernels = "torch",
    vectorize: Vectorize = False,
    jobs: Jobs = None,
    executor: ExecutorName = "local",
    ray_gpus: RayGpus = None,
    shared_store: SharedStore = None,
    restore_ref: Annotated[str | None, typer.Option(help="Weights of REF to score instead of training it.")] = None,
    restore_mine: Annotated[str | None, typer.Option(help="Weights of MINE to score instead of training it.")] = None,
    probes: Annotated[
        str, typer.Option(help="Curves to record while training: none, default, or all (a quarter slower at most).")
    ] = "default",
    inception: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Weights of Inception-v3 for fid_inception, or cached: torch-fidelity's."),
    ] = None,
    out: Out = None,
    timeout: Timeout = None,
    max_memory: MaxMemory = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Then find the difference that is to blame, as `ebdiag trace` does.")
    ] = False,
    log: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Show it in tensorboard or mlflow, too; again for both.")
    ] = None,
    bar: Bar = None,
    style: Style = None,
    junit: Junit = None,
    settings: Settings = None,
    generator: GeneratorName = None,
    discriminator: DiscriminatorName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be trained, what is stored and how long it takes.")
    ] = False,
    lang: Lang = "en",
    json: Json = False,
) -> None:
    """Train or restore two models under identical seeds, put them side by side, and say which works."""
    ref, mine = _pair(models)
    from . import bars, words
    from .display import plan_table, summary, watcher_for
    from .pipeline import Comparison, Request

    asked = None if bar is None else bars.read(bar)
    chosen = _style(style)

    request = Request(
        ref=ref, mine=mine,
        dataset=dataset, budget=budget, steps=_steps(steps), seeds=seeds,
        device=device, threads=threads, kernels=kernels, vectorize=vectorize, jobs=jobs, probes=probes,
        restore={side: path for side, path in (("ref", restore_ref), ("mine", restore_mine)) if path},  # type: ignore[misc]
        inception=inception, out=out, lang=lang, timeout_s=timeout, max_memory_gib=max_memory, trace=trace,
        overrides=_overrides(settings, generator, discriminator),
        executor=executor, ray_gpus=ray_gpus, shared_store=_yes(shared_store), log=log or (),
    )  # fmt: skip
    with words.speaking(words.check(lang)):
        comparison = Comparison(request, watcher_for())
        if dry_run:
            planned = comparison.prepare()
            specs = [spec for side in planned.specs.values() for spec in side]
            plan_table(specs, set(planned.stored), planned.expected_s)
            return
        result, folder = comparison.compare(command=request.command())
        if json:
            typer.echo(result.to_json(), nl=False)
        else:
            summary(result, folder)
    codes = [result.verdict.exit_code]
    if asked is not None:
        from .gate import judge

        gate = judge(result, asked)
        _show(gate, folder, chosen, junit, quiet=json)
        codes.append(gate.exit_code)
    raise typer.Exit(next((code for code in (4, 1, 3) if code in codes), 0))


@app.command()
def check(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A report folder, or its result.json.")],
    bar: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Bars. Default: bars.toml, else [tool.ebdiag.bars] of pyproject.toml."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="REPORT", help="The last accepted report: relative bars compare with its model."),
    ] = None,
    init: Annotated[
        bool, typer.Option("--init", help="Write a first bar file from REPORT, with its reasons, and judge nothing.")
    ] = False,
    style: Style = None,
    junit: Junit = None,
    json: Annotated[bool, typer.Option("--json", help="Print the judgement with every bar, and nothing else.")] = False,
) -> None:
    """Judge a report by the bars of a file, without training. Exit codes: 0 passed, 1 missed, 3 cannot tell."""
    from . import bars
    from .result import Result

    result = Result.load(report)
    if init:
        from .propose import write

        _say(write(result, str(report), bar or Path(bars.FILE_NAME)))
        return
    from .gate import judge

    asked, chosen = bars.read(bar or bars.find(Path())), _style(style)
    last = None if against is None else Result.load(against)
    gate = judge(result, asked, last, last_name=None if against is None else str(against))
    folder = report.parent if report.name == "result.json" else report
    _show(gate, folder, chosen, junit, quiet=json)
    if json:
        typer.echo(gate.to_json(), nl=False)
    raise typer.Exit(gate.exit_code)


def _style(given: str | None) -> Format:
    """Where the judgement is shown."""
    import os

    from . import ci

    if given is not None and given not in ci.FORMATS:
        raise typer.BadParameter(f"github, gitlab or plain, got '{given}'", param_hint="--format")
    return ci.detected(os.environ) if given is None else given


def _show(gate: Gate, folder: Path, style: Format, junit: Path | None, *, quiet: bool) -> None:
    """The judgement where people and pipelines look; on stderr where stdout holds JSON."""
    from . import ci, gate_table

    gate_table.show(gate, stderr=quiet)
    ci.report(gate, folder, style, lambda text: typer.echo(text, err=quiet))
    if junit is not None:
        ci.junit(gate, junit)


@app.command()
def trace(
    models: Models,
    dataset: DataSet = "mnist5k",
    budget: Budget = "standard",
    steps: Steps = None,
    seeds: Seeds = None,
    max_runs: Annotated[
        int | None,
        typer.Option(help="Hybrids to train at most; asked again with more, it goes on. Default: 60.", min=1),
    ] = None,
    device: Device = "auto",
    threads: Threads = 1,
    kernels: Kernels = "torch",
    jobs: Jobs = None,
    executor: ExecutorName = "local",
    ray_gpus: RayGpus = None,
    shared_store: SharedStore = None,
    out: Out = None,
    settings: Settings = None,
    generator: GeneratorName = None,
    discriminator: DiscriminatorName = None,
    lang: Lang = "en",
    json: Json = False,
) -> None:
    """Compare two models and find the difference that is to blame, by training hybrids. Exit code 3: it stays open."""
    ref, mine = _pair(models)
    from . import words
    from .display import summary, watcher_for
    from .pipeline import Comparison, Request

    request = Request(
        ref=ref, mine=mine, dataset=dataset, budget=budget, steps=_steps(steps), seeds=seeds, device=device,
        threads=threads, kernels=kernels, jobs=jobs, out=out, lang=lang, trace=True, max_runs=max_runs,
        overrides=_overrides(settings, generator, discriminator),
        executor=executor, ray_gpus=ray_gpus, shared_store=_yes(shared_store),
    )  # fmt: skip
    with words.speaking(words.check(lang)):
        result, folder = Comparison(request, watcher_for()).compare(command=request.command())
        if json:
            typer.echo(result.to_json(), nl=False)
        else:
            summary(result, folder)
    raise typer.Exit(result.verdict.exit_code)


@app.command()
def swap(
    ref: Annotated[str, typer.Argument(metavar="REF", help="The model that works, a file or ref:NAME.")],
    mine: Annotated[str, typer.Argument(metavar="MINE", help="The model that fails.")],
    part: Annotated[str, typer.Argument(metavar="PART", help="Such as pull_away, or discriminator.decoder.3.")],
    into: Annotated[
        str | None, typer.Option(help="ref: put mine's part into ref. mine: take it out of mine. Default: both.")
    ] = None,
    dataset: DataSet = "mnist5k",
    budget: Budget = "standard",
    steps: Steps = None,
    seeds: Seeds = None,
    device: Device = "auto",
    threads: Threads = 1,
    kernels: Kernels = "torch",
    jobs: Jobs = None,
    executor: ExecutorName = "local",
    ray_gpus: RayGpus = None,
    shared_store: SharedStore = None,
    lang: Lang = "en",
    json: Annotated[bool, typer.Option("--json", help="Print what became of each hybrid, and nothing else.")] = False,
) -> None:
    """Answer one question, "is it this part?", by exchanging that part alone. Exit code 3: nothing could be shown."""
    if into not in (None, "ref", "mine"):
        raise typer.BadParameter(f"ref or mine, got '{into}'", param_hint="--into")
    from . import words
    from .display import swap_table, watcher_for
    from .pipeline import Comparison, Request

    request = Request(
        ref=ref, mine=mine, dataset=dataset, budget=budget, steps=_steps(steps), seeds=seeds, device=device,
        threads=threads, kernels=kernels, jobs=jobs, lang=lang, executor=executor, ray_gpus=ray_gpus,
        shared_store=_yes(shared_store),
    )  # fmt: skip
    with words.speaking(words.check(lang)):
        found = Comparison(request, watcher_for()).swap(part, into)  # type: ignore[arg-type]
        if json:
            typer.echo(found.to_json(), nl=False)
        else:
            swap_table(found)
    raise typer.Exit(3 if found.status == "silent" else 0)


def _yes(given: str | None) -> bool | None:
    """What `--shared-store` says."""
    if given not in (None, "yes", "no"):
        raise typer.BadParameter(f"yes or no, got '{given}'", param_hint="--shared-store")
    return None if given is None else given == "yes"


def _steps(given: str | None) -> int | str | None:
    """A number where it is one; what else was written is refused by the plan."""
    return int(given) if given and given.removeprefix("-").isdecimal() else given


@app.command()
def lint(
    models: Models,
    dataset: DataSet = "mnist5k",
    fast: Annotated[
        bool, typer.Option("--fast", help="Skip the sanity ladder, which trains each net a moment.")
    ] = False,
    style: Annotated[
        str, typer.Option("--format", help="text, or github: annotations of a pull request's lines, in English.")
    ] = "text",
    each: Annotated[
        bool, typer.Option("--each", help="Look at every file given, each against ref:ebgan_pt; for pre-commit.")
    ] = False,
    executor: ExecutorName = "local",
    settings: Settings = None,
    generator: GeneratorName = None,
    discriminator: DiscriminatorName = None,
    lang: Lang = "en",
    json: Annotated[
        bool, typer.Option("--json", help="Print variants, differences and findings on stdout, and nothing else.")
    ] = False,
) -> None:
    """Say what is wrong with a model without training it, and which of its nets is sick. Exit code 1: errors found."""
    if each and json:
        raise typer.BadParameter("not with --json, which holds one pair", param_hint="--each")
    pairs = [_pair([model]) for model in models] if each else [_pair(models)]
    if style not in ("text", "github"):
        raise typer.BadParameter(f"text or github, got '{style}'", param_hint="--format")
    from . import lines, words
    from .display import watcher_for
    from .executors import chosen
    from .lint import lint as look

    overrides = _overrides(settings, generator, discriminator)
    failed = False
    with words.speaking(words.check(lang)):
        watcher = watcher_for()
        where = chosen(executor, say=watcher.say)
        for ref, mine in pairs:
            found = look(
                ref, mine, dataset=dataset, ladder=not fast, watcher=watcher, overrides=overrides, executor=where
            )
            if json or style == "github":
                typer.echo(found.to_json() if json else lines.github(found), nl=False)
            else:
                _say(lines.text(found), nl=False)
            failed = failed or any(finding.severity == "error" for finding in found.findings)
    raise typer.Exit(failed)


@app.command()
def adopt(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A training script or notebook.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The variant to write.")],
    dataset: DataSet = "mnist5k",
    settings: Settings = None,
    generator: GeneratorName = None,
    discriminator: DiscriminatorName = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a script or notebook as the contract variant that it is read as, with the line each part comes from."""
    from .adopt import adopted

    written = adopted(script, out, dataset, _overrides(settings, generator, discriminator), force=force)
    _say(written, nl=False)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="REPORT", help="A report folder, or its result.json.")],
    lang: Lang = "en",
    json: Json = False,
) -> None:
    """Render a report again from its folder; needs neither the models nor the store."""
    from . import report as renderer
    from . import words
    from .result import Result

    folder = folder.parent if folder.name == "result.json" else folder
    result = Result.load(folder)
    with words.speaking(words.check(lang)):
        written = renderer.again(folder)
    if json:
        typer.echo(result.to_json(), nl=False)
    else:
        for path in written:
            _say(str(path))


@app.command()
def rules(
    slug: Annotated[
        str | None, typer.Argument(metavar="[SLUG]", help="The rule to explain; all are listed if left out.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the same as JSON, and nothing else.")] = False,
) -> None:
    """List what ebdiag knows to look for, or explain one rule: what it measures, how to read it, what to do."""
    from . import handbook

    if slug is None:
        typer.echo(handbook.listed_json() if json else handbook.listed(), nl=False)
    else:
        typer.echo(handbook.explained_json(slug) if json else handbook.explained(slug), nl=False)


@app.command()
def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to try, in TOML.")],
    device: Device = "auto",
    jobs: Jobs = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the report. Default: reports/ and FILE's name.")] = None,
    timeout: Timeout = None,
    max_memory: MaxMemory = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the settings that would be tried, and train nothing.")
    ] = False,
    executor: ExecutorName = "local",
    ray_gpus: RayGpus = None,
    shared_store: SharedStore = None,
    lang: Lang = "en",
    json: Annotated[bool, typer.Option("--json", help="Print every run as JSON on stdout, and nothing else.")] = False,
) -> None:
    """Train a grid or a sample of settings of single models; say what works, why the rest fails, and what matters."""
    from . import words
    from .executors import chosen
    from .sweep_display import summary, told_for
    from .sweeps import ask, report, spine

    if dry_run:
        from .sweeps.points import listed, listed_json

        asked = ask.read(file)
        typer.echo(listed_json(asked), nl=False) if json else _say(listed(asked), nl=False)
        return
    with words.speaking(words.check(lang)):
        told = told_for()
        where = chosen(
            executor,
            jobs=jobs,
            stall_s=timeout,
            memory_gib=max_memory,
            gpus=ray_gpus,
            shared=_yes(shared_store),
            say=told.say,
        )
        done = spine.sweep(file, where, told, jobs=where.jobs, device=device, out=out)
        if json:
            typer.echo(done.to_json(), nl=False)
        else:
            summary(done.said, [done.folder / name for name in (report.HTML, report.MARKDOWN, report.PARQUET)])
    raise typer.Exit(done.exit_code)


@app.command()
def runs(
    action: Annotated[str, typer.Argument(help="list, show, compare or prune.")] = "list",
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Runs to show or compare, or how they begin.")
    ] = None,
    file: Annotated[str | None, typer.Option(help="Runs of files with this in their name.")] = None,
    kind: Annotated[str | None, typer.Option(help="gan or contrastive.")] = None,
    status: Annotated[str | None, typer.Option(help="finished, diverged, training, unfinished, damaged, …")] = None,
    seed: Annotated[int | None, typer.Option(help="Runs of one seed.")] = None,
    steps: Annotated[int | None, typer.Option(help="Runs that got to just so many steps.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Runs on one data set.")] = None,
    works: Annotated[
        bool | None, typer.Option("--works/--fails", help="Runs that meet the bar of their data set, or not.")
    ] = None,
    older_than: Annotated[str | None, typer.Option(metavar="AGE", help="Such as 90m, 12h, 30d, 4w.")] = None,
    newer_than: Annotated[str | None, typer.Option(metavar="AGE", help="The other way round.")] = None,
    condition: Annotated[
        list[str] | None, typer.Option("--where", metavar="NAME<VALUE", help="A column, a metric or a setting; again.")
    ] = None,
    sort: Annotated[str, typer.Option(metavar="NAME", help="What comes first; -NAME: the highest.")] = "-ended",
    limit: Annotated[
        int | None, typer.Option(help="Runs at most. Default: 50 of a list, all of a prune.", min=1)
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Read every run again before answering.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Of a prune: only say what would be removed.")] = False,
    lang: Lang = "en",
    json: Annotated[bool, typer.Option("--json", help="Print runs as JSON on stdout, and nothing else.")] = False,
) -> None:
    """List, show, compare and prune what the store holds."""
    if action not in ("list", "show", "compare", "prune"):
        raise typer.BadParameter(f"list, show, compare or prune, got '{action}'", param_hint="ACTION")
    if bool(ids) != (action in ("show", "compare")):
        raise typer.BadParameter(f"{action} takes {'no id' if ids else 'ids'}", param_hint="ID")
    from . import runs as kept
    from . import runs_table, where, words
    from .store import Store

    store = Store()
    asked = where.Asked(
        file=file, kind=kind, status=status, seed=seed, steps=steps, dataset=dataset, works=works,
        older_s=where.age(older_than) if older_than else None, newer_s=where.age(newer_than) if newer_than else None,
        conditions=tuple(condition or ()), sort=sort, limit=limit or (50 if action == "list" else None),
    )  # fmt: skip
    with words.speaking(words.check(lang)):
        if action == "prune":
            done = kept.prune(store, asked, dry_run=dry_run)
            if json:
                typer.echo(kept.pruned_json(done), nl=False)
            else:
                runs_table.pruned(done, dry_run=dry_run)
            return
        found = [kept.one(store, run) for run in ids] if ids else kept.found(store, asked, refresh=refresh)
        if json:
            typer.echo(kept.to_json(found), nl=False)
        elif action == "show":
            for entry in found:
                runs_table.shown_alone(entry)
        elif action == "compare":
            runs_table.compared(found)
        else:
            runs_table.listed(found, sort, asked.limit)


@app.command()
def new(file: Annotated[str, typer.Argument(metavar="FILE", help="Where to write it; must not exist.")]) -> None:
    """Write a commented variant to start from."""
    from .new import write_template

    write_template(file)
    _say(f"{file}\ncompare it with the reference: ebdiag compare {shlex.quote(file)}")


def main() -> None:
    """Run the command line; mistakes of the person end with one message and exit code 2."""
    from .errors import EbdiagError, of_disk

    try:
        try:
            app(standalone_mode=True)
        except OSError as error:
            disk = of_disk(error, "a file")
            if disk is None:
                raise
            raise disk from error
    except EbdiagError as error:
        _say(f"error: {error.render()}", err=True)
        sys.exit(error.exit_code)
    except SystemExit as ending:
        if ending.code == INTERRUPTED:
            with suppress(OSError):  # whoever read it may be gone
                print("interrupted; finished runs are kept", file=sys.stderr, flush=True)
        raise


if __name__ == "__main__":
    main()

"""What a comparison found: the models behind `result.json`, schema 1. Loads without torch.

Everything outside the key `volatile` is the same, byte for byte, whenever the same comparison is made
on the same kind of machine; times, memory, dates and paths stand only there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from . import words
from .errors import EbdiagError
from .folders import RESULT_BYTES, inside, small_enough
from .safe import json_text
from .schema import Json, LineRef, Model, Number, Numbers, Side, in_order
from .traces import Trace

SCHEMA = 1
FILE_NAME = "result.json"

VerdictStatus = Literal[
    "mine_fails", "mine_worse", "same", "mine_better", "reference_fails", "both_fail", "inconclusive", "run_failed"
]
MetricVerdict = Literal["better", "worse", "same", "inconclusive", "not_tested"]


class Dataset(Model):
    """The data set that trained and scored both variants.

    Attributes:
        name: As given to `--dataset`.
        digest: Hash of pixels, labels and split.
        image_shape: Native channels, height, width.
        train_count, held_out_count: Images in each split.
        classes: Number of labels; 0 where there are none.
        features: Feature net that scores it.
        features_digest: Hash of that net's weights.
        bar: What "works" asks for: `fid_max`, `coverage_min`, `digits_min`; 0 is not asked.
        anchors: FID of yardsticks against the training split: `held_out`, `classes_8`, `prototypes_5`, `prototypes_2`,
            `repeated`, `noise`, `blank`; those that need labels are absent where there are none.
    """

    name: str
    digest: str
    image_shape: tuple[int, int, int]
    train_count: int
    held_out_count: int
    classes: int
    features: str
    features_digest: str
    bar: Numbers
    anchors: Numbers


class Budget(Model):
    """How long was trained, on which seeds, scored at which steps.

    Attributes:
        steps: Updates of the generator.
        seeds: Seeds of both models, in the order of every list "per seed".
        checkpoints: Steps at which the reference was scored; a seed's score is the mean over the last three.
    """

    steps: int
    seeds: list[int]
    checkpoints: list[int] = []


class Volatile(Model):
    """Everything that may differ between two runs of the same comparison.

    Attributes:
        created: ISO date and time.
        environment: Versions, machine, device, threads.
        times: Run (`ref/0`: variant and seed) → seconds of wall time; `total` for the whole comparison.
        memory: Run → peak MiB.
        paths: What was written or read where, by name.
        trained: Run → steps trained now; 0 for a stored run.
        command: What to type to repeat the comparison.
        provisional: How many seeds are planned, while not all of them are trained; None for a finished comparison.
    """

    created: str = ""
    environment: Json = {}
    times: Numbers = {}
    memory: Numbers = {}
    paths: Annotated[dict[str, str], BeforeValidator(in_order)] = {}
    trained: Annotated[dict[str, int], BeforeValidator(in_order)] = {}
    command: str = ""
    provisional: int | None = None


class PartResult(Model):
    """A part of a variant: where it comes from, what it is, whether it takes effect.

    Attributes:
        source: File and line of its definition, or `default`.
        value: What is shown of it.
        used: Whether it takes effect at all, found by trying.
    """

    source: str
    value: str | None = None
    used: bool = True


class VariantResult(Model):
    """One of the two models compared.

    Attributes:
        path: As given on the command line.
        kind: Which contract it follows; `gan` so far.
        fingerprint: Hash of all its code; comments and layout do not count.
        parts: Name of the part → the part.
        facts: What building and trying it showed: `config`, `layers`, `narrowest`, `rates`, `yardsticks`,
            `autoencoder`, `single_pass`, and `ladder`, the rows of the sanity ladder; of mine also
            `initial_equal_share`, the share of its parameters that start bit-equal to one of ref's.
        notes: Sentences a person should read about it.
    """

    path: str
    kind: Literal["gan", "contrastive"]
    fingerprint: str
    parts: Annotated[dict[str, PartResult], BeforeValidator(in_order)]
    facts: Json = {}
    notes: list[str] = []


class Difference(Model):
    """A part that differs in effect, or a layer of a net.

    Attributes:
        part: Name of the part; for a layer its path below the net, such as `discriminator.decoder.3`.
        ref, mine: What is shown of it; null for a layer that this model lacks.
        ref_line, mine_line: Where it is defined; null for a default. For a layer that this model lacks, the line of the
            layer before.
    """

    part: str
    ref: str | None = None
    mine: str | None = None
    ref_line: LineRef | None = None
    mine_line: LineRef | None = None


class RunResult(Model):
    """One run: how it ended, after how many steps, and why if not as planned.

    Attributes:
        id: Its name in the store: trajectory and steps.
        variant: Whose run it is.
        seed: Its seed.
        status: How it ended; `restored` weights were not trained.
        steps: Updates of the generator that it reached.
        reason: Why it did not finish; null if it did.
        line: The line to blame, where one is known.
        notes: What a restored checkpoint lacked or had too much.
    """

    id: str
    variant: Side
    seed: int
    status: Literal["finished", "restored", "diverged", "crashed", "timeout"]
    steps: int
    reason: str | None = None
    line: LineRef | None = None
    notes: list[str] = []

    @property
    def name(self) -> str:
        """`ref/0`: variant and seed."""
        return f"{self.variant}/{self.seed}"


class Delta(Model):
    """mine against ref: the ratio mine / ref on a log scale, mine − ref on a linear one.

    Attributes:
        mean: The mean over pairs of seeds; of ratios the geometric one.
        low, high: Bounds of the paired 95 % t interval; null with one pair.
        n: Pairs of seeds.
    """

    mean: float
    low: Number = None
    high: Number = None
    n: int


class NoiseFloor(Model):
    """Usual spread between seeds of models that work.

    Attributes:
        value: Standard deviation of the score; of its natural log on a log scale.
        n: Working runs that it rests on; 0 where only the shipped prior speaks.
    """

    value: float
    n: int


class MetricResult(Model):
    """A metric, per seed in the order of `budget.seeds`.

    Attributes:
        unit: Empty for a number without one; `share` for 0 to 1.
        better: Which way is better; `none` where neither is by itself.
        scale: `log` is compared as a ratio, `linear` as a difference.
        ref, mine: Scores; null where the metric does not apply or the run has none.
        delta: mine against ref; null where no seed has both.
        noise_floor: Usual spread between seeds; null where no model works.
        verdict: Of mine; only FID is tested, and only where all seeds of both models work.
        decides: Whether a verdict can rest on it; the others describe.
        same_within: δ of the equivalence test: a ratio on a log scale, a difference on a linear one.
        correlation: Between the pairs of seeds, -1..1.
        seeds_needed: Seeds that would settle an inconclusive difference.
    """

    unit: str
    better: Literal["lower", "higher", "none"]
    scale: Literal["log", "linear"]
    ref: list[Number]
    mine: list[Number]
    delta: Delta | None = None
    noise_floor: NoiseFloor | None = None
    verdict: MetricVerdict = "not_tested"
    decides: bool = False
    same_within: Number = None
    correlation: Number = None
    seeds_needed: int | None = None


class Works(Model):
    """Whether each seed works, against the absolute bar of the data set.

    Attributes:
        ref, mine: One answer a seed, in the order of `budget.seeds`.
        bar: What was asked for.
    """

    ref: list[bool]
    mine: list[bool]
    bar: Numbers


class Finding(Model):
    """Something a rule saw.

    Attributes:
        rule: Its slug.
        severity: `error` where it must break, `deviation` where it departs from the paper with unknown effect.
        variant: Whom it is about.
        part: The part it is about.
        title: One line.
        explanation: One paragraph.
        evidence: The numbers that show it.
        lines: Where to look.
        advice: What to do.
        advice_tried: The experiment of this project in which the advice was followed and nothing else changed; null
            where it is unverified.
        advice_helped: Whether the failure was gone then, on every seed; null where that was not tried.
        caused_by: The rule whose finding explains this one.
        wording: What the catalogue of words calls its text, so that it can be said in another language; null where
            there is only the text.
    """

    rule: str
    severity: Literal["error", "warning", "deviation", "note"]
    variant: Side | None = None
    part: str | None = None
    title: str
    explanation: str
    evidence: Json = {}
    lines: list[LineRef] = []
    advice: str = ""
    advice_tried: str | None = None
    advice_helped: bool | None = None
    caused_by: str | None = None
    wording: str | None = None


class Lint(Model):
    """What `ebdiag lint --json` prints: the parts of a result that need no training.

    Attributes:
        variants: Both models.
        differences: Parts that differ in effect, a net followed by those of its layers that do.
        findings: Worst first.
    """

    variants: dict[Side, VariantResult]
    differences: list[Difference] = []
    findings: list[Finding] = []

    def to_json(self) -> str:
        """As `Result.to_json`."""
        return json_text(self.model_dump(mode="json"))


class Verdict(Model):
    """The outcome: one or two sentences for people, an exit code for machines.

    Attributes:
        status: The outcome.
        summary: In words.
        exit_code: What the command ends with.
        why: Further sentences: what it rests on, what would settle it.
        delay_factor: k where mine at T steps is where ref was at T / k; shown beside every "worse".
    """

    status: VerdictStatus
    summary: str
    exit_code: int
    why: list[str] = []
    delay_factor: Number = None


class Result(Model):
    """A finished comparison, as stored in `result.json`; shows itself in a notebook.

    `result.json` is English; what a result shows is in the language that was spoken where it was made or loaded.

    Attributes:
        schema: Version of this format; a reader refuses a higher one.
        ebdiag: Version of the program that wrote it.
        dataset: What trained and scored both models.
        budget: How long was trained, on which seeds.
        volatile: What may differ between two runs of the same comparison; nothing else may.
        variants: `ref` and `mine` → the model.
        differences: Parts that differ in effect, a net followed by those of its layers that do.
        runs: Every run, the reference's first.
        metrics: Key → the metric, both models side by side.
        works: Which seeds work.
        findings: What rules saw; empty as long as there are none.
        trace: The search for the culprit; null where none was asked for.
        verdict: The outcome.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    ebdiag: str
    dataset: Dataset
    budget: Budget
    volatile: Volatile = Volatile()
    variants: dict[Side, VariantResult]
    differences: list[Difference] = []
    runs: list[RunResult]
    metrics: Annotated[dict[str, MetricResult], BeforeValidator(in_order)]
    works: Works
    findings: list[Finding] = []
    trace: Trace | None = None
    verdict: Verdict

    _folder: Path | None = PrivateAttr(None)
    _language: str = PrivateAttr(default_factory=words.language)

    @model_validator(mode="after")
    def _fits_together(self) -> Result:
        """Two models of one kind, and one value a seed."""
        if len({variant.kind for variant in self.variants.values()}) != 1 or set(self.variants) != set(get_args(Side)):
            raise ValueError("variants must be ref and mine, of one kind")
        seeds = len(self.budget.seeds)
        lists: dict[str, tuple[Sequence[object], Sequence[object]]]
        lists = {f"metrics.{key}": (metric.ref, metric.mine) for key, metric in self.metrics.items()}
        for name, sides in {**lists, "works": (self.works.ref, self.works.mine)}.items():
            if any(len(values) != seeds for values in sides):
                raise ValueError(f"{name} must have {seeds} values a side, one a seed")
        return self

    def __eq__(self, other: object) -> bool:
        """Equal in content, wherever it lies."""
        return isinstance(other, Result) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """One line."""
        mine, ref = self.variants["mine"].path, self.variants["ref"].path
        return f"<Result {self.verdict.status}: {mine} against {ref}>"

    def __str__(self) -> str:
        """Verdict and metrics, as the command prints them."""
        from . import display

        with words.speaking(self._language):
            return display.text(self)

    def _repr_html_(self) -> str:
        from . import glance

        with words.speaking(self._language):
            return glance.html(self, self._folder)

    def _repr_markdown_(self) -> str:
        from . import glance

        with words.speaking(self._language):
            return glance.markdown(self, self._folder)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def says_the_same(self, other: Result) -> bool:
        """Whether two results are of the same comparison: equal in all that does not differ from run to run."""
        return self.model_dump(exclude={"volatile"}) == other.model_dump(exclude={"volatile"})

    def to_json(self) -> str:
        """The text of `result.json`: keys in a fixed order, numbers as `repr` writes them, null for NaN."""
        return json_text(self.model_dump(mode="json", by_alias=True))

    def save(self, path: Path) -> Path:
        """Write to a file, or to `result.json` in a folder; the old file stands until the new one is complete."""
        file = path / FILE_NAME if path.is_dir() else path
        draft = file.with_name(f"{file.name}.{os.getpid()}.part")
        draft.write_text(self.to_json(), encoding="utf-8")
        draft.replace(file)
        self._folder = file.parent.absolute()
        return file

    @classmethod
    def load(cls, path: str | Path) -> Result:
        """Read a file, or `result.json` in a folder.

        Raises:
            EbdiagError: No such file, not JSON, written by a newer ebdiag, or not of the schema.
        """
        file = Path(path)
        file = inside(file, FILE_NAME, most_bytes=RESULT_BYTES) if file.is_dir() else file
        name = str(file)
        try:
            small_enough(file, file.stat().st_size, RESULT_BYTES)
            content = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise EbdiagError(
                "no such file", file=name, hint="give a report folder that `ebdiag compare` wrote"
            ) from None
        except (ValueError, OSError, RecursionError) as error:
            raise EbdiagError(
                "is not a readable result",
                file=name,
                expected="JSON",
                got=str(error),
                hint="compare again; what is trained is kept",
            ) from None
        schema = content.get("schema") if isinstance(content, dict) else None
        if isinstance(schema, int) and schema > SCHEMA:
            raise EbdiagError(
                "was written by a newer ebdiag",
                file=name,
                expected=f"schema {SCHEMA} or older",
                got=f"schema {schema}",
                hint="update ebdiag",
            )
        try:
            result = cls.model_validate(content)
        except RecursionError as error:
            raise _no_result(name, "what is nested less deeply", str(error)) from None
        except ValidationError as error:
            first = error.errors()[0]
            said = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
            raise _no_result(name, f"a valid '{'.'.join(map(str, first['loc'])) or 'result'}'", said) from None
        result._folder = file.parent.absolute()
        return result


def _no_result(file: str, expected: str, got: str) -> EbdiagError:
    hint = "compare again; what is trained is kept"
    return EbdiagError(f"is not a result of schema {SCHEMA}", file=file, expected=expected, got=got, hint=hint)


def near(path: Path) -> str:
    """A path as seen from the working folder where it lies below, so that reports hold nothing of the machine."""
    whole, here = path.absolute(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(path)


def json_schema() -> str:
    """The JSON Schema of `result.json`, as published in docs/result.schema.json."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Result.model_json_schema(
        mode="serialization"
    )
    return json.dumps(schema, indent=1) + "\n"


if __name__ == "__main__":
    Path("docs/result.schema.json").write_text(json_schema(), encoding="utf-8")

"""The frozen records that stages hand on. Loads without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

CELL = 100_000
"""Lines of notebooks are counted as cell × CELL + row within it."""

SCORED = 3
"""A seed's score is the mean over its last three checkpoints: late in a run the FID wanders."""

KindName = Literal["gan", "contrastive"]
Side = Literal["ref", "mine"]
RunStatus = Literal["finished", "restored", "diverged", "crashed", "timeout"]


def digest(value: object) -> str:
    """Short content hash (16 hex digits) of anything that JSON can write."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rounded(value: float) -> float:
    """To six significant digits: enough to judge by, and no noise of the last bits in files."""
    return float(f"{value:.6g}")


def placed(file: str, line: int) -> str:
    """`mine.py:41`, and `mine.ipynb:cell 3:4` where lines are counted by cells."""
    cell, row = divmod(line, CELL)
    return f"{file}:cell {cell}:{row}" if cell else f"{file}:{line}"


@dataclass(frozen=True)
class Line:
    """A line of a user's file; `file` as the person named it, `line` 1-based, of a notebook cell × CELL + row."""

    file: str
    line: int

    def __str__(self) -> str:
        return placed(self.file, self.line)


@dataclass(frozen=True)
class Part:
    """One part of a variant as the syntax tree shows it.

    Attributes:
        name: One of its kind's parts (`kinds`).
        line: Where it is defined, or None where ebdiag's default stands.
        code: Normalised source of the definition and of all module-level code it reaches, local
            imports included, comments and docstrings left out; empty for a default.
    """

    name: str
    line: Line | None = None
    code: str = ""

    @property
    def source(self) -> str:
        """`mine.py:41`, or `default`."""
        return "default" if self.line is None else str(self.line)


@dataclass(frozen=True)
class Script:
    """What became of a script that is no contract variant.

    Attributes:
        recognised: (line, part, what it says), of everything that was taken over as a part.
        assumed: (line, sentence), of what the script did not say, or what cannot be done as it does it.
        left_out: (line, statement, why).
        author: What the script says of its author's own run: `dataset`, `epochs` or `steps`, `device`; what it does
            not say is absent.
    """

    recognised: tuple[tuple[int, str, str], ...] = ()
    assumed: tuple[tuple[int, str], ...] = ()
    left_out: tuple[tuple[int, str, str], ...] = ()
    author: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Variant:
    """A model file, read but never run.

    Attributes:
        path: The file as the person named it (`ref:ebgan_pt` for a reference model).
        kind: Which contract it follows.
        files: Relative module path (`mine.py`, `layers.py`, `blocks/conv.py`) → source text: the file
            itself and every local module that it imports. Enough to build the variant anywhere.
        main: The key of `files` that is the variant itself.
        parts: All parts, by name, in the order of its kind's.
        config_lines: Config field → its line; fields that the file leaves out are absent.
        fingerprint: Hash of everything in the files that could change what runs (comments cannot).
        origins: Of each row of the main file's text the line that a person knows it by, where the text was written
            from a script; empty where it is the file itself.
        script: What became of the script, else None.
    """

    path: str
    kind: KindName
    files: dict[str, str]
    main: str
    parts: dict[str, Part]
    config_lines: dict[str, Line]
    fingerprint: str
    origins: tuple[int, ...] = ()
    script: Script | None = None

    def __hash__(self) -> int:
        return hash((self.path, self.fingerprint))

    def display(self, module: str) -> str:
        """The path a person knows a module of this variant by."""
        if module == self.main:
            return self.path
        folder = self.path.rsplit("/", 1)[0] if "/" in self.path else ""
        return f"{folder}/{module}" if folder else module


def blamed(stack: Iterable[Line], variants: Iterable[Variant]) -> Line | None:
    """The innermost line of a stack, innermost first, that stands in a file of these variants."""
    files = {variant.display(file) for variant in variants for file in variant.files}
    return next((line for line in stack if line.file in files), None)


@dataclass(frozen=True)
class Graft:
    """Layers of a net that come from another variant's.

    Attributes:
        net: `generator` or `discriminator`.
        into: Whether the net that keeps the other layers is ref's or mine's.
        stretches: Rows of both nets that stand for each other, as (start in ref, end, start in mine, end).
    """

    net: str
    donor: Variant
    into: Side
    stretches: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True)
class Recipe:
    """A variant to build: `base`, with some parts or layers from others (a hybrid) or none (a plain variant)."""

    base: Variant
    donors: tuple[tuple[str, Variant], ...] = ()
    grafts: tuple[Graft, ...] = ()

    @property
    def variants(self) -> list[Variant]:
        """Every variant that has a part in this, once."""
        found = [self.base, *(donor for _, donor in self.donors), *(graft.donor for graft in self.grafts)]
        return list(dict.fromkeys(found))

    def variant_of(self, part: str) -> Variant:
        """The variant that `part` comes from."""
        return dict(self.donors).get(part, self.base)

    @property
    def fingerprint(self) -> str:
        """Hash of all sources involved and of which part comes from where."""
        parts: list[Any] = [self.base.fingerprint, [(part, donor.fingerprint) for part, donor in self.donors]]
        layers = [[graft.net, graft.donor.fingerprint, graft.into, graft.stretches] for graft in self.grafts]
        return digest([*parts, layers] if layers else parts)


@dataclass(frozen=True)
class DataSpec:
    """A prepared data set: what it is called and what it contains.

    Attributes:
        name: As given on the command line, `mnist5k`.
        digest: Hash of the pixels, labels and split.
        image_shape: Native (channels, height, width).
        train_count, held_out_count: Images in each split.
        classes: Number of labels; 0 where there are none.
        features: Name of the feature net that scores it.
        bar: The absolute bar that says "works": `fid_max`, `coverage_min`, `digits_min` (0 = not asked).
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
    bar: dict[str, float]
    anchors: dict[str, float]


@dataclass(frozen=True)
class Weights:
    """Weights of a feature net that a person gave.

    Attributes:
        path: Absolute.
        digest: sha256 of the content.
    """

    path: str
    digest: str


@dataclass(frozen=True)
class Environment:
    """What decides bits besides the code: part of every trajectory's id.

    Attributes:
        device: `cpu`, `cuda` or `mps`.
        fused: Fused optimiser kernels.
        kernels: `torch`, or `fast`: other orders of arithmetic, see `kernels.py`.
        together: Seeds that are trained as one batched computation, see `seeds.py`.
    """

    torch: str
    device: str = "cpu"
    threads: int = 1
    fused: bool = False
    numerics: int = 1
    kernels: str = "torch"
    together: int = 1

    @property
    def identity(self) -> dict[str, Any]:
        """What goes into ids; a field that came later is left out where it says what was always done."""
        usual = (("kernels", "torch"), ("together", 1))
        return {name: value for name, value in self.__dict__.items() if (name, value) not in usual}

    @property
    def alone(self) -> Environment:
        """The same for runs of one seed each."""
        return replace(self, together=1)


@dataclass(frozen=True)
class Facts:
    """What building and probing a recipe showed, without training. JSON values only.

    Attributes:
        parts: Part → {"value": shown text or None, "used": bool, "effect": what it computes, as text, or None}.
        config: Config field → value, with defaults filled in.
        layers: Net → rows in the order in which they run (`anatomy.py`, docs/result.md): "path", "type", "kind", "key",
            "arguments", "repr", "line", "input_shape", "shape", "parameters" (those of earlier rows left out),
            "multiply_adds" of a sample, "receptive_field" in pixels of the net's input or None, "init" (of each
            parameter "name", "mean", "std", "expected_std" of PyTorch's default, "count", "changed" by `initialise`),
            "dead" (share of an activation's units that are 0 for a batch), "gradient" (norm under the net's own loss).
        initial: Net → {parameter name → hash of its values at step 0 under seed 0}.
        sizes: Net → {parameter name → number of values}.
        start: Net → parameters that it uses, in order of use: "name", and how their values are distributed at step 0
            ("now") and before `initialise` ("constructed"): "digest", "count", "mean", "std", "absolute".
        rates: Net → learning rate of its optimiser, the highest of several; absent where it has none.
        narrowest: The discriminator's smallest output on the way: "path", "line", "size".
        wiring: Net → how its rows hang together: "reason" why its layers cannot be exchanged, or None and then "inputs"
            (of each row the rows that it takes, -1 for the net's input), "weights" (of each row the names), "outputs"
            (the rows that are returned) and "form" (how they are nested).
        apart: Why its seeds cannot be trained in one go, where that was asked for; else None.
        notes: Sentences a person should read (resized data, two-pass generator, code found by looking).
        step_ms: Time of one step on this machine; for the estimate only.
        yardsticks: Energies to measure the margin by (`yardsticks.py`), and `start`, that of real images at step 0 as
            the mean of squares on a pixel range of width 2; empty for what is no autoencoder.
        ladder: Rows of the sanity ladder (docs/ladder.md); empty where it was not climbed.
        conformance: Probe → what calling the variant on prepared inputs showed (`conformance/`).
        ranges: Bounds of data, images, reconstructions and energy (`ranges.py`).
    """

    parts: dict[str, dict[str, Any]]
    config: dict[str, Any]
    layers: dict[str, list[dict[str, Any]]]
    initial: dict[str, dict[str, str]]
    sizes: dict[str, dict[str, int]]
    notes: list[str]
    autoencoder: bool
    single_pass: bool
    step_ms: float
    yardsticks: dict[str, float | None] = field(default_factory=dict)
    ladder: list[dict[str, Any]] = field(default_factory=list)
    conformance: dict[str, Any] = field(default_factory=dict)
    ranges: dict[str, Any] = field(default_factory=dict)
    start: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    narrowest: dict[str, Any] | None = None
    wiring: dict[str, dict[str, Any]] = field(default_factory=dict)
    apart: str | None = None


@dataclass(frozen=True)
class RunSpec:
    """One training run.

    Attributes:
        trajectory: Id of everything that decides the weights, the number of steps excluded.
        steps: Generator updates to reach.
        checkpoints: Steps at which the model is measured, ascending; the last is `steps`.
        probes: `none`, `default` or `all`; never part of the trajectory.
        restore: Weights to score instead of training, or None.
        inception: Weights of Inception-v3 to score with as well, or None; never part of the trajectory.
    """

    side: Side
    recipe: Recipe
    seed: int
    data: DataSpec
    environment: Environment
    trajectory: str
    steps: int
    checkpoints: tuple[int, ...]
    probes: str = "default"
    restore: str | None = None
    inception: Weights | None = None

    @property
    def id(self) -> str:
        """Names the run in result.json and in the store."""
        return f"{self.trajectory}-{self.steps}"

    @property
    def scored(self) -> tuple[int, ...]:
        """The checkpoints whose mean is the seed's score."""
        return self.checkpoints[-SCORED:]


@dataclass(frozen=True)
class Measures:
    """A model scored at one checkpoint.

    Attributes:
        step: Generator updates so far.
        values: Metric key → number, or None where it does not apply.
        details: Provenance of the values: n, d, rank and floor of the FID, and the like.
    """

    step: int
    values: dict[str, float | None]
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What came of a RunSpec. Series and arrays stay in the store, under `folder`.

    Attributes:
        reason: Why it did not finish: the step, the term, the exception and its line; else None.
        line: The user's line to blame, where one is known.
        measures: One entry a checkpoint reached, ascending.
        trained: Steps trained now (0 for a stored run).
    """

    spec: RunSpec
    status: RunStatus
    steps: int
    reason: str | None = None
    line: Line | None = None
    measures: tuple[Measures, ...] = ()
    trained: int = 0
    wall_s: float = 0.0
    peak_mib: float = 0.0
    folder: str = ""
    notes: tuple[str, ...] = ()

"""What a worker can be asked to do. Loads without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .records import DataSpec, Environment, Facts, Recipe, RunSpec, Variant

if TYPE_CHECKING:
    from .scripts.lift import Array


@dataclass(frozen=True)
class PrepareJob:
    """Read, split and describe a data set; the answer is a DataSpec."""

    dataset: str


@dataclass(frozen=True)
class InspectJob:
    """Look at a recipe without training; the answer is Facts."""

    recipe: Recipe
    data: DataSpec
    environment: Environment


@dataclass(frozen=True)
class LadderJob:
    """Try each net of a recipe alone; the rows of the sanity ladder come as the event `ladder`."""

    recipe: Recipe
    data: DataSpec
    environment: Environment


@dataclass(frozen=True)
class RunJob:
    """Train (or restore) and measure into the store at `root`; the answer is how it ended.

    Attributes:
        restored: Where a copy of the file `spec.restore` lies, on a machine that does not have it under its name.
    """

    spec: RunSpec
    facts: Facts
    root: str
    restored: str | None = None


@dataclass(frozen=True)
class GroupJob:
    """The same of some seeds of one recipe, trained in one go; answers are events `answer` of the runs, by their ids.

    Attributes:
        specs: Alike but for their seeds, each below `environment.together`; seeds that are not among them have ended.
    """

    specs: tuple[RunSpec, ...]
    facts: Facts
    root: str


@dataclass(frozen=True)
class ScriptJob:
    """Try what a script makes and sets; the answers are a dictionary, see `scripts.trial`.

    Attributes:
        scratch: Folder to run in, the only one that may be written to.
    """

    variant: Variant
    questions: dict[str, str]
    array: Array | None
    dataset: str
    scratch: str


@dataclass(frozen=True)
class AlikeJob:
    """Train two forms of a script a few steps, in `scratch`; the answer says whether their weights are the same."""

    one: Variant
    other: Variant
    dataset: str
    scratch: str


Job = AlikeJob | ScriptJob | PrepareJob | InspectJob | LadderJob | RunJob | GroupJob

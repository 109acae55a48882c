"""A path → Variant, whatever the file is: a contract variant as it stands, or a script or notebook read as one.

What only running can tell of a script is asked of a worker, once; the answer is stored under the script's text.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import kinds, lines, load, syntax
from .errors import EbdiagError, VariantError
from .execute import Executor, LocalExecutor, Task, refusal
from .folders import write_atomically
from .jobs import AlikeJob, ScriptJob
from .overrides import Overrides
from .records import Script, Variant, digest
from .scripts import source, standard
from .scripts.answers import Answers, Data, Latent
from .scripts.lift import Lifted
from .scripts.readable import readable
from .scripts.source import DOCS, Source
from .scripts.write import Writer
from .store import Store
from .survey import Survey
from .watch import Silent

VERSION = 3
"""Raised when scripts are read otherwise; stored answers are then asked for anew."""

LIMIT_S = 50.0
"""Seconds that a script's nets and settings may take to be tried."""


@dataclass(frozen=True)
class Reader:
    """Reads models; asks workers about scripts.

    Args:
        dataset: Whose images a script's own transform is tried on.
        limit_s: How long trying a script may take.
    """

    store: Store
    executor: Executor
    dataset: str
    limit_s: float = LIMIT_S

    def read(self, path: str, overrides: Overrides | None = None) -> Variant:
        """The variant of a path.

        Args:
            overrides: Settings and nets that stand before what the file says.

        Raises:
            VariantError: It cannot be understood, or cannot run.
        """
        asked = overrides or Overrides()
        found = script(path)
        if found is None:
            return load.load(path, asked.files if asked else None)
        if not asked.classes:
            _check_gan(found)
        return self._adopted(path, found, asked.given, asked.classes)

    def _adopted(self, path: str, found: Source, given: Mapping[str, str], classes: Mapping[str, str]) -> Variant:
        try:
            lifted = Lifted(found, given, classes)
            writer = Writer(lifted)
            lifted.check_given()
            draft = writer.draft()
        except RecursionError:
            raise VariantError("is nested too deeply to be read", file=path, docs=DOCS) from None
        drafted = load.draft(path, draft.text, draft.origins)
        asked = lifted.questions()
        array = lifted.array()
        images = None if array is None else vars(array)
        key = digest([VERSION, drafted.fingerprint, asked, images, self.dataset])
        known = self.store.load_answer(key)
        if known is None:
            known = self.store.save_answer(
                key, self._ask(path, lambda scratch: ScriptJob(drafted, asked, array, self.dataset, scratch), key)
            )
        answers, notes = understood(lifted, known, given)
        written = writer.text(answers)
        variant = load.load(path, text=written.text, origins=written.origins)
        losses = standard.losses(lifted)
        if losses is not None:
            split = writer.text(answers, losses)
            other = load.load(path, text=split.text, origins=split.origins)
            if self._alike(path, variant, other):
                written, variant = split, other
            else:
                losses = None
        what = Script(
            assumed=tuple((found_line, text) for found_line, text in [
                *((lifted.row(line), text) for line, text in lifted.assumed), *notes]),
            left_out=tuple(sorted(
                {(left.line, left.what, left.why) for left in lifted.left_out}
                | {(lifted.row(node.lineno), short, why) for node, short, why in writer.left_out(written)})),
            recognised=tuple(writer.recognised(answers, losses)),
            author=lifted.author(known),
        )  # fmt: skip
        return replace(variant, script=what)

    def _alike(self, path: str, one: Variant, other: Variant) -> bool:
        """Whether a few steps of both forms of a script leave the same weights."""
        key = digest([VERSION, one.fingerprint, other.fingerprint, self.dataset])
        known = self.store.load_answer(key)
        if known is None:
            known = self.store.save_answer(
                key, self._ask(path, lambda scratch: AlikeJob(one, other, self.dataset, scratch), key)
            )
        return bool(known["alike"])

    def _ask(self, path: str, job: Callable[[str], ScriptJob | AlikeJob], key: str) -> dict[str, Any]:
        log = self.store.root / "log" / f"{key}.txt"
        executor = self.executor.limited(self.limit_s)
        with tempfile.TemporaryDirectory(prefix="ebdiag-", ignore_cleanup_errors=True) as scratch:
            outcomes = executor.map([Task(key, job(scratch), log)], lambda name, event: None)
        refused = refusal(outcomes)
        if refused is not None:
            raise refused
        outcome = outcomes[key]
        if outcome.status == "done":
            answer: dict[str, Any] = outcome.value
            return answer
        if outcome.status == "broken":
            raise RuntimeError(f"{path}: {outcome.reason}")
        raise VariantError(
            f"trying its nets and settings failed: {outcome.reason}", file=path,
            hint=f"what it printed is in {log}", docs=DOCS,
        )  # fmt: skip


def reference_for(path: str) -> str:
    """The reference model that a file is held against where none is named; what cannot be read is refused later."""
    try:
        kind = "gan" if script(path) is not None else load.load(path).kind
    except EbdiagError:
        kind = "gan"
    return kinds.reference(kind)


OF_GANS = ("gen", "disc", "decoder", "critic", "net_g", "netg", "net_d", "netd", "autoencoder")
"""Parts of the names of classes that tell that a script's `Encoder` is a layer of a GAN."""


def _check_gan(found: Source) -> None:
    """Refuse a script of a contrastive encoder, which would be asked for a generator that nobody meant.

    Raises:
        VariantError: It defines an Encoder, and no class that could be a net of a GAN.
    """
    classes = {node.name: node for node in ast.walk(found.tree) if isinstance(node, ast.ClassDef)}
    encoder = next((node for name, node in classes.items() if name.endswith("Encoder")), None)
    if encoder is None or any(part in name.lower() for name in classes for part in OF_GANS):
        return
    raise VariantError(
        "is a script that trains an encoder, and only scripts of GANs are read", file=found.path,
        line=found.row(encoder.lineno), expected="a file with a class Encoder that does no work when it is imported",
        got="one that trains it", hint="write its loss, its pairs and its prediction as functions",
        docs="docs/contrastive.md",
    )  # fmt: skip


def script(path: str) -> Source | None:
    """The script or notebook at a path; None for a contract variant, and for what `load` refuses better."""
    file = Path(path)
    if path.startswith(load.REFERENCE) or file.suffix not in (".py", ".ipynb") or not file.is_file():
        return None
    if file.suffix == ".py" and _is_contract(file, path):
        return None
    return source.read(file, path)


def _is_contract(file: Path, path: str) -> bool:
    """Whether a file keeps to the contract: does no work when imported, and trains nothing by itself."""
    try:
        if file.stat().st_size > source.LARGEST:
            return False
        text = syntax.decode(file.read_bytes(), path)
        if not text.strip():
            return True  # `load` says that it is empty
        tree = syntax.parse(text, path)
    except (VariantError, OSError, RecursionError):
        return False
    if syntax.first_work(tree) is not None:
        return False
    names = {node.name for node in tree.body if hasattr(node, "name")}
    if names & {*kinds.of("gan").functions, "Objective", "Config", "contrastive_loss"} or ".backward(" not in text:
        return True
    return not any(  # classes alone, with a `main` that trains beside them, are a script
        syntax.is_dead(node) or (hasattr(node, "name") and node.name in ("main", "train")) for node in tree.body
    )


def understood(
    lifted: Lifted, known: Mapping[str, Any], given: Mapping[str, str]
) -> tuple[Answers, list[tuple[int, str]]]:
    """A worker's answers as the writer takes them, and what had to be assumed.

    Raises:
        VariantError: Something that is asked for has no answer.
    """
    notes: list[tuple[int, str]] = []
    seen, failed = known.get("data"), known["failed"]
    line = lifted.row(lifted.data_line)
    shape = tuple(known["shape"])
    ends = (-1.0, 1.0)
    transform = None
    if seen is None or seen.get("odd"):
        if "pixel_range" not in given:
            why = failed.get("transform", "no transform was found")
            notes.append((line, f"pixels range from -1 to 1, for {why}; say another with --set pixel_range='(0, 1)'"))
    else:
        ends = (seen["range"][0], seen["range"][1])
        if not seen["standard"]:
            transform = lifted.questions()["transform"]
        if seen["random"]:
            notes.append((line, "its transform is random: it is applied once to each image, not anew each epoch"))
    size = known.get("batch_size")
    if size is None and "batch_size" not in given:
        raise VariantError(
            "the batch size was not found", file=lifted.source.path, line=lifted.row(lifted.loader_line),
            expected="`DataLoader(…, batch_size=64)` or an argument of that name",
            got=failed.get("batch_size", "neither"), hint="say it: --set batch_size=64", docs=DOCS,
        )  # fmt: skip
    for name, setting in (("margin", "margin"), ("weight", "pull_away_weight")):
        if name in failed and setting not in given:
            raise VariantError(
                f"the {setting} could not be read", file=lifted.source.path, got=failed[name],
                expected="a number", hint=f"say it: --set {setting}=1.0", docs=DOCS,
            )  # fmt: skip
    data = Data(
        image_shape=shape, pixel_range=ends, batch_size=int(size or 64), transform=transform,
        shuffle=bool(known.get("shuffle", True)),
        drop_last=bool(known.get("drop_last", lifted.loader is None)) or lifted.drops_last,
    )  # fmt: skip
    latent = Latent(known["latent"]["kind"], tuple(known["latent"]["shape"]))
    repeats = known.get("repeats")
    answers = Answers(data, latent, known.get("margin"), known.get("weight"), None if repeats is None else int(repeats),
                      tuple(known["flat"]), bool(known["code_first"]))  # fmt: skip
    return answers, notes


def adopted(path: str, out: Path, dataset: str, overrides: Overrides, *, force: bool = False) -> str:
    """Write a script as the contract variant that it is read as; returns what became of it, as `lint` says it.

    Raises:
        EbdiagError: It is no script, or `out` is there already.
    """
    if out.exists() and not force:
        raise EbdiagError("is there already", file=str(out), hint="give another name, or --force")
    if out.suffix != ".py":
        raise EbdiagError("is no name for a variant", file=str(out), expected="a file ending in .py", got=out.name)
    if script(path) is None:
        load.load(path)
        raise EbdiagError("is a contract variant already", file=path, hint="compare it as it is")
    store, executor = Store(), LocalExecutor(1)
    Survey(store, executor, Silent()).data(dataset)
    variant = Reader(store, executor, dataset).read(path, overrides)
    write_atomically(out, readable(variant).encode())
    return lines.script(variant.path, variant.script)

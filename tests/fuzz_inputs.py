"""What people may hand in, mutated at random: the loader and `result.json` answer or refuse it, and nothing else.

`python tests/fuzz_inputs.py [SECONDS] [SEED]` goes on for so many seconds and prints the first input that fails; a test
runs a fixed number of cases with a fixed seed.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import result_factory
from hostile_texts import ALL
from variants import TINY

from ebdiag import gate
from ebdiag.bars import Bars, MetricBar
from ebdiag.errors import EbdiagError, VariantError
from ebdiag.load import load
from ebdiag.records import Variant
from ebdiag.result import Result

RAN = "ran.txt"
"""A file that a variant would write if any of its lines were run."""

LOADER_SEEDS = (
    f"open({RAN!r}, 'w')\n" + TINY,
    TINY.replace("    def forward", f"    open({RAN!r}, 'w')\n\n    def forward"),
    TINY.replace("margin: float = 1.0", f"margin: float = open({RAN!r}, 'w') and 1.0"),
    TINY + "\nGenerator2 = Generator\nfrom mine import Generator as Again\nenergy = lambda recon, x: x\n",
    TINY + "\n\ndef energy(recon, x, *more, key=1, **rest):\n    return (recon - x).square().flatten(1).mean(1)\n",
    TINY.replace("class Generator", "@property\nclass Generator").replace("self.net", "self . net"),
)
PIECES = (
    "\n", "    ", "\t", "(", ")", "]", ":", "'", '"""', "\\", "#", "*", "=", "@", ",", ".", "\x00", "\x0c", "\ufeff",
    "\r", "é", "\u2028", "\ud800", "0x", "1e400", "1" * 5_000, "lambda", "yield", "await", "async ", "def ", "class ",
    "import ", "from . import x", "from .. import y", "from mine import *", "import mine", "global x", "nonlocal x",
    "return", "del Generator", "Generator = Discriminator = Generator", "(x := 1)", "match x:\n    case _: pass\n",
    "type X = int", "# -*- coding: utf-16 -*-", "__import__('os')", "{**a}", "f'{x!r:>{y}}'", "print(", "-" * 200,
    "(" * 300, "not " * 150, "class Config(Config): pass", "class Encoder: pass", "def pairs(): pass",
    "train_step = 3", "Objective = None",
)  # fmt: skip

JSON_PIECES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 10**30, -(10**400), 0.5, 1e308, -1e-308, float("inf"), float("nan"), "", "x", ALL,
    "fid", "mine", "ref", "gan", "contrastive", "crashed", "\ud800", [], {}, [1, 2, 3], [None] * 3, [[]], {"": {}},
    {"a": [{"b": None}]}, "9" * 5_000,
)  # fmt: skip

BARS = Bars(
    "bars.toml", (MetricBar("fid", "max", 200.0), MetricBar("fid", "max_ratio", 1.05),
                  MetricBar("coverage", "min_delta", -0.1), MetricBar("coverage", "min", 0.2, "seeds")),
    works=3, forbid=("blank-samples",), max_errors=0,
)  # fmt: skip


def source(rng: random.Random) -> str:
    """A model file with some changes."""
    text = rng.choice(LOADER_SEEDS)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        text = _changed(text, rng)
    return text


def _changed(text: str, rng: random.Random) -> str:
    """One change: a piece put in, characters or a line left out, cut off, copied or indented otherwise."""
    place, end = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    piece, kind, lines = rng.choice(PIECES), rng.randrange(7), text.split("\n")
    row = rng.randrange(len(lines))
    if kind == 0:
        return text[:place] + piece + text[place:]
    if kind == 1:
        return text[:place] + piece + text[min(end, place + rng.randrange(1, 9)) :]
    if kind == 2:
        return text[:place] + text[end:] if rng.random() < 0.5 else text[:place]
    if kind == 3:
        del lines[row]
    elif kind == 4:
        lines.insert(row, piece)
    elif kind == 5:
        lines.insert(row, rng.choice(lines))
    else:
        lines[row] = " " * rng.randrange(9) + lines[row].lstrip()
    return "\n".join(lines)


def result_text(rng: random.Random) -> bytes:
    """A `result.json` with some changes, in its values or in its bytes."""
    content = copy.deepcopy(_RESULTS[rng.choice(("full", "same", "crashed"))])
    for _ in range(rng.choice((1, 1, 2, 5))):
        place: Any = content
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = rng.choice(keys)
            if isinstance(place[key], dict | list) and place[key] and rng.random() < 0.8:
                place = place[key]
                continue
            break
        change = rng.randrange(4)
        if change == 0:
            del place[key]
        elif change == 1:
            place[key] = copy.deepcopy(rng.choice(JSON_PIECES))
        elif isinstance(place, dict):
            place[rng.choice((ALL, "x", "fid", key))] = copy.deepcopy(rng.choice(JSON_PIECES))
        else:
            place.insert(key, copy.deepcopy(rng.choice((place[key], *JSON_PIECES))))
        if not content:
            break
    text = bytearray(json.dumps(content).encode())
    if rng.random() < 0.2:
        place = rng.randrange(len(text))
        text[place : place + rng.randrange(2)] = bytes([rng.randrange(256)])
    return bytes(text[: rng.randrange(len(text))] if rng.random() < 0.05 else text)


def read_source(text: str, folder: Path) -> Variant | None:
    """Load it.

    Raises:
        AssertionError: Its code was run, or a refusal does not name the file.
        Exception: Anything but a refusal.
    """
    file = folder / "mine.py"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = load(str(file))
    except VariantError as error:
        found = None
        if error.file is None or str(file) not in error.render():
            raise AssertionError("a refusal that does not name the file") from error
    assert not Path(RAN).exists(), "its code was run"
    assert "mine" not in sys.modules, "it was imported"
    return found


def read_result(text: bytes, folder: Path) -> Result | None:
    """Read, judge and show it.

    Raises:
        Exception: Anything but a refusal.
    """
    file = folder / "result.json"
    file.write_bytes(text)
    try:
        found = Result.load(file)
        gate.judge(found, BARS, found, last_name="last")
    except EbdiagError:
        return None
    assert json.loads(found.to_json())["schema"] == 1
    return found


_RESULTS = {
    case: result_factory.result(case).model_dump(mode="json", by_alias=True)  # type: ignore[arg-type]
    for case in ("full", "same", "crashed")
}
TARGETS: dict[str, tuple[Callable[[random.Random], Any], Callable[[Any, Path], object]]] = {
    "loader": (source, read_source),
    "result": (result_text, read_result),
}


def cases(target: str, seed: int) -> Iterator[tuple[int, Any]]:
    """Inputs without end; each depends on seed and number alone."""
    make, _ = TARGETS[target]
    number = 0
    while True:
        yield number, make(random.Random(f"{target}/{seed}/{number}"))
        number += 1


def main(seconds: float = 10.0, seed: int = 0) -> None:
    """Fuzz each target for its share of the time."""
    with tempfile.TemporaryDirectory() as name:
        for target, (_, read) in TARGETS.items():
            end, accepted = time.monotonic() + seconds / len(TARGETS), 0
            for number, given in cases(target, seed):
                try:
                    accepted += read(given, Path(name)) is not None
                except BaseException:
                    print(f"{target}, seed {seed}, case {number}:\n{given!r}", file=sys.stderr)
                    raise
                if time.monotonic() > end:
                    print(f"{target}: {number + 1} cases, {accepted} of them accepted")
                    break


if __name__ == "__main__":
    main(*(float(given) for given in sys.argv[1:2]), *(int(given) for given in sys.argv[2:3]))

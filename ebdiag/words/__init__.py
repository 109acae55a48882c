"""What people read in reports and terminals: words, marks and numbers, in the language that is being spoken.

A language is one catalogue beside this file, with the same names and keys as `en`; nothing else knows any words.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from string import Formatter
from types import ModuleType
from typing import TYPE_CHECKING, Generic, TypeVar

from ..errors import EbdiagError, did_you_mean
from . import en, ko
from .shapes import FindingWords, RungWords

if TYPE_CHECKING:
    from pydantic import JsonValue

    from ..result import Finding

MISSING = "n/a"
MINUS, TIMES, DASH = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{EN DASH}"
THIN_SPACE, NO_BREAK_SPACE = "\N{THIN SPACE}", "\N{NO-BREAK SPACE}"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

LANGUAGES: Mapping[str, ModuleType] = {"en": en, "ko": ko}
"""Code of a language, as `--lang` and HTML have it → its catalogue."""

ENGLISH = "en"
"""The language of `result.json` and of errors, and of everything else unless another one is asked for."""

_spoken = ContextVar("language", default=ENGLISH)

Key = TypeVar("Key", bound=Hashable)
Entry = TypeVar("Entry")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """All words within are in this language, a key of `LANGUAGES`."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """Code of the language that is being spoken."""
    return _spoken.get()


class Spoken(Mapping[Key, Entry], Generic[Key, Entry]):
    """A table of the catalogue that is being spoken."""

    def __init__(self, name: str) -> None:
        self.name = name

    def _table(self) -> Mapping[Key, Entry]:
        table: Mapping[Key, Entry] = getattr(LANGUAGES[language()], self.name)
        return table

    def __getitem__(self, key: Key) -> Entry:
        return self._table()[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._table())

    def __len__(self) -> int:
        return len(self._table())


@dataclass(frozen=True)
class Mark:
    """A sign with its words; `tone` is good, bad, warn or plain."""

    sign: str
    words: str
    tone: str


class Marks(Mapping[Key, Mark], Generic[Key]):
    """Signs and tones, which every language shares, with the words of the catalogue that is being spoken."""

    def __init__(self, name: str, signs: Mapping[Key, tuple[str, str]]) -> None:
        self.words: Spoken[Key, str] = Spoken(name)
        self.signs = signs

    def __getitem__(self, key: Key) -> Mark:
        sign, tone = self.signs[key]
        return Mark(sign, self.words[key], tone)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.signs)

    def __len__(self) -> int:
        return len(self.signs)


BADGES: Marks[str] = Marks(
    "BADGES",
    {
        "mine_fails": ("✗", "bad"),
        "mine_worse": ("▼", "bad"),
        "same": ("=", "good"),
        "mine_better": ("▲", "good"),
        "reference_fails": ("!", "warn"),
        "both_fail": ("!", "warn"),
        "inconclusive": ("?", "warn"),
        "run_failed": ("✗", "bad"),
    },
)
"""Verdict status → badge."""

METRIC_MARKS: Marks[str] = Marks(
    "METRIC_MARKS",
    {
        "better": ("▲", "good"),
        "worse": ("▼", "bad"),
        "same": ("=", "plain"),
        "inconclusive": ("?", "warn"),
        "not_tested": ("·", "plain"),
    },
)
"""Metric verdict → mark."""

RUN_MARKS: Marks[str] = Marks(
    "RUN_MARKS",
    {
        "finished": ("✓", "good"),
        "restored": ("✓", "good"),
        "diverged": ("✗", "bad"),
        "crashed": ("✗", "bad"),
        "timeout": ("✗", "bad"),
    },
)
"""Run status → mark."""

RUNG_MARKS: Marks[bool | None] = Marks("RUNG_MARKS", {True: ("✓", "good"), False: ("✗", "bad"), None: (DASH, "plain")})
"""Whether a rung was passed → mark."""

SEVERITY_MARKS: Marks[str] = Marks(
    "SEVERITY_MARKS",
    {"error": ("✗", "bad"), "warning": ("!", "warn"), "deviation": ("≠", "plain"), "note": ("·", "plain")},
)
"""Severity of a finding → mark."""

OUTCOMES: Marks[str] = Marks(
    "OUTCOMES",
    {
        "works": ("✓", "good"),
        "fails_like_mine": ("✗", "bad"),
        "fails_otherwise": ("✗", "bad"),
        "slow": ("…", "warn"),
    },
)
"""Outcome of a model that was tried → mark."""

TERMS: Spoken[str, str] = Spoken("TERMS")
TERM_NAMES: Spoken[str, str] = Spoken("TERM_NAMES")
CAPTIONS: Spoken[str, str] = Spoken("CAPTIONS")
LEGEND: Spoken[str, str] = Spoken("LEGEND")
ANCHORS: Spoken[str, str] = Spoken("ANCHORS")
AXES: Spoken[str, str] = Spoken("AXES")
BETTER: Spoken[str, str] = Spoken("BETTER")
PAGE: Spoken[str, str] = Spoken("PAGE")
STATES: Spoken[str, str] = Spoken("STATES")
PROGRESS: Spoken[str, str] = Spoken("PROGRESS")
TERMINAL: Spoken[str, str] = Spoken("TERMINAL")
BLAMES: Spoken[str, str] = Spoken("BLAMES")
GAUGES: Spoken[str, str] = Spoken("GAUGES")
SWAPS: Spoken[str, str] = Spoken("SWAPS")
SWEEP: Spoken[str, str] = Spoken("SWEEP")
PROVENANCE: Spoken[str, str] = Spoken("PROVENANCE")
RUNS: Spoken[str, str] = Spoken("RUNS")
RUNGS: Spoken[str, tuple[str, str]] = Spoken("RUNGS")
LADDER: Spoken[str, RungWords] = Spoken("LADDER")
LADDER_ADVICE: Spoken[str, str] = Spoken("LADDER_ADVICE")
FINDINGS: Spoken[str, FindingWords] = Spoken("FINDINGS")
EVIDENCE: Spoken[str, str] = Spoken("EVIDENCE")
VALUES: Spoken[str, str] = Spoken("VALUES")
TRACES: Spoken[str, str] = Spoken("TRACES")
ROLES: Spoken[str, str] = Spoken("ROLES")
RECONSTRUCTED: Spoken[str, str] = Spoken("RECONSTRUCTED")
METRIC_TITLES: Spoken[str, str] = Spoken("METRIC_TITLES")
METRIC_READINGS: Spoken[str, str] = Spoken("METRIC_READINGS")
NETS: Spoken[str, str] = Spoken("NETS")
NOT_FINITE: Spoken[str, str] = Spoken("NOT_FINITE")
_SENTENCES: Spoken[str, str] = Spoken("SENTENCES")
_NOUN: Spoken[str, str] = Spoken("NOUN")
_NOUNS: Spoken[str, str] = Spoken("NOUNS")


def not_compared() -> Mark:
    """For a metric that can decide but was not asked to, as where a model does not work or has no score."""
    return Mark(DASH, PAGE["not compared"], "plain")


def check(language: str) -> str:
    """The language, if there is a catalogue of it.

    Raises:
        EbdiagError: There is none.
    """
    if language in LANGUAGES:
        return language
    raise EbdiagError(f"unknown language '{language}'. {did_you_mean(language, LANGUAGES)}")


def say(key: str, **values: str | int) -> str:
    """A sentence of the catalogue with its values."""
    return _SENTENCES[key].format(**values)


def number(value: float | None, digits: int = 3) -> str:
    """`value` to three significant digits, thousands separated from 10,000 on; whole numbers stay whole."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    sign, size = (MINUS if value < 0 else ""), abs(value)
    mantissa, power_of_ten = f"{size:.{digits - 1}e}".split("e")
    exponent = int(power_of_ten)
    if exponent >= 9 or exponent < -4:
        return f"{sign}{mantissa}{TIMES}10{str(exponent).translate(_SUPERSCRIPT)}"
    rounded = round(size, digits - 1 - exponent)
    decimals = 0 if float(size).is_integer() else max(0, digits - 1 - exponent)
    return f"{sign}{rounded:,.{decimals}f}" if rounded >= 10_000 else f"{sign}{rounded:.{decimals}f}"


def power(value: float) -> str:
    """A number to one digit with its power of ten: `10⁻⁵`, `2×10⁹`."""
    digits, exponent = f"{value:.0e}".split("e")
    lead = {"1": "", "-1": MINUS}.get(digits, f"{digits.replace('-', MINUS)}{TIMES}")
    return f"{lead}10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def count(value: int) -> str:
    """A whole number, all digits, thousands separated from 10,000 on."""
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


def percent(share: float | None) -> str:
    """A share of 0..1 as `12 %`; what is neither none nor all never reads as 0 % or 100 %."""
    if share is None or not math.isfinite(share):
        return MISSING
    shown = "<1" if 0 < share < 0.005 else ">99" if 0.995 <= share < 1 else f"{share * 100:.0f}"
    return f"{shown}{NO_BREAK_SPACE}%"


def spread(values: Sequence[float | None]) -> str:
    """`94 to 185`: lowest and highest of the values that are there; one number where they read the same."""
    present = sorted(value for value in values if value is not None and math.isfinite(value))
    if not present:
        return MISSING
    return between(number(present[0]), number(present[-1]))


def between(low: str, high: str) -> str:
    """`94 to 185`, or one of them where they read the same."""
    return low if low == high else say("range", low=low, high=high)


def plus_minus(mean: float, low: float | None, high: float | None, *, signed: bool = True) -> str:
    """`−0.79 ± 0.04`: half the interval to two digits, the mean to the same decimals; no ± without an interval."""
    lead = "+" if signed and mean > 0 else ""
    if low is None or high is None or not math.isfinite(high - low):
        return lead + number(mean)
    half = (high - low) / 2
    if half <= 0 or not 1e-4 < half < 1e9:
        return f"{lead}{number(mean)} ± {number(half)}"
    decimals = max(0, 1 - math.floor(math.log10(half)))
    shown = f"{round(abs(mean), decimals):{',' if abs(mean) >= 10_000 else ''}.{decimals}f}"
    return f"{MINUS if mean < 0 else lead}{shown} ± {half:{',' if half >= 10_000 else ''}.{decimals}f}"


RATIO_SHOWN = 1e4
"""An interval that reaches beyond this ratio says no more than that."""


def ratio(mean: float, low: float | None, high: float | None) -> str:
    """`× 72 [31, 160]`: mine over ref with its interval."""
    if low is None or high is None:
        return f"{TIMES}{NO_BREAK_SPACE}{number(mean)}"
    lower = number(low) if low >= 1 / RATIO_SHOWN else f"<{number(1 / RATIO_SHOWN)}"
    upper = number(high) if high <= RATIO_SHOWN else f">{number(RATIO_SHOWN)}"
    interval = f" [{lower}, {upper}]"
    return f"{TIMES}{NO_BREAK_SPACE}{number(mean)}{interval}"


def duration(seconds: float | None) -> str:
    """`48 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return MISSING
    whole = round(seconds)
    if whole < 60:
        return say("seconds", seconds=number(seconds, 2) if seconds < 10 else whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return say("minutes seconds", minutes=minutes, seconds=rest) if rest else say("minutes", minutes=minutes)
    return say("hours", hours=minutes // 60, minutes=minutes % 60)


def of_seeds(flags: Sequence[bool]) -> str:
    """`2 of 3`."""
    return say("of", amount=sum(flags), all=len(flags))


def seeds_of(flags: Sequence[bool]) -> str:
    """`2 of 3 seeds`."""
    return say("of seed" if len(flags) == 1 else "of seeds", amount=sum(flags), all=len(flags))


def plural(amount: int, noun: str) -> str:
    """`1 seed`, `3 seeds`; `noun` is a key of the catalogue."""
    return (_NOUN if amount == 1 else _NOUNS)[noun].format(count=count(amount))


def joined(items: Sequence[str]) -> str:
    """`a, b and c`."""
    return say("and", items=", ".join(items[:-1]), last=items[-1]) if len(items) > 1 else "".join(items)


def energies_title(side: str, real: float, fake: float) -> str:
    """What a histogram shows of one variant; medians over images and seeds."""
    return say("energies", side=side, fake=number(fake), real=number(real))


def training_title(side: str, real: float, fake: float, step: int | None) -> str:
    """Where the energies of one variant end, means over seeds; the step where that is before the planned end."""
    if step is None:
        return say("training", side=side, real=number(real), fake=number(fake))
    return say("training early", side=side, step=count(step), real=number(real), fake=number(fake))


def hinge_title(shares: Sequence[tuple[str, float]]) -> str:
    """What share of fakes is pushed away at the end, per variant."""
    return say("hinge", shares=joined([say("hinge share", share=percent(share), side=side) for side, share in shares]))


def quality_title(ranges: Sequence[tuple[str, str]]) -> str:
    """Where the FID of each variant ends; ranges over seeds."""
    return joined([say("quality", side=side, shown=shown) for side, shown in ranges])


def losses_title(ends: Sequence[tuple[str, float]]) -> str:
    """Where the generator's loss of each variant ends; means over seeds."""
    return say("losses", ends=joined([say("losses end", value=number(value), side=side) for side, value in ends]))


def coherence_title(shares: Sequence[tuple[str, float]]) -> str:
    """How far the generator's loss pushes the images of a batch the same way at the end, per variant."""
    shown = [say("coherence share", side=side, share=percent(share)) for side, share in shares]
    return say("coherence", shares=joined(shown))


def began_title(side: str, first: float, last: float, balance: float | None) -> str:
    """From where to where the M of one variant goes, means over seeds, and where its k ends."""
    if balance is None:
        return say("began", side=side, first=number(first), last=number(last))
    return say("began balance", side=side, first=number(first), last=number(last), balance=number(balance))


def magan_title(side: str, first: float, last: float, real: float, fake: float) -> str:
    """From where to where the margin of one variant goes, and where the energies beside it end; means over seeds."""
    ends = {"real": number(real), "fake": number(fake)}
    return say("magan", side=side, first=number(first), last=number(last), **ends)


def ranking_title(shares: Sequence[tuple[str, float]]) -> str:
    """What share of pairs of a real and a generated image the discriminator tells apart at the end, per variant."""
    shown = joined([say("ranking share", share=percent(share), side=side) for side, share in shares])
    return say("ranking", shares=shown)


def anchors_title(side: str, shown: str, below: str | None, above: str | None) -> str:
    """Between which yardsticks the FID of one variant stands; `shown` is its range over seeds."""
    if below and above:
        return say("anchors between", side=side, shown=shown, below=ANCHORS[below], above=ANCHORS[above])
    if below:
        return say("anchors beyond", side=side, shown=shown, below=ANCHORS[below])
    if above:
        return say("anchors better", side=side, shown=shown, above=ANCHORS[above])
    return say("anchors alone", side=side, shown=shown)


def digits_title(side: str, present: int, classes: int) -> str:
    """How many classes one variant draws."""
    return say("digits", side=side, present=present, classes=classes)


def spectra_title(side: str, share: float, fake: float, real: float) -> str:
    """Variance of one variant's generated codes against its real ones, and the directions that both take up."""
    return say("spectra", side=side, share=percent(share), fake=number(fake, 2), real=number(real, 2))


def directions_title(side: str, fake: float, real: float) -> str:
    """Directions that codes point in at the end, means over seeds."""
    return say("directions", side=side, fake=number(fake, 2), real=number(real, 2))


def reconstructions_title(side: str, errors: Sequence[tuple[str, float]]) -> str:
    """Mean size of the difference by kind, as a share of the pixel range."""
    shown = [say("reconstructions error", error=percent(error), kind=RECONSTRUCTED[kind]) for kind, error in errors]
    return say("reconstructions", side=side, errors=joined(shown))


def reconstructions_alt(side: str, kind: str, shown: int, error: float) -> str:
    """Text in place of a picture of inputs, reconstructions and differences."""
    return say("reconstructions alt", side=side, kind=RECONSTRUCTED[kind], shown=shown, error=percent(error))


def interpolations_alt(side: str, rows: int, columns: int, change: float) -> str:
    """Text in place of rows of images between latent vectors."""
    return say("interpolations alt", rows=plural(rows, "row"), columns=columns, side=side, change=percent(change))


def restores(k: int, n: int, share_of_gap: float | None) -> str:
    """How often mine works without the parts to blame."""
    if share_of_gap is None:
        return say("restores", amount=k, all=n)
    return say("restores gap", amount=k, all=n, share=percent(share_of_gap))


def breaks(k: int, n: int) -> str:
    """How often ref fails with the parts to blame."""
    return say("breaks", amount=k, all=n)


def rung_value(slug: str, value: float | None, unit: str, threshold: float | None) -> str:
    """A rung's number beside what it had to reach."""
    if value is None:
        return ""
    shown = f"{number(value)} {LADDER[slug].unit if slug in LADDER else unit}".strip()
    asked = RUNGS[slug][1].format(number(threshold)) if slug in RUNGS and threshold is not None else ""
    return say("rung", shown=shown, asked=asked) if asked else shown


def ladder_summary(side: str, failed: Sequence[str]) -> str:
    """Which net of a variant is sick; `failed` are the nets of the rungs that it fails, the first one first."""
    if not failed:
        return say("ladder passes", side=side)
    return say("ladder fails", side=side, tasks=plural(len(failed), "task"), net=NETS.get(failed[0], failed[0]))


def rung_cell(mark: str, value: float | None, slug: str, threshold: float | None) -> str:
    """A rung in a narrow table: mark, number, and what it is asked to be."""
    if value is None or threshold is None:
        return mark
    return say("rung cell", mark=mark, value=number(value), asked=RUNGS[slug][1].format(number(threshold)))


def ladder_optimizer(net: str, value: float, rate: float) -> str:
    """A rung that fails with the variant's optimiser and passes with a plain one."""
    return say("ladder optimizer", net=NETS[net], value=number(value), rate=number(rate))


def ladder_slow(updates: int, usual: int) -> str:
    """A rung that is passed late: slow is not sick."""
    return say("ladder slow", updates=count(updates), usual=count(usual))


def ladder_raised(error: str, line: str | None) -> str:
    """User code raised on a rung."""
    return say("ladder raised", error=error) if line is None else say("ladder raised at", error=error, line=line)


def ladder_diverged(what: str, updates: int) -> str:
    """A net whose numbers stopped being finite; `what` is a key of the catalogue."""
    return say("ladder diverged", what=NOT_FINITE[what], updates=plural(updates, "update"))


def with_reason(sentence: str, reason: str) -> str:
    """A paragraph, and what was seen beside it."""
    return say("with reason", sentence=sentence, reason=reason)


@dataclass(frozen=True)
class Said:
    """A finding's text."""

    title: str
    explanation: str
    advice: str


def finding(found: Finding) -> Said:
    """What a finding says, from its evidence; the text that it holds where the catalogue has none for it."""
    template = FINDINGS.get(found.wording or "")
    if template is None:
        return Said(found.title, found.explanation, found.advice)
    place = str(found.lines[0]) if found.lines else None
    net = found.evidence.get("net")
    named = {"net": NETS.get(str(net), net), "side": found.variant, "part": found.part, "line": place}
    values = _Values({**found.evidence, **named})
    advice = template.advice if isinstance(template.advice, str) else template.advice.get(found.part or "", "")
    texts = [text.format_map(values) for text in (template.title, template.explanation, advice)]
    reason = found.evidence.get("reason")
    if isinstance(reason, str) and "{reason}" not in template.title:
        texts[1] = with_reason(texts[1], reason)
    return Said(*texts)


def standing(found: Finding) -> str:
    """Whether following the advice is known to help, and from where; empty where there is no advice."""
    if not finding(found).advice:
        return ""
    if found.advice_tried is None:
        return say("advice unverified")
    return say("advice verified" if found.advice_helped else "advice did not help", source=found.advice_tried)


TOLD = ("net", "unit", "reason")
"""Evidence that is said in words wherever it is there."""


def unsaid(found: Finding, drawn: Iterable[str] = ()) -> dict[str, JsonValue]:
    """Evidence, by what it is called, that the words of a finding leave out; all of it where it has no words.

    Args:
        drawn: What is shown in another way.
    """
    template = FINDINGS.get(found.wording or "")
    said = {*drawn, *(TOLD if template else ())}
    if template:
        text = f"{template.title} {template.explanation} {template.advice}"
        said |= {name for _, name, _, _ in Formatter().parse(text) if name}
    return {
        EVIDENCE.get(name, name.replace("_", " ")): value for name, value in found.evidence.items() if name not in said
    }


class _Shown:
    """A value of the evidence inside a template."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, asked: str) -> str:
        value = self.value
        if isinstance(value, list):
            return joined([format(_Shown(item), asked) for item in value])
        if isinstance(value, bool) or not isinstance(value, int | float):
            return MISSING if value is None else str(value)
        if asked == "d":
            return str(round(value))
        return percent(value) if asked == "%" else count(round(value)) if asked == "n" else number(float(value))


class _Values(dict[str, "_Shown"]):
    """Evidence by name; what is absent is not available."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__({name: v if isinstance(v, _Shown) else _Shown(v) for name, v in values.items()})

    def __missing__(self, name: str) -> _Shown:
        return _Shown(None)


def counted(errors: int, warnings: int, others: int) -> str:
    """The last line of lint."""
    return joined([plural(errors, "error"), plural(warnings, "warning"), plural(others, "other remark")])


def frame(seed: int, step: int | None) -> str:
    """What a grid of images stands for; without a step where the weights were restored."""
    return say("frame restored", seed=seed) if step is None else say("frame", step=count(step), seed=seed)


def samples_alt(side: str, shown: int, seed: int, step: int | None) -> str:
    """Text in place of a grid of generated images; without a step where the weights were restored."""
    images = plural(shown, "image")
    if step is None:
        return say("samples restored", images=images, side=side, seed=seed)
    return say("samples", images=images, side=side, step=count(step), seed=seed)


def ended(side: str, status: str, seeds: Sequence[int], step: int, reason: str | None, line: str | None) -> str:
    """What became of some runs of a variant that ended alike; begins with the side."""
    which = say("seed named" if len(seeds) == 1 else "seeds named", seeds=joined([str(seed) for seed in seeds]))
    where = ", ".join([which, line] if line else [which])
    if not reason:
        return say("ended", side=side, status=RUN_MARKS[status].words, step=count(step), where=where)
    return say("ended why", side=side, status=RUN_MARKS[status].words, step=count(step), where=where, reason=reason)


def runs_ended(name: str, status: str, line: str | None, cases: Sequence[str]) -> str:
    """What became of the runs of a model that ended alike, seed by seed."""
    shown, told = RUN_MARKS[status].words, "; ".join(cases)
    if line is None:
        return say("runs ended", name=name, status=shown, cases=told)
    return say("runs ended at", name=name, status=shown, line=line, cases=told)


NUMBER_SENTENCES = {
    "fid": "number fid",
    "coverage": "number coverage",
    "pair_auroc": "number auroc",
    "pair_accuracy": "number accuracy",
}
"""Metric that a verdict tells → the key of its words."""


def compared(key: str, mine: str, ref: str) -> str:
    """Both models' scores of one metric inside of a verdict."""
    return say(NUMBER_SENTENCES[key], mine=mine, ref=ref)


def probe_failed(probe: str, step: int, reason: str) -> str:
    """Said of a run in which a probe could not look; its series are missing or have gaps, all else is as usual."""
    return say("probe failed", probe=probe, step=count(step), reason=reason)


def poorer_series(side: str, seed: int, stored: str, asked: str) -> str:
    """Why a stored run is trained again although its weights are known; `stored` and `asked` are probe sets."""
    if stored == asked:
        return say("older series", side=side, seed=seed)
    return say("poorer series", side=side, seed=seed, stored=stored, asked=asked)


def absent(side: str, what: str) -> str:
    """Stands where a variant has nothing to show."""
    return say("absent", side=side, what=what)


def no_autoencoder(side: str) -> str:
    """Stands where a variant cannot have energies."""
    return say("no autoencoder", side=side)


BAR_SENTENCES = {
    "fid_max": "bar fid",
    "coverage_min": "bar coverage",
    "digits_min": "bar digits",
    "pair_auroc_min": "bar auroc",
}
"""Limit of a bar → the key of what it asks for."""


def bar(limits: Mapping[str, float | None]) -> str:
    """What "works" asks for."""
    asked = [
        say(sentence, limit=number(limit)) for key, sentence in BAR_SENTENCES.items() if (limit := limits.get(key))
    ]
    return joined(asked) if asked else say("bar none")


def noise_floor(amounts: Sequence[int]) -> str:
    """The line under the table of metrics that says what the noise floor is."""
    if not amounts:
        return say("noise floor")
    if max(amounts) == 0:
        return say("noise floor prior")
    return say("noise floor runs", runs=between(str(min(amounts)), str(max(amounts))))


def pairing(correlations: Sequence[tuple[str, float]]) -> str:
    """What pairing by seed bought."""
    shown = joined([say("pair", title=title, value=number(value, 2)) for title, value in correlations])
    return say("pairing", shown=shown)


def settle(needed: Sequence[tuple[str, int]]) -> str:
    """How many seeds would settle what is inconclusive."""
    shown = joined([say("settle seeds", seeds=count(seeds), title=title) for title, seeds in needed])
    return say("settle", needed=shown)


def delay(factor: float, steps: int) -> str:
    """How far mine lags behind."""
    times = f"{TIMES}{NO_BREAK_SPACE}{number(factor, 2)}"
    return say("delay", steps=count(steps), reached=count(round(steps / factor)), times=times)


def other_scale(side: str) -> str:
    """Said where a margin cannot be drawn beside mean squared energies."""
    return say("other scale", side=side)


def equivalence(bounds: Sequence[tuple[str, str, float]]) -> str:
    """What "same" means, per metric: (title, scale, δ)."""
    shown = [
        say("equivalence ratio", title=title, low=f"{TIMES} {number(1 / bound)}", high=f"{TIMES} {number(bound)}")
        if scale == "log"
        else say("equivalence difference", title=title, bound=number(bound))
        for title, scale, bound in bounds
    ]
    return say("equivalence", bounds=joined(shown))


def alike(layers: int, names: str) -> str:
    """Neighbouring layers that are the same in both models."""
    return say("alike", layers=plural(layers, "layer"), names=names)


def announced(runs: int, expected_s: float) -> str:
    """What training is about to begin."""
    return say("announced", runs=plural(runs, "run"), duration=duration(expected_s))


def to_do(missing: int, runs: int, expected_s: float) -> str:
    """What is left to train or restore."""
    return say("to do", missing=missing, all=runs, duration=duration(expected_s))


def run_at(side: str, seed: int, step: int, steps: int, steps_per_s: float) -> str:
    """How far a run has come."""
    return say("run at", side=side, seed=seed, step=f"{step:,}", steps=f"{steps:,}", speed=f"{steps_per_s:.0f}")


def run_lost(side: str, seed: int, step: int, time: int, most: int) -> str:
    """A run goes on elsewhere from a step."""
    return say("run lost", side=side, seed=seed, step=f"{step:,}", time=time, most=most)


def extent(steps: int, seeds: int) -> str:
    """How long was trained, and how often."""
    return say("extent", steps=plural(steps, "step"), seeds=plural(seeds, "seed"))


def hashed(name: str, digest: str) -> str:
    """A name with the hash of what it stands for."""
    return say("hashed", name=name, digest=digest)


def dataset(name: str, train: int, held_out: int, shape: Sequence[int], digest: str) -> str:
    """What was trained and scored on."""
    size = TIMES.join(map(str, shape))
    return say("dataset", name=name, train=count(train), held_out=count(held_out), shape=size, digest=digest)

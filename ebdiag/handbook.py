"""What the rules say of themselves: `ebdiag rules`, and the pages of the documentation."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from .errors import EbdiagError, did_you_mean
from .rules import RULES, Rule, slug
from .rules.trials import Trial, of_rule

HEADINGS = (
    "Severity", "What it measures", "How to read it", "Unit and range", "Known problems", "Advice", "Cost", "Source",
)  # fmt: skip
"""What the docstring of a rule says, each as `Heading: text`, in this order."""

VERIFIED = "Advice verified"

WIDTH = 100


@dataclass(frozen=True)
class Entry:
    """A rule in its own words.

    Attributes:
        title: What it says, in one line.
        sections: Heading → one paragraph, all of `HEADINGS`.
        trials: Experiments in which its advice was followed; without any it is unverified.
    """

    slug: str
    title: str
    sections: Mapping[str, str]
    trials: Sequence[Trial] = ()

    @property
    def verified(self) -> str:
        """Whether the advice is known to help, and what showed it."""
        if not self.trials:
            return "No: no run of this project has shown that the advice helps."
        rows = [
            f"{'Yes' if one.helped else 'Tried, and it did not help'} ({one.source}): {one.done}" for one in self.trials
        ]
        return " ".join(rows)

    @property
    def shown(self) -> dict[str, str]:
        """The sections, with what is known of the advice below it."""
        rows: dict[str, str] = {}
        for heading, text in self.sections.items():
            rows[heading] = text
            if heading == "Advice" and text != "None.":
                rows[VERIFIED] = self.verified
        return rows


def entry(rule: Rule) -> Entry:
    """A rule's docstring, taken apart at its headings."""
    title, found = sections(rule.__doc__ or "", HEADINGS)
    return Entry(slug(rule), title, found, of_rule(slug(rule)))


def sections(docstring: str, headings: Sequence[str]) -> tuple[str, dict[str, str]]:
    """First line of a docstring without its full stop, and heading → text, each as one paragraph."""
    title, _, body = inspect.cleandoc(docstring).partition("\n")
    parts = re.split(rf"^({'|'.join(headings)}):(?:\s+|$)", body, flags=re.MULTILINE)
    found = {name: " ".join(text.split()) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    return title.rstrip("."), found


def entries() -> list[Entry]:
    """Every rule, in the order of `RULES`."""
    return [entry(rule) for rule in RULES]


def find(name: str) -> Entry:
    """The rule of that slug.

    Raises:
        EbdiagError: There is none; names the nearest.
    """
    known = {rule.slug: rule for rule in entries()}
    if name not in known:
        raise EbdiagError(f"unknown rule '{name}'. {did_you_mean(name, known)}")
    return known[name]


def listed() -> str:
    """A line a rule: slug and title."""
    rows = entries()
    width = max(len(row.slug) for row in rows)
    return "".join(f"{row.slug.ljust(width)}  {row.title}\n" for row in rows)


def explained(name: str) -> str:
    """Everything a rule says of itself, for a terminal."""
    found = find(name)
    blocks = [f"{found.slug}: {found.title}"]
    for heading, text in found.shown.items():
        blocks.append(f"{heading}\n{textwrap.indent(textwrap.fill(text, WIDTH - 2), '  ')}")
    return "\n\n".join(blocks) + "\n"


def listed_json() -> str:
    """All entries as JSON."""
    return json.dumps([asdict(row) for row in entries()], indent=1, ensure_ascii=False) + "\n"


def explained_json(name: str) -> str:
    """One entry as JSON."""
    return json.dumps(asdict(find(name)), indent=1, ensure_ascii=False) + "\n"

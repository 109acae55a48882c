"""The parts of the documentation that are made from the code, so that they cannot disagree with it.

A page says `<!-- from the code: NAME -->` on a line of its own where a part goes; mkdocs calls `on_page_markdown`
for every page. Probes and metrics are read as text, for importing them would import torch.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "ebdiag"
HEADINGS = ("What it measures", "How to read it", "Unit and range", "Known problems", "Cost", "Source")
"""What the docstring of a probe or metric says, each as `Heading: text`."""

KEYS = "Keys"
"""The docstring line of a metric that lists what it fills in `result.json`: ``Keys: `coverage`, `recall`.``"""

OTHER = ("Args", "Returns", "Raises", "Attributes", KEYS)
MARKER = re.compile(r"^<!-- from the code: ([a-z-]+) -->$", re.MULTILINE)
FILE = re.compile(r"^<!-- file: (.+) -->$", re.MULTILINE)
WIDTH = 80


@dataclass(frozen=True)
class Described:
    """A docstring under the usual headings.

    Attributes:
        name: Of the probe, or of the function that computes a metric.
        title: First line, without its full stop.
        sections: Heading → text, those that are there.
        keys: Metric keys it names.
        place: File and line, for messages.
    """

    name: str
    title: str
    sections: Mapping[str, str]
    keys: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class ProbeDoc:
    """A probe: what its module says, when it is observed, in which set it is, which columns it writes."""

    described: Described
    every_steps: str
    chosen_by: str
    columns: str


def described(name: str, docstring: str, place: str) -> Described:
    """Take a docstring apart at its headings."""
    from ebdiag.handbook import sections

    title, found = sections(docstring, (*HEADINGS, *OTHER))
    keys = tuple(re.findall(r"`(\w+)`", found.get(KEYS, "")))
    return Described(name, title, {h: found[h] for h in HEADINGS if found.get(h)}, keys, place)


# ---- probes -------------------------------------------------------------------------------------------------


@cache
def probes() -> tuple[ProbeDoc, ...]:
    """Every `Probe(name, every_steps, module.function)` in `probes/__init__.py`, in its order."""
    return tuple(_probes())


def _probes() -> Iterator[ProbeDoc]:
    file = PACKAGE / "probes" / "__init__.py"
    for function in ast.parse(file.read_text("utf-8")).body:
        for call in ast.walk(function):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Probe"):
                continue
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            name = next(str(a.value) for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str))
            every = next((str(a.value) for a in given if isinstance(a, ast.Constant) and type(a.value) is int), "k")
            reference = next(a for a in given if isinstance(a, ast.Attribute) and isinstance(a.value, ast.Name))
            assert isinstance(reference.value, ast.Name)
            module = file.with_name(f"{reference.value.id}.py")
            tree = ast.parse(module.read_text("utf-8"))
            observe = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == reference.attr)
            own = ast.get_docstring(observe) or ""
            text = own if f"{HEADINGS[0]}:" in own else ast.get_docstring(tree) or ""
            chosen_by = function.name.removesuffix("_probes") if isinstance(function, ast.FunctionDef) else ""
            first = own.split("\n\n")[0] if text is not own else (ast.get_docstring(tree) or "").split("\n\n")[0]
            columns = " ".join(first.split())
            place = f"ebdiag/probes/{module.name}:{1 if text is not own else observe.lineno}"
            yield ProbeDoc(described(name, text, place), every, chosen_by, columns)


def probes_part() -> str:
    """A section for each probe."""
    parts = []
    for probe in probes():
        when = "every step" if probe.every_steps == "1" else f"every {probe.every_steps} steps"
        chosen = f"`--probes {probe.chosen_by}`" if probe.chosen_by else ""
        lead = " · ".join(filter(None, [probe.described.title, when, chosen]))
        parts.append(
            f"## {probe.described.name}\n\n{lead}.\n\nColumns: {probe.columns}\n\n{_sections(probe.described.sections)}"
        )
    return "\n\n".join(parts)


def _sections(sections: Mapping[str, str]) -> str:
    return "\n\n".join(f"{heading}\n:   {text[0].upper()}{text[1:]}" for heading, text in sections.items())


# ---- metrics ------------------------------------------------------------------------------------------------


@cache
def metric_functions() -> tuple[Described, ...]:
    """Every function, method or module docstring that has the headings, in the order of the metrics it fills."""
    from ebdiag.metrics import EVERY_METRIC

    order = {metric.key: position for position, metric in enumerate(EVERY_METRIC)}
    found = [
        described(getattr(node, "name", file.stem), text, f"ebdiag/{file.relative_to(PACKAGE)}")
        for file in (*sorted((PACKAGE / "metrics").glob("*.py")), PACKAGE / "data.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module)
        and f"{HEADINGS[0]}:" in (text := ast.get_docstring(node) or "")
    ]
    return tuple(sorted(found, key=lambda entry: min((order.get(key, 999) for key in entry.keys), default=999)))


def metrics_part() -> str:
    """A section for each way of measuring a generator and its discriminator, with the keys that it fills."""
    from ebdiag.metrics import METRICS

    return _measured_by(METRICS)


def pair_metrics_part() -> str:
    """A section for each way of measuring a contrastive encoder, with the keys that it fills."""
    from ebdiag.metrics import PAIR_METRICS

    return _measured_by(PAIR_METRICS)


def _measured_by(metrics: Iterable[Any]) -> str:
    known = {metric.key: metric for metric in metrics}
    parts, left = [], dict(known)
    for entry in metric_functions():
        rows = [known[key] for key in entry.keys if key in known]
        if entry.keys and not rows:
            continue
        for metric in rows:
            left.pop(metric.key, None)
        title = rows[0].title if len(rows) == 1 else entry.title
        parts.append(f"## {title}\n\n{_metric_table(rows) if rows else ''}\n\n{_sections(entry.sections)}")
    if left:
        parts.append(f"## Others\n\n{_metric_table([*left.values()])}")
    return "\n\n".join(parts)


def _metric_table(metrics: list[Any]) -> str:
    rows = ["| key | title | unit | better | compared as | in one sentence |", "|---|---|---|---|---|---|"]
    for metric in metrics:
        better = {"none": "neither"}.get(metric.better, metric.better)
        scale = {"log": "ratio", "linear": "difference"}[metric.scale]
        sentence = metric.how_to_read.replace("|", "\\|")
        key = f'<a id="{metric.key}"></a>`{metric.key}`'
        rows.append(f"| {key} | {metric.title} | {metric.unit or '–'} | {better} | {scale} | {sentence} |")
    return "\n".join(rows)


# ---- result.json --------------------------------------------------------------------------------------------


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of `result.json`, its root among the definitions under the name Result."""
    from ebdiag.result import Result

    whole = Result.model_json_schema(mode="serialization", by_alias=True)
    definitions = whole.pop("$defs")
    return {"Result": whole, **definitions}


def attributes(description: str) -> tuple[str, dict[str, str]]:
    """Lead and `Attributes:` of a class docstring; `ref, mine: …` describes both."""
    lead, _, block = description.partition("Attributes:")
    found: dict[str, str] = {}
    indent = len(re.match(r"\s*", block.lstrip("\n"))[0]) if block else 0  # type: ignore[index]
    names: list[str] = []
    for line in block.splitlines():
        entry = re.match(rf"^\s{{{indent}}}([\w, ]+): (.*)$", line)
        if entry:
            names = [name.strip() for name in entry[1].split(",")]
            found |= dict.fromkeys(names, entry[2].strip())
        elif line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return " ".join(lead.split()), found


def result_part() -> str:
    """A table of fields for each object in `result.json`."""
    parts = []
    for name in _reached("Result", []):
        definition = schema()[name]
        lead, meanings = attributes(definition.get("description", ""))
        rows = ["| field | type | if left out | meaning |", "|---|---|---|---|"]
        for field, content in definition["properties"].items():
            default = "–" if field in definition.get("required", ()) else _default(content)
            rows.append(f"| `{field}` | {_type(content)} | {default} | {meanings.get(field.rstrip('_'), '')} |")
        heading = "The whole" if name == "Result" else name
        table = "\n".join(rows)
        parts.append(f"## {heading} {{ #{name.lower()} }}\n\n{lead}\n\n{table}")
    return "\n\n".join(parts)


def _reached(name: str, seen: list[str]) -> list[str]:
    """Definitions in the order in which a reader of the file meets them."""
    if name not in seen and "properties" in schema()[name]:
        seen.append(name)
        for reference in re.findall(r"#/\$defs/(\w+)", str(schema()[name]["properties"])):
            _reached(reference, seen)
    return seen


def _default(content: Mapping[str, Any]) -> str:
    import json

    shown = json.dumps(content.get("default"), ensure_ascii=False)
    return f"`{shown}`" if len(shown) < 20 else "an empty one"


def _type(content: Mapping[str, Any]) -> str:
    if "$ref" in content:
        name = content["$ref"].rsplit("/", 1)[-1]
        if name == "JsonValue":
            return "any JSON"
        return f"[{name}](#{name.lower()})"
    if "anyOf" in content:
        return " or ".join(_type(option) for option in content["anyOf"])
    if "enum" in content:
        return ", ".join(f"`{value}`" for value in content["enum"])
    if "const" in content:
        return f"`{content['const']}`"
    kind = content.get("type")
    if kind == "array":
        if "prefixItems" in content:
            return f"array of {len(content['prefixItems'])} numbers"
        return f"array of {_type(content['items'])}"
    if kind == "object":
        inside = content.get("additionalProperties")
        return f"object of {_type(inside)}" if isinstance(inside, dict) and inside else "object"
    return str(kind) if kind else "any"


# ---- command line, words, errors ----------------------------------------------------------------------------


def help_of(command: str = "") -> str:
    """What `ebdiag COMMAND --help` prints on 80 columns."""
    from typer.testing import CliRunner

    from ebdiag.cli import app

    environment = {"COLUMNS": str(WIDTH), "TERMINAL_WIDTH": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb"}
    arguments = [command, "--help"] if command else ["--help"]
    printed = CliRunner().invoke(app, arguments, prog_name="ebdiag", env=environment, catch_exceptions=False).output
    return "\n".join(line.rstrip() for line in printed.strip("\n").splitlines()).strip()


def commands() -> list[str]:
    """Names of all commands."""
    from ebdiag.cli import app

    return [c.name or (c.callback.__name__.replace("_", "-") if c.callback else "") for c in app.registered_commands]


def cli_part() -> str:
    """The help of the program and of every command."""
    parts = [f"## ebdiag\n\n```text\n{help_of()}\n```"]
    parts += [f"## ebdiag {name}\n\n```text\n{help_of(name)}\n```" for name in commands()]
    return "\n\n".join(parts)


def terms_part() -> str:
    """Words of the report with the exact term behind them."""
    from ebdiag.words import TERMS

    return "\n\n".join(f"{word}\n:   {meaning}" for word, meaning in TERMS.items())


def captions_part() -> str:
    """What a figure or table does and does not mean, as the report says it."""
    from ebdiag.words import CAPTIONS

    return "\n\n".join(f"## {name.replace('_', ' ').capitalize()}\n\n{text}" for name, text in CAPTIONS.items())


def rules_part() -> str:
    """A section for each rule, as `ebdiag rules SLUG` explains it."""
    from ebdiag.handbook import entries

    return "\n\n".join(f"## {rule.slug}\n\n{rule.title}.\n\n{_sections(rule.shown)}" for rule in entries())


PARTS: dict[str, Callable[[], str]] = {
    "probes": probes_part,
    "metrics": metrics_part,
    "pair-metrics": pair_metrics_part,
    "rules": rules_part,
    "result": result_part,
    "cli": cli_part,
    "captions": captions_part,
    "terms": terms_part,
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put parts and files in place of their markers; an unknown one raises."""
    markdown = FILE.sub(lambda marker: (HERE / marker[1]).read_text("utf-8").rstrip(), markdown)
    return MARKER.sub(lambda marker: PARTS[marker[1]](), markdown)

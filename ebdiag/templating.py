"""Templates of the package, and what they may call."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Literal

import jinja2
from markupsafe import Markup

from . import words
from .safe import visible

MARKDOWN_SIGNS = re.compile(r"""[\\`*_{}\[\]<>#|~!&"'@$]|:(?=//)|(?<=www)\.|^[-+=]|(?<=^\d)[.)]""", re.IGNORECASE)
"""What Markdown, or GitHub's, makes something of: marks, mentions, formulas, addresses, the beginnings of lists."""


def asset(name: str) -> str:
    """The text of a file in the folder of templates."""
    return (files("ebdiag") / "templates" / name).read_text("utf-8")


def environment(kind: Literal["html", "md"], table: Mapping[str, str] = words.PAGE) -> jinja2.Environment:
    """Where templates of one kind are rendered; everything that is put into HTML is escaped.

    Args:
        table: The sentences that templates say.
    """
    made = jinja2.Environment(
        finalize=_visible,
        loader=jinja2.FunctionLoader(asset),
        autoescape=kind == "html",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["say"] = (_markup if kind == "html" else _plain)(table)
    made.filters["prose"] = _prose
    made.filters["md"] = markdown
    made.filters["breakable"] = _breakable
    return made


def _visible(value: object) -> object:
    """What is put into a page, without what is obeyed and not shown; a replacement character needs no escaping."""
    return type(value)(visible(value)) if isinstance(value, str) else value


def _plain(table: Mapping[str, str]) -> Callable[..., str]:
    """A sentence of the page with its values, as Markdown."""
    return lambda key, **values: markdown(table[key].format(**values))


def _markup(table: Mapping[str, str]) -> Callable[..., Markup]:
    """A sentence of the page with its values, as HTML."""
    return lambda key, **values: _prose(table[key].format(**values))


def _prose(text: str) -> Markup:
    """HTML of a sentence; what stands between backticks becomes code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text)))


def _breakable(name: str) -> Markup:
    """HTML of a dotted name or a path that may break after each dot and slash."""
    return Markup(re.sub(r"([./])", r"\1<wbr>", html.escape(name)))


def markdown(text: str) -> str:
    """Markdown that shows the text as it is, whatever is in it; what stands between backticks becomes code."""

    text = visible(text)

    def escaped(piece: str) -> str:
        return MARKDOWN_SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", piece).replace("\n", "<br>")

    pieces = re.split(r"`([^`]+)`", text)
    return "".join(
        f"<code>{escaped(piece)}</code>" if place % 2 else escaped(piece) for place, piece in enumerate(pieces)
    )

"""What people who mean harm write where a name, a path, a message or a setting belongs."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import ValidationError

from ebdiag.result import Result

HTML = '<script>document.title="no"</script><img src=x onerror=alert(1)>"><svg/onload=alert(1)>\'><base href=//e.vil>'
COMMANDS = "\n::error file=a::b%0A\r\n::stop-commands::x ##[add-matcher]x.json"
TERMINAL = (
    "\x1b[31m\x1b]8;;http://e.vil\x07L\x1b]8;;\x07\x1b]0;title\x07\x9b31m\x85\x90\x7f\x08\u202e\u2066\u2028\ufeff"
)
MARKDOWN = "](javascript:alert(1)) [x](http://e.vil) ![y](http://e.vil/p.png) | `code` ``` <!-- @all #1 $x^2$ www.e.vil"
TEMPLATES = '{{7*7}} {% raw %} {x} {0} %s \\frac =cmd|\'/C calc\'!A0 """ ../../../etc/passwd \t'
HALVES = "\x00\ud800 \udcff"

WHOLE = HTML + COMMANDS + TERMINAL + MARKDOWN + TEMPLATES
"""What can stand in a docstring and be printed."""

ALL = HTML + COMMANDS + TERMINAL + MARKDOWN + TEMPLATES + HALVES


def planted(content: dict[str, Any], text: str = ALL, *, rules: bool = True) -> int:
    """Put a text into every place of a result's JSON that takes one, and beside every key; how many there were.

    Args:
        rules: Also in the slugs of findings, whose words are then no longer the catalogue's.
    """
    done = 0
    for place, key in [*_texts(content)]:
        if key == "rule" and not rules:
            continue
        before, place[key] = place[key], text
        if _is_result(content):
            done += 1
        else:
            place[key] = before
    for place in [*_tables(content)]:
        place[text] = copy.deepcopy(next(iter(place.values())))
        if _is_result(content):
            done += 1
        else:
            del place[text]
    return done


def _is_result(content: dict[str, Any]) -> bool:
    try:
        Result.model_validate(content)
    except ValidationError:
        return False
    return True


def _texts(value: Any) -> Any:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, str):
                yield value, key
            yield from _texts(inner)


def _tables(value: Any) -> Any:
    if isinstance(value, dict) and value:
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _tables(inner)

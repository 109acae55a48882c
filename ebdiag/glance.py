"""A result at one glance, as a notebook shows it: verdict, table, and samples where the report folder is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import evidence, tables, verdicts, words
from .errors import EbdiagError
from .figures.style import theme_variables
from .page import endings, reasons
from .pictures import Album, first_pair
from .result import Result, near
from .tables import MetricRow
from .templating import asset, environment

SHOWN = (
    *("precision", "recall", "reconstruction_error", "energy_ratio_noise", "pixel_spread"),
    *("pair_accuracy", "pair_accuracy_best", "cosine_same", "cosine_different", "embedding_mean_share"),
)
"""Metrics that are shown beside those that decide; the report has all."""

SCOPE = ".ebdiag.ebdiag.ebdiag"
"""Before every rule of the style, so often that it outweighs what notebooks do to tables."""


def html(result: Result, folder: Path | None) -> str:
    """An HTML fragment with a style of its own: no script, no request, nothing outside of it is touched.

    Args:
        folder: The report folder, whose samples are shown if it holds this result; or None.
    """
    return render("result.html.j2", **_content(result), album=_pictures(result, folder), report=_report(folder))


def markdown(result: Result, folder: Path | None) -> str:
    """The same without pictures, for what shows Markdown alone."""
    return environment("md").get_template("result.md.j2").render(**_content(result), report=_report(folder)).strip()


def render(template: str, **values: Any) -> str:
    """An HTML fragment from a template, with the style of notebooks."""
    css = (
        asset("notebook.css").replace("LIGHT", theme_variables(dark=False)).replace("DARK", theme_variables(dark=True))
    )
    return environment("html").get_template(template).render(**values, css=css.replace("ROOT", SCOPE))


def _content(result: Result) -> dict[str, Any]:
    return {
        "badge": words.BADGES[result.verdict.status],
        "mine": result.variants["mine"].path,
        "ref": result.variants["ref"].path,
        "extent": words.extent(result.budget.steps, len(result.budget.seeds)),
        "summary": verdicts.summary(result),
        "language": words.language(),
        "why": reasons(result),
        "rows": _rows(result),
    }


def _rows(result: Result) -> Sequence[MetricRow]:
    return [
        tables.metric_row(key, metric)
        for key, metric in tables.ordered(result).items()
        if metric.decides or key in SHOWN
    ]


def _report(folder: Path | None) -> str:
    page = folder / "report.html" if folder else None
    return near(page) if page and page.exists() else ""


def _pictures(result: Result, folder: Path | None) -> Album | None:
    """Samples of this result; None where the folder is gone, damaged, or holds another result by now."""
    if folder is None:
        return None
    try:
        if not Result.load(folder).says_the_same(result):
            return None
        return first_pair(result, evidence.read(folder), endings(result))
    except EbdiagError:
        return None

"""The page in a real browser: asks for nothing, works by mouse and keyboard, and can be read by everyone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_texts import planted
from result_factory import Case, write

from ebdiag import report, words
from ebdiag.result import Result

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")

SHOWN: tuple[Case, ...] = ("full", "diverged", "scalar", "alone", "hostile")
WIDTHS = (360, 768, 1440)
THEMES = ("light", "dark")

AA, AA_LARGE = 4.5, 3.0
"""Contrast that WCAG 2 asks for: of text, and of text from 24 px on, or bold from 18.66 px on."""

TEXTS = """
() => {
  const shown = (e) => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || !shown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = parent.namespaceURI.endsWith('svg') ? [parent.getBoundingClientRect()] : [...range.getClientRects()];
    found.push({node, parent, boxes: boxes.filter((b) => b.width > 1 && b.height > 1)});
  }
  return found;
}
"""

CONTRASTS = (
    "() => { const texts = (" + TEXTS + ")();"
    """
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    const page = matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0, 1] : [255, 255, 255, 1];
    return layers.reverse().reduce((below, top) => over(top, below), page);
  };
  const linear = (v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const luminance = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => linear(v / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  return texts.map(({node, parent}) => {
    const style = getComputedStyle(parent), svg = parent.namespaceURI.endsWith('svg'), ground = behind(parent);
    const [a, b] = [over(rgba(svg ? style.fill : style.color), ground), ground].map(luminance);
    const matrix = svg ? parent.getScreenCTM() : {a: 1, b: 0};
    const size = parseFloat(style.fontSize) * Math.hypot(matrix.a, matrix.b);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    return [node.data.trim().slice(0, 40), (Math.max(a, b) + .05) / (Math.min(a, b) + .05), large, size];
  });
}"""
)

OVERLAPS = (
    "() => { const texts = (" + TEXTS + ")();"
    """
  const boxes = texts.flatMap(({node, parent, boxes}) => boxes.map((b) => {
    const inset = b.height * .18;  // a line of text is lower than its box
    return {text: node.data.trim().slice(0, 30), l: b.left, r: b.right, t: b.top + inset, b: b.bottom - inset,
            scroll: parent.closest('.scroll')};
  }));
  const found = [];
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const p = boxes[i], q = boxes[j];
    if (Math.min(p.r, q.r) - Math.max(p.l, q.l) > 1.5 && Math.min(p.b, q.b) - Math.max(p.t, q.t) > 1.5)
      if (p.scroll === q.scroll) found.push([p.text, q.text]);
  }
  return found;
}"""
)

OUTSIDE = (
    "() => { const texts = (" + TEXTS + ")();"
    """
  const wide = document.documentElement.clientWidth, found = [];
  for (const {node, parent, boxes} of texts) {
    const figure = parent.closest('figure');
    const limit = figure ? figure.getBoundingClientRect() : {left: 0, right: wide};
    if (parent.closest('.scroll')) continue;
    for (const b of boxes)
      if (b.left < Math.max(0, limit.left) - 1.5 || b.right > Math.min(wide, limit.right) + 1.5)
        found.push([node.data.trim().slice(0, 40), b.left, b.right, limit.left, limit.right]);
  }
  for (const e of document.querySelectorAll('img, pre, .scroll, article')) {
    const b = e.getBoundingClientRect();
    if (b.width && b.right > wide + 1) found.push([e.tagName, b.right, wide]);
  }
  if (document.documentElement.scrollWidth > wide) found.push(['page', document.documentElement.scrollWidth, wide]);
  return found;
}"""
)

FOCUS = """
() => { const e = document.activeElement; return e.id || e.getAttribute('href') || e.getAttribute('aria-label') ||
  e.textContent.trim().slice(0, 60); }
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all tests."""
    with playwright.sync_playwright() as session:
        started = session.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, str]:
    """A rendered page for each ending that looks different."""
    found = {}
    for case in SHOWN:
        folder = write(tmp_path_factory.mktemp(case), case)
        report.write(folder)
        found[case] = (folder / "report.html").as_uri()
    return found


class Visit:
    """An open page, and what it asked for and complained about."""

    def __init__(self, browser: Any, address: str, *, width: int = 1440, theme: str = "light", **options: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-GB", **options
        )
        self.page = self.context.new_page()
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def asked(self) -> list[str]:
        """Addresses beside the page itself and what it holds."""
        return [url for url in self.requests[1:] if not url.startswith("data:")]


def unfold(page: Any) -> None:
    """Open every fold, so that everything is looked at."""
    for fold in page.locator("details:not([open]) > summary").all():
        if fold.is_visible():
            fold.click()
    if page.locator("details:not([open])").count():
        unfold(page)


@pytest.mark.parametrize("case", SHOWN)
def test_page_is_silent(case: Case, browser: Any, addresses: dict[Case, str]) -> None:
    """No request and no message, whatever is opened and chosen."""
    visit = Visit(browser, addresses[case])
    with visit as page:
        unfold(page)
        for label in page.locator(".training > label").all():
            label.click()
        assert visit.asked() == []
        assert visit.messages == []


@pytest.mark.parametrize("rules", [True, False])
def test_nothing_of_a_hostile_page_runs(rules: bool, browser: Any, tmp_path: Path) -> None:
    """Every text of the result is hostile: no script, dialog, message or request, and the base is the page's own."""
    folder = write(tmp_path, "full")
    content = json.loads((folder / "result.json").read_text("utf-8"))
    assert planted(content, rules=rules) > 200
    (folder / "result.json").write_text(json.dumps(content), "utf-8")
    report.write(folder)
    visit = Visit(browser, (folder / "report.html").as_uri())
    with visit as page:
        page.on("dialog", lambda dialog: visit.messages.append(dialog.message))
        unfold(page)
        assert page.title() != "no"
        assert "<script>" in page.locator("h1").inner_text()
        assert (
            page.locator("script, iframe, base, form, object, embed, link, img:not([src^='data:image/png'])").count()
            == 0
        )
        assert page.evaluate("document.baseURI") == (folder / "report.html").as_uri()
        assert page.locator("a:not([href^='#'])").count() == 0
        assert visit.asked() == []
        assert visit.messages == []


def test_what_a_page_must_not_do_is_stopped_and_seen(browser: Any, addresses: dict[Case, str], tmp_path: Path) -> None:
    """The policy stops a planted image, script and frame before anything is asked for; the messages show it."""
    text = Path(addresses["alone"].removeprefix("file://")).read_text("utf-8")
    planted = (
        '<img src="http://127.0.0.1:9/a.png"><script>document.title = "no"</script><iframe src="data:,x"></iframe>'
    )
    (tmp_path / "planted.html").write_text(text.replace("</main>", f"{planted}</main>"), "utf-8")
    visit = Visit(browser, (tmp_path / "planted.html").as_uri())
    with visit as page:
        assert len(visit.messages) >= 3
        assert page.title() != "no"
        assert [url for url in visit.asked() if "127.0.0.1" in url and not visit.messages] == []


def test_slider_by_mouse_and_keyboard(browser: Any, addresses: dict[Case, str]) -> None:
    """One step is shown at a time: the last at first, another by a click, its neighbour by an arrow key."""
    with Visit(browser, addresses["full"]) as page:
        frames = page.locator(".frame")
        count = frames.count()
        assert count == 6

        def visible() -> list[int]:
            return [place for place in range(count) if frames.nth(place).is_visible()]

        assert visible() == [count - 1]
        page.locator(".training > label").first.click()
        assert visible() == [0]
        page.keyboard.press("ArrowRight")
        assert visible() == [1]
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert visible() == [count - 1]
        alts = {frames.nth(place).locator("img").first.get_attribute("alt") for place in range(count)}
        assert len(alts) == count


def test_folds_by_mouse_and_keyboard(browser: Any, addresses: dict[Case, str]) -> None:
    """A fold opens by click and by Enter, and closes again."""
    with Visit(browser, addresses["full"]) as page:
        fold = page.locator("section:has(#metrics) > details").first
        summary, table = fold.locator("summary"), fold.locator("table")
        assert not table.is_visible()
        summary.click()
        assert table.is_visible()
        summary.focus()
        page.keyboard.press("Enter")
        assert not table.is_visible()
        page.keyboard.press("Space")
        assert table.is_visible()


def test_everything_is_reached_by_keyboard(browser: Any, addresses: dict[Case, str]) -> None:
    """Tab goes through contents, slider, every fold and every table that scrolls, in the order of the page."""
    with Visit(browser, addresses["full"]) as page:
        wanted = page.evaluate(
            "() => [...document.querySelectorAll('nav a, .card a, .training > input:checked, summary, .scroll')]"
            f".filter((e) => e.checkVisibility()).map((e) => {{ e.focus(); return ({FOCUS})(); }})"
        )
    reached = []
    with Visit(browser, addresses["full"]) as page:
        for _ in wanted:
            page.keyboard.press("Tab")
            reached.append(page.evaluate(FOCUS))
    assert reached == wanted
    assert len(wanted) > 20


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("case", SHOWN)
def test_contrast(case: Case, theme: str, browser: Any, addresses: dict[Case, str]) -> None:
    """Every text, figures included, has the contrast of WCAG AA in both themes."""
    with Visit(browser, addresses[case], theme=theme) as page:
        unfold(page)
        found = page.evaluate(CONTRASTS)
        assert len(found) > 150
        assert [row for row in found if row[1] < (AA_LARGE if row[2] else AA)] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("case", SHOWN)
def test_layout(case: Case, width: int, browser: Any, addresses: dict[Case, str]) -> None:
    """Nothing lies over anything else, nothing leaves its figure or the page, and no text is too small to read."""
    for theme in THEMES:
        with Visit(browser, addresses[case], width=width, theme=theme) as page:
            unfold(page)
            assert page.evaluate(OVERLAPS) == []
            assert page.evaluate(OUTSIDE) == []
            assert [row for row in page.evaluate(CONTRASTS) if row[3] < SMALLEST_PX] == []


SMALLEST_PX = 9.5
"""Text in figures on the narrowest phone."""


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a page in Korean that shows everything."""
    folder = write(tmp_path_factory.mktemp("korean"), "full")
    with words.speaking("ko"):
        report.write(folder)
    return folder


@pytest.mark.parametrize("width", WIDTHS)
def test_layout_in_korean(width: int, browser: Any, korean: Path) -> None:
    """As in English: nothing overlaps and nothing is cut, in figures and beside them, in both themes alike."""
    with Visit(browser, (korean / "report.html").as_uri(), width=width) as page:
        assert page.evaluate("document.documentElement.lang") == "ko"
        unfold(page)
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate(OUTSIDE) == []


HOSTS = {
    "jupyter": "<body data-jp-theme-light='{light}' class='jp-RenderedHTMLCommon'>",
    "colab": "<html theme='{name}'><body>",
    "code": "<body class='vscode-{name}'>",
}
"""How notebooks say which theme they have."""

JUPYTER = """
.jp-RenderedHTMLCommon table{table-layout:fixed;margin-left:auto;margin-bottom:1em;font-size:12px;border:none}
.jp-RenderedHTMLCommon td,.jp-RenderedHTMLCommon th{text-align:right;max-width:60px;white-space:normal;padding:.5em}
.jp-RenderedHTMLCommon tbody tr:nth-child(odd){background:#fff}
"""
"""Rules of a notebook for tables, which would spoil those of a result."""


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("theme", THEMES)
def test_a_result_in_a_notebook(host: str, theme: str, browser: Any, tmp_path: Path) -> None:
    """In the notebook's theme, although the system has the other one: legible, nothing overlaps, nothing is asked for.

    Its table looks the same as where the notebook has no rules for tables.
    """
    fragment = Result.load(write(tmp_path, "fails"))._repr_html_()
    opening = HOSTS[host].format(name=theme, light=str(theme == "light").lower())
    (tmp_path / "plain.html").write_text(f"<!doctype html>{opening}{fragment}", "utf-8")
    (tmp_path / "host.html").write_text(f"<!doctype html><style>{JUPYTER}</style>{opening}{fragment}", "utf-8")
    other = THEMES[1 - THEMES.index(theme)]
    cells = (
        "[...document.querySelectorAll('.ebdiag td, .ebdiag th')].map((e) => JSON.stringify(e.getBoundingClientRect()))"
    )
    found = {}
    for name in ("plain", "host"):
        visit = Visit(browser, (tmp_path / f"{name}.html").as_uri(), width=900, theme=other)
        with visit as page:
            ground = page.evaluate("getComputedStyle(document.querySelector('.ebdiag')).backgroundColor")
            assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 22, 25)"}[theme]
            for text, contrast, large, _ in page.evaluate(CONTRASTS):
                assert contrast >= (AA_LARGE if large else AA), text
            assert page.evaluate(OVERLAPS) == []
            found[name] = page.evaluate(cells)
            assert visit.asked() == []
            assert visit.messages == []
    assert found["host"] == found["plain"]


@pytest.mark.parametrize("width", [360, 900])
@pytest.mark.parametrize("theme", THEMES)
def test_a_result_follows_the_system(width: int, theme: str, browser: Any, tmp_path: Path) -> None:
    """Where a notebook names no theme, that of the system; on a phone nothing is wider than the window."""
    fragment = Result.load(write(tmp_path, "diverged"))._repr_html_()
    (tmp_path / "host.html").write_text(f"<!doctype html><meta charset=utf-8><body>{fragment}", "utf-8")
    with Visit(browser, (tmp_path / "host.html").as_uri(), width=width, theme=theme) as page:
        ground = page.evaluate("getComputedStyle(document.querySelector('.ebdiag')).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 22, 25)"}[theme]
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_looking_finds_what_it_looks_for(browser: Any, addresses: dict[Case, str]) -> None:
    """Planted faint text, overlapping texts and a wide table are each found."""
    with Visit(browser, addresses["alone"], width=360) as page:
        page.evaluate(
            """() => document.querySelector('header').insertAdjacentHTML('beforeend',
            '<p style="color:#999;margin:0 0 -1.4em">faint</p><p>over</p><p style="width:500px">wide wide</p>' +
            '<svg viewBox="0 0 200 50" width="100"><text x="0" y="20" fill="#1c1e21">small</text></svg>')"""
        )
        contrasts = {row[0]: row for row in page.evaluate(CONTRASTS)}
        assert contrasts["faint"][1] == pytest.approx(2.85, abs=0.01)  # #999 on white, as any checker says
        assert contrasts["small"][3] == pytest.approx(8.0)
        assert ["faint", "over"] in page.evaluate(OVERLAPS)
        assert "page" in [row[0] for row in page.evaluate(OUTSIDE)]


def test_without_javascript(browser: Any, addresses: dict[Case, str]) -> None:
    """With scripts off the last step is shown, and slider and folds work all the same."""
    with Visit(browser, addresses["full"], java_script_enabled=False) as page:
        assert page.locator(".frame").last.is_visible()
        page.locator(".training > label").first.click()
        assert page.locator(".frame").first.is_visible()
        page.locator("summary").first.click()
        assert page.locator("details[open] img").first.is_visible()


A4_PX = 680
"""Width of A4 paper between margins of 15 mm, at 96 pixels an inch."""


def test_paper_has_folds_open(browser: Any, addresses: dict[Case, str]) -> None:
    """In print everything that is folded on a screen is there, and navigation is not."""
    with Visit(browser, addresses["full"], width=A4_PX) as page:
        folded = page.locator("details:not([open])")
        assert folded.count() > 5
        heights = (
            "() => [...document.querySelectorAll('details')].map((d) => d.getBoundingClientRect().height - "
            "d.querySelector('summary').getBoundingClientRect().height)"
        )
        assert min(page.evaluate(heights)) == 0
        page.emulate_media(media="print")
        assert min(page.evaluate(heights)) > 20
        assert not page.locator("nav").is_visible()
        assert page.locator(".frame").last.is_visible()
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= A4_PX


def test_a_provisional_page_loads_itself_again(browser: Any, tmp_path: Path) -> None:
    """While seeds are trained the page says so and comes back by itself; a finished one does not."""
    folder = write(tmp_path, "alone", provisional=3)
    report.write(folder)
    with Visit(browser, (folder / "report.html").as_uri()) as page:
        assert page.get_by_role("status").inner_text().startswith("Provisional: 1 of 3 seeds are trained.")
        assert page.locator("meta[http-equiv=refresh]").count() == 1

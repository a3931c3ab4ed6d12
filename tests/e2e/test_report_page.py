"""Reports as pages, in a real Chromium: what people see, and what the browser must not do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from fedmsg_exporter.report.formats import render
from fedmsg_exporter.report.model import Column, Report, Row, Section, Unit
from harness.chromium import Chromium

from .. import sample_reports

pytestmark = pytest.mark.servers
REPORTS = sample_reports.every()
# A list looks like a group.
every_kind = pytest.mark.parametrize("kind", [kind for kind in REPORTS if kind != "list"])
widths = pytest.mark.parametrize("width", [1280, 390])
themes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder, and notes what was asked for."""

    asked: list[str]

    def log_message(self, *_: object) -> None:
        self.asked.append(self.path)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with Chromium() as browser:
        yield browser


@contextmanager
def opened(
    chromium: Chromium, folder: Path, report: Report, width: int = 1280, *, dark: bool = False
) -> Iterator[tuple[Page, list[str]]]:
    """A report's page from a server, and whatever its browser asks for or complains of."""
    (folder / "report.html").write_text(render(report, "html"), "utf-8")
    seen: list[str] = []
    kind = type("Noting", (Handler,), {"asked": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with chromium.page(width, dark=dark) as page:
            page.on("console", lambda message: seen.append(message.text))
            page.on("pageerror", lambda error: seen.append(str(error)))
            page.goto(f"http://127.0.0.1:{server.server_port}/report.html")
            yield page, seen
        server.shutdown()


@every_kind
@widths
@themes
def test_page(chromium: Chromium, tmp_path: Path, kind: str, width: int, dark: bool) -> None:
    """A page asks for nothing, fits the window, and breaks no rule of accessibility."""
    with opened(chromium, tmp_path, REPORTS[kind], width, dark=dark) as (page, seen):
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen == ["/report.html"]
        violations = Axe().run(page).response["violations"]
        found = [(one["id"], one["nodes"][0]["html"][:120]) for one in violations]
        assert found == []


@every_kind
@widths
def test_charts_fit(chromium: Chromium, tmp_path: Path, kind: str, width: int) -> None:
    """Of each chart the drawing for the width is seen, with no text outside or on another."""
    with opened(chromium, tmp_path, REPORTS[kind], width) as (page, _):
        shown = page.locator("figure > svg:visible")
        assert shown.count() == page.locator("figure").count()
        style = "wide" if width > 700 else "narrow"
        assert {one.get_attribute("class") for one in shown.all()} <= {style}
        assert page.evaluate(_MISPLACED) == []


#: The texts of visible charts that leave their drawing, and those that lie on others.
_MISPLACED = """() => {
  const found = [];
  for (const svg of document.querySelectorAll("figure > svg")) {
    const all = svg.getBoundingClientRect();
    if (!all.width) continue;
    const boxes = [...svg.querySelectorAll("text")].map(
      text => [text.textContent, text.getBoundingClientRect()]);
    const right = Math.min(innerWidth, all.right + 12);
    for (const [text, box] of boxes)
      if (box.left < all.left - 1 || box.right > right || box.bottom > all.bottom + 2)
        found.push(["outside", text]);
    boxes.forEach(([text, a], at) => boxes.slice(at + 1).forEach(([other, b]) => {
      const beside = a.left >= b.right - 1 || b.left >= a.right - 1;
      const above = a.top >= b.bottom - 4 || b.top >= a.bottom - 4;
      if (!beside && !above) found.push(["overlap", text, other]);
    }));
  }
  return found;
}"""


#: The lines that the name of each row is broken into.
_LINES = """() => [...document.querySelectorAll("tbody th:first-child")].map(head => {
  const lines = [];
  let top = null;
  for (const node of head.childNodes)
    for (let at = 0; at < node.textContent.length; at++) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      if (box.top !== top) lines.push("");
      top = box.top;
      lines[lines.length - 1] += node.textContent[at];
    }
  return lines;
})"""


def test_numbers_of_topics_are_seen_on_a_telephone(chromium: Chromium, tmp_path: Path) -> None:
    """Long topics wrap after a dot, so that messages and shares are not off the screen."""
    columns = (Column("messages", "Messages"), Column("share", "Share", Unit.PERCENT))
    rows = tuple(
        Row((1234, 56.7), subject=topic, category=topic.partition(".")[0])
        for topic in ("discourse.post.post_created", "buildsys.task.state.change")
    )
    topics = Section("topics", "Topics", columns, rows, "Topic")
    report = REPORTS["user"]._replace(sections=(topics,))
    with opened(chromium, tmp_path, report, 390) as (page, _):
        boxes = [cell.bounding_box() for cell in page.locator("td").all()]
        assert len(boxes) == 4
        assert all(box and box["x"] + box["width"] <= 390 for box in boxes)
        broken = page.evaluate(_LINES)
        assert [len(lines) > 1 for lines in broken] == [True, True]
        assert {line[-1] for lines in broken for line in lines[:-1]} <= {".", "_"}


def test_no_script_runs(chromium: Chromium, tmp_path: Path) -> None:
    """The page's own policy stops scripts and styles that got into it in whatever way."""
    with opened(chromium, tmp_path, REPORTS["week"]) as (page, seen):
        page.evaluate("""() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend",
            "<img src='/x.png' onerror='window.ran = true'><p id=p style='color: red'>x</p>");
        }""")
        page.wait_for_function("document.querySelector('img').complete")
        assert page.evaluate("window.ran") is None
        colour = page.evaluate("getComputedStyle(document.getElementById('p')).color")
        assert colour != "rgb(255, 0, 0)"
        assert "/x.png" not in seen
        assert any("Content Security Policy" in one for one in seen)


def test_keyboard(chromium: Chromium, tmp_path: Path) -> None:
    """The first stop skips to the numbers; from there Tab goes to a chart's numbers."""
    with opened(chromium, tmp_path, REPORTS["community"]) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the numbers"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert page.locator("details[open]").count() == 0
        page.keyboard.press("Enter")
        assert page.locator("details[open]").count() == 1
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.classList.contains('scroll')")


def test_screen_reader(chromium: Chromium, tmp_path: Path) -> None:
    """A chart is an image with a title and its numbers in words; rows and columns have heads."""
    with opened(chromium, tmp_path, REPORTS["community"]) as (page, _):
        name = re.compile(
            r"^Regular people by tenure Stacked areas of Old, Middle and New, and a line of "
            r"All regular by week, 2025-W03 to 2026-W02\. All regular: first \d+ \(2025-W03\), "
        )
        assert page.get_by_role("img", name=name).count() == 1
        assert page.get_by_role("img").count() == page.locator("figure").count()
        assert page.get_by_role("banner").count() == page.get_by_role("contentinfo").count() == 1
        page.get_by_text("Numbers: Regular people by tenure").click()
        table = page.get_by_role("table", name="Regular people by tenure")
        assert table.get_by_role("columnheader").all_inner_texts()[:2] == ["Week", "All regular"]
        assert table.get_by_role("rowheader").count() == 52


def test_print(chromium: Chromium, tmp_path: Path) -> None:
    """On paper all numbers are unfolded, nothing is to click, and the page is light."""
    with opened(chromium, tmp_path, REPORTS["community"], dark=True) as (page, _):
        page.emulate_media(media="print", color_scheme="light")
        tables = page.get_by_role("table").all()
        assert len(tables) >= 7
        # A folded table has no height.
        assert [one for one in tables if (one.bounding_box() or {"height": 0})["height"] < 50] == []
        assert page.locator("nav:visible, summary:visible, .skip:visible").count() == 0
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == "rgb(255, 255, 255)"


def test_long_names(chromium: Chromium, tmp_path: Path) -> None:
    """The longest names scroll in their table or are shortened in a chart; the page stays."""
    name = "w" * 255
    report = sample_reports.group()
    sections = tuple(
        section._replace(
            title=f"{section.title} of {name}",
            rows=tuple(row._replace(subject=name) if row.subject else row for row in section.rows),
        )
        for section in (*report.sections, *sample_reports.event().sections)
    )
    report = report._replace(title=name, sections=sections)
    with opened(chromium, tmp_path, report, 390) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("figure > svg:visible text", has_text="w…").count() > 0

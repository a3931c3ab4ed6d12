"""One HTML file: no script, nothing to fetch, charts as inline SVG with their numbers below.

``tables`` has what a section's numbers are in; ``style.css`` is all of the style, and
the only one that the page's own Content-Security-Policy lets apply.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files

from ...model import Report, Section
from .. import about
from ..grid import facts, remarks
from ..svg import Drawing, drawn, element, quoted, tag
from .tables import numbers, table

#: The widths that charts are drawn for, in pixels: the style shows the one that fits.
WIDE, NARROW = 864, 358
#: Up to how many sections the list of them is open.
_OPEN = 20


def render(report: Report) -> str:
    """A report as an HTML page; it ends with a line feed."""
    named = [(f"s{number}", section) for number, section in enumerate(report.sections, 1)]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            *_head(report),
            "<body>",
            '<a class="skip" href="#numbers">Skip to the numbers</a>',
            *_header(report, named),
            '<main id="numbers">',
            *(part for ident, section in named for part in _section(ident, section)),
            "</main>",
            *_footer(report),
            "</body>",
            "</html>",
            "",
        ]
    )


def _head(report: Report) -> Iterator[str]:
    style = _style()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{quoted(policy)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f'<meta name="generator" content="fedmsg_exporter {quoted(report.basis.version)}">'
    yield f"<title>{quoted(report.title)}</title>"
    # Or browsers would ask the server for a picture.
    yield '<link rel="icon" href="data:,">'
    yield f"<style>{style}</style>"
    yield "</head>"


@cache
def _style() -> str:
    return files(__package__).joinpath("style.css").read_text("utf-8")


def _header(report: Report, named: list[tuple[str, Section]]) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{quoted(report.title)}</h1>"
    yield from _lines(about.top(report.basis))
    if report.basis.gaps:
        yield '<p class="partial">Not everything within the range is known: see the gaps.</p>'
    links = (f'<li><a href="#{ident}">{quoted(section.title)}</a></li>' for ident, section in named)
    listed = f"<ul>{''.join(links)}</ul>"
    if len(named) > _OPEN:
        listed = f"<details><summary>{len(named)} sections</summary>{listed}</details>"
    yield f'<nav aria-label="Sections">{listed}</nav>'
    yield "</header>"


def _lines(lines: Iterable[about.Line]) -> Iterator[str]:
    yield '<dl class="basis">'
    for line in lines:
        yield f"<dt>{quoted(line.head)}</dt><dd>{quoted(line.text)}</dd>"
    yield "</dl>"


def _section(ident: str, section: Section) -> Iterator[str]:
    yield f'<section id="{ident}" aria-labelledby="{ident}-h">'
    yield f'<h2 id="{ident}-h">{quoted(section.title)}</h2>'
    if not section.rows:
        yield f"<p>{quoted(section.empty or 'nothing')}</p>"
    elif facts(section):
        yield from numbers(section)
    else:
        yield from _figure(ident, section)
    for note in remarks(section):
        yield f'<p class="note">{quoted(note)}</p>'
    yield "</section>"


def _figure(ident: str, section: Section) -> Iterator[str]:
    """A chart with its numbers folded away, or the numbers alone."""
    wide, narrow = drawn(section, WIDE), drawn(section, NARROW)
    if wide is None or narrow is None:
        yield from table(section)
        return
    yield "<figure>"
    yield from _legend(wide)
    yield element(wide, section.title, WIDE, f"{ident}-w", "wide")
    yield element(narrow, section.title, NARROW, f"{ident}-n", "narrow")
    if wide.remark:
        yield f'<p class="note">{quoted(wide.remark)}</p>'
    yield "</figure>"
    yield f"<details><summary>Numbers: {quoted(section.title)}</summary>"
    yield from table(section)
    yield "</details>"


def _legend(drawing: Drawing) -> Iterator[str]:
    if drawing.legend:
        yield '<ul class="legend">'
        for key in drawing.legend:
            yield f"<li>{_swatch(key.style)}{quoted(key.text)}</li>"
        yield "</ul>"


def _swatch(style: str) -> str:
    """A picture of what the legend explains, in the chart's own classes."""
    shape = {
        "line": '<path d="M1,7H13" class="line"/>',
        "before": '<circle cx="7" cy="7" r="5.5" class="before"/>',
        "during": '<path d="M7,2l5,5l-5,5l-5,-5Z" class="during"/>',
        "after": '<circle cx="7" cy="7" r="5.5" class="after"/>',
    }.get(style) or tag("rect", x=0.5, y=0.5, width=13, height=13, rx=2, class_=style)
    return f'<svg class="key" viewBox="0 0 14 14" aria-hidden="true">{shape}</svg>'


def _footer(report: Report) -> Iterator[str]:
    yield "<footer>"
    yield "<h2>About these numbers</h2>"
    yield from _lines(about.bottom(report.basis))
    yield "</footer>"

"""The formats of a report: for people text, Markdown and HTML, for programs CSV and JSON.

``values`` has numbers, names and periods as text, ``grid`` the tables of sections and
``about`` what a report rests on, for all formats; ``text``, ``markdown``, ``tidy`` (CSV),
``structured`` (JSON) and ``html`` a format each; ``sparks`` draws with characters, ``svg``
has the charts. The same report gives the same bytes each time.
"""

from pathlib import PurePath

from ..model import Report
from . import html, markdown, structured, text, tidy
from .structured import schema

__all__ = ["FORMATS", "format_of", "render", "schema"]

#: Each format, and the suffixes of the files that have it.
FORMATS = {
    "text": (".txt",),
    "md": (".md", ".markdown"),
    "csv": (".csv",),
    "json": (".json",),
    "html": (".html", ".htm"),
}


def format_of(path: PurePath) -> str | None:
    """The format that a file's suffix says, None if it says none."""
    suffix = path.suffix.lower()
    return next((name for name, suffixes in FORMATS.items() if suffix in suffixes), None)


def render(report: Report, format_: str, *, width: int = 100, colour: bool = False) -> str:
    """A report in one of `FORMATS`; it ends with a line feed.

    ``width``, in characters, and ``colour`` are for text only.
    """
    if format_ == "text":
        return text.render(report, width=width, colour=colour)
    others = {
        "md": markdown.render,
        "csv": tidy.render,
        "json": structured.render,
        "html": html.render,
    }
    return others[format_](report)

"""Reads the output of each format back into facts, as a reader would."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise, takewhile
from typing import NamedTuple

import cmarkgfm

from fedmsg_exporter.report.model import Layout, Mark, Report, Section, Value

_MARKS = tuple(mark.value for mark in Mark)
#: What is said once of all lines of a table.
_SHARED = "All of it"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PERIOD = re.compile(r"(\d{4})[- ](W\d\d|Q\d|\d\d-\d\d|\d\d)\b")


class Fact(NamedTuple):
    """A value, and what it is of."""

    section: str
    period: str
    subject: str
    category: str
    metric: str
    value: Value


class Marked(NamedTuple):
    """A mark of a row, or of a period where the rows of a format are no rows of the report."""

    section: str
    period: str
    subject: str
    category: str
    mark: str


class Table(NamedTuple):
    """A table's texts."""

    heads: list[str]
    lines: list[list[str]]


#: What a format has for a section: tables, and pairs of name and value.
Found = list[Table | tuple[str, str]]


def facts(report: Report) -> set[Fact]:
    """What every format must say."""
    return {
        Fact(section.key, row.period, row.subject, row.category, column.metric, value)
        for section in report.sections
        for row in section.rows
        for column, value in zip(section.columns, row.values, strict=True)
    }


def marks(report: Report) -> set[Marked]:
    """The marks that every format must show; a calendar shows them by week."""
    return {
        Marked(section.key, *_place(section, row.period, row.subject, row.category), mark.value)
        for section in report.sections
        for row in section.rows
        for mark in row.marks
    }


def _place(section: Section, period: str, subject: str, category: str) -> tuple[str, str, str]:
    if section.layout is Layout.MATRIX:
        return period, "", ""
    if section.layout is Layout.CALENDAR:
        year, week, _ = date.fromisoformat(period).isocalendar()
        return f"{year}-W{week:02}", "", ""
    return period, subject, category


def of_json(text: str, _: Report) -> set[Fact]:
    """The facts of JSON."""
    return {
        Fact(section["key"], row["period"], row["subject"], row["category"], metric, value)
        for section in json.loads(text)["sections"]
        for row in section["rows"]
        for metric, value in row["values"].items()
    }


def of_csv(text: str, _: Report) -> set[Fact]:
    """The facts of CSV; section `coverage` says which of the empty ones are unknown."""
    lines = [Fact(*line) for line in csv.reader(StringIO(text))][1:]
    unknown = {line[1:-1] for line in lines if line.section == "coverage" and line.value == "n/a"}
    return {
        line._replace(value=None if _named(line) in unknown else _value(str(line.value)))
        for line in lines
        if line.section not in {"coverage", "about"}
    }


def _named(line: Fact) -> tuple[str, ...]:
    return (line.period, line.subject, line.category, f"{line.section}.{line.metric}")


def of_text(text: str, report: Report) -> set[Fact]:
    """The facts of the tables of plain text."""
    return _facts(_text_sections(text, report), report)


def of_markdown(text: str, report: Report) -> set[Fact]:
    """The facts of the tables that GitHub makes of Markdown."""
    return _facts(_html_sections(markup(text)), report)


def markup(text: str) -> str:
    """The HTML that GitHub makes of Markdown, before it looks for mentions."""
    return str(cmarkgfm.github_flavored_markdown_to_html(text))


def of_html(text: str, report: Report) -> set[Fact]:
    """The facts of the tables of a page."""
    return _facts(_html_sections(text), report)


def marks_of(format_: str, text: str, report: Report) -> set[Marked]:
    """The marks in a format for people."""
    sections = {
        "text": lambda: _text_sections(text, report),
        "md": lambda: _html_sections(markup(text)),
        "html": lambda: _html_sections(text),
    }[format_]()
    found: set[Marked] = set()
    for section in report.sections:
        named = dict(one for one in sections[section.title] if not isinstance(one, Table))
        shared = [one for one in named.get(_SHARED, "").strip(".").split(", ") if one]
        for one in sections[section.title]:
            found |= set(_table_marks(section, one, shared) if isinstance(one, Table) else ())
        pairs = [one for one in sections[section.title] if not isinstance(one, Table)]
        for mark in dict(pairs).get("To be read as", "").split(", "):
            if mark and section.layout is Layout.FACTS:
                found.add(Marked(section.key, *_keys(section, pairs), mark))
    return found


READERS: dict[str, Callable[[str, Report], set[Fact]]] = {
    "text": of_text,
    "md": of_markdown,
    "csv": of_csv,
    "json": of_json,
    "html": of_html,
}


def _value(text: str) -> Value:
    if text == "n/a":
        return None
    bare = text.removesuffix("%").replace(",", "")
    if re.fullmatch(r"[+-]?\d+", bare):
        return int(bare)
    return float(bare) if re.fullmatch(r"[+-]?\d+\.\d+", bare) else text


def _facts(sections: dict[str, Found], report: Report) -> set[Fact]:
    return {
        fact
        for section in report.sections
        for fact in (
            _pair_facts(section, sections[section.title])
            if section.layout is Layout.FACTS
            else _tables_facts(section, sections[section.title])
        )
    }


def _pair_facts(section: Section, found: Found) -> Iterator[Fact]:
    pairs = dict(one for one in found if not isinstance(one, Table))
    if not pairs:
        yield from _tables_facts(section, found)
        return
    keys = _keys(section, list(pairs.items()))
    for column in section.columns:
        yield Fact(section.key, *keys, column.metric, _value(pairs[column.title]))


def _tables_facts(section: Section, found: Found) -> Iterator[Fact]:
    for table in found:
        if isinstance(table, Table):
            yield from _table_facts(section, table)


def _table_facts(section: Section, table: Table) -> Iterator[Fact]:
    metrics = {column.title: column.metric for column in section.columns}
    for line in table.lines:
        keys = _keys(section, list(zip(table.heads, line, strict=True)))
        for head, text in zip(table.heads, line, strict=True):
            if section.layout is Layout.CALENDAR and head in _DAYS and text:
                yield Fact(section.key, _day(keys[0], head), "", "", _only(section), _value(text))
            elif section.layout is Layout.MATRIX and (period := _period(head)):
                value = _value(text)
                yield Fact(section.key, period, keys[1], keys[2], _only(section), value)
            elif section.layout is Layout.TABLE and head in metrics:
                yield Fact(section.key, *keys, metrics[head], _value(text))


def _only(section: Section) -> str:
    return section.columns[0].metric


def _day(week: str, name: str) -> str:
    year, _, number = week.partition("-W")
    monday = date.fromisocalendar(int(year), int(number), 1)
    return (monday + timedelta(_DAYS.index(name))).isoformat()


def _keys(section: Section, texts: list[tuple[str, str]]) -> tuple[str, str, str]:
    period = subject = category = ""
    for head, text in texts[:3]:
        bare, _ = _unmarked(text)
        if head in {"Week", "Month", "Quarter", "Date"}:
            period = _period(bare)
        elif head == "Category":
            category = bare
        elif head == section.subject:
            subject = bare
    return period, subject, category


def _period(text: str) -> str:
    found = _PERIOD.match(text)
    return f"{found[1]}-{found[2]}" if found else ""


def _unmarked(text: str) -> tuple[str, list[str]]:
    found: list[str] = []
    while mark := next((one for one in _MARKS if text.endswith(one)), None):
        text = text.removesuffix(mark).rstrip(", ")
        found.append(mark)
    return text, found


def _table_marks(section: Section, table: Table, shared: list[str]) -> Iterator[Marked]:
    is_matrix = section.layout is Layout.MATRIX
    for head in table.heads:
        for mark in [*_unmarked(head)[1], *(shared if is_matrix and _period(head) else [])]:
            yield Marked(section.key, _period(head), "", "", mark)
    for line in table.lines:
        for mark in [*_unmarked(line[0])[1], *([] if is_matrix else shared)]:
            keys = _keys(section, list(zip(table.heads, line, strict=True)))
            yield Marked(section.key, *keys, mark)


def _text_sections(text: str, report: Report) -> dict[str, Found]:
    titles = [*(section.title for section in report.sections), "About these numbers"]
    lines = text.splitlines()
    starts = [lines.index(title) for title in titles]
    return {
        title: list(_text_found(lines[start + 1 : end]))
        for title, (start, end) in zip(titles, pairwise([*starts, len(lines)]), strict=True)
    }


def _text_found(lines: list[str]) -> Iterator[Table | tuple[str, str]]:
    for line in lines:
        if pair := re.fullmatch(rf"(\S[^:]*|  {_SHARED}):\s+(\S.*)", line):
            yield pair[1].strip(), pair[2]
    rules = [at for at, line in enumerate(lines) if line and not line.strip("─ ")]
    for at in rules:
        above = _until_blank(lines[:at][::-1])[::-1]
        # Remarks are indented, and follow without a blank line.
        below = [line for line in _until_blank(lines[at + 1 :]) if not line.startswith("  ")]
        spans = [found.span() for found in re.finditer("─+", lines[at])]
        heads = [" ".join(line[low:high].strip() for line in above).strip() for low, high in spans]
        yield Table(heads, [[line[low:high].strip() for low, high in spans] for line in below])


def _until_blank(lines: list[str]) -> list[str]:
    return list(takewhile(bool, lines))


class _Page(HTMLParser):
    """Collects tables and pairs by the heading above them."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: dict[str, Found] = {}
        self._texts: list[str] = []
        self._found: Found = []
        self._head = ""

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag in {"h2", "th", "td", "dt", "dd", "li", "p"}:
            self._texts = []
        elif tag == "br":
            self._texts.append(" ")
        elif tag == "table":
            self._found.append(Table([], []))
        elif tag == "tr" and isinstance(table := self._found[-1], Table):
            table.lines.append([])

    def handle_data(self, data: str) -> None:
        self._texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = " ".join("".join(self._texts).split())
        if tag == "h2":
            self._found = self.sections.setdefault(text, [])
        elif tag in {"th", "td"} and isinstance(table := self._found[-1], Table):
            table.lines[-1].append(text)
        elif tag == "dt":
            self._head = text
        elif tag == "dd":
            self._found.append((self._head, text))
        elif (tag == "li" and ": " in text) or (tag == "p" and text.startswith(_SHARED)):
            head, _, rest = text.partition(": ")
            self._found.append((head, rest))


def _html_sections(text: str) -> dict[str, Found]:
    page = _Page()
    page.feed(text)
    return {title: list(map(_headed, found)) for title, found in page.sections.items()}


def _headed(found: Table | tuple[str, str]) -> Table | tuple[str, str]:
    return Table(found.lines[0], found.lines[1:]) if isinstance(found, Table) else found

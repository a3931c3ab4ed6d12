"""Tidy CSV: a line for each value, for spreadsheets, R and pandas. Pure.

``section,period,subject,category,metric,value``; values as `plain` writes them. A value
that is not known is empty, and section ``coverage`` says so with the metric
``SECTION.METRIC``; that section also has the range, what is known, the gaps and the
marks of rows. Section ``about`` has the rest of what the report rests on.

Spreadsheets run a text that begins with ``=``, ``+``, ``-`` or ``@``: such a text gets
an apostrophe in front, and so does one that begins with an apostrophe, so that
removing one gives the text back.
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import NamedTuple

from ...statistics.calendar import iso
from ...statistics.coverage import Span
from ..model import Basis, Report, Row, Section, Value
from .values import UNKNOWN, moment, plain, visible

#: What spreadsheets take for a formula, in their East Asian widths, too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")


class Tidy(NamedTuple):
    """A line of the CSV. Only numbers of our own are not escaped."""

    section: str
    period: str
    subject: str
    category: str
    metric: str
    value: str


def render(report: Report) -> str:
    """A report as CSV, with the lines of RFC 4180 but line feeds only."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Tidy._fields)
    writer.writerows(_rows(report))
    return out.getvalue()


def _rows(report: Report) -> Iterator[Tidy]:
    for section in report.sections:
        for row in section.rows:
            yield from _values(section, row)
    yield from _coverage(report)
    yield from _about(report)


def _values(section: Section, row: Row) -> Iterator[Tidy]:
    for column, value in zip(section.columns, row.values, strict=True):
        text = plain(value, column.unit)
        yield _line(section.key, row, column.metric, _value(value, text))


def _line(section: str, row: Row, metric: str, value: str) -> Tidy:
    period, subject, category = map(escaped, (row.period, row.subject, row.category))
    return Tidy(section, period, subject, category, metric, value)


def _value(value: Value, text: str) -> str:
    return escaped(text) if isinstance(value, str) else text


def escaped(text: str) -> str:
    """A text that no spreadsheet runs; control characters are written out."""
    seen = visible(text)
    return f"'{seen}" if seen.startswith(_FORMULA) else seen


def _coverage(report: Report) -> Iterator[Tidy]:
    basis = report.basis
    yield _fact("coverage", "range_first_day", iso(basis.start))
    yield _fact("coverage", "range_last_day", iso(basis.end - 1))
    yield from _spans("known", basis.coverage)
    yield from _spans("gap", basis.gaps)
    for section in report.sections:
        for row in section.rows:
            yield from _remarks(section, row)


def _spans(what: str, spans: Iterable[Span]) -> Iterator[Tidy]:
    for number, one in enumerate(spans, 1):
        yield _fact("coverage", f"{what}_from", moment(one.start), str(number))
        yield _fact("coverage", f"{what}_until", moment(one.end), str(number))


def _remarks(section: Section, row: Row) -> Iterator[Tidy]:
    for mark in row.marks:
        yield _line("coverage", row, section.key, mark.value)
    for column, value in zip(section.columns, row.values, strict=True):
        if value is None:
            yield _line("coverage", row, f"{section.key}.{column.metric}", UNKNOWN)


def _about(report: Report) -> Iterator[Tidy]:
    basis = report.basis
    yield _fact("about", "kind", report.kind)
    yield _fact("about", "title", report.title)
    yield _fact("about", "made", f"{moment(basis.now)} UTC")
    yield _fact("about", "version", basis.version)
    yield _fact("about", "credit", basis.credit)
    yield _fact("about", "expose", basis.expose)
    for name, messages in basis.left_out._asdict().items():
        yield _fact("about", f"left_out_{name}", str(messages))
    yield from _filters(basis)
    for section in report.sections:
        for note in section.notes:
            yield _fact("about", "note", note, section.key)


def _filters(basis: Basis) -> Iterator[Tidy]:
    if basis.members is not None:
        name = basis.members.name
        yield _fact("about", "members", str(basis.members.members), name)
        yield _fact("about", "members_date", basis.members.date or "", name)
    for metric, texts in (
        ("only_category", basis.categories),
        ("only_topic", basis.topics),
        ("source", basis.sources),
    ):
        for number, text in enumerate(texts, 1):
            yield _fact("about", metric, text, str(number))


def _fact(section: str, metric: str, text: str, subject: str = "") -> Tidy:
    return Tidy(section, "", escaped(subject), "", metric, escaped(text))

"""Sections as grids: the heads and lines of the table that each format for people draws. Pure.

Texts are left as they came; each format escapes them in its own way.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from ..model import Layout, Mark, Row, Section, Unit, Value
from .values import (
    first_day,
    first_of_week,
    period_head,
    period_title,
    shown,
    week_title,
    weekdays,
)

#: What the marks of a single row are called.
MARKED = "To be read as"
_SEVERAL = 2


class Kind(Enum):
    """Where a key's text comes from."""

    #: From here: safe in every format.
    PERIOD = "period"
    #: From the bus, or from people: to be escaped.
    NAME = "name"


class Key(NamedTuple):
    """The head of a column of keys."""

    title: str
    kind: Kind


class Head(NamedTuple):
    """The head of a column of values."""

    title: str
    unit: Unit
    #: Whether the title is a period, and the marks it has.
    is_period: bool = False
    marks: tuple[Mark, ...] = ()


class Line(NamedTuple):
    """A line: its keys, a value for each head (absent for no such day), and its marks."""

    keys: tuple[str, ...]
    values: tuple[Value, ...]
    marks: tuple[Mark, ...] = ()
    #: Which of the values exist at all.
    present: tuple[bool, ...] = ()


class Grid(NamedTuple):
    """The table of a section."""

    keys: tuple[Key, ...]
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    #: The marks that all lines (of a matrix, all periods) have: said once, below.
    marks: tuple[Mark, ...] = ()


def grid_of(section: Section) -> Grid:
    """The table of a section, in its layout."""
    if section.layout is Layout.MATRIX:
        grid = _matrix(section)
        shared = _shared(grid.heads)
        heads = tuple(one._replace(marks=_without(one.marks, shared)) for one in grid.heads)
        return grid._replace(heads=heads, marks=shared)
    if section.layout is Layout.CALENDAR:
        # A week has the marks of any of its days.
        return _calendar(section)
    grid = _table(section)
    shared = _shared(grid.lines)
    lines = tuple(one._replace(marks=_without(one.marks, shared)) for one in grid.lines)
    return grid._replace(lines=lines, marks=shared)


def _shared(several: Sequence[Head | Line]) -> tuple[Mark, ...]:
    """The marks that several lines or heads have, all of them."""
    if len(several) < _SEVERAL:
        return ()
    return tuple(mark for mark in several[0].marks if all(mark in one.marks for one in several))


def _without(marks: tuple[Mark, ...], shared: tuple[Mark, ...]) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark not in shared)


def remarks(section: Section) -> Iterator[str]:
    """What is said below a table: the marks that all of it has, and the section's notes."""
    if section.rows and not facts(section) and (shared := grid_of(section).marks):
        yield f"All of it: {', '.join(mark.value for mark in shared)}."
    yield from section.notes


def facts(section: Section) -> bool:
    """Whether a section is names and values instead of a table."""
    return section.layout is Layout.FACTS and len(section.rows) == 1


class Pair(NamedTuple):
    """A name with its value as text."""

    head: str
    text: str
    #: Whether the text comes from the bus or from people.
    is_text: bool = False


def pairs(section: Section) -> Iterator[Pair]:
    """A single row as names and values: what it is of first, then its marks."""
    grid = _table(section)
    (line,) = grid.lines
    for key, text in zip(grid.keys, line.keys, strict=True):
        yield Pair(key.title, text, key.kind is Kind.NAME)
    if line.marks:
        yield Pair(MARKED, ", ".join(mark.value for mark in line.marks))
    for head, value in zip(grid.heads, line.values, strict=True):
        yield Pair(head.title, shown(value, head.unit), head.unit is Unit.TEXT)


def _table(section: Section) -> Grid:
    periods = [row.period for row in section.rows if row.period]
    columns = [
        (
            Key(period_head(periods), Kind.PERIOD),
            [period_title(row.period) for row in section.rows],
        ),
        (Key(section.subject, Kind.NAME), [row.subject for row in section.rows]),
        (Key("Category", Kind.NAME), [row.category for row in section.rows]),
    ]
    used = [(key, texts) for key, texts in columns if any(texts)]
    lines = (
        _whole(tuple(texts[number] for _, texts in used), row)
        for number, row in enumerate(section.rows)
    )
    heads = tuple(Head(column.title, column.unit) for column in section.columns)
    return Grid(tuple(key for key, _ in used), heads, tuple(lines))


def _whole(keys: tuple[str, ...], row: Row) -> Line:
    return Line(keys, row.values, row.marks, (True,) * len(row.values))


def _matrix(section: Section) -> Grid:
    periods = tuple(dict.fromkeys(row.period for row in section.rows))
    names = tuple(dict.fromkeys((row.subject, row.category) for row in section.rows))
    values = {((row.subject, row.category), row.period): row.values[0] for row in section.rows}
    keys = (Key(section.subject, Kind.NAME), Key("Category", Kind.NAME))
    used = [at for at in range(len(keys)) if any(name[at] for name in names)]
    return Grid(
        tuple(keys[at] for at in used),
        tuple(_period_head(section, period) for period in periods),
        tuple(
            Line(
                tuple(name[at] for at in used),
                tuple(values.get((name, period)) for period in periods),
                present=tuple((name, period) in values for period in periods),
            )
            for name in names
        ),
    )


def _period_head(section: Section, period: str) -> Head:
    marks = (mark for row in section.rows if row.period == period for mark in row.marks)
    return Head(period, section.columns[0].unit, True, tuple(dict.fromkeys(marks)))


def _calendar(section: Section) -> Grid:
    known = {day: row for row in section.rows if (day := first_day(row.period)) is not None}
    begin = section.week_start
    weeks = dict.fromkeys(first_of_week(day, begin) for day in sorted(known))
    heads = tuple(Head(one, section.columns[0].unit) for one in weekdays(begin))
    lines = tuple(_week(first, known) for first in weeks)
    return Grid((Key("Week", Kind.PERIOD),), heads, lines)


def _week(first: date, known: dict[date, Row]) -> Line:
    rows = [known.get(first + timedelta(number)) for number in range(7)]
    return Line(
        (week_title(first),),
        tuple(row.values[0] if row else None for row in rows),
        _marks(row for row in rows if row),
        tuple(row is not None for row in rows),
    )


def _marks(rows: Iterable[Row]) -> tuple[Mark, ...]:
    return tuple(dict.fromkeys(mark for row in rows for mark in row.marks))

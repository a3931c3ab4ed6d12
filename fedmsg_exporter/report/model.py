"""A report as a value: what every renderer renders, and nothing else does. Pure.

All numbers are in tables, charts included: a chart draws the table of its section.
So every format has the same numbers.
"""

from enum import Enum
from typing import NamedTuple

from ..statistics.coverage import Span

#: A number, a text, or None for what cannot be known (``n/a``).
Value = int | float | str | None


class Unit(Enum):
    """What the values of a column are."""

    #: Whole numbers.
    COUNT = "count"
    #: Already times 100, to one decimal.
    PERCENT = "percent"
    #: A percentage with its sign; the text ``new`` where there was nothing before.
    CHANGE = "change"
    #: Any other number, to four decimals.
    RATIO = "ratio"
    #: Whole days.
    DAYS = "days"
    #: A date like 2026-01-05.
    DATE = "date"
    TEXT = "text"


class Layout(Enum):
    """How a section reads best."""

    #: A line for each row.
    TABLE = "table"
    #: A line for each subject and a column for each period, of the section's only column.
    MATRIX = "matrix"
    #: A square for each day, of the section's only column; periods are dates.
    CALENDAR = "calendar"
    #: Name and value, for a single row.
    FACTS = "facts"


class Chart(Enum):
    """What may be drawn from a section's table."""

    #: Stacked areas of all columns but the first over the periods, and the first as a line.
    AREAS = "areas"
    #: The first column over the periods.
    LINE = "line"
    #: A square for each day.
    CALENDAR = "calendar"
    #: Shares in per cent, by cohort (period) and step (column).
    TRIANGLE = "triangle"
    #: The first and the last column of each subject, joined by a line; what is between, and the
    #: change in words.
    DUMBBELLS = "dumbbells"
    #: The first column by subject or category, in the order of the rows.
    BARS = "bars"


class Mark(Enum):
    """Why a row must be read with care."""

    #: The period is not over.
    SO_FAR = "so far"
    #: Not all of the period is in the range.
    PART = "in part"
    #: The period touches a gap, or is not covered as a whole.
    GAP = "gap"
    #: Later weeks will still change it.
    PROVISIONAL = "provisional"


class Column(NamedTuple):
    """A column: the name in CSV and JSON, the head for people, and the unit."""

    metric: str
    title: str
    unit: Unit = Unit.COUNT


class Row(NamedTuple):
    """Values by column, and what they are of: any of period, subject and category."""

    values: tuple[Value, ...]
    #: Like ``2026-W02``, ``2026-01`` or ``2026-01-05``; the Monday's date is the renderer's to add.
    period: str = ""
    #: A person, a cohort, a bin: what the section's ``subject`` says.
    subject: str = ""
    category: str = ""
    marks: tuple[Mark, ...] = ()


class Section(NamedTuple):
    """A table with a title, how to show it, and remarks."""

    #: Identifies the section in CSV and JSON, like ``categories``.
    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()
    #: The head of the rows' subjects, like ``Member``.
    subject: str = ""
    layout: Layout = Layout.TABLE
    chart: Chart | None = None
    #: Remarks below the table: ties at a cut, definitions, what is n/a and why.
    notes: tuple[str, ...] = ()
    #: What to say where there are no rows.
    empty: str = ""
    #: The first day of the weeks of a calendar, ``monday`` or ``sunday``.
    week_start: str = "monday"


class MemberList(NamedTuple):
    """Whose report it is, for a list or a group."""

    name: str
    members: int
    #: The date of the list, None if it was typed in.
    date: str | None


class LeftOut(NamedTuple):
    """Messages within the range that are credited to nobody's account."""

    bots: int = 0
    uncredited: int = 0
    #: Users beyond `limits.users`.
    other: int = 0
    #: Names that are not valid.
    invalid: int = 0


class Basis(NamedTuple):
    """What a report rests on; each report shows all of it."""

    #: First day and the day after the last, since 1970-01-01 in UTC.
    start: int
    end: int
    #: When the report was made, in epoch seconds.
    now: float
    #: The spans for which everything is known, within all time.
    coverage: tuple[Span, ...]
    #: The spans within the range about which nothing is known.
    gaps: tuple[Span, ...]
    #: Whom messages are credited to: ``agent`` or ``everyone``.
    credit: str
    #: The mode of `users.expose`.
    expose: str
    left_out: LeftOut
    version: str
    #: The data's sources, like a ledger's path.
    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    members: MemberList | None = None


class Report(NamedTuple):
    """A whole report."""

    #: ``user``, ``list``, ``group``, ``community``, ``event`` or ``week``.
    kind: str
    title: str
    basis: Basis
    sections: tuple[Section, ...]

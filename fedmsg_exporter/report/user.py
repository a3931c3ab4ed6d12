"""The report of one person. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from ..statistics.calendar import day_at, iso, start_of
from ..statistics.coverage import Coverage
from ..statistics.standing import longest_run
from . import sections
from .acts import Around, around, last_days
from .basis import basis
from .known import Known
from .model import Chart, Column, Layout, Report, Row, Section, Unit, Value
from .periods import lead
from .refusal import require_known
from .request import Request


class Logged(NamedTuple):
    """A message of a person: when it was sent in epoch seconds, and what it says."""

    at: float
    category: str
    text: str


def user(known: Known, request: Request, name: str, log: Iterable[Logged] | None = None) -> Report:
    """Everything about one person; with ``log`` also what each message says.

    ``name`` is as `Known` has it. Raises ReportError, LedgerError.
    """
    require_known(known, request)
    found = around(known, request, [name])
    coverage = known.coverage()
    made = [
        _facts(known, request, name, found),
        sections.categories(found),
        _over_time(request, coverage, found),
        sections.topics(known.topics(request, request.start, request.end, [name])),
        _calendar(request, coverage, found),
    ]
    if request.each_category:
        made.insert(3, sections.by_category(request, coverage, found.shown))
    if log is not None:
        made.append(_log(log))
    return Report("user", f"User {name}", basis(known, request), tuple(made))


def _facts(known: Known, request: Request, name: str, found: Around) -> Section:
    weeks = found.now.weeks(lead(request)).get(name, set())
    before = None if found.before is None else found.before.total()
    # First and last seen are of all activity up to now, whatever the filters and the range.
    tomorrow = day_at(request.now) + 1
    last = last_days(known, request, [name], tomorrow).get(name)
    first = known.first().get(name)
    values: tuple[Value, ...] = (
        found.now.total(),
        sections.change(found.now.total(), before),
        len(found.now.by_day()),
        len(weeks),
        longest_run(weeks),
        None if first is None or first >= tomorrow else iso(first),
        None if last is None else iso(last),
    )
    return sections.summary(_FACTS, values, found)


_FACTS = (
    sections.MESSAGES,
    Column("change", "Change from the span before", Unit.CHANGE),
    sections.ACTIVE_DAYS,
    Column("active_weeks", "Active weeks"),
    Column("longest_run", "Longest run of active weeks"),
    Column("first_day", "First seen", Unit.DATE),
    Column("last_day", "Last seen", Unit.DATE),
)


def _over_time(request: Request, coverage: Coverage, found: Around) -> Section:
    """Without the number of people, who is one."""
    whole = sections.over_time(request, coverage, found.shown)
    rows = (row._replace(values=row.values[:-1]) for row in whole.rows)
    return whole._replace(columns=whole.columns[:-1], rows=tuple(rows))


def _calendar(request: Request, coverage: Coverage, found: Around) -> Section:
    days = found.shown.by_day()
    rows = (
        Row((days.get(day, 0) if _is_known(coverage, day) else None,), iso(day))
        for day in range(request.start, found.end)
    )
    columns = (sections.MESSAGES,)
    layout, chart = Layout.CALENDAR, Chart.CALENDAR
    return Section(
        "calendar",
        "Calendar",
        columns,
        tuple(rows),
        layout=layout,
        chart=chart,
        week_start=request.week_start,
    )


def _is_known(coverage: Coverage, day: int) -> bool:
    return coverage.touches(start_of(day), start_of(day + 1))


def _log(log: Iterable[Logged]) -> Section:
    rows = (
        Row((f"{at:%H:%M:%S}", one.text), f"{at:%Y-%m-%d}", category=one.category)
        for one in sorted(log)
        for at in [datetime.fromtimestamp(one.at, UTC)]
    )
    columns = (Column("time", "Time (UTC)", Unit.TEXT), Column("text", "Message", Unit.TEXT))
    return Section("log", "Log", columns, tuple(rows), empty="no messages in this range")

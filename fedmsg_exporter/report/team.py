"""The report of a list of people or a group. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from ..statistics import spans, standing
from ..statistics.calendar import first_day, iso
from ..statistics.coverage import Coverage
from ..statistics.people import Weeks
from ..statistics.standing import YEAR
from . import asked, sections
from .acts import Acts, Around, acts, around, by_week, is_known, last_days
from .basis import basis
from .known import Known
from .model import Chart, Column, Layout, MemberList, Report, Row, Section, Unit, Value
from .periods import history_begins, lead
from .refusal import ReportError, require_known
from .request import Request

#: How far back activity is needed to call somebody quiet or back, in weeks.
_LOOK_BACK = 17


class Team(NamedTuple):
    """Everything about the members that more than one section needs."""

    members: tuple[str, ...]
    found: Around
    first: Mapping[str, int]
    last: Mapping[str, int]
    coverage: Coverage


def team(
    known: Known, request: Request, kind: str, who: Collection[str], whose: MemberList
) -> Report:
    """All about a ``list`` or a ``group``, silent members included.

    ``who`` are the members as `Known` has them, ``whose`` says what list it is.
    Raises ReportError, LedgerError.
    """
    require_known(known, request)
    if not who:
        raise ReportError(f"{whose.name} has no members, so there is nothing to report")
    members = tuple(sorted(set(who)))
    found = around(known, request, members)
    last = last_days(known, request, members, found.end)
    first = {one: day for one, day in known.first().items() if one in last}
    all_of_it = Team(members, found, first, last, known.coverage())
    made = tuple(_sections(known, request, all_of_it))
    return Report(kind, whose.name, basis(known, request, whose), made)


def _sections(known: Known, request: Request, team_: Team) -> Iterator[Section]:
    yield _facts(request, team_)
    yield sections.categories(request, team_.found)
    yield sections.over_time(request, team_.coverage, team_.found.shown)
    if request.each_category:
        yield sections.by_category(request, team_.coverage, team_.found.shown)
    yield sections.members_by_period(request, team_.coverage, team_.found.shown)
    yield _members(request, team_)
    yield _standing(known, request, team_)
    yield _inactivity(team_)


def _facts(request: Request, team_: Team) -> Section:
    now, before = team_.found.now, team_.found.before
    values: tuple[Value, ...] = (
        now.total(),
        sections.change(now.total(), None if before is None else before.total()),
        len(now.by_person()),
        len(team_.members),
        sum(1 for one in team_.members if one not in team_.last),
        len(now.by_day()),
        len(set().union(*now.weeks(lead(request)).values())),
    )
    return Section("summary", "Summary", _FACTS, (Row(values),), layout=Layout.FACTS)


_FACTS = (
    sections.MESSAGES,
    Column("change", "Change to the span before", Unit.CHANGE),
    Column("active_people", "Active members"),
    Column("members", "Members"),
    Column("silent_people", "Silent members, never seen"),
    sections.ACTIVE_DAYS,
    Column("active_weeks", "Active weeks"),
)


def _members(request: Request, team_: Team) -> Section:
    """Every member, the silent ones last, with the days since the last act."""
    now = team_.found.now
    totals, weeks = now.by_person(), now.weeks(lead(request))
    before = None if team_.found.before is None else team_.found.before.by_person()
    since = spans.inactive({one: team_.last.get(one) for one in team_.members}, team_.found.end)
    rows = (
        Row(
            (
                totals[one],
                round(100 * totals[one] / now.total(), 1) if now.total() else None,
                sections.change(totals[one], None if before is None else before[one]),
                len(weeks.get(one, ())),
                _date(team_.first, one),
                _date(team_.last, one),
                since[one],
            ),
            subject=one,
        )
        for one in sorted(team_.members, key=lambda one: (-totals[one], one))
    )
    notes = ("First day, last day and days since are of all activity, whatever the filter.",)
    return Section("members", "Members", _MEMBERS, tuple(rows), subject="Member", notes=notes)


_MEMBERS = (
    sections.MESSAGES,
    sections.SHARE,
    sections.CHANGE,
    Column("active_weeks", "Active weeks"),
    Column("first_day", "First day", Unit.DATE),
    Column("last_day", "Last day", Unit.DATE),
    Column("inactive_days", "Days since", Unit.DAYS),
)


def _standing(known: Known, request: Request, team_: Team) -> Section:
    """Who is new, went quiet, came back or was never seen."""
    weeks = asked.complete_weeks(request)
    rows: list[Row] = []
    notes: list[str] = []
    newcomers = standing.newcomers(team_.first, request.start, request.end)
    if known.first_coverage().has_weeks_before(request.start, YEAR):
        rows += _named("new", newcomers, team_)
    else:
        notes.append(f"New: {history_begins(known.first_coverage())}.")
    if not weeks:
        notes.append("Quiet and back: n/a (no complete week in the range).")
    else:
        rows += _quiet_and_back(known, request, team_, weeks[-1], notes)
    rows += _named("silent", set(team_.members) - set(team_.last), team_)
    return Section(
        "standing",
        "New, quiet, back, silent",
        (Column("standing", "What", Unit.TEXT), Column("last_day", "Last day", Unit.DATE)),
        tuple(rows),
        subject="Member",
        notes=(*notes, *_MEANING),
        empty="nobody is new, quiet, back or silent",
    )


_MEANING = (
    "New: first message of all in the range. Quiet: active in four or more of the 13 weeks up "
    "to four weeks before the last complete week, and not since. Back: active in that week, "
    "after 13 weeks without activity. Silent: a member who was never seen.",
)


def _quiet_and_back(
    known: Known, request: Request, team_: Team, week: int, notes: list[str]
) -> list[Row]:
    start, end = (first_day(one, lead(request)) for one in (week - _LOOK_BACK + 1, week + 1))
    if not is_known(team_.coverage, start, end):
        notes.append(f"Quiet and back: {history_begins(team_.coverage)}.")
        return []
    found: Acts = acts(known, request, start, end, team_.members)
    weeks = by_week(known, request, found)
    several: tuple[tuple[str, Callable[[Weeks, int], set[str]]], ...] = (
        ("quiet", standing.quiet),
        ("back", standing.back),
    )
    return [row for name, which in several for row in _named(name, which(weeks, week), team_)]


def _named(what: str, who: Collection[str], team_: Team) -> list[Row]:
    return [Row((what, _date(team_.last, one)), subject=one) for one in sorted(who)]


def _inactivity(team_: Team) -> Section:
    """How many members did something how long ago."""
    last = {one: team_.last.get(one) for one in team_.members}
    numbers = spans.bins(spans.inactive(last, team_.found.end).values())
    rows = (Row((number,), subject=name) for name, number in zip(_bins(), numbers, strict=True))
    return Section(
        "inactivity",
        "Days since the last act",
        (Column("members", "Members"),),
        tuple(rows),
        subject="Days",
        chart=Chart.BARS,
    )


def _bins() -> Iterator[str]:
    for low, high in zip(spans.BINS, spans.BINS[1:], strict=False):
        yield f"{low}-{high - 1}"
    yield f"{spans.BINS[-1]}+"
    yield "never"


def _date(days: Mapping[str, int], person: str) -> str | None:
    return iso(days[person]) if person in days else None

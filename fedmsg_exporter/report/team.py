"""The report of a list of people or a group. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ..statistics import spans, standing
from ..statistics.calendar import day_at, first_day, iso, start_of
from ..statistics.coverage import Coverage
from ..statistics.standing import YEAR
from . import asked, sections
from .acts import Around, acts, around, by_week, is_known, last_days
from .basis import basis
from .known import Known
from .model import Chart, Column, Layout, Mark, MemberList, Report, Row, Section, Unit, Value
from .near import alike
from .periods import lead, why_unknown
from .refusal import ReportError, require_known
from .request import Request

#: How far back activity is needed to call somebody quiet or back, in weeks.
_LOOK_BACK = 17
#: For how many names of a list that were never seen similar ones are looked for.
_CHECKED = 5


class Team(NamedTuple):
    """Everything about the members that more than one section needs."""

    kind: str
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
    all_of_it = Team(kind, members, found, first, last, known.coverage())
    made = tuple(_sections(known, request, all_of_it))
    return Report(kind, f"{kind.capitalize()} {whose.name}", basis(known, request, whose), made)


def _sections(known: Known, request: Request, team_: Team) -> Iterator[Section]:
    yield _facts(request, team_)
    yield sections.categories(team_.found)
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
    return Section(
        "summary",
        "Summary",
        _FACTS,
        (Row(values),),
        layout=Layout.FACTS,
        notes=sections.why(team_.found),
    )


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
    totals, weeks, total = now.by_person(), now.weeks(lead(request)), now.total()
    before = None if team_.found.before is None else team_.found.before.by_person()
    since = spans.inactive({one: team_.last.get(one) for one in team_.members}, team_.found.end)
    rows = (
        Row(
            (
                totals[one],
                round(100 * totals[one] / total, 1) if total else None,
                sections.change(totals[one], None if before is None else before[one]),
                len(weeks.get(one, ())),
                _date(team_.first, one),
                _date(team_.last, one),
                since[one],
            ),
            subject=one,
            marks=_unseen(team_, one),
        )
        for one in sorted(team_.members, key=lambda one: (-totals[one], one))
    )
    notes = (
        "First day, last day and days since are of all activity up to the last day that is shown, "
        "whatever the filter.",
        *_through_gaps(team_),
    )
    return Section("members", "Members", _MEMBERS, tuple(rows), subject="Member", notes=notes)


def _unseen(team_: Team, member: str) -> tuple[Mark, ...]:
    """A mark where a member may have done something in a gap since the last day."""
    spans_ = team_.coverage.spans
    begin = start_of(team_.last[member] + 1) if member in team_.last else spans_[0].start
    return (Mark.GAP,) if team_.coverage.gaps(begin, _until(team_)) else ()


def _until(team_: Team) -> float:
    """How far anything can be known of what is shown."""
    return min(start_of(team_.found.end), team_.coverage.spans[-1].end)


def _through_gaps(team_: Team) -> tuple[str, ...]:
    if not any(_unseen(team_, one) for one in team_.members):
        return ()
    return (
        "With a mark: days of a gap count as days since the last act, though nothing is known of "
        "them.",
    )


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
        why = why_unknown(known.first_coverage(), request.start - 7 * YEAR, request.start)
        notes.append(f"New: {why}.")
    if not weeks:
        notes.append("Quiet and back: n/a (no complete week in the range).")
    else:
        rows += _quiet_and_back(known, request, team_, weeks[-1], notes)
    silent = _named("silent", set(team_.members) - set(team_.last), team_)
    rows += (row._replace(marks=_unseen(team_, row.subject)) for row in silent)
    return Section(
        "standing",
        "New, quiet, back, silent",
        (Column("standing", "What", Unit.TEXT), Column("last_day", "Last day", Unit.DATE)),
        tuple(rows),
        subject="Member",
        notes=(*notes, *_MEANING, *_similar(known, team_)),
        empty="nobody is new, quiet, back or silent",
    )


_MEANING = (
    "New: first message of all in the range. Quiet: active in four or more of the 13 weeks up "
    "to four weeks before the last complete week, and not since, nor in the week after. Back: "
    "active in that week, after 13 weeks without activity. Silent: a member who was never seen.",
)


def _similar(known: Known, team_: Team) -> Iterator[str]:
    """Of a list that was typed, whose names may be misspelled."""
    if team_.kind != "list" or known.expose == "hashed":
        return
    silent = [one for one in team_.members if one not in known.first()]
    for one in silent[:_CHECKED]:
        if found := alike(one, known.first()):
            yield f"{one} was never seen{found}."


def _quiet_and_back(
    known: Known, request: Request, team_: Team, week: int, notes: list[str]
) -> list[Row]:
    start, end = (first_day(one, lead(request)) for one in (week - _LOOK_BACK + 1, week + 1))
    if not is_known(team_.coverage, start, end):
        notes.append(f"Quiet and back: {why_unknown(team_.coverage, start, end)}.")
        return []
    # Whoever acts in the week after, which may still go on, did not go quiet. What comes later
    # is none of this range's business.
    after = min(day_at(request.now) + 1, first_day(week + 2, lead(request)))
    found = acts(known, request, start, after, team_.members)
    weeks = by_week(known, request, found.within(start, end))
    since = found.within(end, after).by_person()
    quiet, back = standing.quiet(weeks, week) - set(since), standing.back(weeks, week)
    marks = () if team_.coverage.has(start_of(start), start_of(end)) else (Mark.GAP,)
    if marks:
        notes.append("Quiet and back: not all of the 17 weeks that they depend on is known.")
    rows = [*_named("quiet", quiet, team_), *_named("back", back, team_)]
    return [row._replace(marks=marks) for row in rows]


def _named(what: str, who: Collection[str], team_: Team) -> list[Row]:
    return [Row((what, _date(team_.last, one)), subject=one) for one in sorted(who)]


def _inactivity(team_: Team) -> Section:
    """How many members did something how long ago."""
    last = {one: team_.last.get(one) for one in team_.members}
    numbers = spans.bins(spans.inactive(last, team_.found.end).values())
    unseen = {one for one in team_.members if _unseen(team_, one)}
    doubtful = spans.bins(
        spans.inactive({one: last[one] for one in unseen}, team_.found.end).values()
    )
    rows = (
        Row((number,), subject=name, marks=(Mark.GAP,) if marked else ())
        for name, number, marked in zip(_bins(), numbers, doubtful, strict=True)
    )
    return Section(
        "inactivity",
        "Days since the last act",
        (Column("members", "Members"),),
        tuple(rows),
        subject="Days",
        chart=Chart.BARS,
        notes=_through_gaps(team_),
    )


def _bins() -> Iterator[str]:
    for low, high in zip(spans.BINS, spans.BINS[1:], strict=False):
        yield f"{low}-{high - 1}"
    yield f"{spans.BINS[-1]}+"
    yield "never"


def _date(days: Mapping[str, int], person: str) -> str | None:
    return iso(days[person]) if person in days else None

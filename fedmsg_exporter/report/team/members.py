"""The members of a team: how much each did, and how long ago. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...statistics import spans
from ...statistics.calendar import iso, start_of
from ...statistics.coverage import Coverage
from .. import sections
from ..acts import Around
from ..model import Chart, Column, Mark, Row, Section, Unit
from ..periods import lead
from ..request import Request


class Team(NamedTuple):
    """Everything about the members that more than one section needs."""

    kind: str
    members: tuple[str, ...]
    found: Around
    first: Mapping[str, int]
    last: Mapping[str, int]
    coverage: Coverage


def members_section(request: Request, team: Team) -> Section:
    """Every member, the silent ones last, with the days since the last act."""
    now = team.found.now
    totals, weeks, total = now.by_person(), now.weeks(lead(request)), now.total()
    before = None if team.found.before is None else team.found.before.by_person()
    since = spans.inactive({one: team.last.get(one) for one in team.members}, team.found.end)
    rows = (
        Row(
            (
                totals[one],
                round(100 * totals[one] / total, 1) if total else None,
                sections.change(totals[one], None if before is None else before[one]),
                len(weeks.get(one, ())),
                date_in(team.first, one),
                date_in(team.last, one),
                since[one],
            ),
            subject=one,
            marks=unseen(team, one),
        )
        for one in sorted(team.members, key=lambda one: (-totals[one], one))
    )
    notes = (
        "First seen, last seen and days since count all activity up to the last day shown, "
        "whatever the filters.",
        *_through_gaps(team),
    )
    return Section("members", "Members", _MEMBERS, tuple(rows), subject="Member", notes=notes)


_MEMBERS = (
    sections.MESSAGES,
    sections.SHARE,
    sections.CHANGE,
    Column("active_weeks", "Active weeks"),
    Column("first_day", "First seen", Unit.DATE),
    Column("last_day", "Last seen", Unit.DATE),
    Column("inactive_days", "Days since", Unit.DAYS),
)


def inactivity_section(team: Team) -> Section:
    """How many members were last seen how long ago."""
    last = {one: team.last.get(one) for one in team.members}
    numbers = spans.bins(spans.inactive(last, team.found.end).values())
    maybe = [one for one in team.members if unseen(team, one)]
    doubtful = spans.bins(
        spans.inactive({one: last[one] for one in maybe}, team.found.end).values()
    )
    rows = (
        Row((number,), subject=name, marks=(Mark.GAP,) if marked else ())
        for name, number, marked in zip(_bins(), numbers, doubtful, strict=True)
    )
    return Section(
        "inactivity",
        "Days since last seen",
        (Column("members", "Members"),),
        tuple(rows),
        subject="Days",
        chart=Chart.BARS,
        notes=_through_gaps(team),
    )


def _bins() -> Iterator[str]:
    for low, high in zip(spans.BINS, spans.BINS[1:], strict=False):
        yield f"{low}-{high - 1}"
    yield f"{spans.BINS[-1]}+"
    yield "never"


def unseen(team: Team, member: str) -> tuple[Mark, ...]:
    """A mark where a member may have done something in a gap since the last day."""
    spans_ = team.coverage.spans
    begin = start_of(team.last[member] + 1) if member in team.last else spans_[0].start
    return (Mark.GAP,) if team.coverage.gaps(begin, _until(team)) else ()


def _until(team: Team) -> float:
    """How far anything can be known of what is shown."""
    return min(start_of(team.found.end), team.coverage.spans[-1].end)


def _through_gaps(team: Team) -> tuple[str, ...]:
    if not any(unseen(team, one) for one in team.members):
        return ()
    return (
        "Marked: nothing is known about some of the days since, and they count as days without "
        "activity.",
    )


def date_in(days: Mapping[str, int], person: str) -> str | None:
    """A person's day as a date, None without one."""
    return iso(days[person]) if person in days else None

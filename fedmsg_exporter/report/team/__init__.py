"""The report of a list of people or a group. Pure.

``members`` has who did how much, and when last; ``standing`` who is new, quiet, back or silent.
"""

from collections.abc import Collection, Iterator

from .. import sections
from ..acts import around, last_days
from ..basis import basis
from ..known import Known
from ..model import Column, MemberList, Report, Section, Unit, Value
from ..periods import lead
from ..refusal import ReportError, require_known
from ..request import Request
from .members import Team, inactivity_section, members_section
from .standing import standing_section


def team(
    known: Known, request: Request, kind: str, who: Collection[str], whose: MemberList
) -> Report:
    """Everything about a ``list`` or a ``group``, silent members included.

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
    yield members_section(request, team_)
    yield standing_section(known, request, team_)
    yield inactivity_section(team_)


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
    return sections.summary(_FACTS, values, team_.found)


_FACTS = (
    sections.MESSAGES,
    Column("change", "Change from the span before", Unit.CHANGE),
    Column("active_people", "Active members"),
    Column("members", "Members"),
    Column("silent_people", "Members never seen"),
    sections.ACTIVE_DAYS,
    Column("active_weeks", "Active weeks"),
)

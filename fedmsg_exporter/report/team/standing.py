"""Members who are new, went quiet, came back, or were never seen. Pure."""

from collections.abc import Collection, Iterator

from ...statistics import standing
from ...statistics.calendar import day_at, first_day, start_of
from ...statistics.standing import YEAR
from ..acts import acts, by_week, is_known
from ..asked import complete_weeks
from ..known import Known
from ..model import Column, Mark, Row, Section, Unit
from ..near import alike
from ..periods import lead, why_unknown
from ..request import Request
from .members import Team, date_in, unseen

#: How far back activity is needed to call somebody quiet or back, in weeks.
_LOOK_BACK = 17
#: For how many names of a list that were never seen similar ones are looked for.
_CHECKED = 5


def standing_section(known: Known, request: Request, team: Team) -> Section:
    """Who is new, went quiet, came back or was never seen."""
    weeks = complete_weeks(request)
    rows: list[Row] = []
    notes: list[str] = []
    newcomers = standing.newcomers(team.first, request.start, request.end)
    if known.first_coverage().has_weeks_before(request.start, YEAR):
        rows += _named("new", newcomers, team)
    else:
        why = why_unknown(known.first_coverage(), request.start - 7 * YEAR, request.start)
        notes.append(f"New: {why}.")
    if not weeks:
        notes.append("Quiet and back: n/a (no complete week in the range).")
    else:
        rows += _quiet_and_back(known, request, team, weeks[-1], notes)
    silent = _named("silent", set(team.members) - set(team.last), team)
    rows += (row._replace(marks=unseen(team, row.subject)) for row in silent)
    return Section(
        "standing",
        "New, quiet, back and silent members",
        (Column("standing", "Standing", Unit.TEXT), Column("last_day", "Last seen", Unit.DATE)),
        tuple(rows),
        subject="Member",
        notes=(*notes, *_MEANING, *_similar(known, team)),
        empty="nobody is new, quiet, back or silent",
    )


_MEANING = (
    "New: first message ever within the range. Quiet: active in at least 4 of the 13 weeks that "
    "end 4 weeks before the last complete week, and not since. Back: active in the last complete "
    "week, after 13 weeks without activity. Silent: never seen.",
)


def _similar(known: Known, team: Team) -> Iterator[str]:
    """Of a list that was typed, whose names may be misspelled."""
    if team.kind != "list" or known.expose == "hashed":
        return
    silent = [one for one in team.members if one not in known.first()]
    for one in silent[:_CHECKED]:
        if found := alike(one, known.first()):
            yield f"{one} was never seen{found}."


def _quiet_and_back(
    known: Known, request: Request, team: Team, week: int, notes: list[str]
) -> list[Row]:
    start, end = (first_day(one, lead(request)) for one in (week - _LOOK_BACK + 1, week + 1))
    if not is_known(team.coverage, start, end):
        notes.append(f"Quiet and back: {why_unknown(team.coverage, start, end)}.")
        return []
    # Whoever acts in the week after, which may still go on, did not go quiet. What comes later
    # is none of this range's business.
    after = min(day_at(request.now) + 1, first_day(week + 2, lead(request)))
    found = acts(known, request, start, after, team.members)
    weeks = by_week(known, request, found.within(start, end))
    since = found.within(end, after).by_person()
    quiet, back = standing.quiet(weeks, week) - set(since), standing.back(weeks, week)
    marks = () if team.coverage.has(start_of(start), start_of(end)) else (Mark.GAP,)
    if marks:
        notes.append("Quiet and back: not all of the 17 weeks they depend on are known.")
    rows = [*_named("quiet", quiet, team), *_named("back", back, team)]
    return [row._replace(marks=marks) for row in rows]


def _named(what: str, who: Collection[str], team: Team) -> list[Row]:
    return [Row((what, date_in(team.last, one)), subject=one) for one in sorted(who)]

"""The statistics of closed weeks, from a ledger and from history."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from ..statistics.calendar import monday
from ..statistics.coverage import Coverage, covering
from ..statistics.people import Weeks
from ..statistics.standing import YEAR
from ..statistics.weekly import closed_week
from .tables import ActivityTables

#: The number of weeks to recompute, for messages that came late.
LATE = 5


class Kept(Protocol):
    """Anything that has activity."""

    @property
    def activity(self) -> ActivityTables:
        """The tables."""

    def people_coverage(self) -> Coverage:
        """The time for which people are known."""


def closed_weeks(
    kept: Sequence[Kept], week: int, is_person: Callable[[str], bool]
) -> dict[int, dict[str, float]]:
    """The statistics of a closed week, and of earlier ones whose days are all still there.

    The activity of ledger and history is added up. ``is_person``
    distinguishes people from bots as of today.
    """
    since = max(
        (one.activity.kept_since() for one in kept if one.people_coverage().spans), default=0
    )
    found = week_statistics(kept, range(week - LATE + 1, week + 1), is_person)
    return {
        one: values
        for one, values in found.items()
        if one == week or since <= monday(one - YEAR + 1)
    }


def week_statistics(
    kept: Sequence[Kept], wanted: range, is_person: Callable[[str], bool]
) -> dict[int, dict[str, float]]:
    """The statistics of some consecutive weeks; a week that is not known has none."""
    known = [(one, one.people_coverage()) for one in kept]
    kept = [one for one, coverage in known if coverage.spans]
    activity = [one.activity for one in kept]
    weeks = _weeks(activity, wanted.start - YEAR, wanted.stop, is_person)
    coverage = covering(span for _, several in known for span in several.spans)
    since = max((one.kept_since() for one in activity), default=0)
    return {one: closed_week(weeks, coverage, one, since) for one in wanted}


def _weeks(
    several: Iterable[ActivityTables], start: int, end: int, is_person: Callable[[str], bool]
) -> Weeks:
    messages: dict[int, dict[str, int]] = {}
    first: dict[str, int] = {}
    for activity in several:
        for week, user, number in activity.week_rows(start, end):
            if is_person(user):
                of_week = messages.setdefault(week, {})
                of_week[user] = of_week.get(user, 0) + number
        for user, seen in activity.users().items():
            if seen.kind in ("person", "bot") and seen.first < monday(end) and is_person(user):
                first[user] = min(seen.first, first.get(user, seen.first))
    return Weeks(messages, first)

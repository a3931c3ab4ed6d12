"""The statistics of closed weeks, out of an open ledger or a reader."""

from collections.abc import Callable
from typing import Protocol

from ..statistics.calendar import monday
from ..statistics.coverage import Coverage
from ..statistics.people import Weeks
from ..statistics.standing import YEAR
from ..statistics.weekly import closed_week
from .tables import ActivityTables

#: So many weeks are computed again, for messages that came late.
LATE = 5


class Kept(Protocol):
    """What has activity."""

    @property
    def activity(self) -> ActivityTables:
        """The tables."""

    def people_coverage(self) -> Coverage:
        """The time for which people are known."""


def closed_weeks(
    kept: Kept, week: int, is_person: Callable[[str], bool]
) -> dict[int, dict[str, float]]:
    """The statistics of a closed week, and of those before it for which all days are still there.

    ``is_person`` tells people from bots as of today.
    """
    weeks = _weeks(kept.activity, week - LATE - YEAR, week + 1, is_person)
    coverage, since = kept.people_coverage(), kept.activity.kept_since()
    late = (one for one in range(week - LATE + 1, week) if since <= monday(one - YEAR + 1))
    return {one: closed_week(weeks, coverage, one, since) for one in (*late, week)}


def _weeks(
    activity: ActivityTables, start: int, end: int, is_person: Callable[[str], bool]
) -> Weeks:
    messages: dict[int, dict[str, int]] = {}
    for week, user, number in activity.week_rows(start, end):
        if is_person(user):
            messages.setdefault(week, {})[user] = number
    first = {
        name: seen.first
        for name, seen in activity.users().items()
        if seen.kind in ("person", "bot") and seen.first < monday(end) and is_person(name)
    }
    return Weeks(messages, first)

"""Who is regular, new, quiet or back, week by week. Pure."""

from collections.abc import Iterable, Mapping

from .people import Weeks

#: A year, in weeks.
YEAR = 52
#: The minimum number of active weeks in a year for a regular.
LEAST = 4

TENURES = ("new", "mid", "old")
#: How old activity is: that of a person's first week, of the four weeks after, and so on.
AGES = ("new", "month", "year", "older")
_MONTH = 4


def regular(weeks: Weeks, week: int) -> set[str]:
    """Who was active in at least four of the 52 weeks that end with this one."""
    found = weeks.weeks_active(week - YEAR + 1, week + 1)
    return {person for person, number in found.items() if number >= LEAST}


def tenure(first_week: int, week: int) -> str:
    """``new``, ``mid`` or ``old``, by the week of a person's first message.

    53 weeks are new, as they are in the statistics that Fedora had before.
    """
    if first_week >= week - YEAR:
        return "new"
    return "old" if first_week < week - 2 * YEAR else "mid"


def by_tenure(weeks: Weeks, people: Iterable[str], week: int) -> dict[str, set[str]]:
    """People by tenure."""
    found: dict[str, set[str]] = {name: set() for name in TENURES}
    for person in people:
        found[tenure(weeks.first_week(person), week)].add(person)
    return found


def age(first_week: int, week: int) -> str:
    """How old the activity of a person is, one of `AGES`."""
    since = week - first_week
    if since <= 0:
        return "new"
    if since <= _MONTH:
        return "month"
    return "year" if since <= YEAR else "older"


def messages_by_age(weeks: Weeks, week: int) -> dict[str, int]:
    """The messages of a week, by how long ago their senders started."""
    found = dict.fromkeys(AGES, 0)
    for person, number in weeks.messages.get(week, {}).items():
        found[age(weeks.first_week(person), week)] += number
    return found


def newcomers(first: Mapping[str, int], start: int, end: int) -> set[str]:
    """Whose very first message was in some days."""
    return {person for person, day in first.items() if start <= day < end}


def longest_run(weeks: Iterable[int]) -> int:
    """The largest number of weeks in a row."""
    longest, run, before = 0, 0, None
    for one in sorted(set(weeks)):
        run = run + 1 if before is not None and one == before + 1 else 1
        longest, before = max(longest, run), one
    return longest


def quiet(weeks: Weeks, week: int) -> set[str]:
    """Who was active in four of 13 weeks, but not in the four since."""
    before = weeks.weeks_active(week - 16, week - 3)
    since = weeks.weeks_active(week - 3, week + 1)
    return {person for person, number in before.items() if number >= LEAST} - set(since)


def back(weeks: Weeks, week: int) -> set[str]:
    """Who is active again after 13 weeks without activity."""
    before = weeks.weeks_active(week - 13, week)
    return {
        person
        for person in weeks.active(week)
        if person not in before and weeks.first_week(person) < week
    }

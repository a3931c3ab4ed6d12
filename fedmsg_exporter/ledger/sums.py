"""Sums of activity by day, week and topic, made by SQLite.

Each query is about one day or one week, so that what it sorts fits in the cache
however many years there are. Users and topics are numbers of the tables.
"""

import json
from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..statistics.calendar import LEADS, first_day, week
from .tables import ActivityTables


class Which(NamedTuple):
    """The only users and topics that count, and users that do not, by number; None for all."""

    users: Collection[int] | None = None
    topics: Collection[int] | None = None
    except_users: Collection[int] | None = None

    def where(self) -> str:
        """The conditions, each after the values of those before it."""
        given = zip(_CONDITIONS, self, strict=True)
        return "".join(condition for condition, numbers in given if numbers is not None)

    def values(self) -> list[str]:
        """The values for the conditions."""
        return [json.dumps(sorted(numbers)) for numbers in self if numbers is not None]


#: A condition for each field of `Which`.
_CONDITIONS = (
    " AND user IN (SELECT value FROM json_each(?))",
    " AND days.topic IN (SELECT value FROM json_each(?))",
    " AND user NOT IN (SELECT value FROM json_each(?))",
)


def by_day(
    tables: ActivityTables, start: int, end: int, which: Which
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each day of some, half-open, in order, with users and their messages."""
    query = f"""
        SELECT user, sum(messages) FROM days WHERE day = ? {which.where()} GROUP BY user
    """  # noqa: S608  the conditions are ours
    values = which.values()
    for day in range(*_within(tables, start, end)):
        yield day, list(tables.select(query, (day, *values)))


def by_category(
    tables: ActivityTables, start: int, end: int, which: Which
) -> Iterator[tuple[int, int, str, int]]:
    """Day, user, category and messages of some days, half-open, in order of day."""
    query = f"""
        SELECT user, category, sum(messages) FROM days JOIN topics ON days.topic = number
        WHERE day = ? {which.where()} GROUP BY user, category
    """  # noqa: S608  the conditions are ours
    values = which.values()
    for day in range(*_within(tables, start, end)):
        for row in tables.select(query, (day, *values)):
            yield (day, *row)


def by_week(
    tables: ActivityTables, start: int, end: int, which: Which, lead: int
) -> Iterator[tuple[int, int, int]]:
    """Week, user and messages of some days, in order of week.

    ``lead`` says on which day weeks begin, as in `calendar.week`.
    """
    query = f"""
        SELECT user, sum(messages) FROM days
        WHERE day >= ? AND day < ? {which.where()} GROUP BY user
    """  # noqa: S608  the conditions are ours
    values = which.values()
    start, end = _within(tables, start, end)
    for one in range(week(start, lead), week(end + 6, lead)):
        days = max(start, first_day(one, lead)), min(end, first_day(one + 1, lead))
        for row in tables.select(query, (*days, *values)):
            yield (one, *row)


def by_topic(
    tables: ActivityTables, start: int, end: int, which: Which
) -> Iterator[tuple[int, int]]:
    """Topic and messages of some days; a topic may come several times."""
    query = f"""
        SELECT topic, sum(messages) FROM days WHERE day = ? {which.where()} GROUP BY topic
    """  # noqa: S608  the conditions are ours
    values = which.values()
    for day in range(*_within(tables, start, end)):
        yield from tables.select(query, (day, *values))


def by_user(
    tables: ActivityTables, start: int, end: int, which: Which
) -> Iterator[tuple[int, int]]:
    """User and messages of some days; a user may come several times."""
    for _, user, messages in by_week(tables, start, end, which, LEADS["monday"]):
        yield user, messages


def _within(tables: ActivityTables, start: int, end: int) -> tuple[int, int]:
    """The part of some days from the first to the last with activity."""
    (newest,) = next(tables.select("SELECT max(day) FROM days"))
    oldest = tables.oldest()
    if oldest is None or newest is None:
        return 0, 0
    return max(start, oldest), min(end, newest + 1)
